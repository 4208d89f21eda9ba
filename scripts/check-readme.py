#!/usr/bin/env python3
"""Runs the README's examples as they are written, against a real local engine.

Usage: check-readme.py PLEXCTL ENGINE-URL PACKAGE-FOLDER

Shell blocks that use plexctl run in an empty HOME; Swift blocks are put together into one program, built and run. The
environment's base-URL variables point both at the engine, which takes any model name.
"""
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / "README.md").read_text(), re.S | re.M)


def run(command: list[str], **options) -> None:
    print("$", " ".join(command), flush=True)
    subprocess.run(command, check=True, timeout=1200, **options)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serving(block: str, port: int, folder: pathlib.Path) -> str:
    """The block with its gateways in the background, each ready before the next line, until the block's end."""
    block = block.replace("127.0.0.1:8317/", f"127.0.0.1:{port}/")
    block = block.replace("unix:/run/modelplex/", f"unix:{folder}/").replace("group=models", f"group={os.getgid()}")
    start = r"""rm -f gateway.log
\1 2>gateway.log &
until grep -qs '^ready$' gateway.log; do kill -0 $! || { cat gateway.log; exit 1; }; sleep 0.1; done"""
    block = re.sub(r"^(plexctl serve\b[^#\n]*).*$", start, block, flags=re.M)
    return f"trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT\n{block}"


def main() -> None:
    plexctl, url, package = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        work = home / "work"
        work.mkdir()
        environment = {
            "HOME": folder,
            "PATH": f"{pathlib.Path(plexctl).resolve().parent}:{os.environ['PATH']}",
            "OPENAI_API_KEY": "unused",
            "OPENAI_BASE_URL": f"{url}/v1",
            "ANTHROPIC_API_KEY": "unused",
            "ANTHROPIC_BASE_URL": url,
        }
        # The usual port may be in use.
        port = free_port()
        environment["PLEX_SERVER__LISTEN"] = f"unix:modelplex.socket,tcp:127.0.0.1:{port}"
        run(["git", "init", "-q"], cwd=work, env=environment)
        for block in blocks("sh"):
            if "plexctl" not in block:
                continue
            block = re.sub(r"^export OPENAI_API_KEY=.*$", "", block, flags=re.M)
            # Nobody is there to type a key.
            block = re.sub(r"^(plexctl auth set \w+)\b.*$", r"echo unused | \1 --from-stdin", block, flags=re.M)
            print(block)
            run(["bash", "-e", "-o", "pipefail", "-c", serving(block, port, work)], cwd=work, env=environment)

        program = "\n".join(block for block in blocks("swift") if ".package(" not in block)
        source = pathlib.Path(package) / "Sources" / "Readme"
        source.mkdir(exist_ok=True, parents=True)
        (source / "main.swift").write_text(program)
        (pathlib.Path(package) / "Package.swift").write_text(
            f"""// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "readme", platforms: [.macOS(.v15)],
    dependencies: [.package(name: "modelplex", path: "{ROOT}")],
    targets: [
        .executableTarget(name: "Readme", dependencies: [.product(name: "Modelplex", package: "modelplex")])
    ],
    swiftLanguageModes: [.v6]
)
"""
        )
        run(["swift", "run", "--package-path", package, "--scratch-path", str(ROOT / "Examples/.build"), "Readme"],
            env={**os.environ, **environment, "HOME": os.environ["HOME"]})


main()
