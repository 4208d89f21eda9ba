import TransportKit

/// Makes load, on a thread of its own.
final class LoadTool: Sendable {
    private let group = EventLoopGroup(count: 1)
    var loop: EventLoop { group.loops[0] }

    func shutdown() async {
        await group.shutdown()
    }

    /// Sends requests at a constant rate, whatever the server does, and measures each from when it was to be sent: a
    /// request that had to wait for a free connection counts with its wait.
    func openLoop(
        _ request: Request,
        rate: Int,
        connections: Int,
        for duration: Duration
    ) async throws -> Histogram {
        try await run { loop, done throws(TransportError) in
            try OpenLoop(request, rate: rate, connections: connections, duration: duration, loop, done)
        }
    }

    /// Sends a request on each connection as soon as the one before is answered; returns how many were answered.
    func closedLoop(_ request: Request, connections: Int, for duration: Duration) async throws -> Int {
        try await run { loop, done throws(TransportError) in
            try ClosedLoop(request, connections: connections, duration: duration, loop, done)
        }
    }

    /// Opens streams and leaves them open; those that end begin again, after a pause of any length up to the longest.
    func streams(_ request: Request, count: Int, longestPause: Duration = .zero) async throws -> OpenStreams {
        try await run { loop, done throws(TransportError) in
            try StreamLoad(request, count: count, longestPause: longestPause, loop, done)
        }
    }

    private typealias Done<Value> = (Result<Value, TransportError>) -> Void

    /// Makes a load on the loop, keeps it until it is done, and returns what it came to.
    private func run<Value: Sendable>(
        _ make: @escaping @Sendable (EventLoop, @escaping Done<Value>) throws(TransportError) -> AnyObject
    ) async throws -> Value {
        let loop = loop
        return try await withCheckedThrowingContinuation { continuation in
            loop.execute {
                var load: AnyObject?
                var isDone = false
                let done: Done<Value> = { result in
                    guard !isDone else { return }
                    isDone = true
                    _ = load
                    load = nil
                    continuation.resume(with: result)
                }
                do throws(TransportError) {
                    load = try make(loop, done)
                } catch {
                    done(.failure(error))
                }
            }
        }
    }
}

/// A request as it goes over the wire, and where to.
struct Request: Sendable {
    let address: LocalAddress
    let bytes: [UInt8]

    /// A chat completion; about a kilobyte.
    init(to address: LocalAddress, path: String, model: String, isStreamed: Bool) {
        let body = Self.body(model: model, isStreamed: isStreamed)
        self.address = address
        bytes = Array(
            """
            POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
            Content-Length: \(body.utf8.count)\r\n\r\n\(body)
            """.utf8
        )
    }

    static func body(model: String, isStreamed: Bool) -> String {
        let question = String(repeating: "Why is the sky red in the evening? ", count: 22)
        return """
            {"model":"\(model)","messages":[{"role":"system","content":"You are a helpful assistant."},\
            {"role":"user","content":"\(question)"}],"temperature":0.2,"max_tokens":256,"stream":\(isStreamed)}
            """
    }
}
