//! Escaped letters in URIs and forms, and in the strings of JSON.

/// Decodes percent-encoding, RFC 3986, section 2.1. In forms a plus sign is a space.
pub fn percent(text: &[u8], form: bool) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        let digit = |at: usize| char::from(*behind.get(at)?).to_digit(16);
        rest = behind;
        match (byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high << 4 | low) as u8);
                rest = behind.get(2..).unwrap_or_default();
            }
            (b'+', ..) if form => decoded.push(b' '),
            _ => decoded.push(byte),
        }
    }
    decoded
}

/// Decodes a string without its quotes: RFC 8259, section 7.
pub fn unescaped(text: &[u8]) -> String {
    let inside = text
        .get(1..text.len().saturating_sub(1))
        .unwrap_or_default();
    let inside = String::from_utf8_lossy(inside);
    let mut said = String::with_capacity(inside.len());
    let mut letters = inside.chars();
    let mut high = None;
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            said.push(letter);
            continue;
        }
        match letters.next() {
            Some('b') => said.push('\u{8}'),
            Some('f') => said.push('\u{c}'),
            Some('n') => said.push('\n'),
            Some('r') => said.push('\r'),
            Some('t') => said.push('\t'),
            Some('u') => {
                let digits: String = letters.by_ref().take(4).collect();
                let unit = u16::from_str_radix(&digits, 16).unwrap_or(0xfffd);
                match (high.take(), unit) {
                    (_, 0xd800..=0xdbff) => high = Some(unit),
                    (Some(high), unit) => {
                        let pair = char::decode_utf16([high, unit]);
                        said.extend(pair.map(|letter| letter.unwrap_or('\u{fffd}')));
                    }
                    (None, unit) => said.push(char::from_u32(unit.into()).unwrap_or('\u{fffd}')),
                }
            }
            Some(other) => said.push(other),
            None => break,
        }
    }
    said
}
