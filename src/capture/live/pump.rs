//! The thread that moves packets from the interfaces into the file.

use crate::format::printable;
use crate::lang::{Count, TextId, text};
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};

use super::super::{SavedPacket, Statistics};
use super::output::{Output, Segment, Target};
use super::{Ready, Source};

/// The maximum number of packets that are taken from one interface before the others.
const TURN: usize = 8192;

/// How long the kernel gathers packets before it delivers them. A shorter time costs more wake-ups; immediate mode
/// costs one for each packet.
pub(super) const GATHER: Duration = Duration::from_millis(50);

/// How often interfaces are asked what they have lost.
const STATISTICS: Duration = Duration::from_millis(500);

/// When a capture stops by itself, as with tcpdump's `-c` and dumpcap's `-a`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stops {
    /// After this many packets.
    pub packets: Option<u64>,
    /// After this long.
    pub duration: Option<Duration>,
    /// After this many bytes, in a ring those of the last file.
    pub size: Option<u64>,
    /// After this many files.
    pub files: Option<u32>,
}

/// The reason why a capture has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It was stopped on request.
    Asked,
    /// A requested limit is reached.
    Reached(TextId),
    /// The disk is full.
    DiskFull {
        /// The file, if it has a name.
        file: Option<PathBuf>,
        /// Packets that arrived and could not be written.
        lost: u64,
    },
    /// Writing to the file failed, or no interface can be read.
    Failed(String),
}

/// In words.
impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            End::Asked => f.write_str(text!("live-stopped")),
            End::Reached(what) => f.write_str(what.text()),
            End::DiskFull { file, lost } => {
                let file = match file {
                    Some(file) => printable(&file.to_string_lossy()),
                    None => text!("live-temporary-files").to_owned(),
                };
                let lost = text!("count-packets", count = Count(*lost));
                f.write_str(&text!("live-disk-full", file, lost))
            }
            End::Failed(reason) => f.write_str(reason),
        }
    }
}

/// The state of one interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InterfaceProgress {
    /// Its name.
    pub name: String,
    /// The kernel's statistics of it.
    pub statistics: Statistics,
    /// Why it can no longer be read.
    pub gone: Option<String>,
}

/// The state of a capture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Packets written.
    pub packets: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Each interface.
    pub interfaces: Vec<InterfaceProgress>,
    /// The current file; none for a temporary one.
    pub file: Option<PathBuf>,
    /// How many files have begun.
    pub files: u32,
    /// Why it has ended, if it has.
    pub end: Option<End>,
}

impl Progress {
    /// Returns the packets lost by the kernel and by interfaces.
    pub fn dropped(&self) -> (u64, u64) {
        self.interfaces
            .iter()
            .fold((0, 0), |(kernel, card), interface| {
                let Statistics {
                    dropped,
                    interface_dropped,
                    ..
                } = interface.statistics;
                (kernel + dropped, card + interface_dropped)
            })
    }

    /// Returns the number of packets that passed the filter.
    pub fn received(&self) -> u64 {
        let all = self.interfaces.iter();
        all.map(|interface| interface.statistics.received).sum()
    }
}

/// The statistics of a capture, line by line, in tcpdump's words.
impl std::fmt::Display for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let packets = |count| text!("count-packets", count = Count(count));
        let (kernel, card) = self.dropped();
        let captured = text!("live-captured", packets = packets(self.packets));
        let received = text!("live-received", packets = packets(self.received()));
        let kernel = text!("live-dropped-by-kernel", packets = packets(kernel));
        let card = text!("live-dropped-by-interface", packets = packets(card));
        write!(f, "{captured}\n{received}\n{kernel}\n{card}")?;
        for interface in &self.interfaces {
            if let Some(reason) = &interface.gone {
                write!(f, "\n{}: {reason}", interface.name)?;
            }
        }
        if let Some(file) = &self.file {
            let file = printable(&file.to_string_lossy());
            let saved = match self.files {
                0 | 1 => text!("live-saved", file),
                files => {
                    let files = text!("count-files", count = Count(u64::from(files) - 1));
                    text!("live-saved-in-files", file, files)
                }
            };
            write!(f, "\n{saved}")?;
        }
        match &self.end {
            None | Some(End::Asked) => Ok(()),
            Some(end) => write!(f, "\n{end}"),
        }
    }
}

/// A command to the thread.
enum Order {
    Stop,
    Restart(Sender<Segment>),
}

