//! The index: reads a capture once, from front to end, and is the only writer of its [`Store`].
//!
//!   read → dissect (no tree) ──▶ block of packets ──▶ reassemble IP fragments → track → append → evict
//!
//! The two halves run on two threads if there are two processors, and in turns if not, with the same result: packets
//! come in blocks, and the second half takes them in order. Readers may lock the store between batches of packets; the
//! capture is never read while the store is locked. Between blocks, and after the end of the capture, the index executes
//! [`Command`]s.

mod block;
mod command;
mod gather;
mod messages;
mod published;
mod reread;
mod rotation;
#[cfg(test)]
pub(crate) mod tests;

use crate::{
    capture::{self, Reader, live::Segment},
    findings::Settings,
    lang::text,
    retention::{DECIDED_EVERY, Keep, evict_before},
    store::{Contents, Listener, MAX_CONVERSATIONS, MAX_PACKETS, Store, Writer, payload},
    track::{DecodeAs, Fingerprint, Fragments, Frame, FrameLayers, Tracked},
};
use block::Block;
use command::Commands;
use dissectors::{Context, Echo, Facts, Flow, LinkType, Output, Packet, Reassembled, dissect};
use gather::{Gatherer, Threads};
use published::Published;
use reread::Reread;
use rotation::Rotation;
use std::{
    borrow::Cow,
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

pub use command::{Command, Handle};
pub use rotation::{Period, Rotate};

/// The polling interval for packets and commands while nothing comes.
const POLL: Duration = Duration::from_millis(20);

/// The polling interval of the stop flag once everything was read; commands are executed as they come.
const IDLE: Duration = Duration::from_millis(250);

/// Reading on and reading again alternate in turns of this length.
const TURN: Duration = Duration::from_millis(2);

/// Reads a capture, and writes the store.
pub struct Index {
    gatherer: Gatherer,
    appender: Appender,
    /// The files of a live capture.
    live: Option<Live>,
    threads: Threads,
}

/// Puts packets into the store, and executes commands in between.
struct Appender {
    writer: Writer,
    pipeline: Pipeline,
    commands: Commands,
    reread: Reread,
    /// The periods that the capture is divided into, if it is.
    rotation: Option<Rotation>,
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
        index.appender.writer.write().size = size;
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
        let fingerprints = writer.read().tracker.fingerprints();
        let index = Index {
            gatherer: Gatherer::new(reader, fingerprints),
            appender: Appender {
                reread: Reread::new(writer.store().clone()),
                writer,
                pipeline: Pipeline::new(keep),
                commands,
                rotation: None,
                turn: Instant::now(),
            },
            live,
            threads: Threads::default(),
        };
        (index, handle)
    }

    /// Sets how its conversations are judged.
    pub fn judge(&mut self, judging: Settings) {
        self.appender.writer.write().judging = judging;
    }

    /// Tells a listener what ends, until the capture has ended.
    pub fn listen(&mut self, listener: Arc<dyn Listener>) {
        self.appender.writer.write().listen(Some(listener));
    }

    /// Divides the capture into periods of this length, and tells when one has ended, until the capture has ended.
    pub fn rotate(&mut self, length: Duration, to: Box<dyn Rotate>) {
        self.appender.rotation = Some(Rotation::new(length, to));
    }

    /// Sets how many packets are handed from thread to thread together, so that tests have small captures in many parts.
    pub(crate) fn set_block(&mut self, packets: usize) {
        self.gatherer.most = packets;
    }

    /// Sets on how many threads it reads a capture: 1 to 3. 0 chooses by the number of processors.
    pub fn set_threads(&mut self, threads: usize) {
        self.threads = Threads::new(threads);
    }

    /// Returns the store that it writes.
    pub fn store(&self) -> &Store {
        self.appender.writer.store()
    }

    /// Reads everything, then executes commands as long as there are handles that can send some, and until `stop`.
    pub fn run(mut self, stop: &AtomicBool) {
        self.read_to_end(stop);
        self.appender.serve(stop);
    }

    /// Reads to the end of the capture, or until `stop`, and executes the commands that come meanwhile.
    pub fn read_to_end(&mut self, stop: &AtomicBool) {
        // A live capture is made by a process of its own, and its files are exchanged between blocks.
        // What is written at the end of a period must be complete.
        if self.live.is_some()
            || self.appender.rotation.is_some()
            || !self
                .threads
                .read(&mut self.gatherer, &mut self.appender, stop)
        {
            self.read_in_turns(stop);
        }
        let mut rest = Block::default();
        if self.gatherer.fill_up_to(&mut rest, 0) {
            self.appender.append(&mut rest);
        }
        let store = self.store().clone();
        let contents = &mut self.appender.writer.write();
        let pipeline = &mut self.appender.pipeline;
        pipeline.end(contents);
        Published::end(self.gatherer.reader(), contents);
        count_messages(contents);
        contents.tell();
        if let Some(mut rotation) = self.appender.rotation.take() {
            rotation.finish(contents, (&store, pipeline));
        }
        contents.listen(None);
    }

    /// Reads on one thread.
    fn read_in_turns(&mut self, stop: &AtomicBool) {
        let mut block = Block::default();
        while !stop.load(Ordering::Relaxed) {
            self.appender.carry_out_all();
            self.appender.rotate_after_silence();
            if !self.read_block(&mut block) && !self.wait(&mut block) {
                break;
            }
        }
    }

    /// Reads available packets, at most a block, and puts them into the store; returns whether there were any.
    fn read_block(&mut self, block: &mut Block) -> bool {
        if !self.gatherer.fill(block) {
            return false;
        }
        let some = !block.is_empty();
        let lowest = self.appender.append(block);
        self.gatherer.release(lowest);
        some
    }

    /// Waits a short time for more packets; returns whether there may be more.
    fn wait(&mut self, block: &mut Block) -> bool {
        self.appender.read_again();
        let timeout = self.appender.patience(POLL);
        let Some(live) = &mut self.live else {
            return self.gatherer.wait(timeout);
        };
        let lowest = self.appender.writer.read().lowest_offset();
        self.appender.writer.store().bytes().evict(lowest);
        match live.segments.recv_timeout(timeout) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(Segment::Removed) => {
                // Its packets are evicted with it, or it would take room as long as a reader might use it.
                live.begins.pop_front();
                let first = live.begins.front().copied();
                let first = first.unwrap_or(self.gatherer.base());
                let contents = &mut self.appender.writer.write();
                self.appender.pipeline.evict(contents, first);
            }
            Ok(Segment::Begun(next)) => {
                self.read_rest(block);
                self.begin(*next);
            }
            Err(RecvTimeoutError::Disconnected) => {
                self.read_rest(block);
                return false;
            }
        }
        true
    }

    /// Reads the rest of a file that is no longer written.
    fn read_rest(&mut self, block: &mut Block) {
        self.gatherer.ends();
        while self.read_block(block) {}
    }

    /// Goes on with the next file of a live capture.
    fn begin(&mut self, next: Reader) {
        let bytes = next.bytes();
        let base = self.gatherer.begin(next);
        if let Some(live) = &mut self.live {
            live.begins.push_back(base);
        }
        self.store().bytes().join(base, &bytes);
    }
}

