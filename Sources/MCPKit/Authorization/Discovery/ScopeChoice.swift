/// Which scopes to ask for.
package enum ScopeChoice {
    /// The scopes to ask for at a login.
    ///
    /// - Parameters:
    ///   - challenge: What the server refused a request with.
    ///   - configured: What the user wants.
    ///   - supported: What the server says that it knows.
    ///   - held: What was asked for and given before, which a wider login must not lose.
    ///   - offered: What the authorization server says that it knows.
    /// - Returns: The scopes; none for what the authorization server gives by itself.
    package static func scopes(
        challenge: AuthorizationChallenge?,
        configured: [String],
        supported: [String]?,
        held: [String] = [],
        offered: [String]? = nil
    ) -> [String] {
        var wanted = split(challenge?.scope)
        if wanted.isEmpty { wanted = configured.isEmpty ? supported ?? [] : configured }
        var scopes = union(held, wanted)
        // Without it some servers give nothing to renew the login with.
        if !scopes.isEmpty, offered?.contains("offline_access") == true { scopes = union(scopes, ["offline_access"]) }
        return scopes
    }

    /// The words of a challenge's scope.
    package static func split(_ scope: String?) -> [String] {
        (scope ?? "").split(separator: " ").map(String.init)
    }

    /// All of both, each once, in order.
    package static func union(_ first: [String], _ second: [String]) -> [String] {
        var seen: Set<String> = []
        return (first + second).filter { seen.insert($0).inserted }
    }
}