/// A running capture. Dropping it stops it.
pub struct Live {
    progress: Arc<Mutex<Progress>>,
    orders: Sender<Order>,
    wake: Arc<rustix::fd::OwnedFd>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Live {
    /// Begins to capture; the written files arrive at the receiver.
    ///
    /// # Errors
    ///
    /// The file cannot be written, or the thread cannot be started.
    pub fn start(
        ready: Ready,
        target: Target,
        stops: Stops,
    ) -> io::Result<(Live, Receiver<Segment>)> {
        let interfaces: Vec<_> = ready
            .0
            .iter()
            .map(|source| source.interface().clone())
            .collect();
        let progress = Progress {
            interfaces: interfaces
                .iter()
                .map(|interface| InterfaceProgress {
                    name: interface.name.clone().unwrap_or_default(),
                    ..InterfaceProgress::default()
                })
                .collect(),
            ..Progress::default()
        };
        let (sender, segments) = channel();
        let output = Output::begin(target, interfaces, sender)?;
        let progress = Arc::new(Mutex::new(progress));
        let wake = Arc::new(eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?);
        let (orders, inbox) = channel();
        let pump = Pump {
            sources: ready.0.into_iter().map(Some).collect(),
            output,
            stops,
            progress: Arc::clone(&progress),
            orders: inbox,
            wake: Arc::clone(&wake),
            begun: Instant::now(),
            packets: 0,
            unwritten: 0,
            reported: Vec::new(),
        };
        let thread = std::thread::Builder::new()
            .name("capture".to_owned())
            .spawn(move || pump.run())?;
        let live = Live {
            progress,
            orders,
            wake,
            thread: Mutex::new(Some(thread)),
        };
        Ok((live, segments))
    }

    /// Returns the state of the capture.
    pub fn progress(&self) -> Progress {
        self.progress.lock().clone()
    }

    /// Returns whether the capture is running.
    pub fn is_running(&self) -> bool {
        self.progress.lock().end.is_none()
    }

    /// Stops the capture and waits until the file is complete.
    pub fn stop(&self) {
        self.order(Order::Stop);
        if let Some(thread) = self.thread.lock().take() {
            // The thread has reported why it ended, if it could.
            let _ = thread.join();
        }
    }

    /// Discards the captured packets and begins anew, in the same file; none if capturing has ended.
    pub fn restart(&self) -> Option<Receiver<Segment>> {
        let (sender, segments) = channel();
        self.is_running().then(|| {
            self.order(Order::Restart(sender));
            segments
        })
    }

    fn order(&self, order: Order) {
        let _ = self.orders.send(order);
        let _ = rustix::io::write(&self.wake, &1_u64.to_ne_bytes());
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.stop();
    }
}

struct Pump {
    /// Sources that can no longer be read are None; the indexes of the others stay.
    sources: Vec<Option<Source>>,
    output: Output,
    stops: Stops,
    progress: Arc<Mutex<Progress>>,
    orders: Receiver<Order>,
    wake: Arc<rustix::fd::OwnedFd>,
    begun: Instant,
    /// Packets of all files.
    packets: u64,
    /// Packets that arrived while the file could not be written.
    unwritten: u64,
    /// The statistics that are already in the file.
    reported: Vec<Statistics>,
}

impl Pump {
    fn run(mut self) {
        let end = match self.pump() {
            Ok(end) => end,
            Err(error) => self.failed(&error),
        };
        self.statistics();
        if let Err(error) = self.output.flush() {
            self.failed(&error);
        }
        self.tell(Some(end));
    }

    fn pump(&mut self) -> io::Result<End> {
        let mut asked = Instant::now();
        let mut ends = false;
        loop {
            let more = self.round()?;
            if ends && !more {
                return Ok(End::Asked);
            }
            if asked.elapsed() >= STATISTICS {
                asked = Instant::now();
                self.statistics();
            }
            if let Some(end) = self.due() {
                return Ok(end);
            }
            if self.output.is_full() {
                if let Some(most) = self.stops.files
                    && self.output.files() >= most
                {
                    return Ok(End::Reached(TextId("live-files-reached")));
                }
                self.statistics();
                self.output.next_file()?;
                self.reported.clear();
            }
            if !more {
                self.output.flush()?;
            }
            self.tell(None);
            if ends {
                continue;
            }
            match self.orders.try_recv() {
                Ok(Order::Restart(segments)) => self.restart(segments)?,
                Ok(Order::Stop) | Err(std::sync::mpsc::TryRecvError::Disconnected) => {
                    // Packets that arrived before still belong to it; the kernel may deliver them a little later.
                    std::thread::sleep(GATHER + GATHER / 2);
                    ends = true;
                    continue;
                }
                Err(std::sync::mpsc::TryRecvError::Empty) => {}
            }
            if !more {
                self.wait(STATISTICS.saturating_sub(asked.elapsed()))?;
            }
        }
    }

