import Testing
import TransportKit

@Suite("Secret")
struct SecretTests {
    private static let canary = "canary-0123456789"

    private struct Holder {
        let name = "holder"
        let secret: Secret
        let optional: Secret?
        let list: [Secret]
        let table: [String: Secret]
    }

    @Test("No textual form shows the secret")
    func textualForms() {
        let secret = Secret(Self.canary)
        let holder = Holder(secret: secret, optional: secret, list: [secret], table: ["key": secret])
        var dumped = ""
        dump(secret, to: &dumped)
        dump(holder, to: &dumped)
        var printed = ""
        print(secret, holder, to: &printed)
        debugPrint(secret, holder, to: &printed)
        let forms = [
            "\(secret)", "\(holder)", String(describing: secret), String(reflecting: secret),
            String(describing: holder),
            String(reflecting: holder), secret.description, secret.debugDescription, dumped, printed,
            "\(Mirror(reflecting: secret).children.map { $0.value })",
            "\(Logger.MetadataValue.stringConvertible(secret))",
        ]
        for form in forms {
            #expect(!form.contains("canary"))
        }
        #expect("\(secret)" == "<secret>")
        #expect(dumped.contains("<secret>"))
    }

    @Test("A secret cannot be encoded or used as a key")
    func noOtherWayOut() {
        let secret: Any = Secret(Self.canary)
        #expect(!(secret is any Encodable))
        #expect(!(secret is any Hashable))
        #expect(!(secret is any LosslessStringConvertible))
    }

    @Test("Text and bytes come out as they went in")
    func content() {
        #expect(Secret("käse").withText { $0 } == "käse")
        #expect(Secret(bytes: [1, 0, 255]).withBytes { [$0[0], $0[1], $0[2], UInt8($0.count)] } == [1, 0, 255, 3])
        #expect(Secret("").isEmpty)
        #expect(Secret("").withBytes { $0.count } == 0)
        #expect(!Secret("x").isEmpty)
    }

    @Test("Wiping a secret leaves the caller's bytes alone")
    func callersCopy() {
        let bytes = Array(Self.canary.utf8)
        do {
            let secret = Secret(bytes: bytes)
            #expect(!secret.isEmpty)
        }
        #expect(bytes == Array(Self.canary.utf8))
    }

    @Test(
        "Secrets are equal when all bytes are",
        arguments: [
            ("", "", true), ("a", "a", true), ("a", "b", false), ("ab", "a", false), ("xa", "xb", false),
            ("ax", "bx", false),
        ]
    )
    func equality(left: String, right: String, expected: Bool) {
        #expect((Secret(left) == Secret(right)) == expected)
    }

    @Test(
        "The content of a file loses the line ends behind it",
        arguments: [
            ("key", "key"), ("key\n", "key"), ("key\r\n", "key"), ("key\n\n", "key"), (" k y ", " k y "),
            ("schlüssel\n", "schlüssel"),
        ]
    )
    func validation(content: String, expected: String) throws {
        #expect(try Secret(validating: content).withText { $0 } == expected)
    }

    @Test(
        "What cannot stand in a header is refused",
        arguments: [
            ([], .empty), ([10, 13, 10], .empty), ([65, 13, 10, 66], .controlCharacter(offset: 1)),
            ([10, 65], .controlCharacter(offset: 0)), ([65, 0], .controlCharacter(offset: 1)),
            ([65, 9, 65], .controlCharacter(offset: 1)),
            ([65, 127], .controlCharacter(offset: 1)), ([65, 255], .notText),
        ] as [([UInt8], SecretError)]
    )
    func refused(bytes: [UInt8], expected: SecretError) {
        #expect(throws: expected) { try Secret(validating: bytes) }
    }
}
