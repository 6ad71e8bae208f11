//! Where secrets stand that nobody asked to see, and what of them a packet carries.
//!
//! A secret is a range of what one side says, in the order of its stream. Whichever packet carries bytes of that range,
//! all of them or some, first or again, the same or others: these bytes are blotted out. Of what nobody has heard it
//! is not known what it is: in a conversation that holds a password it is blotted out too.

use super::{Details, Viewer, spoken::lies_within};
use crate::{
    store::Contents,
    track::{ConversationId, MessageRecord, Messages, Piece},
    transcript::PacketPlan,
};
use dissectors::{ByteRange, Kind, Side, Transport};
use std::{collections::HashMap, io, ops::Range};

/// Packets of a conversation of which it is kept where the secrets stand that they complete. They are looked at in
/// order or a few at a time: past these all is looked up anew.
const MAX_TOLD: usize = 1 << 16;

/// Parts of one side's stream: from, and to before.
type Places = Vec<Range<u64>>;

/// What is kept of where secrets stand, so that a packet of a message need not read all of it again.
#[derive(Default)]
pub(crate) struct Secrets {
    /// By the packet that completes messages: how many these were, and the secrets in them.
    completed: HashMap<u32, (usize, Places)>,
    /// The same for the message of each side that has not ended: where it stood then.
    unfinished: [Option<(Range<u64>, Places)>; 2],
}

impl Secrets {
    fn remember(&mut self, packet: u32, messages: usize, secrets: Places) {
        if self.completed.len() >= MAX_TOLD {
            self.completed.clear();
        }
        self.completed.insert(packet, (messages, secrets));
    }
}

/// Where secrets that were read in a packet stand in the stream of its side.
fn places(
    messages: &Messages,
    side: Side,
    packet: u32,
    datagrams: usize,
    secrets: &[ByteRange],
) -> Places {
    let own: Vec<Piece> = messages.pieces_of(packet, side).copied().collect();
    // Sources stand in this order: datagrams, messages of several segments, what was decoded.
    let joined: Vec<u64> = messages
        .completed_in(packet)
        .filter(|message| message.side == side)
        .filter(|message| !lies_within(messages.pieces_in(message), packet))
        .map(|message| message.at)
        .collect();
    let place = |secret: &ByteRange| {
        let within = |piece: &&Piece| {
            piece.source == secret.source
                && (piece.start..piece.start + piece.length).contains(&secret.start)
        };
        let start = match own.iter().find(within) {
            Some(piece) => piece.at + u64::from(secret.start - piece.start),
            None => {
                let number = usize::from(secret.source).checked_sub(datagrams + 1)?;
                joined.get(number)? + u64::from(secret.start)
            }
        };
        Some(start..start + secret.len() as u64)
    };
    secrets.iter().filter_map(place).collect()
}

impl Viewer {
    /// Where secrets stand in one side's stream, between two places of it: from, and to before. Nothing where they may
    /// be shown.
    ///
    /// # Errors
    ///
    /// The capture can no longer be read.
    fn secrets(
        &mut self,
        id: ConversationId,
        side: Side,
        between: Range<u64>,
    ) -> io::Result<Places> {
        let mut secrets = Vec::new();
        let Some(in_doubt) = self.in_doubt(id).filter(|_| !self.show_secrets) else {
            return Ok(secrets);
        };
        if !self.hear_to(id, self.as_of)? {
            // There was no time to hear it.
            secrets.extend(in_doubt.then_some(between));
            return Ok(secrets);
        }
        let mut at = between.start;
        while at < between.end {
            let Some(messages) = self.heard(id) else {
                break;
            };
            if let Some(message) = messages.message_at(side, at).copied() {
                match self.is_there(message.packet) {
                    true => secrets.extend(self.told_in(id, side, message.packet)?),
                    false if in_doubt => secrets.push(message.at..message.end()),
                    false => {}
                }
                at = message.end().max(at + 1);
                continue;
            }
            let unfinished = messages.unfinished(side);
            let unfinished = unfinished.filter(|it| (it.at..it.end()).contains(&at));
            if let Some(message) = unfinished {
                // What waits for its end as a whole may be anything; of others the beginning is known.
                match in_doubt && messages.is_pending(side) {
                    true => secrets.push(message.at..message.end()),
                    false => secrets.extend(self.told_by_now(id, &message)?),
                }
                at = message.end().max(at + 1);
                continue;
            }
            let next = messages.at_place(side, messages.place_at(side, at));
            let begun = messages.unfinished(side).map(|message| message.at);
            let next = next.map(|message| message.at).or(begun);
            let end = next.filter(|next| *next > at).unwrap_or(between.end);
            secrets.extend(in_doubt.then_some(at..end));
            at = end;
        }
        secrets.retain(|secret| secret.start < between.end && secret.end > between.start);
        Ok(secrets)
    }

