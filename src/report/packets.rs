//! `wiretalk packets`.

use super::{
    Format, TsharkWriter, csv,
    json::{List, Object},
    layers::{Element, Inner, WRAPPER, children, elements, is_layer},
};
use crate::{
    cell,
    columns::{
        chosen::{self, Chosen},
        packets::PacketColumn,
    },
    filter::{Examined, Filter, Search},
    format::printable,
    ports::Ports,
    store::{Contents, PacketRecord, Store},
    times::{Origins, TimeStyle},
    track::ConversationId,
    view::{Details, Viewer},
};
use dissectors::Field;
use std::{
    io::{self, Write},
    sync::Arc,
};

/// The options of `packets`.
pub struct PacketOptions {
    /// How they are written.
    pub format: Format,
    /// With every field.
    pub detail: bool,
    /// Only the packets of conversations with these ports.
    pub ports: Ports,
    /// Only the packets for which all of these hold.
    pub filters: Vec<Filter>,
    /// The packet that `${…}` in them refers to.
    pub selected: Option<u32>,
    /// On how many threads it is applied; 0 chooses by the number of processors.
    pub threads: usize,
    /// Only the first packets of the capture.
    pub count: Option<u32>,
    /// As tshark writes them, instead of `format`.
    pub tshark: Option<TsharkWriter>,
    /// Sequence numbers as on the wire.
    pub absolute_seq: bool,
    /// Show passwords and other secrets.
    pub show_secrets: bool,
    /// The columns of text and CSV, if they were chosen.
    pub columns: Option<Vec<Chosen<PacketColumn>>>,
    /// How times are written, in text.
    pub time: TimeStyle,
}

/// Writes packets as they become known.
pub struct Packets {
    options: PacketOptions,
    viewer: Viewer,
    /// The packets that one chooses are given to the next.
    searches: Vec<Search>,
    details: Details,
    /// The number of the next one.
    next: u32,
    /// The time of the last one that was written.
    previous_ns: Option<i64>,
    /// How many were evicted before they were written.
    missed: u64,
    /// Whether the heading was written.
    headed: bool,
    line: String,
    widths: [usize; 2],
    /// The fields in chosen columns, and how wide those have become.
    fields: Arc<[Filter]>,
    chosen_widths: Vec<usize>,
}

/// The widest address that widens its column: no IPv6 address is longer.
const MAX_ADDRESS: usize = 45;

/// Packets that are copied from the store at a time; they are read and written while it is not locked.
const BATCH: usize = 256;

/// The stored data of a packet that is to be written.
struct Known {
    number: u32,
    record: PacketRecord,
    conversation: Option<String>,
    /// The conversation whose last packet it is.
    ends: Option<ConversationId>,
    comments: Vec<String>,
    /// The name of its file, if the capture has several.
    file: Option<Arc<str>>,
}

impl Known {
    /// Copies the stored data of a packet; none if it was evicted.
    fn of(contents: &Contents, number: u32) -> Option<Self> {
        let record = contents.packets.get(number)?;
        let id = record.conversation().map(|(id, _)| id);
        let conversation = id.and_then(|id| contents.tracker.get(id));
        let ends = conversation.is_some_and(|it| it.last_packet <= number);
        Some(Known {
            number,
            record: *record,
            ends: id.filter(|_| ends),
            conversation: conversation.map(|conversation| conversation.id()),
            comments: contents.comments.get(&number).cloned().unwrap_or_default(),
            file: contents.file_of(record),
        })
    }
}

impl Packets {
    /// Begins at the first packet.
    pub fn new(store: &Store, mut options: PacketOptions) -> Self {
        let mut viewer = Viewer::new(store.clone());
        viewer.absolute_seq = options.absolute_seq;
        viewer.show_secrets = options.show_secrets;
        Packets {
            fields: chosen::filters(options.columns.as_deref().unwrap_or_default()),
            chosen_widths: Vec::new(),
            searches: std::mem::take(&mut options.filters)
                .into_iter()
                .map(|filter| {
                    let mut search = Search::new(store, filter, options.threads);
                    search.refer_to(options.selected);
                    search
                })
                .collect(),
            options,
            viewer,
            details: Details::default(),
            next: 1,
            previous_ns: None,
            missed: 0,
            headed: false,
            line: String::new(),
            widths: [15, 15],
        }
    }

