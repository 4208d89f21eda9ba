import ProviderTesting
import TransportKit

@testable import CredentialKit
@testable import MCPKit

/// A server of tools that wants tokens, and an authorization server on another port that gives them, as a test says.
final class AuthorizationRig: Sendable {
    /// How the two behave.
    struct Script: Sendable {
        /// The authorization server's path.
        var issuerPath = ""
        /// Where its metadata are; `nil` for nowhere.
        var metadataPath: String? = "/.well-known/oauth-authorization-server"
        /// What they say beside the usual; `null` takes a member out.
        var metadata: JSONObject = [:]
        /// Where the server of tools describes itself; `nil` for nowhere.
        var descriptionPath: String? = "/.well-known/oauth-protected-resource/mcp"
        /// What it says beside the usual; `BASE` in a text is its own origin.
        var description: JSONObject = [:]
        /// With what it asks for a token; `BASE` is its own origin.
        var challenge = "Bearer"
        /// What its tools need beyond a token: the scopes of each step, the first not met is asked for.
        var neededScopes: [String] = []
        /// Whether the server of tools is its own authorization server (MCP 2025-03-26).
        var isOwnIssuer = false
        /// Whether every token is refused.
        var refusesAll = false
        /// What the authorization server says of itself in its answers: `ISSUER` is its name, `nil` nothing.
        var answersFrom: String?
        /// Whether tokens come with something to renew them with.
        var givesRefreshTokens = false
    }

    let tools: ScriptedUpstream
    let issuer: ScriptedUpstream
    private let shared: SharedBook
    private let browser = Browser()

    init(_ script: Script = Script()) async throws {
        let book = SharedBook(script)
        shared = book
        issuer = try await ScriptedUpstream { book.answerAsIssuer($0) }
        let origin = "http://127.0.0.1:\(issuer.port)"
        tools = try await ScriptedUpstream { book.answerAsTools($0, issuer: origin) }
    }

    /// Changes how the two behave from now on.
    func change(_ body: @Sendable (inout Script) -> Void) {
        shared.book.withLock { body(&$0.script) }
    }

    /// Makes all tokens that were given invalid.
    func revokeAll() {
        shared.book.withLock { $0.revoked = Set((0...$0.count).map { "token-\($0)" }) }
    }

    /// The name of the authorization server.
    var issuerName: String { "http://127.0.0.1:\(issuer.port)\(shared.book.withLock { $0.script.issuerPath })" }

    var location: HTTPServerLocation {
        get throws { try HTTPServerLocation(parsing: "http://127.0.0.1:\(tools.port)/mcp") }
    }

    /// Somebody who gets tokens, for a user who agrees to everything.
    func authorizer(_ change: (inout MCPAuthorization) -> Void = { _ in }) throws -> MCPAuthorizer {
        var options = MCPAuthorization { [browser] prompt in
            if case .browse(let url) = prompt { browser.open(url) }
        }
        change(&options)
        let transport = HTTPClient.forAuthorization()
        return MCPAuthorizer(
            for: try location,
            options,
            keeper: MemoryLoginKeeper(transport: transport),
            transport: transport
        )
    }

    func line(_ authorizer: MCPAuthorizer) async throws -> TransportLine {
        try await TransportLine.open(StreamableHTTPTransport(tools.sender(authorizer: authorizer)))
    }

    /// The requests to a path of the authorization server, as forms.
    func forms(_ path: String) -> [[String: String]] {
        (issuer.requests + tools.requests).filter { $0.path == path }.map { SharedBook.form($0) }
    }

    /// What the authorization server was asked for besides its metadata.
    var steps: [String] {
        issuer.requests.map(\.path).filter { !$0.contains(".well-known") }
    }
}

/// Opens addresses and follows one redirect, as a user's browser does.
final class Browser: Sendable {
    private let work = Locked<[Task<Void, Never>]>([])

    func open(_ url: String) {
        let task = Task {
            let transport = HTTPClient()
            let sent = try? await transport.send(HTTPRequest(url: url))
            guard let location = sent?.fields["location"] else { return }
            let page = try? await transport.send(HTTPRequest(url: location))
            _ = try? await page?.body.collect(upTo: 1 << 16)
        }
        work.withLock { $0.append(task) }
    }

    deinit {
        for task in work.withLock({ $0 }) { task.cancel() }
    }
}

/// What both servers know.
private final class SharedBook: Sendable {
    struct Book: Sendable {
        var script: AuthorizationRig.Script
        var scopes: [String: String] = [:]
        var codes: [String: String] = [:]
        var count = 0
        var revoked: Set<String> = []

