import ProviderTesting
import Testing
import TransportKit

/// Every path through every listener.
@Suite(.timeLimit(.minutes(5))) struct GatewayMatrixTests {
    /// A request and the status of its answer for hosts and for guests.
    struct Row: CustomStringConvertible {
        var method = "GET"
        var path: String
        var body: JSONValue?
        var host = 200
        var guest = 200
        var description: String { "\(method) \(path)" }
    }

    private static let rows: [Row] =
        ["", "/models"].flatMap { prefix in
            [
                Row(method: "POST", path: "\(prefix)/v1/chat/completions", body: .chat("up/m")),
                Row(method: "POST", path: "\(prefix)/v1/chat/completions", body: .chat("up/m", isStreamed: true)),
                Row(method: "POST", path: "\(prefix)/v1/responses", body: ["model": "up/m", "input": "Hi"]),
                Row(method: "POST", path: "\(prefix)/v1/completions", body: ["model": "up/m", "prompt": "Hi"]),
                Row(method: "POST", path: "\(prefix)/v1/embeddings", body: ["model": "up/m", "input": "Hi"]),
                Row(path: "\(prefix)/v1/models"),
                Row(path: "\(prefix)/v1/models/m"),
                Row(path: "\(prefix)/v1/models/none", host: 404, guest: 404),
                Row(path: "\(prefix)/v1/health"),
                Row(path: "\(prefix)/v1/nothing", host: 404, guest: 404),
                Row(path: "\(prefix)/v1/chat/completions", host: 405, guest: 405),
                Row(method: "POST", path: "\(prefix)/v1/models", body: [:], host: 405, guest: 405),
            ]
        }
        + [
            Row(path: "/health"), Row(path: "/health/ready"), Row(method: "HEAD", path: "/health"),
            Row(method: "DELETE", path: "/health", host: 405, guest: 405),
            Row(path: "/"), Row(method: "HEAD", path: "/"), Row(path: "/api/ps"),
            Row(path: "/models/health", host: 404, guest: 404),
        ]
        + ["/metrics", "/_internal/status", "/_internal/config"].flatMap { path in
            [
                Row(path: path, guest: 404),
                Row(path: "\(path)/", guest: 404),
                Row(path: "\(path)?x=/health", guest: 404),
                Row(method: "POST", path: path, body: [:], host: 405, guest: 404),
                Row(method: "OPTIONS", path: path, host: 204, guest: 404),
                Row(path: "/models\(path)", host: 404, guest: 404),
                Row(path: "//\(path)", host: 404, guest: 404),
                Row(path: "/v1/..\(path)", host: 404, guest: 404),
            ]
        }

    private static func answer(_ request: RecordedRequest) -> UpstreamAnswer {
        switch request.path {
        case "/v1/completions":
            .json([
                "id": "c", "object": "text_completion", "created": 1, "model": "m",
                "choices": [["index": 0, "text": "Hello", "finish_reason": "stop"]],
            ])
        case "/v1/embeddings":
            .json([
                "object": "list", "model": "m", "data": [["object": "embedding", "index": 0, "embedding": [0.5, 1]]],
                "usage": ["prompt_tokens": 1, "total_tokens": 1],
            ])
        default: request.isModelListing ? .models(["m"]) : .text("Hello")
        }
    }

    @Test(arguments: GatewayProcess.Listener.allCases)
    func eachPathIsThereOrNot(_ listener: GatewayProcess.Listener) async throws {
        try await ScriptedUpstream.run(answer: Self.answer) { upstream in
            let gateway = try await GatewayProcess.start(providers: upstream.provider("up"))
            for row in Self.rows {
                let answer = try await gateway.ask(row.method, row.path, row.body, at: listener)
                #expect(answer.status == (listener.isHost ? row.host : row.guest), "\(row): \(answer.text)")
                #expect(answer.fields["x-request-id"]?.isEmpty == false, "\(row) has no request id")
                guard answer.status >= 400, row.method != "HEAD" else { continue }
                let error = answer.json?["error"]
                for key in ["message", "type", "code"] {
                    #expect(error?[key]?.string?.isEmpty == false, "\(row): \(answer.text)")
                }
                #expect(error?["request_id"]?.string == answer.fields["x-request-id"], "\(row): \(answer.text)")
            }
        }
    }
}
