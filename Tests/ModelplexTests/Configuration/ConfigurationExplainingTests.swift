import ProviderKit
import Testing
import TransportKit

@testable import Modelplex

@Suite("What is said of a key of the configuration")
struct ConfigurationExplainingTests {
    private static let document = """
        [server]
        listen = ["tcp:127.0.0.1:1"]
        [[providers]]
        name = "openai"
        [[providers]]
        name = "lab"
        type = "vllm"
        base_url = "unix:/run/lab.sock"
        api_key = "canary-literal"
        headers = { X-Token = "canary-header" }
        [prices."lab/m-1.5"]
        input = 1
        output = 2
        """

    private func values(_ path: String, _ environment: [String: String] = [:]) throws -> [ConfiguredValue] {
        try ConfigurationDocument(Self.document).values(of: ConfigurationPath(path), environment: environment)
    }

    @Test("Every key is found by its path, and its path is written the same")
    func everyKey() throws {
        #expect(ConfigurationPath.all.count > 100)
        for path in ConfigurationPath.all { #expect(try ConfigurationPath(path).description == path) }
    }

    @Test(
        "Brackets, quotes and numbers of elements are understood",
        arguments: [
            ("[server]", "server"), ("[[providers]].base_url", "providers.base_url"),
            ("providers.0.base_url", "providers[0].base_url"), ("providers[1].headers.X-A", "providers[1].headers.X-A"),
            ("mcp.servers[].timeouts.connect", "mcp.servers.timeouts.connect"),
            (#"prices."a/b-1.5".input"#, #"prices."a/b-1.5".input"#),
            ("prices.a/b-1.5.input", #"prices."a/b-1.5".input"#),
        ]
    )
    func forms(text: String, written: String) throws {
        #expect(try ConfigurationPath(text).description == written)
    }

    @Test(
        "An unknown key has its nearest ones",
        arguments: [
            ("server.lisen", "server.listen"), ("listen", "server.listen"), ("base_url", "providers.base_url"),
            ("provider.base_url", "providers.base_url"), ("providers.baseurl", "providers.base_url"),
            ("server[0]", "server"), ("server.listen.x", "server.listen"),
        ]
    )
    func unknown(text: String, nearest: String) {
        let error = #expect(throws: ConfigurationPath.UnknownKey.self) { try ConfigurationPath(text) }
        #expect(error?.nearest.contains(nearest) == true, "\(error?.nearest ?? [])")
    }

    @Test("Values come from the file, from variables or from the defaults, each with its place")
    func sources() throws {
        let listen = try values("server.listen")
        #expect(listen.map(\.value) == [["tcp:127.0.0.1:1"]])
        #expect(listen.map(\.source) == [.file("config.toml", line: 2, column: 10)])
        let level = try values("server.log_level", ["PLEX_SERVER__LOG_LEVEL": "debug"])
        #expect(level.map(\.value) == ["debug"])
        #expect(level.map(\.source) == [.variable("PLEX_SERVER__LOG_LEVEL")])
        #expect(try values("timeouts.connect").map(\.value) == ["5s"])
        #expect(try values("timeouts.connect").map(\.source) == [.standard])
        #expect(try values("server.log_file").map(\.value) == [nil])
        let addresses = try values("providers.base_url")
        #expect(addresses.map(\.path) == ["providers[0].base_url", "providers[1].base_url"])
        #expect(addresses.map(\.value) == [nil, "unix:/run/lab.sock"])
        #expect(try values("providers[1].priority").map(\.value) == [1])
        #expect(try values("prices.input").map(\.path) == [#"prices."lab/m-1.5".input"#])
        #expect(try values(#"prices."lab/m-1.5".output"#).map(\.value) == [2])
        #expect(try values("routes.model").isEmpty)
        #expect(try values("providers[7].name").isEmpty)
    }

    @Test("Secrets are never shown")
    func secrets() throws {
        let environment = ["OPENAI_API_KEY": "canary-variable"]
        let keys = try values("providers.api_key", environment)
        #expect(keys.map(\.value) == ["<secret>", "<secret>"])
        #expect(keys[0].source == .variable("OPENAI_API_KEY"))
        #expect(try values("providers[1].headers").map(\.value) == [["X-Token": "<secret>"]])
        #expect(try values("providers[1].headers.X-Token").map(\.value) == ["<secret>"])
        for path in ConfigurationPath.all {
            for value in try values(path, environment) {
                #expect(value.value?.serializedString.contains("canary") != true, "\(path)")
            }
        }
    }

    @Test("A variable is named for the keys that one can set")
    func variables() throws {
        #expect(try ConfigurationPath("routing.retry.max").variable == "PLEX_ROUTING__RETRY__MAX")
        #expect(try ConfigurationPath("providers.base_url").variable == nil)
        #expect(try ConfigurationPath("server").variable == nil)
    }

    @Test(
        "A socket without a path is asked below the type's usual one",
        arguments: [
            ("openai", "unix:/run/e.sock", "http://localhost/v1/chat/completions"),
            ("llamacpp", "unix:/run/e.sock", "http://localhost/v1/chat/completions"),
            ("vllm", "unix:/run/e.sock:/api/v2", "http://localhost/api/v2/chat/completions"),
            ("openai-responses", "unix:/run/e.sock", "http://localhost/v1/responses"),
            ("anthropic", "unix:/run/e.sock", "http://localhost/v1/messages"),
            ("ollama", "unix:/run/e.sock", "http://localhost/api/chat"),
        ]
    )
    func sockets(type: String, address: String, url: String) async throws {
        let provider = PlexConfiguration.Provider(
            name: "engine",
            type: PlexConfiguration.ProviderType(rawValue: type),
            baseURL: address,
            models: ["m"]
        )
        let plex = try Plex(configuration: PlexConfiguration(providers: [provider]), environment: [:])
        let preview = try await plex.preview(ChatRequest(model: "engine/m", prompt: "Hi"), isStreaming: false)
        #expect(preview.url == url)
    }
}
