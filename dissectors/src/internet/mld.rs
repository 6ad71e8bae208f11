//! Multicast Listener Discovery in ICMPv6: version 1 RFC 2710, version 2 RFC 3810.

use crate::{
    Base, FieldDef, Layer, Severity, Stop, Value,
    internet::{address, icmpv6_options::unused},
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16},
};

/// The fields that this file reads.
pub const FIELDS: &[FieldDef] = &[
    FieldDef::u32("icmpv6.mld.maximum_response_code"),
    FieldDef::u16("icmpv6.mld.maximum_response_delay"),
    FieldDef::ipv6("icmpv6.mld.multicast_address"),
    FieldDef::hex8("icmpv6.mld.flag"),
    FieldDef::flag("icmpv6.mld.flag.s"),
    FieldDef::u8("icmpv6.mld.flag.qrv"),
    FieldDef::u8("icmpv6.mld.flag.reserved"),
    FieldDef::u16("icmpv6.mld.qqi"),
    FieldDef::u16("icmpv6.mld.nb_sources"),
    FieldDef::ipv6("icmpv6.mld.source_address"),
    FieldDef::u16("icmpv6.mldr.nb_mcast_records"),
    FieldDef::none("icmpv6.mldr.mar"),
    FieldDef::u8("icmpv6.mldr.mar.record_type").names(&[Record::NAMES]),
    FieldDef::u8("icmpv6.mldr.mar.aux_data_len"),
    FieldDef::u16("icmpv6.mldr.mar.nb_sources"),
    FieldDef::ipv6("icmpv6.mldr.mar.multicast_address"),
    FieldDef::ipv6("icmpv6.mldr.mar.source_address"),
    FieldDef::bytes("icmpv6.mldr.mar.auxiliary_data"),
];

named! {
    /// RFC 3810, section 5.2.12.
    Record(u8, Dec) {
        IS_INCLUDE = 1 => "Include",
        IS_EXCLUDE = 2 => "Exclude",
        TO_INCLUDE = 3 => "Changed to include",
        TO_EXCLUDE = 4 => "Changed to exclude",
        ALLOW = 5 => "Allow new sources",
        BLOCK = 6 => "Block old sources",
    }
}

/// A query of this length or more is of version 2: RFC 3810, section 8.1.
const QUERY_V2: usize = 28;

/// Reads a query, or a report or done of version 1. `length` is the whole message's.
pub fn read(icmp: &mut Layer, query: bool, length: usize) -> Result<(), Stop> {
    let v2 = query && length >= QUERY_V2;
    if v2 {
        let name = "icmpv6.mld.maximum_response_code";
        let code =
            icmp.field_shown(name, "Longest wait", be_u16(), |code| floating(code).into())?;
        icmp.text(|| format!("{} ms ({code})", floating(code)));
    } else {
        let name = "icmpv6.mld.maximum_response_delay";
        let delay = icmp.field(name, "Longest wait", be_u16())?;
        icmp.text(|| format!("{delay} ms"));
    }
    unused(icmp, 2)?;
    let group = icmp.field("icmpv6.mld.multicast_address", "Group", address::ipv6())?;
    if !group.is_unspecified() {
        icmp.title(|| format!("group {group}"));
    }
    if !v2 {
        return Ok(());
    }
    icmp.flags("icmpv6.mld.flag", "Flags", Base::Hex(2), be_u8(), |bits| {
        bits.flag("icmpv6.mld.flag.s", "Routers do not process it", 0x08);
        bits.number("icmpv6.mld.flag.qrv", "Robustness", 0x07);
        bits.number("icmpv6.mld.flag.reserved", "Reserved", 0xf0);
    })?;
    icmp.field_shown("icmpv6.mld.qqi", "Query interval", be_u8(), |code| {
        interval(code).into()
    })?;
    let count = icmp.field("icmpv6.mld.nb_sources", "Sources", be_u16())?;
    for _ in 0..count {
        icmp.field("icmpv6.mld.source_address", "Source", address::ipv6())?;
    }
    Ok(())
}

/// RFC 3810, section 5.1.3.
fn floating(code: u16) -> u64 {
    match code {
        0..0x8000 => code.into(),
        _ => u64::from(code & 0x0fff | 0x1000) << ((code >> 12 & 0x07) + 3),
    }
}

/// RFC 3810, section 5.1.9.
fn interval(code: u8) -> u64 {
    match code {
        0..128 => code.into(),
        _ => u64::from(code & 0x0f | 0x10) << ((code >> 4 & 0x07) + 3),
    }
}

