//! The program `wiretalk`: arguments in, what runs out.

use anyhow::Context;
use clap::{CommandFactory, Parser, error::ErrorKind};
use std::{
    ffi::OsString,
    io::{self, BufWriter, IsTerminal, Write},
    mem::ManuallyDrop,
    os::unix::fs::FileTypeExt,
    path::Path,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, channel},
    },
    thread::JoinHandle,
    time::Duration,
};
use wiretalk::{
    capture::{
        OpenError, Reader,
        live::{self, End, Live, Segment},
        open_file,
    },
    cli::{Capture, Cli, Command, Decoding, Side},
    confine::{Confinement, Wanted, confine, may_capture},
    index,
    names::{Lookups, Vendors},
    report::{self, FollowOptions, Format, PacketOptions, Packets, Style},
    save::{Choice, Marks},
    store::Store,
    track::Direction,
    ui::{
        App, Left, Screen, Shared,
        pulse::Pulse,
        settings::Settings,
        start::Chosen,
        theme::{Look, Theme},
    },
    words,
};

/// The input was bad or cut short.
const BAD_INPUT: u8 = 1;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Some(command) => run(command, cli.protection.wanted()),
        None if cli.list_interfaces => list_interfaces(),
        None => screen(cli),
    };
    match outcome {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wiretalk: {error:#}");
            ExitCode::from(BAD_INPUT)
        }
    }
}

fn list_interfaces() -> anyhow::Result<ExitCode> {
    report::interfaces(&mut io::stdout().lock())?;
    Ok(ExitCode::SUCCESS)
}

/// A capture that is read or made, and whoever does that.
struct Reading {
    name: String,
    /// Not taken down piece by piece at the end: the process ends with it.
    store: ManuallyDrop<Store>,
    /// Who reads it; nothing where that is done.
    index: Option<JoinHandle<()>>,
    live: Option<Arc<Live>>,
    confinement: Confinement,
}

impl Reading {
    /// Reads a capture beside everything else.
    fn of(
        name: String,
        (reader, confinement): (Reader, Confinement),
        decoding: &Decoding,
        stop: &Arc<AtomicBool>,
    ) -> io::Result<Self> {
        let store = empty(&reader, decoding);
        store.write().size = reader.total();
        let (into, stop) = (store.clone(), Arc::clone(stop));
        let index = std::thread::Builder::new()
            .name("index".to_owned())
            .spawn(move || index::fill(reader, &into, &stop))?;
        Ok(Reading {
            name,
            store: ManuallyDrop::new(store),
            index: Some(index),
            live: None,
            confinement,
        })
    }

    /// Opens the interfaces and captures.
    fn capture(
        capture: &Capture,
        words: &[OsString],
        decoding: &Decoding,
        mut wanted: Wanted,
    ) -> anyhow::Result<Self> {
        let words: Vec<String> = words
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let wrong = |reason| {
            Cli::command()
                .error(ErrorKind::ArgumentConflict, reason)
                .exit()
        };
        let options = capture.options(&words).unwrap_or_else(wrong);
        let stops = capture.stops().unwrap_or_else(|reason| {
            Cli::command()
                .error(ErrorKind::ValueValidation, reason)
                .exit()
        });
        let ready = live::open(&options).map_err(|error| match may_capture() {
            Err(missing) if matches!(error, live::OpenError::Refused { .. }) => missing.into(),
            _ => anyhow::Error::from(error),
        })?;
        wanted.write.extend(capture.write.clone());
        let confinement = confine(&wanted)?;
        let target = capture.target(decoding.on_disk());
        let (live, segments) =
            Live::start(ready, target, stops).with_context(|| match &capture.write {
                Some(file) => words::printable(&file.to_string_lossy()),
                None => "a temporary file".to_owned(),
            })?;
        Reading::follow(
            words::printable(&options.interfaces.join(", ")),
            Arc::new(live),
            segments,
            decoding,
            confinement,
        )
    }

