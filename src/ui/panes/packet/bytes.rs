//! A packet's bytes in hexadecimal, and the data reassembled from several packets.

use crate::{
    format::grouped,
    lang::{Count, text},
    ui::{Action, text, theme::Theme},
};
use dissectors::{ByteRange, Source};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::{Modifier, Style},
    text::{Line, Span},
};
use std::ops::Range;

/// The data that the bytes are drawn from.
pub struct Scene<'a> {
    /// The packet, then reassembled data.
    pub sources: &'a [Source],
    /// How many bytes of the packet were not captured.
    pub missing: u32,
    /// The chosen field's bytes.
    pub field: ByteRange,
    /// Its layer's bytes.
    pub layer: ByteRange,
    /// Whether the pane has the focus.
    pub focused: bool,
}

/// The bytes on the screen, and the chosen one.
#[derive(Default)]
pub struct BytesView {
    /// The index of the shown source.
    pub source: usize,
    /// The byte that the cursor is on.
    pub at: usize,
    top: usize,
    per_line: usize,
    height: usize,
    /// The range that must be on the screen in the next frame.
    show: Option<(usize, usize)>,
    /// Where the bytes were drawn.
    place: Rect,
    digits: usize,
    /// The bytes of a source that a search has found.
    pub hit: Option<(usize, Range<usize>)>,
    /// Where the sources' names were drawn.
    tabs: Vec<(Rect, usize)>,
}

/// The target of a click.
pub enum Hit {
    /// A byte of the shown source.
    Byte(usize),
    /// Another source.
    Source(usize),
}

impl BytesView {
    /// Shows the bytes of another chosen field.
    pub fn follow(&mut self, bytes: ByteRange) {
        if !bytes.is_empty() {
            self.hit = None;
            self.source = bytes.source.into();
            self.at = bytes.start as usize;
            self.show = Some((bytes.start as usize, bytes.end as usize));
        }
    }

    /// Resets it for another packet: sources that no longer exist are dropped.
    pub fn reset(&mut self, sources: &[Source]) {
        self.hit = None;
        if self.source >= sources.len() {
            self.source = 0;
        }
        let length = sources
            .get(self.source)
            .map_or(0, |source| source.bytes.len());
        self.at = self.at.min(length.saturating_sub(1));
    }

    /// Moves the cursor; returns whether the action was a movement.
    pub fn act(&mut self, action: Action, sources: &[Source]) -> bool {
        let length = sources
            .get(self.source)
            .map_or(0, |source| source.bytes.len());
        let line = self.per_line.max(1);
        let page = line * self.height.saturating_sub(1).max(1);
        let half = line * (self.height / 2).max(1);
        let last = length.saturating_sub(1);
        // A step up or down keeps its column.
        let down = |by: usize| match self.at + by {
            at if at <= last => at,
            _ => last - (last % line).saturating_sub(self.at % line).min(last),
        };
        let up = |by: usize| match self.at.checked_sub(by) {
            Some(at) => at,
            None => self.at % line,
        };
        self.at = match action {
            Action::Left => self.at.saturating_sub(1),
            Action::Right => self.at + 1,
            Action::Up => up(line),
            Action::Down => down(line),
            Action::PageUp => up(page),
            Action::PageDown => down(page),
            Action::HalfPageUp => up(half),
            Action::HalfPageDown => down(half),
            Action::Top => 0,
            Action::Bottom => last,
            _ => return false,
        }
        .min(last);
        self.hit = None;
        self.show_cursor();
        true
    }

    /// Moves the cursor to a byte.
    pub fn go_to(&mut self, at: usize) {
        self.at = at;
        self.show_cursor();
    }

    fn show_cursor(&mut self) {
        self.show = Some((self.at, self.at + 1));
    }

    /// Handles the mouse wheel: the cursor stays where it is.
    pub fn scroll(&mut self, lines: isize, sources: &[Source]) {
        let length = sources
            .get(self.source)
            .map_or(0, |source| source.bytes.len());
        let all = length.div_ceil(self.per_line.max(1)) + 1;
        self.top = self
            .top
            .saturating_add_signed(lines)
            .min(all.saturating_sub(self.height.max(1)));
    }

