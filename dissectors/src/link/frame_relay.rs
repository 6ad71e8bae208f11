//! Frame Relay, Q.922, with RFC 2427 or Cisco encapsulation.

use crate::{
    Base, ByteRange, Dissector, FieldDef, Hex, Layer, LinkType, Next, OsiLayer, Outcome, Selector,
    Stop, Value,
    link::{
        chdlc, ethernet, llc,
        mac::{EtherType, oui},
        ppp,
    },
    value::named,
};
use nom::{
    Parser,
    number::{be_u8, be_u16},
};

/// Frame Relay.
pub const DISSECTOR: Dissector = Dissector {
    name: "fr",
    label: "Frame Relay",
    column: "FR",
    layer: OsiLayer::DataLink,
    selectors: &[
        Selector::LinkType(LinkType::FRAME_RELAY),
        Selector::EtherType(0x6559),
    ],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u32("fr.dlci"),
    FieldDef::hex16("fr.chdlctype").names(&[chdlc::Protocol::NAMES]),
    FieldDef::hex8("fr.first_addr_octet"),
    FieldDef::hex8("fr.upper_dlci"),
    FieldDef::flag("fr.cr").means("Command", "Response"),
    FieldDef::flag("fr.ea").means("Last byte", "More follow"),
    FieldDef::hex8("fr.second_addr_octet"),
    FieldDef::hex8("fr.second_dlci"),
    FieldDef::flag("fr.fecn"),
    FieldDef::flag("fr.becn"),
    FieldDef::flag("fr.de"),
    FieldDef::hex8("fr.third_addr_octet"),
    FieldDef::hex8("fr.third_dlci"),
    FieldDef::hex8("fr.lower_dlci"),
    FieldDef::hex8("fr.dlcore_control"),
    FieldDef::flag("fr.dc").means("DL-CORE control", "DLCI"),
    FieldDef::hex8("fr.control"),
    FieldDef::hex8("fr.control.u_modifier_cmd").names(&[llc::Command::NAMES]),
    FieldDef::hex16("fr.control.ftype").names(&[llc::FrameType::NAMES]),
    FieldDef::hex8("fr.nlpid").names(&[Nlpid::NAMES]),
    FieldDef::u24("fr.snap.oui"),
    FieldDef::hex16("fr.snaptype").names(&[EtherType::NAMES]),
    FieldDef::hex16("fr.snap.pid"),
];

named! {
    /// Network layer protocol identifiers, ISO/IEC TR 9577.
    Nlpid(u8, Hex(2)) {
        NULL = 0x00 => "Padding",
        Q933 = 0x08 => "Q.933",
        LMI = 0x09 => "LMI",
        SNAP = 0x80 => "SNAP",
        CLNP = 0x81 => "CLNP",
        ESIS = 0x82 => "ESIS",
        ISIS = 0x83 => "ISIS",
        IPV6 = 0x8e => "IPv6",
        COMPRESSION = 0xb0 => "Data compression",
        FRF12 = 0xb1 => "Fragmentation",
        IPV4 = 0xcc => "IP",
        PPP = 0xcf => "PPP",
    }
}

fn dissect(fr: &mut Layer) -> Outcome {
    let start = fr.ahead(0);
    let dlci = address(fr)?;
    let end = fr.offset();
    fr.over("fr.dlci", "DLCI", ByteRange { end, ..start }, || {
        dlci.into()
    });
    fr.title(|| format!("DLCI {dlci}"));
    fr.info(|| format!("DLCI {dlci}"));
    // RFC 2427 begins with an unnumbered control field; Cisco has an EtherType instead.
    match fr.rest() {
        [0x03, ..] => control(fr),
        [_, _, ..] => {
            let kind = fr
                .rest()
                .get(..2)
                .map_or(0, |b| u16::from_be_bytes(b.try_into().unwrap_or_default()));
            if chdlc::Protocol(kind).name().is_none() {
                return Ok(Next::Data);
            }
            fr.field("fr.chdlctype", "Type", be_u16().map(chdlc::Protocol))?;
            Ok(Next::Select(Selector::EtherType(kind)))
        }
        _ => Ok(Next::Data),
    }
}

