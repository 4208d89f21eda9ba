import ProviderKit
import TransportKit

/// A transport without a network: it gives one prepared answer and keeps what was sent.
final class FakeTransport: HTTPTransport {
    enum Ending: Sendable {
        case end
        case failure(TransportError)
        /// Nothing more comes until the reader is cancelled.
        case stall
    }

    private let status: Int
    private let fields: HTTPFields
    private let error: TransportError?
    let body: FakeBody
    private let sentRequests = Locked<[HTTPRequest]>([])

    init(
        status: Int = 200,
        fields: HTTPFields = ["content-type": "application/json"],
        pieces: [[UInt8]] = [],
        ending: Ending = .end,
        error: TransportError? = nil
    ) {
        self.status = status
        self.fields = fields
        self.error = error
        body = FakeBody(pieces, ending: ending)
    }

    convenience init(status: Int = 200, fields: HTTPFields = ["content-type": "application/json"], text: String) {
        self.init(status: status, fields: fields, pieces: text.isEmpty ? [] : [Array(text.utf8)])
    }

    convenience init(stream text: String, ending: Ending = .end) {
        let pieces = text.isEmpty ? [] : [Array(text.utf8)]
        self.init(
            fields: ["content-type": "text/event-stream", "x-request-id": "req-9"],
            pieces: pieces,
            ending: ending
        )
    }

    var sent: [HTTPRequest] { sentRequests.withLock { $0 } }

    var sentBody: JSONValue? {
        guard case .bytes(let bytes)? = sent.last?.body else { return nil }
        return try? JSONValue(parsing: bytes)
    }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        sentRequests.withLock { $0.append(request) }
        if let error { throw error }
        return HTTPResponse(status: status, fields: fields, body: HTTPBody(source: body))
    }
}

/// Gives prepared pieces, and counts what is taken of it.
final class FakeBody: HTTPBody.Source {
    private struct State {
        var pieces: ArraySlice<[UInt8]>
        var isCancelled = false
        var reads = 0
    }

    private let state: Locked<State>
    private let ending: FakeTransport.Ending

    init(_ pieces: [[UInt8]], ending: FakeTransport.Ending) {
        state = Locked(State(pieces: pieces[...]))
        self.ending = ending
    }

    var isCancelled: Bool { state.withLock { $0.isCancelled } }
    var reads: Int { state.withLock { $0.reads } }

    func next() async throws(TransportError) -> [UInt8]? {
        let piece = state.withLock { state in
            state.reads += 1
            return state.pieces.popFirst()
        }
        if let piece { return piece }
        switch ending {
        case .end: return nil
        case .failure(let error): throw error
        case .stall:
            // Ends only by cancellation.
            let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
            for await _ in stream {}
            withExtendedLifetime(continuation) {}
            throw TransportError(.cancelled, "cancelled")
        }
    }

    func cancel() {
        state.withLock { $0.isCancelled = true }
    }
}

extension OpenAIProvider {
    static func make(
        _ transport: FakeTransport,
        base: String = "https://llm.example.com/v1",
        key: String? = nil,
        preset: OpenAIPreset? = nil,
        apiVersion: String? = nil,
        change: (inout ProviderConfiguration) -> Void = { _ in }
    ) throws -> OpenAIProvider {
        var configuration = ProviderConfiguration(
            id: "p",
            endpoint: try Endpoint(parsing: base),
            apiKey: key.map { Secret($0) }
        )
        change(&configuration)
        return OpenAIProvider(
            configuration: configuration,
            preset: preset,
            apiVersion: apiVersion,
            transport: transport
        )
    }
}

extension ChatStream {
    /// All events, and the error at which they ended, if one ended them.
    func outcome() async -> (events: [ChatEvent], error: PlexError?) {
        var events: [ChatEvent] = []
        var iterator = makeAsyncIterator()
        do {
            while let event = try await iterator.next() {
                events.append(event)
            }
            return (events, nil)
        } catch {
            return (events, error)
        }
    }
}
