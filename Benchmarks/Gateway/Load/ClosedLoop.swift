import TransportKit

/// As many requests as the server answers, one at a time on each connection.
final class ClosedLoop {
    private let loop: EventLoop
    private let request: Request
    private let end: UInt64
    private let done: (Result<Int, TransportError>) -> Void
    private var connections: [LoadConnection] = []
    private var busy = 0
    private var answered = 0

    init(
        _ request: Request,
        connections count: Int,
        duration: Duration,
        _ loop: EventLoop,
        _ done: @escaping (Result<Int, TransportError>) -> Void
    ) throws(TransportError) {
        self.loop = loop
        self.request = request
        self.done = done
        end = monotonicNanoseconds() + UInt64(duration / .nanoseconds(1))
        let buffer = SharedBuffer()
        do {
            for _ in 0..<count {
                connections.append(
                    try LoadConnection(to: request.address, on: loop, buffer: buffer) { [unowned self] in
                        handle($0, $1)
                    }
                )
            }
        } catch {
            for connection in connections { connection.close() }
            throw error
        }
        busy = count
        for connection in connections { connection.send(request.bytes, intended: 0) }
    }

    private func handle(_ connection: LoadConnection, _ progress: LoadConnection.Progress) {
        switch progress {
        case .more: break
        case .failed(let error): finish(.failure(error))
        case .answered:
            answered += 1
            if monotonicNanoseconds() < end { return connection.send(request.bytes, intended: 0) }
            // Every request that the server has worked on is counted.
            busy -= 1
            if busy == 0 { finish(.success(answered)) }
        }
    }

    private func finish(_ result: Result<Int, TransportError>) {
        for connection in connections { connection.close() }
        done(result)
    }
}
