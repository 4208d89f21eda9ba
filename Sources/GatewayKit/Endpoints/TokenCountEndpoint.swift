internal import ProviderKit
internal import TransportKit

/// Says how many tokens a request of Anthropic's dialect has: by the model's provider where that speaks it, else by estimate.
struct TokenCountEndpoint: Endpoint {
    private let dialect = AnthropicServed()

    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        let request = try call.read(for: .anthropicTokenCount)
        let fields = call.fields(named: dialect.callersFields)
        return try await call.counted(request, .anthropicTokenCount, fields: fields) { () throws(PlexError) in
            dialect.encodeTokenCount(try dialect.decodeRequest(request.parsed()).request.estimatedTokens)
        }
    }
}

extension Call {
    /// How many tokens a request has, as its model's provider says.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - operation: What is asked for, in which dialect.
    ///   - callersFields: The caller's header fields that go along.
    ///   - estimate: The answer where the provider speaks another dialect, or does not count.
    /// - Returns: The answer.
    /// - Throws: What the caller is told.
    func counted(
        _ request: ModelRequest,
        _ operation: WireOperation,
        fields callersFields: HTTPFields = [:],
        estimate: () throws(PlexError) -> JSONValue
    ) async throws(CallerError) -> GatewayResponse {
        do throws(PlexError) {
            if case .answered(let response) = try await counting(request, operation, callersFields) { return response }
            return GatewayResponse(json: try estimate())
        } catch {
            throw refusal(error)
        }
    }

    private func counting(
        _ request: ModelRequest,
        _ operation: WireOperation,
        _ callersFields: HTTPFields
    ) async throws(PlexError) -> Forwarding {
        do throws(PlexError) {
            return try await forward(
                request,
                operation,
                isStreaming: false,
                fields: callersFields,
                encodeError: { _ in [] },
                translation: nil
            )
        } catch {
            // Servers that speak a dialect need not have its count.
            let isMissing = error.code == .unsupported || (error.code == .notFound && error.status != nil)
            guard isMissing else { throw error }
            return .none
        }
    }
}
