import MCPKit
import TransportKit

extension ToolStep {
    /// The call for programs, without its result, which is the server's and may be large.
    var json: JSONValue {
        var fields: JSONObject = ["round": .number(JSONNumber(round)), "call": call.json]
        fields["server"] = server.map { .string($0) }
        fields["outcome"] = .string(outcome.rawValue)
        fields["seconds"] = .number(JSONNumber(duration.inSeconds))
        return .object(fields)
    }
}

extension ToolLoopResult {
    /// The answer for programs, with the way to it; the tokens are those of all answers.
    var json: JSONValue {
        var fields = response.json.object ?? [:]
        fields["usage"] = usage?.json
        fields["ending"] = .string(ending.rawValue)
        fields["requests"] = .number(JSONNumber(requests))
        fields["tool_steps"] = .array(steps.map(\.json))
        return .object(fields)
    }
}
