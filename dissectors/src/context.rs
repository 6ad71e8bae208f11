//! The input of a dissection besides the bytes.

use crate::{
    ByteRange, Carried, Dissector, MessageContext, Side, TcpAnalysis, TcpFlags, Undeclared,
};
use std::{borrow::Cow, cell::Cell, fmt};

/// What is known of a packet from elsewhere. The default, with which the index pass begins, knows nothing.
#[derive(Debug, Default)]
pub struct Context<'a> {
    /// The packet's number in its capture, from 1.
    pub number: u64,
    /// When it was captured, nanoseconds since the epoch.
    pub time_ns: i64,
    /// One for each transport layer, outermost first.
    pub flows: &'a [FlowContext],
    /// The conversation that an ICMP error quotes.
    pub quoted_flow: Option<FlowContext>,
    /// The datagrams that this packet completes, outermost first.
    pub reassembled: &'a [Reassembled<'a>],
    /// The packet that this fragment's datagram was completed in.
    pub reassembled_in: Option<u64>,
    /// The other half of an echo exchange.
    pub echo: Option<EchoPair>,
    /// The packets that followed are known, so that "no answer" can be shown.
    pub complete: bool,
    /// Show sequence numbers as they are on the wire.
    pub absolute_seq: bool,
    /// What is known of the messages in the innermost transport layer. Without it they are cut as if there were no
    /// other packets.
    pub spoken: Option<Spoken<'a>>,
    /// The ranges of secrets in the packet and in the datagrams that it completes: they are masked before anything
    /// reads a transport layer's payload. Those in [`Context::spoken`] are masked already.
    pub secrets: &'a [ByteRange],
    /// The conversation that an ICMP error quotes holds a secret in the clear: the quoted packet's payload is masked.
    pub hides_quote: bool,
    /// Show secrets. Otherwise secrets are also masked in what is read without its conversation, in decoded bytes, and
    /// in what a session knows of other messages.
    pub show_secrets: bool,
    /// The character set of the conversation's text that declares none.
    pub undeclared: Undeclared,
    /// Keeps decoded bytes while they are read; without it nothing is decoded.
    pub decoded: Option<&'a Decoded>,
}

/// Bytes that were decoded from others while a packet is dissected.
#[derive(Default)]
pub struct Decoded {
    sources: elsa::FrozenVec<Box<[u8]>>,
    /// The number of all kept bytes.
    kept: Cell<usize>,
    /// The number of bytes that were decompressed so far, and the length of the result.
    compressed: Cell<usize>,
    decompressed: Cell<usize>,
}

/// How many bytes may be decoded from one packet, which bounds the memory that a packet needs.
const MAX_DECODED: usize = 256 << 20;

/// How many bytes may be decompressed from one byte. Text becomes 5 to 50 times as long.
const MAX_RATIO: usize = 200;

/// How many additional bytes decompression may produce in one packet.
const ALLOWANCE: usize = 64 << 10;

impl Decoded {
    /// Keeps these bytes, if there is room for them.
    pub(crate) fn keep(&self, bytes: Vec<u8>) -> Option<&[u8]> {
        let kept = self.kept.get() + bytes.len();
        (kept <= MAX_DECODED).then(|| {
            self.kept.set(kept);
            self.sources.push_get(bytes.into_boxed_slice())
        })
    }

    /// Returns how many bytes may be decompressed from this many. This bounds all decompressed bytes of a packet
    /// together, not only those of one message.
    pub(crate) fn room_to_decompress(&self, compressed: usize) -> usize {
        let all = self.compressed.get().saturating_add(compressed);
        self.compressed.set(all);
        let most = all.saturating_mul(MAX_RATIO).saturating_add(ALLOWANCE);
        most.saturating_sub(self.decompressed.get())
    }

    /// Notes how many bytes were decompressed.
    pub(crate) fn note_decompressed(&self, bytes: usize) {
        let all = self.decompressed.get().saturating_add(bytes);
        self.decompressed.set(all);
    }
}

impl fmt::Debug for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} kept", self.sources.len())
    }
}

/// The other half of an echo exchange.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EchoPair {
    /// Its packet number.
    pub number: u64,
    /// When it was captured, nanoseconds since the epoch.
    pub time_ns: i64,
}

