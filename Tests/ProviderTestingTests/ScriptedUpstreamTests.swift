import ProviderTesting
import Testing
import TransportKit

@Suite(.timeLimit(.minutes(5))) struct ScriptedUpstreamTests {
    private static let chat = #"{"model":"m","messages":[]}"#
    private static let streamedChat =
        #"{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true}}"#

    @Test func answersComeInOrderAndRequestsAreRecorded() async throws {
        try await ScriptedUpstream.run(.text("one"), .text("two")) { upstream in
            let client = try RawClient(port: upstream.port)
            client.post("/v1/chat/completions", Self.chat, "Authorization: Bearer k\r\n")
            #expect(try await client.receive(until: "usage").contains(#""content":"one""#))
            client.post("/v1/chat/completions", Self.chat)
            #expect(try await client.receive(until: "usage").contains(#""content":"two""#))
            #expect(upstream.requests.count == 2)
            #expect(upstream.requests[0].fields["authorization"] == "Bearer k")
            #expect(upstream.requests[0].model == "m")
            #expect(upstream.requests[0].dialect == .openAI)
            #expect(upstream.requests[1].connection == 0)
            #expect(upstream.connectionsAccepted == 1)
            client.post("/v1/chat/completions", Self.chat)
            #expect(try await client.receive(until: "script has 2").contains("500"))
        }
    }

    @Test(arguments: [
        (WireDialect.openAI, "/v1/chat/completions", "data: [DONE]"),
        (.anthropic, "/v1/messages", "event: message_stop"), (.ollama, "/api/chat", #""done":true"#),
        (.gemini, "/v1beta/models/m:streamGenerateContent?alt=sse", #""finishReason":"STOP""#),
    ])
    func aStreamIsWrittenInTheRequestsDialect(_ dialect: WireDialect, _ path: String, _ end: String) async throws {
        try await ScriptedUpstream.run(.text("Hello there")) { upstream in
            let client = try RawClient(port: upstream.port)
            client.post(path, Self.streamedChat, "Connection: close\r\n")
            let text = try await client.receive(until: "0\r\n\r\n")
            #expect(text.contains(dialect.streamMediaType))
            #expect(text.contains("Hell") && text.contains("o th") && text.contains("ere"))
            #expect(text.contains(end))
        }
    }

    @Test func modelsAreListedWithoutTakingAnAnswer() async throws {
        try await ScriptedUpstream.run(.text("one")) { upstream in
            let client = try RawClient(port: upstream.port)
            client.send("GET /v1/models HTTP/1.1\r\n\r\n")
            #expect(try await client.receive(until: "test-model").contains(#""object":"list""#))
            client.send("GET /api/tags HTTP/1.1\r\n\r\n")
            #expect(try await client.receive(until: "quantization_level").contains(#""models":["#))
            client.post("/v1/chat/completions", Self.chat)
            #expect(try await client.receive(until: "usage").contains("one"))
        }
    }

    @Test func aUnixSocketServesTheSame() async throws {
        try await ScriptedUpstream.run(.text("over a file"), listening: .unixSocket) { upstream in
            let path = try #require(upstream.socketPath)
            #expect(upstream.baseURL(for: .openAI) == "unix:\(path):/v1")
            let client = try RawClient(path: path)
            client.post("/v1/chat/completions", Self.chat)
            #expect(try await client.receive(until: "usage").contains("over a file"))
        }
    }

    @Test func aPeerThatLeavesIsSeenAtOnce() async throws {
        try await ScriptedUpstream.run(.stall) { upstream in
            var client: RawClient? = try RawClient(port: upstream.port)
            client?.post("/v1/chat/completions", Self.chat)
            _ = try await upstream.request(0)
            let before = upstream.elapsed
            client = nil
            let departure = try #require(try await upstream.peerLeft(request: 0))
            #expect(departure.time >= before)
            #expect(!departure.answerWasWhole)
            #expect(!departure.isReset)
            #expect(upstream.connectionsOpen == 0)
        }
    }

    @Test func aPeerThatBreaksTheConnectionIsTold() async throws {
        try await ScriptedUpstream.run(.text("x")) { upstream in
            var client: RawClient? = try RawClient(port: upstream.port)
            client?.post("/v1/chat/completions", Self.chat)
            _ = try await client?.receive(until: "usage")
            client?.resetOnClose()
            client = nil
            let departure = try #require(try await upstream.peerLeft(request: 0))
            #expect(departure.isReset)
            #expect(departure.answerWasWhole)
            #expect(departure.bytesWritten == upstream.bytesWritten(request: 0))
        }
    }

    @Test func aResetReachesThePeer() async throws {
        try await ScriptedUpstream.run(.steps([.reset])) { upstream in
            let client = try RawClient(port: upstream.port)
            client.post("/", "x")
            await #expect(throws: RawClientError(code: 104)) { try await client.receive() }
            #expect(try await upstream.peerLeft(request: 0) == nil)
        }
    }

    @Test func pausesPassOnTheClock() async throws {
        let clock = ManualClock()
        let answer = UpstreamAnswer.steps([.write([97]), .pause(.seconds(30)), .write([98]), .close])
        try await ScriptedUpstream.run(answer, clock: clock) { upstream in
            let client = try RawClient(port: upstream.port)
            client.post("/", "x")
            #expect(try await client.receive() == [97])
            try await clock.waitForSleepers(1)
            #expect(upstream.bytesWritten(request: 0) == 1)
            clock.advance(by: .seconds(30))
            #expect(try await client.receive() == [98])
            #expect(upstream.elapsed == .seconds(30))
        }
    }

    @Test func aGateHoldsAnAnswer() async throws {
        let gate = Gate()
        try await ScriptedUpstream.run(.text("Hello there", waitingAt: gate)) { upstream in
            let client = try RawClient(port: upstream.port)
            client.post("/v1/chat/completions", Self.streamedChat)
            let before = try await client.receive(until: "o th")
            try await gate.waitUntilReached()
            #expect(!before.contains("ere\""))
            gate.open()
            #expect(try await client.receive(until: "[DONE]").contains("ere\""))
        }
    }

    @Test func aSlowReaderHoldsBackAFlood() async throws {
        let flood = UpstreamAnswer.steps([.flood([UInt8](repeating: 120, count: 65536))])
        try await ScriptedUpstream.run(flood) { upstream in
            var client: RawClient? = try RawClient(port: upstream.port)
            client?.post("/", "x")
            let blocked = try await upstream.writeBlocked(request: 0)
            #expect(blocked > 0)
            client = nil
            let departure = try #require(try await upstream.peerLeft(request: 0))
            #expect(departure.bytesWritten >= blocked)
            #expect(!departure.answerWasWhole)
        }
    }

    @Test func whatIsNoRequestIsAnsweredAndNoted() async throws {
        try await ScriptedUpstream.run { upstream in
            let client = try RawClient(port: upstream.port)
            client.send("nonsense\r\n\r\n")
            #expect(try await client.receiveAll().contains("400"))
            #expect(upstream.malformedInput.count == 1)
            #expect(upstream.requests.isEmpty)
        }
    }
}
