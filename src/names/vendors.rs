//! The manufacturer of a network card, by the first bytes of its address, from a list of the system.

use std::{
    collections::BTreeSet,
    fs::File,
    io::Read,
    ops::Range,
    path::Path,
    sync::{Arc, OnceLock},
};

/// The paths of the lists: Wireshark's, IEEE's in Debian's package `ieee-data`, nmap's. The first one that exists is
/// read, with all of its files.
const PLACES: [&[&str]; 6] = [
    &["/usr/share/wireshark/manuf"],
    &[
        "/usr/share/ieee-data/oui.csv",
        "/usr/share/ieee-data/mam.csv",
        "/usr/share/ieee-data/oui36.csv",
    ],
    &[
        "/var/lib/ieee-data/oui.csv",
        "/var/lib/ieee-data/mam.csv",
        "/var/lib/ieee-data/oui36.csv",
    ],
    &["/usr/share/ieee-data/oui.txt"],
    &["/var/lib/ieee-data/oui.txt"],
    &["/usr/share/nmap/nmap-mac-prefixes"],
];

/// How much of a file is read, bytes: IEEE's list, the longest, has 6 million.
const MAX_BYTES: u64 = 16 << 20;

/// The maximum number of manufacturers that are kept: there are some 50,000.
const MAX_VENDORS: usize = 1 << 18;

/// The maximum number of characters of a manufacturer's name.
const MAX_NAME: usize = 60;

/// The list, once it has been read; it is empty before.
#[derive(Clone, Debug, Default)]
pub struct Vendors(Arc<OnceLock<Table>>);

impl Vendors {
    /// Reads the system's list. It takes some hundredths of a second.
    pub fn load(&self) {
        let files = PLACES
            .iter()
            .find(|files| files.iter().any(|file| Path::new(file).is_file()));
        let mut table = Table::default();
        for file in files.copied().unwrap_or_default() {
            let mut text = Vec::new();
            let opened = File::open(file).map(|file| file.take(MAX_BYTES));
            if opened
                .and_then(|mut file| file.read_to_end(&mut text))
                .is_ok()
            {
                table.read(&String::from_utf8_lossy(&text));
            }
        }
        table.sort();
        let _ = self.0.set(table);
    }

    /// Returns the manufacturer of the card with this address. It is not fit for a terminal.
    pub fn of(&self, mac: [u8; 6]) -> Option<&str> {
        self.0.get()?.find(mac)
    }
}

/// Manufacturers by the first bits of addresses.
#[derive(Debug, Default)]
struct Table {
    /// The bits, flush left in 48, followed by their number; and the range of the name.
    prefixes: Vec<(u64, Range<u32>)>,
    /// All names.
    names: String,
    /// The numbers of bits that occur.
    lengths: BTreeSet<u32>,
}

fn key(bits: u64, length: u32) -> u64 {
    let rest = 48_u32.saturating_sub(length);
    (bits >> rest << rest) << 8 | u64::from(length)
}

impl Table {
    fn read(&mut self, text: &str) {
        for (bits, length, name) in text.lines().filter_map(entry) {
            if self.prefixes.len() >= MAX_VENDORS {
                return;
            }
            let start = self.names.len() as u32;
            self.names.extend(name.chars().take(MAX_NAME));
            let place = start..self.names.len() as u32;
            self.prefixes.push((key(bits, length), place));
            self.lengths.insert(length);
        }
    }

    /// Of equal prefixes, the first is kept.
    fn sort(&mut self) {
        self.prefixes.sort_by_key(|(key, _)| *key);
        self.prefixes.dedup_by_key(|(key, _)| *key);
    }

    /// Returns the longest match for the address.
    fn find(&self, mac: [u8; 6]) -> Option<&str> {
        let [a, b, c, d, e, f] = mac;
        let bits = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
        self.lengths.iter().rev().find_map(|length| {
            let key = key(bits, *length);
            let at = self.prefixes.binary_search_by_key(&key, |(key, _)| *key);
            let (_, place) = self.prefixes.get(at.ok()?)?;
            self.names.get(place.start as usize..place.end as usize)
        })
    }
}

