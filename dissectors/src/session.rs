//! The state of a conversation in a protocol, and the ends of its messages.

use crate::{
    Dissector, Exchange, Framing, HeapSize, MessageInfo, NameSource, Place, Selector, Side,
    Transfer, Undeclared,
};
use std::{any::Any, fmt::Debug, net::IpAddr, ops::Range, sync::Arc};

/// Consequences of a message beyond its own conversation's protocol.
#[derive(Clone, Debug)]
pub enum Event {
    /// From here on both sides use another protocol.
    HandOver(&'static Dissector),
    /// From here on both sides use another protocol, to be recognized by its bytes.
    Recognise,
    /// A connection to this address and port is to come, which belongs to this conversation: `number` counts them from
    /// 0. An event with the same number again adds another possible address.
    Expect {
        /// The number of the expected connection.
        number: u32,
        /// Its address.
        address: IpAddr,
        /// Its port.
        port: u16,
        /// Its protocol.
        dissector: &'static Dissector,
    },
    /// An expected connection is to carry this.
    Carries {
        /// The number of the expected connection.
        number: u32,
        /// What was requested.
        transfer: Transfer,
    },
    /// An expected connection will not come: the other side refused it.
    Withdraw {
        /// The number of the expected connection.
        number: u32,
    },
    /// A message names an address. The name is as it was sent: anything may be in it.
    Named {
        /// The address.
        address: IpAddr,
        /// Its name.
        name: Box<str>,
        /// The kind of message.
        by: NameSource,
    },
    /// The other side uses this name for a side, as a browser does for the server that it wants a page from.
    HostName {
        /// The side that is named.
        side: Side,
        /// The name, as it was sent.
        name: Box<str>,
        /// The kind of message.
        by: NameSource,
    },
    /// Bytes of the message that has just ended belong to a source that this session opens: part of a mail, of an
    /// HTTP/2 stream's contents. Only where [`crate::Setting::keeps`] is set.
    Append {
        /// The number of the source in this session.
        source: u64,
        /// The side that sent the message.
        side: Side,
        /// Their offset in the source.
        at: u64,
        /// The offset of the first of them in the message.
        from: u64,
        /// One past the offset of the last.
        to: u64,
    },
    /// A message that ends with this event carries another protocol: a page, a mail.
    Body {
        /// The side that sent the message.
        side: Side,
        /// The protocol; none for bytes of no stated type. See [`crate::by_candidates`].
        protocol: Option<[Selector; 4]>,
    },
    /// A request was answered, or no answer is expected any more. Only where [`crate::Setting::exchanges`] is set.
    Exchange(Box<Exchange>),
    /// A request was answered: by the protocol, and the nanoseconds from the end of the request to the first byte of the
    /// answer. Only where [`crate::Exchanges::Conspicuous`] is set.
    Answered {
        /// The name of its protocol.
        protocol: &'static str,
        /// The time, never negative.
        ns: i64,
    },
}

/// What a session knows of a message, on its way to the message's dissector, with its type erased. Clones share it.
#[derive(Clone, Debug)]
pub struct MessageContext(Arc<dyn AnyContext>);

/// A context of any type.
trait AnyContext: Any + Debug + Send + Sync + HeapSize {}

impl<C: Any + Debug + Send + Sync + HeapSize> AnyContext for C {}

impl MessageContext {
    pub(crate) fn new<C: Any + Debug + Send + Sync + HeapSize>(context: C) -> Self {
        MessageContext(Arc::new(context))
    }

    /// Returns how much memory it takes, bytes.
    pub fn weight(&self) -> usize {
        /// The two counters of an `Arc`.
        const COUNTERS: usize = 2 * size_of::<usize>();
        COUNTERS + size_of_val(&*self.0) + self.0.heap_size()
    }

    /// Returns it if it is of this type.
    pub(crate) fn get<C: 'static>(&self) -> Option<&C> {
        let context: &dyn Any = &*self.0;
        let found = context.downcast_ref();
        debug_assert!(found.is_some(), "a message of another protocol");
        found
    }
}

/// For how many later messages the context of a message may stay open, at most; then it is final. A mail may come in
/// this many segments, or a request wait this long for its answer.
pub const MAX_UNSETTLED: usize = 1 << 16;

/// Returns whether the answer to this message may still come after `read` messages.
pub(crate) fn is_waited_for(message: usize, read: usize) -> bool {
    message.saturating_add(MAX_UNSETTLED) > read
}

