//! Finds the secrets in a header block: HPACK, RFC 7541. No table of earlier fields is kept: a value is searched by its
//! own text, and by the name that stands beside it.

use crate::{HeaderSecrets, header_secrets::is_bearing};
use std::ops::Range;

/// The index of the first field of the dynamic table: RFC 7541, appendix A has those before it.
const DYNAMIC: u64 = 62;

/// Returns a name of the static table, as far as it matters for secrets.
fn static_name(index: u64) -> &'static [u8] {
    match index {
        // :authority
        1 => b"host",
        23 => b"authorization",
        32 => b"cookie",
        48 | 49 => b"proxy-authorization",
        55 => b"set-cookie",
        _ => b"location",
    }
}

/// Symbols by the length of their codes, in bits. Codes of a length are consecutive, and follow those of the length
/// before: RFC 7541, appendix B.
const SYMBOLS: &[(u32, &[u8])] = &[
    (5, b"012aceiost"),
    (6, b" %-./3456789=A_bdfghlmnpru"),
    (7, b":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz"),
    (8, b"&*,;XZ"),
    (10, b"!\"()?"),
    (11, b"'+|"),
    (12, b"#>"),
    (13, &[0, 36, 64, 91, 93, 126]),
    (14, b"^}"),
    (15, b"<`{"),
    (19, &[92, 195, 208]),
    (20, &[128, 130, 131, 162, 184, 194, 224, 226]),
    (
        21,
        &[
            153, 161, 167, 172, 176, 177, 179, 209, 216, 217, 227, 229, 230,
        ],
    ),
    (
        22,
        &[
            129, 132, 133, 134, 136, 146, 154, 156, 160, 163, 164, 169, 170, 173, 178, 181, 185,
            186, 187, 189, 190, 196, 198, 228, 232, 233,
        ],
    ),
    (
        23,
        &[
            1, 135, 137, 138, 139, 140, 141, 143, 147, 149, 150, 151, 152, 155, 157, 158, 165, 166,
            168, 174, 175, 180, 182, 183, 188, 191, 197, 231, 239,
        ],
    ),
    (
        24,
        &[9, 142, 144, 145, 148, 159, 171, 206, 215, 225, 236, 237],
    ),
    (25, &[199, 207, 234, 235]),
    (
        26,
        &[
            192, 193, 200, 201, 202, 205, 210, 213, 218, 219, 238, 240, 242, 243, 255,
        ],
    ),
    (
        27,
        &[
            203, 204, 211, 212, 214, 221, 222, 223, 241, 244, 245, 246, 247, 248, 250, 251, 252,
            253, 254,
        ],
    ),
    (
        28,
        &[
            2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28,
            29, 30, 31, 127, 220, 249,
        ],
    ),
    (30, &[10, 13, 22]),
];

/// Decodes a string: RFC 7541, section 5.2. What is no code ends it.
fn decode(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let bits = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| u32::from(byte >> bit & 1)));
    let (mut code, mut length) = (0_u32, 0_u32);
    // The first code of the length, and the symbols of that length.
    let mut first = 0_u32;
    let mut rows = SYMBOLS.iter();
    let mut row = rows.next();
    for bit in bits {
        code = code << 1 | bit;
        first <<= 1;
        length += 1;
        let Some((of, symbols)) = row else {
            break;
        };
        if length < *of {
            continue;
        }
        let symbol = code
            .checked_sub(first)
            .and_then(|at| symbols.get(at as usize));
        if let Some(symbol) = symbol {
            text.push(*symbol);
            (code, length, first) = (0, 0, 0);
            rows = SYMBOLS.iter();
        } else {
            first += symbols.len() as u32;
        }
        row = rows.next();
    }
    text
}

