//! Turns the bytes of one packet into facts and, when asked, a tree of fields.
//!
//! Each protocol is one file. To add one, write its file in the folder of its layer and name it in the `mod.rs` there:
//! `build.rs` lists the modules that have a `DISSECTOR`. It declares its fields; `tests/fields.rs` and the invariants
//! refuse a field that is shown and not declared.
//!
//! A frame's layers and fields:
//!
//! ```
//! use dissectors::{Context, Facts, FieldKind, LinkType, Output, Packet, Tree, dissect};
//!
//! // "hi" to the echo port: UDP in IPv4 in Ethernet.
//! let frame = b"\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x08\0\
//!     E\0\0\x1e\0\x01\0\0@\x11f\xcc\x0a\0\0\x01\x0a\0\0\x02\
//!     \xc0\x01\0\x07\0\x0a\0\0hi";
//! let packet = Packet::new(LinkType::ETHERNET, frame, frame.len() as u32);
//! let (mut facts, mut tree) = (Facts::default(), Tree::default());
//! let output = Output { tree: Some(&mut tree), ..Output::default() };
//! let stop = dissect(packet, &Context::default(), &mut facts, output);
//!
//! assert_eq!((stop, facts.flows()[0].destination_port), (None, 7));
//! let mut layers = Vec::new();
//! for field in &tree.fields {
//!     println!("{:1$}{2}: {3}", "", 2 * usize::from(field.depth), field.label, field.shown());
//!     if let FieldKind::Layer(layer) = field.kind {
//!         layers.push(layer.name);
//!     }
//! }
//! assert_eq!(layers, ["eth", "ip", "udp", "data"]);
//! ```
//!
//! The crate's promises for any bytes whatsoever: it does not panic, it ends, its memory is bounded, the facts are the
//! same with and without a tree, and every field's range lies inside the source that it names. `tests/invariants.rs`
//! and the fuzz targets verify them.
//!
//! Each file uses only what comes before it in this list, which `tests/order.rs` verifies:
//!
//! - plain data: `value`, `link_type`, `protocol`, `packet`, `media`, `heap_size`, `tail`, `side`, `clock`,
//!   `charset`, `conversation`, `field_def`
//! - the results of a dissection: `field`, `facts`, `tcp_analysis`, `exchange`
//! - readers and what they read. These four depend on each other, because a dissector reads a layer, and the context of
//!   a layer names the dissectors of its messages: `session`, `dissector`, `context`, `layer`
//! - what protocols share: `checksum`, `header_secrets`, `secrets`, `exchange_log`
//! - the protocols: `link`, `internet`, `transport`, `application`
//! - what runs them: `registry`, `standalone`, `fast_path`, `driver`, `invariants`

mod application;
mod charset;
pub mod checksum;
mod clock;
mod context;
mod conversation;
mod dissector;
mod driver;
mod exchange;
mod exchange_log;
mod facts;
mod fast_path;
mod field;
mod field_def;
mod header_secrets;
mod heap_size;
mod internet;
#[doc(hidden)]
pub mod invariants;
mod layer;
mod link;
mod link_type;
mod media;
mod packet;
mod protocol;
mod registry;
mod secrets;
mod session;
mod side;
mod standalone;
mod tail;
mod tcp_analysis;
#[cfg(test)]
mod test_session;
#[cfg(test)]
mod test_support;
mod transport;
mod value;

pub use charset::{Undeclared, by_name as charset_by_name};
pub use clock::{MAX_WAIT_NS, elapsed_ns};
pub use context::{
    Context, Decoded, EchoPair, FlowContext, Message, MessageBytes, Part, Reassembled, Spoken,
    WindowScale,
};
pub use conversation::{
    Carried, Confidence, Cutter, Exchanges, Framing, MessageInfo, NameSource, Place, Properties,
    Setting, Transfer,
};
pub use dissector::{Dissector, Next, Outcome, Ports, SessionFactory};
pub use driver::{Output, dissect};
pub use exchange::{Class, Exchange, PacketTime, Purpose, Transmission};
pub use facts::{
    ArpClaim, Echo, Facts, Flow, Fragment, LayerPath, MAX_FLOWS, Quoted, Segment, SegmentOptions,
    Summary, TcpFlags, Transport, UsualPath,
};
pub use field::{
    ByteRange, Field, FieldKind, Group, LayerInfo, MAX_FIELDS, Severity, Source, Tree,
};
pub use field_def::{FieldDef, FieldType, Values};
pub use header_secrets::HeaderSecrets;
pub use heap_size::HeapSize;
pub use internet::{icmp::message_name as icmp_name, icmpv6::message_name as icmpv6_name};
pub use layer::{Bits, Layer, Object, ResourcePart, Stop};
pub use link_type::LinkType;
pub use media::Media;
pub use packet::Packet;
pub use protocol::{OsiLayer, Selector, Unnumbered};
pub use registry::{
    ALL, DATA, by_candidates, by_name, by_selector, candidates, field_def, field_defs, field_label,
    knows, line_goes_on, may_begin_head, may_show_more, recognise,
};
pub use secrets::Secrets;
pub use session::{AnySession, Event, MAX_UNSETTLED, MessageContext, Remarks, Segments, Session};
pub use side::{PerSide, Side};
pub use tcp_analysis::{AnalysisFlags, Earlier, FilledGap, TcpAnalysis, ZeroWindow};
pub use transport::tcp_options::sack_blocks;
pub use value::{Base, Hex, Mac, Value, ValueName};
