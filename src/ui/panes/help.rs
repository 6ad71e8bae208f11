//! The keys, made from the one table of them, and what the program has given up.

use crate::{
    confine::Confinement,
    ui::{
        Action, Scope,
        action::BINDINGS,
        app::Shared,
        list::Cursor,
        text::{self, left},
    },
};
use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::Line,
    widgets::{Block, BorderType},
};

/// What stands above what the program has given up.
const CONFINEMENT: &str = "what this program may do";

/// So wide are its lines.
const SENTENCE: usize = 72;

/// The help.
pub struct HelpPane {
    /// Headings and keys, in the order of the places where they work; the place that it was called from comes first.
    rows: Vec<(String, String)>,
    cursor: Cursor,
}

impl HelpPane {
    /// The keys of this place, then all others; at the end, how the program is confined.
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
                rows.push((binding.keys.join("  "), binding.help.to_owned()));
            }
        }
        rows.push((String::new(), String::new()));
        rows.push((CONFINEMENT.to_owned(), String::new()));
        for sentence in confinement.sentences() {
            let lines = text::wrap(&sentence, SENTENCE).into_iter();
            rows.extend(lines.map(|line| (String::new(), line)));
        }
        HelpPane {
            rows,
            cursor: Cursor::default(),
        }
    }

    /// Scrolls; whether it was about that.
    pub fn act(&mut self, action: Action) -> bool {
        match action {
            Action::Up => self.scroll(-1),
            Action::Down => self.scroll(1),
            Action::PageUp | Action::HalfPageUp => self.scroll(-10),
            Action::PageDown | Action::HalfPageDown => self.scroll(10),
            Action::Top => self.scroll(isize::MIN / 2),
            Action::Bottom => self.scroll(isize::MAX / 2),
            _ => return false,
        }
        true
    }

    /// Scrolls by some rows.
    pub fn scroll(&mut self, rows: isize) {
        self.cursor.scroll(rows, self.rows.len());
    }

    /// Where it is drawn.
    pub fn place(&self, area: Rect) -> Rect {
        let width = area.width.min(78);
        let height = area
            .height
            .saturating_sub(2)
            .min(self.rows.len() as u16 + 2);
        let x = area.x + (area.width - width) / 2;
        let y = area.y + (area.height - height) / 2;
        Rect {
            x,
            y,
            width,
            height,
        }
    }

    /// Draws it.
    pub fn draw(&mut self, shared: &Shared, frame: &mut Frame, area: Rect) {
        let theme = &shared.theme;
        let status = shared.confinement.status();
        let status = text::cut(&status, usize::from(area.width).saturating_sub(12));
        let status = Line::styled(format!(" {status} "), theme.dim);
        let block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(theme.line)
            .title(" Keys ")
            .title(status.right_aligned())
            .title_bottom(Line::styled(" ↓ more   esc closes ", theme.dim).right_aligned());
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
                        (format!("   {}", left(keys, 22)), theme.key),
                        (help.clone(), Style::new()),
                    ],
                    inner.width.into(),
                ),
            };
            frame.render_widget(line, place);
        }
    }
}
