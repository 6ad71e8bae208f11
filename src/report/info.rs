//! `wiretalk info`: what a capture file is, without a look into its packets.

use super::{
    json::{List, Object, string},
    table::Table,
};
use crate::{
    capture::{Compression, FileType, Interface, Reader},
    format::{grouped, printable, seconds},
    lang::{Count, text},
};
use chrono::{DateTime, Utc};
use dissectors::LinkType;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::io::{self, Read, Write};

/// The hashes of a file.
pub struct Hashes {
    /// SHA-256, in hexadecimal.
    pub sha256: String,
    /// SHA-1, in hexadecimal.
    pub sha1: String,
}

impl Hashes {
    /// Reads a file to its end.
    ///
    /// # Errors
    ///
    /// Those of reading.
    pub fn of(file: &mut impl Read) -> io::Result<Self> {
        let (mut sha256, mut sha1) = (Sha256::new(), Sha1::new());
        let mut buffer = vec![0; 1 << 16];
        loop {
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => {
                    let bytes = buffer.get(..length).unwrap_or_default();
                    sha256.update(bytes);
                    sha1.update(bytes);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Hashes {
            sha256: hex(&sha256.finalize()),
            sha1: hex(&sha1.finalize()),
        })
    }
}

/// A file as it is on the disk.
#[derive(Default)]
pub struct FileFacts {
    /// Its name.
    pub name: String,
    /// Its length in bytes; none of a pipe.
    pub size: Option<u64>,
    /// Its hashes, if they were wanted and could be made.
    pub hashes: Option<Hashes>,
    /// The files that it consists of, if they are several, and their lengths.
    pub files: Vec<(String, Option<u64>)>,
}

/// What the packets of a capture add up to.
#[derive(Default)]
struct Sum {
    packets: u64,
    /// Bytes on the wire, and captured.
    bytes: u64,
    captured: u64,
    /// The earliest and the latest time.
    times: Option<(i64, i64)>,
    /// No packet has a time before that of an earlier one.
    is_ordered: bool,
    last_ns: i64,
    /// Packets by interface.
    interfaces: Vec<u64>,
    /// Packets that the capture cut short.
    cut: u64,
    /// Packets without a time.
    timeless: u64,
}

impl Sum {
    fn of(reader: &mut Reader) -> Self {
        let mut sum = Sum {
            is_ordered: true,
            last_ns: i64::MIN,
            ..Sum::default()
        };
        while let Some(packet) = reader.next() {
            sum.packets += 1;
            sum.bytes += u64::from(packet.original);
            sum.captured += u64::from(packet.captured);
            sum.cut += u64::from(packet.captured < packet.original);
            match packet.has_time {
                true => sum.add_time(packet.time_ns),
                false => sum.timeless += 1,
            }
            let at = usize::from(packet.interface);
            if at >= sum.interfaces.len() {
                sum.interfaces.resize(at + 1, 0);
            }
            if let Some(count) = sum.interfaces.get_mut(at) {
                *count += 1;
            }
        }
        sum
    }

    fn add_time(&mut self, time_ns: i64) {
        self.is_ordered &= time_ns >= self.last_ns;
        self.last_ns = time_ns;
        let (first, last) = self.times.unwrap_or((time_ns, time_ns));
        self.times = Some((first.min(time_ns), last.max(time_ns)));
    }

    /// Returns the time between the earliest and the latest packet, nanoseconds.
    fn span_ns(&self) -> u64 {
        self.times.map_or(0, |(first, last)| last.abs_diff(first))
    }

    /// Whether a time does not fit into nanoseconds since 1970: it is one of the two nearest times instead.
    fn has_unknown_time(&self) -> bool {
        let is_unknown = |ns: i64| ns == i64::MIN || ns == i64::MAX;
        let times = self.times;
        times.is_some_and(|(first, last)| is_unknown(first) || is_unknown(last))
    }

    /// Returns a count by second; none if no time has passed, or it is not known how much.
    fn rate(&self, count: u64) -> Option<f64> {
        let span = self.span_ns();
        (span > 0 && !self.has_unknown_time()).then(|| count as f64 * 1e9 / span as f64)
    }

