//! Words and texts in message heads.

use crate::Value;

/// Returns the bytes up to the next space, and what follows the spaces.
pub fn token(bytes: &[u8]) -> (&[u8], &[u8]) {
    let length = bytes.iter().take_while(|&&byte| byte != b' ').count();
    let (token, behind) = bytes.split_at(length);
    let spaces = behind.iter().take_while(|&&byte| byte == b' ').count();
    (token, behind.get(spaces..).unwrap_or_default())
}

/// Returns bytes as ASCII text up to the first zero; other bytes become a replacement sign.
pub fn string(bytes: &[u8]) -> String {
    let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
    let bytes = bytes.split_at(end).0;
    let letter = |&byte: &u8| match byte.is_ascii() {
        true => char::from(byte),
        false => char::REPLACEMENT_CHARACTER,
    };
    match str::from_utf8(bytes).ok().filter(|text| text.is_ascii()) {
        Some(text) => text.to_owned(),
        None => bytes.iter().map(letter).collect(),
    }
}

/// Returns bytes as the text of a row.
pub fn text(bytes: &[u8]) -> Value {
    Value::Text(string(bytes))
}

/// Returns the method and the URI of a request line.
pub fn request_of(line: &[u8]) -> (&[u8], &[u8]) {
    let (method, behind) = token(line);
    (method, token(behind).0)
}

/// Writes a number of bytes, whatever it is.
pub fn bytes(count: u64) -> String {
    match count {
        1 => "1 byte".to_owned(),
        _ => format!("{count} bytes"),
    }
}

/// Writes a number of bytes with a unit.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 3] = ["kB", "MB", "GB"];
    if bytes < 1000 {
        return self::bytes(bytes);
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = UNITS.iter();
    let mut name = unit.next().unwrap_or(&"");
    for larger in unit {
        // A value that would be rounded to 1000 gets the next unit.
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        name = larger;
    }
    match value < 9.95 {
        true => format!("{value:.1} {name}"),
        false => format!("{value:.0} {name}"),
    }
}