/// Q.922, section 3.3: two to four bytes, the last of which has its lowest bit set.
fn address(fr: &mut Layer) -> Result<u32, Stop> {
    let extended = |last: bool| Value::Flag(last, "Last byte", "More follow");
    let first = fr.flags(
        "fr.first_addr_octet",
        "First address byte",
        Base::Hex(2),
        be_u8(),
        |bits| {
            bits.value("fr.upper_dlci", "Upper DLCI", 0xfc, |v| Hex(v as u8));
            bits.flag_meaning("fr.cr", "CR bit", 0x02, "Command", "Response");
            bits.value("fr.ea", "Extended address", 0x01, |v| extended(v != 0));
        },
    )?;
    let mut dlci = u32::from(first >> 2);
    if first & 1 != 0 {
        return Ok(dlci);
    }
    let second = fr.flags(
        "fr.second_addr_octet",
        "Second address byte",
        Base::Hex(2),
        be_u8(),
        |bits| {
            bits.value("fr.second_dlci", "Second DLCI", 0xf0, |v| Hex(v as u8));
            bits.flag("fr.fecn", "Forward congestion", 0x08);
            bits.flag("fr.becn", "Backward congestion", 0x04);
            bits.flag("fr.de", "Discard eligible", 0x02);
            bits.value("fr.ea", "Extended address", 0x01, |v| extended(v != 0));
        },
    )?;
    dlci = dlci << 4 | u32::from(second >> 4);
    if second & 1 != 0 {
        return Ok(dlci);
    }
    if fr.rest().first().is_some_and(|third| third & 1 == 0) {
        let third = fr.flags(
            "fr.third_addr_octet",
            "Third address byte",
            Base::Hex(2),
            be_u8(),
            |bits| {
                bits.value("fr.third_dlci", "Third DLCI", 0xfe, |v| Hex(v as u8));
                bits.value("fr.ea", "Extended address", 0x01, |v| extended(v != 0));
            },
        )?;
        dlci = dlci << 7 | u32::from(third >> 1);
    }
    let core = fr.rest().first().is_some_and(|last| last & 2 != 0);
    let last = fr.word("fr.lower_dlci", be_u8(), |bits| {
        match core {
            true => bits.value("fr.dlcore_control", "DL-CORE control", 0xfc, |v| {
                Hex(v as u8)
            }),
            false => bits.value("fr.lower_dlci", "Lower DLCI", 0xfc, |v| Hex(v as u8)),
        }
        bits.flag_meaning("fr.dc", "DC bit", 0x02, "DL-CORE control", "DLCI");
        bits.value("fr.ea", "Extended address", 0x01, |v| extended(v != 0));
    })?;
    Ok(if core {
        dlci
    } else {
        dlci << 6 | u32::from(last >> 2)
    })
}

/// RFC 2427, section 3.
fn control(fr: &mut Layer) -> Outcome {
    fr.flags("fr.control", "Control", Base::Hex(2), be_u8(), |bits| {
        bits.value("fr.control.u_modifier_cmd", "Command", 0xec, |_| {
            Value::Named(0, Base::Hex(2), "UI")
        });
        bits.value("fr.control.ftype", "Frame type", 0x03, |_| {
            Value::Named(3, Base::Hex(2), "Unnumbered")
        });
    })?;
    // Padding may come first, to align what follows.
    if fr.rest().first() == Some(&0) {
        fr.field("fr.nlpid", "Padding", be_u8().map(Nlpid))?;
        fr.text(|| Value::from(Hex(0_u8)).to_string());
    }
    // OSI's protocols contain this byte themselves.
    if let [0x08 | 0x81..=0x83, ..] = fr.rest() {
        return Ok(Next::Select(Selector::LlcSap(0xfe)));
    }
    let kind = fr.field("fr.nlpid", "Network layer protocol", be_u8().map(Nlpid))?;
    Ok(match kind {
        Nlpid::IPV4 => Next::Select(Selector::EtherType(0x0800)),
        Nlpid::IPV6 => Next::Select(Selector::EtherType(0x86dd)),
        Nlpid::PPP => Next::Select(ppp::INSIDE),
        Nlpid::SNAP => return snap(fr),
        _ => Next::Data,
    })
}

