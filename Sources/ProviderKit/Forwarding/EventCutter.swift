internal import TransportKit

/// Finds whole server-sent events in a stream without taking them apart, so that they can be handed on as they are.
///
/// A block is what an empty line ends: an event, or nothing but comments. After each ``append(_:)`` call ``next()`` until it
/// returns `nil`, then ``dropConsumed()``.
struct EventCutter: Sendable {
    /// A whole block.
    struct Block: Sendable, Equatable {
        /// The block in the buffer, its empty line included.
        var range: Range<Int>
        /// What its `data` says.
        var data: BlockData
    }

    enum BlockData: Sendable, Equatable {
        case none
        /// One line's, in the buffer.
        case line(Range<Int>)
        /// Several lines', joined by line feeds.
        case joined([UInt8])
    }

    /// The bytes that have come and were not dropped.
    private(set) var buffer: [UInt8] = []
    /// Where the first block begins that is not whole.
    private(set) var blockStart = 0
    /// Whether that block has a line that is no comment.
    private var hasField = false
    /// Whether no more bytes come.
    var isAtEnd = false
    /// Whether each line is a block, as in newline-delimited JSON.
    private let cutsLines: Bool

    private var data = BlockData.none
    private var position = 0
    private var skipsLineFeed = false
    private var usesPairs = false
    private var isFirstLine = true
    private var lineFeeds = ByteSearch(for: 0x0A)
    private var carriageReturns = ByteSearch(for: 0x0D)

    init(cutsLines: Bool = false) {
        self.cutsLines = cutsLines
    }

    /// Takes the next piece of the stream.
    mutating func append(_ piece: [UInt8]) {
        // Most pieces are made of whole events: the array itself goes through.
        if buffer.isEmpty { buffer = piece } else { buffer += piece }
    }

    /// The next whole block, or `nil` if more bytes are needed for it.
    mutating func next() -> Block? {
        if cutsLines { return nextLine() }
        while position < buffer.count {
            if skipsLineFeed {
                skipsLineFeed = false
                usesPairs = buffer[position] == 0x0A
                if usesPairs {
                    position += 1
                    continue
                }
            }
            let lineFeed = lineFeeds.next(in: buffer, from: position)
            let carriageReturn = carriageReturns.next(in: buffer, from: position)
            guard lineFeed != nil || carriageReturn != nil else { return nil }
            let end = min(lineFeed ?? .max, carriageReturn ?? .max)
            var next = end + 1
            if end == carriageReturn {
                if next < buffer.count {
                    usesPairs = buffer[next] == 0x0A
                    if usesPairs { next += 1 }
                } else {
                    // A line feed may follow; where the lines before had one, it is waited for.
                    if usesPairs, !isAtEnd { return nil }
                    skipsLineFeed = true
                }
            }
            let line = position..<end
            position = next
            if line.isEmpty {
                defer { beginBlock(at: next) }
                return Block(range: blockStart..<next, data: data)
            }
            read(line)
        }
        return nil
    }

    /// Drops the blocks that were returned.
    mutating func dropConsumed() {
        guard blockStart > 0 else { return }
        buffer = blockStart == buffer.count ? [] : Array(buffer[blockStart...])
        lineFeeds.shift(down: blockStart)
        carriageReturns.shift(down: blockStart)
        position -= blockStart
        if case .line(let range) = data { data = .line(range.lowerBound - blockStart..<range.upperBound - blockStart) }
        blockStart = 0
    }

    /// Whether an event has begun and not ended; to be asked when ``next()`` has returned `nil`.
    var hasIncompleteEvent: Bool {
        if cutsLines { return buffer[blockStart...].contains { $0 > 0x20 } }
        return hasField || (position < buffer.count && buffer[position] != UInt8(ascii: ":"))
    }

    private mutating func nextLine() -> Block? {
        guard let end = lineFeeds.next(in: buffer, from: position) else { return nil }
        position = end + 1
        defer { blockStart = position }
        let isEmpty = buffer[blockStart..<end].allSatisfy { $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }
        return Block(range: blockStart..<position, data: isEmpty ? .none : .line(blockStart..<end))
    }

    private mutating func beginBlock(at place: Int) {
        blockStart = place
        hasField = false
        data = .none
    }

    private mutating func read(_ line: Range<Int>) {
        var start = line.lowerBound
        if isFirstLine {
            isFirstLine = false
            if buffer[line].starts(with: [0xEF, 0xBB, 0xBF]) { start += 3 }
        }
        guard start < line.upperBound, buffer[start] != UInt8(ascii: ":") else { return }
        hasField = true
        guard isData(start..<line.upperBound) else { return }
        var value = min(start + 5, line.upperBound)
        if value < line.upperBound, buffer[value] == 0x20 { value += 1 }
        add(value..<line.upperBound)
    }

    private func isData(_ line: Range<Int>) -> Bool {
        guard line.count >= 4, buffer[line.lowerBound] == UInt8(ascii: "d"),
            buffer[line.lowerBound + 1] == UInt8(ascii: "a"), buffer[line.lowerBound + 2] == UInt8(ascii: "t"),
            buffer[line.lowerBound + 3] == UInt8(ascii: "a")
        else { return false }
        return line.count == 4 || buffer[line.lowerBound + 4] == UInt8(ascii: ":")
    }

    private mutating func add(_ value: Range<Int>) {
        switch data {
        case .none: data = .line(value)
        case .line(let first): data = .joined(Array(buffer[first]) + [0x0A] + buffer[value])
        case .joined(var joined):
            data = .none
            joined.append(0x0A)
            joined += buffer[value]
            data = .joined(joined)
        }
    }
}
