//! `wiretalk save`.

use super::json::Object;
use crate::{
    capture::SaveFormat,
    format::printable,
    lang::text,
    save::{Choice, Destination, FileType, Progress, to_file, to_stream},
    store::Store,
};
use std::{
    io::{self, Write},
    path::Path,
};

/// Saves packets to a file, or for `-` to `out`, and reports the result on `out`, unless the packets are written there.
/// Returns how many packets were saved.
///
/// # Errors
///
/// Fails with the reason why nothing was saved, or if `out` is closed.
pub fn save(
    store: &Store,
    choice: &Choice,
    to: &Path,
    force: bool,
    json: bool,
    out: &mut impl Write,
) -> anyhow::Result<u64> {
    let progress = Progress::default();
    if to.as_os_str() == "-" {
        let saved = to_stream(store, choice, out, &progress).map_err(as_io)?;
        eprintln!("wiretalk: {saved}");
        return Ok(saved.packets);
    }
    let place = Destination {
        path: to.to_owned(),
        replace: force,
    };
    let saved = to_file(store, choice, &place, &progress).map_err(with_force)?;
    let name = to.to_string_lossy();
    if json {
        let kind = FileType::of(to);
        let mut line = String::new();
        Object::open(&mut line)
            .text("file", &name)
            .text(
                "format",
                match kind.format {
                    SaveFormat::Pcapng => "pcapng",
                    SaveFormat::Pcap => "pcap",
                },
            )
            .plain("gzip", kind.gzip)
            .plain("packets", saved.packets)
            .plain("bytes", saved.bytes)
            .plain("interfaces", saved.interfaces)
            .plain("comments_lost", saved.comments_lost)
            .plain("times_made", saved.times_made)
            .close();
        writeln!(out, "{line}")?;
    } else {
        let name = printable(&name);
        writeln!(out, "{}", text!("cli-saved", file = name, saved = &saved))?;
    }
    Ok(saved.packets)
}

/// Returns an error of saving as the command line says it: a file that is there is replaced by `--force`.
pub fn with_force(error: crate::save::SaveError) -> anyhow::Error {
    match error {
        crate::save::SaveError::Exists(_) => anyhow::anyhow!(text!("cli-exists", error)),
        error => error.into(),
    }
}

/// The reader of the output may close it, which is not an error.
fn as_io(error: crate::save::SaveError) -> anyhow::Error {
    match error {
        crate::save::SaveError::Other(_, error) if error.kind() == io::ErrorKind::BrokenPipe => {
            error.into()
        }
        error => error.into(),
    }
}
