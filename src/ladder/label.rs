//! The text of a row: the arrow's text, its status, and the arithmetic below it.

use super::{
    Class, Ladder, LadderRow, Message, Run, Step, StepKind,
    marks::{marks, pause, trouble},
};
use crate::track::Offered;
use crate::{
    explain::{MAX_BEFORE, Situation},
    format::{bytes, duration, size},
    lang::{Count, side, text},
    store::Contents,
    track::{Conversation, Outcome, Side, icmp_words, outcome},
};
use dissectors::{AnalysisFlags, PerSide, TcpAnalysis, TcpFlags};

/// The meaning of a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The subject of the row.
    Strong,
    /// Further text.
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
pub struct LabelPart {
    /// Its text.
    pub text: String,
    /// Its meaning.
    pub role: Role,
    /// The order of omission: where there is no room, the part with the highest number is omitted first; 0 is always
    /// kept.
    pub spare: u8,
}

/// A line below an arrow: pieces between which it may be broken.
pub type Note = Vec<(String, Role)>;

/// How an arrow is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// One packet.
    One,
    /// Several.
    Many,
    /// A message about the conversation from the other endpoint.
    About,
    /// A message about the conversation from a host in between.
    Between,
    /// No packet.
    None,
}

/// The text of a row and below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowLabel {
    /// The side that sent it.
    pub from: Side,
    /// How the arrow is drawn.
    pub stroke: Stroke,
    /// Its text.
    pub parts: Vec<LabelPart>,
    /// Its effect on the connection, or its length.
    pub status: (String, Role),
    /// The lines below it.
    pub notes: Vec<Note>,
}

/// Returns the flags in words.
pub fn flags(flags: TcpFlags) -> String {
    let names: Vec<_> = flags.names().collect();
    match names.is_empty() {
        true => text!("ladder-no-flags").to_owned(),
        false => names.join(" "),
    }
}

/// Details of a row besides its steps.
#[derive(Clone, Copy, Debug, Default)]
pub struct RowDetail<'a> {
    /// The summary of its packet, or of the one that completes its message; fit for the screen.
    pub info: Option<&'a str>,
    /// The message that it is, or is part of.
    pub message: Option<Message>,
    /// The TCP analysis of its packet, if it is a single one: [`Ladder::analysis`]. The lines below the arrow do not
    /// use it.
    pub analysis: TcpAnalysis,
}

/// Everything that a row's label and its explanation are made from.
#[derive(Clone, Copy)]
pub(super) struct RowContext<'a> {
    pub ladder: &'a Ladder,
    pub contents: &'a Contents,
    pub conversation: Conversation<'a>,
    /// Whether sequence numbers are shown as on the wire.
    pub absolute: bool,
}

impl Ladder {
    /// Returns the label of a row.
    pub fn label(
        &self,
        contents: &Contents,
        row: LadderRow,
        said: &RowDetail,
        absolute: bool,
    ) -> Option<RowLabel> {
        let context = self.row_context(contents, absolute)?;
        match row {
            LadderRow::Run(at) => context.run(self.runs.get(at)?, said),
            LadderRow::Step(at, _) => Some(context.step(self.steps.get(at)?, said)),
        }
    }

    pub(super) fn row_context<'a>(
        &'a self,
        contents: &'a Contents,
        absolute: bool,
    ) -> Option<RowContext<'a>> {
        Some(RowContext {
            ladder: self,
            contents,
            conversation: contents.tracker.get(self.id)?,
            absolute,
        })
    }
}

pub(super) fn part(text: impl Into<String>, role: Role, spare: u8) -> LabelPart {
    LabelPart {
        text: text.into(),
        role,
        spare,
    }
}

fn plain(text: impl Into<String>) -> (String, Role) {
    (text.into(), Role::Plain)
}

