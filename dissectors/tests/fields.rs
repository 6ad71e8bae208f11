//! The declarations of fields: they are consistent, and the sources use the declared names.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use dissectors::{ALL, Base, FieldType, Value, Values, field_def, field_defs};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

#[test]
fn each_is_declared_once() {
    let mut seen: BTreeSet<_> = ALL.iter().map(|dissector| dissector.name).collect();
    for field in ALL.iter().flat_map(|dissector| dissector.fields.concat()) {
        assert!(seen.insert(field.name), "{} is declared twice", field.name);
    }
    // What is left belongs to the packet as it was captured.
    let names: BTreeSet<_> = field_defs().map(|field| field.name).collect();
    assert!(names.is_superset(&seen));
    assert!((10..20).contains(&(names.len() - seen.len())));
}

#[test]
fn names_are_of_numbers_that_the_field_can_hold() {
    for field in field_defs() {
        let Values::Names(tables) = field.values else {
            let flag = matches!(field.kind, FieldType::Boolean | FieldType::Uint8);
            assert!(flag || field.values == Values::None, "{field:?}");
            continue;
        };
        let bits = field.kind.bits().map_or(0, u32::from);
        for name in tables.iter().flat_map(|table| table.iter()) {
            let fits = name.first <= name.last && name.last.checked_shr(bits).unwrap_or(0) == 0;
            assert!(fits, "{}: {name:?}", field.name);
        }
    }
}

#[test]
fn a_number_may_have_several_names() {
    let field = field_def("ssh.message_code").unwrap();
    let names: Vec<_> = field.names_of(31).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(field.fits(&Value::Named(31, Base::Dec, names[2])));
    assert!(!field.fits(&Value::Named(31, Base::Dec, "Reply")));
    let stratum = field_def("ntp.stratum").unwrap();
    assert_eq!(stratum.names_of(7).next(), Some("secondary"));
    assert_eq!(stratum.names_of(16).next(), Some("not synchronized"));
    // A value that has a name is not shown without it.
    assert!(!stratum.fits(&Value::Number(7, Base::Dec)));
}

#[test]
fn values_fit_the_type_of_their_field() {
    let number = |number| Value::Number(number, Base::Dec);
    for (name, value, fits) in [
        ("tcp.srcport", number(65_535), true),
        ("tcp.srcport", number(65_536), false),
        ("tcp.srcport", Value::Text("http".to_owned()), false),
        ("tcp.options.mptcp.rawdataack", number(u64::MAX), true),
        ("tcp.flags.syn", Value::Flag(true, "Set", "Not set"), true),
        ("tcp.flags.syn", Value::Flag(true, "Yes", "No"), false),
        ("tcp.flags.syn", number(1), false),
        ("tcp.analysis.flags", Value::Static(""), true),
        ("tcp.analysis.flags", number(1), false),
        ("tcp.analysis.ack_rtt", Value::Duration(-1), true),
        ("tcp", Value::None, true),
        ("tcp", number(6), false),
        ("data.len", Value::Signed(-1), true),
        ("data.len", Value::Signed(1 << 31), false),
        ("eth.src", Value::Mac([0; 6]), true),
        ("ip.src", Value::Ipv6([0; 16].into()), false),
    ] {
        assert_eq!(
            field_def(name).unwrap().fits(&value),
            fits,
            "{name} {value:?}"
        );
    }
    assert_eq!(field_def("tcp.sourceport"), None);
}

/// A string literal in the sources: whether it declares a field, and its text.
type Literal = (bool, String);

/// Returns the string literals of a source file, except those of its tests. No other literal holds a quote.
fn literals(path: &Path) -> Vec<Literal> {
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let code: String = code
        .replace("'\"'", "")
        .replace("\\\"", "")
        .lines()
        .map(|line| line.split("// ").next().unwrap().to_owned() + "\n")
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let parts: Vec<_> = code.split('"').collect();
    assert_eq!(parts.len() % 2, 1, "{path:?}");
    let (pairs, _) = parts.as_chunks::<2>();
    let declares = |before: &str| {
        let before = before.trim_end().strip_suffix('(').unwrap_or_default();
        let name = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        name.ends_with("FieldDef::")
    };
    let literals = pairs.iter();
    literals
        .map(|[before, literal]| (declares(before), (*literal).to_owned()))
        .collect()
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => sources(&path, into),
            // The example protocol exists only in unit tests.
            false if path.ends_with("tests.rs") || path.ends_with("parley.rs") => {}
            false => into.push(path),
        }
    }
}

/// What is declared is shown somewhere, and what looks like the name of a field is one.
#[test]
fn the_sources_name_what_is_declared_and_nothing_else() {
    let mut files = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for layer in [
        "link",
        "internet",
        "transport",
        "application",
        "layer",
        "tcp_analysis",
    ] {
        sources(&folder.join(layer), &mut files);
    }
    assert!(files.len() > 150, "{}", files.len());
    let literals = files.iter().flat_map(|file| literals(file));
    let (declarations, names): (Vec<Literal>, Vec<Literal>) =
        literals.partition(|(declares, _)| *declares);
    let names: BTreeSet<_> = names.into_iter().map(|(_, name)| name).collect();
    assert!(declarations.len() > 3_000, "{}", declarations.len());
    for (_, name) in &declarations {
        assert!(names.contains(name), "{name} is declared and never shown");
        assert!(field_def(name).is_some(), "{name} belongs to no protocol");
    }
    let first = |name: &str| name.split('.').next().unwrap().to_owned();
    let namespaces: BTreeSet<_> = declarations.iter().map(|(_, name)| first(name)).collect();
    for name in &names {
        let spelled = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        let field = name.contains('.') && name.chars().all(spelled);
        if field && namespaces.contains(&first(name)) {
            assert!(
                field_def(name).is_some(),
                "{name} is shown and not declared"
            );
        }
    }
}
