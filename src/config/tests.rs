use super::*;
use crate::{
    lang::Language,
    ui::{action::BINDINGS, keys},
};
use std::{fs, os::unix::fs::symlink, path::Path};

fn owner() -> u32 {
    nix::unistd::geteuid().as_raw()
}

/// Returns the settings of a text, and what is wrong in it.
fn read(text: &str) -> (Config, Vec<String>) {
    let mut config = Config::default();
    let problems = config.read(Path::new("config.toml"), text);
    (config, problems.iter().map(Problem::to_string).collect())
}

fn written(config: &Config) -> String {
    let mut out = Vec::new();
    write(config, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What is printed is a valid file, also with every default in it, and that changes nothing.
#[test]
fn the_defaults_are_a_valid_file() {
    let (_, problems) = read(&written(&Config::default()));
    assert_eq!(problems, [""; 0]);
    let all: String = written(&Config::default())
        .lines()
        .map(|line| line.strip_prefix("# ").unwrap_or(line).to_owned() + "\n")
        .collect();
    let (config, problems) = read(&all);
    assert_eq!(problems, [""; 0]);
    assert_eq!((config.language, config.threads), (None, Some(0)));
    let (rows, clashes) = keys::bind(&config.keys);
    assert_eq!(clashes, []);
    for (row, default) in rows.iter().zip(BINDINGS) {
        assert_eq!(row.keys, default.keys, "{}", keys::name(default));
    }
    // What is set stays set.
    let again = written(&config);
    assert!(again.contains("\nthreads = 0\n"), "{again}");
    assert_eq!(read(&again).1, [""; 0]);
}

#[test]
fn mistakes_are_named_with_their_place_and_what_is_meant() {
    for (text, place, words) in [
        ("them = \"dark\"", "1:1:", "did you mean 'theme'?"),
        (
            "\ntheme = \"drak\"",
            "2:9:",
            "did you mean 'dark'? Allowed: auto, dark, light, high-contrast",
        ),
        (
            "theme = 5",
            "1:9:",
            "text in quotes is needed here, this is: integer",
        ),
        ("keep = \"many\"", "1:8:", "keep: 'many' is not allowed"),
        ("threads = -1", "1:11:", "a whole number from 0"),
        ("filter = \"tcp.prot == 80\"", "1:10:", "tcp.prot"),
        ("names = 1", "1:9:", "true or false"),
        ("[keyes]", "1:2:", "did you mean 'keys'?"),
        ("keys = 3", "1:8:", "a table"),
        ("[keys]\nfliter = \"x\"", "2:1:", "did you mean 'filter'?"),
        ("[keys]\nfilter = \"ctrl-\"", "2:10:", "'ctrl-' is no key"),
        (
            "[keys]\nfilter = \"n\"",
            "2:10:",
            "n is now 'filter', and no longer 'find-next'",
        ),
        (
            "[keys]\nfilter = \"ctrl-c\"",
            "2:10:",
            "ctrl-c always quits",
        ),
        ("[colors]\nbad = \"reddish\"", "2:7:", "light-red"),
        ("[thresholds]\nslow-server = \"5\"", "2:15:", "slow-server"),
        ("[columns]\npackets = \"no,inof\"", "2:11:", "inof"),
        (
            "color-rules = [{ filter = \"tcp\" }]",
            "1:16:",
            "'color' is missing",
        ),
        ("theme = \"dark", "1:", "is not TOML"),
    ] {
        let (_, problems) = read(text);
        let problem = problems.first().map_or("", String::as_str);
        assert!(
            problem.starts_with(&format!("config.toml:{place}")),
            "{text}: {problem}"
        );
        assert!(problem.contains(words), "{text}: {problem}");
        assert_eq!(problems.len(), 1, "{problems:?}");
    }
}

#[test]
fn the_rest_of_a_file_with_mistakes_applies() {
    let text = "theme = \"light\"\nnothing = 1\nthreads = \"2\nlanguage = \"ko\"\n[colors]\nbad = \"red\"\n";
    let (config, problems) = read(text);
    assert!((2..=3).contains(&problems.len()), "{problems:?}");
    assert_eq!(
        (config.theme, config.language),
        (Some(Look::Light), Some(Language::Ko))
    );
    assert_eq!(config.colors.len(), 1);
}

#[test]
fn a_profile_has_precedence() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path();
    fs::create_dir(directory.join("profiles")).unwrap();
    fs::write(
        directory.join("config.toml"),
        "language = \"ko\"\ntheme = \"dark\"\nthreads = 2\n",
    )
    .unwrap();
    fs::write(
        directory.join("profiles/lab.toml"),
        "language = \"en\"\ntheme = \"auto\"\n",
    )
    .unwrap();
    let read = |profile| Sources::read_from(Some(directory.to_owned()), owner(), profile);
    let (config, problems) = read(None).unwrap().settings();
    assert_eq!(
        (config.theme, config.threads, problems.len()),
        (Some(Look::Dark), Some(2), 0)
    );
    let sources = read(Some("lab")).unwrap();
    assert_eq!(sources.language(), Some(Language::En));
    let (config, problems) = sources.settings();
    assert_eq!(
        (config.theme, config.threads, problems.len()),
        (None, Some(2), 0)
    );
    let missing = read(Some("lap")).unwrap_err().to_string();
    assert!(
        missing.contains("lap.toml does not exist; there are: lab"),
        "{missing}"
    );
    for name in ["../config", "a/b", "..", ".", "", ".lab", "a\u{1b}b"] {
        let why = read(Some(name)).unwrap_err().to_string();
        assert!(why.contains("no name of a profile"), "{name}: {why}");
    }
}

/// Whatever is in its place, the program starts with the defaults and one line that says so.
#[test]
fn files_that_are_none_are_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path();
    let path = directory.join("profiles/lab.toml");
    fs::create_dir(directory.join("profiles")).unwrap();
    let ignored = |words: &str| {
        let sources = Sources::read_from(Some(directory.to_owned()), owner(), Some("lab")).unwrap();
        assert_eq!(sources.language(), None);
        let (config, problems) = sources.settings();
        assert!(config.written.is_empty());
        assert_eq!(problems.len(), 1);
        let problem = problems[0].to_string();
        assert!(
            problem.contains("lab.toml: ignored: ") && problem.contains(words),
            "{problem}"
        );
    };
    fs::create_dir(&path).unwrap();
    ignored("no plain file");
    fs::remove_dir(&path).unwrap();
    nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
    ignored("no plain file");
    fs::remove_file(&path).unwrap();
    symlink("/etc/passwd", &path).unwrap();
    ignored("symbolic link");
    fs::remove_file(&path).unwrap();
    // A file of 100 MB takes no room on the disk.
    fs::File::create(&path).unwrap().set_len(100 << 20).unwrap();
    ignored("too large");
    fs::write(&path, (0..=255).cycle().take(100_000).collect::<Vec<u8>>()).unwrap();
    ignored("text");
    assert!(
        Sources::read_from(None, 0, None)
            .unwrap()
            .settings()
            .1
            .is_empty()
    );
}

