//! A filter and the packets of a capture.
//!
//! A packet is dissected only if what is known without that does not decide: its record, its headers, and which protocols
//! its conversation cannot show ([`super::headers`], [`super::reach`]); then the messages that it completes, or its
//! analysis. Of a packet that is dissected only the fields are kept that the filter needs.

use super::{
    Filter, FrameData, Occurrences,
    headers::{Headers, HeadersRead, RecordRead},
};
use crate::{
    findings::{Judgement, of_conversation},
    services,
    store::{Contents, PacketRecord, Store, Window},
    track::{Conversation, ConversationId, Side},
    view::{Details, Viewer},
};
use dissectors::{Base, Field, FieldKind, Stop, Tree, Value};
use std::{collections::BTreeSet, io, time::Instant};

/// Applies a filter to packets of a capture, best in their order.
pub struct Matcher {
    filter: Filter,
    needs: BTreeSet<&'static str>,
    headers: Headers,
    /// Whether a field is needed that only messages show, besides those of application protocols.
    need_messages: bool,
    /// Reads conversations with their messages.
    viewer: Viewer,
    /// Reads conversations down to the transport layer.
    transport: Viewer,
    details: Details,
    frame: FrameData,
    /// The packet that `${…}` refers to.
    chosen: Option<(Details, FrameData)>,
    window: Window,
    /// When the last packet came for which the filter holds.
    displayed_ns: Option<i64>,
    /// Every packet is dissected, to test that the result is the same.
    #[cfg(test)]
    pub(super) is_thorough: bool,
}

/// What the names of the columns of a packet's line begin with.
pub(super) const COLUMN: &str = "_ws.col.";

/// Fields that tell where the innermost network layer ends: what follows is padding, not part of a layer.
pub(super) const ENDS: [&str; 2] = ["ip.len", "ipv6.plen"];

