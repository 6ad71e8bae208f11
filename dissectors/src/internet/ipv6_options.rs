//! The options in IPv6 hop-by-hop and destination headers: RFC 8200, section 4.2, and the RFCs named with each.

use crate::{
    Base, FieldDef, Layer, Severity, Stop, Value,
    internet::{address, ipv4::IpProtocol, quick_start},
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};

/// The fields that this file reads.
pub const FIELDS: &[FieldDef] = &[
    FieldDef::none("ipv6.opt"),
    FieldDef::hex8("ipv6.opt.type").names(&[OptionType::NAMES]),
    FieldDef::none("ipv6.opt.pad1"),
    FieldDef::u8("ipv6.opt.type.action").names(&[Action::NAMES]),
    FieldDef::flag("ipv6.opt.type.change").means("Yes", "No"),
    FieldDef::hex8("ipv6.opt.type.rest"),
    FieldDef::u8("ipv6.opt.length"),
    FieldDef::bytes("ipv6.opt.padn"),
    FieldDef::u8("ipv6.opt.tel"),
    FieldDef::u16("ipv6.opt.router_alert").names(&[RouterAlert::NAMES]),
    FieldDef::u32("ipv6.opt.jumbo"),
    FieldDef::ipv6("ipv6.opt.mipv6.home_address"),
    FieldDef::u16("ipv6.opt.pmtu.min"),
    FieldDef::u16("ipv6.opt.pmtu.rtn"),
    FieldDef::flag("ipv6.opt.pmtu.r_flag"),
    FieldDef::u8("ipv6.opt.ioam.rsv"),
    FieldDef::u8("ipv6.opt.ioam.opt_type"),
    FieldDef::bytes("ipv6.opt.ilnp_nonce"),
    FieldDef::u8("ipv6.opt.lio.length"),
    FieldDef::string("ipv6.opt.lio.line_id"),
    FieldDef::bytes("ipv6.opt.experimental"),
    FieldDef::bytes("ipv6.opt.unknown"),
    FieldDef::u32("ipv6.opt.calipso.doi"),
    FieldDef::u8("ipv6.opt.calipso.cmpt.length"),
    FieldDef::u8("ipv6.opt.calipso.sens_level"),
    FieldDef::hex16("ipv6.opt.calipso.checksum"),
    FieldDef::bytes("ipv6.opt.calipso.cmpt_bitmap"),
    FieldDef::flag("ipv6.opt.smf_dpd.hash_bit"),
    FieldDef::bytes("ipv6.opt.smf_dpd.hav"),
    FieldDef::u8("ipv6.opt.smf_dpd.tid_type"),
    FieldDef::u8("ipv6.opt.smf_dpd.tid_len"),
    FieldDef::bytes("ipv6.opt.smf_dpd.tagger_id"),
    FieldDef::bytes("ipv6.opt.smf_dpd.ident"),
    FieldDef::u8("ipv6.opt.pdm.scale_dtlr"),
    FieldDef::u8("ipv6.opt.pdm.scale_dtls"),
    FieldDef::u16("ipv6.opt.pdm.psn_this_pkt"),
    FieldDef::u16("ipv6.opt.pdm.psn_last_recv"),
    FieldDef::u16("ipv6.opt.pdm.delta_last_recv"),
    FieldDef::u16("ipv6.opt.pdm.delta_last_sent"),
    FieldDef::hex8("ipv6.opt.rpl.flag"),
    FieldDef::flag("ipv6.opt.rpl.flag.o"),
    FieldDef::flag("ipv6.opt.rpl.flag.r"),
    FieldDef::flag("ipv6.opt.rpl.flag.f"),
    FieldDef::hex8("ipv6.opt.rpl.flag.rsv"),
    FieldDef::hex8("ipv6.opt.rpl.instance_id"),
    FieldDef::hex16("ipv6.opt.rpl.sender_rank"),
    FieldDef::hex8("ipv6.opt.mpl.flag"),
    FieldDef::u8("ipv6.opt.mpl.flag.s"),
    FieldDef::flag("ipv6.opt.mpl.flag.m"),
    FieldDef::flag("ipv6.opt.mpl.flag.v"),
    FieldDef::hex8("ipv6.opt.mpl.flag.rsv"),
    FieldDef::hex8("ipv6.opt.mpl.sequence"),
    FieldDef::bytes("ipv6.opt.mpl.seed_id"),
    FieldDef::hex8("ipv6.opt.dff.flags"),
    FieldDef::u8("ipv6.opt.dff.flag.ver"),
    FieldDef::flag("ipv6.opt.dff.flag.dup"),
    FieldDef::flag("ipv6.opt.dff.flag.ret"),
    FieldDef::hex8("ipv6.opt.dff.flag.rsv"),
    FieldDef::u16("ipv6.opt.dff.sequence_number"),
    FieldDef::u8("ipv6.opt.qs_func").names(&[quick_start::Function::NAMES]),
    FieldDef::u8("ipv6.opt.qs_rate"),
    FieldDef::u8("ipv6.opt.qs_ttl"),
    FieldDef::u8("ipv6.opt.qs_ttl_diff"),
    FieldDef::u8("ipv6.opt.qs_unused"),
    FieldDef::hex32("ipv6.opt.qs_nonce"),
    FieldDef::hex32("ipv6.opt.qs_reserved"),
];

