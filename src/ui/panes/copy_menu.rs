//! What can be copied of the row at the cursor, and of its conversation.
//!
//! ```text
//!  ╭ Copy ─────────────────────────────────────────────────────────╮
//!  │▌row                     5  0.049102  192.0.2.10  198.51.100.80 │
//!  │ display filter          tcp.stream == 3                        │
//!  │ filter of tcpdump       tcp and host 192.0.2.10 and port 80    │
//!  │ ladder in Markdown                                             │
//!  ╰───────────────────────────────────────── enter copies  esc back╯
//! ```

use crate::{
    format::printable,
    lang::{TextId, text},
    ui::{
        Action, Scope, Shared,
        layout::Layout,
        list::Cursor,
        pane::{Pane, PaneArea, Reply},
        text::{self, left, width},
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
const MOST: usize = 90;

/// What is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyKind {
    /// The row, or what the pane has copied for the cursor.
    Row,
    /// The value of the field.
    Value,
    /// The field with its label, as it is shown.
    Field,
    /// The display filter of the conversation, for any capture.
    Filter,
    /// The expression of tcpdump for the conversation.
    Tcpdump,
    /// The conversation as a table of Markdown.
    Markdown,
    /// The conversation as a ladder of plain characters.
    Ladder,
    /// The HTTP request as a command of curl.
    Curl,
}

impl CopyKind {
    /// All of them.
    pub const EVERY: [CopyKind; 8] = [
        CopyKind::Row,
        CopyKind::Value,
        CopyKind::Field,
        CopyKind::Filter,
        CopyKind::Tcpdump,
        CopyKind::Markdown,
        CopyKind::Ladder,
        CopyKind::Curl,
    ];

    /// Returns the name by which the command line knows it.
    pub fn name(self) -> &'static str {
        match self {
            CopyKind::Row => "row",
            CopyKind::Value => "value",
            CopyKind::Field => "field",
            CopyKind::Filter => "filter",
            CopyKind::Tcpdump => "tcpdump",
            CopyKind::Markdown => "markdown",
            CopyKind::Ladder => "ladder",
            CopyKind::Curl => "curl",
        }
    }

    /// Returns what the menu calls it.
    fn label(self) -> TextId {
        match self {
            CopyKind::Row => TextId("copy-row"),
            CopyKind::Value => TextId("copy-value"),
            CopyKind::Field => TextId("copy-field"),
            CopyKind::Filter => TextId("copy-filter"),
            CopyKind::Tcpdump => TextId("copy-tcpdump"),
            CopyKind::Markdown => TextId("copy-markdown"),
            CopyKind::Ladder => TextId("copy-ladder"),
            CopyKind::Curl => TextId("copy-curl"),
        }
    }
}

/// Something that can be copied, with its text if that is there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyOffer {
    /// What it is.
    pub kind: CopyKind,
    /// Its text.
    pub text: Option<String>,
}

/// The menu.
pub struct CopyMenu {
    /// The scope of the pane below.
    here: Scope,
    offers: Vec<CopyOffer>,
    cursor: Cursor,
    /// Where the offers were drawn.
    place: Rect,
}

impl CopyMenu {
    /// Creates the menu over the pane with this scope.
    pub fn new(here: Scope, offers: Vec<CopyOffer>) -> Self {
        CopyMenu {
            here,
            offers,
            cursor: Cursor::default(),
            place: Rect::default(),
        }
    }

    fn label(&self, offer: &CopyOffer) -> &'static str {
        match (offer.kind, self.here) {
            (CopyKind::Row, Scope::Details) => text!("copy-field-filter"),
            (CopyKind::Row, Scope::Bytes) => text!("copy-bytes"),
            (CopyKind::Row, Scope::Explanation) => text!("copy-explanation"),
            (kind, _) => kind.label().text(),
        }
    }

    fn labels(&self) -> usize {
        let widths = self.offers.iter().map(|offer| width(self.label(offer)));
        widths.max().unwrap_or(0)
    }

    fn copy(&self) -> Reply {
        match self.offers.get(self.cursor.selected) {
            Some(offer) => Reply::CopyAs(offer.clone()),
            None => Reply::Close,
        }
    }
}

impl Pane for CopyMenu {
    /// Keys have the scope of the pane below.
    fn scope(&self) -> Scope {
        self.here
    }

    fn layout(&self) -> Layout {
        let texts = self.offers.iter().filter_map(|offer| offer.text.as_ref());
        let widest = texts.map(|text| width(text)).max().unwrap_or(0);
        let columns = self.labels() + widest + 6;
        Layout::Overlay {
            width: columns.clamp(LEAST, MOST) as u16,
            height: self.offers.len() as u16 + 2,
        }
    }

    fn draw(&mut self, shared: &Shared, frame: &mut Frame, place: PaneArea) {
        let theme = &shared.theme;
        let hint = format!(" {} ", text!("copy-hint"));
        let block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(theme.line)
            .title_top(format!(" {} ", text!("copy-title")))
            .title_bottom(Line::styled(hint, theme.dim).right_aligned());
        let inner = block.inner(place.area);
        frame.render_widget(block, place.area);
        self.place = inner;
        let labels = self.labels();
        let shown = self.cursor.fit(self.offers.len(), inner.height.into());
        for (at, y) in shown.zip(inner.y..) {
            let Some(offer) = self.offers.get(at) else {
                break;
            };
            let is_chosen = at == self.cursor.selected;
            let sign = if is_chosen { "▌" } else { " " };
            let label = format!("{sign}{}", left(self.label(offer), labels));
            let words = offer.text.as_deref().unwrap_or_default();
            let words = words.lines().next().unwrap_or_default().replace('\t', "  ");
            let words = format!("  {}", printable(&words));
            let place = Rect {
                y,
                height: 1,
                ..inner
            };
            let line = text::line(
                [(label, Style::new()), (words, theme.dim)],
                inner.width.into(),
            );
            frame.render_widget(line, place);
            if is_chosen {
                frame.buffer_mut().set_style(place, theme.cursor);
            }
        }
    }

    fn act(&mut self, action: Action, _shared: &Shared) -> Reply {
        if self.cursor.act(action, self.offers.len()) {
            return Reply::Done;
        }
        match action {
            Action::Open | Action::Copy => self.copy(),
            _ => Reply::Ignored,
        }
    }

    fn click(&mut self, at: Position, _shared: &Shared) -> Reply {
        if !self.place.contains(at) {
            return Reply::Ignored;
        }
        let line = usize::from(at.y - self.place.y);
        match self.cursor.row_at(line, self.offers.len()) {
            Some(row) if row == self.cursor.selected => self.copy(),
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
