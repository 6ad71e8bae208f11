//! The newer format, PCAP-NG draft (draft-ietf-opsawg-pcapng): sections of blocks.

use nom::number::{Endianness, u16, u32};
use nom::{IResult, Parser};

use super::blocks;
use super::clock::Clock;
use super::diagnostic::Problem;
use super::entries;
use super::extent::*;
use super::found::{Found, Section};
use super::pcap::LOOKAHEAD;
use super::source::{Source, numbers};
use super::{Record, Step};
use crate::lang::{Count, TextId, text};

/// The maximum length of a block that is searched for after garbage.
const MAX_SOUGHT: u32 = 16 * 1024 * 1024;

/// How many candidates in one search after garbage may be examined outside the window.
const MAX_FAR_LOOKS: u32 = 100_000;

/// The read position in a pcapng file.
pub(super) struct Pcapng {
    order: Endianness,
    /// The interfaces of this section: `count` of them, beginning with `first`.
    first: usize,
    count: usize,
    /// The clocks of all interfaces.
    clocks: Vec<Clock>,
    /// The time of the last packet, for packets without one.
    time_ns: i64,
}

impl Pcapng {
    pub fn new(order: Endianness) -> Pcapng {
        Pcapng {
            order,
            first: 0,
            count: 0,
            clocks: Vec::new(),
            time_ns: 0,
        }
    }

    /// Returns the next packet.
    #[inline]
    pub fn next(&mut self, source: &mut Source, found: &mut Found, growing: bool) -> Step {
        loop {
            source.fill(BLOCK);
            if source.window().len() < BLOCK {
                return end(source, found, growing || source.is_held_back());
            }
            let head = Head::parse(self.order, source.window());
            let extent = head.map_or(Extent::Garbage, |head| extent(source, &head));
            if !matches!(extent, Extent::Whole(_)) && !source.is_blocking() {
                return match extent {
                    Extent::HeldBack => Step::Wait,
                    _ => Step::Doubt,
                };
            }
            let (Some(head), total) = (match extent {
                Extent::Whole(total) => (head, total),
                Extent::Mismatched(total) => {
                    bad_block(found, source.offset(), TextId("problem-two-lengths"));
                    (head, total)
                }
                Extent::CutShort if growing => return Step::Wait,
                extent => {
                    if self.resynchronise(source, found) {
                        continue;
                    }
                    if growing {
                        return Step::Wait;
                    }
                    give_up(
                        source,
                        found,
                        head.filter(|_| matches!(extent, Extent::CutShort)),
                    );
                    return Step::End;
                }
            }) else {
                return Step::End;
            };
            let offset = source.offset();
            if !head.is_read() {
                if head.is_known() && !matches!(head.kind, 7 | 8) {
                    found.diagnose(offset, Problem::BadBlock, || {
                        text!("problem-large-block", count = Count(total))
                    });
                }
                source.seek(offset + total);
                continue;
            }
            let total = usize::try_from(total).unwrap_or(usize::MAX);
            let record = self.block(source, found, &head, total);
            source.consume(total);
            if let Some(record) = record {
                self.time_ns = record.time_ns;
                return Step::Packet(record);
            }
        }
    }

    /// Reads a block that is completely in the window; returns the record, if it is a packet.
    #[inline]
    fn block(
        &mut self,
        source: &Source,
        found: &mut Found,
        head: &Head,
        total: usize,
    ) -> Option<Record> {
        let offset = source.offset();
        let body = source.window().get(8..total - 4).unwrap_or_default();
        match head.kind {
            ENHANCED_PACKET | OLD_PACKET => self.packet(source, found, head.kind, body),
            SIMPLE_PACKET => self.simple_packet(source, found, body),
            CUSTOM | CUSTOM_NOT_COPYABLE | JOURNAL | SYSDIG | SYSDIG_2 | SYSDIG_2_LARGE => {
                self.entry(source, found, head.kind, body)
            }
            _ => {
                self.description(found, head, body, offset);
                None
            }
        }
    }

