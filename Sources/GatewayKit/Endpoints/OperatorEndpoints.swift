internal import ProviderKit
internal import TransportKit

/// Says that the process answers; asks nobody.
struct HealthEndpoint: Endpoint {
    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        GatewayResponse(
            json: ["status": "ok", "service": "modelplex", "version": .string(call.service.options.version)]
        )
    }
}

/// Says whether any provider can be expected to answer.
struct ReadyEndpoint: Endpoint {
    let observation: Observation

    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        let isReady = await observation.isReady(call.service)
        return GatewayResponse(
            status: isReady ? 200 : 503,
            json: ["status": isReady ? "ready" : "unavailable"]
        )
    }
}

/// Says how each provider is.
struct ProvidersHealthEndpoint: Endpoint {
    let observation: Observation

    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        let probesAll = call.request.query?.split(separator: "&").contains("probe=true") ?? false
        return GatewayResponse(json: await observation.health(call.service, probing: probesAll ? .all : .stale).json)
    }
}

/// The figures for Prometheus.
struct MetricsEndpoint: Endpoint {
    let observation: Observation

    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        GatewayResponse(
            status: 200,
            fields: ["content-type": GatewayMetrics.contentType],
            body: .bytes(await observation.metrics.rendered())
        )
    }
}

/// What the gateway is doing now.
struct StatusEndpoint: Endpoint {
    let observation: Observation

    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        GatewayResponse(json: await observation.status(call.service))
    }
}

/// The configuration in effect, without secrets.
struct ConfigurationEndpoint: Endpoint {
    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        GatewayResponse(json: call.service.options.describeConfiguration())
    }
}
