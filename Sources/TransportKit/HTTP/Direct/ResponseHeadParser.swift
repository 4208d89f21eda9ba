internal import Glibc

/// Finds and reads the head of a final answer in the bytes of a connection (RFC 9112), interim answers passed over.
///
/// It is strict where leniency would let a peer's words mean two things: no folded lines, no bare CR, no control characters,
/// no space in names, no differing or doubled framing.
struct ResponseHeadParser {
    enum Outcome: Equatable {
        case more
        case head(ParsedHead)
        case tooLarge
        case malformed
    }

    private let limit: Int
    /// The bytes of interim heads before.
    private var passed = 0
    /// A head that is not whole yet.
    private var held: [UInt8] = []
    /// Where the last line of `held` begins.
    private var lineStart = 0

    /// Makes a parser that accepts at most `limit` bytes, interim answers included.
    init(limit: Int) {
        self.limit = limit
    }

    /// Whether nothing of a head has come.
    var isEmpty: Bool { passed == 0 && held.isEmpty }

    /// Reads on.
    ///
    /// - Parameters:
    ///   - input: What came.
    ///   - position: Where to read on in it; moved behind the head.
    /// - Returns: What was found; after `more` all of the input is read.
    mutating func consume(_ input: Span<UInt8>, _ position: inout Int) -> Outcome {
        while true {
            let outcome = held.isEmpty ? consumeInPlace(input, &position) : consumeHeld(input, &position)
            guard case .head(let head) = outcome, head.status < 200 else { return outcome }
            // Nobody asked to change the protocol.
            guard head.status != 101 else { return .malformed }
        }
    }

    private mutating func consumeInPlace(_ input: Span<UInt8>, _ position: inout Int) -> Outcome {
        let rest = input.extracting(position...)
        guard !rest.isEmpty else { return .more }
        var start = 0
        guard let end = Self.end(of: rest, from: &start) else {
            position = input.count
            guard Self.canBegin(rest) else { return .malformed }
            guard passed + rest.count <= limit else { return .tooLarge }
            unsafe rest.withUnsafeBufferPointer { unsafe held = Array($0) }
            lineStart = start
            return .more
        }
        position += end
        return finish(rest.extracting(..<end))
    }

    private mutating func consumeHeld(_ input: Span<UInt8>, _ position: inout Int) -> Outcome {
        let before = held.count
        let rest = input.extracting(position...)
        guard !rest.isEmpty else { return .more }
        // One byte more than allowed is enough to know.
        let taken = rest.extracting(first: max(1, limit - passed - before + 1))
        unsafe taken.withUnsafeBufferPointer { unsafe held.append(contentsOf: $0) }
        var start = lineStart
        let end = Self.end(of: held.span, from: &start)
        lineStart = start
        guard let end else {
            position += taken.count
            guard Self.canBegin(held.span) else { return .malformed }
            return passed + held.count <= limit ? .more : .tooLarge
        }
        position += end - before
        let head = held
        held = []
        lineStart = 0
        return finish(head.span.extracting(..<end))
    }

    private mutating func finish(_ head: Span<UInt8>) -> Outcome {
        guard Self.canBegin(head) else { return .malformed }
        passed += head.count
        guard passed <= limit else { return .tooLarge }
        guard let head = ParsedHead(head) else { return .malformed }
        return .head(head)
    }

    /// Whether the bytes are, as far as they go, those of an answer: what speaks another protocol is told at once.
    private static func canBegin(_ bytes: Span<UInt8>) -> Bool {
        let mark: StaticString = "HTTP/1."
        for index in 0..<min(bytes.count, mark.utf8CodeUnitCount) where unsafe bytes[index] != mark.utf8Start[index] {
            return false
        }
        return true
    }

    /// The place behind the empty line.
    ///
    /// - Parameters:
    ///   - bytes: What there is of a head.
    ///   - lineStart: Where a line begins that has not been looked at; moved on.
    /// - Returns: `nil` if there is no empty line yet.
    private static func end(of bytes: Span<UInt8>, from lineStart: inout Int) -> Int? {
        while let feed = bytes.firstLineFeed(from: lineStart) {
            let length = feed - lineStart
            lineStart = feed + 1
            if length == 0 || (length == 1 && bytes[feed - 1] == UInt8(ascii: "\r")) { return lineStart }
        }
        return nil
    }
}

extension Span<UInt8> {
    /// The place of the first line feed that is not before `start`.
    func firstLineFeed(from start: Int) -> Int? {
        guard start < count else { return nil }
        return unsafe withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress,
                let found = unsafe memchr(base + start, 0x0A, buffer.count - start)
            else { return nil }
            return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base)
        }
    }
}
