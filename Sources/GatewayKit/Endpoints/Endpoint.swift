internal import ProviderKit
internal import TransportKit

/// What answers the requests of one route.
protocol Endpoint: Sendable {
    /// Answers a request.
    ///
    /// - Throws: `CallerError`; the gateway writes it in the dialect of the route.
    func respond(to call: Call) async throws(CallerError) -> GatewayResponse
}

/// A request that was let in, and what it needs to be answered.
struct Call: Sendable {
    var request: GatewayRequest
    /// What stands in the path in the place of `{…}`, percent-decoded.
    var parameter: String
    var exchange: Exchange
    var service: Service
}

/// What the gateway serves now; replaced as a whole when the configuration is.
final class Service: Sendable {
    let provider: any Provider
    // Looked up once: a cast to a protocol type costs more than a request may.
    let forwarder: (any ForwardingProvider)?
    let completer: (any TextCompletionProvider)?
    let embedder: (any EmbeddingProvider)?
    let options: Gateway.Options
    let origins: OriginPolicy
    /// Whether everybody is let in, so that nobody has to be asked.
    let isOpen: Bool

    init(provider: any Provider, options: Gateway.Options) {
        self.provider = provider
        forwarder = provider as? any ForwardingProvider
        completer = provider as? any TextCompletionProvider
        embedder = provider as? any EmbeddingProvider
        self.options = options
        isOpen = (options.access as? AccessKeys)?.keys.isEmpty ?? false
        origins = OriginPolicy(allowedOrigins: options.allowedOrigins, allowedHosts: options.allowedHosts)
    }

    /// The providers whose health counts.
    func members() async throws(PlexError) -> [any Provider] {
        guard let group = provider as? any ProviderGroup else { return [provider] }
        return try await group.members()
    }
}

extension GatewayResponse {
    /// A JSON answer.
    init(status: Int = 200, json: JSONValue) {
        self.init(status: status, fields: ["content-type": "application/json"], body: .bytes(json.serialized))
    }
}
