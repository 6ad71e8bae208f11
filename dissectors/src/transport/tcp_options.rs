//! TCP options, RFC 9293, section 3.1. A wrong length invalidates one option, not those after it.

mod experimental;
pub mod fields;
mod mptcp;
mod vendor;

use crate::{
    Base, ByteRange, Layer, SegmentOptions, Severity, Stop, TcpFlags, Value, value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};
use std::fmt::Write;

named! {
    /// IANA "TCP Option Kind Numbers".
    OptionKind(u8, Dec) {
        EOL = 0 => "End of option list",
        NOP = 1 => "No-operation",
        MSS = 2 => "Maximum segment size",
        WINDOW_SCALE = 3 => "Window scale",
        SACK_PERMITTED = 4 => "SACK permitted",
        SACK = 5 => "SACK",
        ECHO = 6 => "Echo",
        ECHO_REPLY = 7 => "Echo reply",
        TIMESTAMPS = 8 => "Timestamps",
        CC = 11 => "Connection count",
        CC_NEW = 12 => "Connection count, new",
        CC_ECHO = 13 => "Connection count, echo",
        MD5 = 19 => "MD5 signature",
        SCPS = 20 => "SCPS capabilities",
        SNACK = 21 => "Selective negative acknowledgment",
        SCPS_RECORD = 22 => "SCPS record boundary",
        SCPS_CORRUPTION = 23 => "SCPS corruption experienced",
        QUICK_START = 27 => "Quick-start response",
        USER_TIMEOUT = 28 => "User timeout",
        AUTHENTICATION = 29 => "Authentication option",
        MPTCP = 30 => "Multipath TCP",
        FAST_OPEN = 34 => "Fast Open",
        RIVERBED_PROBE = 76 => "Riverbed probe",
        RIVERBED_TRANSPARENCY = 78 => "Riverbed transparency",
        ACC_ECN_0 = 172 => "Accurate ECN, order 0",
        ACC_ECN_1 = 174 => "Accurate ECN, order 1",
        EXPERIMENT_1 = 253 => "Experiment 1",
        EXPERIMENT_2 = 254 => "Experiment 2",
    }
}

/// Returns the edges of the SACK blocks (RFC 2018, section 3) among a segment's options.
pub fn sack_blocks(options: &[u8]) -> impl Iterator<Item = (u32, u32)> {
    let (edges, _) = sack_option(options).unwrap_or_default().as_chunks::<4>();
    let (blocks, _) = edges.as_chunks::<2>();
    let edges =
        |&[left, right]: &[[u8; 4]; 2]| (u32::from_be_bytes(left), u32::from_be_bytes(right));
    blocks.iter().map(edges)
}

/// Returns the contents of the first SACK option.
fn sack_option(options: &[u8]) -> Option<&[u8]> {
    let mut rest = options;
    loop {
        match *rest {
            [1, ref after @ ..] => rest = after,
            [kind, length, ref after @ ..] if kind != 0 => {
                let length = usize::from(length).checked_sub(2)?;
                let (value, behind) = after.split_at_checked(length)?;
                if OptionKind(kind) == OptionKind::SACK {
                    return Some(value);
                }
                rest = behind;
            }
            _ => return None,
        }
    }
}

/// The context of options, and the results of reading them.
#[derive(Debug, Default)]
pub struct Options {
    /// The segment's flags.
    pub flags: TcpFlags,
    /// The acknowledgment number, not relative.
    pub ack: u32,
    /// The base of the peer's relative sequence numbers.
    pub base_ack: u32,
    /// What the tracker needs.
    pub found: SegmentOptions,
    /// The packet list's text for them, where that is wanted.
    pub words: Option<String>,
    /// The beginning of the packet list's line.
    pub prefix: &'static str,
    /// SCPS capabilities were offered in an earlier option.
    pub scps: bool,
}

impl Options {
    #[inline]
    fn say(&mut self, words: std::fmt::Arguments) {
        if let Some(text) = &mut self.words {
            let _ = text.write_fmt(words);
        }
    }
}

/// The allowed length of an option, with its kind and length bytes.
enum Length {
    Any,
    Exactly(usize),
    AtLeast(usize),
}

