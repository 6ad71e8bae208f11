//! The extensions of hellos and of other messages: IANA "TLS ExtensionType Values".

use super::{
    fingerprint::Fingerprint,
    groups::Group,
    names::{
        CertificateCompression, CertificateType, ExtensionType, FragmentLength, HandshakeType,
        HeartbeatMode, NameType, PointFormat, PskMode, StatusType, Version,
    },
    opaque::{opaque, text},
    proof,
    reading::Reading,
    signature::signature_algorithms,
    suites::CipherSuite,
    transport_parameters,
};
use crate::{Base, Layer, Severity, Stop, Value};
use nom::{
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};

const CLIENT: u8 = HandshakeType::CLIENT_HELLO;
const SERVER: u8 = HandshakeType::SERVER_HELLO;
const RETRY: u8 = HandshakeType::HELLO_RETRY_REQUEST;
const ENCRYPTED: u8 = HandshakeType::ENCRYPTED_EXTENSIONS;
const CERTIFICATE: u8 = HandshakeType::CERTIFICATE;
const TICKET: u8 = 4;

/// Reads one extension of the message `kind`.
pub fn read(
    tls: &mut Layer,
    reading: &mut Reading,
    kind: u8,
    print: &mut Fingerprint,
) -> Result<(), Stop> {
    tls.group("", "Extension", |tls| {
        let name = "tls.handshake.extension.type";
        let number = tls.field_shown(name, "Type", be_u16(), |number| {
            ExtensionType(number).into()
        })?;
        let length = tls.field("tls.handshake.extension.len", "Length", be_u16())?;
        print.extensions.push(number);
        tls.title(|| match ExtensionType(number).name() {
            Some(name) => format!("{name}, {length} bytes"),
            None => format!("type {number}, {length} bytes"),
        });
        let whole = usize::from(length) <= tls.rest().len();
        let outcome = tls.within(length.into(), |tls| {
            body(tls, reading, kind, number, print)?;
            let left = tls.reported();
            if left > 0 && !passed_over(number) {
                tls.note(Severity::Warning, || format!("{left} bytes are left over"));
            }
            Ok(())
        });
        match outcome {
            // The extensions after it can be read all the same.
            Err(stop) if whole => {
                let (Stop::Malformed { field, .. } | Stop::Truncated { field, .. }) = stop;
                tls.note(Severity::Error, || format!("{field} does not fit"));
                Ok(())
            }
            outcome => outcome,
        }
    })
}

/// Returns whether an extension has no contents to show.
fn passed_over(number: u16) -> bool {
    matches!(number, 14 | 22 | 23 | 49)
}

fn body(
    tls: &mut Layer,
    reading: &mut Reading,
    kind: u8,
    number: u16,
    print: &mut Fingerprint,
) -> Result<(), Stop> {
    match number {
        0 => server_name(tls),
        1 => {
            let name = "tls.handshake.max_fragment_length";
            let length = tls.field_shown(name, "Maximum fragment length", be_u8(), |length| {
                FragmentLength(length).into()
            });
            length.map(drop)
        }
        5 if kind == CLIENT => status_request(tls, false),
        5 if kind == CERTIFICATE => proof::status(tls),
        9 | 19 | 20 => certificate_type(tls, kind),
        10 => supported_groups(tls, print),
        11 => point_formats(tls, print),
        13 | 50 => signature_algorithms(tls),
        34 if kind == CLIENT => signature_algorithms(tls),
        15 => {
            let name = "tls.handshake.extension.heartbeat.mode";
            let mode = tls.field_shown(name, "Mode", be_u8(), |mode| HeartbeatMode(mode).into());
            mode.map(drop)
        }
        16 => protocols(tls, reading, kind),
        17 if kind == CLIENT => {
            let name = "tls.handshake.extensions_status_request_list_len";
            let length = tls.field(name, "List length", be_u16())?;
            tls.within(length.into(), |tls| {
                while tls.reported() > 0 {
                    status_request(tls, true)?;
                }
                Ok(())
            })
        }
        18 if matches!(kind, SERVER | ENCRYPTED | CERTIFICATE) => proof::timestamps(tls),
        21 => bytes(tls, "tls.handshake.extensions_padding_data", "Padding"),
        27 => compress_certificate(tls),
        28 => tls
            .field("tls.record_size_limit", "Record size limit", be_u16())
            .map(drop),
        40 | 51 => key_share(tls, kind),
        41 => pre_shared_key(tls, kind),
        42 | 46 if kind == TICKET => {
            let name = "tls.early_data.max_early_data_size";
            tls.field(name, "Maximum early data size", be_u32())
                .map(drop)
        }
        42 => Ok(()),
        43 => supported_versions(tls, kind),
        44 => {
            let name = "tls.handshake.extensions.cookie_len";
            let length = tls.field(name, "Cookie length", be_u16())?;
            let name = "tls.handshake.extensions.cookie";
            tls.field(name, "Cookie", take(length)).map(drop)
        }
        45 => psk_modes(tls),
        47 => proof::authorities(tls),
        53 | 54 => {
            let length = tls.field("tls.connection_id_length", "Connection ID length", be_u8())?;
            if length > 0 {
                tls.field("tls.connection_id", "Connection ID", take(length))?;
            }
            Ok(())
        }
        48 => oid_filters(tls),
        57 | 65445 => transport_parameters::read(tls),
        13172 => next_protocols(tls),
        17513 => application_settings(tls, kind),
        65281 => renegotiation(tls),
        65486 if kind == CLIENT => encrypted_server_name(tls),
        65486 => bytes(tls, "tls.esni.nonce", "Nonce"),
        5 | 17 | 18 => Ok(()),
        _ if passed_over(number) => Ok(()),
        _ => bytes(tls, "tls.handshake.extension.data", "Data"),
    }
}

