//! What identifies a protocol: its layer, and its numbers.

use crate::LinkType;

/// How a layer names the protocol inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Selector {
    /// The link that a packet was captured on.
    LinkType(LinkType),
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
    /// SCTP port.
    SctpPort(u16),
    /// A protocol without a number: its carrier names it directly.
    Unnumbered(Unnumbered),
    /// A media type (RFC 6838), as [`Selector::media`] makes it.
    MediaType(u32),
}

impl Selector {
    /// A media type in small letters, `text/*` for all of a kind, `*/*` for those without a dissector of their own. Its
    /// name is kept as its FNV-1a hash: a selector is handed from layer to layer a million times a second.
    pub const fn media(name: &str) -> Selector {
        Selector::MediaType(media_hash(name))
    }

    /// The selectors for a media type, in order of preference: its name, its suffix (RFC 6839), its kind.
    pub(crate) fn of_media(name: &str) -> [Selector; 4] {
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
        [name, suffix, kind, "*/*"].map(Selector::media)
    }
}

/// FNV-1a.
const fn media_hash(name: &str) -> u32 {
    let (mut hash, mut rest) = (0x811c_9dc5_u32, name.as_bytes());
    while let [byte, behind @ ..] = rest {
        hash = (hash ^ *byte as u32).wrapping_mul(0x0100_0193);
        rest = behind;
    }
    hash
}

/// Protocols without a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unnumbered {
    /// The control word in front of Ethernet in a pseudowire.
    PwControlWord,
    /// The associated channel of a pseudowire.
    PwAssociatedChannel,
    /// Cisco's SLARP, whose number in HDLC is RARP's elsewhere.
    Slarp,
}

/// A layer of the OSI model; the layers of TCP/IP follow from it.
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
    /// Returns its number in the OSI model.
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

    /// Returns whether its protocols transport others, rather than being transported.
    pub fn carries(self) -> bool {
        matches!(
            self,
            OsiLayer::DataLink | OsiLayer::Network | OsiLayer::Transport
        )
    }
}
