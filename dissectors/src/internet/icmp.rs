//! Internet Control Message Protocol, RFC 792.

use crate::{
    Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector, Severity, Stop, Value,
    checksum::{self, ChecksumFields, Status},
    internet::{address, echo, icmp_extension, icmp_router, quote},
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};

/// Internet Control Message Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "icmp",
    label: "Internet Control Message Protocol",
    column: "ICMP",
    layer: OsiLayer::Network,
    selectors: &[Selector::IpProtocol(1)],
    fields: &[FIELDS, icmp_extension::FIELDS, icmp_router::FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::frame("icmp.resp_in"),
    FieldDef::frame("icmp.resp_to"),
    FieldDef::double("icmp.resptime"),
    FieldDef::none("icmp.no_resp"),
    FieldDef::u8("icmp.type").names(&[Type::NAMES]),
    FieldDef::u8("icmp.code"),
    FieldDef::hex16("icmp.checksum"),
    FieldDef::u8("icmp.checksum.status").names(&[checksum::Verdict::NAMES]),
    FieldDef::u32("icmp.originate_timestamp"),
    FieldDef::u32("icmp.receive_timestamp"),
    FieldDef::u32("icmp.transmit_timestamp"),
    FieldDef::ipv4("icmp.address_mask"),
    FieldDef::u16("icmp.ident"),
    FieldDef::u16("icmp.ident_le"),
    FieldDef::u16("icmp.seq"),
    FieldDef::u16("icmp.seq_le"),
    FieldDef::time("icmp.data_time"),
    FieldDef::duration("icmp.data_time_relative"),
    FieldDef::bytes("icmp.unused"),
    FieldDef::u8("icmp.length"),
    FieldDef::u16("icmp.length.original_datagram"),
    FieldDef::u16("icmp.mtu"),
    FieldDef::u32("icmp.pointer"),
    FieldDef::ipv4("icmp.redir_gw"),
];

named! {
    /// IANA "ICMP Type Numbers".
    Type(u8, Dec) {
        ECHO_REPLY = 0 => "Echo (ping) reply",
        UNREACHABLE = 3 => "Destination unreachable",
        SOURCE_QUENCH = 4 => "Source quench (flow control)",
        REDIRECT = 5 => "Redirect",
        ALTERNATE = 6 => "Alternate host address",
        ECHO = 8 => "Echo (ping) request",
        ROUTER_ADVERTISEMENT = 9 => "Router advertisement",
        ROUTER_SOLICITATION = 10 => "Router solicitation",
        TIME_EXCEEDED = 11 => "Time-to-live exceeded",
        PARAMETER = 12 => "Parameter problem",
        TIMESTAMP = 13 => "Timestamp request",
        TIMESTAMP_REPLY = 14 => "Timestamp reply",
        INFORMATION = 15 => "Information request",
        INFORMATION_REPLY = 16 => "Information reply",
        MASK = 17 => "Address mask request",
        MASK_REPLY = 18 => "Address mask reply",
        SECURITY = 19 => "Reserved (for security)",
        TRACEROUTE = 30 => "Traceroute",
        CONVERSION = 31 => "Datagram Conversion Error",
        MOBILE_REDIRECT = 32 => "Mobile Host Redirect",
        WHERE_ARE_YOU = 33 => "IPv6 Where-Are-You",
        I_AM_HERE = 34 => "IPv6 I-Am-Here",
        MOBILE_REGISTRATION = 35 => "Mobile Registration Request",
        MOBILE_REPLY = 36 => "Mobile Registration Reply",
        DOMAIN_NAME = 37 => "Domain Name Request",
        DOMAIN_NAME_REPLY = 38 => "Domain Name Reply",
        SKIP = 39 => "SKIP",
        PHOTURIS = 40 => "Photuris",
        MOBILITY = 41 => "Experimental mobility protocols",
        EXTENDED_ECHO = 42 => "Extended Echo request",
        EXTENDED_ECHO_REPLY = 43 => "Extended Echo reply",
    }

    /// RFC 792, RFC 1122, section 3.2.2.1, RFC 1812, section 5.2.7.1.
    Unreachable(u8, Dec) {
        NETWORK = 0 => "Network unreachable",
        HOST = 1 => "Host unreachable",
        PROTOCOL = 2 => "Protocol unreachable",
        PORT = 3 => "Port unreachable",
        FRAGMENTATION_NEEDED = 4 => "Fragmentation needed",
        SOURCE_ROUTE = 5 => "Source route failed",
        NETWORK_UNKNOWN = 6 => "Destination network unknown",
        HOST_UNKNOWN = 7 => "Destination host unknown",
        ISOLATED = 8 => "Source host isolated",
        NETWORK_PROHIBITED = 9 => "Network administratively prohibited",
        HOST_PROHIBITED = 10 => "Host administratively prohibited",
        NETWORK_TOS = 11 => "Network unreachable for TOS",
        HOST_TOS = 12 => "Host unreachable for TOS",
        FILTERED = 13 => "Communication administratively filtered",
        PRECEDENCE = 14 => "Host precedence violation",
        CUTOFF = 15 => "Precedence cutoff in effect",
    }

    /// RFC 792.
    Redirected(u8, Dec) {
        NETWORK = 0 => "Redirect for network",
        HOST = 1 => "Redirect for host",
        TOS_NETWORK = 2 => "Redirect for TOS and network",
        TOS_HOST = 3 => "Redirect for TOS and host",
    }

    /// RFC 792.
    Exceeded(u8, Dec) {
        TRANSIT = 0 => "Time to live exceeded in transit",
        REASSEMBLY = 1 => "Fragment reassembly time exceeded",
    }

    /// RFC 792, RFC 1122, section 3.2.2.5.
    Parameter(u8, Dec) {
        POINTER = 0 => "Pointer indicates the error",
        MISSING = 1 => "Required option missing",
        LENGTH = 2 => "Bad length",
    }

    /// RFC 1256, RFC 5944, section 2.1.
    Advertisement(u8, Dec) {
        NORMAL = 0 => "Normal router advertisement",
        NOT_COMMON = 16 => "Does not route common traffic",
    }

    /// IANA.
    Alternate(u8, Dec) {
        HOST = 0 => "Alternate address for host",
    }

    /// RFC 2521.
    Photuris(u8, Dec) {
        BAD_SPI = 0 => "Bad SPI",
        AUTHENTICATION = 1 => "Authentication Failed",
        DECOMPRESSION = 2 => "Decompression Failed",
        DECRYPTION = 3 => "Decryption Failed",
        NEED_AUTHENTICATION = 4 => "Need Authentication",
        NEED_AUTHORIZATION = 5 => "Need Authorization",
    }

    /// RFC 8335.
    ExtendedEcho(u8, Dec) {
        NO_ERROR = 0 => "No error",
        MALFORMED = 1 => "Malformed query",
        NO_INTERFACE = 2 => "No such interface",
        NO_ENTRY = 3 => "No such table entry",
        SEVERAL = 4 => "Multiple interfaces satisfy query",
    }
}

