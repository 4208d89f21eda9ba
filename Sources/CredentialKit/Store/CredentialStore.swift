public import FoundationEssentials
public import TransportKit

/// Credentials on disk, each encrypted on its own.
///
/// The file is a database that several processes may use at once. Nothing has to be set up: the first writing makes the store,
/// and a key file where there is no other master key.
///
/// ```swift
/// let store = try CredentialStore(environment: environment)
/// try await store.write(Secret(text), as: CredentialName("openai"))
/// let key = try await store.read(CredentialName("openai"))?.secret
/// ```
///
/// Its work, which blocks, is done on a thread of its own and never on an event loop of others.
public actor CredentialStore {
    private let group: EventLoopGroup
    private let loop: EventLoop
    private let core: StoreCore

    /// The thread that the store works on.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// Where the store is.
    public nonisolated let location: StoreLocation

    /// Makes a store's handle; files are looked at when it is first used.
    ///
    /// - Parameters:
    ///   - location: Where the store is.
    ///   - sources: Where master keys are looked for.
    public init(location: StoreLocation, sources: MasterKeySources) {
        self.init(location: location, sources: sources, options: StoreCore.Options())
    }

    package init(location: StoreLocation, sources: MasterKeySources, options: StoreCore.Options) {
        group = EventLoopGroup(count: 1)
        loop = group.loops[0]
        self.location = location
        core = StoreCore(location: location, sources: sources, options: options)
    }

    /// Makes the handle of the user's own store.
    ///
    /// - Parameter environment: The variables that say where it and its master key are.
    /// - Throws: `CredentialError` of code `configuration`, if the environment says of no home.
    public init(environment: [String: String]) throws(CredentialError) {
        self.init(
            location: try StoreLocation(environment: environment),
            sources: MasterKeySources(environment: environment)
        )
    }

    /// Reads a credential.
    ///
    /// - Parameter name: Its name.
    /// - Returns: The credential; `nil` if there is none of that name.
    /// - Throws: `CredentialError`, if the store does not open or what it holds was changed.
    public func read(_ name: CredentialName) throws(CredentialError) -> StoredCredential? {
        try core.read(name)
    }

    /// All credentials without their values, by name.
    ///
    /// - Returns: What is known of each; this needs no master key.
    /// - Throws: `CredentialError`.
    public func list() throws(CredentialError) -> [CredentialEntry] {
        try core.list()
    }

    /// Writes a credential: whole, or not at all.
    ///
    /// - Parameters:
    ///   - secret: The value.
    ///   - name: Its name.
    ///   - kind: What it is.
    ///   - expires: When it stops being valid.
    ///   - condition: What has to be there before.
    /// - Returns: What is known of it now.
    /// - Throws: `CredentialError`; the old value is there as before then.
    @discardableResult
    public func write(
        _ secret: Secret,
        as name: CredentialName,
        kind: CredentialKind = .key,
        expires: Date? = nil,
        if condition: WriteCondition = .always
    ) throws(CredentialError) -> CredentialEntry {
        try core.write(secret, as: name, kind: kind, expires: expires, if: condition)
    }

    /// Puts a new value in place of the old one of a credential that is there.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - secret: The new value.
    /// - Returns: What is known of it now.
    /// - Throws: `CredentialError` of code `notFound`, if there is none; the old value is there as before whenever it throws.
    @discardableResult
    public func rotate(_ name: CredentialName, to secret: Secret) throws(CredentialError) -> CredentialEntry {
        guard let kind = try core.list().first(where: { $0.name == name })?.kind else { throw core.notFound(name) }
        return try core.write(secret, as: name, kind: kind, if: .exists)
    }

    /// Removes a credential.
    ///
    /// - Parameter name: Its name.
    /// - Returns: Whether there was one.
    /// - Throws: `CredentialError`.
    @discardableResult
    public func remove(_ name: CredentialName) throws(CredentialError) -> Bool {
        try core.remove(name)
    }

    /// Exchanges the store's keys and encrypts every credential anew.
    ///
    /// A crash at any moment leaves a store that opens.
    ///
    /// - Parameter target: What the store is locked with afterwards.
    /// - Returns: Where its master key comes from now, and how many credentials were encrypted.
    /// - Throws: `CredentialError`; the store opens as before then.
    @discardableResult
    public func rekey(
        to target: RekeyTarget = .same
    ) throws(CredentialError) -> (origin: MasterKeySources.Origin, count: Int) {
        try core.rekey(to: target)
    }

    /// Writes a copy of the store, as it is at one moment, while others use it.
    ///
    /// - Parameter path: The file to make; the master key is not in it.
    /// - Throws: `CredentialError`; no file is left then.
    public func backup(to path: String) throws(CredentialError) {
        try core.backup(to: path)
    }

    /// What a user should know of the store.
    public func status() -> StoreStatus {
        core.status()
    }

    /// Closes the files and forgets the keys; the next call opens them again.
    public func close() {
        core.close()
    }
}
