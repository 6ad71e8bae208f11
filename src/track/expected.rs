//! Connections that a conversation announces, such as the data connections of FTP: RFC 959, section 3.2.

use super::{ConversationId, Endpoint, Ends, Protocol};
use dissectors::{Dissector, Event, Transfer};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// At most this many announcements are remembered: announcing connections that are never made may be an attack.
const MAX_EXPECTED: usize = 1 << 16;

/// What an announcement takes with its entries in the tables and the texts of a transfer, each of which is cut after
/// some hundred bytes.
const EXPECTATION_WEIGHT: u64 = 1200;

/// A connection that a conversation announced.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The conversation that announced it.
    pub by: ConversationId,
    /// Which of its announcements this is, from 0.
    pub number: u32,
    /// The endpoint that the connection goes to.
    pub to: Endpoint,
    /// The packet that announced it.
    pub packet: u32,
    /// The protocol of the connection.
    pub dissector: &'static Dissector,
    /// The connection that fulfilled it.
    pub used_by: Option<ConversationId>,
    /// The transfer that the connection carries.
    pub transfer: Option<Transfer>,
    /// The other side refused it.
    pub withdrawn: bool,
}

impl Expectation {
    /// Whether it was agreed upon and no connection was made.
    pub fn is_unused(&self) -> bool {
        self.used_by.is_none() && !self.withdrawn
    }
}

/// All announced connections.
#[derive(Default)]
pub struct Expectations {
    /// By their index, which counts them from 0.
    all: BTreeMap<u32, Expectation>,
    /// The index of the next one.
    next: u32,
    /// The latest announcement for each endpoint.
    latest: HashMap<Endpoint, u32>,
    /// The index of each, by the conversation that announced it and its number there.
    places: BTreeMap<(ConversationId, u32), u32>,
    /// Packet and index of those whose packet was not evicted so far.
    by_packet: BTreeSet<(u32, u32)>,
    /// The indices of the others: a connection that fulfilled them was there when they were looked at last.
    kept: VecDeque<u32>,
}

/// This many announcements whose connections may have ended are looked at when packets are evicted.
const LOOKED_AT: usize = 512;

impl Expectations {
    /// Records an event of this packet that is about connections to come.
    pub(super) fn record(&mut self, by: ConversationId, packet: u32, event: Event) {
        match event {
            Event::Expect {
                number,
                address,
                port,
                dissector,
            } => self.add(Expectation {
                by,
                number,
                to: Endpoint { address, port },
                packet,
                dissector,
                used_by: None,
                transfer: None,
                withdrawn: false,
            }),
            Event::Carries { number, transfer } => self.carries(by, number, transfer),
            Event::Withdraw { number } => self.withdraw(by, number),
            Event::HandOver(_)
            | Event::Recognise
            | Event::Named { .. }
            | Event::HostName { .. }
            | Event::Append { .. }
            | Event::Exchange(_)
            | Event::Answered { .. }
            | Event::Body { .. } => {}
        }
    }

    fn add(&mut self, expectation: Expectation) {
        let key = (expectation.by, expectation.number);
        if let Some(place) = self.places.get(&key) {
            // The connection may use this endpoint as well.
            self.latest.insert(expectation.to, *place);
        } else if self.all.len() < MAX_EXPECTED {
            let place = self.next;
            self.next += 1;
            self.latest.insert(expectation.to, place);
            self.places.insert(key, place);
            self.by_packet.insert((expectation.packet, place));
            self.all.insert(place, expectation);
        }
    }

    fn carries(&mut self, by: ConversationId, number: u32, transfer: Transfer) {
        if let Some(expectation) = self.find_mut(by, number) {
            expectation.transfer = Some(transfer);
        }
    }

    fn withdraw(&mut self, by: ConversationId, number: u32) {
        if let Some(expectation) = self.find_mut(by, number) {
            expectation.withdrawn = true;
        }
    }

    /// Finds the announcement of a connection that begins. One whose opening was not captured may have its sides
    /// swapped.
    #[inline]
    pub(super) fn meet(
        &mut self,
        id: ConversationId,
        of: &Ends,
        client_is_guess: bool,
    ) -> Option<u32> {
        if self.latest.is_empty() || of.protocol != Protocol::Tcp {
            return None;
        }
        let other = client_is_guess.then_some(&of.client);
        let mut ends = [Some(&of.server), other].into_iter().flatten();
        let is_there = |place: &&u32| self.all.contains_key(*place);
        let found = ends.find_map(|end| self.latest.get(end).filter(is_there))?;
        let expectation = self.all.get_mut(found)?;
        if !expectation.is_unused() {
            return None;
        }
        expectation.used_by = Some(id);
        Some(*found)
    }

