"""Usage: benchmark-page.py FIGURES PAGE

Writes the figures of `Benchmarks --json` into a page, between its lines `<!-- figures: NAME -->` and `<!-- end -->`, and plots of
them as SVG files beside it, in a folder of the page's name. Prints what it wrote.
"""

import json
import math
import pathlib
import re
import sys

UNITS = {"microseconds": "µs", "milliseconds": "ms", "mebibytes": "MiB", "kibibytes": "KiB", "perSecond": "/s"}
COLOURS = {"nginx": "#7a8a99", "Modelplex": "#2f6fb7", "Modelplex, Unix socket": "#5ba1dd", "LiteLLM": "#c2703d"}

figures_path, page_path = map(pathlib.Path, sys.argv[1:3])
data = json.loads(figures_path.read_text())
gateway = {figure["name"]: figure for figure in data["gateway"]}
cases = {case["name"]: case for case in data["cases"]}


def number(value):
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}".rstrip("0").rstrip(".")


def text(figure, key="gateway"):
    value = figure.get(key)
    return "" if value is None else f"{number(value)} {UNITS[figure['unit']]}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def gateway_rows(prefix):
    rows = []
    for name, figure in gateway.items():
        if not name.startswith(prefix):
            continue
        spread = f"{number(min(figure['samples']))} … {number(max(figure['samples']))}"
        ratio = f"{figure['ratio']:.2f}" if "ratio" in figure else ""
        rows.append([f"`{name}`", text(figure), text(figure, "nginx"), ratio, spread])
    return table(["figure", prefix.rstrip("."), "nginx", "ratio", "spread"], rows)


def case_rows(prefixes):
    def time(nanoseconds):
        return f"{number(nanoseconds / 1000)} µs" if nanoseconds < 1e6 else f"{number(nanoseconds / 1e6)} ms"

    chosen = [case for name, case in cases.items() if name.split(".")[0] in prefixes]
    rows = [[f"`{case['name']}`", time(case["fastest"]), time(case["median"]), time(case["cpu"])] for case in chosen]
    return table(["case", "fastest", "median", "CPU"], rows)


def bars(title, unit, rows):
    """Horizontal bars; rows are (label, kind, value)."""
    longest = max(value for _, _, value in rows) or 1
    shortest = min(value for _, _, value in rows)
    # Beside what is some hundred times longer, nothing else could be seen.
    is_logarithmic = shortest > 0 and longest > 50 * shortest
    if is_logarithmic:
        title += " (logarithmic)"
    height = 40 + 26 * len(rows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{height}" font-family="sans-serif" font-size="13">',
        f'<rect width="760" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="22" font-weight="bold" fill="#222222">{title}</text>',
    ]
    for place, (label, kind, value) in enumerate(rows):
        y = 36 + 26 * place
        share = math.log(2 * value / shortest) / math.log(2 * longest / shortest) if is_logarithmic else value / longest
        width = max(1, 380 * share)
        parts += [
            f'<text x="250" y="{y + 14}" text-anchor="end" fill="#222222">{label}</text>',
            f'<rect x="258" y="{y}" width="{width:.1f}" height="18" fill="{COLOURS[kind]}"/>',
            f'<text x="{264 + width:.1f}" y="{y + 14}" fill="#222222">{number(value)} {unit}</text>',
        ]
    return "\n".join(parts + ["</svg>", ""])


def compared(name, unix=None):
    figure = gateway.get(f"gateway.{name}")
    if not figure:
        return []
    rows = [("nginx", "nginx", figure["nginx"]), ("Modelplex", "Modelplex", figure["gateway"])]
    other = gateway.get(f"gateway.{unix}") if unix else None
    if other:
        rows.append(("Modelplex, Unix socket", "Modelplex, Unix socket", other["gateway"]))
    peer = gateway.get(f"litellm.{name}")
    if peer:
        rows.append(("LiteLLM", "LiteLLM", peer["gateway"]))
    return rows


def latencies(share):
    rows = []
    for name in gateway:
        match = re.fullmatch(rf"gateway\.latency-(\d+)-{re.escape(share)}", name)
        if match:
            rate = match[1]
            rows += [
                (f"{label}, {int(rate):,}/s", label, value)
                for label, _, value in compared(f"latency-{rate}-{share}", f"latency-{rate}-unix-{share}")
            ]
    order = sorted(dict.fromkeys(row[0] for row in rows), key=lambda label: int(label.split(", ")[-1][:-2].replace(",", "")))
    return sorted(rows, key=lambda row: order.index(row[0]))


folder = page_path.with_suffix("")
folder.mkdir(exist_ok=True)
plots = {
    "cpu": bars("CPU for a request at full load, 64 connections", "µs", compared("cpu-per-request")),
    "latency-p50": bars("Added to a request’s time, median", "ms", latencies("p50")),
    "latency-p99": bars("Added to a request’s time, 99th percentile", "ms", latencies("p99")),
    "memory": bars("Memory under full load", "MiB", compared("memory-load")),
}
for name, plot in plots.items():
    (folder / f"{name}.svg").write_text(plot)

sections = {
    "gateway": gateway_rows("gateway."),
    "litellm": (gateway_rows("litellm.") if any(name.startswith("litellm.") for name in gateway) else ["Not measured."])
    + [line for note in data.get("notMeasured", []) for line in ("", f"Not measured: {note.splitlines()[0]}.")],
    "library": case_rows({"dialects", "router", "credentials", "command", "chat", "client"}),
    "mcp": case_rows({"mcp"}),
}
page = page_path.read_text()
for name, lines in sections.items():
    block = f"<!-- figures: {name} -->\n\n" + "\n".join(lines) + "\n\n<!-- end -->"
    page, count = re.subn(rf"<!-- figures: {name} -->.*?<!-- end -->", lambda _: block, page, flags=re.DOTALL)
    if count != 1:
        sys.exit(f"{page_path} has no place for the figures of {name}: a line <!-- figures: {name} --> and one <!-- end -->")
page_path.write_text(page)
print("\n".join(line for lines in sections.values() for line in lines))
