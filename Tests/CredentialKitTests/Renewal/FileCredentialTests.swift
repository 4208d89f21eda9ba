import CredentialKit
import FoundationEssentials
import ProviderTesting
import Testing
import TransportKit

@Suite("Credentials in files", .timeLimit(.minutes(5)))
struct FileCredentialTests {
    private let test: TestStore
    private let path: String
    private let clock = ManualClock()

    init() throws {
        test = try TestStore()
        path = test.folder + "/token"
    }

    private func write(_ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    }

    private func source() -> FileCredential {
        FileCredential(path: path, interval: .seconds(1), clock: clock)
    }

    @Test("A file that was replaced is read anew, but not before the interval is over")
    func changes() async throws {
        try write("one\n")
        let source = source()
        #expect(try await source.credential() == Secret("one"))
        try write("two\r\n")
        #expect(try await source.credential() == Secret("one"))
        clock.advance(by: .seconds(1))
        #expect(try await source.credential() == Secret("two"))
    }

    @Test("What a server refused is looked up at once")
    func discarded() async throws {
        try write("one")
        let source = source()
        #expect(try await source.credential() == Secret("one"))
        try write("two")
        await source.discard(Secret("another"))
        #expect(try await source.credential() == Secret("one"))
        await source.discard(Secret("one"))
        #expect(try await source.credential() == Secret("two"))
    }

    @Test("While a file is gone or unfit, what it held last is given out", arguments: [nil, "", "a\nb", "\u{7}"])
    func keeps(text: String?) async throws {
        try write("one")
        let source = source()
        #expect(try await source.credential() == Secret("one"))
        if let text { try write(text) } else { try FileManager.default.removeItem(atPath: path) }
        clock.advance(by: .seconds(2))
        #expect(try await source.credential() == Secret("one"))
        try write("two")
        clock.advance(by: .seconds(2))
        #expect(try await source.credential() == Secret("two"))
    }

    @Test(
        "A file that never held one is an error, which shows nothing of it",
        arguments: [(nil, .notFound), ("", .invalidSecret), ("hush\nhush", .invalidSecret)]
            as [(String?, CredentialError.Code)]
    )
    func unfit(text: String?, code: CredentialError.Code) async throws {
        if let text { try write(text) }
        let error = await #expect(throws: CredentialError.self) { try await source().credential() }
        #expect(error?.code == code && error?.message.contains(path) == true)
        #expect(error?.message.contains("hush") == false)
    }
}
