//! A packet as tshark's tree: its record as the layer `frame`, the rows of its dissection, and the hidden fields that
//! repeat values of others, such as `ip.addr`.

use super::super::layers::{Element, Inner, children, elements};
use crate::{
    filter::{Derived, IP_VERSION, derivations, group_number, known, meaning, severity_number},
    view::Details,
};
use dissectors::{Base, Field, FieldKind, FieldType, Group, OsiLayer, Severity, Value};
use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

/// How a node is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A protocol.
    Protocol,
    /// A heading without a name.
    Text,
    /// A field of this type.
    Field(FieldType),
}

/// A field with those below it.
pub(super) struct Node<'a> {
    /// Its name; empty for a heading.
    pub name: &'static str,
    pub kind: Kind,
    pub value: Cow<'a, Value>,
    pub position: u32,
    pub size: usize,
    pub bytes: &'a [u8],
    /// The bits of these bytes.
    pub mask: u64,
    /// Whether Wireshark does not show it.
    pub hidden: bool,
    pub children: Vec<Node<'a>>,
    label: Cow<'a, str>,
    text: Option<&'a str>,
}

/// The names that follow from each field, with how they do. That of both ports follows from the second one.
static FOLLOWING: LazyLock<HashMap<&str, Vec<(&'static str, Derived)>>> = LazyLock::new(|| {
    let mut all: HashMap<&str, Vec<_>> = HashMap::new();
    for (name, how, members) in derivations() {
        for member in members {
            all.entry(member).or_default().push((name, how));
        }
    }
    let (version, [_, of_ipv6]) = IP_VERSION;
    all.insert(of_ipv6, vec![(version, Derived::Same)]);
    all
});

impl<'a> Node<'a> {
    /// Makes a node of a field of the capture or of a group of them.
    fn own(name: &'static str, value: Cow<'a, Value>) -> Self {
        let kind = known(name).map_or(FieldType::String, |known| known.kind);
        Node {
            name,
            kind: match kind {
                FieldType::Protocol => Kind::Protocol,
                kind => Kind::Field(kind),
            },
            value,
            position: 0,
            size: 0,
            bytes: &[],
            mask: 0,
            hidden: false,
            children: Vec::new(),
            label: meaning(name),
            text: None,
        }
    }

    /// Makes a node of a row, without those below it.
    fn row(field: &'a Field, details: &'a Details) -> Self {
        let kind = match field.kind {
            FieldKind::Layer(_) | FieldKind::Note(..) => Kind::Protocol,
            _ if field.name.is_empty() => Kind::Text,
            _ => match known(field.name).map(|known| known.kind) {
                Some(FieldType::Protocol) => Kind::Protocol,
                Some(kind) => Kind::Field(kind),
                None => Kind::Field(FieldType::None),
            },
        };
        let source = details.sources.get(usize::from(field.bytes.source));
        let bytes = source.and_then(|source| field.bytes.of(&source.bytes));
        Node {
            name: field.name,
            kind,
            value: Cow::Borrowed(&field.value),
            position: field.bytes.start,
            size: match field.kind {
                FieldKind::Computed => 0,
                _ => field.bytes.len(),
            },
            bytes: match field.kind {
                FieldKind::Computed => &[],
                _ => bytes.unwrap_or_default(),
            },
            mask: field.mask,
            hidden: false,
            children: Vec::new(),
            label: Cow::Borrowed(field.label),
            text: field.text.as_deref(),
        }
    }

