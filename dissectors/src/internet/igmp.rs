//! Internet Group Management Protocol: version 1 RFC 1112, version 2 RFC 2236, version 3 RFC 3376.

use crate::{
    Base, Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector, Severity, Stop, Value,
    checksum::{self, ChecksumFields, Status},
    internet::address,
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16},
};
use std::net::Ipv4Addr;

/// Internet Group Management Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "igmp",
    label: "Internet Group Management Protocol",
    column: "IGMP",
    layer: OsiLayer::Network,
    selectors: &[Selector::IpProtocol(2)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("igmp.version"),
    FieldDef::hex8("igmp.type").names(&[Type::NAMES]),
    FieldDef::bytes("igmp.reserved"),
    FieldDef::ipv4("igmp.maddr"),
    FieldDef::u8("igmp.mtrace.max_hops"),
    FieldDef::ipv4("igmp.mtrace.saddr"),
    FieldDef::bytes("igmp.data"),
    FieldDef::hex16("igmp.checksum"),
    FieldDef::u8("igmp.checksum.status").names(&[checksum::Verdict::NAMES]),
    FieldDef::u16("igmp.max_resp"),
    FieldDef::hex8("igmp.max_resp.exp"),
    FieldDef::hex8("igmp.max_resp.mant"),
    FieldDef::flag("igmp.s").means("Routers do not process it", "Routers process it"),
    FieldDef::u8("igmp.qrv"),
    FieldDef::u8("igmp.qqic"),
    FieldDef::u16("igmp.num_src"),
    FieldDef::ipv4("igmp.saddr"),
    FieldDef::u16("igmp.num_grp_recs"),
    FieldDef::u8("igmp.record_type").names(&[Record::NAMES]),
    FieldDef::u8("igmp.aux_data_len"),
    FieldDef::bytes("igmp.aux_data"),
];

named! {
    /// IANA "IGMP Type Numbers".
    Type(u8, Hex(2)) {
        QUERY = 0x11 => "Membership Query",
        REPORT_V1 = 0x12 => "Membership Report",
        DVMRP = 0x13 => "DVMRP",
        PIM_V1 = 0x14 => "PIMv1",
        REPORT_V2 = 0x16 => "Membership Report",
        LEAVE = 0x17 => "Leave Group",
        MTRACE_RESPONSE = 0x1e => "Traceroute Response",
        MTRACE = 0x1f => "Traceroute Request",
        REPORT_V3 = 0x22 => "Membership Report",
    }

    /// RFC 3376, section 4.2.12.
    Record(u8, Dec) {
        IS_INCLUDE = 1 => "Mode is include",
        IS_EXCLUDE = 2 => "Mode is exclude",
        TO_INCLUDE = 3 => "Change to include mode",
        TO_EXCLUDE = 4 => "Change to exclude mode",
        ALLOW = 5 => "Allow new sources",
        BLOCK = 6 => "Block old sources",
    }
}

/// A query of this length or more is of version 3: RFC 3376, section 7.1.
const QUERY_V3: usize = 12;

fn dissect(igmp: &mut Layer) -> Outcome {
    let reported = igmp.reported();
    let kind = Type(igmp.rest().first().copied().unwrap_or_default());
    let delay = igmp.rest().get(1).copied().unwrap_or_default();
    let version: Option<u8> = match kind {
        Type::QUERY if reported >= QUERY_V3 => Some(3),
        Type::QUERY if delay == 0 => Some(1),
        Type::REPORT_V1 => Some(1),
        Type::QUERY | Type::REPORT_V2 | Type::LEAVE => Some(2),
        Type::REPORT_V3 => Some(3),
        _ => None,
    };
    if let Some(version) = version {
        igmp.computed("igmp.version", "Version", || version);
    }
    igmp.field("igmp.type", "Type", be_u8().map(Type))?;
    igmp.title(|| match version {
        Some(version) => format!("version {version}, {}", kind.name().unwrap_or_default()),
        None => Value::from(kind).to_string(),
    });
    igmp.info(|| match kind.name() {
        Some(name) => name.to_owned(),
        None => format!("Unknown Type:0x{:02x}", kind.0),
    });
    if let Some(version) = version {
        igmp.column(match version {
            1 => "IGMPv1",
            2 => "IGMPv2",
            _ => "IGMPv3",
        });
    }
    match (kind, version) {
        (Type::QUERY | Type::REPORT_V1, Some(1)) => {
            igmp.field("igmp.reserved", "Reserved", take(1_usize))?;
            read_checksum(igmp, reported)?;
            igmp.field("igmp.maddr", "Group", address::ipv4())?;
        }
        (Type::QUERY | Type::REPORT_V2 | Type::LEAVE, _) => {
            response_time(igmp, version == Some(3))?;
            read_checksum(igmp, reported)?;
            let group = igmp.field("igmp.maddr", "Group", address::ipv4())?;
            let sources = match version {
                Some(3) => query_v3(igmp)?,
                _ => Vec::new(),
            };
            igmp.info(|| describe(kind, group, &sources));
        }
        (Type::REPORT_V3, _) => report_v3(igmp, reported)?,
        (Type::MTRACE | Type::MTRACE_RESPONSE, _) => {
            igmp.field("igmp.mtrace.max_hops", "Hops", be_u8())?;
            read_checksum(igmp, reported)?;
            igmp.field("igmp.maddr", "Group", address::ipv4())?;
            igmp.field("igmp.mtrace.saddr", "Source address", address::ipv4())?;
        }
        (Type::DVMRP | Type::PIM_V1, _) => return Ok(Next::Data),
        _ => {
            let left = igmp.rest().len();
            igmp.field("igmp.data", "Data", take(left))?;
        }
    }
    Ok(Next::Nothing)
}

