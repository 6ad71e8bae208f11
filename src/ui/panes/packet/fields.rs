//! A packet's fields as a tree that folds.

use crate::format::printable;
use dissectors::{ByteRange, Field, FieldKind, Severity, Value};
use std::collections::HashMap;

use crate::ui::{Action, list::Cursor};

/// What a field is called, for finding its like in another packet.
type Name = (&'static str, &'static str);

/// A place in a tree: from the outermost row down, each with how many of its name stood before it among its siblings.
type Path = Vec<(Name, usize)>;

/// What is known of a row beside its field.
#[derive(Clone, Copy, Debug, Default)]
struct FieldRow {
    /// The row that it stands below.
    parent: Option<usize>,
    /// The first row that does not stand below it.
    after: usize,
    open: bool,
    /// The worst remark on what stands below it.
    worst: Option<Severity>,
}

/// The fields of one packet, which are unfolded, and which is chosen. What is unfolded and chosen stays from packet to
/// packet.
#[derive(Default)]
pub struct Fields {
    fields: Vec<Field>,
    rows: Vec<FieldRow>,
    /// The first row of the packet's own; those before are about the frame.
    first: usize,
    /// The rows that are not folded away.
    visible: Vec<usize>,
    /// The place among the visible rows.
    pub cursor: Cursor,
    /// What was folded and unfolded by hand.
    remembered: HashMap<Name, bool>,
    /// Everything was folded or unfolded at once.
    all: Option<bool>,
    /// Where the cursor is wanted; none as long as nobody has moved it.
    wanted: Option<Path>,
    /// The packet has not been drawn, and nobody has chosen what of it is to be seen.
    fresh: bool,
}

impl Fields {
    /// Takes another packet's fields, of which the first few are about the frame.
    pub fn set(&mut self, fields: Vec<Field>, first: usize) {
        self.fields = fields;
        self.first = first;
        self.relate();
        let innermost = self.innermost_layer();
        for row in 0..self.rows.len() {
            let open = match self.remembered.get(&self.name(row)) {
                Some(open) => *open,
                None => self.all.unwrap_or(Some(row) == innermost),
            };
            self.rows[row].open = open && self.has_children(row);
        }
        let wanted = self.wanted.as_ref().and_then(|path| self.find(path));
        let row = wanted.or(innermost).unwrap_or(0);
        self.reveal(row);
        self.fresh = self.wanted.is_none();
    }

    /// Fits the cursor to a screen of this height, and gives the places among the visible rows to draw.
    pub fn fit(&mut self, height: usize) -> std::ops::Range<usize> {
        if std::mem::take(&mut self.fresh) {
            // The innermost layer is to be seen, and so are the headings before it where there is room.
            let selected = self.cursor.selected;
            self.cursor.top = match selected > height / 2 {
                true => selected - height / 3,
                false => 0,
            };
        }
        self.cursor.fit(self.visible.len(), height)
    }

    /// Finds out what stands below what.
    fn relate(&mut self) {
        self.rows.clear();
        self.rows.resize(self.fields.len(), FieldRow::default());
        let mut above: Vec<usize> = Vec::new();
        for (at, field) in self.fields.iter().enumerate() {
            while let Some(last) = above.last().copied()
                && self.fields[last].depth >= field.depth
            {
                self.rows[last].after = at;
                above.pop();
            }
            self.rows[at].parent = above.last().copied();
            if let FieldKind::Note(severity) = field.kind {
                for row in &above {
                    let worst = &mut self.rows[*row].worst;
                    *worst = (*worst).max(Some(severity));
                }
            }
            above.push(at);
        }
        for row in above {
            self.rows[row].after = self.fields.len();
        }
    }

    fn innermost_layer(&self) -> Option<usize> {
        self.fields
            .iter()
            .rposition(|field| matches!(field.kind, FieldKind::Layer(layer) if !layer.quoted))
    }

    fn name(&self, row: usize) -> Name {
        self.fields
            .get(row)
            .map_or(("", ""), |field| (field.name, field.label))
    }

    fn has_children(&self, row: usize) -> bool {
        self.rows
            .get(row)
            .is_some_and(|known| known.after > row + 1)
    }

    /// Whether a row can be unfolded, and whether it is.
    pub fn fold(&self, row: usize) -> Option<bool> {
        self.has_children(row).then(|| self.rows[row].open)
    }

    /// The worst remark that is folded away below a row.
    pub fn hidden_remark(&self, row: usize) -> Option<Severity> {
        let known = self.rows.get(row)?;
        known.worst.filter(|_| !known.open)
    }

