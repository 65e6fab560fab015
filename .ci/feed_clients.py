#!/usr/bin/env python3
"""Reads everything the served demonstration offers to feed readers and calendars, with the programs people use.

Usage: feed_clients.py SITE FOLDER, such as http://127.0.0.1:8080 and where the tests left the documents of items whose
every text is hostile. feedparser reads the feeds in XML, a JSON schema is held
against JSON Feed, icalendar reads the calendar, and reader follows each format while an entry changes: the change
has to arrive as an update, never as another entry.
"""

import html.parser
import json
import sys
import tempfile
import threading
import urllib.request
import xml.etree.ElementTree
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import feedparser
import icalendar
import jsonschema
import reader

ROOT = Path(__file__).resolve().parent.parent
TYPES = {
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
OURS = {"a", "blockquote", "br", "del", "h3", "ins", "li", "p", "span", "table", "tbody", "td", "tr", "ul"}
OTHER_TITLE = "Otsikko, joka on muuttunut"


def fetch(address: str) -> tuple[bytes, str]:
    """A document and its type."""
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.read(), answer.headers["Content-Type"]


def changed(document: bytes, word: str) -> bytes:
    """The document with another title, and a later change, of its first entry."""
    if word == "json":
        feed = json.loads(document)
        feed["items"][0]["title"] = OTHER_TITLE
        feed["items"][0]["date_modified"] = "2099-01-01T00:00:00Z"
        return json.dumps(feed).encode()
    text = document.decode()
    begins = text.index("<entry>" if word == "atom" else "<item>")
    head, entry = text[:begins], text[begins:]
    title = entry.index(">", entry.index("<title")) + 1
    entry = entry[:title] + OTHER_TITLE + entry[entry.index("</title>"):]
    name = "updated" if word == "atom" else "atom:updated"
    date = entry.index(f"<{name}>") + len(name) + 2
    entry = entry[:date] + "2099-01-01T00:00:00Z" + entry[entry.index(f"</{name}>"):]
    return (head + entry).encode()


class Shelf(ThreadingHTTPServer):
    """Serves one document at a time."""

    document = b""
    kind = ""


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", self.server.kind)
        self.send_header("Content-Length", str(len(self.server.document)))
        self.end_headers()
        self.wfile.write(self.server.document)

    def log_message(self, *_):
        pass


def follow(word: str, document: bytes) -> str:
    """What reader makes of a feed and of a change in it."""
    shelf = Shelf(("127.0.0.1", 0), Answer)
    shelf.document, shelf.kind = document, TYPES[word]
    threading.Thread(target=shelf.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        kept = reader.make_reader(f"{folder}/reader.sqlite")
        address = f"http://127.0.0.1:{shelf.server_port}/feed.{word}"
        kept.add_feed(address)
        first = kept.update_feed(address)
        ids = {entry.id for entry in kept.get_entries()}
        shelf.document = changed(document, word)
        second = kept.update_feed(address)
        entries = list(kept.get_entries())
        kept.close()
    shelf.shutdown()
    assert first.new == len(ids) > 0, f"{word}: {first}"
    assert (second.new, second.modified) == (0, 1), f"{word}: a change arrived as {second}"
    assert {entry.id for entry in entries} == ids, f"{word}: ids changed"
    assert any(entry.title == OTHER_TITLE for entry in entries), f"{word}: the change is not seen"
    assert all(name.startswith("tag:") for name in ids), f"{word}: an id is no tag: URI"
    return f"reader, {word}: {first.new} entries, 1 update"


def parse(word: str, document: bytes) -> str:
    """What feedparser, or the schema, makes of a feed."""
    if word == "json":
        schema = json.loads((ROOT / "fixtures/published/jsonfeed-1.1.schema.json").read_text())
        jsonschema.Draft202012Validator(schema).validate(json.loads(document))
        return "schema, json: valid"
    feed = feedparser.parse(document, response_headers={"content-type": TYPES[word]})
    assert not feed.bozo, f"{word}: {feed.get('bozo_exception')}"
    for entry in feed.entries:
        for key in ("id", "title", "updated_parsed", "published_parsed", "content"):
            assert entry.get(key), f"{word}: an entry has no {key}"
    return f"feedparser, {word}: {len(feed.entries)} entries"


class Elements(html.parser.HTMLParser):
    """The elements and attributes of a text, as a browser would see them."""

    def __init__(self, text: str):
        super().__init__()
        self.found = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, [name for name, _ in attrs], [value or "" for _, value in attrs]))


