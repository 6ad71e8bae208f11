//! Sequence numbers, which wrap every 4 GiB: RFC 9293, section 3.4.

/// Whether `a` comes before `b`: it is in the half of the sequence space that ends at `b`.
#[inline]
pub(crate) fn before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

#[cfg(test)]
mod tests {
    use super::before;

    #[test]
    fn numbers_come_round() {
        assert!(before(1, 2) && !before(2, 1) && !before(1, 1));
        assert!(before(u32::MAX, 0) && !before(0, u32::MAX));
        assert!(before(0x9000_0000, 0x0fff_ffff) && !before(0x0fff_ffff, 0x9000_0000));
    }
}
