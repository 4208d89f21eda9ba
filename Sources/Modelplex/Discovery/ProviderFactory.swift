internal import CredentialKit
import ProviderKit
import RouterKit
import TransportKit

/// Makes providers from what the configuration or the environment says.
struct ProviderFactory: Sendable {
    let environment: [String: String]
    let transport: any HTTPTransport

    /// Makes a provider from its settings.
    ///
    /// - Parameters:
    ///   - settings: The provider's part of the configuration.
    ///   - timeouts: The limits where the settings give none.
    ///   - addressKey: Where the base URL stands, for errors.
    /// - Returns: The provider and what the router needs to know of it.
    /// - Throws: `PlexError` with code `configuration` or `unsupported`.
    func makeMember(
        _ settings: PlexConfiguration.Provider,
        timeouts: Timeouts,
        addressKey: String = "base_url"
    ) throws(PlexError) -> Router.Member {
        var fields = HTTPFields()
        for (name, value) in settings.headers.sorted(by: { $0.key < $1.key }) {
            fields[name] = try secret(value, of: settings.name, for: "header \(name)").withText { $0 }
        }
        guard let baseURL = settings.baseURL ?? settings.type.usual?.baseURL else {
            throw PlexError(
                .configuration,
                "base_url is missing, and \(settings.type) has no usual one; set it to the server's URL",
                provider: settings.name
            )
        }
        var configuration = ProviderConfiguration(
            id: settings.name,
            endpoint: try endpoint(baseURL, of: settings, from: addressKey),
            fields: fields,
            timeouts: settings.timeouts ?? timeouts,
            models: settings.models
        )
        configuration.proxy = settings.proxy
        if let key = settings.apiKey { try setKey(key, of: &configuration, for: "api_key") }
        var accounts: [Router.Member.Account] = []
        for credential in settings.credentials {
            try setKey(
                credential.apiKey,
                of: &configuration,
                for: "the api_key of the credential \(credential.name)"
            )
            configuration.proxy = credential.proxy ?? settings.proxy
            let provider = try makeProvider(settings, configuration)
            accounts.append(
                Router.Member.Account(provider, credential: credential.name, weight: credential.weight)
            )
        }
        if accounts.isEmpty { accounts = [Router.Member.Account(try makeProvider(settings, configuration))] }
        return Router.Member(
            id: settings.name,
            accounts: accounts,
            pool: settings.credentialStrategy,
            priority: settings.priority,
            models: settings.models,
            excluded: settings.exclusions,
            timeouts: configuration.timeouts,
            isLocal: configuration.endpoint.isLocal
        )
    }

    private func makeProvider(
        _ settings: PlexConfiguration.Provider,
        _ configuration: ProviderConfiguration
    ) throws(PlexError) -> any Provider {
        switch settings.type {
        case .anthropic:
            return AnthropicProvider(configuration: configuration, transport: transport)
        case .ollama:
            return OllamaProvider(configuration: configuration, transport: transport)
        case .gemini:
            return GeminiProvider(configuration: configuration, transport: transport)
        case .openAIResponses:
            return OpenAIResponsesProvider(
                configuration: configuration,
                apiVersion: settings.apiVersion,
                transport: transport
            )
        default:
            guard let preset = OpenAIPreset.named(settings.type.rawValue) else {
                throw PlexError(
                    .unsupported,
                    "this version has no provider of type \(settings.type)",
                    provider: settings.name
                )
            }
            return OpenAIProvider(
                configuration: configuration,
                preset: preset,
                apiVersion: settings.apiVersion,
                transport: transport
            )
        }
    }

    private func setKey(
        _ key: PlexConfiguration.Credential,
        of configuration: inout ProviderConfiguration,
        for purpose: String
    ) throws(PlexError) {
        configuration.apiKey = nil
        configuration.credential = nil
        switch key {
        case .file(let secret, let path):
            configuration.credential = FileCredential(path: path, holding: secret)
        case .command(let arguments, let lifetime):
            configuration.credential = CommandCredential(arguments, lifetime: lifetime, environment: environment)
        case .login(let source, _): configuration.credential = source
        default: configuration.apiKey = try secret(key, of: configuration.id, for: purpose)
        }
    }

    private func secret(
        _ credential: PlexConfiguration.Credential,
        of provider: ProviderID,
        for purpose: String
    ) throws(PlexError) -> Secret {
        guard let secret = credential.secret else {
            throw PlexError(
                .internal,
                "\(purpose) refers to the credential store, which was not asked",
                provider: provider
            )
        }
        return secret
    }

    private static func path(of url: String) -> Substring {
        guard let scheme = url.firstRange(of: "://") else { return "" }
        return url[scheme.upperBound...].drop { $0 != "/" }
    }

    private func endpoint(
        _ text: String,
        of settings: PlexConfiguration.Provider,
        from key: String
    ) throws(PlexError) -> Endpoint {
        do {
            var endpoint = try Endpoint(parsing: text)
            // The path of a socket says where the server is and not what it is asked for: below `/v1`, if the type is OpenAI's.
            if endpoint.unixSocketPath != nil, !text.dropFirst("unix:".count).contains(":/"),
                let usual = settings.type.usual?.baseURL
            {
                endpoint.base += Self.path(of: usual)
            }
            return endpoint
        } catch {
            throw PlexError(.configuration, "\(key): \(error.message)", provider: settings.name, underlyingError: error)
        }
    }
}

extension ProviderFactory {
    /// The services whose keys can be taken from the environment, in the order in which they are preferred.
    private static var services: [PlexConfiguration.ProviderType.Usual] {
        // A local engine is found by asking it, and one that needs an address of its own has to be configured.
        PlexConfiguration.ProviderType.usual.filter { service in
            service.baseURL?.hasPrefix("https://") == true && service.type != .openAIResponses
        }
    }

    /// The variables that hold keys of known services.
    static var keyVariables: [String] { services.flatMap(\.keyVariables) }

    /// The key of a known service: the store's, else that of the first variable that is set.
    private func key(
        of service: PlexConfiguration.ProviderType.Usual,
        from store: CredentialLookup
    ) throws(PlexError) -> PlexConfiguration.Credential? {
        let settings = PlexConfiguration.Provider(name: ProviderID(service.type.rawValue), type: service.type)
        if let stored = try store.first(of: settings.storeNames, at: "the provider \(settings.name)") { return stored }
        guard let variable = service.setVariable(in: environment), let key = environment[variable] else { return nil }
        return .implied(Secret(key), variable: variable)
    }

    /// Makes a provider for each known service whose key is in the credential store or in the environment.
    ///
    /// The variables that the services' own clients read for another base URL are read too.
    func makeMembersFromEnvironment(_ store: CredentialLookup) throws(PlexError) -> [Router.Member] {
        let addressVariables: [PlexConfiguration.ProviderType: String] = [
            .openAI: "OPENAI_BASE_URL", .anthropic: "ANTHROPIC_BASE_URL",
        ]
        var members: [Router.Member] = []
        for service in Self.services {
            guard let key = try key(of: service, from: store) else { continue }
            let addressVariable = addressVariables[service.type] ?? ""
            let address = environment[addressVariable]
            let settings = PlexConfiguration.Provider(
                name: ProviderID(service.type.rawValue),
                type: service.type,
                baseURL: address?.isEmpty == false ? address : nil,
                apiKey: key
            )
            var member = try makeMember(settings, timeouts: Timeouts(), addressKey: addressVariable)
            member.priority = members.count
            members.append(member)
        }
        return members
    }
}
