//! The work of the reader's thread for the pane, a slice at a time: packets are read, compared and made into lines, the
//! content is searched or saved.

use super::{
    going::Wanted,
    layout::{Conflict, TextLayout},
    model::{FollowModel, ReadRow},
    save::Saving,
};
use crate::{
    follow::{
        Dialogue, Reading, is_conflict,
        script::{Capture, Change, blocks},
    },
    lang::text,
    track::{ConversationId, PerSide, Side},
    ui::reader::{Progress, Work},
    view::Viewer,
};
use parking_lot::{Mutex, MutexGuard};
use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

/// Lines for this many screens are made before the whole conversation was read.
const MANY_SCREENS: usize = 8;

/// Packets that are read between two readings of the clock.
const SLICE: usize = 256;

/// The minimum interval of taking over new packets while a conversation grows.
pub const INTERVAL: Duration = Duration::from_millis(200);

/// Follows a conversation.
pub struct FollowWork {
    id: ConversationId,
    model: Arc<Mutex<FollowModel>>,
    /// Packets are still being read, or may still come.
    reading: Option<Reading>,
    /// The content that was read, while it is compared.
    next: Option<Next>,
    /// The number of packets that the script was made of, and when.
    adopted: Option<(u64, Instant)>,
    overlaps: Overlaps,
    saving: Option<Saving>,
    /// The first packet of the conversation that the viewer has read.
    read_from: Option<u32>,
}

/// How far the messages of a conversation were read.
struct ReadMessages {
    /// The last packet.
    to: u32,
    /// Whether there are no more by now.
    all: bool,
}

/// Bytes that came more than once.
#[derive(Default)]
pub(super) struct Overlaps {
    /// How many of each side's have been compared.
    compared: PerSide<usize>,
    /// Those whose later copy has other bytes.
    pub(super) conflicts: PerSide<Vec<Conflict>>,
}

/// The next state of the script.
struct Next {
    dialogue: Arc<Dialogue>,
    /// Whether it is final.
    ended: bool,
}

impl Work for FollowWork {
    fn advance(&mut self, viewer: &mut Viewer, until: Instant) -> Progress {
        let worked = self.work(viewer, until);
        viewer.as_of = u32::MAX;
        worked.unwrap_or_else(|error| {
            self.fail(&error.to_string());
            Progress {
                changed: true,
                ..Progress::default()
            }
        })
    }

    fn fail(&mut self, reason: &str) {
        (self.saving, self.reading) = (None, None);
        let mut model = self.model.lock();
        model.trouble = Some(reason.to_owned());
        (model.behind, model.saving) = (false, None);
    }
}

impl FollowWork {
    /// Creates the work, with nothing read so far.
    pub fn new(id: ConversationId, model: Arc<Mutex<FollowModel>>) -> Self {
        FollowWork {
            id,
            model,
            reading: Some(Reading::new(id)),
            next: None,
            adopted: None,
            overlaps: Overlaps::default(),
            saving: None,
            read_from: None,
        }
    }

    fn work(&mut self, viewer: &mut Viewer, until: Instant) -> io::Result<Progress> {
        let grows = !viewer.store().read().finished;
        let (limit, only, datagrams, in_doubt) = {
            let mut model = self.model.lock();
            if model.trouble.is_some() {
                return Ok(Progress::default());
            }
            viewer.show_secrets = model.show_secrets;
            let in_doubt = std::mem::take(&mut model.in_doubt);
            let script = &model.script;
            (
                model.limit,
                script.only(),
                script.is_of_datagrams(),
                in_doubt,
            )
        };
        // Only packets whose messages were read are followed: the positions of their secrets are known.
        let begun = Instant::now();
        let half = until.saturating_duration_since(begun) / 2;
        viewer.patience = Some(begun + half);
        let messages = self.read_messages(viewer)?;
        viewer.patience = Some(until);
        viewer.as_of = messages.to;
        self.begin_again(viewer, in_doubt && !messages.all);
        let behind = self.read(viewer, &messages, limit, until)?;
        let compared = match &self.next {
            Some(next) => self.overlaps.compare(viewer, &next.dialogue, until)?,
            None => true,
        };
        // In a long conversation this takes some time, and the lock is not held meanwhile.
        let next = self.next.take_if(|_| compared).map(|next| {
            let blocks = blocks(&next.dialogue, only, datagrams);
            (next, blocks)
        });
        let mut capture = Capture {
            viewer,
            id: self.id,
        };
        let mut model = self.model.lock();
        if model.show_secrets != capture.viewer.show_secrets {
            // Secrets are shown or hidden from now on: everything read before is invalid.
            self.next = next.map(|(next, _)| next).or(self.next.take());
            return Ok(Progress {
                more: true,
                ..Progress::default()
            });
        }
        let before = (model.stamp(), next.is_some());
        if let Some((next, blocks)) = next {
            let script = &mut model.script;
            let change = script.adopt(next.dialogue, (only, blocks), next.ended);
            model.ended = next.ended;
            model.take_up(&mut capture, change, &self.overlaps.conflicts)?;
        }
        model.behind = behind || !compared;
        model.count = self.reading.as_ref().map_or(model.count, Reading::count);
        if compared {
            model.make_lines(&mut capture, messages.all, until)?;
        }
        let changed = before != (model.stamp(), false);
        let more = model.behind || model.columns > 0 && model.is_working();
        MutexGuard::unlock_fair(model);
        let saved = messages.all && self.write(viewer, until);
        Ok(Progress {
            changed: changed || saved,
            more: more || self.saving.is_some(),
            grows: grows && self.reading.is_some(),
        })
    }

