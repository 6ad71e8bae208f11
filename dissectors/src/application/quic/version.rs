//! Versions: IANA "QUIC Versions".

use crate::{Value, value::named};

named! {
    /// IANA "QUIC Versions".
    Version(u32, Hex(8)) {
        NEGOTIATION = 0x0000_0000 => "Version Negotiation",
        ONE = 0x0000_0001 => "1",
        TWO = 0x6b33_43cf => "2",
        TWO_DRAFT = 0x709a_50c4 => "draft-ietf-quic-v2",
        MVFST_27 = 0xface_b002 => "Facebook mvfst (draft-27)",
        MVFST = 0xface_b00e => "Facebook mvfst (Experimental)",
    }
}

impl Version {
    /// Returns the number of its draft. Drafts before number 22 have other headers.
    pub fn draft(self) -> Option<u32> {
        let number = self.0.checked_sub(0xff00_0000)?;
        (22..256).contains(&number).then_some(number)
    }

    pub fn is_known(self) -> bool {
        self != Version::NEGOTIATION && (self.name().is_some() || self.draft().is_some())
    }

    /// Returns whether its packet types have other numbers: RFC 9369, section 3.2.
    pub fn is_two(self) -> bool {
        matches!(self, Version::TWO | Version::TWO_DRAFT)
    }

    /// Returns whether it exists only to be unknown: RFC 9000, section 15.
    pub fn is_reserved(self) -> bool {
        self.0 & 0x0f0f_0f0f == 0x0a0a_0a0a
    }

    /// Returns its name with its number.
    pub fn words(self) -> String {
        match self.draft() {
            Some(draft) => format!("draft-{draft} ({:#010x})", self.0),
            None => Value::from(self).to_string(),
        }
    }

    /// Returns its name.
    pub fn title(self) -> String {
        match (self.draft(), self.name()) {
            (Some(draft), _) => format!("draft-{draft}"),
            (None, Some(name)) => name.to_owned(),
            (None, None) => format!("{:#010x}", self.0),
        }
    }
}
