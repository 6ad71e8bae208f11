//! Point-to-Point Protocol, RFC 1661, and its framing, RFC 1662.

use crate::{
    Dissector, FieldDef, Hex, Layer, LinkType, Next, OsiLayer, Outcome, Selector, Stop, Value,
    link::ethernet, value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16},
};

/// Point-to-Point Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "ppp",
    label: "Point-to-Point Protocol",
    column: "PPP",
    layer: OsiLayer::DataLink,
    selectors: &[
        INSIDE,
        Selector::LinkType(LinkType::PPP_HDLC),
        Selector::EtherType(0x880b),
    ],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::hex8("ppp.address"),
    FieldDef::hex8("ppp.control"),
    FieldDef::hex16("ppp.protocol").names(&[Protocol::NAMES]),
    FieldDef::u8("ppp.code").names(&[Code::NAMES]),
    FieldDef::u8("ppp.identifier"),
    FieldDef::u16("ppp.length"),
    FieldDef::hex32("ppp.magic_number"),
    FieldDef::u24("ppp.oui"),
    FieldDef::u8("ppp.kind"),
    FieldDef::bytes("ppp.data"),
];

/// The selector of PPP inside other layers.
pub const INSIDE: Selector = Selector::LinkType(LinkType::PPP);

named! {
    /// IANA "PPP LCP and IPCP Codes".
    Code(u8, Dec) {
        VENDOR = 0 => "Vendor Specific",
        REQUEST = 1 => "Configuration Request",
        ACK = 2 => "Configuration Ack",
        NAK = 3 => "Configuration Nak",
        REJECT = 4 => "Configuration Reject",
        TERMINATE = 5 => "Termination Request",
        TERMINATED = 6 => "Termination Ack",
        CODE_REJECT = 7 => "Code Reject",
        PROTOCOL_REJECT = 8 => "Protocol Reject",
        ECHO_REQUEST = 9 => "Echo Request",
        ECHO_REPLY = 10 => "Echo Reply",
        DISCARD = 11 => "Discard Request",
        IDENTIFICATION = 12 => "Identification",
        TIME_REMAINING = 13 => "Time Remaining",
        RESET_REQUEST = 14 => "Reset Request",
        RESET_ACK = 15 => "Reset Ack",
    }

    /// IANA "PPP DLL Protocol Numbers".
    Protocol(u16, Hex(4)) {
        PADDING = 0x0001 => "Padding",
        IPV4 = 0x0021 => "IPv4",
        OSI = 0x0023 => "OSI network layer",
        DECNET = 0x0027 => "DECnet phase IV",
        APPLETALK = 0x0029 => "AppleTalk",
        IPX = 0x002b => "Novell IPX",
        VJ_COMPRESSED = 0x002d => "Van Jacobson compressed TCP/IP",
        VJ_UNCOMPRESSED = 0x002f => "Van Jacobson uncompressed TCP/IP",
        BRIDGING = 0x0031 => "Bridging PDU",
        MULTILINK = 0x003d => "Multilink",
        NETBIOS = 0x003f => "NetBIOS framing",
        MUX = 0x0059 => "PPP multiplexing",
        ENCRYPTION = 0x0053 => "Encryption",
        IPV6 = 0x0057 => "IPv6",
        FULL_HEADER = 0x0061 => "IP header compression, full header",
        COMPRESSED_LINK = 0x00fb => "Single link compression",
        COMPRESSED = 0x00fd => "Compressed datagram",
        CDP = 0x0207 => "Cisco Discovery Protocol",
        MPLS = 0x0281 => "MPLS unicast",
        MPLS_MULTICAST = 0x0283 => "MPLS multicast",
        IPCP = 0x8021 => "IP Control Protocol",
        OSINLCP = 0x8023 => "OSI Control Protocol",
        ATCP = 0x8029 => "AppleTalk Control Protocol",
        IPXCP = 0x802b => "IPX Control Protocol",
        BCP = 0x8031 => "Bridging Control Protocol",
        ECP = 0x8053 => "Encryption Control Protocol",
        IPV6CP = 0x8057 => "IPv6 Control Protocol",
        CCP = 0x80fd => "Compression Control Protocol",
        CDPCP = 0x8207 => "Cisco Discovery Control Protocol",
        MPLSCP = 0x8281 => "MPLS Control Protocol",
        LCP = 0xc021 => "Link Control Protocol",
        PAP = 0xc023 => "Password Authentication Protocol",
        LQR = 0xc025 => "Link Quality Report",
        CBCP = 0xc029 => "Callback Control Protocol",
        BACP = 0xc02b => "Bandwidth Allocation Control Protocol",
        BAP = 0xc02d => "Bandwidth Allocation Protocol",
        CHAP = 0xc223 => "Challenge Handshake Authentication Protocol",
        EAP = 0xc227 => "Extensible Authentication Protocol",
    }
}

