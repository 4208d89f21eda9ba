public import ProviderKit
public import TransportKit

/// Serves a provider over HTTP in the interfaces that programs already speak.
///
/// ```swift
/// let gateway = Gateway(serving: provider)
/// try await gateway.start(at: [ListenAddress(parsing: "unix:/run/models.sock?role=guest")])
/// await gateway.wait()
/// ```
///
/// A server that listens by itself hands its requests to ``respond(to:)`` instead of starting the gateway.
public final class Gateway: Sendable {
    private let dispatcher: Dispatcher
    private let server: HTTPServer
    private let group: EventLoopGroup
    private let environment: [String: String]
    private let upstream: (@Sendable () -> HTTPClient.Statistics)?
    private let listeners = Locked<[BoundListener]>([])

    /// Makes a gateway; nothing is opened.
    ///
    /// - Parameters:
    ///   - provider: What answers. One that is also a `ForwardingProvider`, `TextCompletionProvider`, `EmbeddingProvider` or
    ///     `ProviderGroup` is used as such.
    ///   - options: How it is served.
    ///   - limits: What connections may take.
    ///   - eventLoopGroup: Where the work is done; the provider's connections should be made on the same loops.
    ///   - environment: The environment's variables, in which systemd tells of the sockets that it passes.
    ///   - logger: Where faults are logged, and requests unless `accessLog` takes them.
    public convenience init(
        serving provider: any Provider,
        options: Options = Options(),
        limits: HTTPLimits = HTTPLimits(),
        eventLoopGroup: EventLoopGroup = .shared,
        environment: [String: String] = [:],
        logger: Logger = .disabled
    ) {
        self.init(
            serving: provider,
            options: options,
            limits: limits,
            eventLoopGroup: eventLoopGroup,
            environment: environment,
            logger: logger,
            accessLog: AccessLog(to: logger)
        )
    }

    /// Makes a gateway whose requests are logged in a place of their own, and which tells of its connections to providers.
    package init(
        serving provider: any Provider,
        options: Options,
        limits: HTTPLimits,
        eventLoopGroup: EventLoopGroup,
        environment: [String: String],
        logger: Logger,
        accessLog: AccessLog,
        upstream: (@Sendable () -> HTTPClient.Statistics)? = nil
    ) {
        let observation = Observation(
            version: options.version,
            loops: eventLoopGroup.loops.count,
            accessLog: accessLog
        )
        dispatcher = Dispatcher(service: Service(provider: provider, options: options), observation: observation)
        server = HTTPServer(
            responder: dispatcher,
            limits: limits,
            group: eventLoopGroup,
            logger: logger,
            environment: environment
        )
        group = eventLoopGroup
        self.environment = environment
        self.upstream = upstream
        observation.watch { [weak dispatcher] in dispatcher?.service }
        observation.setSource { [weak self] in self?.holdings ?? Observation.Holdings() }
    }

    private var holdings: Observation.Holdings {
        var holdings = Observation.Holdings()
        holdings.gauges.connections = server.statistics.connections
        holdings.gauges.requestsInFlight = dispatcher.requestsInFlight
        holdings.gauges.openStreams = dispatcher.openStreams
        holdings.gauges.isDraining = server.isStopping
        holdings.gauges.upstream = upstream?()
        holdings.listeners = listeners.withLock { listeners in
            listeners.map { StatusReport.Listener(address: $0.description, role: $0.role) }
        }
        holdings.loops = group.loops.map(\.statistics)
        return holdings
    }

    /// Answers one request, as if it had come through a listener.
    ///
    /// Cancelling the calling task gives the request up; a streamed body is cancelled by dropping it or by `cancel()`.
    ///
    /// - Parameter request: The request, with its whole body.
    /// - Returns: The answer; errors are answers too.
    public func respond(to request: GatewayRequest) async -> GatewayResponse {
        await dispatcher.respond(to: request)
    }

    /// Serves another provider, or in another way, from the next request on; what runs goes on with what it began with.
    ///
    /// - Parameters:
    ///   - provider: What answers.
    ///   - options: How it is served.
    public func replace(serving provider: any Provider, options: Options) {
        dispatcher.replace(Service(provider: provider, options: options))
    }

    /// Tells those who read events that a changed configuration was not put into effect.
    ///
    /// - Parameter problems: What is wrong with it; keys are taken out.
    package func noteRefusedConfiguration(_ problems: [String]) {
        dispatcher.observation.noteRefusedConfiguration(problems)
    }

    /// Opens listeners and serves at them; returns when all of them accept connections.
    ///
    /// - Parameter addresses: Where to listen.
    /// - Returns: The listeners, with the ports that the system chose.
    /// - Throws: `ListenError`, if one cannot be opened (none stays open then), if an address that other machines can reach
    ///   is to be listened at without credentials, or if the gateway was started before.
    @discardableResult
    public func start(at addresses: [ListenAddress]) async throws(ListenError) -> [BoundListener] {
        try await check(addresses, with: dispatcher.service.options)
        let bound = try await server.start(addresses)
        listeners.withLock { $0 = bound }
        return bound
    }

    private func check(_ addresses: [ListenAddress], with options: Options) async throws(ListenError) {
        guard !options.requiresCredentials else { return }
        for address in addresses where try await !address.isLoopback(environment: environment) {
            throw ListenError(
                .refused,
                "\(address): other machines can reach this address, and there are no access keys; set "
                    + "server.access_keys, or listen at 127.0.0.1 or a Unix socket"
            )
        }
    }

    /// Serves another provider, in another way and elsewhere, while the gateway runs.
    ///
    /// Listeners that stay have no gap, and requests that run go on with what they began with. Those that come through a
    /// listener which is closed end as they began; its connections take no further ones.
    ///
    /// - Parameters:
    ///   - provider: What answers.
    ///   - options: How it is served.
    ///   - limits: What connections may take; the next request or connection is held to it.
    ///   - addresses: Where to listen: new ones are opened before others are closed. At an open listener a role, or the rights to
    ///     a socket's file, are changed in place.
    /// - Returns: The listeners, with the ports that the system chose.
    /// - Throws: `ListenError`, if one cannot be opened or changed, if an address that other machines can reach is to be listened at
    ///   without credentials, or if the gateway does not run; then everything is as it was.
    @discardableResult
    public func replace(
        serving provider: any Provider,
        options: Options,
        limits: HTTPLimits,
        listeningAt addresses: [ListenAddress]
    ) async throws(ListenError) -> [BoundListener] {
        try await check(addresses, with: options)
        // Nobody from elsewhere finds the gateway open: neither who came when it asked for keys, nor who comes when it does.
        let opens = dispatcher.service.options.requiresCredentials && !options.requiresCredentials
        let service = Service(provider: provider, options: options)
        let bound = try await server.change(to: addresses, limits: limits, refusesBegun: opens) { [dispatcher] in
            if !opens { dispatcher.replace(service) }
        }
        listeners.withLock { $0 = bound }
        if opens { dispatcher.replace(service) }
        return bound
    }

    /// Stops: accepts nothing new, lets requests end, and closes the rest when the time is over.
    ///
    /// Does nothing if the gateway has stopped.
    ///
    /// - Parameter drain: How long requests that run may take.
    public func stop(drain: Duration = .seconds(5)) async {
        dispatcher.observation.events.stop(drain: drain)
        await dispatcher.service.options.tools?.endStreams()
        await server.stop(drain: drain)
        await dispatcher.service.options.tools?.close()
        dispatcher.observation.close()
    }

    /// Returns when a gateway that was started has stopped; at once otherwise.
    public func wait() async {
        await server.wait()
    }
}