def harmless(what: str, text: str) -> None:
    """That markup has no element, handler or address but our own."""
    for tag, names, values in Elements(text).found:
        assert tag in OURS, f"{what}: <{tag}>"
        assert set(names) <= {"href", "rel", "lang"}, f"{what}: <{tag} {names}>"
        assert all("script" not in value for value in values), f"{what}: {values}"


def hostile(folder: Path) -> str:
    """That items whose every text is hostile are text to those who read our feeds, without cleaning it themselves."""
    texts = 0
    for word in ("atom", "rss"):
        document = (folder / f"all.{word}").read_bytes()
        feed = feedparser.parse(document, response_headers={"content-type": TYPES[word]}, sanitize_html=False)
        assert not feed.bozo, f"hostile {word}: {feed.get('bozo_exception')}"
        root = xml.etree.ElementTree.fromstring(document)
        name = "{http://www.w3.org/2005/Atom}entry" if word == "atom" else "item"
        assert len(feed.entries) == len(list(root.iter(name))) > 5, f"hostile {word}: {len(feed.entries)} entries"
        assert any("<script>alert(1)</script>" in entry.title for entry in feed.entries), "nothing hostile in it"
        for entry in feed.entries:
            assert entry.title_detail.type == "text/plain", entry.title_detail
            for part in [entry.get("summary_detail"), *entry.get("content", [])]:
                if part and part.type != "text/plain":
                    harmless(f"hostile {word}", part.value)
                texts += 1
            for link in [*entry.get("links", []), *entry.get("enclosures", [])]:
                assert link.href.startswith(("http://", "https://")), link
    feed = json.loads((folder / "all.json").read_text())
    for item in feed["items"]:
        harmless("hostile json", item["content_html"])
        assert item["url"].startswith(("http://", "https://")), item["url"]
        texts += 1
    calendar = icalendar.Calendar.from_ical((folder / "calendar.ics").read_bytes())
    assert not calendar.errors and "X-EVIL" not in calendar, calendar.errors
    return f"hostile texts: {texts} looked through, none is markup"


def main() -> int:
    site = sys.argv[1].rstrip("/")
    print(hostile(Path(sys.argv[2])))
    same = {}
    for name in ("sivistys", "all", "all/daily"):
        for word, kind in TYPES.items():
            document, sent = fetch(f"{site}/feeds/{name}.{word}")
            assert sent == kind, f"{name}.{word} is {sent}"
            print(f"{name}: {parse(word, document)}")
            if name == "sivistys":
                print(follow(word, document))
            if word == "json":
                same[name] = [item["id"] for item in json.loads(document)["items"]]
    assert same["sivistys"], "the feed of the network is empty"
    document, sent = fetch(f"{site}/calendar.ics")
    calendar = icalendar.Calendar.from_ical(document)
    events = calendar.walk("VEVENT")
    assert sent.startswith("text/calendar") and not calendar.errors, calendar.errors
    assert events and all(not event.errors for event in events), "events with errors"
    uids = [str(event["UID"]) for event in events]
    assert len(uids) == len(set(uids)), "an UID stands twice"
    print(f"icalendar: {len(events)} meetings")
    document, _ = fetch(f"{site}/opml.xml")
    outlines = xml.etree.ElementTree.fromstring(document).iter("outline")
    feeds = [outline.get("xmlUrl") for outline in outlines if outline.get("type") == "rss"]
    for address in feeds:
        if address.startswith(site):
            fetch(address)
    assert f"{site}/feeds/sivistys.atom" in feeds, feeds
    print(f"opml: {len(feeds)} feeds")
    return 0


sys.exit(main())
