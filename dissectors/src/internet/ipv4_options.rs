//! Options of IPv4: RFC 791, section 3.1, and the RFCs named with each.

use crate::{
    Base, FieldDef, Layer, Severity, Stop, Value,
    internet::{address, quick_start},
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};
use std::{fmt::Write, net::Ipv4Addr};

/// The fields that this file reads.
pub const FIELDS: &[FieldDef] = &[
    FieldDef::bytes("ip.options.eol"),
    FieldDef::bytes("ip.options.nop"),
    FieldDef::bytes("ip.options.record_route"),
    FieldDef::bytes("ip.options.mtu_probe"),
    FieldDef::bytes("ip.options.mtu_reply"),
    FieldDef::bytes("ip.options.qs"),
    FieldDef::bytes("ip.options.timestamp"),
    FieldDef::bytes("ip.options.traceroute"),
    FieldDef::bytes("ip.options.security"),
    FieldDef::bytes("ip.options.route"),
    FieldDef::bytes("ip.options.ext_security"),
    FieldDef::bytes("ip.options.cipso"),
    FieldDef::bytes("ip.options.sid"),
    FieldDef::bytes("ip.options.source_route"),
    FieldDef::bytes("ip.options.routeralert"),
    FieldDef::bytes("ip.options.sdb"),
    FieldDef::u8("ip.opt.type"),
    FieldDef::flag("ip.opt.type.copy").means("Yes", "No"),
    FieldDef::u8("ip.opt.type.class").names(&[Class::NAMES]),
    FieldDef::u8("ip.opt.type.number"),
    FieldDef::u8("ip.opt.len"),
    FieldDef::hex8("ip.opt.ext_sec_add_sec_info_format_code"),
    FieldDef::bytes("ip.opt.ext_sec_add_sec_info"),
    FieldDef::u16("ip.opt.sid"),
    FieldDef::u16("ip.opt.mtu"),
    FieldDef::u16("ip.opt.id_number"),
    FieldDef::u16("ip.opt.ohc"),
    FieldDef::u16("ip.opt.rhc"),
    FieldDef::ipv4("ip.opt.originator"),
    FieldDef::u16("ip.opt.ra").names(&[RouterAlert::NAMES]),
    FieldDef::ipv4("ip.opt.addr"),
    FieldDef::u8("ip.opt.ptr"),
    FieldDef::ipv4("ip.rec_rt"),
    FieldDef::ipv4("ip.empty_rt"),
    FieldDef::ipv4("ip.src_rt"),
    FieldDef::hex8("ip.opt.flag").names(&[TimestampFlag::NAMES]),
    FieldDef::u8("ip.opt.overflow"),
    FieldDef::ipv4("ip.opt.time_stamp_addr"),
    FieldDef::u32("ip.opt.time_stamp"),
    FieldDef::hex16("ip.opt.sec_rfc791_sec").names(&[OldSecurity::NAMES]),
    FieldDef::u16("ip.opt.sec_rfc791_comp"),
    FieldDef::string("ip.opt.sec_rfc791_hr"),
    FieldDef::string("ip.opt.sec_rfc791_tcc"),
    FieldDef::hex8("ip.opt.sec_cl").names(&[Classification::NAMES]),
    FieldDef::hex8("ip.opt.sec_prot_auth_flags"),
    FieldDef::flag("ip.opt.sec_prot_auth_genser"),
    FieldDef::flag("ip.opt.sec_prot_auth_siop_esi"),
    FieldDef::flag("ip.opt.sec_prot_auth_sci"),
    FieldDef::flag("ip.opt.sec_prot_auth_nsa"),
    FieldDef::flag("ip.opt.sec_prot_auth_doe"),
    FieldDef::hex8("ip.opt.sec_prot_auth_unassigned"),
    FieldDef::flag("ip.opt.sec_prot_auth_fti").means("Another byte follows", "Last byte"),
    FieldDef::u32("ip.cipso.doi"),
    FieldDef::u8("ip.cipso.tag_type").names(&[CipsoTag::NAMES]),
    FieldDef::u8("ip.cipso.sensitivity_level"),
    FieldDef::string("ip.cipso.categories"),
    FieldDef::bytes("ip.cipso.tag_data"),
    FieldDef::u8("ip.opt.qs_func").names(&[quick_start::Function::NAMES]),
    FieldDef::u8("ip.opt.qs_rate"),
    FieldDef::u8("ip.opt.qs_ttl"),
    FieldDef::u8("ip.opt.qs_ttl_diff"),
    FieldDef::u8("ip.opt.qs_unused"),
    FieldDef::hex32("ip.opt.qs_nonce"),
    FieldDef::hex32("ip.opt.qs_reserved"),
];

