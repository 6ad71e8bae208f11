//! `wiretalk objects`: the files in the traffic, written to a directory.

use super::{Selection, json::Object as Line};
use crate::{
    follow::Dialogue,
    format::{composed, is_invisible, printable},
    lang::text,
    store::{Contents, Store},
    track::{Conversation, ConversationId, Protocol, Side},
    view::Viewer,
};
use anyhow::Context;
use dissectors::{Dissector, Object, ResourcePart};
use flate2::write::ZlibDecoder;
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, HashMap},
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// The maximum length of a name; file systems allow 255 bytes, and a number may have to be added.
const MAX_NAME: usize = 200;

/// Writes every file in the traffic into `directory`, which is created if it does not exist, and reports the written
/// files. No existing file is overwritten, and nothing is written anywhere else. Returns which files are incomplete.
///
/// # Errors
///
/// Fails if the capture can no longer be read, or a file cannot be written.
pub fn objects(
    store: &Store,
    selection: &Selection,
    directory: &Path,
    json: bool,
    out: &mut impl Write,
) -> anyhow::Result<Incomplete> {
    fs::create_dir_all(directory)
        .with_context(|| text!("cli-cannot-make", path = directory.display()))?;
    let mut written = 0;
    let mut report = |file: ObjectFile| {
        written += 1;
        report(&file, json, out)
    };
    let incomplete = each_object(store, selection, Some(directory), &mut report)?;
    if written == 0 && !json {
        writeln!(out, "{}", text!("cli-no-objects"))?;
    }
    Ok(incomplete)
}

/// A file in the traffic.
#[derive(Clone, Debug)]
pub struct ObjectFile {
    /// Its name in the directory.
    pub name: String,
    /// Its length, bytes.
    pub size: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// Its media type; empty if it is not known.
    pub media: String,
    /// The name that the sender gave it.
    pub sent_as: String,
    /// The conversation that carried it.
    pub conversation: String,
    /// The packet that completed it.
    pub packet: u32,
    /// Whether all of it was captured.
    pub complete: bool,
}

/// Is told of each file once it is complete.
type Report<'a> = &'a mut dyn FnMut(ObjectFile) -> io::Result<()>;

/// Reports every file in the traffic, and writes them into a directory, if there is one. Returns which are incomplete.
///
/// # Errors
///
/// Fails if the capture can no longer be read, or a file cannot be written.
pub fn each_object(
    store: &Store,
    selection: &Selection,
    directory: Option<&Path>,
    report: Report,
) -> anyhow::Result<Incomplete> {
    let mut viewer = Viewer::new(store.clone());
    viewer.show_secrets = true;
    let mut folder = Folder {
        directory,
        made: HashMap::new(),
        incomplete: Incomplete::default(),
        parts: BTreeMap::new(),
        report,
    };
    let is_selected = |contents: &Contents, id| selection.has(contents, id);
    let carrying = carriers(&store.read(), is_selected);
    for (id, conversation, carries) in carrying {
        match carries {
            Carries::One(name, true) => {
                compressed_streams(&mut viewer, id, &name, &conversation, &mut folder)?
            }
            Carries::One(name, false) => {
                whole_streams(&mut viewer, id, &name, &conversation, &mut folder)?
            }
            Carries::Messages => messages(&mut viewer, id, &conversation, &mut folder)?,
        }
    }
    ranges(&mut viewer, &mut folder)?;
    Ok(folder.incomplete)
}

/// The files that are incomplete.
#[derive(Debug, Default)]
pub struct Incomplete {
    /// How many there are.
    pub count: u64,
    /// The names of the first ones; `…` stands for more.
    pub names: Vec<String>,
}

impl Incomplete {
    /// The maximum number of names.
    const NAMED: u64 = 8;

    fn add(&mut self, name: &str) {
        self.count += 1;
        if self.count <= Self::NAMED {
            self.names.push(printable(name));
        } else if self.count == Self::NAMED + 1 {
            self.names.push("…".to_owned());
        }
    }
}

/// The files that a conversation carries.
pub(super) enum Carries {
    /// Some of its messages contain files.
    Messages,
    /// It carries one file of this name and nothing else, as a data connection of FTP does, and may be compressed with
    /// zlib.
    One(String, bool),
}

