//! The program on a terminal.

use crate::Loaded;
use crate::reading::{Opening, Reading, ReadyCapture, files};
use crate::tabs::{Tab, Tabs};
use clap::{CommandFactory, error::ErrorKind};
use std::{
    ffi::OsString,
    fs::File,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::Receiver,
    },
    thread::JoinHandle,
    time::Duration,
};
use wiretalk::{
    capture::{Files, OpenError, Reader, Spool},
    cli::{Capture, Cli, exit, parse, refuse, similar_command},
    config::Config,
    confine::{Confinement, Identity, Wanted, confine},
    format,
    lang::text,
    names::{Lookups, Resolver, Vendors},
    times::TimeStyle,
    ui::{
        Common, Leaving, Screen, Shown, color_rules,
        command_line::History,
        display_filter::DisplayFilter,
        kept_columns::KeptColumns,
        kept_filters::KeptFilters,
        keys,
        recent::{Recent, Session},
        settings::{Settings, TimeFormat},
        start::{Chosen, Start},
        theme::{ColorDepth, Look, Theme},
    },
};

/// Refuses arguments that are those of a command, and to show a screen where there is no terminal.
fn check(cli: &Cli) -> anyhow::Result<()> {
    if !cli.capture.is_live() {
        refuse_misplaced_command(&cli.words);
        refuse_misspelt_command(&cli.words);
    }
    match (io::stdout().is_terminal(), cli.capture.is_live()) {
        (true, _) => Ok(()),
        (false, true) => {
            let options = without_screen(&cli.capture);
            anyhow::bail!(text!("cli-no-terminal-live", options))
        }
        (false, false) => anyhow::bail!(text!("cli-no-terminal")),
    }
}

/// Returns the settings that the arguments ask for.
fn settings(cli: &Cli) -> Settings {
    Settings {
        time: time_format(cli.time.as_ref()),
        absolute_seq: cli.absolute_seq,
        show_secrets: cli.show_secrets,
        names: !cli.addresses,
        colors: !cli.no_color_rules,
        ..Settings::default()
    }
}

