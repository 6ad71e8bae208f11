//! Which application protocols a conversation cannot show, by the protocols that its session used, as the index knows them.

use crate::{
    store::{Contents, PacketRecord},
    track::Protocol,
};
use dissectors::{ALL, Dissector, Selector, by_name};

/// Protocols whose messages show nothing but the fields that the protocol declares and those of these other ones, and what
/// has a media type if that is one of them. A protocol that is not listed may show anything.
const CARRIES: &[(&str, &[&str])] = &[
    ("bgp", &[]),
    ("data", &[]),
    ("dhcp", &[]),
    ("dns", &[]),
    ("ftp", &[]),
    ("ftp-data", &[MEDIA]),
    ("http", &[MEDIA]),
    ("imap", &[MEDIA]),
    ("llmnr", &["dns"]),
    ("mdns", &["dns"]),
    ("ntp", &[]),
    ("pop", &[MEDIA]),
    ("resp", &[]),
    ("smtp", &[MEDIA]),
    ("ssh", &[]),
    ("telnet", &[]),
    ("tls", &[]),
];

/// Everything that is named by a media type.
const MEDIA: &str = "media";

/// A set of the application protocols that a filter names, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absent(u64);

impl Absent {
    pub const NONE: Absent = Absent(0);
    pub const ALL: Absent = Absent(u64::MAX);

    pub fn has(self, number: u8) -> bool {
        self.0 >> number & 1 == 1
    }

    fn with(self, number: usize) -> Self {
        Absent(self.0 | 1 << number)
    }
}

/// The application protocols that a filter names.
#[derive(Clone, Default)]
pub struct Reach {
    /// The protocols that the names of its fields begin with.
    named: Vec<String>,
    /// For each protocol in [`CARRIES`], those that it does not show.
    absent: Vec<(&'static str, Absent)>,
}

impl Reach {
    /// Returns the number of the application protocol that a field belongs to; none for another field.
    pub fn number(&mut self, field: &str) -> Option<u8> {
        let (protocol, _) = field.split_once('.').unwrap_or((field, ""));
        if by_name(protocol).is_none_or(|it| it.layer.carries()) {
            return None;
        }
        let number = match self.named.iter().position(|name| name == protocol) {
            Some(number) => number,
            None => {
                self.named.push(protocol.to_owned());
                self.absent = self.tabulate();
                self.named.len() - 1
            }
        };
        u8::try_from(number).ok().filter(|number| *number < 64)
    }

    /// Whether there are any.
    pub fn is_needed(&self) -> bool {
        !self.named.is_empty()
    }

    fn tabulate(&self) -> Vec<(&'static str, Absent)> {
        let each = CARRIES.iter().map(|(name, _)| {
            let shown = shown_by(name);
            let absent = self.named.iter().take(64).enumerate();
            let absent = absent.filter(|(_, named)| !shown.contains(&named.as_str()));
            let absent = absent.fold(Absent::NONE, |all, (number, _)| all.with(number));
            (*name, absent)
        });
        each.collect()
    }

    /// Returns the protocols that messages of none of these protocols show.
    pub fn absent_from<'d>(&self, messages: impl Iterator<Item = &'d Dissector>) -> Absent {
        // Bytes of no known protocol are data, in any conversation.
        let mut absent = self.of("data");
        for dissector in messages {
            absent.0 &= self.of(dissector.name).0;
        }
        absent
    }

    fn of(&self, name: &str) -> Absent {
        let found = self.absent.iter().find(|(known, _)| *known == name);
        found.map_or(Absent::NONE, |(_, absent)| *absent)
    }

    /// Returns the protocols that no message shows in the conversation of a packet.
    pub fn absent_in(&self, contents: &Contents, record: &PacketRecord) -> Absent {
        let conversation = record.conversation().filter(|_| !self.named.is_empty());
        let Some(conversation) = conversation.and_then(|(id, _)| contents.tracker.get(id)) else {
            return Absent::NONE;
        };
        // A datagram that was captured twice is read on its own.
        let is_alone = conversation.protocol == Protocol::Udp && record.is_duplicate();
        let is_over = contents.finished && contents.rereading.left == 0;
        let used = conversation.protocols().filter(|_| is_over && !is_alone);
        let Some(used) = used else {
            return Absent::NONE;
        };
        // The conversation that announced this one may have been read later.
        if let Some(other) = contents.tracker.decoded_as(conversation)
            && !used.clone().any(|known| known == other)
        {
            return Absent::NONE;
        }
        self.absent_from(used)
    }
}

/// Returns the protocols that the names of the fields begin with that messages of a protocol show, if it is in
/// [`CARRIES`].
fn shown_by(protocol: &str) -> Vec<&'static str> {
    let mut shown = Vec::new();
    let mut waiting: Vec<&Dissector> = by_name(protocol).into_iter().collect();
    let mut seen: Vec<&str> = Vec::new();
    while let Some(dissector) = waiting.pop() {
        if seen.contains(&dissector.name) {
            continue;
        }
        seen.push(dissector.name);
        shown.push(dissector.name);
        let fields = dissector.fields.iter().copied().flatten();
        shown.extend(fields.filter_map(|field| field.name.split('.').next()));
        let carried = CARRIES.iter().find(|(name, _)| *name == dissector.name);
        for name in carried.iter().flat_map(|(_, carried)| *carried) {
            match *name {
                MEDIA => waiting.extend(ALL.iter().copied().filter(|it| has_media_type(it))),
                name => waiting.extend(by_name(name)),
            }
        }
    }
    shown.sort_unstable();
    shown.dedup();
    shown
}

fn has_media_type(dissector: &Dissector) -> bool {
    let mut selectors = dissector.selectors.iter();
    selectors.any(|selector| matches!(selector, Selector::MediaType(_)))
}
