//! A conversation in TLS: the ends of its records, and what its hellos negotiate.

use super::{
    handshake::looks_encrypted,
    hello,
    known::{Known, Partial},
    names::{AlertDescription, AlertLevel, HandshakeType},
    reading::{chosen, inside, is_13},
    record::{ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, HEADER, message_length},
    ssl2,
    suites::CipherSuite,
    summary::HelloSummary,
};
use crate::{
    Class, Confidence, Event, Framing, HeapSize, MessageInfo, NameSource, PacketTime, Place,
    Purpose, Remarks, Session, Setting, Side,
    application::message::Length,
    exchange_log::ExchangeLog,
    session::{SHORT_TEXTS, is_waited_for},
    tail::Tail,
};

/// Handshake messages that span records, in one conversation. Normally only certificates do.
const MAX_PARTIAL: usize = 1024;

/// The length to which a name is kept: domain names are no longer.
const MAX_NAME: usize = 255;

/// The length of an alert in TLS 1.3: level and description, the type of content, and the tag (RFC 8446, sections 5.2 and
/// 6). Finished is longer by the length of a hash at least. Bytes.
const ENCRYPTED_ALERT: usize = 2 + 1 + 16;

/// A hello is certain, and so are an alert alone and a record followed by another one.
pub fn looks_like(bytes: &[u8]) -> Confidence {
    match (message_length(bytes), bytes) {
        (Length::NotMine, _) if is_text(bytes) => Confidence::Impossible,
        (Length::NotMine, _) => Confidence::Possible,
        (_, [HANDSHAKE, _, _, _, _, 1 | 2, ..]) => Confidence::Certain,
        (_, [ALERT, 3, 0..=4, 0, 2, level, what]) => {
            let is_alert = AlertLevel(*level)
                .name()
                .and(AlertDescription(*what).name());
            match is_alert {
                Some(_) => Confidence::Certain,
                None => Confidence::Possible,
            }
        }
        (Length::Complete(length), _) => {
            let behind = bytes.get(length..).unwrap_or_default();
            match behind.len() >= HEADER && message_length(behind) != Length::NotMine {
                true => Confidence::Certain,
                false => Confidence::Possible,
            }
        }
        _ => Confidence::Possible,
    }
}

/// Returns whether the bytes are readable text, which encrypted ones are not.
fn is_text(bytes: &[u8]) -> bool {
    const ENOUGH: usize = 8;
    let letter = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    bytes.iter().take(ENOUGH).all(letter)
}

/// One side.
#[derive(Clone, Default)]
struct Speaker {
    /// It has changed to the negotiated parameters.
    changed: bool,
    /// The handshake message that it is in the middle of, by its index among the partial ones.
    open: Option<usize>,
    /// The state when its message began.
    before: Before,
}

/// The state when a message begins.
#[derive(Clone, Copy, Default, PartialEq)]
struct Before {
    server: bool,
    changed: bool,
    cipher: Option<u16>,
    /// The handshake message that continues in it: how many bytes and parts of it came.
    open: Option<(usize, usize)>,
    /// The index of that one or of the next among the partial ones.
    partial: usize,
}

/// The negotiated parameters.
#[derive(Clone, Copy, PartialEq)]
struct Parameters {
    version: Option<u16>,
    cipher: Option<u16>,
    application: Option<&'static str>,
}

/// A message, as it is kept.
#[derive(Clone, PartialEq)]
struct Kept {
    before: Before,
    /// The number of handshake messages spanning records that had begun by its end.
    spanning: usize,
    resumed: bool,
    /// None where the server's first hello was still to come.
    parameters: Option<Parameters>,
}

/// The messages, where contexts are kept.
#[derive(Clone, Default)]
struct Messages {
    all: Tail<Kept>,
    /// The first message before the first hello of the server.
    unanswered: Option<usize>,
    /// The parameters in the server's first hello, or those known without it where the capture lacks it.
    first: Option<Parameters>,
}

/// A handshake message that spans records.
#[derive(Clone)]
struct Spanning {
    server: bool,
    /// The number of the message that it begins in.
    message: usize,
    began: PacketTime,
    partial: Partial,
    completed: Option<u64>,
}

/// A handshake in progress.
#[derive(Clone)]
struct Handshake {
    /// Its number in the log.
    exchange: u32,
    /// The side with the first hello is the client, whatever the ports.
    client: Side,
    /// The server requested another hello: RFC 8446, section 4.1.4.
    retried: bool,
    /// The server's hello has come.
    answered: bool,
}

