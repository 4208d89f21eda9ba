import TransportKit

@testable import ProviderTesting

/// A transport that plays the answers of a scripted upstream on a manual clock: what providers write and read is real, and
/// there is neither a socket nor a wait.
final class ScriptedWire: HTTPTransport {
    private let clock: ManualClock
    private let answer: @Sendable (RecordedRequest) -> UpstreamAnswer
    private let recorded = Locked<[RecordedRequest]>([])

    init(clock: ManualClock, answer: @escaping @Sendable (RecordedRequest) -> UpstreamAnswer) {
        self.clock = clock
        self.answer = answer
    }

    var requests: [RecordedRequest] { recorded.withLock { $0 } }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let record = record(request)
        let wire = WireScript(answer(record).makeSteps(record))
        guard let (status, fields) = wire.head else {
            let end = wire.events.last { $0.isEnd } ?? .stall
            try await WireBody.end(end, phase: .firstByte, request.timeouts, clock)
            throw TransportError(.closed, "the connection was closed")
        }
        return HTTPResponse(
            status: status,
            fields: fields,
            body: HTTPBody(source: WireBody(wire.events, request.timeouts, clock))
        )
    }

    private func record(_ request: HTTPRequest) -> RecordedRequest {
        let target = request.url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).last ?? ""
        var body: [UInt8] = []
        if case .bytes(let bytes)? = request.body { body = bytes }
        return recorded.withLock { recorded in
            let record = RecordedRequest(
                index: recorded.count,
                connection: recorded.count,
                time: clock.now.offset,
                method: request.method,
                target: "/\(target)",
                fields: request.fields,
                body: body
            )
            recorded.append(record)
            return record
        }
    }
}

/// What a client makes of the bytes that an upstream writes: a head, and what happens behind it.
private struct WireScript {
    enum Event {
        case bytes([UInt8])
        case pause(Duration)
        case end
        case stall
        case fails(TransportError)

        var isEnd: Bool {
            switch self {
            case .bytes, .pause: false
            case .end, .stall, .fails: true
            }
        }
    }

    private(set) var head: (status: Int, fields: HTTPFields)?
    private(set) var events: [Event] = []
    private var buffer: [UInt8] = []
    /// The bytes that are still to come, if a length says so.
    private var rest: Int?

    init(_ steps: [UpstreamAnswer.Step]) {
        for step in steps where events.last?.isEnd != true {
            switch step {
            case .write(let bytes), .flood(let bytes):
                buffer += bytes
                read()
            case .pause(let time): events.append(.pause(time))
            case .stall, .wait: events.append(.stall)
            case .close: close()
            case .reset: events.append(.fails(TransportError(.closed, "the connection was reset")))
            }
        }
        if events.last?.isEnd != true { events.append(.stall) }
    }

    private mutating func close() {
        if head == nil, !buffer.isEmpty {
            events.append(.fails(TransportError(.protocolViolation, "this is not HTTP")))
        } else if head != nil, rest == nil, head?.fields["transfer-encoding"] == nil {
            events.append(.end)
        } else {
            events.append(.fails(TransportError(.closed, "the connection was closed")))
        }
    }

    private mutating func read() {
        if head == nil, !readHead() { return }
        if head?.fields["transfer-encoding"] != nil { return readChunks() }
        if let rest {
            let taken = min(rest, buffer.count)
            if taken > 0 { append(Array(buffer.prefix(taken))) }
            buffer.removeFirst(taken)
            self.rest = rest - taken
            if rest == taken { events.append(.end) }
        } else if !buffer.isEmpty {
            append(buffer)
            buffer = []
        }
    }

    /// Adds to the body, in pieces of some bytes: each costs a turn, and time goes on when nobody has had one for long.
    private mutating func append(_ bytes: [UInt8]) {
        if case .bytes(let before)? = events.last, before.count < 256 {
            events[events.count - 1] = .bytes(before + bytes)
        } else {
            events.append(.bytes(bytes))
        }
    }

    private mutating func readHead() -> Bool {
        guard let end = buffer.firstRange(of: Array("\r\n\r\n".utf8)) else { return false }
        let lines = String(decoding: buffer[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count > 1, words[0].hasPrefix("HTTP/"), let status = Int(words[1]) else { return false }
        var fields = HTTPFields()
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            fields[String(parts[0])] = String(parts[1].drop { $0 == " " })
        }
        buffer.removeSubrange(..<end.upperBound)
        head = (status, fields)
        rest = fields["content-length"].flatMap { Int($0) }
        return true
    }

    private mutating func readChunks() {
        while let line = buffer.firstRange(of: [13, 10]) {
            let size = String(decoding: buffer[..<line.lowerBound], as: UTF8.self)
            guard let count = Int(size, radix: 16) else {
                events.append(.fails(TransportError(.protocolViolation, "a chunk has no size")))
                return
            }
            guard buffer.count >= line.upperBound + count + 2 else { return }
            if count > 0 { append(Array(buffer[line.upperBound..<line.upperBound + count])) }
            buffer.removeSubrange(..<(line.upperBound + count + 2))
            if count == 0 {
                events.append(.end)
                return
            }
        }
    }
}

/// The body of a scripted answer.
private final class WireBody: HTTPBody.Source {
    private let events: Locked<ArraySlice<WireScript.Event>>
    private let timeouts: Timeouts
    private let clock: ManualClock

    init(_ events: [WireScript.Event], _ timeouts: Timeouts, _ clock: ManualClock) {
        self.events = Locked(events[...])
        self.timeouts = timeouts
        self.clock = clock
    }

    func next() async throws(TransportError) -> [UInt8]? {
        while true {
            // The end stays, for whoever asks again.
            let event = events.withLock { events in
                events.first?.isEnd == true ? events.first : events.popFirst()
            }
            switch event {
            case .bytes(let bytes)?: return bytes
            case .pause(let time)?: try await Self.sleep(time, clock)
            case let end:
                try await Self.end(end ?? .end, phase: .idle, timeouts, clock)
                return nil
            }
        }
    }

    func cancel() {}

    /// What the end of an exchange is for its reader, after the wait that it takes.
    static func end(
        _ event: WireScript.Event,
        phase: Timeouts.Phase,
        _ timeouts: Timeouts,
        _ clock: ManualClock
    ) async throws(TransportError) {
        switch event {
        case .fails(let error): throw error
        case .stall:
            let limit = (phase == .idle ? timeouts.idle : timeouts.firstByte) ?? timeouts.total ?? .seconds(600)
            try await sleep(limit, clock)
            throw TransportError(.timeout(phase), "nothing came for \(limit)")
        case .bytes, .pause, .end: break
        }
    }

    private static func sleep(_ time: Duration, _ clock: ManualClock) async throws(TransportError) {
        do {
            try await clock.sleep(for: time)
        } catch {
            throw TransportError(.cancelled, "cancelled")
        }
    }
}