/// Shows a capture on the screen while it is read or made.
pub fn show(mut cli: Cli, loaded: &Loaded) -> anyhow::Result<ExitCode> {
    let config = &loaded.config;
    let mut kept_state = KeptState::read(&cli, config);
    let session = kept_state.resumed(&mut cli)?;
    config.apply(&mut cli);
    cli.reading.judging = cli.judging.settings();
    cli.reading.count = cli.capture.count_of_file();
    let settings = settings(&cli);
    check(&cli)?;
    let stop = Arc::new(AtomicBool::new(false));
    let wanted = Wanted {
        state: kept_state.remembers,
        ..cli.protection.wanted()
    };
    let resolver = match cli.resolve {
        true => Some(Resolver::start(&wanted.rights)?),
        false => None,
    };
    let signals = Signals::prepare()?;
    // Opened before the terminal is taken over, so that an error is shown in the shell.
    let stops_reading = Arc::default();
    let first = First::open(&cli, &wanted, &stops_reading)?;
    let signals = signals.start(Arc::clone(&stop))?;
    let depth = ColorDepth::of(|name| std::env::var(name).ok());
    let look = look(cli.theme, depth);
    let colors = config.colors();
    let theme = Theme::with(look, depth).set(&colors, look, depth);
    if let Some(bindings) = config.bindings() {
        keys::choose(bindings);
    }
    if let Some(rules) = config.shown_color_rules(look, depth) {
        color_rules::choose(rules);
    }
    let mut columns = cli.columns();
    let mut screen = Screen::open(
        cli.writing
            .glyphs
            .unwrap_or_default()
            .known(|name: &str| std::env::var_os(name), true),
    )?;
    let current = match first {
        First::Reading(reading) => *reading,
        First::Waits(name, comes, confinement) => {
            let Some(reader) = screen.wait(&theme, &name, &comes, &stop)? else {
                return Ok(ExitCode::SUCCESS);
            };
            Reading::of(name, (reader?, confinement), &cli.reading, &stops_reading)?
        }
        First::Asks => {
            let mut start = Start::new(theme, &kept_state.recent);
            if let Some(problem) = loaded.problem() {
                start.refuse(problem);
            }
            let stops = (&stop, &stops_reading);
            let chosen = ask(&mut screen, start, signals, wanted, &cli, stops)?;
            let Some((reading, path)) = chosen else {
                return Ok(ExitCode::SUCCESS);
            };
            kept_state.path = path;
            reading
        }
    };
    let state = current.confinement.state_directory();
    let state = state.filter(|_| kept_state.remembers);
    let (kept_columns, ignored_columns) =
        KeptColumns::read(state.clone(), &cli.columns, &mut columns);
    let (kept, ignored) = KeptFilters::read(state.clone());
    // Not before, as the privileges of a thread are determined when it starts.
    let (vendors, lookups) = begin_names(resolver)?;
    let common = Common {
        theme,
        look,
        depth,
        colors,
        settings,
        columns,
        kept_columns,
        kept,
        commands: History::default(),
        vendors,
        lookups,
    };
    let shown = Shown {
        ports: cli.select.ports(),
        display: DisplayFilter::new(cli.select.display_filter.clone()),
        ..Shown::default()
    };
    let opened = (current, kept_state.path.take(), stops_reading);
    let mut first = Tab::new(opened, common, shown)?;
    let said = loaded.problem().or(ignored).or(ignored_columns);
    first.app.say(said.or(kept_state.wrong.take()));
    if let Some(session) = session {
        first.app.resume(session);
    }
    let mut tabs = Tabs::new(first);
    let left = show_tabs(&mut screen, &mut tabs, &cli, &stop);
    tabs.keep(&mut kept_state.recent, state.as_deref());
    stop.store(true, Ordering::Relaxed);
    drop(screen);
    left?;
    tabs.end()
}

/// Shows captures until the program ends.
fn show_tabs(
    screen: &mut Screen,
    tabs: &mut Tabs,
    cli: &Cli,
    stop: &AtomicBool,
) -> anyhow::Result<()> {
    loop {
        match screen.show(&mut tabs.current().app, stop)? {
            _ if stop.load(Ordering::Relaxed) => return Ok(()),
            Leaving::Quit if tabs.close() => {}
            Leaving::QuitAll if tabs.ask() => {}
            // The others may lose something, too.
            Leaving::QuitRest if tabs.close() && tabs.ask() => {}
            Leaving::Quit | Leaving::QuitAll | Leaving::QuitRest | Leaving::QuitAllNow => {
                return Ok(());
            }
            Leaving::Tab(wanted) => tabs.show(wanted),
            Leaving::Open(path) => {
                let current = tabs.current();
                let opened = open_another(&path, &current.reading.confinement, cli);
                match opened.and_then(|opened| Ok(current.replace(opened)?)) {
                    Ok(()) => {}
                    Err(why) => current
                        .app
                        .say(Some(format::printable(&format!("{why:#}")))),
                }
            }
            Leaving::OpenTab(path) => {
                let current = tabs.current();
                let opened = open_another(&path, &current.reading.confinement, cli);
                let common = current.app.common();
                let tab = opened.and_then(|opened| Ok(Tab::new(opened, common, Shown::default())?));
                match tab {
                    Ok(tab) => tabs.open(tab),
                    Err(why) => current
                        .app
                        .say(Some(format::printable(&format!("{why:#}")))),
                }
            }
            Leaving::Restart => {
                let current = tabs.current();
                if let Some(live) = current.reading.live.clone()
                    // Without segments it has just ended by itself, and can still be viewed and saved.
                    && let Some(segments) = live.restart()
                {
                    let name = current.reading.name.clone();
                    let confinement = current.reading.confinement.clone();
                    let reading = Reading::follow(name, live, segments, &cli.reading, confinement);
                    current.restart(reading?)?;
                }
            }
        }
    }
}

