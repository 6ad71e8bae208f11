//! The PROXY protocol, versions 1 and 2 (HAProxy's specification): the original addresses, sent before the actual
//! protocol.

use super::{ascii, line::Line};
use crate::{
    Base, Confidence, Dissector, Event, FieldDef, Framing, Layer, MessageInfo, Next, OsiLayer,
    Outcome, Place, Session, Setting, Severity, Side, Stop, Value, dissector::Protocol,
    value::named,
};
use nom::{
    bytes::take,
    number::{be_u8, be_u16, be_u32, be_u128},
};
use std::net::{Ipv4Addr, Ipv6Addr};

/// The PROXY protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "proxy",
    label: "PROXY protocol",
    column: "PROXY",
    layer: OsiLayer::Application,
    selectors: &[],
    fields: &[FIELDS],
    ..Dissector::of::<Proxy>()
};

const FIELDS: &[FieldDef] = &[
    FieldDef::none("proxy.v1.magic"),
    FieldDef::string("proxy.v1.proto"),
    FieldDef::string("proxy.v1.unknown"),
    FieldDef::ipv4("proxy.src.ipv4"),
    FieldDef::ipv6("proxy.src.ipv6"),
    FieldDef::ipv4("proxy.dst.ipv4"),
    FieldDef::ipv6("proxy.dst.ipv6"),
    FieldDef::u16("proxy.srcport"),
    FieldDef::u16("proxy.dstport"),
    FieldDef::bytes("proxy.v2.magic"),
    FieldDef::u8("proxy.v2.version"),
    FieldDef::u8("proxy.v2.cmd").names(&[Command::NAMES]),
    FieldDef::u8("proxy.version"),
    FieldDef::hex8("proxy.v2.addr_family_protocol"),
    FieldDef::hex8("proxy.v2.addr_family").names(&[Family::NAMES]),
    FieldDef::hex8("proxy.v2.protocol").names(&[Transport::NAMES]),
    FieldDef::u16("proxy.v2.length"),
    FieldDef::bytes("proxy.v2.src.unix"),
    FieldDef::bytes("proxy.v2.dst.unix"),
    FieldDef::bytes("proxy.v2.unknown"),
    FieldDef::none("proxy.v2.tlv"),
    FieldDef::hex8("proxy.v2.tlv.type").names(&[Extra::NAMES]),
    FieldDef::u16("proxy.v2.tlv.length"),
    FieldDef::bytes("proxy.v2.tlv.value"),
    FieldDef::string("proxy.v2.tlv.ssl.version"),
    FieldDef::string("proxy.v2.tlv.ssl.cn"),
    FieldDef::string("proxy.v2.tlv.ssl.cipher"),
    FieldDef::string("proxy.v2.tlv.ssl.sig_alg"),
    FieldDef::string("proxy.v2.tlv.ssl.keu_alg"),
    FieldDef::hex8("proxy.v2.tlv.ssl.client"),
    FieldDef::hex32("proxy.v2.tlv.ssl.verify"),
];

struct Proxy;

impl Protocol for Proxy {
    type Session = Header;

    fn looks_like(bytes: &[u8], side: Side) -> Confidence {
        let first = [&b"PROXY TCP"[..], b"PROXY UNKNOWN", MAGIC];
        match side == Side::Client && first.into_iter().any(|first| bytes.starts_with(first)) {
            true => Confidence::Certain,
            false => Confidence::Impossible,
        }
    }

    fn begin(_: &Setting) -> Header {
        Header
    }

    fn dissect(proxy: &mut Layer, _: Option<&()>) -> Outcome {
        match proxy.rest().starts_with(MAGIC) {
            true => binary(proxy)?,
            false => text(proxy)?,
        }
        Ok(Next::Nothing)
    }
}

