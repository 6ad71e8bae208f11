//! The names of TLS numbers.

use crate::ValueName;

/// Declares numbers with names for their known values. Those that RFC 8701 reserves to keep implementations tolerant
/// share a name. Unknown ones stay readable as numbers.
macro_rules! table {
    ($($(#[$doc:meta])* $type:ident($int:ty, $base:expr) { $($number:literal => $name:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $type(pub $int);

        #[allow(dead_code, reason = "not every table belongs to a field")]
        impl $type {
            /// The names of all known values except the reserved ones.
            pub const NAMES: &'static [$crate::ValueName] =
                &[$($crate::ValueName::one($number, $name)),*];

            /// Returns the name of a known value.
            pub fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($name),)*
                    number => $crate::application::tls::names::reserved(number.into()),
                }
            }
        }

        impl From<$type> for $crate::Value {
            fn from(value: $type) -> Self {
                use $crate::Base::*;
                match value.name() {
                    Some(name) => $crate::Value::Named(value.0.into(), $base, name),
                    None => $crate::Value::Number(value.0.into(), $base),
                }
            }
        }
    )*};
}

pub(super) use table;

/// RFC 8701, section 2: two equal bytes that end in `a`.
pub fn is_grease(number: u16) -> bool {
    number & 0x0f0f == 0x0a0a && number >> 8 == number & 0xff
}

/// Returns the name of reserved numbers.
pub fn reserved(number: u32) -> Option<&'static str> {
    match u16::try_from(number) {
        Ok(number) if is_grease(number) => Some(RESERVED),
        _ => None,
    }
}

/// The reserved numbers of 16 bits.
pub const GREASE: &[ValueName] = &[
    ValueName::one(0x0a0a, RESERVED),
    ValueName::one(0x1a1a, RESERVED),
    ValueName::one(0x2a2a, RESERVED),
    ValueName::one(0x3a3a, RESERVED),
    ValueName::one(0x4a4a, RESERVED),
    ValueName::one(0x5a5a, RESERVED),
    ValueName::one(0x6a6a, RESERVED),
    ValueName::one(0x7a7a, RESERVED),
    ValueName::one(0x8a8a, RESERVED),
    ValueName::one(0x9a9a, RESERVED),
    ValueName::one(0xaaaa, RESERVED),
    ValueName::one(0xbaba, RESERVED),
    ValueName::one(0xcaca, RESERVED),
    ValueName::one(0xdada, RESERVED),
    ValueName::one(0xeaea, RESERVED),
    ValueName::one(0xfafa, RESERVED),
];

const RESERVED: &str = "Reserved (GREASE)";

