internal import CredentialKit
internal import ProviderKit
internal import RouterKit
internal import TransportKit

/// Makes typed values of a tree that was checked: what is absent keeps its default.
struct ConfigurationBuilder {
    let environment: [String: String]
    /// Reads the file that `file:PATH` names.
    let readKeyFile: (String) throws(InvalidText) -> KeyFile
    /// A file's path, seen from the folder of the configuration.
    let resolvePath: (String) -> String
    var checker: ConfigurationChecker
    /// What refers to the credential store, in the order in which it stands.
    private(set) var references: [StoreReference] = []

    /// A credential of the store, and where the configuration refers to it.
    struct StoreReference {
        var name: CredentialName
        var value: ConfigValue
        var path: String
    }

    /// What a key file holds, and what is to be said of it.
    struct KeyFile {
        var path: String
        var text: String
        var warning: String?
    }

    mutating func makeConfiguration(_ root: ConfigValue) -> PlexConfiguration {
        var configuration = PlexConfiguration()
        if let table = root["server"]?.table { configuration.server = makeServer(table) }
        configuration.timeouts = makeTimeouts(root["timeouts"]?.table, over: Timeouts())
        // What is wrong keeps its place, so that what refers to a place still finds it.
        for (index, value) in (root["providers"]?.array ?? []).enumerated() {
            configuration.providers.append(
                makeProvider(
                    value.table ?? ConfigTable(),
                    path: "providers[\(index)]",
                    timeouts: configuration.timeouts
                )
            )
        }
        makeNames(root, &configuration)
        if let table = root["routing"]?.table { configuration.routing = makeRouting(table) }
        configuration.logins = makeLogins(root["credentials"]?.array ?? [])
        configuration.mcp = makeTools(root["mcp"])
        return configuration
    }

    func makeTimeouts(_ table: ConfigTable?, over base: Timeouts) -> Timeouts {
        guard let table else { return base }
        func limit(_ name: String, _ inherited: Duration?) -> Duration? {
            guard let value = table[name] else { return inherited }
            return value.string == "none" ? nil : ConfigScalar.duration(value)
        }
        return Timeouts(
            connect: limit("connect", base.connect),
            firstByte: limit("first_byte", base.firstByte),
            idle: limit("idle", base.idle),
            total: limit("total", base.total)
        )
    }

    private mutating func makeProvider(
        _ table: ConfigTable,
        path: String,
        timeouts: Timeouts
    ) -> PlexConfiguration.Provider {
        let name = table["name"]?.string ?? ""
        let type = PlexConfiguration.ProviderType(rawValue: table["type"]?.string ?? name)
        var provider = PlexConfiguration.Provider(name: ProviderID(name), type: type)
        provider.baseURL = table["base_url"]?.string
        provider.apiVersion = table["api_version"]?.string
        provider.models = table.texts("models")?.map { ModelID($0) }
        if let priority = table["priority"].flatMap(ConfigScalar.integer) { provider.priority = priority }
        provider.exclusions = table.texts("exclude") ?? []
        provider.proxy = table["proxy"]?.string
        provider.credentials = makePool(table, path: path)
        if let word = table["credential_strategy"]?.string,
            let strategy = CompiledRoute.CredentialStrategy(rawValue: word)
        {
            provider.credentialStrategy = strategy
        }
        provider.headers = makeCredentials(table["headers"], path: "\(path).headers")
        if let overrides = table["timeouts"]?.table { provider.timeouts = makeTimeouts(overrides, over: timeouts) }
        provider.allowsHTTP = table["allow_http"].flatMap(ConfigScalar.boolean) ?? false
        if let value = table["api_key"] {
            provider.apiKey = makeCredential(value, path: "\(path).api_key")
        } else if provider.credentials.isEmpty, let variable = type.usual?.setVariable(in: environment) {
            provider.apiKey = .implied(Secret(environment[variable] ?? ""), variable: variable)
            if let value = table["base_url"] {
                checker.warn(
                    "\(variable) is sent to this address, because api_key is left out",
                    hint: "name the key, or set api_key to another one",
                    at: value,
                    path: "\(path).base_url"
                )
            }
        }
        return provider
    }

    mutating func makeCredentials(_ value: ConfigValue?, path: String) -> [String: PlexConfiguration.Credential] {
        var credentials: [String: PlexConfiguration.Credential] = [:]
        for entry in value?.table?.entries ?? [] {
            credentials[entry.key] = makeCredential(entry.value, path: "\(path).\(entry.key)")
        }
        return credentials
    }

    mutating func makeCredential(_ value: ConfigValue, path: String) -> PlexConfiguration.Credential? {
        if let table = value.table, let arguments = table.texts("command") {
            return .command(arguments, lifetime: table["lifetime"].flatMap(ConfigScalar.duration))
        }
        guard value.provenance != .unresolved, let text = value.string else { return nil }
        // What the file itself says decides: a variable that holds `file:…` is a key that looks strange, no order.
        let written = if case .substituted(let template) = value.provenance { template } else { text }
        if value.override == nil, written.hasPrefix("store:") { return makeReference(text, value, path: path) }
        guard value.override == nil, written.hasPrefix("file:") else { return .value(Secret(text)) }
        do {
            let file = try readKeyFile(String(text.dropFirst("file:".count)))
            if let warning = file.warning { checker.warn(warning, at: value, path: path) }
            return .file(Secret(file.text), path: file.path)
        } catch {
            checker.report(error.message, at: value, path: path)
            return nil
        }
    }

    private mutating func makeReference(
        _ text: String,
        _ value: ConfigValue,
        path: String
    ) -> PlexConfiguration.Credential? {
        do {
            let name = try CredentialName(String(text.dropFirst("store:".count)))
            references.append(StoreReference(name: name, value: value, path: path))
            return .store(name.description)
        } catch {
            checker.report(error.message, at: value, path: path)
            return nil
        }
    }
}

extension PlexConfiguration.ProviderType.Usual {
    /// The first of the type's variables that is set to something.
    func setVariable(in environment: [String: String]) -> String? {
        keyVariables.first { environment[$0]?.isEmpty == false }
    }
}

extension ConfigTable {
    func texts(_ name: String) -> [String]? {
        self[name]?.array?.compactMap(\.string)
    }

    func setDuration(_ duration: inout Duration, _ name: String) {
        if let value = self[name].flatMap(ConfigScalar.duration) { duration = value }
    }
}
