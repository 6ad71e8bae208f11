//! The body of a message: RFC 9112, sections 6 and 7.

use super::{
    header::Head,
    length::{Chunk, Chunks, HeadLine, Start, never_has_body},
    name, secret, status,
};
use crate::{
    ByteRange, Layer, Next, ResourcePart, Severity, Stop, Value,
    application::{
        ascii::{bytes, size, string, text},
        coding::{self, End},
        passwords,
    },
    secrets::SentSecrets,
};
use nom::bytes::take;

/// Returns how many of the remaining bytes are body, and the body's length where the head gives it.
pub fn extent(http: &Layer, head: &Head) -> (usize, Option<u64>) {
    let there = http.rest().len();
    let framing = head.framing;
    let said = framing.content_length.filter(|_| !framing.encoded);
    if head.start == Some(Start::Response) && never_has_body(head.line) {
        return (0, None);
    }
    match said {
        Some(length) => (there.min(length.try_into().unwrap_or(usize::MAX)), said),
        None if head.start == Some(Start::Request) && !framing.encoded => (0, None),
        None => (there, None),
    }
}

/// Reads the body, which reaches to the message's end, and returns what reads its contents.
pub fn read(http: &mut Layer, head: &Head) -> Result<Next, Stop> {
    let (length, said) = extent(http, head);
    if let Some(said) = said.filter(|said| *said > length as u64)
        && !head.answers_head
        && !http.is_alone()
    {
        http.over("", "Body", http.ahead(length), || Value::None);
        http.text(|| format!("{length} of {} came", bytes(said)));
        http.note(Severity::Warning, || {
            "the message is shorter than its Content-Length".to_owned()
        });
    }
    if length == 0 {
        return Ok(Next::Nothing);
    }
    if !http.details() || http.is_quoted() {
        return plain(http, head, length);
    }
    let raw = http.rest().get(..length).unwrap_or_default();
    let start = http.offset();
    let dechunked = match head.framing.chunked {
        true => Some(http.within(length, chunked)?),
        false => None,
    };
    let coded = dechunked.as_deref().unwrap_or(raw);
    if coded.is_empty() {
        return Ok(Next::Nothing);
    }
    if head.codings.is_empty() {
        let there = dechunked.is_none_or(|data| http.enter_decoded("De-chunked body", data));
        return Ok(match there {
            true => content(http, head, true),
            false => Next::Nothing,
        });
    }
    let place = ByteRange {
        start,
        end: start + length as u32,
        ..http.ahead(0)
    };
    let decoded = http.decompress(coded.len(), |most| {
        coding::decode(&head.codings, coded, most)
    });
    let before = coded.len();
    http.over("", "Compressed body", place, || Value::None);
    let Some((decoded, end)) = decoded else {
        http.text(|| size(before as u64));
        http.note(Severity::Warning, || {
            "it could not be decompressed".to_owned()
        });
        if let Some(name) = name::of_file(head, http.undeclared()) {
            let media = head.media.as_ref().map_or("", |media| media.name.as_str());
            http.object_in_part(name, media, (false, None), || coded.to_vec());
        }
        if dechunked.is_none_or(|data| http.enter_decoded("De-chunked body", data)) {
            http.embed(Next::Data);
        }
        return Ok(Next::Nothing);
    };
    let after = decoded.len();
    http.text(|| {
        let [before, after] = [before, after].map(|bytes| size(bytes as u64));
        format!("{before} → {after}")
    });
    match end {
        End::Whole => {}
        End::Broken => http.note(Severity::Warning, || {
            format!("decompressing broke off after {}", bytes(after as u64))
        }),
        End::Capped => http.note(Severity::Warning, || {
            let times = after / before.max(1);
            format!(
                "only its beginning is decompressed: it grows to more than {times} times its length"
            )
        }),
    }
    Ok(match http.enter_decoded("Decompressed body", decoded) {
        true => content(http, head, end == End::Whole),
        false => Next::Nothing,
    })
}

/// Reads a body without decoding it, as of a quoted packet, which holds only a part of it.
fn plain(http: &mut Layer, head: &Head, length: usize) -> Result<Next, Stop> {
    if head.framing.chunked {
        http.within(length, chunked)?;
    } else {
        let name = match head.codings.is_empty() {
            true => "http.file_data",
            false => "",
        };
        http.field_shown(name, "Body", take(length), text)?;
        http.text(|| size(length as u64));
    }
    Ok(Next::Nothing)
}

/// Returns what reads the contents of the body, once it is decoded.
fn content(http: &mut Layer, head: &Head, complete: bool) -> Next {
    http.media = head.media.clone().map(Box::new);
    if let Some(format) = head.media.as_ref().and_then(secret::format) {
        passwords::mask(http, format);
    }
    mask_sent(http, &head.sent);
    let body = http.rest();
    let place = http.ahead(body.len());
    http.over("http.file_data", "Body", place, || text(body));
    http.text(|| size(body.len() as u64));
    if let Some(name) = name::of_file(head, http.undeclared()) {
        let media = head.media.as_ref().map_or("", |media| media.name.as_str());
        let part = part_of_resource(head).filter(|_| is_partial(head));
        http.object_in_part(name, media, (complete, part), || body.to_vec());
    }
    match &head.media {
        Some(_) => Next::Media,
        None => {
            http.embed(Next::Data);
            Next::Nothing
        }
    }
}

/// Masks the secrets that were sent before: the session does not search decoded bytes.
fn mask_sent(http: &mut Layer, sent: &SentSecrets) {
    if http.context.show_secrets {
        return;
    }
    let mut found = Vec::new();
    sent.find_anywhere(http.rest(), &mut found);
    let whole = http.ahead(usize::MAX);
    let places = found.into_iter();
    let places = places.map(|part| whole.part(part.start as u32, part.end as u32));
    http.mask(&places.collect::<Vec<_>>());
}

