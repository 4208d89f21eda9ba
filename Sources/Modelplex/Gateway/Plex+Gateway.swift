public import GatewayKit
internal import MCPKit
internal import ProviderKit
public import TransportKit

extension Plex {
    /// Makes a gateway that serves all models and the tools of all MCP servers, with the settings of the configuration's `[server]`; nothing is opened.
    ///
    /// ```swift
    /// let gateway = try Plex().makeGateway()
    /// try await gateway.start(at: [ListenAddress(parsing: "tcp:127.0.0.1:8317")])
    /// await gateway.wait()
    /// ```
    ///
    /// What the configuration cannot say, such as an access policy of your own, is set by the closure:
    ///
    /// ```swift
    /// let gateway = try plex.makeGateway { options in
    ///     options.access = AccessKeys([.init(name: "alice", secret: Secret("a long random text"))])
    ///     options.requiresCredentials = true
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - eventLoopGroup: Where the work is done; by default on the loops that requests to providers run on.
    ///   - environment: The environment's variables, in which systemd tells of the sockets that it passes.
    ///   - logger: Where requests and faults are logged.
    ///   - configure: Changes what the configuration says; by default nothing.
    /// - Returns: The gateway.
    /// - Throws: `PlexError` with code `configuration` or `unsupported`, if an access key cannot be had.
    public func makeGateway(
        eventLoopGroup: EventLoopGroup = .shared,
        environment: [String: String] = [:],
        logger: Logger = .disabled,
        configure: (inout Gateway.Options) -> Void = { _ in }
    ) throws(PlexError) -> Gateway {
        var options = try gatewayOptions()
        do throws(MCPError) {
            options.tools = try ToolGateway(
                toolServers.settings,
                logins: toolServers.credentials.logins,
                environment: toolServers.environment,
                eventLoopGroup: eventLoopGroup,
                logger: logger
            )
        } catch {
            throw PlexError(error)
        }
        configure(&options)
        return Gateway(
            serving: provider,
            options: options,
            limits: HTTPLimits(server.limits),
            eventLoopGroup: eventLoopGroup,
            environment: environment,
            logger: logger
        )
    }

    /// How the configuration's `[server]` wants a gateway to serve.
    ///
    /// - Returns: The options.
    /// - Throws: `PlexError` with code `unsupported`, if an access key is not at hand.
    package func gatewayOptions() throws(PlexError) -> Gateway.Options {
        var keys: [AccessKeys.Key] = []
        for key in server.accessKeys {
            guard let secret = key.key.secret else {
                throw PlexError(
                    .unsupported,
                    "the access key \(key.name) refers to the credential store, which this version does not have; "
                        + "use ${VAR} or file:PATH"
                )
            }
            keys.append(AccessKeys.Key(name: key.name, secret: secret))
        }
        return Gateway.Options(
            access: AccessKeys(keys),
            requiresCredentials: !keys.isEmpty,
            defaultModel: catalogue.defaultModel.map { ModelID($0) },
            allowedOrigins: Set(server.corsOrigins),
            allowedHosts: Set(server.allowedHosts),
            maximumConcurrentRequests: server.limits.concurrentRequests,
            keepAliveInterval: server.keepAlive,
            logsRequests: server.log.includesRequests
        )
    }
}

extension HTTPLimits {
    /// Reads the limits in the configuration's settings.
    package init(_ limits: PlexConfiguration.Server.Limits) {
        self.init(
            bodyBytes: limits.requestSize,
            headBytes: limits.headerSize,
            connections: limits.connections,
            requestTime: limits.requestTimeout,
            idleTime: limits.idleTimeout
        )
    }
}
