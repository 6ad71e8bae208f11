//! The files of the crate stand on each other, and not in circles.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::{collections::HashMap, fs, path::Path};

/// They know each other, as `lib.rs` says.
const KNOT: [&str; 4] = ["session", "dissector", "context", "layer"];

/// The protocols know each other: mail holds images, and DNS runs in TLS.
const PROTOCOLS: [&str; 4] = ["link", "internet", "transport", "application"];

#[test]
fn each_file_uses_what_stands_before_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let lib = fs::read_to_string(src.join("lib.rs")).unwrap();
    let mut order = Vec::new();
    for line in lib.lines().filter(|line| line.starts_with("//!")) {
        let quoted = line.split('`').skip(1).step_by(2);
        order.extend(quoted.filter(|name| {
            lib.contains(&format!("\nmod {name};")) || lib.contains(&format!("\npub mod {name};"))
        }));
    }
    let place = |module: &str| order.iter().position(|known| *known == module);
    // Who defines what lib.rs re-exports.
    let mut defined = HashMap::new();
    for tree in code(&lib).split("pub use ").skip(1) {
        let (module, names) = tree.split_once("::").unwrap();
        let names = names.split(';').next().unwrap();
        defined.extend(words(names).map(|name| (name.to_owned(), module.to_owned())));
    }
    let modules = lib.lines().filter_map(|line| {
        let line = line.trim_start_matches("pub ").strip_prefix("mod ")?;
        line.strip_suffix(';')
    });
    let mut wrong = Vec::new();
    for module in modules.filter(|module| !module.starts_with("test_")) {
        let Some(own) = place(module) else {
            panic!("{module} is not in the list of lib.rs");
        };
        for text in files(&src, module) {
            for path in code(&text).split("crate::").skip(1) {
                // A path, or the tree of a `use`.
                let end = match path.starts_with('{') {
                    true => path.find(';'),
                    false => path.find(|c: char| c != ':' && c != '_' && !c.is_alphanumeric()),
                };
                for word in words(path.get(..end.unwrap_or(path.len())).unwrap()) {
                    let used = defined.get(word).map_or(word, String::as_str);
                    let both = |group: &[&str]| group.contains(&used) && group.contains(&module);
                    if place(used).is_some_and(|used| used > own)
                        && !both(&KNOT)
                        && !both(&PROTOCOLS)
                    {
                        wrong.push(format!("{module} uses {used} for {word}"));
                    }
                }
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert_eq!(wrong, [""; 0]);
}

/// A text without its comments and tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = text.lines().map(|line| line.split("//").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| c != '_' && !c.is_alphanumeric());
    words.filter(|word| !word.is_empty())
}

/// The file of a module and those in its folder.
fn files(src: &Path, module: &str) -> Vec<String> {
    let mut paths = vec![src.join(module).with_extension("rs")];
    let mut texts = Vec::new();
    while let Some(path) = paths.pop() {
        let folder = path.with_extension("");
        if let Ok(found) = fs::read_dir(&folder) {
            paths.extend(found.map(|entry| entry.unwrap().path()));
        }
        if path.is_file() {
            texts.push(fs::read_to_string(&path).unwrap());
        }
    }
    texts
}
