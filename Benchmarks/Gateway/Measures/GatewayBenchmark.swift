import FoundationEssentials
import Glibc
import TransportKit

/// Measures a gateway beside nginx before the same mock, on the same machine, in turn.
struct GatewayBenchmark {
    let options: GatewayOptions
    let workplace: Workplace
    let mock: MockUpstream
    let tool: LoadTool
    let plans: Pair<SubjectPlan>

    /// What the figures' names begin with.
    var name: String { plans.gateway.name }

    /// The gateway and what it is held against.
    struct Pair<Value: Sendable>: Sendable {
        var gateway: Value
        var nginx: Value
    }

    /// Runs all measures, of a gateway and then of its peers.
    static func run(_ options: GatewayOptions) async throws -> FigureReport {
        let workplace = try Workplace()
        defer { workplace.clear() }
        let (mock, tool) = (try await MockUpstream(), LoadTool())
        let own = try plans(options)
        var report = try await GatewayBenchmark(
            options: options,
            workplace: workplace,
            mock: mock,
            tool: tool,
            plans: own
        ).run()
        if let litellm = options.litellm {
            let peer = GatewayBenchmark(
                options: options.forSlowServer,
                workplace: workplace,
                mock: mock,
                tool: tool,
                plans: Pair(gateway: .litellm(litellm), nginx: own.nginx)
            )
            await report.add(peer: peer.name) { try await peer.run() }
        }
        await tool.shutdown()
        await mock.shutdown()
        return report
    }

    private func run() async throws -> FigureReport {
        var report = FigureReport(figures: try await starting())
        let subjects = Pair(gateway: try await start(plans.gateway), nginx: try await start(plans.nginx))
        for subject in [subjects.gateway, subjects.nginx] {
            _ = try await tool.closedLoop(subject.request(.plain), connections: 64, for: .seconds(1))
        }
        await report.add { try await fullLoad(subjects) }
        if subjects.gateway.unix != nil { await report.add { try await transports(subjects) } }
        await report.add { try await addedLatency(subjects) }
        await report.add { try await streaming(subjects) }
        await report.add { try await departures(subjects) }
        try await subjects.gateway.stop()
        try await subjects.nginx.stop()
        await report.add { try await idleStreams() }
        return report
    }

    private static func plans(_ options: GatewayOptions) throws -> Pair<SubjectPlan> {
        guard let nginx = Workplace.find("nginx") else {
            throw TransportError(.other, "nginx is not installed; make bench-deps installs what the benchmark needs")
        }
        let reference = SubjectPlan.nginx(nginx)
        if options.command == "nginx" { return Pair(gateway: .nginx(nginx, name: "gateway"), nginx: reference) }
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let plexctl = own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let command =
            options.command?.split(separator: " ").map(String.init)
            ?? ["\(plexctl)/plexctl", "serve", "-c", "{config}", "--http", "127.0.0.1:{port}", "-s", "{socket}"]
        var plan = SubjectPlan.plexctl(command)
        if let path = options.configurationPath {
            let suffix = path.split(separator: ".").last.map { ".\($0)" } ?? ""
            plan = SubjectPlan(
                name: plan.name,
                command: command,
                configuration: try String(contentsOfFile: path, encoding: .utf8),
                configurationSuffix: suffix,
                isPathForwarded: false
            )
        }
        return Pair(gateway: plan, nginx: reference)
    }

    func start(_ plan: SubjectPlan) async throws -> Subject {
        try await Subject.start(plan, before: mock, in: workplace).0
    }

    /// Measures each of the two in turn, again and again.
    func inTurn<Value: Sendable>(
        _ what: String,
        _ subjects: Pair<Subject>,
        repetitions: Int? = nil,
        _ body: (Subject) async throws -> Value
    ) async throws -> Pair<[Value]> {
        say(what)
        var values = Pair<[Value]>(gateway: [], nginx: [])
        for _ in 0..<(repetitions ?? options.repetitions) {
            values.nginx.append(try await body(subjects.nginx))
            values.gateway.append(try await body(subjects.gateway))
        }
        return values
    }

    /// Tells the user what is going on.
    func say(_ what: String) {
        let line = Array("\(name): \(what)\n".utf8)
        _ = unsafe write(STDERR_FILENO, line, line.count)
    }
}

extension Figure {
    /// A figure of both from what was measured in turn.
    init<Value>(
        _ name: String,
        _ unit: Unit,
        _ values: GatewayBenchmark.Pair<[Value]>,
        isDifference: Bool = false,
        _ value: (Value) -> Double
    ) {
        self.init(
            name: name,
            unit: unit,
            gateway: values.gateway.map(value),
            nginx: values.nginx.map(value),
            isDifference: isDifference
        )
    }
}
