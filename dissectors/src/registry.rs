//! Finds the dissector of each layer and runs them in turn.

use crate::{
    ALL, Context, Facts, FieldDef, Layer, Likeness, LinkType, Next, Object, Outcome, Severity,
    Side, Stop, Summary, Talk, Tree, Value, usual,
};
use std::{collections::HashMap, fmt, sync::LazyLock};

/// How a layer names the protocol inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector {
    /// LINKTYPE_ number of a capture file.
    LinkType(u16),
    /// EtherType, also in GRE, SLL and SNAP.
    EtherType(u16),
    /// IEEE 802.2 service access point.
    LlcSap(u8),
    /// PPP protocol number.
    PppProtocol(u16),
    /// IP protocol number.
    IpProtocol(u8),
    /// UDP port.
    UdpPort(u16),
    /// TCP port.
    TcpPort(u16),
    /// A protocol that no number stands for: the one that carries it names it outright.
    Unnumbered(Unnumbered),
    /// A media type (RFC 6838), as [`Selector::media`] makes it.
    MediaType(u32),
}

impl Selector {
    /// A media type in small letters, `text/*` for all of a kind, `*/*` for whatever has no reader. Its name is kept as
    /// its FNV-1a hash: a selector is handed from layer to layer a million times a second.
    pub const fn media(name: &str) -> Selector {
        Selector::MediaType(media_hash(name))
    }
}

const fn media_hash(name: &str) -> u32 {
    let (mut hash, mut rest) = (0x811c_9dc5_u32, name.as_bytes());
    while let [byte, behind @ ..] = rest {
        hash = (hash ^ *byte as u32).wrapping_mul(0x0100_0193);
        rest = behind;
    }
    hash
}

/// Protocols that no number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unnumbered {
    /// The control word in front of Ethernet in a pseudowire.
    PwControlWord,
    /// The associated channel of a pseudowire.
    PwAssociatedChannel,
    /// Cisco's SLARP, whose number in HDLC is RARP's everywhere else.
    Slarp,
}

/// Where a protocol stands in the OSI model; TCP/IP's own layers follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OsiLayer {
    /// Layer 2.
    DataLink,
    /// Layer 3.
    Network,
    /// Layer 4.
    Transport,
    /// Layer 5.
    Session,
    /// Layer 6.
    Presentation,
    /// Layer 7.
    Application,
}

impl OsiLayer {
    /// Its number in the OSI model.
    pub fn number(self) -> u8 {
        match self {
            OsiLayer::DataLink => 2,
            OsiLayer::Network => 3,
            OsiLayer::Transport => 4,
            OsiLayer::Session => 5,
            OsiLayer::Presentation => 6,
            OsiLayer::Application => 7,
        }
    }

    /// Whether it carries others to where they go, rather than being what is carried.
    pub fn carries(self) -> bool {
        matches!(
            self,
            OsiLayer::DataLink | OsiLayer::Network | OsiLayer::Transport
        )
    }

    /// Its name in the OSI model.
    pub fn osi(self) -> &'static str {
        match self {
            OsiLayer::DataLink => "data link",
            OsiLayer::Network => "network",
            OsiLayer::Transport => "transport",
            OsiLayer::Session => "session",
            OsiLayer::Presentation => "presentation",
            OsiLayer::Application => "application",
        }
    }

    /// The layer of the TCP/IP model (RFC 1122, section 1.1.3) that it belongs to.
    pub fn tcp_ip(self) -> &'static str {
        match self {
            OsiLayer::DataLink => "link",
            OsiLayer::Network => "internet",
            OsiLayer::Transport => "transport",
            _ => "application",
        }
    }
}

/// One protocol.
pub struct Dissector {
    /// What filters call it, such as `tcp`.
    pub name: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// What the protocol column of the packet list says. Empty where the layer below says it.
    pub column: &'static str,
    /// Where it stands in the OSI model.
    pub layer: OsiLayer,
    /// The numbers that name it.
    pub selectors: &'static [Selector],
    /// The fields that it shows, by the files that read them. Those of another protocol's namespace are declared there.
    pub fields: &'static [&'static [FieldDef]],
    /// Reads it.
    pub dissect: for<'a, 't> fn(&mut Layer<'a, 't>) -> Outcome,
    /// How it talks, where messages depend on each other or may need more than one packet.
    pub talk: Option<Talk>,
}

