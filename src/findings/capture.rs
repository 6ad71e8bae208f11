//! What limits what can be said of a capture.

use super::{Case, Finding, Kind, Severity};
use crate::{
    lang::{Count, text},
    observed::Seen,
    store::Contents,
};

/// The capture began after the connection.
pub(super) fn began_before(case: &Case) -> Option<Finding> {
    let has_beginning = case.tcp.completeness & 3 != 0;
    if !case.is_tcp() || has_beginning || case.conversation.packets() == 0 {
        return None;
    }
    // An ICMP error quotes a connection that itself was not captured.
    if case.conversation.sides.iter().all(|side| side.packets == 0) {
        return None;
    }
    let first = case.conversation.first_packet;
    let text = text!("finding-text-began-before").to_owned();
    Some(Finding::new(Kind::BeganBefore, Severity::Note, text).packets([first]))
}

/// Only one direction was captured.
pub(super) fn one_direction(case: &Case) -> Option<Finding> {
    if !case.one_direction {
        return None;
    }
    let missing = case.conversation.sides.map(|side| side.packets == 0);
    let by = match missing.client {
        true => case.conversation.client,
        false => case.conversation.server,
    };
    let text = text!("finding-text-one-direction", by);
    let first = case.conversation.first_packet;
    Some(Finding::new(Kind::OneDirection, Severity::Warning, text).packets([first]))
}

/// Returns the findings about the capture itself.
pub(super) fn findings(contents: &Contents) -> Vec<Finding> {
    let observed = &contents.observed;
    let mut findings = Vec::new();
    let seen = |kind, severity, seen: &Seen, text| {
        Finding::new(kind, severity, text)
            .packets(seen.packets().iter().copied())
            .count(seen.count)
    };
    if observed.cut.count > 0 {
        let packets = Count(observed.cut.count);
        let text = text!("finding-text-cut-short", packets);
        findings.push(seen(Kind::CutShort, Severity::Note, &observed.cut, text));
    }
    let drops: u64 = contents.interfaces.iter().filter_map(|it| it.lost()).sum();
    if drops > 0 {
        let text = text!("finding-text-capture-drops", packets = Count(drops));
        let finding = Finding::new(Kind::CaptureDrops, Severity::Warning, text)
            .count(drops)
            .figure("drops", drops);
        findings.push(finding);
    }
    for host in observed.checksums.offloaded() {
        let text = text!("finding-text-checksum-offload", host = host.address);
        let mut finding = seen(Kind::ChecksumOffload, Severity::Note, &host.wrong, text);
        finding.hosts = vec![host.address];
        findings.push(finding);
    }
    findings.extend(duplicated(contents));
    let missing = observed.missing_fragments(contents);
    if missing.count > 0 {
        let text = text!("finding-text-fragments", packets = Count(missing.count));
        findings.push(seen(
            Kind::FragmentsMissing,
            Severity::Warning,
            &missing,
            text,
        ));
    }
    findings
}

/// Frames that were captured twice.
fn duplicated(contents: &Contents) -> Option<Finding> {
    let observed = &contents.observed.duplicates;
    if observed.count == 0 {
        return None;
    }
    let all = contents.packets.len() as u64;
    let percent = 100.0 * observed.count as f64 / all.max(1) as f64;
    let text = text!("finding-text-duplicated", packets = Count(observed.count));
    let finding = Finding::new(Kind::DuplicatedFrames, Severity::Note, text)
        .packets(observed.packets().iter().copied())
        .count(observed.count)
        .figure("duplicates_percent", (percent * 100.0).round() / 100.0);
    Some(finding)
}
