internal import CLinux
internal import Glibc
internal import TransportKit

/// The right to renew a credential, among all processes; it ends with the object, or with the process.
final class RenewalLock: Sendable {
    private static let pause = Duration.milliseconds(20)

    private let descriptor: Int32

    /// Takes the lock, without holding a thread while another has it.
    ///
    /// - Parameters:
    ///   - path: The lock's file; it is made where it is missing, and stays.
    ///   - limit: How long is waited for whoever has it.
    ///   - clock: What the waiting is measured with.
    /// - Throws: `CredentialError` of code `locked` or `cancelled`, or if the file cannot be made.
    init(path: String, limit: Duration, clock: any Clock<Duration>) async throws(CredentialError) {
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw PrivateFile.failure("open", "the lock file", path) }
        var waited = Duration.zero
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard waited < limit else {
                throw CredentialError(
                    .locked,
                    "another process renews the credential for longer than \(limit); it holds \(path)"
                )
            }
            do {
                try await clock.sleep(for: Self.pause)
            } catch {
                throw CredentialError(.cancelled, "cancelled while another process renewed the credential")
            }
            waited += Self.pause
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }
}
