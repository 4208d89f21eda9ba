import Glibc
import TransportKit

/// A fast server of canned OpenAI chat completions, on a thread of its own.
///
/// It looks at no more of a request than its path and length, so that it costs a gateway's benchmark as little as can be.
final class MockUpstream: Sendable {
    /// What happened to answers that take time.
    struct Log: Sendable {
        /// Streams and silences begun.
        var begun = 0
        /// When the peer closed its connection before the end of one, in monotonic nanoseconds.
        var departures: [UInt64] = []
    }

    let port: UInt16
    private let group = EventLoopGroup(count: 1)
    private let log: SharedLog
    private let listener: Int32

    /// Starts the server.
    init(port: UInt16 = 0) async throws(TransportError) {
        (listener, self.port) = try RawSocket.listen(port: port)
        log = SharedLog()
        let (listener, log, loop) = (listener, log, group.loops[0])
        let outcome: Result<Void, TransportError> = await loop.run {
            let buffer = SharedBuffer()
            return Result { () throws(TransportError) in
                try loop.watch(listener, for: [.readable]) { _ in
                    while let descriptor = RawSocket.accept(listener) {
                        MockConnection(descriptor, on: loop, buffer: buffer, log: log).begin()
                    }
                }
            }
        }
        try outcome.get()
    }

    /// What has happened so far.
    var events: Log { log.content.withLock { $0 } }

    func shutdown() async {
        let (listener, loop) = (listener, group.loops[0])
        await loop.run {
            loop.unwatch(listener)
            close(listener)
        }
        await group.shutdown()
    }

    final class SharedLog: Sendable {
        let content = Locked(Log())
    }
}
