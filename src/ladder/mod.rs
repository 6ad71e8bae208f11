//! A conversation as a ladder: every packet is a step from one lifeline to the other, with its meaning.
//!
//! It does not depend on the screen. A step takes 24 bytes; text is made only for visible rows. Consecutive segments of
//! one direction with their acknowledgments are a run, which is one row until it is unfolded. Where a protocol defines
//! the ends of its messages, the segments of each message are a run of their own.

mod explain;
mod label;
mod listing;
mod marks;
mod message;
mod step;

pub use explain::{agreed, place};
pub(crate) use label::flags;
pub use label::{BESIDE_WORDS, LabelPart, Note, Role, RowDetail, RowLabel, Stroke};
pub use listing::{ListedRow, Listing};
pub use message::Message;
pub use step::{Step, StepKind};

use crate::{
    store::Contents,
    track::{Conversation, ConversationId, Protocol, Side},
    transcript::{Entry, EntryKind},
    view::Viewer,
};
use dissectors::{AnalysisFlags, PerSide, TcpAnalysis};
use std::ops::RangeInclusive;

/// The common property of a run's steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A step with a row of its own: it opens, closes, breaks or explains.
    Single,
    /// ICMP errors after the first one, which has a row of its own.
    Report,
    /// Data of one side, and its acknowledgments.
    Burst(Side),
    /// Acknowledgments without data before them.
    Acks,
    /// Keep-alive probes and their answers.
    Alive,
    /// The window is 0.
    Stalled,
}

/// One step, or several that are shown as one row.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// Its first step.
    pub first: u32,
    /// How many steps it has.
    pub count: u32,
    /// Bytes of payload, including retransmissions.
    pub bytes: u64,
    /// Segments with data.
    pub segments: u32,
    /// Segments without data.
    pub acks: u32,
    /// Segments that were sent before.
    pub retransmissions: u32,
    /// Segments that came after their successors.
    pub out_of_order: u32,
    /// Segments that follow missing ones.
    pub gaps: u32,
    /// Acknowledgments that repeat the previous one.
    pub duplicate_acks: u32,
    /// Segments that a router marked because of congestion.
    pub congestion_marks: u32,
    /// Packets that were captured twice.
    pub captured_twice: u32,
    /// ICMP errors that came meanwhile.
    pub icmp_errors: u32,
    /// The longest pause between two of its packets, nanoseconds.
    pub longest_pause_ns: i64,
    /// When its last packet was captured, nanoseconds since the epoch.
    last_ns: Option<i64>,
    /// The common property of its steps.
    pub class: Class,
    /// What its data is part of; none while it only repeats, or follows a gap.
    part: Option<PartOf>,
    /// Whether its steps are shown.
    pub unfolded: bool,
}

/// What the data of a segment is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PartOf {
    /// The message at this index among those of its side.
    Message(u32),
    /// Bytes that are not cut into messages.
    Stream,
}

impl Run {
    fn of(first: u32, class: Class) -> Self {
        Run {
            first,
            count: 0,
            bytes: 0,
            segments: 0,
            acks: 0,
            retransmissions: 0,
            out_of_order: 0,
            gaps: 0,
            duplicate_acks: 0,
            congestion_marks: 0,
            captured_twice: 0,
            icmp_errors: 0,
            longest_pause_ns: 0,
            last_ns: None,
            class,
            part: None,
            unfolded: false,
        }
    }

    fn add(&mut self, step: &Step, part: Option<PartOf>) {
        self.part = self.part.or(part);
        self.count += 1;
        match step.kind {
            StepKind::Duplicate => {
                self.captured_twice += 1;
                return;
            }
            StepKind::Icmp => {
                self.icmp_errors += 1;
                return;
            }
            _ => {}
        }
        self.bytes += u64::from(step.payload);
        self.congestion_marks += u32::from(step.is_ce());
        match step.payload {
            0 => self.acks += 1,
            _ => self.segments += 1,
        }
        for (count, marks) in [
            (&mut self.retransmissions, AnalysisFlags::RETRANSMITTED),
            (&mut self.out_of_order, AnalysisFlags::OUT_OF_ORDER),
            (&mut self.gaps, AnalysisFlags::LOST_SEGMENT),
            (&mut self.duplicate_acks, AnalysisFlags::DUPLICATE_ACK),
        ] {
            *count += u32::from(step.analysis.any(marks));
        }
    }

    /// Counts the pause before the next packet, which was captured at this time.
    fn pause_until(&mut self, time_ns: i64) {
        let pause = time_ns.saturating_sub(self.last_ns.unwrap_or(time_ns));
        self.longest_pause_ns = self.longest_pause_ns.max(pause);
        self.last_ns = Some(time_ns);
    }

