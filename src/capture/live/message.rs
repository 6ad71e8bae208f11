//! What the dissecting process and the capturing process tell each other: lines of JSON on two pipes.

use super::{OpenError, Options, Progress, Stops, Target};
use crate::confine::Rights;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, ErrorKind, Read};

/// The maximum length of a line, bytes: more than a file name with all that goes with it.
pub(super) const MAX_LINE: usize = 256 * 1024;

/// The first line to the capturing process.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Setup {
    pub options: Options,
    pub target: Target,
    pub stops: Stops,
    pub rights: Rights,
}

/// A request to the capturing process. A closed pipe requests it to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Request {
    /// Begin to capture.
    Begin,
    /// Discard what was captured and begin anew, under the next generation number.
    Restart { generation: u64 },
    /// Free the disk space before this offset in the temporary file, unless it was begun anew since.
    Free { generation: u64, before: u64 },
    /// Stop, and write what has arrived so far.
    Stop,
}

/// A report of the capturing process. All that follow on [`Report::Opened`] have the number of the restarts before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Report {
    /// The interfaces are open, and privileges are given up.
    Opened,
    /// The interfaces cannot be opened.
    NotOpened(OpenError),
    /// Privileges cannot be given up.
    NotConfined(String),
    /// A file has begun; the previous one is complete.
    Begun { generation: u64, file: FileName },
    /// The oldest file of a ring was removed.
    Removed { generation: u64 },
    /// The state of the capture.
    Progress {
        generation: u64,
        progress: Box<Progress>,
    },
}

/// A path, which may be any bytes but zero; none is the temporary file.
pub(super) type FileName = Option<std::ffi::OsString>;

/// Returns a message as a line.
pub(super) fn line(message: &impl Serialize) -> Vec<u8> {
    // All of these types have a form in JSON.
    let mut line = serde_json::to_vec(message).unwrap_or_default();
    line.push(b'\n');
    line
}

/// Reads a line without its end; None at the end of the pipe.
///
/// # Errors
///
/// Those of the pipe, and a line that is too long.
pub(super) fn read_line(from: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    from.take(MAX_LINE as u64).read_until(b'\n', &mut line)?;
    match line.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(line)),
        Some(last) if line.len() + 1 < MAX_LINE => {
            line.push(last);
            Ok(Some(line))
        }
        Some(_) => Err(ErrorKind::InvalidData.into()),
    }
}

/// Paths in JSON, also those that are not UTF-8.
pub(super) mod path {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::{ffi::OsString, path::PathBuf};

    pub fn serialize<S: Serializer>(path: &Option<PathBuf>, to: S) -> Result<S::Ok, S::Error> {
        path.as_ref().map(|path| path.as_os_str()).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PathBuf>, D::Error> {
        Ok(Option::<OsString>::deserialize(from)?.map(PathBuf::from))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Ring;
    use super::*;
    use std::{ffi::OsString, os::unix::ffi::OsStringExt};

    #[test]
    fn messages_come_back_as_they_were() {
        let name = OsString::from_vec(b"/tmp/\xc7\xd1\n.pcapng".to_vec());
        let progress = Progress {
            file: Some(name.clone().into()),
            ..Progress::default()
        };
        for report in [
            Report::Opened,
            Report::NotOpened(OpenError::NotBuilt),
            Report::Begun {
                generation: 3,
                file: Some(name.clone()),
            },
            Report::Progress {
                generation: u64::MAX,
                progress: Box::new(progress),
            },
        ] {
            let line = line(&report);
            let read = read_line(&mut &line[..]).unwrap().unwrap();
            assert_eq!(read.len() + 1, line.len(), "no line end within a line");
            assert_eq!(serde_json::from_slice::<Report>(&read).unwrap(), report);
        }
        let target = Target {
            file: Some(name.into()),
            ring: Ring::default(),
        };
        let read: Target = serde_json::from_slice(&line(&target)).unwrap();
        assert_eq!(read, target);
    }

    #[test]
    fn a_line_has_a_maximum_length() {
        let long = vec![b'x'; 2 * MAX_LINE];
        assert!(read_line(&mut &long[..]).is_err());
        assert_eq!(
            read_line(&mut &b"last"[..]).unwrap(),
            Some(b"last".to_vec())
        );
        assert_eq!(read_line(&mut &b""[..]).unwrap(), None);
    }
}
