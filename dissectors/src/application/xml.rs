//! Extensible Markup Language 1.0 (W3C Recommendation, fifth edition).

use super::{
    ascii,
    passwords::{self, Format},
};
use crate::{
    ByteRange, Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector, Value, charset,
};
use memchr::{memchr, memchr2, memchr3, memmem};

/// Extensible Markup Language.
pub const DISSECTOR: Dissector = Dissector {
    name: "xml",
    label: "Extensible Markup Language",
    column: "",
    layer: OsiLayer::Application,
    selectors: &[
        Selector::media("application/xml"),
        Selector::media("text/xml"),
        Selector::media("text/vnd.wap.wml"),
        Selector::media("text/vnd.wap.si"),
        Selector::media("text/vnd.wap.sl"),
        Selector::media("text/vnd.wap.co"),
        Selector::media("text/vnd.wap.emn"),
        Selector::media("application/vnd.wv.csp+xml"),
        Selector::media("application/smil"),
        Selector::media("text/cpl"),
        Selector::media("text/rdf"),
        Selector::media("application/x-wms-logconnectstats"),
    ],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::string("xml.unknown"),
    FieldDef::string("xml.comment"),
    FieldDef::string("xml.cdatasection"),
    FieldDef::string("xml.doctype"),
    FieldDef::string("xml.dtdtag"),
    FieldDef::string("xml.cdata"),
    FieldDef::string("xml.xmlpi.xml"),
    FieldDef::string("xml.xmlpi"),
    FieldDef::string("xml.xmlpi.xml.version"),
    FieldDef::string("xml.xmlpi.xml.encoding"),
    FieldDef::string("xml.xmlpi.xml.standalone"),
    FieldDef::string("xml.attribute"),
    FieldDef::string("xml.tag"),
];

/// The greatest depth of tags: deeper ones are shown beside each other.
const MAX_DEPTH: usize = 48;

fn dissect(xml: &mut Layer) -> Outcome {
    let media = xml.media.clone().unwrap_or_default();
    passwords::mask(xml, Format::Xml);
    let bytes = xml.rest();
    xml.title(|| media.name.clone());
    let charset = media.parameter("charset").map(str::to_owned);
    let mut document = Document {
        place: xml.ahead(0),
        bytes,
        at: 0,
        charset: charset.or_else(|| encoding(bytes)),
    };
    while document.at < bytes.len() {
        document.contents(xml, 0);
        // An end tag without a beginning.
        let end = document.until(b">").unwrap_or(bytes.len());
        if document.at < bytes.len() {
            document.row(xml, "xml.unknown", "Unknown", end);
        }
    }
    xml.skip(bytes.len());
    Ok(Next::Nothing)
}

/// Returns the character set in the declaration: section 4.3.3.
fn encoding(bytes: &[u8]) -> Option<String> {
    let declaration = bytes.get(..memmem::find(bytes, b"?>")?)?;
    let text = String::from_utf8_lossy(declaration);
    let (_, value) = text.strip_prefix("<?xml")?.split_once("encoding=")?;
    let quote = value.chars().next()?;
    Some(value.get(1..)?.split(quote).next()?.to_owned())
}

struct Document<'a> {
    bytes: &'a [u8],
    place: ByteRange,
    at: usize,
    charset: Option<String>,
}

impl<'a> Document<'a> {
    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Returns the offset after the next such mark.
    fn until(&self, mark: &[u8]) -> Option<usize> {
        let found = memmem::find(self.rest(), mark)?;
        Some(self.at + found + mark.len())
    }

    /// Returns the offset after the `>` that ends a tag. Within the quotes of an attribute's value it ends nothing; `<`
    /// is not allowed there (section 2.3), so that a quote before that one is not the beginning of a value.
    fn tag_end(&self) -> Option<usize> {
        let rest = self.rest();
        let mut at = 0;
        loop {
            let behind = rest.get(at..)?;
            let found = at + memchr3(b'>', b'"', b'\'', behind)?;
            let quote = *rest.get(found)?;
            if quote == b'>' {
                return Some(self.at + found + 1);
            }
            let value = rest.get(found + 1..)?;
            let length = memchr2(quote, b'<', value).filter(|at| value.get(*at) == Some(&quote));
            match length {
                Some(length) => at = found + 1 + length + 1,
                None => return self.until(b">"),
            }
        }
    }

    fn range(&self, from: usize, to: usize) -> ByteRange {
        ByteRange {
            start: self.place.start + from as u32,
            end: self.place.start + to as u32,
            ..self.place
        }
    }