/// A conversation in one protocol, while it is read. The index reads every conversation this way, and a conversation
/// that is displayed is read again: both must have the same result, so nothing may depend on `keeps` except what
/// [`Session::context`] returns.
///
/// A clone continues as the original would: it is a checkpoint, from which a part of the conversation can be rebuilt.
/// Once [`Session::evict`] has freed the contexts of earlier messages, a session is small, however many messages it has
/// read.
pub trait Session: Clone + Send + Sync + 'static {
    /// What the dissector of a message must know besides its bytes.
    type Context: Debug + Send + Sync + HeapSize + 'static;

    /// Frames the bytes of one side, from where the last frame ended. Once all bytes of a message have been taken,
    /// `on_message` is called.
    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing;

    /// Finds secrets among the bytes that `frame` is shown next, from and to before, as far as these bytes show: their
    /// message may not have ended yet. Only called where [`crate::Setting::keeps`] is set, before each call of `frame`:
    /// the index does not use the ranges, only [`Session::credentials`].
    fn secrets_ahead(&self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        let _ = (side, bytes, found);
    }

    /// As [`Session::secrets_ahead`], for messages that may be long before `frame` takes them: looks through the bytes from
    /// an offset, and returns it. The secrets before it hold that were found there when these bytes were shown last.
    fn secrets_ahead_from(
        &mut self,
        place: &Place,
        bytes: &[u8],
        found: &mut Vec<Range<usize>>,
    ) -> usize {
        self.secrets_ahead(place.side, bytes, found);
        0
    }

    /// Finds secrets among bytes that belong to a message, which are handed over in order as they come, including those
    /// that `frame` was shown. For secrets in bytes that need not be seen to frame the message, such as a body. Called
    /// where [`crate::Setting::keeps`] is set, and where [`Session::searches`].
    fn secrets_taken(&mut self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        let _ = (side, bytes, found);
    }

    /// Returns how many bytes directly before those that [`Session::secrets_taken`] was handed last are secret as well: they
    /// begin a secret whose end these bytes brought.
    fn secrets_before(&self, side: Side) -> usize {
        let _ = side;
        0
    }

    /// Returns whether only [`Session::secrets_taken`] can tell [`Session::credentials`] of what this side sends next.
    fn searches(&self, side: Side) -> bool {
        let _ = side;
        false
    }

    /// Ends a message. Its consequences go into `events`.
    fn on_message(&mut self, ended: &MessageInfo, events: &mut Vec<Event>) {
        let _ = (ended, events);
    }

    /// Ends the conversation: both sides have closed, or the capture is at its end. The exchanges that wait for an
    /// answer go into `events`. Only called where [`crate::Setting::keeps`] or [`crate::Setting::exchanges`] is set.
    fn end(&mut self, events: &mut Vec<Event>) {
        let _ = events;
    }

    /// Bytes of a side are missing, and so are the boundaries of its messages: `frame` is shown the first bytes of a
    /// segment next.
    fn lost(&mut self, side: Side) {
        let _ = side;
    }

    /// Returns what the dissector of this message must know besides its bytes.
    fn context(&self, number: usize) -> Option<Self::Context> {
        let _ = number;
        None
    }

    /// Returns the expected connection that this message asked for: the message's dissector is given what it carried.
    fn asked_for(&self, number: usize) -> Option<u32> {
        let _ = number;
        None
    }

    /// Returns the session's source that is complete with this message, such as a mail that came in several: what
    /// [`Event::Append`] added to it is put together for the message's dissector.
    fn completes(&self, number: usize) -> Option<u64> {
        let _ = number;
        None
    }

    /// Returns the number of the first message whose context may still change: for all before it, the results of
    /// [`Session::context`], [`Session::asked_for`] and [`Session::completes`] are final. `read` messages have ended so
    /// far. Once the conversation is over, all are final. It takes time for each message that is not evicted.
    fn settled(&self, read: usize) -> usize {
        read
    }

    /// Frees the contexts of the messages before this number, which are not needed any more. They need not be settled:
    /// what the contexts of later messages are made of stays, so that a checkpoint can evict all messages before it.
    fn evict(&mut self, before: usize) {
        let _ = before;
    }

    /// Returns the context for the dissector of an expected connection. It stays when messages are evicted.
    fn expected(&self, number: u32) -> Option<MessageContext> {
        let _ = number;
        None
    }

    /// Returns what the dissector of this protocol must know to show the tunnel that it opened, before each message that is
    /// sent through it. Only where [`crate::Setting::keeps`] is set.
    fn tunnel(&self) -> Option<Self::Context> {
        None
    }

    /// Summarizes the conversation: `GET /index.html → 200 OK, 45 kB`. The summary is made from the exchanges, of which
    /// the session keeps only what it needs: the first one, what was refused, the count.
    fn summary(&self) -> String {
        String::new()
    }

    /// Returns the character set of the text of this conversation that declares none, as far as its text shows it.
    fn undeclared(&self) -> Undeclared {
        Undeclared::default()
    }

    /// Returns whether a password or another secret of this conversation was sent in the clear.
    fn credentials(&self) -> bool {
        false
    }

    /// Returns what an operator should know of it besides its exchanges.
    fn remarks(&self) -> Remarks {
        Remarks::default()
    }

    /// Returns how many bytes it has allocated besides itself, at least approximately. A session with a list that grows
    /// counts it, and what it keeps of its messages. It takes time for each message that is not evicted.
    fn allocated(&self) -> usize {
        SHORT_TEXTS
    }
}

