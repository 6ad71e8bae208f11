//! `wiretalk stats`.

use super::{
    json::{List, Object},
    table::Table,
};
use crate::{
    format::{duration, grouped, printable, seconds, size},
    lang::{Count, text},
    statistics::{
        Bucket, Counts, Direction, Group, Overview, PERCENTILES, Timeline, application_label,
    },
    store::{Contents, Store},
    track::Histogram,
};
use std::io::{self, Write};

/// The most rows of a list in the text; JSON has all of them.
const ROWS: usize = 20;

/// The columns of the throughput in the text, and in JSON.
const TEXT_COLUMNS: usize = 20;
const JSON_COLUMNS: usize = 200;

/// The bars of a histogram for each power of ten.
const BARS: u32 = 3;

/// Writes what a capture adds up to.
///
/// # Errors
///
/// Those of the output.
pub fn stats(
    store: &Store,
    json: bool,
    only_endpoints: bool,
    out: &mut impl Write,
) -> io::Result<()> {
    let contents = store.read();
    let overview = Overview::of(&contents);
    if only_endpoints {
        return write_endpoints(&overview, contents.statistics.hierarchy.bytes(), out);
    }
    let mut timeline = Timeline::default();
    while timeline.go_on(&contents, u32::MAX) {}
    match json {
        true => write_json(&contents, &overview, &timeline, out),
        false => write_text(&contents, &overview, &timeline, out),
    }
}

/// Returns a share in percent, with one digit.
fn percent(part: u64, whole: u64) -> String {
    match whole {
        0 => String::new(),
        _ => format!("{:.1} %", part as f64 * 100.0 / whole as f64),
    }
}

fn heading(out: &mut impl Write, words: &str) -> io::Result<()> {
    writeln!(out, "\n{words}\n")
}

/// Writes that a list has more rows than were written.
fn write_more(out: &mut impl Write, all: usize) -> io::Result<()> {
    match all.checked_sub(ROWS) {
        None | Some(0) => Ok(()),
        Some(more) => writeln!(out, "  {}", text!("stats-more", more = Count(more as u64))),
    }
}

fn write_text(
    contents: &Contents,
    overview: &Overview,
    timeline: &Timeline,
    out: &mut impl Write,
) -> io::Result<()> {
    let hierarchy = &contents.statistics.hierarchy;
    let (packets, octets) = (hierarchy.packets(), hierarchy.bytes());
    let lasted = duration(contents.lasted_ns());
    writeln!(
        out,
        "{}",
        text!(
            "stats-capture",
            packets = text!("count-packets", count = Count(packets)),
            size = size(octets),
            lasted
        )
    )?;
    if overview.evicted > 0 {
        let packets = text!("count-packets", count = Count(overview.evicted));
        writeln!(out, "{}", text!("stats-evicted", packets))?;
    }
    heading(out, text!("stats-hierarchy"))?;
    write_hierarchy(overview, out)?;
    if !overview.endpoints.is_empty() {
        write_hosts(overview, octets, out)?;
    }
    if !overview.applications.is_empty() {
        write_groups(overview, octets, out)?;
    }
    if !overview.answers.is_empty() {
        heading(out, text!("stats-answers"))?;
        write_answers(overview, out)?;
    }
    heading(out, text!("stats-throughput"))?;
    write_throughput(timeline, out)
}

fn write_hierarchy(overview: &Overview, out: &mut impl Write) -> io::Result<()> {
    let mut table = Table::new(
        &[false, true, true, true, true],
        &[
            text!("stats-column-protocol"),
            text!("stats-column-packets"),
            text!("stats-column-share"),
            text!("stats-column-bytes"),
            text!("stats-column-share"),
        ],
    );
    let (packets, octets) = whole(overview);
    for layer in &overview.layers {
        table.add(vec![
            format!("{}{}", "  ".repeat(layer.depth), layer.name),
            grouped(layer.packets),
            percent(layer.packets, packets),
            grouped(layer.bytes),
            percent(layer.bytes, octets),
        ]);
    }
    table.write(out)?;
    if overview.is_cut {
        writeln!(out, "  {}", text!("stats-hierarchy-cut"))?;
    }
    Ok(())
}

