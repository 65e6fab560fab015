"""Reads what the demonstration serves at /metrics as Prometheus does, and holds dashboard, alert rules and
docs/operations.md against it.

Arguments: the address of the site. Needs the packages prometheus_client and PyYAML, and promtool.
"""

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families

ROOT = Path(__file__).parent.parent
RULES = ROOT / "packaging/prometheus/seutu.rules.yml"
DASHBOARD = ROOT / "packaging/grafana/seutu.json"
GUIDE = ROOT / "docs/operations.md"
LABELS = {"version", "source", "outcome", "route", "status", "le"}
NAME = re.compile(r"\b(?:seutu|process)_[a-z_]+\b")


def fail(message):
    sys.exit(f"operations: {message}")


def fetch(address, **headers):
    request = urllib.request.Request(address, headers=headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def samples(found):
    """The names by which the values of a family are asked for."""
    endings = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "info": ["_info"]}
    return {sample.name for sample in found.samples} | {found.name + end for end in endings.get(found.type, [""])}


def served(site):
    """The families by name; the parser refuses whatever is not the format."""
    fetch(f"{site}/feeds/sivistys.atom")
    kind, text = fetch(f"{site}/metrics")
    if not kind.startswith("application/openmetrics-text; version=1.0.0"):
        fail(f"/metrics is of type {kind}")
    families = {found.name: found for found in text_string_to_metric_families(text)}
    for found in families.values():
        if not found.documentation:
            fail(f"{found.name} does not say what it is")
        for sample in found.samples:
            if unknown := set(sample.labels) - LABELS:
                fail(f"{sample.name} has the labels {sorted(unknown)}")
    if "@" in text or "/tmp" in text or "://" in text:
        fail("/metrics names an address or a path")
    return families


def refused(site):
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        try:
            fetch(f"{site}/metrics", **{name: "127.0.0.1"})
        except urllib.error.HTTPError as error:
            if error.code == 404:
                continue
        fail(f"a request with {name} reads /metrics")


def alerts():
    rules = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    for rule in rules:
        name = rule["alert"]
        if rule["labels"]["severity"] not in ("critical", "warning"):
            fail(f"{name} is neither critical nor a warning")
        for language in ("summary", "summary_fi"):
            if not rule["annotations"].get(language):
                fail(f"{name} has no {language}")
        if f"`{name}`" not in GUIDE.read_text():
            fail(f"{GUIDE.name} does not explain {name}")
    for words in (["check", "rules", "--lint-fatal", RULES], ["test", "rules", ROOT / ".ci/rules.test.yml"]):
        subprocess.run(["promtool", *words], check=True, stdout=subprocess.DEVNULL)
    return rules


def main():
    site = sys.argv[1]
    families = served(site)
    refused(site)
    rules = alerts()
    panels = json.loads(DASHBOARD.read_text())["panels"]
    asked = {f"alert {rule['alert']}": rule["expr"] for rule in rules}
    asked |= {f"panel {panel['title']}": " ".join(target["expr"] for target in panel["targets"]) for panel in panels}
    known = set().union(*map(samples, families.values()))
    for where, expression in asked.items():
        names = NAME.findall(expression)
        for name in names:
            if name not in known:
                fail(f"{where} asks for {name}, which is not served")
    print(f"{len(families)} names served, {len(rules)} alerts, {len(panels)} panels")


main()
