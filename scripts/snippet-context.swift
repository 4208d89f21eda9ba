// What the code in documentation comments leaves out, for scripts/check-snippets.py: a section for each module that needs one.

// CredentialKit
let environment: [String: String] = [:]
let text = "typed"
let query = "code=1"
let token = Secret("the other one")
nonisolated(unsafe) var store: CredentialStore!
nonisolated(unsafe) var name: CredentialName!
nonisolated(unsafe) var metadata: AuthorizationServerMetadata!
nonisolated(unsafe) var client: OAuthClient!
nonisolated(unsafe) var listener: RedirectListener!
nonisolated(unsafe) var endpoint: OAuthEndpoint!
func show(_ url: String) {}

// GatewayKit
nonisolated(unsafe) var provider: (any Provider)!

// MCPKit
nonisolated(unsafe) var client: MCPClient!
nonisolated(unsafe) var files: MCPClient!
nonisolated(unsafe) var web: MCPClient!
nonisolated(unsafe) var provider: (any Provider)!
nonisolated(unsafe) var box: ToolBox!
nonisolated(unsafe) var request: ChatRequest!
func lookUpWeather(in city: String) async throws -> String { "" }

// Modelplex
let environment: [String: String] = [:]
nonisolated(unsafe) var plex: Plex!
nonisolated(unsafe) var request: ChatRequest!

// ProviderKit
let key = Secret("a key")
let client = HTTPClient()
nonisolated(unsafe) var provider: (any Provider)!
func lookUpWeather(in city: String) async throws -> String { "" }

// ProviderTesting
import Testing

struct Client: Sendable {
    func ask(clock: any Clock<Duration>) async throws -> String { "" }
}
struct MyClient: Sendable {
    init(baseURL: String) {}
    func ask(_ prompt: String) async throws -> String { "" }
}
struct MyProvider: Provider {
    let id: ProviderID = "mine"
    init(baseURL: String, apiKey: Secret) {}
    func capabilities(of model: ModelID) async -> Capabilities { Capabilities(features: []) }
    func models() async throws(PlexError) -> [Model] { [] }
    func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse { throw PlexError(.unsupported, "") }
    func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream { throw PlexError(.unsupported, "") }
}
let client = Client()

// RouterKit
nonisolated(unsafe) var openAI: OpenAIProvider!
nonisolated(unsafe) var anthropic: AnthropicProvider!

// TransportKit
let piece: [UInt8] = []