named! {
    /// IANA "IP Option Numbers", with the copy bit and the class.
    OptionType(u8, Dec) {
        EOL = 0 => "End of options list",
        NOP = 1 => "No operation",
        RECORD_ROUTE = 7 => "Record route",
        MTU_PROBE = 11 => "MTU probe",
        MTU_REPLY = 12 => "MTU reply",
        QUICK_START = 25 => "Quick-Start",
        TIMESTAMP = 68 => "Timestamp",
        TRACEROUTE = 82 => "Traceroute",
        SECURITY = 130 => "Security",
        LOOSE_ROUTE = 131 => "Loose source route",
        EXTENDED_SECURITY = 133 => "Extended security",
        CIPSO = 134 => "Commercial security",
        STREAM_ID = 136 => "Stream identifier",
        STRICT_ROUTE = 137 => "Strict source route",
        ROUTER_ALERT = 148 => "Router alert",
        BROADCAST = 149 => "Selective directed broadcast",
    }

    /// The type's class bits.
    Class(u8, Dec) {
        CONTROL = 0 => "Control",
        DEBUGGING = 2 => "Debugging and measurement",
    }

    /// RFC 2113, section 2.1.
    RouterAlert(u16, Dec) {
        EXAMINE = 0 => "Routers examine this packet",
    }

    /// The data that a timestamp option gathers.
    TimestampFlag(u8, Hex(2)) {
        ONLY = 0 => "Timestamps only",
        WITH_ADDRESS = 1 => "Timestamps with addresses",
        PRESPECIFIED = 3 => "Timestamps of the addresses given",
    }

    /// RFC 791, section 3.1.
    OldSecurity(u16, Hex(4)) {
        UNCLASSIFIED = 0x0000 => "Unclassified",
        CONFIDENTIAL = 0xf135 => "Confidential",
        EFTO = 0x789a => "EFTO",
        MMMM = 0xbc4d => "MMMM",
        PROG = 0x5e26 => "PROG",
        RESTRICTED = 0xaf13 => "Restricted",
        SECRET = 0xd788 => "Secret",
        TOP_SECRET = 0x6bc5 => "Top secret",
        RESERVED_1 = 0x35e2 => "Reserved",
        RESERVED_2 = 0x9af1 => "Reserved",
        RESERVED_3 = 0x4d78 => "Reserved",
        RESERVED_4 = 0x24bd => "Reserved",
        RESERVED_5 = 0x135e => "Reserved",
        RESERVED_6 = 0x89af => "Reserved",
        RESERVED_7 = 0xc4d6 => "Reserved",
        RESERVED_8 = 0xe26b => "Reserved",
    }

    /// RFC 1108, section 2.2.
    Classification(u8, Hex(2)) {
        RESERVED_4 = 0x01 => "Reserved 4",
        TOP_SECRET = 0x3d => "Top secret",
        SECRET = 0x5a => "Secret",
        CONFIDENTIAL = 0x96 => "Confidential",
        RESERVED_3 = 0x66 => "Reserved 3",
        RESERVED_2 = 0xcc => "Reserved 2",
        UNCLASSIFIED = 0xab => "Unclassified",
        RESERVED_1 = 0xf1 => "Reserved 1",
    }

    /// FIPS 188, section 5, and draft-ietf-cipso-ipsecurity.
    CipsoTag(u8, Dec) {
        BITMAP = 1 => "Restrictive category bitmap",
        ENUMERATED = 2 => "Enumerated categories",
        RANGED = 5 => "Ranged categories",
        PERMISSIVE = 6 => "Permissive categories",
        FREE_FORM = 7 => "Free form",
    }
}

