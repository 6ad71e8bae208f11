//! The mail that DATA (RFC 5321, section 4.1.1.4) and BDAT (RFC 3030) carry.

use crate::{
    Layer, Media, Next, Outcome, Stop, Value,
    application::{ascii::bytes, imf},
};

/// Reads a segment's part of a mail, the last `beyond` bytes of which only end it.
pub fn read(smtp: &mut Layer, completed_in: Option<u64>, beyond: usize, dots: bool) -> Outcome {
    let length = smtp.reported();
    let whole = smtp.gathered().is_some();
    smtp.title(|| format!("C: DATA fragment, {}", bytes(length as u64)));
    smtp.info(|| format!("C: DATA fragment, {}", bytes(length as u64)));
    if whole {
        return self::whole(smtp, beyond, dots);
    }
    lines(smtp)?;
    complete_in(smtp, completed_in);
    Ok(Next::Nothing)
}

fn complete_in(smtp: &mut Layer, packet: Option<u64>) {
    if let Some(packet) = packet {
        let name = "smtp.data.reassembled.in";
        smtp.computed(name, "The mail is complete in packet", || packet);
    }
}

/// Shows a part of a mail line by line.
pub fn lines(layer: &mut Layer) -> Result<(), Stop> {
    let length = layer.rest().len();
    layer.within(length, |layer| {
        layer.media = Some(Box::new(Media {
            name: "text/plain".to_owned(),
            ..Media::default()
        }));
        layer.embed(Next::Media);
        Ok(())
    })
}

/// Reads the mail that this message completes.
pub fn whole(smtp: &mut Layer, beyond: usize, dots: bool) -> Outcome {
    let Some(gathered) = smtp.gathered() else {
        return Ok(Next::Nothing);
    };
    let segment = smtp.rest();
    smtp.column("SMTP/IMF");
    if beyond > 0 {
        let sign = segment.get(segment.len().saturating_sub(beyond)..);
        let place = smtp.place(sign.unwrap_or_default());
        smtp.over("smtp.eom", "End of the mail", place, || Value::Static(""));
    }
    let counted = gathered
        .bytes
        .len()
        .saturating_sub(end_length(segment, beyond));
    if counted > 0 {
        fragments(smtp, &FIELDS, gathered.parts, counted);
    }
    if !dots {
        complete_in(smtp, Some(smtp.context.number));
    }
    // RFC 5321, section 4.1.1.4: the line end before the dot belongs to the mail, whatever the reference counts.
    open(smtp, 0, gathered.bytes.len().saturating_sub(beyond), dots)
}

/// Reads the part of the gathered bytes between two offsets as a mail.
pub fn open(layer: &mut Layer, from: usize, to: usize, dots: bool) -> Outcome {
    layer.skip(layer.rest().len());
    if to <= from || !layer.enter_gathered("Reassembled mail") {
        return Ok(Next::Nothing);
    }
    layer.shorten(to);
    layer.skip(from);
    if dots && !unstuff(layer) {
        return Ok(Next::Nothing);
    }
    Ok(imf::NEXT)
}

/// Returns how many bytes of its last segment the reference counts as the end of a mail, including an empty line before
/// the dot.
fn end_length(segment: &[u8], beyond: usize) -> usize {
    const EMPTY: &[u8] = b"\r\n.\r\n";
    match segment.strip_suffix(EMPTY) {
        Some(before) if beyond > 0 && (before.is_empty() || before.ends_with(b"\r\n")) => {
            EMPTY.len()
        }
        _ => beyond,
    }
}

/// RFC 5321, section 4.5.2: removes the dot that was added to a line which begins with one.
fn unstuff(layer: &mut Layer) -> bool {
    let stuffed = layer.rest();
    let mut clear = Vec::with_capacity(stuffed.len());
    for line in stuffed.split_inclusive(|&byte| byte == b'\n') {
        clear.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
    }
    clear.len() == stuffed.len() || layer.enter_decoded("Mail without added dots", clear)
}

/// The fields of a message of several segments.
pub struct Fields {
    /// The heading.
    pub whole: &'static str,
    /// One part.
    pub part: &'static str,
    /// The number of parts.
    pub count: &'static str,
    /// The length.
    pub length: &'static str,
}

const FIELDS: Fields = Fields {
    whole: "smtp.data.fragments",
    part: "smtp.data.fragment",
    count: "smtp.data.fragment.count",
    length: "smtp.data.reassembled.length",
};

/// Shows the parts that the first `length` bytes of the gathered whole came from.
pub fn fragments(layer: &mut Layer, fields: &Fields, parts: &[crate::Part], length: usize) {
    let parts = parts.iter().filter(|part| (part.start as usize) < length);
    let count = parts.clone().count();
    layer.computed(fields.whole, "Segments of the mail", || "");
    layer.text(|| format!("{count}, {}", bytes(length as u64)));
    layer.below(|layer| {
        for part in parts {
            let size = (part.length as usize).min(length - part.start as usize);
            layer.computed(fields.part, "Packet", || part.packet);
            layer.text(|| format!("{} ({})", part.packet, bytes(size as u64)));
        }
        layer.computed(fields.count, "How many", || count as u64);
        layer.computed(fields.length, "Length", || length as u64);
    });
}
