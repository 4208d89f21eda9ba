internal import ProviderKit
internal import TransportKit

/// Checks of good answers.
extension ProviderConformance {
    var checks: [Check] {
        [
            Check("whole answer") { try await $0.checkAnswer(isStreamed: false) },
            Check("streamed answer") { try await $0.checkAnswer(isStreamed: true) },
            Check("whole tool calls") { try await $0.checkToolCalls(isStreamed: false) },
            Check("streamed tool calls") { try await $0.checkToolCalls(isStreamed: true) },
            Check("whole reasoning") { try await $0.checkReasoning(isStreamed: false) },
            Check("streamed reasoning") { try await $0.checkReasoning(isStreamed: true) },
            Check("unknown fields") { try await $0.checkUnknownFields() },
            Check("length limit") { try await $0.checkLengthLimit() },
            Check("models") { try await $0.checkModels() },
            Check("models refused") { try await $0.checkModelsRefused() },
            Check("credentials") { try await $0.checkCredentials() },
        ] + endings
    }

    private static let cached = ScriptedReply(
        [.text("The answer is forty-two.")],
        inputTokens: 120,
        outputTokens: 9,
        cachedTokens: 100
    )

    /// One answer by either way, with the contract of streams checked.
    func answer(
        _ provider: any Provider,
        _ request: ChatRequest,
        isStreamed: Bool,
        _ findings: inout Findings
    ) async throws -> ChatResponse? {
        guard isStreamed else { return try await provider.respond(to: request) }
        let transcript = await StreamTranscript(recording: try await provider.stream(request))
        findings.messages += transcript.violations
        if let error = transcript.error { findings.messages.append("the stream failed: \(error)") }
        return transcript.response
    }

    private func checkAnswer(isStreamed: Bool) async throws -> [String] {
        try await with(.reply(Self.cached)) { upstream, provider, findings in
            let response = try await answer(provider, request(), isStreamed: isStreamed, &findings)
            guard let response else { return findings.messages.append("there is no answer") }
            findings.expect("the text", response.text, is: Self.cached.text)
            findings.expect("the finish reason", response.finishReason, is: .stop)
            findings.expect(response.rawFinishReason != nil, "the raw finish reason is missing")
            findings.expect("the provider", response.provider, is: provider.id)
            findings.expect("the model", response.model, is: model)
            findings.expect("the input tokens", response.usage?.inputTokens, is: 120)
            findings.expect("the output tokens", response.usage?.outputTokens, is: 9)
            if dialect != .ollama {
                findings.expect("the cached tokens", response.usage?.cachedReadTokens, is: 100)
                findings.expect("the answer's id", response.id, is: Self.cached.id)
            }
            if dialect.requestIDField != nil {
                findings.expect("the request id", response.requestID, is: Self.cached.requestID)
            }
            findings.expect("the number of requests", upstream.requests.count, is: 1)
            let sent = upstream.requests.first
            findings.expect("the dialect", sent?.dialect, is: dialect)
            findings.expect("the model sent", sent?.model, is: model.rawValue)
            findings.expect("the wish for a stream", sent?.wantsStream, is: isStreamed)
            findings.expect(sent?.text.contains(Self.prompt) == true, "the prompt was not sent")
        }
    }

