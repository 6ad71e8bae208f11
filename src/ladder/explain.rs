//! Explains a row in sentences, and what the handshake shows of the whole conversation.

use super::{
    Class, Ladder, LadderRow, Message, Run, Step, StepKind,
    label::{RowContext, RowDetail, flags},
};
use crate::{
    format::{duration, size},
    lang::{Count, osi_layer, side, text},
    services,
    store::Contents,
    track::{Conversation, Outcome, Protocol, Side, icmp_words, outcome},
};
use dissectors::{AnalysisFlags, OsiLayer, PerSide, ZeroWindow};
use std::net::IpAddr;

/// One half of the round trip must be longer than the other by this factor to show where the capture was made.
const MUCH_LONGER: i64 = 5;

/// Halves shorter than this are ignored: they are processing time.
const WORTH_SAYING_NS: i64 = 1_000_000;

/// Returns the options that both sides agreed on, or that one of them offered; none for UDP.
pub fn agreed(conversation: &Conversation) -> Option<String> {
    if conversation.protocol == Protocol::Udp {
        return None;
    }
    let tcp = conversation.tcp();
    let PerSide { client, server } = &tcp.sides;
    if client.isn.is_none() && server.isn.is_none() {
        return Some(text!("agreed-not-captured").to_owned());
    }
    if !tcp.both_syns_seen() {
        return Some(offered(conversation));
    }
    let offers = [&client.offered, &server.offered];
    let mut parts = vec![match offers.map(|offer| offer.mss) {
        [Some(c), Some(s)] if c == s => text!("agreed-mss", mss = c),
        [None, None] => text!("agreed-mss-none").to_owned(),
        [c, s] => {
            let said = |mss: Option<u16>| match mss {
                Some(mss) => mss.to_string(),
                None => text!("agreed-none").to_owned(),
            };
            text!("agreed-mss-of-each", client = said(c), server = said(s))
        }
    }];
    parts.push(match offers.map(|offer| offer.window_scale) {
        [Some(client), Some(server)] => text!("agreed-window-scale-of-each", client, server),
        [Some(_), None] => text!("agreed-window-scale-not-in-syn-ack").to_owned(),
        [None, Some(_)] => text!("agreed-window-scale-not-in-syn").to_owned(),
        [None, None] => text!("agreed-window-scale-off").to_owned(),
    });
    let switch = |option: &str, on: bool, one: bool| match (on, one) {
        (true, _) => option.to_owned(),
        (false, true) => text!("agreed-off-one-side", option),
        (false, false) => text!("agreed-off", option),
    };
    let one = |has: fn(&crate::track::Offered) -> bool| offers.iter().any(|o| has(o));
    parts.push(switch("SACK", tcp.sack(), one(|o| o.sack_permitted)));
    parts.push(switch(
        text!("timestamps"),
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
    Some(text!("agreed", parts = parts.join(" · ")))
}

/// Returns the options of the one side whose SYN was captured.
fn offered(conversation: &Conversation) -> String {
    let tcp = conversation.tcp();
    let by = match tcp.side(Side::Client).isn {
        Some(_) => Side::Client,
        None => Side::Server,
    };
    let options = &tcp.side(by).offered;
    let mut parts = Vec::new();
    parts.extend(options.mss.map(|mss| text!("agreed-mss", mss)));
    let shift = options.window_scale;
    parts.extend(shift.map(|shift| text!("agreed-window-scale", shift)));
    parts.extend(options.sack_permitted.then(|| "SACK".to_owned()));
    let timestamps = options.timestamps;
    parts.extend(timestamps.then(|| text!("timestamps").to_owned()));
    let parts = match parts.is_empty() {
        true => text!("agreed-nothing").to_owned(),
        false => parts.join(" · "),
    };
    match by {
        Side::Client => text!("offered-by-client", parts),
        Side::Server => text!("offered-by-server", parts),
    }
}

/// Returns where the capture was made, if the round trips to both sides show it.
pub fn place(conversation: &Conversation) -> Option<String> {
    let tcp = conversation.tcp();
    if tcp.handshake.simultaneous {
        return None;
    }
    let analysis = conversation.analysis()?;
    let to_server = analysis.path_ns(Side::Server, &tcp)?;
    let to_client = analysis.path_ns(Side::Client, &tcp)?;
    let (near, long, short) = match (to_server, to_client) {
        (s, c) if s >= WORTH_SAYING_NS && s / MUCH_LONGER >= c => (Side::Client, s, c),
        (s, c) if c >= WORTH_SAYING_NS && c / MUCH_LONGER >= s => (Side::Server, c, s),
        _ => return None,
    };
    Some(text!(
        "captured-near",
        near = side(near),
        far = side(near.other()),
        to_far = duration(long),
        to_near = duration(short)
    ))
}

impl Ladder {
    /// Explains a row in sentences; returns them with the layer and protocol that they are about.
    pub fn explain(
        &self,
        contents: &Contents,
        row: LadderRow,
        said: &RowDetail,
        absolute: bool,
    ) -> Option<(String, String)> {
        let context = self.row_context(contents, absolute)?;
        let first = self.first_of(row)?;
        let sentences = match row {
            LadderRow::Run(at) => context.explain_run(self.runs.get(at)?, said),
            LadderRow::Step(..) => context.explain_step(first, said),
        };
        let conversation = context.conversation;
        let above =
            matches!(first.kind, StepKind::Data | StepKind::Datagram) && said.info.is_some();
        let tag = match (first.kind, conversation.protocol) {
            (StepKind::Icmp, _) => {
                let v6 = conversation.icmp.as_ref().is_some_and(|icmp| icmp.v6);
                layer(OsiLayer::Network, if v6 { "ICMPv6" } else { "ICMP" })
            }
            (_, protocol) => match services::name(conversation) {
                name if above && !name.is_empty() => layer(OsiLayer::Application, &name),
                _ => layer(OsiLayer::Transport, &protocol.name().to_uppercase()),
            },
        };
        Some((sentences.join(" "), tag))
    }
}

fn layer(layer: OsiLayer, protocol: &str) -> String {
    format!("L{} {} · {protocol}", layer.number(), osi_layer(layer))
}

/// Sentences, to be joined with spaces.
type Sentences = Vec<String>;

/// The common parts of the sentences about a segment.
struct Segment {
    /// The sender: `client` or `server`.
    from: &'static str,
    /// The sender's address.
    address: IpAddr,
    /// The other side.
    to: &'static str,
    /// The number that acknowledges it.
    next: u32,
    /// The number that it acknowledges.
    acked: u32,
    /// The marks of its TCP analysis.
    marks: Sentences,
}

impl RowContext<'_> {
    fn explain_run(&self, run: &Run, said: &RowDetail) -> Sentences {
        let Some([first, last]) = self.ladder.ends(run) else {
            return Vec::new();
        };
        let mut sentences = vec![text!(
            "explain-run",
            first = first.packet,
            last = last.packet
        )];
        let over = self.between(first.packet, last.packet);
        let from = side(first.from);
        let acks = Count(run.acks.into());
        match run.class {
            Class::Alive => sentences.push(text!("explain-run-idle", from, over)),
            Class::Stalled => sentences.push(text!("explain-run-stalled", over)),
            Class::Acks => sentences.push(text!("explain-run-acks", acks, over)),
            Class::Report => {
                let errors = Count(run.icmp_errors.into());
                sentences.push(text!("explain-run-icmp", errors, over));
            }
            _ => {
                let size = size(run.bytes);
                let segments = Count(run.segments.into());
                sentences.push(match run.acks {
                    0 => text!("explain-run-data", from, size, segments, over),
                    _ => text!(
                        "explain-run-data-and-acks",
                        from,
                        size,
                        segments,
                        acks,
                        over
                    ),
                });
                match (said.info, &said.message) {
                    (Some(info), Some(message)) => sentences.extend(explain_message(info, message)),
                    (Some(info), None) => sentences.push(text!("explain-run-begins-with", info)),
                    (None, _) => {}
                }
                let trouble = explain_trouble(run);
                if !trouble.is_empty() {
                    sentences.push(format!("{}.", trouble.join(", ")));
                }
            }
        }
        let fold = match run.unfolded {
            true => text!("explain-run-fold"),
            false => text!("explain-run-unfold"),
        };
        sentences.push(fold.to_owned());
        sentences
    }

    fn explain_step(&self, step: &Step, said: &RowDetail) -> Sentences {
        let segment = Segment {
            from: side(step.from),
            address: self.conversation.endpoint(step.from).address,
            to: side(step.from.other()),
            next: self.number(step.from, step.end()),
            acked: self.number(step.from.other(), step.ack),
            marks: self.explain_marks(step, &said.analysis),
        };
        let sentences = match step.kind {
            StepKind::NotCaptured | StepKind::Evicted | StepKind::Duplicate | StepKind::Unread => {
                return vec![self.explain_capture(step)];
            }
            StepKind::Icmp => return self.explain_icmp(step, said),
            StepKind::Datagram => return self.explain_datagram(step, said, &segment),
            StepKind::Syn => self.explain_syn(step, &segment),
            StepKind::SynAck => self.explain_syn_ack(step, &segment),
            StepKind::HandshakeAck => self.explain_handshake_ack(step, segment),
            StepKind::Data => self.explain_data(step, said, segment),
            StepKind::ZeroWindow | StepKind::Probe | StepKind::ProbeAck | StepKind::Opened => {
                self.explain_window(step, said, segment)
            }
            StepKind::KeepAlive | StepKind::KeepAliveAck | StepKind::Ack => {
                self.explain_ack(step, said, segment)
            }
            StepKind::Fin => self.explain_fin(step, segment),
            StepKind::FinAck => self.explain_fin_ack(step, segment),
            StepKind::Rst => vec![self.explain_rst(step, &segment)],
        };
        let head = format!("#{} {}.", step.packet, flags(step.flags));
        std::iter::once(head).chain(sentences).collect()
    }

    /// Explains what concerns the capture itself: packets that are missing, or that came twice.
    fn explain_capture(&self, step: &Step) -> String {
        let packet = step.packet;
        match step.kind {
            StepKind::NotCaptured => text!("explain-not-captured").to_owned(),
            StepKind::Evicted => {
                let count = Count(self.conversation.evicted.into());
                text!("explain-evicted", count)
            }
            StepKind::Duplicate => text!("explain-duplicate", packet),
            _ => text!("explain-unread", packet),
        }
    }

    fn explain_datagram(&self, step: &Step, said: &RowDetail, segment: &Segment) -> Sentences {
        let Segment { from, address, .. } = segment;
        let size = size(step.payload.into());
        let mut sentences = vec![
            format!("#{}.", step.packet),
            text!("explain-datagram", from, address, size),
        ];
        sentences.extend(said.info.map(|info| text!("explain-datagram-says", info)));
        sentences.push(text!("explain-datagram-udp").to_owned());
        sentences
    }

    fn explain_handshake_ack(&self, step: &Step, segment: Segment) -> Sentences {
        let Segment {
            from,
            address,
            to,
            marks,
            ..
        } = segment;
        let ack = step.ack;
        let isn = self.conversation.tcp().side(step.from.other()).isn;
        let mut sentences = vec![match isn {
            Some(isn) if isn.wrapping_add(1) == ack => {
                text!("explain-handshake-ack-of-isn", from, address, ack, to)
            }
            _ => text!("explain-handshake-ack", from, address, ack),
        }];
        sentences.push(match self.conversation.tcp().handshake.rtt_ns() {
            Some(rtt) => text!("explain-open-after", rtt = duration(rtt)),
            None => text!("explain-open").to_owned(),
        });
        sentences.extend(marks);
        sentences
    }

    fn explain_data(&self, step: &Step, said: &RowDetail, segment: Segment) -> Sentences {
        let Segment {
            from,
            address,
            to,
            next,
            acked,
            marks,
        } = segment;
        let without_marks = marks.is_empty();
        let mut sentences = marks;
        sentences.push(text!(
            "explain-data",
            from,
            address,
            size = size(step.payload.into()),
            first = self.number(step.from, step.seq),
            last = next.wrapping_sub(1),
            next
        ));
        if without_marks && step.flags.ack() {
            sentences.push(text!("explain-data-acks", to, acked));
        }
        sentences.extend(said.info.map(|info| text!("explain-says", info)));
        sentences
    }

    /// Explains a window that closes, is probed, and opens again: RFC 9293, section 3.8.6.1.
    fn explain_window(&self, step: &Step, said: &RowDetail, segment: Segment) -> Sentences {
        let Segment {
            from,
            address,
            to,
            acked,
            marks,
            ..
        } = segment;
        let zero_window = said.analysis.zero_window;
        let mut sentences = Vec::new();
        match step.kind {
            StepKind::ZeroWindow => {
                sentences.push(text!("explain-zero-window", from, address, acked));
            }
            StepKind::Probe => {
                sentences.push(match zero_window {
                    Some(ZeroWindow::Probe(closed)) => {
                        text!("explain-window-probe-of", from, address, to, closed)
                    }
                    _ => text!("explain-window-probe", from, address, to),
                });
                if step.analysis.any(AnalysisFlags::KEEP_ALIVE) {
                    sentences.push(text!("explain-window-probe-keep-alive").to_owned());
                }
            }
            StepKind::ProbeAck => {
                sentences.push(match zero_window {
                    Some(ZeroWindow::ProbeAck(probe)) => {
                        text!("explain-window-probe-ack-of", from, address, probe)
                    }
                    _ => text!("explain-window-probe-ack", from, address),
                });
                sentences.push(text!("explain-has-everything", acked));
            }
            _ => {
                let window = size(self.window(step));
                sentences.push(match zero_window {
                    Some(ZeroWindow::Reopened(closed)) => {
                        let after = self.between(closed.get(), step.packet);
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
                });
            }
        }
        sentences.extend(marks);
        sentences
    }

    fn explain_ack(&self, step: &Step, said: &RowDetail, segment: Segment) -> Sentences {
        let Segment {
            from,
            address,
            to,
            acked,
            marks,
            ..
        } = segment;
        let mut sentences = Vec::new();
        match step.kind {
            StepKind::KeepAlive => {
                let seq = self.number(step.from, step.seq);
                sentences.push(text!("explain-keep-alive", from, address, seq, to));
            }
            StepKind::KeepAliveAck => {
                sentences.push(text!("explain-keep-alive-ack", from, address, acked));
            }
            _ if step.analysis.any(AnalysisFlags::DUPLICATE_ACK) => {
                sentences.push(match said.analysis.duplicate_ack {
                    Some((number, first)) => text!(
                        "explain-duplicate-ack-of",
                        from,
                        address,
                        acked,
                        number,
                        first
                    ),
                    None => text!("explain-duplicate-ack", from, address, acked),
                });
                sentences.push(text!("explain-duplicate-ack-means", to, acked));
                if said.analysis.selectively_acked > 0 {
                    let size = size(said.analysis.selectively_acked.into());
                    sentences.push(text!("explain-duplicate-ack-sack", size));
                }
            }
            _ => {
                let window = size(self.window(step));
                sentences.push(text!("explain-ack", from, address, to, acked, window));
            }
        }
        sentences.extend(marks);
        sentences
    }

    fn explain_fin_ack(&self, step: &Step, segment: Segment) -> Sentences {
        let Segment {
            from,
            address,
            to,
            acked,
            marks,
            ..
        } = segment;
        let mut sentences = vec![text!("explain-fin-ack", from, address, to, acked)];
        let more = self.conversation.tcp().side(step.from).after_peer_fin;
        if more > 0 {
            sentences.push(text!("explain-half-closed", from, more = size(more)));
        }
        sentences.extend(marks);
        sentences
    }

    fn explain_fin(&self, step: &Step, segment: Segment) -> Sentences {
        let Segment {
            from,
            address,
            to,
            next,
            marks,
            ..
        } = segment;
        let seq = self.number(step.from, step.seq.wrapping_add(step.payload));
        let mut sentences = vec![text!("explain-fin", from, address, seq, next, to)];
        if step.acks_fin(self.conversation) {
            sentences.push(text!("explain-fin-acks-fin", to));
        }
        match step.repeats_fin(self.conversation) {
            true => sentences.push(text!("explain-fin-again").to_owned()),
            false => sentences.extend(marks),
        }
        sentences
    }

    fn explain_rst(&self, step: &Step, segment: &Segment) -> String {
        let Segment {
            from, address, to, ..
        } = segment;
        match outcome(self.conversation) {
            Outcome::Refused => {
                let port = self.conversation.endpoint(step.from).port;
                text!("explain-refused", from, address, port)
            }
            _ => text!("explain-reset", from, address, to),
        }
    }

    fn explain_syn(&self, step: &Step, segment: &Segment) -> Sentences {
        let Segment { from, address, .. } = segment;
        let isn = step.seq;
        if step.is_retransmission() {
            let before = self.earlier(step, |other| {
                other.kind == StepKind::Syn && other.from == step.from
            });
            return vec![match before {
                Some(before) => {
                    let after = self.between(before.packet, step.packet);
                    text!("explain-syn-again-after", from, address, after, isn)
                }
                None => text!("explain-syn-again", from, address, isn),
            }];
        }
        if step.from == Side::Server {
            return vec![text!("explain-syn-simultaneous", from, address, isn)];
        }
        let mut sentences = vec![text!(
            "explain-syn",
            from,
            address,
            port = self.conversation.endpoint(step.from.other()).port,
            isn,
            next = isn.wrapping_add(1)
        )];
        if step.payload > 0 {
            let size = size(step.payload.into());
            sentences.push(text!("explain-syn-data", size));
        }
        sentences
    }

    fn explain_syn_ack(&self, step: &Step, segment: &Segment) -> Sentences {
        let Segment {
            from, address, to, ..
        } = segment;
        let (seq, ack) = (step.seq, step.ack);
        let tcp = self.conversation.tcp();
        let handshake = &tcp.handshake;
        let isn = self.conversation.tcp().side(step.from.other()).isn;
        if step.is_wrong_answer(self.conversation) {
            let expected = isn.map_or(0, |isn| isn.wrapping_add(1));
            return vec![text!(
                "explain-wrong-answer",
                from,
                address,
                ack,
                to,
                expected
            )];
        }
        if step.is_retransmission() {
            return vec![match handshake.simultaneous {
                true => text!(
                    "explain-syn-ack-simultaneous",
                    from,
                    address,
                    isn = seq,
                    to,
                    ack
                ),
                false => text!("explain-syn-ack-again", from, address, isn = seq),
            }];
        }
        let mut sentences = vec![
            text!("explain-syn-ack", from, address, isn = seq),
            match isn {
                Some(_) => text!("explain-syn-ack-of-isn", ack, to),
                None => text!("explain-syn-ack-of-unknown", ack),
            },
        ];
        if let Some(ns) = handshake.syn_to_syn_ack_ns() {
            sentences.push(text!("explain-since-syn", took = duration(ns)));
        }
        sentences
    }

    fn explain_icmp(&self, step: &Step, said: &RowDetail) -> Sentences {
        let conversation = self.conversation;
        let Some(icmp) = &conversation.icmp else {
            return Vec::new();
        };
        if icmp.packet != step.packet {
            let (packet, first) = (step.packet, icmp.packet);
            return match said.info {
                Some(info) => vec![text!("explain-icmp-later", packet, info, first)],
                None => vec![text!("explain-icmp-another", packet, first)],
            };
        }
        let reporter = icmp.reporter;
        let what = icmp_words(icmp);
        let mut sentences = vec![
            text!(
                "explain-icmp",
                packet = step.packet,
                icmp = if icmp.v6 { "ICMPv6" } else { "ICMP" },
                kind = icmp.kind,
                code = icmp.code
            ),
            if reporter == conversation.server.address {
                text!("explain-icmp-of-server", reporter, what)
            } else if reporter == conversation.client.address {
                text!("explain-icmp-of-client", reporter, what)
            } else {
                text!("explain-icmp-of-router", reporter, what)
            },
        ];
        let count = conversation.errors();
        if count > 1 {
            sentences.push(text!("explain-icmp-first-of", count));
        }
        sentences
    }
}

/// Explains what was unusual about the segments of a run.
fn explain_trouble(run: &Run) -> Vec<String> {
    let mut trouble = Vec::new();
    let count = Count(run.retransmissions.into());
    if run.retransmissions > 0 {
        trouble.push(text!("count-retransmissions", count));
    }
    let count = Count(run.out_of_order.into());
    if run.out_of_order > 0 {
        trouble.push(text!("explain-run-out-of-order", count));
    }
    let count = Count(run.gaps.into());
    if run.gaps > 0 {
        trouble.push(text!("explain-run-gaps", count));
    }
    let count = Count(run.duplicate_acks.into());
    if run.duplicate_acks > 0 {
        trouble.push(text!("explain-run-duplicate-acks", count));
    }
    let count = Count(run.icmp_errors.into());
    if run.icmp_errors > 0 {
        trouble.push(text!("count-icmp-errors", count));
    }
    trouble
}

/// Explains a message, and whether it is complete.
fn explain_message(info: &str, message: &Message) -> Sentences {
    let size = size(message.bytes);
    let segments = Count(message.segments as u64);
    let packet = message.packet;
    let mut sentences = vec![match (message.begins, message.ends) {
        (true, true) => text!("explain-says", info),
        (false, true) => text!("explain-message-ends", size, segments, info),
        (true, false) => text!("explain-message-begins", size, segments, packet, info),
        (false, false) => text!("explain-message-goes-on", size, segments, packet, info),
    }];
    if message.missing > 0 {
        let count = Count(message.missing.into());
        sentences.push(text!("explain-message-missing", count));
    }
    if !message.complete {
        sentences.push(text!("explain-message-broken-off").to_owned());
    }
    sentences
}
