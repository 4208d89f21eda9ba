/// Warnings in the words of a caller who speaks Anthropic's dialect.
enum AnthropicWarnings: CallersWords {
    static let names = [
        "sampling.temperature": "temperature", "sampling.topP": "top_p", "sampling.topK": "top_k",
        "toolChoice": "tool_choice", "allowsParallelToolCalls": "tool_choice.disable_parallel_tool_use",
        "responseFormat": "output_config.format", "maximumTokens": "max_tokens", "stopSequences": "stop_sequences",
        "reasoning.effort": "output_config.effort", "reasoning.budgetTokens": "thinking.budget_tokens",
        "reasoning": "thinking", "user": "metadata.user_id",
    ]
    static let endings = ["cacheHint": "cache_control", "isError": "is_error"]
}
