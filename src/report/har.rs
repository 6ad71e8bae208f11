//! `wiretalk har`: the requests and responses of HTTP/1 as an HTTP archive, version 1.2
//! (<http://www.softwareishard.com/blog/har-12-spec/>), which browsers' tools open.

use super::json::{List, Object, string};
use crate::{
    http::{HttpMessage, Start, cut_off, messages},
    lang::text,
    save::{Destination, SaveError, put},
    store::{Contents, Store},
    track::{ConversationId, Side},
    view::Viewer,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, SecondsFormat, Utc};
use dissectors::Dissector;
use std::{
    collections::VecDeque,
    io::{self, BufWriter, Write},
};

/// Requests of one conversation that wait for their response, at most; the first is then written without.
const MAX_WAITING: usize = 256;

/// How an archive is written.
#[derive(Clone, Copy, Debug, Default)]
pub struct HarOptions {
    /// Passwords and other secrets are shown.
    pub show_secrets: bool,
}

/// A request whose response is waited for, and how long connecting took before it.
struct Waiting {
    request: HttpMessage,
    connect_ns: Option<i64>,
}

/// The archive.
struct Archive<'o, W> {
    out: &'o mut W,
    entries: u64,
    viewer: Viewer,
    /// The conversation that is written, its server, and that as a URL has it.
    id: String,
    server: String,
    authority: String,
}

/// Writes the requests and responses of the conversations that `is_selected` as an archive. Returns how many requests it
/// has.
///
/// # Errors
///
/// Fails if the capture can no longer be read, and with the errors of the output.
pub fn har(
    store: &Store,
    is_selected: impl Fn(&Contents, ConversationId) -> bool,
    options: HarOptions,
    out: &mut impl Write,
) -> io::Result<u64> {
    let mut viewer = Viewer::new(store.clone());
    viewer.show_secrets = options.show_secrets;
    let ids: Vec<ConversationId> = {
        let contents = store.read();
        let all = contents.tracker.conversations();
        let all = all.filter(|(_, one)| one.has_session() && one.application().is_some());
        let all = all.map(|(id, _)| id);
        all.filter(|id| is_selected(&contents, *id)).collect()
    };
    let mut head = String::from("{\"log\": {\"version\": \"1.2\", \"creator\": ");
    let mut creator = Object::open(&mut head);
    creator
        .text("name", "wiretalk")
        .text("version", env!("CARGO_PKG_VERSION"))
        .close();
    head.push_str(", \"pages\": [], \"entries\": [");
    out.write_all(head.as_bytes())?;
    let mut archive = Archive {
        out,
        entries: 0,
        viewer,
        id: String::new(),
        server: String::new(),
        authority: String::new(),
    };
    for id in ids {
        archive.conversation(id)?;
    }
    let Archive { out, entries, .. } = archive;
    out.write_all(b"\n]}}\n")?;
    Ok(entries)
}

/// Writes the archive to a file. Returns how many requests it has, and the length of the file.
///
/// # Errors
///
/// Fails with the reason why nothing was saved.
pub fn har_to_file(
    store: &Store,
    is_selected: impl Fn(&Contents, ConversationId) -> bool,
    options: HarOptions,
    place: &Destination,
) -> Result<(u64, u64), SaveError> {
    put(place, |file, path| {
        let mut out = BufWriter::new(file);
        har(store, is_selected, options, &mut out)
            .and_then(|count| out.flush().map(|()| count))
            .map_err(|error| SaveError::of(path, error))
    })
}

