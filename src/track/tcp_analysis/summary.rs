//! What the analysis of the segments of one connection adds up to: counts, round trips, waits, and where the time went.
//!
//! It is computed while a capture is loaded, segment by segment, and has a fixed size besides the packets that show
//! trouble, at most `MAX_PACKETS` of each kind.

use super::{
    TcpAnalyzer,
    edge::Edge,
    time_shares::{Share, TimeShares, Turn},
    trouble::{Answer, BeforeReset, Evidence, InFlight, Late, NO_TROUBLE, SideTrouble},
};
use crate::track::{Frame, Side, Tcp, seq::before};
use dissectors::{
    AnalysisFlags, MAX_WAIT_NS, PerSide, Segment, TcpAnalysis, TcpFlags, elapsed_ns, sack_blocks,
};

/// Answers that take less time are not kept one by one, nanoseconds.
const SLOW_NS: i64 = 100_000_000;

/// An acknowledgment that its receiver waits for with more data comes this much later than the path takes if it was
/// delayed. Systems delay by 40 to 200 ms, and by 500 ms at most: RFC 1122, section 4.2.3.2. Nanoseconds.
const DELAYED_NS: std::ops::RangeInclusive<i64> = 30_000_000..=550_000_000;

/// The least retransmission timeout of Linux, 200 ms (RFC 6298, section 2.4, would have a second), as far as clocks are
/// exact. Nanoseconds.
const TIMEOUT_NS: i64 = 190_000_000;

/// A millisecond, nanoseconds.
const MS: i64 = 1_000_000;

/// The session tickets that a server of TLS 1.3 sends on its own (RFC 8446, section 4.6.1) take at most this much, bytes.
const TICKETS: u32 = 600;

/// The sender goes on this soon after the acknowledgment that it waited for, besides a round trip, nanoseconds.
const GOES_ON_NS: i64 = 3_000_000;

/// The largest window: RFC 7323, section 2.3. Bytes.
const MAX_WINDOW: u32 = 1 << 30;

/// Where the sender is nearer to the capture than this, what is in flight there shows how it uses the window, nanoseconds.
const FAR_NS: i64 = 1_000_000;

/// A pause of at least this length may be the reason why what follows is not answered, nanoseconds.
const QUIET_NS: i64 = 10_000_000_000;

/// The analysis of a connection while its segments come, and what it adds up to.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    analyzer: TcpAnalyzer,
    summary: TcpSummary,
}

/// What the analysis of a connection adds up to.
#[derive(Clone, Debug, Default)]
pub struct TcpSummary {
    /// What each side sent, and what became of it.
    pub sides: PerSide<SentSummary>,
    turn: Turn,
    shares: TimeShares,
    /// When the last packet came, nanoseconds since the epoch; none before the first. All times here are without those by
    /// which the clock was set.
    last_ns: Option<i64>,
    /// By how much the clock was set, nanoseconds.
    set_ns: i64,
    state: State,
    /// All data of the side that sent last is acknowledged.
    acknowledged: bool,
    /// The side that sent the last data.
    last_data: Option<Side>,
    /// How long a side had waited for more data of the other one when it ended the connection, milliseconds.
    waited_before_end_ms: u32,
    /// How much data of each side came after the RST that ended it, bytes.
    after_reset: PerSide<u32>,
    /// An acknowledgment that was perhaps waited for.
    waited_for: Option<WaitedFor>,
    /// A pause after which one side sent something that the other has not answered by now.
    pub after_quiet: Option<Quiet>,
    /// Marks, trouble, and the packets that show it.
    pub evidence: Option<Box<Evidence>>,
}

/// Which part of its life a connection is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// No segment came yet.
    #[default]
    New,
    /// It is being opened.
    Opening,
    /// Data may come.
    Open,
    /// A RST has ended it, or both sides have sent FIN.
    Over,
}

