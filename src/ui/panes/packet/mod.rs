//! One packet: its fields as a tree, its bytes in hexadecimal. Choosing a field marks its bytes; choosing a byte finds
//! its field.
//!
//! ```text
//! ▸ Frame 5: 74 bytes on the wire, all captured               │ Packet (74 bytes)
//! ▸ Ethernet II, Src: 02:00:00:00:00:01          L2 data link │ 0020  ea 50 86 c0 00 50 f1 a5  ·P···P··
//! ▾ Transmission Control Protocol, Src port: …   L4 transport │ 0028  a3 5b 00 00 00 00 a0 02  ·[······
//!     Source port: 34496                                      │ 0030  fa f0 c8 5e 00 00 02 04  ···^····
//!       .... ..1. = Syn: Set                                  │
//! tcp.flags.syn · byte 47, bit 0x02 · 1 byte                  │
//! ```
//!
//! Its explanation takes the place of the bytes on demand.

mod bytes;
mod draw;
mod explanation;
mod fields;
mod frame;
#[cfg(test)]
mod tests;

use self::{
    bytes::{BytesView, Hit},
    explanation::ExplanationView,
    fields::Fields,
};
use crate::{
    find::{Kind, Pattern},
    format::printable,
    glossary::{self, Term},
    lang::text,
    store::Contents,
    ui::{
        Action, Scope, Shared,
        display_filter::Combine,
        display_name::{self, DisplayName},
        finding::{Find, Match, Targets},
        pane::{Pane, PaneArea, Reply, Sought},
        reader::{DetailsAnswer, MadeFor},
    },
    view::Details,
};
use chrono::FixedOffset;
use dissectors::{Field, Value};
use ratatui::{
    Frame,
    layout::{Position, Rect},
};
use std::time::{Duration, Instant};

/// The minimum interval of reading a packet again while a capture loads, since later packets may change its fields.
const READ_AGAIN: Duration = Duration::from_millis(300);

/// One packet.
#[derive(Default)]
pub struct PacketPane {
    details: Details,
    fields: Fields,
    bytes: BytesView,
    explanation: ExplanationView,
    /// Whether the explanation is shown instead of the bytes.
    explains: bool,
    shown: Option<Shown>,
    /// The last request, and when it was made.
    asked: Option<(Shown, Instant)>,
    /// The names of sender and receiver.
    names: [Option<DisplayName>; 2],
    /// Why the packet cannot be shown.
    error: Option<String>,
    missing: u32,
    /// A packet that holds a match, which is shown as soon as the packet is.
    sought: Option<(u32, Pattern)>,
    /// The packet to show.
    wanted: Option<u32>,
    /// Whether the second part has the focus, the bytes or the explanation, rather than the fields.
    in_second: bool,
    /// Where both were drawn, for the mouse.
    places: Vec<(Scope, Rect)>,
    /// Where the rows of the tree were drawn.
    place: Rect,
}

/// A packet, and the settings that its fields are made with.
#[derive(Clone, Copy, PartialEq)]
struct Shown {
    number: u32,
    made_for: MadeFor,
    zone: FixedOffset,
    /// The packet from which its time is counted.
    reference: u32,
    explains: bool,
}

impl PacketPane {
    /// Shows this packet, as soon as it has been read; until then the previous one.
    fn show(&mut self, contents: &Contents, shared: &Shared, number: u32) {
        let made_for = MadeFor::new(&shared.settings, contents.finished);
        let wanted = Shown {
            number,
            made_for,
            zone: shared.settings.zone,
            reference: shared.reference_of(number),
            explains: self.explains,
        };
        let is_hidden = |shown: Shown| shown.made_for.show_secrets && !made_for.show_secrets;
        if self.shown.is_some_and(is_hidden) {
            // Secrets to be hidden are not shown until other fields are there.
            self.details = Details::default();
            self.fields.set(Vec::new(), 0);
            self.bytes.reset(&[]);
            self.explanation.set(Vec::new(), false);
            (self.shown, self.error) = (None, None);
        }
        if let Some(answer) = shared.reader.take_details()
            && (answer.number, answer.made_for) == (number, made_for)
        {
            self.take(contents, answer, wanted);
        }
        let is_asked = |(asked, at): (Shown, Instant)| {
            let is_due = !made_for.finished && at.elapsed() >= READ_AGAIN;
            asked == wanted && (!is_due || shared.rates.is_paused())
        };
        if !self.asked.is_some_and(is_asked) {
            self.asked = Some((wanted, Instant::now()));
            shared.reader.details(number, made_for, self.explains);
        }
        // Names may come later.
        let shown = self.shown.map_or(number, |shown| shown.number);
        let summary = &self.details.summary;
        let ends = [summary.source.as_str(), &summary.destination];
        self.names = display_name::of_packet(contents, shared, shown, ends);
    }

