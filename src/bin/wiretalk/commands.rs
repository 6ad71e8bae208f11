//! The program on a pipe: what its commands write.

use crate::reading::{Reading, file, load, open, problems};
use clap::{CommandFactory, error::ErrorKind};
use std::{
    ffi::OsString,
    io::{self, BufWriter, IsTerminal, Write},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use wiretalk::{
    cli::{Capture, Cli, Command, Decoding, Side},
    confine::Wanted,
    report::{self, FollowOptions, Format, PacketOptions, Packets, Style},
    save::{Choice, Marks},
    track::Direction,
    words,
};

/// Carries a command out.
///
/// # Errors
///
/// What keeps it from being done.
pub fn run(command: Command, mut wanted: Wanted) -> anyhow::Result<ExitCode> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match command {
        Command::Conversations {
            words,
            capture,
            json,
            csv,
            select,
            reading,
        } => {
            let reading = begin(&capture, &words, &reading, wanted)?;
            let stop = reading.stop_on_signals()?;
            while reading.is_growing() {
                wait(&reading, &stop)?;
            }
            let format = Format::from_switches(json, csv);
            report::conversations(&reading.store, format, &select.ports(), &mut out)?;
            out.flush()?;
            reading.end()
        }
        Command::Packets {
            words,
            capture,
            json,
            csv,
            detail,
            select,
            reading,
            absolute_seq,
            show_secrets,
        } => {
            let reading = begin(&capture, &words, &reading, wanted)?;
            let stop = reading.stop_on_signals()?;
            let options = PacketOptions {
                format: Format::from_switches(json, csv),
                detail,
                ports: select.ports(),
                absolute_seq,
                show_secrets,
            };
            let mut packets = Packets::new(&reading.store, options);
            while reading.is_growing() {
                wait(&reading, &stop)?;
                packets.go_on(&reading.store, &mut out)?;
                out.flush()?;
            }
            packets.go_on(&reading.store, &mut out)?;
            out.flush()?;
            if packets.missed() > 0 {
                let missed = words::counted(packets.missed(), "packet");
                eprintln!("wiretalk: {missed} not written: they were let go before");
            }
            reading.end()
        }
        Command::Follow {
            file,
            conversation,
            raw,
            ascii: _,
            hex,
            from,
            all,
            reading,
        } => {
            let store = load(open(&file, wanted)?.0, &reading);
            let id = report::find(&store.read(), &conversation).map_err(anyhow::Error::msg)?;
            let style = match (raw, hex) {
                (true, _) => Style::Raw,
                (_, true) => Style::Hex,
                _ => Style::Ascii,
            };
            let only = from.map(|side| match side {
                Side::Client => Direction::FromClient,
                Side::Server => Direction::FromServer,
            });
            let options = FollowOptions { style, only, all };
            let left_out = report::follow(&store, id, options, &mut out)?;
            out.flush()?;
            if left_out > 0 {
                let bytes = words::counted(left_out, "byte");
                eprintln!(
                    "wiretalk: {bytes} that the receiver may not have read left out; --all has them"
                );
            }
            Ok(problems(&file.to_string_lossy(), &store))
        }
        Command::Save {
            file,
            out: to,
            conversations,
            force,
            json,
            select,
        } => {
            if to.as_os_str() == "-" && io::stdout().is_terminal() {
                anyhow::bail!("standard output is a terminal: a file name, or a pipe for `-`");
            }
            if to.as_os_str() != "-" {
                wanted.write.push(to.clone());
            }
            let store = load(open(&file, wanted)?.0, &Decoding::default());
            let all = conversations.iter();
            let found = all.map(|name| report::find(&store.read(), name));
            let found: Vec<_> = found
                .collect::<Result<_, _>>()
                .map_err(anyhow::Error::msg)?;
            let choice = match found.is_empty() {
                true => Choice::Shown {
                    ports: select.ports(),
                    without_udp: false,
                },
                false => Choice::Marked(Marks::of(found)),
            };
            report::save(&store, &choice, &to, force, json, &mut out)?;
            out.flush()?;
            Ok(problems(&file.to_string_lossy(), &store))
        }
        Command::Objects {
            file,
            out: directory,
            json,
            select,
            reading,
        } => {
            wanted.out.push(directory.clone());
            let store = load(open(&file, wanted)?.0, &reading);
            report::objects(&store, &select.ports(), &directory, json, &mut out)?;
            out.flush()?;
            Ok(problems(&file.to_string_lossy(), &store))
        }
    }
}

/// Begins to read or to make a capture for the pipe. A file is read at once.
fn begin(
    capture: &Capture,
    words: &[OsString],
    decoding: &Decoding,
    wanted: Wanted,
) -> anyhow::Result<Reading> {
    if capture.is_live() {
        let reading = Reading::capture(capture, words, decoding, wanted)?;
        eprintln!("wiretalk: capturing from {}", reading.name);
        return Ok(reading);
    }
    let Some(file) = file(words, None) else {
        let reason = "a capture is missing: FILE, `-` for standard input, or -i INTERFACE";
        Cli::command()
            .error(ErrorKind::MissingRequiredArgument, reason)
            .exit();
    };
    let name = words::printable(&file.to_string_lossy());
    let (reader, confinement) = open(file, wanted)?;
    let endless = reader.total().is_none();
    let opened = (reader, confinement);
    Ok(match endless {
        true => Reading::of(name, opened, decoding, &Arc::default())?,
        false => Reading::at_once(name, opened, decoding),
    })
}

/// Waits until there may be more, or nobody reads what is written any more.
fn wait(reading: &Reading, stop: &AtomicBool) -> anyhow::Result<()> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let shortly = Timespec {
        tv_sec: 0,
        tv_nsec: 20_000_000,
    };
    let stdout = io::stdout();
    let mut reader = [PollFd::new(&stdout, PollFlags::empty())];
    if poll(&mut reader, Some(&shortly)).is_ok_and(|gone| gone > 0) {
        return Err(io::Error::from(io::ErrorKind::BrokenPipe).into());
    }
    if let Some(live) = &reading.live
        && stop.load(Ordering::Relaxed)
    {
        live.stop();
    }
    Ok(())
}
