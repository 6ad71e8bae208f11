//! The program on a pipe: the output of its commands.

use crate::Loaded;
use crate::reading::{OpenCapture, Reading, files, load, open, problems};
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
    capture::{Files, Reader, Spool},
    cli::{
        self, Capture, Cli, Command, ConfigArgs, ConversationsArgs, Decoding, ExplainArgs,
        FieldsArgs, FindingsArgs, FollowArgs, HarArgs, InfoArgs, ManArgs, ObjectsArgs, PacketsArgs,
        SaveArgs, StatsArgs, refuse,
    },
    columns::chosen::ColumnList,
    config,
    confine::Wanted,
    filter::{Filter as DisplayFilter, Search},
    format,
    glyphs::{GlyphSet, GlyphWriter, Glyphs},
    lang::{Count, text},
    report::{
        self, ConversationOptions, ExplainOptions, FileFacts, FindingOptions, FollowOptions,
        Format, HarOptions, Hashes, PacketOptions, Packets, Style, TsharkWriter,
    },
    retention::Memory,
    save::{self, Choice, Destination, Filter, Marks, Progress},
    store::{Contents, Store},
};

/// Runs a command.
///
/// # Errors
///
/// Fails with the reason.
pub fn run(
    command: Command,
    wanted: Wanted,
    glyphs: Option<Glyphs>,
    config: &Loaded,
) -> anyhow::Result<ExitCode> {
    if !matches!(command, Command::Config(_)) {
        config.warn();
    }
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
        Command::Har(args) => har(&args, wanted, &mut out),
        Command::Export(args) => crate::export::export(args, wanted, &mut out),
        Command::Fields(args) => fields(&args, &mut out),
        Command::Config(args) => settings(&args, config, &mut out),
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
    let decoding = Decoding {
        count: capture.count_of_file(),
        ..decoding.clone()
    };
    let signals = signals(capture)?;
    let reading = begin(capture, words, &decoding, wanted)?;
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
            report::stats(&chosen, args.json, args.endpoints, out)?;
        }
        _ => report::stats(&reading.store, args.json, args.endpoints, out)?,
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

/// Writes the settings; the exit status says whether there is something wrong with them.
fn settings(args: &ConfigArgs, loaded: &Loaded, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    if args.path {
        let path = config::path().ok_or_else(|| anyhow::anyhow!(text!("config-nowhere")))?;
        writeln!(out, "{}", format::printable(&path.to_string_lossy()))?;
    } else {
        config::write(&loaded.config, out)?;
    }
    out.flush()?;
    for problem in &loaded.problems {
        eprintln!("wiretalk: {problem}");
    }
    Ok(match loaded.problems.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(crate::BAD_INPUT),
    })
}

fn man(args: &ManArgs) -> anyhow::Result<ExitCode> {
    let directory = format::printable(&args.directory.to_string_lossy());
    cli::manual_pages(&args.directory).with_context(|| text!("cli-man-failed", directory))?;
    Ok(ExitCode::SUCCESS)
}

fn info(args: &InfoArgs, wanted: Wanted, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    // A pipe can be read only once. The file is opened before the program gives up its rights.
    let on_disk = match args.files.as_slice() {
        [file] if file.is_file() => File::open(file).ok(),
        _ => None,
    };
    let files = match Files::are_several(&args.files) {
        true => Files::find(&args.files)?.listed(),
        false => Vec::new(),
    };
    let OpenCapture {
        name, mut reader, ..
    } = open(&args.files, wanted)?;
    let about = on_disk.as_ref().and_then(|file| file.metadata().ok());
    let mut facts = FileFacts {
        name: name.clone(),
        size: about.map(|about| about.len()).or(reader.total()),
        hashes: None,
        files,
    };
    if args.hashes {
        match on_disk {
            Some(mut file) => facts.hashes = Some(Hashes::of(&mut file)?),
            None => eprintln!("wiretalk: {name}: {}", text!("cli-no-hashes")),
        }
    }
    report::info(&mut reader, &facts, args.json, out)?;
    out.flush()?;
    for diagnostic in reader.diagnostics() {
        eprintln!("wiretalk: {name}: {diagnostic}");
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
        selected: args.tshark.selected_frame,
        threads: args.reading.threads.unwrap_or(0),
        count: args.capture.count_of_file(),
        tshark: tshark.map(|options| {
            let mut writer = TsharkWriter::new(options, reading.name.clone());
            writer.time = args.time.unwrap_or_default();
            writer
        }),
        absolute_seq: args.absolute_seq,
        show_secrets: args.show_secrets,
        columns: args.columns.map(|ColumnList(columns)| columns),
        time: args.time.unwrap_or_default(),
    };
    let mut none = io::sink();
    let mut out: &mut dyn Write = match args.quiet {
        true => &mut none,
        false => out,
    };
    let out = &mut out;
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
    let capture = open(&[args.file], wanted)?;
    let store = load(capture.reader, &args.reading);
    let options = ExplainOptions {
        json: args.json,
        absolute_seq: args.absolute_seq,
        show_secrets: args.show_secrets,
    };
    report::explain(&store, args.number, options, out)?;
    out.flush()?;
    Ok(problems(&capture.name, &store))
}

