extension RequestPlan {
    /// The request that an answer redirects to, or `nil` if the answer is to be handed on.
    ///
    /// Followed is what stays at its scheme, host and port: beside credentials, a body and fields of any name may be what
    /// another host must not see.
    ///
    /// - Throws: `TransportError` if the address cannot be read.
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
        guard try Origin(url: url) == origin else { return nil }
        var next = request
        next.url = url
        return next
    }
}
