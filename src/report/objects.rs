//! `wiretalk objects`: the files in the traffic, written to a directory.

use super::{json::Object as Line, wanted};
use crate::{
    follow::Dialogue,
    format::printable,
    lang::text,
    ports::Ports,
    store::{Contents, Store},
    track::{ConversationId, Side},
    view::Viewer,
};
use anyhow::Context;
use dissectors::Object;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

/// The maximum length of a name; file systems allow 255 bytes, and a number may have to be added.
const MAX_NAME: usize = 200;

/// Writes every file in the traffic into `directory`, which is created if it does not exist, and reports the written
/// files. No existing file is overwritten, and nothing is written anywhere else.
///
/// # Errors
///
/// Fails if the capture can no longer be read, or a file cannot be written.
pub fn objects(
    store: &Store,
    ports: &Ports,
    directory: &Path,
    json: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    fs::create_dir_all(directory)
        .with_context(|| text!("cli-cannot-make", path = directory.display()))?;
    let mut viewer = Viewer::new(store.clone());
    viewer.show_secrets = true;
    let mut made = HashMap::new();
    let mut written = 0_u64;
    for (id, conversation, carries) in carriers(&store.read(), ports) {
        for (packet, object) in collect(&mut viewer, id, carries)? {
            let name = safe_name(object.name.as_deref().unwrap_or_default(), &object.media);
            let (name, mut file) = create(directory, &name, &mut made)?;
            file.write_all(&object.bytes).with_context(|| {
                text!("cli-cannot-write", path = directory.join(&name).display())
            })?;
            written += 1;
            let hash = hex(&Sha256::digest(&object.bytes));
            let size = object.bytes.len();
            if json {
                let mut line = String::new();
                Line::open(&mut line)
                    .text("name", &name)
                    .plain("size", size)
                    .text("sha256", &hash)
                    .text("media", &object.media)
                    .text("sent_as", object.name.as_deref().unwrap_or_default())
                    .text("conversation", &conversation)
                    .plain("packet", packet)
                    .close();
                writeln!(out, "{line}")?;
            } else {
                let media = printable(&object.media);
                let place = text!("cli-object-place", conversation, packet);
                writeln!(out, "{hash}  {size:>10}  {name}  {media}  {place}")?;
            }
        }
    }
    if written == 0 && !json {
        writeln!(out, "{}", text!("cli-no-objects"))?;
    }
    Ok(())
}

/// The files that a conversation carries.
enum Carries {
    /// Some of its messages contain files.
    Messages,
    /// It carries one file of this name and nothing else, as a data connection of FTP does.
    One(String),
}

/// Returns the selected conversations that may carry files, with their names and what they carry.
fn carriers(contents: &Contents, ports: &Ports) -> Vec<(ConversationId, String, Carries)> {
    let all = contents.tracker.conversations();
    let all = all.filter(|(id, _)| wanted(contents, ports, *id));
    all.filter_map(|(id, conversation)| {
        let expectation = contents.tracker.expectation_of(conversation);
        let carries = match expectation {
            Some(expectation) => {
                let asked = expectation.transfer.as_ref();
                let file = asked.map_or(Some(""), |transfer| transfer.file.as_deref());
                // The request may have been for a list of files, and files under TLS are not readable.
                let name = file.filter(|_| expectation.dissector.properties().carries_file)?;
                Carries::One(name.to_owned())
            }
            None => {
                let speaks = conversation.has_session() && conversation.application().is_some();
                speaks.then_some(Carries::Messages)?
            }
        };
        Some((id, conversation.id(), carries))
    })
    .collect()
}

/// Collects the files of one conversation, with the packets that completed them.
fn collect(
    viewer: &mut Viewer,
    id: ConversationId,
    carries: Carries,
) -> io::Result<Vec<(u32, Object)>> {
    let mut found = Vec::new();
    if let Carries::One(name) = carries {
        whole_stream(viewer, id, name, &mut found)?;
        return Ok(found);
    }
    if viewer.messages(id)?.is_none() {
        return Ok(found);
    }
    let mut packets = viewer.pages(id).completing(0);
    while let Some(last) = packets.last().copied() {
        for packet in packets {
            let objects = viewer.objects(packet)?;
            found.extend(objects.into_iter().map(|object| (packet, object)));
        }
        packets = viewer.pages(id).completing(last);
    }
    Ok(found)
}

