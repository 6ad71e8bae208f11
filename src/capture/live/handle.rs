//! The dissecting process's side of a capture: starts the capturing process, passes requests to it, and reads its
//! reports and its file.

use super::message::{FileName, Report, Request, Setup, line, read_line};
use super::output::temporary;
use super::process::PROCESS;
use super::progress::{End, InterfaceProgress, Progress, Stops};
use super::{OpenError, Options, Target, about};
use crate::capture::{Growing, Reader};
use crate::confine::Rights;
use crate::format::printable;
use crate::lang::{self, text};
use parking_lot::Mutex;
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// This program.
const PROGRAM: &str = "/proc/self/exe";

/// How long the capturing process may take to end when it is told to.
const PATIENCE: Duration = Duration::from_secs(5);

/// How much is kept of what the capturing process writes besides its reports: the message of a panic, bytes.
const MAX_WORDS: usize = 500;

/// A change in the files of a capture.
pub enum Segment {
    /// A file has begun; the previous one is complete. It can be read while it grows.
    Begun(Box<Reader>),
    /// The oldest file was removed from the ring.
    Removed,
}

/// The reason why a capture did not begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The interfaces cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The capturing process could not give up its privileges.
    #[error("{0}")]
    NotConfined(String),
    /// The packets cannot be kept.
    #[error("{0}")]
    NoTemporaryFile(io::Error),
    /// There is no capturing process.
    #[error("{}", text!("live-no-process", error = .0))]
    NoProcess(io::Error),
}

/// A capturing process whose interfaces are open: everything that needs privileges is done. Dropping it ends the
/// process.
pub struct Ready {
    process: Process,
    reports: BufReader<ChildStderr>,
    requests: ChildStdin,
    interfaces: Vec<String>,
    filter: Option<String>,
    /// The temporary file, for reading.
    temporary: Option<File>,
}

/// Starts a process that opens the interfaces and gives up its privileges.
///
/// # Errors
///
/// The reason, in words for the user.
pub fn open(
    options: &Options,
    target: &Target,
    stops: Stops,
    rights: &Rights,
) -> Result<Ready, StartError> {
    if !cfg!(feature = "live") {
        return Err(StartError::Open(OpenError::NotBuilt));
    }
    let mut command = Command::new(PROGRAM);
    // Its own process group: keys of the terminal, such as Ctrl-C, are for the dissecting process.
    command
        .arg0(PROCESS)
        .args(["--lang", lang::chosen().name()])
        .args(&options.interfaces)
        .process_group(0);
    let temporary = match &target.file {
        Some(_) => None,
        None => Some(temporary().map_err(StartError::NoTemporaryFile)?),
    };
    let begin = || {
        let read_only = temporary.as_ref().map(read_only).transpose()?;
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(temporary.map_or_else(Stdio::null, Stdio::from))
            .stderr(Stdio::piped())
            .spawn()
            .map(Process)
            .map_err(|error| io::Error::other(not_started(&error)))?;
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let mut requests = process.0.stdin.take().ok_or_else(gone)?;
        let reports = process.0.stderr.take().ok_or_else(gone)?;
        requests.write_all(&line(&Setup {
            options: options.clone(),
            target: target.clone(),
            stops,
            rights: rights.clone(),
        }))?;
        Ok(Ready {
            process,
            reports: BufReader::new(reports),
            requests,
            interfaces: options.interfaces.clone(),
            filter: options.filter.clone(),
            temporary: read_only,
        })
    };
    let mut ready = begin().map_err(StartError::NoProcess)?;
    let mut words = Words::default();
    loop {
        let line = read_line(&mut ready.reports).map_err(StartError::NoProcess)?;
        let Some(line) = line else {
            let ended = ready.process.0.wait().map(ExitStatusExt::into_raw);
            let reason = words.ended(ended.ok());
            return Err(StartError::NoProcess(io::Error::other(reason)));
        };
        match serde_json::from_slice(&line) {
            Ok(Report::Opened) => break,
            Ok(Report::NotOpened(error)) => return Err(error.into()),
            Ok(Report::NotConfined(reason)) => return Err(StartError::NotConfined(reason)),
            _ => words.add(&line),
        }
    }
    rustix::io::ioctl_fionbio(&ready.requests, true)
        .map_err(|error| StartError::NoProcess(error.into()))?;
    Ok(ready)
}

/// The capturing process. One that still runs is ended when this is dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) && self.0.kill().is_ok() {
            // Nothing can be done about a failure.
            let _ = self.0.wait();
        }
    }
}