impl Appender {
    /// Puts the packets of a block into the store; returns the offset before which the capture is not needed any more.
    fn append(&mut self, block: &mut Block) -> u64 {
        let rotation = self.rotation.as_mut();
        block.append_to(&mut self.writer, &mut self.pipeline, rotation);
        block.clear();
        self.writer.read().lowest_offset()
    }

    /// Ends a period if the packet that would end it is overdue.
    fn rotate_after_silence(&mut self) {
        if let Some(rotation) = self.rotation.as_mut().filter(|it| it.is_overdue()) {
            let store = self.writer.store().clone();
            let contents = &mut self.writer.write();
            rotation.after_silence(contents, (&store, &mut self.pipeline));
        }
    }

    /// Executes the commands that came, and reads conversations again if it is time to.
    fn carry_out_all(&mut self) {
        while let Some(command) = self.commands.next() {
            self.carry_out(command);
        }
        if self.reread.left() > 0 && self.turn.elapsed() >= TURN {
            self.read_again();
            self.turn = Instant::now();
        }
    }

    /// Executes commands until `stop`, or until none can come.
    fn serve(&mut self, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            match self.commands.wait(self.patience(IDLE)) {
                Ok(command) => self.carry_out(command),
                Err(RecvTimeoutError::Timeout) => self.read_again(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Returns how long to wait while there is nothing to read.
    fn patience(&self, usual: Duration) -> Duration {
        match self.reread.left() {
            0 => usual,
            _ => Duration::ZERO,
        }
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
            Command::Comment { number, at, text } => {
                let contents = &mut self.writer.write();
                // It may have been evicted meanwhile.
                if contents.packets.get(number).is_some() {
                    contents.set_comment(number, at, text);
                }
            }
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

/// Dropping it resets the progress that readers see.
impl Drop for Appender {
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
    undeclared: dissectors::Undeclared::UNKNOWN,
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

/// Tracks the flows of a packet, outermost first; returns the conversation of the innermost one.
#[inline]
fn track(
    contents: &mut Contents,
    frame: Frame,
    bytes: &[u8],
    flows: &[(Flow, Fingerprint)],
    whole: &[Reassembled],
) -> Option<Tracked> {
    let mut tracked: Option<Tracked> = None;
    for (at, (flow, fingerprint)) in flows.iter().enumerate() {
        if let Some(outer) = tracked {
            contents.add_outer(frame.number, outer);
        }
        let payload = (at + 1 == flows.len()).then(|| payload(flow, bytes, whole));
        tracked = Some(
            contents
                .tracker
                .track(frame, flow, *fingerprint, bytes, payload),
        );
    }
    tracked
}

/// The most protocols of one packet that are counted.
const MAX_READ: usize = 8;

/// Counts the messages that have ended, each protocol once in a packet.
#[inline]
fn count_messages(contents: &mut Contents) {
    if contents.tracker.application.has_read_messages() {
        count_read(contents);
    }
}

#[inline(never)]
fn count_read(contents: &mut Contents) {
    let hierarchy = &mut contents.statistics.hierarchy;
    let application = &mut contents.tracker.application;
    application.end_packet();
    for read in application.read_messages() {
        if let [only] = read {
            let FrameLayers { node, length } = only.layers;
            hierarchy.add_messages(node, &[only.name], length);
            continue;
        }
        for of_packet in read.chunk_by(|a, b| a.packet == b.packet) {
            let mut names = [""; MAX_READ];
            let mut count = 0;
            for read in of_packet {
                if count < MAX_READ && !names[..count].contains(&read.name) {
                    names[count] = read.name;
                    count += 1;
                }
            }
            let FrameLayers { node, length } = of_packet[0].layers;
            hierarchy.add_messages(node, &names[..count], length);
        }
    }
    application.clear_read_messages();
}

impl Pipeline {
    /// Whether nothing is ever evicted, so that messages may be read later than their packets are tracked.
    fn keeps_all(&self) -> bool {
        self.keep.is_all()
    }

    pub(crate) fn new(keep: Keep) -> Self {
        let mut fragments = Fragments::default();
        fragments.limit(keep.fragments());
        Pipeline {
            fragments,
            echo_requests: HashMap::new(),
            keep,
            decided_every: DECIDED_EVERY,
            newest: (0, 0),
            is_full: false,
        }
    }

    /// Puts a packet into the store that has these flows, outermost first, and no other facts.
    #[inline]
    pub(crate) fn append(
        &mut self,
        contents: &mut Contents,
        packet: &capture::Packet,
        flows: &[(Flow, Fingerprint)],
        path: u16,
    ) {
        let Some(frame) = self.number(contents, packet) else {
            return;
        };
        contents.tracker.set_layers(FrameLayers {
            node: contents.statistics.hierarchy.end(path),
            length: frame.length,
        });
        let tracked = track(contents, frame, packet.data, flows, &[]);
        count_messages(contents);
        let flow = flows.last();
        self.push(contents, packet, frame, tracked, flow);
    }

    /// Dissects a packet and puts it into the store.
    #[cfg(test)]
    pub(crate) fn append_dissected(&mut self, contents: &mut Contents, packet: &capture::Packet) {
        let bytes = Packet::new(LinkType(packet.link_type), packet.data, packet.original);
        let mut facts = Facts::default();
        dissect(bytes, &NO_CONTEXT, &mut facts, Output::default());
        match facts.has_only_flows() {
            true => {
                let fingerprints = contents.tracker.fingerprints();
                let flows = facts.flows().iter();
                let flows: Vec<_> = flows
                    .map(|flow| (*flow, fingerprints.of(flow, packet.data)))
                    .collect();
                self.append(contents, packet, &flows, 0);
            }
            false => {
                self.append_unusual(contents, packet, &facts);
            }
        }
    }

    /// Puts a packet into the store that has other facts. Returns its innermost transport layer, and the datagrams that it
    /// completes.
    #[inline(never)]
    pub(crate) fn append_unusual(
        &mut self,
        contents: &mut Contents,
        packet: &capture::Packet,
        facts: &Facts,
    ) -> Option<(Flow, Vec<Reassembled<'static>>)> {
        let frame = self.number(contents, packet)?;
        let mut facts = facts.clone();
        let mut whole = Vec::new();
        let is_fragment = facts.fragment.is_some();
        if is_fragment {
            let bytes = Packet::new(LinkType(packet.link_type), packet.data, packet.original);
            contents.observed.fragment(frame.number);
            whole = self.reassemble(contents, bytes, frame, &mut facts);
        }
        if let Some(claim) = &facts.arp {
            contents.observed.arp.add(frame.number, claim);
        }
        let fingerprints = contents.tracker.fingerprints();
        let flows = facts.flows().iter();
        let flows: Vec<_> = flows
            .map(|flow| (*flow, fingerprints.of(flow, packet.data)))
            .collect();
        let node = contents.statistics.hierarchy.node(facts.layers().names());
        let length = frame.length;
        if is_fragment {
            contents.statistics.hierarchy.add(node, 1, length.into());
        }
        contents.tracker.set_layers(FrameLayers { node, length });
        let mut tracked = track(contents, frame, packet.data, &flows, &whole);
        count_messages(contents);
        for (source, destination) in facts.hosts() {
            contents.statistics.add_hosts(*source, *destination, length);
        }
        if facts.quoted.is_some() || facts.echo.is_some() {
            tracked = self.icmp(contents, frame, &facts, tracked);
        }
        self.push(contents, packet, frame, tracked, flows.last());
        flows.last().map(|(flow, _)| (*flow, whole))
    }

    /// Numbers a packet, unless there are too many.
    #[inline]
    fn number(&mut self, contents: &mut Contents, packet: &capture::Packet) -> Option<Frame> {
        let count = contents.packets.len();
        if count >= MAX_PACKETS || contents.tracker.began() >= MAX_CONVERSATIONS {
            self.refuse(contents);
            return None;
        }
        Some(Frame {
            number: count as u32 + 1,
            time_ns: packet.time_ns,
            length: packet.original,
        })
    }

    /// Adds the record of a packet, and evicts if it is time to.
    #[inline]
    fn push(
        &mut self,
        contents: &mut Contents,
        packet: &capture::Packet,
        frame: Frame,
        tracked: Option<Tracked>,
        flow: Option<&(Flow, Fingerprint)>,
    ) {
        let is_duplicate = tracked.is_some_and(|tracked| tracked.is_duplicate);
        if tracked.is_some_and(|tracked| tracked.is_error) {
            contents.statistics.mark(frame.number);
        }
        contents
            .observed
            .add(frame.number, packet, flow, is_duplicate);
        if let Some(tracked) = tracked
            && !packet.has_time
        {
            contents.tracker.timeless(tracked.id, frame.number);
        }
        contents.push(packet, tracked);
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
        facts: &mut Facts,
    ) -> Vec<Reassembled<'static>> {
        let mut whole: Vec<Reassembled> = Vec::new();
        // A fragment inside a fragment: each round may complete one more datagram.
        while let Some(fragment) = facts.fragment
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
            dissect(packet, &context, facts, Output::default());
        }
        whole
    }

    /// Handles ICMP: an error belongs to the conversation that it quotes; an echo reply to its request.
    #[cold]
    fn icmp(
        &mut self,
        contents: &mut Contents,
        frame: Frame,
        facts: &Facts,
        outer: Option<Tracked>,
    ) -> Option<Tracked> {
        if let Some(quoted) = &facts.quoted {
            let Some(about) = contents.tracker.quoted(frame, quoted) else {
                return outer;
            };
            if let Some(outer) = outer {
                contents.add_outer(frame.number, outer);
            }
            contents.add_error(frame.number, about.id);
            return Some(about);
        }
        if let Some(echo) = facts.echo {
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
