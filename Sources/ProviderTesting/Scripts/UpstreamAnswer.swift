public import TransportKit

/// How a `ScriptedUpstream` answers one request: steps on the connection, made when the request is there.
public struct UpstreamAnswer: Sendable {
    /// One thing that is done on the connection.
    @nonexhaustive
    public enum Step: Sendable {
        /// Writes bytes as they are, at once where the kernel takes them.
        case write([UInt8])
        /// Waits for a time on the upstream's clock.
        case pause(Duration)
        /// Waits until the test opens a gate.
        case wait(Gate)
        /// Writes the same bytes over and over until the peer leaves.
        case flood([UInt8])
        /// Does nothing more until the peer leaves.
        case stall
        /// Closes the connection as if the answer were whole.
        case close
        /// Breaks the connection: the peer sees a reset.
        case reset
    }

    let makeSteps: @Sendable (RecordedRequest) -> [Step]

    /// Makes an answer whose steps depend on the request.
    ///
    /// - Parameter makeSteps: Makes the steps. Without `close` or `reset` the connection stays open for a further request.
    public init(_ makeSteps: @escaping @Sendable (RecordedRequest) -> [Step]) {
        self.makeSteps = makeSteps
    }

    /// Makes an answer of steps.
    ///
    /// - Parameter steps: What is done, in order.
    /// - Returns: The answer.
    public static func steps(_ steps: [Step]) -> UpstreamAnswer {
        UpstreamAnswer { _ in steps }
    }

    /// Writes bytes and closes the connection.
    ///
    /// - Parameter bytes: Head and body as they go onto the wire.
    /// - Returns: The answer.
    public static func raw(_ bytes: [UInt8]) -> UpstreamAnswer {
        .steps([.write(bytes), .close])
    }

    /// Nothing, until the peer leaves.
    public static var stall: UpstreamAnswer { .steps([.stall]) }
}

// MARK: HTTP

extension UpstreamAnswer {
    /// A whole answer with a length.
    ///
    /// - Parameters:
    ///   - status: The status.
    ///   - fields: Header fields besides the length.
    ///   - body: The body.
    /// - Returns: The answer.
    public static func http(_ status: Int, fields: HTTPFields = [:], body: [UInt8] = []) -> UpstreamAnswer {
        .steps([.write(head(status, fields, ["Content-Length": "\(body.count)"]) + body)])
    }

    /// A whole answer of JSON.
    ///
    /// - Parameters:
    ///   - value: The body.
    ///   - status: The status.
    ///   - fields: Header fields besides length and type.
    /// - Returns: The answer.
    public static func json(_ value: JSONValue, status: Int = 200, fields: HTTPFields = [:]) -> UpstreamAnswer {
        var fields = fields
        fields["Content-Type"] = "application/json"
        return .http(status, fields: fields, body: value.serialized)
    }

    /// A streamed answer, each piece in a chunk and a write of its own.
    ///
    /// - Parameters:
    ///   - pieces: The body's pieces.
    ///   - contentType: The media type.
    ///   - fields: Further header fields.
    /// - Returns: The answer.
    public static func stream(
        _ pieces: [[UInt8]],
        contentType: String = "text/event-stream",
        fields: HTTPFields = [:]
    ) -> UpstreamAnswer {
        .steps([streamHead(contentType, fields)] + pieces.map(chunk) + [endOfChunks])
    }

    static func head(_ status: Int, _ fields: HTTPFields, _ framing: HTTPFields) -> [UInt8] {
        var text = "HTTP/1.1 \(status) \(status < 400 ? "OK" : "Error")\r\n"
        for field in framing.fields + fields.fields { text += "\(field.name): \(field.value)\r\n" }
        return Array("\(text)\r\n".utf8)
    }

    static func streamHead(_ contentType: String, _ fields: HTTPFields) -> Step {
        .write(head(200, fields, ["Content-Type": contentType, "Transfer-Encoding": "chunked"]))
    }

    static func chunk(_ bytes: [UInt8]) -> Step {
        .write(Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + [13, 10])
    }

    static var endOfChunks: Step { .write(Array("0\r\n\r\n".utf8)) }
}

// MARK: Answers of a model

