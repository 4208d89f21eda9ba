#!/usr/bin/env python3
"""Compiles the Swift code of documentation pages, against modules that are built.

Usage: check-snippets.py [--default-imports MODULE,…] [--context FILE] PAGE… -- SWIFTC-FLAG…

A page is one function: each block sees those before it and may use their names anew. Blocks with what has to stand at the top of a
file do so. What a reader does not need to be told stands before a block in a comment that no reader sees:

    <!-- swift:
    let client = MyClient()
    -->

Whole manifests of packages, and parts of them, which begin with a dot, are compiled as such. The README is not for this program: check-readme.py
runs what is there.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
MANIFEST_API = "lib/swift/pm/ManifestAPI"
TOP_OF_FILE = re.compile(r"^(@main|@Test|@Suite|extension|protocol)\b", re.M)
MANIFEST_TYPES = {
    ".package": "Package.Dependency",
    ".target": "Target",
    ".testTarget": "Target",
    ".executableTarget": "Target",
    ".product": "Target.Dependency",
}


class Page:
    """The blocks of one page, put together as programs."""

    def __init__(self, path: pathlib.Path):
        self.path = path
        self.imports: list[str] = []
        self.top: list[str] = []
        self.body: list[str] = []
        self.manifest: list[str] = []
        self.blocks = 0
        pattern = re.compile(r"^<!-- swift:\n(?P<hidden>.*?)^-->$|^```swift\n(?P<block>.*?)^```$", re.S | re.M)
        text = path.read_text()
        hidden = ""
        for match in pattern.finditer(text):
            kind = match.lastgroup
            line = text.count("\n", 0, match.start(kind)) + 1
            code = f'#sourceLocation(file: "{path}", line: {line})\n{match[kind]}#sourceLocation()\n'
            if kind == "hidden":
                hidden += code
                continue
            self.blocks += 1
            if match["block"].startswith("// swift-tools-version"):
                self.manifest.append(re.sub(r"^import PackageDescription$", "", code, flags=re.M))
            elif match["block"].startswith("."):
                self.add_manifest(match["block"], line)
            else:
                self.add(hidden + code)
            hidden = ""

    def add_manifest(self, block: str, line: int) -> None:
        kind = MANIFEST_TYPES[block.split("(")[0]]
        block = re.sub(r"\s*//.*$", "", block.rstrip())
        self.manifest.append(f'#sourceLocation(file: "{self.path}", line: {line - 1})\nlet _: {kind} =\n{block}\n#sourceLocation()\n')

    def add(self, code: str) -> None:
        imports = re.findall(r"^(?:@testable )?import \w+$", code, re.M)
        self.imports += [line for line in imports if line not in self.imports]
        # An empty line instead, so that the others keep their numbers.
        code = re.sub(r"^(?:@testable )?import \w+$", "", code, flags=re.M)
        if TOP_OF_FILE.search(code):
            self.top.append(code)
        else:
            self.body.append(code)

    def program(self, imports: list[str]) -> str:
        lines = [f"import {module}\n" for module in imports] + [f"{line}\n" for line in self.imports]
        opened = "".join(f"do {{\n{code}" for code in self.body)
        return "".join(lines + self.top) + f"func page() async throws {{\n{opened}{'}' * len(self.body)}\n}}\n"


class Comments(Page):
    """The pieces of code in the comments of a module's public symbols."""

    def __init__(self, path: pathlib.Path, context: pathlib.Path):
        self.path = pathlib.Path(path.name.split(".")[0])
        self.imports, self.top, self.body, self.manifest, self.blocks = [], [], [], [], 0
        sections = re.split(r"^// (\w+)$", context.read_text(), flags=re.M)
        given = dict(zip(sections[1::2], sections[2::2])).get(str(self.path), "")
        self.imports += re.findall(r"^import \w+$", given, re.M)
        self.top.append(re.sub(r"^import \w+$", "", given, flags=re.M))
        for symbol in json.loads(path.read_text())["symbols"]:
            lines = symbol.get("docComment", {}).get("lines", [])
            text = "".join(f"{line['text']}\n" for line in lines)
            if "location" not in symbol:
                continue
            file = symbol["location"]["uri"].removeprefix("file://").removeprefix(f"{ROOT}/")
            for match in re.finditer(r"^```swift\n(.*?)^```$", text, re.S | re.M):
                line = lines[text.count("\n", 0, match.start(1))]["range"]["start"]["line"] + 1
                code = match[1].replace("{ … }", "{}")
                place = f'#sourceLocation(file: "{file}", line: {line})'
                if TOP_OF_FILE.search(code):
                    self.top.append(f"{place}\n{code}#sourceLocation()\n")
                else:
                    self.top.append(f"func piece{self.blocks}() async throws {{\n{place}\n{code}#sourceLocation()\n}}\n")
                self.blocks += 1


def compile(page: Page, imports: list[str], flags: list[str], tools: pathlib.Path) -> str:
    """Compiles a page; returns what the compiler has against it."""
    said = ""
    with tempfile.TemporaryDirectory() as folder:
        for name, code, extra in (
            ("Snippets.swift", page.program(imports) if page.top or page.body else "",
             [*flags, "-parse-as-library", "-enable-upcoming-feature", "MemberImportVisibility"]),
            ("Manifest.swift", "import PackageDescription\n" + "".join(page.manifest) if page.manifest else "",
             ["-I", str(tools / MANIFEST_API), "-package-description-version", "6.2.0"]),
        ):
            if not code:
                continue
            source = pathlib.Path(folder) / name
            source.write_text(code)
            # As far as the compiler has anything to say of the code: past the checks of what is initialized and moved.
            command = ["swiftc", "-emit-sil", "-o", "/dev/null", "-swift-version", "6", "-suppress-warnings", *extra, str(source)]
            outcome = subprocess.run(command, capture_output=True, text=True, timeout=600)
            if outcome.returncode != 0:
                said += outcome.stderr or f"{page.path}: the compiler ended with {outcome.returncode}\n"
    return said


def main() -> int:
    arguments = sys.argv[1:]
    split = arguments.index("--")
    names, flags = arguments[:split], arguments[split + 1:]
    imports: list[str] = []
    context = pathlib.Path()
    while names[0].startswith("--"):
        if names[0] == "--default-imports":
            imports = names[1].split(",")
        else:
            context = pathlib.Path(names[1])
        names = names[2:]
    driver = subprocess.run(["sh", "-c", "command -v swiftc"], capture_output=True, text=True, check=True).stdout.strip()
    tools = pathlib.Path(driver).resolve().parent.parent
    os.chdir(ROOT)
    made = (
        Comments(pathlib.Path(name), context) if name.endswith(".symbols.json") else Page(pathlib.Path(name)) for name in names
    )
    pages = [page for page in made if page.blocks]
    failed = False
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for page, said in zip(pages, pool.map(lambda page: compile(page, imports, flags, tools), pages)):
            print(f"{page.path}: {page.blocks} blocks of Swift{', with mistakes' if said else ''}", flush=True)
            print(said, end="", file=sys.stderr)
            failed = failed or bool(said)
    return 1 if failed else 0


sys.exit(main())
