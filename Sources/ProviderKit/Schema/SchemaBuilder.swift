import FoundationEssentials
import TransportKit

/// Makes schemas by letting types decode themselves from a ``SchemaProbe``.
///
/// It lives for one call on one task; a class, since the containers of a decoder share it.
final class SchemaBuilder {
    let isStrict: Bool
    // The types that are being decoded, outermost first.
    private var open: [ObjectIdentifier] = []

    init(isStrict: Bool) {
        self.isStrict = isStrict
    }

    func schema<T: Decodable>(for type: T.Type) throws(PlexError) -> JSONValue {
        do {
            return try describe(type, at: []).schema
        } catch let error as PlexError {
            throw error
        } catch {
            throw failure(type, at: [], "it cannot be decoded from a sample value")
        }
    }

    /// The schema of a type, and some value of it.
    func describe<T: Decodable>(_ type: T.Type, at path: [any CodingKey]) throws -> (schema: JSONValue, value: T) {
        if let known = try known(type, at: path), let value = known.value as? T { return (known.schema, value) }
        if let type = type as? any JSONSchemaRepresentable.Type {
            guard !isStrict || type.jsonSchema.isStrict else {
                throw failure(
                    type,
                    at: path,
                    "its jsonSchema is not strict",
                    advice: "set \"additionalProperties\" to false and list every property in \"required\""
                )
            }
            return (type.jsonSchema, try sample(of: T.self, schema: type.jsonSchema, at: path))
        }
        if let type = type as? any (CaseIterable & RawRepresentable).Type,
            let known = choices(of: type), let value = known.value as? T
        {
            return (known.schema, value)
        }
        guard !open.contains(ObjectIdentifier(type)) else {
            throw failure(
                type,
                at: path,
                "it contains itself",
                advice: "conform it to JSONSchemaRepresentable and give a schema with \"$ref\""
            )
        }
        open.append(ObjectIdentifier(type))
        defer { open.removeLast() }
        let shape = SchemaShape()
        let value: T
        do {
            value = try T(from: SchemaProbe(builder: self, shape: shape, codingPath: path))
        } catch let error as PlexError {
            throw error
        } catch {
            throw refusal(type, at: path)
        }
        let schema = try shape.schema(isStrict: isStrict) { why in self.failure(type, at: path, why) }
        return (try describingProperties(of: type, in: schema, at: path), value)
    }

    private func describingProperties(of type: Any.Type, in schema: JSONValue, at path: [any CodingKey]) throws
        -> JSONValue
    {
        guard let describing = type as? any JSONSchemaDescribing.Type, case .object(var object) = schema,
            case .object(var properties)? = object["properties"]
        else { return schema }
        for (name, description) in describing.propertyDescriptions {
            guard case .object(var property)? = properties[name] else {
                throw failure(
                    type,
                    at: path,
                    "propertyDescriptions has \"\(name)\", which is none of its properties",
                    advice: "use the names that the properties have in JSON"
                )
            }
            property["description"] = .string(description)
            properties[name] = .object(property)
        }
        object["properties"] = .object(properties)
        return .object(object)
    }

    private func choices(
        of type: any (CaseIterable & RawRepresentable).Type
    ) -> (schema: JSONValue, value: Any)? {
        func choices<C: CaseIterable & RawRepresentable>(of type: C.Type) -> (schema: JSONValue, value: Any)? {
            guard let first = type.allCases.first else { return nil }
            let values = type.allCases.map(\.rawValue)
            if let strings = values as? [String] {
                return (["type": "string", "enum": .array(strings.map { .string($0) })], first)
            }
            let integers = values.compactMap { ($0 as? any BinaryInteger).flatMap { Int(exactly: $0) } }
            guard integers.count == values.count else { return nil }
            return (["type": "integer", "enum": .array(integers.map { .number(JSONNumber($0)) })], first)
        }
        return choices(of: type)
    }

