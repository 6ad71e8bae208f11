//! A row in plain sentences, and what the handshake says about the whole conversation.

use super::{
    Class, Ladder, LadderRow, Message, Run, Step, StepKind,
    label::{RowDetail, Teller},
};
use crate::services;
use crate::{
    format::{counted, duration, size},
    lang::{Count, text},
    store::Contents,
    track::{Conversation, Outcome, Protocol, Side, icmp_words, outcome},
};
use dissectors::{AnalysisFlags, OsiLayer, PerSide, ZeroWindow};

/// One half of the round trip must be longer than the other by this factor before it says where the capture was made.
const MUCH_LONGER: i64 = 5;

/// Halves shorter than this say nothing: they are the time that programs take.
const WORTH_SAYING_NS: i64 = 1_000_000;

/// What both sides agreed on, or what one of them offered; none for UDP.
pub fn agreed(conversation: &Conversation) -> Option<String> {
    if conversation.protocol == Protocol::Udp {
        return None;
    }
    let tcp = &conversation.tcp;
    let PerSide { client, server } = &tcp.sides;
    if client.isn.is_none() && server.isn.is_none() {
        return Some("the handshake was not captured: what was agreed is not known".to_owned());
    }
    if !tcp.both_syns_seen() {
        let by = match client.isn {
            Some(_) => Side::Client,
            None => Side::Server,
        };
        let options = &tcp.side(by).offered;
        let mut parts = Vec::new();
        parts.extend(options.mss.map(|mss| format!("MSS {mss}")));
        parts.extend(
            options
                .window_scale
                .map(|shift| format!("window scale {shift}")),
        );
        parts.extend(options.sack_permitted.then(|| "SACK".to_owned()));
        parts.extend(options.timestamps.then(|| "timestamps".to_owned()));
        let why = match by {
            Side::Client => "no SYN ACK",
            Side::Server => "the SYN was not captured",
        };
        let parts = match parts.is_empty() {
            true => "nothing".to_owned(),
            false => parts.join(" · "),
        };
        return Some(format!("offered by the {}: {parts} ({why})", by.name()));
    }
    let offers = [&client.offered, &server.offered];
    let mut parts = vec![match offers.map(|offer| offer.mss) {
        [Some(c), Some(s)] if c == s => format!("MSS {c}"),
        [None, None] => "no MSS".to_owned(),
        [c, s] => {
            let said = |mss: Option<u16>| mss.map_or("none".to_owned(), |mss| mss.to_string());
            format!("MSS client {}, server {}", said(c), said(s))
        }
    }];
    parts.push(match offers.map(|offer| offer.window_scale) {
        [Some(c), Some(s)] => format!("window scale {c}/{s}"),
        [Some(_), None] => "window scale off: the SYN ACK lacks it".to_owned(),
        [None, Some(_)] => "window scale off: the SYN lacks it".to_owned(),
        [None, None] => "window scale off".to_owned(),
    });
    let switch = |name: &str, on: bool, one: bool| match (on, one) {
        (true, _) => name.to_owned(),
        (false, true) => format!("{name} off: only one side offers it"),
        (false, false) => format!("{name} off"),
    };
    let one = |has: fn(&crate::track::Offered) -> bool| offers.iter().any(|o| has(o));
    parts.push(switch("SACK", tcp.sack(), one(|o| o.sack_permitted)));
    parts.push(switch(
        "timestamps",
        tcp.timestamps(),
        one(|o| o.timestamps),
    ));
    parts.push(switch("ECN", tcp.ecn(), false));
    if tcp.handshake.syn_data > 0 {
        parts.push("Fast Open".to_owned());
    }
    if offers.iter().all(|offer| offer.mptcp) {
        parts.push("Multipath TCP".to_owned());
    }
    Some(format!("agreed: {}", parts.join(" · ")))
}

