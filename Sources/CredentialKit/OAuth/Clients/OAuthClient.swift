internal import FoundationEssentials
public import TransportKit

/// Who asks an authorization server: a program that it knows.
public struct OAuthClient: Sendable {
    /// How a client says at an endpoint who it is.
    public struct Authentication: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
        /// ID and secret in the header.
        public static let basic: Authentication = "client_secret_basic"
        /// ID and secret in the form.
        public static let post: Authentication = "client_secret_post"
        /// The ID only: a program on a user's machine keeps no secret from them.
        public static let none: Authentication = "none"

        /// The name that servers use.
        public let rawValue: String

        /// Makes one of its name.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// Makes one of its name.
        public init(stringLiteral value: String) {
            self.init(rawValue: value)
        }
    }

    /// The client's ID.
    public let id: String
    /// Its secret, if it has one.
    public let secret: Secret?
    /// How it says who it is.
    public let authentication: Authentication

    /// Makes a client.
    ///
    /// - Parameters:
    ///   - id: Its ID.
    ///   - secret: Its secret.
    ///   - authentication: How it says who it is; left out: `basic` with a secret, `none` without.
    /// - Throws: `OAuthError` of reason `configuration`, if these do not fit together.
    public init(id: String, secret: Secret? = nil, authentication: Authentication? = nil) throws(OAuthError) {
        guard !id.isEmpty, id.utf8.count <= 2048, id.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw OAuthError(.configuration, "the client ID is empty, too long or has control characters")
        }
        let authentication = authentication ?? (secret == nil ? .none : .basic)
        switch authentication {
        case .none: break
        case .basic, .post:
            guard let secret, !secret.isEmpty else {
                throw OAuthError(
                    .configuration,
                    "the client \(id) is to use \(authentication.rawValue) and has no secret"
                )
            }
        default:
            throw OAuthError(
                .unsupported,
                "clients cannot say who they are by \(OAuthError.quoted(authentication.rawValue, limit: 64)); choose client_secret_basic, client_secret_post or none"
            )
        }
        self.id = id
        self.secret = authentication == .none ? nil : secret
        self.authentication = authentication
    }

    /// Makes a client that says who it is as a server wants it.
    ///
    /// - Parameters:
    ///   - id: Its ID.
    ///   - secret: Its secret.
    ///   - metadata: The server; `basic` is taken before `post` where it accepts both or does not say.
    /// - Throws: `OAuthError`, if the server accepts neither.
    public init(id: String, secret: Secret?, for metadata: AuthorizationServerMetadata) throws(OAuthError) {
        guard secret != nil, let methods = metadata.clientAuthenticationMethods, !methods.isEmpty else {
            try self.init(id: id, secret: secret)
            return
        }
        let usable: [Authentication] = [.basic, .post]
        guard let method = usable.first(where: { methods.contains($0.rawValue) }) else {
            throw OAuthError(
                .unsupported,
                "the authorization server \(metadata.issuer) accepts no client secret in header or form, only \(OAuthError.quoted(methods.joined(separator: ", ")))"
            )
        }
        try self.init(id: id, secret: secret, authentication: method)
    }

    /// Puts who asks into a request.
    func authenticate(_ form: inout FormParameters, _ credentials: inout [String: Secret]) {
        switch authentication {
        case .basic:
            // Each half is encoded as in a form first (RFC 6749, section 2.3.1), so that a colon in the ID does no harm.
            var pair = FormParameters.encoded(id.utf8) + [UInt8(ascii: ":")]
            secret?.withText { pair += FormParameters.encoded($0.utf8) }
            credentials["authorization"] = Secret("Basic " + Data(pair).base64EncodedString())
        case .post:
            form.add("client_id", id)
            if let secret { form.add("client_secret", secret) }
        default:
            form.add("client_id", id)
        }
    }
}
