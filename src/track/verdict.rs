//! What became of a conversation, in words.

use super::{Conversation, IcmpError, PerSide, Protocol, Side, SideCounts};
use crate::format::{bytes, counted, duration, grouped};
use dissectors::{icmp_name, icmpv6_name};

/// What became of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Both sides sent FIN; who was first.
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
    /// The SYN-ACK acknowledged what the client had not sent.
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

/// How an outcome is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Neither here nor there.
    Neutral,
    /// Worth a look.
    Warning,
    /// It failed.
    Bad,
}

impl Outcome {
    /// The state in at most 16 columns.
    pub fn words(self) -> &'static str {
        match self {
            Outcome::Closed(Side::Client) => "closed",
            Outcome::Closed(Side::Server) => "closed by server",
            Outcome::HalfClosed(Side::Client) => "client closed",
            Outcome::HalfClosed(Side::Server) => "server closed",
            Outcome::Reset(Side::Client) => "reset by client",
            Outcome::Reset(Side::Server) => "reset by server",
            Outcome::GaveUp => "given up",
            Outcome::Refused => "refused",
            Outcome::NoAnswer => "no answer",
            Outcome::Unreachable => "unreachable",
            Outcome::WrongAnswer => "wrong answer",
            Outcome::HalfOpen => "half open",
            Outcome::Open => "open",
            Outcome::Ongoing => "ongoing",
            Outcome::Exchange => "exchange",
            Outcome::OneWay => "one way",
        }
    }

    /// A sign for it, so that colour is not its only carrier.
    pub fn sign(self) -> char {
        match self.tone() {
            Tone::Good => '✓',
            Tone::Neutral => '·',
            Tone::Warning => '!',
            Tone::Bad => '✗',
        }
    }

    /// How it is to be taken.
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

/// What became of it.
pub fn outcome(conversation: &Conversation) -> Outcome {
    let PerSide {
        client: client_sent,
        server: server_sent,
    } = conversation.sides.map(|side| side.packets > 0);
    if conversation.protocol == Protocol::Udp {
        return match (client_sent && server_sent, &conversation.icmp) {
            (true, _) => Outcome::Exchange,
            (false, Some(_)) => Outcome::Unreachable,
            (false, None) => Outcome::OneWay,
        };
    }
    let tcp = &conversation.tcp;
    let PerSide { client, server } = &tcp.sides;
    let syn_only = client.syns > 0 && tcp.completeness & 2 == 0;
    let established = tcp.handshake.ack.is_some() || tcp.completeness & 8 != 0;
    if tcp.wrong_syn_ack.is_some() && tcp.handshake.syn_ack.is_none() {
        return Outcome::WrongAnswer;
    }
    if let Some((by, _)) = tcp.reset {
        return match by {
            Side::Server if syn_only && !established => Outcome::Refused,
            Side::Client if syn_only && !server_sent => Outcome::GaveUp,
            by if both_fins_before_reset(conversation) => {
                Outcome::Closed(first_fin(conversation).unwrap_or(by))
            }
            by => Outcome::Reset(by),
        };
    }
    match (client.fin, server.fin) {
        (Some(_), Some(_)) => Outcome::Closed(first_fin(conversation).unwrap_or(Side::Client)),
        (Some(_), None) => Outcome::HalfClosed(Side::Client),
        (None, Some(_)) => Outcome::HalfClosed(Side::Server),
        (None, None) if syn_only && (!server_sent || tcp.is_syn_sent()) => match &conversation.icmp
        {
            Some(_) => Outcome::Unreachable,
            None => Outcome::NoAnswer,
        },
        (None, None) if tcp.completeness & 2 != 0 && !established => Outcome::HalfOpen,
        (None, None) if tcp.completeness & 3 != 0 => Outcome::Open,
        (None, None) => Outcome::Ongoing,
    }
}

fn first_fin(conversation: &Conversation) -> Option<Side> {
    let PerSide { client, server } = &conversation.tcp.sides;
    match (client.fin, server.fin) {
        (Some(c), Some(s)) if s < c => Some(Side::Server),
        (Some(_), _) => Some(Side::Client),
        (None, Some(_)) => Some(Side::Server),
        (None, None) => None,
    }
}

