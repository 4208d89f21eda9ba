package import CredentialKit
package import ProviderKit
internal import TransportKit

extension PlexConfiguration {
    /// The configuration with what the credential store holds in place of what refers to it.
    ///
    /// A provider whose key is left out gets the store's credential of its name, or of its type's where it is the type's own
    /// service; without one it keeps its usual variable. What MCP servers refer to is asked for when one is used.
    ///
    /// - Parameter store: The store; it is opened only if something may be in it.
    /// - Returns: The configuration; all that providers and access keys need is in it.
    /// - Throws: `PlexError` of code `configuration`, if something that is referred to is missing or cannot be read.
    package func resolvingCredentials(from store: CredentialLookup) throws(PlexError) -> PlexConfiguration {
        guard !hasAskedStore else { return self }
        var resolved = self
        resolved.hasAskedStore = true
        for index in providers.indices {
            try resolved.providers[index].resolve(from: store, at: "providers[\(index)]")
        }
        for index in server.accessKeys.indices {
            resolved.server.accessKeys[index].key = try store.resolve(
                server.accessKeys[index].key,
                at: "server.access_keys[\(index)]"
            )
        }
        return resolved
    }
}

extension PlexConfiguration.Provider {
    /// The names under which the store may hold a provider's key that is left out, in order.
    package var storeNames: [CredentialName] {
        var names = [name.rawValue]
        // At another address than the type's own the type's key would reach a stranger.
        if baseURL == nil || baseURL == type.usual?.baseURL, type.rawValue != name.rawValue {
            names.append(type.rawValue)
        }
        return names.compactMap { try? CredentialName($0) }
    }

    fileprivate mutating func resolve(from store: CredentialLookup, at path: String) throws(PlexError) {
        if let key = apiKey, case .implied = key {
            apiKey = try store.first(of: storeNames, at: path) ?? key
        } else if let key = apiKey {
            apiKey = try store.resolve(key, allowsLogin: true, at: "\(path).api_key")
        } else if credentials.isEmpty {
            apiKey = try store.first(of: storeNames, at: path)
        }
        for index in credentials.indices {
            credentials[index].apiKey = try store.resolve(
                credentials[index].apiKey,
                allowsLogin: true,
                at: "\(path).credentials[\(index)].api_key"
            )
        }
        for (field, value) in headers { headers[field] = try store.resolve(value, at: "\(path).headers.\(field)") }
    }
}
