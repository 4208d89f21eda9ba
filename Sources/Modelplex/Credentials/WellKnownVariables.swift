package import CredentialKit

extension PlexConfiguration.ProviderType {
    /// The variables in which people keep the keys of known services, and the names that such keys have in a store.
    package static var credentialNames: [String: CredentialName] {
        var names: [String: CredentialName] = [:]
        for service in usual {
            guard let name = try? CredentialName(provider: service.type.rawValue) else { continue }
            // Of several types with one variable the first is the plain one.
            for variable in service.keyVariables where names[variable] == nil { names[variable] = name }
        }
        return names
    }
}
