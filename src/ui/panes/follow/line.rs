//! One line: its sender, its text, and its time.

use super::{
    cell, hex,
    layout::{Mode, RowKind, TextLayout, TextRow},
    model::FollowModel,
    search::Hit,
};
use crate::{
    follow::{
        charset::{Charset, Unit},
        script::Block,
    },
    format::composed,
    lang::{Count, text},
    store::Contents,
    track::{Conversation, ConversationId, Side},
    ui::{app::Shared, text, theme::Theme},
};
use ratatui::{
    style::{Modifier, Style},
    text::{Line, Span},
};
use std::borrow::Cow;

impl FollowModel {
    /// Returns a line, as far as it has been read.
    pub(super) fn line(
        &mut self,
        contents: &Contents,
        shared: &Shared,
        (at, row): (usize, &TextRow),
        (chosen, opens): (bool, bool),
        id: ConversationId,
    ) -> Line<'static> {
        let theme = &shared.theme;
        let Some(block) = self.block(row).copied() else {
            return Line::default();
        };
        let side = match block.from {
            Side::Client => theme.client,
            Side::Server => theme.server,
        };
        let cursor = if chosen { "▌" } else { " " };
        let broken = if row.kind == RowKind::Wrapped {
            "↪"
        } else {
            " "
        };
        let mut spans = vec![
            Span::raw(cursor),
            Span::styled(mark(block.from), side.add_modifier(Modifier::BOLD)),
            Span::styled(broken, theme.dim),
        ];
        let parts = match row.kind {
            RowKind::Missing => {
                let gone = |c: Conversation| c.evicted > 0 && block.at == 0;
                let gone = contents.tracker.get(id).is_some_and(gone);
                vec![(gap(&block, gone), theme.warning)]
            }
            RowKind::Conflict => {
                let packet = self.packet_of(row).unwrap_or(0);
                let words = text!("follow-conflict", packet);
                vec![(words, theme.bad)]
            }
            RowKind::Said | RowKind::Wrapped => match self.said(theme, at, row, side) {
                Some(parts) => parts,
                None => {
                    self.lacks = true;
                    Vec::new()
                }
            },
        };
        let used: usize = parts.iter().map(|(words, _)| text::width(words)).sum();
        if chosen {
            self.chosen = parts.iter().map(|(words, _)| words.as_str()).collect();
        }
        spans.extend(
            parts
                .into_iter()
                .map(|(words, style)| Span::styled(words, style)),
        );
        // The time, if there is room for it.
        if opens && row.kind == RowKind::Said {
            let time = self.time(contents, shared, row);
            let margin = 1;
            let room = self
                .columns
                .saturating_sub(used + text::width(&time) + margin);
            if room >= 3 {
                spans.push(Span::raw(" ".repeat(room)));
                spans.push(Span::styled(time, theme.dim));
            }
        }
        Line::from(spans)
    }

    fn time(&self, contents: &Contents, shared: &Shared, row: &TextRow) -> String {
        let Some(packet) = self.packet_of(row) else {
            return String::new();
        };
        let of = |packet| contents.packets.get(packet)?.time_ns();
        let Some(own) = of(packet) else {
            return format!("#{packet}");
        };
        let before = (row.block as usize).checked_sub(1);
        let before = before.and_then(|before| self.script.blocks().get(before));
        let before = before.map_or(packet, |block| block.packet);
        let time = shared
            .settings
            .time(own, contents.began_ns(), of(before).unwrap_or(own));
        format!("#{packet}  {time}")
    }

    /// Returns the content of a line, with hits marked; nothing while it has not been read.
    pub(super) fn said(
        &self,
        theme: &Theme,
        at: usize,
        row: &TextRow,
        side: Style,
    ) -> Option<Vec<(String, Style)>> {
        let read = self.read.get(&at).filter(|read| read.row == *row)?;
        let in_row = self
            .layout
            .as_ref()
            .map_or(hex::WIDE, TextLayout::bytes_in_row);
        let (charset, bytes) = (read.charset, read.bytes.as_slice());
        let hits = self.search.as_ref().map_or(&[][..], |s| s.hits_in(row));
        let is_hit = |byte: usize| {
            let at = row.at + byte as u64;
            hits.iter()
                .any(|hit| (hit.at..hit.at + u64::from(hit.length)).contains(&at))
        };
        let found = theme
            .marked
            .add_modifier(Modifier::BOLD | Modifier::UNDERLINED);
        let style = |byte: usize, other: bool| match (is_hit(byte), other) {
            (true, _) => found,
            (false, true) => theme.dim,
            (false, false) => side,
        };
        let mut parts = Parts::default();
        match self.mode {
            Mode::Raw => {
                for (index, byte) in bytes.iter().enumerate() {
                    parts.add(&format!("{byte:02x}"), style(index, false));
                }
            }
            Mode::Hex => {
                let line = hex::line(row.at, bytes, in_row);
                let mut styles = vec![theme.dim; line.len()];
                for index in 0..bytes.len() {
                    let (digits, letter) = hex::columns(index, in_row);
                    for column in [digits, digits + 1, letter] {
                        if let Some(known) = styles.get_mut(column) {
                            *known = style(index, false);
                        }
                    }
                    // The space between two bytes of a hit is marked too.
                    if is_hit(index) && index > 0 && is_hit(index - 1) {
                        let (before, _) = hex::columns(index - 1, in_row);
                        styles[before + 2..digits].fill(found);
                    }
                }
                for (letter, style) in line.chars().zip(styles) {
                    parts.add(letter.encode_utf8(&mut [0; 4]), style);
                }
            }
            Mode::Text => letters(without_ending(bytes), charset, hits, style, &mut parts),
        }
        // What was sent in parts is shown as one syllable.
        for (words, _) in &mut parts.0 {
            if let Cow::Owned(whole) = composed(words) {
                *words = whole;
            }
        }
        Some(parts.0)
    }
}