impl PartialEq for Dissector {
    /// By its name: a constant may stand in more than one place.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Dissector {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Nesting deeper than this is an attack, not a packet.
const MAX_LAYERS: usize = 32;

/// What is to be made of a packet beside its facts.
#[derive(Default)]
pub struct Output<'t> {
    /// All fields of all layers.
    pub tree: Option<&'t mut Tree>,
    /// The line of the packet list.
    pub summary: Option<&'t mut Summary>,
    /// The files that went over the wire.
    pub objects: Option<&'t mut Vec<Object>>,
}

/// A packet as it was captured.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// LINKTYPE_ number of where it was captured.
    pub link_type: u16,
    /// The bytes that were kept.
    pub bytes: &'a [u8],
    /// How long it was on the wire.
    pub original: u32,
}

/// Dissects one packet. Without a tree and a summary it only gathers facts, which is all the index needs; they are
/// the same with and without.
pub fn dissect<'a, 't>(
    packet: Packet<'a>,
    context: &'a Context<'a>,
    facts: &'t mut Facts,
    output: Output<'t>,
) -> Option<Stop> {
    facts.clear();
    let wants_facts_alone =
        output.tree.is_none() && output.summary.is_none() && output.objects.is_none();
    if wants_facts_alone && usual::gather(packet, facts).is_some() {
        return None;
    }
    dissect_layers(packet, context, facts, output)
}

/// Dissects a packet layer by layer.
fn dissect_layers<'a, 't>(
    packet: Packet<'a>,
    context: &'a Context<'a>,
    facts: &'t mut Facts,
    output: Output<'t>,
) -> Option<Stop> {
    let missing = (packet.original as usize).saturating_sub(packet.bytes.len());
    let Output {
        tree,
        summary,
        objects,
    } = output;
    let mut layer = Layer::new(packet.bytes, missing, context, facts, tree, summary);
    layer.objects = objects;
    let link = LinkType(packet.link_type);
    let unknown = !knows(Selector::LinkType(packet.link_type));
    if link.is_block() {
        layer.column("pcapng");
        layer.info(|| link.name().unwrap_or_default().to_owned());
    } else if unknown {
        layer.column(link.name().unwrap_or("Unknown"));
        layer.info(|| format!("Link type {}", Value::from(link)));
    }
    let first = Next::Select(Selector::LinkType(packet.link_type));
    let stop = run(&mut layer, first);
    layer.finish();
    // An empty packet has no layer that it could be a remark on.
    if unknown && !packet.bytes.is_empty() {
        layer.note(Severity::Note, || match link.name() {
            Some(name) if link.is_block() => {
                format!("no packet: {name} of the capture file, counted as Wireshark counts it")
            }
            _ => format!("link type {} is shown as it is", Value::from(link)),
        });
    }
    stop
}

/// Runs one dissector after the other until nobody is named.
pub(crate) fn run(layer: &mut Layer, next: Next) -> Option<Stop> {
    layer.follows &= matches!(next, Next::Dissector(_));
    run_from(layer, find(&next, layer)?)
}

/// The same, with the first one found already.
fn run_from(layer: &mut Layer, first: Found) -> Option<Stop> {
    let mut found = first;
    for _ in 0..MAX_LAYERS {
        // What programs say to each other is no fact of the packet alone: nobody reads it who is told nothing.
        let carries = found.1.layer.carries();
        if !carries && !layer.tells() {
            return None;
        }
        if !carries && layer.begin_application() {
            return read_masked(layer, found);
        }
        if carries && !layer.is_quoted() && !found.1.column.is_empty() {
            layer.facts.protocol = found.0;
        }
        // Looked at where it is: it is too large to be handed around for every layer.
        match &run_all(layer, found.1) {
            Ok(Next::Messages) => {
                messages(layer);
                return None;
            }
            Ok(next) => found = find(next, layer)?,
            Err(stop) => {
                if !(layer.is_quoted() && layer.rest().len() < QUOTE_ENOUGH) {
                    layer.show_stop(*stop);
                }
                // The same is answered whether or not it was looked at.
                return (carries && !layer.is_quoted()).then_some(*stop);
            }
        }
        layer.follows = false;
    }
    None
}

