//! Opens or begins a capture, and reads it in the background.

use crate::BAD_INPUT;
use signal_hook::iterator::Signals;
use std::{
    ffi::OsString,
    fs::File,
    io,
    mem::ManuallyDrop,
    os::unix::fs::FileTypeExt,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        atomic::AtomicBool,
        mpsc::{Receiver, channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};
use wiretalk::{
    capture::{
        Files, OpenError, Reader, Spool,
        live::{self, End, Live, Ready, Segment, StartError},
        open_file,
    },
    cli::{Capture, Decoding, refuse},
    confine::{Confinement, Wanted, confine, may_capture},
    filter::Filter,
    format,
    index::{Handle, Index},
    lang::text,
    store::Store,
};

/// Files that open within this time are opened before the terminal is taken over.
const A_MOMENT: Duration = Duration::from_millis(150);

/// A signal this soon after the first one was meant as the same one.
const TWICE: Duration = Duration::from_millis(250);

/// A capture that is read or made, and its threads.
pub struct Reading {
    /// Its name; fit for a terminal.
    pub name: String,
    /// Not dropped at the end, to save time: the process ends with it.
    pub store: ManuallyDrop<Store>,
    /// The thread that reads it; nothing once that is done.
    index: Option<JoinHandle<()>>,
    /// The handle for commands to the index.
    pub commands: Handle,
    /// The live capture, if it is one.
    pub live: Option<Arc<Live>>,
    /// The privileges that the program has dropped.
    pub confinement: Confinement,
}

impl Reading {
    /// Reads a capture in the background.
    pub fn of(
        name: String,
        (mut reader, confinement): (Reader, Confinement),
        decoding: &Decoding,
        stop: &Arc<AtomicBool>,
    ) -> io::Result<Self> {
        reader.set_most(decoding.count.map_or(u64::MAX, u64::from));
        let (mut index, commands) =
            Index::of_file(reader, &decoding.decode_as(), decoding.keep(false));
        index.set_threads(decoding.threads.unwrap_or(0));
        index.judge(decoding.judging.clone());
        Ok(Reading {
            name,
            store: ManuallyDrop::new(index.store().clone()),
            index: Some(begin(index, Arc::clone(stop))?),
            commands,
            live: None,
            confinement,
        })
    }

    /// Reads a capture whole.
    pub fn at_once(
        name: String,
        (reader, confinement): (Reader, Confinement),
        decoding: &Decoding,
    ) -> Self {
        let (store, commands) = read(reader, decoding);
        Reading {
            name,
            store,
            index: None,
            commands,
            live: None,
            confinement,
        }
    }

    /// Opens the interfaces and captures.
    pub fn capture(
        capture: &Capture,
        words: &[OsString],
        decoding: &Decoding,
        wanted: Wanted,
    ) -> anyhow::Result<Self> {
        ReadyCapture::open(capture, words, &wanted)?.begin(decoding, wanted)
    }

    /// Reads a live capture while it is made.
    pub fn follow(
        name: String,
        live: Arc<Live>,
        segments: Receiver<Segment>,
        decoding: &Decoding,
        confinement: Confinement,
    ) -> anyhow::Result<Self> {
        let (index, commands) = live_index(&live, segments, decoding)?;
        Ok(Reading {
            name,
            store: ManuallyDrop::new(index.store().clone()),
            // It reads to the end in any case: the end is determined by the capture's thread.
            index: Some(begin(index, Arc::default())?),
            commands,
            live: Some(live),
            confinement,
        })
    }

    /// Whether more packets may come.
    pub fn is_growing(&self) -> bool {
        let index = self.index.as_ref();
        index.is_some_and(|index| !index.is_finished()) && !self.store.read().finished
    }

    /// Makes a live capture end on signals; earlier packets are still written.
    pub fn stop_on_signals(&self, signals: Option<Signals>) -> io::Result<()> {
        match (signals, self.live.clone()) {
            (Some(signals), Some(live)) => on_signals(signals, move || live.stop()),
            _ => Ok(()),
        }
    }

    /// Ends the threads, and reports their results.
    pub fn end(self) -> anyhow::Result<ExitCode> {
        // Without a handle for commands the index ends with the capture.
        drop(self.commands);
        if let Some(live) = &self.live {
            live.stop();
        }
        // A pipe may be silent for ever: the index then ends with the process.
        if let Some(index) = self.index
            && (self.live.is_some() || index.is_finished())
            && index.join().is_err()
        {
            anyhow::bail!(text!("cli-index-stopped"));
        }
        let Some(live) = &self.live else {
            return Ok(problems(&self.name, &self.store));
        };
        report_evicted(&self.name, &self.store);
        Ok(ended(live))
    }
}

/// Calls `stop` on a thread of its own on SIGINT, SIGTERM and SIGHUP. A second signal ends the program at once, because
/// writing to a full pipe may block for ever; unless it is the same one twice, as `timeout` sends it to a process and to
/// its group.
pub fn on_signals(
    mut signals: Signals,
    stop: impl Fn() + Clone + Send + 'static,
) -> io::Result<()> {
    use signal_hook::consts;
    for signal in [consts::SIGINT, consts::SIGTERM, consts::SIGHUP] {
        signals.add_signal(signal)?;
    }
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            let mut first: Option<Instant> = None;
            for signal in signals.forever() {
                match first {
                    None => {
                        first = Some(Instant::now());
                        std::thread::spawn(stop.clone());
                    }
                    Some(first) if first.elapsed() < TWICE => {}
                    Some(_) => std::process::exit(128 + signal),
                }
            }
        })?;
    Ok(())
}

