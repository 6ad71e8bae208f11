//! Blocks of pcapng that hold no packet, and yet are numbered among the packets by Wireshark: custom blocks, entries of
//! the systemd journal, events of sysdig. People quote its numbers, so these count here too.

use nom::number::{Endianness, u16, u32, u64};
use nom::{IResult, Parser};

use super::extent::*;
use super::{CUSTOM_BLOCK, JOURNAL_ENTRY, SYSDIG_EVENT};

/// What such a block holds; `None` where it is too short for it.
pub(super) struct Entry {
    /// What stands for its interface and its link type.
    pub link: u16,
    /// How many bytes of the block's body stand before its data.
    pub lead: usize,
    /// How long the data is, as the block has it.
    pub captured: usize,
    /// How long the data is, as the block says.
    pub original: u32,
    /// When it was, where it says so.
    pub time_ns: Option<i64>,
}

/// Reads the body of a block.
#[cold]
pub(super) fn entry(order: Endianness, kind: u32, body: &[u8]) -> Option<Entry> {
    match kind {
        CUSTOM | CUSTOM_NOT_COPYABLE => {
            // After the number of who defines it, data and options: only the definer can tell them apart.
            let data = body.get(4..)?;
            Some(whole(CUSTOM_BLOCK, 4, data.len(), None))
        }
        JOURNAL => {
            // Text; what follows its last line fills up to 32 bits.
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

/// When the journal received the entry, in the export format of systemd: microseconds since 1970.
fn journal_time(text: &[u8]) -> Option<i64> {
    let mut lines = text.split(|byte| *byte == b'\n');
    let digits = lines.find_map(|line| line.strip_prefix(b"__REALTIME_TIMESTAMP="))?;
    let microseconds: i64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    microseconds.checked_mul(1000)
}

/// The processor, the time, the thread, the length and the kind of an event, and in later versions how many parameters
/// it has.
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
