import FoundationEssentials
import Testing
import TransportKit

@testable import CredentialKit

@Suite("Tokens that are exchanged for others", .timeLimit(.minutes(5)))
struct TokenExchangeTests {
    private static let start = Date(timeIntervalSince1970: 1_700_000_000)

    @Test(
        "places in documents",
        arguments: [
            ("a", #""A""#), ("$", #"{"a":"A","b":[{"c.d":1}],"e":{"f":null}}"#), ("$.a", #""A""#),
            ("b[0]", #"{"c.d":1}"#),
            (#"b[0]["c.d"]"#, "1"), ("$['e'].f", "null"), ("b[1]", nil), ("a.b", nil), ("a[0]", nil), ("x", nil),
        ] as [(String, String?)]
    )
    func path(text: String, found: String?) throws {
        let document = try JSONValue(parsing: #"{"a":"A","b":[{"c.d":1}],"e":{"f":null}}"#)
        #expect(try JSONPath(text).value(in: document)?.serializedString == found)
    }

    @Test(
        "what is no place is refused",
        arguments: [
            "", ".", "a.", "a..b", "a[", "a[]", "a[-1]", "a[x]", "a b", "a]", "$a", "[0]x", "a['", "a['']", "a[+1]",
        ]
    )
    func noPath(text: String) {
        #expect(credentialError { try JSONPath(text) }?.code == .configuration)
    }

    private func token(_ claims: JSONObject) -> Secret {
        let parts = [JSONValue.object(["alg": "none"]), .object(claims)].map { Base64URL.text($0.serialized) }
        return Secret(parts.joined(separator: ".") + ".c2ln")
    }

    @Test("a template's request has token and claim where they belong, and nothing else is touched")
    func request() throws {
        var template = try ExchangeTemplate(url: "https://a.example/x", output: JSONPath("t"))
        template.claim = try JSONPath("nested.ticket")
        template.fields = ["X-Kind": "plain", "Authorization": "Bearer {token}"]
        template.body = .json(["a": "{claim}", "b": ["x {claim} {claim}", 7, "{other}"]])
        let token = token(["nested": ["ticket": #"q"{token}ü"#]])
        let request = try template.request(for: token)
        #expect(request.fields["x-kind"] == "plain")
        #expect(request.credentials["Authorization"] == Secret("Bearer " + token.withText { $0 }))
        guard case .bytes(let body) = request.body else {
            Issue.record("there is no body")
            return
        }
        // What was put in is neither a template again nor ends its text.
        let claim = #"q\"{token}ü"#
        #expect(
            String(decoding: body, as: UTF8.self) == #"{"a":"\#(claim)","b":["x \#(claim) \#(claim)",7,"{other}"]}"#
        )

        template.body = .form(["ticket": "{claim}", "kind": "a b"])
        guard case .bytes(let form) = try template.request(for: token).body else { return }
        #expect(String(decoding: form, as: UTF8.self) == "kind=a%20b&ticket=q%22%7Btoken%7D%C3%BC")
        #expect(credentialError { try template.request(for: self.token(["other": 1])) }?.code == .invalidSecret)
        #expect(credentialError { try template.request(for: Secret(TestStore.canary)) }?.code == .invalidSecret)
        for url in ["http://a.example/x", "https://a.example/{token}", "x"] {
            #expect(credentialError { try ExchangeTemplate(url: url, output: JSONPath("t")) }?.code == .configuration)
        }
    }

    @Test(
        "an answer gives a token and its end",
        arguments: [
            (#"{"t":"new","ttl":60}"#, .path("ttl"), 60), (#"{"t":"new","ttl":"60"}"#, .path("ttl"), nil),
            (#"{"t":"new"}"#, .seconds(5), 5), (#"{"t":"new"}"#, .token, nil),
            (#"{"t":"e30.eyJleHAiOjE3MDAwMDAxMDB9."}"#, .token, 100),
        ] as [(String, TestLifetime, Double?)]
    )
    func result(body: String, lifetime: TestLifetime, seconds: Double?) throws {
        var template = try ExchangeTemplate(url: "https://a.example", output: JSONPath("t"))
        template.lifetime = try lifetime.value
        let result = try template.result(status: 200, Array(body.utf8), now: Self.start)
        #expect(result.expires == seconds.map { Self.start.addingTimeInterval($0) })
        #expect(!result.secret.isEmpty)
    }

    enum TestLifetime: Sendable {
        case path(String), seconds(Double), token

        var value: ExchangeTemplate.Lifetime {
            get throws {
                switch self {
                case .path(let path): .path(try JSONPath(path))
                case .seconds(let seconds): .seconds(seconds)
                case .token: .token
                }
            }
        }
    }

    @Test(
        "an answer without a token is an error that shows nothing of it",
        arguments: [
            (403, #"{"t":"sk-canary-5d41402abc4b2a76"}"#, .refused), (503, "", .unavailable), (200, "", .unavailable),
            (200, #"{"t":7}"#, .unavailable), (200, #"{"t":""}"#, .unavailable), (302, #"{"t":"x"}"#, .refused),
            (200, #"{"t":"sk-canary-5d41402abc4b2a76\n"x"#, .unavailable),
        ] as [(Int, String, CredentialError.Code)]
    )
    func noResult(status: Int, body: String, code: CredentialError.Code) throws {
        let template = try ExchangeTemplate(url: "https://a.example", output: JSONPath("t"))
        let error = credentialError { try template.result(status: status, Array(body.utf8), now: Self.start) }
        #expect(error?.code == code)
    }

    @Test("the result is kept until shortly before its end, had once for all callers, and anew for another subject")
    func cache() async throws {
        let now = Locked(Self.start)
        let subject = Changing()
        let exchanges = Locked<[Secret]>([])
        let source = ExchangedCredential(of: subject, skew: 30, now: { now.withLock { $0 } }) {
            old throws(CredentialError) in
            let count = exchanges.withLock { all in
                all.append(old)
                return all.count
            }
            return RenewedCredential(
                secret: Secret("new \(count)"),
                expires: Self.start.addingTimeInterval(100.0 * Double(count))
            )
        }
        let secrets = try await withThrowingTaskGroup(of: Secret.self) { group in
            for _ in 0..<20 { group.addTask { try await source.credential() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(secrets == Array(repeating: Secret("new 1"), count: 20))
        now.withLock { $0 = Self.start.addingTimeInterval(69) }
        #expect(try await source.credential() == Secret("new 1"))
        now.withLock { $0 = Self.start.addingTimeInterval(70) }
        #expect(try await source.credential() == Secret("new 2"))
        subject.secret.withLock { $0 = Secret("other") }
        #expect(try await source.credential() == Secret("new 3"))
        await source.discard(Secret("new 2"))
        #expect(try await source.credential() == Secret("new 3"))
        await source.discard(Secret("new 3"))
        #expect(try await source.credential() == Secret("new 4"))
        #expect(exchanges.withLock { $0 } == [Secret("first"), Secret("first"), Secret("other"), Secret("other")])
    }

    private final class Changing: CredentialSource {
        let secret = Locked(Secret("first"))

        func credential() async throws(CredentialError) -> Secret { secret.withLock { $0 } }
    }

    @Test("both kinds of exchange with a real server")
    func server() async throws {
        let server = try await AuthorizationServer()
        let tokens = try await server.tokens()
        let endpoint = try OAuthEndpoint(
            url: tokens.tokenEndpoint,
            issuer: tokens.issuer,
            client: tokens.client,
            transport: server.transport
        )
        let source = TokenExchange(endpoint: endpoint).source(of: StaticCredential(tokens.accessToken))
        let first = try await source.credential()
        #expect(first != tokens.accessToken)
        #expect(try await source.credential() == first)
        #expect(try await server.count(of: "urn:ietf:params:oauth:grant-type:token-exchange") == 1)

        var template = try ExchangeTemplate(url: server.issuer + "/template", output: JSONPath("data[0].jwt"))
        template.claim = try JSONPath("rotating_token")
        template.fields = ["X-Kind": "exchange"]
        template.body = .json(["ticket": "{claim}"])
        let good = StaticCredential(token(["rotating_token": "ticket-7"]))
        let templated = template.source(of: good, using: server.transport)
        let jwt = try await templated.credential()
        #expect(try JSONWebToken.decodeUnverified(jwt).claims["iss"]?.string == server.issuer)
        #expect(try await templated.credential() == jwt)
        #expect(try await server.count(of: "template") == 1)
        let wrong = template.source(of: StaticCredential(token(["rotating_token": "x"])), using: server.transport)
        await #expect(throws: CredentialError.self) { try await wrong.credential() }
    }
}
