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
}
