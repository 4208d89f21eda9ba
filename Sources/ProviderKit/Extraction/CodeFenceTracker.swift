/// Tells whether text stands in a fenced code block (CommonMark 0.31 §4.5), byte by byte.
struct CodeFenceTracker: Sendable {
    private enum Line {
        // Only indentation so far.
        case start(indentation: Int)
        // A run of marks that may open or close a block.
        case run(mark: UInt8, length: Int)
        // The run that opened the block; more marks make the fence longer.
        case opening
        case rest
    }

    private var line = Line.start(indentation: 0)
    private var fence: (mark: UInt8, length: Int)?

    /// Whether the text so far ends in a code block.
    var isInside: Bool { fence != nil }

    init() {}

    /// Takes the next byte.
    mutating func consume(_ byte: UInt8) {
        if byte == 0x0A {
            line = .start(indentation: 0)
            return
        }
        switch line {
        case .rest: break
        case .start(let indentation) where byte == 0x20 && indentation < 3: line = .start(indentation: indentation + 1)
        case .start: line = byte == UInt8(ascii: "`") || byte == UInt8(ascii: "~") ? .run(mark: byte, length: 1) : .rest
        case .run(let mark, let length) where mark == byte:
            line = .run(mark: mark, length: length + 1)
            if let fence {
                guard fence.mark == mark, length + 1 >= fence.length else { break }
                self.fence = nil
                line = .rest
            } else if length + 1 == 3 {
                fence = (mark, 3)
                line = .opening
            }
        case .opening where fence?.mark == byte: fence?.length += 1
        case .run, .opening: line = .rest
        }
    }
}
