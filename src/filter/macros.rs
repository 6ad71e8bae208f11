//! Macros: filters with a name, in which `$1` and so on stand for what they are used with.
//!
//! `$private_ipv4(ip.src)`, `${private_ipv4:ip.src}` and `${private_ipv4;ip.src}` are the same. They are replaced as
//! text, before the filter is parsed; all tokens of what they stand for have their place in the filter.

use super::Wrong;
use crate::{
    confine::Identity,
    lang::{Count, text},
    own_file,
};
use std::{collections::HashSet, ops::Range, path::PathBuf, sync::OnceLock};

/// Macros within macros are refused at this depth: one may use itself.
pub(super) const MAX_DEPTH: usize = 16;

/// As many are read from the file.
const MAX_MACROS: usize = 200;

/// The name of the file, which is Wireshark's.
const FILE: &str = "dmacros";

/// Those that Wireshark comes with.
const USUAL: [(&str, &str); 3] = [
    (
        "private_ipv4",
        "$1 == 10.0.0.0/8 or $1 == 172.16.0.0/12 or $1 == 192.168.0.0/16",
    ),
    ("private_ipv6", "ipv6 and $1 == fc00::/7"),
    ("private_ethernet", "$1[0] & 0x0f == 2"),
];

/// The macros of this run.
#[derive(Debug)]
pub struct Macros {
    defined: Vec<(String, String)>,
    /// What is wrong with their file, as a sentence.
    ignored: Option<String>,
}

static MACROS: OnceLock<Macros> = OnceLock::new();

impl Macros {
    /// Returns the usual ones and those of a user's file, which come first.
    pub fn read(user: Option<&Identity>) -> Self {
        let file = user.and_then(|user| Some((user.state_directory()?.join(FILE), user.uid())));
        Macros::of(file)
    }

    fn of(file: Option<(PathBuf, u32)>) -> Self {
        let lines = file.map(|(path, owner)| own_file::lines(&path, owner));
        let (lines, ignored) = match lines.unwrap_or_else(|| Ok(Vec::new())) {
            Ok(lines) => (lines, None),
            Err(why) => (Vec::new(), Some(why)),
        };
        let own = lines.iter().filter_map(|line| named_line(line));
        let all = own.take(MAX_MACROS).chain(USUAL);
        let owned = all.map(|(name, text)| (name.to_owned(), text.to_owned()));
        Macros {
            defined: owned.collect(),
            ignored,
        }
    }

    /// Makes them those of this run, unless there are some already.
    pub fn apply(self) {
        let _ = MACROS.set(self);
    }

    fn find(&self, name: &str) -> Option<&str> {
        let mut all = self.defined.iter();
        let (_, text) = all.find(|(known, _)| known == name)?;
        Some(text)
    }
}

/// Parses `"name" filter`, a line of Wireshark's files of filters and of macros.
pub fn named_line(line: &str) -> Option<(&str, &str)> {
    let (name, filter) = line.strip_prefix('"')?.split_once("\" ")?;
    Some((name, filter.trim()))
}

/// Returns the names of the macros, each once, and whether they are used with something.
pub fn macro_names() -> impl Iterator<Item = (&'static str, bool)> {
    let mut seen = HashSet::new();
    let all = macros().defined.iter();
    let first = all.filter(move |(name, _)| seen.insert(name.as_str()));
    first.map(|(name, text)| (name.as_str(), text.contains('$')))
}

fn macros() -> &'static Macros {
    MACROS.get_or_init(|| Macros::read(None))
}

/// Returns what a macro at the beginning of a text stands for, and how long its use is; none if there is no macro, but
/// perhaps a field of the chosen packet. `at` is the place of the text in the filter.
pub(super) fn expansion(text: &str, at: usize) -> Result<Option<(String, usize)>, Wrong> {
    let Some(usage) = Usage::parse(text, at)? else {
        return Ok(None);
    };
    let place = at..at + usage.length;
    let wrong = |reason| Err(Wrong::new(reason, place.clone()));
    let name = usage.name;
    let Some(definition) = macros().find(name) else {
        let reason = text!("filter-no-macro", name);
        return wrong(match &macros().ignored {
            Some(ignored) => format!("{reason}; {ignored}"),
            None => reason,
        });
    };
    if usage.arguments.iter().any(|it| it.is_empty()) {
        return wrong(text!("filter-macro-empty", name));
    }
    match filled(definition, &usage.arguments) {
        Ok(text) => Ok(Some((text, usage.length))),
        Err(count) => wrong(text!(
            "filter-macro-arguments",
            name,
            count = Count(count as u64)
        )),
    }
}

/// Where a macro is used.
struct Usage<'a> {
    name: &'a str,
    arguments: Vec<&'a str>,
    length: usize,
}

