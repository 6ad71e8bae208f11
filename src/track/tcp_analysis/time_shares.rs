//! Where the time of a connection went: every interval between two of its packets counts as one [`Share`].
//!
//! Where two shares hold for an interval, the first of this list counts: handshake, waiting for a window of 0 to open,
//! waiting for a retransmission, waiting for a full window to be acknowledged, thinking, transfer, idle.
//!
//! - **Handshake**: from the first SYN to the ACK that ends the handshake.
//! - **Window**: the receiver's window is 0, or the sender has filled it.
//! - **Retransmission**: from a loss until it is repaired: from a gap or the second duplicate acknowledgment until all
//!   that had been sent is acknowledged, as NewReno's recovery (RFC 6582, section 3.2), and from a lost segment to its
//!   retransmission after a timeout.
//! - **Thinking**: a side sends the next data, although nothing on the path held it back. To answer also takes the round
//!   trip between the capture and that side, which counts as transfer.
//! - **Transfer**: data is under way.
//! - **Idle**: everything is acknowledged, and it ends without more data of the side whose turn it was, or keep-alives
//!   show that the connection is only held open.

use super::Side;

/// What a part of the time was spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// Opening the connection.
    Handshake,
    /// The client had not sent what it would send next.
    Client,
    /// The server had not sent what it would send next.
    Server,
    /// Data was under way.
    Transfer,
    /// The receiver had no room.
    Window,
    /// Lost data had not come yet.
    Retransmission,
    /// All data was acknowledged, and neither side sent any.
    Idle,
}

impl Share {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Share; 7] = [
        Share::Handshake,
        Share::Client,
        Share::Server,
        Share::Transfer,
        Share::Window,
        Share::Retransmission,
        Share::Idle,
    ];

    /// Returns its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Share::Handshake => "handshake_ns",
            Share::Client => "client_ns",
            Share::Server => "server_ns",
            Share::Transfer => "transfer_ns",
            Share::Window => "window_ns",
            Share::Retransmission => "retransmission_ns",
            Share::Idle => "idle_ns",
        }
    }

    fn thinking(side: Side) -> Share {
        match side {
            Side::Client => Share::Client,
            Side::Server => Share::Server,
        }
    }
}

/// The time of each share, nanoseconds. Together they are the duration of the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeShares([i64; Share::ALL.len()]);

impl TimeShares {
    /// Returns the time of one share, nanoseconds.
    pub fn get(&self, share: Share) -> i64 {
        let [
            handshake,
            client,
            server,
            transfer,
            window,
            retransmission,
            idle,
        ] = self.0;
        match share {
            Share::Handshake => handshake,
            Share::Client => client,
            Share::Server => server,
            Share::Transfer => transfer,
            Share::Window => window,
            Share::Retransmission => retransmission,
            Share::Idle => idle,
        }
    }

    /// Returns the sum of all shares, nanoseconds.
    pub fn total_ns(&self) -> i64 {
        self.0.iter().fold(0, |sum, ns| sum.saturating_add(*ns))
    }

    /// Reads a field of its cache line.
    #[inline]
    pub(super) fn touch(&self) -> u32 {
        self.0.first().map_or(0, |ns| *ns as u32)
    }

    #[inline]
    pub(super) fn add(&mut self, share: Share, ns: i64) {
        if let Some(sum) = self.0.get_mut(share as usize) {
            *sum = sum.saturating_add(ns);
        }
    }
}

/// The side that sent data last, and the time since then that is not yet known to be of another share.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Turn {
    /// The side that sent last. None before the first packet.
    pub sender: Option<Side>,
    /// The packet with its last data, and when that came; 0 for none.
    pub packet: u32,
    pub time_ns: i64,
    /// How much new data it has sent since the other side did, bytes.
    pub length: u32,
    /// The packet with the last data of the other side before it, and how much that was, bytes; 0 for none.
    pub asked_in: u32,
    pub asked: u32,
    /// Its data was sent again.
    pub is_resent: bool,
    /// Keep-alives came meanwhile: nothing was expected of either side.
    pub is_idle: bool,
    /// Time while its data was not acknowledged, and after that, nanoseconds.
    pub unacknowledged_ns: i64,
    pub acknowledged_ns: i64,
}

impl Turn {
    /// Returns the time that is not yet counted.
    fn open_ns(&self) -> i64 {
        self.unacknowledged_ns.saturating_add(self.acknowledged_ns)
    }

    /// Counts the wait that new data of a side ends. `path_ns` is the round trip from the capture to that side. Returns
    /// how long the side took to answer, if it did.
    pub fn ends_with_data(
        &mut self,
        side: Side,
        path_ns: i64,
        shares: &mut TimeShares,
    ) -> Option<i64> {
        let own = self.sender == Some(side);
        let on_path = match own {
            true => self.unacknowledged_ns,
            false => self.open_ns().min(path_ns),
        };
        let thinking = self.open_ns().saturating_sub(on_path);
        shares.add(Share::Transfer, on_path);
        let share = match self.is_idle {
            true => Share::Idle,
            false => Share::thinking(side),
        };
        shares.add(share, thinking);
        let answers = self.sender == Some(side.other()) && !self.is_idle;
        answers.then_some(thinking)
    }

    /// Counts the wait that ends without data: by the FIN or RST of a side, or by the end of the capture.
    pub fn ends_with(&self, by: Option<Side>, shares: &mut TimeShares) {
        shares.add(Share::Transfer, self.unacknowledged_ns);
        let share = match (self.sender, by) {
            // It was its turn to speak.
            _ if self.is_idle => Share::Idle,
            (Some(sender), Some(by)) if sender != by => Share::thinking(by),
            // The request was never answered.
            (Some(Side::Client), None) if self.packet > 0 => Share::Server,
            _ => Share::Idle,
        };
        shares.add(share, self.acknowledged_ns);
    }

    /// Takes out time that turned out to be of another share; returns how much there was.
    pub fn take(&mut self, ns: i64) -> i64 {
        let acknowledged = self.acknowledged_ns.min(ns.max(0));
        self.acknowledged_ns -= acknowledged;
        let unacknowledged = self.unacknowledged_ns.min(ns.max(0) - acknowledged);
        self.unacknowledged_ns -= unacknowledged;
        acknowledged + unacknowledged
    }
}
