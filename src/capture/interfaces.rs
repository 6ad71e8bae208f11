//! What can be captured from: the network interfaces with their addresses (pnet), and the other devices of libpcap.

use crate::lang::text;
use std::fmt;

#[cfg(feature = "live")]
pub use with_libpcap::{link_types, list};

/// Something that packets can be captured from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// Its name, as `-i` takes it.
    pub name: String,
    /// Its description, if there is one.
    pub description: Option<String>,
    /// Its MAC address.
    pub mac: Option<String>,
    /// Its addresses, each with the length of its prefix.
    pub addresses: Vec<String>,
    /// Whether it is up; nothing if it is not a network interface.
    pub up: Option<bool>,
    /// Whether it has a link.
    pub running: bool,
    /// Whether only this machine can be reached through it.
    pub loopback: bool,
}

/// Formats it as `up`, `no link`, `down`, `loopback`.
impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.up, self.loopback, self.running) {
            (None, ..) => "",
            (Some(false), ..) => text!("interface-down"),
            (_, true, _) => text!("interface-loopback"),
            (_, _, true) => text!("interface-up"),
            _ => text!("interface-no-link"),
        })
    }
}

impl Device {
    /// Returns its rank by usefulness: interfaces that are up and reach other hosts first, then those that capture
    /// everything, then the rest.
    #[cfg(feature = "live")]
    fn rank(&self) -> u8 {
        match (self.up, self.loopback, self.name.as_str()) {
            (Some(true), false, _) if !self.addresses.is_empty() => 0,
            (Some(true), false, _) => 1,
            (_, _, "any") => 2,
            (Some(true), true, _) => 3,
            (Some(false), ..) => 4,
            (None, ..) => 5,
        }
    }
}

/// Returns the packets and bytes that an interface has sent and received so far; nothing if it is not a network
/// interface. No privileges are needed.
pub fn counters(name: &str) -> Option<(u64, u64)> {
    let count = |what: &str| -> Option<u64> {
        let path = format!("/sys/class/net/{name}/statistics/{what}");
        std::fs::read_to_string(path).ok()?.trim().parse().ok()
    };
    let packets = count("rx_packets")?.saturating_add(count("tx_packets")?);
    let bytes = count("rx_bytes")?.saturating_add(count("tx_bytes")?);
    Some((packets, bytes))
}

/// There are none for a program that cannot capture.
#[cfg(not(feature = "live"))]
pub fn list() -> Vec<Device> {
    Vec::new()
}

/// There are none for a program that cannot capture.
#[cfg(not(feature = "live"))]
pub fn link_types(_name: &str) -> Vec<String> {
    Vec::new()
}

#[cfg(feature = "live")]
mod with_libpcap {
    use super::Device;

    /// Returns everything that packets can be captured from, the most useful first.
    pub fn list() -> Vec<Device> {
        let mut devices: Vec<Device> = pnet::datalink::interfaces()
            .into_iter()
            .map(|interface| Device {
                up: Some(interface.is_up()),
                running: interface.is_running(),
                loopback: interface.is_loopback(),
                mac: interface
                    .mac
                    .filter(|mac| !mac.is_zero())
                    .map(|mac| mac.to_string()),
                addresses: interface.ips.iter().map(ToString::to_string).collect(),
                name: interface.name,
                description: None,
            })
            .collect();
        for other in pcap::Device::list().unwrap_or_default() {
            match devices.iter_mut().find(|device| device.name == other.name) {
                Some(device) => device.description = other.desc,
                None => devices.push(Device {
                    name: other.name,
                    description: other.desc,
                    ..Device::default()
                }),
            }
        }
        devices.sort_by_key(Device::rank);
        devices
    }

    /// Returns the names of the link types that its packets can be captured with, the usual one first; none without the
    /// permission to open it.
    pub fn link_types(name: &str) -> Vec<String> {
        let open = pcap::Capture::from_device(name).and_then(pcap::Capture::open);
        let Ok(capture) = open else {
            return Vec::new();
        };
        let usual = capture.get_datalink();
        let mut all = capture.list_datalinks().unwrap_or_default();
        all.sort_by_key(|link_type| *link_type != usual);
        all.iter().filter_map(|link| link.get_name().ok()).collect()
    }
}

#[cfg(all(test, feature = "live"))]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_is_there() {
        let all = list();
        let lo = all.iter().find(|device| device.name == "lo").unwrap();
        assert!(lo.loopback && lo.mac.is_none());
        if lo.up == Some(true) {
            assert!(lo.addresses.contains(&"127.0.0.1/8".to_owned()), "{lo:?}");
        }
        assert!(counters("lo").is_some());
        assert_eq!(counters("there is no such interface"), None);
    }

    #[test]
    fn what_is_useful_comes_first() {
        let device = |name: &str, up, address: &str| Device {
            name: name.to_owned(),
            up,
            addresses: vec![address.to_owned()],
            ..Device::default()
        };
        let mut all = [
            device("any", None, ""),
            device("eth1", Some(false), "10.0.0.1/8"),
            device("eth0", Some(true), "192.0.2.1/24"),
        ];
        all.sort_by_key(Device::rank);
        assert_eq!(all.map(|device| device.name), ["eth0", "any", "eth1"]);
    }
}
