//! A conversation in QUIC: whom the client calls, and what became of it, as far as Initial packets show. All later ones
//! are encrypted with keys that only the two sides have.

use super::{
    crypto::{CryptoStream, HEADER, Message},
    frame::{ErrorCode, Frame},
    header::{LONG, LongHeader, PacketType},
    initial::{InitialKeys, Plain, retry_fits},
    known::{Known, Opened},
    version::Version,
};
use crate::{
    Event, Framing, HeapSize, MessageInfo, NameSource, PerSide, Place, Session, Setting, Side,
    application::tls::{alert_words, names::HandshakeType, summary::HelloSummary},
    session::{SHORT_TEXTS, is_waited_for},
    tail::Tail,
};
/// Initial packets of one conversation that are decrypted, at most: a handshake has 2 to 10, and is repeated a few times
/// where there is no answer.
const MAX_INITIALS: u16 = 256;

/// The length to which a name is kept: domain names are no longer.
const MAX_NAME: usize = 255;

/// The length to which a reason is kept.
const MAX_REASON: usize = 100;

/// The number of versions of a server that are kept for the summary.
const MAX_VERSIONS: usize = 4;

/// The state of a handshake.
#[derive(Clone)]
struct Handshake {
    /// The connection id that the keys are made of.
    id: Box<[u8]>,
    /// The side that sent the first packet is the client, whatever the ports.
    client: Side,
    keys: InitialKeys,
    largest: PerSide<Option<u64>>,
    crypto: PerSide<CryptoStream>,
}

/// A server's answer that it does not have the client's version: RFC 9000, section 6.
#[derive(Clone)]
struct Negotiation {
    versions: Vec<Version>,
    /// The client has gone on with another version.
    taken: bool,
}

/// How a side closed the connection while its packets were readable.
#[derive(Clone)]
struct Closed {
    by_client: bool,
    code: ErrorCode,
    reason: Box<[u8]>,
}

#[derive(Clone, Default)]
pub struct Connection {
    keeps: bool,
    /// The length of each side's connection ids.
    lengths: PerSide<u8>,
    /// Which sides have sent something.
    heard: PerSide<bool>,
    version: Option<Version>,
    /// How many Initial packets were read.
    initials: u16,
    handshake: Option<Box<Handshake>>,
    name: Option<Box<[u8]>>,
    /// The name has just been read.
    called: bool,
    /// The first protocol that the client offers.
    protocol: Option<Box<[u8]>>,
    negotiation: Option<Negotiation>,
    retried: bool,
    closed: Option<Closed>,
    /// What is known of the present datagram.
    now: Known,
    datagrams: Tail<Known>,
    /// The datagrams of each side that brought a part of a handshake message which is not complete yet. As many as
    /// there are Initial packets, at most.
    waiting: PerSide<Vec<usize>>,
}

impl Connection {
    pub fn new(setting: &Setting) -> Self {
        Connection {
            keeps: setting.keeps,
            ..Connection::default()
        }
    }

    /// Reads the packets of a datagram that begins with a long header.
    fn datagram(&mut self, place: &Place, datagram: &[u8]) -> Vec<Opened> {
        let mut opened = Vec::new();
        let mut rest = datagram;
        while let Some(header) = LongHeader::of(rest) {
            let (packet, behind) = rest.split_at(header.length.min(rest.len()));
            if header.version == Version::NEGOTIATION {
                self.negotiate(packet.get(header.number_at..).unwrap_or_default());
            } else if header.kind == PacketType::RETRY {
                self.retried = true;
                let id = self.handshake.as_ref().map(|handshake| &*handshake.id);
                self.now.retry_fits = id.and_then(|id| retry_fits(header.version, id, packet));
            } else if header.is_initial()
                && let Some(plain) = self.open(place, &header, packet)
            {
                let messages = self.read(place, &plain.payload);
                if self.keeps {
                    opened.push(Opened {
                        left: rest.len(),
                        plain,
                        messages,
                    });
                }
            }
            if !header.is_followed_by(behind) {
                break;
            }
            rest = behind;
        }
        opened
    }

    /// RFC 9000, section 17.2.1.
    fn negotiate(&mut self, versions: &[u8]) {
        let (versions, _) = versions.as_chunks::<4>();
        let versions = versions
            .iter()
            .map(|bytes| Version(u32::from_be_bytes(*bytes)));
        let versions = versions.filter(|version| !version.is_reserved());
        self.negotiation.get_or_insert_with(|| Negotiation {
            versions: versions.take(MAX_VERSIONS).collect(),
            taken: false,
        });
    }

