//! The outcome of a conversation, in words.

use super::{Conversation, IcmpError, PerSide, Protocol, Side, SideCounts, Tcp};
use crate::{
    format::{duration, size},
    lang::{Count, side, text},
};
use dissectors::{icmp_name, icmpv6_name};

/// The outcome of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Both sides sent FIN; this side was first.
    Closed(Side),
    /// Only this side sent FIN.
    HalfClosed(Side),
    /// RST by this side after the connection was established.
    Reset(Side),
    /// RST by the client before the server had answered.
    GaveUp,
    /// The SYN was answered with RST.
    Refused,
    /// Nothing came back.
    NoAnswer,
    /// A router or the host answered with an ICMP error.
    Unreachable,
    /// The SYN-ACK acknowledged data that the client had not sent.
    WrongAnswer,
    /// The SYN-ACK was never acknowledged.
    HalfOpen,
    /// Established, and still so at the end of the capture.
    Open,
    /// Its beginning was not captured, and it had not ended at the end of the capture.
    Ongoing,
    /// UDP in both directions.
    Exchange,
    /// UDP in one direction.
    OneWay,
}

/// How an outcome is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Neither good nor bad.
    Neutral,
    /// Worth a look.
    Warning,
    /// It failed.
    Bad,
}

impl Outcome {
    /// Returns the state in at most 16 columns.
    pub fn words(self) -> &'static str {
        match self {
            Outcome::Closed(Side::Client) => text!("state-closed"),
            Outcome::Closed(Side::Server) => text!("state-closed-by-server"),
            Outcome::HalfClosed(Side::Client) => text!("state-client-closed"),
            Outcome::HalfClosed(Side::Server) => text!("state-server-closed"),
            Outcome::Reset(Side::Client) => text!("state-reset-by-client"),
            Outcome::Reset(Side::Server) => text!("state-reset-by-server"),
            Outcome::GaveUp => text!("state-given-up"),
            Outcome::Refused => text!("state-refused"),
            Outcome::NoAnswer => text!("state-no-answer"),
            Outcome::Unreachable => text!("state-unreachable"),
            Outcome::WrongAnswer => text!("state-wrong-answer"),
            Outcome::HalfOpen => text!("state-half-open"),
            Outcome::Open => text!("state-open"),
            Outcome::Ongoing => text!("state-ongoing"),
            Outcome::Exchange => text!("state-exchange"),
            Outcome::OneWay => text!("state-one-way"),
        }
    }

    /// Returns a sign for it, so that colour is not its only carrier.
    pub fn sign(self) -> char {
        match self.tone() {
            Tone::Good => '✓',
            Tone::Neutral => '·',
            Tone::Warning => '!',
            Tone::Bad => '✗',
        }
    }

    /// Returns how it is judged.
    pub fn tone(self) -> Tone {
        match self {
            Outcome::Closed(_) | Outcome::Exchange => Tone::Good,
            Outcome::Open | Outcome::Ongoing | Outcome::OneWay => Tone::Neutral,
            Outcome::HalfClosed(_) | Outcome::HalfOpen | Outcome::GaveUp => Tone::Warning,
            Outcome::Reset(_)
            | Outcome::Refused
            | Outcome::NoAnswer
            | Outcome::Unreachable
            | Outcome::WrongAnswer => Tone::Bad,
        }
    }
}

