//! A conversation in WebSocket frames: RFC 6455, section 5.

use super::{COMPRESSED, FIN, MASKED, Opcode};
use crate::{Framing, HeapSize, MessageInfo, PerSide, Place, Session, Setting, Side, tail::Tail};

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The flags and the opcode.
    pub first: u8,
    /// How many bytes of extended length follow the second byte.
    pub extended: usize,
    /// A masking key precedes the payload.
    pub masked: bool,
    /// The length of the payload.
    pub payload: u64,
}

impl Header {
    /// Returns the header at the beginning of these bytes, if it is complete.
    pub fn of(bytes: &[u8]) -> Option<Header> {
        let &[first, second, ref rest @ ..] = bytes else {
            return None;
        };
        let (extended, payload) = match second & 0x7f {
            126 => (2, u16::from_be_bytes(*rest.first_chunk()?).into()),
            127 => (8, u64::from_be_bytes(*rest.first_chunk()?)),
            length => (0, length.into()),
        };
        Some(Header {
            first,
            extended,
            masked: second & MASKED != 0,
            payload,
        })
    }

    /// Returns the length of the header, with the masking key.
    pub fn length(&self) -> usize {
        2 + self.extended + if self.masked { 4 } else { 0 }
    }

    /// Returns whether no other frame follows in the same message.
    pub fn is_final(&self) -> bool {
        self.first & FIN != 0
    }

    /// Returns the kind of the payload.
    pub fn opcode(&self) -> u8 {
        self.first & 0x0f
    }

    /// Returns whether it may occur between the frames of a message.
    fn is_control(&self) -> bool {
        self.opcode() >= Opcode::CLOSE.0
    }
}

/// What is known of a frame's message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fragments {
    /// The packets that the message's frames came in, where this is the last of several.
    pub packets: Vec<u64>,
    /// The total length of the payloads.
    pub length: u64,
    /// This frame's payload can be decompressed by itself.
    pub compressed: bool,
}

/// Frames of one message that are remembered, at most.
const MAX_FRAGMENTS: usize = 4096;

/// A conversation in WebSocket frames.
#[derive(Clone, Default)]
pub struct WebSocket {
    keeps: bool,
    /// The frame that each side is sending.
    saying: PerSide<Option<Header>>,
    /// The message that each side has begun.
    begun: PerSide<Fragments>,
    messages: Tail<Fragments>,
    /// How many messages each side has sent.
    said: PerSide<usize>,
}

impl WebSocket {
    /// Begins a conversation.
    pub fn new(setting: &Setting) -> Self {
        WebSocket {
            keeps: setting.keeps,
            ..WebSocket::default()
        }
    }
}

impl HeapSize for Fragments {
    fn heap_size(&self) -> usize {
        self.packets.heap_size()
    }
}

impl Session for WebSocket {
    type Context = Fragments;

    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        let Some(header) = Header::of(bytes) else {
            return Framing::NeedMore;
        };
        self.saying[place.side] = Some(header);
        Framing::Complete((header.length() as u64).saturating_add(header.payload))
    }

    fn on_message(&mut self, ended: &MessageInfo, _: &mut Vec<crate::Event>) {
        let side = ended.side;
        let Some(header) = self.saying[side].take() else {
            if self.keeps {
                self.messages.push(Fragments::default());
            }
            return;
        };
        if !header.is_control() && header.is_final() {
            self.said[side] += 1;
        }
        if !self.keeps {
            return;
        }
        let alone = Fragments {
            compressed: header.first & COMPRESSED != 0 && header.is_final(),
            ..Fragments::default()
        };
        let message = match &mut self.begun[side] {
            begun if !header.is_control() => {
                if begun.packets.len() < MAX_FRAGMENTS {
                    begun.packets.push(ended.packet);
                }
                begun.length = begun.length.saturating_add(header.payload);
                match header.is_final() {
                    true => Fragments {
                        compressed: alone.compressed,
                        ..std::mem::take(begun)
                    },
                    false => alone,
                }
            }
            _ => alone,
        };
        self.messages.push(message);
    }

    fn lost(&mut self, side: Side) {
        self.saying[side] = None;
    }

    fn context(&self, number: usize) -> Option<Fragments> {
        Some(self.messages.get(number)?.clone())
    }

    fn evict(&mut self, before: usize) {
        self.messages.evict(before);
    }

    fn allocated(&self) -> usize {
        let begun = self.begun.iter().map(Fragments::heap_size);
        begun.sum::<usize>() + self.messages.heap_size()
    }

    fn summary(&self) -> String {
        let PerSide { client, server } = self.said;
        let messages = match client + server {
            1 => "message",
            _ => "messages",
        };
        format!("WebSocket: {client} {messages} up, {server} down")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{application::websocket::DISSECTOR, test_session::Script, test_support::bytes};

    /// RFC 6455, section 5.4: control frames may occur between the fragments of a message.
    #[test]
    fn fragments() {
        let mut script = Script::new(&DISSECTOR, 80);
        for (side, hex) in [
            (Side::Client, "0101 61"),
            (Side::Server, "0101 78"),
            (Side::Client, "8900"),
            (Side::Client, "0002 6263"),
            (Side::Server, "8001 79"),
            (Side::Client, "8001 64"),
        ] {
            script.segment(side, &bytes(hex));
        }
        let known = script.all_known::<Fragments>().into_iter().flatten();
        let known: Vec<_> = known.map(|it| (it.packets, it.length)).collect();
        let alone = (Vec::new(), 0);
        let expected = [
            alone.clone(),
            alone.clone(),
            alone.clone(),
            alone,
            (vec![2, 5], 2),
            (vec![1, 4, 6], 4),
        ];
        assert_eq!(known, expected);
    }

    #[test]
    fn headers() {
        let header = |hex: &str| Header::of(&bytes(hex));
        let length = |hex: &str| header(hex).map(|header| (header.length(), header.payload));
        assert_eq!(length("8105"), Some((2, 5)));
        assert_eq!(length("8185"), Some((6, 5)));
        assert_eq!(length("827e0100"), Some((4, 256)));
        assert_eq!(length("82ff ffffffffffffffff"), Some((14, u64::MAX)));
        for short in ["", "81", "827e01", "827f00000000000000"] {
            assert_eq!(header(short), None, "{short}");
        }
    }
}
