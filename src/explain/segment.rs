//! The sentences about one TCP segment in its conversation: RFC 9293. The ladder shows those of [`Segment::role`]; the
//! explanation of a packet adds those of [`Segment::numbers`].

use super::{ecn::ecn, situation::Situation};
use crate::{
    format::{duration, grouped, size},
    ladder::{Step, StepKind},
    lang::{side, text},
    track::{Outcome, outcome},
};
use dissectors::{AnalysisFlags, TcpAnalysis, TcpFlags, WindowScale, ZeroWindow};
use std::net::IpAddr;

/// A segment has at least one of these.
const REQUIRED: u16 = TcpFlags::SYN | TcpFlags::RST | TcpFlags::ACK;

/// Sentences, to be joined with spaces.
pub type Sentences = Vec<String>;

/// A segment, and what its sentences have in common.
pub struct Segment<'a> {
    pub at: Situation<'a>,
    pub step: &'a Step,
    /// Its TCP analysis.
    pub analysis: &'a TcpAnalysis,
    /// The sender: `client` or `server`.
    pub from: &'static str,
    /// The sender's address.
    pub address: IpAddr,
    /// The other side.
    pub to: &'static str,
    /// The number that acknowledges it.
    pub next: u32,
    /// The number that it acknowledges.
    pub acked: u32,
}

impl<'a> Segment<'a> {
    /// Returns the segment of a step that is a segment.
    pub fn new(at: Situation<'a>, step: &'a Step, analysis: &'a TcpAnalysis) -> Self {
        Segment {
            at,
            step,
            analysis,
            from: side(step.from),
            address: at.conversation.endpoint(step.from).address,
            to: side(step.from.other()),
            next: at.number(step.from, step.end()),
            acked: at.number(step.from.other(), step.ack),
        }
    }

    /// Returns its role in the conversation, its marks, and what it says about congestion.
    pub fn role(&self) -> Sentences {
        let marks = self.marks();
        let mut sentences = match self.step.kind {
            _ if !self.step.flags.any(REQUIRED) => self.without_ack(),
            StepKind::Syn => self.syn(),
            StepKind::SynAck => self.syn_ack(),
            StepKind::HandshakeAck => [self.handshake_ack(), marks].concat(),
            StepKind::Data => [marks, self.data()].concat(),
            StepKind::ZeroWindow | StepKind::Probe | StepKind::ProbeAck | StepKind::Opened => {
                [self.window_closed(), marks].concat()
            }
            StepKind::Fin => [self.fin(), marks].concat(),
            StepKind::FinAck => [self.fin_ack(), marks].concat(),
            StepKind::Rst => self.rst(),
            _ => [self.ack(), marks].concat(),
        };
        if self.step.flags.syn() && self.step.flags.any(TcpFlags::FIN | TcpFlags::RST) {
            sentences.push(text!("explain-syn-and-end").to_owned());
        }
        sentences.extend(ecn(self));
        sentences
    }

    /// Explains a segment that its receiver drops: RFC 9293, section 3.10.7.4.
    fn without_ack(&self) -> Sentences {
        let Segment { from, address, .. } = self;
        let mut sentences = vec![text!("explain-no-flags", from, address)];
        if self.step.payload > 0 {
            sentences.push(self.sends());
        }
        sentences
    }

    fn syn(&self) -> Sentences {
        let Segment { from, address, .. } = self;
        let step = self.step;
        let conversation = self.at.conversation;
        let tcp = conversation.tcp();
        let isn = step.seq;
        if step.is_retransmission() {
            let first = self.at.earlier(|other| {
                other.kind == StepKind::Syn && other.from == step.from && other.seq == isn
            });
            let Some(first) = first else {
                return vec![text!("explain-syn-again", from, address, isn)];
            };
            let (packet, after) = (first.packet, self.at.between(first.packet, step.packet));
            let answer = tcp.handshake.syn_ack.filter(|answer| *answer < step.packet);
            return vec![match answer {
                Some(answer) => text!(
                    "explain-syn-again-despite",
                    from,
                    address,
                    packet,
                    after,
                    isn,
                    answer
                ),
                None => text!("explain-syn-again-after", from, address, packet, after, isn),
            }];
        }
        if step.from == dissectors::Side::Server {
            return vec![text!("explain-syn-simultaneous", from, address, isn)];
        }
        let port = conversation.endpoint(step.from.other()).port;
        let next = isn.wrapping_add(1);
        let mut sentences = vec![text!("explain-syn", from, address, port, isn, next)];
        if step.payload > 0 {
            let (size, next) = (size(step.payload.into()), next.wrapping_add(step.payload));
            sentences.push(text!("explain-syn-data", size, next));
        }
        if let Some(earlier) = conversation.reuses()
            && step.packet == conversation.first_packet
            && let Some(earlier) = self.at.contents.tracker.get(earlier)
        {
            let conversation = earlier.id();
            sentences.push(text!("explain-ports-reused", conversation));
        }
        sentences
    }