/// Returns the name of an ICMP (RFC 792) message: that of its code, else that of its type.
pub fn message_name(kind: u8, code: u8) -> Option<&'static str> {
    let kind = Type(kind);
    kind.code(code).flatten().or_else(|| kind.name())
}

impl Type {
    /// Returns whether its codes have names, and the name of this one.
    fn code(self, code: u8) -> Option<Option<&'static str>> {
        Some(match self {
            Type::UNREACHABLE => Unreachable(code).name(),
            Type::REDIRECT => Redirected(code).name(),
            Type::ALTERNATE => Alternate(code).name(),
            Type::ROUTER_ADVERTISEMENT => Advertisement(code).name(),
            Type::TIME_EXCEEDED => Exceeded(code).name(),
            Type::PARAMETER => Parameter(code).name(),
            Type::PHOTURIS => Photuris(code).name(),
            Type::EXTENDED_ECHO | Type::EXTENDED_ECHO_REPLY => ExtendedEcho(code).name(),
            _ => return None,
        })
    }

    /// Returns whether it quotes the packet that caused it.
    fn is_error(self) -> bool {
        matches!(
            self,
            Type::UNREACHABLE
                | Type::SOURCE_QUENCH
                | Type::REDIRECT
                | Type::TIME_EXCEEDED
                | Type::PARAMETER
        )
    }
}

const ECHO: echo::EchoFields = echo::EchoFields {
    v6: false,
    response_in: "icmp.resp_in",
    response_to: "icmp.resp_to",
    response_time: "icmp.resptime",
    no_response: "icmp.no_resp",
};

