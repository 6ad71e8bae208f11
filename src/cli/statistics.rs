//! tshark's statistics, `-z`, as commands: `-q -z conv,tcp` is `conversations -Y tcp`.

use super::COMMANDS;
use crate::{format::printable, lang::text};
use std::ffi::OsString;

/// The statistics that there are, as they are written in messages.
const KNOWN: &str = "conv,tcp  conv,udp  io,phs  endpoints,ip  expert  follow,tcp,ascii,N";

/// What an option of tshark does here.
enum Given {
    /// It is the capture.
    File,
    /// It is a statistic.
    Statistic,
    /// It is implied.
    Implied,
}

/// Replaces `-z` by the command that writes this statistic. Other arguments stay as they are.
///
/// # Errors
///
/// Fails with what to use instead.
pub(super) fn with_command(arguments: Vec<OsString>) -> Result<Vec<OsString>, String> {
    let options = arguments.iter().skip(1).map(|word| word.to_string_lossy());
    let mut options = options.take_while(|word| word != "--");
    if !options.any(|word| word.starts_with("-z")) {
        return Ok(arguments);
    }
    let mut words = arguments.into_iter();
    let program = words.next();
    let mut rest: Vec<OsString> = Vec::new();
    let mut files: Vec<OsString> = Vec::new();
    let mut statistics: Vec<String> = Vec::new();
    while let Some(word) = words.next() {
        let shown = word.to_string_lossy().into_owned();
        if COMMANDS.contains(&&*shown) {
            return Err(text!("statistics-with-command", command = shown));
        }
        let (option, joined) = match shown.char_indices().nth(2) {
            Some((at, _)) => shown.split_at(at),
            None => (&*shown, ""),
        };
        let given = match option {
            "-z" => Given::Statistic,
            "-r" => Given::File,
            "-q" | "-l" | "-2" | "-n" if joined.is_empty() => Given::Implied,
            _ => {
                rest.push(word);
                continue;
            }
        };
        let mut value = || match joined {
            "" => words.next().unwrap_or_default(),
            joined => joined.into(),
        };
        match given {
            Given::Statistic => statistics.push(value().to_string_lossy().into_owned()),
            Given::File => files.push(value()),
            Given::Implied => {}
        }
    }
    let [statistic] = &*statistics else {
        return Err(text!("statistics-several").to_owned());
    };
    let (command, after) = command(statistic)?;
    let program = program.into_iter().chain([command.into()]);
    // A capture that stands alone comes before the name of a conversation, too.
    let is_file = |word: &OsString| !word.to_string_lossy().starts_with('-');
    let alone = match files.is_empty() {
        true => rest.iter().rposition(is_file).map(|at| rest.remove(at)),
        false => None,
    };
    let after = after.into_iter().map(OsString::from);
    Ok(program
        .chain(files)
        .chain(alone)
        .chain(after)
        .chain(rest)
        .collect())
}

/// Returns the command of a statistic, and its arguments after the capture.
fn command(statistic: &str) -> Result<(&'static str, Vec<String>), String> {
    let words: Vec<&str> = statistic.split(',').collect();
    let filtered = |filter: &[&str]| match filter.join(",") {
        filter if filter.trim().is_empty() => Vec::new(),
        filter => vec!["-Y".to_owned(), filter],
    };
    let unknown = || {
        text!(
            "statistics-unknown",
            statistic = printable(statistic),
            known = KNOWN
        )
    };
    Ok(match &*words {
        ["conv", protocol @ ("tcp" | "udp"), filter @ ..] => {
            let filter = match filter.join(",") {
                filter if filter.trim().is_empty() => (*protocol).to_owned(),
                filter => format!("{protocol} and ({filter})"),
            };
            ("conversations", vec!["-Y".to_owned(), filter])
        }
        ["io", "phs", filter @ ..] | ["conv", _, filter @ ..] => ("stats", filtered(filter)),
        ["endpoints", protocol, filter @ ..] => {
            let filter = match (*protocol, filter.join(",")) {
                ("tcp" | "udp", filter) if filter.trim().is_empty() => (*protocol).to_owned(),
                ("tcp" | "udp", filter) => format!("{protocol} and ({filter})"),
                (_, filter) => filter,
            };
            let mut after = vec!["--endpoints".to_owned()];
            after.extend(filtered(&[&filter]));
            ("stats", after)
        }
        ["expert"] => ("findings", Vec::new()),
        [
            "expert",
            severity @ ("error" | "warn" | "note" | "chat" | "comment"),
            filter @ ..,
        ] => {
            let least = match *severity {
                "error" => "error",
                "warn" => "warning",
                _ => "note",
            };
            let mut after = vec![format!("--min-severity={least}")];
            after.extend(filtered(filter));
            ("findings", after)
        }
        ["expert", filter @ ..] => ("findings", filtered(filter)),
        ["follow", protocol @ ("tcp" | "udp"), mode, number] => {
            let mode = match *mode {
                "ascii" | "utf-8" => "--ascii",
                "hex" => "--hex",
                "raw" => "--raw",
                _ => return Err(text!("statistics-follow").to_owned()),
            };
            if number.parse::<u32>().is_err() {
                return Err(text!("statistics-follow").to_owned());
            }
            (
                "follow",
                vec![format!("{protocol}/{number}"), mode.to_owned()],
            )
        }
        ["follow", ..] => return Err(text!("statistics-follow").to_owned()),
        _ => return Err(unknown()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(words: &str) -> Result<String, String> {
        let words = words.split(' ').map(|word| word.replace('_', " "));
        let words = with_command(words.map(OsString::from).collect())?;
        let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
        Ok(words.join(" "))
    }

    #[test]
    fn statistics_are_commands() {
        for (words, expected) in [
            (
                "wiretalk -r a -q -z conv,tcp",
                "wiretalk conversations a -Y tcp",
            ),
            (
                "wiretalk -q -z conv,udp,dns a",
                "wiretalk conversations a -Y udp and (dns)",
            ),
            ("wiretalk -zio,phs -r a", "wiretalk stats a"),
            (
                "wiretalk -r a -q -z endpoints,ip,tcp",
                "wiretalk stats a --endpoints -Y tcp",
            ),
            (
                "wiretalk -r a -q -z endpoints,tcp",
                "wiretalk stats a --endpoints -Y tcp",
            ),
            (
                "wiretalk -r a -q -z endpoints,udp,dns",
                "wiretalk stats a --endpoints -Y udp and (dns)",
            ),
            ("wiretalk -nr a", "wiretalk -nr a"),
            (
                "wiretalk -n -r a -q -z expert,warn,tcp",
                "wiretalk findings a --min-severity=warning -Y tcp",
            ),
            (
                "wiretalk -r a -z follow,tcp,hex,3 --lang=ko",
                "wiretalk follow a tcp/3 --hex --lang=ko",
            ),
            ("wiretalk a -- -z", "wiretalk a -- -z"),
        ] {
            assert_eq!(replaced(words).as_deref(), Ok(expected), "{words}");
        }
    }

    #[test]
    fn others_are_refused_with_what_to_use_instead() {
        for (words, expected) in [
            ("wiretalk -z http,tree a", "io,phs"),
            ("wiretalk -z", "io,phs"),
            ("wiretalk -z follow,http,ascii,1 a", "wiretalk follow"),
            ("wiretalk -z follow,tcp,yaml,1 a", "wiretalk follow"),
            ("wiretalk -z expert -z io,phs a", "one -z"),
            ("wiretalk stats a -z io,phs", "stats"),
        ] {
            let why = replaced(words).unwrap_err();
            assert!(why.contains(expected), "{words}: {why}");
        }
    }
}
