/// What a run of the gateway's benchmark is given.
struct GatewayOptions: Sendable {
    /// The gateway's command; `nil` for the `plexctl` beside this program.
    var command: String?
    /// A configuration for a command that is not `plexctl serve`.
    var configurationPath: String?
    /// Rates of the open loop, in requests a second.
    var rates = [1000]
    /// Whether the run is to be short, as a smoke test.
    var isQuick = false

    var repetitions: Int { isQuick ? 2 : 5 }
    var seconds: Double { isQuick ? 1 : 2 }
    var starts: Int { isQuick ? 5 : 11 }
    var departures: Int { isQuick ? 20 : 50 }
    var idleStreams: Int { isQuick ? 1000 : 2000 }
}
