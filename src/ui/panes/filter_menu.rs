//! The display filters that a row of a list makes: one for each of its cells.
//!
//! ```text
//!  ╭ Only packets with ───────────────────────╮
//!  │▌tcp.stream == 3                          │
//!  │ ip.addr == 192.0.2.10                    │
//!  │ tcp.port == 80                           │
//!  ╰──────── enter applies  & and  | or  ! not╯
//! ```

use crate::{
    format::printable,
    lang::text,
    ui::{
        Action, Scope, Shared,
        display_filter::Combine,
        layout::Layout,
        list::Cursor,
        pane::{Pane, PaneArea, Reply},
        text::{left, width},
    },
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
    text::Line,
    widgets::{Block, BorderType},
};

/// Its least and its greatest width.
const LEAST: usize = 44;
const MOST: usize = 100;

/// The filters of a row.
pub struct FilterMenu {
    /// The scope of the list.
    here: Scope,
    how: Combine,
    offers: Vec<String>,
    cursor: Cursor,
    /// Where the filters were drawn.
    place: Rect,
}

impl FilterMenu {
    /// Creates the menu over the list with this scope.
    pub fn new(here: Scope, how: Combine, offers: Vec<String>) -> Self {
        FilterMenu {
            here,
            how,
            offers,
            cursor: Cursor::default(),
            place: Rect::default(),
        }
    }

    fn apply(&self, how: Combine) -> Reply {
        match self.offers.get(self.cursor.selected) {
            Some(filter) => Reply::FilterBy(filter.clone(), how),
            None => Reply::Close,
        }
    }
}

impl Pane for FilterMenu {
    /// Keys have the scope of the list below.
    fn scope(&self) -> Scope {
        self.here
    }

    fn layout(&self) -> Layout {
        let widest = self.offers.iter().map(|offer| width(offer) + 4).max();
        Layout::Overlay {
            width: widest.unwrap_or(0).clamp(LEAST, MOST) as u16,
            height: self.offers.len() as u16 + 2,
        }
    }

    fn draw(&mut self, shared: &Shared, frame: &mut Frame, place: PaneArea) {
        let theme = &shared.theme;
        let hint = format!(" {} ", text!("filter-menu-hint"));
        let title = match self.how {
            Combine::Only => text!("filter-menu-only"),
            Combine::And => text!("filter-menu-and"),
            Combine::Or => text!("filter-menu-or"),
            Combine::Not => text!("filter-menu-not"),
        };
        let block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(theme.line)
            .title_top(format!(" {title} "))
            .title_bottom(Line::styled(hint, theme.dim).right_aligned());
        let inner = block.inner(place.area);
        frame.render_widget(block, place.area);
        self.place = inner;
        let shown = self.cursor.fit(self.offers.len(), inner.height.into());
        for (at, y) in shown.zip(inner.y..) {
            let Some(offer) = self.offers.get(at) else {
                break;
            };
            let (sign, style) = match at == self.cursor.selected {
                true => ("▌", theme.cursor),
                false => (" ", Style::new()),
            };
            let words = format!("{sign}{}", printable(offer));
            let words = left(&words, inner.width.into());
            let place = Rect {
                y,
                height: 1,
                ..inner
            };
            frame.render_widget(Line::styled(words, style), place);
        }
    }

    fn act(&mut self, action: Action, _shared: &Shared) -> Reply {
        if self.cursor.act(action, self.offers.len()) {
            return Reply::Done;
        }
        match (action, Combine::of(action)) {
            (Action::Open, _) => self.apply(self.how),
            (_, Some(how)) => self.apply(how),
            (Action::Copy, _) => match self.offers.get(self.cursor.selected) {
                Some(filter) => Reply::Copy(filter.clone()),
                None => Reply::Ignored,
            },
            _ => Reply::Ignored,
        }
    }

    fn click(&mut self, at: Position, _shared: &Shared) -> Reply {
        if !self.place.contains(at) {
            return Reply::Ignored;
        }
        let line = usize::from(at.y - self.place.y);
        match self.cursor.row_at(line, self.offers.len()) {
            Some(row) if row == self.cursor.selected => self.apply(self.how),
            Some(row) => {
                self.cursor.selected = row;
                Reply::Done
            }
            None => Reply::Ignored,
        }
    }

    fn scroll(&mut self, rows: isize, _part: Scope) {
        self.cursor.scroll(rows, self.offers.len());
    }
}
