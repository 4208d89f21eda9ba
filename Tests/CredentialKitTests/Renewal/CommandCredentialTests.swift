import CredentialKit
import ProviderTesting
import Testing
import TransportKit

@Suite("Credentials of commands", .timeLimit(.minutes(5)))
struct CommandCredentialTests {
    private let test: TestStore
    private let clock = ManualClock()

    init() throws {
        test = try TestStore()
    }

    private func source(_ script: String, lifetime: Duration? = .seconds(60)) -> CommandCredential {
        CommandCredential(
            ["sh", "-c", script],
            lifetime: lifetime,
            timeLimit: .seconds(60),
            environment: ["PATH": "/usr/bin:/bin", "COUNT": test.folder + "/count"],
            clock: clock
        )
    }

    // Prints how often it was run.
    private let counting = #"echo x >> "$COUNT"; echo "token-$(wc -l < "$COUNT" | tr -d ' ')""#

    @Test("The program is run again when what it printed is too old, or was refused")
    func lifetime() async throws {
        let source = source(counting)
        #expect(try await source.credential() == Secret("token-1"))
        clock.advance(by: .seconds(59))
        #expect(try await source.credential() == Secret("token-1"))
        clock.advance(by: .seconds(1))
        #expect(try await source.credential() == Secret("token-2"))
        await source.discard(Secret("token-1"))
        #expect(try await source.credential() == Secret("token-2"))
        await source.discard(Secret("token-2"))
        #expect(try await source.credential() == Secret("token-3"))
    }

    @Test("Callers at the same time share one run")
    func singleFlight() async throws {
        let source = source(counting, lifetime: nil)
        let secrets = try await withThrowingTaskGroup(of: Secret.self) { group in
            for _ in 0..<20 { group.addTask { try await source.credential() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(secrets.count == 20 && secrets.allSatisfy { $0 == Secret("token-1") })
    }

    @Test(
        "What fails is an error that shows nothing of what was printed",
        arguments: [
            ("echo hush >&2; echo hush; exit 3", .refused, "exited with status 3"),
            ("printf 'hush\\nhush'", .invalidSecret, "line end at byte 4"), ("true", .invalidSecret, "empty"),
            ("yes hush", .invalidSecret, "65536 bytes"),
        ] as [(String, CredentialError.Code, String)]
    )
    func failures(script: String, code: CredentialError.Code, words: String) async throws {
        let error = await #expect(throws: CredentialError.self) { try await source(script).credential() }
        #expect(error?.code == code && error?.message.contains(words) == true)
        #expect(error?.message.contains("hush") == false)
    }

    @Test("A program that is not there is named")
    func missing() async throws {
        let source = CommandCredential(["no-such-program", "hush"], environment: ["PATH": "/usr/bin"])
        let error = await #expect(throws: CredentialError.self) { try await source.credential() }
        #expect(error?.code == .configuration && error?.message.contains("\"no-such-program\"") == true)
    }
}
