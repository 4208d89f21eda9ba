import CredentialKit
import FoundationEssentials
import Modelplex
import TransportKit

/// `plexctl auth login` and `logout`.
enum AuthLoginCommand {
    static func login(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let session = try AuthSession(arguments, context)
        let name = try session.name(arguments)
        let login = try await settings(name, arguments, session)
        context.beginCancellable()
        let console = context.console
        let tokens: OAuthTokens
        do throws(OAuthError) {
            tokens = try await login.run(using: HTTPClient.forAuthorization()) { prompt in
                for line in lines(of: prompt) { console.note(line) }
            }
        } catch {
            throw Failure(error)
        }
        let entry = try await session.asking { store throws(CredentialError) in
            try await store.write(tokens.secret, as: name, kind: .oauth, expires: tokens.expires)
        }
        if arguments.has(.json) {
            try console.print(JSONValue.object(LoginReport(entry, tokens).json).serializedString + "\n")
        } else {
            console.note("\(name): \(LoginReport(entry, tokens).text)")
        }
    }

    static func lines(of prompt: OAuthLogin.Prompt) -> [String] {
        switch prompt {
        case .browse(let url): ["Open this address in a browser of this machine:", url]
        case .confirm(let code, let address, let complete):
            ["Open \(address) in a browser and enter the code \(code)"] + (complete.map { ["or open \($0)"] } ?? [])
        }
    }

    /// What the command line says, then the configuration, then the login that is stored.
    private static func settings(
        _ name: CredentialName,
        _ arguments: Arguments,
        _ session: AuthSession
    ) async throws(Failure) -> OAuthLogin {
        let configured = try session.plexSession.configuration().logins.first { $0.name == name.description }
        var login: OAuthLogin
        if let configured {
            login = try await session.login(configured)
        } else if let tokens = try await session.tokens(name),
            arguments.value(of: .issuer) ?? tokens.issuer == tokens.issuer
        {
            login = OAuthLogin(repeating: tokens)
        } else {
            guard let issuer = arguments.value(of: .issuer) else {
                throw Failure(
                    .usage,
                    "nothing is known of the login \(name); give --issuer, or describe it under [[credentials]] in the configuration"
                )
            }
            login = OAuthLogin(issuer: issuer)
        }
        if let issuer = arguments.value(of: .issuer) {
            // A client is known at its own server only.
            if issuer != login.issuer { login = OAuthLogin(issuer: issuer) }
        }
        if let id = arguments.value(of: .clientID) { login.clientID = id }
        if let path = arguments.value(of: .clientSecretFile) {
            do throws(SecretError) {
                login.clientSecret = try Secret(validating: try reading(path))
            } catch {
                throw Failure(.badData, "'\(path)' holds no client secret: \(error)")
            }
        }
        if arguments.has(.scope) { login.scopes = arguments.values(of: .scope) }
        if arguments.has(.resource) { login.resources = arguments.values(of: .resource) }
        if let flow = arguments.value(of: .flow) { login.flow = OAuthLogin.Flow(rawValue: flow) }
        return login
    }

    private static func reading(_ path: String) throws(SecretError) -> [UInt8] {
        do throws(Failure) {
            return try FileReader.read(path, limit: 1 << 16)
        } catch {
            throw .empty
        }
    }

    static func logout(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let session = try AuthSession(arguments, context)
        let name = try session.name(arguments)
        guard let tokens = try await session.tokens(name) else { throw try await session.missing(name) }
        context.beginCancellable()
        let isRevoked: Bool
        do throws(OAuthError) {
            isRevoked = try await tokens.revoke(using: HTTPClient.forAuthorization())
        } catch {
            var failure = Failure(error)
            failure.message += "; nothing was removed: plexctl auth remove \(name) does that without the server"
            throw failure
        }
        _ = try await session.asking { store throws(CredentialError) in try await store.remove(name) }
        if arguments.has(.json) {
            let value: JSONValue = [
                "name": .string(name.description), "issuer": .string(tokens.issuer), "revoked": .bool(isRevoked),
                "removed": true,
            ]
            try context.console.print(value.serializedString + "\n")
        } else if isRevoked {
            context.console.note("\(name): revoked at \(tokens.issuer) and removed")
        } else {
            context.console.note("\(name): removed")
            context.console.warn("\(tokens.issuer) cannot revoke tokens; they stay valid there until they end")
        }
    }
}

