//! The data connection of the File Transfer Protocol, RFC 959, section 3.2.

use crate::{Dissector, Layer, Next, OsiLayer, Outcome, Selector};

/// FTP's data connection.
pub const DISSECTOR: Dissector = Dissector {
    name: "ftp-data",
    label: "FTP data",
    column: "FTP-DATA",
    layer: OsiLayer::Application,
    selectors: &[Selector::TcpPort(20)],
    dissect,
    talk: None,
};

fn dissect(data: &mut Layer) -> Outcome {
    if !data.tells() {
        return Ok(Next::Nothing);
    }
    let length = data.reported();
    data.title(|| format!("{length} bytes"));
    data.info(|| format!("FTP Data: {length} bytes"));
    data.skip(data.rest().len());
    Ok(Next::Nothing)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{info, layer};

    const HEX: &str = "4500002d00010000400600000a0000020a000001 0014c350 00000001 00000000 5018ffff00000000 68656c6c6f";

    #[test]
    fn a_piece_of_a_file() {
        assert_eq!(layer("ftp-data", 228, HEX), "FTP data: 5 bytes [40..45]\n");
        assert_eq!(info(228, HEX), "FTP-DATA: FTP Data: 5 bytes");
    }
}
