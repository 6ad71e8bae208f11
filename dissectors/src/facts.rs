//! What a dissection yields besides the tree.

use crate::{ByteRange, Mac};
use std::net::{IpAddr, Ipv4Addr};

/// What the index keeps of a packet. Everything else is dissected again when it is shown.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Facts {
    /// The fragment that this packet is, where its reassembled datagram was not given.
    pub fragment: Option<Fragment>,
    /// The flow that an ICMP error quotes.
    pub quoted: Option<Quoted>,
    /// An ICMP or ICMPv6 echo.
    pub echo: Option<Echo>,
    /// The claim of an ARP packet's sender.
    pub arp: Option<ArpClaim>,
    flows: [Flow; MAX_FLOWS],
    flow_count: usize,
    /// The addresses of network layers that carry no flow.
    hosts: [(IpAddr, IpAddr); MAX_FLOWS],
    host_count: usize,
    layers: LayerPath,
}

/// The names of a packet's layers, outermost first, down to the transport layer. What an ICMP error quotes is part of
/// that layer, as are frames after the first one of an aggregate.
#[derive(Clone, Copy, Debug)]
pub struct LayerPath {
    /// It is one of these, of which there are no names here.
    usual: Option<UsualPath>,
    names: [&'static str; MAX_LAYER_PATH],
    count: usize,
    /// What follows depends on the conversation.
    is_closed: bool,
}

/// The paths of nearly all packets, which are told apart without their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsualPath {
    /// TCP in IPv4 in Ethernet.
    Ipv4Tcp,
    /// TCP in IPv6 in Ethernet.
    Ipv6Tcp,
}

/// Layers of one packet: a tunnel in a tunnel in a tunnel has thirteen. Deeper ones are left out.
const MAX_LAYER_PATH: usize = 16;

impl LayerPath {
    const EMPTY: LayerPath = LayerPath {
        usual: None,
        names: [""; MAX_LAYER_PATH],
        count: 0,
        is_closed: false,
    };

    /// Returns the names.
    #[inline]
    pub fn names(&self) -> &[&'static str] {
        match self.usual {
            None => self.names.get(..self.count).unwrap_or_default(),
            Some(UsualPath::Ipv4Tcp) => &["eth", "ip", "tcp"],
            Some(UsualPath::Ipv6Tcp) => &["eth", "ipv6", "tcp"],
        }
    }

    /// Returns which of the usual paths it is, if that is known without a look at its names.
    #[inline]
    pub fn usual(&self) -> Option<UsualPath> {
        self.usual
    }

    #[inline]
    pub(crate) fn set_usual(&mut self, usual: UsualPath) {
        self.usual = Some(usual);
    }

    /// Adds a layer.
    #[inline]
    pub(crate) fn push(&mut self, name: &'static str) {
        if let Some(slot) = self.names.get_mut(self.count).filter(|_| !self.is_closed) {
            *slot = name;
            self.count += 1;
        }
    }

    /// Whether a layer is an extension header of the IPv6 layer before it.
    pub(crate) fn is_extension(&self, name: &str) -> bool {
        name.starts_with("ipv6.") || name == "ah" && self.names().last() == Some(&"ipv6")
    }

    /// Adds the last layer. What an ICMP message carries is part of it.
    pub(crate) fn close(&mut self, name: &'static str) {
        if !matches!(self.names().last(), Some(&("icmp" | "icmpv6"))) {
            self.push(name);
        }
        self.is_closed = true;
    }

    /// Removes the latest layer, which was none.
    pub(crate) fn pop(&mut self) {
        if !self.is_closed {
            self.count = self.count.saturating_sub(1);
        }
    }
}

/// Transport layers in one packet: a tunnel inside a tunnel has three.
pub const MAX_FLOWS: usize = 4;

impl Default for Facts {
    fn default() -> Self {
        let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let flow = Flow {
            source: nowhere,
            destination: nowhere,
            source_port: 0,
            destination_port: 0,
            transport: Transport::Udp,
            payload: ByteRange::default(),
            payload_length: 0,
            ecn: 0,
        };
        Facts {
            fragment: None,
            quoted: None,
            echo: None,
            arp: None,
            flows: [flow; MAX_FLOWS],
            flow_count: 0,
            hosts: [(nowhere, nowhere); MAX_FLOWS],
            host_count: 0,
            layers: LayerPath::EMPTY,
        }
    }
}

impl PartialEq for Facts {
    fn eq(&self, other: &Self) -> bool {
        self.fragment == other.fragment
            && self.quoted == other.quoted
            && self.echo == other.echo
            && self.arp == other.arp
            && self.flows() == other.flows()
            && self.hosts() == other.hosts()
            && self.layers().names() == other.layers().names()
    }
}

impl Facts {
    /// The transport layers, outermost first.
    #[inline]
    pub fn flows(&self) -> &[Flow] {
        self.flows.get(..self.flow_count).unwrap_or_default()
    }

    /// Returns the source and the destination of each network layer that carries no flow: ICMP, a fragment, the outer
    /// layer of most tunnels.
    #[inline]
    pub fn hosts(&self) -> &[(IpAddr, IpAddr)] {
        self.hosts.get(..self.host_count).unwrap_or_default()
    }

