internal import TransportKit

extension WireDialect {
    func ollamaBody(of reply: ScriptedReply, for request: RecordedRequest) -> JSONValue {
        var message: JSONObject = ["role": "assistant", "content": .string(reply.text)]
        if !reply.reasoningText.isEmpty { message["thinking"] = .string(reply.reasoningText) }
        if !reply.toolCalls.isEmpty {
            message["tool_calls"] = .array(reply.toolCalls.map { ollamaCall(name: $0.name, arguments: $0.arguments) })
        }
        var body = ollamaLine(reply, request, message)
        addOllamaEnd(reply, &body)
        for member in reply.extra.members { body[member.name] = member.value }
        return .object(body)
    }

    /// Ollama sends a call whole, its arguments as an object.
    private func ollamaCall(name: String, arguments: String) -> JSONValue {
        ["function": ["name": .string(name), "arguments": (try? JSONValue(parsing: arguments)) ?? [:]]]
    }

    private func ollamaLine(_ reply: ScriptedReply, _ request: RecordedRequest, _ message: JSONObject) -> JSONObject {
        var line: JSONObject = [
            "model": .string(reply.model ?? request.model ?? "test"), "created_at": "2025-01-01T00:00:00.123456789Z",
        ]
        if request.path == "/api/generate" {
            // A completion of plain text has no message, and cannot call tools.
            line["response"] = message["content"]
            line["thinking"] = message["thinking"]
        } else {
            line["message"] = .object(message)
        }
        line["done"] = false
        return line
    }

    private func addOllamaEnd(_ reply: ScriptedReply, _ line: inout JSONObject) {
        line["done"] = true
        line["done_reason"] = .string(reply.finishReason == "tool_calls" ? "stop" : reply.finishReason)
        line["total_duration"] = 5_000_000_000
        line["load_duration"] = 1_000_000_000
        line["prompt_eval_count"] = .number(JSONNumber(reply.inputTokens))
        line["prompt_eval_duration"] = 1_000_000_000
        line["eval_count"] = .number(JSONNumber(reply.outputTokens))
        line["eval_duration"] = 3_000_000_000
    }

    func ollamaEvents(of reply: ScriptedReply, for request: RecordedRequest) -> [JSONValue] {
        func line(_ members: JSONObject) -> JSONValue {
            var message: JSONObject = ["role": "assistant", "content": ""]
            for member in members.members { message[member.name] = member.value }
            return .object(ollamaLine(reply, request, message))
        }
        var events: [JSONValue] = []
        for part in reply.parts {
            switch part {
            case .text(let text): events += reply.pieces(of: text).map { line(["content": .string($0)]) }
            case .reasoning(let text, _): events += reply.pieces(of: text).map { line(["thinking": .string($0)]) }
            case .toolCall(_, let name, let arguments):
                events.append(line(["tool_calls": [ollamaCall(name: name, arguments: arguments)]]))
            }
        }
        var last = ollamaLine(reply, request, ["role": "assistant", "content": ""])
        addOllamaEnd(reply, &last)
        return events + [.object(last)]
    }
}
