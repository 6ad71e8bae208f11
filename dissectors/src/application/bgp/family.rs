//! The kinds of routes: RFC 4760.

use crate::value::named;

named! {
    /// IANA "Address Family Numbers".
    Family(u16, Dec) {
        IPV4 = 1 => "IPv4",
        IPV6 = 2 => "IPv6",
        NSAP = 3 => "NSAP",
        MAC = 6 => "IEEE 802",
        VPN = 25 => "Layer 2 VPN",
        LINK_STATE = 16388 => "BGP-LS",
    }
    /// IANA "Subsequent Address Family Identifiers".
    Safi(u8, Dec) {
        UNICAST = 1 => "Unicast",
        MULTICAST = 2 => "Multicast",
        BOTH = 3 => "Unicast and multicast (deprecated)",
        LABELED = 4 => "Labeled unicast",
        MCAST_VPN = 5 => "MCAST-VPN",
        PSEUDOWIRE = 6 => "Multi-segment pseudowires",
        ENCAPSULATION = 7 => "Encapsulation (deprecated)",
        MCAST_VPLS = 8 => "MCAST-VPLS",
        TUNNEL = 64 => "Tunnel (deprecated)",
        VPLS = 65 => "VPLS",
        MDT = 66 => "Cisco MDT",
        IPV4_OVER_6 = 67 => "4over6",
        IPV6_OVER_4 = 68 => "6over4",
        LAYER_1_VPN = 69 => "Layer 1 VPN",
        EVPN = 70 => "EVPN",
        LINK_STATE = 71 => "BGP-LS",
        LINK_STATE_VPN = 72 => "BGP-LS-VPN",
        SR_POLICY = 73 => "SR policy",
        VPN_UNICAST = 128 => "Labeled VPN unicast",
        VPN_MULTICAST = 129 => "Labeled VPN multicast",
        ROUTE_TARGET = 132 => "Route target filter",
        FLOW = 133 => "Flow specification",
        FLOW_VPN = 134 => "Flow specification VPN",
    }
}
