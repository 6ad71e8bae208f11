//! Bytes and texts that are shown as they are.

use crate::{Layer, Stop, Value};
use nom::bytes::take;

/// Reads a text as it is.
pub fn text<'a>(
    tls: &mut Layer<'a, '_>,
    name: &'static str,
    label: &'static str,
    length: usize,
) -> Result<&'a [u8], Stop> {
    tls.field_shown(name, label, take(length), |text: &[u8]| {
        Value::Text(String::from_utf8_lossy(text).into_owned())
    })
}

/// Skips bytes that have a row without a value.
pub fn opaque(
    tls: &mut Layer,
    name: &'static str,
    label: &'static str,
    length: usize,
) -> Result<(), Stop> {
    tls.field_shown(name, label, take(length), |_: &[u8]| Value::Static(""))
        .map(drop)
}
