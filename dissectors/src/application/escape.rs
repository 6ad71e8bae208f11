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
    // Half of a pair of surrogates, which is a letter only with the other half directly behind it.
    let mut high = None;
    while let Some(letter) = letters.next() {
        let escape = (letter == '\\').then(|| letters.next());
        let unit = (escape == Some(Some('u'))).then(|| {
            let digits: String = letters.by_ref().take(4).collect();
            let are_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let unit = u16::from_str_radix(&digits, 16).ok();
            unit.filter(|_| are_digits).unwrap_or(0xfffd)
        });
        match (high.take(), unit) {
            (Some(high), Some(low @ 0xdc00..=0xdfff)) => {
                let pair = char::decode_utf16([high, low]);
                said.extend(pair.map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)));
                continue;
            }
            (Some(_), _) => said.push(char::REPLACEMENT_CHARACTER),
            (None, _) => {}
        }
        match (unit, escape) {
            (Some(unit @ 0xd800..=0xdbff), _) => high = Some(unit),
            (Some(unit), _) => {
                let letter = char::from_u32(unit.into());
                said.push(letter.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            (None, None) => said.push(letter),
            (None, Some(Some('b'))) => said.push('\u{8}'),
            (None, Some(Some('f'))) => said.push('\u{c}'),
            (None, Some(Some('n'))) => said.push('\n'),
            (None, Some(Some('r'))) => said.push('\r'),
            (None, Some(Some('t'))) => said.push('\t'),
            (None, Some(Some(other))) => said.push(other),
            (None, Some(None)) => break,
        }
    }
    if high.is_some() {
        said.push(char::REPLACEMENT_CHARACTER);
    }
    said
}