/// A conversation in TLS.
#[derive(Clone, Default)]
pub struct Tls {
    keeps: bool,
    client: Speaker,
    server: Speaker,
    /// Records were read.
    confirmed: bool,
    /// The client's hello has come.
    greeted: bool,
    name: Option<Box<[u8]>>,
    /// The name has just been read.
    called: bool,
    session: Option<Box<[u8]>>,
    version: Option<u16>,
    cipher: Option<u16>,
    application: Option<&'static str>,
    /// The protocol inside, as it was negotiated.
    protocol: Option<Box<[u8]>>,
    resumed: bool,
    /// The first fatal alert that was not encrypted.
    failed: Option<(Side, u8)>,
    /// The client's only encrypted record is as long as an alert: the side that is the client, and the packet.
    given_up: Option<(Side, u64)>,
    log: ExchangeLog,
    handshake: Option<Handshake>,
    spanning: Tail<Spanning>,
    kept: Option<Box<Messages>>,
}

impl Tls {
    /// Begins a conversation.
    pub fn new(setting: &Setting) -> Self {
        let ports = [setting.server.1, setting.client.1];
        Tls {
            keeps: setting.keeps,
            log: ExchangeLog::new(setting, "tls"),
            application: ports.into_iter().find_map(inside),
            kept: setting.keeps.then(Box::default),
            ..Tls::default()
        }
    }

    fn speaker(&mut self, side: Side) -> &mut Speaker {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// Returns whether handshake messages of a side are encrypted. In TLS 1.3 those are sent as application data.
    fn is_encrypted(&mut self, side: Side) -> bool {
        let newer = self.version.is_some_and(is_13);
        self.speaker(side).changed && !newer
    }

    /// Keeps the state before a message's records are read.
    fn begin(&mut self, side: Side) {
        let (cipher, next) = (self.cipher, self.spanning.len());
        let speaker = self.speaker(side);
        let (changed, open) = (speaker.changed, speaker.open);
        let spanning = open.and_then(|at| self.spanning.get(at));
        let before = Before {
            server: side == Side::Server,
            changed,
            cipher,
            open: spanning.map(|spanning| {
                let partial = &spanning.partial;
                (partial.bytes.len(), partial.parts.len())
            }),
            partial: open.unwrap_or(next),
        };
        self.speaker(side).before = before;
    }

    /// Reads one whole record.
    fn record(&mut self, place: &Place, record: &[u8]) {
        const FATAL: u8 = 2;
        let side = place.side;
        if ssl2::record_length(record).is_some() {
            match side {
                Side::Client => {
                    self.greeted = true;
                    self.ask(place, place.into(), record.len());
                }
                Side::Server => {
                    self.version = Some(ssl2::VERSION);
                    self.settle_first();
                    self.answer(place, place.into());
                    self.agreed();
                }
            }
            return;
        }
        let Some((&[kind, ..], contents)) = record.split_first_chunk::<HEADER>() else {
            return;
        };
        match (kind, contents) {
            (CHANGE_CIPHER_SPEC, _) => self.speaker(side).changed = true,
            (ALERT, &[FATAL, what]) if !self.is_encrypted(side) => {
                self.failed.get_or_insert((side, what));
                self.fail(place, what, record.len());
            }
            (HANDSHAKE, _) if !self.is_encrypted(side) => self.handshake(place, contents),
            _ => {}
        }
    }

    /// Reads the handshake messages of a record.
    fn handshake(&mut self, place: &Place, contents: &[u8]) {
        let side = place.side;
        let mut rest = contents;
        if let Some(at) = self.speaker(side).open
            && let Some(spanning) = self.spanning.get_mut(at)
        {
            let taken = spanning.partial.take(place.packet, rest);
            rest = rest.split_at(taken).1;
            let whole = spanning.partial.is_whole();
            if !whole && spanning.partial.makes_sense() {
                return;
            }
            self.speaker(side).open = None;
            if !whole {
                return;
            }
            let message = match (self.keeps, self.spanning.get_mut(at)) {
                (true, Some(spanning)) => {
                    spanning.completed = Some(place.packet);
                    spanning.partial.bytes.clone()
                }
                (_, spanning) => spanning.map_or_else(Vec::new, |spanning| {
                    std::mem::take(&mut spanning.partial).bytes
                }),
            };
            let began = self.spanning.get(at).map(|spanning| spanning.began);
            self.message(place, began.unwrap_or_default(), &message);
        } else if looks_encrypted(rest) {
            return;
        }
        while let Some((&[kind, high, middle, low], body)) = rest.split_first_chunk() {
            let length = u32::from_be_bytes([0, high, middle, low]) as usize;
            if HandshakeType(kind).name().is_none() {
                return;
            }
            let Some((_, behind)) = body.split_at_checked(length) else {
                break;
            };
            let whole = rest.len() - behind.len();
            self.message(place, place.into(), rest.split_at(whole).0);
            rest = behind;
        }
        if !rest.is_empty() && self.spanning.len() < MAX_PARTIAL {
            let mut partial = Partial::default();
            partial.take(place.packet, rest);
            if partial.makes_sense() {
                self.speaker(side).open = Some(self.spanning.len());
                self.spanning.push(Spanning {
                    server: side == Side::Server,
                    // Only whole records are read here: the message ends with the step.
                    message: self.kept.as_ref().map_or(0, |kept| kept.all.len()),
                    began: place.into(),
                    partial,
                    completed: None,
                });
            }
        }
    }

    /// Reads a handshake message that began in this packet.
    fn message(&mut self, place: &Place, began: PacketTime, message: &[u8]) {
        let side = place.side;
        let Some((&[kind, ..], body)) = message.split_first_chunk::<{ Partial::HEADER }>() else {
            return;
        };
        let kept = |text: &[u8]| text.split_at(text.len().min(MAX_NAME)).0.into();
        match kind {
            HandshakeType::CLIENT_HELLO => {
                self.greeted = true;
                // A renegotiation begins in the clear, and so does a retry.
                self.client.changed = false;
                self.server.changed = false;
                if let Some(summary) = HelloSummary::of(body, true) {
                    self.name = summary.name.map(kept);
                    self.called = self.name.is_some();
                    self.session = Some(kept(summary.session)).filter(|id| !id.is_empty());
                }
                self.ask(place, began, message.len());
            }
            HandshakeType::SERVER_HELLO => {
                self.speaker(side).changed = false;
                let Some(summary) = HelloSummary::of(body, false) else {
                    return;
                };
                self.version = Some(summary.version);
                self.cipher = summary.suite;
                let same = self.session.as_deref() == Some(summary.session);
                self.resumed = match is_13(summary.version) {
                    true => summary.resumed,
                    false => same,
                };
                let retries = hello::asks_to_retry(body);
                if let Some(protocol) = summary.protocol {
                    self.application = chosen(protocol).or(self.application);
                    self.protocol = Some(kept(protocol));
                }
                self.settle_first();
                match &mut self.handshake {
                    Some(handshake) if retries => {
                        handshake.retried = true;
                        self.log.preliminary(handshake.exchange, place.into());
                    }
                    _ => self.answer(place, began),
                }
            }
            // A server that resumes a session sends none of these before it changes its cipher.
            HandshakeType::CERTIFICATE | HandshakeType::SERVER_HELLO_DONE => self.resumed = false,
            _ => {}
        }
    }
}

impl Tls {
    fn parameters(&self) -> Parameters {
        Parameters {
            version: self.version,
            cipher: self.cipher,
            application: self.application,
        }
    }

