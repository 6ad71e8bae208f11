//! Names besides those in the capture: decoded domain names, the manufacturer of a network card, and, if enabled, the
//! answers of the system's resolver. Names from the capture itself are [`crate::track::HostNames`].

mod idn;
pub mod lookup;
pub mod vendors;

pub use idn::in_letters;
pub use lookup::{Lookups, Resolver};
pub use vendors::Vendors;
