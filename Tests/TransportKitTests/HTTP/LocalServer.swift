import Dispatch
import Glibc
import Synchronization
import TransportKit

/// What happened, in order, and a way to wait for it.
final class EventLog: Sendable {
    private struct Waiter {
        var event: String
        var count: Int
        var isDone: @Sendable () -> Void
    }

    private struct State {
        var events: [String] = []
        var waiters: [Waiter] = []
    }

    private let state = Locked(State())

    var events: [String] { state.withLock { $0.events } }

    func count(_ event: String) -> Int { events.count { $0 == event } }

    func note(_ event: String) {
        state.withLock { state in
            state.events.append(event)
            let events = state.events
            state.waiters.removeAll { waiter in
                guard events.count(where: { $0 == waiter.event }) >= waiter.count else { return false }
                waiter.isDone()
                return true
            }
        }
    }

    /// Blocks the calling thread, a connection's, until an event has happened.
    func blockUntil(_ event: String, count: Int = 1) {
        let semaphore = DispatchSemaphore(value: 0)
        when(event, count) { semaphore.signal() }
        semaphore.wait()
    }

    func wait(for event: String, count: Int = 1) async {
        await withCheckedContinuation { continuation in
            when(event, count) { continuation.resume() }
        }
    }

    private func when(_ event: String, _ count: Int, _ isDone: @escaping @Sendable () -> Void) {
        state.withLock { state in
            if state.events.count(where: { $0 == event }) >= count {
                isDone()
            } else {
                state.waiters.append(Waiter(event: event, count: count, isDone: isDone))
            }
        }
    }
}

/// A server of raw sockets on loopback: each connection has a thread that runs the handler and may block.
final class LocalServer: Sendable {
    let port: Int
    let path: String?
    let log = EventLog()
    private let listener: Int32

    var url: String { path == nil ? "http://127.0.0.1:\(port)" : "http://localhost" }

    /// Listens on a free port.
    convenience init(_ handler: @escaping @Sendable (Connection) -> Void) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(listener, pointer, length) == 0 ? getsockname(listener, pointer, &length) : -1
            }
        }
        guard code == 0 else { throw Pipe.Failure() }
        self.init(listener: listener, port: Int(UInt16(bigEndian: address.sin_port)), path: nil, handler)
    }

    /// Listens on a Unix socket.
    convenience init(path: String, _ handler: @escaping @Sendable (Connection) -> Void) throws {
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(listener, pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0 else { throw Pipe.Failure() }
        self.init(listener: listener, port: 0, path: path, handler)
    }

    private init(listener: Int32, port: Int, path: String?, _ handler: @escaping @Sendable (Connection) -> Void) {
        self.listener = listener
        self.port = port
        self.path = path
        listen(listener, 256)
        let log = log
        startThread {
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else {
                    // Closed here and nowhere else: the number must not be given out again while this thread uses it.
                    Glibc.close(listener)
                    return
                }
                log.note("accepted")
                startThread {
                    let connection = Connection(descriptor: descriptor, log: log)
                    handler(connection)
                    connection.close()
                }
            }
        }
    }

    deinit {
        // Refuses connections from now on, and ends the thread's accept.
        shutdown(listener, Int32(SHUT_RDWR))
        if let path { unsafe _ = unlink(path) }
    }
}

/// One accepted connection, with calls that block.
final class Connection: Sendable {
    let descriptor: Int32
    let log: EventLog
    private let isOpen = Atomic(true)
    private let rest = Locked<[UInt8]>([])

    init(descriptor: Int32, log: EventLog) {
        self.descriptor = descriptor
        self.log = log
    }

    func close() {
        if isOpen.exchange(false, ordering: .relaxed) { Glibc.close(descriptor) }
    }

    /// Closes with a reset instead of an orderly end.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    private func receive() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    /// The next request's head, or `nil` if the peer left.
    func readHead() -> String? {
        while true {
            let head = rest.withLock { rest -> String? in
                let end = Array("\r\n\r\n".utf8)
                guard rest.count >= 4,
                    let at = (0...(rest.count - 4)).first(where: { Array(rest[$0..<($0 + 4)]) == end })
                else { return nil }
                defer { rest.removeFirst(at + 4) }
                return String(decoding: rest[..<at], as: UTF8.self)
            }
            if let head {
                log.note("request")
                return head
            }
            guard let bytes = receive() else { return nil }
            rest.withLock { $0 += bytes }
        }
    }

    /// That many bytes of body.
    func read(_ count: Int) -> [UInt8] {
        while true {
            if let bytes = rest.withLock({ rest -> [UInt8]? in
                guard rest.count >= count else { return nil }
                defer { rest.removeFirst(count) }
                return Array(rest[..<count])
            }) {
                return bytes
            }
            guard let bytes = receive() else { return [] }
            rest.withLock { $0 += bytes }
        }
    }

    /// All bytes up to `end`, which must be the last that the peer sends.
    func read(until end: String) -> String {
        while true {
            let text = rest.withLock { rest in
                rest.suffix(end.utf8.count).elementsEqual(end.utf8) ? String(decoding: rest, as: UTF8.self) : nil
            }
            if let text { return text }
            guard let bytes = receive() else { return "" }
            rest.withLock { $0 += bytes }
        }
    }

    @discardableResult
    func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes[done...].withUnsafeBytes { buffer in
                unsafe send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    func respond(_ body: String, status: String = "200 OK", fields: String = "") {
        write("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)")
    }

    /// Returns, and notes `closed`, when the peer has closed.
    func waitForClose() {
        while receive() != nil {}
        log.note("closed")
    }
}

private final class ThreadBody {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func startThread(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let context = unsafe Unmanaged.passRetained(ThreadBody(body)).toOpaque()
    let code = unsafe pthread_create(
        &thread,
        nil,
        { context in
            if let context = unsafe context {
                unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
            }
            return nil
        },
        context
    )
    if code == 0 { pthread_detach(thread) }
}
