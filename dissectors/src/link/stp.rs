//! Spanning Tree Protocol: IEEE 802.1D, section 9; several trees at once: IEEE 802.1Q, section 14.

use crate::{
    Base, Dissector, FieldDef, Hex, Layer, Next, OsiLayer, Outcome, Selector, Stop, Value,
    link::mac::mac, value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};

/// Spanning Tree Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "stp",
    label: "Spanning Tree Protocol",
    column: "STP",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::LlcSap(0x42)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::hex16("stp.protocol").names(&[Protocol::NAMES]),
    FieldDef::u8("stp.version").names(&[Version::NAMES]),
    FieldDef::hex8("stp.type").names(&[Kind::NAMES]),
    FieldDef::hex8("stp.flags"),
    FieldDef::u16("stp.root.prio"),
    FieldDef::u16("stp.root.ext"),
    FieldDef::mac("stp.root.hw"),
    FieldDef::u32("stp.root.cost"),
    FieldDef::u16("stp.bridge.prio"),
    FieldDef::u16("stp.bridge.ext"),
    FieldDef::mac("stp.bridge.hw"),
    FieldDef::hex16("stp.port"),
    FieldDef::double("stp.msg_age"),
    FieldDef::double("stp.max_age"),
    FieldDef::double("stp.hello"),
    FieldDef::double("stp.forward"),
    FieldDef::u8("stp.version_1_length"),
    FieldDef::u16("mstp.version_3_length"),
    FieldDef::hex16("stp.pvst.tlvtype"),
    FieldDef::u16("stp.pvst.tlvlen"),
    FieldDef::u16("stp.pvst.origvlan"),
    FieldDef::flag("stp.flags.tcack"),
    FieldDef::flag("stp.flags.agreement"),
    FieldDef::flag("stp.flags.forwarding"),
    FieldDef::flag("stp.flags.learning"),
    FieldDef::u8("stp.flags.port_role").names(&[Role::NAMES]),
    FieldDef::flag("stp.flags.proposal"),
    FieldDef::flag("stp.flags.tc"),
    FieldDef::u8("mstp.config_format_selector"),
    FieldDef::string("mstp.config_name"),
    FieldDef::u16("mstp.config_revision_level"),
    FieldDef::bytes("mstp.config_digest"),
    FieldDef::u32("mstp.cist_internal_root_path_cost"),
    FieldDef::u16("mstp.cist_bridge.prio"),
    FieldDef::u16("mstp.cist_bridge.ext"),
    FieldDef::mac("mstp.cist_bridge.hw"),
    FieldDef::u8("mstp.cist_remaining_hops"),
    FieldDef::hex8("mstp.msti.flags"),
    FieldDef::hex8("mstp.msti.priority"),
    FieldDef::u16("mstp.msti.msti_id"),
    FieldDef::mac("mstp.msti.root.hw"),
    FieldDef::u32("mstp.msti.root_cost"),
    FieldDef::u8("mstp.msti.bridge_priority"),
    FieldDef::u8("mstp.msti.port_priority"),
    FieldDef::u8("mstp.msti.remaining_hops"),
];

named! {
    /// IEEE 802.1D, section 9.3.
    Protocol(u16, Hex(4)) {
        STP = 0 => "Spanning Tree Protocol",
    }

    /// IEEE 802.1D, section 9.3; IEEE 802.1Q, section 14.
    Version(u8, Dec) {
        SPANNING = 0 => "Spanning Tree",
        RAPID = 2 => "Rapid Spanning Tree",
        MULTIPLE = 3 => "Multiple Spanning Tree",
        SHORTEST_PATH = 4 => "Shortest Path Tree",
    }

    /// IEEE 802.1D, section 9.3.
    Kind(u8, Hex(2)) {
        CONFIGURATION = 0x00 => "Configuration",
        RAPID = 0x02 => "Rapid/Multiple Spanning Tree",
        CHANGE = 0x80 => "Topology Change Notification",
    }

    /// IEEE 802.1D, section 9.2.9.
    Role(u8, Dec) {
        UNKNOWN = 0 => "Unknown",
        ALTERNATE = 1 => "Alternate or Backup",
        ROOT = 2 => "Root",
        DESIGNATED = 3 => "Designated",
    }
}