/// What an operator should know of a session besides its exchanges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// The server offered TLS, and the client went on in the clear with what it came for.
    pub tls_unused: bool,
    /// The version of TLS that the server chose, as in its hello.
    pub tls_version: Option<u16>,
    /// The packet in which the client of TLS 1.3 answered the server's certificate with an alert, as its length shows,
    /// and sent nothing more.
    pub tls_given_up: Option<u64>,
    /// How many messages of an SSH server there are of which the lengths are those of refusals to log in.
    pub ssh_refusals: Option<u8>,
}

impl Remarks {
    /// Returns those of two protocols of one conversation together.
    pub fn and(self, other: Remarks) -> Remarks {
        Remarks {
            tls_unused: self.tls_unused || other.tls_unused,
            tls_version: other.tls_version.or(self.tls_version),
            tls_given_up: other.tls_given_up.or(self.tls_given_up),
            ssh_refusals: other.ssh_refusals.or(self.ssh_refusals),
        }
    }
}

/// The room of a few short texts, which most sessions keep for their summary, bytes.
pub(crate) const SHORT_TEXTS: usize = 256;

/// A [`Session`] of any protocol, with the type of its contexts erased.
pub trait AnySession: Send + Sync {
    /// [`Session::frame`].
    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing;
    /// [`Session::secrets_ahead_from`].
    fn secrets_ahead_from(
        &mut self,
        place: &Place,
        bytes: &[u8],
        found: &mut Vec<Range<usize>>,
    ) -> usize;
    /// [`Session::secrets_taken`].
    fn secrets_taken(&mut self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>);
    /// [`Session::secrets_before`].
    fn secrets_before(&self, side: Side) -> usize;
    /// [`Session::searches`].
    fn searches(&self, side: Side) -> bool;
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
    /// [`Session::settled`], or the number [`MAX_UNSETTLED`] messages ago where that is greater.
    fn settled(&self, read: usize) -> usize;
    /// [`Session::evict`].
    fn evict(&mut self, before: usize);
    /// A checkpoint.
    fn clone_box(&self) -> Box<dyn AnySession>;
    /// [`Session::expected`].
    fn expected(&self, number: u32) -> Option<MessageContext>;
    /// [`Session::tunnel`].
    fn tunnel(&self) -> Option<MessageContext>;
    /// [`Session::summary`].
    fn summary(&self) -> String;
    /// [`Session::undeclared`].
    fn undeclared(&self) -> Undeclared;
    /// [`Session::credentials`].
    fn credentials(&self) -> bool;
    /// [`Session::remarks`].
    fn remarks(&self) -> Remarks;
    /// Returns how many bytes it takes, at least approximately, with [`Session::allocated`].
    fn weight(&self) -> usize;
}

/// A summary is cut after this many bytes: it is kept for as long as the conversation, and names in it may have any
/// length.
const MAX_SUMMARY: usize = 400;

impl<S: Session> AnySession for S {
    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        Session::frame(self, place, bytes)
    }

    fn secrets_ahead_from(
        &mut self,
        place: &Place,
        bytes: &[u8],
        found: &mut Vec<Range<usize>>,
    ) -> usize {
        Session::secrets_ahead_from(self, place, bytes, found)
    }

    fn secrets_taken(&mut self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        Session::secrets_taken(self, side, bytes, found);
    }

    fn secrets_before(&self, side: Side) -> usize {
        Session::secrets_before(self, side)
    }

    fn searches(&self, side: Side) -> bool {
        Session::searches(self, side)
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

    fn tunnel(&self) -> Option<MessageContext> {
        Session::tunnel(self).map(MessageContext::new)
    }

    fn summary(&self) -> String {
        let mut summary = Session::summary(self);
        if summary.len() > MAX_SUMMARY {
            summary.truncate(summary.floor_char_boundary(MAX_SUMMARY));
            summary.push('…');
        }
        summary
    }

    fn undeclared(&self) -> Undeclared {
        Session::undeclared(self)
    }

    fn credentials(&self) -> bool {
        Session::credentials(self)
    }

    fn remarks(&self) -> Remarks {
        Session::remarks(self)
    }

    fn weight(&self) -> usize {
        size_of::<S>() + Session::allocated(self)
    }
}

impl Clone for Box<dyn AnySession> {
    fn clone(&self) -> Self {
        (**self).clone_box()
    }
}

/// A protocol whose segments are independent of each other.
#[derive(Clone)]
pub struct Segments;

impl Session for Segments {
    type Context = ();

    fn frame(&mut self, _: &Place, bytes: &[u8]) -> Framing {
        Framing::Complete(bytes.len() as u64)
    }
}
