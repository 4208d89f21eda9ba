internal import ProviderKit

extension PlexError {
    /// What a caller is told when nothing more is tried.
    ///
    /// - Parameters:
    ///   - failure: Why nothing more is tried.
    ///   - last: What the last request failed with, if one was sent.
    ///   - attempts: All requests that were sent.
    ///   - wait: The time until a target may be asked again.
    ///   - route: The route.
    ///   - skips: Who was left out from the start.
    ///   - table: What the numbers of deployments stand for.
    ///   - now: The time.
    init(
        _ failure: Execution.Failure,
        last: PlexError?,
        attempts: [Attempt],
        wait: Duration?,
        route: CompiledRoute,
        skips: [RoutePlan.Skip],
        table: DeploymentTable,
        now: Duration
    ) {
        guard var error = last else {
            self = .noTarget(of: route, skips: skips, table: table, wait: wait, now: now)
            return
        }
        var remarks: [String] = []
        if attempts.count > 1 {
            let all = attempts.map(\.description).joined(separator: ", ")
            remarks.append("\(attempts.count) requests were sent: \(all)")
        }
        if failure.reason == .deadline {
            remarks.append("the deadline of \(route.policy.deadline.words) is over")
        }
        for remark in remarks { error.message += (error.message.hasSuffix(".") ? " " : "; ") + remark }
        // Who asked one target is told what that target said.
        let targets = Set(attempts.map { "\($0.provider)/\($0.model)" })
        if targets.count > 1 || error.retryAfter == nil, [.rateLimited, .overloaded].contains(error.code) {
            error.retryAfter = wait ?? error.retryAfter
        }
        error.attempts = attempts
        self = error
    }

    private static func noTarget(
        of route: CompiledRoute,
        skips: [RoutePlan.Skip],
        table: DeploymentTable,
        wait: Duration?,
        now: Duration
    ) -> PlexError {
        let reasons = skips.map { "\(table[$0.deployment].deployment): \($0.reason.words(at: now))" }
        let list = reasons.isEmpty ? "it has no target" : reasons.joined(separator: "; ")
        let isIncapable = !skips.isEmpty && skips.allSatisfy(\.reason.isLasting)
        if isIncapable {
            return PlexError(
                .unsupported,
                "no target of \(route.policy.name) can do what the request needs (\(list)); ask another model"
            )
        }
        let when = wait.map { "try again in \($0.words)" } ?? "try again later"
        return PlexError(
            .overloaded,
            "no target of \(route.policy.name) can be asked now (\(list)); \(when)",
            retryAfter: wait
        )
    }
}

extension RoutePlan.SkipReason {
    /// Whether waiting does not help.
    var isLasting: Bool {
        switch self {
        case .lacks, .contextLength: true
        default: false
        }
    }
}
