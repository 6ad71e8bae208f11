//! The capturing process: the same program, started by the dissecting process before that gives up its privileges.
//!
//! It opens the interfaces, gives up its own privileges, and moves packets into the file without looking into them.
//! Standard input brings requests, standard error takes reports (and the message of a panic), and standard output is
//! the temporary file.

use super::message::{Report, Setup, read_line};
use super::output::Output;
use super::pipes::{Reports, Requests};
use super::progress::{End, Progress};
use super::pump::Pump;
use super::{Source, source};
use crate::confine::{Role, Wanted, confine};
use rustix::stdio::{stderr, stdin};
use std::fs::File;
use std::io::{self, BufReader};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// The name of the process: its first argument, and what the system shows of it.
pub const PROCESS: &str = "wiretalk-capture";

/// How long a report waits for the dissecting process before anything is captured.
const PATIENCE: Duration = Duration::from_secs(10);

/// Captures as the dissecting process requests.
pub fn serve() -> ExitCode {
    match begin() {
        Ok(Some(pump)) => pump.run(),
        Ok(None) => {}
        // The dissecting process reads this as it would a report.
        Err(error) => eprintln!("{error}"),
    }
    ExitCode::SUCCESS
}

/// Returns what captures; nothing if it could not be opened, which has been reported then.
fn begin() -> io::Result<Option<Pump>> {
    crate::confine::set_process_name(PROCESS);
    // A file that becomes too long for the limits of the process is an error of the file.
    let _ = signal_hook::flag::register(libc::SIGXFSZ, Arc::default());
    let Some(line) = read_line(&mut BufReader::new(io::stdin()))? else {
        return Ok(None);
    };
    let setup: Setup = serde_json::from_slice(&line)?;
    let temporary = match setup.target.file {
        None => Some(Arc::new(File::from(
            io::stdout().as_fd().try_clone_to_owned()?,
        ))),
        Some(_) => None,
    };
    let mut requests = Requests::new(stdin())?;
    let mut reports = Reports::new(stderr())?;
    let filter = setup.options.filter.as_deref();
    let checked = filter.map_or(Ok(()), source::check);
    let opened = checked.map_err(super::OpenError::Filter).and_then(|()| {
        let names = setup.options.interfaces.iter();
        let sources = names.map(|name| Source::open(name, &setup.options));
        sources.collect::<Result<Vec<_>, _>>()
    });
    let sources = match opened {
        Ok(sources) => sources,
        Err(error) => {
            reports.add(&Report::NotOpened(error));
            reports.finish(PATIENCE);
            return Ok(None);
        }
    };
    let wanted = Wanted {
        role: Role::Capture,
        write: setup.target.file.clone().into_iter().collect(),
        rights: setup.rights,
        ..Wanted::default()
    };
    if let Err(reason) = confine(&wanted) {
        reports.add(&Report::NotConfined(reason.to_string()));
        reports.finish(PATIENCE);
        return Ok(None);
    }
    reports.add(&Report::Opened);
    reports.send();
    // Nothing is written before the dissecting process has given up its own privileges.
    if !requests.wait_for_begin()? {
        return Ok(None);
    }
    let interfaces = sources.iter().map(|source| source.interface().clone());
    let file = setup.target.file.clone();
    match Output::begin(setup.target, interfaces.collect(), temporary) {
        Ok(output) => Ok(Some(Pump::new(
            sources,
            output,
            setup.stops,
            requests,
            reports,
        ))),
        Err(error) => {
            let failed = Progress {
                end: Some(End::Failed(super::about(file.as_deref(), &error))),
                ..Progress::default()
            };
            reports.set_progress(0, &failed);
            reports.finish(PATIENCE);
            Ok(None)
        }
    }
}
