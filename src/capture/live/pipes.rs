//! The pipes of the capturing process. It never waits for the other end: requests are read as far as they have come,
//! and reports that the pipe has no room for stay here.

use super::Progress;
use super::message::{MAX_LINE, Report, Request, line};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::io::Errno;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

/// Requests of the dissecting process.
pub(super) struct Requests<P> {
    pipe: P,
    /// The bytes that have come and were not taken.
    read: VecDeque<u8>,
    ended: bool,
}

impl<P: AsFd> Requests<P> {
    /// Takes the pipe's reading end.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn new(pipe: P) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&pipe, true)?;
        Ok(Requests {
            pipe,
            read: VecDeque::new(),
            ended: false,
        })
    }

    /// Waits for the request to begin. Returns false if the pipe ends instead.
    ///
    /// # Errors
    ///
    /// Those of [`Requests::next`].
    pub fn wait_for_begin(&mut self) -> io::Result<bool> {
        loop {
            match self.next()? {
                Some(Request::Begin) => return Ok(true),
                Some(Request::Stop) => return Ok(false),
                Some(_) => {}
                None => {
                    let _ = poll(&mut [PollFd::new(&self.pipe, PollFlags::IN)], None);
                }
            }
        }
    }

    /// Returns the next request, if one has come; [`Request::Stop`] at the end of the pipe.
    ///
    /// # Errors
    ///
    /// Those of the pipe, and bytes that are no request.
    pub fn next(&mut self) -> io::Result<Option<Request>> {
        loop {
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                return Ok(Some(serde_json::from_slice(&line)?));
            }
            if std::mem::take(&mut self.ended) {
                return Ok(Some(Request::Stop));
            }
            if self.read.len() > MAX_LINE {
                return Err(ErrorKind::InvalidData.into());
            }
            let mut bytes = [0; 4096];
            match rustix::io::read(&self.pipe, &mut bytes) {
                Ok(0) => self.ended = true,
                Ok(count) => self.read.extend(bytes.iter().take(count)),
                Err(Errno::AGAIN) => return Ok(None),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl<P: AsFd> AsFd for Requests<P> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pipe.as_fd()
    }
}

/// Reports to the dissecting process.
pub(super) struct Reports<P> {
    pipe: P,
    /// The rest of a line that was written in part.
    rest: VecDeque<u8>,
    /// Changes of files, each of which must arrive.
    waiting: VecDeque<Vec<u8>>,
    /// The state, of which only the latest matters.
    progress: Option<Vec<u8>>,
    /// The state that was last set.
    last: Option<(u64, Progress)>,
}

impl<P: AsFd> Reports<P> {
    /// Takes the pipe's writing end.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn new(pipe: P) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&pipe, true)?;
        Ok(Reports {
            pipe,
            rest: VecDeque::new(),
            waiting: VecDeque::new(),
            progress: None,
            last: None,
        })
    }

    /// Adds a report that must arrive.
    pub fn add(&mut self, report: &Report) {
        self.waiting.push_back(line(report));
    }

    /// Sets the state to report.
    pub fn set_progress(&mut self, generation: u64, progress: &Progress) {
        let same = |(number, last): &(u64, Progress)| *number == generation && last == progress;
        if self.last.as_ref().is_some_and(same) {
            return;
        }
        self.last = Some((generation, progress.clone()));
        self.progress = Some(line(&Report::Progress {
            generation,
            progress: Box::new(progress.clone()),
        }));
    }

    /// Whether there is something that the pipe had no room for.
    pub fn are_waiting(&self) -> bool {
        !self.rest.is_empty() || !self.waiting.is_empty() || self.progress.is_some()
    }

    /// Writes as much as the pipe has room for.
    pub fn send(&mut self) {
        loop {
            if self.rest.is_empty() {
                let next = self.waiting.pop_front().or_else(|| self.progress.take());
                let Some(next) = next else { return };
                self.rest.extend(next);
            }
            match rustix::io::write(&self.pipe, self.rest.as_slices().0) {
                Ok(count) => drop(self.rest.drain(..count)),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                // The other process has ended: the end of the requests says so, too.
                Err(_) => {
                    self.rest.clear();
                    self.waiting.clear();
                    self.progress = None;
                    return;
                }
            }
        }
    }

    /// Writes everything that is left, unless the other process does not read for this long.
    pub fn finish(mut self, patience: Duration) {
        let until = Instant::now() + patience;
        self.send();
        while self.are_waiting() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let left = Timespec {
                tv_sec: left.as_secs() as i64,
                tv_nsec: left.subsec_nanos().into(),
            };
            let _ = poll(&mut [PollFd::new(&self.pipe, PollFlags::OUT)], Some(&left));
            self.send();
        }
    }
}

impl<P: AsFd> AsFd for Reports<P> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pipe.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Read, Write};
    use std::thread;

    fn begun(generation: u64) -> Report {
        Report::Begun {
            generation,
            file: None,
        }
    }

    #[test]
    fn requests_come_in_any_pieces_and_end_with_stop() {
        let (read, mut write) = io::pipe().unwrap();
        let mut requests = Requests::new(read).unwrap();
        assert_eq!(requests.next().unwrap(), None);
        let free = Request::Free {
            generation: 1,
            before: 7,
        };
        let bytes = [line(&Request::Begin), line(&free)].concat();
        let mut come = Vec::new();
        for byte in bytes {
            write.write_all(&[byte]).unwrap();
            come.extend(requests.next().unwrap());
        }
        assert_eq!(come, [Request::Begin, free]);
        drop(write);
        assert_eq!(requests.next().unwrap(), Some(Request::Stop));
    }

    #[test]
    fn bytes_that_are_no_request_are_an_error() {
        let (read, mut write) = io::pipe().unwrap();
        let mut requests = Requests::new(read).unwrap();
        write.write_all(b"{}\n").unwrap();
        assert!(requests.next().is_err());
        thread::spawn(move || {
            let _ = write.write_all(&[b'x'; 2 * MAX_LINE]);
        });
        let error = loop {
            match requests.next() {
                Ok(request) => assert_eq!(request, None),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::InvalidData);
    }

    #[test]
    fn a_reader_that_does_not_read_hinders_nothing_and_misses_no_file() {
        let (read, write) = io::pipe().unwrap();
        let mut reports = Reports::new(write).unwrap();
        for packets in 0..20_000 {
            let progress = Progress {
                packets,
                ..Progress::default()
            };
            reports.set_progress(0, &progress);
            if packets % 1000 == 0 {
                reports.add(&begun(packets));
            }
            reports.send();
        }
        assert!(reports.are_waiting());
        assert!(reports.waiting.len() <= 20, "states do not pile up");
        let reader = thread::spawn(move || {
            let mut text = String::new();
            BufReader::new(read).read_to_string(&mut text).unwrap();
            text
        });
        reports.finish(Duration::from_secs(20));
        let text = reader.join().unwrap();
        let all: Vec<Report> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let files = all
            .iter()
            .filter(|report| matches!(report, Report::Begun { .. }));
        assert_eq!(files.count(), 20);
        let Some(Report::Progress { progress, .. }) = all.last() else {
            panic!();
        };
        assert_eq!(progress.packets, 19_999);
    }

    #[test]
    fn the_end_does_not_wait_for_ever() {
        let (_read, write) = io::pipe().unwrap();
        let mut reports = Reports::new(write).unwrap();
        for number in 0..10_000 {
            reports.add(&begun(number));
        }
        let begun = Instant::now();
        reports.finish(Duration::from_millis(20));
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
}
