import TransportKit

@testable import GatewayKit

/// Answers by the path: `/echo`, `/wait` (until cancelled), `/stream`, and the rest by a closure.
final class TestResponder: HTTPResponder {
    /// What happened, in order, for tests to wait for.
    let events: Events
    let stream: PieceSource
    private let custom: @Sendable (GatewayRequest) async -> GatewayResponse?
    let requests = Locked<[GatewayRequest]>([])

    init(
        stream: PieceSource = PieceSource(),
        custom: @escaping @Sendable (GatewayRequest) async -> GatewayResponse? = { _ in nil }
    ) {
        self.stream = stream
        self.custom = custom
        events = stream.events
    }

    func respond(to request: GatewayRequest) async -> GatewayResponse {
        requests.withLock { $0.append(request) }
        events.add("request \(request.path)")
        if let response = await custom(request) { return response }
        switch request.path {
        case "/wait":
            await withTaskCancellationHandler {
                await stream.gate()
            } onCancel: {
                events.add("cancelled")
                stream.openGate()
            }
            return GatewayResponse(status: 200, body: .bytes(Array("late".utf8)))
        case "/stream":
            return GatewayResponse(
                status: 200,
                fields: ["Content-Type": "text/event-stream"],
                body: .stream(GatewayStream(source: stream, keepAlive: .serverSentEvents))
            )
        default:
            return GatewayResponse(
                status: 200,
                fields: ["Content-Type": "text/plain"],
                body: .bytes(Array("\(request.method) \(request.path) ".utf8) + request.body)
            )
        }
    }

    func cut() { events.add("cut") }

    func response(to refusal: HTTPRefusal) -> GatewayResponse {
        let (status, word) =
            switch refusal.reason {
            case .malformed(let text): (400, "malformed: \(text)")
            case .bodyTooLarge: (413, "body")
            case .headTooLarge: (431, "head")
            case .tooSlow: (408, "slow")
            case .full: (503, "full")
            case .stopping: (503, "stopping")
            }
        return GatewayResponse(
            status: status,
            fields: status == 503 ? ["Retry-After": "1"] : [:],
            body: .bytes(Array("{\"error\":\"\(word)\"}".utf8))
        )
    }
}

/// What happened, in order.
final class Events: Sendable {
    private struct State {
        var all: [String] = []
        var waiters: [(want: String, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Locked(State())

    var all: [String] { state.withLock { $0.all } }

    func add(_ event: String) {
        let woken = state.withLock { state in
            state.all.append(event)
            let woken = state.waiters.filter { $0.want == event }.map(\.continuation)
            state.waiters.removeAll { $0.want == event }
            return woken
        }
        for continuation in woken { continuation.resume() }
    }

    /// Waits until an event has happened.
    func wait(for event: String) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.all.contains(event) { return true }
                state.waiters.append((event, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }
}

/// A body whose pieces a test gives.
final class PieceSource: GatewayStream.Source {
    private struct State {
        var pieces: [[UInt8]] = []
        var isEnded = false
        var isGateOpen = false
        var waiters: [CheckedContinuation<Void, Never>] = []
        var asked = 0
        var lastWords: [UInt8]?
    }

    let events = Events()
    private let state = Locked(State())
    /// Makes the pieces instead of a test, where it is given.
    private let endless: (@Sendable (Int) -> [UInt8]?)?

    init(endless: (@Sendable (Int) -> [UInt8]?)? = nil) { self.endless = endless }

    /// How often a piece was asked for.
    var asked: Int { state.withLock { $0.asked } }

    func push(_ text: String) { change { $0.pieces.append(Array(text.utf8)) } }
    func end() { change { $0.isEnded = true } }
    /// Sets what is said when the task has been cancelled.
    func setLastWords(_ text: String) { change { $0.lastWords = Array(text.utf8) } }
    func openGate() { change { $0.isGateOpen = true } }

    func gate() async {
        while !state.withLock({ $0.isGateOpen }) { await waitForChange { $0.isGateOpen } }
    }

    func next() async -> [UInt8]? {
        let number = state.withLock { state in
            state.asked += 1
            return state.asked
        }
        if let endless { return Task.isCancelled ? nil : endless(number) }
        while true {
            if Task.isCancelled { return state.withLock { $0.lastWords.take() } }
            let (piece, isEnded) = state.withLock { state in
                (state.pieces.isEmpty ? nil : state.pieces.removeFirst(), state.isEnded)
            }
            if let piece { return piece }
            if isEnded { return nil }
            await withTaskCancellationHandler {
                await waitForChange { !$0.pieces.isEmpty || $0.isEnded }
            } onCancel: {
                change { _ in }
            }
        }
    }

    func cancel() { events.add("stream cancelled") }

    private func waitForChange(unless isReady: @Sendable (State) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if isReady(state) || Task.isCancelled { return true }
                state.waiters.append(continuation)
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let waiters = state.withLock { state in
            body(&state)
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
