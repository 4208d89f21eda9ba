import FoundationEssentials
import ProviderTesting
import Testing
import TransportKit

@testable import CredentialKit

@Suite("Stored logins", .timeLimit(.minutes(5)), .serialized)
struct OAuthCredentialTests {
    private let server: AuthorizationServer
    private let test: TestStore
    private let name: CredentialName

    init() async throws {
        server = try await AuthorizationServer()
        test = try TestStore()
        name = try CredentialName("service")
    }

    private func store() -> CredentialStore {
        CredentialStore(location: test.location, sources: MasterKeySources(environment: [:]))
    }

    private func source(
        _ store: CredentialStore,
        issuer: String? = nil,
        now: @escaping @Sendable () -> Date = { Date() }
    ) -> OAuthCredential {
        OAuthCredential(store: store, name: name, issuer: issuer, transport: server.transport, skew: 60, now: now)
    }

    /// Logs in and stores the tokens, which end after some seconds.
    private func logIn(lifetime: Int) async throws -> OAuthTokens {
        try await server.set(["lifetime": .number(JSONNumber(lifetime))])
        let tokens = try await server.tokens()
        try await store().write(tokens.secret, as: name, kind: .oauth, expires: tokens.expires)
        try await server.set(["lifetime": 3600])
        return tokens
    }

