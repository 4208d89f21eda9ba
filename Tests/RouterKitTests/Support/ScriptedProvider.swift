import ProviderKit
import ProviderTesting
import TransportKit

/// A provider that does what a script says, request by request; the last behaviour goes on for ever.
final class ScriptedProvider: Provider {
    /// What happens to one request.
    enum Behaviour: Sendable {
        /// The whole answer, its first part after a while.
        case answers(after: Duration = .zero)
        /// A refusal, or anything else before the answer begins.
        case fails(PlexError, after: Duration = .zero)
        /// Nothing at all, for ever.
        case hangs
        /// Some words of the answer, and then a failure, after a while; as a whole answer just the failure.
        case breaks(PlexError, words: Int = 2, after: Duration = .zero)
    }

    static let words = ["The ", "sky ", "is ", "red."]
    static let text = words.joined()

    let id: ProviderID
    private let clock: ManualClock
    private let features: Set<Capabilities.Feature>
    private let state: Locked<(script: ArraySlice<Behaviour>, requests: [ChatRequest])>

    init(
        _ id: ProviderID,
        _ script: [Behaviour],
        clock: ManualClock,
        features: Set<Capabilities.Feature> = [.streaming, .tools, .prefill]
    ) {
        self.id = id
        self.clock = clock
        self.features = features
        state = Locked((script[...], []))
    }

    convenience init(
        _ id: ProviderID,
        _ script: Behaviour...,
        clock: ManualClock,
        features: Set<Capabilities.Feature> = [.streaming, .tools, .prefill]
    ) {
        self.init(id, script, clock: clock, features: features)
    }

    /// The requests that came.
    var requests: [ChatRequest] { state.withLock { $0.requests } }

    func capabilities(of model: ModelID) async -> Capabilities { Capabilities(features: features) }

    func models() async throws(PlexError) -> [Model] { [] }

    func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
        switch take(request) {
        case .answers(let delay):
            try await sleep(delay)
            return response(request, Self.text)
        case .fails(let error, let delay), .breaks(let error, _, let delay):
            try await sleep(delay)
            throw error
        case .hangs:
            try await sleep(.seconds(1_000_000))
            throw PlexError(.internal, "nobody waited")
        }
    }

    func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream {
        let behaviour = take(request)
        if case .fails(let error, let delay) = behaviour {
            try await sleep(delay)
            throw error
        }
        // A model that goes on with an answer gives only the rest of it.
        let begun = request.messages.last.map { $0.role == .assistant ? $0.text : "" } ?? ""
        let words = Self.words.filter { !begun.contains($0.trimmingSpaces) }
        return ChatStream {
            Events(behaviour: behaviour, words: words[...], provider: self, request: request, begun: begun)
        }
    }

    private func take(_ request: ChatRequest) -> Behaviour {
        state.withLock { state in
            state.requests.append(request)
            return state.script.count > 1 ? state.script.removeFirst() : state.script.first ?? .answers()
        }
    }

    private func sleep(_ duration: Duration) async throws(PlexError) {
        guard duration > .zero else { return }
        do {
            try await clock.sleep(for: duration)
        } catch {
            throw PlexError(.cancelled, "cancelled")
        }
    }

    private func response(_ request: ChatRequest, _ text: String) -> ChatResponse {
        ChatResponse(provider: id, model: request.model, message: .assistant(text), finishReason: .stop)
    }

    private struct Events: ChatEventIterator {
        var behaviour: Behaviour
        var words: ArraySlice<String>
        let provider: ScriptedProvider
        let request: ChatRequest
        let begun: String
        var count = 0

        mutating func next() async throws(PlexError) -> ChatEvent? {
            defer { count += 1 }
            if count == 0 { return .started(StreamStart(provider: provider.id, model: request.model)) }
            switch behaviour {
            case .answers(let delay): if count == 1 { try await provider.sleep(delay) }
            case .breaks(let error, let limit, let delay):
                guard count <= limit else {
                    try await provider.sleep(delay)
                    throw error
                }
            case .hangs: try await provider.sleep(.seconds(1_000_000))
            case .fails: break
            }
            if let word = words.popFirst() { return .text(word) }
            guard count < 1000 else { return nil }
            count = 1000
            let whole = begun.isEmpty ? ScriptedProvider.text : String(ScriptedProvider.text.dropFirst(begun.count))
            return .finished(provider.response(request, whole))
        }
    }
}

extension String {
    fileprivate var trimmingSpaces: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}
