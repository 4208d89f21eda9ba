import ProviderKit
import RouterKit
import TransportKit

/// Looks for engines on this machine that answer on their usual ports.
struct LocalEngineDiscovery: Sendable {
    let factory: ProviderFactory

    /// An engine, and how it is recognised.
    private struct Engine: Sendable {
        var name: String
        var type: PlexConfiguration.ProviderType
        var title: String
        var baseURL: String
        /// The path that only such an engine answers with JSON, and the member that it then has.
        var probe: (path: String, member: String)
    }

    /// The local engines that answer, in a fixed order.
    func run() async -> [Router.Member] {
        let engines = engines
        return await withTaskGroup(of: (Int, Router.Member?).self) { group in
            for (index, engine) in engines.enumerated() {
                group.addTask { (index, await answer(of: engine)) }
            }
            var found: [Router.Member?] = Array(repeating: nil, count: engines.count)
            for await (index, member) in group {
                found[index] = member
            }
            return found.compactMap { $0 }.enumerated().map { index, member in
                var member = member
                member.priority = index
                return member
            }
        }
    }

    /// What to say when there is nothing to ask.
    var nothingFound: PlexError {
        let keys = ProviderFactory.keyVariables.joined(separator: ", ")
        let ports = engines.map { "\($0.title) at \($0.baseURL)" }.joined(separator: ", ")
        return PlexError(
            .configuration,
            """
            no model provider was found: there is no configuration file with providers, no key in the credential store \
            or in the environment (\(keys)), and no local engine answers (\(ports)). Set a key, for example with \
            `plexctl auth set openai`, start an engine, or write a configuration file; `plexctl config path` says where
            """
        )
    }

    private var engines: [Engine] {
        var engines = [
            Engine(
                name: "ollama",
                type: .ollama,
                title: "Ollama",
                baseURL: OllamaHost.baseURL(factory.environment["OLLAMA_HOST"]),
                probe: ("/api/version", "version")
            )
        ]
        for (name, title) in [("lmstudio", "LM Studio"), ("vllm", "vLLM"), ("llamacpp", "llama.cpp")] {
            let type = PlexConfiguration.ProviderType(rawValue: name)
            guard let baseURL = type.usual?.baseURL else { continue }
            engines.append(
                Engine(name: name, type: type, title: title, baseURL: baseURL, probe: ("/models", "data"))
            )
        }
        return engines
    }

    private func answer(of engine: Engine) async -> Router.Member? {
        let request = HTTPRequest(
            url: engine.baseURL + engine.probe.path,
            timeouts: Timeouts(
                connect: .milliseconds(300),
                firstByte: .seconds(1),
                idle: .seconds(1),
                total: .seconds(1)
            )
        )
        do {
            let response = try await factory.transport.send(request)
            let body = try await response.body.collect(upTo: 4 << 20)
            // Another program may live on the port: only the engine's own answer counts.
            guard response.status == 200, try JSONValue(parsing: body)[engine.probe.member] != nil else { return nil }
            let settings = PlexConfiguration.Provider(
                name: ProviderID(engine.name),
                type: engine.type,
                baseURL: engine.baseURL
            )
            return try factory.makeMember(settings, timeouts: Timeouts())
        } catch {
            return nil
        }
    }
}
