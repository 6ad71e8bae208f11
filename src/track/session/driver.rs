//! Reads a conversation packet by packet: puts each side's bytes in order, and cuts them as its protocol requires.
//!
//! This runs for every packet. Everything that it calls for most of them is in this file, so that the compiler has it
//! in one unit.

use super::{
    MAX_TRIES, MessageRecord, Messages, NO_STAGE, ReadMessage, page::Kept, stage::Stage,
    unknown_secrets::UnknownSecrets,
};
use crate::track::{FrameLayers, Payload, reassembly::Reassembler};
use dissectors::{
    AnySession, Cutter, DATA, Event, Framing, HeaderSecrets, MessageInfo, Place, Segment, Side,
    TcpFlags, line_goes_on, may_show_more, recognise,
};
use std::num::NonZeroU32;

/// The maximum number of bytes a side keeps pending for the end of a unit that cannot be read piece by piece, such as a
/// head.
const MAX_PENDING: usize = 1 << 20;

/// One side's stream while it is read.
#[derive(Clone, Default)]
pub struct StreamState {
    /// Puts its segments in order.
    pub reassembler: Reassembler,
    /// The offset in the stream of the byte that is read next.
    pub place: u64,
    /// The offset at which the current message began.
    pub message: u64,
    /// The packet in which the current message began, and its time.
    first: (u32, i64),
    /// The packet whose bytes the current message begins with, and how many segments it has by now.
    pub first_packet: u32,
    pub segments: u32,
    /// The offset at which the previous message began.
    pub last_message: u64,
    /// The packet whose bytes are being read.
    current: u32,
    /// Bytes of the current message that are held back, which end at `place`, and those that need not be read.
    pub cutter: Cutter,
    /// The bytes that are held back were shown to no session.
    undecided: bool,
    /// What they consist of: those of each turn.
    undecided_turns: Vec<UndecidedTurn>,
    /// The offset from which the protocol is to be recognized: the beginning, where a tunnel begins, or where this side
    /// last began to send after the other one.
    pub recognised_from: u64,
    /// Some of what was to be recognized was in no known protocol.
    pub has_unknown: bool,
    /// Bytes are missing, so that a message may begin with any segment.
    has_gap: bool,
    /// Bytes of the current message that the capture lacks.
    pub missing: u64,
    /// The message boundaries were lost; a segment may begin a message.
    pub lost: bool,
    /// The last packet that brought bytes.
    pub last: (u32, i64),
    /// The layers of that packet.
    last_layers: FrameLayers,
    /// What is missing now is the rest of a packet that the capture cut short.
    is_cut: bool,
    /// Where acknowledged data was waited for in vain.
    pub lacked_at: Option<u64>,
    pub closed: bool,
    /// Searches bytes of no known protocol for secrets.
    pub unknown_secrets: Option<Box<UnknownSecrets>>,
}

/// Bytes that one side sent before the other one went on, and that were held back.
#[derive(Clone)]
struct UndecidedTurn {
    /// [`Messages::turns`] when they came.
    turn: u8,
    length: usize,
    /// The first and the last packet that brought some of them.
    first: (u32, i64),
    first_packet: u32,
    last: (u32, i64),
    last_layers: FrameLayers,
    segments: u32,
}

/// Asks the session to frame bytes, the first of which is at offset `at`. The index looks for no secrets in them.
#[inline(always)]
fn frame(
    stage: &mut Stage,
    kept: &mut Option<Box<Kept>>,
    place: &Place,
    at: u64,
    bytes: &[u8],
) -> Framing {
    let session = &mut *stage.session;
    match kept {
        None => session.frame(place, bytes),
        Some(kept) => kept.secrets[place.side].frame(session, place, at, bytes),
    }
}

/// Records the packet whose bytes are being read if the session has just found the first secret.
#[inline]
fn look_for_secret(secret_in: &mut Option<NonZeroU32>, session: &dyn AnySession, packet: u32) {
    if secret_in.is_none() && session.credentials() {
        *secret_in = NonZeroU32::new(packet);
    }
}

