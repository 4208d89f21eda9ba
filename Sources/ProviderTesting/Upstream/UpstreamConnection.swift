internal import CLinux
internal import Glibc
internal import TransportKit

/// One connection of a `ScriptedUpstream`, on its loop: reads requests and does the steps of their answers.
final class UpstreamConnection {
    /// What one turn of the loop writes at most, so that a flood leaves room for others.
    private static let writesPerTurn = 64

    private let descriptor: Int32
    private let number: Int
    private let server: UpstreamServer
    private var parser = RequestParser()
    private var waiting: [RequestParser.Request] = []
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)

    private var steps: ArraySlice<UpstreamAnswer.Step> = []
    private var output: ArraySlice<UInt8> = []
    private var current: Int?
    private var last: Int?
    private var timer: EventLoop.Timer?
    /// Changes with every wait, so that a gate that opens late does not end a later one.
    private var waitNumber = 0
    private var isHeld = false
    private var wantsWrite = false
    private var isClosed = false

    init(_ descriptor: Int32, number: Int, server: UpstreamServer) {
        self.descriptor = descriptor
        self.number = number
        self.server = server
    }

    func start() {
        let watching: Bool = {
            do {
                try server.loop.watch(descriptor, for: [.readable, .peerClosed]) { [weak self] in self?.isReady($0) }
                return true
            } catch {
                return false
            }
        }()
        if !watching { close(departure: nil) }
    }

    private func isReady(_ events: EventLoop.Events) {
        if events.contains(.readable) || events.contains(.peerClosed) || events.contains(.failed) { read() }
        if !isClosed, events.contains(.writable) { run() }
    }

    // MARK: Reading

    private func read() {
        while !isClosed {
            switch UpstreamSocket.read(descriptor, into: &buffer) {
            case .bytes(let count): take(parser.consume(buffer[..<count]))
            case .again: return
            case .end: peerLeft(isReset: false)
            case .failed: peerLeft(isReset: true)
            }
        }
    }

    private func take(_ events: [RequestParser.Event]) {
        for event in events {
            switch event {
            case .expectsContinue:
                // Nothing of an answer is on the way while a body is still awaited, and so few bytes always fit.
                _ = UpstreamSocket.write(descriptor, Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)[...])
            case .request(let request): waiting.append(request)
            case .failure(let reason):
                server.log.update { $0.malformed.append(reason) }
                let head = UpstreamAnswer.head(400, [:], ["Content-Length": "0"])
                steps = [.write(head), .close]
            }
        }
        nextRequest()
    }

    private func nextRequest() {
        guard !isClosed else { return }
        if current == nil, !waiting.isEmpty {
            let (index, answer) = server.record(waiting.removeFirst(), connection: number)
            current = index
            last = index
            steps = answer[...]
        }
        run()
    }

    private func peerLeft(isReset: Bool) {
        let time = server.elapsed
        guard let last else { return close(departure: nil) }
        let departure = server.log.update { log in
            let exchange = log.exchanges[last]
            return PeerDeparture(
                time: time,
                bytesWritten: exchange.bytesWritten,
                answerWasWhole: exchange.isAnswered,
                isReset: isReset
            )
        }
        close(departure: departure)
    }

    // MARK: Answering

    /// Does steps until one has to wait.
    private func run() {
        var budget = Self.writesPerTurn
        while !isClosed, !isHeld {
            if !output.isEmpty {
                guard budget > 0 else { return goOnNextTurn() }
                budget -= 1
                guard write() else { return }
                continue
            }
            guard let step = steps.popFirst() else {
                guard let answered = current else { break }
                current = nil
                server.log.update { $0.exchanges[answered].isAnswered = true }
                return nextRequest()
            }
            perform(step)
        }
        wantWrite(false)
    }

    private func perform(_ step: UpstreamAnswer.Step) {
        switch step {
        case .write(let bytes): output = bytes[...]
        case .flood(let bytes):
            guard !bytes.isEmpty else { return }
            output = bytes[...]
            steps = [.flood(bytes)]
        case .pause(let duration):
            isHeld = true
            let resume = resumption()
            timer = server.loop.schedule(after: duration, resume)
        case .wait(let gate):
            isHeld = true
            let resume = LoopBound(resumption(), server.loop)
            let loop = server.loop
            isHeld = gate.waits { loop.execute { resume.value() } }
        case .stall:
            isHeld = true
            wantWrite(false)
        case .close:
            if let current { server.log.update { $0.exchanges[current].isAnswered = true } }
            close(departure: nil)
        case .reset:
            UpstreamSocket.resetOnClose(descriptor)
            close(departure: nil)
        }
    }

    // Not when the socket is writable: the kernel says so late, and until then nobody would know that it takes no more.
    private func goOnNextTurn() {
        isHeld = true
        let resume = LoopBound(resumption(), server.loop)
        server.loop.execute { resume.value() }
    }

    private func resumption() -> () -> Void {
        waitNumber += 1
        let number = waitNumber
        return { [weak self] in
            guard let self, self.waitNumber == number, !self.isClosed else { return }
            self.timer = nil
            self.isHeld = false
            self.run()
        }
    }

    /// Returns whether writing may go on.
    private func write() -> Bool {
        switch UpstreamSocket.write(descriptor, output) {
        case .bytes(let count):
            output = output.dropFirst(count)
            note {
                $0.bytesWritten += count; $0.isBlocked = false
            }
            return true
        case .again:
            note { $0.isBlocked = true }
            wantWrite(true)
            return false
        case .end, .failed:
            // The reading side tells why; it is always watched.
            peerLeft(isReset: true)
            return false
        }
    }

    private func note(_ change: (inout UpstreamLog.Exchange) -> Void) {
        guard let current else { return }
        server.log.update { change(&$0.exchanges[current]) }
    }

    private func wantWrite(_ wanted: Bool) {
        guard wanted != wantsWrite, !isClosed else { return }
        wantsWrite = wanted
        server.loop.modify(descriptor, for: wanted ? [.readable, .peerClosed, .writable] : [.readable, .peerClosed])
    }

    // MARK: The end

    func close(departure: PeerDeparture?) {
        guard !isClosed else { return }
        isClosed = true
        if let timer { server.loop.cancel(timer) }
        server.loop.unwatch(descriptor)
        _ = Glibc.close(descriptor)
        steps = []
        output = []
        server.connectionEnded(number, departure: departure)
    }
}
