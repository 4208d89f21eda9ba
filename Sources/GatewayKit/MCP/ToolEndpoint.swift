internal import ProviderKit
internal import TransportKit

/// Leads requests below `/mcp` to the tool service.
struct ToolEndpoint: Endpoint {
    /// What a path's parameter says of the request.
    let path: @Sendable (String) -> ToolRequest.Path?
    /// Whether it changes which servers there are.
    var administers = false

    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        guard let service = call.service.options.tools else {
            throw call.exchange.error(
                404,
                "tools_not_configured",
                "this gateway has no MCP servers; name one under [[mcp.servers]] in its configuration"
            )
        }
        guard let path = path(call.parameter) else {
            throw call.exchange.error(
                404,
                "unknown_path",
                "there is no such path here; tools are called at POST /mcp/v1/tools/TOOL/call"
            )
        }
        try checkOrigin(call)
        if administers { try checkAdministration(call) }
        if call.request.method == "POST" || call.request.method == "PUT", !call.request.body.isEmpty {
            try call.checkContentType()
        }
        do throws(ToolRefusal) {
            let keyName = call.exchange.caller
            let request = ToolRequest(path: path, request: call.request, keyName: keyName)
            var response = try await service.respond(to: request)
            if case .stream(let stream) = response.body {
                let source = ToolStreamSource(stream.source, exchange: call.exchange)
                var keepAlive = GatewayStream.KeepAlive.serverSentEvents
                keepAlive.interval = call.service.options.keepAliveInterval
                response.body = .stream(GatewayStream(source: source, keepAlive: keepAlive))
            }
            if call.request.fields["origin"] != nil {
                response.fields.append("access-control-expose-headers", "mcp-session-id, mcp-protocol-version")
            }
            return response
        } catch {
            var told = call.exchange.error(error.status, error.code, error.message)
            told.retryAfter = error.retryAfter
            told.details = error.details
            throw told
        }
    }

    // A page names its origin with every request of these kinds; programs name none. Without this a page whose own name
    // was made to point here could use the tools (MCP, Streamable HTTP, "Security Warning").
    private func checkOrigin(_ call: Call) throws(CallerError) {
        guard call.request.fields["origin"] != nil, call.service.origins.grantedOrigin(call.request.fields) == nil
        else { return }
        throw call.exchange.error(
            403,
            "origin_not_allowed",
            "pages of this origin may not use the tools; add it to server.cors_origins to let them"
        )
    }

    // Who may add a server may run any program as the gateway's user. A loopback port is open to all users of the machine,
    // and to its browsers.
    private func checkAdministration(_ call: Call) throws(CallerError) {
        guard call.request.fields["origin"] == nil else {
            throw call.exchange.error(403, "origin_not_allowed", "pages cannot change which MCP servers there are")
        }
        guard call.request.method != "GET", case .tcp = call.request.peer.address, call.exchange.caller == nil else {
            return
        }
        throw call.exchange.error(
            403,
            "key_required",
            "servers are changed at a Unix socket or with an access key; use the gateway's socket, or set server.access_keys"
        )
    }
}

/// The events of a tool service on their way to the caller.
final class ToolStreamSource: GatewayStream.Source {
    private let source: any GatewayStream.Source
    private let exchange: Exchange

    init(_ source: any GatewayStream.Source, exchange: Exchange) {
        self.source = source
        self.exchange = exchange
    }

    func next() async -> [UInt8]? {
        guard let bytes = await source.next() else {
            if Task.isCancelled { exchange.giveUp() } else { exchange.finish(.completed) }
            return nil
        }
        exchange.sent(bytes.count)
        return bytes
    }

    func cancel() {
        source.cancel()
        exchange.giveUp()
    }
}
