#!/usr/bin/env python3
"""Runs Datasette 0.65 and 1.0 on an archive with the shipped configuration and asks them over HTTP.

    .ci/datasette.py WORK ARCHIVE_DB

WORK is a folder for the two virtual environments and for the copy that is served; ARCHIVE_DB is the archive of the
demonstration. What is expected is counted with SQL on the same copy.
"""

import csv
import io
import json
import pathlib
import socket
import sqlite3
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.parse
import urllib.request
import venv

PACKAGING = pathlib.Path(__file__).resolve().parent.parent / "packaging" / "datasette"
SETTINGS = [
    *("--setting", "suggest_facets", "off"),
    *("--setting", "sql_time_limit_ms", "3000"),
    *("--setting", "facet_time_limit_ms", "1000"),
    *("--setting", "max_csv_mb", "0"),
]
METADATA = ["--metadata", str(PACKAGING / "metadata.yaml")]
VERSIONS = {
    "0.65": ("datasette==0.65.*", METADATA + SETTINGS),
    "1.0": ("datasette>=1.0a20,<2", METADATA + ["--config", str(PACKAGING / "datasette.yaml")]),
}
# Views of items, with the column of the title and one to facet by.
VIEWS = {
    "decisions": ("title", "municipality"),
    "network_decisions": ("title", "verdict"),
    "paatokset": ("otsikko", "kunta"),
}


class Site:
    """One running Datasette."""

    def __init__(self, version, address, archive):
        self.version = version
        self.address = address
        self.archive = archive

    def get(self, path, **query):
        """Status and body of an answer."""
        parts = urllib.parse.urlencode(query, doseq=True)
        url = self.address + path + ("?" + parts if parts else "")
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def json(self, path, **query):
        status, body = self.get(path, **query)
        self.insist(status == 200, f"{path} {query} answered {status}: {body[:300]!r}")
        return json.loads(body)

    def rows(self, path, **query):
        return self.json(path + ".json", _shape="array", _size="max", **query)

    def html(self, path, **query):
        status, body = self.get(path, **query)
        self.insist(status == 200, f"{path} {query} answered {status}")
        return body.decode()

    def sql(self, statement, *values):
        return self.archive.execute(statement, values).fetchall()

    def insist(self, holds, what):
        if not holds:
            sys.exit(f"Datasette {self.version}: {what}")


def front(site):
    """The index and the database's page: titles, no table of SQLite itself, shadow tables out of sight."""
    site.insist("Seudullinen päätösarkisto" in site.html("/"), "the index does not say what this is")
    page = site.html("/archive")
    site.insist("tekijänoikeuslaki" in page or "tekijänoikeuslaki" in site.html("/"), "the licence is not told")
    site.insist("sqlite_sequence" not in page, "sqlite_sequence is shown")
    tables = {table["name"]: table for table in site.json("/archive.json")["tables"]}
    shadows = [name for name in tables if "_fts" in name]
    site.insist(shadows, "the full-text index is not listed at all")
    for name in [*shadows, "fetch", "host_pause"]:
        site.insist(tables[name]["hidden"], f"{name} is not hidden")
    for name in ("item", "meeting", "event", "data_dictionary"):
        site.insist(not tables[name]["hidden"], f"{name} is hidden")
    site.insist(tables["item"]["fts_table"] == "item_fts", "the full-text index of item is not found")


def search(site):
    """The search of a table and of every view really filters, whatever is typed."""
    box = 'name="_search"'
    site.insist(box in site.html("/archive/item"), "item has no search box")
    words = ["suunnitelma", "päijät-hämeen", "4631/00.04.01/2020", "NEAR(", "seudullinen -x"]
    for view, (title, _) in VIEWS.items():
        path = f"/archive/{view}"
        site.insist(box in site.html(path), f"{view} has no search box")
        everything = len(site.rows(path))
        found = site.rows(path, _search="hyväksyy")
        matches = "item_id IN (SELECT rowid FROM item_fts WHERE item_fts MATCH 'hyväksyy')"
        [(expected,)] = site.sql(f"SELECT count(*) FROM {view} WHERE {matches}")
        site.insist(0 < expected < everything, f"{view}: nothing to tell a search by")
        site.insist(len(found) == expected, f"{view}: {len(found)} found instead of {expected} of {everything}")
        site.insist(all(row[title] for row in found), f"{view}: a row without a title")
        for word in words:
            site.rows(path, _search=word)


def facets(site):
    """The configured facets come with counts, and foreign keys with labels."""
    for view, (_, column) in VIEWS.items():
        answer = site.json(f"/archive/{view}.json", _extra="facet_results,suggested_facets")
        results = answer["facet_results"]
        results = results.get("results", results)
        site.insist(column in results, f"{view}: no facet {column} but {list(results)}")
        counted = {facet["value"]: facet["count"] for facet in results[column]["results"]}
        expected = dict(site.sql(f"SELECT {column}, count(*) FROM {view} GROUP BY 1 ORDER BY 2 DESC LIMIT {len(counted)}"))
        site.insist(sorted(counted.values()) == sorted(expected.values()), f"{view}: {counted} instead of {expected}")
        site.insist(not answer.get("suggested_facets"), f"{view}: facets are suggested")
    meetings = site.rows("/archive/meeting", _labels="on")
    label = meetings[0]["body_id"]["label"]
    site.insist(" · " in label, f"a meeting's body is labelled {label!r}")
    answer = site.json("/archive/meeting.json", _facet="body_id", _extra="facet_results")["facet_results"]
    labels = [facet["label"] for facet in answer.get("results", answer)["body_id"]["results"]]
    site.insist(all(" · " in label for label in labels), f"labels of a facet: {labels}")
    page = site.html("/archive/item")
    [(name,)] = site.sql("SELECT m.name FROM item i JOIN municipality m ON m.id=i.municipality_id LIMIT 1")
    site.insist(name in page, "items do not name their municipality")
    site.insist("Päätösehdotus" in site.html("/archive/decisions"), "columns are not explained")
    row = site.html("/archive/item/1")
    site.insist("item_version" in row and "attachment" in row, "an item does not lead to its versions")


