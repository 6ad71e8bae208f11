//! A packet's fields as a tree that folds.

use crate::{filter::known, format::printable};
use chrono::{DateTime, Utc};
use dissectors::{ByteRange, Field, FieldKind, FieldType, Severity, Value};
use std::collections::HashMap;

use crate::ui::{Action, list::Cursor};

/// The name of a field, for finding the same one in another packet.
type Name = (&'static str, &'static str);

/// A position in a tree: from the outermost row down, each with the number of earlier siblings of the same name.
type Path = Vec<(Name, usize)>;

/// How the names end of fields that name the packet of a request or of its answer.
const COUNTERPARTS: [&str; 6] = [
    "response_in",
    "response_to",
    "request_in",
    "resp_in",
    "resp_to",
    "command-frame",
];

/// The data of a row besides its field.
#[derive(Clone, Copy, Debug, Default)]
struct FieldRow {
    /// Its parent row.
    parent: Option<usize>,
    /// The first row that is not below it.
    after: usize,
    open: bool,
    /// The worst remark below it.
    worst: Option<Severity>,
}

/// The fields of one packet, which are unfolded, and which is chosen. Both are kept from packet to packet.
#[derive(Default)]
pub struct Fields {
    fields: Vec<Field>,
    rows: Vec<FieldRow>,
    /// The first row of the packet itself; those before are about the frame.
    first: usize,
    /// The rows that are not folded away.
    visible: Vec<usize>,
    /// The index among the visible rows.
    pub cursor: Cursor,
    /// The rows folded and unfolded by hand.
    remembered: HashMap<Name, bool>,
    /// Whether everything was folded or unfolded at once.
    all: Option<bool>,
    /// The wanted position of the cursor; none until it is moved.
    wanted: Option<Path>,
    /// The packet has not been drawn, and the cursor has not been moved in it.
    fresh: bool,
}

impl Fields {
    /// Sets another packet's fields, the first few of which are about the frame.
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

    /// Fits the cursor to a screen of this height, and returns the indexes of the visible rows to draw.
    pub fn fit(&mut self, height: usize) -> std::ops::Range<usize> {
        if std::mem::take(&mut self.fresh) {
            // The innermost layer must be visible, and the headings before it if there is room.
            let selected = self.cursor.selected;
            self.cursor.top = match selected > height / 2 {
                true => selected - height / 3,
                false => 0,
            };
        }
        self.cursor.fit(self.visible.len(), height)
    }

    /// Computes the parents of the rows.
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
            if let FieldKind::Note(severity, _) = field.kind {
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

    /// Returns whether a row is unfolded; none if it cannot be.
    pub fn fold(&self, row: usize) -> Option<bool> {
        self.has_children(row).then(|| self.rows[row].open)
    }

    /// Returns the worst remark that is folded away below a row.
    pub fn hidden_remark(&self, row: usize) -> Option<Severity> {
        let known = self.rows.get(row)?;
        known.worst.filter(|_| !known.open)
    }

    /// Returns the field of a row.
    pub fn field(&self, row: usize) -> Option<&Field> {
        self.fields.get(row)
    }

    /// Returns the packet of the request that this packet answers, or of the answer to its request.
    pub fn counterpart(&self) -> Option<u32> {
        self.fields.iter().find_map(|field| {
            let last = field.name.rsplit('.').next()?;
            let names = COUNTERPARTS.contains(&last);
            packet_in(field).filter(|_| names)
        })
    }

    /// Returns the text of every row, in order, also of those that are folded away.
    pub fn texts(&self, words: impl Fn(&Field) -> String) -> Vec<String> {
        self.fields.iter().map(words).collect()
    }

    /// Returns the row that the cursor is on.
    pub fn chosen(&self) -> Option<usize> {
        self.visible.get(self.cursor.selected).copied()
    }

    /// Returns the rows that are not folded away.
    pub fn visible(&self) -> &[usize] {
        &self.visible
    }

    /// Whether a row is about the frame rather than in the packet.
    pub fn is_frame(&self, row: usize) -> bool {
        row < self.first
    }

    /// Returns the outermost row above a row, or itself.
    pub fn layer_of(&self, mut row: usize) -> usize {
        while let Some(parent) = self.rows.get(row).and_then(|row| row.parent) {
            row = parent;
        }
        row
    }

    /// Returns the protocol that quotes the layer in this row.
    pub fn quoter(&self, row: usize) -> &'static str {
        let before = self.fields.get(..row).unwrap_or_default();
        let layers = before.iter().rev().filter_map(|field| match field.kind {
            FieldKind::Layer(layer) if !layer.quoted => Some(layer.column),
            _ => None,
        });
        layers.into_iter().next().unwrap_or_default()
    }

