//! `wiretalk export`.

use crate::reading::{OpenCapture, files, index, open, problems};
use std::{
    ffi::OsStr,
    fs::File,
    io::Write,
    mem::ManuallyDrop,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::atomic::AtomicBool,
};
use wiretalk::{
    cli::{ExportArgs, refuse},
    confine::Wanted,
    export::{CaptureId, Export, Folder, sanitized},
    lang::text,
    report,
};

/// Writes the tables of a capture.
pub fn export(
    mut args: ExportArgs,
    mut wanted: Wanted,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    args.reading.judging = args.judging.settings();
    let options = args.options();
    let names = files(&args.files, None);
    let Some(first) = names.first() else {
        refuse(text!("cli-no-capture"));
    };
    let sensor = sanitized(&args.sensor.unwrap_or_else(|| sensor(first)));
    wanted.out.push(args.out.clone());
    // A pipe can be read only once. The file is opened before the program gives up its rights.
    let hashed = match names.as_slice() {
        [file] if file.is_file() => Some(File::open(file)?),
        _ => None,
    };
    let OpenCapture { name, reader, .. } = open(&names, wanted)?;
    let capture = match (hashed, reader.files()) {
        (Some(file), _) => CaptureId::of_files([Ok(file)].into_iter())?,
        (None, Some(files)) => CaptureId::of_files(files)?,
        (None, None) => CaptureId::of_stream(&sensor),
    };
    let (mut index, _commands) = index(reader, &args.reading);
    let store = ManuallyDrop::new(index.store().clone());
    let folder = Folder::new(args.out, sensor, args.format, args.force, capture);
    let export = Export::begin(&mut index, folder, options)?;
    index.read_to_end(&AtomicBool::new(false));
    // The table of exchanges ends with it.
    drop(index);
    let written = export.finish(&store)?;
    report::exported(&written, args.json, out)?;
    out.flush()?;
    Ok(problems(&name, &store))
}

/// Returns the name of the place where a capture was made, if none was given: that of the file, without its endings, or
/// of a pipe that of this host.
fn sensor(file: &Path) -> String {
    let host = || std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if file.as_os_str() == "-" {
        return host().trim().to_owned();
    }
    let mut name = PathBuf::from(file.file_name().unwrap_or_default());
    let endings = ["gz", "zst", "lz4", "pcapng", "pcap", "cap"];
    while name
        .extension()
        .and_then(OsStr::to_str)
        .is_some_and(|it| endings.contains(&it))
    {
        name.set_extension("");
    }
    name.to_string_lossy().into_owned()
}
