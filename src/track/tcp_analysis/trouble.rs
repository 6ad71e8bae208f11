//! The trouble of a connection, and the packets that show it. Most connections have none.

use super::time_shares::Share;
use crate::track::{Side, seq::before};
use dissectors::{AnalysisFlags, PerSide, Segment, TcpAnalysis};

/// The maximum number of packets that are kept as the evidence of one kind of trouble.
pub const MAX_PACKETS: usize = 16;

/// How many marks there are.
pub(super) const MARKS: usize = 15;

/// The trouble of one side.
#[derive(Clone, Copy, Debug, Default)]
pub struct SideTrouble {
    /// Segments sent again after a timeout.
    pub timeouts: u32,
    /// Segments sent again sooner: after duplicate or selective acknowledgments.
    pub fast: u32,
    /// Segments sent again although they had been acknowledged.
    pub unneeded: u32,
    /// Segments that the other side says it received twice.
    pub came_twice: u32,
    /// Segments that overtook each other.
    pub reordered: u32,
    /// Segments sent again that had been captured before, so that they were lost between the capture and the receiver.
    pub lost_after: u32,
    /// Segments sent again that filled a gap: they were lost between the sender and the capture.
    pub lost_before: u32,
    /// How often its own window was 0.
    pub zero_windows: u32,
    /// How long together, as far as it opened again, nanoseconds.
    pub(super) zero_ns: i64,
    /// How long at most, nanoseconds.
    pub(super) longest_zero_ns: i64,
    /// Since when its own window is 0.
    pub(super) zero_since: Option<i64>,
    /// How often it waited for a delayed acknowledgment with small data.
    pub delayed: u32,
    /// How long together, nanoseconds.
    pub delayed_ns: i64,
    /// Keep-alives and probes that were not answered, in a row until the end.
    pub unanswered: u32,
    /// The segment that is sent again and again.
    pub stuck: Option<Stuck>,
    /// The most often that one segment was sent again after timeouts until a shorter one got through.
    pub shortened: Option<Stuck>,
    /// A router reported that its segments are too big for a link: what was in flight then.
    pub(super) too_big: Option<InFlight>,
    /// Segments of that data that were sent again and fit into the link.
    pub resized: u32,
    /// Data that never arrived, although later data did.
    pub missing: Option<Missing>,
    /// It waits for lost data to be acknowledged up to this number.
    pub(super) recover: Option<u32>,
}

/// What was in flight when a router reported that it is too big for a link.
#[derive(Clone, Copy, Debug)]
pub(super) struct InFlight {
    /// One past its last sequence number.
    pub end: u32,
    /// How much the link lets through behind the headers of IP and TCP without options, bytes; none if it is not known.
    pub room: Option<u32>,
}

/// Data that was not captured before later data of its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its sequence number.
    pub seq: u32,
    /// How much it is, bytes.
    pub length: u32,
    /// The packet with the later data.
    pub packet: u32,
    /// When that came, nanoseconds since the epoch.
    pub since_ns: i64,
    /// Its receiver has asked for it since.
    pub is_asked_for: bool,
}

impl SideTrouble {
    /// Returns how many segments with data were sent again for whatever reason.
    pub fn again_in_all(&self) -> u32 {
        self.lost_before
            .saturating_add(self.lost_after)
            .saturating_add(self.unneeded)
            .saturating_add(self.resized)
    }

    /// Returns how many segments were lost and sent again, without those that turned out not to be lost.
    pub fn lost(&self) -> u32 {
        let needless = self.came_twice.saturating_sub(self.unneeded);
        self.lost_before + self.lost_after.saturating_sub(needless)
    }
}

/// The trouble of a connection without trouble.
pub(super) static NO_TROUBLE: SideTrouble = SideTrouble {
    timeouts: 0,
    fast: 0,
    unneeded: 0,
    came_twice: 0,
    reordered: 0,
    lost_after: 0,
    lost_before: 0,
    zero_windows: 0,
    zero_ns: 0,
    longest_zero_ns: 0,
    zero_since: None,
    delayed: 0,
    delayed_ns: 0,
    unanswered: 0,
    stuck: None,
    shortened: None,
    too_big: None,
    resized: 0,
    missing: None,
    recover: None,
};

