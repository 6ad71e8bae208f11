//! Writes what is shown to a file, a little at a time: to a temporary file first, so that there is never half a file.

use super::{head::percent, hex, layout::Mode, line};
use crate::{
    confine::Confinement,
    follow::{
        charset::{Charset, Unit},
        script::{Block, Capture, Script, Sink, Walk},
    },
    lang::{Count, text},
    track::Side,
    ui::prompt::typed_path,
};
use std::{
    io::{self, BufWriter, ErrorKind, Write},
    path::{Path, PathBuf},
    time::Instant,
};
use tempfile::NamedTempFile;

/// Bytes that are written between two readings of the clock.
const SLICE: u64 = 32 * 1024;

/// A file being written.
pub struct Saving {
    /// The script as it was at the start.
    script: Script,
    mode: Mode,
    walk: Walk,
    to: PathBuf,
    file: BufWriter<NamedTempFile>,
    /// Text that has been made and not been written.
    text: Text,
    written: u64,
}

impl Saving {
    /// Starts saving, or returns why it cannot.
    pub fn new(
        script: Script,
        mode: Mode,
        name: &str,
        confinement: &Confinement,
    ) -> Result<Self, String> {
        let to = typed_path(name, confinement);
        if name.is_empty() || name.ends_with('/') || to.is_dir() {
            return Err(text!("follow-save-directory").to_owned());
        }
        if to.symlink_metadata().is_ok() {
            return Err(text!("follow-save-exists").to_owned());
        }
        let directory = match to.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let file = tempfile::Builder::new()
            .prefix(".wiretalk-")
            .tempfile_in(directory)
            .map_err(|error| {
                let why = match error.kind() {
                    ErrorKind::PermissionDenied => confinement.why_not(directory),
                    _ => None,
                };
                let why = why.unwrap_or_else(|| reason(&error));
                format!("{}: {why}", directory.display())
            })?;
        let both = script.only().is_none();
        Ok(Saving {
            script,
            mode,
            walk: Walk::default(),
            to,
            file: BufWriter::new(file),
            text: Text {
                both,
                ..Text::default()
            },
            written: 0,
        })
    }

    /// Returns how much of it has been written, in percent.
    pub fn progress(&self) -> u64 {
        percent(self.script.blocks(), self.walk.block, self.walk.at)
    }

    /// Continues until the time is up; returns whether there is more to write.
    pub fn work(&mut self, capture: &mut Capture, until: Instant) -> io::Result<bool> {
        loop {
            let more = match self.mode {
                Mode::Text => {
                    let (walk, script) = (&mut self.walk, &mut self.script);
                    if let Some(block) = script.blocks().get(walk.block)
                        && !block.missing
                    {
                        self.text.charset = script.charset_of(capture, walk.block)?;
                    }
                    walk.step(&mut self.script, capture, &mut self.text)?
                }
                Mode::Hex | Mode::Raw => self.stride(capture)?,
            };
            self.file.write_all(self.text.made.as_bytes())?;
            self.written += self.text.made.len() as u64;
            self.text.made.clear();
            if !more {
                return Ok(false);
            }
            if Instant::now() >= until {
                return Ok(true);
            }
        }
    }

    fn stride(&mut self, capture: &mut Capture) -> io::Result<bool> {
        let Some(block) = self.script.blocks().get(self.walk.block).copied() else {
            return Ok(false);
        };
        let begin = self.walk.at.unwrap_or(block.at);
        let mut at = begin;
        if block.missing {
            if self.mode == Mode::Hex {
                self.text.missing(self.walk.block, &block);
            }
            at = block.end;
        }
        let end = block.end.min(begin + SLICE);
        while at < end {
            // A slice is a multiple of a line of hexadecimal.
            let most = if self.mode == Mode::Hex {
                hex::WIDE as u64
            } else {
                SLICE
            };
            let bytes = self
                .script
                .bytes(capture, block.from, at, most.min(end - at))?;
            if bytes.is_empty() {
                at = block.end;
                break;
            }
            if self.mode == Mode::Hex {
                let line = hex::line(at, bytes, hex::WIDE);
                self.text
                    .made
                    .push_str(&format!("{} {line}\n", line::mark(block.from)));
            } else {
                self.file.write_all(bytes)?;
                self.written += bytes.len() as u64;
            }
            at += bytes.len() as u64;
        }
        self.walk.at = Some(at);
        if at >= block.end {
            self.walk.block += 1;
            self.walk.at = None;
        }
        Ok(true)
    }

    /// Renames the file to its final name; returns a message for the user.
    pub fn finish(mut self) -> String {
        let to = self.to.display().to_string();
        if let Err(error) = self.file.flush() {
            return text!("follow-not-saved", why = reason(&error));
        }
        let (file, _) = self.file.into_parts();
        match file.persist_noclobber(&self.to) {
            Ok(_) => text!("follow-saved", count = Count(self.written), to),
            Err(refused) if refused.error.kind() == ErrorKind::AlreadyExists => {
                text!("follow-not-saved-exists", to)
            }
            Err(refused) => text!("follow-not-saved-to", to, why = reason(&refused.error)),
        }
    }
}

/// Returns the text of an error, without its number.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => text!("follow-no-directory").to_owned(),
        ErrorKind::PermissionDenied => text!("follow-no-permission").to_owned(),
        _ => error.to_string(),
    }
}

/// Text as it was sent, in UTF-8.
struct Text {
    made: String,
    charset: Charset,
    both: bool,
    /// The line has not ended.
    open: bool,
}

impl Default for Text {
    fn default() -> Self {
        Text {
            made: String::new(),
            charset: Charset::Utf8,
            both: false,
            open: false,
        }
    }
}

impl Sink for Text {
    fn begin(&mut self, _index: usize, _block: &Block, _at: u64) {
        // The other side's data begins a line of its own.
        if self.both && self.open {
            self.made.push('\n');
        }
        self.open = false;
    }

    fn unit(&mut self, _at: u64, unit: Unit) {
        match unit {
            Unit::Ascii(run) => self.made.extend(run.iter().map(|byte| char::from(*byte))),
            Unit::Letter(letter, _) => self.made.push(letter),
            Unit::Bad if self.charset == Charset::Ascii => self.made.push('.'),
            Unit::Bad => self.made.push('\u{fffd}'),
        }
        self.open = unit != Unit::Letter('\n', 1);
    }

    fn end(&mut self) {}

    fn missing(&mut self, _index: usize, block: &Block) {
        if self.open {
            self.made.push('\n');
        }
        self.made.push_str(&line::gap(block, false));
        self.made.push('\n');
        self.open = false;
    }
}

/// Returns the default name of the file.
pub fn name(id: &str, mode: Mode, only: Option<Side>) -> String {
    let side = only.map_or(String::new(), |side| format!("-{}", side.name()));
    let ending = match mode {
        Mode::Text => "txt",
        Mode::Hex => "hex",
        Mode::Raw => "bin",
    };
    format!("{}{side}.{ending}", id.replace('/', "-"))
}
