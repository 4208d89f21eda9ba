internal import ProviderKit
internal import TransportKit

/// A request that is read when somebody wants to know what it says, and then only once.
final class Reading<Value: Sendable>: Sendable {
    private let read: @Sendable () throws(PlexError) -> Value
    private let outcome = Locked<Result<Value, PlexError>?>(nil)

    init(_ read: @escaping @Sendable () throws(PlexError) -> Value) {
        self.read = read
    }

    /// What it says.
    ///
    /// - Throws: `PlexError`, if it cannot be read; the same every time.
    func value() throws(PlexError) -> Value {
        if let outcome = outcome.withLock({ $0 }) { return try outcome.get() }
        let outcome: Result<Value, PlexError>
        do {
            outcome = .success(try read())
        } catch {
            outcome = .failure(error)
        }
        self.outcome.withLock { $0 = outcome }
        return try outcome.get()
    }
}