    fn syn_ack(&self) -> Sentences {
        let Segment {
            from, address, to, ..
        } = self;
        let step = self.step;
        let tcp = self.at.conversation.tcp();
        let handshake = &tcp.handshake;
        let (isn, ack) = (step.seq, step.ack);
        let peer_isn = tcp.side(step.from.other()).isn;
        if step.is_wrong_answer(self.at.conversation) {
            return vec![match peer_isn.map(|isn| isn.wrapping_add(1)) {
                Some(expected) => {
                    text!("explain-wrong-answer", from, address, ack, to, expected)
                }
                None => text!("explain-wrong-answer-to-unknown", from, address, ack, to),
            }];
        }
        let own = |kind: StepKind| {
            self.at.earlier(|other| {
                other.kind == kind && other.from == step.from && other.seq == step.seq
            })
        };
        let before = own(StepKind::SynAck);
        if let Some(before) = before {
            let (packet, after) = (before.packet, self.at.between(before.packet, step.packet));
            return vec![text!(
                "explain-syn-ack-again-after",
                from,
                address,
                packet,
                after,
                isn
            )];
        }
        if step.is_retransmission() && !handshake.simultaneous {
            return vec![text!("explain-syn-ack-again", from, address, isn)];
        }
        let mut sentences = vec![
            match own(StepKind::Syn).filter(|_| handshake.simultaneous) {
                Some(syn) => {
                    let packet = syn.packet;
                    text!(
                        "explain-syn-ack-simultaneous",
                        from,
                        address,
                        to,
                        packet,
                        isn
                    )
                }
                None => text!("explain-syn-ack", from, address, isn),
            },
        ];
        sentences.push(self.acks_syn());
        if let Some(ns) = handshake.syn_to_syn_ack_ns()
            && handshake.syn_ack == Some(step.packet)
        {
            sentences.push(text!("explain-since-syn", took = duration(ns)));
        }
        sentences
    }

    /// Says what of the other side's SYN it acknowledges: RFC 9293, section 3.5, and RFC 7413, section 4.2.1.
    fn acks_syn(&self) -> String {
        let tcp = self.at.conversation.tcp();
        let (ack, to) = (self.step.ack, self.to);
        let Some(isn) = tcp.side(self.step.from.other()).isn else {
            return text!("explain-syn-ack-of-unknown", ack);
        };
        let data = match self.step.from {
            dissectors::Side::Server => tcp.handshake.syn_data,
            dissectors::Side::Client => 0,
        };
        match (ack.wrapping_sub(isn.wrapping_add(1)), data) {
            (0, 0) => text!("explain-syn-ack-of-isn", ack, to),
            (0, _) => {
                let data = size(data.into());
                text!("explain-syn-ack-without-data", ack, to, data)
            }
            (bytes, _) if bytes == data => {
                text!("explain-syn-ack-of-isn-and-data", ack, to, bytes)
            }
            (bytes, _) => {
                let data = size(data.into());
                text!("explain-syn-ack-of-part", ack, to, bytes, data)
            }
        }
    }

