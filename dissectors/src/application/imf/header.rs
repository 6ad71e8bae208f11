//! The fields of a mail's head: RFC 5322, section 2.2 and, for those of other protocols, RFC 2156 and RFC 4021.

/// One field.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    /// Everything, with the line ending.
    pub whole: &'a [u8],
    /// The field without the line ending.
    pub text: &'a [u8],
    /// The text before the colon.
    pub name: &'a [u8],
    /// The text after the colon and the spaces that follow it, without the line ending.
    pub value: &'a [u8],
    /// The offset of the value.
    pub before: usize,
    /// An empty line follows, or no more bytes.
    pub last: bool,
}

impl<'a> Header<'a> {
    /// Returns the field that these bytes begin with, if it is complete.
    pub fn first(bytes: &'a [u8]) -> Option<Self> {
        let colon = bytes.iter().position(|&byte| byte == b':')?;
        let (length, last) = field_end(bytes, colon + 1)?;
        let whole = bytes.get(..length)?;
        let text = whole.strip_suffix(b"\n").unwrap_or(whole);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let (name, behind) = text.split_at_checked(colon)?;
        let behind = behind.get(1..).unwrap_or_default();
        let value = behind.trim_ascii_start();
        Some(Header {
            whole,
            text,
            name,
            value,
            before: text.len() - value.len(),
            last,
        })
    }

    /// Returns the last `length` bytes, from the value to the end of the line.
    pub fn behind(&self, length: usize) -> &'a [u8] {
        let from = self.whole.len().saturating_sub(length);
        self.whole.get(from..).unwrap_or_default()
    }

    /// Returns the known properties of fields with this name.
    pub fn known(&self) -> Option<&'static Known> {
        KNOWN
            .iter()
            .find(|known| self.name.eq_ignore_ascii_case(known.label.as_bytes()))
    }
}

/// Returns the end of a field, at a line that is not continued, and whether it is the last one.
fn field_end(bytes: &[u8], from: usize) -> Option<(usize, bool)> {
    let mut at = from;
    loop {
        let rest = bytes.get(at..)?;
        at += rest.iter().position(|&byte| byte == b'\n')? + 1;
        let next = bytes.get(at..).unwrap_or_default();
        match next {
            [b' ' | b'\t', ..] => {}
            [] | [b'\r', b'\n', ..] | [b'\n', ..] => return Some((at, true)),
            _ => return Some((at, false)),
        }
    }
}

/// Returns the length of an empty line's end.
pub fn line_end(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] => 2,
        [b'\n', ..] => 1,
        _ => 0,
    }
}

/// The structure of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Text, or content that is not parsed.
    Text,
    /// One address.
    Mailbox,
    /// Addresses.
    Mailboxes,
    /// Addresses and groups of them.
    Addresses,
    /// A media type.
    ContentType,
    /// Parameters without a main value.
    Label,
}

/// A field that has its own name.
#[derive(Debug)]
pub struct Known {
    /// Its name in filters.
    pub field: &'static str,
    /// Its name in the mail.
    pub label: &'static str,
    /// Its structure.
    pub shape: Shape,
}

const fn text(field: &'static str, label: &'static str) -> Known {
    shaped(field, label, Shape::Text)
}

const fn shaped(field: &'static str, label: &'static str, shape: Shape) -> Known {
    Known {
        field,
        label,
        shape,
    }
}

const KNOWN: &[Known] = &[
    text("imf.date", "Date"),
    shaped("imf.from", "From", Shape::Mailboxes),
    shaped("imf.sender", "Sender", Shape::Mailbox),
    shaped("imf.reply_to", "Reply-To", Shape::Addresses),
    shaped("imf.to", "To", Shape::Addresses),
    shaped("imf.cc", "Cc", Shape::Addresses),
    shaped("imf.bcc", "Bcc", Shape::Addresses),
    text("imf.message_id", "Message-ID"),
    text("imf.in_reply_to", "In-Reply-To"),
    text("imf.references", "References"),
    text("imf.subject", "Subject"),
    text("imf.comments", "Comments"),
    text("imf.user_agent", "User-Agent"),
    text("imf.keywords", "Keywords"),
    text("imf.resent.date", "Resent-Date"),
    shaped("imf.resent.from", "Resent-From", Shape::Mailboxes),
    shaped("imf.resent.sender", "Resent-Sender", Shape::Mailbox),
    shaped("imf.resent.to", "Resent-To", Shape::Addresses),
    shaped("imf.resent.cc", "Resent-Cc", Shape::Addresses),
    shaped("imf.resent.bcc", "Resent-Bcc", Shape::Addresses),
    text("imf.resent.message_id", "Resent-Message-ID"),
    text("imf.return_path", "Return-Path"),
    text("imf.received", "Received"),
    shaped("imf.content.type", "Content-Type", Shape::ContentType),
    text("imf.content.description", "Content-Description"),
    text("imf.content.id", "Content-ID"),
    text("imf.content.transfer_encoding", "Content-Transfer-Encoding"),
    text("imf.mime_version", "MIME-Version"),
    text("imf.autoforwarded", "Autoforwarded"),
    text("imf.autosubmitted", "Autosubmitted"),
    text("imf.x400_content_identifier", "X400-Content-Identifier"),
    text("imf.content_language", "Content-Language"),
    text("imf.conversion", "Conversion"),
    text("imf.conversion_with_loss", "Conversion-With-Loss"),
    text("imf.delivery_date", "Delivery-Date"),
    text(
        "imf.discarded_x400_ipms_extensions",
        "Discarded-X400-IPMS-Extensions",
    ),
    text(
        "imf.discarded_x400_mts_extensions",
        "Discarded-X400-MTS-Extensions",
    ),
    text("imf.dl_expansion_history", "DL-Expansion-History"),
    text("imf.deferred_delivery", "Deferred-Delivery"),
    text("imf.expires", "Expires"),
    text("imf.importance", "Importance"),
    text("imf.incomplete_copy", "Incomplete-Copy"),
    text("imf.latest_delivery_time", "Latest-Delivery-Time"),
    text("imf.message_type", "Message-Type"),
    text(
        "imf.original_encoded_information_types",
        "Original-Encoded-Information-Types",
    ),
    text("imf.originator_return_address", "Originator-Return-Address"),
    text("imf.priority", "Priority"),
    text("imf.reply_by", "Reply-By"),
    text("imf.sensitivity", "Sensitivity"),
    text("imf.supersedes", "Supersedes"),
    text("imf.x400_content_type", "X400-Content-Type"),
    text("imf.x400_mts_identifier", "X400-MTS-Identifier"),
    text("imf.x400_originator", "X400-Originator"),
    text("imf.x400_received", "X400-Received"),
    text("imf.x400_recipients", "X400-Recipients"),
    shaped("imf.delivered_to", "Delivered-To", Shape::Mailbox),
    text("imf.thread-index", "Thread-Index"),
    text("imf.lines", "Lines"),
    text("imf.precedence", "Precedence"),
    text("imf.ext.mailer", "X-Mailer"),
    text("imf.ext.mimeole", "X-MimeOLE"),
    text("imf.ext.expiry-date", "Expiry-Date"),
    text("imf.ext.tnef-correlator", "X-MS-TNEF-Correlator"),
    text("imf.ext.uidl", "X-UIDL"),
    text("imf.ext.authentication_warning", "X-Authentication-Warning"),
    text("imf.ext.virus_scanned", "X-Virus-Scanned"),
    shaped("imf.ext.original-to", "X-Original-To", Shape::Addresses),
    shaped("imf.siolabel", "SIO-Label", Shape::Label),
];