/// The fraction of the memory with which `follow` reads a capture: the place of a segment in its stream takes three
/// times as much as the record of its packet.
const CAPTURE_OF_FOLLOW: u64 = 4;

fn follow(mut args: FollowArgs, wanted: Wanted, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    if let Some(Memory(Some(most))) = &mut args.reading.memory {
        *most /= CAPTURE_OF_FOLLOW;
    }
    let capture = open(&[args.file], wanted)?;
    let store = load(capture.reader, &args.reading);
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
    Ok(problems(&capture.name, &store))
}

fn save(args: SaveArgs, wanted: Wanted, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let decoding = Decoding {
        threads: args.threads,
        ..Decoding::default()
    };
    save_read(args, &decoding, wanted, out)
}

/// Writes packets of a file to another one, as `tshark -r FILE -w OUT` does: an existing file is replaced.
pub fn write(mut cli: Cli) -> anyhow::Result<ExitCode> {
    cli.reading.count = cli.capture.count_of_file();
    let files = files(&cli.words, cli.read.as_deref());
    let Some(to) = cli.capture.write_of_file().filter(|_| !files.is_empty()) else {
        refuse(text!("cli-no-capture"));
    };
    let args = SaveArgs {
        files,
        out: to.to_owned(),
        conversations: Vec::new(),
        force: true,
        json: false,
        threads: cli.reading.threads,
        select: cli.select,
    };
    let glyphs = match to.as_os_str() == "-" {
        true => GlyphSet::Unicode,
        false => crate::of_text(cli.writing.glyphs),
    };
    let mut out = GlyphWriter::new(io::stdout().lock(), glyphs);
    save_read(args, &cli.reading, cli.protection.wanted(), &mut out)
}

fn save_read(
    args: SaveArgs,
    decoding: &Decoding,
    mut wanted: Wanted,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let to_stdout = args.out.as_os_str() == "-";
    if to_stdout && io::stdout().is_terminal() {
        anyhow::bail!(text!("cli-save-to-terminal"));
    }
    if !to_stdout {
        wanted.write.push(args.out.clone());
    }
    let capture = open(&args.files, wanted)?;
    let store = load(capture.reader, decoding);
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
        let name = &capture.name;
        eprintln!("wiretalk: {name}: {}", text!("cli-saved-nothing"));
    }
    Ok(problems(&capture.name, &store))
}

fn objects(
    args: ObjectsArgs,
    mut wanted: Wanted,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    wanted.out.push(args.out.clone());
    let capture = open(&args.files, wanted)?;
    let store = load(capture.reader, &args.reading);
    let incomplete = report::objects(
        &store,
        &args.select.selection(&store)?,
        &args.out,
        args.json,
        out,
    )?;
    out.flush()?;
    let name = &capture.name;
    let status = problems(name, &store);
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

fn har(args: &HarArgs, mut wanted: Wanted, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let to_file = args.out.as_ref().filter(|out| out.as_os_str() != "-");
    wanted.write.extend(to_file.cloned());
    let capture = open(&args.files, wanted)?;
    let store = load(capture.reader, &args.reading);
    let selection = args.select.selection(&store)?;
    let is_selected = |contents: &Contents, id| selection.has(contents, id);
    let options = HarOptions {
        show_secrets: args.show_secrets,
    };
    match to_file {
        None => _ = report::har(&store, is_selected, options, out)?,
        Some(path) => {
            let place = Destination {
                path: path.clone(),
                replace: args.force,
            };
            let (count, _) = report::har_to_file(&store, is_selected, options, &place)
                .map_err(report::with_force)?;
            let path = format::printable(&path.to_string_lossy());
            writeln!(out, "{}", text!("har-saved", count = Count(count), path))?;
        }
    }
    out.flush()?;
    Ok(problems(&capture.name, &store))
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
    let files = files(words, None);
    if files.is_empty() {
        refuse(text!("cli-no-capture"));
    }
    if capture.write_of_file().is_some() {
        refuse(text!("instead-write"));
    }
    let opened = open(&files, wanted)?;
    let endless = opened.reader.total().is_none();
    let (name, opened) = (opened.name, (opened.reader, opened.confinement));
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
