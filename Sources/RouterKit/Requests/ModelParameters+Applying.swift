internal import ProviderKit
internal import TransportKit

extension ModelParameters {
    /// Changes a conversation.
    func apply(to request: inout ChatRequest) {
        for member in defaults.members where !request.states(member.name) { request.set(member.name, member.value) }
        for member in overrides.members { request.set(member.name, member.value) }
    }

    /// Changes a request that is sent on as it came; its members' order and numbers stay.
    func applied(to request: ForwardRequest) throws(PlexError) -> ForwardRequest {
        // Forms carry sound and pictures, to which settings of conversations mean nothing.
        guard !isEmpty, !request.body.isForm else { return request }
        var request = request
        do {
            guard case .object(var object) = try JSONValue(parsing: request.body.bytes) else { return request }
            for member in defaults.members where object[member.name] == nil || object[member.name] == .null {
                object[member.name] = member.value
            }
            for member in overrides.members { object[member.name] = member.orNothing }
            request.body = try ScannedBody(scanning: JSONValue.object(object).serialized)
        } catch {
            throw PlexError(.invalidRequest, "the body is not JSON: \(error)")
        }
        return request
    }
}

extension JSONObject.Member {
    // `nil` alone would be a JSON null here.
    fileprivate var orNothing: JSONValue? { value == .null ? JSONValue?.none : value }
}

extension ChatRequest {
    // Whether the caller said something of a field that has a place of its own, or stands among the others.
    fileprivate func states(_ name: String) -> Bool {
        switch name {
        case "temperature": sampling.temperature != nil
        case "top_p": sampling.topP != nil
        case "top_k": sampling.topK != nil
        case "seed": sampling.seed != nil
        case "presence_penalty": sampling.presencePenalty != nil
        case "frequency_penalty": sampling.frequencyPenalty != nil
        case "max_tokens", "max_completion_tokens": maximumTokens != nil
        case "stop": !stopSequences.isEmpty
        case "reasoning_effort": reasoning?.effort != nil
        case "parallel_tool_calls": allowsParallelToolCalls != nil
        case "user": user != nil
        default: extra[name] != nil
        }
    }

    fileprivate mutating func set(_ name: String, _ value: JSONValue) {
        switch name {
        case "temperature": sampling.temperature = value.double
        case "top_p": sampling.topP = value.double
        case "top_k": sampling.topK = value.int
        case "seed": sampling.seed = value.int
        case "presence_penalty": sampling.presencePenalty = value.double
        case "frequency_penalty": sampling.frequencyPenalty = value.double
        case "max_tokens", "max_completion_tokens": maximumTokens = value.int
        case "stop": stopSequences = value.string.map { [$0] } ?? value.array?.compactMap(\.string) ?? []
        case "reasoning_effort":
            if let effort = value.string {
                var options = reasoning ?? ReasoningOptions()
                options.effort = ReasoningOptions.Effort(rawValue: effort)
                reasoning = options
            } else {
                reasoning?.effort = nil
            }
        case "parallel_tool_calls": allowsParallelToolCalls = value.bool
        case "user": user = value.string
        default: extra[name] = value == .null ? JSONValue?.none : value
        }
    }
}
