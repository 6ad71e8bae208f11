//! Scripted conversations.

use super::*;
use crate::{
    MessageContext,
    test_session::{Script, converse, secrets},
    test_support::{masked, said, words},
};
use Side::{Client, Server};

fn smtp(said: &[(Side, &[u8])]) -> Script {
    converse("smtp", said)
}

const MAIL: &[u8] = b"From: a@b\r\nSubject: =?EUC-KR?B?yLjAx7fP?=\r\n\r\nhi\r\n..stuffed\r\n.\r\n";

fn delivery<'a>(mail: &[&'a [u8]], last: &'a [u8]) -> Vec<(Side, &'a [u8])> {
    let mut all: Vec<(Side, &[u8])> = vec![
        (Server, b"220 mx.example.com ESMTP\r\n"),
        (Client, b"EHLO me\r\n"),
        (Server, b"250-mx\r\n250-STARTTLS\r\n250 PIPELINING\r\n"),
        (
            Client,
            b"MAIL FROM:<minutes@example.kr> SIZE=3\r\nRCPT TO:<team@example.com>\r\nDATA\r\n",
        ),
        (Server, b"250 ok\r\n250 ok\r\n354 go\r\n"),
    ];
    all.extend(mail.iter().map(|&part| (Client, part)));
    all.push((Server, last));
    all
}

#[test]
fn a_mail_in_a_few_words() {
    let talked = smtp(&delivery(&[MAIL], b"250 2.0.0 queued\r\n"));
    assert_eq!(
        talked.session.summary(),
        "minutes@example.kr → team@example.com: 회의록, accepted, STARTTLS offered but not used"
    );
    assert!(!talked.session.credentials());
    let refused = smtp(&delivery(&[MAIL], b"550 5.7.1 no\x1b[31m\r\n"));
    assert!(refused.session.summary().contains("refused: 550 5.7.1 no"));
}