/// What one side sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct SentSummary {
    /// Segments with data, those sent again included.
    pub segments: u32,
    /// The longest data of a segment, bytes.
    pub longest: u32,
    /// The shortest round trip from the capture to the other side: from data to its acknowledgment, nanoseconds.
    pub min_rtt_ns: Option<i64>,
    /// The most bytes that were unacknowledged at once.
    pub max_flight: u32,
    /// Segments after which the other side's window had no room for another one.
    pub filled: u32,
    /// Its answers to the other side.
    pub answers: u32,
    /// How long they took together, nanoseconds.
    pub answers_ns: i64,
    /// How long at most, nanoseconds.
    pub slowest_ns: i64,
    /// The longest pause before it sent something of its own accord, nanoseconds.
    pub longest_pause_ns: i64,
    /// The longest data that was acknowledged, bytes.
    pub delivered: u32,
    /// The longest data that is not yet, bytes, and where it ends.
    sent: u32,
    sent_to: u32,
    /// One past the newest data that fitted into the other side's window, and TSval of its segment: RFC 7323, section 3.
    newest: Option<u32>,
    tsval: Option<u32>,
    /// The other side's window as this side knows it, in a capture far from it.
    edge: Edge,
    /// Its last segment filled the window.
    is_full: bool,
    /// Something that it sent was not acknowledged when the connection ended.
    is_unacknowledged: bool,
}

/// A pause, and what ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    /// Its length, nanoseconds.
    pub ns: i64,
    /// The packet that ended it.
    pub packet: u32,
    /// The side that sent it.
    pub by: Side,
}

#[derive(Clone, Copy, Debug)]
struct WaitedFor {
    /// The side that sent the acknowledgment, when, and how long after the data.
    by: Side,
    time_ns: i64,
    after_ns: i64,
}

impl Analysis {
    /// Returns what it adds up to.
    pub fn summary(&self) -> &TcpSummary {
        &self.summary
    }

    /// Reads a field of each cache line.
    #[inline]
    pub fn touch(&self) -> u32 {
        let TcpSummary { turn, sides, .. } = &self.summary;
        let PerSide { client, server } = sides;
        let sides = client.segments ^ client.longest ^ server.segments ^ server.longest;
        self.analyzer.touch() ^ sides ^ turn.length ^ self.summary.shares.touch()
    }

    /// Returns how many bytes it has allocated.
    pub fn allocated(&self) -> usize {
        let evidence = self.summary.evidence.as_ref();
        self.analyzer.weight() - size_of::<TcpAnalyzer>()
            + evidence.map_or(0, |evidence| evidence.allocated())
    }

    /// Analyzes the next segment, and returns its marks. `tcp` is the state of the connection after it.
    #[inline]
    pub fn add(
        &mut self,
        frame: Frame,
        direction: Side,
        (segment, payload): (&Segment, u32),
        sack_blocks: impl Iterator<Item = (u32, u32)>,
        tcp: &Tcp,
        reuses: bool,
    ) -> AnalysisFlags {
        let mut found = TcpAnalysis::default();
        let both = (segment, payload);
        let analyzer = &mut self.analyzer;
        if !analyzer.analyze_in_order(frame, direction, both, tcp, &mut found) {
            found = analyzer.analyze(frame, direction, both, sack_blocks, tcp, reuses);
        }
        self.summary
            .add(frame, direction, both, &found, &self.analyzer, tcp);
        if self.summary.state == State::Over {
            self.analyzer.free();
        }
        found.flags
    }

    /// Counts what the other side reports to have received twice: RFC 2883, section 4. The first SACK block is then before
    /// the acknowledgment number, or within the second block.
    #[inline]
    pub fn came_twice(&mut self, direction: Side, segment: &Segment, options: &[u8]) {
        if options.is_empty() {
            return;
        }
        let mut blocks = sack_blocks(options);
        let (Some((left, right)), second) = (blocks.next(), blocks.next()) else {
            return;
        };
        let within = second.is_some_and(|(from, to)| !before(left, from) && !before(to, right));
        if (!before(segment.ack, right) || within)
            && let Some(evidence) = &mut self.summary.evidence
        {
            evidence.sides[direction.other()].came_twice += 1;
        }
    }

    /// Returns all marks that were set.
    pub fn marks(&self) -> AnalysisFlags {
        let counts = self.summary.counts();
        AnalysisFlags(counts.fold(0, |all, (mark, _)| all | mark.0))
    }

    /// Follows a report that segments of a side are too big for a link, which lets this much of TCP through.
    #[cold]
    pub fn too_big(&mut self, from: Side, room: Option<u32>) {
        let end = self.analyzer.next(from);
        self.summary.evidence().sides[from].too_big = Some(InFlight { end, room });
    }

    /// Counts the marks of the second copy of a segment, and returns them.
    pub fn add_copy(
        &mut self,
        frame: Frame,
        direction: Side,
        segment: (&Segment, u32),
        tcp: &Tcp,
    ) -> AnalysisFlags {
        let found = self.analyzer.analyze_copy(frame, direction, segment, tcp);
        self.summary.count(found.flags);
        found.flags
    }
}

