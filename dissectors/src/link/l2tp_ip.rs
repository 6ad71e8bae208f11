//! Layer Two Tunneling Protocol version 3 directly in IP: RFC 3931, section 4.1.1.

use crate::{
    Dissector, Selector,
    link::l2tp::{self, in_ip},
};

/// Layer Two Tunneling Protocol in IP.
pub const DISSECTOR: Dissector = Dissector {
    selectors: &[Selector::IpProtocol(115)],
    fields: &[],
    dissect: in_ip,
    ..l2tp::DISSECTOR
};