/// Returns the selected conversations that may carry files, with their names and what they carry.
pub(super) fn carriers(
    contents: &Contents,
    is_selected: impl Fn(&Contents, ConversationId) -> bool,
) -> Vec<(ConversationId, String, Carries)> {
    let all = contents.tracker.conversations();
    let all = all.filter(|(id, _)| is_selected(contents, *id));
    all.filter_map(|(id, conversation)| {
        let expectation = contents.tracker.expectation_of(conversation);
        let carries = match expectation {
            Some(expectation) => {
                let asked = expectation.transfer.as_ref();
                let file = asked.map_or(Some(&b""[..]), |transfer| transfer.file.as_deref());
                // The request may have been for a list of files, and files under TLS are not readable.
                let name = file.filter(|_| expectation.dissector.properties().carries_file)?;
                let compressed = asked.is_some_and(|transfer| transfer.compressed);
                let charset = contents.tracker.undeclared(conversation);
                Carries::One(charset.read(name).into_owned(), compressed)
            }
            None => {
                let speaks = conversation.has_session() && conversation.application().is_some();
                (speaks && may_hold_files(conversation)).then_some(Carries::Messages)?
            }
        };
        Some((id, conversation.id(), carries))
    })
    .collect()
}

/// Returns whether messages of a conversation may hold files, as far as the index knows. A TCP connection may have
/// changed its protocol.
fn may_hold_files(conversation: Conversation) -> bool {
    let application = conversation.application();
    conversation.protocol == Protocol::Tcp
        || application.is_some_and(|protocol| protocol.properties().holds_files)
}

/// Writes the files among the messages of a conversation.
fn messages(
    viewer: &mut Viewer,
    id: ConversationId,
    conversation: &str,
    folder: &mut Folder,
) -> anyhow::Result<()> {
    let holds_files = |dissector: &Dissector| dissector.properties().holds_files;
    let messages = viewer.messages(id)?;
    if !messages.is_some_and(|messages| messages.dissectors().any(holds_files)) {
        return Ok(());
    }
    let mut packets = viewer.pages(id).completing(0);
    while let Some(last) = packets.last().copied() {
        for packet in packets {
            for (number, object) in viewer.objects(packet)?.into_iter().enumerate() {
                if let Some(part) = object.part {
                    let place = PartPlace {
                        id,
                        conversation: conversation.to_owned(),
                        packet,
                        number,
                    };
                    let length = object.bytes.len() as u64;
                    folder.add_part(part, length, place);
                    continue;
                }
                let sent_as = object.name.as_deref().unwrap_or_default();
                let mut file = folder.create(sent_as, &object.media)?;
                file.add(&object.bytes)?;
                file.complete = object.complete;
                folder.report(file, conversation, packet)?;
            }
        }
        packets = viewer.pages(id).completing(last);
    }
    Ok(())
}

/// Where a part of a resource is in the capture.
struct PartPlace {
    id: ConversationId,
    conversation: String,
    packet: u32,
    /// Its index among the files of the packet.
    number: usize,
}

/// Writes the resources that came in parts. Parts that follow or overlap one another become one file; if bytes between
/// them are missing, they become several, which are incomplete.
fn ranges(viewer: &mut Viewer, folder: &mut Folder) -> anyhow::Result<()> {
    for ((_, total), mut parts) in std::mem::take(&mut folder.parts) {
        parts.sort_by_key(|(first, length, _)| (*first, std::cmp::Reverse(*length)));
        let mut parts = parts.into_iter().peekable();
        while let Some((first, length, place)) = parts.next() {
            let mut object = part(viewer, &place)?;
            let name = object.name.take().unwrap_or_default();
            let mut file = folder.create(&name, &object.media)?;
            file.add(&object.bytes)?;
            let mut end = first.saturating_add(length);
            let mut last = place;
            while let Some((first, length, place)) = parts.next_if(|(first, ..)| *first <= end) {
                let behind = first.saturating_add(length);
                if behind > end {
                    let object = part(viewer, &place)?;
                    let new = object.bytes.get((end - first) as usize..);
                    file.add(new.unwrap_or_default())?;
                    end = behind;
                }
                last = PartPlace {
                    packet: place.packet.max(last.packet),
                    ..place
                };
            }
            file.complete = first == 0 && total == Some(end);
            folder.report(file, &last.conversation, last.packet)?;
        }
    }
    Ok(())
}

/// Reads a part again.
fn part(viewer: &mut Viewer, place: &PartPlace) -> anyhow::Result<Object> {
    // The conversation must have been read as far as this packet.
    viewer.messages(place.id)?;
    let object = viewer.objects(place.packet)?.into_iter().nth(place.number);
    object.with_context(|| text!("cli-part-is-gone", packet = place.packet))
}

/// The maximum length of a file that is decompressed, bytes.
pub(super) const MAX_DECOMPRESSED: u64 = 1 << 30;

/// A file that decompressed bytes are written to.
struct Decompressed(Option<Written>);

