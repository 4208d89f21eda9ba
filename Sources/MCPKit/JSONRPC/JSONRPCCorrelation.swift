/// Which answer belongs to whom: the requests of one side that wait for their answers.
///
/// It is pure. Ids are integers that count up and are never used again, so an answer that comes too late can be told from one that
/// nobody asked for.
package struct JSONRPCCorrelation<Waiter> {
    /// What an answer turned out to be.
    package enum Settlement {
        /// The answer to a request that waits.
        case answered(Waiter)
        /// The answer to a request that was given up, or a second answer.
        case late
        /// The answer to nothing that was ever asked.
        case unknown
    }

    /// How many requests may wait at once.
    package let limit: Int

    private var waiters: [Int: Waiter] = [:]
    private var lastID = 0

    /// Makes an empty table.
    ///
    /// - Parameter limit: How many requests may wait at once.
    package init(limit: Int) {
        self.limit = limit
    }

    /// How many requests wait.
    package var count: Int { waiters.count }

    /// Whether no further request may be begun.
    package var isFull: Bool { waiters.count >= limit }

    /// Begins a request.
    ///
    /// - Parameter waiter: Who waits for the answer.
    /// - Returns: The request's id; `nil` if too many wait already.
    package mutating func begin(_ waiter: Waiter) -> Int? {
        guard !isFull else { return nil }
        lastID += 1
        waiters[lastID] = waiter
        return lastID
    }

    /// Takes an answer.
    ///
    /// - Parameter id: The id that it carries.
    /// - Returns: What to do with it; whoever waited no longer does.
    package mutating func settle(_ id: JSONRPCID) -> Settlement {
        guard case .integer(let number) = id else { return .unknown }
        if let waiter = waiters.removeValue(forKey: number) { return .answered(waiter) }
        return number > 0 && number <= lastID ? .late : .unknown
    }

    /// Gives a request up.
    ///
    /// - Parameter id: Its id.
    /// - Returns: Who waited, if somebody still did.
    package mutating func abandon(_ id: Int) -> Waiter? {
        waiters.removeValue(forKey: id)
    }

    /// The ids of the requests that wait, in no order.
    package var numbers: [Int] { Array(waiters.keys) }

    /// Who waits for a request's answer.
    package subscript(_ id: Int) -> Waiter? { waiters[id] }

    /// Looks at all who wait, in no order.
    package func forEach(_ body: (Waiter) -> Void) {
        for waiter in waiters.values { body(waiter) }
    }

    /// Gives all requests up, the oldest first.
    package mutating func abandonAll() -> [Waiter] {
        defer { waiters.removeAll() }
        return waiters.sorted { $0.key < $1.key }.map(\.value)
    }
}

extension JSONRPCCorrelation: Sendable where Waiter: Sendable {}
extension JSONRPCCorrelation.Settlement: Sendable where Waiter: Sendable {}
