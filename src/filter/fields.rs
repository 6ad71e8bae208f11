//! The fields that filters can name: those that dissectors declare, those of the capture, and names for several of them.

use super::literal;
use crate::{format::printable, lang::text};
use dissectors::{
    FieldType, Group, Severity, ValueName, Values, field_def, field_defs, field_label,
};
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

/// Fields of the capture, of a packet's line in the list, and of the conversation that it belongs to.
const OWN: &[(&str, FieldType)] = &[
    ("frame", FieldType::Protocol),
    ("frame.number", FieldType::FrameNumber),
    ("frame.len", FieldType::Uint32),
    ("frame.cap_len", FieldType::Uint32),
    ("frame.time", FieldType::AbsoluteTime),
    ("frame.time_epoch", FieldType::RelativeTime),
    ("frame.time_delta", FieldType::RelativeTime),
    ("frame.time_delta_displayed", FieldType::RelativeTime),
    ("frame.time_relative", FieldType::RelativeTime),
    ("frame.offset_shift", FieldType::RelativeTime),
    ("frame.protocols", FieldType::String),
    ("frame.comment", FieldType::String),
    ("frame.interface_id", FieldType::Uint32),
    ("frame.interface_name", FieldType::String),
    ("frame.interface_description", FieldType::String),
    ("frame.encap_type", FieldType::Int16),
    ("frame.section_number", FieldType::Uint32),
    ("frame.marked", FieldType::Boolean),
    ("frame.ignored", FieldType::Boolean),
    ("frame.file", FieldType::String),
    ("frame.file_off", FieldType::Int64),
    ("_ws.malformed", FieldType::None),
    ("_ws.col.def_src", FieldType::String),
    ("_ws.col.def_dst", FieldType::String),
    ("_ws.col.protocol", FieldType::String),
    ("_ws.col.info", FieldType::String),
    ("conversation", FieldType::None),
    ("conversation.verdict", FieldType::String),
    ("conversation.state", FieldType::String),
    ("conversation.application", FieldType::String),
    (FINDING, FieldType::String),
    ("conversation.credentials", FieldType::Boolean),
    ("conversation.client", FieldType::String),
    ("conversation.server", FieldType::String),
    ("conversation.duration", FieldType::RelativeTime),
    ("conversation.packets", FieldType::Uint32),
    ("conversation.bytes", FieldType::Uint64),
];

/// The kinds of the findings of a conversation.
pub(super) const FINDING: &str = "conversation.finding";

/// How the values of a field follow from those of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derived {
    /// They are the same.
    Same,
    /// Their text.
    Text,
    /// The first three bytes as a number.
    Vendor,
    /// The byte as a number with a sign.
    Signed,
    /// True: the others are there.
    Present,
    /// The text of a remark.
    Message,
    /// Wireshark's number of the severity of a remark.
    Severity,
    /// Wireshark's number of the group of a remark.
    Group,
    /// Of each message of the first, a protocol: whether any of the others is there.
    Whether,
}

/// Names for several fields. Their values are not repeated in the tree, where they would stand twice.
const DERIVED: &[(&str, Derived, &[&str])] = &[
    ("_ws.expert.message", Derived::Message, &["_ws.expert"]),
    ("_ws.expert.severity", Derived::Severity, &["_ws.expert"]),
    ("_ws.expert.group", Derived::Group, &["_ws.expert"]),
    ("eth.ig", Derived::Same, &["eth.dst.ig", "eth.src.ig"]),
    ("eth.lg", Derived::Same, &["eth.dst.lg", "eth.src.lg"]),
    ("eth.addr.oui", Derived::Vendor, &["eth.addr"]),
    ("eth.dst.oui", Derived::Vendor, &["eth.dst"]),
    ("eth.src.oui", Derived::Vendor, &["eth.src"]),
    ("eth.addr_resolved", Derived::Text, &["eth.addr"]),
    ("eth.dst_resolved", Derived::Text, &["eth.dst"]),
    ("eth.src_resolved", Derived::Text, &["eth.src"]),
    ("http.request", Derived::Present, &["http.request.method"]),
    ("http.response", Derived::Present, &["http.response.code"]),
    (
        "ftp.request",
        Derived::Whether,
        &["ftp", "ftp.request.command"],
    ),
    (
        "ftp.response",
        Derived::Whether,
        &["ftp", "ftp.response.code", "ftp.response.arg"],
    ),
    ("smtp.req", Derived::Present, &["smtp.req.command"]),
    ("smtp.rsp", Derived::Present, &["smtp.response.code"]),
    ("ip.addr", Derived::Same, &["ip.src", "ip.dst"]),
    ("ipv6.addr", Derived::Same, &["ipv6.src", "ipv6.dst"]),
    ("tcp.port", Derived::Same, &["tcp.srcport", "tcp.dstport"]),
    ("udp.port", Derived::Same, &["udp.srcport", "udp.dstport"]),
    (
        "sctp.port",
        Derived::Same,
        &["sctp.srcport", "sctp.dstport"],
    ),
    ("ip.host", Derived::Text, &["ip.src", "ip.dst"]),
    ("ip.src_host", Derived::Text, &["ip.src"]),
    ("ip.dst_host", Derived::Text, &["ip.dst"]),
    ("ipv6.host", Derived::Text, &["ipv6.src", "ipv6.dst"]),
    ("ipv6.src_host", Derived::Text, &["ipv6.src"]),
    ("ipv6.dst_host", Derived::Text, &["ipv6.dst"]),
];

