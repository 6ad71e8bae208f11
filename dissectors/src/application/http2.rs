//! HTTP/2, RFC 9113: its frames. The compression of their header blocks depends on earlier ones.

mod body;
mod header_block;

use crate::{
    Base, Confidence, Dissector, FieldDef, Framing, Layer, Next, OsiLayer, Outcome, PerSide, Place,
    Session, Side, Stop, Value, application::ascii, dissector::Protocol, layer::Bits,
    secrets::range_of, session::SHORT_TEXTS, value::named,
};
use body::Bodies;
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u24, be_u32},
};
use std::ops::Range;

/// HTTP/2.
pub const DISSECTOR: Dissector = Dissector {
    name: "http2",
    label: "Hypertext Transfer Protocol 2",
    column: "HTTP2",
    layer: OsiLayer::Application,
    selectors: &[],
    fields: &[FIELDS],
    ..Dissector::of::<Http2>()
};

struct Http2;

impl Protocol for Http2 {
    type Session = Frames;

    fn looks_like(bytes: &[u8], side: Side) -> Confidence {
        match side {
            Side::Client if bytes.starts_with(PREFACE) => Confidence::Certain,
            Side::Client if PREFACE.starts_with(bytes) => Confidence::Possible,
            _ => Confidence::Impossible,
        }
    }

    fn begin(setting: &crate::Setting) -> Frames {
        Frames {
            keeps: setting.keeps,
            ..Frames::default()
        }
    }

    fn dissect(http2: &mut Layer, _: Option<&()>) -> Outcome {
        if http2.rest().starts_with(PREFACE) {
            http2.info_listed(", ", || "Magic".to_owned());
            http2.group("http2.stream", "Stream", |http2| {
                http2.title(|| "Magic".to_owned());
                let name = "http2.magic";
                http2.field_shown(name, "Magic", take(PREFACE.len()), ascii::text)
            })?;
        } else {
            http2.group("http2.stream", "Stream", frame)?;
        }
        Ok(Next::Nothing)
    }
}

const FIELDS: &[FieldDef] = &[
    FieldDef::none("http2.stream"),
    FieldDef::string("http2.magic"),
    FieldDef::u24("http2.length"),
    FieldDef::u8("http2.type").names(&[FrameType::NAMES]),
    FieldDef::hex8("http2.flags"),
    FieldDef::u32("http2.streamid"),
    FieldDef::hex32("http2.r"),
    FieldDef::hex8("http2.flags.unused_data"),
    FieldDef::hex8("http2.flags.unused_headers"),
    FieldDef::hex8("http2.flags.unused_settings"),
    FieldDef::hex8("http2.flags.unused_push_promise"),
    FieldDef::hex8("http2.flags.unused_ping"),
    FieldDef::hex8("http2.flags.unused_continuation"),
    FieldDef::hex8("http2.flags.unused"),
    FieldDef::flag("http2.flags.priority"),
    FieldDef::flag("http2.flags.padded"),
    FieldDef::flag("http2.flags.eh"),
    FieldDef::flag("http2.flags.end_stream"),
    FieldDef::flag("http2.flags.ack.settings"),
    FieldDef::flag("http2.flags.ack.ping"),
    FieldDef::bytes("http2.data.data"),
    FieldDef::bytes("http2.headers"),
    FieldDef::u32("http2.rst_stream.error").names(&[ErrorCode::NAMES]),
    FieldDef::u32("http2.push_promise.promised_stream_id"),
    FieldDef::hex32("http2.push_promise.r"),
    FieldDef::bytes("http2.push_promise.header"),
    FieldDef::bytes("http2.ping"),
    FieldDef::u32("http2.goaway.last_stream_id"),
    FieldDef::u32("http2.goaway.error").names(&[ErrorCode::NAMES]),
    FieldDef::bytes("http2.goaway.addata"),
    FieldDef::u32("http2.window_update.window_size_increment"),
    FieldDef::hex32("http2.window_update.r"),
    FieldDef::bytes("http2.continuation.header"),
    FieldDef::bytes("http2.unknown"),
    FieldDef::u16("http2.pad_length"),
    FieldDef::bytes("http2.data.padding"),
    FieldDef::bytes("http2.headers.padding"),
    FieldDef::bytes("http2.push_promise.padding"),
    FieldDef::u32("http2.stream_dependency"),
    FieldDef::flag("http2.exclusive"),
    FieldDef::u8("http2.headers.weight"),
    FieldDef::u8("http2.headers.weight_real"),
    FieldDef::none("http2.settings"),
    FieldDef::u16("http2.settings.id").names(&[Setting::NAMES]),
    FieldDef::u32("http2.settings.header_table_size"),
    FieldDef::u32("http2.settings.enable_push"),
    FieldDef::u32("http2.settings.max_concurrent_streams"),
    FieldDef::u32("http2.settings.initial_window_size"),
    FieldDef::u32("http2.settings.max_frame_size"),
    FieldDef::u32("http2.settings.max_header_list_size"),
    FieldDef::u32("http2.settings.extended_connect"),
    FieldDef::u32("http2.settings.unknown"),
];

