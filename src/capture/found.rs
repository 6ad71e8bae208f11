//! The data of a capture besides its packets, with limits.

use std::collections::{BTreeMap, btree_map::Entry};
use std::net::IpAddr;
use std::sync::Arc;

use super::diagnostic::{Diagnostic, MAX_DIAGNOSTICS, Problem, Severity};
use crate::lang::TextId;

/// The maximum number of interfaces in a capture: an index of 16 bits, without the few values that are not interfaces.
pub const MAX_INTERFACES: usize = 0xfff0;

/// How many packet comments are kept.
pub const MAX_COMMENTS: usize = 1 << 20;

/// How many sections are kept: they are few, and each may hold some texts.
pub const MAX_SECTIONS: usize = 1000;

/// How many names of addresses are kept.
pub const MAX_NAMES: usize = 1 << 20;

/// How many bytes of decryption secrets are kept: a key log line is some 200 bytes.
pub const MAX_SECRET_BYTES: usize = 64 * 1024 * 1024;

/// How many bytes of comments are kept in all: one may have 64 KiB.
const MAX_COMMENT_BYTES: usize = 256 * 1024 * 1024;

/// How many bytes of comments are kept of one packet: the longest comment.
const MAX_COMMENT_BYTES_OF_PACKET: usize = 64 * 1024;

/// How much memory a name takes besides its letters, in the maps and lists that hold it, bytes.
const NAME: usize = 200;

/// An interface: the header of a pcap file, or an Interface Description Block of pcapng (PCAP-NG draft section 4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Interface {
    /// The format of its packets: a LINKTYPE number, see <https://www.tcpdump.org/linktypes.html>.
    pub link_type: u16,
    /// The maximum number of bytes captured per packet; 0 for no limit.
    pub snaplen: u32,
    /// Its name, such as `eth0`.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// The capture filter, in libpcap's syntax.
    pub filter: Option<String>,
    /// The operating system it belongs to.
    pub os: Option<String>,
    /// The description of its hardware.
    pub hardware: Option<String>,
    /// Comments on it.
    pub comments: Vec<String>,
    /// The length of the frame check sequence at the end of each packet, bytes, if it is known.
    pub fcs_length: Option<u8>,
    /// Packets received by the interface, from its statistics (`isb_ifrecv`).
    pub received: Option<u64>,
    /// Packets lost by the interface or the operating system, from its statistics (`isb_ifdrop` + `isb_osdrop`).
    pub drops: Option<u64>,
    /// One of these counters was less than before.
    pub is_miscounted: bool,
}

/// More packets than this no interface loses, nor does it receive them: a hundred million in each second of three hours.
const MAX_COUNT: u64 = 1 << 40;

impl Interface {
    /// Takes the counters of its statistics. The last ones are kept, as they grow during a capture.
    pub(super) fn count(&mut self, received: Option<u64>, drops: Option<u64>) {
        for (known, now) in [(&mut self.received, received), (&mut self.drops, drops)] {
            self.is_miscounted |= now.is_some() && now < *known;
            *known = now.or(*known);
        }
    }

    /// Returns the same interface without its counters.
    pub(super) fn uncounted(&self) -> Interface {
        Interface {
            received: None,
            drops: None,
            is_miscounted: false,
            ..self.clone()
        }
    }

    /// Adds the counters of the same interface in another file: what it counted there from the beginning, or on from
    /// the last file.
    pub(super) fn count_on(&mut self, other: &Interface) {
        self.is_miscounted |= other.is_miscounted;
        let pairs = [
            (&mut self.received, other.received),
            (&mut self.drops, other.drops),
        ];
        for (known, now) in pairs {
            *known = match (*known, now) {
                (Some(before), Some(now)) if now < before => Some(before.saturating_add(now)),
                (before, now) => now.or(before),
            };
        }
    }

    /// Returns how many packets it lost, if its counters can be right: drivers leave some of them undefined. Those that it
    /// lost are among those that it received.
    pub fn lost(&self) -> Option<u64> {
        let is_possible = |drops: &u64| {
            let most = self.received.unwrap_or(MAX_COUNT).min(MAX_COUNT);
            *drops <= most && !self.is_miscounted
        };
        self.drops.filter(is_possible)
    }
}

/// The contents of a Section Header Block (PCAP-NG draft section 4.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// The number of packets in the previous sections.
    pub packets_before: u64,
    /// The number of interfaces in the previous sections: each section numbers its own from 0.
    pub interfaces_before: usize,
    /// The machine that captured.
    pub hardware: Option<String>,
    /// Its operating system.
    pub os: Option<String>,
    /// The program that wrote the section.
    pub application: Option<String>,
    /// Comments on the capture.
    pub comments: Vec<String>,
}

/// Keys for decrypting what was captured (PCAP-NG draft section 4.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secrets {
    /// Their kind: [`Secrets::TLS_KEY_LOG`] and others.
    pub kind: u32,
    /// The secrets, in the format of their kind.
    pub data: Vec<u8>,
}

impl Secrets {
    /// Lines as in a `SSLKEYLOGFILE`.
    pub const TLS_KEY_LOG: u32 = 0x544c_534b;
}

/// Everything that is collected while reading.
#[derive(Default)]
pub(super) struct Found {
    /// How many packets have been returned.
    pub packets: u64,
    pub interfaces: Vec<Interface>,
    pub diagnostics: Vec<Diagnostic>,
    pub more_diagnostics: u64,
    pub damaged: bool,
    /// Comments on packets that the index has not taken over.
    pub comments: Vec<(u64, String)>,
    /// How many comments were kept, and their bytes.
    kept_comments: (usize, usize),
    /// The packet with the last comment, and the bytes of all comments on it.
    commented: (u64, usize),
    pub sections: Vec<Section>,
    pub names: BTreeMap<IpAddr, String>,
    /// The addresses with names, in the order of the capture.
    pub named: Vec<IpAddr>,
    pub secrets: Vec<Secrets>,
    name_bytes: usize,
    secret_bytes: usize,
    /// How much memory names may take, and secrets, bytes; none for as much as the constants allow.
    room: Option<usize>,
    /// The limits that were reached, so that each is reported once.
    full: Vec<TextId>,
}

