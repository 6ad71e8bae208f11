//! What the tests beside the dissectors share: bytes from hexadecimal, and what comes of them.

use crate::{
    Context, Event, Facts, Heard, Kind, Output, Packet, Place, Session, Setting, Side, Step,
    Summary, Talk, Tree, dissect,
};

/// Bytes from hexadecimal digits; all else is passed over.
pub fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<_> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
    let (pairs, _) = digits.as_chunks::<2>();
    pairs
        .iter()
        .map(|[high, low]| (high << 4 | low) as u8)
        .collect()
}

/// The rows of a protocol's layers, in the words of [`Tree`]'s `Display`. The layers around them have tests of their
/// own.
pub fn layer(name: &str, link_type: u16, hex: &str) -> String {
    let length = bytes(hex).len() as u32;
    cut(name, link_type, hex, length)
}

/// As `layer`, for a packet that was longer on the wire than what was captured of it.
pub fn cut(name: &str, link_type: u16, hex: &str, original: u32) -> String {
    let bytes = bytes(hex);
    let mut tree = Tree::default();
    let packet = Packet {
        link_type,
        bytes: &bytes,
        original,
    };
    let output = Output {
        tree: Some(&mut tree),
        summary: None,
        objects: None,
    };
    dissect(packet, &Context::default(), &mut Facts::default(), output);
    let mut inside = false;
    tree.fields.retain(|field| {
        if let Kind::Layer(layer) = field.kind {
            inside = layer.dissector.name == name;
        }
        inside
    });
    tree.to_string()
}

/// An IPv4 packet with a TCP segment in it, in hexadecimal: from 10.0.0.1 to 10.0.0.2, or back where the first port is
/// the lower one. The payload begins at 40.
pub fn tcp(source: u16, destination: u16, payload: &[u8]) -> String {
    let length = 40 + payload.len();
    let addresses = match source < destination {
        true => "0a0000020a000001",
        false => "0a0000010a000002",
    };
    let ip = format!("4500{length:04x}0001000040060000{addresses}");
    let tcp = format!("{source:04x}{destination:04x}00000001000000015018ffff00000000");
    let payload: String = payload.iter().map(|byte| format!("{byte:02x}")).collect();
    ip + &tcp + &payload
}

/// The packet list's protocol and information.
pub fn info(link_type: u16, hex: &str) -> String {
    let bytes = bytes(hex);
    let mut summary = Summary::default();
    let packet = Packet {
        link_type,
        bytes: &bytes,
        original: bytes.len() as u32,
    };
    let output = Output {
        tree: None,
        summary: Some(&mut summary),
        objects: None,
    };
    dissect(packet, &Context::default(), &mut Facts::default(), output);
    format!("{}: {}", summary.protocol, summary.info)
}

/// A conversation that is told line by line, each in a packet of its own: from 10.0.0.1 to 10.0.0.9.
pub struct Script {
    pub session: Box<dyn Session>,
    /// What followed from it so far.
    pub events: Vec<Event>,
    /// How many messages were said.
    pub said: usize,
}

impl Script {
    pub fn begin(talk: Talk) -> Self {
        let setting = Setting {
            client: ([10, 0, 0, 1].into(), 50000),
            server: ([10, 0, 0, 9].into(), 21),
            keeps: true,
        };
        Script {
            session: (talk.begin)(&setting),
            events: Vec::new(),
            said: 0,
        }
    }

    /// Says something that is one message. Its packets count from 1.
    pub fn say(&mut self, side: Side, bytes: &[u8]) {
        let packet = self.said as u64 + 1;
        let place = Place {
            side,
            packet,
            time_ns: 0,
            seen: 0,
        };
        let step = self.session.step(&place, bytes);
        assert_eq!(step, Step::Message(bytes.len() as u64), "{bytes:?}");
        let heard = Heard {
            number: self.said,
            side,
            first_packet: packet,
            first_ns: 0,
            packet,
            time_ns: 0,
            length: bytes.len() as u64,
            missing: 0,
            complete: true,
        };
        self.session.heard(&heard, &mut self.events);
        self.said += 1;
    }

    /// What the session knows of a message, from 0.
    pub fn known<T: Clone + Default + 'static>(&self, number: usize) -> T {
        let known = self.session.known(number);
        let known = known.as_deref().and_then(|known| known.downcast_ref::<T>());
        known.cloned().unwrap_or_default()
    }
}
