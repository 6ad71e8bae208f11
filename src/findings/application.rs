//! What applications refused, as their exchanges show.

use super::{Case, Finding, Kind, MAX_EVIDENCE, Severity};
use crate::{
    lang::{Count, TextId, text},
    track::{Conversation, ConversationId, Outcome, Side, outcome},
};
use dissectors::{Class, Exchange, Purpose, elapsed_ns};

/// An answer to a query in a datagram comes within this time or never: RFC 1123, section 6.1.3.3, lets a resolver
/// repeat it after five seconds; they do after one or two. Nanoseconds.
const QUERY_NS: i64 = 2_000_000_000;

/// Returns the packets of exchanges.
fn packets<'e>(exchanges: impl IntoIterator<Item = &'e Exchange>) -> Vec<u32> {
    let of = |exchange: &Exchange| {
        let asked = exchange.asked.map_or(0, |asked| asked.first.packet);
        let answered = exchange.answered.map_or(0, |answered| answered.last.packet);
        [asked as u32, answered as u32]
    };
    exchanges.into_iter().flat_map(of).collect()
}

/// Returns the failed exchanges for which this holds.
fn failed<'c>(case: &Case<'c>, holds: impl Fn(&Exchange) -> bool) -> Vec<&'c Exchange> {
    let requests = case.requests.map(|requests| requests.failed.as_slice());
    let requests = requests.unwrap_or_default().iter();
    requests.filter(|exchange| holds(exchange)).collect()
}

/// Returns an answer, as it was sent. It repeats no secret.
fn answer(exchange: &Exchange) -> &str {
    exchange.answer.as_deref().unwrap_or_default()
}

/// TLS ended with an alert.
pub(super) fn tls_alert(case: &Case) -> Option<Finding> {
    let alerts = failed(case, |exchange| exchange.protocol == "tls");
    let Some(first) = alerts.first() else {
        return given_up(case);
    };
    let alert = answer(first).trim_start_matches("alert ").to_owned();
    let code = first.code.unwrap_or(0);
    let text = text!("finding-text-tls-alert", alert, code, advice = advice(code));
    let last = case.conversation.last_packet;
    let finding = Finding::new(Kind::TlsAlert, Severity::Error, text)
        .packets(packets(alerts).into_iter().chain([last]))
        .figure("alert", code);
    Some(finding)
}

/// The client of TLS 1.3 answered the server's certificate with what is as long as an encrypted alert, and ended.
fn given_up(case: &Case) -> Option<Finding> {
    let packet = case.conversation.remarks().tls_given_up?;
    let is_over = matches!(
        case.outcome,
        Outcome::Closed(_) | Outcome::HalfClosed(_) | Outcome::Reset(_)
    );
    let is_last = case.analyzed()?.last_data() == Some(Side::Client);
    if !is_over || !is_last {
        return None;
    }
    let text = text!("finding-text-tls-given-up").to_owned();
    let finding = Finding::new(Kind::TlsAlert, Severity::Warning, text)
        .packets([packet as u32, case.conversation.last_packet]);
    Some(finding)
}

/// Returns what an alert means and what to do: RFC 8446, section 6.2, and RFC 5246, section 7.2.2.
fn advice(alert: u32) -> &'static str {
    let text = match alert {
        40 | 71 => TextId("tls-advice-no-common"),
        42 | 43 | 46 => TextId("tls-advice-certificate"),
        44 => TextId("tls-advice-revoked"),
        45 => TextId("tls-advice-expired"),
        48 => TextId("tls-advice-unknown-ca"),
        49 => TextId("tls-advice-access"),
        70 => TextId("tls-advice-version"),
        80 => TextId("tls-advice-internal"),
        86 => TextId("tls-advice-fallback"),
        90 => TextId("tls-advice-cancelled"),
        112 => TextId("tls-advice-name"),
        116 => TextId("tls-advice-certificate-required"),
        120 => TextId("tls-advice-alpn"),
        _ => TextId("tls-advice-other"),
    };
    text.text()
}

/// Replies that are about the syntax of the command and not about the password: RFC 959, section 4.2.2, and RFC 5321,
/// section 4.2.3.
const SYNTAX: std::ops::RangeInclusive<u32> = 500..=504;