    fn text(&self, from: usize, to: usize) -> String {
        let bytes = self.bytes.get(from..to).unwrap_or_default();
        charset::decode(self.charset.as_deref(), bytes).into_owned()
    }

    /// Shows everything up to offset `end` and moves there.
    fn row(&mut self, xml: &mut Layer, name: &'static str, label: &'static str, end: usize) {
        let (from, to) = (self.at, end.min(self.bytes.len()));
        xml.over(name, label, self.range(from, to), || {
            Value::Text(self.text(from, to))
        });
        self.at = to;
    }

    /// Shows what precedes the next end tag.
    fn contents(&mut self, xml: &mut Layer, depth: usize) {
        loop {
            let rest = self.rest();
            if rest.is_empty() || rest.starts_with(b"</") {
                return;
            }
            let all = self.bytes.len();
            if rest.starts_with(b"<?") {
                self.instruction(xml);
            } else if rest.starts_with(b"<!--") {
                let end = self.until(b"-->").unwrap_or(all);
                self.row(xml, "xml.comment", "Comment", end);
            } else if rest.starts_with(b"<![CDATA[") {
                let end = self.until(b"]]>").unwrap_or(all);
                self.row(xml, "xml.cdatasection", "Section of text", end);
            } else if rest.starts_with(b"<!") {
                self.document_type(xml);
            } else if rest.starts_with(b"<") {
                self.tag(xml, depth);
            } else {
                self.letters(xml, depth);
            }
        }
    }

    /// Section 2.8. It is shown by its name if a grammar or the location of one follows that.
    fn document_type(&mut self, xml: &mut Layer) {
        let all = self.bytes.len();
        let end = self.tag_end().unwrap_or(all);
        let inside = self.bytes.get(self.at..end).unwrap_or_default();
        let end = match memchr(b'[', inside) {
            Some(_) => self.until(b"]>").unwrap_or(all),
            None => end,
        };
        let said = ascii::string(inside);
        let mut words = said.split_whitespace().skip(1);
        match (words.next(), words.next()) {
            (Some(name), Some(_)) => {
                xml.over(
                    "xml.doctype",
                    "Document type",
                    self.range(self.at, end),
                    || Value::Text(name.to_owned()),
                );
                xml.text(|| self.text(self.at, end));
                self.at = end;
            }
            _ => self.row(xml, "xml.dtdtag", "Document type", end),
        }
    }

    /// Shows text between tags, without the space around it.
    fn letters(&mut self, xml: &mut Layer, depth: usize) {
        let rest = self.rest();
        let length = memchr(b'<', rest).unwrap_or(rest.len());
        let text = rest.get(..length).unwrap_or_default();
        let end = self.at + length;
        self.at += text.len() - text.trim_ascii_start().len();
        if !text.trim_ascii().is_empty() {
            let trimmed = self.at + text.trim_ascii().len();
            match depth {
                0 => self.row(xml, "xml.unknown", "Unknown", trimmed),
                _ => self.row(xml, "xml.cdata", "Text", trimmed),
            }
        }
        self.at = end;
    }

    /// Section 2.6.
    fn instruction(&mut self, xml: &mut Layer) {
        let from = self.at;
        let end = self.until(b"?>").unwrap_or(self.bytes.len());
        let declares = self.rest().starts_with(b"<?xml ");
        let name = match declares {
            true => "xml.xmlpi.xml",
            false => "xml.xmlpi",
        };
        self.row(xml, name, "Instruction", end);
        if !declares {
            return;
        }
        const BEGINNING: usize = 5;
        for (_, stop, name, value) in attributes(self.bytes, from + BEGINNING, end) {
            let field = match name {
                b"version" => "xml.xmlpi.xml.version",
                b"encoding" => "xml.xmlpi.xml.encoding",
                b"standalone" => "xml.xmlpi.xml.standalone",
                _ => continue,
            };
            let value = (value, stop.saturating_sub(1));
            xml.below(|xml| {
                xml.over(field, "Says", self.range(value.0, value.1), || {
                    Value::Text(self.text(value.0, value.1))
                });
            });
        }
    }

