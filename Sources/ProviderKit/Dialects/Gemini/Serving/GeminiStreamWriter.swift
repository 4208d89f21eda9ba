internal import TransportKit

/// Writes the pieces of a streamed answer for a caller: events, or the elements of an array; calls come whole.
package struct GeminiStreamWriter: ServedStreamEncoder {
    private let writer: GeminiResponseWriter
    private let context: AnswerContext
    private let isArray: Bool
    private var id: String?
    private var hasBegun = false
    private var hasContent = false
    private var warnings: [Warning] = []
    // What ends a piece: the model's name and the answer's.
    private var suffix: [UInt8] = []
    package private(set) var hasEnded = false

    package init(context: AnswerContext, isArray: Bool) {
        self.context = context
        self.isArray = isArray
        writer = GeminiResponseWriter(context: context)
    }

    package mutating func encode(_ event: ChatEvent, into bytes: inout [UInt8]) {
        guard !hasEnded else { return }
        switch event {
        case .started(let start): id = start.id
        case .text(let text), .refusal(let text): write(text, "}", into: &bytes)
        case .reasoning(let text): write(text, ",\"thought\":true}", into: &bytes)
        case .reasoningSealed(let reasoning):
            if reasoning.signature != nil || reasoning.redacted != nil {
                warnings.append(GeminiResponseWriter.sealWarning("parts"))
            }
        case .toolCallEnded(let index, let call):
            hasContent = true
            let part = GeminiResponseWriter.call(call, path: "calls[\(index)]", warnings: &warnings)
            open(into: &bytes)
            bytes += JSONValue.object(part).serialized
            close(into: &bytes)
        case .reset:
            if hasContent { encode(OpenAIStreamWriter.resetError, into: &bytes) }
        case .finished(let response): finish(response, into: &bytes)
        // Calls come whole on this wire; warnings are told at the end, in one place.
        case .toolCallBegan, .toolCallArguments, .warning: break
        }
    }

    package mutating func encode(_ error: CallerError, into bytes: inout [UInt8]) {
        guard !hasEnded else { return }
        hasEnded = true
        append(GeminiErrorWriter.write(error).serialized, into: &bytes)
        if isArray { bytes.append(UInt8(ascii: "]")) }
    }
}

extension GeminiStreamWriter {
    private mutating func finish(_ response: ChatResponse, into bytes: inout [UInt8]) {
        hasEnded = true
        // Pieces that have no event of their own, such as images, and seals, which are known only now.
        var parts: [JSONValue] = []
        var all = response.warnings + warnings
        for (index, part) in response.message.content.enumerated() {
            switch part.kind {
            case .image, .audio, .file:
                if let value = GeminiResponseWriter.part(part, path: "parts[\(index)]", warnings: &all) {
                    parts.append(value)
                }
            case .text, .reasoning:
                guard let signature = part.extra["thoughtSignature"] else { continue }
                parts.append(["text": "", "thoughtSignature": signature])
            default: break
            }
        }
        if parts.isEmpty { parts = [["text": ""]] }
        append(writer.end(of: response, parts, id: response.id ?? id, warnings: all).serialized, into: &bytes)
        if isArray { bytes.append(UInt8(ascii: "]")) }
    }

    private mutating func write(_ text: String, _ end: StaticString, into bytes: inout [UInt8]) {
        hasContent = true
        open(into: &bytes)
        bytes.append(raw: "{\"text\":")
        bytes.append(jsonString: text)
        bytes.append(raw: end)
        close(into: &bytes)
    }

    private mutating func open(into bytes: inout [UInt8]) {
        begin(into: &bytes)
        bytes.append(raw: "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[")
    }

    private mutating func close(into bytes: inout [UInt8]) {
        if suffix.isEmpty {
            suffix = Array("]},\"index\":0}],\"modelVersion\":".utf8)
            suffix.append(jsonString: context.model.rawValue)
            suffix.append(raw: ",\"responseId\":")
            suffix.append(jsonString: id.flatMap { $0.isEmpty ? nil : $0 } ?? context.id)
            suffix.append(UInt8(ascii: "}"))
        }
        bytes += suffix
        if !isArray { bytes.append(raw: "\n\n") }
    }

    private mutating func begin(into bytes: inout [UInt8]) {
        if isArray {
            bytes.append(raw: hasBegun ? ",\r\n" : "[")
        } else {
            bytes.append(raw: "data: ")
        }
        hasBegun = true
    }

    private mutating func append(_ piece: [UInt8], into bytes: inout [UInt8]) {
        begin(into: &bytes)
        bytes += piece
        if !isArray { bytes.append(raw: "\n\n") }
    }
}