/// Asks what to open until something could be opened, and begins to read it; returns also its path, if it is a file. None
/// if the user quits.
fn ask(
    screen: &mut Screen,
    mut start: Start,
    mut waiting: Waiting,
    wanted: Wanted,
    cli: &Cli,
    (stop, stops_reading): (&Arc<AtomicBool>, &Arc<AtomicBool>),
) -> anyhow::Result<Option<(Reading, Option<PathBuf>)>> {
    loop {
        let Some(choice) = screen.ask(&mut start, stop)? else {
            return Ok(None);
        };
        waiting.end();
        let signals = Signals::prepare()?;
        let opened = choice.open().and_then(|chosen| Opened::of(chosen, &wanted));
        match opened {
            Ok(opened) => {
                let path = opened.path();
                let reading = opened.read(cli, wanted, stops_reading)?;
                signals.start(Arc::clone(stop))?;
                return Ok(Some((reading, path)));
            }
            // No privileges were dropped so far: another choice can be made.
            Err(why) => start.refuse(format!("{why:#}")),
        }
        waiting = signals.start(Arc::clone(stop))?;
    }
}

/// Begins to read another capture, with the privileges that are left.
fn open_another(
    path: &Path,
    confinement: &Confinement,
    cli: &Cli,
) -> anyhow::Result<(Reading, Option<PathBuf>, Arc<AtomicBool>)> {
    let name = path.file_name().unwrap_or(path.as_os_str());
    let name = format::printable(&name.to_string_lossy());
    let reader = match path.is_dir() {
        true => Files::find(&[path.to_owned()])?.open()?,
        false => Reader::with_spool(File::open(path)?, &name, Spool::new())?,
    };
    let stop = Arc::default();
    let opened = (reader, confinement.clone());
    let reading = Reading::of(name, opened, &cli.reading, &stop)?;
    Ok((reading, regular(path), stop))
}

/// What is kept of captures from run to run.
struct KeptState {
    /// Whether something is kept.
    remembers: bool,
    recent: Recent,
    /// Why nothing is known of earlier captures.
    wrong: Option<String>,
    /// The path of the capture that is shown, if it is a file.
    path: Option<PathBuf>,
}

impl KeptState {
    /// Reads it, while the program may still be root.
    fn read(cli: &Cli, config: &Config) -> Self {
        let remembers = config.remember != Some(false);
        // Who that is is found again, and refused, when the privileges are dropped.
        let identity = Identity::find(cli.protection.user.as_deref()).ok();
        let identity = identity.filter(|_| remembers);
        let directory = identity.as_ref().and_then(Identity::state_directory);
        let owner = identity.map_or(0, |identity| identity.uid());
        let (recent, wrong) = Recent::read(directory.as_deref(), owner);
        KeptState {
            remembers,
            recent,
            wrong,
            path: None,
        }
    }

    /// Finds the capture to open, and returns where it was left if that is asked for. What the command line says has
    /// precedence.
    fn resumed(&mut self, cli: &mut Cli) -> anyhow::Result<Option<Session>> {
        if cli.capture.is_live() {
            return Ok(None);
        }
        if cli.resume && cli.words.is_empty() && cli.read.is_none() {
            let last = self.recent.files().next();
            let last = last.ok_or_else(|| anyhow::anyhow!(text!("cli-nothing-to-resume")))?;
            cli.read = Some(last.to_owned());
        }
        let named = cli.words.first().map(Path::new).or(cli.read.as_deref());
        self.path = named.and_then(regular);
        let path = self.path.as_deref().filter(|_| cli.resume);
        let session = path.and_then(|path| self.recent.of(path)).cloned();
        if let Some(session) = &session {
            if cli.select.ports.is_empty() {
                cli.select.ports.extend(session.ports());
            }
            let filter = &mut cli.select.display_filter;
            *filter = filter.take().or_else(|| session.filter());
        }
        Ok(session)
    }
}