    fn mean(&self) -> Option<f64> {
        (self.packets > 0).then(|| self.bytes as f64 / self.packets as f64)
    }
}

fn time(ns: i64) -> String {
    match ns {
        i64::MIN => return text!("info-time-before").to_owned(),
        i64::MAX => return text!("info-time-after").to_owned(),
        _ => {}
    }
    let time = DateTime::<Utc>::from_timestamp_nanos(ns);
    time.format("%Y-%m-%dT%H:%M:%S%.9fZ").to_string()
}

fn type_words(file_type: FileType) -> String {
    match file_type {
        FileType::Pcapng => text!("info-pcapng").to_owned(),
        FileType::Pcap {
            nanoseconds,
            modified,
            big_endian,
        } => {
            let kind = match modified {
                true => text!("info-pcap-modified"),
                false => text!("info-pcap"),
            };
            let unit = match nanoseconds {
                true => text!("info-nanoseconds"),
                false => text!("info-microseconds"),
            };
            let order = match big_endian {
                true => text!("info-big-endian"),
                false => text!("info-little-endian"),
            };
            format!("{kind}, {unit}, {order}")
        }
    }
}

fn type_name(file_type: FileType) -> &'static str {
    match file_type {
        FileType::Pcapng => "pcapng",
        FileType::Pcap { .. } => "pcap",
    }
}

fn compression_name(compression: Compression) -> Option<&'static str> {
    match compression {
        Compression::None => None,
        Compression::Gzip => Some("gzip"),
        Compression::Zstandard => Some("zstd"),
        Compression::Lz4 => Some("lz4"),
    }
}

fn link_words(link_type: u16) -> String {
    let link = LinkType(link_type);
    match link.name() {
        Some(name) => format!("{name} ({link_type})"),
        None => link_type.to_string(),
    }
}

/// Reads a capture to its end and writes what it is.
///
/// # Errors
///
/// Those of the output.
pub fn info(
    reader: &mut Reader,
    file: &FileFacts,
    json: bool,
    out: &mut impl Write,
) -> io::Result<()> {
    let sum = Sum::of(reader);
    match json {
        true => write_json(reader, file, &sum, out),
        false => write_text(reader, file, &sum, out),
    }
}

