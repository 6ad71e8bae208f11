//! wiretalk reads a network as conversations.
//!
//! The library holds the parts of the program; `main.rs` only reads the arguments and starts them.

pub mod capture;
pub mod cell;
pub mod cli;
pub mod columns;
pub mod config;
pub mod confine;
pub mod explain;
pub mod export;
pub mod filter;
pub mod find;
pub mod findings;
pub mod follow;
pub mod format;
pub mod glossary;
pub mod glyphs;
#[doc(hidden)]
pub mod harness;
pub mod http;
pub mod index;
pub mod ladder;
pub mod lang;
pub mod names;
pub mod observed;
pub mod own_file;
pub mod ports;
pub mod report;
pub mod retention;
pub mod samples;
pub mod save;
pub mod services;
pub mod statistics;
pub mod store;
pub mod times;
pub mod track;
pub mod transcript;
pub mod ui;
pub mod view;