impl Write for Decompressed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(file) = &mut self.0 {
            if file.size + bytes.len() as u64 > MAX_DECOMPRESSED {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            file.add(bytes).map_err(io::Error::other)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes each side's bytes as a file, decompressed.
fn compressed_streams(
    viewer: &mut Viewer,
    id: ConversationId,
    name: &str,
    conversation: &str,
    folder: &mut Folder,
) -> anyhow::Result<()> {
    let dialogue = Dialogue::read(viewer, id)?;
    for direction in Side::BOTH {
        let stream = &dialogue.streams[direction];
        let Some(last) = stream.pieces.last() else {
            continue;
        };
        let file = folder.create(name, "")?;
        let mut decoder = ZlibDecoder::new(Decompressed(Some(file)));
        let mut is_whole = true;
        let mut end = 0;
        for piece in &stream.pieces {
            let mut bytes = Vec::new();
            let received = stream.received.start;
            viewer.read_masked(id, direction, received, piece, &mut bytes)?;
            // Nothing behind a gap can be decompressed.
            if piece.at != end || decoder.write_all(&bytes).is_err() {
                is_whole = false;
                break;
            }
            end = piece.end();
        }
        is_whole &= decoder.try_finish().is_ok();
        if let Some(mut file) = decoder.get_mut().0.take() {
            file.complete = is_whole;
            folder.report(file, conversation, last.packet)?;
        }
    }
    Ok(())
}

/// Writes each side's bytes as a file, piece by piece: they may be larger than the memory.
fn whole_streams(
    viewer: &mut Viewer,
    id: ConversationId,
    name: &str,
    conversation: &str,
    folder: &mut Folder,
) -> anyhow::Result<()> {
    let dialogue = Dialogue::read(viewer, id)?;
    for direction in Side::BOTH {
        let stream = &dialogue.streams[direction];
        let mut file = None;
        for piece in &stream.pieces {
            let mut bytes = Vec::new();
            let received = stream.received.start;
            viewer.read_masked(id, direction, received, piece, &mut bytes)?;
            if bytes.is_empty() {
                continue;
            }
            let file = match &mut file {
                Some(file) => file,
                None => file.insert(folder.create(name, "")?),
            };
            file.add(&bytes)?;
        }
        if let (Some(file), Some(last)) = (file, stream.pieces.last()) {
            folder.report(file, conversation, last.packet)?;
        }
    }
    Ok(())
}

/// The directory that files are written to, if they are, and the report of them.
struct Folder<'a> {
    directory: Option<&'a Path>,
    /// The last number of each name.
    made: HashMap<String, u64>,
    incomplete: Incomplete,
    /// The parts of each resource and representation of a length: their offset, their length, and where they are.
    parts: BTreeMap<Representation, Vec<(u64, u64, PartPlace)>>,
    report: Report<'a>,
}

/// A resource with a validator, and the length of the representation.
type Representation = ((String, String), Option<u64>);

/// A file that is being written.
struct Written {
    name: String,
    /// None if files are only reported.
    file: Option<(PathBuf, File)>,
    hash: Sha256,
    size: u64,
    sent_as: String,
    media: String,
    complete: bool,
}

impl Written {
    fn add(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
        let Some((path, file)) = &mut self.file else {
            return Ok(());
        };
        let what = || text!("cli-cannot-write", path = path.display());
        file.write_all(bytes).with_context(what)
    }
}

impl Folder<'_> {
    /// Keeps in mind where a part is.
    fn add_part(&mut self, part: ResourcePart, length: u64, place: PartPlace) {
        let parts = self.parts.entry((part.resource, part.total)).or_default();
        parts.push((part.first, length, place));
    }

    /// Creates a new file that only its user may read: with its name, or with a number after it.
    fn create(&mut self, sent_as: &str, media: &str) -> anyhow::Result<Written> {
        let safe = safe_name(sent_as, media);
        let (stem, extension) = match safe.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
            _ => (safe.as_str(), String::new()),
        };
        let last = self.made.entry(safe.clone()).or_default();
        loop {
            *last += 1;
            let name = match *last {
                1 => safe.clone(),
                twin => format!("{stem}-{twin}{extension}"),
            };
            let written = |file| Written {
                name: name.clone(),
                file,
                hash: Sha256::new(),
                size: 0,
                sent_as: sent_as.to_owned(),
                media: media.to_owned(),
                complete: true,
            };
            let Some(directory) = self.directory else {
                return Ok(written(None));
            };
            let path = directory.join(&name);
            let mut options = OpenOptions::new();
            match options.write(true).create_new(true).mode(0o600).open(&path) {
                Ok(file) => return Ok(written(Some((path, file)))),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => {
                    let what = || text!("cli-cannot-make", path = path.display());
                    return Err(error).with_context(what);
                }
            }
        }
    }

    /// Reports a complete file.
    fn report(&mut self, file: Written, conversation: &str, packet: u32) -> io::Result<()> {
        if !file.complete {
            self.incomplete.add(&file.name);
        }
        (self.report)(ObjectFile {
            name: file.name,
            size: file.size,
            sha256: hex(&file.hash.finalize()),
            media: file.media,
            sent_as: file.sent_as,
            conversation: conversation.to_owned(),
            packet,
            complete: file.complete,
        })
    }
}