/// The topology has changed.
const CHANGED: u64 = 0x01;
/// A bridge's identifier: its priority, and the number of its tree.
const PRIORITY: u16 = 0xf000;
const TREE: u16 = 0x0fff;

fn dissect(stp: &mut Layer) -> Outcome {
    if !stp.tells() {
        return Ok(Next::Nothing);
    }
    stp.field("stp.protocol", "Protocol", be_u16().map(Protocol))?;
    let version = stp.field("stp.version", "Version", be_u8().map(Version))?;
    let kind = stp.field("stp.type", "Type", be_u8().map(Kind))?;
    stp.title(|| kind.name().unwrap_or("unknown").to_owned());
    match kind {
        Kind::CONFIGURATION | Kind::RAPID => configuration(stp, version, kind)?,
        Kind::CHANGE => stp.info(|| "Topology Change Notification".to_owned()),
        _ => {}
    }
    Ok(Next::Nothing)
}

/// IEEE 802.1D, sections 9.3.1 and 9.3.3.
fn configuration(stp: &mut Layer, version: Version, kind: Kind) -> Result<(), Stop> {
    let rapid = kind == Kind::RAPID;
    let flags = flags(stp, "stp.flags", rapid)?;
    let names = ["stp.root.prio", "stp.root.ext", "stp.root.hw"];
    let root = stp.group("", "Root", |stp| bridge(stp, names))?;
    let cost = stp.field("stp.root.cost", "Cost of the way to the root", be_u32())?;
    let names = ["stp.bridge.prio", "stp.bridge.ext", "stp.bridge.hw"];
    stp.group("", "Bridge", |stp| bridge(stp, names))?;
    let port = stp.field("stp.port", "Port", be_u16().map(Hex))?.0;
    let said = match (rapid, version) {
        (false, _) => "Conf",
        (true, Version::MULTIPLE) => "MST",
        (true, Version::SHORTEST_PATH) => "SPT",
        (true, _) => "RST",
    };
    let changed = if u64::from(flags) & CHANGED != 0 {
        "TC + "
    } else {
        ""
    };
    stp.info(|| {
        let root = root.replace(", ", "/");
        format!("{said}. {changed}Root = {root}  Cost = {cost}  Port = 0x{port:04x}")
    });
    stp.title(|| format!("{said}, root {root}, cost {cost}"));
    for (name, label) in [
        ("stp.msg_age", "Age"),
        ("stp.max_age", "Greatest age"),
        ("stp.hello", "Hello interval"),
        ("stp.forward", "Forward delay"),
    ] {
        // In units of 1/256 of a second.
        let seconds = |parts: u16| f64::from(parts) / 256.0;
        let show = |parts| Value::Float(seconds(parts));
        let parts = stp.field_shown(name, label, be_u16(), show)?;
        stp.text(|| format!("{} s", seconds(parts)));
    }
    if !rapid || version.0 < Version::RAPID.0 {
        // This byte is a length in later versions.
        stp.skip(1);
        return per_vlan(stp);
    }
    stp.field("stp.version_1_length", "Version 1 length", be_u8())?;
    if version.0 >= Version::MULTIPLE.0 && stp.reported() >= 2 {
        let name = "mstp.version_3_length";
        let length = usize::from(stp.field(name, "Version 3 length", be_u16())?);
        return stp.within(length, |stp| stp.group("", "Several trees", trees));
    }
    per_vlan(stp)
}

