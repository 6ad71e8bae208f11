//! The captures that come with the program, to try it on and to learn from.

use crate::lang::TextId;
use include_dir::{Dir, include_dir};
use std::{
    fs::File,
    io::{self, Seek, Write},
};

static FOLDER: Dir = include_dir!("$CARGO_MANIFEST_DIR/samples");

/// One of them.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Its file name.
    pub name: &'static str,
    /// What it shows, in a few words.
    pub shows: &'static str,
    bytes: &'static [u8],
}

/// Their file names and what they show, in the order of their README.
const SAMPLES: [(&str, TextId); 42] = [
    ("everyday.pcapng", TextId("sample-everyday")),
    ("web-keepalive.pcap", TextId("sample-web-keepalive")),
    ("web-korean.pcap", TextId("sample-web-korean")),
    ("web-uploads.pcap", TextId("sample-web-uploads")),
    ("ftp-passive.pcap", TextId("sample-ftp-passive")),
    ("ftp-active.pcap", TextId("sample-ftp-active")),
    ("smtp-plain.pcap", TextId("sample-smtp-plain")),
    ("smtp-starttls.pcap", TextId("sample-smtp-starttls")),
    (
        "smtp-starttls-unused.pcap",
        TextId("sample-smtp-starttls-unused"),
    ),
    ("redis.pcap", TextId("sample-redis")),
    ("refused.pcap", TextId("sample-refused")),
    ("unanswered.pcap", TextId("sample-unanswered")),
    ("icmp-unreachable.pcap", TextId("sample-icmp-unreachable")),
    ("path-mtu.pcap", TextId("sample-path-mtu")),
    (
        "reset-in-the-middle.pcap",
        TextId("sample-reset-in-the-middle"),
    ),
    ("half-close.pcap", TextId("sample-half-close")),
    ("simultaneous-open.pcap", TextId("sample-simultaneous-open")),
    ("port-reuse.pcap", TextId("sample-port-reuse")),
    ("tcp-fast-open.pcap", TextId("sample-tcp-fast-open")),
    ("mid-stream.pcap", TextId("sample-mid-stream")),
    ("lossy-reordering.pcap", TextId("sample-lossy-reordering")),
    (
        "lossy-reordering-at-sender.pcap",
        TextId("sample-lossy-reordering-at-sender"),
    ),
    ("zero-window.pcap", TextId("sample-zero-window")),
    ("keepalive-probes.pcap", TextId("sample-keepalive-probes")),
    ("ecn.pcap", TextId("sample-ecn")),
    ("offload.pcap", TextId("sample-offload")),
    ("dns.pcap", TextId("sample-dns")),
    ("tls.pcap", TextId("sample-tls")),
    ("ssh-login.pcap", TextId("sample-ssh-login")),
    ("arp-icmp.pcap", TextId("sample-arp-icmp")),
    ("ipv6.pcap", TextId("sample-ipv6")),
    ("fragments.pcap", TextId("sample-fragments")),
    ("vlan.pcap", TextId("sample-vlan")),
    ("vlan-qinq.pcap", TextId("sample-vlan-qinq")),
    ("tunnel-gre.pcap", TextId("sample-tunnel-gre")),
    ("tunnel-6in4.pcap", TextId("sample-tunnel-6in4")),
    ("raw-ip.pcap", TextId("sample-raw-ip")),
    ("tunnel-vxlan.pcap", TextId("sample-tunnel-vxlan")),
    ("loopback.pcap", TextId("sample-loopback")),
    ("any-cooked-v1.pcap", TextId("sample-any-cooked-v1")),
    ("any-cooked-v2.pcap", TextId("sample-any-cooked-v2")),
    ("multi-interface.pcapng", TextId("sample-multi-interface")),
];

/// All of them.
pub fn all() -> Vec<Sample> {
    let all = SAMPLES.iter().filter_map(|(name, shows)| {
        let bytes = FOLDER.get_file(name)?.contents();
        let shows = shows.text();
        Some(Sample { name, shows, bytes })
    });
    all.collect()
}

impl Sample {
    /// Opens it, from a temporary file that has no name.
    pub fn open(&self) -> io::Result<File> {
        let mut file: File = tempfile::tempfile()?;
        file.write_all(self.bytes)?;
        file.rewind()?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Reader;

    #[test]
    fn every_capture_is_described_and_opens() {
        let all = all();
        assert_eq!(all.len(), SAMPLES.len());
        let readme = include_str!("../samples/README.md");
        let described = |name: &str| all.iter().any(|sample| sample.name == name);
        for file in FOLDER.files() {
            let name = file.path().to_str().unwrap();
            if name.ends_with(".pcap") || name.ends_with(".pcapng") {
                assert!(described(name), "{name} is missing in samples.rs");
            }
        }
        for sample in &all {
            let (name, shows) = (sample.name, sample.shows);
            let row = readme
                .lines()
                .find(|row| row.starts_with(&format!("| `{name}`")));
            assert!(
                row.is_some_and(|row| row.contains(&format!("| {shows} |"))),
                "{name} stands in no table of samples/README.md with these words"
            );
            let file = sample.open().unwrap();
            let mut reader = Reader::from_file(file, sample.name).unwrap();
            while reader.next().is_some() {}
            assert!(reader.packets() > 0 && !reader.damaged(), "{}", sample.name);
        }
    }
}
