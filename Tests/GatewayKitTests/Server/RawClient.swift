import CLinux
import Glibc
import TransportKit

@testable import GatewayKit

/// A client that sends bytes as they are and reads what comes; reads wait on a thread of their own.
final class RawClient: Sendable {
    struct Failure: Error {
        let what: String
    }

    let descriptor: Int32
    private let buffer = Locked<[UInt8]>([])

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw Failure(what: "connect: \(errno)") }
        limitWaiting()
    }

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let (descriptor, path) = (descriptor, path)
        guard unsafe UnixSocketFile.withAddress(path, { unsafe connect(descriptor, $0, $1) }) == 0 else {
            throw Failure(what: "connect: \(errno)")
        }
        limitWaiting()
    }

    /// A test that waits for what never comes fails instead of hanging.
    private func limitWaiting() {
        var time = timeval(tv_sec: 20, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { Glibc.close(descriptor) }

    func send(_ text: String) async throws {
        try await send(Array(text.utf8))
    }

    /// Sends all bytes; fails when the server no longer takes any.
    func send(_ bytes: [UInt8]) async throws {
        let descriptor = descriptor
        let sent = await OwnThread.run {
            var offset = 0
            while offset < bytes.count {
                let count = unsafe bytes.withUnsafeBytes { bytes in
                    unsafe Glibc.send(
                        descriptor,
                        bytes.baseAddress?.advanced(by: offset),
                        bytes.count - offset,
                        Int32(MSG_NOSIGNAL)
                    )
                }
                guard count > 0 else { return offset }
                offset += count
            }
            return offset
        }
        guard sent == bytes.count else { throw Failure(what: "sent \(sent) of \(bytes.count) bytes") }
    }

    func closeSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Breaks the connection off.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Reads more; `false` at the end of the connection.
    private func readMore() async throws -> Bool {
        let descriptor = descriptor
        let (count, bytes, code) = await OwnThread.run {
            var bytes = [UInt8](repeating: 0, count: 65536)
            let count = unsafe recv(descriptor, &bytes, bytes.count, 0)
            return (count, Array(bytes.prefix(max(0, count))), errno)
        }
        if count < 0, code == EAGAIN { throw Failure(what: "nothing came; there is: \(peek())") }
        buffer.withLock { $0 += bytes }
        return count > 0
    }

    private func peek() -> String { buffer.withLock { String(decoding: $0, as: UTF8.self) } }

    /// Reads up to and with a text.
    func read(through mark: String) async throws -> String {
        let mark = Array(mark.utf8)
        while true {
            let found: String? = buffer.withLock { buffer in
                guard let range = buffer.firstRange(of: mark) else { return nil }
                defer { buffer.removeFirst(range.upperBound) }
                return String(decoding: buffer[..<range.upperBound], as: UTF8.self)
            }
            if let found { return found }
            guard try await readMore() else { throw Failure(what: "the connection ended; there was: \(peek())") }
        }
    }

    func read(_ count: Int) async throws -> String {
        while buffer.withLock({ $0.count }) < count {
            guard try await readMore() else { throw Failure(what: "the connection ended; there was: \(peek())") }
        }
        return buffer.withLock { buffer in
            defer { buffer.removeFirst(count) }
            return String(decoding: buffer[..<count], as: UTF8.self)
        }
    }

    /// Reads all that comes until the connection ends.
    func readToEnd() async throws -> String {
        while try await readMore() {}
        return buffer.withLock { buffer in
            defer { buffer = [] }
            return String(decoding: buffer, as: UTF8.self)
        }
    }

    struct Response: Equatable {
        var status = 0
        var head = ""
        var body = ""

        func field(_ name: String) -> String? {
            for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix(name.lowercased() + ":") {
                return String(line.dropFirst(name.count + 1).drop { $0 == " " })
            }
            return nil
        }
    }

    func readHead() async throws -> Response {
        var response = Response()
        response.head = try await read(through: "\r\n\r\n")
        response.status = Int(response.head.dropFirst(9).prefix(3)) ?? 0
        return response
    }

    /// A chunk's content; empty for the last one.
    func readChunk() async throws -> String {
        let line = try await read(through: "\r\n")
        guard let size = Int(line.dropLast(1), radix: 16) else { throw Failure(what: "no chunk size: \(line)") }
        let chunk = try await read(size)
        guard try await read(through: "\r\n") == "\r\n" else { throw Failure(what: "no line end after \(chunk)") }
        return chunk
    }

    func readResponse() async throws -> Response {
        var response = try await readHead()
        if let length = response.field("content-length").flatMap({ Int($0) }) {
            response.body = try await read(length)
        } else if response.field("transfer-encoding") == "chunked" {
            while true {
                let chunk = try await readChunk()
                if chunk.isEmpty { break }
                response.body += chunk
            }
        } else {
            response.body = try await readToEnd()
        }
        return response
    }
}
