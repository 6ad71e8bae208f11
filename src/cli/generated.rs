//! What is made from the table of options for others: manual pages, and the completion of shells.

use super::words;
use clap_complete::Shell;
use std::{io, path::Path};

/// The name of the program, and of its manual page.
const NAME: &str = "wiretalk";

/// Writes a manual page for the program and one for each command into a directory, which is created if it is not there.
///
/// # Errors
///
/// Fails if a page cannot be written.
pub fn manual_pages(directory: &Path) -> io::Result<()> {
    std::fs::create_dir_all(directory)?;
    clap_mangen::generate_to(words::command(), directory)
}

/// Returns the script with which a shell completes the command line.
pub fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut words::command(), NAME, &mut script);
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each command has a page, which names its options.
    #[test]
    fn pages() {
        let directory = tempfile::tempdir().unwrap();
        manual_pages(&directory.path().join("man1")).unwrap();
        for command in words::command().get_subcommands() {
            let name = match command.get_name() {
                "help" => continue,
                name => format!("man1/{NAME}-{name}.1"),
            };
            let page = std::fs::read_to_string(directory.path().join(&name)).unwrap();
            for option in command.get_arguments().filter_map(|arg| arg.get_long()) {
                let option = option.replace('-', "\\-");
                assert!(page.contains(&option), "{name} lacks --{option}");
            }
        }
        assert!(directory.path().join("man1/wiretalk.1").exists());
    }

    #[test]
    fn scripts() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = String::from_utf8(completions(shell)).unwrap();
            for word in ["conversations", "show-secrets", "findings"] {
                assert!(script.contains(word), "{shell}: {word}");
            }
        }
    }
}