/// Data that was sent again after timeouts, without any of it being acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// Its sequence number.
    pub seq: u32,
    /// Its length, bytes.
    pub length: u32,
    /// How often it was sent again.
    pub times: u32,
    /// The packet that sent it again first.
    pub packet: u32,
    /// How often it was sent again since the other side has sent anything.
    pub in_silence: u32,
    /// The packet that did so first.
    pub silent_packet: u32,
    /// When the segment had been sent before that packet, nanoseconds since the epoch.
    pub silent_since_ns: i64,
}

/// What most connections do not have: marks of the analysis, trouble, and the packets that show it, at most
/// `MAX_PACKETS` of each kind.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    pub(super) sides: PerSide<SideTrouble>,
    /// How often each mark of the analysis was set.
    pub(super) counts: [u32; MARKS],
    /// Segments sent again.
    pub lost: Packets,
    /// Segments sent again because they had been too big.
    pub resized: Packets,
    /// Segments that overtook others.
    pub reordered: Packets,
    /// Segments that closed a window or opened it again.
    pub zero: Packets,
    /// Acknowledgments that came late.
    pub delayed: Packets,
    /// Segments that filled a window.
    pub filled: Packets,
    /// The slowest answers.
    pub answers: Vec<Answer>,
    /// Keep-alives and probes without an answer.
    pub unanswered: Packets,
    /// What came before the RST that ended it.
    pub reset: Option<BeforeReset>,
}

/// What came before a RST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BeforeReset {
    /// How much data the side that sent last had sent since the other side did, bytes.
    pub length: u32,
    /// How long ago it had sent that, nanoseconds.
    pub waited_ns: i64,
}

/// An answer: how long it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The side that answered.
    pub by: Side,
    /// The packet with the end of the request; 0 if there was none.
    pub request: u32,
    /// The length of the request, bytes.
    pub length: u32,
    /// The packet with the beginning of the answer.
    pub packet: u32,
    /// The time between them without the round trip, nanoseconds.
    pub ns: i64,
    /// A few bytes had come before, which may not have been the answer: the tickets of TLS 1.3.
    pub is_continued: bool,
}

/// The first packets of some kind.
#[derive(Clone, Debug, Default)]
pub struct Packets(Vec<u32>);

impl Packets {
    pub(super) fn push(&mut self, packet: u32) {
        if self.0.len() < MAX_PACKETS && self.0.last() != Some(&packet) {
            self.0.push(packet);
        }
    }

    /// Returns them in order.
    pub fn as_slice(&self) -> &[u32] {
        &self.0
    }
}

impl Evidence {
    /// Returns what a connection waits for while a window is 0 or data is lost. `turn` is the side that sent last.
    pub(super) fn waits_for(&self, turn: Option<Side>, is_again: bool) -> Option<Share> {
        let PerSide { client, server } = &self.sides;
        let waits = |own: &SideTrouble, other: &SideTrouble, side| {
            other.zero_since.is_some() && (turn == Some(side) || own.unanswered > 0)
        };
        if waits(client, server, Side::Client) || waits(server, client, Side::Server) {
            Some(Share::Window)
        } else if is_again || client.recover.is_some() || server.recover.is_some() {
            Some(Share::Retransmission)
        } else {
            None
        }
    }

    pub(super) fn answered(&mut self, answer: Answer) {
        if self.answers.len() < MAX_PACKETS {
            self.answers.push(answer);
        } else if let Some(quickest) = self.answers.iter_mut().min_by_key(|known| known.ns)
            && quickest.ns < answer.ns
        {
            *quickest = answer;
        }
    }

    pub(super) fn allocated(&self) -> usize {
        let packets = [
            &self.lost,
            &self.resized,
            &self.reordered,
            &self.zero,
            &self.delayed,
            &self.filled,
            &self.unanswered,
        ];
        let packets = packets.map(|packets| packets.0.capacity() * size_of::<u32>());
        size_of::<Evidence>()
            + packets.iter().sum::<usize>()
            + self.answers.capacity() * size_of::<Answer>()
    }
}

/// Why data comes after later data of its sender. The marks of the analysis are Wireshark's, which go by the time alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Late {
    /// It was captured before: it was lost behind the capture, or its acknowledgment was.
    Resent,
    /// It was sent again after the later data: it was lost before the capture.
    Lost,
    /// It was sent before the later data, which overtook it.
    Overtaken,
}

