//! A packet's line in the list.

use crate::{
    filter::{Examined, Filter},
    format::printable,
    lang::text,
    ui::color_rules::{self, LineKind},
    view::{Details, Viewer},
};
use std::sync::Arc;

/// What is read for a line besides its summary.
#[derive(Clone, Debug, Default)]
pub struct Extras {
    /// The fields of columns, in order.
    pub fields: Arc<[Filter]>,
    /// Whether the rules of colours are applied.
    pub colors: bool,
}

impl Extras {
    fn needs_fields(&self) -> bool {
        self.colors || !self.fields.is_empty()
    }

    /// Returns the filters that are applied to a packet.
    fn filters(&self) -> impl Iterator<Item = &Filter> {
        let rules = self.colors.then(color_rules::filters);
        rules.into_iter().flatten().chain(self.fields.iter())
    }
}

/// A packet's line, fit for the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacketLine {
    /// Its sender.
    pub source: String,
    /// Its receiver.
    pub destination: String,
    /// Its innermost protocol.
    pub protocol: &'static str,
    /// Its summary.
    pub info: String,
    /// The values of the fields in columns, in order.
    pub fields: Vec<String>,
    /// What determines its colour.
    pub kind: LineKind,
    /// Its conversation was not read to its end so far: the line may change.
    pub provisional: bool,
}

impl PacketLine {
    /// Reads a packet, until the viewer's deadline.
    pub fn read(viewer: &mut Viewer, details: &mut Details, number: u32, extras: &Extras) -> Self {
        match viewer.view(number, details, extras.needs_fields()) {
            Ok(()) => {
                let store = viewer.store().clone();
                let packet = Examined::new(&store.read(), number, details, extras.filters());
                let fields = extras.fields.iter();
                let fields = fields.map(|field| printable(&packet.text(field)));
                let summary = &details.summary;
                PacketLine {
                    fields: fields.collect(),
                    source: printable(&summary.source),
                    destination: printable(&summary.destination),
                    protocol: summary.protocol,
                    info: printable(&summary.info),
                    kind: match extras.colors {
                        true => LineKind::of(&packet, details),
                        false => LineKind::Plain,
                    },
                    provisional: viewer.is_unheard(),
                }
            }
            Err(error) => Self::unreadable(&error.to_string()),
        }
    }

    /// Returns its columns as one text, to be searched.
    pub fn text(&self) -> String {
        let Self {
            source,
            destination,
            protocol,
            info,
            ..
        } = self;
        let own = format!("{source}\t{destination}\t{protocol}\t{info}");
        let fields = self.fields.iter().map(String::as_str);
        let all: Vec<&str> = std::iter::once(&*own).chain(fields).collect();
        all.join("\t")
    }

    /// Returns the line of a packet that cannot be read.
    pub fn unreadable(reason: &str) -> Self {
        PacketLine {
            source: String::new(),
            destination: String::new(),
            protocol: "",
            info: printable(&text!("packet-unreadable", reason)),
            fields: Vec::new(),
            kind: LineKind::Bad,
            provisional: false,
        }
    }
}
