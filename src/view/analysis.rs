//! Judges the segments of connections that are looked at.

use super::Viewer;
use crate::{
    store::Contents,
    track::{Conversation, ConversationId, Frame, Protocol, TcpAnalyzer},
};
use dissectors::{Flow, TcpAnalysis, Transport, sack_blocks};
use std::{collections::HashMap, io, time::Instant};

/// What is known of packets, at most: about 64 MiB.
const MAX_KNOWN: usize = 1 << 19;

/// With fewer connections than this, none that is over is forgotten.
const MIN_CONNECTIONS: usize = 1 << 12;

/// After so many packets it is asked whether patience lasts.
const BETWEEN_LOOKS: usize = 64;

/// The connections that were looked at.
#[derive(Default)]
pub(super) struct Analyses {
    all: HashMap<ConversationId, Judged>,
    /// How many packets are known.
    known: usize,
    /// With more connections than this those are forgotten that are over.
    limit: usize,
}

/// A connection, judged from its first packet up to some packet.
#[derive(Default)]
struct Judged {
    analyzer: TcpAnalyzer,
    /// The last packet that was judged; 0 for none.
    upto: u32,
    /// What was found, from this packet on: what was known before has been forgotten.
    from: u32,
    /// By packet, in order.
    found: Vec<(u32, TcpAnalysis)>,
}

impl Analyses {
    /// Forgets connections that were judged to their end or let go, where there are many; and what is known of packets,
    /// where that is much: where a connection is stays, so that going on costs nothing.
    fn make_room(&mut self, contents: &Contents) {
        if self.all.len() > self.limit {
            let goes_on = |id: &ConversationId, judged: &mut Judged| {
                let conversation = contents.tracker.get(*id);
                conversation.is_some_and(|conversation| conversation.last_packet > judged.upto)
            };
            self.all.retain(goes_on);
            self.known = self.all.values().map(|judged| judged.found.len()).sum();
            self.limit = MIN_CONNECTIONS.max(2 * self.all.len());
        }
        if self.known < MAX_KNOWN {
            return;
        }
        for judged in self.all.values_mut() {
            judged.found = Vec::new();
            judged.from = judged.upto + 1;
        }
        self.known = 0;
    }
}

/// An earlier packet that was captured twice is looked for among so many of its conversation.
const MAX_LOOKED_BACK: usize = 32;

impl Viewer {
    /// The packet that this one is another capture of, where it is not far.
    ///
    /// # Errors
    ///
    /// The capture can no longer be read.
    pub(super) fn first_capture_of(
        &mut self,
        contents: &Contents,
        number: u32,
    ) -> io::Result<Option<u32>> {
        let Some((id, _)) = contents
            .packets
            .get(number)
            .and_then(|it| it.conversation())
        else {
            return Ok(None);
        };
        let own = self.facts(contents, number)?.flows().last().copied();
        let Some(own) = own else {
            return Ok(None);
        };
        let bytes = self.payload(self.facts.flows().len() - 1).to_vec();
        let earlier = |before: &u32| contents.previous_in(id, *before);
        let earlier = std::iter::successors(earlier(&number), earlier).take(MAX_LOOKED_BACK);
        for before in earlier {
            let flow = self.facts(contents, before)?.flows().last().copied();
            let same = flow.is_some_and(|flow| {
                let Flow { payload, .. } = own;
                own == Flow { payload, ..flow }
            });
            if same && self.payload(self.facts.flows().len() - 1) == bytes {
                return Ok(Some(before));
            }
        }
        Ok(None)
    }

