//! Masks secrets in the bytes that are to be shown, before they are used.
//!
//! The ranges of secrets in the stream of each side come from its conversation's sessions. Bytes of these ranges are
//! masked in every packet that carries them, in whole or in part, first or repeated, equal or different. In a
//! conversation that holds a password, bytes of unknown meaning are masked as well.

use super::Viewer;
use crate::{
    store::PacketPlan,
    track::{ConversationId, MessageRecord, Piece},
    transcript::Pages,
};
use dissectors::{ByteRange, Flow, Side, Transport};
use std::{io, ops::Range};

impl Viewer {
    /// Returns the ranges of secrets between two offsets of one side's stream: from, and to before. None if they may be
    /// shown.
    fn secrets(
        &mut self,
        id: ConversationId,
        side: Side,
        between: Range<u64>,
    ) -> io::Result<Vec<Range<u64>>> {
        if self.show_secrets || self.in_doubt(id).is_none() {
            return Ok(Vec::new());
        }
        let has_read = self.read_messages_to(id, self.as_of)?;
        Ok(self.secrets_read(id, side, between, has_read))
    }

    /// Returns them for a conversation that has been read as far as necessary, or not.
    fn secrets_read(
        &mut self,
        id: ConversationId,
        side: Side,
        between: Range<u64>,
        has_read: bool,
    ) -> Vec<Range<u64>> {
        let Some(in_doubt) = self.in_doubt(id).filter(|_| !self.show_secrets) else {
            return Vec::new();
        };
        let Some(messages) = self.messages_of(id).filter(|_| has_read) else {
            return Vec::from_iter(in_doubt.then_some(between));
        };
        let secrets = messages.secrets_between(side, between.clone());
        let mut secrets: Vec<_> = secrets.collect();
        if in_doubt {
            let unfinished = messages.unfinished(side);
            secrets.extend(unknown_between(self.pages(id), side, between, unfinished));
        }
        secrets
    }

    /// Whether a conversation holds a secret whose position is unknown; none for one that is not read.
    fn in_doubt(&self, id: ConversationId) -> Option<bool> {
        let contents = self.store().read();
        let conversation = contents.tracker.get(id)?;
        conversation
            .has_session()
            .then(|| conversation.credentials())
    }

    /// Masks the secrets among bytes of one side's stream, the first of which is at offset `at`.
    pub(super) fn mask(
        &mut self,
        id: ConversationId,
        side: Side,
        at: u64,
        bytes: &mut [u8],
    ) -> io::Result<()> {
        let end = at.saturating_add(bytes.len() as u64);
        for secret in self.secrets(id, side, at..end)? {
            let within = (secret.start - at) as usize..(secret.end - at) as usize;
            if let Some(secret) = bytes.get_mut(within) {
                secret.fill(b'*');
            }
        }
        Ok(())
    }

