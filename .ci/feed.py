#!/usr/bin/env python3
"""Reads the merged Atom feed the way feed readers do, with feedparser.

Usage: feed.py ADDRESS FILE: waits until the feed holds minutes and has stopped growing, insists on what
readers rely on, leaves the document in FILE and prints the number of entries.
"""

import sys
import time
import urllib.request
from collections import Counter

import feedparser

# The demonstration turns agendas into minutes while it runs; it is through well before this.
PATIENCE = 120


def fetch(address: str) -> tuple[bytes, str]:
    """The document and its type, both empty while the server is not up yet."""
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.read(), answer.headers.get("Content-Type", "")
    except OSError:
        return b"", ""


def settled(address: str) -> tuple[bytes, str]:
    """The document and its type once it holds minutes and stays the same for three seconds."""
    end = time.monotonic() + PATIENCE
    before, same = b"", 0
    while time.monotonic() < end:
        body, kind = fetch(address)
        same = same + 1 if body == before else 0
        if same >= 3 and b'term="minutes"' in body:
            return body, kind
        before = body
        time.sleep(1)
    sys.exit(f"{address}: no settled feed within {PATIENCE} s; last answer: {before[:500]!r}")


def faults(document: bytes, kind: str, address: str) -> list[str]:
    """Everything a reader would stumble over."""
    headers = {"content-type": kind, "content-location": address}
    feed = feedparser.parse(document, response_headers=headers)
    found = []
    if not kind.startswith("application/atom+xml"):
        found.append(f"Content-Type is {kind!r}, expected application/atom+xml")
    if feed.bozo:
        found.append(f"feedparser complains: {feed.bozo_exception}")
    if feed.version != "atom10":
        found.append(f"feedparser takes it for {feed.version or 'no feed'}")
    for key in ("id", "title", "updated_parsed"):
        if not feed.feed.get(key):
            found.append(f"the feed has no {key}")
    for number, entry in enumerate(feed.entries, start=1):
        for key in ("id", "title", "link", "updated_parsed", "content", "source", "tags"):
            if not entry.get(key):
                found.append(f"entry {number} has no {key}")
        if not entry.get("id", "").startswith("tag:"):
            found.append(f"entry {number}: its id {entry.get('id')} is no tag: URI")
    repeated = [name for name, times in Counter(entry.get("id") for entry in feed.entries).items() if times > 1]
    found += [f"id {name} appears more than once" for name in repeated]
    return found


def main() -> int:
    address, path = sys.argv[1:3]
    document, kind = settled(address)
    with open(path, "wb") as file:
        file.write(document)
    found = faults(document, kind, address)
    if found:
        print("\n".join(f"{address}: {fault}" for fault in found), file=sys.stderr)
        return 1
    print(document.count(b"<entry"))
    return 0


sys.exit(main())
