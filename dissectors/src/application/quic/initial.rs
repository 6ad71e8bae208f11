//! The protection of Initial packets: RFC 9001, section 5, and RFC 9369, section 3.3. Their keys are public: they are
//! made of the connection id that the client chose for its first packet.

use super::version::Version;
use aes::{
    Aes128,
    cipher::{BlockCipherEncrypt, KeyInit},
};
use aes_gcm::{Aes128Gcm, aead::AeadInOut};
use hkdf::Hkdf;
use sha2::Sha256;

/// The length of the code after the payload that authenticates the packet.
const TAG: usize = 16;

/// RFC 9001, section 5.4.2: where the sample begins after the beginning of the packet number, and its length.
const SAMPLE_AT: usize = 4;
const SAMPLE: usize = 16;

/// The largest packet that is decrypted: the largest datagram.
const MAX_PACKET: usize = 1 << 16;

/// A version's salt, and what its labels begin with.
struct Derivation {
    salt: [u8; 20],
    label: &'static str,
}

/// RFC 9001, section 5.2, and the same section of its drafts.
fn derivation(version: Version) -> Option<Derivation> {
    let draft = match version {
        Version::ONE => 34,
        Version::MVFST_27 | Version::MVFST => 27,
        Version::TWO => {
            return Some(Derivation {
                salt: [
                    0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e,
                    0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9,
                ],
                label: "quicv2 ",
            });
        }
        version => version.draft()?,
    };
    let salt = match draft {
        22 => [
            0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a, 0x96, 0xcd, 0x21, 0x51,
            0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a,
        ],
        23..=28 => [
            0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2, 0x43, 0x2b, 0xb4,
            0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02,
        ],
        29..=32 => [
            0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61,
            0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99,
        ],
        33..=34 => [
            0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8,
            0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a,
        ],
        _ => return None,
    };
    Some(Derivation {
        salt,
        label: "quic ",
    })
}

/// The keys of one side's packets.
#[derive(Clone, Debug, PartialEq)]
pub struct Keys {
    key: [u8; 16],
    iv: [u8; 12],
    header: [u8; 16],
}

/// The keys of both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct InitialKeys {
    pub version: Version,
    pub client: Keys,
    pub server: Keys,
}

/// The contents of a packet.
#[derive(Clone, Debug, PartialEq)]
pub struct Plain {
    /// The first byte of its header.
    pub first: u8,
    pub number: u64,
    /// The length of the packet number in the packet.
    pub number_length: u8,
    pub payload: Vec<u8>,
}

/// RFC 8446, section 7.1: HKDF-Expand-Label with an empty context.
fn expand<const N: usize>(secret: &Hkdf<Sha256>, label: &str) -> Option<[u8; N]> {
    const PREFIX: &str = "tls13 ";
    let mut key = [0; N];
    let length = u8::try_from(PREFIX.len() + label.len()).ok()?;
    let info: [&[u8]; 5] = [
        &(N as u16).to_be_bytes(),
        &[length],
        PREFIX.as_bytes(),
        label.as_bytes(),
        &[0],
    ];
    secret.expand_multi_info(&info, &mut key).ok()?;
    Some(key)
}

impl InitialKeys {
    /// Derives the keys from the destination's connection id in the client's first packet. None for a version with
    /// unknown keys.
    pub fn new(version: Version, id: &[u8]) -> Option<Self> {
        let Derivation { salt, label } = derivation(version)?;
        let initial = Hkdf::<Sha256>::new(Some(&salt), id);
        let side = |name| {
            let secret: [u8; 32] = expand(&initial, name)?;
            let secret = Hkdf::<Sha256>::from_prk(&secret).ok()?;
            let part = |name| format!("{label}{name}");
            Some(Keys {
                key: expand(&secret, &part("key"))?,
                iv: expand(&secret, &part("iv"))?,
                header: expand(&secret, &part("hp"))?,
            })
        };
        Some(InitialKeys {
            version,
            client: side("client in")?,
            server: side("server in")?,
        })
    }
}

