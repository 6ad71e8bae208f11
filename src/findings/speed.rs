//! What made connections slow.

use super::{Case, Finding, Kind, Severity, application::retry, evidence};
use crate::{
    format::{duration, size},
    lang::{Count, side, text},
    track::{Outcome, Share, Side, SideTrouble, TcpSummary},
};
use dissectors::{Exchange, Purpose, WindowScale, elapsed_ns};

/// One loss that is repaired within a round trip is part of every long transfer: TCP finds its speed by it (RFC 5681).
const LOSSES: u32 = 3;

/// Loss of this share makes a connection useless for most purposes, per cent.
const HEAVY_PERCENT: f64 = 10.0;

/// To wait for retransmissions this long together is noticed by people, nanoseconds.
const STALL_NS: i64 = 1_000_000_000;

/// On shorter connections, and below this round trip, a small window does not matter, nanoseconds.
const WINDOW_NS: i64 = 300_000_000;
const WINDOW_RTT_NS: i64 = 2_000_000;

/// A record of TLS that holds no request: a window update or an acknowledgment of settings of HTTP/2, bytes.
const TLS_CONTROL: u32 = 50;

/// Many answers of this length together are slow, too, if they are most of the time, nanoseconds.
const SLOWISH_NS: i64 = 300_000_000;
const SLOWISH_TOTAL_NS: i64 = 2_000_000_000;

/// A server pauses this long in the middle of an answer when it, or what is behind it, has stopped, nanoseconds.
const STOPS_NS: i64 = 3_000_000_000;

/// Waits for acknowledgments that are noticed when they come together, nanoseconds.
const DELAYS_NS: i64 = 200_000_000;

/// The protocols in which a server answers what a client asks. What runs in a shell, or is sent when an event comes, is not
/// the server's speed. An unknown protocol is taken for one of them.
const ANSWERS: [&str; 10] = [
    "", "dns", "ftp", "http", "imap", "pop", "resp", "smtp", "tls", "http2",
];

/// Overtaking is said from this many segments on.
const REORDERED: u32 = 5;

fn percent(part: impl Into<f64>, whole: impl Into<f64>) -> f64 {
    let whole = whole.into();
    if whole > 0.0 {
        100.0 * part.into() / whole
    } else {
        0.0
    }
}

/// Rounds to two digits behind the point.
fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// Segments were lost: they were sent again.
pub(super) fn packet_loss(case: &Case) -> Option<Finding> {
    let analysis = case.analyzed()?;
    let lost = SideTrouble::lost;
    let from = Side::BOTH
        .into_iter()
        .max_by_key(|side| lost(analysis.trouble(*side)))?;
    let sent = analysis.trouble(from);
    // Segments that a middlebox swallows, or a closed window, are something else.
    let stuck = sent.stuck.map_or(0, |stuck| stuck.times);
    let again = lost(sent).saturating_sub(stuck);
    let is_stuck = super::mtu::black_hole(case).is_some()
        || super::ending::idle_timeout(case).is_some()
        || super::ending::stopped_answering(case).is_some();
    let mut count = if is_stuck { again } else { lost(sent) };
    let client_isn = case.tcp.side(Side::Client).isn;
    if from == Side::Client && case.tcp.handshake.declines_syn_data(client_isn) {
        count = count.saturating_sub(1);
    }
    if count == 0 {
        return None;
    }
    let segments = analysis.sides[from].segments.max(1);
    let rate = rounded(percent(count, segments));
    let waits = analysis.time().get(Share::Retransmission);
    let is_much = count >= LOSSES && rate >= case.settings.percent(Kind::PacketLoss);
    let severity = match rate {
        _ if is_much && rate >= HEAVY_PERCENT && count > 2 * LOSSES => Severity::Error,
        _ if is_much || waits >= STALL_NS => Severity::Warning,
        _ => Severity::Note,
    };
    // What was damaged when it was captured was damaged before.
    let is_damaged = case.conversation.history().contains(match from {
        Side::Client => 'C',
        Side::Server => 'c',
    });
    let place = match (sent.lost_before, sent.lost_after) {
        (0, 0) => None,
        _ if is_damaged => None,
        (before, after) if before > 2 * after => Some(from),
        (before, after) if after > 2 * before => Some(from.other()),
        _ => None,
    };
    let by = side(from);
    let waited = duration(waits);
    let timeouts = sent.timeouts.min(count);
    let fast = sent.fast.min(count - timeouts);
    let lost = Count(count.into());
    let all = Count(segments.into());
    let resent = sent.again_in_all();
    let again = Count(resent.into());
    let late = Count(timeouts.into());
    let mut text = text!(
        "finding-text-loss",
        by,
        lost,
        all,
        rate,
        again,
        timeouts = late,
        waited
    );
    if let Some(place) = place {
        let place = text!("finding-text-loss-at", place = side(place));
        text = text!("verdict-clauses", first = text, second = place);
    }
    let finding = Finding::new(Kind::PacketLoss, severity, text)
        .packets(evidence(analysis, |evidence| evidence.lost.as_slice()))
        .count(count)
        .figure("lost", count)
        .figure("segments", segments)
        .figure("lost_percent", rate)
        .figure("sent_again", resent)
        .figure("timeouts", timeouts)
        .figure("fast_retransmissions", fast)
        .figure("waited_ns", waits);
    Some(finding)
}