/// A log-in was refused.
pub(super) fn login_failed(case: &Case) -> Option<Finding> {
    // Before the first password the server only asks for one: RFC 9110, section 11.6.1.
    let secret = case.conversation.secret_in();
    let is_with_password = |exchange: &Exchange| {
        let asked = exchange.asked.map(|asked| asked.last.packet);
        secret.is_some_and(|secret| asked.is_some_and(|asked| asked >= secret.into()))
    };
    let is_login = |exchange: &Exchange| {
        let is_syntax = exchange.code.is_some_and(|code| SYNTAX.contains(&code));
        let is_http = exchange.protocol == "http"
            && matches!(exchange.code, Some(401 | 407))
            && is_with_password(exchange);
        exchange.purpose == Purpose::Login && !is_syntax || is_http
    };
    let mut refused = failed(case, is_login);
    let has_tried = !refused.is_empty();
    if !has_tried {
        // Commands before any log-in: Redis, ACL.
        refused = failed(case, |exchange| {
            exchange.protocol == "resp" && answer(exchange).starts_with("NOAUTH")
        });
    }
    let last = refused.last()?;
    let packet = last.answered.map_or(0, |answered| answered.last.packet);
    let requests = case.requests?;
    let later = match last.protocol {
        "http" => requests.succeeded,
        _ => requests.logged_in,
    };
    let succeeded = later.is_some_and(|later| later > packet);
    let severity = match succeeded {
        true => Severity::Note,
        false => Severity::Error,
    };
    let (request, answer) = (&last.request, answer(last));
    let count = requests.count(refused.iter().copied());
    let text = match (succeeded, count) {
        (true, _) => text!("finding-text-login-later", request, answer),
        (false, 1) => text!("finding-text-login", request, answer),
        (false, _) if !has_tried => text!("finding-text-login", request, answer),
        (false, times) => text!("finding-text-logins", request, answer, times),
    };
    let finding = Finding::new(Kind::LoginFailed, severity, text)
        .packets(packets(refused))
        .count(count)
        .figure("times", count);
    Some(finding)
}

/// A mail was refused, or a mail server refuses to serve.
pub(super) fn mail_rejected(case: &Case) -> Option<Finding> {
    let refused = failed(case, |exchange| {
        let is_mail = matches!(exchange.purpose, Purpose::Mail | Purpose::Greeting);
        exchange.protocol == "smtp" && is_mail
    });
    let worst = refused
        .iter()
        .find(|exchange| exchange.class != Class::ServerError)
        .or(refused.first())?;
    // 4yz: the same mail may be accepted later, as with greylisting.
    let severity = match worst.class {
        Class::ServerError => Severity::Warning,
        _ => Severity::Error,
    };
    let answer = answer(worst);
    let text = match worst.request.is_empty() {
        true => text!("finding-text-mail-greeting", answer),
        false => text!("finding-text-mail", request = worst.request, answer),
    };
    let code = worst.code.unwrap_or(0);
    let count = case.requests?.count(refused.iter().copied());
    let finding = Finding::new(Kind::MailRejected, severity, text)
        .packets(packets(refused))
        .count(count)
        .figure("code", code);
    Some(finding)
}

/// An HTTP request failed: 5xx; 4xx is a note.
pub(super) fn http_error(case: &Case) -> Option<Finding> {
    let errors = failed(case, |exchange| {
        exchange.protocol == "http" && exchange.code.is_some_and(|code| code >= 400)
    });
    if let Some(cut) = cut_short(case) {
        return Some(cut);
    }
    let is_server = |exchange: &&Exchange| exchange.code.is_some_and(|code| code >= 500);
    let of_server = errors.iter().filter(|exchange| is_server(exchange)).count();
    let worst = errors
        .iter()
        .find(|exchange| is_server(exchange))
        .or(errors.first())?;
    let severity = match of_server {
        0 => Severity::Note,
        _ => Severity::Error,
    };
    let (request, answer) = (&worst.request, answer(worst));
    let all = case.requests?.count(errors.iter().copied());
    let text = match all {
        1 => text!("finding-text-http", request, answer),
        count => text!(
            "finding-text-https",
            request,
            answer,
            more = Count(count - 1)
        ),
    };
    let code = worst.code.unwrap_or(0);
    let shown = errors
        .into_iter()
        .filter(|exchange| of_server == 0 || is_server(exchange));
    let finding = Finding::new(Kind::HttpError, severity, text)
        .packets(packets(shown))
        .count(all)
        .figure("code", code);
    Some(finding)
}

