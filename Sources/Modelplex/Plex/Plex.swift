public import ProviderKit
public import RouterKit
public import TransportKit

/// Models from all your providers, by name.
///
/// ```swift
/// let plex = try Plex()
/// let reply = try await plex.reply(to: "Why is the sky red?", using: "openai/gpt-4o-mini")
/// print(reply.text)
/// ```
///
/// A model is named `provider/model`, or `model` alone where that is enough to find it. A `Plex` is a value without global
/// state; copies share their connections and what is known of the providers' models.
public struct Plex: Sendable {
    /// The providers, and what is known of their models.
    let catalogue: Catalogue
    /// What a gateway of it is to do.
    let server: PlexConfiguration.Server
    /// Where it is kept who is to be left alone.
    let healthFile: String?
    /// The MCP servers of the configuration.
    public let toolServers: ToolServers

    /// Makes a client from a configuration, or from what the machine offers.
    ///
    /// Without a configuration the file is looked for (`$PLEX_CONFIG`, `./config.toml`,
    /// `$XDG_CONFIG_HOME/modelplex/config.toml`). Without a file the providers are those whose keys are in the credential store
    /// or in the environment, for example `OPENAI_API_KEY`; without keys, the local engines that answer on their usual ports when the first
    /// request is made.
    ///
    /// - Parameters:
    ///   - configuration: The configuration; `nil` looks for it.
    ///   - environment: The environment's variables; `nil` takes the process's.
    ///   - transport: What carries requests; `nil` makes a client on the shared event loops.
    /// - Throws: `PlexError` with code `configuration`, if the configuration or a key in it cannot be used.
    public init(
        configuration: PlexConfiguration? = nil,
        environment: [String: String]? = nil,
        transport: (any HTTPTransport)? = nil
    ) throws(PlexError) {
        let environment = environment ?? ProcessEnvironment.variables
        let transport = transport ?? Self.makeTransport(environment: environment)
        let lookup = CredentialLookup(environment: environment)
        let configuration = try Self.configuration(configuration, environment: environment)
            .resolvingCredentials(from: lookup)
        let factory = ProviderFactory(environment: environment, transport: transport)
        var members: [Router.Member] = []
        for settings in configuration.providers {
            members.append(try factory.makeMember(settings, timeouts: configuration.timeouts))
        }
        if members.isEmpty {
            members = try factory.makeMembersFromEnvironment(lookup)
        }
        let discovery = members.isEmpty ? LocalEngineDiscovery(factory: factory) : nil
        server = configuration.server
        catalogue = Catalogue(
            members: members,
            rules: configuration.rules(),
            options: Router.Options(failover: configuration.routing.failover),
            discovery: discovery,
            defaultModel: environment["PLEX_MODEL"].flatMap { $0.isEmpty ? nil : $0 }
        )
        try catalogue.check()
        toolServers = ToolServers(configuration.mcp, logins: configuration.logins, environment: environment)
        healthFile = configuration.routing.stateFile
        // What cannot be read is a few minutes' knowledge at most: no reason not to begin.
        if let healthFile, let records = try? HealthFile.read(healthFile) { restore(records) }
    }

    /// Makes a client of providers that are already there.
    ///
    /// - Parameters:
    ///   - providers: The providers; of several that offer a model, the first answers.
    ///   - defaultModel: The model to ask when none is named.
    public init(providers: [any Provider], defaultModel: ModelID? = nil) {
        let members = providers.enumerated().map { Router.Member($1, priority: $0) }
        catalogue = Catalogue(members: members, defaultModel: defaultModel?.rawValue)
        server = PlexConfiguration.Server()
        healthFile = nil
        toolServers = ToolServers(PlexConfiguration.MCP(), environment: [:])
    }

    /// The providers, in order of preference.
    ///
    /// - Throws: `PlexError` with code `configuration`, if there is none.
    public func providers() async throws(PlexError) -> [any Provider] {
        try await catalogue.router().members()
    }