impl<W: Write> Archive<'_, W> {
    fn conversation(&mut self, id: ConversationId) -> io::Result<()> {
        let is_http = |dissector: &Dissector| dissector.name == "http";
        let messages_of = self.viewer.messages(id)?;
        if !messages_of.is_some_and(|messages| messages.dissectors().any(is_http)) {
            return Ok(());
        }
        let store = self.viewer.store().clone();
        let mut connect_ns = {
            let contents = store.read();
            let Some(conversation) = contents.tracker.get(id) else {
                return Ok(());
            };
            self.id = conversation.id();
            self.server = conversation.server.address.to_string();
            self.authority = match conversation.server.port {
                80 if !self.server.contains(':') => self.server.clone(),
                _ => conversation.server.to_string(),
            };
            let handshake = conversation.tcp().handshake;
            let is_whole = handshake.syn.is_some() && handshake.ack.is_some();
            is_whole.then(|| handshake.ack_ns.saturating_sub(handshake.syn_ns))
        };
        let mut waiting: VecDeque<Waiting> = VecDeque::new();
        // The latest response that came before the end of its request.
        let mut early: Option<HttpMessage> = None;
        let mut packets = self.viewer.pages(id).completing(0);
        while let Some(last) = packets.last().copied() {
            for packet in packets {
                let mut said = messages(&mut self.viewer, packet)?;
                if said.is_empty() {
                    said = self.cut_off_in(id, packet)?;
                }
                for message in said {
                    match message.start {
                        Start::Request(..) => {
                            let one = Waiting {
                                request: message,
                                connect_ns: connect_ns.take(),
                            };
                            if waiting.is_empty()
                                && let Some(response) = answer_of(&one.request, &mut early)
                            {
                                self.entry(&one, Some(&response))?;
                                continue;
                            }
                            waiting.push_back(one);
                            if waiting.len() > MAX_WAITING {
                                self.unanswered(waiting.pop_front())?;
                            }
                        }
                        // An interim response (RFC 9110, section 15.2); 101 is the last one.
                        Start::Response(100 | 102..=199, _) => {}
                        Start::Response(..) if waiting.is_empty() => early = Some(message),
                        Start::Response(..) => self.answered(&mut waiting, &message)?,
                    }
                }
            }
            packets = self.viewer.pages(id).completing(last);
        }
        // The capture may end within a request and within a response.
        if let Some(request) = self.unfinished(id, Side::Client)? {
            let one = Waiting {
                request,
                connect_ns: connect_ns.take(),
            };
            match answer_of(&one.request, &mut early) {
                Some(response) => self.entry(&one, Some(&response))?,
                None => waiting.push_back(one),
            }
        }
        if !waiting.is_empty()
            && let Some(message) = self.unfinished(id, Side::Server)?
        {
            self.answered(&mut waiting, &message)?;
        }
        while !waiting.is_empty() {
            self.unanswered(waiting.pop_front())?;
        }
        Ok(())
    }

    /// Returns the messages that end in a packet because the connection did, the request before the response.
    fn cut_off_in(&mut self, id: ConversationId, packet: u32) -> io::Result<Vec<HttpMessage>> {
        let completed = self.viewer.pages(id).completed_in(packet);
        let mut found = Vec::new();
        for side in [Side::Client, Side::Server] {
            let mut broken = completed.iter().filter(|one| !one.complete);
            if let Some(record) = broken.find(|one| one.side == side) {
                found.extend(cut_off(&mut self.viewer, id, record)?);
            }
        }
        Ok(found)
    }

    /// Returns the message that a side has begun when the capture ends.
    fn unfinished(&mut self, id: ConversationId, side: Side) -> io::Result<Option<HttpMessage>> {
        let messages = self.viewer.messages(id)?;
        match messages.and_then(|messages| messages.unfinished(side)) {
            Some(record) => cut_off(&mut self.viewer, id, &record),
            None => Ok(None),
        }
    }

    /// Writes a response with its request; earlier requests were not answered in the capture. A response without a
    /// request is left out: the archive has no place for it.
    fn answered(
        &mut self,
        waiting: &mut VecDeque<Waiting>,
        response: &HttpMessage,
    ) -> io::Result<()> {
        if let Some(number) = response.other {
            while waiting
                .front()
                .is_some_and(|one| one.request.packets[1] < number)
            {
                self.unanswered(waiting.pop_front())?;
            }
            if waiting
                .front()
                .is_some_and(|one| one.request.packets[1] > number)
            {
                return Ok(());
            }
        }
        match waiting.pop_front() {
            Some(one) => self.entry(&one, Some(response)),
            None => Ok(()),
        }
    }

    fn unanswered(&mut self, waiting: Option<Waiting>) -> io::Result<()> {
        match waiting {
            Some(one) => self.entry(&one, None),
            None => Ok(()),
        }
    }

    fn entry(&mut self, waiting: &Waiting, response: Option<&HttpMessage>) -> io::Result<()> {
        let Waiting {
            request,
            connect_ns,
        } = waiting;
        let times = |message: &HttpMessage| {
            let contents = self.viewer.store().read();
            message
                .packets
                .map(|number| contents.packets.get(number)?.time_ns())
        };
        let [asked, was_asked] = times(request);
        let answered = response.map(times);
        // A packet may have no time.
        let passed = |from: Option<i64>, to: Option<i64>| Some(to? - from?);
        let began = asked.map(|asked| asked - connect_ns.unwrap_or(0));
        let spans = [
            ("blocked", None),
            ("dns", None),
            ("connect", *connect_ns),
            ("ssl", None),
            ("send", Some(passed(asked, was_asked).unwrap_or(0))),
            // A server may answer before it has read everything.
            (
                "wait",
                Some(answered.map_or(0, |[first, _]| passed(was_asked, first).unwrap_or(0).max(0))),
            ),
            (
                "receive",
                Some(answered.map_or(0, |[first, last]| passed(first, last).unwrap_or(0))),
            ),
        ];
        let whole: i64 = spans.iter().filter_map(|(_, span)| *span).sum();
        let mut text = String::from(if self.entries == 0 { "\n" } else { ",\n" });
        let mut entry = Object::open(&mut text);
        let date = DateTime::<Utc>::from_timestamp_nanos(began.unwrap_or(0));
        // The format requires a date.
        let mut comment = format!("packet {}", request.packets[1]);
        if began.is_none() {
            comment = text!(
                "verdict-clauses",
                first = comment,
                second = text!("har-no-time")
            );
        }
        entry
            .text(
                "startedDateTime",
                &date.to_rfc3339_opts(SecondsFormat::Millis, true),
            )
            .plain("time", milliseconds(whole))
            .with("request", |text| {
                write_request(text, request, &self.authority)
            })
            .with("response", |text| write_response(text, response))
            .plain("cache", "{}")
            .with("timings", |text| {
                let mut timings = Object::open(text);
                for (name, span) in spans {
                    match span {
                        Some(span) => timings.plain(name, milliseconds(span)),
                        None => timings.plain(name, -1),
                    };
                }
                timings.close();
            })
            .text("serverIPAddress", &self.server)
            .text("connection", &self.id)
            .text("comment", &comment)
            .close();
        self.entries += 1;
        self.out.write_all(text.as_bytes())
    }
}

