#!/usr/bin/env python3
"""Runs the recipes of the documents on the archive of the demonstration.

    .ci/recipes.py WORK ARCHIVE_DB

SQL of README.md and docs/ goes through the sqlite3 command; the sh, python and r blocks of docs/recipes.md run in their
order in one folder under WORK, as a reader would try them. What they leave behind is read again.
"""

import csv
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
RECIPES = ROOT / "docs" / "recipes.md"
PACKAGES = ["pandas", "pyarrow", "duckdb==1.5.*", "duckdb-extension-sqlite-scanner==1.5.*", "duckdb-extensions"]


def blocks(path):
    """Line, language and text of every fenced block."""
    text = path.read_text(encoding="utf-8")
    for found in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S):
        yield text.count("\n", 0, found.start()) + 1, found[1], found[2]


def insist(holds, what):
    if not holds:
        sys.exit(f"recipes: {what}")


def run(place, command, folder, **options):
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, **options)
    insist(ended.returncode == 0, f"{place} ended with {ended.returncode}:\n{ended.stdout}\n{ended.stderr}")
    return ended


def prepared(work):
    """Python with what the recipes import; DuckDB's extension comes as a package, not from DuckDB's own server."""
    folder = work / "recipes-venv"
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists() or ready.read_text(encoding="utf-8").split("\n") != PACKAGES:
        venv.create(folder, clear=True, with_pip=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
        subprocess.run(pip, check=True)
        ready.write_text("\n".join(PACKAGES), encoding="utf-8")
    extension = "from duckdb_extensions import import_extension; import_extension('sqlite_scanner')"
    subprocess.run([python, "-c", extension], check=True)
    return python


def left_behind(folder):
    """The files that recipes write are whole: Excel's has its mark and its separator."""
    archive = sqlite3.connect((folder / "archive.db").as_uri() + "?mode=ro", uri=True)
    [(expected,)] = archive.execute("SELECT count(*) FROM paatokset").fetchall()
    with (folder / "paatokset.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    insist(len(rows) == expected, f"paatokset.csv has {len(rows)} rows instead of {expected}")
    insist({"kunta", "pvm", "vuosi", "pykala", "paatos"} <= set(rows[0]), f"paatokset.csv has {list(rows[0])}")
    insist((folder / "excel.csv").read_bytes().startswith(b"\xef\xbb\xbfkunta;"), "excel.csv has no mark in front")
    with (folder / "excel.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    insist(len(rows) == expected and rows[0]["linkki"], f"excel.csv has {len(rows)} rows instead of {expected}")
    insist(any("ä" in row["otsikko"] for row in rows), "excel.csv lost its letters")
    insist(json.loads((folder / "decisions.json").read_text(encoding="utf-8")), "decisions.json is empty")


def main():
    work, source = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    python = prepared(work)
    folder = work / "recipes"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    program = f"{ROOT / 'target' / 'release'}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": program, "SEUTU_ARCHIVE_DIR": str(source.parent)}
    commands = {"sh": ["bash", "-euo", "pipefail", "-c"], "python": [python, "-c"], "r": ["Rscript", "-e"]}
    ran = {}
    for line, language, text in blocks(RECIPES):
        if language in commands:
            run(f"docs/recipes.md:{line}", [*commands[language], text], folder, env=environment)
            ran[language] = ran.get(language, 0) + 1
    for document in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for line, language, text in blocks(document):
            if language == "sql":
                place = f"{document.relative_to(ROOT)}:{line}"
                ended = run(place, ["sqlite3", "-readonly", "-bail", "archive.db"], folder, input=text)
                insist(not ended.stderr, f"{place}: {ended.stderr}")
                ran["sql"] = ran.get("sql", 0) + 1
    insist(set(ran) == {"sh", "python", "r", "sql"}, f"some language has no recipe: {ran}")
    left_behind(folder)
    print("recipes run: " + ", ".join(f"{count} {language}" for language, count in sorted(ran.items())))


if __name__ == "__main__":
    main()