impl Messages {
    /// Reads a TCP segment. Events for other conversations are passed to `emit`.
    #[inline]
    pub fn segment(
        &mut self,
        side: Side,
        segment: &Segment,
        payload: &Payload,
        emit: &mut dyn FnMut(Event),
    ) {
        let acknowledged = &self.streams[side.other()].reassembler;
        let may_be_early =
            segment.flags.ack() && (acknowledged.waits() || acknowledged.lacks(segment.ack));
        if may_be_early || self.held.is_some() {
            self.read_or_hold(side, segment, payload, emit);
        } else {
            self.deliver(side, segment, payload, emit);
        }
    }

    /// Reads a TCP segment that need not be held back.
    #[inline]
    pub(super) fn deliver(
        &mut self,
        side: Side,
        segment: &Segment,
        payload: &Payload,
        emit: &mut dyn FnMut(Event),
    ) {
        let flags = segment.flags;
        let stream = &mut self.streams[side];
        let seq = segment.seq.wrapping_add(u32::from(flags.syn()));
        if flags.any(TcpFlags::SYN | TcpFlags::FIN) {
            stream.control(flags, seq, payload.length);
        }
        if payload.length > 0 && !stream.closed {
            match stream.reassembler.arrive(seq, payload) {
                Some(new) => self.arrived(side, &new, emit),
                None => self.wait(side, emit),
            }
        } else {
            stream.reassembler.begin(seq);
        }
        let stream = &self.streams[side];
        if flags.rst() {
            self.close(Side::Client, emit);
            self.close(Side::Server, emit);
        } else if stream.reassembler.is_at_end() && !stream.closed {
            self.close_in_order(side, payload, emit);
        }
    }

    /// Reads a UDP datagram, which is a message.
    pub fn datagram(&mut self, side: Side, payload: &Payload, emit: &mut dyn FnMut(Event)) {
        let at = self.streams[side].place;
        if let Some(kept) = &mut self.kept {
            kept.add_piece(side, at, payload);
        }
        let stream = &mut self.streams[side];
        let length = u64::from(payload.length);
        stream.place = at + length;
        stream.missing = length.saturating_sub(payload.bytes.len() as u64);
        stream.is_cut = true;
        stream.message = at;
        stream.first = (payload.packet, payload.time_ns);
        stream.last = stream.first;
        stream.last_layers = payload.layers;
        (stream.first_packet, stream.segments) = (payload.packet, 1);
        stream.current = payload.packet;
        if self.stages.is_empty() {
            self.begin_stage(side, payload.bytes);
        }
        let place = self.place(side);
        let framing = match self.stages.last_mut() {
            Some(stage) => frame(stage, &mut self.kept, &place, at, payload.bytes),
            None => Framing::NotRecognized,
        };
        let mine = framing != Framing::NotRecognized;
        if mine {
            self.took(side, at, payload.bytes);
        } else {
            let mut lines = HeaderSecrets::other();
            match &mut self.kept {
                Some(kept) => kept.secrets[side].search(&mut lines, at, payload.bytes),
                None => {
                    lines.find(payload.bytes, &mut Vec::new());
                }
            }
            self.found_secret(side, lines.has_found());
            if self.stages.is_empty() {
                let first = self.first_bytes.get_or_insert_default();
                first.add(side, at, payload.bytes);
            }
        }
        self.finish(side, mine, true, emit);
    }

    /// Ends the capture: data that waits for missing data is read without it. A message that goes on after the end is
    /// not counted. Events for others are passed to `emit`.
    pub fn end(&mut self, emit: &mut dyn FnMut(Event)) {
        self.give_up_all(emit);
        self.end_sessions(emit);
    }

