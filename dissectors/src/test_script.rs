//! Puts a conversation to a session by hand, packet by packet.

use crate::{AnySession, Dissector, Event, Heard, Place, Setting, Side, Step};

/// One side of a [`Script`].
#[derive(Default)]
struct Line {
    pending: Vec<u8>,
    /// The packet that its message began in.
    first: Option<u64>,
    /// How many bytes of the message were passed over, and how many are still to be.
    taken: usize,
    left: Option<usize>,
}

/// A conversation that is put to a session by hand, a packet at a time, all of them in order.
pub struct Script {
    session: Box<dyn AnySession>,
    packet: u64,
    client: Line,
    server: Line,
    /// The messages that were heard, by their lengths.
    pub lengths: Vec<usize>,
    /// What followed from them.
    pub events: Vec<Event>,
    /// The session said that something is none of its protocol.
    pub refused: bool,
}

impl Script {
    /// From port 40000 of 10.0.0.1 to this one of 10.0.0.2.
    pub fn new(dissector: &Dissector, port: u16) -> Script {
        let setting = Setting {
            client: ([10, 0, 0, 1].into(), 40_000),
            server: ([10, 0, 0, 2].into(), port),
            keeps: true,
        };
        Script {
            session: dissector.begin(&setting),
            packet: 0,
            client: Line::default(),
            server: Line::default(),
            lengths: Vec::new(),
            events: Vec::new(),
            refused: false,
        }
    }

    /// A datagram, so many nanoseconds after the epoch.
    pub fn datagram(&mut self, side: Side, time_ns: i64, bytes: &[u8]) {
        self.packet += 1;
        let step = self.step(side, time_ns, 0, bytes);
        self.refused |= step == Step::NotMine;
        self.heard(side, self.packet, time_ns, bytes.len());
    }

    /// A segment with what comes next of a side.
    pub fn segment(&mut self, side: Side, bytes: &[u8]) {
        self.packet += 1;
        let time_ns = self.packet as i64 * 1_000_000;
        let mut line = match side {
            Side::Client => std::mem::take(&mut self.client),
            Side::Server => std::mem::take(&mut self.server),
        };
        let mut seen = line.pending.len();
        line.pending.extend_from_slice(bytes);
        let pending = std::mem::take(&mut line.pending);
        let mut rest = pending.as_slice();
        while !rest.is_empty() && !self.refused {
            line.first.get_or_insert(self.packet);
            if let Some(left) = line.left {
                let now = left.min(rest.len());
                rest = rest.split_at(now).1;
                line.taken += now;
                line.left = Some(left - now).filter(|left| *left > 0);
                if line.left.is_none() {
                    let first = line.first.take().unwrap_or_default();
                    self.heard(side, first, time_ns, std::mem::take(&mut line.taken));
                }
                continue;
            }
            match self.step(side, time_ns, std::mem::take(&mut seen), rest) {
                Step::More => break,
                Step::Message(length) => line.left = Some(length as usize),
                Step::NotMine => self.refused = true,
                step => unreachable!("{step:?}"),
            }
        }
        line.pending = rest.to_vec();
        match side {
            Side::Client => self.client = line,
            Side::Server => self.server = line,
        }
    }

    fn step(&mut self, side: Side, time_ns: i64, seen: usize, bytes: &[u8]) -> Step {
        let place = Place {
            side,
            packet: self.packet,
            time_ns,
            seen,
        };
        self.session.step(&place, bytes)
    }

    fn heard(&mut self, side: Side, first_packet: u64, time_ns: i64, length: usize) {
        let heard = Heard {
            number: self.lengths.len(),
            side,
            first_packet,
            first_ns: time_ns,
            packet: self.packet,
            time_ns,
            length: length as u64,
            missing: 0,
            complete: true,
        };
        self.lengths.push(length);
        self.session.heard(&heard, &mut self.events);
    }

    /// What the session says in a few words.
    pub fn summary(&self) -> String {
        self.session.summary()
    }

    /// What it knows of each message.
    pub fn known<T: Clone + 'static>(&self) -> Vec<Option<T>> {
        let known = |number| self.session.context(number)?.get().cloned();
        (0..self.lengths.len()).map(known).collect()
    }
}
