//! The facts of the most common packets: TCP in IP in Ethernet, with nothing unusual in any header.
//!
//! The index needs the facts of every packet, and reading them layer by layer is its greatest cost. So these packets
//! are read in one go (bench `dissect/facts`). Nothing of any other packet is read here: its layers are. Both ways have
//! the same result, which `invariants::check` and with it the fuzz targets verify.

use crate::{
    ByteRange, Facts, Flow, LinkType, Packet, Segment, SegmentOptions, TcpFlags, Transport,
    UsualPath,
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const ETHERNET: usize = 14;
const IPV4: usize = 20;
const IPV6: usize = 40;
const TCP: usize = 20;

const TCP_NUMBER: u8 = 6;

/// Gathers the facts of a usual packet; `None` for any other, of which nothing is gathered.
#[inline]
pub(crate) fn facts(packet: Packet, found: &mut Facts) -> Option<()> {
    if packet.link_type != LinkType::ETHERNET {
        return None;
    }
    let (ethernet, ip) = packet.bytes.split_first_chunk::<ETHERNET>()?;
    let room = packet.bytes.len().max(packet.original as usize) - ETHERNET;
    let Network {
        path,
        source,
        destination,
        length,
        header,
        ecn,
    } = match u16_at(ethernet, 12)? {
        0x0800 => ipv4(ip.first_chunk()?, room)?,
        0x86dd => ipv6(ip.first_chunk()?, room)?,
        _ => return None,
    };
    let segment = ip.get(header..length.min(ip.len()))?;
    let tcp = segment.first_chunk::<TCP>()?;
    let word = u16_at(tcp, 12)?;
    let tcp_header = usize::from(word >> 12) * 4;
    let options = options(segment.get(TCP..tcp_header)?)?;
    let payload_length = (length - header).checked_sub(tcp_header)?;
    let start = ETHERNET + header + tcp_header;
    let end = ETHERNET + header + segment.len();
    let flow = Flow {
        source,
        destination,
        source_port: u16_at(tcp, 0)?,
        destination_port: u16_at(tcp, 2)?,
        transport: Transport::Tcp(Segment {
            seq: u32_at(tcp, 4)?,
            ack: u32_at(tcp, 8)?,
            flags: TcpFlags(word & TcpFlags::ALL),
            window: u16_at(tcp, 14)?,
            header: tcp_header as u8,
            short: false,
            options,
        }),
        payload: ByteRange {
            source: 0,
            start: start as u32,
            end: end as u32,
        },
        payload_length: payload_length as u32,
        ecn,
    };
    found.push_flow(flow);
    found.layers_mut().set_usual(path);
    Some(())
}

/// The contents of an IP header.
struct Network {
    path: UsualPath,
    source: IpAddr,
    destination: IpAddr,
    /// The length of the packet from this header on.
    length: usize,
    /// The length of the header.
    header: usize,
    /// The ECN bits.
    ecn: u8,
}

/// RFC 791, section 3.1: TCP, no options, no fragment, no longer than its frame.
#[inline]
fn ipv4(ip: &[u8; IPV4], room: usize) -> Option<Network> {
    let length = usize::from(u16_at(ip, 2)?);
    let fragment = u16_at(ip, 6)? & 0x3fff != 0;
    let usual = ip.first() == Some(&0x45)
        && ip.get(9) == Some(&TCP_NUMBER)
        && !fragment
        && (IPV4..=room).contains(&length);
    usual.then_some(Network {
        path: UsualPath::Ipv4Tcp,
        source: Ipv4Addr::from_bits(u32_at(ip, 12)?).into(),
        destination: Ipv4Addr::from_bits(u32_at(ip, 16)?).into(),
        length,
        header: IPV4,
        ecn: ip.get(1)? & 0x03,
    })
}

/// RFC 8200, section 3: TCP, no extension headers, no longer than its frame. A payload length of 0 has a special
/// meaning.
#[inline]
fn ipv6(ip: &[u8; IPV6], room: usize) -> Option<Network> {
    let length = IPV6 + usize::from(u16_at(ip, 4)?);
    let usual = ip.first().is_some_and(|first| first >> 4 == 6)
        && ip.get(6) == Some(&TCP_NUMBER)
        && (IPV6 + 1..=room).contains(&length);
    usual.then_some(Network {
        path: UsualPath::Ipv6Tcp,
        source: Ipv6Addr::from_octets(bytes_at(ip, 8)?).into(),
        destination: Ipv6Addr::from_octets(bytes_at(ip, 24)?).into(),
        length,
        header: IPV6,
        // The last two bits of the traffic class, which follows the four bits of the version.
        ecn: ip.get(1)? >> 4 & 0x03,
    })
}

/// Reads the options that nearly all segments have, each of its required length.
#[inline]
fn options(bytes: &[u8]) -> Option<SegmentOptions> {
    let mut options = SegmentOptions::default();
    let mut rest = bytes;
    loop {
        match *rest {
            [] => return Some(options),
            // No-operation.
            [1, ref after @ ..] => rest = after,
            // Maximum segment size.
            [2, 4, a, b, ref after @ ..] => {
                options.mss = Some(u16::from_be_bytes([a, b]));
                rest = after;
            }
            // Window scale.
            [3, 3, shift, ref after @ ..] => {
                options.window_scale = Some(shift);
                rest = after;
            }
            // SACK permitted.
            [4, 2, ref after @ ..] => {
                options.sack_permitted = true;
                rest = after;
            }
            // Timestamps.
            [8, 10, ref after @ ..] => {
                options.timestamps = Some((u32_at(after, 0)?, u32_at(after, 4)?));
                rest = after.get(8..)?;
            }
            _ => return None,
        }
    }
}

#[inline(always)]
fn bytes_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

#[inline(always)]
fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes_at(bytes, at).map(u16::from_be_bytes)
}

#[inline(always)]
fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes_at(bytes, at).map(u32::from_be_bytes)
}
