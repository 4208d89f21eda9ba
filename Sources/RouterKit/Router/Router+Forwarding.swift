public import ProviderKit
internal import TransportKit

extension Router: ForwardingProvider {
    /// Sends a request on to the first target that answers: as it came, where that speaks its dialect, else translated.
    ///
    /// - Parameter request: The request.
    /// - Returns: The answer, or `nil` if no target speaks the dialect and the request cannot be translated.
    /// - Throws: `PlexError`, which names every attempt.
    public func forward(_ request: ForwardRequest) async throws(PlexError) -> ForwardedAnswer? {
        let now = core.now()
        let known =
            if let known = remembered(request.model, at: now) { known } else { try await route(to: request.model) }
        let onStreamCut = known.route.policy.onStreamCut
        let translates = !middleware.isEmpty || onStreamCut == .continue
        if translates || !core.canForward(request.operation, known) {
            guard let translation = request.translation else { return nil }
            // It has to be read anyway: what is wrong with it does not wait for a target to be free or well.
            _ = try translation()
        }
        let isHeld = onStreamCut == .hold
        let run = run(
            RouteQuery(request, tiesBySession: known.tiesSessions),
            known,
            request.timeouts,
            whole: isHeld || !request.isStreaming,
            at: now
        )
        let (given, sent, begun) = try await attempt(request, run, now, held: isHeld, translated: translates)
        guard case .forwarded(var answer) = given else { return try await finished(given, sent, run, onStreamCut) }
        // Whoever asks in a vendor's words cannot be told the steps.
        if case .stream(let stream) = answer.body {
            answer.route = run.routed(sent, tellsSteps: false, at: begun)
            answer.body = .stream(ForwardedStream(RoutedForward(stream, sent, run)))
        } else {
            answer.route = run.succeeded(sent, tellsSteps: false, at: begun)
        }
        return answer
    }

    // As `RouteRun.perform`, but without a closure between: each function on the way of a request that is handed on costs it
    // more than what that does.
    @inline(__always)
    private func attempt(
        _ request: ForwardRequest,
        _ run: RouteRun,
        _ start: Duration,
        held isHeld: Bool,
        translated: Bool
    ) async throws(PlexError) -> (Answer, RouteRun.Sent, begun: Duration) {
        // The first request follows the planning at once.
        var now = start
        while true {
            switch try await run.next(at: now) {
            case .send(let sent):
                do throws(PlexError) {
                    let answer = try await answer(request, sent.lane, held: isHeld, translated: translated)
                    let begun = core.now()
                    sent.ticket.begin(at: begun)
                    return (answer, sent, begun)
                } catch {
                    try run.note(error, of: sent)
                }
            case .race(let sent, let delay):
                let won = try await run.race(sent, delay) { [self] lane throws(PlexError) -> Answer in
                    try await answer(request, lane, held: isHeld, translated: translated)
                }
                if let (answer, sent) = won { return (answer, sent, core.now()) }
            }
            now = core.now()
        }
    }

    /// What one target gives; behind references, as the functions on its way keep room for it.
    private enum Answer: Sendable {
        case forwarded(ForwardedAnswer)
        indirect case held(ForwardedAnswer, [[UInt8]], ForwardSummary)
        indirect case chat(ChatResponse, ChatRequest)
        indirect case stream(OpenedStream, ChatRequest)
        indirect case completion(ChatResponse)
        indirect case completionStream(OpenedStream)
        indirect case embeddings(EmbeddingResponse)
    }

    @inline(__always)
    private func answer(
        _ request: ForwardRequest,
        _ lane: RouteRun.Lane,
        held isHeld: Bool,
        translated: Bool
    ) async throws(PlexError) -> Answer {
        // The parameters of a model have OpenAI's names, so another dialect's body has to be read for them.
        let isOwn = lane.parameters.isEmpty || request.operation.rawValue.hasPrefix("openai/")
        var request = request
        if isOwn, !lane.parameters.isEmpty { request = try lane.parameters.applied(to: request) }
        if !translated, isOwn, let forwarder = lane.forwarder {
            request.model = lane.model
            request.timeouts = lane.timeouts
            if let answer = try await forwarder.forward(request) {
                guard isHeld, case .stream(let stream) = answer.body else { return .forwarded(answer) }
                let (pieces, summary) = try await Self.whole(stream)
                return .held(answer, pieces, summary)
            }
        }
        return try await translatedAnswer(request, lane, held: isHeld)
    }

