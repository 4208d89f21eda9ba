import ProviderKit
import ProviderTesting
import RouterKit
import Testing
import TransportKit

@Suite("Settings that a model's requests are given", .timeLimit(.minutes(5)))
struct RouterParametersTests {
    private static let parameters = ModelParameters(
        defaults: [
            "temperature": 0.5, "top_p": 0.9, "top_k": 40, "seed": 7, "max_tokens": 100, "stop": ["END"], "user": "us",
            "parallel_tool_calls": false, "reasoning_effort": "low", "presence_penalty": 0.1, "frequency_penalty": 0.2,
            "min_p": 0.05,
        ],
        overrides: ["seed": 1, "service_tier": nil, "logit_bias": ["7": -100]]
    )

    private static func router(_ wire: ScriptedWire, _ parameters: ModelParameters) throws -> Router {
        let configuration = ProviderConfiguration(id: "a", endpoint: try Endpoint(parsing: "https://a.test/v1"))
        return try Router(
            [Router.Member(OpenAIProvider(configuration: configuration, transport: wire), models: ["m"])],
            rules: RoutingRules(parameters: [.init("m", parameters: parameters)]),
            options: Router.Options(seed: 1, clock: ManualClock())
        )
    }

    private static func wire() -> ScriptedWire {
        ScriptedWire(clock: ManualClock()) { _ in .text("Hello") }
    }

    private static func sent(_ wire: ScriptedWire) throws -> JSONValue {
        try #require(wire.requests.last?.json)
    }

    @Test("hold where a conversation says nothing")
    func defaults() async throws {
        let wire = Self.wire()
        _ = try await Self.router(wire, Self.parameters).respond(to: ChatRequest(model: "m", prompt: "?"))
        let sent = try Self.sent(wire)
        #expect(sent["temperature"]?.double == 0.5 && sent["top_p"]?.double == 0.9 && sent["min_p"]?.double == 0.05)
        #expect(sent["presence_penalty"]?.double == 0.1 && sent["frequency_penalty"]?.double == 0.2)
        #expect((sent["max_tokens"] ?? sent["max_completion_tokens"])?.int == 100)
        #expect(sent["reasoning_effort"]?.string == "low" && sent["user"]?.string == "us")
        #expect(sent["stop"]?.array?.map(\.string) == ["END"] || sent["stop"]?.string == "END")
    }

    @Test("give way to what a conversation says, but for those that hold in any case")
    func stated() async throws {
        let wire = Self.wire()
        var request = ChatRequest(model: "m", prompt: "?")
        request.sampling = Sampling(temperature: 1, topP: 1, topK: 1, seed: 5, presencePenalty: 1, frequencyPenalty: 1)
        request.maximumTokens = 9
        request.stopSequences = ["STOP"]
        request.user = "somebody"
        request.reasoning = ReasoningOptions(effort: .high)
        request.extra = ["min_p": 0.5, "service_tier": "flex"]
        _ = try await Self.router(wire, Self.parameters).respond(to: request)
        let sent = try Self.sent(wire)
        #expect(sent["temperature"]?.double == 1 && sent["top_p"]?.double == 1 && sent["min_p"]?.double == 0.5)
        #expect(sent["presence_penalty"]?.double == 1 && sent["frequency_penalty"]?.double == 1)
        #expect((sent["max_tokens"] ?? sent["max_completion_tokens"])?.int == 9)
        #expect(sent["user"]?.string == "somebody" && sent["reasoning_effort"]?.string == "high")
        #expect(sent["seed"]?.int == 1)
        #expect(sent["service_tier"] == nil)
        #expect(sent["logit_bias"]?["7"]?.int == -100)
    }

    @Test("can take out what a conversation says")
    func removed() async throws {
        let wire = Self.wire()
        let nothing = ModelParameters(overrides: [
            "temperature": nil, "max_tokens": nil, "stop": nil, "reasoning_effort": nil, "user": nil, "seed": nil,
        ])
        var request = ChatRequest(model: "m", prompt: "?")
        request.sampling = Sampling(temperature: 1, seed: 5)
        request.maximumTokens = 9
        request.stopSequences = ["STOP"]
        request.user = "somebody"
        request.reasoning = ReasoningOptions(effort: .high)
        _ = try await Self.router(wire, nothing).respond(to: request)
        let sent = try Self.sent(wire)
        for name in ["temperature", "max_tokens", "max_completion_tokens", "stop", "reasoning_effort", "user", "seed"] {
            #expect(sent[name] == nil, "\(name)")
        }
    }

    @Test("are put into a body that is handed on, whose members keep their order and digits")
    func forwarded() async throws {
        let wire = Self.wire()
        let body =
            #"{"zeta":1.50,"model":"m","temperature":null,"seed":99,"messages":[{"role":"user","content":"?"}],"service_tier":"flex"}"#
        let request = ForwardRequest(
            operation: .openAIChat,
            model: "m",
            body: try ScannedBody(scanning: Array(body.utf8))
        )
        let router = try Self.router(
            wire,
            ModelParameters(defaults: ["temperature": 0.5], overrides: ["seed": 1, "service_tier": nil])
        )
        _ = try #require(try await router.forward(request))
        let sent = String(decoding: try #require(wire.requests.last).body, as: UTF8.self)
        #expect(
            sent == #"{"zeta":1.50,"model":"m","temperature":0.5,"seed":1,"messages":[{"role":"user","content":"?"}]}"#
        )
    }

    @Test("leave a form with a file as it is")
    func form() async throws {
        let wire = ScriptedWire(clock: ManualClock()) { _ in .json(["text": "heard"]) }
        let form = [
            "--x", #"Content-Disposition: form-data; name="model""#, "", "m",
            "--x", #"Content-Disposition: form-data; name="file"; filename="a.wav""#, "", "RIFF", "--x--", "",
        ].joined(separator: "\r\n")
        let type = "multipart/form-data; boundary=x"
        let request = ForwardRequest(
            operation: .openAITranscription,
            model: "m",
            body: try ScannedBody(scanningForm: Array(form.utf8), contentType: type),
            fields: ["content-type": type]
        )
        let answer = try #require(try await Self.router(wire, Self.parameters).forward(request))
        #expect(answer.status == 200)
        #expect(wire.requests.last?.body == Array(form.utf8))
    }
}
