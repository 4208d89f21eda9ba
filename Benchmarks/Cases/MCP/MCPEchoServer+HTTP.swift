import Glibc
import TransportKit

/// The argument that makes the benchmarks' own program the server over HTTP that they call; the port follows.
let mcpEchoHTTPArgument = "--mcp-echo-http"

/// The server of tools that does next to nothing, over HTTP/1.1 with connections that stay; ends with its standard input.
func serveMCPEchoHTTP(port: UInt16) throws {
    let (listener, _) = try RawSocket.listen(port: port)
    RawSocket.setNonBlocking(listener)
    var connections: [EchoConnection] = []
    while true {
        var polled = [pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)]
        polled.append(pollfd(fd: listener, events: Int16(POLLIN), revents: 0))
        polled += connections.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        guard unsafe poll(&polled, nfds_t(polled.count), -1) > 0 else { continue }
        if polled[0].revents != 0 { return }
        for index in connections.indices.reversed() where polled[index + 2].revents != 0 {
            if !connections[index].serve() { connections.remove(at: index) }
        }
        while let descriptor = RawSocket.accept(listener) { connections.append(EchoConnection(descriptor)) }
    }
}

private final class EchoConnection {
    let descriptor: Int32
    private var input: [UInt8] = []
    private var piece = [UInt8](repeating: 0, count: 16 * 1024)
    private var output: [UInt8] = []

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Answers what has come; false at the end of the connection.
    func serve() -> Bool {
        let count = unsafe read(descriptor, &piece, piece.count)
        guard count > 0 else { return count < 0 && errno == EAGAIN }
        input.append(contentsOf: piece[..<count])
        while let (head, body) = nextRequest() {
            answer(head, input[body])
            input.removeFirst(body.upperBound)
        }
        let written = unsafe write(descriptor, output, output.count)
        defer { output.removeAll(keepingCapacity: true) }
        return written == output.count
    }

    /// The head of a request that is here whole, and where its body is.
    private func nextRequest() -> (head: String, body: Range<Int>)? {
        let blank: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
        guard input.count > 4,
            let end = (0...(input.count - 4)).first(where: { input[$0..<($0 + 4)].elementsEqual(blank) })
        else { return nil }
        let head = String(decoding: input[..<end], as: UTF8.self).lowercased()
        let length = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
        let size = length.flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
        guard input.count >= end + 4 + size else { return nil }
        return (head, (end + 4)..<(end + 4 + size))
    }

    private func answer(_ head: String, _ body: ArraySlice<UInt8>) {
        guard head.hasPrefix("post") else {
            return output.append(contentsOf: "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n".utf8)
        }
        var message: [UInt8] = []
        answerMCP(body, into: &message)
        guard !message.isEmpty else {
            return output.append(contentsOf: "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n".utf8)
        }
        let fields = "Content-Type: application/json\r\nContent-Length: \(message.count)"
        output.append(contentsOf: "HTTP/1.1 200 OK\r\n\(fields)\r\n\r\n".utf8)
        output.append(contentsOf: message)
    }
}
