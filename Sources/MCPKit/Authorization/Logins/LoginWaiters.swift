internal import TransportKit

/// Requests that wait for one login.
///
/// Each is expected before it waits, so that a login that ends at once is not missed.
final class LoginWaiters: Sendable {
    typealias Continuation = CheckedContinuation<Result<Void, MCPError>, Never>

    private enum Place: Sendable {
        case expected
        case waiting(Continuation)
        case over(Result<Void, MCPError>)
    }

    private static let left = Result<Void, MCPError>.failure(
        MCPError(.cancelled, "nobody waits for the login any more")
    )
    private let places = Locked<[Int: Place]>([:])

    func expect(_ id: Int) {
        places.withLock { $0[id] = .expected }
    }

    func wait(_ id: Int, _ continuation: Continuation) {
        let result: Result<Void, MCPError>? = places.withLock { places in
            if case .over(let result)? = places[id] {
                places[id] = nil
                return result
            }
            places[id] = .waiting(continuation)
            return nil
        }
        if let result { continuation.resume(returning: result) }
    }

    /// Somebody no longer waits.
    func leave(_ id: Int) {
        end(with: Self.left) { $0 == id }
    }

    /// The login has ended.
    func end(_ result: Result<Void, MCPError>) {
        end(with: result) { _ in true }
    }

    private func end(with result: Result<Void, MCPError>, _ isMeant: (Int) -> Bool) {
        let waiting = places.withLock { places in
            var waiting: [Continuation] = []
            for (id, place) in places where isMeant(id) {
                switch place {
                case .expected: places[id] = .over(result)
                case .waiting(let continuation):
                    places[id] = nil
                    waiting.append(continuation)
                case .over: break
                }
            }
            return waiting
        }
        for continuation in waiting { continuation.resume(returning: result) }
    }
}