    fn handshake_ack(&self) -> Sentences {
        let Segment {
            from, address, to, ..
        } = self;
        let ack = self.step.ack;
        let tcp = self.at.conversation.tcp();
        let isn = tcp.side(self.step.from.other()).isn;
        let beyond = isn.map(|isn| ack.wrapping_sub(isn.wrapping_add(1)));
        let mut sentences = vec![match beyond {
            Some(0) => text!("explain-handshake-ack-of-isn", from, address, ack, to),
            Some(bytes) if bytes < 1 << 31 => {
                text!(
                    "explain-handshake-ack-of-data",
                    from,
                    address,
                    ack,
                    to,
                    bytes
                )
            }
            _ => text!("explain-handshake-ack", from, address, ack),
        }];
        sentences.push(match tcp.handshake.rtt_ns() {
            Some(rtt) => text!("explain-open-after", rtt = duration(rtt)),
            None => text!("explain-open").to_owned(),
        });
        if self.step.payload > 0 {
            sentences.push(self.sends());
        }
        sentences
    }

    /// Says which bytes of its sender's stream it carries.
    fn sends(&self) -> String {
        let Segment { from, address, .. } = self;
        let step = self.step;
        let first = self.at.number(step.from, step.seq);
        let next = first.wrapping_add(step.payload);
        let last = next.wrapping_sub(1);
        let size = size(step.payload.into());
        match step.payload {
            1 => text!("explain-data-byte", from, address, first, next),
            _ => text!("explain-data", from, address, size, first, last, next),
        }
    }

    fn data(&self) -> Sentences {
        let mut sentences = vec![self.sends()];
        if self.step.analysis.any(AnalysisFlags::ZERO_WINDOW) {
            let to = self.to;
            sentences.push(text!("explain-data-zero-window", to));
        }
        if self.step.acks_fin(self.at.conversation) {
            sentences.push(self.acks_fin());
        }
        sentences
    }

    /// Explains a window that closes, is probed, and opens again: RFC 9293, section 3.8.6.1.
    fn window_closed(&self) -> Sentences {
        let Segment {
            from,
            address,
            to,
            acked,
            ..
        } = self;
        let step = self.step;
        let zero_window = self.analysis.zero_window;
        match step.kind {
            StepKind::ZeroWindow => vec![text!("explain-zero-window", from, address, acked)],
            StepKind::Probe => {
                let mut sentences = vec![match zero_window {
                    Some(ZeroWindow::Probe(closed)) => {
                        text!("explain-window-probe-of", from, address, to, closed)
                    }
                    _ => text!("explain-window-probe", from, address, to),
                }];
                let seq = self.at.number(step.from, step.seq);
                sentences.push(match step.payload {
                    0 => text!("explain-window-probe-keep-alive").to_owned(),
                    _ => text!("explain-window-probe-byte", seq),
                });
                sentences
            }
            StepKind::ProbeAck => vec![
                match zero_window {
                    Some(ZeroWindow::ProbeAck(probe)) => {
                        text!("explain-window-probe-ack-of", from, address, probe)
                    }
                    _ => text!("explain-window-probe-ack", from, address),
                },
                text!("explain-has-everything", acked),
            ],
            _ => {
                let window = match self.is_scale_unknown() {
                    true => text!("explain-window-unknown", value = step.window),
                    false => size(self.at.window(step)),
                };
                vec![match zero_window {
                    Some(ZeroWindow::Reopened(closed)) => {
                        let after = self.at.between(closed.get(), step.packet);
                        text!(
                            "explain-window-opens-after",
                            from,
                            address,
                            after,
                            closed,
                            window,
                            to,
                            acked
                        )
                    }
                    _ => text!("explain-window-opens", from, address, window, to, acked),
                }]
            }
        }
    }

