//! The line of a packet in the list: `-T text`, `tabs` and `psml`, and the fields `_ws.col.…`.

use super::pdml::escape;
use crate::{
    format::printable,
    store::PacketRecord,
    times::{Origins, TimeStyle},
};
use dissectors::Summary;

/// The columns of Wireshark's list: their headings, and their other names from version 4.2 on.
const COLUMNS: [(&str, &str); 7] = [
    ("No.", "number"),
    ("Time", "time"),
    ("Source", "def_src"),
    ("Destination", "def_dst"),
    ("Protocol", "protocol"),
    ("Length", "packet_length"),
    ("Info", "info"),
];

/// Returns the position of a column by its name behind `_ws.col.`.
pub(super) fn position(name: &str) -> Option<usize> {
    COLUMNS.iter().position(|(heading, other)| {
        heading.eq_ignore_ascii_case(name) || other.eq_ignore_ascii_case(name)
    })
}

/// The cells of a packet's line.
pub(super) struct Columns([String; 7]);

impl Columns {
    pub(super) fn of(
        number: u32,
        record: &PacketRecord,
        time: (TimeStyle, Origins),
        summary: &Summary,
    ) -> Self {
        let (style, from) = time;
        let time_ns = record.order_ns;
        // The resolution of the capture is not known, only what it takes to write these times.
        let is_coarse = time_ns % 1000 == 0 && from.first_ns % 1000 == 0;
        let digits = if is_coarse { 6 } else { 9 };
        Columns([
            number.to_string(),
            match record.time_ns().is_some() {
                true => style.text(time_ns, from, digits),
                false => String::new(),
            },
            summary.source.clone(),
            summary.destination.clone(),
            summary.protocol.to_owned(),
            record.original.to_string(),
            summary.info.clone(),
        ])
    }

    /// Returns a cell.
    pub(super) fn get(&self, position: usize) -> &str {
        self.0.get(position).map_or("", String::as_str)
    }

    /// Writes the line with this character between columns.
    pub(super) fn line(&self, text: &mut String, separator: char) {
        let [number, time, source, destination, protocol, length, info] = &self.0;
        let info = printable(info);
        let s = separator;
        *text += &format!(
            "{number:>5}{s}{time:>10}{s}{source:>12}{s}→{s}{destination:<12}{s}{protocol}{s}{length}{s}{info}\n"
        );
    }

    /// Writes the element of a packet.
    pub(super) fn section(&self, text: &mut String) {
        text.push_str("<packet>\n");
        for cell in &self.0 {
            text.push_str("<section>");
            escape(text, cell);
            text.push_str("</section>\n");
        }
        text.push_str("</packet>\n\n");
    }
}

/// Writes the beginning of a document.
pub(super) fn begin(text: &mut String) {
    *text += "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
    *text += &format!(
        "<psml version=\"0\" creator=\"wiretalk/{}\">\n<structure>\n",
        env!("CARGO_PKG_VERSION")
    );
    for (heading, _) in COLUMNS {
        *text += &format!("<section>{heading}</section>\n");
    }
    text.push_str("</structure>\n\n");
}
