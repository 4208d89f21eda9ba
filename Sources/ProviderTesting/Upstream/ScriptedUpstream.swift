internal import Glibc
internal import Synchronization
public import TransportKit

/// An HTTP server on this machine that answers as a test says, and records what it received.
///
/// It speaks the dialects of OpenAI, Anthropic and Ollama, streamed and not, makes every fault that a network or a
/// provider can make, and sees when its peer leaves:
///
/// ```swift
/// try await ScriptedUpstream.run(.text("Hello"), .error(503)) { upstream in
///     let client = MyClient(baseURL: upstream.baseURL(for: .openAI))
///     let answer = try await client.ask("Hi")
///     #expect(answer == "Hello")
///     #expect(upstream.requests[0].json?["stream"] == false)
/// }
/// ```
///
/// It has an event loop of its own, so a test that runs on one cannot stand in its way.
public final class ScriptedUpstream: Sendable {
    /// Where an upstream listens.
    @nonexhaustive
    public enum Listener: Sendable, Hashable {
        /// A free TCP port of 127.0.0.1.
        case loopback
        /// A TCP port of 127.0.0.1, where another upstream may have listened before: one that died comes back.
        case port(Int)
        /// A Unix socket in a directory of its own, removed at the end.
        case unixSocket
    }

    private let group: EventLoopGroup
    private let server: LoopBound<UpstreamServer>
    private let log: Observed<UpstreamLog>
    private let time: @Sendable () -> Duration
    private let directory: String?

    /// The TCP port, or 0 for a Unix socket.
    public let port: Int
    /// The Unix socket's path, or `nil` over TCP.
    public let socketPath: String?

    /// Starts an upstream that answers by a closure.
    ///
    /// - Parameters:
    ///   - listener: Where it listens.
    ///   - clock: What its pauses and times are measured with.
    ///   - sendBuffer: The size of the kernel's buffer for what it sends; small for tests of slow readers.
    ///   - answer: Gives the answer to each request; it runs on the upstream's loop and must not block.
    /// - Throws: `TransportError`, if it cannot listen.
    public init(
        listening listener: Listener = .loopback,
        clock: any Clock<Duration> = ContinuousClock(),
        sendBuffer: Int? = nil,
        answer: @escaping @Sendable (RecordedRequest) -> UpstreamAnswer
    ) async throws(TransportError) {
        let descriptor: Int32
        switch listener {
        case .loopback, .port:
            var wanted = 0
            if case .port(let port) = listener { wanted = port }
            let listening = try UpstreamSocket.listenOnLoopback(port: UInt16(clamping: wanted))
            descriptor = listening.descriptor
            port = Int(listening.port)
            socketPath = nil
            directory = nil
        case .unixSocket:
            let directory = try Self.makeDirectory()
            let path = "\(directory)/upstream.sock"
            descriptor = try UpstreamSocket.listen(at: path)
            port = 0
            socketPath = path
            self.directory = directory
        }
        group = EventLoopGroup(count: 1, clock: clock)
        log = Observed(UpstreamLog())
        time = Self.stopwatch(clock)
        let loop = group.loops[0]
        server = LoopBound(
            UpstreamServer(
                loop: loop,
                log: log,
                descriptor: descriptor,
                sendBuffer: sendBuffer,
                time: time,
                answer: answer
            ),
            loop
        )
        let server = server
        let failure: TransportError? = await loop.run {
            do throws(TransportError) {
                try server.value.start()
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    /// Starts an upstream that gives answers in order, one to each request.
    ///
    /// A request for the list of models takes none of them: it gets `models`. A request too many gets a 500 that says so.
    ///
    /// - Parameters:
    ///   - answers: The answers.
    ///   - models: The names of the models.
    ///   - listener: Where it listens.
    ///   - clock: What its pauses and times are measured with.
    /// - Throws: `TransportError`, if it cannot listen.
    public convenience init(
        _ answers: [UpstreamAnswer],
        models: [String] = ["test-model"],
        listening listener: Listener = .loopback,
        clock: any Clock<Duration> = ContinuousClock()
    ) async throws(TransportError) {
        let taken = TakenCount()
        try await self.init(listening: listener, clock: clock) { request in
            if request.isModelListing { return .models(models) }
            let place = taken.next()
            guard place < answers.count else {
                return .error(500, message: "the script has \(answers.count) answers, this is request \(place + 1)")
            }
            return answers[place]
        }
    }

    deinit {
        let server = server
        server.loop.execute { server.value.close() }
        removeDirectory()
    }

    /// Runs a test with an upstream that gives answers in order, and shuts it down afterwards.
    ///
    /// - Parameters:
    ///   - answers: The answers, one to each request.
    ///   - listener: Where it listens.
    ///   - clock: What its pauses and times are measured with.
    ///   - body: The test.
    /// - Returns: What the test returns.
    /// - Throws: `TransportError`, if it cannot listen, and what the test throws.
    public static func run<Result>(
        _ answers: UpstreamAnswer...,
        listening listener: Listener = .loopback,
        clock: any Clock<Duration> = ContinuousClock(),
        body: (ScriptedUpstream) async throws -> Result
    ) async throws -> Result {
        let upstream = try await ScriptedUpstream(answers, listening: listener, clock: clock)
        return try await upstream.runAndShutDown(body)
    }

    /// Runs a test with an upstream that answers by a closure, and shuts it down afterwards.
    ///
    /// - Parameters:
    ///   - listener: Where it listens.
    ///   - clock: What its pauses and times are measured with.
    ///   - answer: Gives the answer to each request; it runs on the upstream's loop and must not block.
    ///   - body: The test.
    /// - Returns: What the test returns.
    /// - Throws: `TransportError`, if it cannot listen, and what the test throws.
    public static func run<Result>(
        listening listener: Listener = .loopback,
        clock: any Clock<Duration> = ContinuousClock(),
        answer: @escaping @Sendable (RecordedRequest) -> UpstreamAnswer,
        body: (ScriptedUpstream) async throws -> Result
    ) async throws -> Result {
        let upstream = try await ScriptedUpstream(listening: listener, clock: clock, answer: answer)
        return try await upstream.runAndShutDown(body)
    }

    private func runAndShutDown<Result>(_ body: (ScriptedUpstream) async throws -> Result) async throws -> Result {
        do {
            let result = try await body(self)
            await shutdown()
            return result
        } catch {
            await shutdown()
            throw error
        }
    }

    /// Closes the listener and all connections, and ends the loop.
    public func shutdown() async {
        let server = server
        await server.loop.run { server.value.close() }
        await group.shutdown()
        removeDirectory()
    }

    // MARK: Where it is

    /// The base URL for clients of a dialect: what a configuration's `base_url` takes.
    ///
    /// - Parameter dialect: The dialect.
    /// - Returns: For example `http://127.0.0.1:41234/v1`, or `unix:/tmp/…/upstream.sock:/v1`.
    public func baseURL(for dialect: WireDialect) -> String {
        guard let socketPath else { return "http://127.0.0.1:\(port)\(dialect.basePath)" }
        return "unix:\(socketPath)\(dialect.basePath.isEmpty ? "" : ":\(dialect.basePath)")"
    }

    /// The same as an endpoint, for providers that are made in code.
    ///
    /// - Parameter dialect: The dialect.
    /// - Returns: The endpoint.
    /// - Throws: `TransportError`, if the socket's path is none that an endpoint can name.
    public func endpoint(for dialect: WireDialect) throws(TransportError) -> Endpoint {
        try Endpoint(parsing: baseURL(for: dialect))
    }

    // MARK: Helpers

    private static func stopwatch<C: Clock<Duration>>(_ clock: C) -> @Sendable () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }

    private static func makeDirectory() throws(TransportError) -> String {
        var template = Array("/tmp/plex-upstream-XXXXXX".utf8CString)
        let isMade = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.map { unsafe mkdtemp($0) != nil } ?? false
        }
        guard isMade else { throw TransportError(.other, "cannot make a directory for the socket: error \(errno)") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func removeDirectory() {
        guard let directory, let socketPath else { return }
        unsafe unlink(socketPath)
        unsafe rmdir(directory)
    }

    private final class TakenCount: Sendable {
        private let count = Atomic<Int>(0)
        func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).oldValue }
    }
}

// MARK: What it saw

extension ScriptedUpstream {
    /// The requests that came, in order.
    public var requests: [RecordedRequest] { log.current.exchanges.map(\.request) }