/// Reads the rest as one field, even if it is empty.
fn bytes(tls: &mut Layer, name: &'static str, label: &'static str) -> Result<(), Stop> {
    let length = tls.reported();
    tls.field(name, label, take(length)).map(drop)
}

/// RFC 6066, section 3.
fn server_name(tls: &mut Layer) -> Result<(), Stop> {
    if tls.reported() == 0 {
        return Ok(());
    }
    tls.group("", "Server name indication", |tls| {
        let name = "tls.handshake.extensions_server_name_list_len";
        let length = tls.field(name, "List length", be_u16())?;
        tls.within(length.into(), |tls| {
            while tls.reported() > 0 {
                let name = "tls.handshake.extensions_server_name_type";
                tls.field_shown(name, "Type", be_u8(), |kind| NameType(kind).into())?;
                let name = "tls.handshake.extensions_server_name_len";
                let length = tls.field(name, "Length", be_u16())?;
                let name = "tls.handshake.extensions_server_name";
                let host = text(tls, name, "Name", length.into())?;
                tls.title(|| String::from_utf8_lossy(host).into_owned());
            }
            Ok(())
        })
    })
}

/// RFC 6066, section 8; with its own length in RFC 6961, section 2.2.
fn status_request(tls: &mut Layer, second: bool) -> Result<(), Stop> {
    let name = "tls.handshake.extensions_status_request_type";
    let kind = tls.field_shown(name, "Status type", be_u8(), |kind| StatusType(kind).into())?;
    let length = match second {
        true => {
            let name = "tls.handshake.extensions_status_request_len";
            usize::from(tls.field(name, "Length", be_u16())?)
        }
        false => tls.reported(),
    };
    tls.within(length, |tls| {
        if !matches!(kind, 1 | 2) {
            return Ok(());
        }
        for (name, label) in [
            (
                "tls.handshake.extensions_status_request_responder_ids_len",
                "Responder IDs length",
            ),
            (
                "tls.handshake.extensions_status_request_exts_len",
                "Request extensions length",
            ),
        ] {
            let length = tls.field(name, label, be_u16())?;
            tls.skip(length.into());
        }
        Ok(())
    })
}

/// RFC 7250, section 3, and RFC 6091, section 3.1.
fn certificate_type(tls: &mut Layer, kind: u8) -> Result<(), Stop> {
    let one = |tls: &mut Layer| {
        let name = "tls.handshake.cert_type.type";
        let kind = tls.field_shown(name, "Type", be_u8(), |kind| CertificateType(kind).into());
        kind.map(drop)
    };
    if kind != CLIENT {
        return one(tls);
    }
    let name = "tls.handshake.cert_type.types_len";
    let length = tls.field(name, "Types length", be_u8())?;
    tls.group("tls.handshake.cert_type.types", "Types", |tls| {
        tls.within(length.into(), |tls| {
            while tls.reported() > 0 {
                one(tls)?;
            }
            Ok(())
        })
    })
}

/// RFC 8446, section 4.2.7.
fn supported_groups(tls: &mut Layer, print: &mut Fingerprint) -> Result<(), Stop> {
    let name = "tls.handshake.extensions_supported_groups_length";
    let length = tls.field(name, "Groups length", be_u16())?;
    let name = "tls.handshake.extensions_supported_groups";
    tls.group(name, "Supported groups", |tls| {
        tls.title(|| (length / 2).to_string());
        tls.within(length.into(), |tls| {
            while tls.reported() > 1 {
                let name = "tls.handshake.extensions_supported_group";
                let group =
                    tls.field_shown(name, "Group", be_u16(), |group| Group(group).into())?;
                print.groups.push(group);
            }
            Ok(())
        })
    })
}

