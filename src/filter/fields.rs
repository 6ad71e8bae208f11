//! The fields that filters can name: those that dissectors declare, those of the capture, and names for several of them.

use crate::{format::printable, lang::text};
use dissectors::{FieldType, Values, field_def, field_defs, field_label};
use std::borrow::Cow;

/// A field that can be named.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldType,
    /// The names of its values.
    pub values: Values,
}

/// Fields of the capture, and of the conversation that a packet belongs to.
const OWN: &[(&str, FieldType, &str)] = &[
    ("frame", FieldType::Protocol, "A packet as it was captured"),
    ("frame.number", FieldType::FrameNumber, "Frame number"),
    ("frame.len", FieldType::Uint32, "Frame length"),
    ("frame.cap_len", FieldType::Uint32, "Captured length"),
    ("frame.time", FieldType::AbsoluteTime, "Arrival time"),
    (
        "frame.time_epoch",
        FieldType::RelativeTime,
        "Arrival time since 1970",
    ),
    (
        "frame.time_delta",
        FieldType::RelativeTime,
        "Time since the previous packet",
    ),
    (
        "frame.time_delta_displayed",
        FieldType::RelativeTime,
        "Time since the previous displayed packet",
    ),
    (
        "frame.time_relative",
        FieldType::RelativeTime,
        "Time since the first packet",
    ),
    ("frame.offset_shift", FieldType::RelativeTime, "Time shift"),
    ("frame.protocols", FieldType::String, "Protocols"),
    ("frame.comment", FieldType::String, "Comment"),
    ("frame.interface_id", FieldType::Uint32, "Interface number"),
    ("frame.interface_name", FieldType::String, "Interface name"),
    (
        "frame.interface_description",
        FieldType::String,
        "Interface description",
    ),
    ("frame.encap_type", FieldType::Int16, "Encapsulation type"),
    ("frame.section_number", FieldType::Uint32, "Section number"),
    ("frame.marked", FieldType::Boolean, "Marked"),
    ("frame.ignored", FieldType::Boolean, "Ignored"),
    ("frame.file_off", FieldType::Int64, "Offset in the file"),
    (
        "_ws.col.def_src",
        FieldType::String,
        "Column of the packet list: source",
    ),
    (
        "_ws.col.def_dst",
        FieldType::String,
        "Column of the packet list: destination",
    ),
    (
        "_ws.col.protocol",
        FieldType::String,
        "Column of the packet list: protocol",
    ),
    (
        "_ws.col.info",
        FieldType::String,
        "Column of the packet list: summary",
    ),
    (
        "conversation",
        FieldType::None,
        "The packet belongs to a conversation",
    ),
    (
        "conversation.verdict",
        FieldType::String,
        "What became of it, a sentence",
    ),
    (
        "conversation.state",
        FieldType::String,
        "What became of it, a few words",
    ),
    (
        "conversation.application",
        FieldType::String,
        "Application protocol",
    ),
    (
        "conversation.finding",
        FieldType::String,
        "Kind of a finding about it",
    ),
    (
        "conversation.credentials",
        FieldType::Boolean,
        "It shows a password",
    ),
    (
        "conversation.client",
        FieldType::String,
        "Address and port of the client",
    ),
    (
        "conversation.server",
        FieldType::String,
        "Address and port of the server",
    ),
    (
        "conversation.duration",
        FieldType::RelativeTime,
        "Time from its first to its last packet",
    ),
    (
        "conversation.packets",
        FieldType::Uint32,
        "Number of its packets",
    ),
    (
        "conversation.bytes",
        FieldType::Uint64,
        "Bytes of its packets",
    ),
];

/// How the values of a field follow from those of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derived {
    /// They are the same.
    Same,
    /// Their text.
    Text,
    /// The first three bytes as a number.
    Vendor,
    /// True: the others are there.
    Present,
    /// Of each message of the first, a protocol: whether any of the others is there.
    Whether,
}

/// Names for several fields. Their values are not repeated in the tree, where they would stand twice.
const DERIVED: &[(&str, Derived, &[&str], &str)] = &[
    (
        "eth.ig",
        Derived::Same,
        &["eth.dst.ig", "eth.src.ig"],
        "IG bit of either address",
    ),
    (
        "eth.lg",
        Derived::Same,
        &["eth.dst.lg", "eth.src.lg"],
        "LG bit of either address",
    ),
    (
        "eth.addr.oui",
        Derived::Vendor,
        &["eth.addr"],
        "Vendor's part of either address",
    ),
    (
        "eth.dst.oui",
        Derived::Vendor,
        &["eth.dst"],
        "Vendor's part of the destination",
    ),
    (
        "eth.src.oui",
        Derived::Vendor,
        &["eth.src"],
        "Vendor's part of the source",
    ),
    (
        "eth.addr_resolved",
        Derived::Text,
        &["eth.addr"],
        "Either address as text",
    ),
    (
        "eth.dst_resolved",
        Derived::Text,
        &["eth.dst"],
        "Destination as text",
    ),
    (
        "eth.src_resolved",
        Derived::Text,
        &["eth.src"],
        "Source as text",
    ),
    (
        "http.request",
        Derived::Present,
        &["http.request.method"],
        "The message is a request",
    ),
    (
        "http.response",
        Derived::Present,
        &["http.response.code"],
        "The message is a response",
    ),
    (
        "ftp.request",
        Derived::Whether,
        &["ftp", "ftp.request.command"],
        "The message is a command",
    ),
    (
        "ftp.response",
        Derived::Whether,
        &["ftp", "ftp.response.code", "ftp.response.arg"],
        "The message is a reply",
    ),
    (
        "smtp.req",
        Derived::Present,
        &["smtp.req.command"],
        "The message is a command",
    ),
    (
        "smtp.rsp",
        Derived::Present,
        &["smtp.response.code"],
        "The message is a reply",
    ),
    (
        "ip.addr",
        Derived::Same,
        &["ip.src", "ip.dst"],
        "Source or destination address",
    ),
    (
        "ipv6.addr",
        Derived::Same,
        &["ipv6.src", "ipv6.dst"],
        "Source or destination address",
    ),
    (
        "tcp.port",
        Derived::Same,
        &["tcp.srcport", "tcp.dstport"],
        "Source or destination port",
    ),
    (
        "udp.port",
        Derived::Same,
        &["udp.srcport", "udp.dstport"],
        "Source or destination port",
    ),
    (
        "sctp.port",
        Derived::Same,
        &["sctp.srcport", "sctp.dstport"],
        "Source or destination port",
    ),
    (
        "ip.host",
        Derived::Text,
        &["ip.src", "ip.dst"],
        "Source or destination as text",
    ),
    ("ip.src_host", Derived::Text, &["ip.src"], "Source as text"),
    (
        "ip.dst_host",
        Derived::Text,
        &["ip.dst"],
        "Destination as text",
    ),
    (
        "ipv6.host",
        Derived::Text,
        &["ipv6.src", "ipv6.dst"],
        "Source or destination as text",
    ),
    (
        "ipv6.src_host",
        Derived::Text,
        &["ipv6.src"],
        "Source as text",
    ),
    (
        "ipv6.dst_host",
        Derived::Text,
        &["ipv6.dst"],
        "Destination as text",
    ),
];

