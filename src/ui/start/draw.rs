//! Draws the start screen.

use super::{SAMPLES, Start, StartRow};
use crate::{
    format::printable,
    lang::text,
    ui::{
        Action, Scope, keys,
        panes::help::HelpText,
        text::{self, left},
    },
};
use ratatui::{Frame, layout::Rect, style::Style, text::Line};

/// The columns of an interface's row besides what is known about it.
const AROUND_ABOUT: usize = 5 + 10 + 2 + SAMPLES + 10;

/// The maximum width of an interface's name.
const MAX_DEVICE: usize = 14;

/// The maximum width of a name.
const MAX_NAME: usize = 40;

/// How wide the columns of the list are.
struct Widths {
    /// The names of choices.
    names: usize,
    /// The names of interfaces, and what is said about them.
    devices: usize,
    about: usize,
}

impl Start {
    pub(super) fn draw(&mut self, frame: &mut Frame) {
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
        let widths = self.widths(area.width.into());
        let rows = self.cursor.fit(self.rows.len(), self.area.height.into());
        for (at, row) in rows.enumerate() {
            let place = line(self.area.y + at as u16);
            self.draw_row(frame, place, row, &widths);
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

    /// Returns how wide the columns are on a screen of this width.
    fn widths(&self, screen: usize) -> Widths {
        let names = self.rows.iter().map(|row| match row {
            StartRow::StartChoice(choice, _) => text::width(&choice.name()),
            _ => 0,
        });
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
        let room = screen.saturating_sub(AROUND_ABOUT + devices);
        Widths {
            names: names.max().unwrap_or(0).min(MAX_NAME),
            devices,
            about: about.max().unwrap_or(0).min(room),
        }
    }

    /// Draws a row of the list.
    fn draw_row(&self, frame: &mut Frame, place: Rect, row: usize, widths: &Widths) {
        let theme = self.theme;
        let width = place.width.into();
        let chosen = row == self.cursor.selected;
        let parts = match &self.rows[row] {
            StartRow::Heading(words) => {
                frame.render_widget(Line::styled(format!(" {words}"), theme.heading), place);
                return;
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
                let name = left(&printable(&device.name), widths.devices);
                let about = left(&traffic.about(), widths.about);
                vec![
                    (
                        format!("{mark} {name}  "),
                        if is_off { theme.dim } else { theme.key },
                    ),
                    (format!("{}  ", left(&device.to_string(), 8)), theme.dim),
                    (format!("{about}  "), theme.dim),
                    (traffic.sparkline(), theme.good),
                    (format!(" {:>9}", traffic.rate()), Style::new()),
                ]
            }
            StartRow::StartChoice(choice, words) => {
                let mark = if chosen { "▌" } else { " " };
                let name = left(&choice.name(), widths.names);
                vec![
                    (format!("{mark}  {name}  "), theme.key),
                    (words.clone(), Style::new()),
                ]
            }
        };
        if chosen {
            frame.buffer_mut().set_style(place, theme.cursor);
        }
        frame.render_widget(text::line(parts, width), place);
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
