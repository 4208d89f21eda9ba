internal import ProviderKit

/// The body of an answer that streams in as events and is written in the caller's dialect.
// Proof for `@unchecked`: the parts that change are touched by `begin` and `next` only, which the one reader calls one after
// another (`GatewayStream` can be read once); `cancel` touches none of them.
final class TranslatedSource<Encoder: ServedStreamEncoder>: GatewayStream.Source, @unchecked Sendable {
    /// What is known when something of the answer is there.
    struct Beginning {
        var provider: ProviderID?
        var model: ModelID?
        var warnings: [Warning] = []
    }

    private let exchange: Exchange
    private var events: ChatStream.AsyncIterator?
    private var encoder: Encoder
    private let places: FieldPlaces
    /// What was written before somebody read.
    private var pending: [UInt8] = []

    init(_ stream: ChatStream, exchange: Exchange, encoder: Encoder, places: FieldPlaces) {
        self.exchange = exchange
        self.encoder = encoder
        self.places = places
        events = stream.makeAsyncIterator()
    }

    /// Reads until something of the answer is there.
    ///
    /// - Throws: `PlexError`, if the stream fails before.
    func begin() async throws(PlexError) -> Beginning {
        var beginning = Beginning()
        while let event = try await nextEvent() {
            encoder.encode(event, into: &pending)
            switch event {
            case .started(let start):
                beginning.provider = start.provider
                beginning.model = start.model
                continue
            case .warning(let warning):
                beginning.warnings.append(warning)
                continue
            case .finished(let response): end(with: response)
            default: break
            }
            exchange.noteFirstToken()
            return beginning
        }
        throw PlexError(.internal, "the stream ended without a last event; this is a mistake in the provider's code")
    }

    func next() async -> [UInt8]? {
        var bytes: [UInt8] = []
        if !pending.isEmpty {
            swap(&bytes, &pending)
            exchange.sent(bytes.count)
            return bytes
        }
        do throws(PlexError) {
            // Some events have no words in the dialect.
            while bytes.isEmpty {
                guard let event = try await nextEvent() else {
                    exchange.finish(.completed)
                    return nil
                }
                if case .finished(let response) = event { end(with: response) } else { try exchange.checkStop() }
                encoder.encode(event, into: &bytes)
            }
            exchange.sent(bytes.count)
            return bytes
        } catch {
            events = nil
            return exchange.end(by: error) { told in
                var bytes: [UInt8] = []
                encoder.encode(told, into: &bytes)
                return bytes
            }
        }
    }

    // Warnings name the caller's own fields.
    private func nextEvent() async throws(PlexError) -> ChatEvent? {
        let event = try await events?.next()
        switch event {
        case .warning(let warning)?: return .warning(places.inCallersWords(warning))
        case .finished(var response)? where !response.warnings.isEmpty:
            response.warnings = places.inCallersWords(response.warnings)
            return .finished(response)
        default: return event
        }
    }

    private func end(with response: ChatResponse) {
        events = nil
        exchange.note(provider: response.provider, model: response.model, route: response.route)
        exchange.note(ForwardSummary(usage: response.usage, finishReason: response.finishReason))
    }

    func cancel() {
        exchange.giveUp()
    }
}