/// The beginning of a client's stream: RFC 9113, section 3.4.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Returns whether a client's stream that begins so is one of HTTP/2 with prior knowledge, or may become one: RFC 9113,
/// section 3.3. HTTP/1 has no method PRI.
pub fn may_begin(bytes: &[u8]) -> bool {
    const METHOD: &[u8] = b"PRI ";
    bytes.starts_with(PREFACE) || bytes.starts_with(METHOD) && PREFACE.starts_with(bytes)
}

/// RFC 9113, section 4.1.
const HEADER: usize = 9;

named! {
    /// IANA "HTTP/2 Frame Type".
    FrameType(u8, Dec) {
        DATA = 0 => "DATA",
        HEADERS = 1 => "HEADERS",
        PRIORITY = 2 => "PRIORITY",
        RST_STREAM = 3 => "RST_STREAM",
        SETTINGS = 4 => "SETTINGS",
        PUSH_PROMISE = 5 => "PUSH_PROMISE",
        PING = 6 => "PING",
        GOAWAY = 7 => "GOAWAY",
        WINDOW_UPDATE = 8 => "WINDOW_UPDATE",
        CONTINUATION = 9 => "CONTINUATION",
        ALTSVC = 10 => "ALTSVC",
        ORIGIN = 12 => "ORIGIN",
        PRIORITY_UPDATE = 16 => "PRIORITY_UPDATE",
    }
    /// IANA "HTTP/2 Settings".
    Setting(u16, Dec) {
        HEADER_TABLE_SIZE = 1 => "Header table size",
        ENABLE_PUSH = 2 => "Enable PUSH",
        MAX_CONCURRENT_STREAMS = 3 => "Max concurrent streams",
        INITIAL_WINDOW_SIZE = 4 => "Initial Windows size",
        MAX_FRAME_SIZE = 5 => "Max frame size",
        MAX_HEADER_LIST_SIZE = 6 => "Max header list size",
        EXTENDED_CONNECT = 8 => "Extended CONNECT",
    }
    /// IANA "HTTP/2 Error Code".
    ErrorCode(u32, Dec) {
        NO_ERROR = 0 => "NO_ERROR",
        PROTOCOL_ERROR = 1 => "PROTOCOL_ERROR",
        INTERNAL_ERROR = 2 => "INTERNAL_ERROR",
        FLOW_CONTROL_ERROR = 3 => "FLOW_CONTROL_ERROR",
        SETTINGS_TIMEOUT = 4 => "SETTINGS_TIMEOUT",
        STREAM_CLOSED = 5 => "STREAM_CLOSED",
        FRAME_SIZE_ERROR = 6 => "FRAME_SIZE_ERROR",
        REFUSED_STREAM = 7 => "REFUSED_STREAM",
        CANCEL = 8 => "CANCEL",
        COMPRESSION_ERROR = 9 => "COMPRESSION_ERROR",
        CONNECT_ERROR = 10 => "CONNECT_ERROR",
        ENHANCE_YOUR_CALM = 11 => "ENHANCE_YOUR_CALM",
        INADEQUATE_SECURITY = 12 => "INADEQUATE_SECURITY",
        HTTP_1_1_REQUIRED = 13 => "HTTP_1_1_REQUIRED",
    }
}

