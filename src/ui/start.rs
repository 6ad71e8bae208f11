//! The choices when no capture was named: interfaces, the captures in this directory, and the samples of the program.

use super::{
    Action, Scope, action,
    canvas::Canvas,
    keys,
    list::Cursor,
    panes::help::{HelpText, scrolls_by},
    recent::Recent,
    text::{self, left},
    theme::Theme,
};
use crate::{
    capture::{
        interfaces::{self, Device},
        open_file,
    },
    format::{self, printable},
    lang::text,
    samples::{self, Sample},
};
use crossterm::event::{Event, KeyEvent, KeyEventKind, MouseButton, MouseEventKind};
use ratatui::{Frame, layout::Rect, style::Style, text::Line};
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

/// The columns of an interface's row besides what is known about it.
const AROUND_ABOUT: usize = 5 + 10 + 2 + SAMPLES + 10;

/// The maximum width of an interface's name.
const MAX_DEVICE: usize = 14;

/// The maximum width of a name.
const MAX_NAME: usize = 40;

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

    /// Returns its addresses and its description, fit for the screen.
    fn about(&self) -> String {
        let device = &self.device;
        let about = [
            device.addresses.join(" "),
            device.description.clone().unwrap_or_default(),
            device.mac.clone().unwrap_or_default(),
        ];
        let about: Vec<String> = about.into_iter().filter(|part| !part.is_empty()).collect();
        printable(&about.join("  "))
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
        let columns = usize::from(area.width).saturating_sub(2);
        let message = self
            .message
            .iter()
            .flat_map(|message| message.lines().map(printable));
        let mut message: Vec<String> = message
            .flat_map(|line| text::wrap(&line, columns))
            .collect();
        message.truncate(usize::from(area.height - 3) / 2);
        let lines = message.len().saturating_sub(1) as u16;
        self.area = Rect {
            y: area.y + 2,
            height: area.height - 3 - lines,
            ..area
        };
        let names = self.rows.iter().map(|row| match row {
            StartRow::StartChoice(choice, _) => text::width(&choice.name()),
            _ => 0,
        });
        let names = names.max().unwrap_or(0).min(MAX_NAME);
        let about = self.rows.iter().map(|row| match row {
            StartRow::Interface(traffic) => text::width(&traffic.about()),
            _ => 0,
        });
        let devices = self.rows.iter().map(|row| match row {
            StartRow::Interface(traffic) => text::width(&printable(&traffic.device.name)),
            _ => 0,
        });
        let devices = devices.max().unwrap_or(0).min(MAX_DEVICE);
        // The traffic is at the right end: it is often empty.
        let room = usize::from(area.width).saturating_sub(AROUND_ABOUT + devices);
        let about = about.max().unwrap_or(0).min(room);
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
                    let is_off = device.up == Some(false);
                    let parts = [
                        (
                            format!("{mark} {}  ", left(&printable(&device.name), devices)),
                            if is_off { theme.dim } else { theme.key },
                        ),
                        (format!("{}  ", left(&device.to_string(), 8)), theme.dim),
                        (format!("{}  ", left(&traffic.about(), about)), theme.dim),
                        (traffic.sparkline(), theme.good),
                        (format!(" {:>9}", traffic.rate()), Style::new()),
                    ];
                    if chosen {
                        frame.buffer_mut().set_style(place, theme.cursor);
                    }
                    frame.render_widget(text::line(parts, area.width.into()), place);
                }
                StartRow::StartChoice(choice, words) => {
                    let mark = if chosen { "▌" } else { " " };
                    let parts = [
                        (
                            format!("{mark}  {}  ", left(&choice.name(), names)),
                            theme.key,
                        ),
                        (words.clone(), Style::new()),
                    ];
                    if chosen {
                        frame.buffer_mut().set_style(place, theme.cursor);
                    }
                    frame.render_widget(text::line(parts, area.width.into()), place);
                }
            }
        }
        if let Some(last) = message.pop() {
            for (words, y) in message.iter().chain([&last]).zip(self.area.bottom()..) {
                let words = Line::styled(format!(" {words}"), theme.heading);
                frame.render_widget(words, line(y));
            }
            self.draw_help(frame);
            return;
        }
        self.draw_keys(frame, line(area.bottom() - 1));
        self.draw_help(frame);
    }

    /// Draws the line of keys.
    fn draw_keys(&self, frame: &mut Frame, line: Rect) {
        let theme = self.theme;
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
            (
                format!(" {} ", keys::key_of(Action::Open, Scope::Start)),
                theme.key,
            ),
            (format!("{enter}  "), theme.dim),
            (
                format!("{} ", keys::key_of(Action::BackOrQuit, Scope::Start)),
                theme.key,
            ),
            (format!("{}   ", text!("hint-quit")), theme.dim),
            (
                format!("{} ", keys::key_of(Action::Help, Scope::Start)),
                theme.key,
            ),
            (format!("{}   ", text!("hint-help")), theme.dim),
            (text!("start-others").to_owned(), theme.dim),
        ];
        frame.render_widget(text::line(keys, line.width.into()), line);
    }

    /// Draws the keys over the rest, if they are wanted.
    fn draw_help(&mut self, frame: &mut Frame) {
        let Some(cursor) = &mut self.help else { return };
        let help = HelpText::new(Scope::Start, None);
        let Some(area) = help.layout().overlay(frame.area()) else {
            return;
        };
        text::clear(frame.buffer_mut(), area);
        help.draw(&self.theme, frame, area, cursor);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::{panes::packets::tests::screen, theme::Look};
    use crossterm::event::{KeyCode, KeyModifiers};

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
            help: None,
            message: None,
        }
    }

    fn press(start: &mut Start, code: KeyCode) -> Outcome {
        start.key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    #[test]
    fn escape_keeps_what_was_chosen_and_the_keys_are_shown() {
        let mut start = start();
        press(&mut start, KeyCode::Char(' '));
        assert!(matches!(press(&mut start, KeyCode::Esc), Outcome::Stays));
        let words = screen(80, 24, |frame| start.draw(frame));
        assert!(words.contains("q quits"), "{words}");
        assert_eq!(start.marked(), ["none0"]);
        press(&mut start, KeyCode::Down);
        let words = screen(80, 24, |frame| start.draw(frame));
        assert!(words.contains("q quit   ? help"), "{words}");
        press(&mut start, KeyCode::Char('?'));
        let words = screen(80, 24, |frame| start.draw(frame));
        assert!(words.contains("choose the interface"), "{words}");
        press(&mut start, KeyCode::Esc);
        let words = screen(80, 24, |frame| start.draw(frame));
        assert!(!words.contains("choose the interface"), "{words}");
        press(&mut start, KeyCode::Char('v'));
        let words = screen(80, 24, |frame| start.draw(frame));
        assert!(words.contains("v does nothing here"), "{words}");
        assert!(matches!(
            press(&mut start, KeyCode::Char('q')),
            Outcome::Quits
        ));
    }

    #[test]
    fn a_refusal_is_shown_and_the_cursor_stays() {
        let mut start = start();
        start.refuse("no permission to capture\n  this time:  sudo wiretalk".to_owned());
        let words = screen(80, 24, |frame| start.draw(frame));
        assert!(words.contains("no permission to capture"), "{words}");
        assert!(words.contains("this time: "), "{words}");
        press(&mut start, KeyCode::Down);
        let words = screen(80, 24, |frame| start.draw(frame));
        assert!(!words.contains("no permission"), "{words}");
        assert_eq!(start.cursor.selected, 2);
        // A long reason is wrapped, not cut.
        let reason: Vec<String> = (0..40).map(|number| format!("reason{number}")).collect();
        start.refuse(reason.join(" "));
        let words = screen(80, 24, |frame| start.draw(frame));
        assert!(reason.iter().all(|word| words.contains(word)), "{words}");
    }

    fn taken(start: &Start) -> Vec<String> {
        match start.take() {
            Some(StartChoice::Interfaces(names)) => names,
            Some(other) => vec![other.name()],
            None => Vec::new(),
        }
    }

    #[test]
    fn enter_takes_what_is_marked_and_nothing_else() {
        assert_eq!(taken(&start()), ["none0"]);
        let mut some = start();
        assert!(some.mark() && some.mark());
        assert_eq!(some.cursor.selected, 3);
        let words = screen(60, 10, |frame| some.draw(frame));
        assert!(words.contains("enter capture from none0, none1"), "{words}");
        assert_eq!(taken(&some), ["none0", "none1"]);
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
        assert_eq!(taken(&all), [samples::all()[0].name]);
    }
}
