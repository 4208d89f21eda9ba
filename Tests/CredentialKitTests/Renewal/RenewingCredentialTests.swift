import FoundationEssentials
import Testing
import TransportKit

@testable import CredentialKit

@Suite("Credentials that are exchanged before they end", .timeLimit(.minutes(5)))
struct RenewingCredentialTests {
    private static let start = Date(timeIntervalSince1970: 1_700_000_000)
    private let name: CredentialName
    private let test: TestStore

    init() throws {
        name = try CredentialName("service")
        test = try TestStore()
    }

    /// A store's handle as another process would have one.
    private func store() -> CredentialStore {
        CredentialStore(location: test.location, sources: MasterKeySources(environment: [:]))
    }

    private func source(
        _ store: CredentialStore,
        at time: @escaping @Sendable () -> Date = { start },
        _ exchange: @escaping RenewingCredential.Exchange
    ) -> RenewingCredential {
        RenewingCredential(
            store: store,
            name: name,
            skew: 60,
            now: time,
            clock: ContinuousClock(),
            exchange: exchange
        )
    }

    private func fill(expiresIn seconds: Double?) async throws {
        try await store().write(
            Secret("old"),
            as: name,
            kind: .oauth,
            expires: seconds.map { Self.start.addingTimeInterval($0) }
        )
    }

    @Test("what is valid for long is used as it is", arguments: [nil, 61, 3600] as [Double?])
    func fresh(seconds: Double?) async throws {
        try await fill(expiresIn: seconds)
        let source = source(store()) { _ throws(CredentialError) in throw CredentialError(.refused, "not asked for") }
        #expect(try await source.credential() == Secret("old"))
    }

    @Test(
        "of many tasks in many processes one makes the exchange, and its result is stored first",
        arguments: [-10, 30] as [Double]
    )
    func singleFlight(seconds: Double) async throws {
        try await fill(expiresIn: seconds)
        let exchanges = Locked(0)
        let sources = (0..<4).map { _ in
            source(store()) { [test] old throws(CredentialError) in
                exchanges.withLock { $0 += 1 }
                #expect(old.secret == Secret("old"))
                _ = test
                return RenewedCredential(secret: Secret("new"), expires: Self.start.addingTimeInterval(3600))
            }
        }
        let secrets = try await withThrowingTaskGroup(of: Secret.self) { group in
            for index in 0..<40 {
                group.addTask { try await sources[index % sources.count].credential() }
            }
            var secrets: [Secret] = []
            for try await secret in group { secrets.append(secret) }
            return secrets
        }
        #expect(secrets.count == 40)
        #expect(secrets.allSatisfy { $0 == Secret("new") })
        #expect(exchanges.withLock { $0 } == 1)
        let stored = try #require(try await store().read(name))
        #expect(stored.secret == Secret("new"))
        #expect(stored.entry.kind == .oauth)
        #expect(stored.entry.version == 2)
    }

    @Test("a refusal counts only once the old one has ended", arguments: [(30.0, true), (-1.0, false)])
    func refusal(seconds: Double, isStillUsed: Bool) async throws {
        try await fill(expiresIn: seconds)
        let source = source(store()) { _ throws(CredentialError) in throw CredentialError(.refused, "no") }
        let result = await Result { () async throws(CredentialError) in try await source.credential() }
        if isStillUsed {
            #expect(try result.get() == Secret("old"))
        } else {
            #expect(credentialError { try result.get() }?.code == .refused)
        }
        #expect(try await store().read(name)?.entry.version == 1)
    }

    @Test("what a server refused is exchanged before its end")
    func discarded() async throws {
        try await fill(expiresIn: 3600)
        let source = source(store()) { old throws(CredentialError) in
            RenewedCredential(secret: Secret("new"), expires: old.entry.expires)
        }
        #expect(try await source.credential() == Secret("old"))
        await source.discard(Secret("another"))
        #expect(try await source.credential() == Secret("old"))
        await source.discard(Secret("old"))
        #expect(try await source.credential() == Secret("new"))
    }

    @Test("after a failure it is tried again")
    func again() async throws {
        try await fill(expiresIn: -1)
        let exchanges = Locked(0)
        let source = source(store()) { _ throws(CredentialError) in
            let count = exchanges.withLock { count in
                count += 1
                return count
            }
            guard count > 1 else { throw CredentialError(.unavailable, "not yet") }
            return RenewedCredential(secret: Secret("new"))
        }
        await #expect(throws: CredentialError.self) { try await source.credential() }
        #expect(try await source.credential() == Secret("new"))
    }

    @Test(
        "when the clock is set, validity counts by the new time, and the pause after a failure is not longer for it",
        // Set far back, the old one is valid for long: there is nothing to exchange.
        arguments: [(5.0, 1), (11, 2), (3600, 2), (-20, 2), (-3600, 1)]
    )
    func clockIsSet(by seconds: Double, exchanges expected: Int) async throws {
        try await fill(expiresIn: 30)
        let now = Locked(Self.start)
        let exchanges = Locked(0)
        let source = source(store(), at: { now.withLock { $0 } }) { _ throws(CredentialError) in
            let count = exchanges.withLock { count in
                count += 1
                return count
            }
            guard count > 1 else { throw CredentialError(.unavailable, "not yet") }
            return RenewedCredential(secret: Secret("new"))
        }
        #expect(try await source.credential() == Secret("old"))
        now.withLock { $0 = $0.addingTimeInterval(seconds) }
        #expect(try await source.credential() == Secret(expected == 1 ? "old" : "new"))
        #expect(exchanges.withLock { $0 } == expected)
    }

    @Test("who sets it anew during the exchange is right")
    func conflict() async throws {
        try await fill(expiresIn: -1)
        let other = store()
        let source = source(store()) { [name] _ throws(CredentialError) in
            try await other.write(Secret("by hand"), as: name)
            return RenewedCredential(secret: Secret("new"))
        }
        #expect(try await source.credential() == Secret("by hand"))
        #expect(try await store().read(name)?.secret == Secret("by hand"))
    }

    @Test("what is missing is an error")
    func missing() async throws {
        let source = source(store()) { _ throws(CredentialError) in RenewedCredential(secret: Secret("new")) }
        await #expect(throws: CredentialError.self) { try await source.credential() }
    }
}

extension Result where Failure == CredentialError {
    fileprivate init(_ body: () async throws(CredentialError) -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
