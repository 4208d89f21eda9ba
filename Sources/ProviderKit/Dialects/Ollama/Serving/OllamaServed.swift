package import TransportKit

/// Ollama's chat, as a server speaks it.
package struct OllamaServed: ServedDialect {
    package init() {}

    package var operation: WireOperation { .ollamaChat }
    package var framing: ServedFraming { .newlineDelimitedJSON }

    package func isStreaming(_ body: ScannedBody) -> Bool { !body.refusesStreaming }

    package func decodeRequest(_ body: JSONValue) throws(PlexError) -> ServedRequest {
        try OllamaRequestReader.readChat(body)
    }

    package func encodeResponse(
        _ response: ChatResponse,
        to request: ServedRequest,
        context: AnswerContext
    ) -> JSONValue {
        OllamaResponseWriter(context: context, isCompletion: false).write(response)
    }

    package func makeStreamEncoder(for request: ServedRequest, context: AnswerContext) -> OllamaStreamWriter {
        OllamaStreamWriter(context: context, isCompletion: false)
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

/// Ollama's completion of plain text, as a server speaks it: a conversation of a system message and a prompt.
///
/// With `raw`, or with a text to fill in before, there is no conversation: the texts are continued as they are.
package struct OllamaGenerateServed: ServedDialect {
    package init() {}

    package var operation: WireOperation { .ollamaGenerate }
    package var framing: ServedFraming { .newlineDelimitedJSON }

    package func isStreaming(_ body: ScannedBody) -> Bool { !body.refusesStreaming }

    package func decodeRequest(_ body: JSONValue) throws(PlexError) -> ServedRequest {
        try OllamaRequestReader.readCompletion(body)
    }

    package func encodeResponse(
        _ response: ChatResponse,
        to request: ServedRequest,
        context: AnswerContext
    ) -> JSONValue {
        OllamaResponseWriter(context: context, isCompletion: true).write(response)
    }

    package func makeStreamEncoder(for request: ServedRequest, context: AnswerContext) -> OllamaStreamWriter {
        OllamaStreamWriter(context: context, isCompletion: true)
    }

    package func encodeError(_ error: CallerError) -> JSONValue {
        OllamaErrorWriter.write(error)
    }

    package func encodeStreamError(_ error: CallerError) -> [UInt8] {
        OllamaServed().encodeStreamError(error)
    }

    package func callersWarnings(_ warnings: [Warning]) -> [Warning] {
        OllamaWarnings.inCallersWords(warnings)
    }
}
