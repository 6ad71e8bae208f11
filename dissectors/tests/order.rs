//! The files of the crate depend on each other without circles.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::Path,
    slice,
};

/// These depend on each other, as described in `lib.rs`.
const KNOT: [&str; 4] = ["session", "dissector", "context", "layer"];

/// The folders of these depend on each other: mail holds images, and DNS runs in TLS. Their files do not, except the
/// file of a folder and those in it.
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
    // The modules that define what `lib.rs` re-exports.
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

#[test]
fn no_two_files_of_protocols_use_each_other() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut modules = HashMap::new();
    for folder in PROTOCOLS {
        modules_below(&src.join(folder), &[folder.to_owned()], &mut modules);
    }
    let mut uses = HashMap::new();
    for (module, text) in &modules {
        let mut used: Vec<Vec<String>> = Vec::new();
        for tree in code(text).split("use ").skip(1) {
            let mut paths = Vec::new();
            leaves(tree.split(';').next().unwrap(), &[], &mut paths);
            used.extend(
                paths
                    .iter()
                    .filter_map(|path| absolute(path, module, &modules)),
            );
        }
        let is_near = |other: &Vec<String>| other.starts_with(module) || module.starts_with(other);
        used.retain(|other| !is_near(other));
        uses.insert(module.clone(), used);
    }
    for module in modules.keys() {
        let (mut reached, mut next) = (HashSet::new(), vec![module]);
        while let Some(user) = next.pop() {
            for used in uses.get(user).unwrap() {
                assert!(
                    used != module,
                    "{} uses itself by way of {}",
                    module.join("::"),
                    user.join("::")
                );
                if reached.insert(used) {
                    next.push(used);
                }
            }
        }
    }
}

/// Collects the modules below a folder by their paths, with their text.
fn modules_below(folder: &Path, path: &[String], modules: &mut HashMap<Vec<String>, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap().path();
        let name = entry.file_stem().unwrap().to_str().unwrap().to_owned();
        let below = [path, slice::from_ref(&name)].concat();
        match entry.is_dir() {
            true => modules_below(&entry, &below, modules),
            false if name == "mod" => {}
            false => drop(modules.insert(below, fs::read_to_string(&entry).unwrap())),
        }
    }
}

/// Collects the paths of the tree of a `use`.
fn leaves(tree: &str, before: &[String], paths: &mut Vec<Vec<String>>) {
    let mut depth = 0;
    let parts = tree.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    for part in parts {
        let (path, below) = match part.split_once('{') {
            Some((path, below)) => (path, below.rsplit_once('}').map(|(below, _)| below)),
            None => (part, None),
        };
        let path = path.split("::").map(|word| word.trim().to_owned());
        let path = path.filter(|word| !word.is_empty());
        let path: Vec<_> = before.iter().cloned().chain(path).collect();
        match below {
            Some(below) => leaves(below, &path, paths),
            None => paths.push(path),
        }
    }
}

/// Returns the module among these that a path leads to, or into.
fn absolute(
    path: &[String],
    module: &[String],
    modules: &HashMap<Vec<String>, String>,
) -> Option<Vec<String>> {
    let ups = path.iter().take_while(|word| *word == "super").count();
    let mut path = match path.first()?.as_str() {
        "crate" => path.get(1..)?.to_vec(),
        "super" => [module.get(..module.len() - ups)?, path.get(ups..)?].concat(),
        _ => return None,
    };
    while !path.is_empty() && !modules.contains_key(&path) {
        path.pop();
    }
    (!path.is_empty()).then_some(path)
}

/// Returns a text without its comments and tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = text.lines().map(|line| line.split("//").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| c != '_' && !c.is_alphanumeric());
    words.filter(|word| !word.is_empty())
}

/// Returns the file of a module and those in its folder.
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
