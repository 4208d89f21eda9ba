internal import TransportKit

/// Reads the events of a streamed answer: each is an answer with the next piece; the last has the reason for the end.
package struct GeminiStreamDecoder: ChatStreamDecoder {
    private let makeCallID: @Sendable () -> String
    private var callCount = 0
    private var hasStarted = false

    package init(makeCallID: @escaping @Sendable () -> String = OllamaDialect.randomCallID) {
        self.makeCallID = makeCallID
    }

    package mutating func decode(
        event: String?,
        data: [UInt8],
        into deltas: inout [StreamDelta]
    ) throws(PlexError) {
        let frame = try JSONValue.parsing(frame: data)
        if let error = GeminiErrorBody.decode(frame) { throw error.asPlexError() }
        let answer = try GeminiAnswer(frame)
        if !hasStarted, answer.hasCandidate {
            hasStarted = true
            deltas.append(.start(id: answer.id, model: answer.model?.rawValue))
        }
        for part in answer.parts { add(part, into: &deltas) }
        for member in answer.extra.members { deltas.append(.extra(name: member.name, value: member.value)) }
        if let raw = answer.rawFinishReason {
            deltas.append(.finishReason(answer.finishReason(hasToolCalls: callCount > 0), raw: raw))
        }
        if let usage = answer.usage { deltas.append(.usage(usage)) }
    }

    private mutating func add(_ value: JSONValue, into deltas: inout [StreamDelta]) {
        let part = GeminiPart(value)
        if let call = part.call(makeCallID) {
            deltas.append(
                .toolCall(
                    key: callCount,
                    id: call.id,
                    name: call.name,
                    arguments: call.arguments,
                    signature: call.signature
                )
            )
            callCount += 1
            // Calls come whole on this wire.
            deltas.append(.blockEnd)
        } else if let text = part.text {
            if !text.isEmpty { deltas.append(part.isThought ? .reasoning(text) : .text(text)) }
            guard let signature = part.signature else { return }
            if text.isEmpty, callCount > 0 || !part.isThought {
                // A seal may come behind the words, on a part without any.
                deltas.append(.part(ContentPart(.text(""), extra: ["thoughtSignature": .string(signature)])))
            } else {
                deltas.append(.partExtra(name: "thoughtSignature", value: .string(signature)))
                deltas.append(.blockEnd)
            }
        } else {
            deltas.append(.part(part.contentPart(makeCallID)))
        }
    }
}
