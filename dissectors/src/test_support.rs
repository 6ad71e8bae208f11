//! What the tests beside the dissectors share: bytes from hexadecimal, and what comes of them.

use crate::{
    AnySession, Context, DATA, Decoded, Dissector, Event, Facts, FlowContext, Heard, Kind, Message,
    MessageBytes, MessageContext, Object, Output, Packet, Place, Setting, Side, Spoken, Step,
    Summary, Tree, by_name, dissect, invariants,
};

/// Nothing is known, and secrets are shown.
const OPEN: Context = Context {
    number: 0,
    time_ns: 0,
    flows: &[],
    quoted_flow: None,
    reassembled: &[],
    reassembled_in: None,
    echo: None,
    complete: false,
    absolute_seq: false,
    spoken: None,
    show_secrets: true,
    decoded: None,
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
    dissect(packet, &OPEN, &mut Facts::default(), output);
    assert_eq!(invariants::check_fields(&tree), Ok(()));
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
    dissect(packet, &OPEN, &mut Facts::default(), output);
    format!("{}: {}", summary.protocol, summary.info)
}

/// A conversation that is told line by line, each in a packet of its own: from 10.0.0.1 to 10.0.0.9.
pub struct Script {
    pub session: Box<dyn AnySession>,
    /// What followed from it so far.
    pub events: Vec<Event>,
    /// How many messages were said.
    pub said: usize,
}

impl Script {
    pub fn begin(dissector: &Dissector) -> Self {
        let setting = Setting {
            client: ([10, 0, 0, 1].into(), 50000),
            server: ([10, 0, 0, 9].into(), 21),
            keeps: true,
        };
        Script {
            session: dissector.begin(&setting),
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
        let known = self.session.context(number);
        known
            .and_then(|known| known.get().cloned())
            .unwrap_or_default()
    }
}

/// What comes of a message.
pub struct Said {
    /// The rows from its protocol's layer on.
    pub tree: String,
    /// The packet list's information.
    pub info: String,
    /// The files that went over the wire with it.
    pub objects: Vec<Object>,
    /// The bytes of the views beside the packet.
    pub sources: Vec<Vec<u8>>,
}

impl Said {
    /// The names and lengths of the files.
    pub fn files(&self) -> Vec<(&str, usize)> {
        let files = self.objects.iter();
        files
            .map(|file| (file.name.as_deref().unwrap_or_default(), file.bytes.len()))
            .collect()
    }
}

/// The rows of what a web server sends as this media type.
pub fn served(media_type: &str, body: &[u8]) -> String {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n"
    );
    let message = [head.as_bytes(), body].concat();
    said("http", Side::Server, &message, None).tree
}

/// A message as its conversation's session cut it, in one segment that the client or the server sent. Its bytes begin
/// at 40.
pub fn said(name: &str, side: Side, payload: &[u8], known: Option<MessageContext>) -> Said {
    let (mut tree, mut summary, mut objects) = (Tree::default(), Summary::default(), Vec::new());
    let output = Output {
        tree: Some(&mut tree),
        summary: Some(&mut summary),
        objects: Some(&mut objects),
    };
    read_said(name, side, payload, known, output);
    assert_eq!(invariants::check_fields(&tree), Ok(()));
    let sources = tree.sources.iter().map(|source| source.bytes.clone());
    let sources = sources.collect();
    let mut inside = false;
    tree.fields.retain(|field| {
        if let Kind::Layer(layer) = field.kind {
            inside |= layer.dissector.name == name;
        }
        inside
    });
    Said {
        tree: tree.to_string(),
        info: summary.info,
        objects,
        sources,
    }
}

/// The packet list's information on such a message, where nothing else is wanted.
pub fn line(name: &str, side: Side, payload: &[u8], known: MessageContext) -> String {
    let mut summary = Summary::default();
    let output = Output {
        tree: None,
        summary: Some(&mut summary),
        objects: None,
    };
    read_said(name, side, payload, Some(known), output);
    summary.info
}

fn read_said(
    name: &str,
    side: Side,
    payload: &[u8],
    known: Option<MessageContext>,
    output: Output,
) {
    let (source, destination) = match side {
        Side::Client => (50000, 1),
        Side::Server => (1, 50000),
    };
    let mut bytes = [bytes(&tcp(source, destination, b"")), payload.to_vec()].concat();
    if let Some(length) = bytes.get_mut(2..4) {
        length.copy_from_slice(&((40 + payload.len()).min(65535) as u16).to_be_bytes());
    }
    let messages = [Message {
        dissector: by_name(name).unwrap_or(DATA),
        side,
        bytes: MessageBytes::Within(0, payload.len() as u32),
        missing: 0,
        complete: true,
        context: known.as_ref(),
        carried: None,
        gathered: None,
    }];
    let decoded = Decoded::default();
    let context = Context {
        flows: &[FlowContext::default()],
        spoken: Some(Spoken {
            messages: &messages,
            part_of: None,
        }),
        decoded: Some(&decoded),
        ..Context::default()
    };
    let packet = Packet {
        link_type: 228,
        bytes: &bytes,
        original: bytes.len() as u32,
    };
    dissect(packet, &context, &mut Facts::default(), output);
}