/// RFC 8422, section 5.1.2.
fn point_formats(tls: &mut Layer, print: &mut Fingerprint) -> Result<(), Stop> {
    let name = "tls.handshake.extensions_ec_point_formats_length";
    let length = tls.field(name, "Formats length", be_u8())?;
    let name = "tls.handshake.extensions_ec_point_formats";
    tls.group(name, "Point formats", |tls| {
        tls.title(|| length.to_string());
        tls.within(length.into(), |tls| {
            while tls.reported() > 0 {
                let name = "tls.handshake.extensions_ec_point_format";
                let format = tls.field_shown(name, "Format", be_u8(), |f| PointFormat(f).into())?;
                print.formats.push(format.into());
            }
            Ok(())
        })
    })
}

/// RFC 7301, section 3.1.
fn protocols(tls: &mut Layer, reading: &mut Reading, kind: u8) -> Result<(), Stop> {
    let name = "tls.handshake.extensions_alpn_len";
    let length = tls.field(name, "List length", be_u16())?;
    tls.group("tls.handshake.extensions_alpn_list", "Protocols", |tls| {
        tls.within(length.into(), |tls| {
            while tls.reported() > 0 {
                let name = "tls.handshake.extensions_alpn_str_len";
                let length = tls.field(name, "Length", be_u8())?;
                let name = "tls.handshake.extensions_alpn_str";
                let protocol = text(tls, name, "Protocol", length.into())?;
                if kind != CLIENT {
                    reading.choose(protocol);
                }
            }
            Ok(())
        })
    })
}

/// RFC 8879, section 3.
fn compress_certificate(tls: &mut Layer) -> Result<(), Stop> {
    let name = "tls.compress_certificate.algorithms_length";
    let length = tls.field(name, "Algorithms length", be_u8())?;
    tls.within(length.into(), |tls| {
        while tls.reported() > 0 {
            let name = "tls.compress_certificate.algorithm";
            tls.field_shown(name, "Algorithm", be_u16(), |number| {
                CertificateCompression(number).into()
            })?;
        }
        Ok(())
    })
}

fn group(tls: &mut Layer, name: &'static str, label: &'static str) -> Result<u16, Stop> {
    tls.field_shown(name, label, be_u16(), |number| match Group(number).name() {
        Some(name) => Value::Named(number.into(), Base::Dec, name),
        None => number.into(),
    })
}

/// RFC 8446, section 4.2.8.
fn key_share(tls: &mut Layer, kind: u8) -> Result<(), Stop> {
    tls.group("", "Key share", |tls| match kind {
        CLIENT => {
            let name = "tls.handshake.extensions_key_share_client_length";
            let length = tls.field(name, "Length", be_u16())?;
            tls.within(length.into(), |tls| {
                while tls.reported() > 0 {
                    key_share_entry(tls)?;
                }
                Ok(())
            })
        }
        SERVER => key_share_entry(tls),
        RETRY => {
            let name = "tls.handshake.extensions_key_share_selected_group";
            group(tls, name, "Selected group").map(drop)
        }
        _ => Ok(()),
    })
}

fn key_share_entry(tls: &mut Layer) -> Result<(), Stop> {
    tls.group("", "Entry", |tls| {
        let number = group(tls, "tls.handshake.extensions_key_share_group", "Group")?;
        tls.title(|| match Group(number).name() {
            Some(name) => name.to_owned(),
            None => format!("group {number}"),
        });
        let name = "tls.handshake.extensions_key_share_key_exchange_length";
        let length = tls.field(name, "Key length", be_u16())?;
        let name = "tls.handshake.extensions_key_share_key_exchange";
        tls.field(name, "Key", take(length)).map(drop)
    })
}

/// RFC 8446, section 4.2.11.
fn pre_shared_key(tls: &mut Layer, kind: u8) -> Result<(), Stop> {
    tls.group("", "Pre-shared key", |tls| {
        if kind == SERVER {
            let name = "tls.handshake.extensions.psk.identity.selected";
            return tls.field(name, "Selected identity", be_u16()).map(drop);
        }
        if kind != CLIENT {
            return Ok(());
        }
        let name = "tls.handshake.extensions.psk.identities.length";
        let length = tls.field(name, "Identities length", be_u16())?;
        tls.within(length.into(), |tls| {
            while tls.reported() > 0 {
                tls.group("", "Identity", |tls| {
                    let name = "tls.handshake.extensions.psk.identity.identity_length";
                    let length = tls.field(name, "Length", be_u16())?;
                    tls.title(|| format!("{length} bytes"));
                    let name = "tls.handshake.extensions.psk.identity.identity";
                    tls.field(name, "Identity", take(length))?;
                    let name = "tls.handshake.extensions.psk.identity.obfuscated_ticket_age";
                    tls.field(name, "Obfuscated ticket age", be_u32()).map(drop)
                })?;
            }
            Ok(())
        })?;
        let name = "tls.handshake.extensions.psk.binders_len";
        let length = tls.field(name, "Binders length", be_u16())?;
        let name = "tls.handshake.extensions.psk.binders";
        opaque(tls, name, "Binders", length.into())
    })
}