/// Returns the outcome of a conversation.
pub fn outcome(conversation: Conversation) -> Outcome {
    let PerSide {
        client: client_sent,
        server: server_sent,
    } = conversation.sides.map(|side| side.packets > 0);
    let is_unreachable = conversation
        .icmp
        .as_ref()
        .is_some_and(|icmp| icmp.is_unreachable());
    if conversation.protocol == Protocol::Udp {
        return match client_sent && server_sent {
            true => Outcome::Exchange,
            false if is_unreachable => Outcome::Unreachable,
            false => Outcome::OneWay,
        };
    }
    if is_unreachable && is_quoted_only(conversation) {
        return Outcome::Unreachable;
    }
    let tcp = conversation.tcp();
    let PerSide { client, server } = &tcp.sides;
    let syn_only = client.syns > 0 && tcp.completeness & 2 == 0;
    // Data in the SYN alone establishes nothing: RFC 7413.
    let has_data = tcp.completeness & 8 != 0 && !tcp.is_syn_sent();
    let established = tcp.handshake.ack.is_some() || has_data;
    if tcp.wrong_syn_ack.is_some() && tcp.handshake.syn_ack.is_none() {
        return Outcome::WrongAnswer;
    }
    if let Some((by, _)) = tcp.reset {
        return match by {
            Side::Server if syn_only && !established => Outcome::Refused,
            Side::Client if syn_only && !server_sent => Outcome::GaveUp,
            by if both_fins_before_reset(conversation)
                || is_answer_to_close(&tcp, by)
                || is_all_said(conversation, by) =>
            {
                Outcome::Closed(first_fin(conversation).unwrap_or(by))
            }
            by => Outcome::Reset(by),
        };
    }
    match (client.fin, server.fin) {
        (Some(_), Some(_)) => Outcome::Closed(first_fin(conversation).unwrap_or(Side::Client)),
        (Some(_), None) => Outcome::HalfClosed(Side::Client),
        (None, Some(_)) => Outcome::HalfClosed(Side::Server),
        (None, None)
            if syn_only
                && (!server_sent || tcp.is_syn_sent())
                && !is_one_direction(conversation) =>
        {
            match is_unreachable {
                true => Outcome::Unreachable,
                false => Outcome::NoAnswer,
            }
        }
        (None, None) if tcp.completeness & 2 != 0 && !established => Outcome::HalfOpen,
        (None, None) if tcp.completeness & 3 != 0 => Outcome::Open,
        (None, None) => Outcome::Ongoing,
    }
}

fn first_fin(conversation: Conversation) -> Option<Side> {
    let tcp = conversation.tcp();
    let PerSide { client, server } = &tcp.sides;
    match (client.fin, server.fin) {
        (Some(c), Some(s)) if s < c => Some(Side::Server),
        (Some(_), _) => Some(Side::Client),
        (None, Some(_)) => Some(Side::Server),
        (None, None) => None,
    }
}

/// Whether both FINs came before a reset, which then changes nothing.
fn both_fins_before_reset(conversation: Conversation) -> bool {
    let tcp = conversation.tcp();
    tcp.reset.is_some_and(|(_, packet)| {
        tcp.sides
            .iter()
            .all(|side| side.fin.is_some_and(|fin| fin < packet))
    })
}

/// After its own FIN a side may still be sent this much before it answers with RST, and everything had been said: the
/// goodbye of a protocol, such as close_notify of TLS (RFC 8446, section 6.1) or the answer to QUIT. Bytes.
const LAST_WORDS: u64 = 4096;

/// A side that goes on for this long after the other one's FIN uses a half-closed connection, nanoseconds.
const HALF_CLOSED_NS: i64 = 500_000_000;

/// Whether the RST of a side only answers what came after everything had been said: it acknowledges the other side's
/// FIN, or comes behind its own FIN for the last words of the other side, which reach a closed socket.
fn is_answer_to_close(tcp: &Tcp, by: Side) -> bool {
    let (own, other) = (tcp.side(by), tcp.side(by.other()));
    let acknowledges = other.fin.is_some() && other.fin_acked.is_some();
    let behind_own = own.fin.is_some() && (1..=LAST_WORDS).contains(&other.after_peer_fin);
    acknowledges || behind_own
}

/// Whether the client's RST came after everything had been said: the server spoke last, everything is acknowledged, and at
/// most its last words came afterwards. A client that closes before it has read those sends RST instead of FIN: RFC 9293,
/// section 3.6.1, and RFC 2525, section 2.17.
fn is_all_said(conversation: Conversation, by: Side) -> bool {
    by == Side::Client
        && conversation.analysis().is_some_and(|analysis| {
            analysis.last_data() == Some(Side::Server)
                && !Side::BOTH
                    .iter()
                    .any(|side| analysis.has_unacknowledged(*side))
                && u64::from(analysis.after_reset(Side::Server)) <= LAST_WORDS
        })
}

/// Returns the handshake as three marks: `●●●`.
pub fn marks(conversation: Conversation) -> String {
    if conversation.protocol == Protocol::Udp {
        return String::new();
    }
    let tcp = conversation.tcp();
    let handshake = &tcp.handshake;
    let refused = tcp.reset.is_some() && handshake.syn_ack.is_none();
    let wrong = tcp.wrong_syn_ack.is_some() && handshake.syn_ack.is_none();
    let mark = |seen: bool| if seen { '●' } else { '·' };
    let second = if handshake.syn_ack.is_none() && (refused || wrong) {
        '✕'
    } else {
        mark(handshake.syn_ack.is_some())
    };
    [
        mark(handshake.syn.is_some()),
        second,
        mark(handshake.ack.is_some()),
    ]
    .iter()
    .collect()
}