    fn ack(&self) -> Sentences {
        let Segment {
            from,
            address,
            to,
            acked,
            ..
        } = self;
        let step = self.step;
        match step.kind {
            // RFC 9293, section 3.8.4: with one byte that was acknowledged before, or with none.
            StepKind::KeepAlive => {
                let seq = self.at.number(step.from, step.seq);
                let next = seq.wrapping_add(1);
                vec![match step.payload {
                    0 => text!("explain-keep-alive", from, address, seq, next, to),
                    _ => text!("explain-keep-alive-byte", from, address, seq, to),
                }]
            }
            StepKind::KeepAliveAck => {
                vec![text!("explain-keep-alive-ack", from, address, acked)]
            }
            _ if step.analysis.any(AnalysisFlags::DUPLICATE_ACK) => {
                let mut sentences = vec![match self.analysis.duplicate_ack {
                    Some((number, first)) => text!(
                        "explain-duplicate-ack-of",
                        from,
                        address,
                        acked,
                        number,
                        first
                    ),
                    None => text!("explain-duplicate-ack", from, address, acked),
                }];
                sentences.push(text!("explain-duplicate-ack-means", to, acked));
                if self.analysis.selectively_acked > 0 {
                    let size = size(self.analysis.selectively_acked.into());
                    sentences.push(text!("explain-duplicate-ack-sack", size));
                }
                sentences
            }
            _ => {
                vec![match self.is_scale_unknown() {
                    true => text!("explain-ack-unscaled", from, address, to, acked),
                    false => {
                        let window = size(self.at.window(step));
                        text!("explain-ack", from, address, to, acked, window)
                    }
                }]
            }
        }
    }

    /// Whether the bytes that its window stands for are not known.
    fn is_scale_unknown(&self) -> bool {
        let scale = self.at.conversation.tcp().window_scale(self.step.from);
        scale == WindowScale::Unknown && self.step.window > 0
    }

    /// Says that it acknowledges the other side's FIN.
    fn acks_fin(&self) -> String {
        let (to, acked) = (self.to, self.acked);
        let fin = self.at.conversation.tcp().side(self.step.from.other()).fin;
        match fin {
            Some(fin) => text!("explain-fin-acks-fin", to, fin, acked),
            None => text!("explain-fin-acks-unseen-fin", to, acked),
        }
    }

    fn fin_ack(&self) -> Sentences {
        let Segment {
            from, address, to, ..
        } = self;
        let step = self.step;
        let tcp = self.at.conversation.tcp();
        let mut sentences = vec![text!("explain-fin-ack", from, address), self.acks_fin()];
        let own = tcp.side(step.from);
        let by_now = |packet: Option<u32>| packet.filter(|packet| *packet <= step.packet);
        sentences.push(match (by_now(own.fin), by_now(own.fin_acked)) {
            (Some(_), Some(_)) => text!("explain-closed").to_owned(),
            (Some(fin), None) => text!("explain-closing", from, fin),
            (None, _) => match own.after_peer_fin {
                0 => text!("explain-half-closed", from, to),
                more => {
                    let more = size(more);
                    text!("explain-half-closed-more", from, more)
                }
            },
        });
        sentences
    }

    fn fin(&self) -> Sentences {
        let Segment {
            from,
            address,
            to,
            next,
            ..
        } = self;
        let step = self.step;
        let tcp = self.at.conversation.tcp();
        let seq = self
            .at
            .number(step.from, step.seq.wrapping_add(step.payload));
        let mut sentences = vec![text!("explain-fin", from, address, seq, next)];
        if step.payload > 0 {
            sentences.push(self.sends());
        }
        let peer = tcp.side(step.from.other());
        let acks = step.acks_fin(self.at.conversation);
        if acks {
            sentences.push(self.acks_fin());
        }
        let acked_before = peer.fin_acked.is_some_and(|packet| packet <= step.packet);
        sentences.push(match peer.fin {
            Some(fin) if fin < step.packet && acked_before => {
                text!("explain-fin-second", to, fin)
            }
            Some(fin) if fin < step.packet => text!("explain-fin-crossing", to, fin),
            Some(fin) => text!("explain-fin-first-until", to, fin),
            None => text!("explain-fin-first", to),
        });
        if step.repeats_fin(self.at.conversation)
            && let Some(first) = tcp.side(step.from).fin
        {
            let after = self.at.between(first, step.packet);
            sentences.push(text!("explain-fin-again", first, after));
        }
        sentences
    }