/// A receiver had no room.
pub(super) fn zero_window(case: &Case) -> Option<Finding> {
    let analysis = case.analyzed()?;
    let total = |side: &Side| {
        let (together, _) = analysis.zero_window_ns(*side);
        (together, analysis.trouble(*side).zero_windows)
    };
    let by = Side::BOTH.into_iter().max_by_key(total)?;
    let sent = analysis.trouble(by);
    let (together, longest) = analysis.zero_window_ns(by);
    let is_unknown = together == 0 && analysis.is_clock_set();
    if sent.zero_windows == 0 || is_unknown {
        return None;
    }
    let severity = match together >= case.settings.time_ns(Kind::ZeroWindow) {
        true => Severity::Warning,
        false => Severity::Note,
    };
    let still = analysis.is_window_closed(by) && case.silent_ns() == 0;
    let text = match (sent.zero_windows, still) {
        (1, false) => text!(
            "finding-text-zero-window",
            by = side(by),
            stalled = duration(together),
            lasted = case.conversation.lasted()
        ),
        (_, false) => text!(
            "finding-text-zero-windows",
            by = side(by),
            stalled = duration(together),
            lasted = case.conversation.lasted(),
            times = sent.zero_windows,
            longest = duration(longest)
        ),
        (_, true) => text!(
            "finding-text-zero-window-still",
            by = side(by),
            stalled = duration(together)
        ),
    };
    let finding = Finding::new(Kind::ZeroWindow, severity, text)
        .packets(evidence(analysis, |evidence| evidence.zero.as_slice()))
        .count(sent.zero_windows)
        .figure("closed_ns", together)
        .figure("longest_ns", longest)
        .figure("times", sent.zero_windows);
    Some(finding)
}

/// The receiver's window limited the speed: T-RAT's receiver window limitation.
pub(super) fn window_limited(case: &Case) -> Option<Finding> {
    let analysis = case.analyzed()?;
    let from = Side::BOTH
        .into_iter()
        .max_by_key(|side| analysis.sides[*side].filled)?;
    let sent = &analysis.sides[from];
    let zero = analysis.zero_window_ns(from.other()).0;
    let waited = analysis
        .time()
        .get(Share::Window)
        .saturating_sub(zero)
        .max(0);
    let rtt = case.rtt_ns();
    let busy = case.duration_ns().saturating_sub(idle(analysis));
    let share = rounded(percent(waited as f64, busy as f64));
    // A receiver that does not read, or a slow link, keeps a window full as well.
    let window = sent.max_flight;
    let possible = window as f64 / (rtt.max(1) as f64 / 1e9);
    let payload = case.conversation.side(from).payload;
    let speed = payload as f64 / (busy.max(1) as f64 / 1e9);
    let is_limited = share >= case.settings.percent(Kind::WindowLimited)
        && waited >= WINDOW_NS
        && rtt >= WINDOW_RTT_NS
        && sent.filled >= 3
        && speed >= possible / 2.0;
    if !is_limited {
        return None;
    }
    let unscaled = matches!(case.tcp.window_scale(from.other()), WindowScale::Off);
    let receiver = side(from.other());
    let round = duration(rtt);
    let speed = size(possible as u64);
    let size = size(window.into());
    let text = match unscaled {
        true => text!(
            "finding-text-window-unscaled",
            receiver,
            size,
            round,
            speed,
            share
        ),
        false => text!(
            "finding-text-window-limited",
            receiver,
            size,
            round,
            speed,
            share
        ),
    };
    let finding = Finding::new(Kind::WindowLimited, Severity::Warning, text)
        .packets(evidence(analysis, |evidence| evidence.filled.as_slice()))
        .count(sent.filled)
        .figure("window_bytes", window)
        .figure("rtt_ns", rtt)
        .figure("bytes_per_second", possible.round())
        .figure("waited_ns", waited)
        .figure("waited_percent", share);
    Some(finding)
}

