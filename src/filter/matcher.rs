//! A filter and the packets of a capture.

use super::{
    Filter, FrameData, Occurrences,
    headers::{Headers, RecordRead},
};
use crate::{
    findings::{Judgement, of_conversation},
    services,
    store::{Contents, PacketRecord, Store},
    track::{Conversation, ConversationId, Side},
    view::{Details, Viewer},
};
use dissectors::{Base, Field, FieldKind, Stop, Value};
use std::{collections::BTreeSet, io};

/// Applies a filter to packets of a capture, best in their order.
pub struct Matcher {
    filter: Filter,
    needs: BTreeSet<&'static str>,
    viewer: Viewer,
    details: Details,
    /// The packet that `${…}` refers to.
    chosen: Option<(Details, FrameData)>,
    /// How its fields are read from usual packets, if all of them can be.
    headers: Option<Headers>,
    window: Window,
}

/// Bytes of the capture that were read ahead.
#[derive(Default)]
struct Window {
    offset: u64,
    bytes: Vec<u8>,
}

/// How much is read ahead, bytes.
const WINDOW: u32 = 256 * 1024;

impl Window {
    /// Returns the bytes of a packet.
    fn packet(&mut self, store: &Store, record: &PacketRecord) -> Option<&[u8]> {
        let place = |offset: u64| {
            let from = usize::try_from(record.offset().checked_sub(offset)?).ok()?;
            Some(from..from + record.captured as usize)
        };
        let is_there = place(self.offset).is_some_and(|place| place.end <= self.bytes.len());
        if !is_there {
            self.offset = record.offset();
            // The capture may end before.
            let length = WINDOW.max(record.captured);
            let _ = store.bytes().read_at(self.offset, length, &mut self.bytes);
        }
        self.bytes.get(place(self.offset)?)
    }
}

impl Matcher {
    /// Returns a matcher for the packets of this capture.
    pub fn new(store: &Store, filter: Filter) -> Self {
        let mut viewer = Viewer::new(store.clone());
        // A filter searches what was sent, and shows none of it.
        viewer.show_secrets = true;
        Matcher {
            needs: filter.needs(),
            headers: Headers::of(&filter).filter(|_| !filter.needs_text()),
            window: Window::default(),
            filter,
            viewer,
            details: Details::default(),
            chosen: None,
        }
    }

    /// Makes `${…}` refer to this packet. Without it, or if the packet is not there, nothing equals such a reference.
    pub fn refer_to(&mut self, number: Option<u32>) {
        let number = number.filter(|_| self.filter.has_references());
        self.chosen = number.and_then(|number| {
            let mut details = Details::default();
            self.viewer.view(number, &mut details, true).ok()?;
            let store = self.viewer.store().clone();
            let frame = frame_data(&store.read(), number, &self.needs, &details);
            Some((details, frame))
        });
    }

    /// Whether the filter holds for this packet.
    ///
    /// # Errors
    ///
    /// Fails if the packet can no longer be read.
    pub fn holds(&mut self, number: u32) -> io::Result<bool> {
        if let Some(holds) = self.by_headers(number) {
            return Ok(holds);
        }
        self.viewer.view(number, &mut self.details, true)?;
        let store = self.viewer.store().clone();
        let frame = frame_data(&store.read(), number, &self.needs, &self.details);
        let found = Occurrences::of(&self.filter, &self.details, &frame);
        let chosen = self.chosen.as_ref();
        let chosen = chosen.map(|(details, frame)| Occurrences::of(&self.filter, details, frame));
        Ok(self.filter.holds(&found, chosen.as_ref()))
    }

    /// Tests a usual packet by its headers.
    fn by_headers(&mut self, number: u32) -> Option<bool> {
        let headers = self.headers.as_ref()?;
        let store = self.viewer.store();
        let read = RecordRead::of(&store.read(), number)?;
        let packet = self.window.packet(store, &read.record)?;
        headers.holds(&self.filter, &read, packet)
    }

    /// Returns the conversations of which it holds for a packet.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn conversations(&mut self) -> io::Result<BTreeSet<ConversationId>> {
        let store = self.viewer.store().clone();
        let mut found = BTreeSet::new();
        let mut next = store.read().packets.first();
        loop {
            let (number, ids, ended) = {
                let contents = store.read();
                let last = contents.packets.len() as u32;
                let Some((number, record)) = contents.packets.range(next, last).next() else {
                    return Ok(found);
                };
                let ids = contents.conversations_of(number);
                let ids: Vec<_> = ids.into_iter().map(|(id, _)| id).collect();
                let own = record.conversation().map(|(id, _)| id);
                let ends = |id: &ConversationId| {
                    let conversation = contents.tracker.get(*id);
                    conversation.is_some_and(|it| it.last_packet <= number)
                };
                (number, ids, own.filter(ends))
            };
            next = number + 1;
            let is_new = ids.iter().any(|id| !found.contains(id));
            if is_new && self.holds(number)? {
                found.extend(ids);
            }
            if let Some(id) = ended {
                self.forget_conversation(id);
            }
        }
    }

    /// Returns what reads the packets, to set its deadline.
    pub fn viewer(&mut self) -> &mut Viewer {
        &mut self.viewer
    }

    /// Forgets what it knows of a conversation, of which no packet follows.
    pub fn forget_conversation(&mut self, id: ConversationId) {
        self.viewer.forget_conversation(id);
    }
}

