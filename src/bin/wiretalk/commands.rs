//! The program on a pipe: the output of its commands.

use crate::reading::{Reading, file, load, open, problems};
use anyhow::Context;
use signal_hook::iterator::Signals;
use std::{
    ffi::OsString,
    fs::File,
    io::{self, BufWriter, IsTerminal, PipeReader, PipeWriter, Write},
    mem::ManuallyDrop,
    os::fd::OwnedFd,
    process::ExitCode,
    sync::Arc,
};
use wiretalk::{
    capture::{Reader, Spool},
    cli::{
        self, Capture, Command, ConversationsArgs, Decoding, ExplainArgs, FieldsArgs, FindingsArgs,
        FollowArgs, InfoArgs, ManArgs, ObjectsArgs, PacketsArgs, SaveArgs, StatsArgs, refuse,
    },
    columns::chosen::ColumnList,
    confine::Wanted,
    filter::{Filter as DisplayFilter, Search},
    format,
    glyphs::{GlyphSet, GlyphWriter, Glyphs},
    lang::{Count, text},
    report::{
        self, ConversationOptions, ExplainOptions, FileFacts, FindingOptions, FollowOptions,
        Format, Hashes, PacketOptions, Packets, Style, TsharkWriter,
    },
    retention::Memory,
    save::{self, Choice, Filter, Marks, Progress},
    store::Store,
};

