//! Domain names in Hangul, which are sent as `xn--…`: RFC 5890, section 2.3.2.1, and RFC 3492.

/// The prefix of such a label.
const PREFIX: &str = "xn--";

/// The maximum length of a label: RFC 1035, section 3.1.
const MAX_LABEL: usize = 63;

/// Decodes a name, if it has labels in Hangul. Labels in other scripts are not decoded: their letters can be mistaken
/// for Latin ones, which is why such names are registered.
pub fn in_letters(name: &str) -> Option<String> {
    if !name.contains(PREFIX) {
        return None;
    }
    let labels: Vec<_> = name
        .split('.')
        .map(|label| (label, letters(label)))
        .collect();
    let any = labels.iter().any(|(_, letters)| letters.is_some());
    let said = labels
        .into_iter()
        .map(|(label, letters)| letters.unwrap_or_else(|| label.to_owned()));
    any.then(|| said.collect::<Vec<_>>().join("."))
}

fn letters(label: &str) -> Option<String> {
    let code = label
        .strip_prefix(PREFIX)
        .filter(|_| label.len() <= MAX_LABEL)?;
    let letters = punycode::decode(code).ok()?;
    let syllable = |letter: char| ('가'..='힣').contains(&letter);
    let plain =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let readable = letters
        .chars()
        .all(|letter| syllable(letter) || plain(letter));
    // A label that is not in the one canonical form was not made by a registry.
    let canonical = punycode::encode(&letters).is_ok_and(|again| again == code);
    (readable && canonical && letters.chars().any(syllable)).then_some(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hangul_is_read_and_nothing_else() {
        let read = |name| in_letters(name);
        assert_eq!(read("xn--3e0b707e").as_deref(), Some("한국"));
        assert_eq!(
            read("www.xn--hq1bm8jm9l.kr").as_deref(),
            Some("www.도메인.kr")
        );
        // Plain names, Cyrillic that looks like Latin, Han, nothing, and an invalid code.
        for name in [
            "www.example.kr",
            "xn--80ak6aa92e.com",
            "xn--fiqs8s",
            "xn--",
            "xn--.kr",
            "xn--\u{1b}[2J",
            "xn--99999999",
        ] {
            assert_eq!(read(name), None, "{name:?}");
        }
        let long = format!("xn--{}", "3e0b707e".repeat(8000));
        assert_eq!(read(long.as_str()), None);
    }
}