/// Takes the response that came after a request began, and before it ended.
fn answer_of(request: &HttpMessage, early: &mut Option<HttpMessage>) -> Option<HttpMessage> {
    early.take_if(|response| response.packets[0] >= request.packets[0])
}

fn milliseconds(ns: i64) -> f64 {
    ns as f64 / 1e6
}

/// Writes a list of objects with a name and a value.
fn pairs<'a>(text: &mut String, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) {
    let mut list = List::open(text);
    for (name, value) in pairs {
        let mut pair = Object::open(list.element());
        pair.text("name", name).text("value", value).close();
    }
    list.close();
}

fn headers(text: &mut String, message: &HttpMessage) {
    let all = message.headers.iter();
    pairs(text, all.map(|(name, value)| (&**name, &**value)));
}

/// Returns the values of all headers of this name.
fn all<'m>(message: &'m HttpMessage, name: &str) -> impl Iterator<Item = &'m str> {
    let is_it = move |(other, _): &&(String, String)| other.eq_ignore_ascii_case(name);
    message
        .headers
        .iter()
        .filter(is_it)
        .map(|(_, value)| &**value)
}

/// Splits `name=value`.
fn pair(text: &str) -> (&str, &str) {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    (name.trim(), value.trim())
}

/// Returns the length of a body on the wire, if a header tells it; -1 if not.
fn body_size(message: &HttpMessage) -> i64 {
    match message
        .header("content-length")
        .and_then(|text| text.parse().ok())
    {
        Some(length) => length,
        None if message.header("transfer-encoding").is_some() || !message.body.is_empty() => -1,
        None => 0,
    }
}

