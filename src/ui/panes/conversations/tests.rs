//! The appearance of the list of conversations, and its order.

use super::*;
use crate::ports::Ports;
use crate::ui::panes::packets::tests::{sample, sample_with_index, screen};
use insta::assert_snapshot;

fn drawn(pane: &mut ConversationsPane, shared: &Shared, size: (u16, u16)) -> String {
    pane.sync(shared);
    screen(size.0, size.1, |frame| {
        let area = frame.area();
        pane.draw(shared, frame, PaneArea::focused(area));
    })
}

#[test]
fn what_was_said() {
    let shared = sample("everyday.pcapng");
    let mut pane = ConversationsPane::default();
    assert_snapshot!("at_80_columns", drawn(&mut pane, &shared, (80, 24)));
    assert_snapshot!("at_150_columns", drawn(&mut pane, &shared, (150, 42)));
}

#[test]
fn what_was_said_and_what_happened_side_by_side() {
    let shared = sample("web-korean.pcap");
    let mut pane = ConversationsPane::default();
    assert_snapshot!(drawn(&mut pane, &shared, (230, 14)));
}

/// A sign, in addition to a colour, shows that a secret is readable.
#[test]
fn secrets_and_announced_connections_are_marked() {
    let shared = sample("ftp-passive.pcap");
    let mut pane = ConversationsPane::default();
    assert_snapshot!(drawn(&mut pane, &shared, (100, 20)));
}

#[test]
fn announced_connections_stand_below_who_announced_them() {
    let shared = sample("ftp-active.pcap");
    let contents = shared.store.read();
    let mut pane = ConversationsPane::default();
    let order = |pane: &mut ConversationsPane| {
        pane.sync(&shared);
        pane.order.iter().map(|id| id.0).collect::<Vec<_>>()
    };
    assert_eq!(order(&mut pane), [0, 1, 2, 3]);
    assert_eq!(pane.nested.len(), 3);
    pane.act(Action::SortReverse, &shared);
    assert_eq!(order(&mut pane), [0, 3, 2, 1]);
    pane.act(Action::SortReverse, &shared);
    // In another order than that of time no conversation is nested.
    while pane.sort != SortBy::Own(Column::Packets) {
        pane.act(Action::SortNext, &shared);
    }
    order(&mut pane);
    assert!(pane.nested.is_empty());
    // Nor where the conversation that announced them is not shown.
    drop(contents);
    let mut shared = sample("ftp-active.pcap");
    let mut filtered = |ports: &str| {
        shared.ports = ports.parse().unwrap();
        let mut pane = ConversationsPane::default();
        pane.sync(&shared);
        (pane.order.len(), pane.nested.len())
    };
    assert_eq!(filtered("36855, 46077"), (2, 0));
    // They are shown and left out with that conversation.
    assert_eq!(filtered("21"), (4, 3));
    assert_eq!(filtered("!21"), (0, 0));
    assert_eq!(filtered("!36855"), (3, 2));
}

/// For a host shown by its name, the address is below the list, with the source of the name.
#[test]
fn names_and_where_they_come_from() {
    let mut shared = sample("everyday.pcapng");
    let words = |pane: &mut ConversationsPane, shared: &Shared, server: &str, said: &str| {
        let at = {
            let contents = shared.store.read();
            pane.sync(shared);
            let wanted = |id: &ConversationId| {
                let conversation = contents.tracker.get(*id).unwrap();
                conversation.server.to_string() == server
                    && contents.tracker.summary(*id).contains(said)
            };
            pane.order.iter().position(wanted).unwrap()
        };
        pane.follows = false;
        pane.cursor.selected = at;
        drawn(pane, shared, (150, 42))
    };
    let mut pane = ConversationsPane::default();
    for (server, said, row, foot) in [
        (
            "198.51.100.20:443",
            "TLS 1.3",
            "www.example.kr:443 ",
            "198.51.100.20:443 www.example.kr (from the TLS SNI)",
        ),
        (
            "198.51.100.20:80",
            "GET",
            "www.example.kr:80 ",
            "198.51.100.20:80 www.example.kr (from the HTTP Host)",
        ),
        (
            "198.51.100.22:22",
            "SSH",
            "git.example.kr:22 ",
            "198.51.100.22:22 git.example.kr (from a DNS answer)",
        ),
    ] {
        let words = words(&mut pane, &shared, server, said);
        assert!(words.contains(row) && words.contains(foot), "{words}");
    }
    shared.settings.names = false;
    let words = words(&mut pane, &shared, "198.51.100.20:443", "TLS 1.3");
    assert!(words.contains("198.51.100.20:443 ") && !words.contains("www.example.kr:443"));
    assert!(!words.contains("(from"), "{words}");
}

