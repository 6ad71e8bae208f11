//! One direction of a TCP connection in its original order: RFC 9293, section 3.4.
//!
//! There are two policies, and both compute the same offsets. While a capture is indexed, bytes are handed on as soon
//! as they are in order; those that came early wait for what is missing before them, up to a limit. While a
//! conversation is followed, the offsets of all segments are kept, and their bytes are read again from the capture.
//!
//! Where two segments carry the same bytes, those that came first are kept: the receiver used them.

use super::{Overlap, Piece, Start, Stream};
use std::{collections::BTreeMap, ops::Range, sync::Arc};

/// The maximum number of segments that wait for what is missing before them.
const MAX_EARLY: usize = 1024;

/// The maximum number of bytes that wait.
const MAX_EARLY_BYTES: usize = 2 << 20;

/// What a segment that waits takes besides its bytes: its entry in a tree that is half full, and its allocation.
const EARLY_WEIGHT: usize = 2 * (size_of::<Early>() + size_of::<i64>()) + 32;

/// The maximum number of overlaps that are kept for comparing; a connection that retransmits everything has no more.
const MAX_OVERLAPS: usize = 10_000;

/// A packet's payload and its origin.
#[derive(Clone, Copy, Debug)]
pub struct Payload<'a> {
    /// The packet.
    pub packet: u32,
    /// When it was captured, nanoseconds since the epoch.
    pub time_ns: i64,
    /// The bytes that were captured.
    pub bytes: &'a [u8],
    /// The length on the wire, bytes.
    pub length: u32,
    /// Their offset in the source.
    pub start: u32,
    /// Their source: 0 is the packet.
    pub source: u16,
    /// The layers of the packet.
    pub layers: FrameLayers,
}

/// The layers of a packet, down to its transport layer, as a node in [`crate::statistics::Hierarchy`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameLayers {
    /// The node.
    pub node: u16,
    /// The length of the packet on the wire, bytes.
    pub length: u32,
}

impl<'a> Payload<'a> {
    /// Returns the payload without its first `count` bytes.
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

/// A range of a stream that can be divided.
trait Divisible {
    /// Its length in bytes.
    fn length(&self) -> u32;
    /// Returns a part of it: from, and to before.
    fn part(&self, from: u32, to: u32) -> Self;
}

impl Divisible for Piece {
    fn length(&self) -> u32 {
        self.length
    }

    fn part(&self, from: u32, to: u32) -> Self {
        Piece {
            length: to - from,
            start: self.start + from,
            ..*self
        }
    }
}

/// A segment that came before the data that precedes it.
#[derive(Clone)]
pub struct Early {
    packet: u32,
    time_ns: i64,
    start: u32,
    source: u16,
    layers: FrameLayers,
    /// The length on the wire, bytes.
    length: u32,
    /// The captured bytes, preceded by some that belong to others.
    bytes: Arc<[u8]>,
    skip: usize,
}

impl Early {
    /// Copies a payload.
    pub fn new(payload: &Payload) -> Self {
        Early {
            packet: payload.packet,
            time_ns: payload.time_ns,
            start: payload.start,
            source: payload.source,
            layers: payload.layers,
            length: payload.length,
            bytes: payload.bytes.into(),
            skip: 0,
        }
    }

    /// Returns its payload.
    pub fn payload(&self) -> Payload<'_> {
        Payload {
            packet: self.packet,
            time_ns: self.time_ns,
            bytes: self.captured(),
            length: self.length,
            start: self.start,
            source: self.source,
            layers: self.layers,
        }
    }

    fn captured(&self) -> &[u8] {
        let bytes = self.bytes.get(self.skip..).unwrap_or_default();
        bytes.get(..self.length as usize).unwrap_or(bytes)
    }
}

impl Divisible for Early {
    fn length(&self) -> u32 {
        self.length
    }

    fn part(&self, from: u32, to: u32) -> Self {
        let captured = self.captured();
        let skipped = captured.len().min(from as usize);
        let behind = captured.split_at(skipped).1;
        let part = behind.get(..(to - from) as usize).unwrap_or(behind);
        // A small part does not hold the whole segment.
        let (bytes, skip) = match part.len() < self.bytes.len() / 2 {
            true => (part.into(), 0),
            false => (self.bytes.clone(), self.skip + skipped),
        };
        Early {
            start: self.start + skipped as u32,
            length: to - from,
            bytes,
            skip,
            ..*self
        }
    }
}