    /// Returns how much memory they take, at most.
    pub(super) fn weight(&self) -> u64 {
        self.all.len() as u64 * EXPECTATION_WEIGHT
    }

    /// Returns the conversations that fulfil one.
    pub fn fulfilled(&self) -> impl Iterator<Item = ConversationId> {
        self.all.values().filter_map(|it| it.used_by)
    }

    /// Whether there are no announcements.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Returns an announcement by the index in [`Conversation::expected`](super::Conversation::expected).
    pub fn get(&self, place: u32) -> Option<&Expectation> {
        self.all.get(&place)
    }

    /// Returns an announcement by the conversation that announced it and its number there.
    pub fn find(&self, by: ConversationId, number: u32) -> Option<&Expectation> {
        self.get(*self.places.get(&(by, number))?)
    }

    fn find_mut(&mut self, by: ConversationId, number: u32) -> Option<&mut Expectation> {
        self.all.get_mut(self.places.get(&(by, number))?)
    }

    /// Returns the announcements of a conversation, in order.
    pub fn by(&self, id: ConversationId) -> impl Iterator<Item = &Expectation> {
        let places = self.places.range((id, 0)..=(id, u32::MAX));
        places.filter_map(|(_, place)| self.get(*place))
    }

    /// Returns all announcements, in order.
    pub fn all(&self) -> impl Iterator<Item = &Expectation> {
        self.all.values()
    }

    /// Removes the announcements made before this packet, unless the resulting connection is still there. This takes
    /// time for those that are removed, and for a few more.
    pub(super) fn evict(&mut self, first_packet: u32, is_there: impl Fn(ConversationId) -> bool) {
        let mut left = self.kept.len().min(LOOKED_AT);
        let is_used = |expectation: &Expectation| expectation.used_by.is_some_and(&is_there);
        while let Some(place) = self.next_to_evict(first_packet, &mut left) {
            match self.all.get(&place) {
                Some(expectation) if is_used(expectation) => self.kept.push_back(place),
                _ => self.remove(place),
            }
        }
        if self.latest.len() > 2 * self.all.len() {
            let all = &self.all;
            self.latest.retain(|_, place| all.contains_key(place));
        }
    }

    /// Returns the next announcement that may be evicted: its packet is, and its connection may have ended. At most
    /// `left` of those are looked at whose connection had not ended before.
    fn next_to_evict(&mut self, first_packet: u32, left: &mut usize) -> Option<u32> {
        if let Some(fewer) = left.checked_sub(1) {
            *left = fewer;
            return self.kept.pop_front();
        }
        let (packet, _) = self.by_packet.first()?;
        let (_, place) = (*packet < first_packet).then(|| self.by_packet.pop_first())??;
        Some(place)
    }

    /// Removes an announcement. Its endpoints are removed later, all of a time.
    fn remove(&mut self, place: u32) {
        if let Some(expectation) = self.all.remove(&place) {
            self.places.remove(&(expectation.by, expectation.number));
        }
    }
}

/// The user's rules for the protocols of ports: `-d tcp.port==8888,http`.
#[derive(Clone, Debug, Default)]
pub struct DecodeAs {
    rules: Vec<(Protocol, u16, &'static Dissector)>,
}

impl DecodeAs {
    /// Sets the protocol that a port's conversations are read as; a later rule overrides an earlier one.
    pub fn set(&mut self, protocol: Protocol, port: u16, dissector: &'static Dissector) {
        self.rules
            .retain(|rule| (rule.0, rule.1) != (protocol, port));
        self.rules.push((protocol, port, dissector));
    }

    /// Removes the rule of a port, so that its conversations are recognised by their payload.
    pub fn clear(&mut self, protocol: Protocol, port: u16) {
        self.rules
            .retain(|rule| (rule.0, rule.1) != (protocol, port));
    }

    /// Returns all rules.
    pub fn rules(&self) -> impl Iterator<Item = (Protocol, u16, &'static Dissector)> {
        self.rules.iter().copied()
    }

    /// Returns the protocol that the rules give for a conversation.
    pub fn find(&self, ends: &Ends) -> Option<&'static Dissector> {
        let ports = [ends.server.port, ends.client.port];
        self.rules
            .iter()
            .find(|(protocol, port, _)| *protocol == ends.protocol && ports.contains(port))
            .map(|(.., dissector)| *dissector)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Frame, Tracker};
    use super::*;
    use dissectors::{ByteRange, Flow, Segment, TcpFlags, Transport, by_name};
    use std::net::IpAddr;

