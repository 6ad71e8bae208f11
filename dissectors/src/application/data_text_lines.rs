//! Text, a row a line.

use super::{ascii::size, line::Line};
use crate::{Dissector, Layer, Next, OsiLayer, Outcome, Selector, Severity, Stop, Value, charset};
use nom::bytes::take;

/// Text.
pub const DISSECTOR: Dissector = Dissector {
    name: "data-text-lines",
    label: "Line-based text",
    column: "",
    layer: OsiLayer::Application,
    selectors: &[
        Selector::media("text/plain"),
        Selector::media("text/html"),
        Selector::media("text/css"),
        Selector::media("text/javascript"),
        Selector::media("text/richtext"),
        Selector::media("text/enriched"),
        Selector::media("text/xml-external-parsed-entity"),
        Selector::media("application/xml-external-parsed-entity"),
        Selector::media("application/x-javascript"),
        Selector::media("application/x-ns-proxy-autoconfig"),
        Selector::media("application/vnd.wap.wmlscript"),
    ],
    fields: &[],
    dissect,
    session: None,
};

/// Rows that are shown, at most; a screen needs no more, and other layers need room.
const MAX_LINES: usize = 2000;

fn dissect(text: &mut Layer) -> Outcome {
    let length = text.rest().len();
    let media = text.media.clone().unwrap_or_default().name;
    text.title(|| format!("{media}, {}", size(length as u64)));
    lines(text)?;
    Ok(Next::Nothing)
}

/// Reads the rest as lines, in the character set that its media type or the text itself names.
pub fn lines(text: &mut Layer) -> Result<(), Stop> {
    let media = text.media.as_ref();
    let charset = media.and_then(|media| media.parameter("charset"));
    let charset = charset.map(str::to_owned);
    let charset = charset.or_else(|| declared(text.rest()));
    let guess = || Some(text.undeclared().of(text.rest()).name()).filter(|name| *name != "UTF-8");
    let charset = match charset {
        None if text.shows() => guess().map(str::to_owned),
        charset => charset,
    };
    for _ in 0..MAX_LINES {
        let line = Line::first(text.rest());
        if line.whole.is_empty() {
            return Ok(());
        }
        let said =
            |_: &[u8]| Value::Text(charset::decode(charset.as_deref(), line.text).into_owned());
        text.field_shown("", "Line", take(line.whole.len()), said)?;
    }
    let left = text.rest().len();
    if left > 0 {
        text.note(Severity::Note, || {
            format!("{} more follow", size(left as u64))
        });
        text.skip(left);
    }
    Ok(())
}

/// Returns the character set that a page declares: HTML Standard, section 13.2.3.2.
fn declared(page: &[u8]) -> Option<String> {
    /// The declaration must be in the first bytes.
    const ENOUGH: usize = 1024;
    const NAME: &[u8] = b"charset=";
    let page = page.get(..ENOUGH).unwrap_or(page);
    let mut windows = page.windows(NAME.len());
    let at = windows.position(|part| part.eq_ignore_ascii_case(NAME))?;
    let behind = page.get(at + NAME.len()..)?;
    let behind = behind.strip_prefix(b"\"").unwrap_or(behind);
    let ends = |byte: &u8| !byte.is_ascii_alphanumeric() && !b"-_".contains(byte);
    let end = behind.iter().position(ends).unwrap_or(behind.len());
    let name = String::from_utf8_lossy(behind.get(..end)?).into_owned();
    charset::by_name(&name).map(|_| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Side, test_support::said};

    fn page(head: &str, body: &[u8]) -> String {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{head}\r\n\r\n",
            body.len()
        );
        let tree = said(
            "http",
            Side::Server,
            &[head.as_bytes(), body].concat(),
            None,
        )
        .tree;
        let from = tree.find("Line-based").unwrap_or(tree.len());
        tree.get(from..).unwrap_or_default().to_owned()
    }

    #[test]
    fn korean_lines() {
        let shown = page(
            "Content-Type: text/plain; charset=EUC-KR",
            b"\xb0\xa1\r\n\xb3\xaa\n\nx",
        );
        assert_eq!(
            shown,
            "\
Line-based text: text/plain, 9 bytes [120..129]
  Line: 가 [120..124]
  Line: 나 [124..127]
  Line [127..128]
  Line: x [128..129]
"
        );
    }

    #[test]
    fn a_page_says_its_character_set() {
        assert_eq!(
            declared(b"<meta charset=\"euc-kr\">").as_deref(),
            Some("euc-kr")
        );
        assert_eq!(
            declared(b"content=\"text/html; CHARSET=utf-8\"").as_deref(),
            Some("utf-8")
        );
        assert_eq!(declared(b"charset=nonsense"), None);
        assert_eq!(declared(b"charset="), None);
        let shown = page("Content-Type: text/html", b"<meta charset=cp949>\n\xb0\xa1");
        assert!(shown.contains("Line: 가"), "{shown}");
    }
}