    /// Returns how many were evicted before they were written.
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// Writes the packets that have come since the last call.
    ///
    /// # Errors
    ///
    /// Fails if the output is closed, or the capture can no longer be read.
    pub fn go_on(&mut self, store: &Store, out: &mut impl Write) -> io::Result<()> {
        if !std::mem::replace(&mut self.headed, true) {
            match (&mut self.options.tshark, &self.options.columns) {
                (Some(tshark), _) => tshark.begin(out)?,
                (None, Some(columns)) if self.options.format == Format::Csv => {
                    let names = columns.iter().map(csv_heading);
                    writeln!(out, "{}", names.collect::<Vec<_>>().join(","))?;
                }
                (None, None) if self.options.format == Format::Csv => writeln!(
                    out,
                    "number,time_ns,source,destination,protocol,length,conversation,info"
                )?,
                _ => {}
            }
        }
        loop {
            let (numbers, last) = self.take(&store.read());
            for number in self.selected(store, numbers)? {
                let Some(known) = Known::of(&store.read(), number) else {
                    self.missed += 1;
                    continue;
                };
                let from = self.origins(&store.read(), &known);
                match self.view(number) {
                    Ok(()) if self.options.columns.is_some() => {
                        self.write_chosen(store, from, &known, out)?;
                    }
                    Ok(()) => self.write(store, from, &known, out)?,
                    Err(_) if store.read().packets.get(number).is_none() => self.missed += 1,
                    Err(error) => return Err(error),
                }
                if let Some(id) = known.ends {
                    self.viewer.forget_conversation(id);
                }
            }
            if self.next > last {
                return Ok(());
            }
            if !self.searches.is_empty() {
                out.flush()?;
            }
        }
    }

    /// Returns what the time of a packet can be counted from.
    fn origins(&mut self, contents: &Contents, known: &Known) -> Origins {
        let time_ns = known.record.order_ns;
        let before = contents.packets.get(known.number - 1);
        let shown = self.previous_ns.replace(time_ns);
        Origins {
            first_ns: contents.began_ns(),
            previous_ns: before.map_or(time_ns, |before| before.order_ns),
            previous_shown_ns: shown.unwrap_or(time_ns),
        }
    }

    /// Returns those of the packets for which the filters hold.
    fn selected(&mut self, store: &Store, numbers: Vec<u32>) -> io::Result<Vec<u32>> {
        let mut selected = numbers;
        for search in &mut self.searches {
            let results = search.holds(&selected);
            let mut kept = Vec::new();
            for (number, holds) in selected.iter().zip(results) {
                match holds {
                    Ok(true) => kept.push(*number),
                    Ok(false) => {}
                    Err(_) if store.read().packets.get(*number).is_none() => self.missed += 1,
                    Err(error) => return Err(error),
                }
            }
            selected = kept;
        }
        Ok(selected)
    }

    /// Reads a packet as far as it is written.
    fn view(&mut self, number: u32) -> io::Result<()> {
        let tshark = self.options.tshark.as_ref();
        let detail = tshark.map_or(self.options.detail, TsharkWriter::needs_tree);
        let detail = detail || !self.fields.is_empty();
        self.viewer.view(number, &mut self.details, detail)
    }

    /// Writes what comes behind the packets.
    ///
    /// # Errors
    ///
    /// Fails if the output is closed.
    pub fn end(&mut self, out: &mut impl Write) -> io::Result<()> {
        match &mut self.options.tshark {
            Some(tshark) => tshark.end(out),
            None => Ok(()),
        }
    }

    /// Returns the numbers of the next packets with the ports that were asked for, and the number of the last one.
    fn take(&mut self, contents: &Contents) -> (Vec<u32>, u32) {
        let there = contents.packets.len() as u32;
        let last = self.options.count.map_or(there, |count| count.min(there));
        let batches = self.searches.iter_mut().map(Search::batch);
        let batch = batches.max().unwrap_or(BATCH);
        let mut numbers = Vec::with_capacity(batch);
        for (number, record) in contents.packets.range(self.next, last).take(batch) {
            self.missed += u64::from(number - self.next);
            self.next = number + 1;
            let ports = &self.options.ports;
            let conversation = record.conversation();
            if ports.is_empty()
                || conversation.is_some_and(|(id, _)| ports.select(&contents.tracker, id))
            {
                numbers.push(number);
            }
        }
        (numbers, last)
    }