fn dissect(icmp: &mut Layer) -> Outcome {
    let reported = icmp.reported();
    let kind = icmp.field("icmp.type", "Type", be_u8().map(Type))?;
    let code = icmp.field("icmp.code", "Code", be_u8())?;
    let meaning = kind.code(code);
    if let Some(Some(name)) = meaning {
        icmp.text(|| format!("{name} ({code})"));
    }
    icmp.info(|| {
        let name = kind
            .name()
            .unwrap_or("Unknown ICMP (obsolete or malformed?)");
        match meaning {
            Some(Some(code)) => format!("{name:20} ({code})"),
            Some(None) => format!("{name:20} (Unknown code: {code})"),
            None => format!("{name:20}"),
        }
    });
    icmp.title(|| match meaning {
        Some(Some(code)) => format!("{}: {code}", Value::from(kind)),
        _ => Value::from(kind).to_string(),
    });
    let names = ChecksumFields {
        field: "icmp.checksum",
        status: "icmp.checksum.status",
    };
    checksum::read(
        icmp,
        names,
        |icmp, found| match icmp.layer_bytes().get(..reported) {
            Some(bytes) if !icmp.is_quoted() => checksum::verify(&[bytes], found),
            _ => Status::CannotSay("not all bytes are there"),
        },
        |_| None,
    )?;
    match kind {
        kind if kind.is_error() => error(icmp, kind, code),
        Type::ECHO | Type::ECHO_REPLY => {
            let (id, seq) = identifier(icmp)?;
            echo::show(icmp, &ECHO, kind == Type::ECHO, id, seq);
            sent_at(icmp)?;
            Ok(Next::Data)
        }
        Type::TIMESTAMP | Type::TIMESTAMP_REPLY => {
            query(icmp, kind)?;
            timestamp(icmp, "icmp.originate_timestamp", "Originate timestamp")?;
            timestamp(icmp, "icmp.receive_timestamp", "Receive timestamp")?;
            timestamp(icmp, "icmp.transmit_timestamp", "Transmit timestamp")?;
            Ok(Next::Nothing)
        }
        Type::INFORMATION | Type::INFORMATION_REPLY => {
            query(icmp, kind)?;
            Ok(Next::Nothing)
        }
        Type::MASK | Type::MASK_REPLY => {
            query(icmp, kind)?;
            icmp.field("icmp.address_mask", "Address mask", address::ipv4())?;
            Ok(Next::Nothing)
        }
        Type::ROUTER_ADVERTISEMENT => {
            icmp_router::read(icmp)?;
            Ok(Next::Nothing)
        }
        Type::EXTENDED_ECHO | Type::EXTENDED_ECHO_REPLY => {
            number_both_ways(icmp, "icmp.ident", "icmp.ident_le", "Identifier")?;
            match kind {
                Type::EXTENDED_ECHO => icmp_extension::echo_request(icmp, &icmp_extension::ICMP)?,
                _ => icmp_extension::echo_reply(icmp, &icmp_extension::ICMP)?,
            }
            Ok(Next::Nothing)
        }
        _ => Ok(Next::Nothing),
    }
}

/// Reads a number that some senders write in the wrong byte order.
fn number_both_ways(
    icmp: &mut Layer,
    name: &'static str,
    swapped: &'static str,
    label: &'static str,
) -> Result<u16, Stop> {
    let bytes = icmp.ahead(2);
    let number = icmp.field(name, label, be_u16())?;
    icmp.over(swapped, "The same, bytes swapped", bytes, || {
        number.swap_bytes().into()
    });
    Ok(number)
}

fn identifier(icmp: &mut Layer) -> Result<(u16, u16), Stop> {
    let id = number_both_ways(icmp, "icmp.ident", "icmp.ident_le", "Identifier")?;
    let seq = number_both_ways(icmp, "icmp.seq", "icmp.seq_le", "Sequence number")?;
    Ok((id, seq))
}

fn query(icmp: &mut Layer, kind: Type) -> Result<(), Stop> {
    let (id, seq) = identifier(icmp)?;
    let hops = icmp.hop_limit();
    icmp.info(|| {
        let name = kind.name().unwrap_or_default();
        format!(
            "{name:20} id=0x{id:04x}, seq={seq}/{}, ttl={hops}",
            seq.swap_bytes()
        )
    });
    Ok(())
}

/// RFC 792: milliseconds since midnight UTC, or with the highest bit set another value.
fn timestamp(icmp: &mut Layer, name: &'static str, label: &'static str) -> Result<(), Stop> {
    let ms = icmp.field(name, label, be_u32())?;
    icmp.text(|| match ms {
        0..86_400_000 => {
            let (hours, minutes) = (ms / 3_600_000, ms / 60_000 % 60);
            let (seconds, ms) = (ms / 1000 % 60, ms % 1000);
            format!("{hours:02}:{minutes:02}:{seconds:02}.{ms:03} UTC")
        }
        _ => format!("{ms} (not milliseconds since midnight)"),
    });
    Ok(())
}

