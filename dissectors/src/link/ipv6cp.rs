//! PPP IPv6 Control Protocol, RFC 5072.

use crate::{
    Dissector, Layer, OsiLayer, Outcome, Selector,
    link::ppp_control::{Holds, Known, Options, message},
};

/// PPP IPv6 Control Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "ipv6cp",
    label: "PPP IPv6 Control Protocol",
    column: "PPP IPV6CP",
    layer: OsiLayer::Network,
    selectors: &[Selector::PppProtocol(0x8057)],
    dissect,
};

const OPTIONS: Options = Options {
    kind: "ipv6cp.opt.type",
    length: "ipv6cp.opt.length",
    known: &[
        Known(
            1,
            "ipv6cp.opt.interface_identifier",
            "Interface identifier",
            Holds::Bytes("ipv6cp.interface_identifier"),
        ),
        Known(2, "ipv6cp.opt.compress", "IPv6 compression protocol", Holds::Bytes("")),
    ],
};

fn dissect(ipv6cp: &mut Layer) -> Outcome {
    message(ipv6cp, &OPTIONS)
}
