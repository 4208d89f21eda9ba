public import FoundationEssentials
public import TransportKit

/// A credential that is had for another one, and kept in memory until it ends.
///
/// Of several callers one makes the exchange. A subject that has changed is exchanged anew.
public actor ExchangedCredential: CredentialSource {
    /// Exchanges a subject.
    public typealias Exchange = @Sendable (_ subject: Secret) async throws(CredentialError) -> RenewedCredential

    private typealias Outcome = Result<RenewedCredential, CredentialError>

    private let subject: any CredentialSource
    private let skew: TimeInterval
    private let now: @Sendable () -> Date
    private let exchange: Exchange
    // By the subject's hash, so that the subject itself is not kept here too.
    private var held: (subject: [UInt8], credential: RenewedCredential)?
    private var running: (subject: [UInt8], number: Int, task: Task<Outcome, Never>)?
    private var exchanges = 0

    /// Makes a source.
    ///
    /// - Parameters:
    ///   - subject: What is exchanged.
    ///   - skew: How many seconds before its end the result is had anew.
    ///   - exchange: What exchanges it.
    public init(of subject: any CredentialSource, skew: TimeInterval = 30, exchange: @escaping Exchange) {
        self.init(of: subject, skew: skew, now: { Date() }, exchange: exchange)
    }

    package init(
        of subject: any CredentialSource,
        skew: TimeInterval,
        now: @escaping @Sendable () -> Date,
        exchange: @escaping Exchange
    ) {
        self.subject = subject
        self.skew = skew
        self.now = now
        self.exchange = exchange
    }

    deinit {
        running?.task.cancel()
    }

    /// The result as it is valid now.
    ///
    /// - Returns: The credential.
    /// - Throws: `CredentialError`, if the subject is missing or the exchange fails.
    public func credential() async throws(CredentialError) -> Secret {
        let subject = try await subject.credential()
        let mark = Digest.sha256(subject.withBytes { bytes in bytes.indices.map { bytes[$0] } })
        if let held, held.subject == mark, isFresh(held.credential) { return held.credential.secret }
        let running = running.flatMap { $0.subject == mark ? $0 : nil } ?? begin(subject, mark)
        let outcome = await running.task.value
        if self.running?.number == running.number { self.running = nil }
        let credential = try outcome.get()
        held = (mark, credential)
        return credential.secret
    }

    /// Forgets a result that a server refused, so that the next caller has another one.
    public func discard(_ credential: Secret) async {
        if held?.credential.secret == credential { held = nil }
    }

    private func isFresh(_ credential: RenewedCredential) -> Bool {
        guard let expires = credential.expires else { return true }
        return expires.timeIntervalSince(now()) > skew
    }

    private func begin(_ subject: Secret, _ mark: [UInt8]) -> (
        subject: [UInt8], number: Int, task: Task<Outcome, Never>
    ) {
        exchanges += 1
        // Owned by the source, which cancels it when it goes.
        let task = Task { [exchange] in await Self.outcome(exchange, subject) }
        let begun = (subject: mark, number: exchanges, task: task)
        running = begun
        return begun
    }

    private static func outcome(_ exchange: Exchange, _ subject: Secret) async -> Outcome {
        do throws(CredentialError) {
            return .success(try await exchange(subject))
        } catch {
            return .failure(error)
        }
    }
}
