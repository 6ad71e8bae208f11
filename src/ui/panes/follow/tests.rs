//! The appearance of a followed conversation, from samples and from captures made here.

use super::{
    layout::TextRow,
    work::{INTERVAL, Overlaps},
    *,
};
use crate::find::{Kind, Pattern};
use crate::{
    confine::Confinement,
    follow::{
        Reading,
        charset::Charset,
        script::{Capture, blocks},
    },
    index::{self, Index},
    ui::{
        panes::packets::tests::{sample, screen, shared},
        settings::Settings,
        text,
    },
    view::Viewer,
};
use dissectors::PerSide;
use insta::assert_snapshot;
use ratatui::{layout::Rect, style::Style};
use std::{
    fs,
    time::{Duration, Instant},
};

/// A segment: from the client, its sequence number, its payload.
type Said<'t> = (bool, u32, &'t [u8]);

/// Returns a capture of one connection, as raw IP.
fn capture(said: &[Said]) -> Shared {
    capture_with_index(said).0
}

/// Returns a capture of one connection, with its index.
fn capture_with_index(said: &[Said]) -> (Shared, Index) {
    let mut file = Vec::new();
    file.extend(0xa1b2_c3d4_u32.to_le_bytes());
    file.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0]);
    for (number, (client, seq, payload)) in said.iter().enumerate() {
        let length = 40 + payload.len();
        file.extend(1_700_000_000_u32.to_le_bytes());
        file.extend((number as u32 * 1000).to_le_bytes());
        file.extend((length as u32).to_le_bytes());
        file.extend((length as u32).to_le_bytes());
        let (source, destination) = match client {
            true => ([10, 0, 0, 1, 0xc3, 0x50], [10, 0, 0, 2, 0, 80]),
            false => ([10, 0, 0, 2, 0, 80], [10, 0, 0, 1, 0xc3, 0x50]),
        };
        file.extend([0x45, 0]);
        file.extend((length as u16).to_be_bytes());
        file.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
        file.extend(&source[..4]);
        file.extend(&destination[..4]);
        file.extend(&source[4..]);
        file.extend(&destination[4..]);
        file.extend(seq.to_be_bytes());
        file.extend([0, 0, 0, 1, 0x50, 0x18, 1, 0, 0, 0, 0, 0]);
        file.extend(*payload);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("said.pcap");
    fs::write(&path, file).unwrap();
    let (index, handle) = index::tests::load(&path);
    let store = index.store().clone();
    let shared = shared(store, handle, "said.pcap", Settings::default());
    (shared, index)
}

fn open(shared: &Shared, conversation: u32) -> FollowPane {
    let id = ConversationId(conversation);
    FollowPane::new(&shared.store.read(), id, &shared.reader)
}

fn all_rows(pane: &FollowPane) -> Vec<TextRow> {
    let model = pane.model.lock();
    let rows = model.rows();
    (0..rows.len())
        .filter_map(|row| rows.get(row).copied())
        .collect()
}

/// Waits until nothing is left to do.
fn settle(pane: &FollowPane, shared: &Shared) {
    pane.read_up_to(u32::MAX, true);
    shared.reader.settle();
}

fn drawn(pane: &mut FollowPane, shared: &Shared, width: u16, height: u16) -> String {
    let draw = |pane: &mut FollowPane| {
        screen(width, height, |frame| {
            let area = frame.area();
            if area.height == 0 {
                return;
            }
            let line = Rect { height: 1, ..area };
            frame.render_widget(pane.title(shared, area.width), line);
            let rest = Rect {
                y: 1,
                height: area.height - 1,
                ..area
            };
            pane.draw(shared, frame, PaneArea::focused(rest));
        })
    };
    draw(pane);
    settle(pane, shared);
    // The target of the cursor is not read before it is on the screen.
    draw(pane);
    settle(pane, shared);
    draw(pane)
}