fn write_text(
    reader: &Reader,
    file: &FileFacts,
    sum: &Sum,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut rows: Vec<(&str, String)> = Vec::new();
    let format = reader.format();
    rows.push((text!("info-file"), printable(&file.name)));
    for (name, length) in &file.files {
        let length = length.map(|length| text!("count-bytes", count = Count(length)));
        let words = format!("  {}  {}", printable(name), length.unwrap_or_default());
        rows.push(("", words.trim_end().to_owned()));
    }
    rows.push((text!("info-type"), type_words(format.file_type)));
    if let Some(name) = compression_name(format.compression) {
        rows.push((text!("info-compression"), name.to_owned()));
    }
    if let Some(size) = file.size {
        rows.push((
            text!("info-size"),
            text!("count-bytes", count = Count(size)),
        ));
    }
    let mut links: Vec<u16> = reader.interfaces().iter().map(|it| it.link_type).collect();
    links.sort_unstable();
    links.dedup();
    let links: Vec<String> = links.into_iter().map(link_words).collect();
    rows.push((text!("info-links"), links.join(", ")));
    rows.push((text!("info-packets"), grouped(sum.packets)));
    let bytes = text!("count-bytes", count = Count(sum.bytes));
    rows.push((text!("info-bytes"), bytes));
    if sum.cut > 0 {
        let packets = text!("count-packets", count = Count(sum.cut));
        let bytes = text!("count-bytes", count = Count(sum.captured));
        rows.push((text!("info-captured"), text!("info-cut", bytes, packets)));
    }
    if sum.timeless > 0 {
        let packets = text!("count-packets", count = Count(sum.timeless));
        rows.push((text!("info-timeless"), packets));
    }
    if let Some((first, last)) = sum.times {
        rows.push((text!("info-first"), time(first)));
        rows.push((text!("info-last"), time(last)));
        let span = match sum.has_unknown_time() {
            true => text!("info-no-duration").to_owned(),
            false => {
                let span = i64::try_from(sum.span_ns()).unwrap_or(i64::MAX);
                format!("{} s", seconds(span, 9))
            }
        };
        rows.push((text!("info-duration"), span));
        let order = match sum.is_ordered {
            true => text!("info-in-order"),
            false => text!("info-not-in-order"),
        };
        rows.push((text!("info-order"), order.to_owned()));
    }
    let rate = |count, unit: &str| {
        let rate = sum.rate(count)?;
        let hundredths = (rate.fract() * 100.0) as u64;
        Some(format!("{}.{hundredths:02} {unit}", grouped(rate as u64)))
    };
    let rates = [
        (
            text!("info-packet-rate"),
            rate(sum.packets, text!("info-packets-per-second")),
        ),
        (
            text!("info-byte-rate"),
            rate(sum.bytes, text!("info-bytes-per-second")),
        ),
        (
            text!("info-bit-rate"),
            rate(sum.bytes.saturating_mul(8), text!("info-bits-per-second")),
        ),
        (
            text!("info-mean"),
            sum.mean()
                .map(|mean| text!("info-mean-bytes", mean = format!("{mean:.2}"))),
        ),
    ];
    rows.extend(
        rates
            .into_iter()
            .filter_map(|(name, rate)| Some((name, rate?))),
    );
    let drops = reader.interfaces().iter().filter_map(|it| it.drops);
    if let Some(drops) = drops.reduce(u64::saturating_add) {
        rows.push((text!("info-drops"), grouped(drops)));
    }
    if let Some(hashes) = &file.hashes {
        rows.push(("SHA-256", hashes.sha256.clone()));
        rows.push(("SHA-1", hashes.sha1.clone()));
    }
    for section in reader.sections() {
        for (name, words) in [
            (text!("info-application"), &section.application),
            (text!("info-system"), &section.os),
            (text!("info-hardware"), &section.hardware),
        ] {
            rows.extend(words.as_ref().map(|words| (name, printable(words))));
        }
        let comments = section.comments.iter();
        rows.extend(comments.map(|comment| (text!("info-comment"), printable(comment))));
    }
    let widest = rows.iter().map(|(name, _)| crate::cell::width(name)).max();
    let widest = widest.unwrap_or(0);
    for (name, words) in rows {
        writeln!(out, "{}  {words}", crate::cell::left(name, widest))?;
    }
    write_interfaces(reader, sum, out)
}

fn write_interfaces(reader: &Reader, sum: &Sum, out: &mut impl Write) -> io::Result<()> {
    let interfaces = reader.interfaces();
    let is_described = |it: &Interface| it.name.is_some() || it.received.is_some();
    if interfaces.len() < 2 && !interfaces.iter().any(is_described) {
        return Ok(());
    }
    writeln!(out, "\n{}\n", text!("info-interfaces"))?;
    let numbers = &[true, false, false, true, true, true, true, false];
    let mut table = Table::new(
        numbers,
        &[
            "#",
            text!("info-column-name"),
            text!("info-column-link"),
            text!("info-column-snaplen"),
            text!("info-column-packets"),
            text!("info-column-received"),
            text!("info-column-drops"),
            text!("info-column-filter"),
        ],
    );
    let or_none = |words: &Option<String>| words.as_deref().map(printable).unwrap_or_default();
    let number = |count: Option<u64>| count.map(grouped).unwrap_or_default();
    for (at, interface) in interfaces.iter().enumerate() {
        table.add(vec![
            at.to_string(),
            or_none(&interface.name),
            link_words(interface.link_type),
            match interface.snaplen {
                0 => String::new(),
                length => grouped(length.into()),
            },
            grouped(sum.interfaces.get(at).copied().unwrap_or(0)),
            number(interface.received),
            number(interface.drops),
            or_none(&interface.filter),
        ]);
    }
    table.write(out)
}

