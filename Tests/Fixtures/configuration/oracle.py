"""Reads documents with Python's tomllib and PyYAML and prints, one line a document, what they hold as JSON.

A document that is refused prints `error`. YAML is read by the core schema of YAML 1.2; with `--yaml11` as PyYAML
does by itself. `--generate FOLDER COUNT` writes YAML documents in PyYAML's styles instead.
"""

import datetime
import json
import math
import random
import re
import sys
import tomllib

import yaml


class CoreLoader(yaml.SafeLoader):
    yaml_implicit_resolvers = {}

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        if len(keys) != len(set(keys)):
            raise yaml.YAMLError("a key occurs twice")
        return {str(key.value): self.construct_object(value, deep=True) for key, value in node.value}


def resolve(tag, pattern):
    CoreLoader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(f"^(?:{pattern})$"), None)


def core_int(loader, node):
    text = loader.construct_scalar(node)
    return int(text, 0) if text.startswith(("0x", "0o")) else int(text, 10)


def core_float(loader, node):
    return float(loader.construct_scalar(node).lower().replace(".inf", "inf").replace(".nan", "nan"))


resolve("null", r"~|null|Null|NULL|")
resolve("bool", r"true|True|TRUE|false|False|FALSE")
resolve("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
resolve("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
CoreLoader.add_constructor("tag:yaml.org,2002:int", core_int)
CoreLoader.add_constructor("tag:yaml.org,2002:float", core_float)


def plain(value):
    if isinstance(value, dict):
        return {str(key): plain(element) for key, element in value.items()}
    if isinstance(value, list):
        return [plain(element) for element in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "<nan>" if math.isnan(value) else "<inf>" if value > 0 else "<-inf>"
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat().replace("+00:00", "Z")
    return value


def read(path, loader):
    with open(path, "rb") as file:
        if path.endswith(".toml"):
            return tomllib.load(file)
        value = yaml.load(file, loader)
        return {} if value is None else value


def random_value(source, depth):
    kind = source.randrange(8 if depth < 4 else 6)
    if kind == 0:
        return source.choice([None, True, False])
    if kind == 1:
        return source.choice([0, -1, 7, 123456789012, 2**62])
    if kind == 2:
        return source.choice([0.5, -2.25, 1e20, 1e-9, 3.0])
    if kind < 6:
        alphabet = "ab yes:#-'\"\\\n\té漢😀{}[],&*!|>%@`?~0. "
        return "".join(source.choice(alphabet) for _ in range(source.randrange(12)))
    if kind == 6:
        return [random_value(source, depth + 1) for _ in range(source.randrange(4))]
    return random_table(source, depth + 1)


def random_table(source, depth):
    return {f"k{index}": random_value(source, depth) for index in range(source.randrange(5))}


def generate(folder, count):
    for index in range(count):
        source = random.Random(index)
        table = {"root": random_table(source, 0), "list": [random_table(source, 2) for _ in range(2)]}
        text = yaml.safe_dump(
            table,
            default_flow_style=source.choice([True, False, None]),
            default_style=source.choice([None, None, '"', "'", "|", ">"]),
            allow_unicode=source.choice([True, False]),
            width=source.choice([20, 80]),
            indent=source.choice([2, 4]),
        )
        with open(f"{folder}/generated-{index}.yaml", "w", encoding="utf-8") as file:
            file.write(text)


def main():
    if sys.argv[1] == "--generate":
        generate(sys.argv[2], int(sys.argv[3]))
        return
    loader = CoreLoader
    paths = sys.argv[1:]
    if paths[0] == "--yaml11":
        loader = yaml.SafeLoader
        paths = paths[1:]
    for path in paths:
        try:
            print(json.dumps(plain(read(path, loader))))
        except Exception:
            print("error")


main()
