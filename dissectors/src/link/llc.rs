//! Logical link control, IEEE 802.2, and its subnetwork access protocol (SNAP), RFC 1042.

use crate::{
    Base, Dissector, FieldDef, Layer, LinkType, Next, OsiLayer, Outcome, Selector, Stop, Value,
    link::mac::{EtherType, oui},
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, le_u16},
};

/// Logical link control.
pub const DISSECTOR: Dissector = Dissector {
    name: "llc",
    label: "Logical Link Control",
    column: "LLC",
    layer: OsiLayer::DataLink,
    selectors: &[INSIDE, Selector::EtherType(0x8870)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::hex8("llc.dsap"),
    FieldDef::u8("llc.dsap.sap"),
    FieldDef::flag("llc.dsap.ig").means("Group", "Individual"),
    FieldDef::hex8("llc.ssap"),
    FieldDef::u8("llc.ssap.sap"),
    FieldDef::flag("llc.ssap.cr").means("Response", "Command"),
    FieldDef::hex16("llc.control"),
    FieldDef::flag("llc.control.f"),
    FieldDef::flag("llc.control.p"),
    FieldDef::hex8("llc.control.u_modifier_resp").names(&[Response::NAMES]),
    FieldDef::hex8("llc.control.u_modifier_cmd").names(&[Command::NAMES]),
    FieldDef::hex16("llc.control.ftype").names(&[FrameType::NAMES]),
    FieldDef::u16("llc.control.n_r"),
    FieldDef::u16("llc.control.n_s"),
    FieldDef::hex16("llc.control.s_ftype").names(&[Supervisory::NAMES]),
    FieldDef::u24("llc.oui"),
    FieldDef::hex16("llc.type").names(&[EtherType::NAMES]),
    FieldDef::hex16("llc.cisco_pid").names(&[CiscoPid::NAMES]),
    FieldDef::hex16("llc.apple_atalk_pid"),
    FieldDef::hex16("llc.apple_awdl_pid"),
    FieldDef::hex16("llc.extreme_pid"),
    FieldDef::hex16("llc.foundry_pid"),
    FieldDef::hex16("llc.bluetooth_pid"),
    FieldDef::hex16("llc.iana_pid"),
    FieldDef::hex16("llc.wlccp_pid"),
    FieldDef::hex16("llc.cimetrics_pid"),
    FieldDef::hex16("llc.nortel_pid"),
    FieldDef::hex16("llc.force10_pid"),
    FieldDef::hex16("llc.pid"),
];

/// The selector of LLC inside other layers: the link type whose frames begin with it, RFC 1483.
pub const INSIDE: Selector = Selector::LinkType(LinkType::ATM_LLC);

named! {
    /// Service access points, IEEE 802 numbers.
    Sap(u8, Hex(2)) {
        NULL = 0x00 => "NULL LSAP",
        LLC_INDIVIDUAL = 0x02 => "LLC Sub-Layer Management",
        LLC_GROUP = 0x03 => "LLC Sub-Layer Management",
        SNA_PATH = 0x04 => "SNA Path Control",
        SNA_PATH_GROUP = 0x05 => "SNA Path Control",
        IP = 0x06 => "TCP/IP",
        SNA_1 = 0x08 => "SNA",
        SNA_2 = 0x0c => "SNA",
        PROWAY_INITIALIZATION = 0x0e => "PROWAY (IEC955) Network Management and Initialization",
        NETWARE_OLD = 0x10 => "NetWare (unofficial?)",
        STATION = 0x18 => "Texas Instruments",
        BPDU = 0x42 => "Spanning Tree BPDU",
        RS511 = 0x4e => "EIA RS-511 Manufacturing Message Service",
        X25 = 0x7e => "ISO 8208 (X.25 over 802.2)",
        XNS = 0x80 => "XNS",
        NESTAR = 0x86 => "Nestar",
        PROWAY_ACTIVE = 0x8e => "PROWAY (IEC955) Active Station List Maintenance",
        ARP = 0x98 => "ARP",
        HPJD = 0xa8 => "HP JetDirect Printer",
        SNAP = 0xaa => "SNAP",
        VINES_1 = 0xba => "Banyan Vines",
        VINES_2 = 0xbc => "Banyan Vines",
        NETWARE = 0xe0 => "NetWare",
        NETBIOS = 0xf0 => "NetBIOS",
        IBM_MANAGEMENT = 0xf4 => "IBM Net Management",
        IBM_MANAGEMENT_GROUP = 0xf5 => "IBM Net Management",
        HPEXT = 0xf8 => "HP Extended LLC",
        UB = 0xfa => "Ungermann-Bass",
        REMOTE_PROGRAM_LOAD = 0xfc => "Remote Program Load",
        ISO = 0xfe => "ISO Network Layer",
        GLOBAL = 0xff => "Global LSAP",
    }

    /// Commands of unnumbered frames, IEEE 802.2, section 5.4.
    Command(u8, Hex(2)) {
        UI = 0x00 => "UI",
        DISC = 0x10 => "DISC",
        UA = 0x18 => "UA",
        SABME = 0x1b => "SABME",
        FRMR = 0x21 => "FRMR",
        XID = 0x2b => "XID",
        TEST = 0x38 => "TEST",
        SABM = 0x0b => "SABM",
        SNRM = 0x20 => "SNRM",
        SARM = 0x03 => "SARM",
        BCN = 0x3b => "BCN",
    }

    /// Responses of unnumbered frames, IEEE 802.2, section 5.4.
    Response(u8, Hex(2)) {
        UI = 0x00 => "UI",
        DM = 0x03 => "DM",
        RD = 0x10 => "RD",
        UA = 0x18 => "UA",
        SABME = 0x1b => "SABME",
        FRMR = 0x21 => "FRMR",
        XID = 0x2b => "XID",
        TEST = 0x38 => "TEST",
        BCN = 0x3b => "BCN",
    }

    /// Supervisory frames, IEEE 802.2, section 5.4.
    Supervisory(u8, Hex(4)) {
        RR = 0 => "RR",
        RNR = 1 => "RNR",
        REJ = 2 => "REJ",
        SREJ = 3 => "SREJ",
    }

    /// The kind of a control field.
    FrameType(u8, Hex(4)) {
        INFORMATION = 0 => "Information",
        SUPERVISORY = 1 => "Supervisory",
        UNNUMBERED = 3 => "Unnumbered",
    }

    /// Cisco's protocols in SNAP.
    CiscoPid(u16, Hex(4)) {
        ISL = 0x0003 => "ISL",
        DRIP = 0x0102 => "Cisco DRIP",
        PAGP = 0x0104 => "PAgP",
        MLS_HELLO = 0x0105 => "Cisco MLS hello",
        PVSTP = 0x010b => "PVSTP+",
        VLAN_BRIDGE = 0x010c => "Cisco VLAN bridge STP",
        UDLD = 0x0111 => "UDLD",
        CDP = 0x2000 => "CDP",
        CGMP = 0x2001 => "CGMP",
        VTP = 0x2003 => "VTP",
        DTP = 0x2004 => "DTP",
        STP_UPLINK_FAST = 0x200a => "STP Uplink Fast",
    }
}

/// The contents of a control field.
enum Control {
    Information,
    Supervisory,
    Unnumbered(u8),
}

fn dissect(llc: &mut Layer) -> Outcome {
    let destination = sap(llc, "llc.dsap", "Destination SAP", |bits| {
        bits.value("llc.dsap.sap", "SAP", 0xfe, |v| Value::Number(v, Base::Dec));
        bits.flag_meaning("llc.dsap.ig", "IG bit", 0x01, "Group", "Individual");
    })?;
    let source = sap(llc, "llc.ssap", "Source SAP", |bits| {
        bits.value("llc.ssap.sap", "SAP", 0xfe, |v| Value::Number(v, Base::Dec));
        bits.flag_meaning("llc.ssap.cr", "CR bit", 0x01, "Response", "Command");
    })?;
    let response = source & 1 != 0;
    let (control, words) = control(llc, response)?;
    llc.title(|| words.clone());
    if destination == Sap::SNAP.0 && source == Sap::SNAP.0 {
        return snap(llc, &words);
    }
    llc.info(|| {
        let name = |sap: u8| Sap(sap & 0xfe).name().unwrap_or("Unknown");
        let group = if destination & 1 != 0 {
            "Group"
        } else {
            "Individual"
        };
        let side = if response { "Response" } else { "Command" };
        format!(
            "{words}; DSAP {} {group}, SSAP {} {side}",
            name(destination),
            name(source)
        )
    });
    Ok(match control {
        Control::Information | Control::Unnumbered(0x03) => {
            Next::Select(Selector::LlcSap(destination))
        }
        Control::Supervisory | Control::Unnumbered(_) => Next::Data,
    })
}

fn sap(
    llc: &mut Layer,
    name: &'static str,
    label: &'static str,
    show: impl FnOnce(&mut crate::Bits),
) -> Result<u8, Stop> {
    let sap = llc.flags(name, label, Base::Hex(2), be_u8(), show)?;
    llc.text_of(name, || Value::from(Sap(sap)).to_string());
    Ok(sap)
}

/// IEEE 802.2, section 5.2: one byte where it has no sequence numbers, else two.
fn control(llc: &mut Layer, response: bool) -> Result<(Control, String), Stop> {
    const NAME: &str = "llc.control";
    let (set, label) = match response {
        true => ("llc.control.f", "Final"),
        false => ("llc.control.p", "Poll"),
    };
    let letter = |set: bool| match (set, response) {
        (false, _) => "",
        (true, true) => " F",
        (true, false) => " P",
    };
    let unnumbered = llc.rest().first().is_some_and(|first| first & 3 == 3);
    if unnumbered {
        let control = llc.flags(NAME, "Control", Base::Hex(4), be_u8(), |bits| {
            if bits.is_set(0x10) {
                bits.flag(set, label, 0x10);
            }
            match response {
                true => bits.value("llc.control.u_modifier_resp", "Response", 0xec, |v| {
                    Response(modifier(v))
                }),
                false => bits.value("llc.control.u_modifier_cmd", "Command", 0xec, |v| {
                    Command(modifier(v))
                }),
            }
            bits.value("llc.control.ftype", "Frame type", 0x03, |_| {
                Value::Named(3, Base::Hex(2), "Unnumbered")
            });
        })?;
        let modifier = modifier(u64::from(control) >> 2);
        let words = match llc.tells() {
            true => {
                let name = match response {
                    true => Response(modifier).name(),
                    false => Command(modifier).name(),
                };
                let function = name.unwrap_or("unknown");
                format!("U{}, func={function}", letter(control & 0x10 != 0))
            }
            false => String::new(),
        };
        llc.text_of(NAME, || format!("{words} (0x{control:02x})"));
        return Ok((Control::Unnumbered(control), words));
    }
    let control = llc.flags(NAME, "Control", Base::Hex(4), le_u16(), |bits| {
        let information = !bits.is_set(0x01);
        bits.number("llc.control.n_r", "N(R)", 0xfe00);
        if information {
            bits.number("llc.control.n_s", "N(S)", 0x00fe);
        }
        if bits.is_set(0x0100) {
            bits.flag(set, label, 0x0100);
        }
        match information {
            true => bits.value("llc.control.ftype", "Frame type", 0x0001, |v| {
                FrameType(v as u8)
            }),
            false => {
                bits.value("llc.control.s_ftype", "Supervisory frame", 0x000c, |v| {
                    Supervisory(v as u8)
                });
                bits.value("llc.control.ftype", "Frame type", 0x0003, |v| {
                    FrameType(v as u8)
                });
            }
        }
    })?;
    let information = control & 1 == 0;
    let words = match llc.tells() {
        true => {
            let letter = letter(control & 0x0100 != 0);
            let received = control >> 9;
            match information {
                true => format!("I{letter}, N(R)={received}, N(S)={}", (control >> 1) & 0x7f),
                false => {
                    let kind = Supervisory(((control >> 2) & 3) as u8);
                    format!(
                        "S{letter}, func={}, N(R)={received}",
                        kind.name().unwrap_or_default()
                    )
                }
            }
        }
        false => String::new(),
    };
    llc.text_of(NAME, || format!("{words} (0x{control:04x})"));
    let kind = if information {
        Control::Information
    } else {
        Control::Supervisory
    };
    Ok((kind, words))
}

/// Returns the function bits of an unnumbered control field, which are on both sides of the poll bit.
fn modifier(shifted: u64) -> u8 {
    (shifted & 0x3b) as u8
}

/// Reads SNAP: the organization that defines the number, and the number.
pub fn snap(llc: &mut Layer, words: &str) -> Outcome {
    let organization = oui(llc, "llc.oui")?;
    let (name, ether_type) = match organization {
        0x00_0000 | 0x00_00f8 => ("llc.type", true),
        0x00_000c => ("llc.cisco_pid", false),
        0x08_0007 => ("llc.apple_atalk_pid", false),
        0x00_17f2 => ("llc.apple_awdl_pid", false),
        0x00_e02b => ("llc.extreme_pid", false),
        0x00_e052 => ("llc.foundry_pid", false),
        0x00_1958 => ("llc.bluetooth_pid", false),
        0x00_005e => ("llc.iana_pid", false),
        0x00_4096 => ("llc.wlccp_pid", false),
        0x00_1090 => ("llc.cimetrics_pid", false),
        0x00_0081 => ("llc.nortel_pid", false),
        0x00_e8b1 | 0x00_01e8 => ("llc.force10_pid", false),
        _ => ("llc.pid", false),
    };
    if ether_type {
        let kind = llc.field(name, "Type", be_u16().map(EtherType))?;
        llc.info(|| {
            format!(
                "{words}; SNAP, OUI 0x{organization:06X}, PID 0x{:04X}",
                kind.0
            )
        });
        return Ok(match kind.0 {
            // Not an EtherType, and in other organizations the numbers below have other meanings.
            kind if kind < 0x0600 => Next::Data,
            kind => Next::Select(Selector::EtherType(kind)),
        });
    }
    let cisco = organization == 0x00_000c;
    let pid = llc.field_shown(name, "Protocol", be_u16(), |pid| match cisco {
        true => CiscoPid(pid).into(),
        false => Value::Number(pid.into(), Base::Hex(4)),
    })?;
    llc.info(|| format!("{words}; SNAP, OUI 0x{organization:06X}, PID 0x{pid:04X}"));
    // RFC 2684, section 5.2: bridged frames, with and without their frame check sequence.
    if organization == 0x00_80c2 && matches!(pid, 1 | 7) {
        llc.field_shown("", "Padding", take(2_usize), |bytes: &[u8]| bytes.into())?;
        return Ok(Next::Select(Selector::LinkType(LinkType::ETHERNET)));
    }
    Ok(match (organization, pid) {
        // Cisco uses this number in SNAP, HDLC and GRE alike.
        (0x00_000c, 0x2000) => Next::Select(Selector::EtherType(0x2000)),
        (0x00_000c, 0x010b) => Next::Select(Selector::LlcSap(Sap::BPDU.0)),
        _ => Next::Data,
    })
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn snap_carries_an_ethertype() {
        assert_eq!(
            layer(
                "llc",
                1,
                "020000000002 0200000000aa 000a aaaa03 000000 9999 6162"
            ),
            "\
             Logical Link Control: U, func=UI [14..22]\n\
             \x20 Destination SAP: SNAP (0xaa) [14..15]\n\
             \x20   SAP: 85 [14..15]\n\
             \x20   IG bit: Individual [14..15]\n\
             \x20 Source SAP: SNAP (0xaa) [15..16]\n\
             \x20   SAP: 85 [15..16]\n\
             \x20   CR bit: Command [15..16]\n\
             \x20 Control: U, func=UI (0x03) [16..17]\n\
             \x20   Command: UI (0x00) [16..17]\n\
             \x20   Frame type: Unnumbered (0x03) [16..17]\n\
             \x20 Organization: 00:00:00 (EtherType follows) [17..20]\n\
             \x20 Type: 0x9999 [20..22]\n"
        );
    }

    #[test]
    fn a_supervisory_frame() {
        assert_eq!(
            layer("llc", 1, "020000000002 0200000000aa 0004 f0f1 050b"),
            "\
             Logical Link Control: S F, func=RNR, N(R)=5 [14..18]\n\
             \x20 Destination SAP: NetBIOS (0xf0) [14..15]\n\
             \x20   SAP: 120 [14..15]\n\
             \x20   IG bit: Individual [14..15]\n\
             \x20 Source SAP: 0xf1 [15..16]\n\
             \x20   SAP: 120 [15..16]\n\
             \x20   CR bit: Response [15..16]\n\
             \x20 Control: S F, func=RNR, N(R)=5 (0x0b05) [16..18]\n\
             \x20   N(R): 5 [16..18]\n\
             \x20   Final: Set [16..18]\n\
             \x20   Supervisory frame: RNR (0x0001) [16..18]\n\
             \x20   Frame type: Supervisory (0x0001) [16..18]\n"
        );
    }

    #[test]
    fn ends_in_the_organization() {
        assert_eq!(
            cut("llc", 1, "020000000002 0200000000aa 0008 aaaa03 0000", 64),
            "\
             Logical Link Control: U, func=UI [14..17]\n\
             \x20 Destination SAP: SNAP (0xaa) [14..15]\n\
             \x20   SAP: 85 [14..15]\n\
             \x20   IG bit: Individual [14..15]\n\
             \x20 Source SAP: SNAP (0xaa) [15..16]\n\
             \x20   SAP: 85 [15..16]\n\
             \x20   CR bit: Command [15..16]\n\
             \x20 Control: U, func=UI (0x03) [16..17]\n\
             \x20   Command: UI (0x00) [16..17]\n\
             \x20   Frame type: Unnumbered (0x03) [16..17]\n\
             \x20 Note: cut by the capture's size limit inside llc.oui\n"
        );
    }
}