/// Returns an index of a live capture, once its first file has begun.
pub fn live_index(
    live: &Live,
    segments: Receiver<Segment>,
    decoding: &Decoding,
) -> anyhow::Result<(Index, Handle)> {
    let Ok(Segment::Begun(reader)) = segments.recv() else {
        match live.progress().end {
            Some(end) => anyhow::bail!("{end}"),
            None => anyhow::bail!("{}", live.progress()),
        }
    };
    let (decode_as, keep) = (decoding.decode_as(), decoding.keep(true));
    let (mut index, commands) = Index::of_live(*reader, segments, &decode_as, keep);
    index.judge(decoding.judging.clone());
    Ok((index, commands))
}

/// Interfaces that are open, before the program drops its privileges.
pub struct ReadyCapture {
    ready: Ready,
    name: String,
    /// The file that the capture is written to.
    write: Option<PathBuf>,
}

impl ReadyCapture {
    /// Opens the interfaces.
    pub fn open(capture: &Capture, words: &[OsString], wanted: &Wanted) -> anyhow::Result<Self> {
        let words: Vec<String> = words
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let options = capture.options(&words).unwrap_or_else(|why| refuse(why));
        let stops = capture.stops().unwrap_or_else(|why| refuse(why));
        let target = capture.target();
        if let Some(file) = &target.file
            && file.metadata().is_ok_and(|about| !about.is_file())
        {
            let name = format::printable(&file.to_string_lossy());
            anyhow::bail!("{name}: {}", text!("live-not-readable-again"));
        }
        let ready = live::open(&options, &target, stops, &wanted.rights).map_err(|error| {
            let is_refused = matches!(error, StartError::Open(live::OpenError::Refused { .. }));
            match may_capture() {
                Err(missing) if is_refused => missing.into(),
                _ if options.filter.as_deref().is_some_and(is_display_filter) => {
                    anyhow::anyhow!("{error}\n{}", text!("live-filter-of-display"))
                }
                _ => anyhow::Error::from(error),
            }
        })?;
        Ok(ReadyCapture {
            ready,
            name: format::printable(&options.interfaces.join(", ")),
            write: capture.write.clone(),
        })
    }

    /// Drops the privileges that capturing does not need, and captures.
    pub fn begin(self, decoding: &Decoding, wanted: Wanted) -> anyhow::Result<Reading> {
        let name = self.name.clone();
        let (live, segments, confinement) = self.start(wanted)?;
        Reading::follow(name, live, segments, decoding, confinement)
    }

    /// Drops those privileges, and captures into files that the caller reads.
    pub fn start(
        self,
        mut wanted: Wanted,
    ) -> anyhow::Result<(Arc<Live>, Receiver<Segment>, Confinement)> {
        wanted.write.extend(self.write);
        let confinement = confine(&wanted)?;
        let (live, segments) = self.ready.begin()?;
        Ok((Arc::new(live), segments, confinement))
    }

