//! The segments of one connection over time, for its charts: sequence numbers and acknowledgments as tcptrace draws them,
//! bytes in flight, windows, round trips.

use crate::{
    track::{Side, Tcp},
    transcript::{Entry, EntryKind},
};
use dissectors::{AnalysisFlags, PerSide, WindowScale};

/// The most packets of a connection that are drawn.
pub const MAX_POINTS: usize = 1 << 18;

/// What is wrong with a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It is sent again.
    Retransmission,
    /// Segments before it are missing.
    Lost,
    /// It came out of order.
    OutOfOrder,
    /// It resets the connection.
    Reset,
}

/// A packet of a connection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TracePoint {
    /// The packet.
    pub packet: u32,
    /// The time since the first packet, nanoseconds; 0 if the clock was set back before it.
    pub since_ns: i64,
    /// Its sender.
    pub side: Side,
    /// Its first byte's place in the stream of its sender.
    pub seq: i64,
    /// The length of its data, bytes.
    pub length: u32,
    /// The length of the frame, bytes.
    pub frame: u32,
    /// The place in the other side's stream up to which it acknowledges.
    pub ack: Option<i64>,
    /// The window of its sender, bytes, if its scale is known.
    pub window: Option<u32>,
    /// Unacknowledged bytes of its sender, itself included, if it has data.
    pub in_flight: u32,
    /// How long before the segment was sent that it acknowledges, nanoseconds.
    pub rtt_ns: Option<i64>,
    /// What is wrong with it.
    pub mark: Option<Mark>,
}

/// Returns the place in a stream of a sequence number, near the last one.
fn unwrap(last: i64, base: u32, seq: u32) -> i64 {
    let known = base.wrapping_add(last as u32);
    last.saturating_add(i64::from(seq.wrapping_sub(known) as i32))
}

/// The stream of a side: the number of its first byte, and the last place.
#[derive(Clone, Copy, Debug)]
struct Place {
    base: u32,
    last: i64,
}

/// The packets of a connection.
#[derive(Debug, Default)]
pub struct Trace {
    points: Vec<TracePoint>,
    places: PerSide<Option<Place>>,
    first_ns: Option<i64>,
    is_full: bool,
}

impl Trace {
    /// Returns the packets, in the order of the capture.
    pub fn points(&self) -> &[TracePoint] {
        &self.points
    }

    /// Whether later packets were left out.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// Returns the time of the last packet, nanoseconds since the first.
    pub fn span_ns(&self) -> i64 {
        let times = self.points.iter().map(|point| point.since_ns);
        times.max().unwrap_or(0)
    }

    fn place(&mut self, side: Side, seq: u32) -> i64 {
        let place = self.places[side].get_or_insert(Place { base: seq, last: 0 });
        place.last = unwrap(place.last, place.base, seq);
        place.last
    }

    /// Adds a packet. `frame` is its length on the wire, `tcp` the state of the connection.
    pub fn add(&mut self, entry: &Entry, time_ns: i64, frame: u32, tcp: &Tcp) {
        if entry.is_duplicate || !matches!(entry.kind, EntryKind::Segment | EntryKind::Datagram) {
            return;
        }
        if self.points.len() >= MAX_POINTS {
            self.is_full = true;
            return;
        }
        let first_ns = *self.first_ns.get_or_insert(time_ns);
        let is_segment = entry.kind == EntryKind::Segment;
        let found = entry.analysis.unwrap_or_default();
        let flags = entry.flags;
        let scale = match tcp.window_scale(entry.from) {
            _ if flags.syn() => Some(0),
            WindowScale::Shift(shift) => Some(u32::from(shift.min(14))),
            WindowScale::Off => Some(0),
            WindowScale::Unknown => None,
        };
        // The numbers of a RST may be anything.
        let counts = is_segment && !flags.rst();
        let (seq, ack) = match counts {
            true => {
                let seq = self.place(entry.from, entry.seq);
                let ack = flags
                    .ack()
                    .then(|| self.place_of_ack(entry.from.other(), entry.ack));
                (seq, ack)
            }
            false => (self.places[entry.from].map_or(0, |place| place.last), None),
        };
        let is = |bits| found.flags.any(bits);
        let mark = match () {
            () if is_segment && flags.rst() => Some(Mark::Reset),
            () if is(AnalysisFlags::RETRANSMITTED) => Some(Mark::Retransmission),
            () if is(AnalysisFlags::OUT_OF_ORDER) => Some(Mark::OutOfOrder),
            () if is(AnalysisFlags::LOST_SEGMENT) => Some(Mark::Lost),
            () => None,
        };
        self.points.push(TracePoint {
            packet: entry.packet,
            since_ns: time_ns.saturating_sub(first_ns).max(0),
            side: entry.from,
            seq,
            length: entry.payload,
            frame,
            ack,
            window: scale
                .filter(|_| counts)
                .map(|scale| u32::from(entry.window) << scale),
            in_flight: found.bytes_in_flight,
            rtt_ns: found.acks.map(|earlier| earlier.ago_ns.max(0)),
            mark,
        });
    }

    /// Returns the place of an acknowledgment number. It does not move the place of the stream, which old data may follow.
    fn place_of_ack(&mut self, side: Side, ack: u32) -> i64 {
        match self.places[side] {
            Some(place) => unwrap(place.last, place.base, ack),
            None => self.place(side, ack),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissectors::TcpFlags;

    fn entry(packet: u32, from: Side, seq: u32, ack: u32, payload: u32) -> Entry {
        Entry {
            payload,
            seq,
            ack,
            window: 100,
            flags: TcpFlags(TcpFlags::ACK),
            ..Entry::new(packet, from, EntryKind::Segment)
        }
    }

    /// Numbers that wrap around go on, and clocks that go back do not.
    #[test]
    fn places() {
        let mut trace = Trace::default();
        let tcp = Tcp::default();
        let base = u32::MAX - 99;
        let [client, server] = Side::BOTH;
        for (at, entry) in [
            entry(1, client, base, 500, 100),
            entry(2, client, base.wrapping_add(100), 500, 100),
            entry(3, server, 500, base.wrapping_add(200), 10),
            entry(4, client, base, 510, 100),
        ]
        .iter()
        .enumerate()
        {
            trace.add(entry, 1000 - at as i64, 60, &tcp);
        }
        let seqs: Vec<_> = trace.points().iter().map(|it| (it.seq, it.ack)).collect();
        assert_eq!(
            seqs,
            [(0, Some(0)), (100, Some(0)), (0, Some(200)), (0, Some(10))]
        );
        assert!(trace.points().iter().all(|point| point.since_ns == 0));
        assert_eq!(trace.span_ns(), 0);
        let reset = Entry {
            flags: TcpFlags(TcpFlags::RST),
            ..entry(5, server, 7, 7, 0)
        };
        trace.add(&reset, 2000, 60, &tcp);
        let last = trace.points().last().unwrap();
        assert_eq!((last.mark, last.seq), (Some(Mark::Reset), 0));
        assert_eq!(trace.span_ns(), 1000);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut trace = Trace::default();
        for packet in 0..MAX_POINTS as u32 + 10 {
            let entry = entry(packet + 1, Side::Client, packet, 0, 1);
            trace.add(&entry, packet.into(), 60, &Tcp::default());
        }
        assert!(trace.is_full() && trace.points().len() == MAX_POINTS);
    }
}
