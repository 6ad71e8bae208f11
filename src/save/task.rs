//! Saving in the background: a thread of its own, which can be cancelled.

use super::{Choice, Destination, Progress, SaveError, Saved, to_file};
use crate::{lang::text, store::Store};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

/// The interval at which it is checked whether the index has caught up with a capture that has ended.
const MOMENT: Duration = Duration::from_millis(10);

/// Saving in progress. Dropping it cancels it, and waits until its thread has ended.
pub struct Task<T = Saved> {
    progress: Arc<Progress>,
    path: PathBuf,
    thread: Option<JoinHandle<Result<T, SaveError>>>,
}

impl Task {
    /// Starts it. If the capture `has_ended` it waits for the index, so that nothing is missing.
    ///
    /// # Errors
    ///
    /// Fails if the thread cannot be created.
    pub fn start(
        store: Store,
        choice: Choice,
        place: Destination,
        has_ended: bool,
    ) -> io::Result<Self> {
        Task::run(place.path.clone(), move |progress| {
            while has_ended && !store.read().finished {
                progress.go_on()?;
                std::thread::sleep(MOMENT);
            }
            to_file(&store, &choice, &place, progress)
        })
    }
}

impl<T: Send + 'static> Task<T> {
    /// Starts to write something to a file.
    ///
    /// # Errors
    ///
    /// Fails if the thread cannot be created.
    pub fn run(
        path: PathBuf,
        write: impl FnOnce(&Progress) -> Result<T, SaveError> + Send + 'static,
    ) -> io::Result<Self> {
        let progress = Arc::new(Progress::default());
        let told = Arc::clone(&progress);
        let thread = std::thread::Builder::new()
            .name("save".to_owned())
            .spawn(move || write(&told))?;
        Ok(Task {
            progress,
            path,
            thread: Some(thread),
        })
    }

    /// Returns the path that it saves to.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns how much of the capture was processed, in percent.
    pub fn percent(&self) -> u64 {
        self.progress.percent()
    }

    /// Cancels it, without a file.
    pub fn cancel(&self) {
        self.progress.cancel();
    }

    /// Takes the result, once there is one.
    pub fn take(&mut self) -> Option<Result<T, SaveError>> {
        let thread = self.thread.take_if(|thread| thread.is_finished())?;
        Some(thread.join().unwrap_or_else(|_| {
            let reason = io::Error::other(text!("save-broken-down"));
            Err(SaveError::Other(self.path.clone(), reason))
        }))
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.progress.cancel();
        if let Some(thread) = self.thread.take() {
            // The result is no longer needed.
            let _ = thread.join();
        }
    }
}
