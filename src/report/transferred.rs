//! The files in the traffic one by one: a list of them, and the content of one.

use super::objects::{Carries, MAX_DECOMPRESSED, carriers, safe_name};
use crate::{
    follow::Dialogue,
    lang::text,
    store::{Contents, Store},
    track::{ConversationId, Side},
    view::Viewer,
};
use dissectors::Dissector;
use flate2::write::ZlibDecoder;
use std::io::{self, Write};

/// Where a file is in the capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Among the files of a packet.
    Message(usize),
    /// It is all that one side sent; compressed with zlib if that is true.
    Stream(Side, bool),
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transferred {
    /// A name that is fit for a file system.
    pub name: String,
    /// Its media type, as its sender gave it.
    pub media: String,
    /// Its length, bytes; that of the compressed file if it is compressed as a whole.
    pub size: u64,
    /// Whether it is all of it.
    pub complete: bool,
    /// Whether it is a part of a resource.
    pub is_part: bool,
    /// Its conversation, and the name of that.
    pub id: ConversationId,
    /// The name of its conversation.
    pub conversation: String,
    /// The packet that completes it.
    pub packet: u32,
    place: Place,
}

/// Passes each file of the conversations that `is_selected` to `found`, as long as that returns true.
///
/// # Errors
///
/// Fails if the capture can no longer be read.
pub fn transferred(
    store: &Store,
    is_selected: impl Fn(&Contents, ConversationId) -> bool,
    mut found: impl FnMut(Transferred) -> bool,
) -> io::Result<()> {
    let mut viewer = Viewer::new(store.clone());
    viewer.show_secrets = true;
    let carrying = carriers(&store.read(), is_selected);
    for (id, conversation, carries) in carrying {
        let goes_on = match carries {
            Carries::One(name, compressed) => {
                let dialogue = Dialogue::read(&mut viewer, id)?;
                Side::BOTH.into_iter().all(|side| {
                    let pieces = &dialogue.streams[side].pieces;
                    let size = pieces.iter().map(|piece| piece.end() - piece.at).sum();
                    let Some(last) = pieces.last().filter(|_| size > 0) else {
                        return true;
                    };
                    found(Transferred {
                        name: safe_name(&name, ""),
                        media: String::new(),
                        size,
                        complete: true,
                        is_part: false,
                        id,
                        conversation: conversation.clone(),
                        packet: last.packet,
                        place: Place::Stream(side, compressed),
                    })
                })
            }
            Carries::Messages => of_messages(&mut viewer, id, &conversation, &mut found)?,
        };
        if !goes_on {
            break;
        }
    }
    Ok(())
}

/// Passes on the files among the messages of a conversation; returns whether more are wanted.
fn of_messages(
    viewer: &mut Viewer,
    id: ConversationId,
    conversation: &str,
    found: &mut impl FnMut(Transferred) -> bool,
) -> io::Result<bool> {
    let holds_files = |dissector: &Dissector| dissector.properties().holds_files;
    let messages = viewer.messages(id)?;
    if !messages.is_some_and(|messages| messages.dissectors().any(holds_files)) {
        return Ok(true);
    }
    let mut packets = viewer.pages(id).completing(0);
    while let Some(last) = packets.last().copied() {
        for packet in packets {
            for (number, object) in viewer.objects(packet)?.into_iter().enumerate() {
                let sent_as = object.name.as_deref().unwrap_or_default();
                let goes_on = found(Transferred {
                    name: safe_name(sent_as, &object.media),
                    size: object.bytes.len() as u64,
                    complete: object.complete,
                    is_part: object.part.is_some(),
                    media: object.media,
                    id,
                    conversation: conversation.to_owned(),
                    packet,
                    place: Place::Message(number),
                });
                if !goes_on {
                    return Ok(false);
                }
            }
        }
        packets = viewer.pages(id).completing(last);
    }
    Ok(true)
}

impl Transferred {
    /// Writes its content.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read, and with the errors of the output.
    pub fn write(&self, store: &Store, out: &mut impl Write) -> io::Result<()> {
        let mut viewer = Viewer::new(store.clone());
        viewer.show_secrets = true;
        match self.place {
            Place::Message(number) => {
                // The conversation must have been read as far as this packet.
                viewer.messages(self.id)?;
                let object = viewer.objects(self.packet)?.into_iter().nth(number);
                let gone = || io::Error::other(text!("cli-part-is-gone", packet = self.packet));
                out.write_all(&object.ok_or_else(gone)?.bytes)
            }
            Place::Stream(side, true) => {
                let out = Bounded {
                    out,
                    left: MAX_DECOMPRESSED,
                };
                let mut decoder = ZlibDecoder::new(out);
                self.stream(&mut viewer, side, &mut decoder)?;
                decoder.try_finish()
            }
            Place::Stream(side, false) => self.stream(&mut viewer, side, out),
        }
    }

    fn stream(&self, viewer: &mut Viewer, side: Side, out: &mut impl Write) -> io::Result<()> {
        let dialogue = Dialogue::read(viewer, self.id)?;
        let stream = &dialogue.streams[side];
        for piece in &stream.pieces {
            let mut bytes = Vec::new();
            let received = stream.received.start;
            viewer.read_masked(self.id, side, received, piece, &mut bytes)?;
            out.write_all(&bytes)?;
        }
        Ok(())
    }
}

/// Takes only so many bytes.
struct Bounded<'o, W> {
    out: &'o mut W,
    left: u64,
}

impl<W: Write> Write for Bounded<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.left = self
            .left
            .checked_sub(bytes.len() as u64)
            .ok_or(io::ErrorKind::FileTooLarge)?;
        self.out.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