/// A protocol and its place in `ALL`.
type Found = (u8, &'static Dissector);

/// Runs a dissector for one message after the other. They lie side by side, so they are no nesting; every one takes
/// bytes, so they have an end.
#[inline]
fn run_all(layer: &mut Layer, dissector: &'static Dissector) -> Outcome {
    let mut outcome = layer.run(dissector);
    while matches!(outcome, Ok(Next::Again)) {
        layer.follows = true;
        let left = layer.rest().len();
        if left == 0 {
            return Ok(Next::Nothing);
        }
        outcome = match layer.run(dissector) {
            Ok(Next::Declined) => Ok(Next::Nothing),
            Ok(Next::Again) if layer.rest().len() >= left => Ok(Next::Nothing),
            other => other,
        };
    }
    outcome
}

/// Has each message of a packet read by its own dissector.
#[cold]
#[inline(never)]
fn messages(layer: &mut Layer) {
    let context = layer.context;
    let mut before = None;
    for message in context.spoken.iter().flat_map(|spoken| spoken.messages) {
        let place = ALL.iter().position(|one| *one == message.dissector);
        if let Some(place) = place
            && layer.enter_message(message)
        {
            layer.in_application = true;
            // The first of a kind begins the line of the packet list, those right behind it go on with it.
            layer.follows = before == Some(message.dissector);
            before = Some(message.dissector);
            read_masked(layer, (place as u8, message.dissector));
        }
    }
}

/// Reads what is inside a transport layer, and where it told of secrets once more with these blotted out.
#[cold]
#[inline(never)]
fn read_masked(layer: &mut Layer, first: Found) -> Option<Stop> {
    let before = layer.mark();
    let stop = run_from(layer, first);
    if layer.blot_secrets(before) {
        run_from(layer, first)
    } else {
        stop
    }
}

/// A quoted packet that ends within its last bytes was cut by who quoted it (RFC 792: 8 bytes suffice).
const QUOTE_ENOUGH: usize = 64;

#[inline(always)]
fn find(next: &Next, layer: &Layer) -> Option<Found> {
    let found = match *next {
        Next::Select(Selector::MediaType(hash)) => MEDIA.get(&hash).copied(),
        Next::Select(selector) => look_up(selector),
        Next::Either(first, second) => look_up(first).or_else(|| look_up(second)),
        Next::Dissector(place) => return Some((place, ALL.get(usize::from(place))?)),
        Next::Media => Some(media(layer)?),
        // Who declines was never here.
        Next::Data | Next::Declined => None,
        Next::Nothing | Next::Again | Next::Messages => return None,
    };
    match found {
        Some(found) => Some(found),
        None if layer.rest().is_empty() => None,
        None => Some((0, &crate::application::data::DISSECTOR)),
    }
}

/// A place in `ALL` for every selector, counted from 1; 0 is nobody. Made by the compiler: a look-up is one read.
static SLOTS: [u8; 8 << 16] = slots();

#[allow(
    clippy::indexing_slicing,
    reason = "the compiler runs it, and would refuse a place that is not there"
)]
const fn slots() -> [u8; 8 << 16] {
    let mut slots = [0; 8 << 16];
    let mut at = 0;
    while at < ALL.len() {
        let mut selectors = ALL[at].selectors;
        while let [selector, rest @ ..] = selectors {
            if !matches!(selector, Selector::MediaType(_)) {
                slots[slot(*selector)] = at as u8 + 1;
            }
            selectors = rest;
        }
        at += 1;
    }
    slots
}

/// Who reads a media type, by its hash.
static MEDIA: LazyLock<HashMap<u32, Found>> = LazyLock::new(|| {
    let mut media = HashMap::new();
    for (at, &dissector) in ALL.iter().enumerate() {
        for selector in dissector.selectors {
            if let Selector::MediaType(hash) = selector {
                media.insert(*hash, (at as u8, dissector));
            }
        }
    }
    media
});

/// The protocols that know their own by what it looks like.
static TALKERS: LazyLock<Vec<&Dissector>> = LazyLock::new(|| {
    let talks = |dissector: &&Dissector| dissector.talk.is_some();
    ALL.iter().copied().filter(talks).collect()
});

#[inline(always)]
fn look_up(selector: Selector) -> Option<Found> {
    let id = SLOTS.get(slot(selector))?.checked_sub(1)?;
    Some((id, ALL.get(usize::from(id))?))
}

/// The place in `ALL` of the protocol that a number names.
#[inline]
pub(crate) fn place_of(selector: Selector) -> Option<u8> {
    look_up(selector).map(|(place, _)| place)
}

