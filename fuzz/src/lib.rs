//! What the targets of the protocol families share.

use dissectors::by_name;
use wiretalk::harness;

/// Has a conversation heard and shown in one of these protocols, which the first byte chooses. OSPF and the others that
/// are no conversations are the business of the target `packet`.
pub fn converse(names: &[&str], data: &[u8]) {
    let Some((first, script)) = data.split_first() else {
        return;
    };
    let name = names[usize::from(*first) % names.len()];
    let dissector = by_name(name).expect("its name is that of a protocol");
    if let Err(broken) = harness::converse(dissector, script) {
        panic!("{broken}");
    }
}
