internal import TransportKit

/// What is looked for in a model's text.
package struct ExtractionOptions: Sendable, Hashable {
    /// Whether thoughts between tags are told apart.
    package var reasoningTags: Bool
    /// The tools whose calls are looked for; none looks for none.
    package var tools: [ToolDefinition]

    package init(reasoningTags: Bool = false, tools: [ToolDefinition] = []) {
        self.reasoningTags = reasoningTags
        self.tools = tools
    }
}

/// Takes thoughts and tool calls out of text, piece by piece.
struct TextExtraction: Sendable {
    enum Piece: Sendable {
        case text(String)
        case reasoning(String)
        case toolCall(name: String, arguments: String)
    }

    private let options: ExtractionOptions
    private var reasoning: ReasoningTagExtractor?
    private var calls: ToolCallExtractor?
    private var hasText = false

    init(_ options: ExtractionOptions) {
        self.options = options
        restart()
    }

    /// Whether text goes through unchanged.
    var isIdle: Bool { reasoning == nil && calls == nil }

    mutating func consume(_ text: String) -> [Piece] {
        hasText = true
        return convert(reasoning?.consume(text) ?? [.text(text)])
    }

    /// Ends a stretch of text: what was held back comes out, and the next text begins a new stretch.
    mutating func finish() -> [Piece] {
        guard hasText else { return [] }
        var pieces = convert(reasoning?.finish() ?? [])
        pieces += Self.convert(calls?.finish() ?? [])
        restart()
        return pieces
    }

    private mutating func restart() {
        hasText = false
        reasoning = options.reasoningTags ? ReasoningTagExtractor() : nil
        calls = options.tools.isEmpty ? nil : ToolCallExtractor(tools: options.tools)
    }

    private mutating func convert(_ pieces: [ReasoningTagExtractor.Piece]) -> [Piece] {
        pieces.flatMap { piece -> [Piece] in
            switch piece {
            case .reasoning(let text): [.reasoning(text)]
            case .text(let text): calls == nil ? [.text(text)] : Self.convert(calls?.consume(text) ?? [])
            }
        }
    }

    private static func convert(_ pieces: [ToolCallExtractor.Piece]) -> [Piece] {
        pieces.map { piece in
            switch piece {
            case .text(let text): .text(text)
            case .toolCall(let name, let arguments): .toolCall(name: name, arguments: arguments)
            }
        }
    }
}

extension ChatResponse {
    /// The answer with thoughts and tool calls taken out of its text.
    package func extracting(_ options: ExtractionOptions) -> ChatResponse {
        var extraction = TextExtraction(options)
        guard !extraction.isIdle else { return self }
        var parts = PartAccumulator()
        var content: [ContentPart] = []
        var events: [ChatEvent] = []
        var hasCalls = false
        for part in message.content {
            guard case .text(let text) = part.kind, part.extra.isEmpty, part.cacheHint == nil else {
                content.append(part)
                continue
            }
            for piece in extraction.consume(text) + extraction.finish() {
                if case .toolCall = piece { hasCalls = true }
                parts.append(piece, into: &events)
            }
            parts.closeAll(into: &events)
            content += parts.takeContent()
        }
        var result = self
        result.message.content = content
        if hasCalls, finishReason == .stop { result.finishReason = .toolCalls }
        return result
    }
}

extension PartAccumulator {
    mutating func append(_ piece: TextExtraction.Piece, into events: inout [ChatEvent]) {
        switch piece {
        case .text(let text): append(text: text, into: &events)
        case .reasoning(let text): append(reasoning: text, into: &events)
        case .toolCall(let name, let arguments): append(wholeCall: name, arguments: arguments, into: &events)
        }
    }
}
