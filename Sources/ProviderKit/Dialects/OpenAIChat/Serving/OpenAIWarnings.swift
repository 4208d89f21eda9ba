internal import TransportKit

/// Warnings in the words of a caller who speaks OpenAI's dialect.
enum OpenAIWarnings {
    // The conversation model's names, and the wire's.
    private static let names = [
        "sampling.temperature": "temperature", "sampling.topP": "top_p", "sampling.topK": "top_k",
        "sampling.seed": "seed", "sampling.presencePenalty": "presence_penalty",
        "sampling.frequencyPenalty": "frequency_penalty", "toolChoice": "tool_choice",
        "allowsParallelToolCalls": "parallel_tool_calls", "responseFormat": "response_format",
        "maximumTokens": "max_completion_tokens", "stopSequences": "stop", "reasoning.effort": "reasoning_effort",
        "reasoning.budgetTokens": "reasoning.max_tokens",
    ]

    static func inCallersWords(_ warnings: [Warning]) -> [Warning] {
        warnings.map { warning in
            var warning = warning
            warning.field = names[warning.field] ?? warning.field.replacing("cacheHint", with: "cache_control")
            return warning
        }
    }

    /// The warnings as a member of an answer, or `nil` if there are none.
    static func value(_ warnings: [Warning]) -> JSONValue? {
        list(inCallersWords(warnings))
    }

    /// The warnings, in whichever words, as a member of an answer, or `nil` if there are none.
    static func list(_ warnings: [Warning]) -> JSONValue? {
        guard !warnings.isEmpty else { return nil }
        return .array(
            warnings.map { warning in
                [
                    "code": .string(warning.code.rawValue), "field": .string(warning.field),
                    "message": .string(warning.message),
                ]
            }
        )
    }
}