/// Says why no process could be started.
fn not_started(error: &io::Error) -> String {
    match error.kind() {
        // fork(2): EAGAIN.
        io::ErrorKind::WouldBlock => text!("live-too-many-processes").to_owned(),
        _ => about(Some(Path::new(PROGRAM)), error),
    }
}

/// Opens a file again, for reading only.
fn read_only(file: &File) -> io::Result<File> {
    use std::os::fd::AsRawFd;
    File::open(Path::new("/proc/self/fd").join(file.as_raw_fd().to_string()))
}

/// What the process wrote besides its reports.
#[derive(Default)]
struct Words(String);

impl Words {
    fn add(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        let line = line.trim();
        if !line.is_empty() && self.0.len() < MAX_WORDS {
            let space = if self.0.is_empty() { "" } else { " " };
            let line: String = line.chars().take(MAX_WORDS).collect();
            self.0.push_str(&format!("{space}{}", printable(&line)));
        }
    }

    /// Returns why the process ended, from these words and its exit status.
    fn ended(&self, status: Option<i32>) -> String {
        let status = status.map(std::process::ExitStatus::from_raw);
        let signal = status.and_then(|status| status.signal());
        match (signal, &self.0) {
            (Some(signal), _) => text!("live-process-killed", signal),
            (None, words) if words.is_empty() => text!("live-process-ended").to_owned(),
            (None, words) => text!("live-process-ended-with", words),
        }
    }
}

/// The pipe to the capturing process.
struct Requests {
    pipe: Option<ChildStdin>,
    /// How often the capture was begun anew.
    generation: u64,
    /// False when it was begun anew, for the readers of the files before.
    valid: Arc<AtomicBool>,
    /// Takes the files of this generation.
    segments: Option<Sender<Segment>>,
}

impl Requests {
    /// Passes a request on, unless the process does not read. Returns whether it was.
    fn send(&mut self, request: Request) -> bool {
        // A line is shorter than what a pipe takes whole or not at all.
        let pipe = self.pipe.as_mut();
        pipe.is_some_and(|pipe| pipe.write_all(&line(&request)).is_ok())
    }
}

/// A running capture. Dropping it stops it.
pub struct Live {
    progress: Arc<Mutex<Progress>>,
    requests: Arc<Mutex<Requests>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    filter: Option<String>,
}

impl Ready {
    /// Begins to capture; the written files arrive at the receiver.
    ///
    /// # Errors
    ///
    /// The thread that reads reports cannot be started, or the process has ended.
    pub fn begin(self) -> io::Result<(Live, Receiver<Segment>)> {
        let Ready {
            process,
            reports,
            requests,
            interfaces,
            filter,
            temporary,
        } = self;
        let interfaces = interfaces.into_iter().map(|name| InterfaceProgress {
            name,
            ..InterfaceProgress::default()
        });
        let progress = Arc::new(Mutex::new(Progress {
            interfaces: interfaces.collect(),
            ..Progress::default()
        }));
        let (sender, segments) = channel();
        let mut requests = Requests {
            pipe: Some(requests),
            generation: 0,
            valid: Arc::new(AtomicBool::new(true)),
            segments: Some(sender),
        };
        requests.send(Request::Begin);
        let requests = Arc::new(Mutex::new(requests));
        let listener = Listener {
            process,
            reports,
            temporary,
            progress: Arc::clone(&progress),
            requests: Arc::clone(&requests),
            words: Words::default(),
        };
        let thread = std::thread::Builder::new()
            .name("capture".to_owned())
            .spawn(move || listener.run())?;
        let live = Live {
            progress,
            requests,
            thread: Mutex::new(Some(thread)),
            filter,
        };
        Ok((live, segments))
    }
}

impl Live {
    /// Returns the state of the capture.
    pub fn progress(&self) -> Progress {
        self.progress.lock().clone()
    }

    /// Returns the capture filter, if there is one.
    pub fn filter(&self) -> Option<&str> {
        self.filter.as_deref().filter(|filter| !filter.is_empty())
    }

    /// Returns whether the capture is running.
    pub fn is_running(&self) -> bool {
        self.progress.lock().end.is_none()
    }

