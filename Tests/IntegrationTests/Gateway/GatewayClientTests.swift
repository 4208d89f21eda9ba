import ProviderTesting
import Synchronization
import Testing
import TransportKit

/// The official openai client behind a gateway, over TCP and over the Unix socket.
@Suite(.timeLimit(.minutes(5))) struct GatewayClientTests {
    typealias Listener = GatewayProcess.Listener

    @Test(arguments: [Listener.unixGuest, .tcpHost])
    func itUsesARealModel(_ listener: Listener) async throws {
        let gateway = try await GatewayProcess.start(providers: Engine.shared().providerConfiguration)
        try await Rig.runScript("gateway_engine.py", [gateway.address(listener), "engine/tiny"])
    }

    /// A model's name says what is answered.
    private static func script() -> @Sendable (RecordedRequest) -> UpstreamAnswer {
        let failed = Atomic<Bool>(false)
        return { request in
            if request.isModelListing { return .models(["text"]) }
            let name = request.model ?? ""
            if let fault = Fault.all.first(where: { $0.name == name }) { return .fault(fault) }
            switch name {
            case "text": return .text("Hello there")
            case "tools": return .toolCalls([("get_weather", #"{"city":"Zürich"}"#), ("get_time", "{}")])
            case "reasoning": return .reasoning("Let me think.", then: "So it is.")
            case "once 500":
                return failed.exchange(true, ordering: .relaxed) ? .text("Hello there") : .error(500)
            default: return .error(Int(name) ?? 500)
            }
        }
    }

    @Test(arguments: [Listener.unixGuest, .tcpHost])
    func itSeesEachDialectAndEachFailure(_ listener: Listener) async throws {
        let upstream = try await ScriptedUpstream(answer: Self.script())
        let gateway = try await GatewayProcess.start(
            server: #"max_request_size = "256KiB""#,
            providers: upstream.providers()
        )
        try await Rig.runScript(
            "gateway_upstreams.py",
            [gateway.address(listener)] + WireDialect.allCases.map(\.rawValue)
        )
        #expect(upstream.malformedInput == [])
        await upstream.shutdown()
    }

    @Test("The official openai client's Responses, over each dialect", arguments: [Listener.unixGuest, .tcpHost])
    func responsesSeeTheSame(_ listener: Listener) async throws {
        try await ScriptedUpstream.run(answer: Self.script()) { upstream in
            let gateway = try await GatewayProcess.start(providers: upstream.providers())
            try await Rig.runScript(
                "gateway_responses.py",
                [gateway.address(listener)] + WireDialect.allCases.map(\.rawValue)
            )
            #expect(upstream.malformedInput == [])
        }
    }

    @Test(
        "The official clients of Anthropic, Ollama and Google, over each dialect",
        arguments: ["gateway_dialects.py", "gateway_genai.py"]
    )
    func othersSeeTheSame(_ script: String) async throws {
        try await ScriptedUpstream.run(answer: Self.script()) { upstream in
            let gateway = try await GatewayProcess.start(providers: upstream.providers())
            try await Rig.runScript(
                script,
                [gateway.address(.tcpGuest)] + WireDialect.allCases.map(\.rawValue)
            )
            #expect(upstream.malformedInput == [])
        }
    }

    @Test func itNeedsAnAccessKeyOverTCP() async throws {
        let key = "sk-access-0123456789abcdef"
        try await ScriptedUpstream.run(answer: Self.script()) { upstream in
            let gateway = try await GatewayProcess.start(
                server: #"access_keys = ["${ACCESS_KEY}"]"#,
                providers: upstream.provider("up"),
                environment: ["ACCESS_KEY": key]
            )
            let addresses = try [gateway.address(.tcpHost), gateway.address(.unixGuest)]
            try await Rig.runScript("gateway_keys.py", addresses + ["up/text"], input: "\(key)\n")
            // Who was turned away did not reach the provider.
            #expect(upstream.requests.filter { !$0.isModelListing }.count == 3)
        }
    }
}
