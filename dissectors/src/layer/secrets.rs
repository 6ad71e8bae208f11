//! Secrets that nobody asked to see, and the way back to blot them out.

use super::{Layer, OpenMessage};
use crate::{ByteRange, Media, Summary};

/// A state of reading to come back to.
pub(crate) struct Mark<'a> {
    rows: usize,
    tree_sources: usize,
    summary: Option<Summary>,
    place: (&'a [u8], &'a [u8], usize, u8, u32),
    media: Option<Box<Media>>,
    message: Option<OpenMessage<'a>>,
    sources: u8,
    follows: bool,
}

impl<'a> Layer<'a, '_> {
    /// These bytes are a secret: unless somebody asked to see them, they are blotted out wherever they stand.
    pub fn secret(&mut self, bytes: ByteRange) {
        if !self.context.show_secrets && self.tells() && !bytes.is_empty() {
            self.secrets.push(bytes);
        }
    }

    /// What there is by now, to come back to.
    pub(crate) fn mark(&self) -> Mark<'a> {
        Mark {
            rows: self.tree.as_ref().map_or(0, |tree| tree.fields.len()),
            tree_sources: self.tree.as_ref().map_or(0, |tree| tree.sources.len()),
            summary: self.summary.as_deref().cloned(),
            place: (self.bytes, self.rest, self.missing, self.source, self.start),
            media: self.media.clone(),
            message: self.message,
            sources: self.sources,
            follows: self.follows,
        }
    }

    /// Goes back to where secrets were not yet read and blots them out. False when there are none.
    pub(crate) fn blot_secrets(&mut self, before: Mark<'a>) -> bool {
        self.in_application = false;
        let mut secrets = std::mem::take(&mut self.secrets);
        // What was decoded is made again of what is blotted out.
        secrets.retain(|secret| secret.source <= before.place.3);
        if secrets.is_empty() {
            return false;
        }
        let Mark {
            rows,
            tree_sources,
            summary,
            place: (bytes, rest, missing, source, start),
            media,
            message,
            sources,
            follows,
        } = before;
        let mut blotted = bytes.to_vec();
        for secret in secrets.iter().filter(|secret| secret.source == source) {
            secret.blot(&mut blotted);
        }
        let offset = rest.as_ptr().addr() - bytes.as_ptr().addr();
        let length = rest.len();
        if let Some(tree) = &mut self.tree {
            tree.fields.truncate(rows);
            tree.sources.truncate(tree_sources);
            tree.blot(&secrets);
        }
        if let (Some(now), Some(before)) = (&mut self.summary, summary) {
            **now = before;
        }
        // Where there is no room to read it once more, it stays unread rather than open.
        let Some(blotted) = self.keep(blotted) else {
            return false;
        };
        self.bytes = blotted;
        self.rest = blotted.get(offset..offset + length).unwrap_or_default();
        (self.missing, self.source, self.start) = (missing, source, start);
        (self.media, self.message) = (media, message);
        (self.sources, self.follows) = (sources, follows);
        self.in_application = true;
        true
    }
}