impl OptionType {
    fn field(self) -> &'static str {
        match self {
            Self::EOL => "ip.options.eol",
            Self::NOP => "ip.options.nop",
            Self::RECORD_ROUTE => "ip.options.record_route",
            Self::MTU_PROBE => "ip.options.mtu_probe",
            Self::MTU_REPLY => "ip.options.mtu_reply",
            Self::QUICK_START => "ip.options.qs",
            Self::TIMESTAMP => "ip.options.timestamp",
            Self::TRACEROUTE => "ip.options.traceroute",
            Self::SECURITY => "ip.options.security",
            Self::LOOSE_ROUTE => "ip.options.route",
            Self::EXTENDED_SECURITY => "ip.options.ext_security",
            Self::CIPSO => "ip.options.cipso",
            Self::STREAM_ID => "ip.options.sid",
            Self::STRICT_ROUTE => "ip.options.source_route",
            Self::ROUTER_ALERT => "ip.options.routeralert",
            Self::BROADCAST => "ip.options.sdb",
            _ => "",
        }
    }
}

/// Returns the final destination of a packet with a source route, while it is not there yet.
pub fn final_destination(options: &[u8]) -> Option<Ipv4Addr> {
    let mut rest = options;
    while let Some((&kind, after)) = rest.split_first() {
        match OptionType(kind) {
            OptionType::EOL => return None,
            OptionType::NOP => rest = after,
            kind => {
                let length = usize::from(*after.first()?);
                let option = rest.get(..length)?;
                if let OptionType::LOOSE_ROUTE | OptionType::STRICT_ROUTE = kind {
                    let pointer = usize::from(*option.get(2)?);
                    let (addresses, _) = option.get(3..)?.as_chunks::<4>();
                    let on_an_address =
                        pointer >= 4 && pointer % 4 == 0 && pointer <= 4 * addresses.len();
                    return addresses
                        .last()
                        .filter(|_| on_an_address)
                        .map(|&bytes| bytes.into());
                }
                rest = rest.get(length.max(1)..)?;
            }
        }
    }
    None
}

/// Reads `length` bytes of options.
pub fn read(ip: &mut Layer, length: usize) -> Result<(), Stop> {
    ip.group("", "Options", |ip| {
        ip.within(length, |ip| {
            while let Some(&kind) = ip.rest().first() {
                let kind = OptionType(kind);
                match kind {
                    OptionType::EOL | OptionType::NOP => {
                        ip.group_with_bytes(
                            kind.field(),
                            kind.name().unwrap_or_default(),
                            read_type,
                        )?;
                        if kind == OptionType::EOL {
                            break;
                        }
                    }
                    _ if !one(ip, kind)? => break,
                    _ => {}
                }
            }
            Ok(())
        })
    })
}

fn read_type(ip: &mut Layer) -> Result<(), Stop> {
    ip.flags("ip.opt.type", "Type", Base::Dec, be_u8(), |bits| {
        bits.flag_meaning(
            "ip.opt.type.copy",
            "Copy on fragmentation",
            0x80,
            "Yes",
            "No",
        );
        bits.value("ip.opt.type.class", "Class", 0x60, |v| Class(v as u8));
        bits.number("ip.opt.type.number", "Number", 0x1f);
    })
    .map(drop)
}