    fn keep(&mut self, ended: &MessageInfo) {
        let handshake = self.handshake.as_ref();
        let asked = handshake.is_some_and(|handshake| !handshake.answered);
        let (parameters, before) = (self.parameters(), self.speaker(ended.side).before);
        let Some(kept) = &mut self.kept else {
            return;
        };
        let unanswered = asked && kept.first.is_none();
        if unanswered {
            kept.unanswered.get_or_insert(ended.number);
        }
        kept.all.push_constant(Kept {
            before,
            spanning: self.spanning.len(),
            resumed: self.resumed,
            parameters: (!unanswered).then_some(parameters),
        });
    }

    /// Fixes the first parameters: the server's first hello has come, or will not come any more.
    fn settle_first(&mut self) {
        let parameters = self.parameters();
        if let Some(kept) = &mut self.kept {
            kept.first.get_or_insert(parameters);
        }
    }

    /// Adds a client's hello: the first one of a handshake, or the one that the server requested instead.
    fn ask(&mut self, place: &Place, began: PacketTime, length: usize) {
        let name = self.name.as_deref();
        let words = || match name {
            Some(name) => format!("ClientHello {}", String::from_utf8_lossy(name)),
            None => "ClientHello".to_owned(),
        };
        let exchange = match &mut self.handshake {
            Some(handshake) if handshake.retried => {
                handshake.retried = false;
                handshake.exchange
            }
            _ => {
                let exchange = self
                    .log
                    .ask(&at(place, began), 0, Purpose::Handshake, words);
                self.handshake = Some(Handshake::new(exchange, place.side));
                exchange
            }
        };
        self.log.request(exchange, place, length, true);
    }

    /// Adds a server's hello. Its bytes are counted with its record.
    fn answer(&mut self, place: &Place, began: PacketTime) {
        let log = &mut self.log;
        let handshake = self.handshake.get_or_insert_with(|| {
            let exchange = log.begin(Purpose::Handshake, String::new);
            Handshake::new(exchange, place.side.other())
        });
        handshake.answered = true;
        let (version, suite) = (self.version.unwrap_or_default(), self.cipher);
        let words = || match suite.and_then(|suite| CipherSuite(suite).name()) {
            Some(suite) => format!("ServerHello {} {suite}", version_name(version)),
            None => format!("ServerHello {}", version_name(version)),
        };
        log.response(handshake.exchange, &at(place, began), 0);
        log.answer(handshake.exchange, Class::Ok, None, words);
    }