table! {
    /// IANA "TLS HandshakeType".
    HandshakeType(u8, Dec) {
        0 => "Hello Request",
        1 => "Client Hello",
        2 => "Server Hello",
        3 => "Hello Verify Request",
        4 => "New Session Ticket",
        5 => "End of Early Data",
        6 => "Hello Retry Request",
        8 => "Encrypted Extensions",
        11 => "Certificate",
        12 => "Server Key Exchange",
        13 => "Certificate Request",
        14 => "Server Hello Done",
        15 => "Certificate Verify",
        16 => "Client Key Exchange",
        20 => "Finished",
        21 => "Client Certificate URL",
        22 => "Certificate Status",
        23 => "Supplemental Data",
        24 => "Key Update",
        25 => "Compressed Certificate",
        67 => "Encrypted Extensions",
    }
    /// Messages of SSL 2.0.
    OldType(u8, Dec) {
        0 => "Error",
        1 => "Client Hello",
        2 => "Client Master Key",
        3 => "Client Finished",
        4 => "Server Hello",
        5 => "Server Verify",
        6 => "Server Finished",
        7 => "Request Certificate",
        8 => "Client Certificate",
    }
    /// Certificates of SSL 2.0.
    OldCertificateType(u8, Dec) {
        1 => "X.509 Certificate",
    }
    /// IANA "TLS ContentType".
    ContentType(u8, Dec) {
        20 => "Change Cipher Spec",
        21 => "Alert",
        22 => "Handshake",
        23 => "Application Data",
        24 => "Heartbeat",
        25 => "Connection ID",
    }
    /// Protocol versions, with those of drafts and of DTLS.
    Version(u16, Hex(4)) {
        0x0002 => "SSL 2.0",
        0x0100 => "DTLS 1.0 (OpenSSL pre 0.9.8f)",
        0x0101 => "GMTLS",
        0x0300 => "SSL 3.0",
        0x0301 => "TLS 1.0",
        0x0302 => "TLS 1.1",
        0x0303 => "TLS 1.2",
        0x0304 => "TLS 1.3",
        0x7f0e => "TLS 1.3 (draft 14)",
        0x7f0f => "TLS 1.3 (draft 15)",
        0x7f10 => "TLS 1.3 (draft 16)",
        0x7f11 => "TLS 1.3 (draft 17)",
        0x7f12 => "TLS 1.3 (draft 18)",
        0x7f13 => "TLS 1.3 (draft 19)",
        0x7f14 => "TLS 1.3 (draft 20)",
        0x7f15 => "TLS 1.3 (draft 21)",
        0x7f16 => "TLS 1.3 (draft 22)",
        0x7f17 => "TLS 1.3 (draft 23)",
        0x7f18 => "TLS 1.3 (draft 24)",
        0x7f19 => "TLS 1.3 (draft 25)",
        0x7f1a => "TLS 1.3 (draft 26)",
        0x7f1b => "TLS 1.3 (draft 27)",
        0x7f1c => "TLS 1.3 (draft 28)",
        0xfb17 => "TLS 1.3 (Facebook draft 23)",
        0xfb1a => "TLS 1.3 (Facebook draft 26)",
        0xfefd => "DTLS 1.2",
        0xfeff => "DTLS 1.0",
    }
    /// IANA "TLS Alerts".
    AlertDescription(u8, Dec) {
        0 => "Close Notify",
        1 => "End of Early Data",
        10 => "Unexpected Message",
        20 => "Bad Record MAC",
        21 => "Decryption Failed",
        22 => "Record Overflow",
        30 => "Decompression Failure",
        40 => "Handshake Failure",
        41 => "No Certificate",
        42 => "Bad Certificate",
        43 => "Unsupported Certificate",
        44 => "Certificate Revoked",
        45 => "Certificate Expired",
        46 => "Certificate Unknown",
        47 => "Illegal Parameter",
        48 => "Unknown CA",
        49 => "Access Denied",
        50 => "Decode Error",
        51 => "Decrypt Error",
        60 => "Export Restriction",
        70 => "Protocol Version",
        71 => "Insufficient Security",
        80 => "Internal Error",
        86 => "Inappropriate Fallback",
        90 => "User Canceled",
        100 => "No Renegotiation",
        109 => "Missing Extension",
        110 => "Unsupported Extension",
        111 => "Certificate Unobtainable",
        112 => "Unrecognized Name",
        113 => "Bad Certificate Status Response",
        114 => "Bad Certificate Hash Value",
        115 => "Unknown PSK Identity",
        116 => "Certificate Required",
        120 => "No application Protocol",
        121 => "ECH Required",
    }
    /// The severity of an alert.
    AlertLevel(u8, Dec) {
        1 => "Warning",
        2 => "Fatal",
    }
    /// IANA "TLS ExtensionType Values".
    ExtensionType(u16, Dec) {
        0 => "server_name",
        1 => "max_fragment_length",
        2 => "client_certificate_url",
        3 => "trusted_ca_keys",
        4 => "truncated_hmac",
        5 => "status_request",
        6 => "user_mapping",
        7 => "client_authz",
        8 => "server_authz",
        9 => "cert_type",
        10 => "supported_groups",
        11 => "ec_point_formats",
        12 => "srp",
        13 => "signature_algorithms",
        14 => "use_srtp",
        15 => "heartbeat",
        16 => "application_layer_protocol_negotiation",
        17 => "status_request_v2",
        18 => "signed_certificate_timestamp",
        19 => "client_certificate_type",
        20 => "server_certificate_type",
        21 => "padding",
        22 => "encrypt_then_mac",
        23 => "extended_master_secret",
        24 => "token_binding",
        25 => "cached_info",
        27 => "compress_certificate",
        28 => "record_size_limit",
        34 => "delegated_credentials",
        35 => "session_ticket",
        40 => "Reserved (key_share)",
        41 => "pre_shared_key",
        42 => "early_data",
        43 => "supported_versions",
        44 => "cookie",
        45 => "psk_key_exchange_modes",
        46 => "Reserved (ticket_early_data_info)",
        47 => "certificate_authorities",
        48 => "oid_filters",
        49 => "post_handshake_auth",
        50 => "signature_algorithms_cert",
        51 => "key_share",
        52 => "transparency_info",
        53 => "connection_id (deprecated)",
        54 => "connection_id",
        55 => "external_id_hash",
        56 => "external_session_id",
        57 => "quic_transport_parameters",
        58 => "ticket_request",
        59 => "dnssec_chain",
        13172 => "next_protocol_negotiation",
        17513 => "application_settings",
        30031 => "channel_id_old",
        30032 => "channel_id",
        65281 => "renegotiation_info",
        65445 => "quic_transport_parameters (drafts version)",
        65486 => "encrypted_server_name",
    }
    /// IANA "TLS SignatureScheme".
    SignatureScheme(u16, Hex(4)) {
        0x0201 => "rsa_pkcs1_sha1",
        0x0203 => "ecdsa_sha1",
        0x0401 => "rsa_pkcs1_sha256",
        0x0403 => "ecdsa_secp256r1_sha256",
        0x0501 => "rsa_pkcs1_sha384",
        0x0503 => "ecdsa_secp384r1_sha384",
        0x0601 => "rsa_pkcs1_sha512",
        0x0603 => "ecdsa_secp521r1_sha512",
        0x0708 => "sm2sig_sm3",
        0x0804 => "rsa_pss_rsae_sha256",
        0x0805 => "rsa_pss_rsae_sha384",
        0x0806 => "rsa_pss_rsae_sha512",
        0x0807 => "ed25519",
        0x0808 => "ed448",
        0x0809 => "rsa_pss_pss_sha256",
        0x080a => "rsa_pss_pss_sha384",
        0x080b => "rsa_pss_pss_sha512",
        0xfe0b => "falcon512",
        0xfe0c => "p256_falcon512",
        0xfe0d => "rsa3072_falcon512",
        0xfe0e => "falcon1024",
        0xfe0f => "p521_falcon1024",
        0xfe1b => "picnic3l1",
        0xfe1c => "p256_picnic3l1",
        0xfe1d => "rsa3072_picnic3l1",
        0xfe27 => "rainbowIclassic",
        0xfe28 => "p256_rainbowIclassic",
        0xfe29 => "rsa3072_rainbowIclassic",
        0xfe3c => "rainbowVclassic",
        0xfe3d => "p521_rainbowVclassic",
        0xfe42 => "sphincsharaka128frobust",
        0xfe43 => "p256_sphincsharaka128frobust",
        0xfe44 => "rsa3072_sphincsharaka128frobust",
        0xfe5e => "sphincssha256128frobust",
        0xfe5f => "p256_sphincssha256128frobust",
        0xfe60 => "rsa3072_sphincssha256128frobust",
        0xfe7a => "sphincsshake256128frobust",
        0xfe7b => "p256_sphincsshake256128frobust",
        0xfe7c => "rsa3072_sphincsshake256128frobust",
        0xfe96 => "picnicl1full",
        0xfe97 => "p256_picnicl1full",
        0xfe98 => "rsa3072_picnicl1full",
        0xfea0 => "dilithium2",
        0xfea1 => "p256_dilithium2",
        0xfea2 => "rsa3072_dilithium2",
        0xfea3 => "dilithium3",
        0xfea4 => "p384_dilithium3",
        0xfea5 => "dilithium5",
        0xfea6 => "p521_dilithium5",
        0xfea7 => "dilithium2_aes",
        0xfea8 => "p256_dilithium2_aes",
        0xfea9 => "rsa3072_dilithium2_aes",
        0xfeaa => "dilithium3_aes",
        0xfeab => "p384_dilithium3_aes",
        0xfeac => "dilithium5_aes",
        0xfead => "p521_dilithium5_aes",
    }
    /// IANA "TLS HashAlgorithm".
    HashAlgorithm(u8, Dec) {
        0 => "None",
        1 => "MD5",
        2 => "SHA1",
        3 => "SHA224",
        4 => "SHA256",
        5 => "SHA384",
        6 => "SHA512",
        7 => "SM3",
    }
    /// IANA "TLS SignatureAlgorithm".
    SignatureAlgorithm(u8, Dec) {
        0 => "Anonymous",
        1 => "RSA",
        2 => "DSA",
        3 => "ECDSA",
        4 => "SM2",
    }
    /// IANA "TLS ClientCertificateType Identifiers".
    ClientCertificateType(u8, Dec) {
        1 => "RSA Sign",
        2 => "DSS Sign",
        3 => "RSA Fixed DH",
        4 => "DSS Fixed DH",
        21 => "GOST R 34.10-94",
        22 => "GOST R 34.10-2001",
        64 => "ECDSA Sign",
        65 => "RSA Fixed ECDH",
        66 => "ECDSA Fixed ECDH",
        80 => "IBC Params",
    }
    /// IANA "TLS Certificate Types".
    CertificateType(u8, Hex(2)) {
        0x00 => "X.509",
        0x01 => "OpenPGP",
        0x02 => "Raw Public Key",
    }
    /// IANA "TLS Certificate Status Types".
    StatusType(u8, Dec) {
        1 => "OCSP",
        2 => "OCSP Multi",
    }
    /// IANA "TLS EC Point Formats".
    PointFormat(u8, Dec) {
        0 => "uncompressed",
        1 => "ansiX962_compressed_prime",
        2 => "ansiX962_compressed_char2",
    }
    /// IANA "TLS EC Curve Types".
    CurveType(u8, Hex(2)) {
        0x01 => "explicit_prime",
        0x02 => "explicit_char2",
        0x03 => "named_curve",
    }
    /// RFC 8446, section 4.2.9.
    PskMode(u8, Dec) {
        0 => "PSK-only key establishment (psk_ke)",
        1 => "PSK with (EC)DHE key establishment (psk_dhe_ke)",
    }
    /// RFC 8879, section 7.3.
    CertificateCompression(u16, Dec) {
        1 => "zlib",
        2 => "brotli",
        3 => "zstd",
    }
    /// IANA "TLS Compression Method Identifiers".
    Compression(u8, Dec) {
        0 => "null",
        1 => "DEFLATE",
        64 => "LZS",
    }
    /// RFC 6520, section 2.
    HeartbeatMode(u8, Dec) {
        1 => "Peer allowed to send requests",
        2 => "Peer not allowed to send requests",
    }
    /// RFC 6520, section 3.
    HeartbeatType(u8, Dec) {
        1 => "Request",
        2 => "Response",
    }
    /// RFC 6066, section 4.
    FragmentLength(u8, Dec) {
        1 => "512",
        2 => "1024",
        3 => "2048",
        4 => "4096",
    }
    /// RFC 6066, section 3.
    NameType(u8, Dec) {
        0 => "host_name",
    }
    /// RFC 6066, section 5.
    ChainType(u8, Dec) {
        1 => "Individual Certificates",
        2 => "PKI Path",
    }
    /// RFC 8446, section 4.6.3.
    UpdateRequest(u8, Dec) {
        0 => "update_not_requested",
        1 => "update_requested",
    }
    /// SSL 2.0, appendix C.4: kinds of cipher.
    CipherKind(u32, Hex(6)) {
        0x010080 => "SSL2_RC4_128_WITH_MD5",
        0x020080 => "SSL2_RC4_128_EXPORT40_WITH_MD5",
        0x030080 => "SSL2_RC2_128_CBC_WITH_MD5",
        0x040080 => "SSL2_RC2_128_CBC_EXPORT40_WITH_MD5",
        0x050080 => "SSL2_IDEA_128_CBC_WITH_MD5",
        0x060040 => "SSL2_DES_64_CBC_WITH_MD5",
        0x0700c0 => "SSL2_DES_192_EDE3_CBC_WITH_MD5",
        0x080080 => "SSL2_RC4_64_WITH_MD5",
    }
}
