internal import CLinux

/// Bytes that have arrived and wait to be cut into lines.
///
/// Consumed bytes are dropped lazily, so that neither many lines in one piece nor many pieces in one line cost more
/// than linear time.
struct LineBuffer: Sendable {
    private(set) var bytes: [UInt8] = []
    /// Where the first byte stands that was not consumed.
    private(set) var start = 0

    /// Capacity above which an empty buffer is given back: an idle stream should hold little.
    private static let keptCapacity = 16 * 1024

    var count: Int { bytes.count - start }
    var isEmpty: Bool { start == bytes.count }

    /// Takes new bytes; positions shift down by the returned number.
    mutating func append(_ piece: Span<UInt8>) -> Int {
        let dropped = dropConsumed()
        unsafe piece.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
        return dropped
    }

    mutating func consume(to position: Int) {
        start = position
    }

    mutating func removeAll() {
        bytes = []
        start = 0
    }

    private mutating func dropConsumed() -> Int {
        let dropped = start
        if isEmpty {
            bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptCapacity)
        } else if start >= count {
            bytes.removeSubrange(..<start)
        } else {
            return 0
        }
        start = 0
        return dropped
    }
}

/// Finds the next place of one byte and remembers it, so that no stretch of a buffer is searched twice.
package struct ByteSearch: Sendable {
    private let byte: UInt8
    private var found: Int?
    private var searched = 0

    /// Makes a search for one byte.
    package init(for byte: UInt8) {
        self.byte = byte
    }

    /// The first place at or behind `position`, which never goes back between calls.
    @inline(__always)
    package mutating func next(in bytes: [UInt8], from position: Int) -> Int? {
        if let found, found >= position { return found }
        let from = max(position, searched)
        found = bytes.firstPosition(of: byte, from: from)
        searched = found.map { $0 + 1 } ?? bytes.count
        return found
    }

    /// Tells that the buffer's first bytes were dropped.
    package mutating func shift(down distance: Int) {
        found = found.flatMap { $0 >= distance ? $0 - distance : nil }
        searched = max(0, searched - distance)
    }
}

extension [UInt8] {
    @inline(__always)
    fileprivate func firstPosition(of byte: UInt8, from position: Int) -> Int? {
        unsafe withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress, position < buffer.count else { return nil }
            guard let hit = unsafe memchr(base + position, Int32(byte), buffer.count - position) else { return nil }
            return unsafe UnsafeRawPointer(hit) - base
        }
    }
}
