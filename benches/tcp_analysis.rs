//! The cost of a segment's TCP analysis: it does not depend on how many segments are in flight.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dissectors::{Segment, TcpAnalysis, TcpFlags};
use std::hint::black_box;
use wiretalk::track::{Frame, Side, Tcp, TcpAnalyzer};

/// Payload of a segment.
const LENGTH: u32 = 1_448;

/// A connection on which the client sends and the server acknowledges, `in_flight` segments later.
struct Connection {
    analyzer: TcpAnalyzer,
    tcp: Tcp,
    /// Segments that were sent.
    sent: u32,
    number: u32,
}

impl Connection {
    fn new(in_flight: u32) -> Self {
        let mut connection = Connection {
            analyzer: TcpAnalyzer::default(),
            tcp: Tcp::default(),
            sent: 0,
            number: 0,
        };
        for _ in 0..in_flight {
            connection.send();
        }
        connection
    }

    fn analyze(&mut self, direction: Side, segment: &Segment, payload: u32) -> TcpAnalysis {
        self.number = self.number.wrapping_add(1).max(1);
        let frame = Frame {
            number: self.number,
            time_ns: i64::from(self.number) * 1_000,
            length: 66 + payload,
        };
        let none = std::iter::empty();
        self.analyzer
            .analyze(frame, direction, (segment, payload), none, &self.tcp, false)
    }

    fn send(&mut self) -> TcpAnalysis {
        let segment = Segment {
            seq: self.sent.wrapping_mul(LENGTH).wrapping_add(1),
            ack: 1,
            flags: TcpFlags(TcpFlags::ACK),
            window: 500,
            ..Segment::default()
        };
        self.sent = self.sent.wrapping_add(1);
        self.analyze(Side::Client, &segment, LENGTH)
    }

    fn acknowledge(&mut self, in_flight: u32) -> TcpAnalysis {
        let upto = self.sent.wrapping_sub(in_flight);
        let segment = Segment {
            seq: 1,
            ack: upto.wrapping_mul(LENGTH).wrapping_add(1),
            flags: TcpFlags(TcpFlags::ACK),
            window: 500,
            ..Segment::default()
        };
        self.analyze(Side::Server, &segment, 0)
    }
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tcp analysis");
    group.throughput(Throughput::Elements(2));
    for in_flight in [1, 10, 100, 1_000, 9_000] {
        let mut connection = Connection::new(in_flight);
        group.bench_function(
            BenchmarkId::new("a segment and an acknowledgment, in flight", in_flight),
            |bencher| {
                bencher.iter(|| {
                    let sent = connection.send();
                    assert!(sent.bytes_in_flight > in_flight * LENGTH);
                    black_box((sent, connection.acknowledge(in_flight)))
                });
            },
        );
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
