//! Passwords and other secrets in messages, and the spellings in which a server may repeat them.

use crate::{
    Dissector, HeaderSecrets, Media, Selector,
    application::{
        escape::{percent, unescaped},
        json, mime_multipart,
        passwords::Format,
        transfer, urlencoded_form, xml,
    },
    secrets::SentSecrets,
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

/// Notes the secrets of a request's head, which a status line may repeat: RFC 9112, section 4.
pub fn note_head(sent: &mut SentSecrets, head: &[u8]) {
    let mut found = Vec::new();
    HeaderSecrets::head().find(head, &mut found);
    for secret in found.into_iter().filter_map(|range| head.get(range)) {
        note(sent, secret);
        let clear = transfer::base64(secret).bytes;
        if let Some(colon) = memchr::memchr(b':', &clear) {
            sent.note(clear.get(colon + 1..).unwrap_or_default());
        }
    }
}

/// Notes a secret as a client sends it, and in the spellings in which a server may repeat it: without escapes, and as it
/// stands on a page.
pub fn note(sent: &mut SentSecrets, secret: &[u8]) {
    let mut clear = secret.to_vec();
    if secret.contains(&b'%') || secret.contains(&b'+') {
        clear = percent(secret, true);
    } else if secret.contains(&b'\\') {
        let quoted = [b"\"", secret, b"\""].concat();
        clear = unescaped(&quoted).into_bytes();
    }
    sent.note(secret);
    sent.note(&clear);
    if clear.iter().any(|byte| b"&<>\"'".contains(byte)) {
        let mut page = Vec::new();
        for byte in clear {
            match byte {
                b'&' => page.extend(b"&amp;"),
                b'<' => page.extend(b"&lt;"),
                b'>' => page.extend(b"&gt;"),
                b'"' => page.extend(b"&quot;"),
                b'\'' => page.extend(b"&#39;"),
                byte => page.push(byte),
            }
        }
        sent.note(&page);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_secret() {
        let masked = |secret: &[u8], text: &[u8]| {
            let mut sent = SentSecrets::default();
            note(&mut sent, secret);
            let mut found = Vec::new();
            sent.find_anywhere(text, &mut found);
            found.len()
        };
        assert_eq!(
            masked(b"Zq7%26Kx9%21", b"Zq7&Kx9! Zq7&amp;Kx9! Zq7%26Kx9%21"),
            3
        );
        assert_eq!(masked(br#"Zq7\"Kx9!"#, br#"Zq7"Kx9! Zq7&quot;Kx9!"#), 2);
        assert_eq!(masked(b"Zq7<Kx9>", b"Zq7&lt;Kx9&gt; Zq7<Kx9"), 1);
    }

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
