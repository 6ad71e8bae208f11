//! Korean particles: which form follows a name or a number depends on the last sound of it, as it is read aloud.

/// The end of a word, as it is read in Korean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Vowel,
    /// The consonant ㄹ, behind which 로 is used as behind a vowel.
    Rieul,
    Consonant,
}

/// Words and abbreviations that are not read by the rules below.
const EXCEPTIONS: [(&str, Ending); 13] = [
    ("GET", Ending::Consonant),
    ("IMAP", Ending::Consonant),
    ("LDAP", Ending::Consonant),
    ("QUIC", Ending::Consonant),
    ("com", Ending::Consonant),
    ("git", Ending::Consonant),
    ("internet", Ending::Consonant),
    ("logout", Ending::Consonant),
    ("org", Ending::Vowel),
    ("output", Ending::Consonant),
    ("timeout", Ending::Consonant),
    ("transit", Ending::Consonant),
    ("web", Ending::Consonant),
];

/// Units and unit prefixes behind a number, by the whole word: kB is read 킬로바이트, min 분.
const UNITS: [(&str, Ending); 7] = [
    ("G", Ending::Vowel),
    ("M", Ending::Vowel),
    ("T", Ending::Vowel),
    ("h", Ending::Consonant),
    ("k", Ending::Vowel),
    ("min", Ending::Consonant),
    ("s", Ending::Vowel),
];

/// Returns the form of a particle that follows a word, given its form behind a consonant and that behind a vowel:
/// `이/가`, `은/는`, `을/를`, `과/와`, `으로/로`. Returns nothing if there are no two forms.
pub(super) fn particle<'p>(word: &str, forms: &'p str) -> Option<&'p str> {
    let (behind_consonant, behind_vowel) = forms.split_once('/')?;
    let is_vowel = match ending(word) {
        Ending::Vowel => true,
        Ending::Rieul => behind_vowel.starts_with('로'),
        Ending::Consonant => false,
    };
    Some(match is_vowel {
        true => behind_vowel,
        false => behind_consonant,
    })
}

/// Returns how a word ends. Closing brackets, quotes and other signs behind it are not read.
fn ending(word: &str) -> Ending {
    let read = word.trim_end_matches(|letter: char| {
        !letter.is_alphanumeric() && letter != '%' && !is_jamo(letter)
    });
    let Some(last) = read.chars().next_back() else {
        return Ending::Vowel;
    };
    match last {
        'a'..='z' | 'A'..='Z' => {
            let before = read.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
            let letters = read.get(before.len()..).unwrap_or_default();
            latin(letters, before.trim_end_matches(' '))
        }
        // 영, 일, 이, 삼, 사, 오, 육, 칠, 팔, 구; and 십, 백, 천, 만, 억 end with a consonant, as does 영.
        '1' | '7' | '8' => Ending::Rieul,
        '0' | '3' | '6' => Ending::Consonant,
        '가'..='힣' => match (last as u32 - '가' as u32) % 28 {
            0 => Ending::Vowel,
            8 => Ending::Rieul,
            _ => Ending::Consonant,
        },
        // The same as conjoining letters, as macOS has them in names of files.
        '\u{11af}' => Ending::Rieul,
        '\u{11a8}'..='\u{11ff}' => Ending::Consonant,
        // Letters alone are read by their names: 기역, 리을, 히읗; and 아, 이.
        'ㄹ' => Ending::Rieul,
        'ㄱ'..='ㅎ' => Ending::Consonant,
        _ => Ending::Vowel,
    }
}

/// Whether this is a conjoining letter of Hangul.
fn is_jamo(letter: char) -> bool {
    ('\u{1100}'..='\u{11ff}').contains(&letter)
}

/// Returns how Latin letters end, which may be a unit, an abbreviation that is spelt, or a word.
fn latin(letters: &str, before: &str) -> Ending {
    let named = |words: &[(&str, Ending)]| {
        let found = words.iter().find(|(word, _)| *word == letters);
        found.map(|(_, ending)| *ending)
    };
    if before.ends_with(|letter: char| letter.is_ascii_digit())
        && let Some(ending) = named(&UNITS)
    {
        return ending;
    }
    if let Some(ending) = named(&EXCEPTIONS) {
        return ending;
    }
    let is_vowel = |letter: char| "aeiouy".contains(letter.to_ascii_lowercase());
    let is_upper = |letter: char| letter.is_ascii_uppercase();
    if letters.len() <= 2 || letters.chars().all(is_upper) || !letters.contains(is_vowel) {
        return spelt(letters);
    }
    let word = letters.to_ascii_lowercase();
    let mut backwards = word.chars().rev();
    let last = backwards.next().unwrap_or_default();
    let second = backwards.next().unwrap_or_default();
    let third = backwards.next().unwrap_or_default();
    match (third, second, last) {
        // 메일, 파일
        (_, _, 'l') | (_, 'l', 'e') => Ending::Rieul,
        // 컴, 리눅스의 핀, 핑
        (_, _, 'm' | 'n') | (_, 'n', 'g') => Ending::Consonant,
        // 홈, 라인
        (third, 'm' | 'n', 'e') if is_vowel(third) => Ending::Consonant,
        // 넷, 앱, 맥, 블록
        (_, 'e', 't') | (_, 'c', 'k') => Ending::Consonant,
        (_, second, 'p' | 'c') if is_vowel(second) => Ending::Consonant,
        // 서버
        _ => Ending::Vowel,
    }
}

