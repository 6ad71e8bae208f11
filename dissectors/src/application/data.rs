//! Bytes that no dissector claims.

use crate::{Base, Dissector, Layer, Next, OsiLayer, Outcome, Selector, Value};
use nom::bytes::take;

/// Stands for whatever is not known.
pub const DISSECTOR: Dissector = Dissector {
    name: "data",
    label: "Data",
    column: "",
    layer: OsiLayer::Application,
    selectors: &[Selector::media("application/octet-stream")],
    dissect,
    talk: None,
};

fn dissect(data: &mut Layer) -> Outcome {
    let length = data.rest().len();
    data.title(|| format!("{length} bytes"));
    data.field("data.data", "Data", take(length))?;
    data.computed("data.len", "Length", || {
        Value::Number(length as u64, Base::Dec)
    });
    Ok(Next::Nothing)
}
