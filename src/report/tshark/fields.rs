//! `-T fields`: the values of chosen fields, and `-e` of other formats.

use super::{
    Shown, TsharkOptions, Wanted,
    node::{Kind, Node, tree},
    options::{Choice, Occurrence},
};
use dissectors::FieldType;
use std::borrow::Cow;

/// Writes the byte order mark and the heading.
pub(super) fn begin(text: &mut String, options: &TsharkOptions) {
    let layout = &options.layout;
    if layout.bom {
        text.push('\u{feff}');
    }
    if layout.header {
        for (at, wanted) in options.fields.iter().enumerate() {
            if at > 0 {
                text.push(layout.separator);
            }
            text.push_str(&wanted.spelled);
        }
        text.push('\n');
    }
}

/// Writes the line of a packet.
pub(super) fn line(text: &mut String, shown: &Shown, options: &TsharkOptions) {
    let layout = &options.layout;
    for (at, mut values) in values(shown, options).into_iter().enumerate() {
        if at > 0 {
            text.push(layout.separator);
        }
        match layout.occurrence {
            Occurrence::All => {}
            Occurrence::First => values.truncate(1),
            Occurrence::Last => drop(values.drain(..values.len().saturating_sub(1))),
        }
        if values.is_empty() {
            continue;
        }
        text.extend(layout.quote);
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                text.push(layout.aggregator);
            }
            escape(text, value);
        }
        text.extend(layout.quote);
    }
    text.push('\n');
}

/// Writes a value, which takes one line.
fn escape(text: &mut String, value: &str) {
    for letter in value.chars() {
        match letter {
            '\u{8}' => text.push_str("\\b"),
            '\u{b}' => text.push_str("\\v"),
            '\u{c}' => text.push_str("\\f"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            _ => text.push(letter),
        }
    }
}

/// Returns the values of each chosen field.
pub(super) fn values(shown: &Shown, options: &TsharkOptions) -> Vec<Vec<String>> {
    let mut all = vec![Vec::new(); options.fields.len()];
    let mut named = Vec::new();
    for (wanted, values) in options.fields.iter().zip(&mut all) {
        match wanted.choice {
            Choice::Column(position) => values.push(shown.columns.get(position).to_owned()),
            Choice::Field(name) => {
                if name.starts_with("_ws.col.") || name.starts_with("conversation") {
                    let own = shown.own.iter().filter(|(own, _)| *own == name);
                    values.extend(own.filter_map(|(_, value)| value.show()));
                } else {
                    named.push((name, values));
                }
            }
        }
    }
    if !named.is_empty() {
        let layers = tree(shown.own, shown.details);
        layers.iter().for_each(|layer| gather(layer, &mut named));
    }
    all
}

/// Adds the values of a field and of those below it.
fn gather(node: &Node, named: &mut [(&'static str, &mut Vec<String>)]) {
    for (name, values) in named.iter_mut() {
        if *name == node.name || *name == "text" && node.kind == Kind::Text {
            values.push(value(node));
        }
    }
    for child in &node.children {
        gather(child, named);
    }
}

/// Returns the value of a field. That of a protocol is its line, that of a field without one is 1.
fn value(node: &Node) -> String {
    match (node.kind, node.plain()) {
        (Kind::Field(FieldType::Bytes), Some(shown)) => shown.replace(':', ""),
        (_, Some(shown)) => shown.into_owned(),
        (Kind::Field(_), None) => "1".to_owned(),
        (Kind::Protocol | Kind::Text, None) => node.shown(),
    }
}

/// Returns the chosen fields with their values, without those that a packet does not have.
pub(super) fn chosen<'o>(
    shown: &Shown,
    options: &'o TsharkOptions,
) -> impl Iterator<Item = (Cow<'o, str>, Vec<String>)> {
    let names = options
        .fields
        .iter()
        .map(|wanted: &Wanted| Cow::Borrowed(&*wanted.spelled));
    let all = names.zip(values(shown, options));
    all.filter(|(_, values)| !values.is_empty())
}