impl<'a> Usage<'a> {
    fn parse(text: &'a str, at: usize) -> Result<Option<Self>, Wrong> {
        let Some(rest) = text.strip_prefix('$') else {
            return Ok(None);
        };
        let (rest, is_braced) = match rest.strip_prefix('{') {
            Some(inside) => (inside, true),
            None => (rest, false),
        };
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let (name, behind) = rest
            .split_at_checked(end.unwrap_or(rest.len()))
            .unwrap_or((rest, ""));
        let is_used = match (is_braced, behind.chars().next()) {
            (false, Some('(')) | (true, Some(':' | ';')) => true,
            (true, Some('}')) => macros().find(name).is_some(),
            _ => false,
        };
        if !is_used || name.is_empty() {
            return Ok(None);
        }
        let (separator, close) = if is_braced { (';', '}') } else { (',', ')') };
        let inside = match behind.starts_with('}') {
            true => behind,
            false => behind.get(1..).unwrap_or_default(),
        };
        let Some(parts) = split(inside, separator, close) else {
            return Err(Wrong {
                is_incomplete: true,
                ..Wrong::new(text!("filter-bracket-missing"), at..at + text.len())
            });
        };
        let last = parts.last().map_or(0, |part| part.end);
        let texts = parts.into_iter();
        let mut arguments: Vec<_> = texts
            .filter_map(|part| Some(inside.get(part)?.trim()))
            .collect();
        if arguments == [""] {
            arguments.clear();
        }
        Ok(Some(Usage {
            name,
            arguments,
            length: text.len() - inside.len() + last + close.len_utf8(),
        }))
    }
}

/// Returns the parts of a text up to the bracket that closes it: separators within brackets and quotes belong to them. None
/// if it is not closed.
fn split(text: &str, separator: char, close: char) -> Option<Vec<Range<usize>>> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    let (mut quote, mut is_escaped) = (None, false);
    for (place, letter) in text.char_indices() {
        if let Some(end) = quote {
            if letter == end && !is_escaped {
                quote = None;
            }
            is_escaped = letter == '\\' && !is_escaped;
            continue;
        }
        match letter {
            '"' | '\'' => (quote, is_escaped) = (Some(letter), false),
            _ if depth == 0 && (letter == separator || letter == close) => {
                parts.push(start..place);
                start = place + letter.len_utf8();
                if letter == close {
                    return Some(parts);
                }
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    None
}

/// Returns a definition with the arguments in their places, or how many it takes if these are more or fewer.
fn filled(definition: &str, arguments: &[&str]) -> Result<String, usize> {
    let mut text = String::new();
    let mut most = 0;
    let mut parts = definition.split('$');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let end = part.find(|letter: char| !letter.is_ascii_digit());
        let (digits, behind) = part
            .split_at_checked(end.unwrap_or(part.len()))
            .unwrap_or((part, ""));
        match digits.parse::<usize>() {
            Ok(number @ 1..) => {
                most = most.max(number);
                text.push_str(arguments.get(number - 1).unwrap_or(&""));
            }
            _ => {
                text.push('$');
                text.push_str(digits);
            }
        }
        text.push_str(behind);
    }
    match most == arguments.len() {
        true => Ok(text),
        false => Err(most),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::unistd::geteuid;
    use std::fs;

    #[test]
    fn the_file_of_wireshark_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let text =
            "# Mine\n\n\"web\" tcp.port == $1 and ip.addr == $2\n\"private_ipv6\" ipv6\nnone\n";
        fs::write(folder.path().join(FILE), text).unwrap();
        let macros = Macros::of(Some((folder.path().join(FILE), geteuid().as_raw())));
        assert_eq!(macros.find("web"), Some("tcp.port == $1 and ip.addr == $2"));
        // Those of the file come before the usual ones.
        assert_eq!(macros.find("private_ipv6"), Some("ipv6"));
        assert!(macros.find("private_ipv4").is_some());
        assert_eq!((macros.find("none"), &macros.ignored), (None, &None));
        fs::write(folder.path().join(FILE), b"\"a\" \xff").unwrap();
        let macros = Macros::of(Some((folder.path().join(FILE), geteuid().as_raw())));
        assert!(macros.ignored.is_some() && macros.find("private_ipv4").is_some());
    }

    #[test]
    fn arguments_take_their_places() {
        assert_eq!(filled("a $1 b $2c", &["x", "y"]), Ok("a x b yc".to_owned()));
        assert_eq!(
            filled("${ip.src} == $1", &["x"]),
            Ok("${ip.src} == x".to_owned())
        );
        assert_eq!(filled("$2", &["x"]), Err(2));
        assert_eq!(filled("tcp", &["x"]), Err(0));
    }

    #[test]
    fn separators_in_brackets_and_quotes_belong_to_them() {
        let parts = |text, separator, close| {
            let parts = split(text, separator, close)?;
            let texts = parts.into_iter().map(|part| text[part].to_owned());
            Some(texts.collect::<Vec<_>>())
        };
        assert_eq!(
            parts("a,b(c,d)[1,2],\"),\\\",\",')')", ',', ')').unwrap(),
            ["a", "b(c,d)[1,2]", "\"),\\\",\"", "')'"]
        );
        assert_eq!(parts("{1;2};3} and", ';', '}').unwrap(), ["{1;2}", "3"]);
        assert_eq!(parts("a, b", ',', ')'), None);
        assert_eq!(parts("a]", ',', ')'), None);
    }
}