fn dissect(ppp: &mut Layer) -> Outcome {
    // Serial lines carry Cisco's framing under the same link type: its addresses are not PPP's.
    if ppp.offset() == 0 && matches!(ppp.rest(), [0x0f | 0x8f, 0, ..]) {
        return Ok(Next::Select(Selector::LinkType(LinkType::CISCO_HDLC)));
    }
    // RFC 1661, section 6.6: address and control may be left out.
    if ppp.rest().first() == Some(&0xff) {
        ppp.field("ppp.address", "Address", be_u8().map(Hex))?;
        ppp.field("ppp.control", "Control", be_u8().map(Hex))?;
    }
    let protocol = protocol(ppp)?;
    ppp.title(|| protocol.name().unwrap_or("unknown protocol").to_owned());
    ppp.info(|| match protocol.name() {
        Some(name) => format!("PPP {name} (0x{:04x})", protocol.0),
        None => format!("PPP Unknown (0x{:04x})", protocol.0),
    });
    if protocol == Protocol::BRIDGING {
        return bridging(ppp);
    }
    Ok(next(protocol))
}

/// Returns what reads the payload of this protocol.
pub fn next(protocol: Protocol) -> Next {
    Next::Select(match protocol {
        Protocol::IPV4 => Selector::EtherType(0x0800),
        Protocol::IPV6 => Selector::EtherType(0x86dd),
        Protocol::MPLS | Protocol::MPLS_MULTICAST => Selector::EtherType(0x8847),
        Protocol::CDP => Selector::EtherType(0x2000),
        Protocol::OSI => Selector::LlcSap(0xfe),
        protocol => Selector::PppProtocol(protocol.0),
    })
}

/// RFC 1661, section 6.5: one byte if that is odd, as the last byte of every number is.
fn protocol(ppp: &mut Layer) -> Result<Protocol, Stop> {
    const NAME: &str = "ppp.protocol";
    match ppp.rest().first() {
        Some(first) if first & 1 == 1 => ppp.field(
            NAME,
            "Protocol",
            be_u8().map(|number| Protocol(number.into())),
        ),
        _ => ppp.field(NAME, "Protocol", be_u16().map(Protocol)),
    }
}

/// RFC 3518, section 4.2.
fn bridging(ppp: &mut Layer) -> Outcome {
    ppp.field_shown("", "Bridging flags", be_u8(), |flags| {
        Value::from(Hex(flags))
    })?;
    let kind = ppp.field("", "MAC type", be_u8())?;
    Ok(match kind {
        1 => Next::Select(ethernet::INSIDE),
        _ => Next::Data,
    })
}

/// Reads a text of `length` bytes, a number that precedes it.
pub fn text(
    layer: &mut Layer,
    name: &'static str,
    label: &'static str,
    length: usize,
) -> Result<String, Stop> {
    let bytes: &[u8] = layer.field_shown(name, label, take(length), |bytes: &[u8]| {
        Value::Text(String::from_utf8_lossy(bytes).into_owned())
    })?;
    Ok(match layer.tells() {
        true => String::from_utf8_lossy(bytes).into_owned(),
        false => String::new(),
    })
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn compressed_protocol() {
        assert_eq!(
            layer("ppp", 9, "ff03 fd 61"),
            "\
             Point-to-Point Protocol: Compressed datagram [0..3]\n\
             \x20 Address: 0xff [0..1]\n\
             \x20 Control: 0x03 [1..2]\n\
             \x20 Protocol: Compressed datagram (0x00fd) [2..3]\n"
        );
    }

    #[test]
    fn ends_in_the_protocol() {
        assert_eq!(
            cut("ppp", 9, "ff03 00", 64),
            "\
             Point-to-Point Protocol [0..2]\n\
             \x20 Address: 0xff [0..1]\n\
             \x20 Control: 0x03 [1..2]\n\
             \x20 Note: cut by the capture's size limit inside ppp.protocol\n"
        );
    }
}