extension UpstreamAnswer {
    /// What a model says, in the request's dialect, streamed if the request asks for it.
    ///
    /// - Parameters:
    ///   - reply: The answer.
    ///   - dialect: The dialect to write; `nil` for the request's own.
    /// - Returns: The answer.
    public static func reply(_ reply: ScriptedReply, in dialect: WireDialect? = nil) -> UpstreamAnswer {
        UpstreamAnswer { request in
            let dialect = dialect ?? request.dialect ?? .openAI
            let fields = dialect.fields(of: reply)
            guard request.wantsStream else {
                return json(dialect.body(of: reply, for: request), fields: fields).makeSteps(request)
            }
            let frames = dialect.frames(of: reply, for: request) + [dialect.endMark].compactMap { $0 }
            return stream(frames.map { $0.bytes() }, contentType: dialect.streamMediaType, fields: fields)
                .makeSteps(request)
        }
    }

    /// Text, in the request's dialect.
    public static func text(_ text: String) -> UpstreamAnswer { .reply(.text(text)) }

    /// Tool calls, in the request's dialect.
    public static func toolCalls(_ calls: [(name: String, arguments: String)]) -> UpstreamAnswer {
        .reply(.toolCalls(calls))
    }

    /// Thoughts, then text, in the request's dialect.
    public static func reasoning(_ thoughts: String, then text: String) -> UpstreamAnswer {
        .reply(.reasoning(thoughts, then: text))
    }

    /// Text whose stream waits at a gate before its last piece, and goes on when the test opens it.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - gate: Where the answer waits.
    /// - Returns: The answer; one that is not streamed waits before its head.
    public static func text(_ text: String, waitingAt gate: Gate) -> UpstreamAnswer {
        UpstreamAnswer { request in
            var steps = reply(.text(text)).makeSteps(request)
            let dialect = request.dialect ?? .openAI
            // What follows the text: the finish, perhaps usage, the end mark and the end of the chunks.
            let rest =
                switch dialect {
                case .ollama, .gemini: 3
                case .openAI, .anthropic: 5
                case .openAIResponses: 6
                }
            let place = request.wantsStream ? steps.count - rest : 0
            steps.insert(.wait(gate), at: max(0, place))
            return steps
        }
    }

    /// An error in the request's dialect.
    ///
    /// - Parameters:
    ///   - status: The HTTP status.
    ///   - message: The error in words.
    ///   - type: The dialect's word for the error.
    ///   - fields: Further header fields, such as `Retry-After`.
    /// - Returns: The answer.
    public static func error(
        _ status: Int,
        message: String = "the scripted error",
        type: String = "scripted_error",
        fields: HTTPFields = [:]
    ) -> UpstreamAnswer {
        UpstreamAnswer { request in
            let dialect = request.dialect ?? .openAI
            var fields = fields
            if let name = dialect.requestIDField, fields[name] == nil { fields[name] = "req-1" }
            return json(dialect.errorValue(message: message, type: type), status: status, fields: fields)
                .makeSteps(request)
        }
    }

    /// A list of models, in the request's dialect.
    public static func models(_ names: [String]) -> UpstreamAnswer {
        UpstreamAnswer { request in json((request.dialect ?? .openAI).modelsBody(names)).makeSteps(request) }
    }

    /// The progress of fetching a model, as Ollama reports it.
    ///
    /// - Parameters:
    ///   - totalBytes: The size of the model's one layer.
    ///   - steps: How many reports of its download come.
    ///   - error: An error that ends the fetching after those reports, if it is to fail.
    /// - Returns: The answer.
    public static func modelPull(totalBytes: Int = 1000, steps: Int = 4, error: String? = nil) -> UpstreamAnswer {
        let digest = "sha256:0123456789abcdef"
        var lines: [JSONValue] = [["status": "pulling manifest"]]
        for step in 1...max(1, steps) {
            lines.append([
                "status": .string("pulling \(digest)"), "digest": .string(digest),
                "total": .number(JSONNumber(totalBytes)),
                "completed": .number(JSONNumber(totalBytes * step / max(1, steps))),
            ])
        }
        if let error {
            lines.append(["error": .string(error)])
        } else {
            lines += [["status": "verifying sha256 digest"], ["status": "writing manifest"], ["status": "success"]]
        }
        return .stream(lines.map { $0.serialized + [10] }, contentType: "application/x-ndjson")
    }
}

extension WireDialect {
    func fields(of reply: ScriptedReply) -> HTTPFields {
        guard let requestIDField, let requestID = reply.requestID else { return [:] }
        return [requestIDField: requestID]
    }
}
