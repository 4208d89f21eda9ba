package import TransportKit

/// Which exchange an error belongs to; makes errors that say so and hold no credential.
package struct UpstreamContext: Sendable {
    /// What is the same for all exchanges with one provider; an object, since every exchange has it.
    package final class Place: Sendable {
        let provider: ProviderID
        let endpoint: Endpoint
        let scrubber: CredentialScrubber

        package init(
            provider: ProviderID,
            endpoint: Endpoint,
            scrubber: CredentialScrubber = CredentialScrubber([])
        ) {
            self.provider = provider
            self.endpoint = endpoint
            self.scrubber = scrubber
        }
    }

    private var place: Place
    /// The model that was asked for, if the exchange is about one.
    package var model: ModelID?
    /// The limits on time of the exchange.
    package var timeouts: Timeouts
    /// The provider's name for the request, once known.
    package var requestID: String?

    package init(_ place: Place, model: ModelID? = nil, timeouts: Timeouts = Timeouts()) {
        self.place = place
        self.model = model
        self.timeouts = timeouts
    }

    /// The provider.
    package var provider: ProviderID { place.provider }
    /// Where the request went.
    package var endpoint: Endpoint { place.endpoint }
    /// Takes credentials out of what the provider says.
    package var scrubber: CredentialScrubber { place.scrubber }

    /// The same exchange, with other credentials to be taken out of what the provider says.
    package func scrubbing(with scrubber: CredentialScrubber) -> UpstreamContext {
        var context = self
        context.place = Place(provider: place.provider, endpoint: place.endpoint, scrubber: scrubber)
        return context
    }

    /// The server's name for people: host and port, or the socket's path.
    package var host: String {
        if let path = endpoint.unixSocketPath { return path }
        let authority = endpoint.base.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).first
        return authority?.split(separator: "@").last.map(String.init) ?? endpoint.base
    }

    /// An error of this exchange.
    package func error(_ code: PlexError.Code, _ message: String) -> PlexError {
        var error = PlexError(code, scrubber.scrub(message), provider: provider, model: model, requestID: requestID)
        error.host = host
        return error
    }

    /// The error for a provider that wants a key and has none.
    package func missingKey(_ message: String) -> PlexError {
        var error = self.error(.authentication, message)
        error.underlyingError = MissingKey()
        return error
    }

    /// An error from elsewhere, completed with what is known of this exchange.
    package func completing(_ error: PlexError) -> PlexError {
        var error = error
        error.provider = error.provider ?? provider
        error.model = error.model ?? model
        error.requestID = error.requestID ?? requestID
        error.host = error.host ?? host
        error.message = scrubber.scrub(error.message)
        error.responseBody = error.responseBody.map(scrubber.scrub)
        error.providerCode = error.providerCode.map(scrubber.scrub)
        return error
    }
}

/// A provider wants a key, and none is set: a program that keeps keys can say where to put one.
package struct MissingKey: Error, Sendable {
    package init() {}
}

/// A request names no model, and there is no default.
package struct NoModelNamed: Error, Sendable {
    package init() {}
}