/// Decodes text in its charset. In a run of ASCII with hits, each character is separate.
fn letters(
    text: &[u8],
    charset: Charset,
    hits: &[Hit],
    style: impl Fn(usize, bool) -> Style,
    parts: &mut Parts,
) {
    let mut column = 0;
    let mut add = |at: usize, unit: Unit| {
        let mut shown = String::new();
        let (end, other) = cell::show(unit, charset, column, &mut shown);
        column = end;
        parts.add(&shown, style(at, other));
    };
    for (at, unit) in charset.units(text, true) {
        match unit {
            Unit::Ascii(run) if !hits.is_empty() => {
                for (single, letter) in run.chunks(1).enumerate() {
                    add(at + single, Unit::Ascii(letter));
                }
            }
            unit => add(at, unit),
        }
    }
}

fn without_ending(line: &[u8]) -> &[u8] {
    match line.strip_suffix(b"\n") {
        Some(text) => text.strip_suffix(b"\r").unwrap_or(text),
        None => line,
    }
}

/// Texts with their styles; adjacent texts of the same style are joined.
#[derive(Default)]
struct Parts(Vec<(String, Style)>);

impl Parts {
    fn add(&mut self, words: &str, style: Style) {
        match self.0.last_mut() {
            Some((last, same)) if *same == style => last.push_str(words),
            _ => self.0.push((words.to_owned(), style)),
        }
    }
}

/// Returns the sign of a side: colour alone would not suffice.
pub(super) fn mark(from: Side) -> &'static str {
    match from {
        Side::Client => ">",
        Side::Server => "<",
    }
}

pub(super) fn gap(block: &Block, evicted: bool) -> String {
    let count = Count(block.end - block.at);
    match evicted {
        true => text!("follow-gap-evicted", count),
        false => text!("follow-gap-not-captured", count),
    }
}
