//! What sessions keep of their messages.

use crate::HeapSize;
use std::{collections::VecDeque, sync::Arc};

/// A list whose first items can be evicted: the others keep their numbers.
#[derive(Clone)]
pub struct Tail<T> {
    /// Items before this number are evicted.
    first: usize,
    /// One past the last number.
    len: usize,
    items: VecDeque<Item<T>>,
}

#[derive(Clone)]
struct Item<T> {
    /// The first number that this item has; it ends before the number of the next item.
    number: usize,
    value: T,
    #[cfg(test)]
    _counted: counted::Counted,
}

impl<T> Default for Tail<T> {
    fn default() -> Self {
        Tail {
            first: 0,
            len: 0,
            items: VecDeque::new(),
        }
    }
}

impl<T> Tail<T> {
    /// Returns the number of items including evicted ones: the number of the next one.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Adds an item.
    pub fn push(&mut self, value: T) {
        self.items.push_back(Item {
            number: self.len,
            value,
            #[cfg(test)]
            _counted: counted::Counted::default(),
        });
        self.len += 1;
    }

    /// Adds an item that never changes. It takes no room where it equals the one before it.
    pub fn push_constant(&mut self, value: T)
    where
        T: PartialEq,
    {
        match self.items.back() {
            Some(last) if last.value == value => self.len += 1,
            _ => self.push(value),
        }
    }

    /// Returns the item with this number.
    pub fn get(&self, number: usize) -> Option<&T> {
        let item = self.items.get(self.place(number)?);
        item.map(|item| &item.value)
    }

    /// Returns the item with this number, to change it.
    pub fn get_mut(&mut self, number: usize) -> Option<&mut T> {
        let place = self.place(number)?;
        let item = self.items.get_mut(place);
        item.map(|item| &mut item.value)
    }

    fn place(&self, number: usize) -> Option<usize> {
        if !(self.first..self.len).contains(&number) {
            return None;
        }
        let behind = self.items.partition_point(|item| item.number <= number);
        behind.checked_sub(1)
    }

    /// Iterates over the items in order. Equal ones in a row may appear once.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter().map(|item| &item.value)
    }

    /// Returns the number of the first item that satisfies `is_so`.
    pub fn find(&self, mut is_so: impl FnMut(&T) -> bool) -> Option<usize> {
        let found = self.items.iter().find(|item| is_so(&item.value));
        found.map(|item| item.number.max(self.first))
    }

    /// Drops the items before this number.
    pub fn evict(&mut self, before: usize) {
        self.first = before.clamp(self.first, self.len);
        while !self.items.is_empty() {
            let end = self.items.get(1).map_or(self.len, |next| next.number);
            if end > self.first {
                break;
            }
            self.items.pop_front();
        }
        if self.items.capacity() > 4 * self.items.len().max(MIN_CAPACITY) {
            self.items.shrink_to(2 * self.items.len());
        }
    }
}

/// A list of fewer items does not give memory back.
const MIN_CAPACITY: usize = 16;

impl<T: HeapSize> HeapSize for Tail<T> {
    fn heap_size(&self) -> usize {
        let items = self.items.iter();
        self.items.heap_size() + items.map(|item| item.value.heap_size()).sum::<usize>()
    }
}

/// A list that grows and whose items stay. Its clones share most of what they have in common.
#[derive(Clone)]
pub struct Shared<T> {
    chunks: Vec<Arc<Vec<T>>>,
}

/// Items that are copied together when a clone shares them.
const CHUNK: usize = 64;

impl<T> HeapSize for Shared<T> {
    /// Without what its clones share.
    fn heap_size(&self) -> usize {
        self.chunks.heap_size() + CHUNK * size_of::<T>()
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Shared { chunks: Vec::new() }
    }
}

impl<T: Clone> Shared<T> {
    pub fn len(&self) -> usize {
        match self.chunks.split_last() {
            Some((last, full)) => full.len() * CHUNK + last.len(),
            None => 0,
        }
    }

    pub fn push(&mut self, item: T) {
        match self.chunks.last_mut() {
            Some(last) if last.len() < CHUNK => Arc::make_mut(last).push(item),
            _ => self.chunks.push(Arc::new(vec![item])),
        }
    }

    pub fn get(&self, place: usize) -> Option<&T> {
        self.chunks.get(place / CHUNK)?.get(place % CHUNK)
    }

    pub fn get_mut(&mut self, place: usize) -> Option<&mut T> {
        let chunk = self.chunks.get_mut(place / CHUNK)?;
        Arc::make_mut(chunk).get_mut(place % CHUNK)
    }
}

/// Counts the items of all lists of a thread, for tests.
#[cfg(test)]
pub mod counted {
    use std::cell::Cell;

    thread_local! {
        static ITEMS: Cell<usize> = const { Cell::new(0) };
    }

    /// Returns how many items there are.
    pub fn items() -> usize {
        ITEMS.get()
    }

    /// Counts an item as long as it exists.
    pub struct Counted(());

    impl Default for Counted {
        fn default() -> Self {
            ITEMS.set(ITEMS.get() + 1);
            Counted(())
        }
    }

    impl Clone for Counted {
        fn clone(&self) -> Self {
            Counted::default()
        }
    }

    impl Drop for Counted {
        fn drop(&mut self) {
            ITEMS.set(ITEMS.get() - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_keep_their_numbers() {
        let mut tail = Tail::default();
        for item in [5, 6, 6, 6, 7] {
            tail.push_constant(item);
        }
        assert_eq!((tail.len(), counted::items()), (5, 3));
        for (before, first, items) in [
            (0, 0, vec![5, 6, 7]),
            (1, 1, vec![6, 7]),
            (3, 3, vec![6, 7]),
            // An item once evicted does not come back.
            (2, 3, vec![6, 7]),
            (4, 4, vec![7]),
            (9, 5, vec![]),
        ] {
            tail.evict(before);
            assert_eq!(tail.iter().copied().collect::<Vec<_>>(), items);
            assert_eq!(counted::items(), items.len());
            assert_eq!(
                tail.find(|item| *item > 0),
                Some(first).filter(|_| first < 5)
            );
            let expected = [5, 6, 6, 6, 7].iter().enumerate();
            for (number, item) in expected {
                assert_eq!(tail.get(number), Some(item).filter(|_| number >= first));
            }
        }
        tail.push(8);
        assert_eq!((tail.get(5), tail.get(6)), (Some(&8), None));
        if let Some(item) = tail.get_mut(5) {
            *item = 9;
        }
        assert_eq!(tail.get(5), Some(&9));
    }

    #[test]
    fn clones_share_what_they_have_in_common() {
        let mut list = Shared::default();
        for item in 0..3 * CHUNK {
            list.push(item);
        }
        let before = list.clone();
        if let Some(item) = list.get_mut(CHUNK) {
            *item = 0;
        }
        list.push(7);
        assert_eq!((before.len(), list.len()), (3 * CHUNK, 3 * CHUNK + 1));
        assert_eq!(
            (before.get(CHUNK), list.get(CHUNK)),
            (Some(&CHUNK), Some(&0))
        );
        assert_eq!(
            (before.get(3 * CHUNK), list.get(3 * CHUNK)),
            (None, Some(&7))
        );
        let both = before.chunks.iter().zip(&list.chunks);
        let shared = both.filter(|(one, other)| Arc::ptr_eq(one, other));
        assert_eq!(shared.count(), 2);
    }
}
