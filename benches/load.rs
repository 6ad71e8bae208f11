//! The cost of following conversations, and of loading a whole capture.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dissectors::{ByteRange, Flow, Segment, TcpFlags, Transport};
use std::{
    io::{Seek, Write},
    net::Ipv4Addr,
    sync::atomic::AtomicBool,
};
use wiretalk::{
    capture::Reader,
    index::Index,
    retention::Keep,
    track::{DecodeAs, Frame, Tracker},
};

/// How many connections there are at the same time.
const CONNECTIONS: u32 = 400;

/// How many segments each has: a handshake, data and acknowledgments in turn, two FINs.
const SEGMENTS: u32 = 20;

/// Returns the segments of all connections, each in turn, as a busy server sees them.
fn flows() -> Vec<Flow> {
    let server = Ipv4Addr::new(192, 0, 2, 1).into();
    let mut flows = Vec::new();
    for step in 0..SEGMENTS {
        for connection in 0..CONNECTIONS {
            let client = Ipv4Addr::from(0x0a00_0000 + connection / 50).into();
            let port = 40_000 + (connection % 50) as u16;
            let from_client = step % 2 == 0;
            let (bits, payload) = match step {
                0 => (TcpFlags::SYN, 0),
                1 => (TcpFlags::SYN | TcpFlags::ACK, 0),
                2 => (TcpFlags::ACK, 0),
                18.. => (TcpFlags::FIN | TcpFlags::ACK, 0),
                _ => (TcpFlags::ACK, 500),
            };
            let seq = 1_000 + step * 250;
            let segment = Segment {
                seq,
                ack: seq,
                flags: TcpFlags(bits),
                ..Segment::default()
            };
            let ends = [(client, port), (server, 80)];
            let [from, to] = if from_client {
                ends
            } else {
                [ends[1], ends[0]]
            };
            flows.push(Flow {
                source: from.0,
                destination: to.0,
                source_port: from.1,
                destination_port: to.1,
                transport: Transport::Tcp(segment),
                payload: ByteRange::default(),
                payload_length: payload,
                ecn: 0,
            });
        }
    }
    flows
}

/// Returns them as a capture file.
fn capture(flows: &[Flow]) -> Vec<u8> {
    let mut file = Vec::new();
    file.extend(0xa1b2_c3d4_u32.to_le_bytes());
    file.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0]);
    for (number, flow) in flows.iter().enumerate() {
        let Transport::Tcp(segment) = flow.transport else {
            continue;
        };
        let (std::net::IpAddr::V4(source), std::net::IpAddr::V4(destination)) =
            (flow.source, flow.destination)
        else {
            continue;
        };
        let mut packet = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0];
        packet.extend((52 + flow.payload_length as u16).to_be_bytes());
        packet.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
        packet.extend(source.octets());
        packet.extend(destination.octets());
        packet.extend(flow.source_port.to_be_bytes());
        packet.extend(flow.destination_port.to_be_bytes());
        packet.extend(segment.seq.to_be_bytes());
        packet.extend(segment.ack.to_be_bytes());
        packet.extend([0x80, segment.flags.0 as u8, 0x20, 0, 0, 0, 0, 0]);
        packet.extend([1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]);
        packet.resize(packet.len() + flow.payload_length as usize, b'a');
        let seconds = 1_700_000_000 + number as u32 / 1000;
        let micros = number as u32 % 1000 * 1000;
        for word in [seconds, micros, packet.len() as u32, packet.len() as u32] {
            file.extend(word.to_le_bytes());
        }
        file.extend(packet);
    }
    file
}

fn bench(criterion: &mut Criterion) {
    let flows = flows();
    let mut group = criterion.benchmark_group("track");
    group.throughput(Throughput::Elements(flows.len() as u64));
    group.bench_function("400 connections", |bencher| {
        bencher.iter(|| {
            let mut tracker = Tracker::default();
            for (number, flow) in flows.iter().enumerate() {
                let number = number as u32 + 1;
                let frame = Frame {
                    number,
                    time_ns: i64::from(number) * 1_000,
                    length: 566,
                };
                let print = tracker.fingerprints().of(flow, &[0; 566]);
                tracker.track(frame, flow, print, &[0; 566], Some(&[0; 500]));
            }
            tracker.count()
        });
    });
    group.finish();

    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(&capture(&flows)).expect("room for it");
    let mut group = criterion.benchmark_group("load");
    group.throughput(Throughput::Elements(flows.len() as u64));
    group.bench_function("8,000 packets of 400 connections", |bencher| {
        bencher.iter(|| {
            let mut file = file.try_clone().expect("a handle");
            file.rewind().expect("a file can be read again");
            let reader = Reader::from_file(file, "bench").expect("a capture");
            let (mut index, _) = Index::of_file(reader, &DecodeAs::default(), Keep::ALL);
            index.read_to_end(&AtomicBool::new(false));
            let contents = index.store().read();
            assert_eq!(contents.packets.len(), flows.len());
            contents.tracker.count()
        });
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
