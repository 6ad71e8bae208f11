//! What a conversation keeps of its TCP connection. Most connections of a scan or a SYN flood consist of one segment:
//! it is kept as it came, and the state is derived from it when it is needed.

use super::{Analysis, Frame, Offered, Protocol, Side, Tcp, TcpSummary, history::History};
use dissectors::{AnalysisFlags, PerSide, Segment, SegmentOptions, TcpFlags, sack_blocks};
use std::borrow::Cow;

/// The state of a conversation's transport layer.
#[derive(Debug, Default)]
pub(super) enum Connection {
    /// Nothing has come, only ICMP errors about it.
    #[default]
    Nothing,
    /// Datagrams, the first of which this side sent.
    Datagrams(Side),
    /// Datagrams, some of which have a wrong checksum, and their history.
    DamagedDatagrams(Box<History>),
    /// One segment without payload, which began the conversation.
    First(FirstSegment),
    /// Several segments, or payload.
    Followed(Box<Followed>),
}

/// The state of a TCP connection.
#[derive(Clone, Debug, Default)]
#[repr(C)]
pub(super) struct Followed {
    /// The history in Zeek's notation.
    pub history: History,
    pub tcp: Tcp,
    /// The analysis of its segments.
    pub analysis: Analysis,
}

/// The segment that began a conversation.
#[derive(Clone, Copy, Debug)]
pub(super) struct FirstSegment {
    seq: u32,
    ack: u32,
    flags: TcpFlags,
    window: u16,
    options: Offered,
    accurate_ecn: bool,
    from: Side,
}

impl FirstSegment {
    fn new(from: Side, segment: &Segment) -> Self {
        FirstSegment {
            seq: segment.seq,
            ack: segment.ack,
            flags: segment.flags,
            window: segment.window,
            options: segment.options.into(),
            accurate_ecn: segment.options.accurate_ecn,
            from,
        }
    }

    /// Returns the segment as far as the state depends on it.
    fn segment(&self) -> Segment {
        let Offered {
            mss,
            window_scale,
            fast_open,
            sack_permitted,
            timestamps,
            mptcp,
        } = self.options;
        Segment {
            seq: self.seq,
            ack: self.ack,
            flags: self.flags,
            window: self.window,
            options: SegmentOptions {
                mss,
                window_scale,
                fast_open,
                sack_permitted,
                timestamps: timestamps.then_some((0, 0)),
                mptcp,
                accurate_ecn: self.accurate_ecn,
                sack_blocks: false,
            },
            ..Segment::default()
        }
    }
}

/// A segment with what belongs to it outside of its header's fixed part.
#[derive(Clone, Copy)]
pub(super) struct Arrived<'s> {
    pub segment: &'s Segment,
    /// The length of its data, bytes.
    pub payload: u32,
    /// Its options, where they hold SACK blocks.
    pub options: &'s [u8],
    /// The ports of its conversation were those of an earlier one.
    pub reuses: bool,
}

impl Followed {
    /// Reads a field of each cache line at once. With many connections none of them is in a cache, and the lines would be
    /// waited for one after another.
    #[inline]
    fn touch(&self) {
        let PerSide { client, server } = &self.tcp.sides;
        let tcp = client.next_seq ^ server.next_seq ^ u32::from(self.tcp.completeness);
        std::hint::black_box(tcp ^ self.analysis.touch());
    }

    /// Adds the next segment. Not inlined, so that what it calls is.
    #[inline(never)]
    fn add(&mut self, frame: Frame, direction: Side, arrived: Arrived) -> AnalysisFlags {
        self.touch();
        let Arrived {
            segment,
            payload,
            options,
            reuses,
        } = arrived;
        follow(
            (&mut self.history, &mut self.tcp),
            frame,
            direction,
            (segment, payload),
        );
        if segment.short {
            AnalysisFlags::default()
        } else {
            self.analysis.came_twice(direction, segment, options);
            self.analysis.add(
                frame,
                direction,
                (segment, payload),
                sack_blocks(options),
                &self.tcp,
                reuses,
            )
        }
    }
}

/// Adds a segment to the history and the state of a connection.
#[inline]
fn follow(
    (history, tcp): (&mut History, &mut Tcp),
    frame: Frame,
    direction: Side,
    (segment, payload): (&Segment, u32),
) {
    let lacks_some = history.has_gap(direction);
    history.tcp(direction, segment, payload, tcp);
    tcp.add(frame, direction, segment, payload, lacks_some);
}

impl FirstSegment {
    /// Returns the history and the state after it. Its packet is `first`.
    fn state(&self, first: Frame) -> (History, Tcp) {
        let (mut history, mut tcp) = (History::default(), Tcp::default());
        let both = (&mut history, &mut tcp);
        follow(both, first, self.from, (&self.segment(), 0));
        (history, tcp)
    }

