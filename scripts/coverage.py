#!/usr/bin/env python3
"""Prints the covered lines of each area, and fails if one is under its gate.

Usage: coverage.py SUMMARY

SUMMARY is what `llvm-cov export --summary-only` writes.
"""
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# What is not ours to cover: shims of C libraries, and what is there for tests.
IGNORED = ("CJSON", "CRE2", "CTOML", "ProviderTesting")

# Name, least share in percent, folders below Sources/. An area without a gate is there to be seen.
AREAS = (
    ("credentials and access", 80, ("CredentialKit", "MCPKit/Authorization", "Modelplex/Credentials", "GatewayKit/Access")),
    ("providers", 85, ("ProviderKit",)),
    ("configuration", 90, ("Modelplex/Configuration", "MCPKit/Configuration")),
    ("routing", 90, ("RouterKit",)),
    ("transport", None, ("TransportKit",)),
    ("gateway", None, ("GatewayKit",)),
    ("MCP", None, ("MCPKit",)),
    ("façade", None, ("Modelplex",)),
    ("command", None, ("plexctl",)),
    ("whole", 80, ("",)),
)


def covered(summary: dict) -> dict[str, tuple[int, int]]:
    """Covered lines and all lines of each file, by its path below Sources/."""
    files = {}
    for file in summary["data"][0]["files"]:
        path = pathlib.Path(file["filename"])
        if not path.is_relative_to(ROOT / "Sources"):
            continue
        path = path.relative_to(ROOT / "Sources")
        if path.parts[0] not in IGNORED:
            lines = file["summary"]["lines"]
            files[str(path)] = (lines["covered"], lines["count"])
    return files


def main() -> int:
    files = covered(json.loads(pathlib.Path(sys.argv[1]).read_text()))
    failed = False
    print(f"{'area':<24}{'lines':>8}{'covered':>9}{'share':>9}{'gate':>7}")
    for name, gate, folders in AREAS:
        chosen = {
            path: lines for path, lines in files.items()
            if any(not folder or path.startswith(f"{folder}/") for folder in folders)
        }
        hit, count = (sum(column) for column in zip(*chosen.values())) if chosen else (0, 0)
        share = 100 * hit / count if count else 0
        under = gate is not None and share < gate
        failed = failed or under
        print(f"{name:<24}{count:>8}{hit:>9}{share:>8.1f}%{f'{gate}%' if gate else '':>7}{'  under its gate' if under else ''}")
        if under:
            missed = sorted(chosen.items(), key=lambda item: item[1][0] - item[1][1])
            for path, (hit, count) in missed[:12]:
                print(f"    {path}: {count - hit} of {count} lines are not covered")
    return 1 if failed else 0


sys.exit(main())
