internal import TransportKit

extension ChatRequest {
    /// The request without the fields of other dialects, which a server would refuse or pass over in silence.
    ///
    /// - Parameters:
    ///   - dialect: The dialect that the request is about to be written in.
    ///   - sharing: Whether the server takes the fields that both of OpenAI's own dialects have.
    /// - Returns: The request, and a warning for each field that was left out.
    /// - Throws: `PlexError` with code `unsupported` for a piece of the conversation that only the other dialect knows:
    ///   without it, the answer would be to something else.
    func withoutForeignFields(
        for dialect: DialectID,
        sharing: Bool = false
    ) throws(PlexError) -> (ChatRequest, [Warning]) {
        guard let extraDialect, extraDialect != dialect else { return (self, []) }
        var request = self
        var stripper = ForeignFieldStripper(owner: extraDialect)
        let shared = sharing ? OpenAISharedFields.take(from: &request.extra, of: extraDialect, for: dialect) : [:]
        stripper.strip(&request.extra, "")
        request.extra = shared
        // A tool that runs at its own provider is told by its type, and another provider could only make the model call
        // what nobody runs.
        for (index, tool) in request.tools.enumerated() where tool.runsAtProvider {
            stripper.tell("tools[\(index)]", "a tool of another provider, which runs there")
        }
        request.tools.removeAll(where: \.runsAtProvider)
        for index in request.tools.indices {
            stripper.strip(&request.tools[index].extra, "tools[\(index)].")
        }
        for index in request.messages.indices {
            stripper.strip(&request.messages[index].extra, "messages[\(index)].")
            try stripper.strip(&request.messages[index].content, "messages[\(index)].content")
        }
        return (request, stripper.warnings)
    }
}

extension ToolDefinition {
    fileprivate var runsAtProvider: Bool { extra["type"] != nil }
}

extension JSONObject {
    /// These fields if they belong to a dialect, else none and a warning for each.
    func separated(from owner: DialectID?, for dialect: DialectID) -> (JSONObject, [Warning]) {
        guard let owner, owner != dialect else { return (self, []) }
        var stripper = ForeignFieldStripper(owner: owner)
        var fields = self
        stripper.strip(&fields, "")
        return (fields, stripper.warnings)
    }
}

private struct ForeignFieldStripper {
    // What is told goes into a header field too.
    private static let maximumWarnings = 64

    let owner: DialectID
    private var told: [Warning] = []
    private var untold = 0

    var warnings: [Warning] {
        guard untold > 0 else { return told }
        return told + [Warning(.dropped, field: "others", "\(untold) more fields have no place with the provider")]
    }

    init(owner: DialectID) {
        self.owner = owner
    }

    mutating func tell(_ field: String, _ why: String) {
        if told.count < Self.maximumWarnings {
            told.append(Warning(.dropped, field: field, why))
        } else {
            untold += 1
        }
    }

    mutating func strip(_ fields: inout JSONObject, _ path: String) {
        guard !fields.isEmpty else { return }
        for name in fields.names { tell(path + name.asFieldName, "the provider's dialect has no such field") }
        fields = [:]
    }

    mutating func strip(_ parts: inout [ContentPart], _ path: String) throws(PlexError) {
        for index in parts.indices {
            let place = "\(path)[\(index)]"
            strip(&parts[index].extra, "\(place).")
            switch parts[index].kind {
            case .unknown:
                throw PlexError(
                    .unsupported,
                    "\(place): only providers that speak the dialect \(owner) can read a part of this type",
                    parameter: place
                )
            case .toolResult(var result):
                try strip(&result.content, "\(place).content")
                parts[index].kind = .toolResult(result)
            default: break
            }
        }
    }
}
