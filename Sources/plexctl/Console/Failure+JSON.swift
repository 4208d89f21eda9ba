import MCPKit
import ProviderKit
import TransportKit

extension Failure {
    /// The failure for programs: `{"error": {"code", "message", "exit_code", …}}`.
    var json: JSONValue {
        var fields: JSONObject = [
            "code": .string(toolError?.code.rawValue ?? error?.code.description ?? codeName),
            "message": .string(error?.message ?? message),
            "exit_code": .number(JSONNumber(Int(exitCode.rawValue))),
        ]
        fields["provider"] = (error?.provider?.rawValue).map(JSONValue.string)
        fields["model"] = (error?.model?.rawValue).map(JSONValue.string)
        fields["status"] = (error?.status).map { .number(JSONNumber($0)) }
        fields["request_id"] = (error?.requestID).map(JSONValue.string)
        fields["provider_code"] = (error?.providerCode).map(JSONValue.string)
        fields["retry_after"] = (error?.retryAfter).map { .number(JSONNumber($0.inSeconds)) }
        fields["server"] = (toolError?.server).map(JSONValue.string)
        if let failure = toolError?.failure {
            var told: JSONObject = ["code": .number(JSONNumber(failure.code.rawValue))]
            told["data"] = failure.data
            fields["mcp_error"] = .object(told)
        }
        fields["error_output"] = (toolError?.errorOutput).map(JSONValue.string)
        if let attempts = error?.attempts, !attempts.isEmpty {
            fields["attempts"] = .array(attempts.map(\.json))
        }
        return .object(["error": .object(fields)])
    }

    /// What an MCP server failed with; its code says more than the one of models' providers.
    private var toolError: MCPError? { error?.underlyingError as? MCPError }

    private var codeName: String {
        switch exitCode {
        case .usage: "usage"
        case .badData: "bad_data"
        case .noInput: "no_input"
        case .inputOutput: "input_output"
        case .configuration: "configuration"
        case .unavailable: "unavailable"
        default: "failure"
        }
    }
}

extension Attempt {
    /// The attempt for programs.
    var json: JSONValue {
        var fields: JSONObject = [
            "provider": .string(provider.rawValue),
            "model": .string(model.rawValue),
            "outcome": .string(code?.description ?? "ok"),
            "seconds": .number(JSONNumber(duration.inSeconds)),
        ]
        fields["status"] = status.map { .number(JSONNumber($0)) }
        return .object(fields)
    }
}

extension Duration {
    /// The length in seconds.
    var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
