//! Explains a row in sentences, and what the handshake shows of the whole conversation.

use super::{
    Class, Ladder, LadderRow, Message, Run, Step, StepKind,
    label::{RowContext, RowDetail, flags},
};
use crate::{
    explain::Segment,
    format::{duration, size},
    lang::{Count, osi_layer, side, text},
    services,
    store::Contents,
    track::{Conversation, Protocol, Side, icmp_words},
};
use dissectors::{OsiLayer, PerSide};

/// One half of the round trip must be longer than the other by this factor to show where the capture was made.
const MUCH_LONGER: i64 = 5;

/// Halves shorter than this are ignored: they are processing time.
const WORTH_SAYING_NS: i64 = 1_000_000;

/// Returns the options that both sides agreed on, or that one of them offered; none for UDP.
pub fn agreed(conversation: Conversation) -> Option<String> {
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
fn offered(conversation: Conversation) -> String {
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
pub fn place(conversation: Conversation) -> Option<String> {
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
            Class::Alive => {
                let probes = self
                    .steps(run)
                    .filter(|step| step.kind == StepKind::KeepAlive);
                let bytes = probes.map(|step| step.payload).max().unwrap_or(0);
                sentences.push(match bytes {
                    0 => text!("explain-run-idle", from, over),
                    _ => text!("explain-run-idle-byte", from, over),
                });
            }
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
        match step.kind {
            StepKind::NotCaptured | StepKind::Evicted | StepKind::Duplicate | StepKind::Unread => {
                return vec![self.explain_capture(step)];
            }
            StepKind::Icmp => return self.explain_icmp(step, said),
            StepKind::Datagram => return self.explain_datagram(step, said),
            _ => {}
        }
        let segment = Segment::new(self.situation(step), step, &said.analysis);
        let is_marked = step.analysis.terms().next().is_some();
        let mut sentences = vec![format!("#{} {}.", step.packet, flags(step.flags))];
        sentences.extend(segment.role());
        if step.kind == StepKind::Data && step.flags.ack() && !is_marked {
            let (to, acked) = (segment.to, segment.acked);
            sentences.push(text!("explain-data-acks", to, acked));
        }
        let info = said.info.filter(|_| step.payload > 0);
        sentences.extend(info.map(|info| text!("explain-says", info)));
        sentences
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

    fn explain_datagram(&self, step: &Step, said: &RowDetail) -> Sentences {
        let from = side(step.from);
        let address = self.conversation.endpoint(step.from).address;
        let size = size(step.payload.into());
        let mut sentences = vec![
            format!("#{}.", step.packet),
            text!("explain-datagram", from, address, size),
        ];
        sentences.extend(said.info.map(|info| text!("explain-datagram-says", info)));
        sentences.push(text!("explain-datagram-udp").to_owned());
        if step.is_ce() {
            sentences.push(text!("explain-ip-ce").to_owned());
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
    let count = Count(run.congestion_marks.into());
    if run.congestion_marks > 0 {
        trouble.push(text!("explain-run-congestion-marks", count));
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