    private func checkToolCalls(isStreamed: Bool) async throws -> [String] {
        let calls = [
            (name: "get_weather", arguments: #"{"city":"Zürich","unit":"C"}"#),
            (name: "get_weather", arguments: #"{"city":"Paris","days":3}"#), (name: "get_time", arguments: "{}"),
        ]
        let request = request {
            $0.tools = [ToolDefinition(name: "get_weather"), ToolDefinition(name: "get_time")]
        }
        return try await with(.toolCalls(calls)) { upstream, provider, findings in
            let response = try await answer(provider, request, isStreamed: isStreamed, &findings)
            guard let response else { return findings.messages.append("there is no answer") }
            findings.expect("the calls' names", response.toolCalls.map(\.name), is: calls.map(\.name))
            let arguments = response.toolCalls.map { try? JSONValue(parsing: $0.arguments) }
            findings.expect("the arguments", arguments, is: calls.map { try? JSONValue(parsing: $0.arguments) })
            let ids = response.toolCalls.map(\.id)
            findings.expect(Set(ids).count == calls.count && !ids.contains(""), "the calls' ids are not distinct")
            if dialect == .ollama {
                // Its wire says `stop` also where tools are called.
                findings.expect(response.finishReason != nil, "the finish reason is missing")
            } else {
                findings.expect("the calls' ids", ids, is: ["call_0", "call_1", "call_2"])
                findings.expect("the finish reason", response.finishReason, is: .toolCalls)
            }
            var sent = upstream.requests.first?.json?["tools"]?.array
            // Gemini has its functions together in one tool.
            if dialect == .gemini { sent = sent?.first?["functionDeclarations"]?.array }
            findings.expect("the number of tools sent", sent?.count, is: 2)
        }
    }

    private func checkReasoning(isStreamed: Bool) async throws -> [String] {
        let reply = ScriptedReply.reasoning("Let me think about six times seven.", then: "Forty-two.")
        return try await with(.reply(reply)) { _, provider, findings in
            let response = try await answer(provider, request(), isStreamed: isStreamed, &findings)
            guard let response else { return findings.messages.append("there is no answer") }
            findings.expect("the reasoning", response.message.reasoningText, is: reply.reasoningText)
            findings.expect("the text", response.text, is: reply.text)
            guard dialect == .anthropic else { return }
            let seals = response.message.content.compactMap { part in
                if case .reasoning(let reasoning) = part.kind { reasoning.signature } else { nil }
            }
            findings.expect("the reasoning's signature", seals, is: ["seal-1"])
        }
    }

    private func checkUnknownFields() async throws -> [String] {
        let vendor: JSONValue = ["depth": [1, ["x": nil]], "ratio": .number(JSONNumber(uncheckedText: "1.10"))]
        var reply = ScriptedReply.text("Hello")
        reply.extra["x_vendor"] = vendor
        return try await with(.reply(reply)) { upstream, provider, findings in
            let response = try await provider.respond(to: request { $0.extra["x_wish"] = vendor })
            findings.expect("the unknown field of the answer", response.extra["x_vendor"], is: vendor)
            findings.expect("the unknown field sent", upstream.requests.first?.json?["x_wish"], is: vendor)
        }
    }

    private func checkLengthLimit() async throws -> [String] {
        try await with(.reply(ScriptedReply([.text("The answer")], finishReason: "length"))) { _, provider, findings in
            let response = try await answer(provider, request(), isStreamed: true, &findings)
            findings.expect("the finish reason", response?.finishReason, is: .length)
        }
    }

    private func checkModels() async throws -> [String] {
        try await with { upstream, provider, findings in
            let models = try await provider.models()
            findings.expect("the models", models.map(\.id), is: [model, "other-model"])
            findings.expect(models.allSatisfy { $0.provider == provider.id }, "a model names another provider")
            findings.expect("the number of requests", upstream.requests.count, is: 1)
        }
    }

    private func checkModelsRefused() async throws -> [String] {
        let upstream = try await ScriptedUpstream { _ in .error(401) }
        var findings = Findings()
        let baseURL = upstream.baseURL(for: dialect)
        let setting = Setting(
            baseURL: baseURL,
            endpoint: try Endpoint(parsing: baseURL),
            apiKey: Secret(Self.key)
        )
        do {
            _ = try await makeProvider(setting).models()
            findings.messages.append("models were listed")
        } catch let error as PlexError {
            findings.expect("the code", error.code, is: .authentication)
        }
        await upstream.shutdown()
        return findings.messages
    }

    private func checkCredentials() async throws -> [String] {
        let echo = UpstreamAnswer { request in
            // As real ones do: the key comes back in the error.
            let key = request.fields.fields.first { $0.value.contains(Self.key) }?.value ?? "none"
            return UpstreamAnswer.error(401, message: "Incorrect API key provided: \(key)").makeSteps(request)
        }
        return try await with(echo) { upstream, provider, findings in
            do throws(PlexError) {
                _ = try await provider.respond(to: request())
                findings.messages.append("a refused key gave an answer")
            } catch {
                findings.expect("the code", error.code, is: .authentication)
                findings.expectNoSecret(in: error, prompt: Self.prompt)
            }
            let request = upstream.requests.first
            if dialect != .ollama {
                let carries = request?.fields.fields.contains { $0.value.contains(Self.key) }
                findings.expect(carries == true, "the key was not sent")
            }
            findings.expect(request?.text.contains(Self.key) == false, "the key was sent in the body")
            findings.expect(request?.target.contains(Self.key) == false, "the key was sent in the URL")
        }
    }
}
