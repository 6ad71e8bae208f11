//! The messages of one conversation: its bytes put in order and cut where its protocols say that messages end.
//!
//! The index hears every conversation once and keeps little; who looks at a conversation hears it again and keeps
//! where every message is. Both do the same, so they come to the same.

use super::Piece;
use dissectors::{
    Dissector, Event, Heard, Known, Likeness, Place, Segment, Segments, Selector, Session, Setting,
    Side, Step, by_name, recognise,
};
use std::collections::BTreeMap;

/// A side may keep so many bytes waiting for the end of what cannot be read piece by piece, such as a head.
const MAX_PENDING: usize = 1 << 20;

/// Segments that came too early wait for what is missing before them; more than this do not.
const MAX_EARLY: usize = 1024;

/// Bytes of them.
const MAX_EARLY_BYTES: usize = 2 << 20;

/// Times that a conversation of unknown protocol is looked at.
const MAX_TRIES: u8 = 6;

/// Protocols that one conversation can change through, such as PROXY, HTTP, WebSocket.
const MAX_STAGES: usize = 8;

/// A message of a conversation.
#[derive(Clone, Copy, Debug)]
pub struct MessageRecord {
    /// Who said it.
    pub side: Side,
    /// The protocol, a place among the conversation's stages; none for bytes of no known protocol.
    stage: u16,
    /// Its number in the stage.
    number: u32,
    /// Where its bytes begin in its side's stream.
    pub at: u64,
    /// How many they are.
    pub length: u64,
    /// The packet that completed it.
    pub packet: u32,
    /// How many of them the capture lacks.
    pub missing: u32,
    /// It was said to its end.
    pub complete: bool,
}

impl MessageRecord {
    /// A protocol says that it is a message; else these are bytes of no known one.
    pub fn is_known(&self) -> bool {
        self.stage != NO_STAGE
    }

    /// One past its last byte in the stream.
    pub fn end(&self) -> u64 {
        self.at.saturating_add(self.length)
    }
}

const NO_STAGE: u16 = u16::MAX;

/// One protocol of a conversation.
struct Stage {
    dissector: &'static Dissector,
    session: Box<dyn Session>,
    heard: usize,
}

/// A segment that came before what stands in front of it.
struct Early {
    packet: u32,
    time_ns: i64,
    start: u32,
    source: u8,
    bytes: Vec<u8>,
    missing: u64,
}

/// Segments that came too early, by their place.
#[derive(Default)]
struct Waiting {
    segments: BTreeMap<u64, Early>,
    bytes: usize,
}

/// One side's stream while it is read.
#[derive(Default)]
struct Line {
    /// The sequence number of the next byte.
    next: Option<u32>,
    /// Where that byte stands in the stream.
    place: u64,
    /// Where the message that is read began.
    message: u64,
    /// In which packet, and when.
    first: (u32, i64),
    /// Bytes of it that are to be seen again; they end at `place`.
    pending: Vec<u8>,
    /// Bytes of it that need not be seen.
    skip: u64,
    /// It ends behind them.
    ends: bool,
    /// Bytes of it that the capture lacks.
    missing: u64,
    /// It was lost where messages begin; a segment may begin one.
    lost: bool,
    /// The last packet that brought bytes.
    last: (u32, i64),
    early: Option<Box<Waiting>>,
    /// Where the stream ends, once FIN said so.
    fin: Option<u64>,
    closed: bool,
}

impl Line {
    /// Where the first segment stands that waits.
    #[inline]
    fn first_early(&self) -> Option<u64> {
        let waiting = self.early.as_ref()?;
        waiting.segments.first_key_value().map(|(at, _)| *at)
    }
}

/// What is kept for showing.
#[derive(Default)]
struct Kept {
    /// In the order of the packets that completed them.
    messages: Vec<MessageRecord>,
    /// Each side's messages in the order of its stream: places in `messages` would move, so they are kept twice.
    by_place: [Vec<MessageRecord>; 2],
    /// Where each side's bytes are, in order.
    pieces: [Vec<Piece>; 2],
    /// Packet and place in `pieces`, in the order of the packets.
    packets: [Vec<(u32, u32)>; 2],
}