/// Reads `length` bytes of options.
#[inline]
pub fn read(tcp: &mut Layer, length: usize, options: &mut Options) -> Result<(), Stop> {
    tcp.group_with_bytes("tcp.options", "Options", |tcp| {
        tcp.within(length, |tcp| list(tcp, options))
    })
}

/// This many in a row make no sense, unless a router overwrote other options with them.
const SUSPICIOUS_NOPS: u32 = 4;

fn list(tcp: &mut Layer, options: &mut Options) -> Result<(), Stop> {
    let mut nops = 0;
    let mut mss_seen = false;
    while let Some(&kind) = tcp.rest().first() {
        let kind = OptionKind(kind);
        nops = if kind == OptionKind::NOP { nops + 1 } else { 0 };
        match kind {
            OptionKind::NOP => {
                tcp.group_with_bytes("tcp.options.nop", "No-operation", read_kind)?;
                if nops == SUSPICIOUS_NOPS {
                    tcp.note(Severity::Warning, || {
                        "4 no-operations in a row: a router may have blanked out an option"
                            .to_owned()
                    });
                }
            }
            OptionKind::EOL => {
                tcp.group_with_bytes("tcp.options.eol", "End of option list", read_kind)?;
                if tcp.rest().first().is_some_and(|&next| next != 0) {
                    let rest = tcp.ahead(usize::MAX);
                    tcp.over("", "Padding", rest, || Value::None);
                    tcp.note(Severity::Error, || {
                        "not zero behind the end of the options".to_owned()
                    });
                    return Ok(());
                }
            }
            _ => {
                mss_seen |= kind == OptionKind::MSS;
                if !one(tcp, kind, options)? {
                    return Ok(());
                }
            }
        }
    }
    if tcp.missing() > 0 {
        return tcp.field("tcp.options", "Options", take(1_usize)).map(drop);
    }
    if options.flags.syn() && !mss_seen {
        tcp.note(Severity::Note, || {
            "the SYN does not say a maximum segment size".to_owned()
        });
    }
    Ok(())
}

fn read_kind(tcp: &mut Layer) -> Result<(), Stop> {
    tcp.field("tcp.option_kind", "Kind", be_u8().map(OptionKind))
        .map(drop)
}

/// Reads one option; returns false when its length leaves no way to find the next.
fn one(tcp: &mut Layer, kind: OptionKind, options: &mut Options) -> Result<bool, Stop> {
    let length = match tcp.rest().get(1) {
        Some(&length) => usize::from(length),
        None if tcp.missing() > 0 => {
            return tcp
                .field("tcp.option_len", "Length", take(2_usize))
                .map(|_| false);
        }
        None => {
            lost(tcp, kind, 1, || "no byte is left for its length".to_owned());
            return Ok(false);
        }
    };
    let room = tcp.reported();
    if length < 2 {
        lost(tcp, kind, 2, || {
            format!("its length is {length}, the least is 2")
        });
        return Ok(false);
    }
    if length > room {
        lost(tcp, kind, room, || {
            format!("its length is {length}, but {room} bytes are left")
        });
        return Ok(false);
    }
    let (name, allowed) = shape(kind);
    let label = kind.name().unwrap_or("Unknown");
    let body = |tcp: &mut Layer| {
        tcp.within(length, |tcp| {
            read_kind(tcp)?;
            tcp.field("tcp.option_len", "Length", be_u8())?;
            match allowed {
                Length::Exactly(right) if length != right => {
                    tcp.note(Severity::Note, || format!("must be {right} bytes long"));
                    wrong(kind, options);
                    Ok(())
                }
                Length::AtLeast(least) if length < least => {
                    tcp.note(Severity::Note, || {
                        format!("must be at least {least} bytes long")
                    });
                    wrong(kind, options);
                    Ok(())
                }
                _ => value(tcp, kind, length, options),
            }
        })
    };
    // Multipath TCP is a separate protocol in the tree, without a value.
    match kind {
        OptionKind::MPTCP => tcp.group(name, label, body)?,
        _ => tcp.group_with_bytes(name, label, body)?,
    }
    Ok(true)
}

