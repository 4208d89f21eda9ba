package import FoundationEssentials
public import TransportKit

/// A login with an authorization server, from asking for its metadata to the tokens.
///
/// ```swift
/// let login = OAuthLogin(issuer: "https://login.example", clientID: "my-app", scopes: ["models.read"])
/// let tokens = try await login.run(using: HTTPClient.forAuthorization()) { prompt in print(prompt) }
/// try await store.write(tokens.secret, as: name, kind: .oauth, expires: tokens.expires)
/// ```
public struct OAuthLogin: Sendable {
    /// A way to log in.
    public struct Flow: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
        /// A user with a browser on this machine (authorization code).
        public static let code: Flow = "code"
        /// A user with a browser elsewhere (RFC 8628).
        public static let device: Flow = "device"
        /// No user: the client for itself (client credentials).
        public static let client: Flow = "client"
        /// All that are known.
        public static let all: [Flow] = [.code, .device, .client]

        /// The word in configuration.
        public let rawValue: String

        /// Makes a flow of its word.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// Makes a flow of its word.
        public init(stringLiteral value: String) {
            self.init(rawValue: value)
        }
    }

    /// What the user has to be shown.
    @nonexhaustive
    public enum Prompt: Sendable, Hashable {
        /// An address to open in a browser of this machine.
        case browse(url: String)
        /// A code to type at an address, in a browser anywhere; `completeAddress` has the code in it.
        case confirm(code: String, address: String, completeAddress: String?)
    }

    /// The server.
    public var issuer: String
    /// The client's ID; `nil` to register with the server, if it lets clients do so.
    public var clientID: String?
    /// The client's secret, if it has one.
    public var clientSecret: Secret?
    /// How the client says who it is; `nil` for what the server wants.
    public var clientAuthentication: OAuthClient.Authentication?
    /// The scopes to ask for.
    public var scopes: [String]
    /// What the tokens are to be for (RFC 8707).
    public var resources: [String] = []
    /// The way.
    public var flow: Flow
    /// What a server wants beyond the standard, as `audience`.
    public var parameters: [String: String] = [:]
    /// The port that the browser is sent back to; 0 for any that is free.
    public var redirectPort: UInt16 = 0
    /// How long the user has.
    public var limit = Duration.seconds(300)
    /// Whether a server that does not say that it checks proof keys is refused.
    public var requiresAnnouncedProof = false
    /// The name that users are shown, if the client registers.
    public var clientName = "Modelplex"

    package var now: @Sendable () -> Date = { Date() }
    package var clock: any Clock<Duration> = ContinuousClock()
    package var group = EventLoopGroup.shared

    /// Makes a login.
    ///
    /// - Parameters:
    ///   - issuer: The server.
    ///   - clientID: The client's ID; `nil` to register.
    ///   - clientSecret: Its secret, if it has one.
    ///   - scopes: The scopes to ask for.
    ///   - flow: The way.
    public init(
        issuer: String,
        clientID: String? = nil,
        clientSecret: Secret? = nil,
        scopes: [String] = [],
        flow: Flow = .code
    ) {
        self.issuer = issuer
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.scopes = scopes
        self.flow = flow
    }

    /// Logs in.
    ///
    /// - Parameters:
    ///   - transport: What sends the requests.
    ///   - show: Shows the user what to do; the login goes on as soon as it returns.
    /// - Returns: The tokens, to be stored.
    /// - Throws: `OAuthError`.
    public func run(
        using transport: any HTTPTransport,
        show: @Sendable (Prompt) async -> Void
    ) async throws(OAuthError) -> OAuthTokens {
        let metadata = try await AuthorizationServerMetadata.discover(issuer, using: transport)
        let session = Session(login: self, metadata: metadata, transport: transport)
        switch flow {
        case .code: return try await session.code(show)
        case .device: return try await session.device(show)
        case .client: return try await session.client()
        default:
            let flows = Flow.all.map(\.rawValue).joined(separator: ", ")
            throw OAuthError(
                .configuration,
                "there is no way to log in called \(flow.rawValue); choose one of \(flows)"
            )
        }
    }
}