    /// Takes over what was read.
    fn take(&mut self, contents: &Contents, answer: DetailsAnswer, wanted: Shown) {
        let number = answer.number;
        let same = self.shown.is_some_and(|shown| shown.number == number);
        self.shown = Some(wanted);
        (self.details, self.error) = match answer.details {
            Ok(details) => (details, None),
            Err(reason) => {
                let words = text!("packet-number-unreadable", number, reason);
                (Details::default(), Some(printable(&words)))
            }
        };
        self.missing = contents
            .packets
            .get(number)
            .map_or(0, |record| record.original.saturating_sub(record.captured));
        let mut fields = frame::fields(contents, number, wanted.zone, wanted.reference);
        let first = fields.len();
        fields.append(&mut self.details.tree.fields);
        if self.details.tree.left_out > 0 {
            fields.push(frame::left_out(self.details.tree.left_out));
        }
        self.fields.set(fields, first);
        self.bytes.reset(&self.details.sources);
        if let Some(explanation) = answer.explanation {
            self.explanation.set(explanation, same);
        }
        if !same {
            self.follow();
        }
        if self
            .sought
            .as_ref()
            .is_some_and(|(packet, _)| *packet == number)
        {
            self.find_match();
        }
    }

    /// Brings the match that was found in this packet onto the screen.
    fn find_match(&mut self) {
        let Some((_, pattern)) = self.sought.take() else {
            return;
        };
        let bytes = self.details.sources.first();
        let found = bytes.and_then(|source| pattern.find(&source.bytes, 0));
        if let Some(bytes) = found {
            self.found(&Match::Bytes(0, bytes));
        }
    }

    /// Brings the bytes of the chosen field onto the screen.
    fn follow(&mut self) {
        if let Some(row) = self.fields.chosen()
            && !self.fields.is_frame(row)
        {
            let bytes = self.fields.field(row).map(|field| field.bytes);
            self.bytes.follow(bytes.unwrap_or_default());
        }
    }

    /// Brings the field of the chosen byte onto the screen.
    fn find_field(&mut self) {
        let byte = self.bytes.at as u32;
        if let Some(row) = self.fields.at_byte(self.bytes.source, byte) {
            self.fields.choose(row);
        }
    }

    fn show_source(&mut self, source: usize) {
        if source < self.details.sources.len() {
            self.bytes.source = source;
            self.bytes.go_to(0);
            self.find_field();
        }
    }

    /// Returns the chosen field's bytes, or the chosen byte, in hexadecimal.
    fn copied_bytes(&self) -> Option<String> {
        let source = &self.details.sources.get(self.bytes.source)?.bytes;
        let field = self.chosen_field().map(|field| field.bytes);
        let bytes = field
            .filter(|bytes| !bytes.is_empty() && usize::from(bytes.source) == self.bytes.source)
            .and_then(|bytes| bytes.of(source))
            .or_else(|| source.get(self.bytes.at..self.bytes.at + 1))?;
        let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Some(pairs.join(" "))
    }

    /// Returns the scope of the second part.
    fn second(&self) -> Scope {
        match self.explains {
            true => Scope::Explanation,
            false => Scope::Bytes,
        }
    }

    fn chosen_field(&self) -> Option<&Field> {
        self.fields.field(self.fields.chosen()?)
    }
}

impl Pane for PacketPane {
    fn field_texts(&self) -> Option<[String; 2]> {
        let field = self.chosen_field().filter(|_| !self.in_second)?;
        let value = match &field.value {
            Value::Text(text) => text.clone(),
            value => value.show().unwrap_or_else(|| field.shown().into_owned()),
        };
        Some([value, draw::words(field)])
    }

    fn has_several_sources(&self) -> bool {
        self.details.sources.len() > 1
    }

    fn scope(&self) -> Scope {
        match self.in_second {
            true => self.second(),
            false => Scope::Details,
        }
    }

    fn parts(&self) -> Vec<Scope> {
        vec![Scope::Details, self.second()]
    }

    fn focus(&mut self, part: Scope) {
        self.in_second = part != Scope::Details;
    }

    fn part_at(&self, at: Position) -> Option<Scope> {
        let mut places = self.places.iter();
        let hit = places.find(|(_, place)| place.contains(at));
        hit.map(|(part, _)| *part)
    }

