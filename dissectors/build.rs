//! Lists the protocols: each module of a folder of protocols whose file has a `DISSECTOR`, in the order of `mod.rs`.

use std::{env, fs, io, path::Path};

/// From the wire to the applications.
const FOLDERS: [&str; 4] = ["link", "internet", "transport", "application"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=src");
    let mut list = String::from("[\n");
    for folder in FOLDERS {
        let path = Path::new("src").join(folder);
        let mut attribute = "";
        for line in read(&path.join("mod.rs"))?.lines() {
            let only_for_tests = std::mem::take(&mut attribute);
            if line == "#[cfg(test)]" {
                attribute = line;
            }
            let Some(name) = line.strip_prefix("pub(crate) mod ") else {
                continue;
            };
            let name = name.trim_end_matches(';');
            if read(&path.join(name).with_extension("rs"))?.contains("\npub const DISSECTOR: ") {
                list += &format!("    {only_for_tests} &crate::{folder}::{name}::DISSECTOR,\n");
            }
        }
    }
    list += "]\n";
    let out = env::var_os("OUT_DIR").unwrap_or_default();
    fs::write(Path::new(&out).join("all.rs"), list)
}

fn read(path: &Path) -> io::Result<String> {
    let name_it = |error| io::Error::other(format!("{}: {error}", path.display()));
    fs::read_to_string(path).map_err(name_it)
}
