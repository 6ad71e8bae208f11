//! How images are broken: what their readers say alike.

use crate::{Layer, Severity};

/// The bytes are over, and the image is not.
pub fn has_no_end(image: &mut Layer) {
    image.note(Severity::Warning, || "the image has no end".to_owned());
}

/// What stands here is none of the pieces that such an image is made of. All that is left is passed over.
pub fn is_none(image: &mut Layer, piece: &'static str) {
    image.note(Severity::Warning, || format!("no {piece} begins like this"));
    image.skip(image.rest().len());
}
