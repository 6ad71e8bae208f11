//! The packet's line in the list, and the addresses it is about.

use super::{Layer, apart};
use std::net::IpAddr;

impl Layer<'_, '_> {
    /// The line that the packet list shows. Later layers replace what earlier ones said; what a quoted packet would
    /// say is ignored.
    #[inline(always)]
    pub fn info(&mut self, words: impl FnOnce() -> String) {
        if let Some(summary) = &mut self.summary
            && !self.quoted
        {
            apart(|| summary.info = words());
        }
    }

    /// Says this behind what the messages before this one in the same layers said.
    pub fn info_listed(&mut self, between: &str, words: impl FnOnce() -> String) {
        let follows = self.follows;
        if let Some(summary) = &mut self.summary
            && !self.quoted
        {
            match follows {
                true => {
                    summary.info.push_str(between);
                    summary.info.push_str(&words());
                }
                false => summary.info = words(),
            }
        }
    }

    /// What the protocol column of the packet list says instead of the dissector's own word.
    #[inline]
    pub fn column(&mut self, word: &'static str) {
        if let Some(summary) = &mut self.summary
            && !self.quoted
        {
            summary.protocol = word;
        }
    }

    /// The addresses that the packet list shows.
    #[inline(always)]
    pub fn endpoints(&mut self, words: impl FnOnce() -> (String, String)) {
        if let Some(summary) = &mut self.summary
            && !self.quoted
        {
            apart(|| (summary.source, summary.destination) = words());
        }
    }

    /// The network addresses that the layers above belong to.
    #[inline(always)]
    pub fn set_network(&mut self, source: IpAddr, destination: IpAddr) {
        self.network = Some((source, destination));
        if self.summary.is_some() {
            self.show_network();
        }
    }

    /// Reads the addresses back: who is handed them must not have to keep them in memory for it.
    #[cold]
    #[inline(never)]
    fn show_network(&mut self) {
        if let Some((source, destination)) = self.network {
            self.endpoints(|| (source.to_string(), destination.to_string()));
        }
    }

    /// The innermost network addresses: source, destination.
    #[inline]
    pub fn network(&self) -> Option<(IpAddr, IpAddr)> {
        self.network
    }

    /// How many hops the innermost network layer may still take.
    #[inline]
    pub fn hop_limit(&self) -> u8 {
        self.hop_limit
    }

    /// Says how many hops this packet may still take.
    #[inline]
    pub fn set_hop_limit(&mut self, hops: u8) {
        self.hop_limit = hops;
    }
}
