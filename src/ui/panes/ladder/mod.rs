//! A conversation as a ladder: client left, server right, each packet an arrow with what it means.
//!
//! ```text
//!    agreed: MSS 1460 · window scale 7/10 · SACK · timestamps · ECN off
//!               client 10.0.0.2:51234                    10.0.0.1:80 server
//!       0.000000  ├─ SYN  seq 0 ──────────────────────────────────▶│  ① 1/3
//!                 │   ISN 834471725 · win 64240 · MSS 1460         │
//!      +0.012034  │◀──────────────────────── SYN ACK  seq 0 ack 1 ─┤  ② 2/3
//!                 │   ISN 16854226                                 │
//!                 │   ack 834471726 = client ISN 834471725 + 1 ✓   │
//!      +0.021087  │◀═══════════════ 200 OK  34 segments  17 ACKs ══╡  ▸ 45.6 kB
//!    ──────────────────────────────────────────────────────────────────────────────
//!    #1 SYN. The client 10.0.0.2 asks to open a connection …     L4 transport · TCP
//! ```

mod arrow;
mod draw;
mod head;
#[cfg(test)]
mod tests;

pub(super) use self::head::heading;

use self::{
    arrow::broken,
    head::{title_has_verdict, told},
};
use crate::{
    capture::Bytes,
    ladder::{self, Kind, Ladder, Row, Said, Words},
    store::Contents,
    track::{ConversationId, outcome},
    ui::{
        Action,
        app::{Reply, Shared},
        list::Tail,
        text,
    },
    view::Viewer,
    words::printable,
};
use dissectors::TcpAnalysis;
use ratatui::{layout::Position, text::Line};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// How long one frame may spend on reading packets: the rest is for drawing and for keys.
const READING: Duration = Duration::from_millis(14);

/// The same while the capture loads: the index waits while we read.
const READING_BESIDE_INDEX: Duration = Duration::from_millis(5);

/// Packets that are read before the clock is looked at again.
const SLICE: usize = 256;

/// Rows whose application text is kept: more than any screen has.
const MAX_INFOS: usize = 2048;

/// What is said of a conversation that is not there any more.
pub(super) const LET_GO: &str = " This conversation was let go: esc leaves it";

/// A conversation.
pub struct LadderPane {
    ladder: Ladder,
    viewer: Viewer,
    selected: usize,
    top: usize,
    /// The wheel has moved the screen: the cursor follows, not the other way round.
    wheeled: bool,
    /// The cursor was sent to the end and stays there while more is read.
    at_end: bool,
    /// A packet to go to that has not been read yet.
    wanted: Option<u32>,
    /// What packets say above the transport layer.
    infos: HashMap<u32, Option<String>>,
    absolute_seq: bool,
    /// What the infos were made with: absolute numbers, secrets, all of the capture.
    made_for: (bool, bool, bool),
    reading: bool,
    /// What something on the screen is part of was not heard yet.
    waiting: bool,
    /// How many rows were on the screen the last time.
    page: usize,
    /// Which row each line of the screen belongs to.
    places: Vec<(u16, usize)>,
    /// The text of the chosen row, for the clipboard.
    chosen: String,
}

impl LadderPane {
    /// Opens a conversation.
    pub fn new(id: ConversationId, bytes: Bytes) -> Self {
        LadderPane {
            ladder: Ladder::new(id),
            viewer: Viewer::new(bytes),
            selected: 0,
            top: 0,
            wheeled: false,
            at_end: false,
            wanted: None,
            infos: HashMap::new(),
            absolute_seq: false,
            made_for: (false, false, false),
            reading: true,
            waiting: false,
            page: 1,
            places: Vec::new(),
            chosen: String::new(),
        }
    }

    /// Which conversation it is.
    pub fn id(&self) -> ConversationId {
        self.ladder.id()
    }

    /// Whether there are packets that have not been read yet, or messages that have not been heard.
    pub fn is_reading(&self) -> bool {
        self.reading || self.waiting
    }

    /// Whether it stays at its end while more comes.
    pub fn tail(&self) -> Tail {
        Tail::at_end(self.at_end)
    }

    /// The packet that the cursor is on.
    pub fn packet(&self) -> Option<u32> {
        if self.wanted.is_some() {
            return self.wanted;
        }
        let row = self.ladder.row(self.selected)?;
        self.ladder.packet_of(&self.viewer, row)
    }

    /// Reads packets of this conversation.
    pub fn viewer(&mut self) -> &mut Viewer {
        &mut self.viewer
    }

    /// What was heard is to be heard again: something else is now said of what it speaks.
    pub fn forget(&mut self) {
        let packet = self.packet();
        self.viewer.forget();
        self.infos.clear();
        self.ladder = Ladder::new(self.id());
        self.reading = true;
        self.wanted = packet.or(self.wanted);
    }

