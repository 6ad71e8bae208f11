//! The packet's line in the list, and its addresses.

use super::{Layer, apart};
use std::net::IpAddr;

/// After a text of this length, bytes, no more messages are listed: a packet may have hundreds.
const MAX_LISTED: usize = 1000;

impl Layer<'_, '_> {
    /// Sets the line of the packet list. Later layers replace the text of earlier ones; that of a quoted packet is
    /// ignored.
    #[inline(always)]
    pub fn info(&mut self, words: impl FnOnce() -> String) {
        if let Some(summary) = &mut self.summary
            && !self.quoted
        {
            apart(|| summary.info = words());
        }
    }

    /// Appends this to the texts of the messages before this one in the same layers.
    pub fn info_listed(&mut self, between: &str, words: impl FnOnce() -> String) {
        let follows = self.follows;
        if let Some(summary) = &mut self.summary
            && !self.quoted
        {
            match follows {
                true if summary.info.len() > MAX_LISTED => {}
                true => {
                    summary.info.push_str(between);
                    summary.info.push_str(&words());
                }
                false => summary.info = words(),
            }
        }
    }

    /// Sets the protocol column of the packet list, instead of the dissector's own text.
    #[inline]
    pub fn column(&mut self, word: &'static str) {
        if let Some(summary) = &mut self.summary
            && !self.quoted
        {
            summary.protocol = word;
        }
    }

    /// Sets the addresses that the packet list shows.
    #[inline(always)]
    pub fn endpoints(&mut self, words: impl FnOnce() -> (String, String)) {
        if let Some(summary) = &mut self.summary
            && !self.quoted
        {
            apart(|| (summary.source, summary.destination) = words());
        }
    }

    /// Sets the network addresses of the layers above.
    #[inline(always)]
    pub fn set_network(&mut self, source: IpAddr, destination: IpAddr) {
        if !self.quoted && self.nesting == 0 {
            self.facts.push_hosts(source, destination);
        }
        self.network = Some((source, destination));
        if self.summary.is_some() {
            self.show_network();
        }
    }

    /// Shows the network addresses, read from memory so that callers may keep them in registers.
    #[cold]
    #[inline(never)]
    fn show_network(&mut self) {
        if let Some((source, destination)) = self.network {
            self.endpoints(|| (source.to_string(), destination.to_string()));
        }
    }

    /// Returns the innermost network addresses: source, destination.
    #[inline]
    pub fn network(&self) -> Option<(IpAddr, IpAddr)> {
        self.network
    }

    /// Returns how many hops remain by the innermost network layer.
    #[inline]
    pub fn hop_limit(&self) -> u8 {
        self.hop_limit
    }

    /// Sets how many hops remain for this packet.
    #[inline]
    pub fn set_hop_limit(&mut self, hops: u8) {
        self.hop_limit = hops;
    }

    /// Returns the ECN bits of the innermost network layer.
    #[inline]
    pub fn ecn(&self) -> u8 {
        self.ecn
    }

    /// Sets the ECN bits of this packet.
    #[inline]
    pub fn set_ecn(&mut self, ecn: u8) {
        self.ecn = ecn;
    }
}
