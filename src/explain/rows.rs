//! The rows of one layer of a packet, by the names of their fields.

use crate::format::printable;
use dissectors::{Field, FieldKind, LayerInfo, Value};

/// A layer of a packet.
#[derive(Clone, Copy)]
pub struct LayerRows<'a> {
    /// Its protocol.
    pub info: LayerInfo,
    /// Its heading.
    pub heading: &'a Field,
    /// The rows below the heading.
    pub rows: &'a [Field],
}

/// Divides the rows of a packet into its layers, outermost first.
pub fn layers(fields: &[Field]) -> Vec<LayerRows<'_>> {
    let is_heading = |field: &Field| field.depth == 0;
    let mut found = Vec::new();
    let mut rest = fields;
    while let [heading, behind @ ..] = rest {
        let end = behind.iter().position(is_heading);
        let (rows, next) = behind.split_at(end.unwrap_or(behind.len()));
        rest = next;
        if let FieldKind::Layer(info) = heading.kind {
            found.push(LayerRows {
                info,
                heading,
                rows,
            });
        }
    }
    found
}

impl<'a> LayerRows<'a> {
    /// Returns the first row of this name.
    pub fn find(&self, name: &str) -> Option<&'a Field> {
        self.rows.iter().find(|row| row.name == name)
    }

    /// Returns the number in the first row of this name.
    pub fn number(&self, name: &str) -> Option<u64> {
        number(self.find(name)?)
    }

    /// Returns the value of the first row of this name as text, fit for the screen.
    pub fn shown(&self, name: &str) -> Option<String> {
        let value = self.find(name)?.value.to_string();
        Some(printable(&value)).filter(|value| !value.is_empty())
    }

    /// Whether the bit in the first row of this name is set.
    pub fn is_set(&self, name: &str) -> bool {
        self.number(name) == Some(1)
    }
}

/// Returns the number of a row.
pub fn number(field: &Field) -> Option<u64> {
    match &field.value {
        Value::Number(number, _) | Value::Named(number, ..) => Some(*number),
        Value::Flag(set, ..) => Some(u64::from(*set)),
        Value::Signed(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}