    /// Returns the layers of the packet.
    #[inline]
    pub fn layers(&self) -> &LayerPath {
        &self.layers
    }

    #[inline]
    pub(crate) fn layers_mut(&mut self) -> &mut LayerPath {
        &mut self.layers
    }

    /// Whether there is nothing but transport layers.
    #[inline]
    pub fn has_only_flows(&self) -> bool {
        self.fragment.is_none()
            && self.quoted.is_none()
            && self.echo.is_none()
            && self.arp.is_none()
    }

    /// Forgets the last packet.
    #[inline]
    pub fn clear(&mut self) {
        self.fragment = None;
        self.quoted = None;
        self.echo = None;
        self.arp = None;
        self.flow_count = 0;
        self.host_count = 0;
        self.layers.usual = None;
        self.layers.count = 0;
        self.layers.is_closed = false;
    }

    /// Adds the addresses of a network layer.
    #[inline]
    pub(crate) fn push_hosts(&mut self, source: IpAddr, destination: IpAddr) {
        if let Some(slot) = self.hosts.get_mut(self.host_count) {
            *slot = (source, destination);
            self.host_count += 1;
        }
    }

    /// Adds the transport layer that the latest network layer carries.
    #[inline]
    pub(crate) fn carry_flow(&mut self, flow: Flow) {
        if self.flow_count < MAX_FLOWS
            && self.hosts().last() == Some(&(flow.source, flow.destination))
        {
            self.host_count -= 1;
        }
        self.push_flow(flow);
    }

    #[inline]
    pub(crate) fn push_flow(&mut self, flow: Flow) {
        if let Some(slot) = self.flows.get_mut(self.flow_count) {
            *slot = flow;
            self.flow_count += 1;
        }
    }

    /// Returns the transport layer with this number, to add to it.
    #[inline]
    pub(crate) fn flow_mut(&mut self, number: usize) -> Option<&mut Flow> {
        self.flows.get_mut(..self.flow_count)?.get_mut(number)
    }
}

/// One transport layer between two endpoints.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flow {
    /// The sender.
    pub source: IpAddr,
    /// The receiver.
    pub destination: IpAddr,
    /// The sender's port.
    pub source_port: u16,
    /// The receiver's port.
    pub destination_port: u16,
    /// What the index needs of its header.
    pub transport: Transport,
    /// The payload's bytes that were captured.
    pub payload: ByteRange,
    /// The payload's length on the wire.
    pub payload_length: u32,
    /// The ECN bits of its IP header: RFC 3168, section 5.
    pub ecn: u8,
}

/// The ECN bits of a packet that a router marked: congestion experienced.
const CE: u8 = 3;

impl Flow {
    /// Whether a router marked it because of congestion.
    pub fn is_ce(&self) -> bool {
        self.ecn == CE
    }

    /// Returns the options of its TCP header, as far as they were captured in this packet: none if the segment was
    /// reassembled from several packets.
    pub fn tcp_options<'p>(&self, packet: &'p [u8]) -> &'p [u8] {
        let Transport::Tcp(segment) = &self.transport else {
            return &[];
        };
        if self.payload.source != 0 {
            return &[];
        }
        let length = u32::from(segment.header).saturating_sub(TCP_HEADER);
        let end = self.payload.start;
        let options = ByteRange {
            start: end.saturating_sub(length),
            end,
            ..self.payload
        };
        options.of(packet).unwrap_or_default()
    }
}

/// The length of a TCP header without options, bytes.
const TCP_HEADER: u32 = 20;

/// What the index needs to know of a transport layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Transport {
    /// A TCP segment.
    Tcp(Segment),
    /// A UDP datagram.
    Udp,
}

/// A TCP header, RFC 9293, section 3.1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Segment {
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgment number; valid when ACK is set.
    pub ack: u32,
    /// Flags.
    pub flags: TcpFlags,
    /// Window, not scaled.
    pub window: u16,
    /// The header's length, bytes: the payload follows it.
    pub header: u8,
    /// The IP packet ends inside the header that this segment claims: its data is not known.
    pub short: bool,
    /// The options that the tracker needs.
    pub options: SegmentOptions,
}

/// The TCP options that the tracker needs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SegmentOptions {
    /// Maximum segment size, RFC 9293, section 3.7.1.
    pub mss: Option<u16>,
    /// Window scale shift, RFC 7323, section 2.
    pub window_scale: Option<u8>,
    /// SACK permitted, RFC 2018.
    pub sack_permitted: bool,
    /// The segment carries SACK blocks.
    pub sack_blocks: bool,
    /// TSval and TSecr, RFC 7323, section 3.
    pub timestamps: Option<(u32, u32)>,
    /// A Fast Open option (RFC 7413): whether it carries a cookie.
    pub fast_open: Option<bool>,
    /// Multipath TCP, RFC 8684.
    pub mptcp: bool,
    /// Accurate ECN counters, draft-ietf-tcpm-accurate-ecn.
    pub accurate_ecn: bool,
}

