//! What is done a little in every frame: packets are read, compared and made into lines, something is looked for or saved.

use super::{
    FollowPane,
    going::Wanted,
    layout::{Conflict, Layout},
};
use crate::{
    follow::{
        Dialogue, Reading, is_conflict,
        script::{Capture, Change},
    },
    store::Contents,
    track::Direction,
};
use std::{
    io,
    time::{Duration, Instant},
};

/// How long one frame may spend on reading packets, or else on what is made of them.
const WORKING: Duration = Duration::from_millis(10);

/// The same while the capture loads: the index waits while we read.
const WORKING_BESIDE_INDEX: Duration = Duration::from_millis(4);

/// Packets that are read before the clock is looked at again.
const SLICE: u32 = 256;

/// While a conversation grows, what is new is taken up no more often than this.
pub const INTERVAL: Duration = Duration::from_millis(200);

impl FollowPane {
    /// Reads on, makes lines, searches and saves for a few milliseconds.
    pub fn sync(&mut self, contents: &Contents, show_secrets: bool) {
        if self.viewer.show_secrets != show_secrets {
            self.viewer.show_secrets = show_secrets;
            self.script.forget();
        }
        if self.trouble.is_some() {
            return;
        }
        if let Err(error) = self.work(contents) {
            self.trouble = Some(error.to_string());
            self.behind = false;
            self.saving = None;
        }
    }

    fn work(&mut self, contents: &Contents) -> io::Result<()> {
        // What was heard of it is counted from another place than what was read of it: both begin again.
        if self.viewer.renew() && self.reading.is_some() {
            self.reading = Some(Reading::new(self.id));
            self.adopted = None;
            self.compared = [0; 2];
        }
        let most = match contents.finished {
            true => WORKING,
            false => WORKING_BESIDE_INDEX,
        };
        self.read(contents, Instant::now() + most)?;
        let most = if self.behind { most / 3 } else { most };
        let until = Instant::now() + most;
        if !self.compare(contents, until)? {
            return Ok(());
        }
        self.lay_out(contents, until)?;
        self.look(contents, until)?;
        self.write(contents, until);
        self.go();
        Ok(())
    }

    /// Looks on for what is looked for.
    fn look(&mut self, contents: &Contents, until: Instant) -> io::Result<()> {
        let Some(search) = &mut self.search else {
            return Ok(());
        };
        let mut capture = Capture {
            contents,
            viewer: &mut self.viewer,
            id: self.id,
        };
        search.work(&mut self.script, &mut capture, until)?;
        let is_nowhere = search.is_done() && search.hits().is_empty();
        if is_nowhere && matches!(self.wanted, Some(Wanted::Hit { .. })) {
            self.message = Some(search.nowhere());
            self.wanted = None;
        }
        Ok(())
    }

    /// Saves on.
    fn write(&mut self, contents: &Contents, until: Instant) {
        let Some(mut saving) = self.saving.take() else {
            return;
        };
        let mut capture = Capture {
            contents,
            viewer: &mut self.viewer,
            id: self.id,
        };
        match saving.work(&mut capture, until) {
            Ok(true) => self.saving = Some(saving),
            Ok(false) => self.message = Some(saving.finish()),
            Err(error) => self.message = Some(format!("Not saved: {error}")),
        }
    }

    pub(super) fn lay_out(&mut self, contents: &Contents, until: Instant) -> io::Result<()> {
        if self.columns == 0 {
            return Ok(());
        }
        let layout = self
            .layout
            .get_or_insert_with(|| Layout::new(self.mode, self.columns, self.conflicts.clone()));
        let mut capture = Capture {
            contents,
            viewer: &mut self.viewer,
            id: self.id,
        };
        layout.work(&mut self.script, &mut capture, until)
    }

    fn read(&mut self, contents: &Contents, until: Instant) -> io::Result<()> {
        let Some(reading) = &mut self.reading else {
            return Ok(());
        };
        loop {
            self.behind = reading.read(contents, &mut self.viewer, SLICE)?;
            if !self.behind || Instant::now() >= until {
                break;
            }
        }
        let count = reading.count();
        let ended = contents.finished && reading.is_at_end(contents);
        let due = match self.adopted {
            None => true,
            // What is seen first may change until all has been read, but not for every packet.
            Some((packets, _)) if self.behind => count >= 2 * packets.max(1),
            Some((packets, at)) => {
                let news = count > packets || reading.has_let_go();
                ended || (news && at.elapsed() >= INTERVAL)
            }
        };
        if !due {
            return Ok(());
        }
        let dialogue = reading.dialogue();
        self.adopted = Some((count, Instant::now()));
        if ended {
            self.reading = None;
        }
        self.adopt(contents, dialogue, ended)
    }

    pub(super) fn adopt(
        &mut self,
        contents: &Contents,
        dialogue: Dialogue,
        ended: bool,
    ) -> io::Result<()> {
        let change = self.script.adopt(dialogue, ended);
        let mut capture = Capture {
            contents,
            viewer: &mut self.viewer,
            id: self.id,
        };
        // A letter that was waited for does not come any more; or what was read as one thing is another.
        let waiting = self.layout.as_ref().is_some_and(Layout::is_waiting);
        let anew = (ended && waiting) || self.script.is_other_charset(&mut capture)?;
        match (change, &mut self.layout) {
            (Change::None, _) if !anew => {}
            (Change::Grown, Some(layout)) if !anew => {
                layout.resume(&self.script);
                self.restart_search();
            }
            _ => self.lay_out_anew(),
        }
        Ok(())
    }

    /// Compares what came more than once; whether all has been compared.
    fn compare(&mut self, contents: &Contents, until: Instant) -> io::Result<bool> {
        let mut news = false;
        for from in [Direction::FromClient, Direction::FromServer] {
            let side = from as usize;
            let overlaps = &self.script.stream(from).overlaps;
            while let Some(overlap) = overlaps.get(self.compared[side]) {
                if Instant::now() >= until {
                    return Ok(false);
                }
                self.compared[side] += 1;
                if is_conflict(contents, &mut self.viewer, overlap)? {
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
                        news = true;
                    }
                }
            }
        }
        if news {
            self.lay_out_anew();
        }
        Ok(true)
    }

    /// All lines are made again, and the cursor stays on what it was on.
    fn lay_out_anew(&mut self) {
        self.stay();
        self.layout = None;
        self.restart_search();
    }

    pub(super) fn restart_search(&mut self) {
        if let Some(search) = &mut self.search {
            search.restart();
        }
    }
}
