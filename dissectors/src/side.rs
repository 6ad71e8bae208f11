//! The two sides of a conversation.

use std::ops::{Index, IndexMut};

/// One side of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Side {
    /// The side that opened it.
    Client,
    /// The side that the client addressed.
    Server,
}

impl Side {
    /// Both sides, in the order of [`PerSide`].
    pub const BOTH: [Side; 2] = [Side::Client, Side::Server];

    /// Returns the other side.
    #[inline]
    pub fn other(self) -> Side {
        match self {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        }
    }

    /// Returns `client` or `server`.
    pub fn name(self) -> &'static str {
        match self {
            Side::Client => "client",
            Side::Server => "server",
        }
    }
}

/// A value for each side of a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PerSide<T> {
    /// The client's.
    pub client: T,
    /// The server's.
    pub server: T,
}

impl<T> PerSide<T> {
    /// Makes it of the client's and the server's value.
    #[inline]
    pub const fn new(client: T, server: T) -> Self {
        PerSide { client, server }
    }

    /// Returns the value of a side, and that of the other one, to change both.
    #[inline]
    pub fn own_and_other(&mut self, side: Side) -> (&mut T, &mut T) {
        match side {
            Side::Client => (&mut self.client, &mut self.server),
            Side::Server => (&mut self.server, &mut self.client),
        }
    }

    /// Makes it of what `make` returns for each side.
    pub fn from_fn(mut make: impl FnMut(Side) -> T) -> Self {
        PerSide {
            client: make(Side::Client),
            server: make(Side::Server),
        }
    }

    /// Iterates over the client's value, then the server's.
    pub fn iter(&self) -> std::array::IntoIter<&T, 2> {
        self.into_iter()
    }

    /// Iterates over mutable references to the client's value, then the server's.
    pub fn iter_mut(&mut self) -> std::array::IntoIter<&mut T, 2> {
        self.into_iter()
    }

    /// Turns each value into another.
    pub fn map<U>(self, mut turn: impl FnMut(T) -> U) -> PerSide<U> {
        PerSide {
            client: turn(self.client),
            server: turn(self.server),
        }
    }

    /// Returns references to the values.
    pub fn as_ref(&self) -> PerSide<&T> {
        PerSide::new(&self.client, &self.server)
    }
}

impl<T: Clone> PerSide<T> {
    /// Gives both sides the same value.
    pub fn both(value: T) -> Self {
        PerSide {
            client: value.clone(),
            server: value,
        }
    }
}

impl<T> Index<Side> for PerSide<T> {
    type Output = T;

    #[inline(always)]
    fn index(&self, side: Side) -> &T {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }
}

impl<T> IndexMut<Side> for PerSide<T> {
    #[inline(always)]
    fn index_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }
}

impl<T> IntoIterator for PerSide<T> {
    type Item = T;
    type IntoIter = std::array::IntoIter<T, 2>;

    fn into_iter(self) -> Self::IntoIter {
        [self.client, self.server].into_iter()
    }
}

impl<'a, T> IntoIterator for &'a PerSide<T> {
    type Item = &'a T;
    type IntoIter = std::array::IntoIter<&'a T, 2>;

    fn into_iter(self) -> Self::IntoIter {
        [&self.client, &self.server].into_iter()
    }
}

impl<'a, T> IntoIterator for &'a mut PerSide<T> {
    type Item = &'a mut T;
    type IntoIter = std::array::IntoIter<&'a mut T, 2>;

    fn into_iter(self) -> Self::IntoIter {
        [&mut self.client, &mut self.server].into_iter()
    }
}
