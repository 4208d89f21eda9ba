import FoundationEssentials
import Glibc
import TransportKit

/// All groups of cases, by name.
let groups: [(name: String, run: @Sendable () async throws -> [Measurement])] = [
    ("framing", framingBenchmarks),
    ("json", jsonBenchmarks),
    ("serving", servingBenchmarks),
    ("dialects", dialectBenchmarks),
    ("command", commandBenchmarks),
    ("chat", chatBenchmarks),
    ("observation", observationBenchmarks),
    ("forward", forwardBenchmarks),
    ("client", clientBenchmarks),
    ("routing", routingBenchmarks),
    ("router", routerBenchmarks),
    ("simulation", simulationBenchmarks),
    ("credentials", credentialBenchmarks),
    ("mcp", mcpBenchmarks),
]

/// Groups that run only where they are named.
let longGroups: [(name: String, run: @Sendable () async throws -> [Measurement])] = [("hour", hourBenchmark)]

let usage = """
    usage: Benchmarks [--check] [--awake] [--slack FACTOR] [--thresholds FILE] [--json] [--quick] [GROUP…]
    --awake keeps the processors from sleeping, whose waking takes longer than much of what is measured.
    groups: \(groups.map(\.name).joined(separator: ", ")); by name only: hour, gateway

    For the gateway:
      --rates N,…        requests a second at which latency is measured (1000)
      --full             latency at 100, 500, 1000 and 2000 requests a second; streams by 1, 32 and 256
      --litellm COMMAND  measure LiteLLM's proxy too
      --gateway COMMAND  the gateway to measure instead of plexctl serve; {config}, {port}, {socket}, {upstream} and
                         {directory} are filled in; "nginx" for nginx itself, which must come out at 1
      --gateway-config FILE  its configuration, with the same placeholders
      --mock PORT        only serve the mock upstream, until the end of standard input
    """

var names: [String] = []
var checks = false
var slack = 1.0
var printsJSON = false
var options = GatewayOptions()
var wakefulness: Wakefulness?
var thresholdsPath = "Benchmarks/thresholds.json"
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
    switch argument {
    case upstreamArgument:
        try await serveBenchmarkStreams()
        exit(0)
    case mcpEchoArgument:
        serveMCPEcho()
        exit(0)
    case mcpEchoHTTPArgument:
        try serveMCPEchoHTTP(port: arguments.popFirst().flatMap { UInt16($0) } ?? 0)
        exit(0)
    case Wakefulness.argument:
        Wakefulness.stayAwake()
        exit(0)
    case "--check": checks = true
    case "--awake": wakefulness = try Wakefulness(absolutePath(CommandLine.arguments[0]))
    case "--slack": slack = arguments.popFirst().flatMap(Double.init) ?? slack
    case "--thresholds": thresholdsPath = arguments.popFirst() ?? thresholdsPath
    case "--json": printsJSON = true
    case "--quick": options.shorten()
    case "--full":
        options.rates = [100, 500, 1000, 2000]
        options.streams = [1, 32, 256]
    case "--litellm": options.litellm = arguments.popFirst()
    case "--rates":
        options.rates = arguments.popFirst()?.split(separator: ",").compactMap { Int($0) } ?? options.rates
    case "--gateway": options.command = arguments.popFirst()
    case "--gateway-config": options.configurationPath = arguments.popFirst()
    case "--mock":
        let mock = try await MockUpstream(port: arguments.popFirst().flatMap { UInt16($0) } ?? 0)
        // Past the buffer of standard output, which may be a pipe.
        let line = Array("the mock listens on port \(mock.port)\n".utf8)
        _ = unsafe write(STDOUT_FILENO, line, line.count)
        while readLine() != nil {}
        exit(0)
    case "--help":
        print(usage)
        exit(0)
    case let name where name == "gateway" || (groups + longGroups).contains { $0.name == name }: names.append(name)
    default:
        print("unknown argument: \(argument)\n\(usage)")
        exit(64)
    }
}

var gateway = FigureReport(figures: [])
if names.contains("gateway") {
    do {
        gateway = try await GatewayBenchmark.run(options)
    } catch {
        print("the gateway cannot be measured: \(error)")
        exit(1)
    }
}
var report = Report()
for group in groups where names.isEmpty || names.contains(group.name) {
    report.add(try await group.run())
}
for group in longGroups where names.contains(group.name) {
    report.add(try await group.run())
}
if printsJSON {
    let json: JSONValue = [
        "cases": report.json, "gateway": .array(gateway.figures.map(\.json)),
        "notMeasured": .array((gateway.failures + gateway.notes).map { .string($0) }),
    ]
    print(json.prettyPrinted())
} else {
    if !report.measurements.isEmpty { print(report.table) }
    if !gateway.figures.isEmpty { print(gateway.table) }
}

for failure in (checks ? [] : gateway.failures) + gateway.notes where !printsJSON { print(failure) }
if checks {
    let thresholds = try JSONValue(parsing: [UInt8](Data(contentsOf: URL(filePath: thresholdsPath))))
    let violations =
        report.violations(of: thresholds, slack: slack) + gateway.violations(of: thresholds, slack: slack)
    let lines = violations.isEmpty ? "all within their limits" : violations.joined(separator: "\n")
    // Standard output is for the figures when they are JSON.
    let bytes = Array("\(lines)\n".utf8)
    _ = unsafe write(printsJSON ? STDERR_FILENO : STDOUT_FILENO, bytes, bytes.count)
    exit(violations.isEmpty ? 0 : 1)
}
