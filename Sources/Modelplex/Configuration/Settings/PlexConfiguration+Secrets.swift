package import TransportKit

extension PlexConfiguration {
    /// Every secret that is known without asking the store, for what has to keep them out of logs.
    package var secrets: [Secret] {
        let providers = providers.flatMap { provider in
            [provider.apiKey?.secret] + provider.credentials.map(\.apiKey.secret)
                + provider.headers.values.map(\.secret)
        }
        let tools = mcp.servers.flatMap { server in
            switch server.transport {
            case .command(_, _, let environment): environment.values.map(\.secret)
            case .url(_, let headers): headers.values.map(\.secret)
            }
        }
        let logins = logins.map(\.clientSecret?.secret)
        return (providers + server.accessKeys.map(\.key.secret) + logins + tools).compactMap { $0 }
    }
}