/// A segment that was just analyzed.
struct Analyzed<'s> {
    frame: Frame,
    direction: Side,
    segment: &'s Segment,
    payload: u32,
    /// Its analysis.
    found: &'s TcpAnalysis,
    /// The time since the packet before, nanoseconds.
    passed_ns: i64,
    /// It brings data that its sender had not sent before.
    is_new: bool,
    /// It has data that fits into the other side's window.
    fits: bool,
    /// The window of the other side, if it has data and the scale is known, bytes.
    room: Option<u32>,
}

/// A segment is of no consequence to the turns of a conversation if it brings no new data.
const NOT_NEW: u16 = AnalysisFlags::RETRANSMITTED
    | AnalysisFlags::OUT_OF_ORDER
    | AnalysisFlags::KEEP_ALIVE
    | AnalysisFlags::ZERO_WINDOW_PROBE;

/// Marks of a probe, which is either answered or not.
const PROBES: u16 = AnalysisFlags::KEEP_ALIVE | AnalysisFlags::ZERO_WINDOW_PROBE;

impl TcpSummary {
    /// Returns each mark that was set, and how often.
    pub fn counts(&self) -> impl Iterator<Item = (AnalysisFlags, u32)> {
        let known = self.evidence.as_deref();
        let counts = known
            .map_or(&[][..], |known| &known.counts)
            .iter()
            .enumerate();
        counts.filter_map(|(at, count)| (*count > 0).then_some((AnalysisFlags(1 << at), *count)))
    }

    /// Returns where the time went until the last packet.
    pub fn time(&self) -> TimeShares {
        let mut shares = self.shares;
        self.turn.ends_with(None, &mut shares);
        shares
    }

    /// Returns how long this side's window was 0 until the last packet, together and at most, nanoseconds.
    pub fn zero_window_ns(&self, side: Side) -> (i64, i64) {
        let sent = self.trouble(side);
        let open = match (sent.zero_since, self.last_ns) {
            (Some(since), Some(last)) => last.saturating_sub(since).max(0),
            _ => 0,
        };
        (sent.zero_ns + open, sent.longest_zero_ns.max(open))
    }

    /// Returns the round trip from the capture to a side: the shortest one from data to its acknowledgment, or that of
    /// the handshake if it is shorter, nanoseconds.
    pub fn path_ns(&self, side: Side, tcp: &Tcp) -> Option<i64> {
        let handshake = match side {
            Side::Client => tcp.handshake.syn_ack_to_ack_ns(),
            Side::Server => tcp.handshake.syn_to_syn_ack_ns(),
        };
        let handshake = handshake.filter(|ns| (0..=MAX_WAIT_NS).contains(ns));
        let data = self.sides[side.other()].min_rtt_ns;
        match (handshake, data) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }

    /// Returns the trouble of a side.
    pub fn trouble(&self, side: Side) -> &SideTrouble {
        let known = self.evidence.as_deref();
        known.map_or(&NO_TROUBLE, |known| &known.sides[side])
    }

    /// Returns how long a side had waited for more data of the other one when it ended the connection, nanoseconds.
    pub fn waited_before_end_ns(&self) -> i64 {
        i64::from(self.waited_before_end_ms) * MS
    }

    /// Returns the side that sent the last data.
    pub fn last_data(&self) -> Option<Side> {
        self.last_data
    }

    /// Returns how much data of a side came after the RST that ended it, bytes.
    pub fn after_reset(&self, side: Side) -> u32 {
        self.after_reset[side]
    }

    /// Whether something that a side sent was not acknowledged when the connection ended.
    pub fn has_unacknowledged(&self, side: Side) -> bool {
        self.sides[side].is_unacknowledged
    }

    /// Whether the window of a side is 0.
    pub fn is_window_closed(&self, side: Side) -> bool {
        self.trouble(side).zero_since.is_some()
    }

    /// Whether the capture was made next to a side: the other one is at least four times as far away.
    fn is_near(&self, side: Side) -> bool {
        let far = self.path(side.other());
        let known = self.sides[side.other()].min_rtt_ns.is_some();
        known && self.path(side).saturating_mul(4) < far
    }