    fn rst(&self) -> Sentences {
        let Segment {
            from, address, to, ..
        } = self;
        let step = self.step;
        let tcp = self.at.conversation.tcp();
        let first = match outcome(self.at.conversation) {
            Outcome::Refused => {
                let port = self.at.conversation.endpoint(step.from).port;
                text!("explain-refused", from, address, port)
            }
            _ => text!("explain-reset", from, address, to),
        };
        let seq = self.at.number(step.from, step.seq);
        let isn = tcp.side(step.from.other()).isn;
        let answers = isn.filter(|isn| {
            let last = step.ack.wrapping_sub(isn.wrapping_add(1));
            step.flags.ack() && last <= tcp.handshake.syn_data
        });
        let expects = self.at.earlier(|other| {
            other.from != step.from && other.flags.ack() && other.kind.is_segment()
        });
        let reason = match (expects, answers) {
            // RFC 9293, section 3.10.7.3: in SYN-SENT the acknowledgment number shows what is answered.
            (None, Some(_)) => text!("explain-reset-of-syn", ack = step.ack, to, seq = step.seq),
            (Some(expects), _) => {
                let packet = expects.packet;
                let expected = self.at.number(step.from, expects.ack);
                match expects.ack == step.seq {
                    true => text!("explain-reset-expected", to, seq, packet),
                    false => text!("explain-reset-not-expected", to, seq, expected, packet),
                }
            }
            // In SYN-SENT no other one is believed.
            (None, None) if isn.is_some() && !self.has_spoken() => {
                return vec![match step.flags.ack() {
                    true => text!(
                        "explain-reset-of-nothing",
                        from,
                        address,
                        ack = step.ack,
                        to
                    ),
                    false => text!("explain-reset-without-ack", from, address, to),
                }];
            }
            (None, None) => text!("explain-reset-number", seq = step.seq),
        };
        vec![first, reason]
    }

    /// Whether its sender has sent anything before but RSTs.
    fn has_spoken(&self) -> bool {
        let from = self.step.from;
        let own =
            |other: &Step| other.from == from && other.kind.is_segment() && !other.flags.rst();
        self.at.earlier(own).is_some()
    }

    /// Returns its marks in sentences, except for what its kind shows.
    fn marks(&self) -> Sentences {
        let Segment { to, from, .. } = self;
        let (step, analysis) = (self.step, self.analysis);
        let mut sentences = Vec::new();
        for (mark, _) in step.analysis.terms() {
            sentences.push(match mark.0 {
                // Its own sentences say it.
                _ if step.flags.any(TcpFlags::SYN | TcpFlags::FIN) && step.is_retransmission() => {
                    continue;
                }
                AnalysisFlags::RETRANSMISSION if self.is_declined() => {
                    text!("explain-syn-data-again", from, to)
                }
                AnalysisFlags::RETRANSMISSION => text!("explain-retransmission", from),
                AnalysisFlags::FAST_RETRANSMISSION => {
                    let asks = self.at.earlier(|other| {
                        other.from != step.from && other.ack == step.seq && other.flags.ack()
                    });
                    match asks.map(|asks| asks.packet) {
                        Some(packet) => text!("explain-fast-retransmission-of", to, packet),
                        None => text!("explain-fast-retransmission", to),
                    }
                }
                AnalysisFlags::SPURIOUS_RETRANSMISSION => {
                    let acks = self.at.earlier(|other| {
                        let has = other.ack.wrapping_sub(step.end()) < 1 << 31;
                        other.from != step.from && other.flags.ack() && has
                    });
                    match acks.map(|acks| acks.packet) {
                        Some(packet) => text!("explain-spurious-retransmission-of", to, packet),
                        None => text!("explain-spurious-retransmission", to),
                    }
                }
                AnalysisFlags::OUT_OF_ORDER => self.out_of_order(),
                AnalysisFlags::LOST_SEGMENT => {
                    let missing = analysis.missing_before;
                    let seq = self.at.number(step.from, step.seq);
                    let (first, last) = (seq.wrapping_sub(missing), seq.wrapping_sub(1));
                    let size = size(missing.into());
                    text!("explain-lost-segment", size, first, last)
                }
                AnalysisFlags::ACK_LOST_SEGMENT => text!("explain-ack-lost-segment", to),
                AnalysisFlags::WINDOW_UPDATE if step.kind != StepKind::Opened => {
                    text!("explain-window-update").to_owned()
                }
                AnalysisFlags::WINDOW_FULL => self.window_full(),
                _ => continue,
            });
        }
        if step.is_retransmission() && !step.flags.any(TcpFlags::SYN | TcpFlags::FIN) {
            sentences.extend(self.repeats());
        }
        if let Some(gap) = &analysis.fills {
            let size = size(gap.bytes.into());
            let packet = gap.shown_by;
            sentences.push(match step.is_retransmission() {
                true => text!("explain-fills-lost", size, packet),
                false => text!("explain-fills", size, packet),
            });
        }
        sentences
    }

