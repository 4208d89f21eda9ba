#!/usr/bin/env python3
"""Fails if a public symbol has no documentation comment.

Usage: check-documentation.py SYMBOL-GRAPH-FOLDER MODULE…
"""
import json
import pathlib
import sys

def undocumented(graph: dict) -> list[str]:
    names = []
    inherited = {
        relation["source"]
        for relation in graph["relationships"]
        if relation.get("sourceOrigin")
    }
    for symbol in graph["symbols"]:
        if symbol["identifier"]["precise"] in inherited or "::SYNTHESIZED::" in symbol["identifier"]["precise"]:
            continue
        if "docComment" not in symbol and "location" in symbol:
            names.append(".".join(symbol["pathComponents"]))
    return names


def main() -> int:
    folder = pathlib.Path(sys.argv[1])
    failed = False
    for module in sys.argv[2:]:
        graphs = [*folder.glob(f"{module}.symbols.json"), *folder.glob(f"{module}@*.symbols.json")]
        if not graphs:
            print(f"{module}: no symbol graph in {folder}")
            failed = True
        missing = sorted({name for path in graphs for name in undocumented(json.loads(path.read_text()))})
        count = sum(len(json.loads(path.read_text())["symbols"]) for path in graphs)
        print(f"{module}: {count} public symbols, {len(missing)} without documentation")
        for name in missing:
            print(f"  {name}")
        failed = failed or bool(missing)
    return 1 if failed else 0


sys.exit(main())
