//! The Internet checksum, RFC 1071, and its verification.

use crate::{Flow, Group, Hex, Layer, Severity, Transport, value::named};
use nom::number::be_u16;
use std::net::IpAddr;

/// Sums 16-bit words in ones' complement, folded.
pub fn sum(parts: &[&[u8]]) -> u16 {
    let mut total: u64 = 0;
    let mut odd = false;
    for part in parts {
        let mut rest = *part;
        if odd && let Some((&first, after)) = rest.split_first() {
            total += u64::from(first);
            rest = after;
            odd = false;
        }
        // The sum of swapped words is the swapped sum, and longer words are folded at the end: RFC 1071, section 2.
        let (words, tail) = rest.as_chunks::<8>();
        let native: u128 = words
            .iter()
            .map(|word| u128::from(u64::from_ne_bytes(*word)))
            .sum();
        let carries = (native >> u64::BITS) as u64;
        total += u64::from(u16::from_be(fold(carries + u64::from(fold(native as u64)))));
        let (words, tail) = tail.as_chunks::<2>();
        for word in words {
            total += u64::from(u16::from_be_bytes(*word));
        }
        if let [last] = tail {
            total += u64::from(*last) << 8;
            odd = true;
        }
    }
    fold(total)
}

fn fold(mut total: u64) -> u16 {
    while total > 0xffff {
        total = (total & 0xffff) + (total >> 16);
    }
    total as u16
}

/// What the checksum of a TCP segment or a UDP datagram says of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// They are as they were sent.
    Right,
    /// They are not.
    Wrong,
    /// It is the sum of the pseudo-header alone, or 0: the network card computes it after the capture.
    LeftToCard,
    /// It cannot be computed: not all bytes were captured, they were reassembled, or the sender left it out.
    Unknown,
}

/// The length of a UDP header, bytes.
const UDP: u32 = 8;

/// Verifies the checksum of a transport layer: RFC 9293, section 3.1, and RFC 768.
pub fn of_flow(packet: &[u8], flow: &Flow) -> Verified {
    let (protocol, header, field) = match &flow.transport {
        Transport::Tcp(segment) if segment.short => return Verified::Unknown,
        Transport::Tcp(segment) => (6, u32::from(segment.header), 16),
        Transport::Udp => (17, UDP, 6),
    };
    let payload = &flow.payload;
    if payload.source != 0 || payload.end - payload.start != flow.payload_length {
        return Verified::Unknown;
    }
    let start = payload.start.checked_sub(header);
    let bytes = start.and_then(|start| packet.get(start as usize..payload.end as usize));
    let Some(bytes) = bytes else {
        return Verified::Unknown;
    };
    let Some(found) = bytes.get(field..).and_then(|rest| rest.first_chunk()) else {
        return Verified::Unknown;
    };
    let found = u16::from_be_bytes(*found);
    if found == 0 && protocol == 17 {
        return Verified::Unknown;
    }
    let mut addresses = [0; 32];
    let addresses = match (flow.source, flow.destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let (bytes, _) = addresses.split_at_mut(8);
            let (first, second) = bytes.split_at_mut(4);
            first.copy_from_slice(&source.octets());
            second.copy_from_slice(&destination.octets());
            bytes
        }
        (source, destination) => {
            let (first, second) = addresses.split_at_mut(16);
            first.copy_from_slice(&octets(source));
            second.copy_from_slice(&octets(destination));
            &mut addresses
        }
    };
    let pseudo = u64::from(sum(&[addresses])) + protocol;
    let length = bytes.len() as u64;
    if fold(pseudo + length + u64::from(sum(&[bytes]))) == 0xffff {
        Verified::Right
    } else if [0, fold(pseudo + length), fold(pseudo)].contains(&found) {
        Verified::LeftToCard
    } else {
        Verified::Wrong
    }
}

fn octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

/// The pseudo-header in the sums of TCP, UDP and ICMPv6: RFC 9293, section 3.1; RFC 8200, section 8.1.
pub fn pseudo_header(network: (IpAddr, IpAddr), protocol: u8, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(40);
    match network {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            bytes.extend(source.octets());
            bytes.extend(destination.octets());
            bytes.extend([0, protocol]);
            bytes.extend((length as u16).to_be_bytes());
        }
        (source, destination) => {
            bytes.extend(octets(source));
            bytes.extend(octets(destination));
            bytes.extend((length as u32).to_be_bytes());
            bytes.extend([0, 0, 0, protocol]);
        }
    }
    bytes
}

named! {
    /// The numbers of fields such as `ip.checksum.status`.
    Verdict(u8, Dec) {
        BAD = 0 => "Bad",
        GOOD = 1 => "Good",
        CANNOT_SAY = 2 => "Unverified",
        NOT_PRESENT = 3 => "Not present",
        ILLEGAL = 4 => "Illegal",
    }
}

