//! Names beside those that the capture says: domain names in letters, who made a network card, and, where that is
//! asked for, what the system's resolver knows. Names from the capture itself are [`crate::track::HostNames`].

mod idn;
pub mod lookup;
pub mod vendors;

pub use idn::in_letters;
pub use lookup::Lookups;
pub use vendors::Vendors;