/// Returns all packets and their bytes.
fn whole(overview: &Overview) -> (u64, u64) {
    let root = overview.layers.first();
    root.map_or((0, 0), |root| (root.packets, root.bytes))
}

fn write_endpoints(overview: &Overview, octets: u64, out: &mut impl Write) -> io::Result<()> {
    heading(out, text!("stats-endpoints"))?;
    let mut table = Table::new(
        &[false, true, true, true, true, true],
        &[
            text!("stats-column-address"),
            text!("stats-column-packets"),
            text!("stats-column-bytes"),
            text!("stats-column-share"),
            text!("stats-column-bytes-sent"),
            text!("stats-column-bytes-received"),
        ],
    );
    for endpoint in overview.endpoints.iter().take(ROWS) {
        let all = endpoint.all();
        table.add(vec![
            endpoint.address.to_string(),
            grouped(all.packets),
            grouped(all.bytes),
            percent(all.bytes, octets),
            grouped(endpoint.sent.bytes),
            grouped(endpoint.received.bytes),
        ]);
    }
    table.write(out)?;
    write_more(out, overview.endpoints.len())
}

fn write_hosts(overview: &Overview, octets: u64, out: &mut impl Write) -> io::Result<()> {
    write_endpoints(overview, octets, out)?;
    let (others, pairs) = overview.others;
    if pairs > 0 {
        let packets = text!("count-packets", count = Count(others.packets));
        let size = size(others.bytes);
        writeln!(out, "  {}", text!("stats-others", packets, size))?;
    }
    heading(out, text!("stats-talkers"))?;
    let mut table = Table::new(
        &[false, false, true, true, true, true],
        &[
            text!("stats-column-address"),
            text!("stats-column-address"),
            text!("stats-column-packets"),
            text!("stats-column-bytes"),
            text!("stats-column-bytes-right"),
            text!("stats-column-bytes-left"),
        ],
    );
    for pair in overview.pairs.iter().take(ROWS) {
        let all = pair.all();
        table.add(vec![
            pair.a.to_string(),
            pair.b.to_string(),
            grouped(all.packets),
            grouped(all.bytes),
            grouped(pair.from_a.bytes),
            grouped(pair.from_b.bytes),
        ]);
    }
    table.write(out)?;
    write_more(out, overview.pairs.len())
}

fn write_groups(overview: &Overview, octets: u64, out: &mut impl Write) -> io::Result<()> {
    let cells = |group: &Group| {
        let all = group.all();
        vec![
            grouped(group.conversations),
            grouped(all.packets),
            grouped(all.bytes),
            percent(all.bytes, octets),
            grouped(group.to_server.bytes),
            grouped(group.to_client.bytes),
        ]
    };
    let columns = [
        text!("stats-column-conversations"),
        text!("stats-column-packets"),
        text!("stats-column-bytes"),
        text!("stats-column-share"),
        text!("stats-column-bytes-right"),
        text!("stats-column-bytes-left"),
    ];
    heading(out, text!("stats-services"))?;
    let headings = [
        &[text!("stats-column-port"), text!("stats-column-service")],
        &columns[..],
    ]
    .concat();
    let numbers = &[false, false, true, true, true, true, true, true];
    let mut table = Table::new(numbers, &headings);
    for service in overview.services.iter().take(ROWS) {
        let mut row = vec![
            format!("{}/{}", service.protocol.name(), service.port),
            service.name().unwrap_or_default().to_owned(),
        ];
        row.extend(cells(&service.group));
        table.add(row);
    }
    table.write(out)?;
    write_more(out, overview.services.len())?;
    heading(out, text!("stats-applications"))?;
    let headings = [&[text!("stats-column-application")], &columns[..]].concat();
    let mut table = Table::new(&numbers[1..], &headings);
    for (name, group) in &overview.applications {
        let mut row = vec![application_label(name).to_owned()];
        row.extend(cells(group));
        table.add(row);
    }
    table.write(out)
}

