//! The program `wiretalk`: arguments in, what runs out.

use clap::Parser;
use std::{
    io::{self, BufWriter, Write},
    path::Path,
    process::ExitCode,
};
use wiretalk::{
    capture::Reader,
    cli::{Cli, Command},
    report::{self, Format, PacketOptions},
};

/// The input was bad or cut short.
const BAD_INPUT: u8 = 1;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Some(command) => run(command),
        None => Err(anyhow::anyhow!("the screen is not built yet")),
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

/// Whoever read our output went away: `| head`.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match command {
        Command::Conversations {
            file,
            json,
            csv,
            select,
        } => {
            let store = report::load(Reader::open(&file)?);
            let format = Format::from_switches(json, csv);
            report::conversations(&store, format, &select.ports(), &mut out)?;
            out.flush()?;
            Ok(problems(&file, &store))
        }
        Command::Packets {
            file,
            json,
            csv,
            detail,
            select,
            absolute_seq,
        } => {
            let store = report::load(Reader::open(&file)?);
            let format = Format::from_switches(json, csv);
            let options = PacketOptions {
                format,
                detail,
                ports: select.ports(),
                absolute_seq,
            };
            report::packets(&store, &options, &mut out)?;
            out.flush()?;
            Ok(problems(&file, &store))
        }
    }
}

/// Says what was wrong with the capture; everything that could be read has been written by now.
fn problems(file: &Path, store: &wiretalk::store::Store) -> ExitCode {
    let contents = store.read();
    for problem in &contents.problems {
        eprintln!("wiretalk: {}: {problem}", file.display());
    }
    if contents.damaged {
        ExitCode::from(BAD_INPUT)
    } else {
        ExitCode::SUCCESS
    }
}