    // The types of the standard library and Foundation that have a schema of their own.
    private func known(_ type: Any.Type, at path: [any CodingKey]) throws -> (schema: JSONValue, value: Any)? {
        func text(_ description: JSONValue, _ name: String, _ value: JSONValue) -> JSONValue {
            isStrict
                ? ["type": "string", "description": description]
                : ["type": "string", name: value, "description": description]
        }
        switch type {
        case is String.Type: return (["type": "string"], "")
        case is Bool.Type: return (["type": "boolean"], false)
        case is Double.Type: return (["type": "number"], 0.0)
        case is Float.Type: return (["type": "number"], Float(0))
        case is Decimal.Type: return (["type": "number"], Decimal(0))
        case let type as any FixedWidthInteger.Type: return integer(type)
        case is Date.Type: return (["type": "string", "format": "date-time"], Date(timeIntervalSince1970: 0))
        case is UUID.Type: return (["type": "string", "format": "uuid"], UUID())
        case is URL.Type: return URL(string: "https://example.org").map { (text("A URL.", "format", "uri"), $0) }
        case is Data.Type: return (text("Bytes in Base64.", "contentEncoding", "base64"), Data())
        case is JSONValue.Type:
            guard !isStrict else { throw failure(type, at: path, "strict schemas have no place for any JSON") }
            return ([:], JSONValue.null)
        default: return nil
        }
    }

    private func integer(_ type: any FixedWidthInteger.Type) -> (schema: JSONValue, value: Any) {
        func zero<I: FixedWidthInteger>(_ type: I.Type) -> Any { I.zero }
        return type.isSigned || isStrict
            ? (["type": "integer"], zero(type)) : (["type": "integer", "minimum": 0], zero(type))
    }
}

extension SchemaBuilder {
    func failure(
        _ type: Any.Type,
        at path: [any CodingKey],
        _ why: String,
        advice: String = "conform it to JSONSchemaRepresentable"
    ) -> PlexError {
        let place = path.isEmpty ? "" : " at \(path.dotted)"
        return PlexError(.unsupported, "no JSON Schema can be made for \(type)\(place): \(why); \(advice)")
    }

    private func refusal(_ type: Any.Type, at path: [any CodingKey]) -> PlexError {
        if type is any RawRepresentable.Type {
            return failure(
                type,
                at: path,
                "its cases cannot be listed",
                advice: "declare it CaseIterable, or conform it to JSONSchemaRepresentable"
            )
        }
        if type is any CaseIterable.Type {
            return failure(
                type,
                at: path,
                "its cases have no raw values",
                advice: "give it a raw type, as in `enum \(type): String`"
            )
        }
        return failure(
            type,
            at: path,
            "it cannot be decoded from a sample value, as enums with payloads and types that check their values"
        )
    }

    private func sample<T: Decodable>(of type: T.Type, schema: JSONValue, at path: [any CodingKey]) throws -> T {
        do {
            return try JSONDecoder.plain.decode(T.self, from: Data(schema.sample.serialized))
        } catch {
            throw failure(
                type,
                at: path,
                "the sample that its jsonSchema gives does not decode as it",
                advice: "add \"examples\" to the schema, with a value that does"
            )
        }
    }
}

extension JSONValue {
    /// Whether each object in this schema requires all of its properties and allows no others.
    fileprivate var isStrict: Bool {
        if let properties = self["properties"]?.object {
            let required = self["required"]?.array ?? []
            guard self["additionalProperties"] == false,
                properties.members.allSatisfy({ required.contains(.string($0.name)) && $0.value.isStrict })
            else { return false }
        } else if self["type"]?.string == "object" {
            return self["additionalProperties"] == false
        }
        let inner = (self["anyOf"]?.array ?? []) + [self["items"]].compactMap { $0 }
        return inner.allSatisfy(\.isStrict)
    }

    /// A value that fits this schema, as far as the simple keywords tell.
    fileprivate var sample: JSONValue {
        if let example = self["examples"]?.array?.first ?? self["default"] ?? self["const"]
            ?? self["enum"]?.array?.first
        {
            return example
        }
        if let choice = (self["anyOf"] ?? self["oneOf"])?.array?.first { return choice.sample }
        switch self["type"]?.string ?? self["type"]?.array?.first?.string {
        case "object":
            let required = self["required"]?.array?.compactMap(\.string) ?? []
            return .object(JSONObject(required.map { ($0, self["properties"]?[$0]?.sample ?? .null) }))
        case "array": return []
        case "string": return ""
        case "boolean": return false
        case "integer", "number": return self["minimum"] ?? 0
        default: return .null
        }
    }
}

extension [any CodingKey] {
    /// The path as in `days.0.high`.
    var dotted: String {
        map { $0.intValue.map { String($0) } ?? $0.stringValue }.joined(separator: ".")
    }
}
