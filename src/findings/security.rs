//! What is unsafe about a conversation.

use super::{Case, Finding, Kind, Severity};
use crate::lang::text;

/// A password was readable on the path.
pub(super) fn credentials_in_clear(case: &Case) -> Option<Finding> {
    let packet = case.conversation.secret_in()?;
    let application = match case.application() {
        "" => text!("unknown-protocol").to_owned(),
        name => name.to_uppercase(),
    };
    let text = text!(
        "finding-text-credentials",
        application,
        server = case.conversation.server
    );
    Some(Finding::new(Kind::CredentialsInClear, Severity::Warning, text).packets([packet]))
}

/// TLS 1.1: RFC 8996 forbids it and everything before it.
pub(super) const TLS_1_1: u16 = 0x0302;

/// A version of TLS that must not be used any more.
pub(super) fn tls_outdated(case: &Case) -> Option<Finding> {
    let version = case.conversation.remarks().tls_version?;
    if version > TLS_1_1 {
        return None;
    }
    let name = match version {
        0x0002 => "SSL 2.0",
        0x0300 => "SSL 3.0",
        0x0301 => "TLS 1.0",
        TLS_1_1 => "TLS 1.1",
        _ => return None,
    };
    let text = text!("finding-text-tls-outdated", version = name);
    let finding = Finding::new(Kind::TlsOutdated, Severity::Warning, text)
        .packets([case.conversation.first_packet])
        .figure("version", u32::from(version));
    Some(finding)
}