/// Returns one sentence with its evidence.
pub fn verdict(conversation: Conversation) -> String {
    sentence(conversation, true)
}

/// Returns the verdict while more may come.
pub fn verdict_so_far(conversation: Conversation) -> String {
    sentence(conversation, false)
}

fn sentence(conversation: Conversation, ended: bool) -> String {
    let mut text = ending(conversation, ended);
    if let Some(icmp) = &conversation.icmp {
        let report = icmp_report(icmp);
        text = match text.is_empty() {
            true => text!("verdict-unreachable", report),
            false => text!("verdict-clauses", first = text, second = report),
        };
    }
    for remark in remarks(conversation) {
        text = text!("verdict-clauses", first = text, second = remark);
    }
    text
}

/// Returns how a conversation ended, in one sentence without remarks; that of its ICMP error where only that shows it.
pub fn ending_words(conversation: Conversation) -> String {
    let text = ending(conversation, true);
    match &conversation.icmp {
        Some(icmp) if text.is_empty() => text!("verdict-unreachable", report = icmp_report(icmp)),
        _ => text,
    }
}

/// Returns how the conversation ended, without remarks. Empty where only an ICMP error shows it.
fn ending(conversation: Conversation, ended: bool) -> String {
    if is_quoted_only(conversation) && outcome(conversation) != Outcome::Unreachable {
        return text!("verdict-quoted-only").to_owned();
    }
    let lasted = conversation.lasted();
    let tcp = conversation.tcp();
    let (client, server) = (conversation.client, conversation.server);
    match outcome(conversation) {
        Outcome::Closed(by) => closed(conversation, by),
        Outcome::HalfClosed(closed) => {
            let (by, other) = (side(closed), side(closed.other()));
            match tcp.side(closed).fin_acked {
                None if conversation.side(closed.other()).packets == 0 => {
                    text!("verdict-half-closed", by, lasted)
                }
                Some(_) => text!("verdict-half-closed-acknowledged", by, other, lasted),
                None => text!("verdict-half-closed-not-acknowledged", by, other, lasted),
            }
        }
        Outcome::Reset(by) => reset(conversation, by),
        Outcome::GaveUp => text!("verdict-given-up", lasted),
        Outcome::Refused => text!(
            "verdict-refused",
            server = server.address,
            port = server.port
        ),
        Outcome::NoAnswer => no_answer(conversation),
        Outcome::Unreachable => String::new(),
        Outcome::WrongAnswer => {
            let isn = tcp.side(Side::Client).isn.unwrap_or(0);
            let (packet, ack) = tcp.wrong_syn_ack.unwrap_or_default();
            let expected = isn.wrapping_add(1);
            text!("verdict-wrong-answer", packet, ack, expected)
        }
        Outcome::HalfOpen => text!("verdict-half-open", server = server.address),
        Outcome::Open if !ended => text!("verdict-open", lasted),
        Outcome::Ongoing if !ended => text!("verdict-ongoing", lasted),
        Outcome::Open => text!("verdict-open-at-the-end", lasted),
        Outcome::Ongoing => text!("verdict-ongoing-at-the-end", lasted),
        Outcome::Exchange => text!(
            "verdict-exchange",
            asked = datagrams(conversation.side(Side::Client)),
            answered = datagrams(conversation.side(Side::Server)),
            lasted
        ),
        Outcome::OneWay => text!(
            "verdict-one-way",
            asked = datagrams(conversation.side(Side::Client)),
            client = client.address
        ),
    }
}

fn closed(conversation: Conversation, by: Side) -> String {
    let tcp = conversation.tcp();
    let lasted = conversation.lasted();
    let mut text = text!("verdict-closed", by = side(by), lasted);
    let more = tcp.side(by.other()).after_peer_fin;
    let says = |between_ns: &i64| more > LAST_WORDS || more > 0 && *between_ns >= HALF_CLOSED_NS;
    if let Some(between_ns) = tcp.between_fins_ns().filter(says) {
        let half = text!(
            "verdict-closed-half",
            by = side(by.other()),
            more = size(more),
            later = duration(between_ns)
        );
        text = text!("verdict-clauses", first = text, second = half);
    }
    if let Some((by, packet)) = tcp.reset {
        let end = text!("verdict-closed-rst", by = side(by), packet);
        text = text!("verdict-clauses", first = text, second = end);
    }
    text
}