    // Apart: what is forwarded, as most is, would hold room for all of this as long as it waits.
    @inline(never)
    private func translatedAnswer(
        _ request: ForwardRequest,
        _ lane: RouteRun.Lane,
        held isHeld: Bool
    ) async throws(PlexError) -> Answer {
        guard let translation = request.translation else {
            throw PlexError(.unsupported, "this provider does not speak the dialect of the request")
        }
        let isStreaming = request.isStreaming
        switch try translation() {
        case .chat(var chat):
            for one in middleware { try await one.willRoute(&chat) }
            if isStreaming { return .stream(try await opening(held: isHeld)(chat, lane), chat) }
            let sent = chat
            return .chat(
                try await core.bounded(lane) { () throws(PlexError) in
                    try await lane.provider.respond(to: lane.addressed(sent))
                },
                chat
            )
        case .completion(let completion):
            if isStreaming { return .completionStream(try await lane.openedCompletion(completion, core, held: isHeld)) }
            return .completion(try await lane.complete(completion, core))
        case .embedding(let embedding): return .embeddings(try await lane.embed(embedding, core))
        }
    }

    @inline(never)
    private func finished(
        _ answer: Answer,
        _ sent: RouteRun.Sent,
        _ run: RouteRun,
        _ onStreamCut: RoutePolicy.StreamCut
    ) async throws(PlexError) -> ForwardedAnswer {
        switch answer {
        case .forwarded(let answer): return answer
        case .held(var answer, let pieces, let summary):
            answer.route = run.succeeded(sent)
            answer.body = .stream(ForwardedStream(HeldPieces(pieces, summary)))
            return answer
        case .chat(var response, let request):
            response.route = run.succeeded(sent)
            for one in middleware { try await one.willFinish(&response, of: request) }
            return ForwardedAnswer(sent, response.route, .translated(response))
        case .stream(let stream, let request):
            // A caller on the wire cannot be told to forget what it has.
            let atCut = onStreamCut == .restart ? .fail : onStreamCut
            let open = opening(held: onStreamCut == .hold)
            let events = events(stream, sent, run, request, onStreamCut: atCut, open: open)
            return ForwardedAnswer(sent, run.routed(sent), .translatedStream(events))
        case .completion(var response):
            response.route = run.succeeded(sent)
            return ForwardedAnswer(sent, response.route, .translated(response))
        case .completionStream(let stream):
            let events = completionEvents(stream, sent, run)
            return ForwardedAnswer(sent, run.routed(sent), .translatedStream(events))
        case .embeddings(let response):
            return ForwardedAnswer(sent, run.succeeded(sent), .embeddings(response))
        }
    }

    // Apart as well. Held until it is whole; the limit is that of held answers in general.
    @inline(never)
    private static func whole(_ stream: ForwardedStream) async throws(PlexError) -> ([[UInt8]], ForwardSummary) {
        var pieces: [[UInt8]] = []
        var size = 0
        while let piece = try await stream.next() {
            switch piece {
            case .events(let bytes):
                pieces.append(bytes)
                size += bytes.count
                guard size <= OpenedStream.heldLimit else {
                    stream.cancel()
                    throw PlexError(
                        .unsupported,
                        "the answer is too long to be held until it is whole; use another on_stream_cut"
                    )
                }
            case .finished(let summary): return (pieces, summary)
            }
        }
        throw PlexError(.streamCut, "the stream ended before the answer did")
    }
}

extension ForwardedAnswer {
    fileprivate init(_ sent: RouteRun.Sent, _ route: Route?, _ body: Body) {
        self.init(
            provider: sent.lane.provider.id,
            model: sent.lane.model,
            contentType: "application/json",
            body: body,
            route: route
        )
    }
}

/// A stream in its provider's words, whose end is noted.
private final class RoutedForward: ForwardedStream.Source {
    private let stream: ForwardedStream
    private let sent: RouteRun.Sent
    private let run: RouteRun

    init(_ stream: ForwardedStream, _ sent: RouteRun.Sent, _ run: RouteRun) {
        self.stream = stream
        self.sent = sent
        self.run = run
    }

    func next() async throws(PlexError) -> ForwardedStream.Piece? {
        do {
            let piece = try await stream.next()
            if case .finished? = piece { sent.ticket.end(.success) }
            return piece
        } catch {
            _ = run.broke(sent, error)
            throw run.completed(error)
        }
    }

    func cancel() {
        sent.ticket.end(.abandoned)
        stream.cancel()
    }
}

/// A streamed answer that is there as a whole.
private final class HeldPieces: ForwardedStream.Source {
    private let pieces: Locked<(rest: ArraySlice<[UInt8]>, summary: ForwardSummary?)>

    init(_ pieces: [[UInt8]], _ summary: ForwardSummary) {
        self.pieces = Locked((pieces[...], summary))
    }

    func next() async throws(PlexError) -> ForwardedStream.Piece? {
        pieces.withLock { state in
            if let piece = state.rest.popFirst() { return .events(piece) }
            defer { state.summary = nil }
            return state.summary.map { .finished($0) }
        }
    }

    func cancel() {
        pieces.withLock { $0.rest = [] }
    }
}