/// RFC 2920: a mail is one exchange with DATA, and so is AUTH with the answers to its challenges.
#[test]
fn exchanges() {
    let (one, two) = MAIL.split_at(20);
    let mut script = smtp(&delivery(&[one, two], b"250 2.0.0 queued\r\n"));
    let bytes = MAIL.len();
    assert_eq!(
        script.exchanges(),
        [
            "Greeting: ok 220:  → 220 mx.example.com ESMTP (- → 1-1 26)".to_owned(),
            "Other: ok 250: EHLO me → 250 mx (2-2 9 → 3-3 38, 1 s)".to_owned(),
            "Mail: ok 250: MAIL FROM:<minutes@example.kr> SIZE=3 → 250 ok (4-4 39 → 5-5 8, 1 s)"
                .to_owned(),
            "Mail: ok 250: RCPT TO:<team@example.com> → 250 ok (4-4 28 → 5-5 8, 1 s)".to_owned(),
            format!("Mail: ok 250: DATA → 250 2.0.0 queued (4-7 {bytes} → 8-8 18, 1 s)"),
        ]
    );
    let mut script = smtp(&[
        (Client, b"AUTH LOGIN a2lt\r\n"),
        (Server, b"334 UGFzc3dvcmQ6\r\n"),
        (Client, b"c2VjcmV0\r\n"),
        (Server, b"535 5.7.8 no\r\n"),
        (Client, b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"),
        (Server, b"250 ok\r\n450-4.2.1 busy\r\n"),
        (
            Server,
            b"450 4.2.1 see http://a.example\r\n503 5.5.1 no\r\n",
        ),
        (Client, b"c2VjcmV0\r\nSTARTTLS\r\n"),
        (Server, b"500 what\r\n"),
    ]);
    assert_eq!(
        script.exchanges(),
        [
            "Login: refused 535: AUTH LOGIN → 535 5.7.8 no (1-3 27 → 4-4 14, 1 s)",
            "Mail: ok 250: MAIL FROM:<a@b> → 250 ok (5-5 17 → 6-6 8, 1 s)",
            "Mail: server error 450: RCPT TO:<c@d> → 450 4.2.1 busy (5-5 15 → 6-7 48, 1 s)",
            "Mail: client error 503: DATA → 503 5.5.1 no (5-5 0 → 7-7 14, 2 s)",
            "Other: client error 500: unknown command → 500 what (8-8 10 → 9-9 10, 1 s)",
            "Handshake: none: STARTTLS → - (8-8 10 → -)",
        ]
    );
    assert_eq!(
        script.summary(),
        "a@b → c@d, refused: 450 4.2.1 busy, login as kim refused: 535, STARTTLS asked but not answered"
    );
    let mut script = smtp(&[
        (Client, b"EHLO x\r\nBDAT 2\r\nab"),
        (Server, b"250 ok\r\n250 ok\r\n"),
        (Client, b"BDAT 4 LAST\r\nc"),
        (Client, b"def"),
        (Server, b"554 5.6.0 no\r\n"),
        (Server, b"421 bye\r\n"),
    ]);
    assert_eq!(
        script.exchanges(),
        [
            "Other: ok 250: EHLO x → 250 ok (1-1 8 → 2-2 8, 1 s)",
            "Mail: ok 250: BDAT 2 → 250 ok (1-1 2 → 2-2 8, 1 s)",
            "Mail: client error 554: BDAT 4 LAST → 554 5.6.0 no (3-4 4 → 5-5 14, 1 s)",
            "Other: server error 421:  → 421 bye (- → 6-6 9)",
        ]
    );
}

#[test]
fn refusals() {
    for (purpose, code, text, expected) in [
        (Purpose::Greeting, 554, "no", Class::Refused),
        (Purpose::Greeting, 421, "busy", Class::ServerError),
        (Purpose::Login, 504, "5.5.4 which?", Class::ClientError),
        (Purpose::Login, 550, "no", Class::Refused),
        (Purpose::Login, 454, "4.7.0 later", Class::ServerError),
        (Purpose::Mail, 530, "5.7.0 log in", Class::Refused),
        (Purpose::Mail, 550, "5.7.1 relaying denied", Class::Refused),
        (Purpose::Mail, 550, "5.1.1 who?", Class::ClientError),
        (Purpose::Mail, 450, "4.7.1 greylisted", Class::ServerError),
        (Purpose::Mail, 354, "go on", Class::Ok),
    ] {
        assert_eq!(class(purpose, code, text.as_bytes()), expected, "{code}");
    }
}

#[test]
fn one_of_several_recipients_is_refused() {
    let talked = smtp(&[
        (Server, b"220 mx ESMTP\r\n"),
        (
            Client,
            b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\nDATA\r\n",
        ),
        (Server, b"250 ok\r\n550 who\r\n250 ok\r\n354 go\r\n"),
        (Client, b"Subject: x\r\n\r\n.\r\n"),
        (Server, b"250 ok\r\n"),
    ]);
    assert_eq!(
        talked.session.summary(),
        "a@b → c@d and 1 more: x, accepted, one recipient refused: 550 who"
    );
}

/// RFC 5321, sections 3.3, 4.1.1.1 and 4.1.1.5.
#[test]
fn an_envelope_that_was_emptied() {
    for (empties, refused) in [
        (&b"RSET\r\n"[..], ""),
        (b"EHLO y\r\n", ""),
        (b"", ", one sender refused: 553 no"),
    ] {
        let reply: &[u8] = if empties.is_empty() {
            b"553 no\r\n"
        } else {
            b"250 ok\r\n"
        };
        let script = smtp(&[
            (Client, b"EHLO x\r\n"),
            (Server, b"250 ok\r\n"),
            (Client, b"MAIL FROM:<old@x>\r\n"),
            (Server, reply),
            (Client, b"RCPT TO:<a@x>\r\n"),
            (Server, reply),
            (Client, empties),
            (
                Server,
                if empties.is_empty() {
                    b""
                } else {
                    b"250 ok\r\n"
                },
            ),
            (Client, b"MAIL FROM:<new@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n"),
            (Server, b"250 ok\r\n250 ok\r\n354 go\r\n"),
            (Client, b"Subject: hi\r\n\r\n.\r\n"),
            (Server, b"250 ok\r\n"),
        ]);
        let words = format!("new@x → b@x: hi, accepted{refused}");
        assert_eq!(script.summary(), words);
    }
}

#[test]
fn a_mail_cut_anywhere_is_the_same_mail() {
    for at in 1..MAIL.len() {
        let (one, two) = MAIL.split_at(at);
        let talked = smtp(&delivery(&[one, two], b"250 ok\r\n"));
        assert_eq!(talked.whole(), MAIL, "cut at {at}");
        assert!(
            talked.session.summary().contains("회의록, accepted"),
            "cut at {at}"
        );
    }
    let bytes: Vec<&[u8]> = MAIL.chunks(1).collect();
    let talked = smtp(&delivery(&bytes, b"250 ok\r\n"));
    assert_eq!(talked.whole(), MAIL);
}

/// RFC 5321, section 4.1.1.4: only these five bytes end a mail.
#[test]
fn what_does_not_end_a_mail() {
    for text in [
        &b"a.\r\n"[..],
        b"\n.\n",
        b"\r.\r",
        b"\r\n.\r\r\n",
        b"\r\n. \r\n",
        b"\r\n..\r\n",
    ] {
        assert_eq!(Ending(0).find(text), None, "{text:?}");
    }
    assert_eq!(Ending(0).find(b"\r\r\n.\r\nQUIT"), Some(6));
    let mut begin = Ending::BEGIN;
    assert_eq!(begin.find(b".\r\n"), Some(3));
    assert_eq!(Ending(0).find(b"\r\n.\r\r\n.\r\n"), Some(9));
}

#[test]
fn replies_belong_to_commands() {
    let talked = smtp(&delivery(&[MAIL], b"250 2.0.0 queued\r\n"));
    assert_eq!(
        talked.known::<SmtpMessage>(3),
        Some(SmtpMessage::Commands(vec![
            Some((5, 250)),
            Some((5, 250)),
            Some((5, 354))
        ]))
    );
    assert_eq!(
        talked.known::<SmtpMessage>(4),
        Some(SmtpMessage::Replies(vec![
            Some((4, Verb::Mail)),
            Some((4, Verb::Recipient)),
            Some((4, Verb::Data))
        ]))
    );
    assert_eq!(
        talked.known::<SmtpMessage>(6),
        Some(SmtpMessage::Replies(vec![Some((6, Verb::End))]))
    );
    assert_eq!(
        talked.known::<SmtpMessage>(0),
        Some(SmtpMessage::Replies(vec![None]))
    );
}

/// RFC 2920: a client that does not wait may have sent the mail and more.
#[test]
fn pipelining_ahead_of_the_replies() {
    let talked = smtp(&[
        (Server, b"220 a ESMTP\r\n"),
        (
            Client,
            b"HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nhi\r\n.\r\nQUIT\r\n",
        ),
        (
            Server,
            b"250 a\r\n250 b\r\n250 c\r\n354 d\r\n250 e\r\n221 f\r\n",
        ),
    ]);
    let said: Vec<&[u8]> = talked
        .messages
        .iter()
        .map(|(_, said)| said.as_slice())
        .collect();
    assert_eq!(said.get(2), Some(&&b"hi\r\n.\r\n"[..]));
    assert_eq!(said.get(3), Some(&&b"QUIT\r\n"[..]));
    assert_eq!(talked.session.summary(), "a@b → c@d, accepted");
}

#[test]
fn a_mail_that_nobody_wanted() {
    let talked = smtp(&[
        (Client, b"DATA\r\n"),
        (Server, b"503 5.5.1 no\r\n"),
        (Client, b"RSET\r\n"),
        (Server, b"250 ok\r\n"),
    ]);
    assert_eq!(
        talked.known::<SmtpMessage>(2),
        Some(SmtpMessage::Commands(vec![Some((4, 250))]))
    );
    assert_eq!(talked.session.summary(), "refused: 503 5.5.1 no");
}

/// RFC 3030.
#[test]
fn chunks() {
    let talked = smtp(&[
        (Client, b"EHLO x\r\nBDAT 12\r\nSubject: "),
        (Server, b"250 ok\r\n"),
        (Client, b"x\r\n"),
        (Server, b"250 ok\r\n"),
        (Client, b"BDAT 4 last\r\n\r\n"),
        (Client, b"hi"),
        (Server, b"250 ok\r\n"),
        (Client, b"QUIT\r\n"),
    ]);
    assert_eq!(talked.whole(), b"Subject: x\r\n\r\nhi");
    let talked = smtp(&[
        (Client, b"BDAT 2\r\nhi"),
        (Client, b"BDAT 0 LAST\r\nQUIT\r\n"),
    ]);
    assert_eq!(talked.whole(), b"hi");
    smtp(&[
        (Client, b"BDAT 99999999999999999999999 LAST\r\n"),
        (Client, b"x\r\n"),
    ]);
    smtp(&[
        (Client, b"BDAT 18446744073709551615 LAST\r\n"),
        (Client, b"x\r\n"),
    ]);
}

/// RFC 3030, section 2: RSET ends a mail that lacks chunks.
#[test]
fn a_mail_that_is_given_up() {
    let talked = smtp(&[
        (Client, b"BDAT 4\r\nhi"),
        (Client, b"ya"),
        (Server, b"250 ok\r\n"),
        (Client, b"RSET\r\n"),
        (Client, b"BDAT 3 LAST\r\nabc"),
        (Server, b"250 ok\r\n250 ok\r\n"),
    ]);
    let part = |number| match talked.known(number) {
        Some(SmtpMessage::Mail { completed_in, .. }) => completed_in,
        other => unreachable!("{other:?}"),
    };
    assert_eq!([1, 2, 6].map(part), [None, None, Some(5)]);
    assert_eq!(talked.gathered(2), b"");
    assert_eq!(talked.whole(), b"abc");
}

#[test]
fn encryption() {
    let accepted = smtp(&[
        (Client, b"EHLO x\r\n"),
        (Server, b"250-a\r\n250 STARTTLS\r\n"),
        (Client, b"STARTTLS\r\n"),
        (Server, b"220 go\r\n"),
        (Client, b"\x16\x03\x01\0\x05hello"),
    ]);
    assert_eq!(accepted.then, Some("tls"));
    assert_eq!(accepted.session.summary(), "STARTTLS");
    let refused = smtp(&[
        (Client, b"STARTTLS\r\n"),
        (Server, b"454 4.7.0 TLS not available\r\n"),
        (Client, b"MAIL FROM:<>\r\n"),
    ]);
    assert_eq!(refused.then, None);
    assert_eq!(refused.session.summary(), "STARTTLS refused");
    let asked = smtp(&[(Client, b"STARTTLS\r\n")]);
    assert_eq!(asked.session.summary(), "STARTTLS asked but not answered");
}

#[test]
fn logging_in() {
    let login = smtp(&[
        (Client, b"AUTH LOGIN\r\n"),
        (Server, b"334 VXNlcm5hbWU6\r\n"),
        (Client, b"a2lt\r\n"),
        (Server, b"334 UGFzc3dvcmQ6\r\n"),
        (Client, b"c2VjcmV0\r\n"),
        (Server, b"235 2.7.0 ok\r\n"),
        (Client, b"QUIT\r\n"),
    ]);
    assert_eq!(
        login.known::<SmtpMessage>(2),
        Some(SmtpMessage::Answer(Secret::Name))
    );
    assert_eq!(
        login.known::<SmtpMessage>(4),
        Some(SmtpMessage::Answer(Secret::Password))
    );
    assert_eq!(
        login.known::<SmtpMessage>(6),
        Some(SmtpMessage::Commands(vec![None]))
    );
    assert!(login.session.credentials());
    assert_eq!(login.session.summary(), "kim logged in");

    let challenge = smtp(&[
        (Client, b"AUTH CRAM-MD5\r\n"),
        (Server, b"334 PDE+\r\n"),
        (
            Client,
            b"dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw\r\n",
        ),
        (Server, b"535 no\r\n"),
    ]);
    assert_eq!(
        challenge.known::<SmtpMessage>(2),
        Some(SmtpMessage::Answer(Secret::NameAndDigest))
    );
    assert!(!challenge.session.credentials());
    assert_eq!(challenge.session.summary(), "login as tim refused: 535");

    let gave_up = smtp(&[
        (Client, b"AUTH PLAIN\r\n"),
        (Server, b"334 \r\n"),
        (Client, b"*\r\n"),
    ]);
    assert!(!gave_up.session.credentials());
    assert!(
        smtp(&[(Client, b"AUTH PLAIN AGtpbQBwdw==\r\n")])
            .session
            .credentials()
    );
}

#[test]
fn secrets_are_found_and_names_are_not() {
    let begin: &[(Side, &[u8])] = &[
        (Server, b"220 mx ESMTP\r\n"),
        (Client, b"EHLO me\r\n"),
        (Server, b"250 AUTH LOGIN PLAIN\r\n"),
    ];
    let found = |rows: &[(Side, &[u8])]| secrets("smtp", &[begin, rows].concat());
    let plain: &[(Side, &[u8])] = &[
        (Client, b"AUTH PLAIN AGtpbQBzZWNyZXQ=\r\n"),
        (Server, b"235 ok\r\n"),
        (Client, b"VRFY AGtpbQBzZWNyZXQ=\r\n"),
    ];
    assert_eq!(found(plain), ["BzZWNyZXQ="]);
    let login: &[(Side, &[u8])] = &[
        (Client, b"AUTH LOGIN\r\n"),
        (Server, b"334 VXNlcm5hbWU6\r\n"),
        (Client, b"a2lt\r\n"),
        (Server, b"334 UGFzc3dvcmQ6\r\n"),
        (Client, b"c2VjcmV0\r\n"),
        (Server, b"235 ok\r\n"),
        (Client, b"VRFY c2VjcmV0\r\n"),
    ];
    assert_eq!(found(login), ["c2VjcmV0"]);
    // A client that does not wait for the challenges.
    let at_once = b"AUTH LOGIN a2lt\r\nc2VjcmV0\r\n";
    assert_eq!(found(&[(Client, at_once)]), ["c2VjcmV0"]);
    let digest: &[(Side, &[u8])] = &[
        (Client, b"AUTH CRAM-MD5\r\n"),
        (Server, b"334 PDE+\r\n"),
        (Client, b"dGltIGI5MTNhNjAy\r\n"),
    ];
    assert_eq!(found(digest), ["GI5MTNhNjAy"]);
    for mechanism in ["XOAUTH2", "PLAIN", "NTLM"] {
        let command = format!("AUTH {mechanism} c2VjcmV0\r\n");
        assert_eq!(found(&[(Client, command.as_bytes())]), ["c2VjcmV0"]);
    }
    // Words in a mail are no secrets.
    let mail: &[(Side, &[u8])] = &[
        (Client, b"MAIL FROM:<a@b>\r\nDATA\r\n"),
        (Server, b"250 ok\r\n354 go\r\n"),
        (Client, b"x: y\r\nAUTH PLAIN AGtpbQBzZWNyZXQ=\r\n.\r\n"),
        (Client, b"AUTH PLAIN =\r\n"),
    ];
    assert_eq!(found(mail), [""; 0]);
}

#[test]
fn of_a_masked_answer_the_name_is_shown() {
    let shown = |secret, text: &[u8]| {
        let known = Some(MessageContext::new(SmtpMessage::Answer(secret)));
        said("smtp", Client, text, known)
    };
    let plain = shown(Secret::NameAndPassword, b"AGtpbQ**********\r\n");
    assert_eq!(plain.info, "C: AGtpbQ**********");
    assert!(words(&plain.tree, "User name: kim"), "{}", plain.tree);
    assert!(!plain.tree.contains("Password"), "{}", plain.tree);
    let digest = shown(Secret::NameAndDigest, b"dGltI***********\r\n");
    assert!(words(&digest.tree, "User name: tim"), "{}", digest.tree);
    let name = shown(Secret::Name, b"a2lt\r\n");
    assert_eq!(name.info, "C: User: a2lt");
    assert!(words(&name.tree, "User name: kim"), "{}", name.tree);
    let password = shown(Secret::Password, b"********\r\n");
    assert_eq!(password.info, "C: Pass: ********");
    let (tree, info) = masked(25, b"AUTH PLAIN AGtpbQBzZWNyZXQ=\r\n");
    assert_eq!(info, "C: AUTH PLAIN AGtpbQ**********");
    assert!(words(&tree, "User name: kim"), "{tree}");
}

#[test]
fn odd_letters_in_replies() {
    let talked = smtp(&[
        (Server, b"220 mx ESMTP\r\n"),
        (Client, b"MAIL FROM:<\0\x1b[31m>\r\n"),
        (Server, b"550 \x1b[31mno\0\x07\r\n"),
    ]);
    assert_eq!(talked.foreign, 0);
    assert!(talked.session.summary().starts_with("refused: 550"));
}

#[test]
fn recognised_by_the_greeting() {
    let like = |bytes: &[u8], side| looks_like(bytes, side);
    assert_eq!(
        like(b"220 mx ESMTP Postfix\r\n", Server),
        Confidence::Certain
    );
    assert_eq!(like(b"220 mx ready\r\n", Server), Confidence::Possible);
    assert_eq!(like(b"HTTP/1.1 200 OK\r\n", Server), Confidence::Impossible);
    assert_eq!(like(b"\x16\x03\x01", Client), Confidence::Impossible);
    assert_eq!(like(b"EHLO me\r\n", Client), Confidence::Certain);
    assert_eq!(like(b"Subject: x\r\n", Client), Confidence::Possible);
}

#[test]
fn hostile_lines() {
    for text in [
        &b"\0\0\0"[..],
        b"\r\n\r\n",
        b"EHLO",
        b"AUTH\r\n\r\n*\r\n",
        b"MAIL\r\nRCPT TO\r\nDATA\r\n.\r\n",
        b"EHLO \x1b[2J\0\r\nBDAT x\r\nBDAT -1 LAST\r\n",
    ] {
        for side in [Client, Server] {
            let talked = smtp(&[(side, text), (side, text), (side.other(), text)]);
            talked.session.summary();
        }
    }
    let long = vec![b'a'; 2 * MAX_LINE];
    assert_eq!(smtp(&[(Server, &long)]).foreign, 1);
}