def queries(site):
    """The queries with a form, with what people type."""
    uid = site.sql("SELECT i.uid FROM item i JOIN attachment a ON a.item_id=i.id LIMIT 1")[0][0]
    diary = site.sql("SELECT diary_number FROM item WHERE diary_number LIKE '%/%' LIMIT 1")[0][0].split(",")[0]
    asked = {
        "haku": [{"q": "seudulli suunnitelma"}, {"q": diary}],
        "verkoston-paatokset": [{"network": "sivistys", "year": "2026"}],
        "verkoston-tilanne": [{"network": "sivistys", "year": "2026"}],
        "muutokset": [{"since": "0"}, {"since": "5"}],
        "ehdotus-ja-paatos": [{}],
        "odottaa-poytakirjaa": [{}],
        "puuttuvat-pykalat": [{}],
        "lahteiden-tila": [{}],
        "diaarinumero": [{"number": diary}],
        "versiot": [{"uid": uid}],
        "liitteet": [{"uid": uid}],
    }
    shipped = set(tomllib.loads((PACKAGING / "datasette.toml").read_text(encoding="utf-8"))["queries"])
    site.insist(shipped == set(asked), f"queries {sorted(shipped)}, of which {sorted(asked)} are tried")
    # The page of the database names the first few only.
    named = {query["name"] for query in site.json("/archive.json")["queries"]}
    site.insist(named and named <= shipped, f"queries {sorted(named)} instead of {sorted(shipped)}")
    for name, cases in asked.items():
        for case in cases:
            rows = site.rows(f"/archive/{name}", **case)
            site.insist(rows, f"{name} {case} found nothing")
            site.html(f"/archive/{name}", **case)
    for typed in ("päijät-hämeen", "4631/00.04.01/2020", '"', "NEAR(", "O'Esimerkki"):
        site.rows("/archive/haku", q=typed)
        site.rows("/archive/diaarinumero", number=typed)
    passage = site.rows("/archive/haku", q="hyväksyy")[0]["passage"]
    site.insist("»" in passage and "«" in passage, f"a passage without its word: {passage!r}")
    last = site.rows("/archive/muutokset", since="0")[-1]["seq"]
    site.insist(site.rows("/archive/muutokset", since=str(last)) == [], "the cursor is not silent")


def copies(site, copy):
    """CSV of a whole view, JSON as an array, and the file itself."""
    status, body = site.get("/archive/paatokset.csv", _stream="on")
    lines = list(csv.DictReader(io.StringIO(body.decode())))
    [(expected,)] = site.sql("SELECT count(*) FROM paatokset")
    site.insist(status == 200 and len(lines) == expected, f"CSV has {len(lines)} rows instead of {expected}")
    site.insist({"kunta", "paatos", "linkki"} <= set(lines[0]), f"CSV has {list(lines[0])}")
    array = site.json("/archive/decisions.json", _shape="array", _size=5)
    site.insist(isinstance(array, list) and len(array) == 5, "JSON is no array of five")
    status, body = site.get("/archive.db")
    site.insist(status == 200 and body == copy.read_bytes(), "the file cannot be downloaded")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def installed(work, version, requirement):
    """The program of a virtual environment, made where it is missing."""
    folder = work / f"datasette-{version}"
    program = folder / "bin" / "datasette"
    if not program.exists():
        venv.create(folder, clear=True, with_pip=True)
        pip = [folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", requirement]
        subprocess.run(pip, check=True)
    return program


def wait(process, address):
    for _ in range(300):
        if process.poll() is not None:
            sys.exit(f"Datasette ended with status {process.returncode}")
        try:
            urllib.request.urlopen(address + "/-/versions.json", timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("Datasette does not answer")


def main():
    work, source = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    (work / "datasette").mkdir(parents=True, exist_ok=True)
    copy = work / "datasette" / "archive.db"
    copy.unlink(missing_ok=True)
    sqlite3.connect(source.resolve().as_uri() + "?mode=ro", uri=True).execute("VACUUM INTO ?", (str(copy),))
    archive = sqlite3.connect(copy.resolve().as_uri() + "?immutable=1", uri=True)
    for version, (requirement, options) in VERSIONS.items():
        program = installed(work, version, requirement)
        port = free_port()
        command = [program, "serve", "-i", copy, "--host", "127.0.0.1", "--port", str(port), *options]
        log = (work / "datasette" / f"{version}.log").open("w")
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            site = Site(version, f"http://127.0.0.1:{port}", archive)
            wait(process, site.address)
            running = site.json("/-/versions.json")["datasette"]["version"]
            site.insist(running.startswith(version), f"{running} runs")
            front(site)
            search(site)
            facets(site)
            queries(site)
            copies(site, copy)
            print(f"Datasette {running}: index, search, facets, labels, queries, CSV, JSON, download")
        finally:
            process.terminate()
            process.wait(10)


if __name__ == "__main__":
    main()