impl Keys {
    /// Decrypts a packet whose packet number is at this offset. `largest` is the largest packet number of its sender so
    /// far. None if these are not its keys, or if the packet is cut short.
    pub fn open(&self, packet: &[u8], number_at: usize, largest: Option<u64>) -> Option<Plain> {
        if packet.len() > MAX_PACKET {
            return None;
        }
        // RFC 9001, section 5.4.1.
        let sample = packet.get(number_at.checked_add(SAMPLE_AT)?..)?;
        let mut mask = (*sample.first_chunk::<SAMPLE>()?).into();
        Aes128::new(&self.header.into()).encrypt_block(&mut mask);
        let [first_mask, number_mask @ ..]: [u8; SAMPLE] = mask.into();
        let first = packet.first()? ^ first_mask & 0x0f;
        let number_length = usize::from(first & 3) + 1;
        let (head, body) = packet.split_at_checked(number_at + number_length)?;
        let mut header = head.to_vec();
        if let Some(byte) = header.first_mut() {
            *byte = first;
        }
        let mut number = 0;
        let hidden = header.get_mut(number_at..)?;
        for (byte, mask) in hidden.iter_mut().zip(number_mask) {
            *byte ^= mask;
            number = number << 8 | u64::from(*byte);
        }
        let number = whole_number(number, 8 * number_length as u32, largest);
        // RFC 9001, section 5.3.
        let mut nonce = self.iv;
        let low = nonce.iter_mut().rev();
        for (byte, of_number) in low.zip(number.to_le_bytes()) {
            *byte ^= of_number;
        }
        let (encrypted, tag) = body.split_at_checked(body.len().checked_sub(TAG)?)?;
        let tag = *tag.first_chunk::<TAG>()?;
        let mut payload = encrypted.to_vec();
        let cipher = Aes128Gcm::new(&self.key.into());
        let buffer = payload.as_mut_slice().into();
        cipher
            .decrypt_inout_detached(&nonce.into(), &header, buffer, &tag.into())
            .ok()?;
        Some(Plain {
            first,
            number,
            number_length: number_length as u8,
            payload,
        })
    }
}

#[cfg(test)]
#[allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic"
)]
impl Keys {
    /// Makes a packet with these ids, the length of whose packet number is one byte.
    pub fn seal(
        &self,
        version: Version,
        [to, from]: [&[u8]; 2],
        number: u8,
        plain: &[u8],
    ) -> Vec<u8> {
        let first = if version.is_two() { 0xd0 } else { 0xc0 };
        let mut packet = vec![first];
        packet.extend(version.0.to_be_bytes());
        for id in [to, from] {
            packet.push(id.len() as u8);
            packet.extend(id);
        }
        let length = (1 + plain.len() + TAG) as u16 | 0x4000;
        packet.push(0);
        packet.extend(length.to_be_bytes());
        packet.push(number);
        let number_at = packet.len() - 1;
        let mut nonce = self.iv;
        nonce[11] ^= number;
        let mut payload = plain.to_vec();
        let tag = Aes128Gcm::new(&self.key.into())
            .encrypt_inout_detached(&nonce.into(), &packet, payload.as_mut_slice().into())
            .unwrap();
        packet.extend(payload);
        packet.extend(tag);
        let sample = &packet[number_at + SAMPLE_AT..];
        let mut mask = (*sample.first_chunk::<SAMPLE>().unwrap()).into();
        Aes128::new(&self.header.into()).encrypt_block(&mut mask);
        packet[0] ^= mask[0] & 0x0f;
        packet[number_at] ^= mask[1];
        packet
    }
}

/// RFC 9001, section 5.8, RFC 9369, section 3.3.3: the key and the nonce of the code after a Retry packet.
fn retry_code(version: Version) -> Option<([u8; 16], [u8; 12])> {
    Some(match (version, version.draft()) {
        (Version::ONE, _) | (_, Some(33 | 34)) => (
            [
                0xbe, 0x0c, 0x69, 0x0b, 0x9f, 0x66, 0x57, 0x5a, 0x1d, 0x76, 0x6b, 0x54, 0xe3, 0x68,
                0xc8, 0x4e,
            ],
            [
                0x46, 0x15, 0x99, 0xd3, 0x5d, 0x63, 0x2b, 0xf2, 0x23, 0x98, 0x25, 0xbb,
            ],
        ),
        (Version::TWO, _) => (
            [
                0x8f, 0xb4, 0xb0, 0x1b, 0x56, 0xac, 0x48, 0xe2, 0x60, 0xfb, 0xcb, 0xce, 0xad, 0x7c,
                0xcc, 0x92,
            ],
            [
                0xd8, 0x69, 0x69, 0xbc, 0x2d, 0x7c, 0x6d, 0x99, 0x90, 0xef, 0xb0, 0x4a,
            ],
        ),
        _ => return None,
    })
}

/// Returns whether the code at the end of a Retry packet fits the packet that it answers, whose destination had this
/// connection id. None where that is not known.
pub fn retry_fits(version: Version, id: &[u8], packet: &[u8]) -> Option<bool> {
    let (key, nonce) = retry_code(version)?;
    let (packet, tag) = packet.split_at_checked(packet.len().checked_sub(TAG)?)?;
    let tag = *tag.first_chunk::<TAG>()?;
    let length = u8::try_from(id.len()).ok()?;
    let known = [&[length], id, packet].concat();
    let nothing: &mut [u8] = &mut [];
    let verified = Aes128Gcm::new(&key.into()).decrypt_inout_detached(
        &nonce.into(),
        &known,
        nothing.into(),
        &tag.into(),
    );
    Some(verified.is_ok())
}

