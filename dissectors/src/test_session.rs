//! Drives a session in tests: a conversation is written down packet by packet, all of them in order.

use crate::{
    AnySession, DATA, Dissector, Event, Exchange, Heard, Place, Setting, Side, Step, Transmission,
    by_name,
};

/// One side's stream.
#[derive(Default)]
struct Stream {
    /// Bytes that the session asked to see with those behind them.
    pending: Vec<u8>,
    /// The message that is read, as far as it came.
    message: Vec<u8>,
    /// How many more bytes of it the session need not see.
    skip: u64,
    /// It ends behind them.
    ends: bool,
    /// The packet that it began in, and when that was captured.
    first: (u64, i64),
    /// The packet that brought the last bytes.
    last: (u64, i64),
}

/// A conversation from port 50000 of 10.0.0.1 to 10.0.0.9. Its packets count from 1; where no time is given they are a
/// second apart, the first one a second after the epoch.
pub struct Script {
    pub session: Box<dyn AnySession>,
    /// Who sent each message, and its bytes.
    pub messages: Vec<(Side, Vec<u8>)>,
    /// What followed from them.
    pub events: Vec<Event>,
    /// The exchanges that have ended, in that order.
    pub exchanges: Vec<Exchange>,
    /// How often bytes were none of the protocol.
    pub foreign: usize,
    /// Which protocol the conversation was handed over to. No more of it is read.
    pub then: Option<&'static str>,
    packet: u64,
    streams: [Stream; 2],
}

/// What is sent in a conversation of this protocol, a packet a row.
pub fn talk(name: &str, rows: &[(Side, &[u8])]) -> Script {
    let mut script = Script::new(by_name(name).unwrap_or(DATA), 1);
    script.segments(rows);
    script
}

impl Script {
    /// A conversation with this port of the server.
    pub fn new(dissector: &Dissector, port: u16) -> Script {
        let setting = Setting {
            client: ([10, 0, 0, 1].into(), 50000),
            server: ([10, 0, 0, 9].into(), port),
            keeps: true,
        };
        Script {
            session: dissector.begin(&setting),
            messages: Vec::new(),
            events: Vec::new(),
            exchanges: Vec::new(),
            foreign: 0,
            then: None,
            packet: 0,
            streams: [Stream::default(), Stream::default()],
        }
    }

    /// A datagram, so many nanoseconds after the epoch.
    pub fn datagram(&mut self, side: Side, time_ns: i64, bytes: &[u8]) {
        self.packet += 1;
        self.step(side, time_ns, 0, bytes);
        let now = (self.packet, time_ns);
        self.ended(side, [now; 2], bytes.to_vec(), true);
    }

    /// A segment with what comes next of a side.
    pub fn segment(&mut self, side: Side, bytes: &[u8]) {
        self.packet += 1;
        let now = (self.packet, self.packet as i64 * 1_000_000_000);
        let [client, server] = &mut self.streams;
        let mut stream = std::mem::take(match side {
            Side::Client => client,
            Side::Server => server,
        });
        stream.last = now;
        let mut seen = stream.pending.len();
        let all = [std::mem::take(&mut stream.pending), bytes.to_vec()].concat();
        let mut rest = all.as_slice();
        while !rest.is_empty() && self.then.is_none() {
            if stream.skip == 0 {
                if stream.message.is_empty() && seen == 0 {
                    stream.first = now;
                }
                let step = self.step(side, now.1, std::mem::take(&mut seen), rest);
                (stream.skip, stream.ends) = match step {
                    Step::More => {
                        stream.pending = rest.to_vec();
                        break;
                    }
                    Step::Take(length @ 1..) => (length, false),
                    Step::Message(length @ 1..) => (length, true),
                    Step::UntilEnd => (u64::MAX, true),
                    _ => {
                        self.session.lost(side);
                        self.foreign += 1;
                        break;
                    }
                };
            }
            let (taken, behind) = rest.split_at(rest.len().min(stream.skip as usize));
            stream.message.extend_from_slice(taken);
            stream.skip -= taken.len() as u64;
            rest = behind;
            if stream.skip == 0 && stream.ends {
                let message = std::mem::take(&mut stream.message);
                self.ended(side, [stream.first, now], message, true);
            }
        }
        if let Some(slot) = self.streams.get_mut(side as usize) {
            *slot = stream;
        }
    }