    /// Returns how many rows it takes: its own, and its steps' when it is unfolded.
    fn rows(&self) -> usize {
        match self.unfolded && self.count > 1 {
            true => 1 + self.count as usize,
            false => 1,
        }
    }
}

/// A row of the ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LadderRow {
    /// A run of more than one step, by its index.
    Run(usize),
    /// A step, by its index, and whether it is in an unfolded run.
    Step(usize, bool),
}

/// A conversation as a ladder.
pub struct Ladder {
    id: ConversationId,
    steps: Vec<Step>,
    runs: Vec<Run>,
    /// The first row of each run.
    starts: Vec<u32>,
    /// The sequence number of each side's FIN, as far as it has been read.
    fins: PerSide<Option<u32>>,
    /// The next packet to read.
    next: u32,
    /// Packets after this one are not read.
    limit: u32,
    /// Whether every packet that was known at the last call has been read.
    complete: bool,
}

impl Ladder {
    /// Returns an empty ladder for this conversation.
    pub fn new(id: ConversationId) -> Self {
        Ladder {
            id,
            steps: Vec::new(),
            runs: Vec::new(),
            starts: Vec::new(),
            fins: PerSide::default(),
            next: 0,
            limit: u32::MAX,
            complete: false,
        }
    }

    /// Returns its conversation.
    pub fn id(&self) -> ConversationId {
        self.id
    }

    /// Sets the last packet to be read.
    pub fn read_no_further_than(&mut self, limit: u32) {
        self.limit = limit;
    }

    /// Reads some more packets, at most `budget`. Returns whether there are more. The store is not locked while packets
    /// are read.
    pub fn read(&mut self, viewer: &mut Viewer, budget: usize) -> bool {
        let store = viewer.store().clone();
        if !self.begin(&store.read()) {
            return false;
        }
        let entries = viewer.entries(self.id, self.next - 1, self.limit, budget);
        let Ok((entries, all)) = entries else {
            return false;
        };
        {
            let contents = store.read();
            if let Some(conversation) = contents.tracker.get(self.id) {
                for entry in &entries {
                    self.take(viewer, conversation, entry);
                    let record = contents.packets.get(entry.packet);
                    if let (Some(record), Some(run)) = (record, self.runs.last_mut()) {
                        run.pause_until(record.order_ns);
                    }
                }
            }
        }
        self.complete = all;
        if !all {
            return true;
        }
        // A message cut off by the end of the capture is known only then.
        match self.is_at_end(&store.read()) {
            true => viewer.messages(self.id).is_ok_and(|all| all.is_none()),
            false => false,
        }
    }

    /// Adds the step of a packet.
    fn take(&mut self, viewer: &mut Viewer, conversation: Conversation, entry: &Entry) {
        self.next = entry.packet + 1;
        let step = match entry.kind {
            // It goes to the sender of the packet that it quotes.
            EntryKind::Error => Step::bare(entry.packet, StepKind::Icmp, entry.from.other()),
            _ => Step::of(conversation, entry),
        };
        if step.kind == StepKind::Fin {
            let fin = step.seq.wrapping_add(step.payload);
            let known = &mut self.fins[step.from];
            known.get_or_insert(fin);
        }
        let class = class(&step, conversation);
        let part = self.part(viewer, &step, class);
        self.place(step, class, part);
    }

    /// Adds steps for what is missing at the front of the conversation. Returns whether the conversation exists.
    fn begin(&mut self, contents: &Contents) -> bool {
        let Some(conversation) = contents.tracker.get(self.id) else {
            return false;
        };
        if self.next == 0 {
            self.next = conversation.kept_from();
            let seen = conversation.tcp().completeness & 3 != 0;
            // Of ICMP errors alone nothing is missing.
            let has_segments = conversation.sides.iter().any(|side| side.packets > 0);
            if conversation.evicted > 0 {
                self.place(evicted_before(self.next), Class::Single, None);
            } else if conversation.protocol == Protocol::Tcp && !seen && has_segments {
                let from = Side::Client;
                self.place(
                    Step::bare(self.next, StepKind::NotCaptured, from),
                    Class::Single,
                    None,
                );
            }
        }
        self.next = self.next.max(conversation.kept_from());
        true
    }

    /// Whether the conversation and its messages end with the packets read so far.
    fn is_at_end(&self, contents: &Contents) -> bool {
        let conversation = contents.tracker.get(self.id);
        conversation.is_some_and(|conversation| {
            conversation.has_session()
                && contents.finished
                && conversation.last_packet <= self.limit
        })
    }

    /// Returns how much has been read, in percent; none when all of it has.
    pub fn progress(&self, contents: &Contents) -> Option<u64> {
        let conversation = contents.tracker.get(self.id)?;
        let there = conversation
            .packets()
            .saturating_sub(conversation.evicted.into());
        let all = there.max(1);
        (!self.complete).then(|| (self.steps.len() as u64 * 100 / all).min(99))
    }