    /// Puts the cursor on a packet, unfolding what it is in.
    pub fn go_to(&mut self, number: u32) {
        self.at_end = false;
        match self.ladder.find(&self.viewer, number) {
            Some((_, Some(run))) => {
                self.ladder.unfold(run, true);
                if let Some((row, None)) = self.ladder.find(&self.viewer, number) {
                    self.selected = row;
                }
                self.wanted = None;
            }
            Some((row, None)) => {
                self.selected = row;
                self.wanted = None;
            }
            None if number > self.ladder.read_to() => self.wanted = Some(number),
            None => {}
        }
        self.wheeled = false;
    }

    /// Takes up what has come since the last frame, for a few milliseconds.
    pub fn sync(&mut self, contents: &Contents, shared: &Shared) {
        let began = Instant::now();
        let most = match contents.finished {
            true => READING,
            false => READING_BESIDE_INDEX,
        };
        self.viewer.patience = Some(began + most);
        if self.viewer.renew(contents) {
            self.forget();
        }
        let left = self.ladder.let_go(contents.packets.first());
        self.selected = self.selected.saturating_sub(left);
        self.top = self.top.saturating_sub(left);
        self.waiting = false;
        self.reading = true;
        self.ladder
            .read_no_further_than(shared.pulse.limit(contents));
        while self.reading {
            self.reading = self.ladder.read(&mut self.viewer, contents, SLICE);
            if began.elapsed() >= most {
                break;
            }
        }
        if let Some(wanted) = self.wanted {
            self.go_to(wanted);
            if !self.reading && contents.finished {
                self.wanted = None;
            }
        }
        let absolute = shared.settings.absolute_seq;
        let secrets = shared.settings.show_secrets;
        let made_for = (absolute, secrets, contents.finished);
        if self.made_for != made_for {
            self.made_for = made_for;
            self.infos.clear();
        }
        self.absolute_seq = absolute;
        self.viewer.absolute_seq = absolute;
        self.viewer.show_secrets = secrets;
        if self.at_end {
            self.selected = self.length().saturating_sub(1);
            self.at_end = self.reading || !contents.finished;
        }
    }

    fn length(&self) -> usize {
        self.ladder.len()
    }

    fn select(&mut self, row: usize) {
        self.selected = row.min(self.length().saturating_sub(1));
        self.wanted = None;
        self.wheeled = false;
        self.at_end = false;
    }