    /// Whether it sends the data of a SYN again, of which the server took nothing.
    fn is_declined(&self) -> bool {
        let tcp = self.at.conversation.tcp();
        let isn = tcp.side(dissectors::Side::Client).isn;
        self.step.from == dissectors::Side::Client
            && isn.is_some_and(|isn| self.step.seq == isn.wrapping_add(1))
            && tcp.handshake.declines_syn_data(isn)
    }

    /// Says which packet it repeats: the nearest one of its sender with bytes of it.
    fn repeats(&self) -> Option<String> {
        let step = self.step;
        let offset = |seq: u32| seq.wrapping_sub(step.seq) as i32;
        let payload = step.payload as i32;
        let overlap = |other: &Step| {
            let start = offset(other.seq).saturating_add(other.flags.syn().into());
            let end = start.saturating_add(other.payload as i32);
            let (start, end) = (start.max(0), end.min(payload));
            (start < end).then_some((start as u32, end as u32))
        };
        let sent = |other: &Step| {
            let carries = other.kind.is_segment() && other.from == step.from;
            carries && overlap(other).is_some()
        };
        let before = self.at.earlier(sent)?;
        let (start, end) = overlap(before)?;
        let number = |offset: u32| self.at.number(step.from, step.seq.wrapping_add(offset));
        let (first, last) = (number(start), number(end).wrapping_sub(1));
        let packet = before.packet;
        let ago = self.at.between(packet, step.packet);
        Some(match end - start == step.payload {
            true => text!("explain-repeats", packet, ago),
            false => text!("explain-repeats-part", first, last, packet, ago),
        })
    }

    fn out_of_order(&self) -> String {
        let step = self.step;
        let later = self.at.earlier(|other| {
            let beyond = other.end().wrapping_sub(step.end());
            other.from == step.from && other.kind.is_segment() && (1..1 << 31).contains(&beyond)
        });
        let bytes = self.analysis.captured_before;
        let is_copy = bytes > 0 && bytes == step.payload;
        match later {
            Some(later) => {
                let packet = later.packet;
                let ago = self.at.between(packet, step.packet);
                match is_copy {
                    true => text!("explain-out-of-order-copy-of", packet, ago),
                    false => text!("explain-out-of-order-after", packet, ago),
                }
            }
            None if is_copy => text!("explain-out-of-order-copy").to_owned(),
            None => text!("explain-out-of-order").to_owned(),
        }
    }

    /// Says how the window of the other side, which it fills, comes about.
    fn window_full(&self) -> String {
        let (to, step) = (self.to, self.step);
        let allows = self
            .at
            .earlier(|other| other.from != step.from && other.flags.ack());
        let Some(allows) = allows else {
            return text!("explain-window-full", to);
        };
        let packet = allows.packet;
        let acked = self.at.number(step.from, allows.ack);
        let window = self.at.window(allows);
        let sum = last_allowed(acked, window);
        let window = grouped(window);
        text!("explain-window-full-sum", to, packet, acked, window, sum)
    }

    /// Returns its sequence number, acknowledgment number and window in sentences, as far as its role does not.
    pub fn numbers(&self) -> Sentences {
        let mut sentences = Vec::new();
        sentences.extend(self.position());
        sentences.push(self.acknowledges());
        sentences.push(self.allows());
        let flags = self.step.flags;
        if flags.any(TcpFlags::PSH) {
            sentences.push(text!("explain-push").to_owned());
        }
        sentences
    }

