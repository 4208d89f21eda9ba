internal import COpenSSL
internal import CSodium
public import FoundationEssentials
public import TransportKit

/// The public keys that an authorization server signs with (RFC 7517).
public struct JSONWebKeySet: Sendable {
    private enum Material: Sendable {
        case ed25519([UInt8])
        /// An uncompressed point of P-256.
        case p256([UInt8])
        case rsa(modulus: [UInt8], exponent: [UInt8])
    }

    private struct Key: Sendable {
        var id: String?
        var algorithm: SignatureAlgorithm
        var material: Material
    }

    private var keys: [Key] = []

    /// How many keys there are that can be used.
    public var count: Int { keys.count }

    /// Reads a set; keys that are not for signing, or of a kind that is not known, are left out.
    ///
    /// - Parameter document: The set.
    /// - Throws: `CredentialError` of code `unavailable`, if it is none.
    public init(_ document: JSONValue) throws(CredentialError) {
        guard let list = document["keys"]?.array, list.count <= 256 else {
            throw CredentialError(.unavailable, "this is no set of keys of an authorization server")
        }
        keys = list.compactMap(Self.key)
    }

    /// Asks a server for its keys.
    ///
    /// - Parameters:
    ///   - metadata: The server.
    ///   - transport: What sends the request.
    /// - Returns: The keys.
    /// - Throws: `OAuthError` or `CredentialError` turned into one, if it has none or cannot be asked.
    public static func fetch(
        of metadata: AuthorizationServerMetadata,
        using transport: any HTTPTransport
    ) async throws(OAuthError) -> JSONWebKeySet {
        let address = try metadata.required(metadata.keySetAddress, "set of keys", for: "the check of a token")
        let request = HTTPRequest(url: address, fields: ["accept": "application/json"], timeouts: .authorization)
        let answer = try await OAuthAnswer(request, transport, issuer: metadata.issuer)
        return try keys(in: answer, of: metadata.issuer)
    }

    // A function of its own: the optimizer of Swift 6.3.1 crashes over the two kinds of error in an asynchronous one.
    private static func keys(in answer: OAuthAnswer, of issuer: String) throws(OAuthError) -> JSONWebKeySet {
        guard answer.status == 200, let document = try? JSONValue(parsing: answer.bytes) else {
            throw OAuthError(.unavailable, "the keys of \(issuer) cannot be had (status \(answer.status))")
        }
        do {
            return try JSONWebKeySet(document)
        } catch {
            throw OAuthError(.unavailable, "\(error)")
        }
    }

    private static func key(_ document: JSONValue) -> Key? {
        guard document["use"]?.string ?? "sig" == "sig" else { return nil }
        func bytes(_ name: String) -> [UInt8]? { document[name]?.string.flatMap { Base64URL.bytes($0) } }
        let found: (SignatureAlgorithm, Material)
        switch (document["kty"]?.string, document["crv"]?.string) {
        case ("OKP", "Ed25519"):
            guard let x = bytes("x"), x.count == 32 else { return nil }
            found = (.edDSA, .ed25519(x))
        case ("EC", "P-256"):
            guard let x = bytes("x"), let y = bytes("y"), x.count == 32, y.count == 32 else { return nil }
            found = (.es256, .p256([4] + x + y))
        case ("RSA", _):
            // Shorter keys can be broken, longer ones cost more than anybody may ask for.
            guard let n = bytes("n"), let e = bytes("e"), (256...1024).contains(n.count), (1...8).contains(e.count)
            else {
                return nil
            }
            found = (.rs256, .rsa(modulus: n, exponent: e))
        default: return nil
        }
        // A key is for one algorithm: that of its kind, which its own word must not contradict.
        guard document["alg"]?.string ?? found.0.rawValue == found.0.rawValue else { return nil }
        return Key(id: document["kid"]?.string, algorithm: found.0, material: found.1)
    }

    /// Reads a token and checks its signature and its claims.
    ///
    /// - Parameters:
    ///   - token: The token in its compact form.
    ///   - rules: What it has to say.
    ///   - now: The time.
    /// - Returns: What it says, proven by one of these keys.
    /// - Throws: `CredentialError` of code `refused` or `invalidSecret`; the error holds no part of the token.
    public func verified(
        _ token: Secret,
        rules: TokenRules,
        now: Date = Date()
    ) throws(CredentialError) -> JSONWebToken {
        let read = try JSONWebToken.decodeUnverified(token)
        let algorithm = SignatureAlgorithm(rawValue: read.header["alg"]?.string ?? "")
        // Of what is allowed and can be checked; the token's own word chooses among these only.
        guard rules.algorithms.contains(algorithm), SignatureAlgorithm.all.contains(algorithm) else {
            throw TokenRules.refused("it is signed in a way that is not allowed")
        }
        guard read.header["crit"] == nil else { throw TokenRules.refused("it asks for what is not known") }
        let id = read.header["kid"]?.string
        let candidates = keys.filter { $0.algorithm == algorithm && (id == nil || $0.id == nil || $0.id == id) }
        let (message, signature) = token.withText { text -> ([UInt8], [UInt8]) in
            guard let dot = text.lastIndex(of: ".") else { return ([], []) }
            return (Array(text[..<dot].utf8), Base64URL.bytes(text[text.index(after: dot)...]) ?? [])
        }
        guard candidates.contains(where: { Self.isGood(signature, message, $0.material) }) else {
            throw TokenRules.refused("no key of its issuer has signed it")
        }
        try rules.check(read, at: now)
        return read
    }

    private static func isGood(_ signature: [UInt8], _ message: [UInt8], _ key: Material) -> Bool {
        switch key {
        case .ed25519(let key):
            guard signature.count == Int(crypto_sign_BYTES) else { return false }
            return unsafe crypto_sign_verify_detached(signature, message, UInt64(message.count), key) == 0
        case .p256(let point):
            guard signature.count == 64 else { return false }
            return unsafe plex_verify_es256(point, signature, message, message.count) == 1
        case .rsa(let n, let e):
            guard signature.count <= 1024 else { return false }
            return unsafe plex_verify_rs256(n, n.count, e, e.count, signature, signature.count, message, message.count)
                == 1
        }
    }
}
