//! What a filter that is being typed may become: names of fields, values, and filters that have a name.

use super::Known;
use crate::{
    filter::{self, known},
    ui::row_filters,
};
use dissectors::{FieldType, Values};
use std::ops::Range;

/// As many values are offered.
const MOST: usize = 500;

/// Operators before a value, the longer ones first.
const OPERATORS: [&str; 10] = ["===", "!==", "==", "!=", ">=", "<=", ">", "<", "~", "="];

/// Words before a value.
const WORDS: [&str; 8] = ["eq", "ne", "gt", "ge", "lt", "le", "contains", "matches"];

/// What the word at the cursor may become.
pub struct Offer {
    /// It.
    pub text: String,
    /// The name of the filter, if it has one.
    pub name: Option<String>,
}

impl Offer {
    fn new(text: impl Into<String>) -> Self {
        Offer {
            text: text.into(),
            name: None,
        }
    }

    /// Returns what is written beside it: its name, or the kind of the field.
    pub fn note(&self) -> String {
        match (&self.name, known(&self.text)) {
            (Some(name), _) => crate::format::printable(name),
            (None, Some(field)) if field.kind != FieldType::Protocol => {
                format!("{:?}", field.kind).to_lowercase()
            }
            _ => String::new(),
        }
    }
}

/// What is expected where the cursor is.
pub struct Expected {
    /// The word that ends there, in bytes.
    pub word: Range<usize>,
    /// The field of which it is a value.
    pub field: Option<String>,
    is_name: bool,
}

impl Expected {
    /// Returns what is expected at a cursor, in letters.
    pub fn at(value: &str, cursor: usize) -> Self {
        let word = word_before(value, cursor);
        if let Some((field, start)) = value_before(value, word.end) {
            return Expected {
                word: start..word.end,
                field: Some(field),
                is_name: false,
            };
        }
        Expected {
            is_name: is_name_expected(value, &word),
            word,
            field: None,
        }
    }

    /// Returns what the word may become. `values` are those of the field that occur in the capture.
    pub fn offers(&self, value: &str, known: &Known, values: &[String]) -> Vec<Offer> {
        let typed = value.get(self.word.clone()).unwrap_or_default();
        if let Some(field) = &self.field {
            return offered_values(field, typed, values);
        }
        let is_all = self.word == (0..value.len());
        let lower = typed.to_lowercase();
        let named = known
            .named
            .iter()
            .filter(|(name, _)| is_all && name.to_lowercase().starts_with(&lower));
        let named = named.map(|(name, filter)| Offer {
            text: filter.clone(),
            name: Some(name.clone()),
        });
        let names = match self.is_name {
            true => names_of(typed, &known.protocols),
            false => Vec::new(),
        };
        let macros = macros_of(value.get(..self.word.start).unwrap_or_default(), typed);
        let macros = macros.into_iter().map(Offer::new);
        let names = names.into_iter().map(Offer::new);
        named.chain(macros).chain(names).collect()
    }
}

/// Returns the beginning that all offers have.
pub fn common(offers: &[Offer]) -> String {
    let Some(Offer {
        text: first,
        name: None,
    }) = offers.first()
    else {
        return String::new();
    };
    let is_common = |length: &usize| {
        let head = first.get(..*length);
        head.is_some() && offers.iter().all(|offer| offer.text.get(..*length) == head)
    };
    let length = (0..=first.len()).rev().find(is_common).unwrap_or(0);
    first.get(..length).unwrap_or_default().to_owned()
}

/// Returns the values of a field that begin with what was typed: those that occur, then those that have a name.
fn offered_values(field: &str, typed: &str, values: &[String]) -> Vec<Offer> {
    let names: Vec<String> = match known(field).map(|field| (field.values, field.kind)) {
        Some((Values::Names(tables), _)) => {
            let names = tables.iter().flat_map(|table| table.iter());
            let names = names.filter_map(|one| row_filters::literal(field, one.name));
            names.collect()
        }
        Some((Values::Flag(..), _) | (_, FieldType::Boolean)) => {
            vec!["True".to_owned(), "False".to_owned()]
        }
        _ => Vec::new(),
    };
    let lower = typed.trim_start_matches('"').to_lowercase();
    let begins = |value: &&String| {
        let value = value.trim_start_matches('"').to_lowercase();
        value.starts_with(&lower)
    };
    let mut offered: Vec<&String> = Vec::new();
    for value in values.iter().chain(&names).filter(begins) {
        if offered.len() < MOST && !offered.contains(&value) {
            offered.push(value);
        }
    }
    // A whole value is no beginning of another.
    match offered.iter().any(|value| *value == typed) {
        true => Vec::new(),
        false => offered.into_iter().map(Offer::new).collect(),
    }
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-')
}

