#!/usr/bin/env python3
"""Every crate that `cargo tree` finds in the program stands in its list of components, with licence and checksum.

sbom.py FILE: the list, as `packaging/sbom` writes it.
"""

import json
import subprocess
import sys
from pathlib import Path


def linked() -> set[str]:
    """Name and version of each crate that is built into the program or runs while it is built."""
    target = next(line.split()[1] for line in said("rustc", "-vV") if line.startswith("host:"))
    lines = said(
        "cargo", "tree", "--locked", "--package", "seutu", "--edges", "normal,build", "--prefix", "none",
        "--target", target, "--format", "{p}",
    )
    return {" ".join(line.split()[:2]).replace(" v", " ") for line in lines if line}


def said(*command: str) -> list[str]:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def main() -> int:
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    document = json.loads(text)
    components = {f"{found['name']} {found['version']}": found for found in document["components"]}
    program = document["metadata"]["component"]
    faults = []
    if document["bomFormat"] != "CycloneDX" or program["name"] != "seutu":
        faults.append("this is no list of seutu's components")
    for crate in sorted(linked() - {f"{program['name']} {program['version']}"}):
        found = components.get(crate)
        if found is None:
            faults.append(f"{crate} is missing")
        elif not found.get("licenses") or not found.get("hashes"):
            faults.append(f"{crate} has no licence or no checksum")
    if str(Path.cwd()) in text:
        faults.append("the folder of the build is named")
    print("\n".join(faults) or f"{len(components)} components, each with licence and checksum")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
