import MCPKit
import Modelplex
import ProviderKit
import TransportKit

/// `plexctl mcp serve`.
enum ToolServeCommand {
    static func run(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let session = try PlexSession(arguments, context)
        let configuration = try session.configuration()
        guard configuration.mcp.enabled else {
            throw Failure(.configuration, "tools are switched off; set enabled = true under [mcp]")
        }
        var logging = configuration.server.log
        // Standard output belongs to the client, and a log's file to the gateway.
        logging.file = nil
        let log = try ServeLog(logging, secrets: configuration.secrets)
        let tools: ToolGateway
        do {
            tools = try ToolGateway(
                settings(configuration.mcp, arguments),
                logins: configuration.logins,
                environment: session.environment,
                version: Manual.plexctl.version,
                logger: log.logger,
                register: { log.register($0) }
            )
        } catch {
            throw Failure(PlexError(error))
        }
        context.beginCancellable()
        DescriptorLimit.raise()
        let outcome = await tools.load()
        for warning in outcome.warnings { context.console.warn(warning) }
        let failure = await serve(tools)
        await tools.close()
        await log.writer.close()
        if let failure { throw failure }
    }

    private static func settings(_ mcp: PlexConfiguration.MCP, _ arguments: Arguments) -> PlexConfiguration.MCP {
        var mcp = mcp
        if arguments.has(.lean) { mcp.isLean = true }
        let allow = arguments.values(of: .allowTools)
        let offer = PlexConfiguration.ToolOffer(
            allow: allow.isEmpty ? nil : allow,
            deny: arguments.values(of: .denyTools)
        )
        if offer != PlexConfiguration.ToolOffer() { mcp.access.append(PlexConfiguration.ToolAccess(offer: offer)) }
        return mcp
    }

    private static func serve(_ tools: ToolGateway) async -> Failure? {
        do throws(MCPError) {
            try await tools.service.run()
            return nil
        } catch {
            return Failure(PlexError(error))
        }
    }
}
