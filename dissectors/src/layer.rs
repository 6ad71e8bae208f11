//! What a dissector reads from: the bytes left in the packet, one named field at a time.

use crate::{
    Base, ByteRange, Carried, Context, Dissector, Facts, Field, FlowContext, Kind, LayerInfo,
    Media, Message, MessageBytes, Reassembled, Selector, Severity, Side, Source, Summary, Tree,
    Value, registry,
};
use nom::{
    Err, Parser,
    error::{Error, ErrorKind},
};
use std::net::IpAddr;

/// Who reads the rest of the packet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// The protocol that a number names.
    Select(Selector),
    /// Either of two ports may name the protocol; the first that does.
    Either(Selector, Selector),
    /// Nobody knows: the rest is shown as data.
    Data,
    /// There is no rest, or it is no protocol.
    Nothing,
    /// The one at this place in [`crate::ALL`].
    Dissector(u8),
    /// Whoever reads the media type that [`Layer::media`] names.
    Media,
    /// The messages of the conversation that this packet completes, each by its own protocol.
    Messages,
    /// Another message of the same protocol, which is a layer of its own. Where the bytes are none after all, they are
    /// left to the segments that follow.
    Again,
    /// These bytes do not look like this protocol after all, whatever the port says: it was never here, and the bytes
    /// are data. Whether it says so must not depend on what is wanted of the packet.
    Declined,
}

/// Why a dissector stopped early. The fields before it stay in the tree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stop {
    /// The bytes end inside this field because the capture kept no more of the packet.
    Truncated {
        /// The field's name.
        field: &'static str,
        /// What was left for it.
        bytes: ByteRange,
    },
    /// The packet itself ends inside this field, or the field contradicts what it must be.
    Malformed {
        /// The field's name.
        field: &'static str,
        /// What was left for it.
        bytes: ByteRange,
    },
}

/// What a dissector answers: who comes next, or why it stopped.
pub type Outcome = Result<Next, Stop>;

/// The bytes of a packet while they are read, and where what is found goes.
///
/// Without a tree every method only moves on, which is all that the index needs.
pub struct Layer<'a, 't> {
    /// The source now read: the packet, or reassembled data.
    bytes: &'a [u8],
    rest: &'a [u8],
    /// How many bytes of the source the capture did not keep, past the end of `rest`.
    missing: usize,
    source: u8,
    /// Where this layer begins; computed fields stand there.
    start: u32,
    tree: Option<&'t mut Tree>,
    /// Where the layer ends that is read now, if that is further than what it read itself.
    covered: u32,
    /// The row that `title` speaks of.
    heading: Option<usize>,
    /// Who shows what lies behind the inner packet's end: this layer or the one before it.
    trailer: Option<TrailerOwner>,
    leftovers: Vec<Leftover<'a>>,
    /// How long the packet was on the wire.
    packet_length: usize,
    pub(crate) summary: Option<&'t mut Summary>,
    /// What the index keeps. Not changed by what an ICMP error quotes.
    pub facts: &'t mut Facts,
    /// What is known from elsewhere: other packets, the conversation, the file.
    pub context: &'a Context<'a>,
    flows_seen: usize,
    reassembled_seen: usize,
    /// How many sources there are beside the packet.
    sources: u8,
    /// Inside the packet that an ICMP error quotes.
    quoted: bool,
    /// The payload of the transport layer that was read last: its source, all of it, the payload.
    payload: (u8, &'a [u8], &'a [u8]),
    /// The source of the message of several segments that was read last.
    joined: u8,
    /// The source that was left last for bytes made of it, and where it was left.
    left: (u8, u32),
    /// A message of the same protocol came right before this one.
    pub(crate) follows: bool,
    /// The media type of what is to be read, for [`Next::Media`].
    pub media: Option<Box<Media>>,
    /// The message of its conversation that is read.
    message: Option<&'a Message<'a>>,
    /// Inside what a transport layer carries.
    pub(crate) in_application: bool,
    /// Dissectors inside dissectors: parts of a message with layers of their own.
    nesting: u8,
    /// Where secrets stand that nobody asked to see.
    secrets: Vec<ByteRange>,
    /// Where files that went over the wire are collected.
    pub(crate) objects: Option<&'t mut Vec<Object>>,
    /// The innermost network layer's addresses, for checksums and conversations.
    network: Option<(IpAddr, IpAddr)>,
    /// The innermost network layer's time to live or hop limit.
    hop_limit: u8,
}

/// A file that went over the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    /// What its sender called it: not fit to name a file with.
    pub name: Option<String>,
    /// Its media type, as its sender has it.
    pub media: String,
    /// What it holds, decoded.
    pub bytes: Vec<u8>,
}

/// Messages inside messages, such as mail forwarded in mail; deeper ones are an attack.
const MAX_NESTING: u8 = 12;

/// A state of reading to come back to.
pub(crate) struct Mark<'a> {
    rows: usize,
    tree_sources: usize,
    summary: Option<Summary>,
    place: (&'a [u8], &'a [u8], usize, u8, u32),
    media: Option<Box<Media>>,
    message: Option<&'a Message<'a>>,
    sources: u8,
    follows: bool,
}

/// Who shows the bytes behind its payload.
#[derive(Clone, Copy)]
struct TrailerOwner {
    /// The row of its layer.
    row: Option<usize>,
    /// The row of the layer whose payload ends where its own does: itself, or one that passes it on.
    holder: Option<usize>,
    /// What its trailer is called.
    trailer: &'static str,
    /// Whether the last four bytes may be a frame check sequence.
    fcs: bool,
    /// How long it was on the wire with all that it carries.
    reported: usize,
}

/// Bytes behind a payload, to be shown when everything else is.
struct Leftover<'a> {
    owner: TrailerOwner,
    bytes: &'a [u8],
    range: ByteRange,
    /// How many bytes there were on the wire.
    reported: usize,
}