    /// Stops the capture and waits until the file is complete, but not for a process that does not end.
    pub fn stop(&self) {
        let mut requests = self.requests.lock();
        requests.send(Request::Stop);
        // The end of the pipe also stops it.
        requests.pipe = None;
        drop(requests);
        let Some(thread) = self.thread.lock().take() else {
            return;
        };
        let until = Instant::now() + PATIENCE;
        while !thread.is_finished() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2));
        }
        if thread.is_finished() {
            // The thread has reported why it ended, if it could.
            let _ = thread.join();
        } else {
            let mut progress = self.progress.lock();
            progress
                .end
                .get_or_insert_with(|| End::Died(text!("live-process-hangs").to_owned()));
            self.requests.lock().segments = None;
        }
    }

    /// Discards the captured packets and begins anew, in the same file; none if capturing has ended.
    pub fn restart(&self) -> Option<Receiver<Segment>> {
        if !self.is_running() {
            return None;
        }
        let mut requests = self.requests.lock();
        let generation = requests.generation + 1;
        // The file is emptied only after this: whoever still reads it gets an error.
        requests.valid.store(false, Ordering::SeqCst);
        if !requests.send(Request::Restart { generation }) {
            requests.valid.store(true, Ordering::SeqCst);
            return None;
        }
        requests.generation = generation;
        requests.valid = Arc::new(AtomicBool::new(true));
        let (sender, segments) = channel();
        requests.segments = Some(sender);
        Some(segments)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Reads the reports of the capturing process, until it ends.
struct Listener {
    process: Process,
    reports: BufReader<ChildStderr>,
    temporary: Option<File>,
    progress: Arc<Mutex<Progress>>,
    requests: Arc<Mutex<Requests>>,
    words: Words,
}

impl Listener {
    fn run(mut self) {
        while let Ok(Some(line)) = read_line(&mut self.reports) {
            match serde_json::from_slice(&line) {
                Ok(report) => self.take(report),
                Err(_) => self.words.add(&line),
            }
        }
        // It is ending; if it were not, it would be told to by this.
        self.requests.lock().pipe = None;
        let until = Instant::now() + PATIENCE;
        let status = loop {
            match self.process.0.try_wait() {
                Ok(None) if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Ok(status) => break status,
                Err(_) => break None,
            }
        };
        let mut progress = self.progress.lock();
        progress.end.get_or_insert_with(|| {
            let status = status.map(ExitStatusExt::into_raw);
            End::Died(self.words.ended(status))
        });
        drop(progress);
        // The index reads the rest once no more files are announced.
        self.requests.lock().segments = None;
    }

    fn take(&mut self, report: Report) {
        let current = self.requests.lock().generation;
        match report {
            Report::Begun { generation, file } if generation == current => {
                if let Err(reason) = self.begun(generation, file) {
                    self.progress.lock().end = Some(End::Failed(reason));
                    // Its packets cannot be read here: it is to stop.
                    self.requests.lock().pipe = None;
                }
            }
            Report::Removed { generation } if generation == current => {
                self.announce(generation, Segment::Removed);
            }
            Report::Progress {
                generation,
                progress,
            } if generation == current => {
                let mut known = self.progress.lock();
                // What went wrong here is the reason why it was stopped.
                let end = known.end.take().or(progress.end.clone());
                *known = Progress { end, ..*progress };
            }
            _ => {}
        }
    }

    /// Announces a change of a file, unless the capture was begun anew since.
    fn announce(&self, generation: u64, segment: Segment) {
        let requests = self.requests.lock();
        if let Some(segments) = &requests.segments
            && requests.generation == generation
        {
            // A receiver that is gone reads no more.
            let _ = segments.send(segment);
        }
    }

    /// Opens a file that has begun. Fails with the reason, in words.
    fn begun(&self, generation: u64, file: FileName) -> Result<(), String> {
        let path = file.map(PathBuf::from);
        let failed = |error: io::Error| about(path.as_deref(), &error);
        let valid = Arc::clone(&self.requests.lock().valid);
        let (opened, free) = match (&path, &self.temporary) {
            (Some(path), _) => (File::open(path).map_err(failed)?, None),
            (None, Some(file)) => (file.try_clone().map_err(failed)?, Some(generation)),
            (None, None) => return Err(text!("live-nameless").to_owned()),
        };
        let requests = Arc::downgrade(&self.requests);
        let free = free.map(|generation| -> Arc<dyn Fn(u64) + Send + Sync> {
            Arc::new(move |before| {
                if let Some(requests) = requests.upgrade() {
                    requests.lock().send(Request::Free { generation, before });
                }
            })
        });
        let name = path.as_deref().map(Path::to_string_lossy);
        let name = name.unwrap_or_else(|| text!("live-nameless").into());
        let growing = Growing { valid, free };
        let reader = Reader::from_growing(opened, &name, growing);
        let reader = reader.map_err(|error| error.to_string())?;
        self.announce(generation, Segment::Begun(Box::new(reader)));
        Ok(())
    }
}