/// Wireshark's numbers of severities, with their names.
const SEVERITIES: [ValueName; 4] = [
    ValueName::one(0x0020_0000, "Chat"),
    ValueName::one(0x0040_0000, "Note"),
    ValueName::one(0x0060_0000, "Warning"),
    ValueName::one(0x0080_0000, "Error"),
];

/// Wireshark's numbers of the groups of remarks, with their names; some of them are of no remark here.
const GROUPS: [ValueName; 17] = [
    ValueName::one(0x0100_0000, "Checksum"),
    ValueName::one(0x0200_0000, "Sequence"),
    ValueName::one(0x0300_0000, "Response"),
    ValueName::one(0x0400_0000, "Request"),
    ValueName::one(0x0500_0000, "Undecoded"),
    ValueName::one(0x0600_0000, "Reassemble"),
    ValueName::one(0x0700_0000, "Malformed"),
    ValueName::one(0x0800_0000, "Debug"),
    ValueName::one(0x0900_0000, "Protocol"),
    ValueName::one(0x0a00_0000, "Security"),
    ValueName::one(0x0b00_0000, "Comment"),
    ValueName::one(0x0c00_0000, "Decryption"),
    ValueName::one(0x0d00_0000, "Assumption"),
    ValueName::one(0x0e00_0000, "Deprecated"),
    ValueName::one(0x0f00_0000, "Receive"),
    ValueName::one(0x1000_0000, "Interface"),
    ValueName::one(0x1100_0000, "Dissector bug"),
];

/// Returns Wireshark's number of a severity.
pub fn severity_number(severity: Severity) -> u32 {
    match severity {
        Severity::Chat => 0x0020_0000,
        Severity::Note => 0x0040_0000,
        Severity::Warning => 0x0060_0000,
        Severity::Error => 0x0080_0000,
    }
}

/// Returns Wireshark's number of a group of remarks.
pub fn group_number(group: Group) -> u32 {
    match group {
        Group::Checksum => 0x0100_0000,
        Group::Sequence => 0x0200_0000,
        Group::Reassemble => 0x0600_0000,
        Group::Malformed => 0x0700_0000,
        Group::Protocol => 0x0900_0000,
    }
}

/// The version of IP, which IPv6 has by this name too, besides its own: it stands in the tree, and follows from another
/// field as well.
pub const IP_VERSION: (&str, [&str; 2]) = ("ip.version", ["ip.version", "ipv6.version"]);

/// The precision of a clock, which has a sign since Wireshark 4.2: its output as that of tshark 4.0 has none.
const NTP_PRECISION: [&str; 1] = ["ntp.precision"];

/// Returns the fields from which a field follows, and how.
pub(super) fn derived(name: &str) -> Option<(Derived, &'static [&'static str])> {
    if name == IP_VERSION.0 {
        return Some((Derived::Same, &IP_VERSION.1));
    }
    if NTP_PRECISION.contains(&name) {
        return Some((Derived::Signed, &NTP_PRECISION));
    }
    let found = DERIVED.iter().find(|(known, ..)| *known == name);
    found.map(|(_, how, members)| (*how, *members))
}

/// Protocols that had other names in earlier versions of Wireshark: that name, and the present one.
const RENAMED: &[(&str, &str)] = &[("bootp", "dhcp"), ("ssl", "tls")];

