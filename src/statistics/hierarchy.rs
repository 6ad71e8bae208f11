//! The hierarchy of protocols: how many packets have which layers in which order.
//!
//! The layers down to the transport layer come from the facts of a packet. The thread that gathers numbers and counts
//! them ([`Paths`]). A protocol above is counted where a message of it ends, which the thread that tracks knows; each
//! protocol once in a packet. So a packet in the middle of a message is counted as TCP alone, as Wireshark counts it.

use dissectors::{LayerPath, UsualPath, by_name};
use std::collections::HashMap;

/// The maximum number of different paths, and of nodes: hostile tunnels may have any order of layers. Beyond it only
/// the outer layers are counted.
const MAX_PATHS: usize = 4096;
const MAX_NODES: usize = 8192;

/// The layers that carry messages.
const TRANSPORTS: [&str; 3] = ["tcp", "udp", "udplite"];

/// The most recent paths, which are found without hashing.
const RECENT: usize = 4;

/// The packets of one path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct PathCount {
    path: u16,
    packets: u32,
    bytes: u64,
}

/// What was found in a block of packets.
#[derive(Default)]
pub(crate) struct PathNews {
    /// New paths, whose numbers follow those that were known.
    paths: Vec<Box<[&'static str]>>,
    counts: Vec<PathCount>,
}

/// Numbers the paths of packets, and counts them.
#[derive(Default)]
pub(crate) struct Paths {
    known: Vec<Box<[&'static str]>>,
    numbers: HashMap<Box<[&'static str]>, u16>,
    /// The numbers of the usual paths.
    usual: [Option<u16>; 2],
    /// The numbers of the most recent other paths.
    recent: [u16; RECENT],
    /// The counts since they were handed over, by number.
    counts: Vec<PathCount>,
    /// Those of them that are not 0.
    touched: Vec<u16>,
    handed_over: usize,
}

/// Whether two paths are made of the same texts in memory.
#[inline]
fn is_same(a: &[&'static str], b: &[&'static str]) -> bool {
    a.len() == b.len() && a.iter().zip(b).rev().all(|(a, b)| std::ptr::eq(*a, *b))
}

impl Paths {
    /// Returns the number of a path.
    #[inline]
    pub fn number(&mut self, path: &LayerPath) -> u16 {
        let usual = match path.usual() {
            Some(UsualPath::Ipv4Tcp) => self.usual[0],
            Some(UsualPath::Ipv6Tcp) => self.usual[1],
            None => None,
        };
        match usual {
            Some(number) => number,
            None => self.other(path),
        }
    }

    #[inline(never)]
    fn other(&mut self, path: &LayerPath) -> u16 {
        let number = self.search(path.names());
        match path.usual() {
            Some(UsualPath::Ipv4Tcp) => self.usual[0] = Some(number),
            Some(UsualPath::Ipv6Tcp) => self.usual[1] = Some(number),
            None => {}
        }
        number
    }

    fn search(&mut self, names: &[&'static str]) -> u16 {
        for at in 0..RECENT {
            let number = self.recent[at];
            if let Some(known) = self.known.get(usize::from(number))
                && is_same(known, names)
            {
                self.recent[..=at].rotate_right(1);
                return number;
            }
        }
        let number = match self.numbers.get(names) {
            Some(number) => *number,
            None => self.learn(names),
        };
        self.recent.rotate_right(1);
        self.recent[0] = number;
        number
    }

    /// Returns the number of a path that is not known. Of too many paths only the first layer is kept.
    #[cold]
    fn learn(&mut self, names: &[&'static str]) -> u16 {
        let outer = match self.known.len() >= MAX_PATHS {
            true => names.get(..1).unwrap_or_default(),
            false => names,
        };
        if let Some(number) = self.numbers.get(outer) {
            return *number;
        }
        // There are few names of outermost layers.
        let number = self.known.len() as u16;
        self.known.push(outer.into());
        self.numbers.insert(outer.into(), number);
        self.counts.push(PathCount {
            path: number,
            ..PathCount::default()
        });
        number
    }

    /// Counts a packet of a path.
    #[inline]
    pub fn count(&mut self, number: u16, length: u32) {
        let Some(count) = self.counts.get_mut(usize::from(number)) else {
            return;
        };
        if count.packets == 0 {
            self.touched.push(number);
        }
        count.packets += 1;
        count.bytes += u64::from(length);
    }

    /// Hands over what was found since the last time.
    pub fn hand_over(&mut self, news: &mut PathNews) {
        news.paths.clear();
        let new = self.known.get(self.handed_over..).unwrap_or_default();
        news.paths.extend_from_slice(new);
        self.handed_over = self.known.len();
        news.counts.clear();
        for number in self.touched.drain(..) {
            let empty = PathCount {
                path: number,
                ..PathCount::default()
            };
            let count = std::mem::replace(&mut self.counts[usize::from(number)], empty);
            news.counts.push(count);
        }
    }
}

/// A protocol at one place in the hierarchy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LayerNode {
    /// Its name in filters; `frame` for the root.
    pub name: &'static str,
    /// How many layers are around it.
    pub depth: usize,
    /// The packets that have it here.
    pub packets: u64,
    /// Their lengths together, bytes.
    pub bytes: u64,
    parent: u16,
    children: Vec<u16>,
    /// The child that was counted last.
    latest: u16,
    /// It carries messages.
    is_transport: bool,
}

impl LayerNode {
    /// Returns its name for people.
    pub fn label(&self) -> &'static str {
        by_name(self.name).map_or(self.name, |dissector| dissector.label)
    }
}

/// The hierarchy of the protocols of a capture.
#[derive(Clone, Debug)]
pub struct Hierarchy {
    /// The root comes first.
    nodes: Vec<LayerNode>,
    /// The innermost node of each path.
    ends: Vec<u16>,
    /// There are more paths than are kept.
    is_cut: bool,
}

impl Default for Hierarchy {
    fn default() -> Self {
        Hierarchy {
            nodes: vec![LayerNode {
                name: "frame",
                ..LayerNode::default()
            }],
            ends: Vec::new(),
            is_cut: false,
        }
    }
}

impl Hierarchy {
    /// Adds the new paths of a block, before its packets.
    pub(crate) fn learn(&mut self, news: &mut PathNews) {
        for path in news.paths.drain(..) {
            let end = self.node(&path);
            self.ends.push(end);
            self.is_cut |= self.ends.len() >= MAX_PATHS;
        }
    }

    /// Adds the counts of a block.
    pub(crate) fn count(&mut self, news: &mut PathNews) {
        for count in news.counts.drain(..) {
            let end = self.end(count.path);
            self.add(end, count.packets.into(), count.bytes);
        }
    }

    /// Returns the innermost node of a path, by the path's number.
    pub(crate) fn end(&self, path: u16) -> u16 {
        self.ends.get(usize::from(path)).copied().unwrap_or(0)
    }

    /// Returns the innermost node of these layers.
    pub(crate) fn node(&mut self, names: &[&'static str]) -> u16 {
        names.iter().fold(0, |node, name| self.child(node, name))
    }

    /// Counts packets of these layers, given by the innermost one.
    pub(crate) fn add(&mut self, end: u16, packets: u64, bytes: u64) {
        let mut at = usize::from(end);
        while let Some(node) = self.nodes.get_mut(at) {
            node.packets += packets;
            node.bytes += bytes;
            if at == 0 {
                break;
            }
            at = usize::from(node.parent);
        }
    }

    /// Counts the protocols whose messages end in a packet, in order. `node` is the innermost layer of the packet. If that
    /// is no transport layer, the messages are a tunnel, whose layers were counted.
    pub(crate) fn add_messages(&mut self, mut node: u16, names: &[&'static str], length: u32) {
        let innermost = self.nodes.get(usize::from(node));
        if !innermost.is_some_and(|it| it.is_transport) {
            return;
        }
        for name in names {
            let child = self.child(node, name);
            if child == node {
                break;
            }
            node = child;
            if let Some(node) = self.nodes.get_mut(usize::from(node)) {
                node.packets += 1;
                node.bytes += u64::from(length);
            }
        }
    }

    /// Returns the node of a protocol directly inside another; that one, if there are too many.
    fn child(&mut self, parent: u16, name: &'static str) -> u16 {
        let Some(node) = self.nodes.get(usize::from(parent)) else {
            return parent;
        };
        // Nearly all names are the same text in memory.
        if let Some(latest) = self.nodes.get(usize::from(node.latest))
            && std::ptr::eq(latest.name, name)
            && latest.parent == parent
            && node.latest > 0
        {
            return node.latest;
        }
        let is_wanted = |child: &u16, is_it: fn(&str, &str) -> bool| {
            let child = self.nodes.get(usize::from(*child));
            child.is_some_and(|child| is_it(child.name, name))
        };
        let mut children = node.children.iter().copied();
        let same = |a: &str, b: &str| std::ptr::eq(a, b);
        let equal = |a: &str, b: &str| a == b;
        let found = children.clone().find(|child| is_wanted(child, same));
        let found = found.or_else(|| children.find(|child| is_wanted(child, equal)));
        if let Some(child) = found {
            if let Some(node) = self.nodes.get_mut(usize::from(parent)) {
                node.latest = child;
            }
            return child;
        }
        if self.nodes.len() >= MAX_NODES {
            self.is_cut = true;
            return parent;
        }
        let child = LayerNode {
            name,
            depth: node.depth + 1,
            parent,
            is_transport: TRANSPORTS.contains(&name),
            ..LayerNode::default()
        };
        let number = self.nodes.len() as u16;
        self.nodes.push(child);
        if let Some(node) = self.nodes.get_mut(usize::from(parent)) {
            node.children.push(number);
            node.latest = number;
        }
        number
    }

    /// Returns all nodes that have packets: each before those inside it, which come by their packets, most first.
    pub fn rows(&self) -> Vec<&LayerNode> {
        let mut rows = Vec::with_capacity(self.nodes.len());
        let mut open = vec![0];
        while let Some(at) = open.pop() {
            let Some(node) = self.nodes.get(usize::from(at)) else {
                continue;
            };
            if node.packets == 0 {
                continue;
            }
            rows.push(node);
            let mut children = node.children.clone();
            let rank = |child: &u16| {
                let child = self.nodes.get(usize::from(*child));
                child.map(|child| (child.packets, std::cmp::Reverse(child.name)))
            };
            children.sort_by_key(rank);
            open.extend(children);
        }
        rows
    }

    /// Returns how many packets were counted.
    pub fn packets(&self) -> u64 {
        self.nodes.first().map_or(0, |root| root.packets)
    }

    /// Returns the length of all packets, bytes.
    pub fn bytes(&self) -> u64 {
        self.nodes.first().map_or(0, |root| root.bytes)
    }

    /// Whether there are more paths than are kept, of which only the outer layers were counted.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    pub(super) fn weight(&self) -> u64 {
        (self.nodes.len() * (size_of::<LayerNode>() + 8) + 2 * self.ends.len()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NAMES: [&str; 6] = ["eth", "ip", "tcp", "udp", "gre", "data"];

    fn shown(hierarchy: &Hierarchy) -> Vec<(usize, &'static str, u64, u64)> {
        let rows = hierarchy.rows();
        let row = |node: &&LayerNode| (node.depth, node.name, node.packets, node.bytes);
        rows.iter().map(row).collect()
    }

    #[test]
    fn messages_are_inside_their_packets() {
        let mut hierarchy = Hierarchy::default();
        let tcp = hierarchy.node(&["eth", "ip", "tcp"]);
        hierarchy.add(tcp, 10, 1000);
        hierarchy.add_messages(tcp, &["smtp", "tls"], 60);
        hierarchy.add_messages(tcp, &["smtp"], 70);
        hierarchy.add_messages(tcp, &[], 80);
        assert_eq!(
            shown(&hierarchy),
            [
                (0, "frame", 10, 1000),
                (1, "eth", 10, 1000),
                (2, "ip", 10, 1000),
                (3, "tcp", 10, 1000),
                (4, "smtp", 2, 130),
                (5, "tls", 1, 60),
            ]
        );
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut hierarchy = Hierarchy::default();
        let mut paths = Paths::default();
        let mut news = PathNews::default();
        // Six to the power of six paths.
        for at in 0..46_656_usize {
            let digits = (0..6).map(|place| at / 6_usize.pow(place) % 6);
            let names: Vec<&str> = digits.map(|digit| NAMES[digit]).collect();
            let number = paths.search(&names);
            paths.count(number, 1);
            paths.hand_over(&mut news);
            hierarchy.learn(&mut news);
            hierarchy.count(&mut news);
        }
        assert!(hierarchy.is_cut());
        assert!(hierarchy.nodes.len() <= MAX_NODES && paths.known.len() <= MAX_PATHS + 6);
        assert_eq!((hierarchy.packets(), hierarchy.bytes()), (46_656, 46_656));
    }

    proptest! {
        /// However packets come in blocks, the counts are those of adding them one by one.
        #[test]
        fn counted_in_blocks(
            packets in proptest::collection::vec((proptest::collection::vec(0_usize..6, 0..4), 1_u32..2000, any::<bool>()), 0..200)
        ) {
            let (mut at_once, mut in_blocks) = (Hierarchy::default(), Hierarchy::default());
            let (mut paths, mut news) = (Paths::default(), PathNews::default());
            for (names, length, ends) in packets {
                let names: Vec<&str> = names.into_iter().map(|at| NAMES[at]).collect();
                let node = at_once.node(&names);
                at_once.add(node, 1, length.into());
                let number = paths.search(&names);
                paths.count(number, length);
                if ends {
                    paths.hand_over(&mut news);
                    in_blocks.learn(&mut news);
                    in_blocks.count(&mut news);
                }
            }
            paths.hand_over(&mut news);
            in_blocks.learn(&mut news);
            in_blocks.count(&mut news);
            prop_assert_eq!(shown(&in_blocks), shown(&at_once));
        }
    }
}
