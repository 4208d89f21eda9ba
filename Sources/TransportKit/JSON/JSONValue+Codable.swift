internal import FoundationEssentials

extension JSONValue {
    /// Makes the JSON form of a value.
    ///
    /// - Parameter value: What to encode, by `JSONEncoder`'s defaults.
    /// - Throws: `JSONError` if the value cannot be encoded.
    public init(encoding value: some Encodable) throws(JSONError) {
        if let json = value as? JSONValue {
            self = json
            return
        }
        let bytes: [UInt8]
        do {
            bytes = try [UInt8](JSONEncoder().encode(value))
        } catch let error as EncodingError {
            throw JSONError(error.explanation)
        } catch {
            throw JSONError("the value cannot be encoded as JSON")
        }
        try self.init(parsing: bytes, maximumDepth: 1000)
    }

    /// Makes a typed value of this JSON, by `JSONDecoder`'s defaults.
    ///
    /// - Parameter type: The type to decode.
    /// - Returns: The decoded value.
    /// - Throws: `DecodingError` if the JSON does not fit the type, or what its `init(from:)` throws.
    public func decode<T: Decodable>(as type: T.Type = T.self) throws -> T {
        if let json = self as? T { return json }
        return try JSONDecoder().decode(type, from: Data(serialized))
    }
}

extension JSONValue: Codable {
    /// Reads any JSON; numbers go through `Int` or `Double`, so digits beyond those are lost.
    ///
    /// - Parameter decoder: The decoder to read from.
    /// - Throws: What the decoder throws.
    public init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: MemberName.self) {
            self = .object(
                JSONObject(
                    try container.allKeys.map { ($0.stringValue, try container.decode(JSONValue.self, forKey: $0)) }
                )
            )
        } else if var container = try? decoder.unkeyedContainer() {
            var elements: [JSONValue] = []
            while !container.isAtEnd {
                elements.append(try container.decode(JSONValue.self))
            }
            self = .array(elements)
        } else {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let text = try? container.decode(String.self) {
                self = .string(text)
            } else if let bool = try? container.decode(Bool.self) {
                self = .bool(bool)
            } else if let int = try? container.decode(Int.self) {
                self = .number(JSONNumber(int))
            } else {
                self = .number(JSONNumber(try container.decode(Double.self)))
            }
        }
    }

    /// Writes the value; numbers go through `Int` or `Double`, so digits beyond those are lost.
    ///
    /// - Parameter encoder: The encoder to write to.
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .bool(let value): try value.encode(to: encoder)
        case .string(let value): try value.encode(to: encoder)
        case .number(let number):
            if let int = number.int {
                try int.encode(to: encoder)
            } else {
                try number.double.encode(to: encoder)
            }
        case .array(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements {
                try container.encode(element)
            }
        case .object(let object):
            var container = encoder.container(keyedBy: MemberName.self)
            for member in object.members {
                try container.encode(member.value, forKey: MemberName(member.name))
            }
        }
    }
}

private struct MemberName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
}

extension EncodingError {
    // Names the place, never the value.
    fileprivate var explanation: String {
        guard case .invalidValue(_, let context) = self, !context.codingPath.isEmpty else {
            return "the value cannot be encoded as JSON"
        }
        let path = context.codingPath.reduce(into: "") { path, key in
            path += key.intValue.map { "[\($0)]" } ?? (path.isEmpty ? key.stringValue : ".\(key.stringValue)")
        }
        return "the value at \(path) cannot be encoded as JSON"
    }
}