    /// Decrypts an Initial packet: with the keys of the handshake, or as the first packet of a client, whose keys are
    /// made of its destination's connection id. After a retry the client begins anew (RFC 9001, section 5.2).
    fn open(&mut self, place: &Place, header: &LongHeader, packet: &[u8]) -> Option<Plain> {
        if self.initials >= MAX_INITIALS {
            return None;
        }
        self.initials += 1;
        let negotiates = self.negotiation.as_ref().is_some_and(|one| !one.taken);
        let mut other_version = true;
        if let Some(known) = self.handshake.as_deref_mut() {
            other_version = known.keys.version != header.version;
            let restarts = negotiates && other_version && place.side == known.client;
            if !restarts && let Some(plain) = known.open(place.side, header, packet) {
                return Some(plain);
            }
        }
        let keys = InitialKeys::new(header.version, header.to)?;
        let plain = keys.client.open(packet, header.number_at, None)?;
        match &mut self.negotiation {
            Some(negotiation) if other_version => negotiation.taken = true,
            negotiation => *negotiation = None,
        }
        self.closed = None;
        let mut largest = PerSide::default();
        largest[place.side] = Some(plain.number);
        self.handshake = Some(Box::new(Handshake {
            id: header.to.into(),
            client: place.side,
            keys,
            largest,
            crypto: PerSide::default(),
        }));
        Some(plain)
    }

    /// Reads the frames of a packet. Returns the handshake messages that each CRYPTO frame completes.
    fn read(&mut self, place: &Place, payload: &[u8]) -> Vec<Vec<Message>> {
        let mut messages = Vec::new();
        let mut rest = payload;
        while let Some(frame) = Frame::next(&mut rest) {
            let Some(handshake) = self.handshake.as_deref_mut() else {
                break;
            };
            let by_client = place.side == handshake.client;
            match frame {
                Frame::Crypto { at, bytes } => {
                    let completed = handshake.crypto[place.side].add(at, bytes, place.packet);
                    if by_client {
                        completed.iter().for_each(|message| self.hello(message));
                    }
                    if self.keeps {
                        self.note(place, !completed.is_empty());
                    }
                    messages.push(completed);
                }
                Frame::Close { code, reason } => {
                    let reason = kept(reason, MAX_REASON);
                    self.closed.get_or_insert(Closed {
                        by_client,
                        code,
                        reason,
                    });
                }
                Frame::Other => {}
            }
        }
        messages
    }

    /// Notes that the present datagram completes a handshake message of its side, or brings a part of one.
    fn note(&mut self, place: &Place, completes: bool) {
        let present = self.datagrams.len();
        let waiting = &mut self.waiting[place.side];
        if !completes {
            if waiting.last() != Some(&present) {
                waiting.push(present);
            }
            return;
        }
        for number in waiting.drain(..) {
            let known = match number == present {
                true => Some(&mut self.now),
                false => self.datagrams.get_mut(number),
            };
            if let Some(known) = known {
                known.completed_in = Some(place.packet);
            }
        }
    }

    /// Reads a handshake message of the client.
    fn hello(&mut self, message: &Message) {
        let Some((&[HandshakeType::CLIENT_HELLO, ..], body)) =
            message.bytes.split_first_chunk::<HEADER>()
        else {
            return;
        };
        if let Some(summary) = HelloSummary::of(body, true) {
            self.name = summary.name.map(|name| kept(name, MAX_NAME));
            self.called = self.name.is_some();
            self.protocol = summary.protocol.map(|name| kept(name, MAX_NAME));
        }
    }

    /// Returns whether the server is silent.
    fn is_unanswered(&self) -> bool {
        let client = self.handshake.as_ref().map(|handshake| handshake.client);
        client.is_some_and(|client| !self.heard[client.other()])
    }
}

fn kept(text: &[u8], length: usize) -> Box<[u8]> {
    text.split_at(text.len().min(length)).0.into()
}

impl Handshake {
    /// Decrypts a packet with the keys of its sender. A server may go on in another version, whose keys are made of the
    /// same connection id: RFC 9369, section 4.1.
    fn open(&mut self, side: Side, header: &LongHeader, packet: &[u8]) -> Option<Plain> {
        let other;
        let keys = match header.version == self.keys.version {
            true => &self.keys,
            false => {
                other = InitialKeys::new(header.version, &self.id)?;
                &other
            }
        };
        let own = match side == self.client {
            true => &keys.client,
            false => &keys.server,
        };
        let plain = own.open(packet, header.number_at, self.largest[side])?;
        self.largest[side] = self.largest[side].max(Some(plain.number));
        Some(plain)
    }
}

