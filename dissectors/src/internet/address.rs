//! Parsers of IP addresses.

use nom::{
    Parser,
    error::Error,
    number::{be_u32, be_u128},
};
use std::net::{Ipv4Addr, Ipv6Addr};

/// An IPv4 address.
pub fn ipv4<'a>() -> impl Parser<&'a [u8], Output = Ipv4Addr, Error = Error<&'a [u8]>> {
    be_u32().map(Ipv4Addr::from)
}

/// An IPv6 address.
pub fn ipv6<'a>() -> impl Parser<&'a [u8], Output = Ipv6Addr, Error = Error<&'a [u8]>> {
    be_u128().map(Ipv6Addr::from)
}