/// Names from the network do not reach the terminal unchanged, nor do they push anything else aside.
#[test]
fn hostile_names() {
    let long = "a".repeat(250);
    for (name, shown) in [
        ("evil\x1b[2J\u{9b}1m", "evil␛[2j\u{fffd}1m"),
        ("gnp\u{202e}exe.kr", "gnp‹U+202E›exe.kr"),
        ("회의록.example", "회의록.example"),
        (long.as_str(), "…aaaaaaaaaa"),
    ] {
        let (shared, mut index) = sample_with_index("everyday.pcapng");
        let client = {
            let contents = shared.store.read();
            let first = contents.tracker.get(ConversationId(0)).unwrap();
            first.client.address
        };
        index
            .contents()
            .tracker
            .application
            .names
            .in_file(client, name);
        for width in [40, 80, 150, 250] {
            let mut pane = ConversationsPane::default();
            let words = drawn(&mut pane, &shared, (width, 30));
            // A wide character's second column is a separate blank in the test's terminal.
            let words = words.replace("회 의 록 ", "회의록");
            assert!(!words.contains(['\x1b', '\u{9b}', '\u{202e}']));
            assert!(width < 150 || words.contains(shown), "{words}");
            assert!(
                width < 150 || words.contains("www.example.kr:80 "),
                "{words}"
            );
        }
    }
}

#[test]
fn any_size() {
    let shared = sample("ftp-active.pcap");
    for width in [1, 7, 20, 33, 60, 69, 70, 96, 140, 200, 250] {
        for height in [1, 3, 12, 20, 60] {
            let mut pane = ConversationsPane::default();
            let words = drawn(&mut pane, &shared, (width, height));
            assert!(
                width < 60 || height < 3 || words.contains("10.0.0."),
                "{width}\n{words}"
            );
        }
    }
}

/// The cursor stays on its conversation, and that on its line, while others above it are evicted.
#[test]
fn rows_above_the_cursor_leave() {
    let (shared, mut index) = sample_with_index("everyday.pcapng");
    let mut pane = ConversationsPane::default();
    drawn(&mut pane, &shared, (100, 10));
    let all = pane.order.len();
    for _ in 0..all / 2 {
        pane.act(Action::Down, &shared);
    }
    drawn(&mut pane, &shared, (100, 10));
    let chosen = pane.selected();
    let line = pane.cursor.selected - pane.cursor.top;
    // The first of them, and then the chosen one too.
    let (ends, begins) = {
        let contents = shared.store.read();
        let last = |id| contents.tracker.get(id).unwrap().last_packet;
        let all: Vec<_> = contents.tracker.conversations().map(|(id, _)| id).collect();
        (
            all.iter().map(|id| last(*id)).min().unwrap(),
            last(chosen.unwrap()),
        )
    };
    index.evict_packets(ends);
    drawn(&mut pane, &shared, (100, 10));
    assert!(pane.order.len() < all);
    assert_eq!(pane.selected(), chosen);
    assert_eq!(pane.cursor.selected - pane.cursor.top, line);
    index.evict_packets(begins);
    drawn(&mut pane, &shared, (100, 10));
    let contents = shared.store.read();
    assert!(contents.tracker.get(chosen.unwrap()).is_none());
    let next = contents
        .tracker
        .conversations()
        .find(|(id, _)| Some(*id) > chosen);
    assert!(pane.selected() >= next.map(|(id, _)| id));
}

/// The list that a thread makes is the same, and what is requested while it works is not forgotten.
#[test]
fn a_long_list_is_made_by_a_thread() {
    for name in ["everyday.pcapng", "ftp-active.pcap"] {
        let shared = sample(name);
        let (mut short, mut long) = (
            ConversationsPane::default(),
            ConversationsPane {
                long: 0,
                ..ConversationsPane::default()
            },
        );
        for actions in [
            vec![],
            vec![Action::SortReverse],
            vec![Action::SortNext, Action::SortNext],
            vec![Action::ToggleUdp],
            vec![Action::Down, Action::SortPrevious],
        ] {
            for action in actions {
                short.act(action, &shared);
                short.sync(&shared);
                long.act(action, &shared);
                long.sync(&shared);
            }
            short.sync(&shared);
            let began = Instant::now();
            long.sync(&shared);
            while long.stale || long.making.is_some() {
                assert!(began.elapsed() < Duration::from_secs(20));
                long.sync(&shared);
            }
            assert_eq!(long.order, short.order, "{name}");
            assert_eq!(long.nested, short.nested);
            assert_eq!(long.totals, short.totals);
            assert_eq!(long.selected(), short.selected());
        }
    }
}