    /// Does what a key says.
    pub fn act(&mut self, action: Action, _contents: &Contents, _shared: &Shared) -> Reply {
        let page = self.page.saturating_sub(1).max(1);
        let half = (self.page / 2).max(1);
        let selected = self.selected;
        match action {
            Action::Up => self.select(selected.saturating_sub(1)),
            Action::Down | Action::PageDown => {
                let rows = if action == Action::Down { 1 } else { page };
                self.select(selected + rows);
                self.at_end = Tail::is_called(action, selected, self.length());
            }
            Action::PageUp => self.select(selected.saturating_sub(page)),
            Action::HalfPageUp => self.select(selected.saturating_sub(half)),
            Action::HalfPageDown => self.select(selected + half),
            Action::Top => self.select(0),
            Action::Bottom => {
                self.select(usize::MAX);
                self.at_end = true;
            }
            Action::Open => match self.ladder.row(selected) {
                Some(Row::Run(run)) => {
                    let unfolded = self.ladder.run(run).is_some_and(|run| run.unfolded);
                    self.ladder.unfold(run, !unfolded);
                }
                Some(Row::Step(..)) => {
                    return self.packet().map_or(Reply::Done, Reply::OpenPacket);
                }
                None => {}
            },
            Action::Right => {
                if let Some(Row::Run(run)) = self.ladder.row(selected) {
                    self.ladder.unfold(run, true);
                }
            }
            Action::Left => {
                if let Some((run, start)) = self.ladder.run_of(selected) {
                    self.ladder.unfold(run, false);
                    self.select(start);
                }
            }
            Action::FoldAll => {
                let packet = self.packet();
                self.ladder.unfold_all(self.ladder.any_folded());
                let row = packet.and_then(|packet| self.ladder.find(&self.viewer, packet));
                if let Some((row, hidden)) = row {
                    let start = hidden.and_then(|_| self.ladder.run_of(row));
                    self.select(start.map_or(row, |(_, start)| start));
                }
            }
            Action::Copy => return Reply::Copy(self.chosen.clone()),
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    /// A click on a row chooses it; on the chosen row it opens.
    pub fn click(&mut self, at: Position, contents: &Contents, shared: &Shared) -> Reply {
        let hit = self.places.iter().find(|(y, _)| *y == at.y);
        match hit.map(|(_, row)| *row) {
            Some(row) if row == self.selected => self.act(Action::Open, contents, shared),
            Some(row) => {
                self.select(row);
                Reply::Done
            }
            None => Reply::Ignored,
        }
    }

    /// The mouse wheel.
    pub fn scroll(&mut self, rows: isize) {
        self.top = self
            .top
            .saturating_add_signed(rows)
            .min(self.length().saturating_sub(1));
        self.wheeled = true;
        self.at_end = false;
        self.wanted = None;
    }

    /// The line above it: who, and what became of it.
    pub fn title(&self, contents: &Contents, shared: &Shared, width: u16) -> Line<'static> {
        let theme = &shared.theme;
        let Some(conversation) = contents.tracker.get(self.id()) else {
            return Line::styled(LET_GO, theme.warning);
        };
        let outcome = outcome(conversation);
        let style = theme.tone(outcome.tone());
        let mut parts = heading(conversation, theme);
        parts.push((format!("{} ", outcome.sign()), style));
        let words = match title_has_verdict(conversation, contents.finished, width) {
            true => told(conversation, contents.finished),
            false => outcome.words().to_owned(),
        };
        parts.push((words, style));
        text::line(parts, width.into())
    }

    /// The message that a row is, or is part of.
    fn message(&self, row: Row) -> Option<ladder::Message> {
        let run = match row {
            Row::Run(run) => run,
            // In an unfolded run each segment stands for itself.
            Row::Step(_, true) => return None,
            Row::Step(step, false) => self.ladder.run_at(step)?,
        };
        self.ladder.message(&self.viewer, run)
    }

    /// What a row's packet, or the one that completes its message, says above the transport layer.
    fn info(
        &mut self,
        contents: &Contents,
        row: Row,
        message: Option<&ladder::Message>,
    ) -> Option<String> {
        let step = self.ladder.first_of(row)?;
        let wanted = step.payload > 0 && step.kind != Kind::Icmp;
        if !wanted {
            return None;
        }
        let packet = message.map_or(step.packet, |message| message.packet);
        if let Some(info) = self.infos.get(&packet) {
            return info.clone();
        }
        if self.infos.len() >= MAX_INFOS {
            self.infos.clear();
        }
        let before = self.ladder.before(row).map(|step| step.packet);
        let record = contents.packets.get(packet)?;
        let inner = record.conversation().map(|(id, _)| id) == Some(self.id());
        let time_ns = before
            .and_then(|packet| contents.packets.get(packet))
            .map(|record| record.time_ns);
        self.viewer
            .came_before(self.ladder.id(), time_ns.or(Some(record.time_ns)));
        let summary = self.viewer.summary(contents, packet).ok();
        // What is inside a tunnel is news to the tunnel whatever it is.
        let info = summary
            .filter(|summary| !inner || !matches!(summary.protocol, "TCP" | "UDP" | ""))
            .map(|summary| printable(&summary.info))
            .filter(|info| !info.trim().is_empty());
        match self.viewer.is_unheard() {
            true => self.waiting = true,
            false => {
                self.infos.insert(packet, info.clone());
            }
        }
        info
    }

    /// The TCP analysis of a row's packet.
    fn analysis(&mut self, contents: &Contents, row: Row) -> TcpAnalysis {
        let found = self.ladder.analysis(&mut self.viewer, contents, row);
        self.waiting |= found.is_none();
        found.unwrap_or_default()
    }

    fn words(&mut self, contents: &Contents, row: Row) -> Option<Words> {
        let message = self.message(row);
        let info = self.info(contents, row, message.as_ref());
        let said = Said {
            info: info.as_deref(),
            message,
            analysis: self.analysis(contents, row),
        };
        self.ladder.words(contents, row, &said, self.absolute_seq)
    }

    /// How many lines a row takes: few kinds have any below the arrow.
    fn lines_of(&self, contents: &Contents, row: usize, columns: usize) -> usize {
        let Some(row) = self.ladder.row(row) else {
            return 1;
        };
        if matches!(row, Row::Run(_)) {
            return 1;
        }
        let said = Said::default();
        let words = self.ladder.words(contents, row, &said, self.absolute_seq);
        words.map_or(1, |words| 1 + broken(&words.notes, columns).len())
    }

    /// Brings the cursor onto the screen, or the screen to the cursor.
    fn fit(&mut self, contents: &Contents, height: usize, columns: usize) {
        let length = self.length();
        self.selected = self.selected.min(length.saturating_sub(1));
        if length == 0 || height == 0 {
            self.top = 0;
            return;
        }
        // The last top that leaves no empty lines below.
        let back_from = |pane: &Self, last: usize| {
            let mut first = last;
            let mut lines = pane.lines_of(contents, last, columns);
            while first > 0 {
                lines += pane.lines_of(contents, first - 1, columns);
                if lines > height {
                    break;
                }
                first -= 1;
            }
            first
        };
        self.top = self.top.min(back_from(self, length - 1));
        if self.wheeled {
            let mut last = self.top;
            let mut lines = self.lines_of(contents, last, columns);
            while last + 1 < length {
                lines += self.lines_of(contents, last + 1, columns);
                if lines > height {
                    break;
                }
                last += 1;
            }
            self.selected = self.selected.clamp(self.top, last);
            self.wheeled = false;
        }
        self.top = self
            .top
            .min(self.selected)
            .max(back_from(self, self.selected));
    }
}
