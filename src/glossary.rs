//! The glossary: docs/glossary.md, and in Korean docs/glossary.ko.md, which the program contains.

use crate::lang::{self, Language};
use std::sync::LazyLock;

/// A term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The term itself.
    pub name: &'static str,
    /// Other words for it, and its forms; in Korean also the English ones.
    pub others: Vec<&'static str>,
    /// What it means, one paragraph.
    pub text: String,
    /// The fields that hold it.
    pub fields: Vec<&'static str>,
    /// A sample that shows it, and the packet.
    pub example: Option<(&'static str, u32)>,
}

static ENGLISH: LazyLock<Vec<Term>> = LazyLock::new(|| parse(include_str!("../docs/glossary.md")));
static KOREAN: LazyLock<Vec<Term>> =
    LazyLock::new(|| parse(include_str!("../docs/glossary.ko.md")));

/// Returns all terms, in the order of the alphabet.
pub fn terms() -> &'static [Term] {
    terms_in(lang::chosen())
}

/// Returns all terms in a language, in the order of the alphabet.
pub fn terms_in(language: Language) -> &'static [Term] {
    match language {
        Language::En => &ENGLISH,
        Language::Ko => &KOREAN,
    }
}

fn parse(source: &'static str) -> Vec<Term> {
    let sections = source.split("\n## ").skip(1);
    sections.filter_map(term).collect()
}

/// Parses a section: the term, what it means, and lines that begin with a name.
fn term(section: &'static str) -> Option<Term> {
    let (name, rest) = section.split_once('\n')?;
    let mut term = Term {
        name: name.trim(),
        others: Vec::new(),
        text: String::new(),
        fields: Vec::new(),
        example: None,
    };
    let list = |list: &'static str| list.split(',').map(str::trim).collect();
    for line in rest.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.split_once(": ") {
            Some(("Also" | "다른 이름", words)) => term.others = list(words),
            Some(("Fields" | "필드", names)) => term.fields = list(names),
            Some(("Example" | "예", place)) => {
                let (sample, packet) = place.split_once(", ")?;
                let (_, number) = packet.split_once(' ')?;
                term.example = Some((sample, number.parse().ok()?));
            }
            _ => {
                if !term.text.is_empty() {
                    term.text.push(' ');
                }
                term.text.push_str(line);
            }
        }
    }
    Some(term)
}

/// Returns the term that a field of a packet holds.
pub fn of_field(name: &str) -> Option<&'static Term> {
    let holds = |term: &&Term| term.fields.contains(&name);
    terms().iter().find(holds)
}

/// An occurrence of a term in a text: its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Where it is.
    pub at: std::ops::Range<usize>,
    /// The term.
    pub term: &'static Term,
}

/// Finds the terms in a text, in order. Of overlapping ones the longest counts.
pub fn find(text: &str) -> Vec<Occurrence> {
    find_in(terms(), text)
}

fn find_in(terms: &'static [Term], text: &str) -> Vec<Occurrence> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(first) = rest.chars().next() else {
            break;
        };
        let before = text[..at].chars().next_back();
        // A word in Latin letters may stand between Korean ones.
        let begins = !before.is_some_and(|letter| {
            letter.is_alphanumeric() && is_hangul(letter) == is_hangul(first)
        });
        let longest = match begins {
            true => longest(terms, rest),
            false => None,
        };
        match longest {
            Some((length, term)) => {
                let end = at + length;
                found.push(Occurrence { at: at..end, term });
                at = end;
            }
            None => at += first.len_utf8(),
        }
    }
    found
}

/// Returns the longest term that a text begins with, and its length.
fn longest(terms: &'static [Term], text: &str) -> Option<(usize, &'static Term)> {
    let words = terms.iter().flat_map(|term| {
        let words = std::iter::once(term.name).chain(term.others.iter().copied());
        words.map(move |word| (word, term))
    });
    let matching = words.filter(|(word, _)| {
        let Some((begin, rest)) = text.split_at_checked(word.len()) else {
            return false;
        };
        // A Korean particle may follow: SYN은, 세그먼트를.
        let goes_on = rest
            .chars()
            .next()
            .is_some_and(|letter| letter.is_alphanumeric() && !is_hangul(letter));
        !goes_on && is_same(begin, word)
    });
    let longest = matching.max_by_key(|(word, _)| word.len());
    longest.map(|(word, term)| (word.len(), term))
}

fn is_hangul(letter: char) -> bool {
    ('가'..='힣').contains(&letter)
}