/// Returns the conversation at the cursor.
fn chosen(pane: &mut ConversationsPane, shared: &Shared) -> u32 {
    pane.sync(shared);
    pane.selected().unwrap().0
}

#[test]
fn the_chosen_conversation_stays_chosen_while_it_is_shown() {
    let mut shared = sample("everyday.pcapng");
    let mut pane = ConversationsPane::default();
    pane.sync(&shared);
    let is_web = |id: &ConversationId| {
        let contents = shared.store.read();
        let conversation = contents.tracker.get(*id).unwrap();
        conversation.server.port == 80
    };
    let web: Vec<_> = pane.order.iter().copied().filter(is_web).collect();
    let second = pane.order.iter().position(|id| *id == web[1]).unwrap();
    for _ in 0..second {
        pane.act(Action::Down, &shared);
    }
    assert_eq!(chosen(&mut pane, &shared), web[1].0);
    shared.ports = "80".parse().unwrap();
    pane.refilter();
    assert_eq!(chosen(&mut pane, &shared), web[1].0);
    // Its filter hides it: the nearest is chosen, and itself when the filter is cleared.
    shared.ports = "443".parse().unwrap();
    pane.refilter();
    assert_ne!(chosen(&mut pane, &shared), web[1].0);
    shared.ports = "1".parse().unwrap();
    pane.refilter();
    pane.sync(&shared);
    assert!(pane.order.is_empty());
    shared.ports = Ports::default();
    pane.refilter();
    assert_eq!(chosen(&mut pane, &shared), web[1].0);
    // The first row of a filtered list is not the first row of the whole list.
    shared.ports = "80".parse().unwrap();
    pane.refilter();
    pane.sync(&shared);
    pane.act(Action::Top, &shared);
    assert_eq!(chosen(&mut pane, &shared), web[0].0);
    shared.ports = Ports::default();
    pane.refilter();
    assert_eq!(chosen(&mut pane, &shared), web[0].0);
    // The same without UDP.
    pane.act(Action::Top, &shared);
    shared.tcp_only = true;
    pane.refilter();
    assert_ne!(chosen(&mut pane, &shared), 0);
    shared.tcp_only = false;
    pane.refilter();
    assert_eq!(chosen(&mut pane, &shared), 0);
}

#[test]
fn the_filter_says_that_udp_is_hidden() {
    let mut shared = sample("everyday.pcapng");
    let mut pane = ConversationsPane::default();
    shared.ports = "80, 443".parse().unwrap();
    pane.refilter();
    shared.tcp_only = true;
    pane.sync(&shared);
    let filter = pane.filter(&shared).unwrap();
    assert!(filter.contains("port: 80, 443  TCP only  "), "{filter}");
}

#[test]
fn a_row_is_copied() {
    let shared = sample("refused.pcap");
    let mut pane = ConversationsPane::default();
    pane.sync(&shared);
    let Reply::Copy(row) = pane.act(Action::Copy, &shared) else {
        panic!("nothing was copied");
    };
    assert!(row.starts_with("tcp/0\t"), "{row}");
    assert!(row.contains("nothing listens on port"), "{row}");
    assert_eq!(row.lines().count(), 1);
}

/// The list is sorted by the values of all conversations, not only by those of the rows on the screen.
#[test]
fn a_column_of_a_field_sorts() {
    let mut shared = sample("everyday.pcapng");
    shared
        .columns
        .set("client,Size=frame.len,dns.id".parse().unwrap());
    let mut pane = ConversationsPane::default();
    let sorted = |pane: &mut ConversationsPane, field: usize| -> Vec<String> {
        for _ in 0..1000 {
            drawn(pane, &shared, (80, 6));
            shared.reader.settle();
            pane.sync(&shared);
            if !pane.is_busy() && !pane.fields.has_news() {
                break;
            }
        }
        let values = pane.order.iter();
        values
            .map(|id| pane.fields.of(*id).get(field).cloned().unwrap_or_default())
            .collect()
    };
    sorted(&mut pane, 0);
    let before = pane.order.clone();
    let at = |pane: &ConversationsPane, sort| {
        pane.headings
            .iter()
            .find(|(.., one)| *one == sort)
            .unwrap()
            .0
    };
    let heading = at(&pane, SortBy::Field(0));
    assert_eq!(
        pane.click_heading(heading),
        Reply::Say("Sorted by Size.".to_owned())
    );
    let sizes = sorted(&mut pane, 0);
    let sizes: Vec<u32> = sizes.iter().map(|size| size.parse().unwrap()).collect();
    assert!(sizes.is_sorted() && sizes.len() == before.len() && pane.order != before);
    pane.act(Action::SortReverse, &shared);
    let sizes = sorted(&mut pane, 0);
    let sizes: Vec<u32> = sizes.iter().map(|size| size.parse().unwrap()).collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b));
    assert!(drawn(&mut pane, &shared, (80, 6)).contains("Size▴"));
    // Those without a value are last in either order.
    pane.act(Action::SortNext, &shared);
    assert_eq!(pane.sort, SortBy::Field(1));
    let up = sorted(&mut pane, 1);
    pane.act(Action::SortReverse, &shared);
    let down = sorted(&mut pane, 1);
    for values in [up, down] {
        let known = values.iter().take_while(|id| !id.is_empty()).count();
        assert!(0 < known && known < values.len());
        assert!(values.iter().skip(known).all(String::is_empty));
    }
    // Behind the last field is the first column; with other columns the order is that of time.
    pane.act(Action::SortNext, &shared);
    assert_eq!(pane.sort, SortBy::Own(Column::Number));
    pane.act(Action::SortPrevious, &shared);
    assert_eq!(pane.sort, SortBy::Field(1));
    shared.columns.set("client,server".parse().unwrap());
    drawn(&mut pane, &shared, (80, 6));
    assert_eq!(
        (pane.sort, pane.order),
        (SortBy::Own(Column::Number), before)
    );
}