/// Parses a line of any of the lists: the first bits of addresses, how many, and the manufacturer.
fn entry(line: &str) -> Option<(u64, u32, &str)> {
    let (prefix, name) = match line.strip_prefix("MA-") {
        // IEEE: MA-L,002272,"American Micro-Fuel Device Corp.",…
        Some(line) => {
            let (_, line) = line.split_once(',')?;
            let (prefix, name) = line.split_once(',')?;
            let name = match name.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?.0,
                None => name.split(',').next()?,
            };
            (prefix, name)
        }
        // nmap: 002272 Name. Wireshark: 00:22:72, or 00:1B:C5:00:00:00/36, its short name, its name.
        None => {
            let (prefix, rest) = line.split_once(char::is_whitespace)?;
            let rest = rest.trim_start();
            // IEEE's text: 00-22-72   (hex)		Name
            let rest = rest
                .strip_prefix("(hex)")
                .or(rest.strip_prefix("(base 16)"))
                .unwrap_or(rest);
            let rest = rest.trim();
            let name = rest.rsplit_once('\t').map_or(rest, |(_, name)| name);
            (prefix, name)
        }
    };
    let (digits, length) = match prefix.split_once('/') {
        Some((digits, length)) => (digits, Some(length.parse::<u32>().ok()?)),
        None => (prefix, None),
    };
    let (mut bits, mut count) = (0_u64, 0);
    for letter in digits
        .chars()
        .filter(|letter| !matches!(letter, ':' | '-' | '.'))
    {
        bits = bits << 4 | u64::from(letter.to_digit(16)?);
        count += 4;
        if count > 48 {
            return None;
        }
    }
    let length = length.unwrap_or(count);
    let name = name.trim();
    let makes_sense = (24..=48).contains(&length) && count >= 24 && !name.is_empty();
    makes_sense.then_some((bits << (48 - count), length, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        let mut table = Table::default();
        table.read(text);
        table.sort();
        table
    }

    const CARD: [u8; 6] = [0x00, 0x22, 0x72, 1, 2, 3];

    #[test]
    fn every_list_says_the_same() {
        for text in [
            "# manuf\n00:22:72\tAmerican\tMicro-Fuel, Inc.\n",
            "00:22:72\tMicro-Fuel, Inc.",
            "OUI/MA-L\tOrganization\n00-22-72   (hex)\t\tMicro-Fuel, Inc.\r\n002272     (base 16)\t\tMicro-Fuel, Inc.\n\t\t\t\t2181 Buchanan Loop\n",
            "Registry,Assignment,Organization Name,Organization Address\nMA-L,002272,\"Micro-Fuel, Inc.\",\"2181 Loop, US\"\n",
            "# nmap\n002272 Micro-Fuel, Inc.\n",
        ] {
            let table = table(text);
            assert_eq!(table.find(CARD), Some("Micro-Fuel, Inc."), "{text}");
            assert_eq!(table.find([0, 0x22, 0x73, 1, 2, 3]), None);
            assert_eq!(table.prefixes.len(), 1, "{text}");
        }
    }

    /// The owner of a part of a block is named, rather than its seller.
    #[test]
    fn the_longest_prefix_holds() {
        let table = table(
            "00:1B:C5\tIEEERegi\tIEEE Registration Authority\n\
             00:1B:C5:00:10:00/36\tOpenRBco\tOpenRB.com\n\
             MA-M,8C476E1,Another One,Somewhere\n",
        );
        let name = |mac| table.find(mac);
        assert_eq!(name([0, 0x1b, 0xc5, 0, 0x1f, 9]), Some("OpenRB.com"));
        let seller = Some("IEEE Registration Authority");
        assert_eq!(name([0, 0x1b, 0xc5, 0, 0x20, 9]), seller);
        assert_eq!(name([0x8c, 0x47, 0x6e, 0x1f, 0, 0]), Some("Another One"));
        assert_eq!(name([0x8c, 0x47, 0x6e, 0x2f, 0, 0]), None);
    }

    #[test]
    fn nonsense_is_passed_over() {
        let long = format!("00:22:72\t{}", "가".repeat(1 << 16));
        let table = table(&format!(
            "\n\t\n:\n00\tx\n00:22\tx\nzz:22:72 x\n00:22:72:00:00:00:00 x\n00:22:72/99 x\n00:22:72/3 x\n00:22:72 \nMA-L\nMA-L,002272\nMA-L,002272,\"x\n{long}\n"
        ));
        assert_eq!(
            table.find(CARD).map(|name| name.chars().count()),
            Some(MAX_NAME)
        );
        assert_eq!(table.prefixes.len(), 1);
    }

    /// If this machine has a list, it is parsed.
    #[test]
    fn the_list_of_this_machine() {
        let vendors = Vendors::default();
        assert_eq!(vendors.of([0, 0, 0x0c, 1, 2, 3]), None);
        vendors.load();
        if PLACES
            .iter()
            .flat_map(|files| *files)
            .any(|file| Path::new(file).is_file())
        {
            let name = vendors.of([0, 0, 0x0c, 1, 2, 3]).unwrap_or_default();
            assert!(name.to_lowercase().contains("cisco"), "{name}");
        }
    }
}