/// Reads an option that has a length, and returns whether another may follow.
fn one(ip: &mut Layer, kind: OptionType) -> Result<bool, Stop> {
    let length = ip.rest().get(1).map(|&length| usize::from(length));
    let label = kind.name().unwrap_or("Unknown option");
    let left = ip.rest().len();
    match length {
        Some(length) if (2..=left).contains(&length) => {
            ip.group_with_bytes(kind.field(), label, |ip| {
                if kind.name().is_none() {
                    ip.title(|| format!("{}, {length} bytes", kind.0));
                }
                if kind.name().is_some() {
                    read_type(ip)?;
                    ip.field("ip.opt.len", "Length", be_u8())?;
                } else {
                    ip.field("", "Type", be_u8())?;
                    ip.field("", "Length", be_u8())?;
                    return ip.within(length - 2, |ip| bytes_left(ip, "", "Value"));
                }
                ip.within(length - 2, |ip| value(ip, kind, length))
            })?;
            Ok(true)
        }
        length => ip.group("", label, |ip| {
            ip.note(Severity::Warning, || match length {
                Some(length) => format!("length {length}, but {left} bytes of options are left"),
                None => "no room for its length".to_owned(),
            });
            ip.skip(left);
            Ok(false)
        }),
    }
}

fn value(ip: &mut Layer, kind: OptionType, length: usize) -> Result<(), Stop> {
    let expected = match kind {
        OptionType::MTU_PROBE | OptionType::MTU_REPLY => 4,
        OptionType::STREAM_ID | OptionType::ROUTER_ALERT => 4,
        OptionType::TRACEROUTE => 12,
        OptionType::QUICK_START => 8,
        _ => length,
    };
    if length != expected {
        ip.note(Severity::Warning, || {
            format!("{length} bytes, it must be {expected}")
        });
        if length < expected {
            return Ok(());
        }
    }
    match kind {
        OptionType::RECORD_ROUTE | OptionType::LOOSE_ROUTE | OptionType::STRICT_ROUTE => {
            route(ip, kind)
        }
        OptionType::TIMESTAMP => timestamps(ip),
        OptionType::SECURITY => security(ip, length),
        OptionType::EXTENDED_SECURITY => {
            ip.field_shown(
                "ip.opt.ext_sec_add_sec_info_format_code",
                "Format code",
                be_u8(),
                |v| Value::Number(v.into(), Base::Hex(2)),
            )?;
            bytes_left(ip, "ip.opt.ext_sec_add_sec_info", "Security info")
        }
        OptionType::CIPSO => cipso(ip),
        OptionType::STREAM_ID => ip
            .field("ip.opt.sid", "Stream identifier", be_u16())
            .map(drop),
        OptionType::MTU_PROBE | OptionType::MTU_REPLY => {
            ip.field("ip.opt.mtu", "MTU", be_u16()).map(drop)
        }
        OptionType::TRACEROUTE => {
            ip.field("ip.opt.id_number", "ID number", be_u16())?;
            ip.field("ip.opt.ohc", "Outbound hop count", be_u16())?;
            ip.field("ip.opt.rhc", "Return hop count", be_u16())?;
            ip.field("ip.opt.originator", "Originator", address::ipv4())
                .map(drop)
        }
        OptionType::ROUTER_ALERT => {
            let alert = ip.field("ip.opt.ra", "Router alert", be_u16().map(RouterAlert))?;
            ip.title(|| Value::from(alert).to_string());
            Ok(())
        }
        OptionType::BROADCAST => {
            while ip.rest().len() >= 4 {
                ip.field("ip.opt.addr", "Address", address::ipv4())?;
            }
            Ok(())
        }
        OptionType::QUICK_START => quick_start::read(ip, &quick_start::IPV4),
        _ => Ok(()),
    }
}

fn bytes_left(ip: &mut Layer, name: &'static str, label: &'static str) -> Result<(), Stop> {
    match ip.rest().len() {
        0 => Ok(()),
        left => ip.field(name, label, take(left)).map(drop),
    }
}

