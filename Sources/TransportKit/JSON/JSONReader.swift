/// Reads members of a JSON value and says in errors where in the document something was not as expected.
///
/// An absent member and one that is `null` count as the same.
package struct JSONReader: Sendable {
    /// The value that is read.
    package let value: JSONValue
    private let path: Path

    private indirect enum Path: Sendable {
        case root(String)
        case member(Path, String)
        case element(Path, Int)

        var text: String {
            switch self {
            case .root(let name): name
            case .member(let parent, let name): parent.text.isEmpty ? name : "\(parent.text).\(name)"
            case .element(let parent, let index): "\(parent.text)[\(index)]"
            }
        }
    }

    /// Makes a reader of a whole document; `name` stands before all paths.
    package init(_ value: JSONValue, name: String = "") {
        self.init(value: value, path: .root(name))
    }

    /// Parses a document and makes a reader of it.
    package init(parsing bytes: [UInt8]) throws(JSONError) {
        self.init(try JSONValue(parsing: bytes))
    }

    private init(value: JSONValue, path: Path) {
        self.value = value
        self.path = path
    }

    /// An error that names this place.
    package func error(_ message: String) -> JSONError {
        let place = path.text
        return JSONError(place.isEmpty ? message : "\(place): \(message)")
    }
}

// This value itself.
extension JSONReader {
    /// This value as a string.
    package func string() throws(JSONError) -> String { try expect(value.string, "a string") }
    /// This value as an integer.
    package func int() throws(JSONError) -> Int { try expect(value.int, "an integer") }
    /// This value as a double.
    package func double() throws(JSONError) -> Double { try expect(value.double, "a number") }
    /// This value as a boolean.
    package func bool() throws(JSONError) -> Bool { try expect(value.bool, "a boolean") }
    /// This value as an object.
    package func object() throws(JSONError) -> JSONObject { try expect(value.object, "an object") }

    /// This value as an array, each element with its place.
    package func array() throws(JSONError) -> [JSONReader] {
        try expect(value.array, "an array").enumerated().map { index, element in
            JSONReader(value: element, path: .element(path, index))
        }
    }

    private func expect<T>(_ found: T?, _ expected: String) throws(JSONError) -> T {
        guard let found else { throw error("expected \(expected), found \(value.kindDescription)") }
        return found
    }
}

// Members.
extension JSONReader {
    /// A member, or `nil` if it is absent or `null`.
    package func optional(_ name: String) throws(JSONError) -> JSONReader? {
        guard case .object(let object) = value else {
            throw error("expected an object, found \(value.kindDescription)")
        }
        guard let member = object[name], member != .null else { return nil }
        return JSONReader(value: member, path: .member(path, name))
    }

    /// A member that must be there.
    package func required(_ name: String) throws(JSONError) -> JSONReader {
        guard let member = try optional(name) else {
            throw JSONReader(value: .null, path: .member(path, name)).error("is missing")
        }
        return member
    }

    /// A string member.
    package func string(_ name: String) throws(JSONError) -> String { try required(name).string() }
    /// A string member that may be absent.
    package func optionalString(_ name: String) throws(JSONError) -> String? { try optional(name)?.string() }
    /// An integer member.
    package func int(_ name: String) throws(JSONError) -> Int { try required(name).int() }
    /// An integer member that may be absent.
    package func optionalInt(_ name: String) throws(JSONError) -> Int? { try optional(name)?.int() }
    /// A number member.
    package func double(_ name: String) throws(JSONError) -> Double { try required(name).double() }
    /// A number member that may be absent.
    package func optionalDouble(_ name: String) throws(JSONError) -> Double? { try optional(name)?.double() }
    /// A boolean member.
    package func bool(_ name: String) throws(JSONError) -> Bool { try required(name).bool() }
    /// A boolean member that may be absent.
    package func optionalBool(_ name: String) throws(JSONError) -> Bool? { try optional(name)?.bool() }
    /// An array member.
    package func array(_ name: String) throws(JSONError) -> [JSONReader] { try required(name).array() }
    /// An array member that may be absent.
    package func optionalArray(_ name: String) throws(JSONError) -> [JSONReader]? { try optional(name)?.array() }

    /// An object member.
    package func object(_ name: String) throws(JSONError) -> JSONReader {
        let member = try required(name)
        _ = try member.object()
        return member
    }

    /// An object member that may be absent.
    package func optionalObject(_ name: String) throws(JSONError) -> JSONReader? {
        guard let member = try optional(name) else { return nil }
        _ = try member.object()
        return member
    }
}

extension JSONValue {
    /// The kind of value with its article, for messages.
    package var kindDescription: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