fn read_checksum(igmp: &mut Layer, reported: usize) -> Result<(), Stop> {
    let names = ChecksumFields {
        field: "igmp.checksum",
        status: "igmp.checksum.status",
    };
    checksum::read(
        igmp,
        names,
        |igmp, found| match igmp.layer_bytes().get(..reported) {
            Some(bytes) if !igmp.is_quoted() => checksum::verify(&[bytes], found),
            _ => Status::CannotSay("not all bytes are there"),
        },
        |_| None,
    )
    .map(drop)
}

/// RFC 3376, section 4.1.1: from 128 on a code is a floating-point number.
fn floating(code: u8) -> u64 {
    match code {
        0..128 => code.into(),
        _ => u64::from(code & 0x0f | 0x10) << ((code >> 4 & 0x07) + 3),
    }
}

fn response_time(igmp: &mut Layer, may_float: bool) -> Result<(), Stop> {
    let bytes = igmp.ahead(1);
    let code = igmp.field_shown("igmp.max_resp", "Longest wait", be_u8(), |code| {
        Value::Number(
            if may_float {
                floating(code)
            } else {
                code.into()
            },
            Base::Dec,
        )
    })?;
    let tenths = if may_float {
        floating(code)
    } else {
        code.into()
    };
    igmp.text(|| format!("{}.{} s", tenths / 10, tenths % 10));
    if may_float && code >= 128 {
        igmp.below(|igmp| {
            igmp.over("igmp.max_resp.exp", "Exponent", bytes, || {
                Value::Number((code >> 4 & 0x07).into(), Base::Hex(2))
            });
            igmp.over("igmp.max_resp.mant", "Mantissa", bytes, || {
                Value::Number((code & 0x0f).into(), Base::Hex(2))
            });
        });
    }
    Ok(())
}

/// RFC 3376, section 4.1.
fn query_v3(igmp: &mut Layer) -> Result<Vec<Ipv4Addr>, Stop> {
    igmp.word("igmp.s", be_u8(), |bits| {
        let (yes, no) = ("Routers do not process it", "Routers process it");
        bits.flag_meaning("igmp.s", "Suppress", 0x08, yes, no);
        bits.number("igmp.qrv", "Robustness", 0x07);
    })?;
    let interval = igmp.field("igmp.qqic", "Query interval", be_u8())?;
    igmp.text(|| format!("{} s ({interval})", floating(interval)));
    let count = igmp.field("igmp.num_src", "Sources", be_u16())?;
    sources(igmp, count)
}

/// Reads the sources; they are only collected when a text needs them.
fn sources(igmp: &mut Layer, count: u16) -> Result<Vec<Ipv4Addr>, Stop> {
    let mut list = Vec::new();
    for _ in 0..count {
        let source = igmp.field("igmp.saddr", "Source", address::ipv4())?;
        if igmp.tells() {
            list.push(source);
        }
    }
    Ok(list)
}

fn listed(sources: &[Ipv4Addr]) -> String {
    let list: Vec<_> = sources.iter().map(Ipv4Addr::to_string).collect();
    format!("{{{}}}", list.join(", "))
}

fn describe(kind: Type, group: Ipv4Addr, sources: &[Ipv4Addr]) -> String {
    let name = kind.name().unwrap_or_default();
    match kind {
        Type::QUERY if group.is_unspecified() => format!("{name}, general"),
        Type::QUERY if sources.is_empty() => format!("{name}, specific for group {group}"),
        Type::QUERY => {
            format!(
                "{name}, specific for group {group}, sources {}",
                listed(sources)
            )
        }
        Type::LEAVE => format!("{name} {group}"),
        _ => format!("{name} group {group}"),
    }
}

/// RFC 3376, section 4.2.
fn report_v3(igmp: &mut Layer, reported: usize) -> Result<(), Stop> {
    igmp.field("igmp.reserved", "Reserved", take(1_usize))?;
    read_checksum(igmp, reported)?;
    igmp.field("igmp.reserved", "Reserved", take(2_usize))?;
    let count = igmp.field("igmp.num_grp_recs", "Group records", be_u16())?;
    let mut words = String::from("Membership Report");
    for _ in 0..count {
        if igmp.rest().is_empty() {
            igmp.note(Severity::Error, || {
                format!("fewer records than the {count} announced")
            });
            return igmp.malformed("igmp.num_grp_recs");
        }
        igmp.group("", "Group record", |igmp| record(igmp, &mut words))?;
    }
    igmp.info(|| words);
    Ok(())
}