named! {
    /// IANA "Destination Options and Hop-by-Hop Options".
    OptionType(u8, Hex(2)) {
        PAD_1 = 0x00 => "Pad1",
        PAD_N = 0x01 => "PadN",
        TUNNEL_LIMIT = 0x04 => "Tunnel encapsulation limit",
        ROUTER_ALERT = 0x05 => "Router alert",
        CALIPSO = 0x07 => "CALIPSO",
        SMF_DPD = 0x08 => "SMF duplicate detection",
        PDM = 0x0f => "Performance and diagnostic metrics",
        EXPERIMENT_1 = 0x1e => "Experimental",
        RPL = 0x23 => "RPL option",
        QUICK_START = 0x26 => "Quick-Start",
        PATH_MTU = 0x30 => "Path MTU",
        IOAM = 0x31 => "In-situ OAM",
        EXPERIMENT_2 = 0x3e => "Experimental",
        EXPERIMENT_3 = 0x5e => "Experimental",
        RPL_OLD = 0x63 => "RPL option",
        MPL = 0x6d => "MPL option",
        EXPERIMENT_4 = 0x7e => "Experimental",
        ENDPOINT = 0x8a => "Endpoint identification",
        ILNP = 0x8b => "ILNP nonce",
        LINE_ID = 0x8c => "Line identification",
        EXPERIMENT_5 = 0x9e => "Experimental",
        EXPERIMENT_6 = 0xbe => "Experimental",
        JUMBO = 0xc2 => "Jumbo payload",
        HOME_ADDRESS = 0xc9 => "Home address",
        EXPERIMENT_7 = 0xde => "Experimental",
        DFF = 0xee => "Depth-first forwarding",
        EXPERIMENT_8 = 0xfe => "Experimental",
    }

    /// What to do with an unknown option.
    Action(u8, Dec) {
        SKIP = 0 => "Skip and continue",
        DISCARD = 1 => "Discard",
        REPORT = 2 => "Discard and report",
        REPORT_UNICAST = 3 => "Discard and report, unless sent to a group",
    }

    /// IANA "IPv6 Router Alert Option Values".
    RouterAlert(u16, Dec) {
        MLD = 0 => "MLD",
        RSVP = 1 => "RSVP",
        ACTIVE = 2 => "Active networks",
    }
}

/// The field names of one options header.
pub struct OptionFields {
    /// The next header.
    pub next: &'static str,
    /// The length as a field.
    pub length: &'static str,
    /// The length in bytes.
    pub bytes: &'static str,
}

/// The contents of an options header that later layers need.
pub struct Found {
    /// The protocol that follows.
    pub next: IpProtocol,
    /// The header's length.
    pub length: usize,
    /// The length of a jumbogram, from this header on.
    pub jumbo: Option<u32>,
}