/// An answer that the server ended before its end: RFC 9112, section 8.
fn cut_short(case: &Case) -> Option<Finding> {
    let by_server = matches!(
        case.outcome,
        Outcome::Closed(Side::Server) | Outcome::HalfClosed(Side::Server)
    );
    let cut = case.requests?.cut.iter();
    let cut: Vec<_> = cut.filter(|exchange| exchange.protocol == "http").collect();
    let first = cut
        .first()
        .filter(|_| by_server && case.tcp.reset.is_none())?;
    let text = text!("finding-text-http-cut", request = first.request);
    let count = cut.len() as u64;
    let finding = Finding::new(Kind::HttpError, Severity::Error, text)
        .packets(packets(cut))
        .count(count);
    Some(finding)
}

/// NXDOMAIN, RFC 1035, section 4.1.1.
const NXDOMAIN: u32 = 3;

/// A name was not resolved.
pub(super) fn dns_failure(case: &Case) -> Option<Finding> {
    let is_dns = |exchange: &Exchange| exchange.protocol == "dns";
    let errors = failed(case, is_dns);
    let silent = case.silent_ns() >= QUERY_NS || case.is_tcp();
    let unanswered: Vec<_> = case
        .requests
        .map(|requests| requests.unanswered.as_slice())
        .unwrap_or_default()
        .iter()
        .filter(|exchange| is_dns(exchange) && silent && case.conversation.icmp.is_none())
        .filter(|exchange| retry(case, exchange).is_none())
        .collect();
    let other = |exchange: &&&Exchange| exchange.code != Some(NXDOMAIN);
    // Names that are only looked up to be shown, and lists of search domains, miss all the time.
    let is_lookup = |exchange: &&&Exchange| {
        !exchange.request.starts_with("PTR ") && !exchange.request.starts_with("SOA ")
    };
    let is_final = |exchange: &&&Exchange| !is_answered_elsewhere(case, exchange);
    let mut lookups = errors.iter().filter(is_lookup);
    let (severity, exchange) = if let Some(error) = errors.iter().filter(other).find(is_final) {
        (Severity::Error, error)
    } else if let Some(silent) = unanswered.first() {
        (Severity::Error, silent)
    } else if let Some(missing) = lookups.find(is_final) {
        (Severity::Warning, missing)
    } else {
        (Severity::Note, errors.first()?)
    };
    let request = &exchange.request;
    let server = responder(case);
    let text = match &exchange.answer {
        Some(answer) => text!("finding-text-dns", request, answer, server),
        None => text!("finding-text-dns-silent", request, server),
    };
    let code = exchange.code;
    let silences = match unanswered.len() {
        0 => 0,
        _ if is_kept_whole(case) => unanswered.len() as u64,
        _ => case.requests.map_or(0, |requests| requests.silences.into()),
    };
    let failures = case
        .requests
        .map_or(0, |it| it.count(errors.iter().copied()));
    let count = failures + silences;
    let finding = Finding::new(Kind::DnsFailure, severity, text)
        .packets(packets(errors.into_iter().chain(unanswered)))
        .count(count);
    Some(match code {
        Some(code) => finding.figure("rcode", code),
        None => finding,
    })
}

/// Whether all requests that were never answered are kept.
fn is_kept_whole(case: &Case) -> bool {
    case.requests
        .is_some_and(|requests| requests.unanswered.len() as u64 == u64::from(requests.silences))
}

/// A query in a datagram that was repeated from another port, and answered there.
pub(super) struct Retry {
    /// How often it was repeated.
    pub repeats: u32,
    /// The time from the first query to the answer, nanoseconds.
    pub took_ns: i64,
    /// The packets of the query that was answered, and of its answer.
    pub packets: [u32; 2],
}

/// A query is repeated within this time, or never: RFC 1123, section 6.1.3.3. Nanoseconds.
const RETRY_NS: i64 = 30_000_000_000;

/// At most so many later conversations are searched for another attempt, and so many of them between the same hosts.
const MAX_SEARCHED: u32 = 1024;
const MAX_COMPARED: usize = 64;

