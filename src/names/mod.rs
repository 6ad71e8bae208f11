//! Names that do not come from the capture: who made a network card, and, where that is asked for, what the system's
//! resolver knows. Names from the capture itself are [`crate::track::Names`].

pub mod lookup;
pub mod vendors;

pub use lookup::Lookups;
pub use vendors::Vendors;
