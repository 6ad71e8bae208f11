//! `wiretalk -D`.

use crate::{
    capture::interfaces::{link_types, list},
    format::printable,
    lang::text,
};
use std::io::{self, Write};

/// Lists the link types of an interface, one per line, the usual one first.
///
/// # Errors
///
/// Those of the output, and [`io::ErrorKind::NotFound`] if none is known.
pub fn data_link_types(name: &str, out: &mut impl Write) -> io::Result<()> {
    let all = link_types(name);
    if all.is_empty() {
        let name = printable(name);
        let words = text!("interface-no-link-types", name);
        return Err(io::Error::new(io::ErrorKind::NotFound, words));
    }
    for (at, link_type) in all.iter().enumerate() {
        match at {
            0 => writeln!(out, "{link_type} {}", text!("interface-usual-link-type"))?,
            _ => writeln!(out, "{link_type}")?,
        }
    }
    Ok(())
}

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