    /// As [`TcpSummary::path_ns`], once it is open; 0 if it is not known.
    #[inline]
    fn path(&self, side: Side) -> i64 {
        self.sides[side.other()].min_rtt_ns.unwrap_or(0)
    }

    fn evidence(&mut self) -> &mut Evidence {
        self.evidence.get_or_insert_default()
    }

    fn count(&mut self, flags: AnalysisFlags) {
        if flags.0 == 0 {
            return;
        }
        let counts = &mut self.evidence().counts;
        let mut rest = flags.0;
        while rest != 0 {
            if let Some(count) = counts.get_mut(rest.trailing_zeros() as usize) {
                *count = count.saturating_add(1);
            }
            rest &= rest - 1;
        }
    }

    #[inline]
    fn add(
        &mut self,
        frame: Frame,
        direction: Side,
        (segment, payload): (&Segment, u32),
        found: &TcpAnalysis,
        analyzer: &TcpAnalyzer,
        tcp: &Tcp,
    ) {
        let (frame, passed_ns) = self.pass(frame);
        let mut sent = Analyzed {
            frame,
            direction,
            segment,
            payload,
            found,
            passed_ns,
            is_new: false,
            fits: false,
            room: None,
        };
        if payload > 0 {
            sent.is_new = self.is_new(&sent);
            sent.room = analyzer.window(direction.other(), tcp);
            sent.fits = self.fits(&sent, analyzer);
        }
        if found.flags.0 != 0 {
            self.count(found.flags);
        }
        self.spend(&sent);
        if found.flags.0 != 0 {
            self.note_trouble(&sent, analyzer);
        }
        self.advance(&sent, analyzer, tcp);
    }

    /// Returns the packet with the time that passed in this connection, and the time since the packet before it.
    #[inline]
    fn pass(&mut self, frame: Frame) -> (Frame, i64) {
        let mut time_ns = frame.time_ns.saturating_sub(self.set_ns);
        let last = self.last_ns.unwrap_or(time_ns);
        let passed_ns = match elapsed_ns(last, time_ns) {
            Some(passed_ns) => passed_ns,
            None => {
                self.set_ns = frame.time_ns.saturating_sub(last);
                time_ns = last;
                0
            }
        };
        self.last_ns = Some(last.max(time_ns));
        (Frame { time_ns, ..frame }, passed_ns)
    }

    /// Whether the clock was set while it lasted.
    pub fn is_clock_set(&self) -> bool {
        self.set_ns != 0
    }

    /// Returns the time from its first to its last packet, without what is not known because the clock was set.
    pub fn lasted_ns(&self) -> i64 {
        self.time().total_ns()
    }

    /// Returns the time from `since_ns`, which is without what the clock was set by, to its last packet, nanoseconds.
    pub fn since_ns(&self, since_ns: i64) -> i64 {
        self.last_ns
            .map_or(0, |last| last.saturating_sub(since_ns).max(0))
    }

    /// Counts the time since the packet before.
    #[inline]
    fn spend(&mut self, sent: &Analyzed) {
        let (passed, found) = (sent.passed_ns, sent.found);
        const LOST: u16 = AnalysisFlags::RETRANSMISSION | AnalysisFlags::FAST_RETRANSMISSION;
        let share = match self.state {
            State::Over if !self.acknowledged => Share::Transfer,
            State::New | State::Over => Share::Idle,
            State::Opening => Share::Handshake,
            State::Open => match self.evidence.as_deref().and_then(|known| {
                let turn = self.turn.sender;
                known.waits_for(turn, !sent.is_new && found.flags.any(LOST))
            }) {
                Some(Share::Retransmission) => {
                    // It was waited for from when it was sent first.
                    if let Some(first) = found.rto {
                        let more = first.ago_ns.saturating_sub(passed);
                        let taken = self.turn.take(more);
                        self.shares.add(Share::Retransmission, taken);
                    }
                    Share::Retransmission
                }
                Some(share) => share,
                None if self.sides.iter().any(|side| side.is_full) => Share::Window,
                None => {
                    match self.acknowledged {
                        true => self.turn.acknowledged_ns += passed,
                        false => self.turn.unacknowledged_ns += passed,
                    }
                    return;
                }
            },
        };
        self.shares.add(share, passed);
    }

