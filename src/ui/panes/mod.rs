//! The panes, a file or a folder each. A pane implements [`super::pane::Pane`].

pub mod charts;
pub mod column_chooser;
pub mod compare;
pub mod conversations;
pub mod copy_menu;
pub mod filter_menu;
pub mod findings;
pub mod follow;
pub mod help;
pub mod ladder;
pub mod objects;
pub mod packet;
pub mod packets;
pub mod stats;
mod views;