    /// Ends a handshake by a fatal alert, or what the capture has of one.
    fn fail(&mut self, place: &Place, alert: u8, length: usize) {
        let unseen = !self.greeted && self.version.is_none();
        if self.handshake.is_some() {
            self.settle_first();
        }
        let exchange = match self.handshake.take() {
            Some(handshake) => (handshake.exchange, place.side == handshake.client),
            None if unseen => {
                let exchange = self.log.begin(Purpose::Handshake, String::new);
                (exchange, place.side == Side::Client)
            }
            None => return,
        };
        let (exchange, by_client) = exchange;
        let words = || match AlertDescription(alert).name() {
            Some(name) => format!("alert {}", name.to_ascii_lowercase().replace(' ', "_")),
            None => format!("alert {alert}"),
        };
        let class = class(alert, by_client);
        self.log.response(exchange, place, length);
        self.log.answer(exchange, class, Some(alert.into()), words);
        self.log.ended(exchange);
    }

    /// Adds a record of `length` bytes. Up to TLS 1.2 a handshake ends with the Finished that is sent once both sides
    /// have changed to the negotiated parameters (RFC 5246, section 7.3), in TLS 1.3 once the client sends encrypted
    /// data (RFC 8446, section 2).
    fn go_on(&mut self, place: &Place, kind: u8, length: usize) {
        let Some(handshake) = &self.handshake else {
            let is_more = |given_up: &(Side, u64)| given_up.0 == place.side;
            if kind == APPLICATION_DATA && self.given_up.as_ref().is_some_and(is_more) {
                self.given_up = None;
            }
            return;
        };
        let by_client = place.side == handshake.client;
        if !handshake.answered {
            // The capture lacks the server's hello.
            if !by_client && matches!(kind, APPLICATION_DATA | CHANGE_CIPHER_SPEC) {
                self.settle_first();
            }
            return;
        }
        if !by_client {
            self.log.response(handshake.exchange, place, length);
        }
        let agreed = match self.version.is_some_and(is_13) {
            true => by_client && kind == APPLICATION_DATA,
            false => self.client.changed && self.server.changed && kind != CHANGE_CIPHER_SPEC,
        };
        if agreed {
            let is_alert = kind == APPLICATION_DATA && length == HEADER + ENCRYPTED_ALERT;
            if is_alert && self.version.is_some_and(is_13) && !self.resumed {
                self.given_up = Some((place.side, place.packet));
            }
            self.agreed();
        }
    }

    fn agreed(&mut self) {
        if let Some(handshake) = self.handshake.take() {
            self.log.ended(handshake.exchange);
        }
    }
}

impl Handshake {
    fn new(exchange: u32, client: Side) -> Self {
        Handshake {
            exchange,
            client,
            retried: false,
            answered: false,
        }
    }
}

/// Returns the place of another packet of the same side.
fn at(place: &Place, packet: PacketTime) -> Place {
    Place {
        packet: packet.packet,
        time_ns: packet.time_ns,
        ..*place
    }
}

/// The class of a handshake that a fatal alert ends: RFC 8446, section 6. An alert about certificates or access
/// refuses; any other blames its receiver, except those about the sender itself.
fn class(alert: u8, by_client: bool) -> Class {
    const OF_ITSELF: [u8; 3] = [0, 80, 90];
    match (alert, by_client == OF_ITSELF.contains(&alert)) {
        (41..=46 | 48 | 49 | 111 | 113..=116, _) => Class::Refused,
        (_, true) => Class::ClientError,
        (_, false) => Class::ServerError,
    }
}

/// Returns the common name of a version.
fn version_name(version: u16) -> String {
    match version {
        ssl2::VERSION => "SSL 2.0".to_owned(),
        0x0300 => "SSL 3.0".to_owned(),
        version if is_13(version) => "TLS 1.3".to_owned(),
        version => format!("TLS 1.{}", (version & 0xff).saturating_sub(1)),
    }
}

impl HeapSize for Kept {}

impl HeapSize for Spanning {
    fn heap_size(&self) -> usize {
        self.partial.heap_size()
    }
}

impl Session for Tls {
    type Context = Known;

