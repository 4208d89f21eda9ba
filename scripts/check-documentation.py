#!/usr/bin/env python3
"""Fails if a public symbol has no documentation comment, or a public type no place on its module's page.

Usage: check-documentation.py SYMBOL-GRAPH-FOLDER MODULE…
"""
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def unplaced(module: str, graph: dict) -> list[str]:
    """The module's own symbols at the top that its page does not lead to."""
    page = (ROOT / "Sources" / module / f"{module}.docc" / f"{module}.md").read_text()
    names = {
        symbol["pathComponents"][0]
        for symbol in graph["symbols"]
        if len(symbol["pathComponents"]) == 1 and "location" in symbol and symbol["kind"]["identifier"] != "swift.extension"
    }
    return sorted(name for name in names if f"- ``{name}``\n" not in page)


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
        strays = unplaced(module, json.loads((folder / f"{module}.symbols.json").read_text()))
        for name in strays:
            print(f"  {name} is not on the page of {module}")
        failed = failed or bool(missing) or bool(strays)
    return 1 if failed else 0


sys.exit(main())