    /// Reads an Enhanced Packet Block (section 4.3), or the older Packet Block (appendix A), which differs in one
    /// field.
    #[inline]
    fn packet(
        &mut self,
        source: &Source,
        found: &mut Found,
        kind: u32,
        body: &[u8],
    ) -> Option<Record> {
        let offset = source.offset();
        let Some(([interface, high, low, captured, original], rest)) =
            packet_fields(self.order, kind, body)
        else {
            bad_block(found, offset, TextId("problem-short-packet-block"));
            return None;
        };
        let id = interface as usize;
        let clock = (id < self.count)
            .then(|| self.clocks.get(self.first + id))
            .flatten();
        let Some(clock) = clock else {
            found.diagnose(offset, Problem::BadInterface, || {
                text!(
                    "problem-unknown-interface",
                    interface,
                    described = self.count
                )
            });
            return None;
        };
        let time_ns = clock.nanoseconds(u64::from(high) << 32 | u64::from(low));
        let length = (captured as usize).min(rest.len());
        if length < captured as usize {
            found.diagnose(offset, Problem::BadBlock, || {
                let (says, room) = (Count(captured.into()), Count(length as u64));
                text!("problem-packet-beyond-block", says, room)
            });
        }
        let options = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        if !options.is_empty() && blocks::packet_options(self.order, options, found, offset) {
            overrun(found, offset);
        }
        Some(self.record(source, 28, length, original, id, Some(time_ns)))
    }

    /// Reads a Simple Packet Block (section 4.4): of the section's first interface, without a time.
    fn simple_packet(&mut self, source: &Source, found: &mut Found, body: &[u8]) -> Option<Record> {
        let offset = source.offset();
        let fixed: IResult<&[u8], u32> = u32(self.order).parse_complete(body);
        let Ok((rest, original)) = fixed else {
            bad_block(found, offset, TextId("problem-short-packet-block"));
            return None;
        };
        let Some(interface) = found.interfaces.get(self.first).filter(|_| self.count > 0) else {
            found.diagnose(offset, Problem::BadInterface, || {
                text!("problem-no-interface").to_owned()
            });
            return None;
        };
        let limit = if interface.snaplen == 0 {
            u32::MAX
        } else {
            interface.snaplen
        };
        let length = rest.len().min(original.min(limit) as usize);
        Some(self.record(source, 12, length, original, 0, None))
    }

    /// Reads a block without a packet that is numbered as one.
    #[cold]
    fn entry(&self, source: &Source, found: &mut Found, kind: u32, body: &[u8]) -> Option<Record> {
        let Some(entry) = entries::entry(self.order, kind, body) else {
            bad_block(found, source.offset(), TextId("problem-short-block"));
            return None;
        };
        let lead = 8 + entry.lead;
        Some(Record {
            time_ns: entry.time_ns.unwrap_or(self.time_ns),
            has_time: entry.time_ns.is_some(),
            offset: source.offset() + lead as u64,
            captured: u32::try_from(entry.captured).unwrap_or(u32::MAX),
            original: entry.original,
            interface: entry.link,
            link_type: 0,
            place: source.place(lead),
        })
    }

    #[inline]
    fn record(
        &self,
        source: &Source,
        lead: usize,
        length: usize,
        original: u32,
        id: usize,
        time_ns: Option<i64>,
    ) -> Record {
        Record {
            time_ns: time_ns.unwrap_or(self.time_ns),
            has_time: time_ns.is_some(),
            offset: source.offset() + lead as u64,
            captured: u32::try_from(length).unwrap_or(u32::MAX),
            original,
            interface: u16::try_from(self.first + id).unwrap_or(u16::MAX),
            link_type: 0,
            place: source.place(lead),
        }
    }

