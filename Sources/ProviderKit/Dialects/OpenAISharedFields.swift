internal import TransportKit

/// The fields that chat completions and Responses have in common, and that no other dialect has.
///
/// Source: the types of the official client, `CompletionCreateParams` and `ResponseCreateParams` (3.52).
enum OpenAISharedFields {
    private static let names: Set<String> = [
        "service_tier", "prompt_cache_key", "prompt_cache_retention", "safety_identifier",
    ]

    /// Whether both dialects are OpenAI's, whose service keeps one set of files for the two.
    static func areThose(of owner: DialectID, _ dialect: DialectID) -> Bool {
        let own: [DialectID] = [.openAI, .openAIResponses]
        return own.contains(owner) && own.contains(dialect)
    }

    /// Takes these fields out of a request's own and names them as the other dialect does.
    static func take(
        from extra: inout JSONObject,
        of owner: DialectID,
        for dialect: DialectID
    ) -> JSONObject {
        guard areThose(of: owner, dialect) else { return [:] }
        var shared = JSONObject()
        for name in extra.names where names.contains(name) { shared[name] = extra.removeValue(forName: name) }
        if dialect == .openAIResponses {
            if let verbosity = extra.removeValue(forName: "verbosity") { shared["text"] = ["verbosity": verbosity] }
        } else if case .object(var text)? = extra["text"], let verbosity = text.removeValue(forName: "verbosity") {
            shared["verbosity"] = verbosity
            extra["text"] = text.isEmpty ? nil : .object(text)
        }
        return shared
    }
}
