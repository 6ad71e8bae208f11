//! The program in Korean, on a pipe; and README.ko.md, which says what README.md says.

use assert_cmd::Command;

/// Runs the program in a locale, and returns its output.
fn stdout(locale: &str, words: &[&str]) -> String {
    let outcome = Command::cargo_bin("wiretalk")
        .unwrap()
        .env_remove("LC_MESSAGES")
        .env_remove("LC_ALL")
        .env_remove("LC_CTYPE")
        .env("LANG", locale)
        .args(words)
        .assert();
    String::from_utf8(outcome.get_output().stdout.clone()).unwrap()
}

#[test]
fn the_locale_or_the_option_chooses_the_language() {
    let words = ["conversations", "samples/refused.pcap"];
    let korean = stdout("ko_KR.UTF-8", &words);
    assert!(korean.contains("✗ 연결 거부"), "{korean}");
    assert!(korean.contains("10.0.0.2가 SYN에 RST로 응답"), "{korean}");
    let english = stdout("C.UTF-8", &words);
    assert!(english.contains("✗ refused"), "{english}");
    assert_eq!(
        stdout("C.UTF-8", &[&words[..], &["--lang", "ko"]].concat()),
        korean
    );
    assert_eq!(
        stdout("ko_KR.UTF-8", &[&words[..], &["--lang=en"]].concat()),
        english
    );
    let help = stdout("ko_KR.UTF-8", &["--help"]);
    assert!(help.contains("대화를 한 줄에 하나씩 출력"), "{help}");
}

/// Returns the standard error of the program in Korean, whose arguments are wrong.
fn refused(words: &[&str]) -> String {
    let outcome = Command::cargo_bin("wiretalk")
        .unwrap()
        .args(words)
        .args(["--lang", "ko"])
        .assert()
        .code(2);
    String::from_utf8(outcome.get_output().stderr.clone()).unwrap()
}

#[test]
fn the_command_line_answers_in_korean() {
    for words in [
        &["--help"][..],
        &["packets", "-h"],
        &["save", "--help"],
        &["help"],
    ] {
        let help = stdout("ko_KR.UTF-8", words);
        assert!(help.contains("\n사용법: wiretalk"), "{help}");
        assert!(help.contains("\n옵션:\n"), "{help}");
        for english in [
            "Usage",
            "Commands",
            "Arguments",
            "Options:",
            "Print",
            "ossible values",
            "[default",
        ] {
            assert!(!help.contains(english), "{english}: {help}");
        }
    }
    let unknown = refused(&["--frob"]);
    assert!(
        unknown.starts_with("오류: 알 수 없는 인수 '--frob'\n\n사용법: wiretalk"),
        "{unknown}"
    );
    assert!(
        unknown.ends_with("\n자세한 것은 '--help' 참조.\n"),
        "{unknown}"
    );
    for (words, expected) in [
        (
            &["a", "--memory", "abc"][..],
            "'--memory <SIZE>'의 값 'abc'가 잘못됨: 'abc'는 크기",
        ),
        (
            &["--theme", "red"],
            "'--theme <THEME>'의 값 'red'가 잘못됨\n  [가능한 값: dark, light, high-contrast, color-blind, plain]\n",
        ),
        (&["explain", "a"], "필요한 인수가 없음:\n  <NUMBER>\n"),
        (
            &["packets", "a", "--json", "--csv"],
            "'--json'과 '--csv'는 함께 쓸 수 없음\n",
        ),
        (&["folow", "x"], "'folow'"),
        (&["packets"], "오류: 캡처가 지정되지 않음"),
    ] {
        let error = refused(words);
        assert!(error.contains(expected), "{words:?}: {error}");
        assert!(
            !error.contains("error") && !error.contains("Usage"),
            "{error}"
        );
    }
}

#[test]
fn data_is_english_unless_korean_is_asked_for() {
    for format in ["--json", "--csv"] {
        let words = ["conversations", "samples/refused.pcap", format];
        let data = stdout("ko_KR.UTF-8", &words);
        assert!(data.contains("refused: 10.0.0.2 answered"), "{data}");
        assert_eq!(data, stdout("C.UTF-8", &words));
        let korean = stdout("C.UTF-8", &[&words[..], &["--lang", "ko"]].concat());
        assert!(korean.contains("연결 거부: 10.0.0.2가"), "{korean}");
    }
}

#[test]
fn text_is_ascii_where_it_is_asked_for_or_the_charset_has_no_more() {
    let words = ["conversations", "samples/refused.pcap"];
    let unicode = stdout("C.UTF-8", &words);
    assert!(unicode.contains("●✕·"), "{unicode}");
    let ascii = stdout("C", &words);
    assert!(ascii.is_ascii(), "{ascii}");
    assert!(ascii.contains("ox."), "{ascii}");
    assert!(ascii.contains("x refused"), "{ascii}");
    let asked = [&words[..], &["--glyphs", "ascii"]].concat();
    assert_eq!(stdout("C.UTF-8", &asked), ascii);
    let asked = [&words[..], &["--glyphs", "unicode"]].concat();
    assert_eq!(stdout("C", &asked), unicode);
    // Data and names from packets stay as they are.
    let words = ["conversations", "samples/ftp-passive.pcap"];
    assert!(stdout("C", &words).contains("보고서"));
    let json = [&words[..], &["--json"]].concat();
    assert_eq!(stdout("C", &json), stdout("C.UTF-8", &json));
}

/// Returns the blocks of code of a document, and its code within text and its links, sorted. A link to a document in
/// Korean counts as one to the English document.
fn code(document: &str) -> (Vec<&str>, Vec<String>) {
    let (blocks, text): (Vec<&str>, Vec<&str>) =
        document.lines().partition(|line| line.starts_with("    "));
    let text = text.join(" ");
    let mut spans: Vec<String> = text
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect();
    for (at, _) in text.match_indices("](") {
        let link = text[at + 2..].split(')').next().unwrap();
        if !link.starts_with("README") {
            spans.push(link.replace(".ko.md", ".md"));
        }
    }
    spans.sort();
    (blocks, spans)
}

#[test]
fn both_readmes_have_the_same_commands_keys_and_links() {
    let (english, korean) = (
        include_str!("../README.md"),
        include_str!("../README.ko.md"),
    );
    let ((blocks, spans), (blocks_ko, spans_ko)) = (code(english), code(korean));
    assert_eq!(blocks_ko, blocks);
    assert_eq!(spans_ko, spans);
    assert!(blocks.len() >= 2 && spans.len() > 30);
    assert!(english.contains("](README.ko.md)") && korean.contains("](README.md)"));
    let headings = |document: &str| {
        document
            .lines()
            .filter(|line| line.starts_with('#'))
            .count()
    };
    assert_eq!(headings(korean), headings(english));
}