/// RFC 8446, section 4.2.1.
fn supported_versions(tls: &mut Layer, kind: u8) -> Result<(), Stop> {
    let one = |tls: &mut Layer| {
        let name = "tls.handshake.extensions.supported_version";
        let version = tls.field_shown(name, "Version", be_u16(), |version| Version(version).into());
        version.map(drop)
    };
    match kind {
        CLIENT => {
            let name = "tls.handshake.extensions.supported_versions_len";
            let length = tls.field(name, "Versions length", be_u8())?;
            tls.within(length.into(), |tls| {
                while tls.reported() > 1 {
                    one(tls)?;
                }
                Ok(())
            })
        }
        SERVER | RETRY => one(tls),
        _ => Ok(()),
    }
}

/// RFC 8446, section 4.2.9.
fn psk_modes(tls: &mut Layer) -> Result<(), Stop> {
    let name = "tls.extension.psk_ke_modes_length";
    let length = tls.field(name, "Modes length", be_u8())?;
    tls.within(length.into(), |tls| {
        while tls.reported() > 0 {
            let name = "tls.extension.psk_ke_mode";
            tls.field_shown(name, "Mode", be_u8(), |mode| PskMode(mode).into())?;
        }
        Ok(())
    })
}

/// RFC 8446, section 4.2.5.
fn oid_filters(tls: &mut Layer) -> Result<(), Stop> {
    let name = "tls.extension.oid_filters_length";
    let length = tls.field(name, "Filters length", be_u16())?;
    tls.within(length.into(), |tls| {
        while tls.reported() > 0 {
            let name = "tls.extension.oid_filters.oid_length";
            let length = tls.field(name, "OID length", be_u8())?;
            tls.skip(length.into());
            let name = "tls.extension.oid_filters.values_length";
            let length = tls.field(name, "Values length", be_u16())?;
            tls.skip(length.into());
        }
        Ok(())
    })
}

/// draft-agl-tls-nextprotoneg, section 3.
fn next_protocols(tls: &mut Layer) -> Result<(), Stop> {
    if tls.reported() == 0 {
        return Ok(());
    }
    tls.group("", "Protocols", |tls| {
        while tls.reported() > 0 {
            let name = "tls.handshake.extensions_npn_str_len";
            let length = tls.field(name, "Length", be_u8())?;
            let name = "tls.handshake.extensions_npn";
            text(tls, name, "Protocol", length.into())?;
        }
        Ok(())
    })
}

/// draft-vvv-tls-alps, section 4.
fn application_settings(tls: &mut Layer, kind: u8) -> Result<(), Stop> {
    if kind == ENCRYPTED {
        return bytes(tls, "tls.handshake.extensions_alps.settings", "Settings");
    }
    if kind != CLIENT {
        return Ok(());
    }
    let name = "tls.handshake.extensions_alps_len";
    let length = tls.field(name, "List length", be_u16())?;
    let name = "tls.handshake.extensions_alps_alpn_list";
    tls.group(name, "Protocols", |tls| {
        tls.within(length.into(), |tls| {
            while tls.reported() > 0 {
                let name = "tls.handshake.extensions_alps_alpn_str_len";
                let length = tls.field(name, "Length", be_u8())?;
                let name = "tls.handshake.extensions_alps_alpn_str";
                text(tls, name, "Protocol", length.into())?;
            }
            Ok(())
        })
    })
}

/// RFC 5746, section 3.2.
fn renegotiation(tls: &mut Layer) -> Result<(), Stop> {
    tls.group("", "Renegotiation", |tls| {
        let name = "tls.handshake.extensions_reneg_info_len";
        let length = tls.field(name, "Length", be_u8())?;
        if length > 0 {
            let name = "tls.handshake.extensions_reneg_info";
            tls.field(name, "Verify data", take(length))?;
        }
        Ok(())
    })
}

/// draft-ietf-tls-esni-02, section 5.
fn encrypted_server_name(tls: &mut Layer) -> Result<(), Stop> {
    tls.field_shown("tls.esni.suite", "Cipher suite", be_u16(), |suite| {
        CipherSuite(suite).into()
    })?;
    key_share_entry(tls)?;
    let name = "tls.esni.record_digest_length";
    let length = tls.field(name, "Record digest length", be_u16())?;
    tls.field("tls.esni.record_digest", "Record digest", take(length))?;
    let name = "tls.esni.encrypted_sni_length";
    let length = tls.field(name, "Encrypted name length", be_u16())?;
    let name = "tls.esni.encrypted_sni";
    tls.field(name, "Encrypted name", take(length)).map(drop)
}
