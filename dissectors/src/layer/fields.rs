//! Reads fields, and groups of them.

use super::{Bits, Layer, Stop, apart};
use crate::{Base, ByteRange, Field, FieldKind, Value};
use nom::{
    Err, Parser,
    error::{Error, ErrorKind},
};

impl<'a> Layer<'a, '_> {
    /// Reads one field with any nom parser. The bytes it takes are the field's bytes.
    #[inline(always)]
    pub fn field<T: Copy + Into<Value>>(
        &mut self,
        name: &'static str,
        label: &'static str,
        parser: impl Parser<&'a [u8], Output = T, Error = Error<&'a [u8]>>,
    ) -> Result<T, Stop> {
        self.field_shown(name, label, parser, |value| value.into())
    }

    /// Reads one field whose value is only formatted when there is a tree to show it.
    #[inline(always)]
    pub fn field_shown<T: Copy>(
        &mut self,
        name: &'static str,
        label: &'static str,
        mut parser: impl Parser<&'a [u8], Output = T, Error = Error<&'a [u8]>>,
        show: impl FnOnce(T) -> Value,
    ) -> Result<T, Stop> {
        let start = self.rest;
        match parser.parse_complete(start) {
            Ok((rest, value)) => {
                self.rest = rest;
                if self.tree.is_some() {
                    apart(|| {
                        if self.wants(name) {
                            let bytes = self.range(start, rest);
                            self.push(name, label, show(value), bytes, FieldKind::Field);
                        }
                    });
                }
                Ok(value)
            }
            Err(error) => Err(self.stop(name, error)),
        }
    }

    /// Looks ahead with any nom parser, without a row and without moving on. `name` is the field at fault when the
    /// bytes do not suffice.
    #[inline]
    pub fn peek<T>(
        &self,
        name: &'static str,
        mut parser: impl Parser<&'a [u8], Output = T, Error = Error<&'a [u8]>>,
    ) -> Result<T, Stop> {
        match parser.parse_complete(self.rest) {
            Ok((_, value)) => Ok(value),
            Err(error) => Err(self.stop(name, error)),
        }
    }

    /// Reads a number whose bits are separate fields, without a row for the whole.
    #[inline(always)]
    pub fn word<T: Copy + Into<u64>>(
        &mut self,
        name: &'static str,
        mut parser: impl Parser<&'a [u8], Output = T, Error = Error<&'a [u8]>>,
        show: impl FnOnce(&mut Bits),
    ) -> Result<T, Stop> {
        let start = self.rest;
        match parser.parse_complete(start) {
            Ok((rest, value)) => {
                self.rest = rest;
                if self.tree.is_some() {
                    self.bits(value.into(), start, rest, show);
                }
                Ok(value)
            }
            Err(error) => Err(self.stop(name, error)),
        }
    }

    /// Reads a number and shows it, and below it the fields of its bits.
    #[inline(always)]
    pub fn flags<T: Copy + Into<u64>>(
        &mut self,
        name: &'static str,
        label: &'static str,
        base: Base,
        mut parser: impl Parser<&'a [u8], Output = T, Error = Error<&'a [u8]>>,
        show: impl FnOnce(&mut Bits),
    ) -> Result<T, Stop> {
        let start = self.rest;
        match parser.parse_complete(start) {
            Ok((rest, value)) => {
                self.rest = rest;
                if self.tree.is_some() {
                    apart(|| {
                        let number = Value::Number(value.into(), base);
                        let bytes = self.range(start, rest);
                        self.push(name, label, number, bytes, FieldKind::Field);
                        self.deeper(|layer| layer.bits(value.into(), start, rest, show));
                    });
                }
                Ok(value)
            }
            Err(error) => Err(self.stop(name, error)),
        }
    }

    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        if let Some(tree) = &mut self.tree {
            tree.depth += 1;
        }
        let result = read(self);
        if let Some(tree) = &mut self.tree {
            tree.depth -= 1;
        }
        result
    }

    /// Reads several fields as the children of one row, which covers their bytes. When they stop early the row
    /// covers what was read.
    #[inline(always)]
    pub fn group<T>(
        &mut self,
        name: &'static str,
        label: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        match self.tree {
            None => read(self),
            Some(_) => self.group_as(name, label, false, read),
        }
    }

    /// Like `group`, and the row's value is its bytes.
    #[inline(always)]
    pub fn group_with_bytes<T>(
        &mut self,
        name: &'static str,
        label: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        match self.tree {
            None => read(self),
            Some(_) => self.group_as(name, label, true, read),
        }
    }

    #[cold]
    #[inline(never)]
    fn group_as<T>(
        &mut self,
        name: &'static str,
        label: &'static str,
        show_bytes: bool,
        read: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let start = self.rest;
        let empty = self.range(start, start);
        // A named row has an empty value; a heading without a name has none.
        let value = match name.is_empty() || show_bytes {
            true => Value::None,
            false => Value::Static(""),
        };
        let row = self.push(name, label, value, empty, FieldKind::Field);
        let outer = std::mem::replace(&mut self.heading, row);
        let source = (self.source, self.bytes);
        let result = self.deeper(read);
        self.heading = outer;
        // A read that went on to another source covers the rest of the first one.
        let bytes = match self.source == source.0 {
            true => self.range(start, self.rest),
            false => empty,
        };
        if let (Some(tree), Some(row)) = (&mut self.tree, row)
            && let Some(field) = tree.fields.get_mut(row)
        {
            field.bytes = bytes;
            if show_bytes && field.value == Value::None {
                field.value = Value::Bytes(bytes.of(source.1).unwrap_or_default().to_vec());
            }
        }
        result
    }

    /// Stops because the value of the field just read is impossible.
    pub fn malformed<T>(&self, field: &'static str) -> Result<T, Stop> {
        Err(Stop::Malformed {
            field,
            bytes: self.ahead(usize::MAX),
        })
    }

    /// Whether the tree, if there is one, is to have the fields of this name.
    #[inline]
    pub(super) fn wants(&self, name: &str) -> bool {
        self.tree.as_ref().is_some_and(|tree| tree.wants(name))
    }

    pub(super) fn push(
        &mut self,
        name: &'static str,
        label: &'static str,
        value: Value,
        bytes: ByteRange,
        kind: FieldKind,
    ) -> Option<usize> {
        let tree = self.tree.as_mut()?;
        let depth = tree.depth;
        tree.push(Field {
            name,
            label,
            value,
            text: None,
            bytes,
            mask: 0,
            depth,
            kind,
        })
    }

    pub(super) fn range(&self, start: &[u8], rest: &[u8]) -> ByteRange {
        let base = self.bytes.as_ptr().addr();
        let offset = |at: &[u8]| at.as_ptr().addr().saturating_sub(base) as u32;
        ByteRange {
            source: self.source,
            start: offset(start),
            end: offset(rest),
        }
    }

    #[cold]
    fn stop(&self, field: &'static str, error: Err<Error<&'a [u8]>>) -> Stop {
        let bytes = self.ahead(usize::MAX);
        let short = match error {
            Err::Incomplete(_) => true,
            Err::Error(e) | Err::Failure(e) => e.code == ErrorKind::Eof,
        };
        match short && self.missing > 0 {
            true => Stop::Truncated { field, bytes },
            false => Stop::Malformed { field, bytes },
        }
    }

    pub(super) fn here(&self) -> ByteRange {
        ByteRange {
            source: self.source,
            start: self.start,
            end: self.start,
        }
    }
}