const END_STREAM: u8 = 0x01;
const ACK: u8 = 0x01;
const END_HEADERS: u8 = 0x04;
const PADDED: u8 = 0x08;
const PRIORITY: u8 = 0x20;

/// Frames are separated by their lengths alone.
#[derive(Clone, Default)]
struct Frames {
    keeps: bool,
    frames: u64,
    secret: bool,
    /// The rest of a frame that is secret as a whole.
    hidden: PerSide<u64>,
    /// The contents of each side's streams that may hold passwords.
    bodies: PerSide<Bodies>,
}

/// A frame of the longest length that receivers accept without having agreed on it: RFC 9113, section 4.2. In a longer
/// one no secrets are searched, all of it is secret.
const MAX_SEARCHED: usize = HEADER + (16 << 10);

impl Frames {
    /// Searches the header block of a frame. Returns the offset from which earlier results no longer hold.
    fn search(&mut self, place: &Place, bytes: &[u8], found: &mut Vec<Range<usize>>) -> usize {
        let Some(header) = Header::of(bytes).filter(Header::has_block) else {
            return 0;
        };
        let whole = bytes.get(..header.whole());
        let Some(frame) = whole.filter(|whole| whole.len() <= MAX_SEARCHED) else {
            // A part of it may end within a secret.
            found.push(place.seen.max(HEADER)..bytes.len());
            return place.seen;
        };
        let Some(block) = header.block(frame) else {
            // It is only a part of a block.
            found.push(HEADER..frame.len());
            return 0;
        };
        let at = range_of(block, bytes).start;
        for secret in header_block::secrets(block) {
            self.secret |= !secret.is_empty();
            found.push(at + secret.start..at + secret.end);
        }
        0
    }
}

/// What a frame begins with.
struct Header {
    length: usize,
    kind: FrameType,
    flags: u8,
    /// None while the bytes end before it.
    stream: Option<u32>,
}

impl Header {
    fn of(bytes: &[u8]) -> Option<Header> {
        let &[high, middle, low, kind, flags] = bytes.first_chunk()?;
        Some(Header {
            length: u32::from_be_bytes([0, high, middle, low]) as usize,
            kind: FrameType(kind),
            flags,
            stream: bytes
                .get(5..)
                .and_then(<[u8]>::first_chunk)
                .map(|stream| u32::from_be_bytes(*stream) & !0 >> 1),
        })
    }

    fn whole(&self) -> usize {
        HEADER + self.length
    }

    fn has_block(&self) -> bool {
        matches!(
            self.kind,
            FrameType::HEADERS | FrameType::PUSH_PROMISE | FrameType::CONTINUATION
        )
    }

    /// Returns the header block of a frame, if it has a whole one.
    fn block<'a>(&self, frame: &'a [u8]) -> Option<&'a [u8]> {
        let has = |flag: u8| self.flags & flag != 0;
        if self.kind == FrameType::CONTINUATION || !has(END_HEADERS) {
            return None;
        }
        let mut block = frame.get(HEADER..)?;
        if has(PADDED) {
            let (padding, rest) = block.split_first()?;
            block = rest.get(..rest.len().checked_sub(usize::from(*padding))?)?;
        }
        let before = match self.kind {
            FrameType::PUSH_PROMISE => 4,
            _ if has(PRIORITY) => 5,
            _ => 0,
        };
        block.get(before..)
    }
}

