internal import Synchronization

/// The counters behind a client's statistics, shared by its loops.
final class TransferFigures: Sendable {
    let open = Atomic<Int>(0)
    /// Exchanges that hold a connection.
    let connected = Atomic<Int>(0)
    let inFlight = Atomic<Int>(0)
    let paused = Atomic<Int>(0)
    let created = Atomic<Int>(0)
    let reused = Atomic<Int>(0)

    var statistics: HTTPClient.Statistics {
        let open = open.load(ordering: .relaxed)
        return HTTPClient.Statistics(
            open: open,
            idle: max(0, open - connected.load(ordering: .relaxed)),
            inFlight: inFlight.load(ordering: .relaxed),
            paused: paused.load(ordering: .relaxed),
            created: created.load(ordering: .relaxed),
            reused: reused.load(ordering: .relaxed)
        )
    }
}