/// Returns `begins: 14 of 31 segments`.
fn portion(segments: u32, message: &Message) -> LabelPart {
    let here = Count(segments.into());
    let all = Count(message.segments as u64);
    let portion = match (message.begins, message.ends) {
        (true, _) => text!("ladder-message-begins", here, all),
        (_, true) => text!("ladder-message-ends", here, all),
        _ => text!("ladder-message-goes-on", here, all),
    };
    part(portion, Role::Plain, 2)
}

/// Returns the problems of a message.
fn wrong(message: &Message) -> impl Iterator<Item = LabelPart> + use<> {
    let missing = (message.missing > 0).then(|| {
        let count = Count(message.missing.into());
        part(text!("ladder-message-missing", count), Role::Warning, 1)
    });
    let broken = (!message.complete && message.ends)
        .then(|| part(text!("ladder-message-broken-off"), Role::Warning, 1));
    missing.into_iter().chain(broken)
}

impl RowContext<'_> {
    /// Returns the conversation up to a step.
    pub fn situation(&self, step: &Step) -> Situation<'_> {
        let steps = &self.ladder.steps;
        let at = steps.partition_point(|other| other.packet < step.packet);
        let before = steps.get(at.saturating_sub(MAX_BEFORE)..at);
        Situation {
            before: before.unwrap_or_default(),
            ..self.whole()
        }
    }

    /// Returns the conversation without any earlier steps.
    fn whole(&self) -> Situation<'_> {
        Situation {
            contents: self.contents,
            conversation: self.conversation,
            before: &[],
            absolute: self.absolute,
        }
    }

    /// Returns the time from one packet to another, in words.
    pub fn between(&self, from: u32, to: u32) -> String {
        self.whole().between(from, to)
    }

    /// Returns a sequence number of this side for display.
    pub fn number(&self, of: Side, number: u32) -> u32 {
        self.whole().number(of, number)
    }

    /// Returns a window in bytes, scaled where the scale is known.
    pub fn window(&self, step: &Step) -> u64 {
        self.whole().window(step)
    }

    fn seq_ack(&self, step: &Step) -> String {
        let mut text = format!("seq {}", self.number(step.from, step.seq));
        if step.flags.ack() {
            let ack = self.number(step.from.other(), step.ack);
            text.push_str(&format!(" ack {ack}"));
        }
        text
    }

    fn run(&self, run: &Run, said: &RowDetail) -> Option<RowLabel> {
        let [first, last] = self.ladder.ends(run)?;
        let fold = if run.unfolded { '▾' } else { '▸' };
        let over = self.between(first.packet, last.packet);
        let over = || part(text!("ladder-over", over), Role::Plain, 2);
        let mut parts = Vec::new();
        let mut status = (format!("{fold} {}", size(run.bytes)), Role::Plain);
        match run.class {
            Class::Alive => {
                let count = Count(run.count.div_ceil(2).into());
                let answered = self.steps(run).filter(|s| s.kind == StepKind::KeepAliveAck);
                let answered = Count(answered.count() as u64);
                parts.push(part(text!("ladder-keep-alives", count), Role::Strong, 0));
                parts.push(part(text!("ladder-answered", answered), Role::Plain, 1));
                parts.push(over());
                status = (format!("{fold} {}", text!("ladder-idle")), Role::Plain);
            }
            Class::Stalled => {
                let probes = self.steps(run).filter(|s| s.kind == StepKind::Probe);
                let count = Count(probes.count() as u64);
                parts.push(part(text!("ladder-zero-window"), Role::Strong, 0));
                parts.push(part(text!("ladder-window-probes", count), Role::Plain, 1));
                parts.push(over());
                status = (format!("{fold} {}", text!("ladder-stalled")), Role::Warning);
            }
            Class::Acks => {
                let count = Count(run.acks.into());
                parts.push(part(text!("count-acks", count), Role::Strong, 0));
                parts.push(part(text!("ladder-no-data"), Role::Plain, 2));
                parts.extend(trouble(run));
                status = (format!("{fold} 0 B"), Role::Plain);
            }
            Class::Report => {
                parts.extend(trouble(run));
                status = (format!("{fold} ✗ ICMP"), Role::Bad);
            }
            _ => {
                let whole = said.message.filter(Message::is_whole);
                if let Some(message) = whole {
                    status.0 = format!("{fold} {}", size(message.bytes));
                }
                parts.extend(self.burst(run, first, said));
            }
        }
        Some(RowLabel {
            from: first.from,
            stroke: Stroke::Many,
            parts,
            status,
            notes: Vec::new(),
        })
    }

    /// Describes data of one side, and its acknowledgments.
    fn burst(&self, run: &Run, first: &Step, said: &RowDetail) -> Vec<LabelPart> {
        let segments = || text!("count-segments", count = Count(run.segments.into()));
        let mut parts = Vec::new();
        match said.info {
            Some(info) => {
                parts.push(part(info, Role::Strong, 0));
                match said.message.filter(|message| !message.is_whole()) {
                    Some(message) => parts.push(portion(run.segments, &message)),
                    None if run.segments > 1 => parts.push(part(segments(), Role::Plain, 2)),
                    None => {}
                }
            }
            None if run.segments == 1 => {
                parts.push(part(flags(first.flags), Role::Strong, 0));
                parts.push(part(self.seq_ack(first), Role::Plain, 3));
            }
            None => parts.push(part(segments(), Role::Strong, 0)),
        }
        if run.acks > 0 {
            let acks = text!("count-acks", count = Count(run.acks.into()));
            parts.push(part(format!("+ {acks}"), Role::Plain, 2));
        }
        parts.extend(trouble(run));
        parts.extend(pause(run));
        parts.extend(said.message.iter().flat_map(wrong));
        parts
    }

    /// Iterates over the steps of a run. For short ones: it reads each step.
    pub fn steps(&self, run: &Run) -> impl Iterator<Item = &Step> {
        let first = run.first as usize;
        let count = (run.count as usize).min(MAX_COUNTED);
        self.ladder.steps.iter().skip(first).take(count)
    }

    fn step(&self, step: &Step, said: &RowDetail) -> RowLabel {
        let mut words = RowLabel {
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
                let count = Count(self.conversation.evicted.into());
                words.parts = vec![part(text!("ladder-evicted", count), Role::Strong, 0)];
                words.status = plain(text!("ladder-before"));
            }
            StepKind::Icmp => self.icmp(&mut words, step, said),
            StepKind::Unread => {
                words.parts = vec![part(text!("ladder-unread"), Role::Warning, 0)];
                words.status = (String::new(), Role::Plain);
            }
            StepKind::Duplicate => {
                let head = match step.flags.0 {
                    0 => text!("ladder-same-datagram").to_owned(),
                    _ => flags(step.flags),
                };
                words.parts = vec![
                    part(head, Role::Plain, 0),
                    part(text!("ladder-duplicate"), Role::Plain, 1),
                ];
                words.status = plain(text!("ladder-status-duplicate"));
            }
            StepKind::Datagram => {
                let text = said.info.unwrap_or(text!("ladder-data"));
                words.parts = vec![part(text, Role::Strong, 0)];
                let ce = step.is_ce().then(|| part("CE", Role::Warning, 1));
                words.parts.extend(ce);
            }
            _ => self.segment(&mut words, step, said),
        }
        words
    }

    fn not_captured(&self, words: &mut RowLabel) {
        words.stroke = Stroke::None;
        words.parts = vec![
            part(text!("ladder-not-captured"), Role::Strong, 0),
            part(text!("ladder-seq-counts-from-here"), Role::Plain, 1),
        ];
        words.status = plain(text!("ladder-before"));
    }

    fn icmp(&self, words: &mut RowLabel, step: &Step, said: &RowDetail) {
        let Some(icmp) = &self.conversation.icmp else {
            return;
        };
        let name = if icmp.v6 { "ICMPv6" } else { "ICMP" };
        if icmp.packet != step.packet {
            // Only the first one is known in detail.
            words.stroke = Stroke::Between;
            words.parts = vec![part(name, Role::Bad, 0)];
            words
                .parts
                .extend(said.info.map(|info| part(info, Role::Bad, 0)));
            words.status = (format!("✗ {name}"), Role::Bad);
            return;
        }
        let ends = [self.conversation.client, self.conversation.server];
        let own = ends.iter().any(|end| end.address == icmp.reporter);
        words.stroke = if own { Stroke::About } else { Stroke::Between };
        words.parts = vec![
            part(format!("{name} {}", icmp_words(icmp)), Role::Bad, 0),
            part(icmp.reporter.to_string(), Role::Plain, 1),
        ];
        words.status = (format!("✗ ICMP {}/{}", icmp.kind, icmp.code), Role::Bad);
        let reporter = icmp.reporter;
        words.notes.push(vec![
            plain(match own {
                true => text!("ladder-icmp-own", reporter, side = side(step.from)),
                false => text!("ladder-icmp-router", reporter),
            }),
            plain(text!("ladder-icmp-quotes")),
        ]);
    }

    fn segment(&self, words: &mut RowLabel, step: &Step, said: &RowDetail) {
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
            StepKind::Probe | StepKind::KeepAlive => words.status = plain(text!("ladder-asks")),
            StepKind::KeepAliveAck => words.status = plain(text!("ladder-answers")),
            StepKind::Opened => {
                words.status = (format!("win {}", bytes(self.window(step))), Role::Good);
                let from = side(step.from);
                let size = size(self.window(step));
                let note = plain(text!("ladder-window-opens", from, size));
                words.notes.push(vec![note]);
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

    fn syn(&self, words: &mut RowLabel, step: &Step) {
        let tcp = self.conversation.tcp();
        let sender = tcp.side(step.from);
        let crossing = tcp.handshake.simultaneous;
        let step_words = match (crossing, step.from) {
            (true, Side::Client) => "① 1/4",
            (true, Side::Server) => "② 2/4",
            _ => "① 1/3",
        };
        words.status = (step_words.to_owned(), Role::Handshake);
        if step.is_retransmission() {
            words.status = (format!("① {}", text!("ladder-again")), Role::Warning);
            let after = self
                .earlier(step, |other| {
                    other.kind == StepKind::Syn && other.from == step.from
                })
                .map(|before| self.between(before.packet, step.packet))
                .unwrap_or_default();
            words
                .notes
                .push(vec![(text!("ladder-syn-again", after), Role::Warning)]);
            return;
        }
        let mut note = vec![
            plain(format!("ISN {}", step.seq)),
            plain(format!("win {}", step.window)),
        ];
        offered(&mut note, &sender.offered, sender.ecn);
        if step.payload > 0 {
            let size = size(step.payload.into());
            note.push((text!("ladder-syn-data", size), Role::Handshake));
        }
        words.notes.push(note);
        if crossing && step.from == Side::Server {
            words.notes.push(vec![plain(text!("ladder-simultaneous"))]);
        }
        let earlier = self.conversation.reuses();
        if let Some(earlier) = earlier.and_then(|id| self.contents.tracker.get(id))
            && step.packet == self.conversation.first_packet
        {
            let conversation = earlier.id();
            let note = plain(text!("ladder-ports-reused", conversation));
            words.notes.push(vec![note]);
        }
    }

    fn syn_ack(&self, words: &mut RowLabel, step: &Step) {
        let tcp = self.conversation.tcp();
        let sender = tcp.side(step.from);
        let peer = step.from.other();
        // In a simultaneous open it repeats its sender's SYN, and acknowledges the other one.
        let again = match tcp.handshake.simultaneous {
            true => {
                let same = |other: &Step| other.kind == step.kind && other.from == step.from;
                self.earlier(step, same).is_some()
            }
            false => step.is_retransmission(),
        };
        words.status = match (tcp.handshake.simultaneous, step.from) {
            _ if step.is_wrong_answer(self.conversation) => {
                (format!("✗ {}", text!("ladder-wrong-ack")), Role::Bad)
            }
            _ if again => (format!("② {}", text!("ladder-again")), Role::Warning),
            (true, Side::Client) => ("③ 3/4".to_owned(), Role::Handshake),
            (true, Side::Server) => (format!("④ {}", text!("ladder-open")), Role::Handshake),
            _ => ("② 2/3".to_owned(), Role::Handshake),
        };
        let data = match step.from {
            Side::Server => tcp.handshake.syn_data,
            Side::Client => 0,
        };
        words.notes.push(vec![self.checked(peer, step.ack, data)]);
        if again {
            let note = text!("ladder-syn-ack-again").to_owned();
            words.notes.push(vec![(note, Role::Warning)]);
            return;
        }
        // In a simultaneous open its own SYN has shown this already.
        if !(tcp.handshake.simultaneous && sender.syns > 1) {
            let mut note = vec![
                plain(format!("ISN {}", step.seq)),
                plain(format!("win {}", step.window)),
            ];
            offered(&mut note, &sender.offered, sender.ecn);
            words.notes.push(note);
        }
    }

    /// Returns `ack 834471726 = client ISN 834471725 + 1 ✓`.
    fn checked(&self, peer: Side, ack: u32, data: u32) -> (String, Role) {
        let of = side(peer);
        let Some(isn) = self.conversation.tcp().side(peer).isn else {
            return plain(text!("ladder-ack-of-unknown", ack, of));
        };
        let beyond = ack.wrapping_sub(isn.wrapping_add(1));
        match beyond {
            0 => (text!("ladder-ack-of-isn", ack, of, isn), Role::Good),
            beyond if beyond <= data => (
                text!("ladder-ack-of-isn-and-data", ack, of, isn, beyond),
                Role::Good,
            ),
            _ => (text!("ladder-ack-not-of-isn", ack, of, isn), Role::Bad),
        }
    }

    fn handshake_ack(&self, words: &mut RowLabel, step: &Step) {
        let tcp = self.conversation.tcp();
        let peer = step.from.other();
        words.status = (format!("③ {}", text!("ladder-open")), Role::Handshake);
        if step.payload > 0 {
            words.status.0 = format!("③ {}", size(step.payload.into()));
        }
        let mut note = vec![self.checked(peer, step.ack, u32::MAX / 2)];
        if let Some(isn) = tcp.side(step.from).isn {
            let beyond = step.seq.wrapping_sub(isn.wrapping_add(1));
            let (seq, of) = (step.seq, side(step.from));
            note.push(match beyond {
                0 => (text!("ladder-seq-is-isn", seq, of), Role::Good),
                beyond if beyond <= tcp.handshake.syn_data => (
                    text!("ladder-seq-is-isn-and-data", seq, of, beyond),
                    Role::Good,
                ),
                _ => plain(format!("seq {seq}")),
            });
        }
        if let (Some(there), Some(back), Some(rtt)) = (
            tcp.handshake.syn_to_syn_ack_ns(),
            tcp.handshake.syn_ack_to_ack_ns(),
            tcp.handshake.rtt_ns(),
        ) {
            let [there, back, rtt] = [there, back, rtt].map(duration);
            note.push(plain(text!("ladder-open-after", there, back, rtt)));
        }
        words.notes.push(note);
    }

    fn fin(&self, words: &mut RowLabel, step: &Step) {
        words.status = match step.payload {
            0 => (text!("ladder-closes").to_owned(), Role::Handshake),
            bytes => {
                let size = size(bytes.into());
                (text!("ladder-closes-with-data", size), Role::Handshake)
            }
        };
        let seq = self.number(step.from, step.seq.wrapping_add(step.payload));
        words.notes.push(match step.repeats_fin(self.conversation) {
            true => vec![(text!("ladder-fin-again", seq), Role::Warning)],
            false => vec![plain(text!("ladder-fin", seq, from = side(step.from)))],
        });
        if step.acks_fin(self.conversation) {
            self.acks_fin(words, step);
        }
    }

    /// Adds `ack 813 = FIN 812 + 1 ✓`.
    fn acks_fin(&self, words: &mut RowLabel, step: &Step) {
        let peer = step.from.other();
        let Some(fin) = self.ladder.fins[peer] else {
            return;
        };
        let (ack, fin) = (self.number(peer, step.ack), self.number(peer, fin));
        let of = side(peer);
        let mut note = vec![(text!("ladder-ack-of-fin", ack, of, fin), Role::Good)];
        let more = self.conversation.tcp().side(step.from).after_peer_fin;
        if step.kind != StepKind::Fin && more > 0 {
            let (from, size) = (side(step.from), size(more));
            note.push(plain(text!("ladder-half-closed-more", from, size)));
        }
        words.notes.push(note);
    }

    /// Returns the state of a connection after the acknowledgment of a FIN.
    fn after_fin_ack(&self, step: &Step) -> (String, Role) {
        let tcp = self.conversation.tcp();
        let by_now = |packet: Option<u32>| packet.is_some_and(|packet| packet <= step.packet);
        let both = tcp.sides.iter().all(|side| by_now(side.fin_acked));
        match both {
            true => (format!("✓ {}", text!("ladder-closed")), Role::Good),
            // Its own FIN is under way.
            false if by_now(tcp.side(step.from).fin) => plain(text!("ladder-closing")),
            false => plain(text!("ladder-half-closed")),
        }
    }

    fn rst(&self, words: &mut RowLabel, step: &Step) {
        let tcp = self.conversation.tcp();
        let from = side(step.from);
        let refused = outcome(self.conversation) == Outcome::Refused;
        words.status = (format!("✗ {}", text!("ladder-reset")), Role::Bad);
        let own = |other: &Step| other.kind == StepKind::Rst && other.from == step.from;
        if self.earlier(step, own).is_some() {
            return;
        }
        if refused {
            words.status = (format!("✗ {}", text!("ladder-refused")), Role::Bad);
            let data = tcp.handshake.syn_data;
            words
                .notes
                .push(vec![self.checked(step.from.other(), step.ack, data)]);
            let port = self.conversation.endpoint(step.from).port;
            let note = plain(text!("ladder-nothing-listens", port));
            words.notes.push(vec![note]);
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
        let both_closed = fins.iter().all(|closed| *closed);
        let gave_up = outcome(self.conversation) == Outcome::GaveUp;
        words.notes.push(vec![match c + s {
            _ if !first => plain(text!("ladder-resets-too", from)),
            _ if both_closed => plain(text!("ladder-reset-after-close")),
            0 if gave_up => plain(text!("ladder-withdraws-syn")),
            0 => plain(text!("ladder-reset-before-data", from)),
            _ => plain(text!(
                "ladder-reset-after-data",
                from,
                client = size(c),
                server = size(s)
            )),
        }]);
    }

    /// Returns the nearest earlier step for which this holds, within a limited distance.
    fn earlier(&self, step: &Step, holds: impl Fn(&Step) -> bool) -> Option<&Step> {
        self.situation(step).earlier(holds)
    }
}

/// Parts with at least this [`LabelPart::spare`] are omitted before the words of a message are cut.
pub const BESIDE_WORDS: u8 = 4;

/// The maximum number of steps that are examined for one row.
const MAX_COUNTED: usize = 4096;

/// Adds the options of a SYN.
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
        note.push(plain(text!("timestamps")));
    }
    if ecn {
        note.push(plain("ECN"));
    }
    match options.fast_open {
        Some(true) => note.push(plain(text!("ladder-fast-open-cookie"))),
        Some(false) => note.push(plain(text!("ladder-asks-for-fast-open-cookie"))),
        None => {}
    }
    if options.mptcp {
        note.push(plain("Multipath TCP"));
    }
}
