internal import TransportKit

/// Writes the lines of a streamed answer for a caller; calls come whole.
package struct OllamaStreamWriter: ServedStreamEncoder {
    private let writer: OllamaResponseWriter
    // What each line begins with, up to where the answer stands.
    private let prefix: [UInt8]
    private var callCount = 0
    private var hasContent = false
    private var warnings: [Warning] = []
    package private(set) var hasEnded = false

    package init(context: AnswerContext, isCompletion: Bool) {
        writer = OllamaResponseWriter(context: context, isCompletion: isCompletion)
        prefix = JSONValue.object(writer.frame).serialized.dropLast() + Array(",".utf8)
    }

    package mutating func encode(_ event: ChatEvent, into bytes: inout [UInt8]) {
        guard !hasEnded else { return }
        switch event {
        case .text(let text), .refusal(let text): write(text, isThinking: false, into: &bytes)
        case .reasoning(let text): write(text, isThinking: true, into: &bytes)
        case .toolCallEnded(_, let call):
            hasContent = true
            var line = writer.frame
            let call = OllamaResponseWriter.call(call, index: callCount, warnings: &warnings)
            writer.write("", thinking: "", calls: [call], into: &line)
            line["done"] = false
            callCount += 1
            append(line, into: &bytes)
        case .reasoningSealed: warnings.append(OllamaResponseWriter.sealWarning)
        case .reset:
            if hasContent { encode(OpenAIStreamWriter.resetError, into: &bytes) }
        case .finished(let response):
            hasEnded = true
            var line = writer.frame
            writer.write("", thinking: "", calls: [], into: &line)
            writer.writeEnd(response, warnings: response.warnings + warnings, into: &line)
            append(line, into: &bytes)
        // Calls come whole on this wire; warnings are told at the end, in one place.
        case .started, .toolCallBegan, .toolCallArguments, .warning: break
        }
    }

    package mutating func encode(_ error: CallerError, into bytes: inout [UInt8]) {
        guard !hasEnded else { return }
        hasEnded = true
        bytes += OllamaErrorWriter.write(error).serialized
        bytes.append(0x0A)
    }

    private mutating func write(_ text: String, isThinking: Bool, into bytes: inout [UInt8]) {
        hasContent = true
        bytes.append(contentsOf: prefix)
        if writer.isCompletion {
            bytes.append(raw: isThinking ? "\"response\":\"\",\"thinking\":" : "\"response\":")
        } else {
            bytes.append(raw: "\"message\":{\"role\":\"assistant\",\"content\":")
            if isThinking { bytes.append(raw: "\"\",\"thinking\":") }
        }
        bytes.append(jsonString: text)
        if !writer.isCompletion { bytes.append(UInt8(ascii: "}")) }
        bytes.append(raw: ",\"done\":false}\n")
    }

    private func append(_ line: JSONObject, into bytes: inout [UInt8]) {
        bytes += JSONValue.object(line).serialized
        bytes.append(0x0A)
    }
}
