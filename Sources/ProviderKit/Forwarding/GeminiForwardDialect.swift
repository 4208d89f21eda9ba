internal import TransportKit

/// Gemini's answers, as they are handed on.
struct GeminiForwardDialect: ForwardDialect {
    func makeObserver() -> any ForwardObserver {
        GeminiForwardObserver()
    }

    func summary(ofWhole body: [UInt8]) throws(ForwardRefusal) -> ForwardSummary {
        // A blocked prompt has no candidates, and goes on in the provider's words too.
        let value = try Self.answer(body, having: ["candidates", "promptFeedback"], called: "candidates")
        guard let answer = try? GeminiAnswer(value) else { return ForwardSummary(finishReason: .contentFilter) }
        return answer.summary
    }

    /// A whole answer as a value.
    ///
    /// - Parameters:
    ///   - body: The answer.
    ///   - fields: The fields of which it has one at least.
    ///   - name: What is not there otherwise.
    /// - Returns: The value.
    /// - Throws: `ForwardRefusal`, if it is none, or carries an error.
    fileprivate static func answer(
        _ body: [UInt8],
        having fields: [String],
        called name: String
    ) throws(ForwardRefusal) -> JSONValue {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: body)
        } catch {
            throw .malformed(error)
        }
        if let details = GeminiErrorBody.decode(value) { throw .refused(details) }
        guard fields.contains(where: { value[$0] != nil }) else {
            throw .failed(
                PlexError(.malformedResponse, "the answer has no \(name); is base_url that of the Gemini API?")
            )
        }
        return value
    }

    func events(ofWhole body: [UInt8]) throws(PlexError) -> [UInt8] {
        // An answer and an event have one form here; line ends would cut the event.
        var events: [UInt8] = []
        events.append(event: nil, try body.span.value())
        return events
    }
}

/// Looks at the events of a Gemini stream: errors, the reason for the end, usage; there is no end mark.
struct GeminiForwardObserver: ForwardObserver {
    private(set) var hasAnswer = false
    private(set) var isComplete = false
    private(set) var summary = ForwardSummary()
    private var hasCalls = false
    private var scanner = Self.scanner

    var endMark: [UInt8] { [] }

    // Numbers of the names below.
    private enum Place {
        static let candidates = 0, usage = 1, error = 2, feedback = 3, finishReason = 4, content = 5
    }

    private static let scanner = JSONScanner([
        .member("candidates"), .member("usageMetadata"), .member("error"), .member("promptFeedback"),
        .member("finishReason", under: Place.candidates), .member("content", under: Place.candidates),
    ])

    mutating func observe(_ data: Span<UInt8>) throws(PlexError) -> ForwardVerdict {
        do {
            try scanner.scan(data)
        } catch {
            throw GeminiErrorBody.decode(try data.value())?.asPlexError()
                ?? PlexError(.malformedResponse, "an event of the stream is no object")
        }
        let members = scanner.members
        if members[Place.error].notNull > 0, let error = GeminiErrorBody.decode(try data.value()) {
            throw error.asPlexError()
        }
        let hasCandidates = members[Place.candidates].notNull > 0
        if hasCandidates || members[Place.feedback].notNull > 0 { hasAnswer = true }
        // Few events say more than a piece of text.
        let content = members[Place.content]
        if content.notNull > 0, data.extracting(content.value).mentions("\"functionCall\"") { hasCalls = true }
        guard members[Place.finishReason].notNull > 0 || members[Place.usage].notNull > 0 || !hasCandidates else {
            return .forward
        }
        guard let answer = try? GeminiAnswer(try data.value()) else {
            isComplete = true
            summary.finishReason = .contentFilter
            return .forward
        }
        if answer.rawFinishReason != nil {
            isComplete = true
            summary.finishReason = answer.finishReason(hasToolCalls: hasCalls)
        }
        if let usage = answer.usage { summary.usage = summary.usage?.merging(usage) ?? usage }
        return .forward
    }
}

extension GeminiAnswer {
    fileprivate var summary: ForwardSummary {
        let hasCalls = parts.contains { $0["functionCall"] != nil }
        return ForwardSummary(usage: usage, finishReason: finishReason(hasToolCalls: hasCalls))
    }
}

extension Span<UInt8> {
    /// Whether a piece of ASCII stands somewhere in it.
    func mentions(_ word: StaticString) -> Bool {
        let size = word.utf8CodeUnitCount
        guard count >= size else { return false }
        let first = unsafe word.utf8Start[0]
        for start in 0...(count - size) where self[start] == first {
            if extracting(start..<count).begins(with: word) { return true }
        }
        return false
    }
}

/// Gemini's vectors, as they are handed on.
struct GeminiPlainForwardDialect: ForwardDialect {
    /// The members of which an answer has one.
    var members: [String]
    /// What they hold.
    var name: String

    static let embedding = Self(members: ["embedding", "embeddings"], name: "embeddings")
    static let count = Self(members: ["totalTokens"], name: "count of tokens")

    /// Whether a body names no other model than the one that is asked.
    static func namesOnly(_ model: ModelID, _ body: [UInt8]) -> Bool {
        guard let value = try? JSONValue(parsing: body) else { return false }
        let own = GeminiDialect.name(of: model)
        let requests = value["requests"]?.array ?? [value, value["generateContentRequest"] ?? [:]]
        return requests.allSatisfy { request in
            guard let name = request["model"] else { return true }
            return name.string == own || name.string == model.rawValue
        }
    }

    func makeObserver() -> any ForwardObserver {
        GeminiForwardObserver()
    }

    func summary(ofWhole body: [UInt8]) throws(ForwardRefusal) -> ForwardSummary {
        _ = try GeminiForwardDialect.answer(body, having: members, called: name)
        return ForwardSummary()
    }

    func events(ofWhole body: [UInt8]) throws(PlexError) -> [UInt8] {
        throw PlexError(.internal, "such an answer is no stream")
    }
}