impl<'a, 't> Layer<'a, 't> {
    /// `missing` is how many bytes of the packet the capture did not keep.
    pub(crate) fn new(
        packet: &'a [u8],
        missing: usize,
        context: &'a Context<'a>,
        facts: &'t mut Facts,
        tree: Option<&'t mut Tree>,
        summary: Option<&'t mut Summary>,
    ) -> Self {
        Layer {
            bytes: packet,
            rest: packet,
            missing,
            source: 0,
            start: 0,
            tree,
            covered: 0,
            heading: None,
            trailer: None,
            leftovers: Vec::new(),
            packet_length: packet.len() + missing,
            summary,
            facts,
            context,
            flows_seen: 0,
            reassembled_seen: 0,
            sources: 0,
            quoted: false,
            payload: (0, packet, end_of(packet)),
            joined: 0,
            left: (0, 0),
            follows: false,
            media: None,
            message: None,
            in_application: false,
            nesting: 0,
            secrets: Vec::new(),
            objects: None,
            network: None,
            hop_limit: 0,
        }
    }

    /// Reads one field with any nom parser. The bytes it takes are the field's bytes.
    #[inline(always)]
    pub fn field<T: Copy + Into<Value>>(
        &mut self,
        name: &'static str,
        label: &'static str,
        parser: impl Parser<&'a [u8], Output = T, Error = Error<&'a [u8]>>,
    ) -> Result<T, Stop> {
        self.field_shown(name, label, parser, |value| value.into())
    }

    /// Reads one field whose value is only made presentable when there is a tree to show it.
    #[inline(always)]
    pub fn field_shown<T: Copy>(
        &mut self,
        name: &'static str,
        label: &'static str,
        mut parser: impl Parser<&'a [u8], Output = T, Error = Error<&'a [u8]>>,
        show: impl FnOnce(T) -> Value,
    ) -> Result<T, Stop> {
        let start = self.rest;
        match parser.parse_complete(start) {
            Ok((rest, value)) => {
                self.rest = rest;
                if self.tree.is_some() {
                    apart(|| {
                        let bytes = self.range(start, rest);
                        self.push(name, label, show(value), bytes, Kind::Field);
                    });
                }
                Ok(value)
            }
            Err(error) => Err(self.stop(name, error)),
        }
    }

    /// Looks ahead with any nom parser, without a row and without moving on. `name` is the field at fault when the
    /// bytes do not suffice.
    #[inline]
    pub fn peek<T>(
        &self,
        name: &'static str,
        mut parser: impl Parser<&'a [u8], Output = T, Error = Error<&'a [u8]>>,
    ) -> Result<T, Stop> {
        match parser.parse_complete(self.rest) {
            Ok((_, value)) => Ok(value),
            Err(error) => Err(self.stop(name, error)),
        }
    }

    /// Reads a number whose bits are fields of their own, without a row for the whole.
    #[inline(always)]
    pub fn word<T: Copy + Into<u64>>(
        &mut self,
        name: &'static str,
        mut parser: impl Parser<&'a [u8], Output = T, Error = Error<&'a [u8]>>,
        show: impl FnOnce(&mut Bits),
    ) -> Result<T, Stop> {
        let start = self.rest;
        match parser.parse_complete(start) {
            Ok((rest, value)) => {
                self.rest = rest;
                if self.tree.is_some() {
                    self.bits(value.into(), start, rest, show);
                }
                Ok(value)
            }
            Err(error) => Err(self.stop(name, error)),
        }
    }

    /// Reads a number and shows it, and below it the fields that its bits are.
    #[inline(always)]
    pub fn flags<T: Copy + Into<u64>>(
        &mut self,
        name: &'static str,
        label: &'static str,
        base: Base,
        mut parser: impl Parser<&'a [u8], Output = T, Error = Error<&'a [u8]>>,
        show: impl FnOnce(&mut Bits),
    ) -> Result<T, Stop> {
        let start = self.rest;
        match parser.parse_complete(start) {
            Ok((rest, value)) => {
                self.rest = rest;
                if self.tree.is_some() {
                    apart(|| {
                        let number = Value::Number(value.into(), base);
                        let bytes = self.range(start, rest);
                        self.push(name, label, number, bytes, Kind::Field);
                        self.deeper(|layer| layer.bits(value.into(), start, rest, show));
                    });
                }
                Ok(value)
            }
            Err(error) => Err(self.stop(name, error)),
        }
    }

    #[cold]
    #[inline(never)]
    fn bits(&mut self, value: u64, start: &[u8], rest: &[u8], show: impl FnOnce(&mut Bits)) {
        let bytes = self.range(start, rest);
        if let Some(tree) = &mut self.tree {
            show(&mut Bits {
                tree,
                value,
                bytes,
                narrow: false,
            });
        }
    }

    /// Shows the bits of a number that was read without a row.
    pub fn bits_at(&mut self, bytes: ByteRange, value: u64, show: impl FnOnce(&mut Bits)) {
        if let Some(tree) = &mut self.tree {
            show(&mut Bits {
                tree,
                value,
                bytes,
                narrow: false,
            });
        }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        if let Some(tree) = &mut self.tree {
            tree.depth += 1;
        }
        let result = read(self);
        if let Some(tree) = &mut self.tree {
            tree.depth -= 1;
        }
        result
    }

    /// Reads several fields as the children of one row, which covers their bytes. When they stop early the row
    /// covers what was read.
    #[inline(always)]
    pub fn group<T>(
        &mut self,
        name: &'static str,
        label: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        match self.tree {
            None => read(self),
            Some(_) => self.group_as(name, label, false, read),
        }
    }

    /// Like `group`, and the row's value is its bytes.
    #[inline(always)]
    pub fn group_with_bytes<T>(
        &mut self,
        name: &'static str,
        label: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        match self.tree {
            None => read(self),
            Some(_) => self.group_as(name, label, true, read),
        }
    }

