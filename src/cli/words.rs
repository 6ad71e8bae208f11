//! The words of clap, in the language of the program: the headings of the help, and what is wrong with the arguments.
//!
//! clap reports errors as a kind with its circumstances. The frequent kinds are written here, the others in the words of
//! clap.

use super::{Cli, statistics, tshark};
use crate::{format::printable, lang::text};
use clap::{
    Arg, Command, CommandFactory, FromArgMatches,
    builder::{StyledStr, Styles},
    error::{ContextKind, ContextValue, Error, ErrorFormatter, ErrorKind},
};
use std::{error::Error as _, ffi::OsString, fmt::Write};

/// Returns the command line with its help.
pub fn command() -> Command {
    let mut command = Cli::command();
    // This adds clap's own options and its command `help`.
    command.build();
    worded(command)
}

/// Parses arguments, the first of which is the name of the program.
///
/// # Errors
///
/// Fails if they are wrong, or ask for the help or the version. [`exit`] writes that.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let arguments = statistics::with_command(arguments.into_iter().collect());
    let arguments = tshark::with_command(arguments.unwrap_or_else(|why| refuse(why)));
    let mut matches = command().try_get_matches_from(arguments)?;
    Cli::from_arg_matches_mut(&mut matches)
}

/// Writes what is wrong with the arguments, or what they ask for, and ends the program.
pub fn exit(error: clap::Error) -> ! {
    error.apply::<Words>().exit()
}

/// Writes why the arguments cannot be used together, although each of them is right, and ends the program.
pub fn refuse(reason: impl Into<String>) -> ! {
    let mut command = command();
    let mut error = Error::<Words>::new(ErrorKind::ArgumentConflict).with_cmd(&command);
    error.insert(ContextKind::Custom, ContextValue::String(reason.into()));
    let usage = command.render_usage();
    error.insert(ContextKind::Usage, ContextValue::StyledStr(usage));
    error.exit()
}

fn worded(mut command: Command) -> Command {
    let usage = usage(&command.render_usage());
    let template =
        format!("{{before-help}}{{about-with-newline}}\n{usage}\n\n{{all-args}}{{after-help}}");
    if command.get_name() == "help" {
        command = command.about(text!("help-command-help"));
    }
    command
        .help_template(StyledStr::from(template))
        .subcommand_help_heading(text!("help-heading-commands"))
        .mut_args(argument)
        .mut_subcommands(worded)
}

/// Returns the usage, with its escape sequences for colours.
fn usage(clap: &StyledStr) -> String {
    /// What clap writes before the first line and the others.
    const HEADING: (&str, &str) = ("Usage:", "\n       ");
    let heading = text!("help-heading-usage");
    let indented = format!("\n{:1$}", "", crate::cell::width(heading) + 1);
    let words = clap.ansi().to_string().replacen(HEADING.0, heading, 1);
    words.replace(HEADING.1, &indented)
}

fn argument(mut arg: Arg) -> Arg {
    match arg.get_id().as_str() {
        "help" => {
            arg = arg.help(text!("help-option-help"));
            arg = arg.long_help(text!("help-option-help-long"));
        }
        "version" => arg = arg.help(text!("help-option-version")),
        _ => {}
    }
    if arg.get_help_heading().is_none() {
        arg = match arg.get_index() {
            Some(index) => arg
                .help_heading(text!("help-heading-arguments"))
                .display_order(index),
            None => arg.help_heading(text!("help-heading-options")),
        };
    }
    with_values(arg)
}

/// Adds the possible values to the help, and the default one.
fn with_values(arg: Arg) -> Arg {
    let values = arg.get_possible_values();
    let Some(help) = arg.get_help().filter(|_| !values.is_empty()) else {
        return arg;
    };
    let mut short = help.to_string();
    let names: Vec<_> = values.iter().map(|value| value.get_name()).collect();
    let longest = names.iter().map(|name| name.len()).max().unwrap_or(0);
    let list = text!("help-possible-values");
    let mut long = format!("{short}\n\n{list}:");
    short += &format!(" [{list}: {}]", names.join(", "));
    for value in &values {
        let name = format!("{}:", value.get_name());
        let about = value.get_help().map(StyledStr::to_string);
        let about = about.unwrap_or_default();
        long += &format!("\n- {name:0$} {about}", longest + 1);
    }
    let defaults = arg.get_default_values();
    if let Some(value) = defaults
        .first()
        .filter(|_| !arg.is_hide_default_value_set())
    {
        let default = text!("help-default", value = value.to_string_lossy());
        short += &format!(" [{default}]");
        long += &format!("\n\n[{default}]");
    }
    arg.help(short)
        .long_help(long)
        .hide_possible_values(true)
        .hide_default_value(true)
}

