//! The program `wiretalk`: parses its arguments and runs the command. It also starts itself under other names, as the
//! processes that capture and that query the resolver.

mod commands;
mod export;
mod reading;
mod screen;
mod tabs;

use std::{
    env,
    io::{self, IsTerminal},
    process::ExitCode,
};
use wiretalk::{
    capture::live,
    cli::{self, Early},
    config::{Config, Problem, Sources},
    confine::Identity,
    filter::Macros,
    glyphs::{GlyphSet, GlyphWriter, Glyphs},
    lang::{self, Count, Language, text},
    names::lookup,
    report,
};

/// The input was bad or cut short.
const BAD_INPUT: u8 = 1;

fn main() -> ExitCode {
    let early = Early::of(env::args_os());
    match env::args_os().next() {
        Some(name) if name == live::PROCESS => {
            choose_language(&early, None);
            return live::serve();
        }
        Some(name) if name == lookup::PROCESS => {
            choose_language(&early, None);
            return lookup::serve();
        }
        _ => {}
    }
    let sources = Sources::read(early.profile.as_deref());
    choose_language(&early, sources.as_ref().ok().and_then(Sources::language));
    // Filters are parsed with the arguments, and may use macros.
    Macros::read(Identity::find(None).ok().as_ref()).apply();
    let mut cli = cli::parse(env::args_os()).unwrap_or_else(|error| cli::exit(error));
    let sources = sources.unwrap_or_else(|error| cli::refuse(error.to_string()));
    let (config, problems) = sources.settings();
    // On the screen a capture may be resumed, which has precedence over settings.
    if cli.command.is_some() {
        config.apply(&mut cli);
    }
    let loaded = Loaded { config, problems };
    let outcome = match cli.command {
        Some(command) => {
            let wanted = cli.protection.wanted();
            commands::run(command, wanted, cli.writing.glyphs, &loaded)
        }
        None if cli.list_link_types => list_link_types(&cli.capture.interfaces()),
        None if cli.list_interfaces => {
            loaded.config.apply(&mut cli);
            list_interfaces(cli.writing.glyphs)
        }
        None if cli.capture.write_of_file().is_some() => {
            loaded.config.apply(&mut cli);
            commands::write(cli)
        }
        None => screen::show(cli, &loaded),
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

fn choose_language(early: &Early, set: Option<Language>) {
    lang::choose(early.language(set, |name| env::var_os(name)));
}

/// The user's settings, and what is wrong with them.
struct Loaded {
    config: Config,
    problems: Vec<Problem>,
}

impl Loaded {
    /// Returns what is wrong as one line, if something is.
    fn problem(&self) -> Option<String> {
        let first = self.problems.first()?;
        Some(match self.problems.len() - 1 {
            0 => first.to_string(),
            more => text!("config-problems", first, more = Count(more as u64)),
        })
    }

    /// Writes that line.
    fn warn(&self) {
        if let Some(problem) = self.problem() {
            eprintln!("wiretalk: {problem}");
        }
    }
}

/// Fails if this program was built without live capture.
fn can_capture() -> anyhow::Result<()> {
    match cfg!(feature = "live") {
        true => Ok(()),
        false => Err(live::OpenError::NotBuilt.into()),
    }
}

fn list_interfaces(glyphs: Option<Glyphs>) -> anyhow::Result<ExitCode> {
    can_capture()?;
    let mut out = GlyphWriter::new(io::stdout().lock(), of_text(glyphs));
    report::interfaces(&mut out)?;
    Ok(ExitCode::SUCCESS)
}

fn list_link_types(interfaces: &[String]) -> anyhow::Result<ExitCode> {
    can_capture()?;
    for name in interfaces {
        report::data_link_types(name, &mut io::stdout().lock())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the signs of text on standard output.
fn of_text(glyphs: Option<Glyphs>) -> GlyphSet {
    let variable = |name: &str| env::var_os(name);
    let known = glyphs
        .unwrap_or_default()
        .known(variable, io::stdout().is_terminal());
    known.unwrap_or_default()
}

/// Whether the reader of the output has closed it: `| head`.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
