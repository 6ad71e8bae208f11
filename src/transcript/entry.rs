//! One packet of a conversation in its transcript.

use crate::track::{Piece, Side};
use dissectors::{AnalysisFlags, Earlier, Flow, Segment, TcpAnalysis, TcpFlags};
use std::num::NonZeroU32;

/// The kind of a packet in its conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A TCP segment.
    Segment,
    /// A UDP datagram.
    Datagram,
    /// An ICMP error about the conversation.
    Error,
    /// Its bytes cannot be read from the capture.
    Unreadable,
}

/// One packet of a conversation: the fields of its transport layer, and its analysis from the packets before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// Its number in the capture.
    pub packet: u32,
    /// The side that sent it; for an ICMP error, the side that sent the packet that it quotes.
    pub from: Side,
    /// Its kind.
    pub kind: EntryKind,
    /// Length of the payload on the wire, bytes.
    pub payload: u32,
    /// The offset of the payload in its source.
    pub start: u32,
    /// Its captured length, bytes.
    pub captured: u32,
    /// The source of its bytes: 0 is the packet.
    pub source: u16,
    /// The segment's sequence number.
    pub seq: u32,
    /// Its acknowledgment number.
    pub ack: u32,
    /// Its window, not scaled.
    pub window: u16,
    /// Its flags.
    pub flags: TcpFlags,
    /// It carries SACK blocks.
    pub sack: bool,
    /// It is a captured copy of an earlier packet of the conversation.
    pub is_duplicate: bool,
    /// A router marked it because of congestion: CE, RFC 3168, section 5.
    pub is_ce: bool,
    /// Its TCP analysis.
    pub analysis: Option<TcpAnalysis>,
}

impl Entry {
    /// Returns an entry with only its number, side and kind.
    pub(crate) fn new(packet: u32, from: Side, kind: EntryKind) -> Self {
        Entry {
            packet,
            from,
            kind,
            payload: 0,
            start: 0,
            captured: 0,
            source: 0,
            seq: 0,
            ack: 0,
            window: 0,
            flags: TcpFlags::default(),
            sack: false,
            is_duplicate: false,
            is_ce: false,
            analysis: None,
        }
    }

    /// Returns where its payload is; its offset in the stream is not known.
    pub fn piece(&self) -> Piece {
        Piece {
            at: 0,
            length: self.captured,
            packet: self.packet,
            start: self.start,
            source: self.source,
        }
    }

    /// Returns the entry of a datagram.
    pub(super) fn datagram(packet: u32, from: Side, flow: &Flow) -> Self {
        Entry {
            payload: flow.payload_length,
            start: flow.payload.start,
            captured: flow.payload.len() as u32,
            source: flow.payload.source,
            is_ce: flow.is_ce(),
            ..Entry::new(packet, from, EntryKind::Datagram)
        }
    }

    /// Returns the entry of a TCP segment.
    pub(super) fn segment(packet: u32, from: Side, flow: &Flow, segment: &Segment) -> Self {
        Entry {
            kind: EntryKind::Segment,
            seq: segment.seq,
            ack: segment.ack,
            window: segment.window,
            flags: segment.flags,
            sack: segment.options.sack_blocks,
            ..Entry::datagram(packet, from, flow)
        }
    }
}

/// An entry as a page stores it: half as large, since there may be millions. Fields of few segments are stored
/// separately.
#[derive(Debug)]
pub(super) struct Packed {
    packet: u32,
    payload: u32,
    seq: u32,
    ack: u32,
    acks: Option<NonZeroU32>,
    /// Split in two, so that it needs no padding.
    acks_ago_ns: [u32; 2],
    bytes_in_flight: u32,
    push_bytes_sent: u32,
    start: u16,
    window: u16,
    flags: TcpFlags,
    analysis: AnalysisFlags,
    source: u8,
    from: Side,
    kind: EntryKind,
    /// [`SACK`], [`DUPLICATE`], [`ANALYSED`], [`CE`].
    bits: u8,
    /// Fields that few entries have.
    more: Option<Box<More>>,
}

