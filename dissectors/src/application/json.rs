//! JavaScript Object Notation, RFC 8259.

use super::{
    escape::unescaped,
    passwords::{self, Format},
};
use crate::{
    ByteRange, Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector, Severity, Value,
};

/// JavaScript Object Notation.
pub const DISSECTOR: Dissector = Dissector {
    name: "json",
    label: "JavaScript Object Notation",
    column: "",
    layer: OsiLayer::Application,
    selectors: &[
        Selector::media("application/json"),
        Selector::media("application/json-rpc"),
        Selector::media("application/x-ndjson"),
        Selector::media("text/json"),
    ],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::none("json.array"),
    FieldDef::string("json.key"),
    FieldDef::string("json.member"),
    FieldDef::string("json.member_with_value"),
    FieldDef::none("json.object"),
    FieldDef::string("json.path"),
    FieldDef::string("json.path_with_value"),
    FieldDef::none("json.value.false"),
    FieldDef::none("json.value.null"),
    FieldDef::string("json.value.number"),
    FieldDef::string("json.value.string"),
    FieldDef::none("json.value.true"),
];

/// The greatest depth of values that are parsed. Each level costs a call.
const MAX_DEPTH: usize = 48;

/// A longer text is shown as lines: it would have too many rows.
const MAX_TEXT: usize = 4 << 20;

/// A path is cut where it is longer.
const MAX_PATH: usize = 4096;

fn dissect(json: &mut Layer) -> Outcome {
    let name = json.media.clone().unwrap_or_default().name;
    json.title(|| name);
    passwords::mask(json, Format::Json);
    let bytes = json.rest();
    let start = skip_space(bytes, 0);
    let container = matches!(bytes.get(start), Some(b'{' | b'[')) && bytes.len() <= MAX_TEXT;
    let Some(end) = Scan { bytes }.value(start, 0).filter(|_| container) else {
        json.note(Severity::Note, || "this is no JSON text".to_owned());
        return Ok(Next::Select(Selector::media("text/plain")));
    };
    let place = json.ahead(0);
    let mut shown = Shown {
        json,
        bytes,
        place,
        path: String::new(),
    };
    shown.value(start, "", 0);
    json.skip(skip_space(bytes, end));
    Ok(match json.rest().is_empty() {
        true => Next::Nothing,
        false => Next::Select(Selector::media("text/plain")),
    })
}

fn skip_space(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let space = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    at + rest.iter().take_while(space).count()
}

/// Finds the ends of values, and with that whether they are valid.
#[derive(Clone, Copy)]
struct Scan<'a> {
    bytes: &'a [u8],
}

