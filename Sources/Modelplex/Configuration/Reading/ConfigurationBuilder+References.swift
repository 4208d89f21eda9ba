internal import CredentialKit
internal import TransportKit

extension ConfigurationBuilder {
    /// Looks whether the credential store has what the configuration refers to.
    mutating func checkReferences(in store: CredentialLookup) {
        guard let first = references.first else { return }
        do {
            let names = try store.names()
            for reference in references where !names.contains(reference.name) {
                checker.report(
                    "there is no credential \(reference.name) in the store",
                    hint: "set it with plexctl auth set \(reference.name)",
                    at: reference.value,
                    path: reference.path
                )
            }
        } catch {
            checker.report(error.message, at: first.value, path: first.path)
        }
    }

    /// Looks whether the credential store opens for whoever needs it, and whether each provider has the key that it wants.
    ///
    /// - Parameters:
    ///   - configuration: What was made of the tree.
    ///   - root: The tree.
    ///   - store: The credential store.
    mutating func checkKeys(of configuration: PlexConfiguration, in root: ConfigValue, store: CredentialLookup) {
        // A store whose names cannot be read is reported where something refers to it.
        let names: Set<CredentialName>
        do {
            names = try store.names()
        } catch {
            guard references.isEmpty else { return }
            return checker.report(error.message, at: root, path: "")
        }
        // What MCP servers refer to is asked for when one is used, so that nothing else fails without it.
        var users = references.filter { names.contains($0.name) && !$0.path.hasPrefix("mcp.") }
            .map { (value: $0.value, path: $0.path) }
        for (index, provider) in configuration.providers.enumerated() {
            guard let values = root["providers"]?.array, values.indices.contains(index) else { continue }
            let isGiven = if case .implied? = provider.apiKey { false } else { provider.apiKey != nil }
            // What is wrong with a key that is written down is reported already.
            guard !isGiven, provider.credentials.isEmpty, values[index]["api_key"] == nil else { continue }
            if provider.storeNames.contains(where: names.contains) {
                users.append((values[index], "providers[\(index)]"))
            } else if let missing = provider.missingKey {
                checker.warn(missing, at: values[index], path: "providers[\(index)]")
            }
        }
        let services = PlexConfiguration.ProviderType.credentialNames.values
        if configuration.providers.isEmpty, services.contains(where: names.contains) {
            users.append((root, ""))
        }
        guard let first = users.first, let problem = store.problem() else { return }
        if problem.isPassphraseMissing {
            checker.warn(problem.error.message, at: first.value, path: first.path)
        } else {
            checker.report(problem.error.message, at: first.value, path: first.path)
        }
    }
}
