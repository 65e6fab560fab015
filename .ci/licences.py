#!/usr/bin/env python3
"""Every dependency has a licence that .deny.toml allows and comes from the registry, not from git.

Reads `cargo metadata` on stdin; says every fault at once.
"""

import json
import re
import sys
import tomllib
from pathlib import Path


def allowed(expression: str, licences: set[str]) -> bool:
    """Whether an SPDX expression can be met; AND binds closer than OR, `/` is an old OR."""
    tokens = re.findall(r"\(|\)|[\w.+-]+", expression.replace("/", " OR "))

    def either() -> bool:
        met = both()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            met = both() or met
        return met

    def both() -> bool:
        met = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            met = one() and met
        return met

    def one() -> bool:
        token = tokens.pop(0)
        if token == "(":
            met = either()
            tokens.pop(0)
            return met
        # An exception only widens what the licence grants.
        if tokens and tokens[0] == "WITH":
            del tokens[:2]
        return token in licences

    return either()


def main() -> int:
    rules = tomllib.loads(Path(".deny.toml").read_text(encoding="utf-8"))
    licences = set(rules["licenses"]["allow"])
    assert allowed("(MIT OR GPL-3.0) AND ISC", {"MIT", "ISC"})
    assert not allowed("MIT AND GPL-3.0", {"MIT"})
    faults = []
    packages = json.load(sys.stdin)["packages"]
    for package in packages:
        name = f"{package['name']} {package['version']}"
        source, licence = package["source"], package["license"]
        if source is not None and not source.startswith("registry+"):
            faults.append(f"{name}: comes from {source}; use a published release")
        if not licence or not allowed(licence, licences):
            faults.append(f"{name}: licence {licence} is not allowed by .deny.toml; replace the crate")
    print("\n".join(faults) or f"{len(packages)} packages, every licence allowed")
    return 1 if faults else 0


sys.exit(main())
