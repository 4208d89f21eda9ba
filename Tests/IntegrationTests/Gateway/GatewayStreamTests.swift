import Glibc
import ProviderTesting
import Testing
import TransportKit

@Suite(.timeLimit(.minutes(5))) struct GatewayStreamTests {
    typealias Listener = GatewayProcess.Listener

    private static func run(
        _ answers: UpstreamAnswer...,
        server: String = "",
        body: (GatewayProcess, ScriptedUpstream) async throws -> Void
    ) async throws {
        // Taken in order; but a gateway may ask for models at any time.
        let upstream = try await ScriptedUpstream(answers)
        let gateway = try await GatewayProcess.start(
            server: server,
            providers: upstream.providers(more: #"models = ["m"]"#)
        )
        try await body(gateway, upstream)
        await upstream.shutdown()
    }

    // MARK: The caller leaves

    @Test(arguments: [Listener.unixGuest, .tcpHost], [true, false])
    func aCallerWhoLeavesBeforeTheFirstTokenEndsTheRequest(_ listener: Listener, _ isStreamed: Bool) async throws {
        try await Self.run(.stall) { gateway, upstream in
            let task = Task {
                try await gateway.send(
                    "POST",
                    "/v1/chat/completions",
                    .chat("openai/m", isStreamed: isStreamed),
                    at: listener
                )
            }
            _ = try await upstream.request(0)
            task.cancel()
            let departure = try await upstream.peerLeft(request: 0)
            #expect(departure?.answerWasWhole == false)
            await #expect(throws: TransportError.self) { try await task.value }
        }
    }

    @Test(arguments: WireDialect.allCases, [Listener.unixGuest, .tcpHost])
    func aCallerWhoLeavesMidwayEndsTheRequest(_ dialect: WireDialect, _ listener: Listener) async throws {
        try await Self.run(.text("Hello there", waitingAt: Gate())) { gateway, upstream in
            var stream = try await gateway.stream("\(dialect.rawValue)/m", at: listener)
            #expect(await stream.read(until: "Hell"))
            stream.leave()
            let departure = try await upstream.peerLeft(request: 0)
            #expect(departure?.answerWasWhole == false)
        }
    }

    // MARK: The upstream is slow, or fails

    @Test(arguments: WireDialect.allCases)
    func commentsKeepAStreamOpenWhileItsProviderIsSilent(_ dialect: WireDialect) async throws {
        let gate = Gate()
        try await Self.run(.text("Hello there", waitingAt: gate), server: #"keep_alive = "50ms""#) { gateway, _ in
            var stream = try await gateway.stream("\(dialect.rawValue)/m")
            #expect(await stream.read(until: "\n\n: ", times: 2))
            gate.open()
            await stream.readToEnd()
            #expect(try stream.content() == "Hello there")
            #expect(try stream.events().last == "[DONE]")
        }
    }

    @Test func eventsArriveAsTheyAreMade() async throws {
        let gate = Gate()
        try await Self.run(.text("Hello there", waitingAt: gate)) { gateway, _ in
            var stream = try await gateway.stream("openai/m", at: .tcpHost)
            // All that stands before the gate comes although the answer is not over.
            #expect(await stream.read(until: "o th"))
            gate.open()
            await stream.readToEnd()
            #expect(try stream.events().last == "[DONE]")
        }
    }

    @Test(arguments: WireDialect.allCases)
    func aFailureBeforeTheFirstEventHasItsStatus(_ dialect: WireDialect) async throws {
        let answers: [(UpstreamAnswer, Int)] = [
            (.error(400), 400), (.error(404), 404), (.error(429, fields: ["Retry-After": "7"]), 429),
            (.error(500), 502),
            // Ollama's errors have no word for an overload.
            (.fault(.errorFirst), dialect == .ollama ? 502 : 503), (.fault(.emptyStream), 502),
            (.fault(.resetBeforeHead), 502),
        ]
        for (answer, status) in answers {
            try await Self.run(answer) { gateway, _ in
                var stream = try await gateway.stream("\(dialect.rawValue)/m")
                await stream.readToEnd()
                #expect(stream.status == status, "\(stream.text)")
                #expect(stream.fields["content-type"]?.hasPrefix("application/json") == true)
                #expect(stream.fields["retry-after"] == (status == 429 ? "7" : status == 503 ? "1" : nil))
            }
        }
    }

    // MARK: The gateway ends

    @Test func aStreamThatRunsWhenTheGatewayStopsEndsWhole() async throws {
        let gate = Gate()
        try await Self.run(.text("Hello there", waitingAt: gate), server: #"drain_timeout = "60s""#) { gateway, _ in
            var stream = try await gateway.stream("openai/m")
            #expect(await stream.read(until: "Hell"))
            gateway.child.signal(SIGTERM)
            // It has heard when it answers nobody new any more.
            while let answer = try? await gateway.ask("GET", "/health"), answer.status == 200 {}
            gate.open()
            await stream.readToEnd()
            #expect(try stream.content() == "Hello there")
            #expect(try stream.events().last == "[DONE]")
            let outcome = try await gateway.child.outcome()
            #expect(outcome.status == 0, "\(outcome.errorOutput)")
            #expect(!gateway.folder.has("host.socket") && !gateway.folder.has("guest.socket"))
        }
    }

    @Test func aStreamThatOutlastsTheDrainingIsCut() async throws {
        try await Self.run(.text("Hello there", waitingAt: Gate()), server: #"drain_timeout = "100ms""#) {
            gateway,
            upstream in
            var stream = try await gateway.stream("openai/m")
            #expect(await stream.read(until: "Hell"))
            gateway.child.signal(SIGTERM)
            await stream.readToEnd()
            #expect(try !stream.events().contains("[DONE]"))
            #expect(try await gateway.child.outcome().status == 0)
            #expect(try await upstream.peerLeft(request: 0)?.answerWasWhole == false)
        }
    }

    @Test func aKilledGatewayLeavesNothingInTheWay() async throws {
        try await Self.run(.text("Hello there", waitingAt: Gate()), .text("Hello again")) { gateway, upstream in
            var stream = try await gateway.stream("openai/m")
            #expect(await stream.read(until: "Hell"))
            gateway.child.signal(SIGKILL)
            await stream.readToEnd()
            #expect(stream.error != nil, "a stream that broke off must not look whole")
            #expect(try await gateway.child.outcome().status == 128 + SIGKILL)
            #expect(try await upstream.peerLeft(request: 0) != nil)

            #expect(gateway.folder.has("host.socket"))
            let next = try await GatewayProcess.start(
                providers: upstream.providers(more: #"models = ["m"]"#),
                in: gateway.folder
            )
            #expect(try await next.chat("openai/m").content == "Hello again")
        }
    }

    @Test func aSecondGatewayIsToldWhoOwnsTheSocket() async throws {
        try await Self.run(.text("Hello")) { gateway, upstream in
            let second = try await GatewayProcess.launch(providers: upstream.providers(), in: gateway.folder)
            let outcome = try await second.outcome()
            #expect(outcome.status == 69)
            #expect(outcome.errorOutput.contains("\(gateway.child.processID)"), "\(outcome.errorOutput)")
            #expect(try await gateway.chat("openai/m").content == "Hello")
        }
    }
}
