use super::*;
use crate::{
    capture::{Interface, Reader, SavedPacket, Secrets, Section},
    index,
    ports::Ports,
    report,
    track::{ConversationId, DecodeAs},
};
use std::collections::BTreeMap;

fn load(path: &Path) -> Store {
    report::load(Reader::open(path).unwrap(), DecodeAs::default())
}

fn sample(name: &str) -> Store {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    load(&samples.join(name))
}

/// Time, length on the wire, link type and bytes of each packet.
type Packets = Vec<(i64, u32, u16, Vec<u8>)>;

fn packets(store: &Store, wanted: impl Fn(u32) -> bool) -> Packets {
    let contents = store.read();
    let all = contents.packets.range(1, contents.packets.len() as u32);
    all.filter(|(number, _)| wanted(*number))
        .map(|(_, record)| {
            let mut data = Vec::new();
            let bytes = store.bytes();
            bytes
                .read_at(record.offset(), record.captured, &mut data)
                .unwrap();
            (
                record.order_ns,
                record.original,
                contents.link_type(record),
                data,
            )
        })
        .collect()
}

fn place(path: &Path, replace: bool) -> Destination {
    Destination {
        path: path.to_owned(),
        replace,
    }
}

/// Saves to a file of this name, and opens it.
fn saved(store: &Store, choice: &Choice, name: &str) -> (Store, Saved) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let saved = to_file(store, choice, &place(&path, false), &Progress::default()).unwrap();
    assert_eq!(saved.bytes, fs::metadata(&path).unwrap().len());
    // No other file is left.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let again = load(&path);
    let problems = again.read().problems.clone();
    assert!(problems.is_empty(), "{problems:?}");
    (again, saved)
}