/// The flag bits of a TCP header, with the Accurate ECN bit at 0x100.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpFlags(pub u16);

impl TcpFlags {
    /// The sender has no more data.
    pub const FIN: u16 = 0x001;
    /// Opens a connection.
    pub const SYN: u16 = 0x002;
    /// Ends a connection at once.
    pub const RST: u16 = 0x004;
    /// Hand the data over without waiting.
    pub const PSH: u16 = 0x008;
    /// The acknowledgment number counts.
    pub const ACK: u16 = 0x010;
    /// The urgent pointer counts.
    pub const URG: u16 = 0x020;
    /// Congestion was experienced, RFC 3168.
    pub const ECE: u16 = 0x040;
    /// The congestion window was reduced, RFC 3168.
    pub const CWR: u16 = 0x080;
    /// Accurate ECN.
    pub const AE: u16 = 0x100;

    /// All of these.
    pub const ALL: u16 = 0x1ff;

    /// The name of each flag, in Wireshark's order.
    const NAMES: [(u16, &'static str); 9] = [
        (Self::FIN, "FIN"),
        (Self::SYN, "SYN"),
        (Self::RST, "RST"),
        (Self::PSH, "PSH"),
        (Self::ACK, "ACK"),
        (Self::URG, "URG"),
        (Self::ECE, "ECE"),
        (Self::CWR, "CWR"),
        (Self::AE, "AE"),
    ];

    /// Returns the names of the set flags, in Wireshark's order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let set = Self::NAMES.iter().filter(move |(bit, _)| self.any(*bit));
        set.map(|(_, name)| *name)
    }

    /// Whether any of these bits is set.
    #[inline]
    pub fn any(self, bits: u16) -> bool {
        self.0 & bits != 0
    }

    /// Returns the Accurate ECN counter that AE, CWR and ECE form outside of the handshake.
    pub fn ace(self) -> u16 {
        self.0 >> 6 & 7
    }

    /// Returns the flags without that counter.
    pub fn without_ace(self) -> TcpFlags {
        TcpFlags(self.0 & !(Self::AE | Self::CWR | Self::ECE))
    }

    /// Whether SYN is set.
    #[inline]
    pub fn syn(self) -> bool {
        self.any(Self::SYN)
    }

    /// Whether ACK is set.
    #[inline]
    pub fn ack(self) -> bool {
        self.any(Self::ACK)
    }

    /// Whether FIN is set.
    #[inline]
    pub fn fin(self) -> bool {
        self.any(Self::FIN)
    }

    /// Whether RST is set.
    #[inline]
    pub fn rst(self) -> bool {
        self.any(Self::RST)
    }
}

/// An IP datagram's fragment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fragment {
    /// The sender.
    pub source: IpAddr,
    /// The receiver.
    pub destination: IpAddr,
    /// Identification: 16 bits in IPv4, 32 in IPv6.
    pub id: u32,
    /// The protocol inside.
    pub protocol: u8,
    /// The offset of its data in the datagram.
    pub offset: u32,
    /// More fragments follow.
    pub more: bool,
    /// The data, as captured.
    pub data: ByteRange,
    /// The data's length on the wire; a fragment that the capture cut short cannot be used.
    pub length: u32,
}

/// The flow that an ICMP error is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quoted {
    /// ICMPv6, else ICMP.
    pub v6: bool,
    /// ICMP type.
    pub kind: u8,
    /// ICMP code.
    pub code: u8,
    /// The sender of the error.
    pub reporter: IpAddr,
    /// The IP protocol of the quoted packet.
    pub protocol: u8,
    /// The sender of the quoted packet.
    pub source: IpAddr,
    /// Its receiver.
    pub destination: IpAddr,
    /// The ports of its sender and its receiver. None where the quote ends before them, it is of a later fragment, or its
    /// protocol has none.
    pub ports: Option<(u16, u16)>,
    /// The fixed part of its TCP header is quoted, or the protocol is another one.
    pub has_header: bool,
    /// The MTU of the link that the packet was too big for, bytes: RFC 1191, section 4, and RFC 4443, section 3.2. None of
    /// other errors, and of routers that do not give it.
    pub mtu: Option<u32>,
}

/// The sender of an ARP packet claims an IP address: RFC 826, and RFC 5227, section 2.4.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ArpClaim {
    /// The address.
    pub address: IpAddr,
    /// Its MAC address.
    pub mac: Mac,
}

/// An echo request or reply.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Echo {
    /// A request, else a reply.
    pub request: bool,
    /// ICMPv6, else ICMP.
    pub v6: bool,
    /// The sender.
    pub source: IpAddr,
    /// The receiver.
    pub destination: IpAddr,
    /// Identifier.
    pub id: u16,
    /// Sequence number.
    pub seq: u16,
}

/// A packet's line in the packet list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// The sender: the innermost address.
    pub source: String,
    /// The receiver.
    pub destination: String,
    /// The innermost protocol.
    pub protocol: &'static str,
    /// A summary of its contents.
    pub info: String,
}
