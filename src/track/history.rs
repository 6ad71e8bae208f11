//! Zeek's conn_state and history, from their definitions in Zeek's `conn.log` documentation.

use super::{Conversation, Protocol, Side, Tcp, seq::before};
use dissectors::{PerSide, Segment, TcpFlags};

/// Longer histories carry no further information.
pub(super) const MAX_HISTORY: usize = 21;

/// The events of a conversation, one letter each: upper case for the client, lower case for the server.
#[derive(Clone, Copy, Debug, Default)]
pub struct History {
    letters: [u8; MAX_HISTORY],
    length: u8,
    /// Letters that appear once per direction: ack, data, inconsistent, multi-flag; two bits each.
    said: u8,
    /// How often a direction retransmitted, showed a gap, a zero window or a wrong checksum; letters are added at 1, 10,
    /// 100 …
    counts: PerSide<[u16; 4]>,
    /// The sequence number of the last S or H and of the last F or R of a direction, to recognise repeats.
    last: PerSide<[u32; 2]>,
    /// Which entries of `last` are set, one bit each.
    known: u8,
}

const ACK: u8 = 0;
const DATA: u8 = 1;
const INCONSISTENT: u8 = 2;
const MULTI_FLAG: u8 = 3;

const RETRANSMISSION: usize = 0;
const GAP: usize = 1;
const ZERO_WINDOW: usize = 2;
const CHECKSUM: usize = 3;

impl History {
    /// Returns the letters.
    pub fn as_str(&self) -> &str {
        let letters = self
            .letters
            .get(..usize::from(self.length))
            .unwrap_or_default();
        str::from_utf8(letters).unwrap_or_default()
    }

    /// Whether the capture lacks data that this side has sent.
    #[inline]
    pub(super) fn has_gap(&self, direction: Side) -> bool {
        self.counts[direction][GAP] > 0
    }

    fn push(&mut self, direction: Side, letter: u8) {
        // The sender of the first packet would be the client, if nothing else were known.
        if self.length == 0 && direction == Side::Server {
            self.add(b'^');
        }
        self.add(match direction {
            Side::Client => letter.to_ascii_uppercase(),
            Side::Server => letter,
        });
    }

    /// Adds that not all of the conversation could be followed.
    pub(super) fn is_partial(&mut self) {
        self.add(b'x');
    }

    fn add(&mut self, letter: u8) {
        if let Some(slot) = self.letters.get_mut(usize::from(self.length)) {
            *slot = letter;
            self.length += 1;
        }
    }

    #[inline]
    fn once(&mut self, direction: Side, what: u8, letter: u8) {
        let bit = 1 << (2 * what + direction as u8);
        if self.said & bit == 0 {
            self.said |= bit;
            self.push(direction, letter);
        }
    }

    #[cold]
    fn counted(&mut self, direction: Side, what: usize, letter: u8) {
        let count = &mut self.counts[direction][what];
        *count = count.saturating_add(1);
        let count = *count;
        if count == 10_u16.pow(count.ilog10()) {
            self.push(direction, letter);
        }
    }

    fn repeated(&mut self, direction: Side, what: usize, letter: u8, seq: u32) {
        let last = &mut self.last[direction][what];
        let bit = 1 << (2 * what + direction as usize);
        if *last != seq || self.known & bit == 0 {
            *last = seq;
            self.known |= bit;
            self.push(direction, letter);
        }
    }

    /// Adds a packet with a wrong checksum. Zeek adds no other letter for it.
    pub(super) fn damaged(&mut self, direction: Side) {
        self.counted(direction, CHECKSUM, b'c');
    }

    #[inline]
    pub(super) fn udp(&mut self, direction: Side) {
        self.once(direction, DATA, b'd');
    }

    /// Adds a segment. `tcp` is the state before it.
    #[inline]
    pub(super) fn tcp(&mut self, direction: Side, segment: &Segment, payload: u32, tcp: &Tcp) {
        let flags = segment.flags;
        let control = flags.0 & (TcpFlags::SYN | TcpFlags::FIN | TcpFlags::RST);
        if control != 0 {
            self.control(direction, segment);
        }
        let side = tcp.side(direction);
        if (payload > 0 || flags.fin()) && side.base_seq.is_some() && !flags.syn() {
            if before(side.next_seq, segment.seq) {
                self.counted(direction, GAP, b'g');
            } else if payload > 0 && segment.seq != side.next_seq {
                self.counted(direction, RETRANSMISSION, b't');
            }
        }
        // What is acknowledged was sent, and is missing in the capture: it may have been the last data.
        if tcp.acknowledges_unseen(direction, segment) {
            self.counted(direction.other(), GAP, b'g');
        }
        if payload > 0 {
            self.once(direction, DATA, b'd');
        }
        if flags.ack() && payload == 0 && control == 0 {
            self.once(direction, ACK, b'a');
        }
        if segment.window == 0 && flags.0 & (TcpFlags::SYN | TcpFlags::RST | TcpFlags::FIN) == 0 {
            self.counted(direction, ZERO_WINDOW, b'w');
        }
    }

    #[cold]
    fn control(&mut self, direction: Side, segment: &Segment) {
        let flags = segment.flags;
        match (flags.syn(), flags.fin(), flags.rst()) {
            (true, false, false) => {
                let letter = if flags.ack() { b'h' } else { b's' };
                self.repeated(direction, 0, letter, segment.seq);
            }
            (true, _, _) => self.once(direction, MULTI_FLAG, b'q'),
            (false, true, true) => self.once(direction, INCONSISTENT, b'i'),
            (false, true, false) => self.repeated(direction, 1, b'f', segment.seq),
            (false, false, true) => self.repeated(direction, 1, b'r', segment.seq),
            (false, false, false) => {}
        }
    }
}

/// Returns Zeek's conn_state: S0, S1, SF, REJ, S2, S3, RSTO, RSTR, RSTOS0, RSTRH, SH, SHR, OTH.
pub fn conn_state(conversation: Conversation) -> &'static str {
    if conversation.protocol == Protocol::Udp {
        let PerSide { client, server } = &conversation.sides;
        return match (client.packets, server.packets) {
            (_, 0) => "S0",
            (0, _) => "SHR",
            _ => "SF",
        };
    }
    let tcp = conversation.tcp();
    let PerSide { client, server } = &tcp.sides;
    let PerSide {
        client: client_sent,
        server: server_sent,
    } = conversation.sides.map(|side| side.packets > 0);
    let syn = client.syns > 0;
    let syn_ack = tcp.completeness & 2 != 0;
    let fin = |side: &super::tcp::TcpSide| side.fin.is_some();
    match tcp.reset.map(|(by, _)| by) {
        Some(Side::Server) => match () {
            () if syn && !syn_ack && !fin(client) => "REJ",
            () if !syn && syn_ack && !client_sent => "RSTRH",
            () if !syn && !syn_ack && !client_sent => "OTH",
            () => "RSTR",
        },
        Some(Side::Client) => match () {
            () if syn && !syn_ack && !server_sent => "RSTOS0",
            () if !syn && !server_sent => "OTH",
            () => "RSTO",
        },
        None => match (fin(client), fin(server)) {
            (true, true) => "SF",
            (true, false) if syn && !server_sent => "SH",
            (true, false) if server_sent => "S2",
            (false, true) if syn_ack && !client_sent => "SHR",
            (false, true) if client_sent => "S3",
            (false, false) if syn && !server_sent => "S0",
            (false, false) if syn && syn_ack => "S1",
            _ => "OTH",
        },
    }
}
