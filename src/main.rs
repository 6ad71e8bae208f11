//! wiretalk
fn main() {}