/// The messages of a conversation, as far as it was heard.
pub struct Messages {
    setting: Setting,
    selector: fn(u16) -> Selector,
    forced: Option<&'static Dissector>,
    stages: Vec<Stage>,
    lines: [Line; 2],
    tries: u8,
    /// What comes next is to be recognised anew.
    unrecognised: bool,
    events: Vec<Event>,
    kept: Option<Box<Kept>>,
}

/// A packet's payload with where it was.
#[derive(Clone, Copy, Debug)]
pub struct Payload<'a> {
    /// The packet.
    pub packet: u32,
    /// When it was captured, nanoseconds since the epoch.
    pub time_ns: i64,
    /// The bytes that were captured.
    pub bytes: &'a [u8],
    /// How many there were on the wire.
    pub length: u32,
    /// Where they begin in their source.
    pub start: u32,
    /// Their source: 0 is the packet.
    pub source: u8,
}

impl Messages {
    /// Begins to listen. `forced` is what the user says that the conversation speaks.
    pub fn new(
        setting: Setting,
        selector: fn(u16) -> Selector,
        forced: Option<&'static Dissector>,
    ) -> Self {
        Messages {
            setting,
            selector,
            forced,
            stages: Vec::new(),
            lines: [Line::default(), Line::default()],
            tries: 0,
            unrecognised: false,
            events: Vec::new(),
            kept: setting.keeps.then(Box::default),
        }
    }

    /// Begins to listen to another conversation with the memory of one that is over.
    pub(super) fn renew(&mut self, fresh: Messages) {
        let mut stages = std::mem::take(&mut self.stages);
        stages.clear();
        *self = Messages { stages, ..fresh };
    }

    /// Whether all is kept that is needed to show its messages.
    pub fn keeps(&self) -> bool {
        self.setting.keeps
    }

