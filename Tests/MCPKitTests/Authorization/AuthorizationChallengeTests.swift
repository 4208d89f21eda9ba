import Testing
import TransportKit

@testable import MCPKit

@Suite("WWW-Authenticate")
struct AuthorizationChallengeTests {
    private typealias Challenge = AuthorizationChallenge

    @Test(
        "Challenges and their parameters are told apart",
        arguments: [
            ("Bearer", [Challenge(scheme: "bearer")]),
            ("", []),
            (", ,", []),
            ("Bearer realm=\"a, b=c\"", [Challenge(scheme: "bearer", parameters: ["realm": "a, b=c"])]),
            (
                #"Basic realm="x", Bearer error="invalid_token" , error_description="say \"no\"""#,
                [
                    Challenge(scheme: "basic", parameters: ["realm": "x"]),
                    Challenge(
                        scheme: "bearer",
                        parameters: ["error": "invalid_token", "error_description": "say \"no\""]
                    ),
                ]
            ),
            (
                "Negotiate YWJj/+8==, BEARER Scope = read , Resource_Metadata=\"https://a.example/x\"",
                [
                    Challenge(scheme: "negotiate"),
                    Challenge(
                        scheme: "bearer",
                        parameters: ["scope": "read", "resource_metadata": "https://a.example/x"]
                    ),
                ]
            ),
            ("Bearer scope=\"a\", scope=\"b\"", [Challenge(scheme: "bearer", parameters: ["scope": "a"])]),
            ("Bearer scope=\"unclosed", [Challenge(scheme: "bearer", parameters: ["scope": "unclosed"])]),
            ("(x), Bearer a=b", [Challenge(scheme: "bearer", parameters: ["a": "b"])]),
            ("Bearer a=, b=c", [Challenge(scheme: "bearer", parameters: ["b": "c"])]),
            ("Negotiate, Bearer", [Challenge(scheme: "negotiate"), Challenge(scheme: "bearer")]),
        ]
    )
    private func parsing(value: String, expected: [Challenge]) {
        #expect(Challenge.parse(value) == expected)
    }

    @Test("The challenge for a token is found among several fields")
    func several() {
        var fields: HTTPFields = ["WWW-Authenticate": "Basic realm=\"x\""]
        fields.append("www-authenticate", "DPoP algs=\"ES256\", Bearer scope=\"files:read\"")
        #expect(AuthorizationChallenge.bearer(in: fields)?.scope == "files:read")
        #expect(AuthorizationChallenge.bearer(in: ["www-authenticate": "Basic a=b"]) == nil)
    }

    @Test("Whatever bytes come, reading ends")
    func anyBytes() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("Bb =,\"\\/;(\u{e9}\t")
        for _ in 0..<2_000 {
            let length = Int.random(in: 0..<40, using: &generator)
            let text = String((0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] })
            #expect(AuthorizationChallenge.parse(text).count <= length)
        }
    }
}