/// Writes errors.
struct Words;

impl ErrorFormatter for Words {
    fn format_error(error: &Error<Self>) -> StyledStr {
        let styles = Styles::styled();
        let (red, green, literal) = (styles.get_error(), styles.get_valid(), styles.get_literal());
        let mut words = format!("{red}{}:{red:#} {}", text!("error"), what(error));
        let mut similar = similar(error).into_iter().peekable();
        if similar.peek().is_some() {
            words.push('\n');
        }
        for argument in similar {
            let tip = text!("error-similar", argument);
            words += &format!("\n  {green}{}:{green:#} {tip}", text!("error-tip"));
        }
        if let Some(tip) = instead(error) {
            words += &format!("\n\n  {green}{}:{green:#} {tip}", text!("error-tip"));
        }
        if let Some(ContextValue::StyledStr(clap)) = error.get(ContextKind::Usage) {
            words += &format!("\n\n{}", usage(clap));
        }
        let help = format!("{literal}--help{literal:#}");
        words += &format!("\n\n{}\n", text!("error-try-help", help));
        StyledStr::from(words)
    }
}

/// Returns what is wrong.
fn what(error: &Error<Words>) -> String {
    if let Some(reason) = one(error, ContextKind::Custom) {
        return reason;
    }
    if error.kind() == ErrorKind::InvalidSubcommand
        && let Some(command) = one(error, ContextKind::InvalidSubcommand)
    {
        return text!("error-unknown-command", command);
    }
    // As clap has it, for the kinds that are not written here.
    let others = || printable(&error.kind().to_string());
    let Some(argument) = one(error, ContextKind::InvalidArg) else {
        let missing = several(error, ContextKind::InvalidArg);
        return match error.kind() {
            ErrorKind::MissingRequiredArgument => lines(text!("error-missing-arguments"), &missing),
            _ => others(),
        };
    };
    let value = one(error, ContextKind::InvalidValue).unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownArgument => text!("error-unknown-argument", argument),
        ErrorKind::InvalidValue => {
            let mut words = match value.is_empty() {
                true => text!("error-no-value", argument),
                false => text!("error-wrong-value", value, argument),
            };
            let values = several(error, ContextKind::ValidValue);
            if !values.is_empty() {
                let list = text!("help-possible-values");
                words += &format!("\n  [{list}: {}]", values.join(", "));
            }
            words
        }
        ErrorKind::ValueValidation => {
            let words = text!("error-wrong-value", value, argument);
            match error.source() {
                Some(why) => format!("{words}: {why}"),
                None => words,
            }
        }
        ErrorKind::TooManyValues => text!("error-many-values", value, argument),
        ErrorKind::ArgumentConflict => match one(error, ContextKind::PriorArg) {
            Some(other) if other == argument => text!("error-repeated", argument),
            Some(other) => text!("error-conflict", argument, other),
            None => {
                let others = several(error, ContextKind::PriorArg);
                lines(&text!("error-conflicts", argument), &others)
            }
        },
        _ => others(),
    }
}

/// Returns what to use instead of an option of tshark.
fn instead(error: &Error<Words>) -> Option<&'static str> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let option = one(error, ContextKind::InvalidArg)?;
    tshark::instead(option.split_whitespace().next().unwrap_or_default())
}

