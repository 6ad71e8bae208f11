//! How connections ended.

use super::{Case, Finding, Kind, Severity, mtu::STUCK_BYTES};
use crate::{
    format::{duration, size},
    lang::{side, text},
    track::{Outcome, Side, Stuck},
};
use dissectors::PerSide;

/// Probes without an answer until this is said of them: RFC 1122, section 4.2.3.6, does not let one decide.
const PROBES: u32 = 2;

/// How things stood when a RST came.
enum When {
    /// Nothing had been sent; the client needed no answer.
    Unused,
    /// Nothing had been sent.
    BeforeData,
    /// In the middle of an answer.
    Cut,
    /// The client broke off an answer.
    BrokenOff,
    /// The client sent a request after the server had closed.
    TooLate,
    /// The server had not answered the client's last data.
    Unanswered,
    /// Data of the other side was on its way.
    UnderWay,
    /// The client was waiting for an answer.
    GaveUp,
    /// Right after data of the side that sent it, which may not have been all.
    Own,
    /// Everything had been said.
    AllSaid,
}

/// The last record that a client of TLS sends is an alert: RFC 8446, section 6.1. In TLS 1.2 and before it has up to this
/// length, with an initialization vector and a MAC (RFC 5246, section 6.2.3.2). Bytes.
const LAST_RECORD: u32 = 69;

/// The shortest request of HTTP: RFC 9112, section 3. Bytes.
const REQUEST: u32 = 16;

/// More than this is not a request that came too late, but an upload that went on, bytes.
const LARGE_REQUEST: u64 = 4096;

/// A client that does not wait this long for an answer does not want one, nanoseconds.
const GIVES_UP_NS: i64 = 1_000_000_000;

/// Whether data of the client may be a request, by its length.
fn is_request(case: &Case, length: u64) -> bool {
    let least = match case.is_encrypted() {
        true => LAST_RECORD + 1,
        false => REQUEST,
    };
    length >= least.into()
}

/// Returns how things stood when the RST of a side came.
fn when(case: &Case, by: Side) -> When {
    let analysis = case.analysis.as_deref();
    let last = analysis.and_then(|analysis| analysis.last_data());
    let payload: u64 = case
        .conversation
        .sides
        .iter()
        .map(|side| side.payload)
        .sum();
    let is_cut = case
        .requests
        .is_some_and(|requests| !requests.cut.is_empty());
    let under_way = analysis.is_some_and(|analysis| {
        analysis.has_unacknowledged(by.other()) || analysis.after_reset(by.other()) > 0
    });
    let before = analysis.and_then(|analysis| analysis.evidence.as_deref()?.reset);
    let (length, waited_ns) = before.map_or((0, 0), |before| (before.length, before.waited_ns));
    // The data connections of FTP do as their control connection says, which is judged itself.
    if case.conversation.expected().is_some() {
        return When::AllSaid;
    }
    // Before the server has said anything there is nothing to end.
    let is_alert_possible = case.is_encrypted() && case.conversation.side(Side::Server).payload > 0;
    let has_closed = |side: Side| case.tcp.side(side).fin.is_some();
    let is_request = last == Some(Side::Client) && is_request(case, length.into());
    match (by, last) {
        (Side::Client, _) if payload == 0 => When::Unused,
        // A connection in reserve that was not needed.
        (Side::Server, _) if payload == 0 && case.duration_ns() >= GIVES_UP_NS => When::Unused,
        (Side::Server, _) if payload == 0 => When::BeforeData,
        (Side::Client, _) if is_cut => When::BrokenOff,
        // What comes after its own FIN it does not want.
        (Side::Client, _) if has_closed(Side::Client) => When::AllSaid,
        (Side::Server, _) if is_cut => When::Cut,
        // It had answered, and did not want the rest of the request.
        (Side::Server, Some(Side::Client)) if has_refused(case) => When::UnderWay,
        (Side::Server, Some(Side::Client)) if is_request || !is_alert_possible => When::Unanswered,
        (Side::Server, Some(Side::Client)) => When::AllSaid,
        _ if matches!(case.outcome, Outcome::Closed(_)) => When::AllSaid,
        _ if under_way => When::UnderWay,
        (_, Some(Side::Client)) if waited_ns >= GIVES_UP_NS => When::GaveUp,
        (_, Some(Side::Client)) => When::AllSaid,
        // Its own data may not have come through.
        (Side::Server, _) if analysis.is_some_and(|it| it.has_unacknowledged(by)) => When::Own,
        // Whether the server had finished is not known.
        (Side::Server, _) if case.application().is_empty() => When::Own,
        _ => When::AllSaid,
    }
}

/// Whether the server has refused the request that the client still sends: RFC 9110, section 15.5.14.
fn has_refused(case: &Case) -> bool {
    let failed = case.requests.map_or(&[][..], |requests| &requests.failed);
    failed
        .iter()
        .any(|exchange| exchange.protocol == "http" && exchange.answered.is_some())
}

