package import TransportKit

/// OpenAI's Responses, as a server speaks them that keeps nothing.
package struct ResponsesServed: ServedDialect {
    package init() {}

    package var operation: WireOperation { .openAIResponses }

    package func decodeRequest(_ body: JSONValue) throws(PlexError) -> ServedRequest {
        try ResponsesRequestReader.read(body)
    }

    package func encodeResponse(
        _ response: ChatResponse,
        to request: ServedRequest,
        context: AnswerContext
    ) -> JSONValue {
        ResponsesResponseWriter(context: context, request: request).write(response)
    }

    package func makeStreamEncoder(for request: ServedRequest, context: AnswerContext) -> ResponsesStreamWriter {
        ResponsesStreamWriter(context: context, request: request)
    }

    package func encodeError(_ error: CallerError) -> JSONValue {
        OpenAIErrorWriter.write(error)
    }

    package func encodeStreamError(_ error: CallerError) -> [UInt8] {
        var bytes: [UInt8] = []
        ResponsesErrorEvent.append(error, sequenceNumber: nil, into: &bytes)
        return bytes
    }

    package func callersWarnings(_ warnings: [Warning]) -> [Warning] {
        ResponsesWarnings.inCallersWords(warnings)
    }
}

/// The event that tells of an error in a stream.
enum ResponsesErrorEvent {
    /// - Parameters:
    ///   - error: The error.
    ///   - sequenceNumber: The event's number, where those before it were counted.
    ///   - bytes: Where the event is appended.
    static func append(_ error: CallerError, sequenceNumber: Int?, into bytes: inout [UInt8]) {
        var event = JSONObject()
        event["sequence_number"] = sequenceNumber.map { .number(JSONNumber($0)) }
        // The event's own form has the members beside its type; the official client raises only for an `error` object.
        event["code"] = .string(error.code)
        event["message"] = .string(error.message)
        event["param"] = error.parameter.map { .string($0) } ?? .null
        event["error"] = OpenAIErrorWriter.write(error)["error"]
        bytes.append(eventOfType: "error", event)
    }
}

/// Warnings in the words of a caller who speaks this dialect.
enum ResponsesWarnings: CallersWords {
    static let names = [
        "sampling.temperature": "temperature", "sampling.topP": "top_p", "toolChoice": "tool_choice",
        "allowsParallelToolCalls": "parallel_tool_calls", "responseFormat": "text.format",
        "maximumTokens": "max_output_tokens", "reasoning.effort": "reasoning.effort",
    ]
}
