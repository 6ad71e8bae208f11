//! The contents of a conversation's pages: its entries, where its bytes are, its messages.

use super::{Content, Entry, Packed, Page, Transcript, Transcripts};
use crate::{
    store::PacketReader,
    track::{ConversationId, Known, Made, MessagePage, MessageRecord, Piece, SourceId},
};
use dissectors::{PerSide, Side};
use std::ops::Range;

/// The pages of a conversation, as far as it was read. Evicted pages are read again when they are needed.
pub struct Pages<'t> {
    transcripts: &'t mut Transcripts,
    reader: &'t mut PacketReader,
    id: ConversationId,
}

impl<'t> Pages<'t> {
    pub(super) fn new(
        transcripts: &'t mut Transcripts,
        reader: &'t mut PacketReader,
        id: ConversationId,
    ) -> Self {
        Pages {
            transcripts,
            reader,
            id,
        }
    }

    fn transcript(&self) -> Option<&Transcript> {
        self.transcripts.get(self.id)
    }

    fn pages(&self) -> usize {
        self.transcript().map_or(0, |known| known.pages.len())
    }

    /// Returns the last page for which this holds; it holds for all before it.
    fn last_where(&self, holds: impl Fn(&Page) -> bool) -> Option<usize> {
        let pages = &self.transcript()?.pages;
        pages.partition_point(holds).checked_sub(1)
    }

    /// Returns the contents of a page.
    fn content(&mut self, at: usize) -> Option<&Content> {
        let page = self.transcript()?.pages.get(at)?;
        if page.content.is_none() {
            self.transcripts.restore(self.reader, self.id, at);
        }
        let asked = self.transcripts.asked;
        let known = self.transcripts.all.get_mut(&self.id)?;
        let page = known.pages.get_mut(at)?;
        page.used = asked;
        page.content.as_ref()
    }

    /// Returns the messages and the bytes of a page. Those of the last one are in the session.
    fn messages(&mut self, at: usize) -> Option<&MessagePage> {
        if at + 1 == self.pages() {
            return self.transcript()?.messages().page();
        }
        self.content(at).map(|content| &content.messages)
    }

    /// Returns the entry of a packet; none if it was not read, or does not belong to the conversation.
    pub fn entry(&mut self, packet: u32) -> Option<Entry> {
        let known = self.transcript()?;
        let (at, rtt) = (known.page_of(packet)?, known.initial_rtt);
        let entries = &self.content(at)?.entries;
        let found = entries.binary_search_by_key(&packet, Packed::packet).ok()?;
        entries.get(found).map(|packed| packed.entry(rtt))
    }

    /// Returns at most `most` entries after one packet, up to another, and whether these are all of them.
    pub fn entries(&mut self, (behind, to): (u32, u32), most: usize) -> (Vec<Entry>, bool) {
        let mut found = Vec::new();
        let Some(known) = self.transcript() else {
            return (found, true);
        };
        let rtt = known.initial_rtt;
        let first = known.pages.partition_point(|page| page.last <= behind);
        for at in first..known.pages.len() {
            let Some(content) = self.content(at) else {
                break;
            };
            let entries = &content.entries;
            let from = entries.partition_point(|entry| entry.packet() <= behind);
            let until = entries.partition_point(|entry| entry.packet() <= to);
            let wanted = entries.get(from..until).unwrap_or_default();
            let left = most - found.len();
            found.extend(wanted.iter().take(left).map(|packed| packed.entry(rtt)));
            if wanted.len() > left {
                return (found, false);
            }
            if until < entries.len() {
                break;
            }
        }
        (found, true)
    }

    /// Returns the entries before a packet, in order: the last of them, at most `most`.
    pub fn entries_before(&mut self, packet: u32, most: usize) -> Vec<Entry> {
        let Some(rtt) = self.transcript().map(|known| known.initial_rtt) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let mut page = self.last_where(|page| page.first < packet);
        while let Some(at) = page.filter(|_| found.len() < most) {
            let Some(content) = self.content(at) else {
                break;
            };
            let entries = content.entries.iter().rev();
            let before = entries.filter(|entry| entry.packet() < packet);
            let left = most - found.len();
            found.extend(before.take(left).map(|packed| packed.entry(rtt)));
            page = at.checked_sub(1);
        }
        found.reverse();
        found
    }

