internal import TransportKit

extension HTTPChatClient {
    /// Sends a body on as it is, and hands the answer on as it comes.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - path: The path below the endpoint's base, beginning with a slash.
    ///   - body: What is sent.
    ///   - isStreaming: Whether a stream is asked for.
    ///   - forwarding: What has to be understood of the answer.
    /// - Returns: The answer; a streamed one once its first event is there.
    /// - Throws: `PlexError`, if the server cannot be reached or refuses, or its stream breaks before the first event.
    func forward(
        _ request: ForwardRequest,
        path: String,
        body: [UInt8],
        isStreaming: Bool,
        by forwarding: any ForwardDialect
    ) async throws(PlexError) -> ForwardedAnswer {
        let context = context(model: request.model, timeouts: request.timeouts)
        let answer = try await send(
            "POST",
            path: path,
            body: body,
            isStreaming: isStreaming,
            context: context,
            adding: request.fields
        )
        var contentType = answer.response.fields["content-type"] ?? ""
        let type = MediaTypeText(contentType)
        guard isStreaming else {
            let body = try await collected(answer)
            let summary = try summarized(body, answer, forwarding)
            // Some servers name no type, or another one than the caller reads.
            if !type.mentions("json") { contentType = "application/json" }
            return forwarded(answer, to: request, contentType, .whole(body, summary))
        }
        switch dialect.framing {
        case .serverSentEvents:
            if !type.mentions("text/event-stream") { contentType = "text/event-stream" }
        case .newlineDelimitedJSON:
            if !type.mentions("ndjson") { contentType = "application/x-ndjson" }
        }
        let stream = try await stream(answer, type, forwarding)
        return forwarded(answer, to: request, contentType, .stream(stream))
    }

    private func forwarded(
        _ answer: Answer,
        to request: ForwardRequest,
        _ contentType: String,
        _ body: ForwardedAnswer.Body
    ) -> ForwardedAnswer {
        ForwardedAnswer(
            provider: configuration.id,
            model: request.model,
            requestID: answer.context.requestID,
            status: answer.response.status,
            contentType: contentType,
            body: body
        )
    }

    private func stream(
        _ answer: Answer,
        _ type: MediaTypeText,
        _ forwarding: any ForwardDialect
    ) async throws(PlexError) -> ForwardedStream {
        if type.mentions("text/html") {
            answer.response.body.cancel()
            throw answer.context.error(.malformedResponse, answer.context.htmlMessage)
        }
        if type.mentions("/json") {
            // A server that knows no streams answers as a whole; the caller reads events.
            let body = try await collected(answer)
            let summary = try summarized(body, answer, forwarding)
            do {
                return ForwardedStream(WholeSource(try forwarding.events(ofWhole: body), summary))
            } catch {
                throw answer.context.completing(error)
            }
        }
        let source = ForwardSource(
            answer.response.body,
            observer: forwarding.makeObserver(),
            cutsLines: dialect.framing == .newlineDelimitedJSON,
            maximumEventSize: configuration.maximumEventSize,
            context: answer.context
        )
        try await source.open()
        return ForwardedStream(source)
    }

    @inline(__always)
    private func collected(_ answer: Answer) async throws(PlexError) -> [UInt8] {
        // A short answer has mostly come with its head.
        if let whole = answer.response.body.takeRest(upTo: configuration.maximumResponseSize) { return whole }
        do {
            return try await answer.response.body.collect(upTo: configuration.maximumResponseSize)
        } catch {
            throw answer.context.error(error, hasAnswerBegun: true)
        }
    }

    private func summarized(
        _ body: [UInt8],
        _ answer: Answer,
        _ forwarding: any ForwardDialect
    ) throws(PlexError) -> ForwardSummary {
        do {
            return try forwarding.summary(ofWhole: body)
        } catch {
            switch error {
            case .malformed(let reason):
                throw answer.context.malformed(reason, body: body, fields: answer.response.fields)
            case .refused(let details):
                let refused = RefusedAnswer(status: answer.response.status, fields: answer.response.fields, body: body)
                throw answer.context.error(refused, details: details)
            case .failed(let error): throw answer.context.completing(error)
            }
        }
    }

    /// Sends what is asked for sound or pictures on as it is, and hands the answer on, whatever it is.
    ///
    /// - Parameters:
    ///   - request: The request; its type of content is among its fields if it is no JSON.
    ///   - path: The path below the endpoint's base, beginning with a slash.
    /// - Returns: The answer: whole, unless it is a stream of events.
    /// - Throws: `PlexError`, if the server cannot be reached or refuses, or its answer breaks off.
    func forwardMedia(_ request: ForwardRequest, path: String) async throws(PlexError) -> ForwardedAnswer {
        let answer = try await send(
            "POST",
            path: path,
            body: request.body.rewritten(model: request.model.rawValue, addingUsage: false),
            isStreaming: request.isStreaming,
            context: context(model: request.model, timeouts: request.timeouts),
            replacing: ["accept": "*/*", "content-type": request.fields["content-type"] ?? "application/json"]
        )
        let type = answer.response.fields["content-type"] ?? "application/octet-stream"
        let forwarding = MediaForwardDialect()
        if MediaTypeText(type).mentions("text/event-stream") {
            let source = ForwardSource(
                answer.response.body,
                observer: forwarding.makeObserver(),
                maximumEventSize: configuration.maximumResponseSize,
                context: answer.context
            )
            try await source.open()
            return forwarded(answer, to: request, type, .stream(ForwardedStream(source)))
        }
        let body = try await collected(answer)
        return forwarded(answer, to: request, type, .whole(body, try summarized(body, answer, forwarding)))
    }
}
