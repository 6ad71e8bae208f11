//! Segments that acknowledge data of the other side which this capture does not have yet.
//!
//! The data may have been lost by the capture, or may follow: two network cards, two capture queues or two merged files
//! deliver the directions with different delays. Until that is clear, the segments are held back, because the answer
//! in them belongs to a request that is still to come.

use super::Messages;
use crate::track::{Payload, reassembly::Early};
use dissectors::{Event, Segment, Side};
use std::collections::VecDeque;

/// The maximum number of segments that are held back, and of their bytes together with those that wait in the
/// reassembly.
const MAX_SEGMENTS: usize = 1024;
const MAX_BYTES: usize = 2 << 20;

/// How many later segments of the sender of the missing data show that it is lost: the number of duplicate
/// acknowledgments that show a loss, RFC 5681, section 3.2.
const LATER: u8 = 3;

/// After this time the data is taken to be lost, nanoseconds. Directions are captured with delays of milliseconds.
const HOLDS_NS: i64 = 1_000_000_000;

/// Segments of one side that are held back.
#[derive(Clone)]
pub struct HeldBack {
    /// The side that sent them.
    side: Side,
    /// The number that the first of them acknowledges.
    ack: u32,
    since_ns: i64,
    /// How many segments behind the missing data its sender has sent since then.
    later: u8,
    segments: VecDeque<(Segment, Early)>,
    bytes: usize,
}

impl HeldBack {
    /// Returns how much memory it takes.
    pub fn weight(&self) -> usize {
        size_of::<Self>() + self.segments.capacity() * size_of::<(Segment, Early)>() + self.bytes
    }

    /// Whether data of this side is awaited.
    pub fn awaits(&self, side: Side) -> bool {
        self.side == side.other()
    }

    /// Whether there are segments.
    pub fn holds_bytes(&self) -> bool {
        !self.segments.is_empty()
    }
}

impl Messages {
    /// Reads a segment while others are held back, or one that may have to be held back.
    #[cold]
    pub(super) fn read_or_hold(
        &mut self,
        side: Side,
        segment: &Segment,
        payload: &Payload,
        emit: &mut dyn FnMut(Event),
    ) {
        let expired = |held: &HeldBack| payload.time_ns.saturating_sub(held.since_ns) > HOLDS_NS;
        if segment.flags.rst() || self.held.as_deref().is_some_and(expired) {
            self.stop_holding(emit);
        }
        let carries = payload.length > 0 || segment.flags.fin();
        if self.held.as_deref().is_some_and(|held| held.awaits(side)) {
            let stream = &self.streams[side];
            let is_later = stream.reassembler.place_of(segment.seq) > stream.place as i64;
            self.deliver(side, segment, payload, emit);
            self.release(emit);
            if let Some(held) = self.held.as_deref_mut() {
                held.later += u8::from(is_later);
                // Once both sides have sent FIN, nothing else comes.
                let ends = |side: Side| self.streams[side].reassembler.has_end();
                let fin = held.segments.iter().any(|(held, _)| held.flags.fin());
                if held.later >= LATER || is_later && fin && ends(side) {
                    self.stop_holding(emit);
                }
            }
            return;
        }
        if self.held.is_none() && segment.flags.ack() && self.is_early(side, segment.ack, carries) {
            self.held = Some(Box::new(HeldBack {
                side,
                ack: segment.ack,
                since_ns: payload.time_ns,
                later: 0,
                segments: VecDeque::new(),
                bytes: 0,
            }));
        }
        let waiting = self
            .streams
            .iter()
            .map(|stream| stream.reassembler.weight());
        let waiting: usize = waiting.sum();
        if let Some(held) = self.held.as_deref_mut()
            && carries
            && !segment.flags.rst()
        {
            held.bytes += payload.bytes.len();
            held.segments.push_back((*segment, Early::new(payload)));
            if held.segments.len() > MAX_SEGMENTS || held.bytes + waiting > MAX_BYTES {
                self.stop_holding(emit);
            }
            return;
        }
        if self.held.is_none() && segment.flags.ack() {
            self.acknowledged(side.other(), segment.ack, emit);
        }
        self.deliver(side, segment, payload, emit);
    }

    /// Whether a segment acknowledges data of the other side that may still come.
    fn is_early(&self, side: Side, ack: u32, carries: bool) -> bool {
        let stream = &self.streams[side.other()];
        let early = match carries {
            true => stream.reassembler.lacks(ack) && !stream.closed,
            false => stream.reassembler.has_lost(ack),
        };
        // Where the capture has nothing of a direction, nothing is waited for a second time.
        early && stream.lacked_at != Some(stream.place)
    }

    /// Reads the segments whose acknowledged data has come.
    #[cold]
    pub(super) fn release(&mut self, emit: &mut dyn FnMut(Event)) {
        while let Some(held) = self.held.as_deref_mut() {
            let side = held.side;
            let stream = &self.streams[side.other()];
            let first = held.segments.front();
            let ack = first.map_or(held.ack, |(segment, _)| segment.ack);
            if stream.reassembler.lacks(ack) && !stream.closed {
                return;
            }
            match held.segments.pop_front() {
                Some((segment, early)) => {
                    held.bytes = held.bytes.saturating_sub(early.payload().bytes.len());
                    if held.segments.is_empty() {
                        self.held = None;
                    }
                    self.deliver(side, &segment, &early.payload(), emit);
                }
                None => self.held = None,
            }
        }
    }

    /// Reads the segments that are held back: the data that they acknowledge does not come.
    #[cold]
    pub(super) fn stop_holding(&mut self, emit: &mut dyn FnMut(Event)) {
        while let Some(held) = self.held.as_deref_mut() {
            let side = held.side;
            let first = held.segments.front();
            let ack = first.map_or(held.ack, |(segment, _)| segment.ack);
            let left = held.segments.len();
            self.acknowledged(side.other(), ack, emit);
            let Some(held) = self.held.as_deref_mut() else {
                break;
            };
            if held.segments.len() < left {
                continue;
            }
            let first = held.segments.pop_front();
            if held.segments.is_empty() {
                self.held = None;
            }
            let stream = &mut self.streams[side.other()];
            stream.lacked_at = Some(stream.place);
            if let Some((segment, early)) = first {
                self.deliver(side, &segment, &early.payload(), emit);
            }
        }
    }
}
