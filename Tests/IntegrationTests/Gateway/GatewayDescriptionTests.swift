import ProviderTesting
import Testing
import TransportKit

/// The gateway keeps what its own description (`/openapi.json`) says, whatever it is sent: schemathesis makes it up.
@Suite(.serialized, .timeLimit(.minutes(5))) struct GatewayDescriptionTests {
    private struct Run: CustomTestStringConvertible {
        var provider: WireDialect
        var checks = GatewayDescriptionTests.checks
        var tags: [String]
        var testDescription: String { "\(provider): \(tags.joined(separator: ", "))" }
    }

    private static let checks = [
        "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
        "response_headers_conformance",
    ]

    /// Where requests are translated the gateway itself judges them; elsewhere that is the provider's business.
    private static let runs = [
        Run(provider: .openAI, tags: ["OpenAI", "Health", "Operation", "MCP"]),
        Run(provider: .openAI, checks: checks + ["negative_data_rejection"], tags: ["Anthropic", "Gemini", "Ollama"]),
        Run(provider: .gemini, checks: checks + ["negative_data_rejection"], tags: ["OpenAI"]),
    ]

    private static func answer(_ request: RecordedRequest) -> UpstreamAnswer {
        if request.isModelListing { return .models(["m"]) }
        let vector: JSONValue = ["values": [0.5, 1]]
        let count = max(1, request.json?["requests"]?.array?.count ?? request.json?["input"]?.array?.count ?? 1)
        switch request.path {
        case "/v1/completions":
            return .json([
                "id": "c", "object": "text_completion", "created": 1, "model": "m",
                "choices": [["index": 0, "text": "Hello", "finish_reason": "stop"]],
            ])
        case "/v1/embeddings":
            let entries = (0..<count).map { index -> JSONValue in
                ["object": "embedding", "index": .number(JSONNumber(index)), "embedding": [0.5, 1]]
            }
            return .json([
                "object": "list", "model": "m", "data": .array(entries),
                "usage": ["prompt_tokens": 1, "total_tokens": 1],
            ])
        case let path where path.hasSuffix(":batchEmbedContents"):
            return .json(["embeddings": .array(Array(repeating: vector, count: count))])
        case let path where path.hasSuffix(":embedContent"): return .json(["embedding": vector])
        case let path where path.hasPrefix("/v1/audio") || path.hasPrefix("/v1/images"):
            return .json(["text": "Hello", "data": []])
        default: return .text("Hello")
        }
    }

    @Test(arguments: runs)
    private func keepsItsWord(_ run: Run) async throws {
        try await ScriptedUpstream.run(answer: Self.answer) { upstream in
            let tools = """
                [[mcp.servers]]
                name = "time"
                command = "\(Rig.root)/.venv-mcp/bin/mcp-server-time"
                args = ["--local-timezone", "UTC"]
                timeouts = { connect = "2m" }

                """
            let gateway = try await GatewayProcess.start(
                providers: upstream.provider("up", run.provider, more: #"models = ["m"]"#) + tools,
                routing: #"unknown_model = "default:up""#
            )
            let arguments = [try gateway.address(.tcpHost), "20", run.checks.joined(separator: ",")]
            try await Rig.runScript("gateway_openapi.py", arguments + run.tags)
        }
    }
}
