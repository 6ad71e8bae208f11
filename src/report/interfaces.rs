//! `wiretalk -D`.

use crate::{
    capture::interfaces::{link_types, list},
    format::printable,
};
use std::io::{self, Write};

/// The widest name that widens its column.
const MAX_NAME: usize = 40;

/// Lists what can be captured from, one per line, with the numbers that `-i` accepts.
///
/// # Errors
///
/// Those of the output.
pub fn interfaces(out: &mut impl Write) -> io::Result<()> {
    let all = list();
    let width = all
        .iter()
        .map(|device| device.name.len())
        .max()
        .unwrap_or(0)
        .min(MAX_NAME);
    for (at, device) in all.iter().enumerate() {
        let number = at + 1;
        let parts = [
            device.mac.clone().unwrap_or_default(),
            device.addresses.join(" "),
            device.description.clone().unwrap_or_default(),
            match link_types(&device.name).join(", ") {
                links if links.is_empty() => links,
                links => format!("[{links}]"),
            },
        ];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let state = device.to_string();
        let line = format!(
            "{number:>2}. {:<width$}  {state:<8}  {}",
            device.name,
            parts.join("  ")
        );
        writeln!(out, "{}", printable(line.trim_end()))?;
    }
    Ok(())
}
