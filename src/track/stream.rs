//! One direction of a TCP connection put back in order: RFC 9293, section 3.4.
//!
//! It holds where the bytes are, not the bytes: a piece is 24 bytes, whatever it carries.

use std::{collections::BTreeMap, ops::Range};

/// Bytes that one packet contributed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where they stand in the stream, from 0.
    pub at: u64,
    /// How many they are.
    pub length: u32,
    /// The packet that carried them first.
    pub packet: u32,
    /// Where they begin in that packet's source.
    pub start: u32,
    /// The source: 0 is the packet, higher ones are reassembled datagrams.
    pub source: u8,
}

impl Piece {
    /// One past its last byte in the stream.
    pub fn end(&self) -> u64 {
        self.at + u64::from(self.length)
    }
}

/// A segment as it was captured.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// The packet.
    pub packet: u32,
    /// Its sequence number.
    pub seq: u32,
    /// SYN counts as one byte in front of the data.
    pub syn: bool,
    /// Where the payload begins in its source.
    pub start: u32,
    /// The source.
    pub source: u8,
    /// How many payload bytes were captured.
    pub length: u32,
}

/// Bytes that came again, with what stood in the stream before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// What came first, and stands.
    pub first: Piece,
    /// What came later over the same bytes.
    pub again: Piece,
}

/// More overlaps than this are not kept for comparing; a connection that retransmits all it says has no more.
const MAX_OVERLAPS: usize = 10_000;

/// Puts segments in order, in whatever order they come.
#[derive(Debug, Default)]
pub struct Assembler {
    /// What there is, by its place: counted from the first sequence number seen, which earlier data may undercut.
    pieces: BTreeMap<i64, Piece>,
    /// The sequence number that stands at place 0; known after the first segment.
    origin: Option<u32>,
    /// Data before the SYN is none.
    floor: Option<i64>,
    /// One past the highest place seen, from which later sequence numbers are counted: they wrap every 4 GiB.
    highest: i64,
    /// With their places, counted as those of the pieces.
    overlaps: Vec<(i64, Overlap)>,
    /// The highest place that the other side has acknowledged.
    acknowledged: i64,
    /// The last packet in which it acknowledged anything.
    acknowledged_in: u32,
}

impl Assembler {
    /// Hears of the first sequence number of a side, be it of a segment without data.
    pub fn begin(&mut self, seq: u32) {
        self.origin.get_or_insert(seq);
    }

    /// Hears what the other side acknowledges.
    pub fn acknowledged(&mut self, packet: u32, ack: u32) {
        if self.origin.is_some() {
            self.acknowledged = self.acknowledged.max(self.place(ack));
            self.acknowledged_in = packet;
        }
    }

    /// The place of a sequence number.
    fn place(&self, seq: u32) -> i64 {
        let highest = self.origin.unwrap_or(seq).wrapping_add(self.highest as u32);
        self.highest + i64::from(seq.wrapping_sub(highest) as i32)
    }

    /// Adds a segment. Bytes that are there already stay as they are: the first copy is what the receiver used.
    pub fn add(&mut self, arrival: Arrival) {
        let seq = arrival.seq.wrapping_add(u32::from(arrival.syn));
        self.begin(seq);
        let place = self.place(seq);
        if arrival.syn && self.floor.is_none() {
            self.floor = Some(place);
        }
        let end = place + i64::from(arrival.length);
        self.highest = self.highest.max(end);
        let mut at = place;
        // What stands before it may reach into it.
        if let Some((&before, piece)) = self.pieces.range(..=place).next_back() {
            let until = (before + i64::from(piece.length)).min(end);
            if until > at {
                self.overlap(arrival, place, at, until, before, *piece);
                at = until;
            }
        }
        while at < end {
            let next = self
                .pieces
                .range(at..end)
                .next()
                .map(|(&next, piece)| (next, *piece));
            let upto = next.map_or(end, |(next, _)| next);
            if upto > at {
                self.pieces.insert(at, part(arrival, place, at, upto));
            }
            at = upto;
            if let Some((next, piece)) = next {
                let until = (next + i64::from(piece.length)).min(end);
                self.overlap(arrival, place, at, until, next, piece);
                at = until;
            }
        }
    }

    fn overlap(
        &mut self,
        arrival: Arrival,
        place: i64,
        from: i64,
        to: i64,
        before: i64,
        piece: Piece,
    ) {
        if self.overlaps.len() < MAX_OVERLAPS {
            let into = (from - before) as u32;
            let length = (to - from) as u32;
            let first = Piece {
                at: 0,
                length,
                start: piece.start + into,
                ..piece
            };
            let again = part(arrival, place, from, to);
            self.overlaps.push((from, Overlap { first, again }));
        }
    }

    /// Forgets what packets before this one carried, whose bytes are not there any more; whether there was something.
    /// Places stay what they are.
    pub fn let_go(&mut self, first_packet: u32) -> bool {
        let before = self.pieces.len();
        let begins = self.begins();
        self.pieces.retain(|_, piece| piece.packet >= first_packet);
        if self.pieces.len() == before {
            return false;
        }
        self.floor = Some(begins);
        true
    }

    /// The place at which the stream begins.
    fn begins(&self) -> i64 {
        let first = self.pieces.first_key_value();
        self.floor.or(first.map(|(place, _)| *place)).unwrap_or(0)
    }

