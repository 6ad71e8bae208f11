//! Remarks on broken images, shared by their dissectors.

use crate::{Layer, Severity};

/// Remarks that the bytes end before the image.
pub fn has_no_end(image: &mut Layer) {
    image.note(Severity::Warning, || "the image has no end".to_owned());
}

/// Remarks that the next bytes are no `piece` of such an image, and skips the rest.
pub fn is_none(image: &mut Layer, piece: &'static str) {
    image.note(Severity::Warning, || format!("no {piece} begins like this"));
    image.skip(image.rest().len());
}