impl Late {
    /// Decides. `newest` is TSval of the newest data of its sender, and `rtt` the round trip, nanoseconds, 0 if it is not
    /// known. None if it is not late.
    pub(super) fn of(
        segment: &Segment,
        found: &TcpAnalysis,
        newest: Option<u32>,
        rtt: i64,
    ) -> Option<Late> {
        const AGAIN: u16 = AnalysisFlags::RETRANSMISSION | AnalysisFlags::FAST_RETRANSMISSION;
        if !found.flags.any(AGAIN | AnalysisFlags::OUT_OF_ORDER) {
            return None;
        }
        if found.captured_before > 0 {
            return Some(Late::Resent);
        }
        // A sender's clock never goes back: RFC 7323, section 4.3.
        if let (Some((tsval, _)), Some(newest)) = (segment.options.timestamps, newest)
            && tsval != newest
        {
            return Some(match before(newest, tsval) {
                true => Late::Lost,
                false => Late::Overtaken,
            });
        }
        Some(match found.fills {
            // To ask for it and to get it takes a round trip.
            Some(gap) if rtt > 0 => {
                match gap.known_ns.saturating_mul(10) >= rtt.saturating_mul(9) {
                    true => Late::Lost,
                    false => Late::Overtaken,
                }
            }
            _ if found.flags.any(AGAIN) => Late::Lost,
            _ => Late::Overtaken,
        })
    }
}

impl SideTrouble {
    /// Counts data that is sent again after a timeout. It had been sent before at `since_ns`.
    pub(super) fn again(&mut self, packet: u32, since_ns: i64, seq: u32, length: u32) {
        let fresh = Stuck {
            seq,
            length,
            times: 1,
            packet,
            in_silence: 1,
            silent_packet: packet,
            silent_since_ns: since_ns,
        };
        self.stuck = Some(match self.stuck {
            Some(stuck) if stuck.seq == seq && stuck.length <= length => {
                let begins = stuck.in_silence == 0;
                Stuck {
                    times: stuck.times.saturating_add(1),
                    in_silence: stuck.in_silence.saturating_add(1),
                    silent_packet: if begins { packet } else { stuck.silent_packet },
                    silent_since_ns: if begins {
                        since_ns
                    } else {
                        stuck.silent_since_ns
                    },
                    ..stuck
                }
            }
            Some(stuck) if stuck.seq == seq => {
                let known = self.shortened.map_or(0, |known| known.times);
                if stuck.times > known {
                    self.shortened = Some(stuck);
                }
                fresh
            }
            _ => fresh,
        });
    }

    /// Whether data that is sent again was in flight when a router reported that it is too big. Returns whether it fits
    /// into the link now.
    pub(super) fn is_resized(&self, segment: &Segment, length: u32, longest: u32) -> Option<bool> {
        /// The option and its padding: RFC 7323, appendix A.
        const TIMESTAMPS: u32 = 12;
        let in_flight = self.too_big?;
        if before(in_flight.end, segment.seq.wrapping_add(length)) {
            return None;
        }
        let options = segment.options.timestamps.map_or(0, |_| TIMESTAMPS);
        Some(match in_flight.room {
            Some(room) => length.saturating_add(options) <= room,
            None => length < longest,
        })
    }

    /// Notes that data is missing before a segment.
    pub(super) fn miss(&mut self, packet: u32, time_ns: i64, seq: u32, length: u32) {
        self.missing.get_or_insert(Missing {
            seq,
            length,
            packet,
            since_ns: time_ns,
            is_asked_for: false,
        });
    }

    /// Follows data of its own, which may be what was missing.
    pub(super) fn found(&mut self, seq: u32) {
        self.missing = self.missing.filter(|missing| before(missing.seq, seq));
    }

    /// Follows a segment of the other side, which may acknowledge something.
    pub(super) fn answered(&mut self, ack: Option<u32>) {
        self.unanswered = 0;
        if let Some(stuck) = &mut self.stuck {
            stuck.in_silence = 0;
        }
        let Some(ack) = ack else { return };
        self.missing = self
            .missing
            .filter(|missing| !before(missing.seq, ack))
            .map(|missing| Missing {
                is_asked_for: missing.is_asked_for || missing.seq == ack,
                ..missing
            });
        self.recover = self.recover.filter(|recover| before(ack, *recover));
        self.stuck = self.stuck.filter(|stuck| !before(stuck.seq, ack));
    }
}
