//! Generic Network Virtualization Encapsulation: RFC 8926.

use crate::{
    Base, Dissector, FieldDef, Hex, Layer, Next, OsiLayer, Outcome, Selector, Severity, Stop,
    Value,
    link::{ethernet, mac::EtherType},
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u24},
};

/// Generic Network Virtualization Encapsulation.
pub const DISSECTOR: Dissector = Dissector {
    name: "geneve",
    label: "Generic Network Virtualization Encapsulation",
    column: "Geneve",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::UdpPort(6081)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("geneve.version"),
    FieldDef::hex8("geneve.flags"),
    FieldDef::flag("geneve.flags.oam"),
    FieldDef::flag("geneve.flags.critical"),
    FieldDef::flag("geneve.flags.reserved"),
    FieldDef::hex16("geneve.proto_type").names(&[EtherType::NAMES]),
    FieldDef::hex24("geneve.vni"),
    FieldDef::hex8("geneve.reserved"),
    FieldDef::bytes("geneve.options"),
    FieldDef::bytes("geneve.option"),
    FieldDef::hex16("geneve.option.class").names(&[Class::NAMES]),
    FieldDef::hex8("geneve.option.type"),
    FieldDef::flag("geneve.option.type.critical"),
    FieldDef::hex8("geneve.option.flags"),
    FieldDef::flag("geneve.option.flags.reserved"),
    FieldDef::u8("geneve.option.length"),
    FieldDef::bytes("geneve.option.unknown.data"),
];

named! {
    /// IANA "Geneve Option Class": those in use.
    Class(u16, Hex(4)) {
        LINUX = 0x0100 => "Linux",
        OPEN_VSWITCH = 0x0101 => "Open vSwitch",
        OVN = 0x0102 => "Open Virtual Networking (OVN)",
        INT = 0x0103 => "In-band Network Telemetry (INT)",
        VMWARE = 0x0104 => "VMware",
        ORACLE = 0x0107 => "Oracle Corporation",
        AMAZON = 0x0108 => "Amazon.com, Inc.",
        GOOGLE = 0x0132 => "Google LLC",
    }
}

/// RFC 8926, section 3.4: without the options.
const VERSION: u8 = 0;

fn dissect(geneve: &mut Layer) -> Outcome {
    let first = geneve.word("geneve.version", be_u8(), |bits| {
        bits.number("geneve.version", "Version", 0xc0);
        bits.worded(
            "geneve.option.length",
            "Options length",
            0x3f,
            |words| words as u8 * 4,
            |words| format!("{} bytes", words * 4),
        );
    })?;
    if first >> 6 != VERSION {
        geneve.note(Severity::Warning, || {
            format!("version {} is not defined", first >> 6)
        });
    }
    let flags = geneve.flags("geneve.flags", "Flags", Base::Hex(2), be_u8(), |bits| {
        bits.flag("geneve.flags.oam", "Control packet", 0x80);
        bits.flag("geneve.flags.critical", "Critical options", 0x40);
        bits.flag("geneve.flags.reserved", "Reserved", 0x3f);
    })?;
    let protocol = geneve.field(
        "geneve.proto_type",
        "Protocol type",
        be_u16().map(EtherType),
    )?;
    let network = geneve.field_shown("geneve.vni", "Network identifier", be_u24(), |network| {
        Value::Number(network.into(), Base::Hex(6))
    })?;
    geneve.text(|| format!("{network} (0x{network:06x})"));
    geneve.title(|| {
        let control = if flags & 0x80 != 0 { ", control" } else { "" };
        format!("network {network}{control}")
    });
    geneve.info(|| format!("Geneve network {network}, {}", Value::from(protocol)));
    geneve.field("geneve.reserved", "Reserved", be_u8().map(Hex))?;
    let length = usize::from(first & 0x3f) * 4;
    if length > 0 {
        geneve.group_with_bytes("geneve.options", "Options", |geneve| {
            geneve.within(length, options)
        })?;
    }
    Ok(match protocol {
        EtherType::TEB => Next::Select(ethernet::INSIDE),
        protocol => Next::Select(Selector::EtherType(protocol.0)),
    })
}

/// RFC 8926, section 3.5. Each takes at least four bytes.
fn options(geneve: &mut Layer) -> Result<(), Stop> {
    while geneve.reported() > 0 {
        let length = geneve
            .rest()
            .get(3)
            .map(|word| usize::from(word & 0x1f) * 4);
        if let Some(length) = length
            && length + 4 > geneve.reported()
        {
            geneve.note(Severity::Warning, || {
                format!(
                    "an option of {} bytes is longer than the options",
                    length + 4
                )
            });
            geneve.skip(geneve.rest().len());
            return Ok(());
        }
        geneve.group_with_bytes("geneve.option", "Option", option)?;
    }
    Ok(())
}