/// RFC 3810, section 5.2.
pub fn report_v2(icmp: &mut Layer) -> Result<(), Stop> {
    unused(icmp, 2)?;
    let count = icmp.field("icmpv6.mldr.nb_mcast_records", "Records", be_u16())?;
    for _ in 0..count {
        if icmp.rest().is_empty() {
            icmp.note(Severity::Error, || {
                format!("fewer records than the {count} announced")
            });
            return icmp.malformed("icmpv6.mldr.nb_mcast_records");
        }
        icmp.group("icmpv6.mldr.mar", "Group record", record)?;
    }
    Ok(())
}

fn record(icmp: &mut Layer) -> Result<(), Stop> {
    let kind = icmp.field(
        "icmpv6.mldr.mar.record_type",
        "Record type",
        be_u8().map(Record),
    )?;
    let name = "icmpv6.mldr.mar.aux_data_len";
    let auxiliary = icmp.field(name, "Auxiliary data length", be_u8())?;
    let count = icmp.field("icmpv6.mldr.mar.nb_sources", "Sources", be_u16())?;
    let name = "icmpv6.mldr.mar.multicast_address";
    let group = icmp.field(name, "Group", address::ipv6())?;
    icmp.title(|| format!("{group}, {}", Value::from(kind)));
    for _ in 0..count {
        icmp.field("icmpv6.mldr.mar.source_address", "Source", address::ipv6())?;
    }
    if auxiliary > 0 {
        let length = 4 * usize::from(auxiliary);
        let name = "icmpv6.mldr.mar.auxiliary_data";
        icmp.field(name, "Auxiliary data", take(length))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::layer;

    #[test]
    fn leaves_and_joins() {
        let hex = "6000 0000 0040 3a40 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 8f00 e23b 0000 0002
             0300 0000 ff05 0000 0000 0000 0000 0000
             0000 0005 0400 0001 ff05 0000 0000 0000
             0000 0000 0000 0006 2001 0db8 0000 0000
             0000 0000 0000 0001";
        assert_eq!(
            layer("icmpv6", 229, hex),
            "\
Internet Control Message Protocol v6: Multicast Listener Report Message v2 [40..104]
  Type: Multicast Listener Report Message v2 (143) [40..41]
  Code: 0 [41..42]
  Checksum: 0xe23b [42..44]
  Checksum status: Good (1) [42..42]
  Reserved: 0000 [44..46]
  Records: 2 [46..48]
  Group record: ff05::5, Changed to include (3) [48..68]
    Record type: Changed to include (3) [48..49]
    Auxiliary data length: 0 [49..50]
    Sources: 0 [50..52]
    Group: ff05::5 [52..68]
  Group record: ff05::6, Changed to exclude (4) [68..104]
    Record type: Changed to exclude (4) [68..69]
    Auxiliary data length: 0 [69..70]
    Sources: 1 [70..72]
    Group: ff05::6 [72..88]
    Source: 2001:db8::1 [88..104]
"
        );
    }

    #[test]
    fn asks_for_longer_than_a_code_can_say() {
        let hex = "6000 0000 001c 3a40 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 8200 8b96 9400 0000
             0000 0000 0000 0000 0000 0000 0000 0000
             029d 0000";
        assert_eq!(
            layer("icmpv6", 229, hex),
            "\
Internet Control Message Protocol v6: Multicast Listener Query [40..68]
  Type: Multicast Listener Query (130) [40..41]
  Code: 0 [41..42]
  Checksum: 0x8b96 [42..44]
  Checksum status: Good (1) [42..42]
  Longest wait: 81920 ms (37888) [44..46]
  Reserved: 0000 [46..48]
  Group: :: [48..64]
  Flags: 0x02 [64..65]
    Routers do not process it: Not set [64..65]
    Robustness: 2 [64..65]
    Reserved: 0 [64..65]
  Query interval: 464 [65..66]
  Sources: 0 [66..68]
"
        );
    }

    #[test]
    fn fewer_records_than_announced() {
        let hex = "6000 0000 001c 3a40 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 8f00 1327 0000 0002
             0300 0000 ff05 0000 0000 0000 0000 0000
             0000 0005";
        assert_eq!(
            layer("icmpv6", 229, hex),
            "\
Internet Control Message Protocol v6: Multicast Listener Report Message v2 [40..68]
  Type: Multicast Listener Report Message v2 (143) [40..41]
  Code: 0 [41..42]
  Checksum: 0x1327 [42..44]
  Checksum status: Good (1) [42..42]
  Reserved: 0000 [44..46]
  Records: 2 [46..48]
  Group record: ff05::5, Changed to include (3) [48..68]
    Record type: Changed to include (3) [48..49]
    Auxiliary data length: 0 [49..50]
    Sources: 0 [50..52]
    Group: ff05::5 [52..68]
    Note: fewer records than the 2 announced
  Note: malformed: icmpv6.mldr.nb_mcast_records does not fit
"
        );
    }
}
