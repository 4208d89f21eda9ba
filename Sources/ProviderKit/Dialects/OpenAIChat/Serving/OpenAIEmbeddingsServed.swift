package import TransportKit

/// OpenAI's embeddings, as a server speaks them.
package struct OpenAIEmbeddingsServed: ServedEmbeddingDialect {
    package init() {}

    package var operation: WireOperation { .openAIEmbedding }

    /// Reads a request.
    ///
    /// - Throws: `PlexError` with code `invalidRequest` or `unsupported`, naming the field.
    package func decodeRequest(_ body: JSONValue) throws(PlexError) -> ServedEmbedding {
        let root = RequestField(body)
        var request = EmbeddingRequest(
            model: ModelID(try root.required("model").nonEmptyString()),
            input: try Self.input(try root.required("input")),
            extraDialect: .openAI
        )
        var isBase64 = false
        for (name, field) in try root.members() {
            switch name {
            case "model", "input": break
            case "dimensions": request.dimensions = try field.positiveInt()
            case "encoding_format":
                switch try field.string() {
                case "float": isBase64 = false
                case "base64": isBase64 = true
                default: throw field.invalid("expected float or base64")
                }
            default: request.extra[name] = field.value
            }
        }
        return ServedEmbedding(request: request, isBase64: isBase64)
    }

    private static func input(_ field: RequestField) throws(PlexError) -> [String] {
        if case .string(let text) = field.value { return [text] }
        guard case .array = field.value else {
            throw field.invalid("expected a string or an array of strings, found \(field.value.kindDescription)")
        }
        let elements = try field.elements()
        guard let first = elements.first else { throw field.invalid("must not be empty") }
        if first.value.int != nil || first.value.array != nil {
            throw field.unsupported("this model's provider takes text, not tokens; send the input as strings")
        }
        var texts: [String] = []
        texts.reserveCapacity(elements.count)
        for element in elements { texts.append(try element.string()) }
        return texts
    }

    /// Writes an answer, as bytes: a tree of all the numbers would cost many times more.
    package func encodeResponse(
        _ response: EmbeddingResponse,
        to request: ServedEmbedding,
        context: AnswerContext
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(raw: "{\"object\":\"list\",\"data\":[")
        for (index, vector) in response.vectors.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(raw: "{\"object\":\"embedding\",\"index\":")
            bytes.append(contentsOf: String(index).utf8)
            bytes.append(raw: ",\"embedding\":")
            if request.isBase64 {
                bytes.append(UInt8(ascii: "\""))
                Base64.encode(Self.littleEndian(vector), into: &bytes)
                bytes.append(UInt8(ascii: "\""))
            } else {
                Self.append(vector, into: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(raw: "],\"model\":")
        bytes.append(jsonString: context.model.rawValue)
        let usage: JSONValue = [
            "prompt_tokens": .number(JSONNumber(response.usage?.inputTokens ?? 0)),
            "total_tokens": .number(JSONNumber(response.usage?.totalTokens ?? 0)),
        ]
        // Clients of OpenAI take the field for granted.
        bytes.append(raw: ",\"usage\":")
        bytes.append(contentsOf: usage.serialized)
        if let warnings = OpenAIWarnings.value(response.warnings) {
            bytes.append(raw: ",\"warnings\":")
            bytes.append(contentsOf: warnings.serialized)
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    static func append(_ vector: [Float], into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "["))
        for (position, number) in vector.enumerated() {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            // JSON has no infinities and no NaN. The shortest digits that read back as the same float.
            bytes.append(contentsOf: (number.isFinite ? number : 0).description.utf8)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private static func littleEndian(_ vector: [Float]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(vector.count * 4)
        for number in vector {
            let bits = number.bitPattern
            for shift in stride(from: UInt32(0), to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
            }
        }
        return bytes
    }

    /// Warnings with the fields named as the caller wrote them.
    package func callersWarnings(_ warnings: [Warning]) -> [Warning] {
        OpenAIWarnings.inCallersWords(warnings)
    }
}

/// A caller's request for vectors, read.
package struct ServedEmbedding: Sendable {
    /// What is asked.
    package var request: EmbeddingRequest
    /// Whether vectors go as the bytes of their numbers in Base64, which OpenAI's own client asks for.
    package var isBase64: Bool

    package init(request: EmbeddingRequest, isBase64: Bool) {
        self.request = request
        self.isBase64 = isBase64
    }
}
