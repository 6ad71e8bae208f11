//! What a protocol remembers of a conversation from one message to the next, and where its messages end.

use crate::{Dissector, Exchange, Layer, Outcome, Side};
use std::{any::Any, fmt::Debug, net::IpAddr, ops::Range, sync::Arc};

/// How much some bytes look like a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// They cannot be it, whatever the port says.
    No,
    /// They may be it, if the port says so.
    Perhaps,
    /// They are it, whatever the port says.
    Surely,
}

/// A protocol whose conversations are followed. [`Dissector::of`] makes its dissector of it: the types say that the
/// context which its session gives is the one that `dissect` takes.
pub(crate) trait Protocol: 'static {
    /// What remembers a conversation.
    type Session: Session;

    /// What the program must know of it beside that.
    const PROPERTIES: Properties = Properties::NONE;

    /// How much the first bytes of one side look like it.
    fn looks_like(bytes: &[u8], side: Side) -> Likeness {
        let _ = (bytes, side);
        Likeness::Perhaps
    }

    /// Begins a conversation.
    fn begin(setting: &Setting) -> Self::Session;

    /// Reads a message. There is no context where its session has none, or where it is not read as a message.
    fn dissect(layer: &mut Layer, context: Option<&ContextOf<Self>>) -> Outcome;
}

/// What the program must know of a protocol whose conversations are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Properties {
    /// Other connections can run through its conversations, as they do through a proxy: what follows in the same
    /// conversation is between others than its two ends.
    pub tunnels: bool,
    /// What it carries is encrypted and of a protocol of its own, which the port may name.
    pub encrypts: bool,
    /// All bytes that one side of a conversation sends are one file: its segments are no messages.
    pub carries_file: bool,
}

impl Properties {
    /// None of these.
    pub const NONE: Self = Properties {
        tunnels: false,
        encrypts: false,
        carries_file: false,
    };
}

/// What a protocol's dissector must know of a message beside its bytes.
pub(crate) type ContextOf<P> = <<P as Protocol>::Session as Session>::Context;

/// What a [`Dissector`] whose conversations are followed says of them.
#[derive(Clone, Copy, Debug)]
pub struct Talk {
    /// How much the first bytes of one side look like it.
    pub looks_like: fn(&[u8], Side) -> Likeness,
    /// Begins a conversation.
    pub begin: fn(&Setting) -> Box<dyn AnySession>,
    /// Reads a message with what its session knows of it.
    pub(crate) dissect: fn(&mut Layer, &MessageContext) -> Outcome,
    /// What else the program must know of it.
    pub properties: Properties,
}

impl Talk {
    pub(crate) const fn of<P: Protocol>() -> Self {
        Talk {
            looks_like: P::looks_like,
            begin: |setting| Box::new(P::begin(setting)),
            dissect: |layer, context| P::dissect(layer, context.get()),
            properties: P::PROPERTIES,
        }
    }
}

/// What is known of a conversation before a word was said.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Who opened it, and from which port.
    pub client: (IpAddr, u16),
    /// Whom the client called, and at which port.
    pub server: (IpAddr, u16),
    /// [`Session::context`] will be asked, and exchanges and secrets are wanted: what each message needs is to be kept. The
    /// index does not ask.
    pub keeps: bool,
}

impl Setting {
    /// The address and port of one side.
    pub fn end(&self, side: Side) -> (IpAddr, u16) {
        match side {
            Side::Client => self.client,
            Side::Server => self.server,
        }
    }
}

/// What the bytes at some place of a stream are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// More of them must be seen: the same ones will be shown again with those behind them.
    More,
    /// So many belong to a message that goes on behind them. They need not all be there yet.
    Take(u64),
    /// So many belong to a message that ends behind them. They need not all be there yet.
    Message(u64),
    /// All that this side still sends is one message.
    UntilEnd,
    /// They are nothing of this protocol.
    NotMine,
}

/// Where a step is made.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Whose bytes they are.
    pub side: Side,
    /// The packet that brought the last of them.
    pub packet: u64,
    /// When it was captured, nanoseconds since the epoch.
    pub time_ns: i64,
    /// How many of the bytes were shown before: [`Step::More`] asked for those behind them.
    pub seen: usize,
}

