/// Warnings in the words of a caller who speaks OpenAI's dialect.
enum OpenAIWarnings: CallersWords {
    static let names = [
        "sampling.temperature": "temperature", "sampling.topP": "top_p", "sampling.topK": "top_k",
        "sampling.seed": "seed", "sampling.presencePenalty": "presence_penalty",
        "sampling.frequencyPenalty": "frequency_penalty", "toolChoice": "tool_choice",
        "allowsParallelToolCalls": "parallel_tool_calls", "responseFormat": "response_format",
        "maximumTokens": "max_completion_tokens", "stopSequences": "stop", "reasoning.effort": "reasoning_effort",
        "reasoning.budgetTokens": "reasoning.max_tokens",
    ]
    static let endings = ["cacheHint": "cache_control"]
}