/// Returns the path of a plain file from the root on.
fn regular(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok().filter(|path| path.is_file())
}

/// The first screen.
enum First {
    /// The capture that the command line names.
    Reading(Box<Reading>),
    /// That capture, once it begins to come: its name, its receiver, and the privileges that the program has dropped.
    Waits(String, Receiver<Result<Reader, OpenError>>, Confinement),
    /// A list of the choices.
    Asks,
}

impl First {
    fn open(cli: &Cli, wanted: &Wanted, stop: &Arc<AtomicBool>) -> anyhow::Result<First> {
        if cli.capture.is_live() {
            let reading = Reading::capture(&cli.capture, &cli.words, &cli.reading, wanted.clone())?;
            return Ok(First::Reading(Box::new(reading)));
        }
        let files = files(&cli.words, cli.read.as_deref());
        if files.is_empty() {
            return Ok(First::Asks);
        }
        let (opening, name, confinement) = Opening::begin(&files, wanted.clone())?;
        // The title has no room for a path.
        let name = match files.as_slice() {
            [file] if file.as_os_str() == "-" => text!("open-standard-input").to_owned(),
            [file] if !file.is_dir() => {
                let last = file.file_name().unwrap_or(file.as_os_str());
                format::printable(&last.to_string_lossy())
            }
            _ => name,
        };
        Ok(match opening {
            Opening::Done(reader) => {
                let opened = (*reader, confinement);
                First::Reading(Box::new(Reading::of(name, opened, &cli.reading, stop)?))
            }
            Opening::Waits(comes) => First::Waits(name, comes, confinement),
        })
    }
}

/// The choice from the list, before the program drops its privileges.
enum Opened {
    Capture(File, String, Option<PathBuf>),
    Interfaces(Box<ReadyCapture>),
}

impl Opened {
    /// Opens the interfaces, if these were chosen.
    fn of(chosen: Chosen, wanted: &Wanted) -> anyhow::Result<Self> {
        Ok(match chosen {
            Chosen::Capture(file, name, path) => {
                Opened::Capture(file, name, path.as_deref().and_then(regular))
            }
            Chosen::Interfaces(names) => {
                let ready = ReadyCapture::open(&Capture::from(names), &[], wanted)?;
                Opened::Interfaces(Box::new(ready))
            }
        })
    }

    /// Returns the path, if it is that of a file.
    fn path(&self) -> Option<PathBuf> {
        match self {
            Opened::Capture(_, _, path) => path.clone(),
            Opened::Interfaces(_) => None,
        }
    }

    /// Begins to read it.
    fn read(self, cli: &Cli, wanted: Wanted, stop: &Arc<AtomicBool>) -> anyhow::Result<Reading> {
        match self {
            Opened::Capture(file, name, _) => {
                let spool = Spool::new();
                let confinement = confine(&wanted)?;
                let reader = Reader::with_spool(file, &name, spool)?;
                let opened = (reader, confinement);
                Ok(Reading::of(name, opened, &cli.reading, stop)?)
            }
            Opened::Interfaces(ready) => ready.begin(&cli.reading, wanted),
        }
    }
}

/// Returns how times are shown; the screen does not have all of `-t`.
fn time_format(style: Option<&TimeStyle>) -> TimeFormat {
    let Some(style) = style else {
        return TimeFormat::default();
    };
    match TimeFormat::of(*style) {
        Some(format) => format,
        None => refuse(text!("cli-time-of-screen")),
    }
}

/// Begins to load names, in the background.
fn begin_names(resolver: Option<Resolver>) -> io::Result<(Vendors, Option<Lookups>)> {
    let vendors = Vendors::default();
    let loaded = vendors.clone();
    std::thread::Builder::new()
        .name("vendors".to_owned())
        .spawn(move || loaded.load())?;
    Ok((vendors, resolver.map(Lookups::by).transpose()?))
}

