internal import ProviderKit

extension Surface {
    static var openAI: [GatewayRoute] {
        [
            GatewayRoute(
                method: "POST",
                path: "/v1/chat/completions",
                asksModels: true,
                endpoint: ChatEndpoint(dialect: OpenAIChatServed())
            ) {
                let request = OperationDescription.Content.json("ChatCompletionRequest")
                return [.ofModel(.openAI, "Answers a conversation", request, answer: .json("ChatCompletion"), .events)]
            },
            GatewayRoute(
                method: "POST",
                path: "/v1/responses",
                asksModels: true,
                endpoint: ChatEndpoint(dialect: ResponsesServed())
            ) {
                let request = OperationDescription.Content.json("ResponseRequest")
                return [.ofModel(.openAI, "Answers as Responses do", request, answer: .json("Response"), .events)]
            },
            GatewayRoute(method: "POST", path: "/v1/completions", asksModels: true, endpoint: CompletionEndpoint()) {
                let request = OperationDescription.Content.json("CompletionRequest")
                return [.ofModel(.openAI, "Continues a text", request, answer: .json("Completion"), .events)]
            },
            GatewayRoute(
                method: "POST",
                path: "/v1/embeddings",
                asksModels: true,
                endpoint: EmbeddingsEndpoint(dialect: OpenAIEmbeddingsServed())
            ) {
                [.ofModel(.openAI, "Turns texts into vectors", .json("EmbeddingRequest"), answer: .json("Embeddings"))]
            },
            GatewayRoute(method: "GET", path: "/v1/models", endpoint: ModelsEndpoint()) {
                [listing("Lists the models", .json("AnyModels"))]
            },
            GatewayRoute(method: "GET", path: "/v1/models/{model}", endpoint: ModelsEndpoint()) {
                [listing("Tells of a model", .json("AnyModel"))]
            },
        ]
    }

    private static func listing(_ summary: String, _ answer: OperationDescription.Content) -> OperationDescription {
        .reading(
            .openAI,
            summary,
            parameters: [
                OperationDescription.Parameter(
                    name: "anthropic-version",
                    place: .header,
                    text: "Asks for Anthropic's form of the answer"
                ),
                OperationDescription.Parameter(
                    name: "x-goog-api-client",
                    place: .header,
                    text: "Asks for Gemini's form of the answer"
                ),
            ],
            failures: OperationDescription.listingFailures,
            answer
        )
    }

    static var media: [GatewayRoute] {
        let paths: [(String, WireOperation, String)] = [
            ("audio/speech", .openAISpeech, "Speaks a text"),
            ("audio/transcriptions", .openAITranscription, "Writes down what is said"),
            ("audio/translations", .openAITranslation, "Writes down in English what is said"),
            ("images/generations", .openAIImageGeneration, "Makes pictures"),
            ("images/edits", .openAIImageEdit, "Changes pictures"),
            ("images/variations", .openAIImageVariation, "Makes pictures like another"),
        ]
        return paths.map { path, operation, summary in
            GatewayRoute(
                method: "POST",
                path: "/v1/\(path)",
                asksModels: true,
                endpoint: MediaEndpoint(operation: operation)
            ) {
                [.ofModel(.openAI, summary, .json("MediaRequest"), .form("MediaForm"), answer: .anything)]
            }
        }
    }

    static var anthropic: [GatewayRoute] {
        [
            GatewayRoute(
                method: "POST",
                path: "/v1/messages",
                asksModels: true,
                endpoint: ChatEndpoint(dialect: AnthropicServed())
            ) {
                let request = OperationDescription.Content.json("MessageRequest")
                return [.ofModel(.anthropic, "Answers a conversation", request, answer: .json("Message"), .events)]
            },
            GatewayRoute(method: "POST", path: "/v1/messages/count_tokens", endpoint: TokenCountEndpoint()) {
                let request = OperationDescription.Content.json("MessageRequest")
                let summary = "Counts the tokens of a conversation"
                var operation = OperationDescription.ofModel(
                    .anthropic,
                    summary,
                    request,
                    answer: .json("AnthropicTokenCount")
                )
                operation.tellsItsWay = false
                return [operation]
            },
        ]
    }