    /// Returns all that is known after it.
    fn followed(&self, first: Frame, reuses: bool) -> Box<Followed> {
        let mut followed = Box::<Followed>::default();
        let arrived = Arrived {
            segment: &self.segment(),
            payload: 0,
            options: &[],
            reuses,
        };
        followed.add(first, self.from, arrived);
        followed
    }
}

impl Connection {
    /// Adds a segment, and returns its marks. `first` is the packet that began the conversation.
    #[inline]
    pub fn segment(
        &mut self,
        first: Frame,
        frame: Frame,
        direction: Side,
        arrived: Arrived,
    ) -> AnalysisFlags {
        if let Connection::Followed(followed) = self {
            return followed.add(frame, direction, arrived);
        }
        self.begin(first, frame, direction, arrived)
    }

    /// Counts the second copy of a segment, which changes nothing, and returns its marks. `first` is the packet that began
    /// the conversation, `reuses` is whether its ports were used before.
    pub fn copy(
        &mut self,
        (first, reuses): (Frame, bool),
        frame: Frame,
        direction: Side,
        (segment, payload): (&Segment, u32),
    ) -> AnalysisFlags {
        if segment.short {
            return AnalysisFlags::default();
        }
        let add = |followed: &mut Followed| {
            let Followed { tcp, analysis, .. } = followed;
            analysis.add_copy(frame, direction, (segment, payload), tcp)
        };
        match self {
            Connection::Followed(followed) => add(followed),
            // The copies of a single segment are not counted.
            Connection::First(known) => add(&mut known.followed(first, reuses)),
            _ => AnalysisFlags::default(),
        }
    }

    #[cold]
    fn begin(
        &mut self,
        first: Frame,
        frame: Frame,
        direction: Side,
        arrived: Arrived,
    ) -> AnalysisFlags {
        let Arrived {
            segment, payload, ..
        } = arrived;
        let mut followed = match self {
            Connection::First(segment) => segment.followed(first, arrived.reuses),
            _ if payload == 0 && !segment.short && frame.number == first.number => {
                let known = FirstSegment::new(direction, segment);
                // Nothing else marks a segment before which there is none.
                let control = TcpFlags::SYN | TcpFlags::FIN | TcpFlags::RST;
                let may_be_marked = arrived.reuses || !segment.flags.any(control);
                *self = Connection::First(known);
                return match may_be_marked {
                    true => known.followed(first, arrived.reuses).analysis.marks(),
                    false => AnalysisFlags::default(),
                };
            }
            _ => Box::default(),
        };
        let marks = followed.add(frame, direction, arrived);
        *self = Connection::Followed(followed);
        marks
    }

    /// Returns how many bytes it has allocated.
    pub fn allocated(&self) -> usize {
        match self {
            Connection::Followed(followed) => size_of::<Followed>() + followed.analysis.allocated(),
            Connection::DamagedDatagrams(_) => size_of::<History>(),
            _ => 0,
        }
    }

    /// Adds a datagram.
    #[inline]
    pub fn datagram(&mut self, direction: Side) {
        match self {
            Connection::Nothing => *self = Connection::Datagrams(direction),
            Connection::DamagedDatagrams(history) => history.udp(direction),
            _ => {}
        }
    }

    /// Notes that the next packet has a wrong checksum. `first` is the packet that began the conversation, `reuses` is
    /// whether its ports were used before, and `answered` whether a side has sent datagrams.
    #[cold]
    pub fn damaged(
        &mut self,
        protocol: Protocol,
        direction: Side,
        (first, reuses): (Frame, bool),
        answered: impl Fn(Side) -> bool,
    ) {
        match (&mut *self, protocol) {
            (Connection::Followed(followed), _) => followed.history.damaged(direction),
            (Connection::DamagedDatagrams(history), _) => history.damaged(direction),
            (_, Protocol::Udp) => {
                let mut history = Box::new(self.history(first, answered));
                history.damaged(direction);
                *self = Connection::DamagedDatagrams(history);
            }
            (_, Protocol::Tcp) => {
                let mut followed = match self {
                    Connection::First(segment) => segment.followed(first, reuses),
                    _ => Box::default(),
                };
                followed.history.damaged(direction);
                *self = Connection::Followed(followed);
            }
        }
    }

