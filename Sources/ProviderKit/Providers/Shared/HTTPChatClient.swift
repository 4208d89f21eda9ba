package import TransportKit

/// Sends a dialect's requests over HTTP and reads its answers: what all providers over HTTP share.
///
/// One call sends one request. Trying again is the router's business.
package struct HTTPChatClient<Dialect: ChatDialect>: Sendable {
    /// How requests are written and answers are read.
    package let dialect: Dialect
    /// Where to send them, and within which limits.
    package let configuration: ProviderConfiguration

    private let credentials: [String: Secret]
    private let keyField: KeyField?
    private let keySource: (source: any CredentialSource, field: KeyField)?
    // What to say where a key is wanted and none is set.
    private let missingKey: String?
    // Made once: every request has them.
    private let fields: (plain: HTTPFields, posted: HTTPFields, streamed: HTTPFields)
    private let place: UpstreamContext.Place
    private let addresses: AddressCache
    private let transport: any HTTPTransport

    /// Makes a client.
    ///
    /// - Parameters:
    ///   - dialect: How requests are written and answers are read.
    ///   - configuration: Where to send them; its header fields win over `fields` and the key's.
    ///   - keyField: How the key is sent.
    ///   - missingKey: What to say instead of asking where no key is set; `nil` if the server may want none.
    ///   - fields: Further header fields.
    ///   - transport: What carries them.
    package init(
        dialect: Dialect,
        configuration: ProviderConfiguration,
        keyField: KeyField? = nil,
        missingKey: String? = nil,
        fields: HTTPFields = [:],
        transport: any HTTPTransport
    ) {
        self.dialect = dialect
        self.configuration = configuration
        self.transport = transport
        self.keyField = keyField
        var credentials: [String: Secret] = [:]
        var keySource: (source: any CredentialSource, field: KeyField)?
        if let keyField {
            if let source = configuration.credential {
                if configuration.fields[keyField.name] == nil { keySource = (source, keyField) }
            } else if let key = configuration.apiKey, !key.isEmpty {
                credentials[keyField.name] = keyField.value(of: key)
            }
        }
        self.keySource = keySource
        var headers = RequestHeaders(fields: fields, credentials: credentials)
        headers.override(with: configuration.fields)
        let plain = headers.fields.adding("accept", "application/json")
        let streamed =
            switch dialect.framing {
            case .serverSentEvents: "text/event-stream, application/json;q=0.5"
            case .newlineDelimitedJSON: "application/x-ndjson, application/json;q=0.5"
            }
        self.fields = (
            plain: plain,
            posted: plain.adding("content-type", "application/json"),
            streamed: headers.fields.adding("accept", streamed).adding("content-type", "application/json")
        )
        self.credentials = headers.credentials
        self.missingKey = keySource == nil && headers.credentials.isEmpty ? missingKey : nil
        place = UpstreamContext.Place(
            provider: configuration.id,
            endpoint: configuration.endpoint,
            scrubber: CredentialScrubber(Array(headers.credentials.values) + (configuration.apiKey.map { [$0] } ?? []))
        )
        addresses = AddressCache(base: configuration.endpoint.base)
    }

    /// A client of the same server that speaks another of its dialects.
    func speaking<Other: ChatDialect>(_ dialect: Other) -> HTTPChatClient<Other> {
        HTTPChatClient<Other>(
            dialect: dialect,
            configuration: configuration,
            keyField: keyField,
            missingKey: missingKey,
            transport: transport
        )
    }

    /// Refuses to ask a server that wants a key where none is set, as it would only answer with 401.
    func checkKey() throws(PlexError) {
        if let missingKey { throw context(model: nil).missingKey(missingKey) }
    }

    /// Sends a chat request and reads the whole answer.
    ///
    /// - Throws: `PlexError`.
    package func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
        let context = context(model: request.model, timeouts: request.timeouts)
        let encoded = try encode(request, isStreaming: false, context: context)
        let answer = try await send(
            "POST",
            path: encoded.path,
            body: encoded.body.serialized,
            isStreaming: false,
            context: context
        )
        return try await response(of: answer, start(answer, request, encoded.warnings))
    }

    /// Sends a chat request and returns its stream once the server has accepted it.
    ///
    /// - Throws: `PlexError`, if the server cannot be reached or refuses.
    package func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream {
        let context = context(model: request.model, timeouts: request.timeouts)
        let encoded = try encode(request, isStreaming: true, context: context)
        let body = encoded.body.serialized
        let answer = try await send("POST", path: encoded.path, body: body, isStreaming: true, context: context)
        let start = start(answer, request, encoded.warnings)
        if dialect.framing == .serverSentEvents {
            let type = MediaTypeText(answer.response.fields["content-type"] ?? "")
            if type.mentions("text/html") {
                answer.response.body.cancel()
                throw answer.context.error(.malformedResponse, answer.context.htmlMessage)
            }
            if type.mentions("/json") {
                // A server that knows no streams answers as a whole.
                return ChatStream {
                    ResponseReplay { () async throws(PlexError) in try await response(of: answer, start) }
                }
            }
        }
        let frames = frames(of: answer, framing: dialect.framing)
        return ChatStream { [dialect] in
            ChatEventReader(
                frames: frames,
                decoder: dialect.makeStreamDecoder(),
                assembler: StreamAssembler(start),
                context: answer.context,
                maximumSize: configuration.maximumResponseSize
            )
        }
    }

    /// Asks for a JSON value.
    ///
    /// - Parameter path: The path below the endpoint's base, beginning with a slash.
    /// - Returns: The answer.
    /// - Throws: `PlexError`.
    package func getJSON(path: String) async throws(PlexError) -> JSONValue {
        let context = context(model: nil)
        return try await json(of: send("GET", path: path, body: nil, isStreaming: false, context: context))
    }

    /// Sends a JSON value and reads one.
    ///
    /// - Parameters:
    ///   - path: The path below the endpoint's base, beginning with a slash.
    ///   - body: What is sent.
    ///   - model: The model that this is about, for error messages.
    ///   - timeouts: Limits for this request only.
    /// - Returns: The answer.
    /// - Throws: `PlexError`.
    package func postJSON(
        path: String,
        body: JSONValue,
        model: ModelID? = nil,
        timeouts: Timeouts? = nil
    ) async throws(PlexError) -> JSONValue {
        let context = context(model: model, timeouts: timeouts)
        return try await json(of: send("POST", path: path, body: body.serialized, isStreaming: false, context: context))
    }

    /// Sends a JSON value and reads a stream of frames that is no chat.
    ///
    /// - Parameters:
    ///   - path: The path below the endpoint's base, beginning with a slash.
    ///   - body: What is sent.
    ///   - framing: How the answer is cut into frames.
    ///   - model: The model that this is about, for error messages.
    ///   - timeouts: Limits for this request only.
    /// - Returns: What reads the frames, and what errors about them should be made with.
    /// - Throws: `PlexError`, if the server cannot be reached or refuses.
    package func openFrames(
        path: String,
        body: JSONValue,
        framing: StreamFraming,
        model: ModelID? = nil,
        timeouts: Timeouts? = nil
    ) async throws(PlexError) -> (frames: FrameReader, context: UpstreamContext) {
        let context = context(model: model, timeouts: timeouts)
        let answer = try await send("POST", path: path, body: body.serialized, isStreaming: true, context: context)
        return (frames(of: answer, framing: framing), answer.context)
    }

    /// What errors of an exchange are made with.
    package func context(model: ModelID?, timeouts: Timeouts? = nil) -> UpstreamContext {
        UpstreamContext(place, model: model, timeouts: timeouts ?? configuration.timeouts)
    }
}

