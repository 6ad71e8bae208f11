//! Tests that the code names every text of `en.ftl`, and no others, and gives each of them its variables; and that
//! Korean has the same texts with the same variables.

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
        InlineExpression::FunctionReference { id, arguments } if id.name == "PARTICLE" => {
            assert!(arguments.named.is_empty());
            arguments
                .positional
                .iter()
                .for_each(|argument| of_inline(argument, variables));
        }
        InlineExpression::FunctionReference { id, arguments } if id.name == "KEY" => {
            let [InlineExpression::StringLiteral { value }] = &arguments.positional[..] else {
                panic!("{arguments:?}");
            };
            assert!(crate::ui::keys::shown(value).is_some(), "no key {value}");
        }
        other => panic!("{other:?}: a text has variables, strings, particles and keys only"),
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
const NO_TEXTS: [&str; 13] = [
    " on interface {name}, id {id}",
    "Frame {}: {length} {bytes} on wire ({bits} bits), {captured} {captured_bytes} captured ({captured_bits} bits)",
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
fn korean_has_the_same_texts_with_the_same_variables() {
    let (english, korean) = (texts(ENGLISH), texts(KOREAN));
    for (name, variables) in &english {
        assert_eq!(korean.get(name), Some(variables), "{name}");
    }
    let unknown: Vec<_> = korean
        .keys()
        .filter(|name| !english.contains_key(*name))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    let order = |source: &str| {
        let resource = FluentResource::try_new(source.to_owned()).unwrap();
        names(&resource).collect::<Vec<_>>()
    };
    assert_eq!(
        order(KOREAN),
        order(ENGLISH),
        "the files are not in one order"
    );
}

/// Variables are texts or counts.
#[test]
fn each_korean_text_can_be_formatted() {
    let korean = Texts::new(Language::Ko);
    for (name, variables) in texts(KOREAN) {
        for value in ["10.0.0.2", "회의록", ""] {
            let values = variables
                .iter()
                .map(|name| (name.as_str(), FluentValue::from(value)));
            let text = korean.formatted(&name, Some(&values.collect()));
            let text = text.unwrap_or_else(|| panic!("{name}"));
            assert!(!text.contains("PARTICLE"), "{name}: {text}");
        }
        let counts = variables
            .iter()
            .map(|name| (name.as_str(), FluentValue::from(1_200)));
        let text = korean.formatted(&name, Some(&counts.collect()));
        let text = text.unwrap_or_else(|| panic!("{name}"));
        assert_eq!(
            text.contains("1,200"),
            !variables.is_empty(),
            "{name}: {text}"
        );
    }
}

/// The forms of particles that differ behind a consonant and a vowel.
const FORMS: [&str; 6] = ["이/가", "은/는", "을/를", "과/와", "으로/로", "이라는/라는"];

#[test]
fn particles_follow_the_sound_of_their_variable() {
    for (name, line) in KOREAN.lines().filter_map(|line| line.split_once(" = ")) {
        if name.starts_with('#') {
            continue;
        }
        // No particle is left to the reader: (을)를, 을(를), (으)로.
        for both in [
            "을(를)", "(을)", "(를)", "이(가)", "(이)", "(가)", "은(는)", "(은)", "(는)", "와(과)",
            "과(와)", "(으)",
        ] {
            assert!(!line.contains(both), "{name}: {both}");
        }
        for (at, _) in line.match_indices('}') {
            let before = &line[..at];
            if before.ends_with(") ") {
                continue;
            }
            let mut behind = line[at + 1..].trim_start_matches(['"', '\'']);
            if let Some(rest) = behind.strip_prefix(')') {
                // Behind a bracket the particle belongs to what is before it, which may be a word of the text.
                let opened = before.rfind('(').unwrap_or(0);
                if before[..opened].ends_with(" }") {
                    behind = rest;
                }
            }
            // A particle, and not the beginning of a word.
            let mut letters = behind.chars();
            let first = letters.next().unwrap_or(' ');
            let is_alone = !letters
                .next()
                .is_some_and(|letter| ('가'..='힣').contains(&letter));
            let bare = "이가은는을를과와로".contains(first) && is_alone;
            assert!(!bare && !behind.starts_with("으로"), "{name}: {behind}");
        }
        for (at, _) in line.match_indices("{ PARTICLE(") {
            let arguments = line[at..].trim_start_matches("{ PARTICLE(");
            let (variable, rest) = arguments.split_once(", \"").expect("two arguments");
            let (forms, _) = rest.split_once('"').expect("the end of the forms");
            assert!(FORMS.contains(&forms), "{name}: {forms}");
            let before = line[..at].trim_end_matches(['"', '\'', '`', ')']);
            let follows = before.ends_with(&format!("{{ {variable} }}"));
            assert!(follows, "{name}: {variable}");
        }
    }
}

#[test]
fn korean_particles_and_numbers() {
    let korean = Texts::new(Language::Ko);
    let text = |name: &str, values: &[(&str, FluentValue<'static>)]| {
        let values = FluentArgs::from_iter(values.iter().cloned());
        korean.formatted(name, Some(&values)).unwrap()
    };
    let gone = |path: &'static str| text("save-exists", &[("path", path.into())]);
    assert!(gone("10.0.0.2").starts_with("10.0.0.2가 이미"));
    assert!(gone("www.example.kr").starts_with("www.example.kr이 이미"));
    let made = |path: &'static str| text("cli-cannot-make", &[("path", path.into())]);
    assert_eq!(made("443"), "443을 만들 수 없음");
    assert_eq!(made("25"), "25를 만들 수 없음");
    let number = Count(1_000).value();
    let packet = text("explain-unread", &[("packet", number)]);
    assert!(packet.starts_with("#1,000은 "), "{packet}");
    let count = Count(1_204).value();
    assert_eq!(text("count-packets", &[("count", count)]), "패킷 1,204개");
    assert_eq!(korean.fixed["state-no-answer"], "응답 없음");
    let columns = ["state-", "finding-"];
    for (name, words) in &korean.fixed {
        if columns.iter().any(|prefix| name.starts_with(prefix)) && !words.contains('.') {
            let is_message = ["finding-no-", "finding-text-"];
            let is_message = is_message.iter().any(|prefix| name.starts_with(prefix));
            let most = if is_message { 200 } else { 16 };
            assert!(crate::cell::width(words) <= most, "{name}: {words}");
        }
    }
}

#[test]
fn what_korean_lacks_is_english() {
    let texts = Texts::of(Language::Ko, &["a = one\nb = two", "b = 둘"]);
    assert_eq!(texts.fixed["a"], "one");
    assert_eq!(texts.fixed["b"], "둘");
}

#[test]
fn texts_without_variables_are_ready() {
    for (name, variables) in texts(ENGLISH) {
        assert_eq!(
            ENGLISH_TEXTS.fixed.contains_key(&name),
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