    /// Ends the capture as far as the index needs it. Events for other conversations are passed to `emit`.
    pub(in crate::track) fn give_up_all(&mut self, emit: &mut dyn FnMut(Event)) {
        self.stop_holding(emit);
        for side in Side::BOTH {
            self.read_waiting(side, emit);
            self.close_behind_gap(side, emit);
        }
    }

    fn read_waiting(&mut self, side: Side, emit: &mut dyn FnMut(Event)) {
        while self.streams[side].reassembler.waits() {
            self.give_up(side, emit);
        }
    }

    /// Records that a session took these bytes, the first of which is at offset `at`.
    #[inline(always)]
    fn took(&mut self, side: Side, at: u64, bytes: &[u8]) {
        let Some(stage) = self.stages.last_mut() else {
            return;
        };
        let session = &mut *stage.session;
        match &mut self.kept {
            Some(kept) => kept.secrets[side].take(session, side, at, bytes),
            None if session.searches(side) => session.secrets_taken(side, bytes, &mut Vec::new()),
            None => return,
        }
        let packet = self.streams[side].current;
        look_for_secret(&mut self.secret_in, session, packet);
    }

    /// Records the packet whose bytes are being read if they hold the first secret of no known protocol.
    #[inline]
    fn found_secret(&mut self, side: Side, found: bool) {
        self.credentials |= found;
        if found && self.secret_in.is_none() {
            self.secret_in = NonZeroU32::new(self.streams[side].current);
        }
    }

    fn place(&self, side: Side) -> Place {
        let (packet, time_ns) = self.streams[side].last;
        Place {
            side,
            packet: packet.into(),
            time_ns,
            seen: 0,
        }
    }

    /// Handles a segment that is not in order, or for which others have waited.
    #[cold]
    fn wait(&mut self, side: Side, emit: &mut dyn FnMut(Event)) {
        self.catch_up(side, emit);
        if self.streams[side].reassembler.is_full() {
            self.give_up(side, emit);
        }
    }

    /// Handles an acknowledgment of data that this capture does not have and that will not come any more.
    #[cold]
    pub(super) fn acknowledged(&mut self, side: Side, ack: u32, emit: &mut dyn FnMut(Event)) {
        if self.streams[side].reassembler.has_lost(ack) {
            self.give_up(side, emit);
            self.close_behind_gap(side, emit);
        }
    }

    /// Goes on after the missing data.
    #[cold]
    fn give_up(&mut self, side: Side, emit: &mut dyn FnMut(Event)) {
        if let Some(gap) = self.streams[side].reassembler.give_up() {
            self.gap(side, gap, emit);
            self.catch_up(side, emit);
        }
    }

    /// Reads the data that has waited, up to the next missing byte.
    #[cold]
    fn catch_up(&mut self, side: Side, emit: &mut dyn FnMut(Event)) {
        loop {
            // Answers to the data that was read are read before the data that follows it.
            if self.held.as_ref().is_some_and(|held| held.awaits(side)) {
                self.release(emit);
            }
            let Some(early) = self.streams[side].reassembler.take() else {
                break;
            };
            // A message is completed by the segment that came last, not by the first in order; but where each segment
            // is a message, it was complete when it came.
            let stage = self.stages.last();
            if stage.is_some_and(|stage| !stage.dissector.has_messages()) {
                self.streams[side].last = (0, 0);
            }
            self.arrived(side, &early.payload(), emit);
        }
    }

