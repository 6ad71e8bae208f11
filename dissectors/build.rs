//! Lists the protocols: each module of a folder of protocols whose file has a `DISSECTOR`, in the order of `mod.rs`.
//! Lists the labels of fields: a label is written beside the name where the field is read.

use std::{collections::BTreeMap, env, fs, io, path::Path};

/// From the wire to the applications.
const FOLDERS: [&str; 4] = ["link", "internet", "transport", "application"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=src");
    let mut list = String::from("[\n");
    for folder in FOLDERS {
        let path = Path::new("src").join(folder);
        let mut attribute = "";
        for line in read(&path.join("mod.rs"))?.lines() {
            let only_for_tests = std::mem::take(&mut attribute);
            if line == "#[cfg(test)]" {
                attribute = line;
            }
            let Some(name) = line.strip_prefix("pub(crate) mod ") else {
                continue;
            };
            let name = name.trim_end_matches(';');
            if read(&path.join(name).with_extension("rs"))?.contains("\npub const DISSECTOR: ") {
                list += &format!("    {only_for_tests} &crate::{folder}::{name}::DISSECTOR,\n");
            }
        }
    }
    list += "]\n";
    let out = env::var_os("OUT_DIR").unwrap_or_default();
    fs::write(Path::new(&out).join("all.rs"), list)?;
    let mut labels = Labels::new();
    for folder in FOLDERS {
        gather_labels(&Path::new("src").join(folder), &mut labels)?;
    }
    let rows = labels
        .iter()
        .map(|(name, (_, label))| format!("    ({name:?}, \"{label}\"),\n"));
    let table = format!("[\n{}]\n", rows.collect::<String>());
    fs::write(Path::new(&out).join("labels.rs"), table)
}

/// The labels by the names of their fields, each with how well it was found; less is better.
type Labels = BTreeMap<String, (u8, String)>;

/// Adds the labels in the files of a folder, in the order of their names.
fn gather_labels(folder: &Path, labels: &mut Labels) -> io::Result<()> {
    let mut paths: Vec<_> = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            gather_labels(&path, labels)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            labels_in(&read(&path)?, labels);
        }
    }
    Ok(())
}

/// Adds the labels in a file: in `"ip.ttl", "Time to live"`, in `"Router", Addresses("dhcp.option.router")`, and in
/// `let name = "ip.ttl";` with `name, "Time to live"` behind it.
fn labels_in(source: &str, labels: &mut Labels) {
    let code: String = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut add = |name: &str, label: &str, rank: u8| {
        if labels.get(name).is_none_or(|(known, _)| rank < *known) {
            labels.insert(name.to_owned(), (rank, label.to_owned()));
        }
    };
    let mut last = "";
    let mut constant = None;
    for (before, text) in literals(&code) {
        let gap = before.trim();
        if is_label(text) {
            if is_name(last) && gap == "," {
                add(last, text, 0);
            } else if let Some((variable, name)) = constant
                && gap
                    .strip_suffix(',')
                    .is_some_and(|gap| gap.ends_with(variable))
            {
                add(name, text, 2);
            }
        } else if is_name(text) {
            let wrapped = gap
                .strip_prefix(',')
                .map(|gap| gap.trim_start().trim_end_matches('('));
            if is_label(last) && wrapped.is_some_and(|gap| gap.chars().all(char::is_alphanumeric)) {
                add(text, last, 1);
            }
            let declared = gap.rsplit_once("let ").map(|(_, declared)| declared);
            if let Some(variable) = declared.and_then(|declared| declared.strip_suffix(" =")) {
                constant = Some((variable, text));
            }
        }
        last = text;
    }
}

/// Whether a literal may be a label.
fn is_label(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_uppercase()) && !text.contains(['{', '\\'])
}

/// Whether a literal may be the name of a field.
fn is_name(text: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    text.starts_with(|letter: char| letter.is_ascii_lowercase() || letter == '_')
        && text.contains('.')
        && text.chars().all(is_part)
}

/// Returns the literals of strings, each with the code before it.
fn literals(code: &str) -> Vec<(&str, &str)> {
    let mut all = Vec::new();
    let mut rest = code;
    while let Some((before, behind)) = rest.split_once('"') {
        let mut escaped = false;
        let end = behind.find(|letter| match letter {
            '"' if !escaped => true,
            _ => {
                escaped = letter == '\\' && !escaped;
                false
            }
        });
        let Some(end) = end else {
            break;
        };
        // The literal of a character.
        if before.ends_with('\'') && behind.starts_with('\'') {
            rest = behind;
            continue;
        }
        let (text, behind) = behind.split_at(end);
        all.push((before, text));
        rest = behind.get(1..).unwrap_or_default();
    }
    all
}

fn read(path: &Path) -> io::Result<String> {
    let name_it = |error| io::Error::other(format!("{}: {error}", path.display()));
    fs::read_to_string(path).map_err(name_it)
}