/// Seconds and microseconds further from the packet's own time than this are not taken for a time.
const A_DAY: i64 = 24 * 3600;

/// Many pings begin their data with the time of sending, in their machine's byte order.
fn sent_at(icmp: &mut Layer) -> Result<(), Stop> {
    if !icmp.shows() {
        return Ok(());
    }
    let now = icmp.context.time_ns;
    let plausible = |seconds: u32, micros: u32| {
        let near = (now.div_euclid(1_000_000_000) - i64::from(seconds)).abs() < A_DAY;
        let ns = i64::from(seconds) * 1_000_000_000 + i64::from(micros) * 1000;
        (near && micros < 1_000_000).then_some(ns)
    };
    let Some([a, b, c, d, e, f, g, h]) = icmp.rest().first_chunk::<8>().copied() else {
        return Ok(());
    };
    let big = plausible(
        u32::from_be_bytes([a, b, c, d]),
        u32::from_be_bytes([e, f, g, h]),
    );
    let little = plausible(
        u32::from_le_bytes([a, b, c, d]),
        u32::from_le_bytes([e, f, g, h]),
    );
    let Some(sent) = big.or(little) else {
        return Ok(());
    };
    let bytes = icmp.ahead(8);
    icmp.field_shown("icmp.data_time", "Sent at", take(8_usize), |_: &[u8]| {
        Value::Time(sent)
    })?;
    icmp.over(
        "icmp.data_time_relative",
        "Sent before capture",
        bytes,
        || Value::Duration(now.saturating_sub(sent)),
    );
    Ok(())
}

fn unused(icmp: &mut Layer, length: usize) -> Result<(), Stop> {
    icmp.field("icmp.unused", "Unused", take(length)).map(drop)
}

/// Reads the length of the quoted packet: RFC 4884, section 4. 0 where the sender does not give it.
fn quoted_length(icmp: &mut Layer) -> Result<usize, Stop> {
    let bytes = icmp.ahead(1);
    let words = icmp.field("icmp.length", "Length of quoted packet", be_u8())?;
    let length = 4 * usize::from(words);
    icmp.over(
        "icmp.length.original_datagram",
        "The same in bytes",
        bytes,
        || (length as u64).into(),
    );
    Ok(length)
}

/// The offset of extensions when the sender does not give the quoted packet's length: RFC 4884, section 5.5.
const OLD_QUOTE: usize = 128;

