internal import ProviderKit
internal import TransportKit

extension Call {
    /// What became of a request that was sent on.
    enum Forwarding {
        /// It was answered, in its provider's words.
        case answered(GatewayResponse)
        /// It was answered by a provider that speaks another dialect.
        indirect case translated(ChatResponse, waiting: Duration)
        /// The same, as a stream.
        indirect case translatedStream(ChatStream, route: Route?, since: ContinuousClock.Instant)
        /// Vectors, of a provider that speaks another dialect.
        indirect case embeddings(EmbeddingResponse, ForwardedAnswer, waiting: Duration)
        /// It was not sent, and has to be translated.
        case none
    }

    /// Sends the request on as it came, as far as there is who speaks its dialect.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - operation: What is asked for.
    ///   - isStreaming: Whether a stream is asked for; `nil` as the body says.
    ///   - callersFields: The caller's header fields that go along.
    ///   - framing: How a streamed answer is cut.
    ///   - encodeError: Writes an error that ends a stream.
    ///   - translation: Reads the request, for those who do not speak its dialect; `nil` where nobody else could.
    /// - Returns: The answer.
    /// - Throws: `PlexError`.
    func forward(
        _ request: ModelRequest,
        _ operation: WireOperation,
        isStreaming: Bool? = nil,
        fields callersFields: HTTPFields = [:],
        framing: ServedFraming = .serverSentEvents,
        encodeError: @escaping @Sendable (CallerError) -> [UInt8],
        translation: ForwardRequest.Translation?
    ) async throws(PlexError) -> Forwarding {
        guard let forwarder = service.forwarder else { return .none }
        let asked = ContinuousClock.now
        let forwarded = ForwardRequest(
            operation: operation,
            model: request.model,
            body: request.body,
            isStreaming: isStreaming,
            fields: callersFields,
            translation: translation
        )
        let sent: ForwardedAnswer?
        do throws(PlexError) {
            sent = try await forwarder.forward(forwarded)
        } catch {
            throw failed(error, since: asked)
        }
        guard let answer = sent else { return .none }
        let answered = ContinuousClock.now
        let waiting = asked.duration(to: answered)
        exchange.note(provider: answer.provider, model: answer.model, route: answer.route)
        switch answer.body {
        case .stream(let stream):
            var fields = fields(of: answer, waiting: waiting, until: answered)
            fields.addStreamFields()
            let source = ForwardedSource(stream, exchange: exchange, encodeError: encodeError)
            return .answered(
                GatewayResponse(status: answer.status, fields: fields, body: .stream(kept(source, framing)))
            )
        case .whole(let bytes, let summary):
            exchange.note(summary)
            let fields = fields(of: answer, waiting: waiting, until: answered)
            return .answered(GatewayResponse(status: answer.status, fields: fields, body: .bytes(bytes)))
        case .translated(let response): return .translated(response, waiting: waiting)
        case .translatedStream(let stream): return .translatedStream(stream, route: answer.route, since: asked)
        case .embeddings(let response): return .embeddings(response, answer, waiting: waiting)
        }
    }

    private func begun<Encoder>(
        _ source: TranslatedSource<Encoder>,
        since asked: ContinuousClock.Instant
    ) async throws(PlexError) -> TranslatedSource<Encoder>.Beginning {
        do throws(PlexError) {
            return try await source.begin()
        } catch {
            throw failed(error, since: asked)
        }
    }

    // Apart, as what is seldom needed.
    @inline(never)
    private func failed(_ error: PlexError, since asked: ContinuousClock.Instant) -> PlexError {
        _ = exchange.noteOverhead(waiting: asked.duration(to: .now))
        return error
    }

    private func fields(
        of answer: ForwardedAnswer,
        waiting: Duration,
        until time: ContinuousClock.Instant
    ) -> HTTPFields {
        var fields = HTTPFields()
        // These, the request's name, and what a stream has more.
        fields.reserveCapacity(8)
        fields.append("content-type", answer.contentType)
        AnswerFields(
            provider: answer.provider,
            model: answer.model,
            attempts: answer.route?.attempts.count,
            overhead: exchange.noteOverhead(waiting: waiting, until: time)
        ).add(to: &fields)
        return fields
    }

    /// A whole answer that was translated.
    func translated(_ response: ChatResponse, _ body: [UInt8], dropped: [String], waiting: Duration) -> GatewayResponse
    {
        let model = exchange.note(answerOf: response.provider, response.model, route: response.route)
        exchange.note(ForwardSummary(usage: response.usage, finishReason: response.finishReason))
        let fields = AnswerFields(
            provider: response.provider,
            model: model,
            attempts: response.route?.attempts.count,
            dropped: dropped,
            overhead: exchange.noteOverhead(waiting: waiting)
        )
        return GatewayResponse(json: body, fields)
    }

    /// A streamed answer that is translated as it comes.
    ///
    /// - Throws: `PlexError`, if the stream fails before anything of the answer is there: until then a failure has a status of
    ///   its own.
    func streamed(
        _ stream: ChatStream,
        _ encoder: some ServedStreamEncoder,
        places: FieldPlaces = FieldPlaces(),
        framing: ServedFraming = .serverSentEvents,
        since asked: ContinuousClock.Instant,
        route: Route? = nil,
        droppedFields: ([Warning]) -> [String]
    ) async throws(PlexError) -> GatewayResponse {
        let source = TranslatedSource(stream, exchange: exchange, encoder: encoder, places: places)
        let beginning = try await begun(source, since: asked)
        let waiting = asked.duration(to: .now)
        let model = exchange.note(answerOf: beginning.provider, beginning.model, route: route)
        var fields: HTTPFields = ["content-type": framing.mediaType]
        fields.addStreamFields()
        AnswerFields(
            provider: beginning.provider,
            model: model,
            attempts: route?.attempts.count,
            dropped: droppedFields(beginning.warnings),
            overhead: exchange.noteOverhead(waiting: waiting)
        ).add(to: &fields)
        return GatewayResponse(status: 200, fields: fields, body: .stream(kept(source, framing)))
    }

    private func kept(_ source: any GatewayStream.Source, _ framing: ServedFraming = .serverSentEvents) -> GatewayStream
    {
        // Only events have something that readers pass over.
        guard case .serverSentEvents = framing else { return GatewayStream(source: source, keepAlive: nil) }
        var keepAlive = GatewayStream.KeepAlive.serverSentEvents
        keepAlive.interval = service.options.keepAliveInterval
        return GatewayStream(source: source, keepAlive: keepAlive)
    }
}

extension GatewayResponse {
    /// A JSON answer to a request for a model.
    init(json: [UInt8], _ answer: AnswerFields) {
        self.init(status: 200, fields: ["content-type": "application/json"], body: .bytes(json))
        answer.add(to: &fields)
    }
}

extension ServedFraming {
    fileprivate var mediaType: String {
        switch self {
        case .serverSentEvents: "text/event-stream; charset=utf-8"
        case .newlineDelimitedJSON: "application/x-ndjson"
        case .jsonArray: "application/json"
        }
    }
}

extension HTTPFields {
    /// What keeps proxies between from gathering a stream.
    fileprivate mutating func addStreamFields() {
        append("cache-control", "no-cache")
        append("x-accel-buffering", "no")
    }
}
