//! Random display filters, of the fields and values that occur in captures, compared with tshark: how many packets each
//! keeps, and how many bytes these have. Needs tshark; without it the test is skipped with a message, which is a failure
//! under WIRETALK_TEST_ALL=1.
//!
//! `WIRETALK_FILTERS` sets how many filters there are for each capture, `WIRETALK_SEED` which ones, and
//! `WIRETALK_CAPTURES` names a folder with more captures.

use dissectors::{FieldKind, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use wiretalk::{
    capture::Reader,
    filter::{Filter, Search},
    report,
    store::Store,
    track::DecodeAs,
    view::{Details, Viewer},
};

/// Filters for each capture, and filters that tshark applies in one run.
const FILTERS: usize = 24;
const BATCH: usize = 40;

/// Samples of many protocols, and of what is special about lower layers.
const SAMPLES: [&str; 6] = [
    "everyday.pcapng",
    "web-keepalive.pcap",
    "ipv6.pcap",
    "lossy-reordering.pcap",
    "tunnel-vxlan.pcap",
    "dns.pcap",
];

/// Parts of the names of fields that tshark has otherwise: checksums that it does not verify, what is known of a
/// conversation as a whole, and what depends on where a message ends.
const DIFFERENT: [&str; 7] = [
    "checksum",
    "tcp.completeness",
    "tcp.segment",
    "tcp.reassembled",
    "tcp.pdu",
    "_ws.",
    "tcp.payload",
];

/// Random numbers, by Marsaglia's xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % most.max(1)
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

/// The fields of a capture, each with some of its values.
type Fields = BTreeMap<&'static str, Vec<Value>>;

fn fields(store: &Store) -> Fields {
    const VALUES: usize = 12;
    let mut viewer = Viewer::new(store.clone());
    viewer.show_secrets = true;
    let mut details = Details::default();
    let mut found = Fields::new();
    let last = store.read().packets.len() as u32;
    for number in 1..=last {
        viewer.view(number, &mut details, true).unwrap();
        for row in &details.tree.fields {
            let is_note = matches!(row.kind, FieldKind::Note(..));
            if row.name.is_empty() || is_note || DIFFERENT.iter().any(|it| row.name.contains(it)) {
                continue;
            }
            let values = found.entry(row.name).or_default();
            if values.len() < VALUES && !values.contains(&row.value) {
                values.push(row.value.clone());
            }
        }
    }
    found
}

/// Writes a value as it stands in a filter, or one near to it.
fn literal(value: &Value, random: &mut Random) -> Option<String> {
    let hex = |bytes: &[u8]| {
        let bytes: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        bytes.join(":")
    };
    let quoted = |text: &str, random: &mut Random| {
        let text: String = text.chars().take(40).collect();
        let is_plain = text
            .chars()
            .all(|it| it.is_ascii_graphic() && !"\"\\,".contains(it));
        let from = random.below(text.len());
        let text = if is_plain && random.below(2) == 0 {
            &text[from..]
        } else {
            &text
        };
        (is_plain && !text.is_empty()).then(|| format!("\"{text}\""))
    };
    Some(match value {
        Value::Number(number, _) | Value::Named(number, ..) => match random.below(4) {
            0 => number.saturating_sub(1).to_string(),
            1 => format!("0x{number:x}"),
            _ => number.to_string(),
        },
        Value::Signed(number) => number.to_string(),
        Value::Flag(..) => (*random.of(&["0", "1", "True", "False"])).to_owned(),
        Value::Mac(address) => hex(address),
        Value::Ipv4(address) => match random.below(3) {
            0 => format!("{address}/{}", *random.of(&[8, 16, 24, 31])),
            _ => address.to_string(),
        },
        Value::Ipv6(address) => match random.below(3) {
            0 => format!("{address}/{}", *random.of(&[16, 64, 127])),
            _ => address.to_string(),
        },
        Value::Bytes(bytes) if !bytes.is_empty() => {
            hex(&bytes[..bytes.len().min(2 + random.below(6))])
        }
        Value::Text(text) => quoted(text, random)?,
        Value::Static(text) => quoted(text, random)?,
        Value::Duration(ns) if *ns >= 0 => {
            format!("{}.{:09}", ns / 1_000_000_000, ns % 1_000_000_000)
        }
        _ => return None,
    })
}

/// Returns a test of one field.
fn simple(fields: &Fields, random: &mut Random) -> String {
    let names: Vec<_> = fields.keys().collect();
    let name = **random.of(&names);
    let values = &fields[name];
    if values.is_empty() || random.below(6) == 0 {
        return name.to_owned();
    }
    let value = random.of(values);
    let Some(literal) = literal(value, random) else {
        return name.to_owned();
    };
    let order = *random.of(&["==", "!=", ">", ">=", "<", "<=", "===", "!=="]);
    let layer = if random.below(12) == 0 { "#1" } else { "" };
    let all = *random.of(&["", "", "", "", "", "any ", "all "]);
    match value {
        Value::Number(..) | Value::Named(..) => match random.below(9) {
            0 => format!("{name} & {literal}"),
            1 => format!("{name} + 1 {order} {literal}"),
            2 => format!("{name} % 3 == 1"),
            3 => format!("{name} in {{0..{literal}}}"),
            4 => format!("max({name}) {order} {literal}"),
            5 => format!("count({name}) > 1"),
            6 => format!("string({name}) contains \"1\""),
            _ => format!("{all}{name}{layer} {order} {literal}"),
        },
        Value::Text(_) | Value::Static(_) => match random.below(6) {
            0 => format!("lower({name}) contains {literal}"),
            1 => format!("len({name}) > {}", literal.len()),
            2 => format!("{name}[0:2] == {name}[:2]"),
            3 => format!("{name} matches \"^[a-m].*\""),
            4 => format!("{name} contains {literal}"),
            _ => format!("{all}{name}{layer} {order} {literal}"),
        },
        Value::Bytes(_) | Value::Mac(_) => match random.below(4) {
            0 => format!("{name}[0] & 1"),
            1 => format!("{name} contains {literal}"),
            2 => format!("{name}[1:] != {literal}"),
            _ => format!("{all}{name}{layer} {order} {literal}"),
        },
        _ => format!("{all}{name}{layer} {order} {literal}"),
    }
}

fn logic(fields: &Fields, random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.below(3) == 0 {
        return simple(fields, random);
    }
    let mut inside = || logic(fields, random, depth - 1);
    let (one, other) = (inside(), inside());
    match random.below(4) {
        0 => format!("not ({one})"),
        1 => format!("({one}) && !({other})"),
        2 => format!("{one} and ({other})"),
        _ => format!("({one}) or {other}"),
    }
}

/// Packets and their bytes.
type Kept = (u64, u64);

fn ours(store: &Store, filter: &str) -> Result<Kept, String> {
    let filter: Filter = filter.parse().map_err(|error| format!("{error}"))?;
    let mut search = Search::new(store, filter, 2);
    let numbers: Vec<_> = (1..=store.read().packets.len() as u32).collect();
    let holds = search.holds(&numbers);
    let contents = store.read();
    let kept = numbers
        .iter()
        .zip(holds)
        .filter(|(_, holds)| *holds.as_ref().unwrap());
    Ok(kept.fold((0, 0), |(packets, bytes), (number, _)| {
        let length = contents.packets.get(*number).unwrap().original;
        (packets + 1, bytes + u64::from(length))
    }))
}

/// Returns what tshark keeps by each filter; none for one that it refuses.
fn theirs(file: &Path, filters: &[String]) -> Vec<Option<Kept>> {
    let mut kept = vec![None; filters.len()];
    for first in (0..filters.len()).step_by(BATCH) {
        let mut asked: Vec<_> = (first..filters.len().min(first + BATCH)).collect();
        while !asked.is_empty() {
            let list: Vec<_> = asked.iter().map(|at| filters[*at].as_str()).collect();
            let output = Command::new("tshark")
                .args(["-n", "-q", "-r"])
                .arg(file)
                .args(["-z", &format!("io,stat,0,{}", list.join(","))])
                .output()
                .unwrap();
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let row = text.lines().find(|line| line.contains("<>"));
            if let Some(row) = row {
                let numbers = row.rsplit("<>").next().unwrap().split('|').skip(1);
                let numbers: Vec<u64> = numbers.filter_map(|it| it.trim().parse().ok()).collect();
                assert_eq!(numbers.len(), 2 * asked.len(), "{text}");
                for (at, pair) in asked.iter().zip(numbers.chunks(2)) {
                    kept[*at] = Some((pair[0], pair[1]));
                }
                break;
            }
            // The filter that is refused is named.
            let before = asked.len();
            let refused = asked
                .iter()
                .find(|at| errors.contains(&filters[**at]))
                .copied();
            asked.retain(|at| Some(*at) != refused);
            if asked.len() == before {
                asked.pop();
            }
        }
    }
    kept
}

fn number(variable: &str, otherwise: usize) -> usize {
    let value = std::env::var(variable).ok();
    value.map_or(otherwise, |it| it.parse().unwrap())
}

#[test]
fn random_filters_keep_what_tshark_keeps() {
    let tshark = Command::new("tshark").arg("--version").output();
    if !tshark.is_ok_and(|output| output.status.success()) {
        let is_needed = std::env::var_os("WIRETALK_TEST_ALL").is_some();
        assert!(!is_needed, "tshark is not installed");
        eprintln!("SKIPPED: tshark is not installed, nothing is compared with it");
        return;
    }
    let count = number("WIRETALK_FILTERS", FILTERS);
    let mut random = Random(number("WIRETALK_SEED", 1) as u64 * 0x9e37_79b9 + 1);
    let samples = SAMPLES.iter().map(|name| Path::new("samples").join(name));
    let mut captures: Vec<PathBuf> = samples.collect();
    if let Some(folder) = std::env::var_os("WIRETALK_CAPTURES") {
        let more = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
        let is_capture = |path: &PathBuf| path.to_string_lossy().contains(".pcap");
        captures.extend(more.filter(is_capture).collect::<BTreeSet<_>>());
    }
    let (mut compared, mut refused, mut differ) = (0, 0, 0);
    for file in captures {
        let Ok(reader) = Reader::open(&file) else {
            continue;
        };
        let store = report::load(reader, DecodeAs::default());
        let mut fields = fields(&store);
        // Only fields that both find in the same packets: what a filter makes of them is compared, not dissection.
        let names: Vec<String> = fields.keys().map(|name| (*name).to_owned()).collect();
        let known = theirs(&file, &names);
        let known = names.iter().zip(known);
        let known = known.filter(|(name, kept)| ours(&store, name).ok() == *kept);
        let known: BTreeSet<&str> = known.map(|(name, _)| name.as_str()).collect();
        fields.retain(|name, _| known.contains(name));
        if fields.is_empty() {
            continue;
        }
        let filters: Vec<_> = (0..count).map(|_| logic(&fields, &mut random, 2)).collect();
        for (filter, theirs) in filters.iter().zip(theirs(&file, &filters)) {
            match (ours(&store, filter), theirs) {
                (Ok(ours), Some(theirs)) => {
                    compared += 1;
                    if ours != theirs {
                        differ += 1;
                        println!(
                            "{}: {filter}: tshark {theirs:?}, here {ours:?}",
                            file.display()
                        );
                    }
                }
                (Err(_), None) => refused += 1,
                (Ok(_), None) => {
                    refused += 1;
                    println!("{}: {filter}: tshark refuses it", file.display());
                }
                (Err(error), Some(_)) => {
                    differ += 1;
                    println!("{}: {filter}: refused here: {error}", file.display());
                }
            }
        }
    }
    println!("{compared} compared, {refused} refused, {differ} differ");
    assert!(compared >= 100.min(count * SAMPLES.len() / 2));
    // Values of a few fields are dissected otherwise.
    assert!(
        differ * 100 <= compared * 2,
        "{differ} of {compared} differ"
    );
}
