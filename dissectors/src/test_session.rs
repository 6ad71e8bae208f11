//! Drives a session in tests: a conversation is written down packet by packet, in order.

use crate::{
    AnySession, Cutter, DATA, Dissector, Event, Exchange, Framing, MessageContext, MessageInfo,
    PerSide, Place, Secrets, Setting, Side, Transmission, by_name,
};
use std::{collections::HashMap, ops::Range};

/// One side's stream.
#[derive(Default)]
struct Stream {
    /// All of it, and the secrets in it.
    bytes: Vec<u8>,
    secrets: Secrets,
    /// Cuts it as it is cut outside of tests.
    cutter: Cutter,
    /// The message that is being read, as far as it came.
    message: Vec<u8>,
    /// The packet with its first byte, and when that was captured.
    first: (u64, i64),
    /// The packet that brought the last bytes.
    last: (u64, i64),
}

/// A conversation from port 50000 of 10.0.0.1 to 10.0.0.9. Its packets count from 1; where no time is given they are a
/// second apart, the first one a second after the epoch.
pub struct Script {
    pub session: Box<dyn AnySession>,
    /// The sender of each message, and its bytes.
    pub messages: Vec<(Side, Vec<u8>)>,
    /// What was added to the sources that the session opened.
    made: HashMap<u64, Vec<u8>>,
    /// The events that followed.
    pub events: Vec<Event>,
    /// The exchanges that have ended, in the order of their ends.
    pub exchanges: Vec<Exchange>,
    /// How often bytes were not of the protocol.
    pub foreign: usize,
    /// The protocol to which the conversation was handed over. No more of it is read.
    pub then: Option<&'static str>,
    packet: u64,
    streams: PerSide<Stream>,
}

/// A session that is compared with others. One of them is replaced by its clone after each message, and evicts what is
/// settled. Others are checkpoints, which evict all messages before them. At the end all must have the same state.
struct Compared {
    session: Box<dyn AnySession>,
    /// How many messages have ended.
    read: usize,
    evicting: Box<dyn AnySession>,
    /// The state of the settled messages when they were evicted.
    settled: Vec<String>,
    /// The checkpoints, each with the number of messages that had ended before it.
    checkpoints: Vec<(usize, Box<dyn AnySession>)>,
}

/// Returns all that a session knows of a message.
fn known(session: &dyn AnySession, number: usize) -> String {
    let context = session.context(number);
    let (asked_for, completes) = (session.asked_for(number), session.completes(number));
    format!("{context:?} {asked_for:?} {completes:?}")
}

impl Compared {
    const MAX_CHECKPOINTS: usize = 16;

    fn new(session: Box<dyn AnySession>) -> Self {
        Compared {
            evicting: session.clone(),
            checkpoints: vec![(0, session.clone())],
            session,
            read: 0,
            settled: Vec::new(),
        }
    }

    fn others(&mut self) -> impl Iterator<Item = &mut Box<dyn AnySession>> {
        let checkpoints = self.checkpoints.iter_mut();
        checkpoints
            .map(|(_, session)| session)
            .chain([&mut self.evicting])
    }

    /// Has all sessions do the same and compares the events that they add.
    fn all(&mut self, events: &mut Vec<Event>, act: impl Fn(&mut dyn AnySession, &mut Vec<Event>)) {
        let before = events.len();
        act(&mut *self.session, events);
        let expected = format!("{:?}", events.get(before..));
        for other in self.others() {
            let mut events = Vec::new();
            act(&mut **other, &mut events);
            assert_eq!(format!("{:?}", events.get(..)), expected);
        }
    }
}