    #[cold]
    #[inline(never)]
    fn group_as<T>(
        &mut self,
        name: &'static str,
        label: &'static str,
        show_bytes: bool,
        read: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let start = self.rest;
        let empty = self.range(start, start);
        // A named row without a value of its own says so; a mere heading says nothing.
        let value = match name.is_empty() || show_bytes {
            true => Value::None,
            false => Value::Static(""),
        };
        let row = self.push(name, label, value, empty, Kind::Field);
        let outer = std::mem::replace(&mut self.heading, row);
        let source = (self.source, self.bytes);
        let result = self.deeper(read);
        self.heading = outer;
        // A read that went over to another source covers what it left behind.
        let bytes = match self.source == source.0 {
            true => self.range(start, self.rest),
            false => empty,
        };
        if let (Some(tree), Some(row)) = (&mut self.tree, row)
            && let Some(field) = tree.fields.get_mut(row)
        {
            field.bytes = bytes;
            if show_bytes && field.value == Value::None {
                field.value = Value::Bytes(bytes.of(source.1).unwrap_or_default().to_vec());
            }
        }
        result
    }

    /// Reads with only the next `length` bytes in sight, and goes on behind them whether or not all were read.
    /// Fewer bytes than that are what there is.
    #[inline(always)]
    pub fn within<T>(
        &mut self,
        length: usize,
        read: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let rest = self.rest;
        let missing = self.missing;
        let (inside, behind) = rest
            .split_at_checked(length)
            .unwrap_or((rest, end_of(rest)));
        self.rest = inside;
        self.missing = if length > rest.len() {
            missing.min(length - rest.len())
        } else {
            0
        };
        let result = read(self);
        self.rest = behind;
        self.missing = if length > rest.len() {
            missing.saturating_sub(length - rest.len())
        } else {
            missing
        };
        result
    }

