//! The link layer: frames on a link.

pub(crate) mod bsd_loop;
pub(crate) mod ccp;
pub(crate) mod cdpcp;
pub(crate) mod cfp;
pub(crate) mod chap;
pub(crate) mod chdlc;
pub(crate) mod erspan;
pub(crate) mod etag;
pub(crate) mod ethernet;
pub(crate) mod ethernet_loop;
pub(crate) mod fddi;
pub(crate) mod frame_relay;
pub(crate) mod ieee8021ad;
pub(crate) mod ieee8021ah;
pub(crate) mod ipcp;
pub(crate) mod ipv6cp;
pub(crate) mod l2tp;
pub(crate) mod l2tp_ip;
pub(crate) mod lcp;
pub(crate) mod linux_sll;
pub(crate) mod linux_sll2;
pub(crate) mod llc;
pub(crate) mod mpls;
pub(crate) mod nflog;
pub(crate) mod null;
pub(crate) mod pap;
pub(crate) mod pktap;
pub(crate) mod ppp;
pub(crate) mod pppoe;
pub(crate) mod pppoe_discovery;
pub(crate) mod pw_associated_channel;
pub(crate) mod pw_control_word;
pub(crate) mod raw;
pub(crate) mod slarp;
pub(crate) mod stp;
pub(crate) mod vlan;
pub(crate) mod vntag;

// Parts of them.
pub(crate) mod mac;
pub(crate) mod ppp_control;
