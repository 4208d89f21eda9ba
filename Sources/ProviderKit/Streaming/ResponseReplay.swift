/// Gives a whole answer as the events of a stream.
package struct ResponseReplay: ChatEventIterator {
    private let load: @Sendable () async throws(PlexError) -> ChatResponse
    private var events: ArraySlice<ChatEvent>?

    /// Makes the events of an answer that is asked for at the first read.
    package init(_ load: @escaping @Sendable () async throws(PlexError) -> ChatResponse) {
        self.load = load
    }

    package mutating func next() async throws(PlexError) -> ChatEvent? {
        if events == nil {
            events = Self.events(of: try await load())[...]
        }
        return events?.popFirst()
    }

    package static func events(of response: ChatResponse) -> [ChatEvent] {
        let start = StreamStart(
            id: response.id,
            provider: response.provider,
            model: response.model,
            requestID: response.requestID
        )
        var events: [ChatEvent] = [.started(start)]
        events += response.warnings.map { .warning($0) }
        var calls = 0
        for part in response.message.content {
            switch part.kind {
            case .text(let text): events.append(.text(text))
            case .refusal(let text): events.append(.refusal(text))
            case .reasoning(let reasoning):
                if !reasoning.text.isEmpty { events.append(.reasoning(reasoning.text)) }
                if reasoning.signature != nil || reasoning.redacted != nil {
                    events.append(.reasoningSealed(reasoning))
                }
            case .toolCall(let call):
                events.append(.toolCallBegan(index: calls, id: call.id, name: call.name))
                events.append(.toolCallArguments(index: calls, delta: call.arguments))
                events.append(.toolCallEnded(index: calls, call: call))
                calls += 1
            default: break
            }
        }
        events.append(.finished(response))
        return events
    }
}

extension ChatStream {
    /// Makes a stream out of an answer that is whole already, for example one that was kept.
    ///
    /// - Parameter response: The answer.
    public init(replaying response: ChatResponse) {
        self.init { ResponseReplay { () async throws(PlexError) in response } }
    }
}
