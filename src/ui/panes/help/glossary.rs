//! The glossary: its terms at the left, what the chosen one means at the right.
//!
//! ```text
//!  ╭ Glossary ───────────────────────────────────────────────────────────────╮
//!  │ Segment          │ SYN                                                  │
//!  │ Sequence number  │                                                      │
//!  │ SFTP             │ Synchronize: the first packet of a connection, in    │
//!  │▌SYN              │ each direction. …                                    │
//!  ╰────────────────────────────────────────────────── ? keys   esc closes ──╯
//! ```

use super::HelpPane;
use crate::{
    glossary::{Term, terms},
    lang::text,
    ui::{
        Action, Scope, Shared,
        layout::Layout,
        list::Cursor,
        pane::{Pane, PaneArea, Reply},
        text::{left, width, wrap},
        theme::Theme,
    },
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
    text::Line,
    widgets::{Block, BorderType},
};

/// Its size, if there is room.
const COLUMNS: u16 = 92;
const LINES: u16 = 26;

/// With fewer columns the list is above the text.
const SIDE_BY_SIDE: u16 = 48;

/// The glossary.
pub struct GlossaryPane {
    /// The scope of the pane that it was opened from.
    here: Scope,
    /// Whether it was opened from the list of keys, to which it returns.
    from_keys: bool,
    cursor: Cursor,
    /// Where the terms were drawn.
    place: Rect,
}

impl GlossaryPane {
    /// Creates the glossary at a term, opened from a pane with this scope.
    pub fn new(here: Scope, term: Option<&Term>) -> Self {
        let at = term.and_then(|term| terms().iter().position(|known| known == term));
        GlossaryPane {
            here,
            from_keys: false,
            cursor: Cursor {
                selected: at.unwrap_or(0),
                ..Cursor::default()
            },
            place: Rect::default(),
        }
    }

    /// Creates the glossary, opened from the list of keys.
    pub fn from_keys(here: Scope) -> Self {
        GlossaryPane {
            from_keys: true,
            ..GlossaryPane::new(here, None)
        }
    }

    fn draw_terms(&mut self, theme: &Theme, frame: &mut Frame, area: Rect) {
        self.place = area;
        let all = terms();
        let shown = self.cursor.fit(all.len(), area.height.into());
        for (at, y) in shown.zip(area.y..) {
            let is_chosen = at == self.cursor.selected;
            let (sign, style) = match is_chosen {
                true => ("▌", theme.cursor),
                false => (" ", Style::new()),
            };
            let name = all.get(at).map_or("", |term| term.name);
            let words = left(&format!("{sign}{name}"), area.width.into());
            let place = Rect {
                y,
                height: 1,
                ..area
            };
            frame.render_widget(Line::styled(words, style), place);
        }
    }
}

/// Returns the lines about a term, and the style of each.
fn lines(term: &Term, columns: usize, theme: &Theme) -> Vec<(String, Style)> {
    let mut lines = vec![
        (term.name.to_owned(), theme.heading),
        (String::new(), Style::new()),
    ];
    let wrapped = |words: &str, style| {
        let lines = wrap(words, columns).into_iter();
        lines.map(move |line| (line, style)).collect::<Vec<_>>()
    };
    lines.extend(wrapped(&term.text, Style::new()));
    if !term.fields.is_empty() || term.example.is_some() {
        lines.push((String::new(), Style::new()));
    }
    if !term.fields.is_empty() {
        let fields = term.fields.join(", ");
        lines.extend(wrapped(&text!("glossary-fields", fields), theme.dim));
    }
    if let Some((sample, packet)) = term.example {
        let example = text!("glossary-example", sample, packet);
        lines.extend(wrapped(&example, theme.dim));
    }
    lines
}

impl Pane for GlossaryPane {
    /// Keys have the scope of the pane below.
    fn scope(&self) -> Scope {
        self.here
    }

    fn layout(&self) -> Layout {
        Layout::Overlay {
            width: COLUMNS,
            height: LINES,
        }
    }

    fn draw(&mut self, shared: &Shared, frame: &mut Frame, place: PaneArea) {
        let theme = &shared.theme;
        let hint = format!(" {} ", text!("glossary-hint"));
        let block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(theme.line)
            .title_top(format!(" {} ", text!("glossary-title")))
            .title_bottom(Line::styled(hint, theme.dim).right_aligned());
        let inner = block.inner(place.area);
        frame.render_widget(block, place.area);
        let of_names = terms().iter().map(|term| width(term.name)).max();
        let names = of_names.unwrap_or(0) as u16 + 3;
        let (list, text) = match inner.width >= SIDE_BY_SIDE {
            true => (
                Rect {
                    width: names,
                    ..inner
                },
                Rect {
                    x: inner.x + names + 1,
                    width: inner.width - names - 2,
                    ..inner
                },
            ),
            false => {
                let height = inner.height / 3;
                (
                    Rect { height, ..inner },
                    Rect {
                        y: inner.y + height,
                        height: inner.height - height,
                        ..inner
                    },
                )
            }
        };
        self.draw_terms(theme, frame, list);
        let Some(term) = terms().get(self.cursor.selected) else {
            return;
        };
        let lines = lines(term, text.width.into(), theme);
        for ((words, style), y) in lines.into_iter().zip(text.top()..text.bottom()) {
            let place = Rect {
                y,
                height: 1,
                ..text
            };
            frame.render_widget(Line::styled(words, style), place);
        }
    }

