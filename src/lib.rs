//! wiretalk reads a network as conversations.
//!
//! The library holds the parts of the program; `main.rs` only reads the arguments and starts them.

pub mod capture;