    /// Reads a live capture while it is made.
    fn follow(
        name: String,
        live: Arc<Live>,
        segments: Receiver<Segment>,
        decoding: &Decoding,
        confinement: Confinement,
    ) -> anyhow::Result<Self> {
        let Ok(Segment::Begun(reader)) = segments.recv() else {
            anyhow::bail!("{}", live.progress());
        };
        let store = empty(&reader, decoding);
        let into = store.clone();
        let index = std::thread::Builder::new()
            .name("index".to_owned())
            .spawn(move || index::follow(*reader, &segments, &into))?;
        Ok(Reading {
            name,
            store: ManuallyDrop::new(store),
            index: Some(index),
            live: Some(live),
            confinement,
        })
    }

    /// Whether there may be more of it.
    fn is_growing(&self) -> bool {
        let index = self.index.as_ref();
        index.is_some_and(|index| !index.is_finished())
    }

    /// Has a live capture end on SIGINT, SIGTERM and SIGHUP; what came before is still written.
    fn stop_on_signals(&self) -> io::Result<Arc<AtomicBool>> {
        use signal_hook::{consts, flag};
        let stop = Arc::new(AtomicBool::new(false));
        if self.live.is_some() {
            for signal in [consts::SIGINT, consts::SIGTERM, consts::SIGHUP] {
                flag::register(signal, Arc::clone(&stop))?;
            }
        }
        Ok(stop)
    }

    /// Ends what is still at work, and says what became of it.
    fn end(self) -> anyhow::Result<ExitCode> {
        if let Some(live) = &self.live {
            live.stop();
        }
        // A pipe may never say anything again: the index then ends with the process.
        if let Some(index) = self.index
            && (self.live.is_some() || index.is_finished())
            && index.join().is_err()
        {
            anyhow::bail!("the index stopped early; what was shown is not all of the capture");
        }
        let Some(live) = &self.live else {
            return Ok(problems(&self.name, &self.store));
        };
        tell_let_go(&self.name, &self.store);
        let progress = live.progress();
        eprintln!("{progress}");
        Ok(match progress.end {
            Some(End::DiskFull { .. } | End::Failed(_)) => ExitCode::from(BAD_INPUT),
            _ => ExitCode::SUCCESS,
        })
    }
}

/// Shows a capture on the screen while it is read or made.
fn screen(cli: Cli) -> anyhow::Result<ExitCode> {
    if !io::stdout().is_terminal() {
        anyhow::bail!(
            "standard output is no terminal; `wiretalk conversations FILE` and `wiretalk packets FILE` write to a pipe"
        );
    }
    let stop = Arc::new(AtomicBool::new(false));
    let mut wanted = cli.protection.wanted();
    wanted.names = cli.resolve;
    // Opened before the terminal is touched, so that an error is read where it was typed.
    let mut waits = None;
    let mut reading = if cli.capture.is_live() {
        Some(Reading::capture(
            &cli.capture,
            &cli.words,
            &cli.reading,
            wanted.clone(),
        )?)
    } else {
        match file(&cli.words, cli.read.as_deref()) {
            Some(file) => {
                let name = match file.as_os_str() == "-" {
                    true => "standard input".into(),
                    false => file
                        .file_name()
                        .unwrap_or(file.as_os_str())
                        .to_string_lossy(),
                };
                let name = words::printable(&name);
                let (opening, confinement) = Opening::begin(file, wanted.clone())?;
                match opening {
                    Opening::Done(reader) => {
                        let opened = (*reader, confinement);
                        Some(Reading::of(name, opened, &cli.reading, &stop)?)
                    }
                    Opening::Waits(comes) => {
                        waits = Some((name, comes, confinement));
                        None
                    }
                }
            }
            None => None,
        }
    };
    let mut signals = leave_on_signals(Arc::clone(&stop))?;
    let theme = Theme::new(look(cli.theme));
    let mut settings = Settings {
        absolute_seq: cli.absolute_seq,
        show_secrets: cli.show_secrets,
        names: !cli.addresses,
        ..Settings::default()
    };
    let mut ports = cli.select.ports();
    let mut names = None;
    let mut screen = Screen::open()?;
    if let Some((name, comes, confinement)) = waits {
        let Some(reader) = screen.wait(&theme, &name, &comes, &stop)? else {
            return Ok(ExitCode::SUCCESS);
        };
        let opened = (reader?, confinement);
        reading = Some(Reading::of(name, opened, &cli.reading, &stop)?);
    }
    loop {
        let current = match reading.take() {
            Some(current) => current,
            None => match screen.ask(theme, &stop)? {
                Some(choice) => {
                    signals.end();
                    let reading = match choice.open()? {
                        Chosen::Capture(file, name) => {
                            let confinement = confine(&wanted)?;
                            let reader = Reader::from_file(file, &name)?;
                            Reading::of(name, (reader, confinement), &cli.reading, &stop)?
                        }
                        Chosen::Interfaces(names) => {
                            let capture = Capture::from(names);
                            Reading::capture(&capture, &[], &cli.reading, wanted.clone())?
                        }
                    };
                    signals = leave_on_signals(Arc::clone(&stop))?;
                    reading
                }
                None => return Ok(ExitCode::SUCCESS),
            },
        };
        // Not before, as what a thread may do is settled when it begins.
        let (vendors, lookups) = match &names {
            Some(names) => names,
            None => names.insert(begin_names(cli.resolve)?),
        };
        let shared = Shared {
            store: Store::clone(&current.store),
            name: current.name.clone(),
            theme,
            settings,
            ports,
            marks: Marks::default(),
            live: current.live.clone(),
            vendors: vendors.clone(),
            lookups: lookups.clone(),
            pulse: Pulse::default(),
            confinement: current.confinement.clone(),
        };
        let mut app = App::new(shared);
        let left = screen.show(&mut app, &stop);
        (settings, ports) = (app.shared.settings, app.shared.ports);
        if let Ok(Left::Restart) = left
            && let Some(live) = current.live.clone()
        {
            reading = Some(match live.restart() {
                // The capture that is let go of ends by itself: nobody sends it files any more.
                Some(segments) => Reading::follow(
                    current.name,
                    live,
                    segments,
                    &cli.reading,
                    current.confinement,
                )?,
                // It has ended by itself a moment ago, and can still be looked at and saved.
                None => current,
            });
            continue;
        }
        stop.store(true, Ordering::Relaxed);
        drop(screen);
        left?;
        return current.end();
    }
}

