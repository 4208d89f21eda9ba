internal import TransportKit

extension OpenAIForwardDialect {
    /// Writes a whole answer as one chunk, its usage where the caller asked for it, and the end mark.
    func events(ofWhole body: [UInt8]) throws(PlexError) -> [UInt8] {
        guard case .object(var chunk) = try body.span.value() else {
            throw PlexError(.malformedResponse, "the answer is no object")
        }
        let usage = chunk["usage"]
        chunk["usage"] = nil
        if chunk["object"]?.string == "chat.completion" { chunk["object"] = "chat.completion.chunk" }
        let choices = chunk["choices"]?.array ?? []
        chunk["choices"] = .array(choices.map(Self.streamed))
        var events: [UInt8] = []
        events.append(event: nil, .object(chunk))
        if !hidesUsage, let usage, !usage.isNull {
            chunk["choices"] = .array([])
            chunk["usage"] = usage
            events.append(event: nil, .object(chunk))
        }
        return events + OpenAIForwardObserver.done
    }

    // A message becomes a delta; calls get the number by which a stream's reader joins their pieces.
    private static func streamed(_ choice: JSONValue) -> JSONValue {
        guard case .object(let object) = choice, case .object(var delta)? = object["message"] else { return choice }
        if let calls = delta["tool_calls"]?.array {
            delta["tool_calls"] = .array(
                calls.enumerated().map { index, call in
                    guard case .object(var call) = call, call["index"] == nil else { return call }
                    call["index"] = .number(JSONNumber(index))
                    return .object(call)
                }
            )
        }
        return .object(
            JSONObject(
                object.members.map { $0.name == "message" ? ("delta", .object(delta)) : ($0.name, $0.value) }
            )
        )
    }
}