/// Nonsense that is text takes neither long nor much.
#[test]
fn nonsense_is_bounded() {
    let deep = "a = ".to_owned() + &"[".repeat(500_000);
    let tables = "[a.b]\n".repeat(100_000);
    let signs: String = "=[]{}\"'#\n,".chars().cycle().take(700_000).collect();
    let keys: String = (0..60_000).map(|at| format!("key{at} = {at}\n")).collect();
    let dotted = "a.".repeat(300_000);
    for text in [deep, tables, signs, keys, dotted] {
        let begun = std::time::Instant::now();
        let (_, problems) = read(&text);
        assert!(!problems.is_empty() && problems.len() <= 20, "{problems:?}");
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
        eprintln!("{:?} {}", begun.elapsed(), &text[..12]);
    }
}

#[test]
fn the_command_line_has_precedence() {
    let text = "theme = \"light\"\nnames = false\nthreads = 2\nkeep = \"1h\"\nignore = [\"reset\"]\nports = \"80\"\n\
                decode-as = [\"tcp.port==1,http\"]\n[thresholds]\nport-scan = 50\n[columns]\npackets = \"no,info\"\n";
    let (config, problems) = read(text);
    assert_eq!(problems, [""; 0]);
    let applied = |words: &str| {
        let words = ["wiretalk"].into_iter().chain(words.split_whitespace());
        let mut cli = crate::cli::parse(words.map(Into::into)).unwrap();
        config.apply(&mut cli);
        cli
    };
    let cli = applied("a.pcap");
    assert_eq!((cli.theme, cli.addresses), (Some(Look::Light), true));
    assert_eq!(cli.reading.keep.unwrap().to_string(), "1h");
    assert_eq!(
        (cli.reading.threads, cli.judging.ignored.len()),
        (Some(2), 1)
    );
    assert_eq!(cli.columns().packets().len(), 2);
    assert_eq!(cli.select.ports().to_string(), "80");
    let cli = applied(
        "a.pcap --theme dark -N --keep all --threads 0 --ignore refused --port 443 --columns no,time,info",
    );
    assert_eq!(
        (cli.theme, cli.addresses, cli.resolve),
        (Some(Look::Dark), false, true)
    );
    assert_eq!(cli.reading.keep.unwrap().bytes, None);
    assert_eq!(cli.reading.threads, Some(0));
    assert_eq!(cli.judging.ignored, [Kind::Refused]);
    assert_eq!(cli.columns().packets().len(), 3);
    assert_eq!(cli.select.ports().to_string(), "443");
    // The options of the screen do not change what a pipe gets.
    let cli = applied("packets a.pcap");
    let Some(crate::cli::Command::Packets(args)) = cli.command else {
        panic!("no packets");
    };
    assert_eq!(
        (args.reading.threads, args.reading.decode_as.len()),
        (Some(2), 1)
    );
    assert!(args.columns.is_none() && args.select.ports.is_empty());
}
