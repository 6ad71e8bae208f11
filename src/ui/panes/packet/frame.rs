//! The data of a packet besides its bytes: when and where it was captured. It is before the packet's fields and looks
//! like one more layer.

use crate::{
    capture::Interface,
    filter::interface_number,
    format::{grouped, printable},
    lang::{Count, text},
    store::{Contents, PacketRecord},
    track::Side,
};
use chrono::{DateTime, FixedOffset, Utc};
use dissectors::{Base, ByteRange, Field, FieldKind, Group, Severity, Value};

/// Returns the rows, in display order; the first is their heading.
/// Its time is also counted from the packet `reference`.
pub fn fields(contents: &Contents, number: u32, zone: FixedOffset, reference: u32) -> Vec<Field> {
    let Some(record) = contents.packets.get(number) else {
        return Vec::new();
    };
    let mut rows = Rows(Vec::new());
    let interface = contents.interfaces.get(usize::from(record.interface()));
    rows.push(
        0,
        FieldKind::Field,
        "frame",
        text!("frame"),
        Value::None,
        || heading(number, record, interface),
    );
    if let Some(heading) = rows.0.first_mut() {
        heading.bytes.end = record.captured;
    }
    rows.number("frame.number", text!("frame-number"), number.into());
    if record.time_ns().is_some() {
        times(&mut rows, contents, (number, reference), record, zone);
    }
    lengths(&mut rows, record, interface);
    if let Some(interface) = interface {
        // A classic capture does not number its interfaces.
        let numbered = !contents.about.sections.is_empty();
        let id = interface_number(contents, number, record);
        self::interface(&mut rows, id, interface, numbered);
    }
    let file = contents
        .file_of(record)
        .map(|file| file.as_ref().to_owned());
    rows.text("frame.file", text!("frame-file"), &file);
    for (id, direction) in contents.conversations_of(number) {
        let Some(conversation) = contents.tracker.get(id) else {
            continue;
        };
        let (from, to) = match direction {
            Side::Client => (conversation.client, conversation.server),
            Side::Server => (conversation.server, conversation.client),
        };
        let name = match conversation.protocol {
            crate::track::Protocol::Tcp => "tcp.stream",
            crate::track::Protocol::Udp => "udp.stream",
        };
        let Some(stream) = conversation.stream() else {
            continue;
        };
        let stream = Value::Number(stream.into(), Base::Dec);
        let label = text!("frame-conversation");
        rows.push(1, FieldKind::Computed, name, label, stream, || {
            let conversation = conversation.id();
            match direction {
                Side::Client => text!("frame-from-client", conversation, from, to),
                Side::Server => text!("frame-from-server", conversation, from, to),
            }
        });
    }
    for comment in contents.comments.get(&number).into_iter().flatten() {
        let text = Value::Text(printable(comment.trim_end()));
        rows.push(
            1,
            FieldKind::Field,
            "frame.comment",
            text!("frame-comment"),
            text,
            String::new,
        );
    }
    rows.0
}

/// Returns the row for fields beyond the limit.
pub fn left_out(count: usize) -> Field {
    Field {
        name: "",
        label: text!("frame-note"),
        value: Value::Text(text!("frame-fields-left-out", count = Count(count as u64))),
        text: None,
        bytes: ByteRange::default(),
        mask: 0,
        depth: 0,
        kind: FieldKind::Note(Severity::Warning, Group::Protocol),
    }
}

struct Rows(Vec<Field>);

impl Rows {
    /// Adds a row. `words` are shown instead of the value, unless they are empty.
    fn push(
        &mut self,
        depth: u8,
        kind: FieldKind,
        name: &'static str,
        label: &'static str,
        value: Value,
        words: impl FnOnce() -> String,
    ) {
        let words = words();
        self.0.push(Field {
            name,
            label,
            value,
            text: (!words.is_empty()).then_some(words),
            bytes: ByteRange::default(),
            mask: 0,
            depth,
            kind,
        });
    }

    fn number(&mut self, name: &'static str, label: &'static str, number: u64) {
        let value = Value::Number(number, Base::Dec);
        self.push(1, FieldKind::Field, name, label, value, || grouped(number));
    }

    fn text(&mut self, name: &'static str, label: &'static str, text: &Option<String>) {
        if let Some(text) = text.as_deref().filter(|text| !text.is_empty()) {
            let value = Value::Text(printable(text));
            self.push(1, FieldKind::Field, name, label, value, String::new);
        }
    }
}