/// Inserts those bytes of a segment whose offsets are still empty. Existing bytes stay, and `overlap` is called with
/// each existing range and the new one over it.
fn insert<T: Divisible>(
    segments: &mut BTreeMap<i64, T>,
    place: i64,
    segment: &T,
    mut overlap: impl FnMut(i64, T, T),
) {
    let end = place + i64::from(segment.length());
    let part = |from: i64, to: i64| segment.part((from - place) as u32, (to - place) as u32);
    let mut again = |known_at: i64, known: &T, from: i64| {
        let to = (known_at + i64::from(known.length())).min(end);
        let first = known.part((from - known_at) as u32, (to - known_at) as u32);
        overlap(from, first, part(from, to));
        to
    };
    let mut at = place;
    if let Some((&before, known)) = segments.range(..place).next_back()
        && before + i64::from(known.length()) > place
    {
        at = again(before, known, at);
    }
    while at < end {
        let next = segments.range(at..end).next();
        let upto = next.map_or(end, |(next, _)| *next);
        let behind = next.map(|(next, known)| again(*next, known, *next));
        if upto > at {
            segments.insert(at, part(at, upto));
        }
        at = behind.unwrap_or(end);
    }
}

/// Segments that wait for what is missing before them.
#[derive(Clone, Default)]
struct Waiting {
    segments: BTreeMap<i64, Early>,
    bytes: usize,
}

/// The segments of a stream that is followed.
#[derive(Clone, Default)]
struct Places {
    /// The pieces, by their offset. Data sent before the first captured segment has negative offsets.
    pieces: BTreeMap<i64, Piece>,
    /// With their offsets.
    overlaps: Vec<(i64, Overlap)>,
    /// Bytes before this offset do not belong to the stream, or have been evicted.
    floor: Option<i64>,
    /// The highest offset that the other side has acknowledged.
    acknowledged: i64,
    /// The last packet in which the other side acknowledged anything.
    acknowledged_in: u32,
}

/// No FIN has come.
const ENDLESS: u64 = u64::MAX;

/// Puts the segments of one side in order, in whatever order they come.
#[derive(Clone)]
pub struct Reassembler {
    /// The sequence number of the next byte in order. Unknown before the first segment.
    next: Option<u32>,
    /// The offset of that byte in the stream.
    place: u64,
    /// Nothing was sent before the first byte.
    exact: bool,
    /// The offset at which the stream ends, once a FIN has set it; until then [`ENDLESS`].
    fin: u64,
    waiting: Option<Box<Waiting>>,
    /// Set only where the stream is followed.
    places: Option<Box<Places>>,
}

impl Default for Reassembler {
    fn default() -> Self {
        Reassembler {
            next: None,
            place: 0,
            exact: false,
            fin: ENDLESS,
            waiting: None,
            places: None,
        }
    }
}

impl Reassembler {
    /// Returns a reassembler for a stream that is followed.
    pub fn following() -> Self {
        Reassembler {
            places: Some(Box::default()),
            ..Reassembler::default()
        }
    }

    /// Sets the beginning of the stream, unless it has begun.
    pub fn start(&mut self, start: Option<Start>) {
        if let Some(start) = start.filter(|_| self.next.is_none()) {
            self.next = Some(start.seq);
            self.exact = start.exact;
            self.bound();
        }
    }

    /// Whether the first byte of the stream is known.
    pub fn begins_exactly(&self) -> bool {
        self.exact
    }

    /// Applies a SYN, which gives the sequence number of the first byte.
    #[cold]
    pub fn syn(&mut self, first: u32) {
        let is_empty = match &self.places {
            Some(places) => places.pieces.is_empty(),
            None => self.place == 0 && self.waiting.is_none(),
        };
        if is_empty && !self.exact {
            self.next = Some(first);
            self.exact = true;
            self.bound();
        }
    }

    /// Drops data before the first byte.
    fn bound(&mut self) {
        if let Some(places) = self.places.as_mut().filter(|_| self.exact) {
            places.floor.get_or_insert(0);
        }
    }

