//! The widths of the packet list's columns.

/// The width of each column; 0 if there is no room for it. The rest is for Info.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Widths {
    /// No.
    pub number: usize,
    /// Time.
    pub time: usize,
    /// Source.
    pub source: usize,
    /// Destination.
    pub destination: usize,
    /// Protocol.
    pub protocol: usize,
    /// Length.
    pub length: usize,
}

/// Width of the gutter before all columns, which shows the conversation of a packet and its sender.
pub const GUTTER: usize = 3;

impl Widths {
    /// Returns the wider of each.
    pub fn max(self, other: Widths) -> Widths {
        Widths {
            number: self.number.max(other.number),
            time: self.time.max(other.time),
            source: self.source.max(other.source),
            destination: self.destination.max(other.destination),
            protocol: self.protocol.max(other.protocol),
            length: self.length.max(other.length),
        }
    }

    /// Fits them into this many columns. Long addresses are shortened first, then the length is left out, then whole
    /// addresses.
    pub fn fit(mut self, room: usize) -> Widths {
        // An info line of TCP with its numbers; and the minimum that identifies a packet.
        let (wanted, least) = if room >= 100 { (64, 24) } else { (30, 14) };
        self.shrink_addresses(room, wanted, 15);
        if room < 80 && self.info(room) < wanted {
            self.length = 0;
        }
        self.shrink_addresses(room, wanted.min(18), 11);
        self.protocol = self.protocol.min(if room < 80 { 8 } else { 16 });
        for column in [0, 1, 2, 3] {
            if self.info(room) >= least {
                break;
            }
            match column {
                0 => self.length = 0,
                1 => self.destination = 0,
                2 => self.source = 0,
                _ => self.protocol = 0,
            }
        }
        self
    }

    fn shrink_addresses(&mut self, room: usize, wanted: usize, least: usize) {
        // The longer of the two is shortened first.
        loop {
            let widest = self.source.max(self.destination);
            if self.info(room) >= wanted || widest <= least {
                return;
            }
            if self.source == widest {
                self.source -= 1;
            } else {
                self.destination -= 1;
            }
        }
    }

    /// Returns the width between two columns.
    pub fn gap(room: usize) -> usize {
        if room >= 100 { 2 } else { 1 }
    }

    /// Returns the width left for Info.
    pub fn info(&self, room: usize) -> usize {
        let columns = [
            self.number,
            self.time,
            self.source,
            self.destination,
            self.protocol,
            self.length,
        ];
        let used = columns
            .iter()
            .filter(|width| **width > 0)
            .map(|width| width + Self::gap(room))
            .sum::<usize>();
        room.saturating_sub(GUTTER + used)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IPV6: Widths = Widths {
        number: 5,
        time: 12,
        source: 39,
        destination: 39,
        protocol: 6,
        length: 6,
    };

    #[test]
    fn info_keeps_room() {
        assert_eq!(IPV6.fit(250), IPV6);
        for room in 40..250 {
            let fitted = IPV6.fit(room);
            assert!(fitted.info(room) >= 14, "{room}: {fitted:?}");
        }
        assert_eq!(IPV6.fit(60).length, 0);
        assert!(IPV6.fit(80).destination >= 11);
        assert_eq!(IPV6.fit(0).info(0), 0);
    }
}
