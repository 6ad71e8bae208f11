//! How panes share the screen between its title and its bottom line.

use ratatui::layout::Rect;

/// The minimum number of columns for a list and a packet side by side.
const SIDE_BY_SIDE: u16 = 116;

/// How a pane is laid out on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// It fills the screen.
    Whole,
    /// It is a list of packets, and shares the screen with the fields and bytes of the chosen one. In a small window
    /// there is room only for the one that has the focus.
    WithPacket {
        /// The packet is shown only while it has the focus.
        on_demand: bool,
        /// In a wide window the packet is beside the list rather than below it.
        beside: bool,
        /// In windows with fewer lines the packet is not shown below the list.
        min_height: u16,
    },
    /// It is in the middle, over the others, at most this large.
    Overlay {
        /// Columns.
        width: u16,
        /// Lines.
        height: u16,
    },
}

/// Further settings for dividing the screen, besides the pane's layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The share of the list, in percent.
    pub split: u16,
    /// One pane fills the screen.
    pub zoomed: bool,
    /// The packet has the focus.
    pub in_packet: bool,
}

/// Where a list and the chosen packet are, and the line between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Areas {
    /// The list.
    pub list: Option<Rect>,
    /// The packet.
    pub packet: Option<Rect>,
    /// The line between them, one column or one row.
    pub rule: Option<Rect>,
}

impl Layout {
    /// Whether it is an overlay.
    pub fn is_overlay(self) -> bool {
        matches!(self, Layout::Overlay { .. })
    }

    /// Whether the chosen packet is shown with it now.
    pub fn has_packet(self, in_packet: bool) -> bool {
        match self {
            Layout::WithPacket { on_demand, .. } => in_packet || !on_demand,
            Layout::Whole | Layout::Overlay { .. } => false,
        }
    }

    /// Returns the area of an overlay.
    pub fn overlay(self, area: Rect) -> Option<Rect> {
        let Layout::Overlay { width, height } = self else {
            return None;
        };
        let width = area.width.min(width);
        let height = area.height.saturating_sub(2).min(height);
        Some(Rect {
            x: area.x + (area.width - width) / 2,
            y: area.y + (area.height - height) / 2,
            width,
            height,
        })
    }

    /// Divides an area between a pane with this layout and the chosen packet.
    pub fn divide(self, area: Rect, wish: Wish) -> Areas {
        let Layout::WithPacket {
            beside, min_height, ..
        } = self
        else {
            return Areas {
                list: Some(area),
                ..Areas::default()
            };
        };
        if wish.zoomed || !self.has_packet(wish.in_packet) {
            alone(area, wish.in_packet)
        } else if beside && area.width >= SIDE_BY_SIDE {
            side_by_side(area, wish.split)
        } else if area.height >= min_height {
            below_each_other(area, wish.split)
        } else {
            alone(area, wish.in_packet)
        }
    }
}

fn alone(area: Rect, in_packet: bool) -> Areas {
    Areas {
        list: (!in_packet).then_some(area),
        packet: in_packet.then_some(area),
        rule: None,
    }
}

/// A packet of this width has room for 16 bytes in a line.
const FULL_LINES: u16 = 74;

/// A packet that lacks at most this many columns for such lines is made wider, if the list keeps enough.
const SMALL_GAP: u16 = 14;

/// The columns that such a list keeps.
const LIST_KEEPS: u16 = 80;

fn side_by_side(area: Rect, split: u16) -> Areas {
    let mut width = share(area.width, split);
    let packet = area.width - width - 1;
    if packet < FULL_LINES && packet + SMALL_GAP >= FULL_LINES {
        let least = area.width.saturating_sub(FULL_LINES + 1);
        width = if least >= LIST_KEEPS { least } else { width };
    }
    let rule = Rect {
        x: area.x + width,
        width: 1,
        ..area
    };
    let packet = Rect {
        x: rule.right(),
        width: area.width - width - 1,
        ..area
    };
    Areas {
        list: Some(Rect { width, ..area }),
        packet: Some(packet),
        rule: Some(rule),
    }
}

fn below_each_other(area: Rect, split: u16) -> Areas {
    let height = share(area.height, split);
    let rule = Rect {
        y: area.y + height,
        height: 1,
        ..area
    };
    let packet = Rect {
        y: rule.bottom(),
        height: area.height - height - 1,
        ..area
    };
    Areas {
        list: Some(Rect { height, ..area }),
        packet: Some(packet),
        rule: Some(rule),
    }
}

fn share(whole: u16, hundredths: u16) -> u16 {
    (u32::from(whole) * u32::from(hundredths) / 100) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    const LADDER: Layout = Layout::WithPacket {
        on_demand: false,
        beside: true,
        min_height: 30,
    };

    fn divided(layout: Layout, width: u16, height: u16, in_packet: bool) -> Areas {
        let wish = Wish {
            split: 60,
            zoomed: false,
            in_packet,
        };
        layout.divide(Rect::new(0, 2, width, height), wish)
    }

    #[test]
    fn nothing_overlaps_and_nothing_is_left_over() {
        for (width, height) in [(116, 10), (200, 60), (80, 30), (80, 100)] {
            let areas = divided(LADDER, width, height, false);
            let all = [areas.list, areas.packet, areas.rule];
            let covered: u32 = all.into_iter().flatten().map(|area| area.area()).sum();
            assert_eq!(covered, u32::from(width) * u32::from(height), "{areas:?}");
        }
    }

    #[test]
    fn in_a_small_window_the_focus_decides() {
        let whole = Some(Rect::new(0, 2, 80, 29));
        let list = divided(LADDER, 80, 29, false);
        assert_eq!((list.list, list.packet), (whole, None));
        let packet = divided(LADDER, 80, 29, true);
        assert_eq!((packet.list, packet.packet), (None, whole));
    }

    #[test]
    fn bytes_have_whole_lines_where_there_is_room() {
        let packet = |width| divided(LADDER, width, 48, false).packet.unwrap().width;
        assert_eq!(packet(160), FULL_LINES);
        assert_eq!(packet(155), FULL_LINES);
        assert!(packet(120) < FULL_LINES);
        assert!(packet(200) > FULL_LINES);
    }

    #[test]
    fn a_packet_on_demand_waits_for_the_focus() {
        let layout = Layout::WithPacket {
            on_demand: true,
            beside: false,
            min_height: 18,
        };
        assert!(divided(layout, 200, 60, false).packet.is_none());
        let areas = divided(layout, 200, 60, true);
        assert!(areas.list.is_some() && areas.packet.is_some());
    }
}
