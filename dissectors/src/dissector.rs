//! A protocol's dissector: its names and numbers, the function that reads its layer, and how its conversations are
//! followed.

use crate::{
    AnySession, Confidence, FieldDef, Layer, MessageContext, OsiLayer, Properties, Segments,
    Selector, Session, Setting, Side, Stop,
};
use std::fmt;

/// One protocol.
pub struct Dissector {
    /// Its name in filters, such as `tcp`.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// Its text in the protocol column of the packet list. Empty where the layer below sets it.
    pub column: &'static str,
    /// Its layer of the OSI model.
    pub layer: OsiLayer,
    /// The numbers of the protocol.
    pub selectors: &'static [Selector],
    /// Its fields, by the files that read them. A field is declared by the protocol that its name begins with, though
    /// others may show it.
    pub fields: &'static [&'static [FieldDef]],
    /// Reads a layer of the protocol.
    pub dissect: for<'a, 't> fn(&mut Layer<'a, 't>) -> Outcome,
    /// How its conversations are followed, where messages depend on each other or may need more than one packet.
    pub session: Option<SessionFactory>,
}

impl Dissector {
    /// A protocol whose conversations are followed, without its names and numbers.
    pub(crate) const fn of<P: Protocol>() -> Self {
        Dissector {
            name: "",
            label: "",
            column: "",
            layer: OsiLayer::Application,
            selectors: &[],
            fields: &[],
            dissect: |layer| P::dissect(layer, None),
            session: Some(SessionFactory::of::<P>()),
        }
    }

    /// Reads the next layer, with its context where it is a message.
    #[inline(always)]
    pub(crate) fn read(&self, layer: &mut Layer, known: Option<&MessageContext>) -> Outcome {
        match (known, self.session) {
            (Some(known), Some(factory)) => (factory.dissect)(layer, known),
            _ => (self.dissect)(layer),
        }
    }

    /// Returns how much the first bytes of one side of a conversation look like the protocol.
    pub fn looks_like(&self, bytes: &[u8], side: Side) -> Confidence {
        match self.session {
            Some(factory) => (factory.looks_like)(bytes, side),
            None => Confidence::Possible,
        }
    }

    /// Returns what the program must know of the protocol.
    pub fn properties(&self) -> Properties {
        self.session
            .map_or(Properties::NONE, |factory| factory.properties)
    }

    /// Returns whether its conversations consist of messages; else each segment is independent.
    pub fn has_messages(&self) -> bool {
        self.session.is_some() && !self.properties().carries_file
    }

    /// Begins a conversation.
    pub fn begin(&self, setting: &Setting) -> Box<dyn AnySession> {
        match self.session {
            Some(factory) => (factory.begin)(setting),
            None => Box::new(Segments),
        }
    }
}

impl PartialEq for Dissector {
    /// Compares names: a constant may have more than one address.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Dissector {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// What reads the rest of the packet.
#[derive(Clone, Copy, Debug)]
pub enum Next {
    /// The protocol of a number.
    Select(Selector),
    /// The protocol that a transport layer carries between two ports.
    Ports(Ports),
    /// The protocol is not known: the rest is shown as data.
    Data,
    /// There is no rest, or it is no protocol.
    Nothing,
    /// This protocol. If it is also the protocol that returns this, both are read with the same context.
    Dissector(&'static Dissector),
    /// The dissector of the media type in [`Layer::media`].
    Media,
    /// The messages of the conversation that this packet completes, each by its own protocol.
    Messages,
    /// The bytes do not look like this protocol after all, though a number named it: it leaves no trace, and the bytes
    /// are data. The decision must not depend on the outputs that are wanted.
    Declined,
    /// The bytes are of this protocol, which shares its number with the one that returns this: that leaves no trace. The
    /// decision must not depend on the outputs that are wanted.
    Instead(&'static Dissector),
}

/// The ports of a transport layer, either of which may determine what it carries.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// The kind of selector that they form.
    pub selector: fn(u16) -> Selector,
    /// The sender's.
    pub from: u16,
    /// The receiver's.
    pub to: u16,
}

/// The result of a dissector: what comes next, or why it stopped.
pub type Outcome = Result<Next, Stop>;

/// A protocol whose conversations are followed. [`Dissector::of`] makes a dissector of it: the types ensure that its
/// session returns the context which `dissect` takes.
pub(crate) trait Protocol: 'static {
    /// The state of a conversation.
    type Session: Session;

    /// What else the program must know of it.
    const PROPERTIES: Properties = Properties::NONE;

    /// Returns how much the first bytes of one side look like it.
    fn looks_like(bytes: &[u8], side: Side) -> Confidence {
        let _ = (bytes, side);
        Confidence::Possible
    }

    /// Begins a conversation.
    fn begin(setting: &Setting) -> Self::Session;

    /// Reads a message. There is no context where its session has none, or where it is not read as a message.
    fn dissect(layer: &mut Layer, context: Option<&ContextOf<Self>>) -> Outcome;
}

/// What a protocol's dissector must know of a message besides its bytes.
pub(crate) type ContextOf<P> = <<P as Protocol>::Session as Session>::Context;

/// How a [`Dissector`] follows its conversations.
#[derive(Clone, Copy, Debug)]
pub struct SessionFactory {
    /// Returns how much the first bytes of one side look like it.
    pub looks_like: fn(&[u8], Side) -> Confidence,
    /// Begins a conversation.
    pub begin: fn(&Setting) -> Box<dyn AnySession>,
    /// Reads a message with what its session knows of it.
    pub(crate) dissect: fn(&mut Layer, &MessageContext) -> Outcome,
    /// What else the program must know of it.
    pub properties: Properties,
}

impl SessionFactory {
    pub(crate) const fn of<P: Protocol>() -> Self {
        SessionFactory {
            looks_like: P::looks_like,
            begin: |setting| Box::new(P::begin(setting)),
            dissect: |layer, context| P::dissect(layer, context.get()),
            properties: P::PROPERTIES,
        }
    }
}