    /// The field of a row.
    pub fn field(&self, row: usize) -> Option<&Field> {
        self.fields.get(row)
    }

    /// The row that the cursor is on.
    pub fn chosen(&self) -> Option<usize> {
        self.visible.get(self.cursor.selected).copied()
    }

    /// The rows that are not folded away.
    pub fn visible(&self) -> &[usize] {
        &self.visible
    }

    /// Whether a row is about the frame, not in the packet.
    pub fn is_frame(&self, row: usize) -> bool {
        row < self.first
    }

    /// The outermost row that a row stands below, or itself.
    pub fn layer_of(&self, mut row: usize) -> usize {
        while let Some(parent) = self.rows.get(row).and_then(|row| row.parent) {
            row = parent;
        }
        row
    }

    /// The protocol that quotes the layer in this row.
    pub fn quoter(&self, row: usize) -> &'static str {
        let before = self.fields.get(..row).unwrap_or_default();
        let layers = before.iter().rev().filter_map(|field| match field.kind {
            FieldKind::Layer(layer) if !layer.quoted => Some(layer.column),
            _ => None,
        });
        layers.into_iter().next().unwrap_or_default()
    }

    /// Puts the cursor on a row, unfolding what it stands below.
    fn reveal(&mut self, row: usize) {
        let mut above = self.rows.get(row).and_then(|row| row.parent);
        while let Some(at) = above {
            self.rows[at].open = true;
            above = self.rows[at].parent;
        }
        self.list();
        self.cursor.selected = self.visible.partition_point(|at| *at < row);
    }

    /// Chooses a row by hand.
    pub fn choose(&mut self, row: usize) {
        self.reveal(row);
        self.want();
    }

    /// Lists the rows that are not folded away.
    fn list(&mut self) {
        self.visible.clear();
        let mut at = 0;
        while let Some(row) = self.rows.get(at) {
            self.visible.push(at);
            at = if row.open {
                at + 1
            } else {
                row.after.max(at + 1)
            };
        }
    }

    /// From now on the cursor is wanted where it is.
    fn want(&mut self) {
        self.wanted = self.chosen().map(|row| self.path(row));
        self.fresh = false;
    }

    fn path(&self, row: usize) -> Path {
        let mut path = Vec::new();
        let mut at = Some(row);
        while let Some(row) = at {
            let parent = self.rows.get(row).and_then(|row| row.parent);
            let name = self.name(row);
            let before = self
                .children(parent)
                .take_while(|sibling| *sibling < row)
                .filter(|sibling| self.name(*sibling) == name)
                .count();
            path.push((name, before));
            at = parent;
        }
        path.reverse();
        path
    }

    /// The rows right below a row, or the outermost ones.
    fn children(&self, parent: Option<usize>) -> impl Iterator<Item = usize> {
        let (first, end) = match parent {
            Some(row) => (row + 1, self.rows.get(row).map_or(0, |row| row.after)),
            None => (0, self.rows.len()),
        };
        let start = Some(first).filter(|first| *first < end);
        std::iter::successors(start, move |at| {
            let next = self.rows.get(*at)?.after.max(at + 1);
            (next < end).then_some(next)
        })
    }

    /// The row at a place, or the nearest above it that there is.
    fn find(&self, path: &Path) -> Option<usize> {
        let mut found = None;
        for (name, before) in path {
            let next = self
                .children(found)
                .filter(|row| self.name(*row) == *name)
                .nth(*before);
            match next {
                Some(row) => found = Some(row),
                None => break,
            }
        }
        found
    }

    /// Does what a key says; whether it was for the tree.
    pub fn act(&mut self, action: Action) -> bool {
        let Some(row) = self.chosen() else {
            return false;
        };
        let open = self.fold(row);
        match (action, open) {
            (Action::Left, Some(true)) => self.set_open(row, false),
            (Action::Left, _) => {
                if let Some(parent) = self.rows[row].parent {
                    self.choose(parent);
                }
            }
            (Action::Right, Some(false)) => self.set_open(row, true),
            (Action::Right, Some(true)) => self.choose(row + 1),
            (Action::Right, None) => {}
            (Action::Open, Some(open)) => self.set_open(row, !open),
            (Action::FoldAll, _) => self.fold_all(row),
            _ => {
                if !self.cursor.act(action, self.visible.len()) {
                    return false;
                }
                self.want();
            }
        }
        true
    }

    /// Folds or unfolds a row.
    pub fn set_open(&mut self, row: usize, open: bool) {
        if self.has_children(row) {
            self.rows[row].open = open;
            self.remembered.insert(self.name(row), open);
            self.choose(row);
        }
    }

    fn fold_all(&mut self, row: usize) {
        let any = (0..self.rows.len()).any(|row| self.fold(row) == Some(false));
        for row in 0..self.rows.len() {
            self.rows[row].open = any && self.has_children(row);
        }
        self.remembered.clear();
        self.all = Some(any);
        let row = if any { row } else { self.layer_of(row) };
        self.choose(row);
    }

    /// The mouse wheel.
    pub fn scroll(&mut self, rows: isize) {
        let before = self.cursor.selected;
        self.cursor.scroll(rows, self.visible.len());
        if self.cursor.selected != before {
            self.want();
        }
    }

    /// The innermost field that a byte is in. Of several bits in one byte it is the first that is not zero.
    pub fn at_byte(&self, source: usize, byte: u32) -> Option<usize> {
        let mut best: Option<(usize, &Field)> = None;
        for (row, field) in self.fields.iter().enumerate().skip(self.first) {
            let ByteRange { start, end, .. } = field.bytes;
            let covers = usize::from(field.bytes.source) == source && (start..end).contains(&byte);
            let read = !matches!(field.kind, FieldKind::Computed | FieldKind::Note(_));
            // A bit of a hardware address is not what its first bytes are about.
            let aside = matches!(field.value, Value::Flag(..)) && field.mask == 0;
            if !covers || !read || aside && field.bytes.len() > 1 || !touches(field, byte) {
                continue;
            }
            // What is a payload to one layer is read by the next.
            let better = best.is_none_or(|(known_row, known)| {
                let (length, known_length) = (field.bytes.len(), known.bytes.len());
                let bits = known.mask != 0 && is_zero(known) && field.mask != 0 && !is_zero(field);
                self.layer_of(row) > self.layer_of(known_row)
                    || length < known_length
                    || length == known_length
                        && (field.depth > known.depth || bits && field.depth == known.depth)
            });
            if better {
                best = Some((row, field));
            }
        }
        best.map(|(row, _)| row)
    }
}

