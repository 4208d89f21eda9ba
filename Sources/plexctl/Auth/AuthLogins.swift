import CredentialKit
import Modelplex
import TransportKit

/// The logins that are stored or configured, as `plexctl auth status` tells of them.
struct AuthLogins {
    private var logins: [(name: String, report: LoginReport?, problem: String?)] = []

    /// Looks into the store for all of them.
    ///
    /// - Parameters:
    ///   - session: The store and the configuration.
    ///   - entries: What the store has.
    /// - Throws: `Failure`, if the configuration cannot be read.
    init(_ session: AuthSession, _ entries: [CredentialEntry]) async throws(Failure) {
        for entry in entries where entry.kind == .oauth {
            do throws(Failure) {
                let report = try await session.tokens(entry.name).map { LoginReport(entry, $0) }
                logins.append((entry.name.description, report, nil))
            } catch {
                logins.append((entry.name.description, nil, error.message))
            }
        }
        let known = Set(logins.map(\.name))
        for login in try session.plexSession.configuration().logins where !known.contains(login.name) {
            logins.append((login.name, nil, "not logged in; run plexctl auth login \(login.name)"))
        }
    }

    /// One line for each.
    var text: String {
        logins.map { "login \($0.name): \($0.report?.text ?? $0.problem ?? "")\n" }.joined()
    }

    /// One object for each, without any token.
    var json: [JSONValue] {
        logins.map { login in
            var fields = login.report?.json ?? ["name": .string(login.name)]
            fields["logged_in"] = .bool(login.report != nil)
            fields["problem"] = login.problem.map { .string($0) }
            return .object(fields)
        }
    }
}

extension AuthSession {
    /// What is sent as a key: the secret itself, or the token of a login, renewed if it ends.
    func key(_ found: StoredCredential) async throws(Failure) -> Secret {
        guard found.entry.kind == .oauth else { return found.secret }
        return try await asking { store throws(CredentialError) in
            let transport = HTTPClient.forAuthorization()
            return try await OAuthCredential(store: store, name: found.entry.name, transport: transport).credential()
        }
    }
}
