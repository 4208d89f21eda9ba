internal import TransportKit

extension ChatRequest {
    /// The request without the fields of other dialects, which a server would refuse or pass over in silence.
    ///
    /// - Parameters:
    ///   - dialect: The dialect that the request is about to be written in.
    ///   - sharing: Whether the server takes the fields that both of OpenAI's own dialects have.
    /// - Returns: The request, with a warning for each field that was left out.
    /// - Throws: `PlexError` with code `unsupported` for a piece of the conversation that only the other dialect knows:
    ///   without it, the answer would be to something else.
    func withoutForeignFields(
        for dialect: DialectID,
        sharing: Bool = false
    ) throws(PlexError) -> NativeRequest {
        guard let extraDialect, extraDialect != dialect else { return NativeRequest(self, warningsOfUnread) }
        var request = self
        var stripper = ForeignFieldStripper(
            owner: extraDialect,
            sharesFiles: sharing && OpenAISharedFields.areThose(of: extraDialect, dialect)
        )
        try stripper.refuseKeptContent(request.extra)
        let shared = sharing ? OpenAISharedFields.take(from: &request.extra, of: extraDialect, for: dialect) : [:]
        stripper.tellHostedTools(&request.extra)
        stripper.strip(&request.extra, "")
        request.extra = shared
        // A tool that runs at its own provider is told by its type, and another provider could only make the model call
        // what nobody runs.
        var kept: [Int] = []
        for index in request.tools.indices {
            guard request.tools[index].runsAtProvider else {
                kept.append(index)
                if !request.tools[index].extra.isEmpty {
                    stripper.strip(&request.tools[index].extra, "tools[\(index)].")
                }
                continue
            }
            stripper.tellTool("tools[\(index)]")
        }
        if kept.count < request.tools.count { request.tools = kept.map { request.tools[$0] } }
        for index in request.messages.indices {
            let place = ConversationPlace(message: index)
            // Nothing is touched where there is nothing, as in most messages: what is touched is copied.
            if !request.messages[index].extra.isEmpty { stripper.strip(&request.messages[index].extra, "\(place).") }
            if request.messages[index].content.contains(where: stripper.concerns) {
                try stripper.strip(&request.messages[index].content, place)
            }
        }
        return NativeRequest(request, stripper.warnings + warningsOfUnread, tools: kept)
    }

    private var warningsOfUnread: [Warning] {
        unreadFields.prefix(ForeignFieldStripper.maximumWarnings).map { field in
            var warning = Warning(.dropped, field: field, "the field is not known here")
            warning.isInCallersWords = true
            return warning
        }
    }
}

/// A request that has only what one dialect has a place for.
struct NativeRequest {
    /// The request.
    let request: ChatRequest
    private let dropped: [Warning]
    // Where the tools stood while those of another provider were among them.
    private let tools: [Int]?

    init(_ request: ChatRequest, _ dropped: [Warning] = [], tools: [Int]? = nil) {
        self.request = request
        self.dropped = dropped
        self.tools = tools
    }

    /// What is to be told: what was left out before, and what whoever wrote the request says of it, by the places that
    /// things had.
    func warnings(adding more: [Warning]) -> [Warning] {
        guard let tools else { return dropped + more }
        return dropped
            + more.map { warning in
                guard let (index, rest) = FieldPlaces.element(of: "tools", in: warning.field[...]),
                    tools.indices.contains(index)
                else { return warning }
                var warning = warning
                warning.field = "tools[\(tools[index])]\(rest)"
                return warning
            }
    }
}

extension Media {
    fileprivate var isProviderFile: Bool {
        if case .providerFile = source { true } else { false }
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
    static let maximumWarnings = 64

    let owner: DialectID
    // Whether the provider knows the files that were given to the other dialect's.
    private let sharesFiles: Bool
    private var told: [Warning] = []
    private var untold = 0

    var warnings: [Warning] {
        guard untold > 0 else { return told }
        return told + [Warning(.dropped, field: "others", "\(untold) more fields have no place with the provider")]
    }

    init(owner: DialectID, sharesFiles: Bool = false) {
        self.owner = owner
        self.sharesFiles = sharesFiles
    }

    /// Whether there is anything in a part that only the other dialect knows.
    func concerns(_ part: ContentPart) -> Bool {
        guard part.extra.isEmpty else { return true }
        switch part.kind {
        case .unknown: return true
        case .image(let media), .audio(let media), .file(let media): return !sharesFiles && media.isProviderFile
        case .toolResult(let result): return result.content.contains(where: concerns)
        default: return false
        }
    }

    /// Refuses a conversation whose beginning the other provider keeps: without it, the answer would be to something else.
    func refuseKeptContent(_ fields: JSONObject) throws(PlexError) {
        guard owner == .gemini, let name = fields.names.first(where: Self.keptContent.contains) else { return }
        throw PlexError(
            .unsupported,
            "\(name): only the provider that keeps this content knows it; send the content itself",
            parameter: name
        )
    }

    private static let keptContent: Set<String> = ["cachedContent", "cached_content"]

    mutating func tell(_ field: String, _ why: String) {
        if told.count < Self.maximumWarnings {
            told.append(Warning(.dropped, field: field, why))
        } else {
            untold += 1
        }
    }

    mutating func tellTool(_ field: String) {
        tell(field, "only providers that speak the dialect \(owner) know a tool of this type")
    }

    /// Tells of the tools that Gemini's callers list beside functions, each by itself: which they are says only the caller's list.
    mutating func tellHostedTools(_ fields: inout JSONObject) {
        guard owner == .gemini, case .array(let tools)? = fields.removeValue(forName: "tools") else { return }
        for index in tools.indices { tellTool("hostedTools[\(index)]") }
    }

    mutating func strip(_ fields: inout JSONObject, _ path: String) {
        guard !fields.isEmpty else { return }
        for member in fields.members {
            let field = path + member.name.asFieldName
            // Of these only the settings are here that have no place in the request itself.
            if path.isEmpty, Self.settings[owner]?.contains(member.name) == true, let inner = member.value.object {
                for name in inner.names { tell("\(field).\(name.asFieldName)", Self.unknown) }
            } else {
                tell(field, Self.unknown)
            }
        }
        fields = [:]
    }

    private static let unknown = "the provider's dialect has no such field"
    private static let settings: [DialectID: Set<String>] = [
        .openAIResponses: ["text", "reasoning"], .ollama: ["options"], .gemini: ["generationConfig", "toolConfig"],
    ]

    mutating func strip(_ parts: inout [ContentPart], _ whole: ConversationPlace) throws(PlexError) {
        for index in parts.indices where concerns(parts[index]) {
            let place = whole.part(index)
            strip(&parts[index].extra, "\(place).")
            switch parts[index].kind {
            case .unknown:
                throw PlexError(
                    .unsupported,
                    "\(place): only providers that speak the dialect \(owner) can read a part of this type",
                    parameter: "\(place)"
                )
            case .image(let media), .audio(let media), .file(let media):
                guard !sharesFiles, media.isProviderFile else { continue }
                throw PlexError(
                    .unsupported,
                    "\(place): only the provider that was given this file knows it; send its bytes or a URL",
                    parameter: "\(place)"
                )
            case .toolResult(var result):
                try strip(&result.content, place)
                parts[index].kind = .toolResult(result)
            default: break
            }
        }
    }
}
