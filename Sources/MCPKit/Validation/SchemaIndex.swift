internal import TransportKit

/// Where a schema's subschemas are, and by what names they may be referred to.
struct SchemaIndex: Sendable {
    /// The dialects that are read.
    enum Dialect: Sendable {
        case draft7
        case v2020
    }

    /// A schema with an identifier of its own, and what is inside it up to the next such one.
    struct Resource: Sendable {
        var base: URIReference
        var pointer: String
        var anchors: [String: String] = [:]
        var dynamicAnchors: [String: String] = [:]
    }

    let document: JSONValue
    let dialect: Dialect
    private(set) var resources: [Resource] = []
    private var resourcesByURI: [String: Int] = [:]
    private var resourceOfPointer: [String: Int] = [:]
    private var remaining: Int
    private let maximumDepth: Int

    init(_ document: JSONValue, limits: SchemaValidator.Limits) throws(SchemaError) {
        self.document = document
        dialect = try Self.dialect(of: document)
        remaining = limits.subschemas
        maximumDepth = limits.depth
        resources = [Resource(base: URIReference(""), pointer: "")]
        resourcesByURI[""] = 0
        try walk(document, at: "", in: 0, depth: 0)
    }

    /// The resource that a place belongs to.
    func resource(at pointer: String) -> Int {
        var pointer = pointer[...]
        while true {
            if let resource = resourceOfPointer[String(pointer)] { return resource }
            guard let slash = pointer.lastIndex(of: "/") else { return 0 }
            pointer = pointer[..<slash]
        }
    }

    /// The place that a reference leads to, and whether its fragment is the name of a dynamic anchor there.
    func target(
        of reference: String,
        from resource: Int,
        at location: String
    ) throws(SchemaError) -> (pointer: String, dynamicName: String?) {
        func unresolved(_ reason: String) -> SchemaError {
            SchemaError(code: .unresolvedReference, location: location, message: reason)
        }
        let resolved = URIReference(reference).resolved(against: resources[resource].base)
        guard let found = resourcesByURI[resolved.absolute] else {
            throw unresolved("a reference leads out of the schema, and nothing is fetched")
        }
        let fragment = Self.percentDecoded(resolved.fragment ?? "")
        if fragment.isEmpty { return (resources[found].pointer, nil) }
        if fragment.hasPrefix("/") { return (resources[found].pointer + fragment, nil) }
        guard let pointer = resources[found].anchors[fragment] else {
            throw unresolved("a reference names an anchor that is not there")
        }
        return (pointer, resources[found].dynamicAnchors[fragment] == nil ? nil : fragment)
    }

    /// The value at a place.
    func value(at pointer: String) -> JSONValue? {
        var value = document
        for token in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            let name = Self.unescaped(token)
            switch value {
            case .object(let object):
                guard let next = object[name] else { return nil }
                value = next
            case .array(let elements):
                guard let index = Int(name), elements.indices.contains(index) else { return nil }
                value = elements[index]
            default: return nil
            }
        }
        return value
    }

    /// A name as a token of a JSON pointer.
    static func escaped(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return name }
        return name.split(separator: "~", omittingEmptySubsequences: false).joined(separator: "~0")
            .split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
    }

    private static func unescaped(_ token: Substring) -> String {
        guard token.utf8.contains(UInt8(ascii: "~")) else { return String(token) }
        var name = ""
        var isEscape = false
        for scalar in token.unicodeScalars {
            if isEscape {
                name.unicodeScalars.append(scalar == "1" ? "/" : "~")
                isEscape = false
            } else if scalar == "~" {
                isEscape = true
            } else {
                name.unicodeScalars.append(scalar)
            }
        }
        return name
    }

    private static func percentDecoded(_ text: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func dialect(of document: JSONValue) throws(SchemaError) -> Dialect {
        guard let name = document["$schema"] else { return .v2020 }
        switch name.string.map({ $0.hasSuffix("#") ? String($0.dropLast()) : $0 }) {
        case "https://json-schema.org/draft/2020-12/schema": return .v2020
        case "http://json-schema.org/draft-07/schema", "https://json-schema.org/draft-07/schema": return .draft7
        default:
            throw SchemaError(
                code: .unsupportedDialect,
                location: "/$schema",
                message: "the schema is of a dialect that is not read here; 2020-12 and draft-07 are"
            )
        }
    }
}

extension SchemaIndex {
    private static let oneSchema: Set = [
        "not", "if", "then", "else", "additionalProperties", "propertyNames", "contains", "unevaluatedItems",
        "unevaluatedProperties", "items", "additionalItems", "contentSchema",
    ]
    private static let someSchemas: Set = ["allOf", "anyOf", "oneOf", "prefixItems", "items"]
    private static let namedSchemas: Set = [
        "properties", "patternProperties", "dependentSchemas", "$defs", "definitions", "dependencies",
    ]

    private mutating func walk(
        _ schema: JSONValue,
        at pointer: String,
        in resource: Int,
        depth: Int
    ) throws(SchemaError) {
        guard let object = schema.object else { return }
        guard depth < maximumDepth, remaining > 0 else {
            throw SchemaError(code: .tooComplex, location: pointer, message: "the schema is too deep or too large")
        }
        remaining -= 1
        let resource = adopt(object, at: pointer, in: resource)
        for member in object.members {
            let place = "\(pointer)/\(Self.escaped(member.name))"
            switch member.value {
            case .object(let inner) where Self.namedSchemas.contains(member.name):
                for item in inner.members {
                    try walk(item.value, at: "\(place)/\(Self.escaped(item.name))", in: resource, depth: depth + 1)
                }
            case .object where Self.oneSchema.contains(member.name):
                try walk(member.value, at: place, in: resource, depth: depth + 1)
            case .array(let elements) where Self.someSchemas.contains(member.name):
                for (index, element) in elements.enumerated() {
                    try walk(element, at: "\(place)/\(index)", in: resource, depth: depth + 1)
                }
            default: break
            }
        }
    }

    // In draft 7 nothing beside a `$ref` counts, and an anchor is an identifier that is a fragment.
    private mutating func adopt(_ schema: JSONObject, at pointer: String, in parent: Int) -> Int {
        var resource = parent
        let isShadowed = dialect == .draft7 && schema["$ref"] != nil
        if let identifier = schema["$id"]?.string, !isShadowed {
            let uri = URIReference(identifier).resolved(against: resources[parent].base)
            if dialect == .draft7, identifier.hasPrefix("#") {
                resources[parent].anchors[String(identifier.dropFirst())] = pointer
            } else if pointer.isEmpty {
                resources[0].base = uri
                resourcesByURI[uri.absolute] = 0
            } else {
                resource = resources.count
                resources.append(Resource(base: uri, pointer: pointer))
                resourcesByURI[uri.absolute] = resource
            }
        }
        resourceOfPointer[pointer] = resource
        if dialect == .v2020 {
            if let name = schema["$anchor"]?.string { resources[resource].anchors[name] = pointer }
            if let name = schema["$dynamicAnchor"]?.string {
                resources[resource].anchors[name] = pointer
                resources[resource].dynamicAnchors[name] = pointer
            }
        }
        return resource
    }
}