/// After options a command is taken for a file.
fn refuse_misplaced_command(words: &[OsString]) {
    if let Some(word) = words.first().and_then(|word| word.to_str())
        && Cli::command().find_subcommand(word).is_some()
        && !Path::new(word).exists()
    {
        // Options that the command does not have would not be accepted after it either.
        let mut arguments: Vec<OsString> = std::env::args_os().collect();
        if let Some(at) = arguments.iter().skip(1).position(|one| one == word) {
            let command = arguments.remove(at + 1);
            arguments.insert(1, command);
        }
        if let Err(error) = parse(arguments)
            && error.kind() == ErrorKind::UnknownArgument
        {
            exit(error);
        }
        let reason = text!("cli-options-follow", command = word);
        refuse(reason);
    }
}

/// A misspelt command is taken for a file, which does not exist.
fn refuse_misspelt_command(words: &[OsString]) {
    let Some(word) = words.first().filter(|word| !Path::new(word).exists()) else {
        return;
    };
    let word = word.to_string_lossy();
    if let Some(command) = similar_command(&word) {
        let word = format::printable(&word);
        let reason = text!("cli-similar-command", word, command);
        refuse(reason);
    }
}

/// Returns the options with which `wiretalk packets` makes the same capture.
fn without_screen(capture: &Capture) -> String {
    let mut options = vec![format!("-i {}", capture.interfaces.join(","))];
    match &capture.write {
        Some(file) => options.push(format!("-w {} > /dev/null", file.to_string_lossy())),
        None => options.push("-w FILE > /dev/null".to_owned()),
    }
    format::printable(&options.join(" "))
}

/// What waits for signals, once it is started. It has the only sockets of the process, a pair through which a signal wakes
/// a thread, and the terminal has another one. They are made before the program is confined; afterwards no more can be
/// made.
struct Signals(signal_hook::iterator::Signals);

impl Signals {
    fn prepare() -> io::Result<Self> {
        // The terminal's pair: it belongs to what waits for keys, which is created when it is first used.
        let _ = crossterm::event::poll(Duration::ZERO);
        let none: [i32; 0] = [];
        Ok(Signals(signal_hook::iterator::Signals::new(none)?))
    }

    /// Ends the program on SIGTERM, SIGHUP and SIGINT: orderly if possible, else by force. When its terminal is gone,
    /// waiting for keys may never return.
    fn start(self, stop: Arc<AtomicBool>) -> io::Result<Waiting> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        let Signals(mut signals) = self;
        for signal in [SIGTERM, SIGHUP, SIGINT] {
            signals.add_signal(signal)?;
        }
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
        Ok(Waiting { handle, thread })
    }
}

/// The thread that waits for signals.
struct Waiting {
    handle: signal_hook::iterator::Handle,
    thread: JoinHandle<()>,
}

impl Waiting {
    /// Ends it: threads that were started before the program drops its privileges must not continue afterwards.
    fn end(self) {
        self.handle.close();
        // Its result is empty.
        let _ = self.thread.join();
    }
}

/// How long the program may take to end by itself.
const PATIENCE: Duration = Duration::from_millis(600);

/// Returns the colours to use: as requested, none if NO_COLOR is set (no-color.org) or the terminal has none, else those
/// for the terminal.
fn look(asked: Option<Look>, depth: ColorDepth) -> Look {
    use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};
    let has_grounds = |look: &Look| look.on(true) != look.on(false);
    if let Some(look) = asked.filter(|look| !has_grounds(look)) {
        return look;
    }
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if no_color || depth == ColorDepth::None {
        return Look::Plain;
    }
    let mut options = QueryOptions::default();
    options.timeout = std::time::Duration::from_millis(40);
    let is_light = matches!(theme_mode(options), Ok(ThemeMode::Light));
    match (asked, is_light) {
        (Some(look), _) => look.on(is_light),
        (None, true) => Look::Light,
        (None, false) => Look::Dark,
    }
}