/// In a narrow window the list may be sorted by a column that is not shown.
#[test]
fn the_order_is_said() {
    let shared = sample("everyday.pcapng");
    let mut pane = ConversationsPane::default();
    drawn(&mut pane, &shared, (80, 24));
    assert!(!pane.totals().unwrap().contains("sorted"));
    while pane.sort != SortBy::Own(Column::Duration) {
        assert!(matches!(pane.act(Action::SortNext, &shared), Reply::Say(_)));
    }
    drawn(&mut pane, &shared, (80, 24));
    assert!(pane.totals().unwrap().contains(" sorted by Duration ·"));
    let said = pane.act(Action::SortReverse, &shared);
    let expected = "Sorted by Duration, in reverse order.".to_owned();
    assert_eq!(said, Reply::Say(expected));
    drawn(&mut pane, &shared, (230, 24));
    assert!(!pane.totals().unwrap().contains("sorted"));
}

#[test]
fn packets_without_a_conversation_are_accounted_for() {
    let mut shared = sample("everyday.pcapng");
    let mut pane = ConversationsPane::default();
    drawn(&mut pane, &shared, (80, 24));
    let totals = pane.totals().unwrap();
    assert!(totals.contains("956 of 964 packets · "), "{totals}");
    drawn(&mut pane, &shared, (150, 24));
    let totals = pane.totals().unwrap();
    assert!(totals.contains("956 of 964 packets in conversations"));
    shared.ports = "80".parse().unwrap();
    pane.refilter();
    drawn(&mut pane, &shared, (150, 24));
    let totals = pane.totals().unwrap();
    assert!(totals.contains(" of 964 packets in these conversations"));
}

#[test]
fn columns_stay_where_they_are_while_the_list_scrolls() {
    let shared = sample("everyday.pcapng");
    let mut pane = ConversationsPane::default();
    let headings = |pane: &mut ConversationsPane| {
        drawn(pane, &shared, (100, 12));
        pane.headings.clone()
    };
    pane.act(Action::Bottom, &shared);
    headings(&mut pane);
    pane.act(Action::Bottom, &shared);
    headings(&mut pane);
    for _ in 0..12 {
        pane.act(Action::PageUp, &shared);
        headings(&mut pane);
    }
    let all = headings(&mut pane);
    for _ in 0..12 {
        pane.act(Action::PageDown, &shared);
        assert_eq!(headings(&mut pane), all);
    }
}

/// What does not fit ends with a sign, and nothing is cut by the edge of the window.
#[test]
fn narrow_windows_cut_nothing_by_their_edge() {
    let shared = sample("everyday.pcapng");
    for width in [20, 25, 30, 40, 50, 60] {
        let mut pane = ConversationsPane::default();
        drawn(&mut pane, &shared, (width, 24));
        let widest = pane.headings.last().map_or(0, |(_, end, _)| *end);
        assert!(
            usize::from(widest) <= usize::from(width) + columns::GAP,
            "{width}"
        );
    }
}

#[test]
fn a_list_without_rows_says_so() {
    let mut shared = sample("everyday.pcapng");
    shared.ports = "1".parse().unwrap();
    let mut pane = ConversationsPane::default();
    pane.sync(&shared);
    for action in [Action::Open, Action::Copy] {
        let said = pane.act(action, &shared);
        assert_eq!(said, nothing_selected());
    }
}
