internal import TransportKit

/// Writes an error in the form that clients of Anthropic read.
enum AnthropicErrorWriter {
    static func write(_ error: CallerError) -> JSONValue {
        var details: JSONObject = ["type": .string(type(of: error)), "message": .string(error.message)]
        details["code"] = .string(error.code)
        details["param"] = error.parameter.map { .string($0) }
        return [
            "type": "error", "error": .object(details),
            "request_id": error.requestID.map { .string($0) } ?? .null,
        ]
    }

    /// The error as the event that ends a stream.
    static func event(_ error: CallerError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(event: "error", write(error))
        return bytes
    }

    private static func type(of error: CallerError) -> String {
        switch error.status {
        case 401: "authentication_error"
        case 402: "billing_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 503, 529: "overloaded_error"
        case 408, 504: "timeout_error"
        case 400..<500: "invalid_request_error"
        default: "api_error"
        }
    }
}