/// A capture that is opened.
enum Opening {
    Done(Box<Reader>),
    /// Nobody has written the beginning of it yet: a pipe may keep us waiting for as long as it likes.
    Waits(Receiver<Result<Reader, OpenError>>),
}

impl Opening {
    /// Opens a file, gives up what reading it does not take, and reads its beginning beside everything else, for which
    /// it is waited a moment.
    fn begin(file: &Path, mut wanted: Wanted) -> anyhow::Result<(Opening, Confinement)> {
        wanted.read.push(file.to_owned());
        // Opening a named pipe waits for who writes it.
        let is_pipe = file
            .metadata()
            .is_ok_and(|about| about.file_type().is_fifo());
        let opened = (!is_pipe).then(|| open_file(file)).transpose()?;
        let confinement = confine(&wanted)?;
        let file = file.to_owned();
        let (sender, comes) = channel();
        std::thread::Builder::new()
            .name("open".to_owned())
            .spawn(move || {
                let opened = opened.map_or_else(|| open_file(&file), Ok);
                let reader = opened.and_then(|(file, name)| Reader::from_file(file, &name));
                // Nobody waits for it any more when the user has left.
                let _ = sender.send(reader);
            })?;
        Ok(match comes.recv_timeout(A_MOMENT) {
            Ok(reader) => (Opening::Done(Box::new(reader?)), confinement),
            Err(_) => (Opening::Waits(comes), confinement),
        })
    }
}

/// Begins to find out who is who, beside everything else.
fn begin_names(resolve: bool) -> io::Result<(Vendors, Option<Lookups>)> {
    let vendors = Vendors::default();
    let loaded = vendors.clone();
    std::thread::Builder::new()
        .name("vendors".to_owned())
        .spawn(move || loaded.load())?;
    Ok((vendors, resolve.then(Lookups::of_system).transpose()?))
}

/// What a file needs no longer than this to open is opened before the terminal is touched.
const A_MOMENT: Duration = Duration::from_millis(150);

/// The capture file that was named; a second name is a mistake.
fn file<'a>(words: &'a [OsString], read: Option<&'a Path>) -> Option<&'a Path> {
    if let [_, second, ..] = words {
        let second = words::printable(&second.to_string_lossy());
        let reason = format!("one capture at a time: {second} is one too many");
        Cli::command()
            .error(ErrorKind::TooManyValues, reason)
            .exit();
    }
    words.first().map(Path::new).or(read)
}

