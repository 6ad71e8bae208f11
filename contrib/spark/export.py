#!/usr/bin/env python3
"""Exports many captures on a Spark cluster, as tables of `wiretalk export`.

    spark-submit export.py --wiretalk /usr/bin/wiretalk --listing captures.txt --out /lake/tables [--gap SECONDS]

The listing has a line for each capture: its path, and after a tab the sensor that made it (without one, the name of the
directory that holds it). Captures and the directory of the tables are on storage that all workers reach under the same
names.

1. Each capture is exported by a task of its own: as many at once as there are cores. A task that is lost with its worker
   runs again, and replaces what it wrote.
2. Conversations that cross the border of a file are searched: rows of one sensor with the same addresses, ports and
   protocol in several captures, with less than the gap between them.
3. The packets of these conversations, and only these, are taken from just those captures, and exported as one capture per
   group of captures that share such conversations. Then their partial rows are removed from the tables of step 1.

Until step 3 has ended the partial rows are in the tables. The workers need Python with pyarrow."""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

# Tables whose rows belong to a conversation.
TABLES = ["conversations", "exchanges", "findings", "dns", "objects"]
# Fewer identifiers than this are given to a command at once.
AT_ONCE = 1000


def run(*command, **more):
    done = subprocess.run([str(word) for word in command], stderr=subprocess.PIPE, **more)
    # 1: the capture is damaged, and was read as far as possible.
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{command[0]} {command[1]}: {done.stderr.decode(errors='replace')}")
    return done


def export(wiretalk, capture, sensor, out, **more):
    """Exports a capture; returns the files that were written."""
    done = run(
        wiretalk, "export", capture, "--out", out, "--sensor", sensor, "--force", "--json", "--threads", "1",
        stdout=subprocess.PIPE, **more,
    )
    files = [json.loads(line) for line in done.stdout.decode().splitlines()]
    if not files:
        raise RuntimeError(f"{capture}: {done.stderr.decode(errors='replace')}")
    return files


def listed(path):
    """Returns the captures of a listing, each with its sensor."""
    captures = []
    for line in pathlib.Path(path).read_text().splitlines():
        name, _, sensor = line.partition("\t")
        if name.strip():
            captures.append((name.strip(), sensor.strip() or pathlib.Path(name).parent.name or "capture"))
    return captures


def ends_of(files):
    """Returns what step 2 needs of the conversations in the files of a capture."""
    import pyarrow.parquet as parquet

    columns = ["capture_id", "conversation", "community_id", "protocol", "start_ns", "end_ns"]
    rows = []
    for file in files:
        if file["table"] == "conversations":
            # A directory is not read: its name would be a column.
            table = parquet.ParquetFile(file["file"]).read(columns=columns)
            starts, ends = (table.column(name).cast("int64").to_pylist() for name in ("start_ns", "end_ns"))
            ids = (table.column(name).to_pylist() for name in ("capture_id", "conversation", "community_id"))
            rows += zip(*ids, starts, ends)
    return rows


def crossing(rows, gap_ns):
    """Returns the chains of conversations, each of one key and in several captures, that may be one: lists of the capture
    and the name."""
    chains, chain, until = [], [], None
    for capture, name, start, end in sorted(rows, key=lambda row: (row[2], row[3])):
        if chain and start - until > gap_ns:
            chains.append(chain)
            chain, until = [], None
        chain.append((capture, name))
        until = end if until is None else max(until, end)
    chains.append(chain)
    return [chain for chain in chains if len({capture for capture, _ in chain}) > 1]


def groups(chains):
    """Returns the groups of captures that share conversations: of each capture the names of its conversations."""
    above = {}

    def top(capture):
        while above.setdefault(capture, capture) != capture:
            capture = above[capture]
        return capture

    for chain in chains:
        first = chain[0][0]
        for capture, _ in chain[1:]:
            above[top(capture)] = top(first)
    found = {}
    for chain in chains:
        for capture, name in chain:
            found.setdefault(top(capture), {}).setdefault(capture, set()).add(name)
    return list(found.values())