/// Whether one of the rows says this.
pub fn words(tree: &str, row: &str) -> bool {
    let mut rows = tree.lines().map(|line| match line.rsplit_once(" [") {
        Some((row, _)) => row.trim_start(),
        None => line.trim_start(),
    });
    rows.any(|shown| shown == row)
}

/// A conversation that was heard segment by segment: the packets are counted from 1, a second apart.
pub struct Talked {
    /// The session at the end.
    pub session: Box<dyn AnySession>,
    /// Its messages: who said each, and what. Those of an unknown protocol have no number.
    pub messages: Vec<(Side, Vec<u8>)>,
    /// How many were none of the protocol.
    pub foreign: usize,
    /// Whom it was handed over to.
    pub then: Option<&'static str>,
}

impl Talked {
    /// What its dissector must know of a message.
    pub fn known<T: Clone + 'static>(&self, number: usize) -> Option<T> {
        self.session.context(number)?.get().cloned()
    }

    /// The bytes that a message completes to something whole.
    pub fn gathered(&self, number: usize) -> Vec<u8> {
        let parts = self.session.gathers(number);
        let parts = parts.iter().filter_map(|&part| self.messages.get(part));
        parts.flat_map(|(_, bytes)| bytes.clone()).collect()
    }

    /// The last message that completes others, and what it completes.
    pub fn whole(&self) -> Vec<u8> {
        let numbers = (0..self.messages.len()).rev();
        let mut wholes = numbers.map(|number| self.gathered(number));
        wholes.find(|whole| !whole.is_empty()).unwrap_or_default()
    }
}

/// One side of a conversation while it is cut.
#[derive(Default)]
struct Cut {
    pending: Vec<u8>,
    said: Vec<u8>,
    skip: u64,
    ends: bool,
    first: u64,
}

/// Has a session hear what both sides say, in order and without loss.
pub fn talk(name: &str, said: &[(Side, &[u8])]) -> Talked {
    let address = std::net::IpAddr::from([10, 0, 0, 1]);
    let setting = Setting {
        client: (address, 50000),
        server: (address, 1),
        keeps: true,
    };
    let mut talked = Talked {
        session: by_name(name).unwrap_or(DATA).begin(&setting),
        messages: Vec::new(),
        foreign: 0,
        then: None,
    };
    let mut sides = [Cut::default(), Cut::default()];
    for (at, (side, bytes)) in said.iter().enumerate() {
        if let Some(cut) = sides.get_mut(*side as usize) {
            hear(&mut talked, cut, *side, at as u64 + 1, bytes);
        }
    }
    talked
}

fn hear(talked: &mut Talked, cut: &mut Cut, side: Side, packet: u64, bytes: &[u8]) {
    let time_ns = packet as i64 * 1_000_000_000;
    let held = std::mem::take(&mut cut.pending);
    let seen = held.len();
    let all = [held, bytes.to_vec()].concat();
    let mut rest = all.as_slice();
    while !rest.is_empty() && talked.then.is_none() {
        if cut.said.is_empty() && cut.skip == 0 {
            cut.first = packet;
        }
        if cut.skip == 0 {
            let place = Place {
                side,
                packet,
                time_ns,
                seen,
            };
            (cut.skip, cut.ends) = match talked.session.step(&place, rest) {
                Step::More => {
                    cut.pending = rest.to_vec();
                    return;
                }
                Step::Take(length @ 1..) => (length, false),
                Step::Message(length @ 1..) => (length, true),
                Step::UntilEnd => (u64::MAX, true),
                _ => {
                    talked.session.lost(side);
                    talked.foreign += 1;
                    return;
                }
            };
        }
        let (taken, behind) = rest.split_at(rest.len().min(cut.skip as usize));
        cut.said.extend_from_slice(taken);
        cut.skip -= taken.len() as u64;
        rest = behind;
        if cut.skip == 0 && cut.ends {
            let said = std::mem::take(&mut cut.said);
            let heard = Heard {
                number: talked.messages.len(),
                side,
                first_packet: cut.first,
                first_ns: cut.first as i64 * 1_000_000_000,
                packet,
                time_ns,
                length: said.len() as u64,
                missing: 0,
                complete: true,
            };
            talked.messages.push((side, said));
            let mut events = Vec::new();
            talked.session.heard(&heard, &mut events);
            for event in events {
                if let Event::HandOver(dissector) = event {
                    talked.then = Some(dissector.name);
                }
            }
        }
    }
}
