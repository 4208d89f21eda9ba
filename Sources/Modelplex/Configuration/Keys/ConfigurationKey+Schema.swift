package import TransportKit

extension ConfigurationKey {
    /// The JSON Schema of a configuration file, made of the table of keys.
    package static var schema: JSONValue {
        var schema = objectSchema(all)
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        schema["title"] = "Modelplex configuration"
        return .object(schema)
    }

    private static func objectSchema(_ keys: [ConfigurationKey]) -> JSONObject {
        var properties = JSONObject()
        for key in keys {
            var property = schema(of: key.kind)
            property["description"] = .string(key.documentation)
            property["default"] = key.defaultValue.flatMap { try? $0.json() }
            properties[key.name] = .object(property)
        }
        var schema: JSONObject = ["type": "object", "additionalProperties": false]
        schema["properties"] = .object(properties)
        let required = keys.filter(\.isRequired).map { JSONValue.string($0.name) }
        if !required.isEmpty { schema["required"] = .array(required) }
        return schema
    }

    private static func schema(of kind: Kind) -> JSONObject {
        switch kind {
        case .text: ["type": "string"]
        case .choice(let words): orVariable(["enum": .array(words.map { .string($0) })])
        case .integer(let range):
            orVariable([
                "type": "integer", "minimum": .number(JSONNumber(range.lowerBound)),
                "maximum": .number(JSONNumber(range.upperBound)),
            ])
        case .positiveNumber: orVariable(["type": "number", "exclusiveMinimum": 0])
        case .number(let range):
            orVariable([
                "type": "number", "minimum": .number(JSONNumber(range.lowerBound)),
                "maximum": .number(JSONNumber(range.upperBound)),
            ])
        case .boolean: orVariable(["type": "boolean"])
        case .duration(_, let allowsNone):
            anyOf([
                ["type": "number", "minimum": 0],
                [
                    "type": "string",
                    "pattern": .string("^[0-9][0-9.]*(ms|s|m|h)$|\(allowsNone ? "^none$|" : "")\\$\\{"),
                ],
            ])
        case .size:
            anyOf([
                ["type": "integer", "minimum": 1],
                ["type": "string", "pattern": "^[0-9][0-9.]*(B|kB|KB|MB|GB|KiB|MiB|GiB)$|\\$\\{"],
            ])
        case .list(let element, let isNonEmpty):
            isNonEmpty
                ? ["type": "array", "items": .object(schema(of: element)), "minItems": 1]
                : ["type": "array", "items": .object(schema(of: element))]
        case .map: ["type": "object", "additionalProperties": ["type": "string"]]
        case .tables(_, let keys): ["type": "object", "additionalProperties": .object(objectSchema(keys))]
        case .settings(let reserved):
            ["type": "object", "propertyNames": ["not": ["enum": .array(reserved.map { .string($0) })]]]
        case .table(let keys): objectSchema(keys)
        case .scalarOrTable(let scalar, let keys): anyOf([schema(of: scalar), objectSchema(keys)])
        case .textOrTable(_, let keys): anyOf([["type": "string"], objectSchema(keys)])
        }
    }

    // A variable may stand for any single value.
    private static func orVariable(_ schema: JSONObject) -> JSONObject {
        anyOf([schema, ["type": "string", "pattern": "\\$\\{"]])
    }

    private static func anyOf(_ schemas: [JSONObject]) -> JSONObject {
        ["anyOf": .array(schemas.map { .object($0) })]
    }
}
