//! Moves the cursor, and keeps it on its content while lines are still made.

use super::{model::FollowModel, search::Hit};
use crate::{follow::script::Block, lang::text, track::Side, ui::pane::Reply};

/// A position that the cursor is to go to, as soon as its line has been made.
#[derive(Clone, Copy, Debug)]
pub enum Wanted {
    /// The first byte that a packet carried.
    Packet(u32),
    /// A byte of a side, in the data that this packet made readable, `line` lines below the top of the screen.
    PaneArea {
        from: Side,
        at: u64,
        packet: u32,
        line: usize,
    },
    /// The last line, even while more come.
    End,
    /// The next hit after a byte, or the one before it.
    Hit {
        forward: bool,
        block: usize,
        at: u64,
    },
}

impl FollowModel {
    /// Makes the cursor return to its content, wherever its line will be.
    pub(super) fn stay(&mut self) {
        self.sent_to = None;
        let row = self.rows().get(self.cursor.selected).copied();
        if self.wanted.is_none()
            && self.cursor.selected > 0
            && let Some(row) = row
            && let Some(block) = self.block(&row)
        {
            self.wanted = Some(Wanted::PaneArea {
                from: block.from,
                at: row.at,
                packet: block.packet,
                line: self.cursor.selected - self.cursor.top.min(self.cursor.selected),
            });
        }
    }

    /// Goes to the wanted position, once it is there.
    pub(super) fn go(&mut self) {
        let (Some(layout), Some(wanted)) = (&self.layout, self.wanted) else {
            return;
        };
        let is_done = layout.is_done();
        if let Wanted::End = wanted {
            self.cursor.selected = layout.rows().len().saturating_sub(1);
            if is_done && self.ended {
                self.wanted = None;
            }
            return;
        }
        let Some((block, at)) = self.place_of(wanted) else {
            return;
        };
        if let Wanted::Hit { .. } = wanted {
            self.hit = Some((block, at));
        }
        let row = layout.find(block, at);
        if let Some(row) = row {
            self.cursor.selected = row;
            match wanted {
                Wanted::Packet(packet) => self.sent_to = Some((row, packet)),
                Wanted::PaneArea { line, .. } => self.cursor.top = row.saturating_sub(line),
                Wanted::Hit { .. } | Wanted::End => {}
            }
        }
        if row.is_some() || is_done {
            self.wanted = None;
        }
    }

    /// Returns the wanted block and byte; nothing while they are not known.
    fn place_of(&self, wanted: Wanted) -> Option<(usize, u64)> {
        let blocks = self.script.blocks();
        let by_packet = |packet: u32| {
            let block = blocks.partition_point(|block| block.packet < packet);
            let block = block.min(blocks.len().saturating_sub(1));
            (block, blocks.get(block).map_or(0, |block| block.at))
        };
        let by_byte = |from: Side, at: u64| {
            let inside = |block: &Block| block.from == from && (block.at..block.end).contains(&at);
            Some((blocks.iter().position(inside)?, at))
        };
        match wanted {
            Wanted::Packet(packet) => {
                let carried = [Side::Client, Side::Server].into_iter().find_map(|from| {
                    let mut pieces = self.script.stream(from).pieces.iter();
                    let piece = pieces.find(|piece| piece.packet == packet)?;
                    by_byte(from, piece.at)
                });
                match carried {
                    None if self.behind => None,
                    carried => Some(carried.unwrap_or_else(|| by_packet(packet))),
                }
            }
            Wanted::PaneArea {
                from, at, packet, ..
            } => Some(by_byte(from, at).unwrap_or_else(|| by_packet(packet))),
            Wanted::Hit { forward, block, at } => self.next_hit(forward, (block, at)),
            Wanted::End => None,
        }
    }

    /// Returns the next hit after a position, or the one before it; wraps around at the end. Nothing while it may still
    /// be found.
    fn next_hit(&self, forward: bool, from: (usize, u64)) -> Option<(usize, u64)> {
        let search = self.search.as_ref()?;
        let hits = search.hits();
        let found = match forward {
            true => hits.get(hits.partition_point(|hit| hit.place() < from)),
            false => hits
                .partition_point(|hit| hit.place() < from)
                .checked_sub(1)
                .and_then(|last| hits.get(last)),
        };
        let reached = (search.blocks(), search.reached().unwrap_or(0)) >= from;
        match found {
            Some(hit) if forward || search.is_done() || reached => Some(hit.place()),
            Some(_) => None,
            None if !search.is_done() => None,
            None if forward => hits.first().map(Hit::place),
            None => hits.last().map(Hit::place),
        }
    }

    /// Goes to the first line of the next turn, or of this one, or of the previous one.
    pub(super) fn turn(&mut self, forward: bool) {
        let rows = self.rows();
        let selected = self.cursor.selected;
        let Some(block) = rows.get(selected).map(|row| row.block) else {
            return;
        };
        let first = |block: u32| rows.partition_point(|row| row.block < block);
        let to = match forward {
            true => first(block + 1),
            false if first(block) < selected => first(block),
            false => first(block.saturating_sub(1)),
        };
        if to < rows.len() {
            self.cursor.selected = to;
            self.wanted = None;
        }
    }

    pub(super) fn walk_hits(&mut self, forward: bool) -> Reply {
        let (Some(search), Some(row)) = (&self.search, self.rows().get(self.cursor.selected))
        else {
            return Reply::Done;
        };
        if search.is_done() && search.hits().is_empty() {
            return Reply::Say(search.nowhere());
        }
        let block = row.block as usize;
        // From the hit in this line that the cursor was sent to; else from the line.
        let mut here = search.hits_in(row).iter();
        let at = match here.find(|hit| Some(hit.place()) == self.hit) {
            Some(hit) if forward => hit.at + 1,
            Some(hit) => hit.at,
            None => row.at,
        };
        let from = (block, at);
        let round = search.is_done()
            && match forward {
                true => search.hits().last().is_some_and(|hit| hit.place() < from),
                false => search.hits().first().is_some_and(|hit| hit.place() >= from),
            };
        self.wanted = Some(Wanted::Hit { forward, block, at });
        match (round, forward) {
            (true, true) => Reply::Say(text!("follow-from-beginning").to_owned()),
            (true, false) => Reply::Say(text!("follow-from-end").to_owned()),
            _ => Reply::Done,
        }
    }
}
