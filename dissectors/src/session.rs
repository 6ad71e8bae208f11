//! What a protocol remembers of a conversation from one message to the next, and where its messages end.

use crate::{Dissector, Exchange, Framing, MessageInfo, NameSource, Place, Side, Transfer};
use std::{any::Any, fmt::Debug, net::IpAddr, ops::Range, sync::Arc};

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
        by: NameSource,
    },
    /// The other side calls this one so, as a browser does the server that it wants a page from.
    HostName {
        /// Whose name it is.
        side: Side,
        /// The name, as it was sent.
        name: Box<str>,
        /// In which way.
        by: NameSource,
    },
    /// Bytes of the message that has just ended stand in a source that this session opens: part of a mail, of what an
    /// HTTP/2 stream carries. Only where [`crate::Setting::keeps`] is set.
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
    /// A request was answered, or will not be any more. Only where [`crate::Setting::keeps`] is set.
    Exchange(Box<Exchange>),
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

/// A conversation in one protocol, while it is read. The index reads every conversation this way, and who looks at
/// one reads it again: both must come to the same, so nothing may depend on `keeps` but what [`Session::context`] says.
///
/// A clone goes on as the original would: it is a checkpoint, from which a part of the conversation can be rebuilt. Once
/// [`Session::evict`] has freed the contexts of earlier messages, a session is small, however many messages it has read.
pub trait Session: Clone + Send + Sync + 'static {
    /// What the dissector of a message must know beside its bytes.
    type Context: Debug + Send + Sync + 'static;

    /// Says what the bytes of one side are, from where the last frame ended. Once all bytes of a message have been
    /// taken, `on_message` is called.
    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing;

    /// Where secrets stand among the bytes that `frame` is shown next, from and to before, as far as these bytes say: the
    /// message that they belong to may not have ended yet. Only asked where [`crate::Setting::keeps`] is set, and before each
    /// call of `frame`: the index looks for no secrets, it only asks for [`Session::credentials`].
    fn secrets_ahead(&self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        let _ = (side, bytes, found);
    }

    /// The same among bytes that belong to a message, which are handed over in order as they come; those that `frame` was shown
    /// are among them. For secrets in what need not be seen to frame it, such as a body. Only where [`crate::Setting::keeps`] is
    /// set.
    fn secrets_taken(&mut self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        let _ = (side, bytes, found);
    }

    /// A message ended. What follows from it goes into `events`.
    fn on_message(&mut self, ended: &MessageInfo, events: &mut Vec<Event>) {
        let _ = (ended, events);
    }

    /// The conversation is over: both sides have closed, or the capture is at its end. The exchanges that wait for an answer
    /// go into `events`. Only called where [`crate::Setting::keeps`] is set.
    fn end(&mut self, events: &mut Vec<Event>) {
        let _ = events;
    }

    /// Bytes of a side are missing, and with them it was lost where messages begin: `frame` is shown next the first
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
    /// [`Session::frame`].
    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing;
    /// [`Session::secrets_ahead`].
    fn secrets_ahead(&self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>);
    /// [`Session::secrets_taken`].
    fn secrets_taken(&mut self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>);
    /// [`Session::on_message`].
    fn on_message(&mut self, ended: &MessageInfo, events: &mut Vec<Event>);
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
    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        Session::frame(self, place, bytes)
    }

    fn secrets_ahead(&self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        Session::secrets_ahead(self, side, bytes, found);
    }

    fn secrets_taken(&mut self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        Session::secrets_taken(self, side, bytes, found);
    }

    fn on_message(&mut self, ended: &MessageInfo, events: &mut Vec<Event>) {
        Session::on_message(self, ended, events);
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

    fn frame(&mut self, _: &Place, bytes: &[u8]) -> Framing {
        Framing::Complete(bytes.len() as u64)
    }
}
