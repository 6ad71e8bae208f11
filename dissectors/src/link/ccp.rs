//! PPP Compression Control Protocol, RFC 1962.

use crate::{
    Dissector, Layer, OsiLayer, Outcome, Selector,
    link::ppp_control::{Holds, Known, Options, message},
};

/// PPP Compression Control Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "ccp",
    label: "PPP Compression Control Protocol",
    column: "PPP CCP",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::PppProtocol(0x80fd)],
    dissect,
};

const OPTIONS: Options = Options {
    kind: "ccp.opt.type",
    length: "ccp.opt.length",
    known: &[
        Known(17, "ccp.opt.stac", "Stac compression", Holds::Bytes("")),
        Known(18, "ccp.opt.mppe", "Microsoft encryption and compression", Holds::Hex("ccp.opt.supported_bits", "Supported")),
        Known(21, "ccp.opt.bsdc", "BSD compression", Holds::Bytes("")),
        Known(26, "ccp.opt.deflate", "Deflate", Holds::Bytes("")),
    ],
};

fn dissect(ccp: &mut Layer) -> Outcome {
    message(ccp, &OPTIONS)
}
