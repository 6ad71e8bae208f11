//! The choices when no capture was named: interfaces, the captures in this directory, and the samples of the program.

use super::{
    Action, Scope, action,
    list::Cursor,
    text::{self, left},
    theme::Theme,
};
use crate::{
    capture::{
        interfaces::{self, Device},
        open_file,
    },
    format::{self, bytes, printable, spaced},
    lang::text,
    samples::{self, Sample},
};
use crossterm::event::{self, Event, KeyCode, KeyEventKind, MouseButton, MouseEventKind};
use ratatui::{DefaultTerminal, Frame, layout::Rect, style::Style, text::Line};
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

/// The user's choice.
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
    /// A capture that has not been read so far, and its name, fit for the screen.
    Capture(File, String),
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
            StartChoice::File(path) => Chosen::Capture(open_file(&path)?.0, name),
            StartChoice::Sample(sample) => Chosen::Capture(sample.open()?, name),
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

/// An interface and its traffic.
struct Traffic {
    device: Device,
    /// Whether it is one of several chosen ones.
    marked: bool,
    /// The value of its byte counter.
    bytes: Option<u64>,
    /// Bytes in each of the last intervals.
    history: Vec<u64>,
}

impl Traffic {
    fn new(device: Device) -> Self {
        let bytes = interfaces::counters(&device.name).map(|(_, bytes)| bytes);
        Traffic {
            device,
            marked: false,
            bytes,
            history: Vec::new(),
        }
    }

    fn sample(&mut self) {
        let now = interfaces::counters(&self.device.name).map(|(_, bytes)| bytes);
        if let (Some(now), Some(before)) = (now, self.bytes) {
            if self.history.len() == SAMPLES {
                self.history.remove(0);
            }
            self.history.push(now.saturating_sub(before));
        }
        self.bytes = now;
    }

    /// Returns a bar for each interval, the highest as high as a line.
    fn sparkline(&self) -> String {
        const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
        let most = self.history.iter().max().copied().unwrap_or(0).max(1);
        let bar = |bytes: &u64| match *bytes {
            0 => ' ',
            bytes => BARS[(u128::from(bytes) * 7 / u128::from(most)) as usize],
        };
        let bars: String = self.history.iter().map(bar).collect();
        format!("{bars:>SAMPLES$}")
    }

    /// Returns the bytes per second of the last interval.
    fn rate(&self) -> String {
        let last = self.history.last().filter(|bytes| **bytes > 0);
        last.map_or(String::new(), |bytes| {
            format!(
                "{}B/s",
                format::bytes(bytes * 1000 / SAMPLE.as_millis() as u64)
            )
        })
    }
}

/// The start screen.
pub struct Start {
    theme: Theme,
    rows: Vec<StartRow>,
    cursor: Cursor,
    area: Rect,
}

