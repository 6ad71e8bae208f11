//! `wiretalk packets`.

use super::{Format, csv, json::Object, wanted};
use crate::{
    ports::Ports,
    store::{PacketRecord, Store},
    view::{Details, Viewer},
    words::{printable, seconds},
};
use dissectors::{Field, Kind};
use std::io::{self, Write};

/// What is wanted of the packets.
pub struct PacketOptions {
    /// How they are written.
    pub format: Format,
    /// With every field.
    pub detail: bool,
    /// Only those of conversations with these ports.
    pub ports: Ports,
    /// Sequence numbers as they are on the wire.
    pub absolute_seq: bool,
    /// Show passwords and other secrets.
    pub show_secrets: bool,
}

/// Writes the packets of a capture.
pub fn packets(store: &Store, options: &PacketOptions, out: &mut impl Write) -> io::Result<()> {
    let contents = store.read();
    let mut viewer = Viewer::new(store.bytes().clone());
    viewer.absolute_seq = options.absolute_seq;
    viewer.show_secrets = options.show_secrets;
    let mut details = Details::default();
    let first_ns = contents.began_ns();
    if options.format == Format::Csv {
        writeln!(
            out,
            "number,time_ns,source,destination,protocol,length,conversation,info"
        )?;
    }
    let mut line = String::new();
    let mut widths = [15, 15];
    for (number, record) in contents.packets.range(1, contents.packets.len() as u32) {
        if !options.ports.is_empty()
            && !record
                .conversation()
                .is_some_and(|(id, _)| wanted(&contents, &options.ports, id))
        {
            continue;
        }
        viewer.view(&contents, number, &mut details, options.detail)?;
        let summary = &details.summary;
        let conversation = record
            .conversation()
            .and_then(|(id, _)| contents.tracker.get(id));
        let conversation = conversation.map(|conversation| conversation.id());
        line.clear();
        match options.format {
            Format::Json => {
                write_json(
                    &mut line,
                    number,
                    record,
                    conversation.as_deref(),
                    &details,
                    options.detail,
                );
            }
            Format::Csv => {
                let cells = [
                    number.to_string(),
                    record.time_ns.to_string(),
                    summary.source.clone(),
                    summary.destination.clone(),
                    summary.protocol.to_owned(),
                    record.original.to_string(),
                    conversation.unwrap_or_default(),
                    printable(&summary.info),
                ];
                line = cells.map(|cell| csv(&cell)).join(",");
            }
            Format::Text => {
                // Columns widen where an address needs it; what was written stays as it is.
                for (width, text) in widths
                    .iter_mut()
                    .zip([&summary.source, &summary.destination])
                {
                    *width = (*width).max(text.chars().count());
                }
                let [source, destination] = widths;
                line = format!(
                    "{number:>5} {:>12} {:>source$} → {:<destination$} {:<8} {:>5} {}",
                    seconds(record.time_ns.saturating_sub(first_ns), 6),
                    summary.source,
                    summary.destination,
                    summary.protocol,
                    record.original,
                    printable(&summary.info)
                );
            }
        }
        line.push('\n');
        out.write_all(line.as_bytes())?;
    }
    Ok(())
}

fn write_json(
    line: &mut String,
    number: u32,
    record: &PacketRecord,
    conversation: Option<&str>,
    details: &Details,
    detail: bool,
) {
    let summary = &details.summary;
    let mut object = Object::open(line);
    object
        .plain("number", number)
        .plain("time_ns", record.time_ns)
        .plain("length", record.original)
        .plain("captured_length", record.captured);
    match conversation {
        Some(id) => object.text("conversation", id),
        None => object.plain("conversation", "null"),
    };
    object
        .text("source", &summary.source)
        .text("destination", &summary.destination)
        .text("protocol", summary.protocol)
        .text("info", &summary.info)
        .plain("analysis", "[]");
    if detail {
        object.with("layers", |text| write_layers(text, &details.tree.fields));
    }
    object.close();
}

/// Every layer, also those inside parts of others, in the order in which they begin.
fn write_layers(text: &mut String, fields: &[Field]) {
    text.push('[');
    let begins = |field: &Field| matches!(field.kind, Kind::Layer(_));
    for (at, field) in fields.iter().enumerate().filter(|(_, field)| begins(field)) {
        if at > 0 {
            text.push_str(", ");
        }
        write_field(text, field, inside(field, &fields[at + 1..]));
    }
    text.push(']');
}

/// The rows below a row, of those that follow it.
fn inside<'a>(field: &Field, behind: &'a [Field]) -> &'a [Field] {
    let below = behind
        .iter()
        .take_while(|child| child.depth > field.depth)
        .count();
    &behind[..below]
}

/// Rows that stand beside each other, each with those below it. What is a layer of its own is written there.
fn write_fields(text: &mut String, fields: &[Field]) {
    text.push('[');
    let mut rest = fields;
    let mut first = true;
    while let Some((field, behind)) = rest.split_first() {
        let inside = inside(field, behind);
        if !matches!(field.kind, Kind::Layer(_)) {
            if !std::mem::take(&mut first) {
                text.push_str(", ");
            }
            write_field(text, field, inside);
        }
        rest = &behind[inside.len()..];
    }
    text.push(']');
}

fn write_field(text: &mut String, field: &Field, children: &[Field]) {
    let mut object = Object::open(text);
    object.text("name", field.name);
    if !matches!(field.kind, Kind::Layer(_)) {
        if let Some(show) = field.value.show() {
            object.text("show", &show);
        }
        object.text("label", field.label);
    }
    object
        .plain("pos", field.bytes.start)
        .plain("size", field.bytes.len());
    if matches!(field.kind, Kind::Layer(_)) || !children.is_empty() {
        object.with("fields", |text| write_fields(text, children));
    }
    object.close();
}
