import ProviderKit
import RouterKit
import TransportKit

/// What a router adds to a request: finding the route, planning, keeping the health of targets, telling the way it took.
@Sendable
func routerBenchmarks() async throws -> [Measurement] {
    let provider = InstantProvider()
    let targets = (0..<3).map { Target("instant", ModelID("model-\($0)")) }
    let router = try Router(
        [Router.Member(provider)],
        rules: RoutingRules(routes: [.init(.model("fast"), targets: targets)])
    )
    let body = try ScannedBody(scanning: Array(#"{"model":"fast","messages":[{"role":"user","content":"Why?"}]}"#.utf8))
    let request = ForwardRequest(operation: .openAIChat, model: "fast", body: body) { () throws(PlexError) in
        .chat(ChatRequest(model: "fast", prompt: "Why?"))
    }
    return try await Task(executorPreference: EventLoopGroup.shared.loops[0]) {
        [
            try await Sampler().measure("router.none", operations: 5000) {
                keep(try await provider.forward(request)?.status ?? 0)
            },
            try await Sampler().measure("router.forward", operations: 5000, reference: "router.none") {
                keep(try await router.forward(request)?.status ?? 0)
            },
        ]
    }.value
}

/// A provider that has its answer at once, so that only the way to it costs anything.
private struct InstantProvider: ForwardingProvider {
    let id: ProviderID = "instant"

    func capabilities(of model: ModelID) async -> Capabilities { Capabilities(features: [.streaming, .tools]) }

    func models() async throws(PlexError) -> [Model] { [] }

    func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
        ChatResponse(provider: id, model: request.model, message: .assistant("Rayleigh."), finishReason: .stop)
    }

    func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream {
        ChatStream(replaying: try await respond(to: request))
    }

    func forward(_ request: ForwardRequest) async throws(PlexError) -> ForwardedAnswer? {
        ForwardedAnswer(
            provider: id,
            model: request.model,
            contentType: "application/json",
            body: .whole([0x7B, 0x7D], ForwardSummary())
        )
    }
}