    /// Counts what the marks of a segment show.
    #[cold]
    fn note_trouble(&mut self, sent: &Analyzed, analyzer: &TcpAnalyzer) {
        let Analyzed {
            frame,
            direction,
            segment,
            payload,
            found,
            passed_ns,
            is_new,
            fits,
            ..
        } = *sent;
        let packet = frame.number;
        let flags = found.flags;
        let rtt = self
            .path(Side::Client)
            .saturating_add(self.path(Side::Server));
        let newest = self.sides[direction].tsval;
        let near = self.is_near(direction.other());
        let Some(evidence) = self.evidence.as_deref_mut() else {
            return;
        };
        let (own, other) = evidence.sides.own_and_other(direction);
        self.turn.is_idle |= flags.any(AnalysisFlags::KEEP_ALIVE) && own.zero_since.is_none();
        if flags.any(PROBES) {
            own.unanswered = own.unanswered.saturating_add(1);
            evidence.unanswered.push(packet);
        }
        if found.missing_before > 0 && fits && analyzer.has_acknowledged(direction.other()) {
            own.recover = Some(analyzer.next(direction));
            let missing = found.missing_before;
            let seq = segment.seq.wrapping_sub(missing);
            own.miss(packet, frame.time_ns, seq, missing);
        } else if payload > 0 {
            own.found(segment.seq);
        }
        if found.duplicate_ack.is_some_and(|(times, _)| times >= 2) {
            let next = analyzer.next(direction.other());
            other.recover = other.recover.or(Some(next));
        }
        // SYNs are counted where the handshake is, and a FIN carries nothing that anyone waits for.
        if payload == 0 || is_new {
            return;
        }
        self.turn.is_resent |= flags.any(AnalysisFlags::RETRANSMITTED);
        own.unneeded += u32::from(flags.any(AnalysisFlags::SPURIOUS_RETRANSMISSION));
        let Some(late) = Late::of(segment, found, newest, rtt) else {
            return;
        };
        if late == Late::Overtaken {
            own.reordered += 1;
            evidence.reordered.push(packet);
            return;
        }
        let is_again = flags.any(AnalysisFlags::RETRANSMISSION);
        let since = |ago_ns| elapsed_ns(0, ago_ns).unwrap_or(0);
        let since_first = found.rto.map_or(0, |first| since(first.ago_ns));
        let since_gap = found.fills.map_or(0, |gap| since(gap.known_ns));
        let waited = since_first
            .max(since_gap)
            .max(if is_again { passed_ns } else { 0 });
        let is_timeout = waited >= TIMEOUT_NS;
        let since_ns = frame.time_ns.saturating_sub(waited);
        let longest = self.sides[direction].longest;
        if let Some(fits) = own.is_resized(segment, payload, longest) {
            if fits {
                own.resized += 1;
                evidence.resized.push(packet);
            }
            if is_again {
                own.again(packet, since_ns, segment.seq, payload);
            }
            return;
        }
        // What was captured next to its receiver has reached it.
        if late == Late::Resent && near && !is_timeout {
            own.unneeded += 1;
            return;
        }
        if is_again {
            own.again(packet, since_ns, segment.seq, payload);
        }
        own.timeouts += u32::from(is_timeout);
        own.fast += u32::from(!is_timeout);
        own.lost_after += u32::from(late == Late::Resent);
        own.lost_before += u32::from(late == Late::Lost);
        evidence.lost.push(packet);
    }

    /// Follows the state of the connection and of its turns.
    #[inline]
    fn advance(&mut self, sent: &Analyzed, analyzer: &TcpAnalyzer, tcp: &Tcp) {
        let Analyzed {
            frame,
            direction,
            segment,
            payload,
            found,
            passed_ns,
            is_new,
            fits,
            room,
        } = *sent;
        let control = segment
            .flags
            .any(TcpFlags::SYN | TcpFlags::FIN | TcpFlags::RST);
        if self.state != State::Open {
            self.open(sent, tcp);
        }
        if self.evidence.is_some() || analyzer.is_window_closed(direction) {
            self.window(sent, analyzer);
        }
        self.acknowledge(sent, analyzer, tcp);
        if payload > 0 {
            if is_new && fits && self.sides[direction].edge.is_remembered() {
                self.use_window(sent);
            }
            let own = &mut self.sides[direction];
            own.send(segment, payload, found.bytes_in_flight, room);
            if is_new && fits {
                own.newest = Some(segment.seq.wrapping_add(payload));
                own.tsval = segment.options.timestamps.map(|(tsval, _)| tsval);
            }
            if self.sides[direction].is_full {
                self.evidence().filled.push(frame.number);
            }
        }
        if passed_ns >= QUIET_NS || self.after_quiet.is_some() {
            self.pause(sent);
        }
        let may_be_delayed = payload == 0 && !self.acknowledged && self.turn.packet > 0;
        if may_be_delayed || self.waited_for.is_some() {
            self.delayed(sent, analyzer, tcp);
        }
        if is_new && self.state == State::Open {
            self.last_data = Some(direction);
            self.answer(sent);
        }
        if self.state == State::Over {
            // What comes after the end changes nothing of it. A RST may carry text: RFC 9293, section 3.5.3.
            if !segment.flags.rst() {
                let after = &mut self.after_reset[direction];
                *after = after.saturating_add(payload);
            }
        } else if control {
            self.close(sent, analyzer, tcp);
        }
        self.acknowledged = match self.turn.sender {
            Some(sender) => analyzer.is_acknowledged(sender),
            None => false,
        };
    }

