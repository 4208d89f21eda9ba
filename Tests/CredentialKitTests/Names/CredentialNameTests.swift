import Testing
import TransportKit

@testable import CredentialKit

@Suite("Names of credentials")
struct CredentialNameTests {
    @Test(
        "names are read into provider and account",
        arguments: [("openai", "openai", ""), ("a.b_c-1@work-2", "a.b_c-1", "work-2")]
    )
    func valid(text: String, provider: String, account: String) throws {
        let name = try CredentialName(text)
        #expect((name.provider, name.account) == (provider, account))
        #expect(name.description == text)
    }

    @Test(
        "what is no name is refused and not repeated",
        arguments: [
            "", "@", "a@", "@a", "a/b", "../../../etc/passwd", "a b", ".hidden", "-x", "a@b@c", "a\n", "ä", "a\0b",
            String(repeating: "a", count: 129), "sk-canary-5d41402abc4b2a76/",
        ]
    )
    func invalid(text: String) {
        #expect(credentialError { try CredentialName(text) }?.code == .invalidName)
    }
}
