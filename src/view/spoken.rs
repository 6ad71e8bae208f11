//! What a packet says in its conversation: the messages that it completes, put together for their dissectors.

use super::Viewer;
use crate::track::{Conversation, ConversationId, MessageRecord, Piece, Protocol};
use dissectors::{
    Carried, DATA, Dissector, Message, MessageBytes, MessageContext, Part, Reassembled, Side,
};
use std::{borrow::Cow, io};

/// What a message is put together for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whole {
    /// Its line in the list.
    Line,
    /// Its tree.
    Tree,
    /// The file that it carries.
    File,
}

impl Whole {
    /// How much of it is put together, bytes; less for a tree that somebody waits for.
    fn limit(self, patient: bool) -> u64 {
        match self {
            Whole::Line => 64 << 10,
            Whole::Tree if patient => 32 << 20,
            Whole::Tree => 2 << 20,
            Whole::File => 192 << 20,
        }
    }
}

/// A longer conversation is not read only to say how long it was, packets.
const MAX_CARRIED: u64 = 1 << 20;

/// What a packet says.
pub(super) struct HeardPacket {
    pub messages: Vec<Said>,
    pub part_of: Option<Option<u64>>,
}

/// One message.
pub(super) struct Said {
    dissector: &'static Dissector,
    side: Side,
    place: SaidPlace,
    missing: u64,
    complete: bool,
    known: Option<MessageContext>,
    gathered: Option<(Vec<u8>, Vec<Part>)>,
    carried: Option<Carried>,
}

/// A message before its bytes are read.
struct Completed {
    message: MessageRecord,
    pieces: Vec<Piece>,
    dissector: &'static Dissector,
    known: Option<MessageContext>,
    asked_for: Option<u32>,
    gathered: Vec<(MessageRecord, Vec<Piece>)>,
}

/// Whether a message of these pieces lies in this one packet.
pub(super) fn lies_within(pieces: &[Piece], packet: u32) -> bool {
    matches!(pieces, [piece] if piece.packet == packet)
}

enum SaidPlace {
    Within(u32, u32),
    Joined(Vec<u8>, Vec<Part>),
}

impl Said {
    pub fn message(&self) -> Message<'_> {
        Message {
            dissector: self.dissector,
            side: self.side,
            bytes: match &self.place {
                SaidPlace::Within(from, to) => MessageBytes::Within(*from, *to),
                SaidPlace::Joined(bytes, parts) => MessageBytes::Joined(reassembled(bytes, parts)),
            },
            missing: self.missing,
            complete: self.complete,
            context: self.known.as_ref(),
            carried: self.carried,
            gathered: self
                .gathered
                .as_ref()
                .map(|(bytes, parts)| reassembled(bytes, parts)),
        }
    }
}

/// Bytes put together, and where they came from.
struct Joined {
    bytes: Vec<u8>,
    parts: Vec<Part>,
    limit: u64,
}

impl Joined {
    fn up_to(limit: u64) -> Self {
        Joined {
            bytes: Vec::new(),
            parts: Vec::new(),
            limit,
        }
    }
}

fn reassembled<'a>(bytes: &'a [u8], parts: &[Part]) -> Reassembled<'a> {
    Reassembled {
        bytes: Cow::Borrowed(bytes),
        parts: parts.to_vec(),
    }
}

