internal import TransportKit

extension CallerError {
    /// What a caller is told of a failure.
    ///
    /// What a provider says of a caller's own request keeps its status; what is between the gateway and its provider, such
    /// as a key that was refused, becomes the gateway's failure.
    ///
    /// - Parameters:
    ///   - error: The failure.
    ///   - requestID: The gateway's name for the request.
    ///   - hidesPlaces: Whether the caller must not learn where the gateway's providers are.
    package init(_ error: PlexError, requestID: String? = nil, hidesPlaces: Bool = false) {
        let status = Self.status(of: error)
        self.init(
            status: status,
            message: Self.message(for: error, hidesPlaces),
            code: Self.code(of: error),
            parameter: error.parameter ?? (error.code == .notFound && error.model != nil ? "model" : nil),
            requestID: requestID,
            retryAfter: Self.retryAfter(error, status: status)
        )
    }

    private static func status(of error: PlexError) -> Int {
        if error.code.timeoutPhase != nil { return 504 }
        switch error.code {
        // A provider's word on the request itself is passed on.
        case .invalidRequest, .contextLengthExceeded, .contentFiltered, .unsupported:
            return error.status == 413 || error.status == 422 ? error.status ?? 400 : 400
        case .notFound: return 404
        case .rateLimited, .quotaExhausted: return 429
        case .overloaded: return 503
        // The next connection that closes makes room.
        case .internal where (error.underlyingError as? TransportError)?.code == .exhausted: return 503
        case .upstream: return error.status == 408 || error.status == 504 ? 504 : 502
        case .authentication, .permission, .network, .malformedResponse, .streamCut: return 502
        // The word that servers use for a client who left; nobody reads it.
        case .cancelled: return 499
        default: return 500
        }
    }

    private static func code(of error: PlexError) -> String {
        switch error.code {
        case .authentication, .permission: "upstream_authentication"
        case .rateLimited: "rate_limit_exceeded"
        case .quotaExhausted: "insufficient_quota"
        case .contentFiltered: "content_filter"
        case .notFound: error.model == nil ? "not_found" : "model_not_found"
        default: error.code.description
        }
    }

    private static func message(for error: PlexError, _ hidesPlaces: Bool) -> String {
        // A provider's own words may quote a part of the key.
        if error.status != nil, error.code == .authentication || error.code == .permission {
            let provider = error.provider.map { "the provider \($0)" } ?? "the provider"
            let what = error.code == .authentication ? "refused the gateway's key" : "does not permit this to its key"
            return "\(provider) \(what); your own access is fine. Tell the gateway's operator, or use another model"
        }
        let message = hidesPlaces ? placeless(error) : error.message
        return error.provider.map { "\($0): \(message)" } ?? message
    }

    // What a provider said is told without its address. Words of the transport name addresses in many ways, so that
    // others stand for them.
    private static func placeless(_ error: PlexError) -> String {
        if error.status != nil {
            guard let host = error.host else { return error.message }
            // Advice on addresses and keys is for the operator.
            return error.message.replacing(host, with: "the provider")
        }
        if let phase = error.code.timeoutPhase {
            return "the provider took too long (\(phase)); try again, or use another model"
        }
        switch error.code {
        case .network: return "the provider could not be reached; try again, or use another model"
        case .streamCut: return "the provider's stream ended before the answer did; try again"
        case .malformedResponse: return "the provider's answer cannot be understood; try again, or use another model"
        case .configuration: return "the provider is not set up; tell the gateway's operator, or use another model"
        default: return error.host.map { error.message.replacing($0, with: "the provider") } ?? error.message
        }
    }

    // Clients that retry need to know when: without a word of the provider, soon, but not at once.
    private static func retryAfter(_ error: PlexError, status: Int) -> Duration? {
        switch status {
        case 429: error.retryAfter ?? .seconds(error.code == .quotaExhausted ? 60 : 1)
        case 503: error.retryAfter ?? .seconds(1)
        default: error.retryAfter
        }
    }
}
