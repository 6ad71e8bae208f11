//! Finds the protocol of a number, or of bytes by what they look like.
//!
//! A number may have several candidates, in the order of [`ALL`]. In a conversation the first whose looks do not
//! exclude it takes it; anywhere else the first candidate does.

mod fields;

use crate::{Confidence, Dissector, LinkType, Selector, Side, application};
pub use fields::{field_def, field_defs, field_label};
use std::{collections::HashMap, sync::LazyLock};

/// Every protocol there is, as `build.rs` finds them.
pub static ALL: &[&Dissector] = &include!(concat!(env!("OUT_DIR"), "/all.rs"));

/// The dissector of bytes of no known protocol.
pub static DATA: &Dissector = &application::data::DISSECTOR;

/// A protocol's index in [`ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ProtocolId(u16);

impl ProtocolId {
    fn dissector(self) -> Option<&'static Dissector> {
        ALL.get(usize::from(self.0)).copied()
    }
}

/// The first candidate of a number.
#[derive(Clone, Copy)]
struct Slot(u16);

impl Slot {
    const EMPTY: Slot = Slot(0);
    /// Another protocol has the same number.
    const MORE: u16 = 1 << 15;

    const fn first(self) -> Option<ProtocolId> {
        match self.0 & !Self::MORE {
            0 => None,
            place => Some(ProtocolId(place - 1)),
        }
    }

    /// Adds a candidate.
    const fn with(self, place: usize) -> Slot {
        assert!(place < Self::MORE as usize - 1);
        match self.0 {
            0 => Slot(place as u16 + 1),
            first => Slot(first | Self::MORE),
        }
    }

    const fn has_more(self) -> bool {
        self.0 & Self::MORE != 0
    }
}

/// Each kind of selector has as many numbers as `PAGE` pages of 256.
const KINDS: usize = 9;
const PAGE: usize = 1 << 8;

/// The page of `SLOTS` that has the numbers of a kind with these high bits; page 0 is empty.
static PAGES: [u8; KINDS * PAGE] = pages().0;

/// The candidates of all numbers, computed by the compiler.
static SLOTS: [[Slot; PAGE]; pages().1] = slots();

#[allow(
    clippy::indexing_slicing,
    reason = "the compiler runs it, and would refuse a place that is not there"
)]
const fn pages() -> ([u8; KINDS * PAGE], usize) {
    let (mut pages, mut count) = ([0; KINDS * PAGE], 1);
    let mut at = 0;
    while at < ALL.len() {
        let mut selectors = ALL[at].selectors;
        while let [selector, rest @ ..] = selectors {
            if let Some(slot) = slot(*selector)
                && pages[slot / PAGE] == 0
            {
                assert!(count <= u8::MAX as usize);
                pages[slot / PAGE] = count as u8;
                count += 1;
            }
            selectors = rest;
        }
        at += 1;
    }
    (pages, count)
}

#[allow(
    clippy::indexing_slicing,
    reason = "the compiler runs it, and would refuse a place that is not there"
)]
const fn slots() -> [[Slot; PAGE]; pages().1] {
    let mut slots = [[Slot::EMPTY; PAGE]; pages().1];
    let pages = pages().0;
    let mut at = 0;
    while at < ALL.len() {
        let mut selectors = ALL[at].selectors;
        while let [selector, rest @ ..] = selectors {
            if let Some(slot) = slot(*selector) {
                let entry = &mut slots[pages[slot / PAGE] as usize][slot % PAGE];
                *entry = entry.with(at);
            }
            selectors = rest;
        }
        at += 1;
    }
    slots
}

/// Returns the index of a selector among all; none for those that are looked up otherwise.
#[inline]
const fn slot(selector: Selector) -> Option<usize> {
    let (kind, number) = match selector {
        Selector::LinkType(LinkType(number)) => (0, number),
        Selector::EtherType(number) => (1, number),
        Selector::LlcSap(number) => (2, number as u16),
        Selector::PppProtocol(number) => (3, number),
        Selector::IpProtocol(number) => (4, number as u16),
        Selector::UdpPort(number) => (5, number),
        Selector::TcpPort(number) => (6, number),
        Selector::Unnumbered(protocol) => (7, protocol as u16),
        Selector::SctpPort(number) => (8, number),
        Selector::MediaType(_) => return None,
    };
    Some(kind << 16 | number as usize)
}

