public import TransportKit

/// Where master keys are looked for.
///
/// The order is: the credential `modelplex.key` that systemd hands to a service, the key file, the variable
/// `PLEX_MASTER_KEY`. A store that a passphrase opens asks `PLEX_PASSPHRASE`, and then the closure.
public struct MasterKeySources: Sendable {
    /// The name of the credential that systemd hands over.
    public static let systemdCredential = "modelplex.key"
    /// The variable that may hold master keys.
    public static let keyVariable = "PLEX_MASTER_KEY"
    /// The variable that may hold the passphrase.
    public static let passphraseVariable = "PLEX_PASSPHRASE"

    /// A place that a master key comes from.
    @nonexhaustive
    public enum Origin: String, Sendable, Hashable, CaseIterable {
        /// A credential of the service manager.
        case systemd
        /// The key file.
        case keyFile = "key-file"
        /// The variable.
        case environment
        /// Something that the user remembers.
        case passphrase
    }

    /// The variables.
    public var environment: [String: String]
    /// Asks the user for the passphrase; `nil` where nobody can be asked.
    public var askPassphrase: (@Sendable () throws(CredentialError) -> Secret)?

    /// Makes sources.
    public init(
        environment: [String: String],
        askPassphrase: (@Sendable () throws(CredentialError) -> Secret)? = nil
    ) {
        self.environment = environment
        self.askPassphrase = askPassphrase
    }

    /// The keys of one place.
    ///
    /// - Returns: The keys, the one for new stores first; empty if the place has none.
    /// - Throws: `CredentialError`, if there is something that is no key or that others can read.
    func keys(from origin: Origin, keyFile: String) throws(CredentialError) -> [MasterKey] {
        switch origin {
        case .systemd:
            guard let folder = environment["CREDENTIALS_DIRECTORY"], folder.hasPrefix("/") else { return [] }
            let path = "\(folder)/\(Self.systemdCredential)"
            // The service manager has seen to who may read it, by means that mode bits do not always tell.
            let content = try PrivateFile.read(path, purpose: "the service's credential", mustBePrivate: false)
            return try content.map { content throws(CredentialError) in try MasterKey.parse(content, origin: path) }
                ?? []
        case .keyFile:
            let content = try PrivateFile.read(keyFile, purpose: "the key file")
            return try content.map { content throws(CredentialError) in
                try MasterKey.parse(content, origin: "the key file \(keyFile)")
            } ?? []
        case .environment:
            guard let text = environment[Self.keyVariable], !text.isEmpty else { return [] }
            return try MasterKey.parse(Secret(text), origin: "the variable \(Self.keyVariable)")
        case .passphrase: return []
        }
    }

    /// The passphrase, where there is one or somebody can be asked.
    func passphrase() throws(CredentialError) -> Secret {
        if let text = environment[Self.passphraseVariable], !text.isEmpty { return Secret(text) }
        if let askPassphrase { return try askPassphrase() }
        throw CredentialError(
            .noMasterKey,
            "the credential store is locked by a passphrase and nobody can be asked; set \(Self.passphraseVariable), or change to a key file with plexctl auth rekey --to key-file"
        )
    }
}
