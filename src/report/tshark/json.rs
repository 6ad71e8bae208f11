//! `-T json` and `-T ek`: the tree of a packet in JSON.

use super::{
    Shown, TsharkOptions, fields,
    node::{Kind, Node, tree},
    times,
};
use crate::report::json::string;
use dissectors::{FieldType, Value};
use std::{borrow::Cow, fmt::Write};

/// Writes an array of values, or only the value if there is one.
fn list<T>(text: &mut String, values: &[T], mut write: impl FnMut(&mut String, &T)) {
    if let [value] = values {
        return write(text, value);
    }
    text.push('[');
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        write(text, value);
    }
    text.push(']');
}

/// An object over several lines, indented as by tshark.
struct Lines {
    depth: usize,
    first: bool,
}

impl Lines {
    fn open(text: &mut String, depth: usize) -> Self {
        text.push('{');
        Lines { depth, first: true }
    }

    fn key(&mut self, text: &mut String, key: &str) {
        if !std::mem::take(&mut self.first) {
            text.push(',');
        }
        let indent = 2 * (self.depth + 1);
        let _ = write!(text, "\n{:indent$}", "");
        string(text, key);
        text.push_str(": ");
    }

    fn close(self, text: &mut String) {
        if !self.first {
            let indent = 2 * self.depth;
            let _ = write!(text, "\n{:indent$}", "");
        }
        text.push('}');
    }
}

/// Writes a packet as an element of the array.
pub(super) fn packet(text: &mut String, shown: &Shown, options: &TsharkOptions) {
    text.push_str("  ");
    let mut packet = Lines::open(text, 1);
    packet.key(text, "_index");
    string(text, &times::index(shown.record.order_ns));
    packet.key(text, "_type");
    string(text, "doc");
    packet.key(text, "_score");
    text.push_str("null");
    packet.key(text, "_source");
    let mut source = Lines::open(text, 2);
    source.key(text, "layers");
    if options.fields.is_empty() {
        let layers = tree(shown.own, shown.details);
        let layers: Vec<&Node> = layers
            .iter()
            .filter(|layer| options.shows(layer.name))
            .collect();
        write_object(text, &layers, 3, options.merges_keys);
    } else {
        let mut layers = Lines::open(text, 3);
        for (name, values) in fields::chosen(shown, options) {
            layers.key(text, &name);
            text.push('[');
            for (at, value) in values.iter().enumerate() {
                text.push_str(if at > 0 { ",\n" } else { "\n" });
                text.push_str("          ");
                string(text, value);
            }
            text.push_str("\n        ]");
        }
        layers.close(text);
    }
    source.close(text);
    packet.close(text);
}

fn key<'n>(node: &'n Node) -> Cow<'n, str> {
    match node.kind {
        Kind::Text => Cow::Owned(node.shown()),
        _ => Cow::Borrowed(node.name),
    }
}

/// Returns the nodes that share a key; each on its own unless equal keys are merged.
fn groups<'n, 'a>(nodes: &[&'n Node<'a>], merges: bool) -> Vec<Vec<&'n Node<'a>>> {
    let mut groups: Vec<Vec<&Node>> = Vec::new();
    for node in nodes {
        let same = groups
            .iter_mut()
            .find(|group| merges && group.first().is_some_and(|first| key(first) == key(node)));
        match same {
            Some(group) => group.push(node),
            None => groups.push(vec![node]),
        }
    }
    groups
}

fn write_object(text: &mut String, nodes: &[&Node], depth: usize, merges: bool) {
    let mut object = Lines::open(text, depth);
    for group in groups(nodes, merges) {
        let Some(first) = group.first() else {
            continue;
        };
        let name = key(first);
        let has_value = first.plain().is_some();
        let has_children = group.iter().any(|node| !node.children.is_empty());
        if has_value {
            object.key(text, &name);
            list(text, &group, |text, node| {
                string(text, &node.plain().unwrap_or_default());
            });
        }
        if has_children {
            let suffix = if has_value { "_tree" } else { "" };
            object.key(text, &format!("{name}{suffix}"));
            list(text, &group, |text, node| {
                let children: Vec<&Node> = node.children.iter().collect();
                write_object(text, &children, depth + 1, merges);
            });
        }
        if !has_value && !has_children {
            object.key(text, &name);
            list(text, &group, |text, _| text.push_str("\"\""));
        }
    }
    object.close(text);
}