/// Reads an options header.
pub fn read(ip: &mut Layer, names: &OptionFields) -> Result<Found, Stop> {
    let next = ip.field(names.next, "Next header", be_u8().map(IpProtocol))?;
    let length = header_length(ip, names.length, names.bytes)?;
    let mut jumbo = None;
    let left = ip.reported();
    ip.within(length - 2, |ip| {
        while let Some(&kind) = ip.rest().first() {
            ip.group("ipv6.opt", "Option", |ip| {
                option(ip, OptionType(kind), &mut jumbo)
            })?;
        }
        Ok(())
    })?;
    if length - 2 > left {
        return ip.malformed(names.length);
    }
    Ok(Found {
        next,
        length,
        jumbo,
    })
}

/// Reads an extension header's length, which counts units of eight bytes after the first.
pub fn header_length(
    ip: &mut Layer,
    field: &'static str,
    bytes: &'static str,
) -> Result<usize, Stop> {
    let at = ip.ahead(1);
    let length = ip.field(field, "Length", be_u8())?;
    let octets = 8 * (usize::from(length) + 1);
    ip.over(bytes, "Length in bytes", at, || (octets as u64).into());
    Ok(octets)
}

fn option(ip: &mut Layer, kind: OptionType, jumbo: &mut Option<u32>) -> Result<(), Stop> {
    ip.title(|| match kind.name() {
        Some(name) => name.to_owned(),
        None => format!("unknown ({})", kind.0),
    });
    let at = ip.ahead(1);
    ip.field("ipv6.opt.type", "Type", be_u8().map(OptionType))?;
    if kind == OptionType::PAD_1 {
        ip.over("ipv6.opt.pad1", "Pad1", at, || Value::Static(""));
        return Ok(());
    }
    ip.below(|ip| {
        let action = Action(kind.0 >> 6);
        ip.over("ipv6.opt.type.action", "When unknown", at, || action.into());
        ip.over("ipv6.opt.type.change", "May change", at, || {
            Value::Flag(kind.0 & 0x20 != 0, "Yes", "No")
        });
        ip.over("ipv6.opt.type.rest", "Low-order bits", at, || {
            hex8(kind.0 & 0x1f)
        });
    });
    let length = usize::from(ip.field("ipv6.opt.length", "Length", be_u8())?);
    if length > ip.reported() {
        let left = ip.reported();
        ip.note(Severity::Error, || {
            format!("{length} bytes, but {left} are left")
        });
    }
    ip.within(length, |ip| value(ip, kind, length, jumbo))
}

fn hex8(v: u8) -> Value {
    Value::Number(v.into(), Base::Hex(2))
}

fn left(ip: &mut Layer, name: &'static str, label: &'static str) -> Result<(), Stop> {
    let left = ip.rest().len();
    ip.field(name, label, take(left)).map(drop)
}