impl Start {
    /// Finds the choices.
    pub fn new(theme: Theme) -> Self {
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
        }
    }

    /// Asks until something is chosen; returns nothing when the user quits.
    pub fn ask(
        mut self,
        terminal: &mut DefaultTerminal,
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
            terminal.draw(|frame| self.draw(frame))?;
            if stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            if !event::poll(Duration::from_millis(250))? {
                continue;
            }
            match event::read()? {
                Event::Key(key) if key.kind != KeyEventKind::Release => {
                    if key.code == KeyCode::Char(' ') && self.mark() {
                        continue;
                    }
                    match action::action(key, Scope::Conversations) {
                        Some(Action::Open) => return Ok(self.take()),
                        Some(Action::Quit | Action::Back | Action::BackOrQuit) => return Ok(None),
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

    fn take(mut self) -> Option<StartChoice> {
        let marked = self.marked();
        match self.rows.swap_remove(self.cursor.selected) {
            StartRow::StartChoice(choice, _) => Some(choice),
            StartRow::Heading(_) => None,
            // If others are marked, the row at the cursor is not added.
            StartRow::Interface(_) if !marked.is_empty() => Some(StartChoice::Interfaces(marked)),
            StartRow::Interface(traffic) => {
                Some(StartChoice::Interfaces(vec![traffic.device.name]))
            }
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
            (text!("start-question").to_owned(), theme.dim),
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
                StartRow::Heading(words) => {
                    frame.render_widget(Line::styled(format!(" {words}"), theme.heading), place);
                }
                StartRow::Interface(traffic) => {
                    let device = &traffic.device;
                    let mark = match (chosen, traffic.marked) {
                        (true, true) => "▌+",
                        (true, false) => "▌ ",
                        (false, true) => " +",
                        (false, false) => "  ",
                    };
                    let about = [
                        device.addresses.join(" "),
                        device.description.clone().unwrap_or_default(),
                        device.mac.clone().unwrap_or_default(),
                    ];
                    let about: Vec<String> =
                        about.into_iter().filter(|part| !part.is_empty()).collect();
                    let is_off = device.up == Some(false);
                    let parts = [
                        (
                            format!("{mark} {}  ", left(&printable(&device.name), 14)),
                            if is_off { theme.dim } else { theme.key },
                        ),
                        (format!("{}  ", left(&device.to_string(), 8)), theme.dim),
                        (traffic.sparkline(), theme.good),
                        (format!(" {:>9}  ", traffic.rate()), Style::new()),
                        (printable(&about.join("  ")), theme.dim),
                    ];
                    if chosen {
                        frame.buffer_mut().set_style(place, theme.cursor);
                    }
                    frame.render_widget(text::line(parts, area.width.into()), place);
                }
                StartRow::StartChoice(choice, words) => {
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
        let on_interface = matches!(
            self.rows.get(self.cursor.selected),
            Some(StartRow::Interface(_))
        );
        let enter = match self.marked() {
            marked if on_interface && !marked.is_empty() => {
                text!("start-capture", interfaces = printable(&marked.join(", ")))
            }
            _ => text!("start-open").to_owned(),
        };
        let keys = [
            (" enter ".to_owned(), theme.key),
            (format!("{enter}  "), theme.dim),
            ("q ".to_owned(), theme.key),
            (format!("{}   ", text!("hint-quit")), theme.dim),
            (text!("start-others").to_owned(), theme.dim),
        ];
        frame.render_widget(text::line(keys, area.width.into()), line(area.bottom() - 1));
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
        .map(|(_, size, path)| {
            StartRow::StartChoice(
                StartChoice::File(path),
                format!("{}B", spaced(&bytes(size))),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::{panes::packets::tests::screen, theme::Look};

    /// Returns a screen with two interfaces, one more, and a sample.
    fn start() -> Start {
        let interface = |name: &str| {
            StartRow::Interface(Traffic::new(Device {
                name: name.to_owned(),
                up: Some(true),
                ..Device::default()
            }))
        };
        let sample = samples::all().remove(0);
        Start {
            theme: Theme::new(Look::Plain),
            rows: vec![
                StartRow::Heading("Interfaces"),
                interface("none0"),
                interface("none1"),
                interface("none2"),
                StartRow::Heading(""),
                StartRow::StartChoice(StartChoice::Sample(sample), String::new()),
            ],
            cursor: Cursor {
                selected: 1,
                ..Cursor::default()
            },
            area: Rect::default(),
        }
    }

    fn taken(start: Start) -> Vec<String> {
        match start.take() {
            Some(StartChoice::Interfaces(names)) => names,
            Some(other) => vec![other.name()],
            None => Vec::new(),
        }
    }

    #[test]
    fn enter_takes_what_is_marked_and_nothing_else() {
        assert_eq!(taken(start()), ["none0"]);
        let mut some = start();
        assert!(some.mark() && some.mark());
        assert_eq!(some.cursor.selected, 3);
        let words = screen(60, 10, |frame| some.draw(frame));
        assert!(words.contains("enter capture from none0, none1"), "{words}");
        assert_eq!(taken(some), ["none0", "none1"]);
        // The cursor stays on the last one: opening a sample requires moving to it.
        let mut all = start();
        assert!(all.mark() && all.mark() && all.mark());
        assert_eq!(all.cursor.selected, 3);
        assert!(all.mark());
        assert_eq!(all.marked(), ["none0", "none1"]);
        all.act(Action::Down);
        assert!(!all.mark());
        let words = screen(60, 10, |frame| all.draw(frame));
        assert!(words.contains("enter open, or capture"), "{words}");
        assert_eq!(taken(all), [samples::all()[0].name]);
    }
}
