//! The results of commands, in words.

use super::{
    ReplyCode,
    verb::{Verb, moves_data},
};

/// Returns the meaning of a reply for the command that it answers, where it adds to the reply's own name.
pub fn outcome(verb: Verb, code: ReplyCode) -> Option<String> {
    let words = match code.0 {
        100..200 => begun(verb)?,
        200..300 => done(verb)?,
        300..400 => wanted(code)?,
        _ => failed(verb, code)?,
    };
    Some(words.to_owned())
}

/// RFC 959, section 4.2.1: first digit 1.
fn begun(verb: Verb) -> Option<&'static str> {
    Some(match &verb {
        b"RETR" => "The server begins to send the file",
        b"STOR" | b"STOU" | b"APPE" => "The server is ready to receive the file",
        b"LIST" | b"NLST" | b"MLSD" => "The server begins to send the list",
        _ => return None,
    })
}

/// First digit 2.
fn done(verb: Verb) -> Option<&'static str> {
    Some(match &verb {
        b"USER" | b"PASS" | b"ACCT" => "Logged in",
        b"RETR" => "The file was sent",
        b"STOR" | b"STOU" => "The file was stored",
        b"APPE" => "The file was stored or made longer",
        b"LIST" | b"NLST" | b"MLSD" => "The list was sent",
        b"DELE" => "The file was deleted",
        b"MKD\0" | b"XMKD" => "The directory was made",
        b"RMD\0" | b"XRMD" => "The directory was removed",
        b"RNTO" => "The file was renamed",
        b"CWD\0" | b"XCWD" | b"CDUP" | b"XCUP" => "The working directory was changed",
        b"PORT" | b"EPRT" | b"LPRT" => "The server will connect there for data",
        b"PASV" | b"EPSV" | b"LPSV" => "The server waits there for a data connection",
        b"AUTH" => "What follows is encrypted",
        b"PROT" => "The protection of data connections was set",
        b"CCC\0" => "Commands are no longer encrypted",
        b"ABOR" => "The transfer was broken off, or was over",
        b"QUIT" => "The server takes leave",
        _ => return None,
    })
}

/// First digit 3.
fn wanted(code: ReplyCode) -> Option<&'static str> {
    Some(match code {
        ReplyCode::NEED_PASSWORD => "The server wants a password",
        ReplyCode::NEED_ACCOUNT => "The server wants an account",
        ReplyCode::PENDING => "The server wants the next command before it does anything",
        _ => return None,
    })
}

/// First digits 4, for now, and 5, for good.
fn failed(verb: Verb, code: ReplyCode) -> Option<&'static str> {
    Some(match (&verb, code) {
        (b"USER" | b"PASS" | b"ACCT", ReplyCode::NOT_LOGGED_IN) => "The login was refused",
        (_, ReplyCode::NOT_LOGGED_IN) => "Only for who has logged in",
        (_, ReplyCode::NOT_AVAILABLE) => "The server gives up the conversation",
        (_, ReplyCode::CANNOT_OPEN) => "There was no data connection",
        (_, ReplyCode::ABORTED) => "The data connection broke off before all was sent",
        (_, ReplyCode::LOCAL_ERROR) => "The server failed to do it",
        (_, ReplyCode::NO_SPACE | ReplyCode::EXCEEDED) => "The server has no room for it",
        (_, ReplyCode::UNRECOGNIZED | ReplyCode::NOT_IMPLEMENTED) => {
            "The server does not understand the command"
        }
        (_, ReplyCode::BAD_ARGUMENTS | ReplyCode::BAD_PARAMETER) => {
            "The server does not take the command with this argument"
        }
        (_, ReplyCode::BAD_SEQUENCE) => "Another command had to come first",
        (b"PROT", _) => "The protection of data connections stays as it was",
        (b"AUTH", _) => "The conversation stays unencrypted",
        (b"RETR", ReplyCode::UNAVAILABLE) => {
            "The file was not sent: it does not exist or may not be read"
        }
        (b"STOR" | b"STOU" | b"APPE", ReplyCode::UNAVAILABLE | ReplyCode::BAD_NAME) => {
            "The file was not stored: it may not be written there"
        }
        (b"PORT" | b"EPRT" | b"LPRT", _) => "The server will not connect there",
        (b"PASV" | b"EPSV" | b"LPSV", _) => "The server waits for no data connection",
        (b"DELE", _) => "The file was not deleted",
        (b"MKD\0" | b"XMKD", _) => "The directory was not made",
        (b"RMD\0" | b"XRMD", _) => "The directory was not removed",
        (b"RNFR" | b"RNTO", _) => "The file was not renamed",
        (b"CWD\0" | b"XCWD" | b"CDUP" | b"XCUP", _) => "The working directory stays as it was",
        (verb, _) if moves_data(*verb) => "Nothing was sent",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::ftp::verb::verb;

    #[test]
    fn every_digit_has_its_words() {
        let words = |command: &[u8], code| outcome(verb(command), ReplyCode(code));
        let said = |words: &str| Some(words.to_owned());
        assert_eq!(
            words(b"retr", 150),
            said("The server begins to send the file")
        );
        assert_eq!(words(b"RETR", 226), said("The file was sent"));
        assert_eq!(words(b"RETR", 425), said("There was no data connection"));
        assert_eq!(words(b"MKD", 257), said("The directory was made"));
        assert_eq!(words(b"RMD", 550), said("The directory was not removed"));
        assert_eq!(words(b"PASS", 530), said("The login was refused"));
        assert_eq!(words(b"LIST", 530), said("Only for who has logged in"));
        assert_eq!(words(b"NOOP", 200), None);
        assert_eq!(words(b"RETR", 999), said("Nothing was sent"));
    }
}
