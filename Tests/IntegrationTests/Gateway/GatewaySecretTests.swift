import FoundationEssentials
import ProviderTesting
import Testing
import TransportKit

/// Planted secrets, looked for wherever something comes out.
@Suite(.timeLimit(.minutes(5))) struct GatewaySecretTests {
    private static let secrets = [
        "provider": "sk-canary-provider-5d41402abc4b", "other": "sk-canary-other-7d793037a076",
        "header": "canary-header-2a76b9719d91", "access": "sk-canary-access-1f8ac10f23c5",
    ]
    private static let guestsOwn = "sk-canary-guest-b5bb9d8014a0"
    private static let prompt = "canary prompt 0e4b1d"

    /// Echoes the key in errors, as some providers do.
    private static func answer(_ request: RecordedRequest) -> UpstreamAnswer {
        if request.isModelListing { return .models(["m"]) }
        let key = request.fields["authorization"] ?? request.fields["x-api-key"] ?? "none"
        switch request.model {
        case "m": return .text("Hello")
        case "cut": return .fault(.resetMidway)
        case "refused": return .error(401, message: "Incorrect API key provided: \(key)")
        case "forbidden": return .error(403, message: "\(key) must not do this", fields: ["x-echo": key])
        default: return .error(400, message: "the request with \(key) is bad")
        }
    }

    private static func chat(_ model: String, isStreamed: Bool) -> JSONValue {
        [
            "model": .string(model), "stream": .bool(isStreamed),
            "messages": [["role": "user", "content": .string(prompt)]],
        ]
    }

    @Test func theyComeOutNowhere() async throws {
        let upstream = try await ScriptedUpstream(answer: Self.answer)
        let other = try await ScriptedUpstream(answer: Self.answer)
        let folder = try TestFolder()
        try folder.write(Self.secrets["access", default: ""], to: "access.key")
        try folder.write(Self.secrets["other", default: ""], to: "other.key")
        let gateway = try await GatewayProcess.start(
            server: """
                access_keys = [{ key = "file:access.key", name = "ci" }]
                log_level = "trace"
                """,
            providers: upstream.provider("up", key: "${CANARY}", more: #"headers = { X-Extra = "${CANARY_HEADER}" }"#)
                + other.provider("other", .anthropic, key: "file:other.key"),
            environment: [
                "CANARY": Self.secrets["provider", default: ""], "CANARY_HEADER": Self.secrets["header", default: ""],
            ],
            in: folder
        )

        var seen: [String] = []
        for listener in GatewayProcess.Listener.allCases {
            let shown = listener.isUnix ? Self.guestsOwn : Self.secrets["access", default: ""]
            let fields: HTTPFields = [
                "Authorization": "Bearer \(shown)", "X-Goog-Api-Key": Self.guestsOwn, "Cookie": Self.guestsOwn,
                "OpenAI-Organization": Self.guestsOwn, "Proxy-Authorization": "Basic \(Self.guestsOwn)",
            ]
            for provider in ["up", "other"] {
                for model in ["m", "cut", "refused", "forbidden", "bad"] {
                    for isStreamed in [true, false] {
                        let body = Self.chat("\(provider)/\(model)", isStreamed: isStreamed)
                        var answer = StreamedAnswer(
                            try await gateway.send("POST", "/v1/chat/completions", body, at: listener, fields: fields)
                        )
                        await answer.readToEnd()
                        seen.append("\(answer.fields) \(answer.text)")
                    }
                }
            }
            for path in [
                "/metrics", "/_internal/status", "/_internal/config", "/v1/health?probe=true", "/v1/models", "/nothing",
            ] {
                let answer = try await gateway.ask("GET", path, at: listener, fields: fields)
                seen.append("\(answer.fields) \(answer.text)")
            }
            let wrong = try await gateway.chat(
                "up/m",
                at: listener,
                fields: ["Authorization": "Bearer \(Self.guestsOwn)x"]
            )
            #expect(wrong.status == (listener.isUnix ? 200 : 401))
            seen.append(wrong.text)
        }

        let commandLine = FileManager.default.contents(atPath: "/proc/\(gateway.child.processID)/cmdline") ?? Data()
        #expect(!commandLine.isEmpty)
        seen.append(String(decoding: commandLine, as: UTF8.self))
        gateway.child.signal(15)
        let outcome = try await gateway.child.outcome()
        #expect(outcome.errorOutput.contains("/v1/chat/completions"), "there is no access log to look into")
        seen += [outcome.output, outcome.errorOutput]
        for secret in Self.secrets.values + [Self.guestsOwn, Self.prompt] {
            for text in seen where text.contains(secret) { Issue.record("\(secret) is in \(text)") }
        }

        try Self.check(upstream, hasOnly: ["provider", "header"])
        try Self.check(other, hasOnly: ["other"])
        await upstream.shutdown()
        await other.shutdown()
    }

    /// Each provider is shown its own secrets, each time, and no other.
    private static func check(_ upstream: ScriptedUpstream, hasOnly own: [String]) throws {
        try #require(upstream.requests.count >= 40)
        for request in upstream.requests {
            let head = request.fields.fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
            for (name, secret) in secrets {
                #expect(head.contains(secret) == own.contains(name), "\(name) at \(request.target)")
            }
            #expect(!head.contains(guestsOwn), "the guest's own at \(request.target)")
        }
    }
}