    /// Returns the names of the interfaces, fit for a terminal.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Reports how a live capture has ended.
pub fn ended(live: &Live) -> ExitCode {
    let progress = live.progress();
    eprintln!("{progress}");
    match progress.end {
        Some(End::DiskFull { .. } | End::Failed(_) | End::Died(_)) => ExitCode::from(BAD_INPUT),
        _ => ExitCode::SUCCESS,
    }
}

/// Whether a capture filter that was refused is a display filter.
fn is_display_filter(filter: &str) -> bool {
    filter.parse::<Filter>().is_ok()
}

/// A capture that is being opened.
pub enum Opening {
    Done(Box<Reader>),
    /// Its beginning has not been written so far: a pipe may be silent for any time.
    Waits(Receiver<Result<Reader, OpenError>>),
}

impl Opening {
    /// Opens files, drops the privileges that reading them does not need, and reads their beginnings in the background,
    /// for which it waits a moment. Returns their name, too.
    pub fn begin(
        files: &[PathBuf],
        mut wanted: Wanted,
    ) -> anyhow::Result<(Opening, String, Confinement)> {
        let opened = Opened::of(files, &mut wanted)?;
        let name = opened.name(files);
        let confinement = confine(&wanted)?;
        let (sender, comes) = channel();
        std::thread::Builder::new()
            .name("open".to_owned())
            .spawn(move || {
                // The receiver is gone when the user has quit.
                let _ = sender.send(opened.read());
            })?;
        Ok(match comes.recv_timeout(A_MOMENT) {
            Ok(reader) => (Opening::Done(Box::new(reader?)), name, confinement),
            Err(_) => (Opening::Waits(comes), name, confinement),
        })
    }
}

/// Files whose beginnings were not read so far.
enum Opened {
    /// A file or a pipe, its name, and what it is kept in.
    One(File, String, Spool),
    /// A named pipe, which waits for its writer when it is opened.
    Pipe(PathBuf, Spool),
    Several(Files),
}

impl Opened {
    /// Opens files before the program is confined.
    fn of(files: &[PathBuf], wanted: &mut Wanted) -> Result<Opened, OpenError> {
        if Files::are_several(files) {
            let found = Files::find(files)?;
            wanted.read.extend(found.one_of_each_directory());
            return Ok(Opened::Several(found));
        }
        let file = files.first().cloned().unwrap_or_default();
        wanted.read.push(file.clone());
        let is_pipe = file
            .metadata()
            .is_ok_and(|about| about.file_type().is_fifo());
        if is_pipe {
            return Ok(Opened::Pipe(file, Spool::new()));
        }
        let (file, name) = open_file(&file)?;
        Ok(Opened::One(file, name, Spool::new()))
    }

    /// Returns their name, fit for a terminal.
    fn name(&self, files: &[PathBuf]) -> String {
        match (self, files) {
            (Opened::Several(found), _) => found.name(files),
            (_, [file, ..]) => format::printable(&file.to_string_lossy()),
            _ => String::new(),
        }
    }

    fn read(self) -> Result<Reader, OpenError> {
        match self {
            Opened::One(file, name, spool) => Reader::with_spool(file, &name, spool),
            Opened::Pipe(file, spool) => {
                let (file, name) = open_file(&file)?;
                Reader::with_spool(file, &name, spool)
            }
            Opened::Several(files) => files.open(),
        }
    }
}

/// Returns the capture files that were named.
pub fn files(words: &[OsString], read: Option<&Path>) -> Vec<PathBuf> {
    let words = words.iter().map(PathBuf::from);
    match read {
        Some(file) if words.len() == 0 => vec![file.to_owned()],
        _ => words.collect(),
    }
}

/// A capture that is open.
pub struct OpenCapture {
    /// Its name, fit for a terminal.
    pub name: String,
    /// Reads it.
    pub reader: Reader,
    /// The privileges that the program has dropped.
    pub confinement: Confinement,
}

/// Opens a capture, drops the privileges that reading it does not need, and begins to read it.
pub fn open(files: &[PathBuf], mut wanted: Wanted) -> anyhow::Result<OpenCapture> {
    let opened = Opened::of(files, &mut wanted)?;
    let name = opened.name(files);
    let confinement = confine(&wanted)?;
    Ok(OpenCapture {
        name,
        reader: opened.read()?,
        confinement,
    })
}

/// Begins to read in the background.
fn begin(index: Index, stop: Arc<AtomicBool>) -> io::Result<JoinHandle<()>> {
    let thread = std::thread::Builder::new().name("index".to_owned());
    thread.spawn(move || index.run(&stop))
}

/// Returns an index of a capture that is going to be read whole.
pub fn index(mut reader: Reader, decoding: &Decoding) -> (Index, Handle) {
    reader.set_most(decoding.count.map_or(u64::MAX, u64::from));
    let (mut index, commands) = Index::of_file(reader, &decoding.decode_as(), decoding.keep(false));
    index.set_threads(decoding.threads.unwrap_or(0));
    index.judge(decoding.judging.clone());
    (index, commands)
}

/// Reads a whole capture. Commands are not executed afterwards.
fn read(reader: Reader, decoding: &Decoding) -> (ManuallyDrop<Store>, Handle) {
    let (mut index, commands) = index(reader, decoding);
    index.read_to_end(&AtomicBool::new(false));
    (ManuallyDrop::new(index.store().clone()), commands)
}

/// Reads a whole capture, for a caller that needs no handle.
pub fn load(reader: Reader, decoding: &Decoding) -> ManuallyDrop<Store> {
    read(reader, decoding).0
}

/// Reports what was evicted from the capture.
fn report_evicted(name: &str, store: &Store) {
    let contents = store.read();
    let evicted = contents.evicted_by_now();
    if !evicted.is_nothing() {
        eprintln!("wiretalk: {name}: {}", evicted.words());
    }
}

/// Reports what was evicted and the errors in the capture, after everything readable has been written.
pub fn problems(name: &str, store: &Store) -> ExitCode {
    report_evicted(name, store);
    errors(name, store)
}

/// Reports the errors in the capture.
pub fn errors(name: &str, store: &Store) -> ExitCode {
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
