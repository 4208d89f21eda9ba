import FoundationEssentials
import Glibc
import ProviderTesting
import Testing
import TransportKit

@testable import CredentialKit

/// A real authorization server on loopback, made of authlib; it ends with the object.
final class AuthorizationServer: Sendable {
    let issuer: String
    let transport = HTTPClient.forAuthorization()
    private let process: ChildProcess

    init() async throws {
        let root = String(#filePath.dropLast("/Tests/CredentialKitTests/Support/AuthorizationServer.swift".count))
        let python = ProcessInfo.processInfo.environment["PLEX_TEST_PYTHON"] ?? "\(root)/.venv/bin/python"
        try #require(unsafe access(python, X_OK) == 0, "no Python with authlib at \(python): run make venv")
        process = try await ChildProcess(python, ["\(root)/Tests/Fixtures/oauth/server.py"])
        issuer = try #require(try await process.line(beginningWith: "http://"))
    }

    /// Changes how the server behaves.
    func set(_ settings: JSONObject) async throws {
        let body = HTTPRequest.Body.bytes(JSONValue.object(settings).serialized)
        _ = try await transport.send(HTTPRequest(method: "POST", url: issuer + "/_set", body: body)).body.collect(
            upTo: 99
        )
    }

    /// What the server was asked.
    func state() async throws -> JSONValue {
        let response = try await transport.send(HTTPRequest(url: issuer + "/_state"))
        return try JSONValue(parsing: try await response.body.collect(upTo: 1 << 20))
    }

    func count(of kind: String) async throws -> Int {
        try await state()["asked"]?[kind]?.int ?? 0
    }

    func login(_ flow: OAuthLogin.Flow, _ id: String? = "public", secret: String? = nil) -> OAuthLogin {
        OAuthLogin(
            issuer: issuer,
            clientID: id,
            clientSecret: secret.map { Secret($0) },
            scopes: ["models.read"],
            flow: flow
        )
    }

    /// Logs in with a browser that follows where it is sent.
    func tokens(changing change: @escaping @Sendable (String) -> String = { $0 }) async throws -> OAuthTokens {
        let browser = Browser()
        return try await login(.code).run(using: transport) { prompt in
            if case .browse(let url) = prompt { browser.open(url, changing: change) }
        }
    }
}

/// Opens an address and follows one redirect, as a user's browser does.
final class Browser: Sendable {
    private let work = Locked<[Task<String?, any Error>]>([])

    /// Begins to open an address.
    ///
    /// - Parameters:
    ///   - url: The address.
    ///   - change: Changes where the server sends the browser.
    func open(_ url: String, changing change: @escaping @Sendable (String) -> String = { $0 }) {
        let task = Task<String?, any Error> {
            let transport = HTTPClient.forAuthorization()
            let sent = try await transport.send(HTTPRequest(url: url))
            guard let location = sent.fields["location"] else { return nil }
            let page = try await transport.send(HTTPRequest(url: change(location)))
            return String(decoding: try await page.body.collect(upTo: 1 << 16), as: UTF8.self)
        }
        work.withLock { $0.append(task) }
    }

    /// What the last page showed.
    func page() async throws -> String? {
        try await work.withLock { $0.last }?.value
    }

    deinit {
        for task in work.withLock({ $0 }) { task.cancel() }
    }
}

/// Answers every request by a closure.
struct StubTransport: HTTPTransport {
    var answer: @Sendable (HTTPRequest) -> (status: Int, body: String)

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let (status, body) = answer(request)
        return HTTPResponse(status: status, fields: [:], body: HTTPBody(bytes: Array(body.utf8)))
    }
}

/// The error of a call; one that succeeds, and an error that shows a planted secret, are recorded as issues.
func oauthError(
    _ sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> some Any
) async -> OAuthError? {
    do {
        _ = try await body()
        Issue.record("this succeeded", sourceLocation: sourceLocation)
        return nil
    } catch {
        #expect(!"\(error)".contains("canary"), "the error holds a secret: \(error)", sourceLocation: sourceLocation)
        return error as? OAuthError
    }
}