    /// Returns the chosen word of the explanation, or the term that the chosen field holds.
    fn term(&self) -> Option<&'static Term> {
        match (self.in_second, self.explains) {
            (true, true) => self.explanation.term(),
            (true, false) => None,
            (false, _) => glossary::of_field(self.chosen_field()?.name),
        }
    }

    /// Shows this packet from the next update on.
    fn go_to(&mut self, packet: u32) {
        self.wanted = Some(packet);
    }

    fn sync(&mut self, shared: &Shared) {
        if let Some(number) = self.wanted {
            self.show(&shared.store.read(), shared, number);
        }
    }

    fn draw(&mut self, shared: &Shared, frame: &mut Frame, place: PaneArea) {
        self.draw_all(shared, frame, place);
    }

    fn act(&mut self, action: Action, _shared: &Shared) -> Reply {
        if action == Action::Explain {
            // From the explanation back to the fields and bytes; from these to the explanation.
            self.in_second = !(self.explains && self.in_second);
            self.explains = self.in_second;
            return Reply::Done;
        }
        if self.in_second && self.explains {
            return match action {
                Action::Copy => Reply::Copy(self.explanation.text()),
                _ if self.explanation.act(action) => Reply::Done,
                _ => Reply::Ignored,
            };
        }
        if self.in_second {
            if self.bytes.act(action, &self.details.sources) {
                self.find_field();
                return Reply::Done;
            }
            return match action {
                Action::NextSource => {
                    let count = self.details.sources.len().max(1);
                    self.show_source((self.bytes.source + 1) % count);
                    Reply::Done
                }
                Action::Copy => match self.copied_bytes() {
                    Some(text) => Reply::Copy(text),
                    None => Reply::Ignored,
                },
                _ => Reply::Ignored,
            };
        }
        let Some(row) = self.fields.chosen() else {
            return Reply::Ignored;
        };
        match (action, self.fields.field(row)) {
            (Action::Copy, Some(field)) => return Reply::Copy(fields::filter(field)),
            (Action::Columns, Some(field)) if !field.name.is_empty() => {
                return Reply::SwitchColumn(field.name.to_owned());
            }
            (Action::Open, Some(field)) if let Some(number) = fields::packet_in(field) => {
                return Reply::JumpTo(number);
            }
            // There is nothing to unfold: the whole text of the row is shown, which may be cut off there.
            (Action::Open, Some(field)) if self.fields.fold(row).is_none() => {
                return Reply::Say(printable(&draw::words(field)));
            }
            (_, Some(field)) => {
                if let Some(how) = Combine::of(action) {
                    return Reply::FilterBy(fields::filter(field), how);
                }
            }
            _ => {}
        }
        if !self.fields.act(action) {
            return Reply::Ignored;
        }
        self.follow();
        Reply::Done
    }

    /// The rows of the tree, or the bytes: these also where the tree has the focus and bytes are searched for.
    fn find(&mut self, find: Option<&Find>, _forward: bool, _shared: &Shared) -> Sought {
        let Some(find) = find.filter(|_| !(self.in_second && self.explains)) else {
            return Sought::Nowhere;
        };
        if self.in_second || find.pattern.kind == Kind::Hex {
            let sources = self.details.sources.iter();
            let sources = sources.map(|source| source.bytes.clone()).collect();
            let at = (self.bytes.source, self.bytes.at);
            return Sought::In(Targets::Bytes(sources, at));
        }
        let rows = self.fields.texts(draw::words);
        Sought::In(Targets::Rows(rows, self.fields.chosen().unwrap_or(0)))
    }

    fn found(&mut self, found: &Match) {
        match found {
            Match::Row(row) => {
                self.fields.choose(*row);
                self.follow();
            }
            Match::Bytes(source, bytes) => {
                self.show_source(*source);
                self.bytes.go_to(bytes.start);
                self.bytes.hit = Some((*source, bytes.clone()));
                self.find_field();
            }
            Match::Packet(_) | Match::Conversation(_) => {}
        }
    }

    fn counterpart(&self, packet: u32) -> Option<Option<u32>> {
        let is_shown = self.shown.is_some_and(|shown| shown.number == packet);
        is_shown.then(|| self.fields.counterpart())
    }

    fn show_match(&mut self, packet: u32, pattern: &Pattern) {
        self.sought = Some((packet, pattern.clone()));
        let shown = self.shown.map(|shown| shown.number);
        if shown == Some(packet) {
            self.find_match();
        }
    }

    fn click(&mut self, at: Position, _shared: &Shared) -> Reply {
        if self.in_second && self.explains {
            return match self.explanation.click(at) {
                true => Reply::Done,
                false => Reply::Ignored,
            };
        }
        if self.in_second {
            match self.bytes.hit(at, &self.details.sources) {
                Some(Hit::Byte(byte)) => {
                    self.bytes.go_to(byte);
                    self.find_field();
                }
                Some(Hit::Source(source)) => self.show_source(source),
                None => return Reply::Ignored,
            }
            return Reply::Done;
        }
        if !self.place.contains(at) {
            return Reply::Ignored;
        }
        let line = usize::from(at.y - self.place.y);
        let visible = self.fields.visible();
        let Some(row) = self
            .fields
            .cursor
            .row_at(line, visible.len())
            .and_then(|at| visible.get(at).copied())
        else {
            return Reply::Ignored;
        };
        let depth = self.fields.field(row).map_or(0, |field| field.depth);
        let sign = self.place.x.saturating_add(2 * u16::from(depth));
        let on_sign = (sign..sign.saturating_add(2)).contains(&at.x);
        match self.fields.fold(row) {
            Some(open) if on_sign || self.fields.chosen() == Some(row) => {
                self.fields.set_open(row, !open);
            }
            _ => self.fields.choose(row),
        }
        self.follow();
        Reply::Done
    }

    fn scroll(&mut self, rows: isize, part: Scope) {
        if part == Scope::Bytes {
            self.bytes.scroll(rows, &self.details.sources);
        } else if part == Scope::Explanation {
            self.explanation.scroll(rows);
        } else {
            self.fields.scroll(rows);
            self.follow();
        }
    }

    fn forget(&mut self) {
        self.asked = None;
    }
}
