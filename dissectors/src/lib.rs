//! Turns the bytes of one packet into facts and, when asked, a tree of fields.
//!
//! Each protocol is one file. To add one, write its file in the folder of its layer and name it in `protocols!` below. It
//! declares its fields; `tests/fields.rs` and the invariants refuse a field that is shown and not declared.
//!
//! What the crate promises for any bytes whatsoever: it does not panic, it ends, its memory is bounded, the facts are
//! the same with and without a tree, and every field's range lies inside the source that it names. `tests/invariants.rs`
//! and the fuzz targets hold it to that.

pub mod checksum;
mod driver;
mod exchange;
mod facts;
mod field;
mod field_def;
mod framing;
#[doc(hidden)]
pub mod invariants;
mod layer;
mod media;
mod protocol;
mod registry;
mod secrets;
mod session;
mod side;
mod tail;
#[cfg(test)]
mod test_session;
#[cfg(test)]
mod test_support;
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
pub use internet::{icmp::message_name as icmp_name, icmpv6::message_name as icmpv6_name};
pub use layer::{Bits, Layer, Next, Object, Outcome, Ports, Stop};
pub use link::link_type::LinkType;
pub use media::Media;
pub use protocol::{Dissector, OsiLayer, Selector, Unnumbered};
pub use registry::{by_name, by_selector, candidates, knows, recognise};
pub use secrets::Secrets;
pub use session::{
    AnySession, Carried, Event, Heard, Likeness, MAX_UNSETTLED, Message, MessageBytes,
    MessageContext, NamedBy, Place, Properties, Segments, Session, Setting, Spoken, Step, Talk,
    Transfer,
};
pub use side::{PerSide, Side};
pub use transport::tcp::analysis::{AnalysisFlags, Earlier, FilledGap, TcpAnalysis, ZeroWindow};
pub use transport::tcp_options::sack_blocks;

/// Stands for bytes of no known protocol.
pub static DATA: &Dissector = &application::data::DISSECTOR;

/// Declares every protocol's module and lists its dissector. What stands behind a semicolon is part of a protocol.
macro_rules! protocols {
    ($($(#[$doc:meta])* $folder:ident { $($name:ident)* $(; $($part:ident)*)? })*) => {
        $(
            $(#[$doc])*
            mod $folder {
                $(pub mod $name;)*
                $($(pub mod $part;)*)?
            }
        )*
        /// Every protocol there is.
        pub static ALL: &[&Dissector] = &[$($(&$folder::$name::DISSECTOR),*),*];
    };
}

protocols! {
    /// How frames travel on a link.
    link {
        bsd_loop
        ccp
        cdpcp
        chap
        chdlc
        ethernet
        ethernet_loop
        frame_relay
        ieee8021ad
        ieee8021ah
        ipcp
        ipv6cp
        lcp
        linux_sll
        linux_sll2
        llc
        mpls
        null
        pap
        ppp
        pppoe
        pppoe_discovery
        pw_associated_channel
        pw_control_word
        raw
        slarp
        stp
        vlan
        ; link_type ppp_control
    }
    /// How packets find their way between networks.
    internet {
        arp
        gre
        vxlan
        ipv4
        ipv6
        hop_by_hop
        destination_options
        routing
        ipv6_fragment
        authentication
        esp
        icmp
        icmpv6
        igmp
        teredo
        ospf
        ; address
        echo
        fragment
        icmp_extension
        icmp_router
        icmpv6_node
        icmpv6_options
        ipv4_options
        ipv6_options
        mld
        quick_start
        quote
    }
    /// How data gets from one program to another.
    transport {
        tcp
        udp
        udplite
        sctp
        ; tcp_options
    }
    /// What programs say to each other.
    application {
        bgp
        data
        data_text_lines
        dhcp
        dns
        dtls
        gtp
        ftp
        ftp_data
        image_gif
        image_jfif
        imap
        imf
        dns_stream
        dropbox_discovery
        http
        http2
        json
        llmnr
        mdns
        mime_multipart
        media
        png
        pop
        proxy
        quic
        rip
        ripng
        ntp
        smtp
        ssdp
        ssh
        tls
        telnet
        urlencoded_form
        websocket
        xml
        ; charset
        encoded_word
        image
        line
        message
        starttls
        transfer
    }
}
