import Glibc
import TransportKit

/// A pipe that closes with the object.
final class Pipe: Sendable {
    struct Failure: Error {}

    let reader: Int32
    let writer: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw Failure() }
        (reader, writer) = (ends[0], ends[1])
    }

    deinit {
        close(reader)
        close(writer)
    }

    func write(_ text: String) {
        unsafe _ = Glibc.write(writer, text, text.utf8.count)
    }
}

/// A connected pair of sockets that closes with the object.
final class SocketPair: Sendable {
    let ours: Int32
    private let theirs: Locked<Int32>

    init() throws {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw Pipe.Failure() }
        ours = ends[0]
        theirs = Locked(ends[1])
    }

    deinit {
        close(ours)
        closeTheirs()
    }

    func write(_ text: String) {
        theirs.withLock { unsafe _ = Glibc.write($0, text, text.utf8.count) }
    }

    func drain() {
        var buffer = [UInt8](repeating: 0, count: 1024)
        while unsafe read(ours, &buffer, buffer.count) > 0 {}
    }

    func closeTheirs() {
        theirs.withLock { end in
            if end >= 0 { close(end) }
            end = -1
        }
    }
}
