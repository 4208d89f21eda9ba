internal import TransportKit

/// One reader's place among all: its queue, and the reader while it waits.
final class EventSubscription: Sendable {
    private struct State {
        var queue: EventQueue
        var beginning: [UInt8]
        var waiter: CheckedContinuation<Void, Never>?
        var isCancelled = false
    }

    /// Its number among the readers.
    let number: Int
    private let state: Locked<State>
    private let now: @Sendable () -> Duration
    private let leave: @Sendable (Int) -> Void

    /// Makes a subscription.
    ///
    /// - Parameters:
    ///   - number: Its number among the readers.
    ///   - queue: Its queue.
    ///   - beginning: What it is sent before the events to come.
    ///   - now: The time.
    ///   - leave: Is told once when it reads no more.
    init(
        _ number: Int,
        _ queue: EventQueue,
        beginning: [UInt8],
        now: @escaping @Sendable () -> Duration,
        leave: @escaping @Sendable (Int) -> Void
    ) {
        self.number = number
        self.now = now
        self.leave = leave
        state = Locked(State(queue: queue, beginning: beginning))
    }

    /// Adds events, and a comment if there was nothing for long.
    ///
    /// - Returns: How many events were dropped.
    func offer(_ events: [GatewayEvent], lost: Int = 0, beatingAt time: Duration? = nil) -> Int {
        var waiter: CheckedContinuation<Void, Never>?
        let dropped = state.withLock { state in
            let dropped = state.queue.offer(events, lost: lost)
            if let time { state.queue.keepAlive(at: time) }
            if state.queue.hasNews { waiter = state.waiter.take() }
            return dropped
        }
        waiter?.resume()
        return dropped
    }

    /// Ends it when what is in its queue was read.
    func close() {
        let waiter = state.withLock { state in
            state.queue.close()
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// All that is there, as soon as there is something; `nil` at the end, and when it was cancelled.
    func next() async -> [UInt8]? {
        while true {
            let now = now()
            let taken: EventQueue.Taken = state.withLock { state in
                if state.isCancelled { return .end }
                guard state.beginning.isEmpty else {
                    defer { state.beginning = [] }
                    return .bytes(state.beginning)
                }
                return state.queue.take(at: now)
            }
            switch taken {
            case .bytes(let bytes): return bytes
            case .end: return nil
            case .nothing: await wait()
            }
        }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if state.isCancelled || state.queue.hasNews { return true }
                    state.waiter = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            cancel()
        }
    }

    /// Its reader has gone.
    func cancel() {
        let (isFirst, waiter) = state.withLock { state in
            defer { state.isCancelled = true }
            return (!state.isCancelled, state.waiter.take())
        }
        waiter?.resume()
        if isFirst { leave(number) }
    }
}

/// The events on their way to one caller.
final class EventStreamSource: GatewayStream.Source {
    private let subscription: EventSubscription
    private let exchange: Exchange

    init(_ subscription: EventSubscription, exchange: Exchange) {
        self.subscription = subscription
        self.exchange = exchange
    }

    // A stream that nobody reads to its end.
    deinit {
        subscription.cancel()
    }

    func next() async -> [UInt8]? {
        guard let bytes = await subscription.next() else {
            if Task.isCancelled { exchange.giveUp() } else { exchange.finish(.completed) }
            return nil
        }
        exchange.sent(bytes.count)
        return bytes
    }

    func cancel() {
        subscription.cancel()
        exchange.giveUp()
    }
}
