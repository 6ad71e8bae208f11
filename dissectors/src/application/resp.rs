//! Redis Serialization Protocol, versions 2 and 3, as <https://redis.io/docs/latest/develop/reference/protocol-spec/>
//! describes it.

mod command;
mod item;
mod reply;
mod session;

use crate::{
    Confidence, Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector, Setting, Severity,
    Side, Stop, Undeclared, Value,
    application::line::{Line, ascii, is_request, valued},
    dissector::Protocol,
};
use item::{Fault, Item, What, integer, keep};
use nom::bytes::take;
use session::{Conversation, Known};

/// Redis Serialization Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "resp",
    label: "Redis Serialization Protocol",
    column: "RESP",
    layer: OsiLayer::Application,
    selectors: &[Selector::TcpPort(6379)],
    fields: &[FIELDS],
    ..Dissector::of::<Resp>()
};

const FIELDS: &[FieldDef] = &[
    FieldDef::string("resp.string"),
    FieldDef::string("resp.error"),
    FieldDef::i64("resp.integer"),
    FieldDef::none("resp.null"),
    FieldDef::flag("resp.boolean").means("True", "False"),
    FieldDef::double("resp.double"),
    FieldDef::string("resp.big_number"),
    FieldDef::none("resp.bulk_string"),
    FieldDef::i32("resp.bulk_string.length"),
    FieldDef::bytes("resp.bulk_string.value"),
    FieldDef::none("resp.bulk_error"),
    FieldDef::i32("resp.bulk_error.length"),
    FieldDef::bytes("resp.bulk_error.value"),
    FieldDef::none("resp.verbatim_string"),
    FieldDef::i32("resp.verbatim_string.length"),
    FieldDef::string("resp.verbatim_string.encoding"),
    FieldDef::bytes("resp.verbatim_string.value"),
    FieldDef::none("resp.array"),
    FieldDef::i64("resp.array.length"),
    FieldDef::none("resp.set"),
    FieldDef::i64("resp.set.length"),
    FieldDef::none("resp.map"),
    FieldDef::i64("resp.map.length"),
    FieldDef::none("resp.push"),
    FieldDef::i64("resp.push.length"),
    FieldDef::none("resp.attribute"),
    FieldDef::i64("resp.attribute.length"),
];

struct Resp;

impl Protocol for Resp {
    type Session = Conversation;

    fn looks_like(bytes: &[u8], side: Side) -> Confidence {
        session::looks_like(bytes, side)
    }

    fn begin(setting: &Setting) -> Conversation {
        Conversation::new(setting)
    }

    fn dissect(resp: &mut Layer, known: Option<&Known>) -> Outcome {
        let request = is_request(resp);
        let rest = resp.rest();
        let charset = resp.undeclared();
        let words = || words(rest, request, charset);
        let label = match request {
            true => "Request",
            false => "Response",
        };
        resp.title(|| format!("{label}: {}", words()));
        let follows = resp.follows;
        resp.info_listed(" | ", || match follows {
            true => words(),
            false => format!("{label}: {}", words()),
        });
        if !resp.shows() {
            return Ok(Next::Nothing);
        }
        if request && !rest.starts_with(b"*") {
            valued(resp, "", "Inline command", Line::first(rest), |_| ())?;
        } else if Item::first(rest).is_err_and(|fault| fault == Fault::Foreign) {
            resp.field_shown(
                "",
                "Replication stream",
                take(rest.len()),
                |bytes: &[u8]| Value::Bytes(bytes.to_vec()),
            )?;
        } else {
            values(resp, 0, 1)?;
        }
        let known = known.copied().unwrap_or_default();
        if known.pushed {
            resp.computed("", "Sent unasked", || "by the server".to_owned());
        }
        if let Some(packet) = known.other {
            let label = match request {
                true => "Answered in packet",
                false => "Answers packet",
            };
            resp.computed("", label, || packet);
        }
        Ok(Next::Nothing)
    }
}

/// Values inside one another, at most; the contents of deeper ones are shown beside them, as Wireshark does.
const MAX_DEPTH: u8 = 30;

/// The length to which a text is cut in a heading, bytes.
const MAX_TEXT: usize = 100;

/// The number of words of a command in its heading.
const MAX_WORDS: usize = 16;

/// Text for people, cut short.
fn text(bytes: &[u8], charset: Undeclared) -> String {
    let mut kept = Vec::new();
    keep(&mut kept, bytes, MAX_TEXT);
    charset.read(&kept).into_owned()
}

