import ProviderKit

/// What `--usage` and `--trace` say.
enum ChatReport {
    /// How long an answer took.
    struct Times: Sendable, Hashable {
        /// Until the first piece of the answer, where it came in pieces.
        var first: Duration?
        /// Until the end.
        var total: Duration
    }

    /// Tokens and times in one line.
    static func usage(_ usage: Usage?, _ times: Times) -> String {
        var parts: [String] = []
        if let usage {
            parts.append("\(usage.inputTokens) tokens in" + note([(usage.cachedReadTokens, "cached")]))
            parts.append("\(usage.outputTokens) out" + note([(usage.reasoningTokens, "reasoning")]))
        } else {
            parts.append("tokens unknown, the provider does not say")
        }
        if let first = times.first { parts.append("first after \(seconds(first))") }
        parts.append("all after \(seconds(times.total))")
        // What came in one burst was not measured piece by piece, and a rate of it would mean nothing.
        if let usage, let first = times.first, times.total - first >= .milliseconds(50), usage.outputTokens > 1 {
            let rate = Double(usage.outputTokens) / (times.total - first).inSeconds
            parts.append("\(rounded(rate, places: 1)) tokens/s")
        }
        return "usage: " + parts.joined(separator: ", ")
    }

    /// One line for each decision of the router, then one for each request that was sent.
    static func trace(_ attempts: [Attempt], _ steps: [Route.Step] = []) -> [String] {
        let decisions = steps.map { "trace: \($0)" }
        if attempts.isEmpty { return decisions + ["trace: nothing was sent"] }
        return decisions
            + attempts.enumerated().map { index, attempt in
                "trace: \(index + 1). \(attempt) after \(seconds(attempt.duration))"
            }
    }

    /// A length of time with three digits behind the point.
    static func seconds(_ duration: Duration) -> String {
        rounded(duration.inSeconds, places: 3) + " s"
    }

    private static func note(_ parts: [(count: Int?, what: String)]) -> String {
        let texts = parts.compactMap { part in part.count.flatMap { $0 > 0 ? "\($0) \(part.what)" : nil } }
        return texts.isEmpty ? "" : " (\(texts.joined(separator: ", ")))"
    }

    private static func rounded(_ value: Double, places: Int) -> String {
        let scale = (0..<places).reduce(1) { scale, _ in scale * 10 }
        let units = Int((min(value, 1e12) * Double(scale)).rounded())
        let digits = String(scale + units % scale).dropFirst()
        return "\(units / scale).\(digits)"
    }
}
