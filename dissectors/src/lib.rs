//! Turns the bytes of one packet into facts and, when asked, a tree of fields.
//!
//! Each protocol is one file. To add one, write its file in the folder of its layer and name it in the `mod.rs` there:
//! `build.rs` lists what has a `DISSECTOR`. It declares its fields; `tests/fields.rs` and the invariants refuse a field
//! that is shown and not declared.
//!
//! What the crate promises for any bytes whatsoever: it does not panic, it ends, its memory is bounded, the facts are
//! the same with and without a tree, and every field's range lies inside the source that it names. `tests/invariants.rs`
//! and the fuzz targets hold it to that.

mod application;
pub mod checksum;
mod driver;
mod exchange;
mod facts;
mod field;
mod field_def;
mod framing;
mod internet;
#[doc(hidden)]
pub mod invariants;
mod layer;
mod link;
mod media;
mod protocol;
mod registry;
mod secrets;
mod session;
mod tail;
#[cfg(test)]
mod test_session;
#[cfg(test)]
mod test_support;
mod transport;
mod usual;

pub use driver::{Output, Packet, dissect};
pub use exchange::{Class, Exchange, PacketTime, Purpose, Transmission};
pub use facts::{
    Context, Decoded, Echo, EchoPair, Facts, Flow, FlowContext, Fragment, MAX_FLOWS, Part, Quoted,
    Reassembled, Segment, SegmentOptions, Summary, TcpFlags, Transport, WindowScale,
};
pub use field::{
    Base, ByteRange, Field, Hex, Kind, LayerInfo, MAX_FIELDS, Mac, Severity, Source, Tree, Value,
};
pub use field_def::{FieldDef, FieldType, ValueName, Values, field_def, field_defs};
pub use layer::{Bits, Layer, Next, Object, Outcome, Ports, Stop};
pub use link::link_type::LinkType;
pub use media::Media;
pub use protocol::{Dissector, OsiLayer, Selector, Unnumbered};
pub use registry::{by_name, by_selector, candidates, knows, recognise};
pub use secrets::Secrets;
pub use session::{
    AnySession, Carried, Event, Heard, Likeness, MAX_UNSETTLED, Message, MessageBytes,
    MessageContext, NamedBy, Place, Properties, Segments, Session, Setting, Side, Spoken, Step,
    Talk, Transfer,
};
pub use transport::tcp::analysis::{AnalysisFlags, Earlier, FilledGap, TcpAnalysis, ZeroWindow};
pub use transport::tcp_options::sack_blocks;

/// Stands for bytes of no known protocol.
pub static DATA: &Dissector = &application::data::DISSECTOR;

/// Every protocol there is, as `build.rs` finds them.
pub static ALL: &[&Dissector] = &include!(concat!(env!("OUT_DIR"), "/all.rs"));
