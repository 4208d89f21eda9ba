internal import Glibc

/// Cuts what a server writes into lines, and hands each over where it lies.
///
/// A line that is too long is dropped as it comes; only its beginning is kept, to tell which answer it was.
package struct LineFramer {
    /// What was cut off.
    package enum Piece {
        /// A line without its end, never empty.
        case line
        /// The beginning of a line that was longer than allowed.
        case tooLong
    }

    let limit: Int

    private static let keptOfTooLong = 512
    /// Capacity above which an empty buffer is given back.
    private static let keptCapacity = 64 * 1024

    private var partial: [UInt8] = []
    private var isDropping = false

    package init(limit: Int) {
        self.limit = limit
    }

    /// Takes the next bytes.
    package mutating func feed(_ bytes: Span<UInt8>, _ deliver: (Piece, Span<UInt8>) -> Void) {
        var start = 0
        while start < bytes.count {
            guard let end = Self.lineFeed(in: bytes, from: start) else { return keep(bytes.extracting(start...)) }
            finishLine(bytes.extracting(start..<end), deliver)
            start = end + 1
        }
    }

    private mutating func finishLine(_ rest: Span<UInt8>, _ deliver: (Piece, Span<UInt8>) -> Void) {
        if partial.isEmpty, !isDropping {
            guard rest.count <= limit else { return deliver(.tooLong, rest.extracting(first: Self.keptOfTooLong)) }
            return Self.deliver(rest, deliver)
        }
        keep(rest)
        if isDropping {
            deliver(.tooLong, partial.span)
        } else {
            Self.deliver(partial.span, deliver)
        }
        isDropping = false
        partial.removeAll(keepingCapacity: partial.capacity <= Self.keptCapacity)
    }

    private static func deliver(_ line: Span<UInt8>, _ deliver: (Piece, Span<UInt8>) -> Void) {
        var end = line.count
        while end > 0, [0x20, 0x09, 0x0D].contains(line[end - 1]) { end -= 1 }
        if end > 0 { deliver(.line, line.extracting(..<end)) }
    }

    private mutating func keep(_ bytes: Span<UInt8>) {
        guard !isDropping else { return }
        unsafe bytes.withUnsafeBufferPointer { unsafe partial.append(contentsOf: $0) }
        guard partial.count > limit else { return }
        isDropping = true
        partial = Array(partial.prefix(Self.keptOfTooLong))
    }

    private static func lineFeed(in bytes: Span<UInt8>, from start: Int) -> Int? {
        unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress, let hit = unsafe memchr(base + start, 0x0A, buffer.count - start)
            else {
                return nil
            }
            return unsafe UnsafeRawPointer(hit) - base
        }
    }
}
