import FoundationEssentials
import Glibc
import ProviderTesting
import Testing
import TransportKit

@testable import CredentialKit

@Suite("Programs that are killed while they renew a login", .timeLimit(.minutes(5)))
struct RenewalCrashTests {
    /// When the program is killed.
    enum Moment: CaseIterable {
        /// Its request is at the server, which does not answer.
        case asked
        /// The answer is on its way; what comes first is left to chance.
        case answered
        /// It has used the new token.
        case used
    }

    private static func run(_ moment: Moment) async throws -> [String] {
        let test = try TestStore()
        let name = try CredentialName("service")
        func store() -> CredentialStore {
            CredentialStore(location: test.location, sources: MasterKeySources(environment: [:]))
        }
        return try await ScriptedUpstream.run { _ in
            moment == .asked
                ? .stall : .json(["access_token": "new-access", "refresh_token": "new-refresh", "expires_in": 3600])
        } body: { upstream in
            let issuer = "http://127.0.0.1:\(upstream.port)"
            let old = try OAuthTokens(
                TokenResponse(["access_token": "old-access", "refresh_token": "old-refresh", "expires_in": 1]),
                metadata: AuthorizationServerMetadata(
                    ["issuer": .string(issuer), "token_endpoint": .string("\(issuer)/token")],
                    issuer: issuer
                ),
                client: OAuthClient(id: "client"),
                obtained: Date().addingTimeInterval(-60)
            )
            try await store().write(old.secret, as: name, kind: .oauth, expires: old.expires)
            let program = try await ChildProcess(
                ChildProcess.path(ofProgram: "CredentialProbe"),
                [test.folder, "token", name.description],
                environment: [:]
            )
            if moment == .used {
                #expect(try await program.line(beginningWith: "done") != nil)
            } else {
                _ = try await upstream.request(0)
            }
            program.signal(SIGKILL)
            _ = try await program.outcome()
            let tokens = try OAuthTokens(try #require(try await store().read(name)).secret)
            let access = tokens.accessToken.withText { $0 }
            let refresh = tokens.refreshToken?.withText { $0 } ?? ""
            // The next program is not held up by what the killed one had locked.
            let next = OAuthCredential(
                store: store(),
                name: name,
                transport: StubTransport { _ in
                    (200, #"{"access_token":"next-access","expires_in":3600}"#)
                }
            )
            let credential = try await next.credential()
            #expect(credential == Secret(access == "old-access" ? "next-access" : "new-access"))
            return [access, refresh]
        }
    }

    @Test("What is stored is the old login or the new one, whole; and the new one before it is used")
    func killed() async throws {
        let old = ["old-access", "old-refresh"]
        let new = ["new-access", "new-refresh"]
        #expect(try await Self.run(.asked) == old)
        #expect(try await Self.run(.used) == new)
        for _ in 0..<20 {
            let found = try await Self.run(.answered)
            #expect(found == old || found == new)
        }
    }
}