/// The protocols that Wireshark dissects, by their names in filters.
const OF_WIRESHARK: &str = include_str!("protocols.txt");

/// Returns the protocol of a field's name if Wireshark dissects it and this program does not.
pub(super) fn not_dissected(name: &str) -> Option<&str> {
    let ends = name.match_indices('.').map(|(at, _)| at);
    let mut protocols = ends.chain([name.len()]).filter_map(|end| name.get(..end));
    protocols.find(|protocol| {
        known(protocol).is_none()
            && OF_WIRESHARK
                .split_ascii_whitespace()
                .any(|it| it == *protocol)
    })
}

/// Whether a word names a protocol of Wireshark that this program does not dissect, where a value could stand: certainly,
/// behind a point, or because it could also be bytes. No packet has such a protocol here.
pub(super) fn is_other_protocol(word: &str) -> bool {
    let (name, certain) = match word.strip_prefix('.') {
        Some(name) => (name, true),
        None => (word, false),
    };
    not_dissected(name) == Some(name) && (certain || literal::bytes(name).is_some())
}

/// Returns a field by its name.
pub fn known(name: &str) -> Option<Known> {
    let protocol = name.split('.').next().unwrap_or(name);
    if let Some((_, present)) = RENAMED.iter().find(|(before, _)| *before == protocol) {
        let rest = name.get(protocol.len()..).unwrap_or_default();
        return known(&format!("{present}{rest}"));
    }
    if let Some(field) = field_def(name) {
        return Some(Known {
            name: field.name,
            kind: field.kind,
            values: field.values,
        });
    }
    if let Some((name, kind)) = OWN.iter().find(|(known, ..)| *known == name) {
        return Some(Known {
            name,
            kind: *kind,
            values: match kind {
                FieldType::Boolean => Values::Flag("True", "False"),
                _ => Values::None,
            },
        });
    }
    let (name, how, members) = DERIVED.iter().find(|(known, ..)| *known == name)?;
    let first = field_def(members.first()?)?;
    let (kind, values) = match how {
        Derived::Same | Derived::Signed => (first.kind, first.values),
        Derived::Text | Derived::Message => (FieldType::String, Values::None),
        Derived::Severity => (FieldType::Uint32, Values::Names(&[&SEVERITIES])),
        Derived::Group => (FieldType::Uint32, Values::Names(&[&GROUPS])),
        Derived::Vendor => (FieldType::Uint24, Values::None),
        Derived::Present | Derived::Whether => (FieldType::Boolean, Values::Flag("True", "False")),
    };
    Some(Known { name, kind, values })
}

/// Iterates over the fields that follow from others: how, and from which.
pub fn derivations() -> impl Iterator<Item = (&'static str, Derived, &'static [&'static str])> {
    let all = DERIVED.iter();
    all.map(|(name, how, members)| (*name, *how, *members))
}

/// Returns what a field means: its label, or without one the last part of its name in words.
pub fn meaning(name: &str) -> Cow<'static, str> {
    if let Some(label) = field_label(name) {
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
    match (not_dissected(name), most_like(name)) {
        (Some(protocol), _) => text!("filter-not-dissected", protocol),
        (None, Some(like)) => text!("filter-no-field-but", field, like),
        (None, None) => text!("filter-no-field", field),
    }
}

/// Returns the known name that is most like this one, if one is.
pub(super) fn most_like(name: &str) -> Option<&'static str> {
    if name.len() > MAX_LENGTH {
        return None;
    }
    if let Some(lower) = known(&name.to_ascii_lowercase()).filter(|lower| lower.name != name) {
        return Some(lower.name);
    }
    most_like_of(name, names())
}

/// No name is like a longer one, bytes.
const MAX_LENGTH: usize = 64;

/// Returns the one of these names that is most like this one, if one is.
pub(super) fn most_like_of(
    name: &str,
    names: impl Iterator<Item = &'static str>,
) -> Option<&'static str> {
    if name.len() > MAX_LENGTH {
        return None;
    }
    let most = (name.len() / 3).clamp(1, 3);
    names
        .filter(|known| known.len().abs_diff(name.len()) <= most)
        .map(|known| (distance(name.as_bytes(), known.as_bytes()), known))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, known)| known)
}

/// Returns how many letters must be added, removed, replaced or swapped with their neighbour to make one of the other.
pub fn distance(a: &[u8], b: &[u8]) -> usize {
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
