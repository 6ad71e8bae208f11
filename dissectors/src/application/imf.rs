//! Internet Message Format, RFC 5322: the parts of a mail, whichever protocol carries it.

pub mod address;
mod fields;
pub mod header;

use super::{encoded_word, line::ascii, transfer::Transfer};
use crate::{
    Dissector, Layer, Media, Next, OsiLayer, Outcome, Selector, Severity, Stop, Undeclared, Value,
};
use header::{Header, Shape};

pub const MEDIA: Selector = Selector::media("message/rfc822");

/// The next layer after a protocol that carries a mail.
pub const NEXT: Next = Next::Select(MEDIA);

/// Internet Message Format.
pub const DISSECTOR: Dissector = Dissector {
    name: "imf",
    label: "Internet Message Format",
    // The protocol that carries the mail sets it.
    column: "",
    layer: OsiLayer::Application,
    selectors: &[MEDIA],
    fields: &[fields::FIELDS],
    dissect,
    session: None,
};

/// The parts of a mail's head that matter to its body and its description.
#[derive(Default)]
struct Head {
    from: Option<String>,
    to: Option<String>,
    subject: Option<String>,
    media: Option<Media>,
    /// The media type has parameters. The reference reads only bodies of such a type.
    parameters: bool,
    transfer: Option<Transfer>,
    disposition: Option<Media>,
    /// The empty line after the head was there.
    ended: bool,
    /// The character set of fields that are not encoded.
    charset: Option<&'static str>,
}

fn dissect(imf: &mut Layer) -> Outcome {
    let whole = imf.rest();
    let charset = charset_of(whole, imf.undeclared());
    let mut head = Head {
        charset,
        ..Head::default()
    };
    while let Some(found) = Header::first(imf.rest()) {
        show(imf, &found, charset, &mut head)?;
        if found.last {
            head.ended = true;
            let empty = header::line_end(imf.rest());
            imf.skip(empty);
            break;
        }
    }
    title(imf, &head);
    if !imf.details() {
        return Ok(Next::Nothing);
    }
    if head.ended && !imf.rest().is_empty() {
        let name = head
            .subject
            .as_deref()
            .filter(|subject| !subject.is_empty());
        let name = format!("{}.eml", name.unwrap_or("mail"));
        imf.object(Some(name), "message/rfc822", || whole.to_vec());
    }
    body(imf, head)
}

/// Returns the character set that the fields of a mail and of its parts use without a declaration.
fn charset_of(mail: &[u8], undeclared: Undeclared) -> Option<&'static str> {
    encoded_word::raw_charset(mail, named_charset(mail).as_deref(), undeclared, true)
}

/// Returns the first character set that the mail or one of its parts names.
fn named_charset(mail: &[u8]) -> Option<String> {
    /// Parts further on are not examined.
    const NEAR: usize = 16 << 10;
    const NAME: &[u8] = b"charset=";
    let (near, _) = mail.split_at(mail.len().min(NEAR));
    let named = |equals: &usize| {
        let name = near.get((equals + 1).saturating_sub(NAME.len())..=*equals);
        name.is_some_and(|name| name.eq_ignore_ascii_case(NAME))
    };
    let equals = memchr::memchr_iter(b'=', near).find(named)?;
    let value = near.get(equals + 1..)?;
    let value = value.strip_prefix(b"\"").unwrap_or(value);
    let ends = |&byte: &u8| !byte.is_ascii_graphic() || matches!(byte, b';' | b'"');
    let end = value.iter().position(ends).unwrap_or(value.len());
    let name = std::str::from_utf8(value.get(..end)?).ok()?;
    Some(name.to_owned())
}

/// Shows a field as a row, with its parts below it.
fn show<'a>(
    imf: &mut Layer<'a, '_>,
    found: &Header<'a>,
    charset: Option<&str>,
    head: &mut Head,
) -> Result<(), Stop> {
    let known = found.known();
    let words = || encoded_word::decode(found.value, charset);
    head.note(found, words);
    if !imf.shows() {
        imf.skip(found.whole.len());
        return Ok(());
    }
    let value = imf.place(found.value);
    let Some(known) = known else {
        let row = imf.place(found.text);
        imf.over("imf.extension", "Header", row, || {
            Value::Text(ascii(found.text))
        });
        imf.text(|| format!("{}: {}", ascii(found.name), words()));
        imf.below(|imf| {
            let name = imf.place(found.name);
            imf.over("imf.extension.type", "Name", name, || {
                Value::Text(ascii(found.name))
            });
            imf.over("imf.extension.value", "Value", value, || {
                Value::Text(ascii(found.value))
            });
            imf.text(words);
        });
        imf.skip(found.whole.len());
        return Ok(());
    };
    imf.over(known.field, known.label, value, || match known.shape {
        Shape::Label => Value::Static(""),
        _ => Value::Text(ascii(found.value)),
    });
    imf.text(words);
    let end = found.whole.len() - found.before;
    imf.below(|imf| match known.shape {
        Shape::Text | Shape::Label => {}
        Shape::Mailbox => address::mailbox(imf, found.behind(end), charset),
        Shape::Mailboxes => address::list(imf, found.behind(end), address::MAILBOXES, charset),
        Shape::Addresses => address::list(imf, found.behind(end), address::ADDRESSES, charset),
        Shape::ContentType => content_type(imf, found.value),
    });
    imf.skip(found.whole.len());
    Ok(())
}