/// Shows an option of an impossible length: a row without a name, after which nothing is read.
#[cold]
fn lost(tcp: &mut Layer, kind: OptionKind, length: usize, why: impl FnOnce() -> String) {
    let bytes = tcp.ahead(length);
    tcp.over("", kind.name().unwrap_or("Unknown option"), bytes, || {
        Value::None
    });
    tcp.note(Severity::Note, why);
}

fn shape(kind: OptionKind) -> (&'static str, Length) {
    use Length::{Any, AtLeast, Exactly};
    match kind {
        OptionKind::MSS => ("tcp.options.mss", Exactly(4)),
        OptionKind::WINDOW_SCALE => ("tcp.options.wscale", Exactly(3)),
        OptionKind::SACK_PERMITTED => ("tcp.options.sack_perm", Exactly(2)),
        OptionKind::SACK => ("tcp.options.sack", Any),
        OptionKind::ECHO | OptionKind::ECHO_REPLY => ("tcp.options.echo", Exactly(6)),
        OptionKind::TIMESTAMPS => ("tcp.options.timestamp", Exactly(10)),
        OptionKind::CC | OptionKind::CC_NEW | OptionKind::CC_ECHO => ("tcp.options.cc", Exactly(6)),
        OptionKind::MD5 => ("tcp.options.md5", Exactly(18)),
        OptionKind::SCPS => ("tcp.options.scps", Any),
        OptionKind::SNACK => ("tcp.options.snack", Exactly(6)),
        OptionKind::SCPS_RECORD => ("tcp.options.scpsrec", Exactly(2)),
        OptionKind::SCPS_CORRUPTION => ("tcp.options.scpscor", Exactly(2)),
        OptionKind::QUICK_START => ("tcp.options.qs", Exactly(8)),
        OptionKind::USER_TIMEOUT => ("tcp.options.user_to", Exactly(4)),
        OptionKind::AUTHENTICATION => ("tcp.options.ao", AtLeast(4)),
        OptionKind::MPTCP => ("mptcp", Any),
        OptionKind::FAST_OPEN => ("tcp.options.tfo", Any),
        OptionKind::RIVERBED_PROBE => ("tcp.options.rvbd.probe", AtLeast(3)),
        OptionKind::RIVERBED_TRANSPARENCY => ("tcp.options.rvbd.trpy", Exactly(16)),
        OptionKind::ACC_ECN_0 | OptionKind::ACC_ECN_1 => ("tcp.options.acc_ecn", Any),
        OptionKind::EXPERIMENT_1 | OptionKind::EXPERIMENT_2 => {
            ("tcp.options.experimental", AtLeast(4))
        }
        _ => ("tcp.options.unknown", Any),
    }
}

/// Notes the presence of an option of the wrong length.
#[cold]
fn wrong(kind: OptionKind, options: &mut Options) {
    match kind {
        OptionKind::SACK_PERMITTED => {
            options.found.sack_permitted = true;
            options.say(format_args!(" SACK_PERM"));
        }
        OptionKind::MD5 => options.say(format_args!(" MD5")),
        OptionKind::AUTHENTICATION => options.say(format_args!(" TCP AO")),
        OptionKind::RIVERBED_TRANSPARENCY => options.prefix = "TRPY, ",
        _ => {}
    }
}

#[inline]
fn value(
    tcp: &mut Layer,
    kind: OptionKind,
    length: usize,
    options: &mut Options,
) -> Result<(), Stop> {
    match kind {
        OptionKind::TIMESTAMPS => {
            let value = tcp.field("tcp.options.timestamp.tsval", "Timestamp value", be_u32())?;
            let echo = tcp.field(
                "tcp.options.timestamp.tsecr",
                "Timestamp echo reply",
                be_u32(),
            )?;
            tcp.title(|| format!("TSval {value}, TSecr {echo}"));
            options.found.timestamps = Some((value, echo));
            options.say(format_args!(" TSval={value} TSecr={echo}"));
            Ok(())
        }
        OptionKind::MSS => {
            let mss = tcp.field("tcp.options.mss_val", "MSS value", be_u16())?;
            tcp.title(|| format!("{mss} bytes"));
            if !options.flags.syn() {
                tcp.note(Severity::Warning, || "only a SYN may say it".to_owned());
            }
            options.found.mss = Some(mss);
            options.say(format_args!(" MSS={mss}"));
            Ok(())
        }
        OptionKind::WINDOW_SCALE => window_scale(tcp, options),
        OptionKind::SACK_PERMITTED => {
            options.found.sack_permitted = true;
            options.say(format_args!(" SACK_PERM"));
            Ok(())
        }
        OptionKind::SACK => sack(tcp, options),
        _ => rare(tcp, kind, length, options),
    }
}