/// Reads the addresses of a route, whose meaning depends on the pointer: those before it were visited.
fn route(ip: &mut Layer, kind: OptionType) -> Result<(), Stop> {
    if ip.rest().is_empty() {
        return Ok(());
    }
    let pointer = usize::from(ip.field("ip.opt.ptr", "Pointer", be_u8())?);
    if pointer < 4 || pointer % 4 != 0 {
        ip.note(Severity::Warning, || {
            "does not point to an address".to_owned()
        });
        return Ok(());
    }
    let mut at = 4;
    while ip.rest().len() >= 4 {
        let last = ip.rest().len() < 8;
        let (name, label) = match kind {
            _ if at < pointer => ("ip.rec_rt", "Recorded route"),
            OptionType::RECORD_ROUTE => ("ip.empty_rt", "Empty route"),
            _ if last => ("ip.dst", "Destination address"),
            _ => ("ip.src_rt", "Source route"),
        };
        let address = ip.field(name, label, address::ipv4())?;
        if at == pointer {
            ip.text(|| format!("{address} ← next"));
        }
        at += 4;
    }
    left_over(ip);
    Ok(())
}

fn left_over(ip: &mut Layer) {
    if !ip.rest().is_empty() {
        ip.note(Severity::Warning, || {
            "the option ends in the middle of a value".to_owned()
        });
    }
}

fn timestamps(ip: &mut Layer) -> Result<(), Stop> {
    if ip.rest().is_empty() {
        return Ok(());
    }
    ip.field("ip.opt.ptr", "Pointer", be_u8())?;
    let flag = ip.word("ip.opt.flag", be_u8(), |bits| {
        bits.number("ip.opt.overflow", "Overflow", 0xf0);
        bits.value("ip.opt.flag", "Flag", 0x0f, |v| TimestampFlag(v as u8));
    })?;
    let addressed = matches!(
        TimestampFlag(flag & 0x0f),
        TimestampFlag::WITH_ADDRESS | TimestampFlag::PRESPECIFIED
    );
    let size = if addressed { 8 } else { 4 };
    while ip.rest().len() >= size {
        if addressed {
            ip.field("ip.opt.time_stamp_addr", "Address", address::ipv4())?;
        }
        ip.field("ip.opt.time_stamp", "Timestamp", be_u32())?;
    }
    left_over(ip);
    Ok(())
}

/// RFC 791 had a fixed form of 11 bytes; RFC 1108 replaced it.
fn security(ip: &mut Layer, length: usize) -> Result<(), Stop> {
    let first = ip
        .rest()
        .first_chunk::<2>()
        .map(|bytes| OldSecurity(u16::from_be_bytes(*bytes)));
    if length == 11 && first.is_some_and(|level| level.name().is_some()) {
        ip.field(
            "ip.opt.sec_rfc791_sec",
            "Security",
            be_u16().map(OldSecurity),
        )?;
        ip.field("ip.opt.sec_rfc791_comp", "Compartments", be_u16())?;
        ip.field_shown(
            "ip.opt.sec_rfc791_hr",
            "Handling restrictions",
            take(2_usize),
            text,
        )?;
        ip.field_shown(
            "ip.opt.sec_rfc791_tcc",
            "Transmission control code",
            take(3_usize),
            text,
        )?;
        return Ok(());
    }
    if ip.rest().is_empty() {
        return Ok(());
    }
    ip.field(
        "ip.opt.sec_cl",
        "Classification level",
        be_u8().map(Classification),
    )?;
    let mut first = true;
    while !ip.rest().is_empty() {
        let name = "ip.opt.sec_prot_auth_flags";
        let flags = ip.flags(
            name,
            "Protection authorities",
            Base::Hex(2),
            be_u8(),
            |bits| {
                if first {
                    bits.flag("ip.opt.sec_prot_auth_genser", "GENSER", 0x80);
                    bits.flag("ip.opt.sec_prot_auth_siop_esi", "SIOP-ESI", 0x40);
                    bits.flag("ip.opt.sec_prot_auth_sci", "SCI", 0x20);
                    bits.flag("ip.opt.sec_prot_auth_nsa", "NSA", 0x10);
                    bits.flag("ip.opt.sec_prot_auth_doe", "DOE", 0x08);
                }
                let unassigned = if first { 0x06 } else { 0xfe };
                bits.value(
                    "ip.opt.sec_prot_auth_unassigned",
                    "Unassigned",
                    unassigned,
                    |v| Value::Number(v, Base::Hex(2)),
                );
                let (more, last) = ("Another byte follows", "Last byte");
                bits.flag_meaning(
                    "ip.opt.sec_prot_auth_fti",
                    "Field termination",
                    0x01,
                    more,
                    last,
                );
            },
        )?;
        first = false;
        if flags & 1 == 0 {
            break;
        }
    }
    if !ip.rest().is_empty() {
        ip.note(Severity::Warning, || {
            "more bytes than the flags say".to_owned()
        });
    }
    Ok(())
}

