//! What a protocol is: its names, its place among the layers, the numbers that name it, and who reads it.

use crate::{
    AnySession, FieldDef, Layer, Likeness, MessageContext, Outcome, Properties, Segments, Setting,
    Side, Talk, session::Protocol,
};
use std::fmt;

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

/// FNV-1a.
pub(crate) const fn media_hash(name: &str) -> u32 {
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
    /// Its fields, by the files that read them. One is declared by the protocol that its name begins with, though others
    /// may show it.
    pub fields: &'static [&'static [FieldDef]],
    /// Reads it.
    pub dissect: for<'a, 't> fn(&mut Layer<'a, 't>) -> Outcome,
    /// How its conversations are followed, where messages depend on each other or may need more than one packet.
    pub talk: Option<Talk>,
}

impl Dissector {
    /// One whose conversations are followed, without its names and numbers.
    pub(crate) const fn of<P: Protocol>() -> Self {
        Dissector {
            name: "",
            label: "",
            column: "",
            layer: OsiLayer::Application,
            selectors: &[],
            fields: &[],
            dissect: |layer| P::dissect(layer, None),
            talk: Some(Talk::of::<P>()),
        }
    }

    /// Reads the next layer, with what it must know where that is a message.
    #[inline(always)]
    pub(crate) fn read(&self, layer: &mut Layer, known: Option<&MessageContext>) -> Outcome {
        match (known, self.talk) {
            (Some(known), Some(talk)) => (talk.dissect)(layer, known),
            _ => (self.dissect)(layer),
        }
    }

    /// How much the first bytes of one side of a conversation look like it.
    pub fn looks_like(&self, bytes: &[u8], side: Side) -> Likeness {
        match self.talk {
            Some(talk) => (talk.looks_like)(bytes, side),
            None => Likeness::Perhaps,
        }
    }

    /// What the program must know of it.
    pub fn properties(&self) -> Properties {
        self.talk.map_or(Properties::NONE, |talk| talk.properties)
    }

    /// Whether its conversations consist of messages; else each segment stands for itself.
    pub fn has_messages(&self) -> bool {
        self.talk.is_some() && !self.properties().carries_file
    }

    /// Begins a conversation.
    pub fn begin(&self, setting: &Setting) -> Box<dyn AnySession> {
        match self.talk {
            Some(talk) => (talk.begin)(setting),
            None => Box::new(Segments),
        }
    }
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
