//! What became of a conversation, in words.

use super::{Conversation, Direction, IcmpError, Protocol, Side};
use crate::words::{bytes, counted, duration, grouped};

/// What became of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Both sides sent FIN; who was first.
    Closed(Direction),
    /// Only this side sent FIN.
    HalfClosed(Direction),
    /// RST by this side after the connection was established.
    Reset(Direction),
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
            Outcome::Closed(Direction::FromClient) => "closed",
            Outcome::Closed(Direction::FromServer) => "closed by server",
            Outcome::HalfClosed(Direction::FromClient) => "client closed",
            Outcome::HalfClosed(Direction::FromServer) => "server closed",
            Outcome::Reset(Direction::FromClient) => "reset by client",
            Outcome::Reset(Direction::FromServer) => "reset by server",
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
    let [client_sent, server_sent] = conversation.sides.map(|side| side.packets > 0);
    if conversation.protocol == Protocol::Udp {
        return match (client_sent && server_sent, &conversation.icmp) {
            (true, _) => Outcome::Exchange,
            (false, Some(_)) => Outcome::Unreachable,
            (false, None) => Outcome::OneWay,
        };
    }
    let tcp = &conversation.tcp;
    let [client, server] = &tcp.sides;
    let syn_only = client.syns > 0 && tcp.completeness & 2 == 0;
    let established = tcp.handshake.ack.is_some() || tcp.completeness & 8 != 0;
    if tcp.wrong_syn_ack.is_some() && tcp.handshake.syn_ack.is_none() {
        return Outcome::WrongAnswer;
    }
    if let Some((by, _)) = tcp.reset {
        return match by {
            Direction::FromServer if syn_only && !established => Outcome::Refused,
            Direction::FromClient if syn_only && !server_sent => Outcome::GaveUp,
            by if both_fins_before_reset(conversation) => {
                Outcome::Closed(first_fin(conversation).unwrap_or(by))
            }
            by => Outcome::Reset(by),
        };
    }
    match (client.fin, server.fin) {
        (Some(_), Some(_)) => {
            Outcome::Closed(first_fin(conversation).unwrap_or(Direction::FromClient))
        }
        (Some(_), None) => Outcome::HalfClosed(Direction::FromClient),
        (None, Some(_)) => Outcome::HalfClosed(Direction::FromServer),
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

fn first_fin(conversation: &Conversation) -> Option<Direction> {
    let [client, server] = &conversation.tcp.sides;
    match (client.fin, server.fin) {
        (Some(c), Some(s)) if s < c => Some(Direction::FromServer),
        (Some(_), _) => Some(Direction::FromClient),
        (None, Some(_)) => Some(Direction::FromServer),
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
    let lasted = duration(conversation.duration_ns());
    let tcp = &conversation.tcp;
    let (client, server) = (conversation.client, conversation.server);
    let mut text = match outcome(conversation) {
        Outcome::Closed(by) => {
            let end = match tcp.reset {
                Some((by, packet)) => {
                    format!("; the {} sent RST afterwards (packet {packet})", by.name())
                }
                None => String::new(),
            };
            let half = match tcp.side(by.reverse()).after_peer_fin {
                0 => String::new(),
                more => format!(
                    "; the {} sent {} B more before it closed too, {} later",
                    by.reverse().name(),
                    bytes(more),
                    duration(tcp.between_fins_ns().unwrap_or(0))
                ),
            };
            format!(
                "closed normally, by the {} first, after {lasted}{half}{end}",
                by.name()
            )
        }
        Outcome::HalfClosed(by) => {
            let acked = match tcp.side(by).fin_acked {
                Some(_) => "acknowledged its FIN but never sent its own",
                None => "never acknowledged its FIN",
            };
            format!(
                "the {} closed its half after {lasted}; the {} {acked}",
                by.name(),
                by.reverse().name()
            )
        }
        Outcome::Reset(by) => {
            let [c, s] = &conversation.sides;
            let after = match c.payload + s.payload {
                0 => "before any data".to_owned(),
                _ => format!(
                    "after {} B from the client and {} B from the server",
                    bytes(c.payload),
                    bytes(s.payload)
                ),
            };
            let packet = tcp.reset.map_or(0, |(_, packet)| packet);
            format!(
                "reset by the {} {after} (packet {packet}), {lasted} in",
                by.name()
            )
        }
        Outcome::GaveUp => {
            format!("the client reset its own attempt after {lasted} without an answer")
        }
        Outcome::Refused => format!(
            "refused: {} answered the SYN with RST; nothing listens on port {}, or a firewall rejects it",
            server.address, server.port
        ),
        Outcome::NoAnswer => {
            let syns = counted(tcp.side(Direction::FromClient).syns.into(), "SYN");
            let over = if conversation.packets() > 1 {
                format!(" over {lasted}")
            } else {
                String::new()
            };
            let nothing = match conversation.side(Direction::FromServer).packets {
                0 => "nothing came back; dropped on the way, or the host is down",
                _ => "nothing came back that answers",
            };
            format!("no answer: {syns}{over} to {server} and {nothing}")
        }
        Outcome::Unreachable => String::new(),
        Outcome::WrongAnswer => {
            let isn = tcp.side(Direction::FromClient).isn.unwrap_or(0);
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
            datagrams(conversation.side(Direction::FromClient)),
            datagrams(conversation.side(Direction::FromServer)),
        ),
        Outcome::OneWay => format!(
            "{} from {} and none back",
            datagrams(conversation.side(Direction::FromClient)),
            client.address
        ),
    };
    if let Some(icmp) = &conversation.icmp {
        let report = format!(
            "{} reports \"{}\" (ICMP{} {}/{}, packet {})",
            icmp.reporter,
            icmp_words(icmp),
            if icmp.v6 { "v6" } else { "" },
            icmp.kind,
            icmp.code,
            icmp.packet
        );
        text = match text.is_empty() {
            true => format!("unreachable: {report}"),
            false => format!("{text}; {report}"),
        };
    }
    if tcp.handshake.simultaneous && tcp.handshake.syn_ack.is_some() {
        text.push_str("; both sides opened it at the same time");
    }
    let syns = tcp.side(Direction::FromClient).syns;
    if tcp.handshake.syn_ack.is_some() && syns > 1 && !tcp.handshake.simultaneous {
        text.push_str(&format!(
            "; {} were needed to open it",
            counted(syns.into(), "SYN")
        ));
    }
    match conversation.duplicates() {
        0 => {}
        1 => text.push_str("; a packet was captured twice"),
        more => text.push_str(&format!(
            "; {} packets were captured twice",
            grouped(more.into())
        )),
    }
    let seen = |direction| conversation.side(direction).packets > 0;
    if conversation.protocol == Protocol::Tcp && tcp.completeness & 1 == 0 {
        if tcp.completeness & 2 == 0 && !matches!(outcome(conversation), Outcome::Ongoing) {
            text.push_str("; its beginning was not captured");
        }
        if !seen(Direction::FromClient) || !seen(Direction::FromServer) {
            text.push_str("; only one direction was captured");
        }
    }
    text
}

/// How many datagrams a side sent: those captured twice are one.
fn datagrams(side: &Side) -> String {
    counted((side.packets - side.duplicates).into(), "datagram")
}

/// What an ICMP error says: RFC 792, RFC 1812, section 5.2.7.1, RFC 4443, section 3.
pub fn icmp_words(error: &IcmpError) -> &'static str {
    match (error.v6, error.kind, error.code) {
        (false, 3, 0) => "network unreachable",
        (false, 3, 1) => "host unreachable",
        (false, 3, 2) => "protocol unreachable",
        (false, 3, 3) => "port unreachable",
        (false, 3, 4) => "fragmentation needed",
        (false, 3, 5) => "source route failed",
        (false, 3, 6) => "network unknown",
        (false, 3, 7) => "host unknown",
        (false, 3, 9) => "network administratively prohibited",
        (false, 3, 10) => "host administratively prohibited",
        (false, 3, 11) => "network unreachable for this type of service",
        (false, 3, 12) => "host unreachable for this type of service",
        (false, 3, 13) => "administratively prohibited",
        (false, 3, _) => "destination unreachable",
        (false, 4, _) => "source quench",
        (false, 5, _) => "redirect",
        (false, 11, 0) => "time to live exceeded in transit",
        (false, 11, _) => "fragment reassembly time exceeded",
        (false, 12, _) => "parameter problem",
        (true, 1, 0) => "no route to destination",
        (true, 1, 1) => "administratively prohibited",
        (true, 1, 2) => "beyond scope of source address",
        (true, 1, 3) => "address unreachable",
        (true, 1, 4) => "port unreachable",
        (true, 1, 5) => "source address failed policy",
        (true, 1, 6) => "reject route to destination",
        (true, 1, _) => "destination unreachable",
        (true, 2, _) => "packet too big",
        (true, 3, 0) => "hop limit exceeded in transit",
        (true, 3, _) => "fragment reassembly time exceeded",
        (true, 4, _) => "parameter problem",
        _ => "error",
    }
}