/// The dissectors of media types, by hash.
static MEDIA: LazyLock<HashMap<u32, &Dissector>> = LazyLock::new(|| {
    let mut media = HashMap::new();
    for &dissector in ALL {
        for selector in dissector.selectors {
            if let Selector::MediaType(hash) = selector {
                media.entry(*hash).or_insert(dissector);
            }
        }
    }
    media
});

/// The protocols that recognize conversations by their bytes.
static TALKERS: LazyLock<Vec<&Dissector>> = LazyLock::new(|| {
    let is_followed = |dissector: &&Dissector| dissector.session.is_some();
    ALL.iter().copied().filter(is_followed).collect()
});

#[inline(always)]
fn look_up(selector: Selector) -> Slot {
    let found = slot(selector).and_then(|slot| {
        let page = PAGES.get(slot / PAGE)?;
        SLOTS.get(usize::from(*page))?.get(slot % PAGE)
    });
    found.copied().unwrap_or(Slot::EMPTY)
}

/// Returns the protocol of a number; where it has several candidates, the first of them.
#[inline(always)]
pub fn by_selector(selector: Selector) -> Option<&'static Dissector> {
    match selector {
        Selector::MediaType(hash) => MEDIA.get(&hash).copied(),
        _ => look_up(selector).first()?.dissector(),
    }
}

/// Returns all protocols that have this number, in their order.
pub fn candidates(selector: Selector) -> impl Iterator<Item = &'static Dissector> {
    let slot = look_up(selector);
    let first = slot.first();
    let behind = match first {
        Some(ProtocolId(place)) if slot.has_more() => ALL.get(usize::from(place) + 1..),
        _ => None,
    };
    let others = behind.into_iter().flatten().copied();
    let others = others.filter(move |dissector| dissector.selectors.contains(&selector));
    first
        .and_then(ProtocolId::dissector)
        .into_iter()
        .chain(others)
}

/// Returns the dissector of a media type.
pub(crate) fn by_media_type(name: &str) -> Option<&'static Dissector> {
    by_candidates(Selector::of_media(name))
}

/// Returns the dissector of the first of these that has one.
pub fn by_candidates(selectors: [Selector; 4]) -> Option<&'static Dissector> {
    selectors.into_iter().find_map(by_selector)
}

/// Returns the protocol with this name, as in filters.
pub fn by_name(name: &str) -> Option<&'static Dissector> {
    ALL.iter().copied().find(|dissector| dissector.name == name)
}

/// Determines the protocol of the first bytes of one side of a conversation: by what they look like, and where that is
/// not certain by the ports, of which the lower known one counts.
pub fn recognise(
    selector: fn(u16) -> Selector,
    ports: [u16; 2],
    side: Side,
    bytes: &[u8],
) -> Option<&'static Dissector> {
    let [a, b] = ports;
    let [first, second] = [a.min(b), a.max(b)].map(selector);
    let named = if knows(first) { first } else { second };
    let mut perhaps = None;
    for dissector in candidates(named).filter(|dissector| !dissector.layer.carries()) {
        match dissector.looks_like(bytes, side) {
            Confidence::Certain => return Some(dissector),
            Confidence::Possible => perhaps = perhaps.or(Some(dissector)),
            Confidence::Impossible => {}
        }
    }
    let surely = |dissector: &&Dissector| dissector.looks_like(bytes, side) == Confidence::Certain;
    TALKERS.iter().copied().find(surely).or(perhaps)
}

/// Most protocols show themselves in this many bytes; those of text do at the end of their first line.
const SHORT: usize = 16;
const LINE: usize = 2048;

/// Returns whether the first bytes of a stream are too few to show a protocol that would show itself on any port.
pub fn may_show_more(side: Side, bytes: &[u8]) -> bool {
    let may = |dissector: &&Dissector| dissector.looks_like(bytes, side) != Confidence::Impossible;
    let may_any = || TALKERS.iter().any(may);
    // The preface of HTTP/2 has several lines.
    let may_be_http2 =
        || application::http2::DISSECTOR.looks_like(bytes, side) == Confidence::Possible;
    match bytes.len() {
        ..SHORT => may_any(),
        SHORT..LINE if is_in_line(bytes) => may_any(),
        SHORT..LINE => may_be_http2(),
        _ => false,
    }
}

