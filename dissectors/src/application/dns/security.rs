//! Records of DNSSEC and of signed messages: RFC 4034, RFC 5155, RFC 8945 and the RFCs named with each.

use crate::{
    Base, Layer, Stop, Value,
    application::dns::{
        message::{Message, ResponseCode, left, moment, seconds},
        name::name,
        record_type::RecordType,
    },
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};

named! {
    /// IANA "DNS Security Algorithm Numbers".
    Algorithm(u8, Dec) {
        DELETE = 0 => "Delete DS",
        RSA_MD5 = 1 => "RSA/MD5",
        DIFFIE_HELLMAN = 2 => "Diffie-Hellman",
        DSA = 3 => "DSA/SHA-1",
        ELLIPTIC = 4 => "Elliptic curve",
        RSA_SHA1 = 5 => "RSA/SHA-1",
        DSA_NSEC3 = 6 => "DSA/SHA-1 with NSEC3",
        RSA_SHA1_NSEC3 = 7 => "RSA/SHA-1 with NSEC3",
        RSA_SHA256 = 8 => "RSA/SHA-256",
        RSA_SHA512 = 10 => "RSA/SHA-512",
        GOST = 12 => "GOST R 34.10-2001",
        ECDSA_P256 = 13 => "ECDSA P-256/SHA-256",
        ECDSA_P384 = 14 => "ECDSA P-384/SHA-384",
        ED25519 = 15 => "Ed25519",
        ED448 = 16 => "Ed448",
        HMAC_MD5 = 157 => "HMAC/MD5",
        INDIRECT = 252 => "Indirect key",
        PRIVATE_NAME = 253 => "Private, domain name",
        PRIVATE_OID = 254 => "Private, object identifier",
    }
    /// IANA "Digest Algorithms" of DS records.
    Digest(u8, Dec) {
        RESERVED = 0 => "Reserved",
        SHA1 = 1 => "SHA-1",
        SHA256 = 2 => "SHA-256",
        GOST = 3 => "GOST R 34.11-94",
        SHA384 = 4 => "SHA-384",
    }
    /// IANA "DNSSEC NSEC3 Hash Algorithms".
    HashAlgorithm(u8, Dec) {
        RESERVED = 0 => "Reserved",
        SHA1 = 1 => "SHA-1",
    }
    /// RFC 2930, section 2.5.
    KeyMode(u16, Dec) {
        SERVER = 1 => "Server assigned",
        DIFFIE_HELLMAN = 2 => "Diffie-Hellman",
        GSS_API = 3 => "GSS-API",
        RESOLVER = 4 => "Resolver assigned",
        DELETE = 5 => "Delete",
    }
}

/// RFC 4034, section 2.1, and RFC 5011, section 7, of DNSKEY; without DNSSEC RFC 2535, section 3.1.2, of KEY.
pub fn key(dns: &mut Layer, end: u32, old: bool) -> Result<(), Stop> {
    let data = dns.peek("dns.key.flags", take(left(dns, end)))?;
    let algorithm = if old { old_flags(dns)? } else { flags(dns)? };
    let (id, key) = match old {
        true => ("dns.key.key_id", "dns.key.public_key"),
        false => ("dns.dnskey.key_id", "dns.dnskey.public_key"),
    };
    if let Some(tag) = key_tag(data, algorithm) {
        dns.computed(id, "Key tag", || tag);
    }
    match left(dns, end) {
        0 => Ok(()),
        left => dns.field(key, "Public key", take(left)).map(drop),
    }
}

fn flags(dns: &mut Layer) -> Result<Algorithm, Stop> {
    dns.flags(
        "dns.dnskey.flags",
        "Flags",
        Base::Hex(4),
        be_u16(),
        |bits| {
            let key = "dns.dnskey.flags.zone_key";
            bits.flag_meaning(key, "Zone key", 0x0100, "yes", "no");
            bits.flag_meaning(
                "dns.dnskey.flags.key_revoked",
                "Revoked",
                0x0080,
                "yes",
                "no",
            );
            let entry = "dns.dnskey.flags.secure_entry_point";
            bits.flag_meaning(entry, "Secure entry point", 0x0001, "yes, signs keys", "no");
            bits.value("dns.dnskey.flags.reserved", "Reserved", 0xfe7e, |rest| {
                Value::Number(rest, Base::Hex(4))
            });
        },
    )?;
    dns.field("dns.dnskey.protocol", "Protocol", be_u8())?;
    dns.field("dns.dnskey.algorithm", "Algorithm", be_u8().map(Algorithm))
}

