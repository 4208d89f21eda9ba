package import TransportKit

/// Ollama's embeddings, as a server speaks them.
package struct OllamaEmbedServed: ServedEmbeddingDialect {
    private let isOld: Bool

    /// Makes the dialect.
    ///
    /// - Parameter isOld: Whether it is the form of `/api/embeddings`, which takes one text.
    package init(isOld: Bool = false) {
        self.isOld = isOld
    }

    package var operation: WireOperation { isOld ? .ollamaEmbedding : .ollamaEmbed }

    /// Reads a request.
    ///
    /// - Throws: `PlexError` with code `invalidRequest`, naming the field.
    package func decodeRequest(_ body: JSONValue) throws(PlexError) -> ServedEmbedding {
        let root = RequestField(body)
        let name = isOld ? "prompt" : "input"
        var request = EmbeddingRequest(
            model: ModelID(try root.required("model").nonEmptyString()),
            input: [],
            extraDialect: .ollama
        )
        let input = try root.required(name)
        if let text = input.value.string {
            request.input = [text]
        } else {
            guard !isOld else { throw input.invalid("expected a string, found \(input.value.kindDescription)") }
            for element in try input.elements() { request.input.append(try element.string()) }
            guard !request.input.isEmpty else { throw input.invalid("must not be empty") }
        }
        for (member, field) in try root.members() {
            switch member {
            case "model", name: break
            case "dimensions": request.dimensions = try field.positiveInt()
            default: request.extra[member] = field.value
            }
        }
        return ServedEmbedding(request: request, isBase64: false)
    }

    /// Writes an answer, as bytes: a tree of all the numbers would cost many times more.
    package func encodeResponse(
        _ response: EmbeddingResponse,
        to request: ServedEmbedding,
        context: AnswerContext
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        if isOld {
            bytes.append(raw: "{\"embedding\":")
            OpenAIEmbeddingsServed.append(response.vectors.first ?? [], into: &bytes)
        } else {
            bytes.append(raw: "{\"model\":")
            bytes.append(jsonString: context.model.rawValue)
            bytes.append(raw: ",\"embeddings\":[")
            for (index, vector) in response.vectors.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                OpenAIEmbeddingsServed.append(vector, into: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
            if let count = response.usage?.inputTokens {
                bytes.append(raw: ",\"prompt_eval_count\":")
                bytes.append(contentsOf: String(count).utf8)
            }
        }
        if let warnings = OllamaWarnings.value(response.warnings) {
            bytes.append(raw: ",\"warnings\":")
            bytes += warnings.serialized
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// Warnings with the fields named as the caller wrote them.
    package func callersWarnings(_ warnings: [Warning]) -> [Warning] {
        OllamaWarnings.inCallersWords(warnings)
    }
}

/// Ollama's lists of models, as a server writes them.
package enum OllamaModelList {
    /// Writes the list of what is installed: each name once.
    package static func encode(_ models: [Model]) -> JSONValue {
        var names: Set<ModelID> = []
        return ["models": .array(models.filter { names.insert($0.id).inserted }.map(encode))]
    }

    private static func encode(_ model: Model) -> JSONValue {
        [
            "name": .string(model.id.rawValue), "model": .string(model.id.rawValue),
            "modified_at": .string(Timestamp.rfc3339(seconds: model.created ?? 0)),
            "size": .number(JSONNumber(model.sizeInBytes ?? 0)), "digest": "",
            "details": details(of: model),
        ]
    }

    /// Writes what is known of one model.
    package static func encode(_ model: Model, _ capabilities: Capabilities) -> JSONValue {
        let words: [(Capabilities.Feature, String)] = [
            (.tools, "tools"), (.vision, "vision"), (.reasoning, "thinking"), (.embeddings, "embedding"),
        ]
        let isEmbedder = capabilities.features == [.embeddings]
        let known = words.filter { capabilities.contains($0.0) }.map { JSONValue.string($0.1) }
        var info: JSONObject = ["general.architecture": .string(model.owner ?? model.provider.rawValue)]
        info["general.context_length"] = (model.contextLength ?? capabilities.contextLength).map {
            .number(JSONNumber($0))
        }
        return [
            "modified_at": .string(Timestamp.rfc3339(seconds: model.created ?? 0)),
            "details": details(of: model), "model_info": .object(info),
            "capabilities": .array((isEmbedder ? [] : ["completion"]) + known),
        ]
    }

    private static func details(of model: Model) -> JSONValue {
        let family = JSONValue.string(model.owner ?? model.provider.rawValue)
        return [
            "parent_model": "", "format": "", "family": family, "families": [family], "parameter_size": "",
            "quantization_level": "",
        ]
    }
}

/// Warnings in the words of a caller who speaks Ollama's dialect.
enum OllamaWarnings: CallersWords {
    static let names = [
        "sampling.temperature": "options.temperature", "sampling.topP": "options.top_p",
        "sampling.topK": "options.top_k", "sampling.seed": "options.seed",
        "sampling.presencePenalty": "options.presence_penalty",
        "sampling.frequencyPenalty": "options.frequency_penalty", "maximumTokens": "options.num_predict",
        "stopSequences": "options.stop", "responseFormat": "format", "reasoning.effort": "think",
        "reasoning.budgetTokens": "think", "reasoning": "think",
    ]
}