    /// Reads bytes that follow directly on the last ones.
    #[inline]
    fn arrived(&mut self, side: Side, payload: &Payload, emit: &mut dyn FnMut(Event)) {
        let stream = &mut self.streams[side];
        if let Some(kept) = &mut self.kept {
            kept.add_piece(side, stream.place, payload);
        }
        if payload.packet >= stream.last.0 {
            stream.last_layers = payload.layers;
        }
        stream.last = (
            payload.packet.max(stream.last.0),
            payload.time_ns.max(stream.last.1),
        );
        let length = payload.bytes.len() as u64;
        stream.segments += 1;
        stream.current = payload.packet;
        if stream.cutter.skip > length && stream.cutter.pending.is_empty() {
            // Within the bytes that need not be read, which is most of the traffic.
            stream.cutter.skip -= length;
            stream.place += length;
            let at = stream.place - length;
            self.took(side, at, payload.bytes);
        } else {
            if stream.place == stream.message {
                (stream.first_packet, stream.segments) = (payload.packet, 1);
            }
            self.read(side, payload.bytes, emit);
            self.note_begun(side, payload.packet);
        }
        let cut = u64::from(payload.length).saturating_sub(length);
        if cut > 0 {
            self.streams[side].is_cut = true;
            self.gap(side, cut, emit);
            self.streams[side].is_cut = false;
        }
    }

    /// Cuts bytes into messages.
    fn read(&mut self, side: Side, bytes: &[u8], emit: &mut dyn FnMut(Event)) {
        if self.stages.is_empty() || self.unrecognised {
            self.begin_turn(side, bytes, emit);
        }
        let held = self.streams[side].cutter.held_with(bytes);
        let looked_at: &[u8] = match held.is_empty() {
            true => bytes,
            false => &held,
        };
        let mut rest = looked_at;
        // Pending bytes were counted when they came.
        let counted = looked_at.len() - bytes.len();
        self.streams[side].place -= counted as u64;
        let begins_segment = counted == 0;
        // The session has not seen bytes that came before it began.
        let shown = match std::mem::take(&mut self.streams[side].undecided) {
            true => 0,
            false => counted,
        };
        if self.streams[side].lost && begins_segment {
            self.streams[side].lost = false;
        }
        while !rest.is_empty() {
            let stream = &mut self.streams[side];
            if let Some((taken, ends)) = stream.cutter.take(rest.len()) {
                let at = stream.place;
                stream.place += taken as u64;
                let (bytes, behind) = rest.split_at(taken);
                rest = behind;
                self.took(side, at, bytes);
                if ends {
                    self.finish(side, true, true, emit);
                }
                continue;
            }
            let begins = looked_at.len() == rest.len();
            let seen = shown.saturating_sub(looked_at.len() - rest.len());
            if stream.place == stream.message && !(begins && counted > 0) {
                stream.first = stream.last;
            }
            let unknown = self.stages.is_empty() || self.unrecognised;
            let goes_on = unknown && begins && line_goes_on(counted, bytes);
            if unknown && self.speaker.is_none() {
                // A tunnel begins within a segment.
                self.speaker = Some(side);
                self.turns = 1;
            }
            let begun = unknown && !goes_on && self.begin_stage_of_stream(side, rest);
            if begun && self.streams[side.other()].undecided {
                // The other side spoke first, too little to recognize the protocol by.
                self.read(side.other(), b"", emit);
                continue;
            }
            if unknown && !begun {
                if goes_on || self.waits_for_more(side, rest) {
                    self.leave_undecided(side, rest);
                    let length = rest.len();
                    self.streams[side].cutter.hold(held, length, bytes);
                    return;
                }
                self.give_up_undecided(side.other(), emit);
                if let Some(length) = self.request_of_tls(side, rest) {
                    let (request, behind) = rest.split_at(length.min(rest.len()));
                    self.unknown(side, request, emit);
                    let stream = &mut self.streams[side];
                    stream.recognised_from = stream.place;
                    rest = behind;
                    continue;
                }
                match begins {
                    true => self.unknown_turns(side, rest, emit),
                    false => self.unknown(side, rest, emit),
                }
                break;
            }
            self.streams[side].undecided_turns.clear();
            let mut place = self.place(side);
            place.seen = seen;
            let only = self.stages.len() == 1;
            let Some(stage) = self.stages.last_mut() else {
                break;
            };
            let at = self.streams[side].place;
            let framing = match self.streams[side].lost {
                true => Framing::NotRecognized,
                false => frame(stage, &mut self.kept, &place, at, rest),
            };
            let packet = self.streams[side].current;
            look_for_secret(&mut self.secret_in, &*stage.session, packet);
            let stream = &mut self.streams[side];
            match framing {
                Framing::NeedMore if rest.len() < MAX_PENDING => {
                    stream.place += rest.len() as u64;
                    let length = rest.len();
                    stream.cutter.hold(held, length, bytes);
                    return;
                }
                framing if stream.cutter.frame(framing) => {}
                _ => {
                    // A guess that nothing has confirmed so far may have been wrong.
                    let unconfirmed = stage.messages == 0 && self.forced.is_none();
                    if unconfirmed && only && stream.place == stream.message {
                        self.stages.pop();
                        self.tries = self.tries.saturating_add(1);
                        if self.tries < MAX_TRIES && self.begin_stage_surely(side, rest) {
                            continue;
                        }
                    } else if stream.place == stream.message && self.resume_stage(side, rest) {
                        continue;
                    } else if let Some(stage) = self.stages.last_mut() {
                        stage.session.lost(side);
                        self.streams[side].lost = true;
                    }
                    self.unknown(side, rest, emit);
                    break;
                }
            }
        }
    }

