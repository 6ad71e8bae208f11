//! Key exchange: RFC 4253, sections 7 and 8; RFC 4419 (groups of numbers); RFC 5656 (curves).

use super::{agreed::Agreed, string, text};
use crate::{Layer, Stop, application::tls, value::named};
use nom::{
    Parser,
    bytes::take,
    error::Error,
    multi::length_data,
    number::{be_u8, be_u32},
};

/// Key exchange methods that give the same message numbers different meanings. Both sides' lists determine the method;
/// here it is recognized by the form of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Numbers of a group that is known beforehand.
    Fixed,
    /// Numbers of a group that the server chooses.
    Group,
    /// Points on a curve.
    Curve,
}

/// The longest point: two coordinates of 521 bits after one byte.
const MAX_POINT: u32 = 133;

named! {
    /// RFC 4253, section 8.
    FixedMessage(u8, Dec) {
        INIT = 30 => "Diffie-Hellman Key Exchange Init",
        REPLY = 31 => "Diffie-Hellman Key Exchange Reply",
    }
    /// RFC 5656, section 7.1.
    CurveMessage(u8, Dec) {
        INIT = 30 => "Elliptic Curve Diffie-Hellman Key Exchange Init",
        REPLY = 31 => "Elliptic Curve Diffie-Hellman Key Exchange Reply",
    }
    /// RFC 4419, section 5.
    GroupMessage(u8, Dec) {
        REQUEST_OLD = 30 => "Diffie-Hellman Group Exchange Request (Old)",
        GROUP = 31 => "Diffie-Hellman Group Exchange Group",
        INIT = 32 => "Diffie-Hellman Group Exchange Init",
        REPLY = 33 => "Diffie-Hellman Group Exchange Reply",
        REQUEST = 34 => "Diffie-Hellman Group Exchange Request",
    }
}

impl Method {
    /// Returns the method of the negotiated algorithm.
    pub fn by_name(name: &str) -> Method {
        match name {
            _ if name.contains("-group-exchange-") => Method::Group,
            _ if name.starts_with("curve25519") || name.starts_with("ecdh-") => Method::Curve,
            // All others send a number or a value of similar length.
            _ => Method::Fixed,
        }
    }

    /// Returns whether it uses this message number.
    pub fn has(self, number: u8) -> bool {
        self.name(number).is_some()
    }

    /// Returns the method of a message by its number and `bytes`, which begin with it.
    pub fn of(number: u8, bytes: &[u8]) -> Option<Method> {
        let list = || length_data(be_u32::<_, Error<&[u8]>>());
        let length = || be_u32::<_, Error<&[u8]>>();
        let body = bytes.get(1..).unwrap_or_default();
        let by_size = |length: u32| match length > MAX_POINT {
            true => Method::Fixed,
            false => Method::Curve,
        };
        match number {
            // Only a size in bits: the old request for a group.
            30 if body.len() == 4 => Some(Method::Group),
            30 => match length().parse_complete(body) {
                Ok((_, length)) => Some(by_size(length)),
                Err(_) => Some(Method::Fixed),
            },
            31 => match { (list(), list()) }.parse_complete(body) {
                Ok((&[], _)) => Some(Method::Group),
                _ => match { (list(), length()) }.parse_complete(body) {
                    Ok((_, (_, length))) => Some(by_size(length)),
                    Err(_) => Some(Method::Fixed),
                },
            },
            32..=34 => Some(Method::Group),
            _ => None,
        }
    }

    /// Returns the name of a message number.
    pub fn name(self, number: u8) -> Option<&'static str> {
        match self {
            Method::Fixed => FixedMessage(number).name(),
            Method::Curve => CurveMessage(number).name(),
            Method::Group => GroupMessage(number).name(),
        }
    }

    /// Returns Wireshark's count of a message in a connection, which for numbers is one too many.
    pub fn counted(self, number: u8) -> u32 {
        match (self, number) {
            (Method::Group, 32 | 33) => 3,
            (Method::Group | Method::Fixed, _) => 2,
            (Method::Curve, _) => 1,
        }
    }
}

