//! GPRS Tunnelling Protocol for user traffic (GTP-U): 3GPP TS 29.281. It carries the packets of mobile phones.

use crate::{
    Base, Dissector, FieldDef, Hex, Layer, Next, OsiLayer, Outcome, Selector, Severity, Stop,
    internet::address, value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};

/// GPRS Tunnelling Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "gtp",
    label: "GPRS Tunnelling Protocol",
    column: "GTP",
    // A tunnel: its contents belong to a conversation of their own.
    layer: OsiLayer::Network,
    selectors: &[Selector::UdpPort(2152)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::hex8("gtp.flags"),
    FieldDef::u8("gtp.flags.version"),
    FieldDef::u8("gtp.flags.payload"),
    FieldDef::u8("gtp.flags.reserved"),
    FieldDef::flag("gtp.flags.e"),
    FieldDef::flag("gtp.flags.s"),
    FieldDef::flag("gtp.flags.pn"),
    FieldDef::hex8("gtp.message").names(&[Message::NAMES]),
    FieldDef::u16("gtp.length"),
    FieldDef::hex32("gtp.teid"),
    FieldDef::hex16("gtp.seq_number"),
    FieldDef::hex8("gtp.npdu_number"),
    FieldDef::none("gtp.ext_hdr"),
    FieldDef::u8("gtp.ext_hdr.length"),
    FieldDef::hex8("gtp.ext_hdr.next").names(&[Extension::NAMES]),
    FieldDef::u16("gtp.ext_hdr.udp_port"),
    FieldDef::u16("gtp.ext_hdr.pdcp_sn"),
    FieldDef::bytes("gtp.ext_hdr.ran_cont"),
    FieldDef::bytes("gtp.ext_hdr.xw_ran_cont"),
    FieldDef::u8("gtp.ext_hdr.pdu_ses_con.pdu_type").names(&[Session::NAMES]),
    FieldDef::hex8("gtp.spare.h1"),
    FieldDef::u8("gtp.ext_hdr.pdu_ses_con.qos_flow_id"),
    FieldDef::flag("gtp.ext_hdr.pdu_ses_cont.ppp"),
    FieldDef::flag("gtp.ext_hdr.pdu_ses_cont.rqi"),
    FieldDef::u8("gtp.ext_hdr.pdu_ses_cont.ppi"),
    FieldDef::hex8("gtp.spare.b4b0"),
    FieldDef::hex8("gtp.spare.b7b6"),
    FieldDef::u8("gtp.recovery"),
    FieldDef::hex32("gtp.teid_data"),
    FieldDef::u8("gtp.num_ext_hdr_types"),
    FieldDef::u8("gtp.ext_hdr_type").names(&[Extension::NAMES]),
    FieldDef::u16("gtp.gsn_address_length"),
    FieldDef::u16("gtp.ext_length"),
    FieldDef::ipv4("gtp.gsn_ipv4"),
    FieldDef::ipv6("gtp.gsn_ipv6"),
    FieldDef::u16("gtp.ext_id"),
    FieldDef::bytes("gtp.ext_val"),
];

named! {
    /// TS 29.281, section 6.1.
    Message(u8, Hex(2)) {
        ECHO_REQUEST = 1 => "Echo request",
        ECHO_RESPONSE = 2 => "Echo response",
        NOT_SUPPORTED = 3 => "Version not supported",
        ERROR = 26 => "Error indication",
        EXTENSIONS = 31 => "Supported extension header notification",
        TUNNEL_STATUS = 253 => "Tunnel Status",
        END_MARKER = 254 => "End Marker",
        PACKET = 255 => "T-PDU",
    }

    /// TS 29.281, section 5.2.1.
    Extension(u8, Hex(2)) {
        NONE = 0x00 => "No more extension headers",
        MBMS = 0x01 => "MBMS support indication",
        MS_INFO = 0x02 => "MS Info Change Reporting support indication",
        LONG_PDCP_NUMBER = 0x03 => "Long PDCP PDU Number",
        SERVICE_CLASS = 0x20 => "Service Class Indicator",
        UDP_PORT = 0x40 => "UDP Port number",
        RAN_CONTAINER = 0x81 => "RAN container",
        LONG_PDCP = 0x82 => "Long PDCP PDU number",
        XW_RAN_CONTAINER = 0x83 => "Xw RAN container",
        NR_RAN_CONTAINER = 0x84 => "NR RAN container",
        SESSION = 0x85 => "PDU Session container",
        PDCP_NUMBER = 0xc0 => "PDCP PDU number",
        SUSPEND_REQUEST = 0xc1 => "Suspend Request",
        SUSPEND_RESPONSE = 0xc2 => "Suspend Response",
    }

    /// TS 38.415, section 5.5.3.1.
    Session(u8, Dec) {
        DOWN = 0 => "DL PDU SESSION INFORMATION",
        UP = 1 => "UL PDU SESSION INFORMATION",
    }

    /// TS 29.281, section 8.1.
    Element(u8, Dec) {
        RECOVERY = 14 => "Recovery",
        TUNNEL = 16 => "Tunnel endpoint identifier",
        ADDRESS = 133 => "GSN address",
        EXTENSIONS = 141 => "Extension header types",
        PRIVATE = 255 => "Private extension",
    }
}

