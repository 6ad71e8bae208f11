//! Passwords in the bodies of messages.

use crate::{
    Dissector, Media, Selector,
    application::{json, mime_multipart, passwords::Format, urlencoded_form, xml},
};

/// Returns the format of passwords in a body of this media type, if there may be any.
pub fn format(media: &Media) -> Option<Format> {
    let mut selectors = Selector::of_media(&media.name).into_iter();
    selectors.find_map(|selector| {
        let reads = |dissector: Dissector| dissector.selectors.contains(&selector);
        let boundary = media.parameter("boundary").unwrap_or_default();
        if reads(urlencoded_form::DISSECTOR) {
            Some(Format::Form)
        } else if reads(mime_multipart::DISSECTOR) && !boundary.is_empty() {
            Some(Format::Multipart(boundary.as_bytes().to_vec()))
        } else if reads(json::DISSECTOR) || reads(mime_multipart::DISSECTOR) {
            Some(Format::Json)
        } else if reads(xml::DISSECTOR) {
            Some(Format::Xml)
        } else {
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies() {
        for (media, expected) in [
            ("application/json; charset=utf-8", Some(Format::Json)),
            ("application/x-www-form-urlencoded", Some(Format::Form)),
            (
                "Multipart/Form-Data; boundary=\"a b\"",
                Some(Format::Multipart(b"a b".to_vec())),
            ),
            ("multipart/form-data", Some(Format::Json)),
            ("application/soap+xml; charset=utf-8", Some(Format::Xml)),
            ("text/html", None),
        ] {
            assert_eq!(format(&Media::parse(media)), expected, "{media}");
        }
    }
}
