//! The field tree: the rows that dissectors show, as a flat list in display order.

use crate::{OsiLayer, Value};
use std::{borrow::Cow, fmt};

/// More fields than this in one packet are an attack, not a packet; the rest is left out, with a remark.
pub const MAX_FIELDS: usize = 20_000;

/// The position of a field's bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByteRange {
    /// 0 is the packet, higher ones are reassembled data in the order of [`crate::Context::reassembled`].
    pub source: u16,
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl ByteRange {
    /// Its length in bytes.
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }

    /// Returns whether it covers nothing, as for a computed field.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Returns the range of a part of its bytes.
    pub(crate) fn part(self, start: u32, end: u32) -> ByteRange {
        ByteRange {
            start: self.start + start,
            end: self.start + end,
            ..self
        }
    }

    /// Makes these bytes of `source` unreadable: each becomes an asterisk.
    pub fn mask(self, source: &mut [u8]) {
        let length = source.len();
        let (start, end) = (self.start as usize, self.end as usize);
        if let Some(secret) = source.get_mut(start.min(length)..end.min(length)) {
            secret.fill(b'*');
        }
    }

    /// Returns the bytes, where the range lies inside `source`.
    pub fn of(self, source: &[u8]) -> Option<&[u8]> {
        source.get(self.start as usize..self.end as usize)
    }
}

/// The kind of a row of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A field that was read from the bytes.
    Field,
    /// A field that was computed, not read. Shown in brackets.
    Computed,
    /// A protocol's heading.
    Layer(LayerInfo),
    /// A remark on the row before it.
    Note(Severity, Group),
}

/// What the heading of a protocol holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LayerInfo {
    /// The protocol's name in filters.
    pub name: &'static str,
    /// Its text in the protocol column of the packet list. Empty where the layer below sets it.
    pub column: &'static str,
    /// Its layer of the OSI model.
    pub osi: OsiLayer,
    /// Part of a packet that an ICMP error quotes.
    pub quoted: bool,
    /// Part of a message of which the capture lacks some. Wireshark waits for all of it, and shows no layer where that does
    /// not come.
    pub is_partial: bool,
}

/// The severity of a remark, in Wireshark's four steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The ordinary course of things.
    Chat,
    /// Worth knowing.
    Note,
    /// Unusual.
    Warning,
    /// Wrong.
    Error,
}

/// What a remark is about, in Wireshark's groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// A checksum does not fit.
    Checksum,
    /// The order of segments, what was lost, and what was sent again.
    Sequence,
    /// What lacks a part that is in other packets.
    Reassemble,
    /// Bytes do not fit their protocol.
    Malformed,
    /// Anything else that a protocol does.
    Protocol,
}

/// One row of the tree. Children follow their parent and are one deeper.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The name in filters, such as `udp.dstport`. Empty for a heading without a value.
    pub name: &'static str,
    /// The label for people, in sentence case.
    pub label: &'static str,
    /// What was read.
    pub value: Value,
    /// The text for people instead of the plain value, where there is one.
    pub text: Option<String>,
    /// The bytes it was read from.
    pub bytes: ByteRange,
    /// The bits of those bytes that it was read from; 0 for whole bytes.
    pub mask: u64,
    /// Its depth; layers are at 0.
    pub depth: u8,
    /// The kind of row.
    pub kind: FieldKind,
}

impl Field {
    /// Returns the text after the label on the screen.
    pub fn shown(&self) -> Cow<'_, str> {
        match &self.text {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(self.value.to_string()),
        }
    }
}

/// The only fields that a tree is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    names: Vec<&'static str>,
    /// One bit for each name, by [`Wanted::mark`]: few other names have one of these bits.
    marks: u64,
}

impl Wanted {
    fn mark(name: &str) -> u64 {
        let last = name.as_bytes().last().copied().unwrap_or_default();
        1 << (name.len().wrapping_mul(7).wrapping_add(usize::from(last)) % 64)
    }

    #[inline]
    fn has(&self, name: &str) -> bool {
        self.marks & Self::mark(name) != 0 && self.names.contains(&name)
    }
}

