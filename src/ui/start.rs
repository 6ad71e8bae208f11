//! What is offered when no capture was named: those in this directory, and those that come with the program.

use super::{
    Action, Scope, action,
    list::Cursor,
    text::{self, left},
    theme::Theme,
};
use crate::{
    capture::open_file,
    samples::{self, Sample},
    words::{bytes, printable},
};
use crossterm::event::{self, Event, KeyEventKind, MouseButton, MouseEventKind};
use ratatui::{DefaultTerminal, Frame, layout::Rect, style::Style, text::Line};
use std::{
    fs::{self, File},
    io,
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, SystemTime},
};

/// Files that look like captures by their names.
const ENDINGS: [&str; 6] = [
    ".pcap",
    ".pcapng",
    ".cap",
    ".pcap.gz",
    ".pcapng.gz",
    ".pcap.zst",
];

/// More files than this in one directory are not offered; the latest are.
const MAX_FILES: usize = 50;

/// What was chosen.
pub enum Choice {
    /// A file.
    File(PathBuf),
    /// A capture that comes with the program.
    Sample(Sample),
}

impl Choice {
    /// Opens it, without reading anything of it.
    pub fn open(&self) -> anyhow::Result<File> {
        Ok(match self {
            Choice::File(path) => open_file(path)?.0,
            Choice::Sample(sample) => sample.open()?,
        })
    }

    /// Its name, fit for the screen.
    pub fn name(&self) -> String {
        match self {
            Choice::File(path) => printable(&path.to_string_lossy()),
            Choice::Sample(sample) => sample.name.to_owned(),
        }
    }
}

enum Row {
    Heading(&'static str),
    Choice(Choice, String),
}

/// The start screen.
pub struct Start {
    theme: Theme,
    rows: Vec<Row>,
    cursor: Cursor,
    area: Rect,
}

impl Start {
    /// Looks at what is there.
    pub fn new(theme: Theme) -> Self {
        let mut rows = Vec::new();
        let files = captures_here();
        if !files.is_empty() {
            rows.push(Row::Heading("Captures in this directory"));
            rows.extend(files);
            rows.push(Row::Heading(""));
        }
        rows.push(Row::Heading("Samples, to try it on and to learn from"));
        rows.extend(
            samples::all()
                .into_iter()
                .map(|sample| Row::Choice(Choice::Sample(sample), sample.shows.to_owned())),
        );
        let selected = rows
            .iter()
            .position(|row| matches!(row, Row::Choice(..)))
            .unwrap_or(0);
        Start {
            theme,
            rows,
            cursor: Cursor {
                selected,
                ..Cursor::default()
            },
            area: Rect::default(),
        }
    }

    /// Asks until something is chosen; nothing when the user leaves.
    pub fn ask(
        mut self,
        terminal: &mut DefaultTerminal,
        stop: &AtomicBool,
    ) -> io::Result<Option<Choice>> {
        loop {
            terminal.draw(|frame| self.draw(frame))?;
            if stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            if !event::poll(Duration::from_millis(250))? {
                continue;
            }
            match event::read()? {
                Event::Key(key) if key.kind != KeyEventKind::Release => {
                    match action::action(key, Scope::Conversations) {
                        Some(Action::Open) => return Ok(self.take()),
                        Some(Action::Quit | Action::Back) => return Ok(None),
                        Some(action) => self.act(action),
                        None => {}
                    }
                }
                Event::Mouse(mouse) => match mouse.kind {
                    MouseEventKind::ScrollDown => self.act(Action::Down),
                    MouseEventKind::ScrollUp => self.act(Action::Up),
                    MouseEventKind::Down(MouseButton::Left) => {
                        let line = usize::from(mouse.row.saturating_sub(self.area.y));
                        if let Some(row) = self.cursor.row_at(line, self.rows.len()) {
                            if row == self.cursor.selected {
                                return Ok(self.take());
                            }
                            if matches!(self.rows[row], Row::Choice(..)) {
                                self.cursor.selected = row;
                            }
                        }
                    }
                    _ => {}
                },
                _ => {}
            }
        }
    }

    fn act(&mut self, action: Action) {
        let before = self.cursor.selected;
        self.cursor.act(action, self.rows.len());
        // Headings are passed over.
        let down = self.cursor.selected > before;
        while matches!(self.rows.get(self.cursor.selected), Some(Row::Heading(_))) {
            let at = self.cursor.selected;
            let next = if down { at + 1 } else { at.wrapping_sub(1) };
            if next >= self.rows.len() {
                self.cursor.selected = before;
                break;
            }
            self.cursor.selected = next;
        }
    }

    fn take(mut self) -> Option<Choice> {
        match self.rows.swap_remove(self.cursor.selected) {
            Row::Choice(choice, _) => Some(choice),
            Row::Heading(_) => None,
        }
    }

    fn draw(&mut self, frame: &mut Frame) {
        let theme = self.theme;
        let area = frame.area();
        if area.height < 4 {
            return;
        }
        let line = |y: u16| Rect {
            y,
            height: 1,
            ..area
        };
        let parts = [
            (" wiretalk  ".to_owned(), theme.heading),
            ("which capture?".to_owned(), theme.dim),
        ];
        frame.render_widget(text::line(parts, area.width.into()), line(area.y));
        self.area = Rect {
            y: area.y + 2,
            height: area.height - 3,
            ..area
        };
        let rows = self.cursor.fit(self.rows.len(), self.area.height.into());
        for (at, row) in rows.enumerate() {
            let place = line(self.area.y + at as u16);
            let chosen = row == self.cursor.selected;
            match &self.rows[row] {
                Row::Heading(words) => {
                    frame.render_widget(Line::styled(format!(" {words}"), theme.heading), place);
                }
                Row::Choice(choice, words) => {
                    let mark = if chosen { "▌" } else { " " };
                    let parts = [
                        (format!("{mark}  {}  ", left(&choice.name(), 32)), theme.key),
                        (words.clone(), Style::new()),
                    ];
                    if chosen {
                        frame.buffer_mut().set_style(place, theme.cursor);
                    }
                    frame.render_widget(text::line(parts, area.width.into()), place);
                }
            }
        }
        let keys = [
            (" enter ".to_owned(), theme.key),
            ("open  ".to_owned(), theme.dim),
            ("q ".to_owned(), theme.key),
            ("quit   ".to_owned(), theme.dim),
            ("wiretalk FILE opens any other".to_owned(), theme.dim),
        ];
        frame.render_widget(text::line(keys, area.width.into()), line(area.bottom() - 1));
    }
}

/// The captures in this directory, the latest first.
fn captures_here() -> Vec<Row> {
    let mut found: Vec<(SystemTime, u64, PathBuf)> = fs::read_dir(".")
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().to_lowercase();
            ENDINGS.iter().any(|ending| name.ends_with(ending))
        })
        .filter_map(|entry| {
            let about = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((
                about.modified().ok()?,
                about.len(),
                PathBuf::from(entry.file_name()),
            ))
        })
        .collect();
    found.sort_by_key(|(modified, ..)| std::cmp::Reverse(*modified));
    found
        .into_iter()
        .take(MAX_FILES)
        .map(|(_, size, path)| Row::Choice(Choice::File(path), format!("{}B", bytes(size))))
        .collect()
}