    /// Begins the stream at a segment that carries no data but shows its sender's sequence number.
    #[inline]
    pub fn begin(&mut self, seq: u32) {
        self.next.get_or_insert(seq);
    }

    /// Ends the stream at a FIN with this sequence number.
    #[cold]
    pub fn end_at(&mut self, seq: u32) {
        self.begin(seq);
        if self.fin == ENDLESS {
            self.fin = u64::try_from(self.place_of(seq)).unwrap_or(ENDLESS);
        }
    }

    /// Whether everything up to the FIN has come.
    #[inline]
    pub fn is_at_end(&self) -> bool {
        self.fin == self.place
    }

    /// Whether data waits for what is missing before it.
    #[inline]
    pub fn waits(&self) -> bool {
        self.waiting.is_some() || self.fin != ENDLESS && self.fin > self.place
    }

    /// Whether more waits than the limits allow.
    pub fn is_full(&self) -> bool {
        self.waiting.as_ref().is_some_and(|waiting| {
            waiting.segments.len() > MAX_EARLY || waiting.bytes > MAX_EARLY_BYTES
        })
    }

    /// Returns the sequence number of the first byte.
    pub fn first_seq(&self) -> Option<u32> {
        Some(self.next?.wrapping_sub(self.place as u32))
    }

    /// Returns the offset of a sequence number. Sequence numbers wrap every 4 GiB, so it is the offset nearest to the
    /// highest known one.
    pub fn place_of(&self, seq: u32) -> i64 {
        let place = self.place as i64;
        let end = |at: i64, length: u32| at + i64::from(length);
        let highest = match (&self.places, &self.waiting) {
            (Some(places), _) => places
                .pieces
                .last_key_value()
                .map(|(at, piece)| end(*at, piece.length)),
            (None, Some(waiting)) => waiting
                .segments
                .last_key_value()
                .map(|(at, early)| end(*at, early.length)),
            (None, None) => None,
        };
        let highest = highest.map_or(place, |highest| highest.max(place));
        let next = self.next.unwrap_or(seq);
        let highest_seq = next.wrapping_add((highest - place) as u32);
        highest + i64::from(seq.wrapping_sub(highest_seq) as i32)
    }

    /// Whether the first segment was a keep-alive, which repeats the byte before the first one: RFC 9293, section 3.8.4.
    fn is_behind_keep_alive(&self, place: i64) -> bool {
        let is_empty = self
            .places
            .as_ref()
            .is_none_or(|places| places.pieces.is_empty());
        place == 1 && self.place == 0 && !self.exact && self.waiting.is_none() && is_empty
    }
}

