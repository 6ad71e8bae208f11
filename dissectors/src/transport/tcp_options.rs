//! TCP options, RFC 9293, section 3.1.

use crate::{Layer, SegmentOptions, Stop, TcpFlags, field::named};
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
        MD5 = 19 => "MD5 signature",
        SCPS = 20 => "SCPS capabilities",
        QUICK_START = 27 => "Quick-start response",
        USER_TIMEOUT = 28 => "User timeout",
        AUTHENTICATION = 29 => "Authentication option",
        MPTCP = 30 => "Multipath TCP",
        FAST_OPEN = 34 => "Fast Open cookie",
        ACC_ECN_0 = 172 => "Accurate ECN order 0",
        ACC_ECN_1 = 174 => "Accurate ECN order 1",
        EXPERIMENT_1 = 253 => "Experiment 1",
        EXPERIMENT_2 = 254 => "Experiment 2",
    }
}

/// Reads `length` bytes of options. `words` gathers what the packet list says of them.
pub fn read(
    tcp: &mut Layer,
    length: usize,
    flags: &TcpFlags,
    options: &mut SegmentOptions,
    mut words: Option<&mut String>,
) -> Result<(), Stop> {
    let _ = flags;
    tcp.group_with_bytes("tcp.options", "Options", |tcp| {
        tcp.within(length, |tcp| {
            while let Some(&kind) = tcp.rest().first() {
                let words = words.as_deref_mut();
                match OptionKind(kind) {
                    OptionKind::EOL => {
                        tcp.group_with_bytes("tcp.options.eol", "End of option list", kind_alone)?;
                        break;
                    }
                    OptionKind::NOP => {
                        tcp.group_with_bytes("tcp.options.nop", "No-operation", kind_alone)?;
                    }
                    _ => one(tcp, OptionKind(kind), options, words)?,
                }
            }
            Ok(())
        })
    })
}

fn kind_alone(tcp: &mut Layer) -> Result<(), Stop> {
    tcp.field("tcp.option_kind", "Kind", be_u8().map(OptionKind)).map(drop)
}

fn one(
    tcp: &mut Layer,
    kind: OptionKind,
    options: &mut SegmentOptions,
    words: Option<&mut String>,
) -> Result<(), Stop> {
    let name = match kind {
        OptionKind::MSS => "tcp.options.mss",
        OptionKind::WINDOW_SCALE => "tcp.options.wscale",
        OptionKind::SACK_PERMITTED => "tcp.options.sack_perm",
        OptionKind::SACK => "tcp.options.sack",
        OptionKind::TIMESTAMPS => "tcp.options.timestamp",
        _ => "tcp.options.unknown",
    };
    let label = kind.name().unwrap_or("Unknown");
    tcp.group_with_bytes(name, label, |tcp| {
        kind_alone(tcp)?;
        let length = usize::from(tcp.field("tcp.option_len", "Length", be_u8())?);
        if length < 2 {
            return tcp.malformed("tcp.option_len");
        }
        tcp.within(length - 2, |tcp| value(tcp, kind, options, words))
    })
}

fn value(
    tcp: &mut Layer,
    kind: OptionKind,
    options: &mut SegmentOptions,
    words: Option<&mut String>,
) -> Result<(), Stop> {
    let say = |text: std::fmt::Arguments| {
        if let Some(words) = words {
            let _ = words.write_fmt(text);
        }
    };
    match kind {
        OptionKind::MSS => {
            let mss = tcp.field("tcp.options.mss_val", "MSS value", be_u16())?;
            tcp.title(|| format!("{mss} bytes"));
            options.mss = Some(mss);
            say(format_args!(" MSS={mss}"));
        }
        OptionKind::WINDOW_SCALE => {
            let bytes = tcp.ahead(1);
            let shift = tcp.field("tcp.options.wscale.shift", "Shift count", be_u8())?;
            let factor = 1_u64 << shift.min(14);
            tcp.over("tcp.options.wscale.multiplier", "Multiplier", bytes, || factor.into());
            tcp.title(|| format!("{shift} (multiply by {factor})"));
            options.window_scale = Some(shift);
            say(format_args!(" WS={factor}"));
        }
        OptionKind::SACK_PERMITTED => {
            options.sack_permitted = true;
            say(format_args!(" SACK_PERM"));
        }
        OptionKind::TIMESTAMPS => {
            let value = tcp.field("tcp.options.timestamp.tsval", "Timestamp value", be_u32())?;
            let echo = tcp.field("tcp.options.timestamp.tsecr", "Timestamp echo reply", be_u32())?;
            tcp.title(|| format!("TSval {value}, TSecr {echo}"));
            options.timestamps = Some((value, echo));
            say(format_args!(" TSval={value} TSecr={echo}"));
        }
        _ => {
            let rest = tcp.rest().len();
            if rest > 0 {
                tcp.field("tcp.options.unknown.payload", "Payload", take(rest))?;
            }
        }
    }
    Ok(())
}

