internal import Synchronization

/// The bytes of requests' bodies that a server holds at one time, over all of its loops.
///
/// A limit for one body alone bounds nothing: each of thousands of connections can send most of a large one and wait.
final class BodyBudget: Sendable {
    private let limit: Atomic<Int>
    private let taken = Atomic<Int>(0)

    init(_ limits: HTTPLimits) {
        limit = Atomic(Self.limit(limits))
    }

    /// Takes what other limits allow from now on; what is held stays.
    func adopt(_ limits: HTTPLimits) {
        limit.store(Self.limit(limits), ordering: .relaxed)
    }

    private static func limit(_ limits: HTTPLimits) -> Int {
        // One body of the greatest size is always taken, even while another comes.
        let two = limits.bodyBytes > Int.max / 2 ? Int.max : limits.bodyBytes * 2
        return max(limits.totalBodyBytes, two)
    }

    /// Bytes that are held now.
    var used: Int { taken.load(ordering: .relaxed) }

    fileprivate func take(_ count: Int) -> Bool {
        let (before, _) = taken.wrappingAdd(count, ordering: .relaxed)
        if before <= limit.load(ordering: .relaxed) - count { return true }
        taken.wrappingSubtract(count, ordering: .relaxed)
        return false
    }

    fileprivate func giveBack(_ count: Int) {
        taken.wrappingSubtract(count, ordering: .relaxed)
    }
}

/// What one request's body takes of the budget; given back when nobody holds it any more, so exactly once.
final class BodyShare {
    private let budget: BodyBudget
    private var count = 0

    init(of budget: BodyBudget) { self.budget = budget }

    deinit { budget.giveBack(count) }

    /// Takes more; `false` if there is not as much.
    func take(_ more: Int) -> Bool {
        guard budget.take(more) else { return false }
        count += more
        return true
    }
}