    /// Moves the cursor to a row, and unfolds its parents.
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

    /// Makes the current position of the cursor the wanted one.
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

    /// Returns the children of a row, or the outermost rows.
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

    /// Returns the row at a position, or the nearest existing one above it.
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

    /// Performs an action; returns whether it was for the tree.
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

    /// Handles the mouse wheel.
    pub fn scroll(&mut self, rows: isize) {
        let before = self.cursor.selected;
        self.cursor.scroll(rows, self.visible.len());
        if self.cursor.selected != before {
            self.want();
        }
    }

    /// Returns the innermost field that contains a byte. Among several bits in one byte it is the first that is not
    /// zero.
    pub fn at_byte(&self, source: usize, byte: u32) -> Option<usize> {
        let mut best: Option<(usize, &Field)> = None;
        for (row, field) in self.fields.iter().enumerate().skip(self.first) {
            let ByteRange { start, end, .. } = field.bytes;
            let covers = usize::from(field.bytes.source) == source && (start..end).contains(&byte);
            let read = !matches!(field.kind, FieldKind::Computed | FieldKind::Note(..));
            // A bit of a hardware address does not represent its first bytes.
            let aside = matches!(field.value, Value::Flag(..)) && field.mask == 0;
            if !covers || !read || aside && field.bytes.len() > 1 || !touches(field, byte) {
                continue;
            }
            // The payload of one layer is the next layer.
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

/// Returns the packet that a field names.
pub fn packet_in(field: &Field) -> Option<u32> {
    let is_own = field.name == "frame.number";
    let is_packet = known(field.name).is_some_and(|it| it.kind == FieldType::FrameNumber);
    let number = number(&field.value).filter(|_| is_packet && !is_own)?;
    u32::try_from(number).ok()
}

/// Returns the number of a value.
fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number, _) | Value::Named(number, ..) => Some(*number),
        Value::Flag(set, ..) => Some(u64::from(*set)),
        _ => None,
    }
}

/// Returns the bits of a field among those of its bytes: `.... ..1.`. None if it has whole bytes, or is not a number.
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

/// Returns a field as a display filter: `tcp.flags.syn == 1`.
pub fn filter(field: &Field) -> String {
    if field.name.is_empty() || matches!(field.kind, FieldKind::Note(..)) {
        return printable(&format!("{}: {}", field.label, field.shown()));
    }
    match (&field.value, field.kind) {
        (_, FieldKind::Layer(_)) | (Value::None, _) => field.name.to_owned(),
        (Value::Text(text), _) => quoted(field.name, text),
        // A heading, such as that of an analysis.
        (Value::Static(""), _) => field.name.to_owned(),
        (Value::Static(text), _) => quoted(field.name, text),
        (Value::Time(ns), _) => time(field.name, *ns),
        (value, _) => match value.show() {
            Some(value) if !value.is_empty() => format!("{} == {value}", field.name),
            _ => field.name.to_owned(),
        },
    }
}

fn time(name: &str, ns: i64) -> String {
    let is_date = known(name).is_none_or(|field| field.kind == FieldType::AbsoluteTime);
    let time = DateTime::<Utc>::from_timestamp_nanos(ns);
    match is_date {
        true => format!("{name} == \"{}\"", time.format("%Y-%m-%dT%H:%M:%S%.9fZ")),
        false => format!("{name} == {}", time.format("%s%.9f")),
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
