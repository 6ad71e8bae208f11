//! What is copied to the clipboard: a row at once, a conversation once a thread of its own has read it.

use super::{App, Effect};
use crate::{
    format::{printable, size},
    http::{self, HttpMessage, Start},
    ladder::Listing,
    lang::{Count, text},
    store::Contents,
    track::ConversationId,
    ui::{
        Action, clipboard,
        pane::Reply,
        panes::copy_menu::{CopyKind, CopyMenu, CopyOffer},
    },
    view::Viewer,
};
use std::thread::JoinHandle;

/// Rows of a ladder that are copied at most: about as many as the clipboard holds.
const MOST_ROWS: usize = 1_000;

/// Packets among which the request is searched for that is to be copied.
const MOST_EXAMINED: usize = 2_000;

/// What is made in the background to be copied; nothing if there is none.
pub(super) type Copying = JoinHandle<Result<String, String>>;

impl App {
    /// Offers what can be copied besides the text of the row.
    pub(super) fn copy_menu(&mut self, row: String) -> Reply {
        let offers = self.copy_offers(Some(row));
        Reply::Push(Box::new(CopyMenu::new(self.panes.scope(), offers)))
    }

    fn copy_offers(&mut self, row: Option<String>) -> Vec<CopyOffer> {
        let offer = |kind, text| CopyOffer { kind, text };
        let mut offers: Vec<CopyOffer> = row
            .into_iter()
            .map(|row| offer(CopyKind::Row, Some(row)))
            .collect();
        if let Some([value, field]) = self.panes.focused_mut().field_texts() {
            offers.push(offer(CopyKind::Value, Some(value)));
            offers.push(offer(CopyKind::Field, Some(field)));
        }
        if let Some(id) = self.chosen_conversation() {
            let store = self.shared.store.clone();
            let contents = store.read();
            offers.push(offer(CopyKind::Filter, filter_of(&contents, id)));
            offers.push(offer(CopyKind::Tcpdump, expression_of(&contents, id)));
            offers.push(offer(CopyKind::Markdown, None));
            offers.push(offer(CopyKind::Ladder, None));
            let conversation = contents.tracker.get(id);
            let application = conversation.and_then(|one| one.application());
            if application.is_some_and(|one| one.name == "http") {
                offers.push(offer(CopyKind::Curl, None));
            }
        }
        offers
    }

    /// Copies what has this name.
    ///
    /// # Errors
    ///
    /// Why that is not possible, for the user.
    pub(super) fn copy_by_name(&mut self, name: &str) -> Result<Effect, String> {
        let mut all = CopyKind::EVERY.into_iter();
        let kind = all.find(|kind| kind.name() == name);
        let kind = kind.ok_or_else(|| text!("copy-unknown", name))?;
        let row = match self.panes.focused_mut().act(Action::Copy, &self.shared) {
            Reply::Copy(row) => Some(row),
            _ => None,
        };
        let offers = self.copy_offers(row);
        let offer = offers.into_iter().find(|offer| offer.kind == kind);
        let offer = offer.ok_or_else(|| text!("copy-not-here", name))?;
        Ok(self.copy_as(offer))
    }

    /// Copies what was chosen.
    pub(super) fn copy_as(&mut self, offer: CopyOffer) -> Effect {
        let made = match (offer.text, self.chosen_conversation()) {
            (Some(text), _) => return self.copy_text(text),
            (None, None) => return Effect::None,
            (None, Some(id)) => self.make(offer.kind, id),
        };
        self.message = Some(match made {
            Ok(thread) => {
                self.copying = Some(thread);
                text!("copy-reading").to_owned()
            }
            Err(error) => error.to_string(),
        });
        Effect::None
    }

