//! Encapsulated Remote Switched Port Analyzer, what a switch mirrors in GRE: draft-foschiano-erspan.

use crate::{
    Base, Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector, Severity, Stop,
    link::ethernet, value::named,
};
use nom::number::{be_u16, be_u32};

/// Types II and III, which have a header.
pub const DISSECTOR: Dissector = Dissector {
    name: "erspan",
    label: "Encapsulated Remote Switched Port Analyzer",
    column: "ERSPAN",
    layer: OsiLayer::DataLink,
    selectors: &[],
    fields: &[FIELDS],
    dissect,
    session: None,
};

/// Type I, whose frame follows GRE directly: it is told from the others by the lack of a sequence number.
pub const TYPE_I: Dissector = Dissector {
    dissect: |erspan| {
        erspan.title(|| "Type I".to_owned());
        erspan.info(|| "ERSPAN type I".to_owned());
        Ok(Next::Select(ethernet::INSIDE))
    },
    ..DISSECTOR
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u16("erspan.version").names(&[Version::NAMES]),
    FieldDef::u16("erspan.vlan"),
    FieldDef::u16("erspan.cos"),
    FieldDef::u16("erspan.encap").names(&[Encapsulation::NAMES]),
    FieldDef::u16("erspan.bso").names(&[Integrity::NAMES]),
    FieldDef::u16("erspan.truncated").names(&[Truncated::NAMES]),
    FieldDef::u16("erspan.spanid"),
    FieldDef::u32("erspan.reserved"),
    FieldDef::u32("erspan.index"),
    FieldDef::u32("erspan.timestamp"),
    FieldDef::u16("erspan.sgt"),
    FieldDef::u16("erspan.p"),
    FieldDef::u16("erspan.ft").names(&[FrameType::NAMES]),
    FieldDef::u16("erspan.hw"),
    FieldDef::flag("erspan.direction").means("Egress", "Ingress"),
    FieldDef::u16("erspan.gra").names(&[Granularity::NAMES]),
    FieldDef::u16("erspan.o"),
    FieldDef::u32("erspan.platid"),
    FieldDef::u32("erspan.pid1.rsvd1"),
    FieldDef::u32("erspan.pid1.vsmid"),
    FieldDef::u32("erspan.pid1.port_index"),
    FieldDef::u32("erspan.pid3.rsvd1"),
    FieldDef::u32("erspan.pid3.port_index"),
    FieldDef::u32("erspan.pid3.timestamp"),
    FieldDef::u32("erspan.pid4.rsvd1"),
    FieldDef::u32("erspan.pid4.rsvd2"),
    FieldDef::u32("erspan.pid4.rsvd3"),
    FieldDef::u32("erspan.pid5.switchid"),
    FieldDef::u32("erspan.pid5.port_index"),
    FieldDef::u32("erspan.pid5.timestamp"),
    FieldDef::u32("erspan.pid7.rsvd1"),
    FieldDef::u32("erspan.pid7.source_index"),
    FieldDef::u32("erspan.pid7.timestamp"),
    FieldDef::u64("erspan.pid.rsvd"),
];

named! {
    /// Section 4.
    Version(u16, Dec) {
        II = 1 => "Type II",
        III = 2 => "Type III",
    }
    /// Section 4.1: what the mirrored frame was tagged with.
    Encapsulation(u16, Dec) {
        NONE = 0 => "Originally without VLAN tag",
        ISL = 1 => "Originally ISL encapsulated",
        DOT1Q = 2 => "Originally 802.1Q encapsulated",
        PRESERVED = 3 => "VLAN tag preserved in frame",
    }
    /// Section 4.2: bad, short, oversized.
    Integrity(u16, Dec) {
        GOOD = 0 => "Good or unknown integrity",
        SHORT = 1 => "Short frame",
        OVERSIZED = 2 => "Oversized frame",
        BAD = 3 => "CRC or alignment error",
    }
    /// Section 4.1: whether the mirrored frame was cut.
    Truncated(u16, Dec) {
        NO = 0 => "Not truncated",
        YES = 1 => "Truncated",
    }
    /// Section 4.2.
    FrameType(u16, Dec) {
        ETHERNET = 0 => "Ethernet",
        IP = 2 => "IP",
    }
    /// Section 4.2: the unit of the time stamp.
    Granularity(u16, Dec) {
        COARSE = 0 => "100 microseconds",
        FINE = 1 => "100 nanoseconds",
        IEEE1588 = 2 => "IEEE 1588",
        CUSTOM = 3 => "Custom granularity",
    }
}