impl Session for Connection {
    type Context = Known;

    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        let long = bytes.first().is_some_and(|first| first & LONG != 0);
        let mut opened = Vec::new();
        self.now = Known::default();
        if long {
            let Some(header) = LongHeader::of(bytes) else {
                return Framing::NotRecognized;
            };
            self.lengths[place.side] = header.from.len() as u8;
            if header.version.is_known() {
                self.version = Some(header.version);
            }
            opened = self.datagram(place, bytes);
        }
        self.heard[place.side] = true;
        self.now.id_length = self.lengths[place.side.other()];
        self.now.opened = (!opened.is_empty()).then(|| opened.into());
        Framing::Complete(bytes.len() as u64)
    }

    fn on_message(&mut self, ended: &MessageInfo, events: &mut Vec<Event>) {
        if self.keeps {
            let now = std::mem::take(&mut self.now);
            match now.opened {
                Some(_) => self.datagrams.push(now),
                None => self.datagrams.push_constant(now),
            }
        }
        if std::mem::take(&mut self.called)
            && let Some(name) = &self.name
        {
            events.push(Event::HostName {
                side: ended.side.other(),
                name: String::from_utf8_lossy(name).into(),
                by: NameSource::ServerName,
            });
        }
    }

    fn context(&self, number: usize) -> Option<Known> {
        self.datagrams.get(number).cloned()
    }

    /// Datagrams wait for the end of the handshake message that they begin.
    fn settled(&self, read: usize) -> usize {
        let waiting = self.waiting.iter().flatten().copied();
        let waiting = waiting.filter(|number| is_waited_for(*number, read));
        waiting.min().unwrap_or(read)
    }

    fn evict(&mut self, before: usize) {
        self.datagrams.evict(before);
    }

    fn summary(&self) -> String {
        let name = self.name.as_deref().map(String::from_utf8_lossy);
        let with = name.map_or(String::new(), |name| format!(" with {name}"));
        let version = match self.version {
            Some(Version::ONE) if self.name.is_some() => String::new(),
            Some(version) if version.draft().is_some() => format!(" {}", version.title()),
            Some(version) => format!(" version {}", version.title()),
            None => String::new(),
        };
        if let Some(closed) = &self.closed {
            return closed.summary(&version, &with);
        }
        if let Some(Negotiation {
            versions,
            taken: false,
        }) = &self.negotiation
        {
            let versions: Vec<_> = versions.iter().map(|version| version.title()).collect();
            let versions = versions.join(", ");
            return format!("QUIC{version}{with}, refused: server has versions {versions}");
        }
        let mut words = format!("QUIC{version}{with}");
        if let Some(protocol) = &self.protocol {
            words += &format!(", {}", String::from_utf8_lossy(protocol));
        }
        if self.negotiation.is_some() {
            words += ", after version negotiation";
        }
        if self.retried {
            words += ", after a retry";
        }
        if self.is_unanswered() {
            words += ", no answer";
        }
        words
    }

    fn allocated(&self) -> usize {
        let handshake = self.handshake.as_ref().map_or(0, |handshake| {
            let streams = handshake.crypto.iter().map(CryptoStream::allocated);
            size_of::<Handshake>() + streams.sum::<usize>()
        });
        let texts = [&self.name, &self.protocol];
        let texts = texts.into_iter().flatten().map(|text| text.len());
        handshake + texts.sum::<usize>() + self.datagrams.heap_size() + SHORT_TEXTS
    }
}

impl Closed {
    /// As TLS says it: the handshake cannot be complete while these packets are sent.
    fn summary(&self, version: &str, with: &str) -> String {
        let who = match self.by_client {
            true => "client",
            false => "server",
        };
        let what = match (self.code.alert(), self.code.name()) {
            (Some(alert), _) => alert_words(alert.0),
            (None, Some(name)) => name.to_owned(),
            (None, None) => format!("error {}", self.code.0),
        };
        let reason = match self.reason.is_empty() {
            true => String::new(),
            false => format!(": {}", String::from_utf8_lossy(&self.reason)),
        };
        match self.code {
            ErrorCode::NO_ERROR => format!("QUIC{version}{with}, closed by {who}{reason}"),
            _ => format!("QUIC{version} handshake failed{with}: {who} says {what}{reason}"),
        }
    }
}