/// The lists of each side's algorithms: the fields of length and names, and the label.
const LISTS: [(&str, &str, &str); 10] = [
    (
        "ssh.kex_algorithms_length",
        "ssh.kex_algorithms",
        "Key exchange algorithms",
    ),
    (
        "ssh.server_host_key_algorithms_length",
        "ssh.server_host_key_algorithms",
        "Host key algorithms",
    ),
    (
        "ssh.encryption_algorithms_client_to_server_length",
        "ssh.encryption_algorithms_client_to_server",
        "Encryption, client to server",
    ),
    (
        "ssh.encryption_algorithms_server_to_client_length",
        "ssh.encryption_algorithms_server_to_client",
        "Encryption, server to client",
    ),
    (
        "ssh.mac_algorithms_client_to_server_length",
        "ssh.mac_algorithms_client_to_server",
        "Authentication codes, client to server",
    ),
    (
        "ssh.mac_algorithms_server_to_client_length",
        "ssh.mac_algorithms_server_to_client",
        "Authentication codes, server to client",
    ),
    (
        "ssh.compression_algorithms_client_to_server_length",
        "ssh.compression_algorithms_client_to_server",
        "Compression, client to server",
    ),
    (
        "ssh.compression_algorithms_server_to_client_length",
        "ssh.compression_algorithms_server_to_client",
        "Compression, server to client",
    ),
    (
        "ssh.languages_client_to_server_length",
        "ssh.languages_client_to_server",
        "Languages, client to server",
    ),
    (
        "ssh.languages_server_to_client_length",
        "ssh.languages_server_to_client",
        "Languages, server to client",
    ),
];

/// RFC 4253, section 7.1.
pub fn init(ssh: &mut Layer, from_server: bool, agreed: Option<&Agreed>) -> Result<(), Stop> {
    lists(ssh, from_server)?;
    if let Some(agreed) = agreed {
        ssh.heading("Agreed on", |ssh| {
            for ((_, _, label), name) in LISTS.into_iter().zip(&agreed.0) {
                let name = name.as_deref().unwrap_or("nothing that both can do");
                ssh.computed("", label, || name.to_owned());
            }
        });
    }
    Ok(())
}

fn lists(ssh: &mut Layer, from_server: bool) -> Result<(), Stop> {
    ssh.group("", "Algorithms", |ssh| {
        ssh.field("ssh.cookie", "Cookie", take(16_usize))?;
        let mut print = Vec::new();
        for (at, (length, name, label)) in LISTS.into_iter().enumerate() {
            let list = text(ssh, (length, name), ("Length", label))?;
            // Key exchange, and of each pair the direction that the sender itself uses.
            let pair = matches!(at, 2..8) && (at % 2 == 1) == from_server;
            if at == 0 || pair {
                print.push(String::from_utf8_lossy(list));
            }
        }
        ssh.field(
            "ssh.first_kex_packet_follows",
            "First packet follows",
            be_u8(),
        )?;
        ssh.field("ssh.kex.reserved", "Reserved", take(4_usize))?;
        let print = print.join(";");
        let (text, hash) = match from_server {
            true => ("ssh.kex.hasshserver_algorithms", "ssh.kex.hasshserver"),
            false => ("ssh.kex.hassh_algorithms", "ssh.kex.hassh"),
        };
        ssh.computed(text, "HASSH text", || print.clone());
        ssh.computed(hash, "HASSH", || tls::fingerprint::hash(&print));
        Ok(())
    })
}

/// Reads a message after its number.
pub fn read(ssh: &mut Layer, method: Method, number: u8) -> Result<(), Stop> {
    match (method, number) {
        (Method::Fixed, 30) | (Method::Group, 32) => mpint(ssh, "ssh.dh.e", "Client's number"),
        (Method::Fixed, 31) | (Method::Group, 33) => {
            host_key(ssh)?;
            mpint(ssh, "ssh.dh.f", "Server's number")?;
            signature(ssh)
        }
        (Method::Curve, 30) => {
            let name = ("ssh.ecdh.q_c_length", "ssh.ecdh.q_c");
            string(ssh, name, ("Key length", "Client's key")).map(drop)
        }
        (Method::Curve, 31) => {
            host_key(ssh)?;
            let name = ("ssh.ecdh.q_s_length", "ssh.ecdh.q_s");
            string(ssh, name, ("Key length", "Server's key"))?;
            signature(ssh)
        }
        (Method::Group, 30) => bits(ssh, "ssh.dh_gex.nbits", "Bits"),
        (Method::Group, 31) => {
            mpint(ssh, "ssh.dh_gex.p", "Prime")?;
            mpint(ssh, "ssh.dh_gex.g", "Generator")
        }
        (Method::Group, 34) => {
            bits(ssh, "ssh.dh_gex.min", "Least bits")?;
            bits(ssh, "ssh.dh_gex.nbits", "Bits")?;
            bits(ssh, "ssh.dh_gex.max", "Most bits")
        }
        _ => Ok(()),
    }
}

