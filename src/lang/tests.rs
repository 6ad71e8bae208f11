//! Tests that the code names every text of `en.ftl`, and no others, and gives each of them its variables.

use super::*;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

type Variables = BTreeSet<String>;

/// Returns the texts of a file, and the variables of each.
fn texts(source: &str) -> BTreeMap<String, Variables> {
    let resource = match FluentResource::try_new(source.to_owned()) {
        Ok(resource) => resource,
        Err((_, errors)) => panic!("{errors:?}"),
    };
    let mut texts = BTreeMap::new();
    for entry in resource.entries() {
        match entry {
            Entry::Message(message) => {
                let mut variables = Variables::new();
                let value = message.value.as_ref();
                let value = value.unwrap_or_else(|| panic!("{} is empty", message.id.name));
                of_pattern(value, &mut variables);
                let before = texts.insert(message.id.name.to_owned(), variables);
                assert_eq!(before, None, "{} is there twice", message.id.name);
            }
            Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
            other => panic!("{other:?} is no message"),
        }
    }
    texts
}

fn of_pattern(pattern: &Pattern<&str>, variables: &mut Variables) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else {
            continue;
        };
        match expression {
            Expression::Inline(inline) => of_inline(inline, variables),
            Expression::Select { selector, variants } => {
                of_inline(selector, variables);
                for variant in variants {
                    of_pattern(&variant.value, variables);
                }
            }
        }
    }
}

fn of_inline(inline: &InlineExpression<&str>, variables: &mut Variables) {
    match inline {
        InlineExpression::VariableReference { id } => {
            variables.insert(id.name.to_owned());
        }
        InlineExpression::StringLiteral { .. } => {}
        other => panic!("{other:?}: a text has variables and strings only"),
    }
}

/// Returns every `text!("…")` and `TextId("…")` of a source file, with the names of its variables.
fn used(source: &str) -> Vec<(String, Variables)> {
    let code: String = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut used = Vec::new();
    for opening in ["text!(", "TextId("] {
        for (at, _) in code.match_indices(opening) {
            let arguments = arguments(&code[at + opening.len()..]);
            let mut arguments = arguments.iter().map(|text| text.trim());
            let Some(name) = arguments.next().and_then(|text| {
                let text = text.strip_prefix('"')?;
                text.strip_suffix('"')
            }) else {
                continue;
            };
            let variables = arguments.filter(|text| !text.is_empty());
            let variables = variables.map(|text| text.split(' ').next().unwrap_or(text).to_owned());
            used.push((name.to_owned(), variables.collect()));
        }
    }
    used
}

/// Returns the arguments up to the closing parenthesis, split at the commas.
fn arguments(code: &str) -> Vec<String> {
    let mut arguments = vec![String::new()];
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for letter in code.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => break,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                arguments.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = arguments.last_mut() {
            last.push(letter);
        }
    }
    arguments
}

/// Finds the files of the program's code, without those of tests.
fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).expect("the sources can be read") {
        let path = entry.expect("the sources can be read").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_text_is_there_and_used_with_its_variables() {
    let texts = texts(ENGLISH);
    let mut unused: BTreeSet<_> = texts.keys().cloned().collect();
    let mut files = Vec::new();
    sources(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")),
        &mut files,
    );
    for file in files {
        let source = fs::read_to_string(&file).expect("the sources can be read");
        for (name, given) in used(&source) {
            let Some(variables) = texts.get(&name) else {
                panic!("{}: there is no text {name}", file.display());
            };
            assert_eq!(&given, variables, "{}: {name}", file.display());
            unused.remove(&name);
        }
    }
    assert!(unused.is_empty(), "not used: {unused:?}");
}

/// Exceptions from the rule that two words in lower case, or a sentence of one word, are a text: messages of others,
/// and names that are the same in all languages.
const NO_TEXTS: [&str; 11] = [
    "IEEE 802.11 with radiotap",
    "[Duplicate of packet {first}] ",
    "can't parse filter expression: ",
    "page down",
    "page up",
    "syntax error",
    "the boxes are what is used again",
    "the reader never ends",
    "there is no such interface",
    "who writes it gives it to the others",
    "wiretalk: {name}: {problem}",
];

/// Finds texts of several words, and sentences of one. Texts that look like names and keys (a single word, words around
/// a variable) are left to review.
#[test]
fn no_text_stays_in_the_code() {
    let mut found = BTreeSet::new();
    let mut files = Vec::new();
    sources(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")),
        &mut files,
    );
    let is_tests = |path: &Path| {
        let path = path.to_string_lossy();
        path.contains("test") || path.ends_with("harness.rs")
    };
    for file in files.iter().filter(|file| !is_tests(file)) {
        let source = fs::read_to_string(file).expect("the sources can be read");
        let source = source.split("#[cfg(test)]\nmod tests {").next();
        let code = source.unwrap_or_default().lines().filter(|line| {
            let line = line.trim_start();
            !line.starts_with("//") && !line.starts_with("reason = ")
        });
        for line in code {
            for literal in line.split('"').skip(1).step_by(2) {
                let words: Vec<_> = literal.split(' ').collect();
                let is_word = |word: &str| {
                    word.len() > 1 && word.bytes().all(|letter| letter.is_ascii_lowercase())
                };
                // "Copied."
                let is_sentence = literal.strip_suffix('.').is_some_and(|word| {
                    let rest = word.strip_prefix(|letter: char| letter.is_ascii_uppercase());
                    rest.is_some_and(is_word)
                });
                let is_text = words
                    .windows(2)
                    .any(|pair| pair.iter().all(|word| is_word(word)));
                if (is_sentence || is_text) && !NO_TEXTS.contains(&literal) {
                    found.insert(format!("{}: {literal}", file.display()));
                }
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn texts_without_variables_are_ready() {
    for (name, variables) in texts(ENGLISH) {
        assert_eq!(
            TEXTS.fixed.contains_key(&name),
            variables.is_empty(),
            "{name}"
        );
    }
    assert_eq!(text!("client"), "client");
}

#[test]
fn counts_choose_the_plural_and_separate_thousands() {
    let packets = |count| text!("count-packets", count = Count(count));
    assert_eq!(packets(0), "0 packets");
    assert_eq!(packets(1), "1 packet");
    assert_eq!(packets(1_775_311), "1,775,311 packets");
}

#[test]
fn what_is_put_in_is_taken_as_it_is() {
    let first = "{ $second }\u{1b}[2J";
    let second = 1_000_000;
    assert_eq!(
        text!("verdict-clauses", first, second),
        "{ $second }\u{1b}[2J; 1000000"
    );
}
