internal import TransportKit

/// Writes an error in the form that clients of OpenAI read.
enum OpenAIErrorWriter {
    static func write(_ error: CallerError) -> JSONValue {
        var fields: JSONObject = [
            "message": .string(error.message),
            "type": .string(type(of: error)),
            "code": .string(error.code),
            "param": error.parameter.map { .string($0) } ?? .null,
            "request_id": error.requestID.map { .string($0) } ?? .null,
        ]
        for member in error.details?.members ?? [] { fields[member.name] = member.value }
        return ["error": .object(fields)]
    }

    private static func type(of error: CallerError) -> String {
        switch error.status {
        case 401: "authentication_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 429: error.code == "insufficient_quota" ? "insufficient_quota" : "rate_limit_error"
        case 400..<500: "invalid_request_error"
        default: "server_error"
        }
    }
}
