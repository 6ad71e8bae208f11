//! Addresses in a mail's head: RFC 5322, section 3.4. They are split as by the reference: at every comma, also at those
//! in quotation marks.

use crate::{
    Layer, Value,
    application::{encoded_word, line::ascii},
};

/// The name of a list's members, and whether they may be groups.
#[derive(Clone, Copy)]
pub struct List {
    item: &'static str,
    groups: bool,
}

/// Addresses only.
pub const MAILBOXES: List = List {
    item: "imf.mailbox_list.item",
    groups: false,
};

/// Addresses and groups of them.
pub const ADDRESSES: List = List {
    item: "imf.address_list.item",
    groups: true,
};

/// Addresses of one field in a packet's tree, at most.
const MAX_ADDRESSES: usize = 1000;

/// Reads a list separated by commas. `bytes` reach to the end of the line.
pub fn list(imf: &mut Layer, bytes: &[u8], list: List, charset: Option<&str>) {
    for item in bytes.split(|&byte| byte == b',').take(MAX_ADDRESSES) {
        row(imf, list.item, "Address", item, charset);
        imf.below(|imf| match item.iter().position(|&byte| byte == b':') {
            Some(colon) if list.groups => group(imf, item, colon, charset),
            _ => mailbox(imf, item, charset),
        });
    }
}

/// Reads a group: a name, a colon, and addresses.
fn group(imf: &mut Layer, item: &[u8], colon: usize, charset: Option<&str>) {
    // The reference subtracts a space before the colon that is not there.
    let name = item.get(..colon.saturating_sub(1)).unwrap_or_default();
    let members = item.get(colon + 1..).unwrap_or_default().trim_ascii_start();
    row(imf, "imf.display_name", "Group", name, charset);
    imf.text(|| encoded_word::decode(item.get(..colon).unwrap_or_default(), charset));
    if !members.starts_with(b";") && !members.is_empty() {
        let end = members.iter().position(|&byte| byte == b';');
        let members = members.get(..end.unwrap_or(members.len()));
        imf.below(|imf| list(imf, members.unwrap_or_default(), MAILBOXES, charset));
    }
}

/// Reads a name with an address in angle brackets, or an address alone.
pub fn mailbox(imf: &mut Layer, bytes: &[u8], charset: Option<&str>) {
    let Some(open) = bytes.iter().position(|&byte| byte == b'<') else {
        row(imf, "imf.address", "Mailbox", bytes, charset);
        return;
    };
    let (name, behind) = bytes.split_at(open);
    let name = name.trim_ascii_start();
    if !name.is_empty() {
        let name = name.get(..name.len() - 1).unwrap_or_default();
        row(imf, "imf.display_name", "Name", name, charset);
    }
    let behind = behind.get(1..).unwrap_or_default();
    if let Some(close) = behind.iter().position(|&byte| byte == b'>') {
        let address = behind.get(..close).unwrap_or_default();
        row(imf, "imf.address", "Mailbox", address, charset);
    }
}

fn row(
    imf: &mut Layer,
    field: &'static str,
    label: &'static str,
    text: &[u8],
    charset: Option<&str>,
) {
    let place = imf.place(text);
    imf.over(field, label, place, || Value::Text(ascii(text)));
    imf.text(|| encoded_word::decode(text, charset).trim().to_owned());
}