/// Writes a line about a file.
fn report(file: &ObjectFile, json: bool, out: &mut impl Write) -> io::Result<()> {
    let ObjectFile {
        name,
        size,
        sha256,
        media,
        sent_as,
        conversation,
        packet,
        complete,
    } = file;
    if json {
        let mut line = String::new();
        Line::open(&mut line)
            .text("name", name)
            .plain("size", size)
            .text("sha256", sha256)
            .text("media", media)
            .text("sent_as", sent_as)
            .text("conversation", conversation)
            .plain("packet", packet)
            .plain("complete", complete)
            .close();
        return writeln!(out, "{line}");
    }
    let media = printable(media);
    let place = match complete {
        true => text!("cli-object-place", conversation, packet),
        false => text!("cli-object-place-incomplete", conversation, packet),
    };
    writeln!(out, "{sha256}  {size:>10}  {name}  {media}  {place}")
}

/// Returns a name that stays in its directory, and that neither a shell nor a tool takes for something else: names from
/// the network may contain anything. It does not begin with a dash or dot, and contains no blank, no invisible
/// character, and nothing that a shell interprets. Hangul is composed, so that one name is not written in two ways.
pub(super) fn safe_name(sent_as: &str, media: &str) -> String {
    let sent_as = composed(sent_as);
    let last = sent_as.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain = |letter: char| match letter {
        '.' | '-' | '_' | '+' | ',' | '@' | '=' => letter,
        letter if letter.is_ascii_alphanumeric() => letter,
        letter if letter.is_ascii() || letter.is_whitespace() || is_invisible(letter) => '_',
        letter => letter,
    };
    let mut name = String::new();
    for letter in last.trim().chars().map(plain) {
        if name.is_empty() && matches!(letter, '.' | '-' | '=') {
            continue;
        }
        if name.len() + letter.len_utf8() > MAX_NAME {
            break;
        }
        name.push(letter);
    }
    let name = name.trim_end_matches('.');
    match name.chars().all(|letter| letter == '_') {
        true => format!("object{}", extension(media)),
        false => name.to_owned(),
    }
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

/// Returns bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

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
            ("\u{1109}\u{1165}\u{1106}\u{1167}\u{11bc}.txt", "서명.txt"),
            ("a\0b\x1b[2Jc", "a_b__2Jc"),
            ("x\u{202e}fdp.exe", "x_fdp.exe"),
            ("C:evil?*", "C_evil__"),
            ("-rf", "rf"),
            ("--help", "help"),
            ("$(id)", "__id_"),
            (
                "a;b`c`&d|e'f\"g!h~#%{}[]()<>\n",
                "a_b_c__d_e_f_g_h___________",
            ),
            (" ", "object"),
            ("\u{3164}", "object"),
            ("\u{2028}a\u{a0}b\u{3000}c\u{e0041}", "a_b_c_"),
            ("~root", "_root"),
            ("my report (1).pdf", "my_report__1_.pdf"),
            ("a.b.", "a.b"),
        ] {
            assert_eq!(safe_name(sent_as, ""), name, "{sent_as:?}");
        }
        assert_eq!(safe_name("", "text/html; charset=euc-kr"), "object.html");
        assert_eq!(safe_name(&"한".repeat(300), "").len(), 198);
    }

    #[test]
    fn nothing_is_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let mut folder = Folder {
            directory: Some(directory.path()),
            made: HashMap::new(),
            incomplete: Incomplete::default(),
            parts: BTreeMap::new(),
            report: &mut |_| Ok(()),
        };
        let mut create = |name| {
            let made = folder.create(name, "").unwrap();
            let (_, file) = made.file.unwrap();
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            made.name
        };
        let names: Vec<_> = (0..3).map(|_| create("a.tar.gz")).collect();
        assert_eq!(names, ["a.tar.gz", "a.tar-2.gz", "a.tar-3.gz"]);
        std::os::unix::fs::symlink("/etc/passwd", directory.path().join("link")).unwrap();
        assert_eq!(create("link"), "link-2");
    }
}
