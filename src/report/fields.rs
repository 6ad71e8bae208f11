//! `wiretalk fields`.

use super::json::Object;
use crate::filter::{known, meaning, names};
use dissectors::FieldType;
use std::io::{self, Write};

/// The width of a name in the text; longer ones move what is behind them.
const NAME: usize = 44;

/// Writes the fields and protocols that filters can name, or those that a pattern names. Returns whether there are any.
///
/// # Errors
///
/// Fails if `out` is closed.
pub fn fields(pattern: Option<&str>, json: bool, out: &mut impl Write) -> io::Result<bool> {
    let mut all: Vec<&str> = names().collect();
    all.sort_unstable();
    all.dedup();
    let pattern = pattern.map(str::to_lowercase);
    let mut found = false;
    let mut line = String::new();
    for name in all {
        let Some(field) = known(name) else {
            continue;
        };
        let meaning = meaning(name);
        let fits = |pattern: &String| fits(pattern, name, &meaning);
        if !pattern.as_ref().is_none_or(fits) {
            continue;
        }
        found = true;
        let kind = word(field.kind);
        line.clear();
        if json {
            Object::open(&mut line)
                .text("name", name)
                .text("type", kind)
                .text("meaning", &meaning)
                .plain("protocol", field.kind == FieldType::Protocol)
                .close();
        } else {
            line = format!("{name:<NAME$} {kind:<16} {meaning}");
        }
        line.push('\n');
        out.write_all(line.as_bytes())?;
    }
    Ok(found)
}

/// Whether a pattern in lower case is part of a name or a meaning, or with wildcards is the name.
fn fits(pattern: &str, name: &str, meaning: &str) -> bool {
    let name = name.to_lowercase();
    match pattern.contains(['*', '?']) {
        true => is_glob_of(pattern.as_bytes(), name.as_bytes()),
        false => name.contains(pattern) || meaning.to_lowercase().contains(pattern),
    }
}

/// Whether `*` stands for any letters and `?` for one.
fn is_glob_of(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut next) = (0, 0);
    // The last asterisk, and where what it stands for ends.
    let mut star: Option<(usize, usize)> = None;
    while at < name.len() {
        match pattern.get(next) {
            Some(b'*') => {
                star = Some((next, at));
                next += 1;
            }
            Some(letter) if *letter == b'?' || *letter == name[at] => {
                at += 1;
                next += 1;
            }
            _ => match &mut star {
                Some((place, end)) => {
                    *end += 1;
                    (next, at) = (*place + 1, *end);
                }
                None => return false,
            },
        }
    }
    pattern
        .get(next..)
        .unwrap_or_default()
        .iter()
        .all(|letter| *letter == b'*')
}

/// Returns Wireshark's word for a type.
fn word(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Protocol => "FT_PROTOCOL",
        FieldType::None => "FT_NONE",
        FieldType::Boolean => "FT_BOOLEAN",
        FieldType::Char => "FT_CHAR",
        FieldType::Uint8 => "FT_UINT8",
        FieldType::Uint16 => "FT_UINT16",
        FieldType::Uint24 => "FT_UINT24",
        FieldType::Uint32 => "FT_UINT32",
        FieldType::Uint48 => "FT_UINT48",
        FieldType::Uint64 => "FT_UINT64",
        FieldType::Int8 => "FT_INT8",
        FieldType::Int16 => "FT_INT16",
        FieldType::Int32 => "FT_INT32",
        FieldType::Int64 => "FT_INT64",
        FieldType::Float => "FT_FLOAT",
        FieldType::Double => "FT_DOUBLE",
        FieldType::FrameNumber => "FT_FRAMENUM",
        FieldType::AbsoluteTime => "FT_ABSOLUTE_TIME",
        FieldType::RelativeTime => "FT_RELATIVE_TIME",
        FieldType::String => "FT_STRING",
        FieldType::Bytes => "FT_BYTES",
        FieldType::Ether => "FT_ETHER",
        FieldType::Eui64 => "FT_EUI64",
        FieldType::Ipv4 => "FT_IPv4",
        FieldType::Ipv6 => "FT_IPv6",
        FieldType::Guid => "FT_GUID",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_parts_or_globs() {
        for (pattern, fits) in [
            ("ttl", true),
            ("ip.t", true),
            ("time to", true),
            ("ip.*", true),
            ("*.ttl", true),
            ("ip.t?l", true),
            ("*p*t*l*", true),
            ("ip.?", false),
            ("*.tt", false),
            ("tls", false),
            ("", true),
        ] {
            assert_eq!(
                super::fits(pattern, "ip.ttl", "Time to live"),
                fits,
                "{pattern}"
            );
        }
    }

    #[test]
    fn every_field_has_a_type_and_a_meaning() {
        for name in names() {
            let kind = known(name).map(|field| word(field.kind));
            assert!(kind.is_some_and(|kind| !kind.is_empty()), "{name}");
            assert!(!meaning(name).is_empty(), "{name}");
        }
    }
}
