import Glibc
import Testing

@testable import TransportKit

@Suite("Log writer", .timeLimit(.minutes(5)))
struct LogWriterTests {
    @Test("Lines arrive whole and in order, whatever thread logs")
    func order() async {
        let destination = RecordingDestination()
        let writer = LogWriter(to: destination, linger: .zero)
        for number in 0..<500 { writer.write(line("\(number)"), isUrgent: false) }
        await writer.flush()
        #expect(destination.lines == (0..<500).map(String.init))
        #expect(writer.droppedLines == 0)
        await writer.close()
    }

    @Test("Lines gather while the thread lingers, until one is urgent")
    func urgency() async {
        let destination = RecordingDestination()
        let writer = LogWriter(to: destination, linger: .seconds(3600))
        var batches = destination.batches.makeAsyncIterator()
        writer.write(line("first"), isUrgent: false)
        #expect(await batches.next() == "first\n")
        writer.write(line("second"), isUrgent: false)
        writer.write(line("third"), isUrgent: true)
        var rest = ""
        while rest.count < 13, let batch = await batches.next() { rest += batch }
        #expect(rest == "second\nthird\n")
        await writer.close()
    }

    @Test("After a move, lines go to the new destination, and those before to the old one")
    func move() async {
        let (old, new) = (RecordingDestination(), RecordingDestination())
        let writer = LogWriter(to: old, linger: .seconds(3600))
        writer.write(line("a"), isUrgent: false)
        writer.write(line("b"), isUrgent: false)
        writer.move(to: new, format: .json)
        writer.write(line("c"), isUrgent: false)
        await writer.flush()
        #expect(old.lines == ["a", "b"])
        #expect(new.lines == ["c"])
        await writer.close()
    }

    @Test("A destination that takes nothing does not keep the log from moving")
    func moveFromFullPipe() async throws {
        let pipe = try SmallPipe()
        let new = RecordingDestination()
        let writer = LogWriter(
            to: DescriptorDestination(pipe.writer),
            linger: .zero,
            closingTime: .milliseconds(1)
        )
        for _ in 0..<1000 { writer.write(line(String(repeating: "x", count: 90)), isUrgent: false) }
        writer.move(to: new, format: .text)
        writer.write(line("c"), isUrgent: true)
        await writer.flush()
        #expect(new.lines.contains("c"))
        await writer.close()
    }

    @Test("Closing writes what waits, and later lines are dropped")
    func closing() async {
        let destination = RecordingDestination()
        let writer = LogWriter(to: destination, linger: .seconds(3600))
        writer.write(line("a"), isUrgent: false)
        writer.write(line("b"), isUrgent: false)
        await writer.close()
        #expect(destination.lines == ["a", "b"])
        writer.write(line("c"), isUrgent: true)
        await writer.flush()
        await writer.close()
        #expect(destination.lines == ["a", "b"])
        #expect(writer.droppedLines == 1)
    }

    @Test("A full pipe makes nobody wait: what does not fit is dropped, counted and told", arguments: LogFormat.all)
    func fullPipe(format: LogFormat) async throws {
        let pipe = try SmallPipe()
        let writer = LogWriter(to: DescriptorDestination(pipe.writer), format: format, capacity: 4096, linger: .zero)
        let count = 1000
        for number in 0..<count {
            writer.write(line("line \(number) " + String(repeating: "x", count: 90)), isUrgent: false)
        }
        let dropped = writer.droppedLines
        #expect(dropped > 800)
        // The reader catches up, so that there is room for the notices.
        var text = ""
        while !text.hasSuffix("\n") || kept(text) + told(text) < count { text += pipe.read() }
        #expect(kept(text) == count - dropped)
        #expect(told(text) == dropped)
        #expect(text.split(separator: "\n").allSatisfy { $0.hasSuffix("xxx") || $0.contains(" dropped: ") })
        await writer.close()
    }

    @Test("Closing does not wait for a pipe that nobody reads")
    func closingFullPipe() async throws {
        let pipe = try SmallPipe()
        let destination = DescriptorDestination(pipe.writer)
        let writer = LogWriter(to: destination, capacity: 16_384, linger: .zero, closingTime: .zero)
        for _ in 0..<100 { writer.write(line(String(repeating: "x", count: 99)), isUrgent: false) }
        await writer.close()
        #expect(writer.droppedLines > 0)
    }

    @Test("Lines that wait when a destination is given up are lost, and counted")
    func closingWithLinesLeft() async {
        let destination = SlowDestination()
        let writer = LogWriter(to: destination, linger: .zero, closingTime: .zero)
        writer.write(line("a"), isUrgent: false)
        for await _ in destination.writes { break }
        for text in ["b", "c"] { writer.write(line(text), isUrgent: false) }
        await writer.close()
        #expect(writer.droppedLines == 2)
    }

