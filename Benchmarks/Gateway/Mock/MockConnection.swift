import Glibc
import TransportKit

/// One connection to the mock; its watch keeps it alive.
final class MockConnection {
    private let descriptor: Int32
    private let loop: EventLoop
    private let buffer: SharedBuffer
    private let log: MockUpstream.SharedLog
    /// The beginning of a request whose rest has not come.
    private var pending: [UInt8] = []
    /// What the socket had no room for.
    private var unsent: ArraySlice<UInt8> = []
    private var chunksLeft = 0
    private var timer: EventLoop.Timer?
    /// Whether an answer is under way that takes time.
    private var isBusy = false

    init(_ descriptor: Int32, on loop: EventLoop, buffer: SharedBuffer, log: MockUpstream.SharedLog) {
        self.descriptor = descriptor
        self.loop = loop
        self.buffer = buffer
        self.log = log
    }

    func begin() {
        do {
            try loop.watch(descriptor, for: [.readable]) { events in
                if events.contains(.writable) { self.flush() }
                if !events.isDisjoint(with: [.readable, .failed, .hungUp]) { self.receive() }
            }
        } catch {
            close(descriptor)
        }
    }

    private func receive() {
        switch RawSocket.receive(descriptor, into: &buffer.bytes) {
        case .bytes(let count):
            if pending.isEmpty, handle(buffer.bytes[..<count]) { return }
            pending += buffer.bytes[..<count]
            if handle(pending[...]) { pending.removeAll() }
        case .again: break
        case .end, .failed:
            if isBusy {
                let now = monotonicNanoseconds()
                log.content.withLock { $0.departures.append(now) }
            }
            end()
        }
    }

    private func end() {
        if let timer { loop.cancel(timer) }
        timer = nil
        loop.unwatch(descriptor)
        close(descriptor)
    }

    /// Answers a request if it is whole.
    private func handle(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let headEnd = Self.endOfHead(bytes) else { return false }
        switch MessageFraming(head: bytes[..<headEnd]) {
        case .length(let length): guard bytes.endIndex - headEnd >= length else { return false }
        case .chunked: guard bytes.suffix(5).elementsEqual("0\r\n\r\n".utf8) else { return false }
        case .unknown: break
        }
        if bytes.starts(with: Self.plainRequest) {
            send(MockAnswers.plain)
            return true
        }
        // "POST /silent/v1/chat/completions HTTP/1.1"
        let parts = bytes.prefix { $0 != UInt8(ascii: "\r") }.split(separator: UInt8(ascii: "/"), maxSplits: 3)
        guard parts.count == 4, parts[3].starts(with: "chat/completions ".utf8) else {
            send(MockAnswers.models)
            return true
        }
        if let behaviour = MockBehaviour(name: String(decoding: parts[1], as: UTF8.self)) {
            begin(behaviour)
        } else {
            send(MockAnswers.models)
        }
        return true
    }

    private static let plainRequest = Array("POST /plain/v1/chat/completions ".utf8)

    private static func endOfHead(_ bytes: ArraySlice<UInt8>) -> Int? {
        var line = bytes.startIndex
        while let end = bytes[line...].firstIndex(of: UInt8(ascii: "\n")) {
            if end - line <= 1 { return end + 1 }
            line = end + 1
        }
        return nil
    }

    private func begin(_ behaviour: MockBehaviour) {
        isBusy = true
        log.content.withLock { $0.begun += 1 }
        switch behaviour {
        case .plain: send(MockAnswers.plain)
        case .silent: break
        case .hold: send(MockAnswers.streamHead + MockAnswers.chunk)
        case .stream(let chunks, 0):
            isBusy = false
            let body = repeatElement(MockAnswers.chunk, count: chunks).joined()
            send(MockAnswers.streamHead + Array(body) + MockAnswers.end)
        case .stream(let chunks, let pause):
            send(MockAnswers.streamHead + MockAnswers.chunk)
            chunksLeft = chunks - 1
            pace(from: loop.now, .milliseconds(pause))
        }
    }

    /// Sends the next chunk at its time, which does not drift.
    private func pace(from last: LoopInstant, _ pause: Duration) {
        let next = last.advanced(by: pause)
        timer = loop.schedule(at: next) { [self] in
            timer = nil
            if chunksLeft > 0 {
                chunksLeft -= 1
                send(MockAnswers.chunk)
                pace(from: next, pause)
            } else {
                isBusy = false
                send(MockAnswers.end)
            }
        }
    }

    private func send(_ bytes: [UInt8]) {
        guard unsent.isEmpty else { return unsent += bytes }
        unsent = unsentPart(of: bytes[...])
        if !unsent.isEmpty { loop.modify(descriptor, for: [.readable, .writable]) }
    }

    private func flush() {
        unsent = unsentPart(of: unsent)
        if unsent.isEmpty { loop.modify(descriptor, for: [.readable]) }
    }

    private func unsentPart(of bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        // A connection that broke is found out by reading.
        while !bytes.isEmpty, case .bytes(let count) = RawSocket.send(descriptor, bytes) {
            bytes = bytes.dropFirst(count)
        }
        return bytes.isEmpty ? [] : bytes
    }
}