fn reset(conversation: Conversation, by: Side) -> String {
    let PerSide { client, server } = conversation.sides.map(|side| side.payload);
    let packet = conversation.tcp().reset.map_or(0, |(_, packet)| packet);
    let lasted = conversation.lasted();
    let by = side(by);
    match client + server {
        0 => text!("verdict-reset-before-data", by, packet, lasted),
        _ => text!(
            "verdict-reset",
            by,
            client = size(client),
            server = size(server),
            packet,
            lasted
        ),
    }
}

fn no_answer(conversation: Conversation) -> String {
    let syns = syns(conversation);
    let server = conversation.server;
    let came_back = match conversation.side(Side::Server).packets {
        0 => text!("verdict-nothing-came-back"),
        _ => text!("verdict-no-answer-came-back"),
    };
    match conversation.packets() {
        0 | 1 => text!("verdict-no-answer-once", syns, server, came_back),
        _ => text!(
            "verdict-no-answer",
            syns,
            lasted = conversation.lasted(),
            server,
            came_back
        ),
    }
}

fn syns(conversation: Conversation) -> String {
    let count = Count(conversation.tcp().side(Side::Client).syns.into());
    text!("count-syns", count)
}

fn icmp_report(icmp: &IcmpError) -> String {
    text!(
        "verdict-icmp",
        reporter = icmp.reporter,
        what = icmp_words(icmp),
        icmp = if icmp.v6 { "ICMPv6" } else { "ICMP" },
        kind = icmp.kind,
        code = icmp.code,
        packet = icmp.packet
    )
}

/// Returns other facts that an operator needs to judge the conversation.
fn remarks(conversation: Conversation) -> Vec<String> {
    let tcp = conversation.tcp();
    let handshake = &tcp.handshake;
    let mut remarks = Vec::new();
    if handshake.simultaneous && handshake.syn_ack.is_some() {
        remarks.push(text!("verdict-simultaneous").to_owned());
    }
    if handshake.syn_ack.is_some() && tcp.side(Side::Client).syns > 1 && !handshake.simultaneous {
        remarks.push(text!("verdict-syns", syns = syns(conversation)));
    }
    let duplicates = conversation.duplicates();
    if duplicates > 0 {
        let count = Count(duplicates.into());
        remarks.push(text!("verdict-captured-twice", count));
    }
    if conversation.protocol == Protocol::Tcp
        && tcp.completeness & 3 == 0
        && !matches!(outcome(conversation), Outcome::Ongoing)
    {
        remarks.push(text!("verdict-no-beginning").to_owned());
    }
    if is_one_direction(conversation) {
        remarks.push(text!("verdict-one-direction").to_owned());
    }
    remarks
}

/// Whether no packet of it was captured, only ICMP errors about it.
fn is_quoted_only(conversation: Conversation) -> bool {
    conversation.sides.iter().all(|side| side.packets == 0)
}

/// Whether the capture lacks all packets of one side of a connection, which must have sent some: its SYN, or what the
/// other side acknowledges.
pub fn is_one_direction(conversation: Conversation) -> bool {
    let tcp = conversation.tcp();
    conversation.protocol == Protocol::Tcp
        && !is_quoted_only(conversation)
        && Side::BOTH.into_iter().any(|side| {
            let began = tcp.completeness & 1 == 0 || tcp.has_acknowledged(side.other());
            began && conversation.side(side).packets == 0
        })
}

/// Returns how many datagrams a side sent: those captured twice count once.
fn datagrams(side: &SideCounts) -> String {
    let count = Count((side.packets - side.duplicates).into());
    text!("count-datagrams", count)
}

/// Returns the meaning of an ICMP error, for the middle of a sentence.
pub fn icmp_words(error: &IcmpError) -> String {
    let name = match error.v6 {
        true => icmpv6_name(error.kind, error.code),
        false => icmp_name(error.kind, error.code),
    };
    let mut letters = name.unwrap_or("error").chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    first.chain(letters).collect()
}
