internal import TransportKit

/// Turns what the frames of a stream say into events and into the whole answer, and decides whether the stream ended well.
///
/// A value without I/O. Feed it with ``consume(_:into:)`` frame by frame; once ``hasEndMark`` is true or the bytes have ended,
/// call ``finish(isCut:into:)``.
package struct StreamAssembler: Sendable {
    /// What is known before the first frame.
    package struct Start: Sendable {
        /// The provider that answers.
        package var provider: ProviderID
        /// The model that was asked for.
        package var model: ModelID
        /// The provider's name for the request.
        package var requestID: String?
        /// What could not be asked for as wanted.
        package var warnings: [Warning]
        /// What is looked for in the text.
        package var extraction: ExtractionOptions

        package init(
            provider: ProviderID,
            model: ModelID,
            requestID: String? = nil,
            warnings: [Warning] = [],
            extraction: ExtractionOptions = ExtractionOptions()
        ) {
            self.provider = provider
            self.model = model
            self.requestID = requestID
            self.warnings = warnings
            self.extraction = extraction
        }
    }

    /// Whether the dialect's end mark has come; what comes after it is ignored.
    package private(set) var hasEndMark = false
    /// Bytes of text, reasoning, refusal and arguments that have come.
    package private(set) var receivedBytes = 0
    /// Bytes of seals, names and whole parts that have come and are kept beside the words.
    package private(set) var keptBytes = 0

    // No dialect has nearly as many; a peer that makes up ever more is not held in memory for it.
    private static let maximumExtraFields = 256

    private let start: Start
    private var isStarted = false
    private var hasAnswer = false
    private var isFinished = false
    private var response: ChatResponse
    private var parts = PartAccumulator()
    private var extraction: TextExtraction
    private var hasExtractedCalls = false

    package init(_ start: Start) {
        self.start = start
        extraction = TextExtraction(start.extraction)
        response = ChatResponse(
            provider: start.provider,
            model: start.model,
            message: Message(role: .assistant, content: []),
            requestID: start.requestID,
            warnings: start.warnings
        )
    }

    /// Takes what one frame says.
    ///
    /// - Parameters:
    ///   - deltas: What the frame says, in order.
    ///   - events: Where the events are appended.
    package mutating func consume(_ deltas: [StreamDelta], into events: inout [ChatEvent]) {
        for delta in deltas where !hasEndMark && !isFinished {
            consume(delta, into: &events)
        }
    }

    /// Ends the answer, after the end mark or at the end of the bytes.
    ///
    /// - Parameters:
    ///   - isCut: Whether a frame had begun and did not end.
    ///   - events: Where the last events are appended.
    /// - Returns: Whether the answer is whole; if not, nothing was appended and the stream was cut.
    package mutating func finish(isCut: Bool, into events: inout [ChatEvent]) -> Bool {
        guard !isFinished else { return true }
        let isWhole = hasEndMark ? hasAnswer : (response.rawFinishReason != nil && !isCut)
        guard isWhole else { return false }
        isFinished = true
        begin(into: &events)
        flushText(into: &events)
        parts.closeAll(into: &events)
        response.message.content = parts.content
        // The provider did not see the calls in its text; whoever runs tools has to.
        if hasExtractedCalls, response.finishReason == .stop { response.finishReason = .toolCalls }
        events.append(.finished(response))
        return true
    }

    private mutating func begin(into events: inout [ChatEvent]) {
        guard !isStarted else { return }
        isStarted = true
        events.append(
            .started(
                StreamStart(
                    id: response.id,
                    provider: response.provider,
                    model: response.model,
                    requestID: response.requestID
                )
            )
        )
        for warning in start.warnings {
            events.append(.warning(warning))
        }
    }

    private mutating func consume(_ delta: StreamDelta, into events: inout [ChatEvent]) {
        if case .endMark = delta {
            hasEndMark = true
            return
        }
        // What is beside the answer does not begin it.
        switch delta {
        case .extra(let name, let value):
            if response.extra.count < Self.maximumExtraFields || response.extra[name] != nil {
                response.extra[name] = value
            }
            return
        case .usage(let usage):
            response.usage = response.usage?.merging(usage) ?? usage
            return
        default: hasAnswer = true
        }
        if case .start(let id, let model) = delta {
            response.id = response.id ?? id
            if let model, !model.isEmpty, !isStarted { response.model = ModelID(model) }
            begin(into: &events)
            return
        }
        begin(into: &events)
        switch delta {
        case .text(let text):
            receivedBytes += text.utf8.count
            append(text: text, into: &events)
        case .reasoning(let text):
            receivedBytes += text.utf8.count
            parts.append(reasoning: text, into: &events)
        case .reasoningSignature(let signature):
            keptBytes += signature.utf8.count
            parts.append(signature: signature)
        case .redactedReasoning(let data):
            keptBytes += data.utf8.count
            parts.append(redacted: data, into: &events)
        case .refusal(let text):
            receivedBytes += text.utf8.count
            flushText(into: &events)
            parts.append(refusal: text, into: &events)
        case .toolCall(let key, let id, let name, let arguments, let signature):
            receivedBytes += arguments.utf8.count
            keptBytes += [id, name, signature].reduce(0) { $0 + ($1?.utf8.count ?? 0) }
            flushText(into: &events)
            parts.append(
                toolCall: ToolCallPiece(key: key, id: id, name: name, arguments: arguments, signature: signature),
                into: &events
            )
        case .blockEnd:
            flushText(into: &events)
            parts.closeAll(into: &events)
        case .finishReason(let reason, let raw):
            response.finishReason = reason
            response.rawFinishReason = raw
        case .part(let part):
            flushText(into: &events)
            parts.append(whole: part, into: &events)
        case .partExtra(let name, let value):
            flushText(into: &events)
            parts.setExtra(name, to: value)
        case .start, .usage, .extra, .endMark: break
        }
    }

    private mutating func append(text: String, into events: inout [ChatEvent]) {
        if extraction.isIdle {
            parts.append(text: text, into: &events)
        } else {
            append(extraction.consume(text), into: &events)
        }
    }

    private mutating func flushText(into events: inout [ChatEvent]) {
        append(extraction.finish(), into: &events)
    }

    private mutating func append(_ pieces: [TextExtraction.Piece], into events: inout [ChatEvent]) {
        for piece in pieces {
            if case .toolCall = piece { hasExtractedCalls = true }
            parts.append(piece, into: &events)
        }
    }
}

extension Usage {
    /// These counts, replaced by later ones where those say more.
    package func merging(_ later: Usage) -> Usage {
        Usage(
            inputTokens: later.inputTokens > 0 ? later.inputTokens : inputTokens,
            outputTokens: later.outputTokens > 0 ? later.outputTokens : outputTokens,
            cachedReadTokens: later.cachedReadTokens ?? cachedReadTokens,
            cachedWriteTokens: later.cachedWriteTokens ?? cachedWriteTokens,
            reasoningTokens: later.reasoningTokens ?? reasoningTokens
        )
    }
}