    /// All providers as one, for whatever takes a provider: a gateway, or another router.
    ///
    /// Each request goes to the provider that its model's name means, as `model` or `provider/model`. It has every model of
    /// every provider once, as `model` where that name alone means it, else as `provider/model`. Beside conversations it
    /// continues plain text, makes embeddings and passes requests on as they are, as far as the model's provider can.
    public var provider: any Provider { CatalogueProvider(catalogue: catalogue) }

    /// The router over all providers: what names mean, who would be asked, and who is left alone now.
    ///
    /// - Returns: The router; the same one at every call.
    /// - Throws: `PlexError` with code `configuration`, if there is no provider or a route is wrong.
    public func router() async throws(PlexError) -> Router {
        try await catalogue.router()
    }

    /// The models of all providers.
    ///
    /// One provider's failure does not hide the others' models.
    ///
    /// - Returns: The models in the order of the providers, and the failures by provider.
    /// - Throws: `PlexError` with code `configuration`, if there is no provider.
    public func models() async throws(PlexError) -> ModelListing {
        try await catalogue.listing()
    }

    /// Finds the provider and the model that a name means.
    ///
    /// - Parameter name: `provider/model` or `model`; `nil` is the default model.
    /// - Returns: The provider and its own name for the model.
    /// - Throws: `PlexError` with code `notFound`, naming the nearest models; `configuration`, if there is no provider.
    public func resolve(_ name: ModelID?) async throws(PlexError) -> ResolvedModel {
        try await catalogue.resolve(name)
    }

    /// Answers a conversation.
    ///
    /// - Parameter request: What is asked; an empty model name is the default model.
    /// - Returns: The whole answer.
    /// - Throws: `PlexError`.
    public func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
        try await catalogue.router().respond(to: request)
    }

    /// Answers a conversation as a stream, which is opened when it is first read.
    ///
    /// - Parameter request: What is asked; an empty model name is the default model.
    /// - Returns: The stream.
    public func stream(_ request: ChatRequest) -> ChatStream {
        ChatStream { () async throws(PlexError) -> ChatStream in
            try await catalogue.router().stream(request)
        }
    }

    /// What would be sent for a request; nothing is sent to the model.
    ///
    /// - Parameters:
    ///   - request: What would be asked.
    ///   - isStreaming: Whether the answer would be asked for as a stream.
    /// - Returns: The request without its key.
    /// - Throws: `PlexError`; code `unsupported`, if the provider cannot show it.
    public func preview(_ request: ChatRequest, isStreaming: Bool) async throws(PlexError) -> RequestPreview {
        let target = try await resolve(request.model.rawValue.isEmpty ? nil : request.model)
        guard let provider = target.provider as? any RequestPreviewing else {
            throw PlexError(
                .unsupported,
                "this provider cannot show the request that it would send",
                provider: target.provider.id
            )
        }
        var request = request
        request.model = target.model
        return try provider.preview(request, isStreaming: isStreaming)
    }

    private static func configuration(
        _ given: PlexConfiguration?,
        environment: [String: String]
    ) throws(PlexError) -> PlexConfiguration {
        if let given { return given }
        if let path = try ConfigurationFile.locate(environment: environment) {
            return try .load(path: path, environment: environment)
        }
        return try .withoutFile(environment: environment)
    }

    /// A client that trusts what OpenSSL's own variables say, as other programs do.
    package static func makeTransport(
        environment: [String: String],
        eventLoopGroup: EventLoopGroup = .shared,
        maximumConnections: Int? = nil
    ) -> HTTPClient {
        var configuration = HTTPClient.Configuration(eventLoopGroup: eventLoopGroup)
        if let maximumConnections {
            configuration.maximumConnections = maximumConnections
            configuration.maximumConnectionsPerHost = maximumConnections
        }
        // A variable that is set to nothing means none, as everywhere in an environment.
        configuration.tls.authorityFile = environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        configuration.tls.authorityDirectory = environment["SSL_CERT_DIR"].flatMap { $0.isEmpty ? nil : $0 }
        return HTTPClient(configuration: configuration)
    }
}