fn dissect(erspan: &mut Layer) -> Outcome {
    let version = Version(erspan.peek("erspan.version", be_u16())? >> 12);
    erspan.title(|| version.name().unwrap_or("Unknown").to_owned());
    if !matches!(version, Version::II | Version::III) {
        erspan.word("erspan.version", be_u16(), |bits| {
            bits.value("erspan.version", "Version", 0xf000, |v| Version(v as u16));
        })?;
        erspan.note(Severity::Warning, || {
            "a version that is not defined".to_owned()
        });
        return Ok(Next::Data);
    }
    erspan.word("erspan.version", be_u16(), |bits| {
        bits.value("erspan.version", "Version", 0xf000, |v| Version(v as u16));
        bits.number("erspan.vlan", "VLAN", 0x0fff);
    })?;
    let word = erspan.word("erspan.cos", be_u16(), |bits| {
        bits.number("erspan.cos", "Class of service", 0xe000);
        match version {
            Version::II => bits.value("erspan.encap", "Encapsulation", 0x1800, |v| {
                Encapsulation(v as u16)
            }),
            _ => bits.value("erspan.bso", "Integrity", 0x1800, |v| Integrity(v as u16)),
        }
        bits.value("erspan.truncated", "Truncated", 0x0400, |v| {
            Truncated(v as u16)
        });
        bits.number("erspan.spanid", "Session", 0x03ff);
    })?;
    erspan.title_more(|| format!(", session {}", word & 0x3ff));
    erspan.info(|| {
        let kind = version.name().unwrap_or_default().to_lowercase();
        let kind = kind.replace("iii", "III").replace("ii", "II");
        format!("ERSPAN {kind}, session {}", word & 0x3ff)
    });
    if version == Version::II {
        erspan.word("erspan.index", be_u32(), |bits| {
            bits.number("erspan.reserved", "Reserved", 0xfff0_0000);
            bits.number("erspan.index", "Index", 0x000f_ffff);
        })?;
        return Ok(Next::Select(ethernet::INSIDE));
    }
    third(erspan)
}

/// Section 4.2: the rest of type III's header.
fn third(erspan: &mut Layer) -> Outcome {
    erspan.field("erspan.timestamp", "Time stamp", be_u32())?;
    erspan.field("erspan.sgt", "Security group", be_u16())?;
    let word = erspan.word("erspan.p", be_u16(), |bits| {
        bits.number("erspan.p", "Holds a frame", 0x8000);
        bits.value("erspan.ft", "Frame type", 0x7c00, |v| FrameType(v as u16));
        bits.number("erspan.hw", "Hardware", 0x03f0);
        bits.flag_meaning("erspan.direction", "Direction", 0x0008, "Egress", "Ingress");
        bits.value("erspan.gra", "Granularity", 0x0006, |v| {
            Granularity(v as u16)
        });
        bits.number("erspan.o", "Platform subheader", 0x0001);
    })?;
    if word & 1 != 0 {
        subheader(erspan)?;
    }
    if word & 0x8000 == 0 {
        return Ok(Next::Data);
    }
    Ok(match FrameType(word >> 10 & 0x1f) {
        FrameType::ETHERNET => Next::Select(ethernet::INSIDE),
        FrameType::IP => match erspan.rest().first().map(|first| first >> 4) {
            Some(6) => Next::Select(Selector::EtherType(0x86dd)),
            _ => Next::Select(Selector::EtherType(0x0800)),
        },
        _ => Next::Data,
    })
}