    const CLIENT: Endpoint = end([10, 0, 0, 1], 50000);
    const SERVER: Endpoint = end([10, 0, 0, 9], 21);

    const fn end([a, b, c, d]: [u8; 4], port: u16) -> Endpoint {
        let address = IpAddr::V4(std::net::Ipv4Addr::new(a, b, c, d));
        Endpoint { address, port }
    }

    /// A capture that is built packet by packet.
    #[derive(Default)]
    struct Capture {
        tracker: Tracker,
        packets: u32,
        next: HashMap<(Endpoint, Endpoint), u32>,
    }

    impl Capture {
        fn packet(
            &mut self,
            from: Endpoint,
            to: Endpoint,
            flags: u16,
            payload: &[u8],
        ) -> ConversationId {
            self.packets += 1;
            let seq = self.next.entry((from, to)).or_default();
            let segment = Segment {
                seq: *seq,
                flags: TcpFlags(flags),
                ..Segment::default()
            };
            *seq += payload.len() as u32 + u32::from(flags & TcpFlags::SYN != 0);
            let flow = Flow {
                source: from.address,
                destination: to.address,
                source_port: from.port,
                destination_port: to.port,
                transport: Transport::Tcp(segment),
                payload: ByteRange {
                    source: 0,
                    start: 40,
                    end: 40 + payload.len() as u32,
                },
                payload_length: payload.len() as u32,
                ecn: 0,
            };
            let frame = Frame {
                number: self.packets,
                time_ns: 0,
                length: 40 + payload.len() as u32,
            };
            let print = self.tracker.fingerprints().of(&flow, &[]);
            self.tracker
                .track(frame, &flow, print, &[], Some(payload))
                .id
        }

        fn open(&mut self, from: Endpoint, to: Endpoint) -> ConversationId {
            self.packet(from, to, TcpFlags::SYN, b"")
        }

        fn client(&mut self, text: &[u8]) {
            self.packet(CLIENT, SERVER, TcpFlags::ACK, text);
        }

        fn server(&mut self, text: &[u8]) {
            self.packet(SERVER, CLIENT, TcpFlags::ACK, text);
        }
    }

    #[test]
    fn a_connection_is_met_once_at_either_address() {
        let mut capture = Capture::default();
        let control = capture.open(CLIENT, SERVER);
        capture.client(b"PASV\r\n");
        capture.server(b"227 Entering Passive Mode (192,168,0,9,100,7).\r\n");
        capture.client(b"RETR a.txt\r\n");
        let there = end([10, 0, 0, 9], 25607);
        let data = capture.open(end([10, 0, 0, 1], 40007), there);
        let other = capture.open(end([10, 0, 0, 1], 40008), there);
        let tracker = &capture.tracker;
        assert_eq!(tracker.parent_of(data), Some(control));
        assert_eq!(tracker.parent_of(other), None);
        assert_eq!(tracker.children_of(control).collect::<Vec<_>>(), [data]);
        assert_eq!(tracker.summary(data), "RETR a.txt by tcp/0");
        assert_eq!(tracker.summary(control), "RETR a.txt");
    }

    /// Announcements are evicted with their packet, unless the resulting connection is still there.
    #[test]
    fn announcements_are_evicted() {
        let mut capture = Capture::default();
        let control = capture.open(CLIENT, SERVER);
        capture.client(b"PASV\r\n");
        capture.server(b"227 Entering Passive Mode (10,0,0,9,100,7).\r\n");
        capture.client(b"RETR a.txt\r\n");
        let data = capture.open(end([10, 0, 0, 1], 40007), end([10, 0, 0, 9], 25607));
        capture.server(b"227 Entering Passive Mode (10,0,0,9,100,8).\r\n");
        let tracker = &mut capture.tracker;
        assert_eq!(tracker.application.expectations.all().count(), 2);
        for packet in 1..=6 {
            // The data connection begins with packet 5 and goes on.
            let id = if packet == 5 { data } else { control };
            if packet != 5 {
                tracker.evict(id, packet, None);
            }
        }
        tracker.settle(7);
        assert!(tracker.get(control).is_none());
        assert_eq!(tracker.application.expectations.all().count(), 1);
        assert_eq!(tracker.application.expectations.by(control).count(), 1);
        let said = "RETR a.txt by a conversation that was evicted";
        assert_eq!(tracker.summary(data), said);
        assert!(tracker.evict(data, 5, None));
        tracker.settle(7);
        assert_eq!(tracker.application.expectations.all().count(), 0);
        assert!(
            tracker.application.expectations.latest.is_empty()
                && tracker.application.expectations.places.is_empty()
        );
        assert!(
            tracker.application.expectations.by_packet.is_empty()
                && tracker.application.expectations.kept.is_empty()
        );
        // A new connection has another number.
        let again = capture.open(CLIENT, SERVER);
        assert_eq!(
            (again.0, capture.tracker.began(), capture.tracker.count()),
            (2, 3, 1)
        );
    }