#[cold]
fn rare(
    tcp: &mut Layer,
    kind: OptionKind,
    length: usize,
    options: &mut Options,
) -> Result<(), Stop> {
    match kind {
        OptionKind::ECHO | OptionKind::ECHO_REPLY => {
            let value = tcp.field("tcp.options.echo_value", "Echo value", be_u32())?;
            options.say(format_args!(" ECHO={value}"));
        }
        OptionKind::CC | OptionKind::CC_NEW | OptionKind::CC_ECHO => {
            let value = tcp.field("tcp.options.cc_value", "Connection count", be_u32())?;
            options.say(format_args!(" CC={value}"));
        }
        OptionKind::MD5 => {
            tcp.field("tcp.options.md5.digest", "Digest", take(16_usize))?;
            options.say(format_args!(" MD5"));
        }
        OptionKind::SCPS => vendor::scps(tcp, length, options)?,
        OptionKind::SNACK => vendor::snack(tcp)?,
        OptionKind::SCPS_RECORD | OptionKind::SCPS_CORRUPTION => {}
        OptionKind::QUICK_START => quick_start(tcp, options)?,
        OptionKind::USER_TIMEOUT => user_timeout(tcp, options)?,
        OptionKind::AUTHENTICATION => {
            tcp.field("tcp.options.ao.keyid", "Key id", be_u8())?;
            tcp.field("tcp.options.ao.rnextkeyid", "Next key id", be_u8())?;
            if length > 4 {
                tcp.field(
                    "tcp.options.ao.mac",
                    "Authentication code",
                    take(length - 4),
                )?;
            }
            options.say(format_args!(" TCP AO"));
        }
        OptionKind::MPTCP => mptcp::read(tcp, length, options)?,
        OptionKind::FAST_OPEN => experimental::fast_open(tcp, length - 2, 2, options)?,
        OptionKind::RIVERBED_PROBE => vendor::riverbed_probe(tcp, options)?,
        OptionKind::RIVERBED_TRANSPARENCY => vendor::riverbed_transparency(tcp, options)?,
        OptionKind::ACC_ECN_0 => experimental::accurate_ecn(tcp, length - 2, false, options)?,
        OptionKind::ACC_ECN_1 => experimental::accurate_ecn(tcp, length - 2, true, options)?,
        OptionKind::EXPERIMENT_1 | OptionKind::EXPERIMENT_2 => {
            experimental::read(tcp, length, options)?;
        }
        _ if length > 2 => {
            tcp.field("tcp.options.unknown.payload", "Payload", take(length - 2))?;
        }
        _ => {}
    }
    Ok(())
}

/// RFC 7323, section 2.3: a larger shift counts as this one.
const MAX_SHIFT: u8 = 14;

fn window_scale(tcp: &mut Layer, options: &mut Options) -> Result<(), Stop> {
    let bytes = tcp.ahead(1);
    let shift = tcp.field("tcp.options.wscale.shift", "Shift count", be_u8())?;
    if shift > MAX_SHIFT {
        tcp.note(Severity::Warning, || {
            "more than 14, and counts as 14".to_owned()
        });
    }
    let factor = 1_u64 << shift.min(MAX_SHIFT);
    tcp.over("tcp.options.wscale.multiplier", "Multiplier", bytes, || {
        factor.into()
    });
    tcp.title(|| format!("{shift} (multiply by {factor})"));
    options.found.window_scale = Some(shift);
    options.say(format_args!(" WS={factor}"));
    Ok(())
}

