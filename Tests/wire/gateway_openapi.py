#!/usr/bin/env python3
"""Holds what a gateway does against what it says of itself: its description is OpenAPI 3.1, and schemathesis finds no answer beside it.

gateway_openapi.py URL EXAMPLES CHECKS TAG…: tries the operations of these tags with so many examples each.
"""
import json
import subprocess
import sys
import tempfile
import urllib.request

from common import check, failures, finish
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

address, examples, checks, *tags = sys.argv[1:]

with urllib.request.urlopen(f"{address}/openapi.json") as answer:
    check("type of the description", answer.headers["content-type"], "application/json")
    document = json.load(answer)
for error in OPENAPI_31_VALIDATOR.iter_errors(document):
    failures.append(f"the description is no OpenAPI 3.1: {error.message[:300]}")

arguments = [
    "--url", address, "--checks", checks, "--max-examples", examples, "--seed", "1", "--generation-deterministic",
    "--phases", "coverage,fuzzing", "--suppress-health-check", "all", "--request-timeout", "30", "--warnings", "off",
    "--no-color", "--continue-on-failure"]
for tag in tags:
    arguments += ["--include-tag", tag]
# It leaves notes for its next run where it runs.
with tempfile.TemporaryDirectory() as folder:
    run = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", f"{address}/openapi.json"] + arguments,
        capture_output=True, text=True, check=False, cwd=folder)
if run.returncode != 0:
    failures.append(f"schemathesis ended with {run.returncode}:\n{run.stdout[-20000:]}{run.stderr[-2000:]}")
elif "Test cases" not in run.stdout:
    failures.append(f"schemathesis tried nothing:\n{run.stdout[-2000:]}")

finish()
