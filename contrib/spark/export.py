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
3. Captures that share such conversations are exported again, together as one capture, by a task for each such group. Then
   their files of step 1 are removed.

Until step 3 has ended the partial rows are in the tables."""

import argparse
import json
import os
import pathlib
import subprocess

from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as sql


def export(wiretalk, captures, sensor, out):
    """Exports files as one capture; returns the files that were written."""
    command = [wiretalk, "export", *captures, "--out", out, "--sensor", sensor, "--force", "--json", "--threads", "1"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    files = [json.loads(line)["file"] for line in done.stdout.splitlines()]
    # 1: a capture is damaged, and was read as far as possible.
    if done.returncode not in (0, 1) or not files:
        raise RuntimeError(f"{captures}: {done.stderr}")
    return files


def listed(path):
    """Returns the captures of a listing, each with its sensor."""
    captures = []
    for line in pathlib.Path(path).read_text().splitlines():
        name, _, sensor = line.partition("\t")
        if name.strip():
            captures.append((name.strip(), sensor.strip() or pathlib.Path(name).parent.name or "capture"))
    return captures


def crossing(spark, out, files, gap_ns):
    """Returns lists of captures, by their hashes, that share a conversation: one list for each conversation that may go on
    from one capture to another."""
    spark.conf.set("spark.sql.legacy.parquet.nanosAsLong", "true")
    rows = spark.read.option("basePath", f"{out}/conversations").parquet(*files)
    same = Window.partitionBy("sensor", "community_id").orderBy("start_ns", "capture_id", "conversation")
    before = same.rowsBetween(Window.unboundedPreceding, -1)
    begins = sql.coalesce(sql.col("start_ns") - sql.max("end_ns").over(before) > gap_ns, sql.lit(True))
    rows = rows.withColumn("begins", begins.cast("int"))
    rows = rows.withColumn("chain", sql.sum("begins").over(same.rowsBetween(Window.unboundedPreceding, 0)))
    chains = rows.groupBy("sensor", "community_id", "chain").agg(sql.sort_array(sql.collect_set("capture_id")).alias("captures"))
    return [row.captures for row in chains.where(sql.size("captures") > 1).select("captures").distinct().collect()]


def groups(chains):
    """Returns the groups of captures that share conversations, directly or by others."""
    above = {}

    def top(capture):
        while above.setdefault(capture, capture) != capture:
            capture = above[capture]
        return capture

    for first, *others in chains:
        for capture in others:
            above[top(capture)] = top(first)
    found = {}
    for capture in above:
        found.setdefault(top(capture), []).append(capture)
    return list(found.values())


def hash_of(file):
    """Returns what the name of a file has of the capture's hash."""
    return os.path.basename(file).split("-")[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wiretalk", default="wiretalk", help="the program, as the workers call it")
    parser.add_argument("--listing", required=True, help="a capture a line, with its sensor after a tab")
    parser.add_argument("--out", required=True, help="the directory of the tables")
    parser.add_argument("--gap", type=float, default=3600, help="seconds after which a conversation is another one")
    options = parser.parse_args()

    spark = SparkSession.builder.appName("wiretalk export").getOrCreate()
    context = spark.sparkContext
    wiretalk, out = options.wiretalk, os.path.abspath(options.out)
    captures = listed(options.listing)

    # A task a capture: a worker runs as many as it has cores, and lost ones run again.
    tasks = context.parallelize(captures, max(len(captures), 1))
    first = tasks.map(lambda one: (one, export(wiretalk, [one[0]], one[1], out))).collect()
    of_hash = {hash_of(files[0]): (capture, files) for capture, files in first}
    conversations = [file for _, files in first for file in files if file.startswith(f"{out}/conversations/")]

    chains = crossing(spark, out, conversations, int(options.gap * 1e9))
    found = groups([[capture[:16] for capture in chain] for chain in chains])
    work = [sorted(of_hash[short][0] for short in group) for group in found]

    def together(group):
        export(wiretalk, [name for name, _ in group], group[0][1], out)

    if work:
        context.parallelize(work, len(work)).foreach(together)
    # Their rows are there; now the partial ones are removed.
    for short in (short for group in found for short in group):
        for file in of_hash[short][1]:
            os.remove(file)
    print(f"{len(captures)} captures, {sum(map(len, found))} of them in {len(found)} groups that share conversations")
    spark.stop()


if __name__ == "__main__":
    main()