/// RFC 2018, section 3, and RFC 2883, section 4.
fn sack(tcp: &mut Layer, options: &mut Options) -> Result<(), Stop> {
    options.found.sack_blocks = true;
    let option = ByteRange {
        start: tcp.offset().saturating_sub(2),
        ..tcp.ahead(0)
    };
    let first = tcp.ahead(8);
    let (mut blocks, mut count) = ([(0_u32, 0_u32); 2], 0_usize);
    let base = options.base_ack;
    // At most 4 blocks fit into 40 bytes of options.
    while tcp.reported() >= 8 {
        let edge = |tcp: &mut Layer, name, label| {
            tcp.field_shown(name, label, be_u32(), |edge| edge.wrapping_sub(base).into())
        };
        let left = edge(tcp, "tcp.options.sack_le", "Left edge")?;
        let right = edge(tcp, "tcp.options.sack_re", "Right edge")?;
        if let Some(slot) = blocks.get_mut(count) {
            *slot = (left, right);
        }
        count += 1;
        let (left, right) = (left.wrapping_sub(base), right.wrapping_sub(base));
        options.say(format_args!(" SLE={left} SRE={right}"));
    }
    if tcp.reported() > 0 {
        let bytes = tcp.ahead(usize::MAX);
        tcp.over("", "Half a block", bytes, || Value::None);
        tcp.note(Severity::Error, || {
            "the option ends inside a block".to_owned()
        });
    }
    let at = ByteRange {
        end: option.start,
        ..option
    };
    tcp.over("tcp.options.sack.count", "Blocks", at, || {
        (count as u64).into()
    });
    if count == 0 {
        return tcp.malformed("tcp.options.sack");
    }
    let [(left, right), (outer_left, outer_right)] = blocks;
    let beyond = |a: u32, b: u32| a.wrapping_sub(b) as i32 > 0;
    let acknowledged = !beyond(right, options.ack);
    let inside = count > 1 && !beyond(outer_left, left) && !beyond(right, outer_right);
    if acknowledged || inside {
        let middle = first.start + 4;
        let (le, re) = (
            ByteRange {
                end: middle,
                ..first
            },
            ByteRange {
                start: middle,
                ..first
            },
        );
        let shown = |edge: u32| edge.wrapping_sub(base).into();
        tcp.over(
            "tcp.options.sack.dsack_le",
            "Duplicate's left edge",
            le,
            || shown(left),
        );
        tcp.over(
            "tcp.options.sack.dsack_re",
            "Duplicate's right edge",
            re,
            || shown(right),
        );
        tcp.note(Severity::Warning, || {
            "the first block reports data that came twice".to_owned()
        });
    }
    Ok(())
}

/// RFC 4782, section 3.1.
fn quick_start(tcp: &mut Layer, options: &mut Options) -> Result<(), Stop> {
    let rate = tcp.word("tcp.options.qs.rate", be_u8(), |bits| {
        bits.worded(
            "tcp.options.qs.rate",
            "Rate",
            0x0f,
            |rate| rate,
            quick_start_rate,
        );
    })?;
    tcp.field("tcp.options.qs.ttl_diff", "TTL difference", be_u8())?;
    options.say(format_args!(
        " QSresp={}",
        quick_start_rate(u64::from(rate & 0x0f))
    ));
    Ok(())
}

/// Returns 40 kbit/s, doubled with each step.
fn quick_start_rate(step: u64) -> String {
    let bits = if step == 0 {
        0
    } else {
        40_000_u64 << step.min(15)
    };
    match bits {
        0 => "0 bit/s".to_owned(),
        _ if bits < 1_000_000 => format!("{} kbit/s", bits / 1000),
        _ if bits < 1_000_000_000 => format!("{} Mbit/s", bits as f64 / 1e6),
        _ => format!("{} Gbit/s", bits as f64 / 1e9),
    }
}