/// A message that was heard to its end.
#[derive(Clone, Copy, Debug)]
pub struct Heard {
    /// Its number in this session, from 0, both sides counted together.
    pub number: usize,
    /// Who said it.
    pub side: Side,
    /// The packet that its first byte came in.
    pub first_packet: u64,
    /// When that one was captured, nanoseconds since the epoch.
    pub first_ns: i64,
    /// The packet that completed it.
    pub packet: u64,
    /// When that one was captured, nanoseconds since the epoch.
    pub time_ns: i64,
    /// How many bytes it has.
    pub length: u64,
    /// How many of them the capture lacks.
    pub missing: u64,
    /// It was said to its end, not broken off.
    pub complete: bool,
}

/// What follows from a message beyond its own conversation's protocol.
#[derive(Clone, Debug)]
pub enum Event {
    /// From here on both sides speak another protocol.
    HandOver(&'static Dissector),
    /// From here on both sides speak another protocol, to be recognised by what they say.
    Recognise,
    /// A connection to this address and port is to come, which belongs to this conversation: `number` counts them
    /// from 0. Said again with the same number, it may go to this address as well.
    Expect {
        /// Which of the expected connections it is.
        number: u32,
        /// Where it will go.
        address: IpAddr,
        /// To which port.
        port: u16,
        /// What it will speak.
        dissector: &'static Dissector,
    },
    /// An expected connection is to carry this.
    Carries {
        /// Which one.
        number: u32,
        /// What was asked for.
        transfer: Transfer,
    },
    /// An expected connection will not come: the other side refused it.
    Withdraw {
        /// Which one.
        number: u32,
    },
    /// Something that was said gives an address a name. It is as it was sent: anything may be in it.
    Named {
        /// The address.
        address: IpAddr,
        /// Its name.
        name: Box<str>,
        /// Who says so.
        by: NamedBy,
    },
    /// The other side calls this one so, as a browser does the server that it wants a page from.
    Called {
        /// Whose name it is.
        side: Side,
        /// The name, as it was sent.
        name: Box<str>,
        /// In which way.
        by: NamedBy,
    },
    /// Bytes of the message that has just ended stand in a source that this session opens: part of a mail, of what an
    /// HTTP/2 stream carries. Only where [`Setting::keeps`] is set.
    Append {
        /// The number of the source in this session.
        source: u64,
        /// Who sent the message.
        side: Side,
        /// Where in the source they stand.
        at: u64,
        /// The first of them in the message.
        from: u64,
        /// One past the last.
        to: u64,
    },
    /// A request was answered, or will not be any more. Only where [`Setting::keeps`] is set.
    Exchange(Box<Exchange>),
}

/// What gave an address its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NamedBy {
    /// The answer of a name server.
    Dns,
    /// The answer of a neighbour to a question that everybody heard: multicast DNS.
    MulticastDns,
    /// The same by LLMNR.
    Llmnr,
    /// DHCP: what the machine calls itself.
    Dhcp,
    /// TLS: the server that the client wants.
    ServerName,
    /// HTTP: the host that a request is for.
    Host,
}

/// What a connection carries that another conversation announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// What was asked for: `RETR report.txt`.
    pub request: String,
    /// The name of the file, where it is one.
    pub file: Option<String>,
}

/// What went over a connection that a message asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Messages.
    pub messages: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// The packets that completed the first and the last of them, and when, nanoseconds since the epoch.
    pub ends: Option<[(u64, i64); 2]>,
}

/// What a session knows of a message, on its way to the dissector that reads it: between the two its type is not known.
/// Clones share it.
#[derive(Clone, Debug)]
pub struct MessageContext(Arc<dyn AnyContext>);

/// A context of any type.
trait AnyContext: Any + Debug + Send + Sync {}

impl<C: Any + Debug + Send + Sync> AnyContext for C {}

impl MessageContext {
    pub(crate) fn new<C: Any + Debug + Send + Sync>(context: C) -> Self {
        MessageContext(Arc::new(context))
    }

    /// What it is, for who takes contexts of this type.
    pub(crate) fn get<C: 'static>(&self) -> Option<&C> {
        let context: &dyn Any = &*self.0;
        let found = context.downcast_ref();
        debug_assert!(found.is_some(), "a message of another protocol");
        found
    }
}

/// For how many messages behind it the context of a message may be open, at most; then it is what it is. A mail may come
/// in so many segments, a request wait so long for its answer.
pub const MAX_UNSETTLED: usize = 1 << 16;