    /// Whether a segment brings data that its sender had not sent before. The marks also say so of what is behind a number
    /// that fitted nowhere: a forged RST, or an acknowledgment of another connection.
    #[inline]
    fn is_new(&self, sent: &Analyzed) -> bool {
        let found = sent.found;
        if !found.flags.any(NOT_NEW) {
            return true;
        }
        let newest = self.sides[sent.direction].newest;
        !found.flags.any(PROBES) && newest.is_none_or(|newest| !before(sent.segment.seq, newest))
    }

    /// Whether data ends within the window that the other side has allowed, as far as that is known.
    #[inline]
    fn fits(&self, sent: &Analyzed, analyzer: &TcpAnalyzer) -> bool {
        let end = sent.segment.seq.wrapping_add(sent.payload);
        let from = match analyzer.acknowledged_by(sent.direction.other()) {
            Some(ack) => ack,
            None => match self.sides[sent.direction].newest {
                Some(newest) => newest,
                None => return true,
            },
        };
        !before(from.wrapping_add(sent.room.unwrap_or(MAX_WINDOW)), end)
    }

    /// Follows long pauses, and whether what comes after them is answered.
    #[cold]
    fn pause(&mut self, sent: &Analyzed) {
        let passed = sent.passed_ns;
        if passed >= QUIET_NS && self.state == State::Open && self.after_quiet.is_none() {
            self.after_quiet = Some(Quiet {
                ns: passed,
                packet: sent.frame.number,
                by: sent.direction,
            });
        } else if !sent.segment.flags.rst() {
            let is_own = |quiet: &Quiet| quiet.by == sent.direction;
            self.after_quiet = self.after_quiet.filter(is_own);
        }
    }

    /// Follows the opening.
    #[cold]
    fn open(&mut self, sent: &Analyzed, tcp: &Tcp) {
        if self.state == State::New {
            self.state = match sent.segment.flags.syn() {
                true => State::Opening,
                false => State::Open,
            };
        }
        let has_data = sent.payload > 0 && !sent.segment.flags.syn();
        if self.state == State::Opening && (tcp.handshake.ack.is_some() || has_data) {
            self.state = State::Open;
            for side in Side::BOTH {
                self.sides[side.other()].min_rtt_ns = self.path_ns(side, tcp);
            }
            self.turn = Turn {
                sender: Some(Side::Client),
                ..Turn::default()
            };
        }
    }

    /// Follows windows of 0.
    #[inline]
    fn window(&mut self, sent: &Analyzed, analyzer: &TcpAnalyzer) {
        let now = sent.frame.time_ns;
        let is_closed = analyzer.is_window_closed(sent.direction)
            && self.state == State::Open
            && !sent.segment.flags.any(TcpFlags::FIN | TcpFlags::RST);
        if self.is_window_closed(sent.direction) == is_closed {
            return;
        }
        let evidence = self.evidence();
        let own = &mut evidence.sides[sent.direction];
        match own.zero_since.take() {
            None => {
                own.zero_since = Some(now);
                own.zero_windows += 1;
            }
            Some(since) => {
                let ns = now.saturating_sub(since).max(0);
                own.zero_ns = own.zero_ns.saturating_add(ns);
                own.longest_zero_ns = own.longest_zero_ns.max(ns);
            }
        }
        evidence.zero.push(sent.frame.number);
    }