/// Returns how an abbreviation ends that is read letter by letter: 엘, 엠, 엔, 알. Of the other letters none ends with a
/// consonant.
fn spelt(letters: &str) -> Ending {
    let is_read_as_word = letters.len() >= 4 && letters.ends_with("ER");
    match letters.chars().next_back() {
        _ if is_read_as_word => Ending::Vowel,
        Some('L' | 'l' | 'R' | 'r') => Ending::Rieul,
        Some('M' | 'm' | 'N' | 'n') => Ending::Consonant,
        _ => Ending::Vowel,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_chooses_the_form() {
        let forms = ["이/가", "은/는", "을/를", "과/와", "으로/로"];
        let all = |word| forms.map(|forms| particle(word, forms).unwrap_or_default());
        assert_eq!(all("10.0.0.2"), ["가", "는", "를", "와", "로"]);
        assert_eq!(all("443"), ["이", "은", "을", "과", "으로"]);
        assert_eq!(all("www.example.kr"), ["이", "은", "을", "과", "로"]);
        assert_eq!(particle("443", "을"), None);
    }

    #[test]
    fn words_that_end_with_a_vowel() {
        for word in [
            "2",
            "4",
            "5",
            "9",
            "12",
            "1.5",
            "1,204",
            "10.0.0.2",
            "fe80::c",
            "[2001:db8::5]",
            "02:00:5e:10:00:4d",
            "02:00:5e:10:00:5b",
            "a",
            "b",
            "HTTP",
            "TLS",
            "DNS",
            "FTP",
            "ACK",
            "RST",
            "DHCP",
            "USER",
            "SERVER",
            "http",
            "smtp",
            "example.org",
            "example.io",
            "server",
            "docker",
            "root",
            "student",
            "network",
            "any",
            "lo",
            "report.pdf",
            "log",
            "/index/x",
            "812 B",
            "45 kB",
            "45.6 kB",
            "1.2 MB",
            "2GiB",
            "48.1 k",
            "1.2 M",
            "3.4 G",
            "12.0 ms",
            "400 µs",
            "1.31 s",
            "2.4 %",
            "1.31초",
            "2분 05초",
            "클라이언트",
            "서버",
            "\u{1109}\u{1165}",
            "ㅏ",
            "‘보고’",
            "서버(10.0.0.2)",
            "\"a.txt\"",
            // What is not read.
            "",
            "…",
            "日本",
            "?",
        ] {
            assert_eq!(ending(word), Ending::Vowel, "{word}");
        }
    }

    #[test]
    fn words_that_end_with_rieul() {
        for word in [
            "1",
            "7",
            "8",
            "10.0.0.1",
            "10.0.0.1:8081",
            "UTF-8",
            "L",
            "R",
            "kr",
            "HTML",
            "SSL",
            "RETR",
            "www.example.kr",
            "euc-kr",
            "mail",
            "file",
            "example",
            "google",
            "index.html",
            "메일",
            "\u{1106}\u{1166}\u{110b}\u{1175}\u{11af}",
            "ㄹ",
            "'메일'",
            "<a@b.kr>",
            "(1)…",
        ] {
            assert_eq!(ending(word), Ending::Rieul, "{word}");
        }
    }

    #[test]
    fn words_that_end_with_another_consonant() {
        for word in [
            "0",
            "3",
            "6",
            "10",
            "100",
            "1,000",
            "443",
            "10.0.0.1:80",
            "2.0",
            "tcp/0",
            "eth0",
            "M",
            "N",
            "SYN",
            "SYN-ACK of SYN",
            "FIN",
            "VLAN",
            "IMAP",
            "QUIC",
            "LDAP",
            "GET",
            "kim",
            "admin",
            "home",
            "online",
            "ping",
            "block",
            "pcap",
            "a.pcap",
            "public",
            "www.example.com",
            "example.net",
            "internet",
            "30min",
            "3 h",
            "1시간 05분",
            "회의록",
            "패킷",
            "\u{1105}\u{1169}\u{11a8}",
            "ㄱ",
            "서버(10.0.0.3)",
            "\"회의록\"",
            "[web]",
            "본문…",
        ] {
            assert_eq!(ending(word), Ending::Consonant, "{word}");
        }
    }
}