/// Runs a command.
///
/// # Errors
///
/// Fails with the reason.
pub fn run(command: Command, wanted: Wanted, glyphs: Glyphs) -> anyhow::Result<ExitCode> {
    let glyphs = match command.writes_text() {
        true => crate::of_text(glyphs),
        false => GlyphSet::Unicode,
    };
    let out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut out = GlyphWriter::new(out, glyphs);
    match command {
        Command::Conversations(args) => conversations(args, wanted, &mut out),
        Command::Packets(args) => packets(*args, wanted, &mut out),
        Command::Explain(args) => explain(args, wanted, &mut out),
        Command::Follow(args) => follow(args, wanted, &mut out),
        Command::Findings(args) => findings(args, wanted, &mut out),
        Command::Stats(args) => stats(args, wanted, &mut out),
        Command::Info(args) => info(&args, wanted, &mut out),
        Command::Save(args) => save(args, wanted, &mut out),
        Command::Objects(args) => objects(args, wanted, &mut out),
        Command::Export(args) => crate::export::export(args, wanted, &mut out),
        Command::Fields(args) => fields(&args, &mut out),
        Command::Man(args) => man(&args),
        Command::Completions(args) => {
            out.write_all(&cli::completions(args.shell))?;
            out.flush()?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Reads a capture whole, or captures until that is ended.
fn read_to_end(
    capture: &Capture,
    words: &[OsString],
    decoding: &Decoding,
    wanted: Wanted,
) -> anyhow::Result<Reading> {
    if capture.count_of_file().is_some() {
        refuse(text!("cli-count-of-packets"));
    }
    let signals = signals(capture)?;
    let reading = begin(capture, words, decoding, wanted)?;
    reading.stop_on_signals(signals)?;
    while reading.is_growing() {
        wait()?;
    }
    Ok(reading)
}

fn conversations(
    mut args: ConversationsArgs,
    wanted: Wanted,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    args.reading.judging = args.judging.settings();
    let reading = read_to_end(&args.capture, &args.words, &args.reading, wanted)?;
    let format = Format::from_switches(args.json, args.csv);
    let width = match io::stdout().is_terminal() {
        true => crossterm::terminal::size()
            .ok()
            .map(|(columns, _)| columns.into()),
        false => None,
    };
    let selection = args.select.selection(&reading.store)?;
    let options = ConversationOptions {
        format,
        width,
        columns: args.columns.map(|ColumnList(columns)| columns),
    };
    report::conversations(&reading.store, &options, &selection, out)?;
    out.flush()?;
    reading.end()
}

/// The exit status if something was found.
const FOUND: u8 = 3;

fn findings(
    mut args: FindingsArgs,
    wanted: Wanted,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    args.reading.judging = args.judging.settings();
    let reading = read_to_end(&args.capture, &args.words, &args.reading, wanted)?;
    let selection = args.select.selection(&reading.store)?;
    let options = FindingOptions {
        json: args.json,
        kinds: args.kinds,
        min_severity: args.min_severity,
        selection,
    };
    let found = report::findings(&reading.store, &options, out)?;
    out.flush()?;
    let code = reading.end()?;
    // Damaged input wins.
    Ok(match found && code == ExitCode::SUCCESS {
        true => ExitCode::from(FOUND),
        false => code,
    })
}

fn stats(args: StatsArgs, wanted: Wanted, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    // Made before the program gives up its rights.
    let chosen = match &args.display_filter {
        Some(_) => Some((io::pipe()?, Spool::new())),
        None => None,
    };
    let reading = read_to_end(&args.capture, &args.words, &args.reading, wanted)?;
    match (args.display_filter, chosen) {
        (Some(filter), Some((pipe, spool))) => {
            let chosen = only(&reading.store, filter, pipe, spool, &args.reading)?;
            report::stats(&chosen, args.json, out)?;
        }
        _ => report::stats(&reading.store, args.json, out)?,
    }
    out.flush()?;
    reading.end()
}

/// Returns a capture that consists of the packets for which a filter holds.
fn only(
    store: &Store,
    filter: DisplayFilter,
    (from, to): (PipeReader, PipeWriter),
    spool: Spool,
    decoding: &Decoding,
) -> anyhow::Result<ManuallyDrop<Store>> {
    let choice = Choice::Shown(Filter {
        matches: Some(Search::new(store, filter, 0).matches()?),
        ..Filter::default()
    });
    std::thread::scope(|scope| {
        let saving = scope.spawn(move || {
            let mut to = to;
            save::to_stream(store, &choice, &mut to, &Progress::default()).map(|_| ())
        });
        let reader = Reader::with_spool(File::from(OwnedFd::from(from)), "", spool)?;
        let chosen = load(reader, decoding);
        match saving.join() {
            Ok(saved) => saved?,
            Err(_) => anyhow::bail!(text!("cli-index-stopped")),
        }
        Ok(chosen)
    })
}

fn fields(args: &FieldsArgs, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let found = report::fields(args.pattern.as_deref(), args.json, out)?;
    out.flush()?;
    if !found {
        let pattern = format::printable(args.pattern.as_deref().unwrap_or_default());
        eprintln!("wiretalk: {}", text!("cli-no-fields", pattern));
        return Ok(ExitCode::from(crate::BAD_INPUT));
    }
    Ok(ExitCode::SUCCESS)
}

fn man(args: &ManArgs) -> anyhow::Result<ExitCode> {
    let directory = format::printable(&args.directory.to_string_lossy());
    cli::manual_pages(&args.directory).with_context(|| text!("cli-man-failed", directory))?;
    Ok(ExitCode::SUCCESS)
}

fn info(args: &InfoArgs, wanted: Wanted, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let name = args.file.to_string_lossy().into_owned();
    // A pipe can be read only once. The file is opened before the program gives up its rights.
    let is_file = std::fs::metadata(&args.file).is_ok_and(|about| about.is_file());
    let on_disk = match is_file {
        true => File::open(&args.file).ok(),
        false => None,
    };
    let (mut reader, _confinement) = open(&args.file, wanted)?;
    let size = on_disk.as_ref().and_then(|file| file.metadata().ok());
    let mut facts = FileFacts {
        name: name.clone(),
        size: size.map(|about| about.len()),
        hashes: None,
    };
    if args.hashes {
        match on_disk {
            Some(mut file) => facts.hashes = Some(Hashes::of(&mut file)?),
            None => eprintln!(
                "wiretalk: {}: {}",
                format::printable(&name),
                text!("cli-no-hashes")
            ),
        }
    }
    report::info(&mut reader, &facts, args.json, out)?;
    out.flush()?;
    for diagnostic in reader.diagnostics() {
        eprintln!("wiretalk: {}: {diagnostic}", format::printable(&name));
    }
    Ok(match reader.damaged() {
        true => ExitCode::from(crate::BAD_INPUT),
        false => ExitCode::SUCCESS,
    })
}

fn packets(args: PacketsArgs, wanted: Wanted, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let signals = signals(&args.capture)?;
    let tshark = args.tshark.options(io::stdout().is_terminal());
    let tshark = tshark.unwrap_or_else(|reason| refuse(&reason));
    let words: Vec<OsString> = match args.read {
        Some(file) => vec![file.into()],
        None => args.words,
    };
    let reading = begin(&args.capture, &words, &args.reading, wanted)?;
    reading.stop_on_signals(signals)?;
    let ports = args.select.ports();
    let filters = [args.tshark.read_filter, args.select.display_filter];
    let options = PacketOptions {
        format: Format::from_switches(args.json, args.csv),
        detail: args.detail,
        ports,
        filters: filters.into_iter().flatten().collect(),
        threads: args.reading.threads,
        count: args.capture.count_of_file(),
        tshark: tshark.map(|options| TsharkWriter::new(options, reading.name.clone())),
        absolute_seq: args.absolute_seq,
        show_secrets: args.show_secrets,
        columns: args.columns.map(|ColumnList(columns)| columns),
    };
    let mut packets = Packets::new(&reading.store, options);
    while reading.is_growing() {
        wait()?;
        packets.go_on(&reading.store, out)?;
        out.flush()?;
    }
    packets.go_on(&reading.store, out)?;
    packets.end(out)?;
    out.flush()?;
    if packets.missed() > 0 {
        let packets = text!("count-packets", count = Count(packets.missed()));
        eprintln!("wiretalk: {}", text!("cli-not-written", packets));
    }
    reading.end()
}

fn explain(args: ExplainArgs, wanted: Wanted, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let store = load(open(&args.file, wanted)?.0, &args.reading);
    let options = ExplainOptions {
        json: args.json,
        absolute_seq: args.absolute_seq,
        show_secrets: args.show_secrets,
    };
    report::explain(&store, args.number, options, out)?;
    out.flush()?;
    Ok(problems(&args.file.to_string_lossy(), &store))
}

/// The fraction of the memory with which `follow` reads a capture: the place of a segment in its stream takes three
/// times as much as the record of its packet.
const CAPTURE_OF_FOLLOW: u64 = 4;

fn follow(mut args: FollowArgs, wanted: Wanted, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    if let Some(Memory(Some(most))) = &mut args.reading.memory {
        *most /= CAPTURE_OF_FOLLOW;
    }
    let store = load(open(&args.file, wanted)?.0, &args.reading);
    let id = match (&args.conversation, args.display_filter) {
        (_, Some(filter)) => {
            let found = Search::new(&store, filter, 0).first_conversation()?;
            found.ok_or_else(|| anyhow::anyhow!(text!("cli-no-conversation-matches")))?
        }
        (name, None) => {
            let name = name.as_deref().unwrap_or_default();
            report::find(&store.read(), name).map_err(anyhow::Error::msg)?
        }
    };
    let style = match (args.raw, args.hex) {
        (true, _) => Style::Raw,
        (_, true) => Style::Hex,
        _ => Style::Ascii,
    };
    let options = FollowOptions {
        style,
        only: args.from,
        all: args.all,
        show_secrets: args.show_secrets,
        charset: args.charset,
    };
    let left_out = report::follow(&store, id, options, out)?;
    out.flush()?;
    if left_out > 0 {
        let bytes = text!("count-bytes", count = Count(left_out));
        eprintln!("wiretalk: {}", text!("cli-left-out", bytes));
    }
    Ok(problems(&args.file.to_string_lossy(), &store))
}

fn save(args: SaveArgs, mut wanted: Wanted, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let to_stdout = args.out.as_os_str() == "-";
    if to_stdout && io::stdout().is_terminal() {
        anyhow::bail!(text!("cli-save-to-terminal"));
    }
    if !to_stdout {
        wanted.write.push(args.out.clone());
    }
    let store = load(open(&args.file, wanted)?.0, &Decoding::default());
    let all = args.conversations.iter();
    let found: Result<Vec<_>, _> = all.map(|name| report::find(&store.read(), name)).collect();
    let mut found = found.map_err(anyhow::Error::msg)?;
    found.sort_unstable();
    let matches = match args.select.display_filter.clone() {
        Some(filter) => Some(Search::new(&store, filter, 0).matches()?),
        None => None,
    };
    let choice = match found.is_empty() {
        false if matches.is_none() => Choice::Marked(Marks::of(found)),
        is_empty => Choice::Shown(Filter {
            ports: args.select.ports(),
            only: (!is_empty).then(|| Arc::new(found)),
            matches,
            ..Filter::default()
        }),
    };
    let is_all = choice.is_all();
    let packets = report::save(&store, &choice, &args.out, args.force, args.json, out)?;
    out.flush()?;
    // The file is a valid capture without packets, as that of tshark and editcap.
    if packets == 0 && !is_all {
        let name = format::printable(&args.file.to_string_lossy());
        eprintln!("wiretalk: {name}: {}", text!("cli-saved-nothing"));
    }
    Ok(problems(&args.file.to_string_lossy(), &store))
}

fn objects(
    args: ObjectsArgs,
    mut wanted: Wanted,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    wanted.out.push(args.out.clone());
    let store = load(open(&args.file, wanted)?.0, &args.reading);
    let incomplete = report::objects(
        &store,
        &args.select.selection(&store)?,
        &args.out,
        args.json,
        out,
    )?;
    out.flush()?;
    let name = args.file.to_string_lossy();
    let status = problems(&name, &store);
    if incomplete.count == 0 {
        return Ok(status);
    }
    let count = Count(incomplete.count);
    let names = incomplete.names.join(", ");
    eprintln!(
        "wiretalk: {name}: {}",
        text!("cli-objects-incomplete", count, names)
    );
    Ok(ExitCode::from(crate::BAD_INPUT))
}

/// Begins to read or to make a capture for the pipe. A file is read in one go.
fn begin(
    capture: &Capture,
    words: &[OsString],
    decoding: &Decoding,
    wanted: Wanted,
) -> anyhow::Result<Reading> {
    if capture.is_live() {
        let reading = Reading::capture(capture, words, decoding, wanted)?;
        let from = text!("cli-capturing", interfaces = &reading.name);
        eprintln!("wiretalk: {from}");
        return Ok(reading);
    }
    let Some(file) = file(words, None) else {
        refuse(text!("cli-no-capture"));
    };
    let name = format::printable(&file.to_string_lossy());
    let (reader, confinement) = open(file, wanted)?;
    let endless = reader.total().is_none();
    let opened = (reader, confinement);
    Ok(match endless {
        true => Reading::of(name, opened, decoding, &Arc::default())?,
        false => Reading::at_once(name, opened, decoding),
    })
}

/// Returns what waits for signals, with its pair of sockets, which cannot be made later; nothing if nothing is captured.
fn signals(capture: &Capture) -> io::Result<Option<Signals>> {
    let none: [i32; 0] = [];
    capture.is_live().then(|| Signals::new(none)).transpose()
}

/// Waits until there may be more, or until the output is closed.
fn wait() -> anyhow::Result<()> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let shortly = Timespec {
        tv_sec: 0,
        tv_nsec: 20_000_000,
    };
    let stdout = io::stdout();
    let mut reader = [PollFd::new(&stdout, PollFlags::empty())];
    if poll(&mut reader, Some(&shortly)).is_ok_and(|gone| gone > 0) {
        return Err(io::Error::from(io::ErrorKind::BrokenPipe).into());
    }
    Ok(())
}