/// Gathers what filters need of a packet besides its bytes.
pub(super) fn frame_data(
    contents: &Contents,
    number: u32,
    needs: &BTreeSet<&'static str>,
    details: &Details,
) -> FrameData {
    let mut found = FrameData::default();
    let is_own = |name: &&str| {
        name.starts_with("frame") || name.starts_with("conversation") || *name == MALFORMED
    };
    let Some(record) = contents.packets.get(number) else {
        return found;
    };
    if !needs.iter().any(is_own) {
        return found;
    }
    let fields = &mut found.fields;
    let mut add = |name: &'static str, value: &dyn Fn() -> Option<Value>| {
        if needs.contains(name) {
            fields.extend(value().map(|value| (name, value)));
        }
    };
    frame(contents, number, record, &mut add);
    add("frame.protocols", &|| {
        Some(Value::Text(protocols(&details.tree.fields)))
    });
    let is_malformed = matches!(details.stop, Some(Stop::Malformed { .. }));
    add(MALFORMED, &|| is_malformed.then_some(Value::None));
    let comments = contents.comments.get(&number).into_iter().flatten();
    for comment in comments {
        add("frame.comment", &|| Some(Value::Text(comment.clone())));
    }
    let innermost = record.conversation().map(|(id, _)| id);
    if let Some(conversation) = innermost.and_then(|id| contents.tracker.get(id)) {
        self::conversation(contents, conversation, innermost, &mut add);
    }
    found
}

/// Wireshark's name for a packet that does not fit its protocols.
const MALFORMED: &str = "_ws.malformed";

type Add<'a> = dyn FnMut(&'static str, &dyn Fn() -> Option<Value>) + 'a;

fn decimal(number: impl Into<u64>) -> Option<Value> {
    Some(Value::Number(number.into(), Base::Dec))
}

/// Adds the fields of a packet's record.
fn frame(contents: &Contents, number: u32, record: &PacketRecord, add: &mut Add) {
    let interface = contents.interfaces.get(usize::from(record.interface()));
    let since = |earlier_ns: i64| Some(Value::Duration(record.time_ns.saturating_sub(earlier_ns)));
    let delta = || {
        let before = number
            .checked_sub(1)
            .and_then(|at| contents.packets.get(at));
        since(before.map_or(record.time_ns, |before| before.time_ns))
    };
    add("frame.number", &|| decimal(number));
    add("frame.len", &|| decimal(record.original));
    add("frame.cap_len", &|| decimal(record.captured));
    add("frame.time", &|| Some(Value::Time(record.time_ns)));
    add("frame.time_epoch", &|| {
        Some(Value::Duration(record.time_ns))
    });
    add("frame.time_delta", &delta);
    add("frame.time_delta_displayed", &delta);
    add("frame.time_relative", &|| since(contents.began_ns()));
    add("frame.offset_shift", &|| Some(Value::Duration(0)));
    add("frame.marked", &|| decimal(0_u64));
    add("frame.ignored", &|| decimal(0_u64));
    add("frame.interface_id", &|| {
        interface.and_then(|_| decimal(u64::from(record.interface())))
    });
    add("frame.encap_type", &|| {
        interface.map(|interface| Value::Signed(encapsulation(interface.link_type)))
    });
    add("frame.interface_name", &|| {
        Some(Value::Text(interface?.name.clone()?))
    });
    add("frame.interface_description", &|| {
        Some(Value::Text(interface?.description.clone()?))
    });
}

/// Adds the fields of the conversation that a packet belongs to.
fn conversation(
    contents: &Contents,
    conversation: &Conversation,
    id: Option<ConversationId>,
    add: &mut Add,
) {
    let text = |text: String| Some(Value::Text(text));
    let judged = || Judgement::of(contents, id?, &contents.judging);
    add("conversation", &|| Some(Value::None));
    add("conversation.verdict", &|| text(judged()?.sentence));
    add("conversation.state", &|| text(judged()?.words.to_owned()));
    if let Some(id) = id {
        for finding in of_conversation(contents, id, &contents.judging) {
            add("conversation.finding", &|| {
                text(finding.kind.name().to_owned())
            });
        }
    }
    add("conversation.duration", &|| {
        Some(Value::Duration(conversation.duration_ns()))
    });
    add("conversation.packets", &|| decimal(conversation.packets()));
    add("conversation.bytes", &|| decimal(conversation.bytes()));
    add("conversation.application", &|| {
        text(services::filter_name(conversation))
    });
    add("conversation.credentials", &|| {
        decimal(u64::from(conversation.credentials()))
    });
    for (name, side) in [
        ("conversation.client", Side::Client),
        ("conversation.server", Side::Server),
    ] {
        add(name, &|| text(conversation.endpoint(side).to_string()));
    }
}

/// Returns the protocols of a packet as Wireshark lists them.
fn protocols(rows: &[Field]) -> String {
    let mut all = String::new();
    for row in rows {
        let FieldKind::Layer(info) = row.kind else {
            continue;
        };
        if !all.is_empty() {
            all.push(':');
        }
        all.push_str(info.name);
        if info.name == "eth" {
            all.push_str(":ethertype");
        }
    }
    all
}

/// Returns Wireshark's number of a link type (WTAP_ENCAP_*) for the common ones; that of others is -1 (unknown).
fn encapsulation(link_type: u16) -> i64 {
    match link_type {
        0 | 108 => 15,
        1 => 1,
        101 | 228 | 229 => 7,
        113 => 25,
        105 => 20,
        127 => 23,
        276 => 210,
        _ => -1,
    }
}
