//! The addresses that the answers of a message give names to.

use super::{
    message::{HEADER, flag},
    name::{Name, name},
    record_type::RecordType,
};
use nom::{
    Parser,
    error::Error,
    number::{be_u16, be_u32},
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Records of one message that are read, at most: no answer that fits into a datagram has more addresses.
const MAX_RECORDS: u32 = 64;

/// The length to which a name is kept, letters. With escapes a name may exceed its 253 bytes.
const MAX_NAME: usize = 255;

/// Returns whether a message with this header may name addresses.
pub fn may_name(header: &[u8; HEADER]) -> bool {
    let [_, _, high, low, _, _, answers @ .., _, _, _, _] = header;
    let flags = u16::from_be_bytes([*high, *low]);
    flags & flag::RESPONSE != 0 && flags & flag::CODE == 0 && *answers != [0, 0]
}

/// Passes each address with its name to a function. A name that was asked for is given to its addresses, whatever
/// aliases are between them.
pub fn names(message: &[u8], mut tell: impl FnMut(IpAddr, Box<str>)) {
    let Some(header) = message.first_chunk::<HEADER>() else {
        return;
    };
    let &[_, _, _, _, a, b, c, d, e, f, g, h] = header;
    let count = |high, low| u32::from(u16::from_be_bytes([high, low]));
    let (questions, answers) = (count(a, b), count(c, d));
    if !may_name(header) || questions > 1 {
        return;
    }
    let mut rest = message.split_at(HEADER).1;
    let mut asked = None;
    if questions == 1 {
        let mut question = (name(message), be_u16::<_, Error<&[u8]>>(), be_u16());
        let Ok((behind, (name, kind, _))) = question.parse_complete(rest) else {
            return;
        };
        asked = Some((name, RecordType(kind)));
        rest = behind;
    }
    // The rest of the answer to such a question has only the addresses of name servers.
    let records = match asked {
        Some((_, RecordType::A | RecordType::AAAA | RecordType::PTR)) => answers,
        _ => answers
            .saturating_add(count(e, f))
            .saturating_add(count(g, h)),
    };
    for at in 0..records.min(MAX_RECORDS) {
        let mut record = (
            name(message),
            be_u16::<_, Error<&[u8]>>(),
            be_u16(),
            be_u32(),
            be_u16(),
        );
        let Ok((data, (owner, kind, _, _, length))) = record.parse_complete(rest) else {
            return;
        };
        let Some((data, behind)) = data.split_at_checked(length.into()) else {
            return;
        };
        rest = behind;
        let wanted = asked.filter(|(_, kind)| {
            at < answers && matches!(*kind, RecordType::A | RecordType::AAAA | RecordType::PTR)
        });
        let called = wanted.map_or(owner, |(name, _)| name);
        let (address, name) = match RecordType(kind) {
            RecordType::A => match <[u8; 4]>::try_from(data) {
                Ok(address) => (Some(Ipv4Addr::from(address).into()), called),
                Err(_) => continue,
            },
            RecordType::AAAA => match <[u8; 16]>::try_from(data) {
                Ok(address) => (Some(Ipv6Addr::from(address).into()), called),
                Err(_) => continue,
            },
            RecordType::PTR => match name(message).parse_complete(data) {
                Ok((_, name)) => (reversed(&called.text()), name),
                Err(_) => continue,
            },
            _ => continue,
        };
        let Some(address) = address.filter(|address: &IpAddr| !address.is_unspecified()) else {
            continue;
        };
        if let Some(text) = text(name) {
            tell(address, text);
        }
    }
}

/// Returns the text of a name to keep, if it is one.
fn text(name: Name) -> Option<Box<str>> {
    let text = name.text();
    let fits = text.len() <= MAX_NAME && !text.starts_with('<');
    fits.then(|| text.into_boxed_str())
}

/// Returns the address in a name of the reverse tree: RFC 1035, section 3.5, and RFC 3596, section 2.5.
fn reversed(name: &str) -> Option<IpAddr> {
    let name = name.to_ascii_lowercase();
    if let Some(digits) = name.strip_suffix(".in-addr.arpa") {
        let mut parts = digits.rsplit('.');
        let mut octet = || parts.next()?.parse::<u8>().ok();
        let octets = [octet()?, octet()?, octet()?, octet()?];
        return parts.next().is_none().then(|| octets.into());
    }
    let digits = name.strip_suffix(".ip6.arpa")?;
    let mut bits = 0_u128;
    let mut count = 0;
    for digit in digits.rsplit('.') {
        let &[digit] = digit.as_bytes() else {
            return None;
        };
        bits = bits << 4 | u128::from(char::from(digit).to_digit(16)?);
        count += 1;
    }
    (count == 32).then(|| Ipv6Addr::from_bits(bits).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::bytes;

    fn told(hex: &str) -> Vec<String> {
        let mut told = Vec::new();
        names(&bytes(hex), |address, name| {
            told.push(format!("{address} {name}"));
        });
        told
    }

    const WWW_EXAMPLE: &str = "0377777707657861 6d706c65 00";

    /// The name that was asked for, not the one that it is an alias of.
    #[test]
    fn aliases() {
        let hex = format!(
            "0001 8180 0001 0003 0000 0000 {WWW_EXAMPLE} 0001 0001 \
             c00c 0005 0001 0000003c 0004 01 61 c010 \
             c02d 0001 0001 0000003c 0004 cb00710a \
             c02d 0001 0001 0000003c 0004 cb00710b"
        );
        assert_eq!(
            told(&hex),
            ["203.0.113.10 www.example", "203.0.113.11 www.example"]
        );
    }

    /// Without a question, as in mDNS, each record counts by itself, also the additional ones.
    #[test]
    fn announced() {
        let hex = "0000 8400 0000 0001 0000 0001 \
                   04 68697375 05 6c6f63616c 00 0001 8001 00000078 0004 0a000005 \
                   c00c 001c 8001 00000078 0010 fe800000000000000000000000000005";
        assert_eq!(told(hex), ["10.0.0.5 hisu.local", "fe80::5 hisu.local"]);
    }

    /// The servers of a mail domain follow the answer with their own names.
    #[test]
    fn beside_the_answer() {
        let hex = format!(
            "0001 8180 0001 0001 0000 0001 {WWW_EXAMPLE} 000f 0001 \
             c00c 000f 0001 0000003c 0006 000a 01 6d c010 \
             c02b 0001 0001 0000003c 0004 cb007119"
        );
        assert_eq!(told(&hex), ["203.0.113.25 m.example"]);
    }

    #[test]
    fn from_an_address_to_its_name() {
        let hex = "0001 8180 0001 0001 0000 0000 \
                   01 35 01 30 01 30 02 3130 07 696e2d61646472 04 61727061 00 000c 0001 \
                   c00c 000c 0001 0000003c 0005 03 737276 00";
        assert_eq!(told(hex), ["10.0.0.5 srv"]);
        let ip6 = format!("{}ip6.arpa", "5.".to_owned() + &"0.".repeat(30) + "f.");
        assert_eq!(reversed(&ip6), "f000::5".parse().ok());
        for name in ["1.2.3.in-addr.arpa", "1.2.3.4.5.in-addr.arpa", "a.ip6.arpa"] {
            assert_eq!(reversed(name), None, "{name}");
        }
    }

    #[test]
    fn what_names_nothing() {
        for hex in [
            "",
            // A query, an error, records that are not there, a name that points at itself.
            &format!("0001 0100 0001 0000 0000 0000 {WWW_EXAMPLE} 0001 0001"),
            &format!(
                "0001 8183 0001 0001 0000 0000 {WWW_EXAMPLE} 0001 0001 c00c 0001 0001 0000003c 0004 cb00710a"
            ),
            &format!("0001 8180 0001 ffff ffff ffff {WWW_EXAMPLE} 0001 0001"),
            "0001 8180 0001 0001 0000 0000 c00c 0001 0001 c00c 0001 0001 0000003c 0004 cb00710a",
            // The root, and a record without an address.
            "0001 8180 0001 0001 0000 0000 00 0001 0001 c00c 0001 0001 0000003c 0004 cb00710a",
            &format!(
                "0001 8180 0001 0001 0000 0000 {WWW_EXAMPLE} 0001 0001 c00c 0001 0001 0000003c 0004 00000000"
            ),
        ] {
            assert!(told(hex).is_empty(), "{hex}");
        }
    }

    /// Any contents are searched up to a limit.
    #[test]
    fn more_records_than_anybody_sends() {
        let record = "c00c 0001 0001 0000003c 0004 cb00710a".repeat(3000);
        let hex = format!("0001 8180 0001 0bb8 0000 0000 {WWW_EXAMPLE} 0001 0001 {record}");
        assert_eq!(told(&hex).len(), MAX_RECORDS as usize);
    }
}
