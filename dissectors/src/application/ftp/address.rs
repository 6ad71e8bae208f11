//! The address of a data connection, as commands and replies give it.

use super::Family;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A value and the text that it was read from.
pub type Read<'a, T> = (T, &'a [u8]);

/// `h1,h2,h3,h4,p1,p2` of RFC 959, section 4.1.2.
#[derive(Debug)]
pub struct HostPort<'a> {
    pub address: Read<'a, Ipv4Addr>,
    pub port: Read<'a, u16>,
}

impl<'a> HostPort<'a> {
    /// RFC 1123, section 4.1.2.6: the first six numbers separated by commas, anywhere in the text.
    pub fn find(mut text: &'a [u8]) -> Option<Self> {
        loop {
            let at = text.iter().position(u8::is_ascii_digit)?;
            text = text.get(at..)?;
            if let Some(endpoint) = Self::read(text) {
                return Some(endpoint);
            }
            text = number(text)?.1;
        }
    }

    fn read(text: &'a [u8]) -> Option<Self> {
        let mut numbers = [0; 6];
        let mut starts = [text; 6];
        let mut rests = [text; 6];
        let mut rest = text;
        let places = numbers.iter_mut().zip(&mut starts).zip(&mut rests);
        for (at, ((slot, start), behind)) in places.enumerate() {
            if at > 0 {
                rest = rest.strip_prefix(b",")?.trim_ascii_start();
            }
            *start = rest;
            (*slot, rest) = number(rest)?;
            *behind = rest;
        }
        let [a, b, c, d, high, low] = numbers;
        let [first, _, _, _, fifth, _] = starts;
        let [_, _, _, fourth, _, sixth] = rests;
        Some(HostPort {
            address: (
                Ipv4Addr::new(a, b, c, d),
                first.get(..first.len() - fourth.len())?,
            ),
            port: (
                u16::from_be_bytes([high, low]),
                fifth.get(..fifth.len() - sixth.len())?,
            ),
        })
    }
}

/// Returns the number at the beginning of a text, of which only eight bits count, and what follows it.
fn number(text: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, rest) = digits(text);
    (!digits.is_empty()).then(|| {
        let add = |sum: u8, digit: &u8| sum.wrapping_mul(10).wrapping_add(digit & 15);
        (digits.iter().fold(0, add), rest)
    })
}

/// Returns the digits at the beginning of a text, and what follows them.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit());
    text.split_at(end.unwrap_or(text.len()))
}

/// The argument of EPRT.
#[derive(Debug)]
pub struct Extended<'a> {
    pub family: Read<'a, Family>,
    pub address: Read<'a, IpAddr>,
    pub port: Read<'a, u16>,
}

impl<'a> Extended<'a> {
    /// RFC 2428, section 2: `|family|address|port|`, where any character may be used for the bars.
    pub fn read(argument: &'a [u8]) -> Option<Self> {
        let (bar, rest) = argument.split_first()?;
        let mut parts = rest.split(|byte| byte == bar);
        let (family, address, port) = (parts.next()?, parts.next()?, parts.next()?);
        parts.next()?;
        let text = str::from_utf8(address).ok()?;
        let (number, ip) = match family {
            b"1" => (Family::IPV4, IpAddr::V4(text.parse().ok()?)),
            b"2" => (Family::IPV6, IpAddr::V6(text.parse().ok()?)),
            _ => return None,
        };
        let number_of_port = str::from_utf8(port).ok()?.parse().ok()?;
        Some(Extended {
            family: (number, family),
            address: (ip, address),
            port: (number_of_port, port),
        })
    }
}

/// RFC 2428, section 3: `(|||port|)`. The connection goes to the address that the answer came from.
pub fn extended_passive(argument: &[u8]) -> Option<Read<'_, u16>> {
    const BARS: usize = 3;
    let open = argument.iter().position(|&byte| byte == b'(')?;
    let close = argument.iter().rposition(|&byte| byte == b')')?;
    let inside = argument.get(open + 1..close)?;
    let (bar, _) = inside.split_first()?;
    let bars = inside
        .iter()
        .take(BARS)
        .take_while(|byte| *byte == bar)
        .count();
    let end = inside.iter().rposition(|byte| byte == bar)?;
    let text = inside.get(bars..end.max(bars))?;
    let add = |sum: u16, digit: &u8| sum.wrapping_mul(10).wrapping_add(u16::from(digit & 15));
    Some((digits(text).0.iter().fold(0, add), text))
}

