//! The loop of the capturing process: moves packets from the interfaces into the file.

use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::BorrowedFd;

use super::super::{SavedPacket, Statistics};
use super::Source;
use super::message::{Report, Request};
use super::output::{Change, Output};
use super::pipes::{Reports, Requests};
use super::progress::{End, InterfaceProgress, Limit, Progress, Stops};

/// The maximum number of packets that are taken from one interface before the others.
const TURN: usize = 8192;

/// How long the kernel gathers packets before it delivers them. A shorter time costs more wake-ups; immediate mode
/// costs one for each packet.
pub(super) const GATHER: Duration = Duration::from_millis(50);

/// How often interfaces are asked what they have lost.
const STATISTICS: Duration = Duration::from_millis(500);

/// How long the last reports wait for a reader that does not read.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The pipes are standard input and standard error.
pub(super) type Pipe = BorrowedFd<'static>;

/// Interfaces and the file that their packets are moved to.
pub(super) struct Pump {
    /// Sources that can no longer be read are None; the indexes of the others stay.
    sources: Vec<Option<Source>>,
    output: Output,
    stops: Stops,
    requests: Requests<Pipe>,
    reports: Reports<Pipe>,
    progress: Progress,
    /// How often it was begun anew.
    generation: u64,
    begun: Instant,
    /// Packets of all files.
    packets: u64,
    /// Packets that arrived while the file could not be written.
    unwritten: u64,
    /// The statistics that are already in the file.
    reported: Vec<Statistics>,
}

impl Pump {
    /// Begins with the open `output`.
    pub fn new(
        sources: Vec<Source>,
        output: Output,
        stops: Stops,
        requests: Requests<Pipe>,
        reports: Reports<Pipe>,
    ) -> Self {
        let name = |source: &Source| source.interface().name.clone().unwrap_or_default();
        let interfaces = sources.iter().map(|source| InterfaceProgress {
            name: name(source),
            ..InterfaceProgress::default()
        });
        let progress = Progress {
            interfaces: interfaces.collect(),
            ..Progress::default()
        };
        Pump {
            sources: sources.into_iter().map(Some).collect(),
            output,
            stops,
            requests,
            reports,
            progress,
            generation: 0,
            begun: Instant::now(),
            packets: 0,
            unwritten: 0,
            reported: Vec::new(),
        }
    }

    /// Captures until the end, and reports why.
    pub fn run(mut self) {
        let end = match self.pump() {
            Ok(end) => end,
            Err(error) => self.failed(&error),
        };
        self.statistics();
        if let Err(error) = self.output.flush() {
            self.failed(&error);
        }
        self.tell(Some(end));
        self.reports.finish(LAST_WORDS);
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
                    return Ok(End::Reached(Limit::Files));
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
            while !ends && let Some(request) = self.requests.next()? {
                match request {
                    Request::Begin => {}
                    Request::Restart { generation } => self.restart(generation)?,
                    Request::Free { generation, before } if generation == self.generation => {
                        self.output.free(before);
                    }
                    Request::Free { .. } => {}
                    Request::Stop => ends = true,
                }
            }
            if ends {
                // Packets that arrived before still belong to it; the kernel may deliver them a little later.
                std::thread::sleep(GATHER + GATHER / 2);
            } else if !more {
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
                    is_timeless: false,
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
        waited.push(PollFd::new(&self.requests, PollFlags::IN));
        if self.reports.are_waiting() {
            waited.push(PollFd::new(&self.reports, PollFlags::OUT));
        }
        let at_most = Timespec {
            tv_sec: at_most.as_secs() as i64,
            tv_nsec: at_most.subsec_nanos().into(),
        };
        match poll(&mut waited, Some(&at_most)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
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
            reached(Limit::Packets)
        } else if duration.is_some_and(|most| self.begun.elapsed() >= most) {
            reached(Limit::Duration)
        } else if size.is_some_and(|most| self.output.size() >= most) {
            reached(Limit::Size)
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
            let Some(interface) = self.progress.interfaces.get_mut(place) else {
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
        if let Some(interface) = self.progress.interfaces.get_mut(place) {
            interface.gone = Some(reason.clone());
        }
        match self.sources.iter().flatten().count() {
            0 => Err(io::Error::other(reason)),
            _ => Ok(()),
        }
    }

    fn restart(&mut self, generation: u64) -> io::Result<()> {
        self.generation = generation;
        self.output.restart()?;
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
        End::Failed(super::about(file.as_deref(), error))
    }

    /// Reports what has changed.
    fn tell(&mut self, end: Option<End>) {
        let generation = self.generation;
        for change in self.output.changes() {
            self.reports.add(&match change {
                Change::Begun(path) => Report::Begun {
                    generation,
                    file: path.map(PathBuf::into_os_string),
                },
                Change::Removed => Report::Removed { generation },
            });
        }
        let progress = &mut self.progress;
        progress.packets = self.packets;
        progress.bytes = self.output.written();
        progress.files = self.output.files_kept();
        if progress.file.as_deref() != self.output.path() {
            progress.file = self.output.path().map(PathBuf::from);
        }
        progress.end = end;
        self.reports.set_progress(generation, progress);
        self.reports.send();
    }
}
