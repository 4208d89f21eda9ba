import TransportKit

/// What a type asked of the decoder that it was decoded from.
final class SchemaShape {
    private enum Kind {
        case none
        case value(JSONValue)
        case array(SchemaShape?)
        case object
    }

    private struct Property {
        var name: String
        var schema: JSONValue?
        var shape: SchemaShape?
        var isOptional = false
    }

    private var kind = Kind.none
    private var properties: [Property] = []
    private var additional: JSONValue?
    private var isNullable = false

    func beginObject() {
        kind = .object
    }

    func beginArray() {
        if case .array = kind { return }
        kind = .array(nil)
    }

    func noteNullable() {
        isNullable = true
    }

    // A type may try several forms; the first that fits is its schema.
    func noteValue(_ schema: JSONValue) {
        if case .none = kind { kind = .value(schema) }
    }

    func noteElement(_ shape: SchemaShape) {
        if case .array(nil) = kind { kind = .array(shape) }
    }

    func noteElement(_ schema: JSONValue) {
        let shape = SchemaShape()
        shape.noteValue(schema)
        noteElement(shape)
    }

    func noteAdditional(_ schema: JSONValue) {
        additional = schema
    }

    /// The property may be absent, or its presence was asked for.
    func noteOptional(_ name: String) {
        properties[index(of: name)].isOptional = true
    }

    func noteProperty(_ name: String, _ schema: JSONValue) {
        let index = index(of: name)
        if properties[index].schema == nil { properties[index].schema = schema }
    }

    func noteProperty(_ name: String, _ shape: SchemaShape) {
        let index = index(of: name)
        if properties[index].shape == nil { properties[index].shape = shape }
    }

    private func index(of name: String) -> Int {
        if let index = properties.firstIndex(where: { $0.name == name }) { return index }
        properties.append(Property(name: name))
        return properties.count - 1
    }

    func schema(isStrict: Bool, failure: (String) -> PlexError) throws(PlexError) -> JSONValue {
        let schema: JSONValue
        switch kind {
        case .none: throw failure("it asks for nothing that has a schema")
        case .value(let value): schema = value
        case .array(let element):
            guard let element else { throw failure("its elements are not known") }
            schema = ["type": "array", "items": try element.schema(isStrict: isStrict, failure: failure)]
        case .object: schema = try objectSchema(isStrict: isStrict, failure: failure)
        }
        return isNullable ? schema.orNull : schema
    }

    private func objectSchema(isStrict: Bool, failure: (String) -> PlexError) throws(PlexError) -> JSONValue {
        if additional != nil, isStrict { throw failure("strict schemas have no place for dictionaries") }
        var members = JSONObject()
        var required: [JSONValue] = []
        for property in properties {
            // A property that was asked for but never read, or read as whatever it is, may be anything.
            var schema = property.schema ?? [:]
            if let shape = property.shape { schema = try shape.schema(isStrict: isStrict, failure: failure) }
            if isStrict, property.isOptional { schema = schema.orNull }
            if isStrict || !property.isOptional { required.append(.string(property.name)) }
            members[property.name] = schema
        }
        var object: JSONObject = ["type": "object"]
        if !members.isEmpty || additional == nil { object["properties"] = .object(members) }
        if !required.isEmpty || isStrict { object["required"] = .array(required) }
        if let additional { object["additionalProperties"] = additional }
        if isStrict { object["additionalProperties"] = false }
        return .object(object)
    }
}

extension JSONValue {
    /// A schema that takes `null` too.
    fileprivate var orNull: JSONValue {
        guard case .object(var object) = self else { return self }
        if case .string("null")? = object["type"] { return self }
        if let types = object["type"]?.array, types.contains("null") { return self }
        if let choices = object["anyOf"]?.array, choices.contains(["type": "null"]) { return self }
        if object.isEmpty { return self }
        if let type = object["type"]?.string, object["enum"] == nil, object["properties"] == nil,
            object["items"] == nil,
            object["additionalProperties"] == nil
        {
            object["type"] = [.string(type), "null"]
            return .object(object)
        }
        return ["anyOf": [self, ["type": "null"]]]
    }
}