    /// What the segments before this packet's say of it; nothing where patience does not suffice.
    ///
    /// # Errors
    ///
    /// The capture can no longer be read.
    pub(super) fn analysis(
        &mut self,
        contents: &Contents,
        id: ConversationId,
        number: u32,
    ) -> io::Result<Option<TcpAnalysis>> {
        let Some(conversation) = contents.tracker.get(id) else {
            return Ok(None);
        };
        if conversation.protocol != Protocol::Tcp || contents.is_about(number, id) {
            return Ok(None);
        }
        self.analyses.make_room(contents);
        let mut judged = self.analyses.all.remove(&id).unwrap_or_default();
        if number < judged.from {
            judged = Judged::default();
        }
        let known = judged.found.len();
        let done = self.judge(contents, (id, conversation), number, &mut judged);
        self.analyses.known += judged.found.len().saturating_sub(known);
        let found = judged
            .found
            .binary_search_by_key(&number, |(packet, _)| *packet)
            .ok()
            .and_then(|at| judged.found.get(at))
            .map(|(_, analysis)| *analysis);
        self.analyses.all.insert(id, judged);
        self.unheard |= !done?;
        Ok(found)
    }

    /// Judges on up to a packet; whether it came so far.
    fn judge(
        &mut self,
        contents: &Contents,
        (id, conversation): (ConversationId, &Conversation),
        number: u32,
        judged: &mut Judged,
    ) -> io::Result<bool> {
        let mut since_look = 0;
        while judged.upto < number {
            let next = match judged.upto {
                0 => contents.first_of(id),
                upto => contents.next_in(id, upto),
            };
            let Some(next) = next.filter(|next| *next <= number) else {
                return Ok(true);
            };
            since_look += 1;
            if since_look > BETWEEN_LOOKS {
                since_look = 0;
                if self.patience.is_some_and(|until| Instant::now() > until) {
                    return Ok(false);
                }
            }
            if let Some(found) = self.judge_one(contents, (id, conversation), next, judged)?
                && !found.is_nothing()
            {
                judged.found.push((next, found));
            }
            judged.upto = next;
        }
        Ok(true)
    }

    fn judge_one(
        &mut self,
        contents: &Contents,
        (id, conversation): (ConversationId, &Conversation),
        number: u32,
        judged: &mut Judged,
    ) -> io::Result<Option<TcpAnalysis>> {
        if contents.is_about(number, id) || contents.is_duplicate(number, id) {
            return Ok(None);
        }
        let all = contents.conversations_of(number);
        let Some(at) = all.iter().position(|(other, _)| *other == id) else {
            return Ok(None);
        };
        let (Some((_, direction)), Some(record)) = (all.get(at), contents.packets.get(number))
        else {
            return Ok(None);
        };
        let frame = Frame {
            number,
            time_ns: record.time_ns,
            length: record.original,
        };
        let Some(flow) = self.facts(contents, number)?.flows().get(at).copied() else {
            return Ok(None);
        };
        let Transport::Tcp(segment) = &flow.transport else {
            return Ok(None);
        };
        if segment.short {
            return Ok(None);
        }
        let blocks = match segment.options.sack_blocks {
            true => sack_blocks(self.options(&flow)),
            false => Vec::new(),
        };
        Ok(Some(judged.analyzer.judge(
            frame,
            *direction,
            (segment, flow.payload_length),
            &blocks,
            &conversation.tcp,
            conversation.reuses.is_some(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{capture::Reader, report, track::DecodeAs};
    use std::path::Path;

    /// Over a capture of millions of connections only those are kept that go on; what is forgotten is judged again.
    #[test]
    fn connections_that_are_over_are_forgotten() {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
        let reader = Reader::open(&samples.join("lossy-reordering.pcap")).unwrap();
        let store = report::load(reader, DecodeAs::default());
        let contents = store.read();
        let mut viewer = Viewer::new(store.bytes().clone());
        let id = ConversationId(0);
        let last = contents.tracker.get(id).unwrap().last_packet;
        let mut all = |number| viewer.analysis(&contents, id, number).unwrap();
        let first = all(34);
        assert!(first.is_some_and(|found| found.striking.0 != 0));
        all(last);
        viewer.analyses.limit = 0;
        viewer.analyses.make_room(&contents);
        assert!(viewer.analyses.all.is_empty() && viewer.analyses.known == 0);
        assert_eq!(viewer.analyses.limit, MIN_CONNECTIONS);
        assert_eq!(viewer.analysis(&contents, id, 34).unwrap(), first);
        // It goes on from there.
        viewer.analyses.limit = 0;
        viewer.analyses.make_room(&contents);
        assert_eq!(viewer.analyses.all.len(), 1);
    }
}