named! {
    /// Section 2.2.
    Command(u8, Dec) {
        LOCAL = 0 => "Local",
        PROXY = 1 => "Proxy",
    }
    /// Section 2.2.
    Family(u8, Hex(2)) {
        UNSPECIFIED = 0 => "Unspecified",
        IPV4 = 1 => "IPv4",
        IPV6 = 2 => "IPv6",
        UNIX = 3 => "Unix",
    }
    /// Section 2.2.
    Transport(u8, Hex(2)) {
        UNSPECIFIED = 0 => "Unspecified",
        STREAM = 1 => "Stream",
        DATAGRAM = 2 => "Datagram",
    }
    /// Section 2.2.
    Combined(u8, Hex(2)) {
        UNSPECIFIED = 0x00 => "UNSPEC",
        TCP_IPV4 = 0x11 => "TCP over IPv4",
        UDP_IPV4 = 0x12 => "UDP over IPv4",
        TCP_IPV6 = 0x21 => "TCP over IPv6",
        UDP_IPV6 = 0x22 => "UDP over IPv6",
        UNIX_STREAM = 0x31 => "UNIX stream",
        UNIX_DATAGRAM = 0x32 => "UNIX datagram",
    }
    /// Section 2.2.
    Extra(u8, Hex(2)) {
        ALPN = 0x01 => "ALPN",
        AUTHORITY = 0x02 => "AUTHORITY",
        CRC32C = 0x03 => "CRC32C",
        NOOP = 0x04 => "NOOP",
        UNIQUE_ID = 0x05 => "Unique ID",
        SSL = 0x20 => "SSL",
        SSL_VERSION = 0x21 => "SSL VERSION",
        SSL_CN = 0x22 => "SSL CN",
        SSL_CIPHER = 0x23 => "SSL CIPHER",
        SSL_SIG_ALG = 0x24 => "SSL SIG ALG",
        SSL_KEY_ALG = 0x25 => "SSL KEY ALG",
        NETNS = 0x30 => "NETNS",
    }
}

/// The beginning of version 2.
const MAGIC: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// The beginning of version 1.
const LINE: &[u8] = b"PROXY ";

/// Magic, version, family and length.
const HEADER: usize = MAGIC.len() + 4;

/// Section 2.1: the length of the longest line of version 1.
const MAX_LINE: usize = 107;

/// One header, followed by another protocol.
#[derive(Clone)]
struct Header;

impl Session for Header {
    type Context = ();

    fn frame(&mut self, _: &Place, bytes: &[u8]) -> Framing {
        if bytes.starts_with(MAGIC) {
            return match bytes.get(MAGIC.len() + 2..HEADER) {
                Some(&[high, low]) => {
                    Framing::Complete(HEADER as u64 + u64::from(u16::from_be_bytes([high, low])))
                }
                _ => Framing::NeedMore,
            };
        }
        match Line::ended(bytes) {
            Some(line) if bytes.starts_with(LINE) => Framing::Complete(line.whole.len() as u64),
            None if bytes.len() < MAX_LINE => Framing::NeedMore,
            _ => Framing::NotRecognized,
        }
    }

    fn on_message(&mut self, _: &MessageInfo, events: &mut Vec<Event>) {
        events.push(Event::Recognise);
    }

    fn summary(&self) -> String {
        "PROXY header".to_owned()
    }
}

/// Section 2.1.
fn text(proxy: &mut Layer) -> Result<(), Stop> {
    let line = Line::first(proxy.rest());
    proxy.info(|| ascii::string(line.text));
    let mut parts = line.text.split(|&byte| byte == b' ').skip(1);
    let kind = parts.next().unwrap_or_default();
    let addresses = parts.next().zip(parts.next());
    let ports = parts.next().zip(parts.next());
    let place = proxy.ahead(b"PROXY".len());
    proxy.over("proxy.v1.magic", "Magic", place, || Value::Static(""));
    let place = proxy.place(kind);
    proxy.over("proxy.v1.proto", "Protocol", place, || ascii::text(kind));
    if kind == b"UNKNOWN" {
        let begin = b"PROXY UNKNOWN ".len();
        let rest = line.text.get(begin..).unwrap_or_default();
        if !rest.is_empty() {
            let place = proxy.place(rest);
            proxy.over("proxy.v1.unknown", "Unknown", place, || ascii::text(rest));
        }
        proxy.skip(line.whole.len());
        return Ok(());
    }
    let (Some((source, destination)), Some((from, to))) = (addresses, ports) else {
        return proxy.malformed("proxy.v1.proto");
    };
    for (part, names, label) in [
        (
            source,
            ["proxy.src.ipv4", "proxy.src.ipv6"],
            "Source address",
        ),
        (
            destination,
            ["proxy.dst.ipv4", "proxy.dst.ipv6"],
            "Destination address",
        ),
    ] {
        let said = ascii::string(part);
        let [four, six] = names;
        let place = proxy.place(part);
        let address = (said.parse().map(|address: Ipv4Addr| (four, address.into())))
            .or_else(|_| said.parse().map(|address: Ipv6Addr| (six, address.into())));
        match address {
            Ok((name, address)) => proxy.over(name, label, place, || address),
            Err(_) => return proxy.malformed(four),
        }
    }
    for (part, name, label) in [
        (from, "proxy.srcport", "Source port"),
        (to, "proxy.dstport", "Destination port"),
    ] {
        let place = proxy.place(part);
        match ascii::string(part).parse::<u16>() {
            Ok(port) => proxy.over(name, label, place, || port.into()),
            Err(_) => return proxy.malformed(name),
        }
    }
    proxy.skip(line.whole.len());
    Ok(())
}

