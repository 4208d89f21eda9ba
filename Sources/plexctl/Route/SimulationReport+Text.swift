import RouterKit

extension SimulationReport {
    /// The report for people.
    var text: String {
        var text =
            "\(requests) requests in \(Self.time(duration)) (seed \(seed)): \(succeeded) answered, "
            + "\(Self.percent(successRate))\n"
        if !failures.isEmpty { text += "the others got \(Self.list(failures))\n" }
        text += "\n\(latencies)\n\(attemptTable)"
        let details = details
        if !details.isEmpty { text += "\n" + details.map { TerminalText.line($0) + "\n" }.joined() }
        return text
    }

    private var latencies: String {
        var table = TextTable(header: ["", "P50", "P95", "P99", "LONGEST"])
        table.rows = [("first token", firstToken), ("whole answer", whole)].map { name, latency in
            [name, latency.p50, latency.p95, latency.p99, latency.maximum].map {
                ($0 as? String) ?? ($0 as? Duration).map(Self.time) ?? ""
            }
        }
        return table.text(showsHeader: true)
    }

    private var attemptTable: String {
        var table = TextTable(
            header: ["", "ATTEMPTS", "ANSWERS", "FAILED", "GIVEN UP", "HEDGES", "BREAKER OPENED", "AT A TIME", "COST"]
        )
        func count(_ number: Int) -> String { number == 0 ? "" : "\(number)" }
        table.rows = deployments.map { figures in
            [
                figures.deployment.description, "\(figures.attempts)", "\(figures.answers)",
                count(figures.failures.reduce(0) { $0 + $1.count }), count(figures.abandoned), count(figures.hedges),
                count(figures.breakerOpenings), Self.amount(figures.meanInFlight, places: 1),
                figures.cost > 0 ? Self.amount(figures.cost, places: 2) : "",
            ]
        }
        let total = costs.reduce(0) { $0 + $1.cost }
        table.rows.append([
            "all", "\(attempts)", "\(deployments.reduce(0) { $0 + $1.answers })",
            count(deployments.reduce(0) { $0 + $1.failures.reduce(0) { $0 + $1.count } }),
            count(deployments.reduce(0) { $0 + $1.abandoned }), count(hedges),
            count(deployments.reduce(0) { $0 + $1.breakerOpenings }), Self.amount(meanInFlight, places: 1),
            total > 0 ? Self.amount(total, places: 2) : "",
        ])
        return table.text(showsHeader: true)
    }

    private var details: [String] {
        var lines = deployments.filter { !$0.failures.isEmpty }.map { figures in
            "\(figures.deployment) failed: \(Self.list(figures.failures))"
        }
        if waits > 0 { lines.append("requests waited \(waits) times, \(Self.time(waited)) together") }
        if hedges > 0 { lines.append("second requests: \(hedges), of which \(hedgesWon) were faster") }
        for cuts in cuts where cuts.broken > 0 {
            lines.append(
                "streams that broke: \(cuts.broken); seen by callers: \(cuts.seen); mended: \(cuts.mended) "
                    + "(on_stream_cut = \(cuts.onStreamCut.rawValue))"
            )
        }
        for recovery in recoveries {
            let back = recovery.back.map { "answered \(Self.time($0)) later" } ?? "did not answer again"
            lines.append("\(recovery.deployment) was well again after \(Self.time(recovery.recovered)) and \(back)")
        }
        return lines
    }

    private static func list(_ failures: [Failures]) -> String {
        failures.map { "\($0.code) (\($0.count))" }.joined(separator: ", ")
    }

    private static func time(_ time: Duration) -> String { amount(time.inSeconds, places: 3) + " s" }

    private static func percent(_ share: Double) -> String {
        // Not all is never shown as all.
        let rounded = (share * 100_000).rounded(.down) / 1000
        return amount(rounded, places: 3) + " %"
    }

    /// A number with at most so many digits behind the point.
    static func amount(_ value: Double, places: Int) -> String {
        let scale = (0..<places).reduce(1) { scale, _ in scale * 10 }
        let units = Int((min(max(value, 0), 1e12) * Double(scale)).rounded())
        var digits = String(scale + units % scale).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(units / scale)" + (digits.isEmpty ? "" : ".\(digits)")
    }
}