/// It carries SACK blocks.
const SACK: u8 = 1;
/// It is a captured copy of an earlier packet.
const DUPLICATE: u8 = 2;
/// It has an analysis.
const ANALYSED: u8 = 4;
/// A router marked it.
const CE: u8 = 8;

/// Fields that few entries have.
#[derive(Debug)]
struct More {
    analysis: TcpAnalysis,
    start: u32,
    captured: u32,
    source: u16,
}

impl From<&Entry> for Packed {
    fn from(entry: &Entry) -> Self {
        let found = entry.analysis.unwrap_or_default();
        let ago_ns = found.acks.map_or(0, |acks| acks.ago_ns) as u64;
        let mut packed = Packed {
            packet: entry.packet,
            payload: entry.payload,
            seq: entry.seq,
            ack: entry.ack,
            acks: found.acks.map(|acks| acks.packet),
            acks_ago_ns: [(ago_ns >> 32) as u32, ago_ns as u32],
            bytes_in_flight: found.bytes_in_flight,
            push_bytes_sent: found.push_bytes_sent,
            start: entry.start as u16,
            window: entry.window,
            flags: entry.flags,
            analysis: found.flags,
            source: entry.source as u8,
            from: entry.from,
            kind: entry.kind,
            bits: bit(entry.sack, SACK)
                | bit(entry.is_duplicate, DUPLICATE)
                | bit(entry.analysis.is_some(), ANALYSED)
                | bit(entry.is_ce, CE),
            more: None,
        };
        if packed.entry(found.initial_rtt) != *entry {
            packed.more = Some(Box::new(More {
                analysis: found,
                start: entry.start,
                captured: entry.captured,
                source: entry.source,
            }));
        }
        packed
    }
}

fn bit(is_set: bool, bit: u8) -> u8 {
    if is_set { bit } else { 0 }
}

impl Packed {
    /// Returns the packet's number.
    pub fn packet(&self) -> u32 {
        self.packet
    }

    /// Returns the length of its payload on the wire, bytes.
    pub fn payload(&self) -> usize {
        self.payload as usize
    }

    /// Returns the entry, in a connection with this initial round-trip time, nanoseconds.
    pub fn entry(&self, initial_rtt: Option<i64>) -> Entry {
        let [high, low] = self.acks_ago_ns.map(u64::from);
        let more = self.more.as_deref();
        let analysis = match more {
            Some(more) => TcpAnalysis {
                initial_rtt,
                ..more.analysis
            },
            None => TcpAnalysis {
                flags: self.analysis,
                acks: self.acks.map(|packet| Earlier {
                    packet,
                    ago_ns: (high << 32 | low) as i64,
                }),
                initial_rtt,
                bytes_in_flight: self.bytes_in_flight,
                push_bytes_sent: self.push_bytes_sent,
                ..TcpAnalysis::default()
            },
        };
        Entry {
            packet: self.packet,
            from: self.from,
            kind: self.kind,
            payload: self.payload,
            start: more.map_or(self.start.into(), |more| more.start),
            captured: more.map_or(self.payload, |more| more.captured),
            source: more.map_or(self.source.into(), |more| more.source),
            seq: self.seq,
            ack: self.ack,
            window: self.window,
            flags: self.flags,
            sack: self.bits & SACK != 0,
            is_duplicate: self.bits & DUPLICATE != 0,
            is_ce: self.bits & CE != 0,
            analysis: (self.bits & ANALYSED != 0).then_some(analysis),
        }
    }

    /// Returns the memory that is stored separately, bytes.
    pub fn apart(&self) -> usize {
        self.more.as_ref().map_or(0, |_| size_of::<More>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of 4,096 packets takes a quarter of a megabyte.
    #[test]
    fn it_takes_tens_of_bytes() {
        assert!(size_of::<Packed>() <= 56, "{}", size_of::<Packed>());
    }
}