/// Where the capture was made, if the two halves of the handshake tell.
pub fn place(conversation: &Conversation) -> Option<String> {
    let handshake = &conversation.tcp.handshake;
    let to_server = handshake.syn_to_syn_ack_ns()?;
    let to_client = handshake.syn_ack_to_ack_ns()?;
    if handshake.simultaneous || to_server < 0 || to_client < 0 {
        return None;
    }
    let (near, far) = match (to_server, to_client) {
        (s, c) if s >= WORTH_SAYING_NS && s / MUCH_LONGER > c => ("client", "server"),
        (s, c) if c >= WORTH_SAYING_NS && c / MUCH_LONGER > s => ("server", "client"),
        _ => return None,
    };
    let [long, short] = match near {
        "client" => [to_server, to_client],
        _ => [to_client, to_server],
    };
    Some(format!(
        "captured near the {near} ({} to the {far}, {} to the {near})",
        duration(long),
        duration(short)
    ))
}

impl Ladder {
    /// A row in plain sentences, and the layer and protocol that they are about.
    pub fn explain(
        &self,
        contents: &Contents,
        row: LadderRow,
        said: &RowDetail,
        absolute: bool,
    ) -> Option<(String, String)> {
        let teller = self.teller(contents, absolute)?;
        let first = self.first_of(row)?;
        let text = match row {
            LadderRow::Run(at) => teller.explain_run(self.runs.get(at)?, said),
            LadderRow::Step(..) => teller.explain_step(first, said),
        };
        let above =
            matches!(first.kind, StepKind::Data | StepKind::Datagram) && said.info.is_some();
        let tag = match (first.kind, teller.conversation.protocol) {
            (StepKind::Icmp, _) => {
                let v6 = teller
                    .conversation
                    .icmp
                    .as_ref()
                    .is_some_and(|icmp| icmp.v6);
                format!("L3 network · ICMP{}", if v6 { "v6" } else { "" })
            }
            (_, protocol) => {
                let transport = || format!("L4 transport · {}", protocol.name().to_uppercase());
                match services::name(teller.conversation) {
                    name if above && !name.is_empty() => layer(OsiLayer::Application, name),
                    _ => transport(),
                }
            }
        };
        Some((text, tag))
    }
}

fn layer(layer: OsiLayer, name: &str) -> String {
    format!("L{} {} · {name}", layer.number(), layer.osi())
}

/// What the sentences about a segment are made of.
struct Telling {
    /// `#7 ACK.`
    head: String,
    /// `client` or `server`: who sent it.
    from: &'static str,
    /// The other side.
    to: &'static str,
    /// Who sent it, with the address.
    who: String,
    /// The number that acknowledges it.
    next: u32,
    /// The number that it acknowledges.
    acked: u32,
    /// What the analysis says of it.
    marks: String,
}

