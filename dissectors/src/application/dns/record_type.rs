//! The numbers of resource records: IANA "Domain Name System (DNS) Parameters".

use crate::value::named;

named! {
    /// IANA "Resource Record (RR) TYPEs".
    RecordType(u16, Dec) {
        UNUSED = 0 => "Unused",
        A = 1 => "A",
        NS = 2 => "NS",
        MD = 3 => "MD",
        MF = 4 => "MF",
        CNAME = 5 => "CNAME",
        SOA = 6 => "SOA",
        MB = 7 => "MB",
        MG = 8 => "MG",
        MR = 9 => "MR",
        NULL = 10 => "NULL",
        WKS = 11 => "WKS",
        PTR = 12 => "PTR",
        HINFO = 13 => "HINFO",
        MINFO = 14 => "MINFO",
        MX = 15 => "MX",
        TXT = 16 => "TXT",
        RP = 17 => "RP",
        AFSDB = 18 => "AFSDB",
        X25 = 19 => "X25",
        ISDN = 20 => "ISDN",
        RT = 21 => "RT",
        NSAP = 22 => "NSAP",
        NSAP_PTR = 23 => "NSAP-PTR",
        SIG = 24 => "SIG",
        KEY = 25 => "KEY",
        PX = 26 => "PX",
        GPOS = 27 => "GPOS",
        AAAA = 28 => "AAAA",
        LOC = 29 => "LOC",
        NXT = 30 => "NXT",
        EID = 31 => "EID",
        NIMLOC = 32 => "NIMLOC",
        SRV = 33 => "SRV",
        ATMA = 34 => "ATMA",
        NAPTR = 35 => "NAPTR",
        KX = 36 => "KX",
        CERT = 37 => "CERT",
        A6 = 38 => "A6",
        DNAME = 39 => "DNAME",
        SINK = 40 => "SINK",
        OPT = 41 => "OPT",
        APL = 42 => "APL",
        DS = 43 => "DS",
        SSHFP = 44 => "SSHFP",
        IPSECKEY = 45 => "IPSECKEY",
        RRSIG = 46 => "RRSIG",
        NSEC = 47 => "NSEC",
        DNSKEY = 48 => "DNSKEY",
        DHCID = 49 => "DHCID",
        NSEC3 = 50 => "NSEC3",
        NSEC3PARAM = 51 => "NSEC3PARAM",
        TLSA = 52 => "TLSA",
        HIP = 55 => "HIP",
        RKEY = 57 => "RKEY",
        TALINK = 58 => "TALINK",
        CDS = 59 => "CDS",
        CDNSKEY = 60 => "CDNSKEY",
        OPENPGPKEY = 61 => "OPENPGPKEY",
        CSYNC = 62 => "CSYNC",
        ZONEMD = 63 => "ZONEMD",
        SVCB = 64 => "SVCB",
        HTTPS = 65 => "HTTPS",
        SPF = 99 => "SPF",
        UINFO = 100 => "UINFO",
        UID = 101 => "UID",
        GID = 102 => "GID",
        UNSPEC = 103 => "UNSPEC",
        NID = 104 => "NID",
        L32 = 105 => "L32",
        L64 = 106 => "L64",
        LP = 107 => "LP",
        EUI48 = 108 => "EUI48",
        EUI64 = 109 => "EUI64",
        TKEY = 249 => "TKEY",
        TSIG = 250 => "TSIG",
        IXFR = 251 => "IXFR",
        AXFR = 252 => "AXFR",
        MAILB = 253 => "MAILB",
        MAILA = 254 => "MAILA",
        ANY = 255 => "ANY",
        URI = 256 => "URI",
        CAA = 257 => "CAA",
        TA = 32768 => "TA",
        DLV = 32769 => "DLV",
        WINS = 65281 => "WINS",
        WINS_R = 65282 => "WINS-R",
        XPF = 65422 => "XPF",
    }
    /// IANA "DNS CLASSes".
    Class(u16, Hex(4)) {
        IN = 1 => "IN",
        CS = 2 => "CS",
        CH = 3 => "CH",
        HS = 4 => "HS",
        NONE = 254 => "NONE",
        ANY = 255 => "ANY",
    }
    /// IANA "CERT RR Certificate Types".
    CertificateType(u16, Dec) {
        PKIX = 1 => "PKIX",
        SPKI = 2 => "SPKI",
        PGP = 3 => "PGP",
        IPKIX = 4 => "IPKIX",
        ISPKI = 5 => "ISPKI",
        IPGP = 6 => "IPGP",
        ACPKIX = 7 => "ACPKIX",
        IACPKIX = 8 => "IACPKIX",
        URI = 253 => "Private, URI",
        OID = 254 => "Private, object identifier",
    }
    /// RFC 6698, section 2.1.1.
    Usage(u8, Dec) {
        PKIX_TA = 0 => "CA constraint (PKIX-TA)",
        PKIX_EE = 1 => "Service certificate constraint (PKIX-EE)",
        DANE_TA = 2 => "Trust anchor assertion (DANE-TA)",
        DANE_EE = 3 => "Domain-issued certificate (DANE-EE)",
    }
    /// RFC 6698, section 2.1.2.
    TlsSelector(u8, Dec) {
        CERTIFICATE = 0 => "Full certificate",
        KEY = 1 => "Public key",
    }
    /// RFC 6698, section 2.1.3.
    Matching(u8, Dec) {
        FULL = 0 => "No hash",
        SHA256 = 1 => "SHA-256",
        SHA512 = 2 => "SHA-512",
    }
    /// IANA "SSHFP RR Types for public key algorithms".
    SshAlgorithm(u8, Dec) {
        RESERVED = 0 => "Reserved",
        RSA = 1 => "RSA",
        DSA = 2 => "DSA",
        ECDSA = 3 => "ECDSA",
        ED25519 = 4 => "Ed25519",
        XMSS = 5 => "XMSS",
        ED448 = 6 => "Ed448",
    }
    /// IANA "SSHFP RR types for fingerprint types".
    Fingerprint(u8, Dec) {
        RESERVED = 0 => "Reserved",
        SHA1 = 1 => "SHA-1",
        SHA256 = 2 => "SHA-256",
    }
    /// RFC 4025, section 2.3.
    Gateway(u8, Dec) {
        NONE = 0 => "None",
        IPV4 = 1 => "IPv4",
        IPV6 = 2 => "IPv6",
        NAME = 3 => "Name",
    }
    /// RFC 4025, section 2.4, and RFC 8005, section 5: the public key's.
    KeyAlgorithm(u8, Dec) {
        RESERVED = 0 => "Reserved",
        DSA = 1 => "DSA",
        RSA = 2 => "RSA",
    }
    /// RFC 8976, section 5.2.
    ZoneScheme(u8, Dec) {
        RESERVED = 0 => "Reserved",
        SIMPLE = 1 => "Simple",
    }
    /// RFC 8976, section 5.3.
    ZoneHash(u8, Dec) {
        RESERVED = 0 => "Reserved",
        SHA384 = 1 => "SHA-384",
        SHA512 = 2 => "SHA-512",
    }
}

impl RecordType {
    /// Returns its name, or its number.
    pub fn brief(self) -> String {
        self.name()
            .map_or_else(|| format!("Unknown ({})", self.0), str::to_owned)
    }
}
