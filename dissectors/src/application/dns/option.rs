//! EDNS: RFC 6891, and the RFCs named with each option.

use crate::{
    Base, ByteRange, Hex, Layer, Stop, Value,
    application::dns::{
        message::{Dialect, Message, TOP, until_nul},
        security::{Algorithm, Digest, HashAlgorithm},
    },
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16},
};
use std::net::{Ipv4Addr, Ipv6Addr};

named! {
    /// IANA "DNS EDNS0 Option Codes".
    OptionCode(u16, Dec) {
        RESERVED = 0 => "Reserved",
        LLQ = 1 => "Long-lived query",
        LEASE = 2 => "Update lease",
        NSID = 3 => "Name server identifier",
        OWNER = 4 => "Owner",
        DAU = 5 => "DNSSEC algorithms understood",
        DHU = 6 => "DS hashes understood",
        N3U = 7 => "NSEC3 hashes understood",
        SUBNET = 8 => "Client subnet",
        EXPIRE = 9 => "Expire",
        COOKIE = 10 => "Cookie",
        KEEPALIVE = 11 => "TCP keepalive",
        PADDING = 12 => "Padding",
        CHAIN = 13 => "Chain",
        KEY_TAG = 14 => "Key tag",
        ERROR = 15 => "Extended error",
        CLIENT_TAG = 16 => "Client tag",
        SERVER_TAG = 17 => "Server tag",
        REPORT_CHANNEL = 18 => "Report channel",
        ZONE_VERSION = 19 => "Zone version",
        EXPERIMENTAL_SUBNET = 20730 => "Client subnet (experimental)",
        UMBRELLA = 20292 => "Umbrella identity",
        DEVICE = 26946 => "Device identity",
    }
    /// IANA "Address Family Numbers", the two of DNS.
    Family(u16, Dec) {
        IPV4 = 1 => "IPv4",
        IPV6 = 2 => "IPv6",
    }
    /// RFC 8914, section 4, and later registrations.
    ExtendedError(u16, Dec) {
        OTHER_ERROR = 0 => "Other error",
        UNSUPPORTED_DNSKEY_ALGORITHM = 1 => "Unsupported DNSKEY algorithm",
        UNSUPPORTED_DS_DIGEST_TYPE = 2 => "Unsupported DS digest type",
        STALE_ANSWER = 3 => "Stale answer",
        FORGED_ANSWER = 4 => "Forged answer",
        DNSSEC_INDETERMINATE = 5 => "DNSSEC indeterminate",
        DNSSEC_BOGUS = 6 => "DNSSEC bogus",
        SIGNATURE_EXPIRED = 7 => "Signature expired",
        SIGNATURE_NOT_YET_VALID = 8 => "Signature not yet valid",
        DNSKEY_MISSING = 9 => "DNSKEY missing",
        RRSIGS_MISSING = 10 => "RRSIGs missing",
        NO_ZONE_KEY_BIT_SET = 11 => "No zone key bit set",
        NSEC_MISSING = 12 => "NSEC missing",
        CACHED_ERROR = 13 => "Cached error",
        NOT_READY = 14 => "Not ready",
        BLOCKED = 15 => "Blocked",
        CENSORED = 16 => "Censored",
        FILTERED = 17 => "Filtered",
        PROHIBITED = 18 => "Prohibited",
        STALE_NXDOMAIN_ANSWER = 19 => "Stale NXDOMAIN answer",
        NOT_AUTHORITATIVE = 20 => "Not authoritative",
        NOT_SUPPORTED = 21 => "Not supported",
        NO_REACHABLE_AUTHORITY = 22 => "No reachable authority",
        NETWORK_ERROR = 23 => "Network error",
        INVALID_DATA = 24 => "Invalid data",
        SIGNATURE_EXPIRED_BEFORE_VALID = 25 => "Signature expired before valid",
        TOO_EARLY = 26 => "Too early",
        UNSUPPORTED_NSEC3_ITERATIONS_VALUE = 27 => "Unsupported NSEC3 iterations value",
        UNABLE_TO_CONFORM_TO_POLICY = 28 => "Unable to conform to policy",
        SYNTHESIZED = 29 => "Synthesized",
        49152..=65535 => "Private use",
        0..=65535 => "Unassigned",
    }
}

/// Reads the contents of an OPT record's class and time to live, and its options. Its type was read before.
pub fn read(dns: &mut Layer, message: &Message) -> Result<(), Stop> {
    let name = "dns.rr.udp_payload_size";
    match message.dialect {
        Dialect::Multicast => {
            dns.word(name, be_u16(), |bits| {
                let size = |size| Value::Number(size, Base::Hex(4));
                bits.value(name, "UDP payload size", (!TOP).into(), size);
                bits.flag("dns.resp.cache_flush", "Cache flush", TOP.into());
            })?;
        }
        _ => _ = dns.field(name, "UDP payload size", be_u16())?,
    }
    dns.field(
        "dns.resp.ext_rcode",
        "Upper bits of the response code",
        be_u8().map(Hex),
    )?;
    dns.field("dns.resp.edns0_version", "EDNS version", be_u8())?;
    dns.flags("dns.resp.z", "Flags", Base::Hex(4), be_u16(), |bits| {
        bits.flag_meaning("dns.resp.z.do", "DNSSEC", 0x8000, "wanted", "not wanted");
        let rest = |rest| Value::Number(rest, Base::Hex(4));
        bits.value("dns.resp.z.reserved", "Reserved", 0x7fff, rest);
    })?;
    let length = dns.field("dns.resp.len", "Data length", be_u16())?;
    dns.within(length.into(), |dns| {
        while !dns.rest().is_empty() {
            dns.group("dns.opt", "Option", option)?;
        }
        Ok(())
    })
}

