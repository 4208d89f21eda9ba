public import TransportKit

/// A service or engine that speaks OpenAI's dialect: where it is, how it takes its key, and where it differs.
public struct OpenAIPreset: Sendable, Hashable {
    /// How a key is sent.
    public struct Authentication: RawRepresentable, Sendable, Hashable {
        /// The way's word.
        public let rawValue: String
        /// Makes a way from its word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// As `authorization: Bearer …`.
        public static let bearer = Authentication(rawValue: "bearer")
        /// As `api-key`, Azure's way.
        public static let apiKey = Authentication(rawValue: "api-key")
    }

    /// The name in configuration.
    public var name: String
    /// The name for people.
    public var displayName: String
    /// Where it usually is; `nil` where everyone has an address of their own.
    public var baseURL: String?
    /// The environment variable that usually holds its key.
    public var keyVariable: String?
    /// Whether it answers nobody without a key.
    public var requiresKey: Bool
    /// How the key is sent.
    public var authentication: Authentication
    /// Where it differs from others.
    public var flavour: OpenAIFlavour
    /// What any model of it is taken to do.
    public var assumedFeatures: Set<Capabilities.Feature>

    /// Makes a preset.
    public init(
        name: String,
        displayName: String,
        baseURL: String? = nil,
        keyVariable: String? = nil,
        requiresKey: Bool = false,
        authentication: Authentication = .bearer,
        flavour: OpenAIFlavour = OpenAIFlavour(),
        assumedFeatures: Set<Capabilities.Feature> = [.streaming, .tools]
    ) {
        self.name = name
        self.displayName = displayName
        self.baseURL = baseURL
        self.keyVariable = keyVariable
        self.requiresKey = requiresKey
        self.authentication = authentication
        self.flavour = flavour
        self.assumedFeatures = assumedFeatures
    }

    /// The preset of a name, if there is one.
    public static func named(_ name: String) -> OpenAIPreset? {
        all.first { $0.name == name }
    }

    /// The preset of the service at an address, if it is one that is known by its host.
    ///
    /// Local engines are not: what answers on a port of this machine may be anything.
    public static func serving(_ endpoint: Endpoint) -> OpenAIPreset? {
        guard endpoint.unixSocketPath == nil, let host = host(of: endpoint.base) else { return nil }
        let azure = [".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"]
        if azure.contains(where: host.hasSuffix) { return .azure }
        return byHost[host]
    }

    /// Those of services that want a key, by their hosts; of several with one host the first.
    private static let byHost = Dictionary(
        all.compactMap { preset in
            preset.requiresKey ? preset.baseURL.flatMap(host).map { ($0, preset) } : nil
        }
    ) { first, _ in first }

    // As bytes: every provider is looked up at the start, and characters cost twenty times as much.
    private static func host(of url: String) -> String? {
        let slash = UInt8(ascii: "/")
        let authority = url.utf8.split(separator: slash, omittingEmptySubsequences: false).dropFirst(2).first
        let host = authority?.split(separator: UInt8(ascii: "@")).last?.split(separator: UInt8(ascii: ":")).first
        return host.map { Substring($0).lowercased() }
    }
}
