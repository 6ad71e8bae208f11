//! The data of resource records, most of it one part after the other: RFC 1035, section 3.3, and the RFCs named with
//! each.

use crate::{
    Layer, Stop,
    application::dns::{
        message::{Message, left, until_nul},
        name::name,
        part::{Data, Part, Part::*, read_part, text},
        record_type::{
            CertificateType, Fingerprint, Matching, RecordType, SshAlgorithm, TlsSelector, Usage,
            ZoneHash, ZoneScheme,
        },
        security::{self, Algorithm, Digest},
        service, special,
    },
    link::mac::mac,
};
use nom::bytes::take;

macro_rules! layouts {
    ($($($kind:ident)|+ => [$($part:expr),* $(,)?],)*) => {
        &[$((&[$(RecordType::$kind),+], &[$($part),*])),*]
    };
}

/// The types whose data is a sequence of parts.
static LAYOUTS: &[(&[RecordType], &[Part])] = layouts! {
    A => [Ipv4("dns.a", "Address")],
    NS => [Name("dns.ns", "Name server")],
    MD => [Name("dns.md", "Mail destination")],
    MF => [Name("dns.mf", "Mail forwarder")],
    CNAME => [Name("dns.cname", "Canonical name")],
    SOA => [
        Name("dns.soa.mname", "Primary name server"),
        Name("dns.soa.rname", "Responsible mailbox"),
        Long("dns.soa.serial_number", "Serial number"),
        Seconds("dns.soa.refresh_interval", "Refresh interval"),
        Seconds("dns.soa.retry_interval", "Retry interval"),
        Seconds("dns.soa.expire_limit", "Expire limit"),
        Seconds("dns.soa.minimum_ttl", "Minimum time to live"),
    ],
    MB => [Name("dns.mb", "Mailbox domain")],
    MG => [Name("dns.mg", "Mail group member")],
    MR => [Name("dns.mr", "Mail rename")],
    NULL => [Rest("dns.null", "Data")],
    PTR => [Name("dns.ptr.domain_name", "Domain name")],
    HINFO => [
        Text("dns.hinfo.cpu_length", "dns.hinfo.cpu", "CPU"),
        Text("dns.hinfo.os_length", "dns.hinfo.os", "Operating system"),
    ],
    MINFO => [
        Name("dns.minfo.r", "Responsible mailbox"),
        Name("dns.minfo.e", "Mailbox for errors"),
    ],
    MX => [
        Short("dns.mx.preference", "Preference"),
        Name("dns.mx.mail_exchange", "Mail exchange"),
    ],
    // RFC 1183.
    RP => [
        Name("dns.rp.mailbox", "Mailbox"),
        Name("dns.rp.txt_rr", "Where its text is"),
    ],
    AFSDB => [
        Short("dns.afsdb.subtype", "Subtype"),
        Name("dns.afsdb.hostname", "Host name"),
    ],
    X25 => [Text("dns.x25.length", "dns.x25.psdn_address", "Address")],
    ISDN => [
        Text("dns.idsn.length", "dns.idsn.address", "Address"),
        MaybeText("dns.idsn.sa.length", "dns.idsn.sa.address", "Subaddress"),
    ],
    RT => [
        Short("dns.rt.subtype", "Preference"),
        Name("dns.rt.intermediate_host", "Intermediate host"),
    ],
    // RFC 1706.
    NSAP => [Rest("dns.nsap.rdata", "Address")],
    NSAP_PTR => [Name("dns.nsap_ptr.owner", "Owner")],
    // RFC 2163.
    PX => [
        Short("dns.px.preference", "Preference"),
        Name("dns.px.map822", "Internet name"),
        Name("dns.px.map400", "X.400 name"),
    ],
    // RFC 1712.
    GPOS => [
        Text("dns.gpos.longitude_length", "dns.gpos.longitude", "Longitude"),
        Text("dns.gpos.latitude_length", "dns.gpos.latitude", "Latitude"),
        Text("dns.gpos.altitude_length", "dns.gpos.altitude", "Altitude"),
    ],
    // RFC 3596.
    AAAA => [Ipv6("dns.aaaa", "Address")],
    // RFC 2782.
    SRV => [
        Short("dns.srv.priority", "Priority"),
        Short("dns.srv.weight", "Weight"),
        Short("dns.srv.port", "Port"),
        Name("dns.srv.target", "Target"),
    ],
    // RFC 2230.
    KX => [
        Short("dns.kx.preference", "Preference"),
        Name("dns.kx.key_exchange", "Key exchanger"),
    ],
    // RFC 4398.
    CERT => [
        ShortCode("dns.cert.type", "Type", |code| CertificateType(code).into()),
        ShortHex("dns.cert.key_tag", "Key tag"),
        Code("dns.cert.algorithm", "Algorithm", |code| Algorithm(code).into()),
        Rest("dns.cert.certificate", "Certificate"),
    ],
    // RFC 6672.
    DNAME => [Name("dns.dname", "Target")],
    // RFC 4034, section 5.1; RFC 7344, section 3.1; RFC 4431.
    DS | CDS | DLV => [
        ShortHex("dns.ds.key_id", "Key tag"),
        Code("dns.ds.algorithm", "Algorithm", |code| Algorithm(code).into()),
        Code("dns.ds.digest_type", "Digest type", |code| Digest(code).into()),
        Rest("dns.ds.digest", "Digest"),
    ],
    // RFC 4255.
    SSHFP => [
        Code("dns.sshfp.algorithm", "Algorithm", |code| SshAlgorithm(code).into()),
        Code("dns.sshfp.fingerprint.type", "Hash", |code| Fingerprint(code).into()),
        Rest("dns.sshfp.fingerprint", "Fingerprint"),
    ],
    // RFC 4701.
    DHCID => [Rest("dns.dhcid.rdata", "Data")],
    // RFC 6698.
    TLSA => [
        Code("dns.tlsa.certificate_usage", "Usage", |code| Usage(code).into()),
        Code("dns.tlsa.selector", "Selector", |code| TlsSelector(code).into()),
        Code("dns.tlsa.matching_type", "Matching", |code| Matching(code).into()),
        Rest("dns.tlsa.certificate_association_data", "Association data"),
    ],
    // RFC 8976.
    ZONEMD => [
        Long("dns.zonemd.serial", "Serial number"),
        Code("dns.zonemd.scheme", "Scheme", |code| ZoneScheme(code).into()),
        Code("dns.zonemd.hash_algo", "Hash", |code| ZoneHash(code).into()),
        Rest("dns.zonemd.digest", "Digest"),
    ],
    // RFC 6742.
    NID => [
        Short("dns.ilnp.nid.preference", "Preference"),
        Bytes("dns.ilnp.nid", "Node", 8),
    ],
    L32 => [
        Short("dns.ilnp.l32.preference", "Preference"),
        Ipv4("dns.ilnp.l32", "Locator"),
    ],
    L64 => [
        Short("dns.ilnp.l64.preference", "Preference"),
        Bytes("dns.ilnp.l64", "Locator", 8),
    ],
    LP => [
        Short("dns.ilnp.lp.preference", "Preference"),
        Name("dns.ilnp.lp", "Locator's name"),
    ],
    // RFC 7043.
    EUI64 => [Bytes("dns.eui64", "Address", 8)],
    // RFC 3403.
    NAPTR => [
        Short("dns.naptr.order", "Order"),
        Short("dns.naptr.preference", "Preference"),
        Text("dns.naptr.flags_length", "dns.naptr.flags", "Flags"),
        Text("dns.naptr.service_length", "dns.naptr.service", "Service"),
        Text("dns.naptr.regex_length", "dns.naptr.regex", "Expression"),
    ],
};

