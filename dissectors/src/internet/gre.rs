//! Generic Routing Encapsulation: RFC 2784, 2890 and 1701, and PPTP's version 1, RFC 2637.

use crate::{
    Base, Dissector, FieldDef, Hex, Layer, Next, OsiLayer, Outcome, Selector, Stop, Value,
    checksum::{self, ChecksumFields, Status},
    link::{erspan, ethernet},
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};

/// Generic Routing Encapsulation.
pub const DISSECTOR: Dissector = Dissector {
    name: "gre",
    label: "Generic Routing Encapsulation",
    column: "GRE",
    layer: OsiLayer::Network,
    selectors: &[Selector::IpProtocol(47), Selector::UdpPort(4754)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::hex16("gre.flags_and_version"),
    FieldDef::flag("gre.flags.checksum").means("Yes", "No"),
    FieldDef::flag("gre.flags.routing").means("Yes", "No"),
    FieldDef::flag("gre.flags.key").means("Yes", "No"),
    FieldDef::flag("gre.flags.sequence_number").means("Yes", "No"),
    FieldDef::flag("gre.flags.strict_source_route").means("Yes", "No"),
    FieldDef::u16("gre.flags.recursion_control"),
    FieldDef::flag("gre.flags.ack").means("Yes", "No"),
    FieldDef::u16("gre.flags.reserved"),
    FieldDef::u16("gre.flags.version").names(&[Version::NAMES]),
    FieldDef::hex16("gre.proto").names(&[Protocol::NAMES]),
    FieldDef::u16("gre.offset"),
    FieldDef::u16("gre.key.payload_length"),
    FieldDef::u16("gre.key.call_id"),
    FieldDef::hex32("gre.key"),
    FieldDef::u32("gre.sequence_number"),
    FieldDef::u32("gre.ack_number"),
    FieldDef::hex16("gre.checksum"),
    FieldDef::u8("gre.checksum.status").names(&[checksum::Verdict::NAMES]),
    FieldDef::none("gre.routing"),
    FieldDef::u16("gre.routing.address_family"),
    FieldDef::u8("gre.routing.sre_offset"),
    FieldDef::u8("gre.routing.src_length"),
    FieldDef::bytes("gre.routing.information"),
    FieldDef::none("gre.wccp.redirect_header"),
    FieldDef::flag("gre.wccp.dynamic_service"),
    FieldDef::flag("gre.wccp.alternative_bucket_used"),
    FieldDef::flag("gre.wccp.redirect_header_valid"),
    FieldDef::u8("gre.wccp.service_id"),
    FieldDef::u8("gre.wccp.alternative_bucket"),
    FieldDef::u8("gre.wccp.primary_bucket"),
];

named! {
    /// RFC 2637, section 4.1.
    Version(u8, Dec) {
        GRE = 0 => "GRE",
        ENHANCED = 1 => "Enhanced GRE",
    }
    /// EtherTypes, and GRE's additional values.
    Protocol(u16, Hex(4)) {
        KEEPALIVE = 0x0000 => "Possible GRE keepalive packet",
        OSI = 0x00fe => "OSI",
        IPV4 = 0x0800 => "IP",
        ARP = 0x0806 => "ARP",
        CDP = 0x2000 => "CDP (Cisco)",
        NHRP = 0x2001 => "NHRP",
        ERSPAN_3 = 0x22eb => "ERSPAN III",
        TEB = 0x6558 => "Transparent Ethernet bridging",
        FRAME_RELAY = 0x6559 => "Frame Relay",
        IPX = 0x8137 => "IPX",
        IPV6 = 0x86dd => "IPv6",
        PPP = 0x880b => "PPP",
        WCCP = 0x883e => "WCCP",
        MPLS = 0x8847 => "MPLS label switched packet",
        MPLS_UP = 0x8848 => "MPLS with upstream-assigned label",
        ERSPAN = 0x88be => "ERSPAN",
        CDMA = 0x8881 => "CDMA2000 A10 Unstructured byte stream",
        CDMA_HRPD = 0x8882 => "3GPP2 Packet",
        CISCO_META = 0x8909 => "CiscoMetaData",
        NSH = 0x894f => "Network Service Header",
        SGT = 0xb7ea => "GRE control channel",
    }
}

/// RFC 2784, section 2.1; the others in RFC 2890 and RFC 1701.
const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
/// RFC 2637, section 4.1: only in version 1.
const ACKNOWLEDGMENT: u16 = 0x0080;

fn dissect(gre: &mut Layer) -> Outcome {
    let reported = gre.reported();
    // The meaning of the bits from 0x80 on depends on the version, which follows, and on the protocol after it.
    let protocol = gre
        .rest()
        .get(2..4)
        .map_or(0, |b| u16::from_be_bytes(b.try_into().unwrap_or_default()));
    let cdma = matches!(protocol, 0x8881 | 0x8882);
    let flags = gre.flags(
        "gre.flags_and_version",
        "Flags and version",
        Base::Hex(4),
        be_u16(),
        |bits| {
            bits.flag_meaning("gre.flags.checksum", "Checksum", 0x8000, "Yes", "No");
            bits.flag_meaning("gre.flags.routing", "Routing", 0x4000, "Yes", "No");
            bits.flag_meaning("gre.flags.key", "Key", 0x2000, "Yes", "No");
            bits.flag_meaning(
                "gre.flags.sequence_number",
                "Sequence number",
                0x1000,
                "Yes",
                "No",
            );
            bits.flag_meaning(
                "gre.flags.strict_source_route",
                "Strict source route",
                0x0800,
                "Yes",
                "No",
            );
            bits.number("gre.flags.recursion_control", "Recursion control", 0x0700);
            if bits.is_set(0x0001) && !bits.is_set(0x0006) || cdma {
                bits.flag_meaning("gre.flags.ack", "Acknowledgment", 0x0080, "Yes", "No");
                bits.number("gre.flags.reserved", "Reserved", 0x0078);
            } else {
                bits.number("gre.flags.reserved", "Reserved", 0x00f8);
            }
            bits.value("gre.flags.version", "Version", 0x0007, |version| {
                Version(version as u8)
            });
        },
    )?;
    let version = flags & 7;
    let protocol = gre.field("gre.proto", "Protocol type", be_u16().map(Protocol))?;
    let words = protocol.name();
    gre.title(|| match words {
        Some(name) => name.to_owned(),
        None => format!("0x{:04x} - unknown", protocol.0),
    });
    gre.info(|| match words {
        Some(name) => format!("Encapsulated {name}"),
        None => format!("Encapsulated 0x{:04X} (unknown)", protocol.0),
    });
    if flags & (CHECKSUM | ROUTING) != 0 {
        read_checksum(gre, flags, reported)?;
        gre.field("gre.offset", "Offset", be_u16())?;
    }
    if flags & KEY != 0 {
        // RFC 2637, section 4.1.
        if version == 1 && protocol == Protocol::PPP {
            gre.field("gre.key.payload_length", "Payload length", be_u16())?;
            gre.field("gre.key.call_id", "Call", be_u16())?;
        } else {
            gre.field("gre.key", "Key", be_u32().map(Hex))?;
        }
    }
    if flags & SEQUENCE != 0 {
        gre.field("gre.sequence_number", "Sequence number", be_u32())?;
    }
    if version == 1 && flags & ACKNOWLEDGMENT != 0 {
        gre.field("gre.ack_number", "Acknowledgment number", be_u32())?;
    }
    if flags & ROUTING != 0 {
        routing(gre)?;
    }
    if gre.reported() == 0 {
        return Ok(Next::Nothing);
    }
    Ok(match protocol {
        Protocol::KEEPALIVE => Next::Data,
        Protocol::OSI => Next::Select(Selector::LlcSap(0xfe)),
        Protocol::TEB => Next::Select(ethernet::INSIDE),
        Protocol::WCCP => {
            wccp(gre)?;
            Next::Select(Selector::EtherType(0x0800))
        }
        Protocol::ERSPAN if flags & SEQUENCE == 0 => Next::Dissector(&erspan::TYPE_I),
        Protocol::ERSPAN | Protocol::ERSPAN_3 => Next::Dissector(&erspan::DISSECTOR),
        protocol if protocol.name().is_some() => Next::Select(Selector::EtherType(protocol.0)),
        _ => Next::Data,
    })
}

fn read_checksum(gre: &mut Layer, flags: u16, reported: usize) -> Result<(), Stop> {
    checksum::read(
        gre,
        ChecksumFields {
            field: "gre.checksum",
            status: "gre.checksum.status",
        },
        |gre, found| match gre.layer_bytes().get(..reported) {
            _ if flags & CHECKSUM == 0 => Status::CannotSay("not used"),
            Some(bytes) if !gre.is_quoted() => checksum::verify(&[bytes], found),
            _ => Status::CannotSay("not all bytes were captured"),
        },
        |_| None,
    )?;
    Ok(())
}

/// RFC 1701, section 2: a list of source routes, ended by an empty one.
fn routing(gre: &mut Layer) -> Result<(), Stop> {
    // Each takes at least four bytes.
    loop {
        let mut last = false;
        gre.group("gre.routing", "Routing", |gre| {
            let family = gre.field("gre.routing.address_family", "Address family", be_u16())?;
            gre.field("gre.routing.sre_offset", "Offset", be_u8())?;
            let length = gre.field("gre.routing.src_length", "Length", be_u8())?;
            last = family == 0 && length == 0;
            if length > 0 {
                gre.field(
                    "gre.routing.information",
                    "Route",
                    take(usize::from(length)),
                )?;
            }
            Ok(())
        })?;
        gre.value_of("gre.routing", || Value::Static(""));
        if last {
            return Ok(());
        }
    }
}

/// WCCP version 2 puts four bytes before the packet; version 1 does not.
fn wccp(gre: &mut Layer) -> Result<(), Stop> {
    if gre.rest().first().is_some_and(|first| first >> 4 == 4) {
        return Ok(());
    }
    gre.group("gre.wccp.redirect_header", "Redirect header", |gre| {
        gre.word("gre.wccp.dynamic_service", be_u8(), |bits| {
            bits.flag("gre.wccp.dynamic_service", "Dynamic service", 0x01);
            bits.flag(
                "gre.wccp.alternative_bucket_used",
                "Alternative bucket used",
                0x02,
            );
            bits.flag("gre.wccp.redirect_header_valid", "Header present", 0x04);
        })?;
        gre.field("gre.wccp.service_id", "Service", be_u8())?;
        gre.field("gre.wccp.alternative_bucket", "Alternative bucket", be_u8())?;
        gre.field("gre.wccp.primary_bucket", "Primary bucket", be_u8())?;
        Ok(())
    })?;
    gre.value_of("gre.wccp.redirect_header", || Value::Static(""));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn key_and_sequence() {
        assert_eq!(
            layer(
                "gre",
                228,
                "45000028000100 00402f66a4 0a000001 0a000002 3000 88be 0000002a 00000007 6162"
            ),
            "\
             Generic Routing Encapsulation: ERSPAN [20..32]\n\
             \x20 Flags and version: 0x3000 [20..22]\n\
             \x20   Checksum: No [20..22]\n\
             \x20   Routing: No [20..22]\n\
             \x20   Key: Yes [20..22]\n\
             \x20   Sequence number: Yes [20..22]\n\
             \x20   Strict source route: No [20..22]\n\
             \x20   Recursion control: 0 [20..22]\n\
             \x20   Reserved: 0 [20..22]\n\
             \x20   Version: GRE (0) [20..22]\n\
             \x20 Protocol type: ERSPAN (0x88be) [22..24]\n\
             \x20 Key: 0x0000002a [24..28]\n\
             \x20 Sequence number: 7 [28..32]\n"
        );
    }

    #[test]
    fn pptp_acknowledges() {
        assert_eq!(
            layer(
                "gre",
                228,
                "45000024000100 00402f66a8 0a000001 0a000002 2081 880b 0000 0006 00000011"
            ),
            "\
             Generic Routing Encapsulation: PPP [20..32]\n\
             \x20 Flags and version: 0x2081 [20..22]\n\
             \x20   Checksum: No [20..22]\n\
             \x20   Routing: No [20..22]\n\
             \x20   Key: Yes [20..22]\n\
             \x20   Sequence number: No [20..22]\n\
             \x20   Strict source route: No [20..22]\n\
             \x20   Recursion control: 0 [20..22]\n\
             \x20   Acknowledgment: Yes [20..22]\n\
             \x20   Reserved: 0 [20..22]\n\
             \x20   Version: Enhanced GRE (1) [20..22]\n\
             \x20 Protocol type: PPP (0x880b) [22..24]\n\
             \x20 Payload length: 0 [24..26]\n\
             \x20 Call: 6 [26..28]\n\
             \x20 Acknowledgment number: 17 [28..32]\n"
        );
    }

    #[test]
    fn source_routes() {
        assert_eq!(
            layer(
                "gre",
                228,
                "45000028000100 00402f66a4 0a000001 0a000002 4000 88be 0000 0000 0800 0002 0a00 0000 0000"
            ),
            "\
             Generic Routing Encapsulation: ERSPAN [20..38]\n\
             \x20 Flags and version: 0x4000 [20..22]\n\
             \x20   Checksum: No [20..22]\n\
             \x20   Routing: Yes [20..22]\n\
             \x20   Key: No [20..22]\n\
             \x20   Sequence number: No [20..22]\n\
             \x20   Strict source route: No [20..22]\n\
             \x20   Recursion control: 0 [20..22]\n\
             \x20   Reserved: 0 [20..22]\n\
             \x20   Version: GRE (0) [20..22]\n\
             \x20 Protocol type: ERSPAN (0x88be) [22..24]\n\
             \x20 Checksum: 0x0000 [24..26]\n\
             \x20 Checksum status: cannot say: not used [24..24]\n\
             \x20 Offset: 0 [26..28]\n\
             \x20 Routing [28..34]\n\
             \x20   Address family: 2048 [28..30]\n\
             \x20   Offset: 0 [30..31]\n\
             \x20   Length: 2 [31..32]\n\
             \x20   Route: 0a00 [32..34]\n\
             \x20 Routing [34..38]\n\
             \x20   Address family: 0 [34..36]\n\
             \x20   Offset: 0 [36..37]\n\
             \x20   Length: 0 [37..38]\n"
        );
    }

    #[test]
    fn ends_in_the_key() {
        assert_eq!(
            cut(
                "gre",
                228,
                "45000024000100 00402f66a8 0a000001 0a000002 2000 0800 0000",
                64
            ),
            "\
             Generic Routing Encapsulation: IP [20..24]\n\
             \x20 Flags and version: 0x2000 [20..22]\n\
             \x20   Checksum: No [20..22]\n\
             \x20   Routing: No [20..22]\n\
             \x20   Key: Yes [20..22]\n\
             \x20   Sequence number: No [20..22]\n\
             \x20   Strict source route: No [20..22]\n\
             \x20   Recursion control: 0 [20..22]\n\
             \x20   Reserved: 0 [20..22]\n\
             \x20   Version: GRE (0) [20..22]\n\
             \x20 Protocol type: IP (0x0800) [22..24]\n\
             \x20 Note: cut by the capture's size limit inside gre.key\n"
        );
    }
}
