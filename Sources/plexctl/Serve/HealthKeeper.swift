import Modelplex
import ProviderKit
import RouterKit
import TransportKit

/// Writes who is to be left alone to the file of `routing.state`, whenever that has changed.
///
/// Its lock is held while it writes, so that of two writers the later one's words stay.
final class HealthKeeper: Sendable {
    private struct State: Sendable {
        /// Those that stood in the file last; the times that remain pass by themselves.
        var deployments: Set<Deployment> = []
        var hasFailed = false
    }

    private static let interval: Duration = .seconds(5)

    private let plex: Plex
    private let announcer: Announcer
    private let state = Locked(State())

    /// Makes a keeper.
    ///
    /// - Parameters:
    ///   - plex: Who knows.
    ///   - announcer: Who is told if the file cannot be written.
    init(_ plex: Plex, _ announcer: Announcer) {
        self.plex = plex
        self.announcer = announcer
    }

    /// Writes every few seconds in which something has changed, until the task is cancelled.
    func run() async {
        // Who is replaced must not write over what its successor has written.
        while (try? await Task.sleep(for: Self.interval)) != nil {
            let deployments = Set(plex.healthRecords.map(\.deployment))
            if state.withLock({ $0.deployments != deployments }) { save() }
        }
    }

    /// Writes now; that it cannot is told once.
    func save() {
        state.withLock { state in
            do {
                state.deployments = Set(plex.healthRecords.map(\.deployment))
                try plex.saveHealth()
                state.hasFailed = false
            } catch {
                if !state.hasFailed { announcer.warn("\(error)") }
                state.hasFailed = true
            }
        }
    }
}
