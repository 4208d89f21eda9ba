internal import Synchronization

/// Whether the gateway's time to stop is over; requests that are cancelled from then on were not left by their callers.
final class StopMark: Sendable {
    private let mark = Atomic<Bool>(false)

    var isSet: Bool { mark.load(ordering: .acquiring) }

    func set() { mark.store(true, ordering: .releasing) }
}
