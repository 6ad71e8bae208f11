//! Masks secrets before they are read.

use super::{Layer, end_of};
use crate::ByteRange;

impl Layer<'_, '_> {
    /// Masks the secrets that are known from elsewhere.
    pub(crate) fn mask_known(&mut self) {
        self.show_known_masked();
        self.mask_source(self.context.secrets);
    }

    /// Masks these secrets in the rows and sources so far.
    pub(crate) fn show_known_masked(&mut self) {
        let secrets = self.context.secrets;
        if !secrets.is_empty() && !std::mem::replace(&mut self.shows_masked, true) {
            self.show_masked(secrets);
        }
    }

    /// Masks secrets in the source that is being read, and in the rows and sources so far.
    pub(crate) fn mask(&mut self, secrets: &[ByteRange]) {
        if !secrets.is_empty() {
            self.show_masked(secrets);
            self.mask_source(secrets);
        }
    }

    /// Masks all bytes not yet read.
    pub(crate) fn mask_rest(&mut self) {
        self.mask(&[self.ahead(usize::MAX)]);
    }

    fn show_masked(&mut self, secrets: &[ByteRange]) {
        if let Some(tree) = &mut self.tree {
            tree.mask(secrets);
        }
    }

    /// Masks the source; without room for a masked copy, nothing is left to be read.
    fn mask_source(&mut self, secrets: &[ByteRange]) {
        let source = self.source;
        let is_own = |secret: &&ByteRange| secret.source == source && !secret.is_empty();
        let mut own = secrets.iter().filter(is_own).peekable();
        if own.peek().is_none() {
            return;
        }
        let mut masked = self.bytes.to_vec();
        own.for_each(|secret| secret.mask(&mut masked));
        let (offset, length) = (self.offset() as usize, self.rest.len());
        match self.keep(masked) {
            Some(masked) => {
                self.bytes = masked;
                self.rest = masked.get(offset..offset + length).unwrap_or_default();
            }
            None => self.rest = end_of(self.rest),
        }
    }
}
