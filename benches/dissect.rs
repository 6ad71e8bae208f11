//! The cost of one packet: facts alone, as the index needs them a million times per second; with the line of the packet
//! list; with the tree.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dissectors::{Context, Facts, LinkType, Output, Packet, Summary, Tree, dissect};
use std::hint::black_box;

const ETHERNET: &[u8] = &[2, 0, 10, 0, 0, 2, 2, 0, 10, 0, 0, 1, 8, 0];

/// Returns Ethernet, IPv4 and the inner layers.
fn packet(protocol: u8, inner: &[&[u8]]) -> Vec<u8> {
    let inner = inner.concat();
    let mut packet = ETHERNET.to_vec();
    packet.extend([0x45, 0]);
    packet.extend((20 + inner.len() as u16).to_be_bytes());
    packet.extend([
        0xab, 0xcd, 0x40, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
    ]);
    packet.extend(inner);
    packet
}

/// Returns a TCP header with these flags and options, between two ports without a known service.
fn tcp(flags: u8, options: &[u8]) -> Vec<u8> {
    let words = (20 + options.len() as u8) / 4;
    let mut header = vec![
        0xc0,
        1,
        0xc3,
        0x51,
        0,
        0,
        0x10,
        0,
        0,
        0,
        0x20,
        0,
        words << 4,
        flags,
    ];
    header.extend([2, 0, 0xab, 0xcd, 0, 0]);
    header.extend(options);
    header
}

fn packets() -> Vec<(&'static str, Vec<u8>)> {
    const TIMESTAMPS: &[u8] = &[1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2];
    const SYN: &[u8] = &[
        2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7,
    ];
    const UDP: &[u8] = &[0xc0, 1, 0xc3, 0x51, 0, 72, 0xab, 0xcd];
    vec![
        (
            "tcp data",
            packet(6, &[&tcp(0x18, TIMESTAMPS), &[0x61; 1400]]),
        ),
        ("tcp ack", packet(6, &[&tcp(0x10, TIMESTAMPS)])),
        ("tcp syn", packet(6, &[&tcp(0x02, SYN)])),
        ("udp", packet(17, &[UDP, &[0x61; 64]])),
    ]
}

fn bench(criterion: &mut Criterion) {
    let mut facts = Facts::default();
    for (mode, shows, tells) in [
        ("facts", false, false),
        ("facts and summary", false, true),
        ("all with tree", true, true),
    ] {
        let mut group = criterion.benchmark_group(format!("dissect/{mode}"));
        group.throughput(Throughput::Elements(1));
        for (name, bytes) in packets() {
            let (mut tree, mut summary) = (Tree::default(), Summary::default());
            let context = Context::default();
            group.bench_with_input(
                BenchmarkId::from_parameter(name),
                &bytes,
                |bencher, bytes| {
                    bencher.iter(|| {
                        tree.clear();
                        let packet =
                            Packet::new(LinkType::ETHERNET, black_box(bytes), bytes.len() as u32);
                        let output = Output {
                            tree: shows.then_some(&mut tree),
                            summary: tells.then_some(&mut summary),
                            objects: None,
                        };
                        dissect(packet, &context, &mut facts, output);
                        black_box(facts.flows().len())
                    });
                },
            );
        }
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
