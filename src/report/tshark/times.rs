//! Points in time as tshark writes them.

use chrono::{DateTime, Local, Utc};
use std::{env, fs, path::Path, sync::LazyLock};

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

/// The names of the local time zone, in winter with its offset, and in summer: `KST-9`, `CET-1CEST,M3.5.0,M10.5.0/3`.
/// The last line of a file of zones is this text, RFC 9636, section 3.3, and TZ may be, too.
static ZONE: LazyLock<Option<(String, i32, String)>> = LazyLock::new(|| {
    let name = env::var("TZ").ok();
    let name = name.as_deref().map(|name| name.trim_start_matches(':'));
    let path = match name {
        None => "/etc/localtime".into(),
        Some(name) => Path::new("/usr/share/zoneinfo").join(name),
    };
    let file = fs::read(path).unwrap_or_default();
    let rule = file.trim_ascii_end().rsplit(|byte| *byte == b'\n').next();
    let rule = rule.and_then(|rule| str::from_utf8(rule).ok());
    names(rule.filter(|rule| !rule.is_empty()).or(name)?)
});

/// Returns the two names of a zone, and how far the first one is east, seconds.
fn names(rule: &str) -> Option<(String, i32, String)> {
    let (winter, rest) = name(rule)?;
    let end = rest.find(|letter: char| !"+-:0123456789".contains(letter));
    let (offset, rest) = rest.split_at(end.unwrap_or(rest.len()));
    let (sign, offset) = match offset.strip_prefix('-') {
        Some(offset) => (1, offset),
        None => (-1, offset.trim_start_matches('+')),
    };
    let mut seconds = 0;
    for (part, unit) in offset.split(':').zip([3600, 60, 1]) {
        seconds += part.parse::<i32>().ok()?.checked_mul(unit)?;
    }
    let summer = name(rest).map_or(winter, |(summer, _)| summer);
    Some((winter.to_owned(), sign * seconds, summer.to_owned()))
}

/// Splits off the name at the beginning of a rule.
fn name(rule: &str) -> Option<(&str, &str)> {
    if let Some(quoted) = rule.strip_prefix('<') {
        return quoted.split_once('>');
    }
    let end = rule.find(|letter: char| !letter.is_ascii_alphabetic());
    let (name, rest) = rule.split_at(end.unwrap_or(rule.len()));
    (!name.is_empty()).then_some((name, rest))
}

/// Returns the name of the local time zone at a point in time.
fn zone(local: &DateTime<Local>) -> String {
    let offset = local.offset().local_minus_utc();
    match &*ZONE {
        Some((winter, east, _)) if offset == *east => winter.clone(),
        Some((winter, _, summer)) if summer != winter => summer.clone(),
        None if offset == 0 => "UTC".to_owned(),
        // In the past the zone may have had other offsets.
        _ => local.format("%z").to_string(),
    }
}

/// Writes the name of an index of Elasticsearch: `packets-2026-11-22`.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_have_names() {
        let zone =
            |winter: &str, east, summer: &str| Some((winter.to_owned(), east, summer.to_owned()));
        assert_eq!(names("KST-9"), zone("KST", 32_400, "KST"));
        assert_eq!(names("UTC0"), zone("UTC", 0, "UTC"));
        assert_eq!(names("EST5EDT,M3.2.0,M11.1.0"), zone("EST", -18_000, "EDT"));
        assert_eq!(names("<+0545>-5:45"), zone("+0545", 20_700, "+0545"));
        assert_eq!(names("TZif"), None);
        assert_eq!(names(""), None);
    }
}
