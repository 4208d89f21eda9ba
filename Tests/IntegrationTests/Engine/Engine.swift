import ProviderKit
import ProviderTesting
import TransportKit

/// The server of llama.cpp with the tiny model, until this object is released or this process ends.
final class Engine: Sendable {
    /// For example `http://127.0.0.1:41234`.
    let url: String
    private let child: ChildProcess

    private init(url: String, child: ChildProcess) {
        self.url = url
        self.child = child
    }

    static func start(_ arguments: [String] = []) async throws -> Engine {
        let child = try await ChildProcess(
            Rig.python(),
            ["\(Rig.root)/Tests/Fixtures/engine/serve.py", "0", "--alias", "tiny", "--until-stdin-eof"] + arguments
        )
        guard let line = try await child.line(beginningWith: "READY "),
            let url = line.split(separator: " ").dropFirst().first
        else {
            let said = try await child.outcome().errorOutput
            throw RigError(
                description: "the engine did not start; run `make venv` if its wheel is missing. It said: \(said)"
            )
        }
        return Engine(url: String(url), child: child)
    }

    /// One engine for all tests that can share it.
    static func shared() async throws -> Engine { try await SharedEngine.instance.engine() }

    /// A provider for one of the engine's dialects.
    func provider(_ dialect: WireDialect, apiKey: String? = nil) throws -> any Provider {
        var configuration = ProviderConfiguration(
            id: "engine",
            endpoint: try Endpoint(parsing: url + dialect.basePath),
            apiKey: apiKey.map { Secret($0) }
        )
        configuration.timeouts = Timeouts(connect: .seconds(10), firstByte: .seconds(50), idle: .seconds(50))
        if dialect == .openAIResponses {
            return OpenAIResponsesProvider(configuration: configuration, transport: HTTPClient())
        }
        if dialect == .anthropic { return AnthropicProvider(configuration: configuration, transport: HTTPClient()) }
        return OpenAIProvider(configuration: configuration, transport: HTTPClient())
    }

    /// How many of the engine's slots work on a request.
    func busySlots() async throws -> Int {
        let response = try await HTTPClient().send(HTTPRequest(url: "\(url)/slots"))
        let slots = try JSONValue(parsing: try await response.body.collect(upTo: 1_000_000)).array ?? []
        return slots.count { $0["is_processing"]?.bool == true }
    }
}

private actor SharedEngine {
    static let instance = SharedEngine()
    private var start: Task<Engine, any Error>?

    func engine() async throws -> Engine {
        let start = start ?? Task { try await Engine.start() }
        self.start = start
        return try await start.value
    }
}