/// Returns the fields from which a field follows, and how.
pub(super) fn derived(name: &str) -> Option<(Derived, &'static [&'static str])> {
    let found = DERIVED.iter().find(|(known, ..)| *known == name);
    found.map(|(_, how, members, _)| (*how, *members))
}

/// Returns a field by its name.
pub fn known(name: &str) -> Option<Known> {
    if let Some(field) = field_def(name) {
        return Some(Known {
            name: field.name,
            kind: field.kind,
            values: field.values,
        });
    }
    if let Some((name, kind, _)) = OWN.iter().find(|(known, ..)| *known == name) {
        return Some(Known {
            name,
            kind: *kind,
            values: Values::None,
        });
    }
    let (name, how, members, _) = DERIVED.iter().find(|(known, ..)| *known == name)?;
    let first = field_def(members.first()?)?;
    let (kind, values) = match how {
        Derived::Same => (first.kind, first.values),
        Derived::Text => (FieldType::String, Values::None),
        Derived::Vendor => (FieldType::Uint24, Values::None),
        Derived::Present | Derived::Whether => (FieldType::Boolean, Values::None),
    };
    Some(Known { name, kind, values })
}

/// Iterates over the fields that follow from others: how, and from which.
pub fn derivations() -> impl Iterator<Item = (&'static str, Derived, &'static [&'static str])> {
    let all = DERIVED.iter();
    all.map(|(name, how, members, _)| (*name, *how, *members))
}

/// Returns what a field means: its label, or without one the last part of its name in words.
pub fn meaning(name: &str) -> Cow<'static, str> {
    let own = OWN.iter().find(|(known, ..)| *known == name);
    let derived = DERIVED.iter().find(|(known, ..)| *known == name);
    let label = own.map(|(.., label)| *label);
    let label = label.or_else(|| derived.map(|(.., label)| *label));
    if let Some(label) = label.or_else(|| field_label(name)) {
        return Cow::Borrowed(label);
    }
    let part = name.rsplit('.').next().unwrap_or(name);
    let mut words = part.replace(['_', '-'], " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Cow::Owned(words)
}

/// Returns the names of all fields, in no order.
pub fn names() -> impl Iterator<Item = &'static str> {
    let declared = field_defs().map(|field| field.name);
    let derived = DERIVED.iter().map(|(name, ..)| *name);
    declared
        .chain(OWN.iter().map(|(name, ..)| *name))
        .chain(derived)
}

/// Says that there is no such field, and which name is most like it.
pub fn unknown(name: &str) -> String {
    let field = printable(name);
    match most_like(name) {
        Some(like) => text!("filter-no-field-but", field, like),
        None => text!("filter-no-field", field),
    }
}

/// Returns the known name that is most like this one, if one is.
pub(super) fn most_like(name: &str) -> Option<&'static str> {
    const MAX_LENGTH: usize = 64;
    if name.len() > MAX_LENGTH {
        return None;
    }
    let most = (name.len() / 3).clamp(1, 3);
    names()
        .filter(|known| known.len().abs_diff(name.len()) <= most)
        .map(|known| (distance(name.as_bytes(), known.as_bytes()), known))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, known)| known)
}

/// Returns how many letters must be added, removed, replaced or swapped with their neighbour to make one of the other.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before: Vec<usize> = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (row, x) in a.iter().enumerate() {
        let mut now = vec![row + 1];
        for (column, y) in b.iter().enumerate() {
            let at = |line: &[usize], at: usize| line.get(at).copied().unwrap_or(usize::MAX - 1);
            let mut least = (at(&last, column) + usize::from(x != y))
                .min(at(&last, column + 1) + 1)
                .min(at(&now, column) + 1);
            let swapped =
                row > 0 && column > 0 && a.get(row - 1) == Some(y) && b.get(column - 1) == Some(x);
            if swapped {
                least = least.min(at(&before, column - 1) + 1);
            }
            now.push(least);
        }
        before = std::mem::replace(&mut last, now);
    }
    last.last().copied().unwrap_or_default()
}