extension HTTPChatClient {
    /// An answer with a good status, its body still to be read.
    struct Answer: Sendable {
        var response: HTTPResponse
        var context: UpstreamContext
    }

    private func start(_ answer: Answer, _ request: ChatRequest, _ warnings: [Warning]) -> StreamAssembler.Start {
        StreamAssembler.Start(
            provider: configuration.id,
            model: request.model,
            requestID: answer.context.requestID,
            warnings: warnings,
            extraction: ExtractionOptions(
                reasoningTags: configuration.extractsReasoningTags,
                tools: configuration.extractsTextToolCalls ? request.tools : []
            )
        )
    }

    private func response(
        of answer: Answer,
        _ start: StreamAssembler.Start
    ) async throws(PlexError) -> ChatResponse {
        let value = try await json(of: answer)
        do {
            var response = try dialect.decodeResponse(value, provider: start.provider, model: start.model)
            response.requestID = response.requestID ?? start.requestID
            response.warnings = start.warnings + response.warnings
            return response.extracting(start.extraction)
        } catch {
            throw answer.context.completing(error)
        }
    }

    private func encode(
        _ request: ChatRequest,
        isStreaming: Bool,
        context: UpstreamContext
    ) throws(PlexError) -> EncodedRequest {
        try checkKey()
        do {
            return try dialect.encode(request, isStreaming: isStreaming)
        } catch {
            throw context.completing(error)
        }
    }

