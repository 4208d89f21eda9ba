public import TransportKit

/// Lets callers in who show one of a set of keys; callers at a Unix socket need none, as its file's mode is its lock.
public struct AccessKeys: AccessProvider {
    /// One key.
    public struct Key: Sendable {
        /// What logs call who uses the key.
        public var name: String
        /// The key.
        public var secret: Secret

        /// Makes a key.
        public init(name: String, secret: Secret) {
            self.name = name
            self.secret = secret
        }
    }

    /// The keys.
    public let keys: [Key]

    /// Makes a policy; without keys it lets everybody in.
    public init(_ keys: [Key] = []) {
        self.keys = keys
    }

    /// Looks for a key in `Authorization: Bearer`, `x-api-key` and `x-goog-api-key`.
    public func decide(on request: GatewayRequest) async -> AccessDecision {
        if keys.isEmpty { return .allowed(caller: nil) }
        if case .unix = request.peer.address { return .allowed(caller: nil) }
        guard let shown = Self.credential(in: request.fields) else {
            return .unauthenticated(
                "this gateway wants an access key; send one as \"Authorization: Bearer KEY\" or \"x-api-key: KEY\""
            )
        }
        // All are compared, so that the time tells nothing of which one was near.
        var caller: String?
        for key in keys where key.secret == Secret(shown) { caller = key.name }
        guard let caller else {
            return .unauthenticated("the access key is not one of this gateway's; ask its operator for one")
        }
        return .allowed(caller: caller)
    }

    private static func credential(in fields: HTTPFields) -> String? {
        if let value = fields["authorization"] {
            let parts = value.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
            return String(parts[1].drop { $0 == " " })
        }
        return fields["x-api-key"] ?? fields["x-goog-api-key"]
    }
}