/// Writes the two lines of a packet for the bulk interface of Elasticsearch.
pub(super) fn document(text: &mut String, shown: &Shown, options: &TsharkOptions) {
    let index = times::index(shown.record.order_ns);
    let _ = writeln!(text, r#"{{"index":{{"_index":"{index}","_type":"doc"}}}}"#);
    let ms = shown.record.order_ns.div_euclid(1_000_000);
    let _ = write!(text, r#"{{"timestamp":"{ms}","layers":{{"#);
    let mut first = true;
    if options.fields.is_empty() {
        let layers = tree(shown.own, shown.details);
        let layers: Vec<&Node> = layers
            .iter()
            .filter(|layer| options.shows(layer.name))
            .collect();
        write_flat(text, &layers, &mut first);
    } else {
        for (name, values) in fields::chosen(shown, options) {
            flat_key(text, &name, &mut first);
            text.push('[');
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                string(text, value);
            }
            text.push(']');
        }
    }
    text.push_str("}}\n");
}

fn flat_key(text: &mut String, name: &str, first: &mut bool) {
    if !std::mem::take(first) {
        text.push(',');
    }
    string(text, &name.replace('.', "_"));
    text.push(':');
}

/// Writes nodes, and behind each those below it: only protocols are objects of their own.
fn write_flat(text: &mut String, nodes: &[&Node], first: &mut bool) {
    for group in flat_groups(nodes) {
        let Some(one) = group.first() else {
            continue;
        };
        let name = match one.kind {
            Kind::Text => "text".to_owned(),
            Kind::Protocol => one.name.to_owned(),
            Kind::Field(_) => format!("{}{}", protocol(one.name), one.name),
        };
        flat_key(text, &name, first);
        list(text, &group, |text, node| write_flat_value(text, node));
        if one.kind != Kind::Protocol {
            let below: Vec<&Node> = group.iter().flat_map(|node| &node.children).collect();
            write_flat(text, &below, first);
        }
    }
}

fn flat_groups<'n, 'a>(nodes: &[&'n Node<'a>]) -> Vec<Vec<&'n Node<'a>>> {
    let mut groups: Vec<Vec<&Node>> = Vec::new();
    for node in nodes {
        let same = groups.iter_mut().find(|group| {
            let one = group.first();
            one.is_some_and(|one| one.name == node.name && one.kind == node.kind)
        });
        match same {
            Some(group) => group.push(node),
            None => groups.push(vec![node]),
        }
    }
    groups
}

/// Returns the protocol that declares a field, for the name of its key; none for a field that is registered as a
/// protocol.
fn protocol(name: &str) -> String {
    let is_option = name.starts_with("tcp.options.") && name.matches('.').count() == 2;
    let is_own =
        is_option && dissectors::field_def(name).is_some_and(|it| it.kind == FieldType::Bytes);
    match name.split_once('.') {
        Some(_) if is_own => String::new(),
        Some(("_ws", _)) => "_ws_expert_".to_owned(),
        Some((protocol, _)) => format!("{protocol}_"),
        None => String::new(),
    }
}

fn write_flat_value(text: &mut String, node: &Node) {
    match (node.kind, &*node.value) {
        (Kind::Protocol, _) => {
            text.push('{');
            let below: Vec<&Node> = node.children.iter().collect();
            write_flat(text, &below, &mut true);
            text.push('}');
        }
        (Kind::Text, _) => string(text, &node.shown()),
        (Kind::Field(FieldType::Boolean), Value::Flag(set, ..)) => {
            let _ = write!(text, "{set}");
        }
        (_, Value::Time(ns)) => string(text, &times::iso(*ns)),
        _ => match node.plain() {
            Some(shown) => string(text, &shown),
            None => text.push_str("null"),
        },
    }
}