/// Returns whether the beginning of a first line may be that of a head of HTTP.
pub fn may_begin_head(side: Side, bytes: &[u8]) -> bool {
    let likeness = || application::http::DISSECTOR.looks_like(bytes, side);
    bytes.len() < SHORT || likeness() != Confidence::Impossible
}

/// Returns whether new bytes only continue the line that was held back before them: they need not be looked at before it
/// ends.
pub fn line_goes_on(held: usize, new: &[u8]) -> bool {
    held >= SHORT && held.saturating_add(new.len()) < LINE && is_in_line(new)
}

/// Whether bytes are text of one line, of which at most the last byte of its end is missing.
fn is_in_line(bytes: &[u8]) -> bool {
    let text = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    text.iter().all(|byte| (b' '..=b'~').contains(byte))
}

/// Returns whether a protocol is known for this selector.
pub fn knows(selector: Selector) -> bool {
    by_selector(selector).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(selector: Selector) -> Vec<&'static str> {
        candidates(selector)
            .map(|dissector| dissector.name)
            .collect()
    }

    /// Fails where a protocol takes a number of another one.
    #[test]
    fn these_numbers_have_several_candidates() {
        let mut found = Vec::new();
        for selector in ALL.iter().flat_map(|dissector| dissector.selectors) {
            let has = |dissector: &&&Dissector| dissector.selectors.contains(selector);
            let names: Vec<_> = ALL.iter().filter(has).map(|found| found.name).collect();
            let entry = (*selector, names);
            if entry.1.len() > 1 && !found.contains(&entry) {
                found.push(entry);
            }
        }
        assert_eq!(found, [(Selector::UdpPort(443), vec!["dtls", "quic"])]);
        assert_eq!(names(Selector::UdpPort(443)), ["dtls", "quic"]);
    }

    #[test]
    fn every_protocol_is_found_by_its_numbers() {
        for dissector in ALL {
            for selector in dissector.selectors {
                let found = match selector {
                    Selector::MediaType(_) => by_selector(*selector) == Some(*dissector),
                    _ => candidates(*selector).any(|found| found == *dissector),
                };
                assert!(found, "{} {selector:?}", dissector.name);
            }
        }
        assert_eq!(names(Selector::TcpPort(7)), [""; 0]);
        assert!(!knows(Selector::LinkType(LinkType(u16::MAX))));
    }

    /// RFC 9113, section 3.3: the preface may arrive in pieces, on the port of HTTP/1.
    #[test]
    fn http2_with_prior_knowledge_is_no_http1() {
        const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        for length in 4..=PREFACE.len() {
            let begun = PREFACE.get(..length).unwrap_or_default();
            let found = recognise(Selector::TcpPort, [80, 50_000], Side::Client, begun);
            let expected = (length == PREFACE.len()).then_some("http2");
            assert_eq!(found.map(|dissector| dissector.name), expected, "{length}");
            let waits = expected.is_none();
            assert!(!waits || may_show_more(Side::Client, begun), "{length}");
        }
        let request = b"PRINT * HTTP/1.1\r\n\r\n";
        let found = recognise(Selector::TcpPort, [80, 50_000], Side::Client, request);
        assert_eq!(found.map(|dissector| dissector.name), Some("http"));
    }

    #[test]
    fn looks_decide_between_candidates() {
        let found = |bytes: &[u8]| {
            let found = recognise(Selector::UdpPort, [443, 50_000], Side::Client, bytes);
            found.map(|dissector| dissector.name)
        };
        const DTLS: [u8; 14] = [22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1];
        const QUIC: [u8; 7] = [0xc0, 0, 0, 0, 1, 0, 0];
        assert_eq!(found(&DTLS), Some("dtls"));
        assert_eq!(found(&QUIC), Some("quic"));
        assert_eq!(found(b"hello"), None);
    }
}
