//! How a conversation is heard, packet by packet: a side's bytes are put in order, and cut where its protocol says.
//!
//! This runs for every packet that there is. All that it calls for most of them stands here, so that the compiler has it
//! in one piece.

use super::{MAX_TRIES, MessageRecord, Messages, NO_STAGE, Payload};
use dissectors::{Event, Heard, Place, Segment, Side, Step, recognise};
use std::collections::BTreeMap;

/// A side may keep so many bytes waiting for the end of what cannot be read piece by piece, such as a head.
const MAX_PENDING: usize = 1 << 20;

/// Segments that came too early wait for what is missing before them; more than this do not.
const MAX_EARLY: usize = 1024;

/// Bytes of them.
const MAX_EARLY_BYTES: usize = 2 << 20;

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
pub struct Waiting {
    segments: BTreeMap<u64, Early>,
    bytes: usize,
}

/// One side's stream while it is read.
#[derive(Default)]
pub struct Line {
    /// The sequence number of the next byte.
    pub next: Option<u32>,
    /// Where that byte stands in the stream.
    pub place: u64,
    /// Where the message that is read began.
    pub message: u64,
    /// In which packet, and when.
    first: (u32, i64),
    /// Bytes of it that are to be seen again; they end at `place`.
    pub pending: Vec<u8>,
    /// Bytes of it that need not be seen.
    skip: u64,
    /// It ends behind them.
    ends: bool,
    /// Bytes of it that the capture lacks.
    pub missing: u64,
    /// It was lost where messages begin; a segment may begin one.
    pub lost: bool,
    /// The last packet that brought bytes.
    pub last: (u32, i64),
    pub early: Option<Box<Waiting>>,
    /// Where the stream ends, once FIN said so.
    fin: Option<u64>,
    pub closed: bool,
}

impl Line {
    /// Where the first segment stands that waits.
    #[inline]
    fn first_early(&self) -> Option<u64> {
        let waiting = self.early.as_ref()?;
        waiting.segments.first_key_value().map(|(at, _)| *at)
    }
}

impl Messages {
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
        if let Some(kept) = &mut self.kept {
            kept.add_piece(side, at, payload);
        }
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
        self.end_sessions(&mut |_| ());
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

    /// Reads bytes that stand where the last ones ended.
    #[inline]
    fn arrived(&mut self, side: Side, payload: &Payload, tell: &mut dyn FnMut(Event)) {
        let line = &mut self.lines[side as usize];
        if let Some(kept) = &mut self.kept {
            kept.add_piece(side, line.place, payload);
        }
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
            let seen = counted.saturating_sub(looked_at.len() - rest.len());
            if line.place == line.message && seen == 0 {
                line.first = line.last;
            }
            let unknown = self.stages.is_empty() || self.unrecognised;
            if unknown && !self.begin_stage(side, rest) {
                self.unknown(side, rest.len(), tell);
                break;
            }
            let mut place = self.place(side);
            place.seen = seen;
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
            kept.add_message(MessageRecord {
                side,
                stage,
                number: number as u32,
                at,
                length,
                packet,
                missing: u32::try_from(missing).unwrap_or(u32::MAX),
                complete,
            });
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
        if self.is_over() {
            self.end_sessions(tell);
        }
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