    /// Follows what the other side had sent.
    #[inline]
    fn acknowledge(&mut self, sent: &Analyzed, analyzer: &TcpAnalyzer, tcp: &Tcp) {
        let peer = sent.direction.other();
        let is_far = self.path(peer) >= FAR_NS;
        let ack = sent.segment.flags.ack().then_some(sent.segment.ack);
        if let Some(evidence) = &mut self.evidence {
            evidence.sides[peer].answered(ack);
        }
        let other = &mut self.sides[peer];
        if ack.is_none() {
            return;
        }
        other.is_full = false;
        if let Some(acked) = sent.found.acks
            && let Some(rtt) = elapsed_ns(0, acked.ago_ns)
        {
            other.min_rtt_ns = Some(other.min_rtt_ns.map_or(rtt, |known| known.min(rtt)));
        }
        if other.sent > 0 && ack.is_some_and(|ack| !before(ack, other.sent_to)) {
            other.delivered = other.delivered.max(other.sent);
            other.sent = 0;
        }
        if is_far
            && other.segments > 0
            && other.edge.takes(sent.segment)
            && let Some(window) = analyzer.window(sent.direction, tcp)
        {
            let time_ns = sent.frame.time_ns;
            other.edge.advertise(sent.segment, window, time_ns);
        }
    }

    /// Follows how a sender that is far from the capture uses the other side's window.
    #[inline]
    fn use_window(&mut self, sent: &Analyzed) {
        let (packet, time_ns) = (sent.frame.number, sent.frame.time_ns);
        let path = self.path(sent.direction);
        let own = &mut self.sides[sent.direction];
        let Some(newest) = own.newest else { return };
        let longest = own.longest;
        let used = own.edge.used(sent.segment, time_ns, path, newest, longest);
        if let Some(flight) = used {
            own.filled = own.filled.saturating_add(1);
            own.max_flight = own.max_flight.max(flight);
            self.evidence().filled.push(packet);
        }
    }

    /// Recognizes acknowledgments that the sender of small data waited for: RFC 896 lets it send no more until then,
    /// and RFC 1122, section 4.2.3.2, lets the receiver delay them.
    #[inline]
    fn delayed(&mut self, sent: &Analyzed, analyzer: &TcpAnalyzer, tcp: &Tcp) {
        let Analyzed {
            frame, direction, ..
        } = *sent;
        if let Some(waited_for) = self.waited_for.take()
            && sent.is_new
            && waited_for.by != direction
            && sent.payload.saturating_add(OPTIONS) < full_segment(direction, tcp)
        {
            let after = frame.time_ns.saturating_sub(waited_for.time_ns);
            let path = self.path(direction);
            if (0..=path.saturating_add(GOES_ON_NS)).contains(&after) {
                let evidence = self.evidence();
                let own = &mut evidence.sides[direction];
                own.delayed += 1;
                own.delayed_ns = own.delayed_ns.saturating_add(waited_for.after_ns);
                evidence.delayed.push(frame.number);
            }
        }
        let peer = direction.other();
        let is_plain = sent.payload == 0
            && !sent
                .segment
                .flags
                .any(TcpFlags::SYN | TcpFlags::FIN | TcpFlags::RST);
        let has_data = self.turn.packet > 0 && !self.turn.is_resent;
        if !is_plain || self.turn.sender != Some(peer) || !has_data || self.acknowledged {
            return;
        }
        let after_ns = frame.time_ns.saturating_sub(self.turn.time_ns);
        let late = after_ns.saturating_sub(self.path(direction));
        if DELAYED_NS.contains(&late) && analyzer.is_acknowledged(peer) {
            self.waited_for = Some(WaitedFor {
                by: direction,
                time_ns: frame.time_ns,
                after_ns: late,
            });
        }
    }

