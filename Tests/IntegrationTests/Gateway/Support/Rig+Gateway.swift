import ProviderTesting
import Testing
import TransportKit

extension Rig {
    /// Runs one of the scripts in `Tests/wire` and checks that it found nothing wrong.
    static func runScript(
        _ name: String,
        _ arguments: [String],
        input: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let client = try await ChildProcess(python(), ["\(root)/Tests/wire/\(name)"] + arguments)
        client.write(input)
        client.closeInput()
        let outcome = try await client.outcome()
        #expect(outcome.status == 0, "\(outcome.errorOutput)", sourceLocation: sourceLocation)
        #expect(outcome.output == "checks done\n", sourceLocation: sourceLocation)
    }
}

extension ScriptedUpstream {
    /// A provider of this upstream, as a configuration has it.
    func provider(_ name: String, _ dialect: WireDialect = .openAI, key: String = "sk-unused", more: String = "")
        -> String
    {
        """
        [[providers]]
        name = "\(name)"
        type = "\(dialect.rawValue)"
        base_url = "\(baseURL(for: dialect))"
        api_key = "\(key)"
        \(more)

        """
    }

    /// One provider for each dialect, named like it.
    func providers(more: String = "") -> String {
        WireDialect.allCases.map { provider($0.rawValue, $0, more: more) }.joined()
    }
}

extension Engine {
    /// This engine as a provider, as a configuration has it.
    var providerConfiguration: String {
        """
        [[providers]]
        name = "engine"
        type = "llamacpp"
        base_url = "\(url)/v1"
        models = ["tiny"]
        """
    }
}