/// In Cisco's tree for each VLAN the number of the VLAN follows everything else.
fn per_vlan(stp: &mut Layer) -> Result<(), Stop> {
    const HEADER: &[u8] = &[0, 0, 0, 2];
    if !stp.rest().starts_with(HEADER) {
        return Ok(());
    }
    stp.group("", "VLAN", |stp| {
        stp.field("stp.pvst.tlvtype", "Type", be_u16().map(Hex))?;
        stp.field("stp.pvst.tlvlen", "Length", be_u16())?;
        let vlan = stp.field("stp.pvst.origvlan", "VLAN", be_u16())?;
        stp.title(|| vlan.to_string());
        Ok(())
    })
}

fn flags(stp: &mut Layer, name: &'static str, rapid: bool) -> Result<u8, Stop> {
    stp.flags(name, "Flags", Base::Hex(2), be_u8(), |bits| {
        bits.flag("stp.flags.tcack", "Topology change acknowledged", 0x80);
        if rapid {
            bits.flag("stp.flags.agreement", "Agreement", 0x40);
            bits.flag("stp.flags.forwarding", "Forwarding", 0x20);
            bits.flag("stp.flags.learning", "Learning", 0x10);
            bits.value("stp.flags.port_role", "Port's role", 0x0c, |role| {
                Role(role as u8)
            });
            bits.flag("stp.flags.proposal", "Proposal", 0x02);
        }
        bits.flag("stp.flags.tc", "Topology change", CHANGED);
    })
}

