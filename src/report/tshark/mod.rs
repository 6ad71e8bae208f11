//! Packets in the formats of tshark's `-T`, so that what reads its output reads this one.
//!
//! | file | holds |
//! |---|---|
//! | `options.rs` | `-T`, `-e` and `-E` |
//! | `node.rs` | a packet as tshark's tree |
//! | `columns.rs` | `text`, `tabs`, `psml`: the line of a packet |
//! | `fields.rs` | `fields`: the values of chosen fields |
//! | `json.rs` | `json`, `ek` |
//! | `pdml.rs` | `pdml` |
//! | `times.rs` | points in time |

mod columns;
mod fields;
mod json;
mod node;
mod options;
mod pdml;
mod times;

pub use options::{Form, Layout, TsharkOptions, Wanted};

use crate::{
    filter::own_fields,
    format::printable,
    store::{Contents, PacketRecord},
    times::{Origins, TimeStyle},
    view::Details,
};
use columns::Columns;
use dissectors::Value;
use std::io::{self, Write};

/// A packet that is written.
struct Shown<'a> {
    record: &'a PacketRecord,
    /// The fields of its record and its conversation.
    own: &'a [(&'static str, Value)],
    details: &'a Details,
    columns: Columns,
}

/// Writes packets in one of the formats.
pub struct TsharkWriter {
    options: TsharkOptions,
    /// How times are written in the columns of the list.
    pub time: TimeStyle,
    /// The name of the capture.
    name: String,
    own: Vec<(&'static str, Value)>,
    text: String,
    written: u64,
    /// When the previous packet was that was written.
    previous_ns: Option<i64>,
}

impl TsharkWriter {
    /// Returns a writer for the packets of the capture with this name.
    pub fn new(options: TsharkOptions, name: String) -> Self {
        TsharkWriter {
            options,
            time: TimeStyle::default(),
            name,
            own: Vec::new(),
            text: String::new(),
            written: 0,
            previous_ns: None,
        }
    }

    /// Whether it needs the fields of packets.
    pub fn needs_tree(&self) -> bool {
        self.options.needs_tree()
    }

    /// Writes what comes before the packets.
    ///
    /// # Errors
    ///
    /// Fails if the output is closed.
    pub fn begin(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.text.clear();
        let text = &mut self.text;
        match self.options.form {
            Form::Text | Form::Tabs | Form::Ek => {}
            Form::Psml => columns::begin(text),
            Form::Pdml => pdml::begin(text, &self.name),
            Form::Json => text.push('['),
            Form::Fields => fields::begin(text, &self.options),
        }
        out.write_all(text.as_bytes())
    }

    /// Copies what is known of a packet besides its bytes.
    pub fn take(&mut self, contents: &Contents, number: u32, details: &Details) {
        self.own.clear();
        own_fields(contents, number, details, &|_| true, &mut self.own);
        let place =
            |wanted: &str, own: &[(&str, Value)]| own.iter().position(|(name, _)| *name == wanted);
        if contents.about.sections.is_empty() {
            // To tshark a classic capture has no interfaces.
            let is_interface = |name: &str| name.starts_with("frame.interface_");
            self.own.retain(|(name, _)| !is_interface(name));
        } else if let Some(id) = place("frame.interface_id", &self.own)
            && place("frame.interface_name", &self.own).is_none()
        {
            let unknown = Value::Static("unknown");
            self.own.insert(id + 1, ("frame.interface_name", unknown));
        }
    }

    /// Writes the packet of which [`TsharkWriter::take`] was called before.
    ///
    /// # Errors
    ///
    /// Fails if the output is closed.
    pub fn packet(
        &mut self,
        number: u32,
        record: &PacketRecord,
        details: &Details,
        from: Origins,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let previous_ns = self.previous_ns.replace(record.origin_ns());
        let mut own = self.own.iter_mut();
        if let Some((_, value)) = own.find(|(name, _)| *name == "frame.time_delta_displayed") {
            let since = previous_ns.map_or(0, |previous| record.order_ns.saturating_sub(previous));
            *value = Value::Duration(since);
        }
        let shown = Shown {
            record,
            own: &self.own,
            details,
            columns: Columns::of(number, record, (self.time, from), &details.summary),
        };
        self.text.clear();
        let text = &mut self.text;
        match self.options.form {
            Form::Text => shown.columns.line(text, ' '),
            Form::Tabs => shown.columns.line(text, '\t'),
            Form::Psml => shown.columns.section(text),
            Form::Pdml => pdml::packet(text, &shown, &self.options),
            Form::Json => {
                text.push_str(if self.written > 0 { ",\n" } else { "\n" });
                json::packet(text, &shown, &self.options);
            }
            Form::Ek => json::document(text, &shown, &self.options),
            Form::Fields => fields::line(text, &shown, &self.options),
        }
        self.written += 1;
        if self.options.to_terminal {
            let lines = self.text.split('\n').map(|line| match self.options.form {
                // Tabs between columns stay.
                Form::Fields | Form::Tabs => {
                    let cells: Vec<_> = line.split('\t').map(printable).collect();
                    cells.join("\t")
                }
                _ => printable(line),
            });
            self.text = lines.collect::<Vec<_>>().join("\n");
        }
        out.write_all(self.text.as_bytes())
    }

    /// Writes what comes behind the packets.
    ///
    /// # Errors
    ///
    /// Fails if the output is closed.
    pub fn end(&mut self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(match (self.options.form, self.written) {
            (Form::Json, 0) => b"]\n",
            (Form::Json, _) => b"\n]\n",
            (Form::Pdml, _) => b"</pdml>\n",
            (Form::Psml, _) => b"</psml>\n",
            _ => b"",
        })
    }
}

/// Returns the text of the layer `frame`: `Frame 1: 42 bytes on wire (336 bits), 42 bytes captured (336 bits)`.
fn frame_title(own: &[(&'static str, Value)]) -> String {
    let number = |wanted: &str| {
        let found = own.iter().find(|(name, _)| *name == wanted);
        found.and_then(|(_, value)| match value {
            Value::Number(number, _) => Some(*number),
            _ => None,
        })
    };
    let extent = |name: &str| {
        let bytes = number(name).unwrap_or_default();
        let unit = if bytes == 1 { "byte" } else { "bytes" };
        (bytes, unit, 8 * bytes)
    };
    let (length, bytes, bits) = extent("frame.len");
    let (captured, captured_bytes, captured_bits) = extent("frame.cap_len");
    let mut title = format!(
        "Frame {}: {length} {bytes} on wire ({bits} bits), {captured} {captured_bytes} captured ({captured_bits} bits)",
        number("frame.number").unwrap_or_default()
    );
    let name = own.iter().find(|(name, _)| *name == "frame.interface_name");
    let name = name.and_then(|(_, name)| name.show());
    if let (Some(name), Some(id)) = (name, number("frame.interface_id")) {
        title += &format!(" on interface {name}, id {id}");
    }
    title
}