/// Section 2.2.
fn binary(proxy: &mut Layer) -> Result<(), Stop> {
    proxy.column("PROXYv2");
    proxy.field("proxy.v2.magic", "Magic", take(MAGIC.len()))?;
    let place = proxy.ahead(1);
    let first = proxy.word("proxy.v2.version", be_u8(), |bits| {
        bits.number("proxy.v2.version", "Version", 0xf0);
        let command = |value| Command(value as u8);
        bits.value("proxy.v2.cmd", "Command", 0x0f, command);
    })?;
    proxy.over("proxy.version", "Version", place, || (first >> 4).into());
    let combined = Combined(proxy.peek("proxy.v2.addr_family_protocol", be_u8())?);
    let name = "proxy.v2.addr_family_protocol";
    proxy.flags(name, "Family and protocol", Base::Hex(2), be_u8(), |bits| {
        let family = |value| Family(value as u8);
        bits.value("proxy.v2.addr_family", "Family", 0xf0, family);
        let protocol = |value| Transport(value as u8);
        bits.value("proxy.v2.protocol", "Protocol", 0x0f, protocol);
    })?;
    proxy.text_of(name, || Value::from(combined).to_string());
    proxy.info(|| {
        let command = Value::from(Command(first & 0x0f));
        format!("{command}, {}", combined.name().unwrap_or("Unknown"))
    });
    let length = proxy.field("proxy.v2.length", "Length", be_u16())?;
    proxy.within(length.into(), |proxy| {
        addresses(proxy, Family(combined.0 >> 4))
    })
}

fn addresses(proxy: &mut Layer, family: Family) -> Result<(), Stop> {
    let (from, to) = ("Source address", "Destination address");
    match family {
        Family::IPV4 => {
            let show = |address: u32| Value::Ipv4(address.into());
            proxy.field_shown("proxy.src.ipv4", from, be_u32(), show)?;
            proxy.field_shown("proxy.dst.ipv4", to, be_u32(), show)?;
        }
        Family::IPV6 => {
            let show = |address: u128| Value::Ipv6(address.into());
            proxy.field_shown("proxy.src.ipv6", from, be_u128(), show)?;
            proxy.field_shown("proxy.dst.ipv6", to, be_u128(), show)?;
        }
        Family::UNIX => {
            const PATH: usize = 108;
            proxy.field("proxy.v2.src.unix", from, take(PATH))?;
            proxy.text_of("proxy.v2.src.unix", || String::from("a path"));
            proxy.field("proxy.v2.dst.unix", to, take(PATH))?;
            return extras(proxy, 0);
        }
        _ => {
            let length = proxy.rest().len();
            proxy.field("proxy.v2.unknown", "Unknown", take(length))?;
            return Ok(());
        }
    }
    proxy.field("proxy.srcport", "Source port", be_u16())?;
    proxy.field("proxy.dstport", "Destination port", be_u16())?;
    extras(proxy, 0)
}

