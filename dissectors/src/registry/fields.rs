//! The fields of all protocols, by their names.

use super::{ALL, by_name};
use crate::{Dissector, FieldDef};
use std::{collections::HashMap, iter, sync::LazyLock};

/// What is known of a packet as it was captured, and fields that any protocol may have. Wireshark's pseudo protocol
/// `frame`.
const FRAME: &[FieldDef] = &[
    FieldDef::protocol("_ws.expert"),
    FieldDef::protocol("frame"),
    FieldDef::u32("frame.cap_len"),
    FieldDef::string("frame.comment"),
    FieldDef::i16("frame.encap_type"),
    FieldDef::string("frame.interface_description"),
    FieldDef::u32("frame.interface_id"),
    FieldDef::u32("frame.len"),
    FieldDef::u32("frame.number"),
    FieldDef::time("frame.time"),
    FieldDef::duration("frame.time_delta"),
    FieldDef::time("frame.time_epoch"),
    FieldDef::duration("frame.time_relative"),
    FieldDef::protocol("pkt_comment"),
];

/// All declared fields, with the protocols themselves.
fn declared() -> impl Iterator<Item = FieldDef> {
    let of_protocol = |dissector: &&'static Dissector| {
        let fields = dissector.fields.iter().copied().flatten().copied();
        iter::once(FieldDef::protocol(dissector.name)).chain(fields)
    };
    let frame = FRAME.iter().copied();
    frame.chain(ALL.iter().flat_map(of_protocol))
}

static FIELDS: LazyLock<HashMap<&'static str, FieldDef>> =
    LazyLock::new(|| declared().map(|field| (field.name, field)).collect());

/// Returns every field of every protocol in the order of their names, the protocols among them.
pub fn field_defs() -> impl Iterator<Item = &'static FieldDef> {
    let mut fields: Vec<_> = FIELDS.values().collect();
    fields.sort_unstable_by_key(|field| field.name);
    fields.into_iter()
}

/// Returns the field or protocol with this name, as in filters.
pub fn field_def(name: &str) -> Option<&'static FieldDef> {
    FIELDS.get(name)
}

/// The labels of fields by their names, in the order of these, as `build.rs` finds them.
static LABELS: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/labels.rs"));

/// The labels of fields that no dissector reads: those of a packet as it was captured, and those whose values follow from
/// others.
const UNREAD: &[(&str, &str)] = &[
    ("_ws.col.def_dst", "Column: destination"),
    ("_ws.col.def_src", "Column: source"),
    ("_ws.col.info", "Column: summary"),
    ("_ws.col.protocol", "Column: protocol"),
    ("eth.addr.oui", "Vendor's part of either address"),
    ("eth.addr_resolved", "Either address as text"),
    ("eth.dst.oui", "Vendor's part of the destination"),
    ("eth.dst_resolved", "Destination as text"),
    ("eth.ig", "IG bit of either address"),
    ("eth.lg", "LG bit of either address"),
    ("eth.src.oui", "Vendor's part of the source"),
    ("eth.src_resolved", "Source as text"),
    ("frame", "A packet as it was captured"),
    ("frame.cap_len", "Captured length"),
    ("frame.comment", "Comment"),
    ("frame.encap_type", "Encapsulation type"),
    ("frame.file_off", "Offset in the file"),
    ("frame.ignored", "Ignored"),
    ("frame.interface_description", "Interface description"),
    ("frame.interface_id", "Interface number"),
    ("frame.interface_name", "Interface name"),
    ("frame.len", "Frame length"),
    ("frame.marked", "Marked"),
    ("frame.number", "Frame number"),
    ("frame.offset_shift", "Time shift"),
    ("frame.protocols", "Protocols"),
    ("frame.section_number", "Section number"),
    ("frame.time", "Arrival time"),
    ("frame.time_delta", "Time since the previous packet"),
    (
        "frame.time_delta_displayed",
        "Time since the previous displayed packet",
    ),
    ("frame.time_epoch", "Arrival time since 1970"),
    ("frame.time_relative", "Time since the first packet"),
    ("ftp.request", "The message is a command"),
    ("ftp.response", "The message is a reply"),
    ("http.request", "The message is a request"),
    ("http.response", "The message is a response"),
    ("ip.addr", "Source or destination address"),
    ("ip.dst_host", "Destination as text"),
    ("ip.host", "Source or destination as text"),
    ("ip.src_host", "Source as text"),
    ("ipv6.addr", "Source or destination address"),
    ("ipv6.dst_host", "Destination as text"),
    ("ipv6.host", "Source or destination as text"),
    ("ipv6.src_host", "Source as text"),
    ("sctp.port", "Source or destination port"),
    ("smtp.req", "The message is a command"),
    ("smtp.rsp", "The message is a reply"),
    ("tcp.port", "Source or destination port"),
    ("udp.port", "Source or destination port"),
];

/// Returns the label of a protocol, or that of a field where it has one label.
pub fn field_label(name: &str) -> Option<&'static str> {
    if let Some(protocol) = by_name(name) {
        return Some(protocol.label);
    }
    if let Some((_, label)) = UNREAD.iter().find(|(known, _)| *known == name) {
        return Some(label);
    }
    let at = LABELS.binary_search_by_key(&name, |(name, _)| name).ok()?;
    LABELS.get(at).map(|(_, label)| *label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_found_where_fields_are_read() {
        for (name, label) in [
            ("ip", "Internet Protocol version 4"),
            ("ip.ttl", "Time to live"),
            ("tcp.flags.syn", "Syn"),
            ("dhcp.option.router", "Router"),
            ("http.server", "Server"),
            ("no.such.field", ""),
        ] {
            assert_eq!(field_label(name).unwrap_or_default(), label, "{name}");
        }
        let known = field_defs().filter(|field| field_label(field.name).is_some());
        let (known, all) = (known.count(), field_defs().count());
        assert!(5 * known > 4 * all, "{known} of {all}");
    }
}
