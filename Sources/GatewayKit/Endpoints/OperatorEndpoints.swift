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
        var response = GatewayResponse(
            status: isReady ? 200 : 503,
            json: ["status": isReady ? "ready" : "unavailable"]
        )
        if !isReady { response.fields.append("retry-after", "1") }
        return response
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
            body: .bytes(await observation.metrics.rendered(with: await call.service.options.tools?.figures()))
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

/// What names mean, and which targets are left alone.
struct RoutingEndpoint: Endpoint {
    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        guard let router = call.service.provider as? any RoutingProvider else { return GatewayResponse(json: [:]) }
        do throws(PlexError) {
            return GatewayResponse(json: try await router.routingReport())
        } catch {
            throw call.refusal(error)
        }
    }
}

/// Lets targets be asked again that are left alone: all, or those of the provider that the body names.
struct ResetEndpoint: Endpoint {
    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        var provider: ProviderID?
        if !call.request.body.isEmpty {
            guard let body = try? JSONValue(parsing: call.request.body), case .object = body else {
                throw call.exchange.error(400, "invalid_json", "the body has to be a JSON object, or nothing at all")
            }
            provider = body["provider"]?.string.map { ProviderID($0) }
            guard provider != nil || body["provider"] == nil else {
                throw call.exchange.error(
                    400,
                    "invalid_request",
                    "\"provider\" has to be a provider's name",
                    parameter: "provider"
                )
            }
        }
        guard let router = call.service.provider as? any RoutingProvider else {
            return GatewayResponse(json: ["reset": 0])
        }
        do throws(PlexError) {
            let count = try await router.forgetFailures(of: provider)
            return GatewayResponse(json: ["reset": .number(JSONNumber(count))])
        } catch {
            throw call.refusal(error)
        }
    }
}
