//! The rows of a packet as the layers of `tshark -T pdml`.

use dissectors::{Field, FieldKind};

/// The name in tshark's PDML for an element that is not a layer: a field outside every protocol, and undissected bytes.
pub(super) const WRAPPER: &str = "fake-field-wrapper";

/// An element of a packet, with the rows below it.
pub(super) enum Element<'a> {
    /// A layer.
    Layer(&'a Field, &'a [Field]),
    /// A field in the form of a layer.
    Wrapped(&'a Field, &'a [Field]),
}

/// Where layers inside parts of others are, such as the packet that an ICMP error quotes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Inner {
    /// Among the others, in the order in which they begin.
    Beside,
    /// Where they are.
    Within,
}

/// Returns the layers.
pub(super) fn elements(fields: &[Field], inner: Inner) -> Vec<Element<'_>> {
    let mut all = Vec::new();
    let mut holds_data = false;
    for (at, field) in fields.iter().enumerate() {
        let behind = &fields[at + 1..];
        if is_data(field) {
            let alone = field.depth == 0 && !std::mem::take(&mut holds_data);
            if alone {
                all.push(Element::Wrapped(field, inside(field, behind)));
            }
        } else if is_layer(field) && (field.depth == 0 || inner == Inner::Beside) {
            let mut children = inside(field, behind);
            if field.depth == 0 {
                // These protocols have their undissected payload as a field.
                let next = behind.get(children.len()).filter(|next| is_data(next));
                let holder = matches!(field.name, "http" | "icmp" | "icmpv6");
                holds_data = holder && next.is_some();
                if let Some(data) = next.filter(|_| holder) {
                    let data = inside(data, &behind[children.len() + 1..]);
                    children = &behind[..children.len() + 1 + data.len()];
                }
            }
            all.push(Element::Layer(field, children));
            for (row, inside) in beside(children).filter(|(row, _)| is_outside(field, row)) {
                all.push(Element::Wrapped(row, inside));
            }
        }
    }
    all
}

pub(super) fn is_layer(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Layer(_))
}

fn is_data(field: &Field) -> bool {
    is_layer(field) && field.name == "data"
}

/// Whether tshark has a field of a layer beside the layer: data joined from several packets, and results about a
/// transfer.
fn is_outside(layer: &Field, field: &Field) -> bool {
    match layer.name {
        "tcp" => field.name == "tcp.segments",
        "ftp" | "ftp-data" => field.kind == FieldKind::Computed && !field.name.is_empty(),
        _ => false,
    }
}

/// Returns the rows below a row, among those that follow it.
fn inside<'a>(field: &Field, behind: &'a [Field]) -> &'a [Field] {
    let below = behind
        .iter()
        .take_while(|child| child.depth > field.depth)
        .count();
    &behind[..below]
}

/// Iterates over sibling rows, each with those below it.
fn beside(fields: &[Field]) -> impl Iterator<Item = (&Field, &[Field])> {
    let mut rest = fields;
    std::iter::from_fn(move || {
        let (field, behind) = rest.split_first()?;
        let inside = inside(field, behind);
        rest = &behind[inside.len()..];
        Some((field, inside))
    })
}

/// Iterates over the rows that are written below `above`, each with those below it.
pub(super) fn children<'a>(
    above: &Field,
    fields: &'a [Field],
    inner: Inner,
) -> impl Iterator<Item = (&'a Field, &'a [Field])> {
    let is_element =
        move |field: &Field| inner == Inner::Beside && is_layer(field) && !is_data(field);
    beside(fields).filter(move |(field, _)| !is_element(field) && !is_outside(above, field))
}