/// Returns the time in which no data was sent because none was due: idle, or the client thinking.
fn idle(analysis: &TcpSummary) -> i64 {
    let time = analysis.time();
    time.get(Share::Idle)
        .saturating_add(time.get(Share::Client))
}

/// The server took long to answer.
pub(super) fn slow_server(case: &Case) -> Option<Finding> {
    if !ANSWERS.contains(&case.application()) {
        return None;
    }
    // Which side answers is not known.
    if case.conversation.client_is_guess && case.application().is_empty() {
        return None;
    }
    let threshold = case.settings.time_ns(Kind::SlowServer);
    if !case.is_tcp() || case.application() == "resp" {
        return slow_answers(case, threshold);
    }
    if let Some(given_up) = unanswered(case, threshold).or_else(|| stopped(case, threshold)) {
        return Some(given_up);
    }
    let analysis = case.analyzed()?;
    let sent = &analysis.sides[Side::Server];
    let is_tls = matches!(case.application(), "tls" | "http2");
    let known = analysis.evidence.as_deref();
    let answers = known.map_or(&[][..], |known| known.answers.as_slice());
    let slow: Vec<_> = answers
        .iter()
        .filter(|answer| answer.by == Side::Server && answer.ns >= threshold)
        // Servers answer a wrong password late on purpose.
        .filter(|answer| !refuses_login(case, answer.packet))
        // The longer it waits behind a mere control record, the less is it an answer to it.
        .filter(|answer| !is_tls || answer.length > TLS_CONTROL || answer.request == 0)
        .filter(|answer| is_tls || !answer.is_continued)
        .collect();
    let path = case.path_ns(Side::Server);
    let late = answers
        .iter()
        .filter(|answer| refuses_login(case, answer.packet));
    let together = sent.answers_ns - late.map(|answer| answer.ns).sum::<i64>();
    let average = together / i64::from(sent.answers.max(1));
    let slowish = average >= SLOWISH_NS.min(threshold)
        && together >= SLOWISH_TOTAL_NS
        && sent.answers >= 3
        && together > case.duration_ns() / 2
        && !is_tls;
    let longest = slow.iter().map(|answer| answer.ns).max();
    let path_text = duration(path);
    let (text, packets, count, longest) = match (longest, slow.as_slice()) {
        (Some(longest), [only]) if only.request > 0 => (
            text!(
                "finding-text-slow-server",
                took = duration(longest),
                path = path_text
            ),
            vec![only.request, only.packet],
            1,
            longest,
        ),
        (Some(longest), [only]) => (
            text!(
                "finding-text-slow-greeting",
                took = duration(longest),
                path = path_text
            ),
            vec![only.packet],
            1,
            longest,
        ),
        (Some(longest), slow) => (
            text!(
                "finding-text-slow-server-often",
                times = slow.len(),
                longest = duration(longest),
                path = path_text
            ),
            slow.iter()
                .flat_map(|answer| [answer.request, answer.packet])
                .collect(),
            slow.len() as u32,
            longest,
        ),
        (None, _) if slowish => (
            text!(
                "finding-text-slow-server-always",
                answers = Count(sent.answers.into()),
                average = duration(average),
                path = path_text
            ),
            answers
                .iter()
                .flat_map(|answer| [answer.request, answer.packet])
                .collect(),
            sent.answers,
            sent.slowest_ns,
        ),
        _ => return None,
    };
    let finding = Finding::new(Kind::SlowServer, Severity::Warning, text)
        .packets(packets)
        .count(count)
        .figure("longest_ns", longest)
        .figure("average_ns", average)
        .figure("path_ns", path);
    Some(finding)
}

/// Whether the answer that begins in this packet refuses a log-in.
fn refuses_login(case: &Case, packet: u32) -> bool {
    case.requests.is_some_and(|requests| {
        let is_login = |exchange: &&Exchange| exchange.purpose == Purpose::Login;
        // They also let the right one wait that comes next.
        let has_failed = requests.failed.iter().any(|exchange| is_login(&exchange));
        let mut logins = requests
            .failed
            .iter()
            .chain(&requests.late)
            .filter(is_login);
        has_failed
            && logins.any(|exchange| {
                let first = exchange.answered.map(|answered| answered.first.packet);
                first == Some(packet.into())
            })
    })
}