    /// Section 3.
    fn tag(&mut self, xml: &mut Layer, depth: usize) {
        let from = self.at;
        let Some(end) = self.tag_end() else {
            let all = self.bytes.len();
            return self.row(xml, "xml.unknown", "Unknown", all);
        };
        let said = ascii::string(self.bytes.get(from..end).unwrap_or_default());
        let name = said.trim_start_matches('<');
        let length =
            name.find(|letter: char| letter.is_whitespace() || letter == '>' || letter == '/');
        let length = length.unwrap_or(name.len());
        self.at = end;
        let alone = said.ends_with("/>");
        let show = |document: &mut Self, xml: &mut Layer| {
            for (start, stop, ..) in attributes(document.bytes, from + 1 + length, end) {
                xml.over(
                    "xml.attribute",
                    "Attribute",
                    document.range(start, stop),
                    || Value::Text(document.text(start, stop)),
                );
            }
            if !alone && depth < MAX_DEPTH {
                document.contents(xml, depth + 1);
                if !document.rest().is_empty() {
                    let end = document.until(b">").unwrap_or(document.bytes.len());
                    document.row(xml, "", "End", end);
                }
            }
        };
        xml.over("xml.tag", "Tag", self.range(from, end), || {
            Value::Text(self.text(from, end))
        });
        xml.below(|xml| show(self, xml));
    }
}

/// Returns the ranges of the attributes between two offsets, their names, and where their values begin: section 3.1.
fn attributes(
    bytes: &[u8],
    from: usize,
    to: usize,
) -> impl Iterator<Item = (usize, usize, &[u8], usize)> {
    let mut at = from;
    let spaces = |bytes: &[u8]| bytes.len() - bytes.trim_ascii_start().len();
    std::iter::from_fn(move || {
        let start = at + spaces(bytes.get(at..to)?);
        let rest = bytes.get(start..to)?;
        let equals = memchr(b'=', rest)?;
        let behind = rest.get(equals + 1..)?;
        let before = equals + 1 + spaces(behind);
        let quote = *rest.get(before)?;
        let value = rest.get(before + 1..)?;
        let length = memchr(quote, value).filter(|_| matches!(quote, b'"' | b'\''))?;
        let begin = start + before + 1;
        at = begin + length + 1;
        Some((start, at, rest.get(..equals)?.trim_ascii_end(), begin))
    })
}

#[cfg(test)]
mod tests {
    use crate::{Side, test_support::said};

    fn shown(body: &str) -> String {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let tree = said("http", Side::Server, (head + body).as_bytes(), None).tree;
        let from = tree.find("Extensible").unwrap_or(tree.len());
        let rows = tree.get(from..).unwrap_or_default().lines().skip(1);
        let rows = rows.map(|row| row.rsplit_once(" [").map_or(row, |(row, _)| row));
        rows.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_document() {
        let text = "<?xml version=\"1.0\" encoding='utf-8'?>\n<!-- hi -->\n<a x=\"1\"><b/> text \
            <c>가</c><![CDATA[<raw>]]></a>";
        assert_eq!(
            shown(text),
            "  Instruction: <?xml version=\"1.0\" encoding='utf-8'?>
    Says: 1.0
    Says: utf-8
  Comment: <!-- hi -->
  Tag: <a x=\"1\">
    Attribute: x=\"1\"
    Tag: <b/>
    Text: text
    Tag: <c>
      Text: 가
      End: </c>
    Section of text: <![CDATA[<raw>]]>
    End: </a>"
        );
    }

    #[test]
    fn a_value_may_hold_the_end_of_a_tag() {
        assert_eq!(
            shown("<a t=\"x>y\" u = '2\">'><b c='/>'/></a>"),
            "  Tag: <a t=\"x>y\" u = '2\">'>
    Attribute: t=\"x>y\"
    Attribute: u = '2\">'
    Tag: <b c='/>'/>
      Attribute: c='/>'
    End: </a>"
        );
    }

    #[test]
    fn what_is_not_well_formed() {
        assert_eq!(shown("not xml"), "  Unknown: not xml");
        assert_eq!(shown("<a><b"), "  Tag: <a>\n    Unknown: <b");
        assert_eq!(shown("</a>x"), "  Unknown: </a>\n  Unknown: x");
        assert_eq!(shown("<!--"), "  Comment: <!--");
        let types = "<!DOCTYPE html><!DOCTYPE a SYSTEM 'b'><!DOCTYPE c [<!ELEMENT c>]>";
        let rows = types.replace("><!D", ">\n  Document type: <!D");
        assert_eq!(shown(types), format!("  Document type: {rows}"));
        assert_eq!(shown("<a b='c>"), "  Tag: <a b='c>");
        let deep = shown(&"<a>".repeat(1000));
        assert_eq!(deep.lines().count(), 1000);
    }
}