    /// Returns the target at this position of the screen.
    pub fn hit(&self, at: Position, sources: &[Source]) -> Option<Hit> {
        if let Some((_, source)) = self.tabs.iter().find(|(place, _)| place.contains(at)) {
            return Some(Hit::Source(*source));
        }
        if !self.place.contains(at) {
            return None;
        }
        let line = self.top + usize::from(at.y - self.place.y);
        let x = usize::from(at.x - self.place.x);
        let in_line = (0..self.per_line).find(|byte| {
            let hex = self.hex_column(*byte);
            (hex..hex + 2).contains(&x) || x == self.text_column(*byte)
        })?;
        let byte = line * self.per_line + in_line;
        let length = sources
            .get(self.source)
            .map_or(0, |source| source.bytes.len());
        (byte < length).then_some(Hit::Byte(byte))
    }

    fn hex_column(&self, byte: usize) -> usize {
        1 + self.digits + 2 + 3 * byte + byte / 8
    }

    fn text_column(&self, byte: usize) -> usize {
        self.hex_column(self.per_line) - usize::from(self.per_line.is_multiple_of(8)) + 1 + byte
    }

    /// Returns how many columns this many bytes per line take.
    pub fn width(per_line: usize, length: usize) -> usize {
        let shape = BytesView {
            per_line,
            digits: digits(length),
            ..BytesView::default()
        };
        shape.text_column(per_line) + 1
    }

    /// Draws the names of the sources and the bytes of one.
    pub fn draw(&mut self, scene: &Scene, theme: &Theme, frame: &mut Frame, area: Rect) {
        self.tabs.clear();
        let heading = u16::from(area.height >= 3);
        if heading > 0 {
            self.draw_tabs(scene, theme, frame, Rect { height: 1, ..area });
        }
        self.place = Rect {
            y: area.y + heading,
            height: area.height - heading,
            ..area
        };
        let Some(Source { bytes, .. }) = scene.sources.get(self.source) else {
            return;
        };
        self.digits = digits(bytes.len());
        self.per_line = per_line(area.width, bytes.len());
        self.height = self.place.height.into();
        let missing = if self.source == 0 { scene.missing } else { 0 };
        let lines = bytes.len().div_ceil(self.per_line) + usize::from(missing > 0);
        self.fit(lines);
        for row in 0..self.height.min(lines.saturating_sub(self.top)) {
            let place = Rect {
                y: self.place.y + row as u16,
                height: 1,
                ..self.place
            };
            let start = (self.top + row) * self.per_line;
            match bytes.get(start..) {
                Some(rest) if !rest.is_empty() => {
                    let line = &rest[..rest.len().min(self.per_line)];
                    self.draw_line(scene, theme, frame, place, start, line);
                }
                _ => {
                    let count = Count(missing.into());
                    let words = format!(" {}", text!("packet-bytes-missing", count));
                    frame.render_widget(Line::styled(words, theme.warning), place);
                }
            }
        }
    }

    /// Brings the range to be shown onto the screen.
    fn fit(&mut self, lines: usize) {
        if let Some((start, end)) = self.show.take()
            && self.height > 0
        {
            let first = start / self.per_line;
            let last = end.saturating_sub(1).max(start) / self.per_line;
            if last >= self.top + self.height {
                self.top = last + 1 - self.height;
            }
            // If not all of it fits, its beginning is shown.
            if first < self.top {
                self.top = first;
            }
        }
        self.top = self.top.min(lines.saturating_sub(self.height.max(1)));
    }