    /// Returns a hidden field with another name and a value that follows from this one.
    fn following(&self, name: &'static str, how: Derived) -> Self {
        let value = match how {
            Derived::Same | Derived::Signed | Derived::Severity | Derived::Group => {
                self.value.clone()
            }
            Derived::Text | Derived::Message => Cow::Owned(Value::Text(self.value.to_string())),
            Derived::Present | Derived::Whether => Cow::Owned(Value::Flag(true, "True", "False")),
            Derived::Vendor => match self.bytes {
                [a, b, c, ..] => {
                    let number = u32::from_be_bytes([0, *a, *b, *c]);
                    Cow::Owned(Value::Number(number.into(), Base::Dec))
                }
                _ => Cow::Owned(Value::Number(0, Base::Dec)),
            },
        };
        Node {
            value,
            position: self.position,
            size: self.size,
            bytes: self.bytes,
            mask: self.mask,
            hidden: true,
            ..Node::own(name, Cow::Owned(Value::None))
        }
    }

    /// Returns the text for people: the label with the value.
    pub fn shown(&self) -> String {
        let shown = match self.text {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(self.value.to_string()),
        };
        match self.kind {
            _ if shown.is_empty() => self.label.clone().into_owned(),
            Kind::Text => shown.into_owned(),
            Kind::Protocol => format!("{}, {shown}", self.label),
            Kind::Field(_) => format!("{}: {shown}", self.label),
        }
    }

    /// Returns the value as text; none if it has none.
    pub fn plain(&self) -> Option<Cow<'_, str>> {
        match (self.kind, &*self.value) {
            (Kind::Protocol | Kind::Text | Kind::Field(FieldType::None), _) => None,
            (_, Value::Text(text)) => Some(Cow::Borrowed(text)),
            (_, Value::Static(text)) => Some(Cow::Borrowed(text)),
            (Kind::Field(kind), Value::Time(ns)) => Some(Cow::Owned(super::times::shown(
                *ns,
                is_local(self.name, kind),
            ))),
            (_, value) => value.show().map(Cow::Owned),
        }
    }
}

/// Whether a time is shown in the local time zone.
fn is_local(name: &str, kind: FieldType) -> bool {
    let others = [
        "icmp.data_time",
        "nflog.timestamp",
        "tls.handshake.random_time",
    ];
    let is_local = name.starts_with("frame.") || others.contains(&name);
    kind == FieldType::AbsoluteTime && is_local
}

/// Returns a packet's layers: its record, comments on it, and what was dissected. Elements that are no layers are among
/// them.
pub(super) fn tree<'a>(own: &'a [(&'static str, Value)], details: &'a Details) -> Vec<Node<'a>> {
    let mut layers = Vec::new();
    let size = details.sources.first().map_or(0, |it| it.bytes.len());
    let comments = own.iter().filter(|(name, _)| *name == "frame.comment");
    for (name, comment) in comments {
        layers.push(Node {
            children: vec![Node::own(name, Cow::Borrowed(comment))],
            ..Node::own("pkt_comment", Cow::Owned(Value::None))
        });
    }
    let mut frame = Node {
        size,
        label: Cow::Owned(super::frame_title(own)),
        ..Node::own("frame", Cow::Owned(Value::None))
    };
    let fields = own.iter();
    for (name, value) in fields.filter(|(name, _)| name.starts_with("frame.")) {
        let field = Node::own(name, Cow::Borrowed(value));
        match (*name, frame.children.last_mut()) {
            ("frame.comment", _) => {}
            ("frame.interface_name" | "frame.interface_description", Some(id)) => {
                id.children.push(field);
            }
            _ => frame.children.push(field),
        }
    }
    layers.push(frame);
    for element in elements(&details.tree.fields, Inner::Within) {
        let (Element::Layer(field, below) | Element::Wrapped(field, below)) = element;
        let mut builder = Builder {
            details,
            ends: Vec::new(),
            names: Vec::new(),
        };
        let mut layer = Node::row(field, details);
        builder.fill(&mut layer, field, below);
        let names = builder.names;
        layer.children.append(&mut builder.ends);
        for (name, how, members) in derivations() {
            if how == Derived::Whether
                && let [protocol, members @ ..] = members
                && *protocol == layer.name
            {
                let there = members.iter().any(|member| names.contains(member));
                layer.children.push(Node {
                    value: Cow::Owned(Value::Flag(there, "True", "False")),
                    ..layer.following(name, how)
                });
            }
        }
        let is_quoted = match field.kind {
            FieldKind::Layer(info) if info.quoted => {
                matches!(info.osi, OsiLayer::Network | OsiLayer::Transport)
            }
            _ => false,
        };
        let outer = match layer.kind {
            // The headers that an ICMP error quotes.
            Kind::Protocol if is_quoted => {
                let mut all = layers.iter_mut();
                all.rfind(|outer| matches!(outer.name, "icmp" | "icmpv6"))
            }
            // The extension headers of IPv6.
            Kind::Protocol if layer.name.starts_with("ipv6.") => {
                let last = layers.last_mut();
                last.filter(|outer| outer.name == "ipv6")
            }
            _ => None,
        };
        match outer {
            Some(outer) => outer.children.push(layer),
            None => layers.push(layer),
        }
    }
    layers
}

