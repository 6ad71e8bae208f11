//! The state that the pane and its work share: the ladder, the cursor, and the details read for the rows on the screen.

use super::{
    EVICTED,
    arrow::broken,
    head::{heading, judged, title_has_verdict},
};
use crate::{
    findings::{Settings, Severity, of_conversation},
    format::printable,
    ladder::{Ladder, LadderRow, Message, RowDetail, RowLabel},
    store::Contents,
    track::ConversationId,
    ui::{Action, app::Shared, list::Following, pane::Reply, reader::MadeFor, text},
};
use dissectors::TcpAnalysis;
use ratatui::{layout::Position, text::Line};
use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

/// A conversation, and how it is shown.
pub struct LadderModel {
    pub ladder: Ladder,
    pub selected: usize,
    pub top: usize,
    /// The wheel has moved the screen: the cursor follows it, instead of the reverse.
    pub wheeled: bool,
    /// The cursor was sent to the end and stays there while more is read.
    pub at_end: bool,
    /// A packet to go to, as soon as its row is known.
    pub wanted: Option<u32>,
    /// Packets after this one are not shown.
    pub limit: u32,
    /// The details read for the rows on the screen and those around them, and the settings that they are made with.
    pub read: HashMap<LadderRow, ReadRow>,
    pub made_for: MadeFor,
    /// There are packets that have not been read.
    pub reading: bool,
    /// The rows on the screen in the last frame.
    pub shown: Range<usize>,
    /// A row on the screen was not read.
    pub lacks: bool,
    /// Why nothing more is read.
    pub trouble: Option<String>,
    /// The row of each line of the screen.
    pub places: Vec<(u16, usize)>,
    /// The text of the chosen row, for the clipboard.
    pub chosen: String,
    /// The packets that show a finding of warning or above, and how bad that is.
    pub evidence: BTreeMap<u32, Severity>,
}

/// The details read for a row.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadRow {
    /// The message that it is, or is part of.
    pub message: Option<Message>,
    /// The packet that it represents.
    pub packet: u32,
    /// The summary of that packet, above the transport layer.
    pub info: Option<String>,
    /// The TCP analysis of that packet.
    pub analysis: TcpAnalysis,
    /// Its conversation was not read to its end so far: the details may change.
    pub provisional: bool,
}

impl LadderModel {
    /// Creates a model with nothing read so far.
    pub fn new(id: ConversationId) -> Self {
        LadderModel {
            ladder: Ladder::new(id),
            selected: 0,
            top: 0,
            wheeled: false,
            at_end: false,
            wanted: None,
            limit: u32::MAX,
            read: HashMap::new(),
            made_for: MadeFor::default(),
            reading: true,
            shown: 0..0,
            lacks: false,
            trouble: None,
            places: Vec::new(),
            chosen: String::new(),
            evidence: BTreeMap::new(),
        }
    }

    /// Returns whether it follows its end while more comes.
    pub fn tail(&self) -> Following {
        Following::at_end(self.at_end)
    }

    /// Returns the packet that the cursor is on.
    pub fn packet(&self) -> Option<u32> {
        if self.wanted.is_some() {
            return self.wanted;
        }
        let row = self.ladder.row(self.selected)?;
        match self.read.get(&row) {
            Some(read) => Some(read.packet),
            None => self.ladder.first_of(row).map(|step| step.packet),
        }
    }

    /// Whether that is certain: a row of several packets represents the one that completes its message.
    pub fn knows_packet(&self) -> bool {
        let row = self.ladder.row(self.selected);
        self.wanted.is_some() || row.is_some_and(|row| self.read.contains_key(&row))
    }

    /// Drops everything, to be read again: data that it depends on has changed.
    pub fn forget(&mut self) {
        self.wanted = self.packet().or(self.wanted);
        self.read.clear();
        self.ladder = Ladder::new(self.ladder.id());
        self.reading = true;
    }

    /// Moves the cursor to a packet, and unfolds its run.
    pub fn go_to(&mut self, number: u32) {
        self.at_end = false;
        self.wheeled = false;
        self.wanted = Some(number);
    }

    /// Sets the last packet that is shown, and the settings that details are made with.
    pub fn set(&mut self, limit: u32, made_for: MadeFor) {
        self.limit = limit;
        if self.made_for != made_for {
            self.made_for = made_for;
            self.read.clear();
        }
    }

    /// Returns how many rows were on the screen in the last frame.
    fn page(&self) -> usize {
        self.shown.len().max(1)
    }

    pub fn length(&self) -> usize {
        self.ladder.len()
    }

    fn select(&mut self, row: usize) {
        self.selected = row.min(self.length().saturating_sub(1));
        self.wanted = None;
        self.wheeled = false;
        self.at_end = false;
    }

