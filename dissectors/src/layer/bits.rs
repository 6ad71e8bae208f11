//! The bits of a number, each a separate field.

use super::Layer;
use crate::{Base, ByteRange, Field, FieldKind, Tree, Value};

impl Layer<'_, '_> {
    #[cold]
    #[inline(never)]
    pub(super) fn bits(
        &mut self,
        value: u64,
        start: &[u8],
        rest: &[u8],
        show: impl FnOnce(&mut Bits),
    ) {
        let bytes = self.range(start, rest);
        if let Some(tree) = &mut self.tree {
            show(&mut Bits {
                tree,
                value,
                bytes,
                narrow: false,
            });
        }
    }

    /// Shows the bits of a number that was read without a row.
    pub fn bits_at(&mut self, bytes: ByteRange, value: u64, show: impl FnOnce(&mut Bits)) {
        if let Some(tree) = &mut self.tree {
            show(&mut Bits {
                tree,
                value,
                bytes,
                narrow: false,
            });
        }
    }
}

/// The bits of a number while they are shown.
pub struct Bits<'t> {
    tree: &'t mut Tree,
    value: u64,
    bytes: ByteRange,
    narrow: bool,
}

impl Bits<'_> {
    /// From here on a field's bytes are only those that contain its bits.
    pub fn narrow(&mut self) {
        self.narrow = true;
    }

    /// From here on a field's bytes are all bytes of the number again.
    pub fn wide(&mut self) {
        self.narrow = false;
    }

    /// Shows a number made of the masked bits, and below it the fields of its bits.
    pub fn group(
        &mut self,
        name: &'static str,
        label: &'static str,
        mask: u64,
        base: Base,
        fill: impl FnOnce(&mut Self),
    ) {
        self.push(name, label, mask, |bits| {
            (Value::Number(bits.part(mask), base), None)
        });
        self.tree.depth += 1;
        fill(self);
        self.tree.depth -= 1;
    }

    /// Shows a number made of the masked bits.
    pub fn number(&mut self, name: &'static str, label: &'static str, mask: u64) {
        self.push(name, label, mask, |bits| {
            (Value::Number(bits.part(mask), Base::Dec), None)
        });
    }

    /// Shows a value made from the masked bits, such as one with a name.
    pub fn value<T: Into<Value>>(
        &mut self,
        name: &'static str,
        label: &'static str,
        mask: u64,
        value: impl FnOnce(u64) -> T,
    ) {
        self.push(name, label, mask, |bits| {
            (value(bits.part(mask)).into(), None)
        });
    }

    /// Shows a value made from the masked bits in place, which are not adjacent.
    pub fn value_in_place<T: Into<Value>>(
        &mut self,
        name: &'static str,
        label: &'static str,
        mask: u64,
        value: impl FnOnce(u64) -> T,
    ) {
        self.push(name, label, mask, |bits| {
            (value(bits.value & mask).into(), None)
        });
    }

    /// Shows a value made from the masked bits, with a text instead of it.
    pub fn worded<T: Into<Value>>(
        &mut self,
        name: &'static str,
        label: &'static str,
        mask: u64,
        value: impl FnOnce(u64) -> T,
        words: impl FnOnce(u64) -> String,
    ) {
        self.push(name, label, mask, |bits| {
            let number = bits.part(mask);
            let words = bits.tree.is_whole().then(|| words(number));
            (value(number).into(), words)
        });
    }

    /// Shows one bit: set or not set.
    pub fn flag(&mut self, name: &'static str, label: &'static str, mask: u64) {
        self.flag_meaning(name, label, mask, "Set", "Not set");
    }

    /// Shows one bit, and its meaning.
    pub fn flag_meaning(
        &mut self,
        name: &'static str,
        label: &'static str,
        mask: u64,
        yes: &'static str,
        no: &'static str,
    ) {
        self.push(name, label, mask, |bits| {
            (Value::Flag(bits.part(mask) != 0, yes, no), None)
        });
    }

    /// Returns whether any of these bits is set.
    pub fn is_set(&self, mask: u64) -> bool {
        self.value & mask != 0
    }

    /// Returns the number made of these bits.
    pub fn part(&self, mask: u64) -> u64 {
        (self.value & mask) >> mask.trailing_zeros().min(63)
    }

    fn push(
        &mut self,
        name: &'static str,
        label: &'static str,
        mask: u64,
        show: impl FnOnce(&Self) -> (Value, Option<String>),
    ) {
        if !self.tree.wants(name) {
            return;
        }
        let (value, text) = show(self);
        let mut bytes = self.bytes;
        let mut shown_mask = mask;
        if self.narrow && mask != 0 {
            let first = mask.leading_zeros() / 8;
            let last = 7 - mask.trailing_zeros() / 8;
            let width = bytes.len() as u32;
            bytes.start = self.bytes.start + (first + width).saturating_sub(8);
            bytes.end = self.bytes.start + (last + 1 + width).saturating_sub(8);
            shown_mask = mask >> (8 * (7 - last));
        }
        let depth = self.tree.depth;
        self.tree.push(Field {
            name,
            label,
            value,
            text,
            bytes,
            mask: shown_mask,
            depth,
            kind: FieldKind::Field,
        });
    }
}
