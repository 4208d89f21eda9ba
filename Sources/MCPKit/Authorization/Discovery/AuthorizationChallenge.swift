package import TransportKit

/// One challenge of a `WWW-Authenticate` field (RFC 9110 §11.6.1).
package struct AuthorizationChallenge: Sendable, Hashable {
    /// The scheme, in lower case.
    package var scheme: String
    /// The parameters, names in lower case; of one that comes twice, the first.
    package var parameters: [String: String]

    package init(scheme: String, parameters: [String: String] = [:]) {
        self.scheme = scheme
        self.parameters = parameters
    }

    /// Why a token was refused (RFC 6750 §3.1).
    package var error: String? { parameters["error"] }
    /// The scopes that are needed.
    package var scope: String? { parameters["scope"].flatMap { $0.isEmpty ? nil : $0 } }
    /// Where the server describes itself (RFC 9728 §5.1).
    package var resourceMetadata: String? { parameters["resource_metadata"] }

    /// The first challenge for a bearer token.
    ///
    /// - Parameter fields: An answer's header fields.
    /// - Returns: The challenge, if there is one.
    package static func bearer(in fields: HTTPFields) -> AuthorizationChallenge? {
        for value in fields.values("www-authenticate") {
            if let challenge = parse(value).first(where: { $0.scheme == "bearer" }) { return challenge }
        }
        return nil
    }

    /// Reads a field's value; what cannot be read is passed over.
    ///
    /// - Parameter value: The value, with one challenge or several.
    /// - Returns: The challenges, in order.
    package static func parse(_ value: String) -> [AuthorizationChallenge] {
        var reader = ChallengeReader(rest: Array(value.utf8.prefix(16 * 1024))[...])
        return reader.readAll()
    }
}

/// Commas part challenges as well as their parameters: what follows one is a parameter if `=` follows its name.
private struct ChallengeReader {
    var rest: ArraySlice<UInt8>

    mutating func readAll() -> [AuthorizationChallenge] {
        var challenges: [AuthorizationChallenge] = []
        while true {
            skip { $0 == UInt8(ascii: ",") || $0.isBlank }
            guard !rest.isEmpty else { return challenges }
            guard let word = readToken() else {
                // Nothing that could begin here: go on behind the next comma.
                skip { $0 != UInt8(ascii: ",") }
                continue
            }
            let afterWord = rest
            skip(\.isBlank)
            if rest.first == UInt8(ascii: "="), let place = challenges.indices.last, let value = readValue() {
                if challenges[place].parameters[word.lowercased()] == nil {
                    challenges[place].parameters[word.lowercased()] = value
                }
                continue
            }
            rest = afterWord
            challenges.append(AuthorizationChallenge(scheme: word.lowercased()))
            skipToken68()
        }
    }

    /// The value behind `=`: a token or a quoted string.
    private mutating func readValue() -> String? {
        let start = rest
        rest = rest.dropFirst()
        skip(\.isBlank)
        if rest.first == UInt8(ascii: "\"") { return readQuoted() }
        if let token = readToken() { return token }
        rest = start
        skip { $0 != UInt8(ascii: ",") }
        return nil
    }

    private mutating func readQuoted() -> String {
        rest = rest.dropFirst()
        var bytes: [UInt8] = []
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            if byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() {
                bytes.append(escaped)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private mutating func readToken() -> String? {
        let token = rest.prefix(while: \.isTokenCharacter)
        guard !token.isEmpty else { return nil }
        rest = rest[token.endIndex...]
        return String(decoding: token, as: UTF8.self)
    }

    /// Passes over one value in place of parameters (RFC 9110 §11.2), as `Basic YWJj==` has it.
    private mutating func skipToken68() {
        let start = rest
        skip(\.isBlank)
        guard rest.startIndex > start.startIndex, let byte = rest.first, byte != UInt8(ascii: ",") else { return }
        let word = rest.prefix { $0.isTokenCharacter || $0 == UInt8(ascii: "/") }
        var end = rest[word.endIndex...]
        end = end.drop { $0 == UInt8(ascii: "=") }
        end = end.drop(while: \.isBlank)
        if end.isEmpty || end.first == UInt8(ascii: ",") { rest = end } else { rest = start }
    }

    private mutating func skip(_ isSkipped: (UInt8) -> Bool) {
        rest = rest.drop(while: isSkipped)
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool { self == 0x20 || self == 0x09 }
}
