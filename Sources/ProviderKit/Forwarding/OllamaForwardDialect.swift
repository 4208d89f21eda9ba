internal import TransportKit

/// Ollama's answers, as they are handed on.
struct OllamaForwardDialect: ForwardDialect {
    /// What was asked for.
    var operation: WireOperation

    func makeObserver() -> any ForwardObserver {
        OllamaForwardObserver()
    }

    // Numbers of the names below.
    private enum Place {
        static let error = 0, message = 1, response = 2, embeddings = 3, embedding = 4
    }

    private static let scanner = JSONScanner([
        .member("error"), .member("message"), .member("response"), .member("embeddings"), .member("embedding"),
    ])

    func summary(ofWhole body: [UInt8]) throws(ForwardRefusal) -> ForwardSummary {
        guard let members = Self.scanner.members(of: body) else { throw refusal(of: body) }
        let answers: [Int] =
            switch operation {
            case .ollamaEmbed: [Place.embeddings]
            case .ollamaEmbedding: [Place.embedding]
            default: [Place.message, Place.response]
            }
        guard members[Place.error].notNull == 0, answers.contains(where: { members[$0].count > 0 }) else {
            throw refusal(of: body)
        }
        // Vectors are long, and say nothing that is wanted here.
        guard [.ollamaChat, .ollamaGenerate].contains(operation) else { return ForwardSummary() }
        do {
            return OllamaAnswer(try body.span.value())?.summary(hasToolCalls: false) ?? ForwardSummary()
        } catch {
            throw .failed(error)
        }
    }

    private func refusal(of body: [UInt8]) -> ForwardRefusal {
        ForwardRefusal(
            of: body,
            readingError: OllamaErrorBody.decode,
            otherwise: "the answer has no message; is base_url that of an Ollama server?"
        )
    }

    func events(ofWhole body: [UInt8]) throws(PlexError) -> [UInt8] {
        // A whole answer and the last line have one form; line ends within would cut it.
        try body.span.value().serialized + [0x0A]
    }
}

/// Looks at the lines of an Ollama stream: errors, and the last one, which says why the answer ended and what it cost.
struct OllamaForwardObserver: ForwardObserver {
    private(set) var hasAnswer = false
    private(set) var summary = ForwardSummary()
    private var hasCalls = false
    private var scanner = Self.scanner

    /// The last line is the end mark, and cannot be made up.
    let isComplete = false
    let endMark: [UInt8] = []

    // Numbers of the names below.
    private enum Place {
        static let done = 0, error = 1, message = 2, calls = 3
    }

    private static let scanner = JSONScanner([
        .member("done"), .member("error"), .member("message"), .member("tool_calls", under: Place.message),
    ])

    mutating func observe(_ data: Span<UInt8>) throws(PlexError) -> ForwardVerdict {
        try scanner.scan(piece: data)
        let members = scanner.members
        if members[Place.error].notNull > 0, let error = OllamaErrorBody.decode(try data.value()) {
            throw error.asPlexError()
        }
        hasAnswer = true
        if members[Place.calls].notNull > 0 { hasCalls = true }
        guard members[Place.done].notNull > 0, data[members[Place.done].value.lowerBound] == UInt8(ascii: "t") else {
            return .forward
        }
        summary = OllamaAnswer(try data.value())?.summary(hasToolCalls: hasCalls) ?? ForwardSummary()
        return .end
    }
}

extension OllamaAnswer {
    fileprivate func summary(hasToolCalls: Bool) -> ForwardSummary {
        ForwardSummary(
            usage: usage,
            finishReason: finishReason(hasToolCalls: hasToolCalls || !toolCalls.isEmpty)
        )
    }
}