    /// Reads the conversation's messages, in which secrets are found. If secrets may be shown, or if there are no
    /// messages, everything counts as read.
    fn read_messages(&self, viewer: &mut Viewer) -> io::Result<ReadMessages> {
        let has_messages = {
            let contents = viewer.store().read();
            let conversation = contents.tracker.get(self.id);
            conversation.is_some_and(|conversation| conversation.has_session())
        };
        if viewer.show_secrets || !has_messages {
            let to = u32::MAX;
            return Ok(ReadMessages { to, all: true });
        }
        let all = viewer.read_messages_to(self.id, u32::MAX)?;
        let to = viewer.messages_read_to(self.id).unwrap_or(0);
        Ok(ReadMessages { to, all })
    }

    /// Starts again after the viewer has read the conversation from another packet on, from which everything is
    /// counted; if more was read before, it is read again, too.
    fn begin_again(&mut self, viewer: &Viewer, is_in_doubt: bool) {
        let from = viewer.messages_read_from(self.id);
        let is_other = from.is_some() && self.read_from.is_some() && from != self.read_from;
        self.read_from = from.or(self.read_from);
        if is_in_doubt || is_other && self.reading.is_some() {
            self.reading = Some(Reading::new(self.id));
            (self.next, self.adopted) = (None, None);
            self.overlaps.compared = PerSide::default();
        }
    }

    /// Reads on, up to the last message read; returns whether there is more to be read by now.
    fn read(
        &mut self,
        viewer: &mut Viewer,
        messages: &ReadMessages,
        limit: u32,
        until: Instant,
    ) -> io::Result<bool> {
        let Some(reading) = &mut self.reading else {
            return Ok(!messages.all);
        };
        reading.read_no_further_than(limit.min(messages.to));
        let mut more = true;
        while more {
            more = reading.read(viewer, SLICE)?;
            if Instant::now() >= until {
                break;
            }
        }
        let behind = more || !messages.all;
        if self.next.is_some() {
            return Ok(behind);
        }
        let ended = {
            let contents = viewer.store().read();
            contents.finished && reading.is_at_end(&contents)
        };
        let count = reading.count();
        let due = match self.adopted {
            None => true,
            // The first content shown may change until all has been read, but not for every packet.
            Some((packets, _)) if behind => count >= 2 * packets.max(1),
            Some((packets, at)) => {
                let news = count > packets || reading.has_evicted();
                ended || (news && at.elapsed() >= INTERVAL)
            }
        };
        if due {
            self.next = Some(Next {
                dialogue: Arc::new(reading.dialogue()),
                ended,
            });
            self.adopted = Some((count, Instant::now()));
            if ended {
                self.reading = None;
            }
        }
        Ok(behind)
    }

    /// Continues saving; returns whether it has a result.
    fn write(&mut self, viewer: &mut Viewer, until: Instant) -> bool {
        let begun = {
            let mut model = self.model.lock();
            if model.show_secrets != viewer.show_secrets {
                return false;
            }
            model.to_save.take()
        };
        let Some(mut saving) = begun.or_else(|| self.saving.take()) else {
            return false;
        };
        let mut capture = Capture {
            viewer,
            id: self.id,
        };
        let (percent, message) = match saving.work(&mut capture, until) {
            Ok(true) => {
                let percent = saving.progress();
                self.saving = Some(saving);
                (Some(percent), None)
            }
            Ok(false) => (None, Some(saving.finish())),
            Err(error) => (None, Some(text!("follow-not-saved", why = error))),
        };
        let mut model = self.model.lock();
        model.saving = percent;
        model.message = message.or(model.message.take());
        true
    }
}

impl Overlaps {
    /// Compares bytes that came more than once; returns whether all has been compared.
    pub(super) fn compare(
        &mut self,
        viewer: &mut Viewer,
        dialogue: &Dialogue,
        until: Instant,
    ) -> io::Result<bool> {
        for from in Side::BOTH {
            let side = from;
            let overlaps = &dialogue.streams[side].overlaps;
            while let Some(overlap) = overlaps.get(self.compared[side]) {
                if Instant::now() >= until {
                    return Ok(false);
                }
                self.compared[side] += 1;
                if is_conflict(viewer, overlap)? {
                    let conflict = Conflict {
                        at: overlap.first.at,
                        packet: overlap.again.packet,
                    };
                    let conflicts = &mut self.conflicts[side];
                    let place = conflicts.partition_point(|other| other.at <= conflict.at);
                    let known = conflicts
                        .iter()
                        .any(|other| other.packet == conflict.packet);
                    if !known {
                        conflicts.insert(place, conflict);
                    }
                }
            }
        }
        Ok(true)
    }
}

