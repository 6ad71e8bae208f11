//! The choices when no capture was named: interfaces, the captures in this directory, and the samples of the program.

mod draw;
#[cfg(test)]
mod tests;
mod traffic;

use self::traffic::Traffic;
use super::{
    Action, Scope, action, canvas::Canvas, list::Cursor, panes::help::scrolls_by, recent::Recent,
    theme::Theme,
};
use crate::{
    capture::{interfaces, open_file},
    format::{self, printable},
    lang::text,
    samples::{self, Sample},
};
use crossterm::event::{Event, KeyEvent, KeyEventKind, MouseButton, MouseEventKind};
use ratatui::layout::Rect;
use std::{
    fs::{self, File},
    io,
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant, SystemTime},
};

/// File name endings of captures.
const ENDINGS: [&str; 6] = [
    ".pcap",
    ".pcapng",
    ".cap",
    ".pcap.gz",
    ".pcapng.gz",
    ".pcap.zst",
];

/// The maximum number of files of one directory that are offered: the latest ones.
const MAX_FILES: usize = 50;

/// The maximum number of captures that were opened last and are offered.
const MAX_RECENT: usize = 8;

/// The user's choice.
#[derive(Clone)]
pub enum StartChoice {
    /// A file.
    File(PathBuf),
    /// A sample of the program.
    Sample(Sample),
    /// These interfaces.
    Interfaces(Vec<String>),
}

/// The choice, opened.
pub enum Chosen {
    /// A capture that has not been read so far; its name, fit for the screen; and its path, if it is not a sample.
    Capture(File, String, Option<PathBuf>),
    /// Interfaces to capture from.
    Interfaces(Vec<String>),
}

impl StartChoice {
    /// Opens it, if it is a capture.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be opened.
    pub fn open(self) -> anyhow::Result<Chosen> {
        let name = self.name();
        Ok(match self {
            StartChoice::File(path) => Chosen::Capture(open_file(&path)?.0, name, Some(path)),
            StartChoice::Sample(sample) => Chosen::Capture(sample.open()?, name, None),
            StartChoice::Interfaces(names) => Chosen::Interfaces(names),
        })
    }

    /// Returns its name, fit for the screen.
    fn name(&self) -> String {
        match self {
            StartChoice::File(path) => printable(&path.to_string_lossy()),
            StartChoice::Sample(sample) => sample.name.to_owned(),
            StartChoice::Interfaces(names) => printable(&names.join(", ")),
        }
    }
}

enum StartRow {
    Heading(&'static str),
    StartChoice(StartChoice, String),
    Interface(Traffic),
}

/// The interval at which the counters of interfaces are read.
const SAMPLE: Duration = Duration::from_millis(500);

/// How many intervals are shown.
const SAMPLES: usize = 20;

/// The start screen.
pub struct Start {
    theme: Theme,
    rows: Vec<StartRow>,
    cursor: Cursor,
    area: Rect,
    /// The keys, and the position in them, while they are shown.
    help: Option<Cursor>,
    /// Why the last choice could not be opened, or what a key did.
    message: Option<String>,
}

/// Whether the start screen performs an action.
pub fn handles(action: Action) -> bool {
    matches!(
        action,
        Action::Open
            | Action::Mark
            | Action::Up
            | Action::Down
            | Action::PageUp
            | Action::PageDown
            | Action::HalfPageUp
            | Action::HalfPageDown
            | Action::Top
            | Action::Bottom
            | Action::Help
            | Action::BackOrQuit
            | Action::Quit
    )
}

/// What a key of the start screen leads to.
enum Outcome {
    Stays,
    Takes,
    Quits,
}

impl Start {
    /// Finds the choices.
    pub fn new(theme: Theme, recent: &Recent) -> Self {
        let mut rows = Vec::new();
        // Buses and queues can be named with -i; in this list they would only be a distraction.
        let mut devices = interfaces::list();
        devices.retain(|device| device.up.is_some() || device.name == "any");
        if !devices.is_empty() {
            rows.push(StartRow::Heading(text!("start-interfaces")));
            rows.extend(
                devices
                    .into_iter()
                    .map(Traffic::new)
                    .map(StartRow::Interface),
            );
            rows.push(StartRow::Heading(""));
        }
        let files = captures_here();
        if !files.is_empty() {
            rows.push(StartRow::Heading(text!("start-captures")));
            rows.extend(files);
            rows.push(StartRow::Heading(""));
        }
        let mut recent = recent_files(recent).peekable();
        if recent.peek().is_some() {
            rows.push(StartRow::Heading(text!("start-recent")));
            rows.extend(recent);
            rows.push(StartRow::Heading(""));
        }
        rows.push(StartRow::Heading(text!("start-samples")));
        rows.extend(samples::all().into_iter().map(|sample| {
            StartRow::StartChoice(StartChoice::Sample(sample), sample.shows.to_owned())
        }));
        let selected = rows
            .iter()
            .position(|row| !matches!(row, StartRow::Heading(_)))
            .unwrap_or(0);
        Start {
            theme,
            rows,
            cursor: Cursor {
                selected,
                ..Cursor::default()
            },
            area: Rect::default(),
            help: None,
            message: None,
        }
    }

    /// Shows why the choice could not be opened; another one can be made.
    pub fn refuse(&mut self, why: String) {
        self.message = Some(why);
    }

