//! Segments that are too big for a link on their way: RFC 1191 and RFC 8201, and what happens where their reports do not
//! arrive (RFC 2923, section 2.1).

use super::{Case, Finding, Kind, Severity, evidence};
use crate::{
    format::{duration, size},
    lang::{Count, side, text},
    track::{Share, Side, Stuck, TcpSummary, TooBig},
};

/// A segment is sent again this often before its size is blamed: RFC 2923, section 2.1, and RFC 8899, section 5.1.4.
const STUCK_TIMES: u32 = 3;

/// After a report that it is too big, it should not be sent again at all.
const REPORTED_TIMES: u32 = 2;

/// Smaller segments pass nearly everywhere: the least MTU of IPv6 is 1280 (RFC 8200, section 5).
pub(super) const STUCK_BYTES: u32 = 1200;

/// What is missing for this long was sent again several times, nanoseconds.
const MISSING_NS: i64 = 3_000_000_000;

/// Segments that do not get through, as far as they were captured.
struct Blocked {
    from: Side,
    stuck: Stuck,
    /// They were then sent in smaller ones, which got through.
    is_shortened: bool,
}

/// Returns the report about the segments of a side.
fn report(case: &Case, from: Side) -> Option<TooBig> {
    let icmp = case.conversation.icmp.as_ref()?;
    icmp.too_big.filter(|report| report.from == from)
}

fn blocked(case: &Case, analysis: &TcpSummary, from: Side) -> Option<Blocked> {
    let trouble = analysis.trouble(from);
    let delivered = analysis.sides[from].delivered;
    let enough = match report(case, from) {
        Some(report) => {
            let is_after = |stuck: &Stuck| stuck.packet > report.packet;
            // The report may come behind the first segment that was sent again.
            trouble
                .stuck
                .filter(is_after)
                .map_or(STUCK_TIMES, |_| REPORTED_TIMES)
        }
        None => STUCK_TIMES,
    };
    let is_one = |stuck: &Stuck, times: u32| stuck.times >= times && stuck.length >= STUCK_BYTES;
    let stuck = trouble.stuck.filter(|stuck| stuck.length > delivered);
    if let Some(stuck) = stuck.filter(|stuck| is_one(stuck, enough)) {
        return Some(Blocked {
            from,
            stuck,
            is_shortened: false,
        });
    }
    // Several segments that the network card cuts are shortened when one of them is sent again.
    let mss = case.tcp.side(from.other()).offered.mss;
    let is_single = |stuck: &Stuck| mss.is_none_or(|mss| stuck.length <= mss.into());
    let shortened = trouble.shortened.filter(is_single);
    let shortened = shortened.filter(|stuck| is_one(stuck, STUCK_TIMES))?;
    Some(Blocked {
        from,
        stuck: shortened,
        is_shortened: true,
    })
}

/// Large segments do not get through, while small ones do.
pub(super) fn black_hole(case: &Case) -> Option<Finding> {
    let analysis = case.analyzed()?;
    if case.tcp.handshake.ack.is_none() && case.tcp.completeness & 7 != 7 {
        return None;
    }
    let found = |from| blocked(case, analysis, from);
    let Some(blocked) = Side::BOTH.into_iter().find_map(found) else {
        return Side::BOTH
            .into_iter()
            .find_map(|from| never_arrive(case, analysis, from));
    };
    let Blocked {
        from,
        stuck,
        is_shortened,
    } = blocked;
    // The other side must have been there all the time: it acknowledged something smaller, or the handshake.
    if analysis.zero_window_ns(from.other()).0 > 0 {
        return None;
    }
    let passes = analysis.sides[from].delivered;
    let (by, length, times) = (side(from), stuck.length, stuck.times);
    let reported = report(case, from);
    let waited = analysis.time().get(Share::Retransmission);
    let text = match (reported, is_shortened) {
        (_, true) => text!(
            "finding-text-mtu-shortened",
            by,
            length,
            times,
            waited = duration(waited)
        ),
        (Some(report), false) => text!(
            "finding-text-mtu-ignored",
            by,
            length,
            times,
            reporter = report.reporter,
            packet = report.packet,
            mtu = report.mtu
        ),
        (None, false) if passes == 0 => text!("finding-text-mtu-first", by, length, times),
        (None, false) => text!("finding-text-mtu", by, length, times, passes),
    };
    let severity = match is_shortened {
        true => Severity::Warning,
        false => Severity::Error,
    };
    let finding = Finding::new(Kind::MtuBlackHole, severity, text)
        .packets([stuck.packet, reported.map_or(0, |report| report.packet)])
        .count(stuck.times)
        .figure("segment_bytes", stuck.length)
        .figure("delivered_bytes", passes)
        .figure("times", stuck.times)
        .figure("mtu_bytes", reported.map_or(0, |report| report.mtu));
    Some(finding)
}

/// Near the receiver only the small segments of the other side arrive, and what is missing before them never comes.
fn never_arrive(case: &Case, analysis: &TcpSummary, from: Side) -> Option<Finding> {
    let missing = analysis.trouble(from).missing?;
    let longest = analysis.sides[from].longest;
    let waited = analysis.since_ns(missing.since_ns).max(case.silent_ns());
    let is_one = missing.is_asked_for
        && missing.length >= STUCK_BYTES
        && longest < STUCK_BYTES
        && waited >= MISSING_NS;
    if !is_one {
        return None;
    }
    let text = text!(
        "finding-text-mtu-missing",
        by = side(from),
        missing = size(missing.length.into()),
        packet = missing.packet,
        waited = duration(waited),
        longest
    );
    let finding = Finding::new(Kind::MtuBlackHole, Severity::Warning, text)
        .packets([missing.packet])
        .figure("missing_bytes", missing.length)
        .figure("delivered_bytes", longest)
        .figure("waited_ns", waited);
    Some(finding)
}

/// A router reported that packets are too big, and smaller ones were sent.
pub(super) fn path_mtu(case: &Case) -> Option<Finding> {
    let report = case.conversation.icmp.as_ref()?.too_big?;
    if case.is_tcp() && black_hole(case).is_some() {
        return None;
    }
    let analysis = case.analyzed();
    let resized = analysis.map_or(0, |it| it.trouble(report.from).resized);
    let (by, to) = (side(report.from), side(report.from.other()));
    let reporter = report.reporter;
    let mut text = match report.mtu {
        0 => text!("finding-text-path-mtu-unknown", to, reporter),
        mtu => text!("finding-text-path-mtu", to, reporter, mtu),
    };
    if resized > 0 {
        let again = Count(resized.into());
        let second = text!("finding-text-path-mtu-again", by, again);
        text = text!("verdict-clauses", first = text, second);
    }
    let mut packets = vec![report.packet];
    if let Some(analysis) = analysis {
        packets.extend(evidence(analysis, |evidence| evidence.resized.as_slice()));
    }
    let finding = Finding::new(Kind::PathMtu, Severity::Note, text)
        .packets(packets)
        .count(report.count)
        .figure("mtu_bytes", report.mtu)
        .figure("sent_again", resized);
    Some(finding)
}
