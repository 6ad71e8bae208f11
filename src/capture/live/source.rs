//! An interface that was opened by libpcap.

pub(super) use super::filter::check;

use std::{
    net::IpAddr,
    os::fd::{AsFd, BorrowedFd},
};

use pcap::{Active, Capture, Linktype, Precision};

use super::super::{Interface, Statistics, interfaces::link_types};
use super::pump::GATHER;
use super::{OpenError, Options, filter};

/// An open interface.
pub(super) struct Source {
    capture: Capture<Active>,
    interface: Interface,
    /// The unit of its fractions of seconds, nanoseconds.
    step: i64,
}

/// A packet as it arrives.
pub(super) struct Arrived<'a> {
    /// Nanoseconds since 1970.
    pub time_ns: i64,
    /// Its length on the wire, bytes.
    pub original: u32,
    /// Its captured bytes.
    pub data: &'a [u8],
}

impl Source {
    /// Opens an interface.
    pub fn open(name: &str, options: &Options) -> Result<Self, OpenError> {
        let refused = |error: pcap::Error| OpenError::Refused {
            name: name.to_owned(),
            reason: words(error),
        };
        // libpcap's other names, `any` and buses, are not checked here.
        let there = pnet::datalink::interfaces();
        let known = there.iter().find(|interface| interface.name == name);
        if known.is_some_and(|interface| !interface.is_up()) {
            let name = name.to_owned();
            return Err(OpenError::Down { name });
        }
        if known.is_none()
            && !pcap::Device::list().is_ok_and(|list| list.iter().any(|device| device.name == name))
        {
            return Err(OpenError::NoInterface {
                name: name.to_owned(),
                there: there
                    .into_iter()
                    .map(|interface| interface.name)
                    .chain(["any".to_owned()])
                    .collect(),
            });
        }
        let mut masks = known
            .iter()
            .flat_map(|known| &known.ips)
            .map(|ip| ip.mask());
        let netmask = masks.find_map(|mask| match mask {
            IpAddr::V4(mask) => Some(mask),
            IpAddr::V6(_) => None,
        });
        // Network interfaces and `any` have nanoseconds on Linux; libpcap's other sources do not, and do not report it.
        let nanoseconds = known.is_some() || name == "any";
        let activate = |promiscuous: bool| {
            let inactive = Capture::from_device(name)?
                .promisc(promiscuous)
                .snaplen(i32::try_from(options.snaplen).unwrap_or(i32::MAX))
                .buffer_size(i32::try_from(options.buffer).unwrap_or(i32::MAX))
                .timeout(GATHER.as_millis() as i32);
            match nanoseconds {
                true => inactive.precision(Precision::Nano),
                false => inactive,
            }
            .open()
        };
        // Some interfaces cannot be promiscuous: libpcap warns of this, and the crate treats the warning as an error.
        let capture = match activate(options.promiscuous) {
            Err(_) if options.promiscuous => activate(false),
            other => other,
        };
        let mut capture = capture.map_err(refused)?;
        if let Some(wanted) = &options.link_type {
            let set = Linktype::from_name(wanted).and_then(|link| capture.set_datalink(link));
            set.map_err(|_| OpenError::LinkType {
                name: name.to_owned(),
                wanted: wanted.clone(),
                there: link_types(name),
            })?;
        }
        if let Some(filter) = &options.filter {
            let whole = match netmask {
                Some(netmask) => filter::with_netmask(filter, netmask),
                None => filter.clone(),
            };
            capture
                .filter(&whole, true)
                .map_err(|error| OpenError::Filter(filter::refused(filter, words(error))))?;
        }
        let capture = capture.setnonblock().map_err(refused)?;
        let interface = Interface {
            link_type: link_type(capture.get_datalink().0),
            snaplen: options.snaplen,
            name: Some(name.to_owned()),
            filter: options.filter.clone(),
            ..Interface::default()
        };
        let step = if nanoseconds { 1 } else { 1000 };
        Ok(Source {
            capture,
            interface,
            step,
        })
    }

    /// Returns the interface's description.
    pub fn interface(&self) -> &Interface {
        &self.interface
    }

    /// Passes at most `most` packets that have arrived to `each`. Returns how many these were.
    ///
    /// # Errors
    ///
    /// Why it can no longer be read.
    #[inline]
    pub fn take(&mut self, most: usize, mut each: impl FnMut(Arrived)) -> Result<usize, String> {
        let step = self.step;
        let taken = self.capture.dispatch(Some(most), |packet| {
            let time = packet.header.ts;
            each(Arrived {
                time_ns: time.tv_sec * 1_000_000_000 + time.tv_usec * step,
                original: packet.header.len,
                data: packet.data,
            });
        });
        match taken {
            // No packet arrived within the time limit.
            Err(pcap::Error::TimeoutExpired) => Ok(0),
            taken => taken.map_err(words),
        }
    }

    /// Returns its received and lost packets, in counters of 32 bits that wrap.
    pub fn statistics(&mut self) -> Option<Statistics> {
        let stat = self.capture.stats().ok()?;
        Some(Statistics {
            received: stat.received.into(),
            dropped: stat.dropped.into(),
            interface_dropped: stat.if_dropped.into(),
        })
    }
}

impl AsFd for Source {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.capture.as_fd()
    }
}

/// Returns libpcap's own message.
fn words(error: pcap::Error) -> String {
    match error {
        pcap::Error::PcapError(text) => text,
        error => error.to_string(),
    }
}

/// Returns the LINKTYPE number in files for a system's DLT number. They differ where systems do not agree
/// (<https://www.tcpdump.org/linktypes.html>); these are Linux's.
fn link_type(dlt: i32) -> u16 {
    match dlt {
        12 => 101,
        13 => 106,
        15 => 102,
        16 => 103,
        17 => 104,
        18 => 122,
        19 => 100,
        other => other as u16,
    }
}