/// Opens a capture, gives up what reading it does not take, and begins to read it.
fn open(file: &Path, mut wanted: Wanted) -> anyhow::Result<(Reader, Confinement)> {
    let (opened, name) = open_file(file)?;
    wanted.read.push(file.to_owned());
    let confinement = confine(&wanted)?;
    Ok((Reader::from_file(opened, &name)?, confinement))
}

/// The thread that waits for signals.
struct Signals {
    handle: signal_hook::iterator::Handle,
    thread: JoinHandle<()>,
}

impl Signals {
    /// Ends it: no thread from before the program gives up its privileges may go on after that.
    fn end(self) {
        self.handle.close();
        // It has nothing to say.
        let _ = self.thread.join();
    }
}

/// Ends the program on SIGTERM, SIGHUP and SIGINT: by itself if it can, else the hard way. When its terminal has gone away
/// waiting for keys may never come back.
fn leave_on_signals(stop: Arc<AtomicBool>) -> io::Result<Signals> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGTERM, SIGHUP, SIGINT])?;
    let handle = signals.handle();
    let thread = std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            if let Some(signal) = signals.forever().next() {
                stop.store(true, Ordering::Relaxed);
                std::thread::sleep(PATIENCE);
                wiretalk::ui::restore();
                std::process::exit(128 + signal);
            }
        })?;
    Ok(Signals { handle, thread })
}

/// How long the program may take to end by itself.
const PATIENCE: Duration = Duration::from_millis(600);

/// What colours to use: as asked for, none where NO_COLOR is set (no-color.org), else as the terminal is.
fn look(asked: Option<Look>) -> Look {
    use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};
    if let Some(look) = asked {
        return look;
    }
    if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        return Look::Plain;
    }
    let mut options = QueryOptions::default();
    options.timeout = std::time::Duration::from_millis(40);
    match theme_mode(options) {
        Ok(ThemeMode::Light) => Look::Light,
        _ => Look::Dark,
    }
}

/// Whoever read our output went away: `| head`.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn run(command: Command, mut wanted: Wanted) -> anyhow::Result<ExitCode> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match command {
        Command::Conversations {
            words,
            capture,
            json,
            csv,
            select,
            reading,
        } => {
            let reading = begin(&capture, &words, &reading, wanted)?;
            let stop = reading.stop_on_signals()?;
            while reading.is_growing() {
                wait(&reading, &stop)?;
            }
            let format = Format::from_switches(json, csv);
            report::conversations(&reading.store, format, &select.ports(), &mut out)?;
            out.flush()?;
            reading.end()
        }
        Command::Packets {
            words,
            capture,
            json,
            csv,
            detail,
            select,
            reading,
            absolute_seq,
            show_secrets,
        } => {
            let reading = begin(&capture, &words, &reading, wanted)?;
            let stop = reading.stop_on_signals()?;
            let options = PacketOptions {
                format: Format::from_switches(json, csv),
                detail,
                ports: select.ports(),
                absolute_seq,
                show_secrets,
            };
            let mut packets = Packets::new(&reading.store, options);
            while reading.is_growing() {
                wait(&reading, &stop)?;
                packets.go_on(&reading.store, &mut out)?;
                out.flush()?;
            }
            packets.go_on(&reading.store, &mut out)?;
            out.flush()?;
            if packets.missed() > 0 {
                let missed = words::counted(packets.missed(), "packet");
                eprintln!("wiretalk: {missed} not written: they were let go before");
            }
            reading.end()
        }
        Command::Follow {
            file,
            conversation,
            raw,
            ascii: _,
            hex,
            from,
            all,
            show_secrets,
            reading,
        } => {
            let store = load(open(&file, wanted)?.0, &reading);
            let id = report::find(&store.read(), &conversation).map_err(anyhow::Error::msg)?;
            let style = match (raw, hex) {
                (true, _) => Style::Raw,
                (_, true) => Style::Hex,
                _ => Style::Ascii,
            };
            let only = from.map(|side| match side {
                Side::Client => Direction::FromClient,
                Side::Server => Direction::FromServer,
            });
            let options = FollowOptions {
                style,
                only,
                all,
                show_secrets,
            };
            let left_out = report::follow(&store, id, options, &mut out)?;
            out.flush()?;
            if left_out > 0 {
                let bytes = words::counted(left_out, "byte");
                eprintln!(
                    "wiretalk: {bytes} that the receiver may not have read left out; --all has them"
                );
            }
            Ok(problems(&file.to_string_lossy(), &store))
        }
        Command::Save {
            file,
            out: to,
            conversations,
            force,
            json,
            select,
        } => {
            if to.as_os_str() == "-" && io::stdout().is_terminal() {
                anyhow::bail!("standard output is a terminal: a file name, or a pipe for `-`");
            }
            if to.as_os_str() != "-" {
                wanted.write.push(to.clone());
            }
            let store = load(open(&file, wanted)?.0, &Decoding::default());
            let all = conversations.iter();
            let found = all.map(|name| report::find(&store.read(), name));
            let found: Vec<_> = found
                .collect::<Result<_, _>>()
                .map_err(anyhow::Error::msg)?;
            let choice = match found.is_empty() {
                true => Choice::Shown {
                    ports: select.ports(),
                    without_udp: false,
                },
                false => Choice::Marked(Marks::of(found)),
            };
            report::save(&store, &choice, &to, force, json, &mut out)?;
            out.flush()?;
            Ok(problems(&file.to_string_lossy(), &store))
        }
        Command::Objects {
            file,
            out: directory,
            json,
            select,
            reading,
        } => {
            wanted.out.push(directory.clone());
            let store = load(open(&file, wanted)?.0, &reading);
            report::objects(&store, &select.ports(), &directory, json, &mut out)?;
            out.flush()?;
            Ok(problems(&file.to_string_lossy(), &store))
        }
    }
}

