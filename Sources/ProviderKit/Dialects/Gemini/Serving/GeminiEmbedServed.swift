package import TransportKit

/// Gemini's `embedContent` and `batchEmbedContents`, as a server speaks them.
///
/// The model stands in the path, so the body that is read has the model put into it. Source: the API's reference, v1beta.
package struct GeminiEmbedServed: ServedEmbeddingDialect {
    private let isBatch: Bool

    /// Makes the dialect.
    ///
    /// - Parameter isBatch: Whether it is the form with several requests in one.
    package init(isBatch: Bool) {
        self.isBatch = isBatch
    }

    package var operation: WireOperation { isBatch ? .geminiEmbedBatch : .geminiEmbed }

    package func decodeRequest(_ body: JSONValue) throws(PlexError) -> ServedEmbedding {
        let root = RequestField(body)
        var request = EmbeddingRequest(
            model: ModelID(try root.required("model").nonEmptyString()),
            input: [],
            extraDialect: .gemini
        )
        guard isBatch else {
            let settings = try Self.read(root, into: &request)
            request.dimensions = settings.dimensions
            request.extra = settings.extra
            return ServedEmbedding(request: request, isBase64: false)
        }
        let requests = try root.required("requests")
        var first: Settings?
        for element in try requests.elements() {
            let settings = try Self.read(element, into: &request)
            guard first == nil || first == settings else {
                throw element.unsupported("all requests of a batch need the same settings here; send several batches")
            }
            first = settings
        }
        guard let first else { throw requests.invalid("must not be empty") }
        request.dimensions = first.dimensions
        request.extra = first.extra
        return ServedEmbedding(request: request, isBase64: false)
    }

    private struct Settings: Equatable {
        var dimensions: Int?
        var extra: JSONObject
    }

    private static func read(_ field: RequestField, into request: inout EmbeddingRequest) throws(PlexError) -> Settings
    {
        let content = try field.required("content")
        _ = try content.optional("role")?.string()
        let parts = try content.required("parts")
        var text = ""
        for part in try parts.elements() {
            guard let piece = try part.optional("text") else {
                throw part.unsupported("this model's provider makes vectors of text only")
            }
            text += try piece.string()
        }
        request.input.append(text)
        return Settings(
            dimensions: try field.optional("outputDimensionality")?.positiveInt(),
            extra: try field.rest(without: ["model", "content", "outputDimensionality"])
        )
    }

    package func encodeResponse(
        _ response: EmbeddingResponse,
        to request: ServedEmbedding,
        context: AnswerContext
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(raw: isBatch ? "{\"embeddings\":[" : "{\"embedding\":")
        for (index, vector) in response.vectors.enumerated() where isBatch || index == 0 {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(raw: "{\"values\":")
            OpenAIEmbeddingsServed.append(vector, into: &bytes)
            bytes.append(UInt8(ascii: "}"))
        }
        if isBatch { bytes.append(UInt8(ascii: "]")) }
        if let count = response.usage?.inputTokens {
            bytes.append(raw: ",\"usageMetadata\":{\"promptTokenCount\":")
            bytes.append(contentsOf: String(count).utf8)
            bytes.append(UInt8(ascii: "}"))
        }
        if let warnings = GeminiWarnings.value(response.warnings) {
            bytes.append(raw: ",\"warnings\":")
            bytes += warnings.serialized
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    package func callersWarnings(_ warnings: [Warning]) -> [Warning] {
        GeminiWarnings.inCallersWords(warnings).map { warning in
            var warning = warning
            if warning.field == "dimensions" { warning.field = "outputDimensionality" }
            return warning
        }
    }
}
