//! `wiretalk export`.

use crate::reading::{
    OpenCapture, ReadyCapture, ended, errors, files, index, live_index, on_signals, open, problems,
};
use signal_hook::iterator::Signals;
use std::{
    ffi::OsStr,
    fs::File,
    io::Write,
    mem::ManuallyDrop,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use wiretalk::{
    capture::{Reader, live::Live},
    cli::{ExportArgs, refuse},
    confine::Wanted,
    export::{CaptureId, Export, Folder, Place, rotate, sanitized},
    index::Index,
    lang::{Count, text},
    report,
};

/// Writes the tables of a capture.
pub fn export(
    mut args: ExportArgs,
    mut wanted: Wanted,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    args.reading.judging = args.judging.settings();
    args.reading.count = args.capture.count_of_file();
    wanted.out.push(args.out.clone());
    if args.capture.write_of_file().is_some() {
        refuse(text!("instead-write"));
    }
    match (args.capture.is_live(), args.rotate) {
        (false, None) => export_files(args, wanted, out),
        (true, None) => refuse(text!("cli-rotate-missing")),
        (true, Some(seconds)) => export_live(&args, period(seconds), wanted, out),
        (false, Some(seconds)) => export_pipe(&args, period(seconds), wanted, out),
    }
}

fn period(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into())
}

/// Writes the tables of files, or of a pipe when it has ended.
fn export_files(
    args: ExportArgs,
    wanted: Wanted,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let options = args.options();
    let names = files(&args.files, None);
    let Some(first) = names.first() else {
        refuse(text!("cli-no-capture"));
    };
    // A pipe can be read only once. The file is opened before the program gives up its rights.
    let hashed = match names.as_slice() {
        [file] if file.is_file() => Some(File::open(file)?),
        _ => None,
    };
    let sensor = sensor(&args, first);
    let OpenCapture { name, reader, .. } = open(&names, wanted)?;
    let capture = match (hashed, reader.files()) {
        (Some(file), _) => CaptureId::of_files([Ok(file)].into_iter())?,
        (None, Some(files)) => CaptureId::of_files(files)?,
        (None, None) => CaptureId::of_stream(&sensor),
    };
    let (mut index, _commands) = index(reader, &args.reading);
    let store = ManuallyDrop::new(index.store().clone());
    let folder = Folder::new(place(&args, sensor, capture, args.force));
    let export = Export::begin(&mut index, folder, options)?;
    index.read_to_end(&AtomicBool::new(false));
    let written = export.finish(&store)?;
    report::exported(&written, args.json, out)?;
    out.flush()?;
    Ok(problems(&name, &store))
}

/// Writes the tables of what comes through a pipe, in periods. A signal ends the last one.
fn export_pipe(
    args: &ExportArgs,
    length: Duration,
    wanted: Wanted,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let names = files(&args.files, None);
    let pipe = match names.as_slice() {
        [pipe] if !pipe.is_file() && !pipe.is_dir() => pipe,
        _ => refuse(text!("cli-rotate-file")),
    };
    let none: [i32; 0] = [];
    let signals = Signals::new(none)?;
    let OpenCapture { name, reader, .. } = open(&names, wanted)?;
    let sensor = sensor(args, pipe);
    let capture = CaptureId::of_stream(&sensor);
    // What was written of the same capture is replaced, period by period.
    let place = place(args, sensor, capture, true);
    let stop = Arc::new(AtomicBool::new(false));
    let stops = Arc::clone(&stop);
    on_signals(signals, move || stops.store(true, Ordering::Relaxed))?;
    let index = pipe_index(reader, args);
    let store = ManuallyDrop::new(index.store().clone());
    write_periods(args, index, (place, length), (&stop, None), out)?;
    Ok(errors(&name, &store))
}

/// Returns an index of a pipe. What was written is let go, so it is kept as a live capture is.
fn pipe_index(mut reader: Reader, args: &ExportArgs) -> Index {
    let decoding = &args.reading;
    reader.set_most(decoding.count.map_or(u64::MAX, u64::from));
    let (mut index, _) = Index::of_file(reader, &decoding.decode_as(), decoding.keep(true));
    index.judge(decoding.judging.clone());
    index
}

/// Captures, and writes the tables in periods, until that is ended.
fn export_live(
    args: &ExportArgs,
    length: Duration,
    wanted: Wanted,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let none: [i32; 0] = [];
    let signals = Signals::new(none)?;
    let ready = ReadyCapture::open(&args.capture, &args.files, &wanted)?;
    let name = ready.name().to_owned();
    let sensor = sensor(args, Path::new("-"));
    let capture = CaptureId::of_run(&sensor);
    let place = place(args, sensor, capture, false);
    let (live, segments, _) = ready.start(wanted)?;
    let stops = Arc::clone(&live);
    on_signals(signals, move || stops.stop())?;
    eprintln!("wiretalk: {}", text!("cli-capturing", interfaces = &name));
    let (index, _) = live_index(&live, segments, &args.reading)?;
    let store = ManuallyDrop::new(index.store().clone());
    let stop = Arc::new(AtomicBool::new(false));
    write_periods(args, index, (place, length), (&stop, Some(&live)), out)?;
    errors(&name, &store);
    Ok(ended(&live))
}

/// Reads to the end of a capture, and reports what was written of each period.
fn write_periods(
    args: &ExportArgs,
    mut index: Index,
    (place, length): (Place, Duration),
    (stop, live): (&Arc<AtomicBool>, Option<&Live>),
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let periods = rotate(&mut index, place, args.options(), length);
    let stops = Arc::clone(stop);
    let thread = std::thread::Builder::new().name("index".to_owned());
    let reading = thread.spawn(move || index.read_to_end(&stops))?;
    let mut missed = 0;
    let mut written = Ok(());
    for period in periods {
        let reported = period.and_then(|period| {
            missed += period.missed;
            report::exported_period(&period, args.json, out)?;
            Ok(out.flush()?)
        });
        if written.is_ok() && reported.is_err() {
            written = reported;
            stop.store(true, Ordering::Relaxed);
        }
    }
    if let Some(live) = live {
        live.stop();
    }
    if reading.join().is_err() {
        anyhow::bail!(text!("cli-index-stopped"));
    }
    if missed > 0 {
        let packets = text!("count-packets", count = Count(missed));
        eprintln!("wiretalk: {}", text!("cli-rotate-missed", packets));
    }
    written
}

fn place(args: &ExportArgs, sensor: String, capture: CaptureId, replace: bool) -> Place {
    Place {
        root: args.out.clone(),
        sensor,
        format: args.format,
        replace,
        capture: Arc::new(capture),
    }
}

/// Returns the name of the place where a capture was made: if none was given, that of the file without its endings, or of
/// a pipe that of this host.
fn sensor(args: &ExportArgs, file: &Path) -> String {
    let name = args.sensor.clone();
    sanitized(&name.unwrap_or_else(|| sensor_of(file)))
}

fn sensor_of(file: &Path) -> String {
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