    /// Writes the columns that were chosen.
    fn write_chosen(
        &mut self,
        store: &Store,
        from: Origins,
        known: &Known,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let columns = self.options.columns.as_deref().unwrap_or_default();
        let is_csv = self.options.format == Format::Csv;
        let packet = Examined::new(&store.read(), known.number, &self.details, &*self.fields);
        let summary = &self.details.summary;
        let Known { number, record, .. } = known;
        self.chosen_widths.resize(columns.len(), 0);
        self.line.clear();
        for (at, column) in columns.iter().enumerate() {
            let cell = match (column.own(), column.filter()) {
                (Some(PacketColumn::Number), _) => number.to_string(),
                (Some(PacketColumn::Time), _) if record.time_ns().is_none() => String::new(),
                (Some(PacketColumn::Time), _) if is_csv => time_ns(record).unwrap_or_default(),
                (Some(PacketColumn::Time), _) => self.options.time.text(record.order_ns, from, 6),
                (Some(PacketColumn::Source), _) => summary.source.clone(),
                (Some(PacketColumn::Destination), _) => summary.destination.clone(),
                (Some(PacketColumn::Protocol), _) => summary.protocol.to_owned(),
                (Some(PacketColumn::Length), _) => record.original.to_string(),
                (Some(PacketColumn::Info), _) => printable(&summary.info),
                (None, filter) => filter.map_or(String::new(), |it| printable(&packet.text(it))),
            };
            if is_csv {
                let comma = if at > 0 { "," } else { "" };
                self.line += &format!("{comma}{}", csv(&cell));
                continue;
            }
            // Columns widen if a cell needs it; earlier lines are not changed.
            let width = &mut self.chosen_widths[at];
            *width = (*width).max(cell::width(&cell).min(MAX_ADDRESS));
            let is_number = column.own().is_some_and(PacketColumn::is_number);
            let blanks = width.saturating_sub(cell::width(&cell));
            if is_number {
                cell::add_blanks(&mut self.line, blanks);
            }
            self.line += &cell;
            cell::add_blanks(&mut self.line, if is_number { 2 } else { blanks + 2 });
        }
        writeln!(out, "{}", self.line.trim_end())
    }

    fn write(
        &mut self,
        store: &Store,
        from: Origins,
        known: &Known,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let Known {
            number,
            record,
            conversation,
            ..
        } = known;
        if let Some(tshark) = &mut self.options.tshark {
            tshark.take(&store.read(), *number, &self.details);
            return tshark.packet(*number, record, &self.details, from, out);
        }
        let (options, details) = (&self.options, &self.details);
        let summary = &details.summary;
        let line = &mut self.line;
        line.clear();
        match options.format {
            Format::Json => {
                write_json(line, known, details, options.detail);
            }
            Format::Csv => {
                let cells = [
                    number.to_string(),
                    time_ns(record).unwrap_or_default(),
                    summary.source.clone(),
                    summary.destination.clone(),
                    summary.protocol.to_owned(),
                    record.original.to_string(),
                    conversation.clone().unwrap_or_default(),
                    printable(&summary.info),
                ];
                *line = cells.map(|cell| csv(&cell)).join(",");
            }
            Format::Text => {
                // Columns widen if an address needs it; earlier lines are not changed.
                let addresses = [&summary.source, &summary.destination];
                for (width, text) in self.widths.iter_mut().zip(addresses) {
                    *width = (*width).max(text.chars().count()).min(MAX_ADDRESS);
                }
                let [source, destination] = self.widths;
                let time = match record.time_ns().is_some() {
                    true => options.time.text(record.order_ns, from, 6),
                    false => String::new(),
                };
                *line = format!(
                    "{number:>5} {time:>12} {:>source$} → {:<destination$} {:<8} {:>5} {}",
                    summary.source,
                    summary.destination,
                    summary.protocol,
                    record.original,
                    printable(&summary.info)
                );
            }
        }
        line.push('\n');
        out.write_all(line.as_bytes())
    }
}

