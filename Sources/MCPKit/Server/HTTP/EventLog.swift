internal import TransportKit

/// The events of one stream that wait to be read, and those that a reader who comes back may ask for again; pure.
struct EventLog: Sendable {
    private struct Event {
        var number: Int
        var bytes: [UInt8]
    }

    /// The stream's number in its session; `nil` if nobody can come back to it.
    let stream: Int?

    private var events: [Event] = []
    private var size = 0
    private var lastNumber = 0
    /// The number of the last event that was read.
    private var cursor = 0

    /// What is handed over at once, roughly.
    private static let chunk = 64 * 1024
    private static let countLimit = 256
    /// How long a client should wait before it comes back, in milliseconds.
    private static let retry = 1000

    init(stream: Int?) {
        self.stream = stream
    }

    /// How many bytes wait to be read.
    var unread: Int { events.reduce(0) { $1.number > cursor ? $0 + $1.bytes.count : $0 } }

    /// How many bytes are kept in all.
    var bytes: Int { size }

    /// Whether nothing was ever added.
    var isUnused: Bool { lastNumber == 0 }

    // MARK: Writing

    /// Adds a message.
    mutating func append(_ message: JSONRPCMessage) {
        var bytes: [UInt8] = []
        if let id = nextID {
            bytes.append(contentsOf: "id: \(id)\n".utf8)
            if isUnused { bytes.append(contentsOf: "retry: \(Self.retry)\n".utf8) }
        }
        bytes.append(contentsOf: "event: message\ndata: ".utf8)
        message.encode(into: &bytes)
        bytes.append(contentsOf: "\n\n".utf8)
        append(bytes)
    }

    /// Adds an event that says nothing, so that who loses the stream before the first message can come back to it.
    mutating func appendPriming() {
        guard let id = nextID else { return }
        append(Array("id: \(id)\nretry: \(Self.retry)\ndata: \n\n".utf8))
    }

    private mutating func append(_ bytes: [UInt8]) {
        lastNumber += 1
        events.append(Event(number: lastNumber, bytes: bytes))
        size += bytes.count
    }

    private var nextID: String? { stream.map { "\($0)-\(lastNumber + 1)" } }

    // MARK: Reading

    /// The next events, if there are any.
    mutating func read() -> [UInt8]? {
        guard var index = events.firstIndex(where: { $0.number > cursor }) else { return nil }
        var bytes = events[index].bytes
        while index + 1 < events.count, bytes.count < Self.chunk {
            index += 1
            bytes += events[index].bytes
        }
        cursor = events[index].number
        if stream == nil { drop(index + 1) }
        return bytes
    }

    /// Begins again after an event.
    mutating func rewind(to number: Int) {
        cursor = min(max(number, 0), lastNumber)
    }

    /// Makes room.
    ///
    /// - Parameters:
    ///   - limit: How many bytes may stay.
    ///   - keepsUnread: Whether what was not read yet stays whatever its size, as somebody is reading.
    mutating func trim(to limit: Int, keepsUnread: Bool) {
        var count = 0
        var left = size
        // The last event stays: it may be the answer.
        for event in events.dropLast() where left > limit || events.count - count > Self.countLimit {
            if keepsUnread, event.number > cursor { break }
            left -= event.bytes.count
            count += 1
        }
        drop(count)
    }

    private mutating func drop(_ count: Int) {
        guard count > 0 else { return }
        size -= events[..<count].reduce(0) { $0 + $1.bytes.count }
        events.removeFirst(count)
    }

    /// Reads the id of an event.
    static func place(of id: String) -> (stream: Int, number: Int)? {
        let parts = id.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let stream = Int(parts[0]), let number = Int(parts[1]), stream >= 0, number >= 0 else {
            return nil
        }
        return (stream, number)
    }
}