/// Returns bytes as letters, up to the first zero.
pub fn text(bytes: &[u8]) -> Value {
    let end = bytes
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(bytes.len());
    Value::Text(String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned())
}

fn cipso(ip: &mut Layer) -> Result<(), Stop> {
    if ip.rest().len() < 4 {
        return Ok(());
    }
    ip.field("ip.cipso.doi", "Domain of interpretation", be_u32())?;
    while let Some([_, length]) = ip.rest().first_chunk::<2>() {
        let length = usize::from(*length);
        let left = ip.rest().len();
        let tag = ip.field("ip.cipso.tag_type", "Tag type", be_u8().map(CipsoTag))?;
        if length < 2 || length > left {
            ip.note(Severity::Warning, || {
                format!("length {length}, but {left} bytes are left")
            });
            return Ok(());
        }
        ip.field("", "Tag length", be_u8())?;
        ip.within(length - 2, |ip| match tag {
            CipsoTag::BITMAP | CipsoTag::ENUMERATED | CipsoTag::RANGED => {
                ip.field("", "Alignment", be_u8())?;
                ip.field("ip.cipso.sensitivity_level", "Sensitivity level", be_u8())?;
                match ip.rest().len() {
                    0 => Ok(()),
                    left => ip
                        .field_shown("ip.cipso.categories", "Categories", take(left), |bytes| {
                            Value::Text(categories(tag, bytes))
                        })
                        .map(drop),
                }
            }
            CipsoTag::PERMISSIVE | CipsoTag::FREE_FORM => {
                bytes_left(ip, "ip.cipso.tag_data", "Tag data")
            }
            _ => Ok(()),
        })?;
    }
    Ok(())
}

