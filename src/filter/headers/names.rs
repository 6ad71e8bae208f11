//! How each field is read from the headers of a usual packet, by its name.

use super::options;
use crate::filter::reach::Reach;
use dissectors::{AnalysisFlags, by_name};

/// A field that can be read from the headers of a usual packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    FrameNumber,
    FrameLength,
    CapturedLength,
    Time,
    TimeOfEpoch,
    TimeSinceFirst,
    TimeSincePrevious,
    TimeSinceDisplayed,
    Frame,
    Ethernet,
    Ipv4,
    Ipv6,
    Tcp,
    Udp,
    MacSource,
    MacDestination,
    /// Both addresses, the destination first.
    MacBoth,
    Ipv4Source,
    Ipv4Destination,
    Ipv6Source,
    Ipv6Destination,
    /// The payload's length, and the payload.
    TcpLength,
    TcpPayload,
    UdpPayload,
    /// A number of bytes at an offset in the header of this layer, shifted right, masked, multiplied.
    Bits(Layer, u8, u8, u8, u32, u8),
    /// Whether one of these bits is set in the two bytes of TCP's flags.
    TcpFlags(u16),
    /// All options of TCP.
    Options,
    /// A field of a TCP option.
    Option(options::Part),
    /// What the conversation's record adds to a field.
    Flow(FlowField),
    /// A field that the packet lacks: what is behind an IP packet in its frame.
    Trailer,
    /// A field of an application protocol, with its number in [`Reach`].
    Above(u8),
    /// A field of another layer down to the transport layer, or of a header that usual packets do not have.
    Elsewhere,
    /// One of these marks of a TCP segment, and how often the field is there then.
    Mark(u16, u8),
    /// A field of the analysis of a TCP segment that only segments with one of these marks have.
    OfMark(u16),
    /// A field of the analysis of a TCP segment.
    Analysis,
    /// A field of the capture or of the conversation.
    Recorded,
    /// A field of this layer that must be dissected.
    Within(Layer),
    /// A field that must be dissected.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    Ethernet,
    Ipv4,
    Ipv6,
    Tcp,
    Udp,
}

/// A field that depends on the record of the packet's conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FlowField {
    Seq,
    NextSeq,
    Ack,
    Window,
    WindowFactor,
    /// One of TCP's flags that are a counter where accurate ECN is in use.
    EcnFlag(u16),
    EcnCounter,
    Completeness,
    /// The stream's number, and the time since its first packet.
    Stream(Layer),
    TimeSinceFirst(Layer),
}

/// Returns how a field is read.
pub(super) fn header(name: &str, reach: &mut Reach) -> Header {
    let protocol = protocol(name);
    match protocol {
        "frame" => frame(name),
        "eth" => ethernet(name),
        "ip" => ipv4(name),
        "ipv6" => ipv6(name),
        "tcp" if name.starts_with("tcp.analysis") => analysis(name),
        "tcp" => tcp(name),
        "udp" => udp(name),
        "mptcp" => Header::Option(options::Part::RARE),
        "conversation" => Header::Recorded,
        other if is_lower(other) => Header::Elsewhere,
        _ => match reach.number(name) {
            Some(number) => Header::Above(number),
            None => Header::Other,
        },
    }
}

fn bits(layer: Layer, at: u8, length: u8, shift: u8, mask: u32) -> Header {
    Header::Bits(layer, at, length, shift, mask, 1)
}

fn frame(name: &str) -> Header {
    match name {
        "frame" => Header::Frame,
        "frame.number" => Header::FrameNumber,
        "frame.len" => Header::FrameLength,
        "frame.cap_len" => Header::CapturedLength,
        "frame.time" => Header::Time,
        "frame.time_epoch" => Header::TimeOfEpoch,
        "frame.time_delta" => Header::TimeSincePrevious,
        "frame.time_delta_displayed" => Header::TimeSinceDisplayed,
        "frame.time_relative" => Header::TimeSinceFirst,
        "frame.protocols" => Header::Other,
        _ => Header::Recorded,
    }
}