fn write_request(text: &mut String, request: &HttpMessage, authority: &str) {
    let Start::Request(method, uri) = &request.start else {
        return;
    };
    // A request without a host, as of HTTP/1.0, is for the server.
    let uri = &match uri.starts_with('/') {
        true => format!("http://{authority}{uri}"),
        false => uri.clone(),
    };
    let query = uri.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    let parameters = query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = pair(part);
            (decoded(name), decoded(value))
        });
    let parameters: Vec<_> = parameters.collect();
    let mut object = Object::open(text);
    object
        .text("method", method)
        .text("url", uri)
        .text("httpVersion", &request.version)
        .with("cookies", |text| {
            let cookies = all(request, "cookie").flat_map(|line| line.split(';'));
            pairs(text, cookies.filter(|one| !one.trim().is_empty()).map(pair));
        })
        .with("headers", |text| headers(text, request))
        .with("queryString", |text| {
            pairs(
                text,
                parameters.iter().map(|(name, value)| (&**name, &**value)),
            );
        })
        .plain("headersSize", request.head_length)
        .plain("bodySize", body_size(request));
    if !request.body.is_empty() {
        object.with("postData", |text| write_post(text, request));
    }
    if request.is_cut_off {
        object.text("comment", text!("har-request-cut-off"));
    }
    object.close();
}

fn write_post(text: &mut String, request: &HttpMessage) {
    let media = request.header("content-type").unwrap_or_default();
    let mut object = Object::open(text);
    object.text("mimeType", media).plain("params", "[]");
    match request.text() {
        Some(words) => object.text("text", &words),
        // The archive has no encoding here, as it has for responses.
        None => object
            .text("text", &STANDARD.encode(&request.body))
            .text("comment", "base64"),
    };
    object.close();
}

fn write_response(text: &mut String, response: Option<&HttpMessage>) {
    let Some(response) = response else {
        let content = "{\"size\": 0, \"mimeType\": \"\"}";
        let mut object = Object::open(text);
        object
            .plain("status", 0)
            .text("statusText", "")
            .text("httpVersion", "")
            .plain("cookies", "[]")
            .plain("headers", "[]")
            .plain("content", content)
            .text("redirectURL", "")
            .plain("headersSize", -1)
            .plain("bodySize", -1)
            .text("comment", text!("har-no-response"))
            .close();
        return;
    };
    let Start::Response(code, phrase) = &response.start else {
        return;
    };
    let mut object = Object::open(text);
    object
        .plain("status", code)
        .text("statusText", phrase)
        .text("httpVersion", &response.version)
        .with("cookies", |text| write_cookies(text, response))
        .with("headers", |text| headers(text, response))
        .with("content", |text| write_content(text, response))
        .text(
            "redirectURL",
            response.header("location").unwrap_or_default(),
        )
        .plain("headersSize", response.head_length)
        .plain("bodySize", body_size(response));
    if response.is_cut_off {
        object.text("comment", text!("har-cut-off"));
    }
    object.close();
}

/// Writes the cookies that a response sets: RFC 6265, section 4.1.
fn write_cookies(text: &mut String, response: &HttpMessage) {
    let mut list = List::open(text);
    for line in all(response, "set-cookie") {
        let mut parts = line.split(';');
        let (name, value) = pair(parts.next().unwrap_or_default());
        let mut cookie = Object::open(list.element());
        cookie.text("name", name).text("value", value);
        let (mut is_secure, mut is_http_only) = (false, false);
        for part in parts {
            let (attribute, value) = pair(part);
            match &*attribute.to_ascii_lowercase() {
                "path" => _ = cookie.text("path", value),
                "domain" => _ = cookie.text("domain", value),
                "expires" => {
                    if let Ok(date) = DateTime::parse_from_rfc2822(value) {
                        cookie.text("expires", &date.to_rfc3339());
                    }
                }
                "secure" => is_secure = true,
                "httponly" => is_http_only = true,
                _ => {}
            }
        }
        cookie
            .plain("httpOnly", is_http_only)
            .plain("secure", is_secure)
            .close();
    }
    list.close();
}