/// RFC 2045, section 5.1.
fn content_type(imf: &mut Layer, value: &[u8]) {
    let Some(end) = value.iter().position(|&byte| byte == b';') else {
        return;
    };
    let (name, parameters) = value.split_at(end);
    let parameters = parameters.get(1..).unwrap_or_default();
    for (field, label, text) in [
        ("imf.content.type.type", "Type", name),
        ("imf.content.type.parameters", "Parameters", parameters),
    ] {
        let place = imf.place(text);
        imf.over(field, label, place, || Value::Text(ascii(text)));
        imf.text(|| encoded_word::decode(text, None).trim().to_owned());
    }
}

impl Head {
    fn words(&self) -> Option<String> {
        let words = [("from", &self.from), ("subject", &self.subject)];
        let mut told = String::new();
        for (label, text) in words {
            if let Some(text) = text {
                told += &format!("{label}: {text}, ");
            }
        }
        (!told.is_empty()).then_some(told)
    }

    fn note(&mut self, found: &Header, words: impl Fn() -> String) {
        let is = |name: &[u8]| found.name.eq_ignore_ascii_case(name);
        if is(b"from") {
            self.from.get_or_insert_with(words);
        } else if is(b"to") {
            self.to.get_or_insert_with(words);
        } else if is(b"subject") {
            self.subject.get_or_insert_with(words);
        } else if is(b"content-type") && self.media.is_none() {
            self.media = Some(Media::parse(&words()));
            self.parameters = found.value.contains(&b';');
        } else if is(b"content-transfer-encoding") {
            self.transfer = self.transfer.or_else(|| Transfer::by_name(&words()));
        } else if is(b"content-disposition") {
            self.disposition
                .get_or_insert_with(|| Media::parse(&words()));
        }
    }
}

/// Shows the subject in the tree and in the packet list.
fn title(imf: &mut Layer, head: &Head) {
    if let Some(told) = head.words() {
        let row = told.trim_end_matches([' ', ',']).to_owned();
        imf.title(|| row);
        imf.info(|| told);
    }
}

/// Returns a description of a mail for the packet list.
pub fn words(mail: &[u8], undeclared: Undeclared) -> Option<String> {
    read_head(mail, undeclared).words()
}

/// Returns the subject of a mail.
pub fn subject(mail: &[u8], undeclared: Undeclared) -> Option<String> {
    read_head(mail, undeclared).subject
}

/// Reads a head without rows.
fn read_head(mail: &[u8], undeclared: Undeclared) -> Head {
    let charset = charset_of(mail, undeclared);
    let mut head = Head::default();
    let mut rest = mail;
    while let Some(found) = Header::first(rest) {
        head.note(&found, || encoded_word::decode(found.value, charset));
        rest = rest.get(found.whole.len()..).unwrap_or_default();
        if found.last {
            break;
        }
    }
    head
}

/// Passes the body to the dissector of its media type. Text and multipart bodies are separate layers; any other is a
/// row, and what its dissector reads is below that.
fn body(imf: &mut Layer, head: Head) -> Outcome {
    let bytes = imf.rest();
    let media = head.media.unwrap_or_default();
    let kind = media.name.split_once('/').map(|(kind, _)| kind);
    let decoded = head
        .transfer
        .filter(|_| kind != Some("multipart"))
        .map(|transfer| transfer.decode(bytes));
    if decoded.as_ref().is_some_and(|decoded| decoded.damaged) {
        imf.note(Severity::Warning, || {
            "the body's transfer encoding is damaged".to_owned()
        });
    }
    if let Some(name) = file_name(&media, head.disposition.as_ref()) {
        let decoded = decoded.as_ref().map_or(bytes, |decoded| &decoded.bytes);
        imf.object(Some(name), &media.name, || decoded.to_vec());
    }
    let known = matches!(kind, Some("text" | "multipart")) || media.name == "message/rfc822";
    let reads = known && head.parameters;
    let typed = !matches!(kind, None | Some("text"));
    imf.media = Some(Box::new(Media {
        raw_charset: head.charset,
        ..media
    }));
    if reads {
        let entered = decoded.is_none_or(|body| imf.enter_decoded(DECODED, body.bytes));
        return Ok(if entered { Next::Media } else { Next::Nothing });
    }
    let length = bytes.len();
    imf.group("imf.message_text", "Text", |imf| {
        imf.title(|| match length {
            1 => "1 byte".to_owned(),
            _ => format!("{length} bytes"),
        });
        match (typed, decoded) {
            (true, Some(body)) => {
                imf.in_decoded(DECODED, body.bytes, |imf| imf.embed(Next::Media));
            }
            (true, None) => imf.embed(Next::Media),
            (false, Some(body)) => {
                imf.in_decoded(DECODED, body.bytes, text_lines);
            }
            (false, None) => text_lines(imf),
        }
        imf.skip(imf.rest().len());
        Ok(())
    })?;
    Ok(Next::Nothing)
}

