internal import TransportKit

/// Reads the lines of a streamed answer; the one with `"done": true` is the last and brings the counts.
package struct OllamaStreamDecoder: ChatStreamDecoder {
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
        let line = try JSONValue.parsing(frame: data)
        if let error = OllamaErrorBody.decode(line) {
            throw error.asPlexError()
        }
        guard let answer = OllamaAnswer(line) else {
            throw PlexError(.malformedResponse, "the stream holds a line that is no JSON object")
        }
        if !hasStarted {
            hasStarted = true
            deltas.append(.start(id: nil, model: answer.model))
        }
        if !answer.thinking.isEmpty { deltas.append(.reasoning(answer.thinking)) }
        if !answer.text.isEmpty { deltas.append(.text(answer.text)) }
        for call in answer.toolCalls {
            deltas.append(
                .toolCall(
                    key: callCount,
                    id: call.id ?? makeCallID(),
                    name: call.name,
                    arguments: call.arguments,
                    signature: nil
                )
            )
            callCount += 1
            // Calls come whole on this wire.
            deltas.append(.blockEnd)
        }
        if answer.isDone { end(answer, into: &deltas) }
    }

    private func end(_ answer: OllamaAnswer, into deltas: inout [StreamDelta]) {
        for member in answer.extra.members {
            deltas.append(.extra(name: member.name, value: member.value))
        }
        if let reason = answer.doneReason {
            deltas.append(.finishReason(answer.finishReason(hasToolCalls: callCount > 0), raw: reason))
        }
        if let usage = answer.usage {
            deltas.append(.usage(usage))
        }
        deltas.append(.endMark)
    }
}