/// Everything that was read of one packet, in display order.
#[derive(Debug, Default, PartialEq)]
pub struct Tree {
    /// The rows.
    pub fields: Vec<Field>,
    /// How many rows were left out because there were more than [`MAX_FIELDS`].
    pub left_out: usize,
    /// The sources of bytes besides the packet, which [`ByteRange::source`] counts from 1.
    pub sources: Vec<Source>,
    /// The ranges of the packet's own bytes with secrets that the rows do not show: a display of these bytes masks them
    /// too.
    pub masked: Vec<ByteRange>,
    pub(crate) depth: u8,
    /// None for all fields.
    wanted: Option<Wanted>,
}

/// Bytes that were reassembled or decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Its name.
    pub name: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Tree {
    /// Returns a tree that is to have only these fields and the headings of protocols, without texts for people: a filter
    /// needs no others.
    pub fn of_fields(names: impl IntoIterator<Item = &'static str>) -> Self {
        let names: Vec<_> = names.into_iter().collect();
        let marks = names.iter().fold(0, |all, name| all | Wanted::mark(name));
        Tree {
            wanted: Some(Wanted { names, marks }),
            ..Tree::default()
        }
    }

    /// Whether it is to have all fields.
    #[inline]
    pub fn is_whole(&self) -> bool {
        self.wanted.is_none()
    }

    /// Whether it is to have the fields of this name.
    #[inline]
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted.has(name))
    }

    /// Empties it, keeping its memory for the next packet.
    pub fn clear(&mut self) {
        self.fields.clear();
        self.left_out = 0;
        self.sources.clear();
        self.masked.clear();
        self.depth = 0;
    }

    /// Masks secrets in the rows whose values are captured bytes, and in the existing sources.
    pub(crate) fn mask(&mut self, secrets: &[ByteRange]) {
        for secrets in secrets.chunk_by(|one, next| one.source == next.source) {
            self.mask_in_source(secrets);
        }
    }

    /// As `mask`, for secrets that are all in one source.
    fn mask_in_source(&mut self, secrets: &[ByteRange]) {
        let Some(&first) = secrets.first() else {
            return;
        };
        match usize::from(first.source).checked_sub(1) {
            None => self.masked.extend(secrets),
            Some(place) => {
                if let Some(source) = self.sources.get_mut(place) {
                    secrets
                        .iter()
                        .for_each(|secret| secret.mask(&mut source.bytes));
                }
            }
        }
        // Few rows overlap any secret.
        let all = secrets.iter().fold(first, |all, secret| ByteRange {
            start: all.start.min(secret.start),
            end: all.end.max(secret.end),
            ..all
        });
        for field in &mut self.fields {
            let at = field.bytes;
            let touches = at.source == all.source && at.start < all.end && all.start < at.end;
            if let Value::Bytes(bytes) = &mut field.value
                && touches
                && bytes.len() == at.len()
            {
                for secret in secrets {
                    let within = ByteRange {
                        start: secret.start.saturating_sub(at.start),
                        end: secret.end.saturating_sub(at.start),
                        ..*secret
                    };
                    within.mask(bytes);
                }
            }
        }
    }

    /// Adds a row and returns its index.
    pub(crate) fn push(&mut self, mut field: Field) -> Option<usize> {
        if !matches!(field.kind, FieldKind::Layer(_)) && !self.wants(field.name) {
            return None;
        }
        // A remark may precede all fields: it then belongs to the row that holds it.
        let deepest = self.fields.last().map_or(0, |last| last.depth + 1);
        field.depth = field.depth.min(deepest);
        if self.fields.len() >= MAX_FIELDS {
            self.left_out += 1;
            return None;
        }
        self.fields.push(field);
        Some(self.fields.len() - 1)
    }

    /// Inserts a row before the row at index `at`. Returns whether it did.
    pub(crate) fn insert(&mut self, at: usize, field: Field) -> bool {
        if !self.wants(field.name) {
            return false;
        }
        let has_room = self.fields.len() < MAX_FIELDS && at <= self.fields.len();
        match has_room {
            true => self.fields.insert(at, field),
            false => self.left_out += 1,
        }
        has_room
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for row in &self.fields {
            let indent = 2 * usize::from(row.depth);
            let ByteRange { start, end, .. } = row.bytes;
            let shown = row.shown();
            let colon = if shown.is_empty() { "" } else { ": " };
            write!(f, "{:indent$}{}{colon}{shown}", "", row.label)?;
            if matches!(row.kind, FieldKind::Field | FieldKind::Layer(_)) {
                write!(f, " [{start}..{end}]")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