/// The greatest length of the packet list's line.
const MAX_WORDS: usize = 1000;

fn record(igmp: &mut Layer, words: &mut String) -> Result<(), Stop> {
    let kind = igmp.field("igmp.record_type", "Record type", be_u8().map(Record))?;
    let auxiliary = igmp.field("igmp.aux_data_len", "Auxiliary data length", be_u8())?;
    let count = igmp.field("igmp.num_src", "Sources", be_u16())?;
    let group = igmp.field("igmp.maddr", "Group", address::ipv4())?;
    igmp.title(|| format!("{group}, {}", Value::from(kind)));
    let sources = sources(igmp, count)?;
    if auxiliary > 0 {
        igmp.field(
            "igmp.aux_data",
            "Auxiliary data",
            take(4 * usize::from(auxiliary)),
        )?;
    }
    if igmp.tells() && words.len() < MAX_WORDS {
        words.push_str(" / ");
        words.push_str(&describe_record(kind, group, &sources));
    }
    Ok(())
}

fn describe_record(kind: Record, group: Ipv4Addr, sources: &[Ipv4Addr]) -> String {
    let list = listed(sources);
    match (kind, sources.is_empty()) {
        (Record::IS_INCLUDE | Record::TO_INCLUDE, true) => format!("Leave group {group}"),
        (Record::IS_INCLUDE | Record::TO_INCLUDE, false) => {
            format!("Join group {group} for sources in {list}")
        }
        (Record::IS_EXCLUDE | Record::TO_EXCLUDE, true) => {
            format!("Join group {group} for any sources")
        }
        (Record::IS_EXCLUDE | Record::TO_EXCLUDE, false) => {
            format!("Join group {group}, for source not in {list}")
        }
        (Record::ALLOW, true) => {
            format!("Group {group}, ALLOW_NEW_SOURCES but no source specified (?)")
        }
        (Record::ALLOW, false) => format!("Group {group}, new source {list}"),
        (Record::BLOCK, true) => {
            format!("Group {group}, BLOCK_OLD_SOURCES but no source specified (?)")
        }
        (Record::BLOCK, false) => format!("Group {group}, block source {list}"),
        (_, true) => format!("Group {group}, unknown record type (?)"),
        (_, false) => format!("Group {group}, unknown record type (?), sources {list}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn joins_a_group() {
        let hex = "4500 0024 0001 0000 0102 cfc0 0a00 0001
             e000 0016 2200 e8f9 0000 0001 0400 0000
             ef01 0203";
        assert_eq!(
            layer("igmp", 228, hex),
            "\
Internet Group Management Protocol: version 3, Membership Report [20..36]
  Version: 3
  Type: Membership Report (0x22) [20..21]
  Reserved: 00 [21..22]
  Checksum: 0xe8f9 [22..24]
  Checksum status: Good (1) [22..22]
  Reserved: 0000 [24..26]
  Group records: 1 [26..28]
  Group record: 239.1.2.3, Change to exclude mode (4) [28..36]
    Record type: Change to exclude mode (4) [28..29]
    Auxiliary data length: 0 [29..30]
    Sources: 0 [30..32]
    Group: 239.1.2.3 [32..36]
"
        );
    }

    #[test]
    fn asks_for_a_group() {
        let hex = "4500 0024 0001 0000 0102 cfd5 0a00 0001
             e000 0001 1194 e8e7 ef01 0203 0a7d 0001
             0a00 0001";
        assert_eq!(
            layer("igmp", 228, hex),
            "\
Internet Group Management Protocol: version 3, Membership Query [20..36]
  Version: 3
  Type: Membership Query (0x11) [20..21]
  Longest wait: 32.0 s [21..22]
    Exponent: 0x01 [21..22]
    Mantissa: 0x04 [21..22]
  Checksum: 0xe8e7 [22..24]
  Checksum status: Good (1) [22..22]
  Group: 239.1.2.3 [24..28]
  Suppress: Routers do not process it [28..29]
  Robustness: 2 [28..29]
  Query interval: 125 s (125) [29..30]
  Sources: 1 [30..32]
  Source: 10.0.0.1 [32..36]
"
        );
    }

    #[test]
    fn old_and_short() {
        let hex = "4500 001c 0001 0000 0102 cfdd 0a00 0001
             e000 0001 1200 fcfa ef01";
        assert_eq!(
            cut("igmp", 228, hex, 28),
            "\
Internet Group Management Protocol: version 1, Membership Report [20..24]
  Version: 1
  Type: Membership Report (0x12) [20..21]
  Reserved: 00 [21..22]
  Checksum: 0xfcfa [22..24]
  Checksum status: cannot say: not all bytes are there [22..22]
  Note: cut by the capture's size limit inside igmp.maddr
"
        );
    }
}
