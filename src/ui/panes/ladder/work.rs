//! The work of the reader's thread for the pane, a slice at a time: packets are read, and the details of the rows on
//! the screen.

use super::model::{LadderModel, ReadRow};
use crate::{
    ladder::{LadderRow, StepKind},
    track::ConversationId,
    ui::reader::{Progress, Work},
    view::Viewer,
};
use parking_lot::{Mutex, MutexGuard};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Packets that are read before the pane may draw.
const SLICE: usize = 256;

/// The minimum interval of reading provisional rows again while the conversation is read.
const READ_AGAIN: Duration = Duration::from_millis(100);

/// Reads a conversation for its ladder.
pub struct LadderWork {
    id: ConversationId,
    model: Arc<Mutex<LadderModel>>,
    /// The first packet of the conversation that the viewer has read.
    read_from: Option<u32>,
    /// When provisional rows were read again.
    refreshed: Instant,
}

impl Work for LadderWork {
    fn advance(&mut self, viewer: &mut Viewer, until: Instant) -> Progress {
        self.begin_again(viewer);
        let mut changed = self.read(viewer, until);
        let mut model = self.model.lock();
        changed |= model.go(viewer);
        let refresh = !model.reading || self.refreshed.elapsed() >= READ_AGAIN;
        if refresh {
            self.refreshed = Instant::now();
        }
        let (read, more) = model.read_rows(viewer, refresh, until);
        let progress = Progress {
            changed: changed || read,
            more: more || model.reading,
            grows: !model.made_for.finished,
        };
        MutexGuard::unlock_fair(model);
        progress
    }

    fn fail(&mut self, reason: &str) {
        let mut model = self.model.lock();
        model.reading = false;
        model.trouble = Some(reason.to_owned());
    }
}

impl LadderWork {
    /// Creates the work, with nothing read so far.
    pub fn new(id: ConversationId, model: Arc<Mutex<LadderModel>>) -> Self {
        LadderWork {
            id,
            model,
            read_from: None,
            refreshed: Instant::now(),
        }
    }

    /// Starts again after the viewer has read the conversation from another packet on, from which messages are counted.
    fn begin_again(&mut self, viewer: &Viewer) {
        let from = viewer.messages_read_from(self.id);
        let is_other = from.is_some() && self.read_from.is_some() && from != self.read_from;
        self.read_from = from.or(self.read_from);
        if is_other {
            self.model.lock().forget();
        }
    }

    /// Reads packets; returns whether there were any. The pane may draw between two slices.
    fn read(&self, viewer: &mut Viewer, until: Instant) -> bool {
        let first = viewer.store().read().packets.first();
        let mut changed = self.model.lock().evict(first);
        loop {
            let mut model = self.model.lock();
            let (before, was_reading) = (model.length(), model.reading);
            let limit = model.limit;
            model.ladder.read_no_further_than(limit);
            model.reading = model.ladder.read(viewer, SLICE);
            changed |= model.reading || was_reading || model.length() != before;
            let reading = model.reading;
            MutexGuard::unlock_fair(model);
            if !reading || Instant::now() >= until {
                return changed;
            }
        }
    }
}

impl LadderModel {
    /// Removes the rows of packets before this one, which were evicted from the capture. Returns whether there were
    /// any.
    fn evict(&mut self, first_packet: u32) -> bool {
        let left = self.ladder.evict(first_packet);
        self.selected = self.selected.saturating_sub(left);
        self.top = self.top.saturating_sub(left);
        if left > 0 {
            self.read.clear();
        }
        left > 0
    }

    /// Moves the cursor to its target; returns whether it moved.
    fn go(&mut self, viewer: &mut Viewer) -> bool {
        let before = (self.selected, self.wanted);
        if let Some(number) = self.wanted {
            match self.ladder.find(viewer, number) {
                Some((_, Some(run))) => {
                    self.ladder.unfold(run, true);
                    if let Some((row, None)) = self.ladder.find(viewer, number) {
                        self.selected = row;
                    }
                    self.wanted = None;
                }
                Some((row, None)) => {
                    self.selected = row;
                    self.wanted = None;
                }
                None if !self.reading && self.made_for.finished => self.wanted = None,
                None => {}
            }
        }
        if self.at_end {
            self.selected = self.length().saturating_sub(1);
            self.at_end = self.reading || !self.made_for.finished;
        }
        before != (self.selected, self.wanted)
    }

    /// Reads the details of the rows on the screen and of those around them. Returns whether something has changed, and
    /// whether there is more to read.
    fn read_rows(&mut self, viewer: &mut Viewer, refresh: bool, until: Instant) -> (bool, bool) {
        let page = self.shown.len().max(1);
        // The target of the cursor is brought onto the screen.
        let shown = match self.shown.contains(&self.selected) {
            true => self.shown.clone(),
            false => self.selected.saturating_sub(page)..self.selected + page,
        };
        let end = self.length();
        let before = shown.start.saturating_sub(page)..shown.start;
        let after = shown.end..shown.end + page;
        let rows = std::iter::once(self.selected).chain(shown.clone());
        let rows = rows.chain(after).chain(before).filter(|row| *row < end);
        let mut known = std::mem::take(&mut self.read);
        viewer.absolute_seq = self.made_for.absolute_seq;
        viewer.show_secrets = self.made_for.show_secrets;
        let (mut changed, mut more) = (false, false);
        for at in rows {
            let Some(row) = self.ladder.row(at) else {
                continue;
            };
            if self.read.contains_key(&row) {
                continue;
            }
            let before = known.remove(&row);
            // Rows outside the screen are not urgent.
            if before.is_none() && !shown.contains(&at) && Instant::now() >= until {
                more = true;
                continue;
            }
            let Some(read) = self.read_again(viewer, row, before.as_ref(), refresh) else {
                continue;
            };
            more |= read.provisional;
            changed |= before.is_none_or(|before| before != read);
            self.read.insert(row, read);
        }
        (changed, more)
    }

    /// Reads the current details of a row; known ones are taken over.
    fn read_again(
        &self,
        viewer: &mut Viewer,
        row: LadderRow,
        before: Option<&ReadRow>,
        refresh: bool,
    ) -> Option<ReadRow> {
        let step = self.ladder.first_of(row)?;
        let run = match row {
            LadderRow::Run(run) => Some(run),
            // In an unfolded run each segment has its own row.
            LadderRow::Step(_, true) => None,
            LadderRow::Step(step, false) => self.ladder.run_at(step),
        };
        let message = run.and_then(|run| self.ladder.message(viewer, run));
        let packet = self.ladder.packet_of(viewer, row)?;
        let completes = message.map_or(step.packet, |message| message.packet);
        let analysis = self.ladder.analysis(viewer, row);
        let mut read = ReadRow {
            message,
            packet,
            info: None,
            analysis: analysis.unwrap_or_default(),
            provisional: analysis.is_none(),
        };
        if step.payload == 0 && step.kind != StepKind::Icmp {
            return Some(read);
        }
        let same = |before: &&ReadRow| {
            let completed = before.message.map_or(step.packet, |message| message.packet);
            completed == completes && !(before.provisional && refresh)
        };
        if let Some(before) = before.filter(same) {
            read.info.clone_from(&before.info);
            read.provisional |= before.provisional;
            return Some(read);
        }
        read.info = self.ladder.info_of(viewer, completes);
        read.provisional |= viewer.is_unheard();
        Some(read)
    }
}