/// Whether a word of a text is a term: abbreviations only in capitals.
fn is_same(word: &str, term: &str) -> bool {
    match term.chars().any(char::is_lowercase) {
        true => word.eq_ignore_ascii_case(term),
        false => word == term,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn every_term_is_explained() {
        let terms = terms();
        assert!(terms.len() >= 40, "{}", terms.len());
        for term in terms {
            assert!(term.text.len() > 60, "{}", term.name);
            assert!(term.text.ends_with('.'), "{}", term.name);
        }
        // The words of an introduction to networks.
        for name in [
            "SYN",
            "ACK",
            "ISN",
            "Window",
            "MSS",
            "RTT",
            "Handshake",
            "Distance vector",
            "Link state",
            "Path vector",
            "FTPS",
            "SFTP",
            "OSI model",
            "TCP/IP model",
        ] {
            assert!(terms.iter().any(|term| term.name == name), "{name}");
        }
        let names: Vec<_> = terms.iter().map(|term| term.name.to_lowercase()).collect();
        assert!(names.is_sorted(), "{names:?}");
    }

    /// No word is of two terms, and no field.
    #[test]
    fn words_and_fields_are_of_one_term() {
        for language in [Language::En, Language::Ko] {
            let mut seen = std::collections::HashSet::new();
            for term in terms_in(language) {
                let words = term.others.iter().chain([&term.name]);
                for word in words.chain(&term.fields) {
                    assert!(seen.insert(word.to_lowercase()), "{word}");
                }
                for field in &term.fields {
                    let is_declared = dissectors::ALL.iter().any(|dissector| {
                        let mut fields = dissector.fields.iter().flat_map(|fields| fields.iter());
                        fields.any(|known| known.name == *field)
                    });
                    assert!(is_declared, "{}: {field}", term.name);
                }
            }
        }
    }

    /// Each English term is one Korean term: it has all its words, its fields and its example.
    #[test]
    fn both_languages_have_the_same_terms() {
        let (english, korean) = (terms_in(Language::En), terms_in(Language::Ko));
        assert_eq!(korean.len(), english.len());
        for term in english {
            let has = |known: &&Term, word| known.name == word || known.others.contains(&word);
            let found = korean.iter().find(|known| has(known, term.name));
            let found = found.unwrap_or_else(|| panic!("Korean lacks {}", term.name));
            for word in &term.others {
                assert!(has(&found, word), "{} lacks {word}", found.name);
            }
            assert_eq!(found.fields, term.fields, "{}", term.name);
            assert_eq!(found.example, term.example, "{}", term.name);
        }
        for term in korean {
            assert!(term.text.len() > 60, "{}", term.name);
            assert!(term.text.ends_with('.'), "{}", term.name);
        }
        let names: Vec<_> = korean.iter().map(|term| term.name.to_lowercase()).collect();
        assert!(names.is_sorted(), "{names:?}");
    }

    #[test]
    fn terms_are_found_in_korean_sentences() {
        let names = |text| {
            let found = find_in(terms_in(Language::Ko), text).into_iter();
            found.map(|found| found.term.name).collect::<Vec<_>>()
        };
        assert_eq!(
            names(
                "SYN은 1바이트로 세므로 확인 응답 번호는 ISN + 1입니다. 윈도 스케일을 적용합니다."
            ),
            ["SYN", "ACK", "ISN", "윈도 스케일"]
        );
        assert_eq!(
            names("three-way handshake, 3-way handshake, 핸드셰이크가"),
            ["핸드셰이크"; 3]
        );
        // Not inside of other words.
        assert_eq!(names("서포트, SYNC가"), Vec::<&str>::new());
    }

    #[test]
    fn examples_are_packets_of_samples() {
        for term in terms() {
            let Some((sample, packet)) = term.example else {
                continue;
            };
            let found = samples::all()
                .into_iter()
                .find(|known| known.name == sample);
            let found = found.unwrap_or_else(|| panic!("{}: {sample}", term.name));
            let reader = crate::capture::Reader::from_file(found.open().unwrap(), sample).unwrap();
            let store = crate::report::load(reader, crate::track::DecodeAs::default());
            assert!(packet as usize <= store.read().packets.len(), "{sample}");
        }
    }

    #[test]
    fn terms_are_found_in_sentences() {
        let names = |text| {
            let found = find(text).into_iter();
            found.map(|found| found.term.name).collect::<Vec<_>>()
        };
        assert_eq!(
            names("The SYN-ACK acknowledges the client's ISN + 1; window scale 7."),
            ["SYN-ACK", "ACK", "Client and server", "ISN", "Window scale"]
        );
        // Not inside of other words, and abbreviations only in capitals.
        assert_eq!(names("SYNC, fin, packing, forced"), Vec::<&str>::new());
        assert_eq!(names("회의록 FIN"), ["FIN"]);
    }
}
