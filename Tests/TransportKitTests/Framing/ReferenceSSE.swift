import TransportKit

/// The event stream algorithm of the WHATWG standard in its plainest form, over a whole stream at once.
enum ReferenceSSE {
    static func events(in stream: [UInt8]) -> [ServerSentEvent] {
        var stream = stream[...]
        if stream.starts(with: [0xEF, 0xBB, 0xBF]) { stream = stream.dropFirst(3) }
        var events: [ServerSentEvent] = []
        var event = ServerSentEvent(data: [])
        var id: String?
        for line in wholeLines(of: Array(stream)) {
            if line.isEmpty {
                event.id = id
                if !event.data.isEmpty {
                    event.data.removeLast()
                    events.append(event)
                }
                event = ServerSentEvent(data: [])
                event.id = id
                continue
            }
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
            var value = parts.count > 1 ? parts[1] : []
            if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
            let text = String(decoding: value, as: UTF8.self)
            switch String(decoding: parts[0], as: UTF8.self) {
            case "data": event.data += value + [UInt8(ascii: "\n")]
            case "event": event.event = text.isEmpty ? nil : text
            case "id" where !value.contains(0): id = text
            case "retry" where !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) }:
                if let milliseconds = Int(text) { event.retry = .milliseconds(milliseconds) }
            default: break
            }
        }
        return events
    }

    private static func wholeLines(of stream: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var line: [UInt8] = []
        var index = 0
        while index < stream.count {
            switch stream[index] {
            case UInt8(ascii: "\r"):
                if index + 1 < stream.count, stream[index + 1] == UInt8(ascii: "\n") { index += 1 }
                fallthrough
            case UInt8(ascii: "\n"):
                lines.append(line)
                line = []
            default: line.append(stream[index])
            }
            index += 1
        }
        return lines
    }
}

extension SSEDecoder {
    /// The events of a stream that arrives in the given pieces.
    static func events(in pieces: some Sequence<ArraySlice<UInt8>>) throws -> [ServerSentEvent] {
        var decoder = SSEDecoder()
        var events: [ServerSentEvent] = []
        for piece in pieces {
            decoder.append(Array(piece))
            while let event = try decoder.next() {
                events.append(event)
            }
        }
        return events
    }
}

extension [UInt8] {
    /// The bytes cut into pieces of one length.
    func pieces(of length: Int) -> [ArraySlice<UInt8>] {
        stride(from: 0, to: count, by: length).map { self[$0..<Swift.min($0 + length, count)] }
    }
}

/// A small generator with a fixed sequence for each seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
