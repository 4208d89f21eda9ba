import FoundationEssentials
import Glibc
import TransportKit

/// All groups of cases, by name.
let groups: [(name: String, run: @Sendable () async throws -> [Measurement])] = [
    ("framing", framingBenchmarks),
    ("json", jsonBenchmarks),
    ("command", commandBenchmarks),
    ("chat", chatBenchmarks),
]

let usage = """
    usage: Benchmarks [--check] [--slack FACTOR] [--thresholds FILE] [GROUP…]
    groups: \(groups.map(\.name).joined(separator: ", "))
    """

var names: [String] = []
var checks = false
var slack = 1.0
var thresholdsPath = "Benchmarks/thresholds.json"
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
    switch argument {
    case upstreamArgument:
        try await serveBenchmarkStreams()
        exit(0)
    case "--check": checks = true
    case "--slack": slack = arguments.popFirst().flatMap(Double.init) ?? slack
    case "--thresholds": thresholdsPath = arguments.popFirst() ?? thresholdsPath
    case "--help":
        print(usage)
        exit(0)
    case let name where groups.contains { $0.name == name }: names.append(name)
    default:
        print("unknown argument: \(argument)\n\(usage)")
        exit(64)
    }
}

var report = Report()
for group in groups where names.isEmpty || names.contains(group.name) {
    report.add(try await group.run())
}
print(report.table)

if checks {
    let thresholds = try JSONValue(parsing: [UInt8](Data(contentsOf: URL(filePath: thresholdsPath))))
    let violations = report.violations(of: thresholds, slack: slack)
    print(violations.isEmpty ? "all within their limits" : violations.joined(separator: "\n"))
    exit(violations.isEmpty ? 0 : 1)
}
