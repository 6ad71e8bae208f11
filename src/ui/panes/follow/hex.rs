//! Bytes in hexadecimal: offset, bytes in two halves, ASCII.

use std::fmt::Write;

/// Bytes per line if there is room.
pub const WIDE: usize = 16;

/// Returns the columns of a byte in a line: those of its two digits, and of its character.
pub fn columns(byte: usize, bytes_in_row: usize) -> (usize, usize) {
    let half = |byte: usize| usize::from(byte >= 8);
    let digits = 10 + byte * 3 + half(byte);
    let letters = 10 + bytes_in_row * 3 + half(bytes_in_row - 1) + 1;
    (digits, letters + byte)
}

/// Returns a line of them.
pub fn line(at: u64, bytes: &[u8], bytes_in_row: usize) -> String {
    let mut line = format!("{at:08x}  ");
    for (index, byte) in bytes.iter().enumerate() {
        let (digits, _) = columns(index, bytes_in_row);
        pad(&mut line, digits);
        let _ = write!(line, "{byte:02x}");
    }
    let (_, letters) = columns(0, bytes_in_row);
    pad(&mut line, letters);
    let letters = bytes.iter().map(|byte| match byte {
        0x20..0x7f => char::from(*byte),
        _ => '.',
    });
    line.extend(letters);
    line
}

fn pad(line: &mut String, columns: usize) {
    let missing = columns.saturating_sub(line.len());
    line.extend(std::iter::repeat_n(' ', missing));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_hex_dumps_look() {
        let bytes = b"GET / HTTP/1.1\r\n";
        assert_eq!(
            line(32, bytes, 16),
            "00000020  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  GET / HTTP/1.1.."
        );
        assert_eq!(
            line(0, &bytes[..3], 8),
            "00000000  47 45 54                 GET"
        );
        assert_eq!(columns(8, 16), (35, 68));
    }
}
