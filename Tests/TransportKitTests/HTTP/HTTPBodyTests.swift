import Glibc
import Synchronization
import Testing

@testable import TransportKit

/// Streamed answers: back-pressure and cancellation.
@Suite(.timeLimit(.minutes(5)), .eachWay)
struct HTTPBodyTests {
    let client = HTTPClient(configuration: .forTests())

    /// A server on a Unix socket, whose buffers are small, that streams and notes `blocked` when it cannot write on.
    private final class Flood: Sendable {
        static let total = 16 << 20

        let server: LocalServer
        private let path = "/tmp/plex-test-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
        private let counter = Counter()

        init() throws {
            let piece = (0..<4096).map { UInt8(truncatingIfNeeded: $0) }
            let counter = counter
            server = try LocalServer(path: path) { connection in
                while true {
                    guard let head = connection.readHead() else { return }
                    guard head.contains("/ping") else { break }
                    connection.respond("pong")
                }
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(Self.total)\r\n\r\n")
                for _ in 0..<(Self.total / piece.count) {
                    guard connection.writeNotingBlocks(piece) else { break }
                    counter.value.add(piece.count, ordering: .relaxed)
                }
                connection.waitForClose()
            }
        }

        var written: Int { counter.value.load(ordering: .relaxed) }
        var request: HTTPRequest { HTTPRequest(url: "http://localhost/", unixSocketPath: path, isStreaming: true) }
        var ping: HTTPRequest { HTTPRequest(url: "http://localhost/ping", unixSocketPath: path) }
    }

    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
    }

    @Test func slowReaderHoldsTheServerBack() async throws {
        let flood = try Flood()
        let response = try await client.send(flood.request)
        await flood.server.log.wait(for: "blocked")
        // Many turns of the same loop in which a transfer without back-pressure would take in the rest.
        for _ in 0..<50 { _ = try await client.send(flood.ping).text() }
        #expect(flood.written < 1 << 20)

        var (count, isRight, isBounded) = (0, true, true)
        for try await piece in response.body {
            isBounded = isBounded && piece.count <= TransferChannel.highWatermark + 16384
            isRight = isRight && piece.first == UInt8(truncatingIfNeeded: count)
            count += piece.count
            isRight = isRight && piece.last == UInt8(truncatingIfNeeded: count - 1)
        }
        #expect(count == Flood.total)
        #expect(isRight)
        #expect(isBounded)
    }

    @Test(arguments: ["task", "body", "release"])
    func bodyThatIsGivenUpClosesTheConnection(_ way: String) async throws {
        let flood = try Flood()
        switch way {
        case "task":
            let client = client
            let task = Task {
                let response = try await client.send(flood.request)
                var iterator = response.body.makeAsyncIterator()
                while try await iterator.next() != nil { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
            }
            let error = await #expect(throws: TransportError.self) { try await task.value }
            #expect(error?.code == .cancelled)
        case "body":
            let response = try await client.send(flood.request)
            response.body.cancel()
            let error = await #expect(throws: TransportError.self) { try await response.text() }
            #expect(error?.code == .cancelled)
        default:
            _ = try await client.send(flood.request)
        }
        await flood.server.log.wait(for: "closed")
    }

    @Test func cancellingAWaitingReaderClosesTheConnection() async throws {
        let server = try LocalServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
            connection.waitForClose()
        }
        let (client, url, log) = (client, server.url, server.log)
        let task = Task {
            let response = try await client.send(HTTPRequest(url: url, isStreaming: true))
            for try await _ in response.body { log.note("piece") }
        }
        await log.wait(for: "piece")
        task.cancel()
        let error = await #expect(throws: TransportError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        await log.wait(for: "closed")
        try await client.wait { $0.inFlight == 0 && $0.open == 0 }
    }

    @Test func cancellingBeforeTheHeadClosesTheConnection() async throws {
        let server = try LocalServer { connection in
            _ = connection.readHead()
            connection.waitForClose()
        }
        let (client, url) = (client, server.url)
        let task = Task { try await client.send(HTTPRequest(url: url)) }
        await server.log.wait(for: "request")
        task.cancel()
        let error = await #expect(throws: TransportError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        await server.log.wait(for: "closed")
    }

    @Test func cancelledTaskSendsNothing() async throws {
        let server = try LocalServer { connection in connection.waitForClose() }
        let (client, url) = (client, server.url)
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return try await client.send(HTTPRequest(url: url))
        }
        let error = await #expect(throws: TransportError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        #expect(client.statistics.created == 0)
        #expect(server.log.events.isEmpty)
    }

    @Test func secondReaderIsAnErrorAndDoesNotDisturbTheFirst() async throws {
        let server = try LocalServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n")
            connection.waitForClose()
        }
        let response = try await client.send(HTTPRequest(url: server.url))
        let outcomes = await withTaskGroup(of: TransportError.Code.self) { tasks in
            for _ in 0..<2 {
                tasks.addTask {
                    do throws(TransportError) {
                        _ = try await response.body.collect(upTo: 10)
                        return .requestBody
                    } catch {
                        return error.code
                    }
                }
            }
            var codes: [TransportError.Code] = []
            for await code in tasks {
                codes.append(code)
                response.body.cancel()
            }
            return codes
        }
        #expect(outcomes == [.other, .cancelled])
    }

    @Test func shutDownGroupEndsItsTransfers() async throws {
        let flood = try Flood()
        let response = try await client.send(flood.request)
        await client.configuration.eventLoopGroup.shutdown()
        let error = await #expect(throws: TransportError.self) { try await response.text() }
        #expect(error?.code == .closed)
        await flood.server.log.wait(for: "closed")
        let late = await #expect(throws: TransportError.self) { try await client.send(flood.request) }
        #expect(late?.message.contains("shut down") == true)
    }
}

extension Connection {
    /// Writes, and notes `blocked` whenever the peer takes nothing.
    fileprivate func writeNotingBlocks(_ bytes: [UInt8]) -> Bool {
        let sent = unsafe bytes.withUnsafeBytes { buffer in
            unsafe send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        }
        if sent == bytes.count { return true }
        log.note("blocked")
        return write(Array(bytes[max(0, sent)...]))
    }
}
