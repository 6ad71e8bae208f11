//! What the tests beside the dissectors share: bytes from hexadecimal, and what comes of them.

use crate::{Context, Facts, Kind, Output, Packet, Summary, Tree, dissect};

/// Bytes from hexadecimal digits; all else is passed over.
pub fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<_> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
    let (pairs, _) = digits.as_chunks::<2>();
    pairs
        .iter()
        .map(|[high, low]| (high << 4 | low) as u8)
        .collect()
}

/// The rows of a protocol's layers, in the words of [`Tree`]'s `Display`. The layers around them have tests of their
/// own.
pub fn layer(name: &str, link_type: u16, hex: &str) -> String {
    let length = bytes(hex).len() as u32;
    cut(name, link_type, hex, length)
}

/// As `layer`, for a packet that was longer on the wire than what was captured of it.
pub fn cut(name: &str, link_type: u16, hex: &str, original: u32) -> String {
    let bytes = bytes(hex);
    let mut tree = Tree::default();
    let packet = Packet {
        link_type,
        bytes: &bytes,
        original,
    };
    let output = Output {
        tree: Some(&mut tree),
        summary: None,
    };
    dissect(packet, &Context::default(), &mut Facts::default(), output);
    let mut inside = false;
    tree.fields.retain(|field| {
        if let Kind::Layer(layer) = field.kind {
            inside = layer.dissector.name == name;
        }
        inside
    });
    tree.to_string()
}

/// The packet list's protocol and information.
pub fn info(link_type: u16, hex: &str) -> String {
    let bytes = bytes(hex);
    let mut summary = Summary::default();
    let packet = Packet {
        link_type,
        bytes: &bytes,
        original: bytes.len() as u32,
    };
    let output = Output {
        tree: None,
        summary: Some(&mut summary),
    };
    dissect(packet, &Context::default(), &mut Facts::default(), output);
    format!("{}: {}", summary.protocol, summary.info)
}
