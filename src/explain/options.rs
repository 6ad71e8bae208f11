//! The sentences about the options of a TCP header.

use super::{
    rows::{LayerRows, number},
    segment::{Segment, Sentences},
};
use crate::{
    format::printable,
    lang::{Count, text},
};
use dissectors::{Value, WindowScale};

/// RFC 7323, section 2.3: a larger shift counts as this one.
const MAX_SHIFT: u64 = 14;

/// Returns the sentences about each option, in their order.
pub fn options(tcp: &LayerRows, segment: &Segment) -> Sentences {
    let flags = segment.step.flags;
    let (from, to) = (segment.from, segment.to);
    let mut sentences = Vec::new();
    let mut left = None;
    let mut count = 0;
    let is_duplicate = tcp.find("tcp.options.sack.dsack_le").is_some();
    for row in tcp.rows {
        let value = number(row);
        let sentence = match (row.name, value) {
            ("tcp.options.mss_val", Some(mss)) if flags.syn() => text!("option-mss", mss, from),
            ("tcp.options.mss_val", Some(mss)) => text!("option-mss-late", mss),
            ("tcp.options.wscale.shift", Some(shift)) if flags.syn() => {
                let factor = 1_u64 << shift.min(MAX_SHIFT);
                let scale = segment.at.conversation.tcp();
                match scale.window_scale(segment.step.from) {
                    WindowScale::Off => text!("option-window-scale-off", shift),
                    _ if shift > MAX_SHIFT => {
                        text!(
                            "option-window-scale-large",
                            shift,
                            most = MAX_SHIFT,
                            factor,
                            from
                        )
                    }
                    _ => text!("option-window-scale", shift, factor, from),
                }
            }
            ("tcp.options.wscale.shift", Some(shift)) => text!("option-window-scale-late", shift),
            ("tcp.options.sack_perm", _) => text!("option-sack-permitted", to),
            ("tcp.options.sack_le", Some(edge)) => {
                left = Some(edge);
                continue;
            }
            ("tcp.options.sack_re", Some(right)) => {
                let Some(first) = left.take() else { continue };
                let last = (right as u32).wrapping_sub(1);
                count += 1;
                match is_duplicate && count == 1 {
                    true => text!("option-sack-duplicate", first, last, from),
                    false => text!("option-sack", first, last, from),
                }
            }
            ("tcp.options.timestamp.tsval", Some(value)) => text!("option-timestamp", value, from),
            ("tcp.options.timestamp.tsecr", Some(0)) if flags.syn() && !flags.ack() => {
                text!("option-timestamp-first").to_owned()
            }
            ("tcp.options.timestamp.tsecr", Some(echo)) => {
                text!("option-timestamp-echo", echo, from, to)
            }
            ("tcp.options.tfo.request", _) => text!("option-fast-open-request").to_owned(),
            ("tcp.options.tfo.cookie", _) => {
                let length = Count(row.bytes.len() as u64);
                match flags.ack() {
                    true => text!("option-fast-open-answer", length),
                    false => text!("option-fast-open-cookie", length),
                }
            }
            ("tcp.options.mptcp.subtype", _) => {
                let kind = named(&row.value);
                text!("option-mptcp", kind)
            }
            ("tcp.options.md5", _) => text!("option-md5").to_owned(),
            ("tcp.options.ao", _) => text!("option-authentication").to_owned(),
            ("tcp.options.user_to_val", Some(time)) => {
                match tcp.is_set("tcp.options.user_to_granularity") {
                    true => text!("option-user-timeout-minutes", time),
                    false => text!("option-user-timeout-seconds", time),
                }
            }
            ("tcp.options.acc_ecn", _) => text!("option-accurate-ecn", from),
            ("tcp.options.unknown", _) => {
                let kind = row.value.to_string();
                let kind = kind.get(..2).unwrap_or_default();
                text!("option-unknown", kind)
            }
            _ => continue,
        };
        sentences.push(sentence);
    }
    sentences
}

/// Returns the name of a number, or the number.
fn named(value: &Value) -> String {
    match value {
        Value::Named(.., name) => (*name).to_owned(),
        other => printable(&other.to_string()),
    }
}