    /// Chooses a term; any other action closes it. Quitting is handled below it.
    fn act(&mut self, action: Action, shared: &Shared) -> Reply {
        match action {
            _ if self.cursor.act(action, terms().len()) => Reply::Done,
            Action::Open => Reply::Done,
            Action::Help if !self.from_keys => {
                let keys = HelpPane::from_glossary(self.here, &shared.confinement);
                Reply::Push(Box::new(keys))
            }
            Action::Quit | Action::Suspend => Reply::Ignored,
            _ => Reply::Close,
        }
    }

    fn click(&mut self, at: Position, _shared: &Shared) -> Reply {
        if !self.place.contains(at) {
            return Reply::Close;
        }
        let line = usize::from(at.y - self.place.y);
        if let Some(row) = self.cursor.row_at(line, terms().len()) {
            self.cursor.selected = row;
        }
        Reply::Done
    }

    fn scroll(&mut self, rows: isize, _part: Scope) {
        self.cursor.scroll(rows, terms().len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::panes::packets::tests::{sample, screen};
    use crate::{glossary::terms_in, lang::Language};

    fn drawn(pane: &mut GlossaryPane, shared: &Shared, columns: u16, lines: u16) -> String {
        screen(columns, lines, |frame| {
            let area = pane.layout().overlay(frame.area()).unwrap();
            pane.draw(shared, frame, PaneArea::focused(area));
        })
    }

    #[test]
    fn it_shows_what_a_term_means() {
        let shared = sample("dns.pcap");
        let isn = terms().iter().find(|term| term.name == "ISN").unwrap();
        let mut pane = GlossaryPane::new(Scope::Details, Some(isn));
        for (columns, lines) in [(80, 24), (160, 48), (40, 24)] {
            let words = drawn(&mut pane, &shared, columns, lines);
            assert!(words.contains("▌ISN"), "{words}");
            assert!(words.contains("Initial sequence number"), "{words}");
        }
        let words = drawn(&mut pane, &shared, 80, 24);
        assert!(words.contains("half-close.pcap"), "{words}");
        assert_eq!(pane.act(Action::Down, &shared), Reply::Done);
        let words = drawn(&mut pane, &shared, 80, 24);
        assert!(words.contains("▌Keep-alive"), "{words}");
    }

    /// The text of every term fits beside the list.
    #[test]
    fn nothing_is_cut_in_a_small_window() {
        let shared = sample("dns.pcap");
        for term in terms() {
            let mut pane = GlossaryPane::new(Scope::Details, Some(term));
            let words = drawn(&mut pane, &shared, 80, 24);
            let last = term.text.split(' ').next_back().unwrap();
            assert!(words.contains(last), "{}: {words}", term.name);
        }
    }

    /// Neither is it in Korean, whose text has other lengths.
    #[test]
    fn korean_fits_in_a_small_window() {
        let terms = terms_in(Language::Ko);
        let names = terms.iter().map(|term| width(term.name)).max().unwrap();
        let columns = 80 - 2 - (names + 3) - 2;
        let theme = &sample("dns.pcap").theme;
        for term in terms {
            let lines = lines(term, columns, theme);
            assert!(lines.len() <= 24 - 2, "{}: {}", term.name, lines.len());
        }
    }

    #[test]
    fn it_and_the_keys_lead_to_each_other() {
        let shared = sample("dns.pcap");
        let mut pane = GlossaryPane::new(Scope::Details, None);
        assert!(matches!(pane.act(Action::Help, &shared), Reply::Push(_)));
        let mut pane = GlossaryPane::from_keys(Scope::Details);
        assert_eq!(pane.act(Action::Help, &shared), Reply::Close);
        let mut keys = HelpPane::new(Scope::Details, &shared.confinement);
        assert!(matches!(keys.act(Action::Help, &shared), Reply::Push(_)));
        let mut keys = HelpPane::from_glossary(Scope::Details, &shared.confinement);
        assert_eq!(keys.act(Action::Help, &shared), Reply::Close);
    }

    #[test]
    fn any_size() {
        let shared = sample("dns.pcap");
        let mut pane = GlossaryPane::new(Scope::Details, None);
        for columns in (4..60).chain([80, 200]) {
            for lines in [4, 5, 8, 24, 60] {
                drawn(&mut pane, &shared, columns, lines);
            }
        }
    }
}
