//! Bytes that no dissector claims.

use crate::{
    Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector, application::ascii::bytes,
};
use nom::bytes::take;

/// The dissector of everything that is not known.
pub const DISSECTOR: Dissector = Dissector {
    name: "data",
    label: "Data",
    column: "",
    layer: OsiLayer::Application,
    selectors: &[Selector::media("application/octet-stream")],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[FieldDef::bytes("data.data"), FieldDef::i32("data.len")];

fn dissect(data: &mut Layer) -> Outcome {
    let length = data.rest().len();
    data.title(|| bytes(length as u64));
    data.field("data.data", "Data", take(length))?;
    data.computed("data.len", "Length", || length as i64);
    Ok(Next::Nothing)
}