/// Who reads a media type: the dissector of its name, of what its suffix says (RFC 6839), of its kind.
#[cold]
#[inline(never)]
fn media(layer: &Layer) -> Option<Found> {
    let name = layer.media.as_ref().map_or("", |media| media.name.as_str());
    let suffix = match name.rsplit_once('+') {
        Some((_, "json")) => "application/json",
        Some((_, "xml")) => "application/xml",
        _ => "",
    };
    let kind = match name.split_once('/') {
        Some(("text", _)) => "text/*",
        Some(("multipart", _)) => "multipart/*",
        Some(("image", _)) => "image/*",
        _ => "",
    };
    if layer.rest().is_empty() {
        return None;
    }
    [name, suffix, kind, "*/*"]
        .into_iter()
        .find_map(|name| MEDIA.get(&media_hash(name)).copied())
}

/// The protocol with this name, as filters call it.
pub fn by_name(name: &str) -> Option<&'static Dissector> {
    ALL.iter().copied().find(|dissector| dissector.name == name)
}

/// The protocol that a number names.
pub fn by_selector(selector: Selector) -> Option<&'static Dissector> {
    look_up(selector).map(|(_, dissector)| dissector)
}

/// Finds out what the first bytes of one side of a conversation are: by what they look like, and where that is not
/// certain by the ports, of which the lower one is asked first.
pub fn recognise(
    selector: fn(u16) -> Selector,
    ports: [u16; 2],
    side: Side,
    bytes: &[u8],
) -> Option<&'static Dissector> {
    let [a, b] = ports;
    let [first, second] = [a.min(b), a.max(b)].map(|port| by_selector(selector(port)));
    let by_port = first
        .or(second)
        .filter(|dissector| !dissector.layer.carries());
    let likeness = |dissector: &Dissector| match dissector.talk {
        Some(talk) => (talk.looks_like)(bytes, side),
        None => Likeness::Perhaps,
    };
    let surely = |dissector: &&Dissector| {
        dissector
            .talk
            .is_some_and(|talk| (talk.looks_like)(bytes, side) == Likeness::Surely)
    };
    match by_port.map(|dissector| (likeness(dissector), dissector)) {
        Some((Likeness::Surely, dissector)) => Some(dissector),
        Some((Likeness::Perhaps, dissector)) => {
            Some(TALKERS.iter().copied().find(surely).unwrap_or(dissector))
        }
        _ => TALKERS.iter().copied().find(surely),
    }
}

/// Whether a protocol is known for this selector.
pub fn knows(selector: Selector) -> bool {
    look_up(selector).is_some()
}

#[inline]
const fn slot(selector: Selector) -> usize {
    let (kind, number) = match selector {
        Selector::LinkType(number) => (0, number),
        Selector::EtherType(number) => (1, number),
        Selector::LlcSap(number) => (2, number as u16),
        Selector::PppProtocol(number) => (3, number),
        Selector::IpProtocol(number) => (4, number as u16),
        Selector::UdpPort(number) => (5, number),
        Selector::TcpPort(number) => (6, number),
        Selector::Unnumbered(protocol) => (7, protocol as u16),
        // Looked up by its name.
        Selector::MediaType(_) => (7, u16::MAX),
    };
    kind << 16 | number as usize
}

#[cfg(test)]
mod tests {
    use crate::test_support::{info, layer};

    #[test]
    fn an_unknown_link_is_named() {
        assert_eq!(info(10, "50 6162"), "FDDI: Link type FDDI (10)");
        assert_eq!(
            layer("data", 10, "50 6162"),
            "\
             Data: 3 bytes [0..3]\n\
             \x20 Data: 506162 [0..3]\n\
             \x20 Length: 3\n\
             \x20 Note: link type FDDI (10) is shown as it is\n"
        );
        assert_eq!(layer("data", 10, ""), "");
    }

    #[test]
    fn a_block_without_a_packet_is_called_what_it_is() {
        assert_eq!(info(0xffff, "6162"), "pcapng: Custom block");
        assert_eq!(info(0xffff, ""), "pcapng: Custom block");
        assert_eq!(
            layer("data", 0xfffd, "6162"),
            "\
             Data: 2 bytes [0..2]\n\
             \x20 Data: 6162 [0..2]\n\
             \x20 Length: 2\n\
             \x20 Note: no packet: Sysdig event of the capture file, counted as Wireshark counts it\n"
        );
    }
}