    /// Searches bytes that are held back until more of them show their protocol.
    #[cold]
    fn leave_undecided(&mut self, side: Side, bytes: &[u8]) {
        let stream = &mut self.streams[side];
        let first = self.first_bytes.get_or_insert_default();
        first.add(side, stream.place, bytes);
        let places = self.kept.as_mut().map(|kept| &mut kept.secrets[side]);
        let search = stream.unknown_secrets.get_or_insert_default();
        let found = search.search_held(side, places, stream.place, bytes);
        stream.undecided = true;
        let turns = &mut stream.undecided_turns;
        let new = bytes.len()
            - turns
                .iter()
                .map(|it| it.length)
                .sum::<usize>()
                .min(bytes.len());
        match turns.last_mut().filter(|it| it.turn == self.turns) {
            Some(same) => {
                same.length += new;
                same.segments += 1;
                (same.last, same.last_layers) = (stream.last, stream.last_layers);
            }
            None => turns.push(UndecidedTurn {
                turn: self.turns,
                length: new,
                first: stream.last,
                first_packet: stream.current,
                last: stream.last,
                last_layers: stream.last_layers,
                segments: 1,
            }),
        }
        stream.place += bytes.len() as u64;
        self.found_secret(side, found);
    }

    /// Records bytes of no known protocol as a message of their own. They may be the rest of a head with credentials.
    fn unknown(&mut self, side: Side, bytes: &[u8], emit: &mut dyn FnMut(Event)) {
        let stream = &mut self.streams[side];
        let places = self.kept.as_mut().map(|kept| &mut kept.secrets[side]);
        let search = stream.unknown_secrets.get_or_insert_default();
        let found = search.search(places, stream.place, bytes);
        self.found_secret(side, found);
        let stream = &mut self.streams[side];
        if self.stages.is_empty() {
            let first = self.first_bytes.get_or_insert_default();
            first.add(side, stream.place, bytes);
        }
        if self.stages.is_empty() || self.unrecognised {
            stream.has_unknown = true;
            let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            self.unknown_bytes = self.unknown_bytes.saturating_add(length);
        }
        stream.place += bytes.len() as u64;
        stream.cutter.skip = 0;
        self.finish(side, false, true, emit);
    }

    /// Returns how many of a side's first bytes are a request after which it goes on with TLS.
    fn request_of_tls(&self, side: Side, bytes: &[u8]) -> Option<usize> {
        let is_first = self.stages.is_empty() && self.streams[side].place == 0;
        let first = self.first_bytes.as_ref().filter(|_| is_first)?;
        first.request_of_tls(side, bytes)
    }

    /// Returns whether a side's first bytes are too few to recognize a protocol that they may begin.
    #[cold]
    fn waits_for_more(&self, side: Side, bytes: &[u8]) -> bool {
        let is_unknown = self.stages.is_empty() || self.unrecognised;
        let is_tried = is_unknown && self.streams[side].begins_turn() && !self.has_given_up();
        is_tried && may_show_more(side, bytes)
    }