    /// Performs an action.
    pub fn act(&mut self, action: Action) -> Reply {
        let page = self.page().saturating_sub(1).max(1);
        let half = (self.page() / 2).max(1);
        let selected = self.selected;
        match action {
            Action::Up => self.select(selected.saturating_sub(1)),
            Action::Down | Action::PageDown => {
                let rows = if action == Action::Down { 1 } else { page };
                self.select(selected + rows);
                // Moving past the last packet read so far is not the end.
                self.at_end =
                    !self.reading && Following::is_resumed(action, selected, self.length());
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
                Some(LadderRow::Run(run)) => {
                    let unfolded = self.ladder.run(run).is_some_and(|run| run.unfolded);
                    self.ladder.unfold(run, !unfolded);
                }
                Some(LadderRow::Step(..)) => {
                    return self.packet().map_or(Reply::Done, Reply::OpenPacket);
                }
                None => {}
            },
            Action::Right => {
                if let Some(LadderRow::Run(run)) = self.ladder.row(selected) {
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
                if let Some(row) = packet.and_then(|packet| self.ladder.row_of(packet)) {
                    self.select(row);
                }
            }
            Action::Copy => return Reply::Copy(self.chosen.clone()),
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    /// Handles a click: on a row it chooses it; on the chosen row it opens.
    pub fn click(&mut self, at: Position) -> Reply {
        let hit = self.places.iter().find(|(y, _)| *y == at.y);
        match hit.map(|(_, row)| *row) {
            Some(row) if row == self.selected => self.act(Action::Open),
            Some(row) => {
                self.select(row);
                Reply::Done
            }
            None => Reply::Ignored,
        }
    }

    /// Handles the mouse wheel.
    pub fn scroll(&mut self, rows: isize) {
        self.top = self
            .top
            .saturating_add_signed(rows)
            .min(self.length().saturating_sub(1));
        self.wheeled = true;
        self.at_end = false;
        self.wanted = None;
    }

    /// Returns the title: the endpoints, and the verdict.
    pub fn title(&self, contents: &Contents, shared: &Shared, width: u16) -> Line<'static> {
        let theme = &shared.theme;
        let Some(conversation) = contents.tracker.get(self.ladder.id()) else {
            return Line::styled(format!(" {}", EVICTED.text()), theme.warning);
        };
        let Some(judged) = judged(contents, self.ladder.id()) else {
            return Line::default();
        };
        let style = theme.tone(judged.tone);
        let mut parts = heading(conversation, theme);
        if let Some(trouble) = &self.trouble {
            parts.push((trouble.clone(), theme.bad));
            return text::line(parts, width.into());
        }
        parts.push((format!("{} ", judged.sign), style));
        let words = match title_has_verdict(conversation, &judged.sentence, width) {
            true => printable(&judged.sentence),
            false => judged.words.to_owned(),
        };
        parts.push((words, style));
        text::line(parts, width.into())
    }

    /// Returns the label of a row, as far as its details were read.
    pub fn words(&mut self, contents: &Contents, row: LadderRow) -> Option<RowLabel> {
        let read = self.read.get(&row);
        let said = said(read);
        let words = self
            .ladder
            .label(contents, row, &said, self.made_for.absolute_seq);
        self.lacks |= read.is_none();
        words
    }

    /// Finds the packets that show a finding of warning or above.
    pub fn find_evidence(&mut self, contents: &Contents, settings: &Settings) {
        self.evidence.clear();
        let findings = of_conversation(contents, self.ladder.id(), settings);
        for finding in findings {
            let packets = finding.packets.into_iter();
            if finding.severity >= Severity::Warning {
                // Some of them may belong to other conversations.
                for packet in packets.filter(|packet| self.ladder.has(*packet)) {
                    let worst = self.evidence.entry(packet).or_insert(finding.severity);
                    *worst = finding.severity.max(*worst);
                }
            }
        }
    }

    /// Returns how bad the finding is that a row shows.
    pub fn severity(&self, row: LadderRow) -> Option<Severity> {
        let shown = self.evidence.range(self.ladder.packets_of(row)?);
        shown.map(|(_, severity)| *severity).max()
    }

    /// Returns how many lines a row takes: few kinds have any below the arrow.
    fn lines_of(&self, contents: &Contents, row: usize, columns: usize) -> usize {
        let Some(row) = self.ladder.row(row) else {
            return 1;
        };
        if matches!(row, LadderRow::Run(_)) {
            return 1;
        }
        let said = RowDetail::default();
        let words = self
            .ladder
            .label(contents, row, &said, self.made_for.absolute_seq);
        words.map_or(1, |words| 1 + broken(&words.notes, columns).len())
    }

    /// Brings the cursor onto the screen, or the screen to the cursor.
    pub fn fit(&mut self, contents: &Contents, height: usize, columns: usize) {
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

/// Returns the details read for a row, for its label.
pub fn said(read: Option<&ReadRow>) -> RowDetail<'_> {
    RowDetail {
        info: read.and_then(|read| read.info.as_deref()),
        message: read.and_then(|read| read.message),
        analysis: read.map_or_else(TcpAnalysis::default, |read| read.analysis),
    }
}