    /// Several segments.
    pub fn segments(&mut self, rows: &[(Side, &[u8])]) {
        for (side, bytes) in rows {
            self.segment(*side, bytes);
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

    fn ended(&mut self, side: Side, ends: [(u64, i64); 2], message: Vec<u8>, complete: bool) {
        let [(first_packet, first_ns), (packet, time_ns)] = ends;
        let heard = Heard {
            number: self.messages.len(),
            side,
            first_packet,
            first_ns,
            packet,
            time_ns,
            length: message.len() as u64,
            missing: 0,
            complete,
        };
        self.messages.push((side, message));
        let mut events = Vec::new();
        self.session.heard(&heard, &mut events);
        self.follow(events);
    }

    fn follow(&mut self, events: Vec<Event>) {
        for event in events {
            match event {
                Event::Exchange(exchange) => self.exchanges.push(*exchange),
                event => {
                    if let Event::HandOver(dissector) = event {
                        self.then = Some(dissector.name);
                    }
                    self.events.push(event);
                }
            }
        }
    }

    /// Both sides close. What there is of a message is one, broken off where only its length could end it.
    fn close(&mut self) {
        for side in [Side::Client, Side::Server] {
            let stream = self.streams.get_mut(side as usize);
            let mut stream = stream.map(std::mem::take).unwrap_or_default();
            stream.message.append(&mut stream.pending);
            if !stream.message.is_empty() {
                let complete = stream.skip > u64::MAX / 2;
                let ends = [stream.first, stream.last];
                self.ended(side, ends, stream.message, complete);
            }
        }
    }

    /// The conversation ends. Its exchanges in the order in which they began, each in a line: class and code, request and
    /// answer, the packets and bytes of both, the time from the request's end to the first byte that comes back.
    pub fn exchanges(&mut self) -> Vec<String> {
        self.close();
        let mut events = Vec::new();
        self.session.end(&mut events);
        self.follow(events);
        let mut exchanges: Vec<_> = self.exchanges.iter().collect();
        exchanges.sort_by_key(|exchange| exchange.number);
        exchanges.into_iter().map(line).collect()
    }

    /// What the session says in a few words.
    pub fn summary(&self) -> String {
        self.session.summary()
    }

    /// What its dissector must know of a message, from 0.
    pub fn known<T: Clone + 'static>(&self, number: usize) -> Option<T> {
        self.session.context(number)?.get().cloned()
    }

    /// The same of each message.
    pub fn all_known<T: Clone + 'static>(&self) -> Vec<Option<T>> {
        let numbers = 0..self.messages.len();
        numbers.map(|number| self.known(number)).collect()
    }

    /// How long the messages are.
    pub fn lengths(&self) -> Vec<usize> {
        let messages = self.messages.iter();
        messages.map(|(_, message)| message.len()).collect()
    }

    /// The bytes that a message completes to something whole.
    pub fn gathered(&self, number: usize) -> Vec<u8> {
        let parts = self.session.gathers(number);
        let parts = parts.iter().filter_map(|&part| self.messages.get(part));
        parts.flat_map(|(_, bytes)| bytes.clone()).collect()
    }

    /// The last message that completes others, and what it completes.
    pub fn whole(&self) -> Vec<u8> {
        let numbers = (0..self.messages.len()).rev();
        let mut wholes = numbers.map(|number| self.gathered(number));
        wholes.find(|whole| !whole.is_empty()).unwrap_or_default()
    }
}

fn line(exchange: &Exchange) -> String {
    let code = exchange
        .code
        .map_or(String::new(), |code| format!(" {code}"));
    let part = |part: Option<Transmission>| match part {
        Some(part) => {
            let broken = if part.complete { "" } else { " cut" };
            let (first, last, bytes) = (part.first.packet, part.last.packet, part.bytes);
            format!("{first}-{last} {bytes}{broken}")
        }
        None => "-".to_owned(),
    };
    let first_byte = match exchange.first_byte_ns() {
        Some(ns) => format!(", {} s", ns / 1_000_000_000),
        None => String::new(),
    };
    let lost = if exchange.lost { ", lost" } else { "" };
    format!(
        "{:?}: {}{code}: {} → {} ({} → {}{first_byte}{lost})",
        exchange.purpose,
        exchange.class.name(),
        exchange.request,
        exchange.answer.as_deref().unwrap_or("-"),
        part(exchange.asked),
        part(exchange.answered),
    )
}
