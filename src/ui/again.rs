//! Hears conversations again when the user says what they speak: a little in each frame, so that the screen goes on.

use crate::{
    capture::Bytes,
    store::Store,
    track::{ConversationId, Protocol},
    transcript::{PacketReader, Reread},
};
use dissectors::Dissector;
use std::{
    collections::{HashSet, VecDeque},
    time::{Duration, Instant},
};

/// How long one frame may spend on it.
const PATIENCE: Duration = Duration::from_millis(10);

/// Conversations that have to be heard again.
pub struct Again {
    reader: PacketReader,
    waiting: VecDeque<ConversationId>,
    /// All that were put there since it was idle: what announces each other in a circle is heard once.
    known: HashSet<ConversationId>,
    hearing: Option<(ConversationId, Reread)>,
}

impl Again {
    /// Reads from a capture's bytes.
    pub fn new(bytes: Bytes) -> Self {
        Again {
            reader: PacketReader::new(bytes),
            waiting: VecDeque::new(),
            known: HashSet::new(),
            hearing: None,
        }
    }

    /// A port's conversations speak this from now on, or what they look like. How many there are by now.
    pub fn say(
        &mut self,
        store: &Store,
        (protocol, port): (Protocol, u16),
        dissector: Option<&'static Dissector>,
    ) -> usize {
        let mut contents = store.write();
        let rules = &mut contents.tracker.decode_as;
        match dissector {
            Some(dissector) => rules.set(protocol, port, dissector),
            None => rules.clear(protocol, port),
        }
        // What is being heard was begun under the old rule.
        self.hearing = None;
        self.known.clear();
        let all = contents.tracker.with_port(protocol, port);
        self.waiting.retain(|id| all.binary_search(id).is_err());
        self.waiting.extend(&all);
        self.known.extend(&self.waiting);
        all.len()
    }

    /// How many are still to be heard.
    pub fn left(&self) -> usize {
        self.waiting.len() + usize::from(self.hearing.is_some())
    }

    /// Goes on for a few milliseconds.
    pub fn go_on(&mut self, store: &Store) {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let next = self.hearing.take().or_else(|| {
                let id = self.waiting.pop_front()?;
                Some((id, Reread::new(&store.read(), id)?))
            });
            let Some((id, mut hearing)) = next else {
                return;
            };
            if !hearing.read(&mut self.reader, store, until) {
                self.hearing = Some((id, hearing));
                return;
            }
            let mut contents = store.write();
            let events = std::mem::take(&mut hearing.events);
            let to = contents.tracker.get(id).map_or(0, |c| c.last_packet);
            if to > hearing.last && !contents.finished {
                // The capture has grown meanwhile.
                hearing.events = events;
                self.hearing = Some((id, hearing));
                continue;
            }
            contents.tracker.heard_again(id, hearing.messages);
            for found in contents.tracker.announced_again(id, events) {
                if self.known.insert(found) {
                    self.waiting.push_back(found);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{capture::Reader, report, services, track::DecodeAs};
    use std::path::Path;

    /// The same comes of it as if it had been said before the capture was read.
    #[test]
    fn saying_it_late_is_as_good_as_saying_it_early() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/web-uploads.pcap");
        let read = |rules| report::load(Reader::open(&path).unwrap(), rules);
        let said = |store: &Store| {
            let contents = store.read();
            let all = contents.tracker.conversations();
            all.map(|(_, c)| format!("{} {} {}", c.id(), services::name(c), c.summary()))
                .collect::<Vec<_>>()
        };
        let data = services::spoken("smtp").unwrap();
        let mut early = DecodeAs::default();
        early.set(Protocol::Tcp, 80, data);
        let store = read(DecodeAs::default());
        let before = said(&store);
        let mut again = Again::new(store.bytes().clone());
        let mut finish = |dissector| {
            assert_eq!(again.say(&store, (Protocol::Tcp, 80), dissector), 3);
            while again.left() > 0 {
                again.go_on(&store);
            }
            said(&store)
        };
        assert_eq!(finish(Some(data)), said(&read(early)));
        assert_eq!(finish(None), before);
    }
}
