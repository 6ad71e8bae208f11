//! Fiber Distributed Data Interface: ISO 9314-2, and IP in it: RFC 1390.

use crate::{
    Base, Dissector, FieldDef, Layer, LinkType, Mac, Next, OsiLayer, Outcome, Selector, Stop,
    link::{llc, mac::mac},
    value::named,
};
use nom::{Parser, number::be_u8};

/// Fiber Distributed Data Interface.
pub const DISSECTOR: Dissector = Dissector {
    name: "fddi",
    label: "Fiber Distributed Data Interface",
    column: "FDDI",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::LinkType(LinkType::FDDI)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::hex8("fddi.fc"),
    FieldDef::hex8("fddi.fc.clf").names(&[Format::NAMES]),
    FieldDef::u8("fddi.fc.prio"),
    FieldDef::u8("fddi.fc.smt_subtype").names(&[Management::NAMES]),
    FieldDef::u8("fddi.fc.mac_subtype").names(&[Control::NAMES]),
    FieldDef::mac("fddi.dst"),
    FieldDef::mac("fddi.src"),
    FieldDef::mac("fddi.addr"),
];

named! {
    /// ISO 9314-2, section 7.3.3: class, length of the addresses and format.
    Format(u8, Hex(2)) {
        VOID = 0x0 => "Void",
        SMT = 0x4 => "SMT",
        LLC_ASYNC = 0x5 => "Async LLC",
        IMPLEMENTOR_ASYNC = 0x6 => "Implementor Async",
        TOKEN = 0x8 => "Nonrestricted Token",
        MAC = 0xc => "MAC",
        LLC_SYNC = 0xd => "Sync LLC",
        IMPLEMENTOR_SYNC = 0xe => "Implementor Sync",
    }
    /// Frames of the station management.
    Management(u8, Dec) {
        INFO = 1 => "Info",
        NEXT_STATION = 15 => "Next Station Address",
    }
    /// Frames that keep the ring alive.
    Control(u8, Dec) {
        BEACON = 2 => "Beacon",
        CLAIM = 3 => "Claim",
    }
}

fn dissect(fddi: &mut Layer) -> Outcome {
    let control = fddi.flags("fddi.fc", "Frame control", Base::Hex(2), be_u8(), |bits| {
        bits.value("fddi.fc.clf", "Format", 0xf0, |v| Format(v as u8));
        match bits.part(0xf0) {
            0x4 => bits.value("fddi.fc.smt_subtype", "Kind", 0x0f, |v| Management(v as u8)),
            0x5 => bits.number("fddi.fc.prio", "Priority", 0x07),
            0xc => bits.value("fddi.fc.mac_subtype", "Kind", 0x0f, |v| Control(v as u8)),
            _ => {}
        }
    })?;
    let format = Format(control >> 4);
    let name = format.name().unwrap_or("Unknown");
    fddi.title(|| format!("{name} frame"));
    fddi.info(|| format!("FDDI {name} frame"));
    let destination = address(fddi, "fddi.dst", "Destination")?;
    let source = address(fddi, "fddi.src", "Source")?;
    fddi.endpoints(|| (source.to_string(), destination.to_string()));
    fddi.title_more(|| format!(", Src: {source}, Dst: {destination}"));
    Ok(match format {
        Format::LLC_ASYNC | Format::LLC_SYNC => Next::Select(llc::INSIDE),
        _ => Next::Data,
    })
}

/// Reads an address. Captures hold the bits of each byte as they are sent, the least significant one last: RFC 1390,
/// appendix.
fn address(fddi: &mut Layer, name: &'static str, label: &'static str) -> Result<Mac, Stop> {
    let bytes = fddi.ahead(6);
    let address = fddi.field(
        name,
        label,
        mac().map(|Mac(bytes)| Mac(bytes.map(u8::reverse_bits))),
    )?;
    fddi.below(|fddi| fddi.over("fddi.addr", "Address", bytes, || address.into()));
    Ok(address)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn addresses_are_sent_the_other_way_round() {
        assert_eq!(
            layer("fddi", 10, "57 400000000040 400000000055 424203"),
            "\
             Fiber Distributed Data Interface: Async LLC frame, Src: 02:00:00:00:00:aa, Dst: 02:00:00:00:00:02 [0..13]\n\
             \x20 Frame control: 0x57 [0..1]\n\
             \x20   Format: Async LLC (0x05) [0..1]\n\
             \x20   Priority: 7 [0..1]\n\
             \x20 Destination: 02:00:00:00:00:02 [1..7]\n\
             \x20   Address: 02:00:00:00:00:02 [1..7]\n\
             \x20 Source: 02:00:00:00:00:aa [7..13]\n\
             \x20   Address: 02:00:00:00:00:aa [7..13]\n"
        );
    }

    #[test]
    fn a_beacon() {
        assert_eq!(
            layer("fddi", 10, "c2 400000000040 400000000055"),
            "\
             Fiber Distributed Data Interface: MAC frame, Src: 02:00:00:00:00:aa, Dst: 02:00:00:00:00:02 [0..13]\n\
             \x20 Frame control: 0xc2 [0..1]\n\
             \x20   Format: MAC (0x0c) [0..1]\n\
             \x20   Kind: Beacon (2) [0..1]\n\
             \x20 Destination: 02:00:00:00:00:02 [1..7]\n\
             \x20   Address: 02:00:00:00:00:02 [1..7]\n\
             \x20 Source: 02:00:00:00:00:aa [7..13]\n\
             \x20   Address: 02:00:00:00:00:aa [7..13]\n"
        );
    }

    #[test]
    fn a_frame_of_the_management() {
        assert_eq!(
            layer("fddi", 10, "41 400000000040 400000000055 0102"),
            "\
             Fiber Distributed Data Interface: SMT frame, Src: 02:00:00:00:00:aa, Dst: 02:00:00:00:00:02 [0..13]\n\
             \x20 Frame control: 0x41 [0..1]\n\
             \x20   Format: SMT (0x04) [0..1]\n\
             \x20   Kind: Info (1) [0..1]\n\
             \x20 Destination: 02:00:00:00:00:02 [1..7]\n\
             \x20   Address: 02:00:00:00:00:02 [1..7]\n\
             \x20 Source: 02:00:00:00:00:aa [7..13]\n\
             \x20   Address: 02:00:00:00:00:aa [7..13]\n"
        );
    }

    #[test]
    fn ends_in_the_source() {
        assert_eq!(
            cut("fddi", 10, "50 400000000040 4000", 64),
            "\
             Fiber Distributed Data Interface: Async LLC frame [0..7]\n\
             \x20 Frame control: 0x50 [0..1]\n\
             \x20   Format: Async LLC (0x05) [0..1]\n\
             \x20   Priority: 0 [0..1]\n\
             \x20 Destination: 02:00:00:00:00:02 [1..7]\n\
             \x20   Address: 02:00:00:00:00:02 [1..7]\n\
             \x20 Note: cut by the capture's size limit inside fddi.src\n"
        );
    }
}
