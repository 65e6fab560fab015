"""Reads an export of the demonstration's archive with DuckDB, pyarrow and pandas-free CSV, from a folder and a store.

Usage: export.py ARCHIVE EXPORT_DIR        compares the folder with the archive itself
       export.py store PORT COMMAND...     starts an S3 server, makes a bucket, runs COMMAND with --out added,
                                           and compares what is in the bucket with EXPORT_DIR (environment)
"""

import csv
import datetime
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.dataset

BUCKET = "seudun-aineisto"


def insist(holds, what):
    if not holds:
        sys.exit(f"failed: {what}")


def years(archive, view, column="year"):
    return dict(archive.execute(f"SELECT {column}, count(*) FROM {view} GROUP BY 1").fetchall())


def read_manifest(export):
    manifest = json.loads((export / "manifest.json").read_text(encoding="utf-8"))
    for file in manifest["files"]:
        data = (export / file["path"]).read_bytes()
        insist(len(data) == file["bytes"], f"{file['path']}: {len(data)} bytes")
        insist(hashlib.sha256(data).hexdigest() == file["sha256"], f"{file['path']}: its hash")
    return manifest


def with_duckdb(archive, export):
    db = duckdb.connect()
    db.execute("SET TimeZone='UTC'")
    for view, column in [("decisions", "year"), ("network_decisions", "year"), ("paatokset", "vuosi")]:
        db.execute(
            f"CREATE VIEW {view} AS SELECT * FROM "
            f"read_parquet('{export}/{view}/*/*.parquet', hive_partitioning=true)"
        )
        counted = dict(db.execute(f"SELECT year, count(*) FROM {view} GROUP BY 1").fetchall())
        insist(counted == years(archive, view, column), f"{view} per year: {counted}")
        insist(sum(counted.values()) > 0, f"{view} has no rows")
    types = {name: kind for name, kind, *_ in db.execute("DESCRIBE decisions").fetchall()}
    wanted = {
        "date": "DATE", "changed_at": "TIMESTAMP WITH TIME ZONE", "section_no": "BIGINT",
        "title": "VARCHAR", "withdrawn_at": "TIMESTAMP WITH TIME ZONE", "year": "BIGINT",
    }
    found = {name: types.get(name) for name in wanted}
    insist(found == wanted, f"types: {found}")
    score = db.execute("SELECT typeof(score) FROM network_decisions LIMIT 1").fetchone()[0]
    insist(score == "DOUBLE", f"score is {score}")

    joined = db.execute(
        "SELECT n.network, d.uid, d.title FROM network_decisions n JOIN decisions d USING (item_id) "
        "WHERE n.verdict='in' ORDER BY 1, 2"
    ).fetchall()
    here = archive.execute(
        "SELECT n.network, d.uid, d.title FROM network_decisions n JOIN decisions d USING (item_id) "
        "WHERE n.verdict='in' ORDER BY 1, 2"
    ).fetchall()
    insist(joined == here and joined, "the join of network_decisions with decisions")
    columns = "SELECT uid, municipality, title, decision, date,"
    here = archive.execute(f"{columns} changed_at FROM decisions ORDER BY uid").fetchall()
    there = db.execute(f"{columns} epoch_us(changed_at) FROM decisions ORDER BY uid").fetchall()
    for ours, theirs in zip(here, there, strict=True):
        uid, municipality, title, decision, date, changed = ours
        insist(theirs[:4] == (uid, municipality, title, decision), f"{uid}: its texts")
        insist(theirs[4] == (date and datetime.date.fromisoformat(date)), f"{uid}: its day")
        instant = datetime.datetime.fromisoformat(changed.replace("Z", "+00:00"))
        insist(theirs[5] == int(instant.timestamp()) * 1_000_000, f"{uid}: its instant")
    finnish = db.execute("SELECT count(*) FROM decisions WHERE municipality='Juttumäki'").fetchone()[0]
    insist(finnish > 0, "Juttumäki with its letters")