/// The result of verifying a checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is wrong; the right one.
    Bad(u16),
    /// It is right.
    Good,
    /// Not all bytes are there, or the sender left it out.
    CannotSay(&'static str),
}

/// The names of a checksum's fields.
pub struct ChecksumFields {
    /// `tcp.checksum`.
    pub field: &'static str,
    /// `tcp.checksum.status`.
    pub status: &'static str,
}

/// Reads a checksum field and, where there is a tree, shows whether it is right. `check` is only called then, with the
/// sum in the packet.
pub fn read<'a>(
    layer: &mut Layer<'a, '_>,
    names: ChecksumFields,
    check: impl FnOnce(&Layer<'a, '_>, u16) -> Status,
    offload: impl FnOnce(&Layer<'a, '_>) -> Option<u16>,
) -> Result<u16, crate::Stop> {
    let found = layer.field(names.field, "Checksum", be_u16().map_hex())?;
    if layer.shows() {
        let status = check(layer, found.0);
        let at = layer.so_far().end - 2;
        let here = crate::ByteRange {
            source: layer.so_far().source,
            start: at,
            end: at,
        };
        let verdict = match status {
            Status::Bad(_) => Verdict::BAD,
            Status::Good => Verdict::GOOD,
            Status::CannotSay(_) => Verdict::CANNOT_SAY,
        };
        layer.over(names.status, "Checksum status", here, || verdict.into());
        match status {
            Status::Good => {}
            Status::CannotSay(why) => layer.text(|| format!("cannot say: {why}")),
            Status::Bad(expected) => {
                layer.text(|| "bad".to_owned());
                let offloaded = offload(layer) == Some(found.0);
                layer.note_of(Group::Checksum, Severity::Error, || match offloaded {
                    true if found.0 == 0 => format!(
                        "0, the bytes add up to 0x{expected:04x}: looks like checksum offload, the network card \
                         fills it in after the capture"
                    ),
                    true => format!(
                        "bad checksum: 0x{:04x}, the bytes add up to 0x{expected:04x}. It is the sum of the \
                         pseudo-header alone: looks like checksum offload, the network card fills it in after \
                         the capture",
                        found.0
                    ),
                    false => format!(
                        "bad checksum: 0x{:04x}, the bytes add up to 0x{expected:04x}",
                        found.0
                    ),
                });
            }
        }
    }
    Ok(found.0)
}

/// Compares the sum of `parts`, which include the checksum itself, with its required value.
pub fn verify(parts: &[&[u8]], found: u16) -> Status {
    match sum(parts) {
        0xffff => Status::Good,
        total => {
            // Take the found sum out again to find the right one: RFC 1624, eqn. 3.
            let without = u32::from(total) + u32::from(!found);
            let folded = ((without & 0xffff) + (without >> 16)) as u16;
            Status::Bad(!folded)
        }
    }
}

/// Parsers whose number is shown in hexadecimal.
pub trait MapHex<I, T>: nom::Parser<I, Output = T> + Sized {
    /// Shows the number in hexadecimal.
    fn map_hex(self) -> impl nom::Parser<I, Output = Hex<T>, Error = Self::Error> {
        self.map(Hex)
    }
}

impl<I, T, P: nom::Parser<I, Output = T>> MapHex<I, T> for P {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    proptest! {
        /// The sum is that of words, one after the other, in however many parts.
        #[test]
        fn the_sum_of_words(bytes in vec(any::<u8>(), 0..200), cut in 0_usize..200, ones in any::<bool>()) {
            let bytes = if ones { vec![0xff; bytes.len()] } else { bytes };
            let mut words: u64 = 0;
            for word in bytes.chunks(2) {
                let byte = |at: usize| word.get(at).copied().unwrap_or(0);
                words += u64::from(u16::from_be_bytes([byte(0), byte(1)]));
                words = (words & 0xffff) + (words >> 16);
            }
            let (first, second) = bytes.split_at(cut.min(bytes.len()));
            prop_assert_eq!(u64::from(sum(&[first, second])), words);
        }
    }

    /// RFC 1071, section 3.
    #[test]
    fn rfc_1071_example() {
        assert_eq!(
            sum(&[&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]]),
            0xddf2
        );
        assert_eq!(
            sum(&[&[0x00, 0x01, 0xf2], &[0x03, 0xf4, 0xf5, 0xf6, 0xf7]]),
            0xddf2
        );
    }

    #[test]
    fn says_what_it_should_have_been() {
        let good = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7, 0x22, 0x0d];
        assert_eq!(verify(&[&good], 0x220d), Status::Good);
        let bad = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7, 0x12, 0x34];
        assert_eq!(verify(&[&bad], 0x1234), Status::Bad(0x220d));
    }
}
