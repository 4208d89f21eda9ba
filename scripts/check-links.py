#!/usr/bin/env python3
"""Fails if a page of the repository links to a file or a heading that is not there, or mentions a script or example that is gone.

Links to the network are left alone: what is there is not ours to check at each change.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
PATH = re.compile(r"(?<![\w./-])((?:scripts|Examples|docs|Tests|Benchmarks|Fuzz|Sources)/[\w./-]*\w)")


def without_code(text: str) -> str:
    """The text without blocks and pieces of code, in which brackets are no links."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.S | re.M)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(path: pathlib.Path) -> set[str]:
    """The anchors that GitHub gives a page's headings."""
    found: dict[str, int] = {}
    names = set()
    text = re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.S | re.M)
    for heading in re.findall(r"^#{1,6} +(.+?)\s*$", text, re.M):
        heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        count = found.get(name, 0)
        found[name] = count + 1
        names.add(f"{name}-{count}" if count else name)
    return names


def mistakes(page: pathlib.Path) -> list[str]:
    said = []
    text = page.read_text()
    for target in LINK.findall(without_code(text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, fragment = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists():
            said.append(f"{target} is not there")
        elif fragment and file.suffix == ".md" and fragment not in anchors(file):
            said.append(f"{target}: there is no such heading")
    # Guides speak of the reader's own files.
    for name in PATH.findall(text) if ".docc/" not in str(page) else []:
        if not (ROOT / name).exists() and not list(ROOT.glob(f"{name}*")):
            said.append(f"{name} is not there")
    return said


def main() -> int:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    pages = [ROOT / name for name in listed.stdout.split("\n") if name and (ROOT / name).is_file()]
    failed = False
    for page in pages:
        for mistake in mistakes(page):
            print(f"{page.relative_to(ROOT)}: {mistake}", file=sys.stderr)
            failed = True
    print(f"{len(pages)} pages: {'links with mistakes' if failed else 'all links lead somewhere'}")
    return 1 if failed else 0


sys.exit(main())