/// Collects everything that was sent, each side's bytes as a file.
fn whole_stream(
    viewer: &mut Viewer,
    id: ConversationId,
    name: String,
    found: &mut Vec<(u32, Object)>,
) -> io::Result<()> {
    let dialogue = Dialogue::read(viewer, id)?;
    for direction in Side::BOTH {
        let stream = &dialogue.streams[direction];
        let mut bytes = Vec::new();
        for piece in &stream.pieces {
            let received = stream.received.start;
            viewer.read_masked(id, direction, received, piece, &mut bytes)?;
        }
        if let Some(last) = stream.pieces.last().filter(|_| !bytes.is_empty()) {
            let object = Object {
                name: Some(name.clone()),
                media: String::new(),
                bytes,
            };
            found.push((last.packet, object));
        }
    }
    Ok(())
}

/// Creates a new file: with its name, or with a number after it. `made` holds the last number of each name.
fn create(
    directory: &Path,
    name: &str,
    made: &mut HashMap<String, u64>,
) -> anyhow::Result<(String, File)> {
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let last = made.entry(name.to_owned()).or_default();
    loop {
        *last += 1;
        let name = match *last {
            1 => name.to_owned(),
            twin => format!("{stem}-{twin}{extension}"),
        };
        let path = directory.join(&name);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((name, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                let what = || text!("cli-cannot-make", path = path.display());
                return Err(error).with_context(what);
            }
        }
    }
}

/// Returns a name that stays in its directory and can be typed: names from the network may contain anything.
fn safe_name(sent_as: &str, media: &str) -> String {
    let last = sent_as.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain = |letter: char| match letter {
        '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
        letter if letter.is_control() => '_',
        letter => letter,
    };
    let mut name = String::new();
    // Characters that cannot be shown, such as marks of text direction, are left out.
    for letter in last.trim().trim_matches('.').chars().map(plain) {
        let shown = printable(letter.encode_utf8(&mut [0; 4])).chars().count() == 1;
        if name.len() + letter.len_utf8() > MAX_NAME {
            break;
        }
        name.push(if shown { letter } else { '_' });
    }
    if name.is_empty() {
        name = format!("object{}", extension(media));
    }
    name
}

/// Returns the file name extension for a media type, for files without a name.
fn extension(media: &str) -> &'static str {
    match media.split(';').next().unwrap_or_default().trim() {
        "text/html" => ".html",
        "text/plain" => ".txt",
        "text/css" => ".css",
        "text/javascript" | "application/javascript" => ".js",
        "application/json" => ".json",
        "application/xml" | "text/xml" => ".xml",
        "application/pdf" => ".pdf",
        "application/zip" => ".zip",
        "image/png" => ".png",
        "image/gif" => ".gif",
        "image/jpeg" => ".jpg",
        "image/svg+xml" => ".svg",
        "message/rfc822" => ".eml",
        _ => "",
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_directory() {
        for (sent_as, name) in [
            ("index.html", "index.html"),
            ("../../etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("/etc/", "object"),
            ("..", "object"),
            (".bashrc", "bashrc"),
            ("보고서.txt", "보고서.txt"),
            ("a\0b\x1b[2Jc", "a_b_[2Jc"),
            ("x\u{202e}fdp.exe", "x_fdp.exe"),
            ("C:evil?*", "C_evil__"),
        ] {
            assert_eq!(safe_name(sent_as, ""), name, "{sent_as:?}");
        }
        assert_eq!(safe_name("", "text/html; charset=euc-kr"), "object.html");
        assert_eq!(safe_name(&"한".repeat(300), "").len(), 198);
    }

    #[test]
    fn nothing_is_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let mut made = HashMap::new();
        let mut create = |name| create(directory.path(), name, &mut made).unwrap().0;
        let names: Vec<_> = (0..3).map(|_| create("a.tar.gz")).collect();
        assert_eq!(names, ["a.tar.gz", "a.tar-2.gz", "a.tar-3.gz"]);
        std::os::unix::fs::symlink("/etc/passwd", directory.path().join("link")).unwrap();
        assert_eq!(create("link"), "link-2");
    }
}
