internal import TransportKit

/// Reads the errors of servers that speak OpenAI's dialect; each has its own idea of their form.
enum OpenAIErrorReader {
    /// What an error body says, or `nil` if the value is no error.
    static func read(_ body: JSONValue) -> DialectError? {
        switch body {
        case .array(let elements): elements.count == 1 ? elements.first.flatMap(read) : nil
        case .object(let object): read(object)
        default: nil
        }
    }

    private static func read(_ body: JSONObject) -> DialectError? {
        switch body["error"] {
        // {"error": {"message", "type", "code", "param"}}
        case .object(let error)?: return error.isEmpty ? nil : details(of: error)
        // {"error": "text"}, with a code beside it in some
        case .string(let message)?:
            return message.isEmpty ? nil : DialectError(providerCode: word(body), message: message)
        default: break
        }
        // {"object": "error", "message", "type", "code"}
        if body["object"]?.string?.lowercased() == "error" { return details(of: body) }
        // {"detail": …} and {"message": …} of web frameworks and gateways, only where nothing speaks for an answer
        let isAnswer = ["choices", "data", "models", "id", "object"].contains { body[$0] != nil }
        guard !isAnswer, let message = text(body["detail"]) ?? text(body["message"]) else { return nil }
        return DialectError(providerCode: word(body), message: message)
    }

    private static func details(of error: JSONObject) -> DialectError {
        var message = text(error["message"]) ?? text(error["detail"])
        // A router says only that its provider failed; what the provider said stands beside it.
        if let raw = error["metadata"]?["raw"]?.string, !raw.isEmpty {
            message = message.map { "\($0): \(raw)" } ?? raw
        }
        return DialectError(providerCode: word(error), message: message)
    }

    // The code says more than the type, where it is a word; a number is at least a status.
    private static func word(_ error: JSONObject) -> String? {
        let words = ["code", "type", "status"].compactMap { error[$0]?.string }.filter { !$0.isEmpty }
        if let word = words.first(where: { Int($0) == nil }) { return word }
        return words.first ?? error["code"]?.int.map(String.init)
    }

    // A message may be text, a list of findings, or an object around either.
    private static func text(_ value: JSONValue?) -> String? {
        switch value {
        case .string(let text)?: return text.isEmpty ? nil : text
        case .array(let findings)?:
            let texts = findings.prefix(8).compactMap { finding -> String? in
                guard let message = finding["msg"]?.string ?? text(finding) else { return nil }
                let place = finding["loc"]?.array?.compactMap { $0.string ?? $0.int.map(String.init) } ?? []
                return place.isEmpty ? message : "\(place.joined(separator: ".")): \(message)"
            }
            return texts.isEmpty ? nil : texts.joined(separator: "; ")
        case .object(let object)?: return text(object["detail"]) ?? text(object["message"]) ?? text(object["error"])
        default: return nil
        }
    }
}