/// The flags for the presence of the optional fields.
const EXTENDED: u8 = 0x04;
const SEQUENCED: u8 = 0x02;
const NUMBERED: u8 = 0x01;

fn dissect(gtp: &mut Layer) -> Outcome {
    // Other versions have other headers.
    if gtp.rest().first().is_some_and(|first| first >> 5 != 1) {
        return Ok(Next::Declined);
    }
    let flags = gtp.flags("gtp.flags", "Flags", Base::Hex(2), be_u8(), |bits| {
        bits.number("gtp.flags.version", "Version", 0xe0);
        let names = |kind| if kind == 1 { "GTP" } else { "GTP prime" };
        bits.worded(
            "gtp.flags.payload",
            "Protocol",
            0x10,
            |kind| kind,
            |kind| names(kind).to_owned(),
        );
        bits.number("gtp.flags.reserved", "Reserved", 0x08);
        bits.flag("gtp.flags.e", "Extension header", EXTENDED.into());
        bits.flag("gtp.flags.s", "Sequence number", SEQUENCED.into());
        bits.flag("gtp.flags.pn", "N-PDU number", NUMBERED.into());
    })?;
    let message = gtp.field("gtp.message", "Message", be_u8().map(Message))?;
    let said = || match message.name() {
        Some(name) => name.to_owned(),
        None => format!("Unknown ({})", message.0),
    };
    gtp.info(said);
    let length = gtp.field("gtp.length", "Length", be_u16())?;
    let tunnel = gtp
        .field("gtp.teid", "Tunnel endpoint identifier", be_u32().map(Hex))?
        .0;
    gtp.title(|| format!("{}, tunnel 0x{tunnel:08x}", said()));
    gtp.limit(length.into());
    if flags & (EXTENDED | SEQUENCED | NUMBERED) != 0 {
        optional(gtp, flags)?;
    }
    if message == Message::PACKET {
        return Ok(match gtp.rest().first().map(|first| first >> 4) {
            Some(4) => Next::Select(Selector::EtherType(0x0800)),
            Some(6) => Next::Select(Selector::EtherType(0x86dd)),
            _ => Next::Data,
        });
    }
    if gtp.tells() {
        elements(gtp)?;
    }
    Ok(Next::Nothing)
}

/// TS 29.281, section 5.1: all three are there as soon as one of them is flagged.
fn optional(gtp: &mut Layer, flags: u8) -> Result<(), Stop> {
    match flags & SEQUENCED != 0 {
        true => drop(gtp.field("gtp.seq_number", "Sequence number", be_u16().map(Hex))?),
        false => gtp.skip(2),
    }
    match flags & NUMBERED != 0 {
        true => drop(gtp.field("gtp.npdu_number", "N-PDU number", be_u8().map(Hex))?),
        false => gtp.skip(1),
    }
    if flags & EXTENDED == 0 {
        gtp.skip(1);
        return Ok(());
    }
    let mut next = next_extension(gtp)?;
    while next != Extension::NONE {
        next = gtp.group("gtp.ext_hdr", "Extension header", |gtp| {
            gtp.title(|| next.name().unwrap_or("unknown").to_owned());
            let words = gtp.field("gtp.ext_hdr.length", "Length", be_u8())?;
            gtp.text(|| format!("{} bytes ({words})", 4 * usize::from(words)));
            if words == 0 {
                return gtp.malformed("gtp.ext_hdr.length");
            }
            gtp.within(4 * usize::from(words) - 2, |gtp| extension(gtp, next))?;
            next_extension(gtp)
        })?;
    }
    Ok(())
}

fn next_extension(gtp: &mut Layer) -> Result<Extension, Stop> {
    gtp.field(
        "gtp.ext_hdr.next",
        "Next extension header",
        be_u8().map(Extension),
    )
}