fn write_answers(overview: &Overview, out: &mut impl Write) -> io::Result<()> {
    let mut headings = vec![
        text!("stats-column-application"),
        text!("stats-column-answers"),
        text!("stats-column-fastest"),
        text!("stats-column-mean"),
    ];
    headings.extend(PERCENTILES.iter().map(|(name, _)| *name));
    headings.push(text!("stats-column-slowest"));
    let numbers = &[false, true, true, true, true, true, true, true, true];
    let mut table = Table::new(numbers, &headings);
    let shown = |ns: Option<i64>| ns.map_or_else(String::new, duration);
    for (name, times) in &overview.answers {
        let range = times.range_ns();
        let mut row = vec![
            application_label(name).to_owned(),
            grouped(times.count()),
            shown(range.map(|(least, _)| least)),
            shown(times.mean_ns()),
        ];
        let shares = PERCENTILES.iter();
        row.extend(shares.map(|(_, share)| shown(times.percentile_ns(*share))));
        row.push(shown(range.map(|(_, most)| most)));
        table.add(row);
    }
    table.write(out)
}

fn write_throughput(timeline: &Timeline, out: &mut impl Write) -> io::Result<()> {
    let columns = match timeline.columns(TEXT_COLUMNS) {
        Ok(columns) => columns,
        Err(error) => return writeln!(out, "  {}", error.words()),
    };
    let mut table = Table::new(
        &[true, true, true, true, true, true],
        &[
            text!("stats-column-from-second"),
            text!("stats-column-packets"),
            text!("stats-column-bytes"),
            text!("stats-column-bytes-right"),
            text!("stats-column-bytes-left"),
            text!("stats-column-errors"),
        ],
    );
    for (since_ns, bucket) in &columns {
        let of = |direction| grouped(bucket.bytes[direction as usize]);
        table.add(vec![
            seconds((*since_ns).min(i64::MAX as u64) as i64, 6),
            grouped(bucket.packets.iter().sum()),
            grouped(bucket.bytes.iter().sum()),
            of(Direction::ToServer),
            of(Direction::ToClient),
            grouped(bucket.errors),
        ]);
    }
    table.write(out)?;
    if timeline.early() > 0 {
        let packets = text!("count-packets", count = Count(timeline.early()));
        writeln!(out, "  {}", text!("stats-early", packets))?;
    }
    Ok(())
}

/// Adds packets and bytes, with a word before their names.
fn add_counts(object: &mut Object, prefix: &str, counts: Counts) {
    object
        .plain(&format!("{prefix}packets"), counts.packets)
        .plain(&format!("{prefix}bytes"), counts.bytes);
}

fn add_group(object: &mut Object, group: &Group) {
    object.plain("conversations", group.conversations);
    add_counts(object, "", group.all());
    add_counts(object, "client_", group.to_server);
    add_counts(object, "server_", group.to_client);
}

/// Writes a line.
fn line(out: &mut impl Write, section: &str, write: impl FnOnce(&mut Object)) -> io::Result<()> {
    let mut text = String::new();
    let mut object = Object::open(&mut text);
    object.text("section", section);
    write(&mut object);
    object.close();
    text.push('\n');
    out.write_all(text.as_bytes())
}