    fn draw_tabs(&mut self, scene: &Scene, theme: &Theme, frame: &mut Frame, area: Rect) {
        let names = tab_names(scene, self.source, area.width.into());
        // If there are too many, those around the shown one are there, and signs that there are more.
        let widths: Vec<usize> = names.iter().map(|name| text::width(name) + 1).collect();
        let room = usize::from(area.width).saturating_sub(2);
        let shown = around(&widths, self.source, room);
        let mut spans = Vec::new();
        let mut x = area.x;
        if shown.start > 0 {
            spans.push(Span::styled("‹", theme.dim));
            x += 1;
        }
        for source in shown.clone() {
            let style = match (source == self.source, scene.focused) {
                (true, true) => theme.key,
                (true, false) => theme.heading,
                (false, _) => theme.dim,
            };
            let width = widths[source] as u16;
            let place = Rect { x, width, ..area };
            self.tabs.push((place.intersection(area), source));
            x = x.saturating_add(width);
            spans.push(Span::styled(format!("{} ", names[source]), style));
        }
        if shown.end < names.len() {
            spans.push(Span::styled("›", theme.dim));
        }
        frame.render_widget(Line::from(spans), area);
    }

    fn draw_line(
        &self,
        scene: &Scene,
        theme: &Theme,
        frame: &mut Frame,
        place: Rect,
        start: usize,
        bytes: &[u8],
    ) {
        let mut hex = String::with_capacity(self.per_line * 4);
        let mut letters = String::with_capacity(self.per_line);
        for (at, byte) in bytes.iter().enumerate() {
            if at > 0 && at % 8 == 0 {
                hex.push(' ');
            }
            hex.push_str(&format!("{byte:02x} "));
            letters.push(match byte {
                0x20..=0x7e => char::from(*byte),
                _ => '·',
            });
        }
        let digits = self.digits;
        let hex_width = self.text_column(0) - self.hex_column(0);
        let parts = [
            (format!(" {start:0digits$x}  "), theme.dim),
            (format!("{hex:hex_width$}"), Style::new()),
            (letters, Style::new()),
        ];
        let mut spans: Vec<Span> = Vec::new();
        for (words, style) in parts {
            spans.push(Span::styled(words, style));
        }
        frame.render_widget(Line::from(spans), place);

        let style = |byte: usize| {
            let within = |range: ByteRange| {
                usize::from(range.source) == self.source
                    && (range.start as usize..range.end as usize).contains(&byte)
            };
            let hit = self
                .hit
                .as_ref()
                .filter(|(source, _)| *source == self.source);
            let is_hit = hit.is_some_and(|(_, bytes)| bytes.contains(&byte));
            if scene.focused && byte == self.at {
                let marks = Modifier::BOLD | Modifier::UNDERLINED;
                Some(theme.cursor.add_modifier(marks))
            } else if is_hit || self.hit.is_none() && within(scene.field) {
                Some(theme.marked)
            } else if within(scene.layer) {
                Some(theme.cursor_away)
            } else {
                None
            }
        };
        for at in 0..bytes.len() {
            let Some(here) = style(start + at) else {
                continue;
            };
            let joined = at + 1 < bytes.len() && style(start + at + 1) == Some(here);
            let from = self.hex_column(at);
            let to = if joined {
                self.hex_column(at + 1)
            } else {
                from + 2
            };
            for (x, width) in [(from, to - from), (self.text_column(at), 1)] {
                let cell = Rect {
                    x: place.x.saturating_add(x as u16),
                    width: width as u16,
                    ..place
                };
                frame.buffer_mut().set_style(cell.intersection(place), here);
            }
        }
    }
}

/// Returns the number of hexadecimal digits of an offset.
fn digits(length: usize) -> usize {
    let mut digits = 4;
    while length.saturating_sub(1) >> (4 * digits) > 0 {
        digits += 1;
    }
    digits
}

/// Returns how many bytes a line has room for.
fn per_line(width: u16, length: usize) -> usize {
    let fits = |per_line: &usize| BytesView::width(*per_line, length) <= width.into();
    let most = if width >= 150 { 32 } else { 16 };
    [32, 16, 8, 4]
        .into_iter()
        .find(|per_line| *per_line <= most && fits(per_line))
        .unwrap_or(4)
}

