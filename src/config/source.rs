//! The files of settings, and reading them.

use super::{Config, Problem};
use crate::{
    confine::Identity,
    format::printable,
    lang::{Language, text},
    own_file::{self, Unread},
};
use clap::ValueEnum;
use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};
use toml::de::DeTable;

/// The directory of programs' settings below a user's home directory, where XDG_CONFIG_HOME does not name another.
const BELOW_HOME: &str = ".config";

/// The file of settings, and the directory of profiles beside it.
const FILE: &str = "config.toml";
const PROFILES: &str = "profiles";

/// A larger file is not read, bytes.
const MAX_FILE: u64 = 1 << 20;

/// The maximum number of profiles that are listed.
const MAX_LISTED: usize = 50;

/// The files of settings as they were read: later ones have precedence.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<(PathBuf, Result<String, Unread>)>,
}

impl Sources {
    /// Reads the settings and a profile. Nothing is said about them so far: the settings also choose the language.
    ///
    /// # Errors
    ///
    /// Fails if there is no such profile.
    pub fn read(profile: Option<&str>) -> Result<Self, ProfileError> {
        // Who that is is found again, and refused, when the privileges are dropped.
        let identity = Identity::find(None).ok();
        let directory = identity.as_ref().and_then(directory_of);
        Sources::read_from(directory, identity.map_or(0, |it| it.uid()), profile)
    }

    pub(super) fn read_from(
        directory: Option<PathBuf>,
        owner: u32,
        profile: Option<&str>,
    ) -> Result<Self, ProfileError> {
        let mut sources = Sources::default();
        let unknown = |profile: &str| ProfileError {
            name: profile.to_owned(),
            directory: directory.clone(),
        };
        if let Some(profile) = profile.filter(|name| !is_name(name)) {
            return Err(unknown(profile));
        }
        if let Some(directory) = &directory {
            let path = directory.join(FILE);
            match own_file::read_of(&path, owner, MAX_FILE) {
                Err(Unread::Missing) => {}
                read => sources.files.push((path, read)),
            }
        }
        let Some(profile) = profile else {
            return Ok(sources);
        };
        let path = directory.as_ref().ok_or_else(|| unknown(profile))?;
        let path = path.join(PROFILES).join(format!("{profile}.toml"));
        match own_file::read_of(&path, owner, MAX_FILE) {
            Err(Unread::Missing) => return Err(unknown(profile)),
            read => sources.files.push((path, read)),
        }
        Ok(sources)
    }

    /// Returns the language that is set. Problems with it are found later.
    pub fn language(&self) -> Option<Language> {
        let texts = self
            .files
            .iter()
            .rev()
            .filter_map(|(_, text)| text.as_ref().ok());
        let mut words = texts.filter_map(|text| {
            let (table, _) = DeTable::parse_recoverable(text);
            Some(
                table
                    .get_ref()
                    .get("language")?
                    .get_ref()
                    .as_str()?
                    .to_owned(),
            )
        });
        words.find_map(|word| Language::from_str(&word, false).ok())
    }

    /// Returns the settings, and what is wrong in the files.
    pub fn settings(&self) -> (Config, Vec<Problem>) {
        let mut config = Config::default();
        let mut problems = Vec::new();
        for (path, text) in &self.files {
            match text {
                Ok(text) => problems.extend(config.read(path, text)),
                Err(why) => problems.push(Problem::of_file(path, text!("config-ignored", why))),
            }
        }
        (config, problems)
    }
}

/// Returns the place of the settings, whether or not they are there.
pub fn path() -> Option<PathBuf> {
    let directory = directory_of(&Identity::find(None).ok()?)?;
    Some(directory.join(FILE))
}

fn directory_of(identity: &Identity) -> Option<PathBuf> {
    identity.directory("XDG_CONFIG_HOME", BELOW_HOME)
}

/// Whether a profile can have this name: a word, not a path.
fn is_name(name: &str) -> bool {
    /// That of the file is limited by most file systems.
    const LONGEST: usize = 100;
    let is_plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.');
    !name.is_empty()
        && name.len() <= LONGEST
        && !name.starts_with('.')
        && name.chars().all(is_plain)
}

/// There is no profile of a name.
#[derive(Debug)]
pub struct ProfileError {
    name: String,
    directory: Option<PathBuf>,
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = printable(&self.name);
        if !is_name(&self.name) {
            return f.write_str(&text!("config-profile-name", name));
        }
        let Some(directory) = &self.directory else {
            return f.write_str(&text!("config-profile-nowhere", name));
        };
        let directory = directory.join(PROFILES);
        let names = listed(&directory).unwrap_or_default();
        let path = printable(
            &directory
                .join(format!("{}.toml", self.name))
                .to_string_lossy(),
        );
        match names.is_empty() {
            true => f.write_str(&text!("config-profile-missing", name, path)),
            false => {
                let names = names.join(", ");
                f.write_str(&text!("config-profile-missing-others", name, path, names))
            }
        }
    }
}

/// Returns the names of profiles.
fn listed(directory: &Path) -> io::Result<Vec<String>> {
    let entries = fs::read_dir(directory)?.flatten().take(MAX_LISTED);
    let mut names: Vec<String> = entries
        .filter_map(|entry| {
            let name = entry.file_name();
            Some(printable(name.to_str()?.strip_suffix(".toml")?))
        })
        .collect();
    names.sort();
    Ok(names)
}
