import Testing
import TransportKit

@testable import CredentialKit

@Suite("JSON Web Tokens")
struct JSONWebTokenTests {
    /// The example of RFC 7519, section 3.1.
    static let example =
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
        + ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    @Test("the example of RFC 7519 is read")
    func rfc() throws {
        let token = try JSONWebToken.decodeUnverified(Secret(Self.example))
        #expect(token.header["alg"] == "HS256")
        #expect(token.claims["iss"] == "joe")
        #expect(token.claims["http://example.com/is_root"] == true)
        #expect(token.expiry == 1_300_819_380)
    }

    @Test("an unsigned token (RFC 7519, section 6.1) is read too, as nothing is proven anyway")
    func unsigned() throws {
        let token = try JSONWebToken.decodeUnverified(Secret("eyJhbGciOiJub25lIn0.e30."))
        #expect(token.header["alg"] == "none")
        #expect(token.expiry == nil)
    }

    @Test(
        "what is no token is refused, and no part of it shown",
        arguments: [
            "", ".", "..", "a.b", "a.b.c.d", "e30.e30", "e30.e30.e30.e30", "e30.e3.x", "e30=.e30.", "e30.e30.a+b/",
            "e30.e30.a", "W10.e30.", "e30.W10.", "e30.bnVsbA.", "e30 .e30.", "e30.e30.\n", "sk-canary-5d41402abc4b2a76",
            "e30.\(String(repeating: "A", count: 70_000)).", "e30.e30X.", "////.e30.", "e30.//4.",
        ]
    )
    func refused(text: String) {
        #expect(credentialError { try JSONWebToken.decodeUnverified(Secret(text)) }?.code == .invalidSecret)
    }
}