/// Returns the names of the sources. If there is no room, only the shown one includes its length.
fn tab_names(scene: &Scene, shown: usize, room: usize) -> Vec<String> {
    let name = |source: usize| {
        let name = scene.sources.get(source).map_or("", |found| found.name);
        let same = |known: &&Source| known.name == name;
        let before = scene.sources.iter().take(source).filter(same).count();
        match scene.sources.iter().filter(same).count() {
            0 | 1 => format!(" {name}"),
            _ => format!(" {name} {}", before + 1),
        }
    };
    let full = |source: usize| {
        let length = scene
            .sources
            .get(source)
            .map_or(0, |s| s.bytes.len() as u64);
        let name = name(source);
        match (source, scene.missing) {
            (0, 1..) => {
                let count = Count(length + u64::from(scene.missing));
                text!("packet-source-part", name, length = grouped(length), count)
            }
            _ => text!("packet-source-length", name, count = Count(length)),
        }
    };
    let all = 0..scene.sources.len();
    let names: Vec<String> = all.clone().map(full).collect();
    if names
        .iter()
        .map(|name| text::width(name) + 1)
        .sum::<usize>()
        <= room
    {
        return names;
    }
    all.map(|source| {
        if source == shown {
            full(source)
        } else {
            name(source)
        }
    })
    .collect()
}

/// Returns the tabs around the shown one that there is room for.
fn around(widths: &[usize], shown: usize, room: usize) -> std::ops::Range<usize> {
    let mut range = shown..(shown + 1).min(widths.len());
    let mut used: usize = widths.get(shown).copied().unwrap_or(0);
    loop {
        let after = widths.get(range.end).copied();
        let before = range
            .start
            .checked_sub(1)
            .and_then(|at| widths.get(at))
            .copied();
        match (after, before) {
            (Some(width), _) if used + width <= room => {
                range.end += 1;
                used += width;
            }
            (_, Some(width)) if used + width <= room => {
                range.start -= 1;
                used += width;
            }
            _ => return range,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shown_source_has_a_tab_however_many_there_are() {
        let source = |name| Source {
            name,
            bytes: vec![0; 1200],
        };
        let body = "Decompressed body";
        let sources = ["Packet", "Reassembled TCP", body, body].map(source);
        let scene = Scene {
            sources: &sources,
            missing: 0,
            field: ByteRange::default(),
            layer: ByteRange::default(),
            focused: true,
        };
        let names = tab_names(&scene, 3, 50);
        assert_eq!(names[3], " Decompressed body 2 (1,200 bytes)");
        assert_eq!(names[1], " Reassembled TCP");
        let widths: Vec<_> = names.iter().map(|name| text::width(name) + 1).collect();
        assert_eq!(around(&widths, 3, 58), 2..4);
        assert_eq!(around(&widths, 0, 58), 0..3);
        assert_eq!(around(&widths, 0, 3), 0..1);
    }

    #[test]
    fn as_many_bytes_as_there_is_room_for() {
        assert_eq!(BytesView::width(16, 100), 74);
        for (width, bytes) in [
            (0, 4),
            (30, 4),
            (41, 8),
            (73, 8),
            (74, 16),
            (149, 16),
            (150, 32),
        ] {
            assert_eq!(per_line(width, 100), bytes, "{width}");
        }
        assert_eq!(digits(0x1_0000), 4);
        assert_eq!(digits(0x1_0001), 5);
    }

    #[test]
    fn the_cursor_keeps_to_the_bytes() {
        let sources = vec![Source {
            name: "Packet",
            bytes: vec![0; 40],
        }];
        let mut view = BytesView {
            per_line: 16,
            height: 2,
            ..BytesView::default()
        };
        for (action, at) in [
            (Action::Up, 0),
            (Action::Right, 1),
            (Action::Down, 17),
            (Action::Down, 33),
            (Action::Down, 33),
            (Action::Bottom, 39),
            (Action::Right, 39),
            (Action::Up, 23),
            (Action::Left, 22),
            (Action::PageDown, 38),
            (Action::Top, 0),
        ] {
            assert!(view.act(action, &sources));
            assert_eq!(view.at, at, "{action:?}");
        }
        assert!(!view.act(Action::Open, &sources));
        let nothing = vec![Source::default()];
        assert!(view.act(Action::Down, &nothing));
        assert_eq!(view.at, 0);
    }
}