/// TS 29.281, section 5.2.2.
fn extension(gtp: &mut Layer, kind: Extension) -> Result<(), Stop> {
    match kind {
        Extension::UDP_PORT => {
            gtp.field("gtp.ext_hdr.udp_port", "UDP port", be_u16())?;
        }
        Extension::PDCP_NUMBER => {
            gtp.field("gtp.ext_hdr.pdcp_sn", "PDCP sequence number", be_u16())?;
        }
        Extension::RAN_CONTAINER => {
            let left = gtp.reported();
            gtp.field("gtp.ext_hdr.ran_cont", "Container", take(left))?;
        }
        Extension::XW_RAN_CONTAINER => {
            let left = gtp.reported();
            gtp.field("gtp.ext_hdr.xw_ran_cont", "Container", take(left))?;
        }
        Extension::SESSION => gtp.group("", "PDU session", session)?,
        _ => {}
    }
    Ok(())
}

/// TS 38.415, section 5.5.2.
fn session(gtp: &mut Layer) -> Result<(), Stop> {
    /// A byte with the paging policy follows.
    const POLICY: u8 = 0x80;
    let kind = gtp.word("gtp.ext_hdr.pdu_ses_con.pdu_type", be_u8(), |bits| {
        let name = "gtp.ext_hdr.pdu_ses_con.pdu_type";
        bits.value(name, "Type", 0xf0, |kind| Session(kind as u8));
        bits.value("gtp.spare.h1", "Spare", 0x0f, |spare| Hex(spare as u8));
    })?;
    let kind = Session(kind >> 4);
    let flow = ("gtp.ext_hdr.pdu_ses_con.qos_flow_id", "QoS flow identifier");
    match kind {
        Session::DOWN => {
            let flags = gtp.word(flow.0, be_u8(), |bits| {
                let name = "gtp.ext_hdr.pdu_ses_cont.ppp";
                bits.flag(name, "Paging policy", POLICY.into());
                bits.flag("gtp.ext_hdr.pdu_ses_cont.rqi", "Reflective QoS", 0x40);
                bits.number(flow.0, flow.1, 0x3f);
            })?;
            gtp.title(|| format!("down, flow {}", flags & 0x3f));
            if flags & POLICY != 0 {
                let name = "gtp.ext_hdr.pdu_ses_cont.ppi";
                gtp.word(name, be_u8(), |bits| {
                    bits.number(name, "Paging policy indicator", 0xe0);
                    bits.value("gtp.spare.b4b0", "Spare", 0x1f, |spare| Hex(spare as u8));
                })?;
            }
        }
        Session::UP => {
            let flags = gtp.word(flow.0, be_u8(), |bits| {
                bits.value("gtp.spare.b7b6", "Spare", 0xc0, |spare| Hex(spare as u8));
                bits.number(flow.0, flow.1, 0x3f);
            })?;
            gtp.title(|| format!("up, flow {}", flags & 0x3f));
        }
        _ => {}
    }
    Ok(())
}

/// TS 29.281, section 8.1: up to 127 a type determines the length of its value, after that a length follows.
fn elements(gtp: &mut Layer) -> Result<(), Stop> {
    while let Some(&kind) = gtp.rest().first() {
        let kind = Element(kind);
        match kind {
            Element::RECOVERY => {
                gtp.skip(1);
                gtp.field("gtp.recovery", "Restart counter", be_u8())?;
            }
            Element::TUNNEL => {
                gtp.skip(1);
                let name = "gtp.teid_data";
                gtp.field(name, "Tunnel endpoint identifier", be_u32().map(Hex))?;
            }
            Element::EXTENSIONS => gtp.group("", "Extension header types", |gtp| {
                gtp.skip(1);
                let count = gtp.field("gtp.num_ext_hdr_types", "Types", be_u8())?;
                for _ in 0..count {
                    let show = |kind| match Extension(kind).name() {
                        Some(name) => crate::Value::Named(kind.into(), Base::Dec, name),
                        None => kind.into(),
                    };
                    gtp.field_shown("gtp.ext_hdr_type", "Type", be_u8(), show)?;
                }
                Ok(())
            })?,
            Element(128..) => gtp.group("", "Element", |gtp| {
                gtp.title(|| kind.name().unwrap_or("unknown").to_owned());
                gtp.skip(1);
                element(gtp, kind)
            })?,
            _ => {
                gtp.note(Severity::Warning, || {
                    format!("element {} is not known", kind.0)
                });
                break;
            }
        }
    }
    Ok(())
}