    /// Reads what lies further on, and comes back to where it was.
    #[inline]
    pub fn aside<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Stop>) -> Result<T, Stop> {
        let (rest, missing) = (self.rest, self.missing);
        let result = read(self);
        (self.rest, self.missing) = (rest, missing);
        result
    }

    /// Reads bytes of the same source that were passed already, and comes back to where it was.
    pub fn elsewhere<T>(
        &mut self,
        start: u32,
        length: usize,
        read: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let bytes = self.bytes;
        self.aside(|layer| {
            layer.rest = bytes.get(start as usize..).unwrap_or_default();
            layer.missing = 0;
            layer.within(length, read)
        })
    }

    /// Moves on behind bytes that were looked at already, as far as they are there.
    #[inline]
    pub fn skip(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or(end_of(self.rest));
    }

    /// What is left belongs to this layer, though the next one reads it.
    #[inline]
    pub fn covers_rest(&mut self) {
        self.covered = self.offset() + self.rest.len() as u32;
    }

    /// Drops what lies past `length` bytes, such as Ethernet padding. Where this layer or the one before it owns a
    /// trailer, that is where the dropped bytes are shown. A shorter rest stays as it is.
    #[inline(always)]
    pub fn limit(&mut self, length: usize) {
        match self.rest.split_at_checked(length) {
            Some((inside, behind)) => {
                self.rest = inside;
                if self.tree.is_some() && !behind.is_empty() {
                    self.keep_leftover(behind);
                }
                self.missing = 0;
            }
            // Who quotes a packet cuts it, as a capture does.
            None if self.quoted => self.missing = length - self.rest.len(),
            None => self.missing = self.missing.min(length - self.rest.len()),
        }
    }

    /// Drops what lies past `length` bytes without anybody showing it.
    #[inline]
    pub fn shorten(&mut self, length: usize) {
        match self.rest.get(..length) {
            Some(inside) => {
                self.rest = inside;
                self.missing = 0;
            }
            None => self.missing = self.missing.min(length - self.rest.len()),
        }
    }

    /// What `limit` drops in this layer, or in the one right behind it, is this layer's padding and trailer. A layer
    /// further in has its own idea of how long it is, which says nothing of this one's. `fcs` says whether the link
    /// may have left its frame check sequence there.
    #[inline]
    pub fn owns_trailer(&mut self, trailer: &'static str, fcs: bool) {
        if self.tree.is_some() {
            let before = (self.offset() - self.start) as usize;
            let reported = before + self.reported();
            self.trailer = Some(TrailerOwner {
                row: self.heading,
                holder: self.heading,
                trailer,
                fcs,
                reported,
            });
        }
    }

    /// What `limit` drops in the next layer is still the trailer of the layer before this one, which has no end of
    /// its own.
    #[inline]
    pub fn passes_trailer(&mut self) {
        if let Some(owner) = &mut self.trailer {
            owner.holder = self.heading;
        }
    }

    #[cold]
    fn keep_leftover(&mut self, behind: &'a [u8]) {
        if let Some(owner) = self.trailer.take() {
            let range = self.range(behind, end_of(behind));
            let reported = behind.len() + self.missing;
            self.leftovers.push(Leftover {
                owner,
                bytes: behind,
                range,
                reported,
            });
        }
    }

    /// Shows what was left over, each at the end of the layer that owns it. Later ones first, so that the rows of the
    /// earlier stay where they are.
    pub(crate) fn finish(&mut self) {
        for leftover in std::mem::take(&mut self.leftovers).iter().rev() {
            self.show_leftover(leftover);
        }
    }

    #[cold]
    fn show_leftover(&mut self, leftover: &Leftover) {
        /// Frames are padded to 64 bytes with their frame check sequence: IEEE 802.3, section 4.2.3.3.
        const LEAST: usize = 60;
        const FCS: usize = 4;
        let Leftover {
            owner,
            bytes,
            range,
            reported,
        } = *leftover;
        let frame = self.packet_length;
        let Some(tree) = &mut self.tree else { return };
        let Some(row) = owner.row else { return };
        let Some(depth) = tree.fields.get(row).map(|field| field.depth) else {
            return;
        };
        let inside = tree
            .fields
            .iter()
            .skip(row + 1)
            .take_while(|field| field.depth > depth);
        let mut at = row + 1 + inside.count();

        let needed = match frame >= LEAST {
            true => LEAST
                .saturating_sub(frame.saturating_sub(reported))
                .min(bytes.len()),
            false => 0,
        };
        let (padding, bytes) = bytes.split_at_checked(needed).unwrap_or((&[], bytes));
        let zeros = padding.iter().all(|&byte| byte == 0);
        let mut parts = Vec::new();
        let mut start = range.start;
        let (padding, bytes) = match zeros {
            true => (padding, bytes),
            false => (&[][..], leftover.bytes),
        };
        let reported = reported.saturating_sub(padding.len());
        let mut part = |name, label, bytes: &[u8], value| {
            let end = start + bytes.len() as u32;
            if !bytes.is_empty() {
                parts.push((
                    name,
                    label,
                    ByteRange {
                        start,
                        end,
                        ..range
                    },
                    value,
                ));
            }
            start = end;
        };
        part(
            "eth.padding",
            "Padding",
            padding,
            Value::Bytes(padding.to_vec()),
        );
        let has_fcs = owner.fcs && owner.reported >= LEAST + FCS && reported >= FCS;
        let length = match has_fcs {
            true => bytes.len().min(reported - FCS),
            false => bytes.len(),
        };
        let (trailer, fcs) = bytes.split_at_checked(length).unwrap_or((bytes, &[]));
        part(
            owner.trailer,
            "Trailer",
            trailer,
            Value::Bytes(trailer.to_vec()),
        );
        if let Ok(fcs) = fcs.try_into() {
            let sum = u32::from_be_bytes(fcs);
            part(
                "eth.fcs",
                "Frame check sequence",
                &fcs,
                Value::Number(sum.into(), Base::Hex(8)),
            );
        }
        for (name, label, bytes, value) in parts {
            let text = None;
            let kind = Kind::Field;
            let field = Field {
                name,
                label,
                value,
                text,
                bytes,
                mask: 0,
                depth: depth + 1,
                kind,
            };
            tree.insert(at, field);
            at += 1;
            if name == "eth.fcs" {
                tree.insert(
                    at,
                    Field {
                        name: "eth.fcs.status",
                        label: "Frame check sequence status",
                        value: Value::Named(2, Base::Dec, "Not verified"),
                        text: Some("not verified: these may be other bytes".to_owned()),
                        bytes: ByteRange {
                            end: bytes.start,
                            ..bytes
                        },
                        mask: 0,
                        depth: depth + 1,
                        kind: Kind::Computed,
                    },
                );
                at += 1;
            }
        }
    }

    /// Adds a field that was worked out rather than read. It is only made when there is a tree.
    #[inline(always)]
    pub fn computed<T: Into<Value>>(
        &mut self,
        name: &'static str,
        label: &'static str,
        value: impl FnOnce() -> T,
    ) {
        if self.tree.is_some() {
            apart(|| {
                let at = self.here();
                self.push(name, label, value().into(), at, Kind::Computed);
            });
        }
    }

    /// Adds a row over bytes that are read elsewhere too.
    #[inline(always)]
    pub fn over(
        &mut self,
        name: &'static str,
        label: &'static str,
        bytes: ByteRange,
        value: impl FnOnce() -> Value,
    ) {
        if self.tree.is_some() {
            apart(|| self.push(name, label, value(), bytes, Kind::Field));
        }
    }

    /// Shows what is left as one field without taking it.
    #[inline(always)]
    pub fn show_rest(&mut self, name: &'static str, label: &'static str) {
        if self.tree.is_some() && !self.rest.is_empty() {
            apart(|| {
                let rest = self.rest;
                let bytes = self.range(rest, end_of(rest));
                self.push(name, label, Value::Bytes(rest.to_vec()), bytes, Kind::Field);
            });
        }
    }

    /// Opens a heading of computed fields, without a value.
    #[inline(always)]
    pub fn heading(&mut self, label: &'static str, fill: impl FnOnce(&mut Self)) {
        if self.tree.is_some() {
            apart(|| {
                let at = self.here();
                let row = self.push("", label, Value::None, at, Kind::Computed);
                let outer = std::mem::replace(&mut self.heading, row);
                self.deeper(fill);
                self.heading = outer;
            });
        }
    }

    /// Adds rows below the last one, such as a hardware address's bits. Only with a tree.
    #[inline(always)]
    pub fn below(&mut self, fill: impl FnOnce(&mut Self)) {
        if self.tree.is_some() {
            apart(|| self.deeper(fill));
        }
    }

    /// Says the last field in words instead of its plain value.
    #[inline(always)]
    pub fn text(&mut self, words: impl FnOnce() -> String) {
        if let Some(tree) = &mut self.tree
            && let Some(field) = tree.fields.last_mut()
        {
            apart(|| field.text = Some(words()));
        }
    }

    /// Says the latest field of this name in words, where other rows have followed it.
    #[inline(always)]
    pub fn text_of(&mut self, name: &'static str, words: impl FnOnce() -> String) {
        if let Some(tree) = &mut self.tree {
            apart(|| {
                let mut upwards = tree.fields.iter_mut().rev();
                if let Some(field) = upwards.find(|field| field.name == name) {
                    field.text = Some(words());
                }
            });
        }
    }

    /// Gives the latest field of this name a value, such as a group that has one beside its parts.
    #[inline]
    pub fn value_of(&mut self, name: &'static str, value: impl FnOnce() -> Value) {
        if let Some(tree) = &mut self.tree
            && let Some(field) = tree
                .fields
                .iter_mut()
                .rev()
                .find(|field| field.name == name)
        {
            field.value = value();
        }
    }

    /// Says the heading that is open in words.
    #[inline(always)]
    pub fn title(&mut self, words: impl FnOnce() -> String) {
        if let (Some(tree), Some(row)) = (&mut self.tree, self.heading)
            && let Some(field) = tree.fields.get_mut(row)
        {
            apart(|| field.text = Some(words()));
        }
    }

    /// Says more behind what the open heading says.
    #[inline(always)]
    pub fn title_more(&mut self, words: impl FnOnce() -> String) {
        if let (Some(tree), Some(row)) = (&mut self.tree, self.heading)
            && let Some(field) = tree.fields.get_mut(row)
        {
            apart(|| field.text.get_or_insert_default().push_str(&words()));
        }
    }

    /// A remark on the last field.
    #[inline(always)]
    pub fn note(&mut self, severity: Severity, words: impl FnOnce() -> String) {
        if self.tree.is_some() {
            apart(|| {
                let at = self.here();
                let kind = Kind::Note(severity);
                self.deeper(|layer| {
                    layer.push("_ws.expert", "Note", Value::Text(words()), at, kind)
                });
            });
        }
    }

    /// The line that the packet list shows. Later layers replace what earlier ones said; what a quoted packet would
    /// say is ignored.
    #[inline(always)]
    pub fn info(&mut self, words: impl FnOnce() -> String) {
        if let Some(summary) = &mut self.summary
            && !self.quoted
        {
            apart(|| summary.info = words());
        }
    }

    /// Says this behind what the messages before this one in the same layers said.
    pub fn info_listed(&mut self, between: &str, words: impl FnOnce() -> String) {
        let follows = self.follows;
        if let Some(summary) = &mut self.summary
            && !self.quoted
        {
            match follows {
                true => {
                    summary.info.push_str(between);
                    summary.info.push_str(&words());
                }
                false => summary.info = words(),
            }
        }
    }

    /// What the protocol column of the packet list says instead of the dissector's own word.
    #[inline]
    pub fn column(&mut self, word: &'static str) {
        if let Some(summary) = &mut self.summary
            && !self.quoted
        {
            summary.protocol = word;
        }
    }

    /// The addresses that the packet list shows.
    #[inline(always)]
    pub fn endpoints(&mut self, words: impl FnOnce() -> (String, String)) {
        if let Some(summary) = &mut self.summary
            && !self.quoted
        {
            apart(|| (summary.source, summary.destination) = words());
        }
    }

    /// The network addresses that the layers above belong to.
    #[inline(always)]
    pub fn set_network(&mut self, source: IpAddr, destination: IpAddr) {
        self.network = Some((source, destination));
        if self.summary.is_some() {
            self.show_network();
        }
    }

    /// Reads the addresses back: who is handed them must not have to keep them in memory for it.
    #[cold]
    #[inline(never)]
    fn show_network(&mut self) {
        if let Some((source, destination)) = self.network {
            self.endpoints(|| (source.to_string(), destination.to_string()));
        }
    }

    /// The innermost network addresses: source, destination.
    #[inline]
    pub fn network(&self) -> Option<(IpAddr, IpAddr)> {
        self.network
    }

    /// How many hops the innermost network layer may still take.
    #[inline]
    pub fn hop_limit(&self) -> u8 {
        self.hop_limit
    }

    /// Says how many hops this packet may still take.
    #[inline]
    pub fn set_hop_limit(&mut self, hops: u8) {
        self.hop_limit = hops;
    }

    /// The bytes not yet read.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// All bytes of the source that is read: the packet, or reassembled data.
    #[inline]
    pub fn source_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// How many of the bytes not yet read the capture did not keep.
    #[inline]
    pub fn missing(&self) -> usize {
        self.missing
    }

    /// How many bytes are left in the packet as it was on the wire.
    #[inline]
    pub fn reported(&self) -> usize {
        self.rest.len() + self.missing
    }

    /// Where the next byte stands in its source.
    #[inline]
    pub fn offset(&self) -> u32 {
        (self.rest.as_ptr().addr() - self.bytes.as_ptr().addr()) as u32
    }

    /// Where this layer begins in its source.
    #[inline]
    pub fn layer_start(&self) -> u32 {
        self.start
    }

    /// The next `length` bytes as a range, as far as they are there.
    pub fn ahead(&self, length: usize) -> ByteRange {
        let start = self.offset();
        let end = start + self.rest.len().min(length) as u32;
        ByteRange {
            source: self.source,
            start,
            end,
        }
    }

    /// Where some bytes of the source that is read stand in it. Bytes from elsewhere stand nowhere.
    pub fn place(&self, part: &[u8]) -> ByteRange {
        let within = self.bytes.as_ptr_range();
        let ends = part.as_ptr_range();
        match within.start <= ends.start && ends.end <= within.end {
            true => self.range(part, end_of(part)),
            false => self.ahead(0),
        }
    }

    /// Everything from where this layer begins to the next byte.
    pub fn so_far(&self) -> ByteRange {
        ByteRange {
            source: self.source,
            start: self.start,
            end: self.offset(),
        }
    }

    /// This layer's bytes from its beginning, as far as they are there.
    pub fn layer_bytes(&self) -> &'a [u8] {
        self.bytes.get(self.start as usize..).unwrap_or_default()
    }

    /// Whether a tree is wanted.
    #[inline]
    pub fn shows(&self) -> bool {
        self.tree.is_some()
    }

    /// Whether the tree, the line of the packet list or what went over the wire is wanted.
    #[inline]
    pub fn tells(&self) -> bool {
        self.tree.is_some() || self.summary.is_some() || self.objects.is_some()
    }

    /// Whether the tree or what went over the wire is wanted: more than a line.
    pub fn details(&self) -> bool {
        self.tree.is_some() || self.objects.is_some()
    }

    /// Whether this is part of a packet that an ICMP error quotes.
    #[inline]
    pub fn is_quoted(&self) -> bool {
        self.quoted
    }

    /// What follows is the packet that an ICMP error quotes: it changes no facts, and being cut short is its nature.
    pub fn begin_quote(&mut self) {
        self.quoted = true;
        self.trailer = None;
    }

    /// What is known of the conversation that this transport layer belongs to.
    pub fn next_flow(&mut self) -> Option<&'a FlowContext> {
        let context: &'a Context<'a> = self.context;
        let flow = if self.quoted {
            context.quoted_flow.as_ref()
        } else {
            context.flows.get(self.flows_seen)
        };
        self.flows_seen += usize::from(!self.quoted);
        flow
    }

    /// The reassembled data that this fragment completes, if it does. Reading can go on there with `enter`.
    pub fn next_reassembled(&mut self) -> Option<&'a Reassembled<'a>> {
        let context: &'a Context<'a> = self.context;
        context.reassembled.get(self.reassembled_seen)
    }

    /// Goes on reading in the reassembled data that `next_reassembled` gave.
    pub fn enter(&mut self, reassembled: &'a Reassembled<'a>) {
        self.reassembled_seen += 1;
        self.enter_source("Reassembled", &reassembled.bytes);
    }

    /// Goes on reading in bytes that are not the packet's own. Whether there was room for one more source.
    fn enter_source(&mut self, name: &'static str, bytes: &'a [u8]) -> bool {
        let Some(source) = self.sources.checked_add(1) else {
            return false;
        };
        self.left = (self.source, self.offset());
        self.sources = source;
        self.source = source;
        self.bytes = bytes;
        self.rest = bytes;
        self.start = 0;
        self.missing = 0;
        self.trailer = None;
        if let Some(tree) = &mut self.tree {
            let bytes = bytes.to_vec();
            tree.sources.push(Source { name, bytes });
        }
        true
    }

    /// Goes on reading in bytes that were made of others, such as what was compressed. They are a view of their own
    /// with this name. False when there is no room for them, and the layer is where it was.
    pub fn enter_decoded(&mut self, name: &'static str, bytes: Vec<u8>) -> bool {
        let context: &'a Context<'a> = self.context;
        match context.decoded.and_then(|decoded| decoded.keep(bytes)) {
            Some(bytes) => self.enter_source(name, bytes),
            None => false,
        }
    }

    /// Reads bytes that were made of others as a view of their own, and comes back. None when there is no room for
    /// them.
    pub fn in_decoded<T>(
        &mut self,
        name: &'static str,
        bytes: Vec<u8>,
        read: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        let place = (self.bytes, self.rest, self.missing, self.source, self.start);
        let result = self.enter_decoded(name, bytes).then(|| read(self));
        (self.bytes, self.rest, self.missing, self.source, self.start) = place;
        result
    }

    /// Goes on reading in a message of the conversation.
    pub(crate) fn enter_message(&mut self, message: &'a Message<'a>) -> bool {
        self.message = Some(message);
        let found = match &message.bytes {
            MessageBytes::Within(from, to) => {
                let payload;
                (self.source, self.bytes, payload) = self.payload;
                let part = payload.get(*from as usize..*to as usize);
                self.rest = part.unwrap_or(end_of(payload));
                part.is_some()
            }
            MessageBytes::Joined(whole) => match self.joined.checked_add(1) {
                Some(source) if source <= self.sources => {
                    self.joined = source;
                    self.source = source;
                    self.bytes = &whole.bytes;
                    self.rest = &whole.bytes;
                    true
                }
                _ => false,
            },
        };
        self.missing = usize::try_from(message.missing).unwrap_or(usize::MAX);
        self.start = self.offset();
        found
    }

    /// Whether the messages in the transport layer that is read are known.
    pub(crate) fn is_spoken(&self) -> bool {
        let innermost = self.flows_seen == self.context.flows.len();
        self.context.spoken.is_some() && innermost && !self.quoted
    }

    /// The number that the source of the first message of several segments has.
    pub(crate) fn joined_source(&self) -> u8 {
        self.sources.saturating_add(1)
    }

    /// Remembers where the payload of the transport layer is that was read last: its messages are read there. Those
    /// of several segments become sources.
    pub(crate) fn begin_messages(&mut self) {
        self.payload = (self.source, self.bytes, self.rest);
        self.joined = self.sources;
        let context: &'a Context<'a> = self.context;
        let place = (self.source, self.bytes, self.rest);
        for message in context.spoken.iter().flat_map(|spoken| spoken.messages) {
            if let MessageBytes::Joined(whole) = &message.bytes {
                self.enter_source("Reassembled TCP", &whole.bytes);
            }
        }
        (self.source, self.bytes, self.rest) = place;
    }

    /// What the conversation's session remembers of this message.
    pub fn known<T: 'static>(&self) -> Option<&'a T> {
        self.message?.known?.downcast_ref()
    }

    /// What went over the connection that this message asked for.
    pub fn carried(&self) -> Option<Carried> {
        self.message?.carried
    }

    /// The bytes of all messages that this one completes to something whole.
    pub fn gathered(&self) -> Option<&'a Reassembled<'a>> {
        self.message?.gathered.as_ref()
    }

    /// Goes on reading in what `gathered` gives, which becomes a view of its own with this name.
    pub fn enter_gathered(&mut self, name: &'static str) -> bool {
        match self.gathered() {
            Some(whole) => self.enter_source(name, &whole.bytes),
            None => false,
        }
    }

    /// Whether what is left is a message as its session cut it: none but whole ones, and those that were broken off.
    pub fn is_message(&self) -> bool {
        self.message.is_some()
    }

    /// Who says this message, as far as its conversation is known.
    pub fn side(&self) -> Option<Side> {
        Some(self.message?.side)
    }

    /// Reads what is left by its own dissectors as rows below the present one, and comes back. What is nested too
    /// deep stays unread.
    pub fn embed(&mut self, next: Next) {
        if self.nesting >= MAX_NESTING {
            self.note(Severity::Warning, || {
                "nested too deep to be read".to_owned()
            });
            return;
        }
        if !self.details() {
            return;
        }
        // The line of the packet list is about what holds them.
        let summary = self.summary.take();
        let place = (self.bytes, self.rest, self.missing, self.source, self.start);
        let (heading, media) = (self.heading, self.media.clone());
        self.nesting += 1;
        registry::run(self, next);
        self.nesting -= 1;
        (self.bytes, self.rest, self.missing, self.source, self.start) = place;
        (self.heading, self.media, self.summary) = (heading, media, summary);
    }

    /// This is a file that went over the wire. `bytes` makes it only when somebody collects them.
    pub fn object(&mut self, name: Option<String>, media: &str, bytes: impl FnOnce() -> Vec<u8>) {
        if let Some(objects) = &mut self.objects {
            objects.push(Object {
                name,
                media: media.to_owned(),
                bytes: bytes(),
            });
        }
    }

    /// These bytes are a secret: unless somebody asked to see them, they are blotted out wherever they stand.
    pub fn secret(&mut self, bytes: ByteRange) {
        if !self.context.show_secrets && self.tells() && !bytes.is_empty() {
            self.secrets.push(bytes);
        }
    }

    /// Whether this is the first layer inside the transport layers.
    pub(crate) fn begin_application(&mut self) -> bool {
        !std::mem::replace(&mut self.in_application, true)
    }

    /// What there is by now, to come back to.
    pub(crate) fn mark(&self) -> Mark<'a> {
        Mark {
            rows: self.tree.as_ref().map_or(0, |tree| tree.fields.len()),
            tree_sources: self.tree.as_ref().map_or(0, |tree| tree.sources.len()),
            summary: self.summary.as_deref().cloned(),
            place: (self.bytes, self.rest, self.missing, self.source, self.start),
            media: self.media.clone(),
            message: self.message,
            sources: self.sources,
            follows: self.follows,
        }
    }

    /// Goes back to where secrets were not yet read and blots them out. False when there are none.
    pub(crate) fn blot_secrets(&mut self, before: Mark<'a>) -> bool {
        self.in_application = false;
        let mut secrets = std::mem::take(&mut self.secrets);
        // What was decoded is made again of what is blotted out.
        secrets.retain(|secret| secret.source <= before.place.3);
        if secrets.is_empty() {
            return false;
        }
        let Mark {
            rows,
            tree_sources,
            summary,
            place: (bytes, rest, missing, source, start),
            media,
            message,
            sources,
            follows,
        } = before;
        let mut blotted = bytes.to_vec();
        for secret in secrets.iter().filter(|secret| secret.source == source) {
            secret.blot(&mut blotted);
        }
        let offset = rest.as_ptr().addr() - bytes.as_ptr().addr();
        let length = rest.len();
        let context: &'a Context<'a> = self.context;
        if let Some(tree) = &mut self.tree {
            tree.fields.truncate(rows);
            tree.sources.truncate(tree_sources);
            tree.blot(&secrets);
        }
        if let (Some(now), Some(before)) = (&mut self.summary, summary) {
            **now = before;
        }
        // Where there is no room to read it once more, it stays unread rather than open.
        let Some(blotted) = context.decoded.and_then(|decoded| decoded.keep(blotted)) else {
            return false;
        };
        self.bytes = blotted;
        self.rest = blotted.get(offset..offset + length).unwrap_or_default();
        (self.missing, self.source, self.start) = (missing, source, start);
        (self.media, self.message) = (media, message);
        (self.sources, self.follows) = (sources, follows);
        self.in_application = true;
        true
    }

    /// Stops because the field just read cannot be what it says.
    pub fn malformed<T>(&self, field: &'static str) -> Result<T, Stop> {
        Err(Stop::Malformed {
            field,
            bytes: self.ahead(usize::MAX),
        })
    }

    /// Runs a dissector as the next layer.
    #[inline]
    pub(crate) fn run(&mut self, dissector: &'static Dissector) -> Outcome {
        if self.tree.is_some() {
            return self.run_shown(dissector);
        }
        self.start = self.offset();
        let before = self.name_protocol(dissector);
        let rest = self.rest;
        let outcome = (dissector.dissect)(self);
        if matches!(outcome, Ok(Next::Declined)) {
            self.rest = rest;
            self.unname_protocol(before);
        }
        outcome
    }

    /// Names the protocol in the packet list, and gives back what stood there.
    #[inline]
    fn name_protocol(&mut self, dissector: &'static Dissector) -> Option<&'static str> {
        match &mut self.summary {
            Some(summary) if !self.quoted && !dissector.column.is_empty() => {
                Some(std::mem::replace(&mut summary.protocol, dissector.column))
            }
            _ => None,
        }
    }

    fn unname_protocol(&mut self, before: Option<&'static str>) {
        if let (Some(summary), Some(before)) = (&mut self.summary, before) {
            summary.protocol = before;
        }
    }

    #[cold]
    fn run_shown(&mut self, dissector: &'static Dissector) -> Outcome {
        self.start = self.offset();
        let before = self.name_protocol(dissector);
        let rest = self.rest;
        let kind = Kind::Layer(LayerInfo {
            dissector,
            quoted: self.quoted,
        });
        let at = self.here();
        let row = self.push(dissector.name, dissector.label, Value::None, at, kind);
        self.heading = row;
        let (source, start) = (self.source, self.start);
        let outcome = self.deeper(dissector.dissect);
        let covered = std::mem::take(&mut self.covered);
        let end = match self.source == source {
            true => self.offset().max(covered),
            false if self.left.0 == source => self.left.1.max(start),
            false => start,
        };
        self.heading = None;
        if matches!(outcome, Ok(Next::Declined)) {
            self.rest = rest;
            self.unname_protocol(before);
            if let (Some(tree), Some(row)) = (&mut self.tree, row) {
                tree.fields.truncate(row);
            }
            return outcome;
        }
        if self.trailer.is_some_and(|owner| owner.holder != row) {
            self.trailer = None;
        }
        if let (Some(tree), Some(row)) = (&mut self.tree, row)
            && let Some(field) = tree.fields.get_mut(row)
        {
            field.bytes = ByteRange { source, start, end };
        }
        outcome
    }

    /// Says in the tree why reading ended.
    pub(crate) fn show_stop(&mut self, stop: Stop) {
        if self.tree.is_none() {
            return;
        }
        let (severity, words, bytes) = match stop {
            Stop::Truncated { field, bytes } => (
                Severity::Note,
                format!("cut by the capture's size limit inside {field}"),
                bytes,
            ),
            Stop::Malformed { field, bytes } => (
                Severity::Error,
                format!("malformed: {field} does not fit"),
                bytes,
            ),
        };
        self.deeper(|layer| {
            layer.push(
                "_ws.expert",
                "Note",
                Value::Text(words),
                bytes,
                Kind::Note(severity),
            );
        });
    }

    fn here(&self) -> ByteRange {
        ByteRange {
            source: self.source,
            start: self.start,
            end: self.start,
        }
    }

    fn push(
        &mut self,
        name: &'static str,
        label: &'static str,
        value: Value,
        bytes: ByteRange,
        kind: Kind,
    ) -> Option<usize> {
        let tree = self.tree.as_mut()?;
        let depth = tree.depth;
        tree.push(Field {
            name,
            label,
            value,
            text: None,
            bytes,
            mask: 0,
            depth,
            kind,
        })
    }

    fn range(&self, start: &[u8], rest: &[u8]) -> ByteRange {
        let base = self.bytes.as_ptr().addr();
        let offset = |at: &[u8]| at.as_ptr().addr().saturating_sub(base) as u32;
        ByteRange {
            source: self.source,
            start: offset(start),
            end: offset(rest),
        }
    }

    #[cold]
    fn stop(&self, field: &'static str, error: Err<Error<&'a [u8]>>) -> Stop {
        let bytes = self.ahead(usize::MAX);
        let short = match error {
            Err::Incomplete(_) => true,
            Err::Error(e) | Err::Failure(e) => e.code == ErrorKind::Eof,
        };
        match short && self.missing > 0 {
            true => Stop::Truncated { field, bytes },
            false => Stop::Malformed { field, bytes },
        }
    }
}