fn ethernet(name: &str) -> Header {
    let bits = |at, length, shift, mask| bits(Layer::Ethernet, at, length, shift, mask);
    match name {
        "eth" => Header::Ethernet,
        "eth.src" => Header::MacSource,
        "eth.dst" => Header::MacDestination,
        "eth.addr" => Header::MacBoth,
        "eth.dst.lg" => bits(0, 1, 1, 1),
        "eth.dst.ig" => bits(0, 1, 0, 1),
        "eth.src.lg" => bits(6, 1, 1, 1),
        "eth.src.ig" => bits(6, 1, 0, 1),
        "eth.type" => bits(12, 2, 0, 0xffff),
        "eth.trailer" | "eth.padding" | "eth.fcs" | "eth.fcs.status" => Header::Trailer,
        "eth.len" | "eth.invalid_lentype" => Header::Elsewhere,
        _ => Header::Other,
    }
}

fn ipv4(name: &str) -> Header {
    let bits = |at, length, shift, mask| bits(Layer::Ipv4, at, length, shift, mask);
    match name {
        "ip" => Header::Ipv4,
        "ip.version" => bits(0, 1, 4, 0xf),
        "ip.hdr_len" => Header::Bits(Layer::Ipv4, 0, 1, 0, 0xf, 4),
        "ip.dsfield" => bits(1, 1, 0, 0xff),
        "ip.dsfield.dscp" => bits(1, 1, 2, 0x3f),
        "ip.dsfield.ecn" => bits(1, 1, 0, 3),
        "ip.len" => bits(2, 2, 0, 0xffff),
        "ip.id" => bits(4, 2, 0, 0xffff),
        "ip.flags" => bits(6, 1, 5, 7),
        "ip.flags.rb" => bits(6, 1, 7, 1),
        "ip.flags.df" => bits(6, 1, 6, 1),
        "ip.flags.mf" => bits(6, 1, 5, 1),
        "ip.frag_offset" => bits(6, 2, 0, 0x1fff),
        "ip.ttl" => bits(8, 1, 0, 0xff),
        "ip.proto" => bits(9, 1, 0, 0xff),
        "ip.checksum" => bits(10, 2, 0, 0xffff),
        "ip.src" => Header::Ipv4Source,
        "ip.dst" => Header::Ipv4Destination,
        // Those of options and of fragments.
        "ip.cur_rt" => Header::Elsewhere,
        _ if ["ip.opt", "ip.fragment", "ip.reassembled"]
            .iter()
            .any(|rare| name.starts_with(rare)) =>
        {
            Header::Elsewhere
        }
        _ => Header::Within(Layer::Ipv4),
    }
}

fn ipv6(name: &str) -> Header {
    let bits = |at, length, shift, mask| bits(Layer::Ipv6, at, length, shift, mask);
    match name {
        "ipv6" => Header::Ipv6,
        "ipv6.version" => bits(0, 1, 4, 0xf),
        "ipv6.tclass" => bits(0, 2, 4, 0xff),
        "ipv6.tclass.dscp" => bits(0, 2, 6, 0x3f),
        "ipv6.tclass.ecn" => bits(0, 2, 4, 3),
        "ipv6.flow" => bits(0, 4, 0, 0xf_ffff),
        "ipv6.plen" => bits(4, 2, 0, 0xffff),
        "ipv6.nxt" => bits(6, 1, 0, 0xff),
        "ipv6.hlim" => bits(7, 1, 0, 0xff),
        "ipv6.src" => Header::Ipv6Source,
        "ipv6.dst" => Header::Ipv6Destination,
        _ => Header::Within(Layer::Ipv6),
    }
}