impl AnySession for Compared {
    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        let framing = self.session.frame(place, bytes);
        for other in self.others() {
            assert_eq!(other.frame(place, bytes), framing);
        }
        framing
    }

    fn secrets_ahead_from(
        &mut self,
        place: &Place,
        bytes: &[u8],
        found: &mut Vec<Range<usize>>,
    ) -> usize {
        let before = found.len();
        let from = self.session.secrets_ahead_from(place, bytes, found);
        let expected = found.get(before..).unwrap_or_default();
        for other in self.others() {
            let mut found = Vec::new();
            assert_eq!(other.secrets_ahead_from(place, bytes, &mut found), from);
            assert_eq!(found, expected);
        }
        from
    }

    fn secrets_before(&self, side: Side) -> usize {
        let before = self.session.secrets_before(side);
        assert_eq!(self.evicting.secrets_before(side), before);
        before
    }

    fn searches(&self, side: Side) -> bool {
        self.session.searches(side)
    }

    fn secrets_taken(&mut self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        let before = found.len();
        self.session.secrets_taken(side, bytes, found);
        let expected = found.get(before..).unwrap_or_default();
        for other in self.others() {
            let mut found = Vec::new();
            other.secrets_taken(side, bytes, &mut found);
            assert_eq!(found, expected);
        }
    }

    fn on_message(&mut self, ended: &MessageInfo, events: &mut Vec<Event>) {
        self.all(events, |session, events| session.on_message(ended, events));
        self.read += 1;
        let read = self.read;
        self.evicting = self.evicting.clone();
        let settled = self.evicting.settled(read);
        assert!((self.settled.len()..=read).contains(&settled));
        let newly = self.settled.len()..settled;
        let known = newly.map(|number| known(&*self.evicting, number));
        self.settled.extend(known);
        self.evicting.evict(settled);
        if self.checkpoints.len() < Self::MAX_CHECKPOINTS {
            let mut checkpoint = self.session.clone();
            checkpoint.evict(read);
            self.checkpoints.push((read, checkpoint));
        }
    }

    fn end(&mut self, events: &mut Vec<Event>) {
        self.all(events, |session, events| session.end(events));
    }

    fn lost(&mut self, side: Side) {
        self.session.lost(side);
        self.others().for_each(|other| other.lost(side));
    }

    fn context(&self, number: usize) -> Option<MessageContext> {
        self.session.context(number)
    }

    fn asked_for(&self, number: usize) -> Option<u32> {
        self.session.asked_for(number)
    }

    fn completes(&self, number: usize) -> Option<u64> {
        self.session.completes(number)
    }

    fn settled(&self, read: usize) -> usize {
        self.session.settled(read)
    }

    fn evict(&mut self, before: usize) {
        self.session.evict(before);
    }

    fn clone_box(&self) -> Box<dyn AnySession> {
        self.session.clone()
    }

    fn expected(&self, number: u32) -> Option<MessageContext> {
        self.session.expected(number)
    }

    fn tunnel(&self) -> Option<MessageContext> {
        let tunnel = self.session.tunnel();
        let expected = format!("{tunnel:?}");
        let checkpoints = self.checkpoints.iter().map(|(_, session)| session);
        for other in checkpoints.chain([&self.evicting]) {
            assert_eq!(format!("{:?}", other.tunnel()), expected);
        }
        tunnel
    }

    fn summary(&self) -> String {
        self.session.summary()
    }

    fn undeclared(&self) -> crate::Undeclared {
        self.session.undeclared()
    }

    fn credentials(&self) -> bool {
        self.session.credentials()
    }

    fn remarks(&self) -> crate::Remarks {
        self.session.remarks()
    }

    fn weight(&self) -> usize {
        self.session.weight()
    }
}

impl Drop for Compared {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        for number in 0..self.read {
            let expected = known(&*self.session, number);
            let evicting = match self.settled.get(number) {
                Some(known) => known.clone(),
                None => known(&*self.evicting, number),
            };
            assert_eq!(evicting, expected, "message {number}");
            for (read, checkpoint) in &self.checkpoints {
                if *read <= number {
                    let known = known(&**checkpoint, number);
                    assert_eq!(known, expected, "message {number} behind {read}");
                }
            }
        }
        for other in self.checkpoints.iter().map(|(_, session)| session) {
            assert_eq!(other.summary(), self.session.summary());
            assert_eq!(other.credentials(), self.session.credentials());
            assert_eq!(other.undeclared(), self.session.undeclared());
            for number in 0..8 {
                let expected = format!("{:?}", self.session.expected(number));
                assert_eq!(format!("{:?}", other.expected(number)), expected);
            }
        }
    }
}