fn old_flags(dns: &mut Layer) -> Result<Algorithm, Stop> {
    dns.flags("dns.key.flags", "Flags", Base::Hex(4), be_u16(), |bits| {
        bits.flag_meaning(
            "dns.key.flags.authentication",
            "To authenticate",
            0x8000,
            "no",
            "yes",
        );
        bits.flag_meaning(
            "dns.key.flags.confidentiality",
            "To encrypt",
            0x4000,
            "no",
            "yes",
        );
        // Both bits: there is no key, and nothing more to show.
        if bits.is_set(0x8000) && bits.is_set(0x4000) {
            return;
        }
        bits.flag_meaning("dns.key.flags.required", "Required", 0x2000, "no", "yes");
        bits.flag_meaning(
            "dns.key.flags.associated_user",
            "A user's",
            0x0400,
            "yes",
            "no",
        );
        let entity = "dns.key.flags.associated_named_entity";
        bits.flag_meaning(entity, "The named entity's", 0x0200, "yes", "no");
        bits.flag_meaning("dns.key.flags.ipsec", "For IPsec", 0x0080, "yes", "no");
        bits.flag_meaning("dns.key.flags.mime", "For secure MIME", 0x0040, "yes", "no");
        bits.number("dns.key.flags.signatory", "Signatory", 0x000f);
    })?;
    dns.field("dns.key.protocol", "Protocol", be_u8())?;
    dns.field("dns.key.algorithm", "Algorithm", be_u8().map(Algorithm))
}

/// RFC 4034, appendix B.
fn key_tag(data: &[u8], algorithm: Algorithm) -> Option<u16> {
    if algorithm == Algorithm::RSA_MD5 {
        let [.., high, low, _] = data else {
            return None;
        };
        return Some(u16::from_be_bytes([*high, *low]));
    }
    let (pairs, odd) = data.as_chunks::<2>();
    let last = odd.iter().map(|&byte| u32::from(byte) << 8);
    let sum = pairs
        .iter()
        .map(|pair| u16::from_be_bytes(*pair).into())
        .chain(last);
    let sum = sum.fold(0_u32, u32::wrapping_add);
    Some((sum.wrapping_add(sum >> 16) & 0xffff) as u16)
}

/// Reads a map of record types: RFC 4034, section 4.1.2.
pub fn type_map(dns: &mut Layer, end: u32) -> Result<(), Stop> {
    while left(dns, end) > 0 {
        let window = dns.field("", "Window", be_u8())?;
        let length = dns.field("", "Length", be_u8())?;
        for octet in 0..u16::from(length) {
            types(dns, u16::from(window) << 8 | octet.wrapping_mul(8) & 0xff)?;
        }
    }
    Ok(())
}

/// Reads a map of the first types only: RFC 2535, section 5.2.
pub fn old_type_map(dns: &mut Layer, end: u32) -> Result<(), Stop> {
    let length = left(dns, end).min(usize::from(u16::MAX) / 8);
    (0..length).try_for_each(|octet| types(dns, octet as u16 * 8))
}

/// Reads the types of one byte, the first in its highest bit.
fn types(dns: &mut Layer, first: u16) -> Result<(), Stop> {
    dns.word("dns.resp.type", be_u8(), |bits| {
        for bit in 0..8 {
            let mask = 0x80 >> bit;
            if bits.is_set(mask) {
                let kind = RecordType(first.wrapping_add(bit));
                bits.value("dns.resp.type", "Has type", mask, |_| kind);
            }
        }
    })
    .map(drop)
}

/// Reads the beginning of NSEC3 and NSEC3PARAM: RFC 5155, sections 3.2 and 4.2.
pub fn hash_parameters(dns: &mut Layer, opt_out: bool) -> Result<(), Stop> {
    dns.field(
        "dns.nsec3.algo",
        "Hash algorithm",
        be_u8().map(HashAlgorithm),
    )?;
    match opt_out {
        true => {
            dns.flags("dns.nsec3.flags", "Flags", Base::Dec, be_u8(), |bits| {
                let name = "dns.nsec3.flags.opt_out";
                bits.flag_meaning(name, "Opt-out", 1, "may skip insecure delegations", "no");
            })?;
        }
        false => _ = dns.field("dns.nsec3.flags", "Flags", be_u8())?,
    }
    dns.field("dns.nsec3.iterations", "Iterations", be_u16())?;
    let length = dns.field("dns.nsec3.salt_length", "Salt length", be_u8())?;
    dns.field("dns.nsec3.salt_value", "Salt", take(length))
        .map(drop)
}

/// RFC 5155, section 3.2.
pub fn hashed_owner(dns: &mut Layer, end: u32) -> Result<(), Stop> {
    hash_parameters(dns, true)?;
    let length = dns.field("dns.nsec3.hash_length", "Hash length", be_u8())?;
    let name = "dns.nsec3.hash_value";
    dns.field_shown(name, "Next hashed owner", take(length), |hash: &[u8]| {
        Value::Text(base32(hash))
    })?;
    type_map(dns, end)
}

