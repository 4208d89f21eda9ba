internal import TransportKit

/// The header field in which a server wants its key.
package struct KeyField: Sendable {
    /// The field's name.
    package let name: String
    private let prefix: String

    /// Makes a field.
    ///
    /// - Parameters:
    ///   - name: The field's name.
    ///   - prefix: What stands before the key.
    package init(name: String, prefix: String = "") {
        self.name = name
        self.prefix = prefix
    }

    /// `Authorization: Bearer …` (RFC 6750).
    package static let bearer = KeyField(name: "authorization", prefix: "Bearer ")

    func value(of key: Secret) -> Secret {
        prefix.isEmpty ? key : key.withText { Secret(prefix + $0) }
    }
}

/// A key that was asked for, for one request.
struct RequestKey: Sendable {
    let secret: Secret
    let field: KeyField

    func added(to request: HTTPRequest) -> HTTPRequest {
        var request = request
        request.credentials[field.name] = field.value(of: secret)
        return request
    }

    // What the server says of this request may show this key.
    func scrubbed(_ context: UpstreamContext) -> UpstreamContext {
        context.scrubbing(with: context.scrubber.adding(secret))
    }
}