/// Returns the lines without their gutters.
fn lines(pane: &mut FollowPane, shared: &Shared, width: u16) -> Vec<String> {
    let all = drawn(pane, shared, width, 40);
    all.lines()
        .skip(2)
        .filter_map(|line| line.trim_start_matches('"').split('"').next())
        .map(|line| line.trim_end().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

fn find(pane: &FollowPane, words: &str, kind: Kind) {
    let pattern = Pattern::new(words, kind).unwrap();
    pane.model.lock().find(Some(&pattern), true);
}

#[test]
fn korean_at_80_columns() {
    let shared = sample("web-korean.pcap");
    assert_snapshot!(drawn(&mut open(&shared, 1), &shared, 80, 24));
}

#[test]
fn korean_at_150_columns() {
    let shared = sample("web-korean.pcap");
    let mut pane = open(&shared, 1);
    find(&pane, "euc-kr", Kind::Text);
    assert_snapshot!(drawn(&mut pane, &shared, 150, 42));
}

#[test]
fn mail_at_80_columns() {
    let shared = sample("smtp-plain.pcap");
    assert_snapshot!(drawn(&mut open(&shared, 0), &shared, 80, 24));
}

#[test]
fn mail_at_150_columns() {
    let shared = sample("smtp-plain.pcap");
    let mut pane = open(&shared, 0);
    pane.act(Action::OneSide, &shared);
    assert_snapshot!(drawn(&mut pane, &shared, 150, 42));
}

#[test]
fn a_login_at_80_columns() {
    let shared = sample("ftp-passive.pcap");
    let mut pane = open(&shared, 0);
    pane.act(Action::Mode, &shared);
    assert_snapshot!(drawn(&mut pane, &shared, 80, 24));
}

#[test]
fn a_login_at_150_columns() {
    let shared = sample("ftp-passive.pcap");
    let mut pane = open(&shared, 0);
    assert_snapshot!(drawn(&mut pane, &shared, 150, 42));
}

#[test]
fn bytes_that_came_out_of_order_at_80_columns() {
    let shared = sample("lossy-reordering.pcap");
    let mut pane = open(&shared, 0);
    pane.act(Action::Mode, &shared);
    pane.act(Action::Mode, &shared);
    assert_snapshot!(drawn(&mut pane, &shared, 80, 24));
}

#[test]
fn bytes_that_came_out_of_order_at_150_columns() {
    let shared = sample("lossy-reordering.pcap");
    let mut pane = open(&shared, 0);
    pane.act(Action::Mode, &shared);
    find(&pane, "0d 0a 0d 0a", Kind::Hex);
    assert_snapshot!(drawn(&mut pane, &shared, 150, 42));
}

#[test]
fn datagrams_stand_apart() {
    let shared = sample("dns.pcap");
    let mut pane = open(&shared, 0);
    pane.act(Action::Mode, &shared);
    assert_snapshot!(drawn(&mut pane, &shared, 80, 24));
}

#[test]
fn a_letter_split_by_the_other_side_is_whole() {
    let (first, second) = "말: 회의록".as_bytes().split_at(6);
    let shared = capture(&[
        (true, 1, b"hi\n"),
        (false, 1, first),
        (true, 4, b"go on\n"),
        (false, 7, second),
    ]);
    let mut pane = open(&shared, 0);
    assert_eq!(
        lines(&mut pane, &shared, 30),
        [
            "▌> hi            #1  0.000000",
            " < 말:           #2  0.001000",
            " > go on         #3  0.002000",
            " < 회의록        #4  0.003000",
        ]
    );
    // The same text in EUC-KR, in three segments, one of which is a single byte.
    let korean = b"\xc8\xb8\xc0\xc7\xb7\xcf";
    let shared = capture(&[
        (false, 1, &korean[..1]),
        (true, 1, b"?\n"),
        (false, 2, &korean[1..4]),
        (true, 3, b"?\n"),
        (false, 5, &korean[4..]),
    ]);
    let mut pane = open(&shared, 0);
    pane.act(Action::Charset, &shared);
    pane.act(Action::Charset, &shared);
    let shown = lines(&mut pane, &shared, 12);
    assert_eq!(shown, ["▌> ?", " < 회의", " > ?", " < 록"], "{shown:?}");
}

#[test]
fn lines_break_at_the_edge_and_nothing_is_lost() {
    let text = "가나다라마바사아자차카타파하 abc\tdef\u{202e}g\x1b[31m\r\n짧은 줄\r\rend";
    let shared = capture(&[(true, 1, text.as_bytes())]);
    let mut pane = open(&shared, 0);
    assert_eq!(
        lines(&mut pane, &shared, 15),
        [
            "▌> 가나다라마바",
            " >↪사아자차카타",
            " >↪파하 abc",
            " >↪        def",
            " >↪‹U+202E›g␛[3",
            " >↪1m",
            " > 짧은 줄␍␍end",
        ]
    );
    for width in 4..60 {
        for mode in Mode::ALL {
            pane.model.lock().mode = mode;
            pane.model.lock().discard_lines();
            drawn(&mut pane, &shared, width, 10);
            let mut end = 0;
            for row in all_rows(&pane) {
                assert_eq!(row.at, end, "{mode:?} at {width}");
                end = row.end();
            }
            assert_eq!(end, text.len() as u64, "{mode:?} at {width}");
        }
    }
}

#[test]
fn any_bytes_have_their_lines_in_every_charset() {
    // A generator of its own: the same bytes in every run.
    let mut state = 1_u64;
    let mut bytes = Vec::new();
    for _ in 0..6000 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        bytes.push((state >> 40) as u8);
    }
    bytes.extend("\u{301}".repeat(3000).as_bytes());
    let said = [
        (true, 1, &bytes[..5000]),
        (false, 1, b"x"),
        (true, 5001, &bytes[5000..]),
    ];
    let shared = capture(&said);
    let mut charsets = vec![None];
    charsets.extend(Charset::ALL.map(Some));
    for charset in charsets {
        for columns in [4, 13, 80] {
            let pane = open(&shared, 0);
            {
                let mut model = pane.model.lock();
                model.columns = columns;
                model.script.read_as(charset);
                // All lines are on the screen.
                model.window = 0..bytes.len();
                model.cursor.height = bytes.len();
            }
            settle(&pane, &shared);
            let rows = all_rows(&pane);
            let model = pane.model.lock();
            let mut end = PerSide::default();
            for (at, row) in rows.iter().enumerate() {
                let from = model.block(row).unwrap().from;
                assert_eq!(row.at, end[from], "{charset:?}");
                end[from] = row.end();
                let said = model.said(&shared.theme, at, row, Style::new());
                let wide: usize = said
                    .unwrap()
                    .iter()
                    .map(|(words, _)| text::width(words))
                    .sum();
                // The placeholder of a character without a glyph may be wider than a narrow pane.
                assert!(wide <= columns.max(8), "{wide} {charset:?}");
            }
            assert_eq!(end, PerSide::new(bytes.len() as u64, 1), "{charset:?}");
        }
    }
}

#[test]
fn the_walk_goes_through_packets_within_a_line() {
    let shared = capture(&[
        (true, 1, b"one "),
        (false, 1, b""),
        (true, 5, b"line in "),
        (true, 13, b"three packets"),
    ]);
    let contents = shared.store.read();
    let mut pane = open(&shared, 0);
    drawn(&mut pane, &shared, 80, 10);
    let mut walked = vec![pane.packet(&shared).unwrap()];
    while let Some(next) = contents.next_in(pane.id, *walked.last().unwrap()) {
        pane.go_to(next);
        drawn(&mut pane, &shared, 80, 10);
        walked.push(pane.packet(&shared).unwrap());
    }
    assert_eq!(walked, [1, 2, 3, 4]);
}

#[test]
fn gaps_and_conflicts_are_said() {
    let shared = capture(&[
        (true, 1, b"one\ntwo\n"),
        (true, 1, b"one\nTWO\n"),
        (true, 1243, b"three\n"),
        (true, 1, b"one\n"),
    ]);
    let mut pane = open(&shared, 0);
    assert_eq!(
        lines(&mut pane, &shared, 64),
        [
            "▌> one                                             #1  0.000000",
            " > ! packet 2 retransmits these bytes with different content",
            " > two",
            " > … 1,234 bytes not captured …",
            " > three                                           #3  0.002000",
        ]
    );
    // Each line has its packet.
    let packets = (0..5).map(|row| {
        pane.model.lock().cursor.selected = row;
        pane.act(Action::Open, &shared)
    });
    let packets: Vec<Reply> = packets.collect();
    assert_eq!(packets, [1, 2, 1, 3, 3].map(Reply::OpenPacket));
    pane.go_to(3);
    drawn(&mut pane, &shared, 50, 10);
    assert_eq!(pane.model.lock().cursor.selected, 4);
}

#[test]
fn what_is_found_may_reach_over_lines() {
    let text = "Needle in a haystack: the nee\x64le, 한글 바늘, NEEDLE\nneed\nle";
    let shared = capture(&[(true, 1, text.as_bytes()), (false, 1, b"needle")]);
    let mut pane = open(&shared, 0);
    let hits_of = |pane: &mut FollowPane, words: &str, kind| {
        find(pane, words, kind);
        drawn(pane, &shared, 13, 20);
        let model = pane.model.lock();
        let search = model.search.as_ref().unwrap();
        search.hits().iter().map(|hit| hit.at).collect::<Vec<_>>()
    };
    let hits = |pane: &mut FollowPane, words: &str| hits_of(pane, words, Kind::Text);
    assert_eq!(hits(&mut pane, "Needle"), [0, 26, 49, 0]);
    assert_eq!(hits_of(&mut pane, "Needle", Kind::ExactText), [0]);
    assert_eq!(
        hits_of(&mut pane, "ne+d(le)?", Kind::Regex),
        [0, 26, 49, 56, 0]
    );
    assert_eq!(hits_of(&mut pane, "바.,", Kind::Regex), [41]);
    assert_eq!(hits(&mut pane, "바늘"), [41]);
    assert!(hits(&mut pane, "nothing").is_empty());
    pane.model.lock().mode = Mode::Hex;
    let bytes = "6e 65 65 64";
    assert_eq!(hits_of(&mut pane, bytes, Kind::Hex), [26, 56, 0]);

    // n goes from one to the next and wraps around at the end, N goes back.
    pane.model.lock().mode = Mode::Text;
    pane.act(Action::Top, &shared);
    hits(&mut pane, "needle");
    let mut places = vec![pane.model.lock().hit];
    for action in [Action::FindNext; 4] {
        pane.act(action, &shared);
        drawn(&mut pane, &shared, 13, 20);
        places.push(pane.model.lock().hit);
    }
    let expected = [(0, 0), (0, 26), (0, 49), (1, 0), (0, 0)];
    assert_eq!(places, expected.map(Some));
    pane.act(Action::FindPrevious, &shared);
    drawn(&mut pane, &shared, 13, 20);
    assert_eq!(pane.model.lock().hit, Some((1, 0)));
}

#[test]
fn modes_and_sides_keep_the_place() {
    let shared = sample("web-korean.pcap");
    let mut pane = open(&shared, 1);
    drawn(&mut pane, &shared, 80, 24);
    for _ in 0..8 {
        pane.act(Action::Down, &shared);
    }
    let before = pane.packet(&shared);
    let at = |pane: &FollowPane| {
        let model = pane.model.lock();
        model.rows().get(model.cursor.selected).unwrap().at
    };
    let place = at(&pane);
    for action in [Action::Mode, Action::Mode, Action::Mode] {
        pane.act(action, &shared);
        drawn(&mut pane, &shared, 60, 20);
        assert_eq!(pane.packet(&shared), before);
        assert!(at(&pane) <= place && place - at(&pane) < 80);
    }
    pane.act(Action::OneSide, &shared);
    drawn(&mut pane, &shared, 60, 20);
    pane.act(Action::OneSide, &shared);
    drawn(&mut pane, &shared, 60, 20);
    let shown = lines(&mut pane, &shared, 60);
    assert!(shown.iter().all(|line| line.chars().nth(1) == Some('<')));
}

/// The lines made while packets come equal those made of all of them.
#[test]
fn growing_makes_the_same_lines() {
    let captures = [
        capture(&[
            (true, 1, b"GET /\r"),
            (true, 7, b"\nHost: x\r\n\r\n"),
            (false, 1, &"회의".as_bytes()[..4]),
            (true, 18, b"?"),
            (false, 5, &"회의록".as_bytes()[4..]),
            (false, 30, b"late\n"),
            (false, 10, b" in between \r\nand more"),
            (true, 19, b"bye"),
            (true, 22, b" bye\n"),
        ]),
        // Text that looks like UTF-8 at first, and ends within a character.
        capture(&[
            (false, 1, b"220 hello\r\n"),
            (false, 12, b"\xc8\xb8\xc0\xc7\xb7"),
            (false, 17, b"\xcf, and more of the same"),
            (true, 1, b"?"),
            (false, 40, b"\xc8"),
        ]),
    ];
    let far = || Instant::now() + Duration::from_secs(60);
    for shared in &captures {
        let id = ConversationId(0);
        let mut viewer = Viewer::new(shared.store.clone());
        viewer.show_secrets = true;
        for mode in Mode::ALL {
            let mut grown = FollowModel::new(String::new(), false);
            (grown.mode, grown.columns) = (mode, 12);
            let mut reading = Reading::new(id);
            let mut overlaps = Overlaps::default();
            let mut more = true;
            while more {
                more = reading.read(&mut viewer, 1).unwrap();
                let dialogue = Arc::new(reading.dialogue());
                overlaps.compare(&mut viewer, &dialogue, far()).unwrap();
                let blocks = (None, blocks(&dialogue, None, false));
                let change = grown.script.adopt(dialogue, blocks, !more);
                grown.ended = !more;
                let viewer = &mut viewer;
                let mut capture = Capture { viewer, id };
                let conflicts = &overlaps.conflicts;
                grown.take_up(&mut capture, change, conflicts).unwrap();
                grown.make_lines(&mut capture, true, far()).unwrap();
            }
            let whole = open(shared, 0);
            whole.model.lock().mode = mode;
            whole.model.lock().columns = 12;
            settle(&whole, shared);
            assert_eq!(grown.rows(), whole.model.lock().rows(), "{mode:?}");
        }
    }
}

#[test]
fn saved_as_shown_and_never_over_a_file() {
    let shared = capture(&[
        (true, 1, b"LIST\r\n"),
        (false, 1, b"\xc8\xb8\xc0\xc7\xb7\xcf"),
        (true, 7, b"\x00\xff"),
        (true, 109, b"!"),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let mut pane = open(&shared, 0);
    drawn(&mut pane, &shared, 80, 24);
    let saved = |pane: &mut FollowPane, name: &str| {
        let path = folder.path().join(name);
        pane.model
            .lock()
            .save(path.to_str().unwrap(), &Confinement::whole())
            .unwrap();
        settle(pane, &shared);
        let said = pane.take_message().unwrap();
        assert!(said.starts_with("Saved"), "{said}");
        fs::read(path).unwrap()
    };
    let text = "LIST\r\n회의록\n\0ÿ\n… 100 bytes not captured …\n!";
    assert_eq!(String::from_utf8(saved(&mut pane, "text")).unwrap(), text);
    assert_eq!(pane.model.lock().file_name(), "tcp-0.txt");
    pane.act(Action::Mode, &shared);
    let hex = String::from_utf8(saved(&mut pane, "hex")).unwrap();
    assert!(
        hex.starts_with("> 00000000  4c 49 53 54 0d 0a      "),
        "{hex}"
    );
    assert!(
        hex.contains("\n< 00000000  c8 b8 c0 c7 b7 cf      "),
        "{hex}"
    );
    pane.act(Action::Mode, &shared);
    assert_eq!(
        saved(&mut pane, "raw"),
        b"LIST\r\n\xc8\xb8\xc0\xc7\xb7\xcf\x00\xff!"
    );
    pane.act(Action::OneSide, &shared);
    settle(&pane, &shared);
    assert_eq!(saved(&mut pane, "client"), b"LIST\r\n\x00\xff!");
    assert_eq!(pane.model.lock().file_name(), "tcp-0-client.bin");

    let taken = folder.path().join("text");
    assert!(
        pane.model
            .lock()
            .save(taken.to_str().unwrap(), &Confinement::whole())
            .is_err()
    );
    let nowhere = folder.path().join("none/text");
    assert!(
        pane.model
            .lock()
            .save(nowhere.to_str().unwrap(), &Confinement::whole())
            .is_err()
    );
    assert!(
        pane.model
            .lock()
            .save(folder.path().to_str().unwrap(), &Confinement::whole())
            .is_err()
    );
    // A file that is created while this one is written is not replaced.
    let late = folder.path().join("late");
    pane.model
        .lock()
        .save(late.to_str().unwrap(), &Confinement::whole())
        .unwrap();
    fs::write(&late, "mine").unwrap();
    settle(&pane, &shared);
    assert!(pane.take_message().unwrap().starts_with("Not saved"));
    assert_eq!(fs::read_to_string(&late).unwrap(), "mine");
    // Nothing else is left behind.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 5);
}

#[test]
fn any_size_and_any_key_is_fine() {
    let shared = sample("web-korean.pcap");
    let mut pane = open(&shared, 1);
    let actions = [
        Action::Bottom,
        Action::Mode,
        Action::PageUp,
        Action::Charset,
        Action::OneSide,
        Action::Top,
        Action::PreviousCharset,
        Action::FindNext,
        Action::FindPrevious,
        Action::NextTurn,
        Action::PreviousTurn,
        Action::Copy,
        Action::Open,
    ];
    let sizes = [
        (1, 1),
        (3, 3),
        (4, 3),
        (20, 6),
        (33, 12),
        (60, 16),
        (250, 70),
    ];
    find(&pane, "e", Kind::Text);
    for (width, height) in sizes {
        for action in actions {
            drawn(&mut pane, &shared, width, height);
            pane.act(action, &shared);
            pane.scroll(-3, Scope::Follow);
            drawn(&mut pane, &shared, width, height);
            pane.scroll(1000, Scope::Follow);
            pane.click(Position::new(2, 4), &shared);
        }
    }
}

#[test]
fn a_conversation_without_a_word() {
    let shared = sample("refused.pcap");
    let mut pane = open(&shared, 0);
    let shown = drawn(&mut pane, &shared, 60, 6);
    assert!(shown.contains("carries data"), "{shown}");
    assert_eq!(pane.act(Action::Open, &shared), Reply::Done);
}

/// The lines of evicted packets are removed; the others keep their positions.
#[test]
fn what_is_evicted_leaves() {
    let (shared, mut index) = capture_with_index(&[
        (true, 1, b"first question\n"),
        (false, 1, b"first answer\n"),
        (true, 16, b"second question\n"),
        (false, 14, b"second answer\n"),
    ]);
    index.contents().finished = false;
    let mut pane = open(&shared, 0);
    assert!(drawn(&mut pane, &shared, 100, 12).contains("first question"));
    index.evict_packets(2);
    std::thread::sleep(INTERVAL);
    let all = drawn(&mut pane, &shared, 100, 12);
    assert!(!all.contains("first"), "{all}");
    assert!(all.contains("> … 15 bytes evicted …"), "{all}");
    assert!(all.contains("> second question"), "{all}");
    assert!(all.contains("2 packets before this evicted"), "{all}");
    // A pane opened later shows the same, without room for the evicted part.
    let mut late = open(&shared, 0);
    let all = drawn(&mut late, &shared, 100, 12);
    assert!(
        !all.contains("first") && all.contains("< second answer"),
        "{all}"
    );
    assert!(all.contains("2 packets before this evicted"), "{all}");
}
