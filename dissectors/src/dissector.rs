//! What reads a protocol: its names and numbers, the function that reads its layer, and how its conversations are
//! followed.

use crate::{
    AnySession, Confidence, FieldDef, Layer, MessageContext, OsiLayer, Properties, Segments,
    Selector, Session, Setting, Side, Stop,
};
use std::fmt;

/// One protocol.
pub struct Dissector {
    /// What filters call it, such as `tcp`.
    pub name: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// What the protocol column of the packet list says. Empty where the layer below says it.
    pub column: &'static str,
    /// Where it stands in the OSI model.
    pub layer: OsiLayer,
    /// The numbers that name it.
    pub selectors: &'static [Selector],
    /// Its fields, by the files that read them. One is declared by the protocol that its name begins with, though others
    /// may show it.
    pub fields: &'static [&'static [FieldDef]],
    /// Reads it.
    pub dissect: for<'a, 't> fn(&mut Layer<'a, 't>) -> Outcome,
    /// How its conversations are followed, where messages depend on each other or may need more than one packet.
    pub session: Option<SessionFactory>,
}

impl Dissector {
    /// One whose conversations are followed, without its names and numbers.
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

    /// Reads the next layer, with what it must know where that is a message.
    #[inline(always)]
    pub(crate) fn read(&self, layer: &mut Layer, known: Option<&MessageContext>) -> Outcome {
        match (known, self.session) {
            (Some(known), Some(factory)) => (factory.dissect)(layer, known),
            _ => (self.dissect)(layer),
        }
    }

    /// How much the first bytes of one side of a conversation look like it.
    pub fn looks_like(&self, bytes: &[u8], side: Side) -> Confidence {
        match self.session {
            Some(factory) => (factory.looks_like)(bytes, side),
            None => Confidence::Possible,
        }
    }

    /// What the program must know of it.
    pub fn properties(&self) -> Properties {
        self.session
            .map_or(Properties::NONE, |factory| factory.properties)
    }

    /// Whether its conversations consist of messages; else each segment stands for itself.
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
    /// By its name: a constant may stand in more than one place.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Dissector {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Who reads the rest of the packet.
#[derive(Clone, Copy, Debug)]
pub enum Next {
    /// The protocol that a number names.
    Select(Selector),
    /// What a transport layer carries between two ports.
    Ports(Ports),
    /// Nobody knows: the rest is shown as data.
    Data,
    /// There is no rest, or it is no protocol.
    Nothing,
    /// This protocol. Where it is the one that names it, both are read with the same context.
    Dissector(&'static Dissector),
    /// Whoever reads the media type that [`Layer::media`] names.
    Media,
    /// The messages of the conversation that this packet completes, each by its own protocol.
    Messages,
    /// These bytes do not look like this protocol after all, whatever names it: it was never here, and the bytes are
    /// data. Whether it says so must not depend on what is wanted of the packet.
    Declined,
}

/// The ports of a transport layer, of which either may name what it carries.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// What they select.
    pub selector: fn(u16) -> Selector,
    /// The sender's.
    pub from: u16,
    /// The receiver's.
    pub to: u16,
}

/// What a dissector answers: who comes next, or why it stopped.
pub type Outcome = Result<Next, Stop>;

/// A protocol whose conversations are followed. [`Dissector::of`] makes its dissector of it: the types say that the
/// context which its session gives is the one that `dissect` takes.
pub(crate) trait Protocol: 'static {
    /// What remembers a conversation.
    type Session: Session;

    /// What the program must know of it beside that.
    const PROPERTIES: Properties = Properties::NONE;

    /// How much the first bytes of one side look like it.
    fn looks_like(bytes: &[u8], side: Side) -> Confidence {
        let _ = (bytes, side);
        Confidence::Possible
    }

    /// Begins a conversation.
    fn begin(setting: &Setting) -> Self::Session;

    /// Reads a message. There is no context where its session has none, or where it is not read as a message.
    fn dissect(layer: &mut Layer, context: Option<&ContextOf<Self>>) -> Outcome;
}

/// What a protocol's dissector must know of a message beside its bytes.
pub(crate) type ContextOf<P> = <<P as Protocol>::Session as Session>::Context;

/// What a [`Dissector`] whose conversations are followed says of them.
#[derive(Clone, Copy, Debug)]
pub struct SessionFactory {
    /// How much the first bytes of one side look like it.
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