impl Found {
    /// Records an error at `offset`, after the last packet returned. A damaged file may have one for each of its
    /// packets, so the message is only made if it is kept.
    #[cold]
    pub fn diagnose(&mut self, offset: u64, kind: Problem, message: impl FnOnce() -> String) {
        self.damaged |= kind.severity() == Severity::Error;
        if self.diagnostics.len() < MAX_DIAGNOSTICS {
            self.diagnostics.push(Diagnostic {
                offset,
                packet: self.packets,
                kind,
                message: message(),
                file: None,
            });
        } else {
            self.more_diagnostics += 1;
        }
    }

    /// Limits the memory that names may take, and secrets, as those of another one.
    pub fn limit_like(&mut self, other: &Found) {
        self.room = other.room;
    }

    /// Takes an error over from one of several files.
    #[cold]
    pub fn adopt(&mut self, diagnostic: Diagnostic, file: &Arc<str>) {
        self.damaged |= diagnostic.severity() == Severity::Error;
        if self.diagnostics.len() < MAX_DIAGNOSTICS {
            self.diagnostics.push(Diagnostic {
                file: Some(Arc::clone(file)),
                ..diagnostic
            });
        } else {
            self.more_diagnostics += 1;
        }
    }

    /// Reports once that there are more items of a kind than are kept.
    #[cold]
    fn too_many(&mut self, offset: u64, what: TextId) {
        if !self.full.contains(&what) {
            self.full.push(what);
            self.diagnose(offset, Problem::TooMany, || what.text().to_owned());
        }
    }

    /// Keeps an interface; returns false if there are too many.
    pub fn interface(&mut self, offset: u64, interface: Interface) -> bool {
        let room = self.interfaces.len() < MAX_INTERFACES;
        if room {
            self.interfaces.push(interface);
        } else {
            self.too_many(offset, TextId("problem-too-many-interfaces"));
        }
        room
    }

    /// Keeps a comment on the packet that is about to be returned.
    pub fn comment(&mut self, offset: u64, text: String) {
        let packet = self.packets + 1;
        if self.commented.0 != packet {
            self.commented = (packet, 0);
        }
        let (count, bytes) = &mut self.kept_comments;
        let of_packet = &mut self.commented.1;
        if *count < MAX_COMMENTS
            && *bytes + text.len() <= MAX_COMMENT_BYTES
            && *of_packet + text.len() <= MAX_COMMENT_BYTES_OF_PACKET
        {
            *count += 1;
            *bytes += text.len();
            *of_packet += text.len();
            self.comments.push((packet, text));
        } else {
            self.too_many(offset, TextId("problem-too-many-comments"));
        }
    }

    /// Keeps the data of a section.
    pub fn section(&mut self, offset: u64, section: Section) {
        if self.sections.len() < MAX_SECTIONS {
            self.sections.push(section);
        } else {
            self.too_many(offset, TextId("problem-too-many-sections"));
        }
    }

    /// Limits the memory that names may take, and secrets, bytes each.
    pub fn limit(&mut self, room: usize) {
        self.room = Some(room);
    }

    /// Keeps the first name given to an address.
    pub fn name(&mut self, offset: u64, address: IpAddr, name: String) {
        let bytes = self.name_bytes + NAME + name.len();
        if self.names.len() < MAX_NAMES && self.room.is_none_or(|room| bytes <= room) {
            if let Entry::Vacant(entry) = self.names.entry(address) {
                entry.insert(name);
                self.name_bytes = bytes;
                self.named.push(address);
            }
        } else {
            self.too_many(offset, TextId("problem-too-many-names"));
        }
    }

    /// Keeps secrets.
    pub fn secret(&mut self, offset: u64, kind: u32, data: &[u8]) {
        // The number of secrets is limited too, since empty ones also take room.
        let bytes = self.secret_bytes + data.len();
        let most = self.room.unwrap_or(usize::MAX).min(MAX_SECRET_BYTES);
        if bytes <= most && self.secrets.len() < MAX_SECTIONS {
            self.secret_bytes = bytes;
            self.secrets.push(Secrets {
                kind,
                data: data.to_vec(),
            });
        } else {
            self.too_many(offset, TextId("problem-too-many-secrets"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_that_can_be_right() {
        let lost = |counts: &[(Option<u64>, Option<u64>)]| {
            let mut interface = Interface::default();
            for (received, drops) in counts {
                interface.count(*received, *drops);
            }
            interface.lost()
        };
        assert_eq!(lost(&[]), None);
        assert_eq!(lost(&[(Some(10), Some(1)), (Some(20), Some(6))]), Some(6));
        assert_eq!(lost(&[(None, Some(6)), (Some(20), None)]), Some(6));
        // More than came, than there can be, less than before.
        assert_eq!(lost(&[(Some(20), Some(21))]), None);
        assert_eq!(lost(&[(None, Some(u64::MAX))]), None);
        assert_eq!(lost(&[(Some(u64::MAX), Some(1 << 41))]), None);
        assert_eq!(lost(&[(Some(20), Some(6)), (Some(30), Some(5))]), None);
        assert_eq!(lost(&[(Some(20), Some(6)), (Some(10), Some(7))]), None);
    }
}
