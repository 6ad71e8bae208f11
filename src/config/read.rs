//! Reads the text of a file of settings.

use super::{
    Config, Problem,
    problem::not_among,
    sections::{SECTIONS, Section},
    values,
};
use crate::{lang::text, ui::keys};
use std::{ops::Range, path::Path};
use toml::de::{DeTable, DeValue};

/// More problems of one file are not listed.
const MAX_PROBLEMS: usize = 20;

impl Config {
    /// Sets what a file says, and returns what is wrong in it.
    pub(super) fn read(&mut self, path: &Path, text: &str) -> Vec<Problem> {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut file = File {
            path,
            text,
            problems: Vec::new(),
        };
        for error in errors.into_iter().take(MAX_PROBLEMS) {
            let words = text!("config-syntax", error = error.message().trim());
            file.report(error.span(), words);
        }
        file.read_section(self, &SECTIONS[0], table.get_ref());
        for section in &SECTIONS[1..] {
            let Some(value) = table.get_ref().get(section.name) else {
                continue;
            };
            match values::table(value.get_ref()) {
                Ok(table) => file.read_section(self, section, table),
                Err(words) => file.report(Some(value.span()), words),
            }
        }
        file.read_clashes(self, table.get_ref());
        file.problems.truncate(MAX_PROBLEMS);
        file.problems
    }
}

/// A file that is read.
struct File<'a> {
    path: &'a Path,
    text: &'a str,
    problems: Vec<Problem>,
}

impl File<'_> {
    fn report(&mut self, span: Option<Range<usize>>, words: String) {
        if self.problems.len() < MAX_PROBLEMS {
            let problem = Problem::at(self.path, self.text, span, words);
            self.problems.push(problem);
        }
    }

    fn read_section(&mut self, config: &mut Config, section: &Section, table: &DeTable) {
        let settings = (section.settings)();
        let is_first = section.name.is_empty();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            if is_first && SECTIONS[1..].iter().any(|known| known.name == name) {
                continue;
            }
            let Some(setting) = settings.iter().find(|setting| setting.name == name) else {
                let mut names: Vec<_> = settings.iter().map(|setting| setting.name).collect();
                if is_first {
                    names.extend(SECTIONS[1..].iter().map(|section| section.name));
                }
                self.report(Some(key.span()), not_among(name, &names));
                continue;
            };
            match (section.set)(config, setting.name, value.get_ref()) {
                Ok(()) => {
                    let written = self.text.get(value.span()).unwrap_or_default();
                    let key = (section.name, setting.name);
                    config.written.insert(key, written.to_owned());
                }
                Err(words) => {
                    let words = text!("config-of", name = setting.name, words);
                    self.report(Some(place(value.get_ref(), value.span())), words);
                }
            }
        }
    }

    /// Reports keys that two rows would have, at the setting because of which they would.
    fn read_clashes(&mut self, config: &Config, table: &DeTable) {
        let Some(table) = table.get("keys").and_then(|keys| keys.get_ref().as_table()) else {
            return;
        };
        let (_, clashes) = keys::bind(&config.keys);
        for clash in clashes {
            let name = config.keys.get(clash.setting).map_or("", |key| key.name);
            // What is set in another file is reported there.
            if let Some(value) = table.get(name) {
                let (key, loser) = (clash.key, clash.loser);
                let words = match clash.is_hidden {
                    true => text!("config-hidden", key, name, loser),
                    false => text!("config-clash", key, name, loser),
                };
                self.report(Some(value.span()), words);
            }
        }
    }
}

/// Returns the place of a value: that of the first text of an array, if it has one.
fn place(value: &DeValue, span: Range<usize>) -> Range<usize> {
    match value.as_array() {
        Some(array) if array.len() == 1 => array.iter().next().map_or(span, |first| first.span()),
        _ => span,
    }
}