/// Whether the client sent a request after the server's FIN, which the server's RST refuses.
fn is_too_late(case: &Case, by: Side) -> bool {
    let PerSide { client, server } = &case.tcp.sides;
    let first = match (server.fin, client.fin) {
        (Some(server), Some(client)) => server < client,
        (Some(_), None) => true,
        _ => false,
    };
    let sent = client.after_peer_fin;
    let is_request = is_request(case, sent) && sent <= LARGE_REQUEST;
    by == Side::Server && first && is_request && matches!(case.application(), "http" | "tls" | "")
}

/// A RST ended an established connection, or came after its end.
pub(super) fn reset(case: &Case) -> Option<Finding> {
    let (by, packet) = case.tcp.reset?;
    let is_end = matches!(case.outcome, Outcome::Reset(_) | Outcome::Closed(_));
    if !case.is_tcp() || !is_end || !case.is_established() || is_after_pause(case).is_some() {
        return None;
    }
    let is_half_open = case.tcp.handshake.syn_ack.is_some() && case.tcp.handshake.ack.is_none();
    // What came before is not known.
    let is_stray = case.tcp.handshake.ack.is_none() && case.tcp.completeness & 8 == 0;
    if is_half_open || is_stray {
        return None;
    }
    let both_closed = case
        .tcp
        .sides
        .iter()
        .all(|side| side.fin.is_some_and(|fin| fin < packet));
    let when = match both_closed {
        _ if is_too_late(case, by) => When::TooLate,
        true => When::AllSaid,
        false => when(case, by),
    };
    let payload = |side| case.conversation.side(side).payload;
    let (name, other) = (side(by), side(by.other()));
    let lasted = case.conversation.lasted();
    let (severity, text) = match when {
        When::Unused => (
            Severity::Note,
            text!("finding-text-reset-unused", by = name, lasted),
        ),
        When::BeforeData => (
            Severity::Error,
            text!("finding-text-reset-before-data", by = name, lasted),
        ),
        When::Cut => (
            Severity::Error,
            text!(
                "finding-text-reset-cut",
                by = name,
                sent = size(payload(Side::Server))
            ),
        ),
        When::BrokenOff => (
            Severity::Warning,
            text!(
                "finding-text-reset-broken-off",
                sent = size(payload(Side::Server))
            ),
        ),
        When::TooLate => (
            Severity::Warning,
            text!("finding-text-reset-too-late").to_owned(),
        ),
        When::Unanswered => (
            Severity::Error,
            text!(
                "finding-text-reset-unanswered",
                sent = size(payload(Side::Client))
            ),
        ),
        When::UnderWay => (
            Severity::Warning,
            text!(
                "finding-text-reset-under-way",
                by = name,
                other,
                sent = size(payload(by.other()))
            ),
        ),
        When::GaveUp => (
            Severity::Warning,
            text!("finding-text-reset-gave-up", by = name, lasted),
        ),
        When::Own => (
            Severity::Warning,
            text!(
                "finding-text-reset-own",
                by = name,
                sent = size(payload(by))
            ),
        ),
        When::AllSaid => (
            Severity::Note,
            text!("finding-text-reset-all-said", by = name),
        ),
    };
    // What went wrong was said before, and by whom.
    let severity = match super::application::tls_alert(case) {
        Some(_) => Severity::Note,
        None => severity,
    };
    let finding = Finding::new(Kind::Reset, severity, text)
        .packets([packet])
        .figure("client_bytes", payload(Side::Client))
        .figure("server_bytes", payload(Side::Server));
    Some(finding)
}

/// A pause after which nothing worked any more.
struct AfterPause {
    pause_ns: i64,
    packet: u32,
    by: Side,
    /// It was answered with RST.
    is_reset: bool,
}

fn is_after_pause(case: &Case) -> Option<AfterPause> {
    let quiet = case.analyzed()?.after_quiet?;
    if quiet.ns < case.settings.time_ns(Kind::IdleTimeout) {
        return None;
    }
    // One side had closed it before.
    let closed = case
        .tcp
        .sides
        .iter()
        .any(|side| side.fin.is_some_and(|fin| fin < quiet.packet));
    if closed {
        return None;
    }
    let is_reset = case.tcp.reset.is_some_and(|(by, packet)| {
        // By the other side, or a RST out of the silence.
        by != quiet.by || packet == quiet.packet
    });
    let sent = case.analyzed()?.trouble(quiet.by);
    let again = sent.stuck.map_or(0, |stuck| stuck.times) + sent.unanswered;
    let is_silent = again >= PROBES;
    (is_reset || is_silent).then_some(AfterPause {
        pause_ns: quiet.ns,
        packet: quiet.packet,
        by: quiet.by,
        is_reset,
    })
}

