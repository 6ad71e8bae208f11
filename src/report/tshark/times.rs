//! Points in time as tshark writes them.

use chrono::{DateTime, Local, Utc};

fn utc(ns: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(ns)
}

/// Writes `Nov 22, 2026 08:41:57.205735000 UTC`, local or not.
pub(super) fn shown(ns: i64, is_local: bool) -> String {
    let (time, zone) = match is_local {
        true => {
            let local = utc(ns).with_timezone(&Local);
            (local.naive_local(), zone(&local))
        }
        false => (utc(ns).naive_utc(), "UTC".to_owned()),
    };
    format!("{} {zone}", time.format("%b %e, %Y %H:%M:%S.%9f"))
}

/// Returns the name of the local time zone. Where only its offset is known, that is its name.
fn zone(local: &DateTime<Local>) -> String {
    match local.offset().local_minus_utc() {
        0 => "UTC".to_owned(),
        _ => local.format("%z").to_string(),
    }
}

/// Writes the local date of an index of Elasticsearch: `packets-2026-11-22`.
pub(super) fn index(ns: i64) -> String {
    let local = utc(ns).with_timezone(&Local);
    local.format("packets-%Y-%m-%d").to_string()
}

/// Writes ISO 8601: `2026-11-22T08:41:57.205735000Z`.
pub(super) fn iso(ns: i64) -> String {
    utc(ns).format("%Y-%m-%dT%H:%M:%S.%9fZ").to_string()
}

/// Writes the time of a document of `-T pdml`: `Mon Nov 30 09:07:07 2026`.
pub(super) fn now() -> String {
    Local::now().format("%a %b %e %H:%M:%S %Y").to_string()
}
