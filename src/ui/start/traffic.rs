//! An interface on the start screen, and what passes through it.

use super::{SAMPLE, SAMPLES};
use crate::{
    capture::interfaces::{self, Device},
    format::{self, printable},
};

/// An interface and its traffic.
pub(super) struct Traffic {
    pub(super) device: Device,
    /// Whether it is one of several chosen ones.
    pub(super) marked: bool,
    /// The value of its byte counter.
    pub(super) bytes: Option<u64>,
    /// Bytes in each of the last intervals.
    pub(super) history: Vec<u64>,
}

impl Traffic {
    pub(super) fn new(device: Device) -> Self {
        let bytes = interfaces::counters(&device.name).map(|(_, bytes)| bytes);
        Traffic {
            device,
            marked: false,
            bytes,
            history: Vec::new(),
        }
    }

    pub(super) fn sample(&mut self) {
        let now = interfaces::counters(&self.device.name).map(|(_, bytes)| bytes);
        if let (Some(now), Some(before)) = (now, self.bytes) {
            if self.history.len() == SAMPLES {
                self.history.remove(0);
            }
            self.history.push(now.saturating_sub(before));
        }
        self.bytes = now;
    }

    /// Returns a bar for each interval, the highest as high as a line.
    pub(super) fn sparkline(&self) -> String {
        const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
        let most = self.history.iter().max().copied().unwrap_or(0).max(1);
        let bar = |bytes: &u64| match *bytes {
            0 => ' ',
            bytes => BARS[(u128::from(bytes) * 7 / u128::from(most)) as usize],
        };
        let bars: String = self.history.iter().map(bar).collect();
        format!("{bars:>SAMPLES$}")
    }

    /// Returns its addresses and its description, fit for the screen.
    pub(super) fn about(&self) -> String {
        let device = &self.device;
        let about = [
            device.addresses.join(" "),
            device.description.clone().unwrap_or_default(),
            device.mac.clone().unwrap_or_default(),
        ];
        let about: Vec<String> = about.into_iter().filter(|part| !part.is_empty()).collect();
        printable(&about.join("  "))
    }

    /// Returns the bytes per second of the last interval.
    pub(super) fn rate(&self) -> String {
        let last = self.history.last().filter(|bytes| **bytes > 0);
        last.map_or(String::new(), |bytes| {
            format!(
                "{}B/s",
                format::bytes(bytes * 1000 / SAMPLE.as_millis() as u64)
            )
        })
    }
}