impl Reassembler {
    /// Adds a segment with data. Returns the part of it that is in order; other bytes wait, or have come before.
    /// Afterwards [`Reassembler::take`] returns the segments that no longer need to wait.
    #[inline]
    pub fn arrive<'p>(&mut self, seq: u32, payload: &Payload<'p>) -> Option<Payload<'p>> {
        let next = *self.next.get_or_insert(seq);
        if seq != next || self.waiting.is_some() {
            return self.out_of_order(seq, payload);
        }
        self.advance(payload.length.into());
        Some(*payload)
    }

    #[cold]
    fn out_of_order<'p>(&mut self, seq: u32, payload: &Payload<'p>) -> Option<Payload<'p>> {
        let mut at = self.place_of(seq);
        if self.is_behind_keep_alive(at) {
            self.next = Some(seq);
            at = 0;
        }
        let place = self.place as i64;
        let new = payload.behind(place.saturating_sub(at).max(0) as u64)?;
        if at <= place && self.waiting.is_none() {
            self.advance(new.length.into());
            return Some(new);
        }
        let waiting = self.waiting.get_or_insert_default();
        let mut known = 0;
        let add_known = |_, first: Early, _| known += first.captured().len();
        let early = Early::new(&new);
        insert(&mut waiting.segments, at.max(place), &early, add_known);
        waiting.bytes += new.bytes.len().saturating_sub(known);
        None
    }

    /// Returns the first waiting segment that no longer needs to wait.
    pub fn take(&mut self) -> Option<Early> {
        let waiting = self.waiting.as_mut()?;
        let first = waiting.segments.first_entry()?;
        if *first.key() > self.place as i64 {
            return None;
        }
        let early = first.remove();
        waiting.bytes = waiting.bytes.saturating_sub(early.captured().len());
        if waiting.segments.is_empty() {
            self.waiting = None;
        }
        self.advance(early.length.into());
        Some(early)
    }

    /// Gives up on the missing data: returns its length, if anything waits for it.
    pub fn give_up(&mut self) -> Option<u64> {
        let first = match &self.waiting {
            Some(waiting) => waiting
                .segments
                .first_key_value()
                .map(|(at, _)| *at as u64)?,
            None => Some(self.fin).filter(|_| self.waits())?,
        };
        let gap = first.checked_sub(self.place)?;
        self.advance(gap);
        Some(gap)
    }

    /// Records that the other side has received everything up to `ack`. Returns whether that is more than has come: the
    /// missing data will then not come any more.
    pub fn has_lost(&self, ack: u32) -> bool {
        let acknowledged = self.place_of(ack);
        match &self.waiting {
            Some(waiting) => waiting
                .segments
                .first_key_value()
                .is_some_and(|(at, _)| acknowledged >= *at),
            None => self.waits() && acknowledged > self.fin as i64,
        }
    }

    /// Whether this number acknowledges more than has come.
    #[inline]
    pub fn lacks(&self, ack: u32) -> bool {
        self.next
            .is_some_and(|next| (ack.wrapping_sub(next) as i32) > 0)
    }

    /// Whether a FIN has set its end.
    pub fn has_end(&self) -> bool {
        self.fin != ENDLESS
    }

    /// Returns how much memory they take, at most: a part of a segment may hold twice its bytes.
    pub fn weight(&self) -> usize {
        self.waiting.as_ref().map_or(0, |waiting| {
            2 * waiting.bytes + waiting.segments.len() * EARLY_WEIGHT
        })
    }

    /// Drops everything that waits.
    pub fn clear(&mut self) {
        self.waiting = None;
    }

    #[inline]
    fn advance(&mut self, length: u64) {
        self.place += length;
        self.next = self.next.map(|next| next.wrapping_add(length as u32));
    }
}

impl Reassembler {
    /// Adds a segment of a stream that is followed.
    pub fn add(&mut self, seq: u32, piece: Piece) {
        self.begin(seq);
        let mut at = self.place_of(seq);
        if self.is_behind_keep_alive(at) {
            self.next = Some(seq);
            at = 0;
        }
        let Some(places) = &mut self.places else {
            return;
        };
        let overlaps = &mut places.overlaps;
        insert(&mut places.pieces, at, &piece, |at, first, again| {
            if overlaps.len() < MAX_OVERLAPS {
                overlaps.push((at, Overlap { first, again }));
            }
        });
    }

    /// Records that the other side acknowledges everything before this sequence number of a stream that is followed.
    pub fn acknowledge(&mut self, packet: u32, ack: u32) {
        if self.next.is_none() {
            return;
        }
        let place = self.place_of(ack);
        if let Some(places) = &mut self.places {
            places.acknowledged = places.acknowledged.max(place);
            places.acknowledged_in = packet;
        }
    }

    /// Drops the data of packets before this one, whose bytes are no longer there; returns whether there was any.
    /// Offsets do not change.
    pub fn evict(&mut self, first_packet: u32) -> bool {
        let Some(places) = &mut self.places else {
            return false;
        };
        let before = places.pieces.len();
        let begins = places.begins();
        places
            .pieces
            .retain(|_, piece| piece.packet >= first_packet);
        if places.pieces.len() == before {
            return false;
        }
        places.floor = Some(begins);
        true
    }

    /// Returns the stream as known so far, where it is followed.
    pub fn stream(&self) -> Stream {
        self.places
            .as_ref()
            .map_or_else(Stream::default, |places| places.stream())
    }
}

impl Places {
    /// Returns the offset at which the stream begins.
    fn begins(&self) -> i64 {
        let first = self.pieces.first_key_value();
        self.floor
            .unwrap_or(first.map_or(0, |(place, _)| (*place).min(0)))
    }