/// Returns where the word is that ends at the cursor, in bytes.
fn word_before(value: &str, cursor: usize) -> Range<usize> {
    let end = value.char_indices().nth(cursor);
    let end = end.map_or(value.len(), |(at, _)| at);
    let (before, after) = value.split_at_checked(end).unwrap_or((value, ""));
    if after.starts_with(is_of_name) {
        return end..end;
    }
    let start = before.trim_end_matches(is_of_name).len();
    start..end
}

/// Returns the field whose value ends at this byte, and where the value begins: behind an operator, or in a set.
fn value_before(value: &str, end: usize) -> Option<(String, usize)> {
    let before = value.get(..end)?;
    let set = before.rfind('{').filter(|at| !before[*at..].contains('}'));
    if let Some(at) = set {
        let head = before.get(..at)?.trim_end().strip_suffix("in")?;
        let start = before.rfind(['{', ',']).map(|at| at + 1)?;
        let blanks = before
            .get(start..)?
            .chars()
            .take_while(|it| *it == ' ')
            .count();
        return Some((field_at_end(head)?, start + blanks));
    }
    // A value in quotes may contain blanks.
    let quote = before
        .rfind('"')
        .filter(|_| before.matches('"').count() % 2 == 1);
    let start = match quote {
        Some(at) => at,
        None => before
            .trim_end_matches(|it: char| !it.is_whitespace() && !"=<>~!()".contains(it))
            .len(),
    };
    let head = before.get(..start)?.trim_end();
    let is_word = |word: &&&str| {
        let rest = head.strip_suffix(**word);
        rest.is_some_and(|rest| rest.ends_with(' ')) && head.len() < start
    };
    let operator = OPERATORS.iter().find(|it| head.ends_with(**it));
    let operator = operator.or_else(|| WORDS.iter().find(is_word))?;
    Some((field_at_end(head.strip_suffix(operator)?)?, start))
}

/// Returns the field that a text ends with.
fn field_at_end(text: &str) -> Option<String> {
    let text = text.trim_end();
    let start = text.trim_end_matches(is_of_name).len();
    let name = text.get(start..)?;
    known(name).map(|field| field.name.to_owned())
}

/// Whether a word may be the name of a field, rather than a value or a part of a text.
fn is_name_expected(value: &str, word: &Range<usize>) -> bool {
    let before = value.get(..word.start).unwrap_or_default();
    let typed = value.get(word.clone()).unwrap_or_default();
    let is_in_text = before.matches('"').count() % 2 == 1;
    let before = before.trim_end();
    let is_value = before.ends_with(['=', '<', '>', '~', '{', ','])
        || WORDS.iter().any(|word| {
            let rest = before.strip_suffix(word);
            rest.is_some_and(|rest| rest.ends_with(' '))
        });
    let is_in_set = before.contains(" in {") && !before.contains('}');
    let is_reference = before.ends_with("${");
    !is_in_text
        && (!is_value && !is_in_set || is_reference)
        && typed.starts_with(|letter: char| letter.is_ascii_alphabetic())
}

/// Returns the macros that begin with what was typed behind `$` or `${`, with the sign that follows their name.
fn macros_of(before: &str, typed: &str) -> Vec<String> {
    let is_braced = before.ends_with("${");
    if !is_braced && !before.ends_with('$') {
        return Vec::new();
    }
    let begins = filter::macro_names().filter(|(name, _)| name.starts_with(typed));
    let whole = begins.map(|(name, has_arguments)| match (is_braced, has_arguments) {
        (true, true) => format!("{name}:"),
        (true, false) => format!("{name}}}"),
        (false, true) => format!("{name}("),
        (false, false) => format!("{name}()"),
    });
    whole.collect()
}

/// Returns the names that begin with what was typed: those of the protocols in the capture first, each sorted; none if
/// that is the only one.
fn names_of(typed: &str, protocols: &[&str]) -> Vec<&'static str> {
    let mut names: Vec<_> = filter::names()
        .filter(|name| name.starts_with(typed))
        .collect();
    let is_other = |name: &str| {
        let protocol = name.split('.').next().unwrap_or(name);
        !protocols.contains(&protocol)
    };
    names.sort_unstable_by_key(|name| (is_other(name), *name));
    names.dedup();
    match names.as_slice() {
        [only] if *only == typed => Vec::new(),
        _ => names,
    }
}
