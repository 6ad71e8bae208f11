//! What stands on a row: the arrow's text, its status, and the arithmetic below it.

use super::{
    Class, Ladder, LadderRow, Message, Run, Step, StepKind,
    marks::{marks, trouble},
};
use crate::track::Offered;
use crate::{
    format::{bytes, counted, duration, grouped, size},
    lang::{Count, text},
    store::Contents,
    track::{Conversation, Outcome, Side, icmp_words, outcome},
};
use dissectors::{AnalysisFlags, PerSide, TcpAnalysis, TcpFlags, WindowScale};

/// What a piece of text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What the row is about.
    Strong,
    /// More of it.
    Plain,
    /// As it should be.
    Good,
    /// Worth a look.
    Warning,
    /// It failed.
    Bad,
    /// Part of the handshake.
    Handshake,
}

/// A piece of an arrow's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it says.
    pub text: String,
    /// What it means.
    pub role: Role,
    /// Where there is no room, what has the highest number goes first; 0 stays.
    pub spare: u8,
}

/// A line below an arrow: pieces that may be broken between.
pub type Note = Vec<(String, Role)>;

/// How an arrow is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// One packet.
    One,
    /// Several.
    Many,
    /// A message about the conversation from the other end.
    About,
    /// The same from somewhere between.
    Between,
    /// No packet.
    None,
}

/// What stands on a row and below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// Who sent it.
    pub from: Side,
    /// How the arrow is drawn.
    pub stroke: Stroke,
    /// Its text.
    pub parts: Vec<Part>,
    /// What it does to the connection, or its length.
    pub status: (String, Role),
    /// What is said below it.
    pub notes: Vec<Note>,
}

/// The flags in words.
pub fn flags(flags: TcpFlags) -> String {
    let names: Vec<_> = flags.names().collect();
    match names.is_empty() {
        true => "no flags".to_owned(),
        false => names.join(" "),
    }
}

/// What is known of a row beside its steps.
#[derive(Clone, Copy, Debug, Default)]
pub struct RowDetail<'a> {
    /// What its packet says, or the one that completes its message; fit for the screen.
    pub info: Option<&'a str>,
    /// The message that it is, or is part of.
    pub message: Option<Message>,
    /// The TCP analysis of its packet, where it is one: [`Ladder::analysis`]. The lines below the arrow do without.
    pub analysis: TcpAnalysis,
}

/// Everything that a row's words are made of.
#[derive(Clone, Copy)]
pub(super) struct Teller<'a> {
    pub ladder: &'a Ladder,
    pub contents: &'a Contents,
    pub conversation: &'a Conversation,
    /// Sequence numbers as they are on the wire.
    pub absolute: bool,
}

impl Ladder {
    /// The words of a row.
    pub fn words(
        &self,
        contents: &Contents,
        row: LadderRow,
        said: &RowDetail,
        absolute: bool,
    ) -> Option<Words> {
        let teller = self.teller(contents, absolute)?;
        match row {
            LadderRow::Run(at) => teller.run(self.runs.get(at)?, said),
            LadderRow::Step(at, _) => Some(teller.step(self.steps.get(at)?, said)),
        }
    }

    pub(super) fn teller<'a>(
        &'a self,
        contents: &'a Contents,
        absolute: bool,
    ) -> Option<Teller<'a>> {
        Some(Teller {
            ladder: self,
            contents,
            conversation: contents.tracker.get(self.id)?,
            absolute,
        })
    }
}

pub(super) fn part(text: impl Into<String>, role: Role, spare: u8) -> Part {
    Part {
        text: text.into(),
        role,
        spare,
    }
}

fn plain(text: impl Into<String>) -> (String, Role) {
    (text.into(), Role::Plain)
}

/// `begins: 14 of 31 segments`
fn portion(segments: u32, message: &Message) -> Part {
    let which = match (message.begins, message.ends) {
        (true, _) => "begins",
        (_, true) => "ends",
        _ => "goes on",
    };
    let all = text!("count-segments", count = Count(message.segments as u64));
    part(
        format!("{which}: {} of {all}", grouped(segments.into())),
        Role::Plain,
        2,
    )
}