fn value(
    ip: &mut Layer,
    kind: OptionType,
    length: usize,
    jumbo: &mut Option<u32>,
) -> Result<(), Stop> {
    match kind {
        OptionType::PAD_N => {
            let zeros = ip.rest().iter().all(|&byte| byte == 0);
            left(ip, "ipv6.opt.padn", "PadN")?;
            if !zeros {
                ip.note(Severity::Warning, || "padding that is not zero".to_owned());
            }
            Ok(())
        }
        // RFC 2473, section 5.1.
        OptionType::TUNNEL_LIMIT => ip.field("ipv6.opt.tel", "Limit", be_u8()).map(drop),
        // RFC 2711.
        OptionType::ROUTER_ALERT => {
            let alert = be_u16().map(RouterAlert);
            ip.field("ipv6.opt.router_alert", "Router alert", alert)
                .map(drop)
        }
        // RFC 2675, section 2.
        OptionType::JUMBO => {
            let length = ip.field("ipv6.opt.jumbo", "Payload length", be_u32())?;
            *jumbo = Some(length);
            if length <= u16::MAX.into() {
                ip.note(Severity::Error, || {
                    "a jumbogram must be longer than 65535".to_owned()
                });
            }
            Ok(())
        }
        // RFC 6275, section 6.3.
        OptionType::HOME_ADDRESS => {
            let name = "ipv6.opt.mipv6.home_address";
            ip.field(name, "Home address", address::ipv6()).map(drop)
        }
        OptionType::QUICK_START => quick_start::read(ip, &quick_start::IPV6),
        OptionType::CALIPSO => calipso(ip),
        OptionType::SMF_DPD => duplicate_detection(ip),
        OptionType::PDM => metrics(ip),
        OptionType::RPL_OLD => rpl(ip),
        OptionType::MPL => mpl(ip, length),
        OptionType::DFF => depth_first(ip),
        // RFC 9268.
        OptionType::PATH_MTU => {
            ip.field("ipv6.opt.pmtu.min", "Least MTU on the way", be_u16())?;
            ip.word("ipv6.opt.pmtu.rtn", be_u16(), |bits| {
                bits.value("ipv6.opt.pmtu.rtn", "Returned MTU", 0xfffe, |v| 2 * v);
                bits.narrow();
                bits.flag("ipv6.opt.pmtu.r_flag", "Return", 0x0001);
            })?;
            Ok(())
        }
        // RFC 9486.
        OptionType::IOAM => {
            ip.field("ipv6.opt.ioam.rsv", "Reserved", be_u8())?;
            ip.field("ipv6.opt.ioam.opt_type", "Option type", be_u8())
                .map(drop)
        }
        OptionType::ILNP => left(ip, "ipv6.opt.ilnp_nonce", "Nonce"),
        // RFC 6788, section 5.1.
        OptionType::LINE_ID => {
            let length = ip.field("ipv6.opt.lio.length", "Line ID length", be_u8())?;
            let text = |id: &[u8]| Value::Text(String::from_utf8_lossy(id).into_owned());
            ip.field_shown("ipv6.opt.lio.line_id", "Line ID", take(length), text)
                .map(drop)
        }
        OptionType(0x1e | 0x3e | 0x5e | 0x7e | 0x9e | 0xbe | 0xde | 0xfe) => {
            left(ip, "ipv6.opt.experimental", "Experimental")
        }
        _ => left(ip, "ipv6.opt.unknown", "Payload"),
    }
}

/// RFC 5570, section 5.1.
fn calipso(ip: &mut Layer) -> Result<(), Stop> {
    ip.field("ipv6.opt.calipso.doi", "Domain of interpretation", be_u32())?;
    let words = ip.field(
        "ipv6.opt.calipso.cmpt.length",
        "Compartment length",
        be_u8(),
    )?;
    ip.field("ipv6.opt.calipso.sens_level", "Sensitivity level", be_u8())?;
    ip.field_shown("ipv6.opt.calipso.checksum", "Checksum", be_u16(), |v| {
        Value::Number(v.into(), Base::Hex(4))
    })?;
    let length = 4 * usize::from(words);
    ip.field("ipv6.opt.calipso.cmpt_bitmap", "Compartments", take(length))
        .map(drop)
}

/// RFC 6621, section 6.1.1.
fn duplicate_detection(ip: &mut Layer) -> Result<(), Stop> {
    let first = ip.rest().first().copied().unwrap_or_default();
    let hash = first & 0x80 != 0;
    if hash {
        let at = ip.ahead(1);
        ip.over("ipv6.opt.smf_dpd.hash_bit", "Hash bit", at, || {
            Value::Flag(true, "Set", "Not set")
        });
        return left(ip, "ipv6.opt.smf_dpd.hav", "Hash assist value");
    }
    ip.word("ipv6.opt.smf_dpd.hash_bit", be_u8(), |bits| {
        bits.flag("ipv6.opt.smf_dpd.hash_bit", "Hash bit", 0x80);
        bits.number("ipv6.opt.smf_dpd.tid_type", "Tagger ID type", 0x70);
        if first & 0x70 != 0 || first & 0x0f != 0 {
            bits.number("ipv6.opt.smf_dpd.tid_len", "Tagger ID length", 0x0f);
        }
    })?;
    let name = "ipv6.opt.smf_dpd.tagger_id";
    match first >> 4 {
        0 => {}
        2 => {
            let tagger = ip.field_shown(name, "Tagger ID", address::ipv4(), |tagger| {
                Value::Bytes(tagger.octets().to_vec())
            })?;
            ip.text(|| tagger.to_string());
        }
        3 => {
            let tagger = ip.field_shown(name, "Tagger ID", address::ipv6(), |tagger| {
                Value::Bytes(tagger.octets().to_vec())
            })?;
            ip.text(|| tagger.to_string());
        }
        _ => {
            let length = usize::from(first & 0x0f) + 1;
            ip.field(name, "Tagger ID", take(length))?;
        }
    }
    left(ip, "ipv6.opt.smf_dpd.ident", "Identifier")
}