    fn stream(&self) -> Stream {
        let floor = self.floor.unwrap_or(i64::MIN);
        let first = self.begins();
        let is_kept = |place: i64, piece: &Piece| place + i64::from(piece.length) > floor;
        let pieces = self
            .pieces
            .iter()
            .filter(|(place, piece)| is_kept(**place, piece))
            .map(|(place, piece)| {
                let cut = (floor.saturating_sub(*place)).max(0) as u32;
                Piece {
                    at: (place + i64::from(cut) - first) as u64,
                    ..piece.part(cut, piece.length)
                }
            })
            .collect();
        let overlaps = self
            .overlaps
            .iter()
            .map(|(place, overlap)| {
                let at = (place - first).max(0) as u64;
                let Overlap { first, again } = *overlap;
                Overlap {
                    first: Piece { at, ..first },
                    again: Piece { at, ..again },
                }
            })
            .collect();
        let mut stream = Stream {
            pieces,
            overlaps,
            received: 0..0,
        };
        stream.received = self.received(&stream, first);
        stream
    }

    /// Returns the range that the other side is known to have received; `first` is the offset at which the stream
    /// begins.
    fn received(&self, stream: &Stream, first: i64) -> Range<u64> {
        let from = (-first).max(0) as u64;
        let mut to = from;
        for piece in stream.pieces.iter().filter(|piece| piece.end() > from) {
            let place = piece.at as i64 + first;
            let acknowledged = self.acknowledged > place && self.acknowledged_in > piece.packet;
            if piece.at > to && !acknowledged {
                break;
            }
            to = piece.end();
        }
        from..to
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn payload(packet: u32, bytes: &[u8]) -> Payload<'_> {
        Payload {
            packet,
            time_ns: packet.into(),
            bytes,
            length: bytes.len() as u32,
            start: 0,
            source: 0,
            layers: FrameLayers::default(),
        }
    }

    fn piece(packet: u32, bytes: &[u8]) -> Piece {
        Piece {
            at: 0,
            length: bytes.len() as u32,
            packet,
            start: 0,
            source: 0,
        }
    }

    /// Follows segments given by their sequence numbers, SYN flag and data: returns the text with a dot for each
    /// missing byte.
    fn assemble(segments: &[(u32, bool, &str)]) -> (String, Stream) {
        let mut reassembler = Reassembler::following();
        for (number, (seq, syn, data)) in segments.iter().enumerate() {
            let first = seq.wrapping_add(u32::from(*syn));
            if *syn {
                reassembler.syn(first);
            }
            if !data.is_empty() {
                reassembler.add(first, piece(number as u32, data.as_bytes()));
            }
        }
        let stream = reassembler.stream();
        let mut text = String::new();
        for (index, piece) in stream.pieces.iter().enumerate() {
            for _ in 0..stream.gap_before(index) {
                text.push('.');
            }
            let (_, _, data) = segments[piece.packet as usize];
            let start = piece.start as usize;
            text.push_str(&data[start..start + piece.length as usize]);
        }
        (text, stream)
    }

    /// Indexes segments: returns the data that is handed on, and then the data that still waits.
    fn hand_on(reassembler: &mut Reassembler, segments: &[(u32, bool, &[u8])]) -> Vec<u8> {
        let mut text = Vec::new();
        for (number, (seq, syn, data)) in segments.iter().enumerate() {
            let first = seq.wrapping_add(u32::from(*syn));
            if *syn {
                reassembler.syn(first);
            }
            if data.is_empty() {
                continue;
            }
            let payload = payload(number as u32, data);
            if let Some(new) = reassembler.arrive(first, &payload) {
                text.extend(new.bytes);
            }
            while let Some(early) = reassembler.take() {
                text.extend(early.payload().bytes);
            }
        }
        text
    }

    #[test]
    fn places_stay_when_the_beginning_is_evicted() {
        let mut reassembler = Reassembler::following();
        let mut add = |packet, seq| {
            reassembler.add(seq, piece(packet, &[0; 10]));
        };
        add(5, 1000);
        add(6, 1020);
        add(9, 1010);
        assert!(!reassembler.evict(5));
        assert!(reassembler.evict(7));
        let stream = reassembler.stream();
        assert_eq!((stream.pieces.len(), stream.pieces[0].at), (1, 10));
        assert_eq!(stream.gap_before(0), 10);
        // Data before the actual beginning does not belong to the stream.
        reassembler.add(980, piece(10, &[0; 10]));
        assert_eq!(reassembler.stream(), stream);
    }