/// Returns how a query of DNS was answered in a later conversation: many resolvers use another port for each attempt.
pub(super) fn retry(case: &Case, asked: &Exchange) -> Option<Retry> {
    let conversation = case.conversation;
    let asked_ns = asked.asked?.first.time_ns;
    if case.is_tcp() || asked.protocol != "dns" {
        return None;
    }
    let mut repeats = asked.repeats;
    let is_same = |later: &Conversation| {
        later.protocol == conversation.protocol && later.server == conversation.server
    };
    let attempts = later_of_client(case, asked_ns).filter(|(_, later)| is_same(later));
    for (_, later) in attempts.take(MAX_COMPARED) {
        // The summary begins with the first question and its answer.
        let summary = later.summary();
        let Some(rest) = summary.strip_prefix(&*asked.request) else {
            continue;
        };
        repeats += 1;
        if rest.starts_with(ANSWERED) {
            return Some(Retry {
                repeats,
                took_ns: elapsed_ns(asked_ns, later.end_ns)?,
                packets: [later.first_packet, later.last_packet],
            });
        }
    }
    None
}

/// As many of a client's next questions may be the same one asked otherwise: a list of search domains had six entries for
/// long (resolv.conf(5)), each asked for A and AAAA.
const MAX_ALTERNATIVES: usize = 16;

/// What is between a question and its answer in a summary.
const ANSWERED: &str = " → ";

/// Returns the next conversations of the client that began soon after a time.
fn later_of_client<'c>(
    case: &Case<'c>,
    since_ns: i64,
) -> impl Iterator<Item = (ConversationId, Conversation<'c>)> {
    let client = case.conversation.client.address;
    let first = case.id.0.saturating_add(1);
    let tracker = case.tracker;
    (first..=first.saturating_add(MAX_SEARCHED))
        .map(ConversationId)
        .filter_map(|id| Some((id, tracker.get(id)?)))
        .take_while(move |(_, later)| {
            let passed = elapsed_ns(since_ns, later.start_ns);
            passed.is_some_and(|passed| passed <= RETRY_NS)
        })
        .filter(move |(_, later)| later.client.address == client)
}

/// Whether a question of DNS that failed was soon answered elsewhere: by another server, over TCP (RFC 7766, section 5), or
/// under another name of a list of search domains.
fn is_answered_elsewhere(case: &Case, asked: &Exchange) -> bool {
    let Some(first) = asked.asked.map(|asked| asked.first) else {
        return false;
    };
    let is_extended = |long: &str, short: &str| {
        let rest = long.strip_prefix(short);
        rest.is_some_and(|rest| rest.starts_with('.'))
    };
    let is_alternative = |name: &str| {
        let question = &*asked.request;
        let is_missing = asked.code == Some(NXDOMAIN);
        name == question
            || is_missing && (is_extended(question, name) || is_extended(name, question))
    };
    let is_dns = |later: &Conversation| later.server.port == DNS_PORT;
    let attempts = later_of_client(case, first.time_ns).filter(|(_, later)| is_dns(later));
    attempts.take(MAX_ALTERNATIVES).any(|(id, later)| {
        let requests = case.tracker.application.requests.of(id);
        if requests.is_some_and(|it| !it.failed.is_empty() || !it.unanswered.is_empty()) {
            return false;
        }
        // It is made for each attempt, so last.
        let summary = later.summary();
        let name = summary.split_once(ANSWERED).map(|(name, _)| name);
        name.is_some_and(is_alternative)
    })
}

/// The port of DNS, RFC 1035, section 4.2.
const DNS_PORT: u16 = 53;

/// Returns the address of the server; if only its answer was captured, that seems to come from the client.
fn responder(case: &Case) -> std::net::IpAddr {
    let conversation = case.conversation;
    match (conversation.client.port, conversation.server.port) {
        (DNS_PORT, port) if port != DNS_PORT => conversation.client.address,
        _ => conversation.server.address,
    }
}

/// Whether an exchange asked for TLS in a conversation that began in the clear.
fn asks_for_tls(exchange: &Exchange) -> bool {
    exchange.purpose == Purpose::Handshake && exchange.protocol != "tls"
}

/// Encryption was requested and refused.
pub(super) fn starttls_refused(case: &Case) -> Option<Finding> {
    let refused = failed(case, asks_for_tls);
    let first = refused.first()?;
    let text = text!(
        "finding-text-starttls-refused",
        request = first.request,
        answer = answer(first)
    );
    Some(Finding::new(Kind::StarttlsRefused, Severity::Warning, text).packets(packets(refused)))
}

