//! The lines above the content: the endpoints, the cursor's position, the work in progress, and the display settings.

use super::{
    layout::{Mode, TextLayout},
    line::mark,
    model::FollowModel,
    search::{Hit, Search},
};
use crate::{
    follow::script::Block,
    format::{bytes, grouped, printable},
    lang::{Count, side, text},
    store::Contents,
    track::{ConversationId, Side},
    ui::{app::Shared, panes::ladder, text, theme::Theme},
};
use ratatui::{
    style::{Modifier, Style},
    text::Line,
};

impl FollowModel {
    /// Returns the title: the endpoints, the position, and the work in progress.
    pub fn title(
        &self,
        contents: &Contents,
        shared: &Shared,
        id: ConversationId,
        width: u16,
    ) -> Line<'static> {
        let theme = &shared.theme;
        let Some(conversation) = contents.tracker.get(id) else {
            let words = format!(" {}", ladder::EVICTED.text());
            return Line::styled(words, theme.warning);
        };
        let mut parts = Vec::new();
        if let Some(search) = &self.search {
            parts.push((self.hits(search), theme.key));
        }
        let rows = self.rows().len() as u64;
        let laid = self.layout.as_ref().is_some_and(TextLayout::is_done) && !self.behind;
        if rows > 0 {
            let line = grouped(self.cursor.selected as u64 + 1);
            let more = if laid { "" } else { "+" };
            let rows = format!("{}{more}", grouped(rows));
            parts.push((text!("follow-line", line, rows), theme.dim));
        }
        if conversation.evicted > 0 {
            let count = Count(conversation.evicted.into());
            parts.push((text!("follow-evicted-before", count), theme.warning));
        }
        parts.extend(
            self.progress(contents, id)
                .map(|words| (words, theme.handshake)),
        );
        let width = usize::from(width);
        let mut right: Vec<(String, Style)> = Vec::new();
        let mut used = 0;
        for (words, style) in parts {
            let wide = text::width(&words) + 2;
            if used + wide < width {
                used += wide;
                right.push((format!(" {words} "), style));
            }
        }
        let mut all = ladder::heading(conversation, theme);
        if width_of(&all) + used > width {
            all = vec![(format!(" {}  ", self.name), theme.heading)];
        }
        let gap = width.saturating_sub(width_of(&all) + used);
        all.push((" ".repeat(gap), Style::new()));
        all.extend(right);
        text::line(all, width)
    }

    fn hits(&self, search: &Search) -> String {
        let count = search.hits().len();
        let words = text::cut(&printable(&search.pattern.words), 24);
        if count == 0 {
            return match search.is_done() {
                true => text!("follow-nowhere", words),
                false => format!("/{words}: …"),
            };
        }
        let row = self.rows().get(self.cursor.selected);
        let inside = row.map_or(&[][..], |row| search.hits_in(row));
        let here = inside.iter().find(|hit| Some(hit.place()) == self.hit);
        let here = here.or(inside.first()).map(Hit::place);
        let at = here.map(|here| search.hits().partition_point(|hit| hit.place() < here));
        let count = Count(count as u64);
        let found = match at {
            Some(at) => text!("follow-hit", words, at = Count(at as u64 + 1), count),
            None => text!("follow-hits", words, count),
        };
        match search.is_done() {
            true => found,
            false => format!("{found} …"),
        }
    }

    /// Returns the work in progress, and how far it is.
    fn progress(&self, contents: &Contents, id: ConversationId) -> Option<String> {
        if let Some(percent) = self.saving {
            return Some(text!("follow-saving", percent));
        }
        if self.behind {
            let conversation = contents.tracker.get(id)?;
            let evicted = conversation.evicted.into();
            let packets = conversation.packets().saturating_sub(evicted).max(1);
            let percent = (self.count * 100 / packets).min(99);
            return Some(text!("follow-reading", percent));
        }
        let blocks = self.script.blocks();
        if let Some(layout) = self.layout.as_ref().filter(|layout| !layout.is_done()) {
            let percent = percent(blocks, layout.blocks(), layout.reached());
            return Some(text!("follow-lines", percent));
        }
        if let Some(search) = self.search.as_ref().filter(|search| !search.is_done()) {
            let percent = percent(blocks, search.blocks(), search.reached());
            return Some(text!("follow-looking", percent));
        }
        None
    }

    /// Returns the legend of the sides, and the display settings.
    pub(super) fn legend(&self, theme: &Theme, width: usize) -> Line<'static> {
        let mut right = Vec::new();
        for mode in Mode::ALL {
            let (words, style) = match mode == self.mode {
                true => (format!("[{}]", mode.name()), theme.heading),
                false => (format!(" {} ", mode.name()), theme.dim),
            };
            right.push((words, style));
        }
        let sides = match self.script.only() {
            None => text!("follow-both-sides"),
            Some(Side::Client) => text!("follow-client-only"),
            Some(Side::Server) => text!("follow-server-only"),
        };
        right.push((format!(" · {sides}"), theme.dim));
        if self.mode == Mode::Text {
            right.push((format!(" · {}", self.charset()), theme.dim));
        }
        right.push((" ".to_owned(), Style::new()));
        // If there is no room, the numbers are omitted first, then the names.
        let mut left = Vec::new();
        for words in (0..4).rev() {
            left = self.sides(theme, words);
            if width_of(&left) + width_of(&right) <= width {
                break;
            }
        }
        let gap = width.saturating_sub(width_of(&left) + width_of(&right));
        left.push((" ".repeat(gap), Style::new()));
        left.extend(right);
        text::line(left, width)
    }

    /// Returns the signs of the shown sides, with at most `words` words each: name, size.
    fn sides(&self, theme: &Theme, words: usize) -> Vec<(String, Style)> {
        let mut parts = vec![(" ".to_owned(), Style::new())];
        for (from, style) in [(Side::Client, theme.client), (Side::Server, theme.server)] {
            if words == 0 || self.script.only().is_some_and(|only| only != from) {
                continue;
            }
            let pieces = &self.script.stream(from).pieces;
            let said = sized(pieces.iter().map(|piece| u64::from(piece.length)).sum());
            let all = [mark(from), side(from), &said];
            let shown = all[..words].join(" ");
            parts.push((shown, style.add_modifier(Modifier::BOLD)));
            parts.push(("   ".to_owned(), Style::new()));
        }
        parts
    }

    /// Returns the charset, or the guessed one of the chosen turn.
    fn charset(&self) -> String {
        if let Some(charset) = self.script.charset() {
            return charset.name().to_owned();
        }
        let row = self.rows().get(self.cursor.selected);
        match row.and_then(|row| self.script.known_charset(row.block as usize)) {
            Some(charset) => text!("follow-charset-auto", charset = charset.name()),
            None => text!("follow-charset-auto-unknown").to_owned(),
        }
    }
}

fn width_of(parts: &[(String, Style)]) -> usize {
    parts.iter().map(|(words, _)| text::width(words)).sum()
}

/// Returns `74 B` or `48.1 kB`.
fn sized(count: u64) -> String {
    let size = bytes(count);
    let gap = if size.contains(' ') { "" } else { " " };
    format!("{size}{gap}B")
}

/// Returns the percentage of all bytes before a position: in a block, or at its beginning.
pub(super) fn percent(blocks: &[Block], block: usize, at: Option<u64>) -> u64 {
    let length = |block: &Block| block.end - block.at;
    let all: u64 = blocks.iter().map(length).sum();
    let before: u64 = blocks.iter().take(block).map(length).sum();
    let inside = at.zip(blocks.get(block));
    let inside = inside.map_or(0, |(at, block)| at.saturating_sub(block.at));
    (before + inside) * 100 / all.max(1)
}