def take(wiretalk, capture, names, into):
    """Appends the packets of conversations of a capture to a file. Sections of pcapng may follow each other."""
    names = sorted(names)
    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for at in range(0, len(names), AT_ONCE):
            part = os.path.join(folder, f"{at}.pcapng")
            chosen = [word for name in names[at : at + AT_ONCE] for word in ("--conversation", name)]
            run(wiretalk, "save", capture, part, *chosen, stdout=subprocess.DEVNULL)
            parts.append(part)
        for part in parts:
            with open(part, "rb") as source:
                shutil.copyfileobj(source, into)


def read_again(wiretalk, out, sensor, group, began):
    """Exports the conversations of a group of captures again, as one capture."""
    with tempfile.TemporaryDirectory() as folder:
        joined = os.path.join(folder, "joined.pcapng")
        with open(joined, "wb") as into:
            for capture in sorted(group, key=lambda capture: began[capture]):
                take(wiretalk, capture, group[capture], into)
        return export(wiretalk, joined, sensor, out)


def without(file, names):
    """Removes the rows of these conversations from a file. It is replaced as a whole."""
    import pyarrow
    import pyarrow.compute as compute
    import pyarrow.parquet as parquet

    opened = parquet.ParquetFile(file)
    table = opened.read()
    is_of_them = compute.is_in(table.column("conversation"), value_set=pyarrow.array(sorted(names), pyarrow.string()))
    kept = table.filter(compute.invert(compute.fill_null(is_of_them, False)))
    if kept.num_rows == table.num_rows:
        return
    hidden = os.path.join(os.path.dirname(file), f".{os.path.basename(file)}.{os.getpid()}")
    parquet.write_table(kept, hidden, compression="zstd", row_group_size=1 << 17)
    os.replace(hidden, file)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wiretalk", default="wiretalk", help="the program, as the workers call it")
    parser.add_argument("--listing", required=True, help="a capture a line, with its sensor after a tab")
    parser.add_argument("--out", required=True, help="the directory of the tables")
    parser.add_argument("--gap", type=float, default=3600, help="seconds after which a conversation is another one")
    options = parser.parse_args()

    from pyspark.sql import SparkSession

    spark = SparkSession.builder.appName("wiretalk export").getOrCreate()
    context = spark.sparkContext
    wiretalk, out, gap_ns = options.wiretalk, os.path.abspath(options.out), int(options.gap * 1e9)
    captures = listed(options.listing)

    def first(capture):
        name, sensor = capture
        files = export(wiretalk, name, sensor, out)
        return name, sensor, files, ends_of(files)

    # A task a capture: a worker runs as many as it has cores, and lost ones run again. Results are kept, as step 3
    # changes the files that they are made from.
    done = context.parallelize(captures, max(len(captures), 1)).map(first).cache()
    files = {name: files for name, _, files, _ in done.map(lambda it: (it[0], it[1], it[2], None)).collect()}

    def keyed(capture):
        name, sensor, _, ends = capture
        return [((sensor, key), (name, conversation, start, end)) for _, conversation, key, start, end in ends]

    of_key = done.flatMap(keyed).groupByKey()
    chains = of_key.flatMap(lambda it: [(it[0][0], chain) for chain in crossing(it[1], gap_ns)])
    of_sensor = chains.groupByKey().mapValues(list).collect()
    began = dict(done.flatMap(lambda it: [(it[0], min((end[3] for end in it[3]), default=0))]).collect())
    work = [(sensor, group) for sensor, found in of_sensor for group in groups(found)]

    def second(one):
        sensor, group = one
        return read_again(wiretalk, out, sensor, group, began)

    again = context.parallelize(work, max(len(work), 1)).map(second).collect() if work else []
    # Their rows are there; now the partial ones are removed.
    partial = [
        (file["file"], names)
        for _, group in work
        for capture, names in group.items()
        for file in files[capture]
        if file["table"] in TABLES
    ]
    if partial:
        context.parallelize(partial, len(partial)).foreach(lambda one: without(*one))
    crossed = sum(file["rows"] for files in again for file in files if file["table"] == "conversations")
    print(f"{len(captures)} captures, {crossed} conversations that cross files")
    spark.stop()


if __name__ == "__main__":
    main()