    /// Takes the available packets from each interface in turn. Returns whether there may be more.
    fn round(&mut self) -> io::Result<bool> {
        let mut more = false;
        for place in 0..self.sources.len() {
            let Some(source) = self.sources.get_mut(place).and_then(Option::as_mut) else {
                continue;
            };
            let wanted = self
                .stops
                .packets
                .map(|most| most.saturating_sub(self.packets));
            let room = [wanted, self.output.room()].into_iter().flatten();
            let room = room.min().unwrap_or(u64::MAX).min(TURN as u64) as usize;
            if room == 0 {
                return Ok(true);
            }
            let (output, packets) = (&mut self.output, &mut self.packets);
            let unwritten = &mut self.unwritten;
            let mut written = Ok(());
            let taken = source.take(room, |packet| {
                if written.is_err() {
                    *unwritten += 1;
                    return;
                }
                *packets += 1;
                written = output.packet(&SavedPacket {
                    time_ns: packet.time_ns,
                    interface: place as u32,
                    original: packet.original,
                    data: packet.data,
                    comments: &[],
                });
            });
            written?;
            match taken {
                Ok(taken) => more |= taken == room,
                Err(reason) => self.gone(place, reason)?,
            }
        }
        Ok(more)
    }

    /// Waits for packets or a command.
    fn wait(&self, at_most: Duration) -> io::Result<()> {
        let open = self.sources.iter().flatten();
        let mut waited: Vec<PollFd> = open
            .map(|source| PollFd::new(source, PollFlags::IN))
            .collect();
        waited.push(PollFd::new(&self.wake, PollFlags::IN));
        let at_most = Timespec {
            tv_sec: at_most.as_secs() as i64,
            tv_nsec: at_most.subsec_nanos().into(),
        };
        match poll(&mut waited, Some(&at_most)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let mut count = [0; 8];
        let _ = rustix::io::read(&self.wake, &mut count);
        Ok(())
    }

    /// Returns the requested limit that is reached, if one is.
    fn due(&self) -> Option<End> {
        let Stops {
            packets,
            duration,
            size,
            files: _,
        } = self.stops;
        let reached = |what| Some(End::Reached(what));
        if packets.is_some_and(|most| self.packets >= most) {
            reached(TextId("live-packets-reached"))
        } else if duration.is_some_and(|most| self.begun.elapsed() >= most) {
            reached(TextId("live-duration-reached"))
        } else if size.is_some_and(|most| self.output.size() >= most) {
            reached(TextId("live-size-reached"))
        } else {
            None
        }
    }

    /// Reads the interfaces' statistics and writes those that have changed to the file.
    fn statistics(&mut self) {
        self.reported
            .resize(self.sources.len(), Statistics::default());
        for (place, source) in self.sources.iter_mut().enumerate() {
            let Some(now) = source.as_mut().and_then(Source::statistics) else {
                continue;
            };
            let mut progress = self.progress.lock();
            let Some(interface) = progress.interfaces.get_mut(place) else {
                continue;
            };
            let known = &mut interface.statistics;
            // The counters are 32 bits wide and wrap.
            for (known, now) in [
                (&mut known.received, now.received),
                (&mut known.dropped, now.dropped),
                (&mut known.interface_dropped, now.interface_dropped),
            ] {
                *known += u64::from((now as u32).wrapping_sub(*known as u32));
            }
            let known = *known;
            drop(progress);
            if let Some(reported) = self.reported.get_mut(place)
                && *reported != known
                // The next packet reports a full disk.
                && self.output.statistics(place as u32, known).is_ok()
            {
                *reported = known;
            }
        }
    }

    /// Removes an interface that can no longer be read. Fails if it was the last one.
    fn gone(&mut self, place: usize, reason: String) -> io::Result<()> {
        self.statistics();
        if let Some(source) = self.sources.get_mut(place) {
            *source = None;
        }
        let mut progress = self.progress.lock();
        if let Some(interface) = progress.interfaces.get_mut(place) {
            interface.gone = Some(reason.clone());
        }
        match self.sources.iter().flatten().count() {
            0 => Err(io::Error::other(reason)),
            _ => Ok(()),
        }
    }

    fn restart(&mut self, segments: Sender<Segment>) -> io::Result<()> {
        self.output.restart(segments)?;
        self.begun = Instant::now();
        self.packets = 0;
        self.reported.clear();
        Ok(())
    }

    fn failed(&mut self, error: &io::Error) -> End {
        let file = self.output.path().map(PathBuf::from);
        let lost = self.output.give_up();
        self.packets = self.packets.saturating_sub(lost);
        let lost = lost + std::mem::take(&mut self.unwritten);
        if matches!(
            error.kind(),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded
        ) {
            return End::DiskFull { file, lost };
        }
        let about = file.map_or(String::new(), |file| {
            format!("{}: ", printable(&file.to_string_lossy()))
        });
        End::Failed(format!("{about}{error}"))
    }

    fn tell(&self, end: Option<End>) {
        let mut progress = self.progress.lock();
        progress.packets = self.packets;
        progress.bytes = self.output.written();
        progress.files = self.output.files();
        if progress.file.as_deref() != self.output.path() {
            progress.file = self.output.path().map(PathBuf::from);
        }
        progress.end = end;
    }
}