    /// Returns the pages in which a packet brought bytes or completed messages: its own, and those where its data had
    /// waited for what was missing before it.
    fn pages_of(&self, packet: u32) -> impl Iterator<Item = usize> + use<> {
        let (mut own, mut last, mut waited) = (None, None, Vec::new());
        if let Some(known) = self.transcript() {
            own = known.page_of(packet);
            // The last page has not ended.
            last = known
                .pages
                .len()
                .checked_sub(1)
                .filter(|last| own != Some(*last));
            let from = known.waited.partition_point(|(other, _)| *other < packet);
            let later = known.waited.get(from..).unwrap_or_default().iter();
            let later = later.take_while(|(other, _)| *other == packet);
            waited.extend(later.filter_map(|(_, first)| known.page_of(*first)));
        }
        own.into_iter().chain(waited).chain(last)
    }

    /// Returns the messages that a packet completes, in order.
    pub fn completed_in(&mut self, packet: u32) -> Vec<MessageRecord> {
        let mut found = Vec::new();
        for at in self.pages_of(packet) {
            if let Some(page) = self.messages(at) {
                found.extend(page.completed_in(packet).copied());
            }
        }
        found
    }

    /// Returns the packets after one that complete messages, in order, of at least one page; none if there are no more.
    pub fn completing(&mut self, behind: u32) -> Vec<u32> {
        let Some(known) = self.transcript() else {
            return Vec::new();
        };
        let first = known.pages.partition_point(|page| page.last <= behind);
        for at in first..known.pages.len() {
            let Some((from, to)) = self.bounds(at) else {
                break;
            };
            let mut packets: Vec<u32> = Vec::new();
            // Messages that a later page completes in packets of this one belong here.
            let waited = self.transcript().map_or(&[][..], |known| &known.waited);
            let begin = waited.partition_point(|(packet, _)| *packet < from);
            let waited = waited.get(begin..).unwrap_or_default().iter();
            let waited = waited.take_while(|(packet, _)| *packet <= to);
            let waited: Vec<u32> = waited.map(|(packet, _)| *packet).collect();
            packets.extend(
                waited
                    .into_iter()
                    .filter(|packet| !self.completed_in(*packet).is_empty()),
            );
            let last = self.pages().saturating_sub(1);
            for page in [at, last] {
                let page = self.messages(page);
                let all = page.into_iter().flat_map(MessagePage::all);
                packets.extend(all.map(|message| message.packet));
            }
            packets.retain(|packet| *packet > behind && (from..=to).contains(packet));
            packets.sort_unstable();
            packets.dedup();
            if !packets.is_empty() {
                return packets;
            }
        }
        Vec::new()
    }

    fn bounds(&self, at: usize) -> Option<(u32, u32)> {
        let page = self.transcript()?.pages.get(at)?;
        Some((page.first, page.last))
    }

    /// Returns the new bytes that a packet brought to a side's stream.
    pub fn pieces_of(&mut self, packet: u32, side: Side) -> Vec<Piece> {
        let mut found = Vec::new();
        for at in self.pages_of(packet) {
            if let Some(page) = self.messages(at) {
                found.extend(page.pieces_of(packet, side).copied());
            }
        }
        found
    }

    /// Returns the pieces between two offsets of a side's stream: from, and to before; of at least one page. None if
    /// there are no more.
    pub fn pieces_between(&mut self, side: Side, between: Range<u64>) -> Vec<Piece> {
        let starts = |page: &Page| page.places[side].0;
        let first = self.last_where(|page| starts(page) <= between.start);
        for at in first.unwrap_or(0)..self.pages() {
            let pieces = self.messages(at);
            let pieces = pieces.map(|page| page.pieces_between(side, between.clone()).to_vec());
            if let Some(pieces) = pieces.filter(|pieces| !pieces.is_empty()) {
                return pieces;
            }
            let page = self.transcript().and_then(|known| known.pages.get(at + 1));
            if page.is_none_or(|page| starts(page) >= between.end) {
                break;
            }
        }
        Vec::new()
    }

    /// Returns how many messages of a side end before a byte of its stream: the index of the one that it belongs to,
    /// which may not have ended so far.
    pub fn place_at(&mut self, side: Side, at: u64) -> u64 {
        let Some(page) = self.page_of_message(side, at) else {
            return 0;
        };
        let before = self.transcript().and_then(|known| known.pages.get(page));
        let before = before.map_or_else(PerSide::default, |page| page.counts);
        let own = self.messages(page).map_or(0, |page| {
            page.by_side(side)
                .partition_point(|known| known.end() <= at)
        });
        before[side] + own as u64
    }