fn snap(fr: &mut Layer) -> Outcome {
    let organization = oui(fr, "fr.snap.oui")?;
    match organization {
        0 => {
            let kind = fr.field("fr.snaptype", "Type", be_u16().map(EtherType))?;
            Ok(Next::Select(Selector::EtherType(kind.0)))
        }
        0x00_000c => {
            let kind = fr.field("llc.cisco_pid", "Protocol", be_u16().map(Hex))?;
            Ok(Next::Select(Selector::EtherType(kind.0)))
        }
        _ => {
            let kind = fr.field("fr.snap.pid", "Protocol", be_u16().map(Hex))?;
            Ok(match (organization, kind.0) {
                (0x00_80c2, 1 | 7) => Next::Select(ethernet::INSIDE),
                _ => Next::Data,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn cisco_encapsulation() {
        assert_eq!(
            layer("fr", 107, "1861 2000 02b4"),
            "\
             Frame Relay: DLCI 102 [0..4]\n\
             \x20 First address byte: 0x18 [0..1]\n\
             \x20   Upper DLCI: 0x06 [0..1]\n\
             \x20   CR bit: Response [0..1]\n\
             \x20   Extended address: More follow [0..1]\n\
             \x20 Second address byte: 0x61 [1..2]\n\
             \x20   Second DLCI: 0x06 [1..2]\n\
             \x20   Forward congestion: Not set [1..2]\n\
             \x20   Backward congestion: Not set [1..2]\n\
             \x20   Discard eligible: Not set [1..2]\n\
             \x20   Extended address: Last byte [1..2]\n\
             \x20 DLCI: 102 [0..2]\n\
             \x20 Type: Cisco Discovery Protocol (0x2000) [2..4]\n"
        );
    }

    #[test]
    fn rfc_2427_snap() {
        assert_eq!(
            layer("fr", 107, "1861 03 00 80 0000f8 9999 61"),
            "\
             Frame Relay: DLCI 102 [0..10]\n\
             \x20 First address byte: 0x18 [0..1]\n\
             \x20   Upper DLCI: 0x06 [0..1]\n\
             \x20   CR bit: Response [0..1]\n\
             \x20   Extended address: More follow [0..1]\n\
             \x20 Second address byte: 0x61 [1..2]\n\
             \x20   Second DLCI: 0x06 [1..2]\n\
             \x20   Forward congestion: Not set [1..2]\n\
             \x20   Backward congestion: Not set [1..2]\n\
             \x20   Discard eligible: Not set [1..2]\n\
             \x20   Extended address: Last byte [1..2]\n\
             \x20 DLCI: 102 [0..2]\n\
             \x20 Control: 0x03 [2..3]\n\
             \x20   Command: UI (0x00) [2..3]\n\
             \x20   Frame type: Unnumbered (0x03) [2..3]\n\
             \x20 Padding: 0x00 [3..4]\n\
             \x20 Network layer protocol: SNAP (0x80) [4..5]\n\
             \x20 Organization: 00:00:f8 (Cisco, EtherType follows) [5..8]\n\
             \x20 Protocol: 0x9999 [8..10]\n"
        );
    }

    #[test]
    fn a_long_address() {
        assert_eq!(
            layer("fr", 107, "1c0e 09 1234"),
            "\
             Frame Relay: DLCI 7170 [0..3]\n\
             \x20 First address byte: 0x1c [0..1]\n\
             \x20   Upper DLCI: 0x07 [0..1]\n\
             \x20   CR bit: Response [0..1]\n\
             \x20   Extended address: More follow [0..1]\n\
             \x20 Second address byte: 0x0e [1..2]\n\
             \x20   Second DLCI: 0x00 [1..2]\n\
             \x20   Forward congestion: Set [1..2]\n\
             \x20   Backward congestion: Set [1..2]\n\
             \x20   Discard eligible: Set [1..2]\n\
             \x20   Extended address: More follow [1..2]\n\
             \x20 Lower DLCI: 0x02 [2..3]\n\
             \x20 DC bit: DLCI [2..3]\n\
             \x20 Extended address: Last byte [2..3]\n\
             \x20 DLCI: 7170 [0..3]\n"
        );
    }

    #[test]
    fn ends_in_the_address() {
        assert_eq!(
            cut("fr", 107, "18", 64),
            "\
             Frame Relay [0..1]\n\
             \x20 First address byte: 0x18 [0..1]\n\
             \x20   Upper DLCI: 0x06 [0..1]\n\
             \x20   CR bit: Response [0..1]\n\
             \x20   Extended address: More follow [0..1]\n\
             \x20 Note: cut by the capture's size limit inside fr.second_addr_octet\n"
        );
    }
}