impl Session for Frames {
    type Context = ();

    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        let begins = bytes.len().min(PREFACE.len());
        if place.side == Side::Client && bytes.get(..begins) == PREFACE.get(..begins) {
            return match begins == PREFACE.len() {
                true => Framing::Complete(PREFACE.len() as u64),
                false => Framing::NeedMore,
            };
        }
        let Some(header) = Header::of(bytes) else {
            return Framing::NeedMore;
        };
        let whole = header.whole();
        if header.has_block() && bytes.len() < whole && whole <= MAX_SEARCHED {
            return Framing::NeedMore;
        }
        if header.kind == FrameType::DATA {
            let Some(stream) = header.stream else {
                return Framing::NeedMore;
            };
            let padding = usize::from(header.flags & PADDED != 0);
            let data = (HEADER + padding, header.length.saturating_sub(padding));
            self.bodies[place.side].begin(stream, data, header.flags & END_STREAM != 0);
        }
        if !self.keeps {
            self.search(place, bytes, &mut Vec::new());
        }
        self.frames += 1;
        if header.has_block() && whole > MAX_SEARCHED {
            self.hidden[place.side] = whole as u64;
        }
        Framing::Complete(whole as u64)
    }

    fn secrets_ahead_from(
        &mut self,
        place: &Place,
        bytes: &[u8],
        found: &mut Vec<Range<usize>>,
    ) -> usize {
        if place.side == Side::Client && bytes.starts_with(b"PRI") {
            return 0;
        }
        self.search(place, bytes, found)
    }

    fn secrets_taken(&mut self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        let hidden = self.hidden[side].min(bytes.len() as u64);
        self.hidden[side] -= hidden;
        if hidden > 0 {
            found.push(0..hidden as usize);
        }
        let before = found.len();
        self.bodies[side].find(bytes, found);
        self.secret |= found.len() > before;
    }

    fn searches(&self, side: Side) -> bool {
        self.bodies[side].is_searched()
    }

    fn allocated(&self) -> usize {
        self.bodies.iter().map(Bodies::allocated).sum::<usize>() + SHORT_TEXTS
    }

    fn credentials(&self) -> bool {
        self.secret
    }

    fn summary(&self) -> String {
        match self.frames {
            1 => "HTTP/2, 1 frame".to_owned(),
            frames => format!("HTTP/2, {frames} frames"),
        }
    }
}

fn frame(http2: &mut Layer) -> Result<(), Stop> {
    let length = http2.field("http2.length", "Length", be_u24())?;
    let kind = FrameType(http2.peek("http2.type", be_u8())?);
    http2.field_shown("http2.type", "Type", be_u8(), |kind| FrameType(kind).into())?;
    let flags = http2.flags("http2.flags", "Flags", Base::Hex(2), be_u8(), |bits| {
        show_flags(bits, kind);
    })?;
    let stream = http2.word("http2.streamid", be_u32(), |bits| {
        let reserved = |value| Value::Number(value, Base::Hex(8));
        bits.value_in_place("http2.r", "Reserved", 1 << 31, reserved);
        bits.number("http2.streamid", "Stream identifier", !0 >> 33);
    })?;
    let stream = stream & !0 >> 1;
    let name = kind.name().unwrap_or("Unknown frame");
    http2.title(|| format!("{name}, stream {stream}, {length} bytes"));
    http2.info_listed(", ", || format!("{name}[{stream}]"));
    http2.within(length as usize, |http2| contents(http2, kind, flags))
}

