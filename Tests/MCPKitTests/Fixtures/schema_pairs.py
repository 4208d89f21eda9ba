"""Prints pairs of a random schema and a random value, one a line, with what the package jsonschema says of them.

    schema_pairs.py SEED COUNT
"""
import json
import random
import sys

from jsonschema import Draft202012Validator

choose = random.Random(int(sys.argv[1]))
NAMES = ["a", "b", "ab", "é"]
PATTERNS = ["^a", "b$", "[0-9]+", "^.{2}$"]


def value(depth=0):
    kinds = ["null", "bool", "int", "float", "string"] + (["array", "object"] * 2 if depth < 3 else [])
    match choose.choice(kinds):
        case "null":
            return None
        case "bool":
            return choose.random() < 0.5
        case "int":
            return choose.randint(-3, 12)
        case "float":
            return choose.choice([0.5, 1.0, -2.5, 7.25, 1e3])
        case "string":
            return choose.choice(["", "a", "b", "ab", "a1b", "éé", "12"])
        case "array":
            return [value(depth + 1) for _ in range(choose.randint(0, 4))]
        case "object":
            return {choose.choice(NAMES): value(depth + 1) for _ in range(choose.randint(0, 4))}


def some(depth):
    return [schema(depth + 1) for _ in range(choose.randint(1, 3))]


def named(names, depth):
    return {name: schema(depth + 1) for name in choose.sample(names, choose.randint(1, 2))}


KEYWORDS = {
    "type": lambda d: choose.choice(["null", "boolean", "integer", "number", "string", "array", "object", ["string", "integer"]]),
    "enum": lambda d: [value(2) for _ in range(3)],
    "const": lambda d: value(2),
    "minimum": lambda d: choose.randint(-2, 5),
    "maximum": lambda d: choose.randint(0, 9),
    "exclusiveMinimum": lambda d: choose.randint(-2, 5),
    "exclusiveMaximum": lambda d: choose.randint(0, 9),
    "multipleOf": lambda d: choose.choice([2, 0.5, 3]),
    "minLength": lambda d: choose.randint(0, 2),
    "maxLength": lambda d: choose.randint(0, 2),
    "pattern": lambda d: choose.choice(PATTERNS),
    "minItems": lambda d: choose.randint(0, 2),
    "maxItems": lambda d: choose.randint(1, 3),
    "uniqueItems": lambda d: True,
    "minProperties": lambda d: choose.randint(0, 2),
    "maxProperties": lambda d: choose.randint(1, 3),
    "required": lambda d: choose.sample(NAMES, 1),
    "dependentRequired": lambda d: {choose.choice(NAMES): choose.sample(NAMES, 1)},
    "items": lambda d: schema(d + 1),
    "prefixItems": some,
    "contains": lambda d: schema(d + 1),
    "minContains": lambda d: choose.randint(0, 2),
    "maxContains": lambda d: choose.randint(1, 2),
    "properties": lambda d: named(NAMES, d),
    "patternProperties": lambda d: named(PATTERNS, d),
    "additionalProperties": lambda d: schema(d + 1),
    "propertyNames": lambda d: schema(d + 1),
    "allOf": some,
    "anyOf": some,
    "oneOf": some,
    "not": lambda d: schema(d + 1),
    "if": lambda d: schema(d + 1),
    "then": lambda d: schema(d + 1),
    "else": lambda d: schema(d + 1),
    "dependentSchemas": lambda d: named(NAMES, d),
    "unevaluatedItems": lambda d: schema(d + 1),
    "unevaluatedProperties": lambda d: schema(d + 1),
}


def schema(depth=0):
    if depth > 3 or choose.random() < 0.1:
        return choose.random() < 0.7
    return {name: KEYWORDS[name](depth) for name in choose.sample(list(KEYWORDS), choose.randint(1, 4))}


for _ in range(int(sys.argv[2])):
    pair = {"schema": schema(), "value": value()}
    pair["valid"] = Draft202012Validator(pair["schema"]).is_valid(pair["value"])
    print(json.dumps(pair))