/// What came after a long pause was not answered, or answered with RST; or keep-alives are no longer answered.
pub(super) fn idle_timeout(case: &Case) -> Option<Finding> {
    let is_tcp = case.is_tcp() && case.is_established();
    if !is_tcp {
        return None;
    }
    let analysis = case.analyzed()?;
    if let Some(AfterPause {
        pause_ns,
        packet,
        by,
        is_reset,
    }) = is_after_pause(case)
    {
        let pause = duration(pause_ns);
        let by_name = side(by);
        let reset = case.tcp.reset.map_or(0, |(_, packet)| packet);
        let text = match (is_reset, reset == packet) {
            (true, true) => text!("finding-text-idle-reset", pause, by = by_name),
            (true, false) => text!("finding-text-idle-answered-reset", pause, by = by_name),
            (false, _) => text!("finding-text-idle-silence", pause, by = by_name),
        };
        let finding = Finding::new(Kind::IdleTimeout, Severity::Warning, text)
            .packets([packet, reset])
            .figure("idle_ns", pause_ns);
        return Some(finding);
    }
    // Keep-alives without an answer until the end.
    let by = Side::BOTH
        .into_iter()
        .find(|side| analysis.trouble(*side).unanswered > PROBES)?;
    if analysis.is_window_closed(by.other()) {
        return None;
    }
    let count = analysis.trouble(by).unanswered;
    let text = text!(
        "finding-text-keep-alive-unanswered",
        by = side(by),
        other = side(by.other()),
        count
    );
    let packets = super::evidence(analysis, |evidence| evidence.unanswered.as_slice());
    let finding = Finding::new(Kind::IdleTimeout, Severity::Warning, text)
        .packets(packets)
        .count(count)
        .figure("unanswered", count);
    Some(finding)
}

/// Data is sent again this often, and for this long, before nothing is expected to come any more: a path that is down for
/// a while is repaired within seconds. Nanoseconds.
const SILENT_TIMES: u32 = 3;
const SILENT_NS: i64 = 3_000_000_000;

/// One side no longer answered in the middle of a transfer: what was sent to it was sent again until the end.
pub(super) fn stopped_answering(case: &Case) -> Option<Finding> {
    if !case.is_tcp() || !case.is_established() {
        return None;
    }
    let analysis = case.analyzed()?;
    let is_silent = |stuck: &Stuck| stuck.in_silence >= SILENT_TIMES;
    let (by, stuck) = Side::BOTH
        .into_iter()
        .filter_map(|side| Some((side, analysis.trouble(side).stuck.filter(is_silent)?)))
        .next()?;
    let other = by.other();
    let lasted = analysis.since_ns(stuck.silent_since_ns);
    let base = case.tcp.side(by).base_seq?.wrapping_add(1);
    let delivered = u64::from(stuck.seq.wrapping_sub(base));
    let sent = delivered.saturating_add(case.conversation.side(other).payload);
    // Before any large data, and where only large segments are lost, the other side may have been there all the time.
    let is_first = sent == 0 && case.tcp.handshake.ack.is_some() && stuck.length < STUCK_BYTES;
    if lasted < SILENT_NS
        || sent == 0 && !is_first
        || analysis.is_window_closed(other)
        || is_after_pause(case).is_some()
        || super::mtu::black_hole(case).is_some()
    {
        return None;
    }
    let host = case.conversation.endpoint(other).address;
    let (times, lasted_words) = (stuck.in_silence, duration(lasted));
    let text = match is_first {
        true => text!(
            "finding-text-never-answered",
            host,
            times,
            lasted = lasted_words
        ),
        false => text!(
            "finding-text-stopped-answering",
            host,
            sent = size(sent),
            times,
            lasted = lasted_words
        ),
    };
    let finding = Finding::new(Kind::NoAnswer, Severity::Error, text)
        .packets([stuck.silent_packet, case.conversation.last_packet])
        .count(stuck.in_silence)
        .figure("times", stuck.in_silence)
        .figure("waited_ns", lasted);
    Some(finding)
}

/// One side never closed it.
pub(super) fn not_closed(case: &Case) -> Option<Finding> {
    let silent = case.silent_ns();
    if !case.is_tcp() || !case.is_established() || case.one_direction {
        return None;
    }
    if silent < case.settings.time_ns(Kind::NotClosed) || !case.finished {
        return None;
    }
    let silence = duration(silent);
    let text = match case.outcome {
        Outcome::HalfClosed(closed) => text!(
            "finding-text-half-closed",
            by = side(closed),
            other = side(closed.other()),
            silence
        ),
        Outcome::Open | Outcome::Ongoing => text!("finding-text-not-closed", silence),
        _ => return None,
    };
    let finding = Finding::new(Kind::NotClosed, Severity::Note, text)
        .packets([case.conversation.last_packet])
        .figure("silent_ns", silent);
    Some(finding)
}
