//! `wiretalk explain`.

use super::json::{List, Object};
use crate::{
    explain,
    lang::{osi_layer, tcp_ip_layer},
    store::Store,
    view::Viewer,
};
use std::io::{self, Write};

/// How a packet is explained.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExplainOptions {
    /// As JSON.
    pub json: bool,
    /// Sequence numbers as they are on the wire.
    pub absolute_seq: bool,
    /// Passwords are shown.
    pub show_secrets: bool,
}

/// Explains a packet: a heading for each layer, and below it a sentence in each line.
///
/// # Errors
///
/// Fails if there is no such packet, if it cannot be read, and with the errors of the output.
pub fn explain(
    store: &Store,
    number: u32,
    options: ExplainOptions,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut viewer = Viewer::new(store.clone());
    viewer.absolute_seq = options.absolute_seq;
    viewer.show_secrets = options.show_secrets;
    let details = viewer.details(number)?;
    let paragraphs = explain::packet(&mut viewer, number, &details);
    if !options.json {
        for paragraph in paragraphs {
            writeln!(out, "{}", paragraph.heading())?;
            for sentence in paragraph.sentences {
                writeln!(out, "  {sentence}")?;
            }
        }
        return Ok(());
    }
    let mut text = String::new();
    let mut object = Object::open(&mut text);
    object.plain("number", number).with("layers", |text| {
        let mut list = List::open(text);
        for paragraph in &paragraphs {
            let mut layer = Object::open(list.element());
            layer
                .plain("layer", paragraph.layer.number())
                .text("osi", osi_layer(paragraph.layer))
                .text("tcp_ip", tcp_ip_layer(paragraph.layer))
                .text("protocol", &paragraph.protocol)
                .with("sentences", |text| {
                    let mut list = List::open(text);
                    for sentence in &paragraph.sentences {
                        super::json::string(list.element(), sentence);
                    }
                    list.close();
                });
            layer.close();
        }
        list.close();
    });
    object.close();
    writeln!(out, "{text}")
}
