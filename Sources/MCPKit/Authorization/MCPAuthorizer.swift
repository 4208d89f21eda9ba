package import CredentialKit
internal import FoundationEssentials
package import TransportKit

/// Gets tokens for one server of tools and keeps them: reads what the server wants, logs in, renews, and asks for more.
///
/// However many requests are refused at once, one login is made for all.
package actor MCPAuthorizer: HTTPAuthorizer {
    /// How many seconds before its end an access token is not sent any more.
    private static let skew = 60.0

    nonisolated let resource: ResourceIdentifier
    nonisolated let options: MCPAuthorization
    nonisolated let transport: any HTTPTransport
    private let keeper: any LoginKeeper

    private var held: OAuthTokens?
    private var isLoaded = false
    /// What the last login gave, as opposed to what a renewal did.
    private var lastLogin: Secret?
    /// A renewal or login under way; it ends by itself within the limit for a user, or by ``cancelLogin()``.
    private var work: Task<Void, Never>?
    private let waiters = LoginWaiters()
    private var nextWaiter = 0
    /// Clients that registered themselves, by authorization server.
    var registrations: [String: Registration] = [:]

    /// A client that registered itself.
    struct Registration: Sendable {
        let client: OAuthClient
        let redirectURI: String
    }

    /// Makes an authorizer.
    ///
    /// - Parameters:
    ///   - location: Where the server is.
    ///   - options: How to log in.
    ///   - keeper: Who keeps the login.
    ///   - transport: What asks authorization servers; as `HTTPClient.forAuthorization` it follows no redirect.
    package init(
        for location: HTTPServerLocation,
        _ options: MCPAuthorization,
        keeper: any LoginKeeper,
        transport: any HTTPTransport
    ) {
        resource = ResourceIdentifier(location)
        self.options = options
        self.keeper = keeper
        self.transport = transport
    }

    /// Makes an authorizer that keeps the login in the credential store.
    ///
    /// - Parameters:
    ///   - url: Where the server is.
    ///   - options: How to log in.
    ///   - login: The store, and the login's name there; `nil` to keep the login for as long as this lives.
    ///   - group: The loops to work on.
    /// - Throws: `MCPError` with code `configuration`, if the URL cannot be used.
    package init(
        for url: String,
        _ options: MCPAuthorization,
        login: (store: CredentialStore, name: CredentialName)?,
        group: EventLoopGroup = .shared
    ) throws(MCPError) {
        let location = try HTTPServerLocation(parsing: url)
        let transport = HTTPClient.forAuthorization(on: group)
        let keeper: any LoginKeeper =
            if let login {
                StoredLoginKeeper(
                    store: login.store,
                    name: login.name,
                    resource: ResourceIdentifier(location),
                    transport: transport
                )
            } else {
                MemoryLoginKeeper(transport: transport)
            }
        self.init(
            for: location,
            options,
            keeper: keeper,
            transport: transport
        )
    }

    package func token() async throws(MCPError) -> Secret? {
        if let held, held.expires.map({ $0.timeIntervalSinceNow > Self.skew }) ?? true { return held.accessToken }
        guard held != nil || !isLoaded else { return nil }
        held = try await keeper.login()
        isLoaded = true
        return held?.accessToken
    }

    package func renew(after refusal: AuthorizationRefusal) async throws(MCPError) {
        // Another request, or another program, may have got a token meanwhile.
        if let held, held.accessToken != refusal.rejected { return }
        nextWaiter += 1
        let (id, waiters) = (nextWaiter, waiters)
        waiters.expect(id)
        if work == nil { work = Task { await run(refusal) } }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { waiters.wait(id, $0) }
        } onCancel: {
            waiters.leave(id)
        }
        try result.get()
    }

    private func run(_ refusal: AuthorizationRefusal) async {
        var result: Result<Void, MCPError> = .success(())
        do throws(MCPError) {
            try await answer(refusal)
        } catch {
            result = .failure(error)
        }
        work = nil
        waiters.end(result)
    }

    private func answer(_ refusal: AuthorizationRefusal) async throws(MCPError) {
        guard refusal.status == 401 else { return try await askForMore(refusal) }
        if let rejected = refusal.rejected {
            guard rejected != lastLogin || refusal.attempt == 1 else {
                throw MCPError(
                    .authorization,
                    "the server refuses the token that its own authorization server has just given",
                    status: refusal.status
                )
            }
        }
        // The token may only have ended, or somebody has logged in since there was none; a second refusal means more.
        if refusal.attempt == 1, let tokens = try await stored(insteadOf: refusal.rejected),
            tokens.accessToken != refusal.rejected
        {
            held = tokens
            return
        }
        try await logIn(refusal.challenge, holding: [])
    }

    private func stored(insteadOf rejected: Secret?) async throws(MCPError) -> OAuthTokens? {
        if let rejected { return try await keeper.login(insteadOf: rejected) }
        return try await keeper.login()
    }

    /// The token is good, but not for this: a login with more scopes, if there are more to be had.
    private func askForMore(_ refusal: AuthorizationRefusal) async throws(MCPError) {
        let held = self.held?.scopes ?? []
        let wanted = ScopeChoice.split(refusal.challenge?.scope)
        guard !wanted.allSatisfy(held.contains) else {
            throw MCPError(
                .authorization,
                "the server wants scopes that its authorization server was asked for and does not give",
                status: refusal.status
            )
        }
        try await logIn(refusal.challenge, holding: held)
    }

    private func logIn(_ challenge: AuthorizationChallenge?, holding scopes: [String]) async throws(MCPError) {
        guard options.show != nil || options.flow == .client else {
            throw MCPError(
                .authorization,
                "the server wants a login, and nobody is here to make one; log in to it first, with plexctl mcp login SERVER or a client whose show is set"
            )
        }
        let server = try await server(challenge, preferring: held?.issuer)
        do throws(OAuthError) {
            let tokens = try await tokens(of: server, challenge, holding: scopes)
            held = tokens
            isLoaded = true
            lastLogin = tokens.accessToken
        } catch {
            throw MCPError(error)
        }
        if let held { try await keeper.keep(held) }
    }
}