fn show_flags(bits: &mut Bits, kind: FrameType) {
    let ack = "Acknowledgement";
    let unused = match kind {
        FrameType::DATA => Some(("http2.flags.unused_data", 0xf6)),
        FrameType::HEADERS => Some(("http2.flags.unused_headers", 0xd2)),
        FrameType::SETTINGS => Some(("http2.flags.unused_settings", 0xfe)),
        FrameType::PUSH_PROMISE => Some(("http2.flags.unused_push_promise", 0xf3)),
        FrameType::PING => Some(("http2.flags.unused_ping", 0xfe)),
        FrameType::CONTINUATION => Some(("http2.flags.unused_continuation", 0xfb)),
        _ => Some(("http2.flags.unused", 0xff)),
    };
    if let Some((name, mask)) = unused {
        let reserved = |value| Value::Number(value, Base::Hex(2));
        bits.value_in_place(name, "Unused", mask, reserved);
    }
    let carries_headers = matches!(
        kind,
        FrameType::HEADERS | FrameType::PUSH_PROMISE | FrameType::CONTINUATION
    );
    if kind == FrameType::HEADERS {
        bits.flag("http2.flags.priority", "Priority", PRIORITY.into());
    }
    if matches!(
        kind,
        FrameType::DATA | FrameType::HEADERS | FrameType::PUSH_PROMISE
    ) {
        bits.flag("http2.flags.padded", "Padded", PADDED.into());
    }
    if carries_headers {
        bits.flag("http2.flags.eh", "End of the headers", END_HEADERS.into());
    }
    match kind {
        FrameType::DATA | FrameType::HEADERS => {
            let name = "http2.flags.end_stream";
            bits.flag(name, "End of the stream", END_STREAM.into());
        }
        FrameType::SETTINGS => bits.flag("http2.flags.ack.settings", ack, ACK.into()),
        FrameType::PING => bits.flag("http2.flags.ack.ping", ack, ACK.into()),
        _ => {}
    }
}

fn contents(http2: &mut Layer, kind: FrameType, flags: u8) -> Result<(), Stop> {
    match kind {
        FrameType::DATA => padded(http2, "http2.data.padding", flags, |http2| {
            rest(http2, "http2.data.data", "Data")
        }),
        FrameType::HEADERS => padded(http2, "http2.headers.padding", flags, |http2| {
            if flags & PRIORITY != 0 {
                depends(http2)?;
            }
            rest(http2, "http2.headers", "Header block")
        }),
        FrameType::PRIORITY => depends(http2),
        FrameType::RST_STREAM => {
            let name = "http2.rst_stream.error";
            http2
                .field_shown(name, "Error", be_u32(), |code| ErrorCode(code).into())
                .map(drop)
        }
        FrameType::SETTINGS => settings(http2),
        FrameType::PUSH_PROMISE => padded(http2, "http2.push_promise.padding", flags, |http2| {
            http2.word("http2.push_promise.promised_stream_id", be_u32(), |bits| {
                let reserved = |value| Value::Number(value, Base::Hex(8));
                bits.value_in_place("http2.push_promise.r", "Reserved", 1 << 31, reserved);
                let name = "http2.push_promise.promised_stream_id";
                bits.number(name, "Promised stream", !0 >> 33);
            })?;
            rest(http2, "http2.push_promise.header", "Header block")
        }),
        FrameType::PING => rest(http2, "http2.ping", "Ping"),
        FrameType::GOAWAY => {
            http2.word("http2.goaway.last_stream_id", be_u32(), |bits| {
                let reserved = |value| Value::Number(value, Base::Hex(8));
                bits.value_in_place("http2.r", "Reserved", 1 << 31, reserved);
                let name = "http2.goaway.last_stream_id";
                bits.number(name, "Last stream", !0 >> 33);
            })?;
            let name = "http2.goaway.error";
            http2.field_shown(name, "Error", be_u32(), |code| ErrorCode(code).into())?;
            rest(http2, "http2.goaway.addata", "Additional data")
        }
        FrameType::WINDOW_UPDATE => {
            let name = "http2.window_update.window_size_increment";
            http2
                .word(name, be_u32(), |bits| {
                    let reserved = |value| Value::Number(value, Base::Hex(8));
                    bits.value_in_place("http2.window_update.r", "Reserved", 1 << 31, reserved);
                    bits.number(name, "Window size increment", !0 >> 33);
                })
                .map(drop)
        }
        FrameType::CONTINUATION => rest(http2, "http2.continuation.header", "Header block"),
        _ => rest(http2, "http2.unknown", "Contents"),
    }
}

