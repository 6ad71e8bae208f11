//! Reassembles IP datagrams: RFC 791, section 3.2; RFC 8200, section 4.5; RFC 5722 for overlaps.

use dissectors::{Fragment, Part};
use std::{collections::HashMap, net::IpAddr};

/// Fragments that wait for the rest of their datagram take at most this many bytes, with what is kept of each.
const MAX_BYTES: usize = 16 << 20;

/// What a fragment takes besides its bytes: its entry and its allocation.
const PIECE_WEIGHT: usize = 2 * size_of::<Piece>() + 16;

/// At most this many datagrams are reassembled at once.
const MAX_DATAGRAMS: usize = 4096;

/// A datagram of more parts than this is an attack: the smallest fragment has 8 bytes, the usual 1480.
const MAX_PARTS: usize = 1024;

/// The maximum length of an IP datagram.
const MAX_LENGTH: u32 = 65_535;

/// A fragment waits this long for the others: RFC 8200, section 4.5, nanoseconds.
const TIMEOUT_NS: i64 = 60_000_000_000;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    source: IpAddr,
    destination: IpAddr,
    id: u32,
    /// RFC 791 distinguishes datagrams by their protocol too; RFC 8200 does not.
    protocol: u8,
}

struct Waiting {
    last_ns: i64,
    length: Option<u32>,
    pieces: Vec<Piece>,
}

struct Piece {
    part: Part,
    data: Vec<u8>,
}

impl Piece {
    fn weight(&self) -> usize {
        self.data.len() + PIECE_WEIGHT
    }
}

/// A complete datagram.
pub struct Datagram {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The fragments that its bytes came from.
    pub parts: Vec<Part>,
}

/// The fragments that wait for the rest of their datagrams.
pub struct Fragments {
    waiting: HashMap<Key, Waiting>,
    /// How much they take, and the maximum.
    bytes: usize,
    most: usize,
}

impl Default for Fragments {
    fn default() -> Self {
        Fragments {
            waiting: HashMap::new(),
            bytes: 0,
            most: MAX_BYTES,
        }
    }
}

impl Fragments {
    /// Sets how much memory they may take.
    pub(crate) fn limit(&mut self, bytes: Option<u64>) {
        self.most = bytes.map_or(MAX_BYTES, |bytes| MAX_BYTES.min(bytes as usize));
    }

    /// Returns how much memory they take, at least approximately.
    pub(crate) fn weight(&self) -> u64 {
        let datagrams = self.waiting.len() * 2 * size_of::<(Key, Waiting)>();
        (self.bytes + datagrams) as u64
    }

    /// Adds a fragment, whose captured bytes are `data`; returns the datagram that it completes.
    pub fn add(
        &mut self,
        packet: u64,
        time_ns: i64,
        fragment: &Fragment,
        data: &[u8],
    ) -> Option<Datagram> {
        let end = fragment.offset.checked_add(fragment.length)?;
        if data.len() != fragment.length as usize || end > MAX_LENGTH || data.is_empty() {
            return None;
        }
        let protocol = if fragment.source.is_ipv4() {
            fragment.protocol
        } else {
            0
        };
        let (source, destination) = (fragment.source, fragment.destination);
        let key = Key {
            source,
            destination,
            id: fragment.id,
            protocol,
        };
        self.make_room(data.len() + PIECE_WEIGHT, time_ns);
        let entry = self.waiting.entry(key).or_insert(Waiting {
            last_ns: time_ns,
            length: None,
            pieces: Vec::new(),
        });
        if time_ns.saturating_sub(entry.last_ns) > TIMEOUT_NS {
            self.bytes -= entry.pieces.iter().map(Piece::weight).sum::<usize>();
            entry.pieces.clear();
            entry.length = None;
        }
        entry.last_ns = time_ns;
        if entry.pieces.len() >= MAX_PARTS {
            return None;
        }
        if !fragment.more {
            entry.length.get_or_insert(end);
        }
        let part = Part {
            packet,
            start: fragment.offset,
            length: fragment.length,
            overlap: false,
            conflict: false,
        };
        entry.pieces.push(Piece {
            part,
            data: data.to_vec(),
        });
        self.bytes += data.len() + PIECE_WEIGHT;

        let whole = join(entry)?;
        if let Some(done) = self.waiting.remove(&key) {
            self.bytes -= done.pieces.iter().map(Piece::weight).sum::<usize>();
        }
        Some(whole)
    }

