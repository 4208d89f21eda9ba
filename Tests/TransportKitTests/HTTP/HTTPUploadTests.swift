import Synchronization
import Testing

@testable import TransportKit

@Suite(.timeLimit(.minutes(5)), .eachWay)
struct HTTPUploadTests {
    let client = HTTPClient(configuration: .forTests())

    private struct SourceFailure: Error {}

    /// Gives out pieces after a change of task each, and counts how often it was asked.
    private final class Pieces: Sendable {
        private let pieces: Locked<[[UInt8]]>
        let asked = Atomic<Int>(0)
        let fails: Bool

        convenience init(_ pieces: [String], fails: Bool = false) {
            self.init(bytes: pieces.map { Array($0.utf8) }, fails: fails)
        }

        init(bytes: [[UInt8]], fails: Bool = false) {
            pieces = Locked(bytes)
            self.fails = fails
        }

        func next() async throws -> [UInt8]? {
            await Task.yield()
            asked.add(1, ordering: .relaxed)
            let piece = pieces.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            if piece == nil, fails { throw SourceFailure() }
            return piece
        }
    }

    @Test func streamsABodyOfUnknownLengthInChunks() async throws {
        let server = try LocalServer { connection in
            connection.log.note(connection.readHead() ?? "")
            connection.log.note(connection.read(until: "0\r\n\r\n"))
            connection.respond("ok")
        }
        let pieces = Pieces(["one", "", "two", String(repeating: "3", count: 200_000)])
        let request = HTTPRequest(
            method: "POST",
            url: server.url,
            body: .stream(length: nil) { try await pieces.next() }
        )
        #expect(try await client.send(request).text() == "ok")
        #expect(server.log.events[2].contains("Transfer-Encoding: chunked"))
        let body = server.log.events[3]
        #expect(body.hasPrefix("3\r\none\r\n3\r\ntwo\r\n"))
        #expect(body.filter { $0 == "3" }.count >= 200_000)
    }

    @Test func streamsABodyOfKnownLength() async throws {
        let server = try LocalServer { connection in
            connection.log.note(connection.readHead() ?? "")
            connection.respond(String(decoding: connection.read(6), as: UTF8.self))
        }
        let pieces = Pieces(["one", "two"])
        let request = HTTPRequest(method: "PUT", url: server.url, body: .stream(length: 6) { try await pieces.next() })
        #expect(try await client.send(request).text() == "onetwo")
        #expect(server.log.events[2].contains("Content-Length: 6"))
    }

    @Test func sendsALargeBodyOfBytesWhole() async throws {
        let bytes = [UInt8](repeating: 1, count: 1_500_000) + [UInt8](repeating: 2, count: 1_500_000)
        let server = try LocalServer { connection in
            let head = connection.readHead() ?? ""
            connection.log.note(head)
            connection.respond(connection.read(3_000_000) == bytes ? "same" : "different")
        }
        let request = HTTPRequest(method: "POST", url: server.url, body: .bytes(bytes))
        #expect(try await client.send(request).text() == "same")
        #expect(server.log.events[2].contains("Content-Length: 3000000"))
        #expect(!server.log.events[2].contains("Expect"))
    }

    @Test(arguments: [nil, 100])
    func sourceThatFailsOrEndsEarlyEndsTheRequest(_ length: Int?) async throws {
        let server = try LocalServer { connection in
            _ = connection.readHead()
            connection.waitForClose()
        }
        let pieces = Pieces(["one"], fails: length == nil)
        let request = HTTPRequest(
            method: "POST",
            url: server.url,
            body: .stream(length: length) { try await pieces.next() }
        )
        let error = await #expect(throws: TransportError.self) { try await client.send(request) }
        #expect(error?.code == .requestBody)
        await server.log.wait(for: "closed")
    }

    @Test func sourceIsAskedOnlyForWhatGoesOut() async throws {
        let server = try LocalServer { connection in
            _ = connection.readHead()
            connection.log.note("head")
            connection.log.blockUntil("go")
            connection.log.note("\(connection.read(until: "\r\n0\r\n\r\n").utf8.count)")
            connection.respond("ok")
        }
        let pieces = Pieces(bytes: [[UInt8]](repeating: [UInt8](repeating: 120, count: 16384), count: 2000))
        let request = HTTPRequest(
            method: "POST",
            url: server.url,
            body: .stream(length: nil) { try await pieces.next() }
        )
        let client = client
        let task = Task { try await client.send(request).status }
        await server.log.wait(for: "head")
        // The source is asked on the loop: once many turns brought no further question, the connection is full.
        var (last, quiet) = (-1, 0)
        let loop = client.configuration.eventLoopGroup.loops[0]
        while quiet < 500 {
            await loop.run {}
            let asked = pieces.asked.load(ordering: .relaxed)
            quiet = asked == last ? quiet + 1 : 0
            last = asked
        }
        #expect(last < 1000)
        task.cancel()
        server.log.note("go")
        _ = await task.result
    }

    @Test func cancellingEndsTheSource() async throws {
        let server = try LocalServer { connection in
            _ = connection.readHead()
            connection.waitForClose()
        }
        let log = server.log
        let request = HTTPRequest(
            method: "POST",
            url: server.url,
            body: .stream(length: nil) {
                log.note("asked")
                await withTaskCancellationHandler {
                    await log.wait(for: "cancelled")
                } onCancel: {
                    log.note("cancelled")
                }
                return nil
            }
        )
        let client = client
        let task = Task { try await client.send(request) }
        await log.wait(for: "asked")
        task.cancel()
        let error = await #expect(throws: TransportError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        await log.wait(for: "cancelled")
    }
}
