//! The bytes after a packet's end: padding and trailers, shown where they belong.

use super::{Layer, end_of};
use crate::{Base, ByteRange, Field, FieldKind, Value};

/// A layer that shows the bytes after its payload.
#[derive(Clone, Copy)]
pub(super) struct TrailerOwner {
    /// The row of its layer.
    row: Option<usize>,
    /// The row of the layer whose payload ends at the same offset: this layer, or one that passes the trailer on.
    pub(super) holder: Option<usize>,
    /// The field name of its trailer.
    trailer: &'static str,
    /// Whether the last four bytes may be a frame check sequence.
    fcs: bool,
    /// Its length on the wire including its payload, bytes.
    reported: usize,
}

/// Bytes after a payload, to be shown after everything else.
pub(super) struct Leftover<'a> {
    owner: TrailerOwner,
    bytes: &'a [u8],
    range: ByteRange,
    /// How many bytes there were on the wire.
    reported: usize,
}

/// Frames are padded to 64 bytes with their frame check sequence: IEEE 802.3, section 4.2.3.3.
const LEAST: usize = 60;
const FCS: usize = 4;

/// Field, label, range and value of a part.
type Row = (&'static str, &'static str, ByteRange, Value);

impl Leftover<'_> {
    /// Splits it into padding, trailer and frame check sequence, as far as they are there. `frame` is the length of the
    /// packet.
    fn parts(&self, frame: usize) -> Vec<Row> {
        let Leftover {
            owner,
            bytes,
            range,
            reported,
        } = *self;
        let needed = match frame >= LEAST {
            true => LEAST.saturating_sub(frame.saturating_sub(reported)),
            false => 0,
        };
        let padding = bytes.get(..needed.min(bytes.len())).unwrap_or_default();
        let padding = match padding.iter().all(|&byte| byte == 0) {
            true => padding,
            false => &[],
        };
        let bytes = bytes.get(padding.len()..).unwrap_or_default();
        let reported = reported.saturating_sub(padding.len());
        let has_fcs = owner.fcs && owner.reported >= LEAST + FCS && reported >= FCS;
        let length = match has_fcs {
            true => bytes.len().min(reported - FCS),
            false => bytes.len(),
        };
        let (trailer, fcs) = bytes.split_at_checked(length).unwrap_or((bytes, &[]));
        let mut parts = Vec::new();
        let mut start = range.start;
        let mut part = |name, label, bytes: &[u8], value| {
            let end = start + bytes.len() as u32;
            let place = ByteRange {
                start,
                end,
                ..range
            };
            if !bytes.is_empty() {
                parts.push((name, label, place, value));
            }
            start = end;
        };
        let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
        part("eth.padding", "Padding", padding, bytes(padding));
        part(owner.trailer, "Trailer", trailer, bytes(trailer));
        if let Ok(fcs) = fcs.try_into() {
            let sum = Value::Number(u32::from_be_bytes(fcs).into(), Base::Hex(8));
            part("eth.fcs", "Frame check sequence", &fcs, sum);
        }
        parts
    }
}

impl<'a> Layer<'a, '_> {
    /// Makes what `limit` drops in this layer, or in the next one, this layer's padding and trailer. A layer further in
    /// has a length of its own, which says nothing about this one's. `fcs` is whether the link may have left its frame
    /// check sequence there.
    #[inline]
    pub fn owns_trailer(&mut self, trailer: &'static str, fcs: bool) {
        if self.tree.is_some() {
            let before = (self.offset() - self.start) as usize;
            let reported = before + self.reported();
            self.trailer = Some(TrailerOwner {
                row: self.heading,
                holder: self.heading,
                trailer,
                fcs,
                reported,
            });
        }
    }

    /// Leaves what `limit` drops in the next layer to the layer before this one, as this one has no end of its own.
    #[inline]
    pub fn passes_trailer(&mut self) {
        if let Some(owner) = &mut self.trailer {
            owner.holder = self.heading;
        }
    }

    #[cold]
    pub(super) fn keep_leftover(&mut self, behind: &'a [u8]) {
        if let Some(owner) = self.trailer.take() {
            let range = self.range(behind, end_of(behind));
            let reported = behind.len() + self.missing;
            self.leftovers.push(Leftover {
                owner,
                bytes: behind,
                range,
                reported,
            });
        }
    }

    /// Shows the leftover bytes, each at the end of the layer that owns them. The last are shown first, so that the
    /// rows of earlier ones keep their indices.
    pub(crate) fn finish(&mut self) {
        for leftover in std::mem::take(&mut self.leftovers).iter().rev() {
            self.show_leftover(leftover);
        }
    }

    #[cold]
    fn show_leftover(&mut self, leftover: &Leftover) {
        let parts = leftover.parts(self.packet_length);
        let Some(tree) = &mut self.tree else { return };
        let Some(row) = leftover.owner.row else {
            return;
        };
        let Some(depth) = tree.fields.get(row).map(|field| field.depth) else {
            return;
        };
        let behind = tree.fields.iter().skip(row + 1);
        let inside = behind.take_while(|field| field.depth > depth);
        let mut at = row + 1 + inside.count();
        for (name, label, bytes, value) in parts {
            let field = Field {
                name,
                label,
                value,
                text: None,
                bytes,
                mask: 0,
                depth: depth + 1,
                kind: FieldKind::Field,
            };
            at += usize::from(tree.insert(at, field));
            if name == "eth.fcs" {
                let status = Field {
                    name: "eth.fcs.status",
                    label: "Frame check sequence status",
                    value: Value::Named(2, Base::Dec, "Unverified"),
                    text: Some("not verified: these may be other bytes".to_owned()),
                    bytes: ByteRange {
                        end: bytes.start,
                        ..bytes
                    },
                    mask: 0,
                    depth: depth + 1,
                    kind: FieldKind::Computed,
                };
                at += usize::from(tree.insert(at, status));
            }
        }
    }
}