def with_pyarrow(archive, export):
    decisions = pyarrow.dataset.dataset(export / "decisions", partitioning="hive").to_table()
    count = archive.execute("SELECT count(*) FROM decisions").fetchone()[0]
    insist(decisions.num_rows == count, f"pyarrow reads {decisions.num_rows} of {count} rows")
    schema = decisions.schema
    insist(schema.field("date").type == pyarrow.date32(), f"date is {schema.field('date').type}")
    changed = schema.field("changed_at").type
    insist(changed == pyarrow.timestamp("us", tz="UTC"), f"changed_at is {changed}")
    insist(schema.field("section_no").type == pyarrow.int64(), "section_no")
    insist(pyarrow.types.is_string(schema.field("title").type), "title")
    nulls = archive.execute("SELECT count(*) FROM decisions WHERE decision IS NULL").fetchone()[0]
    insist(decisions.column("decision").null_count == nulls, "NULL is kept")
    status = pyarrow.dataset.dataset(export / "source_status").to_table()
    sources = archive.execute("SELECT count(*) FROM source_status").fetchone()[0]
    insist(status.num_rows == sources, f"source_status has {status.num_rows} rows")


def with_csv(archive, export):
    with open(export / "data_dictionary.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    count = archive.execute("SELECT count(*) FROM data_dictionary").fetchone()[0]
    insist(len(rows) == count and rows[0]["description_fi"], f"the dictionary has {len(rows)} rows")


def read_back(folder, export):
    archive = sqlite3.connect(f"file:{folder}/archive.db?mode=ro", uri=True)
    manifest = read_manifest(export)
    seq = archive.execute("SELECT max(seq) FROM event").fetchone()[0]
    insist(manifest["seq"] == seq, f"the manifest says event {manifest['seq']}, the archive {seq}")
    with_duckdb(archive, export)
    with_pyarrow(archive, export)
    with_csv(archive, export)
    print(f"{len(manifest['files'])} files, {sum(file['rows'] for file in manifest['files'])} rows")


def to_store(port, command):
    import boto3
    from moto.server import ThreadedMotoServer

    export = Path(os.environ["EXPORT_DIR"])
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port)
    server.start()
    try:
        endpoint = f"http://127.0.0.1:{port}"
        key = {"aws_access_key_id": "ci", "aws_secret_access_key": "ci", "region_name": "us-east-1"}
        s3 = boto3.client("s3", endpoint_url=endpoint, **key)
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="data/decisions/year=1999/decisions.parquet", Body=b"old")
        environment = dict(
            os.environ, SEUTU_EXPORT_S3_ENDPOINT=endpoint, AWS_ACCESS_KEY_ID="ci", AWS_SECRET_ACCESS_KEY="ci"
        )
        subprocess.run([*command, "--out", f"s3://{BUCKET}/data"], env=environment, check=True)
        stored = {}
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="data/"):
            for found in page.get("Contents", []):
                body = s3.get_object(Bucket=BUCKET, Key=found["Key"])["Body"].read()
                stored[found["Key"].removeprefix("data/")] = body
        local = {
            str(path.relative_to(export)): path.read_bytes() for path in export.rglob("*") if path.is_file()
        }
        insist(sorted(stored) == sorted(local), f"the bucket holds {sorted(stored)}")
        differing = [path for path, data in local.items() if stored[path] != data]
        insist(not differing, f"these differ in the bucket: {differing}")
        refused = subprocess.run(
            [*command, "--out", "s3://olematon/data"], env=environment, capture_output=True, text=True
        )
        insist(refused.returncode == 1 and "NoSuchBucket" in refused.stderr, f"no such bucket: {refused.stderr}")
        s3fs = pyarrow.fs.S3FileSystem(
            access_key="ci", secret_key="ci", endpoint_override=f"127.0.0.1:{port}", scheme="http"
        )
        remote = pyarrow.dataset.dataset(f"{BUCKET}/data/decisions", filesystem=s3fs, partitioning="hive")
        near = pyarrow.dataset.dataset(export / "decisions", partitioning="hive")
        insist(remote.count_rows() == near.count_rows() > 0, "pyarrow reads the bucket")
        print(f"{len(stored)} objects")
    finally:
        server.stop()


if __name__ == "__main__":
    if sys.argv[1] == "store":
        import pyarrow.fs

        to_store(int(sys.argv[2]), sys.argv[3:])
    else:
        read_back(sys.argv[1], Path(sys.argv[2]))