    #[test]
    fn out_of_order_and_again() {
        let (text, stream) = assemble(&[
            (100, true, ""),
            (101, false, "abc"),
            (107, false, "ghi"),
            (104, false, "def"),
            (101, false, "abc"),
        ]);
        assert_eq!(text, "abcdefghi");
        assert_eq!(stream.overlaps.len(), 1);
        assert_eq!(stream.overlaps[0].first.at, 0);
    }

    #[test]
    fn the_first_copy_stands() {
        let (text, stream) = assemble(&[
            (1, false, "aaaa"),
            (3, false, "bbbb"),
            (0, false, "ccccccccc"),
        ]);
        assert_eq!(text, "caaaabbcc");
        let mut places: Vec<u64> = stream.overlaps.iter().map(|o| o.first.at).collect();
        places.sort_unstable();
        assert_eq!(places, [1, 3, 5]);
        // Also while they wait, and where the hole before them is filled.
        let mut reassembler = Reassembler::default();
        let segments: [(u32, bool, &[u8]); 5] = [
            (0, true, b""),
            (5, false, b"aaaa"),
            (3, false, b"bbbbbbbb"),
            (2, false, b"ccc"),
            (1, false, b"dddddddddddd"),
        ];
        let text = hand_on(&mut reassembler, &segments);
        assert_eq!(String::from_utf8_lossy(&text), "dcbbaaaabbdd");
    }

    #[test]
    fn gaps_are_kept() {
        let (text, _) = assemble(&[(100, true, ""), (104, false, "def"), (110, false, "x")]);
        assert_eq!(text, "...def...x");
    }

    #[test]
    fn sequence_numbers_wrap() {
        let (text, stream) = assemble(&[
            (u32::MAX - 2, true, ""),
            (u32::MAX - 1, false, "ab"),
            (2, false, "ef"),
            (0, false, "cd"),
        ]);
        assert_eq!(text, "abcdef");
        assert_eq!(stream.length(), 6);
    }

    #[test]
    fn a_keep_alive_adds_nothing() {
        let (text, _) = assemble(&[
            (100, true, ""),
            (101, false, "abc"),
            (103, false, "?"),
            (100, false, "!"),
        ]);
        assert_eq!(text, "abc");
    }

    #[test]
    fn a_capture_that_begins_in_the_middle() {
        let (text, stream) = assemble(&[(5_000, false, "def"), (4_997, false, "abc")]);
        assert_eq!(text, "abcdef");
        assert_eq!(stream.pieces[0].at, 0);
        assert_eq!(stream.received, 3..6);
    }

    /// The handshake, where it is known, shows where a stream begins.
    #[test]
    fn a_known_beginning() {
        for exact in [false, true] {
            let mut reassembler = Reassembler::following();
            reassembler.start(Some(Start { seq: 97, exact }));
            reassembler.add(100, piece(1, b"def"));
            reassembler.add(94, piece(2, b"xyzabc"));
            let stream = reassembler.stream();
            assert_eq!(stream.length(), if exact { 6 } else { 9 });
            assert_eq!(stream.received, if exact { 0..6 } else { 3..9 });
        }
        let mut reassembler = Reassembler::default();
        reassembler.start(Some(Start {
            seq: 101,
            exact: true,
        }));
        // A SYN that comes later does not change it.
        let segments: [(u32, bool, &[u8]); 3] =
            [(104, false, b"def"), (700, true, b""), (101, false, b"abc")];
        assert_eq!(hand_on(&mut reassembler, &segments), b"abcdef");
        assert_eq!(reassembler.first_seq(), Some(101));
    }

    #[test]
    fn what_was_received() {
        let mut reassembler = Reassembler::following();
        for (packet, seq) in [(1, 110), (2, 100), (4, 130)] {
            reassembler.add(seq, piece(packet, &[0; 10]));
        }
        // Older than the first: it may have been read before the capture began. After a hole: it may have been lost.
        assert_eq!(reassembler.stream().received, 10..20);
        reassembler.acknowledge(3, 140);
        assert_eq!(reassembler.stream().received, 10..20);
        reassembler.acknowledge(5, 140);
        assert_eq!(reassembler.stream().received, 10..40);
    }

