import Testing
import TransportKit

@testable import CredentialKit

@Suite("Parameters of tools")
struct CredentialResolverTests {
    @Test(
        "the user's store goes before the system's, and both before the variable",
        arguments: [
            (user: true, system: true, variable: true, value: "user" as String?),
            (true, false, true, "user"), (true, false, false, "user"), (false, true, true, "system"),
            (false, true, false, "system"), (false, false, true, "variable"), (false, false, false, nil),
        ]
    )
    func precedence(user: Bool, system: Bool, variable: Bool, value: String?) async throws {
        let (users, systems) = (try TestStore(), try TestStore())
        if user { try users.open().write("user", as: "github") }
        if system { try systems.open().write("system", as: "github") }
        let sources = MasterKeySources(environment: [:])
        let resolver = CredentialResolver(
            user: CredentialStore(location: users.location, sources: sources),
            system: CredentialStore(location: systems.location, sources: sources),
            environment: variable ? ["GITHUB_TOKEN": "variable"] : ["GITHUB_TOKEN": ""]
        )
        var requirement = CredentialRequirement(
            id: try CredentialName("github"),
            parameter: "TOKEN",
            isRequired: false,
            environmentFallback: "GITHUB_TOKEN"
        )
        let resolved = try await resolver.resolve([requirement])
        #expect(resolved.first?.secret.withText { $0 } == value)
        requirement.isRequired = true
        guard value == nil else { return }
        do {
            _ = try await resolver.resolve([requirement])
            Issue.record("what is missing was not noticed")
        } catch {
            #expect(error.code == .notFound)
            #expect(
                error.message.contains("TOKEN: set it with plexctl auth set github or in the variable GITHUB_TOKEN")
            )
        }
    }
}
