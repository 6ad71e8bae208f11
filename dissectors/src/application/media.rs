//! Bodies of a type without its own dissector.

use super::{ascii::size, data_text_lines};
use crate::{Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector};

/// The dissector of media types that have no other.
pub const DISSECTOR: Dissector = Dissector {
    name: "media",
    label: "Media type",
    column: "",
    layer: OsiLayer::Application,
    selectors: &[Selector::media("*/*")],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[FieldDef::bytes("media.type")];

fn dissect(media: &mut Layer) -> Outcome {
    let length = media.rest().len();
    let kind = media.media.clone().unwrap_or_default().name;
    media.title(|| format!("{kind}, {}", size(length as u64)));
    let whole = media.rest();
    media.over("media.type", "Contents", media.ahead(length), || {
        whole.into()
    });
    match kind.starts_with("text/") || kind.ends_with("script") {
        true => data_text_lines::lines(media)?,
        false => media.skip(length),
    }
    Ok(Next::Nothing)
}

#[cfg(test)]
mod tests {
    use crate::{
        Side,
        test_support::{said, words},
    };

    #[test]
    fn a_script() {
        let message = b"HTTP/1.1 200 OK\r\nContent-Type: application/javascript\r\n\
            Content-Length: 4\r\n\r\na=1;";
        let said = said("http", Side::Server, message, None);
        for row in [
            "Media type: application/javascript, 4 bytes",
            "Contents: 613d313b",
            "Line: a=1;",
        ] {
            assert!(words(&said.tree, row), "{row}\n{}", said.tree);
        }
    }
}