    fn make(&self, kind: CopyKind, id: ConversationId) -> std::io::Result<Copying> {
        let store = self.shared.store.clone();
        let settings = self.shared.settings;
        let packet = self.chosen_packet();
        std::thread::Builder::new()
            .name("copy".to_owned())
            .spawn(move || {
                let mut viewer = Viewer::new(store);
                viewer.absolute_seq = settings.absolute_seq;
                viewer.show_secrets = settings.show_secrets;
                if kind == CopyKind::Curl {
                    let request = request_of(&mut viewer, id, packet);
                    let request = request.map_err(|error| error.to_string())?;
                    let command = request.as_ref().and_then(http::curl);
                    return command.ok_or_else(|| text!("copy-no-request").to_owned());
                }
                let listing = Listing::read(&mut viewer, id, MOST_ROWS);
                let listing = listing.ok_or_else(|| text!("copy-no-conversation").to_owned())?;
                Ok(match kind {
                    CopyKind::Markdown => listing.markdown(),
                    _ => listing.plain(),
                })
            })
    }

    /// Copies a text, as far as the clipboard takes it.
    pub(super) fn copy_text(&mut self, text: String) -> Effect {
        let fits = clipboard::fitting(&text).len();
        self.message = Some(match fits < text.len() {
            true => text!(
                "message-copied-cut",
                here = size(fits as u64),
                all = size(text.len() as u64)
            ),
            false => {
                let mut lines = text.lines();
                let first = printable(lines.next().unwrap_or_default());
                match lines.count() {
                    0 => text!("message-copied", words = first),
                    more => text!(
                        "message-copied-lines",
                        count = Count(more as u64 + 1),
                        first
                    ),
                }
            }
        });
        Effect::Copy(text)
    }

    /// Returns a text that has been made to be copied.
    pub fn take_copied(&mut self) -> Option<String> {
        let thread = self.copying.take_if(|thread| thread.is_finished())?;
        let made = thread.join();
        let made = made.unwrap_or_else(|_| Err(text!("copy-no-conversation").to_owned()));
        match made {
            Ok(text) => match self.copy_text(text) {
                Effect::Copy(text) => Some(text),
                _ => None,
            },
            Err(why) => {
                self.message = Some(why);
                None
            }
        }
    }
}

/// Returns the display filter of a conversation, which means the same in every capture: by its ends.
fn filter_of(contents: &Contents, id: ConversationId) -> Option<String> {
    let conversation = contents.tracker.get(id)?;
    let protocol = conversation.protocol.name();
    let [client, server] = [conversation.client, conversation.server];
    let ip = if client.address.is_ipv4() {
        "ip"
    } else {
        "ipv6"
    };
    Some(format!(
        "{ip}.addr == {} && {ip}.addr == {} && {protocol}.port == {} && {protocol}.port == {}",
        client.address, server.address, client.port, server.port
    ))
}

/// Returns the expression of tcpdump and of `-f` for a conversation.
fn expression_of(contents: &Contents, id: ConversationId) -> Option<String> {
    let conversation = contents.tracker.get(id)?;
    let protocol = conversation.protocol.name();
    let [client, server] = [conversation.client, conversation.server];
    let parts = [
        protocol.to_owned(),
        format!("host {}", client.address),
        format!("host {}", server.address),
        format!("port {}", client.port),
        format!("port {}", server.port),
    ];
    Some(parts.join(" and "))
}

/// Returns the request at a packet, or that of the response there, or the next one; without any the first of the
/// conversation.
fn request_of(
    viewer: &mut Viewer,
    id: ConversationId,
    packet: Option<u32>,
) -> std::io::Result<Option<HttpMessage>> {
    let is_request = |message: &HttpMessage| matches!(message.start, Start::Request(..));
    viewer.messages(id)?;
    for from in packet.into_iter().chain([0]) {
        let mut packets = viewer.pages(id).completing(from.saturating_sub(1));
        packets.truncate(MOST_EXAMINED);
        for number in packets {
            let messages = http::messages(viewer, number)?;
            if let Some(other) = messages.iter().find_map(|message| message.other)
                && !messages.iter().any(is_request)
            {
                let requests = http::messages(viewer, other)?;
                if let Some(request) = requests.into_iter().find(is_request) {
                    return Ok(Some(request));
                }
            }
            if let Some(request) = messages.into_iter().find(is_request) {
                return Ok(Some(request));
            }
        }
    }
    Ok(None)
}