/// What is wrong with a message.
fn wrong(message: &Message) -> impl Iterator<Item = Part> + use<> {
    let missing = (message.missing > 0).then(|| {
        let missing = text!("count-bytes", count = Count(message.missing.into()));
        part(format!("{missing} missing"), Role::Warning, 1)
    });
    let broken = (!message.complete && message.ends).then(|| part("broken off", Role::Warning, 1));
    missing.into_iter().chain(broken)
}

impl Teller<'_> {
    pub fn time(&self, packet: u32) -> i64 {
        let record = self.contents.packets.get(packet);
        record.map_or(self.conversation.start_ns, |record| record.time_ns)
    }

    /// From one packet to another, in words.
    pub fn between(&self, from: u32, to: u32) -> String {
        duration(self.time(to).saturating_sub(self.time(from)))
    }

    /// A sequence number of this side as it is shown.
    pub fn number(&self, of: Side, number: u32) -> u32 {
        let base = self.conversation.tcp.side(of).base_seq;
        match (self.absolute, base) {
            (false, Some(base)) => number.wrapping_sub(base),
            _ => number,
        }
    }

    /// A window in bytes, where it is known how it is scaled.
    pub fn window(&self, step: &Step) -> u64 {
        let shift = match self.conversation.tcp.window_scale(step.from) {
            WindowScale::Shift(shift) if !step.flags.syn() => shift.min(14),
            _ => 0,
        };
        u64::from(step.window) << shift
    }

    fn seq_ack(&self, step: &Step) -> String {
        let mut text = format!("seq {}", self.number(step.from, step.seq));
        if step.flags.ack() {
            let ack = self.number(step.from.other(), step.ack);
            text.push_str(&format!(" ack {ack}"));
        }
        text
    }

    fn run(&self, run: &Run, said: &RowDetail) -> Option<Words> {
        let [first, last] = self.ladder.ends(run)?;
        let fold = if run.unfolded { '▾' } else { '▸' };
        let acks = counted(run.acks.into(), "ACK");
        let segments = text!("count-segments", count = Count(run.segments.into()));
        let over = self.between(first.packet, last.packet);
        let mut parts = Vec::new();
        let whole = said.message.filter(Message::is_whole);
        let length = whole.map_or(run.bytes, |message| message.bytes);
        let mut status = (format!("{fold} {}", size(length)), Role::Plain);
        match run.class {
            Class::Alive => {
                let probes = run.count.div_ceil(2);
                let answered = self.steps(run).filter(|s| s.kind == StepKind::KeepAliveAck);
                let answered = answered.count() as u64;
                parts.push(part(
                    counted(probes.into(), "keep-alive probe"),
                    Role::Strong,
                    0,
                ));
                parts.push(part(format!("{answered} answered"), Role::Plain, 1));
                parts.push(part(format!("over {over}"), Role::Plain, 2));
                status = (format!("{fold} idle"), Role::Plain);
            }
            Class::Stalled => {
                let probes = self
                    .steps(run)
                    .filter(|s| s.kind == StepKind::Probe)
                    .count() as u64;
                parts.push(part("zero window", Role::Strong, 0));
                parts.push(part(counted(probes, "window probe"), Role::Plain, 1));
                parts.push(part(format!("over {over}"), Role::Plain, 2));
                status = (format!("{fold} stalled"), Role::Warning);
            }
            Class::Acks => {
                parts.push(part(acks, Role::Strong, 0));
                parts.push(part("no data", Role::Plain, 2));
                parts.extend(trouble(run));
                status = (format!("{fold} 0 B"), Role::Plain);
            }
            _ => {
                match said.info {
                    Some(info) => {
                        parts.push(part(info, Role::Strong, 0));
                        match said.message.filter(|message| !message.is_whole()) {
                            Some(message) => parts.push(portion(run.segments, &message)),
                            None if run.segments > 1 => parts.push(part(segments, Role::Plain, 2)),
                            None => {}
                        }
                    }
                    None if run.segments == 1 => {
                        parts.push(part(flags(first.flags), Role::Strong, 0));
                        parts.push(part(self.seq_ack(first), Role::Plain, 3));
                    }
                    None => parts.push(part(segments, Role::Strong, 0)),
                }
                if run.acks > 0 {
                    parts.push(part(format!("+ {acks}"), Role::Plain, 2));
                }
                parts.extend(trouble(run));
                if let Some(message) = &said.message {
                    parts.extend(wrong(message));
                }
            }
        }
        Some(Words {
            from: first.from,
            stroke: Stroke::Many,
            parts,
            status,
            notes: Vec::new(),
        })
    }

    /// The steps of a run. For short ones: it looks at each.
    pub fn steps(&self, run: &Run) -> impl Iterator<Item = &Step> {
        let first = run.first as usize;
        let count = (run.count as usize).min(MAX_COUNTED);
        self.ladder.steps.iter().skip(first).take(count)
    }

    fn step(&self, step: &Step, said: &RowDetail) -> Words {
        let mut words = Words {
            from: step.from,
            stroke: Stroke::One,
            parts: Vec::new(),
            status: (size(step.payload.into()), Role::Plain),
            notes: Vec::new(),
        };
        match step.kind {
            StepKind::NotCaptured => self.not_captured(&mut words),
            StepKind::Evicted => {
                words.stroke = Stroke::None;
                let count = text!(
                    "count-packets",
                    count = Count(self.conversation.evicted.into())
                );
                let were = match self.conversation.evicted {
                    1 => "was",
                    _ => "were",
                };
                let text = format!("{count} before this {were} evicted");
                words.parts = vec![part(text, Role::Strong, 0)];
                words.status = ("before".to_owned(), Role::Plain);
            }
            StepKind::Icmp => self.icmp(&mut words, step),
            StepKind::Unread => {
                words.parts = vec![part("could not be read again", Role::Warning, 0)];
                words.status = (String::new(), Role::Plain);
            }
            StepKind::Duplicate => {
                let head = match step.flags.0 {
                    0 => "the same datagram".to_owned(),
                    _ => flags(step.flags),
                };
                words.parts = vec![
                    part(head, Role::Plain, 0),
                    part("captured twice", Role::Plain, 1),
                ];
                words.status = ("duplicate".to_owned(), Role::Plain);
            }
            StepKind::Datagram => {
                let text = said.info.unwrap_or("data");
                words.parts = vec![part(text, Role::Strong, 0)];
            }
            _ => self.segment(&mut words, step, said),
        }
        words
    }

    fn not_captured(&self, words: &mut Words) {
        words.stroke = Stroke::None;
        words.parts = vec![
            part("the handshake was not captured", Role::Strong, 0),
            part("seq counts from here", Role::Plain, 1),
        ];
        words.status = ("before".to_owned(), Role::Plain);
    }

    fn icmp(&self, words: &mut Words, step: &Step) {
        let Some(icmp) = &self.conversation.icmp else {
            return;
        };
        let v6 = if icmp.v6 { "v6" } else { "" };
        let ends = [self.conversation.client, self.conversation.server];
        let own = ends.iter().any(|end| end.address == icmp.reporter);
        words.stroke = if own { Stroke::About } else { Stroke::Between };
        words.parts = vec![
            part(format!("ICMP{v6} {}", icmp_words(icmp)), Role::Bad, 0),
            part(icmp.reporter.to_string(), Role::Plain, 1),
        ];
        words.status = (format!("✗ ICMP {}/{}", icmp.kind, icmp.code), Role::Bad);
        let who = if own {
            format!("{} itself", step.from.name())
        } else {
            "a router on the way".to_owned()
        };
        words.notes.push(vec![
            plain(format!("reported by {}, {who}", icmp.reporter)),
            plain(match icmp_errors(self.conversation.errors()) {
                0 => "it quotes a packet of this conversation".to_owned(),
                more => format!("and {} like it", counted(more, "more")),
            }),
        ]);
    }

    fn segment(&self, words: &mut Words, step: &Step, said: &RowDetail) {
        let flags = flags(step.flags);
        let seq_ack = self.seq_ack(step);
        let carries = step.payload > 0;
        match (step.kind, said.info) {
            (StepKind::Data | StepKind::Probe, Some(info)) => {
                words.parts.push(part(info, Role::Strong, 0));
                let message = said.message.filter(|message| !message.is_whole());
                words
                    .parts
                    .extend(message.map(|message| portion(1, &message)));
                words.parts.push(part(flags, Role::Plain, BESIDE_WORDS + 1));
                words.parts.push(part(seq_ack, Role::Plain, BESIDE_WORDS));
            }
            (_, info) => {
                words.parts.push(part(flags, Role::Strong, 0));
                words.parts.push(part(seq_ack, Role::Plain, 2));
                if let Some(info) = info.filter(|_| carries) {
                    words.parts.push(part(info, Role::Strong, 1));
                }
            }
        }
        words.parts.extend(marks(step, &said.analysis));
        if matches!(
            step.kind,
            StepKind::Data | StepKind::HandshakeAck | StepKind::Fin
        ) {
            words.parts.extend(said.message.iter().flat_map(wrong));
        }
        match step.kind {
            StepKind::Syn => self.syn(words, step),
            StepKind::SynAck => self.syn_ack(words, step),
            StepKind::HandshakeAck => self.handshake_ack(words, step),
            StepKind::Fin => self.fin(words, step),
            StepKind::FinAck => {
                words.status = self.after_fin_ack(step);
                self.acks_fin(words, step);
            }
            StepKind::Rst => self.rst(words, step),
            StepKind::ZeroWindow | StepKind::ProbeAck => {
                words.status = ("win 0".to_owned(), Role::Warning);
            }
            StepKind::Probe | StepKind::KeepAlive => {
                words.status = ("asks".to_owned(), Role::Plain)
            }
            StepKind::KeepAliveAck => words.status = ("answers".to_owned(), Role::Plain),
            StepKind::Opened => {
                words.status = (format!("win {}", bytes(self.window(step))), Role::Good);
                words.notes.push(vec![plain(format!(
                    "the {} takes data again: {} fit",
                    step.from.name(),
                    size(self.window(step))
                ))]);
            }
            StepKind::Ack if step.analysis.any(AnalysisFlags::WINDOW_UPDATE) => {
                words.status = (format!("win {}", bytes(self.window(step))), Role::Plain);
            }
            StepKind::Ack => words.status = ("ACK".to_owned(), Role::Plain),
            _ => {}
        }
        if step.kind == StepKind::Data && step.acks_fin(self.conversation) {
            self.acks_fin(words, step);
        }
    }

    fn syn(&self, words: &mut Words, step: &Step) {
        let tcp = &self.conversation.tcp;
        let side = tcp.side(step.from);
        let crossing = tcp.handshake.simultaneous;
        let step_words = match (crossing, step.from) {
            (true, Side::Client) => "① 1/4",
            (true, Side::Server) => "② 2/4",
            _ => "① 1/3",
        };
        words.status = (step_words.to_owned(), Role::Handshake);
        if step.is_retransmission() {
            words.status = ("① again".to_owned(), Role::Warning);
            let after = self
                .earlier(step, |other| {
                    other.kind == StepKind::Syn && other.from == step.from
                })
                .map(|before| self.between(before.packet, step.packet))
                .unwrap_or_default();
            words.notes.push(vec![(
                format!("SYN again, {after} later: no answer yet"),
                Role::Warning,
            )]);
            return;
        }
        let mut note = vec![
            plain(format!("ISN {}", step.seq)),
            plain(format!("win {}", step.window)),
        ];
        offered(&mut note, &side.offered, side.ecn);
        if step.payload > 0 {
            note.push((
                format!("{} of data already", size(step.payload.into())),
                Role::Handshake,
            ));
        }
        words.notes.push(note);
        if crossing && step.from == Side::Server {
            words.notes.push(vec![plain(
                "both sides asked at the same time: a simultaneous open",
            )]);
        }
        let earlier = self.conversation.reuses;
        if let Some(earlier) = earlier.and_then(|id| self.contents.tracker.get(id))
            && step.packet == self.conversation.first_packet
        {
            words.notes.push(vec![plain(format!(
                "these ports were used before: {}",
                earlier.id()
            ))]);
        }
    }

    fn syn_ack(&self, words: &mut Words, step: &Step) {
        let tcp = &self.conversation.tcp;
        let side = tcp.side(step.from);
        let peer = step.from.other();
        // In a simultaneous open it repeats its sender's SYN, and says something new.
        let again = step.is_retransmission() && !tcp.handshake.simultaneous;
        words.status = match (tcp.handshake.simultaneous, step.from) {
            _ if step.is_wrong_answer(self.conversation) => ("✗ wrong ack".to_owned(), Role::Bad),
            _ if again => ("② again".to_owned(), Role::Warning),
            (true, Side::Client) => ("③ 3/4".to_owned(), Role::Handshake),
            (true, Side::Server) => ("④ open".to_owned(), Role::Handshake),
            _ => ("② 2/3".to_owned(), Role::Handshake),
        };
        let data = match step.from {
            Side::Server => tcp.handshake.syn_data,
            Side::Client => 0,
        };
        words.notes.push(vec![self.checked(peer, step.ack, data)]);
        if again {
            words.notes.push(vec![(
                "SYN ACK again: its ACK has not come".to_owned(),
                Role::Warning,
            )]);
            return;
        }
        // In a simultaneous open its own SYN has said this already.
        if !(tcp.handshake.simultaneous && side.syns > 1) {
            let mut note = vec![
                plain(format!("ISN {}", step.seq)),
                plain(format!("win {}", step.window)),
            ];
            offered(&mut note, &side.offered, side.ecn);
            words.notes.push(note);
        }
    }

    /// `ack 834471726 = client ISN 834471725 + 1 ✓`
    fn checked(&self, peer: Side, ack: u32, data: u32) -> (String, Role) {
        let Some(isn) = self.conversation.tcp.side(peer).isn else {
            let words = format!("ack {ack}; the {}'s SYN was not captured", peer.name());
            return (words, Role::Plain);
        };
        let name = peer.name();
        let beyond = ack.wrapping_sub(isn.wrapping_add(1));
        match beyond {
            0 => (format!("ack {ack} = {name} ISN {isn} + 1 ✓"), Role::Good),
            beyond if beyond <= data => (
                format!("ack {ack} = {name} ISN {isn} + 1 + {beyond} B ✓"),
                Role::Good,
            ),
            _ => (format!("ack {ack} ≠ {name} ISN {isn} + 1 ✗"), Role::Bad),
        }
    }

    fn handshake_ack(&self, words: &mut Words, step: &Step) {
        let tcp = &self.conversation.tcp;
        let peer = step.from.other();
        words.status = ("③ open".to_owned(), Role::Handshake);
        if step.payload > 0 {
            words.status.0 = format!("③ {}", size(step.payload.into()));
        }
        let mut note = vec![self.checked(peer, step.ack, u32::MAX / 2)];
        if let Some(isn) = tcp.side(step.from).isn {
            let beyond = step.seq.wrapping_sub(isn.wrapping_add(1));
            note.push(match beyond {
                0 => (
                    format!("seq {} = {} ISN + 1 ✓", step.seq, step.from.name()),
                    Role::Good,
                ),
                beyond if beyond <= tcp.handshake.syn_data => (
                    format!(
                        "seq {} = {} ISN + 1 + {beyond} B ✓",
                        step.seq,
                        step.from.name()
                    ),
                    Role::Good,
                ),
                _ => plain(format!("seq {}", step.seq)),
            });
        }
        if let (Some(there), Some(back), Some(rtt)) = (
            tcp.handshake.syn_to_syn_ack_ns(),
            tcp.handshake.syn_ack_to_ack_ns(),
            tcp.handshake.rtt_ns(),
        ) {
            note.push(plain(format!(
                "open after {} + {} = {}",
                duration(there),
                duration(back),
                duration(rtt)
            )));
        }
        words.notes.push(note);
    }

    fn fin(&self, words: &mut Words, step: &Step) {
        words.status = ("closes".to_owned(), Role::Handshake);
        if step.payload > 0 {
            words.status.0 = format!("closes {}", size(step.payload.into()));
        }
        let seq = self.number(step.from, step.seq.wrapping_add(step.payload));
        let name = step.from.name();
        words.notes.push(match step.repeats_fin(self.conversation) {
            true => vec![(
                format!("FIN {seq} again: its ACK has not come"),
                Role::Warning,
            )],
            false => vec![plain(format!(
                "seq {seq}: the {name} is done; the FIN counts as one byte"
            ))],
        });
        if step.acks_fin(self.conversation) {
            self.acks_fin(words, step);
        }
    }

    /// `ack 813 = FIN 812 + 1 ✓`
    fn acks_fin(&self, words: &mut Words, step: &Step) {
        let peer = step.from.other();
        let Some(fin) = self.ladder.fins[peer] else {
            return;
        };
        let (ack, fin) = (self.number(peer, step.ack), self.number(peer, fin));
        let mut note = vec![(
            format!("ack {ack} = {} FIN {fin} + 1 ✓", peer.name()),
            Role::Good,
        )];
        let more = self.conversation.tcp.side(step.from).after_peer_fin;
        if step.kind != StepKind::Fin && more > 0 {
            note.push(plain(format!(
                "half closed: the {} sends {} more",
                step.from.name(),
                size(more)
            )));
        }
        words.notes.push(note);
    }

    /// What has come of a connection by the acknowledgment of a FIN.
    fn after_fin_ack(&self, step: &Step) -> (String, Role) {
        let tcp = &self.conversation.tcp;
        let by_now = |packet: Option<u32>| packet.is_some_and(|packet| packet <= step.packet);
        let both = tcp.sides.iter().all(|side| by_now(side.fin_acked));
        match both {
            true => ("✓ closed".to_owned(), Role::Good),
            // Its own FIN is on the way.
            false if by_now(tcp.side(step.from).fin) => ("closing".to_owned(), Role::Plain),
            false => ("half closed".to_owned(), Role::Plain),
        }
    }

    fn rst(&self, words: &mut Words, step: &Step) {
        let tcp = &self.conversation.tcp;
        let name = step.from.name();
        let refused = outcome(self.conversation) == Outcome::Refused;
        words.status = ("✗ reset".to_owned(), Role::Bad);
        let own = |other: &Step| other.kind == StepKind::Rst && other.from == step.from;
        if self.earlier(step, own).is_some() {
            return;
        }
        if refused {
            words.status = ("✗ refused".to_owned(), Role::Bad);
            let data = tcp.handshake.syn_data;
            words
                .notes
                .push(vec![self.checked(step.from.other(), step.ack, data)]);
            words.notes.push(vec![plain(format!(
                "nothing listens on port {}, or a firewall rejects it",
                self.conversation.endpoint(step.from).port
            ))]);
            return;
        }
        let fins = tcp
            .sides
            .map(|side| side.fin.is_some_and(|fin| fin < step.packet));
        let PerSide {
            client: c,
            server: s,
        } = self.conversation.sides.map(|side| side.payload);
        let first = tcp.reset.is_some_and(|(_, packet)| packet == step.packet);
        words.notes.push(vec![plain(match (fins, c + s) {
            _ if !first => format!("the {name} resets too"),
            (
                PerSide {
                    client: true,
                    server: true,
                },
                _,
            ) => "both had closed already: this changes nothing".to_owned(),
            (_, 0) if outcome(self.conversation) == Outcome::GaveUp => {
                "the client withdraws its own SYN".to_owned()
            }
            (_, 0) => format!("the {name} breaks off before any data"),
            (_, _) => format!(
                "the {name} breaks off after {} from the client, {} from the server",
                size(c),
                size(s)
            ),
        })]);
    }

    /// The nearest earlier step for which this holds, not far away.
    pub fn earlier(&self, step: &Step, holds: impl Fn(&Step) -> bool) -> Option<&Step> {
        let steps = &self.ladder.steps;
        let at = steps.partition_point(|other| other.packet < step.packet);
        let near = steps.get(at.saturating_sub(MAX_COUNTED)..at)?;
        near.iter().rev().find(|other| holds(other))
    }
}

/// [`Part::spare`] from which on a part rather goes than has the words of a message cut.
pub const BESIDE_WORDS: u8 = 4;

/// Steps that are looked at for one row, at most.
const MAX_COUNTED: usize = 4096;

/// How many ICMP errors there were after the first.
fn icmp_errors(all: u32) -> u64 {
    u64::from(all).saturating_sub(1)
}

/// What a SYN offers.
fn offered(note: &mut Note, options: &Offered, ecn: bool) {
    if let Some(mss) = options.mss {
        note.push(plain(format!("MSS {mss}")));
    }
    if let Some(shift) = options.window_scale {
        note.push(plain(format!("WS {shift}")));
    }
    if options.sack_permitted {
        note.push(plain("SACK"));
    }
    if options.timestamps {
        note.push(plain("timestamps"));
    }
    if ecn {
        note.push(plain("ECN"));
    }
    match options.fast_open {
        Some(true) => note.push(plain("Fast Open cookie")),
        Some(false) => note.push(plain("asks for a Fast Open cookie")),
        None => {}
    }
    if options.mptcp {
        note.push(plain("Multipath TCP"));
    }
}
