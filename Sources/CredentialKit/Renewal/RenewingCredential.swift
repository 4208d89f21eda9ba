public import FoundationEssentials
public import TransportKit

/// A stored credential that ends, and that is exchanged for a new one before it does.
///
/// Of all tasks and all processes that use the store one makes the exchange, and the others wait for what it gets. The new
/// value is in the store before anybody uses it, so that a token that the old one was given for is never lost.
public actor RenewingCredential: CredentialSource {
    /// Makes a new credential of the old one.
    public typealias Exchange = @Sendable (StoredCredential) async throws(CredentialError) -> RenewedCredential

    private struct Settings: Sendable {
        var store: CredentialStore
        var name: CredentialName
        var skew: TimeInterval
        var limit: Duration
        var now: @Sendable () -> Date
        var clock: any Clock<Duration>
        var exchange: Exchange
    }

    private let settings: Settings
    private var held: StoredCredential?
    private var renewal: (number: Int, task: Task<Result<StoredCredential, CredentialError>, Never>)?
    private var renewals = 0

    /// Makes a source.
    ///
    /// - Parameters:
    ///   - store: The store that has the credential.
    ///   - name: The credential's name.
    ///   - skew: How many seconds before its end it is exchanged.
    ///   - exchange: What exchanges it.
    public init(
        store: CredentialStore,
        name: CredentialName,
        skew: TimeInterval = 60,
        exchange: @escaping Exchange
    ) {
        self.init(
            store: store,
            name: name,
            skew: skew,
            limit: .seconds(60),
            now: { Date() },
            clock: ContinuousClock(),
            exchange: exchange
        )
    }

    package init(
        store: CredentialStore,
        name: CredentialName,
        skew: TimeInterval,
        limit: Duration,
        now: @escaping @Sendable () -> Date,
        clock: any Clock<Duration>,
        exchange: @escaping Exchange
    ) {
        settings = Settings(
            store: store,
            name: name,
            skew: skew,
            limit: limit,
            now: now,
            clock: clock,
            exchange: exchange
        )
    }

    deinit {
        renewal?.task.cancel()
    }

    /// The credential as it is valid now; exchanged first, if it ends soon.
    ///
    /// - Returns: The credential.
    /// - Throws: `CredentialError`, if it is missing, or has ended and cannot be exchanged.
    public func credential() async throws(CredentialError) -> Secret {
        if let held, Self.isFresh(held, settings) { return held.secret }
        let renewal = renewal ?? begin()
        let result = await renewal.task.value
        if self.renewal?.number == renewal.number { self.renewal = nil }
        let credential = try result.get()
        held = credential
        return credential.secret
    }

    private func begin() -> (number: Int, task: Task<Result<StoredCredential, CredentialError>, Never>) {
        renewals += 1
        // Owned by the source, which cancels it when it goes; a caller that leaves takes nothing from the others.
        let begun = (number: renewals, task: Task { [settings] in await Self.outcome(settings) })
        renewal = begun
        return begun
    }

    private static func outcome(_ settings: Settings) async -> Result<StoredCredential, CredentialError> {
        do throws(CredentialError) {
            return .success(try await renewed(settings))
        } catch {
            return .failure(error)
        }
    }

    private static func renewed(_ settings: Settings) async throws(CredentialError) -> StoredCredential {
        let found = try await read(settings)
        if isFresh(found, settings) { return found }
        let path = "\(settings.store.location.database).renew-\(settings.name)"
        let lock = try await RenewalLock(path: path, limit: settings.limit, clock: settings.clock)
        defer { withExtendedLifetime(lock) {} }
        // Another process may have exchanged it while this one waited.
        let old = try await read(settings)
        if isFresh(old, settings) { return old }
        do {
            let new = try await settings.exchange(old)
            let entry = try await settings.store.write(
                new.secret,
                as: settings.name,
                kind: old.entry.kind,
                expires: new.expires,
                if: .hasVersion(old.entry.version)
            )
            return StoredCredential(entry: entry, secret: new.secret)
        } catch {
            // It was early: what is still valid for a while is better than nothing. Who set it anew meanwhile is right.
            if error.code == .conflict { return try await read(settings) }
            guard let expires = old.entry.expires, expires > settings.now() else { throw error }
            return old
        }
    }

    private static func read(_ settings: Settings) async throws(CredentialError) -> StoredCredential {
        guard let found = try await settings.store.read(settings.name) else {
            throw CredentialError(
                .notFound,
                "there is no credential \(settings.name) in the store \(settings.store.location.database)"
            )
        }
        return found
    }

    private static func isFresh(_ credential: StoredCredential, _ settings: Settings) -> Bool {
        guard let expires = credential.entry.expires else { return true }
        return expires.timeIntervalSince(settings.now()) > settings.skew
    }
}