    /// Counts what new data answers.
    #[inline]
    fn answer(&mut self, sent: &Analyzed) {
        let Analyzed {
            frame, direction, ..
        } = *sent;
        let path = match self.turn.sender == Some(direction) {
            true => 0,
            false => self.path(direction),
        };
        if self.turn.sender == Some(direction) && self.sides[direction].edge.is_limiting {
            // It had to wait for room, which takes a round trip at most.
            let path = self.path(direction);
            let waited = self.turn.take(path.saturating_add(path / 8));
            self.shares.add(Share::Window, waited);
        }
        let pause = self.turn.acknowledged_ns;
        let answered = self.turn.ends_with_data(direction, path, &mut self.shares);
        let own = &mut self.sides[direction];
        let mut length = sent.payload;
        let mut asked = (self.turn.packet, self.turn.length);
        match answered {
            Some(ns) => {
                own.answers += 1;
                own.answers_ns = own.answers_ns.saturating_add(ns);
                own.slowest_ns = own.slowest_ns.max(ns);
                if ns >= SLOW_NS {
                    let answer = Answer {
                        by: direction,
                        request: self.turn.packet,
                        length: self.turn.length,
                        packet: frame.number,
                        ns,
                        is_continued: false,
                    };
                    self.evidence().answered(answer);
                }
            }
            None => {
                own.longest_pause_ns = own.longest_pause_ns.max(pause);
                length = length.saturating_add(self.turn.length);
                asked = (self.turn.asked_in, self.turn.asked);
                if pause >= SLOW_NS && self.turn.length <= TICKETS && asked.0 > 0 {
                    let answer = Answer {
                        by: direction,
                        request: asked.0,
                        length: asked.1,
                        packet: frame.number,
                        ns: pause,
                        is_continued: true,
                    };
                    self.evidence().answered(answer);
                }
            }
        }
        self.turn = Turn {
            sender: Some(direction),
            packet: frame.number,
            length,
            time_ns: frame.time_ns,
            unacknowledged_ns: 0,
            acknowledged_ns: 0,
            asked_in: asked.0,
            asked: asked.1,
            is_resent: false,
            is_idle: false,
        };
    }

    /// Follows the end.
    #[cold]
    fn close(&mut self, sent: &Analyzed, analyzer: &TcpAnalyzer, tcp: &Tcp) {
        let Analyzed {
            frame,
            direction,
            segment,
            ..
        } = *sent;
        let closes = tcp.side(direction).fin == Some(frame.number)
            || tcp.reset == Some((direction, frame.number));
        if closes && self.state == State::Open {
            let waited_ns = frame.time_ns.saturating_sub(self.turn.time_ns).max(0);
            let is_first = tcp.side(direction.other()).fin.is_none();
            if is_first && self.turn.sender == Some(direction.other()) && self.turn.packet > 0 {
                self.waited_before_end_ms = u32::try_from(waited_ns / MS).unwrap_or(u32::MAX);
            }
            if segment.flags.rst() {
                self.evidence().reset = Some(BeforeReset {
                    length: self.turn.length,
                    waited_ns,
                });
            }
            self.turn.ends_with(Some(direction), &mut self.shares);
            self.turn = Turn {
                sender: Some(direction),
                packet: frame.number,
                time_ns: frame.time_ns,
                ..Turn::default()
            };
        }
        let both = tcp.sides.iter().all(|side| side.fin.is_some());
        if tcp.reset.is_some() && segment.flags.rst() || both {
            self.state = State::Over;
            for side in Side::BOTH {
                let own = &mut self.sides[side];
                own.is_full = false;
                own.is_unacknowledged = !analyzer.is_acknowledged(side);
            }
            for side in self
                .evidence
                .iter_mut()
                .flat_map(|known| known.sides.iter_mut())
            {
                side.recover = None;
            }
        }
    }
}

/// The options of a segment take at most this much of the maximum segment size: RFC 6691.
const OPTIONS: u32 = 40;

/// The default maximum segment size: RFC 9293, section 3.7.1.
const DEFAULT_MSS: u32 = 536;

/// Returns how much data a full segment of a side has at most, without its options. Nagle's algorithm (RFC 896) holds back
/// only smaller ones.
fn full_segment(side: Side, tcp: &Tcp) -> u32 {
    let mss = tcp.side(side.other()).offered.mss;
    mss.map_or(DEFAULT_MSS, u32::from)
}

impl SentSummary {
    /// Counts a segment with data. `room` is the window of the other side, bytes.
    #[inline]
    fn send(&mut self, segment: &Segment, payload: u32, in_flight: u32, room: Option<u32>) {
        self.segments = self.segments.saturating_add(1);
        self.longest = self.longest.max(payload);
        if payload > self.sent && payload > self.delivered {
            self.sent = payload;
            self.sent_to = segment.seq.wrapping_add(payload);
        }
        self.max_flight = self.max_flight.max(in_flight);
        self.is_full = in_flight > 0
            && room.is_some_and(|room| in_flight.saturating_add(self.longest) > room && room > 0);
        self.filled = self.filled.saturating_add(u32::from(self.is_full));
    }
}