    /// The protocol that is spoken, the latest one where it changed.
    pub fn dissector(&self) -> Option<&'static Dissector> {
        self.stages.last().map(|stage| stage.dissector)
    }

    /// The protocols that were spoken, in order.
    pub fn dissectors(&self) -> impl Iterator<Item = &'static Dissector> {
        self.stages.iter().map(|stage| stage.dissector)
    }

    /// What was said, in a few words.
    pub fn summary(&self) -> String {
        let said = self.stages.iter().map(|stage| stage.session.summary());
        let mut said = said.filter(|words| !words.is_empty());
        let mut words = said.next().unwrap_or_default();
        for more in said {
            words.push_str(", then ");
            words.push_str(&more);
        }
        words
    }

    /// Whether somebody could read a secret.
    pub fn credentials(&self) -> bool {
        self.stages.iter().any(|stage| stage.session.credentials())
    }

    /// Whether segments wait for what is missing before them.
    pub fn waits(&self) -> bool {
        self.lines.iter().any(|line| line.early.is_some())
    }

    /// Nothing more can be learned: both sides have closed.
    pub fn is_over(&self) -> bool {
        self.lines.iter().all(|line| line.closed)
    }

    /// Nobody knows what this conversation speaks, and it is not looked at any more.
    pub fn is_unknown(&self) -> bool {
        self.stages.is_empty() && self.tries >= MAX_TRIES
    }

    /// Hears a TCP segment. What follows from it for other conversations is handed to `tell`.
    #[inline]
    pub fn segment(
        &mut self,
        side: Side,
        segment: &Segment,
        payload: &Payload,
        tell: &mut dyn FnMut(Event),
    ) {
        if segment.flags.ack() {
            let other = &self.lines[side.other() as usize];
            if other.early.is_some() {
                self.acknowledged(side.other(), segment.ack, tell);
            }
        }
        let line = &mut self.lines[side as usize];
        let seq = segment.seq.wrapping_add(u32::from(segment.flags.syn()));
        let next = *line.next.get_or_insert(seq);
        let ahead = i64::from(seq.wrapping_sub(next) as i32);
        if segment.flags.fin() && line.fin.is_none() {
            let end = line.place as i64 + ahead + i64::from(payload.length);
            line.fin = u64::try_from(end).ok();
        }
        if payload.length > 0 && !line.closed {
            if ahead > 0 {
                self.wait(side, ahead as u64, payload, tell);
            } else if let Some(new) = payload.behind(ahead.unsigned_abs()) {
                self.arrived(side, &new, tell);
                self.catch_up(side, tell);
            }
        }
        let line = &self.lines[side as usize];
        if segment.flags.rst() {
            self.close(Side::Client, tell);
            self.close(Side::Server, tell);
        } else if line.fin == Some(line.place) && !line.closed {
            self.close_in_order(side, payload, tell);
        }
    }

    /// Hears a UDP datagram, which is a message.
    pub fn datagram(&mut self, side: Side, payload: &Payload, tell: &mut dyn FnMut(Event)) {
        let at = self.lines[side as usize].place;
        self.record_piece(side, payload);
        let line = &mut self.lines[side as usize];
        line.place = at + payload.bytes.len() as u64;
        line.message = at;
        line.first = (payload.packet, payload.time_ns);
        line.last = line.first;
        if self.stages.is_empty() && self.tries < MAX_TRIES {
            self.begin_stage(side, payload.bytes);
        }
        let place = self.place(side);
        let step = match self.stages.last_mut() {
            Some(stage) => stage.session.step(&place, payload.bytes),
            None => Step::NotMine,
        };
        let mine = step != Step::NotMine;
        self.finish(side, mine, true, tell);
    }

    /// The capture is at its end: what waits for something in front of it is read without. A message that goes on
    /// behind the end is none yet.
    pub fn end(&mut self) {
        self.read_waiting(Side::Client, &mut |_| ());
        self.read_waiting(Side::Server, &mut |_| ());
    }

    fn read_waiting(&mut self, side: Side, tell: &mut dyn FnMut(Event)) {
        while self.lines[side as usize].first_early().is_some() {
            self.give_up(side, tell);
        }
    }

    fn place(&self, side: Side) -> Place {
        let (packet, time_ns) = self.lines[side as usize].last;
        Place {
            side,
            packet: packet.into(),
            time_ns,
            seen: 0,
        }
    }

    /// A segment that stands behind what was not seen yet waits for it.
    #[cold]
    fn wait(&mut self, side: Side, ahead: u64, payload: &Payload, tell: &mut dyn FnMut(Event)) {
        let line = &mut self.lines[side as usize];
        let at = line.place + ahead;
        let early = Early {
            packet: payload.packet,
            time_ns: payload.time_ns,
            start: payload.start,
            source: payload.source,
            bytes: payload.bytes.to_vec(),
            missing: u64::from(payload.length).saturating_sub(payload.bytes.len() as u64),
        };
        // The first copy stands.
        let longer = |known: &Early| known.bytes.len() < early.bytes.len();
        let waiting = line.early.get_or_insert_default();
        if waiting.segments.get(&at).is_none_or(longer) {
            waiting.bytes += early.bytes.len();
            if let Some(shorter) = waiting.segments.insert(at, early) {
                waiting.bytes -= shorter.bytes.len();
            }
        }
        if waiting.segments.len() > MAX_EARLY || waiting.bytes > MAX_EARLY_BYTES {
            self.give_up(side, tell);
        }
    }

    /// The other side has received what this capture has not: it will not come any more.
    #[cold]
    fn acknowledged(&mut self, side: Side, ack: u32, tell: &mut dyn FnMut(Event)) {
        let line = &self.lines[side as usize];
        let (Some(next), Some(first)) = (line.next, line.first_early()) else {
            return;
        };
        let acknowledged = i64::from(ack.wrapping_sub(next) as i32);
        if acknowledged >= 0 && acknowledged as u64 >= first.saturating_sub(line.place) {
            self.give_up(side, tell);
        }
    }

    /// Goes on behind what is missing.
    #[cold]
    fn give_up(&mut self, side: Side, tell: &mut dyn FnMut(Event)) {
        let line = &self.lines[side as usize];
        if let Some(first) = line.first_early() {
            let gap = first.saturating_sub(line.place);
            self.gap(side, gap, tell);
            self.catch_up(side, tell);
        }
    }

    /// Reads what has waited, as far as nothing is missing before it.
    #[inline]
    fn catch_up(&mut self, side: Side, tell: &mut dyn FnMut(Event)) {
        while let Some(first) = self.lines[side as usize].first_early() {
            let line = &mut self.lines[side as usize];
            if first > line.place {
                return;
            }
            let Some(waiting) = &mut line.early else {
                return;
            };
            let Some((at, early)) = waiting.segments.pop_first() else {
                return;
            };
            waiting.bytes -= early.bytes.len();
            if waiting.segments.is_empty() {
                line.early = None;
            }
            let behind = line.place - at;
            let payload = Payload {
                packet: early.packet,
                time_ns: early.time_ns,
                bytes: &early.bytes,
                length: (early.bytes.len() as u64 + early.missing) as u32,
                start: early.start,
                source: early.source,
            };
            if let Some(new) = payload.behind(behind) {
                // What completes a message is what came last, not what was first in order; but where each segment
                // stands for itself, it was complete when it came.
                let stage = self.stages.last();
                if stage.is_some_and(|stage| stage.dissector.talk.is_none()) {
                    self.lines[side as usize].last = (0, 0);
                }
                self.arrived(side, &new, tell);
            }
        }
    }

    fn record_piece(&mut self, side: Side, payload: &Payload) {
        let at = self.lines[side as usize].place;
        if let Some(kept) = &mut self.kept
            && !payload.bytes.is_empty()
        {
            let pieces = &mut kept.pieces[side as usize];
            let index = pieces.len() as u32;
            pieces.push(Piece {
                at,
                length: payload.bytes.len() as u32,
                packet: payload.packet,
                start: payload.start,
                source: payload.source,
            });
            let packets = &mut kept.packets[side as usize];
            let behind = packets.partition_point(|(packet, _)| *packet <= payload.packet);
            packets.insert(behind, (payload.packet, index));
        }
    }

    /// Reads bytes that stand where the last ones ended.
    #[inline]
    fn arrived(&mut self, side: Side, payload: &Payload, tell: &mut dyn FnMut(Event)) {
        if self.kept.is_some() {
            self.record_piece(side, payload);
        }
        let line = &mut self.lines[side as usize];
        line.next = line
            .next
            .map(|next| next.wrapping_add(payload.bytes.len() as u32));
        line.last = (
            payload.packet.max(line.last.0),
            payload.time_ns.max(line.last.1),
        );
        let length = payload.bytes.len() as u64;
        if line.skip > length && line.pending.is_empty() {
            // Inside of what need not be seen, which is most of what goes over the wire.
            line.skip -= length;
            line.place += length;
        } else {
            self.read(side, payload.bytes, tell);
        }
        let cut = u64::from(payload.length).saturating_sub(length);
        if cut > 0 {
            self.gap(side, cut, tell);
        }
    }

    /// Cuts bytes into messages.
    fn read(&mut self, side: Side, bytes: &[u8], tell: &mut dyn FnMut(Event)) {
        let s = side as usize;
        let mut held = std::mem::take(&mut self.lines[s].pending);
        let looked_at: &[u8] = match held.is_empty() {
            true => bytes,
            false => {
                held.extend_from_slice(bytes);
                &held
            }
        };
        let mut rest = looked_at;
        // Pending bytes were counted when they came.
        let counted = looked_at.len() - bytes.len();
        self.lines[s].place -= counted as u64;
        let begins_segment = counted == 0;
        if self.lines[s].lost && begins_segment {
            self.lines[s].lost = false;
        }
        while !rest.is_empty() {
            let line = &mut self.lines[s];
            if line.skip > 0 {
                let taken = line.skip.min(rest.len() as u64);
                line.skip -= taken;
                line.place += taken;
                rest = rest.split_at(taken as usize).1;
                if line.skip == 0 && line.ends {
                    self.finish(side, true, true, tell);
                }
                continue;
            }
            if line.place == line.message {
                line.first = line.last;
            }
            let unknown = self.stages.is_empty() || self.unrecognised;
            if unknown && !self.begin_stage(side, rest) {
                self.unknown(side, rest.len(), tell);
                break;
            }
            let mut place = self.place(side);
            place.seen = counted.saturating_sub(looked_at.len() - rest.len());
            let only = self.stages.len() == 1;
            let Some(stage) = self.stages.last_mut() else {
                break;
            };
            let step = match self.lines[s].lost {
                true => Step::NotMine,
                false => stage.session.step(&place, rest),
            };
            let line = &mut self.lines[s];
            match step {
                Step::More if rest.len() < MAX_PENDING => {
                    line.place += rest.len() as u64;
                    line.pending = rest.to_vec();
                    return;
                }
                Step::Take(length @ 1..) => {
                    line.skip = length;
                    line.ends = false;
                }
                Step::Message(length @ 1..) => {
                    line.skip = length;
                    line.ends = true;
                }
                Step::UntilEnd => {
                    line.skip = u64::MAX;
                    line.ends = true;
                }
                _ => {
                    // A guess that nothing has confirmed yet may have been wrong.
                    let unconfirmed = stage.heard == 0 && self.forced.is_none();
                    if unconfirmed && only && line.place == line.message {
                        self.stages.pop();
                        self.tries = self.tries.saturating_add(1);
                        if self.tries < MAX_TRIES && self.begin_stage_surely(side, rest) {
                            continue;
                        }
                    } else if line.place == line.message && self.resume_stage(side, rest) {
                        continue;
                    } else if let Some(stage) = self.stages.last_mut() {
                        stage.session.lost(side);
                        self.lines[side as usize].lost = true;
                    }
                    self.unknown(side, rest.len(), tell);
                    break;
                }
            }
        }
    }

    /// Bytes of no known protocol: they are a message of their own.
    fn unknown(&mut self, side: Side, length: usize, tell: &mut dyn FnMut(Event)) {
        let line = &mut self.lines[side as usize];
        line.place += length as u64;
        line.skip = 0;
        self.finish(side, false, true, tell);
    }

    fn begin_stage(&mut self, side: Side, bytes: &[u8]) -> bool {
        if self.tries >= MAX_TRIES {
            return false;
        }
        self.tries += 1;
        let ports = [self.setting.client.1, self.setting.server.1];
        let found = match self.forced {
            Some(forced) => Some(forced),
            None => recognise(self.selector, ports, side, bytes),
        };
        found.is_some_and(|dissector| self.push_stage(dissector))
    }

    /// Begins what the bytes are whatever the port says.
    fn begin_stage_surely(&mut self, side: Side, bytes: &[u8]) -> bool {
        self.tries += 1;
        recognise(self.selector, [0, 0], side, bytes).is_some_and(|found| self.push_stage(found))
    }

    /// Goes back to the protocol before the present one, as FTP does from TLS: RFC 4217, section 3.
    fn resume_stage(&mut self, side: Side, bytes: &[u8]) -> bool {
        let before = self.stages.iter().rev().nth(1);
        let Some(dissector) = before.map(|stage| stage.dissector) else {
            return false;
        };
        let talk = dissector.talk;
        talk.is_some_and(|talk| (talk.looks_like)(bytes, side) == Likeness::Surely)
            && self.push_stage(dissector)
    }

    fn push_stage(&mut self, dissector: &'static Dissector) -> bool {
        if self.stages.len() >= MAX_STAGES {
            return false;
        }
        let session = match dissector.talk {
            Some(talk) => (talk.begin)(&self.setting),
            None => Box::new(Segments),
        };
        self.stages.reserve_exact(1);
        self.stages.push(Stage {
            dissector,
            session,
            heard: 0,
        });
        self.unrecognised = false;
        for line in &mut self.lines {
            line.lost = false;
        }
        true
    }

    /// A message ends at the present place.
    fn finish(&mut self, side: Side, mine: bool, complete: bool, tell: &mut dyn FnMut(Event)) {
        let line = &mut self.lines[side as usize];
        let (packet, time_ns) = line.last;
        let at = line.message;
        let length = line.place - at;
        let (first_packet, first_ns) = line.first;
        let missing = line.missing;
        line.message = line.place;
        line.skip = 0;
        line.ends = false;
        line.missing = 0;
        let number = match self.stages.last() {
            Some(stage) if mine => stage.heard,
            _ => 0,
        };
        if let Some(kept) = &mut self.kept {
            let stage = match mine {
                true => self.stages.len().wrapping_sub(1) as u16,
                false => NO_STAGE,
            };
            let record = MessageRecord {
                side,
                stage,
                number: number as u32,
                at,
                length,
                packet,
                missing: u32::try_from(missing).unwrap_or(u32::MAX),
                complete,
            };
            let behind = kept
                .messages
                .partition_point(|known| known.packet <= packet);
            kept.messages.insert(behind, record);
            kept.by_place[side as usize].push(record);
        }
        if let Some(stage) = self.stages.last_mut()
            && mine
        {
            stage.heard += 1;
            let heard = Heard {
                number,
                side,
                first_packet: first_packet.into(),
                first_ns,
                packet: packet.into(),
                time_ns,
                length,
                missing,
                complete,
            };
            stage.session.heard(&heard, &mut self.events);
            if !self.events.is_empty() {
                self.follow_events(tell);
            }
        }
    }

    #[cold]
    fn follow_events(&mut self, tell: &mut dyn FnMut(Event)) {
        for event in std::mem::take(&mut self.events) {
            match event {
                Event::HandOver(dissector) => {
                    self.push_stage(dissector);
                }
                Event::Recognise => {
                    self.unrecognised = true;
                    self.tries = 0;
                }
                // Inside of a tunnel somebody else is called than who the bytes go to.
                Event::Called { .. } if self.is_tunnelled() => {}
                other => tell(other),
            }
        }
    }

    /// Whether a proxy passes on what is said now: HTTP's CONNECT came before it.
    fn is_tunnelled(&self) -> bool {
        let before = self
            .stages
            .split_last()
            .map_or(&[][..], |(_, before)| before);
        before.iter().any(|stage| stage.dissector.name == "http")
    }

    /// Bytes that the capture does not have.
    #[cold]
    fn gap(&mut self, side: Side, length: u64, tell: &mut dyn FnMut(Event)) {
        let line = &mut self.lines[side as usize];
        line.next = line.next.map(|next| next.wrapping_add(length as u32));
        line.place += length;
        if line.skip >= length && line.pending.is_empty() {
            line.skip -= length;
            line.missing += length;
            if line.skip == 0 {
                if line.ends {
                    self.finish(side, true, true, tell);
                } else {
                    // What follows in the same message was to be looked at: its place is known.
                    self.lines[side as usize].ends = false;
                }
            }
            return;
        }
        // Where the next message begins is lost. What there was of this one is shown.
        line.place -= length;
        if line.place > line.message {
            line.pending.clear();
            self.finish(side, true, false, tell);
        }
        let line = &mut self.lines[side as usize];
        line.place += length;
        line.message = line.place;
        line.pending.clear();
        line.skip = 0;
        if let Some(stage) = self.stages.last_mut() {
            stage.session.lost(side);
        }
    }

    /// A side has said all, and every byte of it came.
    fn close_in_order(&mut self, side: Side, payload: &Payload, tell: &mut dyn FnMut(Event)) {
        let line = &mut self.lines[side as usize];
        if line.skip > u64::MAX / 2 {
            // Only the end of the stream says that this was all of the message.
            line.last = (payload.packet, payload.time_ns);
            self.finish(side, true, true, tell);
        }
        self.close(side, tell);
    }

    /// A side says no more. What there is of a message is shown.
    fn close(&mut self, side: Side, tell: &mut dyn FnMut(Event)) {
        let line = &mut self.lines[side as usize];
        if line.closed {
            return;
        }
        self.read_waiting(side, tell);
        let line = &mut self.lines[side as usize];
        line.closed = true;
        line.pending = Vec::new();
        line.early = None;
        if line.place > line.message {
            self.finish(side, true, false, tell);
        }
    }

    /// The messages that a packet completes, in order. Only of what was kept.
    pub fn completed_in(&self, packet: u32) -> &[MessageRecord] {
        let Some(kept) = &self.kept else { return &[] };
        let from = kept.messages.partition_point(|known| known.packet < packet);
        let to = kept
            .messages
            .partition_point(|known| known.packet <= packet);
        kept.messages.get(from..to).unwrap_or_default()
    }

    /// All messages, in the order of the packets that completed them. Only of what was kept.
    pub fn all(&self) -> &[MessageRecord] {
        self.kept.as_ref().map_or(&[], |kept| &kept.messages)
    }

    /// The new bytes that a packet brought to a side's stream. Only of what was kept.
    pub fn pieces_of(&self, packet: u32, side: Side) -> impl Iterator<Item = &Piece> {
        let kept = self.kept.as_deref();
        let packets = kept.map_or(&[][..], |kept| &kept.packets[side as usize]);
        let from = packets.partition_point(|(known, _)| *known < packet);
        packets
            .get(from..)
            .unwrap_or_default()
            .iter()
            .take_while(move |(known, _)| *known == packet)
            .filter_map(move |(_, at)| kept?.pieces[side as usize].get(*at as usize))
    }

    /// Where the bytes of a message are. Only of what was kept.
    pub fn pieces_in(&self, message: &MessageRecord) -> &[Piece] {
        let Some(kept) = &self.kept else { return &[] };
        let pieces = &kept.pieces[message.side as usize];
        let from = pieces.partition_point(|piece| piece.end() <= message.at);
        let to = pieces.partition_point(|piece| piece.at < message.end());
        pieces.get(from..to.max(from)).unwrap_or_default()
    }

    /// How many messages of a side end before a byte of its stream: the place of the one that it belongs to, which may
    /// not have ended yet.
    pub fn place_at(&self, side: Side, at: u64) -> usize {
        self.kept.as_ref().map_or(0, |kept| {
            kept.by_place[side as usize].partition_point(|known| known.end() <= at)
        })
    }

    /// The message at this place among those of a side, in the order of its stream.
    pub fn at_place(&self, side: Side, place: usize) -> Option<&MessageRecord> {
        self.kept.as_ref()?.by_place[side as usize].get(place)
    }

    /// The message that a byte of a side's stream belongs to, if its end is known by now.
    pub fn message_at(&self, side: Side, at: u64) -> Option<&MessageRecord> {
        let messages = &self.kept.as_ref()?.by_place[side as usize];
        let found = messages.partition_point(|known| known.end() <= at);
        messages.get(found).filter(|known| known.at <= at)
    }

    /// Who reads a message.
    pub fn dissector_of(&self, message: &MessageRecord) -> Option<&'static Dissector> {
        let stage = self.stages.get(usize::from(message.stage));
        stage.map_or_else(|| by_name("data"), |stage| Some(stage.dissector))
    }

    /// What its dissector must know.
    pub fn known(&self, message: &MessageRecord) -> Option<Known> {
        let stage = self.stages.get(usize::from(message.stage))?;
        stage.session.known(message.number as usize)
    }

    /// The expected connection that a message asked for something to be carried over.
    pub fn asked_for(&self, message: &MessageRecord) -> Option<u32> {
        let stage = self.stages.get(usize::from(message.stage))?;
        stage.session.asked_for(message.number as usize)
    }

    /// The messages whose bytes this one completes to something whole, in order.
    pub fn gathered(&self, message: &MessageRecord) -> Vec<MessageRecord> {
        let numbers = match self.stages.get(usize::from(message.stage)) {
            Some(stage) => stage.session.gathers(message.number as usize),
            None => Vec::new(),
        };
        let (Some(kept), false) = (&self.kept, numbers.is_empty()) else {
            return Vec::new();
        };
        // A side's messages are numbered in the order of its stream.
        let ours = &kept.by_place[message.side as usize];
        let mut wanted = numbers.into_iter().peekable();
        ours.iter()
            .filter(|known| known.stage == message.stage)
            .filter(|known| wanted.next_if_eq(&(known.number as usize)).is_some())
            .copied()
            .collect()
    }

    /// What the dissector of a connection must know that this conversation announced.
    pub fn expected(&self, number: u32) -> Option<Known> {
        self.stages
            .iter()
            .find_map(|stage| stage.session.expected(number))
    }

    /// About how many bytes of memory this takes.
    pub fn weight(&self) -> usize {
        let kept = self.kept.as_ref().map_or(0, |kept| {
            let pieces: usize = kept.pieces.iter().map(Vec::len).sum();
            pieces * (size_of::<Piece>() + 8) + kept.messages.len() * 4 * size_of::<MessageRecord>()
        });
        size_of::<Self>() + kept
    }
}

impl<'a> Payload<'a> {
    /// What stands behind so many of its bytes.
    #[inline]
    fn behind(&self, count: u64) -> Option<Payload<'a>> {
        let new = u64::from(self.length)
            .checked_sub(count)
            .filter(|new| *new > 0)?;
        let known = (self.bytes.len() as u64).min(count) as usize;
        Some(Payload {
            bytes: self.bytes.split_at(known).1,
            length: new as u32,
            start: self.start + known as u32,
            ..*self
        })
    }
}