    /// Returns the state of the TCP connection. `first` is the packet that began the conversation.
    #[inline]
    pub fn tcp(&self, first: Frame) -> Cow<'_, Tcp> {
        match self {
            Connection::Followed(followed) => Cow::Borrowed(&followed.tcp),
            _ => Cow::Owned(self.derived(first)),
        }
    }

    #[cold]
    fn derived(&self, first: Frame) -> Tcp {
        match self {
            Connection::First(segment) => segment.state(first).1,
            _ => Tcp::default(),
        }
    }

    /// Returns what the analysis of its segments adds up to, if there are several.
    pub fn summary(&self) -> Option<&TcpSummary> {
        match self {
            Connection::Followed(followed) => Some(followed.analysis.summary()),
            _ => None,
        }
    }

    /// Returns what the analysis of its segments adds up to. `first` is the packet that began the conversation.
    pub fn analysis(&self, first: Frame, reuses: bool) -> Option<Cow<'_, TcpSummary>> {
        match self {
            Connection::Followed(followed) => Some(Cow::Borrowed(followed.analysis.summary())),
            Connection::First(segment) => {
                let followed = segment.followed(first, reuses);
                Some(Cow::Owned(followed.analysis.summary().clone()))
            }
            _ => None,
        }
    }

    /// Notes that this packet, the last one of a TCP connection, has no time. `first` is the packet that began the conversation, `reuses`
    /// is whether its ports were used before.
    #[cold]
    pub fn timeless(&mut self, packet: u32, (first, reuses): (Frame, bool)) {
        if let Connection::First(segment) = self {
            *self = Connection::Followed(segment.followed(first, reuses));
        }
        if let Connection::Followed(followed) = self {
            let handshake = &mut followed.tcp.handshake;
            handshake.is_timeless |= handshake.ack.is_none_or(|ack| ack == packet);
        }
    }

    /// Follows a report that segments of a side are too big for a link, and how much of TCP it lets through, if it says that.
    #[cold]
    pub fn too_big(&mut self, from: Side, room: Option<u32>) {
        if let Connection::Followed(followed) = self {
            followed.analysis.too_big(from, room);
        }
    }

    /// Returns the history in Zeek's notation. `answered` is whether the other side sent datagrams, too.
    pub fn history(&self, first: Frame, answered: impl Fn(Side) -> bool) -> History {
        match self {
            Connection::Nothing => History::default(),
            Connection::Datagrams(side) => {
                let mut history = History::default();
                history.udp(*side);
                if answered(side.other()) {
                    history.udp(side.other());
                }
                history
            }
            Connection::DamagedDatagrams(history) => **history,
            Connection::First(segment) => segment.state(first).0,
            Connection::Followed(followed) => followed.history,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(number: u32) -> Frame {
        Frame {
            number,
            time_ns: i64::from(number) * 1000,
            length: 60,
        }
    }

    fn arrived(segment: &Segment, payload: u32) -> Arrived<'_> {
        Arrived {
            segment,
            payload,
            options: &[],
            reuses: false,
        }
    }

    proptest! {
        /// What is derived from the first segment is what following it from the beginning results in.
        #[test]
        fn the_first_segment_is_enough(
            (seq, ack, flags, window) in (any::<u32>(), any::<u32>(), 0_u16..0x200, any::<u16>()),
            (mss, window_scale, fast_open) in any::<(Option<u16>, Option<u8>, Option<bool>)>(),
            (sack_permitted, timestamps, mptcp, accurate_ecn) in any::<(bool, Option<(u32, u32)>, bool, bool)>(),
            from_client in any::<bool>(),
        ) {
            let options = SegmentOptions {
                mss, window_scale, fast_open, sack_permitted, timestamps, mptcp, accurate_ecn,
                ..SegmentOptions::default()
            };
            let segment = Segment { seq, ack, flags: TcpFlags(flags), window, options, ..Segment::default() };
            let from = if from_client { Side::Client } else { Side::Server };
            let mut all = Followed::default();
            all.add(frame(7), from, arrived(&segment, 0));
            let mut kept = Connection::default();
            kept.segment(frame(7), frame(7), from, arrived(&segment, 0));
            prop_assert!(matches!(kept, Connection::First(_)));
            let text = |tcp: &Tcp, history: History| format!("{tcp:?} {history:?}");
            let of = |kept: &Connection| text(&kept.tcp(frame(7)), kept.history(frame(7), |_| false));
            prop_assert_eq!(of(&kept), text(&all.tcp, all.history));
            // The next segment, an answer.
            let answer = Segment { seq: ack, ack: seq.wrapping_add(1), flags: TcpFlags(TcpFlags::ACK), ..segment };
            all.add(frame(8), from.other(), arrived(&answer, 5));
            kept.segment(frame(7), frame(8), from.other(), arrived(&answer, 5));
            prop_assert_eq!(of(&kept), text(&all.tcp, all.history));
        }
    }

    /// A connection takes hundreds of bytes.
    #[test]
    fn it_takes_hundreds_of_bytes() {
        let length = size_of::<Followed>();
        assert!(length <= 1008, "{length}");
    }

    /// A segment after an ICMP error, one with data and one that is cut off are followed at once.
    #[test]
    fn other_segments_are_followed() {
        let of = |number: u32, payload: u32, short: bool| {
            let segment = Segment {
                short,
                ..Segment::default()
            };
            let mut kept = Connection::default();
            kept.segment(
                frame(7),
                frame(number),
                Side::Client,
                arrived(&segment, payload),
            );
            matches!(kept, Connection::Followed(_))
        };
        assert!(of(8, 0, false) && of(7, 1, false) && of(7, 0, true));
        assert!(!of(7, 0, false));
    }
}