    /// Whether a conversation holds a secret that may stand anywhere in it; none of one that is not read.
    fn in_doubt(&self, id: ConversationId) -> Option<bool> {
        let contents = self.store.read();
        let conversation = contents.tracker.get(id)?;
        conversation.is_heard().then(|| conversation.credentials())
    }

    fn is_there(&self, packet: u32) -> bool {
        self.store.read().packets.get(packet).is_some()
    }

    /// Reads the bytes of a piece of one side's stream behind what `into` already holds, secrets blotted out. `heard` is
    /// where in that stream the first byte stands that was heard. What can no longer be found is filled up.
    ///
    /// # Errors
    ///
    /// The capture can no longer be read.
    pub fn read_blotted(
        &mut self,
        id: ConversationId,
        side: Side,
        heard: u64,
        piece: &Piece,
        into: &mut Vec<u8>,
    ) -> io::Result<()> {
        let begin = into.len();
        self.read_piece(piece, into)?;
        into.resize(begin + piece.length as usize, 0);
        let mut blot = |from: u64, to: u64| {
            let range = from.max(piece.at)..to.min(piece.end());
            let place = |at: u64| begin + (at - piece.at) as usize;
            if !range.is_empty()
                && let Some(bytes) = into.get_mut(place(range.start)..place(range.end))
            {
                bytes.fill(b'*');
            }
        };
        if !self.show_secrets && self.in_doubt(id) == Some(true) {
            blot(0, heard);
        }
        let between = piece.at.saturating_sub(heard)..piece.end().saturating_sub(heard);
        for secret in self.secrets(id, side, between)? {
            blot(
                secret.start.saturating_add(heard),
                secret.end.saturating_add(heard),
            );
        }
        Ok(())
    }

    /// Where the secrets stand of the messages that a packet completes.
    fn told_in(&mut self, id: ConversationId, side: Side, packet: u32) -> io::Result<Places> {
        if let Some(transcript) = self.transcripts.get(id)
            && let Some((messages, secrets)) = transcript.secrets.completed.get(&packet)
            && *messages == transcript.messages().completed_in(packet).count()
        {
            return Ok(secrets.clone());
        }
        let mut details = Details::default();
        let unheard = std::mem::take(&mut self.unheard);
        let heard = self.hear(packet, super::Whole::Tree)?;
        self.read(packet, heard.as_ref(), &mut details, true, None)?;
        let secrets = self.remember(id, side, packet, &details.tree.secrets);
        self.unheard |= unheard;
        Ok(secrets)
    }

    /// Where the secrets stand that were read in the messages that a packet completes. It is kept where nothing of the
    /// conversation is left to be heard.
    fn remember(
        &mut self,
        id: ConversationId,
        side: Side,
        packet: u32,
        secrets: &[ByteRange],
    ) -> Places {
        let datagrams = self.store.read().datagrams_of(packet).len();
        let Some(transcript) = self.transcripts.get_mut(id) else {
            return Vec::new();
        };
        let secrets = places(transcript.messages(), side, packet, datagrams, secrets);
        let messages = transcript.messages().completed_in(packet).count();
        if !self.unheard {
            transcript
                .secrets
                .remember(packet, messages, secrets.clone());
        }
        secrets
    }

