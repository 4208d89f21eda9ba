/// Header fields that have been checked, and how they are written.
///
/// Most requests to a server have the same fields as the one before, so this is made once for many.
final class CheckedFields: Sendable {
    let fields: HTTPFields
    /// All lines that are the caller's to say, each with its end.
    let lines: [UInt8]
    let hasHost: Bool
    let hasUserAgent: Bool
    let hasAccept: Bool
    let hasAcceptEncoding: Bool

    /// Checks fields.
    ///
    /// - Throws: `TransportError` that says which of them cannot be sent.
    init(_ fields: HTTPFields) throws(TransportError) {
        var lines: [UInt8] = []
        var known: [KnownField] = []
        for field in fields.fields {
            try Self.check(name: field.name)
            guard FieldBytes.isValue(field.value.utf8.span) else { throw Self.badValue(field.name) }
            let kind = KnownField(field.name)
            if let kind { known.append(kind) }
            guard kind != .framing else { continue }
            lines += field.name.utf8
            lines += field.value.isEmpty ? ":".utf8 : ": ".utf8
            lines += field.value.utf8
            lines += "\r\n".utf8
        }
        self.fields = fields
        self.lines = lines
        hasHost = known.contains(.host)
        hasUserAgent = known.contains(.userAgent)
        hasAccept = known.contains(.accept)
        hasAcceptEncoding = known.contains(.acceptEncoding)
    }

    static func check(name: String) throws(TransportError) {
        guard FieldBytes.isToken(name.utf8.span) else {
            throw TransportError(.invalidRequest, "a header field's name contains a character that is not allowed")
        }
    }

    static func badValue(_ name: String) -> TransportError {
        TransportError(
            .invalidRequest,
            "the value of header field \(name) contains a line break or another control character"
        )
    }
}
