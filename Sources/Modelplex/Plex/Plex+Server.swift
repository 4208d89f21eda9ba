public import ProviderKit
public import TransportKit

extension Plex {
    /// Makes a client of one server that speaks OpenAI's interface and nothing else: a gateway elsewhere (`plexctl serve`), or an engine.
    ///
    /// ```swift
    /// let plex = try Plex(server: "http://models.example:8317", key: Secret("an access key"))
    /// print(try await plex.reply(to: "Why is the sky red?", using: "openai/gpt-4o-mini").text)
    /// ```
    ///
    /// What models' names mean is the server's affair. No configuration file and no store of keys is looked at.
    ///
    /// - Parameters:
    ///   - server: `http://HOST:PORT`, `https://HOST` or `unix:PATH`; `/v1` is added where there is no path.
    ///   - key: What the server's access asks for; `nil` if it asks for nothing.
    ///   - environment: The environment's variables; `nil` takes the process's. `PLEX_MODEL` is the model where none is named.
    ///   - transport: What carries requests; `nil` makes a client on the shared event loops.
    /// - Throws: `PlexError` with code `configuration`, if that is no server's address.
    public init(
        server: String,
        key: Secret? = nil,
        environment: [String: String]? = nil,
        transport: (any HTTPTransport)? = nil
    ) throws(PlexError) {
        guard let baseURL = Self.baseURL(of: server) else {
            throw PlexError(
                .configuration,
                "this is no server's address: expected http://HOST:PORT, https://HOST or unix:PATH",
                provider: "server"
            )
        }
        let provider = PlexConfiguration.Provider(
            name: "server",
            type: .openAI,
            baseURL: baseURL,
            apiKey: key.map { .value($0) },
            allowsHTTP: true
        )
        try self.init(
            configuration: PlexConfiguration(providers: [provider], routing: .init(unknownModel: .passthrough)),
            environment: environment,
            transport: transport
        )
    }

    /// The base URL of a server by its address, or `nil` if that has no form that is known.
    package static func baseURL(of server: String) -> String? {
        if server.hasPrefix("unix:") {
            let path = server.dropFirst("unix:".count)
            guard let first = path.first, first != ":" else { return nil }
            return path.contains(":") ? server : "\(server):/v1"
        }
        guard let scheme = ["http://", "https://"].first(where: server.hasPrefix) else { return nil }
        let rest = server.dropFirst(scheme.count)
        guard !rest.isEmpty, !rest.hasPrefix("/") else { return nil }
        let path = rest.drop { $0 != "/" }
        let isBare = path.allSatisfy { $0 == "/" }
        return isBare ? "\(scheme)\(rest.dropLast(path.count))/v1" : server
    }
}