/// Makes the nodes of a layer.
struct Builder<'a> {
    details: &'a Details,
    /// The fields that are the last ones of the layer.
    ends: Vec<Node<'a>>,
    /// The names of the fields in the layer.
    names: Vec<&'static str>,
}

impl<'a> Builder<'a> {
    /// Adds what is below a row.
    fn fill(&mut self, node: &mut Node<'a>, field: &Field, below: &'a [Field]) {
        let mut ports: Option<Node> = None;
        for (row, inside) in children(field, below, Inner::Within) {
            let mut child = Node::row(row, self.details);
            self.names.push(child.name);
            self.fill(&mut child, row, inside);
            if let FieldKind::Note(severity, group) = row.kind {
                child.children = remark(&child, severity, group);
            }
            let mut behind = Vec::new();
            for (name, how) in FOLLOWING.get(row.name).into_iter().flatten() {
                let hidden = child.following(name, *how);
                match how {
                    Derived::Whether | Derived::Message | Derived::Severity | Derived::Group => {}
                    Derived::Present => self.ends.push(hidden),
                    _ if name.ends_with(".port") => behind.extend(match ports.take() {
                        None => {
                            ports = Some(hidden);
                            vec![]
                        }
                        Some(first) => vec![first, hidden],
                    }),
                    Derived::Text | Derived::Vendor
                        if matches!(row.name, "eth.dst" | "eth.src") =>
                    {
                        child.children.insert(0, hidden);
                    }
                    _ => behind.push(hidden),
                }
            }
            node.children.push(child);
            node.children.append(&mut behind);
        }
        node.children.extend(ports);
        if node.name == "tcp.analysis.flags" {
            self.flags(node);
        }
    }

    /// Adds the flags of the TCP analysis, each in a remark, as in Wireshark.
    fn flags(&self, node: &mut Node<'a>) {
        let flags = self.details.analysis.map(|analysis| analysis.flags);
        let mut remarks = node
            .children
            .iter_mut()
            .filter(|child| child.name == "_ws.expert");
        let mut more = Vec::new();
        for name in flags.iter().flat_map(|flags| flags.fields()) {
            let flag = Node::own(name, Cow::Owned(Value::Static("")));
            match remarks.next() {
                Some(remark) => remark.children.insert(0, flag),
                None => more.push(Node {
                    children: vec![flag],
                    ..Node::own("_ws.expert", Cow::Owned(Value::None))
                }),
            }
        }
        node.children.append(&mut more);
    }
}

/// Returns the fields of a remark: its text, and Wireshark's numbers of its severity and of its group.
fn remark<'a>(note: &Node<'a>, severity: Severity, group: Group) -> Vec<Node<'a>> {
    let number = |name, number: u32| Node {
        kind: Kind::Field(FieldType::Uint32),
        ..Node::own(name, Cow::Owned(Value::Number(number.into(), Base::Dec)))
    };
    vec![
        Node::own("_ws.expert.message", note.value.clone()),
        number("_ws.expert.severity", severity_number(severity)),
        number("_ws.expert.group", group_number(group)),
    ]
}