    /// Where the secrets stand of a message that has not ended, as if it ended here.
    fn told_by_now(&mut self, id: ConversationId, message: &MessageRecord) -> io::Result<Places> {
        let side = message.side as usize;
        if let Some(transcript) = self.transcripts.get(id)
            && let Some((known, secrets)) = &transcript.secrets.unfinished[side]
            && *known == (message.at..message.end())
        {
            return Ok(secrets.clone());
        }
        let mut secrets = Vec::new();
        if let Some(heard) = self.hear_unfinished(id, message)? {
            let mut details = Details::default();
            let packet = message.packet;
            self.read(packet, Some(&heard), &mut details, true, None)?;
            // It is the only one of several segments.
            let source = self.store.read().datagrams_of(packet).len() + 1;
            let read = details.tree.secrets.iter();
            secrets = read
                .filter(|secret| usize::from(secret.source) == source)
                .map(|secret| {
                    let place = |at: u32| (message.at + u64::from(at)).min(message.end());
                    place(secret.start)..place(secret.end)
                })
                .collect();
        }
        if let Some(transcript) = self.transcripts.get_mut(id) {
            let known = (message.at..message.end(), secrets.clone());
            transcript.secrets.unfinished[side] = Some(known);
        }
        Ok(secrets)
    }

    /// Blots out the secrets, or parts of them, that a packet carries.
    pub(super) fn blot(
        &mut self,
        number: u32,
        details: &mut Details,
        packet: &mut [u8],
    ) -> io::Result<()> {
        for secret in details.tree.secrets.iter().filter(|s| s.source == 0) {
            secret.blot(packet);
        }
        let said_by = said_by(&self.store.read(), number);
        if !self.unheard
            && let Some((id, side)) = said_by
        {
            self.remember(id, side, number, &details.tree.secrets);
        }
        let mut blots = self.carried_secrets(number)?;
        blots.extend(self.carried_fragments(number)?);
        let contents = self.store.read();
        blots.extend(quoted_secrets(&contents, number, details));
        for blot in blots.iter().filter(|blot| blot.source == 0) {
            blot.blot(packet);
        }
        details.tree.blot(&blots);
        Ok(())
    }

    /// Where the payload of a packet's innermost conversation carries secrets.
    fn carried_secrets(&mut self, number: u32) -> io::Result<Vec<ByteRange>> {
        let mut blots = Vec::new();
        let said_by = said_by(&self.store.read(), number);
        let Some((id, side)) = said_by else {
            return Ok(blots);
        };
        let Some(flow) = self.facts(number)?.flows().last().copied() else {
            return Ok(blots);
        };
        let payload = flow.payload;
        let Some(in_doubt) = self.in_doubt(id).filter(|_| !payload.is_empty()) else {
            return Ok(blots);
        };
        let Some(messages) = self.messages(id)? else {
            blots.extend(in_doubt.then_some(payload));
            return Ok(blots);
        };
        let place = match &flow.transport {
            Transport::Tcp(segment) => {
                let first = segment.seq.wrapping_add(u32::from(segment.flags.syn()));
                messages.place_of(number, side, first)
            }
            Transport::Udp => {
                let piece = messages.pieces_of(number, side).next();
                piece.map(|piece| piece.at as i64)
            }
        };
        let unknown = match place {
            Some(place) => place.saturating_neg().clamp(0, payload.len() as i64) as u32,
            None => payload.len() as u32,
        };
        let known = ByteRange {
            start: payload.start + unknown,
            ..payload
        };
        if in_doubt && (unknown > 0 || self.says_otherwise(number, id, side, place, payload)?) {
            let end = if unknown > 0 {
                known.start
            } else {
                payload.end
            };
            blots.push(ByteRange { end, ..payload });
        }
        let Some(place) = place.filter(|_| !known.is_empty()) else {
            return Ok(blots);
        };
        let first = place.max(0) as u64;
        let between = first..first + known.len() as u64;
        for secret in self.secrets(id, side, between.clone())? {
            let from = secret.start.max(between.start) - first;
            let to = secret.end.min(between.end) - first;
            blots.push(ByteRange {
                start: known.start + from as u32,
                end: known.start + to as u32,
                ..known
            });
        }
        Ok(blots)
    }