/// The empty slice at the end of a slice.
fn end_of(bytes: &[u8]) -> &[u8] {
    bytes.split_at(bytes.len()).1
}

/// The bits of a number while they are shown.
pub struct Bits<'t> {
    tree: &'t mut Tree,
    value: u64,
    bytes: ByteRange,
    narrow: bool,
}

impl Bits<'_> {
    /// From here on a field's bytes are only those that its bits lie in.
    pub fn narrow(&mut self) {
        self.narrow = true;
    }

    /// From here on a field's bytes are all bytes of the number again.
    pub fn wide(&mut self) {
        self.narrow = false;
    }

    /// A number made of the masked bits, and below it the fields that its bits are.
    pub fn group(
        &mut self,
        name: &'static str,
        label: &'static str,
        mask: u64,
        base: Base,
        fill: impl FnOnce(&mut Self),
    ) {
        let value = Value::Number(self.get(mask), base);
        self.push(name, label, mask, value, None);
        self.tree.depth += 1;
        fill(self);
        self.tree.depth -= 1;
    }

    /// A number made of the masked bits.
    pub fn number(&mut self, name: &'static str, label: &'static str, mask: u64) {
        let value = Value::Number(self.get(mask), Base::Dec);
        self.push(name, label, mask, value, None);
    }

    /// A value made from the masked bits, such as one with a name.
    pub fn value<T: Into<Value>>(
        &mut self,
        name: &'static str,
        label: &'static str,
        mask: u64,
        value: impl FnOnce(u64) -> T,
    ) {
        let value = value(self.get(mask)).into();
        self.push(name, label, mask, value, None);
    }

    /// A value made from the masked bits where they stand, which do not lie side by side.
    pub fn value_in_place<T: Into<Value>>(
        &mut self,
        name: &'static str,
        label: &'static str,
        mask: u64,
        value: impl FnOnce(u64) -> T,
    ) {
        let value = value(self.value & mask).into();
        self.push(name, label, mask, value, None);
    }

    /// A value made from the masked bits, and what to say instead of it.
    pub fn worded<T: Into<Value>>(
        &mut self,
        name: &'static str,
        label: &'static str,
        mask: u64,
        value: impl FnOnce(u64) -> T,
        words: impl FnOnce(u64) -> String,
    ) {
        let number = self.get(mask);
        self.push(name, label, mask, value(number).into(), Some(words(number)));
    }

    /// One bit: set or not set.
    pub fn flag(&mut self, name: &'static str, label: &'static str, mask: u64) {
        self.flag_meaning(name, label, mask, "Set", "Not set");
    }

    /// One bit, and what it means.
    pub fn flag_meaning(
        &mut self,
        name: &'static str,
        label: &'static str,
        mask: u64,
        yes: &'static str,
        no: &'static str,
    ) {
        let value = Value::Flag(self.get(mask) != 0, yes, no);
        self.push(name, label, mask, value, None);
    }

    /// Whether any of these bits is set.
    pub fn is_set(&self, mask: u64) -> bool {
        self.value & mask != 0
    }

    fn get(&self, mask: u64) -> u64 {
        (self.value & mask) >> mask.trailing_zeros().min(63)
    }

    fn push(
        &mut self,
        name: &'static str,
        label: &'static str,
        mask: u64,
        value: Value,
        text: Option<String>,
    ) {
        let mut bytes = self.bytes;
        let mut shown_mask = mask;
        if self.narrow && mask != 0 {
            let first = mask.leading_zeros() / 8;
            let last = 7 - mask.trailing_zeros() / 8;
            let width = bytes.len() as u32;
            bytes.start = self.bytes.start + (first + width).saturating_sub(8);
            bytes.end = self.bytes.start + (last + 1 + width).saturating_sub(8);
            shown_mask = mask >> (8 * (7 - last));
        }
        let depth = self.tree.depth;
        self.tree.push(Field {
            name,
            label,
            value,
            text,
            bytes,
            mask: shown_mask,
            depth,
            kind: Kind::Field,
        });
    }
}

/// Runs what only a tree or a line of the packet list asks for, out of the way of the code that the index runs for
/// every packet: that stays small enough to be inlined.
#[cold]
#[inline(never)]
fn apart<T>(run: impl FnOnce() -> T) -> T {
    run()
}
