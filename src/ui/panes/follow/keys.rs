//! Handles keys and the mouse.

use super::{
    going::Wanted,
    layout::Mode,
    model::FollowModel,
    save::{self, Saving},
    search::Search,
};
use crate::{
    confine::Confinement,
    find::{Kind, Pattern},
    follow::charset::Charset,
    lang::text,
    track::Side,
    ui::{Action, list::Following, pane::Reply},
};
use ratatui::layout::Position;

impl FollowModel {
    /// Performs an action.
    pub fn act(&mut self, action: Action) -> Reply {
        let rows = self.rows().len();
        let before = self.cursor.selected;
        if self.cursor.act(action, rows) {
            // Moving past the last line made so far is not the end.
            let end = action == Action::Bottom || !self.is_working();
            let end = end && Following::is_resumed(action, before, rows);
            self.wanted = end.then_some(Wanted::End);
            return Reply::Done;
        }
        match action {
            Action::Open => return self.packet().map_or(Reply::Done, Reply::OpenPacket),
            Action::Mode => {
                self.stay();
                self.mode = next(&Mode::ALL, self.mode, 1);
                self.discard_lines();
            }
            Action::OneSide => {
                let sides = [None, Some(Side::Client), Some(Side::Server)];
                self.stay();
                self.discard_lines();
                self.script.show_only(next(&sides, self.script.only(), 1));
                self.restart_search();
            }
            Action::Charset => return self.read_as(1),
            Action::PreviousCharset => return self.read_as(Charset::ALL.len()),
            // Without a search of its own, the last one of the screen is continued.
            Action::FindNext | Action::FindPrevious if self.search.is_some() => {
                return self.walk_hits(action == Action::FindNext);
            }
            Action::NextTurn | Action::PreviousTurn => self.turn(action == Action::NextTurn),
            Action::Copy => return Reply::Copy(self.chosen.clone()),
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    /// Reads text in the charset `step` charsets further on; after the last one each turn's charset is guessed.
    fn read_as(&mut self, step: usize) -> Reply {
        let mut charsets = vec![None];
        charsets.extend(Charset::ALL.map(Some));
        let charset = next(&charsets, self.script.charset(), step);
        self.script.read_as(charset);
        if self.mode == Mode::Text {
            self.stay();
            self.discard_lines();
        }
        self.restart_search();
        Reply::Say(match charset {
            Some(charset) => text!("follow-charset", charset = charset.name()),
            None => text!("follow-charset-guessed").to_owned(),
        })
    }

    /// Returns what is likely to be searched for.
    pub fn kind_to_find(&self) -> Kind {
        match (self.mode, &self.search) {
            (_, Some(search)) => search.pattern.kind,
            (Mode::Text | Mode::Hex, None) => Kind::Text,
            (Mode::Raw, None) => Kind::Hex,
        }
    }

    /// Searches for something; for nothing to end the search.
    pub fn find(&mut self, pattern: Option<&Pattern>, forward: bool) {
        (self.search, self.hit) = (None, None);
        let Some(pattern) = pattern else { return };
        self.search = Some(Search::new(pattern.clone()));
        let row = self.rows().get(self.cursor.selected).copied();
        self.wanted = Some(Wanted::Hit {
            forward,
            block: row.map_or(0, |row| row.block as usize),
            at: row.map_or(0, |row| row.at),
        });
    }

    /// Returns the default name of a file.
    pub fn file_name(&self) -> String {
        save::name(&self.name, self.mode, self.script.only())
    }

    /// Saves what is shown, or returns why it cannot.
    pub fn save(&mut self, name: &str, confinement: &Confinement) -> Result<(), String> {
        let saving = Saving::new(self.script.clone(), self.mode, name, confinement)?;
        self.to_save = Some(saving);
        Ok(())
    }

    /// Handles a click: on a line it chooses it; on the chosen line it opens its packet.
    pub fn click(&mut self, at: Position) -> Reply {
        let line = usize::from(at.y.saturating_sub(self.area.y));
        let row = match at.y >= self.area.y {
            true => self.cursor.row_at(line, self.rows().len()),
            false => None,
        };
        match row {
            Some(row) if row == self.cursor.selected => self.act(Action::Open),
            Some(row) => {
                self.cursor.selected = row;
                self.wanted = None;
                Reply::Done
            }
            None => Reply::Ignored,
        }
    }

    /// Handles the mouse wheel.
    pub fn scroll(&mut self, rows: isize) {
        self.cursor.scroll(rows, self.rows().len());
        self.wanted = None;
    }
}

fn next<T: Copy + PartialEq>(all: &[T], now: T, step: usize) -> T {
    let at = all.iter().position(|one| *one == now).unwrap_or(0);
    all[(at + step) % all.len()]
}