impl Matcher {
    /// Returns a matcher for the packets of this capture.
    pub fn new(store: &Store, filter: Filter) -> Self {
        let mut viewer = Viewer::new(store.clone());
        let mut transport = Viewer::of_transport(store.clone());
        // A filter searches what was sent, and shows none of it.
        viewer.show_secrets = true;
        transport.show_secrets = true;
        let needs = filter.needs();
        let headers = Headers::of(&filter);
        transport.reads_analysis = headers.need_analysis();
        let needs_line = needs.iter().any(|name| name.starts_with(COLUMN));
        Matcher {
            details: Details {
                tree: match needs_line {
                    true => Tree::default(),
                    false => Tree::of_fields(needs.iter().copied().chain(ENDS)),
                },
                ..Details::default()
            },
            needs,
            need_messages: headers.need_messages(&filter),
            headers,
            window: Window::default(),
            filter,
            viewer,
            transport,
            frame: FrameData::default(),
            chosen: None,
            displayed_ns: None,
            #[cfg(test)]
            is_thorough: false,
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

    /// Whether the result of a packet depends on those of the packets before it.
    pub fn is_sequential(&self) -> bool {
        self.headers.need_displayed()
    }

    /// Whether the filter holds for this packet.
    ///
    /// # Errors
    ///
    /// Fails if the packet can no longer be read.
    pub fn holds(&mut self, number: u32) -> io::Result<bool> {
        let holds = match self.by_headers(number) {
            Some(holds) => holds,
            None => self.by_dissection(number)?,
        };
        if holds && self.is_sequential() {
            let record = self.viewer.store().read().packets.get(number).copied();
            self.displayed_ns = record.map(|record| record.origin_ns());
        }
        Ok(holds)
    }

    /// Whether the filter holds for a packet, if that is known without reading its conversation.
    pub fn by_headers(&mut self, number: u32) -> Option<bool> {
        let read = self.record(number)?;
        self.by_record(&read)
    }

    /// Copies from the store what is known of a packet; none if it was evicted.
    fn record(&self, number: u32) -> Option<RecordRead> {
        RecordRead::of(&self.viewer.store().read(), number, &self.headers)
    }

    fn by_record(&mut self, read: &RecordRead) -> Option<bool> {
        #[cfg(test)]
        if self.is_thorough {
            return None;
        }
        let packet = self
            .window
            .packet(self.viewer.store().bytes(), &read.record)?;
        let both = (&self.headers, &self.filter);
        let known = HeadersRead::new(both, read, packet, self.displayed_ns);
        let chosen = chosen(&self.filter, &self.chosen);
        self.filter.decides(&known, chosen.as_ref())
    }

    /// As [`Matcher::by_headers`], for the packets with these numbers, in order.
    pub(super) fn all_by_headers(&mut self, numbers: &[u32], results: &mut [Option<bool>]) {
        /// Records that are copied from the store at a time.
        const BATCH: usize = 256;
        let mut records = Vec::with_capacity(BATCH);
        let batches = numbers.chunks(BATCH).zip(results.chunks_mut(BATCH));
        for (numbers, results) in batches {
            {
                let contents = self.viewer.store().read();
                let headers = &self.headers;
                let read = |number: &u32| RecordRead::of(&contents, *number, headers);
                records.extend(numbers.iter().map(read));
            }
            for (record, result) in records.drain(..).zip(results) {
                *result = record.and_then(|record| self.by_record(&record));
            }
        }
    }

    /// Whether the filter holds for a packet that must be read with its conversation.
    ///
    /// # Errors
    ///
    /// Fails if the packet can no longer be read.
    pub fn by_dissection(&mut self, number: u32) -> io::Result<bool> {
        self.frame.fields.clear();
        if self.headers.need_record() {
            self.frame_fields(number);
        }
        let chosen = chosen(&self.filter, &self.chosen);
        let read = self.record(number);
        let read = read.filter(|_| !self.is_thorough());
        let mut reads_messages = true;
        if let Some(read) = read {
            let packet = self
                .window
                .packet(self.viewer.store().bytes(), &read.record);
            let both = (&self.headers, &self.filter);
            let mut known =
                HeadersRead::new(both, &read, packet.unwrap_or_default(), self.displayed_ns);
            known.recorded = Some(&self.frame);
            if self.headers.need_record()
                && let Some(holds) = self.filter.decides(&known, chosen.as_ref())
            {
                return Ok(holds);
            }
            if known.lacks_analysis() {
                known.has_no_analysis = self.transport.has_no_analysis(number)?;
                if let Some(holds) = self.filter.decides(&known, chosen.as_ref()) {
                    return Ok(holds);
                }
            }
            if known.is_usual()
                && self.headers.need_above()
                && !known.has_none_above()
                && let Some(messages) = self.viewer.completes(number)?
            {
                known.absent = self.headers.reach.absent_from(messages.into_iter());
                if let Some(holds) = self.filter.decides(&known, chosen.as_ref()) {
                    return Ok(holds);
                }
            }
            let has_above = self.headers.need_above() && !known.has_none_above();
            reads_messages = self.need_messages || has_above;
        }
        let viewer = match reads_messages {
            true => &mut self.viewer,
            false => &mut self.transport,
        };
        viewer.view(number, &mut self.details, true)?;
        self.frame.fields.clear();
        self.frame_fields(number);
        let found = Occurrences::of(&self.filter, &self.details, &self.frame);
        let chosen = self::chosen(&self.filter, &self.chosen);
        Ok(self.filter.holds(&found, chosen.as_ref()))
    }

    #[cfg(test)]
    fn is_thorough(&self) -> bool {
        self.is_thorough
    }

    #[cfg(not(test))]
    fn is_thorough(&self) -> bool {
        false
    }

    /// Sets the deadline for reading conversations, and drops what is known of evicted packets.
    pub fn wait_until(&mut self, deadline: Instant) {
        for viewer in [&mut self.viewer, &mut self.transport] {
            viewer.renew();
            viewer.patience = Some(deadline);
        }
    }

    /// Whether the packet that was tested last has to be tested again later: the deadline came first.
    pub fn is_unheard(&self) -> bool {
        self.viewer.is_unheard() || self.transport.is_unheard()
    }

    /// Forgets what it knows of a conversation, of which no packet follows.
    pub fn forget_conversation(&mut self, id: ConversationId) {
        self.viewer.forget_conversation(id);
        self.transport.forget_conversation(id);
    }

    /// Gathers what the filter needs of a packet besides its bytes.
    fn frame_fields(&mut self, number: u32) {
        let store = self.viewer.store().clone();
        let contents = store.read();
        self.frame = frame_data(&contents, number, &self.needs, &self.details);
        if let Some(record) = contents.packets.get(number) {
            let displayed_ns = self.displayed_ns.unwrap_or(record.order_ns);
            let since = record.order_ns.saturating_sub(displayed_ns);
            for (name, value) in &mut self.frame.fields {
                if *name == "frame.time_delta_displayed" {
                    *value = Value::Duration(since);
                }
            }
        }
    }
}

/// Returns the values of the packet that `${…}` refers to.
fn chosen<'a>(
    filter: &Filter,
    chosen: &'a Option<(Details, FrameData)>,
) -> Option<Occurrences<'a>> {
    let (details, frame) = chosen.as_ref()?;
    Some(Occurrences::of(filter, details, frame))
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
    let timed = |value: Value| record.time_ns().is_some().then_some(value);
    let since =
        |earlier_ns: i64| timed(Value::Duration(record.order_ns.saturating_sub(earlier_ns)));
    let delta = || {
        let before = number
            .checked_sub(1)
            .and_then(|at| contents.packets.get(at));
        since(before.map_or(record.order_ns, PacketRecord::origin_ns))
    };
    let sections = contents.about.sections.iter();
    let section = sections
        .take_while(|section| section.packets_before < number.into())
        .count();
    add("frame.section_number", &|| {
        (section > 0).then_some(Value::Number(section as u64, Base::Dec))
    });
    // A classic capture has no interfaces.
    let described = interface.filter(|_| section > 0);
    add("frame.interface_id", &|| {
        described.and_then(|_| decimal(interface_number(contents, number, record)))
    });
    add("frame.interface_name", &|| {
        Some(Value::Text(described?.name.clone()?))
    });
    add("frame.interface_description", &|| {
        Some(Value::Text(described?.description.clone()?))
    });
    add("frame.encap_type", &|| {
        interface.map(|interface| Value::Signed(encapsulation(interface.link_type)))
    });
    add("frame.file", &|| {
        let file = contents.file_of(record)?;
        Some(Value::Text(file.as_ref().to_owned()))
    });
    add("frame.time", &|| timed(Value::Time(record.order_ns)));
    add("frame.offset_shift", &|| timed(Value::Duration(0)));
    add("frame.time_epoch", &|| {
        timed(Value::Duration(record.order_ns))
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

/// Returns the number of a packet's interface in its section of the capture, from 0.
pub fn interface_number(contents: &Contents, number: u32, record: &PacketRecord) -> u64 {
    let mut sections = contents.about.sections.iter().rev();
    let section = sections.find(|section| section.packets_before < number.into());
    let before = section.map_or(0, |section| section.interfaces_before as u64);
    u64::from(record.interface()).saturating_sub(before)
}

/// Adds the fields of the conversation that a packet belongs to.
fn conversation(
    contents: &Contents,
    conversation: Conversation,
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
/// and so is what reads EtherTypes; HTTP hands WebSocket over, and messages of which some is missing are not listed.
fn protocols(rows: &[Field]) -> String {
    let layers = rows.iter().filter_map(|row| match row.kind {
        FieldKind::Layer(info) if !info.is_partial => Some(info.name),
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
        if *name == "websocket" && !all.contains(":http:") {
            all.push_str("http:");
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