fn option(dns: &mut Layer) -> Result<(), Stop> {
    let code = dns.field("dns.opt.code", "Code", be_u16().map(OptionCode))?;
    dns.title(|| Value::from(code).to_string());
    let length = usize::from(dns.field("dns.opt.len", "Length", be_u16())?);
    let data: ByteRange = dns.ahead(length);
    let bytes = dns.peek("dns.opt.data", take(length))?;
    dns.over("dns.opt.data", "Data", data, || bytes.into());
    dns.within(length, |dns| value(dns, code))
}

fn value(dns: &mut Layer, code: OptionCode) -> Result<(), Stop> {
    let left = dns.rest().len();
    match code {
        // RFC 6975, section 3.
        OptionCode::DAU => (0..left).try_for_each(|_| {
            dns.field("dns.opt.dau", "Algorithm", be_u8().map(Algorithm))
                .map(drop)
        }),
        OptionCode::DHU => (0..left).try_for_each(|_| {
            dns.field("dns.opt.dhu", "Digest", be_u8().map(Digest))
                .map(drop)
        }),
        OptionCode::N3U => (0..left).try_for_each(|_| {
            dns.field("dns.opt.n3u", "Hash", be_u8().map(HashAlgorithm))
                .map(drop)
        }),
        OptionCode::SUBNET | OptionCode::EXPERIMENTAL_SUBNET => subnet(dns),
        // RFC 7873, section 4.
        OptionCode::COOKIE => {
            dns.field("dns.opt.cookie.client", "Client cookie", take(8_usize))?;
            let left = dns.rest().len();
            dns.field("dns.opt.cookie.server", "Server cookie", take(left))
                .map(drop)
        }
        // RFC 7828, section 3.1: a client sends no timeout.
        OptionCode::KEEPALIVE if left == 2 => {
            dns.field("dns.opt.edns_tcp_keepalive.timeout", "Timeout", be_u16())?;
            dns.text_of("dns.opt.edns_tcp_keepalive.timeout", || {
                "in units of 100 ms".to_owned()
            });
            Ok(())
        }
        // RFC 7830.
        OptionCode::PADDING => dns
            .field("dns.opt.padding", "Padding", take(left))
            .map(drop),
        // RFC 7901, section 4: a name with its length bytes.
        OptionCode::CHAIN => dns
            .field_shown(
                "dns.opt.chain.fqdn",
                "Closest trust point",
                take(left),
                until_nul,
            )
            .map(drop),
        // RFC 8914, section 2.
        OptionCode::ERROR => {
            let name = "dns.opt.ext_error.info_code";
            dns.field(name, "Code", be_u16().map(ExtendedError))?;
            match dns.rest().len() {
                0 => Ok(()),
                left => {
                    let name = "dns.opt.ext_error.extra_text";
                    dns.field_shown(name, "Text", take(left), until_nul)
                        .map(drop)
                }
            }
        }
        _ => Ok(()),
    }
}

/// RFC 7871, section 6. Bytes beyond the prefix are omitted.
fn subnet(dns: &mut Layer) -> Result<(), Stop> {
    let family = dns.field("dns.opt.client.family", "Family", be_u16().map(Family))?;
    dns.field("dns.opt.client.netmask", "Source prefix length", be_u8())?;
    dns.field("dns.opt.client.scope", "Scope prefix length", be_u8())?;
    address(
        dns,
        family,
        [
            "dns.opt.client.addr4",
            "dns.opt.client.addr6",
            "dns.opt.client.addr",
        ],
    )
}

/// Reads the rest as an address whose end may be missing. The names are those of the address in IPv4, in IPv6 and in
/// another family.
pub fn address(dns: &mut Layer, family: Family, names: [&'static str; 3]) -> Result<(), Stop> {
    let left = dns.rest().len();
    let [ipv4, ipv6, other] = names;
    match (family, left) {
        (Family::IPV4, 0..=4) => dns.field_shown(ipv4, "Address", take(left), |bytes: &[u8]| {
            Value::Ipv4(Ipv4Addr::from(filled(bytes)))
        }),
        (Family::IPV6, 0..=16) => dns.field_shown(ipv6, "Address", take(left), |bytes: &[u8]| {
            Value::Ipv6(Ipv6Addr::from(filled(bytes)))
        }),
        _ => dns.field(other, "Address", take(left)),
    }
    .map(drop)
}

/// Fills the bytes up with zeros.
fn filled<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut filled = [0; N];
    for (to, from) in filled.iter_mut().zip(bytes) {
        *to = *from;
    }
    filled
}