/// What is told of a login: everything but its tokens.
struct LoginReport {
    private let entry: CredentialEntry
    private let tokens: OAuthTokens

    init(_ entry: CredentialEntry, _ tokens: OAuthTokens) {
        self.entry = entry
        self.tokens = tokens
    }

    private var isRenewable: Bool { tokens.refreshToken != nil || tokens.flow == .client }

    var text: String {
        let end =
            switch (tokens.expires, isRenewable) {
            case (_, true): "renewed by itself"
            case (let expires?, false): "ends at \(expires.written)"
            case (nil, false): "without an end that is known"
            }
        let scopes = tokens.scopes.isEmpty ? "" : ", for \(tokens.scopes.joined(separator: " "))"
        return "logged in at \(tokens.issuer)\(scopes); \(end)"
    }

    var json: JSONObject {
        var fields: JSONObject = [
            "name": .string(entry.name.description), "issuer": .string(tokens.issuer),
            "flow": .string(tokens.flow.rawValue), "client_id": .string(tokens.client.id),
            "scopes": .array(tokens.scopes.map { .string($0) }), "renewable": .bool(isRenewable),
            "version": .number(JSONNumber(Int(entry.version))),
        ]
        fields["expires"] = tokens.expires.map { .string($0.written) }
        return fields
    }
}

extension AuthSession {
    /// A login as the configuration describes it.
    fileprivate func login(_ configured: PlexConfiguration.Login) async throws(Failure) -> OAuthLogin {
        var login = OAuthLogin(
            issuer: configured.issuer,
            clientID: configured.clientID,
            scopes: configured.scopes,
            flow: configured.flow
        )
        login.clientAuthentication = configured.clientAuthentication
        login.resources = configured.resources
        login.redirectPort = configured.redirectPort
        if let audience = configured.audience { login.parameters = ["audience": audience] }
        switch configured.clientSecret {
        case .store(let text):
            let found = try await asking { store throws(CredentialError) in try await store.read(CredentialName(text)) }
            guard let found else {
                throw Failure(
                    .noInput,
                    "the client secret of \(configured.name) is missing; set it with plexctl auth set \(text)"
                )
            }
            login.clientSecret = found.secret
        case let other: login.clientSecret = other?.secret
        }
        return login
    }

    /// The tokens that are stored under a name; `nil` if there is nothing.
    ///
    /// - Throws: `Failure`, if what is there is no login.
    func tokens(_ name: CredentialName) async throws(Failure) -> OAuthTokens? {
        try await asking { store throws(CredentialError) in
            guard let found = try await store.read(name) else { return nil }
            guard found.entry.kind == .oauth else {
                throw CredentialError(
                    .configuration,
                    "the credential \(name) is a \(found.entry.kind) and no login; plexctl auth remove \(name) removes it"
                )
            }
            return try OAuthTokens(found.secret)
        }
    }
}

extension OAuthLogin {
    /// The same login once more.
    fileprivate init(repeating tokens: OAuthTokens) {
        self.init(
            issuer: tokens.issuer,
            clientID: tokens.client.id,
            clientSecret: tokens.client.secret,
            scopes: tokens.scopes,
            flow: tokens.flow
        )
        clientAuthentication = tokens.client.authentication
        resources = tokens.resources
        parameters = tokens.parameters
    }
}

extension Failure {
    /// Makes a failure from an error of an authorization server.
    init(_ error: OAuthError) {
        let exitCode: ExitCode =
            switch error.reason {
            case .configuration, .insecureAddress, .unsupported, .issuerMismatch, .metadata: .configuration
            case .malformedAnswer: .wrongProtocol
            case .unavailable: .unavailable
            case .timedOut, .expired: .tryLater
            case .cannotListen: .inputOutput
            case .cancelled: .interrupted
            case .refused, .stateMismatch: .authentication
            }
        self.init(exitCode, error.message)
    }
}