/// RFC 9000, appendix A.3: returns the packet number of which a packet has the lowest bits.
fn whole_number(low: u64, bits: u32, largest: Option<u64>) -> u64 {
    let Some(expected) = largest.map(|largest| largest.saturating_add(1)) else {
        return low;
    };
    let window = 1_u64 << bits;
    let near = expected & !(window - 1) | low;
    if near.saturating_add(window / 2) <= expected && near < (1 << 62) - window {
        near + window
    } else if near > expected.saturating_add(window / 2) && near >= window {
        near - window
    } else {
        near
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        reason = "a test may panic"
    )]

    use super::{
        super::vectors::{CLIENT, CLIENT_2, RETRY, RETRY_2, SERVER, SERVER_2},
        *,
    };
    use crate::test_support::bytes;

    /// RFC 9001, appendix A.1.
    #[test]
    fn keys_of_version_1() {
        let keys = InitialKeys::new(Version::ONE, &bytes("8394c8f03e515708")).unwrap();
        assert_eq!(
            keys.client.key[..],
            bytes("1f369613dd76d5467730efcbe3b1a22d")
        );
        assert_eq!(keys.client.iv[..], bytes("fa044b2f42a3fd3b46fb255c"));
        assert_eq!(
            keys.client.header[..],
            bytes("9f50449e04a0e810283a1e9933adedd2")
        );
        assert_eq!(
            keys.server.key[..],
            bytes("cf3a5331653c364c88f0f379b6067e37")
        );
        assert_eq!(keys.server.iv[..], bytes("0ac1493ca1905853b0bba03e"));
        assert_eq!(
            keys.server.header[..],
            bytes("c206b8d9b9f0f37644430b490eeaa314")
        );
    }

    /// RFC 9369, appendix A.1.
    #[test]
    fn keys_of_version_2() {
        let keys = InitialKeys::new(Version::TWO, &bytes("8394c8f03e515708")).unwrap();
        assert_eq!(
            keys.client.key[..],
            bytes("8b1a0bc121284290a29e0971b5cd045d")
        );
        assert_eq!(keys.client.iv[..], bytes("91f73e2351d8fa91660e909f"));
        assert_eq!(
            keys.client.header[..],
            bytes("45b95e15235d6f45a6b19cbcb0294ba9")
        );
        assert_eq!(
            keys.server.key[..],
            bytes("82db637861d55e1d011f19ea71d5d2a7")
        );
        assert_eq!(keys.server.iv[..], bytes("dd13c276499c0249d3310652"));
        assert_eq!(
            keys.server.header[..],
            bytes("edf6d05c83121201b436e16877593c3a")
        );
    }

    #[test]
    fn packets_of_the_rfcs() {
        let id = bytes("8394c8f03e515708");
        for (version, client, server, retry) in [
            (Version::ONE, CLIENT, SERVER, RETRY),
            (Version::TWO, CLIENT_2, SERVER_2, RETRY_2),
        ] {
            let keys = InitialKeys::new(version, &id).unwrap();
            let [client, server, mut retry] = [client, server, retry].map(bytes);
            let opened = keys.client.open(&client, 18, None).unwrap();
            assert_eq!((opened.first & 0x0f, opened.number), (0x03, 2));
            assert_eq!((opened.number_length, opened.payload.len()), (4, 1162));
            assert!(
                opened
                    .payload
                    .starts_with(&bytes("060040f1010000ed0303ebf8fa56"))
            );
            let opened = keys.server.open(&server, 18, None).unwrap();
            assert_eq!((opened.first & 0x0f, opened.number), (0x01, 1));
            assert_eq!((opened.number_length, opened.payload.len()), (2, 99));
            assert!(
                opened
                    .payload
                    .starts_with(&bytes("02000000000600405a020000560303ee"))
            );
            // Of other keys, and cut short anywhere.
            assert_eq!(keys.server.open(&client, 18, None), None);
            for length in 0..server.len() {
                assert_eq!(keys.server.open(&server[..length], 18, None), None);
            }
            assert_eq!(keys.server.open(&server, usize::MAX, None), None);
            assert_eq!(retry_fits(version, &id, &retry), Some(true));
            retry[5] ^= 1;
            assert_eq!(retry_fits(version, &id, &retry), Some(false));
            assert_eq!(retry_fits(version, &id, &retry[..9]), None);
        }
        assert_eq!(InitialKeys::new(Version(0x1a2a_3a4a), &id), None);
    }

    /// RFC 9000, appendix A.3.
    #[test]
    fn packet_numbers() {
        assert_eq!(whole_number(0x9b32, 16, Some(0xa82f_30ea)), 0xa82f_9b32);
        assert_eq!(whole_number(7, 8, None), 7);
        assert_eq!(whole_number(0xff, 8, Some(0x100)), 0xff);
        assert_eq!(whole_number(0x01, 8, Some(0xfe)), 0x101);
        assert_eq!(whole_number(0xff, 8, Some(u64::MAX)), !0);
    }
}
