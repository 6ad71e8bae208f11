//! Where a segment stands: its conversation, and the packets before it.

use crate::{
    format::duration,
    ladder::Step,
    store::Contents,
    track::{Conversation, Side},
};
use dissectors::WindowScale;

/// The maximum number of earlier packets that are searched for the one that explains another.
pub const MAX_BEFORE: usize = 4096;

/// A conversation up to one of its packets.
#[derive(Clone, Copy)]
pub struct Situation<'a> {
    /// The capture.
    pub contents: &'a Contents,
    /// The conversation.
    pub conversation: Conversation<'a>,
    /// Its packets before this one, oldest first: the last [`MAX_BEFORE`].
    pub before: &'a [Step],
    /// Whether sequence numbers are shown as on the wire.
    pub absolute: bool,
}

impl<'a> Situation<'a> {
    /// Returns when a packet was captured, nanoseconds since the epoch.
    pub fn time(&self, packet: u32) -> i64 {
        let record = self.contents.packets.get(packet);
        record.map_or(self.conversation.start_ns, |record| record.order_ns)
    }

    /// Returns the time from one packet to another, in words.
    pub fn between(&self, from: u32, to: u32) -> String {
        duration(self.time(to).saturating_sub(self.time(from)))
    }

    /// Returns a sequence number of this side for display.
    pub fn number(&self, of: Side, number: u32) -> u32 {
        let base = self.conversation.tcp().side(of).base_seq;
        match (self.absolute, base) {
            (false, Some(base)) => number.wrapping_sub(base),
            _ => number,
        }
    }

    /// Returns a window in bytes, scaled where the scale is known.
    pub fn window(&self, step: &Step) -> u64 {
        let shift = match self.conversation.tcp().window_scale(step.from) {
            WindowScale::Shift(shift) if !step.flags.syn() => shift.min(14),
            _ => 0,
        };
        u64::from(step.window) << shift
    }

    /// Returns the nearest earlier packet for which this holds.
    pub fn earlier(&self, holds: impl Fn(&Step) -> bool) -> Option<&'a Step> {
        self.before.iter().rev().find(|step| holds(step))
    }

    /// Returns the packet of a side with the highest sequence numbers.
    pub fn highest(&self, side: Side) -> Option<&'a Step> {
        let sent = |step: &&Step| step.from == side && step.kind.is_segment() && !step.flags.rst();
        let own = self.before.iter().filter(sent);
        own.reduce(
            |highest, step| match step.end().wrapping_sub(highest.end()) < 1 << 31 {
                true => step,
                false => highest,
            },
        )
    }
}