/// Returns the name of a chosen column in the CSV.
fn csv_heading(column: &Chosen<PacketColumn>) -> String {
    let own = column.own().filter(|_| column.title.is_none());
    own.map_or_else(|| csv(&column.heading()), |own| own.csv_name().to_owned())
}

/// Returns the time of a packet in nanoseconds, if it has one.
fn time_ns(record: &PacketRecord) -> Option<String> {
    record.time_ns().map(|time_ns| time_ns.to_string())
}

fn write_json(line: &mut String, known: &Known, details: &Details, detail: bool) {
    let Known {
        number,
        record,
        conversation,
        comments,
        file,
        ..
    } = known;
    let summary = &details.summary;
    let mut object = Object::open(line);
    object
        .plain("number", number)
        .plain("time_ns", time_ns(record).as_deref().unwrap_or("null"))
        .plain("length", record.original)
        .plain("captured_length", record.captured);
    match conversation {
        Some(id) => object.text("conversation", id),
        None => object.plain("conversation", "null"),
    };
    if let Some(file) = file {
        object.text("file", file);
    }
    object
        .text("source", &summary.source)
        .text("destination", &summary.destination)
        .text("protocol", summary.protocol)
        .text("info", &summary.info)
        .with("analysis", |text| {
            let mut list = List::open(text);
            let flags = details.analysis.map(|analysis| analysis.flags);
            for field in flags.iter().flat_map(|flags| flags.fields()) {
                *list.element() += &format!("\"{field}\"");
            }
            list.close();
        });
    if record.is_duplicate() {
        object.plain("duplicate", true);
    }
    if detail {
        object.with("layers", |text| {
            write_layers(text, comments, &details.tree.fields);
        });
    }
    object.close();
}

/// Writes every layer, including those inside parts of others, in the order in which they begin: those of
/// `tshark -T pdml`, so that a consumer of one can read the other. Comments on the packet come before them.
fn write_layers(text: &mut String, comments: &[String], fields: &[Field]) {
    let mut list = List::open(text);
    for comment in comments {
        Object::open(list.element())
            .text("name", "pkt_comment")
            .plain("pos", 0)
            .plain("size", 0)
            .with("fields", |text| {
                let mut list = List::open(text);
                Object::open(list.element())
                    .text("name", "frame.comment")
                    .text("show", comment)
                    .text("label", "Comment")
                    .plain("pos", 0)
                    .plain("size", 0)
                    .close();
                list.close();
            })
            .close();
    }
    for element in elements(fields, Inner::Beside) {
        match element {
            Element::Layer(field, children) => write_field(list.element(), field, children),
            Element::Wrapped(field, children) => write_wrapped(list.element(), field, children),
        }
    }
    list.close();
}

/// Writes a field in the form of a layer.
fn write_wrapped(text: &mut String, field: &Field, children: &[Field]) {
    Object::open(text)
        .text("name", WRAPPER)
        .plain("pos", field.bytes.start)
        .plain("size", field.bytes.len())
        .with("fields", |text| {
            let mut list = List::open(text);
            write_field(list.element(), field, children);
            list.close();
        })
        .close();
}

/// Writes the rows below `above`. A row that is a layer is written with the layers.
fn write_fields(text: &mut String, above: &Field, fields: &[Field]) {
    let mut list = List::open(text);
    for (field, inside) in children(above, fields, Inner::Beside) {
        write_field(list.element(), field, inside);
    }
    list.close();
}

fn write_field(text: &mut String, field: &Field, children: &[Field]) {
    let mut object = Object::open(text);
    object.text("name", field.name);
    if !is_layer(field) {
        if let Some(show) = field.value.show() {
            object.text("show", &show);
        }
        object.text("label", field.label);
    }
    object
        .plain("pos", field.bytes.start)
        .plain("size", field.bytes.len());
    if is_layer(field) || !children.is_empty() {
        object.with("fields", |text| write_fields(text, field, children));
    }
    object.close();
}