/// The commands of Redis that wait for an event.
const BLOCKING: [&str; 14] = [
    "BLPOP",
    "BRPOP",
    "BLMOVE",
    "BRPOPLPUSH",
    "BLMPOP",
    "BZPOPMIN",
    "BZPOPMAX",
    "BZMPOP",
    "XREAD",
    "XREADGROUP",
    "WAIT",
    "SUBSCRIBE",
    "PSUBSCRIBE",
    "MONITOR",
];

/// Whether the client ended the connection.
fn is_ended_by_client(case: &Case) -> bool {
    match case.outcome {
        Outcome::Closed(by) | Outcome::HalfClosed(by) | Outcome::Reset(by) => by == Side::Client,
        _ => false,
    }
}

/// An answer that announced its length and stopped before it, for which the client did not wait any longer.
fn stopped(case: &Case, threshold: i64) -> Option<Finding> {
    let analysis = case.analyzed()?;
    let cut = case.requests?.cut.iter();
    let request = cut.rev().find(|request| request.falls_short)?;
    let waited = analysis.waited_before_end_ns();
    let is_over = is_ended_by_client(case) && analysis.last_data() == Some(Side::Server);
    if !is_over || waited < threshold.max(STOPS_NS) || analysis.is_window_closed(Side::Client) {
        return None;
    }
    // Its segments did not come through.
    if super::mtu::black_hole(case).is_some() || super::ending::stopped_answering(case).is_some() {
        return None;
    }
    let sent = case.conversation.side(Side::Server).payload;
    let text = text!(
        "finding-text-stopped",
        request = request.request,
        size = size(sent),
        waited = duration(waited)
    );
    let finding = Finding::new(Kind::SlowServer, Severity::Warning, text)
        .packets([case.conversation.last_packet])
        .figure("longest_ns", waited)
        .figure("server_bytes", sent);
    Some(finding)
}

/// A request that the client did not wait for any longer.
fn unanswered(case: &Case, threshold: i64) -> Option<Finding> {
    let request = case.requests?.unanswered.first();
    // The server said something else since, which may have been an answer.
    let is_last = case.analyzed()?.last_data() == Some(Side::Client);
    let request = request.filter(|_| is_ended_by_client(case) && is_last)?;
    let asked = request.asked?.last;
    let waited = elapsed_ns(asked.time_ns, case.conversation.end_ns)?;
    // That it no longer answered anything is another finding.
    let is_gone = super::ending::stopped_answering(case).is_some();
    if waited < threshold || request.protocol == "tls" || is_gone {
        return None;
    }
    let text = text!(
        "finding-text-unanswered",
        request = request.request,
        waited = duration(waited)
    );
    let finding = Finding::new(Kind::SlowServer, Severity::Warning, text)
        .packets([asked.packet as u32, case.conversation.last_packet])
        .figure("longest_ns", waited);
    Some(finding)
}

/// Late answers to requests, one by one.
fn slow_answers(case: &Case, threshold: i64) -> Option<Finding> {
    let late = case.requests?.late.iter();
    let is_asked_for = |request: &&Exchange| {
        let command = request.request.split(' ').next().unwrap_or_default();
        BLOCKING
            .iter()
            .any(|known| command.eq_ignore_ascii_case(known))
    };
    let late = late.filter(|request| !is_asked_for(request));
    let slow: Vec<_> = late
        .filter_map(|request| Some((request, request.first_byte_ns()?)))
        .filter(|(_, ns)| *ns >= threshold)
        .collect();
    let Some((slowest, longest)) = slow.iter().max_by_key(|(_, ns)| *ns) else {
        return answered_on_retry(case, threshold);
    };
    let (request, took) = (&slowest.request, duration(*longest));
    let text = match slowest.repeats {
        0 => text!("finding-text-slow-request", request, took),
        repeats => retried(request, repeats, took),
    };
    let packets = slow.iter().flat_map(|(request, _)| {
        let asked = request.asked.map_or(0, |asked| asked.first.packet);
        let answered = request.answered.map_or(0, |answered| answered.first.packet);
        [asked as u32, answered as u32]
    });
    let finding = Finding::new(Kind::SlowServer, Severity::Warning, text)
        .packets(packets)
        .count(
            case.requests
                .map_or(0, |requests| u64::from(requests.delays))
                .max(slow.len() as u64),
        )
        .figure("longest_ns", *longest);
    Some(finding)
}

