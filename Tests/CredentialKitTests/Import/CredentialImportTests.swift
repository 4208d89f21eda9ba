import Testing
import TransportKit

@testable import CredentialKit

@Suite("Credentials from elsewhere")
struct CredentialImportTests {
    @Test("known variables become credentials")
    func variables() throws {
        let found = CredentialImport(
            variables: [
                "OPENAI_API_KEY": "sk-1\n", "GEMINI_API_KEY": "", "GOOGLE_API_KEY": "g", "PATH": "/bin",
                "BAD_KEY": "a\nb",
            ],
            names: [
                "OPENAI_API_KEY": try CredentialName("openai"), "GEMINI_API_KEY": try CredentialName("gemini"),
                "GOOGLE_API_KEY": try CredentialName("gemini"), "BAD_KEY": try CredentialName("bad"),
            ]
        )
        #expect(found.items.map { "\($0.name)=\($0.secret.withText { $0 })" } == ["gemini=g", "openai=sk-1"])
        #expect(found.skipped.map(\.origin) == ["BAD_KEY"])
    }

    @Test(
        "JSON in the forms that other programs write",
        arguments: [
            (#"{"openai": "a", "// note": "b", "x y": "c", "empty": ""}"#, ["openai=a"], 2),
            (
                #"{"openai": {"api_key": "a"}, "other": {"apiKey": "b"}, "none": {"url": "c"}}"#,
                ["openai=a", "other=b"], 1
            ),
            (
                #"[{"provider": "openai", "account": "work", "key": "a"}, {"provider": "../x", "key": "b"}, 3]"#,
                ["openai@work=a"], 2
            ),
            (#"{"a": "1", "a": "2"}"#, ["a=2"], 0),
            ("{}", [], 0),
        ] as [(String, [String], Int)]
    )
    func json(text: String, items: [String], skipped: Int) throws {
        let found = try CredentialImport(json: Array(text.utf8))
        #expect(found.items.map { "\($0.name)=\($0.secret.withText { $0 })" } == items)
        #expect(found.skipped.count >= skipped)
    }

    @Test("other documents are refused", arguments: ["", "nonsense", "3", "\"text\"", "null"])
    func refused(text: String) {
        #expect(credentialError { try CredentialImport(json: Array(text.utf8)) }?.code == .invalidSecret)
    }
}
