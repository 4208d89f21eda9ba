package import TransportKit

/// OpenAI's chat completions, as a server speaks them.
package struct OpenAIChatServed: ServedDialect {
    package init() {}

    package var operation: WireOperation { .openAIChat }

    package func decodeRequest(_ body: JSONValue) throws(PlexError) -> ServedRequest {
        try OpenAIRequestReader.read(body)
    }

    package func encodeResponse(
        _ response: ChatResponse,
        to request: ServedRequest,
        context: AnswerContext
    ) -> JSONValue {
        OpenAIResponseWriter(context: context, usesFunctions: request.usesFunctions).write(response)
    }

    package func makeStreamEncoder(for request: ServedRequest, context: AnswerContext) -> OpenAIStreamWriter {
        OpenAIStreamWriter(context: context, wantsUsage: request.wantsUsage, usesFunctions: request.usesFunctions)
    }

    package func encodeError(_ error: CallerError) -> JSONValue {
        OpenAIErrorWriter.write(error)
    }

    package func callersWarnings(_ warnings: [Warning]) -> [Warning] {
        OpenAIWarnings.inCallersWords(warnings)
    }
}
