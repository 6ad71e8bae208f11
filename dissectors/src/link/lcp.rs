//! PPP Link Control Protocol, RFC 1661, section 6.

use crate::{
    Dissector, Layer, OsiLayer, Outcome, Selector,
    link::ppp_control::{Holds, Known, Options, message},
};

/// PPP Link Control Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "lcp",
    label: "PPP Link Control Protocol",
    column: "PPP LCP",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::PppProtocol(0xc021)],
    dissect,
};

const OPTIONS: Options = Options {
    kind: "lcp.opt.type",
    length: "lcp.opt.length",
    known: &[
        Known(0, "lcp.opt.vendor", "Vendor specific", Holds::Bytes("lcp.opt.data")),
        Known(1, "lcp.opt.mtu_bytes", "Maximum receive unit", Holds::Number("lcp.opt.mru", "Bytes")),
        Known(2, "lcp.opt.asyncmap_bytes", "Async control character map", Holds::Hex("lcp.opt.asyncmap", "Map")),
        Known(3, "lcp.opt.auth_protocol_bytes", "Authentication protocol", Holds::Authentication),
        Known(4, "lcp.opt.quality_protocol_bytes", "Quality protocol", Holds::Quality),
        Known(5, "lcp.opt.magic_number_bytes", "Magic number", Holds::Hex("lcp.opt.magic_number", "Magic number")),
        Known(6, "lcp.opt.linkqualmonitoring", "Link quality monitoring", Holds::Bytes("lcp.opt.data")),
        Known(7, "lcp.opt.protocolfieldcompression", "Protocol field compression", Holds::Nothing),
        Known(8, "lcp.opt.addresscontrolfieldcompression", "Address and control field compression", Holds::Nothing),
        Known(9, "lcp.opt.fcs_alternatives_bytes", "Frame check sequence alternatives", Holds::Byte("lcp.opt.fcs_alternatives", "Alternatives")),
        Known(10, "lcp.opt.self_desc_pad", "Self-describing padding", Holds::Byte("lcp.opt.maximum", "Maximum")),
        Known(13, "lcp.opt.callback", "Callback", Holds::Byte("lcp.opt.operation", "Operation")),
        Known(15, "lcp.opt.compound_frames", "Compound frames", Holds::Nothing),
        Known(16, "lcp.opt.nomdata_encap", "Nominal data encapsulation", Holds::Bytes("lcp.opt.data")),
        Known(17, "lcp.opt.multilink_mrru", "Multilink: maximum reconstructed unit", Holds::Number("lcp.opt.mrru", "Bytes")),
        Known(18, "lcp.opt.multilink_ssnh", "Multilink: short sequence numbers", Holds::Nothing),
        Known(19, "lcp.opt.multilink_ep_disc", "Multilink: endpoint discriminator", Holds::Endpoint),
        Known(22, "lcp.opt.dce_identifier", "DCE identifier", Holds::Byte("lcp.opt.mode", "Mode")),
        Known(23, "lcp.opt.multilink_pp", "Multilink plus procedure", Holds::Bytes("lcp.opt.unused")),
        Known(24, "lcp.opt.link_discrim_bac", "Link discriminator", Holds::Number("lcp.opt.link_discrim", "Discriminator")),
    ],
};

fn dissect(lcp: &mut Layer) -> Outcome {
    message(lcp, &OPTIONS)
}
