//! Encodings of mail that turn bytes into short lines of ASCII: RFC 2045, section 6.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// An encoding of a Content-Transfer-Encoding field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    /// RFC 2045, section 6.8.
    Base64,
    /// RFC 2045, section 6.7.
    QuotedPrintable,
    /// `x-uuencode`: IEEE 1003.1, uuencode.
    Uuencode,
}

/// The result of decoding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Invalid parts of the encoded form were skipped.
    pub damaged: bool,
}

impl Transfer {
    /// Returns the encoding with this name; none where the bytes are not encoded.
    pub fn by_name(name: &str) -> Option<Transfer> {
        match name.trim().to_ascii_lowercase().as_str() {
            "base64" => Some(Transfer::Base64),
            "quoted-printable" => Some(Transfer::QuotedPrintable),
            "x-uuencode" | "x-uue" | "uuencode" => Some(Transfer::Uuencode),
            _ => None,
        }
    }

    /// Decodes the bytes as far as possible.
    pub fn decode(self, bytes: &[u8]) -> Decoded {
        match self {
            Transfer::Base64 => base64(bytes),
            Transfer::QuotedPrintable => quoted_printable(bytes),
            Transfer::Uuencode => uuencode(bytes),
        }
    }
}

/// The last letter's spare bits may be anything, and padding may be missing, as writers differ.
const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Decodes base64. Other letters are skipped: RFC 2045, section 6.8.
pub fn base64(bytes: &[u8]) -> Decoded {
    let mut damaged = false;
    let mut letters = Vec::with_capacity(bytes.len());
    let mut decoded = Vec::with_capacity(bytes.len() / 4 * 3 + 3);
    for &byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => letters.push(byte),
            // Some writers encode piece by piece, each with its own padding.
            b'=' => damaged |= flush(&mut letters, &mut decoded),
            b'\r' | b'\n' | b' ' | b'\t' => {}
            _ => damaged = true,
        }
    }
    damaged |= flush(&mut letters, &mut decoded);
    Decoded {
        bytes: decoded,
        damaged,
    }
}

/// Decodes letters without padding. Returns whether an incomplete one was left.
fn flush(letters: &mut Vec<u8>, decoded: &mut Vec<u8>) -> bool {
    const GROUP: usize = 4;
    let alone = letters.len() % GROUP == 1;
    if alone {
        letters.pop();
    }
    let failed = FORGIVING.decode_vec(&*letters, decoded).is_err();
    letters.clear();
    alone || failed
}

/// Decodes the lines between `begin` and `end`: the number of bytes in a line, then four letters for three bytes.
/// Spaces at the end of a line may have been lost in transit.
fn uuencode(bytes: &[u8]) -> Decoded {
    const FIRST: u8 = b' ';
    const BITS: u8 = 0x3f;
    let mut decoded = Decoded::default();
    let lines = bytes.split(|&byte| byte == b'\n');
    let mut lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    decoded.damaged = !lines.any(|line| line.starts_with(b"begin "));
    let mut ended = false;
    for line in lines {
        if line.trim_ascii_end() == b"end" {
            ended = true;
            break;
        }
        let Some((count, letters)) = line.split_first() else {
            continue;
        };
        let is_letter = |byte: &u8| (FIRST..=FIRST + BITS + 1).contains(byte);
        if !line.iter().all(is_letter) {
            decoded.damaged = true;
            continue;
        }
        let value = |letter: u8| letter.wrapping_sub(FIRST) & BITS;
        let count = usize::from(value(*count));
        let mut left = count;
        for group in letters.chunks(4) {
            let [a, b, c, d] = [0, 1, 2, 3].map(|at| group.get(at).map_or(0, |it| value(*it)));
            let three = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
            let taken = three.get(..left.min(three.len())).unwrap_or_default();
            decoded.bytes.extend_from_slice(taken);
            left -= taken.len();
        }
        // Lost spaces are zeros. So many of them that the text grows are none.
        match decoded.bytes.len() < bytes.len() {
            true => decoded.bytes.extend(std::iter::repeat_n(0, left)),
            false => decoded.damaged |= left > 0,
        }
    }
    decoded.damaged |= !ended;
    decoded
}