    /// The stream as far as it is known by now.
    pub fn stream(&self) -> Stream {
        let floor = self.floor.unwrap_or(i64::MIN);
        let kept = |place: i64, piece: &Piece| place + i64::from(piece.length) > floor;
        let first = self.begins();
        let pieces = self
            .pieces
            .iter()
            .filter(|(place, piece)| kept(**place, piece))
            .map(|(place, piece)| {
                let cut = (floor.saturating_sub(*place)).max(0) as u32;
                Piece {
                    at: (place + i64::from(cut) - first) as u64,
                    start: piece.start + cut,
                    length: piece.length - cut,
                    ..*piece
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
}

impl Assembler {
    /// What the other side is known to have received, where `first` is the place at which the stream begins.
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

/// The bytes of a segment from one place to another.
fn part(arrival: Arrival, place: i64, from: i64, to: i64) -> Piece {
    let Arrival {
        packet,
        start,
        source,
        ..
    } = arrival;
    Piece {
        at: 0,
        length: (to - from) as u32,
        packet,
        start: start + (from - place) as u32,
        source,
    }
}

/// One direction of a connection, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// What there is, in order; where one does not begin where the one before ends, bytes are missing.
    pub pieces: Vec<Piece>,
    /// What came more than once.
    pub overlaps: Vec<Overlap>,
    /// What its receiver is known to have read: from the first byte that was sent while the capture ran to the first
    /// hole that nobody acknowledged.
    pub received: Range<u64>,
}

impl Stream {
    /// Drops what its receiver is not known to have read, and says how many bytes that was.
    pub fn keep_received(&mut self) -> u64 {
        let Range { start, end } = self.received;
        let mut dropped = 0;
        self.pieces.retain_mut(|piece| {
            let from = piece.at.max(start).min(piece.end());
            let to = piece.end().min(end).max(from);
            dropped += u64::from(piece.length) - (to - from);
            piece.start += (from - piece.at) as u32;
            piece.at = from - start.min(from);
            piece.length = (to - from) as u32;
            piece.length > 0
        });
        dropped
    }

    /// Which piece holds the byte at this place.
    pub fn piece_at(&self, at: u64) -> Option<usize> {
        let index = self.pieces.partition_point(|piece| piece.at <= at);
        let index = index.checked_sub(1)?;
        (at < self.pieces.get(index)?.end()).then_some(index)
    }

    /// How long it is with its gaps, bytes.
    pub fn length(&self) -> u64 {
        self.pieces.last().map_or(0, Piece::end)
    }

    /// How many bytes are missing in front of a piece.
    pub fn gap_before(&self, index: usize) -> u64 {
        let before = match index.checked_sub(1) {
            Some(before) => self.pieces.get(before).map_or(0, Piece::end),
            None => 0,
        };
        self.pieces
            .get(index)
            .map_or(0, |piece| piece.at.saturating_sub(before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assemble(segments: &[(u32, bool, &str)]) -> (String, Stream) {
        let mut assembler = Assembler::default();
        for (number, (seq, syn, data)) in segments.iter().enumerate() {
            assembler.add(Arrival {
                packet: number as u32,
                seq: *seq,
                syn: *syn,
                start: 0,
                source: 0,
                length: data.len() as u32,
            });
        }
        let stream = assembler.stream();
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

    #[test]
    fn places_stay_when_the_beginning_is_let_go() {
        let mut assembler = Assembler::default();
        let add = |assembler: &mut Assembler, packet, seq| {
            assembler.add(Arrival {
                packet,
                seq,
                syn: false,
                start: 0,
                source: 0,
                length: 10,
            });
        };
        add(&mut assembler, 5, 1000);
        add(&mut assembler, 6, 1020);
        add(&mut assembler, 9, 1010);
        assert!(!assembler.let_go(5));
        assert!(assembler.let_go(7));
        let stream = assembler.stream();
        assert_eq!((stream.pieces.len(), stream.pieces[0].at), (1, 10));
        assert_eq!(stream.gap_before(0), 10);
        // What lies before the beginning as it was is none of it.
        add(&mut assembler, 10, 980);
        assert_eq!(assembler.stream(), stream);
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
        let places: Vec<u64> = stream.overlaps.iter().map(|o| o.first.at).collect();
        assert_eq!(places, [3, 1, 5]);
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
    }

    #[test]
    fn what_was_received() {
        let segment = |packet, seq| Arrival {
            packet,
            seq,
            syn: false,
            start: 0,
            source: 0,
            length: 10,
        };
        let mut assembler = Assembler::default();
        for arrival in [segment(1, 110), segment(2, 100), segment(4, 130)] {
            assembler.add(arrival);
        }
        // Older than the first: it may have been read before the capture began. Behind a hole: it may have been lost.
        assert_eq!(assembler.stream().received, 10..20);
        assembler.acknowledged(3, 140);
        assert_eq!(assembler.stream().received, 10..20);
        assembler.acknowledged(5, 140);
        assert_eq!(assembler.stream().received, 10..40);
    }

    #[test]
    fn data_in_the_syn() {
        let (text, _) = assemble(&[(100, true, "GET"), (104, false, " /")]);
        assert_eq!(text, "GET /");
    }
}