fn write_content(text: &mut String, response: &HttpMessage) {
    let media = response.header("content-type").unwrap_or("x-unknown");
    let mut object = Object::open(text);
    object
        .plain("size", response.body.len())
        .text("mimeType", media);
    if !response.body.is_empty() {
        match response.text() {
            Some(words) => object.with("text", |text| string(text, &words)),
            None => object
                .text("text", &STANDARD.encode(&response.body))
                .text("encoding", "base64"),
        };
    }
    if !response.has_whole_body {
        object.text("comment", "incomplete");
    }
    object.close();
}

/// Decodes a part of a query: RFC 3986, section 2.1, and `+` for a blank.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, behind @ ..] = rest {
        rest = behind;
        let hex = behind
            .get(..2)
            .and_then(|two| std::str::from_utf8(two).ok());
        let code = hex.filter(|two| two.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match (byte, code.and_then(|two| u8::from_str_radix(two, 16).ok())) {
            (b'%', Some(code)) => {
                bytes.push(code);
                rest = behind.get(2..).unwrap_or_default();
            }
            (b'+', _) => bytes.push(b' '),
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        index::Index, retention::Keep, track::DecodeAs, ui::panes::packets::tests::sample,
    };
    use serde_json::Value;
    use std::sync::atomic::AtomicBool;

    fn archive(name: &str) -> Value {
        let mut out = Vec::new();
        let store = sample(name).store;
        let options = HarOptions::default();
        let count = har(&store, |_, _| true, options, &mut out).unwrap();
        let archive: Value = serde_json::from_slice(&out).unwrap();
        let entries = archive["log"]["entries"].as_array().unwrap();
        assert_eq!(entries.len() as u64, count);
        archive
    }

    #[test]
    fn an_archive_has_requests_with_their_responses() {
        let archive = archive("web-uploads.pcap");
        assert_eq!(archive["log"]["version"], "1.2");
        let entries = archive["log"]["entries"].as_array().unwrap();
        let post = |status: u16| {
            let mut posts = entries
                .iter()
                .filter(|one| one["request"]["method"] == "POST");
            posts.rfind(|one| one["response"]["status"] == status)
        };
        // A server that is asked first (RFC 9110, section 10.1.1) may want no body.
        let refused = post(405).unwrap();
        assert!(refused["request"]["comment"].is_string(), "{refused}");
        let post = post(201).unwrap();
        assert!(
            post["request"]["postData"]["text"].as_str().is_some(),
            "{post}"
        );
        assert_eq!(post["timings"]["ssl"], -1);
        assert!(post["timings"]["wait"].as_f64().unwrap() > 0.0, "{post}");
        // Only the first one of a connection waits for it.
        let connects = entries.iter().filter(|one| one["timings"]["connect"] != -1);
        assert!(connects.count() <= entries.len());
        assert!(entries[0]["timings"]["connect"].as_f64().unwrap() > 0.0);
    }

    const FIN: u8 = 1;
    const ACK: u8 = 16;

    /// Returns a capture of segments of one connection: their sender, flags and payload.
    fn capture_of(sent: &[(Side, u8, &[u8])]) -> Store {
        let mut file = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0];
        file.extend([0; 8]);
        // LINKTYPE_IPV4: a packet begins with its IP header.
        let words = |words: &[u32]| {
            words
                .iter()
                .flat_map(|it| it.to_le_bytes())
                .collect::<Vec<_>>()
        };
        file.extend(words(&[65_535, 228]));
        let mut seq = [1_u32, 1];
        for (at, (side, flags, data)) in sent.iter().enumerate() {
            let (own, hosts, ports) = match side {
                Side::Client => (0, [1, 2], [40_000_u16, 80]),
                Side::Server => (1, [2, 1], [80, 40_000]),
            };
            let length = 40 + data.len() as u16;
            let [high, low] = length.to_be_bytes();
            let mut bytes = vec![0x45, 0, high, low, 0, 0, 0, 0, 64, 6, 0, 0];
            bytes.extend(hosts.iter().flat_map(|host| [10, 0, 0, *host]));
            bytes.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
            bytes.extend(
                [seq[own], seq[1 - own]]
                    .iter()
                    .flat_map(|it| it.to_be_bytes()),
            );
            bytes.extend([0x50, *flags, 0xff, 0xff, 0, 0, 0, 0]);
            bytes.extend(*data);
            seq[own] += data.len() as u32;
            file.extend(words(&[at as u32, 0, length.into(), length.into()]));
            file.extend(bytes);
        }
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(path.path(), &file).unwrap();
        let reader = crate::capture::Reader::open(path.path()).unwrap();
        let (mut index, _) = Index::of_file(reader, &DecodeAs::default(), Keep::ALL);
        index.read_to_end(&AtomicBool::new(false));
        index.store().clone()
    }

    /// A response that the server's FIN cuts off, and one that the end of the capture does.
    #[test]
    fn a_response_that_was_cut_off_has_what_was_received() {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\n";
        for ends in [true, false] {
            let mut sent = vec![
                (
                    Side::Client,
                    ACK,
                    &b"GET /cut HTTP/1.1\r\nHost: a\r\n\r\n"[..],
                ),
                (Side::Server, ACK, head.as_bytes()),
                (Side::Server, ACK, b"first half"),
            ];
            if ends {
                sent.push((Side::Server, ACK | FIN, b""));
            }
            let store = capture_of(&sent);
            let mut out = Vec::new();
            har(&store, |_, _| true, HarOptions::default(), &mut out).unwrap();
            let archive: Value = serde_json::from_slice(&out).unwrap();
            let response = &archive["log"]["entries"][0]["response"];
            assert_eq!(response["status"], 200, "{ends} {archive}");
            assert_eq!(response["headers"].as_array().unwrap().len(), 2);
            assert_eq!(response["content"]["text"], "first half");
            assert_eq!(response["comment"], "the response was cut off");
        }
    }

    /// Requests whose body never ended: one that was answered before, one that was answered after the client closed, and
    /// one that was not answered.
    #[test]
    fn a_request_that_was_cut_off_is_there() {
        let head = "POST /up HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\n";
        let refusal = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n";
        let begun = [
            (Side::Client, ACK, head.as_bytes()),
            (Side::Client, ACK, b"first half"),
        ];
        let answer = (Side::Server, ACK, refusal.as_bytes());
        let end = (Side::Client, ACK | FIN, &b""[..]);
        for (rest, status) in [
            (vec![answer], 413),
            (vec![answer, end], 413),
            (vec![end, answer], 413),
            (vec![end], 0),
            (vec![], 0),
        ] {
            let sent = [&begun[..], &rest].concat();
            let store = capture_of(&sent);
            let mut out = Vec::new();
            let count = har(&store, |_, _| true, HarOptions::default(), &mut out).unwrap();
            let archive: Value = serde_json::from_slice(&out).unwrap();
            let entry = &archive["log"]["entries"][0];
            assert_eq!(count, 1, "{rest:?} {archive}");
            assert_eq!(entry["request"]["url"], "http://a/up");
            assert_eq!(entry["request"]["postData"]["text"], "first half");
            assert_eq!(
                entry["request"]["comment"],
                "only the beginning of the request was captured"
            );
            assert_eq!(entry["response"]["status"], status, "{rest:?} {archive}");
        }
    }

    #[test]
    fn a_capture_without_http_makes_an_empty_archive() {
        let archive = archive("dns.pcap");
        assert_eq!(archive["log"]["entries"].as_array().unwrap().len(), 0);
    }

    #[test]
    fn queries_are_decoded() {
        assert_eq!(decoded("a+b%20%ed%9a%8c%zz%4"), "a b 회%zz%4");
        assert_eq!(pair("a=b=c"), ("a", "b=c"));
        assert_eq!(pair("a"), ("a", ""));
    }
}
