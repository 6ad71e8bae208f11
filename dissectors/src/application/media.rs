//! Bodies of a type that nobody here takes apart.

use super::http::session::size;
use crate::{Dissector, Layer, Next, OsiLayer, Outcome, Selector};
use nom::bytes::take;

/// What has a media type and no reader.
pub const DISSECTOR: Dissector = Dissector {
    name: "media",
    label: "Media type",
    column: "",
    layer: OsiLayer::Application,
    selectors: &[Selector::MediaType("*/*")],
    dissect,
    talk: None,
};

fn dissect(media: &mut Layer) -> Outcome {
    let length = media.rest().len();
    let kind = media.media.clone().unwrap_or_default().name;
    media.title(|| format!("{kind}, {}", size(length as u64)));
    media.field("media.type", "Contents", take(length))?;
    Ok(Next::Nothing)
}
