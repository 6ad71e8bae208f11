//! The options of tshark's output: `-T`, `-e`, `-E`, and those that go with them; what to use instead of others.

use super::COMMANDS;
use crate::{
    filter::Filter,
    lang::text,
    report::{Form, Layout, TsharkOptions, Wanted},
};
use clap::Args;
use std::ffi::OsString;

/// The options of tshark's output.
#[derive(Args, Debug, Default, Clone)]
#[command(next_help_heading = text!("help-heading-tshark"))]
pub struct Tshark {
    /// The format.
    #[arg(short = 'T', value_name = "FORMAT", conflicts_with_all = ["json", "csv", "columns"], help = text!("arg-tshark-format"))]
    pub form: Option<Form>,
    /// The fields that are written.
    #[arg(short = 'e', value_name = "FIELD", requires = "form", help = text!("arg-tshark-field"))]
    pub fields: Vec<Wanted>,
    /// How `-T fields` is written.
    #[arg(short = 'E', value_name = "RULE", requires = "form", value_delimiter = None, help = text!("arg-tshark-layout"))]
    pub rules: Vec<String>,
    /// The layers that are written.
    #[arg(short = 'J', value_name = "PROTOCOLS", requires = "form", help = text!("arg-tshark-layers"))]
    pub layers: Option<String>,
    /// Merges equal keys of JSON.
    #[arg(long, requires = "form", help = text!("arg-no-duplicate-keys"))]
    pub no_duplicate_keys: bool,
    /// Reads the capture before packets are written.
    #[arg(short = '2', help = text!("arg-two-passes"))]
    pub two_passes: bool,
    /// A filter before the display filter.
    #[arg(
        short = 'R',
        long = "read-filter",
        value_name = "FILTER",
        requires = "two_passes",
        allow_hyphen_values = true,
        help = text!("arg-read-filter")
    )]
    pub read_filter: Option<Filter>,
    /// The packet that `${…}` refers to.
    #[arg(long, value_name = "NUMBER", help = text!("arg-selected-frame"))]
    pub selected_frame: Option<u32>,
    /// Writes each packet at once.
    #[arg(short = 'l', help = text!("arg-line-buffered"))]
    pub line_buffered: bool,
}

impl Tshark {
    /// Returns the options of the output, if it is to be as tshark's.
    ///
    /// # Errors
    ///
    /// Fails with what is wrong.
    pub fn options(&self, to_terminal: bool) -> Result<Option<TsharkOptions>, String> {
        let Some(form) = self.form else {
            return Ok(None);
        };
        let takes_fields = matches!(form, Form::Fields | Form::Json | Form::Ek | Form::Pdml);
        match (form, self.fields.is_empty()) {
            (Form::Fields, true) => return Err(text!("tshark-no-fields").to_owned()),
            (_, false) if !takes_fields => return Err(text!("tshark-takes-no-fields").to_owned()),
            _ => {}
        }
        let mut layout = Layout::default();
        for rule in &self.rules {
            layout.set(rule)?;
        }
        let layers = self
            .layers
            .iter()
            .flat_map(|names| names.split_whitespace());
        Ok(Some(TsharkOptions {
            form,
            fields: self.fields.clone(),
            layout,
            layers: layers.map(str::to_owned).collect(),
            merges_keys: self.no_duplicate_keys,
            to_terminal,
        }))
    }
}

/// Adds the command that `-T` implies: `wiretalk -r FILE -T fields` writes packets.
pub(super) fn with_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let words = arguments.iter().skip(1).map(|word| word.to_string_lossy());
    for word in words.take_while(|word| word != "--") {
        if COMMANDS.contains(&&*word) {
            break;
        }
        if word.starts_with("-T") {
            arguments.insert(1, "packets".into());
            break;
        }
    }
    arguments
}

/// What to use instead of an option of tshark that there is none of.
pub(super) fn instead(option: &str) -> Option<&'static str> {
    Some(match option {
        "-V" | "-O" | "-x" | "--hexdump" => text!("instead-tree"),
        "-z" | "-q" => text!("instead-statistics"),
        "-o" | "-X" => text!("instead-preference"),
        "-t" | "-u" => text!("instead-time"),
        "-w" => text!("instead-write"),
        "-j" => text!("instead-layers"),
        "-Y" => text!("instead-display-filter"),
        "--export-objects" => text!("instead-objects"),
        "-G" => text!("instead-glossary"),
        "-I" | "-H" | "-W" | "-U" | "-K" | "-M" | "-P" | "-Q" | "-g" => {
            text!("instead-nothing")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tsharks_spelling_lists_packets() {
        let with_command = |words: &str| {
            let words = words.split(' ').map(OsString::from).collect();
            let words = super::with_command(words);
            let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
            words.join(" ")
        };
        for (words, expected) in [
            (
                "wiretalk -r a -T fields -e ip.src",
                "wiretalk packets -r a -T fields -e ip.src",
            ),
            ("wiretalk -Tjson a", "wiretalk packets -Tjson a"),
            ("wiretalk packets a -T ek", "wiretalk packets a -T ek"),
            (
                "wiretalk --lang ko packets -T ek",
                "wiretalk --lang ko packets -T ek",
            ),
            ("wiretalk -r a -Y tcp", "wiretalk -r a -Y tcp"),
            ("wiretalk -- -T", "wiretalk -- -T"),
        ] {
            assert_eq!(with_command(words), expected);
        }
    }
}