/// RFC 5482, section 3.
fn user_timeout(tcp: &mut Layer, options: &mut Options) -> Result<(), Stop> {
    let word = tcp.word("tcp.options.user_to_val", be_u16(), |bits| {
        bits.flag_meaning(
            "tcp.options.user_to_granularity",
            "Unit",
            0x8000,
            "Minutes",
            "Seconds",
        );
        bits.value("tcp.options.user_to_val", "User timeout", 0x7fff, |v| {
            Value::Number(v, Base::Dec)
        });
    })?;
    let time = word & 0x7fff;
    let unit = if word & 0x8000 != 0 {
        "minutes"
    } else {
        "seconds"
    };
    tcp.title(|| format!("{time} {unit}"));
    options.say(format_args!(" USER_TO={time}"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, info, layer};

    /// The options of a segment without data.
    fn options(flags: u8, options: &str) -> (String, String) {
        let length = options.chars().filter(char::is_ascii_hexdigit).count() / 2;
        let (total, words) = (40 + length, (20 + length) / 4);
        let hex = format!(
            "4500{total:04x} abcd0000 40060000 0a000001 0a000002 \
             c001c351 00001000 00002000 {words:x}0{flags:02x}0200 abcd0000 {options}"
        );
        let tree = layer("tcp", 228, &hex);
        let rows: Vec<_> = tree
            .lines()
            .skip_while(|row| !row.starts_with("  Options"))
            .collect();
        let said = info(228, &hex);
        let words = said
            .split_once("Len=0")
            .map(|(_, words)| words.trim().to_owned());
        (rows.join("\n"), words.unwrap_or_default())
    }

    fn words(flags: u8, list: &str) -> String {
        options(flags, list).1
    }

    #[test]
    fn syn() {
        let (tree, words) = options(2, "020405b4 0402 080a 0000000100000000 01 030307");
        assert_eq!(words, "MSS=1460 SACK_PERM TSval=1 TSecr=0 WS=128");
        for row in [
            "    Maximum segment size: 1460 bytes [40..44]",
            "      MSS value: 1460 [42..44]",
            "    Window scale: 7 (multiply by 128) [57..60]",
        ] {
            assert!(tree.contains(row), "{tree}");
        }
    }

    /// RFC 2883, section 4: the first block is below the acknowledgment.
    #[test]
    fn duplicate_sack() {
        let (tree, words) = options(0x10, "0101 0512 00001000 00001100 00002100 00002200");
        assert_eq!(words, "SLE=4096 SRE=4352 SLE=8448 SRE=8704");
        assert!(
            tree.contains("Duplicate's left edge: 4096 [44..48]"),
            "{tree}"
        );
    }

    #[test]
    fn others() {
        assert_eq!(words(2, "2202 0101"), "TFO=R");
        assert_eq!(words(2, "fe0c f989 0102030405060708"), "TFO=C");
        assert_eq!(
            words(0x10, "ac0b 000001 000002 000003 01"),
            "EE0B=1 ECEB=2 EE1B=3"
        );
        assert_eq!(words(0x10, "1b08 0510 12345678"), "QSresp=1.28 Mbit/s");
        assert_eq!(words(0x10, "1c04 8005"), "USER_TO=5");
        assert_eq!(words(0x10, "fe06 1234 5566 0101"), "ExID=1234");
        assert_eq!(
            words(2, "1404 f805"),
            "SCPS[BETS, SNACK1, SNACK2, COMP, NLTS] Connection ID=5"
        );
    }

    /// A wrong length invalidates that option; what follows is read.
    #[test]
    fn wrong_lengths() {
        assert_eq!(words(2, "0203 11 01 020405b4"), "MSS=1460");
        let (tree, words) = options(2, "0800 0101 020405b4");
        assert_eq!(words, "");
        assert!(
            tree.contains("Note: its length is 0, the least is 2"),
            "{tree}"
        );
        let (tree, _) = options(2, "0828 0101");
        assert!(
            tree.contains("Note: its length is 40, but 4 bytes are left"),
            "{tree}"
        );
    }

    #[test]
    fn cut_inside_an_option() {
        let hex = "45000034 abcd0000 40060000 0a000001 0a000002 \
                   c001c351 00001000 00002000 80100200 abcd0000 080a 00000001";
        let tree = cut("tcp", 228, hex, 52);
        assert!(
            tree.ends_with(
                "      Timestamp value: 1 [42..46]\n  \
             Note: cut by the capture's size limit inside tcp.options.timestamp.tsecr\n"
            ),
            "{tree}"
        );
    }
}
