#!/usr/bin/env python3
"""Opens pages in headless Chromium: narrow, wide and dark; looks at what a person would see.

Usage: browser.py FOLDER ADDRESS...: screenshots go to FOLDER; says every fault at once.
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

VIEWS = {
    "narrow": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light"},
    "wide": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
}

# What only a laid-out page knows: its language and text, its true width, its colours.
LOOK = """() => {
  const root = document.documentElement, body = document.body, style = getComputedStyle(body);
  const solid = [body, root].map(e => getComputedStyle(e).backgroundColor)
    .find(c => c !== 'rgba(0, 0, 0, 0)');
  return {
    lang: root.lang, title: document.title, text: body.innerText.trim(),
    overflow: root.scrollWidth - root.clientWidth, ink: style.color, paper: solid || null,
  };
}"""


def luminance(colour: str) -> float:
    """Relative luminance of `rgb(r, g, b)` as WCAG 2 defines it."""
    inside = colour[colour.index("(") + 1 : colour.index(")")]
    parts = [float(part) / 255 for part in inside.replace(",", " ").replace("/", " ").split()[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: float, other: float) -> float:
    """Contrast ratio of two luminances, 1 to 21."""
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def faults(look: dict, scheme: str) -> list[str]:
    """What a person would complain about."""
    found = []
    if len(look["text"]) < 40:
        found.append(f"almost no text: {look['text']!r}")
    if not look["title"] or not look["lang"]:
        found.append(f"no title or language: {look['title']!r}, {look['lang']!r}")
    if look["overflow"] > 0:
        found.append(f"{look['overflow']} px wider than the window")
    # Without a colour of its own a page has the browser's: white paper, or dark with `color-scheme`.
    paper = luminance(look["paper"]) if look["paper"] else (1.0 if scheme == "light" else None)
    ink = luminance(look["ink"])
    if paper is None:
        paper = 0.01 if ink > 0.5 else 1.0
    if scheme == "dark" and paper > 0.3:
        found.append("light paper although dark was asked for")
    if contrast(ink, paper) < 4.5:
        found.append(f"contrast {contrast(ink, paper):.1f} is under 4.5")
    return found


def main() -> int:
    folder, addresses = Path(sys.argv[1]), sys.argv[2:]
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    with sync_playwright() as playwright:
        # The sandbox needs privileges that containers do not have; the pages are our own.
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for name, view in VIEWS.items():
            page = browser.new_context(**view).new_page()
            errors = []
            page.on("pageerror", lambda error: errors.append(f"script error: {error}"))
            page.on("console", lambda said: said.type == "error" and errors.append(f"console: {said.text}"))
            for number, address in enumerate(addresses, start=1):
                errors.clear()
                answer = page.goto(address, wait_until="load")
                said = list(errors) + faults(page.evaluate(LOOK), view["color_scheme"])
                if answer is None or not answer.ok:
                    said.append(f"status {answer and answer.status}")
                page.screenshot(path=folder / f"{number}-{name}.png", full_page=True)
                found += [f"{address} ({name}): {fault}" for fault in said]
        browser.close()
    print("\n".join(found) or f"{len(addresses)} page(s) well in {', '.join(VIEWS)}")
    return 1 if found else 0


sys.exit(main())