    /// Sends a request, once.
    ///
    /// - Throws: `PlexError`, if the server cannot be reached or refuses.
    func send(
        _ method: String,
        path: String,
        body: [UInt8]?,
        isStreaming: Bool,
        context: UpstreamContext,
        adding callersFields: HTTPFields = [:],
        replacing replacements: HTTPFields = [:]
    ) async throws(PlexError) -> Answer {
        try checkKey()
        var sent = isStreaming ? fields.streamed : body == nil ? fields.plain : fields.posted
        for field in callersFields.fields where sent[field.name] == nil { sent.append(field.name, field.value) }
        for field in replacements.fields { sent[field.name] = field.value }
        let request = HTTPRequest(
            method: method,
            url: addresses.address(of: path),
            unixSocketPath: configuration.endpoint.unixSocketPath,
            fields: sent,
            credentials: credentials,
            body: body.map { .bytes($0) },
            timeouts: context.timeouts,
            isStreaming: isStreaming,
            proxy: configuration.proxy
        )
        guard let keySource else { return try await exchange(request, context) }
        return try await exchange(request, context, withKeyFrom: keySource)
    }

    // The key is asked for anew each time. One that is refused before its end was taken back: once, another is tried.
    private func exchange(
        _ request: HTTPRequest,
        _ context: UpstreamContext,
        withKeyFrom keySource: (source: any CredentialSource, field: KeyField)
    ) async throws(PlexError) -> Answer {
        func key() async throws(PlexError) -> RequestKey {
            do {
                return RequestKey(secret: try await keySource.source.credential(), field: keySource.field)
            } catch {
                throw context.error(error)
            }
        }
        let first = try await key()
        do {
            return try await exchange(first.added(to: request), first.scrubbed(context))
        } catch {
            guard error.status == 401 else { throw error }
            await keySource.source.discard(first.secret)
            guard let next = try? await key(), next.secret != first.secret else { throw error }
            return try await exchange(next.added(to: request), next.scrubbed(context))
        }
    }

    // Inlined, so that a request with a fixed key is carried by one frame.
    @inline(__always)
    private func exchange(
        _ request: HTTPRequest,
        _ context: UpstreamContext
    ) async throws(PlexError) -> Answer {
        var context = context
        let response: HTTPResponse
        do {
            response = try await transport.send(request)
        } catch {
            throw context.error(error)
        }
        context.requestID = response.fields.requestID
        guard (200..<300).contains(response.status) else {
            throw await refusal(response, context: context)
        }
        return Answer(response: response, context: context)
    }

    private func refusal(_ response: HTTPResponse, context: UpstreamContext) async -> PlexError {
        var body: [UInt8] = []
        do {
            for try await piece in response.body {
                body += piece
                guard body.count < RefusedAnswer.maximumBodySize else {
                    response.body.cancel()
                    break
                }
            }
        } catch {
            // The status tells more than the loss of the rest of its body, unless the caller has gone.
            if error.code == .cancelled { return context.error(error, hasAnswerBegun: true) }
        }
        let details = (try? JSONValue(parsing: body)).flatMap(dialect.decodeError)
        let answer = RefusedAnswer(status: response.status, fields: response.fields, body: body)
        return context.error(answer, details: details)
    }

    private func json(of answer: Answer) async throws(PlexError) -> JSONValue {
        let body: [UInt8]
        do {
            body = try await answer.response.body.collect(upTo: configuration.maximumResponseSize)
        } catch {
            throw answer.context.error(error, hasAnswerBegun: true)
        }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: body)
        } catch {
            throw answer.context.malformed(error, body: body, fields: answer.response.fields)
        }
        // Some servers send an error with status 200.
        if let details = dialect.decodeError(value) {
            let refused = RefusedAnswer(status: answer.response.status, fields: answer.response.fields, body: body)
            throw answer.context.error(refused, details: details)
        }
        return value
    }

    private func frames(of answer: Answer, framing: StreamFraming) -> FrameReader {
        FrameReader(
            body: answer.response.body,
            framing: framing,
            maximumEventSize: configuration.maximumEventSize,
            context: answer.context
        )
    }
}

/// The last address that was asked for, as most requests to a provider go to one.
private final class AddressCache: Sendable {
    private let base: String
    private let last = Locked<(path: String, address: String)?>(nil)

    init(base: String) {
        self.base = base
    }

    func address(of path: String) -> String {
        last.withLock { last in
            if let last, last.path == path { return last.address }
            let address = base + path
            last = (path, address)
            return address
        }
    }
}

extension HTTPFields {
    /// These with one more, unless there is one of that name.
    fileprivate func adding(_ name: String, _ value: String) -> HTTPFields {
        guard self[name] == nil else { return self }
        var fields = self
        fields.append(name, value)
        return fields
    }
}