impl Viewer {
    /// What a packet says in its innermost conversation.
    pub(super) fn hear(&mut self, number: u32, whole: Whole) -> io::Result<Option<HeardPacket>> {
        let Some((id, side, protocol)) = self.speaks(number) else {
            return Ok(None);
        };
        self.hear_to(id, u32::MAX)?;
        let announced = self.announced(id)?;
        // What was read so far suffices where patience does not: what comes later may add to it.
        let transcript = self.transcripts.get(id);
        let Some(transcript) = transcript.filter(|transcript| transcript.last() >= number) else {
            return Ok(None);
        };
        let messages = transcript.messages();
        let own: Vec<Piece> = messages.pieces_of(number, side).copied().collect();
        let part_of =
            own.last()
                .and_then(|piece| match messages.message_at(side, piece.end() - 1) {
                    Some(message) if message.packet == number => None,
                    Some(message) => Some(Some(message.packet.into())),
                    None => Some(None),
                });
        // A message is told with where its bytes are, so that these can be read while nothing is borrowed.
        let completed: Vec<Completed> = messages
            .completed_in(number)
            .filter(|message| message.side == side)
            .map(|message| {
                let gathered = messages.gathered(message).into_iter().map(|part| {
                    let pieces = messages.pieces_in(&part).to_vec();
                    (part, pieces)
                });
                Completed {
                    message: *message,
                    pieces: messages.pieces_in(message).to_vec(),
                    dissector: messages.dissector_of(message),
                    known: messages.context(message),
                    asked_for: messages.asked_for(message),
                    gathered: gathered.collect(),
                }
            })
            .collect();
        let flows = self.facts(number)?.flows();
        let payload = flows.last().map(|flow| flow.payload);
        let payload_start = payload.map_or(0, |payload| payload.start);
        let mut announced = announced;
        let mut said = Vec::new();
        for completed in completed {
            let Completed {
                message, pieces, ..
            } = completed;
            let (place, missing) = match pieces.as_slice() {
                [piece] if lies_within(&pieces, number) => {
                    let start =
                        piece.start - payload_start + (message.at.saturating_sub(piece.at)) as u32;
                    let length = message
                        .end()
                        .min(piece.end())
                        .saturating_sub(message.at.max(piece.at));
                    let place = SaidPlace::Within(start, start.saturating_add(length as u32));
                    (place, message.length - length)
                }
                pieces => {
                    let mut joined = Joined::up_to(whole.limit(self.patience.is_none()));
                    self.join(&message, pieces, &mut joined)?;
                    let missing = message.length - joined.bytes.len() as u64;
                    (SaidPlace::Joined(joined.bytes, joined.parts), missing)
                }
            };
            let carried = match completed.asked_for {
                Some(expected) if whole == Whole::Tree => self.carried(id, expected)?,
                _ => None,
            };
            let mut gathered = Joined::up_to(whole.limit(self.patience.is_none()));
            for (message, pieces) in &completed.gathered {
                self.join(message, pieces, &mut gathered)?;
            }
            let known = completed.known.or_else(|| {
                let is_its = |(of, _): &mut (&Dissector, _)| *of == completed.dissector;
                Some(announced.take_if(is_its)?.1)
            });
            said.push(Said {
                dissector: completed.dissector,
                side,
                place,
                missing,
                complete: message.complete,
                carried,
                known,
                gathered: (!completed.gathered.is_empty())
                    .then_some((gathered.bytes, gathered.parts)),
            });
        }
        // A byte that was there before asks whether the other side is (RFC 9293, section 3.8.4): it is part of nothing
        // that is said.
        let repeats = own.is_empty() && payload.is_some_and(|payload| payload.len() == 1);
        if repeats && protocol == Protocol::Tcp {
            said.push(Said {
                dissector: DATA,
                side,
                place: SaidPlace::Within(0, 1),
                missing: 0,
                complete: true,
                carried: None,
                known: None,
                gathered: None,
            });
        }
        Ok(Some(HeardPacket {
            messages: said,
            part_of,
        }))
    }

    /// What a message says that has not ended, as if it ended here: no more of it than its beginning. None where nobody
    /// could read it.
    pub(super) fn hear_unfinished(
        &mut self,
        id: ConversationId,
        message: &MessageRecord,
    ) -> io::Result<Option<HeardPacket>> {
        let Some(messages) = self.heard(id) else {
            return Ok(None);
        };
        let dissector = messages.dissector_of(message);
        let known = messages.context(message);
        let pieces = messages.pieces_in(message).to_vec();
        let is_there = {
            let contents = self.store.read();
            let there = |piece: &Piece| contents.packets.get(piece.packet).is_some();
            contents.packets.get(message.packet).is_some() && pieces.iter().all(there)
        };
        if !is_there {
            return Ok(None);
        }
        let mut joined = Joined::up_to(Whole::Line.limit(true));
        self.join(message, &pieces, &mut joined)?;
        // What ends a line, and a head: of half a line nobody reads anything.
        joined.bytes.extend(b"\r\n\r\n");
        let said = Said {
            dissector,
            side: message.side,
            place: SaidPlace::Joined(joined.bytes, joined.parts),
            missing: 0,
            complete: true,
            known,
            gathered: None,
            carried: None,
        };
        Ok(Some(HeardPacket {
            messages: vec![said],
            part_of: None,
        }))
    }

