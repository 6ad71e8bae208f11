//! Options that began as experiments: Fast Open (RFC 7413), Accurate ECN (draft-ietf-tcpm-accurate-ecn), and the two
//! kinds reserved for experiments, which begin with an identifier (RFC 6994).

use super::Options;
use crate::{ByteRange, Layer, Severity, Stop, Value, value::named};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u24},
};

named! {
    /// IANA "TCP Experimental Option Experiment Identifiers".
    Experiment(u16, Hex(4)) {
        ACK_RATE = 0x00ac => "ACK rate request",
        HOST_ID = 0x0348 => "Host id",
        ENO = 0x454e => "Encryption negotiation",
        ACC_ECN_0 = 0xacc0 => "Accurate ECN, order 0",
        ACC_ECN_1 = 0xacc1 => "Accurate ECN, order 1",
        ACC_ECN = 0xacce => "Accurate ECN",
        SMC_R = 0xe2d4 => "Shared memory communications over RDMA",
        FAST_OPEN = 0xf989 => "Fast Open",
        LOW_LATENCY = 0xf990 => "Low latency",
    }
}

/// RFC 6994, section 3.
pub fn read(tcp: &mut Layer, length: usize, options: &mut Options) -> Result<(), Stop> {
    let id = tcp.field(
        "tcp.options.experimental.exid",
        "Experiment",
        be_u16().map(Experiment),
    )?;
    tcp.title(|| id.name().unwrap_or("Unknown experiment").to_owned());
    let left = length - 4;
    match id {
        Experiment::FAST_OPEN => fast_open(tcp, left, 2, options),
        Experiment::ACC_ECN_0 => accurate_ecn(tcp, left, false, options),
        Experiment::ACC_ECN_1 => accurate_ecn(tcp, left, true, options),
        Experiment::ACK_RATE => ack_rate(tcp, left, options),
        _ => {
            if left > 0 {
                tcp.field("tcp.options.experimental.data", "Data", take(left))?;
            }
            options.say(format_args!(" ExID={:X}", id.0));
            Ok(())
        }
    }
}

/// Reads a cookie of `length` bytes, or, if that is 0, the request for one, which is shown at the `before` bytes before
/// it.
pub fn fast_open(
    tcp: &mut Layer,
    length: usize,
    before: u32,
    options: &mut Options,
) -> Result<(), Stop> {
    options.found.fast_open = Some(length > 0);
    if length == 0 {
        let end = tcp.offset();
        let bytes = ByteRange {
            start: end.saturating_sub(before),
            ..tcp.ahead(0)
        };
        tcp.over("tcp.options.tfo.request", "Cookie request", bytes, || {
            Value::Static("")
        });
        options.say(format_args!(" TFO=R"));
        return Ok(());
    }
    tcp.field("tcp.options.tfo.cookie", "Cookie", take(length))?;
    if options.flags.syn() && !options.flags.ack() {
        tcp.note(Severity::Note, || {
            "the SYN brings its cookie and may carry data".to_owned()
        });
    }
    options.say(format_args!(" TFO=C"));
    Ok(())
}

/// Reads up to three counters of 24 bits: bytes that came with ECT(0), CE, ECT(1), or in the other order.
pub fn accurate_ecn(
    tcp: &mut Layer,
    length: usize,
    reverse: bool,
    options: &mut Options,
) -> Result<(), Stop> {
    const ECT_0: (&str, &str, &str) = ("tcp.options.acc_ecn.ee0b", "ECT(0) bytes", "EE0B");
    const CE: (&str, &str, &str) = ("tcp.options.acc_ecn.eceb", "CE bytes", "ECEB");
    const ECT_1: (&str, &str, &str) = ("tcp.options.acc_ecn.ee1b", "ECT(1) bytes", "EE1B");
    if !matches!(length, 0 | 3 | 6 | 9) {
        tcp.note(Severity::Note, || {
            "its counters must be 0, 3, 6 or 9 bytes".to_owned()
        });
        return Ok(());
    }
    options.found.accurate_ecn = true;
    if length == 0 {
        options.say(format_args!(" AccECN"));
    }
    let order = if reverse {
        [ECT_1, CE, ECT_0]
    } else {
        [ECT_0, CE, ECT_1]
    };
    for (name, label, word) in order.into_iter().take(length / 3) {
        let bytes = tcp.field(name, label, be_u24())?;
        options.say(format_args!(" {word}={bytes}"));
    }
    Ok(())
}

/// draft-gomez-tcpm-ack-rate-request, section 3.
fn ack_rate(tcp: &mut Layer, length: usize, options: &mut Options) -> Result<(), Stop> {
    match length {
        0 => options.say(format_args!(" TARR")),
        1 => {
            let rate = tcp.word("tcp.options.tarr.rate", be_u8(), |bits| {
                bits.number("tcp.options.tarr.rate", "Rate", 0xfe);
                bits.number("tcp.options.tar.reserved", "Reserved", 0x01);
            })?;
            options.say(format_args!(" TARR={}", rate >> 1));
        }
        _ => tcp.note(Severity::Note, || "must be 4 or 5 bytes long".to_owned()),
    }
    Ok(())
}
