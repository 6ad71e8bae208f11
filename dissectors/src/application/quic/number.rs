//! Numbers that contain their own length: RFC 9000, section 16.

use nom::{IResult, Parser, bytes::take, number::be_u8};

/// Reads a number of 1, 2, 4 or 8 bytes, of which the first two bits are the length.
pub fn number(bytes: &[u8]) -> IResult<&[u8], u64> {
    let (_, first) = be_u8().parse_complete(bytes)?;
    let length = 1_usize << (first >> 6);
    let (rest, bytes) = take(length).parse_complete(bytes)?;
    let whole = bytes
        .iter()
        .fold(0, |whole, &byte| whole << 8 | u64::from(byte));
    Ok((rest, whole & !0 >> (64 - (8 * length as u32 - 2))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::bytes;

    #[test]
    fn numbers() {
        let value = |hex: &str| number(&bytes(hex)).ok().map(|(_, value)| value);
        // RFC 9000, appendix A.1.
        assert_eq!(value("c2197c5eff14e88c"), Some(151_288_809_941_952_652));
        assert_eq!(value("9d7f3e7d"), Some(494_878_333));
        assert_eq!(value("7bbd"), Some(15_293));
        assert_eq!(value("25"), Some(37));
        assert_eq!(value("c219"), None);
        assert_eq!(value(""), None);
    }
}
