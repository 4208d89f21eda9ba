package import TransportKit

/// Ollama's chat, or its completion of plain text, as a server speaks them.
///
/// A completion is a conversation of a system message and a prompt. With `raw`, or with a text to fill in before, there is no
/// conversation: the texts are continued as they are.
package struct OllamaServed: ServedDialect {
    private let isCompletion: Bool

    package init(isCompletion: Bool = false) {
        self.isCompletion = isCompletion
    }

    package var operation: WireOperation { isCompletion ? .ollamaGenerate : .ollamaChat }
    package var framing: ServedFraming { .newlineDelimitedJSON }

    package func isStreaming(_ body: ScannedBody) -> Bool { !body.refusesStreaming }

    package func decodeRequest(_ body: JSONValue) throws(PlexError) -> ServedRequest {
        try isCompletion ? OllamaRequestReader.readCompletion(body) : OllamaRequestReader.readChat(body)
    }

    package func encodeResponse(
        _ response: ChatResponse,
        to request: ServedRequest,
        context: AnswerContext
    ) -> JSONValue {
        OllamaResponseWriter(context: context, isCompletion: isCompletion).write(response)
    }

    package func makeStreamEncoder(for request: ServedRequest, context: AnswerContext) -> OllamaStreamWriter {
        OllamaStreamWriter(context: context, isCompletion: isCompletion)
    }

    package func encodeError(_ error: CallerError) -> JSONValue {
        OllamaErrorWriter.write(error)
    }

    package func encodeStreamError(_ error: CallerError) -> [UInt8] {
        OllamaErrorWriter.write(error).serialized + [0x0A]
    }

    package func callersWarnings(_ warnings: [Warning]) -> [Warning] {
        OllamaWarnings.inCallersWords(warnings)
    }
}
