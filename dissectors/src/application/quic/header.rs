//! Long headers: RFC 9000, section 17.2.

use super::{number::number, version::Version};
use crate::value::named;
use nom::{
    IResult, Parser,
    bytes::take,
    combinator::verify,
    multi::length_data,
    number::{be_u8, be_u32},
};

named! {
    /// RFC 9000, section 17.2.
    PacketType(u8, Dec) {
        INITIAL = 0 => "Initial",
        ZERO_RTT = 1 => "0-RTT",
        HANDSHAKE = 2 => "Handshake",
        RETRY = 3 => "Retry",
    }
    /// RFC 9369, section 3.2.
    PacketTypeTwo(u8, Dec) {
        RETRY = 0 => "Retry",
        INITIAL = 1 => "Initial",
        ZERO_RTT = 2 => "0-RTT",
        HANDSHAKE = 3 => "Handshake",
    }
}

pub const LONG: u8 = 0x80;
pub const FIXED: u8 = 0x40;

/// RFC 9000, section 17.2: the length of the longest connection id.
const MAX_ID: u8 = 20;

/// A packet with a long header, as far as it is not encrypted.
#[derive(Clone, Copy, Debug)]
pub struct LongHeader<'a> {
    pub version: Version,
    pub kind: PacketType,
    /// The connection id of the destination.
    pub to: &'a [u8],
    /// The connection id of the source.
    pub from: &'a [u8],
    /// The offset of the packet number, or of what follows the ids where there is none.
    pub number_at: usize,
    /// The length of the packet, of what these bytes have of it.
    pub length: usize,
}

impl<'a> LongHeader<'a> {
    /// Reads the header at the beginning of these bytes.
    pub fn of(bytes: &'a [u8]) -> Option<Self> {
        let id = || length_data(verify(be_u8(), |length| *length <= MAX_ID));
        let header = (
            verify(be_u8(), |first| first & LONG != 0),
            be_u32(),
            id(),
            id(),
        );
        let parsed: IResult<&[u8], _> = { header }.parse_complete(bytes);
        let (rest, (first, version, to, from)) = parsed.ok()?;
        let version = Version(version);
        let kind = first >> 4 & 3;
        let kind = PacketType(match version.is_two() {
            true => kind.wrapping_sub(1) & 3,
            false => kind,
        });
        let (number_at, length) = extent(bytes, rest, version, kind);
        Some(LongHeader {
            version,
            kind,
            to,
            from,
            number_at,
            length,
        })
    }

    /// Returns whether it is an Initial packet, whose keys are public.
    pub fn is_initial(&self) -> bool {
        self.version != Version::NEGOTIATION && self.kind == PacketType::INITIAL
    }

    /// Returns whether another packet follows in the datagram, and no padding. It has the same destination: RFC 9000,
    /// section 12.2.
    pub fn is_followed_by(&self, rest: &[u8]) -> bool {
        let Some((first, behind)) = rest.split_first() else {
            return false;
        };
        match LongHeader::of(rest) {
            Some(next) => next.to == self.to,
            None if first & LONG != 0 => false,
            // The fixed bit may be cleared: RFC 9287.
            None if self.to.is_empty() => first & FIXED != 0,
            None => behind.starts_with(self.to),
        }
    }
}

/// Returns the offset of the packet number and the length of the packet. `rest` are the bytes after the ids.
fn extent(bytes: &[u8], rest: &[u8], version: Version, kind: PacketType) -> (usize, usize) {
    let all = bytes.len();
    if version == Version::NEGOTIATION || kind == PacketType::RETRY {
        return (all - rest.len(), all);
    }
    let token = match kind {
        PacketType::INITIAL => token(rest),
        _ => Ok((rest, &[][..])),
    };
    match token.and_then(|(rest, _)| number(rest)) {
        Ok((rest, length)) => {
            let number_at = all - rest.len();
            let length = rest
                .len()
                .min(usize::try_from(length).unwrap_or(usize::MAX));
            (number_at, number_at + length)
        }
        Err(_) => (all, all),
    }
}

/// RFC 9000, section 17.2.2.
fn token(bytes: &[u8]) -> IResult<&[u8], &[u8]> {
    let (rest, length) = number(bytes)?;
    take(usize::try_from(length).unwrap_or(usize::MAX)).parse_complete(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::bytes;

    #[test]
    fn ends_of_packets() {
        let extent = |hex: &str| {
            let bytes = bytes(hex);
            LongHeader::of(&bytes).map(|header| (header.number_at, header.length))
        };
        assert_eq!(extent("c1 00000001 00 01 07 00 02 eeff 00"), Some((10, 12)));
        assert_eq!(extent("c1 00000001 00 00 02 aabb 01 ee ff"), Some((11, 12)));
        // Lengths that lie.
        assert_eq!(extent("c1 00000001 00 00 00 7fff aa"), Some((10, 11)));
        assert_eq!(extent("c1 00000001 00 00 bfffffff aa"), Some((12, 12)));
        assert_eq!(extent("c1 00000001 00 00"), Some((7, 7)));
        assert_eq!(extent("c1 00000001 15"), None);
        assert_eq!(extent("c1 00000001 02 01"), None);
        assert_eq!(extent("41 00000001 00 00"), None);
    }
}