/// Whether any of a field's bits are in this byte of it.
fn touches(field: &Field, byte: u32) -> bool {
    let after = field.bytes.end.saturating_sub(byte + 1);
    field.mask == 0 || after > 7 || field.mask >> (8 * after) & 0xff != 0
}

fn is_zero(field: &Field) -> bool {
    number(&field.value) == Some(0)
}

/// The number that a value is.
fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number, _) | Value::Named(number, ..) => Some(*number),
        Value::Flag(set, ..) => Some(u64::from(*set)),
        _ => None,
    }
}

/// The bits of a field among those of its bytes: `.... ..1.`. None where it is whole bytes, or no number.
pub fn bits(field: &Field) -> Option<String> {
    let width = field.bytes.len() as u32 * 8;
    if field.mask == 0 || width == 0 || width > 64 {
        return None;
    }
    let all = u64::MAX >> (64 - width);
    if field.mask & all == all || field.mask & !all != 0 {
        return None;
    }
    let value = number(&field.value)?.checked_shl(field.mask.trailing_zeros())?;
    let mut text = String::new();
    for bit in (0..width).rev() {
        text.push(match (field.mask >> bit & 1, value >> bit & 1) {
            (0, _) => '.',
            (_, 0) => '0',
            _ => '1',
        });
        if bit % 4 == 0 && bit > 0 {
            text.push(' ');
        }
    }
    Some(text)
}

/// A field as a display filter: `tcp.flags.syn == 1`.
pub fn filter(field: &Field) -> String {
    if field.name.is_empty() || matches!(field.kind, FieldKind::Note(_)) {
        return printable(&format!("{}: {}", field.label, field.shown()));
    }
    match (&field.value, field.kind) {
        (_, FieldKind::Layer(_)) | (Value::None, _) => field.name.to_owned(),
        (Value::Text(text), _) => quoted(field.name, text),
        (Value::Static(text), _) => quoted(field.name, text),
        (value, _) => match value.show() {
            Some(value) if !value.is_empty() => format!("{} == {value}", field.name),
            _ => field.name.to_owned(),
        },
    }
}

fn quoted(name: &str, text: &str) -> String {
    let mut words = format!("{name} == \"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => words.extend(['\\', letter]),
            '\n' => words.push_str("\\n"),
            '\r' => words.push_str("\\r"),
            '\t' => words.push_str("\\t"),
            letter if letter.is_control() => words.push_str(&format!("\\x{:02x}", letter as u32)),
            letter => words.push(letter),
        }
    }
    words.push('"');
    words
}
