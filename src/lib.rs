//! wiretalk
