//! What the earlier segments of a connection show about this one: Wireshark's TCP analysis, and what follows from it.
//! It is determined where connections are followed.

mod flags;

pub use flags::AnalysisFlags;
pub(crate) use flags::MARKS;
use std::{fmt::Write, num::NonZeroU32};

/// An earlier packet, and how long ago it was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Its number.
    pub packet: NonZeroU32,
    /// Nanoseconds.
    pub ago_ns: i64,
}

/// Bytes that had not been captured although later ones had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilledGap {
    /// The packet after the gap that showed it.
    pub shown_by: NonZeroU32,
    /// How many bytes of the gap are filled.
    pub bytes: u32,
    /// How long the gap had been known, nanoseconds.
    pub known_ns: i64,
}

/// A segment's role at a window of 0: RFC 9293, section 3.8.6.1. Where the probe carries no new byte, as Linux sends
/// it, Wireshark calls it a keep-alive, and does not mark its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZeroWindow {
    /// It probes the window of its receiver, which this packet closed.
    Probe(NonZeroU32),
    /// It answers this probe: the window is still 0.
    ProbeAck(NonZeroU32),
    /// The window of its sender, which this packet closed, is open again.
    Reopened(NonZeroU32),
}

/// What the earlier segments show about this one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TcpAnalysis {
    /// Its marks.
    pub flags: AnalysisFlags,
    /// Whether it acknowledges data that was not captured, which is marked only once.
    pub acks_unseen: bool,
    /// The packet whose data it acknowledges to the last byte.
    pub acks: Option<Earlier>,
    /// From SYN to the end of the handshake, nanoseconds: Wireshark's iRTT.
    pub initial_rtt: Option<i64>,
    /// The bytes of its sender that are not acknowledged, including this segment; 0 where that is not known.
    pub bytes_in_flight: u32,
    /// The bytes that its sender has sent since it last set PSH, including this segment; 0 where it sends none.
    pub push_bytes_sent: u32,
    /// How often the same number was acknowledged by now, and the packet with its first acknowledgment.
    pub duplicate_ack: Option<(u32, u32)>,
    /// The packet after which it is sent again.
    pub rto: Option<Earlier>,
    /// The bytes before it that were not captured: the gap that it shows.
    pub missing_before: u32,
    /// The gap that it fills, or a part of it.
    pub fills: Option<FilledGap>,
    /// The bytes of it that had been captured before.
    pub captured_before: u32,
    /// Its part in probing a window of 0.
    pub zero_window: Option<ZeroWindow>,
    /// The bytes beyond its acknowledgment number that its SACK blocks acknowledge.
    pub selectively_acked: u32,
}

impl TcpAnalysis {
    /// Whether there is nothing to show.
    pub fn is_nothing(&self) -> bool {
        *self
            == TcpAnalysis {
                initial_rtt: self.initial_rtt,
                ..TcpAnalysis::default()
            }
    }

    /// Returns it without what Wireshark does not show.
    pub(crate) fn wireshark(&self) -> TcpAnalysis {
        TcpAnalysis {
            missing_before: 0,
            fills: None,
            captured_before: 0,
            zero_window: None,
            selectively_acked: 0,
            ..*self
        }
    }

    /// Returns the beginning of the line in Wireshark's packet list.
    pub fn prefix(&self) -> String {
        let mut text = String::new();
        // Each is put before those listed earlier.
        for mark in MARKS.iter().rev().filter(|m| self.flags.any(m.bit)) {
            text += mark.prefix;
            if mark.bit == AnalysisFlags::DUPLICATE_ACK
                && let Some((times, packet)) = self.duplicate_ack
            {
                let _ = write!(text, "[TCP Dup ACK {packet}#{times}] ");
            }
        }
        text
    }
}
