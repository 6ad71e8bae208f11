//! Blocks of pcapng that hold no packet, but are numbered among the packets by Wireshark: custom blocks, entries of the
//! systemd journal, events of sysdig. Users quote its numbers, so these blocks count here too.

use nom::number::{Endianness, u16, u32, u64};
use nom::{IResult, Parser};

use super::extent::*;
use super::{CUSTOM_BLOCK, JOURNAL_ENTRY, SYSDIG_EVENT};

/// The content of such a block; `None` if the block is too short.
pub(super) struct Entry {
    /// The value used for its interface and its link type.
    pub link: u16,
    /// How many bytes of the block's body come before its data.
    pub lead: usize,
    /// The length of the data in the block, bytes.
    pub captured: usize,
    /// The length of the data as given by the block, bytes.
    pub original: u32,
    /// Its time, if it has one.
    pub time_ns: Option<i64>,
}

/// Reads the body of a block.
#[cold]
pub(super) fn entry(order: Endianness, kind: u32, body: &[u8]) -> Option<Entry> {
    match kind {
        CUSTOM | CUSTOM_NOT_COPYABLE => {
            // After the enterprise number come data and options, which only the enterprise can separate.
            let data = body.get(4..)?;
            Some(whole(CUSTOM_BLOCK, 4, data.len(), None))
        }
        JOURNAL => {
            // Text; padded to 32 bits after its last line.
            let padding = body.iter().rev().take(3).take_while(|byte| **byte == 0);
            let text = body.get(..body.len() - padding.count())?;
            Some(whole(JOURNAL_ENTRY, 0, text.len(), journal_time(text)))
        }
        _ => sysdig(order, kind, body).ok().map(|(_, event)| event),
    }
}

fn whole(link: u16, lead: usize, length: usize, time_ns: Option<i64>) -> Entry {
    Entry {
        link,
        lead,
        captured: length,
        original: u32::try_from(length).unwrap_or(u32::MAX),
        time_ns,
    }
}

/// Returns when the journal received the entry, in the export format of systemd: microseconds since 1970.
fn journal_time(text: &[u8]) -> Option<i64> {
    let mut lines = text.split(|byte| *byte == b'\n');
    let digits = lines.find_map(|line| line.strip_prefix(b"__REALTIME_TIMESTAMP="))?;
    let microseconds: i64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    microseconds.checked_mul(1000)
}

/// Reads the processor, the time, the thread, the length and the kind of an event, and in later versions its number of
/// parameters.
fn sysdig(order: Endianness, kind: u32, body: &[u8]) -> IResult<&[u8], Entry> {
    let (mut rest, (_, time_ns, _, original, _)) =
        (u16(order), u64(order), u64(order), u32(order), u16(order)).parse_complete(body)?;
    if kind != SYSDIG {
        let (parameters, _): (&[u8], u32) = u32(order).parse_complete(rest)?;
        rest = parameters;
    }
    let event = Entry {
        link: SYSDIG_EVENT,
        lead: body.len() - rest.len(),
        captured: rest.len(),
        original,
        time_ns: i64::try_from(time_ns).ok(),
    };
    Ok((rest, event))
}
