//! What macOS captures on its interface `pktap`: a header that names the interface and the process, then the packet of
//! that interface. Apple's bsd/net/pktap.h.

use crate::{
    Dissector, FieldDef, Hex, Layer, LinkType, Next, OsiLayer, Outcome, Selector, Severity, Stop,
    Value, value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{le_u16, le_u32},
};

/// PKTAP.
pub const DISSECTOR: Dissector = Dissector {
    name: "pktap",
    label: "PKTAP packet header",
    column: "PKTAP",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::LinkType(LinkType::PKTAP)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u32("pktap.hdrlen"),
    FieldDef::u32("pktap.rectype"),
    FieldDef::u32("pktap.dlt"),
    FieldDef::string("pktap.ifname"),
    FieldDef::hex32("pktap.flags"),
    FieldDef::u32("pktap.pfamily"),
    FieldDef::u32("pktap.llhdrlen"),
    FieldDef::u32("pktap.lltrlrlen"),
    FieldDef::u32("pktap.pid"),
    FieldDef::string("pktap.cmdname"),
    FieldDef::u32("pktap.svc_class"),
    FieldDef::u16("pktap.iftype"),
    FieldDef::u16("pktap.ifunit"),
    FieldDef::u32("pktap.epid"),
    FieldDef::string("pktap.ecmdname"),
];

named! {
    /// Whether a packet follows.
    Record(u32, Dec) {
        NONE = 0 => "No packet",
        PACKET = 1 => "Packet",
    }
}

/// The length of the first version of the header, bytes.
const LEAST: u32 = 108;
/// The space for the name of an interface, and for that of a process, bytes.
const INTERFACE: usize = 24;
const COMMAND: usize = 20;

fn dissect(pktap: &mut Layer) -> Outcome {
    let length = pktap.field("pktap.hdrlen", "Header length", le_u32())?;
    if length < LEAST {
        pktap.note(Severity::Error, || {
            format!("a header has at least {LEAST} bytes")
        });
        return Ok(Next::Data);
    }
    let record = pktap.field("pktap.rectype", "Record type", le_u32())?;
    if let Some(name) = Record(record).name() {
        pktap.text(|| format!("{name} ({record})"));
    }
    let link = pktap.field("pktap.dlt", "Link type", le_u32())?;
    let link = LinkType(u16::try_from(link).unwrap_or(u16::MAX));
    pktap.text(|| Value::from(link).to_string());
    let interface = name(pktap, "pktap.ifname", "Interface", INTERFACE)?;
    pktap.field("pktap.flags", "Flags", le_u32().map(Hex))?;
    pktap.field("pktap.pfamily", "Protocol family", le_u32())?;
    pktap.field("pktap.llhdrlen", "Link header length", le_u32())?;
    pktap.field("pktap.lltrlrlen", "Link trailer length", le_u32())?;
    let process = pktap.field("pktap.pid", "Process", le_u32())?;
    let command = name(pktap, "pktap.cmdname", "Command", COMMAND)?;
    pktap.field("pktap.svc_class", "Service class", le_u32())?;
    pktap.field("pktap.iftype", "Interface type", le_u16())?;
    pktap.field("pktap.ifunit", "Interface unit", le_u16())?;
    pktap.field("pktap.epid", "Effective process", le_u32())?;
    name(pktap, "pktap.ecmdname", "Effective command", COMMAND)?;
    let words = || format!("{interface}, process {process} {command}");
    pktap.title(words);
    pktap.info(|| format!("PKTAP, {}", words()));
    let more = (length - LEAST) as usize;
    if more > 0 {
        pktap.field("", "Further fields", take(more))?;
    }
    Ok(match record {
        1 => Next::Select(Selector::LinkType(link)),
        _ => Next::Nothing,
    })
}

/// Reads a name that is filled up with zeros.
fn name(
    pktap: &mut Layer,
    field: &'static str,
    label: &'static str,
    length: usize,
) -> Result<String, Stop> {
    let end = |bytes: &[u8]| {
        let end = bytes.iter().position(|&byte| byte == 0);
        let name = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
        String::from_utf8_lossy(name).into_owned()
    };
    let bytes = pktap.field_shown(field, label, take(length), |bytes| Value::Text(end(bytes)))?;
    Ok(match pktap.tells() {
        true => end(bytes),
        false => String::new(),
    })
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn names_the_process() {
        assert_eq!(
            layer(
                "pktap",
                258,
                "6c000000 01000000 0c000000 656e30000000000000000000000000000000000000000000 02000000 02000000 0e000000 00000000 4d000000 6375726c00000000000000000000000000000000 07000000 0600 0100 4e000000 7361666172690000000000000000000000000000 45000014 00010000 40fd0000 0a000001 0a000002"
            ),
            "\
             PKTAP packet header: en0, process 77 curl [0..108]\n\
             \x20 Header length: 108 [0..4]\n\
             \x20 Record type: Packet (1) [4..8]\n\
             \x20 Link type: Raw IP (12) [8..12]\n\
             \x20 Interface: en0 [12..36]\n\
             \x20 Flags: 0x00000002 [36..40]\n\
             \x20 Protocol family: 2 [40..44]\n\
             \x20 Link header length: 14 [44..48]\n\
             \x20 Link trailer length: 0 [48..52]\n\
             \x20 Process: 77 [52..56]\n\
             \x20 Command: curl [56..76]\n\
             \x20 Service class: 7 [76..80]\n\
             \x20 Interface type: 6 [80..82]\n\
             \x20 Interface unit: 1 [82..84]\n\
             \x20 Effective process: 78 [84..88]\n\
             \x20 Effective command: safari [88..108]\n"
        );
    }

    #[test]
    fn too_short_a_header() {
        assert_eq!(
            layer("pktap", 258, "14000000 01000000"),
            "\
             PKTAP packet header [0..4]\n\
             \x20 Header length: 20 [0..4]\n\
             \x20   Note: a header has at least 108 bytes\n"
        );
    }

    #[test]
    fn ends_in_the_interface() {
        assert_eq!(
            cut("pktap", 258, "6c000000 01000000 0c000000 656e3000", 200),
            "\
             PKTAP packet header [0..12]\n\
             \x20 Header length: 108 [0..4]\n\
             \x20 Record type: Packet (1) [4..8]\n\
             \x20 Link type: Raw IP (12) [8..12]\n\
             \x20 Note: cut by the capture's size limit inside pktap.ifname\n"
        );
    }
}