/// A conversation of this protocol, a packet a row.
pub fn converse(name: &str, rows: &[(Side, &[u8])]) -> Script {
    let mut script = Script::new(by_name(name).unwrap_or(DATA), 1);
    script.segments(rows);
    script
}

/// The ends of a conversation.
pub fn setting(port: u16) -> Setting {
    Setting {
        client: ([10, 0, 0, 1].into(), 50000),
        server: ([10, 0, 0, 9].into(), port),
        keeps: true,
        exchanges: crate::Exchanges::All,
        undeclared: crate::Undeclared::default(),
    }
}

/// Returns the secrets in what the client sends in such a conversation. They do not depend on where a packet is cut in
/// two.
pub fn secrets(name: &str, rows: &[(Side, &[u8])]) -> Vec<String> {
    let whole = converse(name, rows).secrets(Side::Client);
    for (row, (side, bytes)) in rows.iter().enumerate() {
        for cut in 1..bytes.len() {
            let (before, behind) = rows.split_at(row);
            let (one, two) = bytes.split_at(cut);
            let mut script = converse(name, before);
            script.segments(&[(*side, one), (*side, two)]);
            script.segments(behind.split_first().map_or(&[], |(_, behind)| behind));
            assert_eq!(script.secrets(Side::Client), whole, "{row} {cut}");
        }
    }
    whole
}

impl Script {
    /// A conversation with this port of the server.
    pub fn new(dissector: &Dissector, port: u16) -> Script {
        let session = dissector.begin(&setting(port));
        Script::with(Box::new(Compared::new(session)))
    }

    /// A conversation that is read by this session.
    fn with(session: Box<dyn AnySession>) -> Script {
        Script {
            session,
            messages: Vec::new(),
            made: HashMap::new(),
            events: Vec::new(),
            exchanges: Vec::new(),
            foreign: 0,
            then: None,
            packet: 0,
            streams: PerSide::default(),
        }
    }

    /// Sends a datagram at `time_ns` nanoseconds after the epoch.
    pub fn datagram(&mut self, side: Side, time_ns: i64, bytes: &[u8]) {
        self.packet += 1;
        self.with_stream(side, |script, stream| {
            let at = stream.bytes.len();
            stream.bytes.extend_from_slice(bytes);
            script.frame(side, time_ns, 0, &mut stream.secrets, at, bytes);
            script.take(side, &mut stream.secrets, at, bytes);
        });
        let now = (self.packet, time_ns);
        self.ended(side, [now; 2], bytes.to_vec(), true);
    }

    /// Sends a segment with the next bytes of a side.
    pub fn segment(&mut self, side: Side, bytes: &[u8]) {
        self.packet += 1;
        self.with_stream(side, |script, stream| script.read(side, bytes, stream));
    }

    fn with_stream(&mut self, side: Side, run: impl FnOnce(&mut Script, &mut Stream)) {
        let mut stream = std::mem::take(&mut self.streams[side]);
        run(self, &mut stream);
        self.streams[side] = stream;
    }