#[test]
fn everything_comes_back_as_it_was() {
    for name in [
        "everyday.pcapng",
        "multi-interface.pcapng",
        "fragments.pcap",
    ] {
        let store = sample(name);
        let (again, saved) = saved(&store, &Choice::Everything, "all.pcapng");
        let before = packets(&store, |_| true);
        assert_eq!(saved.packets, before.len() as u64);
        assert_eq!(packets(&again, |_| true), before, "{name}");
        let (store, again) = (store.read(), again.read());
        assert_eq!(again.comments, store.comments);
        assert_eq!(again.interfaces, store.interfaces);
        let comments = |contents: &crate::store::Contents| {
            let sections = contents.about.sections.iter();
            sections
                .flat_map(|one| one.comments.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(comments(&again), comments(&store));
    }
}

#[test]
fn what_is_saved_is_compressed_and_pcap_by_the_name() {
    let of = |name: &str| FileType::of(Path::new(name));
    let kind = |format, gzip| FileType { format, gzip };
    assert_eq!(of("a.pcap"), kind(SaveFormat::Pcap, false));
    assert_eq!(of("dir.pcap/a"), kind(SaveFormat::Pcapng, false));
    assert_eq!(of("A.PCAP.GZ"), kind(SaveFormat::Pcap, true));
    assert_eq!(of("a.pcapng.gz"), kind(SaveFormat::Pcapng, true));
    assert_eq!(of("a.cap"), kind(SaveFormat::Pcapng, false));

    let store = sample("dns.pcap");
    let all = packets(&store, |_| true);
    for name in ["a.pcap", "a.pcap.gz", "a.pcapng.gz"] {
        let (again, _) = saved(&store, &Choice::Everything, name);
        assert_eq!(packets(&again, |_| true), all, "{name}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pcap.gz");
    to_file(
        &store,
        &Choice::Everything,
        &place(&path, false),
        &Progress::default(),
    )
    .unwrap();
    assert!(fs::read(path).unwrap().starts_with(&[0x1f, 0x8b]));
}

#[test]
fn only_interfaces_that_are_used_are_described() {
    let store = sample("multi-interface.pcapng");
    let on_second = |number| store.read().packets.get(number).unwrap().interface() == 1;
    let first = (1..)
        .find(|number| on_second(*number))
        .expect("a packet of the second interface");
    let mut marks = Marks::default();
    {
        let contents = store.read();
        let record = contents.packets.get(first).unwrap();
        assert!(marks.toggle(&contents, first, record));
    }
    let (again, saved) = saved(&store, &Choice::Marked(marks), "one.pcapng");
    assert_eq!((saved.packets, saved.interfaces), (1, 1));
    assert_eq!(
        packets(&again, |_| true),
        packets(&store, |number| number == first)
    );
    assert_eq!(again.read().interfaces[0], store.read().interfaces[1]);
    // Its comment is copied, under its new number.
    let comment = store.read().comments.get(&first).cloned();
    assert_eq!(again.read().comments.get(&1).cloned(), comment);
}

#[test]
fn pcap_holds_one_link_type() {
    let store = sample("multi-interface.pcapng");
    let folder = tempfile::tempdir().unwrap();
    let save = |choice: &Choice| {
        let path = folder.path().join("a.pcap");
        to_file(&store, choice, &place(&path, true), &Progress::default())
    };
    let error = save(&Choice::Everything).unwrap_err().to_string();
    assert!(error.contains("have the link types 1 and 101"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    // One of them alone works, except for its comment.
    let mut marks = Marks::default();
    let contents = store.read();
    for (number, record) in contents.packets.range(1, contents.packets.len() as u32) {
        if record.interface() == 1 {
            marks.toggle(&contents, number, record);
        }
    }
    let saved = save(&Choice::Marked(marks)).unwrap();
    assert_eq!((saved.packets, saved.comments_lost), (12, 1));
    assert!(saved.to_string().contains("no room for 1 comment"));
}

fn find(store: &Store, id: &str) -> ConversationId {
    report::find(&store.read(), id).unwrap()
}

#[test]
fn a_conversation_has_its_fragments() {
    let store = sample("fragments.pcap");
    let choice = Choice::Conversation(find(&store, "udp/0"));
    let (again, _) = saved(&store, &choice, "a.pcapng");
    // The second fragment completes the datagram; the first is not a packet of UDP by itself.
    assert_eq!(
        packets(&again, |_| true),
        packets(&store, |n| (18..=20).contains(&n))
    );
    assert_eq!(choice.count(&store.read()), Some(3));
}

#[test]
fn a_conversation_has_its_errors_and_its_tunnel() {
    let store = sample("icmp-unreachable.pcap");
    let contents = store.read();
    let about = (1..=contents.packets.len() as u32)
        .filter(|number| {
            let mut all = contents.tracker.conversations();
            all.any(|(id, _)| contents.is_about(*number, id))
        })
        .collect::<Vec<_>>();
    assert!(!about.is_empty());
    for number in about {
        let record = contents.packets.get(number).unwrap();
        let (id, _) = record.conversation().unwrap();
        assert!(Choice::Conversation(id).wants(&contents, number, record));
    }

    let store = sample("tunnel-vxlan.pcap");
    let contents = store.read();
    let both = contents
        .packets
        .range(1, contents.packets.len() as u32)
        .find(|(number, _)| contents.conversations_of(*number).len() > 1);
    let (number, record) = both.unwrap();
    for (id, _) in contents.conversations_of(number) {
        assert!(Choice::Conversation(id).wants(&contents, number, record));
        let count = Choice::Conversation(id).count(&contents);
        assert_eq!(count, Some(contents.packets_of(id).len() as u64));
    }
}

#[test]
fn the_filter_chooses() {
    let store = sample("everyday.pcapng");
    let contents = store.read();
    let shown = |ports: &str, without_udp| {
        let ports: Ports = ports.parse().unwrap();
        Choice::Shown(Filter {
            ports,
            without_udp,
            ..Filter::default()
        })
    };
    let all = contents.packets.len() as u64;
    assert!(shown("", false).is_all());
    assert_eq!(shown("", false).count(&contents), Some(all));
    let of = |wanted: &dyn Fn(crate::track::Conversation) -> bool| -> u64 {
        let all = contents.tracker.conversations().map(|(_, c)| c);
        all.filter(|c| wanted(*c)).map(|c| c.packets()).sum()
    };
    let web = of(&|c| c.client.port == 80 || c.server.port == 80);
    assert_eq!(shown("80", false).count(&contents), Some(web));
    let tcp = of(&|c| c.protocol == crate::track::Protocol::Tcp);
    assert_eq!(shown("", true).count(&contents), Some(tcp));
    drop(contents);
    let (again, saved) = saved(&store, &shown("80", false), "web.pcapng");
    assert_eq!(saved.packets, web);
    let again = again.read();
    let mut left = again.tracker.conversations().map(|(_, c)| c);
    assert!(left.all(|c| [c.client.port, c.server.port].contains(&80)));
    assert!(again.tracker.conversations().next().is_some());
}

#[test]
fn marks_of_packets_and_conversations_go_together() {
    let store = sample("everyday.pcapng");
    let contents = store.read();
    let id = find(&store, "tcp/0");
    let all = contents.packets_of(id);
    let other = (1..)
        .find(|number| !all.contains(number))
        .expect("another packet");
    let record = |number| contents.packets.get(number).unwrap();
    let mut marks = Marks::default();
    assert!(marks.toggle(&contents, all[0], record(all[0])));
    assert!(marks.toggle(&contents, other, record(other)));
    assert!(marks.toggle_conversation(&contents, id));
    let count = |marks: &Marks| Choice::Marked(marks.clone()).count(&contents);
    assert_eq!(count(&marks), Some(all.len() as u64 + 1));
    assert!(!marks.toggle(&contents, all[1], record(all[1])));
    assert_eq!(count(&marks), Some(all.len() as u64));
    // Without the conversation its exception is dropped, too.
    assert!(!marks.toggle_conversation(&contents, id));
    assert_eq!(count(&marks), Some(1));
    assert!(!marks.toggle(&contents, other, record(other)));
    assert!(marks.is_empty());
}

/// Returns a capture with all kinds of data.
fn talkative(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("talkative.pcapng");
    let section = Section {
        hardware: Some("amd64".to_owned()),
        os: Some("Linux 6.1".to_owned()),
        application: Some("dumpcap".to_owned()),
        comments: vec!["lab 3".to_owned(), "second run".to_owned()],
        packets_before: 0,
        interfaces_before: 0,
    };
    let mut writer = Writer::section(fs::File::create(&path).unwrap(), &section).unwrap();
    for (name, link_type) in [("eth0", 1), ("tun0", 101)] {
        let interface = Interface {
            link_type,
            snaplen: 96,
            name: Some(name.to_owned()),
            description: Some(format!("the {name}")),
            filter: Some("ip".to_owned()),
            ..Interface::default()
        };
        writer.interface(&interface).unwrap();
    }
    let name = ("10.0.0.1".parse().unwrap(), "gateway".to_owned());
    writer.names(&BTreeMap::from([name])).unwrap();
    let secrets = Secrets {
        kind: Secrets::TLS_KEY_LOG,
        data: b"CLIENT_RANDOM 00 11\n".to_vec(),
    };
    writer.secrets(&secrets).unwrap();
    for number in 0..3_u8 {
        let packet = SavedPacket {
            time_ns: 1_700_000_000_123_456_789 + i64::from(number),
            interface: 1,
            original: 1500,
            data: &[0x45, number],
            is_timeless: false,
            comments: &["first".to_owned(), format!("second {number}")],
        };
        writer.packet(&packet).unwrap();
    }
    let totals = Interface {
        received: Some(9),
        drops: Some(3),
        ..Interface::default()
    };
    writer.totals(1, 1_700_000_001, &totals).unwrap();
    path
}

#[test]
fn what_a_capture_says_of_itself_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = load(&talkative(folder.path()));
    let (again, _) = saved(&store, &Choice::Everything, "all.pcapng");
    let (before, after) = (store.read(), again.read());
    assert_eq!(after.about, before.about);
    assert_eq!(after.interfaces, before.interfaces);
    assert_eq!(after.interfaces[1].drops, Some(3));
    assert_eq!(after.comments, before.comments);
    assert_eq!(after.comments[&2], ["first", "second 1"]);

    // A part has no names, keys and totals, which belong to the whole.
    let mut marks = Marks::default();
    marks.toggle(&before, 2, before.packets.get(2).unwrap());
    let (part, saved) = saved(&store, &Choice::Marked(marks), "part.pcapng");
    assert_eq!(saved.packets, 1);
    let part = part.read();
    assert_eq!(part.about.sections, before.about.sections);
    assert!(part.about.names.is_empty() && part.about.secrets.is_empty());
    assert_eq!(part.interfaces.len(), 1);
    assert_eq!(part.interfaces[0].name.as_deref(), Some("tun0"));
    assert_eq!(part.interfaces[0].drops, None);
    assert_eq!(part.comments[&1], ["first", "second 1"]);
}

#[test]
fn nothing_that_is_there_is_lost() {
    let store = sample("dns.pcap");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pcapng");
    fs::write(&path, "mine").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let save = |path: &Path, replace| {
        let place = place(path, replace);
        to_file(&store, &Choice::Everything, &place, &Progress::default())
    };
    assert!(matches!(save(&path, false), Err(SaveError::Exists(_))));
    assert_eq!(fs::read(&path).unwrap(), b"mine");
    // A link is kept, and so are the permissions.
    let link = folder.path().join("link.pcapng");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(matches!(save(&link, false), Err(SaveError::Exists(_))));
    save(&link, true).unwrap();
    assert!(link.is_symlink());
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(packets(&load(&path), |_| true), packets(&store, |_| true));

    // Where others may have made the link it is replaced itself.
    fs::write(&path, "mine").unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    save(&link, true).unwrap();
    assert!(!link.is_symlink());
    assert_eq!(fs::read(&path).unwrap(), b"mine");
    assert_eq!(
        fs::metadata(&link).unwrap().permissions().mode() & 0o777,
        0o600
    );
    fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();

    let nowhere = folder.path().join("none/a.pcapng");
    let error = save(&nowhere, false).unwrap_err().to_string();
    assert!(
        error.ends_with("none: there is no such directory"),
        "{error}"
    );
    assert!(matches!(
        save(folder.path(), true),
        Err(SaveError::NoFile(_))
    ));
    assert!(matches!(
        save(Path::new("/dev/null"), true),
        Err(SaveError::NoFile(_))
    ));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn the_file_that_is_read_can_be_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = talkative(folder.path());
    let store = load(&path);
    let before = packets(&store, |_| true);
    to_file(
        &store,
        &Choice::Everything,
        &place(&path, true),
        &Progress::default(),
    )
    .unwrap();
    assert_eq!(packets(&store, |_| true), before);
    assert_eq!(packets(&load(&path), |_| true), before);
}

#[test]
fn without_permission_it_says_so() {
    if rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: root may write everywhere");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o500)).unwrap();
    let place = place(&folder.path().join("a.pcapng"), false);
    let store = sample("dns.pcap");
    let error = to_file(&store, &Choice::Everything, &place, &Progress::default());
    assert!(matches!(error, Err(SaveError::Permission(_))));
}

#[test]
fn a_full_disk_is_told() {
    let store = sample("everyday.pcapng");
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let error = to_stream(&store, &Choice::Everything, full, &Progress::default());
    let error = error.unwrap_err();
    assert!(matches!(error, SaveError::DiskFull(_)), "{error}");
    assert!(error.to_string().contains("no space left on the disk"));
}

#[test]
fn called_off_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(&folder.path().join("a.pcapng"), false);
    let (mut index, _) = index::tests::sample("everyday.pcapng");
    let store = index.store().clone();
    let progress = Progress::default();
    progress.cancel();
    let ended = to_file(&store, &Choice::Everything, &place, &progress);
    assert!(matches!(ended, Err(SaveError::Cancelled)));
    // This also applies when a task is dropped that waits for a capture that has not been read to its end.
    index.contents().finished = false;
    let task = Task::start(store, Choice::Everything, place, true).unwrap();
    drop(task);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_task_saves_and_says_so_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pcapng");
    let store = sample("dns.pcap");
    let count = store.read().packets.len() as u64;
    let mut task = Task::start(store, Choice::Everything, place(&path, false), true).unwrap();
    let saved = loop {
        if let Some(result) = task.take() {
            break result.unwrap();
        }
        std::thread::yield_now();
    };
    assert_eq!((saved.packets, task.percent()), (count, 100));
    assert!(task.take().is_none() && path.is_file());
}

/// A whole connection in Simple Packet Blocks: its times are not known anywhere, and none is made up.
#[test]
fn packets_without_a_time_stay_without() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("simple.pcapng");
    let mut writer = Writer::pcapng(fs::File::create(&path).unwrap()).unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/web-keepalive.pcap");
    let mut sample = Reader::open(&file).unwrap();
    let mut count = 0;
    while let Some(packet) = sample.next() {
        if count == 0 {
            let link_type = packet.link_type;
            writer
                .interface(&Interface {
                    link_type,
                    ..Interface::default()
                })
                .unwrap();
        }
        count += 1;
        let simple = SavedPacket {
            time_ns: packet.time_ns,
            interface: 0,
            original: packet.original,
            data: packet.data,
            is_timeless: true,
            comments: &[],
        };
        writer.packet(&simple).unwrap();
    }
    drop(writer);
    let store = load(&path);
    let is_timeless = |store: &Store| {
        let contents = store.read();
        (1..=contents.packets.len() as u32).all(|number| !contents.has_time(number))
    };
    assert!(is_timeless(&store));
    let (again, all) = saved(&store, &Choice::Everything, "all.pcapng");
    assert_eq!((all.packets, all.times_made), (count, 0));
    assert!(is_timeless(&again));
    // pcap has a time for every packet, and so has a block with a comment.
    let (_, old) = saved(&store, &Choice::Everything, "old.pcap");
    assert_eq!((old.packets, old.times_made), (count, count));
    assert!(
        old.to_string()
            .contains("without a time got that of the packet before")
    );
    let contents = store.read();
    let (_, conversation) = contents.tracker.conversations().next().unwrap();
    let handshake = conversation.tcp().handshake;
    assert!(handshake.complete());
    assert_eq!(
        (handshake.rtt_ns(), handshake.syn_to_syn_ack_ns()),
        (None, None)
    );
    assert_eq!(conversation.lasted_ns(), None);
    // With times they are known.
    let timed = load(&file);
    let timed = timed.read();
    let (_, conversation) = timed.tracker.conversations().next().unwrap();
    assert!(conversation.tcp().handshake.rtt_ns().is_some() && conversation.lasted_ns().is_some());
}

#[test]
fn times_that_a_format_cannot_hold_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("late.pcapng");
    let mut writer = Writer::pcapng(fs::File::create(&path).unwrap()).unwrap();
    writer.interface(&Interface::default()).unwrap();
    let packet = SavedPacket {
        time_ns: (1 << 32) * 1_000_000_000,
        interface: 0,
        original: 1,
        data: &[1],
        is_timeless: false,
        comments: &[],
    };
    writer.packet(&packet).unwrap();
    let store = load(&path);
    let save = |name| {
        let place = place(&folder.path().join(name), false);
        to_file(&store, &Choice::Everything, &place, &Progress::default())
    };
    assert!(matches!(save("a.pcap"), Err(SaveError::Time(1))));
    assert_eq!(save("a.pcapng").unwrap().packets, 1);
}

#[test]
fn names_are_made_of_the_captures() {
    let free = |capture: &str, part: &str| free_name(capture, part);
    assert_eq!(free("a.pcap.gz", ""), "a.pcapng");
    assert_eq!(free("eth0, lo", "tcp-4"), "eth0--lo-tcp-4.pcapng");
    assert_eq!(free("-", "marked"), "capture-marked.pcapng");
    assert_eq!(free("../회의 록", ""), "회의-록.pcapng");
}
