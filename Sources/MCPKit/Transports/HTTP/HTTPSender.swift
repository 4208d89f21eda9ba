package import TransportKit

/// Sends HTTP requests to one server: with its credentials, renewed where it asks for that, and through its redirects.
package final class HTTPSender: Sendable {
    /// How often one request is sent again with a better token.
    private static let maximumRenewals = 3
    private static let maximumRedirects = 3

    private let http: any HTTPTransport
    private let fields: HTTPFields
    private let credentials: [String: Secret]
    private let authorizer: (any HTTPAuthorizer)?
    /// Where the server is, as its redirects have it.
    private let place: Locked<HTTPServerLocation>

    /// Makes a sender.
    ///
    /// - Parameters:
    ///   - location: Where the server is.
    ///   - http: Who sends; it must not follow redirects, for it cannot know where a session's id may go.
    ///   - fields: Header fields for every request.
    ///   - credentials: Secret header fields for every request.
    ///   - authorizer: Who gets tokens, if anybody does.
    package init(
        to location: HTTPServerLocation,
        over http: any HTTPTransport,
        fields: HTTPFields = [:],
        credentials: [String: Secret] = [:],
        authorizer: (any HTTPAuthorizer)? = nil
    ) {
        self.http = http
        self.fields = fields
        self.credentials = credentials
        self.authorizer = authorizer
        place = Locked(location)
    }

    /// A client that suits: it leaves redirects to the sender.
    ///
    /// - Parameter group: The loops that sessions live on.
    /// - Returns: The client.
    package static func makeClient(on group: EventLoopGroup = .shared) -> HTTPClient {
        var configuration = HTTPClient.Configuration(eventLoopGroup: group)
        configuration.maximumRedirects = 0
        return HTTPClient(configuration: configuration)
    }

    /// Where the server is.
    package var location: HTTPServerLocation { place.withLock { $0 } }

    /// Sends one request.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - other: Another place on the server than its own.
    ///   - fields: Header fields.
    ///   - body: The body.
    ///   - timeouts: The limits on time.
    /// - Returns: The answer, whatever its status but a refusal that an authorization can mend.
    /// - Throws: `MCPError`.
    package func send(
        _ method: String,
        to other: HTTPServerLocation? = nil,
        fields: HTTPFields,
        body: [UInt8]? = nil,
        timeouts: Timeouts
    ) async throws(MCPError) -> HTTPResponse {
        var (renewals, redirects) = (0, 0)
        var target = other ?? location
        while true {
            let token = try await authorizer?.token()
            let response = try await send(method, to: target, fields, body, timeouts, token)
            if (300...399).contains(response.status), let place = try next(response, from: target, redirects) {
                redirects += 1
                target = place
                if other == nil { self.place.withLock { $0 = place } }
                continue
            }
            guard let authorizer, Self.wantsAuthorization(response), renewals < Self.maximumRenewals else {
                return response
            }
            renewals += 1
            response.body.release()
            try await authorizer.renew(
                after: AuthorizationRefusal(
                    status: response.status,
                    challenge: AuthorizationChallenge.bearer(in: response.fields),
                    rejected: token,
                    attempt: renewals
                )
            )
        }
    }

    private static func wantsAuthorization(_ response: HTTPResponse) -> Bool {
        guard response.status == 401 || response.status == 403 else { return false }
        return PostedAnswer(status: response.status, fields: response.fields, isRequest: true, hadSession: false)
            == .unauthorized
    }

    private func send(
        _ method: String,
        to target: HTTPServerLocation,
        _ fields: HTTPFields,
        _ body: [UInt8]?,
        _ timeouts: Timeouts,
        _ token: Secret?
    ) async throws(MCPError) -> HTTPResponse {
        var request = HTTPRequest(
            method: method,
            url: target.url,
            unixSocketPath: target.unixSocketPath,
            fields: fields,
            credentials: credentials,
            body: body.map { .bytes($0) },
            timeouts: timeouts,
            isStreaming: true
        )
        for field in self.fields.fields where fields[field.name] == nil {
            request.fields.append(field.name, field.value)
        }
        if let token { request.credentials["Authorization"] = token.withText { Secret("Bearer \($0)") } }
        do {
            return try await http.send(request)
        } catch {
            throw MCPError(error)
        }
    }

    /// Where a redirect leads; `nil` if the answer is none.
    private func next(
        _ response: HTTPResponse,
        from target: HTTPServerLocation,
        _ redirects: Int
    ) throws(MCPError) -> HTTPServerLocation? {
        guard [307, 308].contains(response.status), let reference = response.fields["location"] else { return nil }
        response.body.release()
        guard redirects < Self.maximumRedirects else {
            throw MCPError(.limit, "the server at \(target) was still redirecting after \(redirects) redirects")
        }
        guard let place = target.redirected(to: reference) else {
            throw MCPError(
                .connection,
                "the server at \(target) redirects to another origin, which is not followed; configure that one's url "
                    + "if it is the server",
                status: response.status
            )
        }
        return place
    }
}

extension MCPError {
    /// What went wrong on the way to a server or from it.
    init(_ error: TransportError) {
        let code: Code =
            switch error.code {
            case .cancelled: .cancelled
            case .closed: .closed
            case .tooLarge: .tooLarge
            case .protocolViolation: .protocolViolation
            case .invalidURL, .invalidRequest: .configuration
            default: error.code.timeoutPhase == nil ? .connection : .timeout
            }
        self.init(code, error.message)
    }
}