/// Encryption was offered and not used.
pub(super) fn starttls_unused(case: &Case) -> Option<Finding> {
    if !case.conversation.remarks().tls_unused {
        return None;
    }
    let application = case.application().to_uppercase();
    let (severity, text) = match case.conversation.credentials() {
        true => (
            Severity::Warning,
            text!("finding-text-starttls-unused-login", application),
        ),
        false => (
            Severity::Note,
            text!("finding-text-starttls-unused", application),
        ),
    };
    let first = case.conversation.first_packet;
    let packet = case.conversation.secret_in().unwrap_or(first);
    Some(Finding::new(Kind::StarttlsUnused, severity, text).packets([packet]))
}

/// A file that does not exist, or may not be read: RFC 959, section 4.2.2.
const NO_SUCH_FILE: u32 = 550;

/// A data connection that is not opened within this time will not be: RFC 959 has no limit, servers wait for a minute at
/// most and users less. Nanoseconds.
const TRANSFER_NS: i64 = 10_000_000_000;

/// A transfer of FTP failed, or its connection was never used.
pub(super) fn ftp_data_failed(case: &Case) -> Option<Finding> {
    if case.application() != "ftp" {
        return None;
    }
    // The connection that was announced could not be opened.
    let announced = case.tracker.application.expectations.by(case.id);
    let dead = announced.filter_map(|announced| {
        let data = case.tracker.get(announced.used_by?)?;
        let dead = matches!(
            outcome(data),
            Outcome::NoAnswer | Outcome::Refused | Outcome::Unreachable | Outcome::GaveUp
        );
        dead.then_some((announced, data))
    });
    if let Some((announced, data)) = dead.into_iter().next() {
        let text = text!(
            "finding-text-ftp-port",
            to = announced.to,
            state = outcome(data).words()
        );
        let finding = Finding::new(Kind::FtpDataFailed, Severity::Error, text).packets([
            announced.packet,
            data.first_packet,
            data.last_packet,
        ]);
        return Some(finding);
    }
    let transfers = failed(case, |exchange| {
        exchange.purpose == Purpose::Transfer && exchange.code != Some(NO_SUCH_FILE)
    });
    if let Some(first) = transfers.first() {
        let text = text!(
            "finding-text-ftp",
            request = first.request,
            answer = answer(first)
        );
        let count = transfers.len() as u64;
        let finding = Finding::new(Kind::FtpDataFailed, Severity::Error, text)
            .packets(packets(transfers))
            .count(count);
        return Some(finding);
    }
    // Its connection may be elsewhere, or yet to come.
    let is_open = matches!(case.outcome, Outcome::Open | Outcome::Ongoing);
    if is_open && case.silent_ns() < TRANSFER_NS {
        return None;
    }
    // Clients connect before they ask for the file.
    let mut announced = case.tracker.application.expectations.by(case.id);
    let never = announced.find(|known| known.is_unused() && known.transfer.is_none());
    if let Some(never) = never.filter(|_| matches!(case.outcome, Outcome::Closed(_))) {
        let last = case.conversation.last_packet;
        let text = text!("finding-text-ftp-never", to = never.to);
        let finding = Finding::new(Kind::FtpDataFailed, Severity::Warning, text)
            .packets([never.packet, last]);
        return Some(finding);
    }
    let requests = case.requests?;
    let broken = requests
        .unanswered
        .iter()
        .find(|exchange| exchange.purpose == Purpose::Transfer && exchange.preliminary.is_none())?;
    let mut unused = case.tracker.application.expectations.by(case.id);
    let unused = unused.find(|announced| announced.is_unused())?;
    let text = text!(
        "finding-text-ftp-unused",
        request = broken.request,
        to = unused.to
    );
    let finding = Finding::new(Kind::FtpDataFailed, Severity::Error, text)
        .packets(packets([broken]).into_iter().chain([unused.packet]));
    Some(finding)
}

/// Returns how often a client has failed to log in, and the packets with the first refusals.
pub(super) fn failed_logins(requests: &crate::track::ConversationRequests) -> (u64, Vec<u32>) {
    let failed = requests.failed.iter();
    let logins = failed.filter(|exchange| exchange.purpose == Purpose::Login);
    let answered = logins.clone().filter_map(|exchange| exchange.answered);
    let packets = answered.map(|answered| answered.last.packet as u32);
    (requests.count(logins), packets.take(MAX_EVIDENCE).collect())
}