/// Reads the elements after the addresses. TLS has its own inside one of them.
fn extras(proxy: &mut Layer, depth: u8) -> Result<(), Stop> {
    while !proxy.rest().is_empty() {
        proxy.group("proxy.v2.tlv", "Addition", |proxy| {
            let name = "proxy.v2.tlv.type";
            let kind = proxy.field_shown(name, "Type", be_u8(), |kind| Extra(kind).into())?;
            let kind = Extra(kind);
            proxy.title(|| Value::from(kind).to_string());
            let length = proxy.field("proxy.v2.tlv.length", "Length", be_u16())?;
            if proxy.rest().len() < usize::from(length) {
                return proxy.malformed("proxy.v2.tlv.length");
            }
            let value = proxy.ahead(length.into());
            let bytes = proxy.rest().get(..length.into()).unwrap_or_default();
            if length > 0 {
                proxy.over("proxy.v2.tlv.value", "Value", value, || bytes.into());
            }
            let text = match kind {
                Extra::SSL if depth == 0 => return proxy.within(length.into(), tls),
                Extra::SSL_VERSION => "proxy.v2.tlv.ssl.version",
                Extra::SSL_CN => "proxy.v2.tlv.ssl.cn",
                Extra::SSL_CIPHER => "proxy.v2.tlv.ssl.cipher",
                Extra::SSL_SIG_ALG => "proxy.v2.tlv.ssl.sig_alg",
                Extra::SSL_KEY_ALG => "proxy.v2.tlv.ssl.keu_alg",
                Extra::AUTHORITY | Extra::ALPN | Extra::NETNS => {
                    proxy.title_more(|| format!(": {}", ascii::string(bytes)));
                    ""
                }
                _ => "",
            };
            if !text.is_empty() {
                proxy.over(text, "Text", value, || ascii::text(bytes));
            }
            proxy.skip(length.into());
            Ok(())
        })?;
    }
    Ok(())
}

fn tls(proxy: &mut Layer) -> Result<(), Stop> {
    let hex = |digits| move |value: u64| Value::Number(value, Base::Hex(digits));
    let name = "proxy.v2.tlv.ssl.client";
    proxy.field_shown(name, "Client", be_u8(), |flags| hex(2)(flags.into()))?;
    let name = "proxy.v2.tlv.ssl.verify";
    let verify = proxy.field_shown(name, "Verified", be_u32(), |result| hex(8)(result.into()))?;
    if verify != 0 {
        proxy.note(Severity::Note, || {
            "the client's certificate was not accepted".to_owned()
        });
    }
    extras(proxy, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{bytes, said, words};

    #[test]
    fn version_1() {
        let line = b"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n";
        assert_eq!(Proxy::looks_like(line, Side::Client), Confidence::Certain);
        let shown = said("proxy", Side::Client, line, None);
        for row in [
            "Protocol: TCP4",
            "Source address: 192.168.0.1",
            "Destination port: 443",
        ] {
            assert!(words(&shown.tree, row), "{row}\n{}", shown.tree);
        }
        let shown = said("proxy", Side::Client, b"PROXY TCP4 a b 1 2\r\n", None);
        assert!(shown.tree.contains("malformed"), "{}", shown.tree);
        let shown = said("proxy", Side::Client, b"PROXY UNKNOWN x y\r\n", None);
        assert!(words(&shown.tree, "Unknown: x y"), "{}", shown.tree);
    }

    #[test]
    fn version_2() {
        let header = bytes(
            "0d0a0d0a000d0a515549540a 21 11 0021 c0a80001 c0a8000b dc04 01bb
             02 0004 612e6b72 20 000b 01 00000001 21 0003 312e33",
        );
        let shown = said("proxy", Side::Client, &header, None);
        assert_eq!(shown.info, "Proxy (1), TCP over IPv4");
        for row in [
            "Version: 2",
            "Family and protocol: TCP over IPv4 (0x11)",
            "Source address: 192.168.0.1",
            "Source port: 56324",
            "Addition: AUTHORITY (0x02): a.kr",
            "Text: 1.3",
        ] {
            assert!(words(&shown.tree, row), "{row}\n{}", shown.tree);
        }
        let mut broken = header;
        broken.truncate(40);
        let shown = said("proxy", Side::Client, &broken, None);
        assert!(shown.tree.contains("malformed"), "{}", shown.tree);
    }
}
