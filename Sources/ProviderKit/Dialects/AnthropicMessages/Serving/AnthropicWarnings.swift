internal import TransportKit

/// Warnings in the words of a caller who speaks Anthropic's dialect.
enum AnthropicWarnings {
    // The conversation model's names, and the wire's.
    private static let names = [
        "sampling.temperature": "temperature", "sampling.topP": "top_p", "sampling.topK": "top_k",
        "toolChoice": "tool_choice", "allowsParallelToolCalls": "tool_choice.disable_parallel_tool_use",
        "responseFormat": "output_config.format", "maximumTokens": "max_tokens", "stopSequences": "stop_sequences",
        "reasoning.effort": "output_config.effort", "reasoning.budgetTokens": "thinking.budget_tokens",
        "reasoning": "thinking", "user": "metadata.user_id",
    ]

    static func inCallersWords(_ warnings: [Warning]) -> [Warning] {
        warnings.map { warning in
            var warning = warning
            warning.field =
                names[warning.field]
                ?? warning.field.replacing("cacheHint", with: "cache_control").replacing("isError", with: "is_error")
            return warning
        }
    }

    /// The warnings as a member of an answer, or `nil` if there are none.
    static func value(_ warnings: [Warning]) -> JSONValue? {
        OpenAIWarnings.list(inCallersWords(warnings))
    }
}
