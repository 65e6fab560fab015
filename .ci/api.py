#!/usr/bin/env python3
"""Holds the served interface for programs against its own description.

Usage: api.py FOLDER ADDRESS SCHEMATHESIS: reads everything there is once and validates each answer,
then lets schemathesis ask what nobody would; its report goes to FOLDER.
"""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import jsonschema_rs

# The same questions at every run: what is found once is found again.
SEED = 20261122
# What is refused is refused with these; an address that is too long with 414, which schemathesis does not count.
REFUSED = [400, 401, 403, 404, 405, 406, 409, 414, 415, 422, 428, 429]


def get(address: str):
    """Status, headers and document of an answer; lines become a list."""
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            status, headers, body = answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            status, headers, body = error.code, error.headers, error.read()
    text = body.decode()
    if headers.get_content_type() == "application/x-ndjson":
        return status, headers, [json.loads(line) for line in text.splitlines()]
    return status, headers, json.loads(text)


class Interface:
    """The server and what it says of itself."""

    def __init__(self, site: str):
        self.site = site.rstrip("/")
        self.description = get(f"{self.site}/api/openapi.json")[2]
        self.validators = {}
        self.seen = 0

    def validator(self, name: str):
        """The validator of a named schema, formats included."""
        if name not in self.validators:
            schema = {"$ref": f"#/components/schemas/{name}", "components": self.description["components"]}
            self.validators[name] = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        return self.validators[name]

    def fits(self, value, name: str, where: str) -> None:
        """Ends with a sentence when a value is not as described."""
        self.seen += 1
        for error in self.validator(name).iter_errors(value):
            sys.exit(f"{where}: {'/'.join(map(str, error.instance_path))}: {error.message}")

    def read(self, path: str, name: str, status: int = 200):
        """A document, validated."""
        found, _, document = get(path if path.startswith("http") else self.site + path)
        if found != status:
            sys.exit(f"{path}: status {found}, not {status}")
        self.fits(document, name, path)
        return document


def walk(interface: Interface) -> dict:
    """Reads everything; returns parts of addresses that are there."""
    for path, name in [("status", "Status"), ("sources", "Sources"), ("networks", "Networks")]:
        interface.read(f"/api/{path}", name)
    uids, page = [], "/api/items?limit=40"
    while page:
        document = interface.read(page, "Items")
        uids += [item["uid"] for item in document["items"]]
        page = document["next"]
    if len(uids) != len(set(uids)) or not uids:
        sys.exit(f"{len(uids)} items, {len(set(uids))} of them different")
    for uid in uids:
        full = interface.read(f"/api/items/{uid}", "FullItem")
        for version in full["versions"]:
            interface.read(f"/api/items/{uid}?version={version['version_no']}", "FullItem")
    for event in get(f"{interface.site}/api/events?limit=10000")[2]:
        interface.fits(event, "Event", f"event {event['seq']}")
    interface.read("/api/items/nobody/0-0", "NoSuchItem", 404)
    interface.read("/api/items?stgae=agenda", "BadParameter", 400)
    slugs = [one["slug"] for one in interface.read("/api/dossiers", "Dossiers")["dossiers"]]
    for slug in slugs:
        interface.read(f"/api/dossiers/{slug}", "FullDossier")
    networks = interface.description["components"]["schemas"]["NetworkSlug"]["enum"]
    for network in networks:
        interface.read(f"/api/networks/{network}/matrix", "Matrix")
    print(f"{len(uids)} items, {len(slugs)} dossiers; {interface.seen} documents as described")
    return {"uid": uids[0], "dossier": slugs[0] if slugs else "none", "network": networks[0]}


def settings(there: dict) -> str:
    """What schemathesis is told: parts of addresses that are there, and of checks that cannot hold everywhere."""
    municipality, key = there["uid"].split("/", 1)
    lines = [
        f"seed = {SEED}",
        "[checks.negative_data_rejection]",
        f"expected-statuses = {REFUSED}",
        "[parameters]",
        f'"path.municipality" = {json.dumps(municipality)}',
        f'"path.key" = {json.dumps(key)}',
        "[[operations]]",
        'include-path = "/api/dossiers/{slug}"',
        f'parameters = {{ "path.slug" = {json.dumps(there["dossier"])} }}',
        "[[operations]]",
        'include-path = "/api/networks/{slug}/matrix"',
        f'parameters = {{ "path.slug" = {json.dumps(there["network"])} }}',
    ]
    # A cursor ahead of the log is a number like any other, and words have rules that no schema can say.
    for path in ["/api/events", "/api/items"]:
        lines += ["[[operations]]", f"include-path = {json.dumps(path)}"]
        lines += ["checks.positive_data_acceptance.enabled = false"]
    return "\n".join(lines) + "\n"


def main() -> int:
    folder, site = Path(sys.argv[1]).resolve(), sys.argv[2]
    schemathesis = Path(sys.argv[3]).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    there = walk(Interface(site))
    config = folder / "schemathesis.toml"
    config.write_text(settings(there))
    command = [
        str(schemathesis), "--no-color", "--config-file", str(config), "run", f"{site.rstrip('/')}/api/openapi.json",
        "--max-examples", "50", "--workers", "2",
    ]
    # It keeps what it found where it runs: not in the repository.
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900, check=False)
    (folder / "schemathesis.txt").write_text(done.stdout + done.stderr)
    lines = done.stdout.strip().splitlines()
    print("\n".join(lines if done.returncode else lines[-3:]))
    return done.returncode


sys.exit(main())
