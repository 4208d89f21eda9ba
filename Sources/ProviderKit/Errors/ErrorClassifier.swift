/// Tells the kind of a failure from a status and what the body says.
package enum ErrorClassifier {
    /// What a bare status means.
    ///
    /// - Parameter status: The HTTP status of a refusal.
    /// - Returns: The kind of failure.
    package static func code(ofStatus status: Int) -> PlexError.Code { code(status: status) ?? .upstream }

    /// The kind of failure.
    ///
    /// A status that says whose failure it is counts for more than words in the body, which are often those of another
    /// status; what the words may do is to say it more closely.
    ///
    /// - Parameters:
    ///   - status: The HTTP status; 200 for an error inside of a good answer.
    ///   - details: What the dialect read in the body.
    /// - Returns: The kind of failure.
    static func code(status: Int, details: DialectError?) -> PlexError.Code {
        let own = code(ofStatus: status)
        guard let details else { return own }
        switch status {
        case 200..<300: return code(ofWords: details) ?? own
        case 402, 403, 429: return isQuota(details) ? .quotaExhausted : own
        case 500:
            // Some servers answer so to what is the caller's mistake, but then they say which.
            let told = code(ofWords: details)
            return told == .invalidRequest ? own : told ?? own
        case 400..<500 where own == .invalidRequest:
            // A failure of the server's own has a status of its own.
            let told = code(ofWords: details)
            return told == .upstream || told == .overloaded ? own : told ?? own
        default: return own
        }
    }

    private static func code(ofWords details: DialectError) -> PlexError.Code? {
        details.code ?? code(word: details.providerCode?.lowercased() ?? "")
            ?? code(message: details.message?.lowercased() ?? "")
    }

    private static func isQuota(_ details: DialectError) -> Bool {
        let message = details.message?.lowercased() ?? ""
        return details.code == .quotaExhausted
            || code(word: details.providerCode?.lowercased() ?? "") == .quotaExhausted
            || quotaPatterns.contains(where: message.contains)
    }

    private static func code(status: Int) -> PlexError.Code? {
        switch status {
        case 300..<400: .configuration
        case 401: .authentication
        case 402: .quotaExhausted
        case 403: .permission
        case 404, 410: .notFound
        // The provider's own waits and conflicts: worth another try, unlike the caller's mistakes.
        case 408, 409, 425: .upstream
        case 429: .rateLimited
        // 498 is a service without free capacity, 529 one that is overloaded.
        case 498, 503, 529: .overloaded
        case 400..<500: .invalidRequest
        default: nil
        }
    }

    private static func code(word: String) -> PlexError.Code? {
        switch word {
        case "context_length_exceeded", "exceed_context_size_error", "string_above_max_length": .contextLengthExceeded
        case "content_filter", "content_policy_violation", "responsibleaipolicyviolation": .contentFiltered
        case "invalid_api_key", "authentication_error", "invalid_authentication": .authentication
        case "insufficient_quota", "billing_hard_limit_reached", "billing_error": .quotaExhausted
        case "rate_limit_exceeded", "rate_limit_error", "rate_limit", "too_many_requests": .rateLimited
        case "model_not_found", "not_found_error": .notFound
        case "overloaded_error", "engine_overloaded", "service_unavailable": .overloaded
        case "permission_error": .permission
        case "server_error", "api_error", "internal_error": .upstream
        // OpenRouter and others give an HTTP status as the code of an error inside of a good answer.
        default: Int(word).flatMap { (400..<600).contains($0) ? code(ofStatus: $0) : nil }
        }
    }

    private static let contextPatterns = [
        "maximum context length", "context length", "context window", "context size", "prompt is too long",
        "input is too long", "maximum prompt length", "too many tokens in", "input token count",
    ]
    private static let filterPatterns = [
        "content management policy", "content policy", "content filter", "safety system", "usage policies",
    ]
    private static let keyPatterns = ["incorrect api key", "invalid api key", "api key not valid", "invalid x-api-key"]
    private static let quotaPatterns = [
        "exceeded your current quota", "insufficient balance", "insufficient credit", "credit balance is too low",
        "requires more credits", "billing",
    ]

    private static func code(message: String) -> PlexError.Code? {
        if contextPatterns.contains(where: message.contains) { return .contextLengthExceeded }
        if filterPatterns.contains(where: message.contains) { return .contentFiltered }
        if keyPatterns.contains(where: message.contains) { return .authentication }
        if quotaPatterns.contains(where: message.contains) { return .quotaExhausted }
        return nil
    }
}