    /// However many there are, those whose connection has ended are evicted, a part at a time.
    #[test]
    fn announcements_of_ended_connections_are_evicted_in_parts() {
        const COUNT: u32 = 3 * LOOKED_AT as u32;
        let mut all = Expectations::default();
        let id = ConversationId;
        for number in 0..COUNT {
            all.add(Expectation {
                by: id(0),
                number,
                to: end([10, 0, 0, 9], number as u16),
                packet: number,
                dissector: by_name("ftp-data").unwrap(),
                used_by: Some(id(number + 1)),
                transfer: None,
                withdrawn: false,
            });
        }
        all.evict(COUNT / 2, |_| true);
        assert_eq!(
            (all.all.len(), all.kept.len()),
            (COUNT as usize, COUNT as usize / 2)
        );
        all.evict(COUNT, |_| true);
        assert_eq!(
            (all.all.len(), all.kept.len()),
            (COUNT as usize, COUNT as usize)
        );
        for part in 1..=3 {
            all.evict(COUNT, |used_by| used_by.0 % 2 == 0);
            let expected = COUNT as usize - part * LOOKED_AT / 2;
            assert_eq!((all.all.len(), all.kept.len()), (expected, expected));
        }
        assert!(all.all().all(|left| left.used_by.unwrap().0 % 2 == 0));
        assert_eq!(all.places.len(), all.all.len());
        assert!(all.find(id(0), 0).is_none() && all.find(id(0), 1).is_some());
    }

    #[test]
    fn who_calls_from_there_is_not_meant() {
        let mut capture = Capture::default();
        let control = capture.open(CLIENT, SERVER);
        capture.client(b"PORT 10,0,0,1,100,5\r\n");
        let there = end([10, 0, 0, 1], 25605);
        let away = capture.open(there, end([10, 0, 0, 8], 80));
        assert_eq!(capture.tracker.parent_of(away), None);
        assert_eq!(
            capture.tracker.summary(control),
            "no connection was made to 10.0.0.1:25605"
        );
        let data = capture.open(end([10, 0, 0, 9], 20), there);
        assert_eq!(capture.tracker.parent_of(data), Some(control));
        assert_eq!(capture.tracker.summary(data), "announced by tcp/0");
    }

    #[test]
    fn what_was_refused_is_not_missed() {
        let mut capture = Capture::default();
        let control = capture.open(CLIENT, SERVER);
        capture.client(b"EPRT |1|10.0.0.1|25605|\r\n");
        capture.server(b"500 What?\r\n");
        capture.client(b"PORT 10,0,0,1,100,6\r\n");
        capture.server(b"200 ok\r\n");
        let data = capture.open(end([10, 0, 0, 9], 20), end([10, 0, 0, 1], 25605));
        assert_eq!(capture.tracker.parent_of(data), None);
        let announced: Vec<_> = capture
            .tracker
            .application
            .expectations
            .by(control)
            .collect();
        let [refused, open] = announced.as_slice() else {
            panic!("two were announced");
        };
        assert!(refused.withdrawn && !refused.is_unused());
        assert!(open.is_unused());
    }

    /// RFC 4217, section 3: CCC ends TLS, and what follows is readable.
    #[test]
    fn a_conversation_comes_back_from_tls() {
        let mut capture = Capture::default();
        let control = capture.open(CLIENT, SERVER);
        capture.server(b"220 FTP\r\n");
        capture.client(b"AUTH TLS\r\n");
        capture.server(b"234 Go on\r\n");
        let tracker = &capture.tracker;
        let spoken = |tracker: &Tracker| tracker.get(control).unwrap().application();
        assert_eq!(spoken(tracker), by_name("tls"));
        capture.client(b"\x15\x03\x01\0\x02\x01\0");
        capture.client(b"PASV\r\n");
        assert_eq!(spoken(&capture.tracker), by_name("ftp"));
        capture.server(b"227 Entering Passive Mode (10,0,0,9,100,7).\r\n");
        assert_eq!(
            capture.tracker.application.expectations.by(control).count(),
            1
        );
    }
}