/// Section 4.3: the platform that made the header determines its meaning.
fn subheader(erspan: &mut Layer) -> Result<(), Stop> {
    let platform = erspan.peek("erspan.platid", be_u32())? >> 26;
    if !matches!(platform, 0 | 1 | 3..=7) {
        let bytes = erspan.ahead(8);
        let first = erspan.word("erspan.platid", be_u32(), |bits| {
            bits.number("erspan.platid", "Platform", 0xfc00_0000);
        })?;
        let second = erspan.word("erspan.pid.rsvd", be_u32(), |_| ())?;
        // Wireshark shows the low half of what follows the platform.
        let low = u64::from(first & 0x03ff_ffff) << 32 | u64::from(second);
        erspan.over("erspan.pid.rsvd", "Reserved", bytes, || {
            crate::Value::Number(low & 0x03ff_ffff, Base::Dec)
        });
        return Ok(());
    }
    erspan.word("erspan.platid", be_u32(), |bits| {
        bits.number("erspan.platid", "Platform", 0xfc00_0000);
        match platform {
            1 => {
                bits.number("erspan.pid1.rsvd1", "Reserved", 0x03ff_f000);
                bits.number("erspan.pid1.vsmid", "VSM domain", 0x0000_0fff);
            }
            3 => {
                bits.number("erspan.pid3.rsvd1", "Reserved", 0x03ff_c000);
                bits.number("erspan.pid3.port_index", "Port", 0x0000_3fff);
            }
            4 => {
                bits.number("erspan.pid4.rsvd1", "Reserved 1", 0x03ff_c000);
                bits.number("erspan.pid4.rsvd2", "Reserved 2", 0x0000_3fff);
            }
            5 | 6 => {
                bits.number("erspan.pid5.switchid", "Switch", 0x03ff_0000);
                bits.number("erspan.pid5.port_index", "Port", 0x0000_ffff);
            }
            _ => {
                bits.number("erspan.pid7.rsvd1", "Reserved", 0x03f0_0000);
                bits.number("erspan.pid7.source_index", "Source", 0x000f_ffff);
            }
        }
    })?;
    let (name, label) = match platform {
        1 => ("erspan.pid1.port_index", "Port"),
        3 => ("erspan.pid3.timestamp", "Time stamp, upper half"),
        4 => ("erspan.pid4.rsvd3", "Reserved 3"),
        5 | 6 => ("erspan.pid5.timestamp", "Time stamp, seconds"),
        _ => ("erspan.pid7.timestamp", "Time stamp, upper half"),
    };
    erspan.field(name, label, be_u32())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn type_i_has_no_header() {
        assert_eq!(
            layer(
                "erspan",
                228,
                "4500002800010000 402f0000 0a000001 0a000002 0000 88be 020000000002 0200000000aa 9000 0000"
            ),
            "\
             Encapsulated Remote Switched Port Analyzer: Type I [24..24]\n"
        );
    }

    #[test]
    fn type_ii() {
        assert_eq!(
            layer(
                "erspan",
                228,
                "4500003400010000 402f0000 0a000001 0a000002 1000 88be 00000007 1064 3c2a 0000abcd 020000000002 0200000000aa 9000 0000"
            ),
            "\
             Encapsulated Remote Switched Port Analyzer: Type II, session 42 [28..36]\n\
             \x20 Version: Type II (1) [28..30]\n\
             \x20 VLAN: 100 [28..30]\n\
             \x20 Class of service: 1 [30..32]\n\
             \x20 Encapsulation: VLAN tag preserved in frame (3) [30..32]\n\
             \x20 Truncated: Truncated (1) [30..32]\n\
             \x20 Session: 42 [30..32]\n\
             \x20 Reserved: 0 [32..36]\n\
             \x20 Index: 43981 [32..36]\n"
        );
    }

    #[test]
    fn type_iii_with_a_subheader() {
        assert_eq!(
            layer(
                "erspan",
                228,
                "4500004000010000 402f0000 0a000001 0a000002 1000 22eb 00000008 2064 302a 12345678 0019 800f 0d555aa5 01020304 020000000002 0200000000aa 9000 0000"
            ),
            "\
             Encapsulated Remote Switched Port Analyzer: Type III, session 42 [28..48]\n\
             \x20 Version: Type III (2) [28..30]\n\
             \x20 VLAN: 100 [28..30]\n\
             \x20 Class of service: 1 [30..32]\n\
             \x20 Integrity: Oversized frame (2) [30..32]\n\
             \x20 Truncated: Not truncated (0) [30..32]\n\
             \x20 Session: 42 [30..32]\n\
             \x20 Time stamp: 305419896 [32..36]\n\
             \x20 Security group: 25 [36..38]\n\
             \x20 Holds a frame: 1 [38..40]\n\
             \x20 Frame type: Ethernet (0) [38..40]\n\
             \x20 Hardware: 0 [38..40]\n\
             \x20 Direction: Egress [38..40]\n\
             \x20 Granularity: Custom granularity (3) [38..40]\n\
             \x20 Platform subheader: 1 [38..40]\n\
             \x20 Platform: 3 [40..44]\n\
             \x20 Reserved: 1365 [40..44]\n\
             \x20 Port: 6821 [40..44]\n\
             \x20 Time stamp, upper half: 16909060 [44..48]\n"
        );
    }

    #[test]
    fn a_platform_that_is_not_known() {
        assert_eq!(
            layer(
                "erspan",
                228,
                "4500003000010000 402f0000 0a000001 0a000002 1000 22eb 00000008 2064 302a 12345678 0019 0001 08000001 01020304"
            ),
            "\
             Encapsulated Remote Switched Port Analyzer: Type III, session 42 [28..48]\n\
             \x20 Version: Type III (2) [28..30]\n\
             \x20 VLAN: 100 [28..30]\n\
             \x20 Class of service: 1 [30..32]\n\
             \x20 Integrity: Oversized frame (2) [30..32]\n\
             \x20 Truncated: Not truncated (0) [30..32]\n\
             \x20 Session: 42 [30..32]\n\
             \x20 Time stamp: 305419896 [32..36]\n\
             \x20 Security group: 25 [36..38]\n\
             \x20 Holds a frame: 0 [38..40]\n\
             \x20 Frame type: Ethernet (0) [38..40]\n\
             \x20 Hardware: 0 [38..40]\n\
             \x20 Direction: Ingress [38..40]\n\
             \x20 Granularity: 100 microseconds (0) [38..40]\n\
             \x20 Platform subheader: 1 [38..40]\n\
             \x20 Platform: 2 [40..44]\n\
             \x20 Reserved: 16909060 [40..48]\n"
        );
    }

    #[test]
    fn a_version_that_is_not_defined() {
        assert_eq!(
            layer(
                "erspan",
                228,
                "4500002400010000 402f0000 0a000001 0a000002 1000 22eb 00000008 3064 302a 12345678"
            ),
            "\
             Encapsulated Remote Switched Port Analyzer: Unknown [28..30]\n\
             \x20 Version: 3 [28..30]\n\
             \x20   Note: a version that is not defined\n"
        );
    }

    #[test]
    fn ends_in_the_time_stamp() {
        assert_eq!(
            cut(
                "erspan",
                228,
                "4500002200010000 402f0000 0a000001 0a000002 1000 22eb 00000008 2064 302a 1234",
                90
            ),
            "\
             Encapsulated Remote Switched Port Analyzer: Type III, session 42 [28..32]\n\
             \x20 Version: Type III (2) [28..30]\n\
             \x20 VLAN: 100 [28..30]\n\
             \x20 Class of service: 1 [30..32]\n\
             \x20 Integrity: Oversized frame (2) [30..32]\n\
             \x20 Truncated: Not truncated (0) [30..32]\n\
             \x20 Session: 42 [30..32]\n\
             \x20 Note: malformed: erspan.timestamp does not fit\n"
        );
    }
}