/// Returns the arguments that may be meant.
fn similar(error: &Error<Words>) -> Vec<String> {
    let mut similar = several(error, ContextKind::SuggestedArg);
    similar.extend(one(error, ContextKind::SuggestedArg));
    similar.extend(several(error, ContextKind::SuggestedValue));
    similar.extend(one(error, ContextKind::SuggestedValue));
    // An option of a command, `'save --force' exists`. An unknown option is hardly meant as the name of a file, which is
    // what clap's other suggestions are about.
    if let Some(ContextValue::StyledStrs(tips)) = error.get(ContextKind::Suggested) {
        let tips = tips.iter().map(StyledStr::to_string);
        let options = tips.filter_map(|tip| {
            let option = tip.strip_prefix('\'')?.strip_suffix("' exists")?;
            Some(option.to_owned())
        });
        similar.extend(options);
    }
    similar
}

fn one(error: &Error<Words>, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(word) => Some(printable(word)),
        _ => None,
    }
}

fn several(error: &Error<Words>, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::Strings(words)) => words.iter().map(|word| printable(word)).collect(),
        _ => Vec::new(),
    }
}

/// Lists arguments below a heading.
fn lines(heading: &str, arguments: &[String]) -> String {
    let mut words = format!("{heading}:");
    for argument in arguments {
        // A String takes everything.
        let _ = write!(words, "\n  {argument}");
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(words: &str) -> Vec<OsString> {
        let words = ["wiretalk"].into_iter().chain(words.split_whitespace());
        words.map(OsString::from).collect()
    }

    fn error(words: &str) -> String {
        let error = parse(arguments(words)).unwrap_err();
        error.apply::<Words>().render().to_string()
    }

    #[test]
    fn errors_say_what_is_wrong() {
        for (words, expected) in [
            (
                "--frob",
                "error: unexpected argument '--frob'\n\nUsage: wiretalk [OPTIONS]",
            ),
            ("a --memry 1M", "\n\n  tip: similar: '--memory'\n"),
            (
                "--lang xx",
                "error: invalid value 'xx' for '--lang <LANGUAGE>'\n  [possible values: en, ko]\n",
            ),
            (
                "--lang",
                "error: '--lang <LANGUAGE>' needs a value\n  [possible values: en, ko]\n",
            ),
            (
                "--memory abc",
                "for '--memory <SIZE>': 'abc' is not a size (500M, 2GiB)\n",
            ),
            (
                "packets a --json --csv",
                "error: '--json' cannot be used with '--csv'\n",
            ),
            (
                "packets a --json --json",
                "error: '--json' can be used only once\n",
            ),
            (
                "packets a --json=1",
                "error: unexpected value '1' for '--json'\n",
            ),
            ("help frob", "error: unknown command 'frob'\n"),
            ("explain a", "error: missing arguments:\n  <NUMBER>\n"),
            (
                "stats -f x",
                "error: missing arguments:\n  --interface <INTERFACE>\n",
            ),
        ] {
            let error = error(words);
            assert!(error.contains(expected), "{words}: {error}");
            assert!(
                error.ends_with("\n\nFor more information, try '--help'.\n"),
                "{error}"
            );
        }
        assert!(!error("--\u{1b}[2J").contains("\u{1b}[2J"));
        // Never meant as the name of a file.
        assert!(!error("--frob").contains("tip"));
    }

    #[test]
    fn the_help_has_every_section_once() {
        for name in ["", "explain", "packets", "save"] {
            let help = parse(arguments(&format!("{name} --help"))).unwrap_err();
            assert_eq!(help.kind(), ErrorKind::DisplayHelp);
            let help = help.to_string();
            for heading in ["\nUsage: ", "\nArguments:\n", "\nOptions:\n"] {
                assert_eq!(help.matches(heading).count(), 1, "{heading}: {help}");
            }
            assert!(help.contains("- ascii:   ASCII characters"), "{help}");
            let is_command = !name.is_empty();
            assert_eq!(
                help.contains("\nExample:\n  wiretalk "),
                is_command,
                "{help}"
            );
        }
        let help = parse(arguments("follow -h")).unwrap_err().to_string();
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        let at = |word: &str| help.find(word).unwrap_or_else(|| panic!("{word}: {help}"));
        assert!(at("<FILE> The") < at("[CONVERSATION] The"), "{help}");
        let values = "[possible values: auto, unicode, ascii]";
        assert!(at(values) > at("--glyphs"));
    }
}