impl Teller<'_> {
    /// `The client 10.0.0.2`.
    fn who(&self, direction: Side) -> String {
        let address = self.conversation.endpoint(direction).address;
        format!("the {} {address}", direction.name())
    }

    fn explain_run(&self, run: &Run, said: &RowDetail) -> String {
        let Some([first, last]) = self.ladder.ends(run) else {
            return String::new();
        };
        let head = format!("#{} to #{}.", first.packet, last.packet);
        let over = self.between(first.packet, last.packet);
        let from = first.from.name();
        let unfold = if run.unfolded {
            "Left folds"
        } else {
            "Enter unfolds"
        };
        let what = match run.class {
            Class::Alive => format!(
                "The connection is idle: the {from} sends keep-alives, which repeat a byte that was acknowledged \
                 before, to check that the other side is still there; over {over}."
            ),
            Class::Stalled => format!(
                "The receiver's buffer is full: its window is 0 and nothing may be sent. The other side keeps asking \
                 whether that is still so; it went on for {over}."
            ),
            Class::Acks => format!(
                "{} without data within {over}.",
                counted(run.acks.into(), "acknowledgment")
            ),
            _ => {
                let mut text = format!(
                    "The {from} sends {} in {} within {over}",
                    size(run.bytes),
                    text!("count-segments", count = Count(run.segments.into()))
                );
                if run.acks > 0 {
                    text.push_str(&format!(
                        "; {} without data in between",
                        counted(run.acks.into(), "ACK")
                    ));
                }
                text.push('.');
                match (said.info, &said.message) {
                    (Some(info), Some(message)) => text.push_str(&told(info, message)),
                    (Some(info), None) => text.push_str(&format!(" It begins with: {info}.")),
                    (None, _) => {}
                }
                let mut odd = Vec::new();
                if run.retransmissions > 0 {
                    odd.push(counted(run.retransmissions.into(), "retransmission"));
                }
                if run.out_of_order > 0 {
                    let segments = text!("count-segments", count = Count(run.out_of_order.into()));
                    odd.push(format!("{segments} out of order"));
                }
                if run.gaps > 0 {
                    let times = counted(run.gaps.into(), "time");
                    odd.push(format!("previous segment not captured {times}"));
                }
                if run.duplicate_acks > 0 {
                    odd.push(counted(run.duplicate_acks.into(), "duplicate ACK"));
                }
                if !odd.is_empty() {
                    text.push_str(&format!(" {}.", odd.join(", ")));
                }
                text
            }
        };
        format!("{head} {what} {unfold} it.")
    }

    fn explain_step(&self, step: &Step, said: &RowDetail) -> String {
        let told = Telling {
            head: format!("#{} {}.", step.packet, super::label::flags(step.flags)),
            from: step.from.name(),
            to: step.from.other().name(),
            who: self.who(step.from),
            next: self.number(step.from, step.end()),
            acked: self.number(step.from.other(), step.ack),
            marks: self.explain_marks(step, &said.analysis),
        };
        match step.kind {
            StepKind::NotCaptured | StepKind::Evicted | StepKind::Duplicate | StepKind::Unread => {
                self.explain_capture(step)
            }
            StepKind::Icmp => self.explain_icmp(step),
            StepKind::Datagram => {
                let says = said
                    .info
                    .map_or(String::new(), |info| format!(" It says: {info}."));
                format!(
                    "#{}. {} sends a datagram of {}.{says} UDP has no handshake and no acknowledgment: only an \
                     answer shows that it arrived.",
                    step.packet,
                    capital(&told.who),
                    size(step.payload.into())
                )
            }
            StepKind::Syn => self.explain_syn(step, &told.head),
            StepKind::SynAck => self.explain_syn_ack(step, &told.head),
            StepKind::HandshakeAck => self.explain_handshake_ack(step, &told),
            StepKind::Data => self.explain_data(step, said, &told),
            StepKind::ZeroWindow | StepKind::Probe | StepKind::ProbeAck | StepKind::Opened => {
                self.explain_window(step, said, &told)
            }
            StepKind::KeepAlive | StepKind::KeepAliveAck | StepKind::Ack => {
                self.explain_ack(step, said, &told)
            }
            StepKind::Fin | StepKind::FinAck => self.explain_fin(step, &told),
            StepKind::Rst => self.explain_rst(step, &told),
        }
    }

    /// What the capture itself has to say: packets that are missing, or that came twice.
    fn explain_capture(&self, step: &Step) -> String {
        match step.kind {
            StepKind::NotCaptured => "The capture began when this connection was already open. Its SYNs are missing, so \
                the initial sequence numbers, the window scale and the other options are not known; relative numbers \
                count from the first packet that was captured, and who is the client is a guess from the ports."
                .to_owned(),
            StepKind::Evicted => format!(
                "{} of this conversation came before and were evicted, as --keep demands. Its state still follows \
                 from all of its packets; only the packets below can be examined.",
                text!("count-packets", count = Count(self.conversation.evicted.into()))
            ),
            StepKind::Duplicate => format!(
                "#{} is an earlier packet captured a second time, as a mirror port or several interfaces do it: it is not \
                 a retransmission.",
                step.packet
            ),
            _ => format!(
                "#{} belongs to this conversation, but its bytes could not be read from the capture again.",
                step.packet
            ),
        }
    }

    fn explain_handshake_ack(&self, step: &Step, told: &Telling) -> String {
        let Telling {
            head,
            who,
            to,
            marks,
            ..
        } = told;
        let isn = self.conversation.tcp.side(step.from.other()).isn;
        let sum = match isn {
            Some(isn) if isn.wrapping_add(1) == step.ack => format!(", the {to}'s ISN + 1"),
            _ => String::new(),
        };
        let rtt = self.conversation.tcp.handshake.rtt_ns();
        let took = rtt.map_or(String::new(), |rtt| {
            format!(", {} after the SYN", duration(rtt))
        });
        format!(
            "{head} {} acknowledges {}{sum}. Each side now knows that the other receives what it sends: the connection is \
             open{took}.{marks}",
            capital(who),
            step.ack
        )
    }

    fn explain_data(&self, step: &Step, said: &RowDetail, told: &Telling) -> String {
        let Telling {
            head,
            who,
            to,
            next,
            acked,
            marks,
            ..
        } = told;
        let mut text = format!(
            "{head}{marks} {} sends {}, bytes {} to {} of its stream; who has them all acknowledges {next}.",
            capital(who),
            size(step.payload.into()),
            self.number(step.from, step.seq),
            next.wrapping_sub(1)
        );
        if marks.is_empty() && step.flags.ack() {
            let also = format!(" It also acknowledges the {to}'s bytes before {acked}.");
            text.push_str(&also);
        }
        if let Some(info) = said.info {
            text.push_str(&format!(" This says: {info}."));
        }
        text
    }

    /// A window that closes, is asked for, and opens again: RFC 9293, section 3.8.6.1.
    fn explain_window(&self, step: &Step, said: &RowDetail, told: &Telling) -> String {
        let Telling {
            head,
            who,
            to,
            acked,
            marks,
            ..
        } = told;
        let zero_window = said.analysis.zero_window;
        match step.kind {
            StepKind::ZeroWindow => format!(
                "{head} {} has everything before {acked}, but its buffer is full: a window of 0 says that nothing may \
                 be sent until it says otherwise.{marks}",
                capital(who)
            ),
            StepKind::Probe => {
                let keep_alive = if step.analysis.any(AnalysisFlags::KEEP_ALIVE) {
                    " Like a keep-alive it carries no new byte."
                } else {
                    ""
                };
                let closed = match zero_window {
                    Some(ZeroWindow::Probe(packet)) => format!(" (#{packet} closed it)"),
                    _ => String::new(),
                };
                format!(
                    "{head} A window probe: {who} asks whether the {to}'s window is still 0{closed}, so that an \
                     answer that was lost does not stop the connection for ever.{keep_alive}{marks}"
                )
            }
            StepKind::ProbeAck => {
                let probe = match zero_window {
                    Some(ZeroWindow::ProbeAck(packet)) => format!(" #{packet}"),
                    _ => String::new(),
                };
                format!(
                    "{head} {} answers the window probe{probe}: its window is still 0. It has everything before \
                     {acked}.{marks}",
                    capital(who)
                )
            }
            _ => {
                let closed = match zero_window {
                    Some(ZeroWindow::Reopened(packet)) => {
                        let after = self.between(packet.get(), step.packet);
                        format!(", {after} after #{packet} closed it")
                    }
                    _ => String::new(),
                };
                format!(
                    "{head} {} has room again{closed}: its window is {}, so the {to} goes on from {acked}.{marks}",
                    capital(who),
                    size(self.window(step))
                )
            }
        }
    }

    fn explain_ack(&self, step: &Step, said: &RowDetail, told: &Telling) -> String {
        let Telling {
            head,
            who,
            to,
            acked,
            marks,
            ..
        } = told;
        match step.kind {
            StepKind::KeepAlive => format!(
                "{head} A keep-alive: {who} repeats an old sequence number ({}) just to be answered, so as to know \
                 that the {to} is still there.{marks}",
                self.number(step.from, step.seq)
            ),
            StepKind::KeepAliveAck => format!(
                "{head} {} answers the keep-alive: it is still there and still waits for {acked}.{marks}",
                capital(who)
            ),
            _ if step.analysis.any(AnalysisFlags::DUPLICATE_ACK) => {
                let first = match said.analysis.duplicate_ack {
                    Some((times, first)) => format!(", number {times} after #{first}"),
                    None => String::new(),
                };
                let sack = match said.analysis.selectively_acked {
                    0 => String::new(),
                    bytes => format!(
                        " SACK blocks say that it has {} behind that.",
                        size(bytes.into())
                    ),
                };
                format!(
                    "{head} A duplicate ACK{first}: {who} still waits for {acked}. Something has come that does not \
                     follow, or had come before; three of these tell the {to} to send {acked} again at once.{sack}{marks}"
                )
            }
            _ => format!(
                "{head} {} has the {to}'s bytes before {acked} and waits for {acked}; there is room for {}.{marks}",
                capital(who),
                size(self.window(step))
            ),
        }
    }

    fn explain_fin(&self, step: &Step, told: &Telling) -> String {
        let Telling {
            head,
            from,
            to,
            who,
            next,
            acked,
            marks,
        } = told;
        if step.kind == StepKind::FinAck {
            let more = self.conversation.tcp.side(step.from).after_peer_fin;
            let half = match more {
                0 => String::new(),
                more => format!(
                    " The connection is half closed: the {from} may still send, and sends {} more.",
                    size(more)
                ),
            };
            return format!(
                "{head} {} acknowledges the {to}'s FIN, which counts as one byte: {acked} is one more than its \
                 sequence number.{half}{marks}",
                capital(who)
            );
        }
        let seq = self.number(step.from, step.seq.wrapping_add(step.payload));
        let again = if step.repeats_fin(self.conversation) {
            " It said so before, but no answer came."
        } else {
            marks
        };
        let both = if step.acks_fin(self.conversation) {
            format!(" It also acknowledges the {to}'s FIN.")
        } else {
            String::new()
        };
        format!(
            "{head} {} has nothing more to send. The FIN has sequence number {seq} and counts as one byte, so {next} \
             acknowledges it. The other direction stays open until the {to} sends a FIN too.{both}{again}",
            capital(who)
        )
    }

    fn explain_rst(&self, step: &Step, told: &Telling) -> String {
        let Telling { head, who, to, .. } = told;
        match outcome(self.conversation) {
            Outcome::Refused => format!(
                "{head} {} refuses: nothing listens on its port {}, or a firewall answers in its place. The attempt is \
                 over.",
                capital(who),
                self.conversation.endpoint(step.from).port
            ),
            _ => format!(
                "{head} {} breaks the connection off at once: what was not delivered yet is thrown away, and the {to} \
                 must not answer.",
                capital(who)
            ),
        }
    }

    fn explain_syn(&self, step: &Step, head: &str) -> String {
        let who = capital(&self.who(step.from));
        let to = self.conversation.endpoint(step.from.other());
        if step.is_retransmission() {
            let before = self.earlier(step, |other| {
                other.kind == StepKind::Syn && other.from == step.from
            });
            let after = before.map_or(String::new(), |before| {
                format!(" after {}", self.between(before.packet, step.packet))
            });
            return format!(
                "{head} {who} has had no answer{after} and asks again with the same ISN {}. It doubles the wait each \
                 time before it gives up.",
                step.seq
            );
        }
        if step.from == Side::Server {
            return format!(
                "{head} {who} asks to open the connection too, before it has seen the other SYN: a simultaneous open. \
                 Its ISN is {}; each side now answers the other's SYN.",
                step.seq
            );
        }
        let data = match step.payload {
            0 => String::new(),
            more => format!(
                " It carries {} of data already (TCP Fast Open).",
                size(more.into())
            ),
        };
        format!(
            "{head} {who} asks to open a connection to port {}. Its first sequence number (ISN) is {}; the SYN itself \
             counts as one byte, so a correct answer acknowledges {}.{data}",
            to.port,
            step.seq,
            step.seq.wrapping_add(1)
        )
    }

    fn explain_syn_ack(&self, step: &Step, head: &str) -> String {
        let who = capital(&self.who(step.from));
        let to = step.from.other().name();
        let isn = self.conversation.tcp.side(step.from.other()).isn;
        if step.is_wrong_answer(self.conversation) {
            let expected = isn.map_or(0, |isn| isn.wrapping_add(1));
            return format!(
                "{head} {who} acknowledges {}, but the {to}'s ISN + 1 is {expected}: this answers another connection. \
                 The {to} will reset it or wait for the right answer.",
                step.ack
            );
        }
        if step.is_retransmission() && self.conversation.tcp.handshake.simultaneous {
            return format!(
                "{head} {who} repeats its SYN with the same ISN {}, and answers the {to}'s SYN: it acknowledges {}.",
                step.seq, step.ack
            );
        }
        if step.is_retransmission() {
            return format!(
                "{head} {who} sends its SYN ACK again with the same ISN {}: the ACK that ends the handshake has not \
                 reached it.",
                step.seq
            );
        }
        let sum = match isn {
            Some(_) => format!("{}, the {to}'s ISN + 1, so it answers that SYN", step.ack),
            None => format!("{}; the SYN was not captured", step.ack),
        };
        let took = match self.conversation.tcp.handshake.syn_to_syn_ack_ns() {
            Some(ns) => format!(" {} passed since the SYN.", duration(ns)),
            None => String::new(),
        };
        format!(
            "{head} {who} agrees and opens its own direction: its ISN is {}. It acknowledges {sum}.{took}",
            step.seq
        )
    }

    fn explain_icmp(&self, step: &Step) -> String {
        let Some(icmp) = &self.conversation.icmp else {
            return String::new();
        };
        let conversation = self.conversation;
        let who = match icmp.reporter {
            it if it == conversation.server.address => format!("The server {it} itself"),
            it if it == conversation.client.address => format!("The client {it} itself"),
            it => format!("{it}, which stands on the way,"),
        };
        let v6 = if icmp.v6 { "v6" } else { "" };
        let more = match conversation.errors() {
            0 | 1 => String::new(),
            all => format!(" It is the first of {all} such reports."),
        };
        format!(
            "#{} ICMP{v6} type {}, code {}. {who} reports \"{}\" and quotes a packet of this conversation, which is \
             how it is known to belong here.{more}",
            step.packet,
            icmp.kind,
            icmp.code,
            icmp_words(icmp)
        )
    }
}

/// What a message says, and whether all of it is there.
fn told(info: &str, message: &Message) -> String {
    let all = format!(
        "{} in {}",
        size(message.bytes),
        text!("count-segments", count = Count(message.segments as u64))
    );
    let mut text = match (message.begins, message.ends) {
        (true, true) => format!(" This says: {info}."),
        (false, true) => format!(" It is the end of a message of {all}: {info}."),
        (true, false) => format!(
            " It begins a message of {all} that #{} completes: {info}.",
            message.packet
        ),
        (false, false) => format!(
            " It is part of a message of {all} that #{} completes: {info}.",
            message.packet
        ),
    };
    if message.missing > 0 {
        let missing = text!("count-bytes", count = Count(message.missing.into()));
        text.push_str(&format!(" The capture lacks {missing} of it."));
    }
    if !message.complete {
        text.push_str(" It was broken off: more was to come.");
    }
    text
}

/// With a capital letter.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