impl FollowModel {
    /// Returns a value that changes when something on the screen does.
    fn stamp(&self) -> impl PartialEq + use<> {
        let layout = self.layout.as_ref();
        let search = self.search.as_ref();
        (
            (self.behind, self.count, self.lacks, self.message.is_some()),
            layout.map(|layout| (layout.rows().len(), layout.is_done())),
            search.map(|search| (search.hits().len(), search.is_done())),
            self.cursor,
        )
    }

    /// Takes over the changes of the script, and the conflicts.
    pub(super) fn take_up(
        &mut self,
        capture: &mut Capture,
        change: Change,
        conflicts: &PerSide<Vec<Conflict>>,
    ) -> io::Result<()> {
        let conflict = self.conflicts != *conflicts;
        if conflict {
            self.conflicts = conflicts.clone();
        }
        // The rest of a character does not come any more; or the charset has changed.
        let waiting = self.layout.as_ref().is_some_and(TextLayout::is_waiting);
        let anew = (self.ended && waiting) || self.script.is_other_charset(capture)? || conflict;
        self.read.clear();
        match (change, &mut self.layout) {
            (Change::None, _) if !anew => {}
            (Change::Grown, Some(layout)) if !anew => {
                layout.resume(&self.script);
                self.restart_search();
            }
            _ => {
                // The cursor stays on its content.
                self.stay();
                self.layout = None;
                self.restart_search();
            }
        }
        Ok(())
    }

    /// Makes lines, continues the search, moves the cursor and reads the lines on the screen. While not `all` of the
    /// conversation was read, only lines for some screens are made.
    pub(super) fn make_lines(
        &mut self,
        capture: &mut Capture,
        all: bool,
        until: Instant,
    ) -> io::Result<()> {
        let enough = self.cursor.selected + MANY_SCREENS * self.cursor.height.max(1);
        if all || self.rows().len() < enough {
            self.lay_out(capture, until)?;
        }
        if all {
            self.look(capture, until)?;
        }
        self.go();
        self.read_window(capture)
    }

    fn lay_out(&mut self, capture: &mut Capture, until: Instant) -> io::Result<()> {
        if self.columns == 0 {
            return Ok(());
        }
        let layout = self.layout.get_or_insert_with(|| {
            TextLayout::new(self.mode, self.columns, self.conflicts.clone())
        });
        layout.work(&mut self.script, capture, until)
    }

    /// Continues the search.
    fn look(&mut self, capture: &mut Capture, until: Instant) -> io::Result<()> {
        let Some(search) = &mut self.search else {
            return Ok(());
        };
        search.work(&mut self.script, capture, until)?;
        let is_nowhere = search.is_done() && search.hits().is_empty();
        if is_nowhere && matches!(self.wanted, Some(Wanted::Hit { .. })) {
            self.message = Some(search.nowhere());
            self.wanted = None;
        }
        Ok(())
    }

    /// Reads the content of the lines on the screen, and of as many before and after them.
    fn read_window(&mut self, capture: &mut Capture) -> io::Result<()> {
        let height = self.cursor.height.max(1);
        let selected = self.cursor.selected;
        // The target of the cursor is brought onto the screen.
        let top = match self.window.contains(&selected) {
            true => self.window.start,
            false => selected.saturating_sub(height),
        };
        let from = top.saturating_sub(height);
        let to = (top + 3 * height).min(self.rows().len());
        let mut before = std::mem::take(&mut self.read);
        for at in from..to {
            let Some(row) = self.rows().get(at).copied().filter(|row| row.is_said()) else {
                continue;
            };
            if let Some(read) = before.remove(&at).filter(|read| read.row == row) {
                self.read.insert(at, read);
                continue;
            }
            let Some(block) = self.block(&row).copied() else {
                continue;
            };
            let charset = self.script.charset_of(capture, row.block as usize)?;
            let bytes = self
                .script
                .bytes(capture, block.from, row.at, row.length.into())?
                .to_vec();
            let read = ReadRow {
                row,
                charset,
                bytes,
            };
            self.read.insert(at, read);
        }
        let is_there = |at: usize| {
            let row = self.rows().get(at);
            row.is_none_or(|row| !row.is_said() || self.read.contains_key(&at))
        };
        self.lacks &= !self.window.clone().all(is_there);
        Ok(())
    }

    pub(super) fn restart_search(&mut self) {
        if let Some(search) = &mut self.search {
            search.restart();
        }
    }
}