fn bits(ssh: &mut Layer, name: &'static str, label: &'static str) -> Result<(), Stop> {
    ssh.field(name, label, be_u32()).map(drop)
}

/// RFC 4251, section 5: a number of any size.
fn mpint(ssh: &mut Layer, name: &'static str, label: &'static str) -> Result<(), Stop> {
    string(ssh, ("ssh.mpint_length", name), ("Length", label)).map(drop)
}

/// RFC 4253, section 6.6, and RFC 5656, section 3.1; RFC 8709, section 4.
fn host_key(ssh: &mut Layer) -> Result<(), Stop> {
    ssh.group("", "Host key", |ssh| {
        let length = ssh.field("ssh.host_key.length", "Length", be_u32())?;
        ssh.within(length as usize, |ssh| {
            let name = ("ssh.host_key.type_length", "ssh.host_key.type");
            let kind = text(ssh, name, ("Type length", "Type"))?;
            ssh.title(|| String::from_utf8_lossy(kind).into_owned());
            match kind {
                b"ssh-rsa" => {
                    mpint(ssh, "ssh.host_key.rsa.e", "Public exponent")?;
                    mpint(ssh, "ssh.host_key.rsa.n", "Modulus")
                }
                b"ssh-dss" => {
                    mpint(ssh, "ssh.host_key.dsa.p", "Prime modulus")?;
                    mpint(ssh, "ssh.host_key.dsa.q", "Prime divisor")?;
                    mpint(ssh, "ssh.host_key.dsa.g", "Generator")?;
                    mpint(ssh, "ssh.host_key.dsa.y", "Public key")
                }
                b"ssh-ed25519" => {
                    let name = ("ssh.host_key.eddsa.key_length", "ssh.host_key.eddsa.key");
                    string(ssh, name, ("Key length", "Public key")).map(drop)
                }
                kind if kind.starts_with(b"ecdsa-sha2-") => {
                    let name = ("ssh.host_key.ecdsa.id_length", "ssh.host_key.ecdsa.id");
                    text(ssh, name, ("Curve length", "Curve"))?;
                    let name = ("ssh.host_key.ecdsa.q_length", "ssh.host_key.ecdsa.q");
                    string(ssh, name, ("Key length", "Public key")).map(drop)
                }
                _ => {
                    let length = ssh.reported();
                    ssh.field("ssh.host_key.data", "Key", take(length))
                        .map(drop)
                }
            }
        })
    })
}

/// RFC 4253, section 6.6.
fn signature(ssh: &mut Layer) -> Result<(), Stop> {
    ssh.group("", "Signature", |ssh| {
        let length = ssh.field("ssh.host_sig.length", "Length", be_u32())?;
        ssh.within(length as usize, |ssh| {
            let name = ("ssh.host_sig.type_length", "ssh.host_sig.type");
            let kind = text(ssh, name, ("Type length", "Type"))?;
            ssh.title(|| String::from_utf8_lossy(kind).into_owned());
            match kind {
                b"ssh-rsa" => mpint(ssh, "ssh.host_sig.rsa", "Signature"),
                b"ssh-dss" => mpint(ssh, "ssh.host_sig.dsa", "Signature"),
                // The two numbers of a curve are not separated: there is no name for them.
                kind if kind.starts_with(b"ecdsa-sha2-") || kind == b"ssh-ed25519" => {
                    ssh.skip(ssh.rest().len());
                    Ok(())
                }
                _ => {
                    let length = ssh.reported();
                    ssh.field("ssh.host_sig.data", "Signature", take(length))
                        .map(drop)
                }
            }
        })
    })
}