/// RFC 1639, section 3: `af,hal,h1,h2,…,pal,p1,p2`, in LPRT and in the answer to LPSV.
pub fn long(text: &[u8]) -> Option<(IpAddr, u16)> {
    /// Address family, two lengths, an address and a port.
    const MOST: usize = 3 + 16 + 2;
    let start = text.iter().position(u8::is_ascii_digit)?;
    // The answer to LPSV has its numbers in parentheses after a text.
    let open = text.iter().position(|&byte| byte == b'(');
    let mut rest = text.get(open.map_or(start, |at| at + 1)..)?;
    let mut numbers = Vec::new();
    while numbers.len() < MOST {
        let (value, behind) = number(rest.trim_ascii_start())?;
        numbers.push(value);
        match behind.strip_prefix(b",") {
            Some(behind) => rest = behind,
            None => break,
        }
    }
    let (address, port): (IpAddr, &[u8]) = match numbers.as_slice() {
        [4, 4, behind @ ..] => {
            let (address, port) = behind.split_first_chunk::<4>()?;
            (Ipv4Addr::from(*address).into(), port)
        }
        [6, 16, behind @ ..] => {
            let (address, port) = behind.split_first_chunk::<16>()?;
            (Ipv6Addr::from(*address).into(), port)
        }
        _ => return None,
    };
    match port {
        [2, high, low] => Some((address, u16::from_be_bytes([*high, *low]))),
        _ => None,
    }
}

/// RFC 959, appendix II: the path is in quotes, with each quote in it doubled.
pub fn quoted_path(text: &[u8]) -> Option<Vec<u8>> {
    let start = text.iter().position(|&byte| byte == b'"')?;
    let mut rest = text.get(start + 1..)?;
    let mut path = Vec::new();
    loop {
        match rest {
            [b'"', b'"', behind @ ..] => {
                path.push(b'"');
                rest = behind;
            }
            [b'"', ..] => return Some(path),
            [byte, behind @ ..] => {
                path.push(*byte);
                rest = behind;
            }
            [] => return None,
        }
    }
}

/// Returns the working directory after changing to `to`.
pub fn directory(from: &str, to: &str) -> String {
    if to.starts_with('/') {
        return to.to_owned();
    }
    let mut steps: Vec<&str> = from.split('/').filter(|step| !step.is_empty()).collect();
    for step in to.split('/') {
        match step {
            "" | "." => {}
            ".." => _ = steps.pop(),
            step => steps.push(step),
        }
    }
    let root = if from.starts_with('/') { "/" } else { "" };
    format!("{root}{}", steps.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_addresses() {
        let six = b"6,16,32,2,81,131,67,131,0,0,0,0,0,0,81,131,67,131,2,4,7";
        let address = Ipv6Addr::from([0x2002, 0x5183, 0x4383, 0, 0, 0, 0x5183, 0x4383]);
        assert_eq!(long(six), Some((address.into(), 1031)));
        let four = b"Entering Long Passive Mode 2 (4,4,10,0,0,9,2,100,11)";
        assert_eq!(long(four), Some((Ipv4Addr::new(10, 0, 0, 9).into(), 25611)));
        for wrong in [
            &b"4,4,10,0,0,9,2,100"[..],
            b"6,4,1,2,3,4,2,1,1",
            b"",
            b"4,4,1,1,1,1,2,1,1,",
        ] {
            assert_eq!(long(wrong), None);
        }
    }

    #[test]
    fn paths() {
        assert_eq!(
            quoted_path(b"\"/a \"\"b\"\" c\" is it").as_deref(),
            Some(&b"/a \"b\" c"[..])
        );
        assert_eq!(quoted_path(b"no quotes"), None);
        assert_eq!(quoted_path(b"\"unterminated"), None);
        for (from, to, there) in [
            ("", "a", "a"),
            ("a", "b/", "a/b"),
            ("a/b", "..", "a"),
            ("a", "/x/y/", "/x/y/"),
            ("/x/y/", "z", "/x/y/z"),
            ("/x", "..", "/"),
            ("/", "..", "/"),
            ("/", "n", "/n"),
            ("/x", "./k", "/x/k"),
            ("/x", "", "/x"),
            ("a", "..", ""),
            ("a", "../..", ""),
        ] {
            assert_eq!(directory(from, to), there, "{from} to {to}");
        }
    }
}