/// A reset after both sides had said that they were done changes nothing.
fn both_fins_before_reset(conversation: &Conversation) -> bool {
    let tcp = &conversation.tcp;
    tcp.reset.is_some_and(|(_, packet)| {
        tcp.sides
            .iter()
            .all(|side| side.fin.is_some_and(|fin| fin < packet))
    })
}

/// The handshake as three marks: `●●●`.
pub fn marks(conversation: &Conversation) -> String {
    if conversation.protocol == Protocol::Udp {
        return String::new();
    }
    let handshake = &conversation.tcp.handshake;
    let refused = conversation.tcp.reset.is_some() && handshake.syn_ack.is_none();
    let wrong = conversation.tcp.wrong_syn_ack.is_some() && handshake.syn_ack.is_none();
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

/// One sentence with its evidence.
pub fn verdict(conversation: &Conversation) -> String {
    sentence(conversation, true)
}

/// The same while more may come.
pub fn verdict_so_far(conversation: &Conversation) -> String {
    sentence(conversation, false)
}

fn sentence(conversation: &Conversation, ended: bool) -> String {
    let mut text = ending(conversation, ended);
    if let Some(icmp) = &conversation.icmp {
        let report = icmp_report(icmp);
        text = match text.is_empty() {
            true => format!("unreachable: {report}"),
            false => format!("{text}; {report}"),
        };
    }
    for remark in remarks(conversation) {
        text.push_str("; ");
        text.push_str(&remark);
    }
    text
}

/// How the conversation ended, without remarks. Nothing where only an ICMP error says it.
fn ending(conversation: &Conversation, ended: bool) -> String {
    let lasted = duration(conversation.duration_ns());
    let tcp = &conversation.tcp;
    let (client, server) = (conversation.client, conversation.server);
    match outcome(conversation) {
        Outcome::Closed(by) => closed(conversation, by),
        Outcome::HalfClosed(by) => {
            let acked = match tcp.side(by).fin_acked {
                Some(_) => "acknowledged its FIN but never sent its own",
                None => "never acknowledged its FIN",
            };
            let (by, other) = (by.name(), by.other().name());
            format!("the {by} closed its half after {lasted}; the {other} {acked}")
        }
        Outcome::Reset(by) => reset(conversation, by),
        Outcome::GaveUp => {
            format!("the client reset its own attempt after {lasted} without an answer")
        }
        Outcome::Refused => format!(
            "refused: {} answered the SYN with RST; nothing listens on port {}, or a firewall rejects it",
            server.address, server.port
        ),
        Outcome::NoAnswer => no_answer(conversation),
        Outcome::Unreachable => String::new(),
        Outcome::WrongAnswer => {
            let isn = tcp.side(Side::Client).isn.unwrap_or(0);
            let (packet, ack) = tcp.wrong_syn_ack.unwrap_or_default();
            format!(
                "the SYN-ACK (packet {packet}) acknowledges {ack}, but the client's ISN + 1 is {}: the answer to another connection",
                isn.wrapping_add(1)
            )
        }
        Outcome::HalfOpen => format!(
            "half open: {} answered, but the client never acknowledged it (or that was not captured)",
            server.address
        ),
        Outcome::Open if !ended => format!("open, {lasted} so far"),
        Outcome::Ongoing if !ended => {
            format!("began before the capture; {lasted} of it so far")
        }
        Outcome::Open => format!("still open at the end of the capture, after {lasted}"),
        Outcome::Ongoing => {
            format!("began before the capture and goes on after it; {lasted} of it were captured")
        }
        Outcome::Exchange => format!(
            "{} asked and {} answered, {lasted} in all",
            datagrams(conversation.side(Side::Client)),
            datagrams(conversation.side(Side::Server)),
        ),
        Outcome::OneWay => format!(
            "{} from {} and none back",
            datagrams(conversation.side(Side::Client)),
            client.address
        ),
    }
}

fn closed(conversation: &Conversation, by: Side) -> String {
    let tcp = &conversation.tcp;
    let lasted = duration(conversation.duration_ns());
    let end = match tcp.reset {
        Some((by, packet)) => {
            format!("; the {} sent RST afterwards (packet {packet})", by.name())
        }
        None => String::new(),
    };
    let half = match tcp.side(by.other()).after_peer_fin {
        0 => String::new(),
        more => format!(
            "; the {} sent {} B more before it closed too, {} later",
            by.other().name(),
            bytes(more),
            duration(tcp.between_fins_ns().unwrap_or(0))
        ),
    };
    let by = by.name();
    format!("closed normally, by the {by} first, after {lasted}{half}{end}")
}

fn reset(conversation: &Conversation, by: Side) -> String {
    let PerSide { client, server } = conversation.sides.map(|side| side.payload);
    let after = match client + server {
        0 => "before any data".to_owned(),
        _ => format!(
            "after {} B from the client and {} B from the server",
            bytes(client),
            bytes(server)
        ),
    };
    let packet = conversation.tcp.reset.map_or(0, |(_, packet)| packet);
    let lasted = duration(conversation.duration_ns());
    format!(
        "reset by the {} {after} (packet {packet}), {lasted} in",
        by.name()
    )
}

fn no_answer(conversation: &Conversation) -> String {
    let syns = counted(conversation.tcp.side(Side::Client).syns.into(), "SYN");
    let over = match conversation.packets() {
        0 | 1 => String::new(),
        _ => format!(" over {}", duration(conversation.duration_ns())),
    };
    let nothing = match conversation.side(Side::Server).packets {
        0 => "nothing came back; dropped on the way, or the host is down",
        _ => "nothing came back that answers",
    };
    format!(
        "no answer: {syns}{over} to {} and {nothing}",
        conversation.server
    )
}

fn icmp_report(icmp: &IcmpError) -> String {
    format!(
        "{} reports \"{}\" (ICMP{} {}/{}, packet {})",
        icmp.reporter,
        icmp_words(icmp),
        if icmp.v6 { "v6" } else { "" },
        icmp.kind,
        icmp.code,
        icmp.packet
    )
}

/// What else an operator should know before judging the conversation.
fn remarks(conversation: &Conversation) -> Vec<String> {
    let tcp = &conversation.tcp;
    let handshake = &tcp.handshake;
    let mut remarks = Vec::new();
    if handshake.simultaneous && handshake.syn_ack.is_some() {
        remarks.push("both sides opened it at the same time".to_owned());
    }
    let syns = tcp.side(Side::Client).syns;
    if handshake.syn_ack.is_some() && syns > 1 && !handshake.simultaneous {
        remarks.push(format!(
            "{} were needed to open it",
            counted(syns.into(), "SYN")
        ));
    }
    match conversation.duplicates() {
        0 => {}
        1 => remarks.push("a packet was captured twice".to_owned()),
        more => remarks.push(format!(
            "{} packets were captured twice",
            grouped(more.into())
        )),
    }
    if conversation.protocol == Protocol::Tcp && tcp.completeness & 1 == 0 {
        if tcp.completeness & 2 == 0 && !matches!(outcome(conversation), Outcome::Ongoing) {
            remarks.push("its beginning was not captured".to_owned());
        }
        if conversation.sides.iter().any(|side| side.packets == 0) {
            remarks.push("only one direction was captured".to_owned());
        }
    }
    remarks
}

/// How many datagrams a side sent: those captured twice are one.
fn datagrams(side: &SideCounts) -> String {
    counted((side.packets - side.duplicates).into(), "datagram")
}

/// What an ICMP error says, in the middle of a sentence.
pub fn icmp_words(error: &IcmpError) -> String {
    let name = match error.v6 {
        true => icmpv6_name(error.kind, error.code),
        false => icmp_name(error.kind, error.code),
    };
    let mut letters = name.unwrap_or("error").chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    first.chain(letters).collect()
}
