internal import ProviderKit

/// The events of an answer, by whomever it is given in the end.
struct RoutedEvents: ChatEventIterator {
    /// Sends a request somewhere and opens its stream.
    typealias Open = @Sendable (ChatRequest, RouteRun.Lane) async throws(PlexError) -> OpenedStream

    private let run: RouteRun
    private let request: ChatRequest
    private let middleware: [any RouterMiddleware]
    private let onStreamCut: RoutePolicy.StreamCut
    private let open: Open
    private var current: (stream: OpenedStream, sent: RouteRun.Sent)?
    private var delivered = Continuation()
    private var isContinued = false

    init(
        _ stream: OpenedStream,
        _ sent: RouteRun.Sent,
        run: RouteRun,
        request: ChatRequest,
        onStreamCut: RoutePolicy.StreamCut,
        middleware: [any RouterMiddleware],
        open: @escaping Open
    ) {
        current = (stream, sent)
        self.run = run
        self.request = request
        self.onStreamCut = onStreamCut
        self.middleware = middleware
        self.open = open
    }

    mutating func next() async throws(PlexError) -> ChatEvent? {
        while let (stream, sent) = current {
            let event: ChatEvent?
            do throws(PlexError) {
                event = try await stream.next()
            } catch {
                if let reset = try await goOn(after: error, sent) { return reset }
                continue
            }
            guard let event else {
                current = nil
                throw PlexError(
                    .internal,
                    "the stream ended without a last event; this is a mistake in the provider's code"
                )
            }
            guard var event = isContinued ? delivered.adapted(event) : event else { continue }
            delivered.note(event)
            if case .finished(var response) = event {
                response.route = run.succeeded(sent)
                current = nil
                for one in middleware { try await one.willFinish(&response, of: request) }
                event = .finished(response)
            }
            for one in middleware { try await one.willDeliver(&event, of: request) }
            return event
        }
        return nil
    }

    // Another request, where the route wants one and the caller can make sense of it; else the failure.
    private mutating func goOn(after error: PlexError, _ sent: RouteRun.Sent) async throws(PlexError) -> ChatEvent? {
        current = nil
        let mayGoOn = run.broke(sent, error)
        let failure = run.completed(error)
        guard mayGoOn else { throw await told(failure) }
        switch onStreamCut {
        case .restart:
            let request = request
            current = try await reopened(request, failure, requiresPrefill: false)
            delivered.reset()
            return .reset(reason: "\(failure.code): the answer begins anew")
        case .continue where delivered.isText:
            current = try await reopened(delivered.continued(request), failure, requiresPrefill: true)
            isContinued = true
            return nil
        default: throw await told(failure)
        }
    }

    private func reopened(
        _ request: ChatRequest,
        _ failure: PlexError,
        requiresPrefill: Bool
    ) async throws(PlexError) -> (OpenedStream, RouteRun.Sent) {
        let open = open
        do throws(PlexError) {
            return try await run.perform { lane throws(PlexError) in
                try await requiresPrefill ? Self.goneOn(request, lane, open) : open(request, lane)
            }
        } catch {
            guard error.code != .cancelled else { throw error }
            // What broke the answer is what the caller has to know; the others are among its attempts.
            var failure = failure
            failure.attempts = error.attempts
            failure.steps = error.steps
            throw await told(failure)
        }
    }

    private static func goneOn(
        _ request: ChatRequest,
        _ lane: RouteRun.Lane,
        _ open: Open
    ) async throws(PlexError) -> OpenedStream {
        guard await lane.provider.capabilities(of: lane.model).contains(.prefill) else {
            throw PlexError(.unsupported, "\(lane.model) does not go on with an answer that is begun")
        }
        do throws(PlexError) {
            return try await open(request, lane)
        } catch {
            // The beginning is ours, so that what is refused is not the caller's fault.
            var error = error
            if error.code == .invalidRequest { error.code = .unsupported }
            throw error
        }
    }

    private func told(_ error: PlexError) async -> PlexError {
        for one in middleware { await one.didFail(error, of: request) }
        return error
    }
}
