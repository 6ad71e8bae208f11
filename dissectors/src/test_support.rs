//! What the dissectors' tests share: bytes from hexadecimal, and the results of dissecting them.

use crate::{
    Context, DATA, Decoded, Facts, FieldKind, FlowContext, LinkType, Message, MessageBytes,
    MessageContext, Object, Output, Packet, Side, Spoken, Summary, Tree, Undeclared, by_name,
    dissect, invariants,
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
    secrets: &[],
    hides_quote: false,
    show_secrets: true,
    undeclared: Undeclared::UNKNOWN,
    decoded: None,
};

/// Bytes from hexadecimal digits; other characters are skipped.
pub fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<_> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
    let (pairs, _) = digits.as_chunks::<2>();
    pairs
        .iter()
        .map(|[high, low]| (high << 4 | low) as u8)
        .collect()
}

/// Returns the rows of a protocol's layers, as [`Tree`]'s `Display` writes them. The layers around them have tests of
/// their own.
pub fn layer(name: &str, link_type: u16, hex: &str) -> String {
    let length = bytes(hex).len() as u32;
    cut(name, link_type, hex, length)
}

/// As `layer`, for a packet that was longer on the wire than its captured part.
pub fn cut(name: &str, link_type: u16, hex: &str, original: u32) -> String {
    let bytes = bytes(hex);
    let mut tree = Tree::default();
    let packet = Packet::new(LinkType(link_type), &bytes, original);
    let output = Output {
        tree: Some(&mut tree),
        summary: None,
        objects: None,
    };
    dissect(packet, &OPEN, &mut Facts::default(), output);
    assert_eq!(invariants::check_fields(&tree), Ok(()));
    let mut inside = false;
    tree.fields.retain(|field| {
        if let FieldKind::Layer(layer) = field.kind {
            inside = layer.name == name;
        }
        inside
    });
    tree.to_string()
}

/// An IPv4 packet with a TCP segment, in hexadecimal: from 10.0.0.1 to 10.0.0.2, or back where the first port is the
/// lower one. The payload begins at offset 40.
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

/// Returns the packet list's protocol and information.
pub fn info(link_type: u16, hex: &str) -> String {
    let bytes = bytes(hex);
    let mut summary = Summary::default();
    let packet = Packet::new(LinkType(link_type), &bytes, bytes.len() as u32);
    let output = Output {
        tree: None,
        summary: Some(&mut summary),
        objects: None,
    };
    dissect(packet, &OPEN, &mut Facts::default(), output);
    // The rows that are not compared here are checked all the same.
    layer("", link_type, hex);
    format!("{}: {}", summary.protocol, summary.info)
}

/// The result of reading a message.
pub struct Shown {
    /// The rows from its protocol's layer on.
    pub tree: String,
    /// The packet list's information.
    pub info: String,
    /// The files that it carries.
    pub objects: Vec<Object>,
    /// The bytes of the sources besides the packet.
    pub sources: Vec<Vec<u8>>,
}

impl Shown {
    /// Returns the names and lengths of the files.
    pub fn files(&self) -> Vec<(&str, usize)> {
        let files = self.objects.iter();
        files
            .map(|file| (file.name.as_deref().unwrap_or_default(), file.bytes.len()))
            .collect()
    }
}

/// Returns the rows of a web server's response with this media type.
pub fn served(media_type: &str, body: &[u8]) -> String {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n"
    );
    let message = [head.as_bytes(), body].concat();
    said("http", Side::Server, &message, None).tree
}

/// Reads a message as its conversation's session cut it, in one segment from the client or the server. Its bytes begin
/// at offset 40.
pub fn said(name: &str, side: Side, payload: &[u8], known: Option<MessageContext>) -> Shown {
    let (mut tree, mut summary, mut objects) = (Tree::default(), Summary::default(), Vec::new());
    let output = Output {
        tree: Some(&mut tree),
        summary: Some(&mut summary),
        objects: Some(&mut objects),
    };
    read_said(name, side, payload, known, output);
    assert_eq!(invariants::check_fields(&tree), Ok(()));
    // Conversations of other protocols are not searched for files.
    let may_have_files = by_name(name)
        .is_none_or(|dissector| dissector.session.is_none() || dissector.properties().holds_files);
    assert!(may_have_files || objects.is_empty(), "{name}");
    let sources = tree.sources.iter().map(|source| source.bytes.clone());
    let sources = sources.collect();
    let mut inside = false;
    tree.fields.retain(|field| {
        if let FieldKind::Layer(layer) = field.kind {
            inside |= layer.name == name;
        }
        inside
    });
    Shown {
        tree: tree.to_string(),
        info: summary.info,
        objects,
        sources,
    }
}

/// Returns the rows of a segment whose conversation is not known and its information in the packet list, which is the
/// same where no rows are wanted. Secrets are masked.
pub fn masked(port: u16, payload: &[u8]) -> (String, String) {
    let bytes = bytes(&tcp(50000, port, payload));
    let packet = Packet::new(LinkType::IPV4, &bytes, bytes.len() as u32);
    let decoded = Decoded::default();
    let context = Context {
        decoded: Some(&decoded),
        ..Context::default()
    };
    let (mut tree, mut summary, mut alone) =
        (Tree::default(), Summary::default(), Summary::default());
    let output = Output {
        tree: Some(&mut tree),
        summary: Some(&mut summary),
        objects: None,
    };
    dissect(packet, &context, &mut Facts::default(), output);
    let output = Output {
        summary: Some(&mut alone),
        ..Output::default()
    };
    dissect(packet, &context, &mut Facts::default(), output);
    assert_eq!(summary, alone);
    (tree.to_string(), summary.info)
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
        is_partial: false,
        context: known.as_ref(),
        carried: None,
        gathered: None,
        tunnel: None,
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
    let packet = Packet::new(LinkType::IPV4, &bytes, bytes.len() as u32);
    dissect(packet, &context, &mut Facts::default(), output);
}

/// Returns whether one of the rows has this text.
pub fn words(tree: &str, row: &str) -> bool {
    let mut rows = tree.lines().map(|line| match line.rsplit_once(" [") {
        Some((row, _)) => row.trim_start(),
        None => line.trim_start(),
    });
    rows.any(|shown| shown == row)
}