/// Nothing of a capture as yet.
fn empty(reader: &Reader, decoding: &Decoding) -> Store {
    let store = Store::new(reader.bytes());
    let mut contents = store.write();
    contents.tracker.decode_as = decoding.decode_as();
    contents.keep = decoding.keep();
    drop(contents);
    store
}

/// Reads a capture whole.
fn load(reader: Reader, decoding: &Decoding) -> ManuallyDrop<Store> {
    let store = empty(&reader, decoding);
    index::fill(reader, &store, &AtomicBool::new(false));
    ManuallyDrop::new(store)
}

/// Begins to read or to make a capture for the pipe. A file is read at once.
fn begin(
    capture: &Capture,
    words: &[OsString],
    decoding: &Decoding,
    wanted: Wanted,
) -> anyhow::Result<Reading> {
    if capture.is_live() {
        let reading = Reading::capture(capture, words, decoding, wanted)?;
        eprintln!("wiretalk: capturing from {}", reading.name);
        return Ok(reading);
    }
    let Some(file) = file(words, None) else {
        let reason = "a capture is missing: FILE, `-` for standard input, or -i INTERFACE";
        Cli::command()
            .error(ErrorKind::MissingRequiredArgument, reason)
            .exit();
    };
    let name = words::printable(&file.to_string_lossy());
    let (reader, confinement) = open(file, wanted)?;
    if reader.total().is_none() {
        let opened = (reader, confinement);
        return Ok(Reading::of(name, opened, decoding, &Arc::default())?);
    }
    Ok(Reading {
        name,
        store: load(reader, decoding),
        index: None,
        live: None,
        confinement,
    })
}

/// Waits until there may be more, or nobody reads what is written any more.
fn wait(reading: &Reading, stop: &AtomicBool) -> anyhow::Result<()> {
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
    if let Some(live) = &reading.live
        && stop.load(Ordering::Relaxed)
    {
        live.stop();
    }
    Ok(())
}

/// Says what was let go of the capture.
fn tell_let_go(name: &str, store: &Store) {
    let contents = store.read();
    let let_go = contents.let_go_by_now();
    if !let_go.is_nothing() {
        eprintln!("wiretalk: {name}: {} let go", let_go.words());
    }
}

/// Says what was wrong with the capture; everything that could be read has been written by now.
fn problems(name: &str, store: &Store) -> ExitCode {
    tell_let_go(name, store);
    let contents = store.read();
    for problem in &contents.problems {
        eprintln!("wiretalk: {name}: {problem}");
    }
    if contents.damaged {
        ExitCode::from(BAD_INPUT)
    } else {
        ExitCode::SUCCESS
    }
}