impl Scan<'_> {
    fn at(self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    fn value(self, at: usize, depth: usize) -> Option<usize> {
        if depth > MAX_DEPTH {
            return None;
        }
        match self.at(at)? {
            b'{' => self.items(at, b'}', |at| {
                let colon = skip_space(self.bytes, self.string(at)?);
                let value = (self.at(colon)? == b':').then_some(colon + 1)?;
                self.value(skip_space(self.bytes, value), depth + 1)
            }),
            b'[' => self.items(at, b']', |at| self.value(at, depth + 1)),
            b'"' => self.string(at),
            b't' => self.word(at, b"true"),
            b'f' => self.word(at, b"false"),
            b'n' => self.word(at, b"null"),
            _ => self.number(at),
        }
    }

    fn items(self, at: usize, end: u8, item: impl Fn(usize) -> Option<usize>) -> Option<usize> {
        let mut at = skip_space(self.bytes, at + 1);
        if self.at(at)? == end {
            return Some(at + 1);
        }
        loop {
            at = skip_space(self.bytes, item(at)?);
            match self.at(at)? {
                b',' => at = skip_space(self.bytes, at + 1),
                byte => return (byte == end).then_some(at + 1),
            }
        }
    }

    fn string(self, at: usize) -> Option<usize> {
        let mut at = (self.at(at)? == b'"').then_some(at + 1)?;
        loop {
            match self.at(at)? {
                b'"' => return Some(at + 1),
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
    }

    fn word(self, at: usize, word: &[u8]) -> Option<usize> {
        let end = at + word.len();
        (self.bytes.get(at..end)? == word).then_some(end)
    }

    /// Section 6.
    fn number(self, at: usize) -> Option<usize> {
        let rest = self.bytes.get(at..)?;
        let masked = rest.iter().take_while(|&&byte| byte == b'*').count();
        if masked > 0 {
            return Some(at + masked);
        }
        let digits = |from: usize| {
            let rest = self.bytes.get(from..).unwrap_or_default();
            let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            (count > 0).then_some(from + count)
        };
        let whole = at + usize::from(self.at(at)? == b'-');
        let mut end = match self.at(whole)? {
            b'0' => whole + 1,
            _ => digits(whole)?,
        };
        if self.at(end) == Some(b'.') {
            end = digits(end + 1)?;
        }
        if matches!(self.at(end), Some(b'e' | b'E')) {
            let is_signed = matches!(self.at(end + 1), Some(b'+' | b'-'));
            end = digits(end + 1 + usize::from(is_signed))?;
        }
        Some(end)
    }
}

/// Shows values that were scanned.
struct Shown<'l, 'a, 't> {
    json: &'l mut Layer<'a, 't>,
    bytes: &'a [u8],
    /// The range of the text in its source.
    place: ByteRange,
    path: String,
}

impl Shown<'_, '_, '_> {
    fn range(&self, start: usize, end: usize) -> ByteRange {
        ByteRange {
            start: self.place.start + start as u32,
            end: self.place.start + end as u32,
            ..self.place
        }
    }

    /// Shows the value at offset `at` and returns the offset of its end. `name` is its member's name, or `[]`.
    fn value(&mut self, at: usize, name: &str, depth: usize) -> Option<usize> {
        let scan = Scan { bytes: self.bytes };
        let end = scan.value(at, depth)?;
        let range = self.range(at, end);
        let text = self.bytes.get(at..end)?;
        let plain = match text.first()? {
            b'{' => {
                self.json.over("json.object", "Object", range, empty);
                self.json.text(String::new);
                self.below(|shown| shown.items(at, true, depth));
                return Some(end);
            }
            b'[' => {
                self.json.over("json.array", "Array", range, empty);
                self.json.text(String::new);
                self.below(|shown| shown.items(at, false, depth));
                return Some(end);
            }
            b'"' => unescaped(text),
            _ => String::from_utf8_lossy(text).into_owned(),
        };
        let path = match name {
            "[]" => format!("{}/[]", self.path),
            _ => self.path.clone(),
        };
        let whole = format!("{path}:{plain}");
        let json = &mut *self.json;
        json.over("json.path_with_value", "Path with value", range, || {
            Value::Text(whole)
        });
        json.over("json.member_with_value", "Member with value", range, || {
            Value::Text(format!("{name}:{plain}"))
        });
        match text.first()? {
            b'"' => json.over("json.value.string", "String", range, || Value::Text(plain)),
            b't' => json.over("json.value.true", "True", range, empty),
            b'f' => json.over("json.value.false", "False", range, empty),
            b'n' => json.over("json.value.null", "Null", range, empty),
            _ => json.over("json.value.number", "Number", range, || Value::Text(plain)),
        }
        Some(end)
    }

    fn below(&mut self, show: impl FnOnce(&mut Shown)) {
        let (bytes, place) = (self.bytes, self.place);
        let path = std::mem::take(&mut self.path);
        let mut path_back = String::new();
        self.json.below(|json| {
            let mut shown = Shown {
                json,
                bytes,
                place,
                path,
            };
            show(&mut shown);
            path_back = shown.path;
        });
        self.path = path_back;
    }

    /// Shows the values between two brackets.
    fn items(&mut self, at: usize, members: bool, depth: usize) {
        let mut at = skip_space(self.bytes, at + 1);
        let length = self.path.len();
        while !matches!(self.bytes.get(at), None | Some(b'}' | b']')) {
            let end = match members {
                true => self.member(at, depth),
                false => {
                    let nested = matches!(self.bytes.get(at), Some(b'{' | b'['));
                    if nested && length < MAX_PATH {
                        self.path.push_str("/[]");
                    }
                    let end = self.value(at, "[]", depth + 1);
                    self.path.truncate(length);
                    end
                }
            };
            let Some(end) = end else { return };
            at = skip_space(self.bytes, end);
            if self.bytes.get(at) == Some(&b',') {
                at = skip_space(self.bytes, at + 1);
            }
        }
    }

    fn member(&mut self, at: usize, depth: usize) -> Option<usize> {
        let scan = Scan { bytes: self.bytes };
        let key_end = scan.string(at)?;
        let colon = skip_space(self.bytes, key_end);
        let value = skip_space(self.bytes, colon + 1);
        let end = scan.value(value, depth + 1)?;
        let key = unescaped(self.bytes.get(at..key_end)?);
        let (whole, key_range) = (self.range(at, end), self.range(at, key_end));
        self.json
            .over("json.member", "Member", whole, || Value::Text(key.clone()));
        let length = self.path.len();
        if length < MAX_PATH {
            self.path.push('/');
            self.path.push_str(&key);
        }
        let path = self.path.clone();
        self.below(|shown| {
            shown.value(value, &key, depth + 1);
            let json = &mut *shown.json;
            json.over("json.key", "Key", key_range, || Value::Text(key));
            json.over("json.path", "Path", whole, || Value::Text(path));
        });
        self.path.truncate(length);
        Some(end)
    }
}

