internal import Glibc
public import TransportKit

/// A credential in a file that another program keeps up to date, as a mounted secret or a token that is renewed from outside.
///
/// The file is looked at again when a credential is asked for and the last look is older than a second; it is read only if it
/// has changed. While it cannot be read, what it held last is still given out.
public actor FileCredential: CredentialSource {
    /// What tells two states of a file apart without reading it.
    private struct Mark: Equatable {
        var device: UInt
        var inode: UInt
        var size: Int
        var changed: [Int]
    }

    private struct Held: Sendable {
        var secret: Secret
        var looked: Duration
    }

    // Files are read here: a folder may be on a network, and loops must not wait for it.
    private static let readers = EventLoopGroup(count: 1)

    /// The file.
    public nonisolated let path: String

    private let loop: EventLoop
    private let interval: Duration
    private nonisolated let now: @Sendable () -> Duration
    private let held: Locked<Held?>
    private var mark: Mark?

    /// The thread that the file is read on.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// Makes a source; nothing is read yet.
    ///
    /// - Parameters:
    ///   - path: The file; it holds the credential and nothing else, a line end behind it aside.
    ///   - secret: What the file held a moment ago, if the caller has read it.
    ///   - interval: How long the file is not looked at again.
    public init(path: String, holding secret: Secret? = nil, interval: Duration = .seconds(1)) {
        self.init(path: path, holding: secret, interval: interval, clock: ContinuousClock())
    }

    package init(path: String, holding secret: Secret? = nil, interval: Duration, clock: some Clock<Duration>) {
        self.path = path
        held = Locked(secret.map { Held(secret: $0, looked: .zero) })
        self.interval = interval
        loop = Self.readers.loops[0]
        let start = clock.now
        now = { start.duration(to: clock.now) }
    }

    /// The credential that the file holds now.
    ///
    /// - Returns: The credential.
    /// - Throws: `CredentialError`, if the file has never held one that could be read.
    public nonisolated func credential() async throws(CredentialError) -> Secret {
        let time = now()
        if let held = held.withLock({ $0 }), time - held.looked < interval { return held.secret }
        return try await look(at: time)
    }

    /// Makes the next caller look at the file again.
    ///
    /// - Parameter credential: What a server refused.
    public nonisolated func discard(_ credential: Secret) async {
        held.withLock { held in
            if held?.secret == credential { held?.looked = now() - interval }
        }
    }

    private func look(at time: Duration) throws(CredentialError) -> Secret {
        let known = held.withLock { $0 }
        // Another caller's look, which this one waited for.
        if let known, known.looked >= time { return known.secret }
        do {
            let found = try Self.mark(of: path)
            if let known, found == mark {
                held.withLock { $0?.looked = time }
                return known.secret
            }
            let secret = try Self.read(path)
            mark = found
            held.withLock { $0 = Held(secret: secret, looked: time) }
            return secret
        } catch {
            // Replaced in two steps, or gone for a moment: servers still take what was there.
            guard let known else { throw error }
            held.withLock { $0?.looked = time }
            return known.secret
        }
    }

    private static func read(_ path: String) throws(CredentialError) -> Secret {
        guard let content = try PrivateFile.read(path, purpose: "the key file", mustBePrivate: false) else {
            throw missing(path)
        }
        do {
            return try content.withBytes { bytes throws(SecretError) in
                try Secret(validating: bytes.indices.map { bytes[$0] })
            }
        } catch {
            throw CredentialError(.invalidSecret, "the key file \(path) cannot be used: \(error)")
        }
    }

    private static func mark(of path: String) throws(CredentialError) -> Mark {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { throw missing(path) }
            throw CredentialError(
                .inputOutput,
                "the key file \(path) cannot be looked at: \(unsafe String(cString: strerror(errno)))"
            )
        }
        return Mark(
            device: UInt(status.st_dev),
            inode: UInt(status.st_ino),
            size: Int(status.st_size),
            changed: [
                status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
            ]
        )
    }

    private static func missing(_ path: String) -> CredentialError {
        CredentialError(.notFound, "the key file \(path) is not there")
    }
}
