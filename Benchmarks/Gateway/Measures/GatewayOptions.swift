/// What a run of the gateway's benchmark is given.
struct GatewayOptions: Sendable {
    /// The gateway's command; `nil` for the `plexctl` beside this program.
    var command: String?
    /// A configuration for a command that is not `plexctl serve`.
    var configurationPath: String?
    /// LiteLLM's command, if it is to be measured too.
    var litellm: String?
    /// Rates of the open loop, in requests a second.
    var rates = [1000]
    /// How many streams run side by side where a stream's delay is measured.
    var streams = [32]
    var repetitions = 5
    /// How long each measurement takes.
    var seconds = 2.0
    var starts = 11
    var departures = 50
    var idleStreams = 2000

    /// A short run, as a smoke test.
    mutating func shorten() {
        repetitions = 2
        seconds = 1
        starts = 5
        departures = 20
        idleStreams = 1000
    }

    /// What a server is asked for that answers some dozens of requests a second.
    var forSlowServer: GatewayOptions {
        var options = self
        options.rates = [20]
        options.streams = [1]
        options.repetitions = 2
        options.seconds = 3
        options.starts = 2
        options.departures = 5
        options.idleStreams = 64
        return options
    }
}
