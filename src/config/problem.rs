//! What is wrong in a file of settings, and where.

use crate::{filter::distance, format::printable, lang::text};
use std::{fmt, ops::Range, path::Path};

/// Something that is wrong in a file of settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The file.
    file: String,
    /// Line and column from 1; none if the file itself is at fault.
    place: Option<(usize, usize)>,
    /// A sentence.
    words: String,
}

impl Problem {
    /// Returns one that is about a whole file.
    pub(super) fn of_file(path: &Path, words: String) -> Self {
        Problem {
            file: printable(&path.to_string_lossy()),
            place: None,
            words,
        }
    }

    /// Returns one at a place in the text of a file.
    pub(super) fn at(path: &Path, text: &str, span: Option<Range<usize>>, words: String) -> Self {
        let before = span.and_then(|span| text.get(..span.start));
        let place = before.map(|before| {
            let line = before.rsplit('\n').next().unwrap_or_default();
            (before.matches('\n').count() + 1, line.chars().count() + 1)
        });
        Problem {
            place,
            ..Problem::of_file(path, words)
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if let Some((line, column)) = self.place {
            write!(f, "{line}:{column}:")?;
        }
        write!(f, " {}", self.words)
    }
}

/// Returns a sentence about a word that is none of those that are allowed, with the nearest of them.
pub(super) fn not_among(word: &str, allowed: &[&'static str]) -> String {
    let shown = printable(word);
    let names = allowed.join(", ");
    match nearest(word, allowed) {
        Some(nearest) => text!("config-not-among-nearest", word = shown, nearest, names),
        None => text!("config-not-among", word = shown, names),
    }
}

/// Returns the word that another one resembles: at most a third of its letters differ.
fn nearest(word: &str, allowed: &[&'static str]) -> Option<&'static str> {
    /// A longer one is no misspelling.
    const LONGEST: usize = 64;
    let word = word.get(..word.len().min(LONGEST))?;
    let off = |one: &&'static str| distance(word.as_bytes(), one.as_bytes());
    let best = allowed.iter().copied().min_by_key(off)?;
    (off(&best) <= best.len().max(3) / 3).then_some(best)
}
