//! The fields that filters can name: those that dissectors declare, those of the capture, and names for several of them.

use dissectors::{FieldType, Values, field_def, field_defs};

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
    ("frame.file_off", FieldType::Int64),
    ("conversation", FieldType::None),
    ("conversation.verdict", FieldType::String),
    ("conversation.state", FieldType::String),
    ("conversation.application", FieldType::String),
    ("conversation.finding", FieldType::String),
    ("conversation.credentials", FieldType::Boolean),
    ("conversation.client", FieldType::String),
    ("conversation.server", FieldType::String),
    ("conversation.duration", FieldType::RelativeTime),
    ("conversation.packets", FieldType::Uint32),
    ("conversation.bytes", FieldType::Uint64),
];

/// Names for several fields. Their values are not repeated in the tree, where they would stand twice.
const TOGETHER: &[(&str, &[&str])] = &[
    ("ip.addr", &["ip.src", "ip.dst"]),
    ("ipv6.addr", &["ipv6.src", "ipv6.dst"]),
    ("tcp.port", &["tcp.srcport", "tcp.dstport"]),
    ("udp.port", &["udp.srcport", "udp.dstport"]),
    ("sctp.port", &["sctp.srcport", "sctp.dstport"]),
];

/// Names for the text of addresses.
const NAMED: &[(&str, &[&str])] = &[
    ("ip.host", &["ip.src", "ip.dst"]),
    ("ip.src_host", &["ip.src"]),
    ("ip.dst_host", &["ip.dst"]),
    ("ipv6.host", &["ipv6.src", "ipv6.dst"]),
    ("ipv6.src_host", &["ipv6.src"]),
    ("ipv6.dst_host", &["ipv6.dst"]),
];

/// Returns the fields whose values have this name together, and whether their text is meant.
pub(super) fn members(name: &str) -> Option<(&'static [&'static str], bool)> {
    let find = |table: &'static [(&str, &'static [&'static str])]| {
        let found = table.iter().find(|(known, _)| *known == name);
        found.map(|(_, members)| *members)
    };
    find(TOGETHER)
        .map(|members| (members, false))
        .or_else(|| find(NAMED).map(|members| (members, true)))
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
    if let Some((name, kind)) = OWN.iter().find(|(known, _)| *known == name) {
        return Some(Known {
            name,
            kind: *kind,
            values: Values::None,
        });
    }
    let (name, members) = TOGETHER
        .iter()
        .chain(NAMED)
        .find(|(known, _)| *known == name)?;
    let first = field_def(members.first()?)?;
    let is_text = NAMED.iter().any(|(named, _)| named == name);
    Some(Known {
        name,
        kind: if is_text {
            FieldType::String
        } else {
            first.kind
        },
        values: Values::None,
    })
}

/// Returns the names of all fields, in no order.
pub fn names() -> impl Iterator<Item = &'static str> {
    let declared = field_defs().map(|field| field.name);
    let together = TOGETHER.iter().chain(NAMED).map(|(name, _)| *name);
    declared
        .chain(OWN.iter().map(|(name, _)| *name))
        .chain(together)
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