    fn read(&mut self, side: Side, bytes: &[u8], stream: &mut Stream) {
        let now = (self.packet, self.packet as i64 * 1_000_000_000);
        stream.bytes.extend_from_slice(bytes);
        stream.last = now;
        let held = stream.cutter.held_with(bytes);
        let mut seen = held.len().saturating_sub(bytes.len());
        let all = if held.is_empty() { bytes } else { &held };
        let mut rest = all;
        while !rest.is_empty() && self.then.is_none() {
            let at = stream.bytes.len() - rest.len();
            if let Some((taken, ends)) = stream.cutter.take(rest.len()) {
                let (taken, behind) = rest.split_at(taken);
                rest = behind;
                self.take(side, &mut stream.secrets, at, taken);
                stream.message.extend_from_slice(taken);
                if ends {
                    let message = std::mem::take(&mut stream.message);
                    self.ended(side, [stream.first, now], message, true);
                }
                continue;
            }
            if stream.message.is_empty() && seen == 0 {
                stream.first = now;
            }
            let seen = std::mem::take(&mut seen);
            let framing = self.frame(side, now.1, seen, &mut stream.secrets, at, rest);
            if framing == Framing::NeedMore {
                let length = rest.len();
                stream.cutter.hold(held, length, bytes);
                return;
            }
            if !stream.cutter.frame(framing) {
                self.session.lost(side);
                self.foreign += 1;
                return;
            }
        }
    }

    /// Sends several segments.
    pub fn segments(&mut self, rows: &[(Side, &[u8])]) {
        for (side, bytes) in rows {
            self.segment(*side, bytes);
        }
    }

    fn frame(
        &mut self,
        side: Side,
        time_ns: i64,
        seen: usize,
        secrets: &mut Secrets,
        at: usize,
        bytes: &[u8],
    ) -> Framing {
        let place = Place {
            side,
            packet: self.packet,
            time_ns,
            seen,
        };
        secrets.frame(&mut *self.session, &place, at as u64, bytes)
    }

    fn take(&mut self, side: Side, secrets: &mut Secrets, at: usize, bytes: &[u8]) {
        secrets.take(&mut *self.session, side, at as u64, bytes);
    }

    /// Returns the secrets in what a side has sent by now.
    pub fn secrets(&self, side: Side) -> Vec<String> {
        let stream = &self.streams[side];
        let places = stream.secrets.between(0..u64::MAX);
        let text = |secret: Range<u64>| {
            let secret = secret.start as usize..secret.end as usize;
            String::from_utf8_lossy(stream.bytes.get(secret).unwrap_or_default()).into_owned()
        };
        places.map(text).collect()
    }

    fn ended(&mut self, side: Side, ends: [(u64, i64); 2], message: Vec<u8>, complete: bool) {
        let [(first_packet, first_ns), (packet, time_ns)] = ends;
        let ended = MessageInfo {
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
        self.session.on_message(&ended, &mut events);
        self.follow(events);
    }

    fn follow(&mut self, events: Vec<Event>) {
        for event in events {
            match event {
                Event::Exchange(exchange) => self.exchanges.push(*exchange),
                Event::Append {
                    source,
                    at,
                    from,
                    to,
                    ..
                } => {
                    let message = self.messages.last().map(|(_, bytes)| bytes.as_slice());
                    let bytes = message.and_then(|bytes| bytes.get(from as usize..to as usize));
                    let whole = self.made.entry(source).or_default();
                    assert_eq!(whole.len() as u64, at);
                    whole.extend_from_slice(bytes.unwrap_or_default());
                }
                event => {
                    if let Event::HandOver(dissector) = event {
                        self.then = Some(dissector.name);
                    }
                    self.events.push(event);
                }
            }
        }
    }

    /// Both sides close. The bytes of an unfinished message become one, broken off where only its length could end it.
    fn close(&mut self) {
        for side in Side::BOTH {
            let mut stream = std::mem::take(&mut self.streams[side]);
            stream.message.append(&mut stream.cutter.pending);
            if !stream.message.is_empty() {
                let complete = stream.cutter.reads_to_end();
                let ends = [stream.first, stream.last];
                self.ended(side, ends, stream.message, complete);
            }
        }
    }

    /// Ends the conversation. Returns its exchanges in the order in which they began, each in a line: class and code,
    /// request and answer, the packets and bytes of both, the time from the request's end to the first byte that comes
    /// back.
    pub fn exchanges(&mut self) -> Vec<String> {
        self.close();
        let mut events = Vec::new();
        self.session.end(&mut events);
        self.follow(events);
        let mut exchanges: Vec<_> = self.exchanges.iter().collect();
        exchanges.sort_by_key(|exchange| exchange.number);
        exchanges.into_iter().map(line).collect()
    }

    /// Returns the session's summary.
    pub fn summary(&self) -> String {
        self.session.summary()
    }

    /// Returns the context of a message, counted from 0.
    pub fn known<T: Clone + 'static>(&self, number: usize) -> Option<T> {
        self.session.context(number)?.get().cloned()
    }