fn layout(kind: RecordType) -> Option<&'static [Part]> {
    let found = LAYOUTS.iter().find(|(kinds, _)| kinds.contains(&kind));
    found.map(|(_, parts)| *parts)
}

/// Reads the data of a record. Names and parts with a length may reach past the record's length.
pub fn read<'a>(
    dns: &mut Layer<'a, '_>,
    data: &mut Data<'a, '_>,
    kind: RecordType,
) -> Result<(), Stop> {
    let (message, end) = (data.message, data.end);
    if let Some(parts) = layout(kind) {
        parts
            .iter()
            .try_for_each(|part| read_part(dns, data, part))?;
        return match kind {
            RecordType::NAPTR => replacement(dns, message),
            _ => Ok(()),
        };
    }
    match kind {
        RecordType::TXT => texts(dns, end, "dns.txt.length", "dns.txt"),
        RecordType::SPF => texts(dns, end, "dns.spf.length", "dns.spf"),
        RecordType::WKS => special::services(dns, data),
        RecordType::SIG | RecordType::RRSIG => security::signed(dns, message, end),
        RecordType::KEY => security::key(dns, end, true),
        RecordType::DNSKEY | RecordType::CDNSKEY => security::key(dns, end, false),
        RecordType::NSEC => {
            read_part(dns, data, &Name("dns.nsec.next_domain_name", "Next name"))?;
            security::type_map(dns, end)
        }
        RecordType::NXT => {
            read_part(dns, data, &Name("dns.nxt.next_domain_name", "Next name"))?;
            security::old_type_map(dns, end)
        }
        RecordType::NSEC3 => security::hashed_owner(dns, end),
        RecordType::NSEC3PARAM => security::hash_parameters(dns, false),
        RecordType::TKEY => security::negotiation(dns, message),
        RecordType::TSIG => security::signature(dns, message),
        RecordType::SVCB | RecordType::HTTPS => service::read(dns, message, end),
        RecordType::LOC => special::location(dns, end),
        RecordType::A6 => special::partial_address(dns, data),
        RecordType::APL => special::prefixes(dns, end),
        RecordType::IPSECKEY => special::gateway(dns, message, end),
        RecordType::HIP => special::host_identity(dns, message, end),
        RecordType::OPENPGPKEY => {
            let name = "dns.openpgpkey";
            dns.field_shown(name, "Key", take(left(dns, end)), until_nul)
                .map(drop)
        }
        RecordType::CSYNC => special::synchronization(dns, end),
        RecordType::EUI48 => dns.field("dns.eui48", "Address", mac()).map(drop),
        RecordType::CAA => special::authorization(dns, end),
        RecordType::WINS => special::wins(dns, end),
        RecordType::WINS_R => {
            special::wins_times(
                dns,
                [
                    "dns.winsr.local_flag",
                    "dns.winsr.lookup_timeout",
                    "dns.winsr.cache_timeout",
                ],
            )?;
            read_part(
                dns,
                data,
                &Name("dns.winsr.name_result_domain", "Result domain"),
            )
        }
        RecordType::XPF => special::forwarded(dns),
        _ => dns
            .field("dns.data", "Data", take(left(dns, end)))
            .map(drop),
    }
}

fn texts(dns: &mut Layer, end: u32, length: &'static str, name: &'static str) -> Result<(), Stop> {
    while left(dns, end) > 0 {
        text(dns, length, name, "Text")?;
        if dns.offset() > end {
            return dns.malformed(length);
        }
    }
    Ok(())
}

/// RFC 3403, section 4.1: the length shown is that of the name as text, whose bytes are in the message.
fn replacement<'a>(dns: &mut Layer<'a, '_>, message: &Message<'a>) -> Result<(), Stop> {
    let name = name(message.bytes);
    let at = dns.ahead(0);
    let replacement = dns.field("dns.naptr.replacement", "Replacement", name)?;
    let length = replacement.size().0 as u64;
    dns.over(
        "dns.naptr.replacement_length",
        "Replacement's length",
        at,
        || length.into(),
    );
    Ok(())
}