    /// Says where it is in the stream of its sender.
    fn position(&self) -> Option<String> {
        let step = self.step;
        let raw = step.seq;
        let number = self.at.number(step.from, step.seq);
        let isn = self.at.conversation.tcp().side(step.from).isn;
        // The SYN itself shows its number, and that of a RST may be any.
        let is_relative =
            number != raw && !step.flags.syn() && !(step.flags.rst() && isn.is_none());
        let relative = is_relative.then(|| {
            let base = raw.wrapping_sub(number);
            text!("explain-relative", number, raw, base)
        });
        let carries = step.payload > 0
            || step
                .flags
                .any(TcpFlags::SYN | TcpFlags::FIN | TcpFlags::RST)
            || step.kind == StepKind::KeepAlive;
        if carries {
            return relative;
        }
        let from = self.from;
        let highest = self.at.highest(step.from);
        let sentence = match highest.filter(|highest| highest.end() != step.seq) {
            Some(highest) => {
                let (packet, next) = (highest.packet, self.at.number(step.from, highest.end()));
                text!("explain-empty-not-next", from, number, packet, next)
            }
            None => text!("explain-empty", from, number),
        };
        Some(match relative {
            Some(relative) => format!("{sentence} {relative}"),
            None => sentence,
        })
    }

    /// Says why it has this acknowledgment number.
    fn acknowledges(&self) -> String {
        let (step, to, ack) = (self.step, self.to, self.acked);
        if !step.flags.ack() {
            return match step.ack {
                0 => text!("explain-acks-nothing").to_owned(),
                raw => text!("explain-ack-without-flag", raw),
            };
        }
        let last = ack.wrapping_sub(1);
        let before = self.at.earlier(|other| {
            let carries = other.payload > 0 || other.flags.any(TcpFlags::SYN | TcpFlags::FIN);
            other.from != step.from && other.kind.is_segment() && carries && {
                let start = step.ack.wrapping_sub(other.seq);
                (1..=other.end().wrapping_sub(other.seq)).contains(&start)
            }
        });
        let reason = match before {
            Some(other) if other.end() == step.ack => {
                let packet = other.packet;
                match (other.flags.fin(), other.payload, other.flags.syn()) {
                    (true, ..) => text!("explain-ack-of-fin", ack, packet),
                    (_, 0, true) => text!("explain-ack-of-syn", ack, packet),
                    _ => text!("explain-ack-of-data", ack, packet, last),
                }
            }
            Some(other) => {
                let packet = other.packet;
                text!("explain-ack-within", ack, packet, last)
            }
            None => text!("explain-ack-of-unseen", ack, raw = step.ack, to),
        };
        let own = self.at.earlier(|other| {
            other.from == step.from && other.flags.ack() && other.kind.is_segment()
        });
        match own.filter(|own| own.ack == step.ack) {
            Some(own) => {
                let packet = own.packet;
                format!("{reason} {}", text!("explain-ack-same", packet))
            }
            None => reason,
        }
    }

    /// Says what its window means: RFC 7323, section 2.
    fn allows(&self) -> String {
        let (step, to) = (self.step, self.to);
        let value = grouped(step.window.into());
        if step.flags.rst() {
            return text!("explain-window-of-rst", value);
        }
        if step.flags.syn() {
            return text!("explain-window-of-syn", value);
        }
        let scale = self.at.conversation.tcp().window_scale(step.from);
        let bytes = self.at.window(step);
        if !step.flags.ack() {
            return text!("explain-window-without-ack", value);
        }
        let last = last_allowed(self.acked, bytes);
        let bytes = grouped(bytes);
        match (step.window, scale) {
            (0, _) => text!("explain-window-of-0", to),
            (_, WindowScale::Unknown) => text!("explain-window-unscaled", value),
            (_, WindowScale::Shift(shift)) if shift > 0 => {
                let factor = 1_u32 << shift.min(MAX_SHIFT);
                text!(
                    "explain-window-scaled",
                    value,
                    factor,
                    shift,
                    bytes,
                    to,
                    last
                )
            }
            _ => text!("explain-window-plain", value, to, last),
        }
    }
}

/// A larger window scale shift counts as this: RFC 7323, section 2.3.
const MAX_SHIFT: u8 = 14;

/// Returns the last byte that a window allows to be sent.
fn last_allowed(acked: u32, window: u64) -> u32 {
    acked.wrapping_add(window as u32).wrapping_sub(1)
}