    @Test("A pipe whose reader has gone loses lines and ends nothing")
    func brokenPipe() async throws {
        let pipe = try SmallPipe()
        let writer = LogWriter(to: DescriptorDestination(pipe.writer), linger: .zero)
        pipe.closeReader()
        writer.write(line("a"), isUrgent: false)
        await writer.flush()
        #expect(writer.droppedLines == 1)
        await writer.close()
    }

    @Test("Asked to reopen, the destination does so between the lines before and after", arguments: [true, false])
    func reopening(isWrittenBefore: Bool) async {
        let destination = RecordingDestination()
        // Lines gather, unless they are waited for.
        let writer = LogWriter(to: destination, linger: isWrittenBefore ? .zero : .seconds(60))
        writer.write(line("a"), isUrgent: false)
        if isWrittenBefore { await writer.flush() }
        writer.reopen()
        writer.write(line("b"), isUrgent: true)
        await writer.flush()
        #expect(destination.lines == ["a", "<reopened>", "b"])
        await writer.close()
    }

    @Test("Handlers write to a sink, errors as urgent", arguments: [Logger.Level.info, .warning, .error, .critical])
    func handlers(level: Logger.Level) {
        let sink = RecordingSink()
        Logger(label: "l", handler: TextLogHandler(sink: sink)).log(level: level, "m", metadata: ["a": "1"])
        Logger(label: "l", handler: JSONLogHandler(sink: sink)).log(level: level, "m")
        #expect(sink.entries.map(\.isUrgent) == [level >= .error, level >= .error])
        #expect(sink.entries.first?.line.hasSuffix(" \(level.rawValue) l: m a=1\n") == true)
        #expect(sink.entries.last?.line.hasSuffix("}\n") == true)
    }

    /// The lines that came through whole.
    private func kept(_ text: String) -> Int {
        text.split(separator: "\n").count { $0.hasPrefix("line ") && $0.hasSuffix("xxx") }
    }

    /// The lines that were said to be dropped.
    private func told(_ text: String) -> Int {
        text.matches(of: #/(\d+) lines? (?:was|were) dropped: /#).compactMap { Int($0.1) }.reduce(0, +)
    }

    private func line(_ text: String) -> [UInt8] { Array("\(text)\n".utf8) }
}

extension LogFormat {
    static let all: [LogFormat] = [.text, .json]
}

/// Keeps what is written to it.
private final class RecordingDestination: LogDestination {
    let batches: AsyncStream<String>
    private let continuation: AsyncStream<String>.Continuation
    private let text = Locked("")

    init() {
        (batches, continuation) = AsyncStream.makeStream()
    }

    var lines: [String] { text.withLock { $0 }.split(separator: "\n").map(String.init) }

    func write(_ lines: [UInt8], isGivenUp: () -> Bool) -> Int {
        let batch = String(decoding: lines, as: UTF8.self)
        text.withLock { $0 += batch }
        continuation.yield(batch)
        return lines.count
    }

    func reopen() {
        text.withLock { $0 += "<reopened>\n" }
    }
}

/// Takes lines when it is about to be given up.
private struct SlowDestination: LogDestination {
    let writes: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (writes, continuation) = AsyncStream.makeStream()
    }

    func write(_ lines: [UInt8], isGivenUp: () -> Bool) -> Int {
        continuation.yield()
        while !isGivenUp() { sched_yield() }
        return lines.count
    }

    func reopen() {}
}

private final class RecordingSink: LogSink {
    private let list = Locked<[(line: String, isUrgent: Bool)]>([])

    var entries: [(line: String, isUrgent: Bool)] { list.withLock { $0 } }

    func write(_ line: [UInt8], isUrgent: Bool) {
        list.withLock { $0.append((String(decoding: line, as: UTF8.self), isUrgent)) }
    }
}

/// A pipe that holds one page.
private final class SmallPipe: Sendable {
    let writer: Int32
    private let reader: Locked<Int32>

    init() throws {
        var ends: [Int32] = [0, 0]
        try #require(unsafe pipe(&ends) == 0)
        reader = Locked(ends[0])
        writer = ends[1]
        // F_SETPIPE_SZ
        _ = fcntl(writer, 1031, 4096)
    }

    deinit {
        closeReader()
        close(writer)
    }

    func closeReader() {
        reader.withLock { descriptor in
            if descriptor >= 0 { close(descriptor) }
            descriptor = -1
        }
    }

    func read() -> String {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe Glibc.read(reader.withLock { $0 }, &buffer, buffer.count)
        return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
    }
}
