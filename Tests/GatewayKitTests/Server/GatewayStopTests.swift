import ProviderKit
import ProviderTesting
import Testing
import TransportKit

@testable import GatewayKit

@Suite("A gateway that stops", .timeLimit(.minutes(5)))
struct GatewayStopTests {
    enum Kind: CaseIterable {
        case translated, forwarded, endless
    }

    private final class Words: ForwardedStream.Source {
        private let isEndless: Bool
        private let hasBegun = Locked(false)

        init(isEndless: Bool) { self.isEndless = isEndless }

        func next() async throws(PlexError) -> ForwardedStream.Piece? {
            let isFirst = hasBegun.withLock { hasBegun in
                defer { hasBegun = true }
                return !hasBegun
            }
            if isFirst || isEndless {
                await Task.yield()
                return .events(Array("data: {\"choices\":[]}\n\n".utf8))
            }
            await untilCancelled()
            throw PlexError(.cancelled, "the request was cancelled")
        }

        func cancel() {}
    }

    private func provider(_ kind: Kind) -> ScriptedProvider {
        var provider = ScriptedProvider()
        switch kind {
        case .translated:
            provider.events = { _ in
                EventScript([.started(StreamStart(provider: "scripted", model: "one")), .text("hel")], end: .waiting)
                    .stream
            }
        case .forwarded, .endless:
            provider.forwarding = { request in
                ForwardedAnswer(
                    provider: "scripted",
                    model: request.model,
                    contentType: "text/event-stream",
                    body: .stream(ForwardedStream(Words(isEndless: kind == .endless)))
                )
            }
        }
        return provider
    }

    /// Asks, stops the gateway as soon as a text has come or the provider was asked, and reads what is left.
    private func answer(
        of provider: ScriptedProvider,
        isStreaming: Bool,
        asked: Events? = nil
    ) async throws -> (text: String, log: String) {
        let sink = LineSink()
        let group = EventLoopGroup(count: 1)
        let gateway = Gateway(
            serving: provider,
            options: Gateway.Options(),
            limits: HTTPLimits(),
            eventLoopGroup: group,
            environment: [:],
            logger: .disabled,
            accessLog: AccessLog(to: sink, format: .text)
        )
        let listeners = try await gateway.start(at: [.tcp(host: "127.0.0.1", port: 0, role: .host)])
        guard case .tcp(_, let port) = listeners[0].place else { throw RawClient.Failure(what: "no port") }
        let client = try RawClient(port: port)
        let body = #"{"model":"one","stream":\#(isStreaming),"messages":[{"role":"user","content":"hi"}]}"#
        try await client.send(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
        )
        if isStreaming { _ = try await client.readChunkAfterHead() }
        await asked?.wait(for: "asked")
        async let text = client.readToEnd()
        await gateway.stop(drain: .zero)
        let result = (try await text, sink.text)
        await group.shutdown()
        return result
    }

    @Test("A stream ends with an error and in order, and its caller did not leave", arguments: Kind.allCases)
    func stream(kind: Kind) async throws {
        let (text, log) = try await answer(of: provider(kind), isStreaming: true)
        #expect(text.hasSuffix("\r\n0\r\n\r\n"))
        #expect(text.contains(#""code":"stopping""#))
        #expect(text.ranges(of: #""error""#).count == 1)
        #expect(!text.contains("[DONE]"))
        #expect(log.contains(" status=200 outcome=stopped "))
    }

    @Test("An answer that is waited for is a 503")
    func whole() async throws {
        let asked = Events()
        var provider = ScriptedProvider()
        provider.answer = { _ throws(PlexError) in
            asked.add("asked")
            await untilCancelled()
            throw PlexError(.cancelled, "the request was cancelled")
        }
        let (text, log) = try await answer(of: provider, isStreaming: false, asked: asked)
        #expect(text.hasPrefix("HTTP/1.1 503 "))
        #expect(text.lowercased().contains("\r\nretry-after: 5\r\n"))
        #expect(text.contains(#""code":"stopping""#))
        #expect(log.contains(" status=503 outcome=stopped "))
    }
}

extension RawClient {
    fileprivate func readChunkAfterHead() async throws -> String {
        _ = try await readHead()
        return try await readChunk()
    }
}
