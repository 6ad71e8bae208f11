//! The program `wiretalk`: arguments in, what runs out.

use clap::Parser;
use std::{
    fs::File,
    io::{self, BufWriter, IsTerminal, Write},
    mem::ManuallyDrop,
    path::Path,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};
use wiretalk::{
    capture::{Reader, open_file},
    cli::{Cli, Command, Reading, Side},
    confine::{Wanted, confine},
    index,
    report::{self, FollowOptions, Format, PacketOptions, Style},
    store::Store,
    track::Direction,
    ui::{
        App, Screen, Shared,
        settings::Settings,
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

/// Shows a capture on the screen while it is read.
fn screen(cli: Cli) -> anyhow::Result<ExitCode> {
    if !io::stdout().is_terminal() {
        anyhow::bail!(
            "standard output is no terminal; `wiretalk conversations FILE` and `wiretalk packets FILE` write to a pipe"
        );
    }
    let mut wanted = cli.protection.wanted();
    // Opened before the terminal is touched, so that an error is read where it was typed.
    let named = match cli.file.or(cli.read) {
        Some(file) => Some(open(&file, &mut wanted)?),
        None => None,
    };
    let stop = Arc::new(AtomicBool::new(false));
    let theme = Theme::new(look(cli.theme));
    let settings = Settings {
        absolute_seq: cli.absolute_seq,
        show_secrets: cli.show_secrets,
        ..Settings::default()
    };
    let (mut screen, reader, name, confinement);
    match named {
        Some((file, named)) => {
            confinement = confine(&wanted)?;
            leave_on_signals(Arc::clone(&stop))?;
            reader = Reader::from_file(file, &named)?;
            name = named;
            screen = Screen::open()?;
        }
        None => {
            let signals = leave_on_signals(Arc::clone(&stop))?;
            screen = Screen::open()?;
            let Some(choice) = screen.ask(theme, &stop)? else {
                return Ok(ExitCode::SUCCESS);
            };
            let file = choice.open()?;
            signals.end();
            confinement = confine(&wanted)?;
            leave_on_signals(Arc::clone(&stop))?;
            name = choice.name();
            reader = Reader::from_file(file, &name)?;
        }
    }
    let store = Store::new(reader.bytes());
    store.write().tracker.decode_as = cli.reading.decode_as();
    let index = {
        let (store, stop) = (store.clone(), Arc::clone(&stop));
        std::thread::Builder::new()
            .name("index".to_owned())
            .spawn(move || index::fill(reader, &store, &stop))?
    };
    let shared = Shared {
        store: store.clone(),
        name: name.clone(),
        theme,
        settings,
        confinement,
        ports: cli.select.ports(),
    };
    let outcome = screen.show(App::new(shared), &stop);
    stop.store(true, Ordering::Relaxed);
    drop(screen);
    outcome?;
    // A pipe may never say anything again: the index then ends with the process.
    if index.is_finished() && index.join().is_err() {
        anyhow::bail!("the index stopped early; what was shown is not all of the capture");
    }
    Ok(problems(&name, &store))
}

/// Opens a capture, without reading anything of it; and its name, for the screen.
fn open(file: &Path, wanted: &mut Wanted) -> anyhow::Result<(File, String)> {
    let (opened, name) = open_file(file)?;
    wanted.read.push(file.to_owned());
    Ok((opened, words::printable(&name)))
}

/// The thread that waits for signals.
struct Signals {
    handle: signal_hook::iterator::Handle,
    thread: JoinHandle<()>,
}

impl Signals {
    /// Ends it: a thread that was started before the program was confined must not go on after.
    fn end(self) {
        self.handle.close();
        // It has nothing to say.
        let _ = self.thread.join();
    }
}

/// Ends the program on SIGTERM and SIGHUP: by itself if it can, else the hard way. When its terminal has gone away
/// waiting for keys may never come back.
fn leave_on_signals(stop: Arc<AtomicBool>) -> io::Result<Signals> {
    use signal_hook::consts::{SIGHUP, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGTERM, SIGHUP])?;
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
const PATIENCE: std::time::Duration = std::time::Duration::from_millis(600);

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
            file,
            json,
            csv,
            select,
            reading,
        } => {
            let store = load(&file, &reading, wanted)?;
            let format = Format::from_switches(json, csv);
            report::conversations(&store, format, &select.ports(), &mut out)?;
            out.flush()?;
            Ok(problems(&file.to_string_lossy(), &store))
        }
        Command::Packets {
            file,
            json,
            csv,
            detail,
            select,
            reading,
            absolute_seq,
            show_secrets,
        } => {
            let store = load(&file, &reading, wanted)?;
            let format = Format::from_switches(json, csv);
            let options = PacketOptions {
                format,
                detail,
                ports: select.ports(),
                absolute_seq,
                show_secrets,
            };
            report::packets(&store, &options, &mut out)?;
            out.flush()?;
            Ok(problems(&file.to_string_lossy(), &store))
        }
        Command::Follow {
            file,
            conversation,
            raw,
            ascii: _,
            hex,
            from,
            all,
            reading,
        } => {
            let store = load(&file, &reading, wanted)?;
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
            let options = FollowOptions { style, only, all };
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
        Command::Objects {
            file,
            out: directory,
            json,
            select,
            reading,
        } => {
            wanted.out.push(directory.clone());
            let store = load(&file, &reading, wanted)?;
            report::objects(&store, &select.ports(), &directory, json, &mut out)?;
            out.flush()?;
            Ok(problems(&file.to_string_lossy(), &store))
        }
    }
}

/// Reads a capture. What is known of it is not taken down piece by piece at the end: the process ends with it.
fn load(file: &Path, reading: &Reading, mut wanted: Wanted) -> anyhow::Result<ManuallyDrop<Store>> {
    let (opened, name) = open(file, &mut wanted)?;
    confine(&wanted)?;
    let store = report::load(Reader::from_file(opened, &name)?, reading.decode_as());
    Ok(ManuallyDrop::new(store))
}

/// Says what was wrong with the capture; everything that could be read has been written by now.
fn problems(name: &str, store: &Store) -> ExitCode {
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
