public import TransportKit

/// A place in a JSON document, as `data[0].jwt` or `$["a.b"].c`.
public struct JSONPath: Sendable, Hashable, CustomStringConvertible {
    private enum Step: Sendable, Hashable {
        case name(String)
        case index(Int)
    }

    /// The path as it is written.
    public let description: String
    private var steps: [Step] = []

    /// Reads a path.
    ///
    /// - Parameter text: Names with dots between, `[0]` for a place in a list, `["…"]` for a name with other characters.
    /// - Throws: `CredentialError` of code `configuration`, if it is no path.
    public init(_ text: String) throws(CredentialError) {
        description = text
        var rest = text.hasPrefix("$") ? text.dropFirst() : text[...]
        var isFirst = rest.startIndex == text.startIndex
        guard text.utf8.count <= 1024, !text.isEmpty else { throw Self.malformed(text) }
        while let character = rest.first {
            switch character {
            case "[":
                guard let end = rest.firstIndex(of: "]") else { throw Self.malformed(text) }
                let inner = rest[rest.index(after: rest.startIndex)..<end]
                if let quote = inner.first, quote == "\"" || quote == "'", inner.count > 2, inner.last == quote {
                    steps.append(.name(String(inner.dropFirst().dropLast())))
                } else if let index = Int(inner), (0...1_000_000).contains(index), inner.first != "+" {
                    steps.append(.index(index))
                } else {
                    throw Self.malformed(text)
                }
                rest = rest[rest.index(after: end)...]
            default:
                guard isFirst || character == "." else { throw Self.malformed(text) }
                if character == "." { rest.removeFirst() }
                let name = rest.prefix { !".[]\"' ".contains($0) }
                guard !name.isEmpty else { throw Self.malformed(text) }
                steps.append(.name(String(name)))
                rest = rest[name.endIndex...]
            }
            isFirst = false
        }
    }

    /// What stands there.
    ///
    /// - Parameter document: The document.
    /// - Returns: The value; `nil` if there is none.
    public func value(in document: JSONValue) -> JSONValue? {
        var value = document
        for step in steps {
            switch step {
            case .name(let name):
                guard let next = value[name] else { return nil }
                value = next
            case .index(let index):
                guard let list = value.array, list.indices.contains(index) else { return nil }
                value = list[index]
            }
        }
        return value
    }

    private static func malformed(_ text: String) -> CredentialError {
        CredentialError(
            .configuration,
            "'\(OAuthError.quoted(text, limit: 80))' is no place in a JSON document; write it as data[0].token"
        )
    }
}
