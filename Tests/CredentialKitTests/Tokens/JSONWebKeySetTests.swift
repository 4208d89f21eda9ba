import FoundationEssentials
import Testing
import TransportKit

@testable import CredentialKit

@Suite("Tokens whose signature is checked", .timeLimit(.minutes(5)))
struct JSONWebKeySetTests {
    private static let now = Date(timeIntervalSince1970: 1_700_000_000)

    private func rules() -> TokenRules { TokenRules(issuer: "https://a.example", audiences: ["models", "other"]) }

    private func token(_ claims: String) throws -> JSONWebToken {
        let parts = ["{}", claims].map { Base64URL.text($0.utf8) }
        return try JSONWebToken.decodeUnverified(Secret(parts.joined(separator: ".") + "."))
    }

    @Test(
        "claims that keep the rules",
        arguments: [
            #""aud":"models","exp":1700000001"#, #""aud":["x","other"],"exp":1700000001.5"#,
            #""aud":"models","exp":1699999941"#, #""aud":"models","exp":1700000001,"nbf":1700000060"#,
        ]
    )
    func accepted(claims: String) throws {
        try rules().check(token(#"{"iss":"https://a.example","# + claims + "}"), at: Self.now)
    }

    @Test(
        "claims that break them",
        arguments: [
            "{}", #"{"iss":"https://b.example","aud":"models","exp":1700000001}"#,
            #"{"iss":"https://a.example/","aud":"models","exp":1700000001}"#,
            #"{"iss":["https://a.example"],"aud":"models","exp":1700000001}"#,
            #"{"iss":"https://a.example","exp":1700000001}"#,
            #"{"iss":"https://a.example","aud":"model","exp":1700000001}"#,
            #"{"iss":"https://a.example","aud":[],"exp":1700000001}"#, #"{"iss":"https://a.example","aud":"models"}"#,
            #"{"iss":"https://a.example","aud":"models","exp":1699999940}"#,
            #"{"iss":"https://a.example","aud":"models","exp":"1700000001"}"#,
            #"{"iss":"https://a.example","aud":"models","exp":null}"#,
            #"{"iss":"https://a.example","aud":"models","exp":1700000001,"nbf":1700000061}"#,
            #"{"iss":"https://a.example","aud":"models","exp":1700000001,"nbf":"x"}"#,
        ]
    )
    func refused(claims: String) throws {
        #expect(credentialError { try rules().check(token(claims), at: Self.now) }?.code == .refused)
    }

    @Test(
        "tokens of a real server, signed in each way, and what was changed of them",
        arguments: ["EdDSA", "ES256", "RS256"]
    )
    func signed(algorithm: String) async throws {
        let server = try await AuthorizationServer()
        try await server.set(["algorithm": .string(algorithm)])
        let login = server.login(.client, "basic:client", secret: "canary-client secret/ü")
        let token = try await login.run(using: server.transport) { _ in }.accessToken
        let metadata = try await AuthorizationServerMetadata.discover(server.issuer, using: server.transport)
        let keys = try await JSONWebKeySet.fetch(of: metadata, using: server.transport)
        #expect(keys.count == 3)
        var rules = TokenRules(issuer: server.issuer, audiences: ["models"])
        let verified = try keys.verified(token, rules: rules)
        #expect(verified.header["alg"]?.string == algorithm)
        #expect(verified.claims["sub"] == "basic:client")

        // One bit of each part, the signature cut off, another algorithm, and a key as if it were shared.
        let parts = token.withText { $0.split(separator: ".").map(String.init) }
        let header = verified.header["kid"]?.string ?? ""
        func with(_ alg: String) -> String { Base64URL.text(#"{"alg":"\#(alg)","kid":"\#(header)"}"#.utf8) }
        let claims = Base64URL.text(
            (Base64URL.bytes(parts[1]) ?? []).map { $0 == UInt8(ascii: "7") ? UInt8(ascii: "8") : $0 }
        )
        var signature = Base64URL.bytes(parts[2]) ?? []
        signature[signature.count / 2] ^= 1
        let changed = [
            [parts[0], claims, parts[2]], [parts[0], parts[1], Base64URL.text(signature)], [parts[0], parts[1], ""],
            [with("none"), parts[1], ""], [with("HS256"), parts[1], parts[2]], [with("none"), parts[1], parts[2]],
            [with(algorithm == "RS256" ? "ES256" : "RS256"), parts[1], parts[2]],
        ]
        for parts in changed
        where parts[1] != claims || claims != token.withText({ String($0.split(separator: ".")[1]) }) {
            let error = credentialError { try keys.verified(Secret(parts.joined(separator: ".")), rules: rules) }
            #expect(error?.code == .refused)
        }
        rules.algorithms = SignatureAlgorithm.all.filter { $0.rawValue != algorithm }
        #expect(credentialError { try keys.verified(token, rules: rules) }?.code == .refused)
        rules.algorithms = ["none", "HS256"]
        #expect(credentialError { try keys.verified(token, rules: rules) }?.code == .refused)
        rules = TokenRules(issuer: server.issuer, audiences: ["somebody"])
        #expect(credentialError { try keys.verified(token, rules: rules) }?.code == .refused)
        let none = try JSONWebKeySet(["keys": []])
        rules = TokenRules(issuer: server.issuer, audiences: ["models"])
        #expect(credentialError { try none.verified(token, rules: rules) }?.code == .refused)
    }

    @Test(
        "keys that cannot be used are left out",
        arguments: [
            "{}", #"{"kty":"oct","k":"AAAA"}"#, #"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#,
            #"{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"#, #"{"kty":"OKP","crv":"X25519","x":"AAAA"}"#,
            #"{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}"#, #"{"kty":"EC","crv":"P-521","x":"AAAA","y":"AAAA"}"#,
            "7",
        ]
    )
    func keys(text: String) throws {
        #expect(try JSONWebKeySet(["keys": [JSONValue(parsing: text)]]).count == 0)
    }

    @Test("what is no set is refused", arguments: ["{}", "[]", #"{"keys":{}}"#])
    func noSet(text: String) {
        #expect(credentialError { try JSONWebKeySet(JSONValue(parsing: text)) }?.code == .unavailable)
    }
}