fn element(gtp: &mut Layer, kind: Element) -> Result<(), Stop> {
    let name = match kind {
        Element::ADDRESS => "gtp.gsn_address_length",
        _ => "gtp.ext_length",
    };
    let length = usize::from(gtp.field(name, "Length", be_u16())?);
    gtp.within(length, |gtp| {
        match (kind, length) {
            (Element::ADDRESS, 4) => {
                gtp.field("gtp.gsn_ipv4", "Address", address::ipv4())?;
            }
            (Element::ADDRESS, 16) => {
                gtp.field("gtp.gsn_ipv6", "Address", address::ipv6())?;
            }
            (Element::PRIVATE, 2..) => {
                gtp.field("gtp.ext_id", "Enterprise", be_u16())?;
                gtp.field("gtp.ext_val", "Value", take(length - 2))?;
            }
            _ => {}
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use crate::{
        Context, Facts, LinkType, Output, Packet, dissect,
        test_support::{bytes, cut, info, layer},
    };

    #[test]
    fn a_packet_in_a_tunnel() {
        let hex = "45000055 00010000 0111cf91 0a000001 e0000005 08680868 00410000 34ff0031
             11223344 000000c0 01123485 0200c920 00000000 45000021 00010000 0111cfc5
             0a000001 e0000005 045708ae 000d0000 68656c6c 6f";
        assert_eq!(
            layer("gtp", 228, hex),
            "\
GPRS Tunnelling Protocol: T-PDU, tunnel 0x11223344 [28..52]
  Flags: 0x34 [28..29]
    Version: 1 [28..29]
    Protocol: GTP [28..29]
    Reserved: 0 [28..29]
    Extension header: Set [28..29]
    Sequence number: Not set [28..29]
    N-PDU number: Not set [28..29]
  Message: T-PDU (0xff) [29..30]
  Length: 49 [30..32]
  Tunnel endpoint identifier: 0x11223344 [32..36]
  Next extension header: PDCP PDU number (0xc0) [39..40]
  Extension header: PDCP PDU number [40..44]
    Length: 4 bytes (1) [40..41]
    PDCP sequence number: 4660 [41..43]
    Next extension header: PDU Session container (0x85) [43..44]
  Extension header: PDU Session container [44..52]
    Length: 8 bytes (2) [44..45]
    PDU session: down, flow 9 [45..48]
      Type: DL PDU SESSION INFORMATION (0) [45..46]
      Spare: 0x00 [45..46]
      Paging policy: Set [46..47]
      Reflective QoS: Set [46..47]
      QoS flow identifier: 9 [46..47]
      Paging policy indicator: 1 [47..48]
      Spare: 0x00 [47..48]
    Next extension header: No more extension headers (0x00) [51..52]
"
        );
    }

    #[test]
    fn a_packet_on_its_way_up() {
        let hex = "4500004d 00010000 0111cf99 0a000001 e0000005 08680868 00390000 36ff0029
             11223344 00070085 01100900 45000021 00010000 0111cfc5 0a000001 e0000005
             045708ae 000d0000 68656c6c 6f";
        assert_eq!(
            layer("gtp", 228, hex),
            "\
GPRS Tunnelling Protocol: T-PDU, tunnel 0x11223344 [28..44]
  Flags: 0x36 [28..29]
    Version: 1 [28..29]
    Protocol: GTP [28..29]
    Reserved: 0 [28..29]
    Extension header: Set [28..29]
    Sequence number: Set [28..29]
    N-PDU number: Not set [28..29]
  Message: T-PDU (0xff) [29..30]
  Length: 41 [30..32]
  Tunnel endpoint identifier: 0x11223344 [32..36]
  Sequence number: 0x0007 [36..38]
  Next extension header: PDU Session container (0x85) [39..40]
  Extension header: PDU Session container [40..44]
    Length: 4 bytes (1) [40..41]
    PDU session: up, flow 9 [41..43]
      Type: UL PDU SESSION INFORMATION (1) [41..42]
      Spare: 0x00 [41..42]
      Spare: 0x00 [42..43]
      QoS flow identifier: 9 [42..43]
    Next extension header: No more extension headers (0x00) [43..44]
"
        );
    }

    #[test]
    fn an_error() {
        let hex = "45000038 00010000 0111cfae 0a000001 e0000005 08680868 00240000 341a0014
             11223344 00000040 01086800 10000000 05850004 0a000001";
        assert_eq!(
            layer("gtp", 228, hex),
            "\
GPRS Tunnelling Protocol: Error indication, tunnel 0x11223344 [28..56]
  Flags: 0x34 [28..29]
    Version: 1 [28..29]
    Protocol: GTP [28..29]
    Reserved: 0 [28..29]
    Extension header: Set [28..29]
    Sequence number: Not set [28..29]
    N-PDU number: Not set [28..29]
  Message: Error indication (0x1a) [29..30]
  Length: 20 [30..32]
  Tunnel endpoint identifier: 0x11223344 [32..36]
  Next extension header: UDP Port number (0x40) [39..40]
  Extension header: UDP Port number [40..44]
    Length: 4 bytes (1) [40..41]
    UDP port: 2152 [41..43]
    Next extension header: No more extension headers (0x00) [43..44]
  Tunnel endpoint identifier: 0x00000005 [45..49]
  Element: GSN address [49..56]
    Length: 4 [50..52]
    Address: 10.0.0.1 [52..56]
"
        );
    }

    #[test]
    fn which_extensions_are_known() {
        let hex = "4500002c 00010000 0111cfba 0a000001 e0000005 08680868 00180000 321f0008
             00000000 00010000 8d020185";
        assert_eq!(
            layer("gtp", 228, hex),
            "\
GPRS Tunnelling Protocol: Supported extension header notification, tunnel 0x00000000 [28..44]
  Flags: 0x32 [28..29]
    Version: 1 [28..29]
    Protocol: GTP [28..29]
    Reserved: 0 [28..29]
    Extension header: Not set [28..29]
    Sequence number: Set [28..29]
    N-PDU number: Not set [28..29]
  Message: Supported extension header notification (0x1f) [29..30]
  Length: 8 [30..32]
  Tunnel endpoint identifier: 0x00000000 [32..36]
  Sequence number: 0x0001 [36..38]
  Extension header types [40..44]
    Types: 2 [41..42]
    Type: MBMS support indication (1) [42..43]
    Type: PDU Session container (133) [43..44]
"
        );
    }

    #[test]
    fn an_extension_without_a_length() {
        let hex = "4500004d 00010000 0111cf99 0a000001 e0000005 08680868 00390000 34ff0029
             11223344 00000085 00000000 45000021 00010000 0111cfc5 0a000001 e0000005
             045708ae 000d0000 68656c6c 6f";
        assert_eq!(
            layer("gtp", 228, hex),
            "\
GPRS Tunnelling Protocol: T-PDU, tunnel 0x11223344 [28..41]
  Flags: 0x34 [28..29]
    Version: 1 [28..29]
    Protocol: GTP [28..29]
    Reserved: 0 [28..29]
    Extension header: Set [28..29]
    Sequence number: Not set [28..29]
    N-PDU number: Not set [28..29]
  Message: T-PDU (0xff) [29..30]
  Length: 41 [30..32]
  Tunnel endpoint identifier: 0x11223344 [32..36]
  Next extension header: PDU Session container (0x85) [39..40]
  Extension header: PDU Session container [40..41]
    Length: 0 bytes (0) [40..41]
  Note: malformed: gtp.ext_hdr.length does not fit
"
        );
    }

    #[test]
    fn cut_in_the_tunnel() {
        let hex = "45000045 00010000 0111cfa1 0a000001 e0000005 08680868 00310000 30ff0021
             1122";
        assert_eq!(
            cut("gtp", 228, hex, 69),
            "\
GPRS Tunnelling Protocol [28..32]
  Flags: 0x30 [28..29]
    Version: 1 [28..29]
    Protocol: GTP [28..29]
    Reserved: 0 [28..29]
    Extension header: Not set [28..29]
    Sequence number: Not set [28..29]
    N-PDU number: Not set [28..29]
  Message: T-PDU (0xff) [29..30]
  Length: 33 [30..32]
  Note: cut by the capture's size limit inside gtp.teid
"
        );
    }

    #[test]
    fn the_conversation_in_the_tunnel_is_found() {
        let packet = bytes(
            "4500004d 00010000 0111cf99 0a000001 e0000005 08680868 00390000 36ff0029
             11223344 00070085 01100900 45000021 00010000 0111cfc5 0a000001 e0000005
             045708ae 000d0000 68656c6c 6f",
        );
        let packet = Packet::new(LinkType::IPV4, &packet, packet.len() as u32);
        let mut facts = Facts::default();
        dissect(packet, &Context::default(), &mut facts, Output::default());
        let ports: Vec<_> = facts
            .flows()
            .iter()
            .map(|flow| flow.destination_port)
            .collect();
        assert_eq!(ports, [2152, 2222]);
    }

    #[test]
    fn another_version_is_not_for_it() {
        let hex =
            "45000024 00000000 40110000 0a000001 0a000002 08680868 00100000 40010004 00000100";
        assert_eq!(info(228, hex), "UDP: 2152 → 2152 Len=8");
        assert_eq!(layer("gtp", 228, hex), "");
    }
}