/// The rest of a block.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Reads an integer whose first byte has a prefix of this many bits: RFC 7541, section 5.1.
    fn integer(&mut self, prefix: u32) -> Option<u64> {
        let most = (1_u64 << prefix) - 1;
        let mut value = u64::from(*self.bytes.get(self.at)?) & most;
        self.at += 1;
        if value < most {
            return Some(value);
        }
        for shift in (0..32).step_by(7) {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            value += u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// Reads a string. Returns its range, whether it is encoded, and its text.
    fn string(&mut self) -> Option<(Range<usize>, bool, Vec<u8>)> {
        let encoded = *self.bytes.get(self.at)? & 0x80 != 0;
        let length = usize::try_from(self.integer(7)?).ok()?;
        let range = self.at..self.at.checked_add(length)?;
        let bytes = self.bytes.get(range.clone())?;
        self.at = range.end;
        let text = match encoded {
            true => decode(bytes),
            false => bytes.to_vec(),
        };
        Some((range, encoded, text))
    }

    /// Reads a field. Returns nothing if it holds no secret, or if it is of a table.
    fn field(&mut self) -> Option<Vec<Range<usize>>> {
        let first = *self.bytes.get(self.at)?;
        let prefix = match first {
            0x80.. => {
                self.integer(7)?;
                return Some(Vec::new());
            }
            0x40.. => 6,
            // The size of the table.
            0x20.. => {
                self.integer(5)?;
                return Some(Vec::new());
            }
            _ => 4,
        };
        let name = match self.integer(prefix)? {
            0 => self.string()?.2,
            index @ 1..DYNAMIC => static_name(index).to_vec(),
            _ => Vec::new(),
        };
        let (range, encoded, text) = self.string()?;
        // The name may be one of the dynamic table.
        let is_credentials = name.is_empty() && has_scheme(&text);
        let name = if is_credentials {
            b"authorization"
        } else {
            name.as_slice()
        };
        let name = name.strip_prefix(b":").unwrap_or(name);
        let line = [name, b": ", &text].concat();
        let mut found = Vec::new();
        HeaderSecrets::trailer().find(&line, &mut found);
        found.retain(|secret| !secret.is_empty());
        // The codes of a password end within bytes.
        if encoded && !found.is_empty() {
            return Some(vec![range]);
        }
        let before = name.len() + 2;
        let of_value = |secret: Range<usize>| {
            let offset = |at: usize| range.start + at.saturating_sub(before);
            offset(secret.start)..offset(secret.end)
        };
        Some(found.into_iter().map(of_value).collect())
    }
}

fn has_scheme(value: &[u8]) -> bool {
    let scheme = value.split(|&byte| byte == b' ').next();
    scheme.is_some_and(is_bearing)
}

/// Returns the secrets in a header block. If it is no valid block, nothing is known of the rest, which is secret.
pub fn secrets(block: &[u8]) -> Vec<Range<usize>> {
    let mut reader = Reader {
        bytes: block,
        at: 0,
    };
    let mut secrets = Vec::new();
    while reader.at < block.len() {
        let at = reader.at;
        match reader.field() {
            Some(found) => secrets.extend(found),
            None => {
                secrets.push(at..block.len());
                break;
            }
        }
    }
    secrets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::bytes;

    /// RFC 7541, appendix C.4.
    #[test]
    fn codes() {
        for (hex, text) in [
            ("f1e3c2e5f23a6ba0ab90f4ff", "www.example.com"),
            ("a8eb10649cbf", "no-cache"),
            ("25a849e95ba97d7f", "custom-key"),
            ("25a849e95bb8e8b4bf", "custom-value"),
        ] {
            assert_eq!(String::from_utf8_lossy(&decode(&bytes(hex))), text);
        }
        let symbols: usize = SYMBOLS.iter().map(|(_, symbols)| symbols.len()).sum();
        assert_eq!(symbols, 256);
    }

    /// RFC 7541, appendices C.3.1 and C.4.1.
    #[test]
    fn blocks_without_secrets() {
        for hex in [
            "828684410f7777772e6578616d706c652e636f6d",
            "828684418cf1e3c2e5f23a6ba0ab90f4ff",
            "828684be58086e6f2d6361636865",
        ] {
            assert_eq!(secrets(&bytes(hex)), [], "{hex}");
        }
    }

    #[test]
    fn blocks_with_secrets() {
        let found = |block: &[u8]| {
            let texts = secrets(block)
                .into_iter()
                .filter_map(|range| block.get(range));
            texts
                .map(|text| String::from_utf8_lossy(text).into_owned())
                .collect::<Vec<_>>()
        };
        let path = b"\x82\x04\x13/?password=hush&a=b\x0f\x08\x0aBasic QWxh";
        assert_eq!(found(path), ["hush", "QWxh"]);
        let block = b"\x40\x07referer\x10http://a:b@c.kr/\x7f\x01\x0bBearer mF_9";
        assert_eq!(found(block), ["b", "mF_9"]);
        assert_eq!(found(b"\x82\x04\x7fabc"), ["\x04\x7fabc"]);
    }
}
