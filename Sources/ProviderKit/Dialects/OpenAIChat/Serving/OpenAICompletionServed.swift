package import TransportKit

/// OpenAI's completions of plain text, as a server speaks them.
package struct OpenAICompletionServed: Sendable {
    package init() {}

    package var operation: WireOperation { .openAICompletion }

    /// Reads a request.
    ///
    /// - Throws: `PlexError` with code `invalidRequest` or `unsupported`, naming the field.
    package func decodeRequest(_ body: JSONValue) throws(PlexError) -> ServedCompletion {
        let root = RequestField(body)
        var settings = ChatRequest(model: ModelID(try root.required("model").nonEmptyString()), messages: [])
        let prompt = try Self.prompt(try root.required("prompt"))
        var isStreaming = false
        var wantsUsage = false
        for (name, field) in try root.members() {
            switch name {
            case "model", "prompt": break
            case "stream": isStreaming = try field.bool()
            case "stream_options": wantsUsage = try field.optional("include_usage")?.bool() ?? false
            case "max_tokens": settings.maximumTokens = try field.positiveInt()
            // Without these the answer would be to something else.
            case "suffix": try Self.refuse(field, unless: field.value == "", "a text to fill in before")
            case "echo": try Self.refuse(field, unless: try !field.bool(), "the prompt in the answer")
            case "logprobs": try Self.refuse(field, unless: false, "the probabilities of tokens")
            case "best_of": try Self.refuse(field, unless: try field.positiveInt() == 1, "a choice of several answers")
            default: try OpenAISamplingReader.read(name, field, into: &settings)
            }
        }
        let request = TextCompletionRequest(
            model: settings.model,
            prompt: prompt,
            sampling: settings.sampling,
            maximumTokens: settings.maximumTokens,
            stopSequences: settings.stopSequences,
            extra: settings.extra,
            extraDialect: .openAI
        )
        return ServedCompletion(request: request, isStreaming: isStreaming, wantsUsage: wantsUsage)
    }

    private static func refuse(_ field: RequestField, unless isHarmless: Bool, _ what: String) throws(PlexError) {
        guard !isHarmless else { return }
        throw field.unsupported("this model's provider knows no \(what); leave it out")
    }

    private static func prompt(_ field: RequestField) throws(PlexError) -> String {
        switch field.value {
        case .string(let text): return text
        case .array(let elements):
            guard let only = try field.elements().first else { throw field.invalid("must not be empty") }
            guard only.value.string != nil || only.value.int != nil || only.value.array != nil else {
                throw only.invalid("expected a string, found \(only.value.kindDescription)")
            }
            if only.value.string == nil {
                throw field.unsupported("this model's provider takes text, not tokens; send the prompt as a string")
            }
            guard elements.count == 1 else {
                throw field.unsupported("this model's provider takes one prompt a request; send several requests")
            }
            return try only.string()
        default: throw field.invalid("expected a string, found \(field.value.kindDescription)")
        }
    }

    /// Writes a whole answer.
    package func encodeResponse(_ response: ChatResponse, context: AnswerContext) -> JSONValue {
        var choice: JSONObject = ["text": .string(response.text), "index": 0]
        choice["logprobs"] = response.logprobs ?? .null
        OpenAIResponseWriter.writeFinish(response, usesFunctions: false, into: &choice)
        var body = OpenAIResponseWriter.frame("text_completion", response.id, context)
        body["choices"] = [.object(choice)]
        body["usage"] = response.usage.map(OpenAIUsageWriter.value)
        body["warnings"] = OpenAIWarnings.value(response.warnings)
        return .object(body)
    }

    /// Makes what writes a streamed answer.
    package func makeStreamEncoder(
        for request: ServedCompletion,
        context: AnswerContext
    ) -> OpenAICompletionStreamWriter {
        OpenAICompletionStreamWriter(context: context, wantsUsage: request.wantsUsage)
    }

    /// Writes an error that ends a stream which was sent on in its provider's words.
    package func encodeStreamError(_ error: CallerError) -> [UInt8] {
        OpenAIChatServed().encodeStreamError(error)
    }

    /// Warnings with the fields named as the caller wrote them.
    package func callersWarnings(_ warnings: [Warning]) -> [Warning] {
        OpenAIWarnings.inCallersWords(warnings)
    }
}

/// A caller's request to continue a text, read.
package struct ServedCompletion: Sendable {
    /// What is asked.
    package var request: TextCompletionRequest
    /// Whether the answer shall stream.
    package var isStreaming: Bool
    /// Whether the caller wants the tokens counted at the stream's end.
    package var wantsUsage: Bool

    package init(request: TextCompletionRequest, isStreaming: Bool, wantsUsage: Bool) {
        self.request = request
        self.isStreaming = isStreaming
        self.wantsUsage = wantsUsage
    }
}
