public import TransportKit

/// Why something that was asked of Modelplex failed.
///
/// Its description is fit for logs: no key, no prompt, no answer of a model.
public struct PlexError: Error, Sendable, CustomStringConvertible {
    // Behind a reference: what may throw has room for the error, and an asynchronous function keeps that room while it waits.
    private final class Storage: Sendable {
        let parts: Parts

        init(_ parts: Parts) {
            self.parts = parts
        }
    }

    private struct Parts: Sendable {
        var code: Code
        var message: String
        var provider: ProviderID?
        var model: ModelID?
        var status: Int?
        var requestID: String?
        var providerCode: String?
        var parameter: String?
        var retryAfter: Duration?
        var responseBody: String?
        var attempts: [Attempt]
        var steps: [Route.Step]
        var underlyingError: (any Error)?
        var host: String?
    }

    private var storage: Storage

    /// The kind of failure.
    public var code: Code {
        get { storage.parts.code }
        set { change { $0.code = newValue } }
    }
    /// What failed, why, and what to do next, in one or two sentences.
    public var message: String {
        get { storage.parts.message }
        set { change { $0.message = newValue } }
    }
    /// The provider that was asked.
    public var provider: ProviderID? {
        get { storage.parts.provider }
        set { change { $0.provider = newValue } }
    }
    /// The model that was asked for.
    public var model: ModelID? {
        get { storage.parts.model }
        set { change { $0.model = newValue } }
    }
    /// The HTTP status of the provider's answer.
    public var status: Int? {
        get { storage.parts.status }
        set { change { $0.status = newValue } }
    }
    /// The provider's name for the request, for its support.
    public var requestID: String? {
        get { storage.parts.requestID }
        set { change { $0.requestID = newValue } }
    }
    /// The provider's own word for the error, for example `insufficient_quota`.
    public var providerCode: String? {
        get { storage.parts.providerCode }
        set { change { $0.providerCode = newValue } }
    }
    /// The field of the request that is wrong, as a path in the caller's words, for example `messages[2].content`.
    public var parameter: String? {
        get { storage.parts.parameter }
        set { change { $0.parameter = newValue } }
    }
    /// How long the provider asked to wait before the next request, as it asked.
    public var retryAfter: Duration? {
        get { storage.parts.retryAfter }
        set { change { $0.retryAfter = newValue } }
    }
    /// The beginning of the provider's answer, at most 4 KiB; not part of the description.
    public var responseBody: String? {
        get { storage.parts.responseBody }
        set { change { $0.responseBody = newValue } }
    }
    /// The requests that were sent before this was given up, in order.
    public var attempts: [Attempt] {
        get { storage.parts.attempts }
        set { change { $0.attempts = newValue } }
    }
    /// What a router decided on the way, in order; empty where none was involved.
    public var steps: [Route.Step] {
        get { storage.parts.steps }
        set { change { $0.steps = newValue } }
    }
    /// The error beneath, where there is one.
    public var underlyingError: (any Error)? {
        get { storage.parts.underlyingError }
        set { change { $0.underlyingError = newValue } }
    }

    /// Whether the same server will fail in the same way, whatever the code says of others: its TLS does not fit.
    package var isLasting: Bool { (underlyingError as? TransportError)?.tlsFault != nil }

    /// How the message calls the server that was asked, which not everybody may learn.
    package var host: String? {
        get { storage.parts.host }
        set { change { $0.host = newValue } }
    }

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
        storage = Storage(
            Parts(
                code: code,
                message: message,
                provider: provider,
                model: model,
                status: status,
                requestID: requestID,
                providerCode: providerCode,
                parameter: parameter,
                retryAfter: retryAfter,
                responseBody: responseBody,
                attempts: attempts,
                steps: [],
                underlyingError: underlyingError
            )
        )
    }

    private mutating func change(_ body: (inout Parts) -> Void) {
        var parts = storage.parts
        body(&parts)
        storage = Storage(parts)
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