    /// Records that are whole in one segment are one message; one that spans segments is a separate message, unless its
    /// header was not complete at first.
    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        let mut whole = 0;
        loop {
            let rest = bytes.get(whole..).unwrap_or_default();
            let length = message_length(rest);
            let kind = rest.first().copied().unwrap_or_default();
            match length {
                Length::Complete(length) if length <= rest.len() => {
                    if whole == 0 {
                        self.begin(place.side);
                    }
                    self.confirmed = true;
                    let (record, _) = rest.split_at(length);
                    if kind != APPLICATION_DATA {
                        self.record(place, record);
                    }
                    self.go_on(place, kind, length);
                    whole += length;
                    if place.seen >= HEADER {
                        return Framing::Complete(whole as u64);
                    }
                }
                _ if whole > 0 => return Framing::Complete(whole as u64),
                // It is encrypted: its end is known, which is enough.
                Length::NeedMore if kind == APPLICATION_DATA && rest.len() >= HEADER => {
                    let &[_, _, _, high, low, ..] = rest else {
                        return Framing::NeedMore;
                    };
                    self.begin(place.side);
                    self.confirmed = true;
                    let length = HEADER + usize::from(u16::from_be_bytes([high, low]));
                    self.go_on(place, kind, length);
                    return Framing::Complete(length as u64);
                }
                Length::NotMine if !is_text(rest) => {
                    // The middle of a record whose beginning was not seen: the next segment may begin one.
                    self.begin(place.side);
                    return Framing::Complete(rest.len() as u64);
                }
                Length::NotMine => return Framing::NotRecognized,
                _ => return Framing::NeedMore,
            }
        }
    }