    static var ollama: [GatewayRoute] {
        [
            GatewayRoute(
                method: "POST",
                path: "/api/chat",
                asksModels: true,
                endpoint: ChatEndpoint(dialect: OllamaServed())
            ) {
                let request = OperationDescription.Content.json("OllamaChatRequest")
                return [.ofModel(.ollama, "Answers a conversation", request, answer: .json("OllamaAnswer"), .lines)]
            },
            GatewayRoute(
                method: "POST",
                path: "/api/generate",
                asksModels: true,
                endpoint: ChatEndpoint(dialect: OllamaServed(isCompletion: true))
            ) {
                let request = OperationDescription.Content.json("OllamaGenerateRequest")
                return [.ofModel(.ollama, "Answers a text", request, answer: .json("OllamaAnswer"), .lines)]
            },
            GatewayRoute(
                method: "POST",
                path: "/api/embed",
                asksModels: true,
                endpoint: EmbeddingsEndpoint(dialect: OllamaEmbedServed())
            ) {
                let request = OperationDescription.Content.json("OllamaEmbedRequest")
                return [.ofModel(.ollama, "Turns texts into vectors", request, answer: .json("OllamaEmbeddings"))]
            },
            GatewayRoute(
                method: "POST",
                path: "/api/embeddings",
                asksModels: true,
                endpoint: EmbeddingsEndpoint(dialect: OllamaEmbedServed(isOld: true))
            ) {
                let request = OperationDescription.Content.json("OllamaEmbeddingRequest")
                return [.ofModel(.ollama, "Turns a text into a vector", request, answer: .json("OllamaEmbedding"))]
            },
            GatewayRoute(method: "GET", path: "/api/tags", endpoint: OllamaModelsEndpoint()) {
                let failures = OperationDescription.listingFailures
                return [.reading(.ollama, "Lists the models", failures: failures, .json("OllamaModels"))]
            },
            GatewayRoute(method: "POST", path: "/api/show", endpoint: OllamaModelEndpoint()) {
                var operation = OperationDescription.ofModel(
                    .ollama,
                    "Tells of a model",
                    .json("OllamaShowRequest"),
                    answer: .json("OllamaShown")
                )
                operation.tellsItsWay = false
                return [operation]
            },
            GatewayRoute(method: "GET", path: "/api/ps", endpoint: OllamaRunningEndpoint()) {
                [.reading(.ollama, "Lists the models in memory, which none ever is", .json("Object"))]
            },
            GatewayRoute(method: "GET", path: "/api/version", endpoint: OllamaVersionEndpoint()) {
                [.reading(.ollama, "Says which version of Ollama's interface this is", .json("OllamaVersion"))]
            },
            GatewayRoute(method: "GET", path: "/", isOpen: true, endpoint: OllamaRootEndpoint()) {
                [.reading(.ollama, "Says what Ollama says, by which its clients know a server", .text)]
            },
        ]
    }

    static var gemini: [GatewayRoute] {
        [
            GatewayRoute(
                method: "POST",
                path: "/v1beta/models/{model}",
                asksModels: true,
                endpoint: GeminiEndpoint()
            ) { GeminiEndpoint.operations },
            // The same interface under the name of its stable version, which Google's own client asks for.
            GatewayRoute(method: "POST", path: "/v1/models/{model}", asksModels: true, endpoint: GeminiEndpoint()) {
                GeminiEndpoint.operations
            },
            GatewayRoute(method: "GET", path: "/v1beta/models", endpoint: GeminiModelsEndpoint()) {
                let failures = OperationDescription.listingFailures
                return [.reading(.gemini, "Lists the models", failures: failures, .json("GeminiModels"))]
            },
            GatewayRoute(method: "GET", path: "/v1beta/models/{model}", endpoint: GeminiModelsEndpoint()) {
                let failures = OperationDescription.listingFailures
                return [.reading(.gemini, "Tells of a model", failures: failures, .json("GeminiModel"))]
            },
        ]
    }
}

extension GeminiEndpoint {
    /// What can be done with a model, each by the word behind its name.
    fileprivate static var operations: [OperationDescription] {
        let contents = OperationDescription.Content.json("GenerateContentRequest")
        let alternative = OperationDescription.Parameter(
            name: "alt",
            place: .query,
            text: "sse asks for server-sent events, and not for an array that grows"
        )
        var counting = OperationDescription.ofModel(
            .gemini,
            "Counts the tokens of a conversation",
            ending: ":countTokens",
            .json("CountTokensRequest"),
            answer: .json("GeminiTokenCount")
        )
        counting.tellsItsWay = false
        return [
            .ofModel(
                .gemini,
                "Answers a conversation",
                ending: ":generateContent",
                contents,
                answer: .json("GenerateContentAnswer")
            ),
            .ofModel(
                .gemini,
                "Answers a conversation as a stream",
                ending: ":streamGenerateContent",
                parameters: [alternative],
                contents,
                answer: .json("GenerateContentAnswers"),
                .events
            ),
            counting,
            .ofModel(
                .gemini,
                "Turns a text into a vector",
                ending: ":embedContent",
                .json("EmbedContentRequest"),
                answer: .json("GeminiEmbedding")
            ),
            .ofModel(
                .gemini,
                "Turns texts into vectors",
                ending: ":batchEmbedContents",
                .json("BatchEmbedContentsRequest"),
                answer: .json("GeminiEmbeddings")
            ),
        ]
    }
}
