internal import Glibc
package import TransportKit

/// Makes the way to a server, anew for each connection.
package struct TransportFactory: Sendable {
    /// Makes the way to the server of one connection.
    package let make: @Sendable () throws(MCPError) -> any MessageTransport

    package init(_ make: @escaping @Sendable () throws(MCPError) -> any MessageTransport) {
        self.make = make
    }
}

extension TransportFactory {
    /// The way to a configured server.
    ///
    /// - Parameters:
    ///   - configuration: The server.
    ///   - group: The loops that connections live on.
    ///   - logger: Where a child process's standard error goes.
    /// - Returns: The way.
    /// - Throws: `MCPError` with code `configuration`.
    package static func configured(
        _ configuration: MCPServerConfiguration,
        group: EventLoopGroup,
        logger: Logger
    ) throws(MCPError) -> TransportFactory {
        switch configuration.endpoint {
        case .command(let command):
            var limits = StdioTransport.Limits()
            limits.messageSize = configuration.maximumMessageSize
            return TransportFactory { [limits] in
                StdioTransport(command.subprocess, limits: limits, logger: logger)
            }
        case .remote(let remote):
            var fields: HTTPFields = [:]
            for (name, value) in remote.fields.sorted(by: { $0.key < $1.key }) { fields.append(name, value) }
            var limits = StreamableHTTPTransport.Limits()
            limits.messageSize = configuration.maximumMessageSize
            var authorizer: MCPAuthorizer?
            if let login = remote.login {
                authorizer = try MCPAuthorizer(for: remote.url, login.authorization, login: login.place, group: group)
            }
            // One sender for all connections: it keeps their sockets, and where the server has moved to.
            let sender = HTTPSender(
                to: try HTTPServerLocation(parsing: remote.url),
                over: HTTPSender.makeClient(on: group),
                fields: fields,
                credentials: remote.credentials,
                authorizer: authorizer
            )
            return TransportFactory { [limits] in StreamableHTTPTransport(sender, limits: limits) }
        case .service(let service):
            return TransportFactory { ServiceTransport(service) }
        }
    }
}

extension MCPServerConfiguration.Command {
    /// The command with its whole environment: what every server gets, then this program's own variables that are asked for, then what is
    /// configured.
    var subprocess: SubprocessCommand {
        var variables = SubprocessCommand.inheritedEnvironment
        for name in inheritedVariables {
            if let pointer = unsafe getenv(name) { variables[name] = unsafe String(cString: pointer) }
        }
        variables.merge(environment) { _, new in new }
        for (name, secret) in secrets { variables[name] = secret.withText { $0 } }
        return SubprocessCommand(
            program,
            arguments,
            environment: variables,
            workingDirectory: workingDirectory,
            limits: limits,
            sandbox: sandbox
        )
    }
}
