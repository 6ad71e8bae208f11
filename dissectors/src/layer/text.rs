//! Computed rows, and texts for rows that were read.

use super::{Layer, apart, end_of};
use crate::{ByteRange, FieldKind, Group, Severity, Value};

/// The name of a remark's row.
const NOTE: &str = "_ws.expert";

impl Layer<'_, '_> {
    /// Adds a field that was computed rather than read. It is only made when there is a tree.
    #[inline(always)]
    pub fn computed<T: Into<Value>>(
        &mut self,
        name: &'static str,
        label: &'static str,
        value: impl FnOnce() -> T,
    ) {
        if self.tree.is_some() {
            apart(|| {
                if self.wants(name) {
                    let at = self.here();
                    self.push(name, label, value().into(), at, FieldKind::Computed);
                }
            });
        }
    }

    /// Adds a row for bytes that are also read elsewhere.
    #[inline(always)]
    pub fn over(
        &mut self,
        name: &'static str,
        label: &'static str,
        bytes: ByteRange,
        value: impl FnOnce() -> Value,
    ) {
        if self.tree.is_some() {
            apart(|| {
                if self.wants(name) {
                    self.push(name, label, value(), bytes, FieldKind::Field);
                }
            });
        }
    }

    /// Shows the bytes not yet read as one field without taking them.
    #[inline(always)]
    pub fn show_rest(&mut self, name: &'static str, label: &'static str) {
        if self.tree.is_some() && !self.rest.is_empty() {
            apart(|| {
                if !self.wants(name) {
                    return;
                }
                let rest = self.rest;
                let bytes = self.range(rest, end_of(rest));
                self.push(
                    name,
                    label,
                    Value::Bytes(rest.to_vec()),
                    bytes,
                    FieldKind::Field,
                );
            });
        }
    }

    /// Opens a heading of computed fields, without a value.
    #[inline(always)]
    pub fn heading(&mut self, label: &'static str, fill: impl FnOnce(&mut Self)) {
        if self.tree.is_some() {
            apart(|| {
                let at = self.here();
                let row = self.push("", label, Value::None, at, FieldKind::Computed);
                let outer = std::mem::replace(&mut self.heading, row);
                self.deeper(fill);
                self.heading = outer;
            });
        }
    }

    /// Adds rows below the last one, such as a hardware address's bits. Only with a tree.
    #[inline(always)]
    pub fn below(&mut self, fill: impl FnOnce(&mut Self)) {
        if self.tree.is_some() {
            apart(|| self.deeper(fill));
        }
    }

    /// Sets the text of the last field, instead of its plain value.
    #[inline(always)]
    pub fn text(&mut self, words: impl FnOnce() -> String) {
        if let Some(tree) = &mut self.tree
            && tree.is_whole()
            && let Some(field) = tree.fields.last_mut()
        {
            apart(|| field.text = Some(words()));
        }
    }

    /// Sets the text of the latest field of this name, where other rows have followed it.
    #[inline(always)]
    pub fn text_of(&mut self, name: &'static str, words: impl FnOnce() -> String) {
        if let Some(tree) = &mut self.tree
            && tree.is_whole()
        {
            apart(|| {
                let mut upwards = tree.fields.iter_mut().rev();
                if let Some(field) = upwards.find(|field| field.name == name) {
                    field.text = Some(words());
                }
            });
        }
    }

    /// Sets the value of the latest field of this name, such as of a group that has one besides its parts.
    #[inline]
    pub fn value_of(&mut self, name: &'static str, value: impl FnOnce() -> Value) {
        if let Some(tree) = &mut self.tree
            && tree.wants(name)
            && let Some(field) = tree
                .fields
                .iter_mut()
                .rev()
                .find(|field| field.name == name)
        {
            field.value = value();
        }
    }

    /// Sets the text of the open heading.
    #[inline(always)]
    pub fn title(&mut self, words: impl FnOnce() -> String) {
        if let (Some(tree), Some(row)) = (&mut self.tree, self.heading)
            && tree.is_whole()
            && let Some(field) = tree.fields.get_mut(row)
        {
            apart(|| field.text = Some(words()));
        }
    }

    /// Appends to the text of the open heading.
    #[inline(always)]
    pub fn title_more(&mut self, words: impl FnOnce() -> String) {
        if let (Some(tree), Some(row)) = (&mut self.tree, self.heading)
            && tree.is_whole()
            && let Some(field) = tree.fields.get_mut(row)
        {
            apart(|| field.text.get_or_insert_default().push_str(&words()));
        }
    }

    /// Adds a remark on the last field.
    #[inline(always)]
    pub fn note(&mut self, severity: Severity, words: impl FnOnce() -> String) {
        self.note_of(Group::Protocol, severity, words);
    }

    /// Adds a remark of a group on the last field.
    #[inline(always)]
    pub fn note_of(&mut self, group: Group, severity: Severity, words: impl FnOnce() -> String) {
        if self.tree.is_some() {
            apart(|| {
                if !self.wants(NOTE) {
                    return;
                }
                let at = self.here();
                let kind = FieldKind::Note(severity, group);
                self.deeper(|layer| layer.push(NOTE, "Note", Value::Text(words()), at, kind));
            });
        }
    }

    /// Returns whether a tree is wanted.
    #[inline]
    pub fn shows(&self) -> bool {
        self.tree.is_some()
    }

    /// Returns whether the tree, the line of the packet list or the files are wanted.
    #[inline]
    pub fn tells(&self) -> bool {
        self.tree.is_some() || self.summary.is_some() || self.objects.is_some()
    }

    /// Returns whether the tree or the files are wanted: more than a line.
    pub fn details(&self) -> bool {
        self.tree.is_some() || self.objects.is_some()
    }
}
