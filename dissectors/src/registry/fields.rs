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

/// Returns the label of a protocol, or that of a field where it has one label.
pub fn field_label(name: &str) -> Option<&'static str> {
    if let Some(protocol) = by_name(name) {
        return Some(protocol.label);
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
