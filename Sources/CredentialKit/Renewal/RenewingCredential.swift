public import FoundationEssentials
public import TransportKit

/// A stored credential that ends, and that is exchanged for a new one before it does.
///
/// Of all tasks and all processes that use the store one makes the exchange, and the others wait for what it gets. The new
/// value is in the store before anybody uses it, so that a token that the old one was given for is never lost.
public actor RenewingCredential: CredentialSource {
    /// Makes a new credential of the old one.
    public typealias Exchange = @Sendable (StoredCredential) async throws(CredentialError) -> RenewedCredential

    /// How long another process may take for the exchange.
    private static let lockLimit = Duration.seconds(60)

    private struct Settings: Sendable {
        var store: CredentialStore
        var name: CredentialName
        var skew: TimeInterval
        var now: @Sendable () -> Date
        var clock: any Clock<Duration>
        var exchange: Exchange
        // A value that a server no longer takes, whatever its end.
        var isRejected: @Sendable (Secret) -> Bool = { _ in false }
    }

    private static let pauseAfterFailure: TimeInterval = 10

    private let settings: Settings
    private var held: StoredCredential?
    private var refused: Secret?
    private var renewal: (number: Int, task: Task<Result<StoredCredential, CredentialError>, Never>)?
    private var renewals = 0
    // After an early exchange that failed: the old one is used meanwhile, and not every request waits for the next attempt.
    private var pause: Date?

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
            now: { Date() },
            clock: ContinuousClock(),
            exchange: exchange
        )
    }

    package init(
        store: CredentialStore,
        name: CredentialName,
        skew: TimeInterval,
        now: @escaping @Sendable () -> Date,
        clock: any Clock<Duration>,
        exchange: @escaping Exchange
    ) {
        settings = Settings(
            store: store,
            name: name,
            skew: skew,
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
        if let refused, held?.secret == refused { return try await credential(insteadOf: { $0 == refused }) }
        if let held, Self.isFresh(held, settings) || isPaused(held) { return held.secret }
        return try await renewed(settings)
    }

    /// Makes the next caller exchange the credential, although it has not ended.
    ///
    /// - Parameter credential: What a server refused.
    public func discard(_ credential: Secret) async {
        refused = credential
    }

    /// A credential in place of one that a server no longer takes, although it has not ended.
    ///
    /// - Parameter isRejected: Whether a value is what the server refused; one that another has stored meanwhile is used.
    /// - Returns: The credential.
    /// - Throws: `CredentialError`, if it cannot be exchanged.
    func credential(insteadOf isRejected: @escaping @Sendable (Secret) -> Bool) async throws(CredentialError) -> Secret
    {
        if let held, Self.isFresh(held, settings), !isRejected(held.secret) { return held.secret }
        var settings = settings
        settings.isRejected = isRejected
        if let renewal {
            // What is under way may have begun before the refusal.
            let found = try await result(of: renewal)
            if !isRejected(found) { return found }
        }
        return try await renewed(settings)
    }

    private func isPaused(_ held: StoredCredential) -> Bool {
        guard let pause, let expires = held.entry.expires else { return false }
        let now = settings.now()
        // A clock that was set back does not make the pause longer.
        return now < pause && now < expires && pause.timeIntervalSince(now) <= Self.pauseAfterFailure
    }

    private func renewed(_ settings: Settings) async throws(CredentialError) -> Secret {
        try await result(of: renewal ?? begin(settings))
    }

    private func result(
        of renewal: (number: Int, task: Task<Result<StoredCredential, CredentialError>, Never>)
    ) async throws(CredentialError) -> Secret {
        let result = await renewal.task.value
        if self.renewal?.number == renewal.number { self.renewal = nil }
        let credential = try result.get()
        held = credential
        pause = Self.isFresh(credential, settings) ? nil : settings.now().addingTimeInterval(Self.pauseAfterFailure)
        return credential.secret
    }

    private func begin(
        _ settings: Settings
    ) -> (number: Int, task: Task<Result<StoredCredential, CredentialError>, Never>) {
        renewals += 1
        // Owned by the source, which cancels it when it goes; a caller that leaves takes nothing from the others.
        let begun = (number: renewals, task: Task { await Self.outcome(settings) })
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
        let lock = try await RenewalLock(path: path, limit: Self.lockLimit, clock: settings.clock)
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
            guard let expires = old.entry.expires, expires > settings.now(), !settings.isRejected(old.secret) else {
                throw error
            }
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
        guard !settings.isRejected(credential.secret) else { return false }
        guard let expires = credential.entry.expires else { return true }
        return expires.timeIntervalSince(settings.now()) > settings.skew
    }
}
