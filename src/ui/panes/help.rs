//! The keys, from the one table of them, and the privileges that the program has dropped.

use crate::{
    confine::Confinement,
    lang::text,
    ui::{
        Action, Scope, Shared,
        action::BINDINGS,
        layout::Layout,
        list::Cursor,
        pane::{Pane, PaneArea, Reply},
        text::{self, left},
    },
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
    text::Line,
    widgets::{Block, BorderType},
};

/// Columns, with its border.
const WIDTH: u16 = 78;

/// Columns of the keys, and of what they do.
const KEYS: usize = 22;
const HELP: usize = 51;

/// Columns of a line about the privileges.
const SENTENCE: usize = 72;

/// The help.
pub struct HelpPane {
    /// The scope of the pane that it was opened from.
    here: Scope,
    /// Headings and keys, in the order of the scopes where they work; the scope that it was opened from comes first.
    rows: Vec<(String, String)>,
    cursor: Cursor,
}

impl HelpPane {
    /// Creates the help: the keys of this scope, then all others; at the end, how the program is confined.
    pub fn new(here: Scope, confinement: &Confinement) -> Self {
        let mut scopes = Scope::EVERY;
        scopes.sort_by_key(|scope| *scope != here);
        let mut rows = Vec::new();
        for scope in scopes {
            if !rows.is_empty() {
                rows.push((String::new(), String::new()));
            }
            rows.push((scope.name().to_owned(), String::new()));
            for binding in BINDINGS
                .iter()
                .filter(|binding| binding.scopes.contains(&scope))
            {
                let mut lines = text::wrap(binding.help.text(), HELP).into_iter();
                rows.push((binding.keys.join("  "), lines.next().unwrap_or_default()));
                rows.extend(lines.map(|line| (String::new(), left("", KEYS) + &line)));
            }
        }
        rows.push((String::new(), String::new()));
        rows.push((text!("help-confinement").to_owned(), String::new()));
        for sentence in confinement.sentences() {
            let lines = text::wrap(&sentence, SENTENCE).into_iter();
            rows.extend(lines.map(|line| (String::new(), line)));
        }
        HelpPane {
            here,
            rows,
            cursor: Cursor::default(),
        }
    }
}

impl Pane for HelpPane {
    /// Keys have the scope of the pane below.
    fn scope(&self) -> Scope {
        self.here
    }

    fn layout(&self) -> Layout {
        Layout::Overlay {
            width: WIDTH,
            height: self.rows.len() as u16 + 2,
        }
    }

    fn draw(&mut self, shared: &Shared, frame: &mut Frame, place: PaneArea) {
        let area = place.area;
        let theme = &shared.theme;
        let status = shared.confinement.status();
        let status = text::cut(&status, usize::from(area.width).saturating_sub(12));
        let status = Line::styled(format!(" {status} "), theme.dim);
        let hint = format!(" {} ", text!("help-hint"));
        let block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(theme.line)
            .title(format!(" {} ", text!("help-title")))
            .title(status.right_aligned())
            .title_bottom(Line::styled(hint, theme.dim).right_aligned());
        let inner = block.inner(area);
        frame.render_widget(block, area);
        let rows = self.cursor.fit(self.rows.len(), inner.height.into());
        for (at, (keys, help)) in self.rows[rows].iter().enumerate() {
            let place = Rect {
                y: inner.y + at as u16,
                height: 1,
                ..inner
            };
            let line = match (keys.is_empty(), help.is_empty()) {
                (_, true) => Line::styled(format!(" {keys}"), theme.heading),
                (true, false) => Line::raw(format!("   {help}")),
                (false, false) => text::line(
                    [
                        (format!("   {}", left(keys, KEYS)), theme.key),
                        (help.clone(), Style::new()),
                    ],
                    inner.width.into(),
                ),
            };
            frame.render_widget(line, place);
        }
    }

    /// Scrolls; any other action closes it. Quitting is handled below it.
    fn act(&mut self, action: Action, _shared: &Shared) -> Reply {
        let rows = match action {
            Action::Up => -1,
            Action::Down => 1,
            Action::PageUp | Action::HalfPageUp => -10,
            Action::PageDown | Action::HalfPageDown => 10,
            Action::Top => isize::MIN / 2,
            Action::Bottom => isize::MAX / 2,
            Action::Quit | Action::Suspend => return Reply::Ignored,
            _ => return Reply::Close,
        };
        self.scroll(rows, self.here);
        Reply::Done
    }

    fn click(&mut self, _at: Position, _shared: &Shared) -> Reply {
        Reply::Close
    }

    fn scroll(&mut self, rows: isize, _part: Scope) {
        self.cursor.scroll(rows, self.rows.len());
    }
}