    /// Returns the context of each message.
    pub fn all_known<T: Clone + 'static>(&self) -> Vec<Option<T>> {
        let numbers = 0..self.messages.len();
        numbers.map(|number| self.known(number)).collect()
    }

    /// Returns the lengths of the messages.
    pub fn lengths(&self) -> Vec<usize> {
        let messages = self.messages.iter();
        messages.map(|(_, message)| message.len()).collect()
    }

    /// Returns the bytes of the source that a message completes.
    pub fn gathered(&self, number: usize) -> Vec<u8> {
        let source = self.session.completes(number);
        let whole = source.and_then(|source| self.made.get(&source));
        whole.cloned().unwrap_or_default()
    }

    /// Returns what the last message that completes others completes.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        MAX_UNSETTLED,
        application::{dns_stream, ftp, http, imap, pop, smtp, telnet, tls, websocket},
        tail::counted,
    };

    /// The packets of one exchange of a protocol, by its number.
    type Rows = fn(u16) -> Vec<(Side, Vec<u8>)>;

    /// A protocol and its exchanges.
    type Protocol = (&'static Dissector, Rows);

    use Side::{Client, Server};

    fn lines(lines: &[(Side, &str)]) -> Vec<(Side, Vec<u8>)> {
        let rows = lines.iter();
        rows.map(|(side, line)| (*side, format!("{line}\r\n").into_bytes()))
            .collect()
    }

    fn bytes(rows: &[(Side, &[u8])]) -> Vec<(Side, Vec<u8>)> {
        let rows = rows.iter();
        rows.map(|(side, bytes)| (*side, bytes.to_vec())).collect()
    }

    fn dns(number: u16) -> Vec<(Side, Vec<u8>)> {
        let message = |flags: u8| {
            let [high, low] = number.to_be_bytes();
            let header = [0, 17, high, low, flags, 0, 0, 1, 0, 0, 0, 0, 0, 0];
            [&header[..], &[0, 0, 1, 0, 1]].concat()
        };
        vec![(Client, message(1)), (Server, message(0x81))]
    }

    const HTTP: Protocol = (&http::DISSECTOR, |_| {
        lines(&[
            (Client, "GET / HTTP/1.1\r\n"),
            (Server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"),
        ])
    });

    const DNS: Protocol = (&dns_stream::DISSECTOR, dns);

    const SMTP: Protocol = (&smtp::DISSECTOR, |_| {
        lines(&[
            (Client, "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>"),
            (Server, "250 ok\r\n250 ok"),
            (Client, "DATA"),
            (Server, "354 go"),
            (Client, "Subject: a\r\n"),
            (Client, "b"),
            (Client, "c\r\n."),
            (Server, "250 ok"),
        ])
    });

    const POP: Protocol = (&pop::DISSECTOR, |_| {
        lines(&[
            (Client, "RETR 1"),
            (Server, "+OK 9 octets\r\na"),
            (Server, "b"),
            (Server, "c\r\n."),
        ])
    });

    const IMAP: Protocol = (&imap::DISSECTOR, |number| {
        let (command, response) = (format!("a{number} NOOP"), format!("a{number} OK"));
        lines(&[
            (Client, command.as_str()),
            (Server, "* 1 EXISTS"),
            (Server, response.as_str()),
        ])
    });

    const FTP: Protocol = (&ftp::DISSECTOR, |_| {
        lines(&[
            (Client, "PASV"),
            (Server, "227 ok (10,0,0,9,100,85)"),
            (Client, "RETR a"),
            (Server, "150 here it comes"),
            (Server, "226 that is it"),
        ])
    });

    const ALL: [Protocol; 9] = [
        HTTP,
        DNS,
        SMTP,
        POP,
        IMAP,
        FTP,
        (&telnet::DISSECTOR, |_| {
            lines(&[(Client, "ls"), (Server, "a  b")])
        }),
        (&websocket::DISSECTOR, |_| {
            bytes(&[(Client, b"\x81\x81\0\0\0\0a"), (Server, b"\x81\x01b")])
        }),
        (&tls::DISSECTOR, |_| {
            let record = b"\x17\x03\x03\0\x02ab";
            bytes(&[(Client, record), (Server, record)])
        }),
    ];

    /// Reads `exchanges` exchanges. After each thousand of them what is settled is evicted and `check` called.
    fn read(
        (dissector, rows): Protocol,
        side: Option<Side>,
        exchanges: u32,
        mut check: impl FnMut(&Script),
    ) {
        let name = dissector.label;
        let mut script = Script::with(dissector.begin(&setting(1)));
        for number in 0..exchanges {
            let rows = rows(number as u16).into_iter();
            for (side, bytes) in rows.filter(|(it, _)| side.is_none_or(|side| side == *it)) {
                script.segment(side, &bytes);
            }
            if number % 1000 == 999 {
                let settled = script.session.settled(script.messages.len());
                script.session.evict(settled);
                check(&script);
                script.exchanges.clear();
                script.events.clear();
            }
        }
        assert_eq!(script.foreign, 0, "{name}");
        assert!(script.messages.len() >= exchanges as usize, "{name}");
    }

    /// A mail of many segments takes no more room than one of few, though none of its segments is settled.
    #[test]
    fn a_mail_in_a_hundred_thousand_segments() {
        let (ask, begin) = ("DATA", "354 go");
        let smtp = (&smtp::DISSECTOR, Client, (ask, begin));
        let pop = (&pop::DISSECTOR, Server, ("RETR 1", "+OK"));
        for (dissector, side, (ask, begin)) in [smtp, pop] {
            let mut script = Script::with(dissector.begin(&setting(1)));
            let (name, parts) = (dissector.label, 100_000);
            for (side, bytes) in lines(&[(Client, ask), (Server, begin)]) {
                script.segment(side, &bytes);
            }
            for _ in 1..parts {
                script.segment(side, b"a\r\n");
            }
            let read = script.messages.len();
            let earliest = read - MAX_UNSETTLED;
            assert_eq!(script.session.settled(read), earliest, "{name}");
            assert!(counted::items() <= 8, "{name}: {}", counted::items());
            script.session.evict(earliest);
            script.segment(side, b"b\r\n.\r\n");
            let read = script.messages.len();
            let parts = script.messages.iter().skip(read - parts);
            let whole: Vec<u8> = parts.flat_map(|(_, bytes)| bytes.clone()).collect();
            assert!(script.gathered(read - 1) == whole, "{name}");
        }
    }

    /// The memory for a long conversation does not depend on its length.
    #[test]
    fn a_hundred_thousand_exchanges() {
        for protocol in ALL {
            read(protocol, None, 100_000, |script| {
                let name = protocol.0.label;
                assert!(counted::items() <= 8, "{name}: {}", counted::items());
                let before = counted::items();
                let mut checkpoint = script.session.clone();
                checkpoint.evict(script.messages.len());
                let items = counted::items() - before;
                assert!(items <= 2, "{name}: {items}");
            });
        }
    }

    /// The capture lacks what the server sent.
    #[test]
    fn a_hundred_thousand_requests_without_answers() {
        for protocol in [HTTP, DNS, SMTP, POP, IMAP, FTP] {
            read(protocol, Some(Client), 100_000, |script| {
                let name = protocol.0.label;
                let items = counted::items();
                assert!(items <= MAX_UNSETTLED + 1, "{name}: {items}");
                let mut checkpoint = script.session.clone();
                checkpoint.evict(script.messages.len());
                let items = counted::items() - items;
                assert!(items <= 4_001, "{name}: {items}");
            });
        }
    }
}