/// RFC 8250, section 3.2.
fn metrics(ip: &mut Layer) -> Result<(), Stop> {
    ip.field(
        "ipv6.opt.pdm.scale_dtlr",
        "Scale of time last received",
        be_u8(),
    )?;
    ip.field(
        "ipv6.opt.pdm.scale_dtls",
        "Scale of time last sent",
        be_u8(),
    )?;
    ip.field(
        "ipv6.opt.pdm.psn_this_pkt",
        "This packet's number",
        be_u16(),
    )?;
    ip.field(
        "ipv6.opt.pdm.psn_last_recv",
        "Last received number",
        be_u16(),
    )?;
    ip.field(
        "ipv6.opt.pdm.delta_last_recv",
        "Time since last received",
        be_u16(),
    )?;
    ip.field(
        "ipv6.opt.pdm.delta_last_sent",
        "Time since last sent",
        be_u16(),
    )
    .map(drop)
}

/// RFC 6553, section 3.
fn rpl(ip: &mut Layer) -> Result<(), Stop> {
    ip.flags(
        "ipv6.opt.rpl.flag",
        "Flags",
        Base::Hex(2),
        be_u8(),
        |bits| {
            bits.flag("ipv6.opt.rpl.flag.o", "Down", 0x80);
            bits.flag("ipv6.opt.rpl.flag.r", "Rank error", 0x40);
            bits.flag("ipv6.opt.rpl.flag.f", "Forwarding error", 0x20);
            bits.value("ipv6.opt.rpl.flag.rsv", "Reserved", 0x1f, |v| {
                Value::Number(v, Base::Hex(2))
            });
        },
    )?;
    ip.field_shown("ipv6.opt.rpl.instance_id", "Instance ID", be_u8(), hex8)?;
    ip.field_shown("ipv6.opt.rpl.sender_rank", "Sender rank", be_u16(), |v| {
        Value::Number(v.into(), Base::Hex(4))
    })
    .map(drop)
}

/// RFC 7731, section 6.1.
fn mpl(ip: &mut Layer, length: usize) -> Result<(), Stop> {
    ip.flags(
        "ipv6.opt.mpl.flag",
        "Flags",
        Base::Hex(2),
        be_u8(),
        |bits| {
            bits.number("ipv6.opt.mpl.flag.s", "Seed ID length", 0xc0);
            bits.flag("ipv6.opt.mpl.flag.m", "Largest sequence", 0x20);
            bits.flag("ipv6.opt.mpl.flag.v", "Version", 0x10);
            bits.value("ipv6.opt.mpl.flag.rsv", "Reserved", 0x0f, |v| {
                Value::Number(v, Base::Hex(2))
            });
        },
    )?;
    ip.field_shown("ipv6.opt.mpl.sequence", "Sequence", be_u8(), hex8)?;
    match length {
        ..=2 => Ok(()),
        _ => left(ip, "ipv6.opt.mpl.seed_id", "Seed ID"),
    }
}

/// RFC 6971, section 13.1.
fn depth_first(ip: &mut Layer) -> Result<(), Stop> {
    ip.flags(
        "ipv6.opt.dff.flags",
        "Flags",
        Base::Hex(2),
        be_u8(),
        |bits| {
            bits.number("ipv6.opt.dff.flag.ver", "Version", 0xc0);
            bits.flag("ipv6.opt.dff.flag.dup", "Duplicate", 0x20);
            bits.flag("ipv6.opt.dff.flag.ret", "Return", 0x10);
            bits.value("ipv6.opt.dff.flag.rsv", "Reserved", 0x0f, |v| {
                Value::Number(v, Base::Hex(2))
            });
        },
    )?;
    ip.field("ipv6.opt.dff.sequence_number", "Sequence number", be_u16())
        .map(drop)
}
