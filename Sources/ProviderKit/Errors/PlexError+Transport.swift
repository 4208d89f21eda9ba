package import TransportKit

extension UpstreamContext {
    /// The error for a failure of the transport.
    ///
    /// - Parameters:
    ///   - error: What the transport says.
    ///   - hasAnswerBegun: Whether the head of the answer had arrived.
    /// - Returns: The error.
    package func error(_ error: TransportError, hasAnswerBegun: Bool = false) -> PlexError {
        var result = self.error(code(of: error, hasAnswerBegun: hasAnswerBegun), message(for: error, hasAnswerBegun))
        result.underlyingError = error
        return result
    }

    /// The error for a key that could not be had.
    ///
    /// - Parameter error: What its source says.
    /// - Returns: The error.
    package func error(_ error: CredentialError) -> PlexError {
        let code: PlexError.Code =
            switch error.code {
            case .cancelled: .cancelled
            case .configuration, .invalidName: .configuration
            // Another minute, or another target, may help.
            case .unavailable, .locked, .inputOutput: .network
            default: .authentication
            }
        var result = self.error(code, "there is no key for \(host): \(error.message)")
        result.underlyingError = error
        return result
    }

    private func code(of error: TransportError, hasAnswerBegun: Bool) -> PlexError.Code {
        if let phase = error.code.timeoutPhase { return .timeout(phase) }
        switch error.code {
        case .cancelled: return .cancelled
        case .invalidURL, .tooManyRedirects: return .configuration
        case .protocolViolation, .tooLarge: return .malformedResponse
        // Our own want of descriptors does not speak against a provider.
        case .requestBody, .exhausted: return .internal
        default: return .network
        }
    }

    private func message(for error: TransportError, _ hasAnswerBegun: Bool) -> String {
        if let phase = error.code.timeoutPhase { return timeoutMessage(phase) }
        // The transport's own words mostly name the host, the reason and what to do.
        let reason = error.message.contains(host) ? error.message : "\(host): \(error.message)"
        switch error.code {
        case .cancelled: return "the request was cancelled"
        case .invalidURL, .tooManyRedirects, .protocolViolation: return "\(reason); check base_url"
        case .tls where error.tlsFault == .certificate:
            return "\(reason); SSL_CERT_FILE names a file of trusted certificates"
        case .tls where error.tlsFault == .plainText: return "\(reason) Then base_url begins with http://"
        case .closed where hasAnswerBegun:
            return "\(host) closed the connection before its answer was whole; try again"
        case .closed: return "\(host) closed the connection before it answered; try again"
        case .tooLarge: return "the answer of \(host) is larger than allowed: \(error.message)"
        default: return reason
        }
    }

    private func timeoutMessage(_ phase: Timeouts.Phase) -> String {
        let limit =
            switch phase {
            case .connect: timeouts.connect
            case .firstByte: timeouts.firstByte
            case .idle: timeouts.idle
            default: timeouts.total
            }
        let span = limit.map { " within \(Self.text($0))" } ?? " in time"
        let what =
            switch phase {
            case .connect: "\(host) could not be connected to\(span); is the server running?"
            case .firstByte: "\(host) sent no byte of its answer\(span); it may be busy, or load the model."
            case .idle: "\(host) stopped sending: nothing came\(span)."
            default: "the exchange with \(host) did not end\(span)."
            }
        return "\(what) Raise timeouts.\(phase) if it needs longer"
    }

    private static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = attoseconds / 1_000_000_000_000_000
        if milliseconds == 0 { return "\(seconds) s" }
        return seconds == 0 ? "\(milliseconds) ms" : "\(Double(seconds) + Double(milliseconds) / 1000) s"
    }
}