/// IEEE 802.1D, section 9.2.5. Sets the identifier's text.
fn bridge(
    stp: &mut Layer,
    [priority_name, tree_name, address_name]: [&'static str; 3],
) -> Result<String, Stop> {
    let priority = stp.word(priority_name, be_u16(), |bits| {
        let mask = PRIORITY.into();
        bits.value_in_place(priority_name, "Priority", mask, |priority| priority);
        bits.number(tree_name, "Tree", TREE.into());
    })?;
    let address = stp.field(address_name, "Address", mac())?;
    let said = format!("{}, {}, {address}", priority & PRIORITY, priority & TREE);
    stp.title(|| said.clone());
    Ok(said)
}

/// IEEE 802.1Q, section 14.4.
fn trees(stp: &mut Layer) -> Result<(), Stop> {
    let name = "mstp.config_format_selector";
    stp.field(name, "Format", be_u8())?;
    let text = |bytes: &[u8]| {
        let name = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        Value::Text(String::from_utf8_lossy(name).into_owned())
    };
    stp.field_shown("mstp.config_name", "Region", take(32_usize), text)?;
    stp.field("mstp.config_revision_level", "Revision", be_u16())?;
    stp.field("mstp.config_digest", "Digest", take(16_usize))?;
    let name = "mstp.cist_internal_root_path_cost";
    stp.field(name, "Cost inside the region", be_u32())?;
    let names = [
        "mstp.cist_bridge.prio",
        "mstp.cist_bridge.ext",
        "mstp.cist_bridge.hw",
    ];
    stp.group("", "Bridge", |stp| bridge(stp, names))?;
    stp.field("mstp.cist_remaining_hops", "Hops left", be_u8())?;
    while stp.reported() > 0 {
        stp.group("", "Tree", tree)?;
    }
    Ok(())
}

fn tree(stp: &mut Layer) -> Result<(), Stop> {
    flags(stp, "mstp.msti.flags", true)?;
    let number = stp.word("mstp.msti.priority", be_u16(), |bits| {
        let mask = PRIORITY.into();
        bits.value("mstp.msti.priority", "Priority", mask, |priority| {
            Hex(priority as u8)
        });
        bits.number("mstp.msti.msti_id", "Tree", TREE.into());
    })?;
    stp.title(|| (number & TREE).to_string());
    stp.field("mstp.msti.root.hw", "Root in the region", mac())?;
    stp.field("mstp.msti.root_cost", "Cost inside the region", be_u32())?;
    let high = |byte: u8| (byte >> 4).into();
    let name = "mstp.msti.bridge_priority";
    stp.field_shown(name, "Bridge's priority", be_u8(), high)?;
    let name = "mstp.msti.port_priority";
    stp.field_shown(name, "Port's priority", be_u8(), high)?;
    stp.field("mstp.msti.remaining_hops", "Hops left", be_u8())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn a_topology_that_changed() {
        let hex = "0180c200 00000011 22334455 00264242 03000000 00818001 00112233 44550000
             00138002 00112233 44aa8004 01001400 02000f00";
        assert_eq!(
            layer("stp", 1, hex),
            "\
Spanning Tree Protocol: Conf, root 32768, 1, 00:11:22:33:44:55, cost 19 [17..52]
  Protocol: Spanning Tree Protocol (0x0000) [17..19]
  Version: Spanning Tree (0) [19..20]
  Type: Configuration (0x00) [20..21]
  Flags: 0x81 [21..22]
    Topology change acknowledged: Set [21..22]
    Topology change: Set [21..22]
  Root: 32768, 1, 00:11:22:33:44:55 [22..30]
    Priority: 32768 [22..24]
    Tree: 1 [22..24]
    Address: 00:11:22:33:44:55 [24..30]
  Cost of the way to the root: 19 [30..34]
  Bridge: 32768, 2, 00:11:22:33:44:aa [34..42]
    Priority: 32768 [34..36]
    Tree: 2 [34..36]
    Address: 00:11:22:33:44:aa [36..42]
  Port: 0x8004 [42..44]
  Age: 1 s [44..46]
  Greatest age: 20 s [46..48]
  Hello interval: 2 s [48..50]
  Forward delay: 15 s [50..52]
"
        );
    }

    #[test]
    fn a_change_is_told() {
        let hex = "0180c200 00000011 22334455 00074242 03000000 80000000 00000000 00000000
             00000000 00000000 00000000 00000000 00000000 00000000 00000000";
        assert_eq!(
            layer("stp", 1, hex),
            "\
Spanning Tree Protocol: Topology Change Notification [17..21]
  Protocol: Spanning Tree Protocol (0x0000) [17..19]
  Version: Spanning Tree (0) [19..20]
  Type: Topology Change Notification (0x80) [20..21]
"
        );
    }

    #[test]
    fn a_tree_for_one_vlan() {
        let hex = "01000ccc cccd0011 22334455 0032aaaa 0300000c 010b0000 02023c80 01001122
             33445500 00001380 02001122 3344aa80 04010014 0002000f 00000000 00020064";
        assert_eq!(
            layer("stp", 1, hex),
            "\
Spanning Tree Protocol: RST, root 32768, 1, 00:11:22:33:44:55, cost 19 [22..64]
  Protocol: Spanning Tree Protocol (0x0000) [22..24]
  Version: Rapid Spanning Tree (2) [24..25]
  Type: Rapid/Multiple Spanning Tree (0x02) [25..26]
  Flags: 0x3c [26..27]
    Topology change acknowledged: Not set [26..27]
    Agreement: Not set [26..27]
    Forwarding: Set [26..27]
    Learning: Set [26..27]
    Port's role: Designated (3) [26..27]
    Proposal: Not set [26..27]
    Topology change: Not set [26..27]
  Root: 32768, 1, 00:11:22:33:44:55 [27..35]
    Priority: 32768 [27..29]
    Tree: 1 [27..29]
    Address: 00:11:22:33:44:55 [29..35]
  Cost of the way to the root: 19 [35..39]
  Bridge: 32768, 2, 00:11:22:33:44:aa [39..47]
    Priority: 32768 [39..41]
    Tree: 2 [39..41]
    Address: 00:11:22:33:44:aa [41..47]
  Port: 0x8004 [47..49]
  Age: 1 s [49..51]
  Greatest age: 20 s [51..53]
  Hello interval: 2 s [53..55]
  Forward delay: 15 s [55..57]
  Version 1 length: 0 [57..58]
  VLAN: 100 [58..64]
    Type: 0x0000 [58..60]
    Length: 2 [60..62]
    VLAN: 100 [62..64]
"
        );
    }

    #[test]
    fn one_tree_of_several() {
        let hex = "0180c200 00000011 22334455 00794242 03000003 027c8001 00112233 44550000
             00138002 00112233 44aa8004 01001400 02000f00 00005000 72656769 6f6e3100
             00000000 00000000 00000000 00000000 00000000 00000000 0001abab abababab
             abababab abababab abab0000 00058000 00112233 4455140e 80020011 22334466
             00000007 808013";
        assert_eq!(
            layer("stp", 1, hex),
            "\
Spanning Tree Protocol: MST, root 32768, 1, 00:11:22:33:44:55, cost 19 [17..135]
  Protocol: Spanning Tree Protocol (0x0000) [17..19]
  Version: Multiple Spanning Tree (3) [19..20]
  Type: Rapid/Multiple Spanning Tree (0x02) [20..21]
  Flags: 0x7c [21..22]
    Topology change acknowledged: Not set [21..22]
    Agreement: Set [21..22]
    Forwarding: Set [21..22]
    Learning: Set [21..22]
    Port's role: Designated (3) [21..22]
    Proposal: Not set [21..22]
    Topology change: Not set [21..22]
  Root: 32768, 1, 00:11:22:33:44:55 [22..30]
    Priority: 32768 [22..24]
    Tree: 1 [22..24]
    Address: 00:11:22:33:44:55 [24..30]
  Cost of the way to the root: 19 [30..34]
  Bridge: 32768, 2, 00:11:22:33:44:aa [34..42]
    Priority: 32768 [34..36]
    Tree: 2 [34..36]
    Address: 00:11:22:33:44:aa [36..42]
  Port: 0x8004 [42..44]
  Age: 1 s [44..46]
  Greatest age: 20 s [46..48]
  Hello interval: 2 s [48..50]
  Forward delay: 15 s [50..52]
  Version 1 length: 0 [52..53]
  Version 3 length: 80 [53..55]
  Several trees [55..135]
    Format: 0 [55..56]
    Region: region1 [56..88]
    Revision: 1 [88..90]
    Digest: abababababababababababababababab [90..106]
    Cost inside the region: 5 [106..110]
    Bridge: 32768, 0, 00:11:22:33:44:55 [110..118]
      Priority: 32768 [110..112]
      Tree: 0 [110..112]
      Address: 00:11:22:33:44:55 [112..118]
    Hops left: 20 [118..119]
    Tree: 2 [119..135]
      Flags: 0x0e [119..120]
        Topology change acknowledged: Not set [119..120]
        Agreement: Not set [119..120]
        Forwarding: Not set [119..120]
        Learning: Not set [119..120]
        Port's role: Designated (3) [119..120]
        Proposal: Set [119..120]
        Topology change: Not set [119..120]
      Priority: 0x08 [120..122]
      Tree: 2 [120..122]
      Root in the region: 00:11:22:33:44:66 [122..128]
      Cost inside the region: 7 [128..132]
      Bridge's priority: 8 [132..133]
      Port's priority: 8 [133..134]
      Hops left: 19 [134..135]
"
        );
    }

    #[test]
    fn cut_in_the_root() {
        let hex = "0180c200 00000011 22334455 00264242 03000000 00818001 00112233";
        assert_eq!(
            cut("stp", 1, hex, 60),
            "\
Spanning Tree Protocol: Configuration [17..24]
  Protocol: Spanning Tree Protocol (0x0000) [17..19]
  Version: Spanning Tree (0) [19..20]
  Type: Configuration (0x00) [20..21]
  Flags: 0x81 [21..22]
    Topology change acknowledged: Set [21..22]
    Topology change: Set [21..22]
  Root [22..24]
    Priority: 32768 [22..24]
    Tree: 1 [22..24]
  Note: cut by the capture's size limit inside stp.root.hw
"
        );
    }
}