fn error(icmp: &mut Layer, kind: Type, code: u8) -> Outcome {
    let says_length = icmp.rest().get(1).is_some_and(|&length| length != 0);
    let (mut length, mut mtu) = (0, 0);
    match kind {
        Type::UNREACHABLE => {
            let fragmentation = Unreachable(code) == Unreachable::FRAGMENTATION_NEEDED;
            match (says_length, fragmentation) {
                (false, false) => unused(icmp, 4)?,
                (false, true) => unused(icmp, 2)?,
                (true, _) => {
                    unused(icmp, 1)?;
                    length = quoted_length(icmp)?;
                }
            }
            // RFC 1191, section 4.
            if fragmentation {
                mtu = icmp.field("icmp.mtu", "MTU of next hop", be_u16())?;
                icmp.title(|| format!("Fragmentation needed, MTU of next hop {mtu}"));
            } else if says_length {
                unused(icmp, 2)?;
            }
        }
        Type::TIME_EXCEEDED if says_length => {
            unused(icmp, 1)?;
            length = quoted_length(icmp)?;
            unused(icmp, 2)?;
        }
        Type::TIME_EXCEEDED => unused(icmp, 4)?,
        Type::PARAMETER => {
            icmp.field("icmp.pointer", "Pointer", be_u8())?;
            if says_length {
                length = quoted_length(icmp)?;
                unused(icmp, 2)?;
            } else {
                unused(icmp, 3)?;
            }
        }
        Type::REDIRECT => {
            let gateway = icmp.field("icmp.redir_gw", "Gateway", address::ipv4())?;
            icmp.title(|| format!("{}, use {gateway}", Value::from(Redirected(code))));
        }
        _ => drop(icmp.word("icmp.unused", be_u32(), |_| {})?),
    }
    let quoted = icmp.rest();
    let total = quoted.get(2..4).and_then(|bytes| bytes.first_chunk::<2>());
    let total = total.map_or(0, |bytes| usize::from(u16::from_be_bytes(*bytes)));
    let extended = match length {
        0 if icmp.reported() > OLD_QUOTE && total <= OLD_QUOTE && total > 0 => Some(OLD_QUOTE),
        length if length > 0 && icmp.reported() > length => Some(length),
        _ => None,
    };
    if let Some(length) = extended {
        let read = icmp.aside(|icmp| {
            icmp.within(length, |_| Ok(()))?;
            icmp_extension::read(icmp)
        });
        if read.is_err() {
            icmp.note(Severity::Error, || "the extensions do not fit".to_owned());
        }
        if total > length {
            icmp.limit(length);
        }
    }
    if icmp.rest().is_empty() {
        return Ok(Next::Nothing);
    }
    quote::note(icmp, kind.0, code, mtu.into());
    Ok(quote::begin(icmp, 0x0800))
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn an_echo() {
        let hex = "4500 0020 0001 0000 4001 66da 0a00 0001
             0a00 0002 0800 3331 0007 0001 6162 6364";
        assert_eq!(
            layer("icmp", 228, hex),
            "\
Internet Control Message Protocol: Echo (ping) request (8) [20..28]
  Type: Echo (ping) request (8) [20..21]
  Code: 0 [21..22]
  Checksum: 0x3331 [22..24]
  Checksum status: Good (1) [22..22]
  Identifier: 7 [24..26]
  The same, bytes swapped: 1792 [24..26]
  Sequence number: 1 [26..28]
  The same, bytes swapped: 256 [26..28]
"
        );
    }

    #[test]
    fn next_hop_too_narrow() {
        let hex = "4500 0038 0001 0000 4001 66c2 0a00 0001
             0a00 0002 0304 f274 0000 0578 4500 001c
             004d 0000 4011 6682 0a00 0001 0a00 0002
             04d2 0035 0008 0000";
        assert_eq!(
            layer("icmp", 228, hex),
            "\
Internet Control Message Protocol: Fragmentation needed, MTU of next hop 1400 [20..28]
  Type: Destination unreachable (3) [20..21]
  Code: Fragmentation needed (4) [21..22]
  Checksum: 0xf274 [22..24]
  Checksum status: Good (1) [22..22]
  Unused: 0000 [24..26]
  MTU of next hop: 1400 [26..28]
"
        );
    }

    #[test]
    fn use_another_router() {
        let hex = "4500 0038 0001 0000 4001 66c2 0a00 0001
             0a00 0002 0501 e2dd 0a09 0909 4500 001c
             004d 0000 4011 6682 0a00 0001 0a00 0002
             04d2 0035 0008 0000";
        assert_eq!(
            layer("icmp", 228, hex),
            "\
Internet Control Message Protocol: Redirect for host (1), use 10.9.9.9 [20..28]
  Type: Redirect (5) [20..21]
  Code: Redirect for host (1) [21..22]
  Checksum: 0xe2dd [22..24]
  Checksum status: Good (1) [22..22]
  Gateway: 10.9.9.9 [24..28]
"
        );
    }

    #[test]
    fn milliseconds_since_midnight() {
        let hex = "4500 0028 0001 0000 4001 66d2 0a00 0001
             0a00 0002 0d00 8443 0001 0002 0036 ee81
             0000 0000 8000 0001";
        assert_eq!(
            layer("icmp", 228, hex),
            "\
Internet Control Message Protocol: Timestamp request (13) [20..40]
  Type: Timestamp request (13) [20..21]
  Code: 0 [21..22]
  Checksum: 0x8443 [22..24]
  Checksum status: Good (1) [22..22]
  Identifier: 1 [24..26]
  The same, bytes swapped: 256 [24..26]
  Sequence number: 2 [26..28]
  The same, bytes swapped: 512 [26..28]
  Originate timestamp: 01:00:00.001 UTC [28..32]
  Receive timestamp: 00:00:00.000 UTC [32..36]
  Transmit timestamp: 2147483649 (not milliseconds since midnight) [36..40]
"
        );
    }

    #[test]
    fn ends_in_the_identifier() {
        let hex = "4500 0020 0001 0000 4001 66da 0a00 0001
             0a00 0002 0800 3331 00";
        assert_eq!(
            cut("icmp", 228, hex, 32),
            "\
Internet Control Message Protocol: Echo (ping) request (8) [20..24]
  Type: Echo (ping) request (8) [20..21]
  Code: 0 [21..22]
  Checksum: 0x3331 [22..24]
  Checksum status: cannot say: not all bytes are there [22..22]
  Note: cut by the capture's size limit inside icmp.ident
"
        );
    }
}
