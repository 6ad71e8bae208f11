//! Turns the bytes of one packet into facts and, when asked, a tree of fields.
