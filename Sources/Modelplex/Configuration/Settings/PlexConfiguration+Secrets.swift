package import TransportKit

extension PlexConfiguration {
    /// Every secret that is known without asking the store, for what has to keep them out of logs.
    package var secrets: [Secret] {
        let providers = providers.flatMap { provider in
            [provider.apiKey?.secret] + provider.credentials.map(\.apiKey.secret)
                + provider.headers.values.map(\.secret)
        }
        return (providers + server.accessKeys.map(\.key.secret) + logins.map(\.clientSecret?.secret)).compactMap { $0 }
    }
}