    /// The conversation that a packet says something in, who says it, over which protocol: none where it stands for
    /// itself.
    fn speaks(&self, number: u32) -> Option<(ConversationId, Side, Protocol)> {
        let contents = self.store.read();
        let (id, direction) = contents.packets.get(number)?.conversation()?;
        let conversation = contents.tracker.get(id)?;
        let speaks = conversation.is_heard() && !contents.is_about(number, id);
        speaks.then_some((id, direction.into(), conversation.protocol))
    }

    /// What the conversation that announced this one knows of it, for this dissector.
    fn announced(
        &mut self,
        id: ConversationId,
    ) -> io::Result<Option<(&'static Dissector, MessageContext)>> {
        let announced = {
            let contents = self.store.read();
            let conversation = contents.tracker.get(id);
            let expectation = conversation.and_then(|it| contents.tracker.expectation_of(it));
            expectation.map(|it| (it.by, it.number, it.dissector))
        };
        let Some((by, number, dissector)) = announced else {
            return Ok(None);
        };
        self.hear_to(by, u32::MAX)?;
        let context = self
            .heard(by)
            .and_then(|messages| messages.expected(number));
        Ok(context.map(|context| (dissector, context)))
    }

    /// What went over a connection that a conversation announced.
    fn carried(&mut self, by: ConversationId, number: u32) -> io::Result<Option<Carried>> {
        let carrier = {
            let contents = self.store.read();
            let expectation = contents.tracker.expectations.find(by, number);
            let id = expectation.and_then(|expectation| expectation.used_by);
            let short = |conversation: &Conversation| conversation.packets() <= MAX_CARRIED;
            id.filter(|id| contents.tracker.get(*id).is_none_or(short))
        };
        let Some(id) = carrier else {
            return Ok(None);
        };
        if !self.hear_to(id, u32::MAX)? {
            return Ok(None);
        }
        let Some(messages) = self.heard(id) else {
            return Ok(None);
        };
        let contents = self.store.read();
        let (count, bytes) = messages.total();
        let end = |message: Option<&MessageRecord>| {
            let packet = message?.packet;
            let time_ns = contents.packets.get(packet)?.time_ns;
            Some((u64::from(packet), time_ns))
        };
        Ok(Some(Carried {
            messages: count,
            bytes,
            ends: end(messages.all().next())
                .zip(end(messages.all().next_back()))
                .map(|(first, last)| [first, last]),
        }))
    }

    /// Puts a message together behind what was joined before it.
    fn join(
        &mut self,
        message: &MessageRecord,
        pieces: &[Piece],
        joined: &mut Joined,
    ) -> io::Result<()> {
        let left = joined.limit.saturating_sub(joined.bytes.len() as u64);
        let end = message.end().min(message.at.saturating_add(left));
        let mut wanted = message.at;
        for piece in pieces {
            let from = message.at.max(piece.at);
            let to = piece.end().min(end);
            // Behind a gap nothing stands where it should.
            if from != wanted || from >= to {
                break;
            }
            let part = Piece {
                at: from,
                length: (to - from) as u32,
                start: piece.start + (from - piece.at) as u32,
                ..*piece
            };
            let start = joined.bytes.len() as u32;
            self.read_piece(&part, &mut joined.bytes)?;
            match joined.parts.last_mut() {
                Some(last) if last.packet == u64::from(piece.packet) => last.length += part.length,
                _ => joined.parts.push(Part {
                    packet: piece.packet.into(),
                    start,
                    length: part.length,
                    overlap: false,
                    conflict: false,
                }),
            }
            wanted = to;
        }
        Ok(())
    }
}
