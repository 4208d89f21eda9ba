internal import TransportKit

/// Reads requests out of a connection's bytes (RFC 9112): a pure state machine.
///
/// It is strict where a client of ours could be wrong, and bounded.
struct RequestParser {
    struct Request: Equatable {
        var method: String
        var target: String
        var fields: HTTPFields
        var body: [UInt8]
    }

    enum Event: Equatable {
        /// The head is whole and asks to be told to go on (`Expect: 100-continue`).
        case expectsContinue
        /// A request is whole.
        case request(Request)
        /// What came is no request; nothing further is read.
        case failure(String)
    }

    private enum State: Equatable {
        case head
        case body(Request, remaining: Int)
        case chunkSize(Request)
        case chunk(Request, remaining: Int)
        case chunkEnd(Request)
        case trailers(Request)
        case failed
    }

    static let maximumHead = 256 * 1024
    static let maximumBody = 64 * 1024 * 1024

    private var state = State.head
    private var buffer: [UInt8] = []
    private var position = 0

    /// Takes bytes in and tells what they complete.
    mutating func consume(_ bytes: some Collection<UInt8>) -> [Event] {
        buffer.append(contentsOf: bytes)
        var events: [Event] = []
        while let more = step(&events), more {}
        buffer.removeFirst(position)
        position = 0
        return events
    }

    /// Returns whether another step may be possible; `nil` when bytes are missing.
    private mutating func step(_ events: inout [Event]) -> Bool? {
        // Moved out and in again, so that a growing body is not copied at each piece.
        let state = self.state
        self.state = .failed
        switch state {
        case .head: return readHead(&events)
        case .body(let request, let remaining): return readBody(request, remaining, &events)
        case .chunkSize(let request): return readChunkSize(request, &events)
        case .chunk(let request, let remaining): return readChunk(request, remaining)
        case .chunkEnd(let request):
            guard let line = takeLine() else { return wait(.chunkEnd(request)) }
            guard line.isEmpty else { return fail("a chunk does not end with a line end", &events) }
            self.state = .chunkSize(request)
            return true
        case .trailers(let request):
            guard let line = takeLine() else { return wait(.trailers(request)) }
            if line.isEmpty { return finish(request, &events) }
            self.state = .trailers(request)
            return true
        case .failed:
            position = buffer.count
            return nil
        }
    }

    private mutating func wait(_ state: State) -> Bool? {
        self.state = state
        return nil
    }

    private mutating func fail(_ reason: String, _ events: inout [Event]) -> Bool? {
        state = .failed
        events.append(.failure(reason))
        return nil
    }

    private mutating func finish(_ request: Request, _ events: inout [Event]) -> Bool? {
        state = .head
        events.append(.request(request))
        return true
    }

    // MARK: Head

    private mutating func readHead(_ events: inout [Event]) -> Bool? {
        // RFC 9112 §2.2: empty lines before a request line are passed over.
        while buffer[position...].starts(with: [13, 10]) { position += 2 }
        guard let end = endOfHead() else {
            guard buffer.count - position <= Self.maximumHead else { return fail("the head is too large", &events) }
            return wait(.head)
        }
        let head = String(decoding: buffer[position..<end], as: UTF8.self)
        position = end + 4
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
        let start = lines[0].split(separator: " ", omittingEmptySubsequences: false)
        guard start.count == 3, start[2] == "HTTP/1.1" || start[2] == "HTTP/1.0" else {
            return fail("not a request line of HTTP/1.1", &events)
        }
        var request = Request(method: String(start[0]), target: String(start[1]), fields: [:], body: [])
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else {
                return fail("a header field has no name", &events)
            }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            let end = value.lastIndex { $0 != " " && $0 != "\t" }
            request.fields.append(String(line[..<colon]), end.map { String(value[...$0]) } ?? "")
        }
        return beginBody(request, &events)
    }

    private func endOfHead() -> Int? {
        guard buffer.count - position >= 4 else { return nil }
        return (position...(buffer.count - 4)).first { place in
            buffer[place] == 13 && buffer[place + 1] == 10 && buffer[place + 2] == 13 && buffer[place + 3] == 10
        }
    }

    private mutating func beginBody(_ request: Request, _ events: inout [Event]) -> Bool? {
        let expectsContinue = request.fields["Expect"]?.lowercased() == "100-continue"
        let lengths = request.fields.values("Content-Length")
        if let encoding = request.fields["Transfer-Encoding"] {
            guard encoding.lowercased() == "chunked", lengths.isEmpty else {
                return fail("the body's length is not told in one way", &events)
            }
            state = .chunkSize(request)
        } else if let length = lengths.first {
            guard lengths.count == 1, let length = Int(length), (0...Self.maximumBody).contains(length) else {
                return fail("Content-Length is no number that is accepted", &events)
            }
            if length == 0 { return finish(request, &events) }
            state = .body(request, remaining: length)
        } else {
            return finish(request, &events)
        }
        if expectsContinue, buffer.count == position { events.append(.expectsContinue) }
        return true
    }

    // MARK: Body

    private mutating func readBody(_ request: Request, _ remaining: Int, _ events: inout [Event]) -> Bool? {
        var request = request
        let count = take(remaining, into: &request)
        if count == remaining { return finish(request, &events) }
        return wait(.body(request, remaining: remaining - count))
    }

    private mutating func readChunkSize(_ request: Request, _ events: inout [Event]) -> Bool? {
        guard let line = takeLine() else { return wait(.chunkSize(request)) }
        let digits = line.prefix { $0 != UInt8(ascii: ";") }
        guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0,
            size <= Self.maximumBody - request.body.count
        else { return fail("a chunk's size is no number that is accepted", &events) }
        state = size == 0 ? .trailers(request) : .chunk(request, remaining: size)
        return true
    }

    private mutating func readChunk(_ request: Request, _ remaining: Int) -> Bool? {
        var request = request
        let count = take(remaining, into: &request)
        guard count == remaining else { return wait(.chunk(request, remaining: remaining - count)) }
        state = .chunkEnd(request)
        return true
    }

    private mutating func take(_ wanted: Int, into request: inout Request) -> Int {
        let count = min(wanted, buffer.count - position)
        request.body.append(contentsOf: buffer[position..<(position + count)])
        position += count
        return count
    }

    private mutating func takeLine() -> [UInt8]? {
        guard let end = buffer[position...].firstIndex(of: 10), end > position, buffer[end - 1] == 13 else {
            return nil
        }
        defer { position = end + 1 }
        return Array(buffer[position..<(end - 1)])
    }
}