fn is_partial(head: &Head) -> bool {
    const PARTIAL_CONTENT: u16 = 206;
    status::of_line(head.line) == PARTIAL_CONTENT
}

/// Returns which part of a resource the body is: a range (RFC 9110, section 14.4), or the beginning of one that breaks
/// off. Ranges of a compressed representation cannot be decoded one by one.
pub fn part_of_resource(head: &Head) -> Option<ResourcePart> {
    if head.start != Some(Start::Response) || !head.codings.is_empty() || head.uri.is_empty() {
        return None;
    }
    const OK: u16 = 200;
    let (first, total) = match is_partial(head) {
        true => content_range(head.range)?,
        false if status::of_line(head.line) != OK || head.framing.chunked => return None,
        false => (0, Some(head.framing.content_length?)),
    };
    Some(ResourcePart {
        resource: (head.uri.clone(), string(head.validator)),
        total,
        first,
    })
}

/// Returns the offset of a range, and the length of the whole: `bytes 42-1233/1234`.
fn content_range(value: &[u8]) -> Option<(u64, Option<u64>)> {
    let text = std::str::from_utf8(value).ok()?.trim();
    let (unit, range) = text.split_once(' ')?;
    let (range, total) = range.trim().split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let (first, last, total) = (number(first)?, number(last)?, number(total));
    let is_valid = first <= last && total.is_none_or(|total| last < total);
    (is_valid && unit.eq_ignore_ascii_case("bytes")).then_some((first, total))
}

/// Returns the content of the beginning of a body, decoded as far as that is possible.
pub fn content_of_part(http: &Layer, head: &Head, part: &[u8]) -> Vec<u8> {
    let mut coded = part.to_vec();
    if head.framing.chunked {
        let of_chunk = |chunk: Chunk| {
            let behind = part.get(chunk.data..).unwrap_or_default();
            behind.get(..chunk.size).unwrap_or(behind)
        };
        coded = Chunks::new(part).flat_map(of_chunk).copied().collect();
    }
    if head.codings.is_empty() {
        return coded;
    }
    let decoded = http.decompress(coded.len(), |most| {
        coding::decode(&head.codings, &coded, most)
    });
    decoded.map_or(coded, |(decoded, _)| decoded)
}

/// As many chunks are shown one by one. A tree has at most [`MAX_FIELDS`](crate::MAX_FIELDS) rows, a chunk takes four, and
/// the body itself needs rows, too.
const MAX_SHOWN: usize = 4_000;

/// Reads the chunks and returns their data.
fn chunked(http: &mut Layer) -> Result<Vec<u8>, Stop> {
    let body = http.rest();
    let mut data = Vec::new();
    http.group("", "Chunked body", |http| {
        let (mut count, mut length) = (0, 0);
        for (number, found) in Chunks::new(body).enumerate() {
            let whole = found.end.filter(|_| number >= MAX_SHOWN && found.size > 0);
            let part = body.get(found.data..found.data.saturating_add(found.size));
            if let (Some(end), Some(part)) = (whole, part) {
                count += 1;
                length += end - found.start;
                data.extend_from_slice(part);
                continue;
            }
            more_chunks(
                http,
                std::mem::take(&mut count),
                std::mem::take(&mut length),
            )?;
            let taken = http.group("", "Chunk", |http| chunk(http, found))?;
            data.extend_from_slice(taken);
            if found.size == 0 {
                trailer(http)?;
            }
        }
        more_chunks(http, count, length)
    })?;
    Ok(data)
}

/// Shows how many chunks are not shown one by one, and their bytes.
fn more_chunks(http: &mut Layer, count: usize, length: usize) -> Result<(), Stop> {
    if count > 0 {
        let more = |_: &[u8]| (count as u64).into();
        http.field_shown("", "More chunks, not shown one by one", take(length), more)?;
    }
    Ok(())
}

/// RFC 9112, section 7.1. Returns the data.
fn chunk<'a>(http: &mut Layer<'a, '_>, found: Chunk) -> Result<&'a [u8], Stop> {
    let Chunk {
        size,
        start,
        data,
        end,
    } = found;
    http.title(|| match size {
        0 => "the last one".to_owned(),
        _ => bytes(size as u64),
    });
    let line = take(data - start);
    http.field_shown("http.chunk_size", "Size", line, |_: &[u8]| {
        (size as u64).into()
    })?;
    if size == 0 {
        return Ok(&[]);
    }
    let data = http.field("http.chunk_data", "Data", take(size))?;
    if let Some(end) = end {
        let boundary = end - found.data - size;
        http.field("http.chunk_boundary", "Boundary", take(boundary))?;
    }
    Ok(data)
}

/// RFC 9112, section 7.1.2.
fn trailer(http: &mut Layer) -> Result<(), Stop> {
    let rest = http.rest();
    let mut length = 0;
    let end = loop {
        let line = HeadLine::first_or_rest(rest.get(length..).unwrap_or_default());
        if line.text.is_empty() {
            break line.whole;
        }
        length += line.whole;
    };
    if length > 0 {
        let name = "http.chunked_trailer_part";
        http.field_shown(name, "Trailer", take(length), text)?;
    }
    if end > 0 {
        http.field_shown("", "End of the chunks", take(end), |_| Value::None)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (value, range) in [
            (&b"bytes 42-1233/1234"[..], Some((42, Some(1234)))),
            (b"Bytes 0-0/*", Some((0, None))),
            (b"bytes 5-4/10", None),
            (b"bytes 5-10/10", None),
            (b"bytes */10", None),
            (b"lines 1-2/3", None),
            (b"", None),
        ] {
            assert_eq!(content_range(value), range);
        }
    }
}