    /// Drops the datagrams that have waited longest.
    fn make_room(&mut self, wanted: usize, now_ns: i64) {
        if self.bytes + wanted <= self.most && self.waiting.len() < MAX_DATAGRAMS {
            return;
        }
        self.waiting
            .retain(|_, waiting| now_ns.saturating_sub(waiting.last_ns) <= TIMEOUT_NS);
        let mut ages: Vec<_> = self
            .waiting
            .iter()
            .map(|(key, w)| (w.last_ns, *key))
            .collect();
        ages.sort_by_key(|(age, _)| *age);
        for (_, key) in ages.iter().take(ages.len().div_ceil(2)) {
            self.waiting.remove(key);
        }
        self.bytes = self
            .waiting
            .values()
            .flat_map(|w| &w.pieces)
            .map(Piece::weight)
            .sum();
    }
}

/// Returns the datagram, once none of its bytes is missing.
fn join(waiting: &mut Waiting) -> Option<Datagram> {
    let length = waiting.length? as usize;
    let covered: usize = waiting.pieces.iter().map(|piece| piece.data.len()).sum();
    if covered < length {
        return None;
    }
    let mut parts: Vec<Part> = waiting.pieces.iter().map(|piece| piece.part).collect();
    let data: Vec<&[u8]> = waiting.pieces.iter().map(|piece| &*piece.data).collect();
    let bytes = overlay(&mut parts, &data, length)?;
    Some(Datagram { bytes, parts })
}

/// Overlays parts, each with its data, and marks those that overlap. Where parts overlap, the bytes that came first are
/// kept. Returns nothing when a byte is missing.
pub fn overlay(parts: &mut [Part], data: &[&[u8]], length: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut known = vec![false; length];
    for (part, data) in parts.iter_mut().zip(data) {
        let start = part.start as usize;
        let (Some(slots), Some(seen)) = (bytes.get_mut(start..), known.get_mut(start..)) else {
            continue;
        };
        for ((slot, seen), &byte) in slots.iter_mut().zip(seen).zip(*data) {
            if *seen {
                part.overlap = true;
                part.conflict |= *slot != byte;
            } else {
                (*slot, *seen) = (byte, true);
            }
        }
    }
    known.iter().all(|&known| known).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn fragment(offset: u32, length: u32, more: bool) -> Fragment {
        Fragment {
            source: Ipv4Addr::new(192, 0, 2, 1).into(),
            destination: Ipv4Addr::new(192, 0, 2, 2).into(),
            id: 7,
            protocol: 17,
            offset,
            more,
            data: Default::default(),
            length,
        }
    }

    #[test]
    fn out_of_order() {
        let mut fragments = Fragments::default();
        assert!(
            fragments
                .add(1, 0, &fragment(8, 4, false), b"tail")
                .is_none()
        );
        let whole = fragments
            .add(2, 0, &fragment(0, 8, true), b"headhead")
            .unwrap();
        assert_eq!(whole.bytes, b"headheadtail");
        assert_eq!(
            whole
                .parts
                .iter()
                .map(|part| part.packet)
                .collect::<Vec<_>>(),
            [1, 2]
        );
        assert_eq!(fragments.bytes, 0);
    }

    #[test]
    fn the_first_of_overlapping_bytes_stands() {
        let mut fragments = Fragments::default();
        assert!(
            fragments
                .add(1, 0, &fragment(0, 8, true), b"aaaaaaaa")
                .is_none()
        );
        assert!(
            fragments
                .add(2, 0, &fragment(0, 16, true), b"bbbbbbbbcccccccc")
                .is_none()
        );
        let whole = fragments.add(3, 0, &fragment(16, 1, false), b"d").unwrap();
        assert_eq!(whole.bytes, b"aaaaaaaaccccccccd");
        assert!(whole.parts[1].overlap && whole.parts[1].conflict);
    }

    #[test]
    fn a_cut_fragment_is_no_part() {
        let mut fragments = Fragments::default();
        assert!(
            fragments
                .add(1, 0, &fragment(0, 8, true), b"short")
                .is_none()
        );
        assert!(fragments.add(2, 0, &fragment(8, 1, false), b"x").is_none());
        assert_eq!(fragments.bytes, 1 + PIECE_WEIGHT);
    }

    #[test]
    fn memory_is_bounded() {
        let mut fragments = Fragments::default();
        let data = vec![0; 1480];
        for packet in 0..100_000 {
            let fragment = Fragment {
                id: packet,
                ..fragment(0, 1480, true)
            };
            fragments.add(packet.into(), 0, &fragment, &data);
        }
        assert!(fragments.bytes <= MAX_BYTES);
        assert!(fragments.waiting.len() <= MAX_DATAGRAMS);
    }
}