    /// Whether a packet carries other bytes than those that were heard in their place: another try, maybe. One byte is
    /// none, but asks whether the other side is there: RFC 9293, section 3.8.4.
    fn says_otherwise(
        &mut self,
        number: u32,
        id: ConversationId,
        side: Side,
        place: Option<i64>,
        payload: ByteRange,
    ) -> io::Result<bool> {
        let Some(first) = place.and_then(|place| u64::try_from(place).ok()) else {
            return Ok(false);
        };
        if payload.len() <= 1 {
            return Ok(false);
        }
        let end = first + payload.len() as u64;
        let Some(messages) = self.heard(id) else {
            return Ok(false);
        };
        let pieces = messages.pieces_between(side, first..end).to_vec();
        for piece in pieces.iter().filter(|piece| piece.packet != number) {
            let from = piece.at.max(first);
            let to = piece.end().min(end);
            let part = |at: u64, piece: &Piece| Piece {
                at: from,
                length: (to - from) as u32,
                start: piece.start + (from - at) as u32,
                ..*piece
            };
            let own = Piece {
                at: first,
                packet: number,
                start: payload.start,
                source: payload.source,
                length: payload.len() as u32,
            };
            let (mut heard, mut again) = (Vec::new(), Vec::new());
            self.read_piece(&part(piece.at, piece), &mut heard)?;
            self.read_piece(&part(first, &own), &mut again)?;
            if heard != again {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Where a fragment carries secrets of the datagram that it is part of.
    fn carried_fragments(&mut self, number: u32) -> io::Result<Vec<ByteRange>> {
        let mut blots = Vec::new();
        let completed = {
            let contents = self.store.read();
            match contents.datagrams_of(number).is_empty() {
                true => contents.reassembled_in(number),
                false => Some(number),
            }
        };
        let Some(completed) = completed.filter(|completed| self.is_there(*completed)) else {
            return Ok(blots);
        };
        let secrets = self.carried_secrets(completed)?;
        let plan = PacketPlan::of(&self.store.read(), number);
        let (Some(plan), false) = (plan, secrets.is_empty()) else {
            return Ok(blots);
        };
        let reader = &mut self.reader;
        let Some(data) = reader.fragment_in(plan.location, &[], &mut Vec::new())? else {
            return Ok(blots);
        };
        let contents = self.store.read();
        for secret in secrets {
            let datagram = usize::from(secret.source).checked_sub(1);
            let parts = datagram.and_then(|at| contents.datagrams_of(completed).get(at));
            let own = parts.into_iter().flatten();
            for part in own.filter(|part| part.packet == u64::from(number)) {
                let from = secret.start.max(part.start);
                let to = secret.end.min(part.start + part.length);
                if from < to {
                    blots.push(ByteRange {
                        start: data.start + (from - part.start),
                        end: data.start + (to - part.start),
                        ..data
                    });
                }
            }
        }
        Ok(blots)
    }
}

/// The innermost conversation that a packet says something in, and who says it.
fn said_by(contents: &Contents, number: u32) -> Option<(ConversationId, Side)> {
    let (id, direction) = contents.packets.get(number)?.conversation()?;
    let says = !contents.is_about(number, id);
    says.then_some((id, direction.into()))
}

/// What an ICMP error quotes of a conversation that holds a password: where that stands in it nobody knows. What was
/// read of it is taken out.
fn quoted_secrets(contents: &Contents, number: u32, details: &mut Details) -> Vec<ByteRange> {
    let mut blots = Vec::new();
    let record = contents.packets.get(number);
    let Some((id, _)) = record.and_then(|record| record.conversation()) else {
        return blots;
    };
    let conversation = contents.tracker.get(id);
    let in_doubt = conversation.is_some_and(|known| known.credentials());
    if !in_doubt || !contents.is_about(number, id) {
        return blots;
    }
    let mut within = None;
    details.tree.fields.retain(|field| {
        within = within.filter(|depth| field.depth > *depth);
        let payload = matches!(field.name, "tcp.payload" | "udp.payload");
        if let Kind::Layer(layer) = field.kind
            && layer.quoted
            && !layer.dissector.layer.carries()
        {
            within = within.or(Some(field.depth));
        }
        if payload || within.is_some() {
            blots.push(field.bytes);
        }
        within.is_none()
    });
    blots
}
