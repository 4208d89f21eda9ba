internal import CLinux
import Glibc
import TransportKit

/// Requests at a constant rate over a fixed number of connections.
final class OpenLoop {
    private let loop: EventLoop
    private let request: Request
    private let interval: UInt64
    private let total: Int
    private let done: (Result<Histogram, TransportError>) -> Void
    private let timer: Int32
    private var start: UInt64 = 0
    private var connections: [LoadConnection] = []
    private var free: Queue<LoadConnection> = Queue()
    private var waiting: Queue<UInt64> = Queue()
    private var due = 0
    private var histogram = Histogram()

    init(
        _ request: Request,
        rate: Int,
        connections count: Int,
        duration: Duration,
        _ loop: EventLoop,
        _ done: @escaping (Result<Histogram, TransportError>) -> Void
    ) throws(TransportError) {
        self.loop = loop
        self.request = request
        self.done = done
        interval = 1_000_000_000 / UInt64(rate)
        total = Int(Double(rate) * (duration / .seconds(1)))
        // Finer than the loop's own timers, which are those of epoll.
        timer = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_CLOEXEC | TFD_NONBLOCK))
        do {
            let buffer = SharedBuffer()
            for _ in 0..<count {
                let connection = try LoadConnection(to: request.address, on: loop, buffer: buffer) { [unowned self] in
                    handle($0, $1)
                }
                connections.append(connection)
                free.append(connection)
            }
            try begin()
        } catch {
            finish(.failure(error))
            throw error
        }
    }

    private func begin() throws(TransportError) {
        try loop.watch(timer, for: [.readable]) { [unowned self] _ in tick() }
        start = monotonicNanoseconds() + 1_000_000
        var times = itimerspec()
        times.it_value = timespec(tv_sec: Int(start / 1_000_000_000), tv_nsec: Int(start % 1_000_000_000))
        times.it_interval = timespec(tv_sec: Int(interval / 1_000_000_000), tv_nsec: Int(interval % 1_000_000_000))
        unsafe timerfd_settime(timer, Int32(TFD_TIMER_ABSTIME), &times, nil)
    }

    private func tick() {
        var expirations: UInt64 = 0
        guard unsafe read(timer, &expirations, 8) == 8 else { return }
        for _ in 0..<expirations where due < total {
            let intended = start + UInt64(due) * interval
            due += 1
            if let connection = free.popFirst() {
                connection.send(request.bytes, intended: intended)
            } else {
                waiting.append(intended)
            }
        }
    }

    private func handle(_ connection: LoadConnection, _ progress: LoadConnection.Progress) {
        switch progress {
        case .more: break
        case .failed(let error): finish(.failure(error))
        case .answered:
            histogram.record(monotonicNanoseconds() - connection.intended)
            if histogram.count == total { return finish(.success(histogram)) }
            if let intended = waiting.popFirst() {
                connection.send(request.bytes, intended: intended)
            } else {
                free.append(connection)
            }
        }
    }

    private func finish(_ result: Result<Histogram, TransportError>) {
        loop.unwatch(timer)
        close(timer)
        for connection in connections { connection.close() }
        done(result)
    }
}

/// First in, first out.
struct Queue<Element> {
    private var elements: [Element] = []
    private var first = 0

    mutating func append(_ element: Element) {
        elements.append(element)
    }

    mutating func popFirst() -> Element? {
        guard first < elements.count else { return nil }
        defer {
            first += 1
            if first > 1024, first * 2 > elements.count {
                elements.removeFirst(first)
                first = 0
            }
        }
        return elements[first]
    }
}
