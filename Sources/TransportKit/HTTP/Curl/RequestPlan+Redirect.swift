extension RequestPlan {
    /// The fields that carry credentials, in lower case.
    private static let credentialFields: Set<String> = [
        "authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "x-goog-api-key",
    ]

    /// The request that an answer redirects to, or `nil` if the answer is to be handed on.
    ///
    /// - Throws: `TransportError` if following would leave TLS or the Unix socket.
    func redirect(by response: HTTPResponse) throws(TransportError) -> HTTPRequest? {
        guard [301, 302, 303, 307, 308].contains(response.status), let location = response.fields["location"] else {
            return nil
        }
        let isSafe = request.method == "GET" || request.method == "HEAD"
        guard isSafe || response.status >= 307 else { return nil }
        if case .stream = request.body { return nil }

        guard let url = URLReference.resolve(location, against: request.url) else {
            throw TransportError(.invalidURL, "\(peer) redirects to an address that cannot be read")
        }
        let target = try Origin(url: url)
        guard target.isSecure || !origin.isSecure else {
            throw TransportError(.redirectRefused, "\(peer) redirects from https to plain http at \(target)")
        }
        guard target == origin || request.unixSocketPath == nil else {
            throw TransportError(.redirectRefused, "the server at \(peer) redirects to another host, \(target)")
        }
        var next = request
        next.url = url
        if target != origin {
            next.credentials = [:]
            for field in request.fields.fields where Self.credentialFields.contains(field.name.lowercased()) {
                next.fields[field.name] = nil
            }
            next.fields["host"] = nil
        }
        return next
    }
}
