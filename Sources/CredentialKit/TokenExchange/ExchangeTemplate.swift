public import FoundationEssentials
public import TransportKit

/// An exchange of a token by a request of a service's own.
///
/// In header fields and in the body `{token}` stands for the token and `{claim}` for what the token says at `claim`.
///
/// ```swift
/// var template = try ExchangeTemplate(url: "https://api.example/session", output: JSONPath("data.jwt"))
/// template.claim = try JSONPath("rotating_token")
/// template.body = .json(["ticket": "{claim}"])
/// let source = template.source(of: StaticCredential(token), using: HTTPClient.forAuthorization())
/// ```
public struct ExchangeTemplate: Sendable {
    /// What is sent.
    @nonexhaustive
    public enum Body: Sendable, Hashable {
        /// Nothing.
        case none
        /// A JSON document; the texts in it are templates.
        case json(JSONValue)
        /// A form; its values are templates.
        case form([String: String])
    }

    /// How long the result is valid.
    @nonexhaustive
    public enum Lifetime: Sendable, Hashable {
        /// Always so many seconds.
        case seconds(Double)
        /// As many seconds as the answer says.
        case path(JSONPath)
        /// As long as the result, a JSON Web Token, says itself.
        case token
    }

    private static let maximumSize = 1 << 20

    /// The service's address; no token may stand in it.
    public let url: String
    /// The method.
    public var method = "POST"
    /// Header fields; their values are templates.
    public var fields: [String: String] = [:]
    /// What is sent.
    public var body = Body.none
    /// Where in the token's claims `{claim}` is; they are read and not verified.
    public var claim: JSONPath?
    /// Where in the answer the result is.
    public var output: JSONPath
    /// How long the result is valid.
    public var lifetime = Lifetime.token

    /// Makes a template.
    ///
    /// - Parameters:
    ///   - url: The service's address; `https`, or on this machine.
    ///   - output: Where in the answer the result is.
    /// - Throws: `CredentialError` of code `configuration`, if the address cannot be used.
    public init(url: String, output: JSONPath) throws(CredentialError) {
        do {
            _ = try ServerAddress(url, "the address of the exchange")
        } catch {
            throw error.credentialError
        }
        guard !url.contains("{") else {
            throw CredentialError(
                .configuration,
                "no token may stand in the address of an exchange, as addresses are logged"
            )
        }
        self.url = url
        self.output = output
    }

    /// A source of what this gives.
    ///
    /// - Parameters:
    ///   - subject: The token that is exchanged.
    ///   - transport: What sends the requests.
    ///   - skew: How many seconds before its end the result is had anew.
    /// - Returns: The source.
    public func source(
        of subject: any CredentialSource,
        using transport: any HTTPTransport,
        skew: TimeInterval = 30
    ) -> ExchangedCredential {
        ExchangedCredential(of: subject, skew: skew) { [self] subject throws(CredentialError) in
            try await exchanged(subject, using: transport, now: Date())
        }
    }

    package func exchanged(
        _ subject: Secret,
        using transport: any HTTPTransport,
        now: Date
    ) async throws(CredentialError) -> RenewedCredential {
        let request = try request(for: subject)
        let (status, bytes): (Int, [UInt8])
        do {
            let response = try await transport.send(request)
            (status, bytes) = (response.status, try await response.body.collect(upTo: Self.maximumSize))
        } catch {
            guard error.code != .cancelled else {
                throw CredentialError(.cancelled, "the exchange of a token was cancelled")
            }
            throw CredentialError(.unavailable, "the token cannot be exchanged at \(url): \(error)")
        }
        return try result(status: status, bytes, now: now)
    }

    /// The request for one token.
    func request(for subject: Secret) throws(CredentialError) -> HTTPRequest {
        var values = ["{token}": subject]
        if let claim {
            let token = try JSONWebToken.decodeUnverified(subject)
            guard let text = claim.value(in: token.claims)?.string, !text.isEmpty else {
                throw CredentialError(.invalidSecret, "the token to exchange says nothing at \(claim)")
            }
            values["{claim}"] = Secret(text)
        }
        func filled(_ template: String) -> String {
            var parts = [Substring]()
            var result = ""
            parts = [template[...]]
            while let part = parts.popLast() {
                // From left to right, and what was put in is not looked through again.
                let found = values.keys.compactMap { name in part.firstRange(of: name).map { (name, $0) } }
                    .min { $0.1.lowerBound < $1.1.lowerBound }
                guard let (name, range) = found else {
                    result += part
                    continue
                }
                result += part[..<range.lowerBound]
                values[name]?.withText { result += $0 }
                parts.append(part[range.upperBound...])
            }
            return result
        }
        func filled(_ value: JSONValue) -> JSONValue {
            switch value {
            case .string(let text): .string(filled(text))
            case .array(let list): .array(list.map { filled($0) })
            case .object(let object): .object(JSONObject(object.members.map { ($0.name, filled($0.value)) }))
            default: value
            }
        }
        var request = HTTPRequest(
            method: method,
            url: url,
            fields: ["accept": "application/json"],
            timeouts: .authorization
        )
        for (name, template) in fields {
            let text = filled(template)
            if text == template { request.fields[name] = text } else { request.credentials[name] = Secret(text) }
        }
        switch body {
        case .json(let document):
            request.fields["content-type"] = "application/json"
            request.body = .bytes(filled(document).serialized)
        case .form(let fields):
            var form = FormParameters()
            for (name, template) in fields.sorted(by: { $0.key < $1.key }) { form.add(name, Secret(filled(template))) }
            request.fields["content-type"] = "application/x-www-form-urlencoded"
            request.body = .bytes(form.encoded)
        default: break
        }
        return request
    }

    /// What an answer gives.
    func result(status: Int, _ bytes: [UInt8], now: Date) throws(CredentialError) -> RenewedCredential {
        guard (200...299).contains(status) else {
            // What else it says may repeat the token.
            let code: CredentialError.Code = status >= 500 || status == 429 ? .unavailable : .refused
            throw CredentialError(code, "the exchange of a token at \(url) was answered with status \(status)")
        }
        guard let document = try? JSONValue(parsing: bytes), let text = output.value(in: document)?.string,
            let secret = try? Secret(validating: text)
        else {
            throw CredentialError(.unavailable, "the answer of \(url) has no token at \(output)")
        }
        let seconds: Double? =
            switch lifetime {
            case .seconds(let seconds): seconds
            case .path(let path): path.value(in: document)?.double
            case .token: (try? JSONWebToken.decodeUnverified(secret))?.expiry.map { $0 - now.timeIntervalSince1970 }
            }
        let bounded = seconds.flatMap { $0.isFinite ? min($0, TokenResponse.longestLifetime) : nil }
        return RenewedCredential(secret: secret, expires: bounded.map { now.addingTimeInterval($0) })
    }
}