fn empty() -> Value {
    Value::Static("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Side,
        test_support::{said, words},
    };

    fn shown(body: &str) -> String {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let tree = said("http", Side::Server, (head + body).as_bytes(), None).tree;
        let from = tree.find("JavaScript").unwrap_or(tree.len());
        tree.get(from..).unwrap_or_default().to_owned()
    }

    #[test]
    fn members_and_elements() {
        assert_eq!(
            shown(r#"{"a":[1,{"b":"c"}]}"#),
            "\
JavaScript Object Notation: application/json [111..130]
  Object [111..130]
    Member: a [112..129]
      Array [116..129]
        Path with value: /a/[]:1 [117..118]
        Member with value: []:1 [117..118]
        Number: 1 [117..118]
        Object [119..128]
          Member: b [120..127]
            Path with value: /a/[]/b:c [124..127]
            Member with value: b:c [124..127]
            String: c [124..127]
            Key: b [120..123]
            Path: /a/[]/b [120..127]
      Key: a [112..115]
      Path: /a [112..129]
"
        );
    }

    #[test]
    fn escapes() {
        let said = |text: &str| unescaped(text.as_bytes());
        assert_eq!(said(r#""a\n\u00e9\"\/""#), "a\né\"/");
        assert_eq!(said(r#""\ud83d\ude00\ud83d""#), "😀\u{fffd}");
        // Halves of a letter that are not side by side.
        assert_eq!(said(r#""\ud83dX\ude00""#), "\u{fffd}X\u{fffd}");
        assert_eq!(
            said(r#""\ud83d\n\ud83d\ud83d\ude00""#),
            "\u{fffd}\n\u{fffd}😀"
        );
        assert_eq!(said(r#""\u+123""#), "\u{fffd}");
        assert_eq!(said(r#""\u12""#), "\u{12}");
        assert_eq!(said("\""), "");
    }

    #[test]
    fn numbers() {
        for number in ["0", "-0", "10", "1.50", "-1e5", "0.1E-7", "2e+3"] {
            let tree = shown(&format!("[{number}]"));
            assert!(words(&tree, &format!("Number: {number}")), "{tree}");
        }
    }

    #[test]
    fn what_is_no_json() {
        for text in [
            "[1,2",
            "{\"a\":1,}",
            "{a:1}",
            "[tru]",
            "\"alone",
            "[1 2]",
            "12",
            "[+1]",
            "[1.]",
            "[.5]",
            "[01]",
            "[1e]",
            "[-]",
            "[1e5.2]",
            "[inf]",
        ] {
            let tree = shown(text);
            assert!(tree.contains("this is no JSON text"), "{text}\n{tree}");
            assert!(tree.contains("Line-based text"), "{text}\n{tree}");
        }
        let deep = "[".repeat(2000) + &"]".repeat(2000);
        assert!(shown(&deep).contains("this is no JSON text"));
        assert!(shown("{} and more").contains("Line: and more"));
    }

    #[test]
    fn passwords() {
        let tree = shown(r#"{"user":"me","password":"hush","pwd":1234}"#);
        assert!(words(&tree, "String: ****"), "{tree}");
        assert!(words(&tree, "Number: ****"), "{tree}");
        assert!(!tree.contains("hush") && !tree.contains("1234"), "{tree}");
    }
}