        mutating func next(_ kind: String) -> String {
            count += 1
            return "\(kind)-\(count)"
        }
    }

    let book: Locked<Book>

    init(_ script: AuthorizationRig.Script) {
        book = Locked(Book(script: script))
    }

    static func base(_ request: RecordedRequest) -> String { "http://\(request.fields["host"] ?? "")" }

    static func form(_ request: RecordedRequest) -> [String: String] {
        let text = request.method == "POST" ? request.text : String(request.target.drop { $0 != "?" }.dropFirst())
        return (FormParameters.decoded(text) ?? [:]).mapValues { $0.withText { $0 } }
    }

    // MARK: The server of tools

    func answerAsTools(_ request: RecordedRequest, issuer: String) -> UpstreamAnswer {
        let script = book.withLock { $0.script }
        let base = Self.base(request)
        if request.path == script.descriptionPath {
            let issuers: JSONValue = [.string(issuer + script.issuerPath)]
            var description: JSONObject = ["resource": .string("\(base)/mcp"), "authorization_servers": issuers]
            for member in script.description.members {
                let text = member.value.string?.replacing("BASE", with: base)
                description[member.name] = text.map { .string($0) } ?? member.value
            }
            return .json(.object(description))
        }
        if request.path != "/mcp" { return script.isOwnIssuer ? answerAsIssuer(request) : .http(404) }
        let challenge = script.challenge.replacing("BASE", with: base)
        let token = request.fields["authorization"]?.split(separator: " ").last.map(String.init) ?? ""
        let granted = book.withLock { $0.revoked.contains(token) ? nil : $0.scopes[token] }
        guard let granted, !script.refusesAll else { return .http(401, fields: ["WWW-Authenticate": challenge]) }
        let missing = script.neededScopes.first { !granted.split(separator: " ").contains(Substring($0)) }
        if let missing {
            let challenge = "Bearer error=\"insufficient_scope\", scope=\"\(missing)\""
            return .http(403, fields: ["WWW-Authenticate": challenge])
        }
        return .result(request.json?["id"]?.int ?? 0)
    }

    // MARK: The authorization server

    func answerAsIssuer(_ request: RecordedRequest) -> UpstreamAnswer {
        let base = Self.base(request)
        let script = book.withLock { $0.script }
        let form = Self.form(request)
        switch request.path {
        case script.metadataPath: return .json(.object(metadata(script, base)))
        case "/register":
            var answer = request.json?.object ?? [:]
            answer["client_id"] = .string(book.withLock { $0.next("client") })
            if answer["token_endpoint_auth_method"] != "none" { answer["client_secret"] = "the-secret" }
            return .json(.object(answer), status: 201)
        case "/authorize":
            let code = book.withLock { book in
                let code = book.next("code")
                book.codes[code] = form["scope"] ?? ""
                return code
            }
            var location = "\(form["redirect_uri"] ?? "")?code=\(code)&state=\(form["state"] ?? "")"
            if let from = script.answersFrom {
                location += "&iss=\(from.replacing("ISSUER", with: base + script.issuerPath))"
            }
            return .http(302, fields: ["Location": location])
        case "/token": return token(form, script)
        default: return .http(404)
        }
    }

    private func metadata(_ script: AuthorizationRig.Script, _ base: String) -> JSONObject {
        var metadata: JSONObject = [
            "issuer": .string(base + script.issuerPath), "authorization_endpoint": .string(base + "/authorize"),
            "token_endpoint": .string(base + "/token"), "registration_endpoint": .string(base + "/register"),
            "code_challenge_methods_supported": ["S256"],
        ]
        for member in script.metadata.members { metadata[member.name] = member.value.isNull ? nil : member.value }
        return metadata
    }

    private func token(_ form: [String: String], _ script: AuthorizationRig.Script) -> UpstreamAnswer {
        let answer: JSONObject? = book.withLock { book in
            let scope: String?
            switch form["grant_type"] {
            case "authorization_code": scope = book.codes.removeValue(forKey: form["code"] ?? "")
            case "refresh_token" where form["refresh_token"] == "refresh": scope = book.scopes.values.first
            case "client_credentials": scope = form["scope"] ?? ""
            default: scope = nil
            }
            guard let scope else { return nil }
            let token = book.next("token")
            book.scopes[token] = scope
            var answer: JSONObject = ["access_token": .string(token), "token_type": "Bearer", "expires_in": 3600]
            if !scope.isEmpty { answer["scope"] = .string(scope) }
            if script.givesRefreshTokens { answer["refresh_token"] = "refresh" }
            return answer
        }
        return answer.map { .json(.object($0)) } ?? .json(["error": "invalid_grant"], status: 400)
    }
}