/// What is known of the conversation that a transport layer belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FlowContext {
    /// Its number, as in `tcp.stream` and `udp.stream`; none if only ICMP errors quote packets of it.
    pub stream: Option<u32>,
    /// When its first packet was captured, nanoseconds since the epoch.
    pub first_ns: i64,
    /// When the packet before this one was captured, nanoseconds since the epoch.
    pub previous_ns: i64,
    /// Wireshark's completeness of a TCP conversation.
    pub completeness: u8,
    /// The base of this sender's relative sequence numbers.
    pub base_seq: Option<u32>,
    /// The base of its peer's relative sequence numbers.
    pub base_ack: Option<u32>,
    /// The scale of this segment's window.
    pub window_scale: WindowScale,
    /// Accurate ECN is in use: three of the flags are then one counter.
    pub accurate_ecn: bool,
    /// What the earlier segments show about this one.
    pub analysis: Option<TcpAnalysis>,
    /// Its protocol, whatever its ports, where each of its packets is read without the others.
    pub application: Option<&'static Dissector>,
}

/// The scale of a segment's window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WindowScale {
    /// The handshake was not seen.
    #[default]
    Unknown,
    /// One side did not offer it.
    Off,
    /// Multiply by two to this power.
    Shift(u8),
}

impl WindowScale {
    /// A larger shift counts as this: RFC 7323, section 2.3.
    const MAX_SHIFT: u8 = 14;

    /// Returns the window of a segment with these flags, bytes. That of a SYN is not scaled: RFC 7323, section 2.2.
    pub fn apply(self, flags: TcpFlags, window: u16) -> u32 {
        match self {
            WindowScale::Shift(shift) if !flags.syn() => {
                u32::from(window) << shift.min(WindowScale::MAX_SHIFT)
            }
            _ => window.into(),
        }
    }

    /// Returns the factor of windows, as Wireshark numbers it: -1 if it is not known, -2 if there is none.
    pub fn factor(self) -> i32 {
        match self {
            WindowScale::Unknown => -1,
            WindowScale::Off => -2,
            WindowScale::Shift(shift) => 1 << shift.min(WindowScale::MAX_SHIFT),
        }
    }
}

/// A datagram reassembled from fragments.
#[derive(Clone, Debug)]
pub struct Reassembled<'a> {
    /// Its bytes.
    pub bytes: Cow<'a, [u8]>,
    /// The parts that the bytes came from, in the order of the packets.
    pub parts: Vec<Part>,
}

/// One packet's part in reassembled data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The packet's number.
    pub packet: u64,
    /// The offset of its data.
    pub start: u32,
    /// The number of bytes that it contributes.
    pub length: u32,
    /// It overlaps the data of an earlier packet.
    pub overlap: bool,
    /// It overlaps with other bytes than those of an earlier packet.
    pub conflict: bool,
}

/// A message as it is handed to its dissector.
#[derive(Debug)]
pub struct Message<'a> {
    /// The dissector that reads it.
    pub dissector: &'static Dissector,
    /// The side that sent it.
    pub side: Side,
    /// Its bytes.
    pub bytes: MessageBytes<'a>,
    /// How many bytes that follow belong to it but are not available.
    pub missing: u64,
    /// It was sent to its end, not broken off.
    pub complete: bool,
    /// The capture lacks its end, or bytes in its middle.
    pub is_partial: bool,
    /// What its session knows of it.
    pub context: Option<&'a MessageContext>,
    /// What the connection that it asked for carried.
    pub carried: Option<Carried>,
    /// The bytes of the source that it completes.
    pub gathered: Option<Reassembled<'a>>,
    /// The protocol that opened the tunnel through which it was sent, and what that protocol's dissector must know to show
    /// the tunnel.
    pub tunnel: Option<(&'static Dissector, &'a MessageContext)>,
}

/// Where a message's bytes are.
#[derive(Debug)]
pub enum MessageBytes<'a> {
    /// In the packet's payload: the start and the exclusive end.
    Within(u32, u32),
    /// In several packets.
    Joined(Reassembled<'a>),
}

/// What the innermost transport layer of a packet adds to its conversation.
#[derive(Debug, Default)]
pub struct Spoken<'a> {
    /// The messages that it completes, in order.
    pub messages: &'a [Message<'a>],
    /// Some of its bytes belong to a message that another packet completes: the number of that packet, if there is one.
    pub part_of: Option<Option<u64>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_of_a_packet_is_bounded_by_its_length() {
        let decoded = Decoded::default();
        assert_eq!(decoded.room_to_decompress(100), ALLOWANCE + 100 * MAX_RATIO);
        decoded.note_decompressed(ALLOWANCE);
        assert_eq!(decoded.room_to_decompress(100), 200 * MAX_RATIO);
        // However many messages there are, the allowance is given once.
        decoded.note_decompressed(200 * MAX_RATIO);
        assert_eq!(decoded.room_to_decompress(1), MAX_RATIO);
        assert_eq!(
            decoded.room_to_decompress(usize::MAX),
            usize::MAX - ALLOWANCE - 200 * MAX_RATIO
        );
    }
}
