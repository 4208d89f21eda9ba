internal import ProviderKit
internal import Synchronization
internal import TransportKit

/// Leads each request to what answers it, and its record to those who keep count.
final class Dispatcher: HTTPResponder {
    private let current: Locked<Service>
    private let table: RouteTable
    private let requestIDs = RequestIDs()
    private let inFlight = Atomic<Int>(0)
    private let streams = Atomic<Int>(0)
    private let stop = StopMark()
    let observation: Observation

    init(service: Service, observation: Observation) {
        current = Locked(service)
        self.observation = observation
        table = RouteTable(Surface.routes(observation))
    }

    /// What is served now.
    var service: Service { current.withLock { $0 } }

    func replace(_ service: Service) {
        current.withLock { $0 = service }
        observation.noteReload()
    }

    /// Requests that are being answered now, their streams included.
    var requestsInFlight: Int { inFlight.load(ordering: .relaxed) }

    /// Streamed answers that are being sent now.
    var openStreams: Int { streams.load(ordering: .relaxed) }

    func cut() { stop.set() }

    // These are inlined into each other: a function that waits costs a request more than what most of them do.
    @inline(__always)
    func respond(to request: GatewayRequest) async -> GatewayResponse {
        let service = service
        let exchange = begin(request, service)
        var response: GatewayResponse
        do throws(CallerError) {
            response = try await answer(request, exchange, service)
        } catch {
            let error = exchange.told(error)
            exchange.note { $0.errorCode = error.code }
            response = GatewayResponse(refusing: error, path: request.path)
            exchange.answerFields.add(to: &response.fields)
        }
        response.fields.append("x-request-id", exchange.requestID)
        if let origin = service.origins.grantedOrigin(request.fields) {
            response.fields.append("access-control-allow-origin", origin)
            response.fields.append("vary", "origin")
        }
        let status = response.status
        exchange.note { $0.status = status }
        switch response.body {
        case .bytes(let bytes):
            exchange.sent(bytes.count)
            exchange.finish(exchange.outcome(status: status))
        case .stream:
            exchange.note { $0.isStreaming = true }
            streams.add(1, ordering: .relaxed)
        }
        return response
    }

    func response(to refusal: HTTPRefusal) -> GatewayResponse {
        let service = service
        let request = GatewayRequest(method: "", path: refusal.path ?? "", peer: refusal.peer)
        let exchange = begin(request, service)
        let error = CallerError(refusal.reason, requestID: exchange.requestID)
        exchange.note { record in
            record.status = error.status
            record.errorCode = error.code
        }
        exchange.finish(.failed)
        var response = GatewayResponse(refusing: error, path: request.path)
        response.fields.append("x-request-id", exchange.requestID)
        response.closesConnection = true
        return response
    }

    private func begin(_ request: GatewayRequest, _ service: Service) -> Exchange {
        inFlight.add(1, ordering: .relaxed)
        let requestID = RequestIDs.accepted(request.fields["x-request-id"]) ?? requestIDs.next()
        let timestamp = LogEvent.secondsNow
        return Exchange(request, requestID: requestID, timestamp: timestamp, stop: stop) { [self] record in
            inFlight.subtract(1, ordering: .relaxed)
            if record.isStreaming { streams.subtract(1, ordering: .relaxed) }
            observation.record(record, isLogged: service.options.logsRequests)
        }
    }

    @inline(__always)
    private func answer(
        _ request: GatewayRequest,
        _ exchange: Exchange,
        _ service: Service
    ) async throws(CallerError) -> GatewayResponse {
        if let expectation = request.fields["expect"], expectation.lowercased() != "100-continue" {
            throw exchange.error(417, "expectation_failed", "only \"Expect: 100-continue\" is known here; leave it out")
        }
        if request.method == "OPTIONS" {
            if let answer = service.origins.preflight(request.fields) { return answer }
            // Asked of the server as a whole (RFC 9110, 9.3.7).
            if request.path == "*" {
                return GatewayResponse(status: 204, fields: ["allow": "GET, HEAD, POST, OPTIONS"])
            }
        }
        switch table.match(method: request.method, path: request.path, role: request.peer.role) {
        case .route(let route, let parameter):
            exchange.note { $0.route = route.path }
            if !route.isOpen {
                try checkHost(request, exchange, service)
                if !service.isOpen { try await admit(request, exchange, service) }
            }
            if route.asksModels { try checkRoom(exchange, service) }
            let call = Call(request: request, parameter: parameter, exchange: exchange, service: service)
            return try await route.endpoint.respond(to: call)
        case .wrongMethod(let allowed):
            let methods = allowed.joined(separator: ", ")
            if request.method == "OPTIONS" { return GatewayResponse(status: 204, fields: ["allow": methods]) }
            let error = exchange.error(405, "method_not_allowed", "this path is for \(methods)")
            exchange.note { $0.errorCode = error.code }
            var response = GatewayResponse(refusing: error, path: request.path)
            response.fields.append("allow", methods)
            return response
        case .nothing:
            throw exchange.error(
                404,
                "unknown_path",
                "there is no such path here; chat is at POST /v1/chat/completions, the models are at GET /v1/models"
            )
        }
    }

    private func checkHost(_ request: GatewayRequest, _ exchange: Exchange, _ service: Service) throws(CallerError) {
        if !service.options.requiresCredentials, !service.origins.isHostTrusted(request) {
            throw exchange.error(
                403,
                "host_not_allowed",
                "the Host field names no address of this machine; call the gateway as localhost or by its IP address, "
                    + "or let its operator set access keys"
            )
        }
    }

    private func admit(_ request: GatewayRequest, _ exchange: Exchange, _ service: Service) async throws(CallerError) {
        switch await service.options.access.decide(on: request) {
        case .allowed(let caller): exchange.note { $0.caller = caller }
        case .unauthenticated(let message): throw exchange.error(401, "invalid_api_key", message)
        case .forbidden(let message): throw exchange.error(403, "forbidden", message)
        }
    }

    private func checkRoom(_ exchange: Exchange, _ service: Service) throws(CallerError) {
        guard requestsInFlight > service.options.maximumConcurrentRequests else { return }
        var error = exchange.error(503, "too_many_requests_in_flight", "the gateway is full; try again in a second")
        error.retryAfter = .seconds(1)
        throw error
    }
}

extension GatewayResponse {
    /// An error in the dialect of its path.
    init(refusing error: CallerError, path: String) {
        self.init(status: error.status, json: Surface.encodeError(error, path: path))
        if let wait = error.retryAfter {
            fields.append("retry-after", String(wait.wholeSecondsUp))
        }
        if error.status == 401 { fields.append("www-authenticate", "Bearer") }
    }
}

extension Duration {
    /// Whole seconds, rounded up, at least 1: what Retry-After can say (RFC 9110, 10.2.3).
    fileprivate var wholeSecondsUp: Int64 {
        let (seconds, attoseconds) = components
        return max(1, attoseconds > 0 ? seconds + 1 : seconds)
    }
}