/// RFC 4648, section 7.
fn base32(bytes: &[u8]) -> String {
    let groups = bytes.chunks(5).flat_map(|chunk| {
        let filled = (0..5).map(|at| chunk.get(at).copied().unwrap_or(0));
        let number = filled.fold(0_u64, |number, byte| number << 8 | u64::from(byte));
        let digits = (chunk.len() * 8).div_ceil(5);
        (0..digits).map(move |at| (number >> (35 - 5 * at) & 31) as u32)
    });
    groups
        .filter_map(|digit| char::from_digit(digit, 32))
        .collect()
}

/// RFC 2930, section 2.
pub fn negotiation<'a>(dns: &mut Layer<'a, '_>, message: &Message<'a>) -> Result<(), Stop> {
    dns.field("dns.tkey.algo_name", "Algorithm", name(message.bytes))?;
    let time = |seconds: u32| moment(seconds.into());
    dns.field_shown("dns.tkey.signature_inception", "Inception", be_u32(), time)?;
    dns.field_shown(
        "dns.tkey.signature_expiration",
        "Expiration",
        be_u32(),
        time,
    )?;
    dns.field("dns.tkey.mode", "Mode", be_u16().map(KeyMode))?;
    dns.field("dns.tkey.error", "Error", be_u16().map(ResponseCode))?;
    let length = dns.field("dns.tkey.key_size", "Key length", be_u16())?;
    if length > 0 {
        dns.field("dns.tkey.key_data", "Key", take(length))?;
    }
    let length = dns.field("dns.tkey.other_size", "Other length", be_u16())?;
    match length {
        0 => Ok(()),
        _ => dns
            .field("dns.tkey.other_data", "Other data", take(length))
            .map(drop),
    }
}

/// RFC 8945, section 4.2.
pub fn signature<'a>(dns: &mut Layer<'a, '_>, message: &Message<'a>) -> Result<(), Stop> {
    dns.field("dns.tsig.algorithm_name", "Algorithm", name(message.bytes))?;
    let time = |(high, low): (u16, u32)| moment(u64::from(high) << 32 | u64::from(low));
    dns.field_shown("dns.tsig.time_signed", "Signed", (be_u16(), be_u32()), time)?;
    dns.field("dns.tsig.fudge", "May differ by, in seconds", be_u16())?;
    let length = dns.field("dns.tsig.mac_size", "Code length", be_u16())?;
    if length > 0 {
        dns.group("dns.tsig.mac", "Authentication code", |dns| {
            dns.field("", "Code", take(length)).map(drop)
        })?;
    }
    dns.field("dns.tsig.original_id", "Original id", be_u16())?;
    dns.field("dns.tsig.error", "Error", be_u16().map(ResponseCode))?;
    let length = dns.field("dns.tsig.other_len", "Other length", be_u16())?;
    match length {
        0 => Ok(()),
        _ => dns
            .field("dns.tsig.other_data", "Other data", take(length))
            .map(drop),
    }
}

/// SIG and RRSIG: RFC 4034, section 3.1.
pub fn signed<'a>(dns: &mut Layer<'a, '_>, message: &Message<'a>, end: u32) -> Result<(), Stop> {
    dns.field(
        "dns.rrsig.type_covered",
        "Type covered",
        be_u16().map(RecordType),
    )?;
    dns.field("dns.rrsig.algorithm", "Algorithm", be_u8().map(Algorithm))?;
    dns.field("dns.rrsig.labels", "Labels", be_u8())?;
    seconds(dns, "dns.rrsig.original_ttl", "Original time to live")?;
    let time = |seconds: u32| moment(seconds.into());
    dns.field_shown(
        "dns.rrsig.signature_expiration",
        "Expiration",
        be_u32(),
        time,
    )?;
    dns.field_shown("dns.rrsig.signature_inception", "Inception", be_u32(), time)?;
    dns.field("dns.rrsig.key_tag", "Key tag", be_u16())?;
    dns.field("dns.rrsig.signers_name", "Signer", name(message.bytes))?;
    dns.field("dns.rrsig.signature", "Signature", take(left(dns, end)))
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648, section 10.
    #[test]
    fn hashes_in_letters() {
        assert_eq!(base32(b"foobar"), "cpnmuoj1e8");
        assert_eq!(base32(b""), "");
    }

    #[test]
    fn tags_of_keys() {
        let key = b"\x01\x01\x03\x08keykeykey";
        assert_eq!(key_tag(key, Algorithm::RSA_SHA256), Some(12985));
        let key = b"\x01\x80\x03\x01keykeykey";
        assert_eq!(key_tag(key, Algorithm::RSA_MD5), Some(27493));
        assert_eq!(key_tag(b"a", Algorithm::RSA_MD5), None);
    }
}
