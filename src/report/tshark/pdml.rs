//! `-T pdml`: the tree of a packet in XML.

use super::{
    Shown, TsharkOptions, fields,
    node::{Kind, Node, tree},
    times,
};
use crate::report::layers::WRAPPER;
use dissectors::{FieldType, Value};
use std::fmt::Write;

/// Writes the beginning of a document.
pub(super) fn begin(text: &mut String, name: &str) {
    let version = env!("CARGO_PKG_VERSION");
    *text += "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
    *text += "<?xml-stylesheet type=\"text/xsl\" href=\"pdml2html.xsl\"?>\n";
    let now = times::now();
    *text += &format!(
        "<pdml version=\"0\" creator=\"wiretalk/{version}\" time=\"{now}\" capture_file=\""
    );
    escape(text, name);
    text.push_str("\">\n");
}

/// Writes a packet.
pub(super) fn packet(text: &mut String, shown: &Shown, options: &TsharkOptions) {
    text.push_str("<packet>\n");
    general(text, shown);
    if options.fields.is_empty() {
        for layer in tree(shown.own, shown.details) {
            if options.shows(layer.name) {
                write_layer(text, &layer);
            }
        }
    } else {
        for (wanted, values) in options.fields.iter().zip(fields::values(shown, options)) {
            for value in values {
                text.push_str("  <field name=\"");
                escape(text, &wanted.spelled);
                text.push_str("\" value=");
                quoted(text, &value);
                text.push_str("/>\n");
            }
        }
    }
    text.push_str("</packet>\n\n\n");
}

/// Writes the layer that tshark puts before the others.
fn general(text: &mut String, shown: &Shown) {
    let (length, captured) = (shown.record.original, shown.record.captured);
    let time_ns = shown.record.order_ns;
    let (time, epoch) = (times::shown(time_ns, true), Value::Duration(time_ns));
    *text += &format!(
        "  <proto name=\"geninfo\" pos=\"0\" showname=\"General information\" size=\"{length}\">\n"
    );
    let number = shown.columns.get(0);
    let hexadecimal = number.parse().unwrap_or(0_u32);
    for (name, value, label, raw) in [
        ("num", number, "Number", format!("{hexadecimal:x}")),
        (
            "len",
            &length.to_string(),
            "Frame Length",
            format!("{length:x}"),
        ),
        (
            "caplen",
            &captured.to_string(),
            "Captured Length",
            format!("{captured:x}"),
        ),
        (
            "timestamp",
            &time,
            "Captured Time",
            epoch.show().unwrap_or_default(),
        ),
    ] {
        *text += &format!(
            "    <field name=\"{name}\" pos=\"0\" show=\"{value}\" showname=\"{label}\" value=\"{raw}\" size=\"{length}\"/>\n"
        );
    }
    text.push_str("  </proto>\n");
}

/// Writes a layer, or what is written in the form of one.
fn write_layer(text: &mut String, layer: &Node) {
    if layer.kind != Kind::Protocol || layer.name == "data" {
        *text += &format!("  <proto name=\"{WRAPPER}\">\n");
        write_field(text, layer, 2);
        text.push_str("  </proto>\n");
    } else {
        write_protocol(text, layer, 1);
    }
}

fn write_protocol(text: &mut String, layer: &Node, depth: usize) {
    let indent = 2 * depth;
    let _ = write!(
        text,
        "{:indent$}<proto name=\"{}\" showname=",
        "", layer.name
    );
    quoted(text, &layer.shown());
    let (size, position) = (layer.size, layer.position);
    let _ = writeln!(text, " size=\"{size}\" pos=\"{position}\">");
    for child in &layer.children {
        write_field(text, child, depth + 1);
    }
    let _ = writeln!(text, "{:indent$}</proto>", "");
}

fn write_field(text: &mut String, field: &Node, depth: usize) {
    if field.kind == Kind::Protocol && !matches!(field.name, "_ws.expert" | "data") {
        return write_protocol(text, field, depth);
    }
    let indent = 2 * depth;
    let _ = write!(text, "{:indent$}<field name=\"{}\"", "", field.name);
    let show = match field.kind {
        Kind::Text => Some(field.shown().into()),
        Kind::Field(FieldType::None) => Some("".into()),
        _ => field.plain(),
    };
    if field.kind != Kind::Text {
        text.push_str(" showname=");
        quoted(text, &field.shown());
    }
    if field.hidden {
        text.push_str(" hide=\"yes\"");
    }
    let _ = write!(text, " size=\"{}\" pos=\"{}\"", field.size, field.position);
    if let Some(show) = show {
        text.push_str(" show=");
        quoted(text, &show);
    }
    write_value(text, field);
    if field.children.is_empty() {
        text.push_str("/>\n");
        return;
    }
    text.push_str(">\n");
    for child in &field.children {
        write_field(text, child, depth + 1);
    }
    let _ = writeln!(text, "{:indent$}</field>", "");
}

/// Writes the bytes of a field, or the number of its bits beside them.
fn write_value(text: &mut String, field: &Node) {
    if field.bytes.is_empty() || field.kind == Kind::Protocol && field.name != "data" {
        return;
    }
    let number = match &*field.value {
        Value::Number(number, _) | Value::Named(number, ..) => Some(*number),
        Value::Flag(set, ..) => Some(u64::from(*set)),
        _ => None,
    };
    let masked = number.filter(|_| field.mask != 0);
    text.push_str(" value=\"");
    if let Some(number) = masked {
        let _ = write!(text, "{number:X}\" unmaskedvalue=\"");
    }
    for byte in field.bytes {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(nibble.into(), 16).unwrap_or('0'));
        }
    }
    text.push('"');
}

fn quoted(text: &mut String, value: &str) {
    text.push('"');
    escape(text, value);
    text.push('"');
}

/// Writes text in XML 1.0, which has no control characters besides tabs and ends of lines: others are written as `\x1b`.
pub(super) fn escape(text: &mut String, value: &str) {
    for letter in value.chars() {
        match letter {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&#x27;"),
            '\t' | '\n' | '\r' => text.push(letter),
            _ if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {
                let _ = write!(text, "\\x{:x}", u32::from(letter));
            }
            _ => text.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        let mut text = String::new();
        escape(&mut text, "a<b>&\"'\u{1b}[2J\0\u{9b}한\n");
        assert_eq!(text, "a&lt;b&gt;&amp;&quot;&#x27;\\x1b[2J\\x0\\x9b한\n");
    }
}
