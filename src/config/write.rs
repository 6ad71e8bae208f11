//! Writes the settings as a file: those that are set, and the defaults of the others as comments.

use super::{
    Config,
    sections::{SECTIONS, Section},
};
use crate::cell::wrap;
use std::io::{self, Write};

/// The columns of the comments.
const COLUMNS: usize = 100;

/// Writes a whole file of settings.
///
/// # Errors
///
/// Fails if it cannot be written.
pub fn write(config: &Config, out: &mut impl Write) -> io::Result<()> {
    for section in &SECTIONS {
        write_section(config, section, out)?;
    }
    Ok(())
}

fn write_section(config: &Config, section: &Section, out: &mut impl Write) -> io::Result<()> {
    if !section.name.is_empty() {
        writeln!(out, "\n[{}]", section.name)?;
    }
    comment(section.help.text(), out)?;
    for setting in (section.settings)() {
        if let Some(help) = setting.help {
            writeln!(out)?;
            comment(help.text(), out)?;
        }
        let key = (section.name, setting.name);
        match config.written.get(&key) {
            Some(written) => writeln!(out, "{} = {written}", setting.name)?,
            None => {
                for line in format!("{} = {}", setting.name, setting.default).lines() {
                    writeln!(out, "# {line}")?;
                }
            }
        }
    }
    Ok(())
}

/// Writes a text as comments. Two signs tell them from settings that are not set.
fn comment(text: &str, out: &mut impl Write) -> io::Result<()> {
    for line in wrap(text, COLUMNS) {
        writeln!(out, "## {line}")?;
    }
    Ok(())
}
