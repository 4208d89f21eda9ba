import FoundationEssentials
import TransportKit

extension JSONSchemaFormat {
    /// Makes the format that asks a model for a value of a type.
    ///
    /// A type that is no object is asked for as the member `value` of one, since most providers take only objects;
    /// ``StructuredOutput/decode(_:from:)`` takes it out again.
    ///
    /// - Parameters:
    ///   - type: The type; see ``JSONSchema`` for what it may be.
    ///   - name: A name for the schema; `nil` makes one of the type's.
    ///   - description: What the answer is, in words.
    ///   - isStrict: Whether the provider should hold the model to the schema strictly; `nil` does so wherever the type has a
    ///     strict schema.
    /// - Throws: `PlexError` with code `unsupported` that names the property, if a part of the type has no schema.
    public init<T: Decodable>(
        for type: T.Type,
        name: String? = nil,
        description: String? = nil,
        isStrict: Bool? = nil
    ) throws(PlexError) {
        if isStrict == nil, let schema = try? JSONSchema.make(for: type, isStrict: true) {
            self.init(
                name: name ?? Self.name(of: type),
                description: description,
                schema: schema.wrapped(isStrict: true),
                isStrict: true
            )
            return
        }
        let schema = try JSONSchema.make(for: type, isStrict: isStrict == true)
        self.init(
            name: name ?? Self.name(of: type),
            description: description,
            schema: schema.wrapped(isStrict: isStrict == true),
            isStrict: isStrict == true
        )
    }

    private static func name(of type: Any.Type) -> String {
        let name = String(describing: type).unicodeScalars.map { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                ? Character(scalar) : "_"
        }
        return String(name.prefix(64))
    }
}

extension JSONValue {
    /// The schema of an object: this one, or one with a member `value` of this one.
    func wrapped(isStrict: Bool) -> JSONValue {
        if self["type"]?.string == "object" { return self }
        var object: JSONObject = ["type": "object", "properties": ["value": self], "required": ["value"]]
        if isStrict { object["additionalProperties"] = false }
        return .object(object)
    }
}

/// Reads values out of models' answers.
public enum StructuredOutput {
    // A model that talks around its JSON may have brackets in its prose; this many are tried.
    private static let maximumCandidates = 32

    /// Makes a value of an answer's text.
    ///
    /// The text should be JSON. Where it is not, the JSON is looked for in a code block or behind prose, as weaker models write.
    /// Dates are read by ISO 8601.
    ///
    /// - Parameters:
    ///   - type: The value's type.
    ///   - text: The answer's text.
    /// - Returns: The value.
    /// - Throws: `PlexError` with code `malformedResponse` that names the place in the JSON, and nothing of the answer.
    public static func decode<T: Decodable>(_ type: T.Type, from text: String) throws(PlexError) -> T {
        let bytes = Array(text.utf8)
        if let value = try? JSONValue(parsing: bytes) {
            return try decode(type, from: value)
        }
        var failure: PlexError?
        for candidate in candidates(in: bytes) {
            guard let value = try? JSONValue(parsing: Array(candidate)) else { continue }
            do {
                return try decode(type, from: value)
            } catch {
                failure = failure ?? error
            }
        }
        throw failure
            ?? PlexError(
                .malformedResponse,
                "the answer is no JSON, so no \(type) can be made of it; ask again, or ask a model that supports JSON schemas"
            )
    }

    static func decode<T: Decodable>(_ type: T.Type, from value: JSONValue) throws(PlexError) -> T {
        do {
            return try value.decodePlainly(type)
        } catch {
            if let object = value.object, object.count == 1, let inner = object["value"],
                let decoded = try? inner.decodePlainly(type)
            {
                return decoded
            }
            throw PlexError(.malformedResponse, "the answer is JSON, but not of type \(type): \(error.explanation)")
        }
    }

    // The bodies of objects and arrays that stand in other text, in order; those in a larger one are not given.
    private static func candidates(in bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var candidates: [ArraySlice<UInt8>] = []
        var start = 0
        var tries = 0
        while start < bytes.count, tries < maximumCandidates {
            guard bytes[start] == UInt8(ascii: "{") || bytes[start] == UInt8(ascii: "[") else {
                start += 1
                continue
            }
            tries += 1
            if let end = end(ofJSONAt: start, in: bytes) {
                candidates.append(bytes[start..<end])
                start = end
            } else {
                start += 1
            }
        }
        return candidates
    }

    private static func end(ofJSONAt start: Int, in bytes: [UInt8]) -> Int? {
        var boundary = JSONBoundary()
        for index in start..<bytes.count {
            switch boundary.consume(bytes[index], at: index) {
            case .end: return index + 1
            case .invalid: return nil
            case .more, .name, .string: continue
            }
        }
        return nil
    }
}

extension JSONValue {
    /// Decodes by ``Foundation/JSONDecoder/plain``.
    package func decodePlainly<T: Decodable>(_ type: T.Type) throws(DecodingFailure) -> T {
        do {
            if let value = self as? T { return value }
            return try JSONDecoder.plain.decode(type, from: Data(serialized))
        } catch let error as DecodingError {
            throw DecodingFailure(error)
        } catch {
            throw DecodingFailure(explanation: "the type's own check refused it")
        }
    }
}

/// Why a value could not be decoded, in words that have nothing of the value in them but its members' names.
package struct DecodingFailure: Error {
    package let explanation: String

    init(explanation: String) {
        self.explanation = explanation
    }

    init(_ error: DecodingError) {
        func place(_ path: [any CodingKey]) -> String {
            path.isEmpty ? "at its outermost" : "at \(String(path.dotted.prefix(200)))"
        }
        explanation =
            switch error {
            case .keyNotFound(let key, let context): "\(place(context.codingPath + [key])) a member is missing"
            case .valueNotFound(let type, let context): "\(place(context.codingPath)) there is no \(type) but null"
            case .typeMismatch(let type, let context): "\(place(context.codingPath)) there is no \(type)"
            case .dataCorrupted(let context): "\(place(context.codingPath)) the value is none that the type allows"
            @unknown default: "it does not fit"
            }
    }
}