fn tcp(name: &str) -> Header {
    let bits = |at, length, shift, mask| bits(Layer::Tcp, at, length, shift, mask);
    match name {
        "tcp" => Header::Tcp,
        "tcp.srcport" => bits(0, 2, 0, 0xffff),
        "tcp.dstport" => bits(2, 2, 0, 0xffff),
        "tcp.seq" => Header::Flow(FlowField::Seq),
        "tcp.nxtseq" => Header::Flow(FlowField::NextSeq),
        "tcp.ack" => Header::Flow(FlowField::Ack),
        "tcp.seq_raw" => bits(4, 4, 0, u32::MAX),
        "tcp.ack_raw" => bits(8, 4, 0, u32::MAX),
        "tcp.hdr_len" => Header::Bits(Layer::Tcp, 12, 1, 4, 0xf, 4),
        "tcp.flags" => bits(12, 2, 0, 0xfff),
        "tcp.flags.res" => Header::TcpFlags(0x0e00),
        "tcp.flags.ace" => Header::Flow(FlowField::EcnCounter),
        "tcp.flags.ae" => Header::Flow(FlowField::EcnFlag(0x0100)),
        "tcp.flags.cwr" => Header::Flow(FlowField::EcnFlag(0x0080)),
        "tcp.flags.ece" => Header::Flow(FlowField::EcnFlag(0x0040)),
        "tcp.flags.urg" => Header::TcpFlags(0x0020),
        "tcp.flags.ack" => Header::TcpFlags(0x0010),
        "tcp.flags.push" => Header::TcpFlags(0x0008),
        "tcp.flags.reset" => Header::TcpFlags(0x0004),
        "tcp.flags.syn" => Header::TcpFlags(0x0002),
        "tcp.flags.fin" => Header::TcpFlags(0x0001),
        "tcp.window_size_value" => bits(14, 2, 0, 0xffff),
        "tcp.window_size" => Header::Flow(FlowField::Window),
        "tcp.window_size_scalefactor" => Header::Flow(FlowField::WindowFactor),
        "tcp.checksum" => bits(16, 2, 0, 0xffff),
        "tcp.urgent_pointer" => bits(18, 2, 0, 0xffff),
        "tcp.len" => Header::TcpLength,
        "tcp.payload" => Header::TcpPayload,
        "tcp.options" => Header::Options,
        "tcp.stream" => Header::Flow(FlowField::Stream(Layer::Tcp)),
        "tcp.completeness" => Header::Flow(FlowField::Completeness),
        "tcp.time_relative" => Header::Flow(FlowField::TimeSinceFirst(Layer::Tcp)),
        _ => match options::Part::of(name) {
            Some(part) => Header::Option(part),
            None => Header::Within(Layer::Tcp),
        },
    }
}

fn udp(name: &str) -> Header {
    let bits = |at, length, shift, mask| bits(Layer::Udp, at, length, shift, mask);
    match name {
        "udp" => Header::Udp,
        "udp.srcport" => bits(0, 2, 0, 0xffff),
        "udp.dstport" => bits(2, 2, 0, 0xffff),
        "udp.length" => bits(4, 2, 0, 0xffff),
        "udp.checksum" => bits(6, 2, 0, 0xffff),
        "udp.payload" => Header::UdpPayload,
        "udp.stream" => Header::Flow(FlowField::Stream(Layer::Udp)),
        "udp.time_relative" => Header::Flow(FlowField::TimeSinceFirst(Layer::Udp)),
        _ => Header::Within(Layer::Udp),
    }
}

/// Returns how a field of the analysis of TCP segments is read.
fn analysis(name: &str) -> Header {
    match name {
        "tcp.analysis.flags" => Header::Mark(u16::MAX, 1),
        // The tree shows it once more, with its number below.
        "tcp.analysis.duplicate_ack" => Header::Mark(AnalysisFlags::DUPLICATE_ACK, 2),
        "tcp.analysis.duplicate_ack_num" | "tcp.analysis.duplicate_ack_frame" => {
            Header::OfMark(AnalysisFlags::DUPLICATE_ACK)
        }
        "tcp.analysis.rto" | "tcp.analysis.rto_frame" => {
            Header::OfMark(AnalysisFlags::RETRANSMISSION)
        }
        name => match AnalysisFlags::shown_by(name) {
            AnalysisFlags(0) => Header::Analysis,
            AnalysisFlags(marks) => Header::Mark(marks, 1),
        },
    }
}

/// Returns the protocol that a field's name begins with.
pub(super) fn protocol(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// Whether it is the protocol of a layer down to the transport layer.
pub(super) fn is_lower(protocol: &str) -> bool {
    by_name(protocol).is_some_and(|it| it.layer.carries())
}