const DECODED: &str = "Decoded body";

/// Lines in a packet's tree, at most.
const MAX_LINES: usize = 2000;

/// Shows text that no other layer reads.
fn text_lines(imf: &mut Layer) {
    let charset = imf.shows().then(|| imf.undeclared().of(imf.rest()).name());
    let charset = charset.filter(|name| *name != "UTF-8");
    let lines = imf.rest().split_inclusive(|&byte| byte == b'\n');
    for line in lines.take(MAX_LINES) {
        let place = imf.place(line);
        imf.over("", "Line", place, || Value::None);
        imf.text(|| encoded_word::decode(line, charset));
        imf.skip(line.len());
    }
    if !imf.rest().is_empty() {
        imf.note(Severity::Note, || {
            "the lines that follow are not shown".to_owned()
        });
    }
}

/// Returns the name of a part of a mail, if it is a file.
pub fn file_name(media: &Media, disposition: Option<&Media>) -> Option<String> {
    let named = disposition.and_then(|media| encoded_word::parameter(media, "filename"));
    named
        .or_else(|| encoded_word::parameter(media, "name"))
        .filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::test_support::{Shown, said};
    use crate::{Side, test_support::words};

    fn mail(bytes: &[u8]) -> Shown {
        said("imf", Side::Client, bytes, None)
    }

    /// RFC 5322, appendix A.1.1 and A.1.2, shortened.
    #[test]
    fn a_simple_mail() {
        let said = mail(
            b"From: John Doe <jdoe@machine.example>\r\nTo: Mary <mary@x.test>, jdoe@one.test\r\n\
              Subject: Saying\r\n Hello\r\nX-Own: 1\r\n\r\nThis is a message.\r\n",
        );
        assert_eq!(
            said.tree,
            "\
Internet Message Format: from: John Doe <jdoe@machine.example>, subject: Saying Hello [40..175]
  From: John Doe <jdoe@machine.example> [46..77]
    Address: John Doe <jdoe@machine.example> [46..79]
      Name: John Doe [46..54]
      Mailbox: jdoe@machine.example [56..76]
  To: Mary <mary@x.test>, jdoe@one.test [83..116]
    Address: Mary <mary@x.test> [83..101]
      Name: Mary [83..87]
      Mailbox: mary@x.test [89..100]
    Address: jdoe@one.test [102..118]
      Mailbox: jdoe@one.test [102..118]
  Subject: Saying Hello [127..141]
  Header: X-Own: 1 [143..151]
    Name: X-Own [143..148]
    Value: 1 [150..151]
  Text: 20 bytes [155..175]
    Line: This is a message. [155..175]
"
        );
        assert_eq!(
            said.info,
            "from: John Doe <jdoe@machine.example>, subject: Saying Hello, "
        );
        assert_eq!(said.files(), [("Saying Hello.eml", 135)]);
    }

    #[test]
    fn korean_heads() {
        let said = mail(b"From: =?EUC-KR?B?yLjAx7fP?= <a@b>\r\nSubject: \xc8\xb8\xc0\xc7\r\nContent-Type: text/plain; charset=euc-kr\r\n\r\n");
        assert!(words(&said.tree, "From: 회의록 <a@b>"));
        assert!(words(&said.tree, "Subject: 회의"));
        assert_eq!(said.info, "from: 회의록 <a@b>, subject: 회의, ");
        assert!(said.objects.is_empty());
    }

    #[test]
    fn korean_heads_in_the_letters_of_their_parts() {
        let said = mail(b"Subject: \xc8\xb8\xc0\xc7 \x8cc\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: text/plain; charset=\"ks_c_5601-1987\"\r\n\r\n--a--\r\n");
        assert_eq!(said.info, "subject: 회의 똠, ");
    }

    #[test]
    fn groups_and_odd_lists() {
        let tree = mail(b"To: team: a@b;, x\r\nCc: \r\nSender: <a\r\nDelivered-To:\r\n\r\n").tree;
        assert!(words(&tree, "Group: team"), "{tree}");
        assert!(words(&tree, "Mailbox: a@b"), "{tree}");
        mail(b"To:::;,<>,<,>:;\r\n\r\n");
    }

    #[test]
    fn a_file_alone() {
        let said = mail(
            b"Subject: =?utf-8?q?=EA=B0=80?=\r\nContent-Type: application/pdf; name=a.pdf\r\n\
              Content-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n",
        );
        assert_eq!(said.files(), [("가.eml", 122), ("a.pdf", 4)]);
        assert!(said.sources.contains(&b"%PDF".to_vec()));
    }

    #[test]
    fn hostile_heads() {
        for text in [
            &b""[..],
            b":",
            b"From",
            b"From:",
            b"Subject: \0\x1b[31m\r\n\r\n",
            b"\r\n\r\n",
            b"Content-Type: ;\r\n\r\nx",
            b"Content-Type: text/plain; boundary\r\n x",
            b": \r\n : \r\n\r\n",
        ] {
            mail(text);
        }
    }
}
