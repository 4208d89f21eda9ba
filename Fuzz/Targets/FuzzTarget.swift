internal import ProviderKit
internal import TransportKit

/// What is fed with bytes from anywhere: every decoder of every dialect, for callers and for providers, and those of tools' servers.
package struct FuzzTarget: Sendable {
    /// What is not as it has to be, though nothing crashed.
    package struct Finding: Error, CustomStringConvertible {
        package let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    /// The target's name, and its folder's in the corpus.
    package let name: String
    /// Feeds it with some bytes.
    package let run: @Sendable ([UInt8]) throws(Finding) -> Void

    /// All targets.
    package static let all: [FuzzTarget] =
        side("openai", OpenAIChatServed(), OpenAIChatDialect())
        + side("responses", ResponsesServed(), ResponsesDialect())
        + side("anthropic", AnthropicServed(), AnthropicMessagesDialect())
        + side("ollama", OllamaServed(), OllamaDialect())
        + side("gemini", GeminiServed(.events), GeminiDialect())
        + [
            FuzzTarget(name: "json") { bytes throws(Finding) in
                guard let value = try? JSONValue(parsing: bytes) else { return }
                try check((try? JSONValue(parsing: value.serialized)) == value, "a value is not what it was")
            },
            FuzzTarget(name: "body") { bytes throws(Finding) in
                guard let body = try? ScannedBody(scanning: bytes) else { return }
                let again = try? ScannedBody(scanning: body.rewritten(model: "other", addingUsage: true))
                try check(again?.model == "other", "a changed body cannot be read")
            },
            FuzzTarget(name: "form") { bytes throws(Finding) in
                let type = "multipart/form-data; boundary=b"
                guard let body = try? ScannedBody(scanningForm: bytes, contentType: type), body.model != nil else {
                    return
                }
                let again = try? ScannedBody(
                    scanningForm: body.rewritten(model: "other", addingUsage: false),
                    contentType: type
                )
                try check(again?.model == "other", "a changed form cannot be read")
            },
        ] + mcp

    // A request that is read and written in its own dialect, an answer, and a stream that is cut anywhere.
    private static func side<Served: ServedDialect, Client: ChatDialect>(
        _ name: String,
        _ served: Served,
        _ client: Client
    ) -> [FuzzTarget] {
        let context = AnswerContext(id: "a", created: 1, model: "m")
        let asked = ServedRequest(request: ChatRequest(model: "m", prompt: "x"), isStreaming: true, wantsUsage: true)
        return [
            FuzzTarget(name: "\(name)-request") { bytes throws(Finding) in
                guard let body = try? JSONValue(parsing: bytes), let read = try? served.decodeRequest(body) else {
                    return
                }
                _ = try? client.encode(read.request, isStreaming: read.isStreaming)
            },
            FuzzTarget(name: "\(name)-answer") { bytes throws(Finding) in
                guard let body = try? JSONValue(parsing: bytes),
                    let response = try? client.decodeResponse(body, provider: "p", model: "m")
                else { return }
                _ = served.encodeResponse(response, to: asked, context: context)
            },
            FuzzTarget(name: "\(name)-stream") { bytes throws(Finding) in
                guard let first = bytes.first else { return }
                let rest = Array(bytes.dropFirst())
                let cut = rest.isEmpty ? 0 : Int(first) % rest.count
                let whole = events([rest], client)
                try check(
                    events([Array(rest[..<cut]), Array(rest[cut...])], client) == whole,
                    "a cut changes the events"
                )
                var encoder = served.makeStreamEncoder(for: asked, context: context)
                var wire: [UInt8] = []
                for event in whole { encoder.encode(event, into: &wire) }
            },
        ]
    }

    static func check(_ isRight: Bool, _ finding: String) throws(Finding) {
        guard isRight else { throw Finding(finding) }
    }

    private static func events(_ pieces: [[UInt8]], _ client: some ChatDialect) -> [ChatEvent] {
        var events: [ChatEvent] = []
        var decoder = client.makeStreamDecoder()
        var assembler = StreamAssembler(StreamAssembler.Start(provider: "p", model: "m"))
        var lines = NDJSONDecoder(maximumLineSize: 1 << 16)
        var blocks = SSEDecoder(maximumEventSize: 1 << 16)
        let isLines = client.framing == .newlineDelimitedJSON
        do {
            for piece in pieces {
                if isLines { lines.append(piece) } else { blocks.append(piece) }
                while true {
                    let event = isLines ? nil : try blocks.next()
                    guard let data = isLines ? try lines.next() : event?.data else { break }
                    var deltas: [StreamDelta] = []
                    try decoder.decode(event: event?.event, data: data, into: &deltas)
                    assembler.consume(deltas, into: &events)
                }
            }
            _ = assembler.finish(isCut: isLines ? lines.hasIncompleteLine : blocks.hasIncompleteEvent, into: &events)
        } catch {
            return events.map(\.withoutNewIDs)
        }
        return events.map(\.withoutNewIDs)
    }
}

extension ChatEvent {
    // Where a wire has no ids for calls, they are made by chance.
    fileprivate var withoutNewIDs: ChatEvent {
        switch self {
        case .toolCallBegan(let index, _, let name): .toolCallBegan(index: index, id: "", name: name)
        case .toolCallEnded(let index, let call):
            .toolCallEnded(index: index, call: ToolCall(id: "", name: call.name, arguments: call.arguments))
        case .finished: .finished(ChatResponse(provider: "p", model: "m", message: .assistant("")))
        default: self
        }
    }
}