    /// Adds a step at the end.
    fn place(&mut self, step: Step, class: Class, part: Option<PartOf>) {
        let joins = self.runs.last().is_some_and(|run| {
            let same = part.is_none() || run.part.is_none() || part == run.part;
            (class == run.class && class != Class::Single && same)
                || (class == Class::Acks && matches!(run.class, Class::Burst(_)))
                || (step.kind == StepKind::Duplicate && run.class != Class::Single)
                || (class == Class::Report && run.class != Class::Single)
        });
        if !joins {
            self.starts.push(self.len() as u32);
            self.runs.push(Run::of(self.steps.len() as u32, class));
        }
        if let Some(run) = self.runs.last_mut() {
            run.add(&step, part);
        }
        self.steps.push(step);
    }

    /// Removes the steps of the packets before this one, which were evicted, and adds one step that represents them.
    /// Returns by how many rows the ladder is shorter.
    pub fn evict(&mut self, first_packet: u32) -> usize {
        let gone = self
            .steps
            .partition_point(|step| step.packet < first_packet);
        let stands = |step: &Step| step.kind == StepKind::Evicted;
        if gone == 0 || gone == 1 && self.steps.first().is_some_and(stands) {
            return 0;
        }
        let rows = self.len();
        let runs = self
            .runs
            .partition_point(|run| (run.first + run.count) as usize <= gone);
        let mut marker = Run::of(0, Class::Single);
        let step = evicted_before(first_packet);
        marker.add(&step, None);
        self.steps.splice(..gone, [step]);
        self.runs.splice(..runs, [marker]);
        self.starts.splice(..runs, [0]);
        let mut cut = true;
        for run in self.runs.iter_mut().skip(1) {
            let from = run.first as usize;
            run.first = (from.max(gone) + 1 - gone) as u32;
            if std::mem::take(&mut cut) && from < gone {
                let left = run.count as usize - (gone - from);
                let before = *run;
                *run = Run::of(1, run.class);
                (run.part, run.unfolded) = (before.part, before.unfolded && left > 1);
                // The times of evicted packets are not known any more.
                run.longest_pause_ns = before.longest_pause_ns;
                run.last_ns = before.last_ns;
                for step in self.steps.iter().skip(1).take(left) {
                    run.add(step, None);
                }
            }
        }
        self.restart(0);
        rows.saturating_sub(self.len())
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        match (self.starts.last(), self.runs.last()) {
            (Some(start), Some(run)) => *start as usize + run.rows(),
            _ => 0,
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Returns a row.
    pub fn row(&self, row: usize) -> Option<LadderRow> {
        if row >= self.len() {
            return None;
        }
        let at = self
            .starts
            .partition_point(|start| *start as usize <= row)
            .checked_sub(1)?;
        let (run, start) = (self.runs.get(at)?, *self.starts.get(at)? as usize);
        Some(match row - start {
            0 if run.count > 1 => LadderRow::Run(at),
            0 => LadderRow::Step(run.first as usize, false),
            inside => LadderRow::Step(run.first as usize + inside - 1, true),
        })
    }

    /// Returns a run.
    pub fn run(&self, at: usize) -> Option<&Run> {
        self.runs.get(at)
    }

    /// Returns the run that a step belongs to.
    pub fn run_at(&self, step: usize) -> Option<usize> {
        self.runs
            .partition_point(|run| run.first as usize <= step)
            .checked_sub(1)
    }

    /// Returns a step.
    pub fn step_at(&self, at: usize) -> Option<&Step> {
        self.steps.get(at)
    }

    /// Returns the first step of a row.
    pub fn first_of(&self, row: LadderRow) -> Option<&Step> {
        match row {
            LadderRow::Run(run) => self.steps.get(self.runs.get(run)?.first as usize),
            LadderRow::Step(step, _) => self.steps.get(step),
        }
    }

    /// Returns the TCP analysis of a row's packet, if it is a single one and has more than its marks. None if the
    /// viewer's deadline comes before it is read.
    pub fn analysis(&self, viewer: &mut Viewer, row: LadderRow) -> Option<TcpAnalysis> {
        let step = match row {
            LadderRow::Step(step, _) => self.steps.get(step),
            LadderRow::Run(_) => None,
        };
        let Some(step) = step.filter(|step| step.analysis.0 != 0 || step.kind == StepKind::Opened)
        else {
            return Some(TcpAnalysis::default());
        };
        let found = viewer.analysis(self.id, step.packet);
        found.unwrap_or_else(|_| Some(TcpAnalysis::default()))
    }

    /// Whether a packet is one of its steps.
    pub fn has(&self, packet: u32) -> bool {
        self.steps
            .binary_search_by_key(&packet, |step| step.packet)
            .is_ok()
    }

    /// Returns the first and the last packet of a row.
    pub fn packets_of(&self, row: LadderRow) -> Option<RangeInclusive<u32>> {
        match row {
            LadderRow::Run(run) => {
                let [first, last] = self.ends(self.runs.get(run)?)?;
                Some(first.packet..=last.packet)
            }
            LadderRow::Step(step, _) => {
                let packet = self.steps.get(step)?.packet;
                Some(packet..=packet)
            }
        }
    }

    /// Returns the last packet that has been read.
    pub fn read_to(&self) -> u32 {
        self.next.saturating_sub(1)
    }

    /// Returns the packet that represents a row: the one that completes its message, else its first.
    pub fn packet_of(&self, viewer: &mut Viewer, row: LadderRow) -> Option<u32> {
        let first = self.first_of(row)?.packet;
        let LadderRow::Run(run) = row else {
            return Some(first);
        };
        let message = self.message(viewer, run).filter(|message| message.ends);
        Some(message.map_or(first, |message| message.packet))
    }

    /// Returns the row of a packet and, where it is hidden in a folded run, that run.
    pub fn find(&self, viewer: &mut Viewer, packet: u32) -> Option<(usize, Option<usize>)> {
        let at = self
            .steps
            .partition_point(|step| step.packet <= packet)
            .checked_sub(1)?;
        if self.steps.get(at)?.packet != packet {
            return None;
        }
        let run = self.run_at(at)?;
        let start = *self.starts.get(run)? as usize;
        let Run {
            first,
            count,
            unfolded,
            ..
        } = *self.runs.get(run)?;
        let inside = at - first as usize;
        Some(match (unfolded, count) {
            (_, 1) => (start, None),
            (true, _) => (start + 1 + inside, None),
            (false, _) if self.packet_of(viewer, LadderRow::Run(run)) == Some(packet) => {
                (start, None)
            }
            (false, _) => (start, Some(run)),
        })
    }

    /// Returns the row that shows a packet, even in a folded run.
    pub fn row_of(&self, packet: u32) -> Option<usize> {
        let after = self.steps.partition_point(|step| step.packet <= packet);
        let at = after.checked_sub(1)?;
        let run = self.run_at(at)?;
        let (start, Run { first, .. }) = (*self.starts.get(run)? as usize, self.runs.get(run)?);
        let inside = at - *first as usize;
        Some(match self.runs.get(run)?.rows() {
            1 => start,
            _ => start + 1 + inside,
        })
    }

    /// Returns the run that a row belongs to, and the row at which it begins; none for a step outside a run.
    pub fn run_of(&self, row: usize) -> Option<(usize, usize)> {
        let at = self
            .starts
            .partition_point(|start| *start as usize <= row)
            .checked_sub(1)?;
        let several = self.runs.get(at)?.count > 1;
        several.then_some((at, *self.starts.get(at)? as usize))
    }

    /// Unfolds a run, or folds it.
    pub fn unfold(&mut self, run: usize, unfolded: bool) {
        if let Some(found) = self.runs.get_mut(run)
            && found.unfolded != unfolded
        {
            found.unfolded = unfolded;
            self.restart(run);
        }
    }

    /// Unfolds all runs, or folds them.
    pub fn unfold_all(&mut self, unfolded: bool) {
        for run in &mut self.runs {
            run.unfolded = unfolded && run.count > 1;
        }
        self.restart(0);
    }

    /// Whether any run is folded.
    pub fn any_folded(&self) -> bool {
        self.runs.iter().any(|run| run.count > 1 && !run.unfolded)
    }

    /// Recomputes where runs begin, from this one on.
    fn restart(&mut self, run: usize) {
        let mut start = self.starts.get(run).copied().unwrap_or(0);
        for (run, place) in self.runs.iter().zip(&mut self.starts).skip(run) {
            *place = start;
            start = start.saturating_add(run.rows() as u32);
        }
    }
}

/// Returns the step that represents the packets before this one.
fn evicted_before(first_packet: u32) -> Step {
    let from = Side::Client;
    Step::bare(first_packet.saturating_sub(1), StepKind::Evicted, from)
}

/// Returns the class of the run that a step may be part of.
fn class(step: &Step, conversation: Conversation) -> Class {
    match step.kind {
        StepKind::Icmp => match &conversation.icmp {
            Some(first) if first.packet < step.packet => Class::Report,
            _ => Class::Single,
        },
        _ if step.acks_fin(conversation) => Class::Single,
        StepKind::Data => Class::Burst(step.from),
        StepKind::Ack => Class::Acks,
        StepKind::KeepAlive | StepKind::KeepAliveAck => Class::Alive,
        StepKind::ZeroWindow | StepKind::Probe | StepKind::ProbeAck => Class::Stalled,
        _ => Class::Single,
    }
}

#[cfg(test)]
mod tests;