/// Returns the content of a message.
fn words(bytes: &[u8], request: bool, charset: Undeclared) -> String {
    if !request {
        let mut reply = reply::Reply::default();
        reply.read(bytes, false, &mut |_| ());
        return reply.words(charset);
    }
    let mut rest = match Item::first(bytes) {
        Ok(item) if item.kind == b'*' => bytes.get(item.length..).unwrap_or_default(),
        Err(Fault::Short) => return String::new(),
        _ => {
            let line = Line::first(bytes).text;
            let empty = line.is_empty();
            return if empty {
                "empty line".to_owned()
            } else {
                text(line, charset)
            };
        }
    };
    let mut words = Vec::new();
    while let Ok(item @ Item { kind: b'$', .. }) = Item::first(rest) {
        if words.len() == MAX_WORDS {
            words.push("…".to_owned());
            break;
        }
        let length = item.whole() as usize;
        let body = rest.get(item.length..).unwrap_or_default();
        let body = body.get(..length.saturating_sub(item.length + 2));
        words.push(match body {
            Some(body) => text(body, charset),
            None => format!("({} bytes)", length.saturating_sub(item.length + 2)),
        });
        rest = rest.get(length..).unwrap_or_default();
    }
    words.join(" ")
}

/// Returns the field and the label of a type.
fn names(kind: u8) -> (&'static str, &'static str) {
    match kind {
        b'+' => ("resp.string", "String"),
        b'-' => ("resp.error", "Error"),
        b':' => ("resp.integer", "Integer"),
        b'_' => ("resp.null", "Null"),
        b'#' => ("resp.boolean", "Boolean"),
        b',' => ("resp.double", "Double"),
        b'(' => ("resp.big_number", "Big number"),
        b'$' => ("resp.bulk_string", "Bulk string"),
        b'!' => ("resp.bulk_error", "Bulk error"),
        b'=' => ("resp.verbatim_string", "Verbatim string"),
        b'*' => ("resp.array", "Array"),
        b'~' => ("resp.set", "Set"),
        b'%' => ("resp.map", "Map"),
        b'>' => ("resp.push", "Push"),
        b'|' => ("resp.attribute", "Attribute"),
        _ => ("", "Chunk"),
    }
}

/// Returns the fields of the length and of the value of a type.
fn parts(kind: u8) -> (&'static str, &'static str) {
    match kind {
        b'$' => ("resp.bulk_string.length", "resp.bulk_string.value"),
        b'!' => ("resp.bulk_error.length", "resp.bulk_error.value"),
        b'=' => ("resp.verbatim_string.length", "resp.verbatim_string.value"),
        b'*' => ("resp.array.length", ""),
        b'~' => ("resp.set.length", ""),
        b'%' => ("resp.map.length", ""),
        b'>' => ("resp.push.length", ""),
        b'|' => ("resp.attribute.length", ""),
        _ => ("", ""),
    }
}

/// Reads `count` values. A streamed value has any number of them.
fn values(resp: &mut Layer, depth: u8, count: u64) -> Result<(), Stop> {
    let mut left = count;
    while left > 0 {
        let item = match Item::first(resp.rest()) {
            Ok(item) => item,
            Err(Fault::Foreign) => return resp.malformed("resp"),
            // Always fails: there are fewer bytes.
            Err(Fault::Short) => return resp.peek("resp", take(resp.rest().len() + 1)).map(drop),
        };
        let (name, label) = names(item.kind);
        let inside = match item.what {
            What::Values(inside) => inside,
            What::Attribute(inside) => {
                left = left.saturating_add(1);
                inside
            }
            What::Open => u64::MAX,
            What::Close => {
                resp.field_shown("", "End", take(item.length), |_| Value::None)?;
                return Ok(());
            }
            _ => 0,
        };
        left -= 1;
        match item.what {
            What::Line => line(resp, &item)?,
            What::Null | What::Body(_) => body(resp, &item)?,
            _ if depth < MAX_DEPTH => resp.group(name, label, |resp| {
                length(resp, &item)?;
                values(resp, depth + 1, inside)
            })?,
            _ => {
                resp.group(name, label, |resp| length(resp, &item))?;
                resp.note(Severity::Note, || {
                    "nested too deep: its values are shown beside it".to_owned()
                });
                left = left.saturating_add(inside);
            }
        }
    }
    Ok(())
}

/// Reads a value that is a line.
fn line(resp: &mut Layer, item: &Item) -> Result<(), Stop> {
    let (name, label) = names(item.kind);
    let words = item.text;
    resp.field_shown(name, label, take(item.length), |_| match item.kind {
        b':' => Value::Signed(integer(words).unwrap_or_default()),
        b'_' => Value::Static(""),
        b'#' => Value::Flag(words == b"t", "True", "False"),
        b',' => {
            let number = std::str::from_utf8(words).ok();
            Value::Float(number.and_then(|it| it.parse().ok()).unwrap_or(f64::NAN))
        }
        _ => Value::Text(ascii(words)),
    })?;
    if matches!(item.kind, b'+' | b'-') {
        let charset = resp.undeclared();
        resp.text(|| charset.read(words).into_owned());
    }
    Ok(())
}