    /// Begins to recognize the protocol anew if the other side was the last that sent bytes: then a message may begin.
    #[cold]
    fn begin_turn(&mut self, side: Side, bytes: &[u8], emit: &mut dyn FnMut(Event)) {
        if bytes.is_empty() || self.speaker == Some(side) {
            return;
        }
        if self.gives_up_undecided(side) || self.agrees_on_tls() {
            self.give_up_undecided(side, emit);
            self.give_up_undecided(side.other(), emit);
        }
        self.speaker = Some(side);
        self.turns = self.turns.saturating_add(1);
        let stream = &mut self.streams[side];
        if stream.cutter.pending.is_empty() {
            stream.recognised_from = stream.place;
        }
    }

    /// Whether bytes that were held back cannot be the beginning of what follows them in a later turn.
    fn gives_up_undecided(&self, side: Side) -> bool {
        let stream = &self.streams[side];
        let is_over = || stream.has_unknown || stream.cutter.pending.ends_with(b"\n");
        stream.undecided && (is_over() || self.agrees_on_tls())
    }

    /// Whether both sides have agreed on TLS in a protocol that is not dissected.
    fn agrees_on_tls(&self) -> bool {
        let first = self.first_bytes.as_ref();
        first.is_some_and(|first| first.before_tls().is_some())
    }

    /// Reads bytes that were too few to recognize a protocol by as bytes of no known protocol.
    #[cold]
    fn give_up_undecided(&mut self, side: Side, emit: &mut dyn FnMut(Event)) {
        if self.gives_up_undecided(side) {
            let stream = &mut self.streams[side];
            stream.undecided = false;
            let held = std::mem::take(&mut stream.cutter.pending);
            stream.place -= held.len() as u64;
            self.unknown_turns(side, &held, emit);
        }
    }

    /// Reads bytes of no known protocol, the first of which were held back. Those of each turn are a message: the other
    /// side has answered them.
    fn unknown_turns(&mut self, side: Side, bytes: &[u8], emit: &mut dyn FnMut(Event)) {
        let stream = &mut self.streams[side];
        let (last, last_layers) = (stream.last, stream.last_layers);
        let turns = std::mem::take(&mut stream.undecided_turns);
        let held: usize = turns.iter().map(|it| it.length).sum();
        let mut rest = bytes;
        for held_turn in turns {
            let stream = &mut self.streams[side];
            stream.first = held_turn.first;
            (stream.first_packet, stream.segments) = (held_turn.first_packet, held_turn.segments);
            if held_turn.turn == self.turns && held < bytes.len() {
                // More of it has come now.
                stream.segments += 1;
                break;
            }
            let Some((of_turn, behind)) = rest.split_at_checked(held_turn.length) else {
                break;
            };
            rest = behind;
            // The packet that shows that nothing more belongs to it may be of the same side.
            (stream.last, stream.last_layers) = (held_turn.last, held_turn.last_layers);
            self.unknown(side, of_turn, emit);
            let stream = &mut self.streams[side];
            (stream.last, stream.last_layers) = (last, last_layers);
            stream.first = last;
        }
        if !rest.is_empty() {
            self.unknown(side, rest, emit);
        }
    }

    /// Begins the protocol that the bytes of a stream show. They are tried where a turn begins, however they are cut into
    /// segments, and with each segment only where it is not known where messages begin.
    fn begin_stage_of_stream(&mut self, side: Side, bytes: &[u8]) -> bool {
        let stream = &self.streams[side];
        let other = &self.streams[side.other()].unknown_secrets;
        if other.as_ref().is_some_and(|other| other.is_in_login()) {
            // A session that begins now would take the rest of the login for commands.
            false
        } else if stream.begins_turn() {
            !self.has_given_up() && self.recognise(side, bytes)
        } else {
            let is_whole = stream.reassembler.begins_exactly() && !stream.has_gap;
            !is_whole && self.begin_stage(side, bytes)
        }
    }