    @Test("a token that is valid for long is used as it is")
    func fresh() async throws {
        let tokens = try await logIn(lifetime: 3600)
        let source = source(store(), issuer: server.issuer)
        for _ in 0..<3 { #expect(try await source.credential() == tokens.accessToken) }
        #expect(try await server.count(of: "refresh_token") == 0)
    }

    @Test("one that ends soon is renewed early, once, and stored with the new refresh token before it is used")
    func renewal() async throws {
        let tokens = try await logIn(lifetime: 30)
        let source = source(store())
        let new = try await source.credential()
        #expect(new != tokens.accessToken)
        #expect(try await source.credential() == new)
        #expect(try await server.count(of: "refresh_token") == 1)
        let entry = try #require(try await store().read(name))
        let stored = try OAuthTokens(entry.secret)
        #expect(stored.accessToken == new)
        #expect(stored.refreshToken != tokens.refreshToken)
        #expect(entry.entry.kind == .oauth)
        #expect(entry.entry.version == 2)
        #expect(entry.entry.expires.map { $0.timeIntervalSinceNow > 3000 } == true)
        // Another handle, as of the next process, goes on from there.
        #expect(try await self.source(self.store()).credential() == new)
    }

    @Test("while the server does not answer, what is still valid is used, and not every request asks")
    func outage() async throws {
        let tokens = try await logIn(lifetime: 50)
        let asked = Locked(0)
        let transport = StubTransport { _ in
            asked.withLock { $0 += 1 }
            return (503, "")
        }
        let now = Locked(Date())
        let source = OAuthCredential(
            store: store(),
            name: name,
            issuer: nil,
            transport: transport,
            skew: 60,
            now: { now.withLock { $0 } }
        )
        for _ in 0..<5 { #expect(try await source.credential() == tokens.accessToken) }
        #expect(asked.withLock { $0 } == 1)
        now.withLock { $0 += 11 }
        #expect(try await source.credential() == tokens.accessToken)
        #expect(asked.withLock { $0 } == 2)
        now.withLock { $0 += 100 }
        let error = await credentialFailure { try await source.credential() }
        #expect(error?.code == .unavailable)
    }

    @Test("a token that was refused is renewed, once for all who were refused")
    func rejected() async throws {
        let tokens = try await logIn(lifetime: 3600)
        let source = source(store())
        let results = try await withThrowingTaskGroup(of: Secret.self) { group in
            for _ in 0..<8 { group.addTask { try await source.credential(insteadOf: tokens.accessToken) } }
            var results: [Secret] = []
            for try await result in group { results.append(result) }
            return results
        }
        #expect(results.count == 8)
        #expect(results.allSatisfy { $0 != tokens.accessToken && $0 == results[0] })
        #expect(try await server.count(of: "refresh_token") == 1)
        #expect(try await source.credential() == results[0])
        await source.discard(results[0])
        let next = try await source.credential()
        #expect(next != results[0])
        #expect(try await source.credential() == next)
        #expect(try await server.count(of: "refresh_token") == 2)
    }

    @Test("a login that the server ended says what to do")
    func ended() async throws {
        let tokens = try await logIn(lifetime: 1)
        _ = try await tokens.revoke(using: server.transport)
        let later = Date(timeIntervalSinceNow: 100)
        let source = source(store(), now: { later })
        let error = await credentialFailure { try await source.credential() }
        #expect(error?.code == .refused)
        #expect(error?.message.contains("plexctl auth login service") == true)
    }

    @Test("a login of another server is not used, nor what is no login")
    func other() async throws {
        _ = try await logIn(lifetime: 3600)
        let error = await credentialFailure { try await source(store(), issuer: "https://a.example").credential() }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains(server.issuer) == true)
        try await store().write(Secret(TestStore.canary), as: name)
        #expect(await credentialFailure { try await source(store()).credential() }?.code == .invalidSecret)
    }

    @Test("of two processes that find the token ended, one asks the server; no secret shows outside")
    func twoProcesses() async throws {
        let tokens = try await logIn(lifetime: 1)
        try await server.set(["delay": 0.3])
        var processes: [ChildProcess] = []
        for _ in 0..<2 {
            processes.append(
                try await ChildProcess(StoreCrashTests.probe, [test.folder, "token", "service"], environment: [:])
            )
        }
        var outputs: Set<String> = []
        for process in processes {
            _ = try await process.line(beginningWith: "begun")
            let path = "/proc/\(process.processID)"
            for file in ["cmdline", "environ"] {
                let bytes = (try? Data(contentsOf: URL(filePath: "\(path)/\(file)"))) ?? Data()
                #expect(!Self.showsSecret(Array(bytes), tokens))
            }
        }
        for process in processes {
            let outcome = try await process.outcome()
            #expect(outcome.status == 0, "\(outcome.output)\(outcome.errorOutput)")
            #expect(!Self.showsSecret(Array((outcome.output + outcome.errorOutput).utf8), tokens))
            outputs.formUnion(outcome.output.split(separator: "\n").filter { $0.hasPrefix("done ") }.map(String.init))
        }
        #expect(try await server.count(of: "refresh_token") == 1)
        // Both have the same new token.
        #expect(outputs.count == 1)

        let new = try OAuthTokens(try #require(try await store().read(name)).secret)
        #expect(new.refreshToken != tokens.refreshToken)
        #expect(test.files.count >= 2)
        for file in test.files {
            let bytes = test.bytes(file)
            #expect(!Self.showsSecret(bytes, tokens) && !Self.showsSecret(bytes, new), "\(file)")
        }
        #expect("\(new)".contains("<secret>"))
        #expect(!Self.showsSecret(Array("\(new)".utf8), new))
        var dumped = ""
        dump(new, to: &dumped)
        #expect(!Self.showsSecret(Array(dumped.utf8), new))
    }

    private static func showsSecret(_ bytes: [UInt8], _ tokens: OAuthTokens) -> Bool {
        let parts = [tokens.accessToken, tokens.refreshToken].compactMap { $0 }.map { secret in
            // The signature, as a JWT's beginning is the same in all.
            secret.withText { Array($0.utf8.suffix(24)) }
        }
        return (parts + [Array("canary-".utf8)]).contains { part in
            guard bytes.count >= part.count else { return false }
            return (0...(bytes.count - part.count)).contains { bytes[$0..<($0 + part.count)].elementsEqual(part) }
        }
    }

    private func credentialFailure(_ body: () async throws -> Secret) async -> CredentialError? {
        do {
            _ = try await body()
            Issue.record("this succeeded")
            return nil
        } catch {
            #expect(!"\(error)".contains("canary"))
            return error as? CredentialError
        }
    }
}
