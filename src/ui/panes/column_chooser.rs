//! Chooses the columns of a list. Changes apply at once.
//!
//! ```text
//!  ╭ Columns of the packets ────────────────────────────────╮
//!  │ ● No.             no                                   │
//!  │ ● Time            time                                 │
//!  │▌● Window          tcp.window_size               12     │
//!  │   Length          len                                  │
//!  ╰───────────────── space shows  J K moves  a adds a field╯
//! ```

use crate::{
    columns::chosen::{Chosen, ColumnList, ListColumn, default_columns},
    lang::{TextId, text},
    ui::{
        Action, Scope, Shared,
        kept_columns::WIDEST,
        layout::Layout,
        list::Cursor,
        pane::{Pane, PaneArea, Reply},
        prompt::Prompt,
        text::{cut, left, right, width},
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
const COLUMNS: u16 = 74;
const LINES: u16 = 24;

/// The width that a column begins with when it is made wider, and the least and the greatest one.
const WIDTH: usize = 12;
const LEAST: usize = 3;
const MOST: usize = WIDEST;

/// The columns of a list, those that are shown and those that are not.
pub struct ColumnChooser<C> {
    title: TextId,
    rows: Vec<Row<C>>,
    cursor: Cursor,
    /// Where the rows were drawn.
    place: Rect,
}

struct Row<C> {
    column: Chosen<C>,
    is_shown: bool,
}

impl<C: ListColumn> ColumnChooser<C> {
    /// Creates the pane with the columns that are shown now.
    pub fn new(title: TextId, shown: &[Chosen<C>]) -> Self {
        ColumnChooser {
            title,
            rows: rows(shown),
            cursor: Cursor::default(),
            place: Rect::default(),
        }
    }

    /// Returns the columns that are shown.
    fn shown(&self) -> Vec<Chosen<C>> {
        let shown = self.rows.iter().filter(|row| row.is_shown);
        shown.map(|row| row.column.clone()).collect()
    }

    /// Applies the columns.
    fn apply(&self) -> Reply {
        Reply::SetColumns(C::list(self.shown()))
    }

    fn chosen(&mut self) -> Option<&mut Row<C>> {
        self.rows.get_mut(self.cursor.selected)
    }

    /// Shows the chosen column or hides it; the last one stays.
    fn switch(&mut self) -> Reply {
        let is_last = self.rows.iter().filter(|row| row.is_shown).count() == 1;
        let Some(row) = self.chosen() else {
            return Reply::Done;
        };
        if row.is_shown && is_last {
            return Reply::Say(text!("columns-last").to_owned());
        }
        row.is_shown = !row.is_shown;
        self.apply()
    }

    /// Removes the column of a field; hides one that the list has by itself.
    fn remove(&mut self) -> Reply {
        let at = self.cursor.selected;
        let Some(row) = self.rows.get(at) else {
            return Reply::Done;
        };
        let (is_shown, is_field) = (row.is_shown, row.column.own().is_none());
        let reply = match is_shown {
            true => self.switch(),
            false => self.apply(),
        };
        match reply {
            Reply::SetColumns(_) if is_field => {
                self.rows.remove(at);
                self.apply()
            }
            reply => reply,
        }
    }

    /// Moves the chosen column.
    fn move_by(&mut self, step: isize) -> Reply {
        let from = self.cursor.selected;
        let Some(to) = from
            .checked_add_signed(step)
            .filter(|to| *to < self.rows.len())
        else {
            return Reply::Done;
        };
        self.rows.swap(from, to);
        self.cursor.selected = to;
        self.apply()
    }

    /// Makes the chosen column wider or narrower; at the least width it follows its content again.
    fn resize(&mut self, step: isize) -> Reply {
        let Some(row) = self.chosen() else {
            return Reply::Done;
        };
        let width = match row.column.width {
            None if step < 0 => None,
            None => Some(WIDTH),
            Some(width) => width
                .checked_add_signed(step)
                .filter(|width| *width >= LEAST)
                .map(|width| width.min(MOST)),
        };
        row.column.width = width;
        self.apply()
    }

    /// Asks for a field, or for another title or field of the chosen column.
    fn ask(&mut self, action: Action) -> Reply {
        let (questions, value): (&'static [TextId], _) = match action {
            Action::EditColumn => {
                let Some(row) = self.chosen() else {
                    return Reply::Done;
                };
                let column = row.column.clone();
                let title = column
                    .title
                    .is_none()
                    .then(|| format!("{}=", column.heading()));
                let value = format!("{}{}", title.unwrap_or_default(), ColumnList(vec![column]));
                (
                    &[TextId("prompt-column-edit"), TextId("prompt-column")],
                    value,
                )
            }
            _ => (
                &[TextId("prompt-column-add"), TextId("prompt-column")],
                String::new(),
            ),
        };
        let enter = TextId("prompt-enter-applies");
        Reply::Ask(Box::new(Prompt::line(action, questions, enter, value)))
    }

    fn line(&self, row: &Row<C>, room: usize) -> String {
        let sign = if row.is_shown { "●" } else { " " };
        let wide = row.column.width.map_or(String::new(), |it| it.to_string());
        let name = row.column.name();
        let names = room.saturating_sub(24 + 8);
        format!(
            "{sign} {} {} {}",
            left(&row.column.heading(), 20),
            left(&cut(&name, names), names),
            right(&wide, 4)
        )
    }
}

/// Returns the shown columns, and behind them the others that the list has.
fn rows<C: ListColumn>(shown: &[Chosen<C>]) -> Vec<Row<C>> {
    let row = |is_shown| move |column| Row { column, is_shown };
    let is_shown = |own: &C| shown.iter().any(|column| column.own() == Some(*own));
    let others = C::ALL.iter().copied().filter(|own| !is_shown(own));
    let first = shown.iter().cloned().map(row(true));
    first
        .chain(others.map(Chosen::built_in).map(row(false)))
        .collect()
}

impl<C: ListColumn> Pane for ColumnChooser<C> {
    fn scope(&self) -> Scope {
        Scope::Columns
    }

    fn layout(&self) -> Layout {
        Layout::Overlay {
            width: COLUMNS,
            height: LINES.min(self.rows.len() as u16 + 2),
        }
    }

    fn draw(&mut self, shared: &Shared, frame: &mut Frame, place: PaneArea) {
        let theme = &shared.theme;
        let room = usize::from(place.area.width.saturating_sub(4));
        let hints = [text!("columns-hint"), text!("columns-hint-short")];
        let hint = hints.into_iter().find(|hint| width(hint) <= room);
        let hint = hint.map_or(String::new(), |hint| format!(" {hint} "));
        let block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(theme.line)
            .title_top(format!(" {} ", self.title.text()))
            .title_bottom(Line::styled(hint, theme.dim).right_aligned());
        let inner = block.inner(place.area);
        frame.render_widget(block, place.area);
        self.place = inner;
        let shown = self.cursor.fit(self.rows.len(), inner.height.into());
        for (at, y) in shown.zip(inner.y..) {
            let Some(row) = self.rows.get(at) else { break };
            let (sign, style) = match (at == self.cursor.selected, row.is_shown) {
                (true, _) => ("▌", theme.cursor),
                (false, true) => (" ", Style::new()),
                (false, false) => (" ", theme.dim),
            };
            let words = format!("{sign}{}", self.line(row, inner.width.into()));
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
        if self.cursor.act(action, self.rows.len()) {
            return Reply::Done;
        }
        match action {
            Action::Mark => self.switch(),
            Action::RemoveColumn => self.remove(),
            Action::MoveUp => self.move_by(-1),
            Action::MoveDown => self.move_by(1),
            Action::Right => self.resize(1),
            Action::Left => self.resize(-1),
            Action::AddColumn | Action::EditColumn => self.ask(action),
            Action::ResetColumns => {
                self.rows = rows(&default_columns());
                Reply::SetColumns(C::default_list())
            }
            Action::Copy => Reply::Copy(format!("--columns '{}'", ColumnList(self.shown()))),
            Action::Open => Reply::Close,
            _ => Reply::Ignored,
        }
    }

    fn answer(&mut self, asked: Action, answer: &str, _shared: &Shared) -> Result<Reply, String> {
        let ColumnList::<C>(columns) = answer.parse()?;
        let at = self.cursor.selected.min(self.rows.len());
        let edited = asked == Action::EditColumn && at < self.rows.len();
        let width = edited.then(|| self.rows.remove(at).column.width).flatten();
        for column in columns.into_iter().rev() {
            let is_shown = true;
            let column = Chosen { width, ..column };
            self.rows.insert(at, Row { column, is_shown });
        }
        Ok(self.apply())
    }

    fn click(&mut self, at: Position, shared: &Shared) -> Reply {
        if !self.place.contains(at) {
            return Reply::Ignored;
        }
        let line = usize::from(at.y - self.place.y);
        match self.cursor.row_at(line, self.rows.len()) {
            Some(row) if row == self.cursor.selected => self.act(Action::Mark, shared),
            Some(row) => {
                self.cursor.selected = row;
                Reply::Done
            }
            None => Reply::Ignored,
        }
    }

    fn scroll(&mut self, rows: isize, _part: Scope) {
        self.cursor.scroll(rows, self.rows.len());
    }
}