    fn begin_stage(&mut self, side: Side, bytes: &[u8]) -> bool {
        if self.tries >= MAX_TRIES {
            return false;
        }
        self.tries += 1;
        self.recognise(side, bytes)
    }

    fn recognise(&mut self, side: Side, bytes: &[u8]) -> bool {
        let ports = [self.setting.client.1, self.setting.server.1];
        let found = match self.forced {
            Some(forced) => Some(forced),
            None => self
                .recognise_in_tunnel(bytes)
                .or_else(|| recognise(self.selector, ports, side, bytes)),
        };
        found.is_some_and(|dissector| self.push_stage(dissector))
    }

    /// Ends a message at the current offset.
    fn finish(&mut self, side: Side, mine: bool, complete: bool, emit: &mut dyn FnMut(Event)) {
        let stream = &mut self.streams[side];
        let (packet, time_ns) = stream.last;
        let at = stream.message;
        let length = stream.place - at;
        let (first_packet, first_ns) = stream.first;
        let missing = stream.missing;
        stream.last_message = at;
        stream.message = stream.place;
        stream.cutter.skip = 0;
        stream.cutter.ends = false;
        stream.missing = 0;
        // The rest of the same segment begins the next message.
        let (begun_in, segments) = (stream.first_packet, stream.segments);
        (stream.first_packet, stream.segments) = (stream.current, 1);
        let number = match self.stages.last() {
            Some(stage) if mine => stage.messages,
            _ => 0,
        };
        // A message that lacks whole segments ends in no packet.
        let is_whole = complete && (missing == 0 || self.streams[side].is_cut);
        let is_counted = is_whole || self.stages.is_empty();
        if is_counted {
            self.note_read(side);
        }
        if let Some(kept) = &mut self.kept {
            let stage = match mine {
                true => self.stages.len().wrapping_sub(1) as u16,
                false => NO_STAGE,
            };
            kept.add_message(MessageRecord {
                side,
                stage,
                number: number as u32,
                at,
                length,
                packet,
                first_packet: begun_in,
                segments,
                missing: u32::try_from(missing).unwrap_or(u32::MAX),
                complete,
            });
        }
        if let Some(stage) = self.stages.last_mut()
            && mine
        {
            stage.messages += 1;
            let ended = MessageInfo {
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
            stage.session.on_message(&ended, &mut self.events);
            let packet = self.streams[side].current;
            look_for_secret(&mut self.secret_in, &*stage.session, packet);
            if !self.events.is_empty() {
                self.follow_events(emit);
            }
        }
    }

    /// Notes that a message has ended. Bytes that its protocol does not know are counted as that protocol too.
    #[inline]
    fn note_read(&mut self, side: Side) {
        if self.counts {
            if let Some(tunnel) = self.tunnelling() {
                self.note(side, tunnel.name);
            }
            let stage = self.stages.last();
            self.note(side, stage.map_or(DATA.name, |stage| stage.dissector.name));
        }
    }

    /// Notes what the last packet of a side holds the end of, where that counts.
    pub(super) fn note(&mut self, side: Side, name: &'static str) {
        if !self.counts {
            return;
        }
        let stream = &self.streams[side];
        let read = ReadMessage {
            packet: stream.last.0,
            name,
            layers: stream.last_layers,
        };
        match (&self.read, self.more_read.last()) {
            (None, _) => self.read = Some(read),
            (Some(last), None) | (_, Some(last)) if last.is_same(&read) => {}
            _ => self.more_read.push(read),
        }
    }

    /// Notes that a message has begun in a packet and does not end there, where that counts: Wireshark shows the first
    /// segment of a record of TLS or SSH as such.
    #[inline]
    fn note_begun(&mut self, side: Side, packet: u32) {
        let stream = &self.streams[side];
        if stream.place > stream.message
            && stream.first_packet == packet
            && let Some(stage) = self.stages.last()
            && matches!(stage.dissector.name, "tls" | "ssh")
        {
            self.note_read(side);
        }
    }

    /// Handles bytes that the capture does not have.
    #[cold]
    fn gap(&mut self, side: Side, length: u64, emit: &mut dyn FnMut(Event)) {
        let stream = &mut self.streams[side];
        stream.has_gap = true;
        stream.place += length;
        if stream.cutter.skip >= length && stream.cutter.pending.is_empty() {
            stream.cutter.skip -= length;
            stream.missing += length;
            if stream.cutter.skip == 0 {
                if stream.cutter.ends {
                    self.finish(side, true, true, emit);
                } else {
                    // The following bytes of the same message were to be read: their offset is known.
                    self.streams[side].cutter.ends = false;
                }
            }
            return;
        }
        // The next message boundary is lost. The existing part of this message is shown.
        stream.place -= length;
        if stream.place > stream.message {
            stream.cutter.pending.clear();
            self.finish(side, true, false, emit);
        }
        let stream = &mut self.streams[side];
        stream.place += length;
        stream.message = stream.place;
        stream.cutter.pending.clear();
        stream.cutter.skip = 0;
        stream.unknown_secrets = None;
        if let Some(stage) = self.stages.last_mut() {
            stage.session.lost(side);
        }
    }

    /// Closes a side whose every byte has come.
    fn close_in_order(&mut self, side: Side, payload: &Payload, emit: &mut dyn FnMut(Event)) {
        let stream = &mut self.streams[side];
        if stream.cutter.reads_to_end() {
            stream.last = (payload.packet, payload.time_ns);
        }
        self.close_at_end(side, emit);
    }

    /// Closes a side whose last bytes the capture lacks.
    #[cold]
    fn close_behind_gap(&mut self, side: Side, emit: &mut dyn FnMut(Event)) {
        let stream = &self.streams[side];
        if stream.reassembler.is_at_end() && !stream.closed {
            self.close_at_end(side, emit);
        }
    }

    fn close_at_end(&mut self, side: Side, emit: &mut dyn FnMut(Event)) {
        if self.streams[side].cutter.reads_to_end() {
            self.finish(side, true, true, emit);
        }
        self.close(side, emit);
    }

    /// Records that a side had sent FIN before this session began. The sequence number is that of the FIN.
    pub(in crate::track) fn half_closed(&mut self, side: Side, fin: u32) {
        let stream = &mut self.streams[side];
        stream.reassembler.end_at(fin);
        stream.closed |= stream.reassembler.is_at_end();
    }

    /// Closes a side. An unfinished message is shown.
    pub(super) fn close(&mut self, side: Side, emit: &mut dyn FnMut(Event)) {
        let stream = &mut self.streams[side];
        if stream.closed {
            return;
        }
        self.read_waiting(side, emit);
        let stream = &mut self.streams[side];
        stream.closed = true;
        let pending = std::mem::take(&mut stream.cutter.pending);
        stream.reassembler.clear();
        if std::mem::take(&mut stream.undecided) {
            stream.place -= pending.len() as u64;
            self.unknown_turns(side, &pending, emit);
        }
        let stream = &mut self.streams[side];
        if stream.place > stream.message {
            self.finish(side, true, false, emit);
        }
        if self.is_over() {
            self.end_sessions(emit);
        }
    }
}

impl StreamState {
    /// Whether the next bytes are those by which the protocol is to be recognized.
    fn begins_turn(&self) -> bool {
        self.place == self.recognised_from && self.message == self.recognised_from
    }

    #[cold]
    fn control(&mut self, flags: TcpFlags, seq: u32, length: u32) {
        if flags.syn() {
            self.reassembler.syn(seq);
        }
        if flags.fin() {
            self.reassembler.end_at(seq.wrapping_add(length));
        }
    }
}
