//! Compressed bodies: RFC 9110, section 8.4.1, RFC 7932 and RFC 9659.

use std::io::Read;

/// The greatest length of a decompressed body. A bomb of several kilobytes would otherwise fill the memory.
pub const MAX_DECODED: usize = 16 << 20;

/// The maximum number of codings of one body: more only serve to hide something.
const MAX_CODINGS: usize = 4;

/// A compression method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// RFC 1952.
    Gzip,
    /// RFC 1950; some senders mean RFC 1951 by this name.
    Deflate,
    /// RFC 7932.
    Brotli,
    /// RFC 8878.
    Zstandard,
    /// One that is not supported.
    Unknown,
}

/// The end of decoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All of it was decoded.
    Whole,
    /// The bytes ended early or were invalid.
    Broken,
    /// The result reached the limit.
    Capped,
}

impl Coding {
    /// Reads a list of codings, in the order in which they were applied. `identity` is none, and `chunked` is no
    /// compression.
    pub fn list(value: &str) -> Vec<Coding> {
        let names = value
            .split(',')
            .map(|name| name.trim().to_ascii_lowercase());
        let codings = names.filter_map(|name| {
            Some(match name.as_str() {
                "" | "identity" | "chunked" => return None,
                "gzip" | "x-gzip" => Coding::Gzip,
                "deflate" | "x-deflate" => Coding::Deflate,
                "br" => Coding::Brotli,
                "zstd" => Coding::Zstandard,
                _ => Coding::Unknown,
            })
        });
        codings.collect()
    }

    fn undo(self, bytes: &[u8], most: usize) -> Option<(Vec<u8>, End)> {
        Some(match self {
            Coding::Gzip => drain(most, flate2::bufread::MultiGzDecoder::new(bytes)),
            Coding::Deflate => match drain(most, flate2::bufread::ZlibDecoder::new(bytes)) {
                (decoded, End::Broken) if decoded.is_empty() => {
                    drain(most, flate2::bufread::DeflateDecoder::new(bytes))
                }
                decoded => decoded,
            },
            Coding::Brotli => {
                const BUFFER: usize = 4096;
                drain(most, brotli_decompressor::Decompressor::new(bytes, BUFFER))
            }
            Coding::Zstandard => drain(most, ruzstd::decoding::StreamingDecoder::new(bytes).ok()?),
            Coding::Unknown => return None,
        })
    }
}

/// Reverses all codings, the last one first, into at most `most` bytes. None if nothing could be decoded.
pub fn decode(codings: &[Coding], bytes: &[u8], most: usize) -> Option<(Vec<u8>, End)> {
    if codings.len() > MAX_CODINGS {
        return None;
    }
    let mut whole = End::Whole;
    let mut decoded: Option<Vec<u8>> = None;
    for coding in codings.iter().rev() {
        let (undone, end) = coding.undo(decoded.as_deref().unwrap_or(bytes), most)?;
        if undone.is_empty() && end == End::Broken {
            return None;
        }
        if end != End::Whole {
            whole = end;
        }
        decoded = Some(undone);
    }
    Some((decoded?, whole))
}

/// Decompresses a WebSocket message, RFC 7692, section 7.2.2, which omits the end of a block. None if it cannot be
/// read by itself.
pub fn inflate_message(bytes: &[u8], most: usize) -> Option<(Vec<u8>, End)> {
    /// The omitted end, followed by an empty last block.
    const END: [u8; 6] = [0, 0, 0xff, 0xff, 3, 0];
    let whole = [bytes, &END].concat();
    match drain(most, flate2::bufread::DeflateDecoder::new(whole.as_slice())) {
        (_, End::Broken) => None,
        decoded => Some(decoded).filter(|(decoded, _)| !decoded.is_empty()),
    }
}

/// Returns the output of a decoder, up to `most` bytes.
fn drain(most: usize, decoder: impl Read) -> (Vec<u8>, End) {
    let most = most.min(MAX_DECODED);
    let mut decoded = Vec::new();
    let read = decoder.take(most as u64 + 1).read_to_end(&mut decoded);
    let end = match read {
        _ if decoded.len() > most => End::Capped,
        Ok(_) => End::Whole,
        Err(_) => End::Broken,
    };
    decoded.truncate(most);
    (decoded, end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::bytes;
    use flate2::{Compression, write};
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = write::GzEncoder::new(Vec::new(), Compression::best());
        let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
        written.unwrap_or_default()
    }

    #[test]
    fn lists() {
        assert_eq!(Coding::list("GZIP, br"), [Coding::Gzip, Coding::Brotli]);
        assert_eq!(Coding::list("identity"), []);
        assert_eq!(
            Coding::list("zstd,x-own"),
            [Coding::Zstandard, Coding::Unknown]
        );
    }

    #[test]
    fn each_coding() {
        let hello = |coding, hex: &str| decode(&[coding], &bytes(hex), usize::MAX);
        let whole = Some((b"hello hello hello\n".to_vec(), End::Whole));
        let packed = gzip(b"hello hello hello\n");
        assert_eq!(decode(&[Coding::Gzip], &packed, usize::MAX), whole);
        assert_eq!(
            decode(&[Coding::Gzip, Coding::Gzip], &gzip(&packed), usize::MAX),
            whole
        );
        let zlib = "78dacb48cdc9c957c840905c0040b50687";
        let zstd = "28b52ffd 20 12 910000 68656c6c6f2068656c6c6f2068656c6c6f0a";
        assert_eq!(hello(Coding::Zstandard, zstd), whole);
        assert_eq!(
            hello(Coding::Deflate, zlib).map(|(decoded, _)| decoded),
            Some(b"hello hello hello\n".to_vec())
        );
        // The stream without zlib's header and sum.
        assert_eq!(hello(Coding::Deflate, "cb48cdc9c957c840905c00"), whole);
        // A brotli stream of one uncompressed block.
        assert_eq!(
            hello(
                Coding::Brotli,
                "8b088068656c6c6f2068656c6c6f2068656c6c6f0a03"
            ),
            whole
        );
    }

    #[test]
    fn garbage_and_bombs() {
        for coding in [
            Coding::Gzip,
            Coding::Deflate,
            Coding::Brotli,
            Coding::Zstandard,
            Coding::Unknown,
        ] {
            assert_eq!(
                decode(&[coding], b"\xff\xfe no such thing", usize::MAX),
                None
            );
            let nothing = decode(&[coding], b"", usize::MAX);
            assert!(nothing.is_none_or(|(decoded, _)| decoded.is_empty()));
        }
        let mut broken = gzip(b"some text that is cut in its middle, and then a little more of it");
        broken.truncate(broken.len() - 12);
        let end = decode(&[Coding::Gzip], &broken, usize::MAX).map(|(_, end)| end);
        assert_eq!(end, Some(End::Broken));
        let bomb = gzip(&vec![0; MAX_DECODED + 1000]);
        assert!(bomb.len() < 40_000);
        let (decoded, end) =
            decode(&[Coding::Gzip], &bomb, usize::MAX).unwrap_or((Vec::new(), End::Whole));
        assert_eq!((decoded.len(), end), (MAX_DECODED, End::Capped));
        let twice = decode(&[Coding::Gzip; 5], &bomb, usize::MAX);
        assert_eq!(twice, None);
    }
}