fn retried(request: &str, repeats: u32, took: String) -> String {
    let repeats = Count(repeats.into());
    text!("finding-text-retried", request, repeats, took)
}

/// A query that was not answered, but repeated from another port and answered there.
fn answered_on_retry(case: &Case, threshold: i64) -> Option<Finding> {
    let unanswered = case.requests?.unanswered.iter();
    let found = unanswered.filter_map(|query| Some((query, retry(case, query)?)));
    let (query, retry) = found.max_by_key(|(_, retry)| retry.took_ns)?;
    if retry.took_ns < threshold {
        return None;
    }
    let asked = query.asked.map_or(0, |asked| asked.first.packet);
    let text = retried(&query.request, retry.repeats, duration(retry.took_ns));
    let finding = Finding::new(Kind::SlowServer, Severity::Warning, text)
        .packets([asked as u32].into_iter().chain(retry.packets))
        .figure("longest_ns", retry.took_ns)
        .figure("retries", retry.repeats);
    Some(finding)
}

/// The client paused. That is no fault: a person may be thinking.
pub(super) fn slow_client(case: &Case) -> Option<Finding> {
    let analysis = case.analyzed()?;
    let sent = &analysis.sides[Side::Client];
    let longest = sent.slowest_ns.max(sent.longest_pause_ns);
    if longest < case.settings.time_ns(Kind::SlowClient) {
        return None;
    }
    let known = analysis.evidence.as_deref();
    let answers = known.map_or(&[][..], |known| known.answers.as_slice());
    let slow = answers.iter().filter(|answer| answer.by == Side::Client);
    let packets = slow.max_by_key(|answer| answer.ns);
    let text = text!("finding-text-slow-client", paused = duration(longest));
    let finding = Finding::new(Kind::SlowClient, Severity::Note, text)
        .packets(
            packets
                .into_iter()
                .flat_map(|answer| [answer.request, answer.packet]),
        )
        .figure("longest_ns", longest);
    Some(finding)
}

/// Small writes waited for delayed acknowledgments: RFC 896 and RFC 1122, section 4.2.3.2.
pub(super) fn delayed_ack(case: &Case) -> Option<Finding> {
    let analysis = case.analyzed()?;
    let from = Side::BOTH
        .into_iter()
        .max_by_key(|side| analysis.trouble(*side).delayed)?;
    let sent = analysis.trouble(from);
    if u64::from(sent.delayed) < case.settings.count(Kind::DelayedAck) {
        return None;
    }
    // A short wait at the beginning is not noticed.
    let severity = match sent.delayed_ns >= DELAYS_NS {
        true => Severity::Warning,
        false => Severity::Note,
    };
    let text = text!(
        "finding-text-delayed-ack",
        by = side(from),
        times = sent.delayed,
        average = duration(sent.delayed_ns / i64::from(sent.delayed.max(1))),
        together = duration(sent.delayed_ns)
    );
    let finding = Finding::new(Kind::DelayedAck, severity, text)
        .packets(evidence(analysis, |evidence| evidence.delayed.as_slice()))
        .count(sent.delayed)
        .figure("times", sent.delayed)
        .figure("waited_ns", sent.delayed_ns);
    Some(finding)
}

/// Segments overtook each other.
pub(super) fn reordering(case: &Case) -> Option<Finding> {
    let analysis = case.analyzed()?;
    let from = Side::BOTH
        .into_iter()
        .max_by_key(|side| analysis.trouble(*side).reordered)?;
    let sent = analysis.trouble(from);
    let segments = analysis.sides[from].segments.max(1);
    let rate = rounded(percent(sent.reordered, segments));
    if sent.reordered == 0 {
        return None;
    }
    let severity = match sent.reordered >= REORDERED {
        true if rate >= case.settings.percent(Kind::Reordering) => Severity::Warning,
        _ => Severity::Note,
    };
    let text = text!(
        "finding-text-reordering",
        by = side(from),
        count = Count(sent.reordered.into()),
        all = Count(segments.into()),
        rate
    );
    let finding = Finding::new(Kind::Reordering, severity, text)
        .packets(evidence(analysis, |evidence| evidence.reordered.as_slice()))
        .count(sent.reordered)
        .figure("reordered", sent.reordered)
        .figure("segments", segments)
        .figure("reordered_percent", rate);
    Some(finding)
}
