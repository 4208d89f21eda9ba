public import TransportKit

/// Where a credential store and its key file are.
public struct StoreLocation: Sendable, Hashable {
    /// The database's file.
    public var database: String
    /// The file of the master key, which a backup of the database's folder does not have.
    public var keyFile: String

    /// Makes a location.
    public init(database: String, keyFile: String) {
        self.database = database
        self.keyFile = keyFile
    }

    /// The user's own store.
    ///
    /// The database is `$PLEX_STORE`, else `modelplex/credentials.db` in `$XDG_DATA_HOME` (`~/.local/share`). The key file is
    /// `$PLEX_KEY_FILE`, else `modelplex/credentials.key` in `$XDG_CONFIG_HOME` (`~/.config`).
    ///
    /// - Parameter environment: The variables.
    /// - Throws: `CredentialError` of code `configuration`, if the environment says of no home.
    public init(environment: [String: String]) throws(CredentialError) {
        func place(_ variable: String, _ base: String, _ usual: String, _ file: String) throws(CredentialError)
            -> String
        {
            if let path = environment[variable], !path.isEmpty { return path }
            // The XDG specification: a relative path is invalid and to be ignored.
            if let folder = environment[base], folder.hasPrefix("/") { return "\(folder)/modelplex/\(file)" }
            if let home = environment["HOME"], home.hasPrefix("/") { return "\(home)/\(usual)/modelplex/\(file)" }
            throw CredentialError(
                .configuration,
                "there is no place for the credential store: HOME is not set; set PLEX_STORE and PLEX_KEY_FILE to paths"
            )
        }
        database = try place("PLEX_STORE", "XDG_DATA_HOME", ".local/share", "credentials.db")
        keyFile = try place("PLEX_KEY_FILE", "XDG_CONFIG_HOME", ".config", "credentials.key")
    }

    /// Whether there is a store.
    public var exists: Bool { PrivateFile.exists(database) }
}
