//! A capture file: whatever its bytes, it is read to its end, each packet can be read again, and on two and three threads
//! it says the same as on one.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Write;
use wiretalk::capture::Reader;

fuzz_target!(|data: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(data).expect("writing it");
    let Ok(mut reader) = Reader::open(file.path()) else {
        return;
    };
    let mut packets = Vec::new();
    while let Some(packet) = reader.next() {
        assert_eq!(packet.captured as usize, packet.data.len());
        packets.push((packet.offset, packet.data.to_vec()));
    }
    let bytes = reader.bytes();
    let mut again = Vec::new();
    for (offset, data) in packets {
        bytes
            .read_at(offset, data.len() as u32, &mut again)
            .expect("reading it again");
        assert_eq!(again, data);
    }
    for diagnostic in reader.diagnostics() {
        let _ = diagnostic.to_string();
    }
    if let Err(broken) = wiretalk::harness::capture(file.path()) {
        panic!("{broken}");
    }
});