fn write_json(
    reader: &Reader,
    file: &FileFacts,
    sum: &Sum,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut line = String::new();
    let format = reader.format();
    let mut object = Object::open(&mut line);
    object.text("file", &file.name);
    if !file.files.is_empty() {
        object.with("files", |text| {
            let mut list = List::open(text);
            for (name, length) in &file.files {
                let mut one = Object::open(list.element());
                one.text("name", name).maybe("size", *length).close();
            }
            list.close();
        });
    }
    object.text("type", type_name(format.file_type));
    match compression_name(format.compression) {
        Some(name) => object.text("compression", name),
        None => object.plain("compression", "null"),
    };
    let (first, last) = sum.times.unzip();
    let rounded = |value: Option<f64>| value.map(|value| format!("{value:.3}"));
    object
        .maybe("size", file.size)
        .plain("packets", sum.packets)
        .plain("bytes", sum.bytes)
        .plain("captured_bytes", sum.captured)
        .plain("cut_packets", sum.cut)
        .plain("packets_without_time", sum.timeless)
        .maybe("first_ns", first)
        .maybe("last_ns", last)
        .maybe(
            "duration_ns",
            (!sum.has_unknown_time() && (sum.timeless == 0 || sum.times.is_some()))
                .then(|| sum.span_ns()),
        )
        .plain("in_order", sum.is_ordered)
        .maybe("packets_per_second", rounded(sum.rate(sum.packets)))
        .maybe("bytes_per_second", rounded(sum.rate(sum.bytes)))
        .maybe(
            "bits_per_second",
            rounded(sum.rate(sum.bytes.saturating_mul(8))),
        )
        .maybe("mean_length", rounded(sum.mean()));
    if let Some(hashes) = &file.hashes {
        object
            .text("sha256", &hashes.sha256)
            .text("sha1", &hashes.sha1);
    }
    object
        .with("sections", |text| {
            let mut list = List::open(text);
            for section in reader.sections() {
                let mut object = Object::open(list.element());
                optional(&mut object, "application", &section.application);
                optional(&mut object, "os", &section.os);
                optional(&mut object, "hardware", &section.hardware);
                strings(&mut object, "comments", &section.comments);
                object.close();
            }
            list.close();
        })
        .with("interfaces", |text| {
            let mut list = List::open(text);
            for (at, interface) in reader.interfaces().iter().enumerate() {
                let packets = sum.interfaces.get(at).copied().unwrap_or(0);
                let mut object = Object::open(list.element());
                optional(&mut object, "name", &interface.name);
                optional(&mut object, "description", &interface.description);
                object
                    .plain("link_type", interface.link_type)
                    .plain("snaplen", interface.snaplen)
                    .plain("packets", packets)
                    .maybe("received", interface.received)
                    .maybe("drops", interface.drops);
                optional(&mut object, "filter", &interface.filter);
                optional(&mut object, "os", &interface.os);
                optional(&mut object, "hardware", &interface.hardware);
                strings(&mut object, "comments", &interface.comments);
                object.close();
            }
            list.close();
        })
        .close();
    line.push('\n');
    out.write_all(line.as_bytes())
}

fn optional(object: &mut Object, name: &str, words: &Option<String>) {
    match words {
        Some(words) => object.text(name, words),
        None => object.plain(name, "null"),
    };
}

fn strings(object: &mut Object, name: &str, all: &[String]) {
    object.with(name, |text| {
        let mut list = List::open(text);
        for words in all {
            string(list.element(), words);
        }
        list.close();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hashes of RFC 6234 and FIPS 180.
    #[test]
    fn hashes() {
        let hashes = Hashes::of(&mut &b"abc"[..]).unwrap();
        assert_eq!(hashes.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(
            hashes.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn no_rate_without_time() {
        let mut sum = Sum {
            packets: 3,
            bytes: 180,
            times: Some((7, 7)),
            ..Sum::default()
        };
        assert_eq!((sum.rate(3), sum.mean()), (None, Some(60.0)));
        sum.times = Some((i64::MIN, i64::MAX));
        assert_eq!(sum.span_ns(), u64::MAX);
        assert_eq!(sum.rate(3), None);
        sum.times = Some((i64::MIN + 1, i64::MAX - 1));
        assert!(sum.rate(3).is_some_and(f64::is_finite));
        assert_eq!(Sum::default().mean(), None);
    }
}
