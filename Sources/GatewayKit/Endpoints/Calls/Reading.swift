internal import ProviderKit
internal import TransportKit

/// A request that is read when somebody wants to know what it says, and then only once.
final class Reading<Value: Sendable>: Sendable {
    private let read: @Sendable () throws(PlexError) -> Value
    private let outcome = Locked<(any Outcome)?>(nil)

    init(_ read: @escaping @Sendable () throws(PlexError) -> Value) {
        self.read = read
    }

    /// What it says.
    ///
    /// - Throws: `PlexError`, if it cannot be read; the same every time.
    func value() throws(PlexError) -> Value {
        if let known = outcome.withLock({ $0 }) as? Known<Value> { return try known.result.get() }
        let result: Result<Value, PlexError>
        do {
            result = .success(try read())
        } catch {
            result = .failure(error)
        }
        outcome.withLock { $0 = Known(result) }
        return try result.get()
    }
}

// Most requests are never read, and nothing is cheaper to carry along and drop than no object of no type.
private protocol Outcome: AnyObject, Sendable {}

private final class Known<Value: Sendable>: Outcome {
    let result: Result<Value, PlexError>

    init(_ result: Result<Value, PlexError>) {
        self.result = result
    }
}
