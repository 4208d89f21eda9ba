public import ProviderKit
internal import TransportKit

/// Several providers as one: finds who can answer, asks the best, and asks another when that one fails.
///
/// ```swift
/// let router = try Router([.init(openAI, models: ["gpt-4o"]), .init(anthropic, priority: 2)])
/// let reply = try await router.respond(to: ChatRequest(model: "gpt-4o", prompt: "Why is the sky red?"))
/// print(reply.text, reply.route?.attempts ?? [])
/// ```
///
/// A router is a provider itself: routers nest, and a gateway serves one. docs/routing.md tells how it decides.
public final class Router: Provider {
    /// The name by which the router is known as a provider.
    public let id: ProviderID
    let core: RouterCore
    let middleware: [any RouterMiddleware]

    /// Makes a router.
    ///
    /// - Parameters:
    ///   - members: The providers.
    ///   - rules: What names mean beside those of models; the providers in it are replaced by the members.
    ///   - options: How it decides.
    /// - Throws: `PlexError` with code `configuration`, if the rules name what is not there.
    public init(
        _ members: [Member],
        rules: RoutingRules = RoutingRules(),
        options: Options = Options()
    ) throws(PlexError) {
        id = options.id
        middleware = options.middleware
        core = try RouterCore(members: members, rules: rules, options: options)
    }

    /// What a name's model can do, as far as it is known without asking: what every target of it can.
    public func capabilities(of model: ModelID) async -> Capabilities {
        guard let known = await knownRoute(model) else { return Capabilities(features: [.streaming]) }
        return core.state.withLock { state in
            let all = known.route.choices.flatMap(\.deployments).map { state.table[$0].capabilities }
            guard var common = all.first else { return Capabilities(features: [.streaming]) }
            for capabilities in all.dropFirst() {
                common.features.formIntersection(capabilities.features)
                common.contextLength = [common.contextLength, capabilities.contextLength].compactMap(\.self).min()
                common.maximumOutputTokens =
                    [common.maximumOutputTokens, capabilities.maximumOutputTokens].compactMap(\.self).min()
            }
            return common
        }
    }

    /// Answers a conversation.
    ///
    /// - Parameter request: What is asked; its model is a route, a role, an alias, `model` or `provider/model`.
    /// - Returns: The whole answer, with the way that it took.
    /// - Throws: `PlexError`, which names every attempt.
    public func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
        let (request, known) = try await prepared(request)
        let run = run(RouteQuery(request, tiesBySession: known.tiesSessions), known, request.timeouts, whole: true)
        let core = core
        do {
            var (response, sent) = try await run.perform { lane throws(PlexError) in
                try await core.bounded(lane) { () throws(PlexError) in
                    try await lane.provider.respond(to: lane.addressed(request))
                }
            }
            response.route = run.succeeded(sent)
            for one in middleware { try await one.willFinish(&response, of: request) }
            return response
        } catch {
            for one in middleware { await one.didFail(error, of: request) }
            throw error
        }
    }

    /// Answers a conversation as a stream, which is returned when something of the answer is there.
    ///
    /// - Parameter request: What is asked; its model is a route, a role, an alias, `model` or `provider/model`.
    /// - Returns: The stream; it holds back, begins anew or goes on with another model as the route's policy says.
    /// - Throws: `PlexError`, which names every attempt.
    public func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream {
        let (request, known) = try await prepared(request)
        do {
            let onStreamCut = known.route.policy.onStreamCut
            let run = run(
                RouteQuery(request, tiesBySession: known.tiesSessions),
                known,
                request.timeouts,
                whole: onStreamCut == .hold
            )
            let open = opening(held: onStreamCut == .hold)
            let (stream, sent) = try await run.perform { lane throws(PlexError) in try await open(request, lane) }
            return events(stream, sent, run, request, onStreamCut: onStreamCut, open: open)
        } catch {
            for one in middleware { await one.didFail(error, of: request) }
            throw error
        }
    }

    // MARK: Shared by the ways to ask

    func prepared(_ request: ChatRequest) async throws(PlexError) -> (ChatRequest, KnownRoute) {
        var request = request
        for one in middleware { try await one.willRoute(&request) }
        let known = try await route(to: request.model)
        return (request, known)
    }

    func run(
        _ query: RouteQuery,
        _ known: KnownRoute,
        _ timeouts: Timeouts?,
        whole: Bool,
        at time: Duration? = nil
    ) -> RouteRun {
        RouteRun(
            query,
            on: known,
            core: core,
            timeouts: timeouts,
            boundsWholeAnswer: whole,
            at: time ?? core.now()
        )
    }

    func opening(held isHeld: Bool) -> RoutedEvents.Open {
        let core = core
        return { request, lane throws(PlexError) in
            try await core.bounded(lane) { () throws(PlexError) in
                let stream = try await lane.provider.stream(lane.addressed(request))
                return try await OpenedStream.open(stream, held: isHeld)
            }
        }
    }

    func events(
        _ stream: OpenedStream,
        _ sent: RouteRun.Sent,
        _ run: RouteRun,
        _ request: ChatRequest,
        onStreamCut: RoutePolicy.StreamCut,
        open: @escaping RoutedEvents.Open
    ) -> ChatStream {
        let middleware = middleware
        return ChatStream {
            RoutedEvents(
                stream,
                sent,
                run: run,
                request: request,
                onStreamCut: onStreamCut,
                middleware: middleware,
                open: open
            )
        }
    }
}

extension RouteRun.Lane {
    /// The request as it is sent here.
    func addressed(_ request: ChatRequest) -> ChatRequest {
        var request = request
        request.model = model
        request.timeouts = timeouts
        parameters.apply(to: &request)
        return request
    }
}

extension RouterCore {
    /// Does what may take until the deadline, and no longer; a provider that keeps its limits by itself is trusted to.
    func bounded<Value: Sendable>(
        _ lane: RouteRun.Lane,
        _ work: @escaping @Sendable () async throws(PlexError) -> Value
    ) async throws(PlexError) -> Value {
        if lane.provider is any TimeoutKeeping { return try await work() }
        let limit = lane.timeouts.firstByte.map { min($0, lane.remaining) } ?? lane.remaining
        let clock = clock
        let result = await withTaskGroup(of: Result<Value, PlexError>?.self) { group in
            group.addTask { await Self.result(of: work) }
            group.addTask {
                _ = await clock.sleep(limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        guard let result else {
            guard !Task.isCancelled else { throw PlexError(.cancelled, "the request was cancelled") }
            // Where the deadline comes first, it is the deadline that is over.
            let phase: Timeouts.Phase = limit < lane.remaining ? .firstByte : .total
            throw PlexError(.timeout(phase), "did not begin to answer within \(limit.words)")
        }
        return try result.get()
    }

    // A function of its own: in a closure that gives this back, the optimizer of Swift 6.3 loses what stands beside it.
    private static func result<Value: Sendable>(
        of work: @Sendable () async throws(PlexError) -> Value
    ) async -> Result<Value, PlexError> {
        do throws(PlexError) {
            return .success(try await work())
        } catch {
            return .failure(error)
        }
    }
}
