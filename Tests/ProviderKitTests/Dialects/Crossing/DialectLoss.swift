import ProviderKit

/// What a dialect has no room for: a row of the table of fields in docs/dialects.md, and a request without it.
struct DialectLoss: Sendable {
    var row: String
    var remove: @Sendable (inout ChatRequest) -> Void

    private init(_ row: String, _ remove: @escaping @Sendable (inout ChatRequest) -> Void) {
        self.row = row
        self.remove = remove
    }

    /// Whether a request has something of it.
    func isIn(_ request: ChatRequest) -> Bool {
        var without = request
        remove(&without)
        return without != request
    }

    private static func dropParts(_ row: String, where isLost: @escaping @Sendable (ContentPart) -> Bool) -> DialectLoss
    {
        DialectLoss(row) { request in
            for index in request.messages.indices { request.messages[index].content.removeAll(where: isLost) }
        }
    }

    private static func change(_ row: String, _ change: @escaping @Sendable (inout ContentPart) -> Void) -> DialectLoss
    {
        DialectLoss(row) { request in
            for index in request.messages.indices {
                for part in request.messages[index].content.indices {
                    change(&request.messages[index].content[part])
                }
            }
        }
    }

    private static func format(
        _ row: String,
        _ change: @escaping @Sendable (inout JSONSchemaFormat) -> Void
    ) -> DialectLoss {
        DialectLoss(row) { request in
            guard case .jsonSchema(var format)? = request.responseFormat else { return }
            change(&format)
            request.responseFormat = .jsonSchema(format)
        }
    }

    static let all: [DialectLoss] = ofRequests + ofTools + ofParts

    private static let ofRequests: [DialectLoss] = [
        DialectLoss("`responseFormat`: JSON") { if $0.responseFormat == .jsonObject { $0.responseFormat = nil } },
        format("`description` of the schema") { $0.description = nil },
        DialectLoss("`sampling.topP`") { $0.sampling.topP = nil },
        DialectLoss("`sampling.topK`") { $0.sampling.topK = nil },
        DialectLoss("`sampling.seed`") { $0.sampling.seed = nil },
        DialectLoss("`sampling.presencePenalty`") { $0.sampling.presencePenalty = nil },
        DialectLoss("`sampling.frequencyPenalty`") { $0.sampling.frequencyPenalty = nil },
        DialectLoss("`stopSequences`") { $0.stopSequences = [] },
        DialectLoss("`reasoning.budgetTokens`") { request in
            request.reasoning?.budgetTokens = nil
            if request.reasoning == ReasoningOptions() { request.reasoning = nil }
        },
        DialectLoss("`metadata`") { $0.metadata = [:] },
        DialectLoss("`user`") { $0.user = nil },
        DialectLoss("`messages[].name`") { request in
            for index in request.messages.indices { request.messages[index].name = nil }
        },
    ]

    private static let ofTools: [DialectLoss] = [
        DialectLoss("`tools[].strict`") { request in
            for index in request.tools.indices where request.tools[index].isStrict == true {
                request.tools[index].isStrict = nil
            }
        },
        DialectLoss("`tools[].cacheHint`") { request in
            for index in request.tools.indices { request.tools[index].cacheHint = nil }
        },
        DialectLoss("`toolChoice`: required") { if $0.toolChoice == .required { $0.toolChoice = nil } },
        DialectLoss("`toolChoice`: one") { if case .tool? = $0.toolChoice { $0.toolChoice = nil } },
        DialectLoss("`allowsParallelToolCalls`") { request in
            if request.allowsParallelToolCalls == false { request.allowsParallelToolCalls = nil }
        },
    ]

    private static let ofParts: [DialectLoss] = [
        change("`cacheHint` of a part") { $0.cacheHint = nil },
        change("`detail` of an image") { part in
            guard case .image(var media) = part.kind else { return }
            media.detail = nil
            part.kind = .image(media)
        },
        change("file with a name") { part in
            guard case .file(var media) = part.kind else { return }
            media.filename = nil
            part.kind = .file(media)
        },
        dropParts("image by URL") { if case .image(let media) = $0.kind { media.isURL } else { false } },
        dropParts("image by a file's name") { if case .image(let media) = $0.kind { media.isNamed } else { false } },
        dropParts("PDF by bytes") { part in
            if case .file(let media) = part.kind { media.isBytes } else { false }
        },
        dropParts("PDF by URL") { if case .file(let media) = $0.kind { media.isURL } else { false } },
        dropParts("recording") { if case .audio = $0.kind { true } else { false } },
        dropParts("thoughts without a seal") {
            $0.reasoning.map { $0.signature == nil && $0.redacted == nil } ?? false
        },
        dropParts("thoughts with a seal") { $0.reasoning?.signature != nil },
        dropParts("redacted thoughts") { $0.reasoning?.redacted != nil },
        change("result of a tool: image") { part in
            guard case .toolResult(var result) = part.kind else { return }
            result.content.removeAll { if case .image = $0.kind { true } else { false } }
            part.kind = .toolResult(result)
        },
        change("result of a tool: `isError`") { part in
            guard case .toolResult(var result) = part.kind else { return }
            result.isError = false
            part.kind = .toolResult(result)
        },
    ]
}

extension ContentPart {
    var reasoning: Reasoning? {
        if case .reasoning(let reasoning) = kind { reasoning } else { nil }
    }
}

extension Media {
    var isURL: Bool { if case .url = source { true } else { false } }
    var isNamed: Bool { if case .providerFile = source { true } else { false } }
    var isBytes: Bool { if case .base64 = source { true } else { false } }
}
