//! What stands on the screen, a file each. A pane is drawn by `draw` and changed by `act`, `click` and `scroll`.

pub mod conversations;
pub mod follow;
pub mod help;
pub mod ladder;
pub mod packet;
pub mod packets;
