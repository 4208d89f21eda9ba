package import TransportKit

/// The shape of the API's errors: `{"type":"error","error":{"type":…,"message":…},"request_id":…}`.
package enum AnthropicErrorBody {
    /// Reads an error's details.
    package static func decode(_ body: JSONValue) -> DialectError? {
        guard let error = body["error"] else { return nil }
        let type = error["type"]?.string
        let message = error["message"]?.string ?? error.string
        guard type != nil || message != nil else { return nil }
        return DialectError(providerCode: type, message: message, code: code(type: type, message: message ?? ""))
    }

    private static func code(type: String?, message: String) -> PlexError.Code? {
        switch type {
        case "invalid_request_error": invalidRequestCode(message.lowercased())
        case "authentication_error": .authentication
        case "billing_error": .quotaExhausted
        case "permission_error": .permission
        case "not_found_error": .notFound
        case "request_too_large": .invalidRequest
        case "rate_limit_error": .rateLimited
        case "overloaded_error": .overloaded
        case "api_error", "timeout_error", "gateway_timeout_error": .upstream
        default: nil
        }
    }

    // The API has one word for these; only the message tells them apart, and callers act on them differently.
    private static func invalidRequestCode(_ message: String) -> PlexError.Code {
        if message.contains("prompt is too long") || message.contains("context limit")
            || message.contains("context window")
        {
            .contextLengthExceeded
        } else if message.contains("credit balance is too low") {
            .quotaExhausted
        } else if message.contains("content filtering policy") {
            .contentFiltered
        } else {
            .invalidRequest
        }
    }
}