/// Whether something that this message asks for may still come, where so many messages have been read.
pub(crate) fn is_waited_for(message: usize, read: usize) -> bool {
    message.saturating_add(MAX_UNSETTLED) > read
}

/// A conversation in one protocol, while it is heard. The index hears every conversation this way, and who looks at
/// one hears it again: both must come to the same, so nothing may depend on `keeps` but what [`Session::context`] says.
///
/// A clone goes on as the original would: it is a checkpoint, from which a part of the conversation can be rebuilt. Once
/// [`Session::evict`] has freed the contexts of earlier messages, a session is small, however many messages it has read.
pub trait Session: Clone + Send + Sync + 'static {
    /// What the dissector of a message must know beside its bytes.
    type Context: Debug + Send + Sync + 'static;

    /// Says what the bytes of one side are, from where the last step ended. Once all bytes of a message have been
    /// taken, `heard` is called.
    fn step(&mut self, place: &Place, bytes: &[u8]) -> Step;

    /// Where secrets stand among the bytes that `step` is shown next, from and to before, as far as these bytes say: the
    /// message that they belong to may not have ended yet. Only asked where [`Setting::keeps`] is set, and before each
    /// step: the index looks for no secrets, it only asks for [`Session::credentials`].
    fn secrets_ahead(&self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        let _ = (side, bytes, found);
    }

    /// The same among bytes that a step took, which are handed over in order as they come; those that the step was shown
    /// are among them. For secrets in what need not be seen to frame it, such as a body. Only where [`Setting::keeps`] is
    /// set.
    fn secrets_taken(&mut self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        let _ = (side, bytes, found);
    }

    /// A message ended. What follows from it goes into `events`.
    fn heard(&mut self, heard: &Heard, events: &mut Vec<Event>) {
        let _ = (heard, events);
    }

    /// The conversation is over: both sides have closed, or the capture is at its end. The exchanges that wait for an answer
    /// go into `events`. Only called where [`Setting::keeps`] is set.
    fn end(&mut self, events: &mut Vec<Event>) {
        let _ = events;
    }

    /// Bytes of a side are missing, and with them it was lost where messages begin: the next step is shown the first
    /// bytes of a segment.
    fn lost(&mut self, side: Side) {
        let _ = side;
    }

    /// What the dissector of this message must know beside its bytes.
    fn context(&self, number: usize) -> Option<Self::Context> {
        let _ = number;
        None
    }

    /// The expected connection that came of this message: what went over it is told to the message's dissector.
    fn asked_for(&self, number: usize) -> Option<u32> {
        let _ = number;
        None
    }

    /// The source of its own making that is complete with this message, such as a mail that came in several: what
    /// [`Event::Append`] added to it is put together for the message's dissector.
    fn completes(&self, number: usize) -> Option<u64> {
        let _ = number;
        None
    }

    /// The number of the first message whose context may still change by what comes later: of all before it, what
    /// [`Session::context`], [`Session::asked_for`] and [`Session::completes`] return is final. `read` messages have ended so
    /// far. Once the conversation is over, all are final. It takes time for each message that is not evicted.
    fn settled(&self, read: usize) -> usize {
        read
    }

    /// Frees the contexts of the messages before this number, which are not asked for any more. They need not be
    /// settled: what the contexts of later messages are made of stays, so that a checkpoint can evict all that came before
    /// it.
    fn evict(&mut self, before: usize) {
        let _ = before;
    }

    /// What the dissector of an expected connection must know. It stays when messages are evicted.
    fn expected(&self, number: u32) -> Option<MessageContext> {
        let _ = number;
        None
    }

    /// What was said, in a few words: `GET /index.html → 200 OK, 45 kB`. It is made from the exchanges, of which the
    /// session keeps no more than this needs: the first one, what was refused, how many there were.
    fn summary(&self) -> String {
        String::new()
    }

    /// Whether somebody could read a password or another secret of this conversation.
    fn credentials(&self) -> bool {
        false
    }
}

