//! Replaces interfaces in a build without libpcap: there are none.

use std::os::fd::{AsFd, BorrowedFd};

use super::super::{Interface, Statistics};
use super::{FilterError, OpenError, Options};

pub(super) enum Source {}

pub(super) struct Arrived<'a> {
    pub time_ns: i64,
    pub original: u32,
    pub data: &'a [u8],
}

pub(super) fn check(_filter: &str) -> Result<(), FilterError> {
    Ok(())
}

impl Source {
    pub fn open(_name: &str, _options: &Options) -> Result<Self, OpenError> {
        Err(OpenError::NotBuilt)
    }

    pub fn interface(&self) -> &Interface {
        match *self {}
    }

    pub fn take(&mut self, _most: usize, _each: impl FnMut(Arrived)) -> Result<usize, String> {
        match *self {}
    }

    pub fn statistics(&mut self) -> Option<Statistics> {
        match *self {}
    }
}

impl AsFd for Source {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match *self {}
    }
}