fn categories(tag: CipsoTag, bytes: &[u8]) -> String {
    let mut list = String::new();
    let mut add = |item: std::fmt::Arguments| {
        let comma = if list.is_empty() { "" } else { "," };
        let _ = write!(list, "{comma}{item}");
    };
    let (pairs, _) = bytes.as_chunks::<2>();
    match tag {
        CipsoTag::BITMAP => {
            for (at, byte) in bytes.iter().enumerate() {
                for bit in (0..8).filter(|bit| byte & (0x80 >> bit) != 0) {
                    add(format_args!("{}", 8 * at + bit));
                }
            }
        }
        CipsoTag::RANGED => {
            for pair in pairs.chunks(2) {
                let number = |at| pair.get(at).map_or(0, |&bytes| u16::from_be_bytes(bytes));
                add(format_args!("{}-{}", number(0), number(1)));
            }
        }
        _ => {
            for &pair in pairs {
                add(format_args!("{}", u16::from_be_bytes(pair)));
            }
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use crate::test_support::layer;

    /// Returns the rows that this file reads.
    fn behind_header(text: &str) -> &str {
        text.find("Options [")
            .and_then(|at| text.get(at..))
            .unwrap_or_default()
    }

    #[test]
    fn a_route_taken() {
        let hex = "4800 0020 0001 0000 4006 4fb6 0a00 0001
             0a00 0002 070b 080a 0100 010a 0100 0200";
        let text = layer("ip", 228, hex);
        assert_eq!(
            behind_header(&text),
            "\
  Options [20..32]
    Record route: 070b080a0100010a010002 [20..31]
      Type: 7 [20..21]
        Copy on fragmentation: No [20..21]
        Class: Control (0) [20..21]
        Number: 7 [20..21]
      Length: 11 [21..22]
      Pointer: 8 [22..23]
      Recorded route: 10.1.0.1 [23..27]
      Empty route: 10.1.0.2 ← next [27..31]
    End of options list: 00 [31..32]
      Type: 0 [31..32]
        Copy on fragmentation: No [31..32]
        Class: Control (0) [31..32]
        Number: 0 [31..32]
"
        );
    }

    #[test]
    fn a_route_to_take() {
        let hex = "4800 0020 0001 0000 4006 d7b5 0a00 0001
             0a00 0002 830b 040a 0100 010a 0100 0200";
        let text = layer("ip", 228, hex);
        assert_eq!(
            behind_header(&text),
            "\
  Options [20..32]
    Loose source route: 830b040a0100010a010002 [20..31]
      Type: 131 [20..21]
        Copy on fragmentation: Yes [20..21]
        Class: Control (0) [20..21]
        Number: 3 [20..21]
      Length: 11 [21..22]
      Pointer: 4 [22..23]
      Source route: 10.1.0.1 ← next [23..27]
      Destination address: 10.1.0.2 [27..31]
    End of options list: 00 [31..32]
      Type: 0 [31..32]
        Copy on fragmentation: No [31..32]
        Class: Control (0) [31..32]
        Number: 0 [31..32]
"
        );
    }

    #[test]
    fn timestamps_with_addresses() {
        let hex = "4800 0020 0001 0000 4006 1a10 0a00 0001
             0a00 0002 440c 0d01 0a00 0001 0036 ee80";
        let text = layer("ip", 228, hex);
        assert_eq!(
            behind_header(&text),
            "\
  Options [20..32]
    Timestamp: 440c0d010a0000010036ee80 [20..32]
      Type: 68 [20..21]
        Copy on fragmentation: No [20..21]
        Class: Debugging and measurement (2) [20..21]
        Number: 4 [20..21]
      Length: 12 [21..22]
      Pointer: 13 [22..23]
      Overflow: 0 [23..24]
      Flag: Timestamps with addresses (0x01) [23..24]
      Address: 10.0.0.1 [24..28]
      Timestamp: 3600000 [28..32]
"
        );
    }

    #[test]
    fn categories() {
        let hex = "4900 0024 0001 0000 4006 3bb6 0a00 0001
             0a00 0002 860e 0000 0001 0108 0002 a000
             0001 0000";
        let text = layer("ip", 228, hex);
        assert_eq!(
            behind_header(&text),
            "\
  Options [20..36]
    Commercial security: 860e0000000101080002a0000001 [20..34]
      Type: 134 [20..21]
        Copy on fragmentation: Yes [20..21]
        Class: Control (0) [20..21]
        Number: 6 [20..21]
      Length: 14 [21..22]
      Domain of interpretation: 1 [22..26]
      Tag type: Restrictive category bitmap (1) [26..27]
      Tag length: 8 [27..28]
      Alignment: 0 [28..29]
      Sensitivity level: 2 [29..30]
      Categories: 0,2,31 [30..34]
    End of options list: 00 [34..35]
      Type: 0 [34..35]
        Copy on fragmentation: No [34..35]
        Class: Control (0) [34..35]
        Number: 0 [34..35]
"
        );
    }

    #[test]
    fn longer_than_the_header() {
        let hex = "4600 0018 0001 0000 4006 d1d3 0a00 0001
             0a00 0002 9409 0000";
        let text = layer("ip", 228, hex);
        assert_eq!(
            behind_header(&text),
            "\
  Options [20..24]
    Router alert [20..24]
      Note: length 9, but 4 bytes of options are left
"
        );
    }
}