    /// Appends the bytes of a piece of one side's stream to `into`, with secrets masked. `received` is the offset of
    /// the first received byte in that stream. Bytes that are no longer there are replaced by filler.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn read_masked(
        &mut self,
        id: ConversationId,
        side: Side,
        received: u64,
        piece: &Piece,
        into: &mut Vec<u8>,
    ) -> io::Result<()> {
        let begin = into.len();
        self.read_piece(piece, into)?;
        into.resize(begin + piece.length as usize, 0);
        // Nothing is known of the bytes before it.
        let before = received.saturating_sub(piece.at).min(piece.length.into()) as usize;
        let (before, rest) = into[begin..].split_at_mut(before);
        if !self.show_secrets && self.in_doubt(id) == Some(true) {
            before.fill(b'*');
        }
        self.mask(id, side, piece.at.saturating_sub(received), rest)
    }

    /// Returns the ranges of secrets in a packet and in the datagrams that it completes.
    pub(super) fn secrets_in(&mut self, number: u32) -> io::Result<Vec<ByteRange>> {
        if self.show_secrets {
            return Ok(Vec::new());
        }
        let mut secrets = self.payload_secrets(number)?;
        secrets.extend(self.fragment_secrets(number)?);
        Ok(secrets)
    }

    /// Returns the ranges of secrets in the payload of a packet's innermost conversation.
    fn payload_secrets(&mut self, number: u32) -> io::Result<Vec<ByteRange>> {
        let Some((id, side, _)) = self.speaks(number) else {
            return Ok(Vec::new());
        };
        let flow = self.facts(number)?.flows().last().copied();
        let flow = flow.filter(|flow| !flow.payload.is_empty());
        let (Some(flow), Some(in_doubt)) = (flow, self.in_doubt(id)) else {
            return Ok(Vec::new());
        };
        let payload = flow.payload;
        let has_read = self.read_for(id, side, number)?;
        match self.messages_of(id).filter(|_| has_read) {
            None => return Ok(Vec::from_iter(in_doubt.then_some(payload))),
            Some(messages) if !in_doubt && !messages.has_secrets() => return Ok(Vec::new()),
            Some(_) => {}
        }
        let mut pages = self.pages(id);
        let place = match &flow.transport {
            Transport::Tcp(segment) => {
                let first = segment.seq.wrapping_add(u32::from(segment.flags.syn()));
                pages.place_of(number, side, first)
            }
            Transport::Udp => {
                let pieces = pages.pieces_of(number, side);
                pieces.first().map(|piece| piece.at as i64)
            }
        };
        let length = payload.len() as i64;
        // Bytes sent before the first byte that was read.
        let before = place.map_or(length, |place| place.saturating_neg().clamp(0, length)) as u32;
        let first = place.unwrap_or(0).max(0) as u64;
        let mut secrets = Vec::new();
        if in_doubt && before > 0 {
            let end = payload.start + before;
            secrets.push(ByteRange { end, ..payload });
        } else if in_doubt && self.differs(number, &flow, id, side, first)? {
            return Ok(vec![payload]);
        }
        let known = payload.start + before;
        let between = first..first + u64::from(payload.end - known);
        for secret in self.secrets_read(id, side, between, true) {
            secrets.push(ByteRange {
                start: known + (secret.start - first) as u32,
                end: known + (secret.end - first) as u32,
                ..payload
            });
        }
        Ok(secrets)
    }

    /// Whether a packet carries other bytes than those that were read at the same offset, the first of which is
    /// `first`: possibly another attempt. A single byte does not count, since it is a keep-alive: RFC 9293, section
    /// 3.8.4.
    fn differs(
        &mut self,
        number: u32,
        flow: &Flow,
        id: ConversationId,
        side: Side,
        first: u64,
    ) -> io::Result<bool> {
        self.facts(number)?;
        let own = self.reader.payload(flow).to_vec();
        let end = first + own.len() as u64;
        if own.len() <= 1 {
            return Ok(false);
        }
        let mut at = first;
        let mut read = Vec::new();
        while at < end {
            let pieces = self.pages(id).pieces_between(side, at..end);
            let Some(last) = pieces.last().map(Piece::end) else {
                break;
            };
            let others = pieces.iter().filter(|piece| piece.packet != number);
            for piece in others.map(|piece| piece.between(at..end)) {
                read.clear();
                self.read_piece(&piece, &mut read)?;
                let from = (piece.at - first) as usize;
                if own.get(from..from + piece.length as usize) != Some(&read) {
                    return Ok(true);
                }
            }
            at = last;
        }
        Ok(false)
    }

    /// Returns the ranges of secrets in a fragment that belong to its datagram.
    fn fragment_secrets(&mut self, number: u32) -> io::Result<Vec<ByteRange>> {
        let (completed, plan) = {
            let contents = self.store().read();
            let completed = match contents.datagrams_of(number).is_empty() {
                true => contents.reassembled_in(number),
                false => Some(number),
            };
            let is_there = |packet: &u32| contents.packets.get(*packet).is_some();
            let plan = PacketPlan::of(&contents, number);
            (completed.filter(is_there), plan)
        };
        let Some(completed) = completed else {
            return Ok(Vec::new());
        };
        let secrets = self.payload_secrets(completed)?;
        let (Some(plan), false) = (plan, secrets.is_empty()) else {
            return Ok(Vec::new());
        };
        let reader = &mut self.reader;
        let Some(data) = reader.fragment_in(plan.location, &[], &mut Vec::new())? else {
            return Ok(Vec::new());
        };
        let contents = self.store().read();
        let parts = contents.datagrams_of(completed);
        let within = |secret: ByteRange| {
            let datagram = usize::from(secret.source).checked_sub(1);
            let parts = datagram.and_then(|at| parts.get(at)).into_iter().flatten();
            let own = parts.filter(|part| part.packet == u64::from(number));
            own.map(move |part| {
                let end = part.start + part.length;
                ByteRange {
                    start: data.start + secret.start.clamp(part.start, end) - part.start,
                    end: data.start + secret.end.clamp(part.start, end) - part.start,
                    ..data
                }
            })
        };
        Ok(secrets.into_iter().flat_map(within).collect())
    }
}

/// Returns the ranges between two offsets of a side's stream that belong to no message which was read.
fn unknown_between(
    mut pages: Pages,
    side: Side,
    between: Range<u64>,
    unfinished: Option<MessageRecord>,
) -> Vec<Range<u64>> {
    let mut unknown = Vec::new();
    let mut at = between.start;
    let first = pages.place_at(side, at);
    let all = (first..).map_while(|place| pages.at_place(side, place));
    for message in all.chain(unfinished) {
        if message.at >= between.end {
            break;
        }
        unknown.push(at..message.at);
        at = at.max(message.end());
    }
    unknown.push(at..between.end);
    unknown.retain(|part| !part.is_empty());
    unknown
}
