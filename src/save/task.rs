//! Saving beside everything else: a thread of its own, which can be called off.

use super::{Choice, Place, Progress, SaveError, Saved, to_file};
use crate::{lang::text, store::Store};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

/// How often it is looked whether the index has caught up with a capture that has ended.
const MOMENT: Duration = Duration::from_millis(10);

/// Saving at work. Dropping it calls it off, and waits until nothing is left of it.
pub struct Task {
    progress: Arc<Progress>,
    path: PathBuf,
    thread: Option<JoinHandle<Result<Saved, SaveError>>>,
}

impl Task {
    /// Begins. Where the capture `has_ended` the index is waited for, so that nothing is missing.
    ///
    /// # Errors
    ///
    /// There can be no thread.
    pub fn start(store: Store, choice: Choice, place: Place, has_ended: bool) -> io::Result<Self> {
        let progress = Arc::new(Progress::default());
        let path = place.path.clone();
        let told = Arc::clone(&progress);
        let thread = std::thread::Builder::new()
            .name("save".to_owned())
            .spawn(move || {
                while has_ended && !store.read().finished {
                    told.go_on()?;
                    std::thread::sleep(MOMENT);
                }
                to_file(&store, &choice, &place, &told)
            })?;
        Ok(Task {
            progress,
            path,
            thread: Some(thread),
        })
    }

    /// Where it saves to.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How much of the capture was gone through, in hundredths.
    pub fn percent(&self) -> u64 {
        self.progress.percent()
    }

    /// Has it end without a file.
    pub fn cancel(&self) {
        self.progress.cancel();
    }

    /// What has come of it, when something has; once.
    pub fn take(&mut self) -> Option<Result<Saved, SaveError>> {
        let thread = self.thread.take_if(|thread| thread.is_finished())?;
        Some(thread.join().unwrap_or_else(|_| {
            let reason = io::Error::other(text!("save-broken-down"));
            Err(SaveError::Other(self.path.clone(), reason))
        }))
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.progress.cancel();
        if let Some(thread) = self.thread.take() {
            // Nobody asks what came of it.
            let _ = thread.join();
        }
    }
}
