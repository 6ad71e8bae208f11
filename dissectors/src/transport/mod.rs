//! The transport layer: data between programs.

pub(crate) mod sctp;
pub(crate) mod tcp;
pub(crate) mod udp;
pub(crate) mod udplite;

// Parts of them.
pub(crate) mod tcp_options;
