//! One packet of a conversation, as its transcript has it.

use crate::track::Direction;
use dissectors::{Segment, TcpAnalysis, TcpFlags};

/// What a packet is to its conversation.
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

/// One packet of a conversation: what its transport layer says, and what the packets before it say of it.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its number in the capture.
    pub packet: u32,
    /// Who sent it; of an ICMP error, who sent the packet that it quotes.
    pub from: Direction,
    /// What it is.
    pub kind: EntryKind,
    /// Length of the payload on the wire, bytes.
    pub payload: u32,
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
    /// Its TCP analysis.
    pub analysis: Option<TcpAnalysis>,
}

impl Entry {
    /// A packet of which nothing is known but who sent it.
    pub(super) fn new(packet: u32, from: Direction, kind: EntryKind) -> Self {
        Entry {
            packet,
            from,
            kind,
            payload: 0,
            seq: 0,
            ack: 0,
            window: 0,
            flags: TcpFlags::default(),
            sack: false,
            analysis: None,
        }
    }

    /// A TCP segment.
    pub(super) fn segment(packet: u32, from: Direction, segment: &Segment, payload: u32) -> Self {
        Entry {
            payload,
            seq: segment.seq,
            ack: segment.ack,
            window: segment.window,
            flags: segment.flags,
            sack: segment.options.sack_blocks,
            ..Entry::new(packet, from, EntryKind::Segment)
        }
    }
}
