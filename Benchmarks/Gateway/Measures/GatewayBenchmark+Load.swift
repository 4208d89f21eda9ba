import TransportKit

extension GatewayBenchmark {
    private static let connections = 64

    private struct Load: Sendable {
        var requests: Double
        var seconds: Double
        var cpu: Double
        var memory: Double

        var microsecondsPerRequest: Double { cpu / requests / 1000 }
    }

    /// Start to first answer, and memory before there was any load.
    func starting() async throws -> [Figure] {
        say("starting")
        var times = Pair<[Double]>(gateway: [], nginx: [])
        var memory = times
        for _ in 0..<options.starts {
            for (plan, keyPath) in [(plans.nginx, \Pair<[Double]>.nginx), (plans.gateway, \Pair<[Double]>.gateway)] {
                let (subject, time) = try await Subject.start(plan, before: mock, in: workplace)
                times[keyPath: keyPath].append(Double(time))
                pause(microseconds: 100_000)
                memory[keyPath: keyPath].append(try subject.memory())
                try await subject.stop()
            }
        }
        return [
            Figure("\(name).start", .milliseconds, times) { $0 / 1e6 },
            Figure("\(name).memory-idle", .mebibytes, memory) { $0 / 1_048_576 },
        ]
    }

    /// As many requests as each can answer.
    func fullLoad(_ subjects: Pair<Subject>) async throws -> [Figure] {
        let wrk = Workplace.find("wrk")
        let loads = try await inTurn(wrk == nil ? "full load" : "full load by wrk", subjects) { subject in
            if let wrk {
                try await load(subject) { try await requests(by: wrk, to: subject) }
            } else {
                try await closedLoop(subject, subject.tcp)
            }
        }
        return [
            Figure("\(name).cpu-per-request", .microseconds, loads, \.microsecondsPerRequest),
            Figure("\(name).requests", .perSecond, loads) { $0.requests / $0.seconds },
            Figure("\(name).memory-load", .mebibytes, loads) { $0.memory / 1_048_576 },
        ]
    }

    /// The Unix socket beside TCP, at full load by our own tool.
    func transports(_ subjects: Pair<Subject>) async throws -> [Figure] {
        let repetitions = min(3, options.repetitions)
        let tcp = try await inTurn("full load over TCP", subjects, repetitions: repetitions) {
            try await closedLoop($0, $0.tcp)
        }
        let unix = try await inTurn("full load over a Unix socket", subjects, repetitions: repetitions) {
            try await closedLoop($0, $0.unix ?? $0.tcp)
        }
        return [
            Figure("\(name).cpu-per-request-tcp", .microseconds, tcp, \.microsecondsPerRequest),
            Figure("\(name).cpu-per-request-unix", .microseconds, unix, \.microsecondsPerRequest),
            Figure("\(name).requests-unix", .perSecond, unix) { $0.requests / $0.seconds },
        ]
    }

    private func closedLoop(_ subject: Subject, _ address: LocalAddress) async throws -> Load {
        try await load(subject) {
            try await tool.closedLoop(
                subject.request(.plain, to: address),
                connections: Self.connections,
                for: .seconds(options.seconds)
            )
        }
    }

    private func load(_ subject: Subject, _ body: () async throws -> Int) async throws -> Load {
        let start = monotonicNanoseconds()
        let cpu = try subject.cpu()
        // Read in the middle of the load.
        async let memory = {
            try await Task.sleep(for: .seconds(options.seconds / 2))
            return try subject.memory()
        }()
        let requests = try await body()
        return Load(
            requests: Double(requests),
            seconds: Double(monotonicNanoseconds() - start) / 1e9,
            cpu: try subject.cpu() - cpu,
            memory: try await memory
        )
    }

    private func requests(by wrk: String, to subject: Subject) async throws -> Int {
        guard case .tcp(let port) = subject.tcp else { return 0 }
        let script = try workplace.write(
            """
            wrk.method = "POST"
            wrk.headers["Content-Type"] = "application/json"
            wrk.body = [==[\(Request.body(model: MockBehaviour.plain.name, isStreamed: false))]==]
            """,
            ".lua"
        )
        let output = try await workplace.run(
            wrk,
            [
                "-t1", "-c\(Self.connections)", "-d\(Int(options.seconds))s", "--timeout", "30s", "-s", script,
                "http://127.0.0.1:\(port)\(subject.target(.plain))",
            ]
        )
        let words = output.split(whereSeparator: \.isWhitespace)
        guard !output.contains("Non-2xx"), !output.contains("Socket errors"),
            let place = words.firstIndex(of: "requests"), place > 0, let count = Int(words[place - 1])
        else {
            throw TransportError(.other, "wrk reports failures of \(subject.name):\n\(output)")
        }
        return count
    }

    /// What each adds to a request's time when it is not busy.
    func addedLatency(_ subjects: Pair<Subject>) async throws -> [Figure] {
        var figures: [Figure] = []
        let direct = Subject.direct(mock)
        for rate in options.rates {
            var rows: [String: Pair<[Double]>] = [:]
            say("\(rate) requests a second")
            for _ in 0..<options.repetitions {
                let base = try await openLoop(direct, direct.tcp, rate)
                for (subject, keyPath) in [
                    (subjects.nginx, \Pair<[Double]>.nginx), (subjects.gateway, \Pair<[Double]>.gateway),
                ] {
                    for (suffix, address) in [("", subject.tcp), ("-unix", subject.unix)] {
                        guard let address else { continue }
                        let histogram = try await openLoop(subject, address, rate)
                        for (quantile, share) in [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)] {
                            let added = (histogram.quantile(share) - base.quantile(share)) / 1e6
                            rows["\(name).latency-\(rate)\(suffix)-\(quantile)", default: Pair(gateway: [], nginx: [])][
                                keyPath: keyPath
                            ].append(added)
                        }
                    }
                }
            }
            figures += rows.filter { !$0.value.gateway.isEmpty }.sorted { $0.key < $1.key }.map { name, added in
                Figure(name, .milliseconds, added, isDifference: true) { $0 }
            }
        }
        return figures
    }

    private func openLoop(_ subject: Subject, _ address: LocalAddress, _ rate: Int) async throws -> Histogram {
        try await tool.openLoop(
            subject.request(.plain, to: address),
            rate: rate,
            connections: Self.connections,
            for: .seconds(options.seconds)
        )
    }
}
