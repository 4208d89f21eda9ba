internal import Synchronization

/// What happens on one loop, for any thread to read.
final class LoopCounters: Sendable {
    /// Connections that are open.
    let connections = Atomic<Int>(0)
    /// Connections that have been accepted.
    let accepted = Atomic<Int>(0)
    /// Requests that the responder has.
    let requestsInFlight = Atomic<Int>(0)
    /// Requests and connections that the server turned away itself.
    let refused = Atomic<Int>(0)
}