    /// How many connections were accepted.
    public var connectionsAccepted: Int { log.current.connectionsAccepted }

    /// How many connections are open.
    public var connectionsOpen: Int { log.current.connectionsOpen }

    /// What came that was no request; empty unless the client is wrong.
    public var malformedInput: [String] { log.current.malformed }

    /// The time on the upstream's clock since it began, comparable with the times that it records.
    public var elapsed: Duration { time() }

    /// Suspends until a request has come whole.
    ///
    /// - Parameter index: The request's place, from 0.
    /// - Returns: The request.
    /// - Throws: `CancellationError` when the calling task is cancelled.
    public func request(_ index: Int) async throws(CancellationError) -> RecordedRequest {
        try await log.first { $0.exchanges.indices.contains(index) ? $0.exchanges[index].request : nil }
    }

    /// Suspends until the connection of a request has ended.
    ///
    /// - Parameter index: The request's place, from 0; it may come later.
    /// - Returns: When and how the peer left, or `nil` if the upstream itself ended the connection.
    /// - Throws: `CancellationError` when the calling task is cancelled.
    public func peerLeft(request index: Int) async throws(CancellationError) -> PeerDeparture? {
        try await log.first { log -> PeerDeparture?? in
            guard log.exchanges.indices.contains(index) else { return log.isShutDown ? .some(nil) : nil }
            return log.exchanges[index].departure
        }
    }

    /// Suspends until the kernel takes no more bytes of an answer, because the peer does not read.
    ///
    /// - Parameter index: The request's place, from 0.
    /// - Returns: How many bytes had been written then; a few more may follow.
    /// - Throws: `CancellationError` when the calling task is cancelled.
    public func writeBlocked(request index: Int) async throws(CancellationError) -> Int {
        try await log.first { log in
            guard log.exchanges.indices.contains(index), log.exchanges[index].isBlocked else { return nil }
            return log.exchanges[index].bytesWritten
        }
    }

    /// How many bytes of an answer have been written.
    ///
    /// - Parameter index: The request's place, from 0.
    /// - Returns: Bytes on the wire, head included; 0 if there is no such request.
    public func bytesWritten(request index: Int) -> Int {
        let exchanges = log.current.exchanges
        return exchanges.indices.contains(index) ? exchanges[index].bytesWritten : 0
    }
}