    /// Returns the message at this index among those of a side, in the order of its stream.
    pub fn at_place(&mut self, side: Side, place: u64) -> Option<MessageRecord> {
        let counts = |page: &Page| page.counts[side];
        let at = self.last_where(|page| counts(page) <= place)?;
        let before = self.transcript()?.pages.get(at).map(counts)?;
        let own = self.messages(at)?.by_side(side);
        own.get(place.checked_sub(before)? as usize).copied()
    }

    /// Returns the message that a byte of a side's stream belongs to, if its end is known by now.
    pub fn message_at(&mut self, side: Side, at: u64) -> Option<MessageRecord> {
        let page = self.page_of_message(side, at)?;
        let own = self.messages(page)?.by_side(side);
        let found = own.partition_point(|known| known.end() <= at);
        own.get(found).filter(|known| known.at <= at).copied()
    }

    /// Returns the page in which the message ends that a byte of a side's stream belongs to.
    fn page_of_message(&self, side: Side, at: u64) -> Option<usize> {
        self.last_where(|page| page.places[side].1 <= at)
    }

    /// Returns the offset of a packet's sequence number in a side's stream: negative for data sent before the first
    /// byte that was read.
    pub fn place_of(&self, packet: u32, side: Side, seq: u32) -> Option<i64> {
        let known = self.transcript()?;
        let page = known.pages.get(known.page_of(packet)?)?;
        let near = page.places[side].0;
        known.messages().place_of(side, seq, near)
    }

    /// Returns what the session knows of a message besides its bytes.
    pub fn known(&mut self, message: &MessageRecord) -> Known {
        let (Some(known), Some(stage)) = (self.transcript(), message.stage()) else {
            return Known::default();
        };
        let settled = known.settled.get(stage).copied().unwrap_or(0);
        if message.number() >= settled {
            return known.messages().known(message);
        }
        let page = self.page_of_message(message.side, message.at);
        let page = page.and_then(|page| self.messages(page));
        let found = page.and_then(|page| page.known(message));
        found.cloned().unwrap_or_default()
    }

    /// Returns whether nothing that follows changes what is known of the bytes that a packet brought to a side's stream,
    /// and of the messages that it completes. Only certain if it returns true.
    pub fn is_final(&mut self, packet: u32, side: Side) -> bool {
        let Some(known) = self.transcript() else {
            return false;
        };
        if known.ended && packet <= known.last {
            return true;
        }
        let messages = known.messages();
        if known.last < packet || messages.waits() {
            return false;
        }
        let ended = messages.places()[side].1;
        // The contexts of messages that were settled when a page ended are in the pages.
        let in_pages = known.settled.iter().copied();
        let in_pages = in_pages.chain(std::iter::repeat(0));
        let settled = messages.settled().zip(in_pages);
        let settled: Vec<usize> = settled.map(|(one, other)| one.max(other)).collect();
        let pieces = self.pieces_of(packet, side);
        let brought = self.entry(packet).is_none_or(|entry| entry.payload > 0);
        (!pieces.is_empty() || !brought)
            && pieces.iter().all(|piece| piece.end() <= ended)
            && self.completed_in(packet).iter().all(|message| {
                let settled = message.stage().and_then(|stage| settled.get(stage));
                settled.is_none_or(|settled| message.number() < *settled)
            })
    }

    /// Returns the parts of a source that a session opened, up to the message that completes it: ranges of its parent,
    /// in its order.
    pub fn parts_of(&mut self, source: SourceId, message: &MessageRecord) -> Vec<Made> {
        let mut found = Vec::new();
        let mut page = self.page_of_message(message.side, message.at);
        while let Some(at) = page {
            let parts = self.messages(at).map(|page| page.parts_of(source).cloned());
            found.extend(parts.into_iter().flatten());
            // Its parts are searched backwards to its beginning.
            let begins = found.iter().any(|made: &Made| made.at == 0);
            page = at.checked_sub(1).filter(|_| !begins);
        }
        found.sort_by_key(|made| made.at);
        found
    }
}
