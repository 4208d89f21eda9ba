internal import ProviderKit
internal import TransportKit

extension Call {
    /// Sends the request on as it came, if the model's provider speaks its dialect.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - operation: What is asked for.
    ///   - encodeError: Writes an error that ends a stream.
    /// - Returns: The answer in its provider's words, or `nil` if the request has to be translated.
    /// - Throws: `PlexError`.
    func forward(
        _ request: ModelRequest,
        _ operation: WireOperation,
        encodeError: @escaping @Sendable (CallerError) -> [UInt8]
    ) async throws(PlexError) -> GatewayResponse? {
        guard let forwarder = service.forwarder else { return nil }
        let asked = ContinuousClock.now
        let forwarded = ForwardRequest(operation: operation, model: request.model, body: request.body)
        guard let answer = try await forwarder.forward(forwarded) else { return nil }
        let waiting = asked.duration(to: .now)
        exchange.note(provider: answer.provider, model: answer.model, route: answer.route)
        var fields: HTTPFields = ["content-type": answer.contentType]
        AnswerFields(
            provider: answer.provider,
            model: answer.model,
            attempts: answer.route?.attempts.count,
            overhead: exchange.noteOverhead(waiting: waiting)
        ).add(to: &fields)
        switch answer.body {
        case .stream(let stream):
            fields.addStreamFields()
            let source = ForwardedSource(stream, exchange: exchange, encodeError: encodeError)
            return GatewayResponse(status: answer.status, fields: fields, body: .stream(keptOpen(source)))
        case .whole(let bytes, let summary):
            exchange.note(summary)
            return GatewayResponse(status: answer.status, fields: fields, body: .bytes(bytes))
        }
    }

    /// A whole answer that was translated.
    func translated(_ response: ChatResponse, _ body: [UInt8], dropped: [String], waiting: Duration) -> GatewayResponse
    {
        exchange.note(provider: response.provider, model: response.model, route: response.route)
        exchange.note(ForwardSummary(usage: response.usage, finishReason: response.finishReason))
        let fields = AnswerFields(
            provider: response.provider,
            model: response.model,
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
        since asked: ContinuousClock.Instant,
        droppedFields: ([Warning]) -> [String]
    ) async throws(PlexError) -> GatewayResponse {
        let source = TranslatedSource(stream, exchange: exchange, encoder: encoder)
        let beginning = try await source.begin()
        let waiting = asked.duration(to: .now)
        exchange.note(provider: beginning.provider, model: beginning.model, route: nil)
        var fields: HTTPFields = ["content-type": "text/event-stream; charset=utf-8"]
        fields.addStreamFields()
        AnswerFields(
            provider: beginning.provider,
            model: beginning.model,
            dropped: droppedFields(beginning.warnings),
            overhead: exchange.noteOverhead(waiting: waiting)
        ).add(to: &fields)
        return GatewayResponse(status: 200, fields: fields, body: .stream(keptOpen(source)))
    }

    private func keptOpen(_ source: any GatewayStream.Source) -> GatewayStream {
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

extension HTTPFields {
    /// What keeps proxies between from gathering a stream.
    fileprivate mutating func addStreamFields() {
        append("cache-control", "no-cache")
        append("x-accel-buffering", "no")
    }
}