fn option(geneve: &mut Layer) -> Result<(), Stop> {
    let class = geneve.field("geneve.option.class", "Class", be_u16().map(Class))?;
    let kind = geneve.flags(
        "geneve.option.type",
        "Type",
        Base::Hex(2),
        be_u8(),
        |bits| {
            bits.flag("geneve.option.type.critical", "Critical", 0x80);
        },
    )?;
    geneve.title(|| format!("{}, type 0x{kind:02x}", Value::from(class)));
    let at = geneve.ahead(1);
    let word = geneve.word("geneve.option.length", be_u8(), |bits| {
        bits.group("geneve.option.flags", "Flags", 0xe0, Base::Hex(2), |bits| {
            bits.flag("geneve.option.flags.reserved", "Reserved", 0xe0);
        });
    })?;
    let length = usize::from(word & 0x1f) * 4;
    geneve.over("geneve.option.length", "Length", at, || {
        Value::from(length as u8 + 4)
    });
    geneve.field("geneve.option.unknown.data", "Data", take(length))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn a_network_with_options() {
        assert_eq!(
            layer(
                "geneve",
                228,
                "4500004400010000 40110000 0a000001 0a000002 c35017c100300000 04c0 6558 0000ab00 0102 80 00 0101 01 22 0102030405060708 020000000002 0200000000aa 9000 0000"
            ),
            "\
             Generic Network Virtualization Encapsulation: network 171, control [28..52]\n\
             \x20 Version: 0 [28..29]\n\
             \x20 Options length: 16 bytes [28..29]\n\
             \x20 Flags: 0xc0 [29..30]\n\
             \x20   Control packet: Set [29..30]\n\
             \x20   Critical options: Set [29..30]\n\
             \x20   Reserved: Not set [29..30]\n\
             \x20 Protocol type: Transparent Ethernet bridging (0x6558) [30..32]\n\
             \x20 Network identifier: 171 (0x0000ab) [32..35]\n\
             \x20 Reserved: 0x00 [35..36]\n\
             \x20 Options: 01028000010101220102030405060708 [36..52]\n\
             \x20   Option: Open Virtual Networking (OVN) (0x0102), type 0x80 [36..40]\n\
             \x20     Class: Open Virtual Networking (OVN) (0x0102) [36..38]\n\
             \x20     Type: 0x80 [38..39]\n\
             \x20       Critical: Set [38..39]\n\
             \x20     Flags: 0x00 [39..40]\n\
             \x20       Reserved: Not set [39..40]\n\
             \x20     Length: 4 [39..40]\n\
             \x20     Data [40..40]\n\
             \x20   Option: Open vSwitch (0x0101), type 0x01 [40..52]\n\
             \x20     Class: Open vSwitch (0x0101) [40..42]\n\
             \x20     Type: 0x01 [42..43]\n\
             \x20       Critical: Not set [42..43]\n\
             \x20     Flags: 0x01 [43..44]\n\
             \x20       Reserved: Set [43..44]\n\
             \x20     Length: 12 [43..44]\n\
             \x20     Data: 0102030405060708 [44..52]\n"
        );
    }

    #[test]
    fn an_option_longer_than_the_options() {
        assert_eq!(
            layer(
                "geneve",
                228,
                "4500002800010000 40110000 0a000001 0a000002 c35017c100140000 0100 0800 0000ab00 0102 80 07"
            ),
            "\
             Generic Network Virtualization Encapsulation: network 171 [28..40]\n\
             \x20 Version: 0 [28..29]\n\
             \x20 Options length: 4 bytes [28..29]\n\
             \x20 Flags: 0x00 [29..30]\n\
             \x20   Control packet: Not set [29..30]\n\
             \x20   Critical options: Not set [29..30]\n\
             \x20   Reserved: Not set [29..30]\n\
             \x20 Protocol type: IPv4 (0x0800) [30..32]\n\
             \x20 Network identifier: 171 (0x0000ab) [32..35]\n\
             \x20 Reserved: 0x00 [35..36]\n\
             \x20 Options: 01028007 [36..40]\n\
             \x20   Note: an option of 32 bytes is longer than the options\n"
        );
    }

    #[test]
    fn ends_in_an_option() {
        assert_eq!(
            cut(
                "geneve",
                228,
                "4500002a00010000 40110000 0a000001 0a000002 c35017c100160000 0400 0800 0000ab00 0102 80 03 0102",
                90
            ),
            "\
             Generic Network Virtualization Encapsulation: network 171 [28..42]\n\
             \x20 Version: 0 [28..29]\n\
             \x20 Options length: 16 bytes [28..29]\n\
             \x20 Flags: 0x00 [29..30]\n\
             \x20   Control packet: Not set [29..30]\n\
             \x20   Critical options: Not set [29..30]\n\
             \x20   Reserved: Not set [29..30]\n\
             \x20 Protocol type: IPv4 (0x0800) [30..32]\n\
             \x20 Network identifier: 171 (0x0000ab) [32..35]\n\
             \x20 Reserved: 0x00 [35..36]\n\
             \x20 Options: 010280030102 [36..42]\n\
             \x20   Note: an option of 16 bytes is longer than the options\n"
        );
    }
}
