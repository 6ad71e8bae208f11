//! How connections failed to open.

use super::{Case, Finding, Kind, Severity};
use crate::{
    format::duration,
    lang::{Count, text},
    track::{Outcome, Protocol, Side, ending_words, icmp_words},
};
use dissectors::elapsed_ns;

/// After one SYN alone it is too early to say that nothing answers, unless the capture goes on this long: RFC 6298,
/// section 2, repeats it after a second. Nanoseconds.
const WAITS_NS: i64 = 3_000_000_000;

/// The SYN was answered with RST.
pub(super) fn refused(case: &Case) -> Option<Finding> {
    if case.outcome != Outcome::Refused {
        return None;
    }
    let reset = case.tcp.reset.map(|(_, packet)| packet);
    let syn = case
        .tcp
        .handshake
        .syn
        .unwrap_or(case.conversation.first_packet);
    let text = ending_words(case.conversation);
    let finding = Finding::new(Kind::Refused, Severity::Error, text)
        .packets([syn].into_iter().chain(reset))
        .figure("port", u32::from(case.conversation.server.port));
    Some(finding)
}

/// The ports that traceroute sends datagrams to, one more for each.
pub(super) const TRACEROUTE: std::ops::Range<u16> = 33434..33634;

/// Nothing came back.
pub(super) fn no_answer(case: &Case) -> Option<Finding> {
    let gave_up = case.outcome == Outcome::GaveUp;
    if case.outcome != Outcome::NoAnswer && !gave_up {
        return None;
    }
    let syns = u32::from(case.tcp.side(Side::Client).syns);
    if syns < 2 && !gave_up && case.silent_ns() < WAITS_NS {
        return None;
    }
    let text = ending_words(case.conversation);
    let finding = Finding::new(Kind::NoAnswer, Severity::Error, text)
        .packets([
            case.conversation.first_packet,
            case.conversation.last_packet,
        ])
        .count(syns)
        .figure("syns", syns)
        .figure("waited_ns", case.duration_ns());
    Some(finding)
}

/// A router or the host answered with an ICMP error.
pub(super) fn unreachable(case: &Case) -> Option<Finding> {
    let icmp = case.conversation.icmp.as_ref()?;
    // Too big is the path MTU's discovery, which is part of a healthy connection, a redirect is advice; other errors may
    // come late.
    let opened = case.is_tcp() && case.is_established();
    let answered = case.conversation.protocol == Protocol::Udp
        && case.conversation.side(Side::Server).packets > 0;
    if opened || !icmp.is_unreachable() {
        return None;
    }
    // As traceroute makes it happen on purpose: RFC 1393, section 1.
    let is_trace = case.conversation.protocol == Protocol::Udp
        && TRACEROUTE.contains(&case.conversation.server.port);
    // A port that is closed after the answer: the client no longer waits for a second one.
    let time_exceeded = case.conversation.protocol == Protocol::Udp && icmp.is_time_exceeded();
    let severity = match answered || is_trace || time_exceeded {
        true => Severity::Note,
        false => Severity::Error,
    };
    let text = text!(
        "finding-text-unreachable",
        reporter = icmp.reporter,
        what = icmp_words(icmp),
        server = case.conversation.server
    );
    let finding = Finding::new(Kind::Unreachable, severity, text)
        .packets([case.conversation.first_packet, icmp.packet])
        .count(icmp.count)
        .figure("icmp_type", u32::from(icmp.kind))
        .figure("icmp_code", u32::from(icmp.code));
    Some(finding)
}

/// The handshake was begun and not completed.
pub(super) fn handshake_incomplete(case: &Case) -> Option<Finding> {
    let is_half_open = case.outcome == Outcome::HalfOpen
        && (case.silent_ns() >= WAITS_NS || case.tcp.side(Side::Server).syns > 1);
    let reset_at_once = case.outcome == Outcome::Reset(Side::Client)
        && case.tcp.handshake.syn_ack.is_some()
        && case.tcp.handshake.ack.is_none();
    let severity = match case.outcome {
        Outcome::WrongAnswer => Severity::Error,
        _ if is_half_open => Severity::Warning,
        // As a half-open scan does.
        _ if reset_at_once => Severity::Note,
        _ => return None,
    };
    let handshake = &case.tcp.handshake;
    let wrong = case.tcp.wrong_syn_ack.map(|(packet, _)| packet);
    let text = match reset_at_once {
        true => text!("finding-text-reset-at-once").to_owned(),
        false => ending_words(case.conversation),
    };
    let packets = [handshake.syn, handshake.syn_ack, wrong];
    Some(
        Finding::new(Kind::HandshakeIncomplete, severity, text)
            .packets(packets.into_iter().flatten()),
    )
}

/// Opening took long, or several SYNs.
pub(super) fn slow_handshake(case: &Case) -> Option<Finding> {
    let handshake = &case.tcp.handshake;
    let (syn, syn_ack) = (handshake.syn?, handshake.syn_ack?);
    let waited = elapsed_ns(case.conversation.start_ns, handshake.syn_ack_ns)?;
    let syns = u32::from(case.tcp.side(Side::Client).syns);
    let to_the_end = match handshake.ack {
        Some(_) => elapsed_ns(handshake.syn_ack_ns, handshake.ack_ns)?,
        None => 0,
    };
    let whole = waited.saturating_add(to_the_end);
    let is_slow = whole >= case.settings.time_ns(Kind::SlowHandshake);
    // A SYN sent again although the answer was under way is only a short timeout.
    let again = syns > 1 && waited >= 200_000_000;
    if handshake.simultaneous || !(is_slow || again) {
        return None;
    }
    let took = duration(whole);
    let text = match syns {
        0 | 1 => text!("finding-text-slow-handshake", took),
        _ if case.tcp.held_older() => text!("finding-text-slow-handshake-older", took),
        _ => text!(
            "finding-text-slow-handshake-syns",
            took,
            syns = Count(syns.into())
        ),
    };
    let ends = [syn_ack, handshake.ack.unwrap_or(0)];
    let finding = Finding::new(Kind::SlowHandshake, Severity::Warning, text)
        .packets(
            [case.conversation.first_packet, syn]
                .into_iter()
                .chain(ends),
        )
        .figure("took_ns", whole)
        .figure("syns", syns);
    Some(finding)
}
