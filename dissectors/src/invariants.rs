//! What holds for any bytes whatsoever. The tests and the fuzz targets call the same function.

use crate::{
    ALL, AnalysisFlags, ByteRange, Context, Decoded, Earlier, EchoPair, Facts, Field, FieldKind,
    FilledGap, FlowContext, MAX_FIELDS, Output, Packet, Part, Reassembled, Selector, Stop, Summary,
    TcpAnalysis, Tree, Undeclared, WindowScale, ZeroWindow, dissect, field_def,
};
use std::{borrow::Cow, fmt::Write, num::NonZeroU32};

/// Layers, groups and lists nest; a greater depth means that something does not end.
const MAX_DEPTH: u8 = 64;

/// Returns every link type that has a dissector.
pub fn link_types() -> Vec<u16> {
    let mut found: Vec<_> = ALL
        .iter()
        .flat_map(|dissector| dissector.selectors)
        .filter_map(|selector| match selector {
            Selector::LinkType(link) => Some(link.0),
            _ => None,
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Dissects a packet in every way there is, with little and with much context, and returns the first violation.
pub fn check(packet: Packet) -> Result<(), String> {
    check_with(packet, &Context::default())?;
    let flow = FlowContext {
        stream: Some(3),
        first_ns: i64::MIN,
        previous_ns: i64::MAX,
        completeness: 31,
        base_seq: Some(0xffff_fff0),
        base_ack: Some(7),
        window_scale: WindowScale::Shift(u8::MAX),
        accurate_ecn: true,
        analysis: Some(TcpAnalysis {
            acks_unseen: true,
            flags: AnalysisFlags(0x7fff),
            acks: Some(Earlier {
                packet: NonZeroU32::MIN,
                ago_ns: 2,
            }),
            initial_rtt: Some(3),
            bytes_in_flight: 4,
            push_bytes_sent: 5,
            duplicate_ack: Some((6, 7)),
            rto: Some(Earlier {
                packet: NonZeroU32::MAX,
                ago_ns: i64::MIN,
            }),
            missing_before: u32::MAX,
            fills: Some(FilledGap {
                shown_by: NonZeroU32::MAX,
                bytes: u32::MAX,
                known_ns: i64::MIN,
            }),
            captured_before: 7,
            zero_window: Some(ZeroWindow::ProbeAck(NonZeroU32::MIN)),
            selectively_acked: 8,
        }),
        application: None,
    };
    // A fragment may complete anything, also another fragment.
    let (front, back) = packet.bytes.split_at(packet.bytes.len() / 2);
    let reassembled = [whole(back), whole(packet.bytes), whole(front), whole(&[])];
    let context = Context {
        number: 9,
        time_ns: 1,
        flows: &[flow; 8],
        quoted_flow: Some(flow),
        reassembled: &reassembled,
        reassembled_in: Some(12),
        echo: Some(EchoPair {
            number: 8,
            time_ns: i64::MIN,
        }),
        complete: true,
        absolute_seq: false,
        spoken: None,
        secrets: &[],
        hides_quote: false,
        show_secrets: true,
        undeclared: Undeclared::default(),
        decoded: Some(&Decoded::default()),
    };
    check_with(packet, &context)
}

fn whole(bytes: &[u8]) -> Reassembled<'_> {
    Reassembled {
        bytes: Cow::Borrowed(bytes),
        parts: vec![Part {
            packet: 1,
            start: 0,
            length: bytes.len() as u32,
            overlap: true,
            conflict: true,
        }],
    }
}

/// As `check`, with a given context.
pub fn check_with(packet: Packet, context: &Context) -> Result<(), String> {
    let (mut tree, mut summary) = (Tree::default(), Summary::default());
    let (plain, stop) = run(packet, context, Output::default());
    let mut told_stop = None;
    for (shows, tells) in [(true, false), (false, true), (true, true)] {
        tree.clear();
        summary = Summary::default();
        let output = Output {
            tree: shows.then_some(&mut tree),
            summary: tells.then_some(&mut summary),
            objects: None,
        };
        let (facts, shown_stop) = run(packet, context, output);
        if facts != plain {
            let asked = format!("with tree {shows} and summary {tells}");
            return Err(format!("facts differ {asked}: {facts:?} {plain:?}"));
        }
        // A dissector that reads nothing without an output does not stop there either.
        if shown_stop != stop && stop.is_some() {
            return Err(format!("stops differ: {shown_stop:?} {stop:?}"));
        }
        if *told_stop.get_or_insert(shown_stop) != shown_stop {
            return Err(format!("stops differ: {shown_stop:?} {told_stop:?}"));
        }
    }
    check_facts(&plain, packet, context)?;
    check_tree(&tree, packet)?;
    check_some_fields(&tree, packet, context)?;
    let mut text = String::new();
    write!(text, "{tree}{summary:?}").map_err(|error| error.to_string())
}

/// A tree of some fields has the rows of the whole tree that have their names.
fn check_some_fields(whole: &Tree, packet: Packet, context: &Context) -> Result<(), String> {
    if whole.left_out > 0 {
        return Ok(());
    }
    let names: Vec<_> = whole.fields.iter().map(|row| row.name).collect();
    for rest in 0..2 {
        let some: Vec<_> = names.iter().skip(rest).step_by(3).copied().collect();
        let mut tree = Tree::of_fields(some.iter().copied());
        let output = Output {
            tree: Some(&mut tree),
            ..Output::default()
        };
        run(packet, context, output);
        let is_one =
            |row: &&Field| matches!(row.kind, FieldKind::Layer(_)) || some.contains(&row.name);
        let expected = whole.fields.iter().filter(is_one);
        let is_same = |(row, other): (&Field, &Field)| {
            let value = |row: &Field| format!("{:?}", row.value);
            row.name == other.name && row.bytes == other.bytes && value(row) == value(other)
        };
        let count = expected.clone().count();
        if count != tree.fields.len() || !expected.zip(&tree.fields).all(is_same) {
            return Err(format!("a tree of {some:?} differs: {tree} {whole}"));
        }
    }
    Ok(())
}

fn run(packet: Packet, context: &Context, output: Output) -> (Facts, Option<Stop>) {
    let mut facts = Facts::default();
    let stop = dissect(packet, context, &mut facts, output);
    (facts, stop)
}

fn check_facts(facts: &Facts, packet: Packet, context: &Context) -> Result<(), String> {
    for flow in facts.flows() {
        check_range(flow.payload, packet, context)?;
    }
    match facts.fragment {
        Some(fragment) => check_range(fragment.data, packet, context),
        None => Ok(()),
    }
}

fn check_range(range: ByteRange, packet: Packet, context: &Context) -> Result<(), String> {
    let source = match usize::from(range.source).checked_sub(1) {
        None => Some(packet.bytes.len()),
        Some(number) => context
            .reassembled
            .get(number)
            .map(|whole| whole.bytes.len()),
    };
    check_source(range, source)
}

fn check_source(range: ByteRange, source: Option<usize>) -> Result<(), String> {
    let fits = source.is_some_and(|length| range.end as usize <= length);
    match range.start <= range.end && fits {
        true => Ok(()),
        false => Err(format!(
            "{range:?} does not lie in its source of {source:?} bytes"
        )),
    }
}

/// Checks that every row has a declared name, and a value of the declared type. A heading without a name and a remark
/// are not fields.
pub fn check_fields(tree: &Tree) -> Result<(), String> {
    for row in &tree.fields {
        if row.name.is_empty() {
            continue;
        }
        let Some(field) = field_def(row.name) else {
            return Err(format!("{} is not declared", row.name));
        };
        if !matches!(row.kind, FieldKind::Note(..)) && !field.fits(&row.value) {
            return Err(format!("{:?} does not fit {field:?}", row.value));
        }
    }
    Ok(())
}

fn check_tree(tree: &Tree, packet: Packet) -> Result<(), String> {
    if tree.fields.len() > MAX_FIELDS {
        return Err(format!("{} rows", tree.fields.len()));
    }
    let mut allowed = 0;
    for row in &tree.fields {
        let source = match usize::from(row.bytes.source).checked_sub(1) {
            None => Some(packet.bytes.len()),
            Some(number) => tree.sources.get(number).map(|source| source.bytes.len()),
        };
        check_source(row.bytes, source).map_err(|error| format!("{}: {error}", row.name))?;
        if row.depth > allowed || row.depth > MAX_DEPTH {
            return Err(format!("{} stands {} deep", row.name, row.depth));
        }
        if row.depth == 0 && !matches!(row.kind, FieldKind::Layer(_)) {
            return Err(format!("{} stands alone and is no layer", row.name));
        }
        allowed = row.depth + 1;
        let _ = (row.shown().len(), row.value.show());
    }
    check_fields(tree)
}