/// Decodes quoted-printable. An invalid equals sign is kept.
pub fn quoted_printable(bytes: &[u8]) -> Decoded {
    let mut decoded = Decoded::default();
    let mut lines = bytes.split_inclusive(|&byte| byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        let ended = line.strip_suffix(b"\n");
        let text = ended.map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line));
        let ending = line.get(text.len()..).unwrap_or_default();
        // Spaces at the end of a line were added in transit.
        let text = match ended {
            Some(_) => text.trim_ascii_end(),
            None => text,
        };
        let (text, soft) = match text.strip_suffix(b"=") {
            Some(text) if ended.is_some() || lines.peek().is_none() => (text, true),
            _ => (text, false),
        };
        escaped(text, b'=', &mut decoded);
        if !soft {
            decoded.bytes.extend_from_slice(ending);
        }
    }
    decoded
}

/// Decodes bytes that are two hexadecimal digits after a sign.
pub fn escaped(text: &[u8], sign: u8, decoded: &mut Decoded) {
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        let pair = behind.split_at_checked(2).filter(|_| byte == sign);
        let value = pair.and_then(|(digits, behind)| {
            let digits = std::str::from_utf8(digits).ok()?;
            let plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            let value = u8::from_str_radix(digits, 16).ok()?;
            plain.then_some((value, behind))
        });
        match value {
            Some((value, behind)) => {
                decoded.bytes.push(value);
                rest = behind;
            }
            None => {
                decoded.damaged |= byte == sign;
                decoded.bytes.push(byte);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuencoded() {
        let decode = |text: &str| Transfer::Uuencode.decode(text.as_bytes());
        let cat = decode("begin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n");
        assert_eq!((&cat.bytes[..], cat.damaged), (&b"Cat"[..], false));
        let two = decode("text\nbegin 600 x\n%:&5L;&\\`\n%86)C9&4 \n\nend\nmore");
        assert_eq!((&two.bytes[..], two.damaged), (&b"helloabcde"[..], false));
        // Spaces were lost, lines are missing, nothing is encoded.
        assert_eq!(decode("begin 644 x\n#\nend").bytes, [0, 0, 0]);
        assert!(decode("begin 644 x\n#0V%T\n").damaged);
        assert!(decode("nothing").damaged);
        assert_eq!(Transfer::by_name("X-UUENCODE"), Some(Transfer::Uuencode));
    }

    /// RFC 4648, section 10.
    #[test]
    fn base64_examples() {
        for (clear, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            let decoded = base64(encoded.as_bytes());
            assert_eq!(
                (decoded.bytes.as_slice(), decoded.damaged),
                (clear.as_bytes(), false)
            );
            assert_eq!(
                base64(encoded.trim_end_matches('=').as_bytes()).bytes,
                clear.as_bytes()
            );
        }
    }

    #[test]
    fn base64_in_lines_in_pieces_and_damaged() {
        assert_eq!(base64(b"Zm9v\r\nYmFy\r\n").bytes, b"foobar");
        assert_eq!(base64(b"Zg==\r\nbw==").bytes, b"fo");
        let decoded = base64(b"Zm9v\0YmFy*\x1b[0m");
        assert!(decoded.damaged);
        assert!(decoded.bytes.starts_with(b"foobar"));
        assert_eq!(
            base64(b"Zm9vY"),
            Decoded {
                bytes: b"foo".to_vec(),
                damaged: true
            }
        );
        assert_eq!(base64(b"====").bytes, b"");
    }

    /// RFC 2045, section 6.7.
    #[test]
    fn quoted_printable_examples() {
        let decoded =
            |text: &[u8]| String::from_utf8_lossy(&quoted_printable(text).bytes).into_owned();
        assert_eq!(
            decoded(
                b"Now's the time =\r\nfor all folk to come=\r\n to the aid of their country.\r\n"
            ),
            "Now's the time for all folk to come to the aid of their country.\r\n"
        );
        assert_eq!(decoded(b"=EA=B0=80=eb=82=98 \t\r\nb\n"), "가나\r\nb\n");
        assert_eq!(decoded(b"end="), "end");
        assert!(!quoted_printable(b"a=\r\n").damaged);
        for odd in [&b"=G0"[..], b"a=4", b"=+1", b"1=2 3"] {
            assert_eq!(
                quoted_printable(odd),
                Decoded {
                    bytes: odd.to_vec(),
                    damaged: true
                }
            );
        }
    }

    #[test]
    fn names() {
        assert_eq!(Transfer::by_name(" BASE64 "), Some(Transfer::Base64));
        assert_eq!(
            Transfer::by_name("Quoted-Printable"),
            Some(Transfer::QuotedPrintable)
        );
        assert_eq!(Transfer::by_name("8bit"), None);
    }
}