fn heading(number: u32, record: &PacketRecord, interface: Option<&Interface>) -> String {
    let count = Count(record.original.into());
    let heading = match record.captured == record.original {
        true => text!("frame-all-captured", number, count),
        false => {
            let captured = Count(record.captured.into());
            text!("frame-part-captured", number, count, captured)
        }
    };
    match interface.and_then(|interface| interface.name.as_deref()) {
        Some(name) => format!("{heading}, {}", printable(name)),
        None => heading,
    }
}

fn times(
    rows: &mut Rows,
    contents: &Contents,
    (number, reference): (u32, u32),
    record: &PacketRecord,
    zone: FixedOffset,
) {
    let time = DateTime::<Utc>::from_timestamp_nanos(record.order_ns);
    let value = Value::Time(record.order_ns);
    rows.push(
        1,
        FieldKind::Field,
        "frame.time",
        text!("frame-time"),
        value,
        || {
            let here = time.with_timezone(&zone);
            here.format("%Y-%m-%d %H:%M:%S%.9f %:z").to_string()
        },
    );
    let value = Value::Time(record.order_ns);
    rows.push(
        1,
        FieldKind::Field,
        "frame.time_epoch",
        text!("frame-time-utc"),
        value,
        || time.format("%Y-%m-%dT%H:%M:%S%.9fZ").to_string(),
    );
    let since = |other: u32| {
        let other = contents.packets.get(other)?;
        Some(Value::Duration(
            record.order_ns.saturating_sub(other.order_ns),
        ))
    };
    if let Some(since) = since(reference) {
        let name = "frame.time_relative";
        rows.push(
            1,
            FieldKind::Computed,
            name,
            match reference {
                1 => text!("frame-since-first"),
                _ => text!("frame-since-reference"),
            },
            since,
            String::new,
        );
    }
    if let Some(since) = since(number - 1) {
        let name = "frame.time_delta";
        rows.push(
            1,
            FieldKind::Computed,
            name,
            text!("frame-since-previous"),
            since,
            String::new,
        );
    }
}

fn lengths(rows: &mut Rows, record: &PacketRecord, interface: Option<&Interface>) {
    rows.number("frame.len", text!("frame-length"), record.original.into());
    rows.number(
        "frame.cap_len",
        text!("frame-captured"),
        record.captured.into(),
    );
    let missing = record.original.saturating_sub(record.captured);
    if missing > 0 {
        let count = Count(missing.into());
        let words = match interface.map(|interface| interface.snaplen) {
            Some(limit) if limit > 0 && limit <= record.captured => {
                let limit = text!("count-bytes", count = Count(limit.into()));
                text!("frame-not-captured-limit", count, limit)
            }
            _ => text!("frame-not-captured", count),
        };
        let (kind, label) = (
            FieldKind::Note(Severity::Note, Group::Protocol),
            text!("frame-note"),
        );
        rows.push(2, kind, "", label, Value::Text(words), String::new);
    }
}

fn interface(rows: &mut Rows, id: u64, interface: &Interface, numbered: bool) {
    let index = Value::Number(id, Base::Dec);
    let name = interface.name.as_deref().unwrap_or(text!("frame-unnamed"));
    if numbered {
        rows.push(
            1,
            FieldKind::Field,
            "frame.interface_id",
            text!("frame-interface"),
            index,
            || format!("{id} ({})", printable(name)),
        );
    }
    rows.text(
        "frame.interface_description",
        text!("frame-interface-description"),
        &interface.description,
    );
    let number = Value::Signed(interface.link_type.into());
    rows.push(
        1,
        FieldKind::Field,
        "frame.encap_type",
        text!("frame-link-type"),
        number,
        || match link_type(interface.link_type) {
            Some(name) => format!("{name} ({})", interface.link_type),
            None => interface.link_type.to_string(),
        },
    );
    if interface.snaplen > 0 {
        rows.number("", text!("frame-snaplen"), interface.snaplen.into());
    }
    rows.text("", text!("frame-filter"), &interface.filter);
}

/// Returns the name of a common LINKTYPE number, <https://www.tcpdump.org/linktypes.html>.
fn link_type(number: u16) -> Option<&'static str> {
    Some(match number {
        0 => "BSD loopback",
        1 => "Ethernet",
        9 => "PPP",
        50 => "PPP in HDLC framing",
        51 => "PPPoE",
        101 => "raw IP",
        104 => "Cisco HDLC",
        105 => "IEEE 802.11",
        107 => "Frame Relay",
        108 => "OpenBSD loopback",
        113 => "Linux cooked v1",
        127 => "IEEE 802.11 with radiotap",
        228 => "raw IPv4",
        229 => "raw IPv6",
        276 => "Linux cooked v2",
        _ => return None,
    })
}
