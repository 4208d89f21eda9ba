internal import TransportKit

/// What a dialect's callers call the fields of the conversation model, for what is told of them.
protocol CallersWords {
    /// The model's names, and the wire's.
    static var names: [String: String] { get }
    /// What the end of another name is on the wire.
    static var endings: [String: String] { get }
}

extension CallersWords {
    static var endings: [String: String] { [:] }

    static func inCallersWords(_ warnings: [Warning]) -> [Warning] {
        warnings.map { warning in
            var warning = warning
            warning.field =
                names[warning.field]
                ?? endings.reduce(warning.field) { $0.replacing($1.key, with: $1.value) }
            return warning
        }
    }

    /// The warnings as a member of an answer, or `nil` if there are none.
    static func value(_ warnings: [Warning]) -> JSONValue? {
        guard !warnings.isEmpty else { return nil }
        return .array(
            inCallersWords(warnings).map { warning in
                [
                    "code": .string(warning.code.rawValue), "field": .string(warning.field),
                    "message": .string(warning.message),
                ]
            }
        )
    }
}