fn rest(http2: &mut Layer, name: &'static str, label: &'static str) -> Result<(), Stop> {
    let length = http2.rest().len();
    match length {
        0 => Ok(()),
        _ => http2.field(name, label, take(length)).map(drop),
    }
}

/// RFC 9113, section 6.1.
fn padded(
    http2: &mut Layer,
    filler: &'static str,
    flags: u8,
    read: impl FnOnce(&mut Layer) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut padding = 0;
    let name = "http2.pad_length";
    match flags & PADDED != 0 {
        true => padding = http2.field(name, "Padding length", be_u8())?,
        false => http2.computed(name, "Padding length", || Value::from(0_u64)),
    }
    let length = http2.rest().len();
    let Some(inside) = length.checked_sub(padding.into()) else {
        return http2.malformed(name);
    };
    http2.within(inside, read)?;
    match padding {
        0 => Ok(()),
        _ => rest(http2, filler, "Padding"),
    }
}

/// RFC 9113, section 6.3.
fn depends(http2: &mut Layer) -> Result<(), Stop> {
    http2.word("http2.stream_dependency", be_u32(), |bits| {
        bits.flag("http2.exclusive", "Exclusive", 1 << 31);
        bits.number("http2.stream_dependency", "Depends on stream", !0 >> 33);
    })?;
    let weight = http2.field("http2.headers.weight", "Weight", be_u8())?;
    http2.computed("http2.headers.weight_real", "Weight meant", || {
        Value::from(u64::from(weight) + 1)
    });
    Ok(())
}

