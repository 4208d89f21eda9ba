public import TransportKit

/// Why something that was asked of Modelplex failed.
///
/// Its description is fit for logs: no key, no prompt, no answer of a model.
public struct PlexError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public var code: Code
    /// What failed, why, and what to do next, in one or two sentences.
    public var message: String
    /// The provider that was asked.
    public var provider: ProviderID?
    /// The model that was asked for.
    public var model: ModelID?
    /// The HTTP status of the provider's answer.
    public var status: Int?
    /// The provider's name for the request, for its support.
    public var requestID: String?
    /// The provider's own word for the error, for example `insufficient_quota`.
    public var providerCode: String?
    /// The field of the request that is wrong, as a path in the caller's words, for example `messages[2].content`.
    public var parameter: String?
    /// How long the provider asked to wait before the next request, as it asked.
    public var retryAfter: Duration?
    /// The beginning of the provider's answer, at most 4 KiB; not part of the description.
    public var responseBody: String?
    /// The requests that were sent before this was given up, in order.
    public var attempts: [Attempt]
    /// What a router decided on the way, in order; empty where none was involved.
    public var steps: [Route.Step] = []
    /// The error beneath, where there is one.
    public var underlyingError: (any Error)?

    /// Makes an error.
    public init(
        _ code: Code,
        _ message: String,
        provider: ProviderID? = nil,
        model: ModelID? = nil,
        status: Int? = nil,
        requestID: String? = nil,
        providerCode: String? = nil,
        parameter: String? = nil,
        retryAfter: Duration? = nil,
        responseBody: String? = nil,
        attempts: [Attempt] = [],
        underlyingError: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.provider = provider
        self.model = model
        self.status = status
        self.requestID = requestID
        self.providerCode = providerCode
        self.parameter = parameter
        self.retryAfter = retryAfter
        self.responseBody = responseBody
        self.attempts = attempts
        self.underlyingError = underlyingError
    }

    /// The message, preceded by the provider and followed by status and request id where they are known.
    public var description: String {
        var text = provider.map { "\($0): \(message)" } ?? message
        let details = [
            status.map { "HTTP \($0)" }, providerCode, requestID.map { "request \($0)" },
        ].compactMap { $0 }
        if !details.isEmpty {
            text += " (\(details.joined(separator: ", ")))"
        }
        return text
    }
}

extension PlexError {
    /// The kind of a failure.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: Hashable {
            case invalidRequest, authentication, permission, notFound, rateLimited, contextLengthExceeded
            case contentFiltered, quotaExhausted, overloaded, upstream, network, timeout(Timeouts.Phase)
            case malformedResponse, streamCut, cancelled, configuration, unsupported, `internal`
        }

        private let value: Value

        private init(_ value: Value) {
            self.value = value
        }

        /// The request itself is wrong.
        public static let invalidRequest = Code(.invalidRequest)
        /// The key is missing or wrong.
        public static let authentication = Code(.authentication)
        /// The key may not do this.
        public static let permission = Code(.permission)
        /// There is no such model, path or file.
        public static let notFound = Code(.notFound)
        /// Too many requests or tokens in a time.
        public static let rateLimited = Code(.rateLimited)
        /// The conversation does not fit into the model.
        public static let contextLengthExceeded = Code(.contextLengthExceeded)
        /// The provider's filter refused the prompt or cut the answer.
        public static let contentFiltered = Code(.contentFiltered)
        /// The account's money or allowance is used up.
        public static let quotaExhausted = Code(.quotaExhausted)
        /// The provider has too much to do.
        public static let overloaded = Code(.overloaded)
        /// The provider failed.
        public static let upstream = Code(.upstream)
        /// The provider could not be reached.
        public static let network = Code(.network)
        /// A limit on time was reached.
        public static func timeout(_ phase: Timeouts.Phase) -> Code { Code(.timeout(phase)) }
        /// What the provider sent could not be understood.
        public static let malformedResponse = Code(.malformedResponse)
        /// The answer's stream ended before the answer did.
        public static let streamCut = Code(.streamCut)
        /// The caller's task was cancelled.
        public static let cancelled = Code(.cancelled)
        /// The configuration is wrong.
        public static let configuration = Code(.configuration)
        /// The provider or model cannot do this.
        public static let unsupported = Code(.unsupported)
        /// A mistake in this library.
        public static let `internal` = Code(.internal)

        /// Which limit on time was reached, if one was.
        public var timeoutPhase: Timeouts.Phase? {
            if case .timeout(let phase) = value { phase } else { nil }
        }

        /// A short name in snake case, safe as a metric label.
        public var description: String {
            switch value {
            case .invalidRequest: "invalid_request"
            case .authentication: "authentication"
            case .permission: "permission"
            case .notFound: "not_found"
            case .rateLimited: "rate_limited"
            case .contextLengthExceeded: "context_length_exceeded"
            case .contentFiltered: "content_filtered"
            case .quotaExhausted: "quota_exhausted"
            case .overloaded: "overloaded"
            case .upstream: "upstream"
            case .network: "network"
            case .timeout(let phase): "timeout_\(phase)"
            case .malformedResponse: "malformed_response"
            case .streamCut: "stream_cut"
            case .cancelled: "cancelled"
            case .configuration: "configuration"
            case .unsupported: "unsupported"
            case .internal: "internal"
            }
        }
    }
}
