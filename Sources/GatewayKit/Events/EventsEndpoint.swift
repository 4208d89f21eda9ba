internal import ProviderKit
internal import TransportKit

/// Tells what happens, as it happens.
struct EventsEndpoint: Endpoint {
    private static let fields: HTTPFields = [
        "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no",
    ]

    let observation: Observation

    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        let filter = try filter(call)
        // Nobody would read.
        if call.request.method == "HEAD" { return GatewayResponse(status: 200, fields: Self.fields) }
        do throws(EventHub.Refusal) {
            let subscription = try await observation.events.subscribe(
                filter,
                after: call.request.fields["last-event-id"],
                keepAlive: call.service.options.keepAliveInterval
            )
            let source = EventStreamSource(subscription, exchange: call.exchange)
            // Its comments are made where the events are.
            return GatewayResponse(
                status: 200,
                fields: Self.fields,
                body: .stream(GatewayStream(source: source, keepAlive: nil))
            )
        } catch {
            throw refusal(error, call)
        }
    }

    private func filter(_ call: Call) throws(CallerError) -> EventFilter {
        var lists: [String] = []
        for part in call.request.query?.split(separator: "&") ?? [] where part.hasPrefix("types=") {
            lists.append(RouteTable.decoded(part.dropFirst("types=".count)) ?? "")
        }
        guard !lists.isEmpty else { return .all }
        do throws(EventFilter.Problem) {
            return try EventFilter(parsing: lists.joined(separator: ","))
        } catch {
            throw call.exchange.error(400, "invalid_request", error.text, parameter: "types")
        }
    }

    private func refusal(_ refusal: EventHub.Refusal, _ call: Call) -> CallerError {
        switch refusal {
        case .stopping: return call.exchange.stopping
        case .full:
            var error = call.exchange.error(
                503,
                "too_many_event_readers",
                "\(EventHub.maximumReaders) programs read events already; try again when one has ended"
            )
            error.retryAfter = .seconds(10)
            return error
        }
    }
}