    #[test]
    fn data_in_the_syn() {
        let (text, _) = assemble(&[(100, true, "GET"), (104, false, " /")]);
        assert_eq!(text, "GET /");
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut reassembler = Reassembler::default();
        reassembler.syn(0);
        for number in 0..=MAX_EARLY as u32 {
            assert!(!reassembler.is_full());
            let early = reassembler.arrive(10 + 2 * number, &payload(1, b"x"));
            assert!(early.is_none());
        }
        assert!(reassembler.is_full() && reassembler.waits());
        assert!(reassembler.has_lost(11) && !reassembler.has_lost(9));
        assert_eq!(reassembler.give_up(), Some(10));
        assert!(reassembler.take().is_some() && reassembler.take().is_none());
        let mut reassembler = Reassembler::default();
        reassembler.syn(0);
        let large = vec![0; MAX_EARLY_BYTES + 1];
        reassembler.arrive(10, &payload(1, &large));
        assert!(reassembler.is_full());
        // The same segment again takes no more room.
        reassembler.arrive(10, &payload(2, &large));
        assert_eq!(reassembler.waiting.as_ref().unwrap().bytes, large.len());
    }

    /// A copy of its state shares the waiting bytes.
    #[test]
    fn a_copy_is_cheap() {
        let mut reassembler = Reassembler::default();
        reassembler.syn(0);
        reassembler.arrive(10, &payload(1, &[7; 1000]));
        let copy = reassembler.clone();
        let bytes = |of: &Reassembler| {
            let waiting = of.waiting.as_ref().unwrap();
            waiting.segments.first_key_value().unwrap().1.bytes.as_ptr()
        };
        assert_eq!(bytes(&copy), bytes(&reassembler));
    }

    #[test]
    fn a_fin_tells_the_end() {
        let mut reassembler = Reassembler::default();
        reassembler.syn(100);
        reassembler.end_at(106);
        assert!(reassembler.waits() && !reassembler.is_at_end());
        assert!(!reassembler.has_lost(106) && reassembler.has_lost(107));
        assert!(reassembler.arrive(100, &payload(1, b"abc")).is_some());
        assert_eq!(reassembler.give_up(), Some(3));
        assert!(reassembler.is_at_end() && !reassembler.waits());
    }

    proptest! {
        /// Both policies produce the same bytes: each byte as in the first segment that carried it.
        #[test]
        fn both_policies_agree(
            isn in any::<u32>(),
            cuts in proptest::collection::vec((0_usize..200, 1_usize..40), 1..60),
        ) {
            let stand: Vec<(u32, Vec<u8>)> = cuts
                .iter()
                .enumerate()
                .map(|(number, (at, length))| {
                    let seq = isn.wrapping_add(1 + *at as u32);
                    (seq, vec![number as u8; *length])
                })
                .collect();
            let mut expected: Vec<Option<u8>> = vec![None; 240];
            for (number, (at, length)) in cuts.iter().enumerate() {
                for byte in &mut expected[*at..*at + *length] {
                    byte.get_or_insert(number as u8);
                }
            }
            let in_order = expected.iter().map_while(|byte| *byte).collect::<Vec<u8>>();
            let mut segments: Vec<(u32, bool, &[u8])> = vec![(isn, true, b"")];
            segments.extend(stand.iter().map(|(seq, data)| (*seq, false, data.as_slice())));
            let mut reassembler = Reassembler::default();
            prop_assert_eq!(hand_on(&mut reassembler, &segments), in_order);
            let mut followed = Reassembler::following();
            followed.syn(isn.wrapping_add(1));
            for (number, (seq, data)) in stand.iter().enumerate() {
                followed.add(*seq, piece(number as u32, data));
            }
            let mut there: Vec<Option<u8>> = vec![None; 240];
            let stream = followed.stream();
            for piece in &stream.pieces {
                for at in piece.at..piece.end() {
                    prop_assert!(there[at as usize].replace(piece.packet as u8).is_none());
                }
            }
            prop_assert_eq!(there, expected);
            for overlap in &stream.overlaps {
                prop_assert_eq!(overlap.first.length, overlap.again.length);
                prop_assert!(overlap.first.packet < overlap.again.packet);
            }
        }
    }
}
