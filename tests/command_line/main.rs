//! The program as its users run it: its output, and its exit status.

#[path = "../program/mod.rs"]
mod program;

mod content;
mod conversations;
mod input;
mod judging;
mod packets;
mod saving;
mod tshark;
mod words;
