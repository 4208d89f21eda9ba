import TransportKit

/// A streamed answer that a test reads as far as it wants.
struct StreamedAnswer {
    let status: Int
    let fields: HTTPFields
    private(set) var bytes: [UInt8] = []
    /// Why the body broke off, if it did.
    private(set) var error: TransportError?
    private var iterator: HTTPBody.AsyncIterator
    private let body: HTTPBody

    init(_ response: HTTPResponse) {
        status = response.status
        fields = response.fields
        body = response.body
        iterator = response.body.makeAsyncIterator()
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Reads until a text has come so often; returns whether it has, and otherwise the body is over.
    @discardableResult
    mutating func read(until text: String, times: Int = 1) async -> Bool {
        let wanted = Array(text.utf8)
        var (found, place) = (0, 0)
        while true {
            // Byte by byte: a fast stream brings much between two looks.
            while found < times, place + wanted.count <= bytes.count {
                if bytes[place..<place + wanted.count].elementsEqual(wanted) { found += 1 }
                place += 1
            }
            if found >= times { return true }
            guard await readPiece() else { return false }
        }
    }

    /// Reads one piece; returns false at the end.
    @discardableResult
    mutating func readPiece() async -> Bool {
        do {
            guard let piece = try await iterator.next() else { return false }
            bytes += piece
            return true
        } catch {
            self.error = error
            return false
        }
    }

    /// Reads to the end.
    mutating func readToEnd() async {
        while await readPiece() {}
    }

    /// Leaves.
    func leave() {
        body.cancel()
    }

    /// The data of all events that have come.
    func events() throws -> [String] {
        var decoder = SSEDecoder()
        decoder.append(bytes)
        var events: [String] = []
        while let event = try decoder.next() { events.append(event.text) }
        return events
    }

    /// The events that are JSON.
    func chunks() throws -> [JSONValue] {
        try events().filter { $0 != "[DONE]" }.map { try JSONValue(parsing: $0) }
    }

    /// What the model said.
    func content() throws -> String {
        try chunks().compactMap { $0["choices"]?.array?.first?["delta"]?["content"]?.string }.joined()
    }

    /// The reasons for the end that came.
    func finishReasons() throws -> [String] {
        try chunks().compactMap { $0["choices"]?.array?.first?["finish_reason"]?.string }
    }
}
