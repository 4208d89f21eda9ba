internal import TransportKit

/// The header fields of a request, with the secret ones apart.
struct RequestHeaders {
    private(set) var fields: HTTPFields
    private(set) var credentials: [String: Secret]

    init(fields: HTTPFields, credentials: [String: Secret]) {
        self.fields = fields
        self.credentials = credentials
    }

    /// Lets the user's own fields win; those named like a credential join the secret ones.
    mutating func override(with own: HTTPFields) {
        for name in own.fields.map(\.name) {
            fields[name] = nil
            for known in credentials.keys where known.lowercased() == name.lowercased() {
                credentials[known] = nil
            }
        }
        for field in own.fields {
            if Self.isCredential(field.name) {
                credentials[field.name] = Secret(field.value)
            } else {
                fields.append(field.name, field.value)
            }
        }
    }

    static func isCredential(_ name: String) -> Bool {
        let name = name.lowercased()
        let marks = ["authorization", "key", "token", "secret", "cookie", "password", "credential", "signature"]
        return marks.contains { name.contains($0) }
    }
}
