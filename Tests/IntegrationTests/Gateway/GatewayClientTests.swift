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

    @Test("The official clients of the other dialects use a real model")
    func othersUseARealModel() async throws {
        let gateway = try await GatewayProcess.start(providers: Engine.shared().providerConfiguration)
        try await Rig.runScript("gateway_engine_dialects.py", [gateway.address(.tcpGuest), "engine/tiny"])
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

    @Test("What is rarely sent by any official client is kept, refused or told of, over each dialect")
    func oddRequests() async throws {
        let script = Self.script()
        let answer: @Sendable (RecordedRequest) -> UpstreamAnswer = { request in
            switch request.model ?? "" {
            case "cut": .reply(ScriptedReply([.text("Hel")], finishReason: "length"))
            case "cached": .reply(ScriptedReply([.text("Hello there")], cachedTokens: 5))
            case "refusal" where request.path.hasSuffix("/chat/completions"): Self.refusal(of: request)
            case "refusal": .reply(ScriptedReply([], finishReason: "refusal"))
            default: script(request)
            }
        }
        try await ScriptedUpstream.run(answer: answer) { upstream in
            let gateway = try await GatewayProcess.start(providers: upstream.providers())
            try await Rig.runScript(
                "gateway_odd_requests.py",
                [gateway.address(.tcpGuest)] + WireDialect.allCases.map(\.rawValue)
            )
            #expect(upstream.malformedInput == [])
        }
    }

    // OpenAI's words of refusal, behind which stands a plain stop.
    private static func refusal(of request: RecordedRequest) -> UpstreamAnswer {
        let refusal: JSONValue = ["role": "assistant", "content": nil, "refusal": "I will not."]
        guard request.json?["stream"]?.bool == true else {
            return .json([
                "id": "r", "object": "chat.completion", "created": 1, "model": "refusal",
                "choices": [["index": 0, "message": refusal, "logprobs": nil, "finish_reason": "stop"]],
            ])
        }
        let pieces = ([(refusal, nil), ([:], "stop")] as [(JSONValue, JSONValue)]).map { delta, finish -> [UInt8] in
            let chunk: JSONValue = [
                "id": "r", "object": "chat.completion.chunk", "created": 1, "model": "refusal",
                "choices": [["index": 0, "delta": delta, "finish_reason": finish]],
            ]
            return Array("data: \(chunk.serializedString)\n\n".utf8)
        }
        return .stream(pieces + [Array("data: [DONE]\n\n".utf8)])
    }

    @Test("Sound and pictures of the official openai client go through byte for byte")
    func formsGoThrough() async throws {
        // What is heard is told by the sound's size.
        let answer: @Sendable (RecordedRequest) -> UpstreamAnswer = { request in
            switch request.path {
            case "/v1/audio/transcriptions", "/v1/audio/translations":
                let sound = Self.part(named: "file", of: request.body)
                return .json(["text": .string("\(sound) bytes")])
            case "/v1/images/edits", "/v1/images/generations":
                return .json(["created": 1, "data": [["b64_json": "aGk="]]])
            case "/v1/audio/speech": return .http(200, fields: ["Content-Type": "audio/mpeg"], body: Array(0...255))
            default: return request.isModelListing ? .models(["hear", "draw", "speak"]) : .error(500)
            }
        }
        try await ScriptedUpstream.run(answer: answer) { upstream in
            let gateway = try await GatewayProcess.start(providers: upstream.provider("up"))
            try await Rig.runScript("gateway_media.py", [gateway.address(.tcpGuest), "up"])
            let forms = upstream.requests.filter { $0.fields["content-type"]?.hasPrefix("multipart/form-data") == true }
            #expect(forms.count == 4)
            // The provider's own name for the model, and nothing else, is new.
            #expect(forms.allSatisfy { !$0.text.contains("up/") })
            #expect(forms[0].text.contains("x_new"))
        }
    }

    // The size of a part of a form; the part of a file is what stands between its head and the next boundary.
    private static func part(named name: String, of form: [UInt8]) -> Int {
        guard let first = form.firstRange(of: Array("\r\n".utf8)) else { return -1 }
        let boundary = Array("\r\n".utf8) + form[..<first.lowerBound]
        guard let head = form.firstRange(of: Array("name=\"\(name)\"".utf8)),
            let start = form[head.upperBound...].firstRange(of: Array("\r\n\r\n".utf8)),
            let end = form[start.upperBound...].firstRange(of: boundary)
        else { return -1 }
        return end.lowerBound - start.upperBound
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
