//! A filter and the packets of a capture.

use super::{
    Filter, FrameData, Matches, Occurrences,
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

/// A packet while all of them are searched.
struct Searched {
    number: u32,
    ids: Vec<ConversationId>,
    /// The conversation whose last packet it is.
    ended: Option<ConversationId>,
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
        let mut found = BTreeSet::new();
        let mut next = 1;
        while let Some(packet) = self.packet_from(next) {
            let is_new = packet.ids.iter().any(|id| !found.contains(id));
            if is_new && self.holds(packet.number)? {
                found.extend(&packet.ids);
            }
            next = self.leave(&packet);
        }
        Ok(found)
    }

    /// Returns the conversation of the first packet in one for which it holds, if there is such a packet.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn first_conversation(&mut self) -> io::Result<Option<ConversationId>> {
        let mut next = 1;
        while let Some(packet) = self.packet_from(next) {
            if let Some(innermost) = packet.ids.last()
                && self.holds(packet.number)?
            {
                return Ok(Some(*innermost));
            }
            next = self.leave(&packet);
        }
        Ok(None)
    }

    /// Returns the packets for which it holds, and their conversations.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn matches(&mut self) -> io::Result<Matches> {
        let matches = Matches::default();
        let mut next = 1;
        while let Some(packet) = self.packet_from(next) {
            let holds = self.holds(packet.number)?;
            matches.add(packet.number, holds, packet.ids.iter().copied());
            next = self.leave(&packet);
        }
        Ok(matches)
    }

    /// Returns the first packet from this number on.
    fn packet_from(&self, next: u32) -> Option<Searched> {
        let contents = self.viewer.store().read();
        let last = contents.packets.len() as u32;
        let from = next.max(contents.packets.first());
        let (number, record) = contents.packets.range(from, last).next()?;
        let ids = contents.conversations_of(number);
        let own = record.conversation().map(|(id, _)| id);
        let ends = |id: &ConversationId| {
            let conversation = contents.tracker.get(*id);
            conversation.is_some_and(|it| it.last_packet <= number)
        };
        Some(Searched {
            number,
            ids: ids.into_iter().map(|(id, _)| id).collect(),
            ended: own.filter(ends),
        })
    }

    /// Forgets what no later packet needs. Returns the number of the next packet.
    fn leave(&mut self, packet: &Searched) -> u32 {
        if let Some(id) = packet.ended {
            self.forget_conversation(id);
        }
        packet.number + 1
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
        let beginnings = ["frame", "conversation", "_ws."];
        beginnings
            .iter()
            .any(|beginning| name.starts_with(beginning))
    };
    if needs.iter().any(is_own) {
        let wants = |name: &str| needs.contains(name);
        own_fields(contents, number, details, &wants, &mut found.fields);
    }
    found
}

/// Adds the wanted ones of the fields that a packet has besides its bytes, in the order of Wireshark: those of its record
/// and of its conversation, and its line in the list.
pub fn own_fields(
    contents: &Contents,
    number: u32,
    details: &Details,
    wants: &dyn Fn(&str) -> bool,
    fields: &mut Vec<(&'static str, Value)>,
) {
    let Some(record) = contents.packets.get(number) else {
        return;
    };
    let mut add = |name: &'static str, value: &dyn Fn() -> Option<Value>| {
        if wants(name) {
            fields.extend(value().map(|value| (name, value)));
        }
    };
    frame(contents, number, record, &mut add);
    add("frame.protocols", &|| {
        Some(Value::Text(protocols(&details.tree.fields)))
    });
    let is_malformed = matches!(details.stop, Some(Stop::Malformed { .. }));
    add(MALFORMED, &|| is_malformed.then_some(Value::None));
    for comment in contents.comments.get(&number).into_iter().flatten() {
        add("frame.comment", &|| Some(Value::Text(comment.clone())));
    }
    let summary = &details.summary;
    for (name, cell) in [
        ("_ws.col.def_src", &*summary.source),
        ("_ws.col.def_dst", &*summary.destination),
        ("_ws.col.protocol", summary.protocol),
        ("_ws.col.info", &*summary.info),
    ] {
        add(name, &|| Some(Value::Text(cell.to_owned())));
    }
    let innermost = record.conversation().map(|(id, _)| id);
    if let Some(conversation) = innermost.and_then(|id| contents.tracker.get(id)) {
        self::conversation(contents, conversation, innermost, &mut add);
    }
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
    let sections = &contents.about.sections;
    let section = sections
        .iter()
        .take_while(|section| section.packets_before < number.into())
        .count();
    add("frame.section_number", &|| {
        (section > 0).then_some(Value::Number(section as u64, Base::Dec))
    });
    add("frame.interface_id", &|| {
        interface.and_then(|_| decimal(u64::from(record.interface())))
    });
    add("frame.interface_name", &|| {
        Some(Value::Text(interface?.name.clone()?))
    });
    add("frame.interface_description", &|| {
        Some(Value::Text(interface?.description.clone()?))
    });
    add("frame.encap_type", &|| {
        interface.map(|interface| Value::Signed(encapsulation(interface.link_type)))
    });
    add("frame.time", &|| Some(Value::Time(record.time_ns)));
    add("frame.offset_shift", &|| Some(Value::Duration(0)));
    add("frame.time_epoch", &|| {
        Some(Value::Duration(record.time_ns))
    });
    add("frame.time_delta", &delta);
    add("frame.time_delta_displayed", &delta);
    add("frame.time_relative", &|| since(contents.began_ns()));
    add("frame.number", &|| decimal(number));
    add("frame.len", &|| decimal(record.original));
    add("frame.cap_len", &|| decimal(record.captured));
    for name in ["frame.marked", "frame.ignored"] {
        add(name, &|| Some(Value::Flag(false, "True", "False")));
    }
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

/// Returns the protocols of a packet as Wireshark lists them: one that reads several messages or labels is listed once,
/// and so is what reads EtherTypes.
fn protocols(rows: &[Field]) -> String {
    let layers = rows.iter().filter_map(|row| match row.kind {
        FieldKind::Layer(info) => Some(info.name),
        _ => None,
    });
    let names: Vec<&str> = layers.collect();
    let mut all = String::new();
    for (at, name) in names.iter().enumerate() {
        let next = names.get(at + 1);
        if matches!(*name, "bgp" | "mpls") && next == Some(name) {
            continue;
        }
        if !all.is_empty() {
            all.push(':');
        }
        all.push_str(name);
        let has_type = matches!(*name, "eth" | "sll" | "vlan" | "ieee8021ad");
        if has_type && next != Some(&"llc") {
            all.push_str(":ethertype");
        }
    }
    all
}

/// Returns Wireshark's number of a link type (WTAP_ENCAP_*) for the common ones; that of others is -1 (unknown).
fn encapsulation(link_type: u16) -> i64 {
    match link_type {
        0 => 15,
        1 => 1,
        6 => 2,
        8 => 3,
        9 => 4,
        10 => 6,
        12 | 14 | 101 => 7,
        50 => 4,
        51 => 139,
        99 => 61,
        104 | 112 => 28,
        105 => 20,
        107 => 26,
        108 => 174,
        113 => 25,
        117 => 39,
        119 => 21,
        127 => 23,
        141 => 43,
        163 => 24,
        192 => 97,
        228 => 129,
        229 => 130,
        239 => 141,
        276 => 210,
        _ => -1,
    }
}
