//! The internet layer: packets between networks.

pub(crate) mod arp;
pub(crate) mod authentication;
pub(crate) mod destination_options;
pub(crate) mod esp;
pub(crate) mod geneve;
pub(crate) mod gre;
pub(crate) mod hop_by_hop;
pub(crate) mod icmp;
pub(crate) mod icmpv6;
pub(crate) mod igmp;
pub(crate) mod ipv4;
pub(crate) mod ipv6;
pub(crate) mod ipv6_fragment;
pub(crate) mod ospf;
pub(crate) mod routing;
pub(crate) mod teredo;
pub(crate) mod vxlan;

// Parts of them.
pub(crate) mod address;
pub(crate) mod echo;
pub(crate) mod fragment;
pub(crate) mod icmp_extension;
pub(crate) mod icmp_router;
pub(crate) mod icmpv6_node;
pub(crate) mod icmpv6_options;
pub(crate) mod ipv4_options;
pub(crate) mod ipv6_options;
pub(crate) mod mld;
pub(crate) mod quick_start;
pub(crate) mod quote;
