package import TransportKit

/// An answer by which a server refuses a request.
package struct RefusedAnswer: Sendable {
    /// How much of a body is read to find out why.
    package static let maximumBodySize = 64 * 1024
    /// How much of a body an error keeps.
    package static let keptBodySize = 4 * 1024

    /// The HTTP status.
    package var status: Int
    /// The header fields.
    package var fields: HTTPFields
    /// The body, or its beginning.
    package var body: [UInt8]

    package init(status: Int, fields: HTTPFields = [:], body: [UInt8]) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// Whether the body is a page for people.
    package var isHTML: Bool {
        if fields["content-type"]?.lowercased().contains("text/html") == true { return true }
        let start = String(decoding: body.prefix(64), as: UTF8.self).lowercased()
        let text = start.drop { $0.isWhitespace }
        return text.hasPrefix("<!doctype html") || text.hasPrefix("<html")
    }
}

extension UpstreamContext {
    /// The error for an answer by which the server refuses.
    ///
    /// - Parameters:
    ///   - answer: The answer.
    ///   - details: What the dialect reads in its body.
    ///   - now: Seconds since 1970, for a date in Retry-After.
    /// - Returns: The error.
    package func error(
        _ answer: RefusedAnswer,
        details: DialectError?,
        now: Int = RetryAfter.currentTime()
    ) -> PlexError {
        let code = ErrorClassifier.code(status: answer.status, details: details)
        let wait = RetryAfter.duration(in: answer.fields, now: now) ?? details?.retryAfter
        var error = self.error(code, message(code, answer, details, wait: wait))
        error.status = answer.status
        error.providerCode = details?.providerCode.map(scrubber.scrub)
        error.retryAfter = wait
        error.requestID = requestID ?? answer.fields.requestID
        error.responseBody = kept(answer.body)
        return error
    }

    /// The error for a body that is not JSON although the status is good.
    package func malformed(_ reason: JSONError, body: [UInt8], fields: HTTPFields) -> PlexError {
        let answer = RefusedAnswer(status: 200, fields: fields, body: body)
        let message =
            if answer.isHTML {
                htmlMessage
            } else if body.isEmpty {
                "\(host) answered with an empty body; is base_url right?"
            } else {
                "the answer of \(host) is not JSON: \(reason)"
            }
        var error = self.error(.malformedResponse, message)
        error.responseBody = kept(body)
        error.underlyingError = reason
        return error
    }

    /// The message for a web page where JSON belongs.
    package var htmlMessage: String {
        "the server at \(host) answered with an HTML page, not JSON: is base_url right? \(pathHint)"
    }

    private var pathHint: String {
        endpoint.base.hasSuffix("/v1")
            ? "it is \(endpoint)" : "it is \(endpoint); OpenAI-style ones end in /v1, others are the root"
    }

    // Cut after scrubbing, lest a credential lie across the cut.
    private func kept(_ body: [UInt8]) -> String? {
        guard !body.isEmpty else { return nil }
        let text = scrubber.scrub(String(decoding: body.prefix(RefusedAnswer.maximumBodySize), as: UTF8.self))
        return String(decoding: Array(text.utf8.prefix(RefusedAnswer.keptBodySize)), as: UTF8.self)
    }

    private func message(
        _ code: PlexError.Code,
        _ answer: RefusedAnswer,
        _ details: DialectError?,
        wait: Duration?
    ) -> String {
        if (300..<400).contains(answer.status) {
            let place = answer.fields["location"].map { " to \($0.prefix(200))" } ?? ""
            return "\(host) redirects\(place), which is not followed; set base_url to the right address"
        }
        let verdict = Self.verdict(code, answer.status)
        var reason = ""
        // A gateway like this one has said both already, in these words.
        var (isJudged, isAdvised) = (false, false)
        if let said = details?.message?.trimmedForLog, !said.isEmpty {
            reason = ": \(said)"
            isJudged = Self.isTelling(verdict) && said.contains(verdict)
            isAdvised = Self.ending(code).map(said.hasSuffix) ?? false
        } else if answer.isHTML {
            reason = ": it sent an HTML page, not JSON; is base_url right? \(pathHint)"
        } else if answer.body.isEmpty {
            reason = " with an empty body"
        }
        let what = isJudged ? host + reason : "\(host) \(verdict)\(reason)"
        guard !isAdvised, let advice = Self.advice(code, wait: wait) else { return what }
        return what.hasSuffix(".") ? "\(what) \(advice)" : "\(what). \(advice)"
    }

    private static func verdict(_ code: PlexError.Code, _ status: Int) -> String {
        switch code {
        case .authentication: "refused the key"
        case .permission: "does not permit this"
        case .notFound: "does not know the model or path"
        case .rateLimited: "limits the rate of requests"
        case .quotaExhausted: "refused: the account's quota is used up"
        case .contextLengthExceeded: "refused: the conversation does not fit into the model"
        case .contentFiltered: "refused the content"
        case .overloaded: "is overloaded"
        case .invalidRequest: "refused the request"
        default: status == 408 || status == 504 ? "timed out" : "failed"
        }
    }

    /// Whether a verdict is more than a word or two that anybody might use.
    private static func isTelling(_ verdict: String) -> Bool { verdict != "failed" && verdict != "timed out" }

    /// What advice ends with, however long a wait it names.
    private static func ending(_ code: PlexError.Code) -> String? {
        guard let advice = advice(code, wait: nil) else { return nil }
        return advice.split(separator: ", or ").last.map(String.init)
    }

    private static func advice(_ code: PlexError.Code, wait: Duration?) -> String? {
        // Whole seconds, and none too few.
        let seconds = wait.map { $0.components.seconds + ($0.components.attoseconds > 0 ? 1 : 0) } ?? 0
        return switch code {
        case .authentication: "Check api_key, or the variable that holds the key."
        case .permission: "Check what the key may do."
        case .notFound: "Check the model's name and base_url."
        case .rateLimited: "Wait\(seconds > 0 ? " \(seconds) s" : ""), or use another provider."
        case .quotaExhausted: "Check the account's plan and billing, or use another provider."
        case .contextLengthExceeded: "Shorten it, or use a model with a longer context."
        case .overloaded, .upstream: "Try again later, or use another provider."
        default: nil
        }
    }
}

extension String {
    /// One line of it, and not for ever: a peer decides how long a text is.
    var trimmedForLog: String {
        let limit = 500
        let beginning = String(String.UnicodeScalarView(unicodeScalars.prefix(2 * limit)))
        let line = beginning.split(whereSeparator: \.isNewline).joined(separator: " ").drop { $0 == " " }
        guard line.unicodeScalars.count > limit || beginning.utf8.count < utf8.count else { return String(line) }
        return String(String.UnicodeScalarView(line.unicodeScalars.prefix(limit))) + "…"
    }
}
