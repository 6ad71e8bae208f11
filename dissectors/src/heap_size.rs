//! How much memory values take besides themselves.

use std::collections::VecDeque;

/// What an allocation takes besides its bytes.
const ALLOCATION: usize = 16;

/// A value that knows the memory that it has allocated.
pub trait HeapSize {
    /// Returns how many bytes it has allocated besides itself, at least approximately.
    fn heap_size(&self) -> usize {
        0
    }
}

/// Returns what an allocation of this many bytes takes.
fn allocated(bytes: usize) -> usize {
    if bytes > 0 { bytes + ALLOCATION } else { 0 }
}

impl<T> HeapSize for Vec<T> {
    fn heap_size(&self) -> usize {
        allocated(self.capacity() * size_of::<T>())
    }
}

impl<T> HeapSize for VecDeque<T> {
    fn heap_size(&self) -> usize {
        allocated(self.capacity() * size_of::<T>())
    }
}

impl HeapSize for Box<[u8]> {
    fn heap_size(&self) -> usize {
        allocated(self.len())
    }
}

impl HeapSize for Box<str> {
    fn heap_size(&self) -> usize {
        allocated(self.len())
    }
}

impl HeapSize for String {
    fn heap_size(&self) -> usize {
        allocated(self.capacity())
    }
}

impl<T: HeapSize> HeapSize for Option<T> {
    fn heap_size(&self) -> usize {
        self.as_ref().map_or(0, T::heap_size)
    }
}

impl HeapSize for () {}

impl HeapSize for bool {}
