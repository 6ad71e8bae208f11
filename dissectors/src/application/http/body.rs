//! What a message carries: RFC 9112, sections 6 and 7.

use super::{
    header::Head,
    length::{Chunk, Chunks, Line, Start, never_has_body},
    text,
};
use crate::{Layer, Stop, Value};
use nom::bytes::take;

/// Reads the body, which reaches to the message's end.
pub fn read(http: &mut Layer, head: &Head) -> Result<(), Stop> {
    let framing = head.framing;
    let limit = framing.content_length.filter(|_| !framing.encoded);
    let length = match limit {
        Some(length) => http
            .rest()
            .len()
            .min(length.try_into().unwrap_or(usize::MAX)),
        None => match head.start {
            Some(Start::Request) if !framing.encoded => 0,
            Some(Start::Response) if never_has_body(head.line) => 0,
            _ => http.rest().len(),
        },
    };
    if length == 0 {
        return Ok(());
    }
    if let Some(media) = &head.media {
        let line = super::string(head.line);
        http.info(|| format!("{line} ({media})"));
    }
    if framing.chunked {
        return http.within(length, |http| chunked(http, head));
    }
    if head.encoded {
        return http
            .field_shown("", "Encoded body", take(length), |bytes: &[u8]| {
                bytes.into()
            })
            .map(drop);
    }
    http.field_shown("http.file_data", "Body", take(length), text)?;
    http.text(|| format!("{length} bytes"));
    Ok(())
}

fn chunked(http: &mut Layer, head: &Head) -> Result<(), Stop> {
    let body = http.rest();
    let mut data = Vec::new();
    http.group("", "Chunked body", |http| {
        Chunks::new(body).try_for_each(|found| {
            let taken = http.group("", "Chunk", |http| chunk(http, found))?;
            if http.shows() && !head.encoded {
                data.extend_from_slice(taken);
            }
            if found.size == 0 {
                trailer(http)?;
            }
            Ok(())
        })
    })?;
    if !data.is_empty() {
        let length = data.len();
        http.computed("http.file_data", "Body", || text(&data));
        http.text(|| format!("{length} bytes"));
    }
    Ok(())
}

/// RFC 9112, section 7.1. Gives back the data.
fn chunk<'a>(http: &mut Layer<'a, '_>, found: Chunk) -> Result<&'a [u8], Stop> {
    let Chunk {
        size,
        start,
        data,
        end,
    } = found;
    http.title(|| match size {
        0 => "the last one".to_owned(),
        1 => "1 byte".to_owned(),
        _ => format!("{size} bytes"),
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
        let line = Line::first_or_rest(rest.get(length..).unwrap_or_default());
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
