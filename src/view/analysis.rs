//! The TCP analysis of connections that are looked at.

use super::Viewer;
use crate::{
    store::Contents,
    track::{Conversation, ConversationId, Frame, Protocol, TcpAnalyzer},
};
use dissectors::{TcpAnalysis, Transport, sack_blocks};
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
    all: HashMap<ConversationId, Analyzed>,
    /// One of them from its first packet on, where what was found there has been forgotten: so that who looks back does
    /// not lose the place of who goes on.
    back: Option<(ConversationId, Analyzed)>,
    /// How many packets are known.
    known: usize,
    /// With more connections than this those are forgotten that are over.
    limit: usize,
}

/// A connection, analyzed from its first packet up to some packet.
#[derive(Default)]
struct Analyzed {
    analyzer: TcpAnalyzer,
    /// The last packet that was analyzed; 0 for none.
    upto: u32,
    /// What was found, from this packet on: what was known before has been forgotten.
    from: u32,
    /// By packet, in order.
    found: Vec<(u32, TcpAnalysis)>,
}

impl Analyzed {
    /// What was found of a packet that was analyzed.
    fn of(&self, number: u32) -> TcpAnalysis {
        let at = self
            .found
            .binary_search_by_key(&number, |(packet, _)| *packet);
        at.ok()
            .and_then(|at| self.found.get(at))
            .map_or_else(TcpAnalysis::default, |(_, analysis)| *analysis)
    }

    /// Forgets what was found. Where the connection is stays, so that going on costs nothing.
    fn forget(&mut self) {
        self.found = Vec::new();
        self.from = self.upto + 1;
    }
}

impl Analyses {
    /// Forgets connections that were analyzed to their end or let go, where there are many; and what is known of packets,
    /// where that is much.
    fn make_room(&mut self, contents: &Contents) {
        if self.all.len() > self.limit {
            let goes_on = |id: &ConversationId, analyzed: &mut Analyzed| {
                let conversation = contents.tracker.get(*id);
                conversation.is_some_and(|conversation| conversation.last_packet > analyzed.upto)
            };
            self.all.retain(goes_on);
            self.known = self.all.values().map(|known| known.found.len()).sum();
            self.limit = MIN_CONNECTIONS.max(2 * self.all.len());
        }
        if self.known >= MAX_KNOWN {
            self.all.values_mut().for_each(Analyzed::forget);
            self.known = 0;
        }
        if let Some((_, back)) = &mut self.back
            && back.found.len() >= MAX_KNOWN
        {
            back.forget();
        }
    }

    /// Takes out the one in which this packet is known or still to come.
    fn take(&mut self, id: ConversationId, number: u32) -> Analyzed {
        let known = |analyzed: &Analyzed| number >= analyzed.from;
        if self.all.get(&id).is_none_or(known) {
            let analyzed = self.all.remove(&id).unwrap_or_default();
            self.known = self.known.saturating_sub(analyzed.found.len());
            return analyzed;
        }
        let back = self.back.take().filter(|(other, _)| *other == id);
        let back = back.map(|(_, analyzed)| analyzed).filter(known);
        back.unwrap_or_default()
    }

    /// Puts it in its place.
    fn put(&mut self, id: ConversationId, analyzed: Analyzed) {
        if self.all.contains_key(&id) {
            self.back = Some((id, analyzed));
        } else {
            self.known += analyzed.found.len();
            self.all.insert(id, analyzed);
        }
    }
}

impl Viewer {
    /// What the segments before this packet's say of it: nothing where it is no segment of this conversation. None where
    /// patience does not suffice to find out.
    ///
    /// # Errors
    ///
    /// The packet can no longer be read.
    pub(crate) fn analysis(
        &mut self,
        contents: &Contents,
        id: ConversationId,
        number: u32,
    ) -> io::Result<Option<TcpAnalysis>> {
        let nothing = Ok(Some(TcpAnalysis::default()));
        let Some(conversation) = contents.tracker.get(id) else {
            return nothing;
        };
        if conversation.protocol != Protocol::Tcp || contents.is_about(number, id) {
            return nothing;
        }
        self.analyses.make_room(contents);
        let mut analyzed = self.analyses.take(id, number);
        let done = self.analyze_to(contents, (id, conversation), number, &mut analyzed);
        let found = analyzed.of(number);
        self.analyses.put(id, analyzed);
        let done = done?;
        self.unheard |= !done;
        Ok(done.then_some(found))
    }

    /// Goes on up to a packet; whether it came so far.
    fn analyze_to(
        &mut self,
        contents: &Contents,
        (id, conversation): (ConversationId, &Conversation),
        number: u32,
        analyzed: &mut Analyzed,
    ) -> io::Result<bool> {
        let mut since_look = 0;
        while analyzed.upto < number {
            let next = match analyzed.upto {
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
            analyzed.upto = next;
            match self.analyze_one(contents, (id, conversation), next, analyzed) {
                Ok(Some(found)) if !found.is_nothing() => analyzed.found.push((next, found)),
                // What cannot be read is missing to those behind it, no more.
                Err(error) if next == number => return Err(error),
                _ => {}
            }
        }
        Ok(true)
    }

    /// Gives the analyzer the next packet, where it carries a segment of this connection that can be relied on.
    fn analyze_one(
        &mut self,
        contents: &Contents,
        (id, conversation): (ConversationId, &Conversation),
        number: u32,
        analyzed: &mut Analyzed,
    ) -> io::Result<Option<TcpAnalysis>> {
        if contents.is_about(number, id) {
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
        let options = match segment.options.sack_blocks {
            true => self.options(&flow),
            false => &[],
        };
        Ok(Some(analyzed.analyzer.analyze(
            frame,
            *direction,
            (segment, flow.payload_length),
            sack_blocks(options),
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
        assert!(first.is_some_and(|found| found.flags.0 != 0));
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

    /// Who looks back at what was forgotten does not send who goes on to the beginning.
    #[test]
    fn looking_back_keeps_the_place() {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
        let reader = Reader::open(&samples.join("lossy-reordering.pcap")).unwrap();
        let store = report::load(reader, DecodeAs::default());
        let contents = store.read();
        let mut viewer = Viewer::new(store.bytes().clone());
        let id = ConversationId(0);
        let found = |viewer: &mut Viewer, number| viewer.analysis(&contents, id, number).unwrap();
        let numbers = [34, 61, 80, 82, 124];
        let first = numbers.map(|number| found(&mut viewer, number));
        viewer.analyses.all.values_mut().for_each(Analyzed::forget);
        assert_eq!(numbers.map(|number| found(&mut viewer, number)), first);
        assert_eq!(viewer.analyses.all[&id].upto, 124);
        assert_eq!(
            viewer.analyses.back.as_ref().map(|(_, back)| back.upto),
            Some(124)
        );
        assert!(found(&mut viewer, 125).is_some());
        assert_eq!(viewer.analyses.all[&id].upto, 125);
    }
}
