//! Multicast Listener Discovery in ICMPv6: version 1 RFC 2710, version 2 RFC 3810.

use crate::{
    Base, Layer, Severity, Stop, Value,
    field::named,
    internet::{address, icmpv6::reserved},
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16},
};

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
        let code = icmp.field_shown(name, "Longest wait", be_u16(), |code| floating(code).into())?;
        icmp.text(|| format!("{} ms ({code})", floating(code)));
    } else {
        let name = "icmpv6.mld.maximum_response_delay";
        let delay = icmp.field(name, "Longest wait", be_u16())?;
        icmp.text(|| format!("{delay} ms"));
    }
    reserved(icmp, 2)?;
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
    icmp.field_shown("icmpv6.mld.qqi", "Query interval", be_u8(), |code| interval(code).into())?;
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
    reserved(icmp, 2)?;
    let count = icmp.field("icmpv6.mldr.nb_mcast_records", "Records", be_u16())?;
    for _ in 0..count {
        if icmp.rest().is_empty() {
            icmp.note(Severity::Error, || format!("fewer records than the {count} announced"));
            return icmp.malformed("icmpv6.mldr.nb_mcast_records");
        }
        icmp.group("icmpv6.mldr.mar", "Group record", record)?;
    }
    Ok(())
}

fn record(icmp: &mut Layer) -> Result<(), Stop> {
    let kind = icmp.field("icmpv6.mldr.mar.record_type", "Record type", be_u8().map(Record))?;
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