    /// Reads a block that describes something.
    #[cold]
    fn description(&mut self, found: &mut Found, head: &Head, body: &[u8], offset: u64) {
        match head.kind {
            SECTION_HEADER => {
                self.order = head.order;
                self.first = found.interfaces.len();
                self.count = 0;
                let mut section = Section {
                    packets_before: found.packets,
                    interfaces_before: found.interfaces.len(),
                    ..Section::default()
                };
                if blocks::section(head.order, body.get(4..).unwrap_or_default(), &mut section) {
                    overrun(found, offset);
                }
                found.section(offset, section);
            }
            INTERFACE_DESCRIPTION => match blocks::interface(self.order, body) {
                Some((interface, clock, overran)) => {
                    if overran {
                        overrun(found, offset);
                    }
                    if found.interface(offset, interface) {
                        self.clocks.push(clock);
                        self.count += 1;
                    }
                }
                None => {
                    bad_block(found, offset, TextId("problem-short-interface-block"));
                }
            },
            INTERFACE_STATISTICS => {
                if let Some((id, received, drops)) = blocks::statistics(self.order, body)
                    && (id as usize) < self.count
                    && let Some(interface) = found.interfaces.get_mut(self.first + id as usize)
                {
                    interface.count(received, drops);
                }
            }
            NAME_RESOLUTION => blocks::names(self.order, body, found, offset),
            DECRYPTION_SECRETS => blocks::secrets(self.order, body, found, offset),
            _ => {}
        }
    }

    /// Searches for the next block after garbage, and goes there; else stays.
    #[cold]
    fn resynchronise(&self, source: &mut Source, found: &mut Found) -> bool {
        let garbage = source.offset();
        let mut looks = 0;
        source.consume(1);
        while source.offset() - garbage < LOOKAHEAD && looks < MAX_FAR_LOOKS {
            let there = source.fill(BLOCK);
            if there < BLOCK {
                break;
            }
            for index in 0..=there - BLOCK {
                let Some(head) = source
                    .window()
                    .get(index..)
                    .and_then(|bytes| Head::parse(self.order, bytes))
                else {
                    continue;
                };
                if !head.is_known() || head.length > MAX_SOUGHT {
                    continue;
                }
                looks += 1;
                let offset = source.offset() + index as u64;
                if trailer(source, head.order, offset + u64::from(head.length)) == Some(head.length)
                {
                    source.consume(index);
                    let skipped = Count(offset - garbage);
                    found.diagnose(garbage, Problem::Garbage, || {
                        text!("problem-garbage", skipped)
                    });
                    return true;
                }
            }
            source.consume(there - BLOCK + 1);
        }
        source.seek(garbage);
        false
    }
}

/// Reads the interface, both halves of the time, the captured and the original length; returns them with the bytes that
/// follow.
#[inline]
fn packet_fields(order: Endianness, kind: u32, body: &[u8]) -> Option<([u32; 5], &[u8])> {
    if kind == ENHANCED_PACKET {
        return numbers(order, body);
    }
    // An interface and a count of drops, 16 bits each.
    let fields: IResult<&[u8], (u16, u16)> = (u16(order), u16(order)).parse_complete(body);
    let (body, (interface, _drops)) = fields.ok()?;
    let ([high, low, captured, original], rest) = numbers(order, body)?;
    Some(([interface.into(), high, low, captured, original], rest))
}

#[cold]
fn overrun(found: &mut Found, offset: u64) {
    bad_block(found, offset, TextId("problem-long-option"));
}

#[cold]
fn bad_block(found: &mut Found, offset: u64, what: TextId) {
    found.diagnose(offset, Problem::BadBlock, || what.text().to_owned());
}

/// Handles the end of the file, possibly with the beginning of a block.
#[cold]
fn end(source: &Source, found: &mut Found, growing: bool) -> Step {
    if growing {
        return Step::Wait;
    }
    let there = source.window().len();
    if there > 0 {
        let packet = Count(found.packets + 1);
        found.diagnose(source.offset(), Problem::CutShort, || {
            text!("problem-cut-short-beginning", packet, there)
        });
    }
    Step::End
}

/// Reports why there are no more packets: the block is cut short, or there is none.
#[cold]
fn give_up(source: &Source, found: &mut Found, cut: Option<Head>) {
    let offset = source.offset();
    let Some(head) = cut else {
        found.diagnose(offset, Problem::Garbage, || {
            text!("problem-no-block").to_owned()
        });
        return;
    };
    let (packet, length) = (Count(found.packets + 1), Count(head.length.into()));
    let there = Count(source.rest(offset));
    let holds_packet = matches!(head.kind, ENHANCED_PACKET | SIMPLE_PACKET | OLD_PACKET);
    found.diagnose(offset, Problem::CutShort, || match holds_packet {
        true => text!("problem-cut-short-packet-block", packet, length, there),
        false => text!("problem-cut-short-block", packet, length, there),
    });
}
