import GatewayKit
import TransportKit

/// Tells systemd again and again that the gateway lives.
struct Watchdog: Sendable {
    private let systemd: SystemdNotifier
    private let interval: Duration
    private let group: EventLoopGroup

    /// Makes a watchdog; `nil` if systemd does not want to be told.
    ///
    /// - Parameters:
    ///   - systemd: Who is told.
    ///   - group: The loops that have to live.
    init?(_ systemd: SystemdNotifier?, watching group: EventLoopGroup) {
        guard let systemd, let interval = systemd.watchdogInterval else { return nil }
        self.systemd = systemd
        self.interval = interval
        self.group = group
    }

    /// Tells until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            // A loop that hangs does not come back, so that systemd finds out.
            for loop in group.loops { await loop.run {} }
            systemd.notify(.watchdog)
            try? await Task.sleep(for: interval)
        }
    }
}
