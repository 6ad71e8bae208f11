//! Sends UDP packets at a steady rate, to measure the limits of a capture: `sender INTERFACE PACKETS PER_SECOND`. It
//! reports how many it has sent and at which rate. For use within a network namespace.

use pnet::{
    datalink::{self, Channel, Config, MacAddr},
    packet::{
        ethernet::{EtherTypes, MutableEthernetPacket},
        ip::IpNextHeaderProtocols,
        ipv4::{self, MutableIpv4Packet},
        udp::MutableUdpPacket,
    },
};
use std::{
    net::Ipv4Addr,
    process::ExitCode,
    time::{Duration, Instant},
};

/// Payload, bytes: frames have 87 of them, as the small packets in docs/performance.md.
const PAYLOAD: usize = 45;

/// Packets that are sent between two readings of the clock.
const BURST: u64 = 32;

/// The number of conversations that the packets belong to.
const CONVERSATIONS: u64 = 100;

fn frame() -> Vec<u8> {
    let mut bytes = vec![0; 14 + 20 + 8 + PAYLOAD];
    let length = bytes.len() as u16;
    let mut ethernet = MutableEthernetPacket::new(&mut bytes).expect("room for Ethernet");
    ethernet.set_source(MacAddr::new(2, 0, 0, 0, 0, 1));
    ethernet.set_destination(MacAddr::new(2, 0, 0, 0, 0, 2));
    ethernet.set_ethertype(EtherTypes::Ipv4);
    let mut ip = MutableIpv4Packet::new(&mut bytes[14..]).expect("room for IPv4");
    ip.set_version(4);
    ip.set_header_length(5);
    ip.set_total_length(length - 14);
    ip.set_ttl(64);
    ip.set_next_level_protocol(IpNextHeaderProtocols::Udp);
    ip.set_source(Ipv4Addr::new(10, 0, 0, 1));
    ip.set_destination(Ipv4Addr::new(10, 0, 0, 2));
    let checksum = ipv4::checksum(&ip.to_immutable());
    ip.set_checksum(checksum);
    let mut udp = MutableUdpPacket::new(&mut bytes[34..]).expect("room for UDP");
    // The discard service, RFC 863.
    udp.set_destination(9);
    udp.set_length(length - 34);
    bytes
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [interface, packets, rate] = words.as_slice() else {
        eprintln!("sender INTERFACE PACKETS PER_SECOND");
        return ExitCode::from(2);
    };
    let (packets, rate): (u64, u64) = match (packets.parse(), rate.parse()) {
        (Ok(packets), Ok(rate)) if rate > 0 => (packets, rate),
        _ => return ExitCode::from(2),
    };
    let interface = datalink::interfaces()
        .into_iter()
        .find(|there| there.name == *interface)
        .expect("the interface is there");
    let channel = datalink::channel(&interface, Config::default());
    let Ok(Channel::Ethernet(mut sender, _)) = channel else {
        eprintln!("no channel to {}", interface.name);
        return ExitCode::FAILURE;
    };
    let mut bytes = frame();
    let begun = Instant::now();
    let mut refused = 0_u64;
    for number in 0..packets {
        if number % BURST == 0 {
            let due = Duration::from_nanos(number * 1_000_000_000 / rate);
            while begun.elapsed() < due {
                std::hint::spin_loop();
            }
        }
        let port = 1024 + (number % CONVERSATIONS) as u16;
        bytes[34..36].copy_from_slice(&port.to_be_bytes());
        bytes[42..50].copy_from_slice(&number.to_be_bytes());
        // If the interface has no room for it, it is sent again.
        while !matches!(sender.send_to(&bytes, None), Some(Ok(()))) {
            refused += 1;
        }
    }
    let took = begun.elapsed();
    println!(
        "{packets} packets in {:.2} s: {:.0} a second, {refused} tried again",
        took.as_secs_f64(),
        packets as f64 / took.as_secs_f64()
    );
    ExitCode::SUCCESS
}