/// RFC 9113, section 6.5.1. HTTP/1.1's HTTP2-Settings contains them too.
pub fn settings(http2: &mut Layer) -> Result<(), Stop> {
    while !http2.rest().is_empty() {
        http2.group("http2.settings", "Setting", |http2| {
            let (id, value) =
                http2.peek("http2.settings.id", (be_u16(), be_u32()).map(|pair| pair))?;
            let setting = Setting(id);
            http2.title(|| match setting.name() {
                Some(name) => format!("{name}: {value}"),
                None => format!("number {id}: {value}"),
            });
            let name = "http2.settings.id";
            http2.field_shown(name, "Identifier", be_u16(), |id| Setting(id).into())?;
            let name = match setting {
                Setting::HEADER_TABLE_SIZE => "http2.settings.header_table_size",
                Setting::ENABLE_PUSH => "http2.settings.enable_push",
                Setting::MAX_CONCURRENT_STREAMS => "http2.settings.max_concurrent_streams",
                Setting::INITIAL_WINDOW_SIZE => "http2.settings.initial_window_size",
                Setting::MAX_FRAME_SIZE => "http2.settings.max_frame_size",
                Setting::MAX_HEADER_LIST_SIZE => "http2.settings.max_header_list_size",
                Setting::EXTENDED_CONNECT => "http2.settings.extended_connect",
                _ => "http2.settings.unknown",
            };
            http2.field(name, "Value", be_u32()).map(drop)
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{
        Side,
        test_session::{converse, secrets},
        test_support::{bytes, said, words},
    };

    #[test]
    fn the_preface() {
        let said = said("http2", Side::Client, super::PREFACE, None);
        assert_eq!(said.info, "Magic");
    }

    #[test]
    fn settings() {
        let frame = bytes("00000c 04 00 00000000 0003 00000064 0009 00000001");
        let said = said("http2", Side::Client, &frame, None);
        assert_eq!(said.info, "SETTINGS[0]");
        for row in [
            "Stream: SETTINGS, stream 0, 12 bytes",
            "Acknowledgement: Not set",
            "Setting: Max concurrent streams: 100",
            "Setting: number 9: 1",
        ] {
            assert!(words(&said.tree, row), "{row}\n{}", said.tree);
        }
    }

    #[test]
    fn padding_and_priority() {
        let frame = bytes("00000a 01 2d 00000003 02 80000001 0f 8286 0000");
        let said = said("http2", Side::Client, &frame, None);
        for row in [
            "Padding length: 2",
            "Exclusive: Set",
            "Weight meant: 16",
            "Header block: 8286",
            "Padding: 0000",
        ] {
            assert!(words(&said.tree, row), "{row}\n{}", said.tree);
        }
        let frame = bytes("000002 00 08 00000003 05 00");
        let said = said_tree(&frame);
        assert!(said.contains("http2.pad_length does not fit"), "{said}");
    }

    #[test]
    fn frames_that_end_things() {
        for (hex, rows) in [
            (
                "000002 09 04 00000003 8684",
                &["Header block: 8684", "End of the headers: Set"][..],
            ),
            (
                "000008 06 01 00000000 0102030405060708",
                &["Ping: 0102030405060708"],
            ),
            (
                "00000a 07 00 00000000 00000007 00000001 6869",
                &["Last stream: 7", "Additional data: 6869"],
            ),
            ("000004 03 00 00000003 00000008", &["Error: CANCEL (8)"]),
            (
                "000009 05 08 00000003 02 00000005 8286 0000",
                &["Promised stream: 5", "Header block: 8286", "Padding: 0000"],
            ),
        ] {
            let tree = said_tree(&bytes(hex));
            for row in rows {
                assert!(words(&tree, row), "{row}\n{tree}");
            }
        }
    }

    /// A login in a path, as clients send it.
    #[test]
    fn secrets_are_found() {
        let mut asked = super::PREFACE.to_vec();
        let block = b"\x82\x04\x0f/?pwd=hush&a=bc";
        for (kind, flags, before, after) in [
            (1, 4, &b""[..], &b""[..]),
            (1, 0x2c, b"\x02\0\0\0\0\0", b"\0\0"),
            (0, 0, b"", b""),
        ] {
            let length = before.len() + block.len() + after.len();
            asked.extend([0, 0, length as u8, kind, flags, 0, 0, 0, 1]);
            asked.extend([before, block, after].concat());
        }
        let found = secrets("http2", &[(Side::Client, &asked)]);
        assert_eq!(found, ["hush", "hush"]);
        // A part of a block.
        let part = b"\0\0\x04\x09\x04\0\0\0\x01hush";
        assert_eq!(secrets("http2", &[(Side::Client, part)]), ["hush"]);
        let long = [b"\0\x50\0\x01\x04\0\0\0\x01".as_slice(), &[b'x'; 0x5000]].concat();
        let rows: Vec<_> = long
            .chunks(1000)
            .map(|piece| (Side::Client, piece))
            .collect();
        let found = converse("http2", &rows).secrets(Side::Client).concat();
        assert!(found.len() >= 0x5000);
    }

    /// Bodies in the frames of two streams that alternate.
    #[test]
    fn passwords_in_bodies_are_found() {
        let mut asked = super::PREFACE.to_vec();
        for (flags, stream, data) in [
            (0, 1, &b"user=me&pw"[..]),
            (0, 3, b"{\"password\": \"tw"),
            (8, 1, b"\x02d=one\0\0"),
            (1, 3, b"o\"}"),
            (0, 5, b"\0pwd=no"),
            (0, 7, b"<a><pwd>three</pwd>"),
        ] {
            asked.extend([0, 0, data.len() as u8, 0, flags, 0, 0, 0, stream]);
            asked.extend(data);
        }
        let found = secrets("http2", &[(Side::Client, &asked)]);
        assert_eq!(found, ["tw", "one\0\0", "o", "three"]);
    }

    fn said_tree(frame: &[u8]) -> String {
        said("http2", Side::Client, frame, None).tree
    }
}
