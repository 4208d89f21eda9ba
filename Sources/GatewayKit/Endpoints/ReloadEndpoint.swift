internal import ProviderKit
internal import TransportKit

/// Has the configuration read again.
struct ReloadEndpoint: Endpoint {
    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        guard let reload = call.service.options.reload else {
            throw call.exchange.error(
                501,
                "no_configuration",
                "this gateway has no configuration that it could read again"
            )
        }
        let report: ReloadReport
        do throws(ReloadError) {
            report = try await reload()
        } catch {
            var refusal = call.exchange.error(Self.status(of: error.reason), error.reason.rawValue, error.message)
            if refusal.status == 503 { refusal.retryAfter = .seconds(1) }
            throw refusal
        }
        func list(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
        return GatewayResponse(
            json: [
                "reloaded": true, "changed": list(report.changed), "needs_restart": list(report.needsRestart),
                "warnings": list(report.warnings),
            ]
        )
    }

    private static func status(of reason: ReloadError.Reason) -> Int {
        switch reason {
        case .stopping: 503
        case .addressInUse: 409
        case .invalidConfiguration: 422
        default: 500
        }
    }
}
