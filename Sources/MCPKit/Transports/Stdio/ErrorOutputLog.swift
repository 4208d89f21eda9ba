internal import TransportKit

/// What a server writes to its standard error, on its way to the log: line by line, and not more than so much in a minute.
struct ErrorOutputLog {
    /// The last of it.
    private(set) var tail = ""

    private static let lineLimit = 1000
    private static let tailLimit = 2000
    /// How many lines are written at once of those that come before the server is known.
    private static let greetingLimit = 3
    /// How many more are kept until it is known, for the case that it ends before.
    private static let withheldLimit = 100

    private let logger: Logger
    private let limit: Int
    private var line: [UInt8] = []
    private var windowStart: LoopInstant?
    private var spent = 0
    private var hasSaidThatItDrops = false
    /// How many lines came before the server was known; `nil` from then on.
    private var greetings: Int? = 0
    private var withheld: [String] = []

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

    /// Where what it wrote is to be found, as the end of a message.
    var place: String {
        guard !tail.isEmpty else { return "; it wrote nothing to standard error" }
        return logger.isEnabled(for: .info) ? "; what it wrote to standard error is in the log" : ""
    }

    /// The server is known: what it said about the questions of which it knew nothing is counted and not repeated.
    ///
    /// Servers of the handshake era often answer the first question with a page of traces.
    mutating func agreed() {
        let lines = greetings ?? 0
        greetings = nil
        withheld = []
        guard lines > Self.greetingLimit else { return }
        logger.info(
            "MCP server wrote more to standard error until it was known; at the level debug all of it is shown",
            metadata: ["mcp.lines": .string(String(lines - Self.greetingLimit))]
        )
    }

    mutating func finish() {
        flush()
        // It ended before it was known, and here is perhaps why.
        for text in withheld { write(text) }
        withheld = []
    }

    private mutating func flush() {
        guard !line.isEmpty else { return }
        let text = String(decoding: line, as: UTF8.self)
        line.removeAll(keepingCapacity: true)
        tail = String((tail + text + "\n").suffix(Self.tailLimit))
        guard let greetings, !logger.isEnabled(for: .debug) else { return write(text) }
        self.greetings = greetings + 1
        if greetings < Self.greetingLimit {
            write(text)
        } else if withheld.count < Self.withheldLimit {
            withheld.append(text)
        }
    }

    private func write(_ text: String) {
        logger.info("MCP server wrote to standard error", metadata: ["mcp.stderr": .string(text)])
    }
}
