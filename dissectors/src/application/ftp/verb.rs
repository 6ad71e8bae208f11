//! Commands by their names.

/// A command's name in capital letters, followed by zeros: RFC 959, section 5.3.
pub type Verb = [u8; 4];

/// Returns the name of a command. No known name is longer than four letters.
pub fn verb(command: &[u8]) -> Verb {
    let mut verb = [0; 4];
    if command.len() <= verb.len() {
        for (slot, letter) in verb.iter_mut().zip(command) {
            *slot = letter.to_ascii_uppercase();
        }
    }
    verb
}

/// Returns whether this command uses a data connection: RFC 959, section 5.4, and RFC 3659, section 7.
pub fn moves_data(verb: Verb) -> bool {
    matches!(
        &verb,
        b"RETR" | b"STOR" | b"STOU" | b"APPE" | b"LIST" | b"NLST" | b"MLSD"
    )
}

/// Returns whether this command transfers a file, not a list of files.
pub fn moves_file(verb: Verb) -> bool {
    moves_data(verb) && !matches!(&verb, b"LIST" | b"NLST" | b"MLSD")
}

/// Returns whether this command changes the server's files.
pub fn changes(verb: Verb) -> bool {
    matches!(
        &verb,
        b"DELE" | b"MKD\0" | b"XMKD" | b"RMD\0" | b"XRMD" | b"RNTO"
    )
}

/// Returns whether a command's argument is a secret: RFC 959, section 4.1.1, and RFC 2228, section 3.
pub fn is_secret(verb: Verb) -> bool {
    matches!(&verb, b"PASS" | b"ACCT" | b"ADAT")
}
