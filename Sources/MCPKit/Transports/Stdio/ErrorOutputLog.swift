internal import TransportKit

/// What a server writes to its standard error, on its way to the log: line by line, and not more than so much in a minute.
struct ErrorOutputLog {
    /// The last of it.
    private(set) var tail = ""

    private static let lineLimit = 1000
    private static let tailLimit = 2000

    private let logger: Logger
    private let limit: Int
    private var line: [UInt8] = []
    private var windowStart: LoopInstant?
    private var spent = 0
    private var hasSaidThatItDrops = false

    init(logger: Logger, limit: Int) {
        self.logger = logger
        self.limit = limit
    }

    mutating func append(_ bytes: Span<UInt8>, now: LoopInstant) {
        if windowStart.map({ $0.duration(to: now) >= .seconds(60) }) ?? true {
            windowStart = now
            spent = 0
            hasSaidThatItDrops = false
        }
        guard spent < limit else {
            if !hasSaidThatItDrops {
                hasSaidThatItDrops = true
                logger.notice("MCP server writes too much to standard error; the rest of this minute is dropped")
            }
            return
        }
        spent += bytes.count
        for index in bytes.indices {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\n") {
                flush()
            } else if line.count < Self.lineLimit {
                line.append(byte)
            }
        }
    }

    mutating func finish() {
        flush()
    }

    private mutating func flush() {
        guard !line.isEmpty else { return }
        let text = String(decoding: line, as: UTF8.self)
        line.removeAll(keepingCapacity: true)
        tail = String((tail + text + "\n").suffix(Self.tailLimit))
        logger.info("MCP server wrote to standard error", metadata: ["mcp.stderr": .string(text)])
    }
}
