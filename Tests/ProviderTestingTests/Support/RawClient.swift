import CLinux
import Glibc
import TransportKit

/// A client that sends and receives bytes and knows nothing of HTTP.
///
/// It waits for bytes on a thread of its own, at most ten seconds, so that no task of another test has to wait.
final class RawClient {
    private let descriptor: Int32
    private let thread = EventLoopGroup(count: 1)

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(descriptor, $0, size) }
        }
        try prepare(result)
    }

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(descriptor, $0, size) }
        }
        try prepare(result)
    }

    private func prepare(_ result: Int32) throws {
        guard result == 0 else { throw RawClientError(code: errno) }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
    }

    func post(_ path: String, _ body: String, _ fields: String = "") {
        send("POST \(path) HTTP/1.1\r\nHost: x\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    /// The next bytes; empty at the end.
    func receive() async throws -> [UInt8] {
        let descriptor = descriptor
        let result: Result<[UInt8], RawClientError> = await thread.loops[0].run {
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
            return count < 0 ? .failure(RawClientError(code: errno)) : .success(Array(buffer[..<count]))
        }
        return try result.get()
    }

    /// All bytes until the peer closes.
    func receiveAll() async throws -> String {
        var all: [UInt8] = []
        while case let bytes = try await receive(), !bytes.isEmpty { all += bytes }
        return String(decoding: all, as: UTF8.self)
    }

    /// Bytes until a text has come.
    func receive(until text: String) async throws -> String {
        var all = ""
        while !all.contains(text) {
            let bytes = try await receive()
            guard !bytes.isEmpty else { throw RawClientError(code: 0) }
            all += String(decoding: bytes, as: UTF8.self)
        }
        return all
    }

    /// Breaks the connection when it is released.
    func resetOnClose() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
    }
}

struct RawClientError: Error, Equatable {
    var code: Int32
}
