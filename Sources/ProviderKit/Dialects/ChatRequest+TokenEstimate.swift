internal import TransportKit

extension ChatRequest {
    /// A guess at the number of the prompt's tokens, where nobody can be asked to count them.
    ///
    /// Four bytes of text make a token, which fits English with the tokenizers in use and guesses too many for other
    /// scripts; a message and a tool have a few for the marks around them, an image as many as a middle-sized one.
    package var estimatedTokens: Int {
        var bytes = 0
        var marks = 3
        for message in messages {
            marks += 4
            for part in message.content { Self.add(part, &bytes, &marks) }
        }
        for tool in tools {
            marks += 8
            bytes += tool.name.utf8.count + (tool.description?.utf8.count ?? 0)
            bytes += tool.parameters.serialized.count
        }
        if case .jsonSchema(let format)? = responseFormat { bytes += format.schema.serialized.count }
        return (bytes + 3) / 4 + marks
    }

    private static func add(_ part: ContentPart, _ bytes: inout Int, _ marks: inout Int) {
        switch part.kind {
        case .text(let text), .refusal(let text): bytes += text.utf8.count
        case .reasoning(let reasoning): bytes += reasoning.text.utf8.count
        case .toolCall(let call): bytes += call.name.utf8.count + call.arguments.utf8.count
        case .toolResult(let result):
            marks += 4
            for part in result.content { add(part, &bytes, &marks) }
        case .image: marks += 1000
        case .audio(let media), .file(let media):
            // A page of 1,500 tokens takes about 50 KiB; text stands in its bytes.
            if case .base64(let data) = media.source {
                bytes += media.mediaType?.hasPrefix("text/") == true ? data.utf8.count * 3 / 4 : data.utf8.count / 10
            }
        case .unknown(let value): bytes += value.serialized.count
        }
    }
}