/// A [`Session`] of any protocol: the same, but that the type of its contexts is not known.
pub trait AnySession: Send + Sync {
    /// [`Session::step`].
    fn step(&mut self, place: &Place, bytes: &[u8]) -> Step;
    /// [`Session::secrets_ahead`].
    fn secrets_ahead(&self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>);
    /// [`Session::secrets_taken`].
    fn secrets_taken(&mut self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>);
    /// [`Session::heard`].
    fn heard(&mut self, heard: &Heard, events: &mut Vec<Event>);
    /// [`Session::end`].
    fn end(&mut self, events: &mut Vec<Event>);
    /// [`Session::lost`].
    fn lost(&mut self, side: Side);
    /// [`Session::context`].
    fn context(&self, number: usize) -> Option<MessageContext>;
    /// [`Session::asked_for`].
    fn asked_for(&self, number: usize) -> Option<u32>;
    /// [`Session::completes`].
    fn completes(&self, number: usize) -> Option<u64>;
    /// [`Session::settled`], [`MAX_UNSETTLED`] messages ago at the earliest.
    fn settled(&self, read: usize) -> usize;
    /// [`Session::evict`].
    fn evict(&mut self, before: usize);
    /// A checkpoint.
    fn clone_box(&self) -> Box<dyn AnySession>;
    /// [`Session::expected`].
    fn expected(&self, number: u32) -> Option<MessageContext>;
    /// [`Session::summary`].
    fn summary(&self) -> String;
    /// [`Session::credentials`].
    fn credentials(&self) -> bool;
}

impl<S: Session> AnySession for S {
    fn step(&mut self, place: &Place, bytes: &[u8]) -> Step {
        Session::step(self, place, bytes)
    }

    fn secrets_ahead(&self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        Session::secrets_ahead(self, side, bytes, found);
    }

    fn secrets_taken(&mut self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        Session::secrets_taken(self, side, bytes, found);
    }

    fn heard(&mut self, heard: &Heard, events: &mut Vec<Event>) {
        Session::heard(self, heard, events);
    }

    fn end(&mut self, events: &mut Vec<Event>) {
        Session::end(self, events);
    }

    fn lost(&mut self, side: Side) {
        Session::lost(self, side);
    }

    fn context(&self, number: usize) -> Option<MessageContext> {
        Session::context(self, number).map(MessageContext::new)
    }

    fn asked_for(&self, number: usize) -> Option<u32> {
        Session::asked_for(self, number)
    }

    fn completes(&self, number: usize) -> Option<u64> {
        Session::completes(self, number)
    }

    fn settled(&self, read: usize) -> usize {
        let earliest = read.saturating_sub(MAX_UNSETTLED);
        Session::settled(self, read).clamp(earliest, read)
    }

    fn evict(&mut self, before: usize) {
        Session::evict(self, before);
    }

    fn clone_box(&self) -> Box<dyn AnySession> {
        Box::new(self.clone())
    }

    fn expected(&self, number: u32) -> Option<MessageContext> {
        Session::expected(self, number)
    }

    fn summary(&self) -> String {
        Session::summary(self)
    }

    fn credentials(&self) -> bool {
        Session::credentials(self)
    }
}

impl Clone for Box<dyn AnySession> {
    fn clone(&self) -> Self {
        (**self).clone_box()
    }
}

/// A protocol whose segments each stand for themselves.
#[derive(Clone)]
pub struct Segments;

impl Session for Segments {
    type Context = ();

    fn step(&mut self, _: &Place, bytes: &[u8]) -> Step {
        Step::Message(bytes.len() as u64)
    }
}

/// A message as it is handed to its dissector.
#[derive(Debug)]
pub struct Message<'a> {
    /// Who reads it.
    pub dissector: &'static Dissector,
    /// Who said it.
    pub side: Side,
    /// Its bytes.
    pub bytes: MessageBytes<'a>,
    /// How many bytes behind these belong to it but are not at hand.
    pub missing: u64,
    /// It was sent to its end, not broken off.
    pub complete: bool,
    /// What its session knows of it.
    pub context: Option<&'a MessageContext>,
    /// What went over the connection that it asked for.
    pub carried: Option<Carried>,
    /// The bytes of the source that it completes.
    pub gathered: Option<crate::Reassembled<'a>>,
}

/// Where a message's bytes are.
#[derive(Debug)]
pub enum MessageBytes<'a> {
    /// In the packet's payload: from, and to before.
    Within(u32, u32),
    /// In several packets.
    Joined(crate::Reassembled<'a>),
}

/// What the innermost transport layer of a packet adds to its conversation.
#[derive(Debug, Default)]
pub struct Spoken<'a> {
    /// The messages that it completes, in order.
    pub messages: &'a [Message<'a>],
    /// Bytes of it belong to a message that another packet completes: which one, if any does.
    pub part_of: Option<Option<u64>>,
}
