//! The program `wiretalk`: parses its arguments and runs the command.

mod commands;
mod reading;
mod screen;

use clap::Parser;
use std::{io, process::ExitCode};
use wiretalk::{cli::Cli, report};

/// The input was bad or cut short.
const BAD_INPUT: u8 = 1;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Some(command) => commands::run(command, cli.protection.wanted()),
        None if cli.list_interfaces => list_interfaces(),
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

fn list_interfaces() -> anyhow::Result<ExitCode> {
    report::interfaces(&mut io::stdout().lock())?;
    Ok(ExitCode::SUCCESS)
}

/// Whether the reader of the output has closed it: `| head`.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
