package import TransportKit

/// Which arguments of a tool go into header fields as well: the `x-mcp-header` marks of its input schema (MCP 2026-07-28).
package struct ParameterHeaders: Sendable, Hashable {
    /// One marked property.
    package struct Mark: Sendable, Hashable {
        /// The names of the properties on the way from the arguments to the value.
        package var path: [String]
        /// The header field's name.
        package var field: String
    }

    /// Why a tool cannot be offered: its schema marks what cannot become a header field.
    package struct Invalid: Error, Hashable, CustomStringConvertible {
        /// What is wrong, and where.
        package var description: String
    }

    /// What every field's name begins with.
    package static let prefix = "Mcp-Param-"
    private static let keyword = "x-mcp-header"

    /// The marked properties, in the schema's order.
    package private(set) var marks: [Mark] = []

    /// Finds the marks of a schema.
    ///
    /// The marks may stand only on properties that are strings, integers or booleans and that a chain of `properties` leads
    /// to; everywhere else in a schema they are looked for too, for a mark that is out of place makes the tool invalid.
    /// References are not followed.
    ///
    /// - Parameter schema: A tool's input schema.
    /// - Throws: ``Invalid``; the tool must then be left out of the list.
    package init(schema: JSONValue) throws(Invalid) {
        // A stack of its own: schemas come from servers and may be nested as deep as JSON may be. It is taken from the end,
        // so what is found goes in turned around.
        var open: [(path: [String]?, schema: JSONValue)] = [([], schema)]
        while let (path, schema) = open.popLast() {
            guard let members = schema.object?.members else { continue }
            var found: [(path: [String]?, schema: JSONValue)] = []
            for member in members {
                switch member.name {
                case Self.keyword: try add(member.value, at: path, of: schema)
                case "properties":
                    for property in member.value.object?.members ?? [] {
                        found.append((path.map { $0 + [property.name] }, property.value))
                    }
                case _ where Self.single.contains(member.name): found.append((nil, member.value))
                case _ where Self.lists.contains(member.name):
                    found += (member.value.array ?? []).map { (nil, $0) }
                case _ where Self.maps.contains(member.name):
                    found += (member.value.object?.members ?? []).map { (nil, $0.value) }
                default: break
                }
            }
            open += found.reversed()
        }
    }

    // What holds schemas in JSON Schema 2020-12 besides `properties`. Data (`default`, `enum`, `const`, `examples`) is left
    // out, as a member of that name there is no mark.
    private static let single: Set<String> = [
        "items", "contains", "unevaluatedItems", "additionalProperties", "propertyNames", "unevaluatedProperties",
        "not",
        "if", "then", "else", "contentSchema",
    ]
    private static let lists: Set<String> = ["allOf", "anyOf", "oneOf", "prefixItems"]
    private static let maps: Set<String> = ["patternProperties", "dependentSchemas", "$defs", "definitions"]

    private mutating func add(_ mark: JSONValue, at path: [String]?, of schema: JSONValue) throws(Invalid) {
        guard let path, !path.isEmpty else {
            throw Invalid(description: "\(Self.keyword) stands where no chain of properties leads to")
        }
        let place = "property \"\(path.joined(separator: "."))\""
        guard let name = mark.string, !name.isEmpty, name.utf8.allSatisfy(\.isTokenCharacter) else {
            throw Invalid(description: "\(place): \(Self.keyword) is no name that a header field can have")
        }
        guard let type = schema["type"]?.string, ["string", "integer", "boolean"].contains(type) else {
            throw Invalid(description: "\(place): \(Self.keyword) is for strings, integers and booleans only")
        }
        let field = Self.prefix + name
        guard !marks.contains(where: { $0.field.lowercased() == field.lowercased() }) else {
            throw Invalid(description: "\(place): another property has the same \(Self.keyword)")
        }
        marks.append(Mark(path: path, field: field))
    }

    /// The header fields of a call, ready to be sent; what is absent or `null` has none.
    ///
    /// - Parameter arguments: The call's arguments.
    /// - Returns: Names and encoded values.
    package func fields(for arguments: JSONValue) -> [(name: String, value: String)] {
        marks.compactMap { mark in
            guard let text = Self.text(of: mark, in: arguments) else { return nil }
            return (mark.field, HeaderText.encoded(text))
        }
    }

    /// The first field of a call that does not say what its arguments say; `nil` if all do.
    ///
    /// - Parameters:
    ///   - fields: The call's header fields.
    ///   - arguments: The call's arguments.
    /// - Returns: The field's name.
    package func mismatch(_ fields: HTTPFields, _ arguments: JSONValue) -> String? {
        marks.first { mark in
            let sent = fields.values(mark.field)
            guard let text = Self.text(of: mark, in: arguments) else { return !sent.isEmpty }
            guard sent.count == 1, let value = HeaderText.decoded(sent[0]) else { return true }
            guard value != text else { return false }
            // A whole number may be written in more ways than one.
            guard let number = JSONNumber(uncheckedText: text).int, Int(text) != nil else { return true }
            return Double(value).flatMap { Int(exactly: $0) } != number
        }?.field
    }

    private static func text(of mark: Mark, in arguments: JSONValue) -> String? {
        mark.path.reduce(Optional(arguments), { $0?[$1] }).flatMap(text)
    }

    private static func text(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .bool(let value): value ? "true" : "false"
        case .number(let number): number.int.map(String.init) ?? number.text
        case .null, .array, .object: nil
        }
    }
}

extension UInt8 {
    /// Whether a byte may be part of a token (RFC 9110 §5.6.2).
    var isTokenCharacter: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(self)
        }
    }
}