    fn on_message(&mut self, ended: &MessageInfo, events: &mut Vec<Event>) {
        if self.keeps {
            self.keep(ended);
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
        self.log.deliver(ended, events);
    }

    fn end(&mut self, events: &mut Vec<Event>) {
        self.log.end(events);
    }

    fn lost(&mut self, side: Side) {
        self.log.lost();
        self.speaker(side).open = None;
    }

    fn context(&self, number: usize) -> Option<Known> {
        let messages = self.kept.as_ref()?;
        let kept = messages.all.get(number)?;
        let before = kept.before;
        let parameters = kept.parameters.or(messages.first);
        let parameters = parameters.unwrap_or_else(|| self.parameters());
        let spanning = (before.partial..kept.spanning).filter_map(|at| self.spanning.get(at));
        let partial = before.open.and_then(|(bytes, parts)| {
            let whole = &self.spanning.get(before.partial)?.partial;
            Some(Partial {
                bytes: whole.bytes.get(..bytes)?.to_vec(),
                parts: whole.parts.get(..parts)?.to_vec(),
            })
        });
        let own = spanning.filter(|spanning| spanning.server == before.server);
        Some(Known {
            version: parameters.version,
            cipher: before.cipher.or(parameters.cipher),
            application: parameters.application,
            changed: before.changed,
            resumed: kept.resumed && !parameters.version.is_some_and(is_13),
            partial,
            completed: own.map(|spanning| spanning.completed).collect(),
        })
    }

    /// Messages wait for the server's hello, and for the end of handshake messages that begin in them.
    fn settled(&self, read: usize) -> usize {
        let kept = self.kept.as_ref().filter(|kept| kept.first.is_none());
        let unanswered = kept.and_then(|kept| kept.unanswered);
        let open = [self.client.open, self.server.open].into_iter().flatten();
        let open = open.filter_map(|at| Some(self.spanning.get(at)?.message));
        let messages = open.chain(unanswered);
        let messages = messages.filter(|message| is_waited_for(*message, read));
        messages.min().unwrap_or(read)
    }

    fn evict(&mut self, before: usize) {
        let Some(messages) = &mut self.kept else {
            return;
        };
        messages.all.evict(before);
        let referred = messages.all.iter().map(|kept| kept.before.partial);
        let referred = referred.min().unwrap_or(self.spanning.len());
        let open = [self.client.open, self.server.open];
        let needed = open.into_iter().flatten().min();
        let needed = needed.map_or(referred, |open| open.min(referred));
        self.spanning.evict(needed);
        // An open message keeps the later ones in the list, but not their bytes.
        for at in (needed..referred).filter(|at| !open.contains(&Some(*at))) {
            if let Some(spanning) = self.spanning.get_mut(at) {
                spanning.partial = Partial::default();
            }
        }
    }

    fn allocated(&self) -> usize {
        let texts = [&self.name, &self.session, &self.protocol];
        let texts = texts.into_iter().flatten().map(|text| text.len());
        let kept = self
            .kept
            .as_ref()
            .map_or(0, |kept| size_of::<Messages>() + kept.all.heap_size());
        texts.sum::<usize>() + self.log.heap_size() + self.spanning.heap_size() + kept + SHORT_TEXTS
    }

    fn summary(&self) -> String {
        let with = match &self.name {
            Some(name) => format!(" with {}", String::from_utf8_lossy(name)),
            None => String::new(),
        };
        if let Some((side, what)) = self.failed {
            let who = match side {
                Side::Client => "client",
                Side::Server => "server",
            };
            let alert = alert_words(what);
            return format!("TLS handshake failed{with}: {who} says {alert}");
        }
        let version = match self.version {
            None if self.greeted => return format!("TLS hello{with}, no answer"),
            None if self.confirmed => return "TLS, begun before the capture".to_owned(),
            None => return String::new(),
            Some(version) => version_name(version),
        };
        let mut words = version + &with;
        if let Some(protocol) = &self.protocol {
            words += &format!(", {}", String::from_utf8_lossy(protocol));
        }
        if self.resumed {
            words += ", resumed";
        }
        words
    }

    fn remarks(&self) -> Remarks {
        Remarks {
            tls_version: self.version,
            tls_given_up: self.given_up.map(|(_, packet)| packet),
            ..Remarks::default()
        }
    }
}

/// Returns the name of an alert, for the middle of a sentence.
pub fn alert_words(alert: u8) -> String {
    let name = AlertDescription(alert)
        .name()
        .unwrap_or("something unknown");
    format!("{} (alert {alert})", sentence(name))
}

/// Puts a title into the middle of a sentence: only its abbreviations keep their capitals.
fn sentence(title: &str) -> String {
    let words = title.split(' ').map(|word| {
        match word.len() > 1 && word.chars().all(|letter| letter.is_ascii_uppercase()) {
            true => word.to_owned(),
            false => word.to_ascii_lowercase(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::tls::DISSECTOR;
    use crate::{test_session::Script, test_support::bytes};

    fn record(kind: u8, contents: &[u8]) -> Vec<u8> {
        let length = (contents.len() as u16).to_be_bytes();
        [&[kind, 3, 3], &length[..], contents].concat()
    }

    /// Splits a message into records of `size` bytes each.
    fn records(message: &[u8], size: usize) -> Vec<u8> {
        let records = message.chunks(size).map(|part| record(HANDSHAKE, part));
        records.collect::<Vec<_>>().concat()
    }

    fn client_hello() -> Vec<u8> {
        bytes(
            "01 00003f 0303 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 00 \
             0002 c02b 01 00 0014 0000 0010 000e 00 000b 612e6578616d706c652e6b",
        )
    }

    fn server_hello() -> Vec<u8> {
        bytes(
            "02 00002f 0303 100102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 00 \
             c02b 00 0007 0010 0003 0002 02 6832",
        )
    }

    fn server_hello_in_full() -> Vec<u8> {
        bytes(
            "02 000031 0303 100102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 00 \
             c02b 00 0009 0010 0005 0003 02 6832",
        )
    }

    fn known(tls: &Script) -> Vec<Option<Known>> {
        tls.all_known::<Known>()
    }

    #[test]
    fn what_hellos_agree_on() {
        let mut tls = Script::new(&DISSECTOR, 443);
        tls.segment(Side::Client, &record(HANDSHAKE, &client_hello()));
        assert_eq!(tls.summary(), "TLS hello with a.example.k, no answer");
        tls.segment(Side::Server, &record(HANDSHAKE, &server_hello_in_full()));
        assert_eq!(tls.summary(), "TLS 1.2 with a.example.k, h2");
        let first = known(&tls).into_iter().flatten().next().unwrap_or_default();
        assert_eq!(first.version, Some(0x0303));
        assert_eq!(first.cipher, Some(0xc02b));
        assert_eq!(first.application, Some("HyperText Transfer Protocol 2"));
        // An extension that is longer than the hello is ignored.
        let mut tls = Script::new(&DISSECTOR, 443);
        tls.segment(Side::Server, &record(HANDSHAKE, &server_hello()));
        assert_eq!(tls.summary(), "TLS 1.2");
    }

    /// What was sent before the server's hello waits for it, as long as it may still come.
    #[test]
    fn what_waits_for_the_hello() {
        let data = record(APPLICATION_DATA, &[9; 20]);
        let hello = record(HANDSHAKE, &client_hello());
        let answer = record(HANDSHAKE, &server_hello_in_full());
        let alert = record(ALERT, &[2, 40]);
        let changed = record(CHANGE_CIPHER_SPEC, &[1]);
        for (end, version, late) in [
            (&answer, Some(0x0303), Some(0x0303)),
            (&alert, None, Some(0x0303)),
            // Later messages are taken to be encrypted.
            (&changed, None, None),
            (&data, None, Some(0x0303)),
        ] {
            let mut tls = Script::new(&DISSECTOR, 443);
            tls.segment(Side::Server, &data);
            assert_eq!(tls.session.settled(1), 1);
            for (side, bytes) in [(Side::Client, &hello), (Side::Client, &data)] {
                tls.segment(side, bytes);
                assert_eq!(tls.session.settled(tls.messages.len()), 1);
            }
            tls.segment(Side::Server, end);
            assert_eq!(tls.session.settled(4), 4);
            // The capture reordered them.
            tls.segment(Side::Server, &answer);
            let versions = known(&tls).into_iter().map(|it| it?.version);
            let versions: Vec<_> = versions.collect();
            assert_eq!(versions, [None, version, version, version, late]);
        }
    }

    /// The hello is read wherever its records and segments end.
    #[test]
    fn a_hello_cut_anywhere() {
        let hello = client_hello();
        for size in 1..=hello.len() {
            let sent = records(&hello, size);
            for at in 1..sent.len() {
                let mut tls = Script::new(&DISSECTOR, 443);
                let (first, second) = sent.split_at(at);
                tls.segment(Side::Client, first);
                tls.segment(Side::Client, second);
                let summary = "TLS hello with a.example.k, no answer";
                assert_eq!(tls.summary(), summary, "{size} {at}");
                assert_eq!(tls.lengths().iter().sum::<usize>(), sent.len());
            }
        }
    }

    #[test]
    fn a_message_in_several_packets() {
        let mut tls = Script::new(&DISSECTOR, 443);
        let hello = client_hello();
        let (first, second) = hello.split_at(10);
        tls.segment(Side::Client, &record(HANDSHAKE, first));
        tls.segment(Side::Client, &record(HANDSHAKE, second));
        let known = known(&tls);
        let completed: Vec<_> = known.iter().flatten().map(|k| &k.completed).collect();
        assert_eq!(completed, [&[Some(2)], &[Some(2)]]);
        let partial = known.iter().flatten().filter_map(|k| k.partial.clone());
        let expected = Partial {
            bytes: first.to_vec(),
            parts: vec![(1, 10)],
        };
        assert_eq!(partial.collect::<Vec<_>>(), [expected]);
    }

    #[test]
    fn what_is_encrypted() {
        let mut tls = Script::new(&DISSECTOR, 443);
        tls.segment(Side::Client, &record(HANDSHAKE, &client_hello()));
        tls.segment(Side::Server, &record(HANDSHAKE, &server_hello_in_full()));
        tls.segment(Side::Client, &record(CHANGE_CIPHER_SPEC, &[1]));
        // It looks like a hello by chance.
        tls.segment(Side::Client, &record(HANDSHAKE, &server_hello()));
        tls.segment(Side::Client, &record(ALERT, &[2, 48]));
        let changed: Vec<_> = known(&tls).iter().flatten().map(|k| k.changed).collect();
        assert_eq!(changed, [false, false, false, true, true]);
        assert_eq!(tls.summary(), "TLS 1.2 with a.example.k, h2");
    }

    #[test]
    fn alerts() {
        let mut tls = Script::new(&DISSECTOR, 443);
        tls.segment(Side::Client, &record(HANDSHAKE, &client_hello()));
        tls.segment(Side::Server, &record(ALERT, &[1, 112]));
        assert_eq!(tls.summary(), "TLS hello with a.example.k, no answer");
        tls.segment(Side::Server, &record(ALERT, &[2, 48]));
        let summary = "TLS handshake failed with a.example.k: server says unknown CA (alert 48)";
        assert_eq!(tls.summary(), summary);
    }

    fn hellos() -> Script {
        let mut tls = Script::new(&DISSECTOR, 443);
        tls.segment(Side::Client, &record(HANDSHAKE, &client_hello()));
        tls.segment(Side::Server, &record(HANDSHAKE, &server_hello_in_full()));
        tls
    }

    const ASKED: &str = "ClientHello a.example.k";
    const AGREED: &str = "ServerHello TLS 1.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";

    /// RFC 5246, section 7.3: in full, and with an earlier session.
    #[test]
    fn a_handshake_ends_once_both_sides_have_changed() {
        let changed = record(CHANGE_CIPHER_SPEC, &[1]);
        let finished = record(HANDSHAKE, &[7; 40]);
        for client_first in [true, false] {
            let mut tls = hellos();
            let client = if client_first {
                Side::Client
            } else {
                Side::Server
            };
            for side in [client, client.other()] {
                tls.segment(side, &[&changed[..], &finished].concat());
            }
            assert_eq!(tls.exchanges.len(), 1);
            let last = if client_first { "2-4 109" } else { "2-3 109" };
            let line = format!("Handshake: ok: {ASKED} → {AGREED} (1-1 67 → {last}, 1 s)");
            assert_eq!(tls.exchanges(), [line]);
        }
        let mut tls = hellos();
        let line = format!("Handshake: ok: {ASKED} → {AGREED} (1-1 67 → 2-2 58 cut, 1 s)");
        assert_eq!(tls.exchanges(), [line]);
    }

    /// RFC 8446, section 2, with a request to try again: section 4.1.4.
    #[test]
    fn a_handshake_of_tls_13() {
        let hello = |random: &str| {
            let message = format!("02 00002e 0303 {random} 00 1301 00 0006 002b 0002 0304",);
            record(HANDSHAKE, &bytes(&message))
        };
        let retry = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c";
        let mut tls = Script::new(&DISSECTOR, 443);
        tls.segment(Side::Client, &record(HANDSHAKE, &client_hello()));
        tls.segment(Side::Server, &hello(retry));
        tls.segment(Side::Client, &record(HANDSHAKE, &client_hello()));
        let data = record(APPLICATION_DATA, &[9; 100]);
        tls.segment(
            Side::Server,
            &[hello(&"07".repeat(32)), data.clone()].concat(),
        );
        tls.segment(Side::Server, data.split_at(50).0);
        tls.segment(Side::Server, data.split_at(50).1);
        assert!(tls.exchanges.is_empty());
        tls.segment(Side::Client, &data);
        assert_eq!(
            tls.exchanges(),
            [format!(
                "Handshake: ok: {ASKED} → ServerHello TLS 1.3 TLS_AES_128_GCM_SHA256 (1-3 134 → 4-6 265, 1 s)"
            )]
        );
        let preliminary = tls.exchanges.first().and_then(|it| it.preliminary);
        assert_eq!(preliminary.map(|it| it.packet), Some(2));
    }

    /// RFC 8446, section 6.2.
    #[test]
    fn handshakes_that_fail() {
        for (side, alert, expected) in [
            (Side::Server, 40, "client error 40: alert handshake_failure"),
            (Side::Client, 40, "server error 40: alert handshake_failure"),
            (Side::Server, 80, "server error 80: alert internal_error"),
            (Side::Client, 80, "client error 80: alert internal_error"),
            (Side::Client, 48, "refused 48: alert unknown_ca"),
            (Side::Server, 49, "refused 49: alert access_denied"),
            (Side::Server, 116, "refused 116: alert certificate_required"),
            (Side::Server, 200, "client error 200: alert 200"),
        ] {
            let mut tls = hellos();
            tls.segment(side, &record(ALERT, &[2, alert]));
            let lines = tls.exchanges();
            let (class, answer) = expected.split_once(": ").unwrap_or_default();
            let expected = format!("Handshake: {class}: {ASKED} → {answer} (1-1 67 → 2-3 65, 1 s)");
            assert_eq!(lines, [expected]);
        }
        let mut tls = Script::new(&DISSECTOR, 443);
        tls.segment(Side::Client, &record(HANDSHAKE, &client_hello()));
        let line = format!("Handshake: none: {ASKED} → - (1-1 67 → -)");
        assert_eq!(tls.exchanges(), [line]);
        let mut tls = Script::new(&DISSECTOR, 443);
        tls.segment(Side::Server, &record(ALERT, &[2, 70]));
        let line = "Handshake: client error 70:  → alert protocol_version (- → 1-1 7)";
        assert_eq!(tls.exchanges(), [line]);
    }

    /// Records of one segment are read together, one that spans segments is read separately.
    #[test]
    fn records_and_segments() {
        let data = |size| record(APPLICATION_DATA, &vec![0; size]);
        let mut tls = Script::new(&DISSECTOR, 443);
        tls.segment(Side::Client, &[data(10), data(20)].concat());
        let long = [data(100), data(1), data(2)].concat();
        let (first, second) = long.split_at(50);
        tls.segment(Side::Client, first);
        tls.segment(Side::Client, second);
        // Without a whole header the length is not known.
        let (first, second) = long.split_at(3);
        tls.segment(Side::Client, first);
        tls.segment(Side::Client, second);
        assert_eq!(tls.lengths(), [40, 105, 13, 118]);
        assert_eq!(tls.summary(), "TLS, begun before the capture");
    }

    #[test]
    fn nonsense() {
        for hex in [
            // A record without contents, and an unknown type.
            "16 0303 0000",
            "19 0303 0001 00",
            // Messages of unknown kind, too long ones, and a hello with lengths beyond its end.
            "16 0303 0004 ff ffffff",
            "16 0303 0004 0b ffffff",
            "16 0303 0007 01 000003 0303 ff",
            "16 0303 0004 01 00ffff 16 0303 0001 00",
        ] {
            let mut tls = Script::new(&DISSECTOR, 443);
            tls.segment(Side::Client, &bytes(hex));
            assert!(known(&tls).iter().flatten().count() <= 1, "{hex}");
        }
        assert_eq!(looks_like(b"GET / HTTP/1.1\r\n"), Confidence::Impossible);
        let data = record(APPLICATION_DATA, &[0; 20]);
        assert_eq!(looks_like(&data), Confidence::Possible);
        let twice = [data.clone(), data].concat();
        assert_eq!(looks_like(&twice), Confidence::Certain);
    }

    /// The side with the hello is the client, whatever the ports.
    #[test]
    fn the_server_is_called_by_its_name() {
        for side in [Side::Client, Side::Server] {
            let mut tls = Script::new(&DISSECTOR, 443);
            tls.segment(side, &record(HANDSHAKE, &client_hello()));
            tls.segment(side.other(), &record(HANDSHAKE, &server_hello()));
            let called = tls.events.iter().map(|event| match event {
                Event::HostName { side, name, by } => format!("{side:?} {name} {by:?}"),
                other => format!("{other:?}"),
            });
            let called: Vec<_> = called.collect();
            assert_eq!(
                called,
                [format!("{:?} a.example.k ServerName", side.other())]
            );
        }
    }
}
