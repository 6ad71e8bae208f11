//! The index: reads a capture once, from front to end, and is the only writer of its [`Store`].
//!
//!   read → dissect (no tree) → reassemble IP fragments → track → append → evict
//!
//! It goes on in batches of packets, between which readers may lock the store. The capture is never read while the
//! store is locked. Between batches, and after the end of the capture, it executes [`Command`]s.

mod command;
mod published;
mod reread;
#[cfg(test)]
pub(crate) mod tests;

use crate::{
    capture::{self, Reader, live::Segment},
    findings::Settings,
    lang::text,
    retention::{DECIDED_EVERY, Keep, evict_before},
    store::{Contents, MAX_CONVERSATIONS, MAX_PACKETS, Store, Writer, payload},
    track::{DecodeAs, Fragments, Frame, Tracked},
};
use command::Commands;
use dissectors::{Context, Echo, Facts, LinkType, Output, Packet, Reassembled, dissect};
use parking_lot::RwLockWriteGuard;
use published::Published;
use reread::Reread;
use std::{
    borrow::Cow,
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

pub use command::{Command, Handle};

/// Readers of the store may lock it after this many packets: a fraction of a millisecond.
const BATCH: usize = 512;

/// The polling interval for packets and commands while nothing comes.
const POLL: Duration = Duration::from_millis(20);

/// The polling interval of the stop flag once everything was read; commands are executed as they come.
const IDLE: Duration = Duration::from_millis(250);

/// Reading on and reading again alternate in turns of this length.
const TURN: Duration = Duration::from_millis(2);

/// Reads a capture, and writes the store.
pub struct Index {
    writer: Writer,
    reader: Reader,
    /// The offset in the capture at which the reader's file begins.
    base: u64,
    /// The files of a live capture.
    live: Option<Live>,
    pipeline: Pipeline,
    published: Published,
    commands: Commands,
    reread: Reread,
    /// When the current turn of reading on began.
    turn: Instant,
}

/// The files of a live capture, which are written one after another.
struct Live {
    segments: Receiver<Segment>,
    /// The offsets of the files that are still there.
    begins: VecDeque<u64>,
}

impl Index {
    /// Returns an index of a file, or of a pipe.
    pub fn of_file(mut reader: Reader, decode_as: &DecodeAs, keep: Keep) -> (Index, Handle) {
        let size = reader.total();
        // A pipe may be silent for any time, and commands must still be executed.
        reader.set_blocking(size.is_some());
        let (mut index, handle) = Index::new(reader, None, decode_as, keep);
        index.writer.write().size = size;
        (index, handle)
    }

    /// Returns an index of a live capture, which is read while it grows, file by file, until capturing ends. `reader`
    /// reads the first file.
    pub fn of_live(
        reader: Reader,
        segments: Receiver<Segment>,
        decode_as: &DecodeAs,
        keep: Keep,
    ) -> (Index, Handle) {
        let live = Live {
            segments,
            begins: VecDeque::from([0]),
        };
        Index::new(reader, Some(live), decode_as, keep)
    }

    fn new(
        mut reader: Reader,
        live: Option<Live>,
        decode_as: &DecodeAs,
        keep: Keep,
    ) -> (Index, Handle) {
        let (handle, commands) = command::channel();
        for (protocol, port, dissector) in decode_as.rules() {
            handle.send(Command::DecodeAs {
                protocol,
                port,
                dissector: Some(dissector),
            });
        }
        let mut writer = Store::new(reader.bytes());
        writer.write().limit(keep);
        if let Some(room) = keep.names() {
            reader.limit(usize::try_from(room).unwrap_or(usize::MAX));
        }
        let index = Index {
            reread: Reread::new(writer.store().clone()),
            writer,
            reader,
            base: 0,
            live,
            pipeline: Pipeline::new(keep),
            published: Published::default(),
            commands,
            turn: Instant::now(),
        };
        (index, handle)
    }

    /// Sets how its conversations are judged.
    pub fn judge(&mut self, judging: Settings) {
        self.writer.write().judging = judging;
    }

    /// Returns the store that it writes.
    pub fn store(&self) -> &Store {
        self.writer.store()
    }

    /// Reads everything, then executes commands as long as there are handles that can send some, and until `stop`.
    pub fn run(mut self, stop: &AtomicBool) {
        self.read_to_end(stop);
        while !stop.load(Ordering::Relaxed) {
            let timeout = match self.reread.left() {
                0 => IDLE,
                _ => Duration::ZERO,
            };
            match self.commands.wait(timeout) {
                Ok(command) => self.carry_out(command),
                Err(RecvTimeoutError::Timeout) => self.read_again(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Reads to the end of the capture, or until `stop`, and executes the commands that come meanwhile.
    pub fn read_to_end(&mut self, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            while let Some(command) = self.commands.next() {
                self.carry_out(command);
            }
            if self.reread.left() > 0 && self.turn.elapsed() >= TURN {
                self.read_again();
                self.turn = Instant::now();
            }
            if !self.read_batch() && !self.wait() {
                break;
            }
        }
        let contents = &mut self.writer.write();
        self.pipeline.end(contents);
        self.published.end(&mut self.reader, contents);
    }

    /// Reads available packets, at most one batch, and puts them into the store; returns whether there were any. The
    /// store is not locked while the capture is read, which may take long, or block on a pipe: the first packet is read
    /// before the store is locked, and the others came with it.
    fn read_batch(&mut self) -> bool {
        let Some(mut packet) = self.reader.next() else {
            if !self.published.is_all_of(&self.reader) {
                self.published
                    .go_on(&mut self.reader, &mut self.writer.write());
            }
            return false;
        };
        packet.offset += self.base;
        let mut contents = self.writer.write();
        self.pipeline.append(&mut contents, &packet);
        for _ in 1..BATCH {
            let Some(mut packet) = self.reader.next_buffered() else {
                break;
            };
            packet.offset += self.base;
            self.pipeline.append(&mut contents, &packet);
            Published::add_comments(&mut self.reader, &mut contents);
        }
        self.published.go_on(&mut self.reader, &mut contents);
        let lowest = contents.lowest_offset();
        RwLockWriteGuard::unlock_fair(contents);
        self.reader.release(lowest);
        true
    }

    /// Waits a short time for more packets; returns whether there may be more.
    fn wait(&mut self) -> bool {
        self.read_again();
        let timeout = match self.reread.left() {
            0 => POLL,
            _ => Duration::ZERO,
        };
        let Some(live) = &mut self.live else {
            let more = !self.reader.has_ended();
            if more {
                self.reader.wait(timeout);
            }
            return more;
        };
        let lowest = self.writer.read().lowest_offset();
        self.writer.store().bytes().evict(lowest);
        match live.segments.recv_timeout(timeout) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(Segment::Removed) => {
                // Its packets are evicted with it, or it would take room as long as a reader might use it.
                live.begins.pop_front();
                let first = live.begins.front().copied().unwrap_or(self.base);
                self.pipeline.evict(&mut self.writer.write(), first);
            }
            Ok(Segment::Begun(next)) => {
                self.read_rest();
                self.begin(*next);
            }
            Err(RecvTimeoutError::Disconnected) => {
                self.read_rest();
                return false;
            }
        }
        true
    }

    /// Reads the rest of a file that is no longer written.
    fn read_rest(&mut self) {
        self.reader.set_growing(false);
        while self.read_batch() {}
    }

    /// Goes on with the next file of a live capture.
    fn begin(&mut self, next: Reader) {
        let end = self.reader.total();
        self.base += end.unwrap_or_else(|| self.reader.position());
        if let Some(live) = &mut self.live {
            live.begins.push_back(self.base);
        }
        let bytes = self.writer.store().bytes();
        bytes.join(self.base, &next.bytes());
        self.reader = next;
        self.published = Published::default();
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::DecodeAs {
                protocol,
                port,
                dissector,
            } => self
                .reread
                .decode_as(&mut self.writer, (protocol, port), dissector),
        }
        self.commands.took_up();
    }

    /// Reads conversations again for one turn.
    fn read_again(&mut self) {
        let begun = Instant::now();
        while self.reread.left() > 0 && begun.elapsed() < TURN {
            self.reread.go_on(&mut self.writer);
        }
    }
}

/// A dropped index resets the progress that readers see.
impl Drop for Index {
    fn drop(&mut self) {
        self.writer.write().rereading.left = 0;
    }
}

/// Packets are dissected without the context that only their tree needs.
const NO_CONTEXT: Context = Context {
    number: 0,
    time_ns: 0,
    flows: &[],
    quoted_flow: None,
    reassembled: &[],
    reassembled_in: None,
    echo: None,
    complete: false,
    absolute_seq: false,
    spoken: None,
    secrets: &[],
    hides_quote: false,
    show_secrets: false,
    decoded: None,
};

/// The maximum number of nested datagrams that one packet completes.
const MAX_NESTED_FRAGMENTS: usize = 4;

/// The maximum number of echo requests that wait for a reply, and of exchanges that are kept.
const MAX_ECHOES: usize = 1 << 20;

/// What an echo request takes that waits for a reply: its entry in a table that is half full and is copied when it grows.
const ECHO_WEIGHT: u64 = 3 * size_of::<(EchoKey, u32)>() as u64;

/// Processes each packet, and holds the state that is not in the store.
pub(crate) struct Pipeline {
    facts: Facts,
    fragments: Fragments,
    /// Echo requests that wait for their reply.
    pub(crate) echo_requests: HashMap<EchoKey, u32>,
    keep: Keep,
    /// Whether packets are evicted is decided after this many, a power of two: fewer in tests.
    pub(crate) decided_every: u32,
    /// The end of the newest packet in the capture, and its time.
    newest: (u64, i64),
    /// There are more packets than can be numbered.
    is_full: bool,
}

/// The fields that an echo request and its reply share.
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct EchoKey {
    v6: bool,
    requester: IpAddr,
    replier: IpAddr,
    id: u16,
    seq: u16,
}

impl Pipeline {
    pub(crate) fn new(keep: Keep) -> Self {
        let mut fragments = Fragments::default();
        fragments.limit(keep.fragments());
        Pipeline {
            facts: Facts::default(),
            fragments,
            echo_requests: HashMap::new(),
            keep,
            decided_every: DECIDED_EVERY,
            newest: (0, 0),
            is_full: false,
        }
    }

    /// Puts a packet that was read into the store.
    #[inline]
    pub(crate) fn append(&mut self, contents: &mut Contents, packet: &capture::Packet) {
        let count = contents.packets.len();
        if count >= MAX_PACKETS || contents.tracker.began() >= MAX_CONVERSATIONS {
            self.refuse(contents);
            return;
        }
        let frame = Frame {
            number: count as u32 + 1,
            time_ns: packet.time_ns,
            length: packet.original,
        };
        let bytes = Packet::new(LinkType(packet.link_type), packet.data, packet.original);

        // Dissect.
        dissect(bytes, &NO_CONTEXT, &mut self.facts, Output::default());

        // Reassemble.
        let is_fragment = self.facts.fragment.is_some();
        let reassembled = match self.facts.fragment {
            None => Vec::new(),
            Some(_) => self.reassemble(contents, bytes, frame),
        };

        // Track: each transport layer, and what an ICMP error quotes.
        let mut tracked: Option<Tracked> = None;
        let innermost = self.facts.flows().len();
        for (at, flow) in self.facts.flows().iter().enumerate() {
            if let Some(outer) = tracked {
                contents.add_outer(frame.number, outer);
            }
            let payload = (at + 1 == innermost).then(|| payload(flow, packet.data, &reassembled));
            let bytes = packet.data;
            tracked = Some(contents.tracker.track(frame, flow, bytes, payload));
        }
        if self.facts.quoted.is_some() || self.facts.echo.is_some() {
            tracked = self.icmp(contents, frame, tracked);
        }

        // Append.
        let is_duplicate = tracked.is_some_and(|tracked| tracked.is_duplicate);
        contents
            .observed
            .add(frame.number, packet, &self.facts, is_fragment, is_duplicate);
        contents.push(packet, tracked);

        // Evict.
        self.newest = (packet.offset + u64::from(packet.captured), packet.time_ns);
        if frame.number & (self.decided_every - 1) == 0 {
            self.decide(contents);
        }
    }

    /// Evicts packets if more is kept than may be.
    #[inline(never)]
    fn decide(&mut self, contents: &mut Contents) {
        if self.keep.is_all() {
            return;
        }
        let (end, time_ns) = self.newest;
        let by_keep = self.keep.enforce(contents, end, time_ns);
        let by_memory = self.keep.enforce_memory(contents, self.weight());
        if by_keep || by_memory {
            self.forget_evicted(contents);
        }
    }

    /// Returns how much memory it takes, at least approximately.
    pub(crate) fn weight(&self) -> u64 {
        self.fragments.weight() + self.echo_requests.len() as u64 * ECHO_WEIGHT
    }

    /// Evicts what is too much at the end of the capture.
    pub(crate) fn end(&mut self, contents: &mut Contents) {
        if !contents.packets.is_empty() {
            self.decide(contents);
        }
    }

    /// Adds a fragment to its datagram; returns the datagrams that it completes.
    #[cold]
    fn reassemble(
        &mut self,
        contents: &mut Contents,
        packet: Packet,
        frame: Frame,
    ) -> Vec<Reassembled<'static>> {
        let mut whole: Vec<Reassembled> = Vec::new();
        // A fragment inside a fragment: each round may complete one more datagram.
        while let Some(fragment) = self.facts.fragment
            && whole.len() < MAX_NESTED_FRAGMENTS
        {
            let source = match usize::from(fragment.data.source).checked_sub(1) {
                None => Some(packet.bytes),
                Some(outer) => whole.get(outer).map(|outer| &*outer.bytes),
            };
            let data = source.and_then(|source| fragment.data.of(source));
            let number = frame.number.into();
            let Some(done) =
                self.fragments
                    .add(number, frame.time_ns, &fragment, data.unwrap_or_default())
            else {
                break;
            };
            contents.observed.reassembled(done.parts.len());
            contents.add_datagram(frame.number, done.parts.clone());
            whole.push(Reassembled {
                bytes: Cow::Owned(done.bytes),
                parts: done.parts,
            });
            let context = Context {
                reassembled: &whole,
                ..NO_CONTEXT
            };
            dissect(packet, &context, &mut self.facts, Output::default());
        }
        whole
    }

    /// Handles ICMP: an error belongs to the conversation that it quotes; an echo reply to its request.
    #[cold]
    fn icmp(
        &mut self,
        contents: &mut Contents,
        frame: Frame,
        outer: Option<Tracked>,
    ) -> Option<Tracked> {
        if let Some(quoted) = &self.facts.quoted {
            let Some(about) = contents.tracker.quoted(frame, quoted) else {
                return outer;
            };
            if let Some(outer) = outer {
                contents.add_outer(frame.number, outer);
            }
            contents.add_error(frame.number, about.id);
            return Some(about);
        }
        if let Some(echo) = self.facts.echo {
            self.echo(contents, frame.number, echo);
        }
        outer
    }

    fn echo(&mut self, contents: &mut Contents, number: u32, echo: Echo) {
        let (requester, replier) = match echo.request {
            true => (echo.source, echo.destination),
            false => (echo.destination, echo.source),
        };
        let key = EchoKey {
            v6: echo.v6,
            requester,
            replier,
            id: echo.id,
            seq: echo.seq,
        };
        if echo.request {
            if self.echo_requests.len() < MAX_ECHOES {
                self.echo_requests.insert(key, number);
            }
        } else if let Some(request) = self.echo_requests.remove(&key) {
            contents.add_echo(request, number, MAX_ECHOES);
        }
    }

    /// Refuses a packet because the packet numbers are used up.
    #[cold]
    fn refuse(&mut self, contents: &mut Contents) {
        if !std::mem::replace(&mut self.is_full, true) {
            let packets = contents.packets.len();
            let problem = text!("problem-too-many-packets", packets);
            contents.problems.push(problem);
        }
    }

    /// Evicts the packets that begin before this offset: the file that held them is gone.
    pub(crate) fn evict(&mut self, contents: &mut Contents, before: u64) {
        evict_before(contents, before);
        self.forget_evicted(contents);
    }

    #[cold]
    fn forget_evicted(&mut self, contents: &Contents) {
        let first = contents.packets.first();
        self.echo_requests.retain(|_, packet| *packet >= first);
        if self.echo_requests.capacity() > 8 * self.echo_requests.len() {
            self.echo_requests.shrink_to(2 * self.echo_requests.len());
        }
    }
}