/// Reads the length of a string, or the number of values that follow.
fn length(resp: &mut Layer, item: &Item) -> Result<(), Stop> {
    let number = integer(item.text);
    resp.title(|| match (number, item.what) {
        (_, What::Null) => "null".to_owned(),
        (_, What::Body(_)) => String::new(),
        (Some(1), _) if matches!(item.kind, b'%' | b'|') => "1 entry".to_owned(),
        (Some(count), _) if matches!(item.kind, b'%' | b'|') => format!("{count} entries"),
        (Some(1), _) => "1 element".to_owned(),
        (Some(count), _) => format!("{count} elements"),
        (None, _) => "streamed".to_owned(),
    });
    let name = parts(item.kind).0;
    let name = if number.is_some() { name } else { "" };
    resp.field_shown(name, "Length", take(item.length), |_| match number {
        Some(number) => Value::Signed(number),
        None => Value::Static("streamed"),
    })?;
    Ok(())
}

/// Reads a string after its length.
fn body(resp: &mut Layer, item: &Item) -> Result<(), Stop> {
    let (name, label) = names(item.kind);
    resp.group(name, label, |resp| {
        length(resp, item)?;
        let What::Body(count) = item.what else {
            return Ok(());
        };
        let mut count = count as usize;
        let whole = resp.rest();
        let whole = whole.get(..count).unwrap_or(whole);
        let charset = resp.undeclared();
        resp.title(|| text(whole, charset));
        if item.kind == b'=' && count >= 4 {
            let name = "resp.verbatim_string.encoding";
            let encoding = |bytes: &[u8]| Value::Text(ascii(bytes));
            resp.field_shown(name, "Encoding", take(3_usize), encoding)?;
            resp.skip(1);
            count -= 4;
        }
        if count > 0 {
            let value = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
            resp.field_shown(parts(item.kind).1, "Value", take(count), value)?;
        }
        resp.skip(2);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use crate::{
        Side::Server,
        test_support::{cut, info, layer, masked, said, tcp, words},
    };

    #[test]
    fn a_command_and_its_reply() {
        let set = "*3\r\n$3\r\nSET\r\n$9\r\n보고서\r\n$2\r\n\0x\r\n";
        let hex = tcp(50000, 6379, set.as_bytes());
        assert_eq!(
            layer("resp", 228, &hex),
            "\
             Redis Serialization Protocol: Request: SET 보고서 \0x [40..76]\n\
             \x20 Array: 3 elements [40..76]\n\
             \x20   Length: 3 [40..44]\n\
             \x20   Bulk string: SET [44..53]\n\
             \x20     Length: 3 [44..48]\n\
             \x20     Value: 534554 [48..51]\n\
             \x20   Bulk string: 보고서 [53..68]\n\
             \x20     Length: 9 [53..57]\n\
             \x20     Value: ebb3b4eab3a0ec849c [57..66]\n\
             \x20   Bulk string: \0x [68..76]\n\
             \x20     Length: 2 [68..72]\n\
             \x20     Value: 0078 [72..74]\n"
        );
        let hex = tcp(6379, 50000, b"+OK\r\n-WRONGTYPE Operation\r\n");
        assert_eq!(info(228, &hex), "RESP: Response: OK | WRONGTYPE Operation");
        assert_eq!(
            layer("resp", 228, &hex),
            "\
             Redis Serialization Protocol: Response: OK [40..45]\n\
             \x20 String: OK [40..45]\n\
             Redis Serialization Protocol: Response: WRONGTYPE Operation [45..67]\n\
             \x20 Error: WRONGTYPE Operation [45..67]\n"
        );
    }

    /// The types of RESP3, and those of RESP2 that are null or empty.
    #[test]
    fn values_of_every_type() {
        let reply =
            b"|1\r\n+ttl\r\n:3600\r\n*13\r\n:-42\r\n$-1\r\n*-1\r\n$0\r\n\r\n_\r\n#t\r\n,-1.5\r\n\
            (3492890328409238509324850943850943825024385\r\n!9\r\nERR wrong\r\n=7\r\ntxt:abc\r\n\
            %1\r\n+a\r\n:1\r\n~2\r\n#f\r\n,inf\r\n*0\r\n";
        let shown = said("resp", Server, reply, None);
        assert_eq!(
            shown.tree,
            "\
Redis Serialization Protocol: Response: 13 elements, one is ERR wrong [40..202]
  Attribute: 1 entry [40..57]
    Length: 1 [40..44]
    String: ttl [44..50]
    Integer: 3600 [50..57]
  Array: 13 elements [57..202]
    Length: 13 [57..62]
    Integer: -42 [62..68]
    Bulk string: null [68..73]
      Length: -1 [68..73]
    Array: null [73..78]
      Length: -1 [73..78]
    Bulk string [78..84]
      Length: 0 [78..82]
    Null [84..87]
    Boolean: True [87..91]
    Double: -1.5 [91..98]
    Big number: 3492890328409238509324850943850943825024385 [98..144]
    Bulk error: ERR wrong [144..159]
      Length: 9 [144..148]
      Value: 4552522077726f6e67 [148..157]
    Verbatim string: txt:abc [159..172]
      Length: 7 [159..163]
      Encoding: txt [163..166]
      Value: 616263 [167..170]
    Map: 1 entry [172..184]
      Length: 1 [172..176]
      String: a [176..180]
      Integer: 1 [180..184]
    Set: 2 elements [184..198]
      Length: 2 [184..188]
      Boolean: False [188..192]
      Double: inf [192..198]
    Array: 0 elements [198..202]
      Length: 0 [198..202]
"
        );
    }

    #[test]
    fn a_streamed_value_ends_by_saying_so() {
        let hex = tcp(
            6379,
            50000,
            b"*?\r\n:1\r\n$?\r\n;2\r\nab\r\n;0\r\n.\r\n+OK\r\n",
        );
        assert_eq!(
            layer("resp", 228, &hex),
            "\
             Redis Serialization Protocol: Response: streamed [40..67]\n\
             \x20 Array: streamed [40..67]\n\
             \x20   Length: streamed [40..44]\n\
             \x20   Integer: 1 [44..48]\n\
             \x20   Bulk string: streamed [48..64]\n\
             \x20     Length: streamed [48..52]\n\
             \x20     Chunk: ab [52..60]\n\
             \x20       Length: 2 [52..56]\n\
             \x20       Value: 6162 [56..58]\n\
             \x20     End [60..64]\n\
             \x20   End [64..67]\n\
             Redis Serialization Protocol: Response: OK [67..72]\n\
             \x20 String: OK [67..72]\n"
        );
    }

    #[test]
    fn nested_too_deep() {
        let reply = [b"*1\r\n".repeat(40), b":7\r\n".to_vec()].concat();
        let tree = said("resp", Server, &reply, None).tree;
        assert!(words(&tree, "Integer: 7"), "{tree}");
        assert_eq!(tree.matches("nested too deep").count(), 10, "{tree}");
    }

    #[test]
    fn an_inline_command() {
        let hex = tcp(50000, 6379, b"GET \"a b\"\r\nPI");
        assert_eq!(
            info(228, &hex),
            "RESP: Request: GET \"a b\" | PI (unfinished)"
        );
        assert_eq!(
            layer("resp", 228, &tcp(50000, 6379, b"PING\r\n")),
            "\
             Redis Serialization Protocol: Request: PING [40..46]\n\
             \x20 Inline command: PING [40..46]\n"
        );
    }

    #[test]
    fn cut_short() {
        let get = b"*2\r\n$3\r\nGET\r\n$7\r\nmiss";
        assert_eq!(
            info(228, &tcp(50000, 6379, get)),
            "RESP: Request: GET (7 bytes) (unfinished)"
        );
        let whole = tcp(50000, 6379, &[get, &b"ing\r\n"[..]].concat());
        let captured = whole.get(..2 * 61).unwrap_or_default();
        assert_eq!(
            cut("resp", 228, captured, 66),
            "\
             Redis Serialization Protocol: Request: GET (7 bytes) [40..57]\n\
             \x20 Array: 2 elements [40..57]\n\
             \x20   Length: 2 [40..44]\n\
             \x20   Bulk string: GET [44..53]\n\
             \x20     Length: 3 [44..48]\n\
             \x20     Value: 474554 [48..51]\n\
             \x20   Bulk string: miss [53..57]\n\
             \x20     Length: 7 [53..57]\n\
             \x20 Note: cut by the capture's size limit inside resp.bulk_string.value\n"
        );
    }

    #[test]
    fn a_password_is_masked_without_the_conversation() {
        let (tree, info) = masked(
            6379,
            b"*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n*1\r\n$4\r\nPING\r\n",
        );
        assert_eq!(info, "Request: AUTH ****** | PING");
        assert!(!tree.contains("7365"), "{tree}");
        let (tree, info) = masked(6379, b"AUTH kim secret\r\n");
        assert_eq!(info, "Request: AUTH kim ******");
        assert!(words(&tree, "Inline command: AUTH kim ******"), "{tree}");
    }
}
