internal import ProviderKit

extension Route.Step {
    /// A step of an execution as callers see it; `nil` for its end, which the error tells.
    init?(_ step: RouteStep, table: DeploymentTable) {
        switch step {
        case .chosen(let id, .hedge): self.init(.hedged, table[id].deployment, RouteStep.Reason.hedge.words)
        case .chosen(let id, let reason): self.init(.chosen, table[id].deployment, reason.words)
        case .skipped(let id, let reason, let now): self.init(.skipped, table[id].deployment, reason.words(at: now))
        case .waited(let time, let id, let reason):
            self.init(.waited, table[id].deployment, "\(time.words): \(reason.words)")
        case .failed(let id, let code, let status, _):
            self.init(.failed, table[id].deployment, "\(code)\(status.map { " (HTTP \($0))" } ?? "")")
        case .abandoned(let id): self.init(.abandoned, table[id].deployment, "another was faster")
        case .gaveUp: return nil
        }
    }

    private init(_ kind: Kind, _ deployment: Deployment, _ reason: String) {
        self.init(
            kind,
            provider: deployment.provider,
            model: deployment.model,
            credential: deployment.credential,
            reason: reason
        )
    }
}
