//! The program `wiretalk`: parses its arguments and runs the command. It also starts itself under other names, as the
//! processes that capture and that query the resolver.

mod commands;
mod export;
mod reading;
mod screen;

use std::{
    env,
    io::{self, IsTerminal},
    process::ExitCode,
};
use wiretalk::{
    capture::live,
    cli,
    glyphs::{GlyphSet, GlyphWriter, Glyphs},
    lang,
    names::lookup,
    report,
};

/// The input was bad or cut short.
const BAD_INPUT: u8 = 1;

fn main() -> ExitCode {
    lang::choose(cli::language(env::args_os(), |name| env::var_os(name)));
    match env::args_os().next() {
        Some(name) if name == live::PROCESS => return live::serve(),
        Some(name) if name == lookup::PROCESS => return lookup::serve(),
        _ => {}
    }
    let cli = cli::parse(env::args_os()).unwrap_or_else(|error| cli::exit(error));
    let outcome = match cli.command {
        Some(command) => commands::run(command, cli.protection.wanted(), cli.writing.glyphs),
        None if cli.list_interfaces => list_interfaces(cli.writing.glyphs),
        None => screen::show(cli),
    };
    match outcome {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wiretalk: {error:#}");
            ExitCode::from(BAD_INPUT)
        }
    }
}

fn list_interfaces(glyphs: Glyphs) -> anyhow::Result<ExitCode> {
    let mut out = GlyphWriter::new(io::stdout().lock(), of_text(glyphs));
    report::interfaces(&mut out)?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the signs of text on standard output.
fn of_text(glyphs: Glyphs) -> GlyphSet {
    let variable = |name: &str| env::var_os(name);
    let known = glyphs.known(variable, io::stdout().is_terminal());
    known.unwrap_or_default()
}

/// Whether the reader of the output has closed it: `| head`.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