    /// Asks until something is chosen; returns nothing when the user quits.
    pub fn ask(
        &mut self,
        canvas: &mut Canvas,
        stop: &AtomicBool,
    ) -> io::Result<Option<StartChoice>> {
        let mut sampled = Instant::now();
        loop {
            if sampled.elapsed() >= SAMPLE {
                sampled = Instant::now();
                for row in &mut self.rows {
                    if let StartRow::Interface(traffic) = row {
                        traffic.sample();
                    }
                }
            }
            canvas.draw(|frame| self.draw(frame))?;
            if stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            if !canvas.poll(Duration::from_millis(250))? {
                continue;
            }
            match canvas.read()? {
                Event::Key(key) if key.kind != KeyEventKind::Release => match self.key(key) {
                    Outcome::Takes => return Ok(self.take()),
                    Outcome::Quits => return Ok(None),
                    Outcome::Stays => {}
                },
                Event::Mouse(mouse) => match mouse.kind {
                    MouseEventKind::ScrollDown => self.act(Action::Down),
                    MouseEventKind::ScrollUp => self.act(Action::Up),
                    MouseEventKind::Down(MouseButton::Left) if self.help.take().is_none() => {
                        self.message = None;
                        let line = usize::from(mouse.row.saturating_sub(self.area.y));
                        if let Some(row) = self.cursor.row_at(line, self.rows.len()) {
                            if row == self.cursor.selected {
                                return Ok(self.take());
                            }
                            if !matches!(self.rows[row], StartRow::Heading(_)) {
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

    fn key(&mut self, key: KeyEvent) -> Outcome {
        self.message = None;
        let action = action::action(key, Scope::Start);
        if self.help.is_some() {
            match action {
                Some(Action::Quit) => return Outcome::Quits,
                Some(action) if scrolls_by(action).is_some() => self.act(action),
                _ => self.help = None,
            }
            return Outcome::Stays;
        }
        match action {
            Some(Action::Open) => return Outcome::Takes,
            Some(Action::Quit | Action::BackOrQuit) => return Outcome::Quits,
            Some(Action::Help) => self.help = Some(Cursor::default()),
            Some(Action::Mark) if self.mark() => {}
            // What was chosen is not lost by it.
            Some(Action::Back) => self.message = Some(text!("start-first-screen").to_owned()),
            Some(action) if handles(action) => self.act(action),
            _ => {
                let unknown = |key: String| text!("message-unknown-key", key = printable(&key));
                self.message = action::name(key).map(unknown);
            }
        }
        Outcome::Stays
    }

    /// Marks the interface at the cursor, or unmarks it, and moves to the next; returns whether there was one.
    fn mark(&mut self) -> bool {
        let at = self.cursor.selected;
        let Some(StartRow::Interface(traffic)) = self.rows.get_mut(at) else {
            return false;
        };
        traffic.marked = !traffic.marked;
        // The row after the last one is what enter would open instead.
        if let Some(StartRow::Interface(_)) = self.rows.get(at + 1) {
            self.act(Action::Down);
        }
        true
    }

    /// Returns the marked interfaces.
    fn marked(&self) -> Vec<String> {
        let marked = self.rows.iter().filter_map(|row| match row {
            StartRow::Interface(traffic) if traffic.marked => Some(traffic.device.name.clone()),
            _ => None,
        });
        marked.collect()
    }

    fn act(&mut self, action: Action) {
        if let Some(cursor) = &mut self.help {
            // The lines are counted when it is drawn.
            cursor.scroll(scrolls_by(action).unwrap_or(0), usize::MAX / 4);
            return;
        }
        let before = self.cursor.selected;
        self.cursor.act(action, self.rows.len());
        // Headings are skipped.
        let down = self.cursor.selected > before;
        while matches!(
            self.rows.get(self.cursor.selected),
            Some(StartRow::Heading(_))
        ) {
            let at = self.cursor.selected;
            let next = if down { at + 1 } else { at.wrapping_sub(1) };
            if next >= self.rows.len() {
                self.cursor.selected = before;
                break;
            }
            self.cursor.selected = next;
        }
    }

    /// Returns the choice at the cursor.
    fn take(&self) -> Option<StartChoice> {
        let marked = self.marked();
        match self.rows.get(self.cursor.selected)? {
            StartRow::StartChoice(choice, _) => Some(choice.clone()),
            StartRow::Heading(_) => None,
            // If others are marked, the row at the cursor is not added.
            StartRow::Interface(_) if !marked.is_empty() => Some(StartChoice::Interfaces(marked)),
            StartRow::Interface(traffic) => {
                Some(StartChoice::Interfaces(vec![traffic.device.name.clone()]))
            }
        }
    }
}

/// Returns the captures in this directory, the latest first.
fn captures_here() -> Vec<StartRow> {
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
        .map(|(_, size, path)| StartRow::StartChoice(StartChoice::File(path), format::size(size)))
        .collect()
}

/// Returns the captures that were opened last, besides those in this directory.
fn recent_files(recent: &Recent) -> impl Iterator<Item = StartRow> {
    let here = std::env::current_dir().ok();
    let elsewhere = recent
        .files()
        .filter(move |path| here.is_none() || path.parent() != here.as_deref());
    elsewhere.take(MAX_RECENT).filter_map(|path| {
        let size = path.metadata().ok()?.len();
        let choice = StartChoice::File(path.to_owned());
        Some(StartRow::StartChoice(choice, format::size(size)))
    })
}
