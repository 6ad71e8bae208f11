//! Where a block of pcapng begins and ends (PCAP-NG draft section 3.1), even if its lengths are wrong.

use nom::number::{Endianness, be_u32};
use nom::{IResult, Parser};

use super::MAX_PACKET;
use super::source::{Source, numbers};

/// Block types (PCAP-NG draft section 10.1). The first is the same in both byte orders.
pub(super) const SECTION_HEADER: u32 = 0x0a0d_0d0a;
pub(super) const INTERFACE_DESCRIPTION: u32 = 1;
pub(super) const OLD_PACKET: u32 = 2;
pub(super) const SIMPLE_PACKET: u32 = 3;
pub(super) const NAME_RESOLUTION: u32 = 4;
pub(super) const INTERFACE_STATISTICS: u32 = 5;
pub(super) const ENHANCED_PACKET: u32 = 6;
pub(super) const JOURNAL: u32 = 9;
pub(super) const DECRYPTION_SECRETS: u32 = 10;
/// Events of sysdig, in three versions: with a header, with a count of parameters, with longer parameters.
pub(super) const SYSDIG: u32 = 0x204;
pub(super) const SYSDIG_2: u32 = 0x216;
pub(super) const SYSDIG_2_LARGE: u32 = 0x221;
pub(super) const CUSTOM: u32 = 0xbad;
pub(super) const CUSTOM_NOT_COPYABLE: u32 = 0x4000_0bad;

/// The length of the type and length before a block's body, and of the length after it, bytes.
pub(super) const BLOCK: usize = 12;

/// The largest block that is read whole, if it holds no packet: key logs have up to some MiB.
pub(super) const MAX_DESCRIPTION: u32 = 64 * 1024 * 1024;

/// The largest block that is numbered as a packet: the packet, and options of the same length.
pub(super) const MAX_PACKET_BLOCK: u32 = 2 * MAX_PACKET;

/// The beginning of a block.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub kind: u32,
    pub length: u32,
    pub order: Endianness,
}

/// The extent of a block.
pub(super) enum Extent {
    Whole(u64),
    /// The length at its end differs, but a block follows.
    Mismatched(u64),
    /// The file ends before.
    CutShort,
    /// The source does not provide bytes that are needed.
    HeldBack,
    Garbage,
}

impl Head {
    /// Reads the type and length of the block that `bytes` begin with; `None` if they are not valid.
    #[inline]
    pub fn parse(order: Endianness, bytes: &[u8]) -> Option<Head> {
        let ([kind, _], _) = numbers(order, bytes)?;
        let order = if kind == SECTION_HEADER {
            section_order(bytes)?
        } else {
            order
        };
        let ([_, length], _) = numbers(order, bytes)?;
        (length as usize >= BLOCK).then_some(Head {
            kind,
            length,
            order,
        })
    }

    /// Whether the block is read whole; all others are skipped, however large they are.
    #[inline]
    pub fn is_read(&self) -> bool {
        match self.kind {
            ENHANCED_PACKET | SIMPLE_PACKET | OLD_PACKET | CUSTOM | CUSTOM_NOT_COPYABLE
            | JOURNAL | SYSDIG | SYSDIG_2 | SYSDIG_2_LARGE => self.length <= MAX_PACKET_BLOCK,
            SECTION_HEADER
            | INTERFACE_DESCRIPTION
            | NAME_RESOLUTION
            | INTERFACE_STATISTICS
            | DECRYPTION_SECRETS => self.length <= MAX_DESCRIPTION,
            _ => false,
        }
    }

    pub fn is_known(&self) -> bool {
        matches!(
            self.kind,
            SECTION_HEADER | 1..=10 | CUSTOM | CUSTOM_NOT_COPYABLE
        )
    }
}

/// Returns the byte order that a Section Header Block declares, if `bytes` begin with one.
pub(super) fn section_order(bytes: &[u8]) -> Option<Endianness> {
    let fixed: IResult<&[u8], _> = (be_u32(), be_u32(), be_u32()).parse_complete(bytes);
    match fixed.ok()?.1 {
        (SECTION_HEADER, _, 0x1a2b_3c4d) => Some(Endianness::Big),
        (SECTION_HEADER, _, 0x4d3c_2b1a) => Some(Endianness::Little),
        _ => None,
    }
}

/// Returns the length at the end of a block that ends at `end`.
pub(super) fn trailer(source: &mut Source, order: Endianness, end: u64) -> Option<u32> {
    let mut bytes = [0; 4];
    if source.peek_at(end.checked_sub(4)?, &mut bytes) < 4 {
        return None;
    }
    let ([length], _) = numbers(order, &bytes)?;
    Some(length)
}

/// Returns the extent of the block at the beginning of the window; a block that is read is in the window then.
#[inline]
pub(super) fn extent(source: &mut Source, head: &Head) -> Extent {
    let length = head.length as usize;
    if head.is_read() && length.is_multiple_of(4) {
        if source.fill(length) >= length {
            let end = source.window().get(length - 4..length).unwrap_or_default();
            if matches!(numbers(head.order, end), Some(([trailer], _)) if trailer == head.length) {
                return Extent::Whole(head.length.into());
            }
        } else if source.is_held_back() {
            return Extent::HeldBack;
        }
    }
    if !source.is_blocking() {
        return Extent::Garbage;
    }
    let extent = odd_extent(source, head);
    match extent {
        Extent::Whole(total) | Extent::Mismatched(total) if head.is_read() => {
            let total = usize::try_from(total).unwrap_or(usize::MAX);
            if source.fill(total) < total {
                Extent::CutShort
            } else {
                extent
            }
        }
        _ => extent,
    }
}

#[cold]
fn odd_extent(source: &mut Source, head: &Head) -> Extent {
    let begin = source.offset();
    let length = u64::from(head.length);
    let padded = length.next_multiple_of(4);
    let Some(last) = trailer(source, head.order, begin + length) else {
        return Extent::CutShort;
    };
    if last == head.length {
        return Extent::Whole(length);
    }
    // The length should count the padding; some writers leave it out.
    if padded != length
        && let Some(last) = trailer(source, head.order, begin + padded)
        && (last == head.length || u64::from(last) == padded)
    {
        return Extent::Whole(padded);
    }
    if head.is_known() && block_follows(source, head.order, begin + padded) {
        return Extent::Mismatched(padded);
    }
    Extent::Garbage
}

/// Whether a block begins at `offset`, or the file ends there.
fn block_follows(source: &mut Source, order: Endianness, offset: u64) -> bool {
    // Beginning with the byte before, which must exist.
    let mut bytes = [0; 1 + BLOCK];
    let got = source.peek_at(offset - 1, &mut bytes);
    let head = Head::parse(order, bytes.get(1..got).unwrap_or_default());
    match (got, head) {
        (1, _) => true,
        (_, Some(head)) => {
            trailer(source, head.order, offset + u64::from(head.length)) == Some(head.length)
        }
        (_, None) => false,
    }
}