fn write_json(
    contents: &Contents,
    overview: &Overview,
    timeline: &Timeline,
    out: &mut impl Write,
) -> io::Result<()> {
    let (packets, octets) = whole(overview);
    line(out, "capture", |object| {
        let has_packets = packets > 0;
        object
            .plain("packets", packets)
            .plain("bytes", octets)
            .maybe("begin_ns", has_packets.then(|| contents.began_ns()))
            .plain("duration_ns", contents.lasted_ns())
            .plain("evicted_packets", overview.evicted);
    })?;
    let mut path: Vec<&str> = Vec::new();
    for layer in &overview.layers {
        path.truncate(layer.depth.saturating_sub(1));
        if layer.depth > 0 {
            path.push(layer.name);
        }
        let share = match octets {
            0 => 0.0,
            _ => layer.bytes as f64 / octets as f64,
        };
        line(out, "hierarchy", |object| {
            object
                .text("protocol", layer.name)
                .text("path", &path.join(":"))
                .plain("depth", layer.depth)
                .plain("packets", layer.packets)
                .plain("bytes", layer.bytes)
                .plain("share", format_args!("{share:.6}"));
        })?;
    }
    for endpoint in &overview.endpoints {
        line(out, "endpoint", |object| {
            object.text("address", &endpoint.address.to_string());
            add_counts(object, "", endpoint.all());
            add_counts(object, "sent_", endpoint.sent);
            add_counts(object, "received_", endpoint.received);
        })?;
    }
    let (others, pairs) = overview.others;
    if pairs > 0 {
        line(out, "others", |object| {
            object.plain("pairs", pairs);
            add_counts(object, "", others);
        })?;
    }
    for pair in &overview.pairs {
        line(out, "talkers", |object| {
            object
                .text("a", &pair.a.to_string())
                .text("b", &pair.b.to_string());
            add_counts(object, "", pair.all());
            add_counts(object, "a_", pair.from_a);
            add_counts(object, "b_", pair.from_b);
        })?;
    }
    for service in &overview.services {
        line(out, "service", |object| {
            object
                .text("protocol", service.protocol.name())
                .plain("port", service.port);
            match service.name() {
                Some(name) => object.text("name", name),
                None => object.plain("name", "null"),
            };
            add_group(object, &service.group);
        })?;
    }
    for (name, group) in &overview.applications {
        line(out, "application", |object| {
            match *name {
                "" => object.plain("application", "null"),
                name => object.text("application", name),
            };
            add_group(object, group);
        })?;
    }
    for (name, times) in &overview.answers {
        line(out, "response-time", |object| {
            add_times(object, name, times)
        })?;
    }
    write_throughput_json(timeline, out)
}

fn add_times(object: &mut Object, name: &str, times: &Histogram) {
    let range = times.range_ns();
    object
        .text("application", name)
        .plain("count", times.count())
        .maybe("min_ns", range.map(|(least, _)| least))
        .maybe("mean_ns", times.mean_ns());
    for (name, share) in PERCENTILES {
        object.maybe(&format!("{name}_ns"), times.percentile_ns(share));
    }
    object.maybe("max_ns", range.map(|(_, most)| most));
    object.with("bars", |text| {
        let mut list = List::open(text);
        for (from, count) in times.bars(BARS) {
            list.element().push_str(&format!("[{from}, {count}]"));
        }
        list.close();
    });
}

fn write_throughput_json(timeline: &Timeline, out: &mut impl Write) -> io::Result<()> {
    let columns = match timeline.columns(JSON_COLUMNS) {
        Ok(columns) => columns,
        Err(error) => {
            let words = printable(&error.words());
            return line(out, "throughput", |object| {
                object.text("nothing", &words);
            });
        }
    };
    let begin = timeline.begin_ns();
    for (since_ns, bucket) in &columns {
        let time_ns = begin.saturating_add_unsigned(*since_ns);
        line(out, "throughput", |object| {
            object.plain("time_ns", time_ns);
            add_bucket(object, bucket);
        })?;
    }
    Ok(())
}

fn add_bucket(object: &mut Object, bucket: &Bucket) {
    let of = |direction| Counts {
        packets: bucket.packets[direction as usize],
        bytes: bucket.bytes[direction as usize],
    };
    let all = Direction::ALL.map(of);
    let all = all.into_iter().fold(Counts::default(), Counts::and);
    add_counts(object, "", all);
    add_counts(object, "client_", of(Direction::ToServer));
    add_counts(object, "server_", of(Direction::ToClient));
    object.plain("errors", bucket.errors);
    let first = (bucket.first > 0).then_some(bucket.first);
    object.maybe("first_packet", first);
}
